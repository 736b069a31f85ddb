"""What a step computes, as a small tree over the answers that it refers to.

A tree can be shown to a reader, written as Python, and evaluated in exact decimals: the three must
agree. Knows no wording, no unit and no document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Operator = Literal["+", "-", "*", "/"]
Comparison = Literal["<", "<=", ">", ">=", "=="]

_RANK: dict[str, int] = {"+": 1, "-": 1, "*": 2, "/": 2}


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

    `falls` says that a decrease is asked for, which is positive when it fell.
    """

    first: Node
    last: Node
    relative: bool
    falls: bool = False


@dataclass(frozen=True, slots=True)
class Percent:
    """A ratio as a percentage: a hundred times as much."""

    part: Node


@dataclass(frozen=True, slots=True)
class Absolute:
    """An amount without its sign."""

    part: Node


@dataclass(frozen=True, slots=True)
class Mean:
    """The average of several."""

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
    Reference | Number | Binary | Change | Percent | Absolute | Mean | Compare | About | All | Pick
)


def list_references(node: Node) -> tuple[Reference, ...]:
    """Return the references of a tree in the order of their appearance, each label once."""
    found: dict[str, Reference] = {}
    for leaf in _walk(node):
        if isinstance(leaf, Reference):
            found.setdefault(leaf.label, leaf)
    return tuple(found.values())


def list_numbers(node: Node) -> tuple[Number, ...]:
    """Return the numbers that a tree itself gives."""
    return tuple(leaf for leaf in _walk(node) if isinstance(leaf, Number))


def _walk(node: Node) -> Iterator[Reference | Number]:
    if isinstance(node, Reference | Number):
        yield node
        return
    for part in list_parts(node):
        yield from _walk(part)


def list_parts(node: Node) -> tuple[Node, ...]:
    """Return the parts of a tree, in order; none of a reference or number."""
    match node:
        case Binary(_, left, right) | Compare(_, left, right):
            return (left, right)
        case Change(first, last):
            return (first, last)
        case Percent(part) | Absolute(part):
            return (part,)
        case About(part, stated):
            return (part, stated)
        case Mean(parts) | All(parts) | Pick(_, parts):
            return parts
        case _:
            return ()


# Showing


def show(node: Node, within: int = 0) -> str:
    """Return a tree for a reader: "(#1 - #2) / #2"."""
    match node:
        case Reference(label):
            return f"#{label.removeprefix('Q')}"
        case Number(value, unit, scale):
            return _show_number(value, unit, scale)
        case Binary(operator, left, right):
            rank = _RANK[operator]
            text = f"{show(left, rank)} {operator} {show(right, rank + 1)}"
            return f"({text})" if rank < within else text
        case Change():
            return _show_change(node, within)
        case Percent(part):
            return f"{show(part, 2)} \u00d7 100%"
        case Absolute(part):
            return f"|{show(part)}|"
        case _:
            return _show_several(node)


def _show_several(node: Mean | Compare | About | All | Pick) -> str:
    shown = [show(part) for part in list_parts(node)]
    match node:
        case Mean():
            return f"average({', '.join(shown)})"
        case Compare(comparison):
            return f" {comparison} ".join(shown)
        case About():
            return " \u2248 ".join(shown)
        case All():
            return " and ".join(shown)
        case Pick(largest):
            return f"{'largest' if largest else 'smallest'} of {', '.join(shown)}"


def _show_change(node: Change, within: int) -> str:
    first, last = show(node.first, 2), show(node.last, 1)
    change = f"{first} - {show(node.last, 2)}" if node.falls else f"{last} - {first}"
    if node.relative:
        return f"({change}) / {first} \u00d7 100%"
    return f"({change})" if within > 1 else change


def _show_number(value: Decimal, unit: str | None, scale: int) -> str:
    words = {10**3: " thousand", 10**6: " million", 10**9: " billion"}.get(scale, "")
    sign = "$" if unit == "USD" else ""
    return f"{sign}{value:,f}{words}{'%' if unit == 'percent' else ''}"


# Writing as Python


def write_python(node: Node) -> str:
    """Return a tree as a Python expression over q1, q2 ..."""
    match node:
        case Reference(label):
            return label.lower()
        case Number():
            return str(node.amount.normalize()) if node.amount % 1 else str(int(node.amount))
        case Binary(operator, left, right):
            return f"({write_python(left)} {operator} {write_python(right)})"
        case Change(first, last, relative, falls):
            one, two = write_python(first), write_python(last)
            change = f"({one} - {two})" if falls else f"({two} - {one})"
            return f"({change} / abs({one}) * 100)" if relative else change
        case Percent(part):
            return f"({write_python(part)} * 100)"
        case Absolute(part):
            return f"abs({write_python(part)})"
        case _:
            return _write_several(node)


def _write_several(node: Mean | Compare | About | All | Pick) -> str:
    parts = [write_python(part) for part in list_parts(node)]
    match node:
        case Mean():
            return f"(({' + '.join(parts)}) / {len(parts)})"
        case Compare(comparison):
            return f"({parts[0]} {comparison} {parts[1]})"
        case About(_, stated):
            return f"(abs({parts[0]} - {parts[1]}) <= {_plain(find_step(stated) / 2)})"
        case All():
            return " and ".join(parts)
        case Pick():
            return _write_pick(node)


def _write_pick(node: Pick) -> str:
    named = ", ".join(f"({write_python(one)}, {one.label!r})" for one in node.parts)
    return f"{'max' if node.largest else 'min'}([{named}])[1]"


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def find_step(number: Number) -> Decimal:
    """Return what the last digit of a number counts: 100,000 for "12.8 million"."""
    exponent = number.value.as_tuple().exponent
    return Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0) * number.scale


# Evaluating


def evaluate(node: Node, values: Mapping[str, Decimal]) -> Decimal | bool | str:
    """Return the value of a tree: an amount, a yes or no, or the label of the one picked.

    Raises:
        ZeroDivisionError: something is divided by zero.
        KeyError: a reference has no value.
    """
    match node:
        case Compare(comparison, left, right):
            return _compare(
                comparison, evaluate_amount(left, values), evaluate_amount(right, values)
            )
        case About(part, stated):
            distance = abs(evaluate_amount(part, values) - stated.amount)
            return distance <= find_step(stated) / 2
        case All(parts):
            return all(evaluate(one, values) is True for one in parts)
        case Pick(largest, parts):
            choose = max if largest else min
            return choose(parts, key=lambda one: values[one.label]).label
        case _:
            return evaluate_amount(node, values)


def evaluate_amount(node: Node, values: Mapping[str, Decimal]) -> Decimal:
    """Return the value of a tree that is an amount; see `evaluate`."""
    match node:
        case Reference(label):
            return values[label]
        case Number():
            return node.amount
        case Binary(operator, left, right):
            return _join(operator, evaluate_amount(left, values), evaluate_amount(right, values))
        case Change(first, last, relative, falls):
            one, two = evaluate_amount(first, values), evaluate_amount(last, values)
            change = one - two if falls else two - one
            return _join("/", change, abs(one)) * 100 if relative else change
        case Percent(part):
            return evaluate_amount(part, values) * 100
        case Absolute(part):
            return abs(evaluate_amount(part, values))
        case Mean(parts):
            total = sum((evaluate_amount(one, values) for one in parts), Decimal(0))
            return total / len(parts)
        case _:
            raise TypeError(f"{type(node).__name__} is no amount")


def _join(operator: Operator, left: Decimal, right: Decimal) -> Decimal:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            if right == 0:
                raise ZeroDivisionError
            return left / right


def _compare(comparison: Comparison, left: Decimal, right: Decimal) -> bool:
    match comparison:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "==":
            return left == right
