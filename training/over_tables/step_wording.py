"""The steps that compute a tree over look-ups, in the words that the desk reads.

One wording for each computation, whoever asked for it. Knows no set and no table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from research.calculation.formulas import Binary, Compare, Node, Number, Reference

_HUNDRED = Decimal(100)


def write_steps(node: Node, *, first: int, as_percent: bool, changes: frozenset[str]) -> list[str]:
    """Return the steps that compute a tree over look-ups, worded as the desk reads them.

    `first` is the number of the first step, `as_percent` says that a quotient is asked as a
    percentage. `changes` are pairs "Q2-Q1" of a later and an earlier figure of one item: their
    difference is told as the later minus the earlier, whichever is taken off. A tree that cannot
    be worded gives no steps.
    """
    writer = _StepWriter(first, changes)
    try:
        writer.write(_without_hundredfold(node), as_percent=as_percent or _is_hundredfold(node))
    except LookupError:
        return []
    return writer.steps


def _is_hundredfold(node: Node) -> bool:
    match node:
        case Binary("*", Binary("/" | "-"), Number(value)):
            return value == _HUNDRED
        case Binary("*", Number(value), Binary("/" | "-")):
            return value == _HUNDRED
        case _:
            return False


def _without_hundredfold(node: Node) -> Node:
    if not _is_hundredfold(node) or not isinstance(node, Binary):
        return node
    return node.right if isinstance(node.left, Number) else node.left


class _StepWriter:
    """Writes steps, each part before what it is a part of."""

    def __init__(self, first: int, changes: frozenset[str]) -> None:
        self.steps: list[str] = []
        self._first = first
        self._changes = changes

    def write(self, node: Node, *, as_percent: bool = False) -> str:
        """Return the reference to a part's value; writes the step that computes it.

        Raises:
            LookupError: it cannot be worded.
        """
        if isinstance(node, Reference):
            return f"#{node.label.removeprefix('Q')}"
        if isinstance(node, Number):
            raise LookupError(f"{node.value} is no figure of the table")
        if isinstance(node, Compare):
            left, right = self.write(node.left), self.write(node.right)
            return self._add(f"Is {left} larger than {right}?")
        phrase = self._phrase(node)
        is_quotient = isinstance(node, Binary) and node.operator == "/"
        if as_percent and is_quotient and not phrase.startswith("the "):
            phrase += ", as a percentage"
        return self._add(f"What is {phrase}?")

    def _add(self, step: str) -> str:
        if step not in self.steps:
            self.steps.append(step)
        return f"#{self._first + self.steps.index(step)}"

    def _phrase(self, node: Node) -> str:
        grown = _read_growth(node)
        if grown is not None:
            return f"the percentage change from {self.write(grown[0])} to {self.write(grown[1])}"
        averaged = _read_average(node)
        if averaged:
            return f"the average of {_list(self._write_all(averaged))}"
        summed = _read_sum(node)
        if summed:
            return f"the sum of {_list(self._write_all(summed))}"
        if not isinstance(node, Binary):
            raise LookupError(type(node).__name__)
        change = self._read_change(node)
        if change is not None:
            earlier, later = (self.write(part) for part in change)
            return f"{later} minus {earlier}"
        words = {"-": "minus", "/": "divided by", "*": "times", "+": "plus"}
        left = self.write(node.left)
        return f"{left} {words[node.operator]} {self.write(node.right)}"

    def _write_all(self, parts: Sequence[Node]) -> list[str]:
        return sorted((self.write(part) for part in parts), key=lambda text: int(text[1:]))

    def _read_change(self, node: Binary) -> tuple[Node, Node] | None:
        """Return the earlier and the later figure of one item whose difference a tree is."""
        match node:
            case Binary("-", Reference(one), Reference(other)):
                if f"{one}-{other}" in self._changes:
                    return node.right, node.left
                if f"{other}-{one}" in self._changes:
                    return node.left, node.right
        return None


def _read_growth(node: Node) -> tuple[Node, Node] | None:
    """Return the earlier and the later of two figures whose relative change a tree is."""
    match node:
        case Binary("/", Binary("-", later, earlier), base) if earlier == base:
            pass
        case Binary("/", Binary("-", earlier, later), base) if earlier == base:
            pass  # of a fall, which the desk tells as a negative change
        case Binary("-", Binary("/", later, earlier), Number(one)) if one == 1:
            pass
        case _:
            return None
    return (earlier, later) if isinstance(earlier, Reference) else None


def _read_sum(node: Node) -> tuple[Node, ...]:
    """Return the parts of a sum of look-ups; () where it is none."""
    parts = tuple(_list_summands(node))
    is_plain = all(isinstance(part, Reference) for part in parts)
    is_distinct = len(set(parts)) == len(parts)
    return parts if len(parts) > 1 and is_plain and is_distinct else ()


def _list_summands(node: Node) -> Iterator[Node]:
    if isinstance(node, Binary) and node.operator == "+":
        yield from _list_summands(node.left)
        yield from _list_summands(node.right)
    else:
        yield node


def _read_average(node: Node) -> tuple[Node, ...]:
    match node:
        case Binary("/", Binary("+") as total, Number(count)):
            parts = _read_sum(total)
            return parts if len(parts) == count else ()
        case _:
            return ()


def _list(texts: Sequence[str]) -> str:
    return f"{', '.join(texts[:-1])} and {texts[-1]}"
