"""Questions that a window leaves open: of another year, line item, segment or company.

Each is like one that the window answers, but for one thing that its text does not say. Pure; knows
windows and words, no store.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from training.over_filings.askable_facts import find_fault
from training.over_filings.fact_wordings import Spoken, word_question
from training.over_filings.row_labels import is_telling, read_words, speak_label
from training.over_filings.windows import Window

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_PARTS_OF_YEAR = re.compile(r"\bquarter|\bthree\s+months|\bQ[1-4]\b|\bsix\s+months", re.IGNORECASE)
_QUARTERS = (
    "in the {ordinal} quarter of {year}",
    "in Q{number} {year}",
    "in the {ordinal} quarter of fiscal {year}",
)
_ORDINALS = ("first", "second", "third", "fourth")
_YEARS = ("in {year}", "in fiscal {year}", "in FY{year}", "for fiscal year {year}")
_YEAR_ENDS = ("at the end of {year}", "at year-end {year}", "as of December 31, {year}")
# Parts that a company may have; those that a window names are not asked for.
_SEGMENTS = (
    "aerospace",
    "agriculture",
    "asset management",
    "automotive",
    "consumer health",
    "education",
    "entertainment",
    "Latin America",
    "logistics",
    "mining",
    "Middle East",
    "packaging",
    "real estate",
    "restaurants",
    "semiconductor",
    "Southeast Asia",
    "telecommunications",
    "wealth management",
)
_OF_SEGMENT = ("{segment} segment {item}", "{item} of the {segment} segment", "{segment} {item}")


def ask_what_is_missing(
    spoken: Spoken, window: Window, companies: Sequence[str], random: Random
) -> str | None:
    """Return a question like one that the window answers, which it does not; None where none is.

    `spoken` is what the answered question asks for; `companies` are other companies' names.
    """
    ways = [_ask_another_year, _ask_another_year, _ask_another_item, _ask_another_item]
    ways += [_ask_a_quarter, _ask_a_segment]
    random.shuffle(ways)
    if companies and random.random() < 0.3:
        question = _ask_another_company(spoken, window, companies, random)
        if question:
            return question
    for way in ways:
        question = way(spoken, window, random)
        if question:
            return question
    return None


def _ask_another_year(spoken: Spoken, window: Window, random: Random) -> str | None:
    printed = {int(year) for year in _YEAR.findall(window.text)}
    if not printed:
        return None
    near = [*range(min(printed) - 8, max(printed) + 4)]
    years = [year for year in near if year not in printed and f"{year % 100:02d}" != "00"]
    year = random.choice(years)
    forms = _YEAR_ENDS if spoken.is_balance else _YEARS
    when = random.choice(forms).format(year=year)
    named = None if spoken.is_balance else year
    return word_question(replace(spoken, when=when, year=named), random)


def _ask_a_quarter(spoken: Spoken, window: Window, random: Random) -> str | None:
    if spoken.is_balance or spoken.year is None or _PARTS_OF_YEAR.search(window.text):
        return None
    number = random.randrange(4)
    when = random.choice(_QUARTERS).format(
        ordinal=_ORDINALS[number], number=number + 1, year=spoken.year
    )
    return word_question(replace(spoken, when=when, year=None), random)


def _ask_another_item(spoken: Spoken, window: Window, random: Random) -> str | None:
    """Ask for a row of the same filings that the excerpts leave out."""
    said = read_words(window.text)
    filings = {place.fact.document_id for place in window.stated}
    items = sorted(
        {
            label
            for place in window.hidden
            if place.fact.document_id in filings
            and not find_fault(place)
            and place.fact.unit == spoken.unit
            and (place.fact.period and place.fact.period.months == 0) == spoken.is_balance
            and len((label := speak_label(place.fact.line_item)).split()) > 1
            and is_telling(label)
            and len(read_words(label) - said) >= max(1, len(read_words(label)) // 2)
        }
    )
    return word_question(replace(spoken, item=random.choice(items)), random) if items else None


def _ask_a_segment(spoken: Spoken, window: Window, random: Random) -> str | None:
    if spoken.unit != "USD":
        return None
    said = read_words(window.text)
    segments = [segment for segment in _SEGMENTS if not read_words(segment) & said]
    segment = random.choice(segments)
    item = random.choice(_OF_SEGMENT).format(segment=segment, item=spoken.item)
    return word_question(replace(spoken, item=item), random)


def _ask_another_company(
    spoken: Spoken, window: Window, companies: Sequence[str], random: Random
) -> str | None:
    """Ask for another company where the window names its own: else nothing tells it."""
    if spoken.company.casefold() not in window.text.casefold():
        return None
    others = [name for name in companies if name.casefold() not in window.text.casefold()]
    if not others:
        return None
    return word_question(replace(spoken, company=random.choice(others)), random)
