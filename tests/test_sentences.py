"""Prose is cut into sentences that know the place of each of their words."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.documents import Box, Line, Word
from ingestion.layout.sentences import boxes_of, place_of, split_sentences

CHARACTER = 5.0
HEIGHT = 10.0
LEADING = 12.0


def lay_lines(*texts: str, tops: Sequence[float] | None = None) -> list[Line]:
    """Lines of words in a type of one width, one under the other or at `tops`."""
    lines = []
    for index, text in enumerate(texts):
        top = tops[index] if tops else index * LEADING
        words, x = [], 0.0
        for word in text.split():
            right = x + CHARACTER * len(word)
            words.append(Word(word, Box(x, top, right, top + HEIGHT)))
            x = right + CHARACTER
        lines.append(Line(tuple(words)))
    return lines


def plain_lines(*texts: str) -> list[Line]:
    return [Line(tuple(Word(word) for word in text.split())) for text in texts]


def texts_of(lines: Sequence[Line]) -> list[str]:
    return [sentence.text for sentence in split_sentences(lines)]


def test_a_sentence_runs_over_lines():
    lines = lay_lines(
        "Net sales rose 4.2% to $32.8 billion. The", "growth came from volume. We plan more."
    )
    assert texts_of(lines) == [
        "Net sales rose 4.2% to $32.8 billion.",
        "The growth came from volume.",
        "We plan more.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Sales in the U.S. Dollar zone rose.",
        "Acme Inc. Europe sold it.",
        "Acme Corp. and others sold it.",
        "See Exhibit No. 5 for more.",
        "Volume vs. Price was the cause.",
        "It cost approx. $1.2 million.",
        "Dr. Smith left on Dec. 31, 2018.",
        "It is taxed, i.e. The State takes some.",
        "Growth of 4.2% came in Sept. 2018.",
        "John J. Smith was chosen.",
        "Item 7. Management's Discussion",
        "1. Business of the company",
        "It is in St. Paul, Minnesota.",
    ],
)
def test_an_abbreviation_does_not_end_a_sentence(text):
    assert texts_of(plain_lines(text)) == [text]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("We sell mostly in the U.S.", "The rest is sold abroad."),
        ("It was bought by Acme Inc.", "We sold the rest."),
        ("It was $5.", "$3 was paid."),
        ("It is listed in Item 5.", "At year end there were 3."),
        ("It was “good.”", "Then it fell."),
        ("Did it rise?", "Yes."),
        ("It was filed with the SEC.", "For 2018 nothing is known."),
        ("The answer was no.", "Nothing came of it."),
    ],
)
def test_a_sentence_ends_before_the_next(first, second):
    assert texts_of(plain_lines(f"{first} {second}")) == [first, second]


def test_a_word_divided_at_a_line_end_is_made_whole():
    lines = lay_lines("The company sold the whole prop-", "erty to Acme in the year.")
    assert texts_of(lines) == ["The company sold the whole property to Acme in the year."]


def test_a_compound_keeps_its_hyphen_at_a_line_end():
    lines = lay_lines("The company repaid the last long-", "term debt in the year.")
    assert texts_of(lines) == ["The company repaid the last long-term debt in the year."]


def test_a_hyphen_before_a_capital_stays():
    lines = lay_lines("The company sells in the Asia-", "Pacific region in the year.")
    assert texts_of(lines) == ["The company sells in the Asia- Pacific region in the year."]


def test_bullets_are_sentences_of_their_own():
    lines = lay_lines(
        "We rely on all of these factors", "• Prices of all the metals we buy", "• Rates"
    )
    assert texts_of(lines) == [
        "We rely on all of these factors",
        "• Prices of all the metals we buy",
        "• Rates",
    ]


def test_a_heading_ends_where_its_line_ends_early():
    lines = lay_lines("Net Sales", "Net sales rose by far more than was planned", "and fell later.")
    assert texts_of(lines) == [
        "Net Sales",
        "Net sales rose by far more than was planned and fell later.",
    ]


def test_a_gap_ends_a_paragraph_without_a_period():
    lines = lay_lines(
        "A Title That Fills the Width of It", "Here is the text below that title", tops=(0, 30)
    )
    assert len(texts_of(lines)) == 2


def test_a_line_of_another_size_is_a_heading():
    big = Line((Word("Management’s", Box(0, 0, 150, 20)), Word("View", Box(160, 0, 240, 20))))
    assert texts_of([big, *lay_lines("The year was one of growth and of gains", tops=(22,))]) == [
        "Management’s View",
        "The year was one of growth and of gains",
    ]


def test_lines_without_boxes_are_blocks_unless_their_width_broke_them():
    wrapped = "The company and all of its subsidiaries in the region of"
    lines = plain_lines("Overview", wrapped, "Europe sold less.", "Outlook", "We see growth.")
    assert texts_of(lines) == [
        "Overview",
        f"{wrapped} Europe sold less.",
        "Outlook",
        "We see growth.",
    ]


def test_the_boxes_of_a_span_are_those_of_its_words():
    lines = lay_lines("Net sales rose in all regions to $32.8", "billion in the year.")
    (sentence,) = split_sentences(lines)
    start = sentence.text.index("$32.8")
    assert boxes_of(sentence, start, start + len("$32.8 billion")) == (
        lines[0].words[-1].box,
        lines[1].words[0].box,
    )


def test_the_parts_of_a_divided_word_are_both_boxed():
    lines = lay_lines("The company sold the whole prop-", "erty to Acme in the year.")
    (sentence,) = split_sentences(lines)
    start = sentence.text.index("property")
    boxes = boxes_of(sentence, start, start + len("property"))
    assert boxes == (lines[0].words[-1].box, lines[1].words[0].box)


def test_places_count_lines_from_the_page():
    sentences = list(split_sentences(plain_lines("It rose. It", "fell."), first_line=7))
    assert [(s.first_line, s.last_line) for s in sentences] == [(7, 7), (7, 8)]


def test_a_word_on_a_web_page_has_no_box():
    (sentence,) = split_sentences(plain_lines("It rose by 5%."))
    assert boxes_of(sentence, 0, 5) == ()


def test_no_line_gives_no_sentence():
    assert texts_of([]) == []
    assert texts_of([Line(())]) == []


WORDS = st.sampled_from(
    [
        "Net",
        "sales",
        "U.S.",
        "rose.",
        "prop-",
        "erty",
        "$1.2",
        "No.",
        "(1)",
        "•",
        "a.",
        "Inc.",
        "5%",
        "?",
    ]
)


@given(st.lists(st.lists(WORDS, max_size=6), max_size=6))
def test_each_word_stands_in_one_sentence_and_at_its_place(texts):
    lines = lay_lines(*[" ".join(text) for text in texts])
    seen = []
    for sentence in split_sentences(lines):
        for start, word, place in zip(
            sentence.starts, sentence.words, sentence.places, strict=True
        ):
            seen.append(place)
            assert lines[place.line].words[place.word] is word
            assert sentence.text.startswith(word.text.removesuffix("-"), start)
            assert place_of(sentence, start) == place
    assert seen == [(i, j) for i, line in enumerate(lines) for j in range(len(line.words))]
