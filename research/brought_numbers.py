"""Numbers that a step brings into a computation itself, held against the question.

What scales, counts or tells the days of a year may be brought in; anything else stands in the
question. Pure; knows no plan and no document.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ingestion.figures import find_figures
from research.calculation.formulas import Binary, Node, Number, list_numbers, walk_tree

_COUNTING = frozenset(
    map(Decimal, "0 0.5 1 2 3 4 5 6 7 8 9 10 12 100 360 365 1000 1000000".split())
)
# What a sum may be divided by, however many are added up.
_WHOLES = frozenset(map(Decimal, "12 100 360 365 1000 1000000".split()))


def find_brought_numbers(question: str, node: Node) -> Iterator[str]:
    """Yield what is off, as the rest of a sentence that begins with the step."""
    said = {abs(figure.amount) for figure in find_figures(question)}
    said |= {amount / 100 for amount in said}
    for number in list_numbers(node):
        if number.amount not in _COUNTING and abs(number.amount) not in said:
            yield f"computes with {number.amount:f}, which the question does not say."
    for part in walk_tree(node):
        if isinstance(part, Binary) and part.operator == "/" and isinstance(part.right, Number):
            added = _count_added(part.left)
            if added > 1 and part.right.value not in (added, *_WHOLES):
                yield f"divides a sum of {added} by {part.right.value:f}."


def _count_added(node: Node) -> int:
    """Return how many amounts are added up: 3 of "#1 + #2 + #3"."""
    if isinstance(node, Binary) and node.operator == "+":
        return _count_added(node.left) + _count_added(node.right)
    return 1
