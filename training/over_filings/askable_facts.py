"""Which facts a question can ask for by their own words, and why others cannot be asked for.

A fact is left out where a reader would doubt what is meant: better no example than a wrong one.
Pure; knows no window.
"""

from __future__ import annotations

import re

from ingestion.periods import Period
from research.verification.fact_places import FactPlace
from training.over_filings.row_labels import is_printed, read_words, speak_label

_MOST_WORDS = 9
_UNITS = ("USD", "USD/share", "shares", "percent")
_PART = re.compile(r"%|\b(?:percent\w*|rates?|margins?|ratios?|yields?)\b", re.IGNORECASE)
PER_SHARE = re.compile(r"\bper\s+(?:[\w-]+\s+){0,2}share\b", re.IGNORECASE)
_OF_SHARES = re.compile(r"\b(?:denominator|weighted[\s-]average|shares)\b", re.IGNORECASE)
# One speaks of these without a sign, however a table adds them up.
_SPOKEN_POSITIVE = re.compile(
    r"^(?!.*(?:\bchange|\bnet$|income|earnings|benefit|gain))"
    r".*\b(?:loss(?:es)?|expenses?|costs?|compensation|revenues?|sales|dividends?|repurchases?"
    r"|payments?|purchases?|paid|liabilit\w+|debt|taxes)\b",
    re.IGNORECASE,
)
_NARROWING = re.compile(
    r"\b(?:hedg\w+|derivatives?|stock-based|share-based|stock awards|pro forma|reconciliation"
    r"|non-gaap|adjusted|effects? of|restructuring|impairment|discontinued|previously reported"
    r"|integration|acquired|acquisition|fair value|unrealized|held for sale|plan assets|currency"
    r"|remaining|unrecognized|unamortized|expected|estimated|future|pension|deferred tax"
    r"|related part\w+)\b",
    re.IGNORECASE,
)
PERIOD_WORDS = re.compile(
    r"\d|\b(?:quarter|months?|weeks|years?|increase|decrease|change|variance|growth|thereafter"
    r"|january|february|march|april|may|june|july|august|september|october|november|december)\b",
    re.IGNORECASE,
)


def find_fault(place: FactPlace) -> str | None:
    """Return why a fact is no answer to a question by its own words; None where it is one."""
    fact, label = place.fact, speak_label(place.fact.line_item)
    words = read_words(label)
    if fact.source == "sentence" and fact.concept is None:
        return "its sentence names no line item that is known"
    if not is_printed(label, place.passage.text):
        return "its label is a tag's, and is not printed"
    if not words or len(label.split()) > _MOST_WORDS or not re.search(r"[a-z]{3}", label.lower()):
        return "its row has no label, or a sentence for one"
    if " " not in label and fact.concept is None and label[:1].islower():
        return "its row is one word that is no line item"
    if "/ " in f"{label} " or " /" in label:  # a word in brackets was taken out of it
        return "its row says two things at once"
    if PERIOD_WORDS.search(label):
        return "its row is named by a period, a number or a change"
    if fact.unit not in _UNITS or fact.value == 0:
        return "it has no unit that is asked for, or is nil"
    if not _is_usual(fact.period):
        return "its column names no usual period"
    if place.spoken_value < 0 and _SPOKEN_POSITIVE.search(label):
        return "its sign is that of a sum, not what one says"
    return _find_fault_of_unit(place, label)


def _find_fault_of_unit(place: FactPlace, label: str) -> str | None:
    unit, whole = place.fact.unit, " ".join((label, *place.fact.parents))
    if unit == "percent" and not _PART.search(label):
        return "it is a percentage of a row that is none"
    if unit == "USD/share" and not re.search(r"\bshare\b", whole, re.IGNORECASE):
        return "it is an amount a share of a row that does not say so"
    if unit != "percent" and re.search(r"%|\bpercent", whole):
        return "its row is of percentages, its unit of something else"
    if unit == "shares" and "shares" not in whole.lower():
        return "it is a number of shares of a row that does not say so"
    if unit == "USD" and (_OF_SHARES.search(whole) or PER_SHARE.search(whole)):
        return "its row is of shares, its unit of money"
    return None


def _is_usual(period: Period | None) -> bool:
    if period is None or period.fiscal_year is None:
        return False
    if period.months in (12, None):
        return True
    return period.months in (0, 3, 6, 9) and period.end is not None


def find_narrow_title(place: FactPlace, title: str) -> str | None:
    """Return a word by which a table's title makes its rows parts of something, or None.

    "Cost of sales" in a table of hedging gains is not the company's cost of sales.
    """
    if place.is_primary or place.fact.source == "sentence":
        return None
    label = place.fact.line_item.casefold()
    narrowing = (match[0].casefold() for match in _NARROWING.finditer(title))
    return next((word for word in narrowing if word not in label), None)
