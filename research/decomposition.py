"""The Decomposer: from a question to a plan of sub-questions, and from plan to text.

Parsing and repair are pure; what a repair changed is told in the plan's notes. Knows nothing of
evidence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ingestion.figures import find_years
from models.chat import CancelToken, ChatModel, GenerationSettings, complete
from research.grammars import build_decomposition_grammar
from research.prompts import render_decomposition_prompt
from research.questions import Decomposition, SubQuestion
from research.terms import find_terms

_MOST_TOKENS = 400
# Enough for a plan: one sub-question alone is only the question again.
_GOOD_PLAN = 2
# A step that holds this part of the question's matter asks the question again.
_RESTATED = 0.8
# Of invented companies, in the published format; shown only after a first try without them.
_EXAMPLES = tuple(
    (render_decomposition_prompt(question), "\n".join(plan))
    for question, plan in (
        (
            "Did Ardent's advertising costs grow faster than its revenue from 2014 to 2015?",
            (
                "### Q1: What were Ardent's advertising costs in 2014?",
                "### Q2: What were Ardent's advertising costs in 2015?",
                "### Q3: What was Ardent's revenue in 2014?",
                "### Q4: What was Ardent's revenue in 2015?",
                "### Q5: Is the growth from #1 to #2 larger than the growth from #3 to #4?",
            ),
        ),
        (
            "Which company had the higher gross profit in 2010, Zelkova or Orrin, and by how much?",
            (
                "### Q1: What was Zelkova's gross profit in 2010?",
                "### Q2: What was Orrin's gross profit in 2010?",
                "### Q3: Which is larger, #1 or #2?",
                "### Q4: What is the difference between #1 and #2?",
            ),
        ),
    )
)
_ATTEMPTS = (
    GenerationSettings(),
    GenerationSettings(examples=_EXAMPLES),
    GenerationSettings(examples=_EXAMPLES, temperature=0.7, seed=1),
)
_REFERENCE = re.compile(r"#(\d+)")
_FIGURE = re.compile(r"(?<!#)\b\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<![.?!] )\b[A-Z][A-Za-z&]+")
# Stems that speak of the question instead of asking it.
_ABOUT_ASKING = frozenset({"answer", "question"})


def decompose_question(question: str, model: ChatModel, cancel: CancelToken) -> Decomposition:
    """Ask the model for a plan; again, each time in another way, while it is no plan.

    The first try is as published. Weights that were trained for this seldom need another; a
    general model is then shown two worked examples, and after that allowed to stray. When all
    fail the question itself is the only step, and the notes say so.
    """
    prompt = render_decomposition_prompt(question)
    grammar = build_decomposition_grammar()
    best: tuple[SubQuestion, ...] = ()
    notes: tuple[str, ...] = ()
    for attempt in _ATTEMPTS:
        settings = replace(attempt, max_tokens=_MOST_TOKENS, grammar=grammar)
        text = complete(model, prompt, settings, cancel).text
        plan, found = repair_plan(parse_decomposition(text), question)
        if count_parts(plan, question) > count_parts(best, question) or not best:
            best, notes = plan, found
        if count_parts(best, question) >= _GOOD_PLAN:
            if settings.examples:
                notes = (*notes, "The plan was made with worked examples before the question.")
            return Decomposition(best, notes)
    if best:
        return Decomposition(best, notes)
    note = (
        f"The model gave no usable plan in {len(_ATTEMPTS)} tries, so the question is asked whole."
    )
    return Decomposition((SubQuestion("Q1", question),), (*notes, note))


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


def parse_decomposition(text: str) -> tuple[SubQuestion, ...]:
    """Read the lines that start with "### Q"; label and text part at the first colon."""
    parsed: list[SubQuestion] = []
    for line in text.splitlines():
        if not line.startswith("### Q"):
            continue
        _, colon, body = line.partition(":")
        body = body.strip()
        if colon and body:
            label = f"Q{len(parsed) + 1}"
            parsed.append(SubQuestion(label, body, _find_dependencies(body, len(parsed) + 1)))
    return tuple(parsed)


def repair_plan(
    plan: Sequence[SubQuestion], question: str
) -> tuple[tuple[SubQuestion, ...], tuple[str, ...]]:
    """Take out what a plan must not hold; returns the plan, numbered anew, and notes.

    Taken out are repetitions (in other words too), and steps that bring in a year or a name that
    the question does not hold, or share no word with it: their answers would be beside the
    point. References follow their sub-question; a step that refers to one taken out goes too, and
    one that holds an answer against itself ("the difference between #1 and #1").
    """
    kept: list[str] = []
    new_number: dict[int, int] = {}
    seen: dict[frozenset[str], int] = {}
    repeated = strayed = 0
    for number, sub_question in enumerate(plan, start=1):
        references = [int(found) for found in _REFERENCE.findall(sub_question.text)]
        compares_one = len(references) > 1 and len(set(references)) == 1
        if compares_one or any(reference not in new_number for reference in references):
            strayed += 1
            continue
        text = _REFERENCE.sub(lambda match: f"#{new_number[int(match[1])]}", sub_question.text)
        key = _build_key(text)
        if key in seen:
            repeated += 1
            new_number[number] = seen[key]
            continue
        if not _stays_with(text, question):
            strayed += 1
            continue
        kept.append(text)
        seen[key] = new_number[number] = len(kept)
    notes = []
    if repeated:
        notes.append(f"{_count(repeated, 'repeated sub-question')} taken out of the plan.")
    if strayed:
        notes.append(
            f"{_count(strayed, 'sub-question')} about something that is not in the question taken "
            "out of the plan."
        )
    return (
        tuple(
            SubQuestion(f"Q{number}", text, _find_dependencies(text, number))
            for number, text in enumerate(kept, start=1)
        ),
        tuple(notes),
    )


def ask_whole(plan: Decomposition, question: str) -> Decomposition:
    """Add the question itself as the last step, with a note; a plan that asks it stays as it is."""
    if any(_build_key(step.text) == _build_key(question) for step in plan.sub_questions):
        return plan
    last = SubQuestion(f"Q{len(plan.sub_questions) + 1}", question)
    note = "No sub-answer is grounded, so the question is asked whole as well."
    return Decomposition((*plan.sub_questions, last), (*plan.notes, note))


def resolve_references(text: str, answers: Mapping[str, str]) -> str:
    """Put answers in the place of "#k"; "#10" is never taken for "#1" and a zero.

    A reference without an answer stays as it is.
    """
    return _REFERENCE.sub(lambda match: answers.get(f"Q{int(match[1])}", match[0]), text)


def _find_dependencies(text: str, number: int) -> tuple[str, ...]:
    """Return the labels of the earlier sub-questions that `text` refers to, in order."""
    references = sorted({int(found) for found in _REFERENCE.findall(text)})
    return tuple(f"Q{reference}" for reference in references if 0 < reference < number)


def _build_key(text: str) -> frozenset[str]:
    """What a sub-question is about: its terms, figures and references, in any order."""
    terms = find_terms(text) - _ABOUT_ASKING
    return terms | frozenset(_FIGURE.findall(text)) | frozenset(_REFERENCE.findall(text))


def _stays_with(text: str, question: str) -> bool:
    """Whether a step speaks only of the question's names and years, and of some of its matter."""
    allowed, years = find_years(question), find_years(text)
    if any(not allowed or not min(allowed) <= year <= max(allowed) for year in years):
        return False
    known = question.lower()
    # The first word has its capital from its place.
    if any(name.lower() not in known for name in _NAME.findall(text.partition(" ")[2])):
        return False
    return bool(find_terms(text) & find_terms(question)) or bool(_REFERENCE.search(text))


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"
