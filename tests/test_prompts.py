"""The prompts are what the weights were trained on, character by character."""

from __future__ import annotations

import pytest

from research.prompts import (
    join_passages,
    render_claim_decomposition_prompt,
    render_claim_verdict_prompt,
    render_decomposition_prompt,
    render_document_plan_prompt,
    render_final_prompt,
    render_program_prompt,
    render_sub_claim_prompt,
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
P2 = (
    'Please break down the claim "Sales grew in 2023." into multiple smaller sub-claims that each '
    "focus on a specific component of the original statement, making it easier for a model to verif"
    "y.\n"
    "Begin each sub-claim with ###. If needed, refer to answers from earlier sub-claims using #1, #"
    "2, etc.\n"
    "Decomposed claim:"
)
P4 = (
    "You have the following context passages:\n"
    "Net sales were $1,284 million.\n"
    "\n"
    "|Net sales|1,284|1,209|\n"
    "\n"
    "Please verify whether the claim 'Sales grew in 2023.' is correct using the context as referenc"
    "e. \n"
    "If no answer is found in the context, use your own knowledge.\n"
    "Please only output Yes or No and do not give any explanation."
)
P6 = (
    "You have the following passages:\n"
    "Net sales were $1,284 million.\n"
    "\n"
    "|Net sales|1,284|1,209|\n"
    "\n"
    "You are given some subquestions and their answers:\n"
    "### Q1: What were net sales in 2022?, Answer for Q1: 1,209\n"
    "### Q2: What were net sales in 2023?, Answer for Q2: 1,284\n"
    "\n"
    "Please verify the correctness of the claim: 'Sales grew in 2023.' using the subquestions as re"
    "ference. Please provide a concise and clear reasoning followed by a concise conclusion. Your a"
    "nswer should be Yes or No only. \n"
    "Wrap your answer with <answer> and </answer> tags."
)
P7 = (
    "You have the following passages and table:\n"
    "Passages:\n"
    "Net sales were $1,284 million.\n"
    "\n"
    "|Net sales|1,284|1,209|\n"
    "Please break down the question 'How much did sales grow?' into multiple specific sub-questions"
    " that address individual components of the original question, with the table and passages as "
    "the reference. Use ### to mark the start of each sub-question."
)
P8 = (
    "You have the following passages and table:\n"
    "Passages:\n"
    "Net sales were $1,284 million.\n"
    "\n"
    "|Net sales|1,284|1,209|\n"
    "For the question 'How much did sales grow?', here is a referenced breakdown:\n"
    "### What were net sales?.\n"
    "\n"
    "Write a Python program to solve the question. Store the final result in the variable ans."
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


def test_a_claim_is_broken_down_with_the_published_words():
    assert render_claim_decomposition_prompt("Sales grew in 2023.") == P2


def test_a_sub_claim_is_checked_with_the_published_words():
    assert render_sub_claim_prompt("Sales grew in 2023.", PASSAGES) == P4


def test_a_claim_is_judged_with_the_published_words():
    assert render_claim_verdict_prompt("Sales grew in 2023.", PASSAGES, SUB_ANSWERS) == P6


def test_a_plan_over_a_document_is_asked_for_with_the_published_words():
    assert render_document_plan_prompt("How much did sales grow?", PASSAGES) == P7


def test_a_program_is_asked_for_with_the_published_words():
    plan = "### What were net sales?"
    assert render_program_prompt("How much did sales grow?", PASSAGES, plan) == P8


def test_what_plan_and_program_read_first_is_the_same():
    plan = render_document_plan_prompt("Why?", PASSAGES)
    program = render_program_prompt("Why?", PASSAGES, "plan")
    shared = plan.partition("Please break down")[0]
    assert program.startswith(shared)
    assert shared.endswith(PASSAGES[1] + "\n")


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
