"""What a plan must not hold, taken out: repetitions, other years and names, what asks nothing.

A small model's plan says things twice and strays from its question. Pure: what was taken out is
told in notes. Knows no model, no prompt and no evidence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ingestion.figures import find_years
from research.plan import (
    REFERENCE,
    add_step,
    find_references,
    mend_references,
    name_step,
    order_steps,
)
from research.questions import Decomposition, SubQuestion
from research.terms import find_terms

# The method's own training prefers plans of fewer than seven; what is far above is a ramble.
_MOST_STEPS = 24
# A step that holds this part of the question's matter asks the question again.
_RESTATED = 0.8
# A small model copies them into its own plans.
_INVENTED = ("Ardent", "Zelkova", "Orrin", "Lyon")
_FIGURE = re.compile(r"(?<!#)\b\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<![.?!] )\b[A-Z][A-Za-z&]+")
# A filing's tables look about so far back and ahead.
_NEAR_YEARS = 5
# Words with a capital that name no one.
_NO_NAMES = frozenset(
    "january february march april may june july august september october november december "
    "fy fiscal q i usd us gaap eps ebitda".split()
)
_FIRST_OWNER = re.compile(r"([A-Z][A-Za-z&]+)['\u2019]s\b")
# "Net sales of Acme in 2021?" is a question without a verb, too.
_LONGEST_NOUN = 120
# What asks something; a line of a table that was copied into the plan does not.
_ASKS = re.compile(
    r"\b(?:what|which|who|whom|whose|when|where|why|how)\b"
    r"|^\W*(?:did|do|does|is|are|was|were|has|have|had|can|could|will|would|should|calculate"
    r"|compute|find|determine|identify|list|name|give|tell|compare|sum|add|subtract|divide"
    r"|multiply|take|state|describe|explain|express)\b",
    re.IGNORECASE,
)
# Stems that speak of the question instead of asking it.
_ABOUT_ASKING = frozenset({"answer", "question"})


def repair_plan(
    plan: Sequence[SubQuestion], question: str, noun: str = "question", *, stays: bool = True
) -> tuple[tuple[SubQuestion, ...], tuple[str, ...]]:
    """Take out what a plan must not hold; returns the plan, numbered anew, and notes.

    Taken out are repetitions (in other words too), and, where it `stays` with its question, steps
    that bring in a year or a name that the question does not hold, or share no word with it: their
    answers would be beside the point. So is a step that holds an answer against itself ("the
    difference between #1 and #1"), one whose references lead nowhere, and one that refers to a
    step taken out, and one that asks nothing. References follow their sub-question.
    """
    mended, _ = mend_references(plan)
    used = frozenset(label for step in mended for label in step.depends_on)
    repair = _Repair(question, stays, used, asks=noun == "question")
    for wave in order_steps(Decomposition(mended)):
        for step in wave:
            repair.judge(step)
    kept = [step.label for step in mended if step.label in repair.kept]
    number = {label: place for place, label in enumerate(kept, start=1)}
    steps, _ = mend_references(
        [
            SubQuestion(
                name_step(number[label]),
                REFERENCE.sub(lambda k: f"#{number[name_step(int(k[1]))]}", repair.kept[label]),
            )
            for label in kept
        ]
    )
    return steps, repair.tell(noun)


@dataclass
class _Repair:
    """Judges the steps of one plan, each after those that it refers to.

    `kept` are the texts that stay, by label, with references to steps that stay.
    """

    question: str
    stays: bool
    used: frozenset[str]
    asks: bool
    kept: dict[str, str] = field(default_factory=dict)
    repeated: int = 0
    strayed: int = 0
    beyond: int = 0
    mute: int = 0
    loose: list[str] = field(default_factory=list)
    _same_as: dict[str, str] = field(default_factory=dict)
    _seen: dict[frozenset[str], str] = field(default_factory=dict)

    def judge(self, step: SubQuestion) -> None:
        """Keep a step, or note why not."""
        references = REFERENCE.findall(step.text)
        if set(find_references(step.text)) - set(step.depends_on):
            self.loose.append(step.text)
            return
        meant = {self._same_as.get(name_step(int(number))) for number in references}
        compares_one = len(references) > 1 and len(meant) == 1
        if compares_one or any(needed not in self._same_as for needed in step.depends_on):
            self.strayed += 1
            return
        text = REFERENCE.sub(
            lambda match: f"#{self._same_as[name_step(int(match[1]))][1:]}", step.text
        )
        key = _build_key(text)
        if key in self._seen:
            self.repeated += 1
            self._same_as[step.label] = self._seen[key]
        elif self.asks and not references and _is_copied(text):
            self.mute += 1
        elif self.stays and not _stays_with(text, self.question, step.label in self.used):
            self.strayed += 1
        elif len(self.kept) == _MOST_STEPS:
            self.beyond += 1
        else:
            self.kept[step.label] = text
            self._same_as[step.label] = self._seen[key] = step.label

    def tell(self, noun: str) -> tuple[str, ...]:
        """Say in words for the user what was taken out."""
        step = f"sub-{noun}"
        notes = [
            (self.repeated, f"repeated {step}", ""),
            (self.strayed, step, f" about something that is not in the {noun}"),
            (self.mute, step, " that asks nothing"),
            (self.beyond, step, f" beyond the first {_MOST_STEPS}"),
        ]
        told = [
            f"{count_words(number, what)}{why} taken out of the plan."
            for number, what, why in notes
            if number
        ]
        told += [
            f'Taken out of the plan, since what it refers to is not there: "{text}"'
            for text in self.loose
        ]
        return tuple(told)


def _is_copied(text: str) -> bool:
    """Whether a step asks nothing, and reads like a line of a table: long, or full of figures."""
    is_row = len(_FIGURE.findall(text)) > 2 or len(text) > _LONGEST_NOUN
    return is_row and not _ASKS.search(text)


def count_parts(plan: Sequence[SubQuestion], question: str) -> int:
    """Count the steps that ask for less than the whole: a plan of restatements is none."""
    whole, figures = _build_key(question), frozenset(_FIGURE.findall(question))
    shared = [_build_key(step.text) & whole for step in plan]
    return sum(
        bool(step.depends_on)
        or len(key) < _RESTATED * len(whole)
        or 0 < len(key & figures) < len(figures)  # one year of two, say
        for step, key in zip(plan, shared, strict=True)
    )


def ask_whole(plan: Decomposition, question: str) -> Decomposition:
    """Add the question itself as the last step, with a note; a plan that asks it stays as it is."""
    if any(_build_key(step.text) == _build_key(question) for step in plan.sub_questions):
        return plan
    grown = add_step(plan, question)
    note = "No sub-answer is grounded, so the question is asked whole as well."
    return replace(grown, notes=(*grown.notes, note))


def _build_key(text: str) -> frozenset[str]:
    """What a sub-question is about: its terms, figures and references, in any order."""
    terms = find_terms(text) - _ABOUT_ASKING
    return terms | frozenset(_FIGURE.findall(text)) | frozenset(REFERENCE.findall(text))


def _stays_with(text: str, question: str, is_used: bool) -> bool:
    """Whether a step speaks only of the question's names and years, and of some of its matter.

    A step that another one uses may speak of years near those of the question: what is asked for
    is often computed from its neighbours ("all maturities", "the second half").
    """
    allowed, years = find_years(question), find_years(text)
    near = _NEAR_YEARS if is_used else 0
    if any(not allowed or not min(allowed) - near <= year <= max(allowed) + near for year in years):
        return False
    known = question.lower()
    # The first word has its capital from its place, unless it owns something.
    names = [n for n in _NAME.findall(text.partition(" ")[2]) if n.lower() not in _NO_NAMES]
    owner = _FIRST_OWNER.match(text)
    names += [owner[1]] if owner else []
    names += [name for name in _INVENTED if name in text]
    if any(name.lower() not in known for name in names):
        return False
    return bool(find_terms(text) & find_terms(question)) or bool(REFERENCE.search(text))


def count_words(number: int, noun: str) -> str:
    """Write "1 try", "3 tries"."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"
