"""Plans are judged by their format, their words, and what they come to when carried out."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.plan_reading import read_steps
from research.prompts import render_claim_decomposition_prompt, render_decomposition_prompt
from training.errors import DataError
from training.examples import Example
from training.report.cells import Cell, find_cell, read_cells
from training.report.golds import fits_output, fits_result, is_close
from training.report.plans import carry_out, is_plan, score_plan, score_plan_format

CELLS = [
    {"row": row, "column": column, "value": value, "unit": "USD"}
    for row, column, value in (
        ("Net sales", "2019", "150"),
        ("Net sales", "2018", "120"),
        ("Net sales of tools", "2019", "90"),
        ("Total", "2019", "300"),
        ("Cost of sales", "2019", "75"),
        ("Cost of sales", "2018", "80"),
    )
]
TABLE = read_cells(CELLS, "toy:1")
GROWTH = (
    "### Q1: What were net sales in 2019?\n"
    "### Q2: What were net sales in 2018?\n"
    "### Q3: What is the percentage change from #2 to #1?"
)


def plan(text, answer, **gold):
    prompt = render_decomposition_prompt("How much did net sales grow from 2018 to 2019?")
    known = {"cells": CELLS, "answer": answer, "computed": True, **gold}
    return Example("question_plan", prompt, text, "toy", "toy:1", known)


def result_of(text, cells=TABLE):
    return carry_out(read_steps(text, labelled=False), cells).result


# Format


def test_lines_numbered_from_1_are_a_plan():
    assert is_plan(GROWTH, asks=True)


@pytest.mark.parametrize(
    "text",
    [
        "### Q1: What were net sales in 2019?",
        "Here is the plan:\n" + GROWTH,
        GROWTH + "\n\nI hope this helps.",
        GROWTH.replace("Q3", "Q4"),
        GROWTH.replace("### Q1", "### Q0").replace("### Q2", "### Q1"),
        GROWTH.replace("#2 to #1", "#2 to #3"),
        GROWTH.replace("#2 to #1", "#0 to #1"),
        GROWTH.replace("2019?", "2019."),
        GROWTH.replace("### Q2: ", "### "),
        "### Q1: ?\n### Q2:",
        "",
    ],
)
def test_other_texts_are_no_plan(text):
    assert not is_plan(text, asks=True)


def test_a_plan_of_claims_needs_no_question_marks():
    text = "### Q1: Net sales rose in 2019.\n### Q2: Costs fell in 2019."
    prompt = render_claim_decomposition_prompt("Net sales rose and costs fell.")
    claim = Example("claim_plan", prompt, text, "toy", "toy:1")
    assert score_plan_format(claim, text) == {"format": True}
    assert score_plan(claim, text.upper()) == {"same text": True}


@given(st.text(alphabet="#Q123: What?\n", max_size=60))
def test_what_is_a_plan_is_read_with_as_many_steps_as_lines(text):
    if is_plan(text, asks=True):
        assert len(read_steps(text, labelled=True)) == len(text.strip().splitlines())


# Looking up


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("What were net sales in 2019?", "150"),
        ("What were net sales for fiscal 2018?", "120"),
        ("How much were the net sales of tools in 2019?", "90"),
        ("What was the cost of sales in FY2018?", "80"),
        ("What was the total in 2019?", "300"),
    ],
)
def test_a_look_up_takes_the_cell_whose_heads_it_names(question, value):
    found = find_cell(question, TABLE)
    assert found is not None
    assert found.value == Decimal(value)


@pytest.mark.parametrize(
    "question",
    [
        "What were net sales in 2017?",
        "What were net sales?",
        "Who is the auditor?",
        "What was it in 2018?",
    ],
)
def test_what_no_cell_or_several_answer_is_not_found(question):
    assert find_cell(question, TABLE) is None


def test_a_table_with_its_years_in_the_rows_is_read_as_well():
    turned = [Cell(cell.column, cell.row, cell.value, cell.unit) for cell in TABLE]
    found = find_cell("What was the cost of sales in 2019?", turned)
    assert found is not None
    assert found.value == 75


def test_two_cells_with_one_number_are_one():
    twice = (*TABLE, Cell("Net sales", "2019", Decimal(150), "USD"))
    assert find_cell("What were net sales in 2019?", twice) is not None


def test_a_cell_without_a_number_is_refused_with_its_example():
    with pytest.raises(DataError, match="toy:7"):
        read_cells([{"row": "Net sales", "column": "2019", "value": "n/a"}], "toy:7")


# Carrying out


def test_a_plan_is_computed_from_the_cells():
    assert result_of(GROWTH).number == 25


def test_steps_go_on_from_computed_ones():
    text = (
        "### Q1: What were net sales in 2019?\n### Q2: What was the cost of sales in 2019?\n"
        "### Q3: What is #1 minus #2?\n### Q4: What is #3 divided by #1, as a percentage?"
    )
    assert result_of(text).number == 50


def test_a_comparison_ends_with_yes_or_no():
    text = GROWTH.replace("What is the percentage change from #2 to #1?", "Is #1 larger than #2?")
    assert result_of(text) is True


def test_a_plan_with_a_look_up_that_leads_nowhere_has_no_result():
    outcome = carry_out(read_steps(GROWTH.replace("2018", "2012"), labelled=False), TABLE)
    assert not outcome.found
    assert outcome.result is None


def test_cells_without_a_unit_are_plain_numbers():
    plain = read_cells([{**cell, "unit": ""} for cell in CELLS], "toy:1")
    text = GROWTH.replace(
        "the percentage change from #2 to #1", "#1 divided by 100, as a percentage"
    )
    assert result_of(text, plain).unit == "percent"


def test_a_step_that_is_no_computation_has_no_result():
    assert result_of(GROWTH.replace("percentage change", "lovely weather")) is None


def test_what_cannot_be_computed_has_no_result():
    zero = read_cells([{**cell, "value": "0"} for cell in CELLS], "toy:1")
    assert result_of(GROWTH, zero) is None


def test_a_plan_in_other_words_can_be_right():
    other = GROWTH.replace("What were net sales in", "How much were the net sales of")
    scores = score_plan(plan(GROWTH, "25"), other)
    assert scores == {"same text": False, "look-ups found": True, "right result": True}


def test_a_plan_the_wrong_way_round_is_wrong():
    scores = score_plan(plan(GROWTH, "25"), GROWTH.replace("#2 to #1", "#1 to #2"))
    assert scores["look-ups found"]
    assert not scores["right result"]


def test_a_plan_without_gold_cells_is_only_compared():
    assert score_plan(plan(GROWTH, "25", cells=[]), GROWTH) == {"same text": True}


# Golds


@pytest.mark.parametrize(
    ("gold", "fits"),
    [("25", True), ("0.25", True), ("25.1", True), ("26", False), ("2.5", False), ("yes", False)],
)
def test_a_percentage_fits_the_gold_ratio_too(gold, fits):
    assert fits_result(result_of(GROWTH), gold) is fits


@pytest.mark.parametrize(
    ("result", "gold", "fits"),
    [
        (True, "yes", True),
        (True, "no", False),
        (False, "No", True),
        (True, "2019", False),
        ("Net sales", "net sales", True),
        ("Cost of sales", "Net sales", False),
        ("December 31, 2019", "2019", True),
        ("2018", "2019", False),
        ("Notes due 2019", "Bonds due 2019", False),
    ],
)
def test_a_result_in_words_is_held_against_the_gold(result, gold, fits):
    assert fits_result(result, gold) is fits


@pytest.mark.parametrize(
    ("output", "gold", "fits"),
    [(24.4, "24.41", True), (0.244, "24.41", False), (True, "yes", True), (1, "yes", False)],
)
def test_a_programs_output_is_held_against_the_gold(output, gold, fits):
    assert fits_output(output, gold) is fits


@given(st.decimals(-(10**9), 10**9, places=3))
def test_a_number_is_close_to_itself_and_not_to_one_percent_more(number):
    assert is_close(number, number)
    assert number == 0 or not is_close(number * Decimal("1.01"), number)
