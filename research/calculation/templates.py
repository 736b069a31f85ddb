"""How analysts and language models word a computation, as templates over expressions.

A template is words and slots; each says which tree it makes. Knows no way of matching.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache

from research.calculation.formulas import (
    Absolute,
    Binary,
    Change,
    Compare,
    Comparison,
    Node,
    Number,
    Operator,
    Percent,
    Summary,
    SummaryKind,
)

Bound = Mapping[str, object]
Builder = Callable[[Bound], Node | None]

_UP = "increase|growth|rise|gain|change"
_DOWN = "decrease|decline|drop|fall|reduction|shrinkage"
_ROSE = "grow|increase|rise|climb|go-up"
_GREW = f"{_ROSE}|change|improve|move"
_FELL = "decrease|decline|fall|drop|shrink|go-down"
_MORE = "greater|higher|larger|more|bigger"
_LESS = "less|lower|smaller|fewer"
_OVERALL = "[net|overall|total|relative|year-over-year|year-on-year|yoy]"
_BE = "is|are|was|were"
_DO = "do|does|did"
_MAKE = "represent|constitute|comprise|make-up|account-for|form|contribute"
_JOINED = ("represented by", "accounted for by", "make-up by", "make-up of", "attributable to")


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


def _change_over(bound: Bound) -> Node | None:
    years = bound["n"]
    assert isinstance(years, Number), "a slot of a number"
    if years.value < 1 or years.value % 1 or years.unit not in (None, "years"):
        return None
    return Change(bound_node(bound, "a"), bound_node(bound, "b"), True, years=int(years.value))


def _change_by_periods(bound: Bound) -> Node:
    return Change(bound_node(bound, "a"), bound_node(bound, "b"), True, years=0)


def _summarise(kind: SummaryKind) -> Builder:
    return lambda bound: Summary(kind, bound_nodes(bound))


def _average_over(number: int) -> Builder:
    """Return what builds "the three-year average of #1, #2 and #3": of three, or nothing."""
    return lambda bound: (
        Summary("average", bound_nodes(bound)) if len(bound_nodes(bound)) == number else None
    )


def _multiply(factor: str) -> Builder:
    return lambda bound: Binary("*", Number(Decimal(factor)), bound_node(bound, "a"))


def _take_percent(bound: Bound) -> Node | None:
    rate = bound["n"]
    assert isinstance(rate, Number), "a slot of a number"
    if rate.unit != "percent":
        return None
    return Binary("*", Number(rate.value / 100), bound_node(bound, "a"))


def _then(operator: Operator, first: Operator, left: str = "a", right: str = "b") -> Builder:
    """Return what builds two operations, the one on what the other gives: (b - a) / c."""

    def build(bound: Bound) -> Node:
        inner = Binary(first, bound_node(bound, left), bound_node(bound, right))
        return Binary(operator, inner, bound_node(bound, "c"))

    return build


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
_SHARE = "percentage|percent|share|proportion|portion"
# Slots: {a} and {b} are expressions, {l} a list of them, {n} a number, {w} words that describe;
# [..] may be left out; "|" separates words that may stand for one another.
_CHANGES: tuple[tuple[str, Builder], ...] = (
    (f"{_OVERALL} {_PERCENT} {_UP} [in|of {{w}}] from {{a}} to {{b}}", _change(relative=True)),
    (
        f"{_OVERALL} {_PERCENT} {_DOWN} [in|of {{w}}] from {{a}} to {{b}}",
        _change(relative=True, falls=True),
    ),
    (f"{_OVERALL} {_PERCENT} {_UP} [in|of {{w}}] between {{a}} and {{b}}", _change(relative=True)),
    (
        f"{_OVERALL} {_PERCENT} {_DOWN} [in|of {{w}}] between {{a}} and {{b}}",
        _change(relative=True, falls=True),
    ),
    (f"{_OVERALL} growth rate [in|of {{w}}] from {{a}} to {{b}}", _change(relative=True)),
    (f"{_OVERALL} growth rate [in|of {{w}}] between {{a}} and {{b}}", _change(relative=True)),
    ("rate of growth|change|increase [in {w}] from {a} to {b}", _change(relative=True)),
    ("cagr [in|of|for {w}] from {a} to {b} [,] over {n} [years]", _change_over),
    ("cagr [in|of|for {w}] between {a} and {b} [,] over {n} [years]", _change_over),
    ("cagr [in|of|for {w}] from {a} to {b}", _change_by_periods),
    ("cagr [in|of|for {w}] between {a} and {b}", _change_by_periods),
    (f"{_OVERALL} {_UP} [in {{w}}] from {{a}} to {{b}}", _change(relative=False)),
    (f"{_OVERALL} {_DOWN} [in {{w}}] from {{a}} to {{b}}", _change(relative=False, falls=True)),
    (f"{_OVERALL} {_UP} [in {{w}}] between {{a}} and {{b}}", _change(relative=False)),
    (f"{_PERCENT} point|points {_UP} [in {{w}}] from {{a}} to {{b}}", _change(relative=False)),
    (f"{_PERCENT} point|points {_UP} [in {{w}}] between {{a}} and {{b}}", _change(relative=False)),
    (
        f"{_PERCENT} point|points {_DOWN} [in {{w}}] from {{a}} to {{b}}",
        _change(relative=False, falls=True),
    ),
    (
        f"[by] how many {_PERCENT} points {_DO} {{w}} {_GREW} from {{a}} to {{b}}",
        _change(relative=False),
    ),
    (
        f"[by] how many {_PERCENT} points {_DO} {{w}} {_FELL} from {{a}} to {{b}}",
        _change(relative=False, falls=True),
    ),
    (f"by what {_PERCENT} did|has|does {{w}} {_GREW} from {{a}} to {{b}}", _change(relative=True)),
    (
        f"by what {_PERCENT} did|has|does {{w}} {_FELL} from {{a}} to {{b}}",
        _change(relative=True, falls=True),
    ),
    (f"by what {_PERCENT} did|has|does {{a}} {_GREW} to {{b}}", _change(relative=True)),
    (f"by what {_PERCENT} did|has|does {{a}} {_FELL} to {{b}}", _change(relative=True, falls=True)),
    (f"[by] how much did [{{w}}] {_GREW} from {{a}} to {{b}}", _change(relative=False)),
    (f"[by] how much did [{{w}}] {_FELL} from {{a}} to {{b}}", _change(relative=False, falls=True)),
    (f"[by] how much did {{a}} {_GREW} to {{b}}", _change(relative=False)),
    (f"[by] how much did {{a}} {_FELL} to {{b}}", _change(relative=False, falls=True)),
)
_SEVERAL: tuple[tuple[str, Builder], ...] = (
    ("sum|total of {l}", _sum),
    ("combined sum|total of {l}", _sum),
    ("sum|total [of] {w} of {l}", _sum),
    ("{l} combined|together", _sum),
    ("add|adding|sum|summing|combine {l} [together|up]", _sum),
    (f"what {_DO} {{l}} add up to", _sum),
    ("sum|total ( {l} )", _sum),
    ("average|mean [{w}] ( {l} )", _summarise("average")),
    ("median [{w}] ( {l} )", _summarise("median")),
    ("[simple|arithmetic] average|mean [{w}] of [{w}] {l}", _summarise("average")),
    ("taking {w} {l} , what is their [simple] average|mean", _summarise("average")),
    ("taking {l} , what is their [simple] average|mean", _summarise("average")),
    ("taking {l} , what is their sum|total", _sum),
    ("average|mean {w} across|over {l}", _summarise("average")),
    *(
        (f"{count}-year average|mean [{{w}}] of {{l}}", _average_over(number))
        for number, count in enumerate(("two", "three", "four", "five"), 2)
    ),
    ("median [{w}] of {l}", _summarise("median")),
    ("maximum [{w}] of|among {l}", _summarise("maximum")),
    ("minimum [{w}] of|among {l}", _summarise("minimum")),
)
_DIFFERENCES: tuple[tuple[str, Builder], ...] = (
    ("difference|spread|gap between {a} and {b}", _binary("-")),
    ("difference|spread|gap in {w} between {a} and {b}", _binary("-")),
    (f"{_PERCENT} point|points difference [in {{w}}] between {{a}} and {{b}}", _binary("-")),
    (
        "absolute difference [in {w}] between {a} and {b}",
        lambda bound: Absolute(bound_node({"a": _binary("-")(bound)}, "a")),
    ),
    ("absolute of {a}", lambda bound: Absolute(bound_node(bound, "a"))),
    ("excess of {a} over {b}", _binary("-")),
    ("subtract|subtracting {a} from {b}", _binary("-", "b", "a")),
    ("{a} is subtracted from {b}", _binary("-", "b", "a")),
    ("difference when|if {a} is subtracted from {b}", _binary("-", "b", "a")),
    ("| {a} |", lambda bound: Absolute(bound_node(bound, "a"))),
    ("subtract {a} from {b} [,] and [then] divide [it] by {c}", _then("/", "-", "b", "a")),
    (f"how much|many {_MORE} {_BE} {{a}} than {{b}}", _binary("-")),
    (f"how much|many {_LESS} {_BE} {{a}} than {{b}}", _binary("-", "b", "a")),
    (f"how many {_PERCENT} points {_MORE} {_BE} {{a}} than {{b}}", _binary("-")),
    (f"how many {_PERCENT} points {_LESS} {_BE} {{a}} than {{b}}", _binary("-", "b", "a")),
    (f"by how much {_BE} {{a}} {_MORE} than {{b}}", _binary("-")),
    (f"by how much {_BE} {{a}} {_LESS} than {{b}}", _binary("-", "b", "a")),
    (f"by how many {_PERCENT} points {_BE} {{a}} {_MORE} than {{b}}", _binary("-")),
    (f"by how much {_DO} {{a}} exceed {{b}}", _binary("-")),
    (f"by how many {_PERCENT} points {_DO} {{a}} exceed {{b}}", _binary("-")),
    (
        f"by what {_PERCENT} {_BE} {{a}} {_LESS} than {{b}}",
        _change(relative=True, falls=True, swap=True),
    ),
    (
        f"by what {_PERCENT} {_BE} {{a}} below|under {{b}}",
        _change(relative=True, falls=True, swap=True),
    ),
    (f"by what {_PERCENT} {_BE} {{a}} {_MORE} than {{b}}", _change(relative=True, swap=True)),
    (f"by what {_PERCENT} {_BE} {{a}} above {{b}}", _change(relative=True, swap=True)),
    (f"by what {_PERCENT} {_DO} {{a}} exceed {{b}}", _change(relative=True, swap=True)),
    (f"what {_PERCENT} {_MORE} {_BE} {{a}} than {{b}}", _change(relative=True, swap=True)),
    (
        f"what {_PERCENT} {_LESS} {_BE} {{a}} than {{b}}",
        _change(relative=True, falls=True, swap=True),
    ),
)
_QUOTIENTS: tuple[tuple[str, Builder], ...] = (
    ("ratio [of {w}] of {a} to {b}", _binary("/")),
    ("ratio [of {w}] between {a} and {b}", _binary("/")),
    ("product of {a} and {b}", _binary("*")),
    ("quotient of {a} and {b}", _binary("/")),
    ("{a} per {b}", _binary("/")),
    (f"[express] {{a}} as {_SHARE} of {{b}}", _percent("a", "b")),
    ("[express] {a} as fraction|multiple of {b}", _binary("/")),
    (f"what {_SHARE} of {{b}} {_BE} {{a}}", _percent("a", "b")),
    (f"what fraction|multiple of {{b}} {_BE} {{a}}", _binary("/")),
    (f"{_SHARE} of {{b}} that {_BE} {{a}}", _percent("a", "b")),
    (f"{_SHARE} that {{a}} {_BE}|represents of {{b}}", _percent("a", "b")),
    (f"what {_SHARE} of {{b}} {_DO} {{a}} {_MAKE}", _percent("a", "b")),
    (f"what fraction of {{b}} {_DO} {{a}} {_MAKE}", _binary("/")),
    *((f"what {_SHARE} of {{b}} {_BE} {joined} {{a}}", _percent("a", "b")) for joined in _JOINED),
    *((f"what fraction of {{b}} {_BE} {joined} {{a}}", _binary("/")) for joined in _JOINED),
    (f"what {_SHARE} of {{b}} came|comes from {{a}}", _percent("a", "b")),
    ("{a} relative to {b}", _binary("/")),
    (f"how many times {_DO} {{a}} cover {{b}}", _binary("/")),
    (f"{{a}} is|are|was|were what {_SHARE} of {{b}}", _percent("a", "b")),
    (f"{_PERCENT} of {{a}} to {{b}}", _percent("a", "b")),
    ("divide|dividing {a} by {b}", _binary("/")),
    ("{a} is divided by {b}", _binary("/")),
    ("divide {a} by {b} [,] and [then] multiply [it] by {c}", _then("*", "/")),
    ("add {a} and|to {b} [,] and [then] divide [it] by {c}", _then("/", "+")),
    ("multiply|multiplying {a} by|and|with {b}", _binary("*")),
    ("add|adding {a} to {b}", _binary("+")),
    (f"how many times {{b}} {_BE} {{a}}", _binary("/")),
    (f"how many times {_MORE} {_BE} {{a}} than {{b}}", _binary("/")),
    (f"how many times as large|high|much|many {_BE} {{a}} as {{b}}", _binary("/")),
    ("convert {a} to percentage|percent", lambda bound: Percent(bound_node(bound, "a"))),
    ("twice|double {a}", _multiply("2")),
    ("half [of] {a}", _multiply("0.5")),
    ("{n} of {a}", _take_percent),
)
TEMPLATES = (*_CHANGES, *_SEVERAL, *_DIFFERENCES, *_QUOTIENTS)


def _compare(comparison: Comparison) -> Builder:
    return lambda bound: Compare(comparison, bound_node(bound, "a"), bound_node(bound, "b"))


def _compare_with_zero(comparison: Comparison) -> Builder:
    return lambda bound: Compare(comparison, bound_node(bound, "a"), Number(Decimal(0)))


# What may hold of an amount, after "is".
CONDITIONS: tuple[tuple[str, Builder], ...] = (
    (f"{{a}} {_MORE} than {{b}}", _compare(">")),
    (f"{{a}} {_LESS} than {{b}}", _compare("<")),
    ("{a} above|over|exceeding {b}", _compare(">")),
    ("{a} below|under {b}", _compare("<")),
    ("{a} at least {b}", _compare(">=")),
    ("{a} at most {b}", _compare("<=")),
    ("{a} equal to {b}", _compare("==")),
    ("{a} and {b} same|equal", _compare("==")),
    (f"{{a}} {_MORE} than zero", _compare_with_zero(">")),
    (f"{{a}} {_LESS} than zero", _compare_with_zero("<")),
    ("{a} above zero", _compare_with_zero(">")),
    ("{a} below zero", _compare_with_zero("<")),
    ("{a} positive", _compare_with_zero(">")),
    ("{a} negative", _compare_with_zero("<")),
    ("{a} increase|rise", _compare_with_zero(">")),
    ("{a} decrease|decline", _compare_with_zero("<")),
)
# What may be asked after "did".
HAPPENED: tuple[tuple[str, Builder], ...] = (
    ("{a} exceed {b}", _compare(">")),
    (f"[{{w}}] {_ROSE} from {{a}} to {{b}}", lambda bound: _rose(bound, ">")),
    (f"[{{w}}] {_FELL} from {{a}} to {{b}}", lambda bound: _rose(bound, "<")),
    ("{a} fall|drop|decline below {b}", _compare("<")),
    ("{a} rise|climb|grow above {b}", _compare(">")),
    (f"{{a}} {_ROSE} to {{b}}", lambda bound: _rose(bound, ">")),
    (f"{{a}} {_FELL} to {{b}}", lambda bound: _rose(bound, "<")),
)


def _rose(bound: Bound, comparison: Comparison) -> Node:
    return Compare(comparison, bound_node(bound, "b"), bound_node(bound, "a"))


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


def _list_words() -> frozenset[str]:
    texts = [template for template, _ in (*TEMPLATES, *CONDITIONS, *HAPPENED)]
    pieces = (piece for text in texts for piece in re.findall(r"[a-z-]+", text))
    return frozenset(pieces) - {"a", "b", "c", "l", "n", "w"}


# Words that a template may hold, and those that open, join or compare: none of them only names.
STRUCTURAL = _list_words() | frozenset(
    "what which who is are was were be would by and or than the plus minus times over less divided "
    "multiplied per whose if when with given using versus excluding without not most highest "
    "largest greatest biggest least lowest smallest fastest slowest".split()
)
