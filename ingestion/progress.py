"""How far a piece of work has come, as values that a screen can show, and how it is called off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["reading", "embedding", "storing"]


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` pages (reading) or passages (embedding, storing) of the file `name`.

    That file is number `file` (from 1) of the `files` that were handed over together. An archive
    counts as one until it is opened, then as the files in it. Of passages that are embedded, the
    file is one of the documents that waited.
    """

    name: str
    stage: Stage
    done: int
    total: int
    file: int = 1
    files: int = 1


@dataclass(frozen=True, slots=True)
class EmbeddingReport:
    """What came of one call: `made` vectors were computed, `copied` taken from equal texts.

    `documents` became whole; `waiting` still miss vectors, as the work was called off or more
    came in meanwhile. `seconds` is what making took, without the waiting for other programs.
    """

    documents: int
    made: int
    copied: int
    waiting: int
    seconds: float


ProgressListener = Callable[[Progress], None]
# Asked now and then, from the thread that works: once it says True, it must keep saying so.
Cancel = Callable[[], bool]


def ignore_progress(progress: Progress) -> None:
    """Listen to nothing."""


def never_cancel() -> bool:
    """Never call the work off."""
    return False
