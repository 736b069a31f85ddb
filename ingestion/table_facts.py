"""Typed facts from tables: each figure of a cell with its line item, period, unit and scale.

Reads `Table`s, whatever file they came from. A cell's own text is nearest: then its row, the
heads of its column, the sub-headings above it and the table's title. What none of them says
stays None. Knows nothing of geometry; boxes and cell addresses are handed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

from ingestion.documents import (
    Fact,
    FilingFacts,
    Page,
    StatementKind,
    Table,
    TableRow,
    build_fact_id,
)
from ingestion.figures import Figure, parse_figure
from ingestion.lexicon import Lexicon, load_lexicon
from ingestion.periods import Calendar, Period, find_period
from ingestion.statements import is_instant

_PERCENT_WORDS = re.compile(
    r"%|\bpercent(?:age)?s?\b|\b(?:tax|interest|discount|growth)\s+rates?\b|\bmargin\b",
    re.IGNORECASE,
)
_PER_SHARE = re.compile(
    r"\bper\s+(?:\w+\s+){0,3}(?:share|unit|ads)s?\b|\bEPS\b|\b(?:earnings|loss|income)\s+a\s+share\b",
    re.IGNORECASE,
)
_SHARES = re.compile(
    r"\b(?:shares|common stock equivalents)\b(?!['’])|\bweighted[\s-]average\b.*\boutstanding\b",
    re.IGNORECASE,
)
# "Issuance of common shares" is money in most tables; a count only where the row counts them.
_SHARE_MONEY = re.compile(
    r"\b(?:issu\w+|repurchas\w+|purchases?|proceeds|payments?|cost|value|equity|dividends?|"
    r"acquisition|cancell\w+|sale|income|earnings|attributable|tax\w*)\b",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"\b(?:change|increase|decrease|variance|growth|vs\.?|versus)\b", re.IGNORECASE
)
_SHARE_OF = re.compile(r"%\s*of\b|\bpercent(?:age)?\s+of\b|\bas\s+a\s+%", re.IGNORECASE)
_CURRENCIES = frozenset({"USD", "EUR", "GBP", "JPY"})
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


@dataclass(frozen=True, slots=True)
class _ColumnSense:
    """What the heads over one column say: the period they name and the item they stand for."""

    texts: tuple[str, ...]
    period: Period | None
    item: str
    head: str


def build_calendar(filing: FilingFacts) -> Calendar:
    """Return what is known of the company's fiscal years, as `find_period` takes it."""
    end = date.fromisoformat(filing.period_end) if filing.period_end else None
    return Calendar(end, filing.fiscal_year, filing.year_end_month)


def find_table_facts(
    document_id: str, pages: Sequence[Page], filing: FilingFacts
) -> tuple[Fact, ...]:
    """Return a fact for each figure in the tables of `pages`, in reading order.

    Years that stand in cells as years are no amounts and are left out.
    """
    calendar = build_calendar(filing)
    lexicon = load_lexicon()
    return tuple(
        fact
        for page in pages
        for table in page.tables
        for fact in _read_table(document_id, page, table, calendar, lexicon)
    )


def _read_table(
    document_id: str, page: Page, table: Table, calendar: Calendar, lexicon: Lexicon
) -> Iterator[Fact]:
    width = max((len(row.cells) for row in table.rows), default=0)
    columns = _read_columns(table, width, calendar)
    signs = _find_signs(table, width)
    spans = _find_spans(table, calendar) if not any(c.period for c in columns) else {}
    for number, row in enumerate(table.rows):
        if not any(row.texts):
            continue
        row_period = _read_row_period(row, table, calendar) or spans.get(number)
        for index, cell in enumerate(row.cells):
            figure = _read_figure(cell.text)
            if figure is None or (figure.is_year and row.label):
                continue
            column = columns[index]
            item, parents = _name_item(row, column)
            unit = _find_unit(figure, table, row, column, signs[number][index])
            period = row_period or _find_cell_period(row, table, column, calendar)
            place = cell.address or str(index)
            yield Fact(
                fact_id=build_fact_id(document_id, page.number, row.line, place, cell.text),
                document_id=document_id,
                page=page.number,
                line_item=item,
                parents=parents,
                concept=_find_concept(lexicon, item, table, row.parents, unit),
                period=period,
                value=figure.value,
                value_as_printed=cell.text,
                unit=unit,
                scale=_find_scale(figure, table, unit),
                statement=table.statement,
                source="table",
                quote=" | ".join((row.label, *row.texts)),
                line=row.line,
                box=cell.box,
                sheet=page.label,
                cell=cell.address,
            )


@lru_cache(maxsize=65536)
def _read_figure(text: str) -> Figure | None:
    return parse_figure(text) if text else None


# Periods


def _read_columns(table: Table, width: int, calendar: Calendar) -> tuple[_ColumnSense, ...]:
    instant = is_instant(table.statement) if table.statement else None
    corner = " ".join(head[0] for head in table.header if head and head[0])
    columns: list[_ColumnSense] = []
    for index in range(width):
        heads = [head[index + 1] for head in table.header if index + 1 < len(head)]
        texts = tuple(text for text in reversed(heads) if text)
        # The heads of one column are one text: "December 31," stands over "2018".
        joined = " ".join(text for text in heads if text)
        nearness = tuple(text for text in (*texts, corner, table.caption) if text)
        stated = find_period(texts, calendar, instant=instant) if texts else None
        period = find_period(nearness, calendar, instant=instant) if nearness else None
        if texts and stated is None and _CHANGE.search(joined):
            period = None
        elif stated is None and columns and _SHARE_OF.search(joined):
            period = columns[-1].period
        columns.append(_ColumnSense(texts, period, _strip_period(joined), joined))
    return tuple(columns)


def _read_row_period(row: TableRow, table: Table, calendar: Calendar) -> Period | None:
    """The period that the row's own label is: "2024" in maturities, "At December 31, 2020"."""
    if not row.label or _strip_period(row.label):
        return None
    instant = is_instant(table.statement) if table.statement else None
    return find_period((row.label, table.caption), calendar, instant=instant)


def _find_spans(table: Table, calendar: Calendar) -> dict[int, Period]:
    """Return the periods of a roll-forward's rows, by row: from one dated balance to the next.

    Statements of equity print "Balance at December 31, 2017", what changed, and "Balance at
    December 31, 2018": the changes between are those of the year.
    """
    balances = [
        (number, period.end)
        for number, row in enumerate(table.rows)
        if any(row.texts) and _BALANCE.match(row.label)
        if (period := find_period((row.label,), calendar, instant=True)) and period.end
    ]
    spans: dict[int, Period] = {}
    for (first, begin), (last, end) in pairwise(balances):
        words = _SPAN_WORDS.get(round((end - begin).days / 30.4))
        if words is None:
            continue
        stated = f"{words} ended {end.strftime('%B')} {end.day}, {end.year}"
        period = find_period((stated,), calendar, instant=False)
        if period is not None:
            spans.update(dict.fromkeys(range(first + 1, last), period))
    return spans


def _find_cell_period(
    row: TableRow, table: Table, column: _ColumnSense, calendar: Calendar
) -> Period | None:
    """The column's period, unless the row or a sub-heading says more."""
    spoken = [text for text in (row.label, *reversed(row.parents)) if _speaks_of_time(text)]
    if not spoken:
        return column.period
    if _CHANGE.search(column.head) and column.period is None:
        return None
    instant = is_instant(table.statement) if table.statement else None
    texts = (*column.texts, *spoken, *_corner(table), table.caption)
    return find_period(tuple(text for text in texts if text), calendar, instant=instant)


def _corner(table: Table) -> tuple[str, ...]:
    return tuple(head[0] for head in table.header if head and head[0])


_BALANCE = re.compile(r"\s*(?:beginning\s+|ending\s+|opening\s+|closing\s+)?balances?\b", re.I)
_SPAN_WORDS = {3: "three months", 6: "six months", 9: "nine months", 12: "year"}
_TIME = re.compile(
    r"\b(?:(?:19|20)\d\d|months?|weeks?|quarter|beginning|end\s+of|ended|ending|fiscal)\b", re.I
)


@lru_cache(maxsize=16384)
def _speaks_of_time(text: str) -> bool:
    return _TIME.search(text) is not None


@lru_cache(maxsize=16384)
def _strip_period(text: str) -> str:
    """The words of a head or label that say what is counted, without those that say when."""
    bare = _WHEN.sub(" ", _UNIT_NOTE.sub(" ", text))
    words = bare.strip(" ,;:.-–—()$%*")
    return " ".join(words.split()) if re.search(r"[A-Za-z]{2}", words) else ""


# Line items


def _name_item(row: TableRow, column: _ColumnSense) -> tuple[str, tuple[str, ...]]:
    """Return line item and parents; a column that stands for an item ends the parents.

    Where the row is a period ("2024" in a list of maturities), the column is the line item.
    """
    if column.item and row.label and not _strip_period(row.label):
        return column.item, (*row.parents, row.label)
    if column.item:
        return row.label, (*row.parents, column.item)
    return row.label, row.parents


def _find_concept(
    lexicon: Lexicon, item: str, table: Table, parents: tuple[str, ...], unit: str | None
) -> str | None:
    statement = table.statement if table.statement != "other" else None
    concept = _match(lexicon, item, statement, parents)
    if concept is None:
        return None
    is_share = concept[1] == "percent"
    return concept[0] if is_share == (unit == "percent") or unit is None else None


@lru_cache(maxsize=65536)
def _match(
    lexicon: Lexicon, item: str, statement: StatementKind | None, parents: tuple[str, ...]
) -> tuple[str, str] | None:
    concept = lexicon.match(item, statement, parents)
    return (concept.name, concept.unit) if concept else None


# Units and scales


def _find_signs(table: Table, width: int) -> list[list[str | None]]:
    """For each cell the unit sign that holds there: its own, or one printed above in its column.

    Statements print "$" and "%" on the first row of a block and on its total only.
    """
    signs: list[list[str | None]] = [[None] * width for _ in table.rows]
    for index in range(width):
        held: str | None = None
        decimals = -1
        for number, row in enumerate(table.rows):
            text = row.cells[index].text if index < len(row.cells) else ""
            own = "percent" if "%" in text else "money" if re.search(r"[$€£¥]", text) else None
            if own:
                held, decimals = own, _count_decimals(text)
                signs[number][index] = own
            elif text and held == "percent":
                fits = "," not in text and _count_decimals(text) in (decimals, -1)
                signs[number][index] = "percent" if fits and not _own_unit(row) else None
    return signs


def _own_unit(row: TableRow) -> bool:
    """Whether another cell of the row shows money."""
    return any(sign in text for text in row.texts for sign in "$€£¥")


def _count_decimals(text: str) -> int:
    """Digits behind the point; -1 for a text without digits."""
    if not any(character.isdigit() for character in text):
        return -1
    match = re.search(r"\.(\d+)", text)
    return len(match.group(1)) if match else 0


def _find_unit(
    figure: Figure, table: Table, row: TableRow, column: _ColumnSense, sign: str | None
) -> str | None:
    if figure.unit and figure.unit not in _CURRENCIES:
        return figure.unit
    money = figure.unit or table.unit
    label = f"{row.label} {' '.join(row.parents[-1:])}"
    if figure.unit is None and (sign == "percent" or _says_percent(row, column, table)):
        return "percent"
    if _is_per_share(label, column, table):
        return f"{money or 'USD'}/share"
    if figure.unit is None and sign != "money" and _counts_shares(row, column, table):
        return "shares"
    return money


def _is_per_share(label: str, column: _ColumnSense, table: Table) -> bool:
    """Whether an amount is one a share: where a head says so of its column, the heads decide."""
    if _PER_SHARE.search(column.head):
        return True
    heads = " ".join(text for head in table.header for text in head[1:])
    return bool(_PER_SHARE.search(label)) and not _PER_SHARE.search(heads)


def _says_percent(row: TableRow, column: _ColumnSense, table: Table) -> bool:
    if "%" in column.head or re.search(r"\bpercent(?:age)?\b", column.head, re.I):
        return True
    if _PERCENT_WORDS.search(row.label):
        has_sign = any("%" in text for text in row.texts)
        return has_sign or "%" in row.label
    return re.search(r"\(percent\b|\bpercent of\b", _all_corner(table), re.I) is not None


def _all_corner(table: Table) -> str:
    return " ".join(_corner(table))


def _counts_shares(row: TableRow, column: _ColumnSense, table: Table) -> bool:
    if re.search(r"\bshares\b", column.head, re.I) and not re.search(
        r"\bvalue|price\b", column.head, re.I
    ):
        return True
    own = _SHARES.search(row.label)
    if own:
        return not _SHARE_MONEY.search(row.label) or "outstanding" in row.label.lower()
    under = " ".join(row.parents)
    return bool(re.search(r"\bshares\b", under, re.I)) and not _SHARE_MONEY.search(under)


def _find_scale(figure: Figure, table: Table, unit: str | None) -> int:
    if figure.scale != 1:
        return figure.scale
    if unit is not None and (unit.endswith("/share") or unit in _UNSCALED):
        return 1
    return table.scale or 1


_UNSCALED = frozenset({"percent", "percentage points", "ratio", "basis points", "days", "years"})
