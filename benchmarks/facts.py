"""The program that measures extraction: are the figures that questions need there as typed facts?

    python -m benchmarks.facts --data DIR [--filings NAME...] [--misses] [--no-baseline]

Each operand of the question files is looked for among the facts of its page: its value with sign
and scale, the period of its column and its row's label. The yardstick is pdfplumber's tables of
the same pages. Since those operands are few, what was read of whole filings is counted as well,
for which no gold is needed. Knows nothing of the workspace, of search and of models.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pdfplumber

from benchmarks.golds import DataMissing, find_filing, list_filings
from benchmarks.measures import PagePlace
from benchmarks.operands import (
    Operand,
    load_operands,
    matches_label,
    read_gold_period,
    read_years,
)
from benchmarks.tables import render_number, render_share, render_table
from ingestion.documents import Fact, Page, ParsedFile
from ingestion.figures import parse_figure
from ingestion.files import parse_file
from ingestion.periods import Period

OURS, OURS_ANYWHERE = "facts", "facts, any page that prints it"
PLAIN_SETTINGS: Mapping[str, dict[str, Any]] = {
    "pdfplumber": {},
    "pdfplumber, by text": {"vertical_strategy": "text", "horizontal_strategy": "text"},
}
_GRADES = (0.5, 0.8)
_SHOWN_INSTEAD = 4

Result = TypeVar("Result")
Grid = Sequence[Sequence[str | None]]


class Candidate(NamedTuple):
    """A figure with the operand's value: whether its label and its period are the gold's too."""

    label: bool
    period: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of an operand: its value, that with its label, with its period, with both.

    Where the gold has no period, the label alone completes it.
    """

    value: bool = False
    label: bool = False
    period: bool = False
    complete: bool = False


class FoundFact(NamedTuple):
    """A fact and the caption of the table that it stands in ("" in prose)."""

    fact: Fact
    caption: str

    @property
    def words(self) -> str:
        """All that names the fact, from the widest to the nearest."""
        return " ".join((self.caption, *self.fact.parents, self.fact.line_item))


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts over a filing that need no gold; `dated` to `stated` are of the facts of tables.

    `scaled` are those with a scale other than 1 or a unit that has none (percent, a share's).
    """

    pages: int = 0
    tables: int = 0
    poor_tables: int = 0
    fair_tables: int = 0
    good_tables: int = 0
    facts: int = 0
    table_facts: int = 0
    dated: int = 0
    scaled: int = 0
    stated: int = 0
    tied: int = 0
    untied: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """A filing as the desk read it: counts of the whole, and the gold's pages."""

    filing: str
    coverage: Coverage
    facts: Mapping[int, tuple[FoundFact, ...]]
    texts: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class PlainReading:
    """The tables that pdfplumber made of the gold's pages of a filing, in `seconds`."""

    filing: str
    tables: Mapping[int, Sequence[Grid]]
    seconds: float


@dataclass(frozen=True, slots=True)
class Miss:
    """An operand that is not among the facts of its page with all that it needs."""

    operand: Operand
    cause: str
    instead: tuple[str, ...]


# Reading


def read_filing(path: Path, pages: frozenset[int]) -> Reading:
    """Parse a filing, keeping the facts and the text of `pages` only.

    Raises:
        IngestionError: it cannot be read.
    """
    started = time.perf_counter()
    parsed = parse_file(path.read_bytes(), path.name)
    seconds = time.perf_counter() - started
    kept = {page.number: page for page in parsed.pages if page.number in pages}
    return Reading(
        filing=path.stem,
        coverage=count_coverage(parsed, seconds),
        facts={
            number: tuple(
                FoundFact(fact, _find_caption(page, fact))
                for fact in parsed.facts
                if fact.page == number
            )
            for number, page in kept.items()
        },
        texts={number: page.text for number, page in kept.items()},
    )


def _find_caption(page: Page, fact: Fact) -> str:
    tables = (table for table in page.tables if table.first_line <= fact.line <= table.last_line)
    return next((table.caption for table in tables), "") if fact.source == "table" else ""


def count_coverage(parsed: ParsedFile, seconds: float) -> Coverage:
    """Count what was read of a filing."""
    grades = [table.grade for page in parsed.pages for table in page.tables]
    of_tables = [fact for fact in parsed.facts if fact.source == "table"]
    outcomes = Counter(tie_out.outcome for tie_out in parsed.tie_outs)
    poor, good = sum(g < _GRADES[0] for g in grades), sum(g >= _GRADES[1] for g in grades)
    return Coverage(
        pages=len(parsed.pages),
        tables=len(grades),
        poor_tables=poor,
        fair_tables=len(grades) - poor - good,
        good_tables=good,
        facts=len(parsed.facts),
        table_facts=len(of_tables),
        dated=sum(fact.period is not None for fact in of_tables),
        scaled=sum(fact.scale != 1 or _is_unscaled(fact) for fact in of_tables),
        stated=sum(fact.statement is not None for fact in of_tables),
        tied=outcomes["passed"],
        untied=outcomes["failed"],
        seconds=seconds,
    )


def _is_unscaled(fact: Fact) -> bool:
    unit = fact.unit or ""
    return unit in {"percent", "percentage points", "ratio"} or unit.endswith("/share")


def add_coverages(coverages: Iterable[Coverage]) -> Coverage:
    """Return the sum of each count."""
    counted = list(coverages)
    return Coverage(*(sum(getattr(one, item.name) for one in counted) for item in fields(Coverage)))


def read_plain(path: Path, pages: frozenset[int], settings: dict[str, Any]) -> PlainReading:
    """Let pdfplumber find the tables of `pages`."""
    tables: dict[int, Sequence[Grid]] = {}
    with pdfplumber.open(path) as pdf:
        started = time.perf_counter()
        for number in sorted(pages):
            tables[number] = pdf.pages[number - 1].extract_tables(settings)
        seconds = time.perf_counter() - started
    return PlainReading(path.stem, tables, seconds)


# Judging


def judge_facts(operand: Operand, facts: Sequence[FoundFact]) -> Finding:
    """Return what the facts of a page have of an operand; facts of sentences do not count."""
    return combine(operand, [judge_fact(operand, found) for found in list_hits(operand, facts)])


def list_hits(operand: Operand, facts: Sequence[FoundFact]) -> list[FoundFact]:
    """Return the facts outside sentences with the operand's value, sign and scale."""
    return [
        found
        for found in facts
        if found.fact.source != "sentence"
        and found.fact.value == operand.value
        and operand.scale in {None, found.fact.scale}
    ]


def judge_fact(operand: Operand, found: FoundFact) -> Candidate:
    """Compare the label and the period of a fact with the operand's."""
    return Candidate(
        label=matches_label(operand.label, found.words),
        period=matches_period(operand, found.fact.period),
    )


def combine(operand: Operand, candidates: Sequence[Candidate]) -> Finding:
    """Return what the best of the candidates come to."""
    dated = operand.period is not None
    return Finding(
        value=bool(candidates),
        label=any(candidate.label for candidate in candidates),
        period=dated and any(candidate.period for candidate in candidates),
        complete=any(one.label and (one.period or not dated) for one in candidates),
    )


def matches_period(operand: Operand, period: Period | None) -> bool:
    """Whether a fact's period is the gold's: its year, and its day and months where stated.

    The day of the end wins over the year's name. A row that is itself a year ("2024" among
    maturities) may have that year for its period.
    """
    gold = read_gold_period(operand.period or "")
    if gold is None or period is None:
        return False
    years = {period.fiscal_year, period.end.year if period.end else None}
    if operand.label.isdecimal() and int(operand.label) in years:
        return True
    if gold.months is not None and period.months != gold.months:
        return False
    if gold.end is not None and period.end is not None:
        return gold.end == period.end
    return bool(years & gold.years)


def judge_grids(operand: Operand, grids: Sequence[Grid]) -> Finding:
    """Return what plain tables have of an operand: it must stand alone in a cell.

    Its label must be in the same row, its year in the nearest head above, at most one column
    aside. Sign counts, scale does not: such tables have none.
    """
    return combine(
        operand,
        [
            Candidate(_has_label(operand, row, column), _is_under_year(operand, grid, at, column))
            for grid in grids
            for at, row in enumerate(grid)
            for column, cell in enumerate(row)
            if _holds_value(operand, cell)
        ],
    )


def _holds_value(operand: Operand, cell: str | None) -> bool:
    figure = parse_figure("".join((cell or "").replace("$", "").split()))
    return figure is not None and figure.value == operand.value


def _has_label(operand: Operand, row: Sequence[str | None], column: int) -> bool:
    others = [cell or "" for at, cell in enumerate(row) if at != column]
    return matches_label(operand.label, " ".join(others))


def _is_under_year(operand: Operand, grid: Grid, at: int, column: int) -> bool:
    gold = read_gold_period(operand.period or "")
    heads = [
        (abs(index - column), years)
        for row in grid[:at]
        for index, cell in enumerate(row)
        if abs(index - column) <= 1 and (years := read_years(cell or ""))
    ]
    if gold is None or not heads:
        return False
    nearest = min(distance for distance, _ in heads)
    return any(distance == nearest and years & gold.years for distance, years in heads)


# Misses


def explain_miss(operand: Operand, reading: Reading | None) -> Miss | None:
    """Say why an operand is not among the facts of its page; None where it is."""
    if reading is None:
        return Miss(operand, "filing not read", ())
    facts = reading.facts.get(operand.place.page, ())
    finding = judge_facts(operand, facts)
    if finding.complete:
        return None
    hits = list_hits(operand, facts)
    near = hits or [found for found in facts if abs(found.fact.value) == abs(operand.value)]
    if hits:
        cause = _name_label_or_period(operand, finding, hits)
    else:
        cause = _name_value(operand, near, reading.texts.get(operand.place.page, ""))
    return Miss(operand, cause, tuple(describe_fact(found) for found in near))


def _name_label_or_period(operand: Operand, finding: Finding, hits: Sequence[FoundFact]) -> str:
    if not finding.label:
        both = operand.period is not None and not finding.period
        return "label and period" if both else "label cut or merged"
    labelled = [found.fact for found in hits if matches_label(operand.label, found.words)]
    undated = all(fact.period is None for fact in labelled)
    return "no period" if undated else "wrong column or period"


def _name_value(operand: Operand, near: Sequence[FoundFact], text: str) -> str:
    outside = [found.fact for found in near if found.fact.source != "sentence"]
    if any(fact.value == operand.value for fact in outside):
        return "scale"
    if outside:
        return "sign"
    if near:
        return "only in prose"
    return "printed, but no fact" if operand.printed.strip("()$% ") in text else "not in the text"


def describe_fact(found: FoundFact) -> str:
    """Return a fact on one line: where it stands, what it is called, when it was."""
    fact = found.fact
    path = " > ".join((*fact.parents, fact.line_item))
    period = "no period" if fact.period is None else fact.period.label
    return f"{fact.source}: {path} | {period} | {fact.value_as_printed} x {fact.scale:,}"


# The program


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; 1 when a filing cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.facts", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--data", type=Path, required=True, help="the folder with the filings")
    parser.add_argument("--filings", nargs="+", metavar="NAME", help="only these, without ending")
    parser.add_argument("--misses", action="store_true", help="list what was found instead")
    parser.add_argument("--no-baseline", action="store_true", help="do not run pdfplumber")
    parser.add_argument("--processes", type=int, default=2, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers")
    options = parser.parse_args(arguments)
    try:
        operands = [
            operand
            for operand in load_operands(options.data)
            if not options.filings or operand.place.document in options.filings
        ]
        paths = {
            filing: find_filing(options.data, filing)
            for filing in options.filings or list_filings(options.data)
        }
        pages = list_gold_pages(operands, others=True)
        with ProcessPoolExecutor(options.processes) as pool:
            kept = {filing: pages.get(filing, frozenset()) for filing in paths}
            readings = _map_filings(pool, read_filing, paths, kept)
            plain = {}
            if not options.no_baseline:
                own = list_gold_pages(operands, others=False)
                for method, settings in PLAIN_SETTINGS.items():
                    read = partial(read_plain, settings=settings)
                    plain[method] = _map_filings(pool, read, paths, own)
    except (DataMissing, OSError) as error:
        print(f"facts: {error}", file=sys.stderr)
        return 1
    report(operands, readings, plain, show_misses=options.misses, file=options.json)
    return 0 if len(readings) == len(paths) else 1


def list_gold_pages(operands: Sequence[Operand], *, others: bool) -> dict[str, frozenset[int]]:
    """Return the pages to keep of each filing, with or without `others` that print an operand."""
    pages: dict[str, set[int]] = {}
    for operand in operands:
        for place in operand.pages if others else operand.pages[:1]:
            pages.setdefault(place.document, set()).add(place.page)
    return {filing: frozenset(numbers) for filing, numbers in sorted(pages.items())}


def _map_filings(
    pool: ProcessPoolExecutor,
    read: Callable[[Path, frozenset[int]], Result],
    paths: Mapping[str, Path],
    pages: Mapping[str, frozenset[int]],
) -> dict[str, Result]:
    """Read the filings in processes, telling of each as it is done; broken ones are left out."""
    waiting = {pool.submit(read, paths[filing], kept): filing for filing, kept in pages.items()}
    found: dict[str, Result] = {}
    for done in as_completed(waiting):
        filing, error = waiting[done], done.exception()
        if error is None:
            found[filing] = done.result()
        said = "read" if error is None else f"NOT READ ({error!r})"
        print(f"{said}: {filing}, one of {len(waiting)}", file=sys.stderr)
    return found


def report(
    operands: Sequence[Operand],
    readings: Mapping[str, Reading],
    plain: Mapping[str, Mapping[str, PlainReading]],
    *,
    show_misses: bool = False,
    file: Path | None = None,
) -> None:
    """Print the tables, and write their numbers to `file`."""
    findings = judge_all(operands, readings, plain)
    misses = [
        miss
        for operand in operands
        if (miss := explain_miss(operand, readings.get(operand.place.document)))
    ]
    print(render_findings(operands, findings), end="\n\n")
    print(render_causes(misses), end="\n\n")
    if show_misses:
        print("\n".join(render_miss(miss) for miss in misses), end="\n\n")
    print(render_coverages(readings), end="\n\n")
    print(render_speeds(readings, plain))
    if file is not None:
        numbers = {
            "findings": {name: [asdict(one) for one in found] for name, found in findings.items()},
            "causes": Counter(miss.cause for miss in misses),
            "coverage": {name: asdict(reading.coverage) for name, reading in readings.items()},
        }
        file.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


def judge_all(
    operands: Sequence[Operand],
    readings: Mapping[str, Reading],
    plain: Mapping[str, Mapping[str, PlainReading]],
) -> dict[str, list[Finding]]:
    """Return the finding of each operand by each method, in the operands' order."""

    def find_facts(place: PagePlace) -> Sequence[FoundFact]:
        reading = readings.get(place.document)
        return reading.facts.get(place.page, ()) if reading else ()

    found = {
        OURS: [judge_facts(operand, find_facts(operand.place)) for operand in operands],
        OURS_ANYWHERE: [
            max(
                (judge_facts(operand, find_facts(place)) for place in operand.pages),
                key=lambda finding: (finding.complete, finding.period, finding.label),
            )
            for operand in operands
        ],
    }
    for method, filings in plain.items():
        found[method] = [
            judge_grids(operand, filings[place.document].tables[place.page])
            if (place := operand.place).document in filings
            else Finding()
            for operand in operands
        ]
    return found


# The tables


def render_findings(operands: Sequence[Operand], findings: Mapping[str, Sequence[Finding]]) -> str:
    """Return how many operands each method found, over all and by source.

    The share of periods is of the operands whose period is known.
    """
    rows = []
    for method, found in findings.items():
        for source in ("desk", "financebench", "all"):
            pairs = [
                (operand, finding)
                for operand, finding in zip(operands, found, strict=True)
                if source in {operand.source, "all"}
            ]
            dated = [finding for operand, finding in pairs if operand.period is not None]
            rows.append(
                [
                    method,
                    source,
                    str(len(pairs)),
                    _count(sum(finding.value for _, finding in pairs), len(pairs)),
                    _count(sum(finding.label for _, finding in pairs), len(pairs)),
                    _count(sum(finding.period for finding in dated), len(dated)),
                    _count(sum(finding.complete for _, finding in pairs), len(pairs)),
                ]
            )
    header = ["method", "source", "operands", "value", "value + label", "value + period", "all"]
    return render_table(header, rows, left=("source",))


def render_causes(misses: Sequence[Miss]) -> str:
    """Return how many operands are missed for which cause, by source."""
    counted = Counter((miss.cause, miss.operand.source) for miss in misses)
    causes = Counter(miss.cause for miss in misses)
    rows = [
        [cause, str(counted[cause, "desk"]), str(counted[cause, "financebench"]), str(count)]
        for cause, count in causes.most_common()
    ]
    return render_table(["missed by facts for", "desk", "financebench", "all"], rows)


def render_miss(miss: Miss) -> str:
    """Return a miss and, below it, the facts with that value on the page."""
    operand = miss.operand
    lines = [
        f"{miss.cause}: {operand.place.document} p. {operand.place.page} | {operand.label} | "
        f"{operand.period or 'period unknown'} | {operand.printed} x {operand.scale or '?'}"
    ]
    lines += [f"    {text}" for text in miss.instead[:_SHOWN_INSTEAD]]
    return "\n".join(lines)


def render_coverages(readings: Mapping[str, Reading]) -> str:
    """Return the counts that need no gold, a filing a row and the whole as the last."""
    named = {filing: reading.coverage for filing, reading in sorted(readings.items())}
    named["all"] = add_coverages(named.values())
    rows = [
        [
            filing,
            str(one.pages),
            str(one.facts),
            render_number(one.facts / one.pages if one.pages else None),
            *(_share(part, one.table_facts) for part in (one.dated, one.scaled, one.stated)),
            str(one.tables),
            f"{one.poor_tables}/{one.fair_tables}/{one.good_tables}",
            f"{one.tied}/{one.untied}",
        ]
        for filing, one in named.items()
    ]
    grades = f"grade <{_GRADES[0]}/mid/>={_GRADES[1]}"
    header = ["filing", "pages", "facts", "a page", "dated", "scaled", "in a statement"]
    return render_table([*header, "tables", grades, "tied/not"], rows)


def render_speeds(
    readings: Mapping[str, Reading], plain: Mapping[str, Mapping[str, PlainReading]]
) -> str:
    """Return the pages a second of each method, one process each."""
    whole = add_coverages(reading.coverage for reading in readings.values())
    timed = [(OURS, whole.pages, whole.seconds)]
    for method, filings in plain.items():
        pages = sum(len(filing.tables) for filing in filings.values())
        timed.append((method, pages, sum(filing.seconds for filing in filings.values())))
    rows = [
        [method, str(pages), render_number(seconds), render_number(pages / seconds, 2)]
        for method, pages, seconds in timed
        if seconds
    ]
    return render_table(["method", "pages", "s", "pages/s"], rows)


def _count(part: int, whole: int) -> str:
    return f"{part} ({_share(part, whole)})"


def _share(part: int, whole: int) -> str:
    return render_share(part / whole if whole else None)


if __name__ == "__main__":
    # pdfminer, under pdfplumber, remarks on every odd font.
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    sys.exit(main())
