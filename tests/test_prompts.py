"""The prompts are what the weights were trained on, character by character."""

from __future__ import annotations

import pytest

from research.prompts import (
    join_passages,
    render_decomposition_prompt,
    render_final_prompt,
    render_sub_question_prompt,
)

# In these texts a line break is written \n, so that a space before it can be seen.
P1 = (
    'Please break down the question "How much did sales grow?" into multiple specific sub-questio'
    "ns that address individual components of the original question. \n"
    "Mark each sub-question with ### at the beginning.  If you need to refer to answers from earli"
    "er sub-questions, use #1, #2, etc., to indicate the corresponding answers.\n"
    "Decomposed Question:"
)
P3 = (
    "You have the following context passages:\n"
    "Net sales were $1,284 million.\n"
    "\n"
    "|Net sales|1,284|1,209|\n"
    "\n"
    "Please answer the question 'What were net sales in 2023?' with a short span using the context"
    " as reference.\n"
    "If no answer is found in the context, use your own knowledge. Your answer needs to be as shor"
    "t as possible."
)
P5 = (
    "You have the following passages:\n"
    "Net sales were $1,284 million.\n"
    "\n"
    "|Net sales|1,284|1,209|\n"
    "\n"
    "You are also given some subquestions and their answers:\n"
    "### Q1: What were net sales in 2022?, Answer for Q1: 1,209\n"
    "### Q2: What were net sales in 2023?, Answer for Q2: 1,284\n"
    "\n"
    "Please answer the question 'How much did sales grow?' with a short span using the documents a"
    "nd subquestions as reference.\n"
    "Make sure your response is grounded in documents and provides clear reasoning followed by a c"
    "oncise conclusion. If no relevant information is found, use your own knowledge. \n"
    "Wrap your answer with <answer> and </answer> tags."
)
PASSAGES = ("Net sales were $1,284 million.", "|Net sales|1,284|1,209|")
SUB_ANSWERS = (
    ("Q1", "What were net sales in 2022?", "1,209"),
    ("Q2", "What were net sales in 2023?", "1,284"),
)


def test_the_question_is_broken_down_with_the_published_words():
    assert render_decomposition_prompt("How much did sales grow?") == P1


def test_a_sub_question_is_asked_with_the_published_words():
    assert render_sub_question_prompt("What were net sales in 2023?", PASSAGES) == P3


def test_the_whole_is_asked_with_the_published_words():
    assert render_final_prompt("How much did sales grow?", PASSAGES, SUB_ANSWERS) == P5


def test_one_blank_line_stands_between_passages():
    assert join_passages(["one", "two\nlines", "three"]) == "one\n\ntwo\nlines\n\nthree"


def test_a_single_passage_stands_as_it_is():
    assert join_passages(["one"]) == "one"


def test_each_sub_answer_has_a_line_of_its_own():
    prompt = render_final_prompt("Why?", ["text"], [("Q1", "When?", "2023"), ("Q7", "Who?", "Ada")])
    assert "### Q1: When?, Answer for Q1: 2023\n### Q7: Who?, Answer for Q7: Ada\n" in prompt


@pytest.mark.parametrize("value", ["{question}", "{passages}", "{", "}", "{{x}}", "a {0} b"])
def test_braces_in_a_question_stay(value):
    assert render_decomposition_prompt(value) == P1.replace("How much did sales grow?", value)


@pytest.mark.parametrize("value", ["{sub_question}", "{passages}", "{", "}", "{{x}}"])
def test_braces_in_a_passage_stay(value):
    prompt = render_sub_question_prompt("What were net sales in 2023?", [value, PASSAGES[1]])
    assert prompt == P3.replace(PASSAGES[0], value)


def test_braces_in_a_sub_answer_are_not_filled_in():
    prompt = render_final_prompt("Why?", ["text"], [("Q1", "{passages}?", "{question}")])
    assert "### Q1: {passages}?, Answer for Q1: {question}" in prompt


def test_each_prompt_is_stripped_at_both_ends():
    prompts = (
        render_decomposition_prompt(" Why? "),
        render_sub_question_prompt("Why?", ["", "text "]),
        render_final_prompt("Why?", [], []),
    )
    assert all(prompt == prompt.strip() for prompt in prompts)


def test_spaces_within_a_value_stay():
    assert '"Why  so? "' in render_decomposition_prompt("Why  so? ")
