"""From a grid of cells to tables: heads, sub-headings, caption, unit and scale.

One element may become several tables: a row of heads in the middle begins the next. Tables
that only lay out prose or lists are told apart here. Knows nothing of pages but the index of
the line on which a table begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from openpyxl.utils import get_column_letter

from ingestion.documents import Cell, Line, StatementKind, Table, TableRow, Word
from ingestion.figures import CURRENCY_SIGNS, find_years, parse_scale
from ingestion.filings.statements import classify_statement
from ingestion.layout.outline import Outline
from ingestion.readers.html_grid import Grid, Item, find_columns, indent_of
from ingestion.readers.html_text import Tag

Layout = Literal["table", "rows", "prose"]

MAX_HEAD_ROWS = 8
# A label of more words is a remark, under which nothing stands.
MAX_PARENT_WORDS = 15
# Labels have to be this much further right than the row above to stand under it, in points.
_STEP = 3.0
_PROSE_CELL_WORDS = 60
_CONTENTS_ROWS = 3
_TOTAL = re.compile(r"^(?:sub-?)?total\b|^net\s+(?:cash|change|increase)\b", re.IGNORECASE)
_OPENING = re.compile(r"\b(?:beginning|opening)\b.*\b(?:balances?|period|year)\b", re.IGNORECASE)
_REMARK = re.compile(r"^(?:\(?[\da-z*†]{1,2}\)|[*†‡§])\s*\S")
# A sub-heading of these words alone says when: all rows down to the next such stand under it.
_PERIOD_LABEL = re.compile(
    r"(?:(?:as|of|at|for|the|and|to|through|from|fiscal|years?|quarters?|months?|weeks?|periods?"
    r"|ended|ending|three|six|nine|twelve|thirteen|twenty-six|thirty-nine|fifty-two|fifty-three"
    r"|first|second|third|fourth|balances?"
    r"|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
    r"|\d{1,2}|(?:19|20)\d\d)(?![\w-])|[\s,.:;()–—-])+",
    re.IGNORECASE,
)
_DATE_HEAD = re.compile(
    r"\b(?:19|20)\d{2}\b|\b(?:months?|weeks?|years?|quarters?|ended|ending|change)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class TableTag:
    """A tagged number in a cell: its place and the words that stand beside it.

    `offset` is the index of the row's line from the table's first row, `text` is what the whole
    cell prints, and `quote` the whole row. `label` is None for a number within the label itself.
    """

    tag: Tag
    offset: int
    address: str
    label: str | None
    parents: tuple[str, ...]
    text: str
    quote: str
    statement: StatementKind | None


@dataclass(frozen=True, slots=True)
class ReadTable:
    """What an element gave: one line for each of its rows, tables over them, tagged numbers.

    The tables' line indexes count from the first row; `build_tables` moves them to the page.
    """

    lines: tuple[Line, ...]
    tables: tuple[Table, ...]
    tags: tuple[TableTag, ...]


def classify_layout(rows: Sequence[Sequence[Item]]) -> Layout:
    """Tell tables from layout: "rows" to be read row by row, "prose" cell by cell."""
    items = [item for row in rows for item in row]
    if max((len(row) for row in rows), default=0) <= 1:
        return "prose"
    figures = [item for item in items if item.figure is not None]
    if len(figures) >= _CONTENTS_ROWS and all(item.linked for item in figures):
        return "rows"  # a list of contents: its figures are page numbers
    if any(item.is_value for item in items):
        return "table"
    if any(item.is_head for item in items) and len(rows) > 1:
        return "table"
    if any(len(item.text.split()) > _PROSE_CELL_WORDS for item in items):
        return "rows"
    wide = sum(len(row) >= 3 for row in rows)
    return "table" if wide >= 2 else "rows"


def build_tables(
    rows: Sequence[Sequence[Item]], number: int, titles: Sequence[str], first_line: int
) -> ReadTable:
    """Build the tables of one element, the `number`-th of its document.

    `titles` are the texts above it and stand on the lines before `first_line`, the index on the
    page of its first row.
    """
    start = _find_body(rows)
    head_rows = _drop_titles(rows[:start])
    skipped = start - len(head_rows)
    grid = find_columns(rows[start:], head_rows)
    title_texts = [item.text for row in rows[:skipped] for item in row]
    placed = [grid.place(row) for row in rows]
    builder = _TableBuilder(grid, number, [*titles, *title_texts], first_line, placed[start:])
    lines = tuple(_build_line(items, grid, number, i) for i, items in enumerate(placed))
    tables: list[Table] = []
    tags: list[TableTag] = []
    header = tuple(builder.spread_head(row) for row in head_rows)
    for first, body, last in _split_blocks(rows, placed, start, skipped, grid):
        if first > skipped:
            own = tuple(builder.spread_head(row) for row in rows[first:body])
            header = (*header[: max(len(header) - len(own), 0)], *own)
        table_rows = builder.build_rows(placed, body, last)
        top = first_line - len(titles) if not tables else first_line + first
        tables.append(builder.build_table(header, table_rows, top, first_line + last))
        tags += builder.find_tags(placed, tables[-1], lines, body)
    return ReadTable(lines, tuple(tables), tuple(tags))


def _find_body(rows: Sequence[Sequence[Item]]) -> int:
    """Return the index of the first row under the heads."""
    if not any(item.is_value for row in rows for item in row):
        return 1 if len(rows) > 1 else 0
    found = (index for index, row in enumerate(rows) if _holds_values(row))
    start = min(next(found, 0), MAX_HEAD_ROWS)
    start = _end_of_bold_heads(rows, start)
    while start > 0 and _is_label_only(rows[start - 1], rows) and not _is_note(rows[start - 1]):
        start -= 1
    return start


def _holds_values(row: Sequence[Item]) -> bool:
    return any(item.is_value for item in row[1:]) or (row[0].is_value and row[0].first > 0)


def _end_of_bold_heads(rows: Sequence[Sequence[Item]], start: int) -> int:
    """Cut heads where bold ends: what follows bold heads in plain type is data."""
    seen_bold = False
    for index in range(start):
        cells = [item for item in rows[index] if item.first > 0]
        bold = any(item.content.bold or item.is_head for item in cells)
        if cells and seen_bold and not bold and len(rows[index]) > 1 and rows[index][0].first == 0:
            return index
        seen_bold |= bold
    return start


def _is_label_only(row: Sequence[Item], rows: Sequence[Sequence[Item]]) -> bool:
    left = min(item.first for other in rows for item in other)
    values = min(item.first for other in rows for item in other if item.is_value)
    is_left = row[0].first <= left + 1 and row[0].first < max(values, left + 1)
    return len(row) == 1 and is_left and not row[0].is_head


def _is_note(row: Sequence[Item]) -> bool:
    """Whether a row only says the unit: "(in millions)"."""
    text = " ".join(item.text for item in row)
    return parse_scale(text) is not None and len(text.split()) <= 12


def _drop_titles(heads: Sequence[Sequence[Item]]) -> Sequence[Sequence[Item]]:
    """Leave out rows above the heads that are titles: one cell that begins at the left."""
    left = min((item.first for row in heads for item in row), default=0)
    index = 0
    right = max((item.stop for row in heads for item in row), default=0)
    while index < len(heads) and len(heads[index]) == 1 and heads[index][0].first <= left:
        only = heads[index][0]
        if _is_period(only.text) and only.stop >= right:
            break  # "December 31," over all columns
        is_whole = any(len(row) > 1 or row[0].first > left for row in heads[index + 1 :])
        if not is_whole:
            break
        index += 1
    return heads[index:]


def _split_blocks(
    rows: Sequence[Sequence[Item]],
    placed: Sequence[dict[int, Item]],
    start: int,
    skipped: int,
    grid: Grid,
) -> list[tuple[int, int, int]]:
    """Return the first head row, first body row and last row of each block of one element."""
    blocks: list[tuple[int, int, int]] = []
    first, body, index = skipped, start, start
    while index < len(rows):
        stop = index
        while stop < len(rows) and _is_middle_head(placed[stop], grid):
            stop += 1
        if stop > index and stop < len(rows) and index > body:
            blocks.append((first, body, index - 1))
            first, body = index, stop
        index = stop + 1 if stop == index else stop
    blocks.append((first, body, len(rows) - 1))
    return blocks


def _is_middle_head(items: dict[int, Item], grid: Grid) -> bool:
    """Whether a row between others is one of heads: no values, but years or bold texts."""
    cells = [item for column, item in items.items() if column > 0 or not grid.has_label]
    if not cells or any(item.is_value for item in items.values()):
        return False
    label = items[0].text if 0 in items and grid.has_label else ""
    wide = len(cells) > 1 or len(grid.spread(cells[0])) > 1
    if not wide:
        return False
    if label and parse_scale(label) is None and not items[0].content.bold:
        return _is_period(label) and all(_DATE_HEAD.search(item.text) for item in cells)
    dated = all(_DATE_HEAD.search(item.text) for item in cells)
    bold = all(item.content.bold or item.is_head for item in cells)
    return dated or bold


def _build_line(items: dict[int, Item], grid: Grid, number: int, row: int) -> Line:
    """Write a row as a line whose words are its cells, each with its address."""
    return Line(
        tuple(
            Word(item.content.text, cell=_address(number, column, row, grid))
            for column, item in sorted(items.items())
        )
    )


def _address(number: int, column: int, row: int, grid: Grid) -> str:
    """Return "T3:B7"; column A is that of the labels, whether or not there are any."""
    letter = get_column_letter(column + (1 if grid.has_label else 2))
    return f"T{number}:{letter}{row + 1}"


class _TableBuilder:
    """Builds the rows and heads of one grid."""

    def __init__(
        self,
        grid: Grid,
        number: int,
        titles: Sequence[str],
        first_line: int,
        body: Sequence[dict[int, Item]],
    ) -> None:
        self._grid = grid
        self._number = number
        self._titles = [title for title in titles if title]
        self._first_line = first_line
        self._first_cell = _count_label_columns(grid, body)
        self._columns = len(grid.columns)

    def spread_head(self, row: Sequence[Item]) -> tuple[str, ...]:
        """Write a row of heads over each column that they span; first what is over the labels."""
        texts: list[list[str]] = [[] for _ in range(self._columns)]
        for item in row:
            hits = self._grid.spread(item)
            if len(hits) > 1 and self._first_cell and hits[0] == 0:
                # A head whose cell begins over the labels belongs to the columns.
                is_inside = item.first > self._grid.columns[0].first
                hits = hits[1:] if is_inside or _is_period(item.text) else hits[:1]
            for hit in hits:
                texts[hit].append(item.text)
        joined = [" ".join(parts) for parts in texts]
        over_labels = " ".join(text for text in joined[: self._first_cell] if text)
        return (over_labels, *joined[self._first_cell :])

    def build_rows(
        self, placed: Sequence[dict[int, Item]], first: int, last: int
    ) -> tuple[TableRow, ...]:
        """Build the rows of one block, each with the headings it stands under."""
        outline = _Parents()
        rows: list[TableRow] = []
        labels = self._read_labels(placed, first, last)
        for index, (label, outer, indent) in enumerate(labels):
            cells = tuple(
                self._build_cell(placed[first + index].get(column), column, first + index)
                for column in range(self._first_cell, self._columns)
            )
            has_cells = any(cell.text for cell in cells)
            is_sum = _is_set_in_alone([indent for *_, indent in labels], index)
            if outer:
                parents = (*outline.place(outer, indent, has_cells=True, is_sum=True), outer)
            else:
                parents = outline.place(label, indent, has_cells, is_sum)
            rows.append(TableRow(label, cells, self._first_line + first + index, parents))
        return tuple(rows)

    def _read_labels(
        self, placed: Sequence[dict[int, Item]], first: int, last: int
    ) -> list[tuple[str, str, float]]:
        """Return each row's label, the label of the group it is in, and its indent in points.

        A group's label stands in a column of its own, before its first row ("Humira", then
        "United States", "International"). A row without a label stands where the last one stood.
        """
        labels: list[tuple[str, str, float]] = []
        carried, left, indent = "", 0, 0.0
        for items in placed[first : last + 1]:
            item = items.get(0) if self._first_cell else None
            inner = items.get(1) if self._first_cell > 1 else None
            left -= 1
            if item is not None:
                carried, left = item.text, item.rows - 1
                indent = indent_of(item, self._grid.columns[0])
            if inner is not None:
                labels.append((inner.text, carried, indent))
            else:
                labels.append((carried if item is not None or left >= 0 else "", "", indent))
        return labels

    def _build_cell(self, item: Item | None, column: int, row: int) -> Cell:
        if item is None:
            return Cell("")
        return Cell(item.text, address=_address(self._number, column, row, self._grid))

    def build_table(
        self, header: Iterable[tuple[str, ...]], rows: tuple[TableRow, ...], first: int, last: int
    ) -> Table:
        """Put a table together and grade it."""
        heads = align_repeats(tuple(head for head in header if any(head)))
        # Reports by the regulator's viewer set the title over the labels.
        over_labels = next((head[0] for head in heads if head[0]), "")
        caption = " ".join(self._titles) or over_labels
        heading = " ".join([caption, *(" ".join(dict.fromkeys(head)) for head in heads)])
        faults = _find_faults(heads, rows)
        return Table(
            caption=caption,
            header=heads,
            rows=rows,
            unit=_find_unit(heading, rows),
            scale=_find_scale(self._titles, heads, rows),
            first_line=first,
            last_line=last,
            statement=classify_statement(caption, [row.label for row in rows]),
            grade=max(0.0, 1.0 - 0.25 * len(faults)),
            faults=faults,
        )

    def find_tags(
        self,
        placed: Sequence[dict[int, Item]],
        table: Table,
        lines: Sequence[Line],
        first: int,
    ) -> list[TableTag]:
        """Return the tagged numbers of one block's rows with their places."""
        tags: list[TableTag] = []
        for offset, row in enumerate(table.rows, start=first):
            for column, item in placed[offset].items():
                in_label = column < self._first_cell
                tags += (
                    TableTag(
                        tag,
                        offset,
                        _address(self._number, column, offset, self._grid),
                        None if in_label else row.label,
                        (*row.parents, row.label) if in_label else row.parents,
                        item.content.text,
                        lines[offset].text,
                        table.statement,
                    )
                    for tag in item.content.tags
                )
        return tags


def _count_label_columns(grid: Grid, body: Sequence[dict[int, Item]]) -> int:
    """Return how many columns name the rows: two where the first names groups of the second."""
    if not grid.has_label or len(grid.columns) < 3:
        return int(grid.has_label)
    seconds = [items for items in body if 1 in items]
    words = [items for items in seconds if items[1].figure is None and len(items) > 1]
    alone = [items for items in words if 0 not in items]
    is_staircase = len(words) == len(seconds) and 3 * len(alone) >= len(words) > 1
    return 2 if is_staircase else 1


def _is_period(text: str) -> bool:
    """Whether a text says when and nothing else, wholly or in part ("Year ended June 30,")."""
    return bool(_PERIOD_LABEL.fullmatch(text))


def _find_unit(heading: str, rows: Sequence[TableRow]) -> str | None:
    """Return the currency whose sign stands in the cells or above, or that is named there."""
    printed = heading + " ".join(text for row in rows for text in row.texts)
    for sign, unit in CURRENCY_SIGNS.items():
        if sign in printed:
            return unit
    return "USD" if "dollar" in heading.lower() else None


def _find_scale(
    titles: Sequence[str], heads: Sequence[tuple[str, ...]], rows: Sequence[TableRow]
) -> int | None:
    """Return the scale that stands nearest to the numbers: over the labels, in heads or title."""
    labels = [row.label for row in rows[:2] if not any(row.texts)]
    texts = [*labels, *(head[0] for head in reversed(heads)), *reversed(titles)]
    texts += [" ".join(dict.fromkeys(head[1:])) for head in heads]
    return next((scale for text in texts if (scale := parse_scale(text)) is not None), None)


def align_repeats(heads: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """Set heads of groups over their groups, where the row below repeats once for each of them.

    Over "Total | Level 1 | Total | Level 1" the heads "2024" and "2023" stand over two each, even
    where the page's empty cells put one of them over a neighbour's column.
    """
    aligned = list(heads)
    for index, (upper, lower) in enumerate(pairwise(heads)):
        names = list(dict.fromkeys(text for text in upper[1:] if text))
        width = len(lower) - 1
        if len(names) < 2 or width % len(names) or len(upper) != len(lower):
            continue
        size = width // len(names)
        group = lower[1 : 1 + size]
        if size > 1 and all(group) and len(set(group)) == size and lower[1:] == group * len(names):
            aligned[index] = (upper[0], *(name for name in names for _ in range(size)))
    return tuple(aligned)


def _find_faults(heads: Sequence[tuple[str, ...]], rows: Sequence[TableRow]) -> tuple[str, ...]:
    faults: list[str] = []
    if not heads:
        faults.append("no column heads")
    filled = [sum(bool(text) for text in row.texts) for row in rows]
    if filled and not any(filled):
        faults.append("no cells beside the labels")
    columns = max((len(row.cells) for row in rows), default=0)
    bare = [column for column in range(columns) if not any(head[column + 1] for head in heads)]
    if heads and len(bare) * 2 > columns:
        faults.append("most columns have no head")
    return tuple(faults)


def _is_set_in_alone(indents: Sequence[float], index: int) -> bool:
    """Whether a row is further right than the rows around it: sums are set so."""
    here = indents[index]
    above = indents[index - 1] if index else here
    below = indents[index + 1] if index + 1 < len(indents) else here - 2 * _STEP
    return here > above + _STEP and here > below + _STEP


class _Parents:
    """Follows rows from top to bottom: sub-headings, and rows that others are set in under."""

    def __init__(self) -> None:
        self._outline = Outline()
        self._period: tuple[str, ...] = ()
        self._rows: list[tuple[float, str]] = []  # indent and label of rows that have cells

    def place(
        self, label: str, here: float, has_cells: bool, is_sum: bool = False
    ) -> tuple[str, ...]:
        """Return the parents of the next row, outermost first; a sum stands under no row."""
        if not has_cells and find_years(label) and _is_period(label):
            self._period, self._outline = (label.rstrip(":").strip(),), Outline()
            self._rows.clear()
            return ()
        return (*self._period, *self._place(label, here, has_cells, is_sum))

    def _place(self, label: str, here: float, has_cells: bool, is_sum: bool) -> tuple[str, ...]:
        if not has_cells:
            self._rows.clear()
            is_remark = len(label.split()) > MAX_PARENT_WORDS or bool(_REMARK.match(label))
            if is_remark or not label:
                return ()
            return self._outline.place(label, round(here), is_heading=True)
        above = self._outline.place(label, round(here))
        while self._rows and here <= self._rows[-1][0] + _STEP:
            self._rows.pop()
        is_total = is_sum or bool(_TOTAL.match(label))
        parents = above if is_total else (*above, *(text for _, text in self._rows))
        is_balance = find_years(label) or _OPENING.search(label)
        if label and not is_total and not is_balance:  # a balance is no heading
            self._rows.append((here, label))
        return parents
