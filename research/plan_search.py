"""Several plans, and the one that facts carry to a proved answer.

A small model's likeliest plan may ask for a neighbour's year, or stop a step short, where its next
ones do not. What a plan asks for is looked up and computed without the model, in about a second,
and each plan's answer passes the same checks. Only an answer that two of them prove, and no other
contradicts, is taken: one plan alone may pass the checks by chance.
Knows no prompt and no check.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from research.conclusion import Conclusion
from research.derived_periods import derive_periods
from research.desk import Desk
from research.final_answer import conclude
from research.plan import find_ready
from research.planning import make_other_plans
from research.questions import Decomposition
from research.solving import Solved, settle_steps
from research.steps import OtherPlansStarted, PlanReady, Step, SubAnswerReady
from research.verification.lookup import is_same_amount

# As many of the other plans must prove an answer.
_FEWEST_PROOFS = 2


@dataclass(frozen=True, slots=True)
class _Proof:
    """A plan that facts carry, and what may be said by it."""

    plan: Decomposition
    solved: Solved
    conclusion: Conclusion


def search_plans(
    desk: Desk, plan: Decomposition, solved: Solved
) -> Generator[Step, None, tuple[Decomposition, Solved]]:
    """Settle a plan by facts; where that proves nothing, look for another that facts carry.

    Returns the plan to go on with, and what is answered of it.
    """
    yield from _settle_plan(desk, plan, solved)
    # What the model did not break down is one look-up: there is no other plan for it.
    if len(plan.sub_questions) < 2 or _prove(desk, plan, solved) is not None:
        return plan, solved
    yield OtherPlansStarted(desk.loop.other_plans)
    with desk.effort.stage("other plans"):
        made = make_other_plans(desk)
    others = [derive_periods(desk, other) for other in made if not _are_same(other, plan)]
    proofs = list(_try_plans(desk, others))
    if len(proofs) < _FEWEST_PROOFS:
        return plan, solved
    first = proofs[0]
    if not all(_say_the_same(first.conclusion, other.conclusion) for other in proofs[1:]):
        return _add_note(plan, _tell_different(proofs)), solved
    told = (
        "The first plan led to no proved answer. Of "
        f"{len(others)} others, {len(proofs)} did, and this is the first of them."
    )
    found = _add_note(first.plan, told)
    yield PlanReady(found)
    for answer in first.solved.answers.values():
        yield SubAnswerReady(answer)
    return found, first.solved


def _settle_plan(desk: Desk, plan: Decomposition, solved: Solved) -> Iterator[Step]:
    """Answer what is computed or what facts settle; the rest of the plan stays open."""
    left_open: set[str] = set()
    while ready := [
        step for step in find_ready(plan, solved.answers.keys()) if step.label not in left_open
    ]:
        yield from settle_steps(desk, ready, solved)
        left_open |= {step.label for step in ready} - solved.answers.keys()


def _try_plans(desk: Desk, plans: Sequence[Decomposition]) -> Iterator[_Proof]:
    """Yield the proofs among plans; one that was written again proves again."""
    for plan in plans:
        solved = Solved()
        for _ in _settle_plan(desk, plan, solved):
            desk.cancel.raise_if_cancelled()
        conclusion = _prove(desk, plan, solved)
        if conclusion is not None:
            yield _Proof(plan, solved, conclusion)


def _prove(desk: Desk, plan: Decomposition, solved: Solved) -> Conclusion | None:
    """Return what a plan proves; None where a step is open, or nothing follows."""
    if any(step.label not in solved.answers for step in plan.sub_questions):
        return None
    with desk.effort.stage("conclude"):
        conclusion = conclude(desk, plan, solved)
    return conclusion if conclusion.verdict.label != "NOT_ENOUGH_INFO" else None


def _are_same(one: Decomposition, other: Decomposition) -> bool:
    return [step.text for step in one.sub_questions] == [s.text for s in other.sub_questions]


def _say_the_same(one: Conclusion, other: Conclusion) -> bool:
    if one.verdict.label != other.verdict.label or one.answer.kind != other.answer.kind:
        return False
    first, second = one.answer.value, other.answer.value
    if first is not None and second is not None:
        alike = is_same_amount(first.number * first.scale, second.number * second.scale)
        return alike and first.unit == second.unit
    if one.answer.kind == "boolean":  # what follows "Yes." tells from what it was drawn
        return one.answer.text.split(".")[0] == other.answer.text.split(".")[0]
    return one.answer.text == other.answer.text


def _add_note(plan: Decomposition, note: str) -> Decomposition:
    return replace(plan, notes=(*plan.notes, note))


def _tell_different(proofs: Sequence[_Proof]) -> str:
    answers = dict.fromkeys(proof.conclusion.answer.text for proof in proofs)
    return f"Other plans led to different answers, so none is taken: {'; '.join(answers)}."
