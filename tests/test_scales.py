"""A scale that is declared once holds for the tables of money after it, until another is."""

from __future__ import annotations

import pytest

from ingestion.documents import Cell, Line, Page, Table, TableRow, Word
from ingestion.layout.scales import ScaleReader


def build_table(first: int, unit: str | None = "USD", scale: int | None = None) -> Table:
    row = TableRow("Debt", (Cell("1.0"),), first)
    return Table("", (), (row,), unit, scale, first, first)


def build_page(*texts: str, number: int = 1, tables: tuple[Table, ...] = ()) -> Page:
    lines = [Line(tuple(Word(word) for word in text.split())) for text in texts]
    return Page(number, lines, 612.0, 792.0, tables=tables)


def scales_of(*pages: Page) -> list[list[int | None]]:
    reader = ScaleReader()
    return [[table.scale for table in reader.read(page).tables] for page in pages]


@pytest.mark.parametrize(
    ("texts", "scale"),
    [
        (("(Unless otherwise noted, in millions)",), 1_000_000),
        (("Amounts are in thousands unless otherwise indicated.",), 1_000),
        (("All dollar amounts in this report are in billions.",), 1_000_000_000),
        (("(Amounts in tables in", "thousands, except per share data)"), 1_000),
        (("Unless otherwise stated, figures are", "given in millions of dollars."), 1_000_000),
    ],
)
def test_a_declaration_holds_for_later_tables_of_money(texts, scale):
    pages = build_page(*texts), build_page("Debt", number=2, tables=(build_table(0),))
    assert scales_of(*pages) == [[], [scale]]


def test_a_table_that_states_its_own_scale_keeps_it():
    page = build_page(
        "(Unless otherwise noted, in millions)", tables=(build_table(1, scale=1_000),)
    )
    assert scales_of(page) == [[1_000]]


def test_a_table_without_money_is_given_no_scale():
    page = build_page("(Unless otherwise noted, in millions)", tables=(build_table(1, unit=None),))
    assert scales_of(page) == [[None]]


def test_a_later_declaration_takes_the_place_of_the_first():
    assert scales_of(
        build_page("Unless otherwise noted, in millions", tables=(build_table(1),)),
        build_page("Unless otherwise noted, in thousands", number=2, tables=(build_table(1),)),
    ) == [[1_000_000], [1_000]]


def test_a_later_part_of_the_filing_ends_it():
    page = build_page("Item 10. Directors", number=2, tables=(build_table(1),))
    assert scales_of(build_page("Unless otherwise noted, in millions"), page) == [[], [None]]


def test_a_scale_in_prose_declares_nothing():
    page = build_page("We expect to spend 12 in millions of small steps.", tables=(build_table(1),))
    assert scales_of(page) == [[None]]


def test_a_table_right_below_another_shares_its_scale():
    page = build_page("a", tables=(build_table(3, scale=1_000), build_table(5)))
    assert scales_of(page) == [[1_000, 1_000]]


@pytest.mark.parametrize("below", [build_table(12), build_table(5, unit="EUR")])
def test_a_table_far_below_or_of_another_currency_does_not(below):
    page = build_page("a", tables=(build_table(3, scale=1_000), below))
    assert scales_of(page) == [[1_000, None]]


def test_a_sheet_is_left_as_it_is():
    sheet = Page(1, (), label="Sales", tables=(build_table(0),))
    assert ScaleReader().read(sheet) is sheet
