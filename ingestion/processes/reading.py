"""Reading files in worker processes: what is wrong with a file harms that file alone.

The page ranges of a PDF are read side by side; every other file is one task. A range whose worker
crashed, hung or ate memory is tried again page by page, so that only the bad page is lost. The
parts are put together in a worker too: there that can be killed as well, and what is unpacked on
the way never weighs on this process. Knows nothing of the workspace or of what is inside a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import psutil

from ingestion.documents import Page, ParsedFile
from ingestion.errors import Cancelled, IngestionError, UnreadableFile
from ingestion.files import assemble_pdf, parse_file, sniff_kind
from ingestion.processes.worker_process import Report
from ingestion.processes.workers import Failure, FailureKind, Limits, WorkerPool
from ingestion.progress import (
    Cancel,
    Progress,
    ProgressListener,
    ignore_progress,
    never_cancel,
)
from ingestion.readers.pdf import PageRange, count_pages, read_pages

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

# Without a sign of life, which comes with each page; and of one worker, all told.
LIMITS = Limits(seconds=120.0, memory=1536 * 2**20)
# More workers gain little beside the model, and each may grow to the limit.
MAX_WORKERS = 4
# Each range opens the file anew, which costs little beside so many pages.
PAGES_PER_RANGE = 24
# So many lost pages in a row are no flaw of a page but of the file.
MAX_LOST_IN_A_ROW = 3
# After so many failed ranges their pages are tried first: if all hang, waiting adds up.
MAX_FAILED_RANGES = 2

_MEBIBYTE = 2**20

Span = tuple[int, int]


def open_file(report: Report, path: Path, name: str) -> int | ParsedFile:
    """Return how many pages a PDF has; a file of any other kind is read whole.

    Raises:
        UnreadableFile: with its kinds, see `parse_file`.
    """
    content = path.read_bytes()
    if name.lower().endswith(".pdf") and sniff_kind(content) == "PDF":
        return count_pages(content, name)
    return parse_file(content, name, report)


def read_range(report: Report, path: Path, name: str, first: int, last: int) -> PageRange:
    """Read pages of a PDF (from 1, both included), reporting the number of each."""
    return read_pages(path, name, first, last, report)


def assemble(report: Report, path: Path, name: str, ranges: Sequence[PageRange]) -> ParsedFile:
    """Put the ranges of a PDF together."""
    return assemble_pdf(path.read_bytes(), name, ranges)


@dataclass(frozen=True, slots=True)
class Steps:
    """What the workers do with a file, as functions that they can import."""

    open_file: Callable[[Report, Path, str], int | ParsedFile] = open_file
    read_range: Callable[[Report, Path, str, int, int], PageRange] = read_range
    assemble: Callable[[Report, Path, str, Sequence[PageRange]], ParsedFile] = assemble


class FileReader:
    """Reads files in up to `workers` processes, which start when first needed and stay warm."""

    def __init__(
        self, workers: int | None = None, limits: Limits = LIMITS, steps: Steps | None = None
    ) -> None:
        self._workers = workers or count_workers()
        self._limits = limits
        self._steps = steps or Steps()
        self._pool = WorkerPool(self._workers, limits)

    def __enter__(self) -> FileReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers. Without it they end with the program."""
        self._pool.close()

    def read(
        self,
        path: Path,
        name: str,
        on_progress: ProgressListener = ignore_progress,
        cancel: Cancel = never_cancel,
    ) -> ParsedFile:
        """Read the file at `path`, which is called `name`; each page of a PDF is reported once.

        Raises:
            UnreadableFile: with its kinds, see `parse_file`; or its worker crashed, hung or took
                too much memory.
            Cancelled: `cancel` said so.
        """
        job = _Job(path, name, on_progress, cancel)
        opened = self._perform(job, self._steps.open_file, path, name)
        if isinstance(opened, ParsedFile):
            return opened
        ranges = self._read_ranges(job, opened)
        return self._perform(job, self._steps.assemble, path, name, ranges)

    def _perform(
        self,
        job: _Job,
        function: Callable[[Report, *Arguments], Result],
        *arguments: *Arguments,
    ) -> Result:
        """Run one task to its end."""
        ((_, outcome),) = self._pool.run(function, [arguments], job.cancel, job.hear)
        if isinstance(outcome, Failure):
            raise self._explain(job.name, outcome) from outcome.error
        return outcome

    def _read_ranges(self, job: _Job, count: int) -> tuple[PageRange, ...]:
        """Read all pages of a PDF, in order; lost ones are empty and have a warning."""
        job.count = count
        outcomes: dict[Span, PageRange | Failure] = {}
        waiting = cut_spans(count, self._workers)
        while waiting:
            ranges = self._read_spans(job, waiting)
            outcomes |= ranges | self._read_spans(job, _list_pages_again(ranges))
            self._refuse_hopeless(job, _list_lost(outcomes))
            waiting = tuple(span for span in waiting if span not in ranges)
        found = {span[0]: part for span, part in outcomes.items() if isinstance(part, PageRange)}
        for number, failure in _list_lost(outcomes).items():
            found[number] = self._replace_lost(number, failure)
            job.hear(0, number)
        return tuple(found[first] for first in sorted(found))

    def _read_spans(self, job: _Job, spans: Sequence[Span]) -> dict[Span, PageRange | Failure]:
        """Return what spans of pages came to, read side by side, until too much has failed.

        Raises:
            IngestionError: one failed for a reason that holds for the whole file.
        """
        outcomes: dict[Span, PageRange | Failure] = {}
        stopped = False
        final: Failure | None = None
        run = self._pool.run(
            self._steps.read_range,
            [(job.path, job.name, first, last) for first, last in spans],
            # What still runs is stopped as if it were cancelled, and the loop ends by itself.
            lambda: stopped or job.cancel(),
            job.hear,
        )
        for index, outcome in run:
            if not isinstance(outcome, Failure):
                outcomes[spans[index]] = outcome
            elif not stopped:
                outcomes[spans[index]] = outcome
                final = outcome if _is_final(outcome) else None
                stopped = final is not None or _is_enough(outcomes)
        if final is not None:
            raise self._explain(job.name, final) from final.error
        return outcomes

    def _refuse_hopeless(self, job: _Job, lost: dict[int, Failure]) -> None:
        """Raise UnreadableFile when all pages are lost, or too many in a row."""
        bad = _find_run(lost)
        if len(lost) == job.count:
            bad = min(lost)
        if bad is not None:
            raise self._explain(job.name, lost[bad], f" on page {bad}") from lost[bad].error

    def _replace_lost(self, number: int, failure: Failure) -> PageRange:
        told = f"{self._describe(failure)} on page {number}"
        return PageRange((Page(number, ()),), unread=(number,), warnings=(told,))

    def _describe(self, failure: Failure) -> str:
        """Say what the reader did; the page or file is said by the caller."""
        memory = self._limits.memory / _MEBIBYTE
        told: dict[FailureKind, str] = {
            "crashed": "the reader crashed",
            "timed_out": f"the reader gave no sign of life for {self._limits.seconds:g} seconds",
            "out_of_memory": f"the reader took more than {memory:,.0f} MiB of memory",
            "raised": f"the reader failed ({failure.detail.splitlines()[0][:200]})",
        }
        return told[failure.kind]

    def _explain(self, name: str, failure: Failure, place: str = "") -> IngestionError:
        """Return the error that tells the user why a file has no result, and what to do."""
        if isinstance(failure.error, IngestionError):
            return failure.error
        if failure.kind == "cancelled":
            return Cancelled(name)
        step = (
            "Save it in smaller parts, then add those."
            if failure.kind in ("timed_out", "out_of_memory")
            else "Save it anew with a program that opens it, then add that."
        )
        return UnreadableFile(f"{name} could not be read: {self._describe(failure)}{place}. {step}")


class DirectReader:
    """Reads files in this very process: for tests, and where processes cannot be started."""

    def read(
        self,
        path: Path,
        name: str,
        on_progress: ProgressListener = ignore_progress,
        cancel: Cancel = never_cancel,
    ) -> ParsedFile:
        """Read a file; raises as `parse_file` does, and Cancelled."""

        def listen(progress: Progress) -> None:
            if cancel():
                raise Cancelled(name)
            on_progress(progress)

        if cancel():
            raise Cancelled(name)
        return parse_file(path.read_bytes(), name, listen)


@cache
def shared_reader() -> FileReader:
    """Return the one reader of this program; its workers start when the first file is read."""
    return FileReader()


def count_workers() -> int:
    """Return how many workers to start: one for each core that is no mere thread, but not many."""
    return max(1, min(MAX_WORKERS, psutil.cpu_count(logical=False) or 1))


def cut_spans(count: int, workers: int) -> tuple[Span, ...]:
    """Cut pages 1 to `count` into spans of like size, as many for each worker.

    >>> cut_spans(7, 2)
    ((1, 4), (5, 7))
    """
    parts = -(-count // PAGES_PER_RANGE)
    parts = min(count, -(-parts // workers) * workers)
    size, longer = divmod(count, parts)
    spans: list[Span] = []
    first = 1
    for part in range(parts):
        last = first + size - (part >= longer)
        spans.append((first, last))
        first = last + 1
    return tuple(spans)


class _Job:
    """One file that is being read, and how much of it has been heard of."""

    def __init__(
        self, path: Path, name: str, on_progress: ProgressListener, cancel: Cancel
    ) -> None:
        self.path = path
        self.name = name
        self.cancel = cancel
        self.count = 0  # of pages, once that is known
        self._on_progress = on_progress
        self._seen: set[int] = set()

    def hear(self, _: int, value: object) -> None:
        """Pass on what a worker reports: progress, or the number of a page."""
        if isinstance(value, Progress):
            self._on_progress(value)
        elif isinstance(value, int) and value not in self._seen:
            self._seen.add(value)
            self._on_progress(Progress(self.name, "reading", len(self._seen), self.count))


def _list_pages_again(outcomes: dict[Span, PageRange | Failure]) -> list[Span]:
    """Return the pages of the failed spans, each as a span of its own."""
    return [
        (number, number)
        for span in _list_failed(outcomes)
        for number in range(span[0], span[1] + 1)
    ]


def _list_failed(outcomes: dict[Span, PageRange | Failure]) -> list[Span]:
    """Return the spans of several pages that failed."""
    return [
        (first, last)
        for (first, last), outcome in outcomes.items()
        if first < last and isinstance(outcome, Failure)
    ]


def _list_lost(outcomes: dict[Span, PageRange | Failure]) -> dict[int, Failure]:
    """Return the pages that failed by themselves, in order, with why."""
    return {
        first: outcome
        for (first, last), outcome in sorted(outcomes.items(), key=lambda item: item[0])
        if first == last and isinstance(outcome, Failure)
    }


def _is_final(failure: Failure) -> bool:
    """Whether the file as a whole has failed: trying its pages one by one would not help."""
    return failure.kind == "cancelled" or isinstance(failure.error, IngestionError)


def _is_enough(outcomes: dict[Span, PageRange | Failure]) -> bool:
    """Whether so much has failed that it is to be looked at before more is tried."""
    lost = _list_lost(outcomes)
    return len(_list_failed(outcomes)) >= MAX_FAILED_RANGES or _find_run(lost) is not None


def _find_run(numbers: Iterable[int]) -> int | None:
    """Return the last of the first `MAX_LOST_IN_A_ROW` numbers that follow one upon another."""
    length, before = 0, 0
    for number in numbers:
        length = length + 1 if number == before + 1 else 1
        if length == MAX_LOST_IN_A_ROW:
            return number
        before = number
    return None
