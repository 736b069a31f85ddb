"""Measures that are asked for by name: what each is computed from, and ways to ask for it.

Read from `measures.toml`. A question may name the measure alone or define it; it may want one
year, the change between two, the average of three, or two companies held side by side.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from random import Random
from typing import Literal

from training.plans.families import Asked, LookUp
from training.plans.words import (
    Item,
    Kind,
    Year,
    choose_wordings,
    fill_wording,
    look_up,
    own,
    pick_companies,
    pick_years,
    put_question,
)

Unit = Literal["percent", "ratio", "amount"]
_PART = re.compile(r"\{(\d)\}")
_DEFINED = 0.45
_VALUE = (
    "What was {c's} {m} in {1}?",
    "What is {1} {m} for {c}?",
    "What is the {1} {m} of {c}?",
    "Calculate {c's} {m} for {1}.",
    "What is {c's} {1} {m}?",
    "How high was the {m} of {c} in {1}?",
    "{c}: {m} for {1}?",
    "Compute the {m} of {c} in {1}.",
    "Based on {1} data, what is {c's} {m}?",
    "what was the {m} in {1} at {c}?",
)
_CHANGE = (
    "By how much did {c's} {m} change from {1} to {2}?",
    "How much has the {m} of {c} changed between {1} and {2}?",
    "What was the change in {c's} {m} between {1} and {2}?",
    "By how many percentage points did {c's} {m} change from {1} to {2}?",
)
_ROSE = (
    "Did {c's} {m} improve from {1} to {2}?",
    "Was {c's} {m} higher in {2} than in {1}?",
    "Has {c's} {m} increased between {1} and {2}?",
    "Does {c} have an improving {m} in {2} compared with {1}?",
    "Has {c's} {m} improved or declined between {1} and {2}?",
)
_AVERAGE = (
    "What is the {1} - {3} 3 year average {m} for {c}?",
    "What was {c's} average {m} from {1} to {3}?",
    "What was the three-year average of {c's} {m} over {1}, {2} and {3}?",
    "What is {c's} average {m} for the years {1} through {3}?",
)
_COMPANY = (
    "Which company had the higher {m} in {1}, {c} or {d}?",
    "Did {c} or {d} have the higher {m} in {1}?",
    "Who had the higher {m} in {1}, {c} or {d}?",
    "Between {c} and {d}, whose {m} was higher in {1}?",
)
_POSITIVE = (
    "Does {c} have positive {m} based on {1} data?",
    "Was {c's} {m} positive in {1}?",
    "Did {c} have a positive {m} at the end of {1}?",
    "Is {c's} {1} {m} above zero?",
)
_DEFINE = (
    " {M} is defined as: {how}.",
    " Define {m} as {how}.",
    " ({how})",
    ", i.e. {how}",
    " {M} here means {how}.",
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure that is computed; see `measures.toml` for its keys."""

    names: tuple[str, ...]
    parts: tuple[tuple[str, Item], ...]
    steps: tuple[str, ...]
    unit: Unit
    define: str
    only_defined: bool

    @property
    def looks_back(self) -> bool:
        """Whether it needs a figure of the year before."""
        return any(when == "previous" for when, _ in self.parts)


@lru_cache(maxsize=1)
def load_measures() -> tuple[Measure, ...]:
    """Read the measures."""
    text = (resources.files("training.plans") / "measures.toml").read_text(encoding="utf-8")
    return tuple(
        Measure(
            names=tuple(entry["names"]),
            parts=tuple(_read_part(part) for part in entry["parts"]),
            steps=tuple(entry["steps"]),
            unit=entry["unit"],
            define=entry["define"],
            only_defined=entry.get("only_defined", False),
        )
        for entry in tomllib.loads(text)["measure"]
    )


def _read_part(part: str) -> tuple[str, Item]:
    when, _, name = part.partition(" ")
    kind: Kind = "flow" if when == "flow" else "instant"
    return when, Item(name, kind)


def fill_measure(measure: Measure, random: Random, *, held_out: bool = False) -> Asked:
    """Return a question for a measure, and its plan; `held_out` takes other wordings."""
    way = random.choice(_list_ways(measure))
    company, other = pick_companies(random, two=way is _COMPANY)
    count = 3 if way is _AVERAGE else 2 if way in (_CHANGE, _ROSE) else 1
    wording = random.choice(choose_wordings(way, held_out))
    before, *asked = _pick_years(random, measure, count, wording)
    slots = {"c": company, "c's": own(company), "d": other, "m": random.choice(measure.names)}
    slots.update({str(at): str(year) for at, year in enumerate(asked, start=1)})
    text = _begin_with_capital(fill_wording(wording, slots))
    if measure.only_defined or random.random() < _DEFINED:
        text = _add_definition(random, text, measure, slots["m"], (before, *asked))
    plan = _Plan(measure)
    if way is _COMPANY:
        ends = [plan.add(company, before, asked[0]), plan.add(other, before, asked[0])]
        plan.steps.append(f"Which is larger, #{ends[0]} ({company}) or #{ends[1]} ({other})?")
    else:
        pairs = zip((before, *asked[:-1]), asked, strict=True)
        ends = [plan.add(company, earlier, year) for earlier, year in pairs]
        plan.steps.extend(_join(way, ends, measure.unit))
    name = f"{measure.names[0]}: {_NAMES[way]}"
    put = put_question(random, text, company)
    return Asked(name, put, False, tuple(plan.steps), plan.look_ups)


def _pick_years(random: Random, measure: Measure, count: int, wording: str) -> tuple[Year, ...]:
    """Return the year before, and those that are asked of; a measure that looks back needs both."""
    if measure.looks_back:
        return pick_years(random, count + 1)
    kinds = [item.kind for _, item in measure.parts]
    asked = pick_years(random, count, wording=wording, kinds=kinds)
    return (asked[0], *asked)


_NAMES: Mapping[tuple[str, ...], str] = {
    _VALUE: "value",
    _CHANGE: "change",
    _ROSE: "rose",
    _AVERAGE: "average",
    _COMPANY: "companies",
    _POSITIVE: "positive",
}


def _list_ways(measure: Measure) -> list[tuple[str, ...]]:
    """Return the ways to ask, the usual ones more often; amounts may be negative, ratios not."""
    ways = [_VALUE] * 4 + [_ROSE, _CHANGE, _COMPANY]
    if measure.unit == "amount":
        ways += [_POSITIVE] * 2
    if measure.unit == "percent":
        ways += [_AVERAGE]
    return ways


class _Plan:
    """The steps of a plan as they are put together, and what they look up."""

    def __init__(self, measure: Measure) -> None:
        self._measure = measure
        self.steps: list[str] = []
        self.look_ups: dict[int, LookUp] = {}
        self._seen: dict[str, int] = {}

    def add(self, company: str, before: Year, year: Year) -> int:
        """Add the steps for one company and year; returns the number of the last."""
        numbers: list[int] = []
        for when, item in self._measure.parts:
            numbers.append(self._look_up(company, item, before if when == "previous" else year))
        for step in self._measure.steps:
            self.steps.append(_PART.sub(lambda part: f"#{numbers[int(part[1]) - 1]}", step))
            numbers.append(len(self.steps))
        return numbers[-1]

    def _look_up(self, company: str, item: Item, year: Year) -> int:
        """Return the step that looks a figure up: a new one, where no earlier one does."""
        text = look_up(company, item, year)
        if text not in self._seen:
            self.steps.append(text)
            self._seen[text] = len(self.steps)
            self.look_ups[len(self.steps)] = LookUp(f"{company} {item.name}", str(year.number))
        return self._seen[text]


def _join(way: tuple[str, ...], ends: list[int], unit: Unit) -> list[str]:
    """Return the steps that follow those of each year."""
    if way is _CHANGE:
        points = ", in percentage points" if unit == "percent" else ""
        return [f"What is #{ends[1]} minus #{ends[0]}{points}?"]
    if way is _ROSE:
        return [f"Is #{ends[1]} larger than #{ends[0]}?"]
    if way is _AVERAGE:
        return [f"What is the average of #{ends[0]}, #{ends[1]} and #{ends[2]}?"]
    if way is _POSITIVE:
        return [f"Is #{ends[0]} larger than zero?"]
    return []


def _add_definition(
    random: Random, text: str, measure: Measure, name: str, years: tuple[Year, ...]
) -> str:
    slots = {str(at): item.name for at, (_, item) in enumerate(measure.parts, start=1)}
    slots.update({"y0": str(years[-2]), "y": str(years[-1])})
    how = _begin_with_capital(fill_wording(measure.define, slots))
    wording = random.choice(_DEFINE)
    said = fill_wording(wording, {"m": name, "M": name[0].upper() + name[1:], "how": how})
    if wording.startswith((",", " (")) and text.endswith(("?", ".")):
        return f"{text[:-1]}{said}{text[-1]}"
    return f"{text}{said}"


def _begin_with_capital(text: str) -> str:
    return text[0].upper() + text[1:] if text.startswith("the ") else text
