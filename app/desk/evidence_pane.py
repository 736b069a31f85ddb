"""The evidence of a sub-answer, or a hit of a search, as the page shows it.

Which pieces there are, where the chosen one stands, its words, what was checked, and its page with
the mark; of a document other pages can be looked at. Pure: all text escaped. Knows no gradio.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

from app.desk.view import Node
from app.markup.checks import render_checks
from app.markup.marked_page import render_marked_page
from app.wording import name_place, quote_evidence, shorten
from ingestion.documents import Page
from research.questions import Check, Evidence

_REMOVED = '<p class="desk-hint">This document was removed from the workspace.</p>'
_QUOTE_SHOWN = 320
_TICK = "\u2713 "


def render_evidence(node: Node | None, index: int, page: Page | None, pages: int = 0) -> str:
    """Show one piece of a sub-answer's evidence: its place, words, and the page with the mark.

    `page` is the one that is looked at, of `pages` of the document: it may be another one than the
    evidence stands on.
    """
    if node is None:
        return (
            '<div class="desk-evidence"><p class="desk-hint">The evidence of the chosen '
            "sub-answer stands here, marked on its page.</p></div>"
        )
    if not node.evidence:
        told = "No passage was found." if node.sub_answer else "Not answered yet."
        return f'<div class="desk-evidence"><h2>{node.step.label}</h2><p>{told}</p></div>'
    evidence = node.evidence[index]
    role = "Proof" if evidence.is_proof else "Passage read"
    checks = node.sub_answer.verdict.checks if node.sub_answer is not None else ()
    return _render_piece(
        _render_title(node.step.label, index, len(node.evidence)),
        role,
        evidence,
        page,
        pages,
        _render_pieces(node.evidence, index) + _render_why(evidence, checks),
    )


def render_hit_page(rank: int, evidence: Evidence, page: Page | None, pages: int = 0) -> str:
    """Show a passage that a search found, on its page; `rank` counts from 0."""
    title = f'<div class="desk-row"><h2>Hit {rank + 1}</h2></div>'
    return _render_piece(title, "Passage found", evidence, page, pages, "")


def _render_title(label: str, index: int, count: int) -> str:
    back = "disabled" if index == 0 else ""
    on = "disabled" if index + 1 >= count else ""
    return (
        f'<div class="desk-row"><h2>Evidence of {escape(label)}</h2>'
        '<span class="desk-pager"><button type="button" data-turn="-1" '
        f'aria-label="Previous evidence" {back}>\u2039</button><span>{index + 1} of {count}</span>'
        f'<button type="button" data-turn="1" aria-label="Next evidence" {on}>\u203a'
        "</button></span></div>"
    )


def _render_piece(
    title: str, role: str, evidence: Evidence, page: Page | None, pages: int, more: str
) -> str:
    quote = shorten(quote_evidence(evidence), _QUOTE_SHOWN)
    return (
        f'<div class="desk-evidence">{title}'
        f'<p class="desk-source"><b>{role}</b> {escape(evidence.document)}, '
        f"{escape(name_place(evidence))}</p>"
        f'<blockquote class="desk-quote">{escape(quote)}</blockquote>{more}'
        f"{_render_page(evidence, page, pages)}</div>"
    )


def _render_pieces(pieces: Sequence[Evidence], index: int) -> str:
    """List all pieces, so that each is one click away; a single one needs no list."""
    if len(pieces) < 2:
        return ""
    several = len({piece.document_id for piece in pieces}) > 1
    items = "".join(
        f'<li><button type="button" data-piece="{at}" aria-pressed="{str(at == index).lower()}" '
        f'title="{escape(piece.document)}, {escape(name_place(piece))}">'
        f"{_TICK if piece.is_proof else ''}"
        f"{escape(_name_shortly(piece, with_document=several))}</button></li>"
        for at, piece in enumerate(pieces)
    )
    return f'<ol class="desk-pieces" aria-label="All pieces of evidence">{items}</ol>'


def _name_shortly(piece: Evidence, *, with_document: bool) -> str:
    place = f"{piece.sheet or f'p. {piece.page}'} {piece.kind}"
    if not with_document:
        return place
    return f"{shorten(piece.document.rpartition('.')[0] or piece.document, 24)}, {place}"


def _render_why(evidence: Evidence, checks: Sequence[Check]) -> str:
    """Tell what was checked of the answer, and how near the passage came to the question."""
    told = f"Why this: {{}} checks passed, score {evidence.score:.2f}"
    return render_checks(checks, "why", told)


def _render_page(evidence: Evidence, page: Page | None, pages: int) -> str:
    if page is None:
        return _REMOVED
    is_elsewhere = page.number != evidence.page
    shown = replace(evidence, page=page.number, boxes=(), cell=None, span=None)
    marked = render_marked_page(shown if is_elsewhere else evidence, page)
    bar = _render_page_bar(evidence, page, pages, is_elsewhere=is_elsewhere) if pages else ""
    return f"{bar}{marked}"


def _render_page_bar(evidence: Evidence, page: Page, pages: int, *, is_elsewhere: bool) -> str:
    """Offer the pages before and behind, a closer look, and the document itself."""
    kind = "sheet" if page.label is not None else "page"
    name = f"{kind.capitalize()} {page.number} of {pages}"
    back = "disabled" if page.number <= 1 else ""
    on = "disabled" if page.number >= pages else ""
    to_mark = (
        '<button type="button" class="desk-link" data-leaf="0">Back to the mark</button>'
        if is_elsewhere
        else ""
    )
    closer = (
        '<button type="button" data-zoom="-1" aria-label="Smaller">\u2212</button>'
        '<button type="button" data-zoom="1" aria-label="Larger">+</button>'
        if page.width
        else ""
    )
    place = f"#page={page.number}" if page.width else ""
    return (
        '<div class="desk-leaf"><span class="desk-pager">'
        f'<button type="button" data-leaf="-1" aria-label="Previous {kind}" {back}>\u2039</button>'
        f"<span>{name}</span>"
        f'<button type="button" data-leaf="1" aria-label="Next {kind}" {on}>\u203a</button></span>'
        f'{to_mark}<span class="desk-space"></span><span class="desk-pager">{closer}</span>'
        f'<a class="desk-link" target="_blank" rel="noopener" '
        f'href="/document/{evidence.document_id}{place}">Open document</a></div>'
    )
