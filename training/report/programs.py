"""Whether a program runs in the desk's sandbox and gives the gold answer (P8)."""

from __future__ import annotations

from collections.abc import Mapping

from research.calculation.sandbox import extract_program, run_program
from training.errors import DataError
from training.examples import Example
from training.report.golds import fits_output


def score_program(example: Example, text: str) -> Mapping[str, bool]:
    """Run what the Solver wrote.

    Raises:
        DataError: the example has no gold answer.
    """
    gold = example.gold.get("answer")
    if gold is None:
        raise DataError(
            f"A program of {example.document} ({example.source}) has no gold answer. Build the "
            "data again: `acedesk train data`."
        )
    result = run_program(extract_program(text))
    right = result.value is not None and fits_output(result.value, str(gold))
    return {"runs": result.succeeded, "right": right}
