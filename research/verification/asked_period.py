"""Does a fact's period fit the one that a question names?

A question about a year is met by the whole year or by a balance at its end, never by a quarter of
it; a question about a part of a year by that part alone. A year is the fiscal year as the company
names it. What the question does not say fits nothing that a fact says. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Protocol

from ingestion.documents import Document
from ingestion.facts.table_facts import build_calendar
from ingestion.figures import find_years
from ingestion.periods import Calendar, Period, find_period, matches_period
from research.questions import Check

# How a part of a year is named, by its months.
_SPANS = {
    3: r"(?:(?:first|second|third|fourth|1st|2nd|3rd|4th)[\s-]+(?:fiscal\s+)?)?quarter\w*"
    r"|(?:first[\s-]+)?(?:three|3)[\s-]+months?|(?:thirteen|fourteen|1[34])[\s-]+weeks?"
    r"|Q[1-4]|[1-4]Q",
    6: r"(?:first[\s-]+)?(?:six|6)[\s-]+months?|(?:twenty[\s-]*(?:six|seven)|2[67])[\s-]+weeks?"
    r"|(?:first|second)[\s-]+half|H[12]|[12]H",
    9: r"(?:first[\s-]+)?(?:nine|9)[\s-]+months?|(?:thirty[\s-]*nine|forty|39|40)[\s-]+weeks?",
}
_PART_OF_YEAR = re.compile(rf"\b(?:{'|'.join(_SPANS.values())})\b", re.IGNORECASE)
_SPAN_WORDS = {
    months: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for months, words in _SPANS.items()
}
# A span that does not begin with the year: no column of months so far is that.
_LATE_SPAN = re.compile(
    r"\b(?:(?:second|2nd|other)[\s-]+half|H2|2H|(?:last|latter|final|past|remaining)[\s-]+"
    r"(?:fiscal\s+)?(?:half|quarters?|three|six|nine|\d+|thirteen|twenty|thirty))\b",
    re.IGNORECASE,
)
# Words for a whole year or its end, which name no line item.
_WHOLE = re.compile(
    r"\b(?:(?:for|in|during|at|as of|by)\s+)?(?:the\s+)?(?:(?:fiscal|calendar|full|whole)\s+)*"
    r"(?:year[\s-]*ends?|end of|years?\s+(?:that\s+)?end(?:ed|ing)|close of)\b",
    re.IGNORECASE,
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
DAY = re.compile(
    rf"\b{_MONTH}\.?\s+\d{{1,2}}(?:,?\s+(?:19|20)\d\d)?\b|\b\d{{1,2}}\s+{_MONTH}\b", re.IGNORECASE
)
_YEAR = re.compile(r"\b(?:FY|CY|fiscal\s+)?'?(?:19|20)\d\d\b", re.IGNORECASE)
# What a column of a year, a balance at its end, or one that does not say speaks of.
_WHOLE_YEAR = (None, 0, 12)


def remove_periods(text: str) -> str:
    """Return `text` without the words that say when: what is left says what."""
    for pattern in (_PART_OF_YEAR, _WHOLE, DAY, _YEAR):
        text = pattern.sub(" ", text)
    return text


class AskedOfPeriod(Protocol):
    """What is needed of a question: its text, and the fiscal years that its words resolve to."""

    @property
    def question(self) -> str:
        """The question's text."""

    @property
    def years(self) -> frozenset[int]:
        """The years that it names, or means ("last year")."""


def check_period(period: Period | None, asked: AskedOfPeriod, document: Document) -> Check:
    """Check a fact's period against a question, in words for the user."""
    passed, detail = _compare(period, asked, document)
    return Check("period", passed, detail)


def _compare(period: Period | None, asked: AskedOfPeriod, document: Document) -> tuple[bool, str]:
    question = asked.question
    years = sorted(set(find_years(question)) or asked.years)
    if not years:
        said = f", the place says {period.label}." if period else ", and neither does the place."
        passed = period is None and not _PART_OF_YEAR.search(question)
        return passed, f"The question names no year{said}"
    if period is None:
        return False, f"Asked for {_join(years)}; the place names no period."
    detail = f"Asked for {_join(years)}; the place says {period.label}."
    spans = frozenset(m for m, words in _SPAN_WORDS.items() if words.search(question))
    calendar = build_calendar(document.filing)
    if spans:
        return _fits_part(period, spans, question, calendar), detail
    return _fits_year(period, years, question, calendar), detail


def _fits_part(period: Period, spans: frozenset[int], question: str, calendar: Calendar) -> bool:
    if _LATE_SPAN.search(question):
        return False
    if period.months == 0:  # "cash at the end of the second quarter of 2023"
        return matches_period(period, question) or _ends_quarter(period, question, calendar)
    stated = find_period((question,), Calendar())
    # "The first three months of 2023" fits any quarter of 2023 by its words.
    is_told = bool(stated and (stated.quarter or stated.end)) or 3 not in spans
    return is_told and period.months in spans and matches_period(period, question)


def _ends_quarter(period: Period, question: str, calendar: Calendar) -> bool:
    """Whether a balance is one at the end of the fiscal quarter that a question names."""
    stated = find_period((question,), calendar)
    if stated is None or stated.quarter is None or stated.fiscal_year != period.fiscal_year:
        return False
    if period.end is None or calendar.year_end_month is None:
        return False
    month = (calendar.year_end_month - 3 * (4 - stated.quarter) - 1) % 12 + 1
    return month in _list_months(period.end)


def _fits_year(period: Period, years: Sequence[int], question: str, calendar: Calendar) -> bool:
    if period.months not in _WHOLE_YEAR:
        return False
    stated = find_period((question,), calendar)
    if stated is not None and stated.end is not None and DAY.search(question):
        return period.end is not None and _same_month(stated.end, period.end)
    if len(years) != 1:
        return False
    if period.months == 0 and not _ends_year(period, calendar):
        return False
    if period.fiscal_year is not None:
        return period.fiscal_year == years[0]
    return period.end is not None and period.end.year == years[0]


def _ends_year(period: Period, calendar: Calendar) -> bool:
    """Whether a balance is one at a fiscal year's end, as far as is known."""
    if period.quarter not in (None, 4):
        return False
    if period.end is None or calendar.year_end_month is None:
        return True
    return calendar.year_end_month in _list_months(period.end)


def _list_months(end: date) -> tuple[int, ...]:
    """Return the months that a day may close: a year of 52 weeks may end a few days late."""
    return (end.month,) if end.day > 7 else (end.month, (end.month - 2) % 12 + 1)


def _same_month(one: date, other: date) -> bool:
    return (one.year, one.month) == (other.year, other.month)


def _join(years: Sequence[int]) -> str:
    return ", ".join(map(str, years))
