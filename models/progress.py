"""How far a long piece of work on model files has come. Knows no file and no terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelProgress:
    """`stage` is what is being done ("downloading"), `name` to what.

    `done` and `total` are bytes; of texts that are weighed, their number.
    """

    stage: str
    name: str
    done: int
    total: int


ProgressListener = Callable[[ModelProgress], None]


def ignore_progress(_: ModelProgress) -> None:
    """Listen to nothing."""
