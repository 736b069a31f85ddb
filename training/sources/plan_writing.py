"""Writing plans (P1) from a set's own steps, in the one form that the Decomposer shall learn.

A plan is written only if the desk would run it as it stands: each step asks something, refers to
earlier ones alone, and speaks of nothing that its question does not name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from research.grammars import LEAST_SUB_QUESTIONS, MOST_SUB_QUESTIONS
from research.plan import find_references, name_step
from research.plan_reading import write_steps
from research.plan_repair import repair_plan
from research.prompts import render_decomposition_prompt
from research.questions import SubQuestion
from training.examples import Example
from training.sources.reading import squeeze

# Longer ones cannot be written under the desk's grammar.
_LONGEST_STEP = 150
_ASKING = re.compile(
    r"^(?:(?:In|On|At|From|For|To|By|Of|With|During|Under) )?(?:what|which|who|whom|whose|when"
    r"|where|why|how)\b"
    r"|^(?:did|do|does|is|are|was|were|has|have|had|can|could|will|would|should)\b",
    re.IGNORECASE,
)
_SPACE_BEFORE = re.compile(r"\s+(?=[?.,;:!)]|'s\b|n't\b)")
_MORE = re.compile(r"^Is (#\d+) (?:greater|bigger|higher|more|longer) than (#\d+)\?$")
_LESS = re.compile(r"^Is (#\d+) (?:less|lower|fewer|shorter) than (#\d+)\?$")


def tidy_step(step: str) -> str:
    """Write a step as a sentence: capital, no stray spaces, one question mark.

    Comparisons are told in the words that the desk computes: "larger than", "smaller than".
    """
    text = _SPACE_BEFORE.sub("", squeeze(step)).rstrip(" ?.,;")
    text = f"{text[:1].upper()}{text[1:]}?"
    return _LESS.sub(r"Is \1 smaller than \2?", _MORE.sub(r"Is \1 larger than \2?", text))


def asks(step: str) -> bool:
    """Whether a tidied step is worded as a question, and of a length that the desk allows."""
    is_one = step.find("?") == len(step) - 1  # "Who wrote Why Me??" cannot be read back.
    return is_one and len(step) <= _LONGEST_STEP and _ASKING.match(step) is not None


def build_plan_example(
    question: str, steps: Sequence[str], source: str, document: str
) -> Example | None:
    """Return a question with its plan; None where the desk would not run it as it stands."""
    tidied = [tidy_step(step) for step in steps]
    if not LEAST_SUB_QUESTIONS <= len(tidied) <= MOST_SUB_QUESTIONS:
        return None
    if not all(asks(step) for step in tidied) or not _is_whole(tidied):
        return None
    question = squeeze(question)
    plan = [
        SubQuestion(name_step(at), step, find_references(step))
        for at, step in enumerate(tidied, start=1)
    ]
    kept, _ = repair_plan(plan, question)
    if [step.text for step in kept] != tidied:
        return None
    return Example(
        role="question_plan",
        prompt=render_decomposition_prompt(question),
        completion=write_steps(tidied),
        source=source,
        document=document,
    )


def _is_whole(steps: Sequence[str]) -> bool:
    """Whether references go back, and every step leads to the last one."""
    used: set[str] = set()
    for at, step in enumerate(steps, start=1):
        references = find_references(step)
        if any(int(label[1:]) >= at for label in references):
            return False
        used.update(references)
    return used == {name_step(at) for at in range(1, len(steps))}
