"""The card of a calculation: formula, operands with their places, result; nothing unescaped."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.markup.cards import render_calculation
from app.wording import describe_time_left, write_amount
from research.calculation.compute import compute_step
from research.questions import Operand, Value


def operand(label, number, bound=True, name="Net sales, FY2023"):
    value = Value(Decimal(str(number)), "USD", 10**6, "2023")
    return Operand(label.lower(), name, label, value, bound, "e1", "It stands on page 2.")


def card(*operands):
    return render_calculation(
        compute_step("What is #1 minus #2?", {o.reference: o for o in operands})
    )


def test_a_card_shows_formula_operands_and_result():
    html = card(operand("Q1", 1284), operand("Q2", 1209))
    for told in ("#1 - #2", "$1,284 million", "$1,209 million", "$75 million", "computed"):
        assert told in html


def test_each_operand_leads_to_its_sub_question():
    html = card(operand("Q1", 1284), operand("Q2", 1209))
    assert 'data-label="Q1"' in html
    assert 'data-label="Q2"' in html


def test_a_loose_operand_is_told_by_word_and_shape():
    html = card(operand("Q1", 1284), operand("Q2", 1209, bound=False))
    assert "not verified" in html
    assert "desk-loose" in html


def test_what_a_filing_calls_a_row_is_escaped():
    assert "<script>" not in card(operand("Q1", 1, name="<script>"), operand("Q2", 2))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Value(Decimal("1284.7"), "USD", 10**6, None), "$1,284.7 million"),
        (Value(Decimal("26.1152416357"), "percent", 1, None), "26.12%"),
        (Value(Decimal("-0.8300"), "ratio", 1, None), "-0.83"),
        (Value(Decimal("2.41"), "USD/share", 1, None), "$2.41 per share"),
        (Value(Decimal(60), "shares", 10**6, None), "60 million shares"),
    ],
)
def test_an_amount_is_written_with_unit_and_scale(value, text):
    assert write_amount(value) == text


@pytest.mark.parametrize(
    ("done", "total", "left", "text"),
    [
        (2, 5, 11.6, "2 of 5 answered, about 12 s left"),
        (5, 5, 0.0, "5 of 5 answered"),
        (0, 5, None, "0 of 5 answered"),
        (1, 5, 0.2, "1 of 5 answered, about 1 s left"),
    ],
)
def test_how_far_a_plan_is_is_told_in_words(done, total, left, text):
    assert describe_time_left(done, total, left) == text
