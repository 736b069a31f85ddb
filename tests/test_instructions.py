"""What only tells how to answer is kept out of the search; what asks is kept in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.understanding.instructions import split_instructions


@pytest.mark.parametrize(
    "told",
    [
        "Answer in USD millions.",
        "Please answer with a number.",
        "Give your answer in millions.",
        "Give a short answer.",
        "Report in USD.",
        "Show your work.",
        "Explain your reasoning.",
        "Explain why.",
        "Provide a response in units of dollars.",
        "Return only the number.",
        "State the result in millions.",
        "Round your answer to one decimal place.",
        "If this is not disclosed, say so.",
        "If operating margin is not a useful metric here, then state that.",
        "Use the information in the balance sheet.",
    ],
)
def test_a_sentence_on_how_to_answer_does_not_ask(told):
    assert split_instructions(f"What was revenue in 2022? {told}") == (
        "What was revenue in 2022?",
        told,
    )


@pytest.mark.parametrize(
    "asked",
    [
        "Give me the 2022 revenue.",
        "Explain why gross margin fell.",
        "Report the lease expense of 2022 in USD millions.",
        "Show the amount of notes due in 2025.",
        "Give the figure for 2022.",
        "Provide a summary of the risk factors.",
        "Return on assets fell.",
        "Round trip fares rose.",
        "If sales grew by 5%, what would they be?",
    ],
)
def test_a_sentence_that_asks_for_something_is_kept(asked):
    text = f"We study Acme. {asked}"
    assert split_instructions(text) == (text, "")


def test_instructions_may_come_first():
    text = "Assume that you are an analyst. What drove margins? Round to one decimal place."
    assert split_instructions(text) == (
        "What drove margins?",
        "Assume that you are an analyst. Round to one decimal place.",
    )


def test_the_question_may_follow_a_colon():
    text = "Answer the following question by using the balance sheet: what is net PPE?"
    assert split_instructions(text) == (
        "what is net PPE?",
        "Answer the following question by using the balance sheet",
    )


def test_where_to_look_is_told_and_what_is_asked_is_kept():
    asked, told = split_instructions("Based on the balance sheet, what is total debt?")
    assert (asked, told.strip()) == ("what is total debt?", "Based on the balance sheet,")


def test_where_nothing_asks_everything_does():
    assert split_instructions(" Answer in USD. ") == ("Answer in USD.", "")


@pytest.mark.parametrize("text", ["", "   ", "?", "..."])
def test_next_to_nothing_is_split_into_itself(text):
    assert split_instructions(text) == (text.strip(), "")


@given(st.text())
def test_no_text_fails_and_no_word_is_lost(text):
    asked, told = split_instructions(text)
    kept = sorted("".join(f"{asked}{told}".split()).replace(":", ""))
    assert kept == sorted("".join(text.split()).replace(":", ""))
