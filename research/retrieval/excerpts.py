"""The part of a passage that may answer a question: rows with their heads, sentences in a row.

A window of a table is read for one or two of its rows, a passage of prose for a few sentences;
the rest costs tokens and leads a small model astray. An excerpt keeps what makes its rows
readable: the table's title, its column heads, the sub-headings above. Pure functions; knows no
model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ingestion.documents import Passage
from ingestion.figures import parse_figure
from ingestion.filings.lexicon import load_lexicon
from research.places import split_sentences
from research.terms import stem_word
from research.understanding.query import Query

# Rows kept of a window, and words of prose.
_ROWS = 4
_WORDS = 90
# A row that fits worse than this, against the best, is left out.
_WORTH_KEEPING = 0.5
# A needed line item is worth as much as so many words of its label.
_ITEM = 3.0
# The title of a table is cut to its end, which stands nearest to the table.
_CAPTION = 200
_WORD = re.compile(r"[a-z0-9]+")
_YEAR = re.compile(r"(?:19|20)\d\d")


class Cut(NamedTuple):
    """What is kept of a passage: `head` is what its rows cannot be read without; "" in prose."""

    head: str
    body: str

    @property
    def text(self) -> str:
        """Both parts, as they are read."""
        return f"{self.head}\n{self.body}" if self.head else self.body


def cut_passage(passage: Passage, query: Query, best: float = 0.0) -> Cut:
    """Return the part of a passage's text that fits a question best; all of it when short.

    A window of a table none of whose rows fits has no body where another's do. `best` is what
    the best row of all passages is worth, against which others are kept.
    """
    if passage.kind == "text":
        return Cut("", _cut_prose(passage.text, query))
    return _cut_table(passage, query, best)


def weigh_best_row(passage: Passage, query: Query) -> float:
    """Return what a passage's best row is worth to a question; 0 for prose."""
    if passage.kind == "text":
        return 0.0
    rows = [line for line in passage.text.split("\n") if line.startswith("|")]
    return max(_weigh_rows(rows[_count_heads(rows) :], query), default=0.0)


# Tables


def _cut_table(passage: Passage, query: Query, best: float) -> Cut:
    lines = passage.text.split("\n")
    rows = [line for line in lines if line.startswith("|")]
    heads = _count_heads(rows)
    caption = " ".join(line for line in lines if not line.startswith("|"))
    body = rows[heads:]
    # "Which segment had the largest ...?" is answered by all rows together.
    kept = range(len(body)) if query.compares else _choose_rows(body, query, best)
    head = [caption[-_CAPTION:]] if caption else []
    return Cut(
        "\n".join([*head, *_join_heads(rows[:heads])]), "\n".join(body[index] for index in kept)
    )


def _join_heads(heads: Sequence[str]) -> list[str]:
    """Leave out column heads that say nothing, and repeats."""
    return [head for head in dict.fromkeys(heads) if head.strip("| ")]


def _count_heads(rows: Sequence[str]) -> int:
    """Return how many rows stand above the first amount: column heads, and a first sub-heading."""
    for index, row in enumerate(rows):
        cells = row[1:-1].split("|")[1:]
        figures = [parse_figure(cell) for cell in cells if cell.strip()]
        if any(figure is not None and not figure.is_year for figure in figures):
            return index
        if index and not any(cell.strip() for cell in cells):
            return index
    return 0


def _choose_rows(body: Sequence[str], query: Query, best: float) -> list[int]:
    """Return which rows to keep, in their order: the best, and the sub-headings above them.

    Where none comes near the best of all passages, the one that comes nearest is kept.
    """
    headings = _find_headings(body)
    worth = _weigh_rows(body, query)
    most = max(worth, default=0.0)
    order = sorted(range(len(body)), key=lambda at: (-worth[at], at))
    least = _WORTH_KEEPING * max(best, most)
    chosen = {at for at in order[:_ROWS] if worth[at] > 0.0 and worth[at] >= min(least, most)}
    if not chosen and best > 0.0:
        return []  # other passages have rows that fit
    # A row that is called by a year is one of a schedule: "2026 ... Thereafter".
    if not chosen or any(_YEAR.fullmatch(_label_of(body[at]).strip()) for at in chosen):
        return list(range(len(body)))
    above = {
        at
        for at, row in enumerate(body)
        if not _has_cells(row) and any(headings.get(kept) == _label_of(row) for kept in chosen)
    }
    return sorted(chosen | above)


def _weigh_rows(body: Sequence[str], query: Query) -> list[float]:
    """Return what each row is worth by its label, the heading above it and its line item."""
    stems = frozenset(map(stem_word, query.words)) | {str(year) for year in query.periods.years}
    needs = {need.concept: need.weight for need in query.needs}
    headings = _find_headings(body)
    return [_weigh_row(row, headings.get(at, ""), stems, needs) for at, row in enumerate(body)]


def _find_headings(body: Sequence[str]) -> dict[int, str]:
    """Return the sub-heading that each row stands below."""
    headings: dict[int, str] = {}
    heading = ""
    for at, row in enumerate(body):
        if not _has_cells(row):
            heading = _label_of(row)
        elif heading:
            headings[at] = heading
    return headings


def _weigh_row(row: str, heading: str, stems: frozenset[str], needs: Mapping[str, float]) -> float:
    if not _has_cells(row):
        return 0.0
    label = _label_of(row)
    words = _stem(label)
    said = len(words & stems)
    worth = said * (1.0 + said / max(len(words), 1)) + 0.5 * len((stems - words) & _stem(heading))
    concept = load_lexicon().match(label, None, (heading,) if heading else ())
    if concept is not None and concept.name in needs:
        worth += _ITEM * needs[concept.name]
    return worth


def _has_cells(row: str) -> bool:
    return any(cell.strip() for cell in row[1:-1].split("|")[1:])


def _label_of(row: str) -> str:
    return row[1:-1].split("|", 1)[0]


# Prose


def _cut_prose(text: str, query: Query) -> str:
    if len(text.split()) <= _WORDS:
        return text
    stems = frozenset(map(stem_word, query.words)) | {str(year) for year in query.periods.years}
    alternatives = frozenset(
        stem for term in query.terms for other in term[1:] for stem in _stem(other)
    )
    spans = list(split_sentences(text))
    worth = [
        len(stems & (words := _stem(text[start:end]))) + 0.5 * len(alternatives & words)
        for start, end in spans
    ]
    first, last = _find_best_run([len(text[a:b].split()) for a, b in spans], worth)
    return text[spans[first][0] : spans[last][1]].strip() if spans else text


def _find_best_run(lengths: Sequence[int], worth: Sequence[float]) -> tuple[int, int]:
    """Return the run of sentences that is worth most: `_WORDS` words at most, or one sentence."""
    best, chosen = -1.0, (0, 0)
    for first in range(len(lengths)):
        words, value = 0, 0.0
        for last in range(first, len(lengths)):
            words += lengths[last]
            if words > _WORDS and last > first:
                break
            value += worth[last]
            if value > best:
                best, chosen = value, (first, last)
    return chosen


def _stem(text: str) -> frozenset[str]:
    return frozenset(stem_word(word) for word in _WORD.findall(text.lower()))
