"""From paths to the files to add: folders are searched, archives opened.

Nothing that an archive holds is passed over in silence: what cannot be taken is listed with why.
Knows nothing of what is inside a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingestion.errors import EmptyFile, IngestionError, UnreadableFile
from ingestion.files import ARCHIVE_ENDING, READABLE_ENDINGS
from ingestion.readers.archives import Member, read_members


@dataclass(frozen=True, slots=True)
class Source:
    """One file to add. `content` is None for a file on disk, which is read when its turn comes.

    `name` of a file in an archive begins with the archive's ("filings.zip/10-K/apple.pdf").
    `reason` says, with a next step, why it cannot be added.
    """

    path: Path
    name: str
    content: bytes | None = None
    reason: str | None = None


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


def list_sources(path: Path) -> list[Source]:
    """Return the file at `path`, or what is in it when it is an archive."""
    if path.suffix.lower() != ARCHIVE_ENDING:
        return [Source(path, path.name)]
    try:
        members = read_members(read_bytes(path), path.name)
    except IngestionError as error:
        return [Source(path, path.name, reason=str(error))]
    return [_build_source(path, member) for member in members]


def read_bytes(path: Path) -> bytes:
    """Read a file; raises UnreadableFile where the system refuses that."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(
            f"{path} cannot be read ({error.strerror}). Check the path and its permissions."
        ) from error


def _build_source(path: Path, member: Member) -> Source:
    name = f"{path.name}/{member.name}"
    if member.reason is None:
        return Source(path, name, member.content)
    told = f"{name} was left out: {member.reason}. Unpack {path.name} and add what it should be."
    return Source(path, name, reason=told)
