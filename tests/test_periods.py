"""Periods are read from heads, captions and labels as filings word them, and never guessed."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.periods import Calendar, Period, find_period, matches_period

UNKNOWN = Calendar()
# An annual report of a company whose years are calendar years, and its report for a half year.
ANNUAL = Calendar(date(2018, 12, 31), 2018, 12)
HALF = Calendar(date(2018, 6, 30), 2018, 12)
# Years that end in June; a retailer whose fiscal 2017 ended on February 3, 2018; a maker of
# things whose years end on the Saturday nearest to December 31.
JUNE = Calendar(date(2023, 6, 30), 2023, 6)
RETAILER = Calendar(date(2018, 2, 3), 2017, 1)
SATURDAYS = Calendar(date(2021, 1, 2), 2020, 12)

YEAR_2018 = Period(12, date(2018, 12, 31), 2018)
YEAR_END_2018 = Period(0, date(2018, 12, 31), 2018)
SECOND_QUARTER_2018 = Period(3, date(2018, 6, 30), 2018, 2)
HALF_2018 = Period(6, date(2018, 6, 30), 2018)


@pytest.mark.parametrize(
    ("texts", "period"),
    [
        (["2018", "Years ended December 31"], YEAR_2018),
        (["2018", "For the Years Ended December 31, 2018, 2017 and 2016"], YEAR_2018),
        (["Year Ended December 31, 2018"], YEAR_2018),
        (["2018", "Twelve months ended December 31,"], YEAR_2018),
        (["2018", "December 31,", "For the years ended"], YEAR_2018),
        (["2018", "Three months ended June 30,"], SECOND_QUARTER_2018),
        (["June 30, 2018", "Three Months Ended"], SECOND_QUARTER_2018),
        (["Quarter ended June 30, 2018"], SECOND_QUARTER_2018),
        (["For the quarterly period ended June 30, 2018"], SECOND_QUARTER_2018),
        (["Three-month period ended June 30, 2018"], SECOND_QUARTER_2018),
        (["June 30", "Quarters ended", "2018"], SECOND_QUARTER_2018),
        (["2018", "Six months ended June 30,"], HALF_2018),
        (["2018", "Nine months ended September 30"], Period(9, date(2018, 9, 30), 2018)),
        (["January 1, 2018 to June 30, 2018"], HALF_2018),
        (["January 1 through June 30, 2018"], HALF_2018),
    ],
)
def test_the_length_and_the_end_of_a_span_come_from_all_rows_of_a_head(
    texts: list[str], period: Period
) -> None:
    assert find_period(texts, ANNUAL) == period


@pytest.mark.parametrize(
    "text",
    [
        "June 30, 2023",
        "As of June 30, 2023",
        "At June 30, 2023",
        "As at 30 June 2023",
        "Jun. 30, 2023",
        "JUNE 30,2023",
        "30th June 2023",
        "30-Jun-2023",
        "6/30/2023",
        "6/30/23",
        "30/06/2023",
        "30.06.2023",
        "2023-06-30",
        "2023-06-30 00:00:00",
        "June 30, 2023 (unaudited)",
        "June 30, 2023(1)",
        "June 30,\n2023",
    ],
)
def test_a_day_in_any_writing_is_an_instant(text: str) -> None:
    assert find_period([text], JUNE) == Period(0, date(2023, 6, 30), 2023)


@pytest.mark.parametrize("writing", ["%B %d, %Y", "%b. %d, %Y", "%d %B %Y", "%m/%d/%Y", "%Y-%m-%d"])
@given(day=st.dates(date(1950, 1, 1), date(2049, 12, 31)))
@settings(deadline=None, max_examples=60)
def test_a_rendered_day_is_read_back(writing: str, day: date) -> None:
    period = find_period([day.strftime(writing)], UNKNOWN)
    assert period is not None
    assert (period.months, period.end) == (0, day)


@pytest.mark.parametrize("writing", ["%B %Y", "%b-%y", "%b %Y"])
@given(month=st.integers(1, 12), year=st.integers(2001, 2027))
@settings(deadline=None, max_examples=40)
def test_a_month_without_a_day_ends_on_its_last(writing: str, month: int, year: int) -> None:
    period = find_period([date(year, month, 1).strftime(writing)], UNKNOWN)
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    assert period == Period(None, last, None)


def test_a_month_without_a_day_has_no_known_end_where_years_end_on_a_weekday() -> None:
    period = find_period(["Three months ended October 2017"], RETAILER)
    assert period == Period(3, None, 2017, 3)


@pytest.mark.parametrize("text", ["2018", "2018(1)", "2018 (a)", "2018¹", "2018*", "2018 €m"])
def test_a_year_alone_is_the_fiscal_year_in_an_annual_income_statement(text: str) -> None:
    assert find_period([text], ANNUAL, instant=False) == YEAR_2018


def test_a_year_alone_is_the_year_s_last_day_in_an_annual_balance_sheet() -> None:
    assert find_period(["2017"], ANNUAL, instant=True) == Period(0, date(2017, 12, 31), 2017)


def test_a_year_alone_where_the_statement_is_not_known_has_no_known_length() -> None:
    assert find_period(["2018"], ANNUAL) == Period(None, date(2018, 12, 31), 2018)


def test_a_year_alone_in_a_quarterly_report_tells_neither_length_nor_end() -> None:
    assert find_period(["2017"], HALF, instant=False) == Period(None, None, 2017)


def test_a_balance_sheet_of_a_quarterly_report_ends_its_own_year_column_with_the_quarter() -> None:
    assert find_period(["2018"], HALF, instant=True) == Period(0, date(2018, 6, 30), 2018)
    assert find_period(["2017"], HALF, instant=True) == Period(0, date(2017, 12, 31), 2017)


def test_six_months_without_a_day_are_those_that_the_quarterly_report_covers() -> None:
    assert find_period(["2018", "Six months ended"], HALF, instant=False) == HALF_2018
    assert find_period(["2017", "Six months ended"], HALF) == Period(6, date(2017, 6, 30), 2017)


def test_six_months_without_a_day_have_no_known_end_in_an_annual_report() -> None:
    assert find_period(["Six months 2018"], ANNUAL) == Period(6, None, 2018)


def test_year_to_date_takes_its_length_from_the_calendar() -> None:
    assert find_period(["2018", "Year-to-date"], HALF) == HALF_2018


@pytest.mark.parametrize("texts", [["2018", "December 31,"], ["2018", "As of December 31,"]])
def test_a_day_over_a_year_is_an_instant(texts: list[str]) -> None:
    assert find_period(texts, ANNUAL) == YEAR_END_2018


def test_the_day_alone_over_an_income_statement_s_column_means_the_year() -> None:
    assert find_period(["December 31, 2018"], ANNUAL, instant=False) == YEAR_2018


def test_a_caption_s_day_makes_no_instant_of_a_column_that_only_names_a_year() -> None:
    texts = ["2018", "Income taxes", "Notes to the financial statements, December 31, 2018"]
    assert find_period(texts, ANNUAL) == Period(None, date(2018, 12, 31), 2018)


@pytest.mark.parametrize(
    ("year", "end"), [("2018", date(2018, 6, 30)), ("2017", date(2017, 12, 31))]
)
def test_a_column_s_year_picks_its_day_among_those_of_the_caption(year: str, end: date) -> None:
    period = find_period([year, "June 30, 2018 and December 31, 2017"], HALF, instant=True)
    assert period is not None
    assert period.end == end


def test_the_statement_s_kind_decides_between_as_of_and_for_the_year() -> None:
    texts = ["2018", "As of and for the year ended December 31,"]
    assert find_period(texts, ANNUAL, instant=True) == YEAR_END_2018
    assert find_period(texts, ANNUAL, instant=False) == YEAR_2018
    assert find_period(texts, ANNUAL) == Period(None, date(2018, 12, 31), 2018)


def test_two_lengths_in_one_caption_name_none() -> None:
    texts = ["2018", "Three and Six Months Ended June 30, 2018 and 2017"]
    assert find_period(texts, HALF, instant=False) == Period(None, date(2018, 6, 30), 2018)


def test_a_length_is_not_taken_from_a_caption_about_another_day() -> None:
    assert find_period(["June 30", "Year ended December 31, 2018"], ANNUAL) == Period(
        None, date(2018, 6, 30), 2018
    )


@pytest.mark.parametrize(
    ("words", "months"),
    [
        ("For the 52 weeks ended", 12),
        ("53 Weeks Ended", 12),
        ("Fifty-two weeks ended", 12),
        ("Thirteen weeks ended", 3),
        ("13-week period ended", 3),
        ("14 weeks ended", 3),
        ("Twenty-six weeks ended", 6),
        ("Thirty-nine weeks ended", 9),
        ("Fiscal years ended", 12),
        ("One month ended", 1),
        ("Trailing twelve months", 12),
        ("Period ended", None),
    ],
)
def test_spans_are_counted_in_months(words: str, months: int | None) -> None:
    period = find_period([f"{words} September 29, 2018"], UNKNOWN)
    assert period is not None
    assert (period.months, period.end) == (months, date(2018, 9, 29))


@pytest.mark.parametrize(
    "words",
    ["Less than 12 months", "12 months or longer", "Expected within the next twelve months"],
)
def test_a_term_is_not_the_length_of_a_period(words: str) -> None:
    assert find_period([words, "December 31, 2018"], ANNUAL) == YEAR_END_2018


@pytest.mark.parametrize("text", ["Fiscal 2019", "FY 2019", "FY19", "FY'19", "Fiscal year 2019"])
def test_a_fiscal_year_is_twelve_months(text: str) -> None:
    assert find_period([text], UNKNOWN) == Period(12, None, 2019)


@pytest.mark.parametrize("head", ["Fiscal", "Fiscal Year", "Fiscal Years", "Full Year"])
def test_a_year_under_fiscal_years_is_twelve_months(head: str) -> None:
    assert find_period(["2023", head], JUNE) == Period(12, date(2023, 6, 30), 2023)


@pytest.mark.parametrize(
    "texts",
    [
        ["Q2 2023"],
        ["Q2 FY23"],
        ["Q2'23"],
        ["2Q23"],
        ["2Q 2023"],
        ["FY23 Q2"],
        ["2023 Q2"],
        ["second quarter of fiscal 2023"],
        ["Second-quarter 2023"],
        ["2nd Quarter", "2023"],
        ["Second Quarter", "Fiscal 2023"],
        ["Second", "Quarter", "2023"],
        ["Second", "2023 Quarter"],
    ],
)
def test_a_numbered_quarter_ends_by_the_company_s_fiscal_year(texts: list[str]) -> None:
    assert find_period(texts, JUNE) == Period(3, date(2022, 12, 31), 2023, 2)


def test_a_numbered_quarter_has_no_known_end_without_a_calendar() -> None:
    assert find_period(["Q2 2023"], UNKNOWN) == Period(3, None, 2023, 2)


def test_a_numbered_quarter_ends_by_the_year_end_s_month_alone_where_only_that_is_known() -> None:
    calendar = Calendar(year_end_month=6)
    assert find_period(["Q1 2023"], calendar) == Period(3, date(2022, 9, 30), 2023, 1)


def test_a_second_of_what_is_not_said_is_no_year() -> None:
    assert find_period(["Second", "2018"], ANNUAL, instant=False) == Period(None, None, 2018)


def test_a_dated_quarter_takes_its_number_and_year_from_the_calendar() -> None:
    period = find_period(["Quarter ended December 31, 2023"], JUNE)
    assert period == Period(3, date(2023, 12, 31), 2024, 2)


def test_a_dated_quarter_has_no_number_where_the_year_end_is_not_known() -> None:
    assert find_period(["Quarter ended June 30, 2023"], UNKNOWN) == Period(3, date(2023, 6, 30))


@pytest.mark.parametrize(
    ("texts", "period"),
    [
        (["February 3, 2018", "53 weeks ended"], Period(12, date(2018, 2, 3), 2017)),
        (["January 28, 2017", "52 weeks ended"], Period(12, date(2017, 1, 28), 2016)),
        (["2017"], Period(12, date(2018, 2, 3), 2017)),
        (["2016"], Period(12, None, 2016)),
        (["Thirteen weeks ended October 28, 2017"], Period(3, date(2017, 10, 28), 2017, 3)),
        (["Thirteen weeks ended May 5, 2018"], Period(3, date(2018, 5, 5), 2018, 1)),
        (["Q1 2017"], Period(3, None, 2017, 1)),
        (["Fiscal 2017 (ended February 3, 2018)"], Period(12, date(2018, 2, 3), 2017)),
    ],
)
def test_a_retailer_s_years_are_named_for_the_year_in_which_they_began(
    texts: list[str], period: Period
) -> None:
    assert find_period(texts, RETAILER, instant=False) == period


@pytest.mark.parametrize("month", [1, 2])
def test_a_year_end_about_the_turn_of_a_month_may_be_given_as_either_month(month: int) -> None:
    calendar = Calendar(date(2018, 2, 3), 2017, month)
    heads = ["January 28, 2017", "52 weeks ended"]
    assert find_period(heads, calendar) == Period(12, date(2017, 1, 28), 2016)


def test_years_that_end_about_new_year_keep_their_names() -> None:
    """Fiscal 2020 ended on January 2, 2021 and fiscal 2019 on December 28, 2019."""
    assert find_period(["Year ended January 2, 2021"], SATURDAYS) == Period(
        12, date(2021, 1, 2), 2020
    )
    assert find_period(["Year ended December 28, 2019"], SATURDAYS) == Period(
        12, date(2019, 12, 28), 2019
    )


def test_years_that_end_with_february_end_on_its_last_day() -> None:
    calendar = Calendar(date(2020, 2, 29), 2020, 2)
    assert find_period(["2019"], calendar, instant=False) == Period(12, date(2019, 2, 28), 2019)
    heads = ["2019", "Years ended February 29,"]
    assert find_period(heads, calendar) == Period(12, date(2019, 2, 28), 2019)


def test_twelve_months_that_end_within_a_fiscal_year_are_no_fiscal_year() -> None:
    period = find_period(["Twelve months ended June 30, 2018"], ANNUAL)
    assert period == Period(12, date(2018, 6, 30))
    assert period.label == "12M to 2018-06-30"


@pytest.mark.parametrize(
    "texts",
    [
        ["2016 to 2018"],
        ["2016 through 2018"],
        ["Change 2018 vs. 2017"],
        ["2018 compared to 2017"],
        ["2018-2017"],
        ["2018-19"],
        ["2019 - 2021"],
        ["FY18 through FY20"],
        ["2018 and 2017"],
        ["2017", "2018 vs."],
        ["vs. 2017", "2018"],
        ["to 2017", "2018 compared"],
        ["Thereafter"],
        ["Thereafter", "December 31, 2018"],
        ["2023 and thereafter"],
        ["% Change", "Year ended December 31, 2018"],
        ["Increase (Decrease)", "2018"],
        ["Prior year", "2018"],
        ["2018 (remaining six months)"],
        ["June 30 and December 31, 2018"],
    ],
)
def test_a_change_a_range_and_an_open_end_name_no_single_period(texts: list[str]) -> None:
    assert find_period(texts, ANNUAL, instant=False) is None


def test_a_label_about_a_change_does_not_undo_the_column_s_year() -> None:
    assert find_period(["2018", "Increase (decrease)"], ANNUAL, instant=False) == YEAR_2018


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Net sales",
        "2,018",
        "$2018",
        "$ 2018",
        "2018.5",
        "2018%",
        "12018",
        "Three months ended June 30",
        "5.25% notes due 2025",
        "Notes due June 15, 2025",
        "2017 Tax Cuts and Jobs Act",
        "Adoption of ASU 2016-02",
        "2018 Form 10-K",
        "we may 2",
    ],
)
def test_a_text_without_a_year_or_with_a_number_that_looks_like_one_gives_none(text: str) -> None:
    assert find_period([text], ANNUAL) is None


def test_a_row_of_future_maturities_is_the_whole_fiscal_year() -> None:
    texts = ["Operating leases", "2024", "Minimum payments as of December 31, 2018"]
    assert find_period(texts, ANNUAL) == Period(12, date(2024, 12, 31), 2024)
    assert find_period(texts, RETAILER) == Period(12, None, 2024)


@pytest.mark.parametrize(
    ("label", "end", "year"),
    [
        ("Cash, beginning of year", date(2017, 12, 31), 2017),
        ("Cash at beginning of the period", date(2017, 12, 31), 2017),
        ("Cash at end of year", date(2018, 12, 31), 2018),
    ],
)
def test_a_row_at_a_year_s_beginning_or_end_is_an_instant(label: str, end: date, year: int) -> None:
    assert find_period(["2018", label], ANNUAL, instant=False) == Period(0, end, year)


def test_a_balance_on_a_day_is_an_instant_in_any_statement() -> None:
    texts = ["Common stock", "Balance at December 31, 2018"]
    assert find_period(texts, ANNUAL, instant=False) == YEAR_END_2018


@pytest.mark.parametrize(
    ("head", "calendar"),
    [
        ("Three Months Ended June 30, 2018", HALF),
        ("For the Six Months Ended 30 June 2018", HALF),
        ("Thirty-nine weeks ended October 28, 2017", RETAILER),
        ("For the 52 Weeks Ended February 3, 2018", RETAILER),
        ("Fiscal Year Ended June 30, 2023", JUNE),
        ("Second Quarter of Fiscal 2019", JUNE),
        ("Q2 FY 2019", JUNE),
        ("As of December 31, 2018", ANNUAL),
        ("As at Dec. 31, 2018 (unaudited)", ANNUAL),
        ("Quarter ended September 2018", ANNUAL),
        ("2018 compared to 2017", ANNUAL),
        ("Three and six months ended June 30, 2018", HALF),
    ],
)
@given(places=st.sets(st.integers(1, 7), max_size=4))
@settings(deadline=None, max_examples=40)
def test_a_head_split_over_rows_reads_as_in_one_row(
    head: str, calendar: Calendar, places: set[int]
) -> None:
    words = head.split()
    cuts = [0, *sorted(place for place in places if place < len(words)), len(words)]
    rows = [" ".join(words[start:end]) for start, end in pairwise(cuts)]
    assert find_period(rows[::-1], calendar) == find_period([head], calendar)


_PIECES = (
    "2018 2,018 FY19 FY Q2 2Q23 June 30, 31 May ended Three months weeks Fiscal year Year as of at "
    "to vs. and first Quarter 6/30/2023 2016-02 (1) ' - beginning end thereafter half YTD 9M "
    "ſeptember İ ١٢ 0/0/0000 February 29, balance"
).split(" ")


@given(
    texts=st.lists(
        st.text(max_size=40) | st.lists(st.sampled_from(_PIECES), max_size=7).map(" ".join),
        max_size=5,
    ),
    calendar=st.builds(
        Calendar,
        st.none() | st.dates(),
        st.none() | st.integers(1900, 2099),
        st.none() | st.integers(1, 12),
    ),
    instant=st.none() | st.booleans(),
)
@settings(deadline=None, max_examples=400)
def test_any_words_give_a_sound_period_or_none(
    texts: list[str], calendar: Calendar, instant: bool | None
) -> None:
    period = find_period(texts, calendar, instant=instant)
    if period is None:
        return
    assert period.end is not None or period.fiscal_year is not None
    assert period.label != "undated"
    assert period.months is None or 0 <= period.months <= 60
    assert not instant or period.months == 0


@pytest.mark.parametrize(
    ("period", "label"),
    [
        (YEAR_2018, "FY2018"),
        (SECOND_QUARTER_2018, "Q2 2018"),
        (HALF_2018, "6M 2018"),
        (Period(9, None, 2018), "9M 2018"),
        (Period(6, date(2018, 6, 30)), "6M 2018"),
        (YEAR_END_2018, "2018-12-31"),
        (Period(0, None, 2018), "FY2018 end"),
        (Period(0, None, 2018, 2), "Q2 2018 end"),
        (Period(None, None, 2018), "2018"),
        (Period(None, date(2018, 6, 30)), "to 2018-06-30"),
    ],
)
def test_labels(period: Period, label: str) -> None:
    assert period.label == label
    assert matches_period(period, label)


@given(
    months=st.none() | st.sampled_from((0, 1, 3, 6, 9, 12)),
    end=st.none() | st.dates(date(1990, 1, 1), date(2050, 1, 1)),
    offset=st.none() | st.sampled_from((-1, 0, 1)),
    quarter=st.integers(1, 4),
)
@settings(deadline=None)
def test_a_period_matches_its_own_label(
    months: int | None, end: date | None, offset: int | None, quarter: int
) -> None:
    year = None if offset is None else (end.year if end else 2018) + offset
    if end is None and year is None:
        return
    period = Period(months, end, year, quarter if months == 3 else None)
    assert matches_period(period, period.label)


@pytest.mark.parametrize(
    ("period", "text", "agrees"),
    [
        (YEAR_2018, "2018", True),
        (YEAR_END_2018, "2018", True),
        (Period(3, date(2017, 12, 31), 2018, 2), "2017", True),
        (YEAR_2018, "2017", False),
        (YEAR_2018, "FY2018", True),
        (SECOND_QUARTER_2018, "FY2018", False),
        (Period(None, date(2018, 12, 31), 2018), "FY2018", True),
        (Period(12, date(2018, 2, 3), 2017), "fiscal 2018", False),
        (SECOND_QUARTER_2018, "Q2 2018", True),
        (SECOND_QUARTER_2018, "second quarter of 2018", True),
        (SECOND_QUARTER_2018, "Q3 2018", False),
        (HALF_2018, "Q2 2018", False),
        (Period(3, date(2017, 12, 31), 2018, 2), "Q2 2017", False),
        (YEAR_END_2018, "2018-12-31", True),
        (YEAR_END_2018, "December 31, 2018", True),
        (YEAR_2018, "December 31, 2018", True),
        (YEAR_2018, "as of December 31, 2018", False),
        (YEAR_END_2018, "2018-12-30", False),
        (HALF_2018, "six months 2018", True),
        (HALF_2018, "six months ended June 30, 2018", True),
        (HALF_2018, "June 2018", True),
        (YEAR_2018, "six months 2018", False),
        (YEAR_2018, "2018 vs. 2017", False),
        (YEAR_2018, "net sales", False),
        (YEAR_2018, "", False),
    ],
)
def test_a_period_matches_what_states_nothing_else(period: Period, text: str, agrees: bool) -> None:
    assert matches_period(period, text) is agrees


def test_a_year_of_weeks_that_closes_a_month_does_not_begin_after_a_month_s_end() -> None:
    """Its years end on Saturdays: September 30, 2023 is one, the year before ended on the 24th."""
    ends = (date(2022, 9, 24), date(2023, 9, 30))
    weekly = Calendar(date(2024, 9, 28), 2024, 9, ends)
    texts = ["September 30, 2023", "Years ended", "Beginning balances"]
    assert find_period(texts, weekly, instant=False) == Period(0, date(2022, 9, 24), 2022)


def test_months_to_date_begin_where_the_year_before_ended() -> None:
    """Quarters that end on Fridays, years on the last of December."""
    quarterly = Calendar(date(2025, 6, 27), 2025, 12, (date(2024, 12, 31),))
    texts = ["June 27, 2025", "Six Months Ended", "Balance at beginning of period"]
    assert find_period(texts, quarterly, instant=False) == Period(0, date(2024, 12, 31), 2024)
