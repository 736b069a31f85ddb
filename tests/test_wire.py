"""The JSON of the commands: its field names are a promise to scripts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.wire import record_document, record_fact, record_hit, record_report
from ingestion.documents import (
    Box,
    Document,
    Fact,
    FilingFacts,
    IngestReport,
    Line,
    Page,
    Passage,
    ScoredPassage,
    TieOut,
    Word,
)
from ingestion.periods import Period

ACME = Document(
    "d1",
    "acme-2023.pdf",
    FilingFacts("Acme Corporation", "10-K", 2023, "2023-12-31"),
    pages=9,
    passages=21,
    tables=3,
    facts=57,
    added_at="2024-02-03T04:05:06+00:00",
    warnings=("page 3 has no text",),
)
SUMS = (
    TieOut("a total and its parts", 4, "passed", "", Decimal(5), Decimal(5)),
    TieOut("a total and its parts", 5, "failed", "", Decimal(5), Decimal(6)),
    TieOut("cash: beginning + change = end", 6, "not_applicable", ""),
    TieOut("assets = liabilities + equity", 7, "passed", "", Decimal(8), Decimal(8)),
)
COUNTED = {"passed": 2, "failed": 1, "not_applicable": 1}
SALES = Fact(
    fact_id="f1",
    document_id="d1",
    page=4,
    line_item="Net sales",
    parents=("Garden",),
    concept="revenue",
    period=Period(12, date(2023, 12, 31), 2023),
    value=Decimal("-1284.7"),
    value_as_printed="(1,284.7)",
    unit="USD",
    scale=1_000_000,
    statement="income",
    source="table",
    quote="Net sales (1,284.7) 1,201.3",
    line=7,
    box=Box(300.5, 120.0, 340.25, 130.0),
)
BARE = Document("d2", "notes.csv", FilingFacts(), 1, 1, 0, 0, "2024-02-03T04:05:06+00:00")


class OnePage:
    """A store with one page."""

    def __init__(self, page):
        self._page = page

    def page(self, document_id, number):
        assert (document_id, number) == ("d1", self._page.number)
        return self._page


def record_found(page, kind="text", section="Item 7. Discussion"):
    passage = Passage("p1", "d1", page.number, kind, section, "Net\nsales", 0, 1)
    hit = ScoredPassage(passage, 0.0312345678, (("words", 0.5), ("document", 0.85)))
    return record_hit(2, hit, {"d1": ACME}, OnePage(page))


def test_a_report_on_an_added_file():
    report = IngestReport(
        "/in/acme-2023.pdf", "acme-2023.pdf", "added", ACME, 1.23456, ("careful",)
    )
    assert record_report(report, SUMS) == {
        "path": "/in/acme-2023.pdf",
        "document_id": "d1",
        "name": "acme-2023.pdf",
        "status": "added",
        "pages": 9,
        "passages": 21,
        "tables": 3,
        "facts": 57,
        "tie_outs": COUNTED,
        "seconds": 1.235,
        "warnings": ["careful"],
        "error": None,
    }


def test_a_report_on_a_file_that_failed_has_the_same_fields():
    report = IngestReport("/in/bad.pdf", "bad.pdf", "failed", None, 0.0, error="It is empty.")
    assert record_report(report, ()) == {
        "path": "/in/bad.pdf",
        "document_id": None,
        "name": "bad.pdf",
        "status": "failed",
        "pages": 0,
        "passages": 0,
        "tables": 0,
        "facts": 0,
        "tie_outs": {"passed": 0, "failed": 0, "not_applicable": 0},
        "seconds": 0.0,
        "warnings": [],
        "error": "It is empty.",
    }


def test_a_document():
    assert record_document(ACME, SUMS) == {
        "document_id": "d1",
        "name": "acme-2023.pdf",
        "company": "Acme Corporation",
        "form": "10-K",
        "fiscal_year": 2023,
        "period_end": "2023-12-31",
        "pages": 9,
        "passages": 21,
        "tables": 3,
        "facts": 57,
        "tie_outs": COUNTED,
        "added_at": "2024-02-03T04:05:06+00:00",
        "warnings": ["page 3 has no text"],
    }


def test_what_is_not_known_of_a_document_is_null():
    record = record_document(BARE, ())
    assert [record[name] for name in ("company", "form", "fiscal_year", "period_end")] == [None] * 4


def test_a_passage_that_was_found_has_its_place():
    words = [Word("Net", Box(72, 10, 90, 20)), Word("sales", Box(80, 30, 120, 40))]
    page = Page(4, tuple(Line((word,)) for word in words), 612.0, 792.0)
    assert record_found(page) == {
        "rank": 2,
        "score": 0.031235,
        "parts": {"words": 0.5, "document": 0.85},
        "document_id": "d1",
        "document": "acme-2023.pdf",
        "page": 4,
        "kind": "text",
        "section": "Item 7. Discussion",
        "text": "Net\nsales",
        "boxes": [[72, 10, 120, 40]],
        "facts": [],
    }


def test_a_passage_of_a_sheet_has_no_box():
    page = Page(1, (Line((Word("Net", cell="A1"),)), Line((Word("5", cell="B2"),))), label="S")
    record = record_found(page, "sheet", None)
    assert (record["boxes"], record["section"], record["kind"]) == ([], None, "sheet")


def test_a_fact_has_its_meaning_and_its_place():
    assert record_fact(SALES, "acme-2023.pdf") == {
        "fact_id": "f1",
        "document_id": "d1",
        "document": "acme-2023.pdf",
        "page": 4,
        "line_item": "Net sales",
        "parents": ["Garden"],
        "concept": "revenue",
        "period": "FY2023",
        "period_end": "2023-12-31",
        "months": 12,
        "fiscal_year": 2023,
        "value": -1284.7,
        "value_as_printed": "(1,284.7)",
        "unit": "USD",
        "scale": 1_000_000,
        "statement": "income",
        "source": "table",
        "quote": "Net sales (1,284.7) 1,201.3",
        "box": [300.5, 120.0, 340.25, 130.0],
        "sheet": None,
        "cell": None,
    }


def test_what_is_not_known_of_a_fact_is_null():
    bare = replace(SALES, concept=None, period=None, unit=None, statement=None, box=None)
    record = record_fact(bare, "acme-2023.pdf")
    unknown = [name for name, value in record.items() if value is None]
    assert unknown == [
        "concept",
        "period",
        "period_end",
        "months",
        "fiscal_year",
        "unit",
        "statement",
        "box",
        "sheet",
        "cell",
    ]


def test_a_period_without_a_known_day_keeps_its_year():
    record = record_fact(replace(SALES, period=Period(3, None, 2023, 2)), "acme-2023.pdf")
    assert (record["period"], record["period_end"], record["months"]) == ("Q2 2023", None, 3)


def test_a_fact_of_a_sheet_has_its_cell():
    fact = replace(SALES, box=None, sheet="Segments", cell="B7")
    record = record_fact(fact, "segments.xlsx")
    assert (record["box"], record["sheet"], record["cell"]) == (None, "Segments", "B7")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("1284.7", "1284.7"),
        ("-0.05", "-0.05"),
        ("1284.0", "1284"),
        ("1E+3", "1000"),
        ("123456789012345678901", "123456789012345678901"),
    ],
)
def test_whole_values_are_written_without_a_point(value, written):
    assert json.dumps(record_fact(replace(SALES, value=Decimal(value)), "a")["value"]) == written


def test_the_records_are_plain_json():
    page = Page(4, (Line((Word("Net", Box(72, 10, 90, 20)),)),), 612.0, 792.0)
    report = IngestReport("/in/a.pdf", "a.pdf", "unchanged", ACME, 0.1)
    records = [
        record_report(report, SUMS),
        record_document(ACME, SUMS),
        record_found(page),
        record_fact(SALES, "acme-2023.pdf"),
    ]
    assert json.loads(json.dumps(records, allow_nan=False)) == records
