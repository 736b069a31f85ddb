"""What came of each question, kept in a file of JSON lines so that a run can be taken up again.

Only records and pages are kept, never an outcome: old results are scored by today's rules. Knows
no workspace and no model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.golds import BenchmarkQuestion
from benchmarks.measures import PagePlace, Scored, recall_at
from benchmarks.scoring import NotDisclosedGold, Record, read_label, score_record

CUTOFFS = (1, 5, 10)


class ResultsMismatch(Exception):
    """A file of results is of another run or is damaged; the message names it."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one question.

    `record` is None where only the search was measured or the run failed; then `failure` says
    why. `pages` holds the first pages found, by place and ranking ("filing, words only").
    """

    question_id: str
    record: Record | None
    pages: Mapping[str, tuple[PagePlace, ...]]
    search_seconds: float
    failure: str | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def seconds(self) -> float:
        """How long the question took: the whole way, or the search where it was only that."""
        if self.record is None:
            return self.search_seconds
        return float(self.record["timings"]["total"])


def score_result(question: BenchmarkQuestion, result: Result) -> Scored:
    """Return the outcome; a run that failed has answered wrongly."""
    has_answer = not isinstance(question.gold, NotDisclosedGold)
    if result.record is None:
        return Scored("wrong", None, has_answer)
    outcome = score_record(question.gold, result.record)
    return Scored(outcome, read_label(result.record), has_answer)


def measure_recall(
    pairs: Sequence[tuple[BenchmarkQuestion, Result]], ranking: str, k: int
) -> float | None:
    """Return the mean recall over the questions that have evidence, None where none has."""
    shares = [
        recall_at(result.pages[ranking], question.evidence, k)
        for question, result in pairs
        if question.evidence
    ]
    return sum(shares) / len(shares) if shares else None


class ResultsFile:
    """Results by question id, written as they come; without a path only kept in memory.

    `run` says how the questions are asked. It stands in each line, and a file of another way is
    refused: the two must not be counted together.
    """

    def __init__(self, path: Path | None, run: Mapping[str, Any]) -> None:
        """Read what is there.

        Raises:
            ResultsMismatch: the file is of another run, or is damaged before its last line.
        """
        self._path = path
        self._run = dict(run)
        self.results: dict[str, Result] = {}
        if path is not None and path.exists():
            self._load(path)

    def add(self, result: Result) -> None:
        """Keep a result; one of a run that failed is not written, so it is tried again."""
        self.results[result.question_id] = result
        if self._path is None or result.failure is not None:
            return
        line = {
            "id": result.question_id,
            "run": self._run,
            "record": result.record,
            "pages": result.pages,
            "search_seconds": round(result.search_seconds, 4),
            "notes": result.notes,
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _load(self, path: Path) -> None:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        if lines and not lines[-1].endswith("\n"):  # a run was cut off while it wrote
            lines.pop()
            path.write_text("".join(lines), encoding="utf-8")
        for number, text in enumerate(lines, start=1):
            try:
                line = json.loads(text)
                run, result = line["run"], _parse_result(line)
            except (KeyError, TypeError, ValueError) as error:
                raise ResultsMismatch(
                    f"Line {number} of {path} is no result ({error!r}). Name another file."
                ) from error
            if run != self._run:
                raise ResultsMismatch(
                    f"{path} holds results of another run ({json.dumps(run)}; this one is "
                    f"{json.dumps(self._run)}). Name another file with --out."
                )
            self.results[result.question_id] = result


def _parse_result(line: Mapping[str, Any]) -> Result:
    return Result(
        question_id=line["id"],
        record=line["record"],
        pages={
            ranking: tuple(PagePlace(document, page) for document, page in places)
            for ranking, places in line["pages"].items()
        },
        search_seconds=line["search_seconds"],
        notes=tuple(line["notes"]),
    )
