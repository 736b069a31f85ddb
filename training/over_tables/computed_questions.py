"""Questions that are computed from a table's figures, drawn from its rows and years.

Which figures go together, and whether a wording is true of them ("increased"), is decided here;
the wordings are data. Knows no prompt.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from ingestion.figures import find_years
from training.over_tables.computed_wordings import (
    Condition,
    Family,
    load_company_families,
    load_families,
)
from training.over_tables.item_names import draw_company, is_vague, own, speak_item
from training.over_tables.item_wordings import ask_plainly, draw_owner
from training.over_tables.table_cells import TableCell
from training.over_tables.table_plans import (
    Lookup,
    TablePlan,
    can_be_told_apart,
    solve_plan,
    stays_with_document,
)

_SLOT = re.compile(r"\{(\w+)\}")
# A row that is what others add up to: others are parts of it.
_WHOLE = re.compile(r"\b(?:total|revenues?|net sales|sales|assets)\b", re.IGNORECASE)
_TRIES = 4
# Few rows are a part of another, so a family is given several draws to find them.
_DRAWS = 8
_NOT_AMOUNTS = ("percent", "ratio", "USD/share", "basis points", "percentage points")


@dataclass(frozen=True, slots=True)
class _Item:
    """An item of a table with its figures by year, and how a question calls it."""

    name: str
    years: Mapping[int, TableCell]


def draw_plan(cells: Sequence[TableCell], company: str, random: Random) -> TablePlan | None:
    """Draw a question that is computed from some of the figures; None where nothing fits."""
    items = _group(cells, random)
    if not items:
        return None
    for _ in range(_TRIES):
        family = _draw(load_families(), random)
        draws = (_draw_slots(family, items, random) for _ in range(_DRAWS))
        slots = next((draw for draw in draws if draw is not None), None)
        plan = _build(family, slots, company, random) if slots is not None else None
        if plan is not None:
            return plan
    return None


def draw_company_plan(cells: Sequence[TableCell], random: Random) -> TablePlan | None:
    """Draw a question that compares an item of two invented companies.

    The figures are those of one item in two years, taken for the companies' own.
    """
    items = [item for item in _group(cells, random) if len(item.years) > 1]
    if not items:
        return None
    item = random.choice(items)
    year, other = random.sample(sorted(item.years), 2)
    names = [draw_company(random), draw_company(random)]
    if names[0].split()[0] == names[1].split()[0]:
        return None
    family = _draw(load_company_families(), random)
    wording = random.choice(family.questions)
    question = wording.format(x=names[0], z=names[1], p=item.name, a=year)
    figures = [item.years[year], item.years[other]]
    lookups = tuple(
        Lookup(
            ask_plainly(f"{own(name)}{item.name}", str(year)),
            replace(cell, item=f"{name} {item.name}", year=year),
            f"{name} {item.name}",
        )
        for name, cell in zip(names, figures, strict=True)
    )
    plan = TablePlan(_mend_owners(question), lookups, family.steps)
    exceeds = family.name != "company difference" or figures[0].value > figures[1].value > 0
    return plan if exceeds and solve_plan(plan) is not None else None


def _mend_owners(question: str) -> str:
    return question.replace("s's ", "s' ")


def _group(cells: Sequence[TableCell], random: Random) -> list[_Item]:
    """Return the items of a table with a figure for some year, each under one name."""
    by_item: dict[str, dict[int, TableCell]] = defaultdict(dict)
    for cell in cells:
        if cell.year is not None and not find_years(cell.item) and not is_vague(cell.item):
            by_item[cell.item][cell.year] = cell
    return [_Item(speak_item(label, random), years) for label, years in by_item.items()]


# Drawing


@dataclass(frozen=True, slots=True)
class _Slots:
    """What a wording's slots hold."""

    items: Mapping[str, _Item]
    years: Mapping[str, int]

    def find(self, operand: str) -> TableCell:
        """Return the figure that an operand ("p a") names."""
        item, year = operand.split()
        return self.items[item].years[self.years[year]]


def _draw(families: Sequence[Family], random: Random) -> Family:
    return random.choices(families, [one.weight for one in families])[0]


def _draw_slots(family: Family, items: Sequence[_Item], random: Random) -> _Slots | None:
    """Draw items and years that all operands have a figure for, and that the wordings are true of.

    None where the draw does not fit; another may.
    """
    wanted = sorted({operand.split()[0] for operand in family.operands})
    letters = sorted({operand.split()[1] for operand in family.operands})
    if len(items) < len(wanted):
        return None
    drawn = random.sample(list(items), len(wanted))
    common = set.intersection(*(set(item.years) for item in drawn))
    if len(common) < len(letters):
        return None
    years = sorted(random.sample(sorted(common), len(letters)))
    slots = _Slots(dict(zip(wanted, drawn, strict=True)), dict(zip(letters, years, strict=True)))
    cells = [slots.find(operand) for operand in family.operands]
    if len({(cell.unit, cell.scale) for cell in cells}) > 1 or _overlap(drawn):
        return None
    return slots if all(_holds(one, slots, cells) for one in family.conditions) else None


def _overlap(items: Sequence[_Item]) -> bool:
    """Whether two items cannot be told apart by their words."""
    return not can_be_told_apart([item.name for item in items])


def _holds(condition: Condition, slots: _Slots, cells: Sequence[TableCell]) -> bool:
    first, last = cells[0].value, cells[-1].value
    match condition:
        case "rose":
            return last > first > 0
        case "fell":
            return first > last > 0
        case "positive":
            return all(cell.value > 0 for cell in cells)
        case "amounts":
            return cells[0].unit not in _NOT_AMOUNTS
        case "larger":
            return first > last
        case "part of whole":
            whole = _WHOLE.search(slots.items["q"].name) is not None
            return whole and first < last and _WHOLE.search(slots.items["p"].name) is None


# Putting in words


def _build(family: Family, slots: _Slots, company: str, random: Random) -> TablePlan | None:
    first = min(item.name for item in slots.items.values())
    owner = draw_owner(company, first, random)
    wording = random.choice(family.questions)
    phrases = {
        key: f"{owner if _is_first(key, wording) or owner == 'the ' else ''}{item.name}"
        for key, item in slots.items.items()
    }
    owned = {key: f"{owner}{item.name}" for key, item in slots.items.items()}
    years = [str(year) for year in slots.years.values()]
    values = {**phrases, **{key: str(year) for key, year in slots.years.items()}}
    values |= {"o": owner, "i": slots.items["p"].name}
    listed = f"{', '.join(years[:-1])} and {years[-1]}" if len(years) > 1 else years[0]
    question = wording.format(**values, years=listed)
    lookups = []
    for operand in family.operands:
        cell = slots.find(operand)
        key = operand.split()[0]
        text = ask_plainly(owned[key], str(cell.year))
        lookups.append(Lookup(text, cell, slots.items[key].name))
    plan = TablePlan(question[:1].upper() + question[1:], tuple(lookups), family.steps)
    if wording[0].islower():
        plan = replace(plan, question=question)
    is_right = not plan.steps or solve_plan(plan) is not None
    return plan if is_right and stays_with_document(plan) else None


def _is_first(key: str, wording: str) -> bool:
    """Whether a slot is the first item that a wording names: it bears the owner's name."""
    named = [slot for slot in _SLOT.findall(wording) if slot in ("p", "q")]
    return bool(named) and named[0] == key
