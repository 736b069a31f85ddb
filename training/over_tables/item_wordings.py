"""How one figure of a table is asked for, in many wordings.

Wordings are data with slots: {p} is the item with its owner, {y} the year, {d} the day of a
balance sheet, {h} a column that is no year. Knows no table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from ingestion.filings.lexicon import load_lexicon
from training.over_tables.item_names import own, speak_item
from training.over_tables.table_cells import TableCell

# The form that plans ask in; the Solver sees it most.
_PLAIN = "What was {p} in {y}?"
_PLAIN_SHARE = 0.35
_OF_YEAR = (
    _PLAIN,
    "What was {p} in fiscal {y}?",
    "What was {p} in fiscal year {y}?",
    "What was {p} in FY{y}?",
    "What was {p} in FY {y}?",
    "What was {p} for {y}?",
    "What was {p} for the year {y}?",
    "What was {p} for the year ended {y}?",
    "What was {p} for the fiscal year ended {y}?",
    "What was {p} during {y}?",
    "What was the reported {i} for {y}?",
    "What were {p} in {y}?",
    "What were {p} for fiscal {y}?",
    "What is {p} in {y}?",
    "What is {p} for FY{y}?",
    "What is the {y} {i}?",
    "What is the amount of {i} in {y}?",
    "What is the value of {i} for {y}?",
    "What amount was reported for {i} in {y}?",
    "What figure is given for {i} in {y}?",
    "What does the table show for {i} in {y}?",
    "What did {c} report as {i} in {y}?",
    "How much was {p} in {y}?",
    "How much was {p} in fiscal {y}?",
    "How much {i} was reported for fiscal {y}?",
    "How much {i} did {c} report in {y}?",
    "How much {i} did {c} have in {y}?",
    "How high was {p} in {y}?",
    "In {y}, what was {p}?",
    "In fiscal {y}, what was {p}?",
    "In FY{y}, how much was {p}?",
    "For {y}, what was {p}?",
    "For the year ended {y}, what was {p}?",
    "Find {p} in {y}.",
    "Find the {y} {i}.",
    "Give {p} for {y}.",
    "Give the {i} of fiscal {y}.",
    "State {p} for the year {y}.",
    "Look up {p} in {y}.",
    "Identify {p} for FY{y}.",
    "Tell me {p} in {y}.",
    "Please give {p} for {y}.",
    "{I} in {y}?",
    "{I}, {y}",
    "{I} FY{y}",
    "{I} for fiscal year {y}",
    "{y} {i}",
    "what was {p} in {y}",
    "how much was {i} in {y}?",
    "what is the {i} for {y}?",
)
_OF_DAY = (
    "What was {p} as of {d}?",
    "What was {p} at {d}?",
    "What is {p} as of {d}?",
    "What were {p} as of {d}?",
    "What was {p} on {d}?",
    "What was {p} at the end of {y}?",
    "What was {p} at year-end {y}?",
    "How much was {p} at the end of fiscal {y}?",
    "How much was {p} as of {d}?",
    "How much {i} did {c} have at {d}?",
    "As of {d}, what was {p}?",
    "{I} as of {d}",
    "{I} at {d}?",
    "Find {p} as of {d}.",
)
_OF_COLUMN = (
    "What was {p} for {h}?",
    "What is {p} for {h}?",
    "How much was {p} for {h}?",
    "What is the {h} of {i}?",
    "What is the {h} for {i}?",
    "What does the table show for {i} under {h}?",
    "What amount is given for {i} under {h}?",
    "Find the {h} of {i}.",
    "Find {p} for {h}.",
    "{I}, {h}",
)
_ALONE = (
    "What was {p}?",
    "What was {p}?",
    "What is {p}?",
    "What were {p}?",
    "How much was {p}?",
    "How much {i} did {c} report?",
    "What is the amount of {i}?",
    "What amount was reported for {i}?",
    "What does the table show for {i}?",
    "Find {p}.",
    "Give the {i}.",
    "{I}",
)
_DAY = re.compile(
    r"\b(january|february|march|april|may|june|july|august|september|october|november|december)"
    r"\s+(\d{1,2})\b",
    re.IGNORECASE,
)


def draw_owner(company: str, item: str, random: Random) -> str:
    """Return whose item it is, before the item: "", "the ", "the company's ", "Halden's "."""
    if random.random() < 0.45 or not company:
        return ""
    if random.random() < 0.3:
        return "the " if random.random() < 0.6 and item[:1].islower() else "the company's "
    return own(company)


def find_other_name(cell: TableCell, others: Sequence[TableCell], random: Random) -> str | None:
    """Return another name of a cell's item, where no other item of its table may go by it."""
    lexicon = load_lexicon()
    concept = lexicon.match(cell.item, None, ())
    if concept is None:
        return None
    for other in others:
        match = lexicon.match(other.item, None, ())
        if other.row != cell.row and match is not None and match.name == concept.name:
            return None
    names = [name for name in lexicon.names_of(concept.name) if len(name) < 45]
    return random.choice(names).lower() if names else None


def ask_lookup(cell: TableCell, item: str, company: str, random: Random) -> str:
    """Ask for a figure in one of many wordings; `item` is what its item is called."""
    day = _DAY.search(cell.head)
    if cell.year is None:
        wording = random.choice(_OF_COLUMN if cell.period else _ALONE)
    elif random.random() < _PLAIN_SHARE:
        wording = _PLAIN
    elif day is not None and random.random() < 0.6:
        wording = random.choice(_OF_DAY)
    else:
        wording = random.choice(_OF_YEAR)
    owner = draw_owner(company, item, random)
    year = str(cell.year or "")
    if "FY{y}" in wording and random.random() < 0.3:
        year = year[2:]
    return wording.format(
        p=f"{owner}{item}",
        i=item,
        I=item[:1].upper() + item[1:],
        c=random.choice(("the company", company)) if company else "the company",
        y=year,
        h=speak_item(cell.head),
        d=f"{day[1].capitalize()} {day[2]}, {cell.year}" if day else "",
    )


def ask_plainly(phrase: str, period: str, *, is_year: bool = True) -> str:
    """Ask for a figure as plans do: "What was Halden's net sales in 2019?"."""
    if not period:
        return f"What was {phrase}?"
    return f"What was {phrase} {'in' if is_year else 'for'} {period}?"
