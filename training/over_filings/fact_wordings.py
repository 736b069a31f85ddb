"""Sentences that ask for a fact, and sentences that claim one, in many wordings.

Frames only: what stands in them is told. Pure; knows no filing.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

_QUESTIONS = (
    "What {was} {owner} {item} {when}?",
    "What {was} {owner} {item} {when}?",
    "What {was} {owner} {item} {when}?",
    "How much {was} {owner} {item} {when}?",
    "What {is} {owner} {item} {when}?",
    "What {was} the {item} of {company} {when}?",
    "What {is} the {item} of {company} {when}?",
    "What {was} the {item} for {company} {when}?",
    "What {was} {item} for {company} {when}?",
    "What {item} did {company} report {when}?",
    "What did {company} report as {item} {when}?",
    "What figure did {company} report for {item} {when}?",
    "What {was} the {item} that {company} reported {when}?",
    "What {was} {owner} reported {item} {when}?",
    "{When}, what {was} {owner} {item}?",
    "{When}, what {was} the {item} of {company}?",
    "{When}, how much {was} {owner} {item}?",
    "According to its filing, what {was} {owner} {item} {when}?",
    "What value does {company} report for {item} {when}?",
    "How much {was} the {item} of {company} {when}?",
)
_OF_MONEY = (
    "What amount did {company} report for {item} {when}?",
    "How much did {company} report for {item} {when}?",
    "How much did {company} report as {item} {when}?",
    "What was the amount of {owner} {item} {when}?",
    "What dollar amount of {item} did {company} report {when}?",
)
_OF_BALANCES = (
    "What {item} did {company} have {when}?",
    "What {item} did {company} show on its balance sheet {when}?",
    "What balance did {company} report for {item} {when}?",
    "How much did {owner} {item} amount to {when}?",
)
_OF_RATES = (
    "What percentage {was} {owner} {item} {when}?",
    "What {item} did {company} disclose {when}?",
)
# The year may stand before the item: "Boeing's FY2024 revenue".
_YEAR_FIRST = (
    "What {was} {owner} {year} {item}?",
    "What {is} the {year} {item} for {company}?",
    "What {is} {owner} {year} {item}?",
    "How much {was} {owner} {year} {item}?",
    "What {was} the {year} {item} of {company}?",
    "What {year} {item} did {company} report?",
)
_YEARS = ("FY{year}", "fiscal {year}", "{year}", "fiscal year {year}")

_CLAIMS = (
    "{Owner} {item} {was} {figure} {when}.",
    "{Owner} {item} {was} {figure} {when}.",
    "{When}, {owner} {item} {was} {figure}.",
    "{Company} reported {item} of {figure} {when}.",
    "{When}, {company} reported {item} of {figure}.",
    "The {item} of {company} {was} {figure} {when}.",
    "{Owner} {item} came to {figure} {when}.",
    "{Owner} {item} amounted to {figure} {when}.",
    "{Owner} reported {item} {was} {figure} {when}.",
    "{Company} had {item} of {figure} {when}.",
    "{When}, the {item} of {company} {was} {figure}.",
    "{Company} disclosed {item} of {figure} {when}.",
)
_CHANGES = (
    "{Owner} {item} {moved} from {figure} {at_earlier} to {figure2} {at_later}.",
    "{Owner} {item} {moved} from {earlier} to {later}.",
    "{Owner} {item} {was} {compared} {at_later} than {at_earlier}.",
    "From {earlier} to {later}, {owner} {item} {moved}.",
    "{Owner} {item} {moved} between {earlier} and {later}.",
    "{Company} reported {compared} {item} {at_later} than {at_earlier}.",
)
_UP = ("rose", "increased", "grew", "went up")
_DOWN = ("fell", "decreased", "declined", "went down")
_THRESHOLDS = (
    "{Owner} {item} {was} {side} {figure} {when}.",
    "{When}, {owner} {item} {was} {side} {figure}.",
    "{Company} reported {item} of {side} {figure} {when}.",
)
_ORDERS = (
    "{When}, {owner} {item} {was} {more} its {other}.",
    "{Owner} {item} {was} {more} its {other} {when}.",
)
_LARGER = ("larger than", "higher than", "greater than")
_SMALLER = ("smaller than", "lower than", "less than")
_OVER = ("more than", "above", "over")
_UNDER = ("less than", "below", "under")


# Behind these a label's noun is over: "net cash | provided by", "income | before taxes".
_JOINTS = tuple(
    f" {word} "
    for word in "of from for in to by on under per as before after obtained excluding".split()
)
# What may stand behind the noun: "dividends declared", "shares outstanding".
_TRAILING = frozenset(
    "declared paid issued outstanding payable receivable acquired received net gross used provided "
    "available-for-sale held repurchased attributable reported owned".split()
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A fact in words: "Apple", "total net sales", "in fiscal 2024".

    `year` is set where `when` means no more than that fiscal year; `unit` is the fact's, and
    `is_balance` says that it is of a day.
    """

    company: str
    item: str
    when: str
    unit: str
    year: int | None = None
    is_balance: bool = False

    @property
    def words(self) -> dict[str, str]:
        """What the frames are filled with."""
        owner = f"{self.company}'" if self.company.endswith("s") else f"{self.company}'s"
        return {
            "company": self.company,
            "Company": self.company,
            "owner": owner,
            "Owner": owner,
            "item": self.item,
            "when": self.when,
            "When": self.when[:1].upper() + self.when[1:],
            "was": "were" if _is_plural(self.item) else "was",
            "is": "are" if _is_plural(self.item) else "is",
        }


def _is_plural(item: str) -> bool:
    head = item.split(",")[0].split("(")[0]
    for joint in _JOINTS:
        head = head.partition(joint)[0]
    words = head.split()
    while len(words) > 1 and words[-1] in _TRAILING:
        words.pop()
    last = words[-1] if words else ""
    return last.endswith("s") and not last.endswith(("ss", "us", "is"))


def word_question(spoken: Spoken, random: Random) -> str:
    """Return a question for a fact."""
    if spoken.year is not None and random.random() < 0.2:
        year = random.choice(_YEARS).format(year=spoken.year)
        return random.choice(_YEAR_FIRST).format(year=year, **spoken.words)
    frames = list(_QUESTIONS)
    if spoken.unit == "USD":
        frames += _OF_MONEY
    if spoken.unit == "USD" and spoken.is_balance:
        frames += _OF_BALANCES
    if spoken.unit == "percent":
        frames += _OF_RATES
    return random.choice(frames).format(**spoken.words)


def word_claim(spoken: Spoken, figure: str, random: Random) -> str:
    """Return a claim that a fact's amount is `figure`."""
    return random.choice(_CLAIMS).format(figure=figure, **spoken.words)


def word_threshold(spoken: Spoken, figure: str, *, is_over: bool, random: Random) -> str:
    """Return a claim that a fact's amount is over or under `figure`."""
    side = random.choice(_OVER if is_over else _UNDER)
    return random.choice(_THRESHOLDS).format(side=side, figure=figure, **spoken.words)


def word_order(spoken: Spoken, other: str, *, is_over: bool, random: Random) -> str:
    """Return a claim that one line item was larger or smaller than another of the same period."""
    more = random.choice(_LARGER if is_over else _SMALLER)
    return random.choice(_ORDERS).format(more=more, other=other, **spoken.words)


@dataclass(frozen=True, slots=True)
class SpokenChange:
    """Two periods of a row in words, the earlier one first.

    `names` are "2023" or "December 31, 2023", `when` "in 2023" or "at December 31, 2023", and
    `figures` what is stated for each.
    """

    names: tuple[str, str]
    when: tuple[str, str]
    figures: tuple[str, str]


def word_change(spoken: Spoken, change: SpokenChange, *, is_up: bool, random: Random) -> str:
    """Return a claim that a row went up or down from one period to another."""
    return random.choice(_CHANGES).format(
        moved=random.choice(_UP if is_up else _DOWN),
        compared="higher" if is_up else "lower",
        earlier=change.names[0],
        later=change.names[1],
        at_earlier=change.when[0],
        at_later=change.when[1],
        figure=change.figures[0],
        figure2=change.figures[1],
        **spoken.words,
    )
