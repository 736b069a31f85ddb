"""The filings in a workspace, and the pages that each way of ranking finds there.

Knows the workspace and the search; no question's gold and no chat model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fusion import fuse_rankings
from benchmarks.golds import find_filing
from benchmarks.measures import PagePlace, keep_first
from ingestion.documents import ScoredPassage
from ingestion.workspace import Workspace
from research.retrieval.search import search_passages

# As deep as the desk's search asks each ranking: deeper would make it another search.
DEPTH = 50

# Where the questions are asked: in the filings that they name, or in all documents.
PLACES = ("filing", "library")

Search = Callable[[Workspace, str, Sequence[str] | None], Sequence[ScoredPassage]]


def _search_words(
    store: Workspace, query: str, document_ids: Sequence[str] | None
) -> Sequence[ScoredPassage]:
    return store.search_words(query, DEPTH, document_ids)


def _search_vectors(
    store: Workspace, query: str, document_ids: Sequence[str] | None
) -> Sequence[ScoredPassage]:
    return store.search_vectors(query, DEPTH, document_ids)


def _search_fused(
    store: Workspace, query: str, document_ids: Sequence[str] | None
) -> Sequence[ScoredPassage]:
    rankings = [
        _search_vectors(store, query, document_ids),
        _search_words(store, query, document_ids),
    ]
    return fuse_rankings(rankings)


def _search_desk(
    store: Workspace, query: str, document_ids: Sequence[str] | None
) -> Sequence[ScoredPassage]:
    return search_passages(store, query, DEPTH, document_ids)


DESK = "as the desk searches"
# The first three stay what they are, as the baseline for whatever the desk's search becomes.
RANKINGS: Mapping[str, Search] = {
    "words only": _search_words,
    "vectors only": _search_vectors,
    "fused": _search_fused,
    DESK: _search_desk,
}


@dataclass(frozen=True, slots=True)
class Library:
    """A workspace that holds the filings needed; `ids` leads from a filing's name to its id.

    `added` and `pages_added` say what had to be read for it, in `seconds`.
    """

    workspace: Workspace
    ids: Mapping[str, str]
    added: int
    pages_added: int
    seconds: float

    def find_ids(self, documents: Sequence[str]) -> tuple[str, ...]:
        """Return the ids of filings."""
        return tuple(self.ids[document] for document in documents)

    def find_pages(
        self, ranking: str, query: str, documents: Sequence[str] | None, most: int
    ) -> tuple[PagePlace, ...]:
        """Return the first pages of a ranking, in these filings or (None) in all documents.

        A document that is none of the filings goes by its id.
        """
        names = {document_id: name for name, document_id in self.ids.items()}
        document_ids = None if documents is None else self.find_ids(documents)
        found = RANKINGS[ranking](self.workspace, query, document_ids)
        passages = [scored.passage for scored in found]
        places = [
            PagePlace(names.get(passage.document_id, passage.document_id), passage.page)
            for passage in passages
        ]
        return keep_first(places)[:most]


def prepare_library(
    workspace: Workspace, data: Path, filings: Sequence[str], tell: Callable[[str], None]
) -> Library:
    """Add the filings that the workspace lacks, and read again what an older parser stored.

    All vectors are made before it returns, and are part of `seconds`.

    Raises:
        DataMissing: a filing is not in the data folder.
        IngestionError: a filing cannot be added.
    """
    ids: dict[str, str] = {}
    paths = {filing: find_filing(data, filing) for filing in filings}
    added = pages = 0
    seconds = 0.0
    for report in workspace.refresh():
        tell(report.error or f"read again, as an older version had stored it: {report.name}")
    for filing, path in paths.items():
        report = workspace.add_file(path)
        assert report.document is not None, "add_file raises when it adds nothing"
        ids[filing] = report.document.document_id
        if report.status == "added":
            added += 1
            pages += report.document.pages
            seconds += report.seconds
            tell(f"added {filing}: {report.document.pages} pages in {report.seconds:.1f} s")
    made = workspace.embed_waiting()
    if made.made or made.copied:
        tell(f"made {made.made} vectors in {made.seconds:.1f} s; copied {made.copied}")
    seconds += made.seconds
    return Library(workspace, ids, added, pages, seconds)
