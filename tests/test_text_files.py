"""Plain text and Markdown: pages, tables of pipes, tables of spaces, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.errors import EmptyFile, UnreadableFile
from ingestion.progress import ignore_progress
from ingestion.readers.text_files import parse_text

BALANCE_SHEET = """\
                    ACME CORPORATION AND SUBSIDIARIES
                     CONSOLIDATED BALANCE SHEETS
                    (In thousands, except per share data)

                                                   December 31,
                                             ------------------------
                                                1998          1997
                                             ----------    ----------
ASSETS
Current assets:
  Cash and cash equivalents................  $   12,345    $   10,111
  Accounts receivable, less allowances
    of $12 and $10.........................      23,456        21,999
  Inventories..............................       5,000        (4,321)
                                             ----------    ----------
    Total current assets...................      40,801        27,789

Property, plant and equipment, net.........      99,999        88,888
                                             ==========    ==========
"""


def read(text: str, name: str = "filing.txt", encoding: str = "utf-8"):
    return parse_text(text.encode(encoding), name, ignore_progress)


def test_a_table_set_in_columns_of_spaces_is_understood():
    (table,) = read(BALANCE_SHEET).pages[0].tables
    assert table.caption == (
        "ACME CORPORATION AND SUBSIDIARIES - CONSOLIDATED BALANCE SHEETS - "
        "(In thousands, except per share data)"
    )
    assert (table.unit, table.scale, table.statement) == ("USD", 1_000, "balance_sheet")
    assert table.header == (("", "December 31,", "December 31,"), ("", "1998", "1997"))
    assert [(row.label, row.parents, row.texts) for row in table.rows] == [
        ("ASSETS", (), ("", "")),
        ("Current assets:", ("ASSETS",), ("", "")),
        ("Cash and cash equivalents", ("ASSETS", "Current assets"), ("$12,345", "$10,111")),
        (
            "Accounts receivable, less allowances of $12 and $10",
            ("ASSETS", "Current assets"),
            ("23,456", "21,999"),
        ),
        ("Inventories", ("ASSETS", "Current assets"), ("5,000", "(4,321)")),
        ("Total current assets", ("ASSETS", "Current assets"), ("40,801", "27,789")),
        ("Property, plant and equipment, net", ("ASSETS",), ("99,999", "88,888")),
    ]


def test_cells_have_addresses_that_count_tables_over_the_whole_file():
    pages = read(f"{BALANCE_SHEET}\f{BALANCE_SHEET}").pages
    assert pages[0].tables[0].rows[2].cells[0].address == "T1:B5"
    assert pages[1].tables[0].rows[2].cells[0].address == "T2:B5"


def test_each_rows_line_is_that_of_its_words():
    page = read(BALANCE_SHEET).pages[0]
    for row in page.tables[0].rows:
        assert row.label == page.lines[row.line].words[0].text


def test_the_marks_of_old_electronic_filings_bound_a_table():
    text = (
        "<TABLE>\n<CAPTION>\n                 1998        1997\n"
        "                 ----        ----\n<S>              <C>         <C>\n"
        "Net sales        $ 1,284.7   $ 1,209\nGross margin         33.1%       32%\n</TABLE>\n"
    )
    (table,) = read(text).pages[0].tables
    assert table.header == (("", "1998", "1997"),)
    assert [row.texts for row in table.rows] == [("$1,284.7", "$1,209"), ("33.1%", "32%")]


def test_prose_with_wide_gaps_is_no_table():
    text = "Sales rose by 12%.  We sold 1,284 units.\nThat was good.  In 1998 we plan more.\n"
    assert read(text).pages[0].tables == ()


def test_a_list_of_contents_is_no_table():
    text = "Business..........  3\nProperties........  9\nLegal matters.....  11\n"
    assert read(text).pages[0].tables == ()


def test_a_markdown_table_has_its_heading_as_caption():
    text = (
        "# Sales (in millions)\n\n| Segment | 2022 | 2023 |\n|---|--:|:-:|\n"
        "| **Garden** | $421.7 | $437.4 |\n| Pots \\| pans | 1 | 2 |\n\nThat was all.\n"
    )
    page = read(text, "report.md").pages[0]
    (table,) = page.tables
    assert (table.caption, table.scale) == ("Sales (in millions)", 1_000_000)
    assert table.header == (("Segment", "2022", "2023"),)
    assert [(row.label, row.texts) for row in table.rows] == [
        ("Garden", ("$421.7", "$437.4")),
        ("Pots | pans", ("1", "2")),
    ]
    assert page.lines[-1].text == "That was all."
    assert page.lines[-1].words[0].cell is None


def test_a_markdown_table_may_lack_its_outer_pipes():
    (table,) = read("Segment | 2023\n--- | ---\nGarden | 437.4\n", "a.md").pages[0].tables
    assert table.rows[0].cells[0].address == "T1:B2"


def test_pages_end_at_form_feeds_and_page_marks():
    pages = read("one\n\ftwo\n<PAGE>\nthree\n").pages
    assert [page.text for page in pages] == ["one", "two", "three"]


def test_long_texts_are_cut_at_a_blank_line_after_sixty():
    lines = [f"line {number}" for number in range(150)]
    lines.insert(70, "")
    pages = read("\n".join(lines)).pages
    assert [len(page.lines) for page in pages] == [70, 80]


def test_a_page_is_not_cut_inside_a_table():
    lines = ["prose"] * 55 + ["| a | b |", "|---|---|"] + ["| x | 1 |"] * 80 + ["", "end"]
    pages = read("\n".join(lines), "a.md").pages
    assert [len(page.tables) for page in pages] == [1, 0]
    assert len(pages[0].tables[0].rows) == 80


def test_a_web_page_under_another_name_is_told():
    with pytest.raises(UnreadableFile, match=r"Rename it to end in \.html"):
        read("<!DOCTYPE html><html><body>Sales</body></html>")


def test_binary_content_is_refused():
    with pytest.raises(UnreadableFile, match="binary content"):
        parse_text(b"PK\x03\x04\x00\x00\x00\x08", "a.txt", ignore_progress)


def test_a_text_without_words_is_empty():
    with pytest.raises(EmptyFile, match=r"filing\.txt has no words"):
        read(" \n\f\n")


def test_old_encodings_are_read_with_a_warning():
    parsed = read("Café “vert”", encoding="cp1252")
    assert parsed.pages[0].text == "Café “vert”"
    assert "cp1252" in parsed.warnings[0]


def test_utf_16_is_read_by_its_mark():
    assert read("Café", encoding="utf-16").pages[0].text == "Café"


@given(st.text(st.sampled_from("ab1,|$-.: \n\t\f()"), max_size=300))
def test_any_text_keeps_its_order_and_its_tables_stay_on_their_page(text):
    try:
        pages = read(text).pages
    except EmptyFile:
        return
    for page in pages:
        bounds = [(table.first_line, table.last_line) for table in page.tables]
        assert all(0 <= first <= last < len(page.lines) for first, last in bounds)
        assert bounds == sorted(bounds)
        assert all(line.words for line in page.lines)
