import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.over_tables.tokenised_text import part_thousands, write_cell, write_rows, write_text


@pytest.mark.parametrize(
    ("tokens", "printed"),
    [
        (
            "the company 2019s net sales ( in millions ) rose .",
            "the company's net sales (in millions) rose.",
        ),
        (
            "an increase of $ 23.4 million , or 5.2% ( 5.2 % ) .",
            "an increase of $23.4 million, or 5.2%.",
        ),
        ("cash of $ 1725 was paid in 2017", "cash of $1,725 was paid in 2017"),
        ("the 201cplan 201d was approved", 'the "plan" was approved'),
        ("as of dec . 312008", "as of dec. 31 2008"),
        ("goodwill as a % ( % ) of assets", "goodwill as a % of assets"),
    ],
)
def test_prose_is_written_as_it_is_printed(tokens, printed):
    assert write_text(tokens) == printed


@pytest.mark.parametrize(
    ("tokens", "printed"),
    [
        ("-3279 ( 3279 )", "(3,279)"),
        ("$ -74 ( 74 )", "$(74)"),
        ("27% ( 27 % )", "27%"),
        ("-5.2% ( 5.2 % )", "(5.2)%"),
        ("$ 2457", "$2,457"),
        ("$ 1234.5", "$1,234.5"),
    ],
)
def test_a_cell_is_written_as_it_is_printed(tokens, printed):
    assert write_cell(tokens) == printed


def test_a_lost_dash_in_a_body_is_a_dash_and_a_year_in_the_heads_stays():
    rows = write_rows([["", "2015", "2014"], ["revisions", "2014", "12"], ["2014", "1", "2"]])

    assert rows == (("", "2015", "2014"), ("revisions", "\u2014", "12"), ("2014", "1", "2"))


def test_a_2014_among_years_is_a_year_in_any_row():
    assert write_rows([["a", "b"], ["year", "2015", "2014"]])[1] == ("year", "2015", "2014")


@given(st.integers(min_value=10_000, max_value=10**12))
def test_parting_thousands_keeps_the_number(number):
    assert int(part_thousands(str(number)).replace(",", "")) == number


@given(st.integers(min_value=1900, max_value=2099))
def test_what_may_be_a_year_is_not_parted(year):
    assert part_thousands(f"in {year} sales rose") == f"in {year} sales rose"
