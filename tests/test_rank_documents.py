"""How well a document fits a question by company, year and form: a prior and no filter."""

from __future__ import annotations

from datetime import date

import pytest

from ingestion.documents import Document, FilingFacts
from research.retrieval.documents import find_quarter, weigh_documents
from research.understanding.query import AskedPeriods, Company, Query


def build_document(key, year=2022, form="10-K", end=None, month=12, company="Acme Inc."):
    filing = FilingFacts(company, form, year, end, month)
    return Document(key, f"{key}.pdf", filing, 1, 1, 0, 0, "2024-02-03T04:05:06+00:00")


def build_query(*years, forms=(), quarters=(), days=(), companies=()):
    periods = AskedPeriods(frozenset(years), frozenset(quarters), frozenset(days))
    return Query("q", "q", periods=periods, forms=frozenset(forms), companies=tuple(companies))


def order(query, *documents):
    """The documents' ids, the best first; documents of one weight in brackets."""
    weights = weigh_documents(query, documents)
    assert all(0.0 < weight <= 1.0 for weight in weights.values())
    return sorted(weights, key=lambda key: -weights[key])


FY20, FY21, FY22, FY23 = (build_document(f"fy{year % 100}", year) for year in range(2020, 2024))


def test_the_year_that_is_asked_for_comes_first_and_the_next_years_filing_second():
    assert order(build_query(2021), FY20, FY21, FY22, FY23) == ["fy21", "fy22", "fy23", "fy20"]


def test_a_range_is_told_best_by_the_filing_of_its_last_year():
    found = order(build_query(2020, 2021, 2022), FY20, FY21, FY22, FY23)
    assert found[0] == "fy22"


def test_without_a_year_the_newest_filing_comes_first():
    assert order(build_query(), FY20, FY21, FY22) == ["fy22", "fy21", "fy20"]


def test_an_old_filing_is_never_forgotten():
    old = build_document("old", 1995)
    assert weigh_documents(build_query(), [old, FY22])["old"] == pytest.approx(0.6)


def test_a_document_without_a_year_comes_after_the_year_that_is_asked_for():
    unknown = build_document("unknown", None)
    assert order(build_query(2022), unknown, FY22) == ["fy22", "unknown"]


def test_where_nothing_tells_a_year_the_period_end_does():
    ended = build_document("ended", None, end="2021-12-31")
    assert order(build_query(2021), FY20, ended) == ["ended", "fy20"]


def test_other_companies_come_last_and_are_not_dropped():
    rival = build_document("rival", company="Rival Corp")
    acme = Company("Acme Inc.", frozenset({"acme"}), frozenset({"fy22"}))
    weights = weigh_documents(build_query(2022, companies=[acme]), [FY22, rival])
    assert weights == {"fy22": 1.0, "rival": 0.25}


def test_an_annual_report_comes_first_where_no_form_is_named():
    quarterly = build_document("q", form="10-Q")
    assert order(build_query(2022), quarterly, FY22) == ["fy22", "q"]


def test_a_quarter_is_told_by_its_own_quarterly_report():
    second = build_document("q2", form="10-Q", end="2022-06-30")
    third = build_document("q3", form="10-Q", end="2022-09-30")
    query = build_query(2022, forms=["10-Q"], quarters=[3])
    assert order(query, FY22, second, third)[0] == "q3"


def test_a_current_report_is_told_by_its_day():
    one = build_document("one", form="8-K", end="2022-07-01")
    other = build_document("other", form="8-K", end="2022-08-19")
    query = build_query(2022, forms=["8-K"], days=[date(2022, 8, 19)])
    assert order(query, FY22, one, other) == ["other", "one", "fy22"]


def test_what_stands_in_releases_is_sought_there_first():
    release = build_document("release", form=None)
    assert order(build_query(2022, forms=["release"]), FY22, release) == ["release", "fy22"]


@pytest.mark.parametrize(
    ("end", "month", "quarter"),
    [
        ("2022-03-31", 12, 1),
        ("2022-12-31", 12, 4),
        ("2022-12-31", 9, 1),
        ("2022-09-30", 6, 1),
        ("2022-04-30", 1, 1),
        (None, 12, None),
        ("2022-03-31", None, None),
    ],
)
def test_the_quarter_that_a_filing_closes(end, month, quarter):
    assert find_quarter(build_document("d", end=end, month=month)) == quarter


def test_no_documents_have_no_weights():
    assert weigh_documents(build_query(2022), []) == {}
