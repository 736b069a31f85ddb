"""Examples from ConvFinQA: conversations over FinQA's pages, turn by turn with programs.

czyssrs/ConvFinQA, MIT; as a JSON list with the turns' questions and programs, the page's text and
its table as lines ("label | 1 | 2"). A document is a company, as FinQA has it: the pages are its.
Only turns that can be understood without those before them are taken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

from research.calculation.evaluation import evaluate
from research.calculation.formulas import Number
from training.errors import SourceError
from training.examples import Example, Part
from training.over_tables.derivations import parse_assignments
from training.over_tables.set_questions import SetQuestion, build_plan, find_cell, stands_alone
from training.over_tables.table_examples import NOTHING, Asked, build_table_examples
from training.over_tables.tables import SourceTable
from training.over_tables.tokenised_text import write_rows, write_text
from training.sources.finqa import FilingPage, build_source, find_document
from training.splits import Splits

SOURCE = "ConvFinQA"
FILE = Path("convfinqa", "convfinqa_dev.json")
_KIND = re.compile(r"^(?:Single|Double)_")
_SENTENCE_END = re.compile(r"(?<= \.) ")


def build_examples(folder: Path, splits: Splits, part: Part, random: Random) -> Iterator[Example]:
    """Yield the examples of all conversations of a part: the set's own questions alone.

    What is generated of a page is generated of FinQA's copy of it.

    Raises:
        SourceError: the file is missing, or is not as it should be.
    """
    for conversation in read_conversations(folder / FILE):
        if splits.part_of(find_document(_KIND.sub("", conversation["id"]))) != part:
            continue
        table = build_source(read_page(conversation))
        if table is None:
            continue
        asked = read_asked(conversation, table)
        if asked.plans or asked.lookups:
            yield from build_table_examples(table, asked, (), SOURCE, random, NOTHING)


def read_conversations(path: Path) -> list[Mapping[str, Any]]:
    """Read the published file.

    Raises:
        SourceError: it is missing, or is not as it should be.
    """
    try:
        conversations = json.loads(path.read_text(encoding="utf-8"))
        for one in conversations:
            _ = one["id"], one["questions"], one["programs"], one["text"], one["table"]
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read ({error.strerror}). Put the set's file there."
        ) from error
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise SourceError(f"{path} is no ConvFinQA ({error!r}). Fetch it again.") from error
    return list(conversations)


def read_page(conversation: Mapping[str, Any]) -> FilingPage:
    """Return the page of a conversation; its text does not say where in it the table stands."""
    lines = [line for line in str(conversation["table"]).splitlines() if line.strip()]
    rows = [line.split(" | ") for line in lines]
    head = ["" if cell == "-" else cell for cell in rows[0]] if rows else []
    sentences = tuple(_SENTENCE_END.split(str(conversation["text"])))
    document = find_document(_KIND.sub("", conversation["id"]))
    return FilingPage(document, write_rows([head, *rows[1:]]), (), sentences)


def read_asked(conversation: Mapping[str, Any], table: SourceTable) -> Asked:
    """Return the turns that stand alone: those that look up a figure, and those that compute."""
    plans, lookups = [], []
    for text, program in zip(conversation["questions"], conversation["programs"], strict=False):
        question, node = write_text(str(text)), parse_assignments(str(program))
        if node is None or not stands_alone(question):
            continue
        if isinstance(node, Number):
            cell = find_cell(node.value, table.cells, question)
            if cell is not None:
                lookups.append((question, cell))
            continue
        try:
            answer = evaluate(node, {})
        except ZeroDivisionError:
            continue
        if not isinstance(answer, str):
            plan = build_plan(SetQuestion(question, node, answer), table.cells)
            plans += [plan] if plan is not None else []
    return Asked(tuple(plans), tuple(lookups))
