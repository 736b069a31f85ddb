"""One writer at a time on a workspace, across programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ingestion.errors import WorkspaceBusy


@contextmanager
def hold_write_lock(folder: Path, patience: float) -> Iterator[None]:
    """Hold the workspace's lock, waiting up to `patience` seconds for another writer.

    The operating system frees the lock when its holder ends, however it ends.

    Raises:
        WorkspaceBusy: another program still holds it.
    """
    try:
        with FileLock(folder / "write.lock", timeout=patience):
            yield
    except Timeout as error:
        raise WorkspaceBusy(
            f"Another AceDesk program is writing to the workspace {folder}. "
            "Wait until it has finished, then try again."
        ) from error
