"""The periods that a question names: fiscal years, ranges, quarters, halves, days, "last year".

A year is taken as the company's fiscal year, since that is how filings and analysts name it.
A year that is part of a name ("the 3.5% notes due 2035", "ASU 2016-02", "the 2020 Equity Plan")
is no period. What is said in relation to another period is resolved where that is known, and
else left open. Pure functions; knows no document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from research.understanding.query import AskedPeriods

# Digits and letters of other alphabets are none of these patterns'.
_FLAGS = re.IGNORECASE | re.ASCII
_LONGEST_RANGE = 15
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u2018\u2019\u201b\u00b4`", "'"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
    }
)
_MONTHS = {
    name: number
    for number, name in enumerate(
        "jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1
    )
}
_MONTH_NAME = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_FOUR = r"(?:19|20)\d\d"
_NOT_IN_NUMBER = r"(?<![\d$\u20ac\u00a3\u00a5])(?<!\d[,.])(?<![$\u20ac\u00a3\u00a5]\s)"
_DAYS = tuple(
    re.compile(pattern, _FLAGS)
    for pattern in (
        rf"\b(?P<month>{_MONTH_NAME})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>{_FOUR})\b",
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_MONTH_NAME}),?\s+"
        rf"(?P<year>{_FOUR})\b",
        rf"\b(?P<year>{_FOUR})-(?P<month>\d\d)-(?P<day>\d\d)\b",
        # Which of "3/4/2022" is the month, nobody can tell; of "3/31/2022" everybody can.
        rf"\b(?P<month>\d{{1,2}})/(?P<day>1[3-9]|2\d|3[01])/(?P<year>{_FOUR}|\d\d)\b",
        rf"\b(?P<day>1[3-9]|2\d|3[01])/(?P<month>\d{{1,2}})/(?P<year>{_FOUR}|\d\d)\b",
    )
)

# Years that are part of a name.
_MATURITY = re.compile(
    rf"\b(?:due|matur(?:es?|ing)|maturit(?:y|ies)(?:\s+(?:of|for|during))?|expir(?:es?|ing))\s+"
    rf"(?:(?:in|on|by|through|until|before|after|from|between)\s+)?"
    rf"(?:(?:fiscal|calendar)\s+)?(?:years?\s+)?(?:{_MONTH_NAME}\s+(?:\d{{1,2}},?\s+)?)?"
    rf"(?P<years>{_FOUR}(?:(?:\s*(?:-|,|/|to\b|through\b|and\b|or\b)\s*)+{_FOUR})*)(?!\d)",
    _FLAGS,
)
_DEBT_OF_YEAR = re.compile(
    rf"(?<!FY)(?<!\d)(?P<years>{_FOUR})\s+(?:(?:senior|junior|convertible|subordinated|secured"
    r"|unsecured|term|exchangeable|euro|floating|fixed|rate)\s+){0,4}"
    r"(?:notes|debentures|bonds|term\s+loans?)\b(?!\s+(?:to|payable|receivable)\b)",
    _FLAGS,
)
# Plans and agreements are named with capitals: "the 2020 Equity Incentive Plan".
_NAMED_AFTER_YEAR = re.compile(
    rf"(?<![\dY])(?P<years>{_FOUR})\s+(?:(?:Equity|Stock|Share|Long-Term|Omnibus|Incentive|Award"
    r"|Employee|Purchase|Repurchase|Restructuring|Transformation|Performance|Compensation|Option"
    r"|Credit|Revolving|Term|Loan|Tax|Cuts|and)\s+){0,5}"
    r"(?:Plan|Program|Agreement|Facility|Indenture|Act|Merger)\b",
    re.ASCII,
)
_NUMBERED = re.compile(
    r"(?:\b(?:pages?|pp?\.|notes?|footnotes?|no\.|items?|sections?|rules?|topics?|exhibits?"
    r"|ASC|ASU|SFAS|FAS|FASB|IFRS|IAS)|[\u00a7#])\s*(?:no\.?\s*)?(?P<years>\d{4})(?:-\d\d)?(?!\d)",
    _FLAGS,
)
_ACT_OF = re.compile(rf"\bAct\s+of\s+(?P<years>{_FOUR})\b", _FLAGS)
_NAMES = (_MATURITY, _DEBT_OF_YEAR, _NAMED_AFTER_YEAR, _NUMBERED, _ACT_OF)

_PREFIX = r"(?:FYE?|CY|YE|F|fiscal(?:\s+years?)?|calendar(?:\s+year)?)"
_PART = r"(?:[1-4]Q|Q[1-4]|[12]H|H[12])"
_YEAR = re.compile(
    rf"(?<![a-z]){_NOT_IN_NUMBER}(?:FYE?|CY|YE|F|{_PART})?(?P<year>{_FOUR})"
    r"(?![\d%]|[,.]\d|s\b|\s*(?:million|billion|trillion|thousand|percent|basis|bps|mm|bn)\b)",
    _FLAGS,
)
_SHORT_YEAR = re.compile(
    rf"(?<![a-z\d])(?:{_PREFIX}\s*'?|{_PART}\s?'?)(?P<year>\d\d)"
    r"(?![\d%a-z]|[,.]\d|[\s-]*weeks?\b|\s*(?:million|billion|percent|months?)\b|/\d\d?/)",
    _FLAGS,
)
# The apostrophe alone marks a year only where a period may stand; elsewhere it is a quote.
_BARE_SHORT_YEAR = re.compile(
    r"(?:\b(?:in|for|of|since|during|from|to|and|or|vs\.?|versus|through|the)\s)'(?P<year>\d\d)\b"
    r"(?![%'\"]|[,.]\d)",
    _FLAGS,
)
_RANGE = re.compile(
    rf"(?P<between>\bbetween\s+)?(?<![a-z\d]){_NOT_IN_NUMBER}"
    rf"(?:(?:{_PREFIX}\s*)?'?(?P<first>{_FOUR})|(?:{_PREFIX}\s*'?|')(?P<short>\d\d))"
    r"\s*(?P<joint>-|/|to\b|through\b|thru\b|until\b|till\b|and\b)\s*(?:the\s+)?"
    rf"(?:{_PREFIX}\s*)?'?(?P<last>{_FOUR}|\d\d)(?![\d%-]|[,./]\d|\s*(?:million|billion)\b)",
    _FLAGS,
)
_SINCE = re.compile(rf"\bsince\s+(?:{_PREFIX}\s*)?(?P<year>{_FOUR})\b", _FLAGS)

_ORDINAL = r"first|second|third|fourth|1st|2nd|3rd|4th"
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_QUARTER = re.compile(
    rf"(?<![a-z])Q([1-4])(?=[^\da-z]|$|'?\d\d(?!\d)|{_FOUR})|(?<![\d.])([1-4])Q(?![a-z])", _FLAGS
)
_NAMED_QUARTER = re.compile(
    rf"\b({_ORDINAL})(?:[\s-]+fiscal)?[\s-]+(?:quarters?|qtr)\b|\b(?:quarter|qtr)\s+([1-4])\b",
    _FLAGS,
)
_QUARTER_RANGE = re.compile(
    r"(?<![a-z])(?:Q([1-4])|([1-4])Q)\s*(?:-|to|through)\s*(?:Q([1-4])|([1-4])Q)(?![a-z])", _FLAGS
)
_HALF = re.compile(
    r"(?<![a-z])H([12])(?=[^\da-z]|$|'?\d\d(?!\d)|(?:19|20)\d\d)|(?<![\d.])([12])H(?![a-z])"
    r"|\b(first|second|1st|2nd)[\s-]half\b",
    _FLAGS,
)
# Six months are a part of a year where they end or begin; elsewhere they are any term.
_SPANS = tuple(
    (
        re.compile(
            rf"\b(?:first\s+(?:{words})|(?:{words})(?:[\s-]periods?)?\s+(?:ended|ending|of|to)\b)",
            _FLAGS,
        ),
        quarter,
    )
    for words, quarter in (
        (r"(?:six|6)[\s-]months?|(?:26|twenty-?six)[\s-]weeks?", 2),
        (r"(?:nine|9)[\s-]months?|(?:39|thirty-?nine)[\s-]weeks?", 3),
    )
)
_SOME_QUARTER = re.compile(
    r"(?<!\ba\s)(?<!\bthree[\s-])\bquarter(?:s|ended)?\b(?!\s+century)"
    r"|\bquarterly\b(?!\s+(?:cash\s+)?dividend)|\bqtrs?\b|\b10-?Q\b"
    r"|\b(?:three|3)[\s-]months?(?:\s+periods?)?\s+(?:ended|ending|to)\b"
    r"|\b(?:13|thirteen)[\s-]weeks?(?:\s+periods?)?\s+(?:ended|ending)\b",
    _FLAGS,
)

_COUNTED = {
    word: number
    for number, word in enumerate("two three four five six seven eight nine ten".split(), start=2)
}
_COUNT = rf"(?P<count>{'|'.join(_COUNTED)}|\d{{1,2}})"
_FISCAL = r"(?:(?:reported|completed|full|fiscal|financial|calendar)\s+){0,2}"
_NOW = re.compile(rf"\b(?:latest|most\s+recent|current|this)\s+{_FISCAL}year\b", _FLAGS)
_LAST = re.compile(rf"\blast\s+{_FISCAL}year\b", _FLAGS)
_NEXT = re.compile(rf"\b(?:next|coming|upcoming|following)\s+{_FISCAL}year\b", _FLAGS)
_PRIOR = re.compile(
    rf"\b(?:prior|previous|preceding)[\s-]{_FISCAL}year\b"
    r"|\byear[\s-](?:earlier|ago|before)\b|\byear[\s-]over[\s-]year\b|\by[/-]?o[/-]?y\b|\by/y\b",
    _FLAGS,
)
_LAST_YEARS = re.compile(
    rf"\b(?:last|past|latest|(?:most\s+)?recent|(?P<before>prior|previous|preceding))\s+{_COUNT}"
    rf"\s+{_FISCAL}years\b",
    _FLAGS,
)
_COUNTED_LAST = re.compile(
    rf"\b{_COUNT}\s+(?:last|past|latest|most\s+recent|recent|(?P<before>prior|previous|preceding))"
    rf"\s+{_FISCAL}years\b",
    _FLAGS,
)
_YEARS_LONG = re.compile(
    rf"\b{_COUNT}[\s-]years?\s+"
    r"(?:average|mean|trend|period|total|(?P<before>CAGR|compound|growth))\b",
    _FLAGS,
)


def find_asked_periods(text: str, latest_year: int | None = None) -> AskedPeriods:
    """Return the periods that `text` names.

    `latest_year` is the last fiscal year of the filings that are searched, which "last year"
    means where it is known. Years lie between 1900 and 2099.
    """
    text = _hide_names(text.translate(_PLAIN))
    years = _find_years(text, latest_year)
    years, unresolved = _resolve_relative(text, years, latest_year)
    return AskedPeriods(
        years=frozenset(years),
        quarters=frozenset(_find_quarters(text)),
        days=frozenset(find_days(text)),
        open=tuple(unresolved),
    )


def find_maturities(text: str) -> frozenset[int]:
    """Return the years in which something is said to be due or to expire.

    They are not the period asked for, but rows of a schedule may be called by them.
    """
    plain = text.translate(_PLAIN)
    matches = (match for pattern in (_MATURITY, _DEBT_OF_YEAR) for match in pattern.finditer(plain))
    return frozenset(int(year) for match in matches for year in re.findall(_FOUR, match["years"]))


def names_quarter(text: str) -> bool:
    """Whether `text` speaks of a part of a year, said or not which."""
    text = text.translate(_PLAIN)
    return bool(_find_quarters(text)) or _SOME_QUARTER.search(text) is not None


def find_days(text: str) -> list[date]:
    """Return the days that `text` names, in the order of the ways to write them."""
    days = []
    for pattern in _DAYS:
        for match in pattern.finditer(text):
            month = match["month"].lower()
            number = int(month) if month.isdigit() else _MONTHS[month[:3]]
            try:
                days.append(date(_complete(match["year"]), number, int(match["day"])))
            except ValueError:  # the 31st of June is no day
                continue
    return days


def _hide_names(text: str) -> str:
    """Return `text` without the years that are part of names."""
    for pattern in _NAMES:
        text = pattern.sub(" ; ", text)
    return text


def _complete(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return 2000 + year if year < 70 else 1900 + year


def _find_years(text: str, latest_year: int | None) -> set[int]:
    years = {
        _complete(match["year"])
        for pattern in (_YEAR, _SHORT_YEAR, _BARE_SHORT_YEAR)
        for match in pattern.finditer(text)
    }
    years |= {day.year for day in find_days(text)}
    for match in _RANGE.finditer(text):
        years |= _fill(match)
    for match in _SINCE.finditer(text):
        years |= _count_up(int(match["year"]), latest_year or 0)
    return years


def _fill(match: re.Match[str]) -> set[int]:
    """Return the years of a range, both ends included; "2016 and 2020" are two and no range.

    "2019/20" is a range and "2009-08" none: its end lies before its beginning.
    """
    first = _complete(match["first"] or match["short"])
    last = _complete(match["last"])
    written_short = len(match["last"]) == 2
    if written_short and match["joint"] not in "-/" and match["first"]:
        return set()  # "2019 to 22 stores"
    if match["joint"].lower() == "and" and not match["between"]:
        return set() if written_short else {first, last}
    years = _count_up(first, last)
    return years or (set() if written_short else _count_up(last, first) or {first, last})


def _count_up(first: int, last: int) -> set[int]:
    """Return the years from one to the other; none where that is no range of some years."""
    return set(range(first, last + 1)) if 0 <= last - first <= _LONGEST_RANGE else set()


def _find_quarters(text: str) -> set[int]:
    quarters = {_read_ordinal(words) for words in _QUARTER.findall(text)}
    quarters |= {_read_ordinal(words) for words in _NAMED_QUARTER.findall(text)}
    quarters |= {2 * _read_ordinal(words) for words in _HALF.findall(text)}
    quarters |= {quarter for pattern, quarter in _SPANS if pattern.search(text)}
    for match in _QUARTER_RANGE.finditer(text):
        first, last = (int(digit) for digit in match.groups() if digit)
        quarters |= set(range(first, last + 1))
    return quarters


def _read_ordinal(words: Iterable[str]) -> int:
    """Return the number of the one group that matched: "3", "third", "3rd"."""
    word = next(filter(None, words)).lower()
    return _ORDINALS.get(word) or int(word[0])


def _resolve_relative(
    text: str, years: set[int], latest_year: int | None
) -> tuple[set[int], list[str]]:
    """Add the years that `text` names in relation to a named year or to the latest one."""
    found = set(years)
    unresolved = [match[0] for match in _NEXT.finditer(text)]
    now, last, prior = _NOW.search(text), _LAST.search(text), _PRIOR.search(text)
    anchor = max(years, default=latest_year)
    # "Last year" is the latest by itself, and the one before beside a year that is named.
    if last and (years or now):
        prior = prior or last
        last = None
    newest = now or last
    if newest and not years:
        _resolve(newest, [0], anchor, found, unresolved)
    if prior and len(years) < 2:
        _resolve(prior, [0, 1], anchor, found, unresolved)
    for pattern in (_LAST_YEARS, _COUNTED_LAST, _YEARS_LONG):
        span = pattern.search(text)
        if span and not (pattern is _YEARS_LONG and len(years) > 1):
            _resolve(span, range(_read_count(span)), anchor, found, unresolved)
    return found, unresolved


def _resolve(
    match: re.Match[str],
    back: Iterable[int],
    anchor: int | None,
    found: set[int],
    unresolved: list[str],
) -> None:
    """Add the years that lie `back` behind the anchor; without one, the words stay open."""
    if anchor is None:
        unresolved.append(match[0])
    else:
        found.update(year for count in back if 1900 <= (year := anchor - count) <= 2099)


def _read_count(match: re.Match[str]) -> int:
    """Return how many years are meant: those before a year, and growth, take one more."""
    count = _COUNTED.get(match["count"].lower()) or int(match["count"])
    return min(count, _LONGEST_RANGE) + (match["before"] is not None)
