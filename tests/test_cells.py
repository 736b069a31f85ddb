"""A line is cut into its label and cells, each number with its own signs and marks."""

from __future__ import annotations

import pytest

from ingestion.documents import Box, Line, Word
from ingestion.layout.cells import split_cells

CHARACTER = 5.0


def build_line(*placed: tuple[float, str]) -> Line:
    """Set words on one baseline, ten points high and five points a character, at their left."""
    return Line(
        tuple(Word(text, Box(x, 100.0, x + CHARACTER * len(text), 110.0)) for x, text in placed)
    )


def texts_of(*placed: tuple[float, str]) -> list[str]:
    return [cell.text for cell in split_cells(build_line(*placed))]


def test_a_line_is_cut_where_the_space_is_wider_than_the_type_is_high():
    assert texts_of((72, "Net"), (90, "sales"), (200, "1,284.7"), (300, "1,208.6")) == [
        "Net sales",
        "1,284.7",
        "1,208.6",
    ]


def test_a_line_without_words_has_no_cells():
    assert split_cells(Line(())) == ()


def test_words_of_a_sheet_have_no_place_on_a_line():
    assert split_cells(Line((Word("Net sales", cell="A1"),))) == ()


def test_a_sign_far_left_of_its_number_belongs_to_it_but_not_to_its_box():
    (sales, amount) = split_cells(build_line((72, "Sales"), (200, "$"), (260, "1,284.7")))
    assert (sales.text, amount.text) == ("Sales", "$1,284.7")
    assert amount.box == Box(260, 100, 295, 110)


def test_a_bracket_that_is_printed_apart_closes_its_number_and_widens_its_box():
    (amount,) = split_cells(build_line((260, "(52.3"), (286, ")")))
    assert amount.text == "(52.3)"
    assert amount.box == Box(260, 100, 291, 110)


@pytest.mark.parametrize(
    ("placed", "expected"),
    [
        (((72, "Growth"), (200, "12.5"), (222, "%")), ["Growth", "12.5%"]),
        (((72, "Growth"), (200, "(9.5"), (222, ")%")), ["Growth", "(9.5)%"]),
        (((72, "Growth"), (200, "—"), (215, "%")), ["Growth", "—%"]),
        (((72, "Debt"), (200, "$"), (240, "(9.0"), (262, ")")), ["Debt", "$(9.0)"]),
        (((72, "Debt"), (200, "$"), (250, "—"), (300, "$"), (350, "—")), ["Debt", "$—", "$—"]),
        (
            ((72, "Debt"), (200, "€"), (240, "9.0"), (300, "€"), (340, "8.0")),
            ["Debt", "€9.0", "€8.0"],
        ),
    ],
)
def test_a_number_takes_the_signs_on_its_two_sides(placed, expected):
    assert texts_of(*placed) == expected


def test_numbers_that_stand_closer_than_words_do_are_two_cells():
    assert texts_of((72, "Net"), (90, "sales"), (118, "1,284"), (146, "1,209")) == [
        "Net sales",
        "1,284",
        "1,209",
    ]


def test_a_sum_within_a_label_stays_in_it():
    assert texts_of((72, "Net"), (90, "of"), (103, "$4.1"), (126, "allowance"), (260, "175.2")) == [
        "Net of $4.1 allowance",
        "175.2",
    ]


def test_a_raised_mark_is_left_out_wherever_it_stands():
    raised = Word("1", Box(97, 98, 100, 104))
    behind = Word("(a)", Box(296, 98, 304, 104))
    line = build_line((72, "Sales"), (260, "1,284.7"))
    assert [c.text for c in split_cells(Line((line.words[0], raised, line.words[1], behind)))] == [
        "Sales",
        "1,284.7",
    ]


def test_a_bracketed_mark_right_behind_a_number_is_left_out():
    assert texts_of((72, "Sales"), (260, "1,284.7"), (296, "(1)"), (340, "99.0")) == [
        "Sales",
        "1,284.7",
        "99.0",
    ]


def test_a_bracketed_number_a_column_away_is_no_mark():
    assert texts_of((72, "Change"), (260, "12"), (320, "(1)")) == ["Change", "12", "(1)"]


def test_a_bracketed_number_behind_a_dash_is_no_mark():
    assert texts_of((72, "Change"), (260, "—"), (266, "(1)")) == ["Change", "—", "(1)"]


def test_a_year_before_amounts_is_the_label_of_its_row():
    label, amount = split_cells(build_line((72, "2024"), (260, "$12.5")))
    assert (label.is_figure, amount.is_figure) == (False, True)


def test_years_alone_are_years():
    cells = split_cells(build_line((260, "2023"), (340, "2022")))
    assert [(cell.is_figure, cell.is_year) for cell in cells] == [(True, True)] * 2
