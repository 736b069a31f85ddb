"""The pages that a memo shows: which they are, and each with its picture, drawn when asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ingestion.documents import Page
from ingestion.errors import IngestionError
from ingestion.readers.pdf import render_page
from ingestion.workspace import Workspace
from research.questions import Evidence, ResearchResult

# A memo of more pages than this is no longer mailed.
MOST_SPREADS = 24
# Pixels a point: sharp on paper at the width of a page, and small enough to be mailed.
_SCALE = 1.5


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page of a document, and its picture (PNG) where it has one."""

    page: Page
    picture: bytes | None


# From a document's id and a page's number; None where the document was removed.
FindLeaf = Callable[[str, int], Leaf | None]


@dataclass(frozen=True, slots=True)
class Spread:
    """A page on which proofs stand, each with the label of the step that it proves."""

    document_id: str
    document: str
    page: int
    proofs: tuple[tuple[str, Evidence], ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The steps that are proved there, each once."""
        return tuple(dict.fromkeys(label for label, _ in self.proofs))


def gather_spreads(result: ResearchResult) -> tuple[Spread, ...]:
    """Return the pages of all proofs in the order of the steps, each page once.

    Steps that compute have no proof of their own: theirs stand under the steps that they use.
    """
    found: dict[tuple[str, int], list[tuple[str, Evidence]]] = {}
    for answer in result.sub_answers:
        if answer.calculation is not None:
            continue
        for item in answer.evidence:
            if item.is_proof:
                found.setdefault((item.document_id, item.page), []).append((answer.label, item))
    return tuple(
        Spread(document_id, proofs[0][1].document, page, tuple(proofs))
        for (document_id, page), proofs in found.items()
    )


def find_no_leaf(_document_id: str, _number: int) -> Leaf | None:
    """Find no page: for a run whose workspace is not at hand."""
    return None


def open_leaves(workspace: Workspace) -> FindLeaf:
    """Return what finds the pages of a workspace's documents."""

    def find(document_id: str, number: int) -> Leaf | None:
        try:
            page = workspace.page(document_id, number)
            if not page.width:
                return Leaf(page, None)
            path = workspace.original_path(workspace.find_document(document_id))
            return Leaf(page, render_page(path, number, _SCALE))
        except IngestionError:
            return None

    return find
