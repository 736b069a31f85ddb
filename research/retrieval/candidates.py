"""The candidates of a search: what speaks for each, part by part, and their order.

Knows no index and no question: `search` says what speaks for what.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from ingestion.documents import Passage, ScoredPassage

# A shorter ranking found all there is: then its last is not as if it had not been found.
_SHORT = 60
# Of its worth as a line item, a passage loses so much when better ones have told all it tells.
_REPEATED = 0.25


@dataclass(frozen=True, slots=True)
class Weights:
    """What each part of a score is worth.

    `words` and `vectors` are the two text rankings, `item` and `label` a row's line item and its
    words, `statement` a primary statement that the question names, `heading` a section's heading,
    `form_item` the item of a form that tells of such things.
    """

    words: float = 0.8
    vectors: float = 0.5
    item: float = 1.4
    label: float = 0.8
    statement: float = 1.0
    heading: float = 1.0
    form_item: float = 0.3


class Candidates:
    """The candidates and what speaks for each, by part; only of the `documents` searched.

    A document that came in since the search began is not one of them.
    """

    def __init__(self, documents: frozenset[str]) -> None:
        self._documents = documents
        self.passages: dict[str, Passage] = {}
        self.parts: dict[str, dict[str, float]] = defaultdict(dict)
        # The line items that are needed and stand in a passage.
        self.items: dict[str, frozenset[str]] = {}

    def add(self, part: str, ranking: Sequence[ScoredPassage]) -> None:
        """Take in a ranking: its best scores 1, its last 0, as what was not found at all."""
        self.add_passages(scored.passage for scored in ranking)
        best = max((scored.score for scored in ranking), default=0.0)
        least = min((scored.score for scored in ranking), default=0.0)
        spread = best - least if len(ranking) > _SHORT and best > least else best
        for scored in ranking:
            if spread > 0.0 and scored.passage.passage_id in self.passages:
                self.note(part, scored.passage, 1.0 - (best - scored.score) / spread)

    def add_passages(self, passages: Iterable[Passage]) -> None:
        """Take in passages of which nothing speaks yet."""
        for passage in passages:
            if passage.document_id in self._documents:
                self.passages.setdefault(passage.passage_id, passage)

    def note(self, part: str, passage: Passage, value: float) -> None:
        """Let something speak for a passage; of one part the most counts."""
        if value > 0.0:
            parts = self.parts[passage.passage_id]
            parts[part] = max(parts.get(part, 0.0), value)

    def rank(
        self, weights: Weights, prior: Mapping[str, float], limit: int
    ) -> tuple[ScoredPassage, ...]:
        """Return the best passages, of equal texts the first."""
        scored = [self._score(passage, weights, prior) for passage in self.passages.values()]
        # Ties are broken by place, so that the same question finds the same every time.
        scored.sort(
            key=lambda s: (-s.score, s.passage.document_id, s.passage.page, s.passage.first_line)
        )
        unique: dict[str, ScoredPassage] = {}
        for candidate in scored:
            unique.setdefault(_fold(candidate.passage.text), candidate)
        return self._spread(list(unique.values()), limit)

    def _score(
        self, passage: Passage, weights: Weights, prior: Mapping[str, float]
    ) -> ScoredPassage:
        parts = self.parts.get(passage.passage_id, {})
        document = prior[passage.document_id]
        told = tuple(
            (field.name, getattr(weights, field.name) * parts[field.name])
            for field in fields(weights)
            if field.name in parts
        )
        score = document * sum(value for _, value in told)
        return ScoredPassage(passage, score, (*told, ("document", document)))

    def _spread(self, scored: Sequence[ScoredPassage], limit: int) -> tuple[ScoredPassage, ...]:
        """Take the best one after another; a line item that is told counts less the next time."""
        told: set[tuple[str, str]] = set()
        # Scores only fall as more is told, so the best by an old score need only be looked at anew.
        heap = [(-one.score, place) for place, one in enumerate(scored)]
        heapq.heapify(heap)
        order: list[ScoredPassage] = []
        while heap and len(order) < limit:
            old, place = heapq.heappop(heap)
            one = scored[place]
            tells = self._tells(one)
            again = bool(tells) and tells <= told
            score = one.score - (_REPEATED * dict(one.parts)["item"] if again else 0.0)
            if -score > old:
                heapq.heappush(heap, (-score, place))
                continue
            told |= tells
            order.append(replace(one, score=score))
        return tuple(order)

    def _tells(self, scored: ScoredPassage) -> set[tuple[str, str]]:
        passage = scored.passage
        items = self.items.get(passage.passage_id, frozenset())
        return {(passage.document_id, item) for item in items}


def _fold(text: str) -> str:
    return " ".join(text.lower().split())
