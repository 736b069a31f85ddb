"""What can go wrong between the program and its user. Standard library only."""

from __future__ import annotations


class AppError(Exception):
    """Base of all errors of this room; its text is fit to be shown to the user."""


class ExportError(AppError):
    """The export cannot be written."""


class PortTaken(AppError):
    """Another program listens on the port already."""


class PasswordMissing(AppError):
    """Others could reach the desk, and no password is set."""


class AdapterOnServer(AppError):
    """An adapter is named for a model that a server has."""


class TrainingFailed(AppError):
    """A step of training failed; its text is the training room's."""


class PlanFileError(AppError):
    """The file that should hold a plan cannot be read."""


class CallError(AppError):
    """The words of a call do not go together."""
