"""Reading numbers as filings print them: separators, signs, percent, currency, scale words.

Pure functions on text. Knows nothing of pages, tables or where a number stood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

SCALE_WORDS = {
    "thousand": 1_000,
    "thousands": 1_000,
    "million": 1_000_000,
    "millions": 1_000_000,
    "mn": 1_000_000,
    "billion": 1_000_000_000,
    "billions": 1_000_000_000,
    "bn": 1_000_000_000,
    "trillion": 1_000_000_000_000,
    "trillions": 1_000_000_000_000,
}
# Currencies that filings print as a sign; a code ("EUR") may stand before the number too.
CURRENCY_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}

_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"
# A nil amount is printed as a dash of any width, in brackets or not.
_NIL = re.compile(rf"^[$€£¥]?\s*\(?[{_DASHES}]+\)?\s*%?$")
_FIGURE = re.compile(
    r"""
    (?<![\w.,])                           # not inside a word or a longer number
    (?P<open>\()?\s*
    (?P<minus>[-\u2212](?=[$€£¥\d.]))?
    (?P<currency>[$€£¥])?\s*
    (?P<open2>\()?
    (?P<minus2>[-\u2212])?
    (?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)
    (?P<close>\s*\))?
    (?P<percent>\s*(?:%|percent\b|per\s+cent\b))?
    (?P<close2>\s*\))?
    (?:[\s-]*(?P<scale>(?a:thousands?|millions?|mn|billions?|bn|trillions?))\b)?
    (?P<points>\s*percentage\s+points?\b)?
    (?![\w]|[.,]\d|-[a-z]\b)              # not the head of "10-K", "2nd" or "1.2.3"
    """,
    re.VERBOSE | re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a text: `value` as printed with its sign, before `scale` is applied.

    `unit` is "USD" and the like, "percent", "percentage points" or None where the text does not
    say; `scale` is 1 unless a word such as "million" follows. `start` and `end` are offsets.
    """

    value: Decimal
    unit: str | None
    scale: int
    text: str
    start: int
    end: int

    @property
    def amount(self) -> Decimal:
        """The value times the scale."""
        return self.value * self.scale

    @property
    def is_year(self) -> bool:
        """Whether it is written as a calendar year is: four bare digits from 1900 to 2099."""
        return self.unit is None and self.scale == 1 and bool(_YEAR.fullmatch(self.text.strip()))


def find_figures(text: str) -> Iterator[Figure]:
    """Yield the numbers of `text` from left to right; "(1,234)" is negative, "(3%)" too."""
    for match in _FIGURE.finditer(text):
        yield _build_figure(match)


def parse_figure(text: str) -> Figure | None:
    """Read `text` as one number and nothing else; None when it is not.

    A dash alone is how statements print nil, and reads as 0.
    """
    stripped = text.strip()
    if _NIL.match(stripped):
        return Figure(Decimal(0), None, 1, stripped, 0, len(stripped))
    match = _FIGURE.fullmatch(stripped)
    return _build_figure(match) if match else None


def parse_scale(text: str) -> int | None:
    """Return the scale that a heading declares ("(In millions, except per share)"), or None."""
    match = re.search(
        r"\b(?:in|dollars in|amounts in|u\.?s\.?\s*\$|\$)?\s*"
        r"\(?((?a:thousands|millions|billions))\b",
        text,
        re.IGNORECASE,
    )
    return SCALE_WORDS[match.group(1).lower()] if match else None


def find_years(text: str) -> tuple[int, ...]:
    """Return the calendar years that `text` names, "FY22" and "fiscal 2022" too, in order."""
    found = re.findall(
        r"(?<![\d,.])((?:19|20)\d{2})(?!\d|[.,]\d)|\bFY\s?'?(\d{2})\b",
        text,
    )
    return tuple(dict.fromkeys(int(whole or f"20{short}") for whole, short in found))


def _build_figure(match: re.Match[str]) -> Figure:
    value = Decimal(match["digits"].replace(",", ""))
    opened = bool(match["open"] or match["open2"])
    closed = bool(match["close"] or match["close2"])
    if match["minus"] or match["minus2"] or (opened and closed):
        value = -value
    text = match.group().strip()
    start = match.end() - len(match.group().lstrip())
    end = start + len(text)
    if opened and not closed:  # the bracket belongs to the sentence, not to the number
        text = text.lstrip("(").strip()
        start = end - len(text)
    elif closed and not opened:
        text = text.rstrip().removesuffix(")").rstrip()
        end = start + len(text)
    scale = SCALE_WORDS[match["scale"].lower()] if match["scale"] else 1
    return Figure(value, _read_unit(match), scale, text, start, end)


def _read_unit(match: re.Match[str]) -> str | None:
    if match["points"]:
        return "percentage points"
    if match["percent"]:
        return "percent"
    return CURRENCY_SIGNS[match["currency"]] if match["currency"] else None
