"""Windows: what the Solver reads for a question, and which typed facts can be read off it.

A window is found by the desk's own search, so that training shows the same excerpts in the same
order as a run does. Knows the search and the facts; no prompt, and no wording of questions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ingestion.documents import Document
from models.chat import ChatModel
from research.desk import Desk
from research.questions import Question
from research.retrieval.packing import Excerpt, lay_zigzag
from research.retrieval.store import PassageStore
from research.searching import find_evidence
from research.verification.fact_places import FactPlace

# What stands around the digits of a cell.
_MARKS = re.compile(r"[^0-9.,]")
_AMOUNT = re.compile(r"(?!(?:19|20)\d\d$)[$(\s]*-?[\d,.]*\d[\d,.]*[)%\s]*")
_SPAN_WORDS = {
    3: re.compile(r"\b(?:three\s+months|13\s+weeks|quarter|Q[1-4])", re.IGNORECASE),
    6: re.compile(r"\b(?:six\s+months|26\s+weeks)", re.IGNORECASE),
    9: re.compile(r"\b(?:nine\s+months|39\s+weeks)", re.IGNORECASE),
}
_SCALE_WORDS = {1_000: "thousand", 1_000_000: "million", 1_000_000_000: "billion"}
# From a page's excerpts: a row's label in small letters, its cells' digits, and the whole excerpt.
_Row = tuple[str, frozenset[str], str]


@dataclass(frozen=True, slots=True)
class Seen:
    """A fact whose row stands in a window, and the text of the excerpt that shows it."""

    place: FactPlace
    text: str


@dataclass(frozen=True, slots=True)
class Window:
    """What is read for a question.

    `texts` are the excerpts in the order of the prompt; `seen` the facts whose number, row,
    period and scale the excerpts show; `stated` all facts whose number they show in its row;
    `hidden` those that the search has found but the excerpts leave out.
    """

    texts: tuple[str, ...]
    seen: tuple[Seen, ...]
    stated: tuple[FactPlace, ...]
    hidden: tuple[FactPlace, ...]

    @property
    def text(self) -> str:
        """All that is read, as one text."""
        return "\n".join(self.texts)


def read_window(
    store: PassageStore, model: ChatModel, documents: Sequence[Document], question: str
) -> Window:
    """Search `documents` for a question as a run does, and return what the Solver would read."""
    desk = Desk(Question(question), store, model, tuple(documents))
    found = find_evidence(desk, question)
    return build_window(found.read, found.places)


def build_window(read: Sequence[Excerpt], places: Iterable[FactPlace]) -> Window:
    """Sort the facts of the passages by what the excerpts show of them."""
    rows = _read_rows(read)
    seen: list[Seen] = []
    stated: list[FactPlace] = []
    hidden: list[FactPlace] = []
    for place in places:
        text = _find_text(place, rows, read)
        if text is None:
            hidden.append(place)
            continue
        stated.append(place)
        if shows_period(place, text) and shows_scale(place, text):
            seen.append(Seen(place, text))
    texts = tuple(lay_zigzag([excerpt.text for excerpt in read]))
    return Window(texts, tuple(seen), tuple(stated), tuple(hidden))


def shows_period(place: FactPlace, text: str) -> bool:
    """Whether an excerpt says the year of a fact, and for a part of a year how long it is."""
    period = place.fact.period
    if period is None:
        return False
    years = {period.fiscal_year, period.end.year if period.end else None} - {None}
    span = _SPAN_WORDS.get(period.months or 0)
    return any(str(year) in text for year in years) and (span is None or bool(span.search(text)))


def shows_scale(place: FactPlace, text: str) -> bool:
    """Whether an excerpt says in which scale a fact is printed, where it is not in ones."""
    word = _SCALE_WORDS.get(place.fact.scale)
    return word is None or word in text.lower()


def read_title(text: str) -> str:
    """Return what stands above the first row with a number: a table's title and column heads."""
    above: list[str] = []
    for line in text.split("\n"):
        cells = line.strip("|").split("|")[1:] if line.startswith("|") else []
        if any(_AMOUNT.fullmatch(cell.strip()) for cell in cells):
            break
        above.append(line)
    return " ".join(above)


def read_digits(cell: str) -> str:
    """Return the digits of a cell with their separators: "$(1,234)" reads "1,234"."""
    return _MARKS.sub("", cell)


def _read_rows(read: Sequence[Excerpt]) -> Mapping[tuple[str, int], list[_Row]]:
    """Return the rows that the excerpts show, by document and page."""
    rows: dict[tuple[str, int], list[_Row]] = defaultdict(list)
    for excerpt in read:
        key = (excerpt.passage.document_id, excerpt.passage.page)
        for line in excerpt.text.split("\n"):
            if line.startswith("|"):
                label, *cells = line.strip("|\n").split("|") if line.strip("|") else [""]
                digits = frozenset(map(read_digits, cells)) - {""}
                rows[key].append((_plain(label), digits, excerpt.text))
    return rows


def _find_text(
    place: FactPlace, rows: Mapping[tuple[str, int], list[_Row]], read: Sequence[Excerpt]
) -> str | None:
    """Return the excerpt that shows a fact's number in its row or its sentence, or None."""
    fact = place.fact
    if fact.source == "sentence":
        for excerpt in read:
            if excerpt.passage.document_id == fact.document_id and fact.quote in excerpt.text:
                return excerpt.text
        return None
    label, digits = _plain(fact.line_item), read_digits(fact.value_as_printed)
    for shown, cells, text in rows.get((fact.document_id, fact.page), ()):
        if shown == label and digits in cells:
            return text
    return None


def _plain(label: str) -> str:
    return " ".join(label.split()).casefold()
