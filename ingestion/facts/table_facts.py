"""Typed facts from tables: each figure of a cell with its line item, period, unit and scale.

Reads `Table`s, whatever file they came from. A cell's own text is nearest: then its row, the
heads of its column, the sub-headings above it and the table's title. What none of them says
stays None. Knows nothing of geometry; boxes and cell addresses are handed on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache

from ingestion.documents import (
    Fact,
    FilingFacts,
    Page,
    StatementKind,
    Table,
    TableRow,
    build_fact_id,
)
from ingestion.facts.cell_periods import TableClock, find_balances
from ingestion.facts.column_heads import ColumnHead, read_corner, strip_period
from ingestion.facts.units import find_scale, find_signs, find_unit
from ingestion.figures import Figure, parse_figure
from ingestion.filings.lexicon import Lexicon, load_lexicon
from ingestion.layout.scales import read_scales
from ingestion.periods import Calendar, find_period

_HALF_YEAR = timedelta(days=182)


def build_calendar(filing: FilingFacts, year_ends: Sequence[date] = ()) -> Calendar:
    """Return what is known of the company's fiscal years, as `find_period` takes it."""
    end = date.fromisoformat(filing.period_end) if filing.period_end else None
    return Calendar(end, filing.fiscal_year, filing.year_end_month, tuple(year_ends))


def find_year_ends(pages: Iterable[Page], filing: FilingFacts) -> tuple[date, ...]:
    """Return the last days of fiscal years that heads and balances print ("September 28, 2024").

    Only where years end on a weekday: elsewhere the month tells the day.
    """
    calendar = build_calendar(filing)
    end = calendar.period_end
    if end is None or _ends_month(end):
        return ()
    found: Counter[date] = Counter()
    for page in pages:
        for table in page.tables:
            days = {day for day in _find_days(table, calendar) if _is_anniversary(day, calendar)}
            found.update(days)
    latest: dict[int, date] = {}
    for day, _ in found.most_common():
        latest.setdefault((day + _HALF_YEAR).year, day)
    return tuple(sorted(latest.values()))


def find_table_facts(
    document_id: str,
    pages: Sequence[Page],
    filing: FilingFacts,
    year_ends: Sequence[date] | None = None,
) -> tuple[Fact, ...]:
    """Return a fact for each figure in the tables of `pages`, in reading order.

    `year_ends` are those that `find_year_ends` found in the whole document; without them, those
    of `pages` are taken. Years that stand in cells as years are no amounts and are left out.
    """
    ends = find_year_ends(pages, filing) if year_ends is None else year_ends
    calendar = build_calendar(filing, ends)
    lexicon = load_lexicon()
    return tuple(
        fact
        for page in pages
        for table in page.tables
        for fact in _read_table(document_id, page, table, calendar, lexicon)
    )


def _find_days(table: Table, calendar: Calendar) -> Iterator[date]:
    for head in {text for row in table.header for text in row[1:] if text}:
        period = find_period((head,), calendar, instant=True)
        if period and period.end:
            yield period.end
    for balance in find_balances(table, calendar):
        yield balance.day


def _ends_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def _is_anniversary(day: date, calendar: Calendar) -> bool:
    """Whether a day closes a fiscal year, up to a week before or after the month's end."""
    month = calendar.year_end_month
    if month is None:
        return False
    return any((day + timedelta(days=shift)).month == month for shift in (-7, 0, 7)) and (
        day.day <= 7 or day.day >= 22
    )


def _read_table(
    document_id: str, page: Page, table: Table, calendar: Calendar, lexicon: Lexicon
) -> Iterator[Fact]:
    width = max((len(row.cells) for row in table.rows), default=0)
    clock = TableClock(table, width, calendar)
    signs = find_signs(table, width)
    scales = read_scales(f"{table.caption} {' '.join(read_corner(table))}")
    for number, row in enumerate(table.rows):
        for index, cell in enumerate(row.cells):
            figure = _read_figure(cell.text)
            if figure is None or (figure.is_year and row.label):
                continue
            column = clock.columns[index]
            item, parents = _name_item(row, column)
            unit = find_unit(figure, table, row, column, signs[number][index])
            place = cell.address or str(index)
            yield Fact(
                fact_id=build_fact_id(document_id, page.number, row.line, place, cell.text),
                document_id=document_id,
                page=page.number,
                line_item=item,
                parents=parents,
                concept=_find_concept(lexicon, item, table, row.parents, unit),
                period=clock.find_period(number, index),
                value=figure.value,
                value_as_printed=cell.text,
                unit=unit,
                scale=find_scale(figure, table, column, unit, scales),
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


def _name_item(row: TableRow, column: ColumnHead) -> tuple[str, tuple[str, ...]]:
    """Return line item and parents; a column that stands for an item ends the parents.

    Where the row is a period ("2024" in a list of maturities), the column is the line item.
    """
    if column.item and row.label and not strip_period(row.label):
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
