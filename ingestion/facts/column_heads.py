"""What the heads over a table's columns say: when, what, and in which scale.

Reads words only. `periods` decides what a text means as a time; here it is decided which texts
are heads of a column, which are remarks on units, and which name a change between two periods.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise

from ingestion.documents import Table
from ingestion.figures import parse_scale
from ingestion.periods import Calendar, Period, find_period

CHANGE = re.compile(r"\b(?:change|increase|decrease|variance|growth|vs\.?|versus)\b", re.IGNORECASE)
_CHANGE_ALONE = re.compile(
    r"[\s(/)$%]*(?:(?:percent(?:age)?|dollar|net)\s+)?(?:change|increase|decrease|variance)"
    r"(?:[\s(/)$%]*(?:increase|decrease))*[\s(/)$%]*",
    re.IGNORECASE,
)
_SHARE_OF = re.compile(r"%\s*of\b|\bpercent(?:age)?\s+of\b|\bas\s+a\s+%", re.IGNORECASE)
_NOTE = re.compile(
    r"\s*\(?\s*(?:(?:u\.?s\.?\s*)?(?:dollars?|amounts?|shares)?(?:\s+and\s+\w+)?\s*(?:are\s+)?in\s+"
    r"(?:thousands|millions|billions)|[$€£]\s*(?:in\s+)?(?:thousands?|millions?|billions?)|"
    r"(?:thousands|millions|billions)|unaudited)\b[^|]*$",
    re.IGNORECASE,
)
# The words of a head that say when, not what.
_WHEN = re.compile(
    r"\b(?:(?:for\s+the\s+|as\s+of\s+|as\s+at\s+|at\s+)?"
    r"(?:(?:three|six|nine|twelve|thirteen|fourteen|twenty-six|thirty-nine|fifty-two|fifty-three|"
    r"\d{1,2})\s+(?:months?|weeks?)|(?:fiscal\s+)?(?:years?|quarters?)|first|second|third|fourth|"
    r"fiscal|year[\s-]to[\s-]date)"
    r"(?:\s+(?:ended|ending|end))?|(?:january|february|march|april|may|june|july|august|september|"
    r"october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?\s*\d{0,2},?|"
    r"(?:19|20)\d\d(?:\s*\(\w\))?|FY\s?'?\d{2,4}|Q[1-4]|[1-4]Q|ended|ending|as\s+of|as\s+at|"
    r"unaudited|audited|restated|as\s+adjusted)\b[,.]?",
    re.IGNORECASE,
)
_UNIT_NOTE = re.compile(
    r"\(?\b(?:dollars|amounts|u\.?s\.?\s+dollars|\$|shares)?\s*(?:are\s+)?in\s+"
    r"(?:thousands|millions|billions)\b[^)]*\)?|\(\s*(?:[$€£]?\s*)(?:in\s+)?"
    r"(?:thousands?|millions?|billions?|dollars?[^)]*|percent[^)]*|unaudited)\s*\)",
    re.IGNORECASE,
)
_BALANCE_HEAD = re.compile(
    r"\bbalances?\b|\b(?:as\s+of|at)\s+(?:january|february|march|april|may|june|july|august|"
    r"september|october|november|december|year[\s-]end)\b",
    re.IGNORECASE,
)
_FULL_DATE = re.compile(r"[A-Za-z]{3,9}\.?\s+\d{1,2},?\s+(?:19|20)\d\d|\d{1,2}/\d{1,2}/\d{2,4}")
_ENDED = re.compile(r"\b(?:ended|ending|months|weeks|quarter)\b", re.IGNORECASE)
_EDGES_NAMED = re.compile(
    r"\b(?:beginning|opening)\s+(?:and|to)\s+(?:the\s+)?(?:ending|closing)\b(?:\s+balances?)?"
    r"|\bheld\s+at\s+(?:the\s+)?end\s+of\s+(?:the\s+)?(?:year|period)\b",
    re.IGNORECASE,
)
_SPAN_WORDS = {3: "three months", 6: "six months", 9: "nine months", 12: "year"}


@dataclass(frozen=True, slots=True)
class ColumnHead:
    """What the heads over one column say: when (`texts`, nearest first) and what (`item`).

    `stated` are the heads alone, `texts` also what stands over the labels and the title; both
    are empty for a column of changes, which belongs to no single period. `scale` is the one
    that the column's own head declares. `instant` says that the heads make its amounts those of
    a day (True) or of a span (False), whatever the table's other columns are; None: not said.
    """

    stated: tuple[str, ...]
    texts: tuple[str, ...]
    item: str
    head: str
    scale: int | None
    instant: bool | None = None


def read_columns(table: Table, width: int, calendar: Calendar) -> tuple[ColumnHead, ...]:
    """Return what is said of each of `width` columns, right of the labels."""
    rows = [head for head in table.header if not is_note(head[1:]) and not _is_shared_change(head)]
    corner, title = read_corner(table), read_title(table)
    columns: list[ColumnHead] = []
    for index in range(width):
        heads = [head[index + 1] for head in rows if index + 1 < len(head)]
        # The nearest head is the lowest one; "December 31," stands over "2018".
        stated = tuple(text for text in reversed(heads) if text)
        texts = tuple(text for text in (*stated, *corner, title) if text)
        joined = " ".join(text for text in heads if text)
        named = read_period(stated, calendar) is not None
        if not named and CHANGE.search(joined):
            stated, texts = (), ()
        elif not named and columns and _SHARE_OF.search(joined):
            stated, texts = columns[-1].stated, columns[-1].texts
        scale = parse_scale(joined) if _UNIT_NOTE.search(joined) else None
        bare = " ".join(_UNIT_NOTE.sub(" ", joined).split())
        columns.append(
            ColumnHead(stated, texts, strip_period(joined), bare, scale, _tell_head(joined))
        )
    return _fill_columns(columns, calendar)


def _tell_head(joined: str) -> bool | None:
    """Whether heads say themselves that what is under them is of a day."""
    return True if _BALANCE_HEAD.search(joined) and not _ENDED.search(joined) else None


def _is_shared_change(head: Sequence[str]) -> bool:
    """Whether a row of heads is one "Increase/(Decrease)" over all columns: signs, not columns."""
    texts = {text for text in head[1:] if text}
    return len(texts) == 1 and len(head) > 2 and bool(_CHANGE_ALONE.fullmatch(texts.pop()))


def _fill_columns(columns: Sequence[ColumnHead], calendar: Calendar) -> tuple[ColumnHead, ...]:
    """Date the columns between two balances.

    "Balance at December 31, 2023 | Additions | Write-offs | Balance at December 31, 2024" is a
    roll-forward that runs to the right.
    """
    periods = [read_period(column.stated, calendar) for column in columns]
    dated = [(index, period.end) for index, period in enumerate(periods) if period and period.end]
    filled = list(columns)
    for (first, begin), (last, end) in pairwise(dated):
        between = [index for index in range(first + 1, last) if periods[index] is None]
        span = name_span(begin, end)
        if span is None or not between or not _are_days(columns[first], columns[last]):
            continue
        for index in between:
            filled[index] = replace(columns[index], stated=(span,), texts=(span,), instant=False)
    if any(column.instant is False for column in filled):
        for index, _ in dated:
            if _are_days(columns[index]):
                filled[index] = replace(columns[index], instant=True)
    return tuple(filled)


def _are_days(*columns: ColumnHead) -> bool:
    """Whether columns are headed by a full day each, and by no span that ends on it."""
    joined = [" ".join(column.stated) for column in columns]
    return all(_FULL_DATE.search(text) and not _ENDED.search(text) for text in joined)


def lend_date(
    columns: Sequence[ColumnHead], calendar: Calendar, *, are_days: bool
) -> tuple[ColumnHead, ...]:
    """Give undated columns the only date of the heads, or the latest where all are days.

    "Level 1" right of "December 31, 2024" is of that day, and so is the effective rate that is
    printed beside the amounts of two years.
    """
    dated = [index for index, column in enumerate(columns) if _end_of(column, calendar) > date.min]
    is_only = len(dated) == 1 and dated[0] == 0
    if not dated or not (is_only or are_days):
        return tuple(columns)
    lender = columns[max(dated, key=lambda index: _end_of(columns[index], calendar))]
    return tuple(
        replace(column, stated=lender.stated, texts=(*lender.stated, *column.texts))
        if column.texts and read_period(column.stated, calendar) is None
        else column
        for column in columns
    )


def _end_of(column: ColumnHead, calendar: Calendar) -> date:
    period = read_period(column.stated, calendar)
    return period.end if period and period.end else date.min


def name_span(begin: date, end: date) -> str | None:
    """Write the span between two days as heads do: "year ended December 31, 2024"."""
    words = _SPAN_WORDS.get(round((end - begin).days / 30.4))
    return f"{words} ended {end.strftime('%B')} {end.day}, {end.year}" if words else None


def is_note(heads: Sequence[str]) -> bool:
    """Whether a row of heads only tells units: "(in millions, except per share data)"."""
    texts = [text for text in heads if text]
    return bool(texts) and all(is_unit_note(text) for text in texts)


def is_unit_note(text: str) -> bool:
    """Whether one head only tells the unit: "(in millions)"."""
    return _NOTE.match(text) is not None


def read_title(table: Table) -> str:
    """Return the caption without what it says of edges: "the beginning and ending balances"."""
    return " ".join(_EDGES_NAMED.sub(" ", table.caption).split())


def read_corner(table: Table) -> tuple[str, ...]:
    """Return what the rows of heads print over the labels."""
    return tuple(head[0] for head in table.header if head and head[0])


@lru_cache(maxsize=16384)
def read_period(
    texts: tuple[str, ...], calendar: Calendar, instant: bool | None = None
) -> Period | None:
    """Return what `find_period` makes of the texts; kept, since heads come again."""
    return find_period(texts, calendar, instant=instant) if texts else None


_LIGHT = frozenset("at as of for the in and to on".split())
# What is left of "(2024)", and footnote marks.
_EMPTY_BRACKETS = re.compile(r"\(\s*[\da-z]?\s*\)", re.IGNORECASE)


@lru_cache(maxsize=16384)
def strip_period(text: str) -> str:
    """The words of a head or label that say what is counted, without those that say when."""
    bare = _EMPTY_BRACKETS.sub(" ", _WHEN.sub(" ", _UNIT_NOTE.sub(" ", text)))
    words = bare.strip(" ,;:.-–—$*")
    if words.count("(") != words.count(")"):
        words = words.strip("() ")
    if not set(words.lower().split()) - _LIGHT:
        return ""
    return " ".join(words.split()) if re.search(r"[A-Za-z]{2}", words) else ""
