"""What a search found, as the page shows it: what was understood, and each hit with its parts.

Pure: a value, and from it HTML, all text escaped. Knows no gradio and does no work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from app.explaining import describe_query, find_factor, list_parts, sum_parts
from app.wording import shorten
from ingestion.documents import ScoredPassage
from research.questions import Evidence
from research.understanding.query import Query

# Rows of a table, and letters of prose, that a card shows.
_ROWS_SHOWN = 8
_LETTERS_SHOWN = 320
_CAPTION_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Found:
    """A search: what was understood, its hits, and each hit as evidence; `error` in place of it.

    `excerpts` are the parts of the hits that the model would read. `waiting` counts the documents
    of which not all vectors are there yet.
    """

    query: Query | None = None
    hits: tuple[ScoredPassage, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    excerpts: tuple[str, ...] = ()
    waiting: int = 0
    error: str | None = None


def render_found(found: Found | None, selected: int | None) -> str:
    """Show a search; each hit is a button that shows its page."""
    if found is None:
        return _hint(
            "Search shows what the model would read for a question, and why: press Search. "
            "It takes no model and no time."
        )
    if found.error:
        return f'<div class="desk-found" role="alert">{_hint(found.error)}</div>'
    told = describe_query(found.query) if found.query else ()
    understood = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in told)
    waiting = (
        _hint(f"The vectors of {found.waiting} documents are not all made yet.")
        if found.waiting
        else ""
    )
    if not found.hits:
        return (
            f'<div class="desk-found"><dl>{understood}</dl>{waiting}'
            f"{_hint('Nothing was found. Say it in other words, or add the filing.')}</div>"
        )
    most = sum_parts(found.hits)
    hits = "".join(
        _render_hit(rank, hit, evidence, _render_text(text), most, rank == selected)
        for rank, (hit, evidence, text) in enumerate(
            zip(found.hits, found.evidence, found.excerpts, strict=True)
        )
    )
    return (
        f'<div class="desk-found" aria-live="polite"><dl>{understood}</dl>{waiting}'
        f'<ol class="desk-hits">{hits}</ol></div>'
    )


def _hint(text: str) -> str:
    return f'<p class="desk-hint">{escape(text)}</p>'


def _render_hit(
    rank: int,
    hit: ScoredPassage,
    evidence: Evidence,
    shown: str,
    most: float,
    is_selected: bool,
) -> str:
    passage = hit.passage
    place = f"sheet {evidence.sheet}" if evidence.sheet else f"page {passage.page}"
    section = (passage.section or "").rpartition(" > ")[2]
    return (
        f'<li><button type="button" data-label="{rank}" '
        f'aria-pressed="{str(is_selected).lower()}">'
        f'<span class="desk-row"><span class="desk-label">{rank + 1}. '
        f"{escape(evidence.document)}, {escape(place)}</span>"
        f'<span class="desk-state">{hit.score:.2f}</span></span>'
        f'<span class="desk-quiet">{escape(shorten(section, 90))}</span>'
        f"{_render_bar(hit, most)}{shown}</button></li>"
    )


def _render_bar(hit: ScoredPassage, most: float) -> str:
    """Draw the parts side by side, as long as each is, and name them below."""
    parts = list_parts(hit)
    bars = "".join(
        f'<i class="desk-part-{name.replace(" ", "-")}" style="width:{100 * value / most:.1f}%" '
        f'title="{escape(name)} {value:.2f}"></i>'
        for name, value in parts
    )
    named = "".join(
        f'<span><i class="desk-part-{name.replace(" ", "-")}"></i>{escape(name)} {value:.2f}</span>'
        for name, value in parts
    )
    return (
        f'<span class="desk-bar" aria-hidden="true">{bars}</span><span class="desk-parts">{named}'
        f"<span>document \u00d7 {find_factor(hit):.2f}</span></span>"
    )


def _render_text(text: str) -> str:
    lines = text.split("\n")
    if not any(line.startswith("|") for line in lines):
        return f'<span class="desk-words">{escape(shorten(text, _LETTERS_SHOWN))}</span>'
    rows = [line[1:-1].split("|") for line in lines if line.startswith("|")]
    caption = shorten(" ".join(line for line in lines if not line.startswith("|")), _CAPTION_SHOWN)
    more = len(rows) - _ROWS_SHOWN
    left = f'<span class="desk-quiet">{more} more rows</span>' if more > 0 else ""
    return (
        f'<span class="desk-words">{escape(caption)}</span>'
        f'<span class="desk-grid">{_render_rows(rows[:_ROWS_SHOWN])}</span>{left}'
    )


def _render_rows(rows: Sequence[Sequence[str]]) -> str:
    """Lay rows out; a button holds no table, so that these are spans with a table's display."""
    return "".join(
        "<span>" + "".join(f"<span>{escape(cell)}</span>" for cell in row) + "</span>"
        for row in rows
    )
