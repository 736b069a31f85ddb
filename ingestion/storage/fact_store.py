"""Typed facts, the sums that were checked, and what is known of each table, in SQLite.

Functions over a connection whose transaction the caller opens and ends. Knows SQL and the nouns;
nothing of files, of how facts are found, or of what a question means.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ingestion.documents import Box, Fact, Page, Table, TieOut
from ingestion.periods import Period

# Part of a published migration: never edited, a change is a migration of its own.
FACTS_SCHEMA = """
CREATE TABLE facts (
    row INTEGER PRIMARY KEY,
    fact_id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL REFERENCES documents,
    page INTEGER NOT NULL,
    line INTEGER NOT NULL,
    line_item TEXT NOT NULL,
    parents TEXT NOT NULL,
    concept TEXT,
    period_months INTEGER, period_end TEXT, period_fiscal_year INTEGER, period_quarter INTEGER,
    value TEXT NOT NULL,
    value_as_printed TEXT NOT NULL,
    unit TEXT,
    scale INTEGER NOT NULL,
    statement TEXT,
    source TEXT NOT NULL,
    quote TEXT NOT NULL,
    box TEXT, sheet TEXT, cell TEXT
) STRICT;
CREATE INDEX facts_of_document ON facts (document_id, page);
CREATE INDEX facts_of_concept ON facts (concept);
CREATE INDEX facts_of_year ON facts (period_fiscal_year);
CREATE VIRTUAL TABLE fact_words USING fts5 (
    line_item, parents, content = 'facts', content_rowid = 'row', tokenize = 'porter unicode61'
);
CREATE TABLE tie_outs (
    row INTEGER PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
    page INTEGER NOT NULL,
    name TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL,
    expected TEXT, printed TEXT
) STRICT;
CREATE INDEX tie_outs_of_document ON tie_outs (document_id, page);
CREATE TABLE tables (
    document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
    page INTEGER NOT NULL,
    number INTEGER NOT NULL,
    caption TEXT NOT NULL,
    statement TEXT, section TEXT,
    unit TEXT, scale INTEGER,
    grade REAL NOT NULL,
    faults TEXT NOT NULL,
    continues INTEGER NOT NULL,
    first_line INTEGER NOT NULL,
    last_line INTEGER NOT NULL,
    header TEXT NOT NULL,
    PRIMARY KEY (document_id, page, number)
) STRICT;
"""

_COLUMNS = (
    "fact_id, document_id, page, line, line_item, parents, concept, period_months, period_end,"
    " period_fiscal_year, period_quarter, value, value_as_printed, unit, scale, statement, source,"
    " quote, box, sheet, cell"
)
_INSERT_FACT = (
    f"INSERT INTO facts ({_COLUMNS}) VALUES ({','.join('?' * (_COLUMNS.count(',') + 1))})"
    " ON CONFLICT (fact_id) DO NOTHING"
)
_TABLE_COLUMNS = (
    "page, number, caption, statement, section, unit, scale, grade, faults, continues,"
    " first_line, last_line, header"
)
_WORD = re.compile(r"[^\W_]+")
_NO_PERIOD = Period(None)
# Headings and periods that are read once and shared by the facts that have them.
_VALUES_KEPT = 4096
_write_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class PlacedTable:
    """What is known of a table, the `number`th (from 1) of its page. `table.rows` is not kept."""

    page: int
    number: int
    table: Table


# Writing


def store_facts(connection: sqlite3.Connection, document_id: str, facts: Iterable[Fact]) -> None:
    """Store a document's facts in reading order; two of one id are one.

    What the document had before must be deleted.
    """
    rows = (_build_row(document_id, fact) for fact in sorted(facts, key=_reading_order))
    connection.executemany(_INSERT_FACT, rows)
    # All words at once: a trigger on each row takes five times as long as the rows themselves.
    connection.execute(
        "INSERT INTO fact_words (rowid, line_item, parents)"
        " SELECT row, line_item, parents FROM facts WHERE document_id = ?",
        (document_id,),
    )


def _reading_order(fact: Fact) -> tuple[int, int, float]:
    """Order by page, line and place on the line; cells of a sheet stay in the order they came."""
    return fact.page, fact.line, fact.box.x0 if fact.box else 0.0


def _build_row(document_id: str, fact: Fact) -> tuple[object, ...]:
    period = fact.period or _NO_PERIOD
    return (
        fact.fact_id,
        document_id,
        fact.page,
        fact.line,
        fact.line_item,
        _write_json(fact.parents),
        fact.concept,
        period.months,
        period.end.isoformat() if period.end else None,
        period.fiscal_year,
        period.quarter,
        str(fact.value),
        fact.value_as_printed,
        fact.unit,
        fact.scale,
        fact.statement,
        fact.source,
        fact.quote,
        _write_json(fact.box) if fact.box else None,
        fact.sheet,
        fact.cell,
    )


def store_tie_outs(
    connection: sqlite3.Connection, document_id: str, tie_outs: Iterable[TieOut]
) -> None:
    """Store what came of adding up a document's tables."""
    connection.executemany(
        "INSERT INTO tie_outs (document_id, page, name, outcome, detail, expected, printed)"
        " VALUES (?,?,?,?,?,?,?)",
        (
            (
                document_id,
                tie_out.page,
                tie_out.name,
                tie_out.outcome,
                tie_out.detail,
                _write_decimal(tie_out.expected),
                _write_decimal(tie_out.printed),
            )
            for tie_out in tie_outs
        ),
    )


def store_tables(connection: sqlite3.Connection, document_id: str, pages: Iterable[Page]) -> None:
    """Store what is known of the tables on a document's pages, without their rows."""
    connection.executemany(
        f"INSERT INTO tables (document_id, {_TABLE_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            (
                document_id,
                page.number,
                number,
                table.caption,
                table.statement,
                table.section,
                table.unit,
                table.scale,
                table.grade,
                _write_json(table.faults),
                table.continues,
                table.first_line,
                table.last_line,
                _write_json(table.header),
            )
            for page in pages
            for number, table in enumerate(page.tables, start=1)
        ),
    )


def delete_facts(connection: sqlite3.Connection, document_id: str) -> None:
    """Delete a document's facts with their words, its tie-outs and tables."""
    connection.execute(
        "INSERT INTO fact_words (fact_words, rowid, line_item, parents)"
        " SELECT 'delete', row, line_item, parents FROM facts WHERE document_id = ?",
        (document_id,),
    )
    for table in ("facts", "tie_outs", "tables"):
        connection.execute(f"DELETE FROM {table} WHERE document_id = ?", (document_id,))


# Reading


def find_facts(
    connection: sqlite3.Connection,
    document_ids: Sequence[str] | None = None,
    line_item: str | None = None,
    concepts: Sequence[str] = (),
    page: int | None = None,
    limit: int | None = None,
) -> tuple[Fact, ...]:
    """Return facts by document (as the library lists them), page and place.

    A fact's line item fits when it and its parents hold every word of `line_item` in some form
    ("sale" is "sales"), or when it is one of `concepts`; without both, every line item fits.
    """
    conditions, parameters = ["1"], list[object]()
    if document_ids is not None:
        conditions.append(f"f.document_id IN ({_marks(document_ids)})")
        parameters.extend(document_ids)
    if line_item is not None or concepts:
        condition, values = _fit_line_item(line_item or "", concepts)
        conditions.append(condition)
        parameters.extend(values)
    if page is not None:
        conditions.append("f.page = ?")
        parameters.append(page)
    columns = ", ".join(f"f.{column}" for column in _COLUMNS.split(", "))
    cursor = connection.execute(
        f"SELECT {columns} FROM facts f JOIN documents d USING (document_id)"
        f" WHERE {' AND '.join(conditions)}"
        " ORDER BY lower(coalesce(d.company, d.name)), d.fiscal_year, d.name, d.document_id, f.row"
        " LIMIT ?",
        (*parameters, -1 if limit is None else limit),
    )
    return tuple(map(_read_fact, cursor))


def _fit_line_item(text: str, concepts: Sequence[str]) -> tuple[str, list[object]]:
    """Return the condition on a line item's words or concept, and its parameters."""
    conditions, parameters = [f"f.concept IN ({_marks(concepts)})"], list[object](concepts)
    words = _WORD.findall(text)
    if words:
        conditions.append("f.row IN (SELECT rowid FROM fact_words WHERE fact_words MATCH ?)")
        parameters.append(" ".join(f'"{word}"' for word in words))
    return f"({' OR '.join(conditions)})", parameters


def load_tie_outs(connection: sqlite3.Connection, document_id: str) -> tuple[TieOut, ...]:
    """Return what came of adding up a document's tables, by page."""
    cursor = connection.execute(
        "SELECT name, page, outcome, detail, expected, printed FROM tie_outs"
        " WHERE document_id = ? ORDER BY page, row",
        (document_id,),
    )
    return tuple(
        TieOut(name, page, outcome, detail, _read_decimal(expected), _read_decimal(printed))
        for name, page, outcome, detail, expected, printed in cursor
    )


def load_tables(connection: sqlite3.Connection, document_id: str) -> tuple[PlacedTable, ...]:
    """Return what is known of a document's tables, by page and number."""
    cursor = connection.execute(
        f"SELECT {_TABLE_COLUMNS} FROM tables WHERE document_id = ? ORDER BY page, number",
        (document_id,),
    )
    return tuple(map(_read_table, cursor))


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))


def _read_fact(row: Iterable[Any]) -> Fact:
    (
        fact_id, document_id, page, line, line_item, parents, concept,
        months, end, fiscal_year, quarter,
        value, value_as_printed, unit, scale, statement, source, quote, box, sheet, cell,
    ) = row  # fmt: skip
    return Fact(
        fact_id=fact_id,
        document_id=document_id,
        page=page,
        line_item=line_item,
        parents=_read_parents(parents),
        concept=concept,
        period=_read_period(months, end, fiscal_year, quarter),
        value=Decimal(value),
        value_as_printed=value_as_printed,
        unit=unit,
        scale=scale,
        statement=statement,
        source=source,
        quote=quote,
        line=line,
        box=Box(*json.loads(box)) if box else None,
        sheet=sheet,
        cell=cell,
    )


@lru_cache(maxsize=_VALUES_KEPT)
def _read_parents(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


@lru_cache(maxsize=_VALUES_KEPT)
def _read_period(
    months: int | None, end: str | None, fiscal_year: int | None, quarter: int | None
) -> Period | None:
    """Return the period; one of which nothing is known is none."""
    period = Period(months, date.fromisoformat(end) if end else None, fiscal_year, quarter)
    return period if period != _NO_PERIOD else None


def _read_table(row: Iterable[Any]) -> PlacedTable:
    (
        page, number, caption, statement, section, unit, scale, grade, faults, continues,
        first_line, last_line, header,
    ) = row  # fmt: skip
    table = Table(
        caption=caption,
        header=tuple(map(tuple, json.loads(header))),
        rows=(),
        unit=unit,
        scale=scale,
        first_line=first_line,
        last_line=last_line,
        statement=statement,
        section=section,
        grade=grade,
        faults=tuple(json.loads(faults)),
        continues=bool(continues),
    )
    return PlacedTable(page, number, table)


def _write_decimal(value: Decimal | None) -> str | None:
    return str(value) if value is not None else None


def _read_decimal(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None
