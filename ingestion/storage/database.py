"""The SQLite file of a workspace: the source of truth for all but vectors and original bytes.

Knows SQL and nothing else: no files, no vectors, no parsing. Each call opens its own connection,
so it may be used from any thread; a change is one transaction, whole or absent.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path

from filelock import FileLock

from ingestion.documents import (
    Document,
    Fact,
    FactRow,
    FilingFacts,
    Page,
    ParsedFile,
    Passage,
    ScoredPassage,
    StatementCount,
    TieOut,
)
from ingestion.errors import WorkspaceTooNew
from ingestion.layout.packing import pack_lines, unpack_lines
from ingestion.storage import (
    answers,
    fact_store,
    judgements,
    row_search,
    vector_ledger,
    word_search,
)
from ingestion.storage.answers import ANSWERS_SCHEMA, AnswerHead, SavedAnswer
from ingestion.storage.fact_store import FACTS_SCHEMA, PlacedTable
from ingestion.storage.judgements import JUDGEMENTS_SCHEMA, Judgement
from ingestion.storage.records import RECORDS_SCHEMA, SheetRecords, delete_records, store_records
from ingestion.storage.row_search import ROWS_SCHEMA
from ingestion.storage.vector_ledger import (
    VECTORS_SCHEMA,
    PassageText,
    VectorCount,
    build_text_key,
)

# Each script lifts the schema by one version; published scripts are never edited.
MIGRATIONS = (
    """
    CREATE TABLE documents (
        document_id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        company TEXT, form TEXT, fiscal_year INTEGER, period_end TEXT,
        page_count INTEGER NOT NULL,
        table_count INTEGER NOT NULL,
        fact_count INTEGER NOT NULL DEFAULT 0,
        added_at TEXT NOT NULL,
        warnings TEXT NOT NULL,
        parser_version INTEGER NOT NULL,
        embedder TEXT NOT NULL
    ) STRICT;
    CREATE TABLE pages (
        document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
        number INTEGER NOT NULL,
        label TEXT,
        width REAL NOT NULL,
        height REAL NOT NULL,
        lines BLOB NOT NULL,
        PRIMARY KEY (document_id, number)
    ) STRICT;
    CREATE TABLE passages (
        row INTEGER PRIMARY KEY,
        passage_id TEXT NOT NULL UNIQUE,
        document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
        page INTEGER NOT NULL,
        kind TEXT NOT NULL,
        section TEXT,
        text TEXT NOT NULL,
        first_line INTEGER NOT NULL,
        last_line INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX passages_of_document ON passages (document_id, page);
    CREATE VIRTUAL TABLE passage_words USING fts5 (
        text, section, content = 'passages', content_rowid = 'row', tokenize = 'porter unicode61'
    );
    CREATE TRIGGER passage_added AFTER INSERT ON passages BEGIN
        INSERT INTO passage_words (rowid, text, section) VALUES (new.row, new.text, new.section);
    END;
    CREATE TRIGGER passage_removed AFTER DELETE ON passages BEGIN
        INSERT INTO passage_words (passage_words, rowid, text, section)
        VALUES ('delete', old.row, old.text, old.section);
    END;
    CREATE TABLE answers (
        answer_id TEXT PRIMARY KEY,
        asked_at TEXT NOT NULL,
        question TEXT NOT NULL,
        record TEXT NOT NULL
    ) STRICT;
    -- Documents whose bytes or vectors may be half written: swept before the next change.
    CREATE TABLE unfinished (document_id TEXT PRIMARY KEY) STRICT;
    -- Counts the changes of the vectors, so that another program's index knows it is out of date.
    CREATE TABLE vector_changes (one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER NOT NULL)
        STRICT;
    INSERT INTO vector_changes VALUES (1, 0);
    """,
    f"ALTER TABLE documents ADD COLUMN year_end_month INTEGER; {FACTS_SCHEMA} {RECORDS_SCHEMA}",
    VECTORS_SCHEMA,
    f"ALTER TABLE documents ADD COLUMN tickers TEXT NOT NULL DEFAULT '[]'; {ROWS_SCHEMA}",
    ANSWERS_SCHEMA,
    JUDGEMENTS_SCHEMA,
)
_COLUMNS = "passage_id, document_id, page, kind, section, text, first_line, last_line"


class Database:
    """The tables of one workspace. Raises WorkspaceTooNew for a later version's file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._connect() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            # Two programs may open a new workspace at the same moment.
            with FileLock(path.with_suffix(".lock")):
                self._migrate(connection)

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        """Open a connection whose block is one transaction."""
        with closing(sqlite3.connect(self._path, timeout=30.0)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            with connection:
                yield connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise WorkspaceTooNew(
                f"The workspace {self._path.parent} was written by a later AceDesk (schema "
                f"{version}, this program knows {len(MIGRATIONS)}). Update AceDesk and try again."
            )
        connection.create_function("text_key", 1, build_text_key, deterministic=True)
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            connection.executescript(
                f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;"
            )

    # Documents

    def documents(self) -> tuple[Document, ...]:
        """Return all documents, by company, year and name."""
        with self._connect() as connection:
            rows = connection.execute(
                "SELECT * FROM documents ORDER BY lower(coalesce(company, name)), fiscal_year, name"
            ).fetchall()
        return tuple(_read_document(row) for row in rows)

    def stale_documents(self, parser_version: int) -> tuple[str, ...]:
        """Return the ids of documents that an older parser read."""
        with self._connect() as connection:
            rows = connection.execute(
                "SELECT document_id FROM documents WHERE parser_version < ?", (parser_version,)
            ).fetchall()
        return tuple(row["document_id"] for row in rows)

    def store_document(
        self,
        document: Document,
        parsed: ParsedFile,
        passages: Sequence[Passage],
        parser_version: int,
        records: Iterable[SheetRecords] = (),
    ) -> None:
        """Store a document with all its parts, in place of an earlier reading of it.

        Of its vectors nothing is known then; see `note_vectors`.

        `records` are a workbook's or a CSV file's rows, read while they are stored; when their
        reading fails, nothing is stored.
        """
        key, filing = document.document_id, document.filing
        with self._connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._delete_document(connection, key)
            connection.execute(
                "INSERT INTO documents (document_id, name, company, form, fiscal_year, period_end,"
                " page_count, table_count, fact_count, added_at, warnings, parser_version,"
                " embedder, year_end_month, tickers, passage_count)"
                " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,'',?,?,?)",
                (
                    key,
                    document.name,
                    filing.company,
                    filing.form,
                    filing.fiscal_year,
                    filing.period_end,
                    document.pages,
                    document.tables,
                    document.facts,
                    document.added_at,
                    json.dumps(document.warnings),
                    parser_version,
                    filing.year_end_month,
                    json.dumps(filing.tickers),
                    len(passages),
                ),
            )
            connection.executemany(
                "INSERT INTO pages VALUES (?,?,?,?,?,?)",
                (
                    (
                        key,
                        page.number,
                        page.label,
                        page.width,
                        page.height,
                        pack_lines(page.lines).blob,
                    )
                    for page in parsed.pages
                ),
            )
            connection.executemany(
                f"INSERT INTO passages ({_COLUMNS}, text_key) VALUES (?,?,?,?,?,?,?,?,?)",
                ((*asdict(p).values(), build_text_key(p.text)) for p in passages),
            )
            fact_store.store_facts(connection, key, parsed.facts)
            fact_store.store_tie_outs(connection, key, parsed.tie_outs)
            fact_store.store_tables(connection, key, parsed.pages)
            store_records(connection, key, records)

    def delete_document(self, document_id: str) -> None:
        """Delete a document with all its parts, and mark its leftovers for the sweep."""
        with self._connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._delete_document(connection, document_id)
            connection.execute("INSERT OR IGNORE INTO unfinished VALUES (?)", (document_id,))

    @staticmethod
    def _delete_document(connection: sqlite3.Connection, document_id: str) -> None:
        # Facts and passages first: their word indexes need the rows.
        fact_store.delete_facts(connection, document_id)
        delete_records(connection, document_id)
        connection.execute("DELETE FROM passages WHERE document_id = ?", (document_id,))
        connection.execute("DELETE FROM pages WHERE document_id = ?", (document_id,))
        connection.execute("DELETE FROM documents WHERE document_id = ?", (document_id,))

    # Unfinished work

    def begin(self, document_id: str) -> None:
        """Note that a document's bytes are about to be written, or its passages replaced."""
        with self._connect() as connection:
            connection.execute("INSERT OR IGNORE INTO unfinished VALUES (?)", (document_id,))

    def finish(self, document_id: str) -> None:
        """Note that a document's bytes and vectors agree with this database again."""
        with self._connect() as connection:
            connection.execute("DELETE FROM unfinished WHERE document_id = ?", (document_id,))

    def unfinished(self) -> tuple[str, ...]:
        """Return the ids of documents whose bytes or vectors may be half written."""
        with self._connect() as connection:
            rows = connection.execute("SELECT document_id FROM unfinished").fetchall()
        return tuple(row["document_id"] for row in rows)

    # Which passages have vectors

    def workspace_id(self) -> str:
        """Return what tells this workspace from all others."""
        with self._connect() as connection:
            (workspace_id,) = connection.execute("SELECT workspace_id FROM workspace").fetchone()
        return str(workspace_id)

    def count_vectors(self, model: str) -> tuple[VectorCount, ...]:
        """Return how many vectors of a model each document has, those added first at the front."""
        with self._connect() as connection:
            return vector_ledger.count_vectors(connection, model)

    def note_vectors(self, document_id: str, model: str, count: int) -> None:
        """Note that the index was changed, and how many passages of a document it holds now."""
        with self._connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            vector_ledger.note_vectors(connection, document_id, model, count)
            connection.execute("UPDATE vector_changes SET count = count + 1")

    def forget_vectors(self, model: str) -> None:
        """Note that no document has vectors of a model any more."""
        with self._connect() as connection:
            vector_ledger.forget_vectors(connection, model)

    def count_up(self, document_id: str, model: str, more: int) -> None:
        """Note that the index was changed, and holds `more` passages of a document than before."""
        with self._connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            vector_ledger.count_up(connection, document_id, model, more)
            connection.execute("UPDATE vector_changes SET count = count + 1")

    def list_texts(self, document_id: str) -> tuple[PassageText, ...]:
        """Return the texts of a document's passages in reading order, by key and length alone."""
        with self._connect() as connection:
            return vector_ledger.list_texts(connection, document_id)

    def find_twins(self, text_keys: Sequence[str], model: str) -> dict[str, str]:
        """Return for those keys a passage whose document has all vectors of the model."""
        with self._connect() as connection:
            return vector_ledger.find_twins(connection, text_keys, model)

    def vector_changes(self) -> int:
        """Return how often the vectors were changed since the workspace was made."""
        with self._connect() as connection:
            (count,) = connection.execute("SELECT count FROM vector_changes").fetchone()
        return int(count)

    # Pages and passages

    def page(self, document_id: str, number: int) -> Page | None:
        """Return a page with its lines (its tables are not kept), or None."""
        with self._connect() as connection:
            row = connection.execute(
                "SELECT * FROM pages WHERE document_id = ? AND number = ?", (document_id, number)
            ).fetchone()
        if row is None:
            return None
        return Page(
            row["number"], unpack_lines(row["lines"]), row["width"], row["height"], row["label"]
        )

    def passages(self, passage_ids: Sequence[str]) -> dict[str, Passage]:
        """Return those of the passages that exist, by id."""
        marks = ",".join("?" * len(passage_ids))
        with self._connect() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM passages WHERE passage_id IN ({marks})",
                tuple(passage_ids),
            ).fetchall()
        return {row["passage_id"]: Passage(**row) for row in rows}

    def passage_ids(self, document_id: str) -> frozenset[str]:
        """Return the ids of a document's passages; empty when it is not stored."""
        with self._connect() as connection:
            rows = connection.execute(
                "SELECT passage_id FROM passages WHERE document_id = ?", (document_id,)
            ).fetchall()
        return frozenset(row["passage_id"] for row in rows)

    def search_words(
        self, query: str, limit: int, document_ids: Sequence[str] | None = None
    ) -> tuple[ScoredPassage, ...]:
        """Rank passages by BM25 over the query's words; any of them may match."""
        with self._connect() as connection:
            return word_search.search_words(connection, query, limit, document_ids)

    def search_terms(
        self,
        terms: Sequence[Sequence[str]],
        limit: int,
        document_ids: Sequence[str] | None = None,
    ) -> tuple[ScoredPassage, ...]:
        """Rank passages by BM25 over terms, each a choice of words or phrases."""
        with self._connect() as connection:
            return word_search.search_terms(connection, terms, limit, document_ids)

    def passages_on(self, pages: Iterable[tuple[str, int]]) -> tuple[Passage, ...]:
        """Return the passages on pages, each a document's id and a number, in reading order."""
        with self._connect() as connection:
            return row_search.load_passages_on(connection, pages)

    def find_rows(
        self, document_ids: Sequence[str], words: Sequence[str], concepts: Sequence[str]
    ) -> tuple[FactRow, ...]:
        """Return rows of tables by their words or line items; see `row_search.find_rows`."""
        with self._connect() as connection:
            return row_search.find_rows(connection, document_ids, words, concepts)

    def count_statement_items(self, document_ids: Sequence[str]) -> tuple[StatementCount, ...]:
        """Return which line items of each statement the tables of each page hold."""
        with self._connect() as connection:
            return row_search.count_statement_items(connection, document_ids)

    # Facts and tables

    def find_facts(
        self,
        document_ids: Sequence[str] | None = None,
        line_item: str | None = None,
        concepts: Sequence[str] = (),
        page: int | None = None,
        limit: int | None = None,
    ) -> tuple[Fact, ...]:
        """Return facts by document, page and place; see `fact_store.find_facts`."""
        with self._connect() as connection:
            return fact_store.find_facts(connection, document_ids, line_item, concepts, page, limit)

    def tie_outs(self, document_id: str) -> tuple[TieOut, ...]:
        """Return what came of adding up a document's tables, by page."""
        with self._connect() as connection:
            return fact_store.load_tie_outs(connection, document_id)

    def tables(self, document_id: str) -> tuple[PlacedTable, ...]:
        """Return what is known of a document's tables, by page and number; without their rows."""
        with self._connect() as connection:
            return fact_store.load_tables(connection, document_id)

    # Past answers

    def save_answer(self, answer: SavedAnswer) -> None:
        """Keep an answer; one of the same id is replaced."""
        with self._connect() as connection:
            answers.save_answer(connection, answer)

    def answers(self) -> tuple[SavedAnswer, ...]:
        """Return the past answers with their records, newest first."""
        with self._connect() as connection:
            return answers.load_answers(connection)

    def list_answers(self) -> tuple[AnswerHead, ...]:
        """Return what a list shows of the past answers, newest first; reads no record."""
        with self._connect() as connection:
            return answers.list_answers(connection)

    def find_answers(self, start: str) -> tuple[SavedAnswer, ...]:
        """Return the answer of an id, or two at most whose id starts so."""
        with self._connect() as connection:
            return answers.find_answers(connection, start)

    def rename_answer(self, answer_id: str, title: str | None) -> None:
        """Give an answer another title; None takes it away."""
        with self._connect() as connection:
            answers.rename_answer(connection, answer_id, title)

    def remove_answer(self, answer_id: str) -> None:
        """Delete an answer and what was said of it.

        Its changed versions become versions of what it came from.
        """
        with self._connect() as connection:
            answers.remove_answer(connection, answer_id)
            judgements.remove_judgements(connection, answer_id)

    def save_judgements(self, given: Sequence[Judgement]) -> None:
        """Keep what was said of answers; an earlier word on the same part is replaced."""
        with self._connect() as connection:
            judgements.save_judgements(connection, given)

    def judgements(self, answer_id: str) -> tuple[Judgement, ...]:
        """Return what was said of an answer, the whole first."""
        with self._connect() as connection:
            return judgements.load_judgements(connection, answer_id)

    def remove_judgement(self, answer_id: str, label: str) -> None:
        """Forget what was said of one part of an answer."""
        with self._connect() as connection:
            judgements.remove_judgement(connection, answer_id, label)


def _read_texts(array: str) -> tuple[str, ...]:
    # Nearly always none: a library of thousands is listed with each search.
    return () if array == "[]" else tuple(json.loads(array))


def _read_document(row: sqlite3.Row) -> Document:
    return Document(
        document_id=row["document_id"],
        name=row["name"],
        filing=FilingFacts(
            row["company"],
            row["form"],
            row["fiscal_year"],
            row["period_end"],
            row["year_end_month"],
            _read_texts(row["tickers"]),
        ),
        pages=row["page_count"],
        passages=row["passage_count"],
        tables=row["table_count"],
        facts=row["fact_count"],
        added_at=row["added_at"],
        warnings=_read_texts(row["warnings"]),
    )
