"""Questions that the library can answer: none whose figures are not all there."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.composition import sample_files
from app.desk.suggesting import MOST, shorten_company, suggest_questions
from ingestion.documents import Document, Fact, FilingFacts
from ingestion.periods import Period


def filing(key="d1", company="Acme Corporation", year=2023):
    facts = FilingFacts(company, "10-K", year, f"{year}-12-31")
    return Document(key, f"{key}.pdf", facts, 9, 21, 3, 0, "2024")


def fact(concept, year, months=12, statement="income", document_id="d1"):
    period = Period(months, fiscal_year=year)
    return Fact(
        fact_id="f",
        document_id=document_id,
        page=1,
        line_item=f"{concept}, net",
        parents=(),
        concept=concept,
        period=period,
        value=Decimal(5),
        value_as_printed="5",
        unit="USD",
        scale=1,
        statement=statement,
        source="table",
        quote="",
        line=1,
    )


def find_among(*facts):
    return lambda ids, concepts: [
        one for one in facts if one.document_id in ids and one.concept in concepts
    ]


def test_the_hard_question_comes_first_where_both_years_are_there():
    items = ("revenue", "operating_income", "net_income")
    facts = [fact(item, year) for item in items for year in (2022, 2023)]
    first, second, third = suggest_questions([filing()], find_among(*facts))
    assert first == "Did Acme's operating income grow faster than its revenue from 2022 to 2023?"
    assert second == "What was Acme's net income as a percentage of its revenue in 2023?"
    assert third == "What was Acme's revenue in 2023?"


@pytest.mark.parametrize(
    "only",
    [
        fact("revenue", 2022),
        fact("revenue", 2023, months=3),
        fact("revenue", 2023, statement=None),
    ],
)
def test_nothing_is_asked_that_no_statement_prints_for_the_year(only):
    assert suggest_questions([filing()], find_among(only)) == ()


def test_each_company_has_its_turn():
    facts = [
        fact("revenue", 2023),
        fact("net_income", 2023),
        fact("revenue", 2023, document_id="d2"),
    ]
    found = suggest_questions([filing(), filing("d2", "Best Buy Co., Inc.")], find_among(*facts))
    assert len(found) == MOST
    assert found[1] == "What was Best Buy's revenue in 2023?"


def test_of_one_company_the_newest_filing_is_asked():
    facts = [fact("revenue", 2021, document_id="old"), fact("revenue", 2023)]
    found = suggest_questions([filing("old", year=2021), filing()], find_among(*facts))
    assert found == ("What was Acme's revenue in 2023?",)


def test_a_row_is_called_as_the_filing_calls_it():
    row = replace(fact("revenue", 2023), line_item="Net sales")
    assert suggest_questions([filing()], find_among(row)) == (
        "What were Acme's net sales in 2023?",
    )


def test_a_document_of_nobody_suggests_nothing():
    assert suggest_questions([filing(company=None)], find_among(fact("revenue", 2023))) == ()


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("3M Company", "3M"),
        ("Foot Locker, Inc.", "Foot Locker"),
        ("The Coca-Cola Company", "The Coca-Cola"),
        ("Corning Incorporated", "Corning"),
        ("Co.", "Co."),
    ],
)
def test_a_company_is_spoken_of_without_its_legal_form(name, short):
    assert shorten_company(name) == short


def test_the_sample_suggests_what_its_statements_print(workspace):
    for path in sample_files():
        workspace.add_file(path)
    found = suggest_questions(
        workspace.documents(), lambda ids, names: workspace.find_facts(ids, concepts=names)
    )
    assert found[0] == (
        "Did Bramblewick Tools' operating income grow faster than its net sales from 2022 to 2023?"
    )
