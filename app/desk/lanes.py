"""Where the lines of a plan run: from each step down to those that use its answer.

As the graphs of version control are drawn: a step that others use gets a lane beside the list,
from its own row to the last row that needs it. Pure; knows steps, and nothing of HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from research.questions import SubQuestion

# A lane in a row: nothing, its upper end, passing by, a use with more below, its lower end.
Part = Literal["", "start", "through", "branch", "end"]


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane in one row; `source` is the step whose answer runs there, "" where none does."""

    part: Part = ""
    source: str = ""


def lay_lanes(steps: Sequence[SubQuestion]) -> tuple[tuple[Lane, ...], ...]:
    """Return the lanes of each row, all rows as many; lane 0 lies nearest to the steps.

    No two steps share a lane in a row. A step that waits for a later one has its line upwards.
    """
    place = {step.label: row for row, step in enumerate(steps)}
    users: dict[str, set[int]] = {}
    for row, step in enumerate(steps):
        for needed in step.depends_on:
            if needed in place:
                users.setdefault(needed, set()).add(row)
    # Short ones first: they then lie nearest, and are crossed least.
    spans = sorted(
        ((label, {place[label], *rows}) for label, rows in users.items()),
        key=lambda span: (max(span[1]) - min(span[1]), min(span[1])),
    )
    lanes: list[list[Lane]] = []
    for label, rows in spans:
        first, last = min(rows), max(rows)
        lane = _find_free(lanes, first, last, len(steps))
        for row in range(first, last + 1):
            lane[row] = Lane(_name_part(row, first, last, row in rows), label)
    return tuple(tuple(lane[row] for lane in lanes) for row in range(len(steps)))


def _find_free(lanes: list[list[Lane]], first: int, last: int, rows: int) -> list[Lane]:
    for lane in lanes:
        if all(not lane[row].part for row in range(first, last + 1)):
            return lane
    lanes.append([Lane()] * rows)
    return lanes[-1]


def _name_part(row: int, first: int, last: int, touches: bool) -> Part:
    if row == first:
        return "start"
    if row == last:
        return "end"
    return "branch" if touches else "through"
