"""Companies are found as questions write them, and plain words are no companies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.documents import Document, FilingFacts
from research.understanding.companies import find_companies, list_companies


def build_document(company, name, tickers=()):
    filing = FilingFacts(company, "10-K", 2022, tickers=tickers)
    return Document(f"id of {name}", name, filing, 1, 1, 0, 0, "2024-02-03T04:05:06+00:00")


LIBRARY = list_companies(
    [
        build_document("General Motors Company", "gm_annual.pdf", ("GM",)),
        build_document("General Mills, Inc.", "GENERALMILLS_2019_10K.pdf", ("GIS",)),
        build_document("The Coca-Cola Company", "ko.pdf", ("KO",)),
        build_document("Johnson & Johnson", "JOHNSON_JOHNSON_2022_10K.pdf", ("JNJ",)),
        build_document("AT&T Inc.", "att.pdf", ("T",)),
        build_document("Bank of America Corporation", "bank_of_america_10k.pdf", ("BAC",)),
        build_document("The Bank of New York Mellon Corporation", "bank_of_new_york_10k.pdf"),
        build_document("Target Corporation", "TARGET_2022_10K.pdf", ("TGT",)),
        build_document("Apple Inc.", "aapl-20230930.pdf", ("AAPL",)),
        build_document("The Gap, Inc.", "gps.pdf", ("GPS",)),
        build_document("Square, Inc.", "BLOCK_2020_10K.pdf", ("SQ",)),
        build_document("PepsiCo, Inc.", "PEPSICO_2022_10K.pdf", ("PEP",)),
        build_document("Ulta Beauty, Inc.", "ULTABEAUTY_2023Q4_EARNINGS.pdf"),
        build_document("JPMorgan Chase & Co.", "jpm.pdf", ("JPM",)),
        build_document("Foot Locker, Inc.", "FOOTLOCKER_2022_8K_dated.pdf", ("FL",)),
        build_document("3M Company", "3M_2018_10K.pdf", ("MMM",)),
        build_document("Amcor plc", "AMCOR_2023_10K.pdf"),
        build_document("Exxon Mobil Corporation", "xom-10k.pdf", ("XOM",)),
        build_document(None, "WALMART_2019_10K.pdf"),
        build_document("Advanced Micro Devices, Inc.", "AMD_2022_10K.pdf"),
        build_document("American Express Company", "AMERICANEXPRESS_2022_10K.pdf", ("AXP",)),
        build_document("American Water Works Company, Inc.", "AWK_2020_10K.pdf", ("AWK",)),
        build_document("Best Buy Co., Inc.", "BESTBUY_2017_10K.pdf", ("BBY",)),
        build_document("McDonald\u2019s Corporation", "mcd.pdf", ("MCD",)),
        build_document("V.F. Corporation", "vfc.pdf", ("VFC",)),
        build_document("Gartner, Inc.", "gartner.pdf", ("IT",)),
        build_document("U.S. Bancorp", "usb.pdf", ("USB",)),
    ]
)


def named(text):
    return [company.name for company in find_companies(text, LIBRARY)]


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("What was General Motors' net income?", "General Motors Company"),
        ("what was gm's revenue in fiscal '22?", "General Motors Company"),
        ("General Mills retention ratio in FY2019", "General Mills, Inc."),
        ("How did Coca-Cola's revenue change?", "The Coca-Cola Company"),
        ("coca cola dividends", "The Coca-Cola Company"),
        ("johnson & johnson total debt", "Johnson & Johnson"),
        ("Johnson and Johnson's tax rate", "Johnson & Johnson"),
        ("What did J&J spend on R&D?", "Johnson & Johnson"),
        ("at&t free cash flow 2021", "AT&T Inc."),
        ("What was Bank of America's CET1 ratio?", "Bank of America Corporation"),
        ("home loans of bank of america", "Bank of America Corporation"),
        ("bank of new york mellon's fees", "The Bank of New York Mellon Corporation"),
        ("What was Apple's revenue?", "Apple Inc."),
        ("apple revenue 2022", "Apple Inc."),
        ("APPLE REVENUE 2022", "Apple Inc."),
        ("Pepsi net revenue 2022", "PepsiCo, Inc."),
        ("What is Ulta's inventory turnover?", "Ulta Beauty, Inc."),
        ("J.P. Morgan's total assets", "JPMorgan Chase & Co."),
        ("Footlocker's CEO", "Foot Locker, Inc."),
        ("Is 3M capital-intensive?", "3M Company"),
        ("gross margin of amcor", "Amcor plc"),
        ("ExxonMobil's upstream earnings", "Exxon Mobil Corporation"),
        ("Exxon's capex", "Exxon Mobil Corporation"),
        ("What was Walmart's FY2019 COGS?", "walmart"),
        ("AMD's quick ratio", "Advanced Micro Devices, Inc."),
        ("Which geographies does American Express operate in?", "American Express Company"),
        ("American Water's debt", "American Water Works Company, Inc."),
        ("BestBuy store count", "Best Buy Co., Inc."),
        ("mcdonalds franchise revenue", "McDonald\u2019s Corporation"),
        ("McDonald's franchise revenue", "McDonald\u2019s Corporation"),
        ("VF Corp inventories", "V.F. Corporation"),
        ("V.F. inventories", "V.F. Corporation"),
    ],
)
def test_a_company_is_found_as_questions_write_it(text, company):
    assert named(text) == [company]


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("What was Target's growth?", "Target Corporation"),
        ("what was target's growth?", "Target Corporation"),
        ("Did the margin at Gap improve?", "The Gap, Inc."),
        ("what was gap inc revenue", "The Gap, Inc."),
        ("Block's gross profit", "Square, Inc."),
        ("Target spent more on wages in 2022.", "Target Corporation"),
        ("target 2022 revenue", "Target Corporation"),
    ],
)
def test_a_plain_word_counts_where_it_is_written_as_a_name(text, company):
    assert named(text) == [company]


@pytest.mark.parametrize(
    "text",
    [
        "What is the target payout ratio?",
        "what is the target's payout ratio?",
        "what is the target leverage of the company?",
        "What explains the gap between GAAP and non-GAAP income?",
        "What did the block of shares cost?",
        "Block trades in 2022",
        "WHAT IS THE TARGET RATE?",
        "sales per square foot",
        "general and administrative expense",
        "Which bank had the largest loans?",
        "Which American companies compete?",
        "What are advanced technologies?",
        "Revenue in the U.S. and abroad",
        "What is the company's revenue?",
        "comparing apples and oranges",
        "",
    ],
)
def test_a_plain_word_is_no_company(text):
    assert named(text) == []


def test_several_companies_are_found_in_the_librarys_order():
    assert named("Did Walmart or Best Buy or Target grow faster?") == [
        "Target Corporation",
        "walmart",
        "Best Buy Co., Inc.",
    ]


@pytest.mark.parametrize(
    "text", ["MMM margins in 2022", "margins of (NYSE: MMM)", "$MMM", "What is MMM's margin?"]
)
def test_a_ticker_counts_in_capitals(text):
    assert named(text) == ["3M Company"]


@pytest.mark.parametrize("text", ["mmm margins", "MMMs", "WHAT DID MMM SPEND?", "Mmm, margins?"])
def test_a_ticker_that_capitals_do_not_set_apart_is_none(text):
    assert named(text) == []


def test_a_ticker_of_one_letter_names_nobody():
    assert named("T accounts in 2022") == []


def test_a_ticker_that_is_a_word_of_finance_needs_its_mark():
    assert named("What does IT cost?") == []
    assert named("What does (NYSE: IT) cost?") == ["Gartner, Inc."]


def test_a_longer_name_is_not_also_the_shorter_one():
    companies = list_companies(
        [build_document("Apple Inc.", "a.pdf"), build_document("Apple Hospitality Inc.", "b.pdf")]
    )
    found = find_companies("What are Apple Hospitality's rents?", companies)
    assert [company.name for company in found] == ["Apple Hospitality Inc."]


def test_a_first_word_that_several_companies_share_names_none():
    assert named("What did General report?") == []


def test_a_companys_documents_come_together_under_its_first_name():
    companies = list_companies(
        [
            build_document("Square, Inc.", "BLOCK_2020_10K.pdf"),
            build_document("Block, Inc.", "BLOCK_2022_10K.pdf"),
            build_document("BLOCK, INC.", "10k.pdf"),
        ]
    )
    assert [company.name for company in companies] == ["Square, Inc."]
    assert len(companies[0].document_ids) == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [("Bank of America Corporation", "Bank of Hawaii Corp"), ("General Motors", "General Mills")],
)
def test_files_whose_names_begin_alike_are_not_of_one_company(one, other):
    names = [f"{company.replace(' ', '_')}_10k.pdf" for company in (one, other)]
    documents = [build_document(one, names[0]), build_document(other, names[1])]
    assert len(list_companies(documents)) == 2


def test_initials_that_two_companies_share_name_neither_and_join_nothing():
    documents = [
        build_document("Advanced Micro Devices, Inc.", "one.pdf"),
        build_document("Acme Motor Doors, Inc.", "two.pdf"),
    ]
    companies = list_companies(documents)
    assert len(companies) == 2
    assert find_companies("What did AMD earn?", companies) == ()


def test_a_file_that_is_no_filing_is_no_company():
    """ "What were the sales?" asks for no company although a file is called so."""
    document = Document("d1", "sales.csv", FilingFacts(), 1, 1, 0, 0, "2024-02-03T04:05:06+00:00")
    assert list_companies([document]) == ()


def test_a_file_named_by_its_kind_alone_is_no_company():
    assert list_companies([build_document(None, "Q3 FY22 Form 10-Q.pdf")]) == ()


@given(st.text())
def test_no_text_fails(text):
    assert set(find_companies(text, LIBRARY)) <= set(LIBRARY)


@given(st.text(), st.text(), st.lists(st.text(max_size=5), max_size=3).map(tuple))
def test_no_documents_name_fails(company, name, tickers):
    companies = list_companies([build_document(company, name, tickers)])
    assert len(companies) <= 1
    find_companies(f"What did {company} earn? {name}", companies)
