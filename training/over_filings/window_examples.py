"""The examples of one window: questions that it answers, some that it leaves open, and claims.

All of them are put over the same passages, so that a trainer may read those once. Knows windows
and wordings; neither which facts are drawn nor how companies are split.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from ingestion.documents import Document
from research.prompts import render_sub_claim_prompt, render_sub_question_prompt
from research.verification.fact_places import FactPlace
from training.examples import NOT_DISCLOSED, Example, Role
from training.over_filings.askable_facts import find_fault
from training.over_filings.asked_facts import list_company_forms, speak_item, speak_under_heading
from training.over_filings.fact_claims import ClaimedFact, build_claim
from training.over_filings.fact_wordings import Spoken, word_question
from training.over_filings.open_questions import ask_what_is_missing
from training.over_filings.row_labels import read_words
from training.over_filings.spoken_periods import speak_period
from training.over_filings.window_answers import find_answer, leaves_open, list_other_statements
from training.over_filings.windows import Seen, Window

SOURCE = "filings"
_LEAST_OTHERS = 3
_MOST_OTHERS = 5
_MOST_CLAIMS = 4
# For each question that a window answers, so many that it leaves open.
_LEFT_OPEN = 0.3
_MOST_LEFT_OPEN = 2
# Of the facts that stand under a heading, so many are asked for with it.
_UNDER_HEADING = 0.1


@dataclass(frozen=True, slots=True)
class Reading:
    """A window and the documents that were searched; `keys` are their units in the splits."""

    window: Window
    documents: tuple[Document, ...]
    keys: Mapping[str, str]

    def document_of(self, place: FactPlace) -> Document:
        """Return the document in which a fact stands."""
        return next(d for d in self.documents if d.document_id == place.fact.document_id)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A fact with its words, a question for it, and the place that states the answer."""

    seen: Seen
    spoken: Spoken
    question: str
    answer: FactPlace


def speak(seen: Seen, document: Document, random: Random) -> Spoken | None:
    """Put a fact into words; None where its row or its excerpt does not say enough for that."""
    fact = seen.place.fact
    item = speak_item(seen.place, seen.text, random)
    if item is not None and fact.parents and random.random() < _UNDER_HEADING:
        item = speak_under_heading(seen.place, seen.text, random) or item
    when = speak_period(seen.place, seen.text, random)
    companies = list_company_forms(document)
    if item is None or when is None or not companies or fact.period is None:
        return None
    is_year = fact.period.months == 12 and "ended" not in when
    return Spoken(
        company=random.choice(companies),
        item=item,
        when=when,
        unit=fact.unit or "",
        year=fact.period.fiscal_year if is_year else None,
        is_balance=fact.period.months == 0,
    )


def build_window_examples(
    reading: Reading, first: Seen, spoken: Spoken, question: str, random: Random
) -> Iterator[Example]:
    """Yield the examples of a window that was found by `question`, which asks for `first`.

    Nothing where it is not sure that the window answers it.
    """
    answer = find_answer(question, first, reading.window, reading.documents)
    if answer is None:
        return
    asked = [_Asked(first, spoken, question, answer)]
    asked += _ask_others(reading, first, random)
    for one in asked:
        yield _answer(reading, one)
    yield from _leave_open(reading, asked, random)
    yield from _claim(reading, asked, random)


def build_missed(reading: Reading, question: str, document: Document) -> Example:
    """Return the example of a question whose answer the search has not found."""
    return _build(reading, "sub_answer", question, NOT_DISCLOSED, document)


def _ask_others(reading: Reading, first: Seen, random: Random) -> list[_Asked]:
    """Ask for other facts that the window shows: each amount and period once."""
    others = [one for one in reading.window.seen if not find_fault(one.place)]
    random.shuffle(others)
    taken = {_key_of(first.place)}
    most = random.randint(_LEAST_OTHERS, _MOST_OTHERS)
    asked: list[_Asked] = []
    for seen in others:
        if len(asked) >= most:
            break
        spoken = speak(seen, reading.document_of(seen.place), random)
        if spoken is None or _key_of(seen.place) in taken:
            continue
        question = word_question(spoken, random)
        answer = find_answer(question, seen, reading.window, reading.documents)
        if answer is not None:
            taken.add(_key_of(seen.place))
            asked.append(_Asked(seen, spoken, question, answer))
    return asked


def _key_of(place: FactPlace) -> tuple[str, str]:
    """What makes two questions one: the amount and its period, whatever the row is called."""
    return place.statement, place.fact.period.label if place.fact.period else ""


def _leave_open(reading: Reading, asked: Sequence[_Asked], random: Random) -> Iterator[Example]:
    """Yield questions that the window does not answer, each like one that it does."""
    wanted = sum(random.random() < _LEFT_OPEN for _ in asked)
    for one in random.sample(list(asked), min(wanted, _MOST_LEFT_OPEN)):
        document = reading.document_of(one.seen.place)
        others = _list_other_companies(reading, document)
        question = ask_what_is_missing(one.spoken, reading.window, others, random)
        if question and leaves_open(question, reading.window, reading.documents):
            yield _build(reading, "sub_answer", question, NOT_DISCLOSED, document)


def _list_other_companies(reading: Reading, document: Document) -> list[str]:
    own = reading.keys[document.document_id]
    others = (one for one in reading.documents if reading.keys[one.document_id] != own)
    return sorted({forms[0] for one in others if (forms := list_company_forms(one))})


def _claim(reading: Reading, asked: Sequence[_Asked], random: Random) -> Iterator[Example]:
    """Yield claims on the facts that were asked for, true ones and false ones by turns."""
    chosen = random.sample(list(asked), len(asked)) * 2
    made: set[str] = set()
    is_true = random.random() < 0.5
    for one in chosen[:_MOST_CLAIMS]:
        claim = build_claim(_gather(reading.window, one), is_true=is_true, random=random)
        if claim is None or claim in made:
            continue
        made.add(claim)
        document = reading.document_of(one.seen.place)
        yield _build(reading, "sub_claim", claim, "Yes" if is_true else "No", document)
        is_true = not is_true


def _gather(window: Window, asked: _Asked) -> ClaimedFact:
    """Return a fact for claiming, with what the window shows that may be mistaken for it."""
    fact = asked.answer.fact
    alike = [
        one.place
        for one in window.seen
        if one.place.fact.unit == fact.unit and _months(one.place) == _months(asked.answer)
    ]
    row = (fact.document_id, fact.page, fact.line)
    years = [
        one
        for one in alike
        if (one.fact.document_id, one.fact.page, one.fact.line) == row
        and one.fact.period != fact.period
    ]
    rows = [
        one
        for one in alike
        if one.fact.period == fact.period
        and read_words(one.fact.line_item) != read_words(fact.line_item)
    ]
    return ClaimedFact(asked.answer, asked.spoken, tuple(years), tuple(rows))


def _months(place: FactPlace) -> int | None:
    return place.fact.period.months if place.fact.period else None


def _answer(reading: Reading, asked: _Asked) -> Example:
    document = reading.document_of(asked.seen.place)
    accepted = list_other_statements(asked.answer, reading.window)
    stated = asked.answer.statement
    return _build(reading, "sub_answer", asked.question, stated, document, accepted)


def _build(
    reading: Reading,
    role: Role,
    asked: str,
    completion: str,
    document: Document,
    accepted: Sequence[str] = (),
) -> Example:
    render = render_sub_question_prompt if role == "sub_answer" else render_sub_claim_prompt
    return Example(
        role=role,
        prompt=render(asked, reading.window.texts),
        completion=completion,
        source=SOURCE,
        document=reading.keys[document.document_id],
        gold={"accepted": list(accepted)} if role == "sub_answer" else {},
    )
