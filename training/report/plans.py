"""Whether a plan is one (P1, P2, P7): its format, its words, and what it comes to when carried out.

Carried out, look-ups read the gold's cells and all other steps are computed as the desk does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from research.calculation.compute import compute_step
from research.plan import REFERENCE
from research.plan_reading import read_steps
from research.questions import Calculation, Operand, SubQuestion, Value
from training.examples import Example
from training.report.cells import Cell, find_cell, read_cells
from training.report.golds import fits_result

_LINE = re.compile(r"### Q(\d+): (\S.*)")
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What carrying out a plan came to: whether all look-ups were found, and the last result."""

    found: bool
    result: Value | bool | str | None


def score_plan_format(example: Example, text: str) -> Mapping[str, bool]:
    """Tell whether a text is a plan in the published format and nothing else."""
    return {"format": is_plan(text, asks=example.role != "claim_plan")}


def score_plan(example: Example, text: str) -> Mapping[str, bool]:
    """Compare a plan with the gold, and carry it out where the gold has cells and an answer."""
    scores = {"same text": _flatten(text) == _flatten(example.completion)}
    if example.role == "claim_plan" or not example.gold.get("cells"):
        return scores
    cells = read_cells(example.gold["cells"], f"{example.document} ({example.source})")
    outcome = carry_out(read_steps(text, labelled=False), cells)
    gold = str(example.gold.get("answer", ""))
    right = outcome.result is not None and fits_result(outcome.result, gold)
    return {**scores, "look-ups found": outcome.found, "right result": right}


def is_plan(text: str, *, asks: bool) -> bool:
    """Whether a text is lines "### Qn: ..." alone, two or more, numbered from 1 without gaps.

    References are to earlier lines only. Where the plan `asks`, each line ends as a question.
    """
    lines = [_LINE.fullmatch(line.strip()) for line in text.strip().splitlines()]
    steps = [line for line in lines if line is not None]
    if len(steps) < _FEWEST or len(steps) < len(lines):
        return False
    return all(
        int(step[1]) == number
        and all(0 < int(reference) < number for reference in REFERENCE.findall(step[2]))
        and (not asks or step[2].rstrip().endswith("?"))
        for number, step in enumerate(steps, start=1)
    )


def carry_out(steps: Sequence[SubQuestion], cells: Sequence[Cell]) -> Outcome:
    """Look up and compute the steps in their order; the last one's result is the plan's."""
    operands: dict[str, Operand] = {}
    found = bool(steps)
    result: Value | bool | str | None = None
    for step in steps:
        if REFERENCE.search(step.text):
            computed = compute_step(step.text, operands)
            told, result = _read_result(computed)
        else:
            cell = find_cell(step.text, cells)
            found = found and cell is not None
            told, result = _read_cell(cell)
        if isinstance(result, Value):
            operands[step.label] = Operand(step.label.lower(), told, step.label, result, bound=True)
    return Outcome(found, result)


def _read_cell(cell: Cell | None) -> tuple[str, Value | None]:
    """Return what a cell is called, as the desk does, and its value in the table's own scale."""
    if cell is None:
        return "", None
    return f"{cell.row}, {cell.column}", Value(cell.value, cell.unit, 1, cell.column)


def _read_result(computed: Calculation | None) -> tuple[str, Value | bool | str | None]:
    """Return the formula and the result; what does not go together has an empty text for one."""
    if computed is None or computed.result == "":
        return "", None
    return computed.formula, computed.result


def _flatten(text: str) -> tuple[str, ...]:
    """Return the lines of a plan without differences of case and spaces."""
    return tuple(" ".join(line.lower().split()) for line in text.strip().splitlines())
