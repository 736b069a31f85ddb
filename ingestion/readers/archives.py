"""Opening ZIP files of documents without trusting them.

Nothing is written to disk. A member that cannot be taken is listed with its reason; an archive
that would unpack beyond all measure is refused whole. Knows nothing of what is inside a member.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from ingestion.errors import EmptyFile, EncryptedFile, UnreadableFile

MAX_MEMBERS = 2_000
MAX_UNPACKED_BYTES = 1024**3
# Text packs to a tenth, a sheet of repeated rows to a hundredth; beyond this is a trap.
MAX_RATIO = 200
# Small members may pack better than that and do no harm.
_HARMLESS_BYTES = 1024**2
_MAX_DEPTH = 1
_PIECE = 1024**2
_ENCRYPTED = 0x1
_SYSTEM_FILES = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,  # a way of packing that Python does not know
    RuntimeError,  # a password asked for
)


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: `name` is its path there ("10-K/apple.pdf", "inner.zip/a.csv").

    `reason` says why it was left out; `content` is then empty.
    """

    name: str
    content: bytes
    reason: str | None = None


def read_members(content: bytes, name: str) -> tuple[Member, ...]:
    """Return the files of a ZIP archive and of the archives directly in it, in their order.

    Directories and what operating systems add ("__MACOSX/", ".DS_Store") are not listed.

    Raises:
        UnreadableFile: it is not a whole ZIP file, or has too many members, or unpacks to more
            than 1 GiB or more than 200 times its size.
        EncryptedFile: all members open only with a password.
        EmptyFile: it holds no file.
    """
    budget = _Budget(name)
    members = tuple(_read_archive(content, name, "", 0, budget))
    if not members:
        raise EmptyFile(f"{name} holds no files. Check that it was packed with its files.")
    if all(member.reason == _PASSWORD for member in members):
        raise EncryptedFile(
            f"{name} opens only with a password. Unpack it and add the files themselves."
        )
    return members


_PASSWORD = "it opens only with a password"  # noqa: S105 - a reason, not a secret


class _Budget:
    """What is left of the members and bytes that one archive may hold."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._members = MAX_MEMBERS
        self._bytes = MAX_UNPACKED_BYTES

    def take_members(self, count: int) -> None:
        """Count members; raises UnreadableFile when there are too many."""
        self._members -= count
        if self._members < 0:
            raise UnreadableFile(
                f"{self._name} holds more than {MAX_MEMBERS:,} files. Unpack it and add the "
                "files that you need."
            )

    def take_bytes(self, count: int) -> None:
        """Count unpacked bytes; raises UnreadableFile when there are too many."""
        self._bytes -= count
        if self._bytes < 0:
            raise UnreadableFile(
                f"{self._name} unpacks to more than {MAX_UNPACKED_BYTES // 1024**3} GiB. Unpack "
                "it and add the files that you need."
            )

    def refuse_ratio(self, member: str) -> UnreadableFile:
        """Return the error for a member that unpacks to far more than its size."""
        return UnreadableFile(
            f"{self._name} was not opened: {member} unpacks to more than {MAX_RATIO} times its "
            "size, as traps do. Unpack it and add the files that you trust."
        )


def _read_archive(
    content: bytes, name: str, prefix: str, depth: int, budget: _Budget
) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except _ZIP_FAULTS as error:
        raise UnreadableFile(
            f"{name} is not a whole ZIP file. Fetch it again, or unpack it and add its files."
        ) from error
    with archive:
        entries = [entry for entry in archive.infolist() if not _is_of_system(entry)]
        budget.take_members(len(entries))
        for entry in entries:
            yield from _read_entry(archive, entry, prefix, depth, budget)


def _is_of_system(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    return (
        entry.is_dir()
        or "__MACOSX" in path.parts
        or path.name.startswith("._")
        or path.name.lower() in _SYSTEM_FILES
    )


def _read_entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, prefix: str, depth: int, budget: _Budget
) -> Iterator[Member]:
    path = prefix + entry.filename.replace("\\", "/")
    reason = _find_reason(entry, depth)
    if reason is None:
        try:
            content = _unpack(archive, entry, budget)
        except _ZIP_FAULTS as error:
            reason = f"it is damaged ({error})"
    if reason is not None:
        yield Member(path, b"", reason)
    elif path.lower().endswith(".zip"):
        yield from _read_inner(content, path, depth, budget)
    else:
        yield Member(path, content)


def _read_inner(content: bytes, path: str, depth: int, budget: _Budget) -> Iterator[Member]:
    """Read an archive in the archive; one that is damaged is left out alone."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        yield Member(path, b"", "it is not a whole ZIP file")
        return
    yield from _read_archive(content, path, f"{path}/", depth + 1, budget)


def _find_reason(entry: zipfile.ZipInfo, depth: int) -> str | None:
    """Say why a member is not read; None when it may be."""
    filename = entry.filename.replace("\\", "/")
    path = PurePosixPath(filename)
    has_drive = len(filename) > 1 and filename[1] == ":"
    if path.is_absolute() or has_drive or ".." in path.parts:
        return "its path leads out of the archive"
    if entry.flag_bits & _ENCRYPTED:
        return _PASSWORD
    if not entry.file_size:
        return "it is empty (0 bytes)"
    if filename.lower().endswith(".zip") and depth >= _MAX_DEPTH:
        return "it is an archive in an archive in an archive"
    return None


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: _Budget) -> bytes:
    """Unpack piece by piece, for what an archive says of its sizes need not be true."""
    pieces: list[bytes] = []
    size = 0
    with archive.open(entry) as file:
        while piece := file.read(_PIECE):
            size += len(piece)
            budget.take_bytes(len(piece))
            if size > max(_HARMLESS_BYTES, MAX_RATIO * max(entry.compress_size, 1)):
                raise budget.refuse_ratio(entry.filename)
            pieces.append(piece)
    return b"".join(pieces)
