"""What a step computes is read from its words, wholly and in one way, or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.calculation.compute import read_step
from research.calculation.evaluation import evaluate
from research.calculation.formulas import (
    Binary,
    Change,
    Node,
    Percent,
    Reference,
    Summary,
    list_references,
)
from research.calculation.phrases import read_phrase
from research.calculation.sandbox import run_program
from research.calculation.writing import show, write_python


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
        ("Which of #1, #2 and #3 is the largest?", "largest of #1, #2, #3"),
        ("Between #1 and #2, which is the smaller amount?", "smallest of #1, #2"),
        ("Compare #1 and #2: which is greater?", "largest of #1, #2"),
        ("Sum #1, #2, and #3.", "#1 + #2 + #3"),
        ("Express #1 as a percentage of #2.", "#1 / #2 × 100%"),
        ("#1 is what percent of #2?", "#1 / #2 × 100%"),
        ("What fraction of #2 is #1?", "#1 / #2"),
        ("What percentage of #2 does #1 account for?", "#1 / #2 × 100%"),
        ("What percentage of #2 was accounted for by #1?", "#1 / #2 × 100%"),
        ("What is the year-over-year percentage change from #1 to #2?", "(#2 - #1) / #1 × 100%"),
        ("By what percentage did #1 decline to #2?", "(#1 - #2) / #1 × 100%"),
        ("What is the net change between #1 and #2?", "#2 - #1"),
        ("What is the CAGR from #1 to #2 over 3 years?", "((#2 / #1)^(1/3) - 1) × 100%"),
        (
            "What is the compound annual growth rate of sales from #1 to #2 over three years?",
            "((#2 / #1)^(1/3) - 1) × 100%",
        ),
        (
            "What is the compound annual rate of change from #1 to #2 over 2 years?",
            "((#2 / #1)^(1/2) - 1) × 100%",
        ),
        (
            "What is the compound annual rate from #1 to #2 over 2 years?",
            "((#2 / #1)^(1/2) - 1) × 100%",
        ),
        ("What is the median of #1, #2 and #3?", "median(#1, #2, #3)"),
        ("What is #1 divided by the maximum of #2 and #3?", "#1 / maximum(#2, #3)"),
        ("What is the three-year average of #1, #2, and #3?", "average(#1, #2, #3)"),
        ("What is the operating margin, #1 divided by #2?", "#1 / #2"),
        ("What is the current ratio, computed as #1 divided by #2?", "#1 / #2"),
        ("What is the quick ratio, i.e. (#1 - #2) divided by #3?", "(#1 - #2) / #3"),
        ("Using #1 and #2, what is the ratio of #1 to #2?", "#1 / #2"),
        ("What is the result of subtracting #2 from #1?", "#1 - #2"),
        ("How many percentage points higher is #1 than #2?", "#1 - #2"),
        ("Is #1 more than twice #2?", "#1 > 2 * #2"),
        ("What is 15% of #1?", "0.15 * #1"),
        ("Was #1 positive?", "#1 > 0"),
        ("Are #1 and #2 the same?", "#1 == #2"),
        ("Subtract #2 from #1 and divide by #3: what is the quick ratio?", "(#1 - #2) / #3"),
        ("Divide #1 by #2 to get the margin of 2019.", "#1 / #2"),
        ("How much do we get when #2 is subtracted from #1?", "#1 - #2"),
        ("Taking the two margins #1 and #2, what is their average?", "average(#1, #2)"),
        ("What fraction of #2 is made up of #1?", "#1 / #2"),
        ("What is #1 plus #2, as a percentage of #3?", "(#1 + #2) / #3 × 100%"),
        ("How many times does #1 cover #2?", "#1 / #2"),
        ("What is #1 multiplied by 365 and then divided by #2?", "#1 * 365 / #2"),
        ("Is #1 an increase?", "#1 > 0"),
        ("Did revenue decrease from #1 to #2?", "#2 < #1"),
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
        "Which of #1 (North) and #2 (South) grew faster?",
        "What is the sum (#1 - #2)?",
        "What is the average (#1 + #2)?",
        "What is the weighted average of #1 and #2?",
        "What is the two-year average of #1, #2 and #3?",
        "Based on #1 and #2, what is the percentage change?",
        "Using #1, #2 and #3, what is the ratio of #1 to #2?",
        "What is the difference between #1 and #2 as a percentage of #2?",
        "What is 15 of #1?",
        "What is the CAGR from #1 to #2 over 2.5 years?",
        "Is #1 within 5% of #2?",
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


@given(
    st.sampled_from(["average", "median", "maximum", "minimum"]),
    st.lists(st.decimals(-(10**6), 10**6, places=2), min_size=2, max_size=5),
)
def test_one_amount_for_several_is_the_same_in_python_and_in_decimals(kind, amounts):
    labels = [f"Q{number}" for number, _ in enumerate(amounts, start=1)]
    node = Summary(kind, tuple(map(Reference, labels)))
    exact = evaluate(node, dict(zip(labels, amounts, strict=True)))
    names = {label.lower(): float(one) for label, one in zip(labels, amounts, strict=True)}
    assert eval(write_python(node), {}, names) == pytest.approx(float(exact), abs=1e-6)


@given(st.decimals(1, 10**6, places=2), st.decimals(0, 10**6, places=2), st.integers(1, 12))
def test_a_compound_rate_takes_the_first_amount_to_the_last(first, last, years):
    node = Change(Reference("Q1"), Reference("Q2"), True, years=years)
    rate = evaluate(node, {"Q1": first, "Q2": last})
    assert float(first) * (1 + float(rate) / 100) ** years == pytest.approx(float(last), abs=1e-4)
    found = eval(write_python(node), {}, {"q1": float(first), "q2": float(last)})
    assert found == pytest.approx(float(rate), abs=1e-6)


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("Free cash flow: operating cash flow (#1) less capital expenditures (#2)", "#1 - #2"),
        ("Turnover, #1 divided by the average of opening stock (#2) and closing stock (#3)",
         "#1 / average(#2, #3)"),
        ("DIO = 365 * average(#1, #2) / #3", "365 * average(#1, #2) / #3"),
        ("#1 < #2 ?", "#1 < #2"),
        ("Yes or no: does #1 exceed the sum of #2 and #3?", "#1 > #2 + #3"),
        ("Deduct #2 from #1.", "#1 - #2"),
    ],
)  # fmt: skip
def test_what_stands_in_brackets_behind_its_name_is_meant(text, formula):
    node = read_phrase(text)
    assert node is not None
    assert show(node) == formula


@pytest.mark.parametrize(
    "text", ["Compute operating margin using #1.", "What is the growth (#1)?", "Sales (#1)"]
)
def test_a_name_alone_computes_nothing(text):
    assert read_step(text)[1] is None
