"""Is a statement what the facts say? Figures, direction and comparison, each held against a fact.

A statement of one figure ("net sales were $5,023 million in 2022") or of a change between two
years ("rose from $4.1 billion in 2021 to $5.0 billion in 2022") is decided by the facts that it
speaks of; anything else is left undecided. Pure; knows no store and no model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ingestion.documents import Document
from ingestion.figures import Figure, find_figures, find_years
from research.questions import Check, VerdictLabel
from research.verification.asked_period import DAY
from research.verification.asking import read_asked
from research.verification.fact_places import FactPlace
from research.verification.lookup import Lookup, look_up
from research.verification.matching import Closeness, FactMatch
from research.verification.verifier import says_amount

_RISE = re.compile(
    r"\b(?:rose|rises?|rising|grew|grows?|growing|increas(?:ed?|es|ing)|climb(?:ed|s)?|gained"
    r"|went\s+up|improv(?:ed|es)|expand(?:ed|s))\b",
    re.IGNORECASE,
)
_FALL = re.compile(
    r"\b(?:fell|falls?|falling|declin(?:ed?|es|ing)|decreas(?:ed?|es|ing)|drop(?:ped|s)?|shr[aiu]nk"
    r"|went\s+down|reduced|lower(?:ed)?)\b",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"\b(?:more\s+than|greater\s+than|higher\s+than|over|above|exceed(?:ed|s|ing)?|at\s+least)\s*$",
    re.IGNORECASE,
)
_BELOW = re.compile(
    r"\b(?:less\s+than|lower\s+than|fewer\s+than|under|below|at\s+most|up\s+to)\s*$", re.IGNORECASE
)
_BOUND = re.compile(
    r"\b(?:(?:more|greater|higher|less|lower|fewer)\s+than|over|above|exceed(?:ed|s|ing)?|under|below"
    r"|at\s+(?:least|most)|up\s+to)\b",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:about|approximately|around|roughly|some|nearly|almost|just|true\s+or\s+false|to|from"
    r"|by|was|were|is|are|amounted|totall?ed|came|reached|stood)\b:?",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|never|no|n't|neither|without|except|because|due\s+to)\b|n't\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ClaimVerification:
    """What came of a claim; `matches` are the facts that decide it."""

    label: VerdictLabel
    checks: tuple[Check, ...]
    matches: tuple[FactMatch, ...] = ()


@dataclass(frozen=True, slots=True)
class _Statement:
    """A claim in its parts: figures (years aside), years in order, and which way it goes."""

    text: str
    figures: tuple[Figure, ...]
    years: tuple[int, ...]
    direction: int


def verify_claim(
    claim: str, documents: Sequence[Document], evidence: Sequence[FactPlace]
) -> ClaimVerification:
    """Hold a claim against the facts of the evidence."""
    return judge_claim(claim, documents, lambda asked: evidence)


def judge_claim(
    claim: str, documents: Sequence[Document], gather: Callable[[str], Sequence[FactPlace]]
) -> ClaimVerification:
    """Hold a claim against facts; `gather` brings those that a question needs."""
    statement = _read_statement(claim)
    if statement is None:
        return _leave_open("The claim is not one figure, or one change between two years.")
    if statement.direction and len(statement.years) == 2:
        return _judge_change(statement, documents, gather)
    if len(statement.figures) == 1 and not statement.direction and len(statement.years) <= 1:
        return _judge_figure(statement, documents, gather)
    return _leave_open("The claim is not one figure, or one change between two years.")


def _read_statement(claim: str) -> _Statement | None:
    if _NOT.search(claim):
        return None
    figures = find_stated_figures(claim)
    years = find_years(claim)
    rises, falls = bool(_RISE.search(claim)), bool(_FALL.search(claim))
    if rises and falls:
        return None
    return _Statement(claim, figures, years, 1 if rises else -1 if falls else 0)


def find_stated_figures(claim: str) -> tuple[Figure, ...]:
    """Return the figures that a claim states: no years, and no days of a month."""
    dates = [match.span() for match in DAY.finditer(claim)]
    return tuple(
        figure
        for figure in find_figures(claim)
        if not figure.is_year
        and not any(start <= figure.start and figure.end <= end for start, end in dates)
    )


def _judge_figure(
    statement: _Statement,
    documents: Sequence[Document],
    gather: Callable[[str], Sequence[FactPlace]],
) -> ClaimVerification:
    figure = statement.figures[0]
    lookup = _look_up(statement, documents, gather, leave_out=None)
    if lookup.settled is None:
        return _leave_open("No fact settles what the claim speaks of.", lookup.checks)
    place = lookup.settled.place
    before = statement.text[: figure.start]
    if _ABOVE.search(before):
        holds, how = place.spoken_amount > figure.amount, "more than"
    elif _BELOW.search(before):
        holds, how = place.spoken_amount < figure.amount, "less than"
    else:
        holds, how = _states(place, figure), "is"
    detail = f"The claim says {how} {figure.text}; the filing prints {place.statement}."
    if not holds and lookup.settled.closeness > Closeness.ROW:
        # Another row of that name may be meant: only a title says that it is this one.
        return _leave_open(detail, lookup.checks)
    return _decide(
        holds, (*lookup.checks, Check("figure of the claim", holds, detail)), (lookup.settled,)
    )


def _judge_change(
    statement: _Statement,
    documents: Sequence[Document],
    gather: Callable[[str], Sequence[FactPlace]],
) -> ClaimVerification:
    first, last = min(statement.years), max(statement.years)
    lookups = [_look_up(statement, documents, gather, leave_out=year) for year in (last, first)]
    settled = [lookup.settled for lookup in lookups if lookup.settled is not None]
    checks = tuple(check for lookup in lookups for check in lookup.checks)
    if len(settled) != 2 or settled[0].place.fact.unit != settled[1].place.fact.unit:
        return _leave_open("The facts do not settle both years of the claim.", checks)
    earlier, later = (match.place for match in settled)
    change = later.spoken_amount - earlier.spoken_amount
    holds = change * statement.direction > 0
    detail = f"The filings print {earlier.statement} for {first} and {later.statement} for {last}."
    checks = (*checks, Check("direction of the claim", holds, detail))
    told = _judge_change_figures(statement, earlier, later)
    if told is None:
        # A wrong direction refutes whatever the figures say.
        return (
            _decide(False, checks, settled)
            if not holds
            else _leave_open("It is not clear which year each figure of the claim is of.", checks)
        )
    return _decide(holds and all(check.passed for check in told), (*checks, *told), settled)


def _judge_change_figures(
    statement: _Statement, earlier: FactPlace, later: FactPlace
) -> tuple[Check, ...] | None:
    """Hold the figures of a change against both years, or against the change itself."""
    figures = statement.figures
    if not figures:
        return ()
    if len(figures) == 2:
        in_order = statement.years[0] < statement.years[1]
        says_from = re.search(r"\bfrom\b", statement.text[: figures[0].start], re.IGNORECASE)
        if not in_order and not says_from:
            return None
        places = (earlier, later) if in_order else (later, earlier)
        return tuple(
            Check(
                "figure of the claim",
                _states(place, figure),
                f"The claim says {figure.text}; the filing prints {place.statement}.",
            )
            for place, figure in zip(places, figures, strict=True)
        )
    if len(figures) == 1 and re.search(r"\bby\b[^.]*$", statement.text[: figures[0].start]):
        return (_check_change(statement, figures[0], earlier, later),)
    return None


def _check_change(
    statement: _Statement, figure: Figure, earlier: FactPlace, later: FactPlace
) -> Check:
    change = abs(later.spoken_amount - earlier.spoken_amount)
    if figure.unit == "percent" and earlier.fact.unit != "percent":
        base = abs(earlier.spoken_amount)
        change = 100 * change / base if base else Decimal("Infinity")
    step = Decimal(1).scaleb(int(figure.value.as_tuple().exponent)) * figure.scale
    holds = abs(change - figure.amount) <= step / 2
    return Check("figure of the claim", holds, f"The claim says by {figure.text}.")


def _states(place: FactPlace, figure: Figure) -> bool:
    is_percent = place.fact.unit == "percent"
    if (figure.unit == "percent") != is_percent:
        return False
    return says_amount(place, figure)


def _look_up(
    statement: _Statement,
    documents: Sequence[Document],
    gather: Callable[[str], Sequence[FactPlace]],
    leave_out: int | None,
) -> Lookup:
    """Look up what the claim speaks of, without its figures and without one of its years."""
    question = _strip(statement, leave_out)
    asked = read_asked(question, statement.text, documents)
    return look_up(asked, gather(question))


def _strip(statement: _Statement, leave_out: int | None) -> str:
    text = statement.text
    # "By 6.2%" says how much it changed, not that a percentage is meant.
    is_change = statement.direction != 0 and len(statement.figures) == 1
    for figure in sorted(statement.figures, key=lambda figure: -figure.start):
        unit = " percent" if figure.unit == "percent" and not is_change else " "
        text = f"{text[: figure.start]}{unit}{text[figure.end :]}"
    for pattern in (_RISE, _FALL, _BOUND, _HEDGE):
        text = pattern.sub(" ", text)
    if leave_out is not None:
        text = re.sub(rf"(?:\b(?:fiscal|FY)\s*)?{leave_out}\b", " ", text)
    return " ".join(text.replace(" .", ".").split())


def _decide(
    holds: bool, checks: tuple[Check, ...], matches: Sequence[FactMatch]
) -> ClaimVerification:
    return ClaimVerification("SUPPORTED" if holds else "REFUTED", checks, tuple(matches))


def _leave_open(detail: str, checks: tuple[Check, ...] = ()) -> ClaimVerification:
    return ClaimVerification("NOT_ENOUGH_INFO", (*checks, Check("claim decided", False, detail)))
