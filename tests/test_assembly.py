"""What can only be told once all pages are there: joined tables, sections, scales, facts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ingestion.assembly import assemble_document, find_prose
from ingestion.documents import Cell, Line, Page, ParsedFile, Table, TableRow, Word
from ingestion.files import assemble_pdf, parse_file
from ingestion.layout.packing import PackedLines, pack_page
from ingestion.readers.pdf import build_parsed_pdf, count_pages, read_pages

YEARS = [(400.0, 130.0, "2023", "right"), (480.0, 130.0, "2022", "right")]
TITLE = [
    (72.0, 104.0, "Consolidated Statements of Income"),
    (72.0, 117.0, "(In millions)"),
    (72.0, 130.0, "Years ended December 31,"),
]
RESULTS = (("Net sales", "$1,284.7", "$1,208.6"), ("Cost of sales", "842.8", "807.3"))
MORE = (("Interest", "(12.5)", "(11.0)"), ("Taxes", "81.5", "79.9"))


@pytest.fixture
def report(draw_pdf, set_rows, set_lines):
    """A statement over two pages under its heading, and a page of prose."""
    return draw_pdf(
        [
            (72.0, 72.0, "Item 8. Financial Statements"),
            *TITLE,
            *YEARS,
            *set_rows(*RESULTS),
        ],
        set_rows(*MORE, top=90),
        set_lines("Interest expense was $12.5 million in 2023."),
    )


def find_fact(parsed, line_item, value):
    (fact,) = [
        fact
        for fact in parsed.facts
        if fact.line_item == line_item and fact.value == Decimal(value) and fact.source == "table"
    ]
    return fact


def test_a_table_is_joined_over_the_page_break_and_placed_in_its_section(report):
    first, second = (parsed.tables[0] for parsed in parse_file(report, "a.pdf").pages[:2])
    assert (first.continues, second.continues) == (False, True)
    assert second.header == first.header
    assert (second.scale, second.statement) == (1_000_000, "income")
    assert first.section is not None
    assert first.section.startswith("Item 8. Financial Statements")
    assert second.section == first.section


def test_a_fact_of_the_second_page_has_the_year_and_scale_of_the_first(report):
    parsed = parse_file(report, "a.pdf")
    fact = find_fact(parsed, "Interest", "-12.5")
    assert (fact.page, fact.scale, fact.statement) == (2, 1_000_000, "income")
    assert fact.amount == -12_500_000
    assert fact.period is not None
    assert (fact.period.months, str(fact.period.end)) == (12, "2023-12-31")


def test_a_facts_box_is_its_cells(report):
    parsed = parse_file(report, "a.pdf")
    (table,) = parsed.pages[1].tables
    assert find_fact(parsed, "Taxes", "81.5").box == table.rows[1].cells[0].box


def test_facts_come_in_the_order_of_the_pages(report):
    places = [(fact.page, fact.line) for fact in parse_file(report, "a.pdf").facts]
    assert places == sorted(places)
    assert {page for page, _ in places} == {1, 2, 3}


def test_pages_rest_packed(report):
    assert all(isinstance(page.lines, PackedLines) for page in parse_file(report, "a.pdf").pages)


def test_pages_read_in_ranges_make_the_same_document(report, tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(report)
    assert count_pages(report, "a.pdf") == 3
    ranges = [read_pages(path, "a.pdf", 1, 1), read_pages(path, "a.pdf", 2, 3)]
    assert assemble_pdf(report, "a.pdf", ranges) == parse_file(report, "a.pdf")


def test_packed_and_unpacked_pages_give_the_same_document(report, tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(report)
    parsed = build_parsed_pdf("a.pdf", [read_pages(path, "a.pdf", 1, 3)])
    loose = replace(
        parsed, pages=tuple(replace(page, lines=tuple(page.lines)) for page in parsed.pages)
    )
    assert assemble_document("id", loose) == assemble_document("id", parsed)


def test_a_number_that_the_file_itself_states_is_not_read_a_second_time(report):
    parsed = parse_file(report, "a.pdf")
    tagged = replace(find_fact(parsed, "Net sales", "1284.7"), source="xbrl", fact_id="stated")
    again = assemble_document("id", replace(parsed, facts=(tagged,)))
    same = [fact for fact in again.facts if (fact.page, fact.line) == (tagged.page, tagged.line)]
    assert [(fact.source, str(fact.value)) for fact in same] == [
        ("xbrl", "1284.7"),
        ("table", "1208.6"),
    ]


def test_prose_is_what_stands_in_no_table():
    lines = tuple(Line((Word(f"line{n}"),)) for n in range(8))
    row = TableRow("Cash", (Cell("1"),), 3)
    tables = tuple(Table("", (), (row,), None, None, *edges) for edges in ((2, 3), (4, 5)))
    assert find_prose(Page(1, lines, tables=tables)) == [(0, 2), (6, 8)]
    assert find_prose(Page(1, lines)) == [(0, 8)]
    assert find_prose(Page(1, ())) == []


def test_pages_without_tables_have_no_facts():
    page = pack_page(Page(1, (Line((Word("Sales"), Word("rose"))),)))
    assembled = assemble_document("id", ParsedFile((page,)))
    assert (assembled.facts, assembled.tie_outs) == ((), ())
