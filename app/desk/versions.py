"""A run beside the version that it was made of: what became of each step, and of the answer.

Pure: from two results to HTML, all text escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from app.wording import shorten
from research.comparison import Change, compare_runs
from research.questions import ResearchResult

_LONGEST = 90
CHANGE_WORDS: Mapping[Change, str] = {
    "kept": "kept",
    "again": "answered again",
    "changed": "edited",
    "added": "added",
    "removed": "removed",
}


def find_changes(before: ResearchResult, after: ResearchResult) -> dict[str, Change]:
    """Return what became of each step, by its label."""
    return {change.label: change.change for change in compare_runs(before, after)}


def render_versions(before: ResearchResult, after: ResearchResult) -> str:
    """Show both answers and, folded, each step as it was and as it is."""
    rows = "".join(
        f'<tr><th scope="row">{escape(change.label)}</th><td>{CHANGE_WORDS[change.change]}</td>'
        f"<td>{_tell(change.before.answer if change.before else None)}</td>"
        f"<td>{_tell(change.after.answer if change.after else None)}</td></tr>"
        for change in compare_runs(before, after)
    )
    return (
        '<details class="desk-versions" data-key="versions"><summary>Earlier version: '
        f"{escape(_name_verdict(before))}, {_tell(before.answer.text)}</summary>"
        '<table><thead><tr><th scope="col">Step</th><th scope="col"></th>'
        '<th scope="col">Before</th><th scope="col">Now</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></details>"
    )


def _name_verdict(result: ResearchResult) -> str:
    return result.verdict.label.replace("_", " ").lower()


def _tell(text: str | None) -> str:
    return escape(shorten(text, _LONGEST)) if text is not None else "\u2013"
