"""Past answers in SQLite: kept whole, listed by their heads, and linked to what they came from.

Functions over a connection whose transaction the caller opens and ends. Knows nothing of what
stands in a record or a summary: the room that wrote them chose.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

# Part of a published migration: never edited, a change is a migration of its own.
# The record is the last column: SQLite then lists the others without reading it.
ANSWERS_SCHEMA = """
CREATE TABLE kept_answers (
    answer_id TEXT PRIMARY KEY,
    asked_at TEXT NOT NULL,
    question TEXT NOT NULL,
    title TEXT,
    parent_id TEXT,
    summary TEXT NOT NULL DEFAULT '',
    record TEXT NOT NULL
) STRICT;
INSERT INTO kept_answers (answer_id, asked_at, question, record)
    SELECT answer_id, asked_at, question, record FROM answers;
DROP TABLE answers;
ALTER TABLE kept_answers RENAME TO answers;
CREATE INDEX answers_of_parent ON answers (parent_id);
"""
_HEAD = "answer_id, asked_at, question, title, parent_id, summary"
# Of answers of one second the one saved last is the newer one.
_NEWEST_FIRST = "ORDER BY asked_at DESC, rowid DESC"


@dataclass(frozen=True, slots=True)
class AnswerHead:
    """What a list shows of a past answer.

    `title` is the user's own name for it, `parent_id` the answer that it is a changed version of,
    `summary` what came out of it, as the room that wrote it chose; empty where it told nothing.
    """

    answer_id: str
    asked_at: str
    question: str
    title: str | None = None
    parent_id: str | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """A past answer: `record` is its JSON; the other fields are those of its head."""

    answer_id: str
    asked_at: str
    question: str
    record: str
    title: str | None = None
    parent_id: str | None = None
    summary: str = ""


def save_answer(connection: sqlite3.Connection, answer: SavedAnswer) -> None:
    """Keep an answer; one of the same id is replaced."""
    connection.execute(
        f"INSERT OR REPLACE INTO answers ({_HEAD}, record) VALUES (?,?,?,?,?,?,?)",
        (
            answer.answer_id,
            answer.asked_at,
            answer.question,
            answer.title,
            answer.parent_id,
            answer.summary,
            answer.record,
        ),
    )


def load_answers(connection: sqlite3.Connection) -> tuple[SavedAnswer, ...]:
    """Return all answers with their records, newest first."""
    rows = connection.execute(f"SELECT {_HEAD}, record FROM answers {_NEWEST_FIRST}")
    return tuple(SavedAnswer(**row) for row in rows)


def list_answers(connection: sqlite3.Connection) -> tuple[AnswerHead, ...]:
    """Return the heads of all answers, newest first; no record is read."""
    rows = connection.execute(f"SELECT {_HEAD} FROM answers {_NEWEST_FIRST}")
    return tuple(AnswerHead(**row) for row in rows)


def find_answers(connection: sqlite3.Connection, start: str) -> tuple[SavedAnswer, ...]:
    """Return the answer of an id; where there is none, those whose id starts so, two at most."""
    rows = connection.execute(
        f"SELECT {_HEAD}, record FROM answers WHERE substr(answer_id, 1, length(:start)) = :start "
        "ORDER BY answer_id <> :start LIMIT 2",
        {"start": start},
    ).fetchall()
    found = tuple(SavedAnswer(**row) for row in rows)
    return found[:1] if found and found[0].answer_id == start else found


def rename_answer(connection: sqlite3.Connection, answer_id: str, title: str | None) -> None:
    """Give an answer another title; None takes it away."""
    connection.execute("UPDATE answers SET title = ? WHERE answer_id = ?", (title, answer_id))


def remove_answer(connection: sqlite3.Connection, answer_id: str) -> None:
    """Delete an answer; its changed versions become versions of what it came from itself."""
    connection.execute(
        "UPDATE answers SET parent_id = (SELECT parent_id FROM answers WHERE answer_id = :id) "
        "WHERE parent_id = :id",
        {"id": answer_id},
    )
    connection.execute("DELETE FROM answers WHERE answer_id = ?", (answer_id,))
