from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.calculation.compute import read_step
from research.calculation.evaluation import evaluate
from research.calculation.formulas import Binary, Number, Reference
from training.over_tables.derivations import (
    list_figures,
    parse_assignments,
    parse_formula,
    parse_program,
    replace_figures,
)
from training.over_tables.step_wording import write_steps


def value_of(node):
    return evaluate(node, {})


def label(node):
    """Put Q1, Q2 ... in the place of the figures, in their order."""
    labels = {figure: f"Q{at}" for at, figure in enumerate(list_figures(node), 1)}
    return replace_figures(node, labels), len(labels)


def steps_of(node, *, as_percent=False, changes=frozenset()):
    tree, count = label(node)
    return write_steps(tree, first=count + 1, as_percent=as_percent, changes=changes)


@pytest.mark.parametrize(
    ("program", "value"),
    [
        ("subtract(11503, 10815)", 688),
        ("add(95, 116), add(#0, 127), add(#1, 174)", 512),
        ("subtract(120, 100), divide(#0, 100)", Decimal("0.2")),
        ("multiply(5, const_1000)", 5000),
        ("add(5, const_m1)", 4),
        ("divide(12.5%, 2)", Decimal("6.25")),
    ],
)
def test_programs_of_finqa_are_read(program, value):
    assert value_of(parse_program(program)) == value


@pytest.mark.parametrize(
    "program",
    ["", "table_average(net sales, none)", "exp(2, 3)", "add(1, #4)", "add(1)", "nonsense"],
)
def test_a_program_of_finqa_that_is_no_arithmetic_is_left_out(program):
    assert parse_program(program) is None


def test_greater_of_finqa_is_a_comparison():
    assert value_of(parse_program("greater(5, 3)")) is True


def test_programs_of_convfinqa_are_read():
    assert value_of(parse_assignments("x0 = 60.5 - 55; ans = x0 / 55")) == Decimal("0.1")


@pytest.mark.parametrize(
    "program", ["x0 = 3", "ans = open('a')", "ans = x9 + 1", "ans = (1", "1 + 2"]
)
def test_a_program_of_convfinqa_without_arithmetic_for_its_answer_is_left_out(program):
    assert parse_assignments(program) is None


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("(1,496.5-1,202.9)", Decimal("293.6")),
        ("[(44.1-56.7)/56.7] * 100", (Decimal("44.1") - Decimal("56.7")) / Decimal("56.7") * 100),
        ("12.3% - 10.1%", Decimal("2.2")),
        ("($4 + $6) \u00f7 2", 5),
        ("-12 \u2013 3", -15),
    ],
)
def test_derivations_of_tatqa_are_read(formula, value):
    assert value_of(parse_formula(formula)) == value


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**6))
def test_the_three_ways_of_writing_mean_the_same(a, b, c):
    wanted = (Decimal(a) - Decimal(b)) / Decimal(c)

    assert value_of(parse_program(f"subtract({a}, {b}), divide(#0, {c})")) == wanted
    assert value_of(parse_assignments(f"x0 = {a} - {b}; ans = x0 / {c}")) == wanted
    assert value_of(parse_formula(f"({a:,}-{b:,})/{c:,}")) == wanted


def test_what_counts_or_scales_is_no_figure():
    figures = list_figures(parse_formula("(30 + 50) / 2 * 100"))

    assert [figure.value for figure in figures] == [30, 50]


def test_a_hundred_that_something_is_taken_from_is_a_figure():
    assert [one.value for one in list_figures(parse_formula("130 - 100"))] == [130, 100]


@pytest.mark.parametrize(
    ("formula", "steps"),
    [
        ("(120-90)/90", ["What is the percentage change from #2 to #1?"]),
        ("(90-120)/90", ["What is the percentage change from #1 to #2?"]),
        ("120/90 - 1", ["What is the percentage change from #2 to #1?"]),
        ("(30+50)/2", ["What is the average of #1 and #2?"]),
        ("(30+50+70)/3", ["What is the average of #1, #2 and #3?"]),
        ("30+50+70", ["What is the sum of #1, #2 and #3?"]),
        ("30-50", ["What is #1 minus #2?"]),
        ("30/50", ["What is #1 divided by #2?"]),
        ("30/50*100", ["What is #1 divided by #2, as a percentage?"]),
        ("(30+50)/70", ["What is the sum of #1 and #2?", "What is #4 divided by #3?"]),
    ],
)
def test_a_tree_is_worded_in_steps(formula, steps):
    assert steps_of(parse_formula(formula)) == steps


def test_the_difference_of_one_item_is_told_as_the_later_minus_the_earlier():
    for formula in ("30-50", "50-30"):
        node = parse_formula(formula)
        tree, _ = label(node)
        earlier_first = frozenset(("Q2-Q1",))
        steps = write_steps(tree, first=3, as_percent=False, changes=earlier_first)
        assert steps == ["What is #2 minus #1?"]


def test_a_tree_with_a_number_of_its_own_has_no_steps():
    node = Binary("-", Reference("Q1"), Number(Decimal(100)))

    assert write_steps(node, first=2, as_percent=False, changes=frozenset()) == []


@given(
    st.recursive(
        st.integers(2, 9).map(lambda digit: Number(Decimal(digit) + Decimal("0.5"))),
        lambda part: st.builds(Binary, st.sampled_from("+-*/"), part, part),
        max_leaves=4,
    )
)
def test_the_desk_reads_every_step_that_is_written(node):
    for step in steps_of(node):
        assert read_step(step)[1] is not None
