"""A computation that could be meant in two ways is not made, or not verified."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.calculation.compute import compute_step, read_step
from research.calculation.sandbox import run_program
from research.calculation.writing import show
from research.questions import Calculation, Operand, Value


def compute(text: str, *numbers: object, unit: str | None = "USD", label: str = "") -> Calculation:
    operands = {
        f"Q{at}": Operand(
            f"q{at}", label, f"Q{at}", Value(Decimal(str(n)), unit, 1, f"{2020 + at}"), True
        )
        for at, n in enumerate(numbers, start=1)
    }
    calculation = compute_step(text, operands)
    assert calculation is not None
    return calculation


def failed(calculation: Calculation) -> list[str]:
    return [check.name for check in calculation.checks if not check.passed]


@given(
    st.sampled_from(["plus", "minus", "+", "-", "less"]),
    st.sampled_from(["divided by", "times", "multiplied by", "over"]),
    st.integers(2, 9),
)
def test_a_spoken_division_after_a_sum_has_two_meanings_and_is_not_read(add, divide, number):
    assert read_step(f"What is #1 {add} #2 {divide} {number}?")[1] is None


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("What is #1 + #2 / #3?", "#1 + #2 / #3"),
        ("What is #1 plus #2, divided by #3?", "(#1 + #2) / #3"),
        ("What is (#1 plus #2) divided by #3?", "(#1 + #2) / #3"),
        ("What is #1 divided by #2 minus #3?", "#1 / #2 - #3"),
        ("What is #1 divided by #2 minus #3 divided by #4?", "#1 / #2 - #3 / #4"),
    ],
)
def test_signs_brackets_and_commas_say_what_belongs_together(text, formula):
    node = read_step(text)[1]
    assert node is not None
    assert show(node) == formula


@pytest.mark.parametrize(
    "text",
    [
        "Which company is more efficient, #1 or #2?",
        "Which segment was less profitable, #1 or #2?",
        "Which is larger, the difference between #1 and #2 or #3?",
        "Which is larger, #1 and #2 or #3?",
        "What is the sum of #1 and #2 or #3?",
    ],
)
def test_which_is_not_answered_where_more_than_the_larger_number_is_asked(text):
    assert read_step(text)[1] is None


def test_more_of_something_is_the_larger_number():
    calculation = compute("Which company has more debt, #1 (Acme) or #2 (Bolt)?", 5, 7)
    assert (calculation.result, failed(calculation)) == ("Bolt", [])


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Which company had the larger decline, #1 or #2?", ""),
        ("Which is larger, #1 or #2?", "net loss, 2021"),
        ("Is #1 greater than #2?", "Decrease in inventories"),
    ],
)
def test_the_larger_of_two_losses_is_not_told_where_one_is_negative(text, label):
    assert failed(compute(text, -5, -10, label=label)) == ["direction"]
    assert failed(compute(text, 5, 10, label=label)) == []


def test_a_signed_line_item_is_compared_as_it_stands():
    calculation = compute("Is #1 greater than #2?", 5, -10, label="Net income (loss)")
    assert (calculation.result, failed(calculation)) == (True, [])


@pytest.mark.parametrize("text", ["What is #1 / #2 * 100?", "What is 100 * #1 / #2?"])
def test_a_hundred_times_a_ratio_is_a_percentage(text):
    result = compute(text, 1, 8).result
    assert isinstance(result, Value)
    assert (result.number, result.unit) == (Decimal("12.5"), "percent")


def test_a_plain_multiple_of_a_ratio_is_a_ratio():
    result = compute("What is #1 / #2 * 4?", 1, 8).result
    assert isinstance(result, Value)
    assert (result.number, result.unit) == (Decimal("0.5"), "ratio")


@pytest.mark.parametrize(
    "source",
    [
        "import time\nans = time.time()",
        "from datetime import date\nans = date.today().year",
        "import random\nans = random.random()",
    ],
)
def test_a_program_has_no_clock_and_no_chance(source):
    assert run_program(source).failure == "refused"


def test_a_program_that_keeps_trying_to_sleep_ends():
    source = "import time\nfor i in range(1000):\n    time.sleep(60)\nans = 1"
    assert run_program(source).value is None


def test_days_between_dates_need_no_clock():
    source = "from datetime import date\nans = (date(2023, 1, 1) - date(2022, 1, 1)).days"
    assert run_program(source).value == 365
