"""How one speaks of a fact's period, by a year or a day that the excerpt shows.

Where fiscal years end in January, the year of a day is no name of a year: then only what is
printed is said. Pure.
"""

from __future__ import annotations

import re
from datetime import date
from random import Random

from ingestion.periods import Period
from research.verification.fact_places import FactPlace

_ORDINALS = ("first", "second", "third", "fourth")
_SPANS = {3: "three", 6: "six", 9: "nine"}
_MONTH_NAME = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r"\s+\d{1,2},"
)
_IN_YEARS = (
    "in {year}",
    "in fiscal {year}",
    "in FY{year}",
    "for fiscal year {year}",
    "for fiscal {year}",
    "during fiscal {year}",
    "in fiscal year {year}",
    "during {year}",
    "for the {year} fiscal year",
    "for FY{year}",
)
_AT_YEAR_ENDS = (
    "at the end of fiscal {year}",
    "at year-end {year}",
    "at the end of {year}",
    "at fiscal year-end {year}",
    "at the end of FY{year}",
)
_AT_DAYS = ("as of {day}", "at {day}", "as of {day}", "on {day}")
_YEARS_ENDED = ("for the year ended {day}", "for the fiscal year ended {day}")


def speak_period(place: FactPlace, text: str, random: Random) -> str | None:
    """Return "in fiscal 2024" or the like; None where the excerpt shows no year to say it by."""
    period = place.fact.period
    assert period is not None, "a fact without a period is not asked for"
    forms = _list_period_forms(period, text)
    return random.choice(forms) if forms else None


def _list_period_forms(period: Period, text: str) -> list[str]:
    day = say_day(period.end) if period.end else ""
    year = period.fiscal_year
    # Where years end in January, the day's year is no year's name: say what is printed.
    one_year = period.end is None or period.end.year == year
    names_year = str(year) in text and (one_year or not _MONTH_NAME.search(text))
    shows_day = bool(day) and (day in text or (one_year and str(year) in text))
    forms: list[str] = []
    if period.months in (12, None):
        forms += _IN_YEARS if names_year else ()
        forms += _YEARS_ENDED if shows_day and period.months else ()
    elif period.months == 0:
        forms += _AT_DAYS if shows_day else ()
        if names_year and period.end and period.quarter in (None, 4) and period.end.month == 12:
            forms += _AT_YEAR_ENDS
    elif shows_day:
        forms.append(f"for the {_SPANS[period.months or 3]} months ended {day}")
        if period.months == 3:
            forms.append(f"for the quarter ended {day}")
        if period.months == 3 and period.quarter:
            ordinal = _ORDINALS[period.quarter - 1]
            forms += [f"in the {ordinal} quarter of {year}", f"in Q{period.quarter} {year}"]
    return [form.format(year=year, day=day) for form in forms]


def say_day(day: date) -> str:
    """Return "December 31, 2024"."""
    return f"{day:%B} {day.day}, {day.year}"
