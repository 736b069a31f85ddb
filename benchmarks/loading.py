"""Seconds to load a model and to its first token, beside llama-cpp-python used plainly.

    python -m benchmarks.loading [--model FILE.gguf] [--rounds N]

Each round is a process of its own, the ways in turn. Plainly is `Llama(FILE)` and
`create_chat_completion`, with the context that ours takes; ours reads the head, plans memory,
loads and asks through `ChatModel`. What is imported is not counted.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.tables import render_table
from models.builtin import find_builtin_chat

_WAYS = ("plainly", "ours")
_MESSAGE = (
    "You have the following context passages:\n"
    + "Net sales rose 6.2%, to $1,284.7 million, and gross profit fell to $402.1 million. " * 12
    + "\n\nWhat were net sales?"
)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", type=Path, default=find_builtin_chat())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--way", choices=_WAYS, help=argparse.SUPPRESS)
    call = parser.parse_args()
    if call.way:
        print(
            json.dumps(
                _measure_plainly(call.model) if call.way == "plainly" else _measure_ours(call.model)
            )
        )
        return
    found: dict[str, list[dict[str, float]]] = {way: [] for way in _WAYS}
    for number in range(call.rounds):
        for way in _WAYS if number % 2 == 0 else reversed(_WAYS):
            found[way].append(_run_apart(call.model, way))
    rows = []
    for way, rounds in found.items():
        load, first = (median(one[key] for one in rounds) for key in ("load", "first"))
        rows.append((way, f"{load:.2f}", f"{first:.2f}", f"{load + first:.2f}"))
    print(f"{call.model.name}, median of {call.rounds} rounds, seconds\n")
    print(render_table(("way", "load", "first token", "both"), rows))


def _run_apart(model: Path, way: str) -> dict[str, float]:
    done = subprocess.run(  # noqa: S603  # this very module
        [sys.executable, "-m", "benchmarks.loading", "--model", str(model), "--way", way],
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _measure_plainly(path: Path) -> dict[str, float]:
    import llama_cpp
    import llama_cpp.llama_cpp as library

    from models.llama.loading import has_amx

    if has_amx():  # this machine would end at the first AMX instruction
        default = library.llama_model_default_params

        def without_amx() -> object:
            params = default()
            params.use_extra_bufts = False
            return params

        library.llama_model_default_params = without_amx
    start = time.perf_counter()
    llama = llama_cpp.Llama(str(path), n_ctx=8192, n_gpu_layers=-1, verbose=False)
    loaded = time.perf_counter()
    stream: Any = llama.create_chat_completion(
        [{"role": "user", "content": _MESSAGE}], max_tokens=8, temperature=0.0, stream=True
    )
    for piece in stream:
        if piece["choices"][0]["delta"].get("content"):
            break
    return {"load": loaded - start, "first": time.perf_counter() - loaded}


def _measure_ours(path: Path) -> dict[str, float]:
    from models.chat import CancelToken, GenerationSettings
    from models.llama.model import LlamaChatModel, describe_file

    file = describe_file(path, None, "0" * 64)  # as for an installed model, whose sum is kept
    start = time.perf_counter()
    model = LlamaChatModel(path, file=file)
    loaded = time.perf_counter()
    next(iter(model.stream(_MESSAGE, GenerationSettings(max_tokens=8), CancelToken())))
    return {"load": loaded - start, "first": time.perf_counter() - loaded}


if __name__ == "__main__":
    main()
