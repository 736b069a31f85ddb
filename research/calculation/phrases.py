"""Reading what a step asks to be computed over earlier answers, from its words.

A step is cut into references, numbers and words, and read by templates that may stand within one
another ("#1 minus the difference between #2 and #3"), infix operators with their precedence, and
brackets. Every word must have its place, and a step that can be read in two ways is not read at
all: no formula rather than a doubtful one. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingestion.figures import find_figures
from research.calculation.formulas import (
    About,
    Absolute,
    All,
    Binary,
    Change,
    Compare,
    Mean,
    Node,
    Number,
    Operator,
    Percent,
    Pick,
    Reference,
)

Bound = Mapping[str, object]
Builder = Callable[[Bound], Node]


@dataclass(frozen=True, slots=True)
class Token:
    """A word (in small letters), a sign, a reference or a number."""

    text: str
    node: Node | None = None


_NAME = r"(?:[A-Z0-9][\w.&'\u2019,-]*\s+(?:of\s+|and\s+|the\s+)?)*[A-Z0-9][\w.&'\u2019-]*"
_NAMED_BEFORE = re.compile(rf"(?P<name>{_NAME})\s*\(\s*#(?P<number>\d+)\s*\)")
_NAMED_AFTER = re.compile(r"#(?P<number>\d+)\s*\((?P<name>[^()#]*[A-Za-z][^()#]*)\)")
_PIECE = re.compile(
    r"#\d+(?:\x00\d+\x00)?|\x01\d+\x01|[a-z]+(?:[-'][a-z]+)*|[-+*/(),:=\u00d7\u00f7\u2212]"
)
_FILLER = frozenset(
    "the a an please calculate compute find determine give answer answers result results value "
    "values amount amounts figure figures percentage-wise respectively calculated using".split()
)
_SIGNS = {"\u00d7": "*", "\u00f7": "/", "\u2212": "-"}
_LONGEST = 70
_UP = "increase|growth|rise|gain|change"
_DOWN = "decrease|decline|drop|fall|reduction|shrinkage"
_GREW = "grow|increase|rise|climb|change|go-up|improve"
_FELL = "decrease|decline|fall|drop|shrink|go-down"
_MORE = "greater|higher|larger|more|bigger"
_LESS = "less|lower|smaller|fewer"
_MOST = frozenset(
    "more most higher highest larger largest greater greatest bigger biggest faster fastest".split()
)
_LEAST = frozenset("less least lower lowest smaller smallest fewer fewest slower slowest".split())
# With these "which is the largest" asks for another one.
_NOT_PLAIN = frozenset(
    "not no never second third fourth next except excluding besides other than neither without "
    "nearest closest".split()
)
# Words that say what is computed: a description that is passed over must hold none of them.
_TELLING = frozenset(
    "sum total difference ratio average mean percent percentage change growth increase decrease "
    "decline divided minus plus times multiplied over product share than versus per cumulative "
    "median excluding except without not".split()
)


def read_phrase(text: str) -> Node | None:
    """Return what a step computes, or None where it is not wholly or not uniquely understood."""
    tokens = _cut(text)
    if not tokens or len(tokens) > _LONGEST or not any(token.node for token in tokens):
        return None
    found = {node for node in _Reader(tokens).read_whole() if node is not None}
    return found.pop() if len(found) == 1 else None


# Cutting


def _cut(text: str) -> tuple[Token, ...]:
    """Cut a step into tokens; () where it holds something that is none."""
    names: list[str] = []
    numbers: list[Number] = []

    def keep_name(match: re.Match[str]) -> str:
        names.append(match["name"].strip())
        return f"#{match['number']}\x00{len(names) - 1}\x00"

    text = text.strip().rstrip("?.! ")
    text = _NAMED_AFTER.sub(keep_name, _NAMED_BEFORE.sub(keep_name, text))
    references = [match.span() for match in re.finditer(r"#\d+(?:\x00\d+\x00)?", text)]
    for figure in reversed(tuple(find_figures(text))):
        if any(start < figure.end and figure.start < end for start, end in references):
            continue
        numbers.append(Number(figure.value, figure.unit, figure.scale))
        text = f"{text[: figure.start]} \x01{len(numbers) - 1}\x01 {text[figure.end :]}"
    text = re.sub(r"(?<=[\w\x00])['\u2019]s\b", "", text).lower()
    text = re.sub(r"\bgo(?:es)? (up|down)\b", r"go-\1", text)
    tokens = [_build_token(piece, names, numbers) for piece in _PIECE.findall(text)]
    left = _PIECE.sub(" ", text).strip()
    if left:
        return ()
    return tuple(token for token in tokens if token.text not in _FILLER)


def _build_token(piece: str, names: Sequence[str], numbers: Sequence[Number]) -> Token:
    if piece.startswith("#"):
        number, _, name = piece[1:].strip("\x00").partition("\x00")
        return Token("#", Reference(f"Q{int(number)}", names[int(name)] if name else ""))
    if piece.startswith("\x01"):
        return Token("number", numbers[int(piece.strip("\x01"))])
    return Token(_SIGNS.get(piece, piece))


# Templates


def _binary(operator: Operator, left: str = "a", right: str = "b") -> Builder:
    return lambda bound: Binary(operator, _node(bound, left), _node(bound, right))


def _change(*, relative: bool, falls: bool = False, swap: bool = False) -> Builder:
    first, last = ("b", "a") if swap else ("a", "b")
    return lambda bound: Change(_node(bound, first), _node(bound, last), relative, falls)


def _percent(part: str, whole: str) -> Builder:
    return lambda bound: Percent(Binary("/", _node(bound, part), _node(bound, whole)))


def _sum(bound: Bound) -> Node:
    parts = _nodes(bound)
    total = parts[0]
    for part in parts[1:]:
        total = Binary("+", total, part)
    return total


def _node(bound: Bound, name: str) -> Node:
    node = bound[name]
    assert not isinstance(node, tuple | str), "a slot of one expression"
    return node  # type: ignore[return-value]  # slots hold nodes


def _nodes(bound: Bound) -> tuple[Node, ...]:
    nodes = bound["l"]
    assert isinstance(nodes, tuple), "a slot of a list"
    return nodes


_PERCENT = "percentage|percent"
# Slots: {a} and {b} are expressions, {l} a list of them, {w} words that describe; [..] may be
# left out; "|" separates words that may stand for one another.
_TEMPLATES: tuple[tuple[str, Builder], ...] = (
    (f"{_PERCENT} {_UP} [in {{w}}] from {{a}} to {{b}}", _change(relative=True)),
    (f"{_PERCENT} {_DOWN} [in {{w}}] from {{a}} to {{b}}", _change(relative=True, falls=True)),
    (f"{_PERCENT} {_UP} [in {{w}}] between {{a}} and {{b}}", _change(relative=True)),
    (f"{_PERCENT} {_DOWN} [in {{w}}] between {{a}} and {{b}}", _change(relative=True, falls=True)),
    ("growth rate [in|of {w}] from {a} to {b}", _change(relative=True)),
    ("growth rate [in|of {w}] between {a} and {b}", _change(relative=True)),
    ("rate of growth|change|increase [in {w}] from {a} to {b}", _change(relative=True)),
    (f"{_UP} [in {{w}}] from {{a}} to {{b}}", _change(relative=False)),
    (f"{_DOWN} [in {{w}}] from {{a}} to {{b}}", _change(relative=False, falls=True)),
    (f"{_UP} [in {{w}}] between {{a}} and {{b}}", _change(relative=False)),
    ("sum|total of {l}", _sum),
    ("combined sum|total of {l}", _sum),
    ("sum|total [of] {w} of {l}", _sum),
    ("{l} combined|together", _sum),
    ("average|mean of {l}", lambda bound: Mean(_nodes(bound))),
    ("average|mean {w} of {l}", lambda bound: Mean(_nodes(bound))),
    ("difference between {a} and {b}", _binary("-")),
    ("difference in {w} between {a} and {b}", _binary("-")),
    (
        "absolute difference [in {w}] between {a} and {b}",
        lambda bound: Absolute(_binary("-")(bound)),
    ),
    ("absolute of {a}", lambda bound: Absolute(_node(bound, "a"))),
    ("ratio of {a} to {b}", _binary("/")),
    ("ratio [of {w}] between {a} and {b}", _binary("/")),
    ("product of {a} and {b}", _binary("*")),
    ("quotient of {a} and {b}", _binary("/")),
    (f"{{a}} as {_PERCENT}|share|proportion of {{b}}", _percent("a", "b")),
    ("{a} as fraction|multiple of {b}", _binary("/")),
    (f"what {_PERCENT}|share|proportion of {{b}} is|was|were {{a}}", _percent("a", "b")),
    (f"{_PERCENT} of {{b}} that is|was {{a}}", _percent("a", "b")),
    (f"{_PERCENT} that {{a}} is|represents of {{b}}", _percent("a", "b")),
    (f"what {_PERCENT}|share of {{b}} does|did {{a}} represent|make-up", _percent("a", "b")),
    ("subtract|subtracting {a} from {b}", _binary("-", "b", "a")),
    ("divide|dividing {a} by {b}", _binary("/")),
    ("multiply|multiplying {a} by|and|with {b}", _binary("*")),
    ("add|adding {a} to|and {b}", _binary("+")),
    (f"how much|many {_MORE} is|was|were {{a}} than {{b}}", _binary("-")),
    (f"how much|many {_LESS} is|was|were {{a}} than {{b}}", _binary("-", "b", "a")),
    (f"by how much is|was|were {{a}} {_MORE} than {{b}}", _binary("-")),
    (f"by how much is|was|were {{a}} {_LESS} than {{b}}", _binary("-", "b", "a")),
    ("by how much does|did|do {a} exceed {b}", _binary("-")),
    ("how many times {b} is|was {a}", _binary("/")),
    (f"how many times {_MORE} is|was {{a}} than {{b}}", _binary("/")),
    (
        f"by what {_PERCENT} is|was|were {{a}} {_LESS} than {{b}}",
        _change(relative=True, falls=True, swap=True),
    ),
    (
        f"by what {_PERCENT} is|was|were {{a}} below|under {{b}}",
        _change(relative=True, falls=True, swap=True),
    ),
    (f"by what {_PERCENT} is|was|were {{a}} {_MORE} than {{b}}", _change(relative=True, swap=True)),
    (f"by what {_PERCENT} is|was|were {{a}} above {{b}}", _change(relative=True, swap=True)),
    (f"by what {_PERCENT} does|did {{a}} exceed {{b}}", _change(relative=True, swap=True)),
    (f"by what {_PERCENT} did|has|does {{w}} {_GREW} from {{a}} to {{b}}", _change(relative=True)),
    (
        f"by what {_PERCENT} did|has|does {{w}} {_FELL} from {{a}} to {{b}}",
        _change(relative=True, falls=True),
    ),
    (f"by|how how|much much|did [did] {{w}} {_GREW} from {{a}} to {{b}}", _change(relative=False)),
    (
        f"by|how how|much much|did [did] {{w}} {_FELL} from {{a}} to {{b}}",
        _change(relative=False, falls=True),
    ),
)


def _compare(comparison: str) -> Builder:
    return lambda bound: Compare(comparison, _node(bound, "a"), _node(bound, "b"))  # type: ignore[arg-type]  # one of the five


# What may hold of an amount, after "is".
_CONDITIONS: tuple[tuple[str, Builder], ...] = (
    (f"{{a}} {_MORE} than {{b}}", _compare(">")),
    (f"{{a}} {_LESS} than {{b}}", _compare("<")),
    ("{a} above|over|exceeding {b}", _compare(">")),
    ("{a} below|under {b}", _compare("<")),
    ("{a} at least {b}", _compare(">=")),
    ("{a} at most {b}", _compare("<=")),
    ("{a} equal to {b}", _compare("==")),
)


@lru_cache(maxsize=256)
def _parse_template(template: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the template's items: kind ("word", "slot", "maybe") and its alternatives."""
    items: list[tuple[str, tuple[str, ...]]] = []
    for piece in re.findall(r"\[[^\]]*\]|\S+", template):
        if piece.startswith("["):
            items.append(("maybe", tuple(piece[1:-1].split())))
        elif piece.startswith("{"):
            items.append(("slot", (piece[1:-1],)))
        else:
            items.append(("word", tuple(piece.split("|"))))
    return tuple(items)


# Reading


class _Reader:
    """Reads one step; spans are half open, and each is read once."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._read: dict[tuple[int, int], frozenset[Node]] = {}

    def read_whole(self) -> frozenset[Node]:
        """Return all ways to read the whole step."""
        start, end = self._skip_opening(), len(self._tokens)
        found = set(self._read_pick(0, end)) | set(self._read_truth(0, end))
        for first in {0, start}:
            found |= self.read(first, end)
            found |= self._read_after_comma(first, end)
        found |= self._read_described(start, end)
        return frozenset(found)

    def _skip_opening(self) -> int:
        words = [token.text for token in self._tokens[:3]]
        for opening in (["what", "would", "be"], ["what", "is"], ["what", "was"], ["what", "are"],
                        ["what", "were"]):  # fmt: skip
            if words[: len(opening)] == opening:
                return len(opening)
        return 0

    def read(self, start: int, end: int) -> frozenset[Node]:
        """Return all ways to read a span as an amount."""
        key = (start, end)
        if key not in self._read:
            self._read[key] = frozenset()  # a span is no part of itself
            self._read[key] = frozenset(self._read_span(start, end))
        return self._read[key]

    def _read_span(self, start: int, end: int) -> Iterator[Node]:
        if end - start == 1:
            node = self._tokens[start].node
            if node is not None:
                yield node
            return
        if self._is_bracketed(start, end):
            yield from self.read(start + 1, end - 1)
            return
        yield from self._read_infix(start, end)
        for template, build in _TEMPLATES:
            for bound in self._match(_parse_template(template), 0, start, end, {}):
                yield build(bound)

    def _is_bracketed(self, start: int, end: int) -> bool:
        if end - start < 3 or self._tokens[start].text != "(":
            return False
        depth = 0
        for at in range(start, end):
            depth += {"(": 1, ")": -1}.get(self._tokens[at].text, 0)
            if depth == 0:
                return at == end - 1
        return False

    def _read_infix(self, start: int, end: int) -> Iterator[Node]:
        """Split at the last operator of the lowest precedence at which both sides can be read."""
        operators = list(self._find_operators(start, end))
        for group in ("+-", "*/"):
            for at, width, operator in reversed(operators):
                if operator not in group:
                    continue
                left, right = self.read(start, at), self.read(at + width, end)
                if left and right:
                    yield from (Binary(operator, one, two) for one in left for two in right)
                    return

    def _find_operators(self, start: int, end: int) -> Iterator[tuple[int, int, Operator]]:
        depth = 0
        for at in range(start, end):
            text = self._tokens[at].text
            depth += {"(": 1, ")": -1}.get(text, 0)
            if depth:
                continue
            after = self._tokens[at + 1].text if at + 1 < end else ""
            if text in ("divided", "multiplied") and after == "by":
                yield at, 2, "/" if text == "divided" else "*"
            elif operator := _OPERATORS.get(text):
                yield at, 1, operator

    def _read_after_comma(self, start: int, end: int) -> frozenset[Node]:
        """Read "the sum of #1 and #2, divided by #3": what follows the comma is done last."""
        found: set[Node] = set()
        for at in range(start + 1, end - 1):
            if self._tokens[at].text != ",":
                continue
            for where, width, operator in self._find_operators(at + 1, end):
                if where != at + 1:
                    continue
                left, right = self.read(start, at), self.read(where + width, end)
                found |= {Binary(operator, one, two) for one in left for two in right}
        return frozenset(found)

    def _read_described(self, start: int, end: int) -> frozenset[Node]:
        """Read "operating margin (#1 divided by #2)": what stands in brackets says how."""
        for at in range(start + 1, end):
            if self._tokens[at].node is not None:
                return frozenset()
            opens = self._tokens[at].text in ("(", ":", "=")
            if opens and self._describes(start, at):
                if self._tokens[at].text == "(":
                    return self.read(at, end) if self._is_bracketed(at, end) else frozenset()
                return self.read(at + 1, end)
        return frozenset()

    def _describes(self, start: int, end: int) -> bool:
        """Whether words only describe: no reference, number or sign, and nothing to compute."""
        span = self._tokens[start:end]
        return bool(span) and all(
            token.node is None and token.text.isalpha() and token.text not in _TELLING
            for token in (Token(t.text.replace("-", "").replace("'", ""), t.node) for t in span)
        )

    # Yes or no, and which

    def _read_truth(self, start: int, end: int) -> Iterator[Node]:
        first = self._tokens[start].text
        if first in ("is", "are", "was", "were"):
            parts = self._read_conditions(start + 1, end)
            if parts:
                yield parts[0] if len(parts) == 1 else All(tuple(parts))
        elif first in ("does", "did", "do"):
            for bound in self._match(_parse_template("{a} exceed {b}"), 0, start + 1, end, {}):
                yield Compare(">", _node(bound, "a"), _node(bound, "b"))

    def _read_conditions(self, start: int, end: int) -> list[Node]:
        """Read conditions joined by commas and "and"; [] where one cannot be read in one way."""
        whole = self._read_condition(start, end)
        if whole:
            return [*whole] if len(whole) == 1 else []
        for at in range(start + 1, end - 1):
            if self._tokens[at].text not in (",", "and"):
                continue
            first = self._read_condition(start, at)
            after = at + 1 + (self._tokens[at + 1].text == "and")
            rest = self._read_conditions(after, end) if len(first) == 1 else []
            if rest:
                return [*first, *rest]
        return []

    def _read_condition(self, start: int, end: int) -> frozenset[Node]:
        found: set[Node] = set()
        if start < end and self._tokens[start].text in ("is", "was"):
            start += 1
        for template, build in _CONDITIONS:
            for bound in self._match(_parse_template(template), 0, start, end, {}):
                found.add(build(bound))
        for words in (("about",), ("approximately",), ("around",), ("roughly",), ("close", "to")):
            at = end - 1 - len(words)
            told = tuple(token.text for token in self._tokens[max(at, start) : end - 1])
            stated = self._tokens[end - 1].node if end > start else None
            if at > start and told == words and isinstance(stated, Number):
                found |= {About(node, stated) for node in self.read(start, at)}
        return frozenset(found)

    def _read_pick(self, start: int, end: int) -> Iterator[Node]:
        """Read "which has the higher margin, #1 (Verizon) or #2 (Corning)?"."""
        if self._tokens[start].text not in ("which", "who", "what", "in", "of", "among", "between"):
            return
        if not any(
            token.text in ("which", "who", "what") for token in self._tokens[start : start + 2]
        ):
            return
        first = next(at for at in range(start, end) if self._tokens[at].node is not None)
        words = [token.text for token in self._tokens[start:first]]
        if _NOT_PLAIN & {*words}:
            return
        most, least = _MOST & {*words}, _LEAST & {*words}
        parts = self._read_list(first, end)
        if len(most) + len(least) != 1 or len(parts) < 2 or words[-1] in ("than", "of"):
            return
        if all(isinstance(part, Reference) for part in parts):
            yield Pick(bool(most), tuple(part for part in parts if isinstance(part, Reference)))

    def _read_list(self, start: int, end: int) -> tuple[Node, ...]:
        """Read "#1, #2 and #3"; () where something else stands there."""
        parts: list[Node] = []
        wants_part = True
        for token in self._tokens[start:end]:
            if token.node is not None:
                if not wants_part:
                    return ()
                parts.append(token.node)
                wants_part = False
            elif token.text in (",", "and", "or"):
                wants_part = True
            else:
                return ()
        return tuple(parts) if not wants_part else ()

    # Templates

    def _match(
        self,
        items: tuple[tuple[str, tuple[str, ...]], ...],
        item: int,
        start: int,
        end: int,
        bound: dict[str, object],
    ) -> Iterator[dict[str, object]]:
        """Yield what the slots hold, for each way in which the template fits the whole span."""
        if item == len(items):
            if start == end:
                yield bound
            return
        kind, words = items[item]
        if kind == "word":
            if start < end and self._tokens[start].text in words:
                yield from self._match(items, item + 1, start + 1, end, bound)
        elif kind == "maybe":
            yield from self._match(items, item + 1, start, end, bound)
            inner = _parse_template(" ".join(words))
            yield from self._match((*inner, *items[item + 1 :]), 0, start, end, bound)
        else:
            yield from self._match_slot(words[0], items, item, start, end, bound)

    def _match_slot(
        self,
        name: str,
        items: tuple[tuple[str, tuple[str, ...]], ...],
        item: int,
        start: int,
        end: int,
        bound: dict[str, object],
    ) -> Iterator[dict[str, object]]:
        least = sum(kind != "maybe" for kind, _ in items[item + 1 :])
        for stop in range(start + 1, end - least + 1):
            held: list[object]
            if name == "w":
                held = ["words"] if stop - start <= 10 and self._describes(start, stop) else []
            elif name == "l":
                parts = self._read_list(start, stop)
                held = [parts] if len(parts) > 1 else []
            else:
                held = [*self.read(start, stop)]
            for value in held:
                yield from self._match(items, item + 1, stop, end, {**bound, name: value})


_OPERATORS: dict[str, Operator] = {
    "plus": "+", "+": "+", "minus": "-", "-": "-", "less": "-", "times": "*", "*": "*", "x": "*",
    "/": "/", "over": "/",
}  # fmt: skip
