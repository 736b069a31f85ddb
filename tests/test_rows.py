"""Labels that wrap are joined, and each row knows the sub-headings that it stands under."""

from __future__ import annotations

import pytest

from ingestion.documents import Box, Line, Word
from ingestion.layout.cells import split_cells
from ingestion.layout.columns import find_columns
from ingestion.layout.rows import build_rows, find_totalled

RIGHT = (300.0, 400.0)


def build_body(*rows):
    """Set rows of a label and figures; a label's leading spaces are its indentation."""
    lines = []
    for number, (label, *figures) in enumerate(rows):
        text = label.lstrip()
        left = 72.0 + 5.0 * (len(label) - len(text))
        words = []
        for word in text.split():
            words.append(
                Word(word, Box(left, 12.0 * number, left + 4.0 * len(word), 12.0 * number + 10))
            )
            left += 4.0 * len(word) + 3.0
        for right, figure in zip(RIGHT, figures, strict=False):
            if figure:
                box = Box(right - 5.0 * len(figure), 12.0 * number, right, 12.0 * number + 10)
                words.append(Word(figure, box))
        lines.append((number, split_cells(Line(tuple(words)))))
    return build_rows(lines, find_columns([cells for _, cells in lines]))


def outline(body):
    return [(row.label, row.texts, row.parents) for row in body.rows]


def test_a_label_whose_figures_stand_on_its_last_line_is_one_row():
    body = build_body(
        ("Receivables, net of",),
        ("  allowances for",),
        ("  losses", "1.0", "2.0"),
        ("Debt", "3.0", "4.0"),
    )
    assert outline(body) == [
        ("Receivables, net of allowances for losses", ("1.0", "2.0"), ()),
        ("Debt", ("3.0", "4.0"), ()),
    ]
    assert [row.line for row in body.rows] == [2, 3]


def test_a_label_whose_figures_stand_on_its_first_line_is_one_row():
    body = build_body(
        ("Receivables, net of", "1.0", "2.0"),
        ("  allowances for",),
        ("  losses",),
        ("Debt", "3.0", "4.0"),
    )
    assert outline(body) == [
        ("Receivables, net of allowances for losses", ("1.0", "2.0"), ()),
        ("Debt", ("3.0", "4.0"), ()),
    ]
    assert [row.line for row in body.rows] == [0, 3]


def test_a_line_that_begins_with_a_capital_after_an_ended_label_is_a_sub_heading():
    body = build_body(("Cash", "1.0", "2.0"), ("Debt",), ("Bonds", "3.0", "4.0"))
    assert outline(body) == [
        ("Cash", ("1.0", "2.0"), ()),
        ("Debt", ("", ""), ()),
        ("Bonds", ("3.0", "4.0"), ("Debt",)),
    ]


def test_a_line_that_ends_with_a_colon_never_takes_the_next():
    body = build_body(("Costs of:",), ("materials", "1.0", "2.0"), ("work", "3.0", "4.0"))
    assert outline(body)[0] == ("Costs of:", ("", ""), ())
    assert outline(body)[1] == ("materials", ("1.0", "2.0"), ("Costs of",))


def test_a_total_ends_its_own_heading_and_leaves_the_outer_one_open():
    body = build_body(
        ("Assets",),
        ("  Current assets:",),
        ("    Cash", "1.0", "2.0"),
        ("  Total current assets", "1.0", "2.0"),
        ("  Goodwill", "3.0", "4.0"),
        ("Total assets", "4.0", "6.0"),
        ("Debt", "3.0", "4.0"),
    )
    assert [(row.label, row.parents) for row in body.rows] == [
        ("Assets", ()),
        ("Current assets:", ("Assets",)),
        ("Cash", ("Assets", "Current assets")),
        ("Total current assets", ("Assets",)),
        ("Goodwill", ("Assets",)),
        ("Total assets", ()),
        ("Debt", ()),
    ]


def test_a_total_ends_its_heading_though_nothing_is_indented():
    body = build_body(
        ("Operating expenses:",),
        ("Wages", "1.0", "2.0"),
        ("Total operating expenses", "1.0", "2.0"),
        ("Operating income", "3.0", "4.0"),
    )
    assert [row.parents for row in body.rows] == [(), ("Operating expenses",), (), ()]


def test_a_row_further_left_than_the_rows_of_a_heading_stands_under_it_no_longer():
    body = build_body(("Basic",), ("  Class A", "1.0", "2.0"), ("Diluted", "3.0", "4.0"))
    assert [row.parents for row in body.rows] == [(), ("Basic",), ()]


def test_a_head_over_the_columns_between_a_heading_and_its_rows_does_not_part_them():
    body = build_body(
        ("Cash", "1.0", "2.0"),
        ("Expected expense:",),
        (" " * 45 + "Expense",),
        ("Next year", "", "4.0"),
        ("Thereafter", "", "5.0"),
    )
    assert [row.parents for row in body.rows[3:]] == [("Expected expense",)] * 2


@pytest.mark.parametrize(
    ("headings", "label", "place"),
    [
        (["Assets", "Current assets"], "Total current assets", 1),
        (["Assets", "Current assets"], "Total assets", 0),
        (["Assets"], "Total current assets", None),
        (["Assets"], "Total assets measured at fair value", 0),
        (["Revenue", "Domestic"], "Total Domestic revenue", 1),
        (["Equity"], "Total Acme shareholders' equity", None),
        (["Cash flows from operating activities"], "Net cash provided by operating activities", 0),
        (["Operating activities"], "Net cash used in investing activities", None),
        (["Current assets"], "Current assets of others", None),
        ([], "Total", None),
    ],
)
def test_a_total_names_the_heading_that_it_ends(headings, label, place):
    assert find_totalled(headings, label) == place


def test_figures_that_share_a_cell_and_those_beside_the_columns_are_counted():
    columns = find_columns([split_cells(Line((Word("12", Box(190, 0, 200, 10)),)))])
    line = Line(
        (
            Word("Debt", Box(72, 0, 90, 10)),
            Word("1", Box(190, 0, 194, 10)),
            Word("2", Box(196, 0, 199, 10)),
            Word("3", Box(300, 0, 305, 10)),
        )
    )
    body = build_rows([(0, split_cells(line))], columns)
    assert (body.figures, body.astray, body.clashes) == (3, 1, 2)
