"""Whether the evidence stands in what the Solver would read, by how many tokens it may read.

Knows the search and the packing; of a model only how it counts tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import fmean

from benchmarks.measures import PagePlace
from benchmarks.sought import Evidence, Sought, prints_figure
from ingestion.workspace import Workspace
from research.retrieval.packing import Excerpt, RetrievalSettings, cut_excerpts, fit_excerpts
from research.retrieval.search import search_passages
from research.understanding.understand import understand_question

BUDGETS = (300, 500, 700, 1500)
WHOLE, EXCERPTS = "whole passages", "excerpts"
# What `fit_excerpts` counts beside an excerpt's own text.
_BETWEEN = 2


@dataclass(frozen=True, slots=True)
class PackingNumbers:
    """Averages over questions: the share of operands that are read, and the tokens read."""

    way: str
    budget: int
    questions: int
    operands: float
    tokens: float


def measure_packing(
    store: Workspace,
    sought: Sequence[Sought],
    choose: Callable[[Sought], Sequence[str] | None],
    names: Mapping[str, str],
    count_tokens: Callable[[str], int],
) -> tuple[PackingNumbers, ...]:
    """Search once for each question, and pack what is found in each way for each budget."""
    count = cache(count_tokens)
    most = RetrievalSettings().passages
    offered: dict[str, list[tuple[Excerpt, ...]]] = {WHOLE: [], EXCERPTS: []}
    for one in sought:
        ids = choose(one)
        hits = search_passages(store, one.text, most, ids)
        documents = [d for d in store.documents() if ids is None or d.document_id in ids]
        query = understand_question(one.text, documents)
        offered[WHOLE].append(tuple(Excerpt(hit, hit.passage.text) for hit in hits))
        offered[EXCERPTS].append(cut_excerpts(hits, query))
    return tuple(
        _measure(way, budget, sought, offered[way], names, count)
        for way in offered
        for budget in BUDGETS
    )


def _measure(
    way: str,
    budget: int,
    sought: Sequence[Sought],
    offered: Sequence[Sequence[Excerpt]],
    names: Mapping[str, str],
    count: Callable[[str], int],
) -> PackingNumbers:
    read = [fit_excerpts(hits, budget, count) for hits in offered]
    return PackingNumbers(
        way=way,
        budget=budget,
        questions=len(sought),
        operands=fmean(
            share_read(one.evidence, excerpts, names)
            for one, excerpts in zip(sought, read, strict=True)
        ),
        tokens=fmean(
            sum(count(excerpt.text) + _BETWEEN for excerpt in excerpts) for excerpts in read
        ),
    )


def share_read(
    evidence: Sequence[Evidence], read: Sequence[Excerpt], names: Mapping[str, str]
) -> float:
    """Return the share of the operands that an excerpt from one of their pages prints."""
    return fmean(
        any(
            PagePlace(names.get(one.passage.document_id, ""), one.passage.page) in operand.pages
            and all(prints_figure(one.text, figure) for figure in operand.figures)
            for one in read
        )
        for operand in evidence
    )
