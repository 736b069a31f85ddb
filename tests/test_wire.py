"""The JSON of the commands: its field names are a promise to scripts."""

from __future__ import annotations

import json

from app.wire import record_document, record_hit, record_report
from ingestion.documents import (
    Box,
    Document,
    FilingFacts,
    IngestReport,
    Line,
    Page,
    Passage,
    ScoredPassage,
    Word,
)

ACME = Document(
    "d1",
    "acme-2023.pdf",
    FilingFacts("Acme Corporation", "10-K", 2023, "2023-12-31"),
    pages=9,
    passages=21,
    tables=3,
    facts=0,
    added_at="2024-02-03T04:05:06+00:00",
    warnings=("page 3 has no text",),
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
    return record_hit(2, ScoredPassage(passage, 0.0312345678), {"d1": ACME}, OnePage(page))


def test_a_report_on_an_added_file():
    report = IngestReport(
        "/in/acme-2023.pdf", "acme-2023.pdf", "added", ACME, 1.23456, ("careful",)
    )
    assert record_report(report) == {
        "path": "/in/acme-2023.pdf",
        "document_id": "d1",
        "name": "acme-2023.pdf",
        "status": "added",
        "pages": 9,
        "passages": 21,
        "tables": 3,
        "facts": 0,
        "seconds": 1.235,
        "warnings": ["careful"],
        "error": None,
    }


def test_a_report_on_a_file_that_failed_has_the_same_fields():
    report = IngestReport("/in/bad.pdf", "bad.pdf", "failed", None, 0.0, error="It is empty.")
    assert record_report(report) == {
        "path": "/in/bad.pdf",
        "document_id": None,
        "name": "bad.pdf",
        "status": "failed",
        "pages": 0,
        "passages": 0,
        "tables": 0,
        "facts": 0,
        "seconds": 0.0,
        "warnings": [],
        "error": "It is empty.",
    }


def test_a_document():
    assert record_document(ACME) == {
        "document_id": "d1",
        "name": "acme-2023.pdf",
        "company": "Acme Corporation",
        "form": "10-K",
        "fiscal_year": 2023,
        "period_end": "2023-12-31",
        "pages": 9,
        "passages": 21,
        "tables": 3,
        "facts": 0,
        "added_at": "2024-02-03T04:05:06+00:00",
        "warnings": ["page 3 has no text"],
    }


def test_what_is_not_known_of_a_document_is_null():
    record = record_document(BARE)
    assert [record[name] for name in ("company", "form", "fiscal_year", "period_end")] == [None] * 4


def test_a_passage_that_was_found_has_its_place():
    words = [Word("Net", Box(72, 10, 90, 20)), Word("sales", Box(80, 30, 120, 40))]
    page = Page(4, tuple(Line((word,)) for word in words), 612.0, 792.0)
    assert record_found(page) == {
        "rank": 2,
        "score": 0.031235,
        "document_id": "d1",
        "document": "acme-2023.pdf",
        "page": 4,
        "kind": "text",
        "section": "Item 7. Discussion",
        "text": "Net\nsales",
        "boxes": [[72, 10, 120, 40]],
    }


def test_a_passage_of_a_sheet_has_no_box():
    page = Page(1, (Line((Word("Net", cell="A1"),)), Line((Word("5", cell="B2"),))), label="S")
    record = record_found(page, "sheet", None)
    assert (record["boxes"], record["section"], record["kind"]) == ([], None, "sheet")


def test_the_records_are_plain_json():
    page = Page(4, (Line((Word("Net", Box(72, 10, 90, 20)),)),), 612.0, 792.0)
    report = IngestReport("/in/a.pdf", "a.pdf", "unchanged", ACME, 0.1)
    records = [record_report(report), record_document(ACME), record_found(page)]
    assert json.loads(json.dumps(records, allow_nan=False)) == records
