"""What of the evidence the model reads: the parts that matter, as much as fits, best at both ends.

Knows no model beyond a way to count tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ingestion.documents import Passage, ScoredPassage
from research.retrieval.excerpts import cut_excerpt
from research.understanding.query import Query

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """How much evidence a sub-question gets.

    Parts of the best `passages` (the paper's 10) go to the model, as many as fit into `tokens`:
    few, since a laptop reads some hundred a second (the weights were trained on prompts of some
    2,200 in all). The checks look through the whole of the best `looked_through`, for what
    confirms an answer and for what contradicts it.
    """

    passages: int = 10
    tokens: int = 500
    looked_through: int = 40


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A passage that was found, and the part of its text that the model reads."""

    scored: ScoredPassage
    text: str

    @property
    def passage(self) -> Passage:
        """The passage itself."""
        return self.scored.passage


def cut_excerpts(ranked: Sequence[ScoredPassage], query: Query) -> tuple[Excerpt, ...]:
    """Return the part of each passage that may answer the question, in their order."""
    return tuple(Excerpt(scored, cut_excerpt(scored.passage, query)) for scored in ranked)


def fit_excerpts(
    excerpts: Sequence[Excerpt], tokens: int, count_tokens: Callable[[str], int]
) -> tuple[Excerpt, ...]:
    """Return the best excerpts that fit into `tokens` together; always at least one."""
    fitting: list[Excerpt] = []
    used = 0
    for excerpt in excerpts:
        used += count_tokens(excerpt.text) + 2
        if fitting and used > tokens:
            break
        fitting.append(excerpt)
    return tuple(fitting)


def lay_zigzag(ranked: Sequence[Item]) -> tuple[Item, ...]:
    """Lay items so that the best stand at both ends: ranks 1, 3, 5, ... 6, 4, 2."""
    return (*ranked[::2], *reversed(ranked[1::2]))
