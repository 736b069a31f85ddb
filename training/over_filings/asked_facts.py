"""How one speaks of a fact of a filing: its company, its line item and its amount.

Pure; knows no store and no sentence of a question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from random import Random

from ingestion.documents import Document
from ingestion.filings.lexicon import load_lexicon
from research.verification.fact_places import FactPlace
from training.over_filings.askable_facts import PER_SHARE, PERIOD_WORDS
from training.over_filings.row_labels import is_telling, read_words, speak_label

_MOST_HEADING_WORDS = 7
# Of a line item's other names, the first are the usual ones.
_MOST_NAMES = 6
_LEGAL = re.compile(
    r",?\s*\b(?:company|co|inc|incorporated|corp|corporation|plc|ltd|group)\b\.?(?=\W|$)",
    re.IGNORECASE,
)
# Other names that turn a line item's sign around.
_TURNED = re.compile(r"\b(?:loss(?:es)?|deficit|benefit|used|outflows?)\b", re.IGNORECASE)
_CHANGE_IN = re.compile(r"\bchanges?\s+in\b", re.IGNORECASE)
# What a table may split by product, segment or place.
_TOPIC = re.compile(
    r"\b(?:net sales|net revenues?|(?<!net )revenues?|operating income|operating profit"
    r"|long-lived assets|property and equipment, net|goodwill)\b",
    re.IGNORECASE,
)


def speak_item(place: FactPlace, text: str, random: Random) -> str | None:
    """Return a name for a fact's line item: its row, row and heading, or another common name.

    `text` is the excerpt that shows it: only a heading that stands there may be named. None
    where the row alone says nothing and no heading says more.
    """
    fact, label = place.fact, speak_label(place.fact.line_item)
    heading = _find_heading(place, text)
    if not is_telling(label):
        return _join(label, heading) if heading else None
    if fact.concept is None and fact.unit == "USD" and label[:1].isupper():
        topic = _find_topic(text)
        return f"{label} {topic}" if topic else None
    if fact.statement == "cash_flow" and _CHANGE_IN.search(" ".join(fact.parents)):
        return label if _CHANGE_IN.search(label) else f"change in {label}"
    names = [name for name in _list_names(fact.concept) if not _TURNED.search(name)]
    if names and random.random() < 0.25:
        label = _lower_first(random.choice(names))
    if fact.unit == "USD/share" and not PER_SHARE.search(label):
        label = f"{label} per share"
    return label


def _list_names(concept: str | None) -> Sequence[str]:
    return load_lexicon().names_of(concept)[:_MOST_NAMES] if concept else ()


def speak_under_heading(place: FactPlace, text: str, random: Random) -> str | None:
    """Return the line item with the heading that it stands under, or None where there is none."""
    heading = _find_heading(place, text)
    if heading is None:
        return None
    label = speak_label(place.fact.line_item)
    if read_words(heading) <= read_words(label) or not is_telling(label):
        return None
    forms = ("{label} under {heading}", "{label} within {heading}", "{label} ({heading})")
    return random.choice(forms).format(label=label, heading=heading)


def _find_topic(text: str) -> str | None:
    """Return what a table splits by product or place, where its title says one such thing."""
    title = " ".join(line for line in text.split("\n") if not line.startswith("|"))
    topics = {match.lower() for match in _TOPIC.findall(title)}
    return topics.pop() if len(topics) == 1 else None


def _find_heading(place: FactPlace, text: str) -> str | None:
    for parent in reversed(place.fact.parents):
        spoken = speak_label(parent)
        if (
            is_telling(spoken)
            and len(spoken.split()) <= _MOST_HEADING_WORDS
            and not PERIOD_WORDS.search(spoken)
            and parent.strip(" :").casefold() in text.casefold()
        ):
            return _lower_words(spoken)
    return None


def _lower_words(heading: str) -> str:
    """Return "earnings per share" for "Earnings per Share"; names keep their capitals."""
    if not load_lexicon().find_mentions(heading):
        return heading
    return " ".join(word.lower() if word.istitle() else word for word in heading.split())


def _join(label: str, heading: str) -> str:
    first = heading.split()[0]
    return heading if label in ("total", first) else f"{label} {heading}"


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def list_company_forms(document: Document) -> tuple[str, ...]:
    """Return how a filing's company may be called: as on the cover, in short, by its symbol.

    A cover in capitals is brought to small letters.
    """
    name = (document.filing.company or "").strip()
    if name.isupper():
        name = " ".join(_spell(word) for word in name.split())
    short = _LEGAL.sub("", name).strip(" ,.") or name
    short = short.removesuffix(".com") if short.lower().endswith(".com") else short
    short = re.sub(r"^The\s+", "", short)
    symbols = [ticker for ticker in document.filing.tickers if len(ticker) > 2]
    return tuple(dict.fromkeys(form for form in (short, short, name, *symbols) if form))


def _spell(word: str) -> str:
    return word.title() if len(word.strip(".,")) > 3 or "." in word else word.capitalize()


def state_in_billions(place: FactPlace, digits: int) -> str:
    """Return an amount of money in billions with so many digits after the point."""
    amount = place.spoken_amount / Decimal(1_000_000_000)
    sign = "-" if amount < 0 else ""
    return f"{sign}${abs(amount):,.{digits}f} billion"
