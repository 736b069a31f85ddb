"""Examples of plans (P1, P2) from made-up questions, each proved to compute.

Figures are drawn for the look-ups, and the plan is computed with them by the desk's own
calculation: what it cannot read, or what the desk would take out of the plan, is no example.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from random import Random

from research.calculation.compute import compute_step
from research.plan import find_references, name_step
from research.plan_reading import read_steps, write_steps
from research.plan_repair import repair_plan
from research.prompts import (
    render_claim_decomposition_prompt,
    render_decomposition_prompt,
    render_document_plan_prompt,
)
from research.questions import Operand, Value
from training.examples import Example, Part
from training.leaks import read_contents
from training.plans.families import Asked, fill_family, pick_family
from training.plans.formulas import fill_formula
from training.plans.measures import fill_measure, load_measures

SOURCE = "AceDesk questions"
OVER_WINDOWS = "AceDesk questions over windows"
# The part of the questions that ask for a measure by its name, and of those that define their own.
_MEASURES = 0.25
_FORMULAS = 0.1
_MILLION = 1_000_000


def build_examples(part: Part, random: Random, count: int) -> Iterator[Example]:
    """Yield `count` plans; the measuring part has other wordings than the training part."""
    made = 0
    while made < count:
        asked = _draw(random, held_out=part == "measure")
        example = build_example(asked, random, made)
        if example is not None:
            made += 1
            yield example


def build_window_examples(
    windows: Sequence[Sequence[str]], part: Part, random: Random, each: int
) -> Iterator[Example]:
    """Yield plans made with passages in view (P7), `each` over every window.

    The passages are evidence for other questions: a plan follows its question, whatever stands
    beside it.
    """
    for window in windows:
        questions = (one for one in build_examples(part, random, 2 * each) if _is_question(one))
        for example in islice(questions, each):
            question = read_contents(example).question
            prompt = render_document_plan_prompt(question, window)
            yield replace(example, role="document_plan", prompt=prompt, source=OVER_WINDOWS)


def _is_question(example: Example) -> bool:
    return example.role == "question_plan"


def _draw(random: Random, *, held_out: bool) -> Asked:
    chance = random.random()
    if chance < _MEASURES:
        return fill_measure(random.choice(load_measures()), random, held_out=held_out)
    if chance < _MEASURES + _FORMULAS:
        return fill_formula(random, held_out=held_out)
    return fill_family(pick_family(random), random, held_out=held_out)


def build_example(asked: Asked, random: Random, number: int) -> Example | None:
    """Return a question with its plan and figures; None where the desk would mend the plan."""
    plan = write_steps(asked.steps)
    steps = read_steps(plan, labelled=True)
    kept, _ = repair_plan(steps, asked.text, "claim" if asked.is_claim else "question")
    if len(kept) != len(asked.steps):
        return None
    figures = {at: _draw_figure(random) for at in asked.look_ups}
    render = render_claim_decomposition_prompt if asked.is_claim else render_decomposition_prompt
    return Example(
        role="claim_plan" if asked.is_claim else "question_plan",
        prompt=render(asked.text),
        completion=plan,
        source=SOURCE,
        document=f"acedesk:{asked.family}:{number}",
        gold=_build_gold(asked, figures),
    )


def _draw_figure(random: Random) -> Decimal:
    return Decimal(random.randint(1000, 99_999)) / random.choice((1, 10))


def _build_gold(asked: Asked, figures: Mapping[int, Decimal]) -> dict[str, object]:
    """Return what measuring needs; `{}` where the plan is not computed to its end."""
    answers = compute_plan(asked.steps, figures)
    if not asked.look_ups or len(asked.steps) not in answers:
        return {}
    cells = [
        {
            "row": asked.look_ups[at].row,
            "column": asked.look_ups[at].column,
            "value": str(figure),
            "unit": "USD",
        }
        for at, figure in figures.items()
    ]
    answer = answers[len(asked.steps)]
    return {
        "cells": cells,
        "answer": answer,
        "computed": answer not in ("yes", "no") and answer[-1:].isdigit(),
    }


def compute_plan(steps: Sequence[str], figures: Mapping[int, Decimal]) -> dict[int, str]:
    """Return what the computing steps come to, by number; those that do not compute are left out.

    `figures` are those of the look-ups, in millions of dollars. Numbers are told without their
    scale, truths as "yes" and "no".
    """
    values = {at: Value(figure, "USD", _MILLION, None) for at, figure in figures.items()}
    answers: dict[int, str] = {}
    for at, step in enumerate(steps, start=1):
        labels = find_references(step)
        needed = [int(label[1:]) for label in labels]
        if not needed or any(number not in values for number in needed):
            continue
        operands = {name_step(number): _name_operand(number, values[number]) for number in needed}
        calculation = compute_step(step, operands)
        if calculation is None:
            continue
        result = calculation.result
        if isinstance(result, Value):
            values[at] = result
            answers[at] = str(result.number)
        else:
            answers[at] = {True: "yes", False: "no"}[result] if isinstance(result, bool) else result
    return answers


def _name_operand(number: int, value: Value) -> Operand:
    label = name_step(number)
    return Operand(label.lower(), f"figure {number}", label, value, True, None)
