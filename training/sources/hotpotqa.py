"""HotpotQA: questions over two articles of Wikipedia (Yang et al., 2018; CC BY-SA 4.0).

It has no steps: the whole question is asked over what supports it (P3), and over articles that were
found for it and do not (a refusal). Reads `hotpot_train_v1.1.json` or a sample in its format. Plans
of its questions are in BREAK.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from training.examples import Example, Part
from training.sources.articles import Articles, read_articles
from training.sources.passages import holds
from training.sources.reading import read_rows, squeeze
from training.sources.sub_answering import Step, build_refusal, build_sub_answer, is_short
from training.splits import Splits

SOURCE = "HotpotQA"
_FILES = ("multihop/*hotpotqa_train.json", "training/hotpotqa/*train*.json")
_REFUSALS = 0.3


@dataclass(frozen=True, slots=True)
class _Row:
    document: str
    question: str
    answer: str
    articles: Articles


def build_examples(folder: Path, splits: Splits, part: Part, random: Random) -> Iterator[Example]:
    """Yield sub-answers of the rows of a part.

    Raises:
        SourceError: the files are missing or of another format.
    """
    for row in read_rows(folder, _FILES, SOURCE, _read_row):
        if splits.part_of(row.document) == part:
            yield from _build_row(row, random)


def _read_row(row: Mapping[str, Any]) -> _Row:
    document = f"hotpotqa:{row.get('_id') or row['id']}"
    return _Row(
        document, squeeze(row["question"]), row["answer"], read_articles(row, SOURCE, document)
    )


def _build_row(row: _Row, random: Random) -> Iterator[Example]:
    is_truth = row.answer in ("yes", "no")
    answer = row.answer.capitalize() if is_truth else row.answer
    window = row.articles.lay(random)
    if window is not None and is_short(answer) and (is_truth or holds(window.text, answer)):
        yield build_sub_answer(window, Step(row.question, answer))
    beside = row.articles.lay_beside(random)
    if beside is None or is_truth or random.random() >= _REFUSALS:
        return
    if not holds(beside.text, row.answer):
        yield build_refusal(beside, row.question)
