"""The last stage of a run: conclude from what is proved; only where that fails ask the model.

The Solver's final word (P5, P6) or program (P8) is asked for when the plan's own steps do not
carry the answer. A program counts only when each of its operands is a fact that the question asks
for. The model is also asked whether the answer follows from its proof (P4): that is shown.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from models.chat import Completion, GenerationSettings, complete
from research.calculation.binding import bind_program
from research.calculation.shapes import read_question_shape
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
    Answer,
    Calculation,
    Check,
    Decomposition,
    Operand,
    Value,
    Verdict,
)
from research.retrieval.packing import Excerpt, fit_excerpts
from research.routing import strip_claim
from research.solving import Solved
from research.steps import AnswerGrowing
from research.understanding.vocabulary import load_vocabulary
from research.verification.asking import read_asked
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
        conclusion = _conclude(desk, plan, solved)
    if conclusion.verdict.label != "NOT_ENOUGH_INFO" and desk.loop.facts_first:
        return Ending(_add_own_check(desk, plan, solved, conclusion))
    if not any(answer.answer for answer in solved.answers.values()):
        return Ending(conclusion)
    if desk.question.mode == "program":
        if not any(answer.grounded for answer in solved.answers.values()):
            return Ending(conclusion)  # no operand of a program could be bound
        with desk.effort.stage("program"):
            programmed = _conclude_by_program(desk, plan, solved)
        if conclusion.verdict.label == "NOT_ENOUGH_INFO" and programmed is not None:
            conclusion = programmed
        return Ending(conclusion)
    with desk.effort.stage("final"):
        draft = yield from _write_final(desk, plan, solved)
    return Ending(conclusion, draft)


def _conclude(desk: Desk, plan: Decomposition, solved: Solved) -> Conclusion:
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


def _conclude_by_program(desk: Desk, plan: Decomposition, solved: Solved) -> Conclusion | None:
    """Ask for a program (P8) and take its result where all of it is bound to what was asked."""
    steps = "\n".join(f"### {step.label}: {step.text}" for step in plan.sub_questions)
    prompt = render_program_prompt(desk.question.text, read_document(desk), steps)
    completion = complete(
        desk.model, prompt, GenerationSettings(max_tokens=_MOST_PROGRAM_TOKENS), desk.cancel
    )
    desk.effort.count(completion)
    places = {p.fact.fact_id: p for f in solved.found.values() for p in f.places}
    calculation = bind_program(
        completion.text, [_build_operand(place) for place in places.values()]
    )
    if calculation is None:
        return None
    used = [places[o.evidence_id] for o in calculation.operands if o.evidence_id in places]
    checks = (
        Check("program", calculation.verified, "Its operands are facts of the evidence."),
        _check_asked(desk, used),
        _check_shape(desk, calculation),
    )
    if not all(check.passed for check in checks):
        return None
    value = calculation.result if isinstance(calculation.result, Value) else None
    answer = Answer(calculation.text, "number" if value else "text", value)
    return Conclusion(answer, Verdict("SUPPORTED", checks), calculation)


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


def _check_asked(desk: Desk, used: Sequence[FactPlace]) -> Check:
    """Whether a program's operands are of the line items, years and companies asked for."""
    whole = read_asked(desk.question.text, desk.question.text, desk.documents)
    needs = {need.concept for need in whole.query.needs}
    generic = load_vocabulary().generic
    for place in used:
        fact = place.fact
        words = set(fact.line_item.lower().split())
        named = fact.concept in needs or bool(words & set(whole.query.words) - set(generic))
        dated = fact.period is None or fact.period.fiscal_year in whole.years
        owned = not whole.companies or any(
            fact.document_id in company.document_ids for company in whole.companies
        )
        if not (named and dated and owned):
            detail = f'"{fact.line_item}" is not what the question asks for.'
            return Check("operands asked for", False, detail)
    missing = whole.years - {p.fact.period.fiscal_year for p in used if p.fact.period}
    if not used or missing:
        return Check("operands asked for", False, "Not every year of the question is used.")
    return Check("operands asked for", True, "Each is a line item, year and company asked for.")


def _check_shape(desk: Desk, calculation: Calculation) -> Check:
    shape = read_question_shape(desk.question.text)
    fits = shape is not None and shape.shape == calculation.shape
    detail = (
        "The program computes what the question asks for."
        if fits
        else ("It is not clear that the program computes what the question asks for.")
    )
    return Check("kind of calculation", fits, detail)


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
    verdict = replace(conclusion.verdict, checks=(*conclusion.verdict.checks, check))
    return replace(conclusion, verdict=verdict)
