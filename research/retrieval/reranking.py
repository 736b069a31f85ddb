"""Reading the best candidates once more with a cross-encoder, where the user has one.

A cross-encoder reads question and passage together, which tells more than two vectors do and
takes some hundred times as long. What it says is one more part of the score: rows and statements
stay what they are. Its weight is not measured, as no cross-encoder comes with the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ingestion.documents import ScoredPassage

# So many of the best are read; the others stay behind them.
MOST_READ = 40
# What the best of them gains, against the best score of the search.
_WEIGHT = 0.5


class Reranker(Protocol):
    """What the search needs of a cross-encoder."""

    @property
    def name(self) -> str:
        """Names the model."""

    def score(self, query: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return how well each text answers the query, shape (len(texts),); more is better."""


def rerank(
    ranked: Sequence[ScoredPassage], question: str, reranker: Reranker
) -> tuple[ScoredPassage, ...]:
    """Return the candidates in their new order, the cross-encoder's word as one more part."""
    head, tail = ranked[:MOST_READ], ranked[MOST_READ:]
    if len(head) < 2 or not question.strip():
        return tuple(ranked)
    read = reranker.score(question, [scored.passage.text for scored in head])
    least, most = float(np.min(read)), float(np.max(read))
    if most <= least:
        return tuple(ranked)
    gain = _WEIGHT * head[0].score
    told = [gain * (float(value) - least) / (most - least) for value in read]
    again = [
        replace(
            scored,
            score=scored.score + value,
            parts=(*scored.parts[:-1], ("reranker", value), *scored.parts[-1:]),
        )
        for scored, value in zip(head, told, strict=True)
    ]
    # Sorting is stable, so what the cross-encoder does not tell apart keeps its order.
    return (*sorted(again, key=lambda scored: -scored.score), *tail)
