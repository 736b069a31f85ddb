"""From pages to a document: what can only be told once all pages are there.

Tables are joined over page breaks and placed in their section; then facts are read from tables
and sentences, and the tables' sums are checked. Works page by page, so that only one page is
unpacked at a time. Knows nothing of the file that the pages came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from ingestion.documents import Fact, FilingFacts, Page, ParsedFile, Table, TieOut
from ingestion.facts.sentence_facts import find_sentence_facts
from ingestion.facts.table_facts import find_table_facts, find_year_ends
from ingestion.facts.tie_outs import check_tables
from ingestion.filings.sections import SectionReader
from ingestion.filings.statements import classify_statement, read_page_title
from ingestion.layout.packing import pack_page, unpack_page
from ingestion.layout.page_breaks import join_tables
from ingestion.layout.scales import ScaleReader


def assemble_document(document_id: str, parsed: ParsedFile) -> ParsedFile:
    """Return `parsed` with tables joined, facts and tie-outs; facts it has already are kept."""
    pages: list[Page] = []
    facts: list[Fact] = []
    tie_outs: list[TieOut] = []
    tagged = _index_tagged(parsed.facts)
    year_ends = find_year_ends(parsed.pages, parsed.filing)
    for page in _join_pages(parsed.pages):
        found = _find_facts(document_id, page, parsed.filing, year_ends)
        facts.extend(fact for fact in found if _place_of(fact) not in tagged)
        tie_outs.extend(
            found for table in page.tables for found in check_tables(page.number, table)
        )
        pages.append(pack_page(page))
    every = sorted((*parsed.facts, *facts), key=lambda fact: (fact.page, fact.line))
    return replace(parsed, pages=tuple(pages), facts=tuple(every), tie_outs=tuple(tie_outs))


def _join_pages(pages: Iterable[Page]) -> Iterator[Page]:
    reader = SectionReader()
    scales = ScaleReader()
    before: Page | None = None
    for packed in pages:
        page = unpack_page(packed)
        page = _place_tables(page, reader.read(page))
        page = join_tables(before, page) if before is not None else page
        page = scales.read(page)
        yield page
        before = page


def _place_tables(page: Page, sections: Sequence[tuple[int, str]]) -> Page:
    """Give each table its section, and its statement where the page's title or section tells."""
    if not page.tables:
        return page
    title = read_page_title(page) if page.label is None else ""
    return replace(page, tables=tuple(_place(table, title, sections) for table in page.tables))


def _place(table: Table, title: str, sections: Sequence[tuple[int, str]]) -> Table:
    section = next((path for line, path in reversed(sections) if line <= table.first_line), "")
    statement = table.statement
    if statement is None:
        labels = [row.label for row in table.rows]
        statement = classify_statement(table.caption or title, labels, section)
    return replace(table, section=section or table.section, statement=statement)


def _find_facts(
    document_id: str, page: Page, filing: FilingFacts, year_ends: Sequence[date]
) -> Iterator[Fact]:
    yield from find_table_facts(document_id, (page,), filing, year_ends)
    if page.label is None:
        yield from find_sentence_facts(document_id, page, find_prose(page), filing)


def find_prose(page: Page) -> list[tuple[int, int]]:
    """Return the runs of lines (first, last + 1) of a page that stand in no table."""
    runs: list[tuple[int, int]] = []
    start = 0
    for table in page.tables:
        if table.first_line > start:
            runs.append((start, table.first_line))
        start = max(start, table.last_line + 1)
    if start < len(page.lines):
        runs.append((start, len(page.lines)))
    return runs


def _index_tagged(facts: Iterable[Fact]) -> frozenset[tuple[int, str]]:
    """The places of the facts that the file itself states: nothing is read there again."""
    return frozenset(_place_of(fact) for fact in facts)


def _place_of(fact: Fact) -> tuple[int, str]:
    return fact.page, fact.cell or f"{fact.line} {fact.value}"
