"""Search by words over the passages' FTS5 index, ranked by BM25, in time that stays bounded.

To rank a row costs FTS5 some twenty times of what it costs to find that it matches. So in a large
library an OR of all words is narrowed until few enough rows are left to be ranked: words that
half of all passages hold are left out, the others are dealt out into groups of which a passage
must hold a word each, and passages with a rare word are ranked whatever else they hold. A small
library is ranked whole. Scores do not depend on the narrowing.

Functions over a connection. Knows SQL and the passages' tables; nothing of what a question means.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingestion.documents import Passage, ScoredPassage

# So many rows are ranked for a query, about; FTS5 ranks some 500 to 1,000 in a millisecond.
_RANKED = 10_000
# Rows of the rarest words that are ranked whatever else they hold.
_RARE = 2_000
# So many matches of all words together are walked through; those of the commonest words are not.
_WALKED = 300_000
# How often a word occurs is counted up to here and estimated beyond.
_COUNTED = 1_000
# Of a long query, so many of the rarest words are kept. To find them, the first `_LOOKED_UP` words
# are counted, up to `_COUNTED_ROUGHLY`.
_TERMS = 32
_COUNTED_ROUGHLY = 500
_LOOKED_UP = 2_000
# Where more documents are selected than this, and more than this share of all, they are first
# looked for among so many times the passages that are asked for, without a filter.
_MANY_DOCUMENTS = 50
_MANY_SHARE = 0.25
_LOOKED_THROUGH = 4

_COLUMNS = "passage_id, document_id, page, kind, section, text, first_line, last_line"
# What the index takes for a part of a word, or less: an underscore separates words there.
_WORD = re.compile(r"[^\W_]+")
_STOP_WORDS = frozenset(
    "a about an and are as at be by did do does for from had has have how in is it its many "
    "much of on or than that the their there this to was were what when where which who why "
    "will with between during each if into more most".split()
)


@dataclass(frozen=True, slots=True)
class _Term:
    """One of the things looked for, in FTS5's language, and about how many rows have it."""

    expression: str
    rows: int


@dataclass(frozen=True, slots=True)
class _Filter:
    """The SQL condition that keeps a search to some documents, and its parameters.

    `passages` is how many those documents have, or None where all are searched.
    """

    condition: str = ""
    parameters: tuple[object, ...] = ()
    passages: int | None = None


def search_words(
    connection: sqlite3.Connection,
    query: str,
    limit: int,
    document_ids: Sequence[str] | None = None,
) -> tuple[ScoredPassage, ...]:
    """Rank passages by BM25 over the query's words; any of them may match.

    Nothing in the query has a meaning but its words; one without words finds nothing.
    """
    words = dict.fromkeys(_WORD.findall(query.lower()))
    terms = [word for word in words if word not in _STOP_WORDS] or list(words)
    return search_terms(connection, [(term,) for term in terms], limit, document_ids)


def search_terms(
    connection: sqlite3.Connection,
    terms: Sequence[Sequence[str]],
    limit: int,
    document_ids: Sequence[str] | None = None,
) -> tuple[ScoredPassage, ...]:
    """Rank passages by BM25 over terms, each of them words or phrases that are alternatives.

    The words of a phrase must stand side by side. Any term may match; `document_ids` keeps the
    search to those documents. At most `limit` passages, the best first; their scores are above 0.
    """
    (newest,) = connection.execute("SELECT max(row) FROM passages").fetchone()
    expressions = dict.fromkeys(filter(None, map(_write_term, terms)))
    if newest is None or not expressions or limit < 1:
        return ()
    counted = _count_terms(connection, list(expressions), newest)
    if document_ids is None:
        return _search(connection, counted, newest, limit, _Filter())
    wanted = frozenset(document_ids)
    if _are_many(connection, wanted):
        # They are likely to be among the best of all: then nothing needs to be filtered.
        best = _search(connection, counted, newest, _LOOKED_THROUGH * limit, _Filter())
        among = tuple(scored for scored in best if scored.passage.document_id in wanted)
        if len(among) >= limit:
            return among[:limit]
    chosen = _filter_documents(connection, wanted)
    return _search(connection, counted, newest, limit, chosen) if chosen else ()


def _search(
    connection: sqlite3.Connection,
    terms: Sequence[_Term],
    newest: int,
    limit: int,
    chosen: _Filter,
) -> tuple[ScoredPassage, ...]:
    scores: dict[int, float] = {}
    for expression in _narrow(connection, terms, newest, limit, chosen):
        # A row that two expressions find has its whole score in the one that holds more terms.
        for row, score in _rank(connection, expression, limit, chosen):
            scores[row] = max(score, scores.get(row, 0.0))
    best = sorted(scores, key=lambda row: (-scores[row], row))[:limit]
    passages = _load_passages(connection, best)
    return tuple(ScoredPassage(passages[row], scores[row]) for row in best)


def _write_term(alternatives: Iterable[str]) -> str:
    """Return alternatives in FTS5's language, each a quoted phrase; empty without words."""
    phrases = (" ".join(_WORD.findall(text)) for text in alternatives)
    return " OR ".join(f'"{phrase}"' for phrase in dict.fromkeys(phrases) if phrase)


def _are_many(connection: sqlite3.Connection, wanted: frozenset[str]) -> bool:
    """Whether the documents are a good part of a large library."""
    if len(wanted) <= _MANY_DOCUMENTS:
        return False
    (documents,) = connection.execute("SELECT count(*) FROM documents").fetchone()
    return len(wanted) >= _MANY_SHARE * int(documents)


def _filter_documents(connection: sqlite3.Connection, wanted: frozenset[str]) -> _Filter | None:
    """Return the condition for some documents; None when they have no passage."""
    ids = json.dumps(sorted(wanted))
    among = "document_id IN (SELECT value FROM json_each(?))"
    first, last, count = connection.execute(
        f"SELECT min(row), max(row), count(*) FROM passages WHERE {among}", (ids,)
    ).fetchone()
    if not count:
        return None
    # The index jumps to the first row and stops at the last. The plus keeps it from being asked
    # for each row by itself, for it would count the words of the whole library each time.
    return _Filter(
        f" AND rowid BETWEEN ? AND ? AND +rowid IN (SELECT row FROM passages WHERE {among})",
        (first, last, ids),
        count,
    )


# How common words are


def _count_terms(
    connection: sqlite3.Connection, expressions: Sequence[str], newest: int
) -> list[_Term]:
    """Return the terms that occur, the rarest first; of very many, the rarest of them."""
    if len(expressions) > _TERMS:
        roughly = sorted(
            (_count(connection, expression, _COUNTED_ROUGHLY, newest), place)
            for place, expression in enumerate(expressions[:_LOOKED_UP])
        )
        occurring = [place for rows, place in roughly if rows]
        expressions = [expressions[place] for place in sorted(occurring[:_TERMS])]
    terms = [
        _Term(expression, _count(connection, expression, _COUNTED, newest))
        for expression in expressions
    ]
    return sorted((term for term in terms if term.rows), key=lambda term: term.rows)


def _count(connection: sqlite3.Connection, expression: str, most: int, newest: int) -> int:
    """Count the rows that match, up to `most`; beyond, estimate from how far those reach.

    The estimate is made from both ends together: documents of one company often lie side by side,
    and its name is common among them alone.
    """
    count, last = _reach(connection, expression, most, "max(rowid)", "ASC")
    if count < most:
        return count
    _, first = _reach(connection, expression, most, "min(rowid)", "DESC")
    return 2 * count * newest // (last + newest - first + 1)


def _reach(
    connection: sqlite3.Connection, expression: str, most: int, end: str, order: str
) -> tuple[int, int]:
    """Return how many rows match, up to `most`, and the last of them; 0 where none does."""
    count, row = connection.execute(
        f"SELECT count(*), {end} FROM (SELECT rowid FROM passage_words WHERE passage_words MATCH ?"
        f" ORDER BY rowid {order} LIMIT ?)",
        (expression, most),
    ).fetchone()
    return count, row or 0


# What is ranked


def _narrow(
    connection: sqlite3.Connection,
    terms: Sequence[_Term],
    newest: int,
    limit: int,
    chosen: _Filter,
) -> list[str]:
    """Return expressions that match few enough rows together, and among them the best ones.

    Each holds a term at most once, so that a row's score is the same by whichever it is found.
    """
    if not terms:
        return []
    if sum(term.rows for term in terms) <= _RANKED:
        return [_join_terms(terms)]
    kept = _leave_out_common(terms, newest)
    if len(kept) == 1 or (chosen.passages is not None and chosen.passages <= _RANKED):
        return [_join_terms(kept)]
    expressions = [_require_parts(connection, kept, newest, limit, chosen)]
    rare = _take_rarest(kept, _RARE)
    if rare:
        expressions.append(_join_terms(rare))
        if len(rare) < len(kept):
            expressions.append(f"({_join_terms(rare)}) AND ({_join_terms(kept[len(rare) :])})")
    return expressions


def _join_terms(terms: Iterable[_Term]) -> str:
    return " OR ".join(term.expression for term in terms)


def _leave_out_common(terms: Sequence[_Term], newest: int) -> Sequence[_Term]:
    """Leave out what half of all rows have, and what would take too long to walk through."""
    telling = [term for term in terms if term.rows < newest // 2]
    return _take_rarest(telling, _WALKED) or terms[:1]


def _take_rarest(terms: Sequence[_Term], most: int) -> Sequence[_Term]:
    """Return as many of the first terms as have at most `most` rows together."""
    rows = 0
    for place, term in enumerate(terms):
        rows += term.rows
        if rows > most:
            return terms[:place]
    return terms


def _require_parts(
    connection: sqlite3.Connection,
    terms: Sequence[_Term],
    newest: int,
    limit: int,
    chosen: _Filter,
) -> str:
    """Deal the terms out into parts until few enough rows have a term of each part."""
    wider = _join_terms(terms)
    for parts in range(2, len(terms) + 1):
        dealt = _deal(terms, parts)
        if parts < len(terms) and _expect_rows(dealt, newest) > 2 * _RANKED:
            continue
        narrower = " AND ".join(f"({_join_terms(part)})" for part in dealt)
        (rows,) = connection.execute(
            "SELECT count(*) FROM (SELECT rowid FROM passage_words"
            f" WHERE passage_words MATCH ?{chosen.condition} LIMIT ?)",
            (narrower, *chosen.parameters, _RANKED + 1),
        ).fetchone()
        if rows <= _RANKED:
            return narrower if rows >= limit else wider
        wider = narrower
    return wider


def _deal(terms: Sequence[_Term], parts: int) -> list[list[_Term]]:
    """Deal terms out so that the parts match about as many rows each."""
    dealt: list[list[_Term]] = [[] for _ in range(parts)]
    for term in reversed(terms):
        min(dealt, key=lambda part: sum(member.rows for member in part)).append(term)
    return dealt


def _expect_rows(dealt: Iterable[Sequence[_Term]], newest: int) -> float:
    """Return how many rows have a term of each part if words knew nothing of each other."""
    expected = float(newest)
    for part in dealt:
        without = 1.0
        for term in part:
            without *= 1.0 - min(term.rows / newest, 1.0)
        expected *= 1.0 - without
    return expected


def _rank(
    connection: sqlite3.Connection, expression: str, limit: int, chosen: _Filter
) -> list[tuple[int, float]]:
    """Return the best rows with their scores."""
    found = connection.execute(
        "SELECT rowid, bm25(passage_words) AS score FROM passage_words"
        f" WHERE passage_words MATCH ?{chosen.condition} ORDER BY score, rowid LIMIT ?",
        (expression, *chosen.parameters, limit),
    ).fetchall()
    return [(row, -score) for row, score in found]  # SQLite's is smaller for better matches


def _load_passages(connection: sqlite3.Connection, rows: Sequence[int]) -> dict[int, Passage]:
    found = connection.execute(
        f"SELECT row, {_COLUMNS} FROM passages WHERE row IN (SELECT value FROM json_each(?))",
        (json.dumps(rows),),
    )
    return {row: Passage(*values) for row, *values in found}
