"""Passages fit a prompt, and a question is called unanswerable only where it surely is."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from training.sources.passages import (
    MOST_CHARACTERS,
    Paragraph,
    cut_to_sentences,
    draw_beyond,
    holds,
    is_beyond,
    lay_passages,
    quote_sentence,
    split_sentences,
)

SUPPORT = Paragraph("Mill", "The mill was built in 1841.")


def test_a_title_stands_above_its_text():
    assert SUPPORT.passage == "Mill\nThe mill was built in 1841."


def test_what_supports_is_always_laid():
    others = [Paragraph(f"Other {n}", "A sentence of some length here. " * 30) for n in range(9)]
    for seed in range(20):
        laid = lay_passages([SUPPORT], others, Random(seed))
        assert SUPPORT.passage in laid
        assert len(laid) in (2, 3, 4)


def test_support_without_room_gives_nothing():
    assert lay_passages([Paragraph("", "a" * (MOST_CHARACTERS + 1))], [], Random(1)) == ()


@given(
    st.lists(st.text(alphabet="Ab. ", max_size=2500), max_size=6),
    st.integers(min_value=0, max_value=9),
)
def test_passages_never_exceed_their_room(texts, seed):
    laid = lay_passages([SUPPORT], [Paragraph("T", text) for text in texts], Random(seed))
    assert sum(map(len, laid)) <= MOST_CHARACTERS


def test_a_long_text_is_cut_at_a_sentence():
    first = "Dr. Ames met J. Bell of Acme in the old harbour town that year, and they built a mill."
    assert cut_to_sentences(f"{first} Then he left for home.", 100) == first


def test_a_text_of_which_little_would_be_left_is_not_cut():
    assert cut_to_sentences("It is old. It stands by the old harbour, near a deep pond.", 30) == ""


def test_an_initial_ends_no_sentence():
    assert split_sentences("Dr. Ames met J. Bell. He left.") == (
        "Dr. Ames met J. Bell.",
        "He left.",
    )


@given(st.text(alphabet="Ab.? \n", max_size=80))
def test_splitting_loses_no_word(text):
    assert " ".join(split_sentences(text)).split() == text.split()


def test_an_answer_is_held_as_whole_words_only():
    assert holds("It made 12 boats.", "12")
    assert not holds("It made 123 boats.", "12")
    assert not holds("It made boats.", "")


def test_the_sentence_with_the_answer_is_quoted():
    passages = ["Mill\nIt is old. The mill was built in 1841 by Ames. It stands."]
    assert quote_sentence(passages, "1841", 100) == "The mill was built in 1841 by Ames."
    assert quote_sentence(passages, "1841", 10) == ""


def test_a_question_is_beyond_where_a_name_of_it_is_missing():
    assert is_beyond("When did Bell leave the mill?", [SUPPORT.passage])
    assert is_beyond("What was made at the mill in 1999?", [SUPPORT.passage])
    assert not is_beyond("When was the mill built?", [SUPPORT.passage])


def test_the_nearest_unanswerable_question_is_drawn():
    questions = ["Who is Bell?", "When was the mill of Bell built?", "When was the mill built?"]
    assert draw_beyond(questions, [SUPPORT.passage], 1, Random(1)) == [questions[1]]
