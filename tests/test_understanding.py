"""What a question asks for, as a whole: line items, words, companies, forms and statements."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.documents import Document, FilingFacts
from research.understanding.understand import find_latest_year, understand_question
from research.understanding.vocabulary import (
    asks_to_compare,
    find_forms,
    find_statements,
    load_vocabulary,
    parse_vocabulary,
    remove_statements,
)


def build_document(company="Acme Inc.", year=2022, name="acme_10k.pdf"):
    filing = FilingFacts(company, "10-K", year)
    return Document(f"{name} {year}", name, filing, 1, 1, 0, 0, "2024-02-03T04:05:06+00:00")


ACME = build_document()
RIVAL = build_document("Rival Corp", 2023, "rival_10k.pdf")


def needs_of(text):
    return {need.concept: need.weight for need in understand_question(text, [ACME]).needs}


# Line items


def test_a_line_item_that_is_named_is_needed_for_sure():
    assert needs_of("What were the net sales of 2022?") == {"revenue": 1.0}


def test_what_a_line_item_is_computed_from_is_needed_too():
    needs = needs_of("What was the gross margin in 2022?")
    assert needs == {"gross_profit": 1.0, "revenue": 0.9, "cost_of_revenue": 0.9}


def test_a_question_without_line_items_needs_none():
    assert needs_of("Who is the chief executive?") == {}


def test_how_sure_a_line_item_is_falls_with_what_else_is_asked():
    whole = understand_question("What was revenue in 2022?", [ACME]).certainty
    part = understand_question("What was casino revenue in 2022?", [ACME]).certainty
    assert (whole, part) == (1.0, 0.5)


def test_the_name_of_a_statement_is_no_line_item():
    assert needs_of("From the cash flow statement, who signs?") == {}


# Words


def test_words_are_those_that_a_row_may_be_called_by():
    query = understand_question("What was Acme's casino revenue in FY2022?", [ACME])
    assert query.words == ("casino", "revenue")


def test_years_are_searched_for_as_filings_print_them():
    query = understand_question("What was casino revenue in FY2022?", [ACME])
    assert ("2022",) in query.terms


def test_a_word_brings_what_may_stand_for_it():
    terms = {term[0]: term[1:] for term in understand_question("Capex in 2022?", [ACME]).terms}
    assert "capital expenditures" in terms["capex"]


def test_instructions_are_not_searched_for():
    query = understand_question("What was casino revenue? Round to one decimal.", [ACME])
    assert query.asked == "What was casino revenue?"
    assert "decimal" not in query.words


# Companies and periods


def test_a_part_is_of_the_company_that_the_whole_question_names():
    whole = "Did Rival pay dividends in 2022?"
    query = understand_question("What were the dividends?", [ACME, RIVAL], whole=whole)
    assert [company.name for company in query.companies] == ["Rival Corp"]


def test_a_part_is_of_no_company_where_the_whole_question_names_two():
    whole = "Did Rival or Acme pay dividends?"
    assert understand_question("What were they?", [ACME, RIVAL], whole=whole).companies == ()


def test_a_company_that_is_not_in_the_library_is_left_open():
    assert understand_question("What did Globex earn?", [ACME]).document_ids is None


def test_the_last_year_is_the_latest_filings():
    older = build_document(year=2019)
    assert find_latest_year([older, ACME], ()) == 2022
    query = understand_question("What was revenue last year?", [older, ACME])
    assert query.periods.years == {2022}


def test_where_companies_last_years_differ_the_last_year_stays_open():
    periods = understand_question("What was revenue last year?", [ACME, RIVAL]).periods
    assert (periods.years, periods.open) == (frozenset(), ("last year",))


def test_the_last_year_is_that_of_the_company_that_is_named():
    query = understand_question("What was Rival's revenue last year?", [ACME, RIVAL])
    assert query.periods.years == {2023}


def test_a_quarter_hints_at_the_quarterly_report():
    assert "10-Q" in understand_question("What was revenue in Q2 2022?", [ACME]).forms


# Vocabulary


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("Based on the balance sheet, what is debt?", {"balance_sheet"}),
        ("the consolidated statements of cash flows", {"cash_flow"}),
        ("the statement of income", {"income"}),
        ("the P&L statement", {"income"}),
        ("the statement of financial position", {"balance_sheet"}),
        ("Which of operations, investing or financing brought most cash?", {"cash_flow"}),
        ("What was income from operations?", set()),
        ("What was free cash flow?", set()),
    ],
)
def test_a_statement_is_named_by_its_title_or_all_its_headings(text, statements):
    assert find_statements(text) == statements


def test_the_name_of_a_statement_is_taken_out():
    assert remove_statements("the cash flow statement shows net sales").split() == [
        "the", "shows", "net", "sales",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("What does the 10-K say?", {"10-K"}),
        ("in its 10Qs", {"10-Q"}),
        ("the annual report of 2022", {"10-K"}),
        ("the 8-K of May 2022", {"8-K"}),
        ("What was adjusted EPS?", {"release"}),
        ("What is the guidance for 2023?", {"release"}),
        ("What accounting guidance was adopted?", set()),
        ("What does the 10-K405 say?", set()),
        ("What was revenue?", set()),
    ],
)
def test_a_form_is_hinted_at(text, forms):
    assert find_forms(text) == forms


@pytest.mark.parametrize(
    "text",
    [
        "Which segment had the largest sales?",
        "What region grew the fastest?",
        "Rank the segments by the highest margin",
        "Which brand sold the most?",
        "Which year had the lowest or the greatest margin?",
        "What was the fewest number of stores?",
    ],
)
def test_a_superlative_compares(text):
    assert asks_to_compare(text)


@pytest.mark.parametrize(
    "text",
    [
        "What was the interest expense?",
        "What is the latest estimate?",
        "What is the most recent dividend?",
        "What did Best Buy earn?",
        "What is at least due in 2023?",
        "What is the best estimate of the loss?",
        "What did the Midwest region earn?",
        "What is the modest request of the guest?",
        "Is the highest margin disclosed?",
    ],
)
def test_what_only_sounds_like_a_superlative_does_not_compare(text):
    assert not asks_to_compare(text)


def test_alternatives_are_found_in_the_plural_too():
    found = load_vocabulary().find_alternatives("Who are the CEOs?")
    assert found == {"CEO": ("chief executive officer",)}


def test_the_item_of_a_form_that_tells_of_it_is_found():
    assert "Item 3." in load_vocabulary().find_items("Are there lawsuits?")
    assert load_vocabulary().find_items("What was revenue?") == frozenset()


def test_a_vocabulary_that_lacks_a_part_is_refused():
    with pytest.raises(KeyError):
        parse_vocabulary("[same]\ngroups = []")


# Whatever is asked

WORDS = st.sampled_from(
    "what was the revenue net sales Acme Rival's FY2022 'and' 2021-22 Q3 last year which largest "
    'Answer in USD. If not, state so. : ? * " balance sheet gross margin 3M due 2035'.split(" ")
)


@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join)), st.text())
def test_no_question_fails(text, whole):
    query = understand_question(text, [ACME, RIVAL], whole=whole)
    assert query.text == text
    assert 0.0 <= query.certainty <= 1.0
    assert all(0.0 < need.weight <= 1.0 for need in query.needs)
    assert all(1900 <= year <= 2099 for year in query.periods.years)
    assert all(term[0] for term in query.terms)


@given(
    st.lists(
        st.builds(
            lambda company, year, name: replace(build_document(company, year), name=name),
            st.none() | st.text(),
            st.none() | st.integers(1900, 2099),
            st.text(),
        ),
        max_size=4,
    )
)
def test_no_documents_fail(documents):
    query = understand_question("What was Acme's revenue last year?", documents)
    assert query.words
