"""Which years a question asks for, and which it gives to which line item: "(FY2020 COGS + ...)".

A question is cut at signs and brackets, and at words that join two sides; a line item and a year
that stand in one piece belong together. What stands without a year is bound to none. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ingestion.figures import find_years
from ingestion.filings.lexicon import load_lexicon

_CUTS = re.compile(
    r"[()+*/;:?]|,(?!\s*(?:19|20)\d\d)"
    r"|\b(?:divided\s+by|minus|plus|than|versus|vs|less|relative\s+to)\b",
    re.IGNORECASE,
)
_RANGE = re.compile(
    r"((?:19|20)\d\d)\s*(?:\bto\b|\bthrough\b|-|\u2013|\buntil\b)\s*(?:FY\s?)?((?:19|20)\d\d)"
    r"|\bbetween\b[^,;]{0,20}?((?:19|20)\d\d)\s+and\b[^,;]{0,20}?((?:19|20)\d\d)",
    re.IGNORECASE,
)
# What a year is compared or averaged with is the year before.
_EARLIER = re.compile(
    r"\b(?:averages?|changes?|changed|grow\w*|grew|increas\w*|decreas\w*|declin\w*|rose|fell|beginning|opening"
    r"|prior|previous|improv\w*|worsen\w*|perform\w*|year[\s-]over[\s-]year)\b",
    re.IGNORECASE,
)


# The same of a whole question, where words may stand between and behind.
_CHANGED = re.compile(
    r"\b(?:grow\w*|grew|increas\w*|rise|rose|decreas\w*|declin\w*|fall|fell|drop\w*|chang\w*"
    r"|shr[iau]nk\w*|improv\w*|year[\s-]over[\s-]year|yoy|averages?|beginning|opening|prior"
    r"|previous|perform\w*)\b",
    re.IGNORECASE,
)
_THAN = re.compile(r"\bthan\s+in\b", re.IGNORECASE)
_WIDE_RANGE = re.compile(
    r"((?:19|20)\d\d)[^.;?]{0,40}?(?:\bto\b|\band\b|\bthrough\b|-|\u2013|\buntil\b)[^.;?]{0,40}?"
    r"((?:19|20)\d\d)",
    re.IGNORECASE,
)
# Of the years among which one is looked for, not each is looked up by itself.
_ONE_OF = re.compile(r"\b(?:which|what)\s+(?:fiscal\s+)?(?:years?|quarters?)\b", re.IGNORECASE)


@dataclass
class SaidYears:
    """The years in which a line item may be looked up, and those in which it must be."""

    allowed: set[int] = field(default_factory=set)
    needed: set[int] = field(default_factory=set)


def bind_years(question: str) -> Mapping[str, SaidYears]:
    """Return the years of each line item (by its concept) that a question gives years to."""
    bound: dict[str, SaidYears] = {}
    loose: set[str] = set()
    last: list[str] = []
    for piece in _CUTS.split(question):
        years = set(find_years(piece))
        names = [mention.concept.name for mention in load_lexicon().find_mentions(piece)]
        if names and not years:
            loose.update(names)
        for name in names if years else ():
            said = bound.setdefault(name, SaidYears())
            said.needed |= set() if _ONE_OF.search(piece) else years
            said.allowed |= years | _list_near(piece, years)
        if years and not names:  # "more than in 2020" speaks of what was named before
            for name in last:
                bound.setdefault(name, SaidYears()).allowed |= years | _list_near(piece, years)
        last = names or last
    return {name: said for name, said in bound.items() if name not in loose and said.allowed}


def list_asked_years(question: str, resolved: Collection[int]) -> set[int]:
    """Return the years that may be looked up: those named, those between, those compared with.

    `resolved` are years that the question's words mean ("last year").
    """
    named = set(find_years(question)) | set(resolved)
    years = set(named)
    if not _THAN.search(question):
        for first, last in _WIDE_RANGE.findall(question):
            years |= set(range(int(first), int(last) + 1))
    if len(named) == 1 and _CHANGED.search(question):
        years |= {min(named) - 1}
    return years


def _list_near(piece: str, years: set[int]) -> set[int]:
    """Return years that a piece speaks of without naming them."""
    near: set[int] = set()
    for found in _RANGE.findall(piece):
        ends = sorted(int(year) for year in found if year)
        near |= set(range(ends[0], ends[1] + 1))
    if len(years) == 1 and _EARLIER.search(piece):
        near.add(min(years) - 1)
    return near
