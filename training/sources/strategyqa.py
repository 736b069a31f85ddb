"""StrategyQA: yes-or-no questions with their facts and their steps (Geva et al., 2021; MIT).

The steps become plans (P1). Facts that answer steps become sub-answers, over which the whole
question is answered (P5). Reads `training/strategyqa/train.json` in the published format.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from research.plan import find_references
from research.terms import find_terms
from training.examples import Example, Part
from training.sources.passages import Paragraph, lay_passages
from training.sources.plan_writing import asks, build_plan_example, tidy_step
from training.sources.reading import read_rows, squeeze
from training.sources.sub_answering import Step, Window, build_final_answer
from training.splits import Splits

SOURCE = "StrategyQA"
_FILES = ("training/strategyqa/*train*.json",)
# A fact answers a step when it holds so much of the step's matter.
_SHARED = 0.5
_MOST_FACTS = 3


@dataclass(frozen=True, slots=True)
class _Row:
    document: str
    term: str
    question: str
    answer: str
    facts: tuple[str, ...]
    steps: tuple[str, ...]


def build_examples(folder: Path, splits: Splits, part: Part, random: Random) -> Iterator[Example]:
    """Yield plans and final answers of the rows of a part.

    Raises:
        SourceError: the file is missing or of another format.
    """
    read = read_rows(folder, _FILES, SOURCE, _read_row)
    rows = [row for row in read if splits.part_of(row.document) == part]
    for row in rows:
        plan = build_plan_example(row.question, row.steps, SOURCE, row.document)
        if plan is not None:
            yield plan
        final = _build_final(row, rows, random)
        if final is not None:
            yield final


def _read_row(row: Mapping[str, Any]) -> _Row:
    if not isinstance(row["answer"], bool):
        raise TypeError("the answer is neither true nor false")
    return _Row(
        document=f"strategyqa:{row['qid']}",
        term=squeeze(row["term"]),
        question=squeeze(row["question"]),
        answer="Yes" if row["answer"] else "No",
        facts=tuple(_end_sentence(squeeze(fact)) for fact in row["facts"] if fact.strip()),
        steps=tuple(row["decomposition"]),
    )


def _end_sentence(fact: str) -> str:
    return fact if fact.endswith((".", "!", "?")) else f"{fact}."


def _build_final(row: _Row, rows: Sequence[_Row], random: Random) -> Example | None:
    """Answer the question over its facts; the facts that answer steps are the sub-answers."""
    steps = _match_facts(row)
    if not steps or len(row.facts) > _MOST_FACTS:
        return None
    others = [other for other in random.sample(rows, min(4, len(rows))) if other is not row]
    passages = lay_passages(
        [Paragraph(row.term, " ".join(row.facts))],
        [Paragraph(other.term, " ".join(other.facts)) for other in others],
        random,
    )
    if not passages:
        return None
    window = Window(passages, SOURCE, row.document)
    return build_final_answer(window, row.question, steps, " ".join(row.facts), row.answer)


def _match_facts(row: _Row) -> tuple[Step, ...]:
    """Return the steps without references that a fact of their own answers, two or more."""
    found: list[Step] = []
    left = list(row.facts)
    for step in map(tidy_step, row.steps):
        if find_references(step) or not asks(step) or not left:
            continue
        terms = find_terms(step)
        best = max(left, key=lambda fact: len(terms & find_terms(fact)))
        if terms and len(terms & find_terms(best)) >= _SHARED * len(terms):
            left.remove(best)
            found.append(Step(step, best))
    return tuple(found) if len(found) > 1 else ()
