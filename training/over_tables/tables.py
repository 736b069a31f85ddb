"""Tables and text of a public set, read and cut as the desk reads and cuts a filing's.

A set gives rows of text. They go through the reader of CSV files, and what the model reads of
them, the window, is cut by the search's own functions, so that training sees what the Solver
sees. Knows no set and no question.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from ingestion.documents import Passage, ScoredPassage, Table, TableRow
from ingestion.errors import IngestionError
from ingestion.files import parse_file
from ingestion.layout.tables import render_table
from research.places import split_sentences
from research.retrieval.packing import cut_excerpts, lay_zigzag
from research.understanding.query import Query
from training.over_tables.table_cells import TableCell, clean_label, read_cells

# The desk gives a sub-question some 450 tokens of evidence, of about four characters each.
MOST_CHARACTERS = 1_600
# Of prose the search keeps so many words of a passage.
MOST_WORDS = 90
_CAPTION = 200
# The name that the reader takes for the sheet's, and puts before a title.
_SHEET = "table"
_SHEET_NAME = re.compile(rf"{_SHEET}(?: - )?")


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table of a set with the prose around it; the first of `paragraphs` stands right above.

    `document` is what is split ("tatqa:<uid>"), `company` whose table it is, "" where unknown.
    """

    document: str
    table: Table
    cells: tuple[TableCell, ...]
    paragraphs: tuple[str, ...]
    company: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """What the model reads at once: passages, and those figures of the table that stand in them."""

    source: SourceTable
    passages: tuple[str, ...]
    cells: tuple[TableCell, ...]

    @property
    def text(self) -> str:
        """All passages, to look for words in."""
        return "\n".join(self.passages)


def read_table(
    document: str,
    rows: Sequence[Sequence[str]],
    caption: str,
    paragraphs: Sequence[str],
    company: str = "",
) -> SourceTable | None:
    """Read the rows of a table below its caption; None where the reader sees no table in them."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows([*([[caption[-_CAPTION:]]] if caption else []), *rows])
    try:
        parsed = parse_file(buffer.getvalue().encode(), f"{_SHEET}.csv")
    except IngestionError:
        return None
    tables = [table for page in parsed.pages for table in page.tables]
    if not tables:
        return None
    table = max(tables, key=lambda one: len(one.rows))
    table = _cut_sheet_name(table)
    return SourceTable(document, table, read_cells(table, parsed.facts), tuple(paragraphs), company)


def _cut_sheet_name(table: Table) -> Table:
    return replace(table, caption=_SHEET_NAME.sub("", table.caption, count=1))


# Windows


def cut_window(source: SourceTable, rows: Sequence[int], paragraphs: Sequence[str] = ()) -> Window:
    """Return the window with some rows of the table, under its heads, and some paragraphs.

    Rows that do not fit any more are left out; sub-headings stay above their rows.
    """
    room = MOST_CHARACTERS - sum(map(len, paragraphs))
    kept = fit_rows(source.table, rows, room)
    text = _show_rows(source.table, kept)
    passages = lay_zigzag([text, *paragraphs])
    cells = tuple(cell for cell in source.cells if cell.row in kept)
    return Window(source, passages, cells)


def fit_rows(table: Table, rows: Sequence[int], room: int) -> frozenset[int]:
    """Return the first of the rows that fit into so many characters together; one at least."""
    used = len(render_table(table, ()))
    kept: set[int] = set()
    for index in rows:
        used += len(render_table(table, (table.rows[index],))) - len(render_table(table, ())) + 1
        if kept and used > room:
            break
        kept.add(index)
    return frozenset(kept)


def _show_rows(table: Table, kept: frozenset[int]) -> str:
    shown = _add_headings(table.rows, kept)
    text = render_table(table, shown)
    passage = Passage("", "", 1, "sheet", None, text, table.first_line, table.last_line)
    # All rows that are given are kept, as for a question that compares them.
    query = Query("", "", compares=True)
    return cut_excerpts([ScoredPassage(passage, 1.0)], query)[0].text


def _add_headings(rows: Sequence[TableRow], kept: frozenset[int]) -> list[TableRow]:
    """Return the kept rows in order, below the sub-headings that each stands under."""
    headings = {clean_label(row.label): row for row in rows if not any(row.texts)}
    shown: list[TableRow] = []
    open_headings: tuple[str, ...] = ()
    for index in sorted(kept):
        row = rows[index]
        parents = tuple(map(clean_label, row.parents))
        shown += [headings[p] for p in parents if p in headings and p not in open_headings]
        open_headings = parents
        if any(row.texts):
            shown.append(row)
    return shown


# Prose


def cut_paragraph(text: str, needed: str = "") -> str:
    """Return the sentences of a paragraph that fit; those around `needed` where it is given."""
    if len(text.split()) <= MOST_WORDS:
        return text
    spans = list(split_sentences(text))
    place = max(text.find(needed), 0)
    first = next((at for at, span in enumerate(spans) if span[1] > place), 0)
    last, words = first, len(text[slice(*spans[first])].split())
    while last + 1 < len(spans):
        words += len(text[slice(*spans[last + 1])].split())
        if words > MOST_WORDS:
            break
        last += 1
    return text[spans[first][0] : spans[last][1]].strip()


def draw_paragraphs(source: SourceTable, most: int, random: Random) -> list[str]:
    """Return up to so many paragraphs of the table's document, each cut to what is read of it."""
    caption = source.table.caption
    usable = [t for t in source.paragraphs if len(t.split()) >= 8 and t[-60:] not in caption]
    number = min(random.randint(0, most), len(usable))
    return [cut_paragraph(text)[: MOST_CHARACTERS // 3] for text in random.sample(usable, number)]
