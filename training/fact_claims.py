"""Claims on facts of a window, true ones and false ones, and how a false figure is made.

A false figure is one that stands nearby or is easily mistaken: another year's, another row's, one
with another digit or scale. Pure; knows no store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from research.verification.fact_places import FactPlace
from training.asked_facts import state_in_billions
from training.fact_wordings import Spoken, SpokenChange, word_change, word_claim, word_threshold

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
    ways += [_claim_change] * 2 + [_claim_threshold]
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
    """Claim that the row rose or fell between two years, in the right direction or not."""
    spoken = fact.spoken
    others = [
        other
        for other in fact.other_years
        if are_apart(other.spoken_amount, fact.place.spoken_amount)
        and other.spoken_amount > 0
        and fact.place.spoken_amount > 0
    ]
    year = spoken.year
    if not others or year is None or spoken.is_balance:
        return None
    other = random.choice(others)
    other_year = other.fact.period.fiscal_year if other.fact.period else None
    if other_year is None or other_year == year:
        return None
    earlier, later = (other, fact.place) if other_year < year else (fact.place, other)
    years = sorted((other_year, year))
    change = SpokenChange(
        earlier=spoken.when.replace(str(year), str(years[0])),
        later=spoken.when.replace(str(year), str(years[1])),
        earlier_year=years[0],
        later_year=years[1],
        figures=(earlier.statement, later.statement),
    )
    rises = later.spoken_amount > earlier.spoken_amount
    return word_change(spoken, change, is_up=rises == is_true, random=random)


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


def claim_in_year(spoken: Spoken, year: int) -> Spoken:
    """Return the same item spoken of in another fiscal year."""
    return replace(spoken, when=spoken.when.replace(str(spoken.year), str(year)), year=year)
