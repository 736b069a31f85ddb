"""What can go wrong with a model. Every message says what to do. Standard library only."""

from __future__ import annotations


class ModelError(Exception):
    """Base of all errors of this room; its text is fit to be shown to the user."""


class ModelFileError(ModelError):
    """The model's file is missing, is no GGUF, or cannot be loaded."""


class GrammarError(ModelError):
    """A grammar does not parse: a fault of the program, not of the user."""


class PromptTooLong(ModelError):
    """The prompt does not fit the model's context; a shorter one does."""


class GenerationCancelled(ModelError):
    """The user stopped the work; nothing is wrong."""


class EmbeddingModelError(ModelError):
    """The embedding model is missing or is not the file that it should be."""


class RerankingModelError(ModelError):
    """The reranking model is missing, is not whole, or cannot be loaded."""


class CheckpointError(ModelError):
    """A checkpoint cannot be converted: a file is missing, damaged, or of another kind."""


class StorageError(ModelError):
    """A model's file cannot be written: no room, or no permission. Nothing was installed."""


class ModelTooLarge(ModelError):
    """The model does not fit into the memory that is free; the message has the numbers."""


class LoadCancelled(ModelError):
    """A model was not loaded because the user stopped it; nothing is wrong."""


class UnknownModel(ModelError):
    """No model of that name is known, or installed."""


class DownloadError(ModelError):
    """A model cannot be fetched; what was fetched so far is kept, and gone on with."""


class ChecksumError(ModelError):
    """A file is not the one that it should be; it was removed."""


class BundleError(ModelError):
    """A bundle cannot be made, or what was to be installed is no whole one; nothing was changed."""


class ServerAddressWrong(ModelError):
    """What should be the address of a model server is none."""


class ModelNotServed(ModelError):
    """The server has no such model, or several and none was named."""


class ServerError(ModelError):
    """A model server could not be used.

    `status` is its HTTP status, where it answered. `passes` says that trying again may help, after
    `retry_after` seconds where the server said so.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        passes: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.passes = passes
        self.retry_after = retry_after


class ServerUnreachable(ServerError):
    """No connection to the server, or it broke off or fell silent."""


class ServerRefused(ServerError):
    """The server answered, and did not do what was asked."""


class ServerAnswerUnreadable(ServerError):
    """The server answered what the protocol does not know."""
