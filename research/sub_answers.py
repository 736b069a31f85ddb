"""Sub-answers from whatever gave them: a fact, a calculation, a claim's facts, the model, the user.

What each is grounded on becomes its checks, its value and its evidence. Decides nothing that the
verification has not decided.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ingestion.documents import ScoredPassage
from ingestion.figures import find_figures
from research.desk import Desk
from research.evidence import build_evidence, build_fact_evidence
from research.questions import (
    Calculation,
    Check,
    Evidence,
    Operand,
    SubAnswer,
    SubQuestion,
    Value,
    Verdict,
    VerdictLabel,
)
from research.searching import Found
from research.verification.claims import ClaimVerification
from research.verification.fact_places import FactPlace
from research.verification.lookup import build_value
from research.verification.selection import Selection
from research.verification.verifier import Verification, find_answer_figures, verify_against


def answer_by_facts(
    desk: Desk,
    step: SubQuestion,
    resolved: str,
    found: Found,
    unsettled: Sequence[str],
    seconds: float,
    said: str = "",
) -> SubAnswer:
    """Read the answer off the fact that settles it; `said` is what the model wrote, if asked."""
    match = found.lookup.settled
    assert match is not None, "facts have settled it"
    checks = list(found.lookup.checks)
    notes = [check.detail for check in checks if check.name == "as reported"]
    if said:
        agrees = verify_against(said, found.asked, found.lookup, as_printed=True).supported
        if agrees:
            checks.append(Check("Solver", True, f'The model wrote "{said}", which agrees.'))
        notes.append(f'Read off its place; the model wrote "{said}".')
    verification = Verification(found.lookup.checks, match)
    return SubAnswer(
        label=step.label,
        question=resolved,
        answer=match.place.statement,
        grounded=not unsettled,
        verdict=_judge(not unsettled, checks, unsettled),
        value=build_value(match.place),
        evidence=_show(desk, verification, found),
        seconds=seconds,
        notes=(*notes, *_tell_unsettled(unsettled)),
        source="fact",
    )


def answer_by_solver(
    desk: Desk,
    step: SubQuestion,
    resolved: str,
    found: Found,
    unsettled: Sequence[str],
    seconds: float,
    said: str,
    verification: Verification | None,
) -> SubAnswer:
    """Take the model's answer where the evidence confirms it; else it is shown as ungrounded."""
    supported = verification is not None and verification.supported
    grounded = supported and not unsettled
    match = verification.match if verification is not None and supported else None
    checks = list(verification.checks) if verification is not None else []
    notes = list(_tell_unsettled(unsettled))
    if match is not None:
        notes.insert(0, f'Read off its place; the model wrote "{said}".')
    if not supported:
        checks.append(describe_search(found))
    return SubAnswer(
        label=step.label,
        question=resolved,
        answer=match.place.statement if match is not None else said,
        grounded=grounded,
        verdict=_judge(grounded, checks, unsettled),
        value=build_value(match.place) if match is not None and grounded else None,
        evidence=_show(desk, verification, found),
        seconds=seconds,
        notes=tuple(notes),
    )


def answer_by_selection(
    desk: Desk,
    step: SubQuestion,
    resolved: str,
    found: Found,
    selection: Selection,
    unsettled: Sequence[str],
    seconds: float,
) -> SubAnswer:
    """Name the largest or smallest of several that facts settle; all of them are evidence."""
    proof = [
        build_fact_evidence(desk.store, desk.by_id, match.place) for match in selection.matches
    ]
    shown = [*proof, *_show(desk, None, found)]
    return SubAnswer(
        label=step.label,
        question=resolved,
        answer=selection.name,
        grounded=not unsettled,
        verdict=_judge(not unsettled, selection.checks, unsettled),
        value=None,
        evidence=tuple({evidence.evidence_id: evidence for evidence in shown}.values()),
        seconds=seconds,
        notes=_tell_unsettled(unsettled),
        source="fact",
    )


def answer_by_claim(
    desk: Desk,
    step: SubQuestion,
    resolved: str,
    found: Found,
    claim: ClaimVerification | None,
    said: str,
    seconds: float,
) -> SubAnswer:
    """Take what the facts say of a claim; the model's yes or no alone grounds nothing."""
    label: VerdictLabel = claim.label if claim is not None else "NOT_ENOUGH_INFO"
    decided = label != "NOT_ENOUGH_INFO"
    proof = [
        build_fact_evidence(desk.store, desk.by_id, match.place)
        for match in (claim.matches if claim is not None else ())
    ]
    shown = [*proof, *_show(desk, None, found)]
    words = {"SUPPORTED": "Yes", "REFUTED": "No"}
    checks = list(claim.checks) if claim is not None else []
    if not decided:
        checks.append(describe_search(found))
    return SubAnswer(
        label=step.label,
        question=resolved,
        answer=words.get(label, said or "Open"),
        grounded=decided,
        verdict=Verdict(label, tuple(checks)),
        value=None,
        evidence=tuple({evidence.evidence_id: evidence for evidence in shown}.values()),
        seconds=seconds,
        notes=(f'The model says "{said}".',) if said else (),
        source="fact" if decided else "solver",
    )


def answer_by_calculation(
    step: SubQuestion,
    resolved: str,
    calculation: Calculation,
    answers: Mapping[str, SubAnswer],
    seconds: float,
) -> SubAnswer:
    """Take a computed result; its evidence is that of what it was computed from."""
    parts = [answers[label] for label in step.depends_on if label in answers]
    loose = [part.label for part in parts if not part.grounded]
    grounded = calculation.verified and not loose
    proof: dict[str, Evidence] = {
        evidence.evidence_id: evidence
        for part in parts
        for evidence in part.evidence
        if evidence.is_proof
    }
    result = calculation.result
    bound = Check(
        "operands",
        all(operand.bound for operand in calculation.operands),
        "; ".join(operand.detail for operand in calculation.operands if operand.detail)
        or "Each comes from an earlier answer.",
    )
    label: VerdictLabel = "SUPPORTED" if grounded else "NOT_ENOUGH_INFO"
    return SubAnswer(
        label=step.label,
        question=resolved,
        answer=calculation.text,
        grounded=grounded,
        verdict=Verdict(label, (bound, *calculation.checks)),
        value=result if isinstance(result, Value) else None,
        evidence=tuple(proof.values()),
        seconds=seconds,
        notes=_tell_unsettled(loose),
        source="calculation",
        calculation=calculation,
    )


def answer_by_user(
    desk: Desk, step: SubQuestion, resolved: str, found: Found, seconds: float
) -> SubAnswer:
    """Take what the user has set; grounded only where the evidence says the same."""
    answer = step.answer or ""
    verification = verify_against(answer, found.asked, found.lookup)
    match = verification.match if verification.supported else None
    value = build_value(match.place) if match is not None else _read_value(answer, found)
    checks = [Check("set by hand", True, f'"{answer}" was set by hand.'), *verification.checks]
    grounded = verification.supported
    return SubAnswer(
        label=step.label,
        question=resolved,
        answer=answer,
        grounded=grounded,
        verdict=Verdict("SUPPORTED" if grounded else "NOT_ENOUGH_INFO", tuple(checks)),
        value=value,
        evidence=_show(desk, verification, found),
        seconds=seconds,
        notes=("Set by hand" + ("." if grounded else "; the evidence does not confirm it."),),
        source="user",
    )


def build_operands(step: SubQuestion, answers: Mapping[str, SubAnswer]) -> dict[str, Operand]:
    """Return what a step may compute with: the values of the answers that it refers to."""
    operands: dict[str, Operand] = {}
    for label in step.depends_on:
        answer = answers.get(label)
        if answer is None or answer.value is None:
            continue
        proof = next((evidence for evidence in answer.evidence if evidence.is_proof), None)
        operands[label] = Operand(
            name=label.lower(),
            label=_name_operand(answer, proof),
            reference=label,
            value=answer.value,
            bound=answer.grounded,
            evidence_id=proof.evidence_id if proof is not None else None,
            detail=_place_operand(label, answer, proof),
        )
    return operands


def describe_search(found: Found) -> Check:
    """Tell what was searched, and what of it there is for other periods."""
    documents = {scored.passage.document_id for scored in found.passages}
    told = (
        f"Searched {len(found.passages)} passages of {len(documents)} documents for: "
        f"{'; '.join(found.searched)}."
    )
    near = sorted({_name_period(match.place) for match in found.lookup.near} - {""})
    if near and not found.lookup.fitting:
        told += f" It is printed for {', '.join(near[:8])}, not for what is asked."
    return Check("searched", False, told)


def _show(desk: Desk, verification: Verification | None, found: Found) -> tuple[Evidence, ...]:
    read: list[ScoredPassage] = [excerpt.scored for excerpt in found.read]
    return build_evidence(desk.store, desk.by_id, verification, read)


def _judge(grounded: bool, checks: Sequence[Check], unsettled: Sequence[str]) -> Verdict:
    if unsettled:
        detail = f"{', '.join(unsettled)}, on which this depends, is not grounded."
        checks = [*checks, Check("earlier answers", False, detail)]
    return Verdict("SUPPORTED" if grounded else "NOT_ENOUGH_INFO", tuple(checks))


def _tell_unsettled(unsettled: Sequence[str]) -> tuple[str, ...]:
    return (f"Built on {', '.join(unsettled)}, which is not grounded.",) if unsettled else ()


def _name_operand(answer: SubAnswer, proof: Evidence | None) -> str:
    if answer.calculation is not None:
        return _name_calculation(answer.calculation)
    return (
        proof.quote.rpartition(":")[0]
        if proof is not None and proof.kind == "cell"
        else answer.question
    )


def _name_calculation(calculation: Calculation) -> str:
    """Name what was computed by what its parts have in common: "MGM China" of its two years."""
    cut = [re.split(r" > |, (?=[^,]*$)", operand.label) for operand in calculation.operands]
    shared = [piece for piece in cut[0] if all(piece in other for other in cut[1:])]
    return " > ".join(shared) or calculation.formula


def _place_operand(label: str, answer: SubAnswer, proof: Evidence | None) -> str:
    if not answer.grounded:
        return f"{label} is not grounded"
    if answer.calculation is not None:
        return f"{label} was computed"
    return f"{label} stands on page {proof.page} of {proof.document}" if proof is not None else ""


def _read_value(answer: str, found: Found) -> Value | None:
    """Return the figure that the user has set, in the unit and scale that it says."""
    figures = find_answer_figures(answer, found.asked.question) or tuple(find_figures(answer))
    if len(figures) != 1:
        return None
    figure = figures[0]
    years = found.asked.years
    period = str(next(iter(years))) if len(years) == 1 else None
    return Value(figure.value, figure.unit, figure.scale, period)


def _name_period(place: FactPlace) -> str:
    period = place.fact.period
    return period.label if period is not None else ""
