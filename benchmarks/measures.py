"""What many outcomes come to, and how much of the evidence a ranking found.

Pure functions. Knows no gold and no record: `scoring` says what each answer is worth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import NamedTuple

from benchmarks.scoring import Outcome

DECIDED = frozenset({"SUPPORTED", "REFUTED"})


class PagePlace(NamedTuple):
    """A page of a document, counted from 1."""

    document: str
    page: int


def keep_first(places: Sequence[PagePlace]) -> tuple[PagePlace, ...]:
    """Return the places in their order, each once."""
    return tuple(dict.fromkeys(places))


def recall_at(
    pages_found: Sequence[PagePlace], gold_pages: Sequence[frozenset[PagePlace]], k: int
) -> float:
    """Return the share of the evidence items that have a page among the first `k` found.

    Each item is the set of the pages that print it; one of them is enough.

    Raises:
        ValueError: there is no evidence to find, or a page is found twice.
    """
    if not gold_pages:
        raise ValueError("recall needs at least one evidence item")
    if len(set(pages_found)) != len(pages_found):
        raise ValueError("pages_found holds a page twice; keep the first of each")
    first = set(pages_found[:k])
    return fmean(bool(first & pages) for pages in gold_pages)


@dataclass(frozen=True, slots=True)
class Scored:
    """One question's outcome; `verdict` is the label, None when the run failed."""

    outcome: Outcome
    verdict: str | None
    has_answer: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts and shares; a share of nothing is None."""

    questions: int
    right: int
    wrong: int
    abstained: int
    precision: float | None
    coverage: float | None


def summarise(scored: Sequence[Scored]) -> Summary:
    """Count the outcomes.

    `precision` is what is right among all that is SUPPORTED or REFUTED; `coverage` what is right
    and SUPPORTED or REFUTED among the questions that have an answer.
    """
    outcomes = Counter(one.outcome for one in scored)
    decided = [one.outcome == "right" for one in scored if one.verdict in DECIDED]
    answerable = [
        one.outcome == "right" and one.verdict in DECIDED for one in scored if one.has_answer
    ]
    return Summary(
        questions=len(scored),
        right=outcomes["right"],
        wrong=outcomes["wrong"],
        abstained=outcomes["abstained"],
        precision=fmean(decided) if decided else None,
        coverage=fmean(answerable) if answerable else None,
    )
