"""The whole answer from a computed plan's sub-answers (prompt P5): a sentence, then the answer.

The sub-answers are those that the desk itself would give: figures as printed, results as its own
computation writes them. Knows no set.
"""

from __future__ import annotations

from collections.abc import Sequence

from research.calculation.amounts import write_result
from research.calculation.compute import compute_step
from research.calculation.formulas import Binary, Change, Compare, Node, Percent, Pick, Summary
from research.decomposition import resolve_references
from research.prompts import render_final_prompt
from research.questions import Calculation, Value
from training.examples import Example
from training.over_tables.table_plans import Solution, TablePlan, build_operands, describe_answer
from training.over_tables.tables import Window


def build_final_answer(
    window: Window, plan: TablePlan, solution: Solution, source: str
) -> Example | None:
    """Return the example of a plan of one computing step; None where the desk does not vouch."""
    if len(plan.steps) != 1:
        return None
    calculation = compute_step(plan.steps[0], build_operands(plan))
    if calculation is None or not calculation.verified:
        return None
    answers = {f"Q{at}": lookup.cell.text for at, lookup in enumerate(plan.lookups, 1)}
    told = [(f"Q{at}", lookup.text, lookup.cell.text) for at, lookup in enumerate(plan.lookups, 1)]
    label = f"Q{len(plan.texts)}"
    told.append((label, resolve_references(plan.steps[0], answers), calculation.text))
    answer = _write_answer(plan, solution, calculation)
    if answer.endswith(".00"):
        return None  # of a count: how it is written says less than the count
    return Example(
        role="final_answer",
        prompt=render_final_prompt(plan.question, window.passages, told),
        completion=f"{_explain(plan, solution, answer)} <answer>{answer}</answer>",
        source=source,
        document=window.source.document,
    )


def _write_answer(plan: TablePlan, solution: Solution, calculation: Calculation) -> str:
    if isinstance(calculation.result, Value):
        return write_result(calculation.result)
    answer = describe_answer(plan, solution)
    return answer.capitalize() if answer in ("yes", "no") else answer


def _explain(plan: TablePlan, solution: Solution, answer: str) -> str:
    """Say in a sentence what the answer was drawn from."""
    figures = [lookup.cell.text for lookup in plan.lookups]
    listed = _list(figures)
    match solution.node:
        case Change():
            first, last = plan.lookups[0].cell, plan.lookups[-1].cell
            return (
                f"It went from {first.text} in {first.period} to {last.text} in {last.period}, "
                f"a change of {answer}."
            )
        case Pick():
            return f"{_name_figures(plan)}, so the answer is {answer}."
        case Compare():
            return f"{_name_figures(plan)}, so the answer is {answer.lower()}."
        case _:
            return f"{_name_operation(solution.node, listed, figures)} is {answer}."


def _name_figures(plan: TablePlan) -> str:
    """Say what was looked up: "It was $5 in 2018 and $6 in 2019", or each item with its figure."""
    items = dict.fromkeys(lookup.name for lookup in plan.lookups)
    told = []
    for item in items:
        own = [lookup.cell for lookup in plan.lookups if lookup.name == item]
        figures = _list([f"{cell.text} in {cell.period}" for cell in own])
        told.append(f"{item if len(items) > 1 else 'It'} was {figures}")
    text = _list(told)
    return f"{text[:1].upper()}{text[1:]}"


def _name_operation(node: Node, listed: str, figures: Sequence[str]) -> str:
    match node:
        case Summary():
            return f"The average of {listed}"
        case Percent() | Binary("/") if len(figures) == 2:
            return f"{figures[0]} divided by {figures[1]}"
        case Binary("-") if len(figures) == 2:
            return f"{figures[0]} minus {figures[1]}"
        case Binary("+"):
            return f"The sum of {listed}"
        case _:
            return f"The result of {listed}"


def _list(texts: Sequence[str]) -> str:
    return f"{', '.join(texts[:-1])} and {texts[-1]}" if len(texts) > 1 else texts[0]
