"""The periods that a question names: fiscal years, ranges, quarters, halves, days, "last year".

A year is taken as the company's fiscal year, since that is how filings and analysts name it.
What is said in relation to another period is resolved where that is known, and else left open.
Pure functions; knows no document.
"""

from __future__ import annotations

import re
from datetime import date

from research.understanding.query import AskedPeriods

_LONGEST_RANGE = 15
_MONTHS = {
    name: number
    for number, name in enumerate(
        "january february march april may june july august september october november"
        " december".split(),
        start=1,
    )
}
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAYS = (
    re.compile(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b", re.I),
    re.compile(
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+(?P<year>\d{{4}})\b", re.I
    ),
    re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b"),
)
_FOUR = r"(?:19|20)\d\d"
_NAMED = r"(?:FY|CY|fiscal\s+(?:year\s+)?)?\s*['\u2019]?"
_RANGE = re.compile(
    rf"\b{_NAMED}({_FOUR})\s*(?:-|\u2013|\u2014|to|through|thru|until|till|and)\s*{_NAMED}({_FOUR})\b",
    re.I,
)
_SHORT_RANGE = re.compile(rf"\b{_NAMED}({_FOUR})\s*[-\u2013/]\s*(\d\d)(?![\d-])", re.I)
# A number such as 2,018 or $2018 is an amount.
_YEAR = re.compile(
    rf"(?<![\d,.$\u20ac\u00a3])(?:FY|CY|[1-4]Q|Q[1-4]|H[12])?({_FOUR})(?![\d%]|[,.]\d)", re.I
)
_SHORT_YEAR = re.compile(
    r"\b(?:FY|CY|fiscal\s+(?:year\s+)?|[1-4]Q|Q[1-4]\s?|H[12]\s?)['\u2019]?(\d\d)(?!\d|[,.]\d|%)\b",
    re.I,
)
_QUARTER = re.compile(r"\bQ([1-4])(?!\d\b)|\b([1-4])Q", re.I)
_NAMED_QUARTER = re.compile(
    r"\b(first|second|third|fourth|1st|2nd|3rd|4th)(?:\s+fiscal)?\s+quarter\b", re.I
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_HALF = re.compile(r"\bH([12])\b|\b(first|second|1st|2nd)\s+half\b", re.I)
_MONTHS_TO_DATE = (
    (re.compile(r"\b(?:six|6)[\s-]months?\b", re.I), 2),
    (re.compile(r"\b(?:nine|9)[\s-]months?\b", re.I), 3),
)
_SOME_QUARTER = re.compile(r"\b(?:quarter(?:ly|s|ended)?|three[\s-]months?|10-?Q)\b", re.I)

_COUNTED = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10}
_LATEST = re.compile(
    r"\b(?:last|latest|most\s+recent|current|this)\s+(?:reported\s+|completed\s+|full\s+)?"
    r"(?:fiscal\s+|financial\s+)?year\b",
    re.I,
)
_PRIOR = re.compile(
    r"\b(?:prior|previous|preceding)(?:\s+(?:fiscal|financial))?[\s-]year\b"
    r"|\b(?:a\s+|the\s+)?year\s+(?:earlier|ago|before)\b|\byear[\s-]over[\s-]year\b",
    re.I,
)
_LAST_YEARS = re.compile(
    r"\b(?:last|past|latest|recent|previous)\s+(two|three|four|five|six|seven|ten|\d{1,2})"
    r"\s+(?:fiscal\s+|financial\s+)?years\b",
    re.I,
)


def find_asked_periods(text: str, latest_year: int | None = None) -> AskedPeriods:
    """Return the periods that `text` names.

    `latest_year` is the last fiscal year of the filings that are searched, which "last year"
    means where it is known.
    """
    years = _find_years(text)
    years, unresolved = _resolve_relative(text, years, latest_year)
    return AskedPeriods(
        years=frozenset(years),
        quarters=frozenset(_find_quarters(text)),
        days=frozenset(find_days(text)),
        open=tuple(unresolved),
    )


def names_quarter(text: str) -> bool:
    """Whether `text` speaks of a part of a year, said or not which."""
    return bool(_find_quarters(text)) or _SOME_QUARTER.search(text) is not None


def find_days(text: str) -> list[date]:
    """Return the days that `text` names, in the order of the ways to write them."""
    days = []
    for pattern in _DAYS:
        for match in pattern.finditer(text):
            month = match["month"].lower()
            number = int(month) if month.isdigit() else _number_month(month)
            try:
                days.append(date(int(match["year"]), number, int(match["day"])))
            except ValueError:  # the 31st of June is no day
                continue
    return days


def _number_month(name: str) -> int:
    return next(number for full, number in _MONTHS.items() if full.startswith(name[:3]))


def _find_years(text: str) -> set[int]:
    years = {int(year) for year in _YEAR.findall(text)}
    years |= {_complete(year) for year in _SHORT_YEAR.findall(text)}
    for first, last in _RANGE.findall(text):
        years |= _fill(int(first), int(last), text)
    for first, last in _SHORT_RANGE.findall(text):
        end = int(first[:2] + last)
        if 0 < end - int(first) <= _LONGEST_RANGE:
            years |= set(range(int(first), end + 1))
    return years


def _complete(two_digits: str) -> int:
    year = int(two_digits)
    return 2000 + year if year < 70 else 1900 + year


def _fill(first: int, last: int, text: str) -> set[int]:
    """Return the years between two, too; "2016 and 2020" are two years and no range."""
    low, high = sorted((first, last))
    is_pair = re.search(rf"{first}\s*and\s*{_NAMED}{last}", text, re.I)
    if high - low > _LONGEST_RANGE or (is_pair and high - low > 1):
        return {low, high}
    return set(range(low, high + 1))


def _find_quarters(text: str) -> set[int]:
    quarters = {int(one or other) for one, other in _QUARTER.findall(text)}
    quarters |= {_read_ordinal(word) for word in _NAMED_QUARTER.findall(text)}
    for number, word in _HALF.findall(text):
        quarters.add(2 * (int(number) if number else _read_ordinal(word)))
    quarters |= {quarter for pattern, quarter in _MONTHS_TO_DATE if pattern.search(text)}
    return quarters


def _read_ordinal(word: str) -> int:
    return _ORDINALS.get(word.lower()) or int(word[0])


def _resolve_relative(
    text: str, years: set[int], latest_year: int | None
) -> tuple[set[int], list[str]]:
    found = set(years)
    unresolved: list[str] = []
    latest = _LATEST.search(text)
    if latest and not years:
        if latest_year is None:
            unresolved.append(latest[0])
        else:
            found.add(latest_year)
    span = _LAST_YEARS.search(text)
    if span:
        count = _COUNTED.get(span[1].lower()) or int(span[1])
        newest = max(years, default=latest_year)
        if newest is None:
            unresolved.append(span[0])
        else:
            found |= set(range(newest - min(count, _LONGEST_RANGE) + 1, newest + 1))
    prior = _PRIOR.search(text)
    if prior and len(years) < 2:
        anchor = max(found, default=latest_year)
        if anchor is None:
            unresolved.append(prior[0])
        else:
            found |= {anchor, anchor - 1}
    return found, unresolved
