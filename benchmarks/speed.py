"""The program that measures how fast a filing is parsed, beside readers that do less.

    python -m benchmarks.speed --data DIR [--pages N] [--rounds R] [--json FILE]

All readers read the same pages in the same process, taking turns in rounds, so that whatever else
the machine does hits all alike. Then the same pages are parsed by worker processes side by side,
and a long file beside a short one, for the memory. Knows nothing of what the readers find.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pdfplumber
from pypdf import PdfReader, PdfWriter

from benchmarks.bad_files import MEBIBYTE
from benchmarks.golds import DataMissing, find_filing
from benchmarks.readings import Reading, read_file
from benchmarks.tables import render_number, render_table
from ingestion.errors import IngestionError
from ingestion.files import parse_file
from ingestion.processes.workers import Failure, Limits, WorkerPool

FILING = "3M_2018_10K"
OWN = "AceDesk, whole of parsing"
_LIMITS = Limits(seconds=300.0, memory=4096 * MEBIBYTE)
# Copies of the file for each worker: with one, a worker that ends early would stand idle.
_COPIES = 3
_SHORT, _LONG = 100, 500

Reader = Callable[[bytes], object]


def parse_whole(content: bytes) -> object:
    """Parse a file as the desk does, in this process."""
    return parse_file(content, "pages.pdf")


def read_pypdf_text(content: bytes) -> object:
    """Read the text with pypdf."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def read_pdfplumber_text(content: bytes) -> object:
    """Read the text with pdfplumber."""
    with pdfplumber.open(io.BytesIO(content)) as pdf:
        return [page.extract_text() for page in pdf.pages]


def read_pdfplumber_tables(content: bytes) -> object:
    """Read the tables with pdfplumber as it comes."""
    with pdfplumber.open(io.BytesIO(content)) as pdf:
        return [page.extract_tables() for page in pdf.pages]


READERS: Mapping[str, Reader] = {
    OWN: parse_whole,
    "pypdf, text": read_pypdf_text,
    "pdfplumber, text": read_pdfplumber_text,
    "pdfplumber, tables": read_pdfplumber_tables,
}


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a reader was, in pages a second, by rounds."""

    reader: str
    pages_a_second: tuple[float, ...]

    @property
    def median(self) -> float:
        """The round in the middle."""
        return statistics.median(self.pages_a_second)

    def compare(self, other: Pace) -> float:
        """How many times as fast it was as another: the median over the rounds of both."""
        pairs = zip(self.pages_a_second, other.pages_a_second, strict=True)
        return statistics.median(own / others for own, others in pairs)


@dataclass(frozen=True, slots=True)
class Scaling:
    """How fast so many worker processes parsed copies of a file, in pages a second over all."""

    processes: int
    pages_a_second: float


@dataclass(frozen=True, slots=True)
class Memory:
    """The most resident memory, in bytes, of a fresh worker that parsed a file of so many pages.

    `growth` is what was not there before, the file's own bytes aside.
    """

    pages: int
    peak: int
    growth: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--data", type=Path, required=True, help="the folder with the filings")
    parser.add_argument("--filing", default=FILING, metavar="NAME", help="without ending")
    parser.add_argument("--pages", type=int, default=20, metavar="N", help="spread over it (20)")
    parser.add_argument("--rounds", type=int, default=3, metavar="R", help="of all readers (3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers")
    options = parser.parse_args(arguments)
    try:
        filing = find_filing(options.data, options.filing)
        paces, scalings, memories = measure(filing, options.pages, options.rounds)
    except (DataMissing, IngestionError, OSError, RuntimeError) as error:
        print(f"speed: {error}", file=sys.stderr)
        return 1
    print("\n\n".join([render_paces(paces), render_scalings(scalings), render_memories(memories)]))
    if options.json:
        measured: Mapping[str, Sequence[Pace | Scaling | Memory]] = {
            "paces": paces,
            "scalings": scalings,
            "memories": memories,
        }
        numbers = {name: [asdict(item) for item in items] for name, items in measured.items()}
        options.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    return 0


def measure(
    filing: Path, pages: int, rounds: int
) -> tuple[list[Pace], list[Scaling], list[Memory]]:
    """Measure all that there is to a filing."""
    reader = PdfReader(filing)
    count = len(reader.pages)
    pages = max(1, min(pages, count))
    excerpt = build_pdf(reader, [index * count // pages for index in range(pages)])
    paces = measure_paces(excerpt, pages, rounds)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pages.pdf"
        path.write_bytes(excerpt)
        scalings = [measure_scaling(path, pages, size) for size in _list_sizes()]
        memories = []
        for length in (_SHORT, _LONG):
            path.write_bytes(build_pdf(reader, [index % count for index in range(length)]))
            memories.append(measure_memory(path, length))
    return paces, scalings, memories


def build_pdf(reader: PdfReader, indexes: Iterable[int]) -> bytes:
    """Return a PDF of a filing's pages, by their indexes (from 0), which may be repeated."""
    writer = PdfWriter()
    for index in indexes:
        writer.add_page(reader.pages[index])
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def measure_paces(content: bytes, pages: int, rounds: int) -> list[Pace]:
    """Let all readers take turns on a file, in each round another first."""
    names = list(READERS)
    speeds: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(max(1, rounds)):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            started = time.perf_counter()
            READERS[name](content)
            speeds[name].append(pages / (time.perf_counter() - started))
    return [Pace(name, tuple(found)) for name, found in speeds.items()]


def measure_scaling(path: Path, pages: int, processes: int) -> Scaling:
    """Parse copies of a file with so many worker processes, warm ones, side by side.

    This is the seam for parsing that shares out one file's pages: then one copy is enough.
    """
    with WorkerPool(processes, _LIMITS) as pool:
        _read_copies(pool, path, processes)  # the readers' modules are loaded by the first file
        started = time.perf_counter()
        _read_copies(pool, path, processes * _COPIES)
        seconds = time.perf_counter() - started
    return Scaling(processes, pages * processes * _COPIES / seconds)


def measure_memory(path: Path, pages: int) -> Memory:
    """Parse a file in a worker that has read nothing before."""
    with WorkerPool(1, _LIMITS) as pool:
        (reading,) = _read_copies(pool, path, 1)
    return Memory(pages, reading.peak, reading.growth)


def render_paces(paces: Sequence[Pace]) -> str:
    """Return the readers' speeds, and how many times as fast the desk is."""
    own = next(pace for pace in paces if pace.reader == OWN)
    rows = [
        [
            pace.reader,
            render_number(pace.median),
            f"{min(pace.pages_a_second):,.1f} to {max(pace.pages_a_second):,.1f}",
            f"{own.compare(pace):.1f} x",
        ]
        for pace in paces
    ]
    return render_table(["one process", "pages/s", "rounds", "AceDesk is"], rows)


def render_scalings(scalings: Sequence[Scaling]) -> str:
    """Return the speeds of worker processes side by side."""
    alone = scalings[0].pages_a_second
    rows = [
        [
            str(scaling.processes),
            render_number(scaling.pages_a_second),
            f"{scaling.pages_a_second / alone:.2f} x",
        ]
        for scaling in scalings
    ]
    return render_table(["worker processes", "pages/s", "of one"], rows)


def render_memories(memories: Sequence[Memory]) -> str:
    """Return the peaks of memory by the lengths of the files."""
    rows = [
        [
            str(memory.pages),
            render_number(memory.peak / MEBIBYTE, 0),
            render_number(memory.growth / MEBIBYTE, 0),
        ]
        for memory in memories
    ]
    return render_table(["pages in the file", "peak MiB", "of which growth"], rows)


def _read_copies(pool: WorkerPool, path: Path, copies: int) -> list[Reading]:
    readings = []
    for _, result in pool.run(read_file, [(str(path),)] * copies):
        if isinstance(result, Failure) or result.refusal:
            reason = result.detail if isinstance(result, Failure) else result.message
            raise RuntimeError(f"a worker did not parse {path.name}: {reason}")
        readings.append(result)
    return readings


def _list_sizes() -> list[int]:
    """1, 2, 4... and as many as there are cores."""
    cores = os.cpu_count() or 1
    return sorted({*(size for size in (1, 2, 4, 8, 16) if size <= cores), cores})


if __name__ == "__main__":
    sys.exit(main())
