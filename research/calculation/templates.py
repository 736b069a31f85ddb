"""How analysts and language models word a computation, as templates over expressions.

A template is words and slots; each says which tree it makes. Knows no way of matching.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from research.calculation.formulas import (
    Absolute,
    Binary,
    Change,
    Compare,
    Mean,
    Node,
    Operator,
    Percent,
)

Bound = Mapping[str, object]
Builder = Callable[[Bound], Node]

_UP = "increase|growth|rise|gain|change"
_DOWN = "decrease|decline|drop|fall|reduction|shrinkage"
_GREW = "grow|increase|rise|climb|change|go-up|improve"
_FELL = "decrease|decline|fall|drop|shrink|go-down"
_MORE = "greater|higher|larger|more|bigger"
_LESS = "less|lower|smaller|fewer"


def _binary(operator: Operator, left: str = "a", right: str = "b") -> Builder:
    return lambda bound: Binary(operator, bound_node(bound, left), bound_node(bound, right))


def _change(*, relative: bool, falls: bool = False, swap: bool = False) -> Builder:
    first, last = ("b", "a") if swap else ("a", "b")
    return lambda bound: Change(bound_node(bound, first), bound_node(bound, last), relative, falls)


def _percent(part: str, whole: str) -> Builder:
    return lambda bound: Percent(Binary("/", bound_node(bound, part), bound_node(bound, whole)))


def _sum(bound: Bound) -> Node:
    parts = bound_nodes(bound)
    total = parts[0]
    for part in parts[1:]:
        total = Binary("+", total, part)
    return total


def bound_node(bound: Bound, name: str) -> Node:
    """Return the expression that a slot holds."""
    node = bound[name]
    assert not isinstance(node, tuple | str), "a slot of one expression"
    return node  # type: ignore[return-value]  # slots hold nodes


def bound_nodes(bound: Bound) -> tuple[Node, ...]:
    """Return the expressions that the list's slot holds."""
    nodes = bound["l"]
    assert isinstance(nodes, tuple), "a slot of a list"
    return nodes


_PERCENT = "percentage|percent"
# Slots: {a} and {b} are expressions, {l} a list of them, {w} words that describe; [..] may be
# left out; "|" separates words that may stand for one another.
TEMPLATES: tuple[tuple[str, Builder], ...] = (
    (f"{_PERCENT} {_UP} [in {{w}}] from {{a}} to {{b}}", _change(relative=True)),
    (f"{_PERCENT} {_DOWN} [in {{w}}] from {{a}} to {{b}}", _change(relative=True, falls=True)),
    (f"{_PERCENT} {_UP} [in {{w}}] between {{a}} and {{b}}", _change(relative=True)),
    (f"{_PERCENT} {_DOWN} [in {{w}}] between {{a}} and {{b}}", _change(relative=True, falls=True)),
    ("growth rate [in|of {w}] from {a} to {b}", _change(relative=True)),
    ("growth rate [in|of {w}] between {a} and {b}", _change(relative=True)),
    ("rate of growth|change|increase [in {w}] from {a} to {b}", _change(relative=True)),
    (f"{_UP} [in {{w}}] from {{a}} to {{b}}", _change(relative=False)),
    (f"{_DOWN} [in {{w}}] from {{a}} to {{b}}", _change(relative=False, falls=True)),
    (f"{_UP} [in {{w}}] between {{a}} and {{b}}", _change(relative=False)),
    ("sum|total of {l}", _sum),
    ("combined sum|total of {l}", _sum),
    ("sum|total [of] {w} of {l}", _sum),
    ("{l} combined|together", _sum),
    ("average|mean of {l}", lambda bound: Mean(bound_nodes(bound))),
    ("average|mean {w} of {l}", lambda bound: Mean(bound_nodes(bound))),
    ("difference between {a} and {b}", _binary("-")),
    ("difference in {w} between {a} and {b}", _binary("-")),
    (
        "absolute difference [in {w}] between {a} and {b}",
        lambda bound: Absolute(_binary("-")(bound)),
    ),
    ("absolute of {a}", lambda bound: Absolute(bound_node(bound, "a"))),
    ("ratio of {a} to {b}", _binary("/")),
    ("ratio [of {w}] between {a} and {b}", _binary("/")),
    ("product of {a} and {b}", _binary("*")),
    ("quotient of {a} and {b}", _binary("/")),
    (f"{{a}} as {_PERCENT}|share|proportion of {{b}}", _percent("a", "b")),
    ("{a} as fraction|multiple of {b}", _binary("/")),
    (f"what {_PERCENT}|share|proportion of {{b}} is|was|were {{a}}", _percent("a", "b")),
    (f"{_PERCENT} of {{b}} that is|was {{a}}", _percent("a", "b")),
    (f"{_PERCENT} that {{a}} is|represents of {{b}}", _percent("a", "b")),
    (f"what {_PERCENT}|share of {{b}} does|did {{a}} represent|make-up", _percent("a", "b")),
    ("subtract|subtracting {a} from {b}", _binary("-", "b", "a")),
    ("divide|dividing {a} by {b}", _binary("/")),
    ("multiply|multiplying {a} by|and|with {b}", _binary("*")),
    ("add|adding {a} to|and {b}", _binary("+")),
    (f"how much|many {_MORE} is|was|were {{a}} than {{b}}", _binary("-")),
    (f"how much|many {_LESS} is|was|were {{a}} than {{b}}", _binary("-", "b", "a")),
    (f"by how much is|was|were {{a}} {_MORE} than {{b}}", _binary("-")),
    (f"by how much is|was|were {{a}} {_LESS} than {{b}}", _binary("-", "b", "a")),
    ("by how much does|did|do {a} exceed {b}", _binary("-")),
    ("how many times {b} is|was {a}", _binary("/")),
    (f"how many times {_MORE} is|was {{a}} than {{b}}", _binary("/")),
    (
        f"by what {_PERCENT} is|was|were {{a}} {_LESS} than {{b}}",
        _change(relative=True, falls=True, swap=True),
    ),
    (
        f"by what {_PERCENT} is|was|were {{a}} below|under {{b}}",
        _change(relative=True, falls=True, swap=True),
    ),
    (f"by what {_PERCENT} is|was|were {{a}} {_MORE} than {{b}}", _change(relative=True, swap=True)),
    (f"by what {_PERCENT} is|was|were {{a}} above {{b}}", _change(relative=True, swap=True)),
    (f"by what {_PERCENT} does|did {{a}} exceed {{b}}", _change(relative=True, swap=True)),
    (f"by what {_PERCENT} did|has|does {{w}} {_GREW} from {{a}} to {{b}}", _change(relative=True)),
    (
        f"by what {_PERCENT} did|has|does {{w}} {_FELL} from {{a}} to {{b}}",
        _change(relative=True, falls=True),
    ),
    (f"by|how how|much much|did [did] {{w}} {_GREW} from {{a}} to {{b}}", _change(relative=False)),
    (
        f"by|how how|much much|did [did] {{w}} {_FELL} from {{a}} to {{b}}",
        _change(relative=False, falls=True),
    ),
)


def _compare(comparison: str) -> Builder:
    return lambda bound: Compare(comparison, bound_node(bound, "a"), bound_node(bound, "b"))  # type: ignore[arg-type]  # one of the five


# What may hold of an amount, after "is".
CONDITIONS: tuple[tuple[str, Builder], ...] = (
    (f"{{a}} {_MORE} than {{b}}", _compare(">")),
    (f"{{a}} {_LESS} than {{b}}", _compare("<")),
    ("{a} above|over|exceeding {b}", _compare(">")),
    ("{a} below|under {b}", _compare("<")),
    ("{a} at least {b}", _compare(">=")),
    ("{a} at most {b}", _compare("<=")),
    ("{a} equal to {b}", _compare("==")),
)


@lru_cache(maxsize=256)
def parse_template(template: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the template's items: kind ("word", "slot", "maybe") and its alternatives."""
    items: list[tuple[str, tuple[str, ...]]] = []
    for piece in re.findall(r"\[[^\]]*\]|\S+", template):
        if piece.startswith("["):
            items.append(("maybe", tuple(piece[1:-1].split())))
        elif piece.startswith("{"):
            items.append(("slot", (piece[1:-1],)))
        else:
            items.append(("word", tuple(piece.split("|"))))
    return tuple(items)
