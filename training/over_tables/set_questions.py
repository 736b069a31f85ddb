"""The questions that a set itself asks of its tables, as look-ups and plans over our own figures.

Which cell a number of a set's derivation comes from is found by its value, and by the question's
words where several have it; what stays doubtful is left out. A plan is kept where the desk's own
arithmetic gives the set's answer. Knows no set's format.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ingestion.figures import find_years
from research.calculation.formulas import Node, Number
from research.terms import find_terms
from training.over_tables.derivations import list_figures, replace_figures
from training.over_tables.item_names import speak_item
from training.over_tables.item_wordings import ask_plainly
from training.over_tables.step_wording import write_steps
from training.over_tables.table_cells import TableCell
from training.over_tables.table_plans import (
    MOST_STEPS,
    Lookup,
    Solution,
    TablePlan,
    can_be_told_apart,
    solve_plan,
    stays_with_document,
)
from training.over_tables.table_programs import agrees

_PERCENT = re.compile(
    r"\bpercent(?:age)?\b|%|\b(?:proportion|portion|share of|growth rate|rate of)\b", re.IGNORECASE
)
_RATIO = re.compile(r"\b(?:ratio|divided|per|times|relative|compared|proportion)\b", re.IGNORECASE)
# Then a negative change is told as a positive fall.
_FALLS = re.compile(r"\b(?:decreas|declin|drop|fall|fell|reduc|lower|less)\w*", re.IGNORECASE)
# Of an answer that is rounded.
_ROUNDING = Decimal("0.006")
# What only the questions before tell.
_LEANS = re.compile(
    r"^\W*(?:and|so|then|but|now|also)\b|\b(?:it|its|that|this|those|these|them|they|same|then)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SetQuestion:
    """A question of a set: its text, its computation, and the answer that the set gives.

    `as_percent` says that the answer is a percentage; where the set does not tell, its words do.
    """

    text: str
    node: Node
    answer: Decimal | bool | None
    as_percent: bool | None = None


def stands_alone(question: str) -> bool:
    """Whether a question of a conversation can be understood without those before it."""
    return not _LEANS.search(question) and len(question.split()) > 4


def find_cell(number: Decimal, cells: Sequence[TableCell], question: str) -> TableCell | None:
    """Return the figure that a number is; None where there is none, or several fit alike."""
    found = [cell for cell in cells if cell.value == number]
    if not found:
        found = [c for c in cells if c.unit == "percent" and c.value == number * 100]
    if len(found) < 2:
        return found[0] if found else None
    weights = [_weigh(cell, question) for cell in found]
    best = max(weights)
    return found[weights.index(best)] if best > (0, 0) and weights.count(best) == 1 else None


def _weigh(cell: TableCell, question: str) -> tuple[int, int]:
    """Return how well a figure fits a question: words of its item, then its year or column."""
    said = find_terms(question)
    in_period = cell.year in find_years(question) or bool(find_terms(cell.head) & said)
    return len(find_terms(cell.item) & said), int(in_period)


def build_plan(asked: SetQuestion, cells: Sequence[TableCell]) -> TablePlan | None:
    """Return the plan of a set's question; None where it is doubtful or comes to another answer."""
    figures = list_figures(asked.node)
    if not 1 < len(figures) < MOST_STEPS:
        return None
    found: dict[Number, TableCell] = {}
    for figure in figures:
        cell = find_cell(figure.value, cells, asked.text)
        if cell is None or cell in found.values():
            return None
        found[figure] = cell
    order = sorted(figures, key=lambda figure: _place(found, figure))
    labels = {figure: f"Q{number}" for number, figure in enumerate(order, 1)}
    changes = frozenset(
        f"{labels[later]}-{labels[earlier]}"
        for later in order
        for earlier in order
        if found[later].item == found[earlier].item
        and (found[later].year or 0) > (found[earlier].year or 0)
    )
    as_percent = asked.as_percent
    steps = write_steps(
        replace_figures(asked.node, labels),
        first=len(order) + 1,
        as_percent=bool(_PERCENT.search(asked.text)) if as_percent is None else as_percent,
        changes=changes,
    )
    lookups = tuple(_look_up(found[figure], asked.text) for figure in order)
    plan = TablePlan(asked.text, lookups, tuple(steps))
    return plan if _is_right(plan, asked.answer) else None


def _asks_for(question: str, solution: Solution) -> bool:
    """Whether a question asks for the kind of number that its computation gives.

    Some of a set's programs answer another question than the one that they stand with.
    """
    if _PERCENT.search(question):
        return solution.unit in ("percent", "percentage points")
    if solution.unit == "ratio":
        return _RATIO.search(question) is not None
    return solution.unit != "percent" or "average" in question.lower()


def _place(found: dict[Number, TableCell], figure: Number) -> tuple[int, int]:
    """Figures of one item stand together, in the order of the items, earlier years first."""
    items = list(dict.fromkeys(cell.item for cell in found.values()))
    cell = found[figure]
    return items.index(cell.item), cell.year or 0


def _look_up(cell: TableCell, question: str) -> Lookup:
    name = name_as_asked(cell.item, question)
    text = ask_plainly(name, cell.period, is_year=cell.year is not None)
    return Lookup(text, cell, name)


def name_as_asked(item: str, question: str) -> str:
    """Return an item as a question writes it, where it does; else as it stands in a sentence."""
    place = question.lower().find(item.lower())
    return speak_item(item) if place < 0 else question[place : place + len(item)]


def _is_right(plan: TablePlan, answer: Decimal | bool | None) -> bool:
    if not plan.steps or len(plan.texts) > MOST_STEPS or not stays_with_document(plan):
        return False
    solution = solve_plan(plan)
    if solution is None or isinstance(solution.value, str) or answer is None:
        return False
    if not can_be_told_apart([lookup.cell.item for lookup in plan.lookups]):
        return False
    if not isinstance(answer, bool) and not _asks_for(plan.question, solution):
        return False
    if isinstance(answer, bool) or isinstance(solution.value, bool):
        return solution.value is answer
    falls = bool(_FALLS.search(plan.question))
    factors = (1, 100, -1, -100) if falls else (1, 100)
    return any(agrees(solution.value, answer * factor, _ROUNDING) for factor in factors)
