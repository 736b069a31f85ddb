"""What a table adds up to is found, and only a certain structure is said to fail."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.documents import Cell, Table, TableRow, TieOut
from ingestion.facts.tie_outs import check_tables


def build_table(
    rows: dict[str, str] | list[tuple[str, ...]],
    heads: tuple[str, ...] = ("2018",),
    unit: str | None = None,
) -> Table:
    pairs = [(label, value) for label, value in rows.items()] if isinstance(rows, dict) else rows
    return Table(
        caption="",
        header=(("", *heads),),
        rows=tuple(
            TableRow(label, tuple(Cell(text) for text in texts), line)
            for line, (label, *texts) in enumerate(pairs)
        ),
        unit=unit,
        scale=None,
        first_line=0,
        last_line=len(pairs),
    )


def outcomes(rows, heads=("2018",), **more) -> dict[str, str]:
    return {tie.name: tie.outcome for tie in check_tables(4, build_table(rows, heads, **more))}


def totals(rows, heads=("2018",)) -> list[TieOut]:
    found = check_tables(4, build_table(rows, heads))
    return [tie for tie in found if tie.name == "total = sum of its rows"]


BALANCE = {
    "Current assets:": "",
    "Cash": "$ 100",
    "Receivables, net": "50",
    "Total current assets": "150",
    "Property": "350",
    "Total assets": "$ 500",
    "Total liabilities": "300",
    "Total Acme shareholders’ equity": "180",
    "Noncontrolling interests": "20",
    "Total equity": "200",
    "Total liabilities and equity": "$ 500",
}
CASH = {
    "Net cash provided by operating activities": "120",
    "Net cash used in investing activities": "(70)",
    "Net cash used in financing activities": "(30)",
    "Effect of exchange rate changes on cash": "(5)",
    "Net increase in cash and cash equivalents": "15",
    "Cash and cash equivalents at beginning of year": "85",
    "Cash and cash equivalents at end of year": "100",
}


def test_a_balance_sheet_that_balances_passes():
    found = outcomes(BALANCE)
    assert found["assets = liabilities and equity"] == "passed"
    assert found["assets = liabilities + equity"] == "passed"


def test_a_balance_sheet_that_does_not_balance_fails_with_both_numbers():
    found = check_tables(4, build_table(BALANCE | {"Total liabilities": "301,000"}))
    (failed,) = [tie for tie in found if tie.outcome == "failed"]
    assert failed.name == "assets = liabilities + equity"
    assert (failed.expected, failed.printed, failed.page) == (301_200, 500, 4)
    assert '"Total assets"' in failed.detail
    assert '"2018"' in failed.detail


def test_the_two_sides_of_a_balance_sheet_must_be_equal():
    rows = {"Total assets": "500", "Total liabilities and shareholders’ equity": "480"}
    assert outcomes(rows)["assets = liabilities and equity"] == "failed"


def test_equity_between_liabilities_and_shareholders_is_counted():
    rows = {
        "Total assets": "500",
        "Total liabilities": "300",
        "Redeemable noncontrolling interest": "15",
        "Total stockholders' equity": "185",
        "Total liabilities, redeemable noncontrolling interest and stockholders' equity": "500",
    }
    assert outcomes(rows)["assets = liabilities + equity"] == "passed"


def test_a_cash_flow_statement_that_rolls_forward_passes():
    found = outcomes(CASH)
    assert found["the three cash flows = net change"] == "passed"
    assert found["beginning cash + change = ending cash"] == "passed"


def test_exchange_effects_may_stand_below_the_change():
    rows = {
        "Net cash provided by operating activities": "120",
        "Net cash used in investing activities": "(70)",
        "Net cash used in financing activities": "(30)",
        "Net increase in cash": "20",
        "Effect of exchange rate changes": "(5)",
        "Cash, beginning of period": "85",
        "Cash, end of period": "100",
    }
    found = outcomes(rows)
    assert found["the three cash flows = net change"] == "passed"
    assert found["beginning cash + change = ending cash"] == "passed"


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("Net cash used in investing activities", "the three cash flows = net change"),
        ("Cash and cash equivalents at end of year", "beginning cash + change = ending cash"),
    ],
)
def test_a_wrong_number_in_a_cash_flow_statement_fails(row, name):
    assert outcomes(CASH | {row: "70"})[name] == "failed"


def test_a_cell_that_was_not_read_lets_nothing_fail():
    rows = CASH | {"Effect of exchange rate changes on cash": "(5) 3"}
    found = outcomes(rows)
    assert found["the three cash flows = net change"] == "not_applicable"


def test_a_total_is_the_sum_of_the_rows_above():
    (tie,) = totals({"Steel": "10", "Glass": "20", "Paper": "—", "Total": "30"})
    assert (tie.outcome, tie.expected, tie.printed) == ("passed", 30, 30)


def test_a_total_within_a_total_is_counted_once():
    found = totals(
        {
            "Steel": "10",
            "Glass": "20",
            "Total materials": "30",
            "Rent": "5",
            "Wages": "7",
            "Total other": "12",
            "Total costs": "42",
        }
    )
    assert [tie.outcome for tie in found] == ["passed", "passed", "passed"]


def test_what_is_marked_less_is_taken_away():
    (tie,) = totals({"Land": "10", "Buildings": "20", "Less: depreciation": "4", "Total": "26"})
    assert tie.outcome == "passed"


def test_a_total_under_its_own_heading_fails_when_a_row_is_wrong():
    rows = BALANCE | {"Receivables, net": "500"}
    failed = [tie for tie in totals(rows) if tie.outcome == "failed"]
    assert [(tie.expected, tie.printed) for tie in failed] == [(600, 150)]


def test_parents_of_rows_do_for_a_heading():
    rows = (
        TableRow("Cash", (Cell("100"),), 0, ("Assets", "Current assets")),
        TableRow("Receivables", (Cell("500"),), 1, ("Assets", "Current assets")),
        TableRow("Total current assets", (Cell("150"),), 2, ("Assets",)),
    )
    table = Table("", (("", "2018"),), rows, None, None, 0, 2)
    assert [tie.outcome for tie in check_tables(1, table)] == ["failed"]


def test_a_total_without_a_heading_does_not_fail():
    (tie,) = totals({"Steel": "10", "Glass": "20", "Total": "99"})
    assert (tie.outcome, tie.expected, tie.printed) == ("not_applicable", None, None)


def test_rows_of_another_structure_do_not_fail_under_a_heading():
    (tie,) = totals(
        {"Costs:": "", "Steel": "10", "Of which imported": "4", "Glass": "7", "Total costs": "99"}
    )
    assert tie.outcome == "not_applicable"


@given(st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=12))
def test_rounded_parts_still_add_up(tenths):
    """Each part is rounded to a whole number, and the total by itself."""
    parts = [Decimal(value) / 10 for value in tenths]
    rows = [("Costs:", "")]
    rows += [(f"Part {i}", f"{round(part):,}") for i, part in enumerate(parts)]
    rows.append(("Total costs", f"{round(sum(parts)):,}"))
    (tie,) = totals(rows)
    assert tie.outcome == "passed"


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=12), st.integers(20, 10**6))
def test_a_row_that_grew_never_passes_with_all_rows(values, more):
    """A run of fewer rows cannot give the total either, for none is negative."""
    rows = [("Costs:", ""), *((f"Part {i}", str(value)) for i, value in enumerate(values))]
    (tie,) = totals([*rows, ("Total costs", str(sum(values) + more))])
    assert tie.outcome == "failed"


def test_gross_profit_is_sales_less_cost():
    rows = {"Net sales": "100", "Cost of sales": "60", "Gross profit": "40"}
    assert outcomes(rows) == {"sales - cost = gross profit": "passed"}


def test_costs_in_brackets_are_costs_too():
    rows = {"Revenues": "100", "Cost of goods sold": "(60)", "Gross profit": "40"}
    assert outcomes(rows) == {"sales - cost = gross profit": "passed"}


def test_net_income_follows_from_tax():
    rows = {
        "Income before income taxes": "50",
        "Provision for income taxes": "12",
        "Net income": "38",
    }
    assert outcomes(rows) == {"income before taxes - taxes = net income": "passed"}


def test_an_income_statement_with_more_steps_does_not_fail():
    rows = {"Net sales": "100", "Cost of sales": "60", "Gross profit": "35"}
    assert outcomes(rows) == {"sales - cost = gross profit": "not_applicable"}


def test_quarters_sum_to_the_year():
    heads = ("First Quarter", "Second Quarter", "Third Quarter", "Fourth Quarter", "Year 2018")
    rows = [
        ("Net sales", "10", "20", "30", "40", "100"),
        ("Income per share", "1", "1", "1", "1", "9"),
    ]
    found = check_tables(4, build_table(rows, heads))
    assert [(tie.name, tie.outcome) for tie in found] == [("quarters = year", "passed")]


def test_segments_sum_to_their_total():
    rows = [("Net sales", "10", "20", "30"), ("Assets", "1", "—", "5")]
    found = check_tables(4, build_table(rows, ("Europe", "Asia", "Total")))
    assert [(tie.name, tie.outcome) for tie in found] == [
        ("columns = total", "passed"),
        ("columns = total", "not_applicable"),
    ]


def test_columns_of_percentages_are_left_out():
    rows = [("Steel", "10", "25%"), ("Glass", "30", "75%"), ("Total", "40", "99%")]
    found = check_tables(4, build_table(rows, ("2018", "Share")))
    assert [tie.outcome for tie in found] == ["passed"]


def test_a_table_per_share_is_left_out():
    assert outcomes({"Basic": "1", "Other": "2", "Total": "9"}, unit="USD/share") == {}


LABELS = st.sampled_from(
    [*BALANCE, *CASH, "Net sales", "Cost of sales", "Gross profit", "Total", ""]
)
TEXTS = st.sampled_from(["", "—", "100", "(50)", "$ 1,234.5", "n/m", "3%", "2018"])


@given(st.lists(st.tuples(LABELS, TEXTS, TEXTS), max_size=14))
def test_no_table_breaks_the_checks(rows):
    for tie in check_tables(1, build_table(rows, ("2018", "Total"))):
        known = tie.outcome != "not_applicable"
        assert (tie.expected is not None, tie.printed is not None) == (known, known)


@given(st.sampled_from(sorted(CASH)), st.integers(200, 9000))
def test_no_wrong_row_of_a_cash_flow_statement_is_missed(row, amount):
    """The effect of exchange rates is no sure part, so its wrong value fails the sum as well."""
    assert "failed" in outcomes(CASH | {row: str(amount)}).values()
