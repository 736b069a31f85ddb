"""Examples from FinQA: a page's table with the text around it, and programs over both.

czyssrs/FinQA, MIT; as JSON lines with the question, its program and the page's text, the table
within the text ("label | 1 | 2") or beside it as rows. A document is a company, by the ticker
that ids begin with; lines without an id have no document and are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from random import Random
from typing import Any

from training.errors import SourceError
from training.examples import Example, Part
from training.over_tables.derivations import parse_program
from training.over_tables.set_questions import SetQuestion, build_plan
from training.over_tables.table_examples import Asked, build_table_examples, draw_others
from training.over_tables.tables import SourceTable, read_table
from training.over_tables.tokenised_text import write_rows, write_text
from training.splits import Splits

SOURCE = "FinQA"
FOLDER = "finqa"
# Of the published development set and of draws from the training set.
PATTERNS = ("finqa_dev_883.jsonl", "finqa_train*.jsonl")
_WORDS_OF_PARAGRAPH = 55
_LEADS_TO_TABLE = re.compile(
    r":\s*$|\b(?:table|following|below|in (?:thousands|millions|billions))\b", re.IGNORECASE
)
_MOST_CAPTION = 180
# A line of text that is the table once more.
_MANY_FIGURES = 0.3


@dataclass(frozen=True, slots=True)
class FilingPage:
    """A page of the set: its table's rows, and the sentences before and after it."""

    document: str
    rows: tuple[tuple[str, ...], ...]
    before: tuple[str, ...]
    after: tuple[str, ...]


def build_examples(folder: Path, splits: Splits, part: Part, random: Random) -> Iterator[Example]:
    """Yield the examples of all pages of a part.

    Raises:
        SourceError: the files are missing, or are not as they should be.
    """
    pages: dict[FilingPage, list[Mapping[str, Any]]] = {}
    for line in read_lines(folder / FOLDER):
        if splits.part_of(find_document(line["id"])) == part:
            page = read_page(line)
            if page is not None:
                pages.setdefault(page, []).append(line)
    read = [(lines, build_source(page)) for page, lines in pages.items()]
    tables = [(lines, table) for lines, table in read if table is not None]
    for lines, table in tables:
        others = draw_others(table, [other for _, other in tables], random)
        asked = read_asked(lines, table)
        yield from build_table_examples(table, asked, others, SOURCE, random)


def find_document(identifier: str) -> str:
    """Return the document of an id: "finqa:ETR" of "ETR/2011/page_341.pdf-3"."""
    return f"finqa:{identifier.partition('/')[0]}"


def read_lines(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the lines of the set's files that have an id, each question once.

    Raises:
        SourceError: there is no file, or a line is not as it should be.
    """
    paths = [path for pattern in PATTERNS for path in sorted(folder.glob(pattern))]
    if not paths:
        raise SourceError(f"{folder} has no file {' or '.join(PATTERNS)}. Put FinQA's files there.")
    seen: set[str] = set()
    for path in paths:
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            line = _read_line(text, f"{path}, line {number}")
            if line["id"] and line["id"] not in seen:
                seen.add(line["id"])
                yield line


def _read_line(text: str, place: str) -> Mapping[str, Any]:
    try:
        line = json.loads(text)
        _ = line["id"], line["question"], line["program"]
        _ = line["full_context"] if "table" in line else line["context"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise SourceError(f"{place} is no line of FinQA ({error!r}). Fetch it again.") from error
    return dict(line)


def read_page(line: Mapping[str, Any]) -> FilingPage | None:
    """Return the page of a line; None where its text has no table."""
    text = line.get("full_context") or line["context"]
    sentences = str(text).split("\n")
    first, last = find_table(sentences)
    if last - first < 2:
        return None
    rows = line.get("table") or [
        [cell.strip() for cell in sentence.split("|")] for sentence in sentences[first:last]
    ]
    return FilingPage(
        find_document(line["id"]),
        write_rows(rows),
        tuple(sentences[:first]),
        tuple(sentences[last:]),
    )


def find_table(sentences: Sequence[str]) -> tuple[int, int]:
    """Return where the longest run of lines with bars begins and where it has ended."""
    best, start = (0, 0), 0
    for at, sentence in enumerate([*sentences, ""]):
        if "|" not in sentence:
            best, start = max(best, (start, at), key=lambda run: run[1] - run[0]), at + 1
    return best


def build_source(page: FilingPage) -> SourceTable | None:
    """Read a page's table below the sentence that leads to it; None where the desk sees none."""
    caption = find_caption(page.before)
    paragraphs = (*join_sentences(page.before), *join_sentences(page.after))
    return read_table(page.document, page.rows, caption, paragraphs)


def find_caption(before: Sequence[str]) -> str:
    """Return the sentence right before a table, where it leads to the table; else ""."""
    last = next((write_text(one) for one in reversed(before) if one.strip()), "").rstrip(" .")
    leads = _LEADS_TO_TABLE.search(last) is not None
    return last if leads and len(last) <= _MOST_CAPTION else ""


def join_sentences(sentences: Sequence[str]) -> list[str]:
    """Join sentences to paragraphs of some fifty words; what repeats the table is left out."""
    paragraphs: list[str] = []
    words = 0
    for sentence in sentences:
        text = write_text(sentence)
        length = len(text.split())
        if length < 4 or _count_figures(text) > _MANY_FIGURES * length:
            words = 0
            continue
        if words and words + length <= _WORDS_OF_PARAGRAPH:
            paragraphs[-1] += f" {text}"
            words += length
        else:
            paragraphs.append(text)
            words = length
    return paragraphs


def _count_figures(text: str) -> int:
    return sum(any(character.isdigit() for character in word) for word in text.split())


def read_asked(lines: Sequence[Mapping[str, Any]], table: SourceTable) -> Asked:
    """Return the questions of a page as plans over its table, where their programs allow it."""
    plans = []
    for line in lines:
        node = parse_program(str(line["program"]))
        answer = read_answer(line)
        if node is None or answer is None:
            continue
        asked = SetQuestion(write_text(str(line["question"])), node, answer)
        plan = build_plan(asked, table.cells)
        if plan is not None:
            plans.append(plan)
    return Asked(tuple(plans))


def read_answer(line: Mapping[str, Any]) -> Decimal | bool | None:
    """Return what a line's program comes to: an amount, or a yes or no."""
    text = str(line.get("exe_ans", line.get("formula_value", line.get("answer", "")))).strip()
    if text.lower() in ("yes", "no"):
        return text.lower() == "yes"
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
