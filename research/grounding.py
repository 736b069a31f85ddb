"""Holding an answer against the evidence: is it there, and does it stand where it was asked for?

A figure counts as grounded only when it is printed in the evidence in the row, column and filing
that the sub-question speaks of, and nothing else in the evidence that fits as well says another
thing. Strict on purpose: what is not recognised is not verified. Pure; knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ingestion.documents import Document, Passage
from ingestion.facts.table_facts import build_calendar
from ingestion.figures import Figure, find_figures, find_years
from ingestion.periods import Calendar, Period, find_period, matches_period
from research.places import Place, find_places, split_sentences
from research.questions import Check, Value
from research.terms import find_terms, spell_terms

# The part of a row's own label that the question must name: "net sales" does not ask for
# "Net sales of reportable segments".
_LABEL_COVERAGE = 0.75
# Amounts this close (relative) are one amount, printed with more or fewer digits.
_SAME_AMOUNT = Decimal("0.005")
# How a part of a year is named, by its months.
_SPANS = {
    3: r"(?:(?:first|second|third|fourth|1st|2nd|3rd|4th)[\s-]+(?:fiscal\s+)?)?quarter\w*"
    r"|(?:first[\s-]+)?(?:three|3)[\s-]+months?|(?:thirteen|fourteen|1[34])[\s-]+weeks?"
    r"|Q[1-4]|[1-4]Q",
    6: r"(?:first[\s-]+)?(?:six|6)[\s-]+months?|(?:twenty[\s-]*(?:six|seven)|2[67])[\s-]+weeks?"
    r"|(?:first|second)[\s-]+half",
    9: r"(?:first[\s-]+)?(?:nine|9)[\s-]+months?|(?:thirty[\s-]*nine|forty|39|40)[\s-]+weeks?",
}
_PART_OF_YEAR = re.compile(rf"\b(?:{'|'.join(_SPANS.values())})\b", re.IGNORECASE)
_SPAN_WORDS = {
    months: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for months, words in _SPANS.items()
}
# A span that does not begin with the year: no column of months so far is that.
_LATE_SPAN = re.compile(
    r"\b(?:(?:second|2nd|other)[\s-]+half|(?:last|latter|final|past|remaining)[\s-]+"
    r"(?:fiscal\s+)?(?:half|quarters?|three|six|nine|\d+|thirteen|twenty|thirty))\b",
    re.IGNORECASE,
)
_FISCAL = re.compile(r"\b(?:fiscal|financial\s+year|FY)(?![a-z])", re.IGNORECASE)
# What a column of a year, a balance at its end, or one that does not say speaks of.
_WHOLE_YEAR = (None, 0, 12)
_PART = re.compile(r"%|\b(?:percent\w*|rates?|margins?|shares? of|ratios?)\b", re.IGNORECASE)
_BOOLEAN = re.compile(r"^\W*(?:yes|no|true|false)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """A sub-question, the whole question that it is part of, and the filings that may answer.

    The whole tells which company is meant where the sub-question does not.
    """

    question: str
    whole: str
    documents: tuple[Document, ...]

    def document(self, document_id: str) -> Document:
        """Return the document of that id."""
        return next(d for d in self.documents if d.document_id == document_id)

    @property
    def names(self) -> frozenset[str]:
        """The terms of the companies' names."""
        names: frozenset[str] = frozenset()
        for document in self.documents:
            names |= _name_terms(document)
        return names

    @property
    def terms(self) -> frozenset[str]:
        """The sub-question's terms without the companies' names and words for a period."""
        return find_terms(_PART_OF_YEAR.sub(" ", self.question)) - self.names


@dataclass(frozen=True, slots=True)
class Grounding:
    """Where the parts of an answer stand, and what was checked.

    `statement` is the figure in the words of its place: what may be shown in the place of the
    model's own sentence, of which only the figure was checked.
    """

    checks: tuple[Check, ...]
    places: tuple[Place, ...] = ()
    sentences: tuple[tuple[Passage, int, int], ...] = ()
    value: Value | None = None
    statement: str | None = None

    @property
    def grounded(self) -> bool:
        """Whether all checks passed."""
        return all(check.passed for check in self.checks)


def ground_answer(answer: str, asked: Asked, passages: Sequence[Passage]) -> Grounding:
    """Check an answer against the passages that it was given from."""
    figures = _find_answer_figures(answer, asked.question)
    if figures:
        return _ground_figures(figures, asked, passages)
    if _BOOLEAN.match(answer):
        detail = "A yes or no is a conclusion: it stands in no passage."
        return Grounding((Check("words in the evidence", False, detail),))
    return _ground_words(answer, asked, passages)


def find_fitting_places(asked: Asked, passages: Iterable[Passage]) -> tuple[Place, ...]:
    """Return the places whose row, period and company are those that are asked for."""
    return tuple(
        place
        for passage in passages
        for place in find_places(passage)
        if not place.figure.is_year and all(check.passed for check in check_place(place, asked))
    )


def check_place(place: Place, asked: Asked) -> tuple[Check, ...]:
    """Check line item, unit, period and company of a place against what is asked."""
    return (
        _check_line_item(place, asked),
        _check_unit(place, asked.question),
        _check_period(place, asked),
        _check_company(place, asked),
    )


def same_amount(one: Decimal, other: Decimal) -> bool:
    """Whether two amounts agree up to rounding, with their sign."""
    return abs(one - other) <= _SAME_AMOUNT * max(abs(one), abs(other))


def build_value(place: Place, figure: Figure, calendar: Calendar) -> Value:
    """Return the amount that `figure` states, its unit, scale and period read off its place.

    The period is a year ("2023"), or a part of one as `calendar` names it ("Q2 2023", "9M 2023").
    """
    same = abs(figure.value) == abs(place.figure.value)
    return Value(
        number=place.spoken_value if same else figure.value,
        unit=place.unit or figure.unit,
        scale=figure.scale if figure.scale != 1 else place.scale,
        period=_name_period(place, calendar),
    )


def _name_period(place: Place, calendar: Calendar) -> str | None:
    period = place.find_period(calendar)
    if period is not None and period.months not in _WHOLE_YEAR:
        return period.label
    years = place.years
    return str(years[0]) if len(years) == 1 else None


def _find_answer_figures(answer: str, question: str) -> tuple[Figure, ...]:
    """The figures that an answer states; a year is one only where nothing else is stated."""
    figures = tuple(find_figures(answer))
    stated = tuple(figure for figure in figures if not figure.is_year)
    asked_years = find_years(question)
    return stated or tuple(figure for figure in figures if int(figure.value) not in asked_years)


def _ground_figures(
    figures: Sequence[Figure], asked: Asked, passages: Sequence[Passage]
) -> Grounding:
    places = [place for passage in passages for place in find_places(passage)]
    found: list[Place] = []
    checks: list[Check] = []
    for figure in figures:
        matches = [place for place in places if _prints(place, figure)]
        if not matches:
            detail = f"{figure.text} is printed nowhere in the evidence."
            checks.append(Check("figure in the evidence", False, detail))
            continue
        best = max(
            matches,
            key=lambda place: sum(check.passed for check in check_place(place, asked)),
        )
        name = asked.document(best.passage.document_id).name
        detail = f"{figure.text} is printed on page {best.passage.page} of {name}."
        checks.append(Check("figure in the evidence", True, detail))
        checks += check_place(best, asked)
        found.append(best)
    if found:
        checks.append(_check_agreement(found, asked, passages))
    if len({figure.amount for figure in figures}) > 1:
        shown = ", ".join(figure.text for figure in figures)
        checks.append(
            Check("one figure", False, f"One is asked for, and these are given: {shown}.")
        )
    if not found:
        return Grounding(tuple(checks))
    calendar = build_calendar(asked.document(found[0].passage.document_id).filing)
    value = build_value(found[0], figures[0], calendar)
    return Grounding(tuple(checks), (found[0],), value=value, statement=found[0].statement)


def _prints(place: Place, figure: Figure) -> bool:
    """Whether a place prints the figure: the same digits, or the same amount with its scale."""
    if figure.unit == "percent" and place.unit not in ("percent", None):
        return False
    printed, said = place.figure.value, figure.value
    same = said in (printed, place.spoken_value)
    if not same:
        amount = place.figure.value * place.scale
        return figure.scale != 1 and amount == figure.amount
    return figure.scale in (1, place.scale)


def _check_line_item(place: Place, asked: Asked) -> Check:
    document = asked.document(place.passage.document_id)
    terms = asked.terms
    label = find_terms(re.sub(r"\([^)]*\)", " ", place.label)) - _name_terms(document)
    # A sub-heading is closer than the title: "Garden" under "Operating income:" is no net sales,
    # though the table's title speaks of both.
    above = place.parent or place.caption
    around = label | find_terms(
        f"{place.label} {place.heads} {above} {place.passage.section or ''}"
    )
    missing = spell_terms(terms - around, asked.question)
    named = len(label & terms) / len(label) if label else 0.0
    shown = place.label.strip() or "(no label)"
    if place.in_table:
        passed = bool(terms) and not missing and named >= _LABEL_COVERAGE
    else:
        others = [f for f in find_figures(place.label) if not f.is_year and f != place.figure]
        passed = bool(terms) and not missing and not others
    if passed:
        return Check("line item", True, f'The row or sentence is "{_shorten(shown)}".')
    return Check(
        "line item",
        False,
        f'"{_shorten(shown)}" is not recognised as what is asked'
        + (f" (no word of it for: {', '.join(missing)})." if missing else "."),
    )


def _check_unit(place: Place, question: str) -> Check:
    """Whether a part (percent) is given where a part is asked for, and an amount otherwise."""
    is_part = place.unit in ("percent", "percentage points")
    shown = place.unit or "a number"
    passed = is_part == bool(_PART.search(question))
    return Check("unit", passed, f"The place gives {shown}.")


def _check_period(place: Place, asked: Asked) -> Check:
    spans = _name_spans(asked.question)
    around = f"{place.label} {place.parent} {place.heads} {place.caption}"
    if bool(spans) != bool(_PART_OF_YEAR.search(around)):
        return _refuse_part(not spans)
    years = find_years(asked.question)
    calendar = build_calendar(asked.document(place.passage.document_id).filing)
    if not years:
        passed = not place.years and spans == _name_spans(around)
        said = "neither names a year" if passed else "the question names no year"
        return Check("period", passed, f"As to the period, {said}.")
    if spans:
        return _check_part(place.find_period(calendar), spans, asked.question)
    return _check_year(place, set(years), calendar, asked.question)


def _check_part(period: Period | None, spans: frozenset[int], question: str) -> Check:
    """Check a column against a question about a quarter, six months or nine."""
    if period is None:
        return Check("period", False, "The column does not say which part of a year it is.")
    stated = find_period((question,), Calendar())
    # "The first three months of 2023" fits any quarter of 2023 by its words.
    is_told = bool(stated and (stated.quarter or stated.end)) or 3 not in spans
    if not is_told or _LATE_SPAN.search(question):
        detail = f"The question does not say whether it asks for {period.label}."
        return Check("period", False, detail)
    passed = period.months in spans and matches_period(period, question)
    told = "as asked" if passed else "and the question asks for another"
    return Check("period", passed, f"The column's period is {period.label}, {told}.")


def _check_year(place: Place, years: set[int], calendar: Calendar, question: str) -> Check:
    """Check a column against a question about a year, or a day in it."""
    printed = set(place.years)
    detail = f"Asked for {_join(years)}; the place names {_join(printed) or 'no year'}."
    is_fiscal = bool(_FISCAL.search(question))
    period = place.find_period(calendar) if is_fiscal or printed == years else None
    if is_fiscal and period and period.months == 12 and period.fiscal_year:
        # The fiscal year 2023 of a shop may end in February 2024: its name counts.
        named = period.fiscal_year
        detail = f"Asked for {_join(years)}; the column is fiscal year {named}."
        return Check("period", years == {named}, detail)
    if printed != years or period is None:
        return Check("period", printed == years, detail)
    if period.months not in _WHOLE_YEAR:
        return _refuse_part(True)
    stated = find_period((question,), Calendar())
    if stated and stated.end and period.end and _month(stated.end) != _month(period.end):
        detail = f"Asked for {stated.end:%B %Y}; the column ends in {period.end:%B %Y}."
        return Check("period", False, detail)
    return Check("period", True, detail)


def _refuse_part(is_part: bool) -> Check:
    what = "a part of a year" if is_part else "no part of a year"
    return Check("period", False, f"The column speaks of {what}, the question otherwise.")


def _name_spans(text: str) -> frozenset[int]:
    """Return the lengths in months of the parts of a year that `text` names: 3, 6 and 9."""
    return frozenset(months for months, words in _SPAN_WORDS.items() if words.search(text))


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _check_company(place: Place, asked: Asked) -> Check:
    document = asked.document(place.passage.document_id)
    keys = {key for other in asked.documents if (key := _company_key(other))}
    named = {key for key in keys if key <= find_terms(asked.question)}
    named = named or {key for key in keys if key <= find_terms(asked.whole)}
    if len(named) == 1:
        passed = _company_key(document) in named
        return Check("company", passed, f"The filing is {document.name}.")
    if named:
        return Check("company", False, "The question names several companies, and this part none.")
    if len(keys) > 1:
        return Check("company", False, "The question names none of the companies in the library.")
    return Check("company", True, f"The library holds one company; the filing is {document.name}.")


def _check_agreement(found: Sequence[Place], asked: Asked, passages: Sequence[Passage]) -> Check:
    """Whether all places that fit the question as well print the same amounts."""
    fitting = find_fitting_places(asked, passages)
    amounts = [place.figure.value * place.scale for place in found]
    for place in fitting:
        amount = place.figure.value * place.scale
        if not any(same_amount(abs(amount), abs(other)) for other in amounts):
            return Check(
                "no contradiction",
                False,
                f"Page {place.passage.page} prints {place.figure.text} for what is asked too.",
            )
    return Check("no contradiction", True, "No other place that fits prints another amount.")


def _ground_words(answer: str, asked: Asked, passages: Sequence[Passage]) -> Grounding:
    """Find one sentence or row that holds all of the answer's words and the question's too."""
    said = find_terms(answer)
    terms = asked.terms
    new = said - terms - asked.names
    if not new:
        detail = "The answer says nothing that the question did not say."
        return Grounding((Check("words in the evidence", False, detail),))
    for passage in passages:
        for start, end in split_sentences(passage.text):
            here = find_terms(passage.text[start:end])
            if new <= here and terms <= here | find_terms(passage.section or ""):
                detail = f"All of its words stand in one sentence on page {passage.page}."
                check = Check("words in the evidence", True, detail)
                return Grounding((check,), sentences=((passage, start, end),))
    detail = "No sentence of the evidence holds both what is asked and what is answered."
    return Grounding((Check("words in the evidence", False, detail),))


def _name_terms(document: Document) -> frozenset[str]:
    return find_terms(document.filing.company or "")


def _company_key(document: Document) -> frozenset[str]:
    """The first word of a company's name, by which a question calls it."""
    words = (document.filing.company or "").split()
    for word in words:
        terms = find_terms(word)
        if terms:
            return terms
    return frozenset()


def _shorten(text: str, most: int = 90) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "\u2026"


def _join(years: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(years)))
