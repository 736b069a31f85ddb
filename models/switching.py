"""A model that another one can take the place of while it is asked.

What is being written is finished by the model that began it. Knows no engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.chat import (
    CancelToken,
    ChatModel,
    Completion,
    GenerationSettings,
    ModelFile,
    Request,
)


class SwitchableChatModel:
    """Wraps the `ChatModel` that answers just now, and satisfies it."""

    def __init__(self, model: ChatModel) -> None:
        """Ask `model` until another one takes its place."""
        self._model = model

    def switch(self, model: ChatModel) -> None:
        """Ask `model` from the next request on."""
        self._model = model

    @property
    def file(self) -> ModelFile:
        """The model that answers."""
        return self._model.file

    @property
    def context_tokens(self) -> int:
        """How many tokens prompt and answer may have together."""
        return self._model.context_tokens

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of `text`."""
        return self._model.count_tokens(text)

    def stream(
        self, message: str, settings: GenerationSettings, cancel: CancelToken
    ) -> Iterator[str | Completion]:
        """Answer one user message; see `ChatModel.stream`."""
        return self._model.stream(message, settings, cancel)

    def stream_many(
        self, requests: Sequence[Request], cancel: CancelToken
    ) -> Iterator[tuple[int, str | Completion]]:
        """Answer several messages together; see `ChatModel.stream_many`."""
        return self._model.stream_many(requests, cancel)

    def weigh_choices(
        self, message: str, choices: Sequence[str], cancel: CancelToken
    ) -> tuple[float, ...]:
        """Return how probable each choice is; see `ChatModel.weigh_choices`."""
        return self._model.weigh_choices(message, choices, cancel)
