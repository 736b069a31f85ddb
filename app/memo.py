"""A run as a memo: one HTML file that shows the question, the answer, each step, and its proof.

Everything is in the file, page pictures with their marks too, so that it can be mailed and printed.
All text is escaped. Where a page is fetched from is the caller's to say.
"""

from __future__ import annotations

from base64 import b64encode
from html import escape

from app.leaves import MOST_SPREADS, FindLeaf, Spread, gather_spreads
from app.markup.cards import render_calculation
from app.markup.marked_page import render_marked_page, render_marks
from app.wording import VERDICTS, describe_model, name_place, quote_evidence, shorten
from research.questions import Check, Evidence, ResearchResult, SubAnswer

_QUOTE_SHOWN = 300


def render_memo(result: ResearchResult, asked_at: str, find_leaf: FindLeaf, style: str) -> str:
    """Return the memo of a run; `style` is the CSS that it brings along."""
    symbol, words = VERDICTS[result.verdict.label]
    question = escape(" ".join(result.question.text.split()))
    card = render_calculation(result.calculation) if result.calculation else ""
    steps = "".join(map(_render_step, result.sub_answers))
    spreads = gather_spreads(result)
    pages = "".join(_render_spread(spread, find_leaf) for spread in spreads[:MOST_SPREADS])
    more = len(spreads) - MOST_SPREADS
    left_out = f"<p>{more} more pages are left out.</p>" if more > 0 else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{question}</title><style>{style}</style></head><body><main>"
        f"<h1>{question}</h1>"
        f'<section class="memo-answer memo-{result.verdict.label.lower().replace("_", "-")}">'
        f'<p class="memo-verdict">{symbol} {words}</p><p>{escape(result.answer.text)}</p>{card}'
        f"{_render_checks(result.verdict.checks)}</section>"
        f"<h2>Steps</h2><ol>{steps}</ol>"
        f"{'<h2>Where it stands</h2>' if pages else ''}{pages}{left_out}"
        f"<footer>{_describe_origin(result, asked_at)}</footer></main></body></html>\n"
    )


def _render_step(answer: SubAnswer) -> str:
    state = "grounded" if answer.grounded else "not grounded"
    if answer.calculation is not None:
        source = render_calculation(answer.calculation)
    else:
        source = "".join(_render_source(item) for item in answer.evidence if item.is_proof)
    return (
        f"<li><h3>{escape(answer.label)}. {escape(answer.question)}</h3>"
        f"<p><b>{escape(answer.answer)}</b> ({state})</p>{source}</li>"
    )


def _render_source(evidence: Evidence) -> str:
    quote = escape(shorten(quote_evidence(evidence), _QUOTE_SHOWN))
    place = f"{escape(evidence.document)}, {escape(name_place(evidence))}"
    return f"<blockquote>{quote} ({place})</blockquote>"


def _render_spread(spread: Spread, find_leaf: FindLeaf) -> str:
    """Show a page once, with the marks of all that is proved on it."""
    kind = spread.proofs[0][1].sheet
    place = f"sheet {kind}" if kind else f"page {spread.page}"
    caption = f"{', '.join(spread.labels)}: {spread.document}, {place}"
    leaf = find_leaf(spread.document_id, spread.page)
    if leaf is None:
        shown = "<p>This document was removed from the workspace.</p>"
    elif leaf.picture is None:
        shown = "".join(render_marked_page(item, leaf.page) for _, item in spread.proofs)
    else:
        marks = "".join(render_marks(item, leaf.page) for _, item in spread.proofs)
        source = f"data:image/png;base64,{b64encode(leaf.picture).decode()}"
        shown = f'<div class="desk-page"><img src="{source}" alt="{escape(caption)}">{marks}</div>'
    return f"<figure><figcaption>{escape(caption)}</figcaption>{shown}</figure>"


def _render_checks(checks: tuple[Check, ...]) -> str:
    items = "".join(
        f"<li>{'passed' if check.passed else 'open'}: <b>{escape(check.name)}</b> "
        f"{escape(check.detail)}</li>"
        for check in checks
    )
    return f"<ul>{items}</ul>" if items else ""


def _describe_origin(result: ResearchResult, asked_at: str) -> str:
    return (
        f"Asked {escape(asked_at)}. Mode: {result.question.mode}. "
        f"Model: {escape(describe_model(result.model))}. Made with AceDesk."
    )
