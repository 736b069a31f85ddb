"""What a reader of a window would answer: the fact that a question is settled on, or nothing.

By the desk's own rules where they decide, and otherwise by what stands in the window alone. Knows
windows and the rules; no wording, and no prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ingestion.documents import Document, Fact
from research.verification.asking import read_asked
from research.verification.fact_places import FactPlace
from research.verification.lookup import Lookup, look_up
from training.over_filings.askable_facts import find_narrow_title
from training.over_filings.row_labels import read_words, speak_label
from training.over_filings.windows import Seen, Window, read_digits, read_title


def find_answer(
    question: str, seen: Seen, window: Window, documents: Sequence[Document]
) -> FactPlace | None:
    """Return the place that states the answer, where that is the amount of `seen`; else None.

    It is where the desk's rules settle the question on it, or where it stands in the filing's
    statements and no other of their facts fits, or where no rule fits anything and no other row
    of the window is called alike.
    """
    place = seen.place
    if find_narrow_title(place, read_title(seen.text)) or _is_overruled(
        question, place, window, documents
    ):
        return None
    lookup = _look_up(question, window, documents)
    if lookup.settled is not None:
        settled = lookup.settled.place
        shown = any(one.place.fact.fact_id == settled.fact.fact_id for one in window.seen)
        return settled if shown and agree(settled, place) else None
    fitting = [match.place for match in lookup.fitting]
    if fitting:
        is_alone = all(agree(one, place) for one in fitting if one.is_primary)
        return place if place.is_primary and is_alone else None
    names_row = read_words(speak_label(place.fact.line_item)) <= read_words(question)
    return place if names_row and not _find_rivals(place, window) else None


def leaves_open(question: str, window: Window, documents: Sequence[Document]) -> bool:
    """Whether no fact that the window shows could be taken for the answer."""
    return not _look_up(question, window, documents).fitting


def hides(fact: Fact, item: str, window: Window) -> bool:
    """Whether a window shows neither a fact's digits nor a line with the words of its item."""
    digits = read_digits(fact.value_as_printed)
    if digits in window.text:
        return False
    names = (read_words(item), read_words(speak_label(fact.line_item)))
    lines = [read_words(line) for line in window.text.split("\n")]
    return not any(words <= line for words in names for line in lines)


def agree(one: FactPlace, other: FactPlace) -> bool:
    """Whether two facts state one amount in one unit, one of them perhaps with fewer digits."""
    if one.fact.unit != other.fact.unit:
        return False
    apart = abs(one.spoken_amount - other.spoken_amount)
    return apart <= max(_step_of(one), _step_of(other)) / 2


def _step_of(place: FactPlace) -> Decimal:
    """Return what the last printed digit of a fact counts."""
    exponent = place.fact.value.as_tuple().exponent
    return Decimal(place.fact.scale).scaleb(exponent if isinstance(exponent, int) else 0)


def list_other_statements(answer: FactPlace, window: Window) -> list[str]:
    """Return the other texts of the window that state an answer, and its digits alone."""
    stated = {
        place.statement
        for place in window.stated
        if agree(place, answer) and _is_same(place.fact, answer.fact)
    }
    stated.add(read_digits(answer.fact.value_as_printed))
    return sorted(stated - {answer.statement})


def _is_same(one: Fact, other: Fact) -> bool:
    if not _may_be_same_period(one, other):
        return False
    if one.concept is not None and one.concept == other.concept:
        return True
    return read_words(one.line_item) == read_words(other.line_item)


def _look_up(question: str, window: Window, documents: Sequence[Document]) -> Lookup:
    return look_up(read_asked(question, question, documents), window.stated)


def _is_overruled(
    question: str, place: FactPlace, window: Window, documents: Sequence[Document]
) -> bool:
    """Whether the filing's statements, which the window leaves out, say another amount."""
    if place.is_primary:
        return False
    hidden = [one for one in window.hidden if one.is_primary and not agree(one, place)]
    return bool(look_up(read_asked(question, question, documents), hidden).fitting)


def _find_rivals(place: FactPlace, window: Window) -> list[FactPlace]:
    """Return the facts of the window whose row would be asked for in the same words."""
    words = read_words(speak_label(place.fact.line_item))
    return [
        other
        for other in window.stated
        if other.fact.unit == place.fact.unit
        and words <= read_words(" ".join((other.fact.line_item, *other.fact.parents)))
        and _may_be_same_period(other.fact, place.fact)
        and not agree(other, place)
    ]


def _may_be_same_period(one: Fact, other: Fact) -> bool:
    if one.period is None or other.period is None:
        return True
    spans = {one.period.months, other.period.months} - {None}
    if len(spans) > 1:
        return False
    return one.period.end == other.period.end or one.period.fiscal_year == other.period.fiscal_year
