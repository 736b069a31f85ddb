"""What the user says of an answer: right or wrong, and what would have been right.

Pure: from a judgement to HTML, all text escaped. It is kept with the run, for those who teach a
model from it; it changes no answer.
"""

from __future__ import annotations

from html import escape

from app.wording import shorten
from ingestion.storage.judgements import Judgement

_SHOWN = 90


def render_judging(label: str, judgement: Judgement | None) -> str:
    """Ask whether an answer is right, or show what was said; `label` is "" for the whole."""
    key = escape(label)
    if judgement is not None:
        told = "You said: right." if judgement.is_right else "You said: wrong."
        if judgement.correction:
            told += f" Should be: {shorten(judgement.correction, _SHOWN)}"
        return (
            f'<p class="desk-judging" role="status"><span>{escape(told)}</span>'
            f'<button type="button" class="desk-act" data-judge="withdraw" data-label-of="{key}">'
            "Take back</button></p>"
        )
    of = f" of {key}" if label else ""
    return (
        '<div class="desk-judging"><span>Is it right?</span>'
        f'<button type="button" class="desk-act" data-judge="right" data-label-of="{key}" '
        f'aria-label="The answer{of} is right">Right</button>'
        f'<details class="desk-edit" data-key="wrong {key}"><summary '
        f'aria-label="The answer{of} is wrong">Wrong</summary>'
        f'<form data-judge="wrong" data-label="{key}"><textarea name="words" rows="2" '
        f'aria-label="What is right{of}" placeholder="What is right, if you know it"></textarea>'
        '<button type="submit">Keep</button></form></details></div>'
    )
