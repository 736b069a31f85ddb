"""Sheets as rows of typed values, stored so that they can be filtered, summed and grouped.

Rows are streamed from the file into SQLite and out of it again; nothing holds a whole sheet. A
row is a JSON array of its values, so that SQL can compute on it:
`SELECT sum(cells ->> 3) FROM sheet_rows WHERE table_id = ? AND cells ->> 0 = 'Garden'`.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Literal

from openpyxl.utils import get_column_letter

from ingestion.documents import Word
from ingestion.figures import parse_figure
from ingestion.readers.delimited import read_csv_rows
from ingestion.readers.grids import SAMPLE_ROWS, GridRow, HeadShape, find_heads
from ingestion.readers.number_formats import CellValue
from ingestion.readers.sheets import open_sheets, read_sheet_rows

ColumnType = Literal["number", "text", "date", "boolean", "mixed"]
# A number (percentages as fractions), a text, a date as ISO text, a truth value, or nothing.
Value = int | float | Decimal | str | bool | None
Row = tuple[Value, ...]

RECORDS_SCHEMA = """
CREATE TABLE sheet_tables (
    table_id INTEGER PRIMARY KEY,
    document_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    sheet TEXT NOT NULL,
    name TEXT NOT NULL,
    first_row INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    columns TEXT NOT NULL,
    UNIQUE (document_id, position)
);
CREATE TABLE sheet_rows (
    table_id INTEGER NOT NULL REFERENCES sheet_tables (table_id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    cells TEXT NOT NULL,
    PRIMARY KEY (table_id, number)
) WITHOUT ROWID;
"""

_HEAD_SAMPLE = 40
_NOTHING = frozenset({"", "-", "–", "—", "n/a", "na", "null", "none", "nan"})
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?")
_ISO_DATE = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:[ T]\d\d:\d\d(?::\d\d)?)?"
)
_TRUTHS = {"true": True, "false": False}
_INSERT_ROW = "INSERT INTO sheet_rows (table_id, number, cells) VALUES (?, ?, ?)"
_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heads joined by spaces ("B" where it has none), and its type."""

    name: str
    type: ColumnType


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A block of rows of one sheet. `first_row` is the number of its first row below the heads.

    `row_count` and the columns' types are known once the rows were read to their end; before
    that they are 0 and "mixed".
    """

    sheet: str
    name: str
    columns: tuple[Column, ...]
    first_row: int
    row_count: int = 0


@dataclass(frozen=True, slots=True)
class SheetRecords:
    """A table and its rows, each with its number on the sheet; the rows can be read once.

    The next table of the same file begins where these rows end: read them to the end first.
    """

    table: SheetTable
    rows: Iterator[tuple[int, Row]]


# A row before it is typed: its number, and its filled columns (from 1) with their values.
_RawRow = tuple[int, dict[int, CellValue]]


def build_sheet_tables(content: bytes, name: str) -> Iterator[SheetRecords]:
    """Yield the tables of a workbook, or of a CSV file, from top to bottom of each sheet.

    A blank row ends a table, unless the rows below it have no heads and the same columns.

    Raises:
        UnreadableFile: the file is damaged or its rows cannot be told apart.
        EncryptedFile: it opens only with a password.
    """
    if name.lower().endswith((".csv", ".tsv", ".txt")):
        rows, _ = read_csv_rows(content, name)
        raw: Iterator[_RawRow] = (
            (number, {column: text for column, text in enumerate(row, 1) if text})
            for number, row in enumerate(rows, 1)
            if any(row)
        )
        yield from _cut_tables(name.rsplit(".", 1)[0], raw, read_value)
        return
    with open_sheets(content, name) as sheets:
        for sheet in sheets:
            raw = (
                (row.number, {cell.column: cell.value for cell in row.cells})
                for row in read_sheet_rows(sheet)
            )
            yield from _cut_tables(sheet.name, raw, convert_value)


def _cut_tables(
    sheet: str, raw: Iterator[_RawRow], convert: Callable[[CellValue], Value]
) -> Iterator[SheetRecords]:
    """Cut a sheet at its blank rows; only the top of each block is held to find its heads."""
    source = _Source(raw)
    titles: list[str] = []
    while source.ahead is not None:
        top = list(islice(source.read_block(), _HEAD_SAMPLE))
        grid = [_build_grid_row(row) for row in top]
        if all(row.is_one_text for row in grid) and source.ends_block and source.ahead:
            titles += [row.words[0].text for row in grid]
            continue
        shape = find_heads(grid)
        titles += [row.words[0].text for row in grid[: shape.titles]]
        table = _build_table(sheet, titles, grid, shape)
        body = chain(top[shape.body :], source.read_table(table.first_column, table.width))
        yield SheetRecords(table.definition, _convert_rows(body, table, convert))
        for _ in source.read_table(table.first_column, table.width):
            pass  # what the caller left unread
        titles = []


@dataclass(frozen=True, slots=True)
class _Shape:
    definition: SheetTable
    first_column: int
    width: int


class _Source:
    """A sheet's rows with the next one in sight, so that the end of a block is seen."""

    def __init__(self, rows: Iterator[_RawRow]) -> None:
        self._rows = rows
        self.ahead = next(rows, None)
        self._last: int | None = None

    @property
    def ends_block(self) -> bool:
        """Whether the next row, if any, is not right below the last one."""
        return self.ahead is None or (self._last is not None and self.ahead[0] > self._last + 1)

    def read_block(self) -> Iterator[_RawRow]:
        """Yield the rows up to the next blank one."""
        self._last = None
        while self.ahead is not None and not self.ends_block:
            yield self._advance()

    def read_table(self, first_column: int, width: int) -> Iterator[_RawRow]:
        """Yield the rest of the block, and blocks after it that go on with the same columns."""
        while self.ahead is not None:
            columns = self.ahead[1]
            same = len(columns) > 1 and (min(columns), len(columns)) == (first_column, width)
            if self.ends_block and not (same and _has_figures(self.ahead)):
                return
            yield self._advance()

    def _advance(self) -> _RawRow:
        row = self.ahead
        assert row is not None
        self._last = row[0]
        self.ahead = next(self._rows, None)
        return row


def _has_figures(row: _RawRow) -> bool:
    return any(
        isinstance(value, int | float | Decimal) or _PLAIN_NUMBER.fullmatch(str(value)) is not None
        for value in row[1].values()
    )


def _build_grid_row(row: _RawRow) -> GridRow:
    number, values = row
    words = tuple(Word(_show(value)) for value in values.values())
    return GridRow(number, tuple(values), words, line=number)


def _show(value: CellValue) -> str:
    """Write a value plainly, for heads and for finding them."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split())


def _build_table(
    sheet: str, titles: Sequence[str], grid: Sequence[GridRow], shape: HeadShape
) -> _Shape:
    rows = grid[shape.titles :][:SAMPLE_ROWS]
    first = min(row.columns[0] for row in rows)
    last = max(row.columns[-1] for row in rows)
    heads: dict[int, list[str]] = {column: [] for column in range(first, last + 1)}
    for row in grid[shape.titles : shape.body]:
        for column, text in zip(row.columns, row.texts, strict=True):
            heads[column].append(text)
    columns = tuple(
        Column(" ".join(dict.fromkeys(texts)) or get_column_letter(column), "mixed")
        for column, texts in heads.items()
    )
    definition = SheetTable(
        sheet, " - ".join(titles) or sheet, columns, first_row=grid[shape.body].number
    )
    return _Shape(definition, first, last - first + 1)


def _convert_rows(
    rows: Iterable[_RawRow], table: _Shape, convert: Callable[[CellValue], Value]
) -> Iterator[tuple[int, Row]]:
    """Give each row the table's width; cells right of its columns are added to the row."""
    for number, values in rows:
        width = max(table.width, max(values) - table.first_column + 1)
        row: list[Value] = [None] * width
        for column, value in values.items():
            if column >= table.first_column:
                row[column - table.first_column] = convert(value)
        yield number, tuple(row)


def convert_value(value: CellValue) -> Value:
    """Return a workbook's value as it is kept: dates as ISO text, texts with single spaces."""
    if isinstance(value, bool | int | float | Decimal):
        return value
    if isinstance(value, str):
        return " ".join(value.split()) or None
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds").removesuffix(" 00:00:00")
    return value.isoformat() if isinstance(value, date) else str(value)


def read_value(text: CellValue) -> Value:
    """Read a CSV cell: "1,234.5" and "$(12)" as numbers, "12%" as 0.12; "0012" stays a text."""
    shown = str(text)
    if _PLAIN_NUMBER.fullmatch(shown):
        return int(shown) if shown.lstrip("-").isdecimal() else _shorten(Decimal(shown))
    lowered = shown.lower()
    if lowered in _NOTHING:
        return None
    if lowered in _TRUTHS:
        return _TRUTHS[lowered]
    if not any(map(str.isdigit, shown)) or re.fullmatch(r"0\d+", shown):
        return shown
    figure = parse_figure(shown)
    if figure is None:
        return shown
    return _shorten(figure.amount / 100 if figure.unit == "percent" else figure.amount)


def _shorten(value: Decimal) -> Value:
    return int(value) if value == value.to_integral_value() else value


def store_records(
    connection: sqlite3.Connection, document_id: str, tables: Iterable[SheetRecords]
) -> tuple[SheetTable, ...]:
    """Store all rows of `tables` as they are read; return the tables with types and row counts.

    The caller opens and ends the transaction. What the document had before must be deleted.
    """
    stored: list[SheetTable] = []
    for position, records in enumerate(tables):
        cursor = connection.execute(
            "INSERT INTO sheet_tables (document_id, position, sheet, name, first_row, row_count, "
            "columns) VALUES (?, ?, ?, ?, ?, 0, '[]')",
            (document_id, position, records.table.sheet, records.table.name,
             records.table.first_row),
        )  # fmt: skip
        table_id = cursor.lastrowid
        tally = _Tally(records.table.columns)
        encoded = ((table_id, number, tally.encode(row)) for number, row in records.rows)
        while batch := list(islice(encoded, _ROWS_AT_ONCE)):
            connection.executemany(_INSERT_ROW, batch)
        columns = tally.columns()
        connection.execute(
            "UPDATE sheet_tables SET row_count = ?, columns = ? WHERE table_id = ?",
            (tally.rows, json.dumps([[c.name, c.type] for c in columns]), table_id),
        )
        stored.append(replace(records.table, columns=columns, row_count=tally.rows))
    return tuple(stored)


class _Tally:
    """What types the values of each column had, seen while the rows are written."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.rows = 0
        self._names = [column.name for column in columns]
        self._seen: list[set[ColumnType]] = [set() for _ in columns]

    def encode(self, row: Row) -> str:
        """Note the row's types and write it as a JSON array."""
        self.rows += 1
        while len(self._seen) < len(row):
            self._seen.append(set())
        for seen, value in zip(self._seen, row, strict=False):
            if value is not None:
                seen.add(_type_of(value))
        return json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=_encode_decimal)

    def columns(self) -> tuple[Column, ...]:
        """Return the columns with the type that all their values share, "mixed" if none."""
        names = [*self._names, *(f"+{n}" for n in range(1, len(self._seen) - len(self._names) + 1))]
        return tuple(
            Column(name, _common_type(seen)) for name, seen in zip(names, self._seen, strict=True)
        )


def _encode_decimal(value: object) -> float:
    """Write a decimal as the nearest double, which keeps 15 digits."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{value!r} has no place in a row")


def _type_of(value: Value) -> ColumnType:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "date" if value[:1].isdigit() and _ISO_DATE.fullmatch(value) else "text"
    return "number"


def _common_type(seen: set[ColumnType]) -> ColumnType:
    if not seen:
        return "text"
    return next(iter(seen)) if len(seen) == 1 else "mixed"


def load_sheet_tables(connection: sqlite3.Connection, document_id: str) -> tuple[SheetTable, ...]:
    """Return the tables of a document in the order of its sheets."""
    found = connection.execute(
        "SELECT sheet, name, columns, first_row, row_count FROM sheet_tables "
        "WHERE document_id = ? ORDER BY position",
        (document_id,),
    )
    return tuple(
        SheetTable(sheet, name, _decode_columns(columns), first_row, row_count)
        for sheet, name, columns, first_row, row_count in found
    )


def _decode_columns(columns: str) -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name, kind in json.loads(columns))


def load_records(
    connection: sqlite3.Connection, document_id: str, sheet: str, table: int = 0
) -> Iterator[Row]:
    """Yield the rows of a sheet's table (the first unless said) in order; numbers are Decimals."""
    with closing(connection.cursor()) as cursor:
        found = cursor.execute(
            "SELECT cells FROM sheet_rows WHERE table_id = (SELECT table_id FROM sheet_tables "
            "WHERE document_id = ? AND sheet = ? ORDER BY position LIMIT 1 OFFSET ?) "
            "ORDER BY number",
            (document_id, sheet, table),
        )
        for (cells,) in found:
            yield tuple(json.loads(cells, parse_float=Decimal, parse_int=Decimal))


def delete_records(connection: sqlite3.Connection, document_id: str) -> None:
    """Delete all tables of a document and their rows."""
    connection.execute(
        "DELETE FROM sheet_rows WHERE table_id IN "
        "(SELECT table_id FROM sheet_tables WHERE document_id = ?)",
        (document_id,),
    )
    connection.execute("DELETE FROM sheet_tables WHERE document_id = ?", (document_id,))
