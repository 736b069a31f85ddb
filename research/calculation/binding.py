"""A program that the model wrote, held against facts: each number in it must be one of them.

Numbers that only scale, count or index (100, 1000, 2 in an exponent) are no operands. A number that
is no fact of the evidence leaves the calculation unverified, and is named. Pure but for the run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from research.calculation.amounts import round_amount, write_result
from research.calculation.compute import name_shape
from research.calculation.formulas import (
    Binary,
    Node,
    Number,
    Operator,
    Percent,
    Reference,
)
from research.calculation.sandbox import extract_program, run_program
from research.calculation.writing import show
from research.questions import Calculation, Check, Operand, Value

# Numbers that scale or count: none of them is taken for an amount.
_STRUCTURAL = frozenset(
    {Decimal(n) for n in (0, 1, 2, 3, 4, 12, 100, 365, 360, 1000, 10**6, 10**9)}
)
_SAME = Decimal("0.0005")
_SIGNS: dict[type[ast.operator], Operator] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}


@dataclass(frozen=True, slots=True)
class _Literal:
    """A number in the program; `name` is the variable that it is assigned to, if it is."""

    value: Decimal
    name: str


def bind_program(text: str, candidates: Sequence[Operand]) -> Calculation | None:
    """Run a program and bind its numbers to facts; None where it gives no number.

    `candidates` are facts of the evidence, as operands without a name.
    """
    source = extract_program(text)
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    ran = run_program(source)
    if not ran.succeeded or isinstance(ran.value, bool | str | list) or ran.value is None:
        return None
    literals = [one for one in _find_literals(tree) if one.value not in _STRUCTURAL]
    operands = tuple(_bind(one, candidates) for one in dict.fromkeys(literals))
    formula = _read_formula(tree)
    value = _settle_value(Decimal(str(ran.value)), operands, formula)
    shape = name_shape(formula) if formula is not None else "program"
    checks = [
        Check("program", True, "The program ran in the sandbox."),
        _check_one_scale(literals, operands),
    ]
    if not operands:
        checks.append(Check("operands", False, "The program uses no number of the evidence."))
    return Calculation(
        shape=shape,
        formula=show(formula) if formula is not None else source.splitlines()[-1],
        source=source,
        operands=operands,
        result=value,
        text=write_result(value),
        checks=tuple(checks),
    )


def agree(built: Calculation, written: Calculation) -> Check:
    """Compare the model's program with the one that was built from the plan."""
    one, other = built.result, written.result
    if not isinstance(one, Value) or not isinstance(other, Value):
        return Check("the model's program", False, "Their results cannot be compared.")
    first, second = one.number * one.scale, other.number * other.scale
    if _near(first, second):
        return Check("the model's program", True, "The model's own program gives the same.")
    if _near(first, second * 100) or _near(first * 100, second):
        detail = "The model's own program gives the same but for a factor of 100."
        return Check("the model's program", True, detail)
    return Check("the model's program", False, f"The model's own program gives {written.text}.")


def _near(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= _SAME * max(abs(one), abs(other))


def _find_literals(tree: ast.AST) -> Iterator[_Literal]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            value = _read_number(node.value)
            if value is not None and isinstance(node.targets[0], ast.Name):
                yield _Literal(value, node.targets[0].id)
    named = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Assign)}
    inner = {id(n.operand) for n in ast.walk(tree) if isinstance(n, ast.UnaryOp) and id(n) in named}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in named | inner:
            value = _read_number(node)
            if value is not None:
                yield _Literal(value, "")


def _read_number(node: ast.expr) -> Decimal | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _read_number(node.operand)
        return -inner if inner is not None else None
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool | str | bytes | complex):
        return None
    try:
        return Decimal(str(node.value))
    except InvalidOperation:
        return None


def _bind(literal: _Literal, candidates: Sequence[Operand]) -> Operand:
    """Return the fact that a number is, in its own scale or as a plain amount; else it is loose."""
    fitting = [one for one in candidates if _is_fact(literal.value, one)]
    amounts = {abs(one.value.number * one.value.scale) for one in fitting}
    name = literal.name or f"{literal.value:,f}"
    if len(amounts) == 1:
        return replace(fitting[0], name=name, detail=f"{literal.value:,f} is {fitting[0].label}.")
    why = "is no fact of the evidence" if not fitting else "may be one of several facts"
    loose = Value(literal.value, None, 1, None)
    return Operand(name, name, "", loose, bound=False, detail=f"{literal.value:,f} {why}.")


def _is_fact(number: Decimal, candidate: Operand) -> bool:
    value = candidate.value
    amounts = {value.number, value.number * value.scale}
    if value.unit == "percent":
        amounts.add(value.number / 100)
    return any(abs(number) == abs(amount) for amount in amounts)


def _check_one_scale(literals: Sequence[_Literal], operands: Sequence[Operand]) -> Check:
    """Whether the program's numbers are all in their tables' scale, or all plain amounts."""
    ratios = {
        abs(operand.value.number * operand.value.scale / literal.value)
        for literal, operand in zip(dict.fromkeys(literals), operands, strict=True)
        if operand.bound and literal.value and operand.value.unit not in ("percent", "ratio")
    }
    passed = len(ratios) <= 1
    detail = "Its numbers are in one scale." if passed else "Its numbers are in different scales."
    return Check("scale", passed, detail)


def _settle_value(number: Decimal, operands: Sequence[Operand], formula: Node | None) -> Value:
    """Return the result with the unit and scale that follow from what was put in."""
    shape = name_shape(formula) if formula is not None else "program"
    units = {operand.value.unit for operand in operands}
    scales = {operand.value.scale for operand in operands}
    unit = units.pop() if len(units) == 1 else None
    scale = scales.pop() if len(scales) == 1 else 1
    if shape in ("percent_change", "share"):
        return Value(round_amount(number), "percent", 1, None)
    if shape == "ratio":
        return Value(round_amount(number), "ratio", 1, None)
    return Value(round_amount(number), unit, scale, None)


# The formula


def _read_formula(tree: ast.Module) -> Node | None:
    """Return the last value as a tree over the program's variables; None where it is no formula."""
    values: dict[str, ast.expr] = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    last = values.get("ans")
    return _read_node(last, values, 0) if last is not None else None


def _read_node(node: ast.expr, values: dict[str, ast.expr], depth: int) -> Node | None:
    if depth > 30:
        return None
    number = _read_number(node)
    if number is not None:
        return Number(number)
    if isinstance(node, ast.Name):
        held = values.get(node.id)
        if held is None or _read_number(held) is not None:
            return Reference(node.id)
        return _read_node(held, values, depth + 1)
    if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
        left = _read_node(node.left, values, depth + 1)
        right = _read_node(node.right, values, depth + 1)
        if left is not None and right is not None:
            return _fold_percent(Binary(_SIGNS[type(node.op)], left, right))
    return None


def _fold_percent(node: Binary) -> Node:
    """Take "... * 100" for a percentage of a ratio."""
    hundred = Number(Decimal(100))
    if node.operator == "*" and hundred in (node.left, node.right):
        ratio = node.left if node.right == hundred else node.right
        if isinstance(ratio, Binary) and ratio.operator == "/":
            return Percent(ratio)
    return node
