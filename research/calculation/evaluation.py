"""The value of a tree in exact decimals: what the program in the sandbox must agree with."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from statistics import median

from research.calculation.formulas import (
    About,
    Absolute,
    All,
    BasisPoints,
    Binary,
    Change,
    Compare,
    Comparison,
    Node,
    Number,
    Operator,
    Percent,
    Pick,
    Reference,
    Summary,
    SummaryKind,
    find_step,
)


class UndefinedRate(ArithmeticError):
    """A compound annual rate that is none: of negative amounts, or over no whole years."""


def evaluate(node: Node, values: Mapping[str, Decimal]) -> Decimal | bool | str:
    """Return the value of a tree: an amount, a yes or no, or the label of the one picked.

    Raises:
        ZeroDivisionError: something is divided by zero.
        UndefinedRate: a compound rate of a negative amount, or over no years, is asked for.
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
        case Change():
            return _evaluate_change(node, values)
        case Percent(part) | BasisPoints(part):
            return evaluate_amount(part, values) * 100
        case Absolute(part):
            return abs(evaluate_amount(part, values))
        case Summary(kind, parts):
            return _summarise(kind, [evaluate_amount(one, values) for one in parts])
        case _:
            raise TypeError(f"{type(node).__name__} is no amount")


def _evaluate_change(node: Change, values: Mapping[str, Decimal]) -> Decimal:
    first, last = evaluate_amount(node.first, values), evaluate_amount(node.last, values)
    if node.years is not None:
        if node.years < 1 or first < 0 or last < 0:
            raise UndefinedRate
        return (_join("/", last, first) ** (Decimal(1) / node.years) - 1) * 100
    change = first - last if node.falls else last - first
    return _join("/", change, abs(first)) * 100 if node.relative else change


def _summarise(kind: SummaryKind, amounts: list[Decimal]) -> Decimal:
    match kind:
        case "average":
            return sum(amounts, Decimal(0)) / len(amounts)
        case "median":
            return median(amounts)
        case "maximum":
            return max(amounts)
        case "minimum":
            return min(amounts)


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
