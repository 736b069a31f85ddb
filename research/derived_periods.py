"""Parts of a year that no filing prints, taken from those that one prints.

A 10-K prints no fourth quarter, and a 10-Q of the second quarter not the first: analysts take the
year less nine months, and six months less the second quarter. A step of a plan that asks for such
a part becomes a difference of two look-ups, where facts settle both and not the part itself. Knows
no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from research.desk import Desk
from research.plan import add_step, change_step
from research.questions import Decomposition, SubQuestion
from research.searching import find_evidence
from research.verification.lookup import Lookup

_ORDINALS = ("first", "second", "third", "fourth")
_PART = re.compile(
    r"\b(?:the\s+)?(?:"
    r"(?P<ordinal>first|second|third|fourth)\s+(?:fiscal\s+)?quarter"
    r"|Q(?P<digit>[1-4])|(?P<before>[1-4])Q"
    r"|(?P<half>second\s+half|H2|2H)"
    r")\s*(?:of\s+)?(?P<year>(?:fiscal\s+(?:year\s+)?|FY\s?)?(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_SECOND_HALF = 0
# Of each part: the longer span ("" is the year), the span that is taken off, and their months.
_WAYS: Mapping[int, tuple[str, str, int, int]] = {
    1: ("first six months", "second quarter", 6, 3),
    2: ("first six months", "first quarter", 6, 3),
    3: ("first nine months", "first six months", 9, 6),
    4: ("", "first nine months", 12, 9),
    _SECOND_HALF: ("", "first six months", 12, 6),
}


@dataclass(frozen=True, slots=True)
class Derivation:
    """What to look up instead: the longer span and the one taken off it, each with its months."""

    part: str
    spans: tuple[tuple[str, int], tuple[str, int]]


def find_derivation(text: str) -> Derivation | None:
    """Return how a part of a year that `text` asks for follows from others.

    None where it names no such part, or more than one.
    """
    found = list(_PART.finditer(text))
    if len(found) != 1:
        return None
    part = found[0]
    longer, shorter, months, fewer = _WAYS[_number_of(part)]

    def say(span: str) -> str:
        period = f"the {span} of {part['year']}" if span else part["year"]
        return f"{text[: part.start()]}{period}{text[part.end() :]}"

    return Derivation(part[0].strip(), ((say(longer), months), (say(shorter), fewer)))


def _number_of(part: re.Match[str]) -> int:
    if part["half"]:
        return _SECOND_HALF
    digit = part["digit"] or part["before"]
    return int(digit) if digit else _ORDINALS.index(part["ordinal"].lower()) + 1


def derive_whole(desk: Desk, text: str) -> Decomposition | None:
    """Return a plan for a question that asks for one part of a year alone; None for others."""
    plan = derive_periods(desk, Decomposition((SubQuestion("Q1", text),)))
    return plan if len(plan.sub_questions) > 1 else None


def derive_periods(desk: Desk, plan: Decomposition) -> Decomposition:
    """Return the plan with a difference for each part of a year that is not printed."""
    for step in _list_askable(plan):
        derivation = find_derivation(step.text)
        if derivation is None or _look_up(desk, step.text).settled is not None:
            continue
        if all(_is_flow(desk, text, months) for text, months in derivation.spans):
            plan = _derive_step(plan, step, derivation)
    return plan


def _list_askable(plan: Decomposition) -> Iterator[SubQuestion]:
    for step in plan.sub_questions:
        if not step.depends_on and step.answer is None and step.passages is None:
            yield step


def _look_up(desk: Desk, text: str) -> Lookup:
    with desk.effort.stage("search"):
        return find_evidence(desk, text).lookup


def _is_flow(desk: Desk, text: str, months: int) -> bool:
    """Whether facts settle an amount over a span: balances and ratios are not subtracted."""
    settled = _look_up(desk, text).settled
    if settled is None or settled.place.fact.period is None:
        return False
    unit = settled.place.fact.unit or ""
    is_amount = unit != "percent" and not unit.endswith("/share")
    return is_amount and settled.place.fact.period.months == months


def _derive_step(plan: Decomposition, step: SubQuestion, derivation: Derivation) -> Decomposition:
    grown = plan
    for text, _ in derivation.spans:
        grown = add_step(grown, text)
    longer, shorter = (one.label for one in grown.sub_questions[-2:])
    grown = change_step(grown, step.label, f"What is #{longer[1:]} minus #{shorter[1:]}?")
    note = (
        f"No filing prints {derivation.part} by itself, so {step.label} is what {longer} leaves "
        f"when {shorter} is taken off."
    )
    return replace(grown, notes=(*grown.notes, note))
