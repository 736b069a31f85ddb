"""Making the vectors that are missing, document after document, beside everything else.

    embedding.lock   held by the one program that makes vectors
    write.lock       held while a batch is written, never while the model computes

What is missing follows from the database and the index alone, so a program that is killed at any
moment leaves nothing to clear up: the next one counts what is there and goes on. A passage's id
stands for its very text, and passages of one text share one vector. Knows no file, no page, and
no model beyond the `Embedder` that it is given.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ingestion.errors import DamagedVectors
from ingestion.progress import Cancel, EmbeddingReport, Progress, ProgressListener
from ingestion.storage.database import Database
from ingestion.storage.locking import EMBEDDING_LOCK, WRITE_LOCK, wait_for_lock
from ingestion.storage.vector_ledger import VectorCount
from ingestion.storage.vectors import Embedder, VectorIndex, Vectors

_LOG = logging.getLogger(__name__)
# Texts whose vectors are made between two reports of progress, and lost when the program dies.
EMBED_BATCH = 64
# Vectors that are copied between two reports of progress.
COPY_BATCH = 1000
# How often another program's progress is looked at, in seconds.
_LOOK_EVERY = 0.5
# Seconds that stand for ever: adding and removing come first, and only a cancel ends the waiting.
_NO_END = 1e9


class _CalledOffError(Exception):
    """Ends the work between two batches; never leaves this module."""


class EmbeddingRun:
    """One call's work on the documents that wait for vectors; used once.

    `source` names the model and the index: by it the database tells whose vectors it counts.
    """

    def __init__(
        self,
        folder: Path,
        database: Database,
        index: VectorIndex,
        embedder: Embedder,
        source: str,
        on_progress: ProgressListener,
        cancel: Cancel,
    ) -> None:
        self._folder = folder
        self._database = database
        self._index = index
        self._embedder = embedder
        self._source = source
        self._on_progress = on_progress
        self._cancel = cancel
        # Documents as they stood when they were begun: what has not moved is not tried again.
        self._tried: set[VectorCount] = set()
        self._made = self._copied = 0
        self._seconds = 0.0

    def run(self) -> EmbeddingReport:
        """Make all vectors that are missing; ends when none is, or when it is called off.

        While another program makes them, its progress is told and it is waited for.
        """
        # Asked again when the lock is given back: another program may have seen it held, and
        # have left its documents to us.
        while not self._cancel() and self._list_untried():
            path = self._folder / EMBEDDING_LOCK
            with wait_for_lock(path, _LOOK_EVERY, self._cancel) as is_ours:
                if is_ours:
                    self._run_alone()
                else:
                    self._tell_of_other_program()
        counts = self._database.count_vectors(self._source)
        tried = {count.document_id for count in self._tried}
        return EmbeddingReport(
            documents=sum(count.is_whole and count.document_id in tried for count in counts),
            made=self._made,
            copied=self._copied,
            waiting=sum(not count.is_whole for count in counts),
            seconds=self._seconds,
        )

    def _run_alone(self) -> None:
        started = time.monotonic()
        try:
            try:
                self._embed_documents()
            except DamagedVectors as error:
                self._begin_anew(error)
                self._embed_documents()
        except _CalledOffError:
            return
        finally:
            self._seconds += time.monotonic() - started

    def _embed_documents(self) -> None:
        self._index.check()
        while untried := self._list_untried():
            self._tried.add(untried[0])
            self._embed_document(untried[0], len(untried))
        with self._writing():
            if not self._list_waiting():
                self._index.drop_other_models()

    def _begin_anew(self, error: DamagedVectors) -> None:
        """Throw away vectors that cannot be read; all documents wait again."""
        _LOG.warning("%s They are made again now.", error)
        with self._writing():
            self._index.clear()
            self._database.forget_vectors(self._source)
        self._tried.clear()

    def _list_waiting(self) -> tuple[VectorCount, ...]:
        counts = self._database.count_vectors(self._source)
        return tuple(count for count in counts if not count.is_whole)

    def _list_untried(self) -> tuple[VectorCount, ...]:
        return tuple(count for count in self._list_waiting() if count not in self._tried)

    def _tell_of_other_program(self) -> None:
        for count in self._list_waiting()[:1]:
            self._on_progress(Progress(count.name, "embedding", count.done, count.total))

    # One document

    def _embed_document(self, count: VectorCount, behind: int) -> None:
        """Make what a document lacks; `behind` documents wait, this one too."""
        document_id = count.document_id
        with self._writing():
            present = self._recount(document_id)
        texts = self._database.list_texts(document_id)
        missing: dict[str, list[str]] = defaultdict(list)
        lengths: dict[str, int] = {}
        for text in texts:
            if text.passage_id not in present:
                missing[text.text_key].append(text.passage_id)
                lengths[text.text_key] = text.length
        twins = self._database.find_twins(tuple(missing), self._source)
        twins |= {text.text_key: text.passage_id for text in texts if text.passage_id in present}
        work = _DocumentWork(count, missing, len(present), len(self._tried), behind)
        self._copy_known(work, {key: twin for key, twin in twins.items() if key in missing})
        # Passages of like length share a batch, so that little of it is padding.
        self._make_rest(work, sorted(missing, key=lengths.__getitem__))

    def _copy_known(self, work: _DocumentWork, twins: Mapping[str, str]) -> None:
        """Copy the vectors of texts that some passage has already; takes them from `missing`."""
        keys = list(twins)
        for start in range(0, len(keys), COPY_BATCH):
            batch = keys[start : start + COPY_BATCH]
            found = self._index.vectors_of([twins[key] for key in batch])
            known = {key: found[twins[key]] for key in batch if twins[key] in found}
            self._copied += self._write(work, known)

    def _make_rest(self, work: _DocumentWork, keys: Sequence[str]) -> None:
        """Compute the vectors of the texts that are still missing, each text once."""
        keys = [key for key in keys if key in work.missing]
        for start in range(0, len(keys), EMBED_BATCH):
            if self._cancel():
                raise _CalledOffError
            firsts = {work.missing[key][0]: key for key in keys[start : start + EMBED_BATCH]}
            passages = self._database.passages(tuple(firsts))
            # A passage that is no more was removed meanwhile.
            found = [passages[passage_id] for passage_id in firsts if passage_id in passages]
            if not found:
                continue
            vectors = self._embedder.embed_passages([passage.text for passage in found])
            made = {
                firsts[passage.passage_id]: vector
                for passage, vector in zip(found, vectors, strict=True)
            }
            written = self._write(work, made)
            self._made += min(written, len(made))
            self._copied += max(written - len(made), 0)

    def _write(self, work: _DocumentWork, vectors: Mapping[str, Vectors]) -> int:
        """Write the vectors (by text key) of all passages with those texts; returns how many.

        Of passages that were removed meanwhile nothing is written.
        """
        pairs = [
            (passage_id, vector)
            for key, vector in vectors.items()
            for passage_id in work.missing.pop(key)
        ]
        document_id = work.count.document_id
        with self._writing():
            stored = self._database.passage_ids(document_id)
            pairs = [pair for pair in pairs if pair[0] in stored]
            if pairs:
                ids = [passage_id for passage_id, _ in pairs]
                self._index.add(document_id, ids, np.stack([vector for _, vector in pairs]))
                self._database.count_up(document_id, self._source, len(ids))
                self._index.note_own_change()
        work.done += len(pairs)
        self._on_progress(work.tell())
        return len(pairs)

    def _recount(self, document_id: str) -> Collection[str]:
        """Return those of a document's passages that the index holds, and note how many."""
        held = self._index.ids_of(document_id) & self._database.passage_ids(document_id)
        self._database.note_vectors(document_id, self._source, len(held))
        self._index.note_own_change()
        return held

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the write lock, after whoever has it, however long that takes."""
        with wait_for_lock(self._folder / WRITE_LOCK, _NO_END, self._cancel) as is_ours:
            if not is_ours:
                raise _CalledOffError
            yield


@dataclass(slots=True)
class _DocumentWork:
    """A document at work: its passages without vectors by text key, and how many are `done`.

    It is number `file` of this call's documents, the first of the `behind` that are left.
    """

    count: VectorCount
    missing: dict[str, list[str]]
    done: int
    file: int
    behind: int

    def tell(self) -> Progress:
        """Return how far the document has come."""
        total = max(self.count.total, self.done)
        files = self.file + self.behind - 1
        return Progress(self.count.name, "embedding", self.done, total, self.file, files)
