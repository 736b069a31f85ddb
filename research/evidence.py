"""Turning what grounds an answer into evidence that can be shown: quotation and exact place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ingestion.documents import Document, Passage, ScoredPassage
from research.grounding import Grounding
from research.places import (
    Place,
    locate_passage,
    locate_span,
    mark_figure,
    mark_passage,
    mark_span,
)
from research.questions import Evidence, EvidenceKind
from research.retrieval.store import PassageStore

# Beside the proof, so many of the passages that were read are shown.
_PASSAGES_SHOWN = 5
_LONGEST_QUOTE = 600


def build_evidence(
    store: PassageStore,
    documents: Mapping[str, Document],
    grounding: Grounding,
    read: Sequence[ScoredPassage],
) -> tuple[Evidence, ...]:
    """Return the exact places first (when the answer is grounded), then the passages read."""
    scores = {scored.passage.passage_id: scored.score for scored in read}
    proof: list[Evidence] = []
    if grounding.grounded:
        proof += [_build_from_place(store, documents, scores, p) for p in grounding.places]
        proof += [
            _build_from_sentence(store, documents, scores, *sentence)
            for sentence in grounding.sentences
        ]
    context = [
        build_passage_evidence(store, documents, scored) for scored in read[:_PASSAGES_SHOWN]
    ]
    return tuple({evidence.evidence_id: evidence for evidence in [*proof, *context]}.values())


def _build_from_place(
    store: PassageStore,
    documents: Mapping[str, Document],
    scores: Mapping[str, float],
    place: Place,
) -> Evidence:
    passage = place.passage
    page = store.page(passage.document_id, passage.page)
    cell: str | None = None
    if place.in_table:
        boxes, cell = mark_figure(place, page)
        span = locate_passage(passage, page)
    else:
        boxes = mark_span(passage, page, place.start, place.end)
        span = locate_span(passage, page, place.start, place.end)
    return Evidence(
        evidence_id=f"{passage.passage_id}-{place.start}-{place.column or 0}",
        document_id=passage.document_id,
        document=documents[passage.document_id].name,
        page=passage.page,
        kind="cell" if place.in_table else "text",
        quote=_quote_cell(place) if place.in_table else place.quote,
        boxes=boxes,
        sheet=page.label,
        cell=cell,
        score=scores.get(passage.passage_id, 0.0),
        passage_id=passage.passage_id,
        is_proof=True,
        span=span,
    )


def _quote_cell(place: Place) -> str:
    label = place.label.strip() or "(no label)"
    return (
        f"{label}, {place.heads}: {place.figure.text}"
        if place.heads
        else (f"{label}: {place.figure.text}")
    )


def _build_from_sentence(
    store: PassageStore,
    documents: Mapping[str, Document],
    scores: Mapping[str, float],
    passage: Passage,
    start: int,
    end: int,
) -> Evidence:
    page = store.page(passage.document_id, passage.page)
    is_prose = passage.kind == "text"
    return Evidence(
        evidence_id=f"{passage.passage_id}-{start}-s",
        document_id=passage.document_id,
        document=documents[passage.document_id].name,
        page=passage.page,
        kind="text" if is_prose else "table",
        quote=passage.text[start:end][:_LONGEST_QUOTE],
        boxes=mark_span(passage, page, start, end) if is_prose else mark_passage(passage, page),
        sheet=page.label,
        cell=None,
        score=scores.get(passage.passage_id, 0.0),
        passage_id=passage.passage_id,
        is_proof=True,
        span=locate_span(passage, page, start, end) if is_prose else locate_passage(passage, page),
    )


def build_passage_evidence(
    store: PassageStore, documents: Mapping[str, Document], scored: ScoredPassage
) -> Evidence:
    """Return a passage that was found as evidence, the whole of it marked on its page."""
    passage = scored.passage
    page = store.page(passage.document_id, passage.page)
    kind: EvidenceKind = "text" if passage.kind == "text" else "table"
    return Evidence(
        evidence_id=f"{passage.passage_id}-p",
        document_id=passage.document_id,
        document=documents[passage.document_id].name,
        page=passage.page,
        kind=kind,
        quote=passage.text[:_LONGEST_QUOTE],
        boxes=mark_passage(passage, page),
        sheet=page.label,
        cell=None,
        score=scored.score,
        passage_id=passage.passage_id,
        span=locate_passage(passage, page),
    )
