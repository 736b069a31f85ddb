"""When a cell's number was, told by its row, its column, the balances around it and the title.

A row between an opening and a closing balance is of the span between them, the balances are of
its edges; "2024" as a row's label is the row's period. Knows tables and the filing's calendar,
and nothing of units or values. What nothing says stays None.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from ingestion.documents import Table, TableRow
from ingestion.facts.column_heads import (
    CHANGE,
    ColumnHead,
    lend_date,
    name_span,
    read_columns,
    read_corner,
    read_period,
    read_title,
    strip_period,
)
from ingestion.facts.flows import Telling, tell_row, tell_table
from ingestion.periods import Calendar, Period

# What a row is in a roll-forward; None for rows outside of one.
Role = Literal["opening", "flow", "closing"]

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_THEREAFTER = re.compile(r"\b(?:thereafter|and (?:after|beyond|later))\b", re.IGNORECASE)
_OPENING = re.compile(
    rf"\b(?:beginning|opening)\b|\bstart\s+of\b|\b(?:{_MONTHS})\s+1\s*(?:\(\w\))?$", re.IGNORECASE
)
# "Unrecognized tax benefits - January 1" under a year: the day before it began.
_OPENING_DAY = re.compile(rf"\b(?:{_MONTHS})\s+1\s*(?:\(\w\))?$", re.IGNORECASE)
_CLOSING = re.compile(
    rf"\b(?:ending|closing)\b|\bend\s+of\b|\b(?:{_MONTHS})\s+(?:2\d|3[01])\s*(?:\(\w\))?$",
    re.IGNORECASE,
)
_EDGE = re.compile(
    r"\b(?:beginning|opening|ending|closing|end)\b.*\b(?:balances?|year|period|quarter)\b"
    r"|\bbalances?\b.*\b(?:beginning|end)\b",
    re.IGNORECASE,
)
_OF_YEAR = re.compile(rf"\byear\b|\b(?:{_MONTHS})\b", re.IGNORECASE)
_DATED = re.compile(r"\b(?:19|20)\d\d\b")
_FULL_DATE = re.compile(
    rf"\b(?:{_MONTHS})\s+\d{{1,2}},?\s+(?:19|20)\d\d\b|\b\d{{1,2}}/\d{{1,2}}/(?:19|20)\d\d\b",
    re.IGNORECASE,
)
_SPAN = re.compile(
    r"\b(?:ended|ending(?!\s+balance)|months|weeks|declared|due|record|through)\b", re.IGNORECASE
)
_BALANCE = re.compile(
    r"\b(?:balances?|outstanding|nonvested|unvested|non-vested|equity|accrued|accruals?|"
    r"reserves?|liabilit(?:y|ies)|obligations?|benefits|goodwill|allowance)\b",
    re.IGNORECASE,
)
# Years of loans' making are no periods: "Vintage year", "by year of origination".
_VINTAGE = re.compile(r"\bvintage\b|\byears?\s+of\s+origination\b", re.IGNORECASE)
_AMOUNT = re.compile(r"[$€£%]")
# A year of weeks may end this long after its month.
_SPILL = timedelta(days=7)
_TIME = re.compile(
    r"\b(?:(?:19|20)\d\d|months?|weeks?|quarter|beginning|opening|closing|end\s+of|ended|ending|"
    r"fiscal)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Balance:
    """A row that is the balance of a day, which its own label names in full."""

    row: int
    day: date


class TableClock:
    """Tells the period of each cell of one table."""

    def __init__(self, table: Table, width: int, calendar: Calendar) -> None:
        """Read the heads of `width` columns, the title and the balances among the rows."""
        self._table = table
        self._calendar = calendar
        columns = read_columns(table, width, calendar)
        periods = [read_period(column.stated, calendar) for column in columns]
        years = {period.fiscal_year for period in periods if period} - {None}
        heads = [text for column in columns for text in column.stated]
        self._whole = tell_table(table, heads, [year for year in years if year is not None])
        self.columns = lend_date(columns, calendar, are_days=self._whole.instant is True)
        self._vintage = _is_of_vintages(table, columns)
        self._roles = find_roles(table)
        balances = find_balances(table, calendar)
        self._days = frozenset(balance.row for balance in balances)
        self._is_schedule = _is_schedule(table, calendar)
        self._spans = {} if years else _find_spans(balances, calendar)

    def find_period(self, number: int, column: int) -> Period | None:
        """Return the period of the cell in the `number`-th row; None where nothing says it."""
        row, head = self._table.rows[number], self.columns[column]
        if self._vintage:
            return read_period(
                (*read_corner(self._table), read_title(self._table)), self._calendar, True
            )
        if number in self._days:
            day = _FULL_DATE.search(row.label)
            return self._read((day.group(),), instant=True) if day else None
        if number in self._spans:
            return self._spans[number]
        period = self._find_row_period(row, head, number)
        if period is None:
            period = self._find_column_period(row, head, number)
        if period is None and self._is_schedule and not _is_later(row) and head.texts:
            return self._balance_day
        return period

    def _read(self, texts: Sequence[str], *, instant: bool | None) -> Period | None:
        return read_period(tuple(text for text in texts if text), self._calendar, instant)

    def _tell(self, row: TableRow, head: ColumnHead, number: int) -> bool | None:
        """Whether a cell's amount is one of a day."""
        role = self._roles.get(number)
        if role is not None:
            return role != "flow"
        if head.instant is not None:
            return head.instant
        told = tell_row(row.label, row.parents, self._table, self._row_telling)
        return self._whole.instant if told is None else told

    @property
    def _row_telling(self) -> Telling:
        """What the table tells its rows: below a roll-forward in a note stand balances too."""
        is_mixed = self._roles and self._whole.instant is False and self._table.statement is None
        return Telling(None, False) if is_mixed else self._whole

    def _find_row_period(self, row: TableRow, head: ColumnHead, number: int) -> Period | None:
        """The period that the row's own label is: "2024" in maturities, "At December 31, 2020"."""
        if not row.label or strip_period(row.label) or _AMOUNT.search(row.label):
            return None
        if _EDGE.search(head.head):
            return self._read((head.head, row.label, read_title(self._table)), instant=False)
        instant = self._tell(row, head, number)
        return self._read((row.label, read_title(self._table)), instant=instant)

    def _find_column_period(self, row: TableRow, head: ColumnHead, number: int) -> Period | None:
        """The column's period, unless the row or a sub-heading says more."""
        if not head.texts and CHANGE.search(head.head):
            return None
        if _THEREAFTER.search(row.label):  # due in no one year, told at the table's own day
            return self._read(head.texts, instant=True)
        instant, role = self._tell(row, head, number), self._roles.get(number)
        label = _name_edge(row.label, role)
        above = (text for text in reversed(row.parents) if not _EDGE.search(text))
        spoken = tuple(text for text in (label, *above) if _TIME.search(text))
        if role == "flow" and self._rolls_year:
            spoken = (*spoken, "year to date")
        if not spoken:
            return self._read(head.texts, instant=instant)
        # "Beginning balance" needs the span that it begins.
        at_edge = _EDGE.search(label) is not None and not _DATED.search(label)
        texts = (*head.stated, *spoken, *read_corner(self._table), read_title(self._table))
        return self._read(texts, instant=False if at_edge else instant)

    @property
    def _balance_day(self) -> Period | None:
        """The filing's own last day: totals of what is due later are of it."""
        end = self._calendar.period_end
        day = f"as of {end.strftime('%B')} {end.day}, {end.year}" if end else ""
        return self._read((day,), instant=True)

    @property
    def _rolls_year(self) -> bool:
        """Whether balances roll from the year's first day in a quarterly filing: year to date."""
        rows, end = self._table.rows, self._calendar.period_end
        month = self._calendar.year_end_month
        if end is None or month is None or month in (end.month, (end - _SPILL).month):
            return False
        return any(
            role == "opening" and _OPENING_DAY.search(rows[number].label)
            for number, role in self._roles.items()
        )


def _name_edge(label: str, role: Role | None) -> str:
    """Write an opening or closing balance without a year of its own as periods are read."""
    if role == "flow" or role is None or _DATED.search(label):
        return label
    if role == "closing":
        return "end of period balance"
    return f"beginning of {'year' if _OF_YEAR.search(label) else 'period'} balance"


def find_roles(table: Table) -> dict[int, Role]:
    """Return what the rows of roll-forwards are, by row: from each opening to its closing."""
    roles: dict[int, Role] = {}
    opened: int | None = None
    for number, row in enumerate(table.rows):
        if not any(row.texts):
            continue
        if _OPENING.search(row.label):
            opened = number
        elif opened is not None and _CLOSING.search(row.label):
            roles[opened] = "opening"
            roles.update(
                (index, "flow") for index in range(opened + 1, number) if index not in roles
            )
            roles[number] = "closing"
            opened = None
    return roles


def find_balances(table: Table, calendar: Calendar) -> tuple[Balance, ...]:
    """Return the rows whose labels are days or balances of days, in order.

    "December 31, 2022", "Outstanding as of January 1, 2022", "Goodwill - December 31, 2023".
    """
    named: list[tuple[int, str, date]] = []
    for number, row in enumerate(table.rows):
        match = _FULL_DATE.search(row.label)
        if match is None or not any(row.texts) or _SPAN.search(row.label):
            continue
        period = read_period((match.group(),), calendar, True)
        if period is not None and period.end is not None:
            named.append((number, strip_period(row.label).lower(), period.end))
    things = [thing for _, thing, _ in named]
    return tuple(
        Balance(number, day)
        for number, thing, day in named
        if _BALANCE.search(thing) or things.count(thing) > 1
    )


def _find_spans(balances: Sequence[Balance], calendar: Calendar) -> dict[int, Period]:
    """Return the periods of a roll-forward's rows, by row: from one dated balance to the next.

    Statements of equity print "Balance at December 31, 2017", what changed, and "Balance at
    December 31, 2018": the changes between are those of the year.
    """
    spans: dict[int, Period] = {}
    begin: Balance | None = None
    for balance in balances:
        stated = name_span(begin.day, balance.day) if begin else None
        period = read_period((stated,), calendar, False) if stated else None
        if period is not None and begin is not None:
            spans.update(dict.fromkeys(range(begin.row + 1, balance.row), period))
        begin = balance
    return spans


def _is_later(row: TableRow) -> bool:
    return _THEREAFTER.search(row.label) is not None or bool(_DATED.search(row.label))


def _is_schedule(table: Table, calendar: Calendar) -> bool:
    """Whether rows are years to come: "2025", "2026", "Thereafter"."""
    own = calendar.fiscal_year
    if own is None:
        return False
    labels = [row.label for row in table.rows if any(row.texts) and not strip_period(row.label)]
    years = {int(match.group()) for label in labels if (match := _DATED.search(label))}
    return len([year for year in years if year > own]) > 1


def _is_of_vintages(table: Table, columns: Sequence[ColumnHead]) -> bool:
    parents = (parent for row in table.rows for parent in row.parents)
    labels = (row.label for row in table.rows if not any(row.texts))
    texts = (table.caption, *read_corner(table), *parents, *labels)
    return any(_VINTAGE.search(text) for text in (*texts, *(column.head for column in columns)))
