"""Line items that are computed from others: which parts there must be for an answer.

By the lexicon, or by the question itself ("EBITDA, defined as operating income plus depreciation").
Knows no plan and no document.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from ingestion.filings.lexicon import Concept, load_lexicon
from research.terms import find_terms

# Of what a part may be made in turn: "EBITDA margin" of EBITDA, and that of operating income.
_DEEPEST = 4
_DEFINES = re.compile(
    r"\((?P<inside>[^()]+)\)"
    r"|,?\s*\b(?:defined|calculated|computed|measured)\s+as\s+(?P<rest>[^?]+)"
    r"|,?\s*\bi\.e\.,?\s*(?P<meant>[^?]+)",
    re.IGNORECASE,
)
# A bracket that tells how to compute, and not a name or a unit.
_COMPUTES = re.compile(r"\b(?:divided|minus|plus|less|over|sum)\b|[+/*]", re.IGNORECASE)
_RATIO_UNITS = ("percent", "ratio", "days", "USD/share")
# So many characters may stand between a name and its definition: "for fiscal year 2022".
_BETWEEN = 40


def is_computed_from(name: str, there: Collection[str], depth: int = 0) -> bool:
    """Whether a line item is there itself, or all that it is computed from is."""
    if name in there:
        return True
    concept = load_lexicon().get(name)
    if concept is None or depth >= _DEEPEST:
        return False
    return any(
        all(is_computed_from(part, there, depth + 1) for part in way) for way in concept.ways
    )


def list_parts_of(names: Iterable[str]) -> frozenset[str]:
    """Return line items with all that they may be computed from."""
    lexicon, found = load_lexicon(), set[str]()
    waiting = [(name, 0) for name in names]
    while waiting:
        name, depth = waiting.pop()
        if name in found:
            continue
        found.add(name)
        concept = lexicon.get(name)
        if concept is not None and depth < _DEEPEST:
            waiting += [(part, depth + 1) for way in concept.ways for part in way]
    return frozenset(found)


def find_definitions(question: str) -> str:
    """Return what a question says of how something is computed: each part of it must be met."""
    return " ".join(
        match["inside"] or match["rest"] or match["meant"] or ""
        for match in _DEFINES.finditer(question)
        if match["inside"] is None or _COMPUTES.search(match["inside"])
    )


def find_defined(question: str, there: Collection[str]) -> frozenset[str]:
    """Return the stems of names that the question itself defines by what is there."""
    lexicon, found = load_lexicon(), frozenset[str]()
    for definition in _DEFINES.finditer(question):
        how = definition["inside"] or definition["rest"] or definition["meant"] or ""
        parts = [mention.concept.name for mention in lexicon.find_mentions(how)]
        if not parts or not all(is_computed_from(part, there) for part in parts):
            continue
        before = question[: definition.start()]
        named = lexicon.find_mentions(before)
        if named and len(before) - named[-1].end <= _BETWEEN:
            found |= find_terms(before[named[-1].start : named[-1].end])
    return found


def judge_join(
    names: Iterable[str], operator: str, left: Collection[str], right: Collection[str]
) -> str | None:
    """Return what is wrong with joining parts of an asked line item so; None where nothing is.

    `left` and `right` are the line items on the operator's sides. The lexicon lists the parts of a
    ratio with what it is divided by last, and those of a difference with what is taken off last.
    """
    lexicon = load_lexicon()
    for concept in (found for name in names if (found := lexicon.get(name))):
        is_ratio = concept.unit in _RATIO_UNITS
        for way in concept.ways:
            before, after = _places_in(way, left), _places_in(way, right)
            if not before or not after:
                continue
            last = len(way) - 1
            if is_ratio and max(before) < last == max(after) and operator in "+-*":
                return f"{concept.label} is a ratio, and its parts are not divided."
            if not is_ratio and operator in "/*":
                return f"{concept.label} is no ratio, and its parts are divided or multiplied."
            if operator in ("/" if is_ratio else "-") and min(before) > max(after):
                return f"{concept.label} is computed the wrong way round."
    return None


def _places_in(way: Sequence[str], concepts: Collection[str]) -> list[int]:
    """Return at which places of a way line items stand, as themselves or as what makes them up."""
    return [
        place for place, part in enumerate(way) if any(c in list_parts_of([part]) for c in concepts)
    ]


def find_unit_of(concepts: Iterable[Concept]) -> str | None:
    """Return the unit in which a computed line item is told, where all agree on one."""
    units = {concept.unit for concept in concepts if concept.ways}
    return units.pop() if len(units) == 1 else None
