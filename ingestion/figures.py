"""Reading numbers as filings print them: separators, signs, percent, currency, scale words.

Pure functions on text. Knows nothing of pages, tables or where a number stood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
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
# Currencies that filings print as a sign, and the codes that may stand before a number.
CURRENCY_SIGNS = {
    "$": "USD",
    "US$": "USD",
    "U.S.$": "USD",
    "C$": "CAD",
    "A$": "AUD",
    "HK$": "HKD",
    "R$": "BRL",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₩": "KRW",
}
CURRENCY_CODES = frozenset(
    "USD EUR GBP JPY CHF CAD AUD NZD CNY RMB INR KRW BRL MXN SEK NOK DKK HKD SGD ZAR TWD".split()
)
# Letters are scale words only right after an amount of money: "$5.2B", and never "3M".
_SCALE_LETTERS = {"k": 1_000, "m": 1_000_000, "mm": 1_000_000, "b": 1_000_000_000}
_UNIT_GROUPS = (
    ("points", "percentage points"),
    ("basis", "basis points"),
    ("percent", "percent"),
    ("ratio", "ratio"),
)
_CURRENCY_WORDS = {"dollars": "USD", "euros": "EUR", "yen": "JPY"}

_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"
_MINUS = "-\u2010\u2011\u2013\u2212"
_SIGN = r"(?-i:(?:US|U\.S\.\ ?|HK|[CAR])?\$|[€£¥₹₩])"
_MARK = r"\([1-9]\d?\)|[\u00b9\u00b2\u00b3\u2070-\u2079]+|\*{1,3}|[†‡]"
# A nil amount is printed as a dash of any width, in brackets or not.
_NIL = re.compile(rf"(?P<sign>{_SIGN})?\s*\(?[{_DASHES}]+\)?\s*(?P<percent>%)?")
_FIGURE = re.compile(
    rf"""
    (?<![\w.,])(?<!\d/)                   # not inside a word, a longer number or a date
    (?:(?P<open>\()\s*)?
    (?P<minus>(?<![%)])[{_MINUS}](?=[$€£¥₹₩\d.]))?
    (?:(?P<currency>{_SIGN}|(?-i:{"|".join(sorted(CURRENCY_CODES))})(?=[\s\d(]))\s*)?
    (?P<open2>\()?
    (?P<minus2>(?<![%)])[{_MINUS}])?
    (?P<digits>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)
    (?P<close>\s*\))?
    (?P<percent>\s*(?:%|percent\b|per\s+cent\b))?
    (?P<close2>\s*\))?
    (?:
        [\s-]*(?P<scale>(?a:thousands?|millions?|mn|billions?|bn|trillions?))\b
        (?:\s+(?P<money>(?-i:dollars|euros|yen))\b)?
      | (?(currency)(?P<letter>(?-i:\ ?MM|[KMBmb]))\b|(?!))
      | (?P<ratio>(?-i:x)\b)
    )?
    (?P<points>\s*percentage\s+points?\b)?
    (?P<basis>\s*(?:basis\s+points?|bps)\b)?
    (?P<mark>{_MARK})?
    (?![\w]|[.,]\d|/\d|-[a-z]\b|\(k\))   # not the head of "10-K", "2nd", "1.2.3" or "401(k)"
    """,
    re.VERBOSE | re.IGNORECASE,
)
# A mark that stands apart from its number, in a cell of its own number only.
_LONE_MARK = re.compile(r"\s*\((?:[1-9]|[a-j])\)$", re.IGNORECASE)
_THOUSANDS = re.compile(r"(?<![\d,.])(?:\$\s*)?000'?s\b|\(\$?000\)")
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")


# "(In millions)", "$ million", "US$m": a scale word without a number of its own.
_DECLARED_SCALE = re.compile(
    r"(?<!\d )(?<!\d)\b(?P<plural>(?a:thousands|millions|billions))\b"
    r"|(?:[$€£¥]\s*(?:in\s+)?|\bin\s+(?:[$€£¥]\s*)?)(?P<word>(?a:thousand|million|billion))\b"
    r"|[$€£¥]\s?(?P<short>m|bn|k)\b",
    re.IGNORECASE,
)
_SHORT = {"m": "million", "bn": "billion", "k": "thousand"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a text: `value` as printed with its sign, before `scale` is applied.

    `unit` is "USD" and the like, "percent", "percentage points", "basis points", "ratio" ("2.5x")
    or None where the text does not say; `scale` is 1 unless a word such as "million" follows. A
    footnote mark ("1,234(1)") is no part of it. `start` and `end` are offsets.
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

    A dash alone is how statements print nil, and reads as 0. One bracket alone makes a number
    negative too: in a row of cells the other bracket often stands in the next cell.
    """
    stripped = text.strip()
    nil = _NIL.fullmatch(stripped)
    if nil:
        return Figure(Decimal(0), _read_nil_unit(nil), 1, stripped, 0, len(stripped))
    match = _FIGURE.fullmatch(_LONE_MARK.sub("", stripped)) or _FIGURE.fullmatch(stripped)
    if match is None:
        return None
    figure = _build_figure(match)
    return figure if figure.is_year else _close_bracket(figure, match)


def parse_scale(text: str) -> int | None:
    """Return the scale that a heading declares ("(In millions, except per share)"), or None."""
    match = _DECLARED_SCALE.search(text)
    if match:
        return SCALE_WORDS[
            (match["plural"] or match["word"] or _SHORT[match["short"].lower()]).lower()
        ]
    return 1_000 if _THOUSANDS.search(text) else None


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
    start, end = match.start(), match.start("mark") if match["mark"] else match.end()
    if match["open"] and not closed:  # the bracket belongs to the sentence, not to the number
        start += 1
    whole = match.string[start:end].rstrip()
    if closed and not opened:
        whole = whole.removesuffix(")").rstrip()
    text = whole.lstrip()
    start += len(whole) - len(text)
    return Figure(value, _read_unit(match), _read_scale(match), text, start, start + len(text))


def _close_bracket(figure: Figure, match: re.Match[str]) -> Figure:
    """Take a number with one bracket for negative, and the bracket for a part of it."""
    opened = bool(match["open"] or match["open2"])
    closed = bool(match["close"] or match["close2"])
    if opened == closed:
        return figure
    text = match.string[: match.start("mark")] if match["mark"] else match.string
    text = text.strip()
    return replace(figure, value=-abs(figure.value), text=text, start=0, end=len(text))


def _read_scale(match: re.Match[str]) -> int:
    if match["scale"]:
        return SCALE_WORDS[match["scale"].lower()]
    return _SCALE_LETTERS[match["letter"].strip().lower()] if match["letter"] else 1


def _read_unit(match: re.Match[str]) -> str | None:
    for group, unit in _UNIT_GROUPS:
        if match[group]:
            return unit
    if match["money"]:
        return _CURRENCY_WORDS[match["money"]]
    return _read_currency(match["currency"]) if match["currency"] else None


def _read_currency(text: str) -> str:
    """The code of a sign or code: "US $" and "USD" are both "USD"."""
    return CURRENCY_SIGNS.get(text.replace(" ", ""), text)


def _read_nil_unit(nil: re.Match[str]) -> str | None:
    if nil["percent"]:
        return "percent"
    return _read_currency(nil["sign"]) if nil["sign"] else None
