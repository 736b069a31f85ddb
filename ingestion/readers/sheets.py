"""Reading XLSX workbooks into pages whose words are cells with addresses.

Each sheet is a page; blocks of rows apart from each other are tables of their own, and a title
above a block goes with it. Sheets are streamed, so that 100,000 rows can be read. Knows nothing
of passages or storage.
"""

from __future__ import annotations

import io
import re
import sys
import warnings as python_warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from ingestion.documents import ParsedFile, Word
from ingestion.errors import EmptyFile, EncryptedFile, UnreadableFile
from ingestion.progress import Progress, ProgressListener
from ingestion.readers.delimited import parse_csv
from ingestion.readers.grids import GridRow, build_sheet_page
from ingestion.readers.number_formats import CellValue, render_value

__all__ = ["Sheet", "SheetRow", "open_sheets", "parse_csv", "parse_workbook", "read_sheet_rows"]

MAX_UNPACKED_BYTES = 2 * 1024**3
_MAX_NAMED_CELLS = 5
_OLE_START = b"\xd0\xcf\x11\xe0"

# What openpyxl, and the zip and XML readers under it, raise on damaged workbooks.
_WORKBOOK_FAULTS = (
    InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,  # the XML readers' errors are kinds of it
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    RuntimeError,
    OSError,
    EOFError,
)

_TRUE = rb'"(?:1|true)"'
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*\bhidden=" + _TRUE + rb"[^>]*>")
_HIDDEN_COLUMNS = re.compile(rb"<(?:\w+:)?col\b[^>]*\bhidden=" + _TRUE + rb"[^>]*>")
_NUMBER = {
    attribute: re.compile(rb"\b" + attribute.encode() + rb'="(\d+)"')
    for attribute in ("r", "min", "max")
}
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]+\d+:[A-Z]+\d+)"')
_UNVALUED = re.compile(
    rb'<(?:\w+:)?c\b[^>]*\br="([A-Z]+\d+)"[^>]*>\s*'
    rb"<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a sheet's XML says beside its values; rows and columns are counted from 1."""

    merged: tuple[tuple[int, int, int, int], ...] = ()  # first column and row, last ones
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    unvalued: tuple[str, ...] = ()  # addresses of formulas without a stored value


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of an open workbook; its rows are read by `read_sheet_rows`."""

    name: str
    is_hidden: bool
    frame: _Frame
    file_name: str
    source: Any = field(repr=False)  # openpyxl's sheet, whose stubs do not say what it yields


class SheetCell(NamedTuple):
    """A filled cell: its column from 1, what a reader sees, and the value as it is stored."""

    column: int
    text: str
    value: CellValue
    is_error: bool = False


class SheetRow(NamedTuple):
    """The filled cells of one row (`number` from 1), and how far the first is set in."""

    number: int
    indent: int
    cells: tuple[SheetCell, ...]


def parse_workbook(content: bytes, name: str, on_progress: ProgressListener) -> ParsedFile:
    """Read all sheets of an XLSX workbook, with the values that formulas last had.

    Raises:
        EncryptedFile: it opens only with a password.
        UnreadableFile: it is not a whole XLSX workbook.
        EmptyFile: no sheet has a cell with a value.
    """
    pages = []
    warnings: list[str] = []
    with open_sheets(content, name) as sheets:
        for number, sheet in enumerate(sheets, start=1):
            notes = _Notes()
            rows = tuple(_place_rows(sheet, notes))
            pages.append(build_sheet_page(number, sheet.name, rows))
            warnings += _warn_of_sheet(sheet, notes, has_rows=bool(rows))
            on_progress(Progress(name, "reading", number, len(sheets)))
    if not any(page.lines for page in pages):
        raise EmptyFile(f"{name} has no rows. Check that it was saved with its data.")
    return ParsedFile(tuple(pages), warnings=tuple(warnings))


@contextmanager
def open_sheets(content: bytes, name: str) -> Iterator[tuple[Sheet, ...]]:
    """Open a workbook for as long as its sheets are read; what is found damaged is said so.

    Raises:
        EncryptedFile: it opens only with a password.
        UnreadableFile: it is not a whole XLSX workbook.
    """
    if content.startswith(_OLE_START):
        raise EncryptedFile(
            f"{name} is protected by a password, or an old .xls workbook. Open it in a "
            "spreadsheet program, save it as .xlsx without a password and add that."
        )
    with _translate_faults(name):
        _check_size(content, name)
        reader = ExcelReader(io.BytesIO(content), read_only=True, data_only=True)
        reader.read()
        sheets = tuple(_list_sheets(reader, name))
    try:
        yield sheets
    finally:
        reader.wb.close()


@contextmanager
def _translate_faults(name: str) -> Iterator[None]:
    try:
        # Pictures and extensions that openpyxl leaves out, and warns of, hold no cells.
        with python_warnings.catch_warnings(action="ignore"):
            yield
    except _WORKBOOK_FAULTS as error:
        raise UnreadableFile(
            f"{name} is not a whole XLSX workbook. Open it in a spreadsheet program, save it as "
            ".xlsx and add that."
        ) from error


def _check_size(content: bytes, name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > MAX_UNPACKED_BYTES:
        raise UnreadableFile(
            f"{name} would unpack to {unpacked / 1024**3:.1f} GiB. Split it into smaller workbooks "
            "and add those."
        )


def _list_sheets(reader: ExcelReader, name: str) -> Iterator[Sheet]:
    paths = {entry.name: relation.target for entry, relation in reader.parser.find_sheets()}
    for source in reader.wb.worksheets:
        frame = _read_frame(reader.archive.read(paths[source.title]))
        if isinstance(source, ReadOnlyWorksheet):
            yield Sheet(source.title, source.sheet_state != "visible", frame, name, source)


def _read_frame(xml: bytes) -> _Frame:
    """Find merges, hidden rows and columns, and formulas without values in a sheet's XML."""
    columns = [
        range(_number("min", tag), min(_number("max", tag), 16_384) + 1)
        for tag in _HIDDEN_COLUMNS.findall(xml)
    ]
    return _Frame(
        merged=tuple(_boundaries(reference.decode()) for reference in _MERGED.findall(xml)),
        hidden_rows=frozenset(_number("r", tag) for tag in _HIDDEN_ROW.findall(xml)),
        hidden_columns=frozenset(column for span in columns for column in span),
        unvalued=tuple(address.decode() for address in _UNVALUED.findall(xml)),
    )


def _number(attribute: str, tag: bytes) -> int:
    match = _NUMBER[attribute].search(tag)
    return int(match.group(1)) if match else 0


def _boundaries(reference: str) -> tuple[int, int, int, int]:
    first_column, first_row, last_column, last_row = range_boundaries(reference)
    return first_column or 1, first_row or 1, last_column or 1, last_row or 1


def read_sheet_rows(sheet: Sheet) -> Iterator[SheetRow]:
    """Yield the rows that have a value, top to bottom; a merged head is given to each column."""
    sheet.source.reset_dimensions()  # what the file says of its size is often wrong
    spans = _Spans(sheet.frame.merged)
    with _translate_faults(sheet.file_name):
        for number, row in enumerate(sheet.source.iter_rows(), start=1):
            filled = [cell for cell in row if cell.value is not None]
            cells = list(_read_cells(row)) if filled else []
            if cells:
                first = filled[0]
                indent = int(first.alignment.indent or 0) + _leading_spaces(first.value)
                yield SheetRow(number, indent, spans.spread(number, cells))


def _read_cells(row: Sequence[Any]) -> Iterator[SheetCell]:
    for column, cell in enumerate(row, start=1):
        value = cell.value
        if value is not None:
            text = render_value(value, cell.number_format)
            if text:
                yield SheetCell(column, text, value, cell.data_type == "e")


def _leading_spaces(value: object) -> int:
    return len(value) - len(value.lstrip()) if isinstance(value, str) else 0


class _Spans:
    """The horizontal merges of a sheet, by row: each gives its text to all its columns."""

    def __init__(self, merged: Iterable[tuple[int, int, int, int]]) -> None:
        self._by_row: dict[int, list[tuple[int, int]]] = {}
        for first_column, row, last_column, _ in merged:
            if last_column > first_column:
                self._by_row.setdefault(row, []).append((first_column, last_column))

    def spread(self, number: int, cells: list[SheetCell]) -> tuple[SheetCell, ...]:
        """Return the row's cells with the merged ones repeated, left to right."""
        spans = self._by_row.get(number)
        if spans is None or _is_title(spans, cells):
            return tuple(cells)
        placed = {cell.column: cell for cell in cells}
        for first, last in spans:
            cell = placed.get(first)
            if cell is not None and isinstance(cell.value, str):
                for column in range(first + 1, last + 1):
                    placed.setdefault(column, cell._replace(column=column))
        return tuple(placed[column] for column in sorted(placed))


def _is_title(spans: Sequence[tuple[int, int]], cells: Sequence[SheetCell]) -> bool:
    """Whether the row's one text is merged from the left edge: it is one title, however wide."""
    return len(cells) == 1 and [first for first, _ in spans] == [1] == [cells[0].column]


@dataclass(slots=True)
class _Notes:
    """What is noticed while a sheet's rows are read."""

    errors: list[str] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    used_columns: set[int] = field(default_factory=set)


def _place_rows(sheet: Sheet, notes: _Notes) -> Iterator[GridRow]:
    letters: dict[int, str] = {}
    shapes: dict[tuple[int, ...], tuple[int, ...]] = {}
    for line, row in enumerate(read_sheet_rows(sheet)):
        words = []
        for cell in row.cells:
            letter = letters.get(cell.column)
            if letter is None:
                letter = letters.setdefault(cell.column, get_column_letter(cell.column))
            words.append(Word(_share(cell.text), cell=f"{letter}{row.number}"))
            if cell.is_error:
                notes.errors.append(f"{letter}{row.number} ({cell.text})")
        if row.number in sheet.frame.hidden_rows:
            notes.hidden_rows.append(row.number)
        columns = tuple(cell.column for cell in row.cells)
        notes.used_columns.update(columns)
        columns = shapes.setdefault(columns, columns)  # most rows have the same
        yield GridRow(row.number, columns, tuple(words), line, row.indent)


def _share(text: str) -> str:
    """Keep one copy of short texts, which large sheets repeat."""
    return sys.intern(text) if len(text) <= 24 else text


def _warn_of_sheet(sheet: Sheet, notes: _Notes, *, has_rows: bool) -> Iterator[str]:
    shown = f'sheet "{sheet.name}"'
    if not has_rows:
        yield f"{shown} is empty"
    if sheet.is_hidden and has_rows:
        yield f"{shown} is hidden"
    if notes.hidden_rows:
        yield f"{shown} has hidden rows: {_name_some([str(row) for row in notes.hidden_rows])}"
    columns = sorted(sheet.frame.hidden_columns & notes.used_columns)
    if columns:
        letters = [get_column_letter(column) for column in columns]
        yield f"{shown} has hidden columns: {_name_some(letters)}"
    if notes.errors:
        yield f"{shown} has cells with errors: {_name_some(notes.errors)}"
    if sheet.frame.unvalued:
        yield (
            f"{shown} has formulas without a stored value: {_name_some(sheet.frame.unvalued)}. "
            "Open it in a spreadsheet program and save it to have them"
        )


def _name_some(names: Sequence[str]) -> str:
    named = ", ".join(names[:_MAX_NAMED_CELLS])
    more = len(names) - _MAX_NAMED_CELLS
    return f"{named} and {more} more" if more > 0 else named
