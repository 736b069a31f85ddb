"""A tree as a reader sees it, "(#1 - #2) / #2", and as a line of Python over q1, q2 ..."""

from __future__ import annotations

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
    SummaryKind,
    find_step,
    list_parts,
)

_RANK: dict[str, int] = {"+": 1, "-": 1, "*": 2, "/": 2}


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
        case BasisPoints(part):
            return f"{show(part, 2)} \u00d7 100"
        case Absolute(part):
            return f"|{show(part)}|"
        case _:
            return _show_several(node)


def _show_several(node: Summary | Compare | About | All | Pick) -> str:
    shown = [show(part) for part in list_parts(node)]
    match node:
        case Summary(kind):
            return f"{kind}({', '.join(shown)})"
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
    if node.years is not None:
        root = f"1/{node.years}" if node.years else "1/years"
        return f"(({show(node.last, 2)} / {show(node.first, 3)})^({root}) - 1) \u00d7 100%"
    change = f"{first} - {show(node.last, 2)}" if node.falls else f"{last} - {first}"
    if node.relative:
        return f"({change}) / {first} \u00d7 100%"
    return f"({change})" if within > 1 else change


def _show_number(value: Decimal, unit: str | None, scale: int) -> str:
    words = {10**3: " thousand", 10**6: " million", 10**9: " billion"}.get(scale, "")
    sign = "$" if unit == "USD" else ""
    return f"{sign}{value:,f}{words}{'%' if unit == 'percent' else ''}"


# As Python


def write_python(node: Node) -> str:
    """Return a tree as a Python expression over q1, q2 ..."""
    match node:
        case Reference(label):
            return label.lower()
        case Number():
            return str(node.amount.normalize()) if node.amount % 1 else str(int(node.amount))
        case Binary(operator, left, right):
            return f"({write_python(left)} {operator} {write_python(right)})"
        case Change():
            return _write_change(node)
        case Percent(part) | BasisPoints(part):
            return f"({write_python(part)} * 100)"
        case Absolute(part):
            return f"abs({write_python(part)})"
        case _:
            return _write_several(node)


def _write_several(node: Summary | Compare | About | All | Pick) -> str:
    parts = [write_python(part) for part in list_parts(node)]
    match node:
        case Summary(kind):
            return _write_summary(kind, parts)
        case Compare(comparison):
            return f"({parts[0]} {comparison} {parts[1]})"
        case About(_, stated):
            return f"(abs({parts[0]} - {parts[1]}) <= {_plain(find_step(stated) / 2)})"
        case All():
            return " and ".join(parts)
        case Pick():
            return _write_pick(node)


def _write_change(node: Change) -> str:
    one, two = write_python(node.first), write_python(node.last)
    if node.years is not None:
        return f"((({two} / {one}) ** (1 / {node.years}) - 1) * 100)"
    change = f"({one} - {two})" if node.falls else f"({two} - {one})"
    return f"({change} / abs({one}) * 100)" if node.relative else change


def _write_summary(kind: SummaryKind, parts: list[str]) -> str:
    listed, half = ", ".join(parts), len(parts) // 2
    match kind:
        case "average":
            return f"(({' + '.join(parts)}) / {len(parts)})"
        case "median" if len(parts) % 2:
            return f"sorted([{listed}])[{half}]"
        case "median":
            return f"(sum(sorted([{listed}])[{half - 1}:{half + 1}]) / 2)"
        case "maximum":
            return f"max([{listed}])"
        case "minimum":
            return f"min([{listed}])"


def _write_pick(node: Pick) -> str:
    named = ", ".join(f"({write_python(one)}, {one.label!r})" for one in node.parts)
    return f"{'max' if node.largest else 'min'}([{named}])[1]"


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
