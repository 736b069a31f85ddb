"""Lines that are packed and read again are what they were."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingestion.documents import Box, Line, Page, Word
from ingestion.layout.packing import (
    PackedLines,
    pack_lines,
    pack_page,
    unpack_lines,
    unpack_page,
)

EDGES = st.floats(-100.0, 2000.0, allow_nan=False)
TEXTS = st.text(min_size=1, max_size=12)
WORDS = st.one_of(
    st.builds(Word, TEXTS),
    st.builds(Word, TEXTS, st.builds(Box, EDGES, EDGES, EDGES, EDGES)),
    st.builds(Word, TEXTS, cell=st.from_regex(r"(T[1-9]:)?[A-Z]{1,2}[1-9]", fullmatch=True)),
)
LINES = st.lists(st.builds(Line, st.lists(WORDS, max_size=6).map(tuple)), max_size=6).map(tuple)


@given(LINES)
def test_packing_loses_nothing(lines):
    assert unpack_lines(pack_lines(lines).blob) == lines


@given(LINES)
def test_packed_lines_are_a_sequence_like_the_lines_themselves(lines):
    packed = PackedLines(pack_lines(lines).blob)
    assert len(packed) == len(lines)
    assert tuple(packed) == lines
    assert packed == lines
    assert [packed[index] for index in range(len(packed))] == list(lines)
    assert packed[1:3] == lines[1:3]


def test_boxes_come_back_as_boxes():
    (line,) = pack_lines((Line((Word("Sales", Box(1.5, 2.0, 3.0, 4.0)),)),))
    assert isinstance(line.words[0].box, Box)
    assert line.words[0].box.bottom == 4.0


def test_packed_lines_are_not_packed_twice():
    packed = pack_lines((Line((Word("Sales"),)),))
    assert pack_lines(packed) is packed


def test_equal_lines_have_equal_hashes_once_packed():
    lines = (Line((Word("Sales"),)),)
    assert pack_lines(lines) == pack_lines(lines)
    assert hash(pack_lines(lines)) == hash(pack_lines(lines))


def test_other_lines_are_not_equal():
    assert pack_lines((Line((Word("Sales"),)),)) != pack_lines((Line((Word("Costs"),)),))


def test_a_page_keeps_all_but_the_form_of_its_lines():
    page = Page(3, (Line((Word("Sales"),)),), 612.0, 792.0)
    assert isinstance(pack_page(page).lines, PackedLines)
    assert pack_page(page).text == "Sales"
    assert unpack_page(pack_page(page)) == page
    assert isinstance(unpack_page(pack_page(page)).lines, tuple)


def test_a_page_without_lines_can_be_packed():
    assert unpack_page(pack_page(Page(1, ()))) == Page(1, ())
