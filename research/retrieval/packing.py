"""What of the evidence the model reads: the parts that matter, as much as fits, best at both ends.

Knows no model beyond a way to count tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ingestion.documents import Passage, ScoredPassage
from research.retrieval.excerpts import Cut, cut_passage, weigh_best_row
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
    """Return the part of each passage that may answer the question, in their order.

    Windows of one table are joined at the place of the first, under one head.
    """
    bodies: dict[tuple[str, int, str], dict[int, str]] = {}
    firsts: dict[tuple[str, int, str], ScoredPassage] = {}
    best = max((weigh_best_row(scored.passage, query) for scored in ranked), default=0.0)
    for scored in ranked:
        passage = scored.passage
        cut = cut_passage(passage, query, best)
        if not cut.body:
            continue
        # Prose has no head and is joined with nothing.
        key = (passage.document_id, passage.page, cut.head or passage.passage_id)
        firsts.setdefault(key, scored)
        bodies.setdefault(key, {})[passage.first_line] = cut.body
    return tuple(
        Excerpt(
            scored,
            Cut(
                key[2] if key[2] != scored.passage.passage_id else "",
                "\n".join(body for _, body in sorted(bodies[key].items())),
            ).text,
        )
        for key, scored in firsts.items()
    )


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
