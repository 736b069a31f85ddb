"""Rows of tables are ranked by the line item they are and by what they are called."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.documents import FactRow, StatementCount
from ingestion.filings.lexicon import load_lexicon
from research.retrieval.rows import find_statement_pages, score_rows
from research.understanding.query import AskedPeriods, Need, Query

INCOME = ("revenue", "cost_of_revenue", "gross_profit", "operating_income", "net_income")
ASSETS = (
    "cash_and_cash_equivalents",
    "accounts_receivable",
    "inventories",
    "current_assets",
    "current_liabilities",
)


def build_row(label, *, page=5, line=0, concept=None, years=(2022,), **changes):
    concepts = frozenset({concept} - {None})
    row = FactRow("d1", page, line, label, (), concepts, frozenset(years), None, "table")
    return replace(row, **changes)


def build_query(*words, needs=(), years=(2022,), certainty=1.0, statements=()):
    return Query(
        "q",
        "q",
        words=words,
        needs=tuple(Need(concept, 1.0) for concept in needs),
        certainty=certainty,
        periods=AskedPeriods(frozenset(years)),
        statements=frozenset(statements),
    )


def count(page, statement, concepts, document_id="d1"):
    return StatementCount(document_id, page, statement, frozenset(concepts))


def items_of(query, *rows, statement_pages=None):
    return [score.item for score in score_rows(rows, query, statement_pages or {})]


def labels_of(query, *rows):
    return [score.label for score in score_rows(rows, query, {})]


# Line items


def test_a_row_that_is_the_line_item_is_worth_more_than_one_that_is_not():
    item, other = items_of(
        build_query(needs=["revenue"]),
        build_row("Net sales", concept="revenue"),
        build_row("Costs", concept="cost_of_revenue"),
    )
    assert item > 0.0
    assert other == 0.0


def test_a_row_of_a_statement_is_worth_more_than_one_of_a_note_or_a_sentence():
    worth = items_of(
        build_query(needs=["revenue"]),
        build_row("Net sales", page=5, concept="revenue"),
        build_row("Net sales", page=8, concept="revenue"),
        build_row("Net sales", page=9, concept="revenue", source="sentence"),
        statement_pages={("d1", "income"): (5,)},
    )
    assert worth == sorted(worth, reverse=True)
    assert len(set(worth)) == 3


def test_the_statement_that_is_named_is_worth_more():
    row = build_row("Net income", concept="net_income", statement="cash_flow")
    pages = {("d1", "cash_flow"): (5,)}
    (plain,) = items_of(build_query(needs=["net_income"]), row, statement_pages=pages)
    query = build_query(needs=["net_income"], statements=["cash_flow"])
    assert items_of(query, row, statement_pages=pages)[0] > plain


def test_the_period_that_is_asked_for_comes_before_none_and_another():
    worth = items_of(
        build_query(needs=["revenue"]),
        *(
            build_row("Net sales", page=page, concept="revenue", years=years)
            for page, years in ((1, [2022, 2021]), (2, []), (3, [2019]))
        ),
    )
    assert worth == sorted(worth, reverse=True)
    assert len(set(worth)) == 3


def test_a_page_that_holds_all_that_is_needed_is_worth_more():
    alone, together, _ = items_of(
        build_query(needs=["revenue", "net_income"]),
        build_row("Net sales", page=1, concept="revenue"),
        build_row("Net sales", page=2, concept="revenue"),
        build_row("Net income", page=2, line=1, concept="net_income"),
    )
    assert together > alone


def test_a_line_item_that_is_named_in_passing_is_worth_less():
    row = build_row("Net sales", concept="revenue")
    (sure,) = items_of(build_query(needs=["revenue"]), row)
    (unsure,) = items_of(build_query(needs=["revenue"], certainty=0.0), row)
    assert unsure == pytest.approx(0.3 * sure)


def test_where_no_line_item_is_needed_none_is_worth_anything():
    assert items_of(build_query("casino"), build_row("Net sales", concept="revenue")) == [0.0]


# Labels


def test_a_label_that_says_all_and_no_more_is_worth_most():
    whole, more, none = labels_of(
        build_query("casino", "revenue"),
        build_row("Casino revenue"),
        build_row("Casino revenue of hotels abroad"),
        build_row("Wages"),
    )
    assert whole == pytest.approx(1.0)
    assert whole > more > none == 0.0


def test_words_are_compared_by_their_stems():
    assert labels_of(build_query("casinos"), build_row("Casino")) == [pytest.approx(1.0)]


def test_the_headings_above_count_less_than_the_label():
    said, above, titled, placed = labels_of(
        build_query("casino", "wages"),
        build_row("Casino wages"),
        build_row("Wages", parents=("Casino",)),
        build_row("Wages", caption="Costs of each casino"),
        build_row("Wages", section="Item 7. > Casino"),
    )
    assert said > above > titled > placed > 0.0


def test_a_row_may_be_called_by_a_year():
    """Below "Maturities of debt" stands "2025 ... 100"."""
    year, other = labels_of(
        build_query("debt", years=[2025]),
        build_row("2025", years=[], caption="Maturities of debt"),
        build_row("2026", years=[], caption="Maturities of debt"),
    )
    assert year > other


def test_rows_of_other_years_are_worth_less():
    asked, other, unknown = labels_of(
        build_query("casino"),
        build_row("Casino", years=[2022]),
        build_row("Casino", years=[2019]),
        build_row("Casino", years=[]),
    )
    assert asked > unknown > other


def test_a_figure_of_a_sentence_has_no_label():
    assert labels_of(build_query("casino"), build_row("Casino", source="sentence")) == [0.0]


def test_a_question_without_words_ranks_no_label():
    assert labels_of(build_query(), build_row("Casino")) == [0.0]


def test_no_rows_have_no_scores():
    assert score_rows([], build_query("casino", needs=["revenue"]), {}) == ()


@given(
    st.lists(st.builds(build_row, st.text(), page=st.integers(1, 3), concept=st.just("revenue"))),
    st.lists(st.text(min_size=1), max_size=3),
)
def test_any_rows_score_between_nothing_and_about_one(rows, words):
    scores = score_rows(rows, build_query(*words, needs=["revenue"]), {})
    assert [score.row for score in scores] == rows
    assert all(0.0 <= score.item <= 1.5 and 0.0 <= score.label <= 1.0 for score in scores)


# Statements


def find_pages(*counts):
    return find_statement_pages(counts, load_lexicon())


def test_a_statement_stands_where_most_of_its_line_items_stand():
    pages = find_pages(count(40, "balance_sheet", ASSETS), count(60, "balance_sheet", ASSETS[:3]))
    assert pages == {("d1", "balance_sheet"): (40,)}


def test_a_page_with_few_line_items_is_no_statement():
    assert find_pages(count(40, "balance_sheet", ASSETS[:4])) == {}


def test_an_income_statement_that_is_printed_again_stands_beside_the_balance_sheet():
    pages = find_pages(
        count(20, "income", (*INCOME, "income_tax_expense")),
        count(41, "income", INCOME),
        count(42, "balance_sheet", ASSETS),
    )
    assert pages["d1", "income"] == (41,)


def test_a_statement_may_go_on_on_the_next_page():
    pages = find_pages(
        count(40, "balance_sheet", ASSETS), count(41, "balance_sheet", (*ASSETS[:4],))
    )
    assert pages["d1", "balance_sheet"] == (40, 41)


def test_statements_of_several_documents_are_kept_apart():
    pages = find_pages(
        count(40, "balance_sheet", ASSETS), count(7, "balance_sheet", ASSETS, document_id="d2")
    )
    assert pages == {("d1", "balance_sheet"): (40,), ("d2", "balance_sheet"): (7,)}
