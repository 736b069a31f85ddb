"""A step of a plan cut into words, signs, references and numbers. Knows no meaning of any word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.figures import find_figures
from research.calculation.formulas import Node, Number, Reference
from research.calculation.templates import STRUCTURAL


@dataclass(frozen=True, slots=True)
class Token:
    """A word (in small letters), a sign, a reference or a number."""

    text: str
    node: Node | None = None


_NAME = r"(?:[A-Z0-9][\w.&'\u2019,-]*\s+(?:of\s+|and\s+|the\s+)?)*[A-Z0-9][\w.&'\u2019-]*"
_NAMED_BEFORE = re.compile(rf"(?P<name>{_NAME})\s*\(\s*#(?P<number>\d+)\s*\)")
_NAMED_AFTER = re.compile(r"#(?P<number>\d+)\s*\((?P<name>[^()#]*[A-Za-z][^()#]*|(?:19|20)\d\d)\)")
_PIECE = re.compile(
    r"#\d+(?:\x00\d+\x00)?|\x01\d+\x01|[a-z]+(?:[-'][a-z]+)*|[-+*/(),:=<>|\u00d7\u00f7\u2212\u2013]"
)
_FILLER = frozenset(
    "the a an please calculate compute find determine give answer answers result results value "
    "values amount amounts figure figures percentage-wise respectively calculated return take "
    "check whether identify".split()
)
_COUNTS = "two three four five six seven eight nine ten".split()
_COUNTED = re.compile(
    rf"\b(?P<digit>[2-9]|10)[\s-](?=year\b)|\b(?P<word>{'|'.join(_COUNTS)})\s+(?=years?\b)",
    re.IGNORECASE,
)
# Words that are one notion; the one-word form is what the templates know.
_ONE_WORD: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bgo(?:es)? (up|down)\b"), r"go-\1"),
    (re.compile(r"\b(make|made)s? up\b"), r"make-up"),
    (re.compile(r"\baccounts? for\b"), "account-for"),
    (re.compile(r"\badd(?:ing)? up\b(?! to)"), "add"),
    (re.compile(r"\bby how many (?:dollars|shares|units)\b"), "by how much"),
    (re.compile(r"\bin percentage terms\b"), "in percent"),
    (re.compile(r"\byear over year\b"), "year-over-year"),
    (
        re.compile(
            r"\bcompound(?:ed)? annual(?:i[sz]ed)?(?: growth)? rate\b"
            r"(?: of (?:growth|change)\b)?(?: \(cagr\))?"
        ),
        "cagr",
    ),
    (re.compile(r"\b(?:,\s*)?(?:i\.e\.|namely|that is to say)\s*,?"), ": "),
    (re.compile(r"\bpercentage-points?\b"), "percentage points"),
    (re.compile(r"\band then (?=(?:divided|multiplied) by\b)"), ", "),
)
# How an answer is wanted, before or behind the step.
_MANNER = re.compile(
    r"^(?:yes\s+or\s+no|true\s+or\s+false)\s*[:,]\s*|[.?,]?\s*answer\s+(?:with\s+)?yes\s+or\s+no$",
    re.IGNORECASE,
)
# What a computation is for, behind it: "divide #1 by #2 to get the margin".
_PURPOSE = re.compile(
    r",?\s+to\s+(?:get|find|obtain|compute|determine|calculate|arrive\s+at|see)\b[^#]*$|,\s*meaning\b[^#]*$",
    re.IGNORECASE,
)
_ASKED_AFTER = re.compile(
    r"^((?:subtract|divide|add|multiply|take|sum)\b[^:]*#[^:]*):\s*(?:what|which)\b[^#]*$",
    re.IGNORECASE,
)
_SIGNS = {"\u00d7": "*", "\u00f7": "/", "\u2212": "-", "\u2013": "-", "deduct": "subtract"}


def cut_step(text: str) -> tuple[Token, ...]:
    """Cut a step into tokens; () where it holds something that is none."""
    names: list[str] = []
    numbers: list[Number] = []

    def keep_name(match: re.Match[str]) -> str:
        names.append(match["name"].strip())
        return f"#{match['number']}\x00{len(names) - 1}\x00"

    text = _MANNER.sub("", text.strip().rstrip("?.! "))
    text = _PURPOSE.sub("", _ASKED_AFTER.sub(r"\1", text))
    text = _NAMED_AFTER.sub(keep_name, _NAMED_BEFORE.sub(keep_name, text))
    text = _COUNTED.sub(_spell_count, text)
    references = [match.span() for match in re.finditer(r"#\d+(?:\x00\d+\x00)?", text)]
    for figure in reversed(tuple(find_figures(text))):
        if any(start < figure.end and figure.start < end for start, end in references):
            continue
        numbers.append(Number(figure.value, figure.unit, figure.scale))
        text = f"{text[: figure.start]} \x01{len(numbers) - 1}\x01 {text[figure.end :]}"
    text = re.sub(r"(?<=[\w\x00])['\u2019]s\b", "", text).lower()
    for words, one in _ONE_WORD:
        text = words.sub(one, text)
    tokens = [_build_token(piece, names, numbers) for piece in _PIECE.findall(text)]
    left = _PIECE.sub(" ", text).strip()
    if left:
        return ()
    kept = tuple(token for token in tokens if token.text not in _FILLER)
    return tuple(_collapse_names(kept))


def _collapse_names(tokens: Sequence[Token]) -> list[Token]:
    """Take "operating cash flow (#1)" for #1: what stands in brackets is what was named."""
    kept: list[Token] = []
    for at, token in enumerate(tokens):
        kept.append(token)
        closes = token.text == ")" and at > 1 and tokens[at - 2].text == "("
        reference = tokens[at - 1].node if closes else None
        if not isinstance(reference, Reference):
            continue
        start = len(kept) - 3
        while start > 0 and _names(kept[start - 1]):
            start -= 1
        words = " ".join(one.text for one in kept[start : len(kept) - 3])
        if words:
            named = Reference(reference.label, reference.name or words)
            kept[start:] = [Token("#", named)]
    return kept


def _names(token: Token) -> bool:
    """Whether a word only names: it tells of no computation, and joins nothing."""
    plain = token.text.replace("-", "").replace("'", "")
    return token.node is None and plain.isalpha() and token.text not in STRUCTURAL


def _spell_count(match: re.Match[str]) -> str:
    """Write "3-year" as "three-year", and "three years" as "3 years"."""
    if match["digit"]:
        return f"{_COUNTS[int(match['digit']) - 2]}-"
    return f"{_COUNTS.index(match['word'].lower()) + 2} "


def _build_token(piece: str, names: Sequence[str], numbers: Sequence[Number]) -> Token:
    if piece.startswith("#"):
        number, _, name = piece[1:].strip("\x00").partition("\x00")
        return Token("#", Reference(f"Q{int(number)}", names[int(name)] if name else ""))
    if piece.startswith("\x01"):
        return Token("number", numbers[int(piece.strip("\x01"))])
    return Token(_SIGNS.get(piece, piece))
