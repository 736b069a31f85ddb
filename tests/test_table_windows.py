from random import Random

from training.over_tables.table_examples import add_table, draw_others, draw_windows, find_window
from training.over_tables.table_plans import Lookup, TablePlan
from training.over_tables.tables import (
    MOST_CHARACTERS,
    cut_paragraph,
    cut_window,
    fit_rows,
    read_table,
)

ROWS = [
    ["", "2019", "2018"],
    ["Current assets:", "", ""],
    ["Cash", "$130", "$91"],
    ["Inventories", "124", "114"],
    ["Liabilities:", "", ""],
    ["Accounts payable", "118", "138"],
]


def read(rows=ROWS, document="set:1", paragraphs=()):
    table = read_table(document, rows, "(In millions)", paragraphs)
    assert table is not None
    return table


def place_of(table, label):
    return next(at for at, row in enumerate(table.table.rows) if row.label == label)


def test_a_window_has_the_title_the_heads_and_the_rows_as_the_search_cuts_them():
    table = read()

    assert cut_window(table, [place_of(table, "Cash")]).passages == (
        "(In millions)\n||2019|2018|\n|Current assets:|||\n|Cash|$130|$91|",
    )


def test_a_sub_heading_stands_above_the_rows_below_it():
    table = read()
    payable = place_of(table, "Accounts payable")

    assert "|Liabilities:|||\n|Accounts payable|118|138|" in cut_window(table, [payable]).text


def test_a_window_knows_only_the_figures_that_stand_in_it():
    table = read()
    cash = place_of(table, "Cash")

    assert {cell.item for cell in cut_window(table, [cash]).cells} == {"Cash"}


def test_rows_that_do_not_fit_are_left_out():
    rows = [["", "2019"], *([f"Item {number} {'of sales ' * 8}", "1"] for number in range(60))]
    table = read(rows)
    kept = fit_rows(table.table, range(60), MOST_CHARACTERS)

    assert kept == frozenset(range(len(kept)))
    assert 5 < len(kept) < 40


def test_no_rows_are_no_table():
    assert read_table("set:1", [], "", ()) is None


def test_a_long_paragraph_is_cut_to_the_sentences_around_what_is_needed():
    text = " ".join(f"Sentence {number} says {'very ' * 20}little." for number in range(12))
    cut = cut_paragraph(text, "Sentence 6")

    assert cut.startswith("Sentence 6")
    assert len(cut.split()) <= 90


def test_a_short_paragraph_is_left_whole():
    assert cut_paragraph("Sales rose. Costs fell.", "Costs") == "Sales rose. Costs fell."


def test_beside_another_table_no_figure_could_be_taken_for_one_of_it():
    other = read([["", "2019", "2018"], ["Cash", "7", "8"], ["Goodwill", "5", "4"]], "set:2")
    window = add_table(cut_window(read(), range(5)), other, Random(1))

    assert len(window.passages) == 2
    assert "Cash" not in {cell.item for cell in window.cells}


def test_other_tables_of_the_same_document_come_first():
    table, near, far = read(), read(), read(document="set:2")

    assert draw_others(table, [table, far, near], Random(1)) == [near, far]


def test_windows_are_drawn_alike_from_the_same_seed():
    table = read(paragraphs=("Cash rose since customers paid sooner than in the year before.",))

    drawn = [[w.passages for w in draw_windows(table, (), Random(3))] for _ in range(2)]
    assert drawn[0] == drawn[1]


def test_the_first_window_holds_the_whole_of_a_small_table():
    window = next(draw_windows(read(), (), Random(3)))

    assert set(window.cells) == set(read().cells)


def test_the_window_of_a_plan_is_one_that_holds_all_its_figures():
    table = read()
    lookups = tuple(Lookup("?", cell, cell.item) for cell in table.cells)
    plan = TablePlan("What?", lookups, ())
    cash, whole = cut_window(table, [place_of(table, "Cash")]), cut_window(table, range(5))

    assert find_window(plan, [cash, whole]) is whole
    assert find_window(plan, [cash]) is None
