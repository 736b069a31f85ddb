"""Borderless tables are found on real PDF pages, with their heads, titles and units."""

from __future__ import annotations

import pytest

from ingestion.documents import Box, Cell, Line, TableRow, Word
from ingestion.files import parse_file
from ingestion.layout.tables import find_tables, render_table

EDGES = (400.0, 480.0, 560.0)


def set_heads(*heads: str) -> list[tuple[float, float, str, str]]:
    return [(edge, 130.0, head, "right") for edge, head in zip(EDGES, heads, strict=True)]


YEARS = set_heads("2023", "2022", "2021")
RESULTS = (
    ("Net sales", "1,284.7", "1,208.6", "1,131.5"),
    ("Cost of sales", "842.8", "807.3", "746.8"),
    ("Other, net", "(52.3)", "(0.4)", "—"),
)


@pytest.fixture
def read_tables(draw_pdf):
    """Draw ink on one page and return the tables that are found there."""

    def read(*inks):
        content = draw_pdf([ink for part in inks for ink in part])
        return parse_file(content, "drawn.pdf").pages[0].tables

    return read


def test_years_stand_over_their_columns(read_tables, set_rows):
    (table,) = read_tables(YEARS, set_rows(*RESULTS))
    assert table.header == (("", "2023", "2022", "2021"),)
    sales = table.rows[0]
    assert (sales.label, sales.line, sales.parents) == ("Net sales", 1, ())
    assert sales.texts == ("1,284.7", "1,208.6", "1,131.5")


def test_negatives_keep_their_closing_parenthesis_though_it_hangs_outside(read_tables, set_rows):
    (table,) = read_tables(YEARS, set_rows(*RESULTS))
    assert table.rows[2].texts == ("(52.3)", "(0.4)", "—")


def test_a_currency_sign_that_stands_apart_joins_its_number(read_tables, set_rows):
    signs = [(edge - 65, 144.0, "$") for edge in EDGES]
    (table,) = read_tables(YEARS, signs, set_rows(*RESULTS))
    assert table.rows[0].texts == ("$1,284.7", "$1,208.6", "$1,131.5")
    assert table.rows[1].texts == ("842.8", "807.3", "746.8")
    assert table.unit == "USD"


def test_a_percent_sign_that_hangs_outside_joins_its_number(read_tables, set_rows):
    heads = set_heads("2023", "2022", "Change")
    rows = (("Growth", "12.5", "10.1", "(9.5)%"), ("Margin", "3.2", "4.0", "0.5%"))
    (table,) = read_tables(heads, set_rows(*rows))
    assert [row.texts[2] for row in table.rows] == ["(9.5)%", "0.5%"]
    assert table.header == (("", "2023", "2022", "Change"),)


def test_numbers_that_stand_close_together_are_cells_of_their_own(read_tables, set_rows):
    edges = (300.0, 330.0)
    rows = (("Net sales", "1,284", "1,208"), ("Cost of sales", "842", "807"))
    (table,) = read_tables(set_rows(*rows, edges=edges))
    assert [row.texts for row in table.rows] == [("1,284", "1,208"), ("842", "807")]


def test_a_missing_cell_leaves_its_column_empty(read_tables, set_rows):
    (table,) = read_tables(YEARS, set_rows(RESULTS[0], ("Impairment", "", "12.0", ""), RESULTS[1]))
    assert table.rows[1].texts == ("", "12.0", "")


def test_a_head_goes_to_each_column_that_it_spans(read_tables, set_rows):
    over = [(440.0, 116.0, "Net sales of the year", "center"), (560.0, 116.0, "Change", "right")]
    (table,) = read_tables(over, YEARS, set_rows(*RESULTS))
    spanning, years = table.header
    assert spanning == ("", "Net sales of the year", "Net sales of the year", "Change")
    assert years == ("", "2023", "2022", "2021")


def test_a_narrow_head_centred_over_three_columns_goes_to_all_three(read_tables, set_rows):
    over = [((EDGES[0] - 45 + EDGES[-1]) / 2, 116.0, "Years ended December 31,", "center")]
    (table,) = read_tables(over, YEARS, set_rows(*RESULTS))
    assert table.header[0] == ("", *["Years ended December 31,"] * 3)


def test_a_wrapped_label_stays_within_the_table(read_tables, set_rows):
    wrapped = (
        ("Accounts receivable, net of allowances for",),
        ("doubtful accounts", "175.2", "171.5", "160.0"),
    )
    (table,) = read_tables(YEARS, set_rows(RESULTS[0], *wrapped, RESULTS[1]))
    assert [row.label for row in table.rows] == [
        "Net sales",
        "Accounts receivable, net of allowances for doubtful accounts",
        "Cost of sales",
    ]


def test_a_sum_inside_a_label_is_no_cell(read_tables, set_rows):
    rows = (("Receivables, net of $4.1 and $3.9", "175.2", "171.5", "160.0"), *RESULTS)
    (table,) = read_tables(YEARS, set_rows(*rows))
    assert table.rows[0].label == "Receivables, net of $4.1 and $3.9"
    assert table.rows[0].texts == ("175.2", "171.5", "160.0")


def test_a_sub_heading_is_a_row_without_cells(read_tables, set_rows):
    (table,) = read_tables(YEARS, set_rows(("Operating expenses:",), *RESULTS))
    assert table.rows[0] == TableRow("Operating expenses:", (Cell(""),) * 3, line=1)


def test_title_and_note_on_units_become_caption_and_scale(read_tables, set_lines, set_rows):
    above = set_lines("Consolidated Statements of Income", "(In millions)", top=102)
    (table,) = read_tables(above, YEARS, set_rows(*RESULTS))
    assert table.caption == "Consolidated Statements of Income (In millions)"
    assert table.scale == 1_000_000
    assert table.first_line == 0


def test_without_a_note_on_units_nothing_is_assumed(read_tables, set_rows):
    (table,) = read_tables(YEARS, set_rows(*RESULTS))
    assert (table.caption, table.unit, table.scale) == ("", None, None)


PROSE = (
    "The company sells tools and garden goods in many countries and has done so for a long time,",
    "and it expects to do so for many more years as the markets that it serves grow and demand is",
)


def test_a_paragraph_that_ends_just_above_is_not_swallowed(read_tables, set_lines, set_rows):
    paragraph = set_lines(*PROSE, "high in all regions.", top=92)
    (table,) = read_tables(paragraph, YEARS, set_rows(*RESULTS))
    assert table.caption == ""
    assert table.first_line == 3


def test_a_paragraph_whose_last_line_is_full_is_not_swallowed(read_tables, set_lines, set_rows):
    (table,) = read_tables(set_lines(*PROSE, top=104), YEARS, set_rows(*RESULTS))
    assert table.caption == ""
    assert table.first_line == 2


def test_a_heading_far_above_is_not_the_title(read_tables, set_lines, set_rows):
    (table,) = read_tables(set_lines("Some heading", top=72), YEARS, set_rows(*RESULTS))
    assert table.caption == ""


def test_a_sentence_that_ends_in_a_colon_becomes_the_caption(read_tables, set_lines, set_rows):
    sentence = "The following table presents net sales and costs for each of the last three years:"
    (table,) = read_tables(
        set_lines(*PROSE, sentence, top=92), YEARS, set_rows(*RESULTS, edges=EDGES)
    )
    assert table.caption == sentence
    assert table.first_line == 2


def test_a_first_line_that_stands_apart_is_a_running_head_and_no_title(
    read_tables, set_lines, set_rows
):
    (table,) = read_tables(set_lines("Notes (continued)", top=100), YEARS, set_rows(*RESULTS))
    assert (table.caption, table.first_line) == ("", 1)


def test_a_first_line_that_announces_the_table_is_its_title_though_it_stands_apart(
    read_tables, set_lines, set_rows
):
    (table,) = read_tables(
        set_lines("Our segments (in millions):", top=100), YEARS, set_rows(*RESULTS)
    )
    assert (table.caption, table.scale) == ("Our segments (in millions):", 1_000_000)


def test_a_wrapped_sentence_that_ends_in_a_colon_still_tells_the_scale(
    read_tables, set_lines, set_rows
):
    """The last line of "... for each year (in / millions):" begins like the end of a paragraph."""
    paragraph = set_lines(*PROSE, "millions of dollars, as follows:", top=92)
    (table,) = read_tables(paragraph, YEARS, set_rows(*RESULTS))
    assert table.caption == " ".join((*PROSE, "millions of dollars, as follows:"))
    assert (table.unit, table.scale) == ("USD", 1_000_000)


def test_prose_with_numbers_is_no_table(read_tables, set_lines):
    assert not read_tables(
        set_lines(
            "In 2023 we sold 12 plants for 45.0 million and closed 3 others, with 1,200 people",
            "and in 2022 we sold 4 plants for 12.5 million and closed 2 others, with 300 people",
            "while in 2021 we sold 1 plant for 2.5 million and closed 7 others, with 800 people.",
        )
    )


def test_a_page_number_alone_is_no_table(read_tables, set_lines):
    assert not read_tables(set_lines("Some words"), [(306.0, 760.0, "12", "center")])


def test_two_tables_with_a_paragraph_between_are_two(read_tables, set_lines, set_rows):
    below = set_rows(("Cash", "1.0", "2.0", "3.0"), ("Debt", "4.0", "5.0", "6.0"), top=230)
    first, second = read_tables(YEARS, set_rows(*RESULTS), set_lines(*PROSE, top=195), below)
    assert [row.label for row in first.rows] == ["Net sales", "Cost of sales", "Other, net"]
    assert [row.label for row in second.rows] == ["Cash", "Debt"]
    assert first.last_line < second.first_line


def test_a_table_under_its_own_title_and_units_is_another(read_tables, set_lines, set_rows):
    between = set_lines("Payments due are as follows:", "(In thousands)", top=200, leading=14)
    below = set_rows(("Cash", "1.0", "2.0", "3.0"), ("Debt", "4.0", "5.0", "6.0"), top=228)
    tables = read_tables(YEARS, set_rows(*RESULTS), between, below)
    assert [table.scale for table in tables] == [None, 1_000]


def test_years_in_the_first_column_are_labels(read_tables, set_lines, set_rows):
    rows = (("2024", "12.5"), ("2025", "12.5"), ("Thereafter", "75.0"))
    (table,) = read_tables(set_lines("Payments due:", top=130), set_rows(*rows))
    assert [row.label for row in table.rows] == ["2024", "2025", "Thereafter"]
    assert table.caption == "Payments due:"


def test_a_piece_of_a_table_is_written_with_its_title_and_heads(read_tables, set_lines, set_rows):
    above = set_lines("Income", "(In millions)", top=102)
    (table,) = read_tables(above, YEARS, set_rows(*RESULTS))
    assert render_table(table, table.rows[2:]) == (
        "Income (In millions)\n||2023|2022|2021|\n|Other, net|(52.3)|(0.4)|—|"
    )


def test_a_page_without_lines_has_no_tables():
    assert find_tables(()) == ()


def test_words_without_a_place_make_no_table():
    line = Line((Word("Net sales"), Word("1"), Word("2")))
    placed = Line((Word("Cost", Box(1, 1, 9, 9)),))
    assert find_tables((placed, Line(()))) == ()
    assert line.box is None
