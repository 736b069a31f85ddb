"""The program that reads broken files, each in a worker process, and tells what they come to.

    python -m benchmarks.bad_files --data DIR [--seconds S] [--memory MIB] [--json FILE]

A broken file is to be read, with warnings where something is missing, or refused by one of
ingestion's own errors, which names it. Anything else (a crash, a hang, too much memory, another
error) is a failure. Knows nothing of the workspace and of what is searched.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from benchmarks.golds import DataMissing
from benchmarks.readings import Reading, read_file
from benchmarks.tables import render_number, render_table
from ingestion.processes.workers import Failure, Limits, WorkerPool

BAD_FOLDER = "bad_files"
MEBIBYTE = 2**20
# For one file: seconds, and memory of the worker that reads it.
LIMITS = Limits(seconds=60.0, memory=1024 * MEBIBYTE)
# Two at a time: one that hangs holds up only half of the rest.
_WORKERS = 2
_WORST = 8

Outcome = Literal["read", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class BadFile:
    """What a file came to; `kind` is the error's class or how it failed, "" where it was read.

    `names_file` says whether a refusal's message does so. `seconds`, `peak` and `growth` (bytes,
    see `Reading`) are None where the worker did not live to tell them.
    """

    file: str
    outcome: Outcome
    kind: str
    message: str
    names_file: bool = True
    pages: int = 0
    characters: int = 0
    seconds: float | None = None
    peak: int | None = None
    growth: int | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; 1 when a file failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bad_files", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--data", type=Path, required=True, help=f"holds {BAD_FOLDER}")
    parser.add_argument("--seconds", type=float, default=LIMITS.seconds, help="a file's limit (60)")
    memory = LIMITS.memory // MEBIBYTE
    parser.add_argument("--memory", type=int, default=memory, help="a worker's limit, MiB (1024)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers")
    options = parser.parse_args(arguments)
    try:
        limits = Limits(options.seconds, options.memory * MEBIBYTE)
        files = list(try_files(options.data, limits))
    except (DataMissing, OSError, ValueError) as error:
        print(f"bad_files: {error}", file=sys.stderr)
        return 1
    print(render_bad_files(files))
    if options.json:
        numbers = [asdict(file) for file in files]
        options.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    return 1 if any(file.outcome == "failed" for file in files) else 0


def try_files(data: Path, limits: Limits) -> Iterator[BadFile]:
    """Read all broken files of a data folder in workers.

    Raises:
        DataMissing: there are none.
    """
    folder = data / BAD_FOLDER
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    if not paths:
        raise DataMissing(f"{folder} holds no file. Check what --data names.")
    with WorkerPool(_WORKERS, limits) as pool:
        for index, result in pool.run(read_file, [(str(path),) for path in paths]):
            yield describe_result(paths[index].relative_to(folder).as_posix(), result)


def describe_result(file: str, result: Reading | Failure) -> BadFile:
    """Say what a file came to."""
    if isinstance(result, Failure):
        kind = type(result.error).__name__ if result.error else result.kind
        return BadFile(file, "failed", kind, result.detail)
    return BadFile(
        file=file,
        outcome="refused" if result.refusal else "read",
        kind=result.refusal or "",
        message=result.message,
        names_file=not result.refusal or Path(file).name in result.message,
        pages=result.pages,
        characters=result.characters,
        seconds=result.seconds,
        peak=result.peak,
        growth=result.growth,
    )


def render_bad_files(files: Sequence[BadFile]) -> str:
    """Return every file's outcome, how many came to what, and the worst."""
    failed = [file for file in files if file.outcome == "failed"]
    unnamed = [file.file for file in files if not file.names_file]
    hungriest = sorted(files, key=lambda file: file.growth or 0, reverse=True)[:_WORST]
    slowest = sorted(files, key=lambda file: file.seconds or 0.0, reverse=True)[:_WORST]
    parts = [
        _render_files(files),
        _render_counts(files),
        f"{len(files)} files, of which failed: {len(failed)}.",
        *([_render_files(failed)] if failed else []),
        f"Refused by a message that does not name the file: {', '.join(unnamed) or 'none'}.",
        "The most memory:\n" + _render_files(hungriest),
        "The longest:\n" + _render_files(slowest),
    ]
    return "\n\n".join(parts)


def _render_files(files: Sequence[BadFile]) -> str:
    rows = [
        [
            file.file,
            _name_outcome(file),
            str(file.pages),
            str(file.characters),
            render_number(file.seconds, 2),
            render_number(None if file.peak is None else file.peak / MEBIBYTE, 0),
            render_number(None if file.growth is None else file.growth / MEBIBYTE, 0),
            _shorten(file.message),
        ]
        for file in files
    ]
    header = ["file", "came to", "pages", "characters", "s", "peak MiB", "growth", "message"]
    return render_table(header, rows, left=("came to", "message"))


def _render_counts(files: Sequence[BadFile]) -> str:
    silent = [file for file in files if file.outcome == "read" and not file.message]
    counts = Counter(_name_outcome(file) for file in files)
    rows = [[name, str(count)] for name, count in counts.most_common()]
    rows.append(["of those read: without a warning", str(len(silent))])
    return render_table(["outcome", "files"], rows)


def _name_outcome(file: BadFile) -> str:
    return file.outcome if file.outcome == "read" else f"{file.outcome}: {file.kind}"


def _shorten(text: str, most: int = 80) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 3]}..."


if __name__ == "__main__":
    sys.exit(main())
