"""The plan of a run: no plan where one fact answers, else the Decomposer's, by the run's mode.

In program mode the plan is made with the evidence in view (P7). Knows nothing of how steps are
answered.
"""

from __future__ import annotations

import re
import time

from models.chat import GenerationSettings, complete
from research.decomposition import (
    Tries,
    decompose_claim,
    decompose_question,
    parse_document_plan,
    sample_plans,
)
from research.derived_periods import derive_whole
from research.desk import Desk
from research.grammars import build_document_plan_grammar
from research.prompts import render_document_plan_prompt
from research.questions import Decomposition, SubAnswer, SubQuestion
from research.retrieval.packing import lay_zigzag
from research.routing import strip_claim
from research.searching import Found, find_evidence
from research.solving import Solved, gather_facts
from research.sub_answers import answer_by_claim, answer_by_facts
from research.verification.claims import judge_claim
from research.verification.matching import Closeness

_MOST_PLAN_TOKENS = 600
# A figure is no answer to these.
_YES_NO = re.compile(
    r"(?:^|[.:,])\W*"
    r"(?:true or false|(?:did|do|does|is|are|was|were|has|have|had|can|could|will)\b)",
    re.IGNORECASE,
)
_DIRECT = "One fact answers the question, so it was not broken down."
_DIRECT_CLAIM = "Facts decide the claim as it stands, so it was not broken down."


def answer_directly(desk: Desk, solved: Solved) -> Decomposition | None:
    """Return a plan of one step, already answered, where facts settle the whole; else None."""
    started = time.monotonic()
    text = strip_claim(desk.question.text)
    with desk.effort.stage("search"):
        found = find_evidence(desk, text)
    step = SubQuestion("Q1", text)
    with desk.effort.stage("verify"):
        answer = (
            _judge(desk, step, found, started)
            if desk.question.mode == "claim"
            else _look_up(desk, step, found, started)
        )
    if answer is None:
        return None
    solved.answers["Q1"], solved.found["Q1"] = answer, found
    note = _DIRECT_CLAIM if desk.question.mode == "claim" else _DIRECT
    return Decomposition((step,), (note,))


def derive_directly(desk: Desk) -> Decomposition | None:
    """Return a plan for a question that asks for one part of a year, which no filing prints."""
    text = desk.question.text
    if desk.question.mode == "claim" or _YES_NO.search(text):
        return None
    return derive_whole(desk, text)


def _look_up(desk: Desk, step: SubQuestion, found: Found, started: float) -> SubAnswer | None:
    settled = found.lookup.settled
    if settled is None or settled.closeness is Closeness.SENTENCE or _YES_NO.search(step.text):
        return None
    return answer_by_facts(desk, step, step.text, found, (), time.monotonic() - started)


def _judge(desk: Desk, step: SubQuestion, found: Found, started: float) -> SubAnswer | None:
    claim = judge_claim(step.text, desk.documents, lambda text: gather_facts(desk, found, text))
    if claim.label == "NOT_ENOUGH_INFO":
        return None
    seconds = time.monotonic() - started
    return answer_by_claim(desk, step, step.text, found, claim, "", seconds)


def make_plan(desk: Desk) -> Decomposition:
    """Ask the Decomposer for a plan, in the way of the run's mode."""
    if desk.question.mode == "claim":
        return decompose_claim(
            strip_claim(desk.question.text), desk.model, desk.cancel, count=desk.effort.count
        )
    if desk.question.mode == "program":
        return _plan_computation(desk)
    return _decompose(desk, "all")


def make_other_plans(desk: Desk) -> tuple[Decomposition, ...]:
    """Ask the Decomposer for more plans, of the question alone."""
    is_claim = desk.question.mode == "claim"
    return sample_plans(
        strip_claim(desk.question.text) if is_claim else desk.question.text,
        "claim" if is_claim else "question",
        desk.model,
        desk.cancel,
        desk.loop.other_plans,
        count=desk.effort.count,
    )


def _plan_computation(desk: Desk) -> Decomposition:
    """Plan from the question alone, and with the evidence in view (P7) where that computes nothing.

    A plan of the question looks each figure up by itself, in all filings; the evidence for the
    whole question often shows one company, or one year, of two.
    """
    plan = _decompose(desk, "published")
    if any(step.depends_on for step in plan.sub_questions):
        return plan
    return _plan_over_document(desk) or _decompose(desk, "shown")


def _decompose(desk: Desk, tries: Tries) -> Decomposition:
    return decompose_question(
        desk.question.text, desk.model, desk.cancel, count=desk.effort.count, tries=tries
    )


def _plan_over_document(desk: Desk) -> Decomposition | None:
    """Ask for a plan with the evidence in view (P7); None where it is no plan."""
    prompt = render_document_plan_prompt(desk.question.text, read_document(desk))
    settings = GenerationSettings(
        _MOST_PLAN_TOKENS, grammar=build_document_plan_grammar(), distinct_lines=True
    )
    completion = complete(desk.model, prompt, settings, desk.cancel)
    desk.effort.count(completion)
    plan = parse_document_plan(completion.text, desk.question.text)
    return plan if len(plan.sub_questions) > 1 else None


def read_document(desk: Desk) -> tuple[str, ...]:
    """Return the passages that plan and program are written over (P7, P8): the same for both."""
    found = find_evidence(desk, desk.question.text)
    return lay_zigzag([excerpt.text for excerpt in found.read])
