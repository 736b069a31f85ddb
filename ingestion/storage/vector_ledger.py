"""Which passages have vectors, in SQLite: what the index holds is counted here, not asked there.

A document's `vector_count` passages have vectors of the model `embedder`; it waits for vectors
until that is the present model and the count is whole. The count is written after the vectors,
so it may fall behind when a program is killed, and is counted anew before the work goes on.
Functions over a connection whose transaction the caller opens and ends. Knows no vector.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

# Part of a published migration: never edited, a change is a migration of its own.
# `text_key` is a function that the migration's connection brings.
VECTORS_SCHEMA = """
ALTER TABLE documents ADD COLUMN passage_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN vector_count INTEGER NOT NULL DEFAULT 0;
UPDATE documents SET passage_count =
    (SELECT count(*) FROM passages p WHERE p.document_id = documents.document_id);
UPDATE documents SET vector_count = passage_count;
ALTER TABLE passages ADD COLUMN text_key TEXT NOT NULL DEFAULT '';
UPDATE passages SET text_key = text_key(text);
CREATE INDEX passages_of_text ON passages (text_key);
-- Tells this workspace's vectors from another's where both lie on one server.
CREATE TABLE workspace (one INTEGER PRIMARY KEY CHECK (one = 1), workspace_id TEXT NOT NULL)
    STRICT;
INSERT INTO workspace VALUES (1, lower(hex(randomblob(8))));
"""

# SQLite's oldest limit of question marks in a statement is 999.
_KEYS_A_STATEMENT = 900


@dataclass(frozen=True, slots=True)
class VectorCount:
    """`done` of a document's `total` passages have vectors of the present model."""

    document_id: str
    name: str
    done: int
    total: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return self.done >= self.total


@dataclass(frozen=True, slots=True)
class PassageText:
    """What a passage's vector is made of: passages of one `text_key` have one vector."""

    passage_id: str
    text_key: str
    length: int


def build_text_key(text: str) -> str:
    """Return 16 hex digits that all texts share which differ in white space and case alone."""
    folded = " ".join(text.casefold().split())
    return hashlib.blake2b(folded.encode(), digest_size=8).hexdigest()


def count_vectors(connection: sqlite3.Connection, model: str) -> tuple[VectorCount, ...]:
    """Return the count of every document, those added first at the front."""
    rows = connection.execute(
        "SELECT document_id, name, passage_count AS total,"
        " CASE WHEN embedder = ? THEN min(vector_count, passage_count) ELSE 0 END AS done"
        " FROM documents ORDER BY added_at, name",
        (model,),
    )
    return tuple(VectorCount(**row) for row in rows)


def note_vectors(connection: sqlite3.Connection, document_id: str, model: str, count: int) -> None:
    """Note that `count` of a document's passages have vectors of a model."""
    connection.execute(
        "UPDATE documents SET embedder = ?, vector_count = ? WHERE document_id = ?",
        (model, count, document_id),
    )


def forget_vectors(connection: sqlite3.Connection, model: str) -> None:
    """Note that no document has vectors of a model any more."""
    connection.execute("UPDATE documents SET vector_count = 0 WHERE embedder = ?", (model,))


def count_up(connection: sqlite3.Connection, document_id: str, model: str, more: int) -> None:
    """Note that `more` of a document's passages have vectors of a model than before."""
    connection.execute(
        "UPDATE documents SET vector_count = CASE WHEN embedder = ? THEN vector_count ELSE 0 END"
        " + ?, embedder = ? WHERE document_id = ?",
        (model, more, model, document_id),
    )


def list_texts(connection: sqlite3.Connection, document_id: str) -> tuple[PassageText, ...]:
    """Return the texts of a document's passages in reading order, by key and length alone."""
    rows = connection.execute(
        "SELECT passage_id, text_key, length(text) AS length FROM passages"
        " WHERE document_id = ? ORDER BY row",
        (document_id,),
    )
    return tuple(PassageText(**row) for row in rows)


def find_twins(
    connection: sqlite3.Connection, text_keys: Sequence[str], model: str
) -> dict[str, str]:
    """Return for those keys a passage whose document has all vectors of the model, if any has."""
    found: dict[str, str] = {}
    for start in range(0, len(text_keys), _KEYS_A_STATEMENT):
        keys = text_keys[start : start + _KEYS_A_STATEMENT]
        rows = connection.execute(
            "SELECT p.text_key, min(p.passage_id) FROM passages p JOIN documents d"
            " ON d.document_id = p.document_id WHERE d.embedder = ?"
            " AND d.vector_count >= d.passage_count"
            f" AND p.text_key IN ({','.join('?' * len(keys))}) GROUP BY p.text_key",
            (model, *keys),
        )
        found.update((key, passage_id) for key, passage_id in rows)
    return found
