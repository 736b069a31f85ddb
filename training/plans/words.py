"""Names, line items and years for made-up questions, and how each is written in a sentence.

Line items are those of the lexicon and a list of others; companies are known names and invented
ones, so that copying is what is learnt. Knows no kind of question.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from random import Random
from typing import Any, Literal

from ingestion.filings.lexicon import load_lexicon

Kind = Literal["flow", "instant"]
_LONGEST = 48
_KNOWN = 0.35
_NAMELESS = 0.06
# What a line item's name must not hold: it would read as a measure, a sign or a change.
_ODD = re.compile(
    r"[(){}/%:]|\b(?:per|ratio|margin|rate|by)\b|^(?:change|increase|decrease|less|add|total of)\b",
    re.IGNORECASE,
)
_FLOWS = ("income", "cash_flow")
_SINGULAR = ("ss", "us", "is")


@dataclass(frozen=True, slots=True)
class Item:
    """A line item: of a period ("flow") or at its end ("instant")."""

    name: str
    kind: Kind

    @property
    def was(self) -> str:
        """Return "was" or "were", after the word that its name turns about."""
        head = re.split(r" (?:of|for|in|to|from|on|by|per|and)\b", self.name)[0].split(",")[0]
        last = head.split()[-1].lower() if head.split() else ""
        plural = last.endswith("s") and not last.endswith(_SINGULAR)
        return "were" if plural or " and " in self.name else "was"


@dataclass(frozen=True, slots=True)
class Year:
    """A fiscal year as a question writes it: "2019", "FY2019", "fiscal 2019"."""

    number: int
    form: str

    def __str__(self) -> str:
        """Return it as it is written."""
        return self.form.format(self.number)


@lru_cache(maxsize=1)
def load_words() -> Mapping[str, Any]:
    """Read the lists that this room brings along."""
    text = (resources.files("training.plans") / "words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=1)
def list_items() -> Mapping[Kind, tuple[Item, ...]]:
    """Return all line items by kind: every name that the lexicon knows, and the room's own."""
    found: dict[Kind, dict[str, Item]] = {"flow": {}, "instant": {}}
    for concept in load_lexicon().concepts:
        if concept.unit != "USD" or concept.made_of:
            continue
        kind: Kind = "instant" if concept.instant else "flow"
        for name in (concept.label, *concept.names):
            spoken = speak(name)
            if len(spoken) <= _LONGEST and not _ODD.search(spoken):
                found[kind].setdefault(spoken, Item(spoken, kind))
    words = load_words()
    for kind in ("flow", "instant"):
        found[kind].update({name: Item(name, kind) for name in words[kind]})
    return {kind: tuple(items.values()) for kind, items in found.items()}


def speak(name: str) -> str:
    """Write a label as it stands within a sentence: "Net sales" is "net sales"; "R&D" stays."""
    first, _, rest = name.partition(" ")
    small = first.lower() if first[1:].islower() or len(first) == 1 else first
    return f"{small} {rest}".strip()


def pick_company(random: Random) -> str:
    """Return a company's name: known, invented, or "the company"."""
    words = load_words()
    chance = random.random()
    if chance < _NAMELESS:
        return "the company"
    if chance < _NAMELESS + _KNOWN:
        return _vary_case(random, str(random.choice(words["companies"])))
    name = "".join(
        random.choice(words[part]) for part in ("beginnings", "middles", "endings", "kinds")
    )
    return _vary_case(random, name)


def _vary_case(random: Random, name: str) -> str:
    return name.upper() if random.random() < 0.06 else name


def own(company: str) -> str:
    """Return the possessive: "Acme's", "MGM Resorts'"."""
    return f"{company}'" if company.endswith("s") and not company.endswith("'s") else _own(company)


def _own(company: str) -> str:
    return company if company.endswith("'s") else f"{company}'s"


def pick_years(random: Random, count: int, gap: int = 1) -> tuple[Year, ...]:
    """Return consecutive years in one way of writing, in their order."""
    last = random.randint(2008, 2026)
    form = random.choices(
        ("{}", "FY{}", "fiscal {}", "fiscal year {}", "FY {}"), (50, 25, 13, 5, 7)
    )
    first = last - (count - 1)
    return tuple(Year(first + at * gap, form[0]) for at in range(count))


def look_up(company: str, item: Item, year: Year, period: str | None = None) -> str:
    """Return the sub-question that looks one figure up."""
    when = period or (f"in {year}" if item.kind == "flow" else f"at the end of {year}")
    return f"What {item.was} {own(company)} {item.name} {when}?"


def name_parts(random: Random, count: int) -> tuple[str, ...]:
    """Return parts of a company in one way of naming them."""
    words = load_words()
    form = str(random.choice(words["forms"]))
    return tuple(form.format(name) for name in random.sample(list(words["parts"]), count))


def frame(random: Random, question: str, without: float = 0.72) -> str:
    """Put a question into what users say around it; most are asked plainly."""
    chance, words = random.random(), load_words()
    if chance < without:
        return question
    if chance < without + (1 - without) / 3:
        start = str(random.choice(words["before"]))
        lower = question if start.rstrip().endswith((".", ":")) else _lower_first(question)
        return start + lower
    return question + str(random.choice(words["after"]))


_QUESTION_WORD = re.compile(
    r"^(?:What|Which|Who|Whose|How|By|In|Did|Was|Were|Has|Is|Of|At|Between|From)\b"
)


def _lower_first(question: str) -> str:
    return question[0].lower() + question[1:] if _QUESTION_WORD.match(question) else question


def choose_wordings(wordings: Sequence[str], held_out: bool) -> list[str]:
    """Return the wordings that train, or those that only measure: each fifth, where there are 4."""
    if len(wordings) < 4:
        return list(wordings)
    return [text for at, text in enumerate(wordings) if (at % 5 == 3) == held_out]
