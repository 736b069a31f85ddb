"""Questions and claims whose right answer is one typed fact, worded in several ways.

What is asked is the row's own words, with those of its heading where the row alone would be taken
for another; a fact that its words do not tell from another of its filing is left out, with the
reason. Knows facts and documents; no store and no verifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from benchmarks.scoring import normalise_words
from ingestion.documents import Document
from ingestion.periods import Period
from research.verification.fact_places import FactPlace

# More words than this are a sentence that was taken for a row, or two rows in one.
_MOST_WORDS = 12
_LEGAL = re.compile(
    r",?\s*\b(?:company|co|inc|incorporated|corp|corporation|plc|ltd|communications)\b\.?(?=\W|$)",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"\s*\([^)]*\)?")
_PART = re.compile(r"%|\b(?:percent\w*|rates?|margins?|ratios?|yields?|as a)\b", re.IGNORECASE)
_SHARES = re.compile(r"\bshares\b", re.IGNORECASE)
_PER_SHARE = re.compile(r"\bper\s+(?:\w+\s+){0,2}share\b", re.IGNORECASE)
_PERIOD_WORDS = re.compile(
    r"\b(?:19|20)\d\d\b|\b(?:quarter|months?|weeks|years?|increase|decrease|change"
    r"|variance|growth)\b",
    re.IGNORECASE,
)
_OF_SHARES = re.compile(r"\b(?:denominator|weighted[\s-]average|dilut\w+)\b", re.IGNORECASE)
_LOSS = re.compile(r"\b(?:loss(?:es)?|deficit|outflows?)\b", re.IGNORECASE)
# Labels that say nothing without their heading.
_BARE = frozenset(
    "total other net subtotal balance amount value basic diluted current noncurrent federal state "
    "foreign domestic international consolidated assets liabilities all and".split()
)
# Words that do not tell one row from another: "property, net" is asked for as "property" is.
_LIGHT = frozenset("net total of and to for in on at by or from".split())
# Headings that only lay out a table.
_LAYOUT = frozenset("numerator denominator amount amounts year fiscal years".split())
_MOST_HEADING_WORDS = 8
_ORDINALS = ("first", "second", "third", "fourth")
_SPANS = {3: "three", 6: "six", 9: "nine"}
_SCALES = {1_000: "thousand", 1_000_000: "million", 1_000_000_000: "billion"}
_ITEMS = {"USD": "amount", "percent": "part", "USD/share": "per share", "shares": "shares"}

_YEAR_QUESTIONS = (
    "What {was} {company}'s {item} in {year}?",
    "What {was} {company}'s {item} in FY{year}?",
    "How much {was} {company}'s {item} in fiscal {year}?",
    "What {item} did {company} report for fiscal year {year}?",
    "For fiscal {year}, what {was} the {item} of {company}?",
)
_SPAN_QUESTIONS = (
    "What {was} {company}'s {item} {span}?",
    "How much {was} {company}'s {item} {span}?",
    "What {item} did {company} report {span}?",
)
_BALANCE_QUESTIONS = (
    "What {was} {company}'s {item} at the end of fiscal {year}?",
    "What {was} {company}'s {item} as of {day}?",
    "How much {was} {company}'s {item} at year-end {year}?",
    "What {item} did {company} report at the end of {year}?",
)
_DAY_QUESTIONS = (
    "What {was} {company}'s {item} as of {day}?",
    "How much {was} {company}'s {item} at {day}?",
)
_ANSWERS = ("{figure}", "{figure}.", "It was {figure}.", "{Item} {was} {figure}.")


@dataclass(frozen=True, slots=True)
class FactQuestion:
    """A fact with the words that ask for it: the row's, "of" its heading where that is needed.

    `company` is spoken as the question speaks it; `form` chooses the wording.
    """

    place: FactPlace
    company: str
    item: str
    form: int
    closes_year: bool = True

    @property
    def _was(self) -> str:
        return "were" if self.item.endswith("s") and not self.item.endswith("ss") else "was"

    @property
    def kind(self) -> str:
        """What is asked for: an amount, a part, an amount a share, or a number of shares."""
        return _ITEMS[self.place.fact.unit or ""]

    @property
    def question(self) -> str:
        """The question."""
        period = read_period(self.place)
        forms = _choose_forms(period, closes_year=self.closes_year)
        return forms[self.form % len(forms)].format(
            company=self.company,
            item=self._asked_item(),
            year=period.fiscal_year,
            span=describe_span(period, self.form),
            day=_day(period),
            was=self._was,
        )

    def answer(self, figure: str) -> str:
        """An answer that states a figure."""
        text = _ANSWERS[self.form % len(_ANSWERS)]
        item = self.item[:1].upper() + self.item[1:]
        return text.format(figure=figure, Item=item, was=self._was)

    def claim(self, figure: str) -> str:
        """A claim that states a figure of the fact's period."""
        when = self._when(read_period(self.place))
        return f"{self.company}'s {self._asked_item(claim=True)} {self._was} {figure} {when}."

    def claim_change(self, earlier: FactPlace, verb: str) -> str:
        """A claim that the item went up or down from an earlier year's column to this fact's."""
        years = (read_period(earlier).fiscal_year, read_period(self.place).fiscal_year)
        return f"{self.company}'s {self.item} {verb} from {years[0]} to {years[1]}."

    def _when(self, period: Period) -> str:
        if period.months == 0 and not self.closes_year:
            return f"on {_day(period)}"
        if period.months == 0:
            return f"at the end of fiscal {period.fiscal_year}"
        return f"in {period.fiscal_year}" if period.months == 12 else describe_span(period, 0)

    def _asked_item(self, *, claim: bool = False) -> str:
        if self.kind == "part" and not _PART.search(self.item) and not claim:
            return f"{self.item}, as a percentage,"
        if self.kind == "per share" and not _PER_SHARE.search(self.item):
            return f"{self.item} per share"
        return self.item


def build_question(
    place: FactPlace, document: Document, rivals: Iterable[FactPlace], random: Random
) -> FactQuestion | str:
    """Return the question that a fact answers, or the rule by which it is left out.

    `rivals` are the facts of the filing whose rows share a word with this one's.
    """
    reason = find_fault(place) or find_late(place, document)
    if reason:
        return reason
    item = _name_item(place, [one for one in rivals if _competes(one, place)], random)
    if item is None:
        return "its words are those of another row, too, which says another amount"
    company = document.filing.company or ""
    if random.random() < 0.5:
        company = _LEGAL.sub("", company).strip(" ,")
    closes = _closes_year(read_period(place), document)
    return FactQuestion(place, company, item, random.randrange(1000), closes)


def _name_item(place: FactPlace, same: Sequence[FactPlace], random: Random) -> str | None:
    """Return what a row is to be called; None where another is called the same.

    The heading is named outside of the filing's own statements, where it only lays them out, and
    where the row alone says nothing or is called as another.
    """
    fact, item = place.fact, speak_label(place.fact.line_item)
    alike = [one for one in same if read_words(speak_label(one.fact.line_item)) == read_words(item)]
    bare = not set(normalise_words(item)) - _BARE
    is_laid_out = place.is_primary and fact.statement != "equity"
    headings = [parent for parent in fact.parents if read_words(parent) - _LAYOUT]
    if not alike and not bare and (is_laid_out or not headings):
        return item
    if not headings:
        return None
    named = _name_under(item, speak_label(headings[-1]), random)
    words = read_words(named)
    if any(words <= read_words(_with_parents(one)) for one in same):
        return None
    return named


def find_late(place: FactPlace, document: Document) -> str | None:
    """Return why a fact of a year after the filing's own is no figure that it reports."""
    year, own = read_period(place).fiscal_year, document.filing.fiscal_year
    if year is not None and own is not None and year > own:
        return "its column is of a year after the filing's own"
    return None


def _closes_year(period: Period, document: Document) -> bool:
    """Whether a balance is one at the end of a fiscal year (which may end days into a month)."""
    month = document.filing.year_end_month
    if period.end is None or month is None:
        return False
    return month in (period.end.month, (period.end.month - 2) % 12 + 1 if period.end.day < 8 else 0)


def _choose_forms(period: Period, *, closes_year: bool) -> tuple[str, ...]:
    if period.months == 12:
        return _YEAR_QUESTIONS
    if period.months == 0:
        return _BALANCE_QUESTIONS if closes_year else _DAY_QUESTIONS
    return _SPAN_QUESTIONS


def find_fault(place: FactPlace) -> str | None:
    """Return why a fact can be no question's answer by itself, None where it can."""
    fact = place.fact
    label = speak_label(fact.line_item)
    words = normalise_words(label)
    if not any(len(word) > 2 and word.isalpha() for word in words) or len(words) > _MOST_WORDS:
        return "its row has no label, or a sentence for one"
    if _PERIOD_WORDS.search(label) or re.search(r"\d", label):
        return "its row is named by a period, a number or a change"
    if fact.unit not in _ITEMS or fact.value == 0:
        return "it has no unit, or is nil"
    period = fact.period
    if period is None or period.fiscal_year is None or period.months not in (0, 3, 6, 9, 12):
        return "its column names no usual period"
    if period.months in (0, 3, 6, 9) and period.end is None:
        return "its column names no day"
    whole = _with_parents(place)
    if fact.unit == "percent" and not _PART.search(whole):
        return "it is a percentage of a row that is none"
    if fact.unit == "shares" and not _SHARES.search(label):
        return "it is a number of shares of a row that does not say so"
    if fact.unit == "USD" and _OF_SHARES.search(whole):
        return "its row is of shares, its unit of money"
    if any(len(normalise_words(parent)) > _MOST_HEADING_WORDS for parent in fact.parents):
        return "its heading is a sentence"
    return None


def speak_label(label: str) -> str:
    """Return a row's label as one would say it: without brackets, notes' marks and a colon."""
    spoken = " ".join(_IN_BRACKETS.sub(" ", label).replace("\u2014", " ").split())
    spoken = spoken.strip(" :;,.-$")
    words = spoken.split(" ")
    first = words[0]
    if first[:1].isupper() and first[1:].islower():
        words[0] = first.lower()
    return " ".join(words)


def state_figure(place: FactPlace, value: Decimal, scale: int, random: Random) -> str:
    """Return an amount as a person writes it: "$5,023 million", "$(12) million", "61.5%"."""
    unit = place.fact.unit
    digits = f"{abs(value):,}"
    if unit == "percent":
        return f"-{digits}%" if value < 0 else f"{digits}%"
    sign = "$" if unit in ("USD", "USD/share") else ""
    if value < 0:
        number = f"-{sign}{digits}" if random.random() < 0.5 else f"{sign}({digits})"
    else:
        number = f"{sign}{digits}"
    tail = {"USD/share": "per share", "shares": "shares"}.get(unit or "", "")
    return " ".join(word for word in (number, _SCALES.get(scale, ""), tail) if word)


def names_sign(question: FactQuestion) -> bool:
    """Whether both signs are right: the item is a loss, or what is paid or deducted."""
    return question.place.is_taken_off or bool(_LOSS.search(question.item))


def read_period(place: FactPlace) -> Period:
    """Return the period of a fact that has one; raises ValueError for others."""
    if place.fact.period is None:
        raise ValueError(f"The fact {place.fact.fact_id} has no period.")
    return place.fact.period


def describe_span(period: Period, form: int) -> str:
    """Return "in the second quarter of fiscal 2023" or "for the six months ended July 1, 2023"."""
    if period.quarter and form % 2:
        return f"in the {_ORDINALS[period.quarter - 1]} quarter of fiscal {period.fiscal_year}"
    return f"for the {_SPANS.get(period.months or 0, 'twelve')} months ended {_day(period)}"


def read_words(text: str) -> frozenset[str]:
    """Return the words of a row as a set, in small letters, without those that tell nothing."""
    return frozenset(normalise_words(text)) - _LIGHT


def _day(period: Period) -> str:
    end = period.end
    return f"{end:%B} {end.day}, {end.year}" if end else ""


def _name_under(item: str, parent: str, random: Random) -> str:
    forms = ("{parent} {item}", "{item} of {parent}", "{item} under {parent}")
    return random.choice(forms).format(item=item, parent=parent)


def _with_parents(place: FactPlace) -> str:
    return " ".join((speak_label(place.fact.line_item), *place.fact.parents))


def _competes(other: FactPlace, place: FactPlace) -> bool:
    """Whether another fact would be asked for with the same period and unit, and differs.

    What stands in the filing's own statements is not put in doubt by other tables.
    """
    one, two = other.fact, place.fact
    if one.fact_id == two.fact_id or one.unit != two.unit:
        return False
    if place.is_primary and not other.is_primary:
        return False
    if not _same_period(one.period, two.period):
        return False
    return not agree(other.spoken_amount, place.spoken_amount)


def _same_period(one: Period | None, two: Period | None) -> bool:
    if one is None or two is None:
        return True
    if (one.end, one.months) == (two.end, two.months):
        return True
    whole = (0, 12, None)
    same_year = one.fiscal_year == two.fiscal_year
    return same_year and one.months in whole and two.months in whole


def agree(one: Decimal, two: Decimal) -> bool:
    """Whether two amounts agree up to half a percent, with their sign."""
    return abs(one - two) <= Decimal("0.005") * max(abs(one), abs(two))


def find_rivals(places: Sequence[FactPlace]) -> dict[str, list[FactPlace]]:
    """Return the facts of a filing by each word of their rows."""
    rows: dict[str, list[FactPlace]] = {}
    for place in places:
        for word in read_words(speak_label(place.fact.line_item)):
            rows.setdefault(word, []).append(place)
    return rows
