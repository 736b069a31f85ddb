"""What each way of decoding brings: batches, shared prefixes, and threads, on one model in one run.

    python -m benchmarks.decoding [--model FILE.gguf] [--rounds 3]

The prompts are rows of an invented table, about 400 tokens each. Rounds are interleaved, and the
ratios are those of medians, since machines are noisy. Knows no filing and no question set.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

from models.builtin import find_builtin_chat
from models.chat import CancelToken, Completion, GenerationSettings, Request
from models.llama.model import LlamaChatModel
from research.prompts import (
    render_document_plan_prompt,
    render_program_prompt,
    render_sub_claim_prompt,
    render_sub_question_prompt,
)

_WRITTEN = 32
_ITEMS = (
    "Net sales", "Cost of sales", "Gross profit", "Research and development", "Operating income",
    "Interest expense", "Income taxes", "Net income", "Inventories", "Accounts payable",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decoding", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--model", type=Path, help="a GGUF file (default: the built-in model)")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    model = LlamaChatModel(options.model or find_builtin_chat())
    print(f"{model.file.file}, {_WRITTEN} tokens written a text, {options.rounds} rounds\n")
    _print_ratios(model, options.rounds)
    _print_divergence(model)
    return 0


def _print_ratios(model: LlamaChatModel, rounds: int) -> None:
    rows: list[tuple[str, Callable[[int], None], Callable[[int], None]]] = [
        *(
            (
                f"{count} texts together, read before",
                lambda seed, n=count: _one_by_one(model, _warm(model, _build_batch(seed, n))),
                lambda seed, n=count: _together(model, _warm(model, _build_batch(seed, n))),
            )
            for count in (2, 4, 8)
        ),
        (
            "4 texts over the same passages, prefix shared",
            lambda seed: _one_by_one(model, _build_siblings(seed, 4), forget=True),
            lambda seed: _together(model, _build_siblings(seed, 4)),
        ),
        (
            "a program (P8) behind a plan (P7)",
            lambda seed: _one_by_one(model, _build_plan_and_program(seed), forget=True),
            lambda seed: _one_by_one(model, _build_plan_and_program(seed)),
        ),
        (
            "a check (P4) behind an answer (P3)",
            lambda seed: _one_by_one(model, _build_answer_and_check(seed), forget=True),
            lambda seed: _one_by_one(model, _build_answer_and_check(seed)),
        ),
    ]
    print(f"{'':50} {'plain, s':>9} {'so, s':>9} {'times':>6}")
    for name, plain, better in rows:
        seconds: dict[str, list[float]] = {"plain": [], "better": []}
        for seed in range(rounds):
            seconds["plain"].append(_time(model, plain, seed))
            seconds["better"].append(_time(model, better, seed))
        one, other = (statistics.median(seconds[key]) for key in ("plain", "better"))
        print(f"{name:50} {one:9.2f} {other:9.2f} {one / other:6.2f}")


_CLOCK: list[float] = []


def _time(model: LlamaChatModel, work: Callable[[int], None], seed: int) -> float:
    """Return the seconds that `work` has measured itself, warm-up left out."""
    model._decoder.forget()
    _CLOCK.clear()
    started = time.monotonic()
    work(seed)
    return sum(_CLOCK) if _CLOCK else time.monotonic() - started


def _one_by_one(
    model: LlamaChatModel, requests: Sequence[Request], *, forget: bool = False
) -> None:
    started = time.monotonic()
    for request in requests:
        if forget:
            model._decoder.forget()
        for _ in model.stream(request.message, request.settings, CancelToken()):
            pass
    _CLOCK.append(time.monotonic() - started)


def _together(model: LlamaChatModel, requests: Sequence[Request]) -> None:
    started = time.monotonic()
    for _ in model.stream_many(requests, CancelToken()):
        pass
    _CLOCK.append(time.monotonic() - started)


def _warm(model: LlamaChatModel, requests: Sequence[Request]) -> Sequence[Request]:
    """Let the prompts be read, so that only writing is measured."""
    brief = [Request(r.message, GenerationSettings(max_tokens=1)) for r in requests]
    for _ in model.stream_many(brief, CancelToken()):
        pass
    return requests


def _print_divergence(model: LlamaChatModel, count: int = 24) -> None:
    """Print how many texts differ between a batch and one at a time, and that batches do not."""
    batch = _build_batch(99, count)
    alone = []
    for request in batch:
        model._decoder.forget()
        alone += [text for _, text in _complete(model, [request])]
    batches = []
    for _ in range(2):
        model._decoder.forget()
        batches.append(dict(_complete(model, batch)))
    differ = sum(batches[0][index] != text for index, text in enumerate(alone))
    again = sum(batches[0][index] != batches[1][index] for index in range(count))
    print(f"\ntexts that differ between a batch and one at a time: {differ} of {count}")
    print(f"texts that differ between two runs of the same batch: {again} of {count}")


def _complete(model: LlamaChatModel, batch: Sequence[Request]) -> Iterator[tuple[int, str]]:
    for index, piece in model.stream_many(batch, CancelToken()):
        if isinstance(piece, Completion):
            yield index, piece.text


# Prompts


def _build_passages(seed: int) -> tuple[str, ...]:
    random = Random(seed)  # noqa: S311 - invented figures, not secrets
    tables = []
    for number in range(2):
        rows = [
            f"|{item}|{random.randint(10, 9999):,}|{random.randint(10, 9999):,}|" for item in _ITEMS
        ]
        tables.append("\n".join([f"Table {seed}.{number} (In millions)", "||2023|2022|", *rows]))
    return tuple(tables)


def _ask(message: str) -> Request:
    return Request(message, GenerationSettings(max_tokens=_WRITTEN))


def _build_batch(seed: int, count: int) -> list[Request]:
    return [
        _ask(
            render_sub_question_prompt(
                f"What was {_ITEMS[n % 10]} in 2023?", _build_passages(100 * seed + n)
            )
        )
        for n in range(count)
    ]


def _build_siblings(seed: int, count: int) -> list[Request]:
    passages = _build_passages(seed)
    return [
        _ask(render_sub_question_prompt(f"What was {_ITEMS[n]} in 2022?", passages))
        for n in range(count)
    ]


def _build_plan_and_program(seed: int) -> list[Request]:
    passages, question = _build_passages(seed), "By what percentage did net sales grow?"
    return [
        _ask(render_document_plan_prompt(question, passages)),
        _ask(render_program_prompt(question, passages, "### What were net sales?")),
    ]


def _build_answer_and_check(seed: int) -> list[Request]:
    passages = _build_passages(seed)
    return [
        _ask(render_sub_question_prompt("What were net sales in 2023?", passages)),
        _ask(render_sub_claim_prompt("Net sales rose.", passages)),
    ]


if __name__ == "__main__":
    sys.exit(main())
