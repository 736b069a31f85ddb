"""The program that measures heads and scales on tables that others have already cut out.

    python -m benchmarks.table_scales --data DIR

TAT-QA and FinQA give tables as rows of text, which go through the reader of CSV files. Two
things are counted: whether the heads end where the figures begin and name their years, and
whether the scale of TAT-QA's answers is that of the table. Knows nothing of PDFs and of facts.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.golds import DataMissing
from benchmarks.tables import render_share, render_table
from ingestion.documents import Table
from ingestion.errors import IngestionError
from ingestion.figures import find_years, parse_scale
from ingestion.files import parse_file

TATQA_FILE = "tatqa/tatqa_dataset_dev.json"
FINQA_FILE = "finqa/finqa_dev_883.jsonl"
_SCALES = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000, "": None}
_NAMES = {1_000: "thousand", 1_000_000: "million", 1_000_000_000: "billion", None: "none"}
_VALUE = re.compile(r"[^A-Za-z]*\d[^A-Za-z]*")
# Heads that look like values: "2 0 1 8", "2019 (1)", "2021-2022", "2017/18", "$'000".
_HEAD_VALUE = re.compile(
    r"(?:19|2\s?0)\s?\d\s?\d(?:\s*[-\u2013/]\s*(?:(?:19|20)?\d{2}))?(?:\s*\(\w\))*|\W*\b000s?"
)

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class GivenTable:
    """A table as its set gives it, with the text around it and the scales of its answers."""

    source: str
    rows: Rows
    paragraphs: tuple[str, ...] = ()
    scales: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeadCheck:
    """How many head rows there are and how many were read; years over columns likewise."""

    rows: int
    rows_read: int
    years: int
    years_read: int


def load_tables(data: Path) -> tuple[GivenTable, ...]:
    """Return the tables of both sets, each once.

    Raises:
        DataMissing: a file is not there or is not what it should be.
    """
    try:
        tatqa = json.loads((data / TATQA_FILE).read_text(encoding="utf-8"))
        lines = (data / FINQA_FILE).read_text(encoding="utf-8").splitlines()
        finqa = [json.loads(line) for line in lines if line.strip()]
    except OSError as error:
        raise DataMissing(f"{error.filename} cannot be read. Check what --data names.") from error
    except json.JSONDecodeError as error:
        raise DataMissing(f"A file of {data} is not JSON ({error}). Fetch it again.") from error
    distinct = {json.dumps(row["table"]): row["table"] for row in finqa}
    return (
        *(build_tatqa_table(entry) for entry in tatqa),
        *(GivenTable("FinQA", rows) for rows in distinct.values()),
    )


def build_tatqa_table(entry: dict[str, Any]) -> GivenTable:
    """Read an entry of TAT-QA, with the gold scales that say something of the table.

    A scale belongs to an answer: only those taken from the table alone count, and of them not
    percentages; an answer without a scale counts where it is computed, since others are words
    and years.
    """
    scales = [
        question["scale"]
        for question in entry["questions"]
        if question["answer_from"] == "table"
        and question["scale"] in _SCALES
        and (
            question["answer_type"] == "arithmetic"
            or (question["answer_type"] == "span" and question["scale"])
        )
    ]
    ordered = sorted(entry["paragraphs"], key=lambda paragraph: int(paragraph["order"]))
    texts = tuple(str(paragraph["text"]) for paragraph in ordered)
    return GivenTable("TAT-QA", entry["table"]["table"], texts, tuple(scales))


def read_tables(given: GivenTable) -> tuple[Table, ...]:
    """Let the reader of CSV files read the rows.

    Raises:
        IngestionError: it refuses them.
    """
    buffer = io.StringIO()
    csv.writer(buffer).writerows(given.rows)
    parsed = parse_file(buffer.getvalue().encode(), "table.csv")
    return tuple(table for page in parsed.pages for table in page.tables)


# Heads


def check_heads(rows: Rows, tables: Sequence[Table]) -> HeadCheck:
    """Compare the heads that were read with the rows above the first figures.

    A row with a label alone right above the figures is a sub-heading and no head.
    """
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    count = count_head_rows(rows)
    years = Counter(_list_years(rows[:count]))
    first = tables[0] if tables else None
    body = first.rows[0].line if first is not None and first.rows else 0
    columns = len(first.rows[0].cells) if first is not None and first.rows else 0
    read: Counter[int] = Counter()
    if first is not None:
        for column in range(columns):
            read.update(set(find_years(first.head_of(column))))
    return HeadCheck(count, body, years.total(), (years & read).total())


def count_head_rows(rows: Rows) -> int:
    """Return the number of rows above the first figures, sub-headings right above them aside."""
    count = next((index for index, row in enumerate(rows) if _has_values(row)), len(rows))
    while count and not any(cell.strip() for cell in rows[count - 1][1:]):
        count -= 1
    return count


def _has_values(row: Sequence[str]) -> bool:
    cells = (cell.strip() for cell in row[1:])
    return any(_VALUE.fullmatch(cell) and not _HEAD_VALUE.fullmatch(cell) for cell in cells)


def _list_years(heads: Rows) -> Iterator[int]:
    """Yield the years over each column, each once a column."""
    width = max((len(row) for row in heads), default=0)
    for column in range(1, width):
        cells = [row[column] for row in heads if column < len(row)]
        yield from set(find_years(" ".join(cells)))


# Scales


def find_table_scale(tables: Sequence[Table]) -> int | None:
    """Return the scale that the tables declare, the first of them first."""
    return next((table.scale for table in tables if table.scale is not None), None)


def find_scale(tables: Sequence[Table], paragraphs: Sequence[str]) -> int | None:
    """Return the scale of the tables, or else the first that the text around them declares."""
    declared = (parse_scale(text) for text in paragraphs)
    return find_table_scale(tables) or next((one for one in declared if one is not None), None)


# The program


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; 1 when the tables are not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table_scales", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--data", type=Path, required=True, help="the folder with the tables")
    options = parser.parse_args(arguments)
    try:
        given = load_tables(options.data)
    except DataMissing as error:
        print(f"table_scales: {error}", file=sys.stderr)
        return 1
    checks: list[tuple[str, HeadCheck]] = []
    alone: Counter[tuple[str, int | None]] = Counter()
    with_text: Counter[tuple[str, int | None]] = Counter()
    for one in given:
        try:
            tables = read_tables(one)
        except IngestionError as error:
            print(f"table_scales: a table of {one.source} is refused: {error}", file=sys.stderr)
            tables = ()
        checks.append((one.source, check_heads(one.rows, tables)))
        alone.update((scale, find_table_scale(tables)) for scale in one.scales)
        with_text.update((scale, find_scale(tables, one.paragraphs)) for scale in one.scales)
    print(render_heads(checks), end="\n\n")
    print(render_scales("by the table alone", alone), end="\n\n")
    print(render_scales("by the table, then the text", with_text))
    return 0


def render_heads(checks: Sequence[tuple[str, HeadCheck]]) -> str:
    """Return, for each set, how many tables have their head rows and years as they should."""
    rows = []
    for source in dict.fromkeys(source for source, _ in checks):
        own = [check for name, check in checks if name == source]
        exact = sum(check.rows == check.rows_read for check in own)
        years, read = sum(check.years for check in own), sum(check.years_read for check in own)
        rows.append(
            [
                source,
                str(len(own)),
                f"{exact} ({_share(exact, len(own))})",
                str(sum(check.rows_read < check.rows for check in own)),
                str(sum(check.rows_read > check.rows for check in own)),
                f"{read} of {years} ({_share(read, years)})",
            ]
        )
    header = ["set", "tables", "heads as they are", "too few", "too many", "years over columns"]
    return render_table(header, rows)


def render_scales(title: str, counted: Counter[tuple[str, int | None]]) -> str:
    """Return how many answers of each gold scale come from a table of which scale was read."""
    rows = []
    for name, gold in _SCALES.items():
        total = sum(count for (scale, _), count in counted.items() if scale == name)
        rows.append(
            [
                name or "none (computed)",
                str(total),
                *(str(counted[name, read]) for read in _NAMES),
                _share(counted[name, gold], total),
            ]
        )
    right = sum(counted[name, gold] for name, gold in _SCALES.items())
    rows.append(["all", str(counted.total()), *[""] * len(_NAMES), _share(right, counted.total())])
    header = [f"TAT-QA's scale, {title}", "answers", *_NAMES.values(), "right"]
    return render_table(header, rows)


def _share(part: int, whole: int) -> str:
    return render_share(part / whole if whole else None)


if __name__ == "__main__":
    sys.exit(main())
