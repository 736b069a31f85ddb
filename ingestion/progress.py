"""How far a piece of work has come, as values that a screen can show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["reading", "embedding", "storing"]


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` pages (reading) or passages (embedding, storing) of the file `name`."""

    name: str
    stage: Stage
    done: int
    total: int


ProgressListener = Callable[[Progress], None]


def ignore_progress(progress: Progress) -> None:
    """Listen to nothing."""
