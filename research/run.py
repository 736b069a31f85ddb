"""The whole way from a question to a verified answer, as one generator of typed steps.

    choose the mode -> does one fact answer it? -> plan -> does another plan prove it?
    -> ready steps together -> conclude

`run_research` is the only path: whoever wants just the result drains it. Each stage stands in a
module of its own; here is only their order.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from ingestion.documents import Document
from models.chat import CancelToken, ChatModel
from research.derived_periods import derive_periods
from research.desk import Desk, Effort, LoopSettings
from research.errors import EmptyQuestion, NothingToSearch
from research.final_answer import Ending, end_run
from research.plan import find_kept, find_ready
from research.plan_repair import ask_whole
from research.plan_search import search_plans
from research.planning import answer_directly, derive_directly, make_plan
from research.questions import Decomposition, Question, ResearchResult
from research.retrieval.packing import RetrievalSettings
from research.retrieval.reranking import Reranker
from research.retrieval.store import PassageStore
from research.routing import choose_mode
from research.solving import Solved, solve_steps
from research.steps import (
    FinalStarted,
    PlanReady,
    Progressed,
    RunFinished,
    RunStarted,
    Step,
    SubAnswerReady,
)


def run_research(
    question: Question,
    store: PassageStore,
    model: ChatModel,
    *,
    retrieval: RetrievalSettings | None = None,
    reranker: Reranker | None = None,
    cancel: CancelToken | None = None,
    plan: Decomposition | None = None,
    earlier: ResearchResult | None = None,
    loop: LoopSettings | None = None,
) -> Iterator[Step]:
    """Answer a question, step by step; the last step is RunFinished.

    With `plan` the model is not asked for one. With `earlier` those of its sub-answers that still
    hold under the plan are taken over, and only what depends on a change is computed again.

    Raises:
        EmptyQuestion, NothingToSearch: before any work.
        GenerationCancelled: `cancel` was set.
    """
    desk = _set_up(question, store, model, retrieval, cancel, loop, reranker)
    yield RunStarted(desk.question)
    solved = Solved()
    if plan is None and earlier is not None:
        plan = earlier.decomposition
    if plan is None and desk.loop.facts_first:
        plan = answer_directly(desk, solved) or derive_directly(desk)
    is_written = plan is None
    if plan is None:
        with desk.effort.stage("plan"):
            plan = make_plan(desk)
    if desk.loop.facts_first and earlier is None:
        plan = derive_periods(desk, plan)
    yield PlanReady(plan)
    if earlier is not None:
        solved.answers.update(find_kept(earlier, plan))
    for answer in solved.answers.values():
        yield SubAnswerReady(answer)
    if is_written and desk.loop.facts_first and desk.loop.other_plans:
        plan, solved = yield from search_plans(desk, plan, solved)
    yield from _solve_plan(desk, plan, solved)
    plan = yield from _plan_again(desk, plan, solved)
    yield FinalStarted()
    ending = yield from end_run(desk, plan, solved)
    yield RunFinished(_build_result(desk, plan, solved, ending))


def _solve_plan(desk: Desk, plan: Decomposition, solved: Solved) -> Generator[Step, None, None]:
    """Answer the plan's steps, those that are ready together, until none is left."""
    while ready := find_ready(plan, solved.answers.keys()):
        for step in solve_steps(desk, ready, solved):
            desk.cancel.raise_if_cancelled()
            yield step
            if isinstance(step, SubAnswerReady):
                yield _tell_progress(desk, plan, solved)


def _plan_again(
    desk: Desk, plan: Decomposition, solved: Solved
) -> Generator[Step, None, Decomposition]:
    """Ask the question whole as well where no part is grounded: at most once in a run."""
    if any(answer.grounded for answer in solved.answers.values()):
        return plan
    whole = ask_whole(plan, desk.question.text)
    if len(whole.sub_questions) > len(plan.sub_questions):
        yield PlanReady(whole)
        yield from _solve_plan(desk, whole, solved)
    return whole


def _tell_progress(desk: Desk, plan: Decomposition, solved: Solved) -> Progressed:
    done, total = len(solved.answers), len(plan.sub_questions)
    spent = desk.effort.total()["total"] - desk.effort.stages.get("plan", 0.0)
    left = spent / done * (total - done) if done else None
    return Progressed(done, total, left, dict(desk.effort.tokens))


def _build_result(
    desk: Desk, plan: Decomposition, solved: Solved, ending: Ending
) -> ResearchResult:
    return ResearchResult(
        question=desk.question,
        model=desk.model.file,
        decomposition=plan,
        sub_answers=tuple(solved.answers[step.label] for step in plan.sub_questions),
        answer=ending.conclusion.answer,
        verdict=ending.conclusion.verdict,
        timings=desk.effort.total(),
        tokens=dict(desk.effort.tokens),
        calculation=ending.conclusion.calculation,
        draft=ending.draft,
    )


def finish_research(steps: Iterator[Step]) -> ResearchResult:
    """Drain a run and return its result."""
    for step in steps:
        if isinstance(step, RunFinished):
            return step.result
    raise AssertionError("a run ends with RunFinished")


def _set_up(
    question: Question,
    store: PassageStore,
    model: ChatModel,
    retrieval: RetrievalSettings | None,
    cancel: CancelToken | None,
    loop: LoopSettings | None,
    reranker: Reranker | None,
) -> Desk:
    if not question.text.strip():
        raise EmptyQuestion("The question is empty. Ask in a whole sentence.")
    documents = _choose_documents(store, question.document_ids)
    if not documents:
        raise NothingToSearch(
            "There are no documents to ask. Add a filing first (`acedesk ingest FILE`)."
        )
    if question.mode == "auto":
        mode, reason = choose_mode(question.text)
        question = replace(question, mode=mode, mode_reason=reason)
    return Desk(
        question=question,
        store=store,
        model=model,
        documents=documents,
        retrieval=retrieval or RetrievalSettings(),
        loop=loop or LoopSettings(),
        cancel=cancel or CancelToken(),
        reranker=reranker,
        effort=Effort(),
    )


def _choose_documents(
    store: PassageStore, document_ids: Sequence[str] | None
) -> tuple[Document, ...]:
    documents = store.documents()
    if document_ids is None:
        return documents
    return tuple(document for document in documents if document.document_id in document_ids)
