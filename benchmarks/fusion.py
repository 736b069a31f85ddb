"""Reciprocal rank fusion, the baseline that the desk's own ranking is held against."""

from __future__ import annotations

from collections.abc import Sequence

from ingestion.documents import Passage, ScoredPassage

# The constant of reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009).
_RRF_K = 60


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
