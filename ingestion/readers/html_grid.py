"""From a table's element to a grid of its own columns: EDGAR's spacer columns are gone.

Filings print one amount in up to three cells ("$", "(1,234", ")") and put empty cells between
columns. Cells that belong together are joined, and what stands one above the other becomes a
column. Knows nothing of heads, labels' meaning or pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from lxml import etree

from ingestion.figures import Figure, parse_figure
from ingestion.readers.html_text import CellReader, RichText, join_texts, name_of, style_of, walk

_MAX_SPAN = 1000
_CURRENCY = re.compile(r"^\(?\s*(?:US|C|A|HK)?[$€£¥]\s*\(?$|^\($|^(?:USD|EUR|GBP|JPY)$")
_FIGURE_START = re.compile(r"^[(\s]*[-–—−]?\s*[$€£¥]?\s*[\d.(–—-]")
_CLOSING = re.compile(r"^\)?\s*(?:%|pts?\.?|bps|x)?\s*\)?$")
_MARKER = re.compile(r"^(?:[•●▪■◦○·*‣–—-]|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)])$")
# The width of one raw column to the left of an indented label, in points.
_COLUMN_INDENT = 8.0


@dataclass(frozen=True)
class Item:
    """One cell of a row as it is read: what it says and the raw columns it covers.

    `first` and `stop` count raw columns from 0 (`stop` is one past the last), `rows` the rows
    it spans, `indent` is in points.
    """

    content: RichText
    first: int
    stop: int
    indent: float = 0.0
    rows: int = 1
    is_head: bool = False
    linked: bool = False

    @cached_property
    def text(self) -> str:
        """The text without footnote marks."""
        return self.content.plain

    @cached_property
    def figure(self) -> Figure | None:
        """The number that the cell holds, if it holds one and nothing else."""
        return parse_figure(self.text) if self.text else None

    @property
    def is_value(self) -> bool:
        """Whether it holds a number that is not written as a year."""
        return self.figure is not None and not self.figure.is_year

    def covers(self, column: Column) -> bool:
        """Whether it stands over a raw column of `column`."""
        return self.first < column.stop and self.stop > column.first


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table's own: the raw columns from `first` up to before `stop`."""

    first: int
    stop: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The columns of a table; `has_label` says that the first names the rows."""

    columns: tuple[Column, ...]
    has_label: bool

    def place(self, row: Sequence[Item]) -> dict[int, Item]:
        """Return the items of a row by the index of their column, each further right."""
        placed: dict[int, Item] = {}
        last = -1
        for item in row:
            free = [hit for hit in self.spread(item) if hit > last]
            last = free[0] if free else min(last + 1, len(self.columns) - 1)
            if last in placed:
                merged = join_texts(placed[last].content, item.content, " ")
                item = replace(placed[last], content=merged, stop=item.stop)
            placed[last] = item
        return placed

    def spread(self, item: Item) -> tuple[int, ...]:
        """Return the indexes of all columns under an item; the nearest where it covers none."""
        hits = tuple(i for i, column in enumerate(self.columns) if item.covers(column))
        return hits or (self._nearest(item),)

    def _nearest(self, item: Item) -> int:
        middle = item.first + item.stop
        distances = [abs(column.first + column.stop - middle) for column in self.columns]
        return distances.index(min(distances))


def read_rows(table: etree._Element) -> tuple[tuple[Item, ...], ...]:
    """Return the rows of a table that hold anything, their split amounts joined."""
    taken: dict[int, int] = {}  # raw column -> rows still covered from above
    rows: list[tuple[Item, ...]] = []
    for row in _iterate_rows(table):
        items = _read_row(row, taken)
        if items:
            rows.append(join_amounts(items))
    return tuple(rows)


def _iterate_rows(table: etree._Element) -> Iterator[etree._Element]:
    """Yield a table's own rows, also those that other elements wrap."""
    stack = [iter(table)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif name_of(child) == "tr":
            if not style_of(child).hidden:
                yield child
        elif name_of(child) != "table":
            stack.append(iter(child))


def _read_row(row: etree._Element, taken: dict[int, int]) -> list[Item]:
    """Read a row's cells that are not empty, passing over columns that rows above still cover."""
    items: list[Item] = []
    column = 0
    spans: list[tuple[range, int]] = []
    for cell in row:
        name = name_of(cell)
        if name not in {"td", "th"}:
            continue
        while taken.get(column, 0) > 0:
            column += 1
        width, height = _read_span(cell, "colspan"), _read_span(cell, "rowspan")
        reader = CellReader()
        walk(cell, reader)
        content = reader.build()
        if content.text:
            items.append(
                Item(
                    content,
                    column,
                    column + width,
                    reader.indent,
                    height,
                    name == "th",
                    reader.linked,
                )
            )
        spans.append((range(column, column + width), height))
        column += width
    for covered in [key for key, rows in taken.items() if rows > 0]:
        taken[covered] -= 1
    for covered_range, height in spans:
        if height > 1:
            taken.update(dict.fromkeys(covered_range, height - 1))
    return items


def _read_span(cell: etree._Element, name: str) -> int:
    text = (cell.get(name) or "1").strip()
    return min(max(int(text), 1), _MAX_SPAN) if text.isascii() and text.isdigit() else 1


def join_amounts(items: Sequence[Item]) -> tuple[Item, ...]:
    """Join "$", "(" and ")", "%" cells to their number, and a list's marks to their text."""
    joined: list[Item] = []
    for item in items:
        last = joined[-1] if joined else None
        if last is None or not (separator := _find_joint(last, item, len(joined) == 1)):
            joined.append(item)
            continue
        joined[-1] = replace(
            last,
            content=join_texts(last.content, item.content, separator.strip("\0")),
            stop=item.stop,
            rows=max(last.rows, item.rows),
        )
    return tuple(joined)


def _find_joint(left: Item, right: Item, leftmost: bool) -> str:
    """Return what joins two cells: a NUL for nothing, a space, or "" if they stay apart."""
    if _CURRENCY.match(left.text) and _FIGURE_START.match(right.text):
        return "\0"
    if _is_footnote(right):
        return " "
    if _CLOSING.match(right.text):
        opened = left.text.count("(") > left.text.count(")")
        if right.text.startswith(")"):
            return "\0" if opened else ""
        is_amount = left.is_value or opened
        return "\0" if is_amount and right.text.startswith("%") else (" " if is_amount else "")
    is_mark = leftmost and bool(_MARKER.match(left.text)) and right.figure is None
    return " " if is_mark else ""


def _is_footnote(item: Item) -> bool:
    return bool(item.content.notes) and not item.text


def find_columns(rows: Sequence[Sequence[Item]], heads: Sequence[Sequence[Item]]) -> Grid:
    """Return the grid of a table; `rows` shape the columns, `heads` only tell them apart."""
    clusters = _cluster(rows)
    clusters = _close_gaps(clusters, heads)
    columns = tuple(Column(cluster.first, cluster.stop) for cluster in clusters)
    has_label = bool(clusters) and not _is_all_values(clusters[0])
    return Grid(columns, has_label)


@dataclass(slots=True)
class _Cluster:
    first: int
    stop: int
    rows: set[int] = field(default_factory=set)
    items: list[Item] = field(default_factory=list)

    def take(self, other: _Cluster) -> None:
        self.first, self.stop = min(self.first, other.first), max(self.stop, other.stop)
        self.rows |= other.rows
        self.items += other.items


def _cluster(rows: Sequence[Sequence[Item]]) -> list[_Cluster]:
    """Merge items that stand one above the other; an item over two columns merges none."""
    placed = [(item, number) for number, row in enumerate(rows) for item in row]
    placed.sort(key=lambda pair: (not pair[0].is_value, pair[0].stop - pair[0].first))
    clusters: list[_Cluster] = []
    for item, number in placed:
        new = _Cluster(item.first, item.stop, {number}, [item])
        hits = [c for c in clusters if item.first < c.stop and item.stop > c.first]
        if _share_a_row(hits):
            continue  # it spans columns that other rows keep apart
        if any(number in hit.rows for hit in hits):
            continue  # its neighbour reached into its columns
        for hit in hits:
            new.take(hit)
            clusters.remove(hit)
        clusters.append(new)
    return sorted(clusters, key=lambda cluster: cluster.first)


def _share_a_row(clusters: Sequence[_Cluster]) -> bool:
    return len(set().union(*(c.rows for c in clusters))) < sum(len(c.rows) for c in clusters)


def _close_gaps(clusters: list[_Cluster], heads: Sequence[Sequence[Item]]) -> list[_Cluster]:
    """Merge neighbours that no row and no head tells apart: cells put one column aside."""
    closed: list[_Cluster] = []
    for number, cluster in enumerate(clusters):
        can_close = number > 1 and not (closed[-1].rows & cluster.rows)
        if can_close and not _told_apart(closed[-1], cluster, heads):
            closed[-1].take(cluster)
        else:
            closed.append(cluster)
    return closed


def _told_apart(left: _Cluster, right: _Cluster, heads: Sequence[Sequence[Item]]) -> bool:
    left_column, right_column = Column(left.first, left.stop), Column(right.first, right.stop)
    for head in heads:
        over_left = {id(item) for item in head if item.covers(left_column)}
        over_right = {id(item) for item in head if item.covers(right_column)}
        if over_left and over_right and not over_left & over_right:
            return True
    return False


def _is_all_values(cluster: _Cluster) -> bool:
    return all(item.is_value for item in cluster.items)


def indent_of(item: Item, column: Column) -> float:
    """Return how far a label is moved to the right, in points."""
    return item.indent + _COLUMN_INDENT * max(item.first - column.first, 0)
