"""From a view to HTML: one pure function a part of the page.

All text is escaped: a filing may hold anything. Knows no gradio and does no work.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from app.desk.judging import render_judging
from app.desk.library_list import fold_warnings
from app.desk.numbers import link_numbers
from app.desk.versions import render_versions
from app.desk.view import RunView
from app.export import render_text
from app.markup.cards import render_calculation
from app.markup.checks import render_checks
from app.wording import VERDICTS, describe_time_left
from ingestion.documents import IngestReport
from ingestion.progress import Progress
from ingestion.storage.judgements import Judgement
from models.chat import ModelFile
from models.residency import LoadState
from research.questions import Calculation, ResearchResult

_PHASES = {
    "planning": "Breaking the question down \u2026",
    "solving": "Answering the parts \u2026",
    "replanning": "Trying other plans \u2026",
    "concluding": "Answering the whole \u2026",
    "stopped": "Stopped. What was answered so far is kept below.",
}
_EXPORTS = ((".pdf", "PDF memo"), (".html", "HTML memo"), (".md", "Markdown"), (".json", "JSON"))
_STAGES = {"reading": "Reading pages", "embedding": "Indexing passages", "storing": "Storing"}
# A file's only warning is shown at once; more fold into their number.
_WARNINGS_SHOWN = 1


_KEYS = (
    '<details class="desk-keys"><summary aria-label="Keyboard shortcuts" '
    'title="Keyboard shortcuts">?</summary>'
    "<dl><dt>/</dt><dd>write a question</dd><dt>Enter</dt><dd>ask it</dd>"
    "<dt>Esc</dt><dd>stop</dd><dt>\u2191 \u2193</dt><dd>walk the plan</dd>"
    "<dt>h, l</dt><dd>history, library</dd><dt>?</dt><dd>these keys</dd></dl></details>"
)
_FETCHING = (
    '<span class="desk-badge" title="A program of its own asks the model hub; no document leaves '
    'this machine">fetching a model</span>'
)


def render_header(
    model: ModelFile,
    workspace: str,
    state: LoadState | None = None,
    *,
    is_fetching: bool = False,
) -> str:
    """Name the program, the workspace, the model, and whether anything leaves the machine.

    `state` is how far the model is loaded, or None where that does not matter; while a model
    `is_fetching`, that is said instead.
    """
    adapter = f" + {escape(model.adapter)}" if model.adapter else ""
    return (
        '<header class="desk-head"><h1 class="desk-name">AceDesk</h1>'
        f'<span class="desk-quiet" title="{escape(workspace)}">{escape(_last(workspace))}</span>'
        '<span class="desk-space"></span>'
        f'<span class="desk-quiet">{escape(model.name)}{adapter}</span>{_render_load(state)}'
        f"{_FETCHING if is_fetching else _render_destination(model)}"
        f"{_KEYS}"
        '<button type="button" class="desk-theme" aria-label="Switch between light and dark" '
        'title="Light or dark">\u25d0</button></header>'
    )


def _render_load(state: LoadState | None) -> str:
    if state is None:
        return ""
    if state.kind == "failed":
        return f'<span class="desk-failed" role="status">{escape(state.problem)}</span>'
    told = {
        "resting": "not loaded",
        "loading": f"loading {state.part:.0%}",
        "ready": state.computes_on,
    }[state.kind]
    return f'<span class="desk-quiet" role="status">{escape(told)}</span>'


def _render_destination(model: ModelFile) -> str:
    if not model.is_remote:
        return '<span class="desk-badge" title="No request leaves this machine">offline</span>'
    place = escape(model.file)
    return f'<span class="desk-badge desk-away" title="Passages are sent to {place}">{place}</span>'


def render_ingest(
    progress: Progress | None,
    waiting: int,
    reports: Sequence[IngestReport] = (),
    cancelled: int = 0,
) -> str:
    """Show how far the file at work has come, and what came of those before it."""
    parts = ['<div class="desk-ingest" aria-live="polite">']
    for report in reports:
        symbol = {"added": "\u2713", "unchanged": "=", "failed": "\u2717"}[report.status]
        told = report.error or report.status
        is_short = len(report.warnings) <= _WARNINGS_SHOWN
        notes = "".join(f"<br><small>{escape(warning)}</small>" for warning in report.warnings)
        parts.append(
            f'<p class="desk-{report.status}">{symbol} <b>{escape(report.name)}</b> '
            f"{escape(told)}{notes if is_short else ''}</p>"
            f"{'' if is_short else fold_warnings(report.warnings)}"
        )
    if cancelled:
        were = "file was" if cancelled == 1 else "files were"
        parts.append(f"<p>Cancelled: {cancelled} {were} not added.</p>")
    if progress is not None:
        parts.append(_render_progress(progress, waiting))
    return "".join([*parts, "</div>"])


def _render_progress(progress: Progress, waiting: int) -> str:
    part = progress.done / progress.total if progress.total else 0.0
    more = f", {waiting} more waiting" if waiting else ""
    return (
        f"<p><b>{escape(progress.name)}</b><br><small>{_STAGES[progress.stage]} "
        f"{progress.done} of {progress.total}{more}</small></p>"
        f'<progress value="{part:.3f}" max="1"></progress>'
    )


def render_problem(message: str) -> str:
    """Show what went wrong with the library."""
    return f'<div class="desk-ingest"><p class="desk-failed">{escape(message)}</p></div>'


def render_answer(
    view: RunView,
    before: ResearchResult | None = None,
    problem: str = "",
    run_id: str | None = None,
    judgement: Judgement | None = None,
) -> str:
    """Show the final answer with its verdict and checks, or where the run stands.

    `before` is the version that it was made of; `problem` is why a change could not be made;
    `run_id` names the kept run, which can be handed on as a file, and `judgement` is what the user
    said of it.
    """
    if view.error:
        return (
            '<section class="desk-answer desk-is-error" role="alert">'
            f'<span class="desk-verdict">! Could not finish</span><p>{escape(view.error)}</p>'
            "</section>"
        )
    if view.result is None:
        told = _PHASES.get(view.phase, "Ask a question to see its answer here.")
        if view.phase == "solving" and view.progress is not None:
            now = view.progress
            told = f"{told} {describe_time_left(now.done, now.total, now.seconds_left)}"
        return (
            f'<section class="desk-answer desk-is-open" aria-live="polite"><p>{told}</p></section>'
        )
    result = view.result
    symbol, words = VERDICTS[result.verdict.label]
    if result.answer.kind == "not_disclosed":
        words = "Not found in what was read"
    style = result.verdict.label.lower().replace("_", "-")
    card = _fold_calculation(result.calculation) if result.calculation else ""
    return (
        f'<section class="desk-answer desk-is-{style}" aria-live="polite">'
        f'<div class="desk-row"><span class="desk-verdict">{symbol} {words}</span>'
        f'<span class="desk-quiet">{_describe_run(result)}</span></div>'
        f"<p>{link_numbers(result)}</p>{card}{render_checks(result.verdict.checks)}"
        f"{render_versions(before, result) if before else ''}{_render_refusal(problem)}"
        f"{_render_exports(result, run_id) + render_judging('', judgement) if run_id else ''}"
        "</section>"
    )


def _fold_calculation(calculation: Calculation) -> str:
    """Fold the card away: the answer is always in view, and must leave room for the plan."""
    return (
        '<details class="desk-how" data-key="how"><summary>How it was computed: '
        f"<code>{escape(calculation.formula)}</code></summary>"
        f"{render_calculation(calculation)}</details>"
    )


def _render_exports(result: ResearchResult, run_id: str) -> str:
    """Offer the answer with its sources as text, and the run as files."""
    links = "".join(
        f'<a class="desk-link" href="/run/{escape(run_id)}/export{ending}" download>{name}</a>'
        for ending, name in _EXPORTS
    )
    return (
        '<p class="desk-exports"><button type="button" class="desk-link" data-copy="'
        f'{escape(render_text(result))}">Copy with sources</button>{links}</p>'
    )


def _render_refusal(problem: str) -> str:
    return f'<p class="desk-failed" role="alert">{escape(problem)}</p>' if problem else ""


def _describe_run(result: ResearchResult) -> str:
    """Tell the mode (on hover, why), the seconds, and the tokens read and written."""
    tokens = result.tokens
    read, written = tokens.get("read", 0), tokens.get("written", 0)
    told = [f"{result.timings.get('total', 0.0):.1f} s"]
    told.append(f"{read:,} tokens read, {written:,} written" if read else "no model needed")
    mode = f'<span title="{escape(result.question.mode_reason)}">{result.question.mode}</span>'
    return f"{mode}, {', '.join(told)}"


def _last(path: str) -> str:
    return path.rstrip("/\\").replace("\\", "/").rpartition("/")[2] or path
