"""What a user is told of how well a file was read: in a few lines, with pages to look at."""

from __future__ import annotations

from decimal import Decimal

from ingestion.documents import Page, ParsedFile, Table, TieOut
from ingestion.findings import describe_findings
from ingestion.layout.tables import POOR_GRADE


def build_tie_out(page=58, outcome="failed", expected="36500", printed="36501"):
    return TieOut(
        "assets = liabilities and equity",
        page,
        outcome,
        'column "2023": "Total assets" against "Total liabilities and equity"',
        Decimal(expected) if expected else None,
        Decimal(printed) if printed else None,
    )


def build_page(number, *grades, label=None):
    tables = tuple(Table("", (), (), None, None, 0, 0, grade=grade) for grade in grades)
    return Page(number, (), label=label, tables=tables)


def test_a_file_that_was_read_well_has_nothing_to_tell():
    parsed = ParsedFile(
        (build_page(1, POOR_GRADE, 1.0),), tie_outs=(build_tie_out(outcome="passed"),)
    )
    assert describe_findings(parsed) == ()


def test_a_files_own_warnings_come_first():
    parsed = ParsedFile((build_page(1, 0.1),), warnings=("the file was repaired",))
    assert describe_findings(parsed) == (
        "the file was repaired",
        "1 table could be misread: page 1",
    )


def test_a_sum_that_does_not_hold_is_told_with_both_numbers():
    assert describe_findings(ParsedFile((), tie_outs=(build_tie_out(),))) == (
        "page 58: assets = liabilities and equity does not hold, 36,500 by its parts but 36,501 "
        'printed (column "2023": "Total assets" against "Total liabilities and equity")',
    )


def test_large_and_small_amounts_are_written_out():
    (told,) = describe_findings(
        ParsedFile((), tie_outs=(build_tie_out(expected="-1.5E+6", printed="0.25"),))
    )
    assert "-1,500,000 by its parts but 0.25 printed" in told


def test_a_sum_without_numbers_is_told_without_them():
    (told,) = describe_findings(
        ParsedFile((), tie_outs=(build_tie_out(expected=None, printed=None),))
    )
    assert told.startswith("page 58: assets = liabilities and equity does not hold (column")


def test_at_most_five_sums_are_told_and_the_rest_is_counted():
    ties = tuple(build_tie_out(page) for page in range(1, 8))
    told = describe_findings(ParsedFile((), tie_outs=ties))
    assert len(told) == 6
    assert told[5] == "2 more sums do not hold"
    assert describe_findings(ParsedFile((), tie_outs=ties[:6]))[5] == "1 more sum does not hold"


def test_poor_tables_are_counted_and_their_pages_named_once():
    pages = (build_page(12, 0.5, 0.1), build_page(13, 0.9), build_page(40, 0.2))
    assert describe_findings(ParsedFile(pages)) == ("3 tables could be misread: pages 12, 40",)


def test_sheets_are_named_by_their_labels():
    pages = (build_page(1, 0.5, label="Segments"), build_page(2, 0.1, label="Cash"))
    assert describe_findings(ParsedFile(pages)) == (
        '2 tables could be misread: sheets "Segments", "Cash"',
    )


def test_only_some_of_many_pages_are_named():
    pages = tuple(build_page(number, 0.1) for number in range(1, 12))
    assert describe_findings(ParsedFile(pages)) == (
        "11 tables could be misread: pages 1, 2, 3, 4, 5, 6, 7, 8 and 3 more",
    )
