"""Rows of a table: labels that wrap over lines, sub-headings, and which rows stand under which.

Works on the cells of a table's body lines; knows nothing of heads, titles or units.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingestion.documents import Cell, TableRow
from ingestion.layout.cells import LineCell
from ingestion.layout.columns import Column, find_column_of

# A label that ends so goes on in the next line.
_GOES_ON = re.compile(
    r"(?:\b(?:and|or|of|for|to|in|on|by|from|with|the|a|an|at|per|net|than|as|including)|[,–—-])$",
    re.IGNORECASE,
)
_CONTINUES = re.compile(r"^(?:[a-z&]|\([a-z])")
_TOTAL = re.compile(r"^(?:sub)?total\b|\btotal$|^net cash\b.*\bactivities", re.IGNORECASE)
# "Cash flows from investing activities" ends with "Net cash used in investing activities".
_LIGHT = frozenset("and of the from by in used provided flow flows cash".split())
_OF_TOTALS = frozenset({"total", "subtotal", "net"})
# Labels whose left edges differ by less than this (points) have the same indentation.
_SAME_INDENT = 2.0


@dataclass(frozen=True, slots=True)
class Body:
    """The rows of a table, and how many of its figures were hard to place.

    `astray` counts figures outside every column, `clashes` those that share a cell.
    """

    rows: tuple[TableRow, ...]
    figures: int
    astray: int
    clashes: int


@dataclass(slots=True)
class _Pending:
    text: str
    left: float
    line: int


@dataclass(slots=True)
class _Heading:
    text: str
    left: float
    child_left: float | None = None


@dataclass(slots=True)
class _Builder:
    columns: Sequence[Column]
    rows: list[TableRow] = field(default_factory=list)
    pending: list[_Pending] = field(default_factory=list)
    headings: list[_Heading] = field(default_factory=list)
    figures: int = 0
    astray: int = 0
    clashes: int = 0


def build_rows(lines: Sequence[tuple[int, Sequence[LineCell]]], columns: Sequence[Column]) -> Body:
    """Build the rows of `lines` (index on the page, cells), from top to bottom."""
    builder = _Builder(columns)
    for index, cells in lines:
        if not cells:
            continue
        label, left, placed = _lay_out(builder, cells)
        if any(cell.text for cell in placed):
            _add_row(builder, label, left, placed, index)
        else:
            _add_label(builder, label, left, index)
    _flush(builder)
    return Body(tuple(builder.rows), builder.figures, builder.astray, builder.clashes)


def _lay_out(builder: _Builder, cells: Sequence[LineCell]) -> tuple[str, float, tuple[Cell, ...]]:
    """Return label, its left edge, and the cells by column."""
    columns = builder.columns
    label: list[str] = []
    placed: list[list[LineCell]] = [[] for _ in columns]
    for cell in cells:
        index, overlaps = find_column_of(columns, cell.box)
        is_label = not cell.is_figure and (not overlaps or cell is cells[0])
        if is_label and cell.box.x0 < columns[-1].right:
            label.append(cell.text)
            continue
        if cell.is_figure:
            builder.figures += 1
            builder.astray += not overlaps
            builder.clashes += bool(placed[index])
        placed[index].append(cell)
    left = min(cell.box.x0 for cell in cells)
    return " ".join(label), left, tuple(_join(group) for group in placed)


def _join(group: Sequence[LineCell]) -> Cell:
    if not group:
        return Cell("")
    return Cell(" ".join(cell.text for cell in group), group[-1].box)


def _add_label(builder: _Builder, label: str, left: float, line: int) -> None:
    if not label:
        return
    previous = builder.rows[-1] if builder.rows else None
    if builder.pending and _wraps(builder.pending[-1].text, label):
        builder.pending[-1].text += f" {label}"
    elif not builder.pending and previous and _CONTINUES.match(label):
        _extend_label(builder, label)
    else:
        builder.pending.append(_Pending(label, left, line))


def _extend_label(builder: _Builder, label: str) -> None:
    """Add a line to the label of the row above, whose figures stood on its first line."""
    row = builder.rows[-1]
    builder.rows[-1] = TableRow(f"{row.label} {label}".strip(), row.cells, row.line, row.parents)


def _add_row(
    builder: _Builder, label: str, left: float, cells: tuple[Cell, ...], line: int
) -> None:
    if builder.pending:
        last = builder.pending[-1]
        if not label or _wraps(last.text, label):
            builder.pending.pop()
            label, left = f"{last.text} {label}".strip(), last.left
    _flush(builder)
    _leave_headings(builder, label, left)
    _close_totalled(builder, label)
    _set_child_left(builder.headings, left)
    parents = tuple(heading.text for heading in builder.headings)
    builder.rows.append(TableRow(label, cells, line, parents))


def _wraps(upper: str, lower: str) -> bool:
    """Whether a label goes on in the line below."""
    if upper.endswith(":"):
        return False
    return bool(_CONTINUES.match(lower) or _GOES_ON.search(upper))


def _flush(builder: _Builder) -> None:
    """Turn the label lines that no row took into sub-headings."""
    empty = tuple(Cell("") for _ in builder.columns)
    for pending in builder.pending:
        headings = builder.headings
        while headings and headings[-1].left >= pending.left - _SAME_INDENT:
            headings.pop()
        if not builder.columns or pending.left < builder.columns[0].left:
            _set_child_left(headings, pending.left)  # what begins right of it is a column's head
        parents = tuple(heading.text for heading in headings)
        builder.rows.append(TableRow(pending.text, empty, pending.line, parents))
        headings.append(_Heading(pending.text.rstrip(" :"), pending.left))
    builder.pending.clear()


def _set_child_left(headings: Sequence[_Heading], left: float) -> None:
    """Keep where the first row or sub-heading under each heading begins."""
    for heading in headings:
        heading.child_left = left if heading.child_left is None else heading.child_left


def _leave_headings(builder: _Builder, label: str, left: float) -> None:
    """A row further left than a heading's first row no longer stands under it."""
    while builder.headings:
        heading = builder.headings[-1]
        child = heading.child_left
        outdented = child is not None and left < child - _SAME_INDENT
        left_of_heading = left < heading.left - _SAME_INDENT and bool(label)
        if not outdented and not left_of_heading:
            return
        builder.headings.pop()


def _close_totalled(builder: _Builder, label: str) -> None:
    place = find_totalled([heading.text for heading in builder.headings], label)
    if place is not None:
        del builder.headings[place:]


def find_totalled(headings: Sequence[str], label: str) -> int | None:
    """Return the place of the heading (outermost first) that a total ends; None if it ends none.

    "Total current assets" ends "Current assets" and never "Assets", of which it is a part.
    """
    if not _TOTAL.search(label):
        return None
    words = [word for word in _words(label) if word not in _OF_TOTALS]
    for place in reversed(range(len(headings))):
        named = [word for word in _words(headings[place]) if word not in _OF_TOTALS]
        # A heading of one word names a whole: its total begins with that word.
        ends = set(named) <= set(words) if len(named) > 1 else words[:1] == named
        if named and ends:
            return place
    return None


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z]+", text.lower()) if word not in _LIGHT]
