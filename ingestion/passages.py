"""Cutting pages into passages: tables with their title, heads and units; prose by length.

A passage never leaves its page. Knows nothing of files, indexes or embeddings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingestion.documents import Page, Passage, PassageKind, Table, build_passage_id
from ingestion.tables import render_table

# The length that embedding models of the MiniLM family read whole (256 word pieces).
WORDS_PER_PASSAGE = 180
ROWS_PER_TABLE_PASSAGE = 24
_ITEM = re.compile(r"^\s*(item\s+\d{1,2}[a-c]?)\b[\s.:\u2014\u2013-]*(.{0,90})$", re.IGNORECASE)
_ENDS_WITH_PAGE = re.compile(r"[\s.]\d{1,3}$")


def build_passages(document_id: str, pages: Sequence[Page]) -> tuple[Passage, ...]:
    """Return the passages of a document in reading order, each with the section it stands in."""
    passages: list[Passage] = []
    section: str | None = None
    for page in pages:
        section = find_section(page) or section
        for kind, text, first, last in _cut_page(page):
            passages.append(
                Passage(
                    passage_id=build_passage_id(document_id, page.number, first, text),
                    document_id=document_id,
                    page=page.number,
                    kind=kind,
                    section=page.label or section,
                    text=text,
                    first_line=first,
                    last_line=last,
                )
            )
    return tuple(passages)


def find_section(page: Page) -> str | None:
    """Return the last "Item 7. ..." heading of a page; None on contents pages and sheets."""
    if page.label is not None:
        return None
    headings = [match for line in page.lines if (match := _ITEM.match(line.text))]
    headings = [match for match in headings if not _ENDS_WITH_PAGE.search(match.group(2))]
    if not headings or len(headings) > 4:  # more than a few on one page is a list of contents
        return None
    item, title = headings[-1].group(1, 2)
    number = item.split()[-1].upper()
    return f"Item {number}. {title.strip()}".strip().rstrip(".")


def _cut_page(page: Page) -> Iterator[tuple[PassageKind, str, int, int]]:
    """Yield kind, text, first and last line of each passage of a page, from top to bottom."""
    start = 0
    for table in page.tables:
        yield from _cut_prose(page, start, table.first_line)
        yield from _cut_table(page, table)
        start = table.last_line + 1
    yield from _cut_prose(page, start, len(page.lines))


def _cut_table(page: Page, table: Table) -> Iterator[tuple[PassageKind, str, int, int]]:
    kind: PassageKind = "table" if page.label is None else "sheet"
    for start in range(0, len(table.rows), ROWS_PER_TABLE_PASSAGE):
        rows = table.rows[start : start + ROWS_PER_TABLE_PASSAGE]
        first = table.first_line if start == 0 else rows[0].line
        yield kind, render_table(table, rows), first, rows[-1].line


def _cut_prose(page: Page, start: int, stop: int) -> Iterator[tuple[PassageKind, str, int, int]]:
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
                yield "text", text, first, index
            first, words = index + 1, 0


def _gap_follows(page: Page, index: int) -> bool:
    here = page.lines[index].box
    below = page.lines[index + 1].box if index + 1 < len(page.lines) else None
    if here is None or below is None:
        return False
    return below.top - here.bottom > 0.6 * (here.bottom - here.top)
