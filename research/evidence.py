"""Turning what grounds an answer into evidence that can be shown: quotation and exact place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ingestion.documents import Box, Document, Page, Passage, ScoredPassage
from research.places import locate_passage, locate_span, mark_passage, mark_span
from research.questions import Evidence, EvidenceKind
from research.retrieval.store import PassageStore
from research.verification.fact_places import FactPlace
from research.verification.verifier import Verification

# Beside the proof, so many of the passages that were read are shown.
_PASSAGES_SHOWN = 5
_LONGEST_QUOTE = 600


def build_evidence(
    store: PassageStore,
    documents: Mapping[str, Document],
    verification: Verification | None,
    read: Sequence[ScoredPassage],
) -> tuple[Evidence, ...]:
    """Return the exact places first (when the answer is supported), then the passages read."""
    scores = {scored.passage.passage_id: scored.score for scored in read}
    proof: list[Evidence] = []
    if verification is not None and verification.supported:
        if verification.match is not None:
            proof.append(build_fact_evidence(store, documents, verification.match.place, scores))
        if verification.sentence is not None:
            proof.append(_build_from_sentence(store, documents, scores, *verification.sentence))
    context = [
        build_passage_evidence(store, documents, scored) for scored in read[:_PASSAGES_SHOWN]
    ]
    return tuple({evidence.evidence_id: evidence for evidence in [*proof, *context]}.values())


def build_fact_evidence(
    store: PassageStore,
    documents: Mapping[str, Document],
    place: FactPlace,
    scores: Mapping[str, float] | None = None,
) -> Evidence:
    """Return a fact as evidence: its cell, or its sentence."""
    fact, passage = place.fact, place.passage
    page = store.page(fact.document_id, fact.page)
    in_sentence = fact.source == "sentence"
    boxes, span = _mark_fact(place, page)
    return Evidence(
        evidence_id=fact.fact_id,
        document_id=fact.document_id,
        document=documents[fact.document_id].name,
        page=fact.page,
        kind="text" if in_sentence else "cell",
        quote=fact.quote[:_LONGEST_QUOTE] if in_sentence else _quote_cell(place),
        boxes=boxes,
        sheet=page.label,
        cell=fact.cell,
        score=(scores or {}).get(passage.passage_id, 0.0),
        passage_id=passage.passage_id,
        is_proof=True,
        span=span,
    )


def _mark_fact(place: FactPlace, page: Page) -> tuple[tuple[Box, ...], tuple[int, int]]:
    """Return the boxes of a fact's number (of its sentence, in prose), and its span of text."""
    fact, passage = place.fact, place.passage
    if fact.source == "sentence" and passage.kind == "text":
        found = _find_quote(passage.text, fact.quote)
        if found is not None:
            return mark_span(passage, page, *found), locate_span(passage, page, *found)
    boxes = (fact.box,) if fact.box else () if fact.cell else mark_passage(passage, page)
    return boxes, locate_passage(passage, page)


def _find_quote(text: str, quote: str) -> tuple[int, int] | None:
    """Return where a sentence stands in a passage, whose lines may break within it."""
    words = [re.escape(word) for word in quote.split()]
    found = re.search(r"\s+".join(words), text) if words else None
    return found.span() if found else None


def _quote_cell(place: FactPlace) -> str:
    fact = place.fact
    above = " > ".join(parent.strip().rstrip(":") for parent in fact.parents)
    label = fact.line_item.strip() or "(no label)"
    named = f"{above} > {label}" if above else label
    period = f", {fact.period.label}" if fact.period else ""
    return f"{named}{period}: {fact.value_as_printed.strip()}"


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
