"""The Solver on one sub-question: read, answer, check, and ask once more where it is worth it."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from ingestion.documents import Document, ScoredPassage
from models.chat import CancelToken, ChatModel, Completion, GenerationSettings
from research.evidence import build_evidence
from research.grammars import build_choice_grammar, build_short_answer_grammar
from research.grounding import Asked, Grounding, find_fitting_places, ground_answer
from research.prompts import render_sub_question_prompt
from research.questions import SubAnswer, SubQuestion, Verdict
from research.retrieval.packing import (
    Excerpt,
    RetrievalSettings,
    cut_excerpts,
    fit_excerpts,
    lay_zigzag,
)
from research.retrieval.reranking import Reranker
from research.retrieval.search import rank_passages
from research.retrieval.store import PassageStore
from research.steps import AnswerGrowing, AskedAgain, PassagesFound, SearchStarted
from research.understanding.understand import understand_question

_MOST_TOKENS = 64
# What is read the second time must hold all figures that are chosen among.
_SECOND_TOKENS = 1500

SolvingStep = SearchStarted | PassagesFound | AnswerGrowing | AskedAgain


@dataclass(frozen=True, slots=True)
class Desk:
    """What every part of a run works with. `documents` are those that the question may use."""

    question: str
    store: PassageStore
    model: ChatModel
    documents: tuple[Document, ...]
    document_ids: tuple[str, ...] | None
    retrieval: RetrievalSettings
    cancel: CancelToken
    reranker: Reranker | None = None


def solve_sub_question(
    desk: Desk, sub_question: SubQuestion, resolved: str, unsettled: Sequence[str]
) -> Generator[SolvingStep, None, tuple[SubAnswer, tuple[Excerpt, ...]]]:
    """Answer one sub-question; returns its answer and what was found for it, the best first.

    `unsettled` are the labels that it depends on and whose answers are not grounded.
    """
    started = time.monotonic()
    yield SearchStarted(sub_question.label, resolved)
    desk.cancel.raise_if_cancelled()
    by_id = {document.document_id: document for document in desk.documents}
    query = understand_question(resolved, desk.documents, whole=desk.question)
    # A document that was added since the run began is not asked.
    found = rank_passages(
        desk.store,
        query,
        desk.documents,
        desk.retrieval.looked_through,
        tuple(by_id),
        reranker=desk.reranker,
    )
    best = cut_excerpts(found[: desk.retrieval.passages], query)
    read = fit_excerpts(best, desk.retrieval.tokens, desk.model.count_tokens)
    yield PassagesFound(sub_question.label, tuple(excerpt.scored for excerpt in read))
    asked = Asked(resolved, desk.question, desk.documents)
    answer, grounding, notes = yield from _answer(desk, sub_question.label, asked, read, found)
    if unsettled:
        notes = (*notes, f"Built on {', '.join(unsettled)}, which is not grounded.")
    grounded = grounding.grounded and not unsettled
    sub_answer = SubAnswer(
        label=sub_question.label,
        question=resolved,
        answer=answer,
        grounded=grounded,
        verdict=Verdict("SUPPORTED" if grounded else "NOT_ENOUGH_INFO", grounding.checks),
        value=grounding.value if grounded else None,
        evidence=build_evidence(desk.store, by_id, grounding, [excerpt.scored for excerpt in read]),
        seconds=time.monotonic() - started,
        notes=notes,
    )
    return sub_answer, best


def _answer(
    desk: Desk,
    label: str,
    asked: Asked,
    read: Sequence[Excerpt],
    found: Sequence[ScoredPassage],
) -> Generator[SolvingStep, None, tuple[str, Grounding, tuple[str, ...]]]:
    """Ask freely; when that is not grounded, ask again among the figures that fit.

    The second prompt is shorter: it holds those of all passages found that print such figures,
    and the grammar allows only what is printed there. The model chooses, and the checks apply
    all the same.
    """
    passages = [scored.passage for scored in found]
    first = yield from _ask(
        desk, label, asked.question, [e.text for e in read], build_short_answer_grammar()
    )
    grounding = ground_answer(first, asked, passages)
    if grounding.grounded:
        if grounding.statement is None:
            return first, grounding, ()
        return grounding.statement, grounding, (f'Read off its place; the model wrote "{first}".',)
    fitting = find_fitting_places(asked, passages)
    if not fitting:
        return first, grounding, ()
    choices = list(dict.fromkeys(place.spoken_text for place in fitting))
    yield AskedAgain(label, f"The first answer ({first}) is not grounded.")
    ids = {place.passage.passage_id for place in fitting}
    fewer = fit_excerpts(
        [Excerpt(s, s.passage.text) for s in found if s.passage.passage_id in ids],
        _SECOND_TOKENS,
        desk.model.count_tokens,
    )
    second = yield from _ask(
        desk, label, asked.question, [e.text for e in fewer], build_choice_grammar(choices)
    )
    checked = ground_answer(second, asked, passages)
    if not checked.grounded:
        return first, grounding, ()
    note = f'The first answer, "{first}", was not grounded; asked again among printed figures.'
    return checked.statement or second, checked, (note,)


def _ask(
    desk: Desk, label: str, question: str, texts: Sequence[str], grammar: str
) -> Generator[AnswerGrowing, None, str]:
    prompt = render_sub_question_prompt(question, lay_zigzag(texts))
    settings = GenerationSettings(max_tokens=_MOST_TOKENS, grammar=grammar)
    written = ""
    for piece in desk.model.stream(prompt, settings, desk.cancel):
        if isinstance(piece, Completion):
            return clean_answer(piece.text)
        written += piece
        yield AnswerGrowing(label, written)
    raise AssertionError("a stream ends with its Completion")


def clean_answer(text: str) -> str:
    """Take the first line, without quotation marks and the full stop around it."""
    first = next((line for line in text.strip().splitlines() if line.strip()), "")
    return first.strip().strip("\"'\u201c\u201d").removesuffix(".").strip()
