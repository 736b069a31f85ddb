"""The program that measures parsing: how fast it is, and what becomes of files that are broken.

    python -m benchmarks.parsing --data DIR [--filings NAME...]

The yardstick for speed is pypdf's text extraction on a sample of the same pages in the same run.
A broken file must come to one of ingestion's own errors, or to pages with their warnings. Knows
nothing of the workspace and of what is searched.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import sys
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pypdf import PdfReader

from benchmarks.golds import DataMissing, find_filing, list_filings
from benchmarks.tables import render_number, render_table
from ingestion.errors import IngestionError
from ingestion.files import parse_file

BAD_FOLDER = "bad_files"
_FILINGS = 3
_SAMPLE = 20


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a filing was read, in pages a second; pypdf's share is of a sample."""

    filing: str
    pages: int
    tables: int
    pages_a_second: float
    sampled: int
    pypdf_pages_a_second: float

    @property
    def ratio(self) -> float:
        """How many times as fast as pypdf."""
        return self.pages_a_second / self.pypdf_pages_a_second


@dataclass(frozen=True, slots=True)
class BadFile:
    """What a file came to. `failure` is the class of the error, None where it was read."""

    file: str
    failure: str | None
    expected: bool
    pages: int
    characters: int
    message: str
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; 1 when a file brought up an error that is none of ingestion's."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parsing", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--data", type=Path, required=True, help="the folder with the filings")
    parser.add_argument("--filings", nargs="+", metavar="NAME", help="without ending")
    parser.add_argument("--skip-speed", action="store_true", help="only the broken files")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers")
    options = parser.parse_args(arguments)
    try:
        filings = [] if options.skip_speed else options.filings or _choose(options.data)
        speeds = [measure_speed(find_filing(options.data, name)) for name in filings]
        bad = [try_file(path, options.data) for path in _list_bad(options.data)]
    except (DataMissing, IngestionError, OSError) as error:
        print(f"parsing: {error}", file=sys.stderr)
        return 1
    if speeds:
        print(render_speeds(speeds), end="\n\n")
    print(render_bad_files(bad))
    if options.json:
        numbers = {
            "speeds": [{**asdict(speed), "ratio": speed.ratio} for speed in speeds],
            "bad_files": [asdict(file) for file in bad],
        }
        options.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    return 0 if all(file.expected for file in bad) else 1


def measure_speed(path: Path) -> Speed:
    """Read a filing whole, and pages spread over it with pypdf."""
    content = path.read_bytes()
    started = time.perf_counter()
    parsed = parse_file(content, path.name)
    own = time.perf_counter() - started
    count = len(parsed.pages)
    sample = sorted({index * count // _SAMPLE for index in range(_SAMPLE)})
    started = time.perf_counter()
    reader = PdfReader(io.BytesIO(content))
    for index in sample:
        reader.pages[index].extract_text()
    other = time.perf_counter() - started
    return Speed(
        filing=path.stem,
        pages=count,
        tables=sum(len(page.tables) for page in parsed.pages),
        pages_a_second=count / own,
        sampled=len(sample),
        pypdf_pages_a_second=len(sample) / other,
    )


def try_file(path: Path, data: Path) -> BadFile:
    """Read a file that may be broken, and tell what came of it."""
    failure, expected, pages, characters, message = None, True, 0, 0, ""
    started = time.perf_counter()
    try:
        parsed = parse_file(path.read_bytes(), path.name)
    except IngestionError as error:
        failure, message = type(error).__name__, str(error)
    except Exception as error:  # noqa: BLE001  # that there is none is what is measured
        failure, message, expected = type(error).__name__, repr(error), False
    else:
        pages, message = len(parsed.pages), " ".join(parsed.warnings)
        characters = sum(len(page.text) for page in parsed.pages)
    seconds = time.perf_counter() - started
    name = str(path.relative_to(data / BAD_FOLDER))
    return BadFile(name, failure, expected, pages, characters, message, seconds)


def render_speeds(speeds: Sequence[Speed]) -> str:
    """Return the table of speeds, with the whole as its last row."""
    rows = [
        [
            speed.filing,
            str(speed.pages),
            str(speed.tables),
            render_number(speed.pages_a_second),
            render_number(speed.pypdf_pages_a_second),
            f"{speed.ratio:.1f} x",
        ]
        for speed in speeds
    ]
    pages, sampled = sum(s.pages for s in speeds), sum(s.sampled for s in speeds)
    own = pages / sum(s.pages / s.pages_a_second for s in speeds)
    other = sampled / sum(s.sampled / s.pypdf_pages_a_second for s in speeds)
    tables = str(sum(s.tables for s in speeds))
    rows.append(
        [
            "all",
            str(pages),
            tables,
            render_number(own),
            render_number(other),
            f"{own / other:.1f} x",
        ]
    )
    header = ["filing", "pages", "tables", "pages/s", f"pypdf pages/s ({_SAMPLE} pages)", "ratio"]
    return render_table(header, rows)


def render_bad_files(files: Sequence[BadFile]) -> str:
    """Return the table of broken files, and how many came to what."""
    rows = [
        [
            file.file,
            (file.failure or "read") if file.expected else f"UNEXPECTED {file.failure}",
            str(file.pages),
            str(file.characters),
            f"{file.seconds:.2f}",
            _shorten(file.message),
        ]
        for file in files
    ]
    header = ["file", "came to", "pages", "characters", "s", "message"]
    outcomes = Counter(file.failure or "read" for file in files)
    silent = sum(not file.failure and not file.message for file in files)
    unexpected = [file.file for file in files if not file.expected]
    counted = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    lines = [
        render_table(header, rows, left=("came to", "message")),
        f"{len(files)} files: {counted}; {silent} read without a warning.",
        f"Errors that are none of ingestion's: {', '.join(unexpected) or 'none'}.",
    ]
    return "\n\n".join(lines)


def _choose(data: Path) -> tuple[str, ...]:
    """Return a few annual reports, spread over the list."""
    reports = [name for name in list_filings(data) if name.endswith("10K")]
    return tuple(reports[index * len(reports) // _FILINGS] for index in range(_FILINGS))


def _list_bad(data: Path) -> list[Path]:
    files = sorted(path for path in (data / BAD_FOLDER).rglob("*") if path.is_file())
    if not files:
        raise DataMissing(f"{data / BAD_FOLDER} holds no file. Check what --data names.")
    return files


def _shorten(text: str, most: int = 90) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 3]}..."


if __name__ == "__main__":
    # Readers under the desk complain of broken files at length; here only the outcome counts.
    logging.disable(logging.ERROR)
    warnings.simplefilter("ignore")
    sys.exit(main())
