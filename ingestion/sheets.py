"""Reading XLSX and CSV files into pages whose words are cells with addresses.

Each sheet is a page; blocks of rows apart from each other are tables of their own, and a title
above a block goes with it. Knows nothing of passages or storage.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise

import openpyxl
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from ingestion.documents import Line, Page, ParsedFile, Table, TableRow, Word
from ingestion.errors import EmptyFile, UnreadableFile
from ingestion.figures import parse_figure, parse_scale
from ingestion.progress import Progress, ProgressListener

_CSV_DELIMITERS = ",;\t|"
# A title, a note on units and a few rows of heads; what follows is data.
MAX_HEAD_ROWS = 4
_COLUMN = re.compile(r"[A-Z]+")

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
)

csv.field_size_limit(10_000_000)


def parse_workbook(content: bytes, name: str, on_progress: ProgressListener) -> ParsedFile:
    """Read all sheets of an XLSX workbook, with the values that formulas last had.

    Raises:
        UnreadableFile: it is not a whole XLSX workbook.
        EmptyFile: no sheet has a cell with a value.
    """
    try:
        workbook = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    except _WORKBOOK_FAULTS as error:
        raise UnreadableFile(
            f"{name} is not a whole XLSX workbook. Open it in a spreadsheet program, save it as "
            ".xlsx and add that."
        ) from error
    sheets = workbook.worksheets
    pages: list[Page] = []
    warnings: list[str] = []
    for number, sheet in enumerate(sheets, start=1):
        lines = tuple(_read_rows(sheet))
        if not lines:
            warnings.append(f'sheet "{sheet.title}" is empty')
        pages.append(_build_page(number, sheet.title, lines))
        on_progress(Progress(name, "reading", number, len(sheets)))
    workbook.close()
    _require_rows(name, pages)
    return ParsedFile(tuple(pages), warnings=tuple(warnings))


def parse_csv(content: bytes, name: str, on_progress: ProgressListener) -> ParsedFile:
    """Read a table of text with any common separator.

    Raises:
        EmptyFile: no row has a value.
        UnreadableFile: the rows cannot be told apart.
    """
    warnings: list[str] = []
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        warnings.append("not UTF-8: read as Western European (cp1252), check names with accents")
    try:
        rows = list(csv.reader(io.StringIO(text), _sniff_dialect(text)))
    except csv.Error as error:
        raise UnreadableFile(
            f"{name} cannot be read as a table ({error}). Save it as CSV in UTF-8 and add that."
        ) from error
    widths = {len(row) for row in rows if row}
    if len(widths) > 1:
        warnings.append(f"rows have between {min(widths)} and {max(widths)} cells")
    lines = tuple(
        Line(
            tuple(
                Word(value.strip(), cell=f"{get_column_letter(column)}{number}")
                for column, value in enumerate(row, start=1)
                if value.strip()
            )
        )
        for number, row in enumerate(rows, start=1)
        if any(value.strip() for value in row)
    )
    stem = name.rsplit(".", 1)[0]
    page = _build_page(1, stem, lines)
    _require_rows(name, [page])
    on_progress(Progress(name, "reading", 1, 1))
    return ParsedFile((page,), warnings=tuple(warnings))


def _require_rows(name: str, pages: Iterable[Page]) -> None:
    if not any(page.lines for page in pages):
        raise EmptyFile(f"{name} has no rows. Check that it was saved with its data.")


def _sniff_dialect(text: str) -> type[csv.Dialect]:
    try:
        return csv.Sniffer().sniff(text[:8192], _CSV_DELIMITERS)
    except csv.Error:  # one column, or too few rows to tell: commas are the standard
        return csv.excel


def _read_rows(sheet: Worksheet) -> Iterator[Line]:
    heads = _spread_merged(sheet)
    for row in sheet.iter_rows():
        words = []
        for cell in row:
            text = heads.get(cell.coordinate) or render_cell(cell)
            if text:
                words.append(Word(text, cell=cell.coordinate))
        if words:
            yield Line(tuple(words))


def _spread_merged(sheet: Worksheet) -> dict[str, str]:
    """Give a head that is merged over several columns to each cell under it."""
    spread: dict[str, str] = {}
    for merged in sheet.merged_cells.ranges:
        top_left = sheet.cell(merged.min_row, merged.min_col)
        text = render_cell(top_left)
        # A title merged over the whole width is still one title.
        if not text or merged.max_col - merged.min_col + 1 >= sheet.max_column:
            continue
        for row, column in merged.cells:
            if row == merged.min_row:
                spread[f"{get_column_letter(column)}{row}"] = text
    return spread


def render_cell(cell: Cell | MergedCell) -> str:
    """Write a cell's value as a reader would: 1284.7 as "1,284.7", 0.12 in "0%" as "12%"."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time().isoformat() == "00:00:00" else str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        number_format = cell.number_format or ""
        return render_number(float(value), is_percent="%" in number_format)
    return " ".join(str(value).split())


def render_number(value: float, *, is_percent: bool = False) -> str:
    """Write a number with separators and up to six decimals; years stay bare ("2023")."""
    if is_percent:
        return f"{value * 100:.4f}".rstrip("0").rstrip(".") + "%"
    if value.is_integer() and abs(value) < 1e15:
        whole = int(value)
        return str(whole) if 1900 <= whole <= 2099 else f"{whole:,}"
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def _build_page(number: int, label: str, lines: tuple[Line, ...]) -> Page:
    return Page(number, lines, label=label, tables=tuple(_find_blocks(label, lines)))


def _find_blocks(label: str, lines: Sequence[Line]) -> Iterator[Table]:
    """Yield the blocks of rows that blank rows separate, each with the titles above it."""
    start = 0
    titles: list[str] = [label]
    above: Table | None = None
    for first, last in _split_at_blanks(lines):
        block = lines[first : last + 1]
        if all(len(line.words) == 1 for line in block) and last + 1 < len(lines):
            titles += [line.text for line in block]
            continue
        table = _inherit_heads(_build_block(titles, lines, start, first, last), above)
        yield table
        above, start, titles = table, last + 1, [label]


def _inherit_heads(table: Table, above: Table | None) -> Table:
    """Give a block without heads those of the block above it, if its columns are the same."""
    if above is None or table.header or not above.header:
        return table
    if not table.rows or len(table.rows[0].cells) + 1 != len(above.header[0]):
        return table
    scale = table.scale if table.scale is not None else above.scale
    return replace(table, header=above.header, unit=table.unit or above.unit, scale=scale)


def _split_at_blanks(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    first = 0
    for index, (line, following) in enumerate(pairwise(lines)):
        if _row_number(following) - _row_number(line) > 1:
            yield first, index
            first = index + 1
    if lines:
        yield first, len(lines) - 1


def _build_block(
    titles: Sequence[str], lines: Sequence[Line], start: int, first: int, last: int
) -> Table:
    columns = sorted(
        {_column(word) for line in lines[first : last + 1] for word in line.words},
        key=lambda column: (len(column), column),
    )
    body = first
    captions = list(titles)
    heads: list[tuple[str, ...]] = []
    while body < last and body - first < MAX_HEAD_ROWS and _is_head(lines[body]):
        if len(lines[body].words) == 1 and not heads:
            captions.append(lines[body].text)
        else:
            heads.append(_lay_out(lines[body], columns))
        body += 1
    heading = " ".join([*captions, *(" ".join(head) for head in heads)])
    rows = (_lay_out(lines[index], columns) for index in range(body, last + 1))
    return Table(
        caption=" - ".join(captions),
        header=tuple(heads),
        rows=tuple(TableRow(row[0], row[1:], index) for index, row in enumerate(rows, start=body)),
        unit="USD" if "$" in heading or re.search(r"\b(?:US|dollars?)\b", heading) else None,
        scale=parse_scale(heading),
        first_line=start,
        last_line=last,
    )


def _is_head(line: Line) -> bool:
    """Whether a row holds no figure but years: such rows above the data are heads."""
    figures = [parse_figure(word.text) for word in line.words]
    return all(figure is None or figure.is_year for figure in figures)


def _lay_out(line: Line, columns: Sequence[str]) -> tuple[str, ...]:
    texts = {_column(word): word.text for word in line.words}
    return tuple(texts.get(column, "") for column in columns)


def _column(word: Word) -> str:
    match = _COLUMN.match(word.cell or "")
    return match.group() if match else ""


def _row_number(line: Line) -> int:
    return int(_COLUMN.sub("", line.words[0].cell or "0"))
