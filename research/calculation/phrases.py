"""Reading what a step asks to be computed over earlier answers, from its words.

A step is cut into references, numbers and words, and read by templates that may stand within one
another ("#1 minus the difference between #2 and #3"), infix operators with their precedence, and
brackets. Every word must have its place, and a step that can be read in two ways is not read at
all: no formula rather than a doubtful one. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from research.calculation.descriptions import COMPUTED, fits_description
from research.calculation.formulas import (
    About,
    All,
    Binary,
    Compare,
    Comparison,
    Node,
    Number,
    Operator,
    Percent,
    Pick,
    Reference,
    list_references,
)
from research.calculation.templates import CONDITIONS, HAPPENED, TEMPLATES, parse_template
from research.calculation.tokens import Token, cut_step

_LONGEST = 70
_MOST = frozenset(
    "more most higher highest larger largest greater greatest bigger biggest faster fastest "
    "strongest".split()
)
_LEAST = frozenset(
    "less least lower lowest smaller smallest fewer fewest slower slowest weakest".split()
)
# With these "which is the largest" asks for another one.
# Multiplying and dividing in words, which bind as the speaker meant and not by precedence.
_SPOKEN = frozenset(("divided", "multiplied", "times", "over"))
_WHICH = frozenset(("which", "who", "what"))
_OF = frozenset(("in", "of", "among", "between"))
# "Comparing #1 and #2, which is larger?"
_BEFORE_LIST = frozenset(("compare", "comparing", *_OF))
_ARE = frozenset(("is", "are", "was", "were"))
# What is said to lie between two numbers is a third one.
_JOINING = frozenset(
    "difference gap spread change increase decrease growth decline ratio range".split()
)
_NOT_PLAIN = frozenset(
    "not no never second third fourth next except excluding besides other than neither without "
    "nearest closest".split()
)
_OPENINGS = (
    "what would be", "what is", "what was", "what are", "what were", "what do you get when you",
    "what do you get if you", "what do we get when", "how much do we get when",
    "how much do you get when", "what results when", "how large is", "how large was",
)  # fmt: skip
# Between what is computed and how: "margin, defined as #1 / #2".
_JOINING_HOW = frozenset("( : = , as using computed defined measured equals".split())
_SHARES = frozenset("percentage percent share proportion portion".split())
_GIVEN = frozenset("using given with from based on".split())


def read_phrase(text: str) -> Node | None:
    """Return what a step computes, or None where it is not wholly or not uniquely understood."""
    tokens = cut_step(text)
    if not tokens or len(tokens) > _LONGEST or not any(token.node for token in tokens):
        return None
    found = {node for node in _Reader(tokens).read_whole() if node is not None}
    return found.pop() if len(found) == 1 else None


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
            found |= self._read_described(first, end)
        if not found:
            found |= self._read_given()
        return frozenset(found)

    def _skip_opening(self) -> int:
        words = [token.text for token in self._tokens[:8]]
        for opening in map(str.split, _OPENINGS):
            if words[: len(opening)] == opening:
                start = len(opening)
                # "the result of #1 divided by #2": "result" itself says nothing.
                return start + (words[start : start + 1] == ["of"])
        return 0

    def _read_given(self) -> frozenset[Node]:
        """Read "using #1 and #2, what is the ratio of #1 to #2?": all that is given is used."""
        first = next(at for at, token in enumerate(self._tokens) if token.node is not None)
        words = {token.text for token in self._tokens[:first]}
        if not words or not words <= _GIVEN:
            return frozenset()
        for at in range(first + 1, len(self._tokens) - 1):
            given = self._read_list(first, at) if self._tokens[at].text == "," else ()
            rest = self._tokens[at + 1 :]
            if given and any(token.node is not None for token in rest):
                labels = {one.label for one in given if isinstance(one, Reference)}
                return frozenset(
                    node
                    for node in _Reader(rest).read_whole()
                    if {one.label for one in list_references(node)} == labels
                )
        return frozenset()

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
        for template, build in TEMPLATES:
            for bound in self._match(parse_template(template), 0, start, end, {}):
                node = build(bound)
                if node is not None:
                    yield node

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
                if group == "+-" and self._may_reach_back(start, at, end):
                    return
                left, right = self.read(start, at), self.read(at + width, end)
                if left and right:
                    yield from (Binary(operator, one, two) for one in left for two in right)
                    return

    def _may_reach_back(self, start: int, at: int, end: int) -> bool:
        """Whether "#1 plus #2 divided by 2" may mean half of both: spoken, nothing brackets it.

        "#1 divided by #2 minus #3 divided by #4" is taken as the two quotients that it names.
        """
        before, after = (
            {self._tokens[where].text for where, _, sign in self._find_operators(*span)
             if sign in "*/" and self._tokens[where].text in _SPOKEN}
            for span in ((start, at), (at + 1, end))
        )  # fmt: skip
        return bool(after) and after != before

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
            found |= self._read_share_after(start, at, end)
            for where, width, operator in self._find_operators(at + 1, end):
                if where != at + 1:
                    continue
                left, right = self.read(start, at), self.read(where + width, end)
                found |= {Binary(operator, one, two) for one in left for two in right}
        return frozenset(found)

    def _read_share_after(self, start: int, comma: int, end: int) -> set[Node]:
        """Read "#1 plus #2, as a percentage of #3"."""
        words = [token.text for token in self._tokens[comma + 1 : comma + 4]]
        if len(words) < 3 or words[0] != "as" or words[1] not in _SHARES or words[2] != "of":
            return set()
        parts, wholes = self.read(start, comma), self.read(comma + 4, end)
        return {Percent(Binary("/", part, whole)) for part in parts for whole in wholes}

    def _read_described(self, start: int, end: int) -> frozenset[Node]:
        """Read "operating margin (#1 divided by #2)": what follows the name says how."""
        at = start
        while at < end and self._tokens[at].node is None and self._is_word(at):
            at += 1
        described = [token.text for token in self._tokens[start:at]]
        while at < end and self._tokens[at].text in _JOINING_HOW - {"("}:
            at += 1
        if not described or at == end:
            return frozenset()
        joined = self._tokens[at - 1].text in _JOINING_HOW or self._tokens[at].text == "("
        if not joined:
            return frozenset()
        nodes = (node for node in self.read(at, end) if not isinstance(node, Reference))
        return frozenset(node for node in nodes if fits_description(described, node))

    def _is_word(self, at: int) -> bool:
        text = self._tokens[at].text
        return text not in _JOINING_HOW and text.replace("-", "").replace("'", "").isalpha()

    def _describes(self, start: int, end: int) -> bool:
        """Whether words only describe: no reference, number or sign, and nothing to compute."""
        span = self._tokens[start:end]
        return bool(span) and all(
            token.node is None and token.text.isalpha() and token.text not in COMPUTED
            for token in (Token(t.text.replace("-", "").replace("'", ""), t.node) for t in span)
        )

    # Yes or no, and which

    def _read_truth(self, start: int, end: int) -> Iterator[Node]:
        first = self._tokens[start].text
        yield from self._read_signs(start, end)
        if first in _ARE:
            parts = self._read_conditions(start + 1, end)
            if parts:
                yield parts[0] if len(parts) == 1 else All(tuple(parts))
        elif first in ("does", "did", "do", "has", "have"):
            for template, build in HAPPENED:
                for bound in self._match(parse_template(template), 0, start + 1, end, {}):
                    node = build(bound)
                    if node is not None:
                        yield node

    def _read_signs(self, start: int, end: int) -> Iterator[Node]:
        """Read "#1 / #2 > #3"."""
        for at in range(start + 1, end - 1):
            sign = self._tokens[at].text
            if sign not in ("<", ">"):
                continue
            is_wide = self._tokens[at + 1].text == "="
            comparison: Comparison = "<" if sign == "<" else ">"
            if is_wide:
                comparison = "<=" if sign == "<" else ">="
            left, right = self.read(start, at), self.read(at + 1 + is_wide, end)
            yield from (Compare(comparison, one, two) for one in left for two in right)

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
        for template, build in CONDITIONS:
            for bound in self._match(parse_template(template), 0, start, end, {}):
                node = build(bound)
                if node is not None:
                    found.add(node)
        for words in (("about",), ("approximately",), ("around",), ("roughly",), ("close", "to")):
            at = end - 1 - len(words)
            told = tuple(token.text for token in self._tokens[max(at, start) : end - 1])
            stated = self._tokens[end - 1].node if end > start else None
            if at > start and told == words and isinstance(stated, Number):
                found |= {About(node, stated) for node in self.read(start, at)}
        return frozenset(found)

    def _read_pick(self, start: int, end: int) -> Iterator[Node]:
        """Read "which has the higher margin, #1 (Verizon) or #2 (Corning)?"."""
        words = [token.text for token in self._tokens[start:end]]
        asks_first = words[0] in _WHICH or (words[0] in _OF and words[1] in _WHICH)
        if not asks_first and not (words[0] in _BEFORE_LIST and _WHICH & {*words}):
            return
        first = next(at for at in range(start, end) if self._tokens[at].node is not None)
        last = next(at for at in reversed(range(start, end)) if self._tokens[at].node is not None)
        before = [token.text for token in self._tokens[start:first]]
        after = [token.text for token in self._tokens[last + 1 : end]]
        asks_later = not asks_first and _WHICH & {*after[:2]}
        if after and after[0] not in _ARE and not asks_later:
            return  # "which of #1 and #2 is larger", and nothing else behind the list
        if not after and (before[-1] in ("than", "of") or _judges(before)):
            return
        words = [*before, *after]
        if _NOT_PLAIN & {*words} or (after and _judges(after)):
            return
        most, least = _MOST & {*words}, _LEAST & {*words}
        parts = self._read_list(first, last + 1)
        if len(most) + len(least) != 1 or len(parts) < 2:
            return
        if all(isinstance(part, Reference) for part in parts):
            yield Pick(bool(most), tuple(part for part in parts if isinstance(part, Reference)))

    def _read_list(self, start: int, end: int) -> tuple[Node, ...]:
        """Read "#1, #2 and #3"; () where something else stands there."""
        joined = {token.text for token in self._tokens[start:end]}
        if {"and", "or"} <= joined:
            return ()  # "#1 and #2 or #3": which belong together is not said
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
            inner = parse_template(" ".join(words))
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
            if name == "n":
                node = self._tokens[start].node
                held = [node] if stop == start + 1 and isinstance(node, Number) else []
            elif name == "w":
                held = ["words"] if stop - start <= 10 and self._describes(start, stop) else []
            elif name == "l":
                parts = self._read_list(start, stop)
                held = [parts] if len(parts) > 1 else []
            else:
                held = [*self.read(start, stop)]
            for value in held:
                yield from self._match(items, item + 1, stop, end, {**bound, name: value})


def _judges(words: Sequence[str]) -> bool:
    """Whether "which" asks for more than the larger number: "is more efficient", a difference."""
    if words[-1] == "between" and _JOINING & {*words}:
        return True
    return any(
        word in ("more", "less", "most", "least") and before in _ARE and after.isalpha()
        for before, word, after in zip(words, words[1:], words[2:], strict=False)
    )


_OPERATORS: dict[str, Operator] = {
    "plus": "+", "+": "+", "minus": "-", "-": "-", "less": "-", "times": "*", "*": "*", "x": "*",
    "/": "/", "over": "/",
}  # fmt: skip
