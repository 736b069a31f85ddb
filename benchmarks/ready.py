"""The program that measures how long a filing takes until it can be searched.

    python -m benchmarks.ready --data DIR [--filing NAME] [--rounds R] [--json FILE]

A new workspace takes in one filing: it is searchable by words and facts when it is parsed, and by
vectors when those are made. In turns with it the plain way: pypdf's text, passages of 180 words,
sentence-transformers' own encoding in float32, a Chroma collection. Both have their model loaded
before, and each keeps the number of threads that it chooses. Recall is that of the filing's
questions, and tells whether speed was bought with it: the desk's search is asked again with
vectors of the same passages that the plain encoding made.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.golds import DataMissing, find_filing
from benchmarks.measures import PagePlace, keep_first, recall_at
from benchmarks.sought import FINANCEBENCH, Sought, load_sought
from benchmarks.tables import render_number, render_table
from ingestion.errors import IngestionError
from ingestion.workspace import Workspace
from models.builtin import find_builtin_embedding
from models.embedding import BuiltinEmbedder
from models.errors import ModelError
from research.retrieval.search import search_passages

if TYPE_CHECKING:
    from chromadb import Collection
    from sentence_transformers import SentenceTransformer

    from ingestion.storage.vectors import Embedder, Vectors

FILING = "3M_2018_10K"
# The aims, in seconds, for a filing of 160 pages.
AIM_WORDS, AIM_VECTORS = 6.0, 18.0
_WORDS = 180
_CUTOFF = 5
_DEPTH = 50
# Chroma refuses larger writes.
_WRITTEN_AT_ONCE = 5000

_VECTORS, _DESK, _PLAINLY = "vectors", "the desk's search", ", by the plain encoding"

Find = Callable[[str], Sequence[PagePlace]]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of the plain way."""

    page: int
    text: str


@dataclass(frozen=True, slots=True)
class ReadyNumbers:
    """Seconds by rounds; `recall` is at 5 pages, by way of searching.

    A filing has few questions, so `agreement` says of `asked` questions, on whatever filing, what
    share of the first 5 pages found is the same with our vectors and the plain encoding's.
    """

    filing: str
    pages: int
    passages: int
    chunks: int
    words_and_facts: tuple[float, ...]
    vectors_too: tuple[float, ...]
    plain_text: tuple[float, ...]
    plain_vectors: tuple[float, ...]
    engine: str
    threads: tuple[int, int]
    questions: int
    recall: Mapping[str, float]
    asked: int
    agreement: Mapping[str, float]


class PlainEmbedder:
    """Vectors as sentence-transformers makes them when nothing is said: float32, batches of 32."""

    name = "plain-float32"

    def __init__(self, model: SentenceTransformer) -> None:
        self._model = model

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return normalised vectors, shape (len(texts), dimensions)."""
        return np.asarray(
            self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False),
            dtype=np.float32,
        )

    def embed_query(self, text: str) -> Vectors:
        """Return the normalised vector of one query, shape (dimensions,)."""
        vector: Vectors = self.embed_passages([text])[0]
        return vector


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ready", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--data", type=Path, required=True, help="the folder with the filings")
    parser.add_argument("--filing", default=FILING, metavar="NAME", help="without ending")
    parser.add_argument("--rounds", type=int, default=1, metavar="R", help="of both ways (1)")
    parser.add_argument("--no-recall", action="store_true", help="only the times")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers")
    options = parser.parse_args(arguments)
    try:
        numbers = measure_ready(
            options.data, options.filing, max(options.rounds, 1), with_recall=not options.no_recall
        )
    except (DataMissing, IngestionError, ModelError, OSError) as error:
        print(f"ready: {error}", file=sys.stderr)
        return 1
    print(render_ready(numbers))
    if options.json:
        options.json.write_text(json.dumps(asdict(numbers), indent=2) + "\n", encoding="utf-8")
    return 0


@dataclass(frozen=True, slots=True)
class _Compared:
    """What is found by each way of searching; see `ReadyNumbers`."""

    questions: int = 0
    recall: Mapping[str, float] = field(default_factory=dict)
    asked: int = 0
    agreement: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Bench:
    """One filing, both ways' models with their threads, and the folder for what they make."""

    path: Path
    folder: Path
    own: BuiltinEmbedder
    own_threads: int
    plain: PlainEmbedder
    plain_threads: int

    def take_in(self, name: str, embedder: Embedder, threads: int) -> tuple[Workspace, list[float]]:
        """Add the filing to a new workspace; returns seconds until words, and until vectors."""
        _use_threads(threads)
        workspace = Workspace(self.folder / name, embedder)
        started = time.perf_counter()
        workspace.add_file(self.path)
        by_words = time.perf_counter() - started
        workspace.embed_waiting()
        return workspace, [by_words, time.perf_counter() - started]

    def take_in_plainly(self, name: str) -> tuple[Collection, int, list[float]]:
        """Do the same in the plain way; returns how many passages it made, too."""
        _use_threads(self.plain_threads)
        started = time.perf_counter()
        chunks = cut_chunks(read_plain_text(self.path))
        by_text = time.perf_counter() - started
        collection = _index_plain(self.folder / name, self.plain, chunks)
        return collection, len(chunks), [by_text, time.perf_counter() - started]


def measure_ready(data: Path, filing: str, rounds: int, *, with_recall: bool) -> ReadyNumbers:
    """Take the filing in by both ways, in turns.

    Raises:
        DataMissing: the data folder lacks the filing or the questions.
    """
    path = find_filing(data, filing)
    everything = load_sought(data)
    own_times, plain_times = [], []
    with tempfile.TemporaryDirectory() as folder:
        bench = _open_bench(path, Path(folder))
        for number in range(rounds):
            workspace, seconds = bench.take_in(f"own{number}", bench.own, bench.own_threads)
            own_times.append(seconds)
            collection, chunks, seconds = bench.take_in_plainly(f"plain{number}")
            plain_times.append(seconds)
        compared = (
            _compare(bench, everything, workspace, collection) if with_recall else _Compared()
        )
        document = workspace.documents()[0]
    return ReadyNumbers(
        filing=filing,
        pages=document.pages,
        passages=document.passages,
        chunks=chunks,
        words_and_facts=tuple(first for first, _ in own_times),
        vectors_too=tuple(last for _, last in own_times),
        plain_text=tuple(first for first, _ in plain_times),
        plain_vectors=tuple(last for _, last in plain_times),
        engine=bench.own.engine,
        threads=(bench.own_threads, bench.plain_threads),
        questions=compared.questions,
        recall=compared.recall,
        asked=compared.asked,
        agreement=compared.agreement,
    )


def _open_bench(path: Path, folder: Path) -> _Bench:
    """Load both models; the plain one first, before ours chooses its threads."""
    import torch

    plain_threads = torch.get_num_threads()
    plain = _load_plain()
    own = BuiltinEmbedder()
    own.load()
    return _Bench(path, folder, own, torch.get_num_threads(), plain, plain_threads)


def _use_threads(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)


def _compare(
    bench: _Bench, everything: Sequence[Sought], workspace: Workspace, collection: Collection
) -> _Compared:
    filing, plain = bench.path.stem, bench.plain
    slow, _ = bench.take_in("float32", plain, bench.plain_threads)
    ways: dict[str, Find] = {
        "plain way": lambda text: _find_plain(collection, plain, filing, text),
        _VECTORS: lambda text: _find_vectors(workspace, filing, text),
        _VECTORS + _PLAINLY: lambda text: _find_vectors(slow, filing, text),
        _DESK: lambda text: _find_desk(workspace, filing, text),
        _DESK + _PLAINLY: lambda text: _find_desk(slow, filing, text),
    }
    own = [s for s in everything if s.group == FINANCEBENCH and s.documents == (filing,)]
    return _Compared(
        questions=len(own),
        recall={name: measure_recall(own, find) for name, find in ways.items()} if own else {},
        asked=len(everything),
        agreement={
            name: fmean(
                share_same(ways[name](one.text), ways[name + _PLAINLY](one.text))
                for one in everything
            )
            for name in (_VECTORS, _DESK)
        },
    )


# The plain way


def _load_plain() -> PlainEmbedder:
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]  # the library leaves it so
    folder = str(find_builtin_embedding())
    return PlainEmbedder(SentenceTransformer(folder, device="cpu", local_files_only=True))


def read_plain_text(path: Path) -> list[str]:
    """Return the text of each page, as pypdf reads it."""
    from pypdf import PdfReader

    return [page.extract_text() for page in PdfReader(io.BytesIO(path.read_bytes())).pages]


def cut_chunks(pages: Sequence[str], words: int = _WORDS) -> list[Chunk]:
    """Cut each page into passages of so many words; the last may be shorter."""
    return [
        Chunk(number, " ".join(found[start : start + words]))
        for number, text in enumerate(pages, start=1)
        for found in [text.split()]
        for start in range(0, len(found), words)
    ]


def _index_plain(folder: Path, plain: PlainEmbedder, chunks: Sequence[Chunk]) -> Collection:
    import chromadb
    from chromadb.config import Settings

    vectors = plain.embed_passages([chunk.text for chunk in chunks])
    client = chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))
    collection = client.create_collection("plain", configuration={"hnsw": {"space": "cosine"}})
    for start in range(0, len(chunks), _WRITTEN_AT_ONCE):
        part = chunks[start : start + _WRITTEN_AT_ONCE]
        collection.add(
            ids=[str(start + offset) for offset in range(len(part))],
            embeddings=vectors[start : start + len(part)],
            documents=[chunk.text for chunk in part],
            metadatas=[{"page": chunk.page} for chunk in part],
        )
    return collection


# Recall


def measure_recall(sought: Sequence[Sought], find: Find) -> float:
    """Return the share of the evidence that is on the first 5 pages found."""
    return fmean(recall_at(keep_first(find(one.text)), one.pages, _CUTOFF) for one in sought)


def share_same(found: Sequence[PagePlace], others: Sequence[PagePlace]) -> float:
    """Return the share of the first 5 pages of one ranking that are among those of another."""
    first = set(keep_first(found)[:_CUTOFF])
    return len(first & set(keep_first(others)[:_CUTOFF])) / len(first) if first else 1.0


def _find_plain(
    collection: Collection, plain: PlainEmbedder, filing: str, text: str
) -> list[PagePlace]:
    found: Any = collection.query(
        query_embeddings=plain.embed_query(text)[None, :], n_results=_DEPTH, include=["metadatas"]
    )
    return [PagePlace(filing, int(place["page"])) for place in found["metadatas"][0]]


def _find_vectors(workspace: Workspace, filing: str, text: str) -> list[PagePlace]:
    return [PagePlace(filing, hit.passage.page) for hit in workspace.search_vectors(text, _DEPTH)]


def _find_desk(workspace: Workspace, filing: str, text: str) -> list[PagePlace]:
    return [PagePlace(filing, hit.passage.page) for hit in search_passages(workspace, text, _DEPTH)]


# What is shown


def render_ready(numbers: ReadyNumbers) -> str:
    """Return two tables: the seconds of both ways, and recall by way of searching."""
    seconds = [
        ("searchable by words and facts", numbers.words_and_facts, AIM_WORDS),
        ("searchable by vectors too", numbers.vectors_too, AIM_VECTORS),
        ("plain way: text and passages", numbers.plain_text, None),
        ("plain way: vectors in Chroma too", numbers.plain_vectors, None),
    ]
    whole = median(numbers.plain_vectors)
    rows = [
        [
            name,
            render_number(median(times)),
            render_number(min(times)),
            render_number(max(times)),
            render_number(aim, 0),
            f"{median(times) / whole:.2f}",
        ]
        for name, times, aim in seconds
    ]
    header = ["seconds until", "median", "least", "most", "aim", "of the plain way"]
    lines = [
        f"{numbers.filing}: {numbers.pages} pages, {numbers.passages} passages "
        f"({numbers.chunks} of the plain way); {numbers.engine}; threads of torch "
        f"{numbers.threads[0]} and {numbers.threads[1]}",
        render_table(header, rows),
    ]
    if numbers.recall:
        found = [[way, render_number(share, 3)] for way, share in numbers.recall.items()]
        lines += ["", render_table([f"recall@5, {numbers.questions} questions", ""], found)]
    if numbers.agreement:
        found = [[way, render_number(share, 3)] for way, share in numbers.agreement.items()]
        title = f"same pages @5 as by the plain encoding, {numbers.asked} questions"
        lines += ["", render_table([title, ""], found)]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
