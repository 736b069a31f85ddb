"""Examples from filings that a workspace holds: the windows that the desk's own search finds.

For a fact a question is worded and searched for as in a run; what the Solver would read then is
what it is trained on. Knows no file and no data set: whoever has filings can build examples of
them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from ingestion.documents import Document, Fact
from models.chat import ChatModel
from research.retrieval.store import PassageStore
from research.verification.fact_places import FactPlace
from training.examples import Example, Part
from training.over_filings.askable_facts import find_fault
from training.over_filings.fact_wordings import Spoken, word_question
from training.over_filings.row_labels import speak_label
from training.over_filings.window_answers import hides, leaves_open
from training.over_filings.window_examples import (
    Reading,
    build_missed,
    build_window_examples,
    speak,
)
from training.over_filings.windows import Seen, read_window
from training.splits import Splits

# A row's label begins so many windows of one filing at most.
_WINDOWS_PER_ROW = 2
# Of facts that stand in no statement of the filing, so many are begun with.
_OUTSIDE_STATEMENTS = 0.5
# So many begin with a figure in a sentence: tables hold ten times as many.
_OF_PROSE = 0.2
# Of the questions that the search has missed, so many are taken.
_MISSES_KEPT = 0.5
# A fact that came to nothing counts as this much of a window when companies take turns.
_COST_OF_TRYING = 0.15


@dataclass(frozen=True, slots=True)
class _Library:
    """Where is searched: a store, the documents of one part, and the way to count tokens."""

    store: PassageStore
    model: ChatModel
    documents: tuple[Document, ...]

    @property
    def keys(self) -> dict[str, str]:
        """The units in the splits, by document id."""
        return {document.document_id: name_unit(document) for document in self.documents}


def build_examples(
    store: PassageStore, model: ChatModel, splits: Splits, part: Part, random: Random, limit: int
) -> Iterator[Example]:
    """Yield the examples of at most `limit` windows, over filings of companies of `part`.

    `model` only counts tokens, by which the excerpts are fitted. Only filings of the part are
    searched: no passage of a company that measures is read in training. The company that has the
    fewest windows is next.
    """
    documents = tuple(d for d in store.documents() if splits.part_of(name_unit(d)) == part)
    library = _Library(store, model, documents)
    queues = {
        name: _draw_facts(store, [d for d in documents if name_unit(d) == name], random)
        for name in sorted(set(map(name_unit, documents)))
    }
    tried: Counter[str] = Counter()
    windows: Counter[str] = Counter()
    while queues and windows.total() < limit:
        name = min(queues, key=lambda name: windows[name] + _COST_OF_TRYING * tried[name])
        drawn = next(queues[name], None)
        if drawn is None:
            del queues[name]
            continue
        examples = tuple(_search(library, *drawn, random))
        tried[name] += 1
        windows[name] += bool(examples)
        yield from examples


def name_unit(document: Document) -> str:
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
    by_id = {document.document_id: document for document in documents}
    facts = [
        fact
        for fact in store.find_facts(sorted(by_id))
        if fact.period is not None and fact.value != 0
    ]
    random.shuffle(facts)
    prose = iter([fact for fact in facts if fact.source == "sentence" and fact.concept])
    drawn: Counter[tuple[str, str]] = Counter()
    for of_row in facts:
        if of_row.statement is None and random.random() >= _OUTSIDE_STATEMENTS:
            continue
        fact = next(prose, of_row) if random.random() < _OF_PROSE else of_row
        row = (fact.document_id, speak_label(fact.line_item).lower())
        drawn[row] += 1
        if drawn[row] <= _WINDOWS_PER_ROW:
            yield by_id[fact.document_id], fact


def _search(library: _Library, document: Document, fact: Fact, random: Random) -> Iterator[Example]:
    """Ask for a fact, search as a run does, and yield the examples of what is found."""
    spoken = _speak_blind(library, document, fact, random)
    if spoken is None:
        return
    question = word_question(spoken, random)
    window = read_window(library.store, library.model, library.documents, question)
    reading = Reading(window, library.documents, library.keys)
    seen = next((one for one in window.seen if one.place.fact.fact_id == fact.fact_id), None)
    if seen is not None:
        yield from build_window_examples(reading, seen, spoken, question, random)
    elif (
        random.random() < _MISSES_KEPT
        and hides(fact, spoken.item, window)
        and leaves_open(question, window, library.documents)
    ):
        yield build_missed(reading, question, document)


def _speak_blind(
    library: _Library, document: Document, fact: Fact, random: Random
) -> Spoken | None:
    """Put a fact into words before its window is known, by the text of its passage."""
    for passage in library.store.passages_on([(fact.document_id, fact.page)]):
        if passage.first_line <= fact.line <= passage.last_line:
            place = FactPlace(fact, passage, "", passage.section or "")
            if find_fault(place):
                return None
            return speak(Seen(place, passage.text), document, random)
    return None
