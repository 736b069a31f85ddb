"""How well rows of tables fit a question: by the line items they are, and by what they are called.

A number question is mostly answered by one row, and the row says what it is: its line item, its
label, the headings above it, the table's title. Pure functions; knows no index.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingestion.documents import FactRow, StatementCount, StatementKind
from ingestion.filings.lexicon import Lexicon
from research.terms import stem_word
from research.understanding.query import Query

PagePlace = tuple[str, int]

_WORD = re.compile(r"[a-z0-9]+")
# A page that holds fewer of a statement's line items is no statement.
_FEWEST_ITEMS = 5
# A statement may be printed again (in the discussion, for a parent alone), not much shorter.
_NEARLY_ALL = 0.6
_PRIMARY: tuple[StatementKind, ...] = ("balance_sheet", "cash_flow", "income")

# What a row's place is worth: in a statement itself, in another table, in a sentence.
_IN_STATEMENT, _IN_TABLE, _IN_SENTENCE = 1.0, 0.6, 0.3
_NAMED_STATEMENT = 1.2
# For the period: the one asked for, none known, another one.
_SAME_PERIOD, _NO_PERIOD, _OTHER_PERIOD = 1.0, 0.5, 0.25
# The same for what a row is called, where more than the number is asked for.
_SAME_YEARS, _NO_YEARS, _OTHER_YEARS = 1.0, 0.7, 0.4
# What a word is worth in the label, the headings above it, the table's title, the section.
_IN_PARENTS, _IN_CAPTION, _IN_SECTION = 0.7, 0.4, 0.3
_LEAST_COVER = 0.3
# Of what is asked, line items that are named in passing are worth this.
_LEAST_CERTAINTY = 0.3
_BEST, _SHARE = 0.7, 0.5


@dataclass(frozen=True, slots=True)
class RowScore:
    """What a row is worth: as a line item that is needed, and by what it is called."""

    row: FactRow
    item: float
    label: float


def find_statement_pages(
    counts: Sequence[StatementCount], lexicon: Lexicon
) -> dict[tuple[str, StatementKind], tuple[int, ...]]:
    """Return the pages of each document on which its primary statements stand.

    A statement holds the most of its own line items. Where it is printed several times, the
    one meant stands next to the other statements.
    """
    items: dict[tuple[str, StatementKind], dict[int, int]] = defaultdict(dict)
    for count in counts:
        own = sum(
            concept.statement == count.statement
            for name in count.concepts
            if (concept := lexicon.get(name)) is not None
        )
        items[count.document_id, count.statement][count.page] = own
    found: dict[tuple[str, StatementKind], tuple[int, ...]] = {}
    for document_id in dict.fromkeys(document for document, _ in items):
        others: list[int] = []
        for kind in _PRIMARY:
            pages = _choose_pages(items.get((document_id, kind), {}), others, kind)
            if pages:
                found[document_id, kind] = pages
                others += pages
    return found


def _choose_pages(
    items: Mapping[int, int], others: Sequence[int], kind: StatementKind
) -> tuple[int, ...]:
    most = max(items.values(), default=0)
    if most < _FEWEST_ITEMS:
        return ()
    full = [page for page, own in items.items() if own >= max(_FEWEST_ITEMS, _NEARLY_ALL * most)]
    if kind == "income" and others:
        # Income statements are printed again more often than the others are.
        best = min(full, key=lambda page: (min(abs(page - o) for o in others), -items[page]))
    else:
        best = max(full, key=lambda page: (items[page], -page))
    beside = [page for page in (best - 1, best + 1) if items.get(page, 0) >= _FEWEST_ITEMS - 1]
    return (best, *beside)


def score_rows(
    rows: Sequence[FactRow],
    query: Query,
    statement_pages: Mapping[tuple[str, StatementKind], tuple[int, ...]],
) -> tuple[RowScore, ...]:
    """Return what each row is worth, in the rows' order; both parts lie between 0 and about 1."""
    primary = {
        (document, page) for (document, _), pages in statement_pages.items() for page in pages
    }
    items = _score_items(rows, query, primary)
    labels = _score_labels(rows, query)
    return tuple(
        RowScore(row, item, label) for row, item, label in zip(rows, items, labels, strict=True)
    )


def _is_primary(row: FactRow, primary: set[PagePlace]) -> bool:
    return row.source != "sentence" and (row.document_id, row.page) in primary


# Line items


def _score_items(rows: Sequence[FactRow], query: Query, primary: set[PagePlace]) -> list[float]:
    """Score rows as needed line items; a page that holds several of them is worth more."""
    weights = {need.concept: need.weight for need in query.needs}
    total = sum(weights.values())
    if not total:
        return [0.0] * len(rows)
    best: list[tuple[float, str | None]] = []
    on_page: dict[PagePlace, dict[str, float]] = defaultdict(dict)
    for row in rows:
        worth = _weigh_place(row, query, primary)
        needed = max(row.concepts & weights.keys(), key=lambda c: (weights[c], c), default=None)
        value = weights[needed] * worth if needed else 0.0
        best.append((value, needed))
        if needed:
            page = on_page[row.document_id, row.page]
            page[needed] = max(page.get(needed, 0.0), value)
    certainty = _LEAST_CERTAINTY + (1.0 - _LEAST_CERTAINTY) * query.certainty
    return [
        certainty
        * (_BEST * value + _SHARE * sum(on_page[row.document_id, row.page].values()) / total)
        if needed
        else 0.0
        for row, (value, needed) in zip(rows, best, strict=True)
    ]


def _weigh_place(row: FactRow, query: Query, primary: set[PagePlace]) -> float:
    if row.source == "sentence":
        worth = _IN_SENTENCE
    elif not _is_primary(row, primary):
        worth = _IN_TABLE
    else:
        worth = _IN_STATEMENT
        if row.statement in query.statements:
            worth *= _NAMED_STATEMENT
    if not query.periods.years:
        return worth
    if row.years & query.periods.years:
        return worth * _SAME_PERIOD
    return worth * (_OTHER_PERIOD if row.years else _NO_PERIOD)


# Labels


def _score_labels(rows: Sequence[FactRow], query: Query) -> list[float]:
    """Score rows by their words: of a short label all words count, of a title those asked for."""
    # A row may be called by a year ("2024" below "Maturities"); elsewhere years say little.
    years = frozenset(str(year) for year in query.periods.years)
    words = frozenset(map(stem_word, query.words))
    stems = [_RowStems.of(row) for row in rows]
    frequency: Counter[str] = Counter()
    for stem in stems:
        frequency.update((words & stem.all) | (years & stem.label))
    weight = {word: math.log(1 + len(rows) / (1 + frequency[word])) for word in words | years}
    total = sum(weight[word] for word in words)
    if not total:
        return [0.0] * len(rows)

    def mass(some: Iterable[str]) -> float:
        return sum(weight[word] for word in some)

    return [
        min(1.0, _score_label(stem, words, years, mass) / total) * _weigh_years(row, query)
        if row.source != "sentence"
        else 0.0
        for row, stem in zip(rows, stems, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _RowStems:
    label: frozenset[str]
    parents: frozenset[str]
    caption: frozenset[str]
    section: frozenset[str]

    @classmethod
    def of(cls, row: FactRow) -> _RowStems:
        return cls(
            _stem(row.label),
            _stem(" ".join(row.parents)),
            _stem(row.caption[-400:]),
            _stem(row.section),
        )

    @property
    def all(self) -> frozenset[str]:
        return self.label | self.parents | self.caption | self.section


def _score_label(
    stems: _RowStems,
    words: frozenset[str],
    years: frozenset[str],
    mass: Callable[[Iterable[str]], float],
) -> float:
    if not stems.label:
        return 0.0
    said = (words | years) & stems.label
    cover = len(said) / len(stems.label)
    rest = words - said
    above = rest & stems.parents
    titled = (rest - above) & stems.caption
    placed = (rest - above - titled) & stems.section
    around = max(cover, _LEAST_COVER)
    # A row that is called by a year alone is what the table's title says.
    in_caption = _IN_PARENTS if all(word.isdigit() for word in stems.label) else _IN_CAPTION
    return (
        cover * (mass(said) + _IN_PARENTS * mass(above))
        + around * in_caption * mass(titled)
        + around * _IN_SECTION * mass(placed)
    )


def _weigh_years(row: FactRow, query: Query) -> float:
    years = query.periods.years
    # A row of a schedule is called by its year, which need not be the period asked for.
    called = {*map(str, years), *(word for word in query.words if word.isdigit())}
    if not years or row.years & years or any(year in row.label for year in called):
        return _SAME_YEARS
    return _OTHER_YEARS if row.years else _NO_YEARS


_SMALL = frozenset("a an and at by for from in of on or the to with".split())


@lru_cache(maxsize=20_000)
def _stem(text: str) -> frozenset[str]:
    return frozenset(stem_word(word) for word in _WORD.findall(text.lower()) if word not in _SMALL)
