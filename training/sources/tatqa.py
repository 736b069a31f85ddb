"""Examples from TAT-QA: tables of annual reports with the text around them.

NExTplusplus/TAT-QA, CC BY 4.0; its published JSON: a list of tables with their paragraphs and
questions. A document is a table.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from ingestion.figures import parse_figure, parse_scale
from training.errors import SourceError
from training.examples import Example, Part
from training.over_tables.derivations import parse_formula
from training.over_tables.set_questions import SetQuestion, build_plan, find_cell
from training.over_tables.table_cells import TableCell
from training.over_tables.table_examples import Asked, build_table_examples, draw_others
from training.over_tables.table_lookups import build_sub_answer
from training.over_tables.table_plans import TablePlan
from training.over_tables.tables import SourceTable, Window, cut_paragraph, cut_window, read_table
from training.splits import Splits

SOURCE = "TAT-QA"
FILE = Path("tatqa", "tatqa_dataset_dev.json")
_LONGEST_SPAN = 14
_LONGEST_LIST = 25
_SPACED_YEAR = re.compile(r"\b([12]) (\d) (\d) (\d)\b")
_LEADS_TO_TABLE = re.compile(r":\s*$|\b(?:table|following|below)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z(])")

Entry = Mapping[str, Any]


def build_examples(folder: Path, splits: Splits, part: Part, random: Random) -> Iterator[Example]:
    """Yield the examples of all tables of a part.

    Raises:
        SourceError: the file is missing, or is not as it is published.
    """
    entries = [
        entry
        for entry in read_entries(folder / FILE)
        if splits.part_of(f"tatqa:{entry['table']['uid']}") == part
    ]
    tables = [(entry, table) for entry in entries if (table := read_entry(entry)) is not None]
    for entry, table in tables:
        others = draw_others(table, [other for _, other in tables], random)
        asked = read_asked(entry["questions"], table.cells)
        yield from build_table_examples(table, asked, others, SOURCE, random)
        yield from _build_spans(entry, table)


def read_entries(path: Path) -> list[Entry]:
    """Read the published file.

    Raises:
        SourceError: it is missing, or is not as it is published.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        for entry in entries:
            _ = entry["table"]["uid"], entry["table"]["table"], entry["paragraphs"]
            _ = entry["questions"]
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read ({error.strerror}). Put the set's file there."
        ) from error
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise SourceError(
            f"{path} is not TAT-QA as it is published ({error!r}). Fetch it again."
        ) from error
    return list(entries)


def read_entry(entry: Entry) -> SourceTable | None:
    """Read the table of an entry below what leads to it; None where the desk sees no table."""
    rows = [
        [_SPACED_YEAR.sub(r"\1\2\3\4", cell) for cell in row] for row in entry["table"]["table"]
    ]
    texts = list(_read_paragraphs(entry).values())
    caption = find_caption(rows, texts, entry["questions"])
    return read_table(f"tatqa:{entry['table']['uid']}", rows, caption, texts)


def _read_paragraphs(entry: Entry) -> dict[str, str]:
    """Return the paragraphs in order, by the number that questions call them by."""
    ordered = sorted(entry["paragraphs"], key=lambda paragraph: int(paragraph["order"]))
    return {str(one["order"]): " ".join(str(one["text"]).split()) for one in ordered}


def find_caption(
    rows: Sequence[Sequence[str]], texts: Sequence[str], questions: Sequence[Entry]
) -> str:
    """Return what stands above a table: the sentence that leads to it, and the scale.

    Where neither the table nor that sentence tells the scale, the set's own answers do.
    """
    leading = [text for text in texts if _LEADS_TO_TABLE.search(text)]
    lead = _SENTENCE.split(leading[-1])[-1] if leading else ""
    lead = lead if len(lead) < 160 else ""
    if parse_scale(" ".join(cell for row in rows[:4] for cell in row)) or parse_scale(lead):
        return lead
    scales = Counter(
        question["scale"]
        for question in questions
        if question["scale"] in ("thousand", "million", "billion")
        and question["answer_from"] == "table"
    )
    scale = f"(In {scales.most_common(1)[0][0]}s)" if scales else ""
    return f"{lead} {scale}".strip()


# The set's own questions


def read_asked(questions: Sequence[Entry], cells: Sequence[TableCell]) -> Asked:
    """Return the computed questions as plans, and those that one figure of the table answers."""
    plans, lookups = [], []
    for question in questions:
        text = " ".join(str(question["question"]).split())
        if question["answer_type"] == "arithmetic":
            plan = _read_plan(question, text, cells)
            if plan is not None:
                plans.append(plan)
        elif question["answer_type"] == "span" and question["answer_from"] != "text":
            cell = _find_answer(question["answer"], cells, text)
            if cell is not None:
                lookups.append((text, cell))
    return Asked(tuple(plans), tuple(lookups))


def _read_plan(question: Entry, text: str, cells: Sequence[TableCell]) -> TablePlan | None:
    node = parse_formula(str(question["derivation"]))
    if node is None:
        return None
    answer = Decimal(str(question["answer"]))
    asked = SetQuestion(text, node, answer, as_percent=question["scale"] == "percent")
    return build_plan(asked, cells)


def _find_answer(
    answer: Sequence[str], cells: Sequence[TableCell], question: str
) -> TableCell | None:
    figure = parse_figure(answer[0]) if len(answer) == 1 else None
    if figure is None or figure.is_year:
        return None
    return find_cell(figure.value, cells, question)


def _build_spans(entry: Entry, table: SourceTable) -> Iterator[Example]:
    """Yield the questions that words of one paragraph answer, over that paragraph."""
    paragraphs = _read_paragraphs(entry)
    for order, paragraph in paragraphs.items():
        windows: dict[str, Window] = {}
        for question in entry["questions"]:
            answer = read_span(question) if question["rel_paragraphs"] == [order] else ""
            text = cut_paragraph(paragraph, answer.split(", ")[0]) if answer else ""
            if not answer or answer.split(", ")[0] not in text:
                continue
            window = windows.setdefault(text, _show_with_table(table, text))
            asked = " ".join(str(question["question"]).split())
            yield build_sub_answer(window, asked, answer, question["answer"], SOURCE)


def _show_with_table(table: SourceTable, text: str) -> Window:
    """Return a window of a paragraph before the first rows of the table."""
    window = cut_window(table, range(min(4, len(table.table.rows))), [])
    return Window(table, (text, *window.passages), window.cells)


def read_span(question: Entry) -> str:
    """Return the words of a paragraph that answer a question; "" where they are none, or long."""
    if question["answer_from"] != "text" or "span" not in question["answer_type"]:
        return ""
    parts = [" ".join(str(part).split()) for part in question["answer"]]
    answer = ", ".join(parts)
    most = _LONGEST_SPAN if len(parts) == 1 else _LONGEST_LIST
    return answer.rstrip(".") if len(answer.split()) <= most else ""
