"""What the page shows of a run, as a value: each step of the run makes a new one.

Pure: `advance` folds a step into the view. Knows no HTML and no gradio.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from research.questions import Evidence, ResearchResult, SubAnswer, SubQuestion
from research.steps import (
    AnswerGrowing,
    FinalStarted,
    OtherPlansStarted,
    PassagesFound,
    PlanReady,
    Progressed,
    RunFinished,
    RunStarted,
    SearchedAgain,
    SearchStarted,
    Step,
    SubAnswerReady,
)

Phase = Literal["idle", "planning", "solving", "replanning", "concluding", "done", "stopped"]
NodeState = Literal["waiting", "searching", "answering", "grounded", "ungrounded"]


@dataclass(frozen=True, slots=True)
class Node:
    """A sub-question in the tree: its state, its text so far, and its answer once there."""

    step: SubQuestion
    state: NodeState = "waiting"
    question: str = ""
    writing: str = ""
    sub_answer: SubAnswer | None = None

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The evidence of its answer; empty until it is answered."""
        return self.sub_answer.evidence if self.sub_answer else ()


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as the page shows it. `error` ends it; `result` ends it well."""

    question: str = ""
    phase: Phase = "idle"
    nodes: tuple[Node, ...] = ()
    notes: tuple[str, ...] = ()
    result: ResearchResult | None = None
    error: str | None = None
    mode_reason: str = ""
    progress: Progressed | None = None

    def node(self, label: str | None) -> Node | None:
        """Return the node of that label, or None."""
        return next((node for node in self.nodes if node.step.label == label), None)


def advance(view: RunView, step: Step) -> RunView:
    """Return the view after one more step of the run."""
    match step:
        case RunStarted(question):
            return RunView(
                question=question.text, phase="planning", mode_reason=question.mode_reason
            )
        case PlanReady(decomposition):
            # Of another plan, a step may bear the label of one that asks for something else.
            known = {(node.step.label, node.step.text): node for node in view.nodes}
            nodes = tuple(
                known.get((part.label, part.text), Node(part))
                for part in decomposition.sub_questions
            )
            return replace(view, phase="solving", nodes=nodes, notes=decomposition.notes)
        case OtherPlansStarted():
            return replace(view, phase="replanning")
        case Progressed():
            return replace(view, progress=step)
        case FinalStarted():
            return replace(view, phase="concluding")
        case RunFinished(result):
            return replace(view, phase="done", result=result)
        case _:
            if view.phase == "replanning":  # none was found, and the first plan is gone on with
                view = replace(view, phase="solving")
            return _advance_node(view, step)


def _advance_node(view: RunView, step: Step) -> RunView:
    """Return the view after a step that tells of one node, or of the whole answer's text."""
    match step:
        case SearchStarted(label, question):
            return _change(view, label, state="searching", question=question)
        case SearchedAgain(label, _):
            return _change(view, label, state="searching", writing="")
        case PassagesFound(label, _):
            return _change(view, label, state="answering", writing="")
        case AnswerGrowing(label, text) if label is not None:
            return _change(view, label, writing=text)
        case SubAnswerReady(sub_answer):
            state = "grounded" if sub_answer.grounded else "ungrounded"
            return _change(view, sub_answer.label, state=state, sub_answer=sub_answer)
        case _:
            return view


def show_result(result: ResearchResult) -> RunView:
    """Return the view of a run that has ended: what the page showed when it did."""
    answers = {answer.label: answer for answer in result.sub_answers}
    nodes = []
    for step in result.decomposition.sub_questions:
        answer = answers.get(step.label)
        state: NodeState = "waiting"
        if answer is not None:
            state = "grounded" if answer.grounded else "ungrounded"
        nodes.append(Node(step, state, answer.question if answer else "", sub_answer=answer))
    return RunView(
        question=result.question.text,
        phase="done",
        nodes=tuple(nodes),
        notes=result.decomposition.notes,
        result=result,
        mode_reason=result.question.mode_reason,
    )


def stop(view: RunView) -> RunView:
    """Return the view after the user has stopped the run; what was answered stays."""
    nodes = tuple(
        node if node.sub_answer else replace(node, state="waiting") for node in view.nodes
    )
    return replace(view, phase="stopped", nodes=nodes)


def fail(view: RunView, message: str) -> RunView:
    """Return the view after an error; what was answered stays."""
    return replace(stop(view), error=message)


def _change(view: RunView, label: str, **changes: object) -> RunView:
    nodes = tuple(
        replace(node, **changes) if node.step.label == label else node  # type: ignore[arg-type]  # field names are checked by replace itself
        for node in view.nodes
    )
    return replace(view, nodes=nodes)
