"""A table is taken for a statement where its title or its rows leave no doubt."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.documents import Line, Page, Word
from ingestion.filings.statements import (
    classify_statement,
    find_statement_kind,
    is_instant,
    match_statement_title,
    read_page_title,
)

BALANCE_SHEET = (
    "Cash and cash equivalents",
    "Total current assets",
    "Total assets",
    "Total current liabilities",
    "Total liabilities and shareholders’ equity",
)
CASH_FLOW = (
    "Net earnings",
    "Net cash provided by (used in) operating activities",
    "Purchases of property",
    "Net cash used in investing activities",
    "Net cash from financing activities",
    "Cash at end of year",
)
INCOME = (
    "Net sales",
    "Cost of sales",
    "Gross profit",
    "Operating income",
    "Income before income taxes",
    "Provision for income taxes",
    "Net income",
)


def build_page(*texts: str) -> Page:
    return Page(1, tuple(Line(tuple(map(Word, text.split()))) for text in texts))


@pytest.mark.parametrize(
    ("caption", "kind"),
    [
        ("Consolidated Statements of Income", "income"),
        ("CONSOLIDATED STATEMENTS OF OPERATIONS (Unaudited)", "income"),
        ("Consolidated Statements of Net Earnings (Loss)", "income"),
        ("Statement of Consolidated Operations", "income"),
        ("Consolidated Statements of Operations and Comprehensive Income (Loss)", "income"),
        ("Consolidated Statements of Comprehensive Income (Loss)", "comprehensive_income"),
        ("Consolidated Statement of Financial Position", "balance_sheet"),
        ("Condensed Consolidated Balance Sheets", "balance_sheet"),
        ("Thistle Company and Subsidiaries Consolidated Balance Shee t", "balance_sheet"),
        ("Consolidated Statements of Cash Flows (in millions)", "cash_flow"),
        ("Supplemental Disclosure of Cash Flow Information", "cash_flow"),
        ("Consolidated Statements of Stockholders’ Equity", "equity"),
        ("Consolidated Statements of Changes in Shareholders' Equity and (Deficit)", "equity"),
        ("Provision for income taxes", "tax"),
        ("Reconciliation of the effective tax rate", "tax"),
        ("Components of deferred tax assets", "tax"),
        ("Earnings (loss) per common share", "per_share"),
        ("Reportable segment results", "segment"),
    ],
)
def test_a_title_names_its_statement(caption, kind):
    assert classify_statement(caption, ()) == kind


@pytest.mark.parametrize(
    "caption",
    [
        "",
        "Amounts recognized in the Consolidated Statements of Income",
        "Leases in our consolidated balance sheets were as follows",
        "Balance Sheet Location",
        "Off-balance sheet arrangements",
        "Balance sheet components",
        "Cash flow hedges",
        "Free cash flow",
        "Pro forma statement of operations",
        "Consolidated statements of income as a percent of sales",
        "Inventories",
    ],
)
def test_what_only_speaks_of_a_statement_is_none(caption):
    assert classify_statement(caption, ("Inventories", "Other")) is None


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (BALANCE_SHEET, "balance_sheet"),
        (CASH_FLOW, "cash_flow"),
        (INCOME, "income"),
        (("Statutory U.S. tax rate", "State taxes", "Effective tax rate"), "tax"),
        (
            ("Net income", "Translation", "Other comprehensive loss", "Comprehensive income"),
            "comprehensive_income",
        ),
        (
            ("Balance at January 1", "Net income", "Dividends declared", "Stock-based awards"),
            "equity",
        ),
        (
            ("Net income", "Weighted average shares", "Dilutive effect of options"),
            "per_share",
        ),
    ],
)
def test_without_a_title_the_rows_tell_the_statement(labels, kind):
    assert classify_statement("", labels) == kind


@pytest.mark.parametrize(
    "labels",
    [
        ("Inventories", "Raw materials", "Work in process", "Finished goods", "Total assets"),
        ("Total assets", "Total liabilities"),
        ("Total assets acquired", "Total liabilities assumed", "Net assets acquired"),
        ("Net sales", "Net income"),
        (*INCOME, "Total assets", "Long-term debt"),
        (*INCOME, "Adjusted EBITDA"),
        ("Net cash provided by operating activities", "Capital spending", "Free cash flow"),
        (),
    ],
)
def test_few_or_mixed_rows_tell_nothing(labels):
    assert classify_statement("", labels) is None


def test_footnote_marks_and_colons_do_not_hide_a_label():
    labels = ("Total current assets:", "Total assets (a)", "Total liabilities *")
    assert classify_statement("", labels) == "balance_sheet"


@pytest.mark.parametrize(
    ("section", "kind"),
    [
        ("Item 8. Financial Statements > Note 10. Income Taxes", "tax"),
        ("Note 4. Earnings Per Share", "per_share"),
        ("Note 18. Business Segments", "segment"),
        ("Note 3. Revenue", None),
        ("Note 10. Income Taxes > Note 11. Debt", None),
    ],
)
def test_a_notes_title_lends_its_topic_to_its_tables(section, kind):
    assert classify_statement("", ("Total",), section) == kind


def test_a_statements_section_counts_only_with_rows_that_bear_it_out():
    section = "Item 8. Financial Statements > Consolidated Balance Sheets"
    assert classify_statement("", ("Total assets", "Total liabilities"), section) == "balance_sheet"
    assert classify_statement("", ("Land", "Buildings"), section) is None


@pytest.mark.parametrize(
    ("kind", "instant"),
    [
        ("balance_sheet", True),
        ("income", False),
        ("cash_flow", False),
        ("comprehensive_income", False),
        ("equity", None),
        ("segment", None),
        (None, None),
    ],
)
def test_a_statement_is_of_a_day_or_of_a_span(kind, instant):
    assert is_instant(kind) is instant


def test_the_title_stands_below_the_company_and_above_the_dates():
    page = build_page(
        "Table of Contents",
        "Thistle Company and Subsidiaries",
        "Consolidated Statement of Incom e",
        "Years ended December 31",
        "(Millions) 2018 2017",
    )
    assert read_page_title(page) == "Consolidated Statement of Income"


def test_a_title_may_run_over_two_lines():
    page = build_page("CONSOLIDATED STATEMENTS OF OPERATIONS AND", "COMPREHENSIVE INCOME (LOSS)")
    expected = "CONSOLIDATED STATEMENTS OF OPERATIONS AND COMPREHENSIVE INCOME (LOSS)"
    assert read_page_title(page) == expected


@pytest.mark.parametrize(
    "text",
    [
        "CONSOLIDATED BALANCE SHEETS",
        "Consolidated Balance Sheets (Unaudited)",
        "Consolidated Balance Sheets - (Continued)",
        "Consolidated balance sheets as of December 31, 2022 and 2021",
        "Consolidated Balance Sheets Thistle Incorporated and Subsidiary Companies",
        "Thistle Incorporated and Subsidiaries Consolidated Balance Sheets",
    ],
)
def test_dates_marks_and_names_may_stand_around_a_title(text):
    title, lines = match_statement_title(text)
    assert (title.lower(), lines) == ("consolidated balance sheets", 1)


@pytest.mark.parametrize(
    "text",
    [
        "Consolidated Balance Sheets 58",
        "Consolidated Balance Sheets at December 31, 2018 and 2017 58",
        "Consolidated balance sheets as of December 31, 2022, and the related notes",
        "consolidated balance sheets",
        "Statement of operations",
        "See the Consolidated Balance Sheets",
        "Balance sheet arrangements",
        "",
    ],
)
def test_contents_entries_and_prose_are_no_titles(text):
    assert match_statement_title(text) == ("", 0)


def test_a_page_that_lists_statements_holds_none():
    page = build_page(
        "Consolidated Balance Sheets",
        "Consolidated Statements of Income",
        "Consolidated Statements of Cash Flows",
    )
    assert read_page_title(page) == ""


def test_a_short_title_deep_on_the_page_heads_a_note():
    assert read_page_title(build_page("One", "Two", "Three", "Four", "Balance Sheet")) == ""
    assert read_page_title(build_page("One", "Balance Sheet")) == "Balance Sheet"


def test_a_title_tells_its_kind():
    assert find_statement_kind("CONSOLIDATED STATEMENTS OF CASH FLOWS") == "cash_flow"
    assert find_statement_kind("Selected figures") is None


@settings(deadline=None)
@given(st.text(max_size=80), st.lists(st.text(max_size=40), max_size=6), st.text(max_size=40))
def test_any_text_is_classified_or_left(caption, labels, section):
    kind = classify_statement(caption, labels, section)
    assert kind is None or is_instant(kind) in {True, False, None}
    assert isinstance(read_page_title(build_page(caption, *labels)), str)


def test_a_line_of_leaders_is_read_at_once():
    """Nested repeats in a pattern would take for ever on this line."""
    assert match_statement_title("Consolidated Balance Sheets" + " ." * 400 + " x") == ("", 0)
    assert classify_statement("", ("Total assets" + " (a) ." * 200 + " x",)) is None
