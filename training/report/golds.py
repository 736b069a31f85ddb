"""Whether a computed result is the gold answer: a number within rounding, yes or no, a name.

Pure. A gold is a text: a decimal number, "yes", "no", or the name of what was asked for.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from ingestion.figures import find_years
from research.calculation.sandbox import Output
from research.questions import Value
from training.report.answers import normalise

# Sets print their answers rounded to about three digits.
_RELATIVE = Decimal("0.005")
_TRUTHS = {"yes": True, "no": False, "true": True, "false": False}


def is_close(found: Decimal, gold: Decimal) -> bool:
    """Whether a number is the gold within half a percent of it; of 0, within 0.005."""
    return abs(found - gold) <= _RELATIVE * (abs(gold) or 1)


def read_number(text: str) -> Decimal | None:
    """Return the decimal number that a gold is, or None where it is none."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def fits_result(result: Value | bool | str, gold: str) -> bool:
    """Whether what a plan computed is the gold; a percentage is also the gold ratio times 100."""
    number = read_number(gold)
    if isinstance(result, Value):
        if number is None:
            return False
        is_share = result.unit == "percent" and is_close(result.number, number * 100)
        return is_share or is_close(result.number * result.scale, number)
    return _fits_word(result, gold)


def fits_output(output: Output, gold: str) -> bool:
    """Whether what a program left is the gold."""
    number = read_number(gold)
    if isinstance(output, int | float) and not isinstance(output, bool):
        return number is not None and is_close(Decimal(str(output)), number)
    return isinstance(output, bool | str) and _fits_word(output, gold)


def _fits_word(found: bool | str, gold: str) -> bool:
    if not isinstance(found, str):
        return _TRUTHS.get(gold.strip().lower()) is found
    own, other = normalise(found), normalise(gold)
    if own and own == other:
        return True
    # "Which year?" may be answered with the head of its column, "December 31, 2019".
    years = find_years(found)
    return len(years) == 1 and years == find_years(gold) and str(years[0]) in (own, other)
