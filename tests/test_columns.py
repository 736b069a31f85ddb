"""Columns are found from the figures, and each head goes to the columns that it stands over."""

from __future__ import annotations

import pytest

from ingestion.documents import Box, Line, Word
from ingestion.layout.cells import LineCell, split_cells
from ingestion.layout.columns import Column, find_column_of, find_columns, lay_heads

CHARACTER = 5.0


def set_right(*placed: tuple[float, str]) -> tuple[LineCell, ...]:
    """Set texts on one baseline so that each ends at its right edge."""
    words = [
        Word(text, Box(right - CHARACTER * len(text), 100.0, right, 110.0))
        for right, text in placed
    ]
    return split_cells(Line(tuple(words)))


def set_head(middle: float, text: str) -> LineCell:
    half = CHARACTER * len(text) / 2
    box = Box(middle - half, 80.0, middle + half, 90.0)
    return LineCell((Word(text, box),), text, box, is_figure=False)


COLUMNS = (Column(160, 200), Column(260, 300), Column(360, 400), Column(460, 500))


def test_a_column_is_as_wide_as_its_widest_figure():
    rows = [set_right((200, "1,284.7"), (300, "9")), set_right((200, "3"), (300, "1,208,600"))]
    assert find_columns(rows) == (Column(165, 200), Column(255, 300))


def test_labels_make_no_column():
    assert find_columns([set_right((100, "Net sales"), (200, "12"))]) == (Column(190, 200),)


def test_without_figures_there_are_no_columns():
    assert find_columns([set_right((100, "Net sales"))]) == ()


def test_a_wide_figure_that_bridges_two_columns_does_not_make_them_one():
    narrow = [set_right((200, "120"), (240, "95")) for _ in range(4)]
    wide = set_right((245, "$1,284,700,123"))
    assert find_columns([*narrow, wide]) == (Column(185, 200), Column(230, 240))


def test_a_figure_belongs_to_the_column_that_it_reaches_into():
    assert find_column_of(COLUMNS, Box(290, 100, 310, 110)) == (1, True)


def test_a_figure_between_the_columns_goes_to_the_nearest_right_edge_and_is_told_as_astray():
    assert find_column_of(COLUMNS, Box(210, 100, 240, 110)) == (0, False)


def test_a_figure_over_two_columns_goes_where_its_right_edge_is():
    assert find_column_of(COLUMNS, Box(190, 100, 299, 110)) == (1, True)


def test_as_many_heads_as_columns_go_one_to_each():
    heads = [
        set_head(middle, text) for middle, text in zip((170, 280, 390, 470), "abcd", strict=True)
    ]
    assert lay_heads(heads, COLUMNS) == ("a", "b", "c", "d")


def test_one_head_over_all_goes_to_all():
    assert lay_heads([set_head(330, "Years ended")], COLUMNS) == ("Years ended",) * 4


def test_two_heads_that_share_the_columns_evenly_take_half_each():
    heads = [set_head(230, "Three months ended"), set_head(430, "Six months ended")]
    assert lay_heads(heads, COLUMNS) == (
        "Three months ended",
        "Three months ended",
        "Six months ended",
        "Six months ended",
    )


def test_a_head_over_its_own_column_takes_no_other():
    assert lay_heads([set_head(480, "Change")], COLUMNS) == ("", "", "", "Change")


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([Box(155, 91, 405, 92), Box(455, 91, 505, 92)], ("2023", "2023", "2023", "2022")),
        ([Box(155, 91, 205, 92), Box(255, 91, 505, 92)], ("2023", "2022", "2022", "2022")),
    ],
)
def test_a_rule_below_a_head_tells_its_columns(rules, expected):
    middles = [(rule.x0 + rule.x1) / 2 for rule in rules]
    heads = [set_head(middle, text) for middle, text in zip(middles, ("2023", "2022"), strict=True)]
    assert lay_heads(heads, COLUMNS, lambda: rules) == expected


def test_a_rule_under_the_whole_table_tells_nothing():
    rules = [Box(72, 91, 520, 92)]
    assert lay_heads([set_head(280, "Total")], COLUMNS[1:], lambda: rules) == ("Total", "", "")


def test_more_heads_than_columns_are_joined_over_the_nearest():
    heads = [set_head(170, "Net"), set_head(190, "sales"), set_head(280, "Costs")]
    assert lay_heads(heads, COLUMNS[:2]) == ("Net sales", "Costs")
