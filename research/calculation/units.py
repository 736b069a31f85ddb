"""The unit of a computed amount, told from the units of its parts: settled outside any model.

Amounts of one unit may be added and compared; a ratio of two amounts of one unit is a ratio;
dollars by shares are dollars a share. What does not go together is an error that says so. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from research.calculation.formulas import (
    About,
    Absolute,
    All,
    BasisPoints,
    Binary,
    Change,
    Compare,
    Node,
    Number,
    Percent,
    Pick,
    Reference,
    Summary,
)

Unit = str | None
PLAIN = "plain"  # of a number that counts nothing: 100, 4
_ZERO = Number(Decimal(0))  # nothing of any unit
# What a plain number may be added to or held against.
_BARE: frozenset[Unit] = frozenset({PLAIN, "ratio", None})


@dataclass(frozen=True, slots=True)
class UnitsClash(Exception):
    """Parts whose units do not go together; the text says which."""

    detail: str

    def __str__(self) -> str:
        return self.detail


def find_unit(node: Node, units: Mapping[str, Unit]) -> Unit:
    """Return the unit of a tree's result; "boolean" and "name" for what is no amount.

    Raises:
        UnitsClash: the parts do not go together.
    """
    match node:
        case Reference(label):
            return units[label]
        case Number(_, unit):
            return unit or PLAIN
        case Absolute(part):
            return find_unit(part, units)
        case Binary():
            return _find_joined(node, units)
        case Change(first, last, relative):
            one = _require_same(first, last, units)
            return "percent" if relative else _subtract(one)
        case BasisPoints(part):
            unit = find_unit(part, units)
            told = f"{unit or 'a number'} is no difference of percentages."
            return "basis points" if unit == "percentage points" else _clash(told)
        case Percent(part):
            unit = find_unit(part, units)
            if unit in ("ratio", PLAIN, None):
                return "percent"
            return unit if unit == "percent" else _clash(f"{unit} is no part of a whole.")
    return _find_of_several(node, units)


def _find_of_several(node: Node, units: Mapping[str, Unit]) -> Unit:
    match node:
        case Summary(_, parts):
            return _require_all(parts, units)
        case Compare(_, left, right):
            _require_same(left, right, units)
            return "boolean"
        case About(part, stated):
            unit = find_unit(part, units)
            says_nothing = stated.unit is None and stated.scale == 1 and unit not in _BARE
            if (
                stated.unit not in (None, unit)
                or says_nothing
                or (unit == "percent" and stated.unit is None)
            ):
                return _clash(f"{unit or 'a number'} is compared with {stated.unit or 'a number'}.")
            return "boolean"
        case All(parts):
            for part in parts:
                find_unit(part, units)
            return "boolean"
        case Pick(_, parts):
            _require_all(parts, units)
            return "name"
    return None


def _find_joined(node: Binary, units: Mapping[str, Unit]) -> Unit:
    left, right = find_unit(node.left, units), find_unit(node.right, units)
    if node.operator in "+-":
        if left != right and not (PLAIN in (left, right) and {left, right} <= _BARE):
            return _clash(f"{left or 'a number'} and {right or 'a number'} do not add up.")
        unit = right if left == PLAIN else left
        return _subtract(unit) if node.operator == "-" else unit
    if node.operator == "*":
        return _multiply(left, right)
    return _divide(left, right)


def _subtract(unit: Unit) -> Unit:
    return "percentage points" if unit == "percent" else unit


def _multiply(left: Unit, right: Unit) -> Unit:
    if PLAIN in (left, right):
        return right if left == PLAIN else left
    for one, other in ((left, right), (right, left)):
        if one in ("ratio", None):
            return other
        if one == "USD/share" and other == "shares":
            return "USD"
    return _clash(f"{left} times {right} is nothing that is counted.")


def _divide(left: Unit, right: Unit) -> Unit:
    if right in (PLAIN, "ratio", None):
        return left
    if left == right:
        return "ratio"
    if left == "USD" and right == "shares":
        return "USD/share"
    if left == "USD" and right == "USD/share":
        return "shares"
    if left in (PLAIN, None):
        return "ratio" if left is None else _clash(f"A number is divided by {right}.")
    return _clash(f"{left} is divided by {right}.")


def _require_same(one: Node, other: Node, units: Mapping[str, Unit]) -> Unit:
    return _require_all((one, other), units)


def _require_all(parts: tuple[Node, ...], units: Mapping[str, Unit]) -> Unit:
    found = [find_unit(part, units) for part in parts if part != _ZERO]
    told = {unit for unit in found if unit != PLAIN}
    if len(told) > 1 or (PLAIN in found and not told <= _BARE):
        shown = " and ".join(sorted(unit or "a number" for unit in told))
        return _clash(f"{shown} cannot be compared.")
    return told.pop() if told else PLAIN


def _clash(detail: str) -> Unit:
    raise UnitsClash(detail)
