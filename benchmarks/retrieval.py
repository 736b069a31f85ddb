"""The program that measures the search, part by part, against plain words, vectors and hybrid.

    python -m benchmarks.retrieval --data DIR --workspace DIR [--finqa-workspace DIR]
                                   [--multihop-workspace DIR] [--questions SET ...] [--json FILE]

For each set of questions and each stage: how many of the pages that print the evidence are among
the first 1, 3, 5 and 10 (recall), the reciprocal rank of the first (MRR), the same where pages
that print the same figure count too ("same"), and the time of a search. Workspaces are made when
they are missing, which takes minutes, and kept. The last two hold other libraries: FinQA's pages,
and paragraphs of multi-hop questions, which are not finance.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.finqa import load_finqa
from benchmarks.golds import DataMissing, list_filings
from benchmarks.library import PLACES, prepare_library
from benchmarks.measures import PagePlace
from benchmarks.multihop import load_multihop
from benchmarks.packed import BUDGETS, PackingNumbers, measure_packing
from benchmarks.pooled import Pool, add_pool
from benchmarks.sought import (
    DESK,
    DESK_PARTS,
    FINANCEBENCH,
    Sought,
    add_printing_pages,
    load_sought,
)
from benchmarks.stages import (
    CUTOFFS,
    HYBRID,
    STAGES,
    THE_DESK,
    Found,
    StageNumbers,
    list_pages,
    search_all,
    sum_up,
)
from benchmarks.tables import render_number, render_table
from ingestion.documents import ScoredPassage
from ingestion.errors import IngestionError
from ingestion.workspace import Workspace
from models.builtin import find_builtin_chat
from models.embedding import BuiltinEmbedder
from models.errors import ModelError
from models.llama.model import LlamaChatModel

Tell = Callable[[str], None]

# The sets of questions on the filings, by what the command line calls them.
_SETS = {"financebench": FINANCEBENCH, "desk": DESK, "parts": DESK_PARTS}
# Of the other libraries, only what they are for is measured: the baselines and the whole.
_POOL_STAGES = ("words", "vectors", HYBRID, "understood: words and vectors, weighted", THE_DESK)
_MULTIHOP_CUTOFFS = (2, 5, 10)
# A question is missed when some of its evidence is on none of so many pages.
_MISSED_AT = 5
_SHOWN_PAGES = 4


@dataclass(frozen=True, slots=True)
class Searched:
    """The stages' numbers for one set of questions, asked in one place."""

    group: str
    place: str
    numbers: tuple[StageNumbers, ...]
    misses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Corpus:
    """A workspace to search, its documents' names by id, and where each question is asked."""

    workspace: Workspace
    names: Mapping[str, str]
    sought: tuple[Sought, ...]

    def choose(self, place: str) -> Callable[[Sought], Sequence[str] | None]:
        """Return which documents (ids) a question is asked of: those it is on, or None for all."""
        ids = {name: document_id for document_id, name in self.names.items()}
        if place == "library":
            return lambda sought: None
        return lambda sought: tuple(ids[name] for name in sought.documents)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns the exit code."""
    parser = _build_parser()
    options = parser.parse_args(arguments)
    if not (options.workspace or options.finqa_workspace or options.multihop_workspace):
        parser.error("name at least one workspace to search")
    try:
        numbers = _measure(options)
    except (DataMissing, IngestionError, ModelError, OSError) as error:
        print(f"retrieval: {error}", file=sys.stderr)
        return 1
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    return 0


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retrieval", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--data", type=Path, required=True, help="the folder with the questions and filings")
    add("--workspace", type=Path, help="filings that it lacks are added")
    add("--finqa-workspace", type=Path, metavar="DIR", help="measure on FinQA's pages too")
    add("--multihop-workspace", type=Path, metavar="DIR", help="and on what is not finance")
    add(
        "--questions",
        nargs="+",
        choices=list(_SETS),
        default=list(_SETS),
        metavar="SET",
        help=f"on the filings, only these of {', '.join(_SETS)}",
    )
    add(
        "--limit",
        type=_parse_count,
        metavar="N",
        help="of each set only N questions, spread over it",
    )
    add("--no-packing", action="store_true", help="leave out what the Solver would read")
    add("--misses", action="store_true", help="list what the desk's search misses, with parts")
    add("--json", type=Path, metavar="FILE", help="write the numbers of the tables")
    return parser


def _parse_count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return count


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    searched: list[Searched] = []
    packing: tuple[PackingNumbers, ...] = ()
    if options.workspace:
        corpus = open_filings(options.workspace, options.data, _tell)
        groups = {_SETS[name] for name in options.questions}
        chosen = replace(corpus, sought=tuple(o for o in corpus.sought if o.group in groups))
        searched += _show(measure_filings(chosen, options.limit), options)
        if not options.no_packing:
            packing = _measure_packing(corpus)
            print(render_packing(packing), flush=True)
    if options.finqa_workspace:
        pool = load_finqa(options.data)
        corpus = open_pool(options.finqa_workspace, pool, _tell)
        searched += _show(measure_pool(corpus, PLACES, options.limit), options)
    if options.multihop_workspace:
        pool = load_multihop(options.data)
        corpus = open_pool(options.multihop_workspace, pool, _tell)
        cutoffs = _MULTIHOP_CUTOFFS
        searched += _show(measure_pool(corpus, ["library"], options.limit, cutoffs), options)
    return {
        "searched": [asdict(one) for one in searched],
        "packing": [asdict(one) for one in packing],
    }


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _show(searched: Iterable[Searched], options: argparse.Namespace) -> Iterator[Searched]:
    for one in searched:
        print(render_searched(one), flush=True)
        if options.misses:
            print("\n".join(one.misses), flush=True)
        yield one


# Libraries


def _open(folder: Path) -> Workspace:
    embedder = BuiltinEmbedder()
    embedder.load()
    return Workspace(folder, embedder)


def open_filings(folder: Path, data: Path, tell: Tell) -> Corpus:
    """Return the filings of the data folder, added and embedded where the workspace lacks them."""
    library = prepare_library(_open(folder), data, list_filings(data), tell)
    names = {document_id: name for name, document_id in library.ids.items()}
    return Corpus(library.workspace, names, load_sought(data))


def open_pool(folder: Path, pool: Pool, tell: Tell) -> Corpus:
    """Return a library of short texts, likewise."""
    workspace = _open(folder)
    return Corpus(workspace, add_pool(workspace, pool, tell), pool.sought)


# Measuring


def spread(sought: Sequence[Sought], limit: int | None) -> tuple[Sought, ...]:
    """Return so many questions, spread evenly over all; all of them for None."""
    if limit is None or limit >= len(sought):
        return tuple(sought)
    return tuple(sought[index * len(sought) // limit] for index in range(limit))


def measure_filings(corpus: Corpus, limit: int | None = None) -> Iterator[Searched]:
    """Search for all sets of questions by every stage, in their filings and in the library."""

    @cache
    def read_pages(name: str) -> Mapping[PagePlace, str]:
        document = next(
            d for d in corpus.workspace.documents() if corpus.names.get(d.document_id) == name
        )
        return {
            PagePlace(name, number): corpus.workspace.page(document.document_id, number).text
            for number in range(1, document.pages + 1)
        }

    @cache
    def widen(sought: Sought) -> Sequence[frozenset[PagePlace]]:
        return add_printing_pages(sought, read_pages)

    for place in PLACES:
        for group, sought in _group(corpus.sought, limit).items():
            yield _measure_group(corpus, group, sought, place, tuple(STAGES), CUTOFFS, widen)


def measure_pool(
    corpus: Corpus,
    places: Sequence[str],
    limit: int | None = None,
    cutoffs: Sequence[int] = CUTOFFS,
) -> Iterator[Searched]:
    """Search for the questions of a pool, by the baselines and the whole of the desk's search."""
    for place in places:
        for group, sought in _group(corpus.sought, limit).items():
            yield _measure_group(corpus, group, sought, place, _POOL_STAGES, cutoffs)


def _group(sought: Sequence[Sought], limit: int | None) -> dict[str, tuple[Sought, ...]]:
    groups = dict.fromkeys(one.group for one in sought)
    return {group: spread([one for one in sought if one.group == group], limit) for group in groups}


def _measure_group(
    corpus: Corpus,
    group: str,
    sought: Sequence[Sought],
    place: str,
    stages: Sequence[str],
    cutoffs: Sequence[int],
    widen: Callable[[Sought], Sequence[frozenset[PagePlace]]] | None = None,
) -> Searched:
    choose = corpus.choose(place)
    # The first searches load what the others find loaded.
    for stage in stages:
        search_all(stage, corpus.workspace, sought[:1], choose)
    numbers: list[StageNumbers] = []
    misses: tuple[str, ...] = ()
    for stage in stages:
        _tell(f"{group}, {place}: {stage}")
        found = search_all(stage, corpus.workspace, sought, choose)
        numbers.append(sum_up(stage, found, corpus.names, widen, cutoffs))
        if stage == THE_DESK:
            misses = tuple(text for one in found for text in describe_miss(one, corpus.names))
    return Searched(group, place, tuple(numbers), misses)


def _measure_packing(corpus: Corpus) -> tuple[PackingNumbers, ...]:
    parts = [one for one in corpus.sought if one.group == DESK_PARTS]
    model = LlamaChatModel(find_builtin_chat())
    return measure_packing(
        corpus.workspace, parts, corpus.choose("filing"), corpus.names, model.count_tokens
    )


# What is shown


def describe_miss(found: Found, names: Mapping[str, str]) -> list[str]:
    """Return lines on a question whose evidence is not wholly on the first pages; else none."""
    pages = list_pages(found.hits, names)
    missing = [one for one in found.sought.pages if not one & set(pages[:_MISSED_AT])]
    if not missing:
        return []
    first: dict[tuple[str, int], ScoredPassage] = {}
    for hit in reversed(found.hits):
        first[names.get(hit.passage.document_id, ""), hit.passage.page] = hit
    lines = [f"  {found.sought.question_id}: {' '.join(found.sought.text.split())}"]
    shown = [("sought", sorted(one)[0]) for one in missing]
    shown += [("found", page) for page in pages[:_SHOWN_PAGES]]
    for word, page in shown:
        rank = pages.index(page) + 1 if page in pages else None
        best = first.get((page.document, page.page))
        parts = ", ".join(f"{name} {value:.2f}" for name, value in best.parts) if best else ""
        score = f"{best.score:.2f}" if best else "-"
        lines.append(f"    {word} {page.document} p{page.page} rank {rank} score {score}: {parts}")
    return lines


def render_searched(searched: Searched) -> str:
    """Return a table of one set of questions, a row a stage."""
    cutoffs = list(searched.numbers[0].recall)
    wide = list(searched.numbers[0].same_figure)
    header = [
        f"{searched.group}, {searched.place}",
        *(f"@{k}" for k in cutoffs),
        "MRR",
        *(f"same@{k}" for k in wide),
        "median ms",
        "p95 ms",
    ]
    rows = [
        [
            one.stage,
            *(render_number(one.recall[k], 3) for k in cutoffs),
            render_number(one.mrr, 3),
            *(render_number(one.same_figure[k], 3) for k in wide),
            render_number(one.median_ms, 0),
            render_number(one.p95_ms, 0),
        ]
        for one in searched.numbers
    ]
    return f"\n{searched.numbers[0].questions} questions\n{render_table(header, rows)}"


def render_packing(packing: Sequence[PackingNumbers]) -> str:
    """Return a table of what the Solver would read, a row a way and a column a budget."""
    header = ["operands read within tokens", *(f"{budget}" for budget in BUDGETS), "tokens used"]
    rows = [
        [
            way,
            *(render_number(one.operands, 3) for one in mine),
            " / ".join(render_number(one.tokens, 0) for one in mine),
        ]
        for way in dict.fromkeys(one.way for one in packing)
        for mine in [[one for one in packing if one.way == way]]
    ]
    return f"\n{packing[0].questions} sub-questions\n{render_table(header, rows)}"


if __name__ == "__main__":
    sys.exit(main())
