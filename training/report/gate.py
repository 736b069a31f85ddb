"""Whether an adapter ships: held against its base in the gated measures. Pure.

It ships when it falls behind in none of them and is clearly ahead in one at least. What was not
measured is told and not judged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from training.errors import RunError
from training.report.measures import MEASURES, Measure
from training.report.results import Rate, Report

Standing = Literal["better", "as good", "worse", "not judged"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One gated measure: what base and candidate came to, None where nothing was measured."""

    measure: Measure
    base: Rate | None
    candidate: Rate | None
    standing: Standing
    detail: str


@dataclass(frozen=True, slots=True)
class Gate:
    """The verdict on a candidate, its reason in words, and the comparisons behind it."""

    base: str
    candidate: str
    ships: bool
    reason: str
    comparisons: tuple[Comparison, ...]

    @property
    def verdict(self) -> str:
        """In two words."""
        return "ships" if self.ships else "does not ship"


def judge(report: Report, base: str = "bare", candidate: str = "F16") -> Gate:
    """Hold a candidate's gated measures against those of its base, both variants of the report.

    Raises:
        RunError: one of them was not measured.
    """
    measured = [variant.name for variant in report.variants]
    for name in (base, candidate):
        if name not in measured:
            raise RunError(
                f"{name} was not measured; {', '.join(measured)} were. Name one of these, or "
                "measure it as well."
            )
    comparisons = tuple(
        _compare(report, measure, base, candidate) for measure in MEASURES if measure.gate
    )
    ships, reason = _decide(comparisons, candidate)
    return Gate(base, candidate, ships, reason, comparisons)


def _decide(comparisons: tuple[Comparison, ...], candidate: str) -> tuple[bool, str]:
    worse = [one for one in comparisons if one.standing == "worse"]
    better = [one for one in comparisons if one.standing == "better"]
    open_ones = [_name(one.measure) for one in comparisons if one.standing == "not judged"]
    told = f" Not judged: {', '.join(open_ones)}." if open_ones else ""
    if worse:
        falls = "; ".join(f"{_name(one.measure)} ({one.detail})" for one in worse)
        return False, f"{candidate} falls behind in {falls}.{told}"
    if not better:
        return False, f"{candidate} is clearly ahead in no gated measure.{told}"
    judged = len(comparisons) - len(open_ones)
    ahead = f"clearly ahead in {len(better)} of {judged} gated measures"
    return True, f"{candidate} is {ahead} and behind in none.{told}"


def _compare(report: Report, measure: Measure, base: str, candidate: str) -> Comparison:
    before = report.find(base, measure.role, measure.name)
    after = report.find(candidate, measure.role, measure.name)
    if before is None or after is None:
        return Comparison(measure, before, after, "not judged", "no example of it was measured")
    if measure.above_chance is not None:
        yardstick = report.find(base, measure.role, measure.above_chance)
        if yardstick is not None and yardstick.share - yardstick.error <= 0.5:
            detail = f"{base} guesses: its {measure.above_chance} is {yardstick.share:.1%}"
            return Comparison(measure, before, after, "not judged", detail)
    detail = f"{before.share:.1%} before, {after.share:.1%} now"
    return Comparison(measure, before, after, _stand(measure, before, after), detail)


def _stand(measure: Measure, before: Rate, after: Rate) -> Standing:
    gain = after.share - before.share
    if measure.better == "lower":
        gain = -gain
    error = math.hypot(before.error, after.error)
    if gain > error:
        return "better"
    room = error if measure.gate == "standard error" else 0.0
    return "worse" if gain < -room else "as good"


def _name(measure: Measure) -> str:
    return f"{measure.name} of {measure.role}"
