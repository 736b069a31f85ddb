"""A step of the plan that only computes: its program is built, run, checked, and its result told.

Units and scales are settled here, outside the model: amounts of one unit are brought to one scale
first. The program runs in the sandbox, and its result must be that of exact arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from ingestion.figures import find_years
from research.calculation.amounts import round_amount, write_result
from research.calculation.evaluation import UndefinedRate, evaluate, evaluate_amount
from research.calculation.formulas import (
    Absolute,
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
    list_numbers,
    list_references,
)
from research.calculation.modifiers import Modifiers, read_modifiers
from research.calculation.phrases import read_phrase
from research.calculation.sandbox import run_program
from research.calculation.units import PLAIN, UnitsClash, find_unit
from research.calculation.writing import show, write_python
from research.questions import Calculation, Check, Operand, Shape, Value

# The program's floats against exact decimals.
_CLOSE = Decimal("1e-9")
_PERCENTAGES = ("percent", "percentage points", "basis points", "boolean", "name")
# Between headings, row and period: "Segments > Casino, FY2022".
_LABEL_PARTS = re.compile(r" > |: |,\s+(?=(?:FY|Q[1-4]\s|\d+M\s)?(?:19|20)\d\d)")
_HUNDRED = Number(Decimal(100))
# What is the larger the further it goes down; "income (loss)" is signed and none of it.
_FALLING = re.compile(
    r"\b(?:declin\w*|decreas\w*|drop\w*|fall\w*|fell|reduc\w*|shr[iau]nk\w*|deficits?"
    r"|outflows?|(?<!\()(?<!\bor )loss(?:es)?)\b",
    re.IGNORECASE,
)


def compute_step(text: str, operands: Mapping[str, Operand]) -> Calculation | None:
    """Compute what a step asks of earlier answers; None where that is not all that it asks.

    `operands` are the values of those answers, by label ("Q1"). What does not go together is a
    calculation that is not verified, and says why.
    """
    modifiers, node = read_step(text)
    if node is None:
        return None
    references = list_references(node)
    if not references or any(reference.label not in operands for reference in references):
        return None
    used = [operands[reference.label] for reference in references]
    computed = _compute(node, modifiers, used)
    return replace(computed, checks=(*computed.checks, *_check_direction(text, node, used)))


def read_step(text: str) -> tuple[Modifiers, Node | None]:
    """Return how a step wants its result, and what it computes; None where it is not all that."""
    modifiers, rest = read_modifiers(text)
    node = read_phrase(rest)
    if isinstance(node, Reference) and node.name:
        node = None  # "operating margin (#1)" names a thing, and does not say how it is computed
    return modifiers, _apply(modifiers, node) if node is not None else None


def _apply(modifiers: Modifiers, node: Node) -> Node:
    if modifiers.absolute:
        node = Absolute(node)
    if modifiers.basis_points:
        return BasisPoints(node)
    if modifiers.percent:
        if isinstance(node, Change):
            return replace(node, relative=True)
        if isinstance(node, Binary) and node.operator == "/":
            return Percent(node)
    return _take_hundredfold(node)


def _take_hundredfold(node: Node) -> Node:
    """Take "#1 / #2 * 100" and "100 * #1 / #2" for the percentage that they are."""
    match node:
        case Binary("*", Binary("/") as ratio, number) | Binary("*", number, Binary("/") as ratio):
            pass
        case Binary("/", Binary("*", number, part), whole) if isinstance(number, Number):
            ratio = Binary("/", part, whole)
        case _:
            return node
    return Percent(ratio) if number == _HUNDRED and list_references(ratio.right) else node


def _compute(node: Node, modifiers: Modifiers, used: Sequence[Operand]) -> Calculation:
    named = {operand.reference: operand for operand in used}
    node = _settle_years(node, named)
    scales = _choose_scales(used, node)
    source = _write_source(node, named, scales)
    shape = name_shape(node)
    formula = show(node)
    try:
        unit = find_unit(node, {label: operand.value.unit for label, operand in named.items()})
        exact = _evaluate(node, named, scales)
    except UnitsClash as error:
        return _fail(shape, formula, source, used, Check("units", False, str(error)))
    except ZeroDivisionError:
        detail = "Something is divided by zero."
        return _fail(shape, formula, source, used, Check("arithmetic", False, detail))
    except UndefinedRate:
        detail = "A compound rate needs two positive amounts and the years between them."
        return _fail(shape, formula, source, used, Check("arithmetic", False, detail))
    checks = [
        Check("units", True, _tell_units(used, scales)),
        _check_program(source, exact),
        *_check_periods(node, named),
        *_check_growth(node, named, scales),
        *_check_base(node, named),
        *_check_tie(node, named, scales),
        *_check_percent(modifiers, unit),
    ]
    result, shown = _tell(exact, unit, node, named, scales, modifiers)
    return Calculation(shape, formula, source, tuple(used), result, shown, tuple(checks))


def _settle_years(node: Node, named: Mapping[str, Operand]) -> Node:
    """Take the years of a compound rate from its amounts' periods, where the step gives none."""
    if not isinstance(node, Change) or node.years != 0:
        return node
    first, last = _year_of(node.first, named), _year_of(node.last, named)
    return replace(node, years=last - first) if first and last and last > first else node


def _evaluate(
    node: Node, named: Mapping[str, Operand], scales: Mapping[str, int]
) -> Decimal | bool | str:
    return evaluate(node, _scale(named, scales))


def _scale(named: Mapping[str, Operand], scales: Mapping[str, int]) -> dict[str, Decimal]:
    return {
        label: operand.value.number * operand.value.scale / scales[label]
        for label, operand in named.items()
    }


def _choose_scales(used: Sequence[Operand], node: Node) -> dict[str, int]:
    """Return the scale in which each operand is computed: one for all of a unit.

    The coarsest: the answer speaks in millions where one part does. Where units are mixed, or the
    step itself states an amount, plain amounts are computed with.
    """
    units = {operand.value.unit for operand in used}
    is_plain = len(units) > 1 or _states_amount(node)
    coarsest = max(operand.value.scale for operand in used)
    return {operand.reference: 1 if is_plain else coarsest for operand in used}


def _states_amount(node: Node) -> bool:
    """Whether the step itself gives an amount with a unit or scale ("about $12.8 million")."""
    return any(number.unit is not None or number.scale != 1 for number in list_numbers(node))


def _write_source(node: Node, named: Mapping[str, Operand], scales: Mapping[str, int]) -> str:
    """Write the program: one line an operand, with what it is, then the result."""
    lines = []
    for label, operand in named.items():
        number = operand.value.number * operand.value.scale / scales[label]
        told = " ".join(operand.label.split())
        unit = operand.value.unit or ""
        scale = f" in {scales[label]:,}" if scales[label] != 1 else ""
        lines.append(f"{label.lower()} = {_plain(number)}  # {told} ({unit}{scale})".rstrip())
    return "\n".join([*lines, f"ans = {write_python(node)}"])


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def name_shape(node: Node) -> Shape:
    """Return the known shape that a tree has; "program" for any other."""
    match node:
        case Change(_, _, relative, _, years):
            if years is not None:
                return "compound_growth"
            return "percent_change" if relative else "change"
        case Percent(Binary("/", Change(), _) | Binary("/", Binary("-", _, _), _)):
            return "percent_change"
        case Percent():
            return "share"
        case Binary("/", _, Number()):
            return "average"
        case Binary("/"):
            return "ratio"
        case Absolute(part) | BasisPoints(part):
            return name_shape(part)
        case Summary(kind):
            return kind
        case Pick(largest):
            return "largest" if largest else "smallest"
    names: dict[str, Shape] = {"+": "sum", "-": "difference", "*": "product"}
    return names[node.operator] if isinstance(node, Binary) else "comparison"


# Checks


def _check_program(source: str, exact: Decimal | bool | str) -> Check:
    """Run the program, and hold its result against exact arithmetic."""
    ran = run_program(source)
    if not ran.succeeded:
        return Check("program", False, ran.message)
    value = ran.value
    if isinstance(exact, bool | str):
        agrees = value == exact
    else:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        room = _CLOSE * max(abs(exact), Decimal(1))
        agrees = is_number and abs(Decimal(str(value)) - exact) <= room
    detail = "The program's result is that of exact arithmetic."
    return Check("program", agrees, detail if agrees else "The program's result is another.")


def _check_periods(node: Node, named: Mapping[str, Operand]) -> list[Check]:
    """A change goes from an earlier period to a later one."""
    changes = [node] if isinstance(node, Change) else []
    if isinstance(node, Compare):
        changes += [part for part in (node.left, node.right) if isinstance(part, Change)]
    checks = []
    for change in changes:
        first, last = _year_of(change.first, named), _year_of(change.last, named)
        if first is None or last is None or first == last:
            continue
        passed = first < last and change.years in (None, last - first)
        told = f"From {first} to {last}."
        if first > last:
            told = f"It goes back from {first} to {last}."
        elif not passed:
            told = f"From {first} to {last} are {last - first} years, and not {change.years}."
        checks.append(Check("periods", passed, told))
    return checks


def _year_of(node: Node, named: Mapping[str, Operand]) -> int | None:
    if not isinstance(node, Reference):
        return None
    years = find_years(named[node.label].value.period or "")
    return years[0] if len(years) == 1 else None


def _check_growth(
    node: Node, named: Mapping[str, Operand], scales: Mapping[str, int]
) -> list[Check]:
    """Whether two growths compare alike in amounts and in percent, where neither is said."""
    if not isinstance(node, Compare):
        return []
    left, right = node.left, node.right
    if not isinstance(left, Change) or not isinstance(right, Change) or left.relative:
        return []
    relative = Compare(node.comparison, replace(left, relative=True), replace(right, relative=True))
    try:
        agrees = _evaluate(node, named, scales) == _evaluate(relative, named, scales)
    except ZeroDivisionError:
        agrees = False
    detail = (
        "In amounts and in percent it is the same."
        if agrees
        else (
            "In amounts it is one and in percent the other: the step does not say which is meant."
        )
    )
    return [Check("growth", agrees, detail)]


def _check_base(node: Node, named: Mapping[str, Operand]) -> list[Check]:
    """A change relative to a negative amount says nothing."""
    if not isinstance(node, Change) or not node.relative or not isinstance(node.first, Reference):
        return []
    if named[node.first.label].value.number >= 0:
        return []
    return [
        Check("base", False, "The earlier amount is negative: a percentage of it says nothing.")
    ]


def _check_tie(node: Node, named: Mapping[str, Operand], scales: Mapping[str, int]) -> list[Check]:
    """Of equal amounts none is the largest."""
    if not isinstance(node, Pick):
        return []
    amounts = sorted(
        (evaluate_amount(part, _scale(named, scales)) for part in node.parts), reverse=node.largest
    )
    if amounts[0] != amounts[1]:
        return []
    return [Check("tie", False, "Two of them are equal: none is the one that is asked for.")]


def _check_direction(text: str, node: Node, used: Sequence[Operand]) -> list[Check]:
    """The larger of two losses or declines is not told where some are written as negative."""
    if not isinstance(node, Pick | Compare):
        return []
    told = (text, *(operand.label for operand in used))
    word = next((found[0] for found in map(_FALLING.search, told) if found), None)
    if word is None or all(operand.value.number >= 0 for operand in used):
        return []
    detail = f'Some amounts are negative: the larger "{word}" may be the lower or the higher one.'
    return [Check("direction", False, detail)]


def _check_percent(modifiers: Modifiers, unit: str | None) -> list[Check]:
    """A percentage that is asked of what is no part of anything."""
    if not modifiers.percent or unit in _PERCENTAGES:
        return []
    return [
        Check("percentage", False, f"A percentage is asked for, and this is {unit or 'a number'}.")
    ]


def _tell_units(used: Sequence[Operand], scales: Mapping[str, int]) -> str:
    units = sorted({operand.value.unit or "numbers" for operand in used})
    spoken = {operand.value.scale for operand in used}
    brought = f", brought to {max(scales.values()):,}" if len(spoken) > 1 else ""
    return f"All are {', '.join(units)}{brought}."


def _fail(
    shape: Shape, formula: str, source: str, used: Sequence[Operand], check: Check
) -> Calculation:
    return Calculation(shape, formula, source, tuple(used), "", "Not computed", (check,))


# Results


def _tell(
    exact: Decimal | bool | str,
    unit: str | None,
    node: Node,
    named: Mapping[str, Operand],
    scales: Mapping[str, int],
    modifiers: Modifiers,
) -> tuple[Value | bool | str, str]:
    """Return the result as a value, and as it is shown."""
    if isinstance(exact, bool):
        return exact, "Yes" if exact else "No"
    if isinstance(exact, str):
        name = _name_picked(exact, node, named)
        return name, name
    unit = None if unit == PLAIN else unit
    has_scale = unit not in (
        "percent",
        "percentage points",
        "basis points",
        "ratio",
        "USD/share",
        None,
    )
    scale = max(scales.values()) if has_scale else 1
    value = Value(round_amount(exact), unit, scale, _join_periods(named))
    text = write_result(value, modifiers.decimals)
    if isinstance(node, Change) and exact < 0:
        other = write_result(replace(value, number=-value.number), modifiers.decimals)
        text = f"{text} ({'an increase' if node.falls else 'a decrease'} of {other})"
    return value, text


def _name_picked(label: str, node: Node, named: Mapping[str, Operand]) -> str:
    """Return what the step calls the one picked, else what tells it from the others."""
    for reference in list_references(node):
        if reference.label == label and reference.name:
            return reference.name[:1].upper() + reference.name[1:]
    labels = {key: _cut_label(operand.label) for key, operand in named.items()}
    for place, piece in enumerate(labels[label]):
        if all(own[place : place + 1] != [piece] for key, own in labels.items() if key != label):
            return piece
    return named[label].label


def _cut_label(label: str) -> list[str]:
    """Cut an operand's label into its headings, its row and its period."""
    return [piece.strip() for piece in _LABEL_PARTS.split(label)]


def _join_periods(named: Mapping[str, Operand]) -> str | None:
    periods = [o.value.period for o in named.values() if o.value.period]
    unique = list(dict.fromkeys(periods))
    if len(unique) == 1:
        return unique[0]
    years = sorted({year for period in unique for year in find_years(period)})
    return f"{years[0]}-{years[-1]}" if len(years) > 1 and len(periods) == len(named) else None
