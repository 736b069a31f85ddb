"""The name that a step gives to a computation, held against the computation: "margin (#1 / #2)".

A name may say what is computed ("ratio", "total"), and must then not say another thing than the
formula does. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from research.calculation.formulas import (
    Absolute,
    Binary,
    Change,
    Compare,
    Node,
    Number,
    Percent,
    Summary,
    list_parts,
)

# Words that say what is computed.
COMPUTED = frozenset(
    "sum total difference ratio average mean percent percentage change growth increase decrease "
    "decline divided minus plus times multiplied over product share than versus per cumulative "
    "median maximum minimum excluding except without not".split()
)


_POINTS = frozenset(("point", "points"))


def fits_description(words: Sequence[str], node: Node) -> bool:
    """Whether no word of a name says another computation than the one of the tree."""
    if _POINTS & {*words}:  # "percentage point difference" says no percentage of anything
        words = [word for word in words if word not in ("percentage", "percent")]
    said = COMPUTED & {*words}
    return all(word in _FITTING and _FITTING[word](node) for word in said)


def _strip(node: Node) -> Node:
    while isinstance(node, Percent | Absolute):
        node = node.part
    return node


def _divides(node: Node) -> bool:
    inner = _strip(node)
    return isinstance(inner, Binary) and inner.operator == "/"


def _adds(node: Node) -> bool:
    inner = _strip(node)
    return isinstance(inner, Binary) and (
        inner.operator == "+" or (inner.operator == "/" and not _adds_nothing(inner))
    )


def _adds_nothing(node: Binary) -> bool:
    return isinstance(node.right, Number)


def _differs(node: Node) -> bool:
    inner = _strip(node)
    if isinstance(inner, Change | Compare):
        return True
    if not isinstance(inner, Binary):
        return False
    is_change = isinstance(inner.left, Change | Binary) and _differs(inner.left)
    return inner.operator == "-" or (inner.operator == "/" and is_change)


def _averages(node: Node) -> bool:
    inner = _strip(node)
    if isinstance(inner, Summary) and inner.kind == "average":
        return True
    if isinstance(inner, Binary) and inner.operator == "/" and isinstance(inner.right, Number):
        return True
    return any(_averages(part) for part in list_parts(inner))


_FITTING: Mapping[str, Callable[[Node], bool]] = {
    "sum": _adds,
    "total": _adds,
    "difference": _differs,
    "change": _differs,
    "growth": _differs,
    "increase": _differs,
    "decrease": _differs,
    "decline": _differs,
    "ratio": _divides,
    "share": _divides,
    "percent": _divides,
    "percentage": _divides,
    "per": _divides,
    "average": _averages,
    "mean": _averages,
}
