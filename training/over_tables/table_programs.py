"""The short Python program of a plan: its figures under their names, then `ans`.

    net_sales_2018 = 1202.9
    net_sales_2019 = 1496.5
    ans = (net_sales_2019 - net_sales_2018) / net_sales_2018 * 100

Programs are checked by evaluating them with a few kinds of nodes of `ast`; none is ever run. Knows
no prompt.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from research.calculation.formulas import (
    Binary,
    Change,
    Node,
    Number,
    Percent,
    Reference,
    Summary,
)
from training.over_tables.table_cells import TableCell
from training.over_tables.table_plans import Solution, TablePlan

_WORDS = 4
_RANK = {"+": 1, "-": 1, "*": 2, "/": 2}
_EMPTY = frozenset(("the", "of", "and", "for", "in", "to", "a", "an", "from", "on"))
_CLOSE = Decimal("1e-6")


def write_program(plan: TablePlan, solution: Solution) -> str | None:
    """Return the program that computes an amount; None for what is no amount, or cannot be told."""
    if not isinstance(solution.value, Decimal):
        return None
    names = name_figures({f"Q{at}": one.cell for at, one in enumerate(plan.lookups, 1)})
    expression = write_expression(solution.node, names)
    if expression is None:
        return None
    lines = [
        f"{names[f'Q{number}']} = {format(lookup.cell.value, 'f')}"
        for number, lookup in enumerate(plan.lookups, 1)
    ]
    program = "\n".join([*lines, f"ans = {expression}"])
    found = evaluate_program(program)
    return program if found is not None and agrees(found, solution.value) else None


def agrees(found: Decimal, wanted: Decimal, share: Decimal = _CLOSE) -> bool:
    """Whether two amounts are the same but for a small share of the larger."""
    return abs(found - wanted) <= share * max(abs(found), abs(wanted), Decimal(1))


def name_figures(cells: Mapping[str, TableCell]) -> dict[str, str]:
    """Return a name for each figure, by label: "net_sales_2019"; no name stands twice."""
    names: dict[str, str] = {}
    for label, cell in cells.items():
        name = f"{_to_name(cell.item, _WORDS)}_{_to_name(cell.period, 3)}"
        if not name[0].isalpha() or keyword.iskeyword(name):
            name = f"value_{name}"
        if name in names.values():
            name = f"{name}_{label.lower()}"
        names[label] = name
    return names


def _to_name(text: str, most: int) -> str:
    words = re.findall(r"[a-z0-9]+", text.lower().replace("'s", ""))
    kept = [word for word in words if word not in _EMPTY] or words
    return "_".join(kept[:most])


def write_expression(node: Node, names: Mapping[str, str], within: int = 0) -> str | None:
    """Return a tree as a Python expression with no more brackets than it needs; None if it is none.

    A percentage is a hundred times its ratio.
    """
    match node:
        case Reference(label):
            return names[label]
        case Number():
            return format(node.amount.normalize(), "f")
        case Percent(part):
            return _join("*", part, Number(Decimal(100)), names, within)
        case Change(first, last, relative, falls, None) if not falls:
            change = Binary("-", last, first)
            if not relative:
                return write_expression(change, names, within)
            return write_expression(Percent(Binary("/", change, first)), names, within)
        case Summary("average", parts):
            total = parts[0]
            for part in parts[1:]:
                total = Binary("+", total, part)
            return _join("/", total, Number(Decimal(len(parts))), names, within)
        case Binary(operator, left, right):
            return _join(operator, left, right, names, within)
        case _:
            return None


def _join(
    operator: str, left: Node, right: Node, names: Mapping[str, str], within: int
) -> str | None:
    rank = _RANK[operator]
    one = write_expression(left, names, rank)
    other = write_expression(right, names, rank + 1)
    if one is None or other is None:
        return None
    text = f"{one} {operator} {other}"
    return f"({text})" if rank < within else text


# Evaluating


def evaluate_program(program: str) -> Decimal | None:
    """Return the value of `ans` of a program that only assigns and calculates; else None."""
    values: dict[str, Decimal] = {}
    try:
        tree = ast.parse(program)
        for statement in tree.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    values[name] = _evaluate(value, values)
                case _:
                    return None
    except (SyntaxError, ValueError, KeyError, ArithmeticError):
        return None
    return values.get("ans")


def _evaluate(node: ast.expr, values: Mapping[str, Decimal]) -> Decimal:
    match node:
        case ast.Constant(value=int() | float() as number):
            return _read_number(number)
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_evaluate(inner, values)
        case ast.BinOp(left=left, op=operator, right=right):
            return _calculate(operator, _evaluate(left, values), _evaluate(right, values))
        case _:
            raise ValueError(f"{type(node).__name__} is no calculation")


def _read_number(number: int | float) -> Decimal:
    try:
        return Decimal(str(number))
    except InvalidOperation as error:
        raise ValueError(f"{number} is no amount") from error


def _calculate(operator: ast.operator, left: Decimal, right: Decimal) -> Decimal:
    match operator:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
        case _:
            raise ValueError(f"{type(operator).__name__} is no operation of these programs")
