"""Where a passage and its sentences stand on their page."""

from __future__ import annotations

from ingestion.documents import Box, Line, Page, Passage, Word
from research.places import locate_span, mark_passage, mark_span, split_sentences


def passage(text, kind="table", first=0, last=0):
    return Passage("p1", "d1", 4, kind, None, text, first, last)


def line(*words, top=10.0):
    """Words with the left edge at which they stand; each is ten points high."""
    return Line(
        tuple(
            Word(text, Box(left, top, left + 6.0 * len(text), top + 10.0)) for left, text in words
        )
    )


def page(*lines):
    return Page(4, lines, 612.0, 792.0)


def test_sentences_part_at_full_stops_before_capitals():
    text = "It rose by 3.5 percent. The rest fell! Why? (Nobody knows.)"
    assert [text[start:end] for start, end in split_sentences(text)] == [
        "It rose by 3.5 percent.",
        "The rest fell!",
        "Why?",
        "(Nobody knows.)",
    ]


def test_a_text_without_full_stop_is_one_sentence():
    assert list(split_sentences("net sales")) == [(0, 9)]


def test_the_words_of_a_span_are_marked():
    first, second = line((72, "Net"), (100, "sales"), (140, "were")), line((72, "$40."), top=30.0)
    text = f"{first.text}\n{second.text}"
    start = text.index("sales")
    boxes = mark_span(passage(text, "text", 0, 1), page(first, second), start, start + 5)
    assert boxes == (Box(100, 10, 130, 20),)


def test_a_span_over_two_lines_has_a_box_on_each():
    first, second = line((72, "Net"), (100, "sales")), line((72, "were"), (100, "$40."), top=30.0)
    text = f"{first.text}\n{second.text}"
    boxes = mark_span(passage(text, "text", 0, 1), page(first, second), 4, 14)
    assert boxes == (Box(100, 10, 130, 20), Box(72, 30, 96, 40))


def test_a_span_is_counted_from_the_passages_first_line():
    title, first = line((72, "Title")), line((72, "Net"), (100, "sales"), top=30.0)
    boxes = mark_span(passage(first.text, "text", 1, 1), page(title, first), 0, 3)
    assert boxes == (Box(72, 30, 90, 40),)


def test_a_passage_has_one_box_around_its_lines():
    lines = line((72, "Above")), line((80, "Net")), line((72, "sales"), top=50.0)
    assert mark_passage(passage("", first=1, last=2), page(*lines)) == (Box(72, 10, 102, 60),)


def test_a_passage_on_a_sheet_has_no_box():
    sheet = Page(1, (Line((Word("Net sales", cell="A1"),)),), label="Sales")
    assert mark_passage(passage("|Net sales|", "sheet"), sheet) == ()


TEXT_PAGE = Page(
    4,
    tuple(
        Line(tuple(Word(word) for word in text.split()))
        for text in ("A title", "Net sales rose. Costs", "fell.", "The end")
    ),
)


def test_a_span_of_a_passage_is_found_in_the_pages_text():
    prose = passage("Net sales rose. Costs\nfell.", "text", 1, 2)
    start, end = locate_span(prose, TEXT_PAGE, 16, 27)
    assert TEXT_PAGE.text[start:end] == "Costs\nfell."
