"""Rows of tables, statements and pages are found in a workspace that files were added to."""

from __future__ import annotations

import sqlite3

import pytest

from ingestion.storage.row_search import count_statement_items
from ingestion.workspace import Workspace

COVER = """FORM 10-K
UNITED STATES SECURITIES AND EXCHANGE COMMISSION
For the fiscal year ended December 31, 2022
Commission file number 001-12345
Acme Inc.
(Exact name of registrant as specified in its charter)"""


@pytest.fixture(scope="module")
def library(tmp_path_factory, draw_pdf, set_lines, set_rows, fake_embedder):
    """An annual report with an income statement, and a second document; read only."""
    folder = tmp_path_factory.mktemp("library")
    workspace = Workspace(folder / "workspace", fake_embedder)
    statement = [
        (200.0, 72.0, "CONSOLIDATED STATEMENTS OF INCOME"),
        (230.0, 90.0, "(In millions)"),
        *set_rows(
            ("", "2022", "2021"),
            ("Net sales", "1,200", "1,100"),
            ("Cost of sales", "700", "650"),
            ("Gross profit", "500", "450"),
            ("Operating income", "200", "180"),
            ("Net income", "150", "140"),
        ),
    ]
    segments = [
        (72.0, 112.0, "Sales by segment"),
        (72.0, 126.0, "(In millions)"),
        *set_rows(
            ("", "2022", "2021"),
            ("Garden sales", "800", "700"),
            ("Kitchen sales", "400", "400"),
            ("Wages paid", "90", "80"),
        ),
    ]
    for name, pages in {
        "acme.pdf": (
            set_lines(*COVER.splitlines()),
            statement,
            set_lines("Notes", "All is well."),
            segments,
        ),
        "rival.pdf": (set_lines("Rival Corp"), segments),
    }.items():
        path = folder / name
        path.write_bytes(draw_pdf(*pages))
        workspace.add_file(path)
    return workspace


def identify(library, name):
    return library.find_document(name).document_id


def labels(library, words=(), concepts=(), name="acme.pdf"):
    rows = library.find_rows([identify(library, name)], words, concepts)
    return sorted(row.label for row in rows)


def test_rows_are_found_by_the_words_of_their_label(library):
    assert labels(library, ["garden"]) == ["Garden sales"]


def test_any_of_the_words_is_enough(library):
    assert labels(library, ["garden", "wages"]) == ["Garden sales", "Wages paid"]


def test_rows_are_found_by_their_line_item(library):
    assert labels(library, concepts=["net_income"]) == ["Net income"]


def test_a_row_is_one_however_it_was_found(library):
    (row,) = library.find_rows([identify(library, "acme.pdf")], ["income"], ["net_income"])[:1]
    assert labels(library, ["net"], ["net_income"]).count("Net income") == 1
    assert row.document_id == identify(library, "acme.pdf")


def test_a_row_knows_its_years_its_place_and_its_table(library):
    (row,) = library.find_rows([identify(library, "acme.pdf")], ["garden"], [])
    assert (row.page, row.years, row.source) == (4, {2022, 2021}, "table")
    assert "Sales by segment" in row.caption


def test_only_the_documents_that_are_given_are_looked_through(library):
    rows = library.find_rows([identify(library, "rival.pdf")], ["garden"], ["net_income"])
    assert {row.document_id for row in rows} == {identify(library, "rival.pdf")}


def test_a_document_that_is_given_twice_is_looked_through_once(library):
    acme = identify(library, "acme.pdf")
    assert library.find_rows([acme, acme], ["garden"], []) == library.find_rows(
        [acme], ["garden"], []
    )


@pytest.mark.parametrize(
    ("words", "concepts"),
    [((), ()), ([""], [""]), (["unicorns"], []), ([], ["no_such_item"]), (['"', "*"], [])],
)
def test_what_asks_for_nothing_that_is_there_finds_no_row(library, words, concepts):
    assert labels(library, words, concepts) == []


def test_documents_that_are_not_there_have_no_rows(library):
    assert library.find_rows([], ["garden"], []) == ()
    assert library.find_rows(["gone"], ["garden"], ["revenue"]) == ()


@pytest.mark.parametrize(
    "word",
    ['"garden"', "garden*", "NEAR(garden)", "garden OR wages", "line_item:garden", "'garden"],
)
def test_the_indexs_own_signs_mean_nothing(library, word):
    assert "Garden sales" in labels(library, [word])


def test_ten_thousand_words_are_looked_for(library):
    words = [f"word{number}" for number in range(10_000)]
    assert labels(library, [*words, "garden"]) == ["Garden sales"]


def test_the_line_items_of_a_statement_are_counted_by_page(library):
    counts = library.count_statement_items([identify(library, "acme.pdf")])
    (income,) = (count for count in counts if count.statement == "income" and count.page == 2)
    assert {"revenue", "cost_of_revenue", "gross_profit", "net_income"} <= income.concepts


@pytest.mark.parametrize(("source", "counted"), [("table", 1), ("xbrl", 1), ("sentence", 0)])
def test_tagged_statements_are_counted_and_sentences_are_not(source, counted):
    """In an HTML filing every figure of a statement is tagged, and none is a plain cell."""
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE facts (document_id, page, statement, concept, source)")
        row = ("acme", 2, "income", "revenue", source)
        connection.execute("INSERT INTO facts VALUES (?, ?, ?, ?, ?)", row)
        assert len(count_statement_items(connection, ["acme"])) == counted


def test_documents_that_are_not_there_have_no_statements(library):
    assert library.count_statement_items(["gone"]) == ()
    assert library.count_statement_items([]) == ()


def test_the_passages_of_pages_come_in_reading_order(library):
    acme = identify(library, "acme.pdf")
    passages = library.passages_on([(acme, 4), (acme, 1), (acme, 4)])
    assert [passage.page for passage in passages] == sorted(p.page for p in passages)
    assert {passage.page for passage in passages} == {1, 4}


def test_pages_that_are_not_there_have_no_passages(library):
    assert library.passages_on([(identify(library, "acme.pdf"), 99), ("gone", 1)]) == ()
    assert library.passages_on([]) == ()
