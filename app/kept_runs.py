"""Kept runs: loaded again, their plans changed, and answered anew where a change reaches.

For the terminal and the page alike. Knows no screen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from ingestion.storage.answers import SavedAnswer
from ingestion.workspace import Workspace
from models.chat import CancelToken, ChatModel, ModelFile
from research.errors import RecordError
from research.plan import (
    add_step,
    change_step,
    pin_answer,
    pin_evidence,
    remove_step,
    unpin,
)
from research.questions import Decomposition, ResearchResult
from research.record import parse_record
from research.retrieval.reranking import Reranker
from research.run import run_research
from research.steps import Step

# What is done to a plan: a step's label ("" for a new step), and the words that go with it.
# "again" changes nothing of the plan: the step is answered anew, and what needs it.
Edit = tuple[str, str, str]
_EDITS: dict[str, Callable[[Decomposition, str, str], Decomposition]] = {
    "change": change_step,
    "add": lambda plan, _, text: add_step(plan, text),
    "remove": lambda plan, label, _: remove_step(plan, label),
    "pin": pin_answer,
    "evidence": lambda plan, label, ids: pin_evidence(plan, label, ids.split(",")),
    "unpin": lambda plan, label, _: unpin(plan, label),
    "again": lambda plan, _label, _: plan,
}


@dataclass(frozen=True, slots=True)
class Rerun:
    """A run that is to be made of an earlier one: its plan, and which answers may be taken over.

    `outdated` counts the answers that cannot be: of another model, or of a document that is gone.
    """

    plan: Decomposition
    earlier: ResearchResult | None
    outdated: int


def load_run(workspace: Workspace, reference: str) -> tuple[SavedAnswer, ResearchResult]:
    """Return a kept run and its result.

    Raises:
        AnswerNotFound: there is no such run.
        RecordError: what was kept of it cannot be read.
    """
    saved = workspace.answer(reference)
    try:
        return saved, parse_record(json.loads(saved.record))
    except ValueError as error:
        raise RecordError(
            f"The record of run {saved.answer_id} cannot be read ({error})."
        ) from error


def edit_plan(plan: Decomposition, edits: Sequence[Edit]) -> Decomposition:
    """Change a plan, one edit after another.

    Raises:
        PlanError: an edit names no step of the plan, or would leave none.
    """
    for kind, label, words in edits:
        plan = _EDITS[kind](plan, label, words)
    return plan


def prepare_rerun(
    before: ResearchResult, edits: Sequence[Edit], model: ModelFile, present: Collection[str]
) -> Rerun:
    """Say what a run with a changed plan takes over; without edits, nothing.

    `model` is the one that answers now, `present` the ids of the documents that are there.

    Raises:
        PlanError: an edit names no step of the plan, or would leave none.
    """
    plan = edit_plan(before.decomposition, edits)
    if not edits:
        return Rerun(plan, None, 0)
    current = drop_outdated(before, model, present)
    outdated = len(before.sub_answers) - len(current.sub_answers)
    again = {label for kind, label, _ in edits if kind == "again"}
    kept = tuple(answer for answer in current.sub_answers if answer.label not in again)
    return Rerun(plan, replace(current, sub_answers=kept), outdated)


def drop_outdated(
    result: ResearchResult, model: ModelFile, present: Collection[str]
) -> ResearchResult:
    """Return a run without the sub-answers that cannot be taken over.

    Such are those whose proof stands in a document that is not among `present` ids, and, where
    another model answers now, those that the earlier one wrote.
    """
    same_model = result.model == model
    return replace(
        result,
        sub_answers=tuple(
            answer
            for answer in result.sub_answers
            if (same_model or answer.source != "solver")
            and all(item.document_id in present for item in answer.evidence if item.is_proof)
        ),
    )


def follow_rerun(
    rerun: Rerun,
    before: ResearchResult,
    workspace: Workspace,
    model: ChatModel,
    *,
    reranker: Reranker | None = None,
    cancel: CancelToken | None = None,
) -> Iterator[Step]:
    """Run an earlier run's question again, as prepared; raises what `run_research` raises."""
    return run_research(
        before.question,
        workspace,
        model,
        reranker=reranker,
        cancel=cancel,
        plan=rerun.plan,
        earlier=rerun.earlier,
    )


def list_document_ids(workspace: Workspace) -> frozenset[str]:
    """Return the ids of the documents that are there."""
    return frozenset(document.document_id for document in workspace.documents())
