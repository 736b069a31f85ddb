"""Right answers and claims, and each spoilt in one way.

Each way takes a question with the places around it and returns an answer that is wrong, or the
rule by which there is none. An answer that is another true one is no spoilt answer. Pure: knows
no store and no verifier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from benchmarks.fact_questions import (
    FactQuestion,
    agree,
    names_sign,
    read_period,
    read_words,
    speak_label,
    state_figure,
)
from research.verification.fact_places import FactPlace


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a fact: its page, and places of other companies with the same item."""

    page: Sequence[FactPlace]
    elsewhere: Sequence[FactPlace]


@dataclass(frozen=True, slots=True)
class Spoilt:
    """One right text and its spoilt form; `other` is a page that belongs to the evidence too."""

    way: str
    is_claim: bool
    asked: FactQuestion
    right: str
    wrong: str
    other: FactPlace | None = None


Way = Callable[[FactQuestion, Around, Random], "Spoilt | str"]


def spoil_row(asked: FactQuestion, around: Around, random: Random) -> Spoilt | str:
    """Give the value of the nearest row of the same column."""
    place = asked.place
    rows = [
        one
        for one in _list_comparable(place, around.page)
        if one.fact.line != place.fact.line and one.fact.period == place.fact.period
    ]
    near = min(rows, key=lambda one: abs(one.fact.line - place.fact.line), default=None)
    return _give_other("another row's value", asked, near, around, random)


def spoil_year(asked: FactQuestion, around: Around, random: Random) -> Spoilt | str:
    """Give the value of the same row in another year."""
    years = _list_years(asked.place, around.page)
    chosen = random.choice(years) if years else None
    return _give_other("another year's value", asked, chosen, around, random)


def spoil_scale(asked: FactQuestion, around: Around, random: Random) -> Spoilt | str:
    """Say thousands for millions and the like; of a percentage, its ratio."""
    place = asked.place
    right = state_place(place, random)
    value, scale = place.spoken_value, place.fact.scale
    if place.fact.unit == "percent":
        wrong = state_figure(place, value / 100, 1, random)
    elif place.fact.unit == "USD/share":
        return "an amount a share has no scale"
    else:
        scales = [one for one in (1, 1_000, 1_000_000, 1_000_000_000) if one != scale]
        wrong = state_figure(place, value, random.choice(scales), random)
    return Spoilt("wrong scale", False, asked, asked.answer(right), asked.answer(wrong))


def spoil_sign(asked: FactQuestion, around: Around, random: Random) -> Spoilt | str:
    """Turn the sign, where only one is right."""
    if names_sign(asked):
        return "both signs are right of a loss, and of what is paid"
    place = asked.place
    right = state_place(place, random)
    wrong = state_figure(place, -place.spoken_value, place.fact.scale, random)
    return Spoilt("wrong sign", False, asked, asked.answer(right), asked.answer(wrong))


def spoil_company(asked: FactQuestion, around: Around, random: Random) -> Spoilt | str:
    """Give another company's value of the same item and year; its page is evidence, too."""
    place = asked.place
    year = read_period(place).fiscal_year
    others = [
        one
        for one in around.elsewhere
        if one.fact.unit == place.fact.unit
        and one.fact.period is not None
        and (one.fact.period.fiscal_year, one.fact.period.months)
        == (year, read_period(place).months)
    ]
    chosen = random.choice(others) if others else None
    spoilt = _give_other("another company's value", asked, chosen, around, random)
    if isinstance(spoilt, str):
        return spoilt
    return Spoilt(spoilt.way, False, asked, spoilt.right, spoilt.wrong, chosen)


def spoil_digit(asked: FactQuestion, around: Around, random: Random) -> Spoilt | str:
    """Change one digit."""
    return _change_digit("a digit changed", asked, around, random, is_claim=False)


def spoil_claim_number(asked: FactQuestion, around: Around, random: Random) -> Spoilt | str:
    """Change a claim's number: one digit, or another year's value."""
    if asked.kind == "shares":
        return "a claim of shares would need other words"
    years = _list_years(asked.place, around.page)
    if years and random.random() < 0.5:
        other = random.choice(years)
        spoilt = _give_other("a claim's number changed", asked, other, around, random)
        if isinstance(spoilt, str):
            return spoilt
        right = state_place(asked.place, random)
        wrong = state_place(other, random)
        return Spoilt(spoilt.way, True, asked, asked.claim(right), asked.claim(wrong))
    return _change_digit("a claim's number changed", asked, around, random, is_claim=True)


def spoil_direction(asked: FactQuestion, around: Around, random: Random) -> Spoilt | str:
    """Say that what rose fell, or the other way round."""
    place = asked.place
    if place.spoken_value < 0 or asked.kind == "shares":
        return "what is negative does not plainly rise or fall"
    now = read_period(place).fiscal_year
    earlier = [
        one
        for one in _list_years(place, around.page)
        if (read_period(one).fiscal_year or 0) == (now or 0) - 1 and one.spoken_value > 0
    ]
    if not earlier or read_period(place).months not in (0, 12):
        return "no year before it stands beside it"
    if agree(earlier[0].spoken_amount, place.spoken_amount):
        return "the value spoilt is the right one as well"
    up, down = random.choice((("rose", "fell"), ("increased", "decreased"), ("grew", "declined")))
    verbs = (up, down) if place.spoken_amount > earlier[0].spoken_amount else (down, up)
    right, wrong = (asked.claim_change(earlier[0], verb) for verb in verbs)
    return Spoilt("a claim's direction reversed", True, asked, right, wrong)


WAYS: Mapping[str, Way] = {
    "another row's value": spoil_row,
    "another year's value": spoil_year,
    "wrong scale": spoil_scale,
    "wrong sign": spoil_sign,
    "another company's value": spoil_company,
    "a digit changed": spoil_digit,
    "a claim's number changed": spoil_claim_number,
    "a claim's direction reversed": spoil_direction,
}


def state_place(place: FactPlace, random: Random) -> str:
    """Return what a fact says as a person writes it."""
    return state_figure(place, place.spoken_value, place.fact.scale, random)


def change_digit(value: Decimal, random: Random) -> Decimal:
    """Return a number with one digit changed; the first never becomes 0."""
    digits = [str(digit) for digit in value.as_tuple().digits]
    index = random.randrange(len(digits))
    others = [digit for digit in "0123456789" if digit != digits[index]]
    if index == 0 and len(digits) > 1:
        others = [digit for digit in others if digit != "0"]
    digits[index] = random.choice(others)
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int), "a printed value is finite"
    changed = Decimal("".join(digits)).scaleb(exponent)
    return -changed if value < 0 else changed


def _change_digit(
    way: str, asked: FactQuestion, around: Around, random: Random, *, is_claim: bool
) -> Spoilt | str:
    place = asked.place
    value = change_digit(place.spoken_value, random)
    if _is_right(asked, value * place.fact.scale, around.page):
        return "the value spoilt is the right one as well"
    say = asked.claim if is_claim else asked.answer
    wrong = state_figure(place, value, place.fact.scale, random)
    return Spoilt(way, is_claim, asked, say(state_place(place, random)), say(wrong))


def _give_other(
    way: str, asked: FactQuestion, other: FactPlace | None, around: Around, random: Random
) -> Spoilt | str:
    if other is None:
        return "there is no such value"
    if _is_right(asked, other.spoken_amount, around.page):
        return "the value spoilt is the right one as well"
    right = asked.answer(state_place(asked.place, random))
    return Spoilt(way, False, asked, right, asked.answer(state_place(other, random)))


def _is_right(asked: FactQuestion, amount: Decimal, page: Iterable[FactPlace]) -> bool:
    """Whether an amount is the right one, or one that a row of the same words says as well."""
    place = asked.place
    if abs(amount) == abs(place.spoken_amount):
        return amount == place.spoken_amount or names_sign(asked)
    own = read_words(speak_label(place.fact.line_item))
    return any(
        one.spoken_amount == amount
        and one.fact.period == place.fact.period
        and read_words(speak_label(one.fact.line_item)) == own
        for one in page
    )


def _list_comparable(place: FactPlace, page: Sequence[FactPlace]) -> list[FactPlace]:
    return [
        one
        for one in page
        if one.fact.source == "table" and one.fact.unit == place.fact.unit and one.fact.value != 0
    ]


def _list_years(place: FactPlace, page: Sequence[FactPlace]) -> list[FactPlace]:
    """Return the same row's facts of other years."""
    own = read_period(place)
    return [
        one
        for one in _list_comparable(place, page)
        if one.fact.line == place.fact.line
        and one.fact.line_item == place.fact.line_item
        and one.fact.parents == place.fact.parents
        and one.fact.period is not None
        and one.fact.period.months == own.months
        and one.fact.period.fiscal_year not in (None, own.fiscal_year)
    ]
