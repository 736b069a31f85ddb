"""The two question files as one type: what is asked, of which filings, and what is right.

Pages count from 0 in the files and from 1 everywhere else: they are converted here, once. Knows
the data folder and its formats; nothing of a workspace, a model or of how answers are scored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from benchmarks.measures import PagePlace
from benchmarks.scoring import (
    DEFAULT_TOLERANCE,
    BooleanGold,
    Gold,
    NotDisclosedGold,
    NumberGold,
    TextGold,
    name_unit,
)
from ingestion.figures import SCALE_WORDS, Figure, find_figures, parse_figure
from research.questions import Decomposition, SubQuestion

QuestionSet = Literal["desk", "financebench"]
Row = Mapping[str, Any]

DESK_FILE = "desk_questions_dev.jsonl"
FINANCEBENCH_FILE = "financebench/questions_dev.jsonl"
PDF_FOLDER = "financebench/pdfs"
# The token F1 from which a free-text answer counts as right.
TEXT_OVERLAP = 0.5

_ASKED_MONEY = re.compile(
    r"\b(?:USD|U\.?S\.? dollars|dollars)\s+(?:in\s+)?(thousands?|millions?|billions?)\b",
    re.IGNORECASE,
)
_ASKED_PERCENT = re.compile(r"\bas an? (?:%|percent)|\bin (?:units of )?percent", re.IGNORECASE)
_ASKS_AMOUNT = re.compile(r"^\W*(?:what (?:is|was)|how much|how many)\b", re.IGNORECASE)
_ASKS_CHOICE = re.compile(r"\b(?:which|who|why)\b", re.IGNORECASE)
_YES_NO = re.compile(r"^\W*(yes|no)\b", re.IGNORECASE)
_QUOTED = re.compile(r"'([^']+)'")


class DataMissing(Exception):
    """The data folder lacks something, or holds what cannot be read; the message names it."""


@dataclass(frozen=True, slots=True)
class GoldOperand:
    """A figure that the answer is made from: its row, its period, its size, who prints it."""

    row: str
    period: str
    amount: Decimal
    pages: frozenset[PagePlace]


@dataclass(frozen=True, slots=True)
class GoldStep:
    """A step of the gold plan with its answer; `is_lookup` says that it computes nothing."""

    label: str
    is_lookup: bool
    gold: Gold


@dataclass(frozen=True, slots=True)
class BenchmarkQuestion:
    """A question with its gold.

    `documents` are the names of its filings, without ending; `evidence` has one entry for each
    piece of evidence: the pages that print it, one of which is enough. `is_claim` says that it is
    to be found true or false. `plan` is its gold decomposition, `steps` what its steps come to;
    `operands` are what the answer is made from.
    """

    question_id: str
    question_set: QuestionSet
    text: str
    documents: tuple[str, ...]
    gold: Gold
    evidence: tuple[frozenset[PagePlace], ...]
    is_claim: bool = False
    plan: Decomposition | None = None
    steps: tuple[GoldStep, ...] = ()
    operands: tuple[GoldOperand, ...] = ()


def load_questions(data: Path, sets: Sequence[QuestionSet]) -> tuple[BenchmarkQuestion, ...]:
    """Return the questions of these sets, in the order of their files.

    Raises:
        DataMissing: a file is not there, or a line of it is no question.
    """
    questions: list[BenchmarkQuestion] = []
    for question_set in sets:
        file = DESK_FILE if question_set == "desk" else FINANCEBENCH_FILE
        build = build_desk_question if question_set == "desk" else build_financebench_question
        for number, row in read_rows(data / file):
            try:
                questions.append(build(row))
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise DataMissing(
                    f"Line {number} of {data / file} is no question ({error!r})."
                ) from error
    return tuple(questions)


def find_filing(data: Path, document: str) -> Path:
    """Return the PDF of a filing.

    Raises:
        DataMissing: it is not there.
    """
    path = data / PDF_FOLDER / f"{document}.pdf"
    if not path.is_file():
        raise DataMissing(f"There is no filing {path}. Check what --data names.")
    return path


def list_filings(data: Path) -> tuple[str, ...]:
    """Return the names of all filings, without ending.

    Raises:
        DataMissing: there are none.
    """
    names = tuple(sorted(path.stem for path in (data / PDF_FOLDER).glob("*.pdf")))
    if not names:
        raise DataMissing(f"{data / PDF_FOLDER} holds no PDF. Check what --data names.")
    return names


def read_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield number (from 1) and content of each line of a file of JSON lines.

    Raises:
        DataMissing: the file is not there, or a line of it is not JSON.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataMissing(
            f"The questions {path} cannot be read ({error.strerror}). Check what --data names."
        ) from error
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except json.JSONDecodeError as error:
                raise DataMissing(f"Line {number} of {path} is not JSON ({error}).") from error


# Desk questions


def build_desk_question(row: Row) -> BenchmarkQuestion:
    """Read one row of the desk questions; other pages that print an operand count as well."""
    evidence = tuple(
        frozenset(
            PagePlace(place["doc"], place["page"] + 1)
            for place in (item, *(item.get("also_at") or ()))
        )
        for item in row.get("evidence") or ()
    )
    return BenchmarkQuestion(
        question_id=row["id"],
        question_set="desk",
        text=row["question"],
        documents=tuple(row["docs"]),
        gold=build_desk_gold(row),
        evidence=evidence,
        is_claim=row["answer"]["kind"] == "boolean",
        plan=build_gold_plan(row),
        steps=tuple(_build_step(step) for step in row.get("sub_questions") or ()),
        operands=tuple(map(_build_operand, row.get("evidence") or (), evidence)),
    )


def build_gold_plan(row: Row) -> Decomposition | None:
    """Return the gold decomposition of a desk question; None where it has none."""
    steps = tuple(
        SubQuestion(
            f"Q{step['n']}",
            step["question"],
            tuple(f"Q{number}" for number in dict.fromkeys(step.get("depends_on") or ())),
        )
        for step in row.get("sub_questions") or ()
    )
    return Decomposition(steps) if steps else None


def _build_step(step: Row) -> GoldStep:
    gold = build_desk_gold({"answer": step["answer"], "program": step.get("program")})
    return GoldStep(f"Q{step['n']}", step.get("step") == "lookup", gold)


def _build_operand(item: Row, pages: frozenset[PagePlace]) -> GoldOperand:
    scale = SCALE_WORDS.get(item.get("scale") or "", 1)
    amount = Decimal(str(item.get("value") or 0)) * scale
    return GoldOperand(item.get("row_label") or "", item.get("period") or "", amount, pages)


def build_desk_gold(row: Row) -> Gold:
    """Return the gold of a desk question; a tolerance of 0 means the usual one.

    The rivals of a "which one" question are the other names that its program chooses among.
    """
    answer = row["answer"]
    kind = answer["kind"]
    if kind == "not_disclosed":
        return NotDisclosedGold()
    if kind == "boolean":
        return BooleanGold(bool(answer["value"]))
    entity = answer.get("entity") or (answer["value"] if kind == "text" else None)
    names = (str(entity), *(answer.get("aliases") or ())) if entity else ()
    if answer["value"] is None or kind == "text":
        return TextGold(names, _find_rivals(row, names))
    unit, scale = parse_gold_unit(answer["unit"])
    return NumberGold(
        number=Decimal(str(answer["value"])),
        unit=unit,
        scale=scale,
        relative=Decimal(str(row.get("tolerance") or DEFAULT_TOLERANCE)),
        names=names,
        rivals=_find_rivals(row, names),
    )


def parse_gold_unit(unit: str | None) -> tuple[str | None, int]:
    """Split "USD millions", or "million shares"; a word that is no scale is unit."""
    words = (unit or "").split(" ")
    for place in (-1, 0):
        scale = SCALE_WORDS.get(words[place].lower())
        if scale:
            del words[place]
            return name_unit(" ".join(words)), scale
    return name_unit(unit), 1


def _find_rivals(row: Row, names: Sequence[str]) -> tuple[str, ...]:
    program = row.get("entity_program") or row.get("program") or ""
    found = dict.fromkeys(_QUOTED.findall(program)) if names else {}
    return tuple(rival for rival in found if rival not in names)


# FinanceBench


def build_financebench_question(row: Row) -> BenchmarkQuestion:
    """Read one row of FinanceBench."""
    evidence = tuple(
        frozenset(
            {PagePlace(item.get("doc_name") or row["doc_name"], item["evidence_page_num"] + 1)}
        )
        for item in row["evidence"]
    )
    return BenchmarkQuestion(
        question_id=row["financebench_id"],
        question_set="financebench",
        text=row["question"],
        documents=(row["doc_name"],),
        gold=derive_gold(row["question"], row["answer"]),
        evidence=evidence,
    )


def derive_gold(question: str, answer: str) -> Gold:
    """Make a gold of a free-text answer.

    An answer that is one number, or a sentence about one amount of money where an amount is asked
    for, is that number; else one that begins with yes or no is that; else it is a text, of which
    the answer must share words up to a token F1 of `TEXT_OVERLAP` (a proxy, see `TextGold`).
    """
    figure = parse_figure(answer) or _find_only_amount(question, answer)
    if figure is not None:
        return _build_number(question, figure)
    yes_no = _YES_NO.match(answer)
    if yes_no:
        return BooleanGold(yes_no[1].lower() == "yes")
    return TextGold((answer,), overlap=TEXT_OVERLAP)


def _find_only_amount(question: str, answer: str) -> Figure | None:
    asks_amount = _ASKS_AMOUNT.match(question) and not _ASKS_CHOICE.search(question)
    if not asks_amount or _YES_NO.match(answer):
        return None
    figures = [figure for figure in find_figures(answer) if not figure.is_year]
    return figures[0] if len(figures) == 1 and figures[0].unit == "USD" else None


def _build_number(question: str, figure: Figure) -> NumberGold:
    """Join what the gold prints with the unit and the scale that the question asks for.

    It may be off by half a unit of its last printed digit, or by the usual share.
    """
    unit, scale = figure.unit, figure.scale
    money = _ASKED_MONEY.search(question)
    if unit is None:
        unit = "percent" if _ASKED_PERCENT.search(question) else "USD" if money else None
    if unit == "USD" and scale == 1 and money:
        scale = SCALE_WORDS[money[1].lower()]
    exponent = figure.value.as_tuple().exponent
    assert isinstance(exponent, int), "a printed figure is finite"
    return NumberGold(figure.value, unit, scale, absolute=Decimal((0, (5,), exponent - 1)))
