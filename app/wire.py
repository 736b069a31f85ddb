"""What the commands print with --json, beside the answer itself (see `research.record`).

The field names are a promise to scripts: fields may be added, never renamed or dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, get_args

from ingestion.documents import (
    Document,
    Fact,
    IngestReport,
    ScoredPassage,
    TieOut,
    TieOutOutcome,
)
from research.places import mark_passage
from research.retrieval.store import PassageStore

Record = dict[str, Any]


def record_report(report: IngestReport, tie_outs: Sequence[TieOut]) -> Record:
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
        "tie_outs": _count_tie_outs(tie_outs),
        "seconds": round(report.seconds, 3),
        "warnings": list(report.warnings),
        "error": report.error,
    }


def record_document(document: Document, tie_outs: Sequence[TieOut]) -> Record:
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
        "tie_outs": _count_tie_outs(tie_outs),
        "added_at": document.added_at,
        "warnings": list(document.warnings),
    }


def record_hit(
    rank: int,
    scored: ScoredPassage,
    documents: Mapping[str, Document],
    store: PassageStore,
    facts: Sequence[Fact] = (),
) -> Record:
    """Return one item of `acedesk search --json`; `facts` are those that stand in the passage."""
    passage = scored.passage
    page = store.page(passage.document_id, passage.page)
    return {
        "rank": rank,
        "score": round(scored.score, 6),
        "parts": {name: round(value, 6) for name, value in scored.parts},
        "document_id": passage.document_id,
        "document": documents[passage.document_id].name,
        "page": passage.page,
        "kind": passage.kind,
        "section": passage.section,
        "text": passage.text,
        "boxes": [list(box) for box in mark_passage(passage, page)],
        "facts": [fact.fact_id for fact in facts],
    }


def record_fact(fact: Fact, document: str) -> Record:
    """Return one item of `acedesk facts --json`; `document` is the name of the fact's document."""
    period = fact.period
    return {
        "fact_id": fact.fact_id,
        "document_id": fact.document_id,
        "document": document,
        "page": fact.page,
        "line_item": fact.line_item,
        "parents": list(fact.parents),
        "concept": fact.concept,
        "period": period.label if period else None,
        "period_end": period.end.isoformat() if period and period.end else None,
        "months": period.months if period else None,
        "fiscal_year": period.fiscal_year if period else None,
        "value": _plain_number(fact.value),
        "value_as_printed": fact.value_as_printed,
        "unit": fact.unit,
        "scale": fact.scale,
        "statement": fact.statement,
        "source": fact.source,
        "quote": fact.quote,
        "box": list(fact.box) if fact.box else None,
        "sheet": fact.sheet,
        "cell": fact.cell,
    }


def _count_tie_outs(tie_outs: Sequence[TieOut]) -> dict[TieOutOutcome, int]:
    found = Counter(tie_out.outcome for tie_out in tie_outs)
    return {outcome: found[outcome] for outcome in get_args(TieOutOutcome)}


def _plain_number(value: Decimal) -> int | float:
    """Return a number that JSON can hold: whole ones to the last digit, others as doubles."""
    return int(value) if value == value.to_integral_value() else float(value)
