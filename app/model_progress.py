"""How far fetching, converting and packing models is: a bar, lines, or lines of JSON.

All on standard error. Knows no command.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from rich.progress import DownloadColumn, TimeRemainingColumn

from app.calls import tell
from app.progress_bar import open_bar
from models.library.wheels import BUILDING_WHEEL
from models.progress import ModelProgress, ProgressListener

# Seconds between two lines of progress.
_TELL_EVERY = 0.1


@contextmanager
def show_progress(*, as_json: bool = False) -> Iterator[ProgressListener]:
    """Show a bar on standard error when that is a terminal; else tell each new file once.

    `as_json` tells each change as a line of JSON instead, at most ten a second.
    """
    if as_json:
        yield _tell_json()
        return
    told: set[tuple[str, str]] = set()
    with open_bar(DownloadColumn(), TimeRemainingColumn()) as (console, update):

        def listen(progress: ModelProgress) -> None:
            update(f"{progress.stage} {progress.name}", progress.done, progress.total)
            named = progress.stage in ("downloading", BUILDING_WHEEL)
            key = (progress.stage, progress.name if named else "")
            if not console.is_terminal and key not in told:
                told.add(key)
                tell(f"{progress.stage} {progress.name}" if key[1] else progress.stage)

        yield listen


def _tell_json() -> ProgressListener:
    told_at, told_of = 0.0, ("", "")

    def listen(progress: ModelProgress) -> None:
        nonlocal told_at, told_of
        now, of = time.monotonic(), (progress.stage, progress.name)
        if of != told_of or now - told_at > _TELL_EVERY or progress.done == progress.total:
            told_at, told_of = now, of
            sys.stderr.write(json.dumps(asdict(progress)) + "\n")
            sys.stderr.flush()

    return listen
