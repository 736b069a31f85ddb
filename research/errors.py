"""What can go wrong between a question and its answer. Standard library only."""

from __future__ import annotations


class ResearchError(Exception):
    """Base of all errors of this room; its text is fit to be shown to the user."""


class EmptyQuestion(ResearchError):
    """The question has no words."""


class NothingToSearch(ResearchError):
    """There are no documents to ask."""


class PlanError(ResearchError):
    """A plan cannot be read, or not be changed in this way."""


class RecordError(ResearchError):
    """What should be the record of a run is none."""
