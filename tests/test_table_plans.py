from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.calculation.compute import compute_step
from training.over_tables.computed_questions import draw_company_plan, draw_plan
from training.over_tables.computed_wordings import load_company_families, load_families
from training.over_tables.derivations import parse_formula
from training.over_tables.item_wordings import ask_plainly
from training.over_tables.set_questions import SetQuestion, build_plan, find_cell, stands_alone
from training.over_tables.table_cells import TableCell
from training.over_tables.table_plans import (
    MOST_STEPS,
    Lookup,
    TablePlan,
    build_gold,
    build_operands,
    can_be_told_apart,
    describe_answer,
    solve_plan,
    stays_with_document,
    stays_with_question,
)
from training.over_tables.table_programs import agrees, evaluate_program, write_program


def cell(item, year, value, row=0, unit="USD", scale=10**6):
    return TableCell(row, 0, item, str(year), year, str(value), Decimal(str(value)), unit, scale)


def plan(question, cells, *steps):
    lookups = tuple(Lookup(ask_plainly(one.item, one.period), one, one.item) for one in cells)
    return TablePlan(question, lookups, steps)


SALES = [cell("net sales", 2018, "1202.9"), cell("net sales", 2019, "1496.5")]
COSTS = [cell("cost of sales", 2018, 700, row=1), cell("cost of sales", 2019, 900, row=1)]
GROWTH = plan(
    "What was the percentage change in net sales from 2018 to 2019?",
    SALES,
    "What is the percentage change from #1 to #2?",
)


def test_a_plan_is_written_one_step_a_line():
    assert GROWTH.lines == (
        "### Q1: What was net sales in 2018?\n"
        "### Q2: What was net sales in 2019?\n"
        "### Q3: What is the percentage change from #1 to #2?"
    )


def test_a_plan_comes_to_what_the_desk_computes():
    solution = solve_plan(GROWTH)
    desk = compute_step(GROWTH.steps[0], build_operands(GROWTH))

    assert solution.value == desk.result.number
    assert solution.unit == "percent"


def test_a_step_may_build_on_another():
    share = plan(
        "?", [*SALES, COSTS[0]], "What is the sum of #1 and #2?", "What is #4 divided by #3?"
    )

    assert agrees(solve_plan(share).value, Decimal("2699.4") / 700)


@pytest.mark.parametrize(
    "steps",
    [
        ("How fine is #1 beside #2?",),
        ("What is #1 minus #7?",),
        ("What is #1 times 2?",),  # leaves #2 out
        (),
    ],
)
def test_what_the_desk_would_not_compute_has_no_solution(steps):
    assert solve_plan(plan("?", SALES, *steps)) is None


def test_a_change_from_a_negative_amount_is_doubtful():
    losses = [cell("net income", 2018, -5), cell("net income", 2019, 4)]

    assert solve_plan(plan("?", losses, *GROWTH.steps)) is None


def test_figures_of_two_scales_are_left_alone():
    mixed = [SALES[0], cell("dividends", 2019, 2, scale=1)]

    assert solve_plan(plan("?", mixed, "What is #1 minus #2?")) is None


def test_a_plan_stays_with_a_question_that_says_all_of_it():
    assert stays_with_question(GROWTH)


def test_a_plan_that_brings_in_a_year_needs_the_document():
    vague = plan("What was the latest percentage change in net sales?", SALES, *GROWTH.steps)

    assert not stays_with_question(vague)
    assert stays_with_document(vague)


def test_items_whose_words_are_within_another_cannot_be_told_apart():
    assert not can_be_told_apart(["income taxes", "income taxes paid"])
    assert can_be_told_apart(["net sales", "cost of goods"])


def test_gold_holds_the_figures_and_leaves_out_what_could_be_taken_for_them():
    near = cell("net sales of services", 2019, 3, row=2)
    gold = build_gold(GROWTH, solve_plan(GROWTH), [*SALES, *COSTS, near])

    assert gold["cells"][0] == {
        "row": "net sales", "column": "2018", "value": "1202.9", "unit": "USD"
    }  # fmt: skip
    assert "net sales of services" not in {one["row"] for one in gold["cells"]}
    assert gold["computed"] is True


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("Is #2 larger than #1?", "yes"),
        ("Is #2 smaller than #1?", "no"),
        ("Which is larger, #1 or #2?", "2019"),
    ],
)
def test_answers_that_are_no_numbers_are_words(step, answer):
    asked = plan("?", SALES, step)

    assert describe_answer(asked, solve_plan(asked)) == answer


# Questions that are drawn


REVENUE = [cell("total revenue", 2018, 2000, row=2), cell("total revenue", 2019, 2500, row=2)]
CELLS = [*SALES, *COSTS, *REVENUE]


def test_drawn_plans_can_be_computed_and_stay_as_they_are():
    drawn = [draw_plan(CELLS, "Halden", Random(seed)) for seed in range(80)]
    plans = [one for one in drawn if one is not None]

    assert len(plans) > 60
    for one in plans:
        assert stays_with_document(one)
        assert 2 <= len(one.texts) <= MOST_STEPS
        assert not one.steps or solve_plan(one) is not None


def test_a_company_that_the_question_names_stands_in_each_look_up():
    for seed in range(80):
        drawn = draw_plan(CELLS, "Halden", Random(seed))
        if drawn is not None and "Halden" in drawn.question:
            assert all("Halden's" in lookup.text for lookup in drawn.lookups)


def test_two_companies_are_asked_for_one_by_one():
    drawn = next(
        one for seed in range(20) if (one := draw_company_plan(CELLS, Random(seed))) is not None
    )

    assert len({lookup.text for lookup in drawn.lookups}) == 2
    assert stays_with_question(drawn)


def test_nothing_is_drawn_of_a_table_without_years():
    assert draw_plan([], "Halden", Random(1)) is None


@pytest.mark.parametrize(
    "family", load_families() + load_company_families(), ids=lambda family: family.name
)
def test_each_family_has_several_wordings_and_steps_that_the_desk_computes(family):
    figures = [
        cell(f"item {'abcd'[at]}", 2018, 5 + at, row=at) for at in range(len(family.operands))
    ]

    assert len(set(family.questions)) >= 3
    assert not family.steps or solve_plan(plan("?", figures, *family.steps)) is not None


# Questions of a set


def test_the_plan_of_a_set_question_is_found_by_its_numbers():
    asked = SetQuestion(
        "what was the percent change in net sales from 2018 to 2019?",
        parse_formula("(1,496.5-1,202.9)/1,202.9"),
        Decimal("0.244"),
    )

    assert build_plan(asked, CELLS).texts == GROWTH.texts


def test_a_set_question_whose_program_answers_another_is_left_out():
    asked = SetQuestion(
        "what was the total net sales in 2018?", parse_formula("1,202.9/700"), Decimal("1.7184")
    )

    assert build_plan(asked, CELLS) is None


def test_a_set_question_with_another_answer_is_left_out():
    node = parse_formula("1,496.5-1,202.9")
    asked = SetQuestion("what was the change in net sales?", node, Decimal(7))

    assert build_plan(asked, CELLS) is None


def test_a_number_that_two_figures_have_is_told_by_the_question():
    cells = [cell("goodwill", 2018, 5), cell("inventories", 2018, 5, row=1)]

    assert find_cell(Decimal(5), cells, "how much were inventories in 2018?") == cells[1]
    assert find_cell(Decimal(5), cells, "how much was it?") is None


def test_a_turn_that_leans_on_those_before_does_not_stand_alone():
    assert not stands_alone("and what was it in 2005?")
    assert stands_alone("what was the exercise price in 2005?")


# Programs


def test_a_program_names_its_figures_and_comes_to_the_plan_s_value():
    assert write_program(GROWTH, solve_plan(GROWTH)) == (
        "net_sales_2018 = 1202.9\n"
        "net_sales_2019 = 1496.5\n"
        "ans = (net_sales_2019 - net_sales_2018) / net_sales_2018 * 100"
    )


def test_a_yes_or_no_has_no_program():
    asked = plan("?", SALES, "Is #2 larger than #1?")

    assert write_program(asked, solve_plan(asked)) is None


@pytest.mark.parametrize(
    "program",
    ["ans = open('x')", "import os", "ans = a", "ans = 1 / 0", "x = 1", "ans = 2 ** 3", "ans ="],
)
def test_what_is_no_plain_program_has_no_value(program):
    assert evaluate_program(program) is None


@given(
    st.lists(st.decimals("0.1", "100000", places=1), min_size=4, max_size=4, unique=True),
    st.sampled_from([f for f in load_families() if len(f.operands) == 4 or len(f.operands) == 2]),
)
def test_the_program_of_any_amounts_agrees_with_the_plan(values, family):
    count = len(family.operands)
    figures = [cell(f"item {'abcd'[at]}", 2018, values[at], row=at) for at in range(count)]
    asked = plan("?", figures, *family.steps)
    solution = solve_plan(asked)
    program = write_program(asked, solution) if solution is not None else None

    if program is not None:
        assert agrees(evaluate_program(program), solution.value)
