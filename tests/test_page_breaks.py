"""A table that runs over a page break keeps its title, heads, units and open sub-headings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.documents import Box, Cell, Line, Page, Table, TableRow, Word
from ingestion.layout.page_breaks import join_tables

YEARS = (("", "2023", "2022"),)


def build_page(table: Table, number: int = 1, *, below: int = 1, words_below: int = 2) -> Page:
    """Return a page whose lines are the table's, then `below` lines of a footer."""
    lines = [
        Line((Word(f"line{n}", Box(72, 12 * n, 99, 12 * n + 10)),))
        for n in range(table.last_line + 1)
    ]
    lines += [Line(tuple(Word("foot") for _ in range(words_below)))] * below
    return Page(number, tuple(lines), 612.0, 792.0, tables=(table,))


def build_table(
    *rows: TableRow, caption: str = "", header: tuple[tuple[str, ...], ...] = ()
) -> Table:
    first = max(0, (rows[0].line if rows else 0) - len(header) - bool(caption))
    return Table(
        caption, header, rows, None, None, first, max((row.line for row in rows), default=0)
    )


def build_row(
    label: str, line: int, *parents: str, cells: tuple[str, ...] = ("1.0", "2.0")
) -> TableRow:
    return TableRow(label, tuple(Cell(text) for text in cells), line, parents)


UPPER = replace(
    build_table(
        build_row("Operating activities:", 3, cells=("", "")),
        build_row("Net income", 4, "Operating activities"),
        caption="Cash Flows (In millions)",
        header=YEARS,
    ),
    unit="USD",
    scale=1_000_000,
    statement="cash_flow",
    section="Item 8",
)
BARE = replace(
    build_table(build_row("Inventories", 0), build_row("Dividends", 1)),
    grade=0.5,
    faults=("2 of 2 columns have no head", "1 of 9 rows have no label"),
)


def join(upper: Table, lower: Table, **footer: int) -> Table:
    return join_tables(build_page(upper, 1, **footer), build_page(lower, 2)).tables[0]


def test_rows_without_heads_on_the_next_page_take_all_from_the_beginning():
    joined = join(UPPER, BARE)
    assert joined.continues
    assert (joined.caption, joined.header) == ("Cash Flows (In millions)", YEARS)
    assert (joined.unit, joined.scale) == ("USD", 1_000_000)
    assert (joined.statement, joined.section) == ("cash_flow", "Item 8")


def test_the_missing_heads_are_no_fault_of_the_rest():
    joined = join(UPPER, BARE)
    assert (joined.grade, joined.faults) == (1.0, ("1 of 9 rows have no label",))


def test_the_sub_heading_that_was_open_holds_on_the_next_page():
    assert [row.parents for row in join(UPPER, BARE).rows] == [("Operating activities",)] * 2


def test_it_holds_up_to_its_total():
    rows = (
        build_row("Inventories", 0),
        build_row("Net cash from operating activities", 1),
        build_row("Dividends", 2),
    )
    joined = join(UPPER, build_table(*rows))
    assert [row.parents for row in joined.rows] == [("Operating activities",), (), ()]


def test_it_holds_up_to_the_next_sub_heading():
    rows = (
        build_row("Inventories", 0),
        build_row("Investing activities:", 1, cells=("", "")),
        build_row("Plant", 2, "Investing activities"),
    )
    joined = join(UPPER, build_table(*rows))
    assert [row.parents for row in joined.rows] == [
        ("Operating activities",),
        (),
        ("Investing activities",),
    ]


def test_a_total_of_the_inner_sub_heading_leaves_the_outer_one_open():
    upper = build_table(build_row("Cash", 1, "Assets", "Current assets"), header=YEARS)
    lower = build_table(build_row("Total current assets", 0), build_row("Goodwill", 1))
    assert [row.parents for row in join(upper, lower).rows] == [("Assets",), ("Assets",)]


@pytest.mark.parametrize(
    "caption", ["Cash Flows (continued)", "Cash Flows - Cont'd", "CASH FLOWS, CONTINUED"]
)
def test_a_title_that_says_continued_joins_tables_with_repeated_heads(caption):
    lower = build_table(build_row("Inventories", 3), caption=caption, header=YEARS)
    assert join(UPPER, lower).continues


def test_the_same_title_and_heads_join_though_nothing_says_continued():
    lower = build_table(build_row("Debt", 3), caption="Cash Flows (In millions)", header=YEARS)
    assert join(UPPER, lower).continues


def test_another_title_under_the_same_heads_begins_another_table():
    lower = build_table(build_row("Debt", 3), caption="Balance Sheets", header=YEARS)
    assert join(UPPER, lower) == lower


def test_other_heads_begin_another_table():
    lower = build_table(build_row("Debt", 2), header=(("", "2021", "2020"),))
    assert join(UPPER, lower) == lower


def test_another_number_of_columns_begins_another_table():
    lower = build_table(build_row("Debt", 0, cells=("1.0", "2.0", "3.0")))
    assert join(UPPER, lower) == lower


def test_prose_below_the_upper_table_ends_it():
    assert join(UPPER, BARE, below=3, words_below=18) == BARE


def test_prose_above_the_lower_table_begins_another():
    lower = build_table(build_row("Debt", 9), build_row("Leases", 10))
    assert join(UPPER, lower) == lower


def test_sheets_are_never_joined():
    sheet = replace(build_page(BARE, 2), label="Sheet2")
    assert join_tables(build_page(UPPER), sheet) == sheet


ROWS = st.lists(
    st.builds(
        lambda label, cells, parents: (label, tuple(cells), tuple(parents)),
        st.sampled_from(
            ["", "Cash", "Total assets", "Assets:", "Net cash from investing activities"]
        ),
        st.lists(st.sampled_from(["", "1.0", "—"]), max_size=3),
        st.lists(st.sampled_from(["Assets", "Investing activities"]), max_size=2),
    ),
    max_size=5,
)
HEADS = st.lists(st.tuples(st.just(""), st.sampled_from(["", "2023"])), max_size=2)
TABLES = st.builds(
    lambda rows, header, caption: build_table(
        *(
            TableRow(label, tuple(map(Cell, cells)), line, parents)
            for line, (label, cells, parents) in enumerate(rows)
        ),
        caption=caption,
        header=tuple(header),
    ),
    ROWS,
    HEADS,
    st.sampled_from(["", "Cash Flows", "Cash Flows (continued)", "(continued)"]),
)


@given(TABLES, TABLES)
def test_joining_never_fails_and_loses_no_cell(upper, lower):
    joined = join(upper, lower)
    assert [(row.label, row.cells, row.line) for row in joined.rows] == [
        (row.label, row.cells, row.line) for row in lower.rows
    ]
    assert (joined.first_line, joined.last_line) == (lower.first_line, lower.last_line)
