"""Sub-questions that one figure of a window answers, and such as none does (prompt P3).

The answer is the figure as the table prints it, with the unit and scale of the table's heads, in
one form; where the window does not hold it, `NOT_DISCLOSED`. Knows no set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from random import Random

from ingestion.figures import find_years
from ingestion.filings.lexicon import load_lexicon
from research.prompts import render_sub_question_prompt
from research.terms import find_terms
from training.examples import NOT_DISCLOSED, Example
from training.over_tables.item_names import speak_item
from training.over_tables.item_wordings import ask_lookup, find_other_name
from training.over_tables.table_cells import TableCell
from training.over_tables.tables import Window

# Of all sub-questions, so many ask for what is not there.
_ABSENT = 0.18
_OTHER_NAME = 0.12
_YEARS_AWAY = (-4, -3, -2, -1, 1, 2, 3)
# An item is not there when more of its words than this are not.
_WORDS_THERE = 0.5
_TRIES = 5


def build_lookups(
    window: Window, strangers: Sequence[TableCell], most: int, source: str, random: Random
) -> Iterator[Example]:
    """Yield up to `most` sub-questions over a window; `strangers` are figures of other tables."""
    cells = list(window.cells)
    random.shuffle(cells)
    asked: set[str] = set()
    for cell in cells[:most]:
        if random.random() < _ABSENT:
            absent = _draw_absent(cell, window, strangers, random)
            question = ask_figure(absent, window, random) if absent is not None else ""
            if question and question not in asked:
                yield build_sub_answer(window, question, NOT_DISCLOSED, (), source)
                asked.add(question)
                continue
        question = ask_figure(cell, window, random)
        if question not in asked:
            asked.add(question)
            yield build_sub_answer(window, question, cell.text, list_accepted(cell), source)


def ask_figure(cell: TableCell, window: Window, random: Random) -> str:
    """Ask for a figure of a window; now and then by another name of its item."""
    item = speak_item(cell.item, random)
    if random.random() < _OTHER_NAME:
        item = find_other_name(cell, window.source.cells, random) or item
    return ask_lookup(cell, item, window.source.company, random)


def build_sub_answer(
    window: Window, question: str, answer: str, accepted: Sequence[str], source: str
) -> Example:
    """Return a sub-question over a window with its answer."""
    return Example(
        role="sub_answer",
        prompt=render_sub_question_prompt(question, window.passages),
        completion=answer,
        source=source,
        document=window.source.document,
        gold={"accepted": list(accepted)},
    )


def list_accepted(cell: TableCell) -> list[str]:
    """Return other ways to write a figure: as printed, its digits alone, with and without sign."""
    digits = re.sub(r"[^\d.,]", "", cell.printed)
    forms = [cell.printed, digits, f"({digits})" if cell.value < 0 else "", f"-{digits}"]
    kept = [form for form in forms if form and (cell.value < 0 or not form.startswith("-"))]
    return [form for form in dict.fromkeys(kept) if form != cell.text]


def _draw_absent(
    cell: TableCell, window: Window, strangers: Sequence[TableCell], random: Random
) -> TableCell | None:
    """Return a figure that the window does not hold: of another year, or of another table."""
    if random.random() < 0.5 and cell.year is not None:
        there = set(find_years(window.text))
        years = [cell.year + away for away in _YEARS_AWAY if cell.year + away not in there]
        return _move(cell, random.choice(years)) if years else None
    for stranger in random.sample(list(strangers), min(_TRIES, len(strangers))):
        if _is_strange(stranger, window):
            return _move(stranger, cell.year) if cell.year else stranger
    return None


def _is_strange(stranger: TableCell, window: Window) -> bool:
    """Whether a window holds nothing of an item: neither its words nor its line item."""
    terms = find_terms(stranger.item)
    if len(terms & find_terms(window.text)) > _WORDS_THERE * len(terms):
        return False
    concept = load_lexicon().match(stranger.item, None, ())
    labels = {line.split("|")[1] for line in window.text.split("\n") if line.startswith("|")}
    return concept is None or all(
        load_lexicon().match(label, None, ()) != concept for label in labels
    )


def _move(cell: TableCell, year: int) -> TableCell:
    """Return a figure as if it were of another year; its head names no day any more."""
    return TableCell(
        cell.row, cell.column, cell.item, "", year, cell.printed, cell.value, cell.unit, cell.scale
    )
