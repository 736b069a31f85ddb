"""Rows of tables that a question may ask for, and where a filing's statements stand, in SQLite.

Functions over a connection. Knows SQL and the nouns; nothing of what a question means or of how
rows are ranked.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from ingestion.documents import FactRow, Passage, StatementCount

# Part of a published migration: never edited, a change is a migration of its own.
ROWS_SCHEMA = """
CREATE INDEX facts_of_document_concept ON facts (document_id, concept);
CREATE INDEX facts_of_statement ON facts (document_id, page, statement, concept)
    WHERE source = 'table' AND statement IS NOT NULL AND concept IS NOT NULL;
"""
_WORD = re.compile(r"[^\W_]+")
_PASSAGE_COLUMNS = "passage_id, document_id, page, kind, section, text, first_line, last_line"
# Rows of one document that hold any of the words: more are not told apart by them.
_MOST_ROWS = 3000


def find_rows(
    connection: sqlite3.Connection,
    document_ids: Sequence[str],
    words: Sequence[str],
    concepts: Sequence[str],
) -> tuple[FactRow, ...]:
    """Return the rows that hold any of `words` in label or headings, or are one of `concepts`.

    A figure of a sentence is a row of its own.
    """
    rows: dict[tuple[str, int, int, str], FactRow] = {}
    for document_id in dict.fromkeys(document_ids):
        found = _find_fact_rows(connection, document_id, words, concepts)
        for row in _read_rows(connection, document_id, found):
            rows[row.document_id, row.page, row.line, row.label] = row
    return tuple(rows.values())


def _find_fact_rows(
    connection: sqlite3.Connection,
    document_id: str,
    words: Sequence[str],
    concepts: Sequence[str],
) -> list[int]:
    first, last = connection.execute(
        "SELECT min(row), max(row) FROM facts WHERE document_id = ?", (document_id,)
    ).fetchone()
    if first is None:
        return []
    found: dict[int, None] = {}
    if concepts:
        cursor = connection.execute(
            "SELECT row FROM facts WHERE document_id = ?"
            " AND concept IN (SELECT value FROM json_each(?))",
            (document_id, json.dumps(list(concepts))),
        )
        found.update((row, None) for (row,) in cursor)
    match = " OR ".join(f'"{word}"' for text in words for word in _WORD.findall(text))
    if match:
        # A document's facts are stored in one go, so the index need not leave its rows.
        cursor = connection.execute(
            "SELECT rowid FROM fact_words WHERE fact_words MATCH ? AND rowid BETWEEN ? AND ?"
            " LIMIT ?",
            (match, first, last, _MOST_ROWS),
        )
        found.update((row, None) for (row,) in cursor)
    return list(found)


def _read_rows(
    connection: sqlite3.Connection, document_id: str, rows: Sequence[int]
) -> Iterable[FactRow]:
    """Read facts and join those of one row; other documents' facts are left out."""
    cursor = connection.execute(
        "SELECT page, line, line_item, min(parents), group_concat(DISTINCT concept),"
        " group_concat(DISTINCT coalesce(period_fiscal_year, 0)), max(statement), max(source)"
        " FROM facts WHERE row IN (SELECT value FROM json_each(?)) AND document_id = ?"
        " GROUP BY page, line, line_item",
        (json.dumps(list(rows)), document_id),
    ).fetchall()
    context = _TableContext(connection, document_id)
    for page, line, label, parents, concepts, years, statement, source in cursor:
        caption, section = context.find(page, line)
        yield FactRow(
            document_id=document_id,
            page=page,
            line=line,
            label=label,
            parents=tuple(json.loads(parents)),
            concepts=frozenset((concepts or "").split(",")) - {""},
            years=frozenset(int(year) for year in years.split(",") if year != "0"),
            statement=statement,
            source=source,
            caption=caption,
            section=section,
        )


class _TableContext:
    """Title, heads and section of the table that a line stands in."""

    def __init__(self, connection: sqlite3.Connection, document_id: str) -> None:
        self._tables: dict[int, list[tuple[int, int, str, str]]] = {}
        cursor = connection.execute(
            "SELECT page, first_line, last_line, caption, section, header FROM tables"
            " WHERE document_id = ?",
            (document_id,),
        )
        for page, first, last, caption, section, header in cursor:
            heads = " ".join(text for row in json.loads(header) for text in row)
            self._tables.setdefault(page, []).append(
                (first, last, f"{caption} {heads}".strip(), section or "")
            )

    def find(self, page: int, line: int) -> tuple[str, str]:
        for first, last, caption, section in self._tables.get(page, ()):
            if first <= line <= last:
                return caption, section
        return "", ""


def count_statement_items(
    connection: sqlite3.Connection, document_ids: Sequence[str]
) -> tuple[StatementCount, ...]:
    """Return how many line items of each statement the tables on each page hold."""
    cursor = connection.execute(
        "SELECT document_id, page, statement, group_concat(DISTINCT concept) FROM facts"
        " WHERE document_id IN (SELECT value FROM json_each(?))"
        " AND source <> 'sentence' AND statement IS NOT NULL AND concept IS NOT NULL"
        " GROUP BY document_id, page, statement ORDER BY document_id, page",
        (json.dumps(list(document_ids)),),
    )
    return tuple(
        StatementCount(document_id, page, statement, frozenset(concepts.split(",")))
        for document_id, page, statement, concepts in cursor
    )


def load_passages_on(
    connection: sqlite3.Connection, pages: Iterable[tuple[str, int]]
) -> tuple[Passage, ...]:
    """Return the passages on pages, each a document's id and a number, in reading order."""
    wanted: dict[str, set[int]] = {}
    for document_id, page in pages:
        wanted.setdefault(document_id, set()).add(page)
    found: list[Any] = []
    for document_id, numbers in wanted.items():
        found += connection.execute(
            f"SELECT {_PASSAGE_COLUMNS} FROM passages WHERE document_id = ?"
            " AND page IN (SELECT value FROM json_each(?)) ORDER BY row",
            (document_id, json.dumps(sorted(numbers))),
        ).fetchall()
    return tuple(Passage(*row) for row in found)
