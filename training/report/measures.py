"""The measures of each role: which way of asking they read, what is better, and what is gated.

A table. How a text is judged stands in the module of its role.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from training.examples import Role

# As the desk asks, grammar and all; or free, which shows what the weights alone have learned.
Way = Literal["desk", "free"]
Better = Literal["higher", "lower"]
# How far a candidate may fall behind: by one standard error of the difference, or not at all.
Tolerance = Literal["standard error", "exact"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of a role.

    `gate` is None where it is told and not judged. `above_chance` names a measure in which the
    base must be above one half for this one to be judged: a base that calls every claim false
    accepts no false one, and is no yardstick.
    """

    role: Role
    name: str
    meaning: str
    way: Way = "desk"
    better: Better = "higher"
    gate: Tolerance | None = None
    above_chance: str | None = None


_FREE_PLAN = "a plan in the published format, written without a grammar"
_PLAN_TEXT = "the same plan as the gold, word for word"
_FOUND = "every look-up of the plan leads to one cell"
_RIGHT_RESULT = "the plan, carried out on the table's cells, gives the gold answer"


def _plan(role: Role) -> tuple[Measure, ...]:
    return (
        Measure(role, "format", _FREE_PLAN, way="free", gate="standard error"),
        Measure(role, "same text", _PLAN_TEXT),
        Measure(role, "look-ups found", _FOUND),
        Measure(role, "right result", _RIGHT_RESULT, gate="standard error"),
    )


def _claim(role: Role) -> tuple[Measure, ...]:
    return (
        Measure(role, "accuracy", "yes to true claims, no to false ones", gate="standard error"),
        Measure(
            role,
            "false accepted",
            "yes to a false claim, of all false ones",
            better="lower",
            gate="standard error",
            above_chance="accuracy",
        ),
        Measure(role, "true refused", "no to a true claim, of all true ones", better="lower"),
    )


MEASURES: tuple[Measure, ...] = (
    *_plan("question_plan"),
    Measure("claim_plan", "format", _FREE_PLAN, way="free", gate="standard error"),
    Measure("claim_plan", "same text", _PLAN_TEXT),
    Measure(
        "sub_answer",
        "right",
        "the gold answer or the same figure, and a refusal where nothing is disclosed",
        gate="standard error",
    ),
    Measure("sub_answer", "exact", "the gold text, of all answerable ones"),
    Measure("sub_answer", "number", "value, scale and percent of the gold, where that is a number"),
    Measure("sub_answer", "refusal", "refused, of all that cannot be answered", gate="exact"),
    Measure("sub_answer", "false refusal", "refused, of all answerable ones", better="lower"),
    *_claim("sub_claim"),
    Measure(
        "final_answer",
        "format",
        "an answer in its tags, written without a grammar",
        way="free",
        gate="standard error",
    ),
    Measure("final_answer", "right", "the gold answer between the tags", gate="standard error"),
    Measure(
        "claim_verdict",
        "format",
        "Yes or No in its tags, written without a grammar",
        way="free",
        gate="standard error",
    ),
    *_claim("claim_verdict"),
    *_plan("document_plan"),
    Measure("program", "runs", "the program ends with a value in the sandbox"),
    Measure("program", "right", "its value is the gold answer", gate="standard error"),
)


def list_measures(role: Role) -> tuple[Measure, ...]:
    """Return the measures of a role, in the order in which they are shown."""
    return tuple(measure for measure in MEASURES if measure.role == role)


def list_ways(role: Role) -> tuple[Way, ...]:
    """Return the ways of asking that the measures of a role need, the desk's own first."""
    used = {measure.way for measure in list_measures(role)}
    ways: tuple[Way, ...] = ("desk", "free")
    return tuple(way for way in ways if way in used)
