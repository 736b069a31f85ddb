"""PDF pages are read with each word where it was drawn, and drawn as pictures."""

from __future__ import annotations

import io
import math

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from reportlab.pdfbase.pdfmetrics import stringWidth

from ingestion.documents import Box, Word
from ingestion.errors import UnreadableFile
from ingestion.files import parse_file
from ingestion.progress import Progress
from ingestion.readers.ocr import FakeOcrReader
from ingestion.readers.pdf import PageRange, build_parsed_pdf, count_pages, read_pages, render_page

LETTER = (612, 792)


def find_word(page, text):
    (found,) = [word for line in page.lines for word in line.words if word.text == text]
    return found


def test_each_word_lies_within_three_points_of_where_it_was_drawn(draw_pdf):
    drawn = {"Sales": (72, 100), "1,284.7": (400, 100), "bottom": (72, 700), "edge": (560, 400)}
    page = parse_file(draw_pdf([(*at, text) for text, at in drawn.items()]), "a.pdf").pages[0]
    for text, (x, baseline) in drawn.items():
        box = find_word(page, text).box
        assert box.x0 == pytest.approx(x, abs=3)
        assert box.x1 == pytest.approx(x + stringWidth(text, "Helvetica", 10), abs=3)
        assert box.bottom == pytest.approx(baseline, abs=3)
        assert box.top == pytest.approx(baseline - 10, abs=3)


@pytest.mark.parametrize("meant", ["fi", "ffi", "\U0001f600", "\U0001d54f"])
def test_one_sign_that_means_more_characters_does_not_shift_the_words_after_it(
    draw_pdf, remap_characters, meant
):
    """Ligatures are several characters, and PDFium counts a rare character as two."""
    inks = [(72, 100, "x@y"), (200, 100, "@@@"), (300, 100, "after"), (72, 200, "below")]
    plain = parse_file(draw_pdf(inks), "plain.pdf").pages[0]
    page = parse_file(remap_characters(draw_pdf(inks), {"@": meant}), "mapped.pdf").pages[0]
    assert page.text == plain.text.replace("@", meant)
    for plain_line, line in zip(plain.lines, page.lines, strict=True):
        assert [word.box for word in line.words] == [word.box for word in plain_line.words]


def test_a_character_outside_the_basic_plane_can_be_stored_and_read_again(
    draw_pdf, remap_characters, workspace, tmp_path
):
    path = tmp_path / "smile.pdf"
    path.write_bytes(remap_characters(draw_pdf([(72, 100, "Thanks @")]), {"@": "\U0001f600"}))
    document = workspace.add_file(path).document
    assert workspace.page(document.document_id, 1).text == "Thanks \U0001f600"


def test_pages_are_numbered_from_one_and_have_their_size(draw_pdf):
    content = draw_pdf([(72, 72, "first")], [(72, 72, "second")])
    pages = parse_file(content, "two.pdf").pages
    assert [(page.number, page.text) for page in pages] == [(1, "first"), (2, "second")]
    assert (pages[0].width, pages[0].height) == LETTER


def test_progress_is_told_after_each_page(draw_pdf):
    heard: list[Progress] = []
    parse_file(draw_pdf([(72, 72, "a")], [(72, 72, "b")]), "two.pdf", heard.append)
    assert heard == [Progress("two.pdf", "reading", 1, 2), Progress("two.pdf", "reading", 2, 2)]


def test_a_whole_file_is_read_without_a_warning(draw_pdf):
    assert parse_file(draw_pdf([(72, 72, "a")]), "a.pdf").warnings == ()


def test_a_page_without_text_among_others_is_named_in_a_warning(draw_pdf):
    parsed = parse_file(draw_pdf([(72, 72, "a")], [], [(72, 72, "c")]), "a.pdf")
    assert len(parsed.pages) == 3
    (warning,) = parsed.warnings
    assert warning.startswith("page 2 without text")


def test_bytes_before_the_pdf_are_skipped_with_a_warning(draw_pdf):
    parsed = parse_file(b"HTTP/1.1 200 OK\r\n\r\n" + draw_pdf([(72, 72, "a")]), "a.pdf")
    assert parsed.pages[0].text == "a"
    assert any("19 bytes" in warning for warning in parsed.warnings)


def test_a_missing_end_mark_is_told(draw_pdf):
    content = draw_pdf([(72, 72, "a")])
    parsed = parse_file(content[: content.rindex(b"%%EOF")], "a.pdf")
    assert any("end mark" in warning for warning in parsed.warnings)


def test_a_file_that_opens_without_a_password_is_read_though_it_is_encrypted(draw_pdf):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(draw_pdf([(72, 72, "open")]))))
    writer.encrypt("", owner_password="owner", algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    assert parse_file(buffer.getvalue(), "a.pdf").pages[0].text == "open"


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.7, 2.0])
def test_a_page_is_drawn_as_a_png_of_its_size_times_the_scale(write_pdf, scale):
    picture = Image.open(io.BytesIO(render_page(write_pdf("a.pdf", "words"), 1, scale)))
    assert picture.format == "PNG"
    assert picture.size == tuple(math.ceil(edge * scale) for edge in LETTER)


def test_the_page_that_is_asked_for_is_drawn(write_pdf):
    path = write_pdf("a.pdf", "first", "")
    first, second = (
        Image.open(io.BytesIO(render_page(path, number, 1.0))).convert("L") for number in (1, 2)
    )
    assert first.getextrema()[0] < 128
    assert second.getextrema() == (255, 255)


@pytest.mark.parametrize("number", [0, -1, 3])
def test_a_page_that_is_not_there_is_refused_by_name(write_pdf, number):
    with pytest.raises(UnreadableFile, match=rf"a\.pdf has 2 pages, and no page {number}"):
        render_page(write_pdf("a.pdf", "first", "second"), number, 1.0)


@pytest.fixture
def three_pages(write_pdf):
    return write_pdf("three.pdf", "first", "second", "third")


def test_pages_are_counted_without_reading_them(three_pages):
    assert count_pages(three_pages.read_bytes(), "three.pdf") == 3


def test_a_range_of_pages_keeps_their_numbers(three_pages):
    found = read_pages(three_pages, "three.pdf", 2, 3)
    assert [(page.number, page.text) for page in found.pages] == [(2, "second"), (3, "third")]


def test_each_page_of_a_range_is_told_when_it_is_read(three_pages):
    heard: list[int] = []
    read_pages(three_pages, "three.pdf", 2, 3, heard.append)
    assert heard == [2, 3]


def test_a_warning_of_the_whole_file_is_told_once_though_each_range_has_it(three_pages):
    three_pages.write_bytes(b"HTTP/1.1 200 OK\r\n\r\n" + three_pages.read_bytes())
    ranges = [read_pages(three_pages, "three.pdf", number, number) for number in (1, 2, 3)]
    (warning,) = build_parsed_pdf("three.pdf", ranges).warnings
    assert warning == "19 bytes of other content before the PDF were skipped"


def test_pages_that_were_not_read_or_read_by_ocr_are_named(three_pages):
    (part,) = [read_pages(three_pages, "three.pdf", 1, 3)]
    ranges = [PageRange(part.pages[:2], unread=(2,)), PageRange(part.pages[2:], scanned=(3,))]
    assert build_parsed_pdf("three.pdf", ranges).warnings == (
        "page 2 could not be read and will not be searched",
        "page 3 without text, read by OCR: check the numbers",
    )


def test_a_page_without_text_is_read_from_its_picture_where_ocr_is_installed(draw_pdf, monkeypatch):
    reader = FakeOcrReader(
        [Word("Sales", Box(72, 100, 99, 110)), Word("12", Box(120, 100, 132, 110))]
    )
    monkeypatch.setattr("ingestion.readers.pdf.find_ocr", lambda: reader)
    parsed = parse_file(draw_pdf([(72, 72, "a")], []), "scan.pdf")
    assert [page.text for page in parsed.pages] == ["a", "Sales 12"]
    assert reader.shown == [LETTER]
    (warning,) = parsed.warnings
    assert warning.startswith("page 2 without text")


def test_a_table_in_a_picture_is_read_like_any_other(draw_pdf, monkeypatch):
    words = [
        Word(text, Box(x, 100 + 14 * row, x + 5 * len(text), 110 + 14 * row))
        for row, texts in enumerate((("Sales", "12.5", "11.0"), ("Costs", "8.1", "7.9")))
        for x, text in zip((72, 300, 400), texts, strict=True)
    ]
    monkeypatch.setattr("ingestion.readers.pdf.find_ocr", lambda: FakeOcrReader(words))
    (table,) = parse_file(draw_pdf([]), "scan.pdf").pages[0].tables
    assert [(row.label, *row.texts) for row in table.rows] == [
        ("Sales", "12.5", "11.0"),
        ("Costs", "8.1", "7.9"),
    ]
