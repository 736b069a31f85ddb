"""How fast a loaded model reads and writes on this machine, and what others would come to.

A model reads about as fast as the machine multiplies and writes about as fast as it fetches the
weights: both are measured on one model, and reckoned for another by its size. Knows no question.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from models.chat import CancelToken, ChatModel, Completion, GenerationSettings, complete

# Long enough that a token more or less does not show, short enough for a slow machine.
_PROMPT_WORDS = 384
_WRITTEN_TOKENS = 48
_ROUNDS = 2
# What a token costs beside its parameters and their bytes, in parameters and in bytes: fitted on
# the built-in model and one of 1.5 billion parameters.
_READING_COST = 750_000_000
_WRITING_COST = 70_000_000


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second, of a prompt and of a text."""

    reading: float
    writing: float

    def seconds_for(self, prompt_tokens: float, written_tokens: float) -> float:
        """Return how long it takes to read and write so many tokens."""
        return prompt_tokens / self.reading + written_tokens / self.writing


def measure_speed(
    model: ChatModel, *, clock: Callable[[], float] = time.perf_counter, rounds: int = _ROUNDS
) -> Speed:
    """Measure a loaded model, in seconds; the best of a few rounds, for other programs only slow.

    Each round's prompt is new, so that nothing of it is held from before.
    """
    reading = writing = 0.0
    for number in range(rounds):
        filler = "net sales rose and costs fell " * (_PROMPT_WORDS // 6)
        message = f"Round {number}. {filler} Tell this as a long story."
        first, read, done = _time_one(model, message, clock)
        reading = max(reading, read.prompt_tokens / first)
        if done.completion_tokens > 1:
            writing = max(writing, (done.completion_tokens - 1) / max(done.seconds, 1e-9))
    return Speed(reading, writing or reading)


@dataclass(frozen=True, slots=True)
class ModelSize:
    """What a model's speed hangs on: bytes of its weights, and how many they are."""

    weight_bytes: int
    parameters: int


def reckon_speed(measured: Speed, size_then: ModelSize, size_now: ModelSize) -> Speed:
    """Return the speed of a model of one size, where one of another size has the measured one.

    Reading takes a multiplication for each parameter, writing takes each byte from memory, and both
    take something for each token whatever the size: see docs/decisions/0018.
    """
    return Speed(
        measured.reading
        * (size_then.parameters + _READING_COST)
        / (size_now.parameters + _READING_COST),
        measured.writing
        * (size_then.weight_bytes + _WRITING_COST)
        / (size_now.weight_bytes + _WRITING_COST),
    )


@dataclass(frozen=True, slots=True)
class _Writing:
    completion_tokens: int
    seconds: float


def _time_one(
    model: ChatModel, message: str, clock: Callable[[], float]
) -> tuple[float, Completion, _Writing]:
    """Return the seconds to the first token, and what writing more of them took."""
    # No text is asked for in itself: any tokens will do, as long as they are as many as wanted.
    start = clock()
    read = _drain(model, message, 1)
    first = clock() - start
    start = clock()
    done = _drain(model, message, _WRITTEN_TOKENS)
    # The prompt is held from before, so what is left is writing.
    return first, read, _Writing(done.completion_tokens, clock() - start)


def _drain(model: ChatModel, message: str, tokens: int) -> Completion:
    return complete(model, message, GenerationSettings(max_tokens=tokens), CancelToken())
