"""Requests to a server side by side on threads: what waits for them can stop at any time.

First come, first served, so many at once. Knows neither the protocol nor what is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import Empty, SimpleQueue
from typing import TypeVar

from models.chat import CancelToken
from models.remote.line import Line

# How often one who waits looks whether it was cancelled, in seconds.
_LOOK_EVERY = 0.05

_T = TypeVar("_T")
# A piece of work: it is given its line, and what it tells its pieces to.
Job = Callable[[Line, Callable[[_T], None]], None]


class Workers:
    """Some threads that do what they are given in its order."""

    def __init__(self, most: int) -> None:
        """Do `most` things at once; a thread is started when it is first needed."""
        self._pool = ThreadPoolExecutor(most, "acedesk-server")

    def close(self) -> None:
        """Take nothing more; what waits is dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def call(self, work: Callable[[Line], _T], cancel: CancelToken) -> _T:
        """Return what a piece of work comes to; raises what it raises.

        Raises:
            GenerationCancelled: `cancel` was set before; its line is hung up.
        """
        cancel.raise_if_cancelled()
        line = Line()
        future = self._pool.submit(work, line)
        try:
            while not wait([future], timeout=_LOOK_EVERY).done:
                cancel.raise_if_cancelled()
            return future.result()
        finally:
            future.cancel()
            line.hang_up()

    def run(self, jobs: Sequence[Job[_T]], cancel: CancelToken) -> Iterator[tuple[int, _T]]:
        """Do several together: each piece comes as it is told, with its job's index.

        The first error is raised; it, a cancel, and a caller that stops listening end the others.
        """
        told: SimpleQueue[tuple[int, _T] | Future[None]] = SimpleQueue()
        lines = [Line() for _ in jobs]
        futures: list[Future[None]] = []
        try:
            for index, (job, line) in enumerate(zip(jobs, lines, strict=True)):
                future = self._pool.submit(_do, job, line, index, told)
                futures.append(future)
                future.add_done_callback(told.put)
            yield from _listen(told, len(futures), cancel)
        finally:
            for future in futures:
                future.cancel()
            for line in lines:
                line.hang_up()


def _do(
    job: Job[_T], line: Line, index: int, told: SimpleQueue[tuple[int, _T] | Future[None]]
) -> None:
    job(line, lambda piece: told.put((index, piece)))


def _listen(
    told: SimpleQueue[tuple[int, _T] | Future[None]], open_jobs: int, cancel: CancelToken
) -> Iterator[tuple[int, _T]]:
    """Return what is told until all have ended."""
    while open_jobs:
        cancel.raise_if_cancelled()
        try:
            piece = told.get(timeout=_LOOK_EVERY)
        except Empty:
            continue
        if isinstance(piece, Future):
            open_jobs -= 1
            piece.result()
        else:
            yield piece
