"""What the search needs of a workspace, as a protocol. Knows no index and no database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from ingestion.documents import (
    Document,
    Fact,
    FactRow,
    Page,
    Passage,
    ScoredPassage,
    StatementCount,
)


class PassageStore(Protocol):
    """Documents that can be searched. `document_ids` None means all of them."""

    def documents(self) -> tuple[Document, ...]:
        """Return all documents."""

    def page(self, document_id: str, number: int) -> Page:
        """Return a page with its lines."""

    def search_terms(
        self,
        terms: Sequence[Sequence[str]],
        limit: int,
        document_ids: Sequence[str] | None = None,
    ) -> tuple[ScoredPassage, ...]:
        """Rank passages by terms, each of them words or phrases that are alternatives."""

    def search_vectors(
        self, query: str, limit: int, document_ids: Sequence[str] | None = None
    ) -> tuple[ScoredPassage, ...]:
        """Rank passages by their vectors."""

    def find_rows(
        self, document_ids: Sequence[str], words: Sequence[str], concepts: Sequence[str]
    ) -> tuple[FactRow, ...]:
        """Return the rows that hold any of the words or are one of the concepts."""

    def count_statement_items(self, document_ids: Sequence[str]) -> tuple[StatementCount, ...]:
        """Return which line items of each statement the tables of each page hold."""

    def passages(self, passage_ids: Sequence[str]) -> tuple[Passage, ...]:
        """Return the passages of these ids, in their order; those not there are left out."""

    def passages_on(self, pages: Iterable[tuple[str, int]]) -> tuple[Passage, ...]:
        """Return the passages on pages, each a document's id and a number."""

    def find_facts(
        self,
        document_ids: Sequence[str] | None = None,
        line_item: str | None = None,
        concepts: Sequence[str] = (),
        page: int | None = None,
        limit: int | None = None,
    ) -> tuple[Fact, ...]:
        """Return typed facts by document and place; what is None or empty restricts nothing."""
