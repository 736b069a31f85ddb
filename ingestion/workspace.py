"""A workspace: one folder that holds documents and all that is known of them.

    originals/<id>.<ending>   the bytes as they were added
    desk.sqlite3              documents, pages, passages, words, past answers: the source of truth
    vectors/                  Chroma
    write.lock                held while something is changed

A document counts as present only when its row is in the database, and that is written last.
Whatever stops a change half-way, the next one sweeps away what it left. Knows no model: vectors
come from an `Embedder` that the caller brings.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePath

from ingestion.database import Database, SavedAnswer
from ingestion.documents import (
    Document,
    Fact,
    IngestReport,
    IngestStatus,
    Page,
    ParsedFile,
    Passage,
    ScoredPassage,
    TieOut,
    build_document_id,
)
from ingestion.errors import DocumentNotFound, EmptyFile, UnreadableFile, WorkspaceError
from ingestion.fact_store import PlacedTable
from ingestion.files import PARSER_VERSION, READABLE_ENDINGS, parse_file
from ingestion.locking import hold_write_lock
from ingestion.passages import build_passages
from ingestion.progress import Progress, ProgressListener, ignore_progress
from ingestion.vectors import Embedder, VectorIndex

# How long a change waits for another program's change before it gives up, in seconds.
LOCK_PATIENCE = 10.0
# Passages embedded between two reports of progress.
_EMBED_BATCH = 64


class Workspace:
    """The documents of one folder, which is made on first use."""

    def __init__(
        self, folder: Path, embedder: Embedder, *, lock_patience: float = LOCK_PATIENCE
    ) -> None:
        """Open the workspace.

        Raises:
            WorkspaceTooNew: a later version of the program wrote it.
            WorkspaceError: the folder cannot be made or written.
        """
        self.folder = folder
        self._embedder = embedder
        self._lock_patience = lock_patience
        self._originals = folder / "originals"
        try:
            self._originals.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkspaceError(
                f"The workspace folder {folder} cannot be used ({error.strerror}). "
                "Choose another with --workspace."
            ) from error
        self._database = Database(folder / "desk.sqlite3")
        self._vectors = VectorIndex(
            folder / "vectors", embedder.name, self._database.vector_changes
        )

    # Reading

    def documents(self) -> tuple[Document, ...]:
        """Return all documents, by company, year and name."""
        return self._database.documents()

    def find_document(self, reference: str) -> Document:
        """Return the document of that id, file name, or name without its ending.

        Raises:
            DocumentNotFound: there is none, or several have that name.
        """
        documents = self.documents()
        for key in (
            lambda document: document.document_id,
            lambda document: document.name,
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

    def tie_outs(self, document_id: str) -> tuple[TieOut, ...]:
        """Return what came of adding up a document's tables, by page."""
        return self._database.tie_outs(document_id)

    def tables(self, document_id: str) -> tuple[PlacedTable, ...]:
        """Return what is known of a document's tables, by page and number; without their rows."""
        return self._database.tables(document_id)

    def original_path(self, document: Document) -> Path:
        """Return where the document's bytes lie."""
        return self._originals / f"{document.document_id}{PurePath(document.name).suffix.lower()}"

    def search_words(
        self, query: str, limit: int, document_ids: Sequence[str] | None = None
    ) -> tuple[ScoredPassage, ...]:
        """Rank passages by their words (BM25)."""
        return self._database.search_words(query, limit, document_ids)

    def search_vectors(
        self, query: str, limit: int, document_ids: Sequence[str] | None = None
    ) -> tuple[ScoredPassage, ...]:
        """Rank passages by the nearness of their vectors (cosine similarity)."""
        found = self._vectors.search(self._embedder.embed_query(query), limit, document_ids)
        passages = self._database.passages([passage_id for passage_id, _ in found])
        return tuple(
            ScoredPassage(passages[passage_id], score)
            for passage_id, score in found
            if passage_id in passages
        )

    def warm_up(self) -> None:
        """Load what the first search would otherwise wait for."""
        if self.documents():
            self.search_vectors("net sales", 1)

    # Changing

    def add_file(
        self, path: Path, on_progress: ProgressListener = ignore_progress, name: str | None = None
    ) -> IngestReport:
        """Read a file and store it whole, or leave the workspace as it was.

        `name` is shown instead of the path's own name.

        Raises:
            UnreadableFile: with its kinds, see `parse_file`.
            WorkspaceBusy: another program is writing.
        """
        started = time.monotonic()
        name = name or path.name
        try:
            content = path.read_bytes()
        except OSError as error:
            raise UnreadableFile(
                f"{path} cannot be read ({error.strerror}). Check the path and its permissions."
            ) from error
        document_id = build_document_id(content)
        with self._changing():
            known = {document.document_id: document for document in self.documents()}
            document = known.get(document_id)
            status: IngestStatus = "unchanged"
            if document is None:
                parsed = parse_file(content, name, on_progress)
                with self._unfinished(document_id):
                    self._write_original(document_id, name, content)
                    document = self._store(document_id, name, parsed, on_progress)
                status = "added"
        seconds = time.monotonic() - started
        return IngestReport(str(path), name, status, document, seconds, document.warnings)

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

    def refresh(self, on_progress: ProgressListener = ignore_progress) -> tuple[IngestReport, ...]:
        """Read again, from their bytes, the documents that an older parser or model stored.

        Returns a report for each; one that cannot be read any more stays as it was, and its
        report says why.
        """
        if not self._database.stale_documents(PARSER_VERSION, self._embedder.name):
            return ()
        with self._changing():
            stale = set(self._database.stale_documents(PARSER_VERSION, self._embedder.name))
            reports = tuple(
                self._refresh_document(document, on_progress)
                for document in self.documents()
                if document.document_id in stale
            )
            if all(report.status == "added" for report in reports):
                self._vectors.drop_other_models()
        return reports

    def _refresh_document(self, document: Document, on_progress: ProgressListener) -> IngestReport:
        started = time.monotonic()
        path = self.original_path(document)
        try:
            content = path.read_bytes()
            parsed = parse_file(content, document.name, on_progress)
            with self._unfinished(document.document_id):
                stored = self._store(
                    document.document_id,
                    document.name,
                    parsed,
                    on_progress,
                    added_at=document.added_at,
                )
        except (OSError, UnreadableFile) as error:
            told = f"{document.name} could not be read again and stays as it was ({error})."
            return IngestReport(str(path), document.name, "failed", document, 0.0, error=told)
        seconds = time.monotonic() - started
        return IngestReport(str(path), stored.name, "added", stored, seconds, stored.warnings)

    # Past answers

    def save_answer(self, answer: SavedAnswer) -> None:
        """Keep an answer."""
        self._database.save_answer(answer)

    def answers(self) -> tuple[SavedAnswer, ...]:
        """Return the past answers, newest first."""
        return self._database.answers()

    # How a change is made whole

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold the write lock; first clear what an interrupted change has left."""
        with hold_write_lock(self.folder, self._lock_patience):
            self._sweep()
            yield

    @contextmanager
    def _unfinished(self, document_id: str) -> Iterator[None]:
        """Sweep at once when the block fails, and at the next change when the program dies."""
        self._database.begin(document_id)
        try:
            yield
        finally:
            self._sweep()

    def _sweep(self) -> None:
        for document_id in self._database.unfinished():
            self._sweep_document(document_id)
            self._database.finish(document_id)
            self._vectors.note_own_change()

    def _sweep_document(self, document_id: str) -> None:
        """Delete the vectors that no passage has, and the bytes of a document that is not."""
        kept = self._database.passage_ids(document_id)
        self._vectors.delete(sorted(self._vectors.ids_of(document_id) - kept))
        if not kept:
            for path in self._originals.glob(f"{document_id}.*"):
                path.unlink()

    def _write_original(self, document_id: str, name: str, content: bytes) -> None:
        path = self._originals / f"{document_id}{PurePath(name).suffix.lower()}"
        partial = path.with_suffix(path.suffix + ".part")
        partial.write_bytes(content)
        partial.replace(path)

    def _store(
        self,
        document_id: str,
        name: str,
        parsed: ParsedFile,
        on_progress: ProgressListener,
        added_at: str | None = None,
    ) -> Document:
        passages = build_passages(document_id, parsed.pages)
        if not passages:
            raise EmptyFile(f"{name} has no text that could be searched. Check what it holds.")
        self._embed(name, document_id, passages, on_progress)
        document = Document(
            document_id=document_id,
            name=name,
            filing=parsed.filing,
            pages=len(parsed.pages),
            passages=len(passages),
            tables=sum(len(page.tables) for page in parsed.pages),
            facts=0,
            added_at=added_at or datetime.now(UTC).isoformat(timespec="seconds"),
            warnings=parsed.warnings,
        )
        self._database.store_document(
            document, parsed.pages, passages, PARSER_VERSION, self._embedder.name
        )
        return document

    def _embed(
        self,
        name: str,
        document_id: str,
        passages: Sequence[Passage],
        on_progress: ProgressListener,
    ) -> None:
        # Passages of like length share a batch, so that little of it is padding.
        by_length = sorted(passages, key=lambda passage: len(passage.text))
        for start in range(0, len(by_length), _EMBED_BATCH):
            batch = by_length[start : start + _EMBED_BATCH]
            vectors = self._embedder.embed_passages([passage.text for passage in batch])
            self._vectors.add(document_id, [passage.passage_id for passage in batch], vectors)
            on_progress(
                Progress(name, "embedding", min(start + _EMBED_BATCH, len(passages)), len(passages))
            )


def find_files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Return the files to add: files as named, and the readable ones below folders, sorted.

    Raises:
        UnreadableFile: a path does not exist, or a folder holds nothing to read.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            below = sorted(
                file
                for file in path.rglob("*")
                if file.is_file() and file.suffix.lower() in READABLE_ENDINGS
            )
            if not below:
                known = ", ".join(READABLE_ENDINGS)
                raise EmptyFile(f"The folder {path} holds no file that the desk reads ({known}).")
            found.extend(below)
        elif path.exists():
            found.append(path)
        else:
            raise UnreadableFile(f"There is no file {path}. Check the path.")
    return tuple(dict.fromkeys(found))
