"""What a run came to: the numbers, and the tables that show them.

Pure but for counting what the workspace holds. Knows no program and no model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from benchmarks.golds import BenchmarkQuestion
from benchmarks.library import DESK, PLACES, RANKINGS, Library
from benchmarks.measures import summarise
from benchmarks.results import CUTOFFS, Result, measure_recall, score_result
from benchmarks.scoring import BooleanGold, NumberGold, TextGold
from benchmarks.tables import render_number, render_share, render_table

Numbers = dict[str, Any]
Pairs = Sequence[tuple[BenchmarkQuestion, Result]]


def build_numbers(
    pairs: Pairs, library: Library, run: Mapping[str, Any], *, answered: bool
) -> Numbers:
    """Return all that the tables show, as JSON values; None where nothing was measured."""
    sets = dict.fromkeys(question.question_set for question, _ in pairs)
    names: list[str] = [*sets, "all"] if len(sets) > 1 else [*sets]
    by_set = {
        name: [pair for pair in pairs if name in ("all", pair[0].question_set)] for name in names
    }
    documents = library.workspace.documents()
    return {
        "run": dict(run),
        "library": {
            "documents": len(documents),
            "pages": sum(document.pages for document in documents),
            "added": library.added,
            "pages_added": library.pages_added,
            "seconds": round(library.seconds, 1),
        },
        "sets": {name: _build_set(members, answered) for name, members in by_set.items()},
        "outcomes": {
            question.question_id: score_result(question, result).outcome
            for question, result in pairs
            if answered
        },
        "failures": {result.question_id: result.failure for _, result in pairs if result.failure},
        "notes": {result.question_id: list(result.notes) for _, result in pairs if result.notes},
    }


def _build_set(pairs: Pairs, answered: bool) -> Numbers:
    recall = {
        place: {
            ranking: {str(k): measure_recall(pairs, f"{place}, {ranking}", k) for k in CUTOFFS}
            for ranking in RANKINGS
        }
        for place in PLACES
    }
    outcomes = summarise([score_result(*pair) for pair in pairs]) if answered else None
    return {
        "questions": len(pairs),
        "outcomes": asdict(outcomes) if outcomes else None,
        "golds": dict(Counter(_name_gold(question) for question, _ in pairs)),
        "with_evidence": sum(bool(question.evidence) for question, _ in pairs),
        "tokens": _count_tokens(pairs) if answered else None,
        "median_seconds": round(median(result.seconds for _, result in pairs), 3),
        "recall": recall,
    }


def _count_tokens(pairs: Pairs) -> dict[str, float]:
    """Return the mean tokens of a question that were read, read before, and written."""
    records = [result.record for _, result in pairs if result.record is not None]
    return {
        kind: round(sum(one["tokens"].get(kind, 0) for one in records) / max(len(records), 1))
        for kind in ("read", "reused", "written")
    }


def _name_gold(question: BenchmarkQuestion) -> str:
    gold = question.gold
    if isinstance(gold, NumberGold):
        return "name and number" if gold.names else "number"
    if isinstance(gold, TextGold):
        return "text" if gold.overlap is None else "text by shared words"
    return "yes or no" if isinstance(gold, BooleanGold) else "not disclosed"


def render_report(numbers: Numbers) -> str:
    """Return the tables, each under a line that says what it shows."""
    library, run = numbers["library"], numbers["run"]
    model = run["model"]["file"] if run["model"] else "none"
    given = ", ".join(run.get("given") or ["nothing"]).replace("_", " ")
    parts = [
        f"Model: {model}. Asked of: the {run['asked_of']}. The library: {library['documents']} "
        f"documents, {library['pages']} pages. Given: {given}.",
        _render_outcomes(numbers["sets"]),
        "Page recall by ranking (the question's text as the query; within its filings, and in the "
        "whole library):\n" + _render_rankings(numbers["sets"]),
        "Golds:\n" + _render_golds(numbers["sets"]),
    ]
    for title, key in (("Failed, and counted as wrong", "failures"), ("Notes", "notes")):
        if numbers[key]:
            lines = [f"  {question_id}: {what}" for question_id, what in numbers[key].items()]
            parts.append(f"{title}:\n" + "\n".join(lines))
    return "\n\n".join(parts)


def _render_outcomes(sets: Numbers) -> str:
    header = ["set", "questions", "right", "wrong", "abstained", "precision", "coverage"]
    header += [f"{place} @{k}" for place in PLACES for k in CUTOFFS]
    rows = []
    for name, one in sets.items():
        outcomes = one["outcomes"] or {}
        rows.append(
            [
                name,
                str(one["questions"]),
                *(str(outcomes.get(key, "-")) for key in ("right", "wrong", "abstained")),
                *(render_share(outcomes.get(key)) for key in ("precision", "coverage")),
                *(render_share(one["recall"][place][DESK][str(k)]) for place, k in _cells()),
                render_number(one["median_seconds"], 2),
                *(str((one["tokens"] or {}).get(kind, "-")) for kind in ("read", "written")),
            ]
        )
    return render_table([*header, "median s", "read", "written"], rows)


def _render_rankings(sets: Numbers) -> str:
    header = ["set", "ranking", *(f"{place} @{k}" for place, k in _cells())]
    rows = [
        [
            name,
            ranking,
            *(render_share(one["recall"][place][ranking][str(k)]) for place, k in _cells()),
        ]
        for name, one in sets.items()
        for ranking in RANKINGS
    ]
    return render_table(header, rows, left=("ranking",))


def _render_golds(sets: Numbers) -> str:
    kinds = list(dict.fromkeys(kind for one in sets.values() for kind in one["golds"]))
    rows = [
        [name, *(str(one["golds"].get(kind, 0)) for kind in kinds)] for name, one in sets.items()
    ]
    return render_table(["set", *kinds], rows)


def _cells() -> list[tuple[str, int]]:
    return [(place, k) for place in PLACES for k in CUTOFFS]
