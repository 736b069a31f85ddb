"""The whole way from a question to a verified answer, as one generator of typed steps.

`run_research` is the only path: whoever wants just the result drains it.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ingestion.documents import Document
from models.chat import CancelToken, ChatModel, Completion, GenerationSettings
from research.conclusion import conclude, parse_final_answer
from research.decomposition import ask_whole, decompose_question, resolve_references
from research.errors import EmptyQuestion, ModeNotAvailable, NothingToSearch
from research.grammars import build_answer_grammar
from research.prompts import render_final_prompt
from research.questions import Question, ResearchResult, SubAnswer, SubQuestion
from research.retrieval.packing import Excerpt, RetrievalSettings, fit_excerpts
from research.retrieval.reranking import Reranker
from research.retrieval.store import PassageStore
from research.solving import Desk, SolvingStep, solve_sub_question
from research.steps import (
    AnswerGrowing,
    FinalStarted,
    PlanReady,
    RunFinished,
    RunStarted,
    Step,
    SubAnswerReady,
)

_MOST_FINAL_TOKENS = 256
# The evidence of all sub-questions, read for the whole answer.
_FINAL_TOKENS = 1000


@dataclass
class _Timings:
    """Seconds by stage; a stage that comes again adds up."""

    started: float = field(default_factory=time.monotonic)
    stages: dict[str, float] = field(default_factory=dict)
    _mark: float = field(default_factory=time.monotonic)

    def close(self, stage: str) -> None:
        now = time.monotonic()
        self.stages[stage] = self.stages.get(stage, 0.0) + now - self._mark
        self._mark = now

    def total(self) -> dict[str, float]:
        return {"total": time.monotonic() - self.started, **self.stages}


def run_research(
    question: Question,
    store: PassageStore,
    model: ChatModel,
    *,
    retrieval: RetrievalSettings | None = None,
    reranker: Reranker | None = None,
    cancel: CancelToken | None = None,
) -> Iterator[Step]:
    """Answer a question, step by step; the last step is RunFinished.

    Raises:
        EmptyQuestion, NothingToSearch, ModeNotAvailable: before any work.
        GenerationCancelled: `cancel` was set.
    """
    desk = replace(_set_up(question, store, model, retrieval, cancel), reranker=reranker)
    timings = _Timings()
    yield RunStarted(question)
    decomposition = decompose_question(question.text, model, desk.cancel)
    timings.close("plan")
    yield PlanReady(decomposition)

    sub_answers: list[SubAnswer] = []
    found: list[tuple[Excerpt, ...]] = []
    for sub_question in decomposition.sub_questions:
        sub_answer, passages = yield from _solve_next(desk, sub_question, sub_answers)
        sub_answers.append(sub_answer)
        found.append(passages)
        yield SubAnswerReady(sub_answer)
    if not any(sub_answer.grounded for sub_answer in sub_answers):
        decomposition = ask_whole(decomposition, question.text)
        if len(decomposition.sub_questions) > len(sub_answers):
            yield PlanReady(decomposition)
            last = decomposition.sub_questions[-1]
            sub_answer, passages = yield from _solve_next(desk, last, sub_answers)
            sub_answers.append(sub_answer)
            found.append(passages)
            yield SubAnswerReady(sub_answer)
    timings.close("sub_answers")

    yield FinalStarted()
    draft = None
    if any(sub_answer.grounded for sub_answer in sub_answers):
        # Without a grounded part the verdict is settled, and the model's word would not be shown.
        draft = yield from _write_final(desk, question.text, sub_answers, found)
    pool = [excerpt.scored for excerpt in pool_excerpts(found, most=None)]
    answer, verdict = conclude(question.text, draft, sub_answers, pool, desk.documents)
    timings.close("final")
    yield RunFinished(
        ResearchResult(
            question=question,
            model=model.file,
            decomposition=decomposition,
            sub_answers=tuple(sub_answers),
            answer=answer,
            verdict=verdict,
            timings=timings.total(),
        )
    )


def _solve_next(
    desk: Desk, sub_question: SubQuestion, sub_answers: Sequence[SubAnswer]
) -> Generator[SolvingStep, None, tuple[SubAnswer, tuple[Excerpt, ...]]]:
    answers = {sub_answer.label: sub_answer.answer for sub_answer in sub_answers}
    unsettled = [
        sub_answer.label
        for sub_answer in sub_answers
        if sub_answer.label in sub_question.depends_on and not sub_answer.grounded
    ]
    resolved = resolve_references(sub_question.text, answers)
    return (yield from solve_sub_question(desk, sub_question, resolved, unsettled))


def finish_research(steps: Iterator[Step]) -> ResearchResult:
    """Drain a run and return its result."""
    for step in steps:
        if isinstance(step, RunFinished):
            return step.result
    raise AssertionError("a run ends with RunFinished")


def pool_excerpts(found: Sequence[Sequence[Excerpt]], most: int | None) -> tuple[Excerpt, ...]:
    """Put the first `most` excerpts of each sub-question together, in order, without repeats."""
    pool: dict[tuple[str, str], Excerpt] = {}
    for excerpts in found:
        for excerpt in excerpts[:most]:
            pool.setdefault((excerpt.passage.passage_id, excerpt.text), excerpt)
    return tuple(pool.values())


def _set_up(
    question: Question,
    store: PassageStore,
    model: ChatModel,
    retrieval: RetrievalSettings | None,
    cancel: CancelToken | None,
) -> Desk:
    if not question.text.strip():
        raise EmptyQuestion("The question is empty. Ask in a whole sentence.")
    if question.mode != "question":
        raise ModeNotAvailable(
            f"The mode {question.mode} is not built yet. Ask without --mode, as a question."
        )
    documents = _choose_documents(store, question.document_ids)
    if not documents:
        raise NothingToSearch(
            "There are no documents to ask. Add a filing first (`acedesk ingest FILE`)."
        )
    return Desk(
        question=question.text,
        store=store,
        model=model,
        documents=documents,
        document_ids=question.document_ids,
        retrieval=retrieval or RetrievalSettings(),
        cancel=cancel or CancelToken(),
    )


def _choose_documents(
    store: PassageStore, document_ids: Sequence[str] | None
) -> tuple[Document, ...]:
    documents = store.documents()
    if document_ids is None:
        return documents
    return tuple(document for document in documents if document.document_id in document_ids)


def _write_final(
    desk: Desk,
    question: str,
    sub_answers: Sequence[SubAnswer],
    found: Sequence[Sequence[Excerpt]],
) -> Generator[AnswerGrowing, None, str | None]:
    """Ask for the whole answer, from the paper's pool: 5 passages a sub-question, 3 of many."""
    pool = pool_excerpts(found, most=5 if len(sub_answers) <= 3 else 3)
    read = fit_excerpts(pool, _FINAL_TOKENS, desk.model.count_tokens)
    prompt = render_final_prompt(
        question,
        [excerpt.text for excerpt in read],
        [(sub.label, sub.question, sub.answer) for sub in sub_answers],
    )
    settings = GenerationSettings(max_tokens=_MOST_FINAL_TOKENS, grammar=build_answer_grammar())
    written = ""
    for piece in desk.model.stream(prompt, settings, desk.cancel):
        if isinstance(piece, Completion):
            return parse_final_answer(piece.text)
        written += piece
        yield AnswerGrowing(None, written)
    raise AssertionError("a stream ends with its Completion")
