"""How public sets write down a computation, read into one small tree.

FinQA writes "subtract(920, 95), divide(#0, 95)", ConvFinQA "x0 = 920 - 95; ans = x0 / 95", TAT-QA
"(920-95)/95". The tree is the desk's own; its leaves are numbers until they are found in a table.
Knows no table.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from research.calculation.formulas import (
    Binary,
    Compare,
    Node,
    Number,
    Operator,
    Reference,
    list_parts,
)

_CALL = re.compile(r"(\w+)\(([^()]*)\)")
_OPERATORS: dict[str, Operator] = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
_SIGNS: dict[type[ast.operator], Operator] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}
# What is no part of a number as Python writes it.
_DECORATION = re.compile(r"[$\u20ac\u00a3%]|(?<=\d),(?=\d{3})")
_BRACKETS = str.maketrans("[]{}\u2212\u2013\u00d7\u00f7", "()()--*/")
# Numbers that count or scale where they divide or multiply.
_CONSTANTS = frozenset(map(Decimal, (1, 2, 3, 4, 5, 6, 12, 100, 1000, 10**6, 10**9)))


# Reading


def parse_program(text: str) -> Node | None:
    """Read a program of FinQA; None where it does more than the four operations and "greater"."""
    results: list[Node] = []
    rest = _CALL.sub("", text).strip(" ,")
    if rest:
        return None
    for name, arguments in _CALL.findall(text):
        parts = [_read_argument(part.strip(), results) for part in arguments.split(",")]
        if len(parts) != 2 or parts[0] is None or parts[1] is None:
            return None
        if name == "greater":
            results.append(Compare(">", parts[0], parts[1]))
        elif name in _OPERATORS:
            results.append(Binary(_OPERATORS[name], parts[0], parts[1]))
        else:
            return None
    return results[-1] if results else None


def _read_argument(text: str, results: Sequence[Node]) -> Node | None:
    if text.startswith("#"):
        place = text[1:]
        return results[int(place)] if place.isdecimal() and int(place) < len(results) else None
    text = text.removeprefix("const_")
    return _read_number(f"-{text[1:]}" if re.fullmatch(r"m\d+", text) else text)


def _read_number(text: str) -> Number | None:
    try:
        number = Decimal(_DECORATION.sub("", text).strip())
    except InvalidOperation:
        return None
    return Number(number) if number.is_finite() else None


def parse_formula(text: str) -> Node | None:
    """Read a derivation of TAT-QA, or a line of arithmetic; None where it is no plain formula."""
    return parse_assignments(f"ans = {text.strip()}")


def parse_assignments(text: str) -> Node | None:
    """Read a program of ConvFinQA; None where it has no `ans` or is more than arithmetic."""
    plain = _DECORATION.sub("", text.translate(_BRACKETS))
    values: dict[str, Node] = {}
    try:
        for line in plain.split(";"):
            match ast.parse(line.strip()).body:
                case [ast.Assign(targets=[ast.Name(id=name)], value=value)]:
                    values[name] = _read_expression(value, values)
                case _:
                    return None
    except (SyntaxError, ValueError, RecursionError):
        return None
    return values.get("ans")


def _read_expression(node: ast.expr, values: Mapping[str, Node]) -> Node:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return Number(Decimal(str(number)))
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return Number(-Decimal(str(number)))
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _SIGNS:
            return Binary(
                _SIGNS[type(operator)],
                _read_expression(left, values),
                _read_expression(right, values),
            )
        case _:
            raise ValueError(f"{type(node).__name__} is no arithmetic")


# Its numbers


def list_figures(node: Node) -> tuple[Number, ...]:
    """Return the numbers of a tree that are figures, each once, in the order they stand in.

    Left out are those that count or scale: the 2 of an average, the 100 of a percentage.
    """
    return tuple(dict.fromkeys(_find_figures(node)))


def _find_figures(node: Node) -> Iterator[Number]:
    match node:
        case Number():
            yield node
        case Binary(operator, left, right):
            if not (operator == "*" and _is_constant(left)):
                yield from _find_figures(left)
            if not (_is_constant(right) and (operator in "*/" or _is_one_off(node))):
                yield from _find_figures(right)
        case _:
            for part in list_parts(node):
                yield from _find_figures(part)


def _is_constant(node: Node) -> bool:
    return isinstance(node, Number) and node.value in _CONSTANTS


def _is_one_off(node: Binary) -> bool:
    """Whether one is taken off a ratio: its growth."""
    match node:
        case Binary("-", Binary("/"), Number(value)):
            return value == 1
        case _:
            return False


def replace_figures(node: Node, labels: Mapping[Number, str]) -> Node:
    """Put references in the place of a tree's figures; what counts or scales stays a number."""
    match node:
        case Number() if node in labels:
            return Reference(labels[node])
        case Binary(operator, left, right):
            keep_left = operator == "*" and _is_constant(left)
            keep_right = _is_constant(right) and (operator in "*/" or _is_one_off(node))
            return Binary(
                operator,
                left if keep_left else replace_figures(left, labels),
                right if keep_right else replace_figures(right, labels),
            )
        case Compare(comparison, left, right):
            return Compare(
                comparison, replace_figures(left, labels), replace_figures(right, labels)
            )
        case _:
            return node
