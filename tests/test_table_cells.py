from decimal import Decimal

from training.over_tables.item_names import is_vague, speak_item
from training.over_tables.tables import read_table

SALES = [
    ["", "2019", "2018"],
    ["Net sales", "$1,496.5", "$1,202.9"],
    ["Cost of sales (1)", "(900.0)", "(700.5)"],
    ["Gross margin", "39.9%", "41.8%"],
    ["Other", "\u2014", "3.0"],
]


def read(rows, caption="(In millions)"):
    table = read_table("set:1", rows, caption, ())
    assert table is not None
    return {(cell.item, cell.period): cell for cell in table.cells}


def test_a_figure_has_the_unit_and_scale_of_its_table():
    cell = read(SALES)["Net sales", "2019"]

    assert (cell.value, cell.unit, cell.scale) == (Decimal("1496.5"), "USD", 10**6)
    assert cell.text == "$1,496.5 million"


def test_a_negative_figure_keeps_its_brackets_and_its_row_loses_the_footnote():
    assert read(SALES)["Cost of sales", "2018"].text == "$(700.5) million"


def test_a_percentage_has_no_scale():
    assert read(SALES)["Gross margin", "2018"].text == "41.8%"


def test_a_nil_is_no_figure():
    assert ("Other", "2019") not in read(SALES)


def test_without_a_scale_a_figure_stays_as_printed():
    assert read(SALES, caption="")["Net sales", "2019"].text == "$1,496.5"


def test_two_rows_of_one_name_are_left_out():
    rows = [*SALES, ["Net sales", "5.0", "6.0"]]

    assert ("Net sales", "2019") not in read(rows)


def test_a_year_over_two_columns_tells_nothing():
    rows = [["", "2019", "2018", "2019"], ["Discount rate", "4.0%", "3.0%", "2.0%"]]

    assert set(read(rows, "")) == {("Discount rate", "2018")}


def test_in_a_table_whose_rows_are_years_the_columns_are_the_items():
    rows = [["Year", "Operating leases", "Purchases"], ["2020", "$12", "$4"], ["2021", "9", "3"]]

    assert read(rows)["Operating leases", "2021"].value == 9


def test_a_name_takes_what_is_counted_from_its_heading():
    rows = [
        ["", "2019", "2018"],
        ["Net sales:", "", ""],
        ["China", "12", "11"],
        ["Italy", "8", "7"],
    ]

    assert ("China net sales", "2019") in read(rows)


def test_a_column_that_only_says_amount_needs_no_period():
    rows = [["", "Amount"], ["Retail price increases", "$18.9"], ["Asset sales", "4.3"]]

    assert ("Retail price increases", "") in read(rows)


def test_names_keep_their_capitals_and_line_items_lose_them():
    assert speak_item("Total net sales") == "total net sales"
    assert speak_item("Total Transportation Solutions") == "total Transportation Solutions"
    assert speak_item("EBITDA") == "EBITDA"


def test_places_and_remainders_are_vague():
    assert all(map(is_vague, ("China", "Other", "north america", "S&P 500 index")))
    assert not any(map(is_vague, ("Net sales", "other assets", "Deferred revenue")))
