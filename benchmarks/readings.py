"""What reading one file took and gave, measured inside a worker process.

A module of its own, for workers import their functions by name and never from the main module.
Knows nothing of how readings are compared.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import sys
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from ingestion.documents import ParsedFile
from ingestion.errors import IngestionError
from ingestion.files import parse_file
from ingestion.processes.worker_process import Report


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file came to. `refusal` is the class of ingestion's error, None where it was read.

    `message` is the error's or the warnings' text. `peak` is the most resident memory, in bytes,
    that the process had meanwhile (on Linux while it read this file, elsewhere since its start),
    `growth` how much of that it did not have before, the file's own bytes aside.
    """

    pages: int
    tables: int
    characters: int
    refusal: str | None
    message: str
    seconds: float
    peak: int
    growth: int


def read_file(report: Report, path: str) -> Reading:
    """Read a file whole; what is none of ingestion's errors is raised.

    It gives no sign of life on its way, so that a limit on silence is one on the whole file.
    """
    # Readers under the desk complain of broken files at length; here only the outcome counts.
    logging.disable(logging.ERROR)
    file = Path(path)
    content = file.read_bytes()
    let_go()
    reset_peak()
    before = psutil.Process().memory_info().rss
    parsed, refusal, message = ParsedFile(()), None, ""
    started = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = parse_file(content, file.name)
    except IngestionError as error:
        refusal, message = type(error).__name__, str(error)
    seconds = time.perf_counter() - started
    peak = measure_peak()
    return Reading(
        pages=len(parsed.pages),
        tables=sum(len(page.tables) for page in parsed.pages),
        characters=sum(len(page.text) for page in parsed.pages),
        refusal=refusal,
        message=message or " ".join(parsed.warnings),
        seconds=seconds,
        peak=peak,
        growth=max(0, peak - before),
    )


def let_go() -> None:
    """Give back what earlier files left behind, so that it does not pass for this one's need."""
    gc.collect()
    if sys.platform == "linux":
        with suppress(AttributeError):  # a C library without it
            ctypes.CDLL(None).malloc_trim(0)


def reset_peak() -> None:
    """Begin to measure the peak anew, on systems that can."""
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def measure_peak() -> int:
    """Return the most resident memory that this process has had, in bytes."""
    if sys.platform == "linux":
        # What getrusage says there may be the peak of the process that started this one.
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    memory = psutil.Process().memory_info()
    return int(getattr(memory, "peak_wset", memory.rss))
