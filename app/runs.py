"""Asking, and what was asked: the commands that make runs, show them, and run them changed."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console

from app import terminal
from app.calls import (
    find_document_ids,
    open_console,
    print_json,
    read_settings,
    tell,
    tell_of_missing_vectors,
)
from app.composition import load_chat_model, open_reranker, open_workspace, save_result
from app.errors import PlanFileError
from app.export import check_ending, write_export
from app.kept_runs import (
    edit_plan,
    follow_rerun,
    list_document_ids,
    load_run,
    prepare_rerun,
)
from app.leaves import open_leaves
from app.run_tables import (
    mark_removed,
    record_changes,
    record_head,
    record_run,
    render_comparison,
    render_runs,
)
from ingestion.storage.answers import SavedAnswer
from ingestion.workspace import Workspace
from research.comparison import compare_runs
from research.errors import NothingToSearch
from research.plan_reading import parse_plan
from research.questions import Decomposition, Question, ResearchResult
from research.record import Record
from research.run import run_research
from research.steps import (
    OtherPlansStarted,
    PlanReady,
    RunFinished,
    SearchedAgain,
    SearchStarted,
    Step,
    SubAnswerReady,
)


def run_ask(call: argparse.Namespace) -> int:
    """Answer a question; the run is shown as it goes and kept in the workspace."""
    if call.export:
        check_ending(Path(call.export))
    plan = _load_plan(Path(call.plan)) if call.plan else None
    settings = read_settings(call)
    workspace = open_workspace(settings)
    question = Question(call.question, find_document_ids(workspace, call.document), call.mode)
    _check_library(workspace)
    tell_of_missing_vectors(workspace, question.document_ids)
    model = load_chat_model(settings)
    reranker = open_reranker(settings)
    steps = run_research(question, workspace, model, reranker=reranker, plan=plan)
    result = _follow(steps, _open_progress(call))
    run_id = save_result(workspace, result)
    if call.export:
        asked_at = workspace.answer(run_id).asked_at
        write_export(result, Path(call.export), asked_at, open_leaves(workspace))
    if call.json:
        print_json(_record_kept(workspace, run_id, result))
    else:
        tell(f"Kept as run {run_id}.")
    return 0


def run_runs(call: argparse.Namespace) -> int:
    """List, show, rename or remove kept runs, or run one again with a changed plan."""
    return _ACTIONS[call.action](call)


def _list_runs(call: argparse.Namespace) -> int:
    heads = open_workspace(read_settings(call)).list_answers()
    if call.json:
        print_json([record_head(head) for head in heads])
    else:
        open_console().print(render_runs(heads))
    return 0


def _show_run(call: argparse.Namespace) -> int:
    """Show a run with all its evidence, though its documents may be gone."""
    if call.export:
        check_ending(Path(call.export))
    workspace = open_workspace(read_settings(call))
    saved, result = load_run(workspace, call.run)
    present = list_document_ids(workspace)
    marked = mark_removed(result, present)
    if call.export:
        path = Path(call.export)
        kept = result if path.suffix == ".json" else marked
        write_export(kept, path, saved.asked_at, open_leaves(workspace))
    if call.json:
        print_json(record_run(result, saved, present))
        return 0
    console = Console()
    console.print(saved.title or saved.question, style="bold", markup=False, highlight=False)
    console.print(terminal.render_plan(marked.decomposition), highlight=False)
    for sub_answer in marked.sub_answers:
        console.print(terminal.render_sub_answer(sub_answer), highlight=False)
    console.print(terminal.render_result(marked), highlight=False)
    return 0


def _rename_run(call: argparse.Namespace) -> int:
    workspace = open_workspace(read_settings(call))
    workspace.rename_answer(call.run, call.title)
    return _tell_head(call, workspace.answer(call.run), "renamed")


def _remove_run(call: argparse.Namespace) -> int:
    removed = open_workspace(read_settings(call)).remove_answer(call.run)
    return _tell_head(call, removed, "removed")


def _tell_head(call: argparse.Namespace, saved: SavedAnswer, done: str) -> int:
    if call.json:
        print_json(record_head(saved))
    else:
        name = saved.title or saved.question
        Console().print(f"{done} {saved.answer_id}: {name}", highlight=False, markup=False)
    return 0


def _rerun(call: argparse.Namespace) -> int:
    """Answer again what depends on a change of the plan; both versions are kept."""
    settings = read_settings(call)
    workspace = open_workspace(settings)
    saved, before = load_run(workspace, call.run)
    edit_plan(before.decomposition, call.edits)  # what is wrong with it is told before all work
    _check_library(workspace)
    tell_of_missing_vectors(workspace, before.question.document_ids)
    model = load_chat_model(settings)
    rerun = prepare_rerun(before, call.edits, model.file, list_document_ids(workspace))
    if rerun.outdated:
        tell(_describe_outdated(rerun.outdated))
    steps = follow_rerun(rerun, before, workspace, model, reranker=open_reranker(settings))
    after = _follow(steps, _open_progress(call))
    run_id = save_result(workspace, after, parent_id=saved.answer_id)
    changes = compare_runs(before, after)
    if call.json:
        record = _record_kept(workspace, run_id, after)
        print_json({**record, "changes": record_changes(changes)})
        return 0
    Console().print(render_comparison(before, after, changes), highlight=False)
    tell(f"Kept as run {run_id}; the earlier version stays {saved.answer_id}.")
    return 0


def _describe_outdated(count: int) -> str:
    """Say that answers cannot be taken over, for another model answers or a document is gone."""
    told = "1 sub-answer is" if count == 1 else f"{count} sub-answers are"
    return f"{told} of another model or of a document that was removed: answered again."


_ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "list": _list_runs,
    "show": _show_run,
    "rename": _rename_run,
    "remove": _remove_run,
    "rerun": _rerun,
}


def _load_plan(path: Path) -> Decomposition:
    try:
        return parse_plan(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError) as error:
        raise PlanFileError(
            f"The plan {path} cannot be read ({error}). Give a text or JSON file."
        ) from error


def _check_library(workspace: Workspace) -> None:
    if not workspace.documents():
        raise NothingToSearch(
            "There are no documents to ask. Add a filing first (`acedesk ingest FILE`)."
        )


def _record_kept(workspace: Workspace, run_id: str, result: ResearchResult) -> Record:
    return record_run(result, workspace.answer(run_id), list_document_ids(workspace))


def _open_progress(call: argparse.Namespace) -> Console:
    return Console(stderr=True, quiet=True) if call.json else Console()


def _follow(steps: Iterator[Step], console: Console) -> ResearchResult:
    """Show a run as it goes and return its result."""
    for step in steps:
        _show_step(console, step)
        if isinstance(step, RunFinished):
            return step.result
    raise AssertionError("a run ends with its result")


def _show_step(console: Console, step: Step) -> None:
    match step:
        case PlanReady(decomposition):
            console.print(terminal.render_plan(decomposition), highlight=False)
        case OtherPlansStarted(number):
            console.print(f"\n[dim]Trying {number} other plans ...[/dim]", end="\r")
        case SearchStarted(label, _):
            console.print(f"\n[dim]{label}: searching and reading ...[/dim]", end="\r")
        case SearchedAgain(label, _):
            console.print(f"[dim]{label}: searching again ...      [/dim]", end="\r")
        case SubAnswerReady(sub_answer):
            console.print(terminal.render_sub_answer(sub_answer), highlight=False)
        case RunFinished(result):
            console.print(terminal.render_result(result), highlight=False)
        case _:  # the other steps tell of text that grows, which a terminal does not show
            return
