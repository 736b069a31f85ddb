"""Is an answer what the evidence says? Figures against typed facts, words against sentences.

An answer that states a figure is supported when the fact that settles the question says the same
amount, in the same unit, with the same sign: an answer may round, never rescale. Pure; knows no
store and no model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ingestion.documents import Passage
from ingestion.figures import Figure, find_figures, find_years
from research.places import split_sentences
from research.questions import Check
from research.terms import find_terms
from research.verification.asking import Asked
from research.verification.fact_places import FactPlace
from research.verification.lookup import Lookup, look_up
from research.verification.matching import FactMatch

_BOOLEAN = re.compile(r"^\W*(?:yes|no|true|false)\b", re.IGNORECASE)
# Words with which an answer says that a figure is negative.
_NEGATIVE = re.compile(r"\b(?:negative|minus|loss|outflow|deficit)\b", re.IGNORECASE)
_PER_SHARE = re.compile(r"\bper\s+(?:\w+\s+)?share\b|/share", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of holding an answer against the evidence; `match` is the fact that proves it."""

    checks: tuple[Check, ...]
    match: FactMatch | None = None
    sentence: tuple[Passage, int, int] | None = None

    @property
    def supported(self) -> bool:
        """Whether all checks passed."""
        return bool(self.checks) and all(check.passed for check in self.checks)


def verify_answer(
    answer: str, asked: Asked, evidence: Sequence[FactPlace], *, as_printed: bool = False
) -> Verification:
    """Hold an answer's figure against the facts of the evidence.

    With `as_printed` a figure without a scale may be the digits of a cell ("1,577" in a table in
    millions), as a model copies them; without, "$1,577" is not "$1,577 million".
    """
    return verify_against(answer, asked, look_up(asked, evidence), as_printed=as_printed)


def verify_against(
    answer: str, asked: Asked, lookup: Lookup, *, as_printed: bool = False
) -> Verification:
    """Hold an answer's figure against what facts say of the question."""
    figures = find_answer_figures(answer, asked.question)
    if not figures:
        return Verification(
            (Check("figure in the evidence", False, "The answer states no figure."),)
        )
    if len({figure.amount for figure in figures}) > 1:
        shown = ", ".join(figure.text for figure in figures)
        detail = f"One figure is asked for, and these are given: {shown}."
        return Verification((Check("one figure", False, detail),))
    figure = figures[0]
    saying = [match for match in lookup.fitting if _says(match.place, figure, answer, as_printed)]
    if not saying:
        detail = f"{figure.text} is not what the evidence says of this."
        return Verification((Check("figure in the evidence", False, detail), *lookup.checks))
    best = lookup.settled if lookup.settled in saying else saying[0]
    assert best is not None, "what says the figure is not empty"
    place = best.place
    name = asked.document(place.fact.document_id).name
    found = Check(
        "figure in the evidence",
        True,
        f"{figure.text} is printed on page {place.fact.page} of {name}.",
    )
    if lookup.settled is None:
        return Verification((found, *lookup.checks), best)
    if best is not lookup.settled and not _agree(best, lookup.settled):
        other = lookup.settled.place
        detail = f"Page {other.fact.page} prints {other.statement}, which stands closer."
        return Verification((found, Check("no contradiction", False, detail)), best)
    return Verification((found, *lookup.checks), best)


def find_answer_figures(answer: str, question: str) -> tuple[Figure, ...]:
    """Return the figures that an answer states; a year is one only where nothing else is stated."""
    figures = tuple(find_figures(answer))
    stated = tuple(figure for figure in figures if not figure.is_year)
    asked_years = find_years(question)
    return stated or tuple(figure for figure in figures if int(figure.value) not in asked_years)


def says_amount(place: FactPlace, figure: Figure, *, as_printed: bool = False) -> bool:
    """Whether a figure states a fact's amount, rounded to the figure's own digits at most.

    Of what is paid or deducted the sign may be the printed or the spoken one.
    """
    values = {place.spoken_amount}
    if place.is_taken_off:
        values.add(place.fact.amount)
    if as_printed and figure.scale == 1:
        values |= {value / place.fact.scale for value in values}
    step = find_step(figure) * figure.scale
    return any(_rounds_to(value, figure.amount, step) for value in values)


def find_step(figure: Figure) -> Decimal:
    """Return what the last printed digit of a figure counts: 0.1 for "5.2", 1 for "1,577"."""
    exponent = figure.value.as_tuple().exponent
    return Decimal(1).scaleb(exponent) if isinstance(exponent, int) else Decimal(1)


def verify_words(answer: str, asked: Asked, passages: Sequence[Passage]) -> Verification:
    """Find one sentence or row that holds all of the answer's words and the question's too."""
    if _BOOLEAN.match(answer):
        detail = "A yes or no is a conclusion: it stands in no passage."
        return Verification((Check("words in the evidence", False, detail),))
    said = find_terms(answer)
    wanted = asked.terms
    names = frozenset().union(*(find_terms(company.name) for company in asked.companies), ())
    new = said - wanted - names
    if not new:
        detail = "The answer says nothing that the question did not say."
        return Verification((Check("words in the evidence", False, detail),))
    for passage in passages:
        for start, end in split_sentences(passage.text):
            here = find_terms(passage.text[start:end])
            if new <= here and wanted <= here | find_terms(passage.section or ""):
                detail = f"All of its words stand in one sentence on page {passage.page}."
                check = Check("words in the evidence", True, detail)
                return Verification((check,), sentence=(passage, start, end))
    detail = "No sentence of the evidence holds both what is asked and what is answered."
    return Verification((Check("words in the evidence", False, detail),))


def _says(place: FactPlace, figure: Figure, answer: str, as_printed: bool) -> bool:
    unit = place.fact.unit
    if figure.unit == "percent" and unit not in ("percent", None):
        return False
    if figure.unit not in (None, "percent") and unit == "percent":
        return False
    if unit == "percent" and figure.unit is None and not as_printed:
        return False
    if _PER_SHARE.search(answer) and unit is not None and not unit.endswith("/share"):
        return False
    if place.spoken_value < 0 and figure.value > 0 and _NEGATIVE.search(answer):
        figure = _negate(figure)
    return says_amount(place, figure, as_printed=as_printed)


def _negate(figure: Figure) -> Figure:
    return Figure(-figure.value, figure.unit, figure.scale, figure.text, figure.start, figure.end)


def _rounds_to(value: Decimal, stated: Decimal, step: Decimal) -> bool:
    return abs(value - stated) <= step / 2


def _agree(one: FactMatch, other: FactMatch) -> bool:
    """Whether two places of one figure agree up to the coarser one's rounding."""
    amounts = sorted((abs(one.place.spoken_amount), abs(other.place.spoken_amount)))
    return amounts[1] - amounts[0] <= Decimal("0.005") * amounts[1]
