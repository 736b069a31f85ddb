"""The Solver's completions are short, and questions over one window share their prompts' start."""

from __future__ import annotations

import pytest

from research.conclusion import parse_final_answer
from training.examples import NOT_DISCLOSED
from training.sources.sub_answering import (
    Step,
    Window,
    build_final_answer,
    build_refusal,
    build_sub_answer,
    clean_answer,
    is_short,
)

WINDOW = Window(("Mill\nThe mill was built in 1841.", "Pond\nIt is deep."), "Some set", "some:1")
STEP = Step("When was the mill built?", "1841.", ("1841", "in 1841"))


def test_a_sub_answer_is_the_answer_alone():
    example = build_sub_answer(WINDOW, STEP)
    assert example.completion == "1841"
    assert example.gold == {"accepted": ["in 1841"]}


def test_a_question_without_answer_is_refused_in_fixed_words():
    assert build_refusal(WINDOW, "Who built the mill?").completion == NOT_DISCLOSED


def test_questions_over_a_window_share_their_prompts_up_to_the_question():
    prompts = [build_sub_answer(WINDOW, STEP).prompt, build_refusal(WINDOW, "Why?").prompt]
    starts = {prompt.partition("Please answer the question")[0] for prompt in prompts}
    assert len(starts) == 1
    assert WINDOW.passages[-1] in starts.pop()


def test_a_final_answer_ends_in_its_tags():
    example = build_final_answer(WINDOW, "How old?", [STEP], "The mill is of 1841.", "1841")
    assert example is not None
    assert example.completion == "The mill is of 1841. <answer>1841</answer>"
    assert parse_final_answer(example.completion) == example.gold["answer"] == "1841"


@pytest.mark.parametrize("reasoning", ["", "a" * 400, "a < b"])
def test_a_final_answer_without_fit_reasoning_is_left_out(reasoning):
    assert build_final_answer(WINDOW, "How old?", [STEP], reasoning, "1841") is None


@pytest.mark.parametrize(
    ("answer", "clean"),
    [
        (' "Harbour Lights" ', "Harbour Lights"),
        ('the "old" mill', 'the "old" mill'),
        ("in 1841.", "in 1841"),
        ("Ames Jr.", "Ames Jr."),
        ("U.S.", "U.S."),
    ],
)
def test_answers_are_cleaned_of_what_stands_around_them(answer, clean):
    assert clean_answer(answer) == clean


def test_long_answers_and_tags_are_not_short():
    assert is_short("12.5%")
    assert not any(map(is_short, ("", "a" * 100, "a\nb", "<answer>")))
