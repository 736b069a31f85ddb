"""Facts, sums and tables in the workspace's database: they come back as they went in."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.documents import (
    Box,
    Cell,
    Document,
    Fact,
    FilingFacts,
    Line,
    Page,
    ParsedFile,
    Passage,
    Table,
    TableRow,
    TieOut,
    Word,
)
from ingestion.errors import UnreadableFile
from ingestion.periods import Period
from ingestion.storage.database import MIGRATIONS, Database
from ingestion.storage.fact_store import PlacedTable
from ingestion.storage.records import build_sheet_tables, load_records, load_sheet_tables

SALES = Fact(
    fact_id="f1",
    document_id="d1",
    page=4,
    line_item="Net sales",
    parents=("Garden", "Tools & “more”"),
    concept="revenue",
    period=Period(3, date(2023, 6, 30), 2023, 2),
    value=Decimal("-1284.70"),
    value_as_printed="(1,284.70)",
    unit="USD",
    scale=1_000_000,
    statement="income",
    source="table",
    quote="Net sales (1,284.70)",
    line=7,
    box=Box(300.125, 120.0, 340.25, 130.5),
)
CELL = Fact(
    fact_id="f2",
    document_id="d1",
    page=5,
    line_item="Headcount",
    parents=(),
    concept=None,
    period=None,
    value=Decimal(12),
    value_as_printed="12",
    unit=None,
    scale=1,
    statement=None,
    source="xbrl",
    quote="Headcount 12",
    line=1,
    sheet="Staff",
    cell="T3:B7",
)
FILING = FilingFacts("Acme", "10-Q", 2023, "2023-06-30", 12)
CONTENT = b"Region,Sales\nNorth,10\nSouth,8.5\n"


@pytest.fixture
def database(tmp_path):
    return Database(tmp_path / "desk.sqlite3")


def build_document(document_id="d1", name="acme.pdf", company="Acme", year=2023, facts=0):
    filing = replace(FILING, company=company, fiscal_year=year)
    return Document(document_id, name, filing, 1, 1, 0, facts, "2024-02-03T04:05:06+00:00")


def store(database, *facts, document=None, records=(), pages=(), tie_outs=()):
    document = document or build_document(facts=len(facts))
    parsed = ParsedFile(pages, facts=facts, tie_outs=tie_outs)
    database.store_document(document, parsed, (), 1, records)
    return document


def vary(*line_items, document_id="d1", **changes):
    """Facts that are alike but for their line items, one a line."""
    return [
        replace(
            SALES,
            fact_id=f"{document_id}-{number}-{line_item}",
            document_id=document_id,
            line_item=line_item,
            parents=(),
            line=number,
            **{"concept": None, **changes},
        )
        for number, line_item in enumerate(line_items)
    ]


def found(database, **asked):
    return [fact.line_item for fact in database.find_facts(**asked)]


def execute(database_path, statement, *parameters):
    """Reach past the program into its database."""
    with closing(sqlite3.connect(database_path)) as connection, connection:
        return connection.execute(statement, parameters).fetchall()


# Facts come back


@pytest.mark.parametrize("fact", [SALES, CELL], ids=["of a page", "of a sheet"])
def test_a_fact_comes_back_with_all_its_parts(database, fact):
    store(database, fact)
    assert database.find_facts() == (fact,)


def test_the_digits_of_a_value_are_kept(database):
    store(database, SALES)
    assert str(database.find_facts()[0].value) == "-1284.70"


@pytest.mark.parametrize(
    "period",
    [
        Period(0, date(2023, 12, 31)),
        Period(12, None, 2023),
        Period(None, None, 2018),
        Period(0, None, 2023, 4),
    ],
    ids=lambda period: period.label,
)
def test_a_period_comes_back_with_what_is_known_of_it(database, period):
    store(database, replace(SALES, period=period))
    assert database.find_facts()[0].period == period


@settings(max_examples=25)
@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False), min_size=1, max_size=8))
def test_every_value_is_kept_to_its_last_digit(values):
    facts = [
        replace(SALES, fact_id=str(number), line=number, value=value)
        for number, value in enumerate(values)
    ]
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "desk.sqlite3")
        store(database, *facts)
        stored = [fact.value.as_tuple() for fact in database.find_facts()]
    assert stored == [value.as_tuple() for value in values]


def test_two_facts_of_one_id_are_one(database):
    store(database, SALES, SALES, CELL)
    assert database.find_facts() == (SALES, CELL)


def test_facts_come_by_company_year_page_line_and_place_on_the_line(database):
    left, right = (replace(SALES, fact_id=x, box=Box(int(x), 0, 0, 0)) for x in ("100", "200"))
    above = replace(SALES, fact_id="a", line=2, box=Box(500, 0, 540, 9))
    after = replace(SALES, fact_id="b", page=10, line=0)
    store(database, after, right, left, above)
    for key, company, year in (("d2", "acme", 2022), ("d3", "Zeta", 2020), ("d4", "Aa", 2024)):
        (fact,) = vary("Net sales", document_id=key)
        store(database, fact, document=build_document(key, f"{key}.pdf", company, year))
    assert [fact.fact_id for fact in database.find_facts()] == [
        "d4-0-Net sales",
        "d2-0-Net sales",
        "a",
        "100",
        "200",
        "b",
        "d3-0-Net sales",
    ]


def test_cells_of_a_row_keep_the_order_of_their_columns(database):
    cells = [replace(CELL, fact_id=cell, cell=cell) for cell in ("B7", "Z7", "AA7")]
    store(database, *cells)
    assert [fact.cell for fact in database.find_facts()] == ["B7", "Z7", "AA7"]


# Facts are found


@pytest.mark.parametrize(
    ("text", "fitting"),
    [
        ("net sales", ["Net sales", "Sales, net of returns"]),
        ("SALE", ["Net sales", "Cost of sales", "Sales, net of returns"]),
        ("sales returning", ["Sales, net of returns"]),
        ("net profit", []),
        ("shareholders' equity", ["Total shareholders’ equity"]),
        ("networks", ["Network fees"]),
    ],
)
def test_a_line_item_is_found_by_all_the_words_in_any_form(database, text, fitting):
    names = (
        "Net sales",
        "Cost of sales",
        "Sales, net of returns",
        "Total shareholders’ equity",
        "Network fees",
    )
    store(database, *vary(*names))
    assert found(database, line_item=text) == fitting


def test_the_words_may_stand_in_the_headings_above(database):
    other, fact = vary("Other", "Other")
    store(database, other, replace(fact, parents=("Assets", "Current assets")))
    (hit,) = database.find_facts(line_item="other current assets")
    assert hit.parents == ("Assets", "Current assets")


@pytest.mark.parametrize(
    ("text", "fitting"),
    [
        ("sales NOT cost", []),
        ('fees" OR "sales', []),
        ('sales"', ["Sales costs"]),
        ("(sales*", ["Sales costs"]),
        ("line_item:sales", []),
        ("^sales AND", []),
    ],
)
def test_signs_of_the_search_language_are_mere_words(database, text, fitting):
    store(database, *vary("Sales costs", "Fees"))
    assert found(database, line_item=text) == fitting


@pytest.mark.parametrize("text", ["", " - ", "_"])
def test_a_text_without_a_word_finds_nothing(database, text):
    store(database, *vary("Net sales"))
    assert found(database, line_item=text) == []


def test_a_concept_is_found_whatever_its_words(database):
    capital, sales = vary("Additions to plant", "Net sales", concept="capital_expenditures")
    store(database, capital, replace(sales, concept="revenue"))
    assert found(database, concepts=["capital_expenditures"]) == ["Additions to plant"]


def test_words_or_a_concept_are_enough(database):
    named, meant, neither = vary("Capital expenditure", "Additions to plant", "Net sales")
    store(database, named, replace(meant, concept="capital_expenditures"), neither)
    asked = {"line_item": "capital expenditure", "concepts": ("capital_expenditures", "x")}
    assert found(database, **asked) == ["Capital expenditure", "Additions to plant"]


def test_documents_page_and_words_narrow_together(database):
    store(database, *vary("Net sales", "Gross profit"), *vary("Net sales on p. 9", page=9))
    store(database, *vary("Net sales of d2", document_id="d2"), document=build_document("d2"))
    assert found(database, document_ids=["d1"], line_item="sales", page=4) == ["Net sales"]
    assert found(database, document_ids=["d2"]) == ["Net sales of d2"]
    assert found(database, page=9) == ["Net sales on p. 9"]
    assert found(database, document_ids=[]) == []


def test_a_limit_gives_the_first(database):
    store(database, *vary("One", "Two", "Three"))
    assert found(database, limit=2) == ["One", "Two"]


# Sums and tables


def test_sums_come_back_by_page_as_they_were(database):
    sums = (
        TieOut("assets = liabilities + equity", 9, "failed", "2023", Decimal("5.10"), Decimal(6)),
        TieOut("a total and its parts", 4, "passed", 'column "x"', Decimal(1), Decimal(1)),
        TieOut("a total and its parts", 9, "not_applicable", "no rows"),
    )
    store(database, SALES, tie_outs=sums)
    assert database.tie_outs("d1") == (sums[1], sums[0], sums[2])
    assert database.tie_outs("d2") == ()


def test_a_table_comes_back_without_its_rows(database):
    table = Table(
        caption="Sales by segment",
        header=(("", "2023", "2022"), ("Segment", "Q1", "Q1")),
        rows=(TableRow("Garden", (Cell("1"), Cell("2")), 3),),
        unit="USD",
        scale=1000,
        first_line=2,
        last_line=9,
        statement="segment",
        section="Item 8",
        grade=0.75,
        faults=("a column has no head", "two rows were joined"),
        continues=True,
    )
    bare = Table("", (), (), None, None, 12, 14)
    pages = (
        Page(8, (Line((Word("x", Box(0, 0, 1, 1)),)),), 612.0, 792.0, tables=(table, bare)),
        Page(9, (), 612.0, 792.0, tables=(bare,)),
    )
    store(database, pages=pages)
    assert database.tables("d1") == (
        PlacedTable(8, 1, replace(table, rows=())),
        PlacedTable(8, 2, bare),
        PlacedTable(9, 1, bare),
    )


def test_the_month_in_which_years_end_is_kept(database):
    document = store(database, SALES)
    (stored,) = database.documents()
    assert stored.filing == document.filing
    assert stored.filing.year_end_month == 12
    assert stored.facts == 1


# A document is whole


def test_a_document_read_again_has_its_new_facts_alone(database, tmp_path):
    sums = (TieOut("a total", 1, "not_applicable", ""),)
    pages = (Page(1, (), tables=(Table("", (), (), None, None, 0, 1),)),)
    store(database, *vary("Net sales", "Costs"), tie_outs=sums, pages=pages)
    store(database, *vary("Net revenue"))
    assert found(database) == ["Net revenue"]
    assert found(database, line_item="sales") == []
    assert (database.tie_outs("d1"), database.tables("d1")) == ((), ())
    check_words(tmp_path)


def test_deleting_a_document_leaves_nothing_of_it(database, tmp_path):
    sums = (TieOut("a total", 1, "not_applicable", ""),)
    pages = (Page(1, (), tables=(Table("", (), (), None, None, 0, 1),)),)
    for key in ("d1", "d2"):
        store(
            database,
            *vary("Net sales", document_id=key),
            document=build_document(key),
            tie_outs=sums,
            pages=pages,
            records=build_sheet_tables(CONTENT, "sales.csv"),
        )
    database.delete_document("d1")
    for table in ("facts", "tie_outs", "tables", "sheet_tables", "pages", "documents"):
        held = execute(tmp_path / "desk.sqlite3", f"SELECT DISTINCT document_id FROM {table}")
        assert held == [("d2",)], table
    assert execute(tmp_path / "desk.sqlite3", "SELECT count(*) FROM sheet_rows") == [(2,)]
    assert found(database, line_item="sales") == ["Net sales"]
    check_words(tmp_path)


def check_words(tmp_path):
    """Raise when the index of words differs from the facts."""
    check = "INSERT INTO fact_words (fact_words, rank) VALUES ('integrity-check', 1)"
    execute(tmp_path / "desk.sqlite3", check)


def test_rows_of_a_sheet_are_stored_with_the_document(database, tmp_path):
    store(database, records=build_sheet_tables(CONTENT, "sales.csv"))
    with closing(sqlite3.connect(tmp_path / "desk.sqlite3")) as connection:
        (table,) = load_sheet_tables(connection, "d1")
        rows = list(load_records(connection, "d1", "sales"))
    assert (table.name, table.row_count) == ("sales", 2)
    assert rows == [("North", Decimal(10)), ("South", Decimal("8.5"))]


def test_when_rows_cannot_be_read_the_document_stays_as_it_was(database):
    before = store(database, *vary("Net sales"))

    def fail():
        yield from build_sheet_tables(CONTENT, "sales.csv")
        raise UnreadableFile("sales.csv is damaged.")

    with pytest.raises(UnreadableFile):
        store(database, *vary("Costs"), records=fail())
    assert database.documents() == (replace(before, passages=0),)
    assert found(database) == ["Net sales"]


def test_a_workspace_of_the_first_schema_is_lifted_and_keeps_its_documents(tmp_path):
    path = tmp_path / "desk.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"{MIGRATIONS[0]} PRAGMA user_version = 1;")
        connection.execute(
            "INSERT INTO documents VALUES ('d1', 'acme.pdf', 'Acme', '10-K', 2023, '2023-12-31',"
            " 9, 3, 0, '2024', '[]', 1, 'fake')"
        )
        connection.commit()
    database = Database(path)
    (document,) = database.documents()
    assert document.filing == FilingFacts("Acme", "10-K", 2023, "2023-12-31", None)
    assert (database.find_facts(), database.tie_outs("d1")) == ((), ())
    assert database.stale_documents(2) == ("d1",)


def test_passages_and_pages_are_stored_beside_the_facts(database):
    page = Page(1, (Line((Word("Net", Box(1, 2, 3, 4)),)),), 612.0, 792.0)
    passage = Passage("p1", "d1", 1, "text", None, "Net sales rose", 0, 0)
    parsed = ParsedFile((page,), FILING, facts=(SALES,))
    database.store_document(build_document(), parsed, [passage], 1)
    assert database.page("d1", 1) == page
    assert [hit.passage for hit in database.search_words("sales", 5)] == [passage]
