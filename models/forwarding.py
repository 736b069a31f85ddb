"""A model that hands all that is asked of it on to another one: what wraps a model begins here."""

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


class ForwardingChatModel:
    """Asks `_model`, and satisfies `ChatModel`."""

    def __init__(self, model: ChatModel) -> None:
        """Ask `model`."""
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
        for _, piece in self.stream_many([Request(message, settings)], cancel):
            yield piece

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
