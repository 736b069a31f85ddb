"""A figure that facts alone settle: it stands there, and nothing that fits as well says otherwise.

The closest facts count: those of the filing's own statements before other tables, rows that say
all that is asked before those whose title says the rest. Where two filings print another amount
for the same thing, the one that first reported it is "as reported", a later one "as restated".
Pure; knows no store and no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ingestion.documents import Document
from research.questions import Check, Value
from research.verification.asking import Asked
from research.verification.fact_places import FactPlace
from research.verification.matching import Closeness, FactMatch, match_fact

# Amounts this close (relative) are one amount, printed with more or fewer digits.
_SAME_AMOUNT = Decimal("0.005")


@dataclass(frozen=True, slots=True)
class Lookup:
    """What facts say of a question.

    `settled` is the match that answers it, or None; `fitting` are all that fit, the closest
    first; `conflicts` are fitting ones that print another amount; `near` are those of the line
    item and company asked for whose period is another, so that one can say what there is.
    """

    settled: FactMatch | None
    fitting: tuple[FactMatch, ...]
    conflicts: tuple[FactMatch, ...] = ()
    near: tuple[FactMatch, ...] = ()
    checks: tuple[Check, ...] = ()


def look_up(asked: Asked, places: Iterable[FactPlace]) -> Lookup:
    """Hold facts against a question; each place is looked at once."""
    matches = [match_fact(place, asked) for place in places]
    near = tuple(match for match in matches if match.fits_but_period and not match.fits)
    fitting = sorted(
        (match for match in matches if match.fits),
        key=lambda match: (match.closeness, -match.named, *_order_of_filing(match, asked)),
    )
    if not fitting:
        return Lookup(None, (), near=near)
    # "Property, plant and equipment, net" is closer to "net PP&E" than the row without "net".
    closest = [
        match
        for match in fitting
        if (match.closeness, match.named) == (fitting[0].closeness, fitting[0].named)
    ]
    best = min(closest, key=_step_of_percent)
    others = [match for match in closest if not same_amount(match, best)]
    if best.closeness > Closeness.LABEL:
        # Nothing is surer than the next best where neither statements nor labels tell.
        others += [
            match
            for match in fitting
            if match.closeness == best.closeness + 1 and not same_amount(match, best)
        ]
    within = [match for match in others if _filing_of(match) == _filing_of(best)]
    if within:
        return Lookup(
            None, tuple(fitting), tuple(within), near, (*best.checks, _tell(within, best))
        )
    check = _tell_restated(others, best, asked) if others else _agree(fitting, best)
    return Lookup(best, tuple(fitting), tuple(others), near, (*best.checks, check))


def same_amount(one: FactMatch, other: FactMatch) -> bool:
    """Whether two facts state one amount, up to rounding; the sign that is spoken counts."""
    first, second = one.place, other.place
    if is_same_amount(first.spoken_amount, second.spoken_amount):
        return True
    if not first.fact.unit == second.fact.unit == "percent":
        return False
    # "20%" and "20.2%": the one is the other, told with fewer digits.
    coarse = max(_step_of(first), _step_of(second))
    return abs(first.spoken_amount - second.spoken_amount) <= coarse / 2


def _step_of(place: FactPlace) -> Decimal:
    """Return what the last printed digit of a fact counts."""
    exponent = place.spoken_value.as_tuple().exponent
    return Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)


def is_same_amount(one: Decimal, other: Decimal) -> bool:
    """Whether two amounts agree up to rounding, with their sign."""
    return abs(one - other) <= _SAME_AMOUNT * max(abs(one), abs(other))


def _step_of_percent(match: FactMatch) -> Decimal:
    """Return a key by which a percentage with more digits comes first, and all else as it is."""
    return _step_of(match.place) if match.place.fact.unit == "percent" else Decimal(0)


def build_value(place: FactPlace) -> Value:
    """Return what a fact says, as one speaks of it."""
    fact = place.fact
    period = fact.period
    label = period.label.removeprefix("FY") if period else None
    return Value(place.spoken_value, fact.unit, fact.scale, label)


def _order_of_filing(match: FactMatch, asked: Asked) -> tuple[int, str, int]:
    """The filing that reports the year first comes first."""
    fact = match.place.fact
    document = asked.document(fact.document_id)
    asked_year = max(asked.years, default=None)
    year = _year_of(document)
    late = abs(year - asked_year) if year is not None and asked_year is not None else 99
    annual = 0 if (document.filing.form or "").startswith(("10-K", "20-F", "40-F")) else 1
    return late * 2 + annual, document.document_id, fact.page


def _year_of(document: Document) -> int | None:
    filing = document.filing
    if filing.fiscal_year is not None:
        return filing.fiscal_year
    return int(filing.period_end[:4]) if filing.period_end else None


def _filing_of(match: FactMatch) -> str:
    return match.place.fact.document_id


def _agree(fitting: Sequence[FactMatch], best: FactMatch) -> Check:
    places = [match for match in fitting if same_amount(match, best)]
    filings = {_filing_of(match) for match in places}
    if len(places) == 1:
        detail = "It is printed once, and nothing that fits as well says another thing."
    else:
        detail = f"It is printed {len(places)} times in {_count(len(filings), 'filing')}, alike."
    return Check("no contradiction", True, detail)


def _tell(conflicts: Sequence[FactMatch], best: FactMatch) -> Check:
    other = conflicts[0].place
    detail = (
        f"Page {other.fact.page} prints {other.statement} for what is asked too, and page "
        f"{best.place.fact.page} {best.place.statement}."
    )
    return Check("no contradiction", False, detail)


def _tell_restated(others: Sequence[FactMatch], best: FactMatch, asked: Asked) -> Check:
    here = asked.document(_filing_of(best)).name
    told = "; ".join(
        f"{match.place.statement} in {asked.document(_filing_of(match)).name}, page "
        f"{match.place.fact.page}"
        for match in list({_filing_of(m): m for m in others}.values())[:3]
    )
    detail = f"As reported in {here}: {best.place.statement}. Reported otherwise: {told}."
    return Check("as reported", True, detail)


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"
