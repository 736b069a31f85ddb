"""How long converting and quantising take, in how much memory, and what quantising loses.

    python -m benchmarks.conversion [--folder DIR] [--out FILE.json]

Two checkpoints are made: one of half a billion random weights (Qwen2.5-0.5B's shape, 16 bits), for
seconds and memory, and the built-in model's own weights, for Kullback-Leibler divergence: random
weights say little of what rounding does to learnt ones. Each step runs in a process of its own; the
baseline reads the whole checkpoint and writes it, as a short script would.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.checkpoints import HALF_BILLION, write_builtin_checkpoint, write_random_checkpoint
from benchmarks.tables import render_table
from models.conversion.building import build_gguf
from models.conversion.importance import compute_importance
from models.conversion.proof import compute_reference_logits, measure_divergence
from models.conversion.quantising import quantise
from models.conversion.reference import load_reference, load_reference_tokenizer

_QUANTISATIONS = ("Q8_0", "Q6_K", "Q4_K_M")
_TOKENS = 384


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--folder", help="where the checkpoints are made (default: a temporary one)"
    )
    parser.add_argument("--out", metavar="FILE.json", help="write the numbers")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    call = parser.parse_args()
    if call.step:
        print(json.dumps(_run_step(*call.step.split("|"))))
        return
    with tempfile.TemporaryDirectory(dir=call.folder) as folder:
        numbers = {"cost": measure_cost(Path(folder)), "loss": measure_loss(Path(folder))}
    if call.out:
        Path(call.out).write_text(json.dumps(numbers, indent=2))


def measure_cost(folder: Path) -> list[dict[str, Any]]:
    """Measure seconds and memory of each step on half a billion weights."""
    checkpoint = write_random_checkpoint(
        folder / "half", "qwen2", HALF_BILLION, tied=True, dtype="bfloat16"
    )
    size = (checkpoint / "model.safetensors").stat().st_size
    whole = folder / "half-BF16.gguf"
    steps: list[tuple[str, str, Path, Path, str]] = [
        ("read whole, write (baseline)", "baseline", checkpoint, folder / "baseline.gguf", ""),
        ("convert, as stored", "convert", checkpoint, whole, ""),
        ("convert to F16", "convert", checkpoint, folder / "half-F16.gguf", "F16"),
        ("convert to F32", "convert", checkpoint, folder / "half-F32.gguf", "F32"),
        *((f"quantise to {q}", "quantise", whole, folder / f"{q}.gguf", q) for q in _QUANTISATIONS),
    ]
    rows: list[dict[str, Any]] = []
    for title, kind, source, target, precision in steps:
        found = _run_apart(kind, str(source), str(target), precision)
        rows.append({"step": title, **found, "bytes": target.stat().st_size})
    print(f"\nA checkpoint of {size / 1e9:.2f} GB; memory above that of the started program.\n")
    table = render_table(
        ("step", "s", "peak MB", "of it not mapped", "file GB"),
        [
            (
                row["step"],
                f"{row['seconds']:.1f}",
                f"{row['peak'] / 1e6:,.0f}",
                f"{row['own'] / 1e6:,.0f}",
                f"{row['bytes'] / 1e9:.2f}",
            )
            for row in rows
        ],
    )
    print(table)
    return rows


def measure_loss(folder: Path) -> list[dict[str, Any]]:
    """Measure how far each file's distributions are from those at 32 bits, on learnt weights."""
    checkpoint = write_builtin_checkpoint(folder / "builtin")
    tokenizer = load_reference_tokenizer(checkpoint)
    text, other = _read_texts()
    ids = tokenizer(text, add_special_tokens=False)["input_ids"][:_TOKENS]
    expected = compute_reference_logits(load_reference(checkpoint), ids)
    sums, counts = compute_importance(checkpoint, [other])
    importance = {name: total / counts[name] for name, total in sums.items()}
    files: list[tuple[str, Path]] = []
    for precision in ("F32", "F16", "BF16"):
        files.append((precision, folder / f"b-{precision}.gguf"))
        build_gguf(checkpoint, files[-1][1], precision)
    for name in _QUANTISATIONS:
        for weighed in (False, True):
            title = f"{name}, weighed by importance" if weighed else name
            files.append((title, folder / f"b-{name}-{weighed}.gguf"))
            quantise(files[0][1], files[-1][1], name, importance=importance if weighed else None)
    rows: list[dict[str, Any]] = []
    for title, path in files:
        found = measure_divergence(expected, path, ids)
        rows.append(
            {"file": title, "mean": found.mean, "most": found.most, "same": found.same_first}
        )
    print(f"\nKullback-Leibler divergence from transformers at 32 bits, {len(ids)} tokens, nats.\n")
    table = render_table(
        ("file", "mean", "most", "same likeliest token"),
        [(r["file"], f"{r['mean']:.2e}", f"{r['most']:.2e}", f"{r['same']:.1%}") for r in rows],
    )
    print(table)
    return rows


def _read_texts() -> tuple[str, str]:
    """Return prose to measure on and other prose to weigh with: this project's own documents."""
    root = Path(__file__).resolve().parent.parent
    return (root / "README.md").read_text(), (root / "CONTRIBUTING.md").read_text()


def _run_apart(*words: str) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603  # this very module
        [sys.executable, "-m", "benchmarks.conversion", "--step", "|".join(words)],
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _run_step(kind: str, source: str, target: str, precision: str) -> dict[str, float]:
    """Run one step in this process, watching its memory."""
    import torch  # noqa: F401  # what every way needs is loaded before the clock starts

    watch = _MemoryWatch()
    start = time.perf_counter()
    if kind == "convert":
        build_gguf(Path(source), Path(target), precision or None)
    elif kind == "quantise":
        quantise(Path(source), Path(target), precision)
    else:
        _write_whole(Path(source), Path(target))
    return {"seconds": time.perf_counter() - start, **watch.stop()}


def _write_whole(source: Path, target: Path) -> None:
    """Convert as a short script would: all tensors in memory, without the vocabulary."""
    import torch
    from gguf import GGMLQuantizationType, GGUFWriter
    from safetensors.torch import load_file

    writer = GGUFWriter(target, "qwen2")
    for name, tensor in load_file(source / "model.safetensors").items():
        values = tensor.contiguous().view(torch.uint8).numpy()
        writer.add_tensor(name[:60], values, raw_dtype=GGMLQuantizationType.BF16)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


class _MemoryWatch:
    """Samples this process's memory: all of it, and what is not mapped from a file."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._rss, self._own = self._read()
        self._peak, self._peak_own = self._rss, self._own
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> dict[str, float]:
        """Return the peaks, above what there was at the start."""
        self._ended.set()
        self._thread.join()
        return {"peak": self._peak - self._rss, "own": self._peak_own - self._own}

    def _sample(self) -> None:
        while not self._ended.wait(0.02):
            rss, own = self._read()
            self._peak, self._peak_own = max(self._peak, rss), max(self._peak_own, own)

    def _read(self) -> tuple[int, int]:
        found = self._process.memory_info()
        return found.rss, found.rss - getattr(found, "shared", 0)


if __name__ == "__main__":
    main()
