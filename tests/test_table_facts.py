"""Each figure of a table becomes a fact with the period, unit and scale that a reader gives it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.documents import Cell, Fact, FilingFacts, Page, StatementKind, Table, TableRow
from ingestion.facts.table_facts import find_table_facts, find_year_ends
from ingestion.periods import Period
from ingestion.readers.html_tables import align_repeats

ANNUAL = FilingFacts(fiscal_year=2018, period_end="2018-12-31", year_end_month=12)
QUARTERLY = FilingFacts(fiscal_year=2025, period_end="2025-06-30", year_end_month=12)
# Years that end on the Saturday nearest to the end of January.
WEEKLY = FilingFacts(fiscal_year=2022, period_end="2023-01-28", year_end_month=1)

FY2018 = Period(12, date(2018, 12, 31), 2018)
FY2017 = Period(12, date(2017, 12, 31), 2017)


def build_table(
    rows: list[tuple[str, ...]],
    header: tuple[tuple[str, ...], ...] = (),
    caption: str = "",
    *,
    parents: dict[str, tuple[str, ...]] | None = None,
    unit: str | None = "USD",
    scale: int | None = 1_000_000,
    statement: StatementKind | None = None,
) -> Table:
    """Build a table: `header` with what is over the labels first, `rows` with their labels."""
    return Table(
        caption=caption,
        header=header,
        rows=tuple(
            TableRow(
                label,
                tuple(
                    Cell(text, address=f"{'BCDEFGH'[index]}{line + 1}")
                    for index, text in enumerate(texts)
                ),
                line,
                (parents or {}).get(label, ()),
            )
            for line, (label, *texts) in enumerate(rows)
        ),
        unit=unit,
        scale=scale,
        first_line=0,
        last_line=len(rows),
        statement=statement,
    )


def read(table: Table, filing: FilingFacts = ANNUAL) -> list[Fact]:
    return list(find_table_facts("doc", (Page(3, (), tables=(table,)),), filing))


def periods(table: Table, filing: FilingFacts = ANNUAL) -> list[Period | None]:
    return [fact.period for fact in read(table, filing)]


def at(year: int, month: int, day: int, fiscal_year: int | None = None) -> Period:
    return Period(0, date(year, month, day), fiscal_year if fiscal_year is not None else year)


# Periods of columns


def test_years_over_the_columns_of_an_income_statement_are_whole_years() -> None:
    table = build_table([("Net sales", "120", "100")], (("", "2018", "2017"),), statement="income")
    assert periods(table) == [FY2018, FY2017]


def test_the_same_years_over_a_balance_sheet_are_its_days() -> None:
    table = build_table(
        [("Inventories", "12", "10")], (("", "2018", "2017"),), statement="balance_sheet"
    )
    assert periods(table) == [at(2018, 12, 31), at(2017, 12, 31)]


def test_a_day_over_its_years_is_read_as_one_date() -> None:
    table = build_table(
        [("Inventories", "12", "10")], (("", "December 31,", "December 31,"), ("", "2018", "2017"))
    )
    assert periods(table) == [at(2018, 12, 31), at(2017, 12, 31)]


def test_three_and_six_months_stand_over_the_same_dates() -> None:
    table = build_table(
        [("Net sales", "30", "58")],
        (
            ("", "Three Months Ended", "Six Months Ended"),
            ("", "June 30, 2025", "June 30, 2025"),
        ),
        statement="income",
    )
    end = date(2025, 6, 30)
    assert periods(table, QUARTERLY) == [Period(3, end, 2025, 2), Period(6, end, 2025)]


def test_a_column_of_changes_has_no_period() -> None:
    table = build_table(
        [("Net sales", "120", "100", "20")], (("", "2018", "2017", "Change"),), statement="income"
    )
    assert periods(table) == [FY2018, FY2017, None]


def test_one_remark_on_the_sign_over_all_columns_is_no_column_of_changes() -> None:
    table = build_table(
        [("Other comprehensive income", "5", "4")],
        (
            ("", "December 31, 2018", "December 31, 2017"),
            ("", "Increase/(Decrease)", "Increase/(Decrease)"),
        ),
        "Years ended",
        statement="comprehensive_income",
    )
    assert [period.end if period else None for period in periods(table)] == [
        date(2018, 12, 31),
        date(2017, 12, 31),
    ]


def test_effective_rates_are_of_the_latest_day_beside_them() -> None:
    table = build_table(
        [("Senior notes", "$4,000", "$3,900", "3.26%")],
        (("", "2018", "2017", "Effective Rate"),),
        "Debt consisted of the following at December 31:",
    )
    rate = read(table)[2]
    assert (rate.period, rate.unit, rate.scale) == (at(2018, 12, 31), "percent", 1)


def test_columns_between_two_balances_are_of_the_year_between_them() -> None:
    table = build_table(
        [("Software", "10", "3", "13")],
        (("", "December 31, 2017", "Additions", "December 31, 2018"),),
        "Goodwill",
    )
    assert periods(table) == [at(2017, 12, 31), FY2018, at(2018, 12, 31)]


def test_group_heads_stand_over_their_groups_where_the_row_below_repeats() -> None:
    """Empty cells of a web page may put a head over its neighbour's columns."""
    heads = (
        ("", "2018", "2017", "2017", ""),
        ("", "Total", "Level 1", "Total", "Level 1"),
    )
    assert align_repeats(heads)[0] == ("", "2018", "2018", "2017", "2017")
    assert align_repeats((heads[0], ("", "A", "B", "C", "D")))[0] == heads[0]


# Periods of rows


def test_a_row_that_is_a_year_is_of_that_year() -> None:
    table = build_table([("2019", "50")], (("", "Amortization"),), "Estimated expense")
    fact = read(table)[0]
    assert fact.period == Period(12, date(2019, 12, 31), 2019)
    assert (fact.line_item, fact.parents) == ("Amortization", ("2019",))


def test_thereafter_has_no_year_and_takes_the_day_of_the_title() -> None:
    rows: list[tuple[str, ...]] = [("2019", "50"), ("2020", "40"), ("Thereafter", "30")]
    undated = build_table(rows, (("", "Leases"),), "Maturities of leases")
    dated = build_table(rows, (("", "Leases"),), "Maturities of leases as of December 31, 2018")
    assert periods(undated)[2] is None
    assert periods(dated)[2] == at(2018, 12, 31)


def test_the_total_of_what_is_due_later_is_of_the_balance_sheets_day() -> None:
    table = build_table(
        [("2019", "50"), ("2020", "40"), ("Total payments", "90")], (("", "Leases"),), "Maturities"
    )
    assert periods(table)[2] == at(2018, 12, 31)


def test_rows_between_two_dated_balances_are_of_the_year_between_them() -> None:
    table = build_table(
        [
            ("Outstanding as of December 31, 2016", "9"),
            ("Granted", "4"),
            ("Outstanding as of December 31, 2017", "13"),
            ("Granted", "5"),
            ("Outstanding as of December 31, 2018", "18"),
        ],
        (("", "Units"),),
    )
    assert periods(table) == [
        at(2016, 12, 31),
        FY2017,
        at(2017, 12, 31),
        FY2018,
        at(2018, 12, 31),
    ]


def test_a_roll_forward_under_years_begins_on_the_day_before_the_year() -> None:
    table = build_table(
        [("Beginning balance", "9"), ("Payments", "(4)"), ("Ending balance", "5")],
        (("", "2018"),),
        "Accrued liabilities at December 31",
    )
    assert periods(table) == [at(2017, 12, 31), FY2018, at(2018, 12, 31)]


def test_a_roll_forward_of_a_quarterly_filing_is_of_the_year_to_date() -> None:
    table = build_table(
        [("Balance at January 1", "9"), ("Payments", "(4)"), ("Balance at June 30", "5")],
        (("", "2025", "2024"),),
    )
    assert periods(table, QUARTERLY)[1] == Period(6, date(2025, 6, 30), 2025)


def test_the_last_day_of_the_year_before_is_the_one_printed_elsewhere() -> None:
    """Years of 52 or 53 weeks end on a weekday: no rule tells the day."""
    table = build_table(
        [("Beginning balance", "9", "8"), ("Ending balance", "5", "9")],
        (("", "January 28, 2023", "January 29, 2022"),),
        "Years ended",
        statement="equity",
    )
    assert periods(table, WEEKLY) == [
        at(2022, 1, 29, 2021),
        Period(0, None, 2020),  # the year before is printed nowhere
        at(2023, 1, 28, 2022),
        at(2022, 1, 29, 2021),
    ]


def test_years_that_end_on_a_weekday_are_found_in_the_heads() -> None:
    table = build_table([("Cash", "1", "2")], (("", "January 28, 2023", "January 29, 2022"),))
    found = find_year_ends((Page(1, (), tables=(table,)),), WEEKLY)
    assert found == (date(2022, 1, 29), date(2023, 1, 28))


def test_years_in_which_loans_were_made_are_no_periods() -> None:
    table = build_table(
        [("2017", "7"), ("2016", "6")],
        (("At December 31, 2018:", "Rated Aaa"),),
        "Loans by vintage",
    )
    assert periods(table) == [at(2018, 12, 31), at(2018, 12, 31)]


# Units and scales


def test_a_percent_row_of_a_table_in_millions_is_not_scaled() -> None:
    table = build_table(
        [("Gross margin", "$50", "$40"), ("Gross margin percentage", "41.2%", "40.0%")],
        (("", "2018", "2017"),),
        statement="income",
    )
    assert [(fact.unit, fact.scale) for fact in read(table)[::2]] == [
        ("USD", 1_000_000),
        ("percent", 1),
    ]


def test_except_per_share_leaves_the_earnings_a_share_unscaled() -> None:
    table = build_table(
        [("Net income", "$500"), ("Basic earnings per share attributable to Acme", "$2.50")],
        (("", "2018"),),
        "(In millions, except per share amounts)",
        statement="income",
    )
    assert [(fact.unit, fact.scale) for fact in read(table)] == [
        ("USD", 1_000_000),
        ("USD/share", 1),
    ]


def test_income_available_for_earnings_per_share_is_an_amount_of_money() -> None:
    table = build_table(
        [("Income available to shareholders for diluted earnings per share", "500")],
        (("", "2018"),),
    )
    assert (read(table)[0].unit, read(table)[0].scale) == ("USD", 1_000_000)


def test_shares_in_thousands_stand_beside_dollars_in_millions() -> None:
    table = build_table(
        [("Net income", "$500"), ("Weighted-average shares outstanding", "200,000")],
        (("", "2018"),),
        "(In millions, except number of shares, which are reflected in thousands)",
        statement="income",
    )
    assert [(fact.unit, fact.scale) for fact in read(table)] == [
        ("USD", 1_000_000),
        ("shares", 1_000),
    ]


def test_money_and_shares_in_millions_share_the_scale() -> None:
    table = build_table(
        [("Revenue", "$9,583"), ("Weighted-average shares outstanding", "218.4")],
        (("", "2018"),),
        "$ and shares in millions, except per share amounts",
        statement="income",
    )
    assert [fact.scale for fact in read(table)] == [1_000_000, 1_000_000]


def test_a_count_of_shares_beyond_a_trillion_is_printed_in_full() -> None:
    table = build_table([("Weighted-average shares outstanding", "930,807,276")], (("", "2018"),))
    assert read(table)[0].scale == 1


def test_a_par_value_in_the_label_does_not_make_the_row_an_amount_a_share() -> None:
    table = build_table(
        [("Common stock, par value $0.20 per share, and paid-in capital", "62,392")],
        (("", "2018"),),
        statement="balance_sheet",
    )
    assert (read(table)[0].unit, read(table)[0].scale) == ("USD", 1_000_000)


def test_the_rate_in_a_notes_name_does_not_make_its_amount_a_percentage() -> None:
    table = build_table([("3.15% notes due 2025", "1,500", "3.26%")], (("", "2018", "Rate"),))
    assert [fact.unit for fact in read(table)] == ["USD", "percent"]


# Cells and names


def test_brackets_are_negative_and_a_dash_is_nil() -> None:
    table = build_table([("Other", "(1,234)", "—")], (("", "2018", "2017"),))
    assert [fact.value for fact in read(table)] == [Decimal(-1234), Decimal(0)]


def test_a_year_in_a_cell_is_no_amount() -> None:
    table = build_table([("Term loan", "2021", "$750")], (("", "Due", "2018"),))
    assert [fact.value for fact in read(table)] == [Decimal(750)]


def test_a_subheading_stays_with_its_rows_and_is_no_fact() -> None:
    table = build_table(
        [("Current assets", ""), ("Cash", "12")],
        (("", "2018"),),
        parents={"Cash": ("Current assets",)},
        statement="balance_sheet",
    )
    facts = read(table)
    assert [(fact.line_item, fact.parents) for fact in facts] == [("Cash", ("Current assets",))]


def test_a_fact_knows_its_row_its_cell_and_its_page() -> None:
    table = build_table([("Cash", "$12", "10")], (("", "2018", "2017"),))
    fact = read(table)[1]
    assert (fact.page, fact.cell, fact.quote) == (3, "C1", "Cash | $12 | 10")


def test_fact_ids_are_stable_and_different_for_each_cell() -> None:
    table = build_table([("Cash", "12", "12"), ("Debt", "12", "12")], (("", "2018", "2017"),))
    ids = [fact.fact_id for fact in read(table)]
    assert ids == [fact.fact_id for fact in read(table)]
    assert len(set(ids)) == 4


@settings(deadline=None)
@given(st.integers(min_value=2_100, max_value=10**9))
def test_a_figure_keeps_its_value_and_is_scaled_once(value: int) -> None:
    table = build_table([("Net sales", f"{value:,}")], (("", "2018"),), statement="income")
    fact = read(table)[0]
    assert (fact.value, fact.amount) == (Decimal(value), Decimal(value) * 1_000_000)
