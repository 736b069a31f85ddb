"""Writing a cell's value as a reader sees it: what a spreadsheet's number format says.

Pure functions on values and format codes. A format's sign, brackets, percent and scale matter;
its rounding does not: the value keeps its digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

CellValue = str | int | float | Decimal | bool | date | datetime | time | timedelta

_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
_BRACKETED = re.compile(r"\[(?:\$([^\]-]*)[^\]]*|[^\]]*)\]")
_PADDING = re.compile(r"[_*].")
_SIGNS = re.compile(r"US\$|[$€£¥₹₩]|\b(?:USD|EUR|GBP|JPY|CHF|CAD|AUD)\b")
_SCALING = re.compile(r"[0#?](,+)(?![0#?,])")
_SUFFIX = re.compile(r"(?:^|[^A-Za-z])(k|mm|mn|m|bn|b|x)\b", re.IGNORECASE)
_SCALE_NAMES = {
    "k": "thousand",
    "m": "million",
    "mm": "million",
    "mn": "million",
    "b": "billion",
    "bn": "billion",
}


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """What a number format adds to a number.

    `scale` is what the shown number leaves out ("#,##0," shows thousands), `suffix` what is
    written after it (" million", "x"), `groups` whether digits are grouped by commas.
    """

    currency: str = ""
    is_percent: bool = False
    in_brackets: bool = False
    groups: bool = False
    scale: int = 1
    suffix: str = ""


PLAIN = NumberStyle()


@lru_cache(maxsize=2_000)
def read_number_style(code: str) -> NumberStyle:
    """Read a number format's code ("#,##0.0_);(#,##0.0)")."""
    if code in {"General", "@", "0", "0.00"}:
        return PLAIN
    sections = _split_sections(code)
    literals = " ".join(
        first or second for first, second in _LITERAL.findall(_PADDING.sub("", sections[0]))
    )
    tags = " ".join(tag for tag in _BRACKETED.findall(sections[0]) if tag)
    bare = _PADDING.sub("", _BRACKETED.sub("", _LITERAL.sub("", sections[0])))
    sign = _SIGNS.search(f"{tags} {bare} {literals}")
    scaling = _SCALING.search(bare)
    negative = _PADDING.sub("", sections[1]) if len(sections) > 1 else ""
    scale = 1_000 ** len(scaling.group(1)) if scaling else 1
    return NumberStyle(
        currency=sign.group() if sign else "",
        is_percent="%" in bare,
        in_brackets="(" in negative,
        groups=bool(re.search(r"[0#?],[0#?]", bare)),
        scale=scale,
        suffix=_read_suffix(f"{literals} {bare}", scale),
    )


def _split_sections(code: str) -> list[str]:
    """Cut at semicolons that are not quoted: positive, negative, zero, text."""
    return re.findall(r'(?:"[^"]*"|\\.|[^;"])+', code) or [code]


def _read_suffix(literals: str, scale: int) -> str:
    match = _SUFFIX.search(literals)
    name = match.group(1).lower() if match else ""
    if name == "x":
        return "x"
    return f" {_SCALE_NAMES[name]}" if name and scale > 1 else ""


def render_value(value: CellValue, code: str = "General") -> str:
    """Write a cell's value: 1284.7 as "1,284.7", 0.12 in "0%" as "12%", dates as ISO dates."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime | date):
        return _render_date(value, code)
    if isinstance(value, time | timedelta):
        return str(value)
    return render_number(float(value), read_number_style(code))


def _render_date(value: date, code: str) -> str:
    if code.lower() in {"yyyy", "yy"}:  # a head that shows the year alone
        return str(value.year)
    if isinstance(value, datetime):
        is_day = value.time() == time(0)
        return value.date().isoformat() if is_day else value.isoformat(" ", "seconds")
    return value.isoformat()


def render_number(value: float, style: NumberStyle = PLAIN) -> str:
    """Write a number with separators and up to six decimals; years stay bare ("2023")."""
    if style.is_percent:
        return _sign(f"{abs(value) * 100:,.4f}".rstrip("0").rstrip(".") + "%", value, style)
    shown = abs(value) / style.scale
    return _sign(_render_digits(shown, style) + style.suffix, value, style)


def _render_digits(shown: float, style: NumberStyle) -> str:
    if shown.is_integer() and shown < 1e15:
        is_year = 1900 <= shown <= 2099 and not (style.groups or style.currency)
        return str(int(shown)) if is_year else f"{int(shown):,}"
    if 0 < shown < 1e-3:
        return f"{Decimal(f'{shown:.6g}'):f}"
    return f"{shown:,.6f}".rstrip("0").rstrip(".")


def _sign(digits: str, value: float, style: NumberStyle) -> str:
    currency = f"{style.currency} " if style.currency.isalpha() else style.currency
    if not value < 0:
        return f"{currency}{digits}"
    # The bracket closes before a scale word: "$(1.2) million".
    number, gap, suffix = digits.partition(" ")
    return f"{currency}({number}){gap}{suffix}" if style.in_brackets else f"-{currency}{digits}"
