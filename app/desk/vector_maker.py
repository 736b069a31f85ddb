"""Making vectors beside the desk: one thread, which rests while a question is answered.

Knows when there may be work and when to rest; the work itself is the workspace's.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ingestion.errors import IngestionError
from ingestion.workspace import Workspace
from models.errors import ModelError

_LOG = logging.getLogger(__name__)
_UNEXPECTED = "Making vectors failed ({}). The program's log has the details."


class VectorMaker:
    """The one thread of a desk that makes vectors. It starts with the first `wake`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wanted = threading.Event()
        # Set while no question is being answered.
        self._quiet = threading.Event()
        self._quiet.set()
        self._asking = 0
        self._is_closed = False
        # Why the last attempt ended early, for the user; None while all is well.
        self.problem: str | None = None

    def wake(self) -> None:
        """Look for documents that wait, now or when the present work is done."""
        with self._lock:
            self._wanted.set()
            if self._thread is None and not self._is_closed:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()

    def close(self, patience: float = 5.0) -> None:
        """End the work after the batch that is being made, waiting up to `patience` seconds."""
        with self._lock:
            self._is_closed = True
            thread = self._thread
        self._wanted.set()
        self._quiet.set()
        if thread is not None:
            thread.join(patience)

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Rest from the next batch on until the block ends: an answer has the machine to itself."""
        with self._lock:
            self._asking += 1
            self._quiet.clear()
        try:
            yield
        finally:
            with self._lock:
                self._asking -= 1
                if not self._asking:
                    self._quiet.set()

    def _work(self) -> None:
        while self._wanted.wait() and not self._is_closed:
            self._wanted.clear()
            try:
                self._workspace.embed_waiting(cancel=self._rest)
                self.problem = None
            except (IngestionError, ModelError) as error:
                self.problem = str(error)
            except Exception as error:  # noqa: BLE001 - a thread's end: nothing may end in silence
                _LOG.exception("making vectors failed")
                self.problem = _UNEXPECTED.format(type(error).__name__)

    def _rest(self) -> bool:
        """Wait until it is quiet; whether the work is called off. Asked between two batches."""
        while not self._is_closed and not self._quiet.wait(timeout=1.0):
            pass
        return self._is_closed
