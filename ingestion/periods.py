"""What span of time a number speaks of, read from the words that stand over and around it.

Pure functions on text and dates. Knows nothing of tables, pages or files: the caller brings the
texts in order of nearness, and the filing's calendar. It knows how filings word a period in
English ("Three months ended", "52 weeks ended", "Q2 FY23") and how companies name their years; it
does not guess: what is neither stated nor follows from the calendar stays None.

A text is read once into a `_Reading` (kept in a cache, since captions and heads come again for
every column). The readings are then gone through from the nearest to the farthest, and each
component is taken from the first that states it. A text that states a component in two ways
("three and six months ended") ends the search for it: a farther one cannot know better.
"""

from __future__ import annotations

import calendar as months_of
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

_Edge = Literal["begin_year", "begin_span", "end"]

# A year of 52 or 53 weeks ends up to this many days after its month's last day.
_SPILL = timedelta(days=7)
_READINGS_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Period:
    """An instant ("at December 31, 2018") or a span of months that ends on a day.

    `months` is 0 for an instant, 3, 6, 9 or 12 for the usual spans (another number where a text
    says so), None where it is not known. `end` is None where the exact day is not known;
    `fiscal_year` is the year as the company names it and `quarter` (1 to 4) is set for a span of
    three months, and for an instant at a quarter's end whose day is not known.
    """

    months: int | None
    end: date | None = None
    fiscal_year: int | None = None
    quarter: int | None = None

    @property
    def label(self) -> str:
        """How the period is written: "FY2018", "Q2 2018", "9M 2018", "2018-12-31"."""
        if self.months == 0:
            return self._instant_label
        year = self.fiscal_year
        if self.months is None:
            return str(year) if year is not None else self._end_label
        if self.months == 12:
            return f"FY{year}" if year is not None else f"12M {self._end_label}"
        if year is None and self.end is not None:
            year = self.end.year
        if self.months == 3 and self.quarter is not None and year is not None:
            return f"Q{self.quarter} {year}"
        return f"{self.months}M {year}" if year is not None else f"{self.months}M"

    @property
    def _instant_label(self) -> str:
        if self.end is not None:
            return self.end.isoformat()
        if self.fiscal_year is None:
            return "undated"
        quarter = f"Q{self.quarter} {self.fiscal_year} end"
        return quarter if self.quarter is not None else f"FY{self.fiscal_year} end"

    @property
    def _end_label(self) -> str:
        return f"to {self.end.isoformat()}" if self.end is not None else "undated"


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is known of a company's fiscal years from the filing itself.

    `period_end` is the end of the period that the filing reports, `fiscal_year` its name,
    `year_end_month` the month (1 to 12) in which fiscal years end; None where not known. Without
    `year_end_month` the filing is taken to be an annual one: give it for a quarterly filing.
    `year_ends` are last days of fiscal years that the filing prints somewhere: where years end
    on a weekday, nothing else tells them.
    """

    period_end: date | None = None
    fiscal_year: int | None = None
    year_end_month: int | None = None
    year_ends: tuple[date, ...] = ()


def find_period(
    texts: Sequence[str], calendar: Calendar, *, instant: bool | None = None
) -> Period | None:
    """Return the period that `texts` state, the nearest text first; None when none does.

    `instant` is what the statement's kind tells: True in a balance sheet, False in an income or
    cash flow statement, None where it tells nothing. A row's own words go before it: "Cash at
    beginning of year" is an instant in a cash flow statement too.
    """
    found = _Found(instant)
    for reading in _join_split_heads(texts):
        found.take(reading)
    if not found.names_one:
        return None
    if found.ordinal is not None and found.quarter is None:  # the second of what is not said
        found.months, found.span_done = None, True
    years = _Years(calendar)
    period = _settle(found, years)
    if period is None or found.edge is None:
        return period
    return _move_to_edge(period, found.edge, years)


def matches_period(period: Period, text: str) -> bool:
    """Whether every component that `text` states agrees with `period`; False if it states none.

    "2018" agrees with whatever belongs to fiscal year 2018 or ends in calendar 2018, "FY2018"
    with the whole year alone, "Q2 2018" with the fiscal quarter, a date with what ends then.
    """
    stated = _read(text)
    if stated.blocked or len(set(stated.days)) > 1 or len(set(stated.fiscals)) > 1:
        return False
    checks = [_agrees_day(period, day, named=bool(stated.quarters)) for day in stated.days]
    checks += [_agrees_name(period, year, stated) for year in stated.fiscals]
    checks += [period.quarter == quarter for quarter in stated.quarters]
    checks += [period.months == months for months in stated.spans]
    if stated.edge:
        checks.append(period.months == 0)
    elif stated.quarters:
        checks.append(period.months == 3)
    elif stated.fiscals and not stated.spans:
        checks.append(period.months in (12, None))
    return bool(checks) and all(checks)


def _agrees_name(period: Period, year: int, stated: _Reading) -> bool:
    if period.fiscal_year is None and stated.quarters:
        return _agrees_day(period, _Day(year), named=True)
    return period.fiscal_year == year


def _agrees_day(period: Period, day: _Day, *, named: bool) -> bool:
    """Whether a stated date or year agrees; beside a quarter, a year is the fiscal year."""
    end = period.end
    if day.month is not None:
        return end is not None and all(
            stated is None or stated == own
            for stated, own in zip(day, (end.year, end.month, end.day), strict=True)
        )
    if named and period.fiscal_year is not None:
        return period.fiscal_year == day.year
    return period.fiscal_year == day.year or (end is not None and end.year == day.year)


# ---------------------------------------------------------------------------------------------
# One text: its components.


class _Day(NamedTuple):
    """A date with what is stated of it: "2018", "June 30," or "June 30, 2018"."""

    year: int | None
    month: int | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    """The components that one text states; several of a kind where it is not of one mind.

    `spans` are months (0: an instant), `fiscals` years named as fiscal, `to_date` "year to
    date". `vague` is a span whose months are not said, `fiscal_mark` "Fiscal" with the year in
    another row, `ordinal` a lone "First" under or over "Quarter". `blocked` is a text that
    speaks of a change, a comparison or an open end. `ending` names how the text breaks off
    ("Three months ended June"), `follows` says that it goes on from the row above ("and 2017").
    """

    text: str = ""
    days: tuple[_Day, ...] = ()
    fiscals: tuple[int, ...] = ()
    spans: tuple[int, ...] = ()
    quarters: tuple[int, ...] = ()
    ordinal: int | None = None
    vague: bool = False
    fiscal_mark: bool = False
    to_date: bool = False
    blocked: bool = False
    edge: _Edge | None = None
    ending: str | None = None
    follows: bool = False


_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_ONES = dict(
    zip(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen".split(),
        range(1, 20),
        strict=True,
    )
)
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50}
_ORDINALS = {
    word: place
    for place, words in enumerate(("first 1st", "second 2nd", "third 3rd", "fourth 4th"), start=1)
    for word in words.split()
}

_YEAR = r"(?:19|20)[0-9]{2}"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?"
)
_NUM = (
    rf"(?:(?:{'|'.join(_TENS)})(?:[ -]?(?:{'|'.join(list(_ONES)[:9])}))?(?![a-z])"
    rf"|(?:{'|'.join(sorted(_ONES, key=len, reverse=True))})(?![a-z])|[0-9]{{1,2}}(?![0-9]))"
)
_ORDINAL = rf"(?:{'|'.join(_ORDINALS)})"
_END = r"(?:ended|ending)"
_QUARTER = r"(?:quarters?|qtrs?\.?)(?![a-z])"
# After a count of months: what makes it the length of a period and not a term ("12 months or
# longer", "expected within twelve months").
_SPAN_AFTER = re.compile(
    rf"[ -]?(?:periods?\b)?[ ,]*(?:$|{_END}|(?:end|to|through|from|and)\b|[();:-]|{_YEAR}|'[0-9]"
    rf"|{_MONTH}|[0-9]{{1,2}} {_MONTH}|FY|fiscal\b|of (?:the )?(?:fiscal |year )*(?:FY)?'?[0-9])",
    re.IGNORECASE,
)
_ENDED_AFTER = re.compile(rf"[ -]?(?:periods? ?)?(?:and )?{_END}", re.IGNORECASE)
_TERM_BEFORE = re.compile(
    r"(?:\b(?:than|within|next|over|under|least|most|every|each|after|exceeding|in|to|or|of)"
    r"|[0-9-]) *$",
    re.IGNORECASE,
)
# A year that names a thing and no period: "notes due 2025", "2017 Tax Act", "ASU 2016-02".
_THING_BEFORE = re.compile(
    r"\b(?:due|matur\w*|expir\w*|through|until|thru|since|asu|topic|no\.?|act of|series)"
    r"(?: (?:in|on|by|of))? *$",
    re.IGNORECASE,
)
_THING_AFTER = re.compile(
    r"(?:-[0-9]{2})?(?: [\w-]+){0,2}? (?:notes?|plans?|act|programs?|agreements?|facility"
    r"|tax cuts|tax reform|debentures?|bonds?|term loans?|form 10|10-?[kq]|annual report"
    r"|proxy|senior|convertible)\b",
    re.IGNORECASE,
)
_LIST_GAP = re.compile(r"[ ,;|]*(?:(?:and|or|&)[ ,]*)?")
_RANGE_GAP = re.compile(r" *,? *(?:to|through|thru|until|-|and ended) *", re.IGNORECASE)

_TOKEN = re.compile(
    rf"""
      (?<![\w$€£¥.])(?<![$€£¥][ ])(?:
        (?P<iso>(?P<iso_y>{_YEAR})(?P<iso_sep>[-/.])(?P<iso_m>[01]?[0-9])(?P=iso_sep)
            (?P<iso_d>[0-3]?[0-9])(?![0-9]))
      | (?P<numeric>(?P<num_a>[0-3]?[0-9])(?P<num_sep>[-/.])(?P<num_b>[0-3]?[0-9])(?P=num_sep)
            (?P<num_y>{_YEAR}|[0-9]{{2}})(?![0-9]))
      | (?P<day_first>(?P<df_d>[0-3]?[0-9])(?:st|nd|rd|th)?[ -]{{0,2}}(?:of[ ])?(?P<df_m>{_MONTH})
            (?![ ,]{{0,2}}[0-3]?[0-9](?![0-9]))
            (?:[ ,-]{{0,3}}(?P<df_y>{_YEAR}|['-][0-9]{{2}})(?![0-9]))?)
      | (?P<month_year>(?P<my_m>{_MONTH})(?:[ ,-]{{0,3}}(?P<my_y>{_YEAR})
            |[ ]?['-][ ]?(?P<my_s>[01][0-9]|2[0-7]))(?![0-9]))
      | (?P<month_day>(?P<md_m>{_MONTH})[ ,-]{{0,2}}(?P<md_d>[0-3]?[0-9])(?:st|nd|rd|th)?
            (?![0-9])(?:[ ,]{{0,3}}(?P<md_y>{_YEAR}|'[0-9]{{2}})(?![0-9]))?)
      | (?P<month>(?P<m_m>{_MONTH})[ ,]*$)
      | (?P<count>(?P<c_a>{_NUM})(?:[ -]*(?:and|or|&|/|,)[ ]?(?P<c_b>{_NUM}))?[ -]{{0,2}}
            (?P<c_unit>months?|weeks?)(?![a-z]))
      | (?P<short>(?P<s_n>[0-9]{{1,2}})M(?=[ ]?(?:[0-9']|FY|to\b)))
      | (?P<year>(?P<y_y>{_YEAR})(?P<y_tail>[-/][0-9]{{2}}(?![0-9]))?
            (?![0-9%]|[.][0-9]|,[0-9]{{3}}(?![0-9])|[a-z]{{2}}))
      )
      | (?<![a-z$])(?:
        (?P<quarter>(?:Q[ -]?(?P<q_a>[1-4])(?![0-9])|(?<![0-9.,])(?P<q_b>[1-4])Q(?![a-z]))
            (?:[ -]?(?:FY|fiscal)?[ ]?'?(?P<q_y>{_YEAR}|[0-9]{{2}})(?![\w%.,-]))?)
      | (?P<ordinal>(?P<o_n>{_ORDINAL})[ -]?(?:fiscal[ ])?{_QUARTER}(?![a-z]))
      | (?P<quarter_span>{_QUARTER}(?:[ -]?{_END}|$)|quarterly[ ]periods?\b)
      | (?P<half>(?P<h_n>first|second|1st|2nd)[ -]half\b|H(?P<h_a>[12])\b)
      | (?P<year_span>years?[ -]?(?:then[ ])?{_END}|FYE\b|full[ -]year|total[ ]year
            |for[ ](?:the[ ])?(?:fiscal[ ])?years?\b(?![ -]?{_END})|^year$|[LT]TM\b
            |(?:last|trailing)[ ]twelve[ ]months)
      | (?P<fiscal>(?:(?:fiscal|financial)(?:[ ]years?)?[ ,-]{{0,2}}(?P<f_y>{_YEAR}|'[0-9]{{2}})
            |FY[ -]?'?(?P<f_s>{_YEAR}|[0-9]{{2}})|^F'?(?P<f_f>[0-9]{{2}})$)(?![0-9]|-[0-9]))
      | (?P<fiscal_mark>(?:(?:fiscal|financial)(?:[ ]years?)?|FY)$)
      | (?P<edge>(?:(?P<e_b>begin(?:ning)?|start)|end(?:ing)?)[ ]of[ ](?:the[ ])?(?:fiscal[ ])?
            (?:(?P<e_y>year)|period|quarter|month|(?={_YEAR}))
            |(?:at|as[ ]of)[ ](?:fiscal[ ])?year[ -]end\b
            |(?:outstanding|nonvested|unvested)[ ]on[ ](?=(?:[0-9]{{1,2}}[ ])?{_MONTH})
            |balances?(?:,|[ ]-|[ ]at|[ ]as[ ]of)?[ ](?=(?:[0-9]{{1,2}}[ ])?{_MONTH})
            |(?P<e_o>beginning|opening|ending|closing)[ ]balances?\b
            |balances?,?[ ](?:at[ ])?(?P<e_p>beginning|ending)$
            |(?<=[0-9][ ])end$)
      | (?P<vague>(?:periods?|months?|weeks?)[ -]?(?:{_END}|from)|for[ ]the[ ]period)
      | (?P<to_date>year[ -]to[ -]date|YTD)
      | (?P<instant>as[ ](?:of|at)\b|at(?=[ ](?:{_MONTH}|{_YEAR}|[0-9]{{1,2}}[ /.-])|$))
      | (?P<block>vs\b|versus\b|compared\b|comparison\b|thereafter\b
            |(?:and|or)[ ](?:after|later)\b|beyond\b
            |(?:after|before|prior[ ]to)(?=[ ]{_YEAR})|remaind(?:er|ing)[ ]of\b
            |remaining(?=[ ]{_NUM}[ ]months)|(?<=[(])(?:remain|exclud)ing)
      )
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)

# How a text may break off, and how the next row must begin for the two to be one.
_ENDING = re.compile(
    rf"""(?:^|(?<=[\s(-]))(?:
      (?P<open>and|or|&|,|vs\.?|versus|compared(?:[ ](?:to|with))?|to|-|through|over|of)
    | (?P<month>{_MONTH}),?
    | (?P<count>{_NUM}(?:[ -]*(?:and|or|&|,))?)-?
    | (?P<unit>years?|months?|weeks?|periods?|{_QUARTER})
    | (?P<as>as|at)
    | (?P<ordinal>{_ORDINAL})
    | (?P<fiscal>FY|fiscal|financial|Q[1-4]|[1-4]Q)
    | (?P<for>for|for[ ]the|the|year[ -]to|end|end[ ]of|end[ ]of[ ]the
        |beginning|beginning[ ]of|beginning[ ]of[ ]the|full)
    | (?P<year>{_YEAR}),
    )$""",
    re.VERBOSE | re.IGNORECASE,
)
_BEGINNINGS = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "open": r"\S",
        "month": rf"[0-3]?[0-9](?:st|nd|rd|th)?(?![0-9]) ?(?:,|\(|$|{_YEAR})|{_YEAR}",
        "count": rf"{_NUM}-? ?(?:months?|weeks?|$)|months?\b|weeks?\b|{_MONTH} ?,?(?:$|{_YEAR})",
        "unit": rf"(?:then )?{_END}|to[ -]date",
        "as": r"of\b|at\b|the\b|[a-z]+ (?:year[ -])?end",
        "ordinal": rf"(?:fiscal )?(?:{_QUARTER}|half\b)",
        "fiscal": rf"'?(?:{_YEAR}|[0-9]{{2}})(?![0-9])|years?\b|quarters?\b",
        "for": r"(?:the |of |fiscal )*(?:fiscal|years?|periods?|quarters?|date)\b",
        "year": rf"{_YEAR}|and\b",
    }.items()
}
_FOLLOWS = re.compile(
    rf"(?:and|or|&|vs\b|versus|compared|(?:to|over|through|thru|-) ?(?:{_MONTH}[^0-9]*)?[0-9])",
    re.IGNORECASE,
)
# Heads made of these words alone speak of a change or of another period that is not named.
_CHANGE = frozenset(
    "change changes variance growth variation difference increase decrease inc dec incr decr yoy "
    "prior previous preceding last".split()
)
_CHANGE_COMPANY = frozenset(
    "in or of from to the a percent percentage pct amount dollar dollars over year years fiscal "
    "period periods quarter quarters month months ago favorable unfavorable better worse "
    "and by net total better y q p o basis points bps constant currency reported organic".split()
)
_MARKS = str.maketrans(
    dict.fromkeys("¹²³⁰⁴⁵⁶⁷⁸⁹*†‡§", None)
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
    | dict.fromkeys("\u2018\u2019\u02bc`", "'")
)
_FOOTNOTE = re.compile(r" ?[(\[](?:[0-9]{1,2}|[a-z])[)\]]", re.IGNORECASE)


@dataclass(slots=True)
class _Scan:
    """The components gathered while one text is read from left to right."""

    text: str
    days: list[_Day] = field(default_factory=list)
    fiscals: list[int] = field(default_factory=list)
    spans: list[int] = field(default_factory=list)
    quarters: list[int] = field(default_factory=list)
    vague: bool = False
    fiscal_mark: bool = False
    to_date: bool = False
    blocked: bool = False
    edge: _Edge | None = None
    # What a year in a list goes on from ("December 31, 2018, 2017 and 2016"), and where it ended.
    last: _Day | Literal["fiscal"] | None = None
    last_end: int = 0

    def add_day(self, match: re.Match[str], day: _Day) -> None:
        """Keep a date unless it is none, or belongs to a thing ("notes due June 15, 2025")."""
        if not _is_date(day):
            return
        before = self.last
        if isinstance(before, _Day) and before.month and self._joined(_RANGE_GAP, match.start()):
            self._add_range(before, day)
        elif _names_thing(self.text, match):
            return
        else:
            self.days.append(day)
        self.last, self.last_end = day, match.end()

    def add_year(self, match: re.Match[str]) -> None:
        """Keep a bare year; in a list it is a year of the kind that it goes on from."""
        year = int(match["y_y"])
        if self.last is not None and self._joined(_RANGE_GAP, match.start()):  # "2016 to 2018"
            self.blocked = True
        elif _names_thing(self.text, match):
            return
        elif match["y_tail"]:  # "2018-19", "2016/17"
            self.blocked = True
        elif self.last is None or not self._joined(_LIST_GAP, match.start()):
            self.add_day(match, _Day(year))
        elif isinstance(self.last, _Day):
            self.add_day(match, _in_year(self.last, year))
        else:
            self.add_fiscal(match, year)

    def add_fiscal(self, match: re.Match[str], year: int) -> None:
        """Keep a year that is named as a fiscal year."""
        if self.last == "fiscal" and self._joined(_RANGE_GAP, match.start()):
            self.blocked = True
        elif not _names_thing(self.text, match):
            self.fiscals.append(year)
            self.last, self.last_end = "fiscal", match.end()

    def add_count(self, match: re.Match[str]) -> None:
        """Keep "three months" and the like where they are the length of a period."""
        if not _ENDED_AFTER.match(self.text, match.end()) and (
            not _SPAN_AFTER.match(self.text, match.end())
            or _TERM_BEFORE.search(self.text[max(0, match.start() - 16) : match.start()])
        ):
            return
        for count in (match["c_a"], match["c_b"]):
            if count:
                months = _months_of(_read_count(count), match["c_unit"])
                self.spans += [months] if months else []
                self.vague |= not months

    def _joined(self, gap: re.Pattern[str], start: int) -> bool:
        return gap.fullmatch(self.text, self.last_end, start) is not None

    def _add_range(self, first: _Day, last: _Day) -> None:
        """Turn "January 1, 2018 to June 30, 2018" into a span; block what is no whole months."""
        months = _months_between(first, last)
        if months is None or self.blocked:
            self.blocked = True
            return
        self.days[-1:] = [last]
        self.spans.append(months)


def _is_date(day: _Day) -> bool:
    if day.month is None:
        return True
    if not 1 <= day.month <= 12:
        return False
    # The day of a head without a year may be February 29: a leap year allows it.
    return day.day is None or 1 <= day.day <= months_of.monthrange(day.year or 2000, day.month)[1]


def _in_year(day: _Day, year: int) -> _Day:
    """Return the day in another year; the last of February stays the last of February."""
    if day.day == 29 and day.month == 2:
        return _Day(year, 2, months_of.monthrange(year, 2)[1])
    return day._replace(year=year)


def _names_thing(text: str, match: re.Match[str]) -> bool:
    return bool(
        _THING_BEFORE.search(text[max(0, match.start() - 24) : match.start()])
        or _THING_AFTER.match(text, match.end())
    )


def _months_between(first: _Day, last: _Day) -> int | None:
    """Return the whole months from the start of `first` to the end of `last`, or None."""
    if last.month is None or first.month is None or first.day is None or last.day is None:
        return None
    last_year = last.year or 2001
    first_year = first.year or (last_year if first.month <= last.month else last_year - 1)
    if not _is_date(_Day(last_year, last.month, last.day)):
        return None
    if not _is_date(_Day(first_year, first.month, first.day)):
        return None
    end = date(last_year, last.month, last.day)
    days = (end - date(first_year, first.month, first.day)).days + 1
    if first.day == 1 and _is_month_end(end):
        return max((last_year - first_year) * 12 + last.month - first.month + 1, 0) or None
    return _months_of(days // 7, "weeks") if days % 7 == 0 else None


def _read_count(text: str) -> int:
    if text.isdigit():
        return int(text)
    words = re.split(r"[ -]", text.lower())
    if len(words) == 1 and words[0] not in _ONES:
        tens = next(tens for tens in _TENS if words[0].startswith(tens))
        return _TENS[tens] + _ONES.get(words[0].removeprefix(tens), 0)
    return sum(_ONES.get(word, 0) or _TENS[word] for word in words)


def _months_of(count: int, unit: str) -> int | None:
    """Return the months of a span; quarters of 12 to 17 weeks are three months."""
    if unit.lower().startswith("month"):
        return count if 0 < count <= 60 else None
    for low, high, months in ((11, 17, 3), (23, 28, 6), (35, 41, 9), (51, 54, 12)):
        if low <= count <= high:
            return months
    return None


def _full_year(text: str) -> int:
    digits = int(text.lstrip("'-"))
    return digits if digits > 99 else digits + (2000 if digits < 70 else 1900)


def _month_number(text: str) -> int:
    return _MONTH_NAMES.index(text[:3].lower()) + 1


def _on_iso(scan: _Scan, match: re.Match[str]) -> None:
    scan.add_day(match, _Day(int(match["iso_y"]), int(match["iso_m"]), int(match["iso_d"])))


def _on_numeric(scan: _Scan, match: re.Match[str]) -> None:
    """Read 6/30/2023 as filings in the United States do; 30/06/2023 and 30.06.2023 too."""
    month, day = int(match["num_a"]), int(match["num_b"])
    if match["num_sep"] == "." and len(match["num_y"]) == 2:
        return  # a section's number
    if month > 12 or match["num_sep"] == ".":
        month, day = day, month
    scan.add_day(match, _Day(_full_year(match["num_y"]), month, day))


def _on_day_first(scan: _Scan, match: re.Match[str]) -> None:
    year = _full_year(match["df_y"]) if match["df_y"] else None
    scan.add_day(match, _Day(year, _month_number(match["df_m"]), int(match["df_d"])))


def _on_month_year(scan: _Scan, match: re.Match[str]) -> None:
    year = _full_year(match["my_y"] or match["my_s"])
    scan.add_day(match, _Day(year, _month_number(match["my_m"])))


def _on_month_day(scan: _Scan, match: re.Match[str]) -> None:
    year = _full_year(match["md_y"]) if match["md_y"] else None
    scan.add_day(match, _Day(year, _month_number(match["md_m"]), int(match["md_d"])))


def _on_month(scan: _Scan, match: re.Match[str]) -> None:
    if not match["m_m"].islower():  # "may" and "march" are words too
        scan.add_day(match, _Day(None, _month_number(match["m_m"])))


def _on_short(scan: _Scan, match: re.Match[str]) -> None:
    if 0 < int(match["s_n"]) <= 60:
        scan.spans.append(int(match["s_n"]))


def _on_quarter(scan: _Scan, match: re.Match[str]) -> None:
    scan.quarters.append(int(match["q_a"] or match["q_b"]))
    if match["q_y"]:
        scan.add_fiscal(match, _full_year(match["q_y"]))


def _on_ordinal(scan: _Scan, match: re.Match[str]) -> None:
    scan.quarters.append(_ORDINALS[match["o_n"].lower()])


def _on_half(scan: _Scan, match: re.Match[str]) -> None:
    """Read the first half as six months; the second is known to be a span alone."""
    first = match["h_a"] == "1" if match["h_a"] else match["h_n"].lower() in ("first", "1st")
    scan.spans += [6] if first else []
    scan.vague |= not first


def _on_fiscal(scan: _Scan, match: re.Match[str]) -> None:
    scan.add_fiscal(match, _full_year(match["f_y"] or match["f_s"] or match["f_f"]))


def _on_edge(scan: _Scan, match: re.Match[str]) -> None:
    opening = (match["e_o"] or match["e_p"] or "").lower() in ("beginning", "opening")
    if opening:
        scan.edge = "begin_span"
    elif match["e_b"] is None:
        scan.edge = "end"
    else:
        scan.edge = "begin_year" if match["e_y"] else "begin_span"


def _on_vague(scan: _Scan, match: re.Match[str]) -> None:
    """Keep "period ended", unless its length stands before it ("three-month period ended")."""
    before = scan.text[max(0, match.start() - 8) : match.start()].lower().rstrip(" -")
    scan.vague |= not before.endswith(("month", "months", "week", "weeks", "quarterly"))


def _span_of(months: int) -> Callable[[_Scan, re.Match[str]], None]:
    def on_span(scan: _Scan, _: re.Match[str]) -> None:
        scan.spans.append(months)

    return on_span


def _flag(name: str) -> Callable[[_Scan, re.Match[str]], None]:
    def on_flag(scan: _Scan, _: re.Match[str]) -> None:
        setattr(scan, name, True)

    return on_flag


_ON_TOKEN: dict[str, Callable[[_Scan, re.Match[str]], None]] = {
    "iso": _on_iso,
    "numeric": _on_numeric,
    "day_first": _on_day_first,
    "month_year": _on_month_year,
    "month_day": _on_month_day,
    "month": _on_month,
    "count": _Scan.add_count,
    "short": _on_short,
    "year": _Scan.add_year,
    "quarter": _on_quarter,
    "ordinal": _on_ordinal,
    "quarter_span": _span_of(3),
    "half": _on_half,
    "year_span": _span_of(12),
    "fiscal": _on_fiscal,
    "fiscal_mark": _flag("fiscal_mark"),
    "edge": _on_edge,
    "vague": _on_vague,
    "to_date": _flag("to_date"),
    "instant": _span_of(0),
    "block": _flag("blocked"),
}


@lru_cache(maxsize=_READINGS_KEPT)
def _read(raw: str) -> _Reading:
    """Return the components that a text states."""
    text = " ".join(_FOOTNOTE.sub("", raw.translate(_MARKS)).split())
    scan = _Scan(text)
    for match in _TOKEN.finditer(text):
        if match.lastgroup is not None:
            _ON_TOKEN[match.lastgroup](scan, match)
    ending = _ENDING.search(text[-24:])
    return _Reading(
        text=text,
        days=_complete_days(scan.days),
        fiscals=tuple(scan.fiscals),
        spans=tuple(scan.spans),
        quarters=tuple(scan.quarters),
        ordinal=_ORDINALS.get(text.lower()),
        vague=scan.vague,
        fiscal_mark=scan.fiscal_mark,
        to_date=scan.to_date,
        blocked=scan.blocked or (not scan.days and not scan.fiscals and _is_change(text)),
        edge=scan.edge,
        ending=ending.lastgroup if ending else None,
        follows=_FOLLOWS.match(text) is not None,
    )


def _complete_days(days: Iterable[_Day]) -> tuple[_Day, ...]:
    """Put the year of "June 30 (in millions) 2018" to its day; drop what is said twice."""
    distinct = tuple(dict.fromkeys(days))
    bare = [day for day in distinct if day.month is None]
    undated = [day for day in distinct if day.year is None]
    if len(undated) == 1 and bare and len(bare) + 1 == len(distinct):
        return tuple(undated[0]._replace(year=day.year) for day in bare)
    return distinct


def _is_change(text: str) -> bool:
    """Whether a head is nothing but "Change", "% increase (decrease)", "Prior year" or so."""
    if len(text) > 60:
        return False
    words = set(re.findall("[a-z]+", text.lower()))
    return not words.isdisjoint(_CHANGE) and words <= _CHANGE | _CHANGE_COMPANY


def _join_split_heads(texts: Sequence[str]) -> list[_Reading]:
    """Read the texts, nearest first; rows that break off in the middle are read as one.

    Order of the texts: "2018", "June 30,", "Three months ended"; on the page they stand the
    other way round, so that each text may go on what the text after it in the list began.
    """
    joined: list[_Reading] = []
    for text in reversed(texts):
        reading = _read(text)
        if not reading.text:
            continue
        above = joined[-1] if joined else None
        if above is not None and _goes_on(above, reading):
            joined[-1] = _read(f"{above.text} {reading.text}")
        else:
            joined.append(reading)
    joined.reverse()
    return joined


def _goes_on(above: _Reading, below: _Reading) -> bool:
    if below.follows:
        stated = above.days or above.fiscals or above.spans or above.quarters
        return bool(stated or above.ending)
    return above.ending is not None and bool(_BEGINNINGS[above.ending].match(below.text))


# ---------------------------------------------------------------------------------------------
# All texts: each component from the nearest that states it.


@dataclass(slots=True)
class _Found:
    """The components found so far. `*_done` says that farther texts are not asked any more.

    `bare` is a year that stood without a date, `lent` a month and day that were taken from a
    farther text's full date. `months` is 0 for an instant that is stated as such.
    """

    instant: bool | None
    year: int | None = None
    fiscal: int | None = None
    month: int | None = None
    day: int | None = None
    months: int | None = None
    quarter: int | None = None
    ordinal: int | None = None
    edge: _Edge | None = None
    bare: bool = False
    lent: bool = False
    fiscal_mark: bool = False
    to_date: bool = False
    blocked: bool = False
    year_done: bool = False
    day_done: bool = False
    span_done: bool = False

    def take(self, reading: _Reading) -> None:
        """Take the components that are still sought from the next farther text."""
        own_year = not self.year_done
        if own_year:
            self._take_year(reading)
        if not self.day_done:
            self._take_day(reading, own_year=own_year)
        self._take_span(reading)
        self.fiscal_mark |= reading.fiscal_mark
        self.edge = self.edge or reading.edge

    @property
    def names_one(self) -> bool:
        """Whether one year is known, and not as that of two days ("May 1 and June 30, 2018")."""
        if self.blocked or (self.year is None and self.fiscal is None):
            return False
        return self.year is None or self.bare or self.month is not None

    def _take_year(self, reading: _Reading) -> None:
        dated = [day for day in reading.days if day.year is not None]
        if self.month is not None:
            dated = [day for day in dated if day[1:] == (self.month, self.day)] or dated
        years = {day.year for day in dated}
        fiscals = set(reading.fiscals)
        if not (years or fiscals or reading.blocked):
            return
        self.year_done = True
        self.blocked = reading.blocked or len(years) > 1 or len(fiscals) > 1
        if not self.blocked:
            self.year = dated[0].year if dated else None
            self.fiscal = reading.fiscals[0] if fiscals else None
            self.bare = bool(dated) and all(day.month is None for day in dated)

    def _take_day(self, reading: _Reading, *, own_year: bool) -> None:
        days = [day for day in reading.days if day.month is not None]
        if not days:
            return
        year = self.year if self.year is not None else self.fiscal
        pool = [day for day in days if day.year in (None, year)] or days
        self.day_done = True
        if len({(day.month, day.day) for day in pool}) == 1:
            self.month, self.day = pool[0].month, pool[0].day
            self.lent = not own_year and pool[0].year is not None

    def _take_span(self, reading: _Reading) -> None:
        spans = {months for months in reading.spans if months or self.instant is None}
        spans |= {3} if reading.quarters else set()
        if not self.span_done:
            self.span_done = bool(spans or reading.vague or reading.to_date)
            clear = len(spans) == 1 and not reading.vague
            self.months = spans.pop() if clear and (spans == {0} or self._fits(reading)) else None
            self.to_date = reading.to_date and self.months is None
        if self.ordinal is None:
            self.ordinal = reading.ordinal
        if self.quarter is None and self.months == 3:
            stated = set(reading.quarters)
            self.quarter = stated.pop() if len(stated) == 1 else self.ordinal

    def _fits(self, reading: _Reading) -> bool:
        """Whether a text's span may be that of the day found: "June 30" ends no calendar year."""
        others = [day for day in reading.days if day.month is not None]
        if self.month is None or not others:
            return True
        return _closing_month(self.month, self.day) in [
            _closing_month(day.month, day.day) for day in others
        ]


class _Years:
    """How a company names and ends its fiscal years, from its filing's calendar."""

    __slots__ = ("annual", "end_month", "ends", "offset", "own", "period_end", "stated", "weekly")

    def __init__(self, calendar: Calendar) -> None:
        end = calendar.period_end
        self.period_end = end
        self.stated = calendar.year_end_month is not None
        self.end_month = calendar.year_end_month or (_closing(end).month if end else None)
        self.weekly = end is not None and not _is_month_end(end)
        self.annual = end is None or self.closes_year(end)
        self.offset = 0
        natural = self._natural_year(end) if end else None
        if natural is not None and calendar.fiscal_year is not None:
            # Years are named for the year that they end in or the one before; else it is a slip.
            difference = calendar.fiscal_year - natural
            self.offset = difference if abs(difference) <= 1 else 0
        self.own = natural + self.offset if natural is not None else calendar.fiscal_year
        named = ((self._natural_year(day), day) for day in calendar.year_ends)
        self.ends = {year + self.offset: day for year, day in named if year is not None}

    def _natural_year(self, day: date) -> int | None:
        """Return the calendar year in which the fiscal year of `day` ends."""
        if self.end_month is None:
            return None
        closing = _closing(day)
        return closing.year + (closing.month > self.end_month)

    def place_of(self, day: date) -> int:
        """Return which month of its fiscal year a day closes, 1 to 12; 12 if not known."""
        if self.end_month is None:
            return 12
        place = (_closing(day).month - self.end_month - 1) % 12 + 1
        # Where years end on a weekday, their last day may fall into the month before.
        on_month = 7 < day.day < 22 or (_is_month_end(day) and not self.weekly)
        near = place % 3 == 2 and not on_month
        return place + 1 if near else place

    def closes_year(self, day: date) -> bool:
        """Whether fiscal years end about that day; true if their month is not known."""
        return self.place_of(day) == 12

    def name_of(self, day: date, months: int | None) -> int | None:
        """Return the fiscal year of a period that ends on `day`, None if it is not known."""
        if months == 12 and not self.stated and self.period_end is None:
            return _closing(day).year
        natural = self._natural_year(day)
        known = self.stated or (natural is not None and self.closes_year(day))
        if natural is None or not known or (months == 12 and not self.closes_year(day)):
            return None
        return natural + self.offset

    def quarter_of(self, day: date) -> int | None:
        """Return the fiscal quarter that ends on `day`; None if it is not known."""
        place = self.place_of(day)
        return place // 3 if self.stated and place % 3 == 0 else None

    def end_of(self, name: int, place: int = 12) -> date | None:
        """Return the last day of the first `place` months of a fiscal year, None if not known."""
        end = self.period_end
        if end is not None and name == self.own and self.place_of(end) == place:
            return end
        if place == 12 and name in self.ends:
            return self.ends[name]
        if self.end_month is None or self.weekly:
            return None
        return _last_day(name - self.offset, self.end_month - 12 + place)

    def same_day_in(self, year: int) -> date | None:
        """Return the filing's own period end in another calendar year, None if not known."""
        end = self.period_end
        if end is None or end.year == year:
            return end
        if self.weekly and not self.annual:
            return None
        if self.weekly:
            return next((day for day in self.ends.values() if _closing(day).year == year), None)
        return _last_day(year, end.month)


def _closing(day: date) -> date:
    """Return a day of the month that `day` closes: February 3 closes a January."""
    return day - _SPILL if day.toordinal() > _SPILL.days else day


def _closing_month(month: int | None, day: int | None) -> int | None:
    """Return the month that a day without a year closes."""
    if month is None or day is None or day > _SPILL.days:
        return month
    return (month - 2) % 12 + 1


def _is_month_end(day: date) -> bool:
    return day.day == months_of.monthrange(day.year, day.month)[1]


def _last_day(year: int, month: int) -> date | None:
    """Return the last day of a month; month 0 is the December before, 13 the January after."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    if not date.min.year <= year <= date.max.year:
        return None
    return date(year, month, months_of.monthrange(year, month)[1])


def _settle(found: _Found, years: _Years) -> Period | None:
    """Make the period of the components; at least a year or a fiscal year is among them."""
    if found.bare and found.year is not None and _is_name(found, years):
        found.fiscal, found.year = found.year, None
    if found.year is None:
        return _settle_named(found, years)
    end = _stated_end(found, years)
    if end is None:
        return _settle_about(found, years)
    months = _months_to(end, found, years)
    name = found.fiscal if found.fiscal is not None else years.name_of(end, months)
    quarter = (years.quarter_of(end) or found.quarter) if months == 3 else None
    return Period(months, end, name, quarter)


def _settle_about(found: _Found, years: _Years) -> Period | None:
    """Make the period of a month whose last day is not the period's; None if no year is sure."""
    assert found.year is not None
    months = 0 if found.instant else found.months
    last = _last_day(found.year, found.month or 1)
    if found.month is None or last is None:
        return Period(months, None, found.fiscal) if found.fiscal is not None else None
    # The weekday that ends the period may come early or late: both must say the same.
    days = (last.replace(day=_SPILL.days), last)
    names = {years.name_of(day, months) for day in days}
    quarters = {years.quarter_of(day) for day in days}
    name = found.fiscal if found.fiscal is not None or len(names) > 1 else names.pop()
    quarter = quarters.pop() if months == 3 and len(quarters) == 1 else None
    return Period(months, None, name, quarter) if name is not None else None


def _is_name(found: _Found, years: _Years) -> bool:
    """Whether a bare year is the name of a fiscal year and not the calendar year of a date."""
    if found.month is None:
        return not _has_reported_end(found, years)
    later = years.own is not None and found.year is not None and found.year > years.own
    return found.lent and (later or years.offset != 0)


def _has_reported_end(found: _Found, years: _Years) -> bool:
    """Whether "2018" under "Six months ended" means the six months that the filing reports."""
    end = years.period_end
    if found.fiscal_mark or found.quarter is not None or end is None or years.annual:
        return False
    if found.instant:
        return found.year == end.year == years.own
    return found.to_date or found.months == 3 or found.months == years.place_of(end)


def _stated_end(found: _Found, years: _Years) -> date | None:
    """Return the day that the texts state, or the last of a month that they name without one."""
    assert found.year is not None
    if found.month is None:
        return years.same_day_in(found.year)
    if found.day is not None:
        return _day_in(found.year, found.month, found.day)
    end = years.period_end
    if end is not None and (end.year, end.month) == (found.year, found.month):
        return end
    return None if years.weekly else _last_day(found.year, found.month)


def _day_in(year: int, month: int, day: int) -> date:
    """Return the day; "February 29" over several years means the last day of each February."""
    return date(year, month, min(day, months_of.monthrange(year, month)[1]))


def _months_to(end: date, found: _Found, years: _Years) -> int | None:
    if found.instant:
        return 0
    if found.to_date:
        return years.place_of(end) if years.stated else None
    if found.span_done:
        return found.months
    if found.fiscal is not None:
        return 12
    if found.instant is None:
        return 0 if found.day is not None and not found.lent else None
    # An income statement headed by the year's last day alone, in an annual filing.
    return 12 if years.annual and years.end_month and years.closes_year(end) else None


def _settle_named(found: _Found, years: _Years) -> Period:
    """Make the period of a year that is named ("Fiscal 2018", "Q2 2023", "2018" alone)."""
    name = found.fiscal
    assert name is not None
    months = 0 if found.instant else _named_months(found, name, years)
    quarter = found.quarter
    if quarter is not None:
        end = years.end_of(name, 3 * quarter)
        return Period(months, end, name, quarter if months == 3 or end is None else None)
    if months in (0, 12, None) and not (found.span_done and months is None):
        # A year alone in a quarterly filing may stand for its quarter, or for months so far.
        end = years.end_of(name) if months is not None or years.annual else None
        if end is None and months == 12 and found.day and not found.lent and not years.weekly:
            end = _day_in(name - years.offset, found.month or 12, found.day)
        return Period(months, end, name)
    return Period(months, None, name)


def _named_months(found: _Found, name: int, years: _Years) -> int | None:
    # A year alone: what a row of maturities or a column of an annual statement is headed by.
    later = years.own is not None and name > years.own
    if found.span_done and not (later and found.bare and found.months == 0):
        return found.months
    named = not found.bare or found.fiscal_mark
    return 12 if named or later or (found.instant is False and years.annual) else None


def _move_to_edge(period: Period, edge: _Edge, years: _Years) -> Period | None:
    """Return the instant at the end or the beginning of a period ("Cash, beginning of year")."""
    end, name = period.end, period.fiscal_year
    if edge == "end":
        return Period(0, end, name, period.quarter if end is None else None)
    to_date = end is not None and years.stated and period.months == years.place_of(end)
    if edge == "begin_year" or period.months == 12 or to_date:
        whole = period.months == 12 and end is not None and _is_month_end(end)
        if whole and end is not None and not years.weekly:
            start = _last_day(end.year - 1, end.month)
            return Period(0, start, name - 1 if name is not None else None)
        return Period(0, years.end_of(name - 1), name - 1) if name is not None else None
    if not period.months or end is None or years.weekly or not _is_month_end(end):
        return None
    start = _last_day(end.year, end.month - period.months)
    return Period(0, start, years.name_of(start, 0)) if start else None
