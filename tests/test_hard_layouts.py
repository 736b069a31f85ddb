"""Layouts that filings really use, drawn as pages: each is read row by row as it is printed."""

from __future__ import annotations

import io
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from ingestion.documents import Box, Line, Table, Word
from ingestion.figures import parse_figure
from ingestion.files import parse_file
from ingestion.layout.tables import find_tables
from ingestion.readers.pdf import render_page

EDGES = (400.0, 480.0, 560.0)
# How far left of a column's right edge its "$" stands.
SIGN = 62.0
CENTER = (EDGES[0] - 34 + EDGES[-1]) / 2


def set_grid(*rows, edges=EDGES, top=144.0, leading=13.0, sign=SIGN):
    """Set rows as statements do: "$ 1" with its sign at the column's left, ")" and "%" hanging.

    Two leading spaces of a label are ten points of indentation.
    """
    inks = []
    for number, (label, *cells) in enumerate(rows):
        y = top + leading * number
        text = label.lstrip()
        inks.append((72.0 + 5.0 * (len(label) - len(text)), y, text))
        for edge, cell in zip(edges, cells, strict=False):
            body = cell.removeprefix("$ ")
            if body != cell:
                inks.append((edge - sign, y, "$"))
            digits = body.rstrip(")%")
            inks.append((edge, y, digits, "right"))
            inks.append((edge, y, body[len(digits) :]))
    return [ink for ink in inks if ink[2]]


def set_heads(*heads, edges=EDGES, y=130.0):
    return [(edge, y, head, "right") for edge, head in zip(edges, heads, strict=True) if head]


YEARS = set_heads("2023", "2022", "2021")
RESULTS = (
    ("Net sales", "$ 1,284.7", "$ 1,208.6", "$ 1,131.5"),
    ("Cost of sales", "842.8", "807.3", "746.8"),
    ("Other, net", "(52.3)", "(0.4)", "—"),
)
RESULTS_READ = [
    ("Net sales", "$1,284.7", "$1,208.6", "$1,131.5"),
    ("Cost of sales", "842.8", "807.3", "746.8"),
    ("Other, net", "(52.3)", "(0.4)", "—"),
]


@pytest.fixture
def read_pages(draw_pdf):
    def read(*pages, **drawing):
        return parse_file(draw_pdf(*pages, **drawing), "drawn.pdf").pages

    return read


@pytest.fixture
def read_tables(read_pages):
    def read(*inks, **drawing):
        return read_pages([ink for part in inks for ink in part], **drawing)[0].tables

    return read


def rows_of(table: Table) -> list[tuple[str, ...]]:
    return [(row.label, *row.texts) for row in table.rows]


def parents_of(table: Table) -> list[tuple[str, tuple[str, ...]]]:
    return [(row.label, row.parents) for row in table.rows]


# Labels


def test_a_label_over_three_lines_with_its_figures_on_the_last(read_tables):
    rows = (
        RESULTS[0],
        ("Accounts receivable, net of",),
        ("  allowances for doubtful",),
        ("  accounts", "175.2", "171.5", "160.0"),
        ("Inventories", "12.0", "11.0", "10.0"),
    )
    (table,) = read_tables(YEARS, set_grid(*rows))
    assert rows_of(table) == [
        RESULTS_READ[0],
        ("Accounts receivable, net of allowances for doubtful accounts", "175.2", "171.5", "160.0"),
        ("Inventories", "12.0", "11.0", "10.0"),
    ]


def test_a_label_over_three_lines_with_its_figures_on_the_first(read_tables):
    rows = (
        RESULTS[0],
        ("Accounts receivable, net of", "175.2", "171.5", "160.0"),
        ("  allowances for doubtful",),
        ("  accounts of customers",),
        ("Inventories", "12.0", "11.0", "10.0"),
    )
    (table,) = read_tables(YEARS, set_grid(*rows))
    assert rows_of(table) == [
        RESULTS_READ[0],
        (
            "Accounts receivable, net of allowances for doubtful accounts of customers",
            *("175.2", "171.5", "160.0"),
        ),
        ("Inventories", "12.0", "11.0", "10.0"),
    ]


def test_a_label_whose_second_line_begins_with_lower_case(read_tables):
    rows = (
        RESULTS[1],
        ("Proceeds from the sale",),
        ("of property and plant", "175.2", "171.5", "160.0"),
        ("Inventories", "12.0", "11.0", "10.0"),
    )
    (table,) = read_tables(YEARS, set_grid(*rows))
    assert rows_of(table)[1] == (
        "Proceeds from the sale of property and plant",
        *("175.2", "171.5", "160.0"),
    )


def test_figures_within_a_wrapped_label_are_no_cells(read_tables):
    edges = (420.0, 500.0)
    rows = (
        ("Cash", "$ 1.0", "$ 2.0"),
        ("Common stock, par value $.01 per share; shares",),
        ("  outstanding — 2023: 553,000; 2022: 549,000", "9.0", "8.0"),
        ("Total equity", "$ 10.0", "$ 10.0"),
    )
    (table,) = read_tables(set_heads("2023", "2022", edges=edges), set_grid(*rows, edges=edges))
    assert rows_of(table) == [
        ("Cash", "$1.0", "$2.0"),
        (
            "Common stock, par value $.01 per share; shares outstanding — 2023: 553,000; "
            "2022: 549,000",
            *("9.0", "8.0"),
        ),
        ("Total equity", "$10.0", "$10.0"),
    ]


# Heads


def test_heads_in_three_lines(read_tables):
    lines = (("As", "As", ""), ("reported", "restated", "Percent"), ("2023", "2022", "change"))
    heads = [ink for n, line in enumerate(lines) for ink in set_heads(*line, y=104.0 + 13 * n)]
    rows = (
        ("Net sales", "$ 1,284.7", "$ 1,208.6", "6.3%"),
        ("Cost of sales", "842.8", "(807.3)", "(4.4)%"),
    )
    (table,) = read_tables(heads, set_grid(*rows))
    assert table.header == tuple(("", *line) for line in lines)
    assert [table.head_of(column) for column in range(3)] == [
        "As reported 2023",
        "As restated 2022",
        "Percent change",
    ]
    assert rows_of(table) == [
        ("Net sales", "$1,284.7", "$1,208.6", "6.3%"),
        ("Cost of sales", "842.8", "(807.3)", "(4.4)%"),
    ]


QUARTER_EDGES = (330.0, 400.0, 480.0, 550.0)
QUARTERS = (
    ("Net sales", "$ 312.4", "$ 300.1", "$ 612.4", "$ 590.0"),
    ("Cost of sales", "(210.0)", "(205.5)", "(415.0)", "(401.2)"),
)


@pytest.mark.parametrize("rules", [((278, 119, 402), (428, 119, 552)), ()])
def test_three_and_six_months_stand_over_two_columns_each(read_tables, rules):
    spanning = [
        (340.0, 104.0, "Three Months Ended", "center"),
        (490.0, 104.0, "Six Months Ended", "center"),
        (340.0, 117.0, "June 30,", "center"),
        (490.0, 117.0, "June 30,", "center"),
    ]
    years = set_heads("2023", "2022", "2023", "2022", edges=QUARTER_EDGES)
    grid = set_grid(*QUARTERS, edges=QUARTER_EDGES, sign=50.0)
    (table,) = read_tables(spanning, years, grid, rules=rules)
    three, six = ("Three Months Ended",) * 2, ("Six Months Ended",) * 2
    assert table.header == (
        ("", *three, *six),
        ("", *["June 30,"] * 4),
        ("", "2023", "2022", "2023", "2022"),
    )
    assert rows_of(table) == [
        ("Net sales", "$312.4", "$300.1", "$612.4", "$590.0"),
        ("Cost of sales", "(210.0)", "(205.5)", "(415.0)", "(401.2)"),
    ]


def test_years_over_uneven_groups_with_rules(read_tables):
    edges = (250.0, 312.0, 380.0, 460.0, 540.0)
    heads = [(294.0, 115.0, "2023", "center"), (478.0, 115.0, "2022", "center")]
    heads += set_heads("Gross", "Amort.", "Net", "Gross", "Net", edges=edges)
    rows = (
        ("Patents", "$ 120.0", "$ (40.0)", "$ 80.0", "$ 110.0", "$ 85.0"),
        ("Trademarks", "60.0", "(12.0)", "48.0", "60.0", "51.0"),
    )
    rules = ((205, 118, 384), (415, 118, 542))
    (table,) = read_tables(heads, set_grid(*rows, edges=edges, sign=45.0), rules=rules)
    assert table.header == (
        ("", "2023", "2023", "2023", "2022", "2022"),
        ("", "Gross", "Amort.", "Net", "Gross", "Net"),
    )
    assert rows_of(table) == [
        ("Patents", "$120.0", "$(40.0)", "$80.0", "$110.0", "$85.0"),
        ("Trademarks", "60.0", "(12.0)", "48.0", "60.0", "51.0"),
    ]


def test_what_stands_over_the_labels_is_no_head_of_a_column(read_tables):
    (table,) = read_tables([(72.0, 130.0, "Year ended December 31,")], YEARS, set_grid(*RESULTS))
    assert table.header == (("Year ended December 31,", "2023", "2022", "2021"),)


# Figures


def test_signs_at_the_edges_of_columns_join_their_numbers(read_tables):
    rows = (
        ("Revenue", "$ 12", "$ 9", "$ 1,131,004"),
        ("Loss", "$ (842.0)", "(7.1)", "(19.5)%"),
        ("Margin", "5%", "—%", "$ —"),
        ("Nil", "—", "–", "$ -"),
    )
    (table,) = read_tables(YEARS, set_grid(*rows))
    assert rows_of(table) == [
        ("Revenue", "$12", "$9", "$1,131,004"),
        ("Loss", "$(842.0)", "(7.1)", "(19.5)%"),
        ("Margin", "5%", "—%", "$—"),
        ("Nil", "—", "–", "$-"),
    ]
    values = [[str(parse_figure(text).value) for text in row.texts] for row in table.rows]
    assert values[1] == ["-842.0", "-7.1", "-19.5"]
    assert values[3] == ["0", "0", "0"]


def test_footnote_marks_change_no_number(read_tables):
    """Small and raised, glued to a label, behind one, behind a number, glued to one."""
    raised = [(116.0, 140.0, "1", "left", 6.0), (482.0, 153.0, "(a)", "left", 6.0)]
    rows = (
        ("Goodwill", "1,284.7", "1,208.6", "1,131.5"),
        ("Debt(1)", "842.8", "807.3", "746.8"),
        ("Leases (2)", "52.3", "0.4", "1.0"),
        ("Pensions", "99.1(3)", "98.2", "97.0"),
    )
    behind = [(561.0, 144.0 + 13 * 2, "(4)")]
    (table,) = read_tables(YEARS, raised, set_grid(*rows), behind)
    assert [row.label for row in table.rows] == ["Goodwill", "Debt(1)", "Leases (2)", "Pensions"]
    values = [[str(parse_figure(text).value) for text in row.texts] for row in table.rows]
    assert values == [
        ["1284.7", "1208.6", "1131.5"],
        ["842.8", "807.3", "746.8"],
        ["52.3", "0.4", "1.0"],
        ["99.1", "98.2", "97.0"],
    ]


def find_ink(picture: Image.Image, scale: float, box: Box) -> Box:
    """Return the extent of the ink in and around a box of a page's picture."""
    margin = 3.0
    left, top = int((box.x0 - margin) * scale), int((box.top - margin) * scale)
    area = (left, top, int((box.x1 + margin) * scale), int((box.bottom + margin) * scale))
    ink = ImageOps.invert(picture.crop(area)).point(lambda level: 255 * (level > 80)).getbbox()
    assert ink is not None
    x0, upper, x1, lower = ink
    return Box(*(edge / scale for edge in (x0 + left, upper + top, x1 + left, lower + top)))


@pytest.mark.parametrize("turned", [False, True])
def test_the_box_of_a_figure_lies_where_its_ink_is(draw_pdf, tmp_path, turned):
    """Left and right within 1.5 points; above and below the box is the type's whole height."""
    path, scale = tmp_path / "drawn.pdf", 5.0
    path.write_bytes(draw_pdf([*YEARS, *set_grid(*RESULTS, leading=24)], turned=turned))
    (table,) = parse_file(path.read_bytes(), path.name).pages[0].tables
    picture = Image.open(io.BytesIO(render_page(path, 1, scale))).convert("L")
    for cell in (cell for row in table.rows for cell in row.cells):
        ink = find_ink(picture, scale, cell.box)
        assert cell.box.x0 == pytest.approx(ink.x0, abs=1.5)
        assert cell.box.x1 == pytest.approx(ink.x1, abs=1.5)
        assert cell.box.top - 0.5 <= ink.top <= ink.bottom <= cell.box.bottom + 0.5


def test_a_landscape_page_that_is_shown_turned_is_read_like_any_other(read_pages):
    (page,) = read_pages([*YEARS, *set_grid(*RESULTS)], turned=True)
    assert (page.width, page.height) == (792.0, 612.0)
    (table,) = page.tables
    assert table.header == (("", "2023", "2022", "2021"),)
    assert rows_of(table) == RESULTS_READ


# Sub-headings

ASSETS = (
    ("Assets",),
    ("  Current assets:",),
    ("    Cash", "1.0", "2.0", "3.0"),
    ("    Inventories", "4.0", "5.0", "6.0"),
    ("  Total current assets", "5.0", "7.0", "9.0"),
    ("  Goodwill", "1.0", "1.0", "1.0"),
    ("Total assets", "6.0", "8.0", "10.0"),
    ("Liabilities",),
    ("  Debt", "1.0", "1.0", "1.0"),
)


def test_indented_sub_headings_are_the_parents_of_their_rows_alone(read_tables):
    (table,) = read_tables(YEARS, set_grid(*ASSETS))
    assert parents_of(table) == [
        ("Assets", ()),
        ("Current assets:", ("Assets",)),
        ("Cash", ("Assets", "Current assets")),
        ("Inventories", ("Assets", "Current assets")),
        ("Total current assets", ("Assets",)),
        ("Goodwill", ("Assets",)),
        ("Total assets", ()),
        ("Liabilities", ()),
        ("Debt", ("Liabilities",)),
    ]
    assert table.rows[1].texts == ("", "", "")


def test_flat_sub_headings_hold_up_to_their_total(read_tables):
    rows = (
        ("Current assets:",),
        ("Cash", "1.0", "2.0", "3.0"),
        ("Total current assets", "5.0", "7.0", "9.0"),
        ("Goodwill", "1.0", "1.0", "1.0"),
        ("Operating activities",),
        ("Net income", "7.0", "8.0", "9.0"),
        ("Net cash from operating activities", "14.0", "16.0", "18.0"),
        ("Dividends", "1.0", "1.0", "1.0"),
    )
    (table,) = read_tables(YEARS, set_grid(*rows))
    assert parents_of(table) == [
        ("Current assets:", ()),
        ("Cash", ("Current assets",)),
        ("Total current assets", ()),
        ("Goodwill", ()),
        ("Operating activities", ()),
        ("Net income", ("Operating activities",)),
        ("Net cash from operating activities", ()),
        ("Dividends", ()),
    ]


# Page breaks

TITLE = [(72.0, 90.0, "Consolidated Statements of Cash Flows"), (72.0, 103.0, "(In millions)")]
BEGINNING = (
    ("Operating activities:",),
    ("  Net income", "1.0", "2.0", "3.0"),
    ("  Depreciation", "4.0", "5.0", "6.0"),
)
REST = (
    ("  Inventories", "7.0", "8.0", "9.0"),
    ("  Other", "0.1", "(0.2)", "—"),
    ("Net cash from operating activities", "12.1", "14.8", "18.0"),
    ("Dividends", "1.0", "1.0", "1.0"),
)
FOOT = [(306.0, 750.0, "F-12", "center")]
CONTINUED = "Consolidated Statements of Cash Flows (continued)"


@pytest.mark.parametrize(
    "second",
    [
        [(72.0, 90.0, CONTINUED), (72.0, 103.0, "(In millions)"), *YEARS, *set_grid(*REST)],
        [(72.0, 90.0, CONTINUED), *set_grid(*REST, top=110)],
        set_grid(*REST, top=90),
        [(306.0, 50.0, "Table of Contents", "center"), *set_grid(*REST, top=90)],
    ],
    ids=["title and heads", "title alone", "bare", "under a running head"],
)
def test_a_table_goes_on_behind_a_page_break(read_pages, second):
    pages = read_pages([*TITLE, *YEARS, *set_grid(*BEGINNING), *FOOT], [*second, *FOOT])
    (beginning,), (rest,) = (page.tables for page in pages)
    assert (beginning.continues, rest.continues) == (False, True)
    assert rest.header == beginning.header == (("", "2023", "2022", "2021"),)
    assert rest.caption == "Consolidated Statements of Cash Flows (In millions)"
    assert (rest.scale, rest.statement, rest.grade) == (1_000_000, "cash_flow", 1.0)
    assert rows_of(rest) == [
        ("Inventories", "7.0", "8.0", "9.0"),
        ("Other", "0.1", "(0.2)", "—"),
        ("Net cash from operating activities", "12.1", "14.8", "18.0"),
        ("Dividends", "1.0", "1.0", "1.0"),
    ]
    under = ("Operating activities",)
    assert [row.parents for row in rest.rows] == [under, under, (), ()]


def test_another_statement_on_the_next_page_is_another_table(read_pages):
    other = [(72.0, 90.0, "Consolidated Balance Sheets"), (72.0, 103.0, "(In thousands)")]
    pages = read_pages(
        [*TITLE, *YEARS, *set_grid(*BEGINNING), *FOOT], [*other, *YEARS, *set_grid(*RESULTS)]
    )
    (table,) = pages[1].tables
    assert not table.continues
    assert (table.scale, table.statement) == (1_000, "balance_sheet")


# Titles and units


def test_a_heading_between_two_tables_is_the_title_of_the_second(read_tables):
    below = (("Saws", "1.0", "2.0", "3.0"), ("Drills", "4.0", "5.0", "6.0"))
    tables = read_tables(
        [(72.0, 104.0, "Revenue by region")],
        YEARS,
        set_grid(*RESULTS),
        [(72.0, 210.0, "Revenue by product")],
        set_heads("2023", "2022", "2021", y=224.0),
        set_grid(*below, top=238.0),
    )
    assert [table.caption for table in tables] == ["Revenue by region", "Revenue by product"]
    assert [table.header for table in tables] == [(("", "2023", "2022", "2021"),)] * 2
    assert [rows_of(table) for table in tables] == [RESULTS_READ, list(below)]


def test_a_table_of_one_row_under_dates(read_tables):
    edges = (400.0, 520.0)
    (table,) = read_tables(
        [(72.0, 104.0, "The allowance was as follows (in millions):")],
        set_heads("December 31, 2023", "December 31, 2022", edges=edges),
        set_grid(("Allowance for credit losses", "$ 12.4", "$ 11.9"), edges=edges),
    )
    assert table.header == (("", "December 31, 2023", "December 31, 2022"),)
    assert rows_of(table) == [("Allowance for credit losses", "$12.4", "$11.9")]
    assert (table.unit, table.scale) == ("USD", 1_000_000)


NOTE = "(In millions, except per share data)"
STATEMENT = "Consolidated Statements of Income"


@pytest.mark.parametrize(
    "above",
    [
        [(72.0, 90.0, STATEMENT), (72.0, 104.0, NOTE)],
        [(316.0, 90.0, STATEMENT, "center"), (316.0, 104.0, NOTE, "center")],
        [(72.0, 112.0, STATEMENT), (72.0, 130.0, NOTE)],
        [(72.0, 104.0, STATEMENT), (CENTER, 117.0, NOTE, "center")],
    ],
    ids=["above", "centred", "beside the heads", "over the heads"],
)
def test_a_note_on_units_is_read_wherever_it_stands(read_tables, above):
    (table,) = read_tables(above, YEARS, set_grid(*RESULTS))
    assert (table.unit, table.scale) == ("USD", 1_000_000)
    assert table.caption.startswith(STATEMENT)
    assert [head[1:] for head in table.header] == [("2023", "2022", "2021")]
    assert rows_of(table) == RESULTS_READ


def test_a_title_in_the_middle_of_the_page_is_no_head_of_a_narrower_table(read_tables):
    edges = (340.0, 420.0)
    running = [(72.0, 60.0, "Bramblewick Tools, Inc."), (540.0, 60.0, "Annual report", "right")]
    title = [(306.0, 100.0, "CONSOLIDATED BALANCE SHEETS", "center")]
    rows = (("Cash", "$ 1.0", "$ 2.0"), ("Goodwill", "3.0", "4.0"))
    (table,) = read_tables(
        running, title, set_heads("2023", "2022", edges=edges), set_grid(*rows, edges=edges)
    )
    assert (table.caption, table.header) == (
        "CONSOLIDATED BALANCE SHEETS",
        (("", "2023", "2022"),),
    )


def test_a_scale_under_the_title_of_the_notes_holds_for_their_tables(read_pages):
    notes = [
        (72.0, 90.0, "NOTES TO CONSOLIDATED FINANCIAL STATEMENTS"),
        (72.0, 104.0, "(Unless otherwise noted, in millions)"),
        (72.0, 130.0, "We sell tools."),
    ]
    debt = [(72.0, 104.0, "Debt consists of:"), *YEARS, *set_grid(*RESULTS)]
    pages = read_pages(notes, debt)
    assert [table.scale for table in pages[1].tables] == [1_000_000]


# What is no table


def set_pairs(*pairs, top=100.0):
    return [
        ink
        for n, (label, end) in enumerate(pairs)
        for ink in ((72.0, top + 14 * n, label), (540.0, top + 14 * n, end, "right"))
    ]


CONTENTS = (
    ("Item 1. Business", "3"),
    ("Item 1A. Risk Factors", "9"),
    ("Item 2. Properties", "20"),
    ("Item 8. Financial Statements", "41"),
)


def test_a_list_of_contents_is_no_table(read_tables):
    assert read_tables(set_pairs(*CONTENTS)) == ()


def test_a_list_of_contents_under_a_head_for_its_pages_is_no_table(read_tables):
    entries = [(label.partition(". ")[2], page) for label, page in CONTENTS]
    assert read_tables([(540.0, 86.0, "Page", "right")], set_pairs(*entries)) == ()


@pytest.mark.parametrize("right", [False, True])
def test_a_column_of_marks_is_no_table(read_tables, right):
    names = ("Certificate of Incorporation", "Bylaws", "Indenture", "Lease")
    marks = ("(1)", "(1)", "(2)", "(3)")
    pairs = zip(names, marks, strict=True) if right else zip(marks, names, strict=True)
    assert read_tables(set_pairs(*pairs)) == ()


def test_a_page_of_prose_with_figures_is_no_table(read_tables, set_lines):
    prose = set_lines(
        "Net sales rose to $1,284.7 million in 2023 from $1,208.6 million in 2022, or 6.3%, on",
        "higher volumes in 3 of our 4 segments, the opening of 12 stores, and a gain of 2.1%",
        "from prices. In 2022 net sales rose by 6.8% from $1,131.5 million in 2021, of which",
        "4.0% came from prices. We closed 3 stores in 2023, 5 in 2022 and 7 in 2021, and opened",
        "12, 9 and 4. As of December 31, 2023 we had 1,204 stores, 1,195 of which were leased.",
    )
    assert read_tables(prose) == ()


# Any table

CHARACTER = 5.0
FIRST_EDGE, PITCH = 300.0, 75.0
AMOUNTS = st.one_of(
    st.integers(0, 999).map(str),
    st.integers(1_000, 9_999_999).map("{:,}".format),
    st.decimals(0, 99_999, places=1).map("{:,}".format),
)
FIGURES = st.one_of(AMOUNTS, AMOUNTS.map("({})".format), AMOUNTS.map("$ {}".format), st.just("—"))
LABELS = st.lists(
    st.sampled_from(["Cash", "Goodwill", "Net sales", "Debt, net", "Other", "Leases"]),
    min_size=1,
    max_size=3,
).map(" ".join)


@st.composite
def tables(draw):
    """A table's rows of a label and cells; an empty cell prints nothing."""
    columns = draw(st.integers(1, 5))
    count = draw(st.integers(3, 9))
    # A first row without gaps, wide enough that every column is seen.
    rows = [(draw(LABELS), *(f"{draw(st.integers(100, 999))}.5" for _ in range(columns)))]
    for _ in range(count - 1):
        cells = draw(
            st.lists(st.one_of(FIGURES, FIGURES, st.just("")), min_size=columns, max_size=columns)
        )
        if any(cells):
            rows.append((draw(LABELS), *cells))
    # Three rows make a table whatever its columns.
    return [rows[0], rows[0], *rows]


def set_line(number: int, label: str, cells: tuple[str, ...]) -> Line:
    """Set a row: digits end at the column's edge, ")" hangs behind, "$" at the column's left."""
    top = 100.0 + 13.0 * number
    placed: list[tuple[float, str]] = []
    left = 72.0
    for word in label.split():
        placed.append((left, word))
        left += CHARACTER * len(word) + 3.0
    for column, cell in enumerate(cells):
        edge = FIRST_EDGE + PITCH * column
        body = cell.removeprefix("$ ")
        if body != cell:
            placed.append((edge - 60.0, "$"))
        if body:
            placed.append((edge - CHARACTER * len(body.removesuffix(")")), body))
    return Line(
        tuple(Word(text, Box(x, top, x + CHARACTER * len(text), top + 10)) for x, text in placed)
    )


@settings(max_examples=60)
@given(tables())
def test_any_table_comes_back_with_each_cell_in_its_column(rows):
    lines = [set_line(number, label, tuple(cells)) for number, (label, *cells) in enumerate(rows)]
    (table,) = find_tables(lines)
    assert rows_of(table) == [
        (label, *(cell.replace("$ ", "$") for cell in cells)) for label, *cells in rows
    ]
    assert [row.line for row in table.rows] == list(range(len(rows)))
    for upper, lower in pairwise(table.rows):
        assert len(upper.cells) == len(lower.cells)
    for row in table.rows:
        for column, cell in enumerate(row.cells):
            edge = FIRST_EDGE + PITCH * column
            assert cell.box is None or abs(cell.box.x1 - edge) <= CHARACTER
