"""Word files: order, pages, merged and nested tables, and what is refused."""

from __future__ import annotations

import io

import docx
import pytest
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_BREAK
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ingestion.errors import EmptyFile, EncryptedFile, UnreadableFile
from ingestion.progress import ignore_progress
from ingestion.readers.word_files import parse_word


@pytest.fixture
def document():
    return docx.Document()


def read(document):
    buffer = io.BytesIO()
    document.save(buffer)
    return parse_word(buffer.getvalue(), "memo.docx", ignore_progress)


def fill(table, *rows):
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    return table


def test_paragraphs_and_tables_come_in_the_documents_order(document):
    document.add_heading("Results", level=1)
    fill(document.add_table(2, 2), ["Segment", "2023"], ["Garden", "437.4"])
    document.add_paragraph("That was all.")
    (page,) = read(document).pages
    assert page.text == "Results\nSegment 2023\nGarden 437.4\nThat was all."
    assert page.lines[0].words[0].cell is None
    assert page.lines[2].words[1].cell == "T1:B2"


def test_short_paragraphs_above_a_table_are_its_title(document):
    document.add_paragraph("We show the sales of each segment below, as asked.")
    document.add_paragraph("Sales by segment")
    document.add_paragraph("(In millions of US dollars)")
    fill(document.add_table(2, 2), ["Segment", "2023"], ["Garden", "437.4"])
    (table,) = read(document).pages[0].tables
    assert table.caption == "Sales by segment - (In millions of US dollars)"
    assert (table.unit, table.scale) == ("USD", 1_000_000)
    assert (table.first_line, table.last_line) == (1, 4)
    assert table.rows[0].cells[0].address == "T1:B2"
    assert table.rows[0].line == 4


def test_a_head_merged_over_columns_stands_over_each(document):
    table = document.add_table(3, 3)
    table.cell(0, 1).merge(table.cell(0, 2)).text = "Years ended"
    for column, text in enumerate(["Segment", "2022", "2023"]):
        table.cell(1, column).text = text
    for column, text in enumerate(["Garden", "421.7", "437.4"]):
        table.cell(2, column).text = text
    (made,) = read(document).pages[0].tables
    assert made.header == (("", "Years ended", "Years ended"), ("Segment", "2022", "2023"))


def test_a_cell_merged_over_rows_is_said_once(document):
    table = fill(document.add_table(3, 2), ["Segment", "2023"], ["Garden", "1"], ["Tools", "1"])
    table.cell(2, 1).text = ""
    table.cell(1, 1).merge(table.cell(2, 1))
    (made,) = read(document).pages[0].tables
    assert [row.texts for row in made.rows] == [("1",), ("",)]


def test_a_table_in_a_cell_is_a_table_of_its_own(document):
    outer = fill(document.add_table(2, 2), ["Segment", "2023"], ["Garden", "437.4"])
    fill(outer.cell(1, 0).add_table(2, 2), ["Part", "2023"], ["Pots", "7"])
    first, second = read(document).pages[0].tables
    assert first.rows[0].texts == ("437.4",)
    assert second.rows[0].cells[0].address == "T2:B2"
    assert second.rows[0].label == "Pots"


def test_pages_end_where_the_document_says(document):
    document.add_paragraph("one").add_run().add_break(WD_BREAK.PAGE)
    document.add_paragraph("two")
    document.add_section(WD_SECTION.NEW_PAGE)
    document.add_paragraph("three")
    document.add_paragraph("four").paragraph_format.page_break_before = True
    assert [page.text for page in read(document).pages] == ["one", "two", "three", "four"]


def test_a_continuous_section_does_not_end_a_page(document):
    document.add_paragraph("one")
    document.add_section(WD_SECTION.CONTINUOUS)
    document.add_paragraph("two")
    # The kind of a section is kept with the paragraph that ends it.
    document.sections[0].start_type = WD_SECTION.CONTINUOUS
    assert len(read(document).pages) == 1


def test_pages_without_breaks_end_after_seven_hundred_words(document):
    for _ in range(15):
        document.add_paragraph("word " * 100)
    pages = read(document).pages
    assert [sum(len(line.words) for line in page.lines) for page in pages] == [700, 700, 100]


def test_deleted_text_is_not_read(document):
    paragraph = document.add_paragraph("kept")
    paragraph._p.append(parse_xml(f"<w:del {nsdecls('w')}><w:r><w:t> gone</w:t></w:r></w:del>"))
    assert read(document).pages[0].text == "kept"


def test_an_indented_label_stands_under_the_one_above(document):
    table = fill(
        document.add_table(4, 2), ["Item", "2023"], ["Assets", ""], ["Cash", "1.5"], ["Debt", "2.5"]
    )
    table.cell(2, 0).paragraphs[0].paragraph_format.left_indent = docx.shared.Pt(12)
    (made,) = read(document).pages[0].tables
    assert [row.parents for row in made.rows] == [(), ("Assets",), ()]


def test_a_protected_file_says_so():
    with pytest.raises(EncryptedFile, match=r"memo\.docx is protected by a password"):
        parse_word(b"\xd0\xcf\x11\xe0" + b"x" * 100, "memo.docx", ignore_progress)


def test_a_file_cut_in_half_is_refused(document):
    buffer = io.BytesIO()
    document.save(buffer)
    content = buffer.getvalue()
    with pytest.raises(UnreadableFile, match=r"memo\.docx is not a whole Word file"):
        parse_word(content[: len(content) // 2], "memo.docx", ignore_progress)


def test_a_file_without_words_is_empty(document):
    with pytest.raises(EmptyFile, match=r"memo\.docx has no words"):
        read(document)
