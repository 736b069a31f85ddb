"""The periods that a question names are found; years that are part of a name are none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.understanding.asked_periods import (
    find_asked_periods,
    find_days,
    find_maturities,
    names_quarter,
)


def years_of(text, latest_year=None):
    return sorted(find_asked_periods(text, latest_year).years)


def quarters_of(text):
    return sorted(find_asked_periods(text).quarters)


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("What was net income in 2022?", [2022]),
        ("What was net income in FY2022?", [2022]),
        ("what was revenue in fy22?", [2022]),
        ("Net income of FY 22", [2022]),
        ("revenue in fiscal '22", [2022]),
        ("revenue in fiscal year 2022", [2022]),
        ("in the \u201922 fiscal year", [2022]),
        ("the fiscal year ended September 30, 2021", [2021]),
        ("Revenue for fiscal years 2019, 2020 and 2021", [2019, 2020, 2021]),
        ("2022 versus 2019", [2019, 2022]),
        ("Compare FY19 and FY21.", [2019, 2021]),
        ("capex in CY2021", [2021]),
        ("the 2023E consensus", [2023]),
        ("3M_2018_10K", [2018]),
        ("employees in FY1998", [1998]),
    ],
)
def test_a_year_is_found_however_it_is_written(text, years):
    assert years_of(text) == years


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("from 2018 through 2021", [2018, 2019, 2020, 2021]),
        ("FY2019 - FY2021 average capex", [2019, 2020, 2021]),
        ("FY19\u2013FY21 revenue", [2019, 2020, 2021]),
        ("from FY20 to FY22", [2020, 2021, 2022]),
        ("from '19 to '21", [2019, 2020, 2021]),
        ("Revenue 2019/20", [2019, 2020]),
        ("growth in FY2021-22", [2021, 2022]),
        ("between FY2020 and FY2022", [2020, 2021, 2022]),
        ("from 2021 to 2018", [2018, 2019, 2020, 2021]),
    ],
)
def test_a_range_holds_the_years_between(text, years):
    assert years_of(text) == years


def test_two_years_that_are_compared_are_no_range():
    assert years_of("How do 2016 and 2020 compare?") == [2016, 2020]


def test_a_range_of_a_century_is_its_two_ends():
    assert years_of("from 1901 to 2022") == [1901, 2022]


@pytest.mark.parametrize(
    "text",
    [
        "The company borrowed $2,018 million.",
        "It borrowed $2018 for a day.",
        "A fee of $ 2018",
        "a price of 2018.5 per ton",
        "it lost 2020 million euros",
        "see page 2020",
        "Note 2019 of the statements",
        "Section 404 attestation",
        "What does the 10-K405 say?",
        "the adoption of ASU 2016-02",
        "Topic 2014 of the codification",
        "the Inflation Reduction Act of 2022",
        "awards under the 2020 Equity Incentive Plan",
        "the 2021 Credit Agreement",
        "brands of the 1990s",
        "serial number 120225",
        "the 52 weeks of a fiscal year 52 weeks long",
    ],
)
def test_a_number_that_is_no_period_is_none(text):
    assert years_of(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "What is the rate on the 3.5% notes due 2035?",
        "When do the 2.75% Senior Notes due March 2035 mature?",
        "interest on the senior notes due June 15, 2035",
        "the amount outstanding under the 2035 Notes",
        "What amount of debt matures in 2035?",
    ],
)
def test_a_year_of_maturity_is_not_the_period_asked_for(text):
    assert years_of(text) == []
    assert find_maturities(text) == {2035}


def test_a_maturity_beside_a_period_leaves_the_period():
    text = "What did the notes due 2035 cost in 2022?"
    assert years_of(text) == [2022]
    assert find_asked_periods(text).days == frozenset()


def test_what_is_due_to_a_year_is_no_maturity():
    assert years_of("Was the fall due to 2022 prices?") == [2022]


def test_maturities_may_be_a_range():
    assert find_maturities("leases expiring in 2024 and 2026") == {2024, 2026}


@pytest.mark.parametrize(
    ("text", "quarters", "years"),
    [
        ("In Q3 FY2022 what was revenue?", [3], [2022]),
        ("1Q23 net sales", [1], [2023]),
        ("the third quarter of fiscal 2023", [3], [2023]),
        ("3rd qtr 2022", [3], [2022]),
        ("Q4'22 and Q1'23", [1, 4], [2022, 2023]),
        ("revenue of 2022Q3", [3], [2022]),
        ("Q1-Q3 2022", [1, 2, 3], [2022]),
        ("quarter 2 of 2022", [2], [2022]),
    ],
)
def test_a_quarter_is_found_with_its_year(text, quarters, years):
    assert (quarters_of(text), years_of(text)) == (quarters, years)


@pytest.mark.parametrize(
    ("text", "quarters"),
    [
        ("H1 2023 sales", [2]),
        ("1H23 sales", [2]),
        ("second half of 2023", [4]),
        ("six months ended June 30, 2023", [2]),
        ("the first nine months of 2022", [3]),
        ("39 weeks ended October 29, 2022", [3]),
    ],
)
def test_a_part_of_a_year_is_told_by_the_quarter_that_closes_it(text, quarters):
    assert quarters_of(text) == quarters


@pytest.mark.parametrize(
    "text", ["the six-month LIBOR rate", "H2O systems", "a 4Quart pot", "Q10 of the survey"]
)
def test_what_looks_like_a_quarter_is_none(text):
    assert quarters_of(text) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("sales of the most recent quarter", True),
        ("the quarterly report", True),
        ("the three months ended March 31, 2022", True),
        ("a quarter of all sales", False),
        ("the quarterly dividend", False),
        ("a three-month term", False),
        ("the company's headquarters", False),
    ],
)
def test_a_part_of_a_year_may_be_named_without_its_number(text, named):
    assert names_quarter(text) is named


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("revenue last year", [2022]),
        ("the most recent fiscal year", [2022]),
        ("How did revenue compare with the prior year?", [2021, 2022]),
        ("year-over-year change", [2021, 2022]),
        ("YoY growth", [2021, 2022]),
        ("this year against last year", [2021, 2022]),
        ("FY2020 against the prior year", [2019, 2020]),
        ("How did 2020 compare with last year?", [2019, 2020]),
        ("in the last three fiscal years", [2020, 2021, 2022]),
        ("the three most recent years", [2020, 2021, 2022]),
        ("over the past 2 years", [2021, 2022]),
        ("the prior two years before 2020", [2018, 2019, 2020]),
        ("3-year average margin of FY2020", [2018, 2019, 2020]),
        ("two-year CAGR", [2020, 2021, 2022]),
        ("growth since 2020", [2020, 2021, 2022]),
    ],
)
def test_what_is_relative_is_resolved_by_the_year_that_is_named_or_the_latest(text, years):
    periods = find_asked_periods(text, 2022)
    assert (sorted(periods.years), periods.open) == (years, ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("revenue last year", "last year"),
        ("against the prior year", "prior year"),
        ("in the last three fiscal years", "last three fiscal years"),
    ],
)
def test_what_is_relative_to_nothing_known_stays_open(text, words):
    periods = find_asked_periods(text)
    assert (periods.years, periods.open) == (frozenset(), (words,))


def test_a_year_to_come_is_never_guessed():
    periods = find_asked_periods("What is expected for next year?", 2022)
    assert (periods.years, periods.open) == (frozenset(), ("next year",))


@pytest.mark.parametrize(
    "text",
    [
        "as of December 31, 2022",
        "at Dec. 31st 2022",
        "on 31 December 2022",
        "as of 2022-12-31",
        "as of 12/31/2022",
        "at 12/31/22",
        "at 31/12/2022",
    ],
)
def test_a_day_is_found_with_its_year(text):
    periods = find_asked_periods(text)
    assert periods.days == {date(2022, 12, 31)}
    assert periods.years == {2022}


def test_a_day_that_may_be_two_days_is_none():
    assert find_days("on 3/4/2022") == []


def test_a_day_that_no_month_has_is_none():
    assert find_days("June 31, 2022") == []


@pytest.mark.parametrize("text", ["the \u017fixth of \u017feptember 2022", "fir\u017ft quarter"])
def test_letters_that_only_look_like_english_are_no_period_words(text):
    periods = find_asked_periods(text)
    assert (periods.quarters, periods.days) == (frozenset(), frozenset())


PIECES = st.sampled_from(
    ["FY", "fiscal ", "'", "20", "22", "2021", "1999", "-", " to ", " and ", "Q", "3", "H1", "/",
     "between ", "last ", " years", " ten", "99", "0", "due ", "June ", "31", ", ", "since ", "%"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)), st.none() | st.integers(1900, 2099))
def test_no_text_fails_and_years_lie_in_two_centuries(text, latest_year):
    periods = find_asked_periods(text, latest_year)
    assert all(1900 <= year <= 2099 for year in periods.years)
    assert all(1900 <= day.year <= 2099 for day in periods.days)
    assert periods.quarters <= {1, 2, 3, 4}
    names_quarter(text)
