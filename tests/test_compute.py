"""Computing over earlier answers: units and scales settled, every operand bound."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.calculation.binding import agree, bind_program
from research.calculation.compute import compute_step
from research.calculation.shapes import read_question_shape
from research.questions import Operand, Value


def operand(number, unit="USD", scale=10**6, period="2023", label="Q1", bound=True, name=""):
    value = Value(Decimal(str(number)), unit, scale, period)
    return Operand(label.lower(), name or label, label, value, bound, f"e{label}")


def compute(text, *operands):
    named = {f"Q{n}": o for n, o in enumerate(operands, start=1)}
    named = {
        k: Operand(k.lower(), o.label, k, o.value, o.bound, o.evidence_id) for k, o in named.items()
    }
    return compute_step(text, named)


def failed(calculation):
    return [check.name for check in calculation.checks if not check.passed]


def test_millions_and_thousands_are_brought_to_one_scale():
    result = compute("What is #1 minus #2?", operand(2242), operand(1486843, scale=1000))
    assert (result.result.number * result.result.scale, result.text) == (
        755_157_000,
        "$755.2 million",
    )


def test_a_ratio_of_amounts_has_no_unit_and_as_a_percentage_has_one():
    ratio = compute("What is #1 divided by #2?", operand(1), operand(4))
    percent = compute("What is #1 divided by #2, as a percentage?", operand(1), operand(4))
    assert (ratio.result.unit, ratio.result.number) == ("ratio", Decimal("0.25"))
    assert (percent.result.unit, percent.text) == ("percent", "25.0%")


def test_the_difference_of_percentages_is_in_points():
    result = compute(
        "What is #1 minus #2?", operand(23.1, "percent", 1), operand(18.7, "percent", 1)
    )
    assert (result.result.unit, result.text) == ("percentage points", "4.40 percentage points")


def test_dollars_by_shares_are_dollars_a_share():
    result = compute("What is #1 divided by #2?", operand(150), operand(60, "shares"))
    assert (result.result.unit, result.text) == ("USD/share", "$2.50 per share")


def test_dollars_and_shares_do_not_add_up():
    result = compute("What is #1 plus #2?", operand(150), operand(60, "shares"))
    assert not result.verified
    assert failed(result) == ["units"]


def test_a_division_by_zero_is_told():
    result = compute("What is #1 divided by #2?", operand(1), operand(0))
    assert failed(result) == ["arithmetic"]


def test_a_change_back_in_time_is_not_verified():
    later, earlier = operand(2, period="2023"), operand(1, period="2022")
    result = compute("What is the percentage increase from #1 to #2?", later, earlier)
    assert failed(result) == ["periods"]


def test_a_rise_where_a_fall_is_asked_is_not_hidden():
    result = compute("What is the percentage decrease from #1 to #2?",
                     operand(100, period="2022"), operand(110, period="2023"))  # fmt: skip
    assert result.text == "-10.0% (an increase of 10.0%)"


def test_a_loose_operand_leaves_the_result_unverified():
    assert not compute("What is #1 plus #2?", operand(1), operand(2, bound=False)).verified


def test_an_answer_without_a_value_is_not_computed_with():
    assert compute("What is #1 divided by #2?", operand(1)) is None


def test_the_one_picked_is_called_by_its_name():
    text = "Which company spent more, comparing #1 (Corning) and #2 (MGM Resorts)?"
    assert compute(text, operand(5), operand(7)).text == "MGM Resorts"


def test_about_means_rounded_to_the_digits_that_are_stated():
    text = "Is #1 about $12.8 million?"
    assert compute(text, operand(12.751)).result is True
    assert compute(text, operand(12.749)).result is False
    assert compute(text, operand(12751)).result is False  # billions are no millions


def test_growth_that_differs_in_amount_and_percent_is_not_verified():
    text = "Is the growth from #1 to #2 larger than the growth from #3 to #4?"
    years = ("2022", "2023", "2022", "2023")
    numbers = (100, 120, 1000, 1100)  # 20 against 100, and 20% against 10%
    parts = [operand(n, period=y) for n, y in zip(numbers, years, strict=True)]
    assert failed(compute(text, *parts)) == ["growth"]


def test_decimals_are_those_that_are_asked_for():
    result = compute("What is #1 divided by #2, rounded to two decimals?", operand(2), operand(3))
    assert result.text == "0.67"


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_it_does_not_matter_in_which_scale_the_operands_come(one, other):
    text = "What is #1 minus #2?"
    plain = compute(text, operand(one), operand(other))
    mixed = compute(text, operand(one * 1000, scale=1000), operand(other))
    amounts = [c.result.number * c.result.scale for c in (plain, mixed)]
    assert amounts[0] == amounts[1]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("What is #1 minus #2, as a percentage?", "percentage"),
        ("What is #1 plus 2023?", "units"),
        ("Is #1 about 40?", "units"),
    ],
)
def test_what_does_not_say_what_it_counts_is_not_verified(text, name):
    assert failed(compute(text, operand(40), operand(50))) == [name]


def test_a_percentage_of_a_negative_amount_is_not_verified():
    before, after = operand(-40, period="2022"), operand(50, period="2023")
    result = compute("What is the percentage increase from #1 to #2?", before, after)
    assert failed(result) == ["base"]


# Programs of the model


def fact(number, label, scale=10**6, unit="USD"):
    return Operand("", label, "", Value(Decimal(str(number)), unit, scale, "2023"), True, label)


FACTS = (fact(1284, "net sales, 2023"), fact(1209, "net sales, 2022"))


def test_a_programs_numbers_are_bound_to_facts():
    text = "```python\nnow = 1284\nbefore = 1209\nans = (now - before) / before * 100\n```"
    calculation = bind_program(text, FACTS)
    assert calculation.verified
    assert {o.evidence_id for o in calculation.operands} == {"net sales, 2023", "net sales, 2022"}
    assert calculation.text == "6.20%"


def test_a_number_that_is_no_fact_is_loose_and_named():
    calculation = bind_program("ans = 1284 - 1111", FACTS)
    assert not calculation.verified
    assert [o.name for o in calculation.operands if not o.bound] == ["1,111"]


def test_a_number_of_two_facts_is_loose():
    twice = (*FACTS, fact(1284, "another row"), fact(1284, "in thousands", scale=1000))
    assert not bind_program("ans = 1284 - 1209", twice).verified


def test_numbers_in_different_scales_are_not_verified():
    assert not bind_program("ans = 1284 - 1209000000", FACTS).verified


@pytest.mark.parametrize("text", ["", "I cannot.", "ans = (", "while True: pass", "ans = 'yes'"])
def test_what_gives_no_number_is_no_calculation(text):
    assert bind_program(text, FACTS) is None


def test_a_factor_of_a_hundred_between_programs_is_told():
    built = compute("What is #1 divided by #2, as a percentage?", operand(1), operand(4))
    written = bind_program("ans = 1 / 4", (fact(1, "one"), fact(4, "four")))
    check = agree(built, written)
    assert check.passed
    assert "100" in check.detail


# What a whole question asks for


@pytest.mark.parametrize(
    ("question", "unit", "shape"),
    [
        ("By what percentage did net sales grow from 2022 to 2023?", "percent", "percent_change"),
        ("What was the operating margin in 2023?", "percent", None),
        ("By how many percentage points did it rise?", "percentage points", "difference"),
        ("How much higher were net sales in 2023 than in 2022?", "amount", "difference"),
        ("Did net sales grow faster than costs?", "boolean", None),
        ("Which company had the higher net sales in 2023?", "name", None),
        ("Which company spent more, and by how much?", "amount", "difference"),
        ("What was the three-year average of capex as a % of revenue?", "percent", "average"),
        ("What was the ratio of debt to equity?", "ratio", None),
        ("What were net sales in 2023?", "amount", None),
        (
            "How much higher was the gross margin in 2023 than in 2022?",
            "percentage points",
            "difference",
        ),
        ("How much higher was the gross margin in dollars in 2023?", "amount", "difference"),
        ("What is the CAGR of net sales from 2020 to 2023?", "percent", "compound_growth"),
        ("What was Acme's net sales growth in 2023?", "percent", "percent_change"),
        ("What share of net sales did services make up?", "ratio", None),
        ("What were Acme's days payable outstanding in 2023?", "days", None),
    ],
)
def test_the_kind_of_result_is_told_from_the_words(question, unit, shape):
    found = read_question_shape(question)
    assert (found.unit, found.shape) == (unit, shape)


def test_a_compound_rate_takes_its_years_from_the_periods_where_the_step_gives_none():
    result = compute("What is the CAGR from #1 to #2?", operand(100, period="2020"),
                     operand(121, period="2022"))  # fmt: skip
    assert (result.text, result.shape, failed(result)) == ("10.0%", "compound_growth", [])


def test_a_compound_rate_over_other_years_than_the_amounts_have_is_not_verified():
    result = compute("What is the CAGR from #1 to #2 over 3 years?", operand(100, period="2020"),
                     operand(121, period="2022"))  # fmt: skip
    assert failed(result) == ["periods"]


@pytest.mark.parametrize(("first", "last"), [(-100, 121), (100, -121)])
def test_a_compound_rate_of_a_negative_amount_is_not_computed(first, last):
    result = compute("What is the CAGR from #1 to #2?", operand(first, period="2020"),
                     operand(last, period="2022"))  # fmt: skip
    assert failed(result) == ["arithmetic"]


def test_basis_points_are_a_hundred_to_a_percentage_point():
    margins = operand(9.5, "percent", 1, "2022"), operand(11, "percent", 1, "2023")
    result = compute("By how many basis points did the margin increase from #1 to #2?", *margins)
    assert (result.text, result.result.unit) == ("150 basis points", "basis points")


def test_basis_points_of_dollars_are_nothing():
    result = compute("What is the difference in basis points between #1 and #2?", operand(2),
                     operand(1))  # fmt: skip
    assert failed(result) == ["units"]


def test_an_amount_of_any_unit_is_held_against_nothing():
    assert compute("Is #1 positive?", operand(-3)).result is False


def test_equal_amounts_have_no_largest():
    assert "tie" in failed(compute("Which is larger, #1 or #2?", operand(5), operand(5)))


def test_one_of_several_is_named_by_what_tells_it_from_the_others():
    west = operand(5, name="Resorts > West, FY2023")
    east = operand(7, name="Resorts > East, FY2023")
    assert compute("Which of #1 and #2 is larger?", west, east).result == "East"


@pytest.mark.parametrize(
    "text", ["How much did sales grow, in percent, from #1 to #2?",
             "What is the percentage change from #1 to #2, to two decimal places?"]
)  # fmt: skip
def test_how_the_result_is_wanted_may_stand_anywhere(text):
    result = compute(text, operand(100, period="2022"), operand(110, period="2023"))
    assert (result.result.unit, result.shape) == ("percent", "percent_change")
