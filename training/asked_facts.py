"""How one speaks of a fact of a filing: its company, its line item, its period and its amount.

Says as well which facts no question can ask for by their own words. Pure; knows no store and no
sentence of a question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from random import Random

from ingestion.documents import Document
from ingestion.filings.lexicon import load_lexicon
from ingestion.periods import Period
from research.verification.fact_places import FactPlace

_MOST_WORDS = 9
_MOST_HEADING_WORDS = 7
# Of a line item's other names, the first are the usual ones.
_MOST_NAMES = 6
_UNITS = ("USD", "USD/share", "shares", "percent")
_LEGAL = re.compile(
    r",?\s*\b(?:company|co|inc|incorporated|corp|corporation|plc|ltd|group)\b\.?(?=\W|$)",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"\s*\([^)]*\)?")
# What a row says of how it is added up.
_SIGN_WORDS = re.compile(
    r"^\s*(?:add|plus|less|deduct)\s*(?:[:\u2014\u2013-]+\s*|(?=[A-Z]))", re.IGNORECASE
)
# One speaks of these without a sign, however a table adds them up.
_SPOKEN_POSITIVE = re.compile(
    r"^(?!.*(?:\bchange|\bnet$|income|earnings|benefit|gain))"
    r".*\b(?:loss(?:es)?|expenses?|costs?|compensation|revenues?|sales|dividends?|repurchases?"
    r"|payments?|purchases?|paid|liabilit\w+|debt|taxes)\b",
    re.IGNORECASE,
)
# Other names that turn a line item's sign around.
_TURNED = re.compile(r"\b(?:loss(?:es)?|deficit|benefit|used|outflows?)\b", re.IGNORECASE)
_FULL_STOP = re.compile(r"(?<!\.\w)\.$")
_CHANGE_IN = re.compile(r"\bchanges?\s+in\b", re.IGNORECASE)
_WORD = re.compile(r"[a-z0-9&]+")
_PART = re.compile(r"%|\b(?:percent\w*|rates?|margins?|ratios?|yields?)\b", re.IGNORECASE)
_PER_SHARE = re.compile(r"\bper\s+(?:[\w-]+\s+){0,2}share\b", re.IGNORECASE)
_NARROWING = re.compile(
    r"\b(?:hedg\w+|derivatives?|stock-based|share-based|stock awards|pro forma|reconciliation"
    r"|non-gaap|adjusted|effects? of|restructuring|impairment|discontinued|previously reported"
    r"|integration|acquired|acquisition|fair value|unrealized|held for sale|plan assets|currency"
    r"|remaining|unrecognized|unamortized|expected|estimated|future|pension|deferred tax|related part\w+)\b",
    re.IGNORECASE,
)
# What a table may split by product, segment or place.
_TOPIC = re.compile(
    r"\b(?:net sales|net revenues?|(?<!net )revenues?|operating income|operating profit"
    r"|long-lived assets|property and equipment, net|goodwill)\b",
    re.IGNORECASE,
)
_PERIOD_WORDS = re.compile(
    r"\d|\b(?:quarter|months?|weeks|years?|increase|decrease|change|variance|growth|thereafter"
    r"|january|february|march|april|may|june|july|august|september|october|november|december)\b",
    re.IGNORECASE,
)
_OF_SHARES = re.compile(r"\b(?:denominator|weighted[\s-]average|shares)\b", re.IGNORECASE)
# Words that tell nothing of a row by themselves.
_BARE = frozenset(
    "total other net subtotal balance amount value basic diluted current noncurrent federal state "
    "foreign domestic international consolidated and all thereof of at end beginning".split()
)
_LIGHT = frozenset("net total of and the to for in on at by or from a an".split())
_ORDINALS = ("first", "second", "third", "fourth")
_SPANS = {3: "three", 6: "six", 9: "nine"}
_MONTH_NAME = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r"\s+\d{1,2},"
)
_IN_YEARS = (
    "in {year}",
    "in fiscal {year}",
    "in FY{year}",
    "for fiscal year {year}",
    "for fiscal {year}",
    "during fiscal {year}",
    "in fiscal year {year}",
    "during {year}",
    "for the {year} fiscal year",
    "for FY{year}",
)
_AT_YEAR_ENDS = (
    "at the end of fiscal {year}",
    "at year-end {year}",
    "at the end of {year}",
    "at fiscal year-end {year}",
    "at the end of FY{year}",
)
_AT_DAYS = ("as of {day}", "at {day}", "as of {day}", "on {day}")
_YEARS_ENDED = ("for the year ended {day}", "for the fiscal year ended {day}")


def find_fault(place: FactPlace) -> str | None:
    """Return why a fact is no answer to a question by its own words; None where it is one."""
    fact, label = place.fact, speak_label(place.fact.line_item)
    words = read_words(label)
    if fact.source == "sentence" and fact.concept is None:
        return "its sentence names no line item that is known"
    if not _is_printed(label, place.passage.text):
        return "its label is a tag's, and is not printed"
    if not words or len(label.split()) > _MOST_WORDS or not re.search(r"[a-z]{3}", label.lower()):
        return "its row has no label, or a sentence for one"
    if len(words) == 1 and fact.concept is None and label[:1].islower():
        return "its row is one word that is no line item"
    if _PERIOD_WORDS.search(label):
        return "its row is named by a period, a number or a change"
    if fact.unit not in _UNITS or fact.value == 0:
        return "it has no unit that is asked for, or is nil"
    if not _is_usual(fact.period):
        return "its column names no usual period"
    if place.spoken_value < 0 and _SPOKEN_POSITIVE.search(label):
        return "its sign is that of a sum, not what one says"
    return _find_fault_of_unit(place, label)


def _is_printed(label: str, text: str) -> bool:
    printed = re.escape(label.casefold()) + r"(?![a-z])"
    return bool(re.search(printed, _take_out_brackets(text).casefold()))


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
    if unit == "USD" and (_OF_SHARES.search(whole) or _PER_SHARE.search(whole)):
        return "its row is of shares, its unit of money"
    return None


def find_narrow_title(place: FactPlace, title: str) -> str | None:
    """Return a word by which a table's title makes its rows parts of something, or None.

    "Cost of sales" in a table of hedging gains is not the company's cost of sales.
    """
    if place.is_primary:
        return None
    label = place.fact.line_item.casefold()
    narrowing = (match[0].casefold() for match in _NARROWING.finditer(title))
    return next((word for word in narrowing if word not in label), None)


def _is_usual(period: Period | None) -> bool:
    if period is None or period.fiscal_year is None:
        return False
    if period.months in (12, None):
        return True
    return period.months in (0, 3, 6, 9) and period.end is not None


def speak_label(label: str) -> str:
    """Return a row's label as one says it: without brackets, marks, and a first capital.

    The capital stays where the label may be a name: "Mac", "United States".
    """
    spoken = _take_out_brackets(_SIGN_WORDS.sub("", label)).strip(" :;,-–$*")
    words = _FULL_STOP.sub("", spoken).split(" ")
    if words[0][:1].isupper() and words[0][1:].islower() and not _may_be_name(words):
        words[0] = words[0].lower()
    return " ".join(words)


def _take_out_brackets(text: str) -> str:
    return " ".join(_IN_BRACKETS.sub(" ", text).replace("—", " ").split())


def _may_be_name(words: Sequence[str]) -> bool:
    if words[0].lower() in _BARE or any(w.islower() and w not in _LIGHT for w in words[1:]):
        return False
    return not any(mention.start == 0 for mention in load_lexicon().find_mentions(" ".join(words)))


def read_words(text: str) -> frozenset[str]:
    """Return the words that tell a row from others, in small letters."""
    return frozenset(_WORD.findall(text.lower().replace("'s", ""))) - _LIGHT


def is_telling(label: str) -> bool:
    """Whether a label says by itself what its row is of: "Total" and "Other" do not."""
    return bool(read_words(label) - _BARE)


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
    if fact.unit == "USD/share" and not _PER_SHARE.search(label):
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
            and not _PERIOD_WORDS.search(spoken)
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


def speak_period(place: FactPlace, text: str, random: Random) -> str | None:
    """Return "in fiscal 2024" or the like; None where the excerpt shows no year to say it by."""
    period = place.fact.period
    assert period is not None, "a fact without a period is not asked for"
    forms = _list_period_forms(period, text)
    return random.choice(forms) if forms else None


def _list_period_forms(period: Period, text: str) -> list[str]:
    day = say_day(period.end) if period.end else ""
    year = period.fiscal_year
    # Where years end in January, the day's year is no year's name: say what is printed.
    one_year = period.end is None or period.end.year == year
    names_year = str(year) in text and (one_year or not _MONTH_NAME.search(text))
    shows_day = bool(day) and (day in text or (one_year and str(year) in text))
    forms: list[str] = []
    if period.months in (12, None):
        forms += _IN_YEARS if names_year else ()
        forms += _YEARS_ENDED if shows_day and period.months else ()
    elif period.months == 0:
        forms += _AT_DAYS if shows_day else ()
        if names_year and period.end and period.quarter in (None, 4) and period.end.month == 12:
            forms += _AT_YEAR_ENDS
    elif shows_day:
        forms.append(f"for the {_SPANS[period.months or 3]} months ended {day}")
        if period.months == 3:
            forms.append(f"for the quarter ended {day}")
        if period.months == 3 and period.quarter:
            ordinal = _ORDINALS[period.quarter - 1]
            forms += [f"in the {ordinal} quarter of {year}", f"in Q{period.quarter} {year}"]
    return [form.format(year=year, day=day) for form in forms]


def say_day(day: date) -> str:
    """Return "December 31, 2024"."""
    return f"{day:%B} {day.day}, {day.year}"


def state_in_billions(place: FactPlace, digits: int) -> str:
    """Return an amount of money in billions with so many digits after the point."""
    amount = place.spoken_amount / Decimal(1_000_000_000)
    sign = "-" if amount < 0 else ""
    return f"{sign}${abs(amount):,.{digits}f} billion"
