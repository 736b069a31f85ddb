"""What users said of past answers: right or wrong, and what would have been right.

Functions over a connection whose transaction the caller opens and ends. An answer as a whole has
the label "", each of its parts its own. Knows nothing of what stands in an answer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

# Part of a published migration: never edited, a change is a migration of its own.
JUDGEMENTS_SCHEMA = """
CREATE TABLE judgements (
    answer_id TEXT NOT NULL,
    label TEXT NOT NULL,
    is_right INTEGER NOT NULL,
    correction TEXT NOT NULL,
    given_at TEXT NOT NULL,
    PRIMARY KEY (answer_id, label)
) STRICT;
"""
_COLUMNS = "answer_id, label, is_right, correction, given_at"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a user said of an answer, or of its part `label`; `correction` may be empty."""

    answer_id: str
    label: str
    is_right: bool
    correction: str
    given_at: str


def save_judgements(connection: sqlite3.Connection, judgements: Iterable[Judgement]) -> None:
    """Keep judgements; an earlier one of the same part is replaced."""
    connection.executemany(
        f"INSERT OR REPLACE INTO judgements ({_COLUMNS}) VALUES (?,?,?,?,?)",
        [
            (one.answer_id, one.label, int(one.is_right), one.correction, one.given_at)
            for one in judgements
        ],
    )


def load_judgements(connection: sqlite3.Connection, answer_id: str) -> tuple[Judgement, ...]:
    """Return what was said of an answer, the whole first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM judgements WHERE answer_id = ? ORDER BY label", (answer_id,)
    )
    return tuple(Judgement(**{**row, "is_right": bool(row["is_right"])}) for row in map(dict, rows))


def remove_judgements(connection: sqlite3.Connection, answer_id: str) -> None:
    """Forget what was said of an answer."""
    connection.execute("DELETE FROM judgements WHERE answer_id = ?", (answer_id,))


def remove_judgement(connection: sqlite3.Connection, answer_id: str, label: str) -> None:
    """Forget what was said of one part."""
    connection.execute(
        "DELETE FROM judgements WHERE answer_id = ? AND label = ?", (answer_id, label)
    )
