"""How a computed amount is rounded and written: "11.4%", "0.83", "$755.2 million"."""

from __future__ import annotations

from decimal import Decimal

from research.questions import Value

# Digits that are kept of a result: more than any filing prints.
_KEPT = 12
_SCALES = {10**3: " thousand", 10**6: " million", 10**9: " billion", 10**12: " trillion"}
_WORDS = {
    "percentage points": " percentage points",
    "basis points": " basis points",
    "USD/share": " per share",
    "shares": " shares",
    "ratio": "",
    "percent": "%",
    "USD": "",
}


def round_amount(number: Decimal) -> Decimal:
    """Return a number with twelve significant digits, without zeros at its end."""
    if number == 0:
        return Decimal(0)
    rounded = number.quantize(Decimal(1).scaleb(number.adjusted() - _KEPT + 1))
    plain = rounded.normalize()
    return plain.quantize(Decimal(1)) if plain == plain.to_integral_value() else plain


def write_result(value: Value, decimals: int | None = None) -> str:
    """Return an amount as it is shown; `decimals` where the question says how many."""
    number = value.number
    places = _choose_decimals(value) if decimals is None else decimals
    digits = f"{abs(number):,.{places}f}"
    if decimals is None and "." in digits and value.unit not in ("percent", "percentage points"):
        digits = digits.rstrip("0").rstrip(".") if places > 2 else digits
        digits = digits.removesuffix(".0") if places == 1 else digits
    sign = "-" if number < 0 and digits.strip("0.,") else ""
    currency = "$" if value.unit in ("USD", "USD/share") else ""
    unit = _WORDS.get(value.unit or "", f" {value.unit}" if value.unit else "")
    return f"{sign}{currency}{digits}{_SCALES.get(value.scale, '')}{unit}"


def _choose_decimals(value: Value) -> int:
    size = abs(value.number)
    if value.unit in ("percent", "percentage points"):
        return 1 if size >= 10 else 2
    if value.unit == "basis points":
        return 0 if size >= 1 else 1
    if value.unit == "USD/share":
        return 2
    if value.unit in ("ratio", None):
        return 2 if size >= 1 else 4
    return 0 if value.number == value.number.to_integral_value() or size >= 10_000 else 1
