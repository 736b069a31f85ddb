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
_MONTHS = tuple(
    "January February March April May June July August September October November December".split()
)
# Of two years, so many are not neighbours; of periods, so many are no plain years.
_APART = 0.2
_LONG = 0.3
# So many companies had another name.
_RENAMED = 0.05
# A year that stands behind a preposition: there a quarter may stand, or a year that is told by
# the day on which it ended.
_BEHIND = re.compile(
    r"\b(?:and|between|during|for|from|in|of|or|over|than|to|with) $", re.IGNORECASE
)
_IN_DAY = re.compile(rf"\b(?:in|for|during|over)(?= (?:{'|'.join(_MONTHS)}) \d)", re.IGNORECASE)
_SLOT = re.compile(r"\{([^{}]+)\}")
_YEAR_SLOT = re.compile(r"\{\d\}")
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
    """A year, or a period or a day of it, as a question writes it: "FY2019", "Q2 of 2019"."""

    number: int
    form: str

    def __str__(self) -> str:
        """Return it as it is written."""
        return self.form.format(self.number)

    def say_when(self, kind: Kind) -> str:
        """Return it with the preposition that a flow or a balance takes."""
        if self.form.startswith(_MONTHS):
            return f"at {self}"
        return f"in {self}" if kind == "flow" else f"at the end of {self}"


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


def pick_companies(random: Random, *, two: bool) -> tuple[str, str]:
    """Return two companies; where a question speaks of `two`, each has a name."""
    first = pick_company(random)
    while two and first == "the company":
        first = pick_company(random)
    second = pick_company(random)
    while second in (first, "the company"):
        second = pick_company(random)
    return first, second


def _vary_case(random: Random, name: str) -> str:
    return name.upper() if random.random() < 0.06 else name


def own(company: str) -> str:
    """Return the possessive: "Acme's", "MGM Resorts'"."""
    return f"{company}'" if company.endswith("s") and not company.endswith("'s") else _own(company)


def _own(company: str) -> str:
    return company if company.endswith("'s") else f"{company}'s"


def add_former_name(random: Random, text: str, company: str) -> str:
    """Say now and then what a company was called, where a question first names it."""
    if company == "the company" or random.random() >= _RENAMED:
        return text
    former = pick_company(random)
    said = random.choice(("formerly {}", "formerly known as {}", "then called {}", "previously {}"))
    told = f" ({said.format(former)})"
    for name in (own(company), company):
        if former != "the company" and name in text:
            return text.replace(name, f"{name}{told}", 1)
    return text


def pick_years(
    random: Random, count: int, *, wording: str = "", kinds: Sequence[Kind] = ()
) -> tuple[Year, ...]:
    """Return years in one way of writing, in their order.

    Where the `wording` has room for them and there are two at most, they may be quarters, halves
    or days instead, as the `kinds` of the items allow, and may lie years apart.
    """
    last = random.randint(2008, 2026)
    apart = count == 2 and kinds and random.random() < _APART
    gap = random.randint(2, 6) if apart else 1
    first = last - (count - 1) * gap
    form = _pick_form(random, kinds if count < 3 and _has_room(wording) else ())
    return tuple(Year(first + at * gap, form) for at in range(count))


def _has_room(wording: str) -> bool:
    """Whether each year of a wording stands behind a preposition, and before no noun."""
    slots = list(_YEAR_SLOT.finditer(wording))
    return bool(slots) and all(
        _BEHIND.search(wording[: slot.start()]) and not wording[slot.end() :].startswith(" {")
        for slot in slots
    )


def _pick_form(random: Random, kinds: Sequence[Kind]) -> str:
    """Return how periods are written; plain years where no `kinds` are told."""
    if not kinds or random.random() >= _LONG:
        forms = ("{}", "FY{}", "fiscal {}", "fiscal year {}", "FY {}")
        return random.choices(forms, (50, 25, 13, 5, 7))[0]
    words = load_words()
    choices = list(words["quarters"])
    if set(kinds) == {"flow"}:
        choices = [*choices, *words["spans"]]
    elif set(kinds) == {"instant"}:
        choices = [*choices, *(["{day}, {}"] * len(choices))]
    form = str(random.choice(choices))
    return form.replace("{day}", str(random.choice(words["days"])))


def look_up(company: str, item: Item, year: Year, period: str | None = None) -> str:
    """Return the sub-question that looks one figure up."""
    when = period or year.say_when(item.kind)
    return f"What {item.was} {own(company)} {item.name} {when}?"


def tell_days(text: str) -> str:
    """Write "at" before a day where a wording has the preposition of a year."""
    return _IN_DAY.sub(lambda found: "At" if found[0][0].isupper() else "at", text)


def name_parts(random: Random, count: int) -> tuple[str, ...]:
    """Return parts of a company in one way of naming them."""
    words = load_words()
    form = str(random.choice(words["forms"]))
    return tuple(form.format(name) for name in random.sample(list(words["parts"]), count))


def frame(random: Random, question: str, without: float = 0.62) -> str:
    """Put a question into what users say around it; most are asked plainly."""
    chance, words = random.random(), load_words()
    if chance < without:
        return question
    if chance < without + (1 - without) / 2:
        start = _say_before(random, words)
        question = start + _lower_first(question) if start.endswith(", ") else start + question
        if random.random() < 0.6:
            return question
    return f"{question} {_say_after(random, words)}"


def _say_before(random: Random, words: Mapping[str, Any]) -> str:
    """Return what stands before a question: a role, or where its figures are to be found."""
    if random.random() < 0.3:
        return str(random.choice(words["before"]))
    way, statement = random.choice(words["looking"]), random.choice(words["statements"])
    return f"{way} {statement}, "


def _say_after(random: Random, words: Mapping[str, Any]) -> str:
    """Return what stands behind a question: its form, where to look, or when not to answer."""
    chance = random.random()
    if chance < 0.5:
        return str(random.choice(words["after"]))
    if chance < 0.75:
        way, statement = random.choice(words["looking"]), random.choice(words["statements"])
        return f"Answer it {_lower_word(way)} {statement}."
    return str(random.choice(words["unless"]))


def _lower_word(text: str) -> str:
    return text[0].lower() + text[1:]


_QUESTION_WORD = re.compile(
    r"^(?:What|Which|Who|Whose|How|By|In|Did|Was|Were|Has|Is|Of|At|Between|From)\b"
)


def _lower_first(question: str) -> str:
    return question[0].lower() + question[1:] if _QUESTION_WORD.match(question) else question


def fill_wording(wording: str, slots: Mapping[str, str]) -> str:
    """Put names and periods in the place of "{c}", "{1}" ..., and days behind their preposition."""
    return tell_days(_SLOT.sub(lambda slot: slots[slot[1]], wording))


def put_question(random: Random, text: str, company: str) -> str:
    """Return a question as a user puts it: a former name told, and something said around it."""
    return frame(random, add_former_name(random, text, company))


def choose_wordings(wordings: Sequence[str], held_out: bool) -> list[str]:
    """Return the wordings that train, or those that only measure: each fifth, where there are 4."""
    if len(wordings) < 4:
        return list(wordings)
    return [text for at, text in enumerate(wordings) if (at % 5 == 3) == held_out]
