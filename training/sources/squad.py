"""SQuAD, and XQuAD's English part: questions on a paragraph (Rajpurkar et al., 2016 and 2018).

CC BY-SA 4.0. Gives short answers (P3), and questions without one: SQuAD 2.0's own, and those of
another article where a name in them is not in the paragraph. Reads `training/squad/*.json`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from training.examples import Example, Part
from training.sources.passages import (
    MOST_CHARACTERS,
    Paragraph,
    draw_beyond,
    holds,
    lay_passages,
)
from training.sources.reading import find_files, read_json, reading_row, squeeze, tidy_text
from training.sources.sub_answering import (
    Step,
    Window,
    build_refusal,
    build_sub_answer,
    is_short,
)
from training.splits import Splits

SOURCE = "SQuAD"
_FILES = ("training/squad/*.json",)
# Of a paragraph's examples, so many are refusals.
_REFUSALS = 0.2
# Paragraphs whose questions are looked at for a refusal.
_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class _Question:
    text: str
    # All that annotators gave; empty where the paragraph has no answer.
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Paragraph:
    document: str
    text: str
    questions: tuple[_Question, ...]


def build_examples(folder: Path, splits: Splits, part: Part, random: Random) -> Iterator[Example]:
    """Yield short answers and refusals of the articles of a part, paragraph by paragraph.

    Raises:
        SourceError: the files are missing or of another format.
    """
    seen: set[str] = set()
    paragraphs: list[_Paragraph] = []
    for path in find_files(folder, _FILES, SOURCE):
        for paragraph in _read_paragraphs(path):
            # XQuAD's paragraphs are SQuAD's.
            is_new = paragraph.text not in seen
            seen.add(paragraph.text)
            if is_new and splits.part_of(paragraph.document) == part:
                paragraphs.append(paragraph)
    articles: dict[str, list[_Paragraph]] = defaultdict(list)
    for paragraph in paragraphs:
        articles[paragraph.document].append(paragraph)
    for paragraph in paragraphs:
        if len(paragraph.text) <= MOST_CHARACTERS:
            window = _lay(paragraph, articles[paragraph.document], random)
            foreign = _draw_questions(paragraphs, paragraph.document, random)
            yield from _build_paragraph(paragraph, window, foreign, random)


def _read_paragraphs(path: Path) -> Iterator[_Paragraph]:
    with reading_row(path, 1, SOURCE):
        articles = list(read_json(path, SOURCE)["data"])
    for number, article in enumerate(articles, start=1):
        with reading_row(path, number, SOURCE):
            document = f"squad:{article['title']}"
            read = [_read_paragraph(one, document) for one in article["paragraphs"]]
        yield from read


def _read_paragraph(paragraph: Mapping[str, Any], document: str) -> _Paragraph:
    return _Paragraph(
        document,
        tidy_text(paragraph["context"]),
        tuple(
            _Question(
                squeeze(one["question"]),
                tuple(dict.fromkeys(tidy_text(answer["text"]) for answer in one["answers"]))
                if not one.get("is_impossible", False)
                else (),
            )
            for one in paragraph["qas"]
        ),
    )


def _lay(paragraph: _Paragraph, article: Sequence[_Paragraph], random: Random) -> Window:
    """Return the paragraph, as often as not among others of its article.

    Alone where a question of it has no answer: another paragraph might hold one.
    """
    passages: tuple[str, ...] = (paragraph.text,)
    is_whole = all(question.answers for question in paragraph.questions)
    if is_whole and random.random() < 0.5:
        others = [Paragraph("", one.text) for one in article if one is not paragraph]
        passages = lay_passages([Paragraph("", paragraph.text)], others, random)
    return Window(passages, SOURCE, paragraph.document)


def _draw_questions(
    paragraphs: Sequence[_Paragraph], document: str, random: Random
) -> tuple[str, ...]:
    """Draw questions of other articles."""
    drawn = random.sample(paragraphs, min(len(paragraphs), _LOOKED_AT))
    return tuple(
        question.text for one in drawn if one.document != document for question in one.questions
    )


def _build_paragraph(
    paragraph: _Paragraph, window: Window, foreign: Sequence[str], random: Random
) -> Iterator[Example]:
    answered = 0
    refused: list[str] = []
    for question in paragraph.questions:
        if not question.answers:
            refused.append(question.text)
            continue
        # The shortest of what annotators marked: the Solver shall write a short span.
        answer = min(question.answers, key=len)
        if is_short(answer) and holds(window.text, answer):
            answered += 1
            yield build_sub_answer(window, Step(question.text, answer, question.answers))
    wanted = round(answered * _REFUSALS / (1 - _REFUSALS) + random.random() - 0.5)
    refused = random.sample(refused, min(len(refused), wanted))
    refused += draw_beyond(foreign, window.passages, wanted - len(refused), random)
    for text in refused:
        yield build_refusal(window, text)
