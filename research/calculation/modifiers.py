"""What a step says of how its result is to be given: as a percentage, rounded, without its sign."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBERS = {"no": 0, "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4}
_PERCENT = re.compile(
    r",?\s*\(?(?:expressed\s+|stated\s+|shown\s+|given\s+)?(?:as|in)\s+(?:an?\s+)?(?:units?\s+of\s+)?"
    r"(?:percent(?:age)?s?|%)(?:\s+(?:terms|form|value))?\)?\s*(?:,(?=\s*(?:from|between|to)\b)|(?=[,?.]|$))",
    re.IGNORECASE,
)
_POINTS = re.compile(r",?\s*\(?(?:expressed\s+)?(?:in|as)\s+percentage\s+points?\)?", re.IGNORECASE)
_IN_BASIS_POINTS = re.compile(
    r",?\s*\(?(?:expressed\s+)?(?:in|as)\s+(?:basis\s+points?|bps)\)?", re.I
)
_BASIS_POINTS = re.compile(r"\bbasis[\s-]+points?\b|\bbps\b", re.IGNORECASE)
_ABSOLUTE = re.compile(
    r",?\s*\(?in\s+absolute\s+(?:terms|value)\)?|\babsolute\s+value\s+of\b", re.IGNORECASE
)
_ROUNDED = re.compile(
    r",?\s*(?:and\s+)?\(?(?:round(?:ed)?\s+(?:your\s+answer\s+|the\s+answer\s+|it\s+)?(?:off\s+)?)?to\s+"
    r"(?:the\s+nearest\s+)?(\d|no|zero|one|two|three|four)\s+decimals?(?:\s+(?:places?|points?))?\)?",
    re.IGNORECASE,
)
_IN_UNITS = re.compile(
    r",?\s*\(?in\s+(?:(?:USD|US\$|U\.S\.\s+dollars|dollars|\$)\s*)?"
    r"(?:thousands?|millions?|billions?)(?:\s+of\s+(?:USD|dollars))?\)?\s*(?=[,?.]|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Modifiers:
    """How a result is to be given; `decimals` None where the step does not say."""

    percent: bool = False
    absolute: bool = False
    basis_points: bool = False
    decimals: int | None = None


def read_modifiers(text: str) -> tuple[Modifiers, str]:
    """Return how a step wants its result, and the step without those words."""
    rounded = _ROUNDED.search(text)
    rest = _ROUNDED.sub("", text)
    basis_points = bool(_BASIS_POINTS.search(rest))
    rest = _BASIS_POINTS.sub("percentage points", _IN_BASIS_POINTS.sub("", rest))
    rest = _POINTS.sub("", rest)
    percent = bool(_PERCENT.search(rest))
    rest = _IN_UNITS.sub("", _PERCENT.sub("", rest))
    absolute = bool(_ABSOLUTE.search(rest))
    rest = _ABSOLUTE.sub("", rest)
    decimals = None
    if rounded:
        said = rounded[1].lower()
        decimals = int(said) if said.isdigit() else _NUMBERS[said]
    return Modifiers(percent, absolute, basis_points, decimals), rest
