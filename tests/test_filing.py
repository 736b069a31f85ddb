"""What a cover says of a filing is read; what it does not say stays None."""

from __future__ import annotations

import pytest

from ingestion.documents import FilingFacts, Line, Page, Word
from ingestion.filing import read_filing_facts


def build_pages(*texts: str) -> list[Page]:
    return [
        Page(
            number,
            tuple(
                Line(tuple(map(Word, line.split()))) for line in text.splitlines() if line.strip()
            ),
        )
        for number, text in enumerate(texts, start=1)
    ]


def build_cover(
    *, form: str = "10-K", ended: str = "For the fiscal year ended December 31, 2023"
) -> str:
    return f"""
        UNITED STATES SECURITIES AND EXCHANGE COMMISSION
        Form {form}
        {ended}
        Commission file number 001-12345
        Thistledown Mills, Inc.
        (Exact name of registrant as specified in its charter)
    """


def test_a_cover_tells_company_form_year_and_period():
    assert read_filing_facts(build_pages(build_cover())) == FilingFacts(
        "Thistledown Mills, Inc.", "10-K", 2023, "2023-12-31"
    )


@pytest.mark.parametrize(
    ("printed", "form"),
    [("10-K", "10-K"), ("10K", "10-K"), ("10-k/A", "10-K/A"), ("10-Q", "10-Q"), ("20-F", "20-F")],
)
def test_a_form_is_named_in_one_way(printed, form):
    assert read_filing_facts(build_pages(build_cover(form=printed))).form == form


@pytest.mark.parametrize(
    ("ended", "period_end"),
    [
        ("For the fiscal year ended September 30, 2023", "2023-09-30"),
        ("FOR THE FISCAL YEAR ENDED SEPTEMBER 30, 2023", "2023-09-30"),
        ("For the quarterly period ended Sep. 30 , 2023", "2023-09-30"),
        ("For the year ended: June 1, 2023", "2023-06-01"),
        ("For the fiscal year ended February 31, 2023", None),
        ("For the fiscal year that has ended", None),
    ],
)
def test_the_end_of_the_period_is_read_where_it_is_a_date(ended, period_end):
    assert read_filing_facts(build_pages(build_cover(ended=ended))).period_end == period_end


JANUARY = build_cover(ended="For the fiscal year ended January 28, 2024")


def test_a_year_that_ends_in_january_is_the_one_that_the_company_calls_it():
    pages = build_pages(JANUARY, "Net sales of fiscal 2023 rose. Fiscal 2023 had 52 weeks.")
    facts = read_filing_facts(pages)
    assert (facts.fiscal_year, facts.period_end) == (2023, "2024-01-28")


def test_a_year_that_ends_in_january_may_be_called_after_that_january():
    pages = build_pages(JANUARY, "Net sales of fiscal 2024 rose from those of fiscal 2023.")
    assert read_filing_facts(pages).fiscal_year == 2024


def test_a_year_that_ends_in_march_is_not_argued_about():
    cover = build_cover(ended="For the fiscal year ended March 31, 2024")
    pages = build_pages(cover, "fiscal 2023, fiscal 2023 and fiscal 2023")
    assert read_filing_facts(pages).fiscal_year == 2024


def test_a_current_report_has_a_date_and_no_fiscal_year():
    cover = build_cover(form="8-K", ended="Date of Report (Date of earliest event): May 3, 2023")
    facts = read_filing_facts(build_pages(cover))
    assert (facts.form, facts.period_end, facts.fiscal_year) == ("8-K", "2023-05-03", None)


def test_without_the_line_on_its_name_a_company_stands_below_the_file_number():
    facts = read_filing_facts(build_pages("Commission File No. 1-2345\nThistledown Mills, Inc."))
    assert facts.company == "Thistledown Mills, Inc."


def test_a_rule_between_name_and_its_line_is_no_name():
    text = "Thistledown Mills, Inc.\n________________\n(Exact name of registrant)"
    assert read_filing_facts(build_pages(text)).company == "Thistledown Mills, Inc."


def test_what_stands_after_the_cover_pages_is_not_taken_for_a_cover():
    pages = build_pages("A report", "Contents", "Business", build_cover())
    assert read_filing_facts(pages) == FilingFacts()


@pytest.mark.parametrize("texts", [(), ("",), ("A letter to our shareholders\n2023 was good",)])
def test_what_nothing_says_stays_unknown(texts):
    assert read_filing_facts(build_pages(*texts)) == FilingFacts(None, None, None, None)
