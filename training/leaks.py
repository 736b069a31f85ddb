"""Whether training examples hold what the desk is measured on.

Compared are the texts that fill a prompt (question, passages, sub-answers), never the frame that
all prompts share. Knows no data set but the names of the files that questions of evaluations are
read from.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from research.prompts import (
    render_claim_decomposition_prompt,
    render_claim_verdict_prompt,
    render_decomposition_prompt,
    render_document_plan_prompt,
    render_final_prompt,
    render_program_prompt,
    render_sub_claim_prompt,
    render_sub_question_prompt,
)
from training.errors import DataError
from training.examples import Example, Role

# Words in a row that two passages share by more than chance.
_PASSAGE_WORDS = 13
_QUESTION_WORDS = 8
# Of a question's rows of words, so many make it the same question.
_SAME_QUESTION = 0.8
_WORD = re.compile(r"\w+")
# Characters that no text holds, in the places of what fills a prompt.
_QUESTION, _PASSAGE, _OTHER = "\x01", "\x02", "\x03"
# Files of questions, and the fields that hold them.
_FILES: Mapping[str, tuple[str, ...]] = {
    "financebench/questions_dev.jsonl": ("question",),
    "desk_questions_dev.jsonl": ("question",),
    "multihop/*dev100.jsonl": ("question",),
    "multihop/bamboogle.jsonl": ("question_text", "question", "Question"),
}


@dataclass(frozen=True, slots=True)
class EvaluationTexts:
    """What the desk is measured on: its questions, and the passages that answer them."""

    questions: tuple[str, ...]
    passages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leak:
    """An example that must not train, and why, in words."""

    example: Example
    reason: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What fills a prompt, without its frame."""

    question: str
    passages: tuple[str, ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Index:
    """The evaluation texts by hash: whole texts, rows of words of passages and of questions.

    `rows` gives the questions that a row of words stands in, by their number; `lengths` how many
    rows each has.
    """

    texts: frozenset[int]
    passage_rows: frozenset[int]
    rows: Mapping[int, frozenset[int]] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()


def read_evaluation_texts(folder: Path) -> EvaluationTexts:
    """Read the questions, and the passages that support them, of what evaluation files are there.

    Raises:
        DataError: a file is no JSON lines, or a line has no question.
    """
    questions: list[str] = []
    passages: list[str] = []
    for pattern, fields in _FILES.items():
        for path in sorted(folder.glob(pattern)):
            for row in _read_rows(path):
                questions.append(_take_question(row, fields, path))
                passages += _list_support(row)
    return EvaluationTexts(tuple(questions), tuple(passages))


def _read_rows(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise DataError(
                    f"{path}, line {number} is no JSON ({error}). Without the evaluation's "
                    "questions no leak can be found: put the file right."
                ) from error
            yield row


def _take_question(row: Mapping[str, Any], fields: Sequence[str], path: Path) -> str:
    for name in fields:
        if isinstance(row.get(name), str):
            return str(row[name])
    raise DataError(f"{path} has a row without {' or '.join(fields)}. Put the file right.")


def _list_support(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield the passages that answer a row's question, in the formats of the sets."""
    for evidence in row.get("evidence", ()):
        yield evidence.get("evidence_text", "")
    titles = {title for title, _ in row.get("supporting_facts", ())}
    for title, sentences in row.get("context", ()):
        if title in titles:
            yield " ".join(sentences)
    for paragraph in row.get("paragraphs", ()):
        if paragraph.get("is_supporting"):
            yield paragraph["paragraph_text"]


# Comparing


def find_leaks(examples: Iterable[Example], texts: EvaluationTexts) -> tuple[Leak, ...]:
    """Return the examples that hold what the desk is measured on, in their order."""
    index = _build_index(texts)
    found = ((example, _judge(example, index)) for example in examples)
    return tuple(Leak(example, reason) for example, reason in found if reason)


def holds_question(question: str, texts: EvaluationTexts) -> bool:
    """Whether a question is one that the desk is measured on, in the same words or nearly so."""
    return bool(_judge_question(question, _cached_index(texts)))


@cache
def _cached_index(texts: EvaluationTexts) -> _Index:
    return _build_index(texts)


def _build_index(texts: EvaluationTexts) -> _Index:
    rows: dict[int, set[int]] = defaultdict(set)
    lengths: list[int] = []
    for number, question in enumerate(texts.questions):
        hashed = _hash_rows(question, _QUESTION_WORDS)
        lengths.append(len(hashed))
        for row in hashed:
            rows[row].add(number)
    whole = (*texts.questions, *texts.passages)
    return _Index(
        texts=frozenset(_hash_text(text) for text in whole if _WORD.search(text)),
        passage_rows=frozenset(row for text in whole for row in _hash_rows(text, _PASSAGE_WORDS)),
        rows={row: frozenset(numbers) for row, numbers in rows.items()},
        lengths=tuple(lengths),
    )


def _judge(example: Example, index: _Index) -> str:
    contents = read_contents(example)
    reason = _judge_question(contents.question, index)
    if reason:
        return reason
    for text in (*contents.passages, *contents.others):
        if _hash_text(text) in index.texts:
            return "a passage of it is one of the evaluation"
        if not index.passage_rows.isdisjoint(_hash_rows(text, _PASSAGE_WORDS)):
            return f"a passage of it shares {_PASSAGE_WORDS} words in a row with the evaluation"
    return ""


def _judge_question(question: str, index: _Index) -> str:
    if _hash_text(question) in index.texts:
        return "its question is one of the evaluation"
    asked = _hash_rows(question, _QUESTION_WORDS)
    shared: dict[int, int] = defaultdict(int)
    for row in asked:
        for number in index.rows.get(row, ()):
            shared[number] += 1
    # Either may hold the other: a question with an addition is the same question.
    if any(
        count >= _SAME_QUESTION * min(len(asked), index.lengths[number])
        for number, count in shared.items()
    ):
        return "its question is nearly one of the evaluation"
    return ""


def _hash_text(text: str) -> int:
    return hash(tuple(_WORD.findall(text.lower())))


def _hash_rows(text: str, length: int) -> frozenset[int]:
    """Return hashes of all rows of so many words; a shorter text has none."""
    words = _WORD.findall(text.lower())
    return frozenset(hash(tuple(words[at : at + length])) for at in range(len(words) - length + 1))


# What fills a prompt


def read_contents(example: Example) -> Contents:
    """Take a prompt out of its frame; one that is in no frame is taken as a passage as it is."""
    found = _read_frame(example.role).fullmatch(example.prompt)
    if found is None:
        return Contents("", (example.prompt,))
    parts = found.groupdict()
    passages = tuple(filter(None, (parts.get("passages") or "").split("\n\n")))
    return Contents(parts["question"].strip(), passages, tuple(filter(None, [parts.get("other")])))


@cache
def _read_frame(role: Role) -> re.Pattern[str]:
    """Return the pattern of a role's prompts, with groups where they are filled in."""
    marks = {_QUESTION: "question", _PASSAGE: "passages", _OTHER: "other"}
    pieces = re.split(f"([{''.join(marks)}])", _render_frame(role))
    pattern = "".join(
        f"(?P<{marks[piece]}>.*)" if piece in marks else re.escape(piece) for piece in pieces
    )
    return re.compile(pattern, re.DOTALL)


def _render_frame(role: Role) -> str:
    answers = [(_OTHER, _OTHER, _OTHER)]
    frames = {
        "question_plan": lambda: render_decomposition_prompt(_QUESTION),
        "claim_plan": lambda: render_claim_decomposition_prompt(_QUESTION),
        "sub_answer": lambda: render_sub_question_prompt(_QUESTION, [_PASSAGE]),
        "sub_claim": lambda: render_sub_claim_prompt(_QUESTION, [_PASSAGE]),
        "final_answer": lambda: render_final_prompt(_QUESTION, [_PASSAGE], answers),
        "claim_verdict": lambda: render_claim_verdict_prompt(_QUESTION, [_PASSAGE], answers),
        "document_plan": lambda: render_document_plan_prompt(_QUESTION, [_PASSAGE]),
        "program": lambda: render_program_prompt(_QUESTION, [_PASSAGE], _OTHER),
    }
    # The line of a sub-answer is filled in as a whole: there may be several.
    return re.sub(f"[^\n]*{_OTHER}.*{_OTHER}", _OTHER, frames[role]())
