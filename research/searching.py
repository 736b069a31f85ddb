"""The evidence of one sub-question: passages, the parts that the model reads, and typed facts.

A second search looks for what the first one missed: the line item by its other names, and all
rows of that line item in the company's filings. Knows no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from ingestion.documents import Passage, ScoredPassage
from ingestion.filings.lexicon import load_lexicon
from research.desk import Desk
from research.retrieval.packing import Excerpt, cut_excerpts, fit_excerpts
from research.retrieval.search import rank_passages
from research.understanding.query import Query
from research.understanding.understand import understand_question
from research.verification.asking import Asked, read_asked
from research.verification.fact_places import FactPlace, gather_places
from research.verification.lookup import Lookup, look_up

# Other names of a line item that a second search tries.
_OTHER_NAMES = 6
# Pages with rows of the line item that a second search looks through.
_MOST_PAGES = 40


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a sub-question.

    `passages` are the best, best first; `read` are the parts of them that the model reads;
    `places` the facts that stand in them; `lookup` what those say. `searched` tells in words what
    was searched for.
    """

    asked: Asked
    query: Query
    passages: tuple[ScoredPassage, ...]
    excerpts: tuple[Excerpt, ...]
    read: tuple[Excerpt, ...]
    places: tuple[FactPlace, ...]
    lookup: Lookup
    searched: tuple[str, ...]


def find_evidence(desk: Desk, text: str, pinned: Sequence[str] | None = None) -> Found:
    """Search for a sub-question; with `pinned` passage ids only among those."""
    desk.cancel.raise_if_cancelled()
    if pinned is None and text in desk.evidence:
        return cast(Found, desk.evidence[text])
    query = understand_question(text, desk.documents, whole=desk.question.text)
    if pinned is None:
        found = _complete(desk, query, _rank(desk, query), (query.asked,))
        desk.evidence[text] = found
        return found
    passages = [ScoredPassage(passage, 1.0) for passage in desk.store.passages(pinned)]
    return _complete(desk, query, passages, ("the passages that were chosen by hand",))


def search_again(desk: Desk, found: Found) -> Found:
    """Search once more, in other words; what is found comes behind what there was."""
    desk.cancel.raise_if_cancelled()
    names = _list_other_names(found.asked)
    passages = list(found.passages)
    searched = list(found.searched)
    if names:
        said = f"{found.query.asked} ({', '.join(names)})"
        searched.append(said)
        query = understand_question(said, desk.documents, whole=desk.question.text)
        passages += _rank(desk, query)
    passages += [ScoredPassage(passage, 0.0) for passage in _find_rows(desk, found.asked)]
    unique: dict[str, ScoredPassage] = {}
    for scored in passages:
        unique.setdefault(scored.passage.passage_id, scored)
    if len(unique) == len(found.passages):
        return replace(found, searched=tuple(searched))
    return _complete(desk, found.query, tuple(unique.values()), tuple(searched))


def _rank(desk: Desk, query: Query) -> tuple[ScoredPassage, ...]:
    # A document that was added since the run began is not asked.
    ids = [document.document_id for document in desk.documents]
    limit = desk.retrieval.looked_through
    return rank_passages(desk.store, query, desk.documents, limit, ids, reranker=desk.reranker)


def _complete(
    desk: Desk, query: Query, passages: Sequence[ScoredPassage], searched: tuple[str, ...]
) -> Found:
    asked = read_asked(query.text, desk.question.text, desk.documents)
    best = tuple(passages[: desk.retrieval.passages])
    if desk.loop.packed:
        excerpts = cut_excerpts(best, query)
        read = fit_excerpts(excerpts, desk.retrieval.tokens, desk.model.count_tokens)
    else:
        excerpts = read = tuple(Excerpt(scored, scored.passage.text) for scored in best)
    places = gather_places(desk.store, [scored.passage for scored in passages])
    return Found(
        asked=asked,
        query=query,
        passages=tuple(passages),
        excerpts=excerpts,
        read=read,
        places=places,
        lookup=look_up(asked, places),
        searched=searched,
    )


def _list_other_names(asked: Asked) -> list[str]:
    lexicon = load_lexicon()
    names = [
        name
        for item in asked.items
        for concept in sorted(item.concepts)
        for name in lexicon.names_of(concept)
        if name.lower() not in asked.question.lower()
    ]
    return list(dict.fromkeys(names))[:_OTHER_NAMES]


def _find_rows(desk: Desk, asked: Asked) -> tuple[Passage, ...]:
    """Return the passages in the company's filings that hold a row of the line item."""
    concepts = sorted(concept for item in asked.items for concept in item.concepts)
    if not concepts:
        return ()
    ids = asked.query.document_ids or frozenset(desk.by_id)
    chosen = sorted(ids & desk.by_id.keys())
    facts = desk.store.find_facts(chosen, concepts=concepts)
    pages = list(dict.fromkeys((fact.document_id, fact.page) for fact in facts))[:_MOST_PAGES]
    lines = {(fact.document_id, fact.page, fact.line) for fact in facts}
    return tuple(
        passage
        for passage in desk.store.passages_on(pages)
        if any(
            (passage.document_id, passage.page, line) in lines
            for line in range(passage.first_line, passage.last_line + 1)
        )
    )
