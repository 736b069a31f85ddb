"""Looking a sub-question up among the cells of a table, by its words and years alone.

A stand-in for the desk's search that judges plans: one cell fits best, or none is found. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ingestion.figures import find_years
from research.terms import stem_word
from training.errors import DataError
from training.report.golds import read_number

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[a-z&]+")
# Words that only ask. "Total" is none of them: it may be all that a row is called.
_ASKING = frozenset(
    "a an and are as at by did do does fiscal for from fy had has have how in is it its many much "
    "of on or s the their to was were what when which who will with year ended".split()
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A number with its heads; `value` is as printed, before any scale."""

    row: str
    column: str
    value: Decimal
    unit: str | None

    @property
    def years(self) -> frozenset[int]:
        """The years that its heads name."""
        return frozenset((*find_years(self.row), *find_years(self.column)))


def read_cells(items: Iterable[Mapping[str, Any]], place: str) -> tuple[Cell, ...]:
    """Read the cells of a gold.

    Raises:
        DataError: one lacks a head, or its value is no number; `place` tells which example's.
    """
    cells = []
    for item in items:
        value = read_number(str(item.get("value")))
        if value is None or "row" not in item or "column" not in item:
            raise DataError(
                f"A gold cell of {place} is not complete: {dict(item)!r}. Build the data again: "
                "`acedesk train data`."
            )
        unit = item.get("unit") or None  # a plain number has none
        cells.append(Cell(str(item["row"]), str(item["column"]), value, unit))
    return tuple(cells)


def find_cell(text: str, cells: Sequence[Cell]) -> Cell | None:
    """Return the cell that a sub-question asks for; None where none or several fit best.

    What names years that the sub-question does not is out. Then counts how many words of the row
    are asked for, how many years are said, and how few words of the heads are not asked for.
    Cells that fit alike and hold the same number are one.
    """
    words, years = _find_words(text), frozenset(find_years(text))
    ranked = [
        (_rank(cell, words, years), cell) for cell in cells if not years or cell.years <= years
    ]
    ranked = [(rank, cell) for rank, cell in ranked if rank[0] + rank[3] > 0]
    if not ranked:
        return None
    best = max(rank for rank, _ in ranked)
    fitting = [cell for rank, cell in ranked if rank == best]
    return fitting[0] if len({(cell.value, cell.unit) for cell in fitting}) == 1 else None


def _rank(
    cell: Cell, words: frozenset[str], years: frozenset[int]
) -> tuple[int, int, int, int, int]:
    row, column = _find_words(cell.row), _find_words(cell.column)
    return (
        len(row & words),
        len(cell.years & years),
        -len(row - words),
        len(column & words),
        -len(column - words),
    )


def _find_words(text: str) -> frozenset[str]:
    """Return the stems of a text's words and its numbers, but for years and what only asks."""
    years = {str(year) for year in find_years(text)}
    found = (word.replace(",", "") for word in _WORD.findall(text.lower()))
    return frozenset(stem_word(word) for word in found if word not in _ASKING and word not in years)
