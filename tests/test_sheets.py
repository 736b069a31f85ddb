"""Workbooks and CSV files become pages whose words are cells with addresses."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from ingestion.files import parse_file
from ingestion.sheets import render_number


@pytest.fixture
def read_sheets(build_workbook):
    """Write sheets to a workbook and read it again."""

    def read(sheets, **options):
        return parse_file(build_workbook(sheets, **options), "book.xlsx")

    return read


def read_csv(text: str, name: str = "sales.csv", encoding: str = "utf-8"):
    return parse_file(text.encode(encoding), name)


def places(page):
    return {word.cell: word.text for line in page.lines for word in line.words}


def test_each_cell_is_a_word_with_its_address(read_sheets):
    (page,) = read_sheets({"Sales": [["Name", "Total"], [None, 12.5], [], ["Hand Tools"]]}).pages
    assert places(page) == {"A1": "Name", "B1": "Total", "B2": "12.5", "A4": "Hand Tools"}


def test_addresses_go_on_after_column_z(read_sheets):
    (page,) = read_sheets({"Wide": [["label", *range(1, 30)]]}).pages
    assert page.lines[0].words[-1].cell == "AD1"


def test_columns_after_z_keep_their_order_in_the_table(read_sheets):
    (page,) = read_sheets({"Wide": [["label", *range(1, 30)], ["other", *range(1, 30)]]}).pages
    assert page.tables[0].rows[0].cells == tuple(str(number) for number in range(1, 30))


def test_each_sheet_is_a_page_of_its_name(read_sheets):
    pages = read_sheets({"One": [["a", 1]], "Two": [["b", 2]]}).pages
    assert [(page.number, page.label) for page in pages] == [(1, "One"), (2, "Two")]


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (1284.7, "#,##0.0", "1,284.7"),
        (1234567, "General", "1,234,567"),
        (-52.3, "General", "-52.3"),
        (0.12, "0%", "12%"),
        (0.0635, "0.0%", "6.35%"),
        (2023, "General", "2023"),
        (2100, "General", "2,100"),
        (True, "General", "TRUE"),
        (date(2023, 12, 31), "yyyy-mm-dd", "2023-12-31"),
        (datetime(2023, 12, 31, 9, 30), "yyyy-mm-dd hh:mm", "2023-12-31 09:30:00"),
        ("two\nlines", "General", "two lines"),
        (0, "General", "0"),
    ],
)
def test_a_cell_is_written_as_a_reader_would(read_sheets, value, number_format, shown):
    (page,) = read_sheets({"Sheet": [["label", (value, number_format)]]}).pages
    assert places(page)["B1"] == shown


def test_a_number_too_large_to_be_one_is_still_written():
    assert render_number(float("inf")) == "inf"


def test_heads_and_rows_are_told_apart(read_sheets):
    rows = [["Segment", 2022, 2023], ["Garden", 421.7, 437.4], ["Total", 1208.6, 1284.7]]
    (table,) = read_sheets({"Sales": rows}).pages[0].tables
    assert table.header == (("Segment", "2022", "2023"),)
    assert [(row.label, row.cells) for row in table.rows] == [
        ("Garden", ("421.7", "437.4")),
        ("Total", ("1,208.6", "1,284.7")),
    ]
    assert [row.line for row in table.rows] == [1, 2]


def test_a_merged_head_stands_over_each_of_its_columns(read_sheets):
    rows = [[None, "Years ended"], ["Segment", 2022, 2023], ["Garden", 421.7, 437.4]]
    page = read_sheets({"Sales": rows}, merged=["B1:C1"]).pages[0]
    assert page.tables[0].header == (
        ("", "Years ended", "Years ended"),
        ("Segment", "2022", "2023"),
    )
    assert places(page)["C1"] == "Years ended"


def test_a_title_merged_over_the_whole_width_is_one_title(read_sheets):
    rows = [["Sales by segment"], ["Segment", 2022, 2023], ["Garden", 421.7, 437.4]]
    (table,) = read_sheets({"Sales": rows}, merged=["A1:C1"]).pages[0].tables
    assert table.caption == "Sales - Sales by segment"


def test_a_row_on_units_gives_unit_and_scale(read_sheets):
    rows = [["Sales by segment"], ["In millions of US dollars"], ["Segment", 2023], ["Garden", 4.5]]
    (table,) = read_sheets({"Sales": rows}).pages[0].tables
    assert (table.unit, table.scale) == ("USD", 1_000_000)
    assert table.caption == "Sales - Sales by segment - In millions of US dollars"


def test_titles_apart_from_the_block_below_still_go_with_it(read_sheets):
    rows = [["Sales by segment"], ["In thousands"], [], ["Segment", 2023], ["Garden", 4.5]]
    (table,) = read_sheets({"Sales": rows}).pages[0].tables
    assert table.scale == 1_000
    assert (table.first_line, table.last_line) == (0, 3)


def test_blocks_that_blank_rows_part_are_tables_of_their_own(read_sheets):
    rows = [["Sales", 2023], ["Garden", 4.5], [], ["Costs", 2023], ["Garden", 3.5]]
    first, second = read_sheets({"Both": rows}).pages[0].tables
    assert (first.header, second.header) == ((("Sales", "2023"),), (("Costs", "2023"),))


def test_a_block_without_heads_has_those_of_the_block_above(read_sheets):
    rows = [["In millions"], ["", 2022, 2023], ["Sales", 4.5, 5.5], [], ["Income"], ["Net", 1.5, 2]]
    _, second = read_sheets({"Both": rows}).pages[0].tables
    assert ("", "2022", "2023") in second.header
    assert second.scale == 1_000_000


def test_an_empty_sheet_among_others_is_named_in_a_warning(read_sheets):
    parsed = read_sheets({"Sales": [["Garden", 4.5]], "Draft": []})
    assert parsed.warnings == ('sheet "Draft" is empty',)
    assert parsed.pages[1].lines == ()


def test_a_csv_is_one_page_named_for_the_file():
    (page,) = read_csv("Segment,2023\nGarden,437.4\n", name="q4.sales.csv").pages
    assert page.label == "q4.sales"
    assert places(page) == {"A1": "Segment", "B1": "2023", "A2": "Garden", "B2": "437.4"}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_any_common_separator_is_understood(separator):
    rows = [["Segment", "2022", "2023"], ["Garden", "421.7", "437.4"], ["Tools", "448.3", "462.9"]]
    (page,) = read_csv("\n".join(separator.join(row) for row in rows)).pages
    assert page.tables[0].header == (("Segment", "2022", "2023"),)
    assert page.tables[0].rows[1].cells == ("448.3", "462.9")


def test_a_quoted_number_keeps_its_separators():
    (page,) = read_csv('Segment,2023\nTotal,"1,284.7"\nGarden,"437.4"\n').pages
    assert places(page)["B2"] == "1,284.7"


def test_a_single_column_of_text_is_not_torn_apart():
    (page,) = read_csv("Name\nHand Tools\nGarden\n").pages
    assert list(places(page).values()) == ["Name", "Hand Tools", "Garden"]


def test_utf_8_with_a_byte_order_mark_is_read_without_it():
    parsed = read_csv("Café,2023\nThé,1\n", encoding="utf-8-sig")
    assert places(parsed.pages[0])["A1"] == "Café"
    assert parsed.warnings == ()


def test_western_european_bytes_are_read_with_a_warning():
    parsed = read_csv("Café,2023\nThé “vert”,1\n", encoding="cp1252")
    assert places(parsed.pages[0])["A2"] == "Thé “vert”"
    (warning,) = parsed.warnings
    assert "cp1252" in warning


def test_ragged_rows_keep_their_cells_and_are_told():
    parsed = read_csv("Segment,2022,2023\nGarden,421.7\nTools,448.3,462.9,note\n")
    assert parsed.warnings == ("rows have between 2 and 4 cells",)
    assert [row.cells for row in parsed.pages[0].tables[0].rows] == [
        ("421.7", "", ""),
        ("448.3", "462.9", "note"),
    ]


def test_rows_keep_their_numbers_after_a_blank_line():
    (page,) = read_csv("Segment,2023\n\n,\nGarden,437.4\n").pages
    assert places(page)["A4"] == "Garden"
