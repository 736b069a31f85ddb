"""What a step computes is read from its words, wholly and in one way, or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.calculation.formulas import (
    Binary,
    Change,
    Node,
    Percent,
    Reference,
    evaluate,
    list_references,
    show,
    write_python,
)
from research.calculation.phrases import read_phrase
from research.calculation.sandbox import run_program


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("What is #2 divided by #3?", "#2 / #3"),
        ("What is the sum of #1, #2 and #3?", "#1 + #2 + #3"),
        ("#1 plus #2 minus #3", "#1 + #2 - #3"),
        ("What is #1 minus the difference between #2 and #3?", "#1 - (#2 - #3)"),
        ("What is (#1 - #2) / #3?", "(#1 - #2) / #3"),
        ("What is the sum of #1 and #2, divided by #3?", "(#1 + #2) / #3"),
        ("Subtract #1 from #2.", "#2 - #1"),
        ("How much higher is #1 than #2?", "#1 - #2"),
        ("How much lower is #1 than #2?", "#2 - #1"),
        ("What is the difference in capital expenditures between #1 and #2?", "#1 - #2"),
        ("What is the absolute difference between #3 and #6", "|#3 - #6|"),
        ("What is the percentage increase from #2 to #1?", "(#1 - #2) / #2 × 100%"),
        ("What is the percentage decrease from #1 to #2?", "(#1 - #2) / #1 × 100%"),
        ("By what percentage did net sales grow from #1 to #2?", "(#2 - #1) / #1 × 100%"),
        ("By what percentage is #2 below #1?", "(#1 - #2) / #1 × 100%"),
        ("By how much did sales increase from #1 to #2?", "#2 - #1"),
        ("What percentage of #2 is #1?", "#1 / #2 × 100%"),
        ("#1 as a percentage of #2", "#1 / #2 × 100%"),
        ("What is the ratio of #1 to #2?", "#1 / #2"),
        ("What is the average of #1, #2 and #3?", "average(#1, #2, #3)"),
        ("What is the operating margin (#1 divided by #2)?", "#1 / #2"),
        ("What is #10 minus #1?", "#10 - #1"),
        ("Is #1 greater than #2?", "#1 > #2"),
        ("Did #1 exceed #2?", "#1 > #2"),
        (
            "Is #3 about 3.3%, #6 about 3.8%, and #3 below #6?",
            "#3 ≈ 3.3% and #6 ≈ 3.8% and #3 < #6",
        ),
        ("Is the growth from #1 to #2 larger than the growth from #3 to #4?", "#2 - #1 > #4 - #3"),
        ("Which is larger, #1 or #2?", "largest of #1, #2"),
        ("Which company spent less, comparing #1 (Acme) and #2 (Bolt)?", "smallest of #1, #2"),
        ("Which had the highest growth among #1 (casino), #2 (rooms)?", "largest of #1, #2"),
    ],
)
def test_a_step_is_read_as_its_formula(text, formula):
    node = read_phrase(text)
    assert node is not None
    assert show(node) == formula


@pytest.mark.parametrize(
    "text",
    [
        "What was #1's revenue in 2019?",
        "How much did Corning pay for purchases in #1?",
        "What were net sales in #1 minus #2 in the first quarter?",
        "What is the revenue excluding #2?",
        "What is #1?",
        "What is the difference between #1?",
        "Which of #1 and #2 is it?",
        "What is #1 divided by the number of shares?",
        "",
        "What were net sales?",
        "Which is the second largest, #1 or #2?",
        "Which is not larger, #1 or #2?",
    ],
)
def test_what_is_more_than_a_computation_is_not_read(text):
    node = read_phrase(text)
    assert node is None or isinstance(node, Reference)


def test_names_in_brackets_stay_with_their_answers():
    node = read_phrase("Which is higher, comparing Verizon (#3) and American Water Works (#6)?")
    names = {reference.label: reference.name for reference in list_references(node)}
    assert names == {"Q3": "Verizon", "Q6": "American Water Works"}


def _build_nodes() -> st.SearchStrategy[Node]:
    leaf = st.integers(1, 9).map(lambda number: Reference(f"Q{number}"))

    def extend(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        return st.builds(Binary, st.sampled_from("+-*/"), inner, inner)

    return st.recursive(leaf, extend, max_leaves=5)


@given(_build_nodes())
def test_a_formula_as_it_is_shown_reads_back_as_itself(node):
    assert read_phrase(f"What is {show(node)}?") == node


@given(
    st.decimals(1, 10**6, places=2),
    st.decimals(1, 10**6, places=2),
    st.sampled_from(["+", "-", "*", "/"]),
)
def test_the_program_and_exact_arithmetic_agree(one, other, operator):
    node = Binary(operator, Reference("Q1"), Reference("Q2"))
    exact = evaluate(node, {"Q1": one, "Q2": other})
    found = eval(write_python(node), {}, {"q1": float(one), "q2": float(other)})
    assert found == pytest.approx(float(exact))


def test_a_program_in_the_sandbox_gives_what_the_tree_gives():
    node = Percent(Binary("/", Change(Reference("Q1"), Reference("Q2"), False), Reference("Q1")))
    values = {"Q1": Decimal(1209), "Q2": Decimal(1284)}
    ran = run_program(f"q1 = 1209\nq2 = 1284\nans = {write_python(node)}")
    assert ran.value == pytest.approx(float(evaluate(node, values)))
