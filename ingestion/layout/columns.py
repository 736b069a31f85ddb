"""Columns of a table: where they stand, and which head stands over which.

Figures align at the right, so the columns are found from the figures, never from the heads;
heads are then laid over them, one over one or one over several. Geometry in PDF points.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingestion.documents import Box
from ingestion.layout.cells import LineCell

# Words that are printed once over all the columns that they speak of.
_SPANNING = re.compile(
    r"\b(?:ended|ending|months?|weeks?|years?|quarters?|fiscal|as of|at|for the|december|june|"
    r"(?:19|20)\d\d|change|increase|variance|percent|amounts?|million|thousand)\b",
    re.IGNORECASE,
)
# Costs in points: a column that a spanning head leaves bare, and each further column that a head
# which is no spanning one would take.
_BARE = 6.0
_STRETCH = 10.0
# Heads that share the columns evenly are taken so when each is off its run's middle by less than
# this part of the run's width.
_EVEN = 0.2
# The cost of a run other than the one that a rule under the head shows.
_AGAINST_RULE = 500.0


# Gives the horizontal rules of the page when they are needed.
ReadRules = Callable[[], Sequence[Box]]


@dataclass(frozen=True, slots=True)
class Column:
    """The horizontal extent of a column's figures."""

    left: float
    right: float

    @property
    def middle(self) -> float:
        """Half-way between its edges."""
        return (self.left + self.right) / 2

    def overlaps(self, box: Box) -> bool:
        """Whether a box reaches into the column."""
        return box.x0 < self.right and box.x1 > self.left


def find_columns(rows: Sequence[Sequence[LineCell]]) -> tuple[Column, ...]:
    """Merge the figures' extents: what overlaps stands in one column.

    A row that prints two figures within one merged column shows that a wide figure elsewhere has
    bridged two columns; such a column is split between the right edges of its figures.
    """
    figures = [[cell for cell in row if cell.is_figure] for row in rows]
    extents = sorted((cell.box.x0, cell.box.x1) for row in figures for cell in row)
    merged: list[list[float]] = []
    for left, right in extents:
        if merged and left < merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], right)
        else:
            merged.append([left, right])
    columns: list[Column] = []
    for left, right in merged:
        columns.extend(_split_bridged(Column(left, right), figures))
    return tuple(columns)


def _split_bridged(column: Column, rows: Sequence[Sequence[LineCell]]) -> list[Column]:
    inside = [[cell for cell in row if column.overlaps(cell.box)] for row in rows]
    most = max((len(cells) for cells in inside), default=0)
    full = [cells for cells in inside if len(cells) == most]
    # One row alone may be a stray; the columns are split where several rows agree.
    if most < 2 or len(full) < max(2, 0.2 * sum(bool(cells) for cells in inside)):
        return [column]
    parts: list[Column] = []
    for place in range(most):
        boxes = [cells[place].box for cells in full]
        parts.append(Column(median(box.x0 for box in boxes), median(box.x1 for box in boxes)))
    ordered = all(a.right <= b.right for a, b in pairwise(parts))
    return parts if ordered else [column]


def find_column_of(columns: Sequence[Column], box: Box) -> tuple[int, bool]:
    """Return the index of the column that a figure stands in, and whether it truly overlaps it.

    Among several that it overlaps, the one whose right edge is nearest: figures align there.
    """
    hits = [index for index, column in enumerate(columns) if column.overlaps(box)]
    if len(hits) == 1:
        return hits[0], True
    among = hits or range(len(columns))
    nearest = min(among, key=lambda index: abs(columns[index].right - box.x1))
    return nearest, bool(hits)


def lay_heads(
    cells: Sequence[LineCell], columns: Sequence[Column], read_rules: ReadRules = tuple
) -> tuple[str, ...]:
    """Return the head over each column: each head goes to the run of columns it is centred on.

    A rule drawn right below a head tells its run without doubt.
    """
    heads = [""] * len(columns)
    if len(cells) > len(columns):
        for cell in cells:
            index, _ = find_column_of(columns, cell.box)
            heads[index] = f"{heads[index]} {cell.text}".strip()
        return tuple(heads)
    for cell, (first, last) in zip(cells, _choose_runs(cells, columns, read_rules), strict=True):
        for index in range(first, last + 1):
            heads[index] = cell.text
    return tuple(heads)


def _choose_runs(
    cells: Sequence[LineCell], columns: Sequence[Column], read_rules: ReadRules
) -> tuple[tuple[int, int], ...]:
    """Choose a run of columns for each head, in order, at the least total distance."""
    count = len(columns)
    if not cells:
        return ()
    if len(cells) == count:
        return tuple((index, index) for index in range(count))
    rules = read_rules()
    ruled = [_find_ruled_run(cell, columns, rules) for cell in cells]
    even = _share_evenly(cells, columns)
    if even and not any(ruled):
        return even
    # best[i]: the least cost of the heads so far when the last run ends before column i.
    best: list[tuple[float, tuple[tuple[int, int], ...]]] = [
        (index * _BARE, ()) for index in range(count + 1)
    ]
    for place, cell in enumerate(cells):
        left_over = len(cells) - place - 1
        following: list[tuple[float, tuple[tuple[int, int], ...]]] = [(1e9, ())] * (count + 1)
        for last in range(place, count - left_over):
            for first in range(place, last + 1):
                cost, runs = best[first]
                against = _AGAINST_RULE if ruled[place] not in (None, (first, last)) else 0.0
                total = cost + against + _cost(cell, columns, first, last)
                if total < following[last + 1][0]:
                    following[last + 1] = (total, (*runs, (first, last)))
        for index in range(1, count + 1):  # columns after the run may stay bare
            bare = following[index - 1][0] + _BARE
            if bare < following[index][0]:
                following[index] = (bare, following[index - 1][1])
        best = following
    return best[count][1]


def _find_ruled_run(
    cell: LineCell, columns: Sequence[Column], rules: Sequence[Box]
) -> tuple[int, int] | None:
    """Return the columns over the rule right below a head; None without such a rule."""
    height = cell.box.bottom - cell.box.top
    middle = (cell.box.x0 + cell.box.x1) / 2
    for rule in rules:
        below = rule.top - cell.box.bottom
        if not -0.4 * height <= below <= 0.8 * height or not rule.x0 < middle < rule.x1:
            continue
        run = [i for i, column in enumerate(columns) if rule.x0 - 2 < column.middle < rule.x1 + 2]
        # A rule under the whole table, labels too, tells nothing of one head.
        if run and rule.x0 > columns[0].left - 0.5 * (columns[-1].right - columns[0].left):
            return run[0], run[-1]
    return None


def _share_evenly(
    cells: Sequence[LineCell], columns: Sequence[Column]
) -> tuple[tuple[int, int], ...]:
    share, rest = divmod(len(columns), len(cells))
    if rest or len(cells) < 2:
        return ()
    runs = tuple((place * share, (place + 1) * share - 1) for place in range(len(cells)))
    for cell, (first, last) in zip(cells, runs, strict=True):
        left, right = columns[first].left, columns[last].right
        off = abs((cell.box.x0 + cell.box.x1) / 2 - (left + right) / 2)
        if off > _EVEN * (right - left):
            return ()
    return runs


def _cost(cell: LineCell, columns: Sequence[Column], first: int, last: int) -> float:
    left, right = columns[first].left, columns[last].right
    box = cell.box
    off = abs((box.x0 + box.x1) / 2 - (left + right) / 2)
    spanning = _SPANNING.search(cell.text) is not None
    if first < last:
        return off if spanning else off + _STRETCH * (last - first)
    too_wide = max(0.0, (box.x1 - box.x0) - 2.0 * (right - left))
    if spanning and too_wide:
        return off + too_wide
    # A head over one column is centred on it or flush with either edge.
    return min(off, abs(box.x1 - right), abs(box.x0 - left))
