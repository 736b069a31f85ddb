"""Sub-questions that are ready, answered together: computed, looked up, or asked of the Solver.

What follows from earlier answers is computed; what facts settle is read off its place; the rest is
asked of the model in one batch, and its answers are held against the evidence. What stays open is
searched for once more. Knows no plan: who is ready is told.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from models.chat import Completion, GenerationSettings, Request
from research.calculation.compute import compute_step
from research.decomposition import resolve_references
from research.desk import Desk
from research.grammars import build_choice_grammar, build_short_answer_grammar
from research.prompts import render_sub_claim_prompt, render_sub_question_prompt
from research.questions import SubAnswer, SubQuestion
from research.retrieval.packing import lay_zigzag
from research.searching import Found, find_evidence, search_again
from research.steps import (
    AnswerGrowing,
    PassagesFound,
    SearchedAgain,
    SearchStarted,
    Step,
    SubAnswerReady,
)
from research.sub_answers import (
    answer_by_calculation,
    answer_by_claim,
    answer_by_facts,
    answer_by_selection,
    answer_by_solver,
    answer_by_user,
    build_operands,
)
from research.verification.claims import ClaimVerification, judge_claim
from research.verification.fact_places import FactPlace
from research.verification.selection import Selection, select
from research.verification.verifier import (
    Verification,
    find_answer_figures,
    verify_against,
    verify_words,
)

_MOST_TOKENS = 64
_YES_NO = ("Yes", "No")


@dataclass
class Solved:
    """What is answered so far, by label, and what was found for each."""

    answers: dict[str, SubAnswer] = field(default_factory=dict)
    found: dict[str, Found] = field(default_factory=dict)


@dataclass
class _Job:
    """A sub-question on its way: what was found, and what the model said of it."""

    step: SubQuestion
    resolved: str
    unsettled: tuple[str, ...]
    is_claim: bool
    found: Found
    started: float
    said: str = ""
    verification: Verification | None = None
    claim: ClaimVerification | None = None
    selection: Selection | None = None


def solve_steps(
    desk: Desk, steps: Sequence[SubQuestion], solved: Solved
) -> Generator[Step, None, None]:
    """Answer sub-questions all of whose dependencies are answered; fills `solved`."""
    jobs = yield from _settle_steps(desk, steps, solved)
    yield from _ask_and_follow_up(desk, jobs, solved)


def settle_steps(
    desk: Desk, steps: Sequence[SubQuestion], solved: Solved
) -> Generator[Step, None, None]:
    """Answer, of such sub-questions, those alone that are computed or that facts settle."""
    yield from _settle_steps(desk, steps, solved)


def _settle_steps(
    desk: Desk, steps: Sequence[SubQuestion], solved: Solved
) -> Generator[Step, None, list[_Job]]:
    """Answer what needs no model; returns the rest."""
    jobs: list[_Job] = []
    for step in steps:
        desk.cancel.raise_if_cancelled()
        answer = _answer_without_search(desk, step, solved)
        if answer is not None:
            yield _finish(solved, answer)
            continue
        job = yield from _search(desk, step, solved)
        if _settle(desk, job):
            yield _finish(solved, _build_answer(desk, job))
        else:
            jobs.append(job)
    return jobs


def _answer_without_search(desk: Desk, step: SubQuestion, solved: Solved) -> SubAnswer | None:
    """Return what the user has set, or what follows from earlier answers; else None."""
    started = time.monotonic()
    resolved = _resolve(step, solved)
    if step.answer is not None:
        found = find_evidence(desk, resolved, step.passages)
        solved.found[step.label] = found
        return answer_by_user(desk, step, resolved, found, time.monotonic() - started)
    with desk.effort.stage("compute"):
        calculation = compute_step(step.text, build_operands(step, solved.answers))
    if calculation is None:
        return None
    seconds = time.monotonic() - started
    return answer_by_calculation(step, resolved, calculation, solved.answers, seconds)


def _search(desk: Desk, step: SubQuestion, solved: Solved) -> Generator[Step, None, _Job]:
    started = time.monotonic()
    resolved = _resolve(step, solved)
    yield SearchStarted(step.label, resolved)
    with desk.effort.stage("search"):
        found = find_evidence(desk, resolved, step.passages)
    yield PassagesFound(step.label, tuple(excerpt.scored for excerpt in found.read))
    solved.found[step.label] = found
    unsettled = tuple(label for label in step.depends_on if not solved.answers[label].grounded)
    is_claim = desk.question.mode == "claim" and not resolved.rstrip().endswith("?")
    return _Job(step, resolved, unsettled, is_claim, found, started)


def _settle(desk: Desk, job: _Job) -> bool:
    """Whether facts alone answer a job; what they say is kept either way."""
    if job.is_claim:
        with desk.effort.stage("verify"):
            job.claim = judge_claim(
                job.resolved,
                desk.documents,
                lambda question: gather_facts(desk, job.found, question),
            )
        return desk.loop.facts_first and job.claim.label != "NOT_ENOUGH_INFO"
    if job.found.lookup.settled is None and job.found.query.compares:
        with desk.effort.stage("verify"):
            job.selection = select(
                job.resolved,
                desk.question.text,
                desk.documents,
                lambda question: gather_facts(desk, job.found, question),
            )
    return desk.loop.facts_first and (
        job.found.lookup.settled is not None or job.selection is not None
    )


def gather_facts(desk: Desk, found: Found, question: str) -> Sequence[FactPlace]:
    """Return the facts for one part of what is judged: those found for it, and for `question`."""
    other = find_evidence(desk, question)
    places = (*found.places, *other.places)
    return tuple({place.fact.fact_id: place for place in places}.values())


def _ask_and_follow_up(
    desk: Desk, jobs: Sequence[_Job], solved: Solved
) -> Generator[Step, None, None]:
    """Ask the Solver; what it cannot ground is searched for once more, and asked again."""
    open_jobs = yield from _ask(desk, jobs, solved)
    for _ in range(desk.loop.follow_ups):
        open_jobs = yield from _follow_up(desk, open_jobs, solved)
    for job in open_jobs:
        yield _finish(solved, _build_answer(desk, job))


def _follow_up(
    desk: Desk, jobs: Sequence[_Job], solved: Solved
) -> Generator[Step, None, list[_Job]]:
    """Search once more for each; ask again those that have something else to read."""
    again: list[_Job] = []
    still_open: list[_Job] = []
    for job in jobs:
        if job.step.passages is not None:  # chosen by hand: there is nothing else to search
            still_open.append(job)
            continue
        before = [excerpt.text for excerpt in job.found.read]
        with desk.effort.stage("search"):
            job.found = solved.found[job.step.label] = search_again(desk, job.found)
        yield SearchedAgain(job.step.label, job.found.searched)
        if _settle(desk, job):
            yield _finish(solved, _build_answer(desk, job))
        elif [excerpt.text for excerpt in job.found.read] != before:
            again.append(job)
        else:
            still_open.append(job)
    return [*still_open, *(yield from _ask(desk, again, solved))]


def _ask(desk: Desk, jobs: Sequence[_Job], solved: Solved) -> Generator[Step, None, list[_Job]]:
    """Ask the Solver all jobs; what it grounds is finished, the others are returned."""
    open_jobs: list[_Job] = []
    with desk.effort.stage("solve"):
        batches = [list(jobs)] if desk.loop.together else [[job] for job in jobs]
        for batch in filter(None, batches):
            written = [""] * len(batch)
            requests = [_build_request(job) for job in batch]
            for index, piece in desk.model.stream_many(requests, desk.cancel):
                job = batch[index]
                if not isinstance(piece, Completion):
                    written[index] += piece
                    yield AnswerGrowing(job.step.label, written[index])
                    continue
                desk.effort.count(piece)
                job.said = clean_answer(piece.text)
                if _check(job):
                    yield _finish(solved, _build_answer(desk, job))
                else:
                    open_jobs.append(job)
    return open_jobs


def _build_request(job: _Job) -> Request:
    texts = lay_zigzag([excerpt.text for excerpt in job.found.read])
    if job.is_claim:
        return Request(
            render_sub_claim_prompt(job.resolved, texts),
            GenerationSettings(max_tokens=4, grammar=build_choice_grammar(_YES_NO)),
        )
    return Request(
        render_sub_question_prompt(job.resolved, texts),
        GenerationSettings(
            max_tokens=_MOST_TOKENS, grammar=build_short_answer_grammar(), stop=("\n",)
        ),
    )


def _check(job: _Job) -> bool:
    """Hold the Solver's answer against the evidence."""
    if job.is_claim:
        return job.claim is not None and job.claim.label != "NOT_ENOUGH_INFO"
    asked = job.found.asked
    if find_answer_figures(job.said, asked.question):
        job.verification = verify_against(job.said, asked, job.found.lookup, as_printed=True)
    else:
        passages = [scored.passage for scored in job.found.passages]
        job.verification = verify_words(job.said, asked, passages)
    return job.verification.supported


def _build_answer(desk: Desk, job: _Job) -> SubAnswer:
    seconds = time.monotonic() - job.started
    if job.is_claim:
        return answer_by_claim(
            desk, job.step, job.resolved, job.found, job.claim, job.said, seconds
        )
    if job.selection is not None:
        return answer_by_selection(
            desk, job.step, job.resolved, job.found, job.selection, job.unsettled, seconds
        )
    if job.found.lookup.settled is not None and not (
        job.verification and job.verification.supported
    ):
        return answer_by_facts(
            desk, job.step, job.resolved, job.found, job.unsettled, seconds, job.said
        )
    return answer_by_solver(
        desk, job.step, job.resolved, job.found, job.unsettled, seconds, job.said, job.verification
    )


def _finish(solved: Solved, answer: SubAnswer) -> SubAnswerReady:
    solved.answers[answer.label] = answer
    return SubAnswerReady(answer)


def _resolve(step: SubQuestion, solved: Solved) -> str:
    return resolve_references(
        step.text, {label: answer.answer for label, answer in solved.answers.items()}
    )


def clean_answer(text: str) -> str:
    """Take the first line, without quotation marks and the full stop around it."""
    first = next((line for line in text.strip().splitlines() if line.strip()), "")
    return first.strip().strip("\"'\u201c\u201d").removesuffix(".").strip()
