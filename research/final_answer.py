"""The last stage of a run: conclude from what is proved; only where that fails ask the model.

The Solver's final word (P5, P6) or program (P8) is asked for when the plan's own steps do not
carry the answer; both are told beside the answer and prove nothing. The model is also asked
whether the answer follows from its proof (P4): that is shown.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from models.chat import Completion, GenerationSettings, complete
from research.calculation.binding import agree, bind_program
from research.conclusion import (
    Conclusion,
    Ground,
    conclude_claim,
    conclude_question,
    list_behind,
    parse_final_answer,
)
from research.desk import Desk
from research.grammars import build_answer_grammar
from research.plan import find_last_steps
from research.planning import read_document
from research.prompts import (
    render_claim_verdict_prompt,
    render_final_prompt,
    render_program_prompt,
    render_sub_claim_prompt,
)
from research.questions import (
    Calculation,
    Check,
    Decomposition,
    Operand,
)
from research.retrieval.packing import Excerpt, fit_excerpts
from research.routing import strip_claim
from research.solving import Solved
from research.steps import AnswerGrowing
from research.verification.fact_places import FactPlace
from research.verification.lookup import build_value

_MOST_FINAL_TOKENS = 256
_MOST_PROGRAM_TOKENS = 300
# The evidence of all sub-questions, read for the whole answer.
_FINAL_TOKENS = 1000


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ends: what may be said, and what the model wrote of the whole, if it was asked."""

    conclusion: Conclusion
    draft: str | None = None


def end_run(
    desk: Desk, plan: Decomposition, solved: Solved
) -> Generator[AnswerGrowing, None, Ending]:
    """Conclude; ask the model only where the plan's own steps do not carry the answer."""
    with desk.effort.stage("conclude"):
        conclusion = conclude(desk, plan, solved)
    if conclusion.verdict.label != "NOT_ENOUGH_INFO" and desk.loop.facts_first:
        return Ending(_add_own_check(desk, plan, solved, conclusion))
    if not any(answer.answer for answer in solved.answers.values()):
        return Ending(conclusion)
    if desk.question.mode == "program":
        if not any(answer.grounded for answer in solved.answers.values()):
            return Ending(conclusion)  # no operand of a program could be bound
        with desk.effort.stage("program"):
            written = _write_program(desk, plan, solved)
        if written is None:
            return Ending(conclusion)
        return Ending(_add_check(conclusion, _judge_program(conclusion, written)), written.text)
    with desk.effort.stage("final"):
        draft = yield from _write_final(desk, plan, solved)
    return Ending(conclusion, draft)


def conclude(desk: Desk, plan: Decomposition, solved: Solved) -> Conclusion:
    """Conclude from all that the plan's steps have come to."""
    ground = build_ground(desk, plan, solved)
    return conclude_claim(ground) if desk.question.mode == "claim" else conclude_question(ground)


def build_ground(desk: Desk, plan: Decomposition, solved: Solved) -> Ground:
    """Return what a conclusion is drawn from."""
    last = [step.label for step in find_last_steps(plan)]
    behind = list_behind(plan, last, solved.answers)
    return Ground(
        question=strip_claim(desk.question.text),
        last=tuple(solved.answers[label] for label in last),
        behind=behind,
        documents=desk.documents,
        searched=_tell_searched(desk, solved),
        steps={step.label: step.text for step in plan.sub_questions},
        around=" ".join(
            f"{match.place.caption} {match.place.section}"
            for answer in behind
            if answer.label in solved.found
            and (match := solved.found[answer.label].lookup.settled) is not None
        ),
        absent=tuple(
            answer.label
            for answer in behind
            if not answer.grounded
            and answer.calculation is None
            and answer.label in solved.found
            and not solved.found[answer.label].lookup.fitting
        ),
    )


def _tell_searched(desk: Desk, solved: Solved) -> Check:
    passages = {s.passage.passage_id: s.passage for f in solved.found.values() for s in f.passages}
    pages = {(passage.document_id, passage.page) for passage in passages.values()}
    names = ", ".join(document.name for document in desk.documents[:3])
    more = f" and {len(desk.documents) - 3} more" if len(desk.documents) > 3 else ""
    detail = (
        f"{len(passages)} passages on {len(pages)} pages were searched, chosen from {names}{more}."
    )
    return Check("searched", bool(passages) or not solved.found, detail)


# The Solver's program


def _write_program(desk: Desk, plan: Decomposition, solved: Solved) -> Calculation | None:
    """Ask for a program (P8), run it and bind its numbers to the facts that were found."""
    steps = "\n".join(f"### {step.label}: {step.text}" for step in plan.sub_questions)
    prompt = render_program_prompt(desk.question.text, read_document(desk), steps)
    completion = complete(
        desk.model, prompt, GenerationSettings(max_tokens=_MOST_PROGRAM_TOKENS), desk.cancel
    )
    desk.effort.count(completion)
    places = {p.fact.fact_id: p for f in solved.found.values() for p in f.places}
    return bind_program(completion.text, [_build_operand(place) for place in places.values()])


def _judge_program(conclusion: Conclusion, written: Calculation) -> Check:
    """Compare the model's program with the plan's own computation; alone it proves nothing.

    Its numbers may all be facts and its formula another than the one that is asked for.
    """
    if conclusion.calculation is not None:
        return agree(conclusion.calculation, written)
    loose = ", ".join(operand.name for operand in written.operands if not operand.bound)
    told = f"The model's own program gives {written.text}" + (
        f"; it uses {loose}, which no fact confirms." if loose else ", from facts of the evidence."
    )
    return Check("the model's program", False, f"{told} A program alone verifies nothing.")


def _add_check(conclusion: Conclusion, check: Check) -> Conclusion:
    verdict = replace(conclusion.verdict, checks=(*conclusion.verdict.checks, check))
    return replace(conclusion, verdict=verdict)


def _build_operand(place: FactPlace) -> Operand:
    fact = place.fact
    period = f", {fact.period.label}" if fact.period else ""
    return Operand(
        name="",
        label=f"{fact.line_item}{period}",
        reference="",
        value=build_value(place),
        bound=True,
        evidence_id=fact.fact_id,
    )


# The Solver's final word


def _write_final(
    desk: Desk, plan: Decomposition, solved: Solved
) -> Generator[AnswerGrowing, None, str | None]:
    """Ask for the whole answer, from the paper's pool: 5 passages a sub-question, 3 of many."""
    answers = [solved.answers[step.label] for step in plan.sub_questions]
    pool = pool_excerpts(
        [solved.found[a.label].excerpts for a in answers if a.label in solved.found],
        most=5 if len(answers) <= 3 else 3,
    )
    tokens = _FINAL_TOKENS if desk.loop.packed else desk.model.context_tokens // 2
    read = [e.text for e in fit_excerpts(pool, tokens, desk.model.count_tokens)]
    told = [(answer.label, answer.question, answer.answer) for answer in answers]
    if desk.question.mode == "claim":
        prompt = render_claim_verdict_prompt(strip_claim(desk.question.text), read, told)
    else:
        prompt = render_final_prompt(desk.question.text, read, told)
    settings = GenerationSettings(
        max_tokens=_MOST_FINAL_TOKENS, grammar=build_answer_grammar(), stop=("</answer>",)
    )
    written = ""
    for piece in desk.model.stream(prompt, settings, desk.cancel):
        if isinstance(piece, Completion):
            desk.effort.count(piece)
            text = piece.text if "</answer>" in piece.text else f"{piece.text}</answer>"
            return parse_final_answer(text)
        written += piece
        yield AnswerGrowing(None, written)
    raise AssertionError("a stream ends with its Completion")


def pool_excerpts(found: Sequence[Sequence[Excerpt]], most: int | None) -> tuple[Excerpt, ...]:
    """Put the first `most` excerpts of each sub-question together, in order, without repeats."""
    pool: dict[tuple[str, str], Excerpt] = {}
    for excerpts in found:
        for excerpt in excerpts[:most]:
            pool.setdefault((excerpt.passage.passage_id, excerpt.text), excerpt)
    return tuple(pool.values())


def _add_own_check(
    desk: Desk, plan: Decomposition, solved: Solved, conclusion: Conclusion
) -> Conclusion:
    """Ask the model whether the answer follows from its proof (P4): told, and deciding nothing."""
    if not desk.loop.own_check:
        return conclusion
    proof = dict.fromkeys(
        evidence.quote
        for answer in solved.answers.values()
        for evidence in answer.evidence
        if evidence.is_proof
    )
    claim = f"{desk.question.text.strip()} {conclusion.answer.text}"
    with desk.effort.stage("own check"):
        yes, _ = desk.model.weigh_choices(
            render_sub_claim_prompt(claim, list(proof)), ("Yes", "No"), desk.cancel
        )
    detail = f"Asked whether the answer follows from its proof, the model says yes with {yes:.0%}."
    check = Check("model's own check", yes >= 0.5, f"{detail} It does not decide.")
    return _add_check(conclusion, check)
