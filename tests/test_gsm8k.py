"""GSM8K's marked calculations become programs that compute to the answer."""

from __future__ import annotations

import json
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.calculation.sandbox import run_program as run_in_sandbox
from training.sources.calculations import (
    compute,
    read_expression,
    read_number,
    run_program,
    say_expression,
)
from training.sources.gsm8k import build_examples
from training.splits import Splits

TRAIN = Splits({"gsm8k:1": "train"}, frozenset({"gsm8k"}))
PROBLEM = "Ida sold 48 clips in April, and half as many in May. How many clips did Ida sell?"
SOLUTION = (
    "Ida sold 48/2 = <<48/2=24>>24 clips in May.\n"
    "She sold 48+24 = <<48+24=72>>72 clips in all.\n#### 72"
)


def build(tmp_path, question, answer, name="train.jsonl"):
    path = tmp_path / "training/gsm8k" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"question": question, "answer": answer}) + "\n")
    return list(build_examples(tmp_path, TRAIN, "train", Random(1)))


def test_calculations_become_a_program(tmp_path):
    (example,) = build(tmp_path, PROBLEM, SOLUTION)
    assert example.completion == "clips_in_may = 48 / 2\nans = 48 + clips_in_may"
    assert example.gold == {"answer": "72"}


def test_the_program_runs_where_the_desk_runs_programs(tmp_path):
    (example,) = build(tmp_path, PROBLEM, SOLUTION)
    assert run_in_sandbox(example.completion).value == 72


def test_the_plan_tells_each_calculation_in_words(tmp_path):
    (example,) = build(tmp_path, PROBLEM, SOLUTION)
    assert "### Q1: What is 48 divided by 2?\n### Q2: What is 48 plus #1?." in example.prompt
    assert "For the question 'How many clips did Ida sell?'" in example.prompt


def test_questions_before_the_lines_are_the_plan(tmp_path):
    socratic = "\n".join(
        f"How many in {month}? ** {line}"
        for month, line in zip(("May", "all"), SOLUTION.splitlines()[:2], strict=True)
    )
    (example,) = build(tmp_path, PROBLEM, f"{socratic}\n#### 72", "train_socratic.jsonl")
    assert "### Q1: How many in May?\n### Q2: How many in all?." in example.prompt


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (PROBLEM, SOLUTION.replace("#### 72", "#### 73")),
        (PROBLEM, SOLUTION.replace("48/2=24", "48/2=25")),
        (PROBLEM, SOLUTION.replace("<<48+24=72>>", "<<36+36=72>>")),
        (PROBLEM, "It is 72.\n#### 72"),
        ("Ida sold 48 clips and 24 more", SOLUTION),
    ],
    ids=["another answer", "wrong step", "unused step", "no calculation", "no question"],
)
def test_a_solution_that_does_not_hold_is_left_out(tmp_path, question, answer):
    assert build(tmp_path, question, answer) == []


def test_a_number_of_the_problem_is_not_taken_for_a_result(tmp_path):
    question = "Ida had 2 boxes of 12 clips and gave 24 away. How many are left?"
    solution = "She had <<2*12=24>>24 clips. Left are <<24-24=0>>0.\n#### 0"
    assert build(tmp_path, question, solution) == []  # which 24 is which cannot be told


@pytest.mark.parametrize(
    ("text", "value"),
    [("50*20%", 10), ("$1,200/.5", 2400), ("(3+2)*2", 10), ("-3+05", 2), ("1÷4", Fraction(1, 4))],
)
def test_expressions_are_read_as_people_write_them(text, value):
    tree = read_expression(text)
    assert tree is not None
    assert compute(tree, {}) == value


@pytest.mark.parametrize("text", ["2**9", "a+1", "f(1)", "1/0", "", "True", "'a'", "1 if 1 else 2"])
def test_more_than_plain_arithmetic_is_not_read(text):
    assert read_expression(text) is None


@given(st.decimals(min_value=-(10**6), max_value=10**6, places=3))
def test_numbers_are_read_exactly(number):
    assert read_number(str(number)) == Fraction(number)


@given(st.text(max_size=30))
def test_any_text_can_be_read(text):
    tree = read_expression(text)
    assert tree is None or compute(tree, {}) is not None


@given(st.integers(1, 99), st.integers(1, 99), st.sampled_from("+-*/"))
def test_a_program_computes_what_it_says(one, two, sign):
    expected = {"+": one + two, "-": one - two, "*": one * two, "/": Fraction(one, two)}[sign]
    assert run_program(f"a = {one}\nans = a {sign} {two}") == expected


@pytest.mark.parametrize("program", ["ans = b", "a = 1", "ans += 1", "ans = 1 / 0", "import os"])
def test_a_program_of_anything_else_has_no_result(program):
    assert run_program(program) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [("4*3", "4 times 3"), ("1+2+3", "the sum of 1, 2 and 3"), ("(1+2)*3", "(1 + 2) * 3")],
)
def test_expressions_are_told_in_words_where_they_are_simple(text, said):
    tree = read_expression(text)
    assert tree is not None
    assert say_expression(tree) == said
