"""Claims on facts of a window, true ones and false ones, and how a false figure is made.

A false figure is one that stands nearby or is easily mistaken: another year's, another row's, one
with another digit or scale. Pure; knows no store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from research.verification.fact_places import FactPlace
from training.over_filings.askable_facts import find_fault
from training.over_filings.asked_facts import state_in_billions
from training.over_filings.fact_wordings import (
    Spoken,
    SpokenChange,
    word_change,
    word_claim,
    word_order,
    word_threshold,
)
from training.over_filings.row_labels import is_telling, speak_label
from training.over_filings.spoken_periods import say_day

# Amounts closer than this (relative) could be taken for one another.
_APART = Decimal("0.03")
_OTHER_SCALES = {"million": ("billion", "thousand"), "billion": ("million",)}
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class ClaimedFact:
    """A fact as it is claimed: its words, and what could be mistaken for it.

    `other_years` are facts of its row, `other_rows` facts of its period; all are in the window.
    """

    place: FactPlace
    spoken: Spoken
    other_years: tuple[FactPlace, ...]
    other_rows: tuple[FactPlace, ...]


def build_claim(fact: ClaimedFact, *, is_true: bool, random: Random) -> str | None:
    """Return a claim that the window shows to be true, or false; None where none is found."""
    ways: list[Callable[..., str | None]] = [_claim_figure] * 4
    ways += [_claim_change, _claim_change, _claim_threshold, _claim_order]
    random.shuffle(ways)
    for way in ways:
        claim = way(fact, is_true=is_true, random=random)
        if claim is not None:
            return claim
    return None


def _claim_figure(fact: ClaimedFact, *, is_true: bool, random: Random) -> str | None:
    if is_true:
        figure: str | None = _state(fact.place, random)
    else:
        figure = _falsify(fact, random)
    return word_claim(fact.spoken, figure, random) if figure is not None else None


def _state(place: FactPlace, random: Random) -> str:
    """Return an amount as printed, or now and then in billions with fewer digits."""
    if place.fact.unit == "USD" and place.fact.scale == 1_000_000 and random.random() < 0.25:
        if abs(place.spoken_amount) >= 10_000_000_000:
            return state_in_billions(place, random.choice((1, 2)))
        if abs(place.spoken_amount) >= 1_000_000_000:
            return state_in_billions(place, 2)
    return place.statement


def _falsify(fact: ClaimedFact, random: Random) -> str | None:
    ways = [_take_other_year, _take_other_year, _take_other_row, _change_digit, _change_scale]
    random.shuffle(ways)
    return next((figure for way in ways if (figure := way(fact, random)) is not None), None)


def _take_other_year(fact: ClaimedFact, random: Random) -> str | None:
    return _take_other(fact.place, fact.other_years, random)


def _take_other_row(fact: ClaimedFact, random: Random) -> str | None:
    return _take_other(fact.place, fact.other_rows, random)


def _take_other(place: FactPlace, others: Sequence[FactPlace], random: Random) -> str | None:
    apart = [one for one in others if are_apart(one.spoken_amount, place.spoken_amount)]
    return _state(random.choice(apart), random) if apart else None


def _change_digit(fact: ClaimedFact, random: Random) -> str | None:
    """Change one of the first two digits: a later one would be lost in rounding."""
    stated = fact.place.statement
    spots = [match.start() for match in _DIGIT.finditer(stated)][:2]
    if not spots:
        return None
    at = random.choice(spots)
    least = 1 if at == spots[0] else 0
    digit = random.choice([str(n) for n in range(least, 10) if str(n) != stated[at]])
    changed = stated[:at] + digit + stated[at + 1 :]
    before, after = read_number(stated), read_number(changed)
    return changed if are_apart(before, after) else None


def _change_scale(fact: ClaimedFact, random: Random) -> str | None:
    stated = fact.place.statement
    for scale, others in _OTHER_SCALES.items():
        if f" {scale}" in stated:
            return stated.replace(scale, random.choice(others))
    return None


def _claim_change(fact: ClaimedFact, *, is_true: bool, random: Random) -> str | None:
    """Claim that the row rose or fell between two periods, in the right direction or not."""
    own = fact.place
    others = [
        other
        for other in fact.other_years
        if are_apart(other.spoken_amount, own.spoken_amount)
        and min(other.spoken_amount, own.spoken_amount) > 0
    ]
    if not others:
        return None
    pair = sorted((random.choice(others), own), key=_place_in_time)
    names = [_name_period(place) for place in pair]
    if None in names or names[0] == names[1]:
        return None
    earlier, later = (name for name in names if name is not None)
    at = random.choice(("at", "as of")) if fact.spoken.is_balance else "in"
    change = SpokenChange(
        names=(earlier, later),
        when=(f"{at} {earlier}", f"{at} {later}"),
        figures=(pair[0].statement, pair[1].statement),
    )
    rises = pair[1].spoken_amount > pair[0].spoken_amount
    return word_change(fact.spoken, change, is_up=rises == is_true, random=random)


def _place_in_time(place: FactPlace) -> str:
    period = place.fact.period
    if period is None:
        return ""
    return period.end.isoformat() if period.months == 0 and period.end else str(period.fiscal_year)


def _name_period(place: FactPlace) -> str | None:
    """Return "2023" or "December 31, 2023"; None for a part of a year."""
    period = place.fact.period
    if period is None or period.months not in (0, 12):
        return None
    if period.months == 0:
        return say_day(period.end) if period.end else None
    return str(period.fiscal_year)


def _claim_order(fact: ClaimedFact, *, is_true: bool, random: Random) -> str | None:
    """Claim that the amount is larger or smaller than another row's of the same period."""
    own = fact.place
    others = [
        other
        for other in fact.other_rows
        if are_apart(other.spoken_amount, own.spoken_amount)
        and min(other.spoken_amount, own.spoken_amount) > 0
        and not find_fault(other)
        and is_telling(speak_label(other.fact.line_item))
    ]
    if not others or own.fact.unit == "USD/share":
        return None
    other = random.choice(others)
    is_larger = own.spoken_amount > other.spoken_amount
    name = speak_label(other.fact.line_item)
    return word_order(fact.spoken, name, is_over=is_larger == is_true, random=random)


def _claim_threshold(fact: ClaimedFact, *, is_true: bool, random: Random) -> str | None:
    """Claim that the amount is over or under a round figure some way off."""
    amount = fact.place.spoken_value
    if amount <= 0 or fact.place.fact.unit not in ("USD", "percent"):
        return None
    is_over = random.random() < 0.5
    factor = Decimal(random.choice((70, 80, 85, 90) if is_over == is_true else (110, 120, 130)))
    bound = _round(amount * factor / 100)
    if not are_apart(bound, amount) or bound == 0:
        return None
    if ((amount > bound) == is_over) != is_true:
        return None
    figure = write_like(fact.place, bound)
    return word_threshold(fact.spoken, figure, is_over=is_over, random=random)


def _round(amount: Decimal) -> Decimal:
    """Return an amount with two figures that count."""
    return amount.quantize(Decimal(1).scaleb(amount.adjusted() - 1))


def write_like(place: FactPlace, value: Decimal) -> str:
    """Return a value in the unit and scale of a fact: "$14,000 million", "12%"."""
    plain = f"{value:,f}".rstrip("0").rstrip(".") if value % 1 else f"{value:,.0f}"
    scale = {1_000: " thousand", 1_000_000: " million", 1_000_000_000: " billion"}
    if place.fact.unit == "percent":
        return f"{plain}%"
    return f"${plain}{scale.get(place.fact.scale, '')}"


def read_number(text: str) -> Decimal:
    """Return the number in a figure, without its sign, unit and scale."""
    return Decimal("".join(char for char in text if char.isdigit() or char == ".").strip("."))


def are_apart(one: Decimal, other: Decimal) -> bool:
    """Whether two amounts differ by more than rounding, or in sign."""
    return abs(one - other) > _APART * max(abs(one), abs(other))
