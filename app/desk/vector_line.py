"""The line of the library's pane that shows how far the vectors are: a pure function to HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ingestion.storage.vector_ledger import VectorCount

# As high while there is nothing to show, so that the library below does not jump.
_STYLE = "height:1.75rem;margin:0;display:flex;gap:.6em;align-items:center;overflow:hidden"
_WHY = "Until its vectors are made, a document is searched by its words and facts alone."


def render_vectors(counts: Sequence[VectorCount], problem: str | None) -> str:
    """Show the share of all passages that have vectors, while some lack them, or what went wrong.

    `counts` are those of all documents.
    """
    waiting = [count for count in counts if not count.is_whole]
    if not waiting:
        return f'<div style="{_STYLE}"></div>'
    if problem:
        return f'<p class="desk-failed" role="status">{escape(problem)}</p>'
    done, total = sum(count.done for count in counts), sum(count.total for count in counts)
    share = 100 * done // total
    documents = f"{len(waiting)} {'document' if len(waiting) == 1 else 'documents'}"
    return (
        f'<div class="desk-ingest desk-quiet" role="status" title="{_WHY}" style="{_STYLE}">'
        f"<span>Vectors {share}%</span>"
        f'<progress max="100" value="{share}" aria-label="Vectors made" style="flex:1;min-width:0">'
        f"</progress><span>{documents} left</span></div>"
    )
