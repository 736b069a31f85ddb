"""Sheets as typed rows: read from files, stored, and computed on."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.storage.records import (
    RECORDS_SCHEMA,
    Column,
    build_sheet_tables,
    delete_records,
    load_records,
    load_sheet_tables,
    read_value,
    store_records,
)


@pytest.fixture
def connection():
    made = sqlite3.connect(":memory:")
    made.executescript(RECORDS_SCHEMA)
    yield made
    made.close()


def store_csv(connection, text: str, document_id: str = "d1"):
    return store_records(connection, document_id, build_sheet_tables(text.encode(), "sales.csv"))


def test_columns_have_the_type_that_all_their_values_share(connection, build_workbook):
    rows = [
        ["Name", "Sales", "Day", "Paid", "Note", "Nothing"],
        ["Garden", 4.5, (date(2023, 1, 31), "d-mmm-yy"), True, "x", None],
        ["Tools", 5, (datetime(2023, 2, 28, 9, 30), "d-mmm-yy h:mm"), False, 7, None],
    ]
    content = build_workbook({"S": rows})
    (table,) = store_records(connection, "d1", build_sheet_tables(content, "book.xlsx"))
    assert table.columns == (
        Column("Name", "text"),
        Column("Sales", "number"),
        Column("Day", "date"),
        Column("Paid", "boolean"),
        Column("Note", "mixed"),
        Column("Nothing", "text"),
    )
    assert (table.sheet, table.first_row, table.row_count) == ("S", 2, 2)


def test_rows_come_back_as_they_were(connection, build_workbook):
    day = (date(2023, 1, 31), "yyyy-mm-dd")
    rows = [["Name", "Sales", "Day", "Paid"], ["Garden", 4.5, day, True], ["Tools"]]
    store_records(connection, "d1", build_sheet_tables(build_workbook({"S": rows}), "book.xlsx"))
    assert list(load_records(connection, "d1", "S")) == [
        ("Garden", Decimal("4.5"), "2023-01-31", True),
        ("Tools", None, None, None),
    ]


def test_the_stored_value_counts_and_not_its_format(connection, build_workbook):
    rows = [["Name", "Share", "Sales"], ["Garden", (0.125, "0%"), (1234567, "#,##0,")]]
    store_records(connection, "d1", build_sheet_tables(build_workbook({"S": rows}), "book.xlsx"))
    assert list(load_records(connection, "d1", "S")) == [
        ("Garden", Decimal("0.125"), Decimal(1234567))
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234", 1234),
        ("-1.50", Decimal("-1.5")),
        ("5.5e-05", Decimal("0.000055")),
        ("$1,234.5", Decimal("1234.5")),
        ("(12)", -12),
        ("12.5%", Decimal("0.125")),
        ("$1.5 million", 1_500_000),
        ("0012", "0012"),
        ("True", True),
        ("-", None),
        ("N/A", None),
        ("2023-01-31", "2023-01-31"),
        ("10-K", "10-K"),
        ("Garden", "Garden"),
    ],
)
def test_csv_cells_are_read_as_values(text, value):
    assert read_value(text) == value


def test_titles_and_heads_of_several_rows_name_the_table_and_its_columns(
    connection, build_workbook
):
    rows = [["Sales by segment"], ["", "2023", "2023"], ["Segment", "Q1", "Q2"], ["Garden", 1, 2]]
    rows[1][0] = None
    content = build_workbook({"S": rows})
    (table,) = store_records(connection, "d1", build_sheet_tables(content, "book.xlsx"))
    assert table.name == "Sales by segment"
    assert [column.name for column in table.columns] == ["Segment", "2023 Q1", "2023 Q2"]
    assert table.first_row == 4


def test_blank_rows_between_records_do_not_end_a_table(connection):
    (table,) = store_csv(connection, "Name,Sales\nGarden,1\n\nTools,2\n")
    assert table.row_count == 2


def test_a_block_with_heads_of_its_own_is_a_table_of_its_own(connection):
    first, second = store_csv(connection, "Name,Sales\nGarden,1\n\nName,Cost\nGarden,3\n")
    assert [column.name for column in second.columns] == ["Name", "Cost"]
    assert list(load_records(connection, "d1", "sales", table=1)) == [("Garden", Decimal(3))]
    assert first.row_count == 1


def test_each_sheet_has_its_tables(connection, build_workbook):
    content = build_workbook({"One": [["a", "b"], ["x", 1]], "Two": [["c", "d"], ["y", 2]]})
    store_records(connection, "d1", build_sheet_tables(content, "book.xlsx"))
    tables = load_sheet_tables(connection, "d1")
    assert [(table.sheet, table.row_count) for table in tables] == [("One", 1), ("Two", 1)]


def test_tables_that_are_not_read_are_passed_over(build_workbook):
    content = build_workbook({"S": [["a", "b"], ["x", 1], ["y", 2], [], ["c", "d"], ["z", 3]]})
    names = [
        [column.name for column in records.table.columns]
        for records in build_sheet_tables(content, "book.xlsx")
    ]
    assert names == [["a", "b"], ["c", "d"]]


def test_a_row_wider_than_the_heads_keeps_its_cells(connection):
    body = "".join(f"Garden,{number}\n" for number in range(60))
    (table,) = store_csv(connection, f"Name,Sales\n{body}Tools,2,extra\n")
    assert [column.name for column in table.columns] == ["Name", "Sales", "+1"]
    assert list(load_records(connection, "d1", "sales"))[-1] == ("Tools", Decimal(2), "extra")


def test_sql_sums_and_groups_stored_rows(connection):
    store_csv(connection, "Name,Sales\nGarden,1.5\nTools,2\nGarden,3\n")
    found = connection.execute(
        "SELECT cells ->> 0, sum(cells ->> 1) FROM sheet_rows GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert found == [("Garden", 4.5), ("Tools", 2.0)]


def test_deleting_a_documents_records_leaves_those_of_others(connection):
    store_csv(connection, "Name,Sales\nGarden,1\n", "d1")
    store_csv(connection, "Name,Sales\nGarden,2\n", "d2")
    delete_records(connection, "d1")
    assert load_sheet_tables(connection, "d1") == ()
    assert list(load_records(connection, "d2", "sales")) == [("Garden", Decimal(2))]
    assert connection.execute("SELECT count(*) FROM sheet_rows").fetchone() == (1,)


def test_rows_are_streamed(connection):
    """The first row is stored before the last one is read."""
    stored_before_the_end = []

    def read_rows(records):
        for number, row in records.rows:
            if number == 2_501:
                count = connection.execute("SELECT count(*) FROM sheet_rows").fetchone()[0]
                stored_before_the_end.append(count)
            yield number, row

    text = "Name,Sales\n" + "".join(f"Garden,{number}\n" for number in range(2_500))
    for records in build_sheet_tables(text.encode(), "sales.csv"):
        watched = type(records)(records.table, read_rows(records))
        store_records(connection, "d1", [watched])
    assert stored_before_the_end == [2_000]


@given(st.decimals(-(10**9), 10**9, places=4))
def test_numbers_of_up_to_fifteen_digits_keep_their_value(value):
    made = sqlite3.connect(":memory:")
    made.executescript(RECORDS_SCHEMA)
    store_csv(made, f"Name,Sales\nGarden,{value:f}\nTools,1\n")
    assert next(load_records(made, "d1", "sales"))[1] == value
    made.close()
