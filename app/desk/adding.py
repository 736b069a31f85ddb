"""Files taken into the library one after another, told as it goes.

Works in a thread of its own, so that a page can follow and call it off. Every error of a file ends
here, as its report. Knows no page and no gradio.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.desk.vector_maker import VectorMaker
from app.wording import UNEXPECTED
from ingestion.documents import IngestReport
from ingestion.errors import Cancelled, IngestionError
from ingestion.progress import Progress
from ingestion.workspace import Workspace
from models.chat import CancelToken

_LOG = logging.getLogger(__name__)
# At most so often is it told how far a file is, in seconds: a page must not flicker.
_TELL_EVERY = 0.15


@dataclass(frozen=True, slots=True)
class IngestState:
    """How far an upload has come; `cancelled` counts the files that were called off."""

    progress: Progress | None
    waiting: int
    reports: tuple[IngestReport, ...]
    cancelled: int = 0


class FileAdder:
    """Adds files to a workspace, and wakes the maker of vectors for each."""

    def __init__(self, workspace: Workspace, vectors: VectorMaker | None) -> None:
        """Take the workspace, and who makes its vectors, if there is one."""
        self._workspace, self._vectors = workspace, vectors
        self._running = 0

    @property
    def is_adding(self) -> bool:
        """Whether files are being added."""
        return self._running > 0

    def add(self, paths: Sequence[str], cancel: CancelToken) -> Iterator[IngestState]:
        """Add files; yields how far it has come.

        `cancel` calls off the file at work and those behind it. A file can be searched by words
        and facts as soon as its report is there; its vectors follow.
        """
        self._running += 1
        try:
            yield from self._add_all(paths, cancel)
        finally:
            self._running -= 1

    def _add_all(self, paths: Sequence[str], cancel: CancelToken) -> Iterator[IngestState]:
        reports: list[IngestReport] = []
        cancelled = 0
        for position, path in enumerate(map(Path, paths)):
            waiting = len(paths) - position - 1
            told = 0.0
            for event in self._follow(path, cancel):
                if isinstance(event, IngestReport):
                    is_off = event.error == str(Cancelled(event.name))
                    cancelled += is_off
                    reports += [] if is_off else [event]
                    yield IngestState(None, waiting, tuple(reports), cancelled)
                elif time.monotonic() - told >= _TELL_EVERY:
                    told = time.monotonic()
                    behind = event.files - event.file
                    yield IngestState(event, waiting + behind, tuple(reports), cancelled)
            if cancel.is_cancelled and waiting:
                yield IngestState(None, 0, tuple(reports), cancelled + waiting)
                return

    def _follow(self, path: Path, cancel: CancelToken) -> Iterator[Progress | IngestReport]:
        """Add one file, or the files of one archive; yields what happens as it happens."""
        events: queue.SimpleQueue[Progress | IngestReport | None] = queue.SimpleQueue()

        def work() -> None:
            try:
                self._add_path(path, cancel, events.put)
            finally:
                events.put(None)

        threading.Thread(target=work, daemon=True).start()
        while (event := events.get()) is not None:
            yield event

    def _add_path(
        self, path: Path, cancel: CancelToken, tell: Callable[[Progress | IngestReport], None]
    ) -> None:
        try:
            for report in self._workspace.add_files([path], tell, lambda: cancel.is_cancelled):
                tell(report)
                if self._vectors is not None:
                    self._vectors.wake()
        except IngestionError as error:
            tell(_report_failure(path, str(error)))
        except Exception as error:  # noqa: BLE001 - the event boundary: nothing may end in silence
            _LOG.exception("adding %s failed", path.name)
            tell(_report_failure(path, UNEXPECTED.format(type(error).__name__)))


def _report_failure(path: Path, message: str) -> IngestReport:
    return IngestReport(str(path), path.name, "failed", None, 0.0, error=message)
