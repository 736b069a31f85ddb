"""Cutting pages into passages: tables in small windows, prose by section and length.

A window of a table repeats its title, its column heads and the sub-headings that are open, so
that each can be read alone. A passage never leaves its page. Knows nothing of files, indexes or
embeddings.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ingestion.documents import (
    Cell,
    Page,
    Passage,
    PassageKind,
    Table,
    TableRow,
    build_passage_id,
)
from ingestion.filings.sections import SectionReader
from ingestion.layout.packing import unpack_page
from ingestion.layout.tables import render_table

# The length that embedding models of the MiniLM family read whole (256 word pieces).
WORDS_PER_PASSAGE = 180
# Rows of a window: with title and heads, about what such a model reads whole.
ROWS_PER_TABLE_PASSAGE = 10


# A running head has at most so many words, and stands on at least so many pages.
_RUNNING_WORDS = 8
_RUNNING_PAGES = 3
_NUMBER = re.compile(r"\d+")
_MONEY = re.compile(r"\$|dollars", re.IGNORECASE)


class _Piece(NamedTuple):
    kind: PassageKind
    text: str
    first: int
    last: int


def build_passages(document_id: str, pages: Sequence[Page]) -> tuple[Passage, ...]:
    """Return the passages of a document in reading order, each with the section it stands in.

    Running heads and page numbers are left out: they say nothing, and stand on every page. A
    page that has nothing else keeps them.
    """
    passages: list[Passage] = []
    reader = SectionReader()
    for packed in pages:
        page = unpack_page(packed)
        sections = reader.read(page)
        for piece in _cut_page(page, [line for line, _ in sections]):
            section = next((path for line, path in reversed(sections) if line <= piece.first), "")
            passages.append(
                Passage(
                    passage_id=build_passage_id(document_id, page.number, piece.first, piece.text),
                    document_id=document_id,
                    page=page.number,
                    kind=piece.kind,
                    section=page.label or section or None,
                    text=piece.text,
                    first_line=piece.first,
                    last_line=piece.last,
                )
            )
    return _drop_running_lines(passages)


def _drop_running_lines(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """Leave out short prose that stands on several pages, numbers aside."""
    pages: dict[str, set[int]] = defaultdict(set)
    for passage in passages:
        if _is_short(passage):
            pages[_mask_numbers(passage.text)].add(passage.page)

    def runs(passage: Passage) -> bool:
        return _is_short(passage) and len(pages[_mask_numbers(passage.text)]) >= _RUNNING_PAGES

    with_more = {passage.page for passage in passages if not runs(passage)}
    return tuple(p for p in passages if not runs(p) or p.page not in with_more)


def _is_short(passage: Passage) -> bool:
    return passage.kind == "text" and len(passage.text.split()) <= _RUNNING_WORDS


def _mask_numbers(text: str) -> str:
    return _NUMBER.sub("#", " ".join(text.lower().split()))


def _cut_page(page: Page, headings: Sequence[int]) -> Iterator[_Piece]:
    """Yield the passages of a page from top to bottom; prose is cut at `headings` too."""
    start = 0
    for table in page.tables:
        yield from _cut_sections(page, start, table.first_line, headings)
        yield from _cut_table(page, table)
        start = table.last_line + 1
    yield from _cut_sections(page, start, len(page.lines), headings)


def _cut_table(page: Page, table: Table) -> Iterator[_Piece]:
    kind: PassageKind = "table" if page.label is None else "sheet"
    open_table = replace(table, caption=f"{table.caption} (US dollars)".strip())
    for start in range(0, len(table.rows), ROWS_PER_TABLE_PASSAGE):
        rows = table.rows[start : start + ROWS_PER_TABLE_PASSAGE]
        first = table.first_line if start == 0 else min(row.line for row in rows)
        is_last = start + len(rows) == len(table.rows)
        last = table.last_line if is_last else max(row.line for row in rows)
        shown = [*_open_headings(rows), *rows]
        text = render_table(table, shown)
        # Statements print "$" in their first and last rows; a window between must not be without.
        if table.unit == "USD" and not _MONEY.search(text):
            text = render_table(open_table, shown)
        yield _Piece(kind, text, first, last)


def _open_headings(rows: Sequence[TableRow]) -> list[TableRow]:
    """Return the sub-headings that the first row of a window stands under, as rows."""
    first = rows[0]
    empty = tuple(Cell("") for _ in first.cells)
    return [TableRow(parent, empty, first.line) for parent in first.parents]


def _cut_sections(page: Page, start: int, stop: int, headings: Sequence[int]) -> Iterator[_Piece]:
    edges = [start, *(line for line in headings if start < line < stop), stop]
    for first, end in itertools.pairwise(edges):
        yield from _cut_prose(page, first, end)


def _cut_prose(page: Page, start: int, stop: int) -> Iterator[_Piece]:
    """Cut at the widest gap once a passage is long enough, else where it becomes too long."""
    first, words = start, 0
    for index in range(start, stop):
        words += len(page.lines[index].words)
        is_last = index == stop - 1
        full = words >= WORDS_PER_PASSAGE
        ends_paragraph = words >= WORDS_PER_PASSAGE // 2 and _gap_follows(page, index)
        if is_last or full or ends_paragraph:
            text = "\n".join(line.text for line in page.lines[first : index + 1])
            if any(character.isalnum() for character in text):
                yield _Piece("text", text, first, index)
            first, words = index + 1, 0


def _gap_follows(page: Page, index: int) -> bool:
    here = page.lines[index].box
    below = page.lines[index + 1].box if index + 1 < len(page.lines) else None
    if here is None or below is None:
        return False
    return below.top - here.bottom > 0.6 * (here.bottom - here.top)
