"""2WikiMultiHopQA: questions over two articles, with their evidence as triples (Ho et al., 2020).

Apache-2.0. Triples ("Brand", "author", "Henrik Ibsen") give the plan (P1), sub-answers over the
supporting paragraphs (P3) and the final answer (P5). Reads `training/2wiki/*.json` as published;
questions in a field `qa_pairs`, which some copies have beside the triples, vary the wording.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from training.examples import Example, Part
from training.sources.articles import Articles, read_articles
from training.sources.date_order import compare_dates
from training.sources.passages import holds
from training.sources.plan_writing import build_plan_example, tidy_step
from training.sources.reading import read_rows, squeeze
from training.sources.relations import ask_relation, state_relation
from training.sources.sub_answering import (
    Step,
    build_final_answer,
    build_refusal,
    build_sub_answer,
    is_short,
)
from training.splits import Splits

SOURCE = "2WikiMultiHopQA"
_FILES = ("training/2wiki/*train*.json",)
_QUALIFIER = re.compile(r"\s*\([^)]*\)$")
_REFUSALS = 0.45


@dataclass(frozen=True, slots=True)
class _Triple:
    subject: str
    relation: str
    value: str
    # A wording of its own, where the copy has one.
    asked: str | None


@dataclass(frozen=True, slots=True)
class _Row:
    document: str
    question: str
    answer: str
    is_comparison: bool
    triples: tuple[_Triple, ...]
    articles: Articles


def build_examples(folder: Path, splits: Splits, part: Part, random: Random) -> Iterator[Example]:
    """Yield plans, sub-answers and final answers of the rows of a part.

    Raises:
        SourceError: the files are missing or of another format.
    """
    for row in read_rows(folder, _FILES, SOURCE, _read_row):
        if splits.part_of(row.document) == part:
            yield from _build_row(row, random)


def _read_row(row: Mapping[str, Any]) -> _Row:
    document, question = f"2wiki:{row['_id']}", squeeze(row["question"])
    pairs = [(squeeze(pair["question"]), pair["answer"]) for pair in row.get("qa_pairs") or ()]
    triples = []
    for subject, relation, value in row["evidences"]:
        asked = [
            said
            for said, answer in pairs
            if holds(said, _name(subject)) and holds(answer, value) and not holds(said, value)
        ]
        triples.append(_Triple(subject, relation, value, asked[0] if asked else None))
    return _Row(
        document=document,
        question=question,
        answer=_capitalise(row["answer"]),
        is_comparison="comparison" in row["type"],
        triples=_order(triples, question),
        articles=read_articles(row, SOURCE, document),
    )


def _capitalise(answer: str) -> str:
    return answer.capitalize() if answer.lower() in ("yes", "no") else answer


def _order(triples: Sequence[_Triple], question: str) -> tuple[_Triple, ...]:
    """Put triples in the order in which the question names their subjects; those it does not, last.

    The two halves of a comparison stand in any order in the set.
    """
    asked = question.lower()

    def place(triple: _Triple) -> int:
        found = asked.find(_name(triple.subject).lower())
        return found if found >= 0 else len(asked)

    first = sorted(triples, key=place)
    known = {_name(triple.value): at for at, triple in enumerate(first)}
    return tuple(sorted(first, key=lambda one: (_rank(one, known, asked), place(one))))


def _rank(triple: _Triple, known: Mapping[str, int], asked: str) -> int:
    """0 for a triple that starts from the question; behind it, those that start from a value."""
    name = _name(triple.subject)
    return 0 if name.lower() in asked else 1 + known.get(name, len(known))


def _name(subject: str) -> str:
    """Return a subject without what tells it from its namesakes: "Marvin (film)"."""
    return _QUALIFIER.sub("", subject).strip()


def _build_row(row: _Row, random: Random) -> Iterator[Example]:
    plan = _write_plan(row)
    if plan:
        example = build_plan_example(row.question, plan, SOURCE, row.document)
        if example is not None:
            yield example
    steps = _resolve(row, random)
    if not steps:
        return
    window = row.articles.lay(random)
    if window is not None:
        for step in steps:
            if is_short(step.answer) and holds(window.text, step.answer):
                yield build_sub_answer(window, step)
        final = build_final_answer(window, row.question, steps, _reason(row), row.answer)
        if final is not None:
            yield final
    beside = row.articles.lay_beside(random)
    if beside is not None and random.random() < _REFUSALS:
        step = random.choice(steps)
        if not holds(beside.text, step.answer):
            yield build_refusal(beside, step.question)


def _write_plan(row: _Row) -> tuple[str, ...]:
    """Return the plan's steps; () where a triple does not start from the question or a value."""
    steps: list[str] = []
    values: dict[str, str] = {}
    for at, triple in enumerate(row.triples, start=1):
        name = _name(triple.subject)
        is_named = holds(row.question, triple.subject) or holds(row.question, name)
        subject = values.get(name) or (triple.subject if is_named else None)
        asked = ask_relation(triple.relation, subject) if subject else None
        if asked is None:
            return ()
        steps.append(asked)
        values[_name(triple.value)] = f"#{at}"
    if row.is_comparison:
        last = _compare(row)
        return (*steps, last) if last else ()
    return tuple(steps)


def _compare(row: _Row) -> str | None:
    """Return the step that compares the last two values; None where the answer does not say how."""
    if len(row.triples) not in (2, 4):
        return None
    first, second = row.triples[-2:]
    if first.relation != second.relation:
        return None
    one, two = len(row.triples) - 1, len(row.triples)
    if row.answer in ("Yes", "No"):
        return f"Is #{one} the same as #{two}?"
    # The options are what the question chooses between, named in its own order.
    options = [triple.subject for triple in row.triples[:2]]
    order = compare_dates(first.value, second.value)
    chosen = [_name(option).lower() == _name(row.answer).lower() for option in options]
    if not order or chosen.count(True) != 1:
        return None
    word = "earlier" if (order < 0) == chosen[0] else "later"
    return f"Which is {word}, #{one} ({_name(options[0])}) or #{two} ({_name(options[1])})?"


def _resolve(row: _Row, random: Random) -> tuple[Step, ...]:
    """Return the triples as questions with their answers; () where one cannot be asked."""
    steps = []
    for triple in row.triples:
        asked = ask_relation(triple.relation, _name(triple.subject))
        if asked is None:
            return ()
        if triple.asked and random.random() < 0.5:  # as often in the set's own words
            asked = triple.asked
        steps.append(Step(tidy_step(asked), triple.value))
    return tuple(steps)


def _reason(row: _Row) -> str:
    """Return the statements that the answer is drawn from."""
    used = row.triples[-2:] if row.is_comparison else row.triples
    stated = [state_relation(one.relation, _name(one.subject), one.value) for one in used]
    return " ".join(filter(None, stated))
