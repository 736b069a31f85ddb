"""What tags date by convention is counted apart when they are compared with tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from benchmarks.xbrl import compare_fact
from ingestion.documents import Fact
from ingestion.periods import Period

YEAR_END = date(2018, 12, 31)
BALANCE = Fact(
    fact_id="f",
    document_id="doc",
    page=1,
    line_item="Leases",
    parents=("2019",),
    concept=None,
    period=Period(0, YEAR_END, 2018),
    value=Decimal(50),
    value_as_printed="50",
    unit="USD",
    scale=1_000_000,
    statement=None,
    source="xbrl",
    quote="2019 | 50",
    line=1,
    cell="B2",
)


def test_what_falls_due_in_a_later_year_is_by_convention() -> None:
    read = replace(BALANCE, period=Period(12, date(2019, 12, 31), 2019))
    assert compare_fact(BALANCE, read, YEAR_END).by_convention


def test_what_falls_due_thereafter_is_by_convention() -> None:
    read = replace(BALANCE, period=None, parents=("Thereafter",))
    assert compare_fact(BALANCE, read, YEAR_END).by_convention


def test_an_earlier_year_and_a_missing_period_are_not_by_convention() -> None:
    earlier = replace(BALANCE, period=Period(12, date(2017, 12, 31), 2017))
    missing = replace(BALANCE, period=None, parents=())
    assert not compare_fact(BALANCE, earlier, YEAR_END).by_convention
    assert not compare_fact(BALANCE, missing, YEAR_END).by_convention


def test_an_opening_day_agrees_with_the_day_before_it() -> None:
    read = replace(BALANCE, period=Period(0, date(2019, 1, 1), 2018))
    two_days = replace(BALANCE, period=Period(0, date(2019, 1, 2), 2018))
    assert compare_fact(BALANCE, read).period
    assert not compare_fact(BALANCE, two_days).period
