"""DROP: questions that need reading and some reckoning (Dua et al., 2019; CC BY-SA 4.0).

Only answers that stand in the passage are taken, as short answers (P3): sums and counts are not the
Solver's to guess. Refusals are questions on another passage whose names are not in this one. Reads
`training/drop/`: the published JSON, or lines of passage and question as one text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from training.examples import Example, Part
from training.sources.passages import MOST_CHARACTERS, draw_beyond, holds
from training.sources.reading import (
    find_files,
    read_json,
    read_json_lines,
    reading_row,
    squeeze,
    tidy_text,
)
from training.sources.sub_answering import (
    Step,
    Window,
    build_refusal,
    build_sub_answer,
    is_short,
)
from training.splits import Splits

SOURCE = "DROP"
_FILES = ("training/drop/*.json", "training/drop/*.jsonl", "training/drop/*.jsonl.gz")
_LINE = re.compile(r"Passage: (?P<passage>.*)\nQuestion: (?P<question>.*?)\nAnswer:\s*", re.DOTALL)
# Of a passage's examples, so many are refusals; passages whose questions are looked at for them.
_REFUSALS = 0.2
_LOOKED_AT = 20
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*%?")
# What is asked like this is reckoned, even if the number stands in the passage by chance.
_RECKONED = re.compile(
    r"\b(?:more|fewer|less|total|combined|difference|altogether|average|not|n't|years? (?:after"
    r"|before|between|did|was)|days|times)\b",
    re.IGNORECASE,
)


@dataclass
class _Passage:
    """A passage with what is asked of it: question, answer and other right answers."""

    text: str
    asked: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def document(self) -> str:
        """The passage's key: a hash of its text."""
        return f"drop:{hashlib.sha256(self.text.encode()).hexdigest()[:16]}"


def build_examples(folder: Path, splits: Splits, part: Part, random: Random) -> Iterator[Example]:
    """Yield short answers and refusals of the passages of a part, passage by passage.

    Raises:
        SourceError: the files are missing or of another format.
    """
    passages: dict[str, _Passage] = {}
    for path in find_files(folder, _FILES, SOURCE):
        for text, question, answers in _read_questions(path):
            passage = passages.setdefault(text, _Passage(text))
            passage.asked.setdefault(question, answers)
    kept = [one for one in passages.values() if splits.part_of(one.document) == part]
    for passage in kept:
        if len(passage.text) <= MOST_CHARACTERS:
            others = random.sample(kept, min(len(kept), _LOOKED_AT))
            yield from _build_passage(passage, others, random)


def _read_questions(path: Path) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield passage, question and right answers of each question of a file."""
    if path.suffix == ".json":
        for number, row in enumerate(read_json(path, SOURCE).values(), start=1):
            with reading_row(path, number, SOURCE):
                read = list(_read_published(row))
            yield from read
        return
    for number, row in enumerate(read_json_lines(path, SOURCE), start=1):
        with reading_row(path, number, SOURCE):
            found = _LINE.fullmatch(row["context"])
            if found is None:
                raise ValueError("no passage and question in the context")
            answers = tuple(map(tidy_text, row["ref_text"].split("|")))
        yield tidy_text(found["passage"]), squeeze(found["question"]), answers


def _read_published(row: Mapping[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    passage = tidy_text(row["passage"])
    for pair in row["qa_pairs"]:
        given = (pair["answer"], *pair.get("validated_answers", ()))
        answers = tuple(filter(None, map(_write_answer, given)))
        if answers:
            yield passage, squeeze(pair["question"]), answers


def _write_answer(answer: Mapping[str, Any]) -> str:
    """Return an answer as text; "" for several spans and for dates in parts."""
    spans = answer["spans"]
    return tidy_text(spans[0]) if len(spans) == 1 else str(answer["number"])


def _build_passage(
    passage: _Passage, others: Sequence[_Passage], random: Random
) -> Iterator[Example]:
    window = Window((passage.text,), SOURCE, passage.document)
    answered = 0
    for question, answers in passage.asked.items():
        if _is_read_off(question, answers, passage.text):
            answered += 1
            accepted = tuple(text for text in answers if is_short(text))
            yield build_sub_answer(window, Step(question, answers[0], accepted))
    wanted = round(answered * _REFUSALS / (1 - _REFUSALS) + random.random() - 0.5)
    foreign = [question for one in others if one is not passage for question in one.asked]
    for question in draw_beyond(foreign, window.passages, wanted, random):
        yield build_refusal(window, question)


def _is_read_off(question: str, answers: Sequence[str], text: str) -> bool:
    """Whether an answer stands in the passage, and not by chance.

    A number that annotators do not agree on was reckoned.
    """
    answer = answers[0]
    if not is_short(answer) or not holds(text, answer):
        return False
    if _NUMBER.fullmatch(answer) is None:
        return True
    is_agreed = set(answers) == {answer}
    return is_agreed and len(answer) > 1 and not _RECKONED.search(question)
