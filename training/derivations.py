"""How public sets write down a computation, read into one small tree, and its steps in words.

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
    list_references,
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
_HUNDRED = Decimal(100)


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


# Its steps in words


def write_steps(node: Node, *, first: int, as_percent: bool, changes: frozenset[str]) -> list[str]:
    """Return the steps that compute a tree over look-ups, worded as the desk reads them.

    `first` is the number of the first step, `as_percent` says that a quotient is asked as a
    percentage. `changes` are pairs "Q2-Q1" of a later and an earlier figure of one item: their
    difference is told as the change from the earlier, whichever is taken off. A tree that cannot
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
            return f"the change from {self.write(change[0])} to {self.write(change[1])}"
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


def order_labels(node: Node) -> tuple[str, ...]:
    """Return the labels of a tree's references in the order they stand in."""
    return tuple(reference.label for reference in list_references(node))


def _list(texts: Sequence[str]) -> str:
    return f"{', '.join(texts[:-1])} and {texts[-1]}"
