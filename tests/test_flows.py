"""Words tell whether an amount is one of a day or of a span, and stay silent where they do not."""

from __future__ import annotations

import pytest

from ingestion.documents import Cell, StatementKind, Table, TableRow
from ingestion.facts.flows import Telling, tell_label, tell_row, tell_table


def build_table(
    caption: str = "",
    labels: tuple[str, ...] = ("Other",),
    corner: str = "",
    statement: StatementKind | None = None,
) -> Table:
    return Table(
        caption=caption,
        header=((corner, "2018", "2017"),),
        rows=tuple(
            TableRow(label, (Cell("1"), Cell("2")), line) for line, label in enumerate(labels)
        ),
        unit="USD",
        scale=None,
        first_line=0,
        last_line=len(labels),
        statement=statement,
    )


def test_a_balance_sheet_is_of_a_day_and_an_income_statement_of_a_span() -> None:
    assert tell_table(build_table(statement="balance_sheet"), (), ()) == Telling(True, True)
    assert tell_table(build_table(statement="income"), (), ()) == Telling(False, True)


@pytest.mark.parametrize(
    ("caption", "corner", "telling"),
    [
        ("Accrued expenses consisted of the following at December 31:", "", Telling(True, True)),
        ("Interest expense", "Years ended December 31", Telling(False, True)),
        ("Benefit plans", "as of and for the years ended December 31", Telling(None, False)),
        ("Net sales for 2018 and assets as of June 30, 2018", "", Telling(True, False)),
    ],
)
def test_title_and_corner_tell_a_tables_time(caption: str, corner: str, telling: Telling) -> None:
    assert (
        tell_table(build_table(caption, corner=corner), ("2018", "2017"), (2018, 2017)) == telling
    )


def test_rows_decide_where_title_and_heads_are_silent() -> None:
    payables = build_table(labels=("Trade payables", "Receivables", "Inventories"))
    assert tell_table(payables, ("2018", "2017"), (2018, 2017)).instant is True


@pytest.mark.parametrize(
    ("label", "instant"),
    [
        ("Interest expense", False),
        ("Interest on notes", None),
        ("Inventories", True),
        ("Amounts recognized on the consolidated balance sheets", True),
        ("Something else", None),
    ],
)
def test_a_label_tells_by_its_words(label: str, instant: bool | None) -> None:
    assert tell_label(label) is instant


def test_a_subheading_decides_for_rows_that_say_nothing() -> None:
    table = build_table("Net sales and assets by country", ("U.S.",))
    unsure = Telling(None, False)
    assert tell_row("U.S.", ("Net sales",), table, unsure) is False
    assert tell_row("U.S.", ("Long-lived assets",), table, unsure) is True


def test_outstanding_awards_are_of_a_day_in_a_table_of_activity() -> None:
    assert tell_row("Outstanding", (), build_table(), Telling(False, True)) is True


def test_what_arose_during_the_year_is_of_a_span_beside_balances() -> None:
    label = "Unrealized gains arising during the year"
    assert tell_row(label, (), build_table(), Telling(True, True)) is False


def test_cash_below_a_cash_flow_statement_is_a_balance() -> None:
    table = build_table(statement="cash_flow")
    sure = Telling(False, True)
    assert tell_row("Cash and cash equivalents", (), table, sure) is True
    assert tell_row("Cash paid for interest", (), table, sure) is False
