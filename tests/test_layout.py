"""Words with boxes become lines and segments, on pages turned any way."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageOps
from pypdf import PdfReader, PdfWriter
from pypdf.generic import RectangleObject

from ingestion.documents import Box, Line, Word
from ingestion.files import parse_file
from ingestion.layout.lines import group_lines, join_rules, split_segments, turn_box
from ingestion.readers.pdf import render_page

VISIBLE = (50.0, 100.0, 600.0, 780.0)
SCALE = 4.0


def word(text: str, x0: float, top: float, x1: float | None = None, height: float = 10.0) -> Word:
    return Word(text, Box(x0, top, x1 if x1 is not None else x0 + 5 * len(text), top + height))


@pytest.mark.parametrize("visible", [None, VISIBLE, (-40.0, -60.0, 700.0, 900.0)])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_words_box_lies_where_the_picture_of_the_turned_page_shows_its_ink(
    draw_pdf, tmp_path, rotation, visible
):
    """The visible part may be smaller than the paper, or say that it is larger, which is void."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(draw_pdf([(130, 210, "HxH")], size=14))))
    writer.pages[0].rotate(rotation)
    if visible is not None:
        writer.pages[0].cropbox = RectangleObject(visible)
    path = tmp_path / "turned.pdf"
    writer.write(path)

    page = parse_file(path.read_bytes(), path.name).pages[0]
    picture = Image.open(io.BytesIO(render_page(path, 1, SCALE))).convert("L")
    ink = ImageOps.invert(picture).getbbox()
    assert ink is not None
    x0, top, x1, bottom = (edge / SCALE for edge in ink)
    (line,) = page.lines
    assert line.text == "HxH"
    assert line.box is not None
    assert (page.width, page.height) == (picture.width / SCALE, picture.height / SCALE)
    # The box is the whole height of the type, so it may be a little larger than the ink.
    assert line.box.x0 - 0.5 <= x0 <= line.box.x0 + 5
    assert line.box.top - 0.5 <= top <= line.box.top + 5
    assert line.box.x1 - 5 <= x1 <= line.box.x1 + 0.5
    assert line.box.bottom - 5 <= bottom <= line.box.bottom + 0.5


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_visible_part_turns_into_the_whole_page(rotation):
    left, bottom, right, top = VISIBLE
    width, height = right - left, top - bottom
    if rotation in (90, 270):
        width, height = height, width
    assert turn_box(*VISIBLE, VISIBLE, rotation) == Box(0, 0, width, height)


def test_words_on_one_baseline_are_one_line_from_left_to_right():
    (line,) = group_lines([word("sales", 40, 100), word("Net", 10, 100.4), word("1,284", 200, 99)])
    assert line.text == "Net sales 1,284"


def test_lines_come_from_top_to_bottom():
    lines = group_lines([word("below", 10, 112), word("above", 10, 100)])
    assert [line.text for line in lines] == ["above", "below"]


def test_a_raised_footnote_mark_stays_in_its_line():
    lines = group_lines(
        [word("Goodwill", 10, 100), word("1", 52, 98, height=6), word("Debt", 10, 112)]
    )
    assert [line.text for line in lines] == ["Goodwill 1", "Debt"]


def test_a_sloping_line_holds_together():
    (line,) = group_lines([word(f"w{n}", 10 + 40 * n, 100 + 0.8 * n) for n in range(8)])
    assert len(line.words) == 8


def test_words_without_a_place_make_no_line():
    assert group_lines([Word("lost"), Word("cell", cell="A1")]) == ()


def test_a_wide_space_parts_a_row_into_label_and_cells():
    line = Line((word("Net", 10, 100), word("sales", 28, 100), word("1,284", 200, 100)))
    segments = split_segments(line)
    assert [[w.text for w in segment] for segment in segments] == [["Net", "sales"], ["1,284"]]


def test_the_space_that_parts_is_measured_in_heights_of_type():
    line = Line((word("Net", 10, 100), word("sales", 40, 100)))
    assert len(split_segments(line)) == 2
    assert len(split_segments(line, gap=2.0)) == 1


def test_each_cell_of_a_sheet_is_a_segment():
    line = Line((Word("Net sales", cell="A1"), Word("1,284", cell="B1")))
    assert [len(segment) for segment in split_segments(line)] == [1, 1]


def test_rules_that_touch_on_one_height_are_one():
    pieces = [Box(150, 100, 200, 100.8), Box(72, 100.2, 149.5, 101)]
    assert join_rules(pieces) == [Box(72, 100, 200, 101)]


def test_rules_with_a_gap_or_on_other_heights_stay_apart():
    rules = [Box(72, 100, 150, 101), Box(160, 100, 200, 101), Box(150, 112, 160, 113)]
    assert join_rules(rules) == rules


def test_the_gap_over_which_rules_are_joined_can_be_chosen():
    rules = [Box(72, 100, 150, 101), Box(160, 100, 200, 101)]
    assert join_rules(rules, gap=10.0) == [Box(72, 100, 200, 101)]
    assert join_rules([]) == []
