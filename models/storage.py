"""Room on the disk, checked before it is needed, and faults of writing told in words.

Knows no kind of file.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.errors import StorageError

# What should stay free on the disk.
_RESERVE = 256 * 2**20

_OTHER_FOLDER = "choose a folder on another disk (ACEDESK_MODELS)"


def require_room(folder: Path, size: int, instead: str = _OTHER_FOLDER) -> None:
    """Raise StorageError when `size` bytes do not fit on the disk that `folder` is on.

    `instead` is what the user can do besides making room.
    """
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if size + _RESERVE > free:
        raise StorageError(
            f"{folder} needs {size / 1e9:.1f} GB more and {free / 1e9:.1f} GB are free there. Make "
            f"room, or {instead}."
        )


@contextmanager
def guard_storage(path: Path, *besides: Path) -> Iterator[None]:
    """Tell a full disk and a missing permission in words.

    Of a full disk the room is given back: `path` and `besides` are removed.

    Raises:
        StorageError: `path` could not be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            for one in (path, *besides):
                one.unlink(missing_ok=True)
        raise StorageError(
            f"{path} cannot be written ({error.strerror}). Make room or choose another folder "
            "(ACEDESK_MODELS), then do it again; nothing was installed."
        ) from error
