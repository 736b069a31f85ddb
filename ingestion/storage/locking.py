"""One writer at a time on a workspace, and one maker of vectors, across programs.

The operating system frees a lock when its holder ends, however it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ingestion.errors import WorkspaceBusy

# Held while something is written.
WRITE_LOCK = "write.lock"
# Held by the one program that makes vectors.
EMBEDDING_LOCK = "embedding.lock"


@contextmanager
def hold_write_lock(folder: Path, patience: float) -> Iterator[None]:
    """Hold the workspace's lock, waiting up to `patience` seconds for another writer.

    Raises:
        WorkspaceBusy: another program still holds it.
    """
    try:
        with FileLock(folder / WRITE_LOCK, timeout=patience):
            yield
    except Timeout as error:
        raise WorkspaceBusy(
            f"Another AceDesk program is writing to the workspace {folder}. "
            "Wait until it has finished, then try again."
        ) from error


@contextmanager
def wait_for_lock(path: Path, patience: float, cancel: Callable[[], bool]) -> Iterator[bool]:
    """Hold a lock, and say whether it is held: not after `patience` seconds, or when called off."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=patience, cancel_check=cancel)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def is_held(path: Path) -> bool:
    """Whether some program holds a lock at this moment."""
    with wait_for_lock(path, 0.0, lambda: False) as is_ours:
        return not is_ours
