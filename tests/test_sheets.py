"""Workbooks and CSV files become pages whose words are cells with addresses."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from ingestion.errors import EncryptedFile, UnreadableFile
from ingestion.figures import parse_figure
from ingestion.files import parse_file
from ingestion.layout.outline import Outline
from ingestion.layout.scales import read_scales
from ingestion.progress import ignore_progress
from ingestion.readers.delimited import find_delimiter, normalise_number, parse_csv
from ingestion.readers.grids import read_unit_and_scale
from ingestion.readers.number_formats import read_number_style, render_number
from ingestion.readers.sheets import parse_workbook


@pytest.fixture
def read_sheets(build_workbook):
    """Write sheets to a workbook and read it again."""

    def read(sheets, **options):
        return parse_file(build_workbook(sheets, **options), "book.xlsx")

    return read


def read_csv(text: str, name: str = "sales.csv", encoding: str = "utf-8"):
    return parse_file(text.encode(encoding), name)


def save(workbook: Workbook) -> bytes:
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def outline(*rows: str | tuple[str, int]) -> list[tuple[str, ...]]:
    """Place rows in an outline; a label with a star is a sub-heading; a tuple has an indent."""
    made = Outline()
    placed = []
    for row in rows:
        label, indent = row if isinstance(row, tuple) else (row, 0)
        placed.append(made.place(label.strip("*"), indent, is_heading=label.endswith("*")))
    return placed


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
    assert page.tables[0].rows[0].texts == tuple(str(number) for number in range(1, 30))


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
    assert [(row.label, row.texts) for row in table.rows] == [
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
    assert table.caption == "Sales by segment"


def test_a_row_on_units_gives_unit_and_scale(read_sheets):
    rows = [["Sales by segment"], ["In millions of US dollars"], ["Segment", 2023], ["Garden", 4.5]]
    (table,) = read_sheets({"Sales": rows}).pages[0].tables
    assert (table.unit, table.scale) == ("USD", 1_000_000)
    assert table.caption == "Sales by segment - In millions of US dollars"


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
    assert page.tables[0].rows[1].texts == ("448.3", "462.9")


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
    assert parsed.warnings == ("rows have between 2 and 4 cells: most have 3, look at row 2, 3",)
    assert [row.texts for row in parsed.pages[0].tables[0].rows] == [
        ("421.7", "", ""),
        ("448.3", "462.9", "note"),
    ]


def test_rows_keep_their_numbers_after_a_blank_line():
    (page,) = read_csv("Segment,2023\n\n,\nGarden,437.4\n").pages
    assert places(page)["A4"] == "Garden"


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ('_("$ "#,##0_);_("$ "(#,##0)', 28162, "$28,162"),
        ('_("$ "#,##0_);_("$ "(#,##0)', -279, "$(279)"),
        ("#,##0_);(#,##0)", -1234.5, "(1,234.5)"),
        ("#,##0", 2023, "2,023"),
        ("#,##0,", 1234567, "1,234.567"),
        ('0.0,,"M"', 12_500_000, "12.5 million"),
        ("[$€-407]#,##0.00;([$€-407]#,##0.00)", -1.5, "€(1.5)"),
        ('0.0"x"', 2.5, "2.5x"),
        ("0.0%;(0.0%)", -0.125, "(12.5%)"),
        ("General", 0.00001234, "0.00001234"),
    ],
)
def test_a_number_format_decides_sign_brackets_and_scale(code, value, shown):
    assert render_number(value, read_number_style(code)) == shown


@given(
    st.integers(-(10**12), 10**12).map(lambda cents: cents / 100),
    st.sampled_from(["General", "#,##0.00_);(#,##0.00)", '"$"#,##0.00', "#,##0.00"]),
)
def test_a_number_is_read_back_as_it_was_written(value, code):
    figure = parse_figure(render_number(value, read_number_style(code)))
    assert figure is not None
    assert float(figure.value) == value


def test_a_year_format_shows_the_year_alone(read_sheets):
    (page,) = read_sheets({"S": [["label", (date(2023, 12, 31), "yyyy")]]}).pages
    assert places(page)["B1"] == "2023"


def test_dates_counted_from_1904_are_read_as_the_same_days():
    workbook = Workbook()
    workbook.epoch = CALENDAR_MAC_1904
    workbook.active.append(["label", date(2023, 12, 31)])
    (page,) = parse_workbook(save(workbook), "mac.xlsx", ignore_progress).pages
    assert places(page)["B1"] == "2023-12-31"


def test_a_formula_without_a_stored_value_is_named(read_sheets):
    parsed = read_sheets({"Sales": [["Garden", 4.5], ["Total", "=SUM(B1:B1)"]]})
    (warning,) = parsed.warnings
    assert warning.startswith('sheet "Sales" has formulas without a stored value: B2.')


def test_hidden_sheets_rows_and_columns_are_read_and_told():
    workbook = Workbook()
    workbook.active.append(["Garden", 1, 2])
    workbook.active.append(["Tools", 3, 4])
    workbook.active.row_dimensions[2].hidden = True
    workbook.active.column_dimensions["C"].hidden = True
    draft = workbook.create_sheet("Draft")
    draft.append(["Secret", 5])
    draft.sheet_state = "hidden"
    parsed = parse_workbook(save(workbook), "book.xlsx", ignore_progress)
    assert places(parsed.pages[0])["C2"] == "4"
    assert places(parsed.pages[1])["A1"] == "Secret"
    assert parsed.warnings == (
        'sheet "Sheet" has hidden rows: 2',
        'sheet "Sheet" has hidden columns: C',
        'sheet "Draft" is hidden',
    )


def test_columns_hidden_beyond_the_last_value_are_not_told():
    workbook = Workbook()
    workbook.active.append(["Garden", 1])
    workbook.active.column_dimensions["F"].hidden = True
    assert parse_workbook(save(workbook), "book.xlsx", ignore_progress).warnings == ()


def test_error_cells_stay_as_text_and_are_told():
    workbook = Workbook()
    workbook.active.append(["Garden", 1])
    workbook.active.append(["Total", "#REF!"])
    workbook.active["B2"].data_type = "e"
    parsed = parse_workbook(save(workbook), "book.xlsx", ignore_progress)
    assert places(parsed.pages[0])["B2"] == "#REF!"
    assert parsed.warnings == ('sheet "Sheet" has cells with errors: B2 (#REF!)',)


def test_a_protected_workbook_says_so():
    with pytest.raises(EncryptedFile, match=r"book\.xlsx is protected by a password"):
        parse_workbook(b"\xd0\xcf\x11\xe0" + b"x" * 100, "book.xlsx", ignore_progress)


def test_a_workbook_cut_in_half_is_refused(build_workbook):
    content = build_workbook({"Sales": [["Garden", 4.5]]})
    with pytest.raises(UnreadableFile, match=r"book\.xlsx is not a whole XLSX workbook"):
        parse_workbook(content[: len(content) // 2], "book.xlsx", ignore_progress)


def test_a_sheet_with_broken_xml_is_refused(build_workbook):
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(build_workbook({"S": [["Garden", 4.5]]}))) as source,
        zipfile.ZipFile(buffer, "w") as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, re.sub(b"</row>.*", b"", content, flags=re.S))
    with pytest.raises(UnreadableFile, match="not a whole XLSX workbook"):
        parse_workbook(buffer.getvalue(), "book.xlsx", ignore_progress)


def test_a_report_of_the_regulator_has_caption_unit_scale_and_heads(read_sheets):
    """The title stands in the corner, over the labels, merged over both rows of heads."""
    title = "STATEMENTS OF OPERATIONS - USD ($) shares in Thousands, $ in Millions"
    rows = [
        [title, "12 Months Ended", None],
        [None, "Dec. 31, 2018", "Dec. 31, 2017"],
        ["Operating expenses:", "\xa0", "\xa0"],
        ["Research", (1200, "#,##0_);(#,##0)"), (1100, "#,##0_);(#,##0)")],
        ["Total operating expenses", 1200, 1100],
        ["Operating income", (-5, "#,##0_);(#,##0)"), 7],
    ]
    parsed = read_sheets({"STATEMENTS OF OPERATIONS": rows}, merged=["A1:A2", "B1:C1"])
    (table,) = parsed.pages[0].tables
    assert table.caption == title
    assert (table.unit, table.scale, table.statement) == ("USD", 1_000_000, "income")
    assert table.header == (
        ("", "12 Months Ended", "12 Months Ended"),
        ("", "Dec. 31, 2018", "Dec. 31, 2017"),
    )
    assert [(row.label, row.parents, row.texts) for row in table.rows] == [
        ("Operating expenses:", (), ("", "")),
        ("Research", ("Operating expenses",), ("1,200", "1,100")),
        ("Total operating expenses", ("Operating expenses",), ("1,200", "1,100")),
        ("Operating income", (), ("(5)", "7")),
    ]
    assert table.rows[1].cells[0].address == "B4"


@pytest.mark.parametrize(
    ("heading", "unit", "scale"),
    [
        ("BALANCE SHEETS - USD ($) $ in Millions", "USD", 1_000_000),
        (
            "EARNINGS - USD ($) $ / shares in Units, shares in Thousands, $ in Billions",
            "USD",
            10**9,
        ),
        ("DEBT (Details) - USD ($)", "USD", 1),
        ("Cover Page - shares shares in Thousands", "shares", 1_000),
        ("Umsatz in EUR, €m", "EUR", 1_000_000),
        ("Sales ($000s)", "USD", 1_000),
        ("Headcount", None, None),
    ],
)
def test_units_and_scales_that_titles_declare(heading, unit, scale):
    assert read_unit_and_scale(heading) == (unit, scale)


def test_shares_and_money_may_have_scales_of_their_own():
    heading = "INCOME - USD ($) shares in Thousands, $ in Millions"
    assert read_scales(heading) == {"money": 1_000_000, "shares": 1_000}


def test_label_columns_that_repeat_are_joined(read_sheets):
    rows = [
        ["Region", "Product", "Sales"],
        ["Europe", "Garden", 1.5],
        [None, "Tools", 2.5],
        ["Asia", "Garden", 3.5],
    ]
    (table,) = read_sheets({"S": rows}).pages[0].tables
    assert table.header == (("Region > Product", "Sales"),)
    assert [row.label for row in table.rows] == [
        "Europe > Garden",
        "Europe > Tools",
        "Asia > Garden",
    ]


def test_a_column_that_groups_unique_labels_gives_their_parents(read_sheets):
    rows = [
        ["Kind", "Line", "2023"],
        ["Cost", "Wages", 1.5],
        ["Cost", "Rent", 2],
        ["Tax", "VAT", 3],
    ]
    (table,) = read_sheets({"S": rows}).pages[0].tables
    assert [(row.parents, row.label) for row in table.rows] == [
        (("Cost",), "Wages"),
        (("Cost",), "Rent"),
        (("Tax",), "VAT"),
    ]


def test_labels_in_a_staircase_of_columns_are_indented(read_sheets):
    rows = [
        [None, None, 2022, 2023],
        ["Assets"],
        [None, "Cash", 1.5, 2.5],
        [None, "Stock", 3.5, 4.5],
        ["Debt", None, 5.5, 6.5],
    ]
    (table,) = read_sheets({"S": rows}).pages[0].tables
    assert [(row.parents, row.label) for row in table.rows] == [
        ((), "Assets"),
        (("Assets",), "Cash"),
        (("Assets",), "Stock"),
        ((), "Debt"),
    ]


def test_a_cells_indent_makes_a_row_a_child():
    workbook = Workbook()
    sheet = workbook.active
    for row in (["Item", "Total"], ["Assets"], ["Cash", 1.5], ["Loans", 2.5]):
        sheet.append(row)
    sheet["A3"].alignment = Alignment(indent=1)
    (table,) = parse_workbook(save(workbook), "b.xlsx", ignore_progress).pages[0].tables
    assert [row.parents for row in table.rows] == [(), ("Assets",), ()]


def test_columns_of_currency_signs_are_joined_to_their_numbers(read_sheets):
    rows = [
        ["Item", None, 2022, None, 2023],
        ["Sales", "$", 1.5, "$", 2.5],
        ["Cost", None, 3, None, 4],
    ]
    (table,) = read_sheets({"S": rows}).pages[0].tables
    assert table.header == (("Item", "2022", "2023"),)
    assert [row.texts for row in table.rows] == [("$1.5", "$2.5"), ("3", "4")]


def test_rows_of_years_below_a_head_of_words_are_rows(read_sheets):
    (table,) = (
        read_sheets({"S": [["Company", "Founded"], ["A", 1976], ["B", 1911]]}).pages[0].tables
    )
    assert (table.header, [row.label for row in table.rows]) == (
        (("Company", "Founded"),),
        ["A", "B"],
    )


def test_a_table_without_heads_is_graded_lower(read_sheets):
    (table,) = read_sheets({"S": [["Garden", 4.5], ["Tools", 5.5]]}).pages[0].tables
    assert (table.header, table.grade) == ((), 0.6)
    assert table.faults == ("no column heads were found",)


def test_headings_that_follow_each_other_are_nested_until_their_totals():
    assert outline(
        "ASSETS*", "Current assets:*", "Cash", "Total current assets", "Total assets"
    ) == [
        (),
        ("ASSETS",),
        ("ASSETS", "Current assets"),
        ("ASSETS", "Current assets"),
        ("ASSETS",),
    ]


def test_a_heading_replaces_the_last_one_of_its_rank():
    placed = outline("ASSETS*", "Current:*", "Cash", "Fixed:*", "Land", "DEBT*", "Long:*", "Bonds")
    assert [placed[4], placed[7]] == [("ASSETS", "Fixed"), ("DEBT", "Long")]


def test_cash_flow_adjustments_stand_under_their_activity():
    placed = outline(
        "Operating activities:*",
        "Net income",
        "Adjustments to net income:*",
        "Depreciation",
        "Net cash provided by operating activities",
        "Cash at end of year",
    )
    assert placed[3:] == [
        ("Operating activities", "Adjustments to net income"),
        ("Operating activities",),
        (),
    ]


def test_a_line_item_without_amounts_is_no_heading_of_the_next():
    placed = outline("Commitments and contingencies*", "Equity:*", "Common stock")
    assert placed[2] == ("Equity",)


def test_a_long_run_of_headings_is_a_list():
    assert all(len(parents) <= 3 for parents in outline(*(f"Name {n}*" for n in range(30)), "Cash"))


@given(st.lists(st.tuples(st.sampled_from(["A*", "B:*", "Total A", "x"]), st.integers(0, 3))))
def test_parents_are_always_headings_that_came_before(rows):
    seen: set[str] = set()
    for (label, _), parents in zip(rows, outline(*rows), strict=True):
        assert seen.issuperset(parents)
        if label.endswith("*"):
            seen.add(label.strip("*:"))


@pytest.mark.parametrize(
    ("text", "comma", "read"),
    [
        ("1.234,56", True, "1,234.56"),
        ("-1.234", True, "-1,234"),
        ("12,5%", True, "12.5%"),
        ("(0,25)", True, "(0.25)"),
        ("1.234,56 €", True, "€1,234.56"),
        ("1 234.5", False, "1,234.5"),
        ("1'234'567", False, "1,234,567"),
        ("1,234-", False, "-1,234"),
        ("EUR 12", False, "EUR 12"),
        ("12.03.2024", True, "12.03.2024"),
        ("Garden", True, "Garden"),
    ],
)
def test_numbers_of_other_countries_are_written_the_english_way(text, comma, read):
    assert normalise_number(text, decimal_comma=comma) == read


@given(st.integers(0, 10**9), st.integers(0, 99))
def test_decimal_commas_keep_the_value(whole, part):
    german = f"{whole:,}".replace(",", ".") + f",{part:02}"
    figure = parse_figure(normalise_number(german, decimal_comma=True))
    assert figure is not None
    assert figure.value * 100 == whole * 100 + part


def test_a_column_that_shows_decimal_commas_is_read_so_and_told():
    parsed = read_csv("Name;Umsatz;Menge\nA;1.234,56;1.200\nB;7,5;300\n")
    assert places(parsed.pages[0])["B2"] == "1,234.56"
    assert places(parsed.pages[0])["C2"] == "1,200"
    assert parsed.warnings == ('column B, C: commas are read as decimal points ("1,5" as 1.5)',)


def test_a_column_that_says_both_is_left_as_it_is():
    parsed = read_csv("Name;Value\nA;1.5\nB;1,5\n")
    assert places(parsed.pages[0])["B3"] == "1,5"
    assert parsed.warnings == ()


def test_commas_between_thousands_stay_thousands():
    (page,) = read_csv('Name,Value\nA,"1,234"\nB,"12,345"\n').pages
    assert places(page)["B2"] == "1,234"


def test_utf_16_is_read_by_its_mark():
    parsed = parse_csv("Café\t2023\nThé\t1\n".encode("utf-16"), "a.tsv", ignore_progress)
    assert places(parsed.pages[0]) == {"A1": "Café", "B1": "2023", "A2": "Thé", "B2": "1"}


def test_a_line_that_names_the_separator_is_believed():
    (page,) = read_csv("sep=;\nName;Value\nA;1\n").pages
    assert places(page) == {"A2": "Name", "B2": "Value", "A3": "A", "B3": "1"}


@given(
    st.sampled_from(",;\t|"),
    st.integers(2, 6),
    st.integers(2, 8),
)
def test_the_separator_that_was_written_is_found(separator, width, height):
    text = "\n".join(separator.join(f"c{row}x{c}" for c in range(width)) for row in range(height))
    assert find_delimiter(text) == separator


def test_a_list_of_one_column_has_its_first_row_as_title():
    (table,) = read_csv("Industry\nBanks\nSales\n").pages[0].tables
    assert table.caption == "sales - Industry"
    assert [row.label for row in table.rows] == ["Banks", "Sales"]
