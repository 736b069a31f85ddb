"""Kinds of questions that take several look-ups: read from `families.toml`, and filled in.

A question is filled with names and years; its plan looks each figure up and computes with
references. Knows how a plan is written, not how it is answered.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from random import Random
from typing import Any

from training.plans.words import (
    Item,
    add_former_name,
    choose_wordings,
    frame,
    list_items,
    load_words,
    look_up,
    name_parts,
    own,
    pick_companies,
    pick_years,
    tell_days,
)

_LOOK_UP = re.compile(r"^(?P<owner>[cdpqrst])\.(?P<item>[abe])\.(?P<when>[1-5h])$")
_SLOT = re.compile(r"\{([^{}]+)\}")
_FIRST_HALF = "in the first six months of {}"
_PARTS = "pqrst"


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of question; see `families.toml` for its keys."""

    name: str
    items: tuple[str, ...]
    years: int
    parts: int
    gap: int
    half: bool
    grouped: bool
    ask: tuple[str, ...]
    claim: tuple[str, ...]
    steps: tuple[str, ...]
    value: str
    weight: int

    @property
    def is_claim(self) -> bool:
        """Whether it is judged true or false."""
        return bool(self.claim)


@dataclass(frozen=True, slots=True)
class LookUp:
    """A figure that a step looks up: its row, and the column of its period."""

    row: str
    column: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question or claim, its steps in their order, and what those without references look up."""

    family: str
    text: str
    is_claim: bool
    steps: tuple[str, ...]
    look_ups: Mapping[int, LookUp]


@lru_cache(maxsize=1)
def load_families() -> tuple[Family, ...]:
    """Read the kinds of questions."""
    text = (resources.files("training.plans") / "families.toml").read_text(encoding="utf-8")
    return tuple(_read(entry) for entry in tomllib.loads(text)["family"])


def _read(entry: Mapping[str, Any]) -> Family:
    return Family(
        name=entry["name"],
        items=tuple(entry["items"].split()),
        years=entry["years"],
        parts=entry.get("parts", 0),
        gap=entry.get("gap", 0),
        half=entry.get("half", False),
        grouped=entry.get("grouped", False),
        ask=tuple(entry.get("ask", ())),
        claim=tuple(entry.get("claim", ())),
        steps=tuple(entry["steps"]),
        value=entry.get("value", ""),
        weight=entry.get("weight", 1),
    )


def pick_family(random: Random) -> Family:
    """Return a kind of question, the usual ones more often."""
    families = load_families()
    return random.choices(families, [family.weight for family in families])[0]


def fill_family(family: Family, random: Random, *, held_out: bool = False) -> Asked:
    """Return a question of this kind with names and years; `held_out` takes other wordings."""
    wording = random.choice(choose_wordings(family.claim or family.ask, held_out))
    filling = _Filling(family, random, wording)
    text = tell_days(filling.write(wording))
    look_ups: dict[int, LookUp] = {}
    steps: list[str] = []
    for number, step in enumerate(family.steps, start=1):
        match = _LOOK_UP.match(step)
        if match is None:
            steps.append(filling.write(step))
            if "#" not in steps[-1] and steps[-1].endswith("?"):
                look_ups[number] = LookUp(steps[-1], filling.years[0])
            continue
        look_ups[number], written = filling.look_up(**match.groupdict())
        steps.append(written)
    text = add_former_name(random, text, filling.company)
    asked = text if family.is_claim else frame(random, text)
    return Asked(family.name, _tidy(asked), family.is_claim, tuple(steps), look_ups)


class _Filling:
    """The names and years of one question."""

    def __init__(self, family: Family, random: Random, wording: str) -> None:
        self._random = random
        # "the company" cannot be told from another one.
        named = pick_companies(random, two=_speaks_of_two(family))
        self._companies = dict(zip("cd", named, strict=True))
        self._items = dict(zip("abe", _pick_items(random, family), strict=False))
        # A half is spoken of with its year, and a rate over years with their number.
        is_plain = family.half or family.gap
        kinds = () if is_plain else [item.kind for item in self._items.values()]
        self._years = pick_years(random, family.years, wording=wording, kinds=kinds)
        self._parts = dict(zip(_PARTS, name_parts(random, family.parts), strict=False))
        self._slots = self._fill_slots(family)

    @property
    def years(self) -> tuple[str, ...]:
        """The years as they are written."""
        return tuple(str(year) for year in self._years)

    @property
    def company(self) -> str:
        """The company that is asked about, or the first of two."""
        return self._companies["c"]

    def write(self, wording: str) -> str:
        """Fill the slots of a wording or a step."""
        return _tidy(_SLOT.sub(lambda slot: self._slots[slot[1]], wording))

    def look_up(self, owner: str, item: str, when: str) -> tuple[LookUp, str]:
        """Return what is looked up, and the sub-question that does it."""
        meant, year = self._items[item], self._years[int(when) - 1 if when != "h" else 0]
        period = _FIRST_HALF.format(year.number) if when == "h" else None
        company = self._companies["d" if owner == "d" else "c"]
        if owner in self._parts:
            meant = Item(_of_part(self._parts[owner], meant.name), meant.kind)
        column = f"six months {year.number}" if when == "h" else str(year.number)
        row = f"{company} {meant.name}"
        return LookUp(row, column), look_up(company, meant, year, period)

    def _fill_slots(self, family: Family) -> dict[str, str]:
        random = self._random
        slots = dict(self._companies)
        slots.update({f"{key}'s": own(name) for key, name in self._companies.items()})
        slots.update({key: item.name for key, item in self._items.items()})
        slots.update({f"was {key}": item.was for key, item in self._items.items()})
        slots.update({str(at): str(year) for at, year in enumerate(self._years, start=1)})
        slots.update(self._parts)
        slots["m"], slots["n"] = _state_amounts(random)
        slots.update({f"{key}'s": own(name) for key, name in self._parts.items()})
        slots["x"], slots["z"] = (f"{random.uniform(0.5, 60):.1f}" for _ in range(2))
        slots["gap"] = str(family.gap)
        slots.update(_name_group(random) if family.grouped else {})
        return slots


def _speaks_of_two(family: Family) -> bool:
    return any("{d" in text for text in (*family.ask, *family.claim))


def _pick_items(random: Random, family: Family) -> list[Item]:
    """Return items of the kinds that a family wants, no two alike."""
    if family.parts or family.grouped:
        names = random.sample(load_words()["part_items"], len(family.items))
        return [Item(str(name), "flow") for name in names]
    found: list[Item] = []
    for wanted in family.items:
        kind = wanted
        if wanted == "same":
            kind = found[0].kind
        elif wanted == "any":
            kind = random.choice(("flow", "flow", "instant"))
        choices = _list_choices(kind)
        item = random.choice(choices)
        while any(item.name == other.name for other in found):
            item = random.choice(choices)
        found.append(item)
    return found


def _list_choices(kind: str) -> Sequence[Item]:
    if kind == "scheduled":
        return [Item(name, "flow") for name in load_words()["scheduled"]]
    return list_items()["instant" if kind == "instant" else "flow"]


def _of_part(part: str, item: str) -> str:
    return f"{part.removeprefix('the ')} {item}"


def _name_group(random: Random) -> dict[str, str]:
    """Return what parts of a company are, one and several, and how many; and what is counted."""
    words = load_words()
    one, several = random.choice(words["groups"])
    owned = f"{one}'s"
    each, counted = random.choice(words["counted"])
    prefix = random.choice(("", "", "", "reportable ", "operating ", "main "))
    several = (
        f"{prefix}{several}" if several in ("segments", "businesses", "divisions") else several
    )
    number = str(random.choice(words["numbers"]))
    return {"g": one, "g's": owned, "gs": several, "k": number, "one": each, "counted": counted}


def _state_amounts(random: Random) -> tuple[str, str]:
    """Return two amounts in one way of writing: "$1,284.7 million", "$3.2 billion"."""
    scale = random.choice((" million", " million", " billion", ""))
    digits = random.choice((0, 1)) if scale else 0
    most = 30 if scale == " billion" else 9000
    digits = 1 if scale == " billion" else digits
    first = random.uniform(0.5, 1) * random.choice((most, most / 10))
    second = first * random.uniform(0.6, 1.6)
    return f"${first:,.{digits}f}{scale}", f"${second:,.{digits}f}{scale}"


def _tidy(text: str) -> str:
    """Begin with a capital where a slot began the sentence, and mend doubled words."""
    text = re.sub(r"(?<=['\u2019]s |s['\u2019] )the (?=[A-Z])", "", text)
    return text[0].upper() + text[1:] if text[:1].islower() and text[:4] != "what" else text
