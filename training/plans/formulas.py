"""Questions that define what they ask for: "X, i.e. A less B, divided by C".

A formula is drawn at random, over two to four line items, and written as analysts write one; its
plan looks the items up in the order in which they are named and computes from the inside out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, TypeAlias

from training.plans.families import Asked, LookUp
from training.plans.words import (
    Item,
    Kind,
    Year,
    choose_wordings,
    fill_wording,
    list_items,
    load_words,
    look_up,
    own,
    pick_companies,
    pick_years,
    put_question,
)

Operation: TypeAlias = Literal["plus", "minus", "over"]
_MOST_ITEMS = 4
_STEPS: Mapping[Operation, str] = {
    "plus": "What is the sum of #{} and #{}?",
    "minus": "What is #{} minus #{}?",
    "over": "What is #{} divided by #{}?",
}
_SIGNS: Mapping[Operation, str] = {"plus": "+", "minus": "-", "over": "/"}
_SPOKEN: Mapping[Operation, tuple[str, ...]] = {
    "plus": ("plus", "and", "plus"),
    "minus": ("minus", "less", "net of", "minus"),
    "over": ("divided by", "over", "relative to", "divided by"),
}
_VALUE = (
    "What was {c's} {m} in {1}, i.e. {how}?",
    "What was {c's} {m} in {1}, that is, {how}?",
    "What is {c's} {1} {m}, defined as {how}?",
    "Calculate {c's} {m} for {1} ({how}).",
    "What was the {m} ({how}) of {c} in {1}?",
    "What is {how} for {c} in {1}?",
    "{c}, {1}: {how}?",
    "Compute {how} for {c} in {1}.",
    "What is {c's} {m} for {1}? {M} is defined as {how}.",
    "In {1}, what {m} did {c} have, taking it as {how}?",
)
_CHANGE = (
    "By how much did {c's} {m} ({how}) change from {1} to {2}?",
    "What was the change in {c's} {m} between {1} and {2}, where {m} is {how}?",
    "How much higher or lower was {c's} {m}, i.e. {how}, in {2} than in {1}?",
)
_ROSE = (
    "Did {c's} {m} ({how}) increase from {1} to {2}?",
    "Was {c's} {m}, i.e. {how}, higher in {2} than in {1}?",
    "Has {c's} {m} improved between {1} and {2}? It is defined as {how}.",
)
_COMPANIES = (
    "Which company had the higher {m} in {1}, {c} or {d} ({how}), and by how much?",
    "Did {c} or {d} have the higher {m} in {1}, i.e. {how}, and by how much?",
    "Which had the larger {m} ({how}) in {1}, {c} or {d}, and what was the difference?",
)
_WAYS = (_VALUE, _VALUE, _VALUE, _CHANGE, _ROSE, _COMPANIES)


@dataclass(frozen=True, slots=True)
class Formula:
    """Two formulas or line items, joined by an operation."""

    left: Formula | Item
    operation: Operation
    right: Formula | Item


def fill_formula(random: Random, *, held_out: bool = False) -> Asked:
    """Return a question that defines what it asks for, and its plan."""
    way = random.choice(_WAYS)
    wording = random.choice(choose_wordings(way, held_out))
    items = _pick_items(random)
    formula = draw_formula(random, items, is_top=True)
    is_share = way is not _ROSE and formula.operation == "over" and random.random() < 0.6
    company, other = pick_companies(random, two=True)
    two_years = way in (_CHANGE, _ROSE)
    kinds = [item.kind for item in items]
    years = pick_years(random, 1 + two_years, wording=wording, kinds=kinds)
    coined = str(random.choice(load_words()["coined"])).replace("{a}", items[0].name)
    how = _write(random, formula) + (", as a percentage" if is_share else "")
    slots = {"c": company, "c's": own(company), "d": other, "m": coined, "how": how}
    slots["M"] = coined[0].upper() + coined[1:]
    slots.update({str(at): str(year) for at, year in enumerate(years, start=1)})
    text = fill_wording(wording, slots)
    plan = FormulaPlan()
    ends = [plan.add(formula, company, year, as_share=is_share) for year in years]
    if way is _COMPANIES:
        ends.append(plan.add(formula, other, years[0], as_share=is_share))
    points = ", in percentage points" if is_share else ""
    if way is _CHANGE:
        plan.steps.append(f"What is #{ends[1]} minus #{ends[0]}{points}?")
    elif way is _ROSE:
        plan.steps.append(f"Is #{ends[1]} larger than #{ends[0]}?")
    elif way is _COMPANIES:
        plan.steps.append(f"Which is larger, #{ends[0]} ({company}) or #{ends[1]} ({other})?")
        between = f"#{ends[0]} and #{ends[1]}"
        plan.steps.append(f"What is the absolute difference between {between}{points}?")
    put = put_question(random, text, company)
    return Asked(f"formula of {len(items)}", put, False, tuple(plan.steps), plan.look_ups)


def _pick_items(random: Random) -> list[Item]:
    count = random.choice((2, 3, 3, _MOST_ITEMS))
    kinds: Sequence[Kind] = random.choice((("flow",), ("flow",), ("instant",), ("flow", "instant")))
    found: dict[str, Item] = {}
    while len(found) < count:
        item = random.choice(list_items()[random.choice(kinds)])
        found.setdefault(item.name, item)
    return list(found.values())


def draw_formula(random: Random, items: Sequence[Item], *, is_top: bool = False) -> Formula:
    """Return a formula over all of the items, in their order; it divides at the top alone."""
    choices: tuple[Operation, ...] = ("over", "over", "minus") if is_top else ("plus", "minus")
    cut = random.randint(1, len(items) - 1)
    first, last = items[:cut], items[cut:]
    return Formula(
        first[0] if len(first) == 1 else draw_formula(random, first),
        random.choice(choices),
        last[0] if len(last) == 1 else draw_formula(random, last),
    )


def _write(random: Random, formula: Formula) -> str:
    """Write a formula in words or in signs."""
    if random.random() < 0.4:
        return write_signs(formula)
    chosen = {key: random.choice(words) for key, words in _SPOKEN.items()}
    return _write_words(formula, lambda operation: chosen[operation])


def write_signs(formula: Formula | Item) -> str:
    """Write a formula as "(A - B) / C"."""
    if isinstance(formula, Item):
        return formula.name
    ends = [
        text if isinstance(end, Item) else f"({text})"
        for end in (formula.left, formula.right)
        for text in (write_signs(end),)
    ]
    return f"{ends[0]} {_SIGNS[formula.operation]} {ends[1]}"


def _write_words(
    formula: Formula | Item, say: Callable[[Operation], str], *, is_inner: bool = False
) -> str:
    if isinstance(formula, Item):
        return formula.name
    divides = formula.operation == "over"
    # "A less B, divided by C": the comma stands for the brackets.
    left = _write_words(formula.left, say, is_inner=not divides)
    right = _write_words(formula.right, say, is_inner=True)
    comma = "," if divides and isinstance(formula.left, Formula) else ""
    text = f"{left}{comma} {say(formula.operation)} {right}"
    return f"({text})" if is_inner else text


class FormulaPlan:
    """The steps as they are put together, and what they look up, by number."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.look_ups: dict[int, LookUp] = {}

    def add(self, formula: Formula, company: str, year: Year, *, as_share: bool = False) -> int:
        """Add the steps for one company and period; returns the number of the last."""
        numbers = {item: self._look_up(company, item, year) for item in _list_items(formula)}
        end = self._compute(formula, numbers)
        if as_share:
            self.steps[-1] = f"{self.steps[-1][:-1]}, as a percentage?"
        return end

    def _look_up(self, company: str, item: Item, year: Year) -> int:
        self.steps.append(look_up(company, item, year))
        self.look_ups[len(self.steps)] = LookUp(f"{company} {item.name}", str(year.number))
        return len(self.steps)

    def _compute(self, formula: Formula | Item, numbers: Mapping[Item, int]) -> int:
        if isinstance(formula, Item):
            return numbers[formula]
        left, right = (self._compute(end, numbers) for end in (formula.left, formula.right))
        self.steps.append(_STEPS[formula.operation].format(left, right))
        return len(self.steps)


def _list_items(formula: Formula | Item) -> list[Item]:
    if isinstance(formula, Item):
        return [formula]
    return [*_list_items(formula.left), *_list_items(formula.right)]
