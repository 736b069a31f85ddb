"""A workspace: one folder that holds documents and all that is known of them.

    originals/<id>.<ending>   the bytes as they were added
    pending/<id>.json         the names of files that are being taken in
    desk.sqlite3              documents, pages, passages, words, past answers: the source of truth
    vectors/                  Chroma, where it is not a server
    write.lock                held while something is changed
    embedding.lock            held while vectors are made

A document counts as present only when its row is in the database, and that is written last. What
fails or is cancelled is swept away at once. A file whose program was killed stays pending until
`resume` goes on with it. Vectors follow later, by `embed_waiting`: until then a document is
found by its words and facts. Knows no model, and no file from inside: vectors come from an
`Embedder` that the caller brings, pages from a `Reader`.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Protocol

from ingestion.documents import (
    SHEET_ENDINGS,
    Document,
    Fact,
    FactRow,
    IngestReport,
    IngestStatus,
    Page,
    ParsedFile,
    Passage,
    ScoredPassage,
    StatementCount,
    TieOut,
    build_document_id,
)
from ingestion.errors import (
    AnswerNotFound,
    Cancelled,
    DamagedVectors,
    DocumentNotFound,
    EmptyFile,
    IngestionError,
    UnreadableFile,
    WorkspaceBusy,
    WorkspaceError,
)
from ingestion.files import PARSER_VERSION, check_ending
from ingestion.findings import describe_findings
from ingestion.passages import build_passages
from ingestion.processes.reading import shared_reader
from ingestion.progress import (
    Cancel,
    EmbeddingReport,
    Progress,
    ProgressListener,
    ignore_progress,
    never_cancel,
)
from ingestion.sources import Source, find_files, list_sources, read_bytes
from ingestion.storage.answers import AnswerHead, SavedAnswer
from ingestion.storage.database import Database
from ingestion.storage.fact_store import PlacedTable
from ingestion.storage.judgements import Judgement
from ingestion.storage.locking import EMBEDDING_LOCK, hold_write_lock, is_held
from ingestion.storage.pending import PendingFile, PendingFiles
from ingestion.storage.records import SheetRecords, build_sheet_tables
from ingestion.storage.vector_ledger import VectorCount

if TYPE_CHECKING:
    from ingestion.storage.vectors import Embedder, VectorIndex, Vectors

__all__ = ["LOCK_PATIENCE", "MAX_ATTEMPTS", "Reader", "Workspace", "find_files"]

_LOG = logging.getLogger(__name__)
# How long a change waits for another program's change before it gives up, in seconds.
LOCK_PATIENCE = 10.0
# How often a file is begun whose program ends each time: the file may be what ends it.
MAX_ATTEMPTS = 3


class Reader(Protocol):
    """What the workspace needs of whoever reads files."""

    def read(
        self, path: Path, name: str, on_progress: ProgressListener, cancel: Cancel
    ) -> ParsedFile:
        """Read the file at `path`, called `name`; raises UnreadableFile and Cancelled."""


class Workspace:
    """The documents of one folder, which is made on first use."""

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        *,
        reader: Reader | None = None,
        lock_patience: float = LOCK_PATIENCE,
        chroma_url: str | None = None,
    ) -> None:
        """Open the workspace; files are read in worker processes unless `reader` is another.

        The vectors lie in the folder, or on the Chroma server at `chroma_url`.

        Raises:
            WorkspaceTooNew: a later version of the program wrote it.
            WorkspaceError: the folder cannot be made or written.
        """
        self.folder = folder
        self._embedder = embedder
        self._last_query: tuple[str, Vectors] | None = None
        self._reader: Reader = reader or shared_reader()
        self._lock_patience = lock_patience
        self._chroma_url = chroma_url
        # Vectors are counted by model and place: a server does not hold what the folder holds.
        self._vector_source = f"{embedder.name} at {chroma_url}" if chroma_url else embedder.name
        self._originals = folder / "originals"
        try:
            self._originals.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkspaceError(
                f"The workspace folder {folder} cannot be used ({error.strerror}). "
                "Choose another with --workspace."
            ) from error
        self._pending = PendingFiles(folder / "pending")
        self._database = Database(folder / "desk.sqlite3")

    @cached_property
    def _vectors(self) -> VectorIndex:
        """The index, which is opened when first needed: its library takes a second to load."""
        from ingestion.storage.vectors import VectorIndex

        return VectorIndex(
            self.folder / "vectors",
            self._embedder.name,
            self._database.vector_changes,
            url=self._chroma_url,
            workspace_id=self._database.workspace_id(),
        )

    # Reading

    def documents(self) -> tuple[Document, ...]:
        """Return all documents, by company, year and name."""
        return self._database.documents()

    def find_document(self, reference: str) -> Document:
        """Return the document of that id, file name, or name without its ending.

        A file of an archive is also found by its name without the archive's.

        Raises:
            DocumentNotFound: there is none, or several have that name.
        """
        documents = self.documents()
        for key in (
            lambda document: document.document_id,
            lambda document: document.name,
            lambda document: PurePath(document.name).name,
            lambda document: PurePath(document.name).stem,
        ):
            matches = [document for document in documents if key(document) == reference]
            if len(matches) == 1:
                return matches[0]
            if matches:
                ids = ", ".join(document.document_id for document in matches)
                raise DocumentNotFound(
                    f"{len(matches)} documents are called {reference}. Use an id: {ids}."
                )
        raise DocumentNotFound(
            f"No document is called {reference}. `acedesk documents` lists what there is."
        )

    def page(self, document_id: str, number: int) -> Page:
        """Return a page (numbered from 1) with its lines.

        Raises:
            DocumentNotFound: there is no such document or page.
        """
        page = self._database.page(document_id, number)
        if page is None:
            raise DocumentNotFound(f"There is no page {number} of document {document_id}.")
        return page

    def find_facts(
        self,
        document_ids: Sequence[str] | None = None,
        line_item: str | None = None,
        concepts: Sequence[str] = (),
        page: int | None = None,
        limit: int | None = None,
    ) -> tuple[Fact, ...]:
        """Return facts by document, page and place.

        A fact's line item fits when it and its parents hold every word of `line_item` in some
        form ("sale" is "sales"), or when it is one of `concepts`; without both, all fit.
        """
        return self._database.find_facts(document_ids, line_item, concepts, page, limit)

    def facts_of(self, passage: Passage) -> tuple[Fact, ...]:
        """Return the facts that stand in a passage's lines."""
        found = self._database.find_facts([passage.document_id], page=passage.page)
        lines = range(passage.first_line, passage.last_line + 1)
        return tuple(fact for fact in found if fact.line in lines)

    def tie_outs(self, document_id: str) -> tuple[TieOut, ...]:
        """Return what came of adding up a document's tables, by page."""
        return self._database.tie_outs(document_id)

    def tables(self, document_id: str) -> tuple[PlacedTable, ...]:
        """Return what is known of a document's tables, by page and number; without their rows."""
        return self._database.tables(document_id)

    def original_path(self, document: Document) -> Path:
        """Return where the document's bytes lie."""
        return self._original(document.document_id, document.name)

    def _original(self, document_id: str, name: str) -> Path:
        return self._originals / f"{document_id}{PurePath(name).suffix.lower()}"

    def search_words(
        self, query: str, limit: int, document_ids: Sequence[str] | None = None
    ) -> tuple[ScoredPassage, ...]:
        """Rank passages by their words (BM25)."""
        return self._database.search_words(query, limit, document_ids)

    def search_terms(
        self,
        terms: Sequence[Sequence[str]],
        limit: int,
        document_ids: Sequence[str] | None = None,
    ) -> tuple[ScoredPassage, ...]:
        """Rank passages by terms (BM25), each of them words or phrases that are alternatives."""
        return self._database.search_terms(terms, limit, document_ids)

    def find_rows(
        self, document_ids: Sequence[str], words: Sequence[str], concepts: Sequence[str]
    ) -> tuple[FactRow, ...]:
        """Return the rows of tables that hold any of `words` or are one of `concepts`."""
        return self._database.find_rows(document_ids, words, concepts)

    def count_statement_items(self, document_ids: Sequence[str]) -> tuple[StatementCount, ...]:
        """Return which line items of each statement the tables of each page hold."""
        return self._database.count_statement_items(document_ids)

    def passages(self, passage_ids: Sequence[str]) -> tuple[Passage, ...]:
        """Return the passages of these ids, in their order; those not there are left out."""
        found = self._database.passages(passage_ids)
        return tuple(found[key] for key in dict.fromkeys(passage_ids) if key in found)

    def passages_on(self, pages: Iterable[tuple[str, int]]) -> tuple[Passage, ...]:
        """Return the passages on pages, each a document's id and a number, in reading order."""
        return self._database.passages_on(pages)

    def search_vectors(
        self, query: str, limit: int, document_ids: Sequence[str] | None = None
    ) -> tuple[ScoredPassage, ...]:
        """Rank passages by the nearness of their vectors (cosine similarity).

        Those whose vectors are still missing are not found; see `waiting_for_vectors`.
        """
        if not any(count.done for count in self.vector_counts()):
            return ()  # without loading the model
        try:
            found = self._vectors.search(self._embed_query(query), limit, document_ids)
        except DamagedVectors as error:
            self._note_damage(error)
            return ()
        passages = self._database.passages([passage_id for passage_id, _ in found])
        return tuple(
            ScoredPassage(passages[passage_id], score)
            for passage_id, score in found
            if passage_id in passages
        )

    def _note_damage(self, error: DamagedVectors) -> None:
        """Count all vectors as missing, so that they are made again; the log says why."""
        _LOG.warning("%s", error)
        self._database.forget_vectors(self._vector_source)

    def _embed_query(self, query: str) -> Vectors:
        """Return a query's vector; the last one is kept, since one search asks several times."""
        kept = self._last_query
        if kept is None or kept[0] != query:
            kept = (query, self._embedder.embed_query(query))
            self._last_query = kept
        return kept[1]

    def vector_counts(self) -> tuple[VectorCount, ...]:
        """Return how many vectors each document has, those added first at the front."""
        return self._database.count_vectors(self._vector_source)

    def waiting_for_vectors(self) -> tuple[VectorCount, ...]:
        """Return the documents whose vectors are not all made, those added first at the front."""
        return tuple(count for count in self.vector_counts() if not count.is_whole)

    def is_embedding(self) -> bool:
        """Whether this program or another makes vectors at this moment."""
        return is_held(self.folder / EMBEDDING_LOCK)

    def warm_up(self) -> None:
        """Load what the first search would otherwise wait for."""
        self.search_vectors("net sales", 1)

    # Changing

    def add_file(
        self,
        path: Path,
        on_progress: ProgressListener = ignore_progress,
        name: str | None = None,
        cancel: Cancel = never_cancel,
    ) -> IngestReport:
        """Read a file and store it whole, or leave the workspace as it was.

        Its words and facts are found from then on; its vectors are for `embed_waiting`. `name`
        is shown instead of the path's own name. An archive is for `add_files`.

        Raises:
            UnreadableFile: with its kinds, see `parse_file`.
            Cancelled: `cancel` said so.
            WorkspaceBusy: another program is writing.
        """
        return self._add(Source(path, name or path.name), on_progress, cancel)

    def add_files(
        self,
        paths: Iterable[Path],
        on_progress: ProgressListener = ignore_progress,
        cancel: Cancel = never_cancel,
    ) -> Iterator[IngestReport]:
        """Add files one after another, and each file of an archive; yield what came of each.

        What is wrong with one file, or is cancelled, is its report's error.

        Raises:
            WorkspaceError: nothing can be added, whatever the file.
        """
        waiting = list(paths)
        begun, total = 0, len(waiting)
        for path in waiting:
            sources = deque([Source(path, path.name)] if cancel() else list_sources(path))
            total += len(sources) - 1
            while sources:  # each leaves memory with its turn
                begun += 1
                listener = _count_files(on_progress, begun, total)
                yield self._attempt(sources.popleft(), listener, cancel)

    def _attempt(
        self, source: Source, on_progress: ProgressListener, cancel: Cancel
    ) -> IngestReport:
        """Add a file; what is wrong with it becomes a report, what is wrong with us is raised."""
        started = time.monotonic()
        try:
            if source.reason is not None:
                raise UnreadableFile(source.reason)
            return self._add(source, on_progress, cancel)
        except WorkspaceError:
            raise
        except IngestionError as error:
            return _report_failure(source.path, source.name, started, str(error))

    def _add(self, source: Source, on_progress: ProgressListener, cancel: Cancel) -> IngestReport:
        started = time.monotonic()
        name = source.name
        if cancel():
            raise Cancelled(name)
        check_ending(name)  # before anything is copied
        content = read_bytes(source.path) if source.content is None else source.content
        document_id = build_document_id(content)
        with self._changing():
            known = {document.document_id: document for document in self.documents()}
            document = known.get(document_id)
            status: IngestStatus = "unchanged"
            if document is None:
                file = PendingFile(document_id, name, _tell_time())
                # What an earlier program left of it was swept, or waits to be gone on with.
                is_new = document_id not in self._database.unfinished()
                with self._unfinished(document_id, file, has_vectors=not is_new):
                    self._write_original(document_id, name, content)
                    document = self._take_in(file, on_progress, cancel)
                status = "added"
        seconds = time.monotonic() - started
        return IngestReport(str(source.path), name, status, document, seconds, document.warnings)

    def remove_document(self, reference: str) -> Document:
        """Remove a document with its bytes, pages, passages and vectors; past answers stay.

        Raises:
            DocumentNotFound: see `find_document`.
            WorkspaceBusy: another program is writing.
        """
        with self._changing():
            document = self.find_document(reference)
            self._database.delete_document(document.document_id)
            self._sweep()
        return document

    def resume(
        self, on_progress: ProgressListener = ignore_progress, cancel: Cancel = never_cancel
    ) -> tuple[IngestReport, ...]:
        """Go on with the files that a killed program was taking in.

        Returns a report for each; one that cannot be finished is swept away, and its report says
        why. While another program writes, nothing is done: the files may be its own.
        """
        if not self._pending.list():
            return ()
        reports: list[IngestReport] = []
        try:
            with self._changing(patience=0.0):
                files = self._pending.list()
                for number, file in enumerate(files, start=1):
                    listener = _count_files(on_progress, number, len(files))
                    reports.append(self._resume_file(file, listener, cancel))
        except WorkspaceBusy:
            return ()
        return tuple(reports)

    def _resume_file(
        self, file: PendingFile, on_progress: ProgressListener, cancel: Cancel
    ) -> IngestReport:
        started = time.monotonic()
        path = self._original(file.document_id, file.name)
        begun = replace(file, attempts=file.attempts + 1)
        try:
            with self._unfinished(file.document_id, begun):
                if begun.attempts > MAX_ATTEMPTS:
                    raise UnreadableFile(
                        f"{file.name} was given up: the program ended {file.attempts} times while "
                        "it took it in. Save it in smaller parts, then add those."
                    )
                if not path.exists() or build_document_id(path.read_bytes()) != file.document_id:
                    raise UnreadableFile(
                        f"{file.name} was not yet copied whole when the program ended. "
                        "Fetch it again and add it."
                    )
                document = self._take_in(begun, on_progress, cancel)
        except WorkspaceError:
            raise
        except IngestionError as error:
            return _report_failure(path, file.name, started, str(error))
        seconds = time.monotonic() - started
        return IngestReport(str(path), file.name, "added", document, seconds, document.warnings)

    def refresh(self, on_progress: ProgressListener = ignore_progress) -> tuple[IngestReport, ...]:
        """Read again, from their bytes, the documents that an older parser stored.

        Passages that come out as they were keep their vectors. Returns a report for each; one
        that cannot be read any more stays as it was, and its report says why.
        """
        if not self._database.stale_documents(PARSER_VERSION):
            return ()
        with self._changing():
            stale = set(self._database.stale_documents(PARSER_VERSION))
            return tuple(
                self._refresh_document(document, on_progress)
                for document in self.documents()
                if document.document_id in stale
            )

    def _refresh_document(self, document: Document, on_progress: ProgressListener) -> IngestReport:
        started = time.monotonic()
        path = self.original_path(document)
        file = PendingFile(document.document_id, document.name, document.added_at)
        try:
            with self._unfinished(document.document_id):
                stored = self._take_in(file, on_progress, never_cancel)
        except WorkspaceError:
            raise
        except (OSError, IngestionError) as error:
            told = f"{document.name} could not be read again and stays as it was ({error})."
            return IngestReport(str(path), document.name, "failed", document, 0.0, error=told)
        seconds = time.monotonic() - started
        return IngestReport(str(path), stored.name, "added", stored, seconds, stored.warnings)

    def embed_waiting(
        self, on_progress: ProgressListener = ignore_progress, cancel: Cancel = never_cancel
    ) -> EmbeddingReport:
        """Make all vectors that are missing, document after document, as long as it takes.

        Files may be added and documents removed meanwhile, by this program or another. What is
        made is kept when the work is called off or the program dies.
        """
        from ingestion.embedding_queue import EmbeddingRun  # loads the index's library

        run = EmbeddingRun(
            self.folder,
            self._database,
            self._vectors,
            self._embedder,
            self._vector_source,
            on_progress,
            cancel,
        )
        return run.run()

    # Past answers

    def save_answer(self, answer: SavedAnswer) -> None:
        """Keep an answer."""
        self._database.save_answer(answer)

    def answers(self) -> tuple[SavedAnswer, ...]:
        """Return the past answers with their records, newest first; see also `list_answers`."""
        return self._database.answers()

    def list_answers(self) -> tuple[AnswerHead, ...]:
        """Return what a list shows of the past answers, newest first, without their records."""
        return self._database.list_answers()

    def answer(self, reference: str) -> SavedAnswer:
        """Return a past answer by its id, or by so much of the id's start as tells it apart.

        Raises:
            AnswerNotFound: there is none, or more than one.
        """
        found = self._database.find_answers(reference) if reference else ()
        if not found:
            raise AnswerNotFound(
                f"There is no run {reference}. See what there is with `acedesk runs list`."
            )
        if len(found) > 1:
            raise AnswerNotFound(
                f"More than one run starts with {reference}. Write more of its id "
                "(`acedesk runs list`)."
            )
        return found[0]

    def rename_answer(self, reference: str, title: str | None) -> None:
        """Give a past answer a title of the user's own; None or nothing takes it away.

        Raises:
            AnswerNotFound: see `answer`.
        """
        answer_id = self.answer(reference).answer_id
        self._database.rename_answer(answer_id, (title or "").strip() or None)

    def remove_answer(self, reference: str) -> SavedAnswer:
        """Remove a past answer and return it; changed versions of it stay.

        Raises:
            AnswerNotFound: see `answer`.
        """
        answer = self.answer(reference)
        self._database.remove_answer(answer.answer_id)
        return answer

    def judge_answer(
        self, reference: str, label: str, *, is_right: bool, correction: str = ""
    ) -> Judgement:
        """Keep what the user says of a past answer, or of its part `label` ("" is the whole).

        Raises:
            AnswerNotFound: see `answer`.
        """
        answer_id = self.answer(reference).answer_id
        judgement = Judgement(answer_id, label, is_right, correction.strip(), _tell_time())
        self._database.save_judgements([judgement])
        return judgement

    def withdraw_judgement(self, reference: str, label: str) -> None:
        """Forget what was said of a past answer, or of its part.

        Raises:
            AnswerNotFound: see `answer`.
        """
        self._database.remove_judgement(self.answer(reference).answer_id, label)

    def judgements(self, answer_id: str) -> tuple[Judgement, ...]:
        """Return what was said of a past answer, the whole first."""
        return self._database.judgements(answer_id)

    def restore_answer(self, answer: SavedAnswer, judgements: Sequence[Judgement] = ()) -> None:
        """Bring a removed answer back, with what was said of it."""
        self._database.save_answer(answer)
        self._database.save_judgements(judgements)

    # How a change is made whole

    @contextmanager
    def _changing(self, patience: float | None = None) -> Iterator[None]:
        """Hold the write lock; first clear what an interrupted change has left."""
        with hold_write_lock(self.folder, self._lock_patience if patience is None else patience):
            self._sweep()
            yield

    @contextmanager
    def _unfinished(
        self, document_id: str, file: PendingFile | None = None, *, has_vectors: bool = True
    ) -> Iterator[None]:
        """Sweep at once when the block ends, well or not, and later when the program dies.

        Where there is a `file` to go on with, a program that dies leaves it to `resume`. The
        index is left alone where the document cannot have vectors.
        """
        self._database.begin(document_id)
        if file is not None:
            self._pending.note(file)
        try:
            yield
        finally:
            self._settle(document_id, has_vectors=has_vectors)

    def _sweep(self) -> None:
        """Settle what is unfinished, but for pending files that are not stored yet."""
        pending = {file.document_id for file in self._pending.list()}
        waiting = {document_id for document_id in pending if not self._is_stored(document_id)}
        for document_id in self._database.unfinished():
            if document_id not in waiting:
                self._settle(document_id)

    def _is_stored(self, document_id: str) -> bool:
        return bool(self._database.passage_ids(document_id))

    def _settle(self, document_id: str, *, has_vectors: bool = True) -> None:
        # The note goes first: what is being swept must not be gone on with.
        self._pending.drop(document_id)
        kept = self._database.passage_ids(document_id)
        if has_vectors:
            self._sweep_vectors(document_id, kept)
        if not kept:
            for path in self._originals.glob(f"{document_id}.*"):
                path.unlink()
        self._database.finish(document_id)

    def _sweep_vectors(self, document_id: str, kept: frozenset[str]) -> None:
        """Delete the vectors that no passage has, and count those that are left."""
        try:
            held = self._vectors.ids_of(document_id)
            self._vectors.delete(sorted(held - kept))
        except DamagedVectors as error:  # they are made again as a whole
            self._note_damage(error)
            return
        self._database.note_vectors(document_id, self._vector_source, len(held & kept))
        self._vectors.note_own_change()

    def _write_original(self, document_id: str, name: str, content: bytes) -> None:
        path = self._original(document_id, name)
        partial = path.with_suffix(path.suffix + ".part")
        partial.write_bytes(content)
        partial.replace(path)

    def _take_in(
        self, file: PendingFile, on_progress: ProgressListener, cancel: Cancel
    ) -> Document:
        """Read a document from its original and store it."""
        path = self._original(file.document_id, file.name)
        parsed = self._reader.read(path, file.name, on_progress, cancel)
        passages = build_passages(file.document_id, parsed.pages)
        if not passages:
            raise EmptyFile(f"{file.name} has no text that could be searched. Check what it holds.")
        if cancel():
            raise Cancelled(file.name)
        document = _build_document(file, parsed, len(passages))
        records = _open_records(path, file.name)
        self._database.store_document(document, parsed, passages, PARSER_VERSION, records)
        return document


def _build_document(file: PendingFile, parsed: ParsedFile, passages: int) -> Document:
    tables = [table for page in parsed.pages for table in page.tables]
    return Document(
        document_id=file.document_id,
        name=file.name,
        filing=parsed.filing,
        pages=len(parsed.pages),
        passages=passages,
        tables=sum(not table.continues for table in tables),
        facts=len(parsed.facts),
        added_at=file.added_at,
        warnings=describe_findings(parsed),
    )


def _open_records(path: Path, name: str) -> Iterable[SheetRecords]:
    """Return the rows of a workbook or CSV file as values; nothing for other files."""
    if PurePath(name).suffix.lower() not in SHEET_ENDINGS:
        return ()
    return build_sheet_tables(path.read_bytes(), name)


def _tell_time() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _count_files(
    on_progress: ProgressListener, file: int, files: int
) -> Callable[[Progress], None]:
    """Return a listener that adds to progress which file of how many it is of."""

    def listen(progress: Progress) -> None:
        on_progress(replace(progress, file=file, files=files))

    return listen


def _report_failure(path: Path, name: str, started: float, error: str) -> IngestReport:
    return IngestReport(str(path), name, "failed", None, time.monotonic() - started, error=error)
