"""Notes of the files that are being taken in: what a program that dies leaves to the next one.

    pending/<id>.json   the file's name, when it was added and how often it was begun

A note is written whole or not at all, before the work on a file starts, and goes when that ends,
well or not. So a note that no program works on tells of one that was killed. Knows nothing of
what the work is.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PendingFile:
    """A file that is being taken in; `attempts` counts how often that was begun, this time too."""

    document_id: str
    name: str
    added_at: str
    attempts: int = 1


class PendingFiles:
    """The notes of one workspace. Its folder is made with the first note."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def note(self, file: PendingFile) -> None:
        """Write a note, in place of an earlier one of the same document."""
        self._folder.mkdir(exist_ok=True)
        path = self._path(file.document_id)
        partial = path.with_suffix(".part")
        partial.write_text(json.dumps(asdict(file), ensure_ascii=False), encoding="utf-8")
        partial.replace(path)

    def drop(self, document_id: str) -> None:
        """Remove the note of a document, if there is one."""
        self._path(document_id).unlink(missing_ok=True)

    def list(self) -> tuple[PendingFile, ...]:
        """Return the notes, oldest first; one that a failing disk has damaged counts for none."""
        found = [self._read(path) for path in self._folder.glob("*.json")]
        files = [file for file in found if file is not None]
        return tuple(sorted(files, key=lambda file: (file.added_at, file.name)))

    def _path(self, document_id: str) -> Path:
        return self._folder / f"{document_id}.json"

    @staticmethod
    def _read(path: Path) -> PendingFile | None:
        try:
            file = PendingFile(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return file if file.document_id == path.stem else None
