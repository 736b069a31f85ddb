"""Plain arithmetic written as text: read, computed exactly, and put together to a program.

Only numbers, names, `+ - * /` and brackets are known; nothing is ever executed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from fractions import Fraction

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_LEADING_POINT = re.compile(r"(?<![\d.])\.(?=\d)")
_LEADING_ZEROS = re.compile(r"(?<![\d.])0+(?=\d)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SIGNS = str.maketrans({"×": "*", "÷": "/", "−": "-", "–": "-", "[": "(", "]": ")"})
_COMPUTE: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: lambda left, right: left / right,
}
_SAID: Mapping[type[ast.operator], str] = {
    ast.Add: "plus",
    ast.Sub: "minus",
    ast.Mult: "times",
    ast.Div: "divided by",
}


def read_number(text: str) -> Fraction | None:
    """Read a number as people write it ("$1,200", "12.5", "1/2"); None where it is none."""
    tree = read_expression(text.replace("$", ""))
    return None if tree is None else compute(tree, {})


def read_expression(text: str) -> ast.expr | None:
    """Read an expression ("50*20%", "$1,200/.5"); None where it is more than plain arithmetic."""
    plain = _THOUSANDS.sub("", text.replace("$", "").translate(_SIGNS))
    plain = _PERCENT.sub(lambda found: _write_fraction(Fraction(found[1]) / 100), plain)
    plain = _LEADING_ZEROS.sub("", _LEADING_POINT.sub("0.", plain)).strip()
    try:
        tree = ast.parse(plain, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if compute(tree, None) is not None else None


def compute(tree: ast.expr, known: Mapping[str, Fraction] | None) -> Fraction | None:
    """Compute an expression with the values of its names.

    None where a name is unknown, a part is no plain arithmetic, or it divides by zero. Where
    `known` is None, names are not allowed at all.
    """
    match tree:
        case ast.Constant(int() | float() as value) if not isinstance(value, bool):
            return Fraction(str(value))
        case ast.Name(name):
            return None if known is None else known.get(name)
        case ast.UnaryOp(ast.USub(), operand):
            positive = compute(operand, known)
            return None if positive is None else -positive
        case ast.BinOp(left, operator, right) if type(operator) in _COMPUTE:
            one, two = compute(left, known), compute(right, known)
            if one is None or two is None or (isinstance(operator, ast.Div) and not two):
                return None
            return _COMPUTE[type(operator)](one, two)
    return None


def name_results(tree: ast.expr, names: Mapping[Fraction, str]) -> ast.expr:
    """Return the expression with names in the place of the numbers that they stand for."""

    class Naming(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.expr:
            name = names.get(Fraction(str(node.value)))
            return node if name is None else ast.Name(name, ast.Load())

    named: ast.expr = Naming().visit(ast.parse(ast.unparse(tree), mode="eval").body)
    return named


def run_program(program: str) -> Fraction | None:
    """Compute lines of `name = expression`; returns `ans`, None where a line is no such."""
    known: dict[str, Fraction] = {}
    for line in ast.parse(program).body:
        match line:
            case ast.Assign([ast.Name(name)], expression):
                value = compute(expression, known)
            case _:
                return None
        if value is None:
            return None
        known[name] = value
    return known.get("ans")


def say_expression(tree: ast.expr) -> str:
    """Tell an expression in words where it has one sign ("48 divided by 2"), else with signs."""
    match tree:
        case ast.BinOp(left, operator, right) if not _has_signs(left) and not _has_signs(right):
            return f"{ast.unparse(left)} {_SAID[type(operator)]} {ast.unparse(right)}"
    terms = _list_terms(tree)
    if len(terms) > 1 and not any(map(_has_signs, terms)):
        *firsts, last = map(ast.unparse, terms)
        return f"the sum of {', '.join(firsts)} and {last}"
    return ast.unparse(tree)


def _list_terms(tree: ast.expr) -> list[ast.expr]:
    """Return the terms of a sum; the expression alone where it is none."""
    match tree:
        case ast.BinOp(left, ast.Add(), right):
            return [*_list_terms(left), *_list_terms(right)]
    return [tree]


def _has_signs(tree: ast.expr) -> bool:
    return isinstance(tree, ast.BinOp | ast.UnaryOp)


def _write_fraction(value: Fraction) -> str:
    return f"{float(value):.10f}".rstrip("0").rstrip(".")
