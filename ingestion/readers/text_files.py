"""Reading plain text and Markdown: pages at form feeds or about every 60 lines, tables in them.

Words of prose have no place but their line; cells have addresses ("T1:B2"). Knows nothing of
other formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from openpyxl.utils import get_column_letter

from ingestion.documents import Line, Page, ParsedFile, Table, Word
from ingestion.errors import EmptyFile, UnreadableFile
from ingestion.filings.cover import read_filing_facts
from ingestion.progress import Progress, ProgressListener
from ingestion.readers.encodings import decode_text
from ingestion.readers.grids import GridRow, build_table
from ingestion.readers.text_tables import TextTable, find_text_tables

LINES_PER_PAGE = 60
# Where no blank line comes, a page is cut at this many lines.
MAX_LINES_PER_PAGE = 90
_PAGE_MARK = re.compile(r"\s*<PAGE>\s*\d*\s*", re.IGNORECASE)
_MARKUP = re.compile(r"^\s{0,3}#{1,6}\s+|\*\*|__|`|</?[a-z][^<>]*>", re.IGNORECASE)
_MARKDOWN_ENDINGS = (".md", ".markdown")
_HTML = re.compile(r"<!doctype html|<html[\s>]|<body[\s>]", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def parse_text(content: bytes, name: str, on_progress: ProgressListener) -> ParsedFile:
    """Read a .txt or .md file.

    Raises:
        EmptyFile: it has no words.
        UnreadableFile: it is not text, or a web page under another name.
    """
    text, warnings = decode_text(content)
    _refuse_others(text, name)
    if name.lower().endswith(_MARKDOWN_ENDINGS):
        text = "\n".join(_MARKUP.sub("", line) for line in text.split("\n"))
    pages: list[Page] = []
    tables = 0
    for lines, found in _cut_pages(text):
        page = _build_page(len(pages) + 1, lines, found, tables)
        if page.lines:
            pages.append(page)
            tables += len(page.tables)
    if not pages:
        raise EmptyFile(f"{name} has no words. Check that it was saved with its text.")
    on_progress(Progress(name, "reading", len(pages), len(pages)))
    return ParsedFile(tuple(pages), filing=read_filing_facts(pages, name), warnings=warnings)


def _refuse_others(text: str, name: str) -> None:
    if _HTML.search(text[:5_000]):
        raise UnreadableFile(
            f"{name} holds a web page (HTML). Rename it to end in .html and add it again."
        )
    controls = len(_CONTROL.findall(text[:20_000]))
    if "\x00" in text or controls > 0.01 * len(text[:20_000]):
        raise UnreadableFile(
            f"{name} is not text: it holds binary content. Save it as text in UTF-8 and add that."
        )


def _cut_pages(text: str) -> Iterator[tuple[list[str], tuple[TextTable, ...]]]:
    """Yield the lines of each page and the tables among them, with line indexes on the page."""
    for sheet in _cut_sheets(text):
        tables = find_text_tables(sheet)
        start = 0
        for stop in [*_find_cuts(sheet, tables), len(sheet)]:
            yield (
                sheet[start:stop],
                tuple(_shift(table, start) for table in tables if start <= table.first < stop),
            )
            start = stop


def _cut_sheets(text: str) -> Iterator[list[str]]:
    """Yield the lines between form feeds, or the page marks of old electronic filings."""
    for part in text.split("\f"):
        lines: list[str] = []
        for line in re.split(r"\r\n|\r|\n", part):
            if _PAGE_MARK.fullmatch(line):
                yield lines
                lines = []
            else:
                lines.append(line.expandtabs(8).replace("\xa0", " "))
        yield lines


def _find_cuts(lines: Sequence[str], tables: Sequence[TextTable]) -> list[int]:
    """Return the lines at which a page begins: after blank lines, and never inside a table."""
    inside = {line for table in tables for line in range(table.first + 1, table.last + 1)}
    cuts: list[int] = []
    start = 0
    for index in range(1, len(lines)):
        length = index - start
        is_good = not lines[index - 1].strip() or length >= MAX_LINES_PER_PAGE
        if length >= LINES_PER_PAGE and is_good and index not in inside:
            cuts.append(index)
            start = index
    return cuts


def _shift(table: TextTable, by: int) -> TextTable:
    rows = tuple(replace(row, line=row.line - by) for row in table.rows)
    return replace(table, first=table.first - by, last=table.last - by, rows=rows)


def _build_page(
    number: int, texts: Sequence[str], found: Sequence[TextTable], tables_before: int
) -> Page:
    grids = [
        _place_rows(table, tables_before + position)
        for position, table in enumerate(found, start=1)
    ]
    placed = {row.line: row.words for rows in grids for row in rows}
    lines: list[Line] = []
    index_of: dict[int, int] = {}
    for index, text in enumerate(texts):
        words = placed.get(index) or tuple(Word(word) for word in text.split())
        index_of[index] = len(lines)
        if words:
            lines.append(Line(words))
    tables = [
        _build_text_table(table, rows, index_of, len(lines))
        for table, rows in zip(found, grids, strict=True)
    ]
    return Page(number, tuple(lines), tables=tuple(tables))


def _place_rows(table: TextTable, number: int) -> list[GridRow]:
    return [
        GridRow(
            position,
            tuple(column for column, _ in row.cells),
            tuple(
                Word(text, cell=f"T{number}:{get_column_letter(column)}{position}")
                for column, text in row.cells
            ),
            row.line,
            row.indent,
        )
        for position, row in enumerate(table.rows, start=1)
    ]


def _build_text_table(
    found: TextTable, rows: Sequence[GridRow], index_of: dict[int, int], lines: int
) -> Table:
    """Make the table, with lines counted without the blank ones."""
    moved = [replace(row, line=index_of[row.line]) for row in rows]
    table = build_table(moved, found.titles)
    last = min(index_of[found.last], lines - 1)
    return replace(table, first_line=index_of[found.first], last_line=max(table.last_line, last))
