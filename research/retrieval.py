"""Finding evidence: two rankings, fused, and cut to what the model can read.

Declares what it needs of a store. Knows no model beyond a way to count tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ingestion.documents import Document, Page, Passage, ScoredPassage

# Each ranking is asked for more than is used: fusion rewards what both have found.
_DEPTH = 50
# The constant of reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009).
_RRF_K = 60

Item = TypeVar("Item")


class PassageStore(Protocol):
    """What research needs of a workspace."""

    def documents(self) -> tuple[Document, ...]:
        """Return all documents."""

    def page(self, document_id: str, number: int) -> Page:
        """Return a page with its lines."""

    def search_words(
        self, query: str, limit: int, document_ids: Sequence[str] | None = None
    ) -> tuple[ScoredPassage, ...]:
        """Rank passages by their words."""

    def search_vectors(
        self, query: str, limit: int, document_ids: Sequence[str] | None = None
    ) -> tuple[ScoredPassage, ...]:
        """Rank passages by their vectors."""


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """How much evidence a sub-question gets.

    The best `passages` (the paper's 10) go to the model, as many as fit into `tokens` (the
    weights were trained on prompts of some 2,200 in all). The checks look through the best
    `looked_through`, for what confirms an answer and for what contradicts it.
    """

    passages: int = 10
    tokens: int = 1500
    looked_through: int = 40


def search_passages(
    store: PassageStore, query: str, limit: int, document_ids: Sequence[str] | None = None
) -> tuple[ScoredPassage, ...]:
    """Return the best passages by dense and lexical rank together, without repeated texts."""
    depth = max(_DEPTH, limit)
    rankings = [
        store.search_vectors(query, depth, document_ids),
        store.search_words(query, depth, document_ids),
    ]
    fused = fuse_rankings(rankings)
    seen: set[str] = set()
    unique: list[ScoredPassage] = []
    for scored in fused:
        if scored.passage.text not in seen:
            seen.add(scored.passage.text)
            unique.append(scored)
    return tuple(unique[:limit])


def fuse_rankings(rankings: Sequence[Sequence[ScoredPassage]]) -> tuple[ScoredPassage, ...]:
    """Fuse rankings by reciprocal rank: a passage scores the sum of 1 / (60 + its rank)."""
    scores: dict[str, float] = {}
    passages: dict[str, Passage] = {}
    for ranking in rankings:
        for rank, scored in enumerate(ranking, start=1):
            key = scored.passage.passage_id
            scores[key] = scores.get(key, 0.0) + 1.0 / (_RRF_K + rank)
            passages[key] = scored.passage
    # Ties are broken by id, so that the same question finds the same evidence every time.
    order = sorted(scores, key=lambda key: (-scores[key], key))
    return tuple(ScoredPassage(passages[key], scores[key]) for key in order)


def fit_passages(
    passages: Sequence[ScoredPassage], tokens: int, count_tokens: Callable[[str], int]
) -> tuple[ScoredPassage, ...]:
    """Return the best passages that fit into `tokens` together; always at least one."""
    fitting: list[ScoredPassage] = []
    used = 0
    for scored in passages:
        used += count_tokens(scored.passage.text) + 2
        if fitting and used > tokens:
            break
        fitting.append(scored)
    return tuple(fitting)


def lay_zigzag(ranked: Sequence[Item]) -> tuple[Item, ...]:
    """Lay items so that the best stand at both ends: ranks 1, 3, 5, ... 6, 4, 2."""
    return (*ranked[::2], *reversed(ranked[1::2]))
