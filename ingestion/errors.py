"""What can go wrong between a file and the workspace.

Every message names the file or folder at fault and the next thing to do. Standard library only.
"""

from __future__ import annotations


class IngestionError(Exception):
    """Base of all errors of this room; its text is fit to be shown to the user."""


class UnreadableFile(IngestionError):
    """The file's bytes cannot be turned into a document."""


class UnknownKind(UnreadableFile):
    """The file's kind is not one that the desk reads."""


class EmptyFile(UnreadableFile):
    """The file holds nothing to read: no bytes, no pages or no rows."""


class EncryptedFile(UnreadableFile):
    """The file opens only with a password."""


class NoTextLayer(UnreadableFile):
    """The pages are pictures: there is no text to search or quote."""


class Cancelled(IngestionError):
    """The user called it off: nothing is wrong with the file, and nothing of it is stored."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} was cancelled; nothing of it was stored. Add it again to go on.")
        self.name = name

    def __reduce__(self) -> tuple[type[Cancelled], tuple[str]]:
        return type(self), (self.name,)


class WorkspaceError(IngestionError):
    """The workspace itself cannot serve the request."""


class WorkspaceBusy(WorkspaceError):
    """Another program is writing to the workspace; trying again later helps."""


class WorkspaceTooNew(WorkspaceError):
    """The workspace was written by a later version of the program."""


class DamagedVectors(WorkspaceError):
    """The vectors cannot be read; they are made again from the passages, nothing else is lost."""


class DocumentNotFound(WorkspaceError):
    """No document of that id or name, or more than one of that name."""


class AnswerNotFound(WorkspaceError):
    """No past answer has that id, or the start of more than one is so."""
