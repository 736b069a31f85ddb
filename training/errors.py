"""What can go wrong in training. Every message says what to do. Standard library only."""

from __future__ import annotations


class TrainingError(Exception):
    """Base of all errors of this room; its text is fit to be shown to the user."""


class ExtraMissing(TrainingError):
    """The libraries of the extra `train` are not installed."""


class SourceError(TrainingError):
    """A data set's file is missing, or is not in its published format."""


class SplitError(TrainingError):
    """What may train and what only measures cannot be told, or would mix."""


class DataError(TrainingError):
    """A file of examples is missing, damaged, or empty."""


class RunError(TrainingError):
    """A run cannot be gone on with: its base, data or settings are others than before."""
