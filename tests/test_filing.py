"""What a cover says of a filing is read; what it does not say stays None."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.documents import FilingFacts, Line, Page, Word
from ingestion.filings.cover import read_filing_facts


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
        "Thistledown Mills, Inc.", "10-K", 2023, "2023-12-31", 12
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


QUARTER = build_cover(form="10-Q", ended="For the quarterly period ended December 31, 2022")


def test_a_quarter_lies_in_the_fiscal_year_that_ends_after_it():
    pages = build_pages(QUARTER, "our Annual Report on Form 10-K for the year ended June 30, 2022")
    facts = read_filing_facts(pages)
    assert (facts.form, facts.fiscal_year, facts.year_end_month) == ("10-Q", 2023, 6)
    assert facts.period_end == "2022-12-31"


@pytest.mark.parametrize(
    ("span", "fiscal_year", "month"),
    [
        ("Three Months Ended", 2023, 9),
        ("Three and Six Months Ended", 2023, 6),
        ("Nine Months Ended", 2023, 3),
        ("39 weeks ended", 2023, 3),
    ],
)
def test_a_quarterly_reports_longest_span_tells_when_the_year_ends(span, fiscal_year, month):
    facts = read_filing_facts(build_pages(QUARTER, "Three Months Ended", span))
    assert (facts.fiscal_year, facts.year_end_month) == (fiscal_year, month)


def test_a_quarter_of_a_year_that_nothing_places_has_no_fiscal_year():
    facts = read_filing_facts(build_pages(QUARTER))
    assert (facts.fiscal_year, facts.year_end_month) == (None, None)


@pytest.mark.parametrize(
    ("ended", "fiscal_year", "month"),
    [("February 2, 2025", 2025, 1), ("January 1, 2023", 2022, 12), ("June 1, 2023", 2023, 5)],
)
def test_a_year_of_52_weeks_belongs_to_the_month_that_it_runs_over(ended, fiscal_year, month):
    cover = build_cover(ended=f"For the fiscal year ended {ended}")
    facts = read_filing_facts(build_pages(cover))
    assert (facts.fiscal_year, facts.year_end_month) == (fiscal_year, month)


def test_years_named_by_their_end_are_not_misled_by_much_talk_of_the_year_before():
    pages = build_pages(JANUARY, "fiscal 2024 " * 8 + "fiscal 2023 " * 9)
    assert read_filing_facts(pages).fiscal_year == 2024


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("NORTHERN LIGHT AND POWER\nCORPORATION\n(Exact name of registrant)", None),
        ("THISTLEDOWN MILLS, INC. (Exact name of registrant as specified)", None),
        ("Exact name of registrant as specified in its charter: Thistledown Mills, Inc.", None),
        ("or\n(Exact name of registrant as specified)\nThistledown Mills, Inc.", None),
        ("THISTLE M ILLS D OWN\n(Exact name of registrant)", "THISTLE MILLS DOWN"),
        ("Commission file number 1-2345\n(Exact name of registrant)\n_____", "none"),
    ],
)
def test_a_companys_name_is_found_in_the_order_that_the_cover_has(text, company):
    expected = {
        "NORTHERN": "NORTHERN LIGHT AND POWER CORPORATION",
        "THISTLEDOWN": "THISTLEDOWN MILLS, INC.",
        "none": None,
    }
    found = read_filing_facts(build_pages(text)).company
    assert found == expected.get(company or text.split()[0], company or "Thistledown Mills, Inc.")


def test_a_running_header_names_the_company_where_no_cover_does():
    header = "Thistledown Mills, Inc. and Subsidiaries\nNotes"
    assert read_filing_facts(build_pages(header, header)).company == "Thistledown Mills, Inc."


def test_a_header_that_stands_once_is_no_running_header():
    pages = build_pages("Thistledown Mills, Inc. and Subsidiaries", "Notes")
    assert read_filing_facts(pages).company is None


def test_the_line_on_a_transition_report_is_no_period():
    cover = build_cover(
        ended="For the fiscal year ended May 31, 2023\nFor the transition period from ____ to ____"
    )
    facts = read_filing_facts(build_pages(cover))
    assert (facts.form, facts.period_end) == ("10-K", "2023-05-31")


def test_an_amendment_named_below_the_form_is_part_of_it():
    assert read_filing_facts(build_pages("FORM 10-K\nAmendment No. 1")).form == "10-K/A"


def test_a_cover_without_a_form_says_by_its_report_which_it_is():
    text = "Securities and Exchange Commission\nQuarterly report pursuant to Section 13 or 15(d)"
    assert read_filing_facts(build_pages(text)).form == "10-Q"


RELEASE = """
    Thistledown Reports Fourth Quarter and
    Full Year 2023 Results
    Net sales for the year ended June 30, 2023 rose, for the year ended June 30, 2022 they fell.
    For the fiscal year ending June 30, 2024 we expect more. See our Form 10-K.
"""


def test_a_release_says_in_its_headline_who_reports_what():
    facts = read_filing_facts(build_pages(RELEASE), "THISTLEDOWN_2023Q4_EARNINGS.pdf")
    assert facts == FilingFacts("Thistledown", None, 2023, "2023-06-30", 6)


def test_a_releases_day_that_its_headline_does_not_bear_out_is_left_out():
    text = "Thistledown Reports Fiscal 2023 Results\nto the year ended June 30, 2021"
    facts = read_filing_facts(build_pages(text))
    assert (facts.fiscal_year, facts.period_end) == (2023, None)


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("3M_2018_10K.pdf", FilingFacts("3M", "10-K", 2018)),
        ("BESTBUY_2024Q2_10Q.pdf", FilingFacts("BESTBUY", "10-Q", 2024)),
        ("aapl-10-k-2024-11-01.html", FilingFacts("aapl", "10-K")),
        ("AMCOR_2023Q4_EARNINGS.pdf", FilingFacts("AMCOR", None, 2023)),
        ("FOOT_2022_8K_dated-2022-05-20.pdf", FilingFacts("FOOT", "8-K")),
        ("Notes of 2023.pdf", FilingFacts()),
        ("report10K2.pdf", FilingFacts()),
    ],
)
def test_the_files_name_is_asked_last(name, facts):
    assert read_filing_facts(build_pages("A letter"), name) == facts


def test_the_pages_outdo_the_files_name():
    facts = read_filing_facts(build_pages(build_cover()), "OTHER_2011_10Q.pdf")
    assert facts == FilingFacts("Thistledown Mills, Inc.", "10-K", 2023, "2023-12-31", 12)


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=12), st.text(max_size=30))
def test_any_pages_and_any_name_are_read(texts, name):
    facts = read_filing_facts(build_pages(*texts), name)
    assert facts.year_end_month is None or 1 <= facts.year_end_month <= 12


# Tickers

LISTED = "Title of each class Trading Symbol(s) Name of each exchange on which registered"
END = "Securities registered pursuant to Section 12(g) of the Act: None"


def tickers_of(*lines: str) -> tuple[str, ...]:
    return read_filing_facts(build_pages("\n".join((build_cover(), *lines)))).tickers


def test_the_symbol_of_the_shares_is_read_from_the_covers_table():
    row = "Common Stock, Par Value $.01 Per Share TDM New York Stock Exchange"
    assert tickers_of(LISTED, row, END) == ("TDM",)


def test_the_symbols_of_several_classes_are_read_once_each():
    assert tickers_of(
        LISTED,
        "Class A Common Stock TDM.A New York Stock Exchange",
        "Class B Common Stock TDM/B New York Stock Exchange",
        "Class A Common Stock TDM.A The Nasdaq Stock Market LLC",
        END,
    ) == ("TDM.A", "TDM.B")


def test_a_symbol_may_stand_on_a_line_of_its_own():
    rows = ("Common Stock", "TDM", "New York Stock Exchange", "TDM", "Chicago Stock Exchange, Inc.")
    assert tickers_of(LISTED, *rows, END) == ("TDM",)


@pytest.mark.parametrize(
    "row",
    [
        "0.950% Notes due 2023 TDM23 New York Stock Exchange",
        "1.125% Guaranteed Senior Notes Due 2027 TDMK New York Stock Exchange",
        "1.625% Notes due 2024 TDM 24B New York Stock Exchange",
        "Preferred share purchase rights TDMR New York Stock Exchange",
        "COMMON STOCK NEW YORK STOCK EXCHANGE",
        "None",
    ],
)
def test_debt_and_rights_have_no_ticker(row):
    assert tickers_of(LISTED, row, END) == ()


def test_shares_below_notes_keep_their_symbol():
    assert tickers_of(
        LISTED,
        "1.500% Notes due 2031 TDM31 New York Stock Exchange",
        "Ordinary Shares TDM NYSE",
        END,
    ) == ("TDM",)


def test_a_symbol_may_be_said_in_a_sentence():
    assert tickers_of("Our shares trade under the trading symbol \u201cTDM\u201d.") == ("TDM",)


def test_capitals_outside_the_table_are_no_symbols():
    assert tickers_of("Common Stock TDM New York Stock Exchange", END) == ()
    assert tickers_of(LISTED, END, "Our rival ACME NYSE listed its shares.") == ()


def test_a_table_without_an_end_tells_no_symbol():
    assert tickers_of(LISTED, "Common Stock TDM New York Stock Exchange") == ()
