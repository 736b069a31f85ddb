"""A report and a gate as tables: plain text for a terminal, Markdown for a model card, and JSON.

Pure. Knows no file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.examples import ROLES
from training.report.gate import Comparison, Gate
from training.report.measures import MEASURES, Measure
from training.report.results import GOLD, Rate, Report

Table = Sequence[Sequence[str]]
_NOTE = (
    "Shares with one standard error; n is how many examples a measure was taken on; gold is what "
    "the examples' own completions come to."
)


def render_report(report: Report) -> str:
    """Return the tables of a report as plain text."""
    title = f"{report.base}: {report.limit} examples of each role at most, seed {report.seed}"
    parts = [title, "", _render_plain(_build_speeds(report))]
    for role in ROLES:
        table = _build_measures(report, [one for one in MEASURES if one.role == role])
        if len(table) > 1:
            parts += ["", role, _render_plain(table)]
    return "\n".join([*parts, "", _NOTE])


def render_report_markdown(report: Report) -> str:
    """Return the tables of a report for a model card."""
    parts = [_render_markdown(_build_speeds(report))]
    for role in ROLES:
        table = _build_measures(report, [one for one in MEASURES if one.role == role])
        if len(table) > 1:
            parts += [f"**{role}**", _render_markdown(table)]
    return "\n\n".join([*parts, _NOTE]) + "\n"


def render_gate(gate: Gate) -> str:
    """Return the verdict with its comparisons as plain text."""
    head = ("gated measure", gate.base, gate.candidate, "", "")
    rows = [head, *(_describe(one) for one in gate.comparisons)]
    return f"{_render_plain(rows)}\n\n{gate.candidate} {gate.verdict}: {gate.reason}"


def report_to_json(report: Report, gate: Gate | None = None) -> dict[str, Any]:
    """Return all numbers, those of each source too, as plain values."""
    told: dict[str, Any] = {
        "base": report.base,
        "limit": report.limit,
        "seed": report.seed,
        "variants": [
            {
                "name": variant.name,
                "adapter": variant.adapter,
                "reading_tokens_per_second": variant.speed.reading,
                "writing_tokens_per_second": variant.speed.writing,
            }
            for variant in report.variants
        ],
        "rows": [
            {
                "variant": row.variant,
                "role": row.role,
                "measure": row.measure,
                "source": row.source,
                "hits": row.rate.hits,
                "of": row.rate.of,
                "share": row.rate.share,
                "standard_error": row.rate.error,
            }
            for row in report.rows
        ],
    }
    if gate is not None:
        told["gate"] = {
            "base": gate.base,
            "candidate": gate.candidate,
            "ships": gate.ships,
            "reason": gate.reason,
        }
    return told


def _build_speeds(report: Report) -> Table:
    head = ("variant", "adapter", "reads, tokens/s", "writes, tokens/s")
    return [
        head,
        *(
            (
                variant.name,
                variant.adapter or "none",
                f"{variant.speed.reading:.0f}",
                f"{variant.speed.writing:.1f}",
            )
            for variant in report.variants
        ),
    ]


def _build_measures(report: Report, measures: Sequence[Measure]) -> Table:
    """Return a head and a row for each measure that was taken of any variant."""
    names = [variant.name for variant in report.variants]
    table = [["measure", "n", *names, GOLD]]
    for measure in measures:
        rates = [report.find(name, measure.role, measure.name) for name in names]
        count = next((rate.of for rate in rates if rate is not None), None)
        gold = report.find(GOLD, measure.role, measure.name)
        if count is not None:
            most = "-" if gold is None else f"{gold.share:.1%}"
            table.append([_title(measure), str(count), *map(_show, rates), most])
    return table


def _title(measure: Measure) -> str:
    return f"{measure.name} (lower is better)" if measure.better == "lower" else measure.name


def _show(rate: Rate | None) -> str:
    return "-" if rate is None else f"{rate.share:.1%} ± {rate.error * 100:.1f}"


def _describe(one: Comparison) -> tuple[str, ...]:
    why = one.detail if one.standing == "not judged" else ""
    name = f"{one.measure.role}: {_title(one.measure)}"
    return (name, _show(one.base), _show(one.candidate), one.standing, why)


def _render_plain(table: Table) -> str:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    )
    return "\n".join(lines)


def _render_markdown(table: Table) -> str:
    rows = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in table]
    return "\n".join([rows[0], "|" + " --- |" * len(table[0]), *rows[1:]])
