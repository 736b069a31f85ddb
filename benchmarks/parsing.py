"""The program that measures parsing: how fast it is, and what becomes of files that are broken.

    python -m benchmarks.parsing --data DIR [--filings NAME...]

The yardstick for speed is pypdf's text extraction on a sample of the same pages in the same run;
`benchmarks.speed` compares more readers on one filing. The broken files are those of
`benchmarks.bad_files`. Knows nothing of the workspace and of what is searched.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pypdf import PdfReader

from benchmarks.bad_files import LIMITS, render_bad_files, try_files
from benchmarks.golds import DataMissing, find_filing, list_filings
from benchmarks.tables import render_number, render_table
from ingestion.errors import IngestionError
from ingestion.files import parse_file

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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; 1 when a broken file failed."""
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
        bad = list(try_files(options.data, LIMITS))
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
    return 1 if any(file.outcome == "failed" for file in bad) else 0


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


def _choose(data: Path) -> tuple[str, ...]:
    """Return a few annual reports, spread over the list."""
    reports = [name for name in list_filings(data) if name.endswith("10K")]
    return tuple(reports[index * len(reports) // _FILINGS] for index in range(_FILINGS))


if __name__ == "__main__":
    # Readers under the desk complain of broken files at length; here only the outcome counts.
    logging.disable(logging.ERROR)
    warnings.simplefilter("ignore")
    sys.exit(main())
