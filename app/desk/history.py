"""The questions of the past: found by their words, and shown as a list that reopens them.

Pure: from heads to HTML, all text escaped. Knows no gradio and does no work.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from app.run_tables import read_summary
from app.wording import VERDICTS, shorten
from ingestion.storage.answers import AnswerHead, SavedAnswer

_LETTERS_SHOWN = 120


def filter_heads(heads: Sequence[AnswerHead], needle: str) -> tuple[AnswerHead, ...]:
    """Return those whose question, title or answer holds every word, whatever its case."""
    words = needle.lower().split()
    return tuple(head for head in heads if all(word in _gather_text(head) for word in words))


def _gather_text(head: AnswerHead) -> str:
    answer = read_summary(head.summary).get("answer", "")
    return f"{head.question} {head.title or ''} {answer}".lower()


def render_history(
    heads: Sequence[AnswerHead],
    *,
    shown: str | None = None,
    needle: str = "",
    removed: AnswerHead | SavedAnswer | None = None,
    problem: str = "",
) -> str:
    """List past questions, newest first; `shown` is the id of the one on the page.

    `removed` is the one that was removed last, and can come back; `problem` is what went wrong.
    """
    undo = _render_undo(removed) if removed is not None else ""
    if problem:
        undo += f'<p class="desk-failed" role="alert">{escape(problem)}</p>'
    if not heads:
        told = (
            f"No past question holds \u201c{escape(needle.strip())}\u201d."
            if needle.strip()
            else "Questions that you ask are kept here, with their evidence."
        )
        return f'<div class="desk-history">{undo}<p class="desk-hint">{told}</p></div>'
    items = "".join(_render_head(head, is_shown=head.answer_id == shown) for head in heads)
    return f'<div class="desk-history">{undo}<ul>{items}</ul></div>'


def _render_undo(removed: AnswerHead | SavedAnswer) -> str:
    name = escape(shorten(removed.title or removed.question, 48))
    return (
        f'<p class="desk-undo" role="status">Removed \u201c{name}\u201d. '
        '<button type="button" class="desk-link" data-act="restore">Undo</button></p>'
    )


def _render_head(head: AnswerHead, *, is_shown: bool) -> str:
    summary = read_summary(head.summary)
    verdict = summary.get("verdict", "")
    symbol = next((sign for label, (sign, _) in VERDICTS.items() if label == verdict), "\u25cb")
    key, name = escape(head.answer_id), head.title or head.question
    version = '<span class="desk-change">changed version</span>' if head.parent_id else ""
    answer = shorten(summary.get("answer", ""), _LETTERS_SHOWN)
    return (
        f'<li><button type="button" class="desk-past" data-act="open" data-run="{key}" '
        f'aria-current="{str(is_shown).lower()}" title="{escape(head.question)}">'
        f'<span class="desk-question">{escape(shorten(name, _LETTERS_SHOWN))}</span>'
        f'<span class="desk-past-answer desk-verdict-{verdict.lower().replace("_", "-")}">'
        f"{symbol} {escape(answer)}</span>"
        f'<span class="desk-quiet">{_tell_when(head.asked_at)} {version}</span></button>'
        f'<details class="desk-edit" data-key="title {key}"><summary>Rename</summary>'
        f'<form data-run="{key}"><input name="words" value="{escape(head.title or "")}" '
        f'placeholder="{escape(shorten(head.question, 60))}" aria-label="Another name">'
        '<button type="submit">Keep</button></form></details>'
        f'<button type="button" class="desk-act" data-act="remove" data-run="{key}" '
        f'aria-label="Remove {escape(shorten(name, 60))}">Remove</button></li>'
    )


def _tell_when(asked_at: str) -> str:
    """Return the day and minute on this machine's clock: "27 Nov 2026, 18:04"."""
    try:
        moment = datetime.fromisoformat(asked_at).astimezone()
    except ValueError:
        return escape(asked_at)
    return f"{moment.day} {moment:%b %Y, %H:%M}"
