"""Two versions of a run beside each other: which steps changed, and what that did to the answers.

Pure; knows no store and no screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from research.questions import ResearchResult, SubAnswer, SubQuestion

# "kept": taken over as it was; "again": the step is the same and was answered again.
Change = Literal["kept", "again", "changed", "added", "removed"]


@dataclass(frozen=True, slots=True)
class StepChange:
    """What became of a step; the side on which it does not stand is None."""

    label: str
    change: Change
    before: SubAnswer | None
    after: SubAnswer | None


def compare_runs(before: ResearchResult, after: ResearchResult) -> tuple[StepChange, ...]:
    """Return what became of each step: those of the later run in order, then those removed."""
    old_steps = {step.label: step for step in before.decomposition.sub_questions}
    new_steps = {step.label: step for step in after.decomposition.sub_questions}
    old = {answer.label: answer for answer in before.sub_answers}
    new = {answer.label: answer for answer in after.sub_answers}
    changes = [
        StepChange(
            label,
            _find_change(old_steps.get(label), step, old.get(label), new.get(label)),
            old.get(label),
            new.get(label),
        )
        for label, step in new_steps.items()
    ]
    changes += [
        StepChange(label, "removed", old.get(label), None)
        for label in old_steps
        if label not in new_steps
    ]
    return tuple(changes)


def _find_change(
    old_step: SubQuestion | None,
    step: SubQuestion,
    old: SubAnswer | None,
    new: SubAnswer | None,
) -> Change:
    if old_step is None:
        return "added"
    if old_step != step:
        return "changed"
    return "kept" if old == new else "again"
