"""The names and numbers that a plan may take from its question, and the few that it may bring.

A small model that writes a plan puts a neighbour's name or another year where it should copy. What
does not stand in the question is beside the point (`research/plan_repair.py` takes such steps
out), so the grammar of a plan is told what may be copied and allows no other. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingestion.figures import find_years

_WORD = re.compile(r"[^\s,;:?!()\[\]\"\u201c\u201d]+")
# "3M's", "Verizon.": what hangs on to a name.
_OWNED = re.compile(r"(?:['\u2019][sS]?|\.)+$")
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
# Years are named in figures or short, "FY22".
_PARTS = re.compile(r"[/\u2013\u2014-]")
# What the words say of other years than those that are named.
_FAR = re.compile(
    r"\b(?:ago|earlier|later|last|latest|past|next|following|decade)\b", re.IGNORECASE
)
_FAR_YEARS = 5
# Abbreviations and months that a question may mean without naming them.
_COMMON_NAMES = (
    "FY EBITDA EBIT EPS GAAP R&D SG&A PP&E COGS CAGR CEO CFO U.S. I "
    "January February March April May June July August September October November December"
).split()
# To count the years of a rate, the days or months of a year, and a month's days.
_COMMON_NUMBERS = (*map(str, range(1, 11)), "12", "30", "31", "100", "360", "365")


@dataclass(frozen=True, slots=True)
class Copied:
    """What a plan may hold beside plain small letters: words with capitals or figures, numbers."""

    names: tuple[str, ...]
    numbers: tuple[str, ...]


def list_copied(question: str) -> Copied:
    """Return what a plan of this question may hold."""
    names: dict[str, None] = dict.fromkeys(_COMMON_NAMES)
    for word in _list_words(question):
        if re.search(r"[A-Z]", word):
            names[word] = None
        if word.isalpha():
            # "APPLE", "apple": a plan writes names with a capital.
            names[word.capitalize()] = None
    years = _list_years(question)
    names.update(dict.fromkeys(f"FY{year}" for year in years))
    numbers = dict.fromkeys((*_NUMBER.findall(question), *map(str, years), *_COMMON_NUMBERS))
    return Copied(tuple(names), tuple(numbers))


def _list_words(question: str) -> list[str]:
    """Return the question's words without what hangs on to them, and the parts of joined ones."""
    words = [_OWNED.sub("", word) for word in _WORD.findall(question)]
    parts = [part for word in words for part in _PARTS.split(word)]
    return [word for word in (*words, *parts) if word]


def _list_years(question: str) -> range:
    """Return the years from the one before the earliest to the latest: a change needs the first."""
    years = find_years(question)
    if not years:
        return range(0)
    if _FAR.search(question):
        return range(min(years) - _FAR_YEARS, max(years) + _FAR_YEARS + 1)
    return range(min(years) - 1, max(years) + 1)
