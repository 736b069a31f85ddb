"""Plans over the figures of a table: look-ups, then steps that compute, checked by the desk itself.

A plan's steps are read by the desk's own reader of steps and evaluated in exact decimals, so that
no plan is taught that the desk could not compute. Knows no set and no prompt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ingestion.figures import find_years
from research.calculation.amounts import round_amount
from research.calculation.compute import read_step
from research.calculation.evaluation import UndefinedRate, evaluate
from research.calculation.formulas import (
    Absolute,
    Binary,
    Change,
    Compare,
    Node,
    Percent,
    Pick,
    Reference,
    Summary,
    list_references,
    walk_tree,
)
from research.calculation.units import UnitsClash, find_unit
from research.decomposition import parse_decomposition, parse_document_plan
from research.plan_reading import write_steps
from research.plan_repair import repair_plan
from research.questions import Operand, Value
from research.terms import find_terms
from training.over_tables.table_cells import TableCell

# What the desk's grammar for plans allows.
MOST_STEPS = 5


@dataclass(frozen=True, slots=True)
class Lookup:
    """A sub-question that one figure answers; `name` is what it calls the figure's item."""

    text: str
    cell: TableCell
    name: str


@dataclass(frozen=True, slots=True)
class TablePlan:
    """A question with the sub-questions that answer it: look-ups first, then what is computed."""

    question: str
    lookups: tuple[Lookup, ...]
    steps: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """All sub-questions in order; the first is #1."""
        return (*(lookup.text for lookup in self.lookups), *self.steps)

    @property
    def lines(self) -> str:
        """The plan as it is written: "### Q1: ...", one a line."""
        return write_steps(self.texts)


@dataclass(frozen=True, slots=True)
class Solution:
    """What a plan comes to: the tree over its look-ups, its value, and the value's unit.

    The value is an amount in the scale of the table, a yes or no, or the label of the look-up
    that is picked.
    """

    node: Node
    value: Decimal | bool | str
    unit: str | None


def solve_plan(plan: TablePlan) -> Solution | None:
    """Compute a plan; None where the desk would not, or where its figures are of several scales."""
    cells = {f"Q{number}": lookup.cell for number, lookup in enumerate(plan.lookups, 1)}
    if not plan.steps or len({cell.scale for cell in cells.values()}) > 1:
        return None
    trees: dict[str, Node] = {label: Reference(label) for label in cells}
    for number, step in enumerate(plan.steps, len(plan.lookups) + 1):
        node = _read_step(step)
        if node is None or any(one.label not in trees for one in list_references(node)):
            return None
        trees[f"Q{number}"] = _put_in(node, trees)
    node = trees[f"Q{len(plan.texts)}"]
    if {one.label for one in list_references(node)} != set(cells):
        return None
    return _evaluate(node, cells)


def _evaluate(node: Node, cells: Mapping[str, TableCell]) -> Solution | None:
    values = {label: cell.value for label, cell in cells.items()}
    try:
        unit = find_unit(node, {label: cell.unit for label, cell in cells.items()})
        value = evaluate(node, values)
    except (UnitsClash, ZeroDivisionError, UndefinedRate):
        return None
    if _is_doubtful(node, values):
        return None
    return Solution(node, round_amount(value) if isinstance(value, Decimal) else value, unit)


@lru_cache(maxsize=4_000)
def _read_step(text: str) -> Node | None:
    return read_step(text)[1]


def _is_doubtful(node: Node, values: Mapping[str, Decimal]) -> bool:
    """Whether the desk would compute it and not vouch for it: a negative base, a tie."""
    for part in walk_tree(node):
        match part:
            case Change(Reference(label), _, True) if values[label] <= 0:
                return True
            case Pick(_, picked) if len({values[one.label] for one in picked}) < len(picked):
                return True
            case Pick(_, picked) if any(values[one.label] < 0 for one in picked):
                return True
            case Compare(_, Reference(one), Reference(other)) if values[one] == values[other]:
                return True
            case Compare() if any(values[one.label] < 0 for one in list_references(part)):
                return True
            case _:
                continue
    return False


def _put_in(node: Node, trees: Mapping[str, Node]) -> Node:
    """Put the trees of earlier steps in the place of the references to them."""
    match node:
        case Reference(label):
            return trees[label]
        case Binary(operator, left, right):
            return Binary(operator, _put_in(left, trees), _put_in(right, trees))
        case Compare(comparison, left, right):
            return Compare(comparison, _put_in(left, trees), _put_in(right, trees))
        case Change(first, last):
            return replace(node, first=_put_in(first, trees), last=_put_in(last, trees))
        case Percent(part):
            return Percent(_put_in(part, trees))
        case Absolute(part):
            return Absolute(_put_in(part, trees))
        case Summary(kind, parts):
            return Summary(kind, tuple(_put_in(part, trees) for part in parts))
        case _:
            return node


# What the desk makes of a plan


def stays_with_question(plan: TablePlan) -> bool:
    """Whether the sub-questions bring in no year, name or word that the question does not have.

    The desk takes such steps out of a plan that was made without the documents in view.
    """
    years = set(find_years(plan.question))
    said = find_terms(plan.question)
    for lookup in plan.lookups:
        if not set(find_years(lookup.text)) <= years or not find_terms(lookup.text) <= said:
            return False
    steps, _ = repair_plan(parse_decomposition(plan.lines), plan.question)
    return tuple(step.text for step in steps) == plan.texts


def stays_with_document(plan: TablePlan) -> bool:
    """Whether the desk keeps all steps of a plan that was made with the documents in view."""
    kept = parse_document_plan(plan.lines, plan.question).sub_questions
    return tuple(step.text for step in kept) == plan.texts


def build_operands(plan: TablePlan) -> dict[str, Operand]:
    """Return the look-ups as operands of the desk's own computation, by label ("Q1")."""
    operands = {}
    for number, lookup in enumerate(plan.lookups, 1):
        cell = lookup.cell
        year = str(cell.year) if cell.year is not None else None
        label, value = f"Q{number}", Value(cell.value, cell.unit, cell.scale, year)
        named = f"{cell.item}, FY{cell.year}" if year else f"{cell.item}, {cell.head}"
        operands[label] = Operand(label.lower(), named, label, value, bound=True)
    return operands


# What measuring needs


def can_be_told_apart(items: Sequence[str]) -> bool:
    """Whether no item's words are all among another's: each can be looked up by its words."""
    terms = [find_terms(item) for item in dict.fromkeys(items)]
    return not any(
        one <= other for at, one in enumerate(terms) for other in terms[:at] + terms[at + 1 :]
    )


def describe_answer(plan: TablePlan, solution: Solution) -> str:
    """Return a result as text: a decimal, "yes", "no", or what tells the one picked."""
    value = solution.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    picked = plan.lookups[int(value.removeprefix("Q")) - 1]
    is_by_year = len({lookup.cell.item for lookup in plan.lookups}) == 1
    return picked.cell.period if is_by_year else picked.name


def build_gold(
    plan: TablePlan, solution: Solution | None, around: Sequence[TableCell] = ()
) -> dict[str, Any]:
    """Return the figures that the sub-questions may be looked up in, and the answer.

    Of the other figures `around` those are left out whose item could be taken for one that is
    needed.
    """
    needed = [lookup.cell for lookup in plan.lookups]
    terms = [find_terms(cell.item) for cell in needed]
    others = [
        cell
        for cell in around
        if cell not in needed
        and (
            any(cell.item == one.item and one.year is not None for one in needed)
            or not any(own <= find_terms(cell.item) for own in terms)
        )
    ]
    cells = [_describe_cell(lookup.cell, lookup.name) for lookup in plan.lookups]
    gold: dict[str, Any] = {"cells": cells + [_describe_cell(cell, cell.item) for cell in others]}
    if solution is not None:
        gold["answer"] = describe_answer(plan, solution)
        gold["computed"] = isinstance(solution.value, Decimal)
    return gold


def _describe_cell(cell: TableCell, name: str) -> dict[str, str]:
    return {
        "row": name,
        "column": cell.period,
        "value": format(cell.value, "f"),
        "unit": cell.unit or "",
    }
