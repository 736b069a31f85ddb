"""How the benchmark of the verifier makes right answers and spoils them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.fact_questions import FactQuestion, build_question, find_fault, state_figure
from benchmarks.spoiling import (
    WAYS,
    Around,
    Spoilt,
    change_digit,
    spoil_company,
    spoil_direction,
    spoil_row,
    spoil_sign,
    spoil_year,
)
from benchmarks.verifier import Judged, count, take_turns
from ingestion.documents import Document, Fact, FilingFacts, Passage
from ingestion.periods import Period
from research.verification.fact_places import FactPlace

DOCUMENT = Document(
    "d1", "acme.pdf", FilingFacts("ACME COMPANY", "10-K", 2022, "2022-12-31", 12), 9, 9, 9, 9, ""
)
PASSAGE = Passage("p1", "d1", 1, "table", None, "", 0, 99)


def build_place(
    item="Net sales",
    value="5,023",
    year=2022,
    line=1,
    parents=(),
    unit="USD",
    *,
    months=12,
    is_primary=True,
):
    printed = Decimal(value.replace(",", ""))
    end = date(year, 12, 31)
    fact = Fact(
        f"{item}-{parents}-{year}-{line}-{value}",
        "d1",
        1,
        item,
        parents,
        None,
        Period(months, end, year),
        printed,
        value,
        unit,
        1_000_000 if unit == "USD" else 1,
        None,
        "table",
        item,
        line,
    )
    return FactPlace(fact, PASSAGE, "", "", is_primary=is_primary)


def ask(place, rivals=()):
    asked = build_question(place, DOCUMENT, rivals, Random(1))
    assert isinstance(asked, FactQuestion)
    return asked


def test_a_question_names_company_item_and_year():
    for form in range(5):
        question = FactQuestion(build_place(), "Acme", "net sales", form).question
        assert "net sales" in question
        assert "Acme" in question
        assert "2022" in question


def test_a_balance_in_the_middle_of_a_year_is_asked_for_by_its_day():
    place = build_place(months=0)
    assert "December 31, 2022" in FactQuestion(place, "A", "cash", 0, closes_year=False).question


def test_a_row_that_another_calls_the_same_is_left_out():
    rival = build_place(value="77", line=9)
    assert isinstance(build_question(build_place(), DOCUMENT, [rival], Random(1)), str)


def test_a_row_with_net_is_asked_for_like_one_without():
    gross, net = build_place("Equipment"), build_place("Equipment, net", "99", line=2)
    assert isinstance(build_question(gross, DOCUMENT, [net], Random(1)), str)


def test_a_heading_tells_two_rows_of_one_name_apart():
    glass = build_place(parents=("Glass",))
    steel = build_place(value="77", line=9, parents=("Steel",))
    assert "glass" in ask(glass, [steel]).item


def test_another_amount_in_a_note_does_not_put_a_statement_in_doubt():
    note = build_place(value="77", line=9, is_primary=False)
    assert ask(build_place(), [note]).item == "net sales"


@pytest.mark.parametrize(
    ("place", "told"),
    [
        (build_place("2024"), "label"),
        (build_place("Increase in sales"), "change"),
        (build_place(value="0"), "nil"),
        (build_place(unit="percent"), "percentage"),
        (build_place(unit="shares"), "shares"),
        (build_place("Dilution", unit="USD"), "shares"),
    ],
)
def test_what_is_no_line_item_is_left_out_by_a_rule(place, told):
    assert told in (find_fault(place) or "")


def test_amounts_are_written_as_people_write_them():
    assert state_figure(build_place(), Decimal("5023"), 10**6, Random(0)) == "$5,023 million"
    assert state_figure(build_place(unit="percent"), Decimal("-6.1"), 1, Random(0)) == "-6.1%"
    each = state_figure(build_place(unit="USD/share"), Decimal("4.20"), 1, Random(0))
    assert each == "$4.20 per share"


def test_the_nearest_row_of_the_same_column_is_another_rows_value():
    near, far = build_place("Cost", "9", line=2), build_place("Tax", "3", line=7)
    other_year = build_place("Fees", "4", 2021, line=1)
    spoilt = spoil_row(ask(build_place()), Around([far, near, other_year], []), Random(1))
    assert isinstance(spoilt, Spoilt)
    assert "$9 million" in spoilt.wrong
    assert "$5,023 million" in spoilt.right


def test_a_neighbour_that_prints_the_same_value_spoils_nothing():
    same = build_place("Sales, net of returns", line=2)
    assert isinstance(spoil_row(ask(build_place()), Around([same], []), Random(1)), str)
    year = build_place(year=2021)
    assert isinstance(spoil_year(ask(build_place()), Around([year], []), Random(1)), str)


def test_the_sign_of_a_loss_may_be_either():
    assert isinstance(spoil_sign(ask(build_place("Net loss")), Around([], []), Random(1)), str)
    spoilt = spoil_sign(ask(build_place("Net income")), Around([], []), Random(1))
    assert isinstance(spoilt, Spoilt)


def test_another_company_gives_its_value_of_the_same_year_and_its_page():
    place, old = build_place(value="8"), build_place(value="7", year=2019)
    spoilt = spoil_company(ask(build_place()), Around([], [old, place]), Random(1))
    assert isinstance(spoilt, Spoilt)
    assert spoilt.other is place


def test_a_direction_is_reversed_against_the_year_before_under_the_same_heading():
    elsewhere = build_place(value="9,999", year=2021, parents=("Other",))
    page = [elsewhere, build_place(value="4,000", year=2021)]
    spoilt = spoil_direction(ask(build_place()), Around(page, []), Random(1))
    assert isinstance(spoilt, Spoilt)
    rising = ("rose", "increased", "grew")
    assert any(verb in spoilt.right for verb in rising)
    assert not any(verb in spoilt.wrong for verb in rising)


@given(st.decimals(-(10**9), 10**9, places=2, allow_nan=False), st.integers(0, 10**6))
def test_one_changed_digit_makes_another_number_of_as_many_digits(value, seed):
    changed = change_digit(value, Random(seed))
    assert abs(changed) != abs(value)
    assert len(changed.as_tuple().digits) <= len(value.as_tuple().digits)
    assert changed == 0 or value == 0 or (changed < 0) == (value < 0)


def test_every_way_gives_another_text_than_the_right_one():
    page = [build_place("Cost", "9", line=2), build_place(value="4,000", year=2021)]
    around = Around(page, [build_place(value="8")])
    for way in WAYS.values():
        spoilt = way(ask(build_place("Net income")), around, Random(3))
        if isinstance(spoilt, Spoilt):
            assert spoilt.right != spoilt.wrong


def test_misses_are_counted_by_way():
    spoilt = Spoilt("wrong sign", False, ask(build_place()), "r", "w")
    judged = [Judged(spoilt, True, True, (), ()), Judged(spoilt, False, False, (), ())]
    row = {"judged": 2, "spoilt supported": 1, "right missed": 1}
    assert count(judged) == {"wrong sign": row, "all": row}


def test_stacks_are_drawn_from_in_turn():
    a, b, c = build_place("A"), build_place("B"), build_place("C")
    assert list(take_turns({"x": [b, a], "y": [c]})) == [a, c, b]
