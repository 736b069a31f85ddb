"""A report made: each variant is asked the same examples, and its texts are judged.

The model is asked through the desk's own seam. Answers are kept as they come; what is there
already is not asked again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from random import Random

from models.builtin import hash_file
from models.chat import CancelToken, ChatModel, Completion, Request
from models.speed import measure_speed
from training.errors import DataError, RunError
from training.examples import Example
from training.leaks import read_contents
from training.report.asking import build_settings
from training.report.kept import AnswerFile, Ask
from training.report.measures import list_ways
from training.report.results import GOLD, Report, Row, Variant
from training.report.sampling import sample_examples
from training.report.scoring import count_rows, score_text

Say = Callable[[str], None]
OpenModel = Callable[[Path, Path | None], AbstractContextManager[ChatModel]]

# Asked in one call: the model writes several at once and starts the next as one ends.
_TOGETHER = 64
_SECONDS_BETWEEN_WORDS = 20.0


@contextmanager
def open_llama(base: Path, adapter: Path | None) -> Iterator[ChatModel]:
    """Load a GGUF model, and an adapter over it, for the block."""
    from models.llama.model import LlamaChatModel

    model = LlamaChatModel(base, adapter)
    try:
        yield model
    finally:
        model.close()


def measure(
    base: Path,
    adapters: Mapping[str, Path | None],
    examples: Sequence[Example],
    answers: Path,
    *,
    limit: int,
    seed: int,
    say: Say,
    open_model: OpenModel = open_llama,
) -> Report:
    """Measure a base under each adapter, named for the report; None is the base alone.

    `limit` examples of each role are asked. `answers` is the file of raw answers that a stopped
    run goes on from.

    Raises:
        DataError: there is no example to ask, or the file of answers is none.
        RunError: no variant is named, or one as the golds are.
        ModelError: a model cannot be loaded, or fails.
    """
    # Chance draws examples here, and hides nothing.
    sample = sample_examples(examples, limit, Random(seed))
    if not sample:
        raise DataError("There is no example to measure with. Build them: `acedesk train data`.")
    if not adapters or GOLD in adapters:
        raise RunError(f'Name one variant at least, such as {{"bare": None}}, and none "{GOLD}".')
    kept = AnswerFile(answers)
    variants: list[Variant] = []
    rows: list[Row] = []
    for name, adapter in adapters.items():
        asks = _list_asks(sample, name, _name_weights(base, adapter))
        variants.append(_ask_variant(base, adapter, asks, kept, say, open_model))
        say(f"{name}: judging {len(asks)} answers")
        rows += count_rows(name, ((ask.example, _judge(ask, kept)) for ask in asks))
    return Report(base.name, limit, seed, tuple(variants), (*rows, *_judge_golds(sample)))


def _judge_golds(sample: Sequence[Example]) -> list[Row]:
    """Return what the golds themselves would come to: the most that a measure can tell."""
    return count_rows(
        GOLD,
        (
            (example, score_text(example, way, example.completion))
            for example in sample
            for way in list_ways(example.role)
        ),
    )


def _name_weights(base: Path, adapter: Path | None) -> str:
    return "+".join(hash_file(path) for path in (base, adapter) if path is not None)


def _list_asks(sample: Sequence[Example], variant: str, weights: str) -> list[Ask]:
    """Return all that a variant is asked; the two ways to ask one prompt stand together."""
    return [
        Ask(example, variant, weights, way, build_settings(example.role, way, question))
        for example in sample
        for question in (read_contents(example).question,)
        for way in list_ways(example.role)
    ]


def _ask_variant(
    base: Path,
    adapter: Path | None,
    asks: Sequence[Ask],
    kept: AnswerFile,
    say: Say,
    open_model: OpenModel,
) -> Variant:
    """Ask what is not answered yet, and measure the speed once."""
    name, weights = asks[0].variant, asks[0].weights
    missing = [ask for ask in asks if kept.find_text(ask) is None]
    speed = kept.find_speed(weights)
    if missing or speed is None:
        with open_model(base, adapter) as model:
            if speed is None:
                say(f"{name}: measuring the speed")
                speed = measure_speed(model)
                kept.add_speed(weights, name, speed)
            _ask_missing(model, missing, kept, say)
    return Variant(name, adapter.name if adapter is not None else None, speed)


def _ask_missing(model: ChatModel, missing: Sequence[Ask], kept: AnswerFile, say: Say) -> None:
    started = spoken = time.monotonic()
    done = 0
    for first in range(0, len(missing), _TOGETHER):
        batch = missing[first : first + _TOGETHER]
        requests = [Request(ask.example.prompt, ask.settings) for ask in batch]
        for index, piece in model.stream_many(requests, CancelToken()):
            if not isinstance(piece, Completion):
                continue
            kept.add_answer(batch[index], piece)
            done += 1
            now = time.monotonic()
            if now - spoken >= _SECONDS_BETWEEN_WORDS or done == len(missing):
                spoken = now
                left = (now - started) / done * (len(missing) - done)
                say(f"{batch[index].variant}: {done} of {len(missing)}, {left:.0f} s left")


def _judge(ask: Ask, kept: AnswerFile) -> Mapping[str, bool]:
    text = kept.find_text(ask)
    assert text is not None, "every ask has been answered"
    return score_text(ask.example, ask.way, text)
