"""How fast a library of many passages is searched: builds some of any size, and measures them.

    python -m benchmarks.scale --data DIR --folder DIR --sizes 10000 100000 1000000

The filings of the data folder are read once, into the workspace `source` in the folder; libraries
are made of their passages (see `benchmarks.synthetic`), each in a folder named by its size. All
goes on where it was stopped: a million vectors take an hour or more. Each size is measured in a
fresh process, so that its memory is that of a desk just opened, with the questions of the data
folder, whose vectors are made beforehand.

Knows the workspace and the fusion of rankings; nothing of golds: only speed, space, and the share
of the truly nearest vectors that are found.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import psutil

from benchmarks.fusion import fuse_rankings
from benchmarks.golds import DataMissing, list_filings, load_questions
from benchmarks.library import DEPTH, prepare_library
from benchmarks.synthetic import (
    Source,
    build_source,
    build_vectors,
    count_documents,
    grow_vectors,
    grow_words,
    name_document,
)
from benchmarks.tables import render_number, render_table
from ingestion.errors import IngestionError
from ingestion.storage.database import Database
from ingestion.storage.vectors import VectorIndex, Vectors
from ingestion.workspace import Workspace
from models.embedding import BuiltinEmbedder

# Of that many nearest vectors the share found is told.
_NEAREST = 10
# Similarities that differ by less are equal: Chroma and numpy round differently.
_EQUAL = 1e-5

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a way of searching took, in milliseconds; `processor` is the work of all threads.

    On a machine that is busy with other work the processor's time says more.
    """

    name: str
    median: float
    p95: float
    processor_median: float
    processor_p95: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a library: seconds, bytes, and a share from 0 to 1."""

    size: int
    seconds_to_open: float
    words_bytes: int
    vectors_bytes: int
    memory_bytes: int
    recall: float
    timings: tuple[Timing, ...]


class PreparedEmbedder:
    """Knows the vectors of the questions, and makes no others."""

    def __init__(self, name: str, vectors: dict[str, Vectors]) -> None:
        self.name = name
        self._vectors = vectors

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return the prepared vectors of `texts`."""
        return np.stack([self._vectors[text] for text in texts])

    def embed_query(self, text: str) -> Vectors:
        """Return the prepared vector of one query."""
        return self._vectors[text]


def main(arguments: Sequence[str] | None = None) -> int:
    """Build and measure what the command line asks for; 1 with a message when it fails."""
    parser = argparse.ArgumentParser(prog="benchmarks.scale", description="Speed by library size.")
    parser.add_argument("--data", type=Path, required=True, help="filings and questions")
    parser.add_argument("--folder", type=Path, required=True, help="where libraries are built")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000], metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="R", help="of all questions (3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        results = [_build_and_measure(options, size) for size in sorted(options.sizes)]
    except (DataMissing, IngestionError) as error:
        print(error, file=sys.stderr)
        return 1
    print(render_results(results))
    if options.json:
        options.json.write_text(json.dumps([asdict(result) for result in results], indent=1))
    return 0


def _build_and_measure(options: argparse.Namespace, size: int) -> Measured:
    questions = tuple(
        dict.fromkeys(
            question.text for question in load_questions(options.data, ("financebench", "desk"))
        )
    )
    source = _load_source(options.data, options.folder)
    folder = options.folder / str(size)
    folder.mkdir(parents=True, exist_ok=True)
    embedder = BuiltinEmbedder()
    database = Database(folder / "desk.sqlite3")
    grow_words(database, source, size)
    index = VectorIndex(folder / "vectors", embedder.name, lambda: 0)
    grow_vectors(database, index, source, size, embedder.name)
    vectors = embedder.embed_passages(questions)
    nearest = find_nearest(source, size, vectors)
    # A process of its own: this one holds the source, the model and the index that it built.
    with get_context("spawn").Pool(1) as pool:
        measured = pool.apply(
            measure_library,
            (folder, size, embedder.name, questions, vectors, nearest, options.rounds),
        )
    embedding = _time("embedding the query", questions, embedder.embed_query)
    return replace(measured, timings=(embedding, *measured.timings))


def _load_source(data: Path, folder: Path) -> Source:
    """Return the passages and vectors of the data folder's filings, read where they were not."""
    embedder = BuiltinEmbedder()
    workspace = Workspace(folder / "source", embedder)
    prepare_library(workspace, data, list_filings(data), log.info)
    database = Database(folder / "source" / "desk.sqlite3")
    index = VectorIndex(folder / "source" / "vectors", embedder.name, database.vector_changes)
    # By name and in reading order, so that the same filings always give the same source.
    ids = [
        text.passage_id
        for document in sorted(database.documents(), key=lambda document: document.name)
        for text in database.list_texts(document.document_id)
    ]
    vectors, passages = index.vectors_of(ids), database.passages(ids)
    return build_source([passages[key] for key in ids], np.stack([vectors[key] for key in ids]))


def find_nearest(source: Source, size: int, queries: Vectors) -> Vectors:
    """Return the similarities of each query's nearest vectors, shape (queries, 10), ascending."""
    best = np.full((len(queries), _NEAREST), -1.0, dtype=np.float32)
    for number in range(count_documents(size)):
        similar = queries @ build_vectors(source, number).T
        best = np.sort(np.hstack([best, similar]), axis=1)[:, -_NEAREST:]
    return best


def measure_library(
    folder: Path,
    size: int,
    model: str,
    questions: Sequence[str],
    vectors: Vectors,
    nearest: Vectors,
    rounds: int,
) -> Measured:
    """Search a library in every way and return how it went."""
    embedder = PreparedEmbedder(model, dict(zip(questions, vectors, strict=True)))
    workspace = Workspace(folder, embedder)
    started = time.perf_counter()
    found = [workspace.search_vectors(question, _NEAREST) for question in questions]
    opened = time.perf_counter() - started
    asked = [question for _ in range(rounds) for question in questions]
    timings = tuple(_time(name, asked, search) for name, search in _list_searches(workspace, size))
    scores = [[scored.score for scored in hits] for hits in found]
    return Measured(
        size=size,
        seconds_to_open=opened,
        words_bytes=_weigh(folder, "desk.sqlite3*"),
        vectors_bytes=_weigh(folder / "vectors", "**/*"),
        memory_bytes=psutil.Process().memory_info().rss,
        recall=_compare(scores, nearest),
        timings=timings,
    )


def _compare(scores: Sequence[Sequence[float]], nearest: Vectors) -> float:
    """Return the share of found passages that are as near as the truly nearest are."""
    right = sum(
        sum(score >= exact[0] - _EQUAL for score in found)
        for found, exact in zip(scores, nearest, strict=True)
    )
    return right / nearest.size


def _list_searches(
    workspace: Workspace, size: int
) -> Iterator[tuple[str, Callable[[str], object]]]:
    """Name the ways of searching, in all documents and in some."""
    documents = [name_document(number) for number in range(count_documents(size))]
    turn = iter(range(10**9))

    def choose_one() -> list[str]:
        return [documents[next(turn) * 7 % len(documents)]]

    ten = documents[:: max(1, len(documents) // 10)][:10]
    thirty, half = documents[:: max(1, len(documents) // 30)][:30], documents[::2]
    for name, choose in (
        ("all", lambda: None),
        ("one document, another each time", choose_one),
        ("ten documents", lambda: ten),
        ("thirty documents", lambda: thirty),
        ("half of them", lambda: half),
    ):
        yield f"words, {name}", _search(workspace, choose, "words")
        yield f"vectors, {name}", _search(workspace, choose, "vectors")
        yield f"both, fused, {name}", _search(workspace, choose, "both")


def _search(
    workspace: Workspace, choose: Callable[[], list[str] | None], way: str
) -> Callable[[str], object]:
    def search(question: str) -> object:
        chosen = choose()
        rankings = []
        if way != "words":
            rankings.append(workspace.search_vectors(question, DEPTH, chosen))
        if way != "vectors":
            rankings.append(workspace.search_words(question, DEPTH, chosen))
        return fuse_rankings(rankings)

    return search


def _time(name: str, questions: Sequence[str], search: Callable[[str], object]) -> Timing:
    search(questions[0])
    times = []
    for question in questions:
        started = time.perf_counter(), time.process_time()
        search(question)
        times.append((time.perf_counter() - started[0], time.process_time() - started[1]))
    (median, processor_median), (p95, processor_p95) = np.percentile(times, [50, 95], axis=0) * 1e3
    return Timing(name, float(median), float(p95), float(processor_median), float(processor_p95))


def _weigh(folder: Path, pattern: str) -> int:
    return sum(path.stat().st_size for path in folder.glob(pattern) if path.is_file())


def render_results(results: Sequence[Measured]) -> str:
    """Return the tables: space and recall by size, and the times of each way of searching."""
    space = render_table(
        ["passages", "words MB", "vectors MB", "memory MB", "opened s", f"recall@{_NEAREST}"],
        [
            [
                f"{result.size:,}",
                render_number(result.words_bytes / 1e6, 0),
                render_number(result.vectors_bytes / 1e6, 0),
                render_number(result.memory_bytes / 1e6, 0),
                render_number(result.seconds_to_open),
                render_number(result.recall, 3),
            ]
            for result in results
        ],
    )
    heads = [
        f"{result.size:,} {what}" for result in results for what in ("p50", "p95", "CPU p50", "p95")
    ]
    times = [
        [
            timing.name,
            *(
                render_number(value)
                for result in results
                for value in (
                    result.timings[place].median,
                    result.timings[place].p95,
                    result.timings[place].processor_median,
                    result.timings[place].processor_p95,
                )
            ),
        ]
        for place, timing in enumerate(results[0].timings)
    ]
    return f"{space}\n\nMilliseconds:\n{render_table(['search', *heads], times)}"


if __name__ == "__main__":
    sys.exit(main())
