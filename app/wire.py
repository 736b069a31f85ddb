"""What the commands print with --json, beside the answer itself (see `research.record`).

The field names are a promise to scripts: fields may be added, never renamed or dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingestion.documents import Document, IngestReport, ScoredPassage
from research.places import mark_passage
from research.retrieval import PassageStore

Record = dict[str, Any]


def record_report(report: IngestReport) -> Record:
    """Return one item of `acedesk ingest --json`."""
    document = report.document
    return {
        "path": report.path,
        "document_id": document.document_id if document else None,
        "name": report.name,
        "status": report.status,
        "pages": document.pages if document else 0,
        "passages": document.passages if document else 0,
        "tables": document.tables if document else 0,
        "facts": document.facts if document else 0,
        "seconds": round(report.seconds, 3),
        "warnings": list(report.warnings),
        "error": report.error,
    }


def record_document(document: Document) -> Record:
    """Return one item of `acedesk documents --json`."""
    return {
        "document_id": document.document_id,
        "name": document.name,
        "company": document.filing.company,
        "form": document.filing.form,
        "fiscal_year": document.filing.fiscal_year,
        "period_end": document.filing.period_end,
        "pages": document.pages,
        "passages": document.passages,
        "tables": document.tables,
        "facts": document.facts,
        "added_at": document.added_at,
        "warnings": list(document.warnings),
    }


def record_hit(
    rank: int, scored: ScoredPassage, documents: Mapping[str, Document], store: PassageStore
) -> Record:
    """Return one item of `acedesk search --json`."""
    passage = scored.passage
    page = store.page(passage.document_id, passage.page)
    return {
        "rank": rank,
        "score": round(scored.score, 6),
        "document_id": passage.document_id,
        "document": documents[passage.document_id].name,
        "page": passage.page,
        "kind": passage.kind,
        "section": passage.section,
        "text": passage.text,
        "boxes": [list(box) for box in mark_passage(passage, page)],
    }
