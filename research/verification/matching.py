"""Is a fact what a question asks for? Line item, unit, period and company, each a check.

Strict on purpose: what is not recognised is not verified. A fact fits when all that the question
says of the line item stands in its row, the headings above it or its table's title, and nothing
that the row says makes it another thing. Pure; knows no store and no model.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from enum import IntEnum

from ingestion.documents import Fact
from ingestion.figures import find_years
from research.questions import Check
from research.terms import find_terms, spell_terms
from research.understanding.vocabulary import load_vocabulary
from research.verification.asked_period import check_period
from research.verification.asking import Asked
from research.verification.fact_places import FactPlace

# Stems that a row's label or heading may have beside what is asked without another meaning.
_NEUTRAL_LABEL = frozenset("net total consolid gaap loss unaudit end begin".split())
_NEUTRAL_HEADING = _NEUTRAL_LABEL | frozenset(
    "asset liabil current noncurr oper activ invest financ cash flow flows adjust reconcil expens "
    "revenu incom earn equiti sharehold stockhold cost other data amount basic dilut per share "
    "provid use statement supplement inform cashflow deduct common weight averag item line result "
    "summari select sale sales primari continu attribut denomin numer analysi compon".split()
)
# Under a title or heading with such a word a figure is another than the filing's own.
_ESTRANGING = re.compile(
    r"\b(?:pro[\s-]?forma|parent\s+(?:company|only)|guarantor|non-?guarantor|predecessor|"
    r"as\s+previously\s+reported|before\s+adoption|without\s+adoption|discontinued|"
    r"acquired|acquiree|purchase\s+price\s+allocation|unconsolidated|equity\s+method|investee|"
    r"non-?gaap|adjusted|target|guidance|outlook|forecast|hypothetical|held[\s-]for[\s-]sale|"
    r"disposal\s+groups?|cross\s+guarantee|obligor\s+group|consolidating|variable\s+interest|"
    r"assets\s+acquired)\b",
    re.IGNORECASE,
)
_SCHEDULED = re.compile(r"(?:19|20)\d\d|thereafter", re.IGNORECASE)
_AFTERWARDS = frozenset("after thereaft beyond later subsequ".split())
_AFTER = re.compile(r"\b(?:after|beyond|later than|subsequent to)\s+((?:19|20)\d\d)", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\([^)]*\)")
# What a row of a statement says by standing there.
_STATEMENT_WORDS = {"cash_flow": "cash flow"}
_PARTS = frozenset({"percent", "percentage points", "ratio", "basis points"})


class Closeness(IntEnum):
    """How close a fitting fact stands to the question; the least is the closest."""

    STATEMENT = 0  # in one of the filing's own statements
    LABEL = 1  # its row is called as the question calls it
    ROW = 2  # its row and headings say all that is asked
    TITLE = 3  # part of what is asked is said by the table's title or section
    SENTENCE = 4


@dataclass(frozen=True, slots=True)
class FactMatch:
    """What came of holding one fact against a question; `named` counts words in its own label."""

    place: FactPlace
    checks: tuple[Check, ...]
    closeness: Closeness
    named: int = 0

    @property
    def fits(self) -> bool:
        """Whether all checks passed."""
        return all(check.passed for check in self.checks)

    @property
    def fits_but_period(self) -> bool:
        """Whether only the period is another."""
        return all(check.passed for check in self.checks if check.name != "period")


def match_fact(place: FactPlace, asked: Asked) -> FactMatch:
    """Check line item, unit, period and company of a fact against what is asked."""
    item, closeness = _check_line_item(place, asked)
    checks = (
        item,
        _check_unit(place, asked),
        _check_period(place, asked),
        _check_company(place, asked),
    )
    named = len(find_terms(place.fact.line_item) & asked.terms)
    return FactMatch(place, checks, closeness, named)


def _check_line_item(place: FactPlace, asked: Asked) -> tuple[Check, Closeness]:
    fact = place.fact
    company = asked.document(fact.document_id).filing.company or ""
    name_places = load_vocabulary().name_places
    named = name_places(fact.line_item)
    label = _remove_name(find_terms(_IN_BRACKETS.sub(" ", named)), company)
    parents = _remove_name(find_terms(name_places(" ".join(fact.parents))), company)
    if not label and fact.parents:  # a row called "Total" is what the heading above it says
        label = _remove_name(find_terms(fact.parents[-1]), company)
    words = _find_words_of_item(place, asked)
    own = label | parents | find_terms(named)
    if find_schedule_row(fact):
        own |= _AFTERWARDS
    open_terms = asked.terms - words - own - asked.needless
    around = find_terms(
        f"{place.caption} {place.section} {fact.quote if _is_sentence(place) else ''}"
        f" {_STATEMENT_WORDS.get(fact.statement or 'other', '')}"
    )
    missing = (open_terms - around) | _find_other_items(place, asked, own)
    if asked.within and fact.statement not in asked.within:
        missing |= {"statement"}
    stray = _find_stray(place, asked, label, parents, words)
    shown = f'"{_shorten(fact.line_item.strip() or "(no label)")}"'
    closeness = _measure_closeness(place, open_terms, words, label, asked)
    if not (asked.terms or words):
        return Check("line item", False, "The question names no line item."), closeness
    if not words and not label & asked.terms and not find_schedule_row(fact):
        return Check("line item", False, f"{shown} is not what is asked."), closeness
    if missing:
        told = ", ".join(spell_terms(missing, asked.question)) or ", ".join(sorted(missing))
        detail = f"{shown} is not recognised as what is asked (no word of it for: {told})."
        return Check("line item", False, detail), closeness
    if stray:
        detail = f"{shown} is narrower or other than what is asked ({', '.join(stray)})."
        return Check("line item", False, detail), closeness
    what = "sentence" if _is_sentence(place) else "row"
    return Check("line item", True, f"The {what} is {shown}."), closeness


def _find_words_of_item(place: FactPlace, asked: Asked) -> frozenset[str]:
    """Return the question's words that a fact's line item of the lexicon stands for."""
    concept = place.fact.concept
    named = [item for item in asked.items if concept in item.concepts]
    return frozenset().union(*(item.words for item in named)) if named else frozenset()


def _find_other_items(place: FactPlace, asked: Asked, own: frozenset[str]) -> frozenset[str]:
    """Return the words of line items that are asked for and that this row is not.

    A title may name several line items; each row is one of them.
    """
    if len(asked.items) < 2:
        return frozenset()
    words = _find_words_of_item(place, asked)
    return frozenset().union(
        *(
            item.words - own - words
            for item in asked.items
            if place.fact.concept not in item.concepts
        )
    )


def _find_stray(
    place: FactPlace,
    asked: Asked,
    label: frozenset[str],
    parents: frozenset[str],
    words: frozenset[str],
) -> list[str]:
    """Return what a fact's place says beyond the question, and what makes it another thing."""
    asked_for = asked.terms | words | asked.said
    stray: frozenset[str] = frozenset()
    if _is_change(place) and not find_terms("change increase decrease cash flow") & asked_for:
        stray |= {"change"}
    if not words and not find_schedule_row(place.fact):
        # The lexicon has no word in it: the label itself must be what is asked.
        stray |= label - asked_for - _NEUTRAL_LABEL
    if not place.is_primary:
        stray |= parents - asked_for - label - _NEUTRAL_HEADING
    around = (
        f"{place.caption} {place.section} {' '.join(place.fact.parents)} {place.fact.line_item}"
    )
    told = [
        match[0].lower()
        for match in _ESTRANGING.finditer(around)
        if not place.is_primary and not find_terms(match[0]) & asked_for
    ]
    return [*sorted(stray), *told]


def _is_change(place: FactPlace) -> bool:
    """Whether a row of a cash flow statement is the change in what it is called by."""
    return (place.fact.concept or "").startswith("change_in_")


def _measure_closeness(
    place: FactPlace,
    open_terms: frozenset[str],
    words: frozenset[str],
    label: frozenset[str],
    asked: Asked,
) -> Closeness:
    if _is_sentence(place):
        return Closeness.SENTENCE
    if open_terms:
        return Closeness.TITLE
    is_named = bool(words) or label - _NEUTRAL_LABEL <= asked.terms
    if place.is_primary and is_named:
        return Closeness.STATEMENT
    bare, wanted = label - _NEUTRAL_LABEL, asked.terms - _NEUTRAL_LABEL
    is_called_so = not place.fact.parents and wanted <= bare <= asked.said
    return Closeness.LABEL if is_called_so else Closeness.ROW


def find_schedule_row(fact: Fact) -> str | None:
    """Return the year (or "Thereafter") that a schedule's row is called by; None for other rows.

    Where the column names the line item ("Amount"), the year is the last heading.
    """
    for text in (fact.line_item, *fact.parents[-1:]):
        if _SCHEDULED.fullmatch(text.strip()):
            return text.strip()
    return None


def _check_period(place: FactPlace, asked: Asked) -> Check:
    if find_schedule_row(place.fact):
        return _check_scheduled(place, asked)
    return check_period(place.fact.period, asked, asked.document(place.fact.document_id))


def _check_scheduled(place: FactPlace, asked: Asked) -> Check:
    """Check a row of a schedule: its year is asked for, and the other one is the schedule's day."""
    row = find_schedule_row(place.fact) or ""
    years = set(find_years(asked.question))
    after = {int(year) for year in _AFTER.findall(asked.question)}
    detail = f'The row of the schedule is "{row}".'
    if row.isdigit():
        rest = years - {int(row)}
        passed = int(row) in years and not after and rest <= set(find_years(place.caption))
        return Check("period", passed, detail)
    before = _find_row_before(place)
    is_rest = "thereafter" in asked.question.lower() or (len(after) == 1 and after == {before})
    passed = is_rest and years - after <= set(find_years(place.caption))
    return Check("period", passed, detail)


def _find_row_before(place: FactPlace) -> int | None:
    """Return the year of the row above a schedule's last one, where the window shows it."""
    rows = [line for line in place.passage.text.split("\n") if line.startswith("|")]
    for above, row in itertools.pairwise(rows):
        if row.strip("|").startswith(find_schedule_row(place.fact) or place.fact.line_item):
            years = find_years(above.strip("|").partition("|")[0])
            return years[0] if len(years) == 1 else None
    return None


def _check_unit(place: FactPlace, asked: Asked) -> Check:
    """Whether an amount, a part or an amount a share is given, as asked."""
    unit = place.fact.unit
    shown = unit or "a number without a unit"
    if asked.kind == "per_share":
        passed = unit is not None and unit.endswith("/share")
    elif asked.kind == "part":
        passed = unit in _PARTS
    else:
        passed = unit not in _PARTS and not (unit or "").endswith("/share")
        if unit == "shares":
            passed = "share" in find_terms(asked.question) or asked.counts_shares
        else:
            passed = passed and not asked.counts_shares
    return Check("unit", passed, f"The place gives {shown}.")


def _check_company(place: FactPlace, asked: Asked) -> Check:
    document = asked.document(place.fact.document_id)
    if len(asked.companies) == 1:
        passed = document.document_id in asked.companies[0].document_ids
        return Check("company", passed, f"The filing is {document.name}.")
    if asked.companies:
        detail = "The question names several companies, and this part does not say which."
        return Check("company", False, detail)
    if len({d.filing.company for d in asked.documents}) > 1:
        return Check("company", False, "The question names none of the companies in the library.")
    return Check("company", True, f"The library holds one company; the filing is {document.name}.")


def _remove_name(terms: frozenset[str], company: str) -> frozenset[str]:
    """Take a company's name out of a label that holds the whole of it, or begins as it does."""
    name = find_terms(company)
    first = find_terms(company.split()[0]) if company.split() else frozenset()
    return terms - name if name and name <= terms else terms - first


def _is_sentence(place: FactPlace) -> bool:
    return place.fact.source == "sentence"


def _shorten(text: str, most: int = 90) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "\u2026"
