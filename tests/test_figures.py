"""Numbers are read as filings print them, and nothing else is taken for one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingestion.figures import SCALE_WORDS, find_figures, find_years, parse_figure, parse_scale

AMOUNTS = st.decimals(0, 10**12, places=1) | st.integers(0, 10**12).map(Decimal)
# Text in which nearly every character matters to the pattern, long s and dotless i among them.
NUMBER_LIKE = st.text(
    "0123456789.,()$€%-−– millonsthadbrpecUSEBMKx¹*/\u017f\u0131\u0660²K\n", max_size=60
)


@pytest.mark.parametrize(
    ("text", "value", "unit", "scale"),
    [
        ("1,284.7", "1284.7", None, 1),
        ("(1,234)", "-1234", None, 1),
        ("( 52.3 )", "-52.3", None, 1),
        ("$ 1,284.7", "1284.7", "USD", 1),
        ("$(0.35)", "-0.35", "USD", 1),
        ("($0.35)", "-0.35", "USD", 1),
        ("-$5", "-5", "USD", 1),
        ("\u22125.5", "-5.5", None, 1),
        ("€12", "12", "EUR", 1),
        (".35", "0.35", None, 1),
        ("6.3%", "6.3", "percent", 1),
        ("(9.5)%", "-9.5", "percent", 1),
        ("(9.5%)", "-9.5", "percent", 1),
        ("6.3 per cent", "6.3", "percent", 1),
        ("1.2 percentage points", "1.2", "percentage points", 1),
        ("$1,284.7 million", "1284.7", "USD", 1_000_000),
        ("$5-million", "5", "USD", 1_000_000),
        ("3.1bn", "3.1", None, 1_000_000_000),
        ("2 Thousand", "2", None, 1_000),
        ("$ (1,234)", "-1234", "USD", 1),
        ("(1,234", "-1234", None, 1),
        ("1,234)", "-1234", None, 1),
        ("$(1,234", "-1234", "USD", 1),
        ("3.2)%", "-3.2", "percent", 1),
        ("\u20135.5", "-5.5", None, 1),
        ("12.5 %", "12.5", "percent", 1),
        ("1.234", "1.234", None, 1),
        ("US$5.2 billion", "5.2", "USD", 1_000_000_000),
        ("U.S. $5", "5", "USD", 1),
        ("€1.2 bn", "1.2", "EUR", 1_000_000_000),
        ("EUR 5 million", "5", "EUR", 1_000_000),
        ("CHF 3m", "3", "CHF", 1_000_000),
        ("C$40", "40", "CAD", 1),
        ("$5.2B", "5.2", "USD", 1_000_000_000),
        ("$320M", "320", "USD", 1_000_000),
        ("5 million dollars", "5", "USD", 1_000_000),
        ("25 basis points", "25", "basis points", 1),
        ("40 bps", "40", "basis points", 1),
        ("2.5x", "2.5", "ratio", 1),
    ],
)
def test_a_printed_number_is_read_with_its_sign_unit_and_scale(text, value, unit, scale):
    figure = parse_figure(text)
    assert figure is not None
    assert (figure.value, figure.unit, figure.scale) == (Decimal(value), unit, scale)


@given(AMOUNTS)
def test_separators_do_not_change_a_number(amount):
    figure = parse_figure(f"{amount:,f}")
    assert figure is not None
    assert figure.value == amount


@given(AMOUNTS, st.sampled_from(["({})", "$({})", "(${})", "-{}", "\u2212{}", "-${}", "({})%"]))
def test_parentheses_and_minus_signs_make_a_number_negative(amount, style):
    figure = parse_figure(style.format(f"{amount:,f}"))
    assert figure is not None
    assert figure.value == -amount


@given(AMOUNTS, st.sampled_from(sorted(SCALE_WORDS)))
def test_a_scale_word_multiplies_the_amount_and_leaves_the_value(amount, word):
    figure = parse_figure(f"${amount:,f} {word}")
    assert figure is not None
    assert figure.value == amount
    assert figure.amount == amount * SCALE_WORDS[word]


@given(AMOUNTS, st.sampled_from(["It rose by {}, as planned.", "of {}.", "was ({}", "is {}; and"]))
def test_a_number_inside_a_sentence_is_read_without_the_sentence(amount, sentence):
    text = sentence.format(f"{amount:,f}")
    (figure,) = find_figures(text)
    assert figure.value == amount
    assert figure.text == f"{amount:,f}"


@given(st.text() | NUMBER_LIKE)
@example("a: 5 b")
@example("rose ( 5 and")
@example("5 thou\u017fand")  # a long s is a kind of "s" when case is ignored
@example("5 m\u0131llion")
def test_the_offsets_of_a_figure_point_at_its_text_in_any_text(text):
    for figure in find_figures(text):
        assert text[figure.start : figure.end] == figure.text
        assert figure.text.strip() == figure.text


@pytest.mark.parametrize(
    "text",
    [
        "10-K",
        "Form 10-Q",
        "8-K/A",
        "Q3",
        "1.2.3",
        "2nd",
        "FY22",
        "1990s",
        "ISO9001",
        "1,23",
        "401(k)",
        "3M",
        "12/31/2018",
        "1/2",
        "5mm",
    ],
)
def test_a_name_that_holds_digits_holds_no_figure(text):
    assert list(find_figures(text)) == []


@pytest.mark.parametrize(
    ("text", "digits", "value"),
    [
        ("1,234(1)", "1,234", 1234),
        ("1,234(12)", "1,234", 1234),
        ("1,234 (a)", "1,234", 1234),
        ("1,234\u00b9", "1,234", 1234),
        ("1,234*", "1,234", 1234),
        ("(1,234)(2)", "(1,234)", -1234),
        ("2018(2)", "2018", 2018),
        ("(2018", "2018", 2018),
    ],
)
def test_a_footnote_mark_is_no_part_of_a_number(text, digits, value):
    figure = parse_figure(text)
    assert figure is not None
    assert (figure.text, figure.value) == (digits, value)


def test_a_footnote_mark_in_a_text_is_no_number_of_its_own():
    assert [figure.value for figure in find_figures("Total|1,234(1)|1,200|")] == [1234, 1200]


def test_a_year_with_a_footnote_mark_is_still_a_year():
    figure = parse_figure("2018(2)")
    assert figure is not None
    assert figure.is_year


def test_long_runs_of_spaces_and_brackets_are_read_quickly():
    """A pattern with spaces that may be shared in many ways would take minutes here."""
    text = " " * 20_000 + "(" * 20_000 + "$ " * 20_000 + "5"
    assert [figure.value for figure in find_figures(text)] == [5]


def test_the_hyphen_of_a_range_is_no_minus():
    found = [
        figure.value for figure in find_figures("1.5%-2.0%, $5-$10, 2017\u20132018, 3-4 years")
    ]
    assert found == [Decimal("1.5"), Decimal("2.0"), 5, 10, 2017, 2018, 3, 4]


@pytest.mark.parametrize(
    ("nil", "unit"), [("$ \u2014", "USD"), ("\u2014%", "percent"), ("-", None)]
)
def test_a_nil_amount_keeps_its_unit(nil, unit):
    figure = parse_figure(nil)
    assert figure is not None
    assert figure.unit == unit


def test_a_number_before_a_hyphenated_word_is_a_figure():
    assert [figure.value for figure in find_figures("a 12-month term")] == [12]


def test_several_numbers_come_from_left_to_right():
    found = find_figures("Net sales rose 6.3% to $1,284.7 million from $1,208.6 million.")
    assert [figure.text for figure in found] == ["6.3%", "$1,284.7 million", "$1,208.6 million"]


def test_an_opening_parenthesis_alone_belongs_to_the_sentence():
    (figure,) = find_figures("(5 of them closed)")
    assert (figure.value, figure.text) == (5, "5")


@pytest.mark.parametrize("dash", ["-", "\u2014", "\u2013", "$ \u2014", "(\u2014)", "\u2014%"])
def test_a_dash_alone_reads_as_nil(dash):
    figure = parse_figure(dash)
    assert figure is not None
    assert figure.value == 0


@pytest.mark.parametrize("text", ["", " ", "n/m", "1,284.7 and more", "1 2", "$", "()", "10-K"])
def test_what_is_not_one_number_alone_is_no_figure(text):
    assert parse_figure(text) is None


@pytest.mark.parametrize(
    ("text", "is_year"),
    [("2023", True), ("1899", False), ("2,023", False), ("$2023", False), ("2023%", False)],
)
def test_only_four_bare_digits_are_a_year(text, is_year):
    figure = parse_figure(text)
    assert figure is not None
    assert figure.is_year is is_year


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("In 2023, net sales rose", (2023,)),
        ("at December 31, 2023.", (2023,)),
        ("from fiscal 2021 to FY22", (2021, 2022)),
        ("FY'22 against 2021", (2022, 2021)),
        ("FY2022 and FY 2023", (2022, 2023)),
        ("2023, 2022 and 2023", (2023, 2022)),
        ("2,023 people, 12,2023 and 0.2023", ()),
        ("120231 and 2023.5", ()),
        ("no year", ()),
    ],
)
def test_the_years_that_a_text_names_are_found_in_order_and_once(text, years):
    assert find_years(text) == years


@pytest.mark.parametrize(
    ("heading", "scale"),
    [
        ("(In millions, except per share data)", 1_000_000),
        ("Dollars in thousands", 1_000),
        ("(in U.S. $ billions)", 1_000_000_000),
        ("IN MILLIONS OF US DOLLARS", 1_000_000),
        ("(in $000s)", 1_000),
        ("(000's)", 1_000),
        ("Net sales by segment", None),
        ("", None),
    ],
)
def test_the_scale_that_a_heading_declares_is_read(heading, scale):
    assert parse_scale(heading) == scale


@given(st.text() | NUMBER_LIKE)
@example("(in m\u0131llions)")
def test_no_text_breaks_the_readers_of_years_scales_and_lone_figures(text):
    assert all(1900 <= year <= 2099 for year in find_years(text))
    assert parse_scale(text) in (None, 1_000, 1_000_000, 1_000_000_000)
    figure = parse_figure(text)
    assert figure is None or figure.text in text
