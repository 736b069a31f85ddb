"""The program that measures the facts of tables against the tags of inline XBRL.

    python -m benchmarks.xbrl --data DIR [--limit N]

Companies tag the numbers of their web filings with value, scale, unit and period. Each tagged
number in a table cell is compared with the fact that was read from the same cell without the
tags. Signs are compared as printed: a tag's own sign follows the tag's name, not the row's.

Tags date what falls due later (maturities, amortisation to come) at the balance sheet's day; the
tables say the year in which it falls due. Such cells are counted apart, neither right nor wrong.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from benchmarks.golds import DataMissing
from benchmarks.tables import render_share, render_table
from ingestion.documents import Fact, build_document_id
from ingestion.errors import IngestionError
from ingestion.progress import ignore_progress
from ingestion.readers.html import parse_html

HTML_FOLDER = "sec/html"
# The share of tagged cells in which everything should agree.
AIM = 0.97
_CAUSES = 20
# Numbers within a row's label ("Dividends ($0.25 per share)") are no cells of a column.
_LABEL_CELL = re.compile(r":A\d+$")
_NEAR_DAYS = 7
# An opening balance of January 1 is that of December 31.
_SAME_DAYS = 1
# What is due after the years that are named, or in several of them.
_LATER = re.compile(
    r"\b(?:thereafter|beyond|later|remainder|succeeding)\b|\byears?\s+[1-9]\b"
    r"|\b20\d\d\s*(?:-|–|—|to|through|and)\s*(?:20)?\d\d\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one tagged cell fared: which parts agree, and what is wrong where one does not.

    `found` says whether any fact was read from the cell; nothing agrees where none was.
    `by_convention` marks a cell whose tag is dated at the balance sheet's day by convention.
    """

    place: str
    label: str
    found: bool
    value: bool
    scale: bool
    sign: bool
    period: bool
    causes: tuple[str, ...]
    by_convention: bool = False

    @property
    def all(self) -> bool:
        """Whether everything agrees."""
        return self.value and self.scale and self.sign and self.period


@dataclass(frozen=True, slots=True)
class Score:
    """One filing's tagged cells, the seconds it took to read it, and what was compared.

    `by_convention` is the number of cells that were counted apart.
    """

    filing: str
    seconds: float
    comparisons: tuple[Comparison, ...]
    by_convention: int = 0

    def share(self, part: str) -> float | None:
        """The share of cells in which a part agrees; None where there are no cells."""
        if not self.comparisons:
            return None
        return sum(bool(getattr(one, part)) for one in self.comparisons) / len(self.comparisons)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; 1 when the filings are not there or cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.xbrl", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--data", type=Path, required=True, help="the folder with the filings")
    parser.add_argument("--limit", type=int, metavar="N", help="read only N filings")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers")
    options = parser.parse_args(arguments)
    try:
        files = _list_filings(options.data)[: options.limit]
        scores = [measure_filing(path) for path in files]
    except (DataMissing, IngestionError, OSError) as error:
        print(f"xbrl: {error}", file=sys.stderr)
        return 1
    print(render_scores(scores), end="\n\n")
    print(render_causes(scores))
    if options.json:
        numbers = [asdict(score) for score in scores]
        options.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    return 0


def measure_filing(path: Path) -> Score:
    """Read one filing and compare its tagged cells with what its tables say."""
    from ingestion.facts.table_facts import find_table_facts

    content = path.read_bytes()
    started = time.perf_counter()
    parsed = parse_html(content, path.name, ignore_progress)
    read = find_table_facts(build_document_id(content), parsed.pages, parsed.filing)
    seconds = time.perf_counter() - started
    tagged = [fact for fact in parsed.facts if fact.cell is not None]
    text = parsed.filing.period_end
    balance_day = date.fromisoformat(text) if text else None
    compared = list(compare_facts(tagged, read, balance_day))
    judged = tuple(one for one in compared if not one.by_convention)
    return Score(path.stem, seconds, judged, len(compared) - len(judged))


def compare_facts(
    tagged: Iterable[Fact], read: Iterable[Fact], balance_day: date | None = None
) -> Iterator[Comparison]:
    """Compare cell by cell; of several tags on one cell the one that agrees best counts.

    `balance_day` is the end of the filing's period, at which tags date what is due later.
    """
    found = {(fact.page, fact.cell): fact for fact in read if fact.cell is not None}
    cells: dict[tuple[int, str], list[Fact]] = {}
    for fact in tagged:
        if fact.cell is None or _LABEL_CELL.search(fact.cell):
            continue
        cells.setdefault((fact.page, fact.cell), []).append(fact)
    for place, facts in cells.items():
        comparisons = [compare_fact(fact, found.get(place), balance_day) for fact in facts]
        yield min(comparisons, key=lambda one: len(one.causes))


def compare_fact(tagged: Fact, read: Fact | None, balance_day: date | None = None) -> Comparison:
    """Compare a tagged number with the fact that was read from its cell, None for no fact."""
    place = f"page {tagged.page} {tagged.cell}"
    if read is None:
        cause = ("no fact in the cell",)
        return Comparison(place, tagged.line_item, False, False, False, False, False, cause)
    same_size = abs(tagged.amount) == abs(read.amount)
    same_sign = tagged.value == 0 or (tagged.value < 0) == (read.value < 0)
    same_scale = tagged.value == 0 or tagged.scale == read.scale
    causes = [*_explain_scale(tagged, read, same_scale), *_explain_period(tagged, read)]
    if not same_sign:
        causes.append("another sign")
    if abs(tagged.value) != abs(read.value):
        causes.append("another number")
    return Comparison(
        place,
        tagged.line_item,
        found=True,
        value=same_size and same_sign,
        scale=same_scale,
        sign=same_sign,
        period=not _explain_period(tagged, read),
        causes=tuple(causes),
        by_convention=same_size and same_sign and _is_dated_later(tagged, read, balance_day),
    )


def _is_dated_later(tagged: Fact, read: Fact, balance_day: date | None) -> bool:
    """Whether a tag says the balance sheet's day of what the table says is due later."""
    period = tagged.period
    if balance_day is None or period is None or (period.months, period.end) != (0, balance_day):
        return False
    if read.period is None:
        return bool(_LATER.search(read.line_item) or any(map(_LATER.search, read.parents)))
    year, own = read.period.fiscal_year, period.fiscal_year or balance_day.year
    later = read.period.end is not None and read.period.end > balance_day
    return later or (read.period.end is None and year is not None and year > own)


def _explain_scale(tagged: Fact, read: Fact, same: bool) -> list[str]:
    if same:
        return []
    return [f"scale {read.scale:,} for {tagged.scale:,} ({tagged.unit})"]


def _explain_period(tagged: Fact, read: Fact) -> list[str]:
    """Return what differs in the periods; months are compared where the tag's are usual ones."""
    if tagged.period is None:
        return []
    if read.period is None:
        return ["no period"]
    causes: list[str] = []
    end, read_end = tagged.period.end, read.period.end
    if read_end is None:
        causes.append("no end date")
    elif end is not None and abs((end - read_end).days) > _SAME_DAYS:
        near = abs((end - read_end).days) <= _NEAR_DAYS
        causes.append("end date some days off" if near else "another end date")
    if tagged.period.months is not None and tagged.period.months != read.period.months:
        causes.append(f"{read.period.months} months for {tagged.period.months}")
    return causes


def render_scores(scores: Sequence[Score]) -> str:
    """Return the table of filings, with all cells together as its last row."""
    everything = tuple(one for score in scores for one in score.comparisons)
    whole = Score("all", sum(score.seconds for score in scores), everything)
    apart = sum(score.by_convention for score in scores)
    parts = ("found", "value", "scale", "sign", "period", "all")
    rows = [
        [
            score.filing,
            str(len(score.comparisons)),
            *(render_share(score.share(part)) for part in parts),
            f"{score.seconds:.1f}",
        ]
        for score in (*scores, whole)
    ]
    share = whole.share("all")
    reached = share is not None and share >= AIM
    aim = f"The aim is {AIM:.0%} of the cells right in all: {'reached' if reached else 'missed'}."
    note = (
        f"{apart:,} cells more are by convention, neither right nor wrong: tags date what falls "
        "due later at the balance sheet's day, tables at the year in which it falls due."
    )
    return "\n\n".join((render_table(["filing", "cells", *parts, "s"], rows), note, aim))


def render_causes(scores: Sequence[Score]) -> str:
    """Return the commonest disagreements, each with one example."""
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for score in scores:
        for one in score.comparisons:
            for cause in one.causes:
                counts[cause] += 1
                examples.setdefault(cause, f"{score.filing}, {one.place}: {one.label[:50]}")
    rows = [[cause, str(count), examples[cause]] for cause, count in counts.most_common(_CAUSES)]
    return render_table(["cause", "cells", "example"], rows, left=("example",))


def _list_filings(data: Path) -> list[Path]:
    """Return the web filings that have inline XBRL."""
    folder = data / HTML_FOLDER
    files = [path for path in sorted(folder.rglob("*.htm*")) if b"<ix:" in path.read_bytes()]
    if not files:
        raise DataMissing(f"{folder} holds no filing with inline XBRL. Check what --data names.")
    return files


if __name__ == "__main__":
    sys.exit(main())
