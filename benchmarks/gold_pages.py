"""A store that shows only the pages on which the gold evidence stands, and a model that is silent.

Both take one stage of the loop out of the measurement: with the right pages given nothing can be
lost in retrieval, and without a model what is answered comes from facts alone. Knows no question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingestion.documents import (
    Document,
    Fact,
    FactRow,
    Page,
    Passage,
    ScoredPassage,
    StatementCount,
)
from models.chat import CancelToken, Completion, GenerationSettings, ModelFile, Request
from research.retrieval.store import PassageStore

_NO_MODEL = ModelFile("none", "none", "0" * 64)


@dataclass(frozen=True)
class GoldPages:
    """A `PassageStore` of some pages (a document's id and a number) of another one."""

    store: PassageStore
    pages: frozenset[tuple[str, int]]

    def documents(self) -> tuple[Document, ...]:
        """Return all documents."""
        return self.store.documents()

    def page(self, document_id: str, number: int) -> Page:
        """Return a page."""
        return self.store.page(document_id, number)

    def search_terms(
        self,
        terms: Sequence[Sequence[str]],
        limit: int,
        document_ids: Sequence[str] | None = None,
    ) -> tuple[ScoredPassage, ...]:
        """Rank the passages of the pages alone; what no term finds comes last."""
        found = self.store.search_terms(terms, limit, document_ids)
        return self._fill(found, limit, document_ids)

    def search_vectors(
        self, query: str, limit: int, document_ids: Sequence[str] | None = None
    ) -> tuple[ScoredPassage, ...]:
        """Rank the passages of the pages alone."""
        found = self.store.search_vectors(query, limit, document_ids)
        return self._fill(found, limit, document_ids)

    def find_rows(
        self, document_ids: Sequence[str], words: Sequence[str], concepts: Sequence[str]
    ) -> tuple[FactRow, ...]:
        """Return the rows of the pages."""
        found = self.store.find_rows(document_ids, words, concepts)
        return tuple(row for row in found if (row.document_id, row.page) in self.pages)

    def count_statement_items(self, document_ids: Sequence[str]) -> tuple[StatementCount, ...]:
        """Return the counts of all pages: which statements a filing has is no evidence."""
        return self.store.count_statement_items(document_ids)

    def passages(self, passage_ids: Sequence[str]) -> tuple[Passage, ...]:
        """Return the passages of these ids that stand on the pages."""
        return tuple(filter(self._shows, self.store.passages(passage_ids)))

    def passages_on(self, pages: Iterable[tuple[str, int]]) -> tuple[Passage, ...]:
        """Return the passages on those of the pages that are shown."""
        return self.store.passages_on([page for page in pages if page in self.pages])

    def find_facts(
        self,
        document_ids: Sequence[str] | None = None,
        line_item: str | None = None,
        concepts: Sequence[str] = (),
        page: int | None = None,
        limit: int | None = None,
    ) -> tuple[Fact, ...]:
        """Return the facts of the pages."""
        found = self.store.find_facts(document_ids, line_item, concepts, page)
        shown = [fact for fact in found if (fact.document_id, fact.page) in self.pages]
        return tuple(shown[:limit])

    def _shows(self, passage: Passage) -> bool:
        return (passage.document_id, passage.page) in self.pages

    def _fill(
        self, found: Iterable[ScoredPassage], limit: int, document_ids: Sequence[str] | None
    ) -> tuple[ScoredPassage, ...]:
        shown = [scored for scored in found if self._shows(scored.passage)]
        seen = {scored.passage.passage_id for scored in shown}
        pages = sorted(
            page for page in self.pages if document_ids is None or page[0] in document_ids
        )
        rest = (one for one in self.store.passages_on(pages) if one.passage_id not in seen)
        return (*shown, *(ScoredPassage(one, 0.0) for one in rest))[:limit]


@dataclass(frozen=True)
class SilentChatModel:
    """A model that writes nothing, and finds all choices alike."""

    file: ModelFile = _NO_MODEL
    context_tokens: int = 4096

    def count_tokens(self, text: str) -> int:
        """Return a quarter of the characters."""
        return len(text) // 4 + 1

    def stream(
        self, message: str, settings: GenerationSettings, cancel: CancelToken
    ) -> Iterator[str | Completion]:
        """Write nothing."""
        cancel.raise_if_cancelled()
        yield Completion("", 0, 0, 0, 0.0, False)

    def stream_many(
        self, requests: Sequence[Request], cancel: CancelToken
    ) -> Iterator[tuple[int, str | Completion]]:
        """Write nothing to each."""
        for index, request in enumerate(requests):
            for piece in self.stream(request.message, request.settings, cancel):
                yield index, piece

    def weigh_choices(
        self, message: str, choices: Sequence[str], cancel: CancelToken
    ) -> tuple[float, ...]:
        """Find all choices alike."""
        return tuple(1.0 / len(choices) for _ in choices)
