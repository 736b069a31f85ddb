"""The seam to a language model: what is asked of it and what comes back.

One user message in, text out, token by token. Knows no engine and no prompt.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from models.errors import GenerationCancelled, PromptTooLong

# An answer is worth starting when this much of it fits behind the prompt.
_LEAST_ANSWER_TOKENS = 32


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model as it was loaded; `adapter` is the file name of a LoRA adapter, or None.

    Of a model on a server, `file` is the server's base URL and there is no `sha256`: what it
    computes with is not seen from here.
    """

    name: str
    file: str
    sha256: str | None
    adapter: str | None = None

    @property
    def is_remote(self) -> bool:
        """Whether a server answers, and not a file on this machine."""
        return self.sha256 is None


@dataclass(frozen=True, slots=True)
class GenerationSettings:
    """How to write. The defaults are AceSearcher's: greedy, top_p 0.99.

    `repeat_penalty` is 1.0 (none) where the paper has 1.05: a penalty falls on figures that must
    be copied. `grammar` is GBNF text that the output obeys; `seed` matters above temperature 0.
    `examples` are earlier turns, each a user's message and its answer, that show what is wanted.
    Writing ends before any text of `stop`, which is no part of the answer. With `distinct_lines`
    it ends behind a line that says what an earlier one does, whatever number it bears: what has
    begun to go round in circles has no more to say. A server is not asked for it.
    """

    max_tokens: int = 512
    temperature: float = 0.0
    top_p: float = 0.99
    repeat_penalty: float = 1.0
    seed: int = 0
    grammar: str | None = None
    examples: tuple[tuple[str, str], ...] = ()
    stop: tuple[str, ...] = ()
    distinct_lines: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One user message, and how it is to be answered."""

    message: str
    settings: GenerationSettings = GenerationSettings()


@dataclass(frozen=True, slots=True)
class Completion:
    """A finished text.

    `prompt_tokens` counts all of the prompt, `reused_tokens` those of it whose state was still in
    memory from the request before; `cut` says that it ran into `max_tokens` or the end of the
    context.
    """

    text: str
    prompt_tokens: int
    reused_tokens: int
    completion_tokens: int
    seconds: float
    cut: bool


def require_room(prompt_tokens: int, context_tokens: int, wanted: int) -> int:
    """Return how many tokens fit behind a prompt.

    Raises:
        PromptTooLong: fewer than are wanted, and too few for an answer.
    """
    room = context_tokens - prompt_tokens
    if room < min(wanted, _LEAST_ANSWER_TOKENS):
        raise PromptTooLong(
            f"The prompt has {prompt_tokens} tokens and the model's context {context_tokens}. Ask "
            "about fewer passages or take a model with more."
        )
    return room


class CancelToken:
    """A flag that one thread sets and another asks for. Cannot be unset."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop at its next step."""
        self._event.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise GenerationCancelled when `cancel` was called."""
        if self._event.is_set():
            raise GenerationCancelled("Stopped.")


class ChatModel(Protocol):
    """A language model. One request at a time: others wait their turn, first come, first served."""

    @property
    def file(self) -> ModelFile:
        """The model that answers."""

    @property
    def context_tokens(self) -> int:
        """How many tokens prompt and answer may have together."""

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of `text`, without the chat template around it."""

    def stream(
        self, message: str, settings: GenerationSettings, cancel: CancelToken
    ) -> Iterator[str | Completion]:
        """Answer one user message: pieces of text as they are written, then the Completion.

        Raises:
            PromptTooLong: the message does not fit.
            GrammarError: the grammar does not parse.
            GenerationCancelled: `cancel` was set, also while waiting for a turn.
        """

    def stream_many(
        self, requests: Sequence[Request], cancel: CancelToken
    ) -> Iterator[tuple[int, str | Completion]]:
        """Answer several messages together: each piece comes with its request's index.

        Raises what `stream` raises; PromptTooLong before any work.
        """

    def weigh_choices(
        self, message: str, choices: Sequence[str], cancel: CancelToken
    ) -> tuple[float, ...]:
        """Return how probable each of `choices` is as the answer; they add up to 1."""


def complete(
    model: ChatModel, message: str, settings: GenerationSettings, cancel: CancelToken
) -> Completion:
    """Drain `model.stream` and return its Completion."""
    for piece in model.stream(message, settings, cancel):
        if isinstance(piece, Completion):
            return piece
    raise AssertionError("a stream ends with its Completion")
