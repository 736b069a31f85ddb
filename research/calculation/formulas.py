"""What a step computes, as a small tree over the answers that it refers to.

A tree can be shown to a reader and written as Python (`writing`), and evaluated in exact decimals
(`evaluation`): the three must agree. Knows no wording, no unit and no document.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Operator = Literal["+", "-", "*", "/"]
Comparison = Literal["<", "<=", ">", ">=", "=="]
SummaryKind = Literal["average", "median", "maximum", "minimum"]


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier answer; `name` is what the step calls it ("Verizon"), "" where it does not."""

    label: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """A number that the step itself gives; `unit` and `scale` as it says them."""

    value: Decimal
    unit: str | None = None
    scale: int = 1

    @property
    def amount(self) -> Decimal:
        """The value times the scale."""
        return self.value * self.scale


@dataclass(frozen=True, slots=True)
class Binary:
    """Two parts joined by an operator."""

    operator: Operator
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Change:
    """The change from an earlier to a later amount, relative to the earlier (in percent) or not.

    `falls` says that a decrease is asked for, which is positive when it fell. `years` makes it the
    compound annual rate of a relative change; 0 where the step leaves their number to the amounts'
    own periods.
    """

    first: Node
    last: Node
    relative: bool
    falls: bool = False
    years: int | None = None


@dataclass(frozen=True, slots=True)
class Percent:
    """A ratio as a percentage: a hundred times as much."""

    part: Node


@dataclass(frozen=True, slots=True)
class BasisPoints:
    """A difference in percentage points as basis points: a hundred times as many."""

    part: Node


@dataclass(frozen=True, slots=True)
class Absolute:
    """An amount without its sign."""

    part: Node


@dataclass(frozen=True, slots=True)
class Summary:
    """One amount for several: their average, median, maximum or minimum."""

    kind: SummaryKind
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """Whether one is less or more than another."""

    comparison: Comparison
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class About:
    """Whether an amount is the stated one, rounded to the digits in which that is stated."""

    part: Node
    stated: Number


@dataclass(frozen=True, slots=True)
class All:
    """Whether several things hold at once."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Pick:
    """Which of several is the largest (or smallest)."""

    largest: bool
    parts: tuple[Reference, ...]


Node = (
    Reference
    | Number
    | Binary
    | Change
    | Percent
    | BasisPoints
    | Absolute
    | Summary
    | Compare
    | About
    | All
    | Pick
)


def list_references(node: Node) -> tuple[Reference, ...]:
    """Return the references of a tree in the order of their appearance, each label once."""
    found: dict[str, Reference] = {}
    for leaf in _list_leaves(node):
        if isinstance(leaf, Reference):
            found.setdefault(leaf.label, leaf)
    return tuple(found.values())


def list_numbers(node: Node) -> tuple[Number, ...]:
    """Return the numbers that a tree itself gives."""
    return tuple(leaf for leaf in _list_leaves(node) if isinstance(leaf, Number))


def walk_tree(node: Node) -> Iterator[Node]:
    """Yield a tree and all that it is made of, each before its own parts."""
    yield node
    for part in list_parts(node):
        yield from walk_tree(part)


def _list_leaves(node: Node) -> Iterator[Reference | Number]:
    return (part for part in walk_tree(node) if isinstance(part, Reference | Number))


def list_parts(node: Node) -> tuple[Node, ...]:
    """Return the parts of a tree, in order; none of a reference or number."""
    match node:
        case Binary(_, left, right) | Compare(_, left, right):
            return (left, right)
        case Change(first, last):
            return (first, last)
        case Percent(part) | BasisPoints(part) | Absolute(part):
            return (part,)
        case About(part, stated):
            return (part, stated)
        case Summary(_, parts) | All(parts) | Pick(_, parts):
            return parts
        case _:
            return ()


def find_step(number: Number) -> Decimal:
    """Return what the last digit of a number counts: 100,000 for "12.8 million"."""
    exponent = number.value.as_tuple().exponent
    return Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0) * number.scale
