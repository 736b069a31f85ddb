"""Plans are written in one form, and only those that the desk would run as they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.prompts import render_decomposition_prompt
from training.sources.plan_writing import asks, build_plan_example, tidy_step

QUESTION = "When was the director of the film Harbour Lights born?"
STEPS = ["who is the director of Harbour Lights ?", "When was #1 born?"]


def test_a_plan_is_lines_with_labels():
    example = build_plan_example(QUESTION, STEPS, "Some set", "some:1")
    assert example is not None
    assert example.role == "question_plan"
    assert example.prompt == render_decomposition_prompt(QUESTION)
    assert example.completion == (
        "### Q1: Who is the director of Harbour Lights?\n### Q2: When was #1 born?"
    )


@pytest.mark.parametrize(
    "steps",
    [
        ["Who is the director of Harbour Lights?"],
        ["Who is the director of Harbour Lights?", "When was #3 born?"],
        ["When was #2 born?", "Who is the director of Harbour Lights?"],
        ["Who is the director of Harbour Lights?", "When was the director born?"],
        ["Who is the director of Quiet Waters?", "When was #1 born?"],
        ["Harbour Lights has a director", "When was #1 born?"],
        ["Who is the director of Harbour Lights?", *["When was #1 born?"] * 5],
    ],
    ids=[
        "one step", "loose reference", "forward", "step unused", "strange name", "no question",
        "too long",
    ],
)  # fmt: skip
def test_a_plan_that_the_desk_would_change_is_left_out(steps):
    assert build_plan_example(QUESTION, steps, "Some set", "some:1") is None


@pytest.mark.parametrize(
    ("step", "tidy"),
    [
        ("is #1 greater than #2", "Is #1 larger than #2?"),
        ("Is #1 lower than #2?", "Is #1 smaller than #2?"),
        ("  when did  #1 's mill close ? ", "When did #1's mill close?"),
    ],
)
def test_steps_are_tidied(step, tidy):
    assert tidy_step(step) == tidy


@given(st.text(max_size=60))
def test_tidying_twice_is_tidying_once(step):
    assert tidy_step(tidy_step(step)) == tidy_step(step)


def test_a_question_with_a_preposition_before_it_asks():
    assert asks("In which country is #1?")
    assert not asks("The country of #1?")
