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
