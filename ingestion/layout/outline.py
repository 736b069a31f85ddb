"""Which sub-headings a table's row stands under, from its label, indent and the rows before.

A pure state machine over labels. Knows nothing of cells, heads or files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

# More sub-headings than these, one right after the other, are a list and not an outline.
MAX_RUN = 3
# The regulator's reports end the names of headings with what they are in the taxonomy.
_TAXONOMY = re.compile(r"\s*\[(?:Abstract|Line Items|Roll Forward|Table|Axis|Domain)\]$", re.I)
_SKIPPED = re.compile(r"\[(?:Line Items|Table)\]$", re.IGNORECASE)
_TOTAL = re.compile(r"^total\s+(?:of\s+)?", re.IGNORECASE)
_CASH_TOTAL = re.compile(
    r"^(?:net\s+)?cash\s+(?:flows?\s+)?\(?(?:generated|provided|used|from)\b", re.IGNORECASE
)
# Cash flow statements set these under the heading of the activity, mostly without an indent.
_ACTIVITIES = re.compile(r"\bactivities$", re.IGNORECASE)
_WITHIN_ACTIVITIES = re.compile(r"^(?:adjustments?|changes?\s+in)\b", re.IGNORECASE)


@dataclass(slots=True)
class _Level:
    label: str
    indent: int
    is_title: bool  # says by itself that it is a heading: a colon, capitals, the taxonomy
    inner: int = 0  # the indent of what stands below it
    is_closed: bool = False


@dataclass(slots=True)
class Outline:
    """The sub-headings that are open, outermost first, as rows are placed one after another.

    Without indents a sub-heading ends the one before it, unless they follow each other directly
    ("ASSETS", "Current assets:"): then the second stands under the first. "Total current
    assets" is the last row under "Current assets:".
    """

    _levels: list[_Level] = field(default_factory=list)
    _waiting: list[_Level] = field(default_factory=list)

    def place(self, label: str, indent: int = 0, *, is_heading: bool = False) -> tuple[str, ...]:
        """Return the parents of the next row; `is_heading` says that it has no cells."""
        if is_heading:
            if _SKIPPED.search(label):
                return ()
            self._await(label, indent)
            kept = self._levels[: self._start()]
            return tuple(level.label for level in [*kept, *self._waiting[:-1]])
        if self._waiting:
            self._open(indent)
        self._end_by_indent(label, indent)
        return self._parents_of_row(label)

    def _await(self, label: str, indent: int) -> None:
        is_title = label.endswith(":") or label.isupper() or bool(_TAXONOMY.search(label))
        level = _Level(_TAXONOMY.sub("", label).rstrip(":").strip(), indent, is_title)
        above = self._waiting[-1] if self._waiting else None
        # A line item without amounts ("Commitments and contingencies") is no heading of the next.
        if above and not above.is_title and is_title and not _share_a_word(above, level):
            self._waiting.pop()
        if len(self._waiting) == MAX_RUN:
            self._waiting.clear()
        self._waiting.append(level)

    def _start(self) -> int:
        """Return how many levels stay open above the headings that wait for their first row."""
        first, count = self._waiting[0], len(self._waiting)
        reached = sum(level.indent <= first.indent for level in self._levels)
        outer = sum(level.indent < first.indent for level in self._levels)
        if _WITHIN_ACTIVITIES.search(first.label):
            activities = [bool(_ACTIVITIES.search(level.label)) for level in self._levels]
            outer = max(outer, activities.index(True) + 1 if any(activities) else 0)
        closed = [index for index, level in enumerate(self._levels) if level.is_closed]
        return min([max(outer, reached - count), *closed])

    def _open(self, indent: int) -> None:
        inners = [level.indent for level in self._waiting[1:]] + [indent]
        for level, inner in zip(self._waiting, inners, strict=True):
            level.inner = inner
        self._levels = self._levels[: self._start()] + self._waiting
        self._waiting = []

    def _end_by_indent(self, label: str, indent: int) -> None:
        """Close what a row set in less than the rows before it no longer stands under."""
        for level in self._levels:
            is_left = level.indent < level.inner and indent < level.inner
            if is_left and not _is_total_of(label, level):
                level.is_closed = True

    def _parents_of_row(self, label: str) -> tuple[str, ...]:
        """Return the labels of the open levels; a total ends the level that it is the total of."""
        open_levels = _take_open(self._levels)
        for index, level in enumerate(open_levels):
            if _is_total_of(label, level):
                level.is_closed = True
                return tuple(above.label for above in open_levels[: index + 1])
        return tuple(level.label for level in open_levels)


def _take_open(levels: Sequence[_Level]) -> list[_Level]:
    closed = [index for index, level in enumerate(levels) if level.is_closed]
    return list(levels[: closed[0]] if closed else levels)


def _is_total_of(label: str, level: _Level) -> bool:
    """Whether a row sums a level up: "Total current assets", "Net cash used in ... activities"."""
    heading = _compare(level.label)
    if _TOTAL.match(label):
        return _compare(_TOTAL.sub("", label)) == heading
    named = re.sub(r"^cash flows? from ", "", heading)
    return bool(_CASH_TOTAL.match(label)) and bool(named) and named in _compare(label)


def _compare(label: str) -> str:
    return re.sub(r"\W+", " ", label).strip().casefold()


def _share_a_word(first: _Level, second: _Level) -> bool:
    words = [set(re.findall(r"\w{4,}", _compare(level.label))) for level in (first, second)]
    return bool(words[0] & words[1])
