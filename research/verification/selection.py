"""Which of several is the largest or smallest? Years of one line item, or rows of one table.

Of years, each must be settled by facts of its own. Of rows, all those count that stand above the
total which they add up to: then none is missing. Anything else is left open. Pure; knows no store
and no model.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ingestion.documents import Document
from ingestion.figures import find_years
from research.questions import Check
from research.terms import find_terms, stem_word
from research.verification.asking import Asked, read_asked
from research.verification.fact_places import FactPlace
from research.verification.lookup import look_up
from research.verification.matching import FactMatch, match_fact

Gather = Callable[[str], Sequence[FactPlace]]

_MOST = re.compile(
    r"\b(?:the\s+)?(?:most|highest|largest|greatest|biggest|maximum|peak)\b", re.IGNORECASE
)
_LEAST = re.compile(r"\b(?:the\s+)?(?:least|lowest|smallest|fewest|minimum)\b", re.IGNORECASE)
_WHICH_YEAR = re.compile(
    r"\b(?:in\s+|during\s+|of\s+)?(?:which|what)\s+(?:fiscal\s+|calendar\s+)?year\b", re.IGNORECASE
)
_RANGE = re.compile(
    r"\b(?:from|between|in|over|during)?\s*(?:fiscal\s+|FY\s*)?((?:19|20)\d\d)\s*"
    r"(?:to|through|and|-|\u2013|until)\s*(?:fiscal\s+|FY\s*)?((?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_WHICH_ROW = re.compile(
    r"\b(?:which|what)\s+(?:one\s+)?(?:of\s+)?(?:(?:the|its|their|[\w.,& -]{1,60}['\u2019]s?)\s+)?"
    r"(?:(?P<count>two|three|four|five|six|seven|eight|nine|ten|\d+)\s+)?"
    r"(?P<noun>(?:[a-z-]+\s+){0,3}?[a-z-]+?)\s+"
    r"(?:had|has|have|did|was|were|is|are|brought|generated|reported|earned|accounted|contributed"
    r"|made|recorded|produced|posted|showed|spent|incurred)\b",
    re.IGNORECASE,
)
_NUMBERS = {
    word: number
    for number, word in enumerate("two three four five six seven eight nine ten".split(), start=2)
}
_TOTAL = re.compile(r"^\s*(?:sub)?totals?\b|\btotal\s*$", re.IGNORECASE)
# Rows that are none of those that are compared, though the total needs them.
_NO_MEMBER = re.compile(
    r"\b(?:corporate|unallocated|eliminations?|reconcil\w+|other|intersegment)\b", re.IGNORECASE
)
_FEWEST_ROWS = 2
_MOST_YEARS = 12
# A sum of rounded rows may differ from its total by half a unit a row.
_ROUNDING = Decimal("0.6")


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen, the facts that were compared (the chosen one first), and the check."""

    name: str
    matches: tuple[FactMatch, ...]
    checks: tuple[Check, ...]


def select(
    question: str, whole: str, documents: Sequence[Document], gather: Gather
) -> Selection | None:
    """Return what is the largest or smallest of those asked for; None where facts leave it open."""
    wants_most, wants_least = bool(_MOST.search(question)), bool(_LEAST.search(question))
    if wants_most == wants_least:
        return None
    sign = 1 if wants_most else -1
    if _WHICH_YEAR.search(question):
        return _select_year(question, whole, documents, gather, sign)
    return _select_row(question, whole, documents, gather, sign)


def _select_year(
    question: str, whole: str, documents: Sequence[Document], gather: Gather, sign: int
) -> Selection | None:
    years = _list_years(question)
    subject = question
    for pattern in (_WHICH_YEAR, _RANGE, _MOST, _LEAST):
        subject = pattern.sub(" ", subject)
    subject = re.sub(r"\b(?:19|20)\d\d\b", " ", subject).rstrip("? ")
    if not 2 <= len(years) <= _MOST_YEARS:
        return None
    settled: dict[int, FactMatch] = {}
    for year in years:
        part = " ".join(f"{subject} in {year}?".split())
        match = look_up(read_asked(part, whole, documents), gather(part)).settled
        if match is None:
            return None
        settled[year] = match
    named = [(str(year), match) for year, match in settled.items()]
    return _choose(named, sign)


def _list_years(question: str) -> list[int]:
    found = _RANGE.search(question)
    if found:
        first, last = sorted((int(found[1]), int(found[2])))
        return list(range(first, last + 1))
    return sorted(set(find_years(question)))


def _select_row(
    question: str, whole: str, documents: Sequence[Document], gather: Gather, sign: int
) -> Selection | None:
    which = _WHICH_ROW.search(question)
    if which is None:
        return None
    noun = stem_word(which["noun"].split()[-1].lower())
    count = _NUMBERS.get((which["count"] or "").lower()) or (
        int(which["count"]) if (which["count"] or "").isdigit() else None
    )
    rest = f"{question[: which.start()]} {which['noun']} {question[which.end() :]}"
    measure = _LEAST.sub(" ", _MOST.sub(" ", rest))
    asked = read_asked(measure, whole, documents)
    wanted = asked.terms - find_terms(which["noun"]) - find_terms(which["count"] or "")
    found = [
        (_rate_heads(rows, wanted, asked), selection)
        for rows in _list_tables(gather(question), asked)
        if (selection := _select_in_table(rows, wanted, noun, count, sign)) is not None
    ]
    best = max((rate for rate, _ in found), default=(0, 0))
    chosen = {selection.name: selection for rate, selection in found if rate == best}
    return next(iter(chosen.values())) if len(chosen) == 1 else None


def _rate_heads(rows: Sequence[FactMatch], wanted: frozenset[str], asked: Asked) -> tuple[int, int]:
    """Rate a column: its own heads say what is measured, and nothing beside that."""
    heads = find_terms(" ".join(rows[0].place.fact.parents))
    return len(heads & wanted), -len(heads - wanted - asked.said)


def _list_tables(places: Sequence[FactPlace], asked: Asked) -> list[list[FactMatch]]:
    """Return columns of tables: rows of one caption, one set of heads and the period asked for."""
    columns: dict[tuple[object, ...], list[FactMatch]] = defaultdict(list)
    for place in places:
        fact = place.fact
        match = match_fact(place, asked)
        fits = all(check.passed for check in match.checks if check.name != "line item")
        if fits and fact.source == "table":
            key = (fact.document_id, fact.page, place.caption, fact.parents, fact.period)
            columns[key].append(match)
    return [sorted(rows, key=lambda match: match.place.fact.line) for rows in columns.values()]


def _select_in_table(
    rows: Sequence[FactMatch],
    wanted: frozenset[str],
    noun: str,
    count: int | None,
    sign: int,
) -> Selection | None:
    """Choose among the rows above the first total that they add up to."""
    place = rows[0].place
    parents = find_terms(" ".join(place.fact.parents))
    around = find_terms(f"{place.caption} {place.section}") | parents
    if not wanted <= around or noun not in {stem_word(w) for w in _list_words(place)}:
        return None
    parts = _cut_at_total(rows, wanted)
    if parts is None or len(parts) < _FEWEST_ROWS or (count is not None and len(parts) != count):
        return None
    members = [m for m in parts if not _NO_MEMBER.search(m.place.fact.line_item)]
    if len(members) < _FEWEST_ROWS:
        return None
    return _choose([(match.place.fact.line_item.strip(), match) for match in members], sign)


def _list_words(place: FactPlace) -> list[str]:
    """Return the words of a table and its section: what its rows are must be said somewhere."""
    return re.findall(r"[a-z]+", f"{place.section} {place.passage.text}".lower())


def _cut_at_total(rows: Sequence[FactMatch], wanted: frozenset[str]) -> list[FactMatch] | None:
    """Return the rows above a total that is their sum; None where no such total stands there."""
    parts: list[FactMatch] = []
    for match in rows:
        fact = match.place.fact
        is_total = _TOTAL.search(fact.line_item) or find_terms(fact.line_item) & wanted
        if is_total:
            total = sum((part.place.fact.value for part in parts), Decimal(0))
            step = Decimal(1).scaleb(int(fact.value.as_tuple().exponent))
            adds_up = abs(total - fact.value) <= _ROUNDING * step * max(len(parts), 1)
            return parts if parts and adds_up else None
        parts.append(match)
    return None


def _choose(named: Sequence[tuple[str, FactMatch]], sign: int) -> Selection | None:
    """Return the largest (sign 1) or smallest; None where units differ or two are alike."""
    if len({match.place.fact.unit for _, match in named}) != 1:
        return None
    order = sorted(named, key=lambda one: -sign * one[1].place.spoken_amount)
    first, second = order[0], order[1]
    if first[1].place.spoken_amount == second[1].place.spoken_amount:
        return None
    told = ", ".join(f"{name} {match.place.statement}" for name, match in order)
    which = "largest" if sign > 0 else "smallest"
    check = Check(f"{which} of all", True, f"Compared: {told}.")
    return Selection(first[0], tuple(match for _, match in order), (*first[1].checks, check))
