"""Where a figure stands in a passage, and where that is on the page."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ingestion.documents import Box, Line, Page, Passage, Word
from ingestion.periods import Calendar
from research.places import (
    find_places,
    locate_passage,
    locate_span,
    mark_figure,
    mark_passage,
    mark_span,
    split_sentences,
)

INCOME = """Consolidated Statements of Operations (In millions, except per share amounts)
||Year ended December 31,|Year ended December 31,|
||2023|2022|
|Net sales|$1,284|$1,209|
|Operating income:|||
|Garden|150|120|
|Diluted earnings per share|$2.41|$2.20|
|Operating margin|16.4%|16.2%|"""
CASH = """Statements of Cash Flows (In thousands)
|Year ended December 31,|2023|2022|
|Purchases of property|$(3,193)|(2,100)|
|Repayments of debt|\u2014|(5)|
|Proceeds from (payments of) debt, net|(40)|25|
|Additions to inventory|12|(8)|"""


def passage(text, kind="table", first=0, last=0):
    return Passage("p1", "d1", 4, kind, None, text, first, last)


def places_in(text, kind="table"):
    return list(find_places(passage(text, kind)))


def place_of(text, figure, kind="table"):
    """The only place that prints the figure."""
    (place,) = [place for place in places_in(text, kind) if place.figure.text == figure]
    return place


def line(*words, top=10.0):
    """Words with the left edge at which they stand; each is ten points high."""
    return Line(
        tuple(
            Word(text, Box(left, top, left + 6.0 * len(text), top + 10.0)) for left, text in words
        )
    )


def page(*lines):
    return Page(4, lines, 612.0, 792.0)


# Tables


def test_a_cell_knows_its_label_its_heads_and_the_title():
    place = place_of(INCOME, "$1,209")
    assert place.label == "Net sales"
    assert place.heads == "Year ended December 31, 2022"
    assert place.caption == (
        "Consolidated Statements of Operations (In millions, except per share amounts)"
    )
    assert place.column == 2
    assert place.in_table


def test_column_heads_are_no_places():
    assert [place.label for place in places_in(INCOME)] == [
        label
        for label in ("Net sales", "Garden", "Diluted earnings per share", "Operating margin")
        for _ in range(2)
    ]


def test_the_text_in_the_corner_of_the_heads_belongs_to_the_title():
    assert place_of(CASH, "$(3,193)").caption == (
        "Statements of Cash Flows (In thousands) Year ended December 31,"
    )


def test_a_row_below_a_sub_heading_has_it_as_parent():
    assert place_of(INCOME, "150").parent == "Operating income:"


def test_a_row_before_any_sub_heading_has_no_parent():
    assert place_of(INCOME, "$1,284").parent == ""


def test_the_offsets_of_a_cell_cut_out_its_row():
    place = place_of(INCOME, "120")
    assert INCOME[place.start : place.end] == "|Garden|150|120|" == place.quote


def test_a_cell_names_the_years_of_its_head():
    assert place_of(INCOME, "$1,209").years == (2022,)


def test_without_a_year_in_the_head_a_sub_heading_names_it():
    table = "From 2020 on\n||Garden|Kitchen|\n|Year ended December 31, 2023|||\n|Sales|150|120|"
    place = place_of(table, "120")
    assert place.years == (2023,)
    assert (place.heads, place.parent) == ("Kitchen", "Year ended December 31, 2023")


def test_a_note_on_units_below_the_heads_is_no_sub_heading():
    place = place_of("||Garden|Kitchen|\n|(In millions)|||\n|Sales|150|120|", "120")
    assert place.parent == ""
    assert place.scale == 1_000_000


def test_without_a_year_in_the_head_the_title_names_it():
    table = "Segments in 2023 (In millions)\n|Segment|Net sales|\n|Garden|150|"
    assert place_of(table, "150").years == (2023,)


def test_a_table_without_title_and_heads_has_places_too():
    place = place_of("|Garden|150|120|", "120")
    assert (place.label, place.heads, place.caption) == ("Garden", "", "")


def test_a_short_row_has_only_the_cells_that_it_has():
    table = "|Year|2023|2022|\n|Garden|150|"
    assert [place.column for place in places_in(table)] == [1]


# Periods

QUARTERLY = """Statements of Operations (In millions)
||Three Months Ended|Nine Months Ended|
||June 28, 2025|June 28, 2025|
|Net sales|94|313|
|Other items:|||
|Interest|1|3|"""


@pytest.mark.parametrize(("figure", "months"), [("94", 3), ("313", 9), ("1", 3), ("3", 9)])
def test_spans_of_one_year_are_told_apart(figure, months):
    period = place_of(QUARTERLY, figure).find_period()
    assert (period.months, period.end) == (months, date(2025, 6, 28))


def test_the_filings_calendar_names_the_quarter():
    calendar = Calendar(date(2025, 6, 28), 2025, 9)
    assert place_of(QUARTERLY, "94").find_period(calendar).label == "Q3 2025"


@pytest.mark.parametrize(
    "table",
    [
        "Three months ended June 30,\n||2025|\n|Sales|94|",
        "||2025|\n|Three months ended June 30:||\n|Sales|94|",
        "|Three months ended June 30,|2025|\n|Sales|94|",
    ],
    ids=["title", "sub-heading", "corner"],
)
def test_a_span_may_stand_around_the_column(table):
    period = place_of(table, "94").find_period()
    assert (period.months, period.end) == (3, date(2025, 6, 30))


def test_a_sentence_names_its_period():
    place = place_of("Sales were $40 million in the second quarter of 2023.", "$40 million", "text")
    assert place.find_period().label == "Q2 2023"


def test_a_column_that_says_nothing_has_no_period():
    assert place_of("||Garden|\n|Sales|94|", "94").find_period() is None


# Units and scales


def test_the_scale_comes_from_the_title():
    assert place_of(INCOME, "$1,284").scale == 1_000_000
    assert place_of(CASH, "$(3,193)").scale == 1_000


def test_the_scale_comes_from_the_head():
    assert place_of("|Segment|2023 (in billions)|\n|Garden|5.2|", "5.2").scale == 1_000_000_000


def test_the_scale_comes_from_the_word_beside_the_figure():
    assert place_of("Net sales were $1.3 billion.", "$1.3 billion", "text").scale == 1_000_000_000


def test_a_figure_in_prose_takes_no_scale_from_elsewhere():
    assert place_of("All amounts in millions. Sales were $40.", "$40", "text").scale == 1


@pytest.mark.parametrize("figure", ["$2.41", "16.4%"])
def test_amounts_a_share_and_parts_have_no_scale(figure):
    assert place_of(INCOME, figure).scale == 1


@pytest.mark.parametrize(
    ("figure", "unit"),
    [("$1,284", "USD"), ("150", "USD"), ("$2.41", "USD/share"), ("16.4%", "percent")],
)
def test_the_unit_is_read_from_sign_row_and_table(figure, unit):
    assert place_of(INCOME, figure).unit == unit


@pytest.mark.parametrize(
    ("label", "unit"), [("Margin (%)", "percent"), ("Shares outstanding", "shares")]
)
def test_the_unit_is_read_from_the_label(label, unit):
    assert place_of(f"Title in $\n|Year|2023|\n|{label}|7|", "7").unit == unit


def test_without_any_sign_of_money_the_unit_is_not_known():
    assert place_of("|Year|2023|\n|Employees|700|", "700").unit is None


# Signs


def test_what_flows_out_is_spoken_of_without_sign():
    place = place_of(CASH, "(2,100)")
    assert place.is_outflow
    assert place.figure.value == Decimal(-2100)
    assert (place.spoken_value, place.spoken_text) == (Decimal(2100), "2,100")


@pytest.mark.parametrize(
    ("printed", "spoken"),
    [("$(3,193)", "$3,193"), ("($3,193)", "$3,193"), ("-3,193", "3,193"), ("(3,193)", "3,193")],
)
def test_an_outflow_is_spoken_of_without_any_of_its_signs(printed, spoken):
    assert place_of(f"|Year|2023|\n|Purchases|{printed}|", printed).spoken_text == spoken


def test_a_nil_among_outflows_keeps_its_dash():
    assert place_of(CASH, "\u2014").spoken_text == "\u2014"


def test_a_row_that_is_not_of_payments_keeps_its_sign():
    place = place_of("|Year|2023|\n|Operating loss|(12)|", "(12)")
    assert (place.spoken_value, place.spoken_text) == (Decimal(-12), "(12)")


def test_a_payment_named_only_in_brackets_makes_no_outflow():
    assert not place_of(CASH, "(40)").is_outflow


def test_a_row_with_a_positive_figure_is_no_outflow():
    assert not place_of(CASH, "(8)").is_outflow


# What a place says


@pytest.mark.parametrize(
    ("table", "figure", "statement"),
    [
        (INCOME, "$1,284", "$1,284 million"),
        (INCOME, "150", "$150 million"),
        (INCOME, "$2.41", "$2.41 per share"),
        ("In millions of dollars\n|Year|2023|\n|Sales|5.2 billion|", "5.2 billion", "$5.2 billion"),
        (INCOME, "16.4%", "16.4%"),
        (CASH, "$(3,193)", "$3,193 thousand"),
        (CASH, "(2,100)", "$2,100 thousand"),
        ("|Year|2023|\n|Margin (%)|16.4|", "16.4", "16.4%"),
        ("|Year|2023|\n|Employees|700|", "700", "700"),
        ("In thousands\n|Year|2023|\n|Shares issued|700|", "700", "700 thousand shares"),
        ("In millions\n|Year|2023|\n|Sales|\u20ac5|\n|Cost|$4|", "\u20ac5", "\u20ac5 million"),
    ],
)
def test_a_figure_is_stated_with_unit_and_scale(table, figure, statement):
    assert place_of(table, figure).statement == statement


def test_a_figure_in_prose_is_stated_as_it_is_printed():
    place = place_of("Net sales were $40 million in 2023.", "$40 million", "text")
    assert place.statement == "$40 million"


def test_another_currency_is_not_taken_for_dollars():
    table = "In millions\n|Year|2023|\n|Sales|\u20ac5|\n|Cost|$4|"
    assert place_of(table, "\u20ac5").unit == "EUR"


# Prose


def test_a_figure_in_prose_knows_its_sentence():
    text = "Sales grew. Net sales were $40 million in 2023. Costs fell."
    place = place_of(text, "$40 million", "text")
    assert place.label == "Net sales were $40 million in 2023."
    assert text[place.start : place.end] == place.quote == place.label
    assert not place.in_table
    assert place.years == (2023,)


def test_every_figure_of_a_sentence_is_a_place():
    text = "Net sales were $40 million, of which 12% came from Garden."
    assert [place.figure.text for place in places_in(text, "text")] == ["$40 million", "12%"]


def test_sentences_part_at_full_stops_before_capitals():
    text = "It rose by 3.5 percent. The rest fell! Why? (Nobody knows.)"
    assert [text[start:end] for start, end in split_sentences(text)] == [
        "It rose by 3.5 percent.",
        "The rest fell!",
        "Why?",
        "(Nobody knows.)",
    ]


def test_a_text_without_full_stop_is_one_sentence():
    assert list(split_sentences("net sales")) == [(0, 9)]


# Marks


def test_the_words_of_a_span_are_marked():
    first, second = line((72, "Net"), (100, "sales"), (140, "were")), line((72, "$40."), top=30.0)
    text = f"{first.text}\n{second.text}"
    start = text.index("sales")
    boxes = mark_span(passage(text, "text", 0, 1), page(first, second), start, start + 5)
    assert boxes == (Box(100, 10, 130, 20),)


def test_a_span_over_two_lines_has_a_box_on_each():
    first, second = line((72, "Net"), (100, "sales")), line((72, "were"), (100, "$40."), top=30.0)
    text = f"{first.text}\n{second.text}"
    boxes = mark_span(passage(text, "text", 0, 1), page(first, second), 4, 14)
    assert boxes == (Box(100, 10, 130, 20), Box(72, 30, 96, 40))


def test_a_span_is_counted_from_the_passages_first_line():
    title, first = line((72, "Title")), line((72, "Net"), (100, "sales"), top=30.0)
    boxes = mark_span(passage(first.text, "text", 1, 1), page(title, first), 0, 3)
    assert boxes == (Box(72, 30, 90, 40),)


def test_a_passage_has_one_box_around_its_lines():
    lines = line((72, "Above")), line((80, "Net")), line((72, "sales"), top=50.0)
    assert mark_passage(passage("", first=1, last=2), page(*lines)) == (Box(72, 10, 102, 60),)


def test_a_passage_on_a_sheet_has_no_box():
    sheet = Page(1, (Line((Word("Net sales", cell="A1"),)),), label="Sales")
    assert mark_passage(passage("|Net sales|", "sheet"), sheet) == ()


ROWS = "|Year|2023|2022|2021|\n|Garden sales|210|198|210|\n|Kitchen sales|198|210|198|"
ROW_LINES = (
    line((72, "Garden"), (120, "sales"), (300, "210"), (400, "198"), (500, "210")),
    line((72, "Kitchen"), (120, "sales"), (300, "198"), (400, "210"), (500, "198"), top=30.0),
)


def cell_of(text, label, column):
    (place,) = [
        place
        for place in find_places(passage(text, first=0, last=1))
        if (place.label, place.column) == (label, column)
    ]
    return place


@pytest.mark.parametrize(
    ("label", "column", "x0", "top"),
    [
        ("Garden sales", 1, 300, 10),
        ("Garden sales", 2, 400, 10),
        ("Garden sales", 3, 500, 10),
        ("Kitchen sales", 1, 300, 30),
        ("Kitchen sales", 2, 400, 30),
        ("Kitchen sales", 3, 500, 30),
    ],
)
def test_of_equal_figures_the_one_in_its_row_and_column_is_marked(label, column, x0, top):
    boxes, cell = mark_figure(cell_of(ROWS, label, column), page(*ROW_LINES))
    assert boxes == (Box(x0, top, x0 + 18, top + 10),)
    assert cell is None


def test_a_figure_set_apart_from_its_sign_is_marked():
    row = line((72, "Sales"), (300, "$"), (330, "(1,284)"))
    boxes, _ = mark_figure(place_of("|Year|2023|\n|Sales|$(1,284)|", "$(1,284)"), page(row))
    assert boxes == (Box(330, 10, 372, 20),)


def test_of_two_nil_amounts_the_right_dash_is_marked():
    row = line((72, "Debt"), (300, "$"), (320, "\u2014"), (400, "5"), (500, "\u2014"))
    place = cell_of("|Year|2023|2022|2021|\n|Debt|$\u2014|5|\u2014|", "Debt", 3)
    assert mark_figure(place, page(row))[0] == (Box(500, 10, 506, 20),)


def test_a_figure_that_the_page_does_not_print_marks_the_passage():
    place = place_of("|Year|2023|\n|Sales|777|", "777")
    assert mark_figure(place, page(line((72, "Sales"), (300, "5")))) == (
        (Box(72, 10, 306, 20),),
        None,
    )


def test_only_the_lines_of_the_passage_are_looked_at():
    above, own = line((72, "Sales"), (300, "5")), line((72, "Sales"), (300, "5"), top=30.0)
    (place,) = find_places(passage("|Sales|5|", first=1, last=1))
    assert mark_figure(place, page(above, own))[0] == (Box(300, 30, 306, 40),)


TALL = (
    "|Year|2023|2022|\n|Purchases of property, plant and equipment|210|5|\n"
    "|Purchases of other assets|210|7|"
)


@pytest.mark.parametrize("figures_stand", ["first", "last"])
@pytest.mark.parametrize(
    ("label", "row"),
    [("Purchases of property, plant and equipment", 0), ("Purchases of other assets", 1)],
)
def test_a_label_that_wraps_over_lines_is_found(figures_stand, label, row):
    """Rows that share a figure and a half of their labels, over two lines each."""
    lines = []
    for number, (upper, lower, figure) in enumerate(
        [
            ("Purchases of property, plant", "and equipment", "5"),
            ("Purchases of", "other assets", "7"),
        ]
    ):
        top = 10.0 + 40.0 * number
        texts = [[(72, word) for word in part.split()] for part in (upper, lower)]
        texts[0 if figures_stand == "first" else 1] += [(300, "210"), (400, figure)]
        lines += [line(*texts[0], top=top), line(*texts[1], top=top + 20.0)]
    (place,) = [
        place
        for place in find_places(passage(TALL, first=0, last=3))
        if (place.label, place.column) == (label, 1)
    ]
    top = 10.0 + 40.0 * row + (0.0 if figures_stand == "first" else 20.0)
    assert mark_figure(place, page(*lines))[0] == (Box(300, top, 318, top + 10),)


def test_of_rows_with_equal_figures_the_wrapped_label_decides():
    lines = (
        line((72, "Sales"), (120, "of"), (140, "garden"), top=10.0),
        line((72, "tools"), (300, "210"), top=30.0),
        line((72, "Sales"), (120, "of"), (140, "kitchen"), top=50.0),
        line((72, "tools"), (300, "210"), top=70.0),
    )
    text = "|Year|2023|\n|Sales of garden tools|210|\n|Sales of kitchen tools|210|"
    (place,) = [
        place
        for place in find_places(passage(text, first=0, last=3))
        if place.label == "Sales of kitchen tools"
    ]
    assert mark_figure(place, page(*lines))[0] == (Box(300, 70, 318, 80),)


def test_a_figure_in_the_label_is_not_the_cells():
    row = line((72, "Level"), (110, "3"), (300, "3"), (400, "5"))
    place = place_of("|Year|2023|2022|\n|Level 3|3|5|", "3")
    assert mark_figure(place, page(row))[0] == (Box(300, 10, 306, 20),)


def test_in_a_table_of_a_text_the_cells_address_is_returned():
    rows = (
        (("T3:A2", "Garden sales"), ("T3:B2", "210"), ("T3:C2", "$(5)")),
        (
            ("T3:A3", "Kitchen sales"),
            ("T3:B3", "210"),
            ("T3:C3", "7"),
        ),
    )
    lines = tuple(Line(tuple(Word(text, cell=cell) for cell, text in row)) for row in rows)
    text = "||2023|2022|\n|Garden sales|210|$(5)|\n|Kitchen sales|210|7|"
    web_page = Page(4, lines)
    found = [
        mark_figure(cell_of(text, label, column), web_page)
        for label, column in (("Garden sales", 1), ("Garden sales", 2), ("Kitchen sales", 1))
    ]
    assert found == [((), "T3:B2"), ((), "T3:C2"), ((), "T3:B3")]


# Places in the page's text

TEXT_PAGE = Page(
    4,
    tuple(
        Line(tuple(Word(word) for word in text.split()))
        for text in ("A title", "Net sales rose. Costs", "fell.", "The end")
    ),
)


def test_a_span_of_a_passage_is_found_in_the_pages_text():
    prose = passage("Net sales rose. Costs\nfell.", "text", 1, 2)
    start, end = locate_span(prose, TEXT_PAGE, 16, 27)
    assert TEXT_PAGE.text[start:end] == "Costs\nfell."


def test_a_passage_may_begin_within_its_first_line():
    prose = passage("Costs\nfell.", "text", 1, 2)
    start, end = locate_span(prose, TEXT_PAGE, 0, 5)
    assert TEXT_PAGE.text[start:end] == "Costs"


def test_a_passages_lines_are_found_in_the_pages_text():
    start, end = locate_passage(passage("", first=1, last=2), TEXT_PAGE)
    assert TEXT_PAGE.text[start:end] == "Net sales rose. Costs\nfell."
    start, end = locate_passage(passage("", first=3, last=3), TEXT_PAGE)
    assert TEXT_PAGE.text[start:end] == "The end"


def test_words_of_a_text_have_no_boxes():
    assert mark_span(passage("A title", "text", 0, 0), TEXT_PAGE, 0, 7) == ()
    assert mark_passage(passage("A title", "text", 0, 0), TEXT_PAGE) == ()


def test_on_a_sheet_the_cells_address_is_returned():
    rows = (("A2", "Garden"), ("B2", "210"), ("C2", "210")), (("A3", "Kitchen"), ("B3", "210"))
    lines = tuple(Line(tuple(Word(text, cell=cell) for cell, text in row)) for row in rows)
    text = "|Segment|2023|2022|\n|Garden|210|210|\n|Kitchen|210|"
    sheet = Page(1, lines, label="Segments")
    found = [
        mark_figure(cell_of(text, label, column), sheet)
        for label, column in (("Garden", 1), ("Garden", 2), ("Kitchen", 1))
    ]
    assert found == [((), "B2"), ((), "C2"), ((), "B3")]
