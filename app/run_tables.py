"""What the commands on kept runs print, for a person and as JSON: pure functions.

The JSON's field names are a promise to scripts: fields may be added, never renamed or dropped.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from app.wording import shorten
from ingestion.storage.answers import AnswerHead, SavedAnswer
from research.comparison import Change, StepChange
from research.questions import ResearchResult
from research.record import Record, build_record

_CHANGE_WORDS: dict[Change, str] = {
    "kept": "kept",
    "again": "answered again",
    "changed": "changed",
    "added": "added",
    "removed": "removed",
}
_CHANGE_STYLE: dict[Change, str] = {
    "kept": "dim",
    "again": "cyan",
    "changed": "bold cyan",
    "added": "green",
    "removed": "yellow",
}
_LONGEST = 60
# So much of an id tells runs apart.
_SHOWN_ID = 8


def record_head(head: AnswerHead | SavedAnswer) -> Record:
    """Return what a list tells of a run; null is what it does not know."""
    summary = read_summary(head.summary)
    return {
        "run_id": head.answer_id,
        "asked_at": head.asked_at,
        "question": head.question,
        "title": head.title,
        "parent_id": head.parent_id,
        "mode": summary.get("mode"),
        "verdict": summary.get("verdict"),
        "answer": summary.get("answer"),
    }


def read_summary(summary: str) -> dict[str, str]:
    """Return what came out of a run, as it was noted; nothing for a run of an older version."""
    return dict(json.loads(summary)) if summary else {}


def record_run(
    result: ResearchResult, saved: AnswerHead | SavedAnswer, present: Collection[str]
) -> Record:
    """Return a run's record with what is known of it since.

    Evidence says whether its document was removed: whether it is not among `present` ids.
    """
    record = build_record(result)
    for sub_answer in record["sub_answers"]:
        for evidence in sub_answer["evidence"]:
            evidence["removed"] = evidence["document_id"] not in present
    head = record_head(saved)
    return {**{name: head[name] for name in ("run_id", "asked_at", "title", "parent_id")}, **record}


def mark_removed(result: ResearchResult, present: Collection[str]) -> ResearchResult:
    """Return a run whose evidence names documents as removed that are not among `present` ids."""
    return replace(
        result,
        sub_answers=tuple(
            replace(
                sub_answer,
                evidence=tuple(
                    evidence
                    if evidence.document_id in present
                    else replace(evidence, document=f"{evidence.document} (removed)")
                    for evidence in sub_answer.evidence
                ),
            )
            for sub_answer in result.sub_answers
        ),
    )


def record_changes(changes: Sequence[StepChange]) -> list[Record]:
    """Return what became of each step of an earlier version."""
    return [
        {
            "label": change.label,
            "change": change.change,
            "before": change.before.answer if change.before else None,
            "after": change.after.answer if change.after else None,
        }
        for change in changes
    ]


def render_runs(heads: Sequence[AnswerHead]) -> RenderableType:
    """Write a table of runs, newest first; a changed version tells what it came from."""
    if not heads:
        return Text("No run is kept. Ask something: acedesk ask QUESTION")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("run", "asked", "question", "verdict", "answer", "from"):
        table.add_column(name)
    for head in heads:
        summary = read_summary(head.summary)
        cells = (
            head.answer_id[:_SHOWN_ID],
            head.asked_at[:16].replace("T", " "),
            shorten(head.title or head.question, _LONGEST),
            summary.get("verdict", "").replace("_", " "),
            shorten(summary.get("answer", ""), _LONGEST),
            (head.parent_id or "")[:_SHOWN_ID],
        )
        table.add_row(*map(Text, cells))
    return table


def render_comparison(
    before: ResearchResult, after: ResearchResult, changes: Sequence[StepChange]
) -> RenderableType:
    """Write what became of each step, and the old and the new answer."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("step", "", "before", "now"):
        table.add_column(name)
    for change in changes:
        table.add_row(
            Text(change.label, "cyan"),
            Text(_CHANGE_WORDS[change.change], _CHANGE_STYLE[change.change]),
            Text(shorten(change.before.answer, _LONGEST) if change.before else ""),
            Text(shorten(change.after.answer, _LONGEST) if change.after else ""),
        )
    lines = [
        Text.assemble((f"{name}: ", "bold"), _describe_outcome(result))
        for name, result in (("Before", before), ("Now", after))
    ]
    return Group(Text(""), Text("What changed", "bold"), table, *lines)


def _describe_outcome(result: ResearchResult) -> str:
    return f"{result.answer.text} ({result.verdict.label.replace('_', ' ')})"
