"""How fast the built-in embedding model is by engine, and how near each stays to plain float32.

    python -m benchmarks.embedding --data ../shared/data

One real filing is cut into passages of 180 words. All engines take turns on the same passages, so
their ratios hold on a busy machine, too; those of work in a CPU second are disturbed least. The
cosine is to what sentence-transformers computes in float32, by passage.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from benchmarks.golds import DataMissing, find_filing
from benchmarks.tables import render_number, render_table
from ingestion.errors import IngestionError
from ingestion.files import parse_file
from ingestion.layout.packing import unpack_page
from models.builtin import find_builtin_embedding
from models.embedding_engines import (
    PackedBert,
    PaddedModel,
    Vectors,
    use_physical_cores,
)
from models.errors import ModelError
from models.precision import BFLOAT16, FLOAT32, probe_precision

FILING = "3M_2018_10K"
PLAIN = "sentence-transformers, float32"
_WORDS = 180

Engine = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class Pace:
    """An engine's passages a second by rounds, and its cosine to plain float32.

    `a_cpu_second` counts the seconds of all cores together, which others on the machine disturb
    less. `cosine` is that of the passage at the first percentile, `least_cosine` that of the worst.
    """

    engine: str
    a_second: tuple[float, ...]
    a_cpu_second: tuple[float, ...]
    cosine: float
    least_cosine: float

    def compare(self, other: Pace) -> tuple[float, float]:
        """How many times as fast as another, and as much in a CPU second: medians over rounds."""
        wall = zip(self.a_second, other.a_second, strict=True)
        cores = zip(self.a_cpu_second, other.a_cpu_second, strict=True)
        fast, much = (
            statistics.median(own / others for own, others in one) for one in (wall, cores)
        )
        return fast, much


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.embedding", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--data", type=Path, required=True, help="the folder with the filings")
    parser.add_argument("--filing", default=FILING, metavar="NAME", help="without ending")
    parser.add_argument("--passages", type=int, default=96, metavar="N", help="spread over it (96)")
    parser.add_argument("--rounds", type=int, default=3, metavar="R", help="of all engines (3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers")
    options = parser.parse_args(arguments)
    use_physical_cores()
    try:
        passages = cut_filing(find_filing(options.data, options.filing), options.passages)
        paces = measure_paces(build_engines(), passages, options.rounds)
    except (DataMissing, IngestionError, ModelError, OSError) as error:
        print(f"embedding: {error}", file=sys.stderr)
        return 1
    print(f"{len(passages)} passages, {torch.get_num_threads()} threads")
    print(f"The program would take: {probe_precision().engine}\n")
    print(render_paces(paces))
    if options.json:
        numbers = json.dumps([asdict(pace) for pace in paces], indent=2)
        options.json.write_text(numbers + "\n", encoding="utf-8")
    return 0


def cut_filing(path: Path, count: int) -> list[str]:
    """Return `count` passages of 180 words, spread over a filing."""
    pages = parse_file(path.read_bytes(), path.name).pages
    passages = []
    for page in map(unpack_page, pages):
        words = " ".join(line.text for line in page.lines).split()
        passages += [
            " ".join(words[start : start + _WORDS]) for start in range(0, len(words), _WORDS)
        ]
    count = max(1, min(count, len(passages)))
    return [passages[index * len(passages) // count] for index in range(count)]


def build_engines() -> Mapping[str, Engine]:
    """Return the engines by name."""
    plain = _load_plain()
    engines: dict[str, Engine] = {
        PLAIN: lambda texts: _encode(plain, texts),
        "sentence-transformers, autocast to bfloat16": lambda texts: _encode_cast(plain, texts),
    }
    whole = _load_plain().to(torch.bfloat16)
    engines["sentence-transformers, all in bfloat16"] = lambda texts: _encode(whole, texts)
    for precision in (FLOAT32, BFLOAT16):
        engines[f"padded, by length, {precision.name}"] = PaddedModel(
            _load_plain(), precision
        ).encode
    for precision in (FLOAT32, BFLOAT16):
        engines[f"without padding, {precision.name}"] = PackedBert(_load_plain(), precision).encode
    return engines


def measure_paces(
    engines: Mapping[str, Engine], passages: Sequence[str], rounds: int
) -> list[Pace]:
    """Let all engines take turns on the passages, in each round another first."""
    names = list(engines)
    walls: dict[str, list[float]] = {name: [] for name in names}
    cores: dict[str, list[float]] = {name: [] for name in names}
    vectors = {name: engines[name](passages) for name in names}  # which warms them up, too
    for turn in range(max(1, rounds)):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            started, used = time.perf_counter(), time.process_time()
            engines[name](passages)
            walls[name].append(len(passages) / (time.perf_counter() - started))
            cores[name].append(len(passages) / (time.process_time() - used))
    paces = []
    for name in names:
        lengths = np.linalg.norm(vectors[name], axis=1) * np.linalg.norm(vectors[PLAIN], axis=1)
        cosines = (vectors[name] * vectors[PLAIN]).sum(axis=1) / lengths
        low, least = float(np.percentile(cosines, 1)), float(cosines.min())
        paces.append(Pace(name, tuple(walls[name]), tuple(cores[name]), low, least))
    return paces


def render_paces(paces: Sequence[Pace]) -> str:
    """Return the engines' speeds, their ratios to the plain way, and how near they stay to it."""
    plain = next(pace for pace in paces if pace.engine == PLAIN)
    rows = [
        [
            pace.engine,
            render_number(statistics.median(pace.a_second)),
            f"{min(pace.a_second):.1f} to {max(pace.a_second):.1f}",
            *(f"{ratio:.2f} x" for ratio in pace.compare(plain)),
            render_number(pace.cosine, 5),
            render_number(pace.least_cosine, 5),
        ]
        for pace in paces
    ]
    header = ["engine", "passages/s", "rounds", "of plain", "in a CPU s", "cosine p1", "least"]
    return render_table(header, rows)


def _load_plain() -> SentenceTransformer:
    folder = str(find_builtin_embedding())
    return SentenceTransformer(folder, device="cpu", local_files_only=True)


def _encode(model: SentenceTransformer, texts: Sequence[str]) -> Vectors:
    found = model.encode(
        list(texts), normalize_embeddings=True, convert_to_tensor=True, show_progress_bar=False
    )
    return np.asarray(found.float().numpy(), dtype=np.float32)


def _encode_cast(model: SentenceTransformer, texts: Sequence[str]) -> Vectors:
    with torch.autocast("cpu", torch.bfloat16):
        return _encode(model, texts)


if __name__ == "__main__":
    sys.exit(main())
