"""Examples from filings that a workspace holds: the windows that the desk's own search finds.

For a fact a question is worded and searched for as in a run; over what the Solver would read stand
that question, others that the same rows answer, some that they leave open, and claims. All share
their passages, so that a trainer may read those once. Knows no file and no data set: whoever has
filings can build examples of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from ingestion.documents import Document, Fact
from models.chat import ChatModel
from research.prompts import render_sub_claim_prompt, render_sub_question_prompt
from research.retrieval.store import PassageStore
from research.verification.fact_places import FactPlace
from training.asked_facts import (
    find_fault,
    list_company_forms,
    read_words,
    speak_item,
    speak_label,
    speak_period,
    speak_under_heading,
)
from training.examples import NOT_DISCLOSED, Example, Part, Role
from training.fact_claims import ClaimedFact, build_claim
from training.fact_wordings import Spoken, word_question
from training.open_questions import ask_what_is_missing
from training.splits import Splits
from training.window_answers import find_answer, hides, leaves_open, list_other_statements
from training.windows import Seen, Window, read_window

SOURCE = "filings"
# A row's label starts so many windows of one filing at most.
_WINDOWS_PER_ROW = 2
_MOST_ASKED = 5
_MOST_CLAIMS = 4
# Of facts that stand in no statement of the filing, so many are begun with.
_OUTSIDE_STATEMENTS = 0.5
# Questions that the search missed are to be few: it finds most.
_MISSES_KEPT = 0.5
# For each question that a window answers, so many that it leaves open.
_LEFT_OPEN = 0.3
# A fact that came to nothing counts as this much of a window when companies take turns.
_COST_OF_TRYING = 0.15


@dataclass(frozen=True, slots=True)
class _Asked:
    """A fact with its words, a question for it, and the place that states the answer."""

    seen: Seen
    spoken: Spoken
    question: str
    answer: FactPlace


@dataclass(frozen=True, slots=True)
class _Library:
    """Where is searched: a store, the documents of one part, and the way to count tokens."""

    store: PassageStore
    model: ChatModel
    documents: tuple[Document, ...]

    def document(self, place: FactPlace) -> Document:
        """Return the document in which a fact stands."""
        return next(d for d in self.documents if d.document_id == place.fact.document_id)


def build_examples(
    store: PassageStore, model: ChatModel, splits: Splits, part: Part, random: Random, limit: int
) -> Iterator[Example]:
    """Yield the examples of at most `limit` windows, over filings of companies of `part`.

    `model` only counts tokens, by which the excerpts are fitted. Only filings of the part are
    searched: no passage of a company that measures is read in training. The company that has the
    fewest windows is next.
    """
    documents = tuple(d for d in store.documents() if splits.part_of(name_document(d)) == part)
    library = _Library(store, model, documents)
    queues = {
        name: _draw_facts(store, [d for d in documents if name_document(d) == name], random)
        for name in sorted(set(map(name_document, documents)))
    }
    tried: Counter[str] = Counter()
    windows: Counter[str] = Counter()
    while queues and windows.total() < limit:
        name = min(queues, key=lambda name: windows[name] + _COST_OF_TRYING * tried[name])
        drawn = next(queues[name], None)
        if drawn is None:
            del queues[name]
            continue
        examples = tuple(_build_window(library, *drawn, random))
        tried[name] += 1
        windows[name] += bool(examples)
        yield from examples


def name_document(document: Document) -> str:
    """Return the unit that is split: "sec:" and the company's symbol, or its name without one."""
    filing = document.filing
    if filing.tickers:
        return f"sec:{filing.tickers[0].lower()}"
    name = re.sub(r"[^a-z0-9]+", "-", (filing.company or document.name).lower())
    return f"sec:{name.strip('-')}"


def _draw_facts(
    store: PassageStore, documents: Sequence[Document], random: Random
) -> Iterator[tuple[Document, Fact]]:
    """Yield facts of a company's filings to begin windows with, each row a few times at most."""
    facts = [
        (document, fact)
        for document in documents
        for fact in store.find_facts([document.document_id])
        if _may_begin(fact)
    ]
    random.shuffle(facts)
    drawn: Counter[tuple[str, str]] = Counter()
    for document, fact in facts:
        if fact.statement is None and random.random() >= _OUTSIDE_STATEMENTS:
            continue
        row = (document.document_id, speak_label(fact.line_item).lower())
        drawn[row] += 1
        if drawn[row] <= _WINDOWS_PER_ROW:
            yield document, fact


def _may_begin(fact: Fact) -> bool:
    return fact.period is not None and fact.value != 0


def _build_window(
    library: _Library, document: Document, fact: Fact, random: Random
) -> Iterator[Example]:
    """Yield the examples of the window that is found for one fact; nothing where it is no good."""
    first = _word_blind(library, document, fact, random)
    if first is None:
        return
    question, spoken = first
    window = read_window(library.store, library.model, library.documents, question)
    seen = next((one for one in window.seen if one.place.fact.fact_id == fact.fact_id), None)
    if seen is None:
        if _is_missed(library, window, question, spoken, fact) and random.random() < _MISSES_KEPT:
            yield _example("sub_answer", window, question, NOT_DISCLOSED, document)
        return
    answer = find_answer(question, seen, window, library.documents)
    if answer is None:
        return
    asked = [_Asked(seen, spoken, question, answer)]
    asked += _ask_others(library, window, seen, random)
    for one in asked:
        yield _answer(library, window, one)
    yield from _leave_open(library, window, asked, document, random)
    yield from _claim(library, window, asked, random)


def _word_blind(
    library: _Library, document: Document, fact: Fact, random: Random
) -> tuple[str, Spoken] | None:
    """Word a question for a fact before its window is known, from its passage's text."""
    passages = library.store.passages_on([(fact.document_id, fact.page)])
    for passage in passages:
        if passage.first_line <= fact.line <= passage.last_line:
            place = FactPlace(fact, passage, "", passage.section or "")
            if find_fault(place):
                return None
            spoken = _speak(Seen(place, passage.text), document, random)
            return (word_question(spoken, random), spoken) if spoken else None
    return None


def _speak(seen: Seen, document: Document, random: Random) -> Spoken | None:
    fact = seen.place.fact
    item = speak_item(seen.place, seen.text, random)
    if item is not None and fact.parents and random.random() < 0.1:
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


def _ask_others(library: _Library, window: Window, first: Seen, random: Random) -> list[_Asked]:
    """Ask for other facts that the window shows: each row and period once."""
    others = [one for one in window.seen if not find_fault(one.place)]
    random.shuffle(others)
    taken = {_key_of(first.place)}
    most = random.randint(3, _MOST_ASKED)
    asked: list[_Asked] = []
    for seen in others:
        if len(asked) >= most:
            break
        spoken = _speak(seen, library.document(seen.place), random)
        if spoken is None or _key_of(seen.place) in taken:
            continue
        question = word_question(spoken, random)
        answer = find_answer(question, seen, window, library.documents)
        if answer is not None:
            taken.add(_key_of(seen.place))
            asked.append(_Asked(seen, spoken, question, answer))
    return asked


def _key_of(place: FactPlace) -> tuple[str, str]:
    """What makes two questions one: the amount and its period, whatever the row is called."""
    return place.statement, place.fact.period.label if place.fact.period else ""


def _is_missed(
    library: _Library, window: Window, question: str, spoken: Spoken, fact: Fact
) -> bool:
    """Whether the search has missed what is asked, so that nothing read could be taken for it."""
    return hides(fact, spoken.item, window) and leaves_open(question, window, library.documents)


def _leave_open(
    library: _Library,
    window: Window,
    asked: Sequence[_Asked],
    document: Document,
    random: Random,
) -> Iterator[Example]:
    """Yield questions that the window does not answer: about one to four that it does."""
    others = sorted(
        {
            list_company_forms(other)[0]
            for other in library.documents
            if name_document(other) != name_document(document)
        }
    )
    wanted = sum(random.random() < _LEFT_OPEN for _ in asked)
    for one in random.sample(list(asked), min(wanted, 2)):
        question = ask_what_is_missing(one.spoken, window, others, random)
        if question is None:
            continue
        if leaves_open(question, window, library.documents):
            yield _example("sub_answer", window, question, NOT_DISCLOSED, document)


def _claim(
    library: _Library, window: Window, asked: Sequence[_Asked], random: Random
) -> Iterator[Example]:
    """Yield claims on the facts that were asked for, as many true ones as false ones."""
    chosen = random.sample(list(asked), len(asked)) * 2
    made: set[str] = set()
    is_true = random.random() < 0.5
    for one in chosen[:_MOST_CLAIMS]:
        claim = build_claim(_gather(window, one), is_true=is_true, random=random)
        if claim is None or claim in made:
            continue
        made.add(claim)
        document = library.document(one.seen.place)
        completion = "Yes" if is_true else "No"
        yield _example("sub_claim", window, claim, completion, document)
        is_true = not is_true


def _gather(window: Window, asked: _Asked) -> ClaimedFact:
    """Return a fact for claiming, with what the window shows that may be mistaken for it."""
    place = asked.answer
    fact = place.fact
    alike = [
        one.place
        for one in window.seen
        if one.place.fact.unit == fact.unit
        and one.place.fact.period
        and fact.period
        and one.place.fact.period.months == fact.period.months
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
    return ClaimedFact(place, asked.spoken, tuple(years), tuple(rows))


def _answer(library: _Library, window: Window, asked: _Asked) -> Example:
    document = library.document(asked.seen.place)
    stated = asked.answer.statement
    accepted = list_other_statements(asked.answer, window)
    return _example("sub_answer", window, asked.question, stated, document, accepted)


def _example(
    role: Role,
    window: Window,
    asked: str,
    completion: str,
    document: Document,
    accepted: Sequence[str] = (),
) -> Example:
    render = render_sub_question_prompt if role == "sub_answer" else render_sub_claim_prompt
    return Example(
        role=role,
        prompt=render(asked, window.texts),
        completion=completion,
        source=SOURCE,
        document=name_document(document),
        gold={"accepted": list(accepted)} if role == "sub_answer" else {},
    )
