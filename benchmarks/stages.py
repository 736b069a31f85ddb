"""The ways of searching that are compared: the baselines, and the desk's search part by part.

Each stage adds to the one before, so that the worth of every part is seen. Parts are left out by
a weight of 0. Knows the search; no question's gold.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import fmean, median

from benchmarks.library import DEPTH, RANKINGS, Search
from benchmarks.measures import PagePlace, keep_first, recall_at
from benchmarks.sought import Sought, reciprocal_rank
from ingestion.documents import ScoredPassage
from ingestion.workspace import Workspace
from research.retrieval.candidates import Weights
from research.retrieval.search import DEFAULT_WEIGHTS, search_passages

CUTOFFS = (1, 3, 5, 10)
HYBRID, THE_DESK = "words and vectors by reciprocal rank", "all: the desk's search"


def leave_out(*parts: str) -> Weights:
    """Return the weights of the desk's search, with some of them 0."""
    return replace(DEFAULT_WEIGHTS, **dict.fromkeys(parts, 0.0))


def _search_weighted(
    weights: Weights, store: Workspace, query: str, document_ids: Sequence[str] | None
) -> Sequence[ScoredPassage]:
    return search_passages(store, query, DEPTH, document_ids, weights=weights)


STAGES: Mapping[str, Search] = {
    "words": RANKINGS["words only"],
    "vectors": RANKINGS["vectors only"],
    HYBRID: RANKINGS["fused"],
    "understood: words and vectors, weighted": partial(
        _search_weighted, leave_out("item", "label", "statement", "heading", "form_item")
    ),
    "+ rows by line item": partial(
        _search_weighted, leave_out("label", "statement", "heading", "form_item")
    ),
    "+ rows by label, statements": partial(_search_weighted, leave_out("heading", "form_item")),
    THE_DESK: partial(_search_weighted, DEFAULT_WEIGHTS),
    "all but vectors": partial(_search_weighted, leave_out("vectors")),
    "all but words": partial(_search_weighted, leave_out("words")),
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a stage found for a question: the passages, best first, and the seconds it took."""

    sought: Sought
    hits: tuple[ScoredPassage, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class StageNumbers:
    """What a stage's rankings come to over many questions.

    `recall` and `same_figure` go by cutoff; the second counts pages that print the evidence's
    figures too, and is empty where no evidence has figures. Times are in milliseconds.
    """

    stage: str
    questions: int
    recall: Mapping[int, float]
    mrr: float
    same_figure: Mapping[int, float]
    median_ms: float
    p95_ms: float


def search_all(
    stage: str,
    store: Workspace,
    sought: Sequence[Sought],
    choose: Callable[[Sought], Sequence[str] | None],
) -> tuple[Found, ...]:
    """Search for each question in the documents (by id) that `choose` returns; None for all."""
    search = STAGES[stage]
    found = []
    for one in sought:
        started = time.perf_counter()
        hits = tuple(search(store, one.text, choose(one)))
        found.append(Found(one, hits, time.perf_counter() - started))
    return tuple(found)


def list_pages(hits: Sequence[ScoredPassage], names: Mapping[str, str]) -> tuple[PagePlace, ...]:
    """Return the pages of passages, each once; `names` leads from a document's id to its name."""
    return keep_first(
        [
            PagePlace(names.get(hit.passage.document_id, hit.passage.document_id), hit.passage.page)
            for hit in hits
        ]
    )


def sum_up(
    stage: str,
    found: Sequence[Found],
    names: Mapping[str, str],
    same_figure: Callable[[Sought], Sequence[frozenset[PagePlace]]] | None = None,
    cutoffs: Sequence[int] = CUTOFFS,
) -> StageNumbers:
    """Average over questions; `same_figure` returns the pages that count beside the gold pages."""
    pages = [list_pages(one.hits, names) for one in found]
    golds = [one.sought.pages for one in found]
    wide = [same_figure(one.sought) for one in found] if same_figure else []
    times = [1000 * one.seconds for one in found]
    return StageNumbers(
        stage=stage,
        questions=len(found),
        recall={k: fmean(map(partial(_recall, k), pages, golds)) for k in cutoffs},
        mrr=fmean(map(reciprocal_rank, pages, golds)),
        same_figure={k: fmean(map(partial(_recall, k), pages, wide)) for k in cutoffs if wide},
        median_ms=median(times),
        p95_ms=find_percentile(times, 95),
    )


def _recall(k: int, pages: Sequence[PagePlace], golds: Sequence[frozenset[PagePlace]]) -> float:
    return recall_at(pages, golds, k)


def find_percentile(values: Sequence[float], percent: int) -> float:
    """Return the smallest value that so many percent of the values do not exceed.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("there is no percentile of nothing")
    ordered = sorted(values)
    return ordered[max(-(-len(ordered) * percent // 100) - 1, 0)]
