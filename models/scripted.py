"""A model that replays answers and keeps the prompts that it saw: the fake of `ChatModel`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from models.chat import CancelToken, Completion, GenerationSettings, ModelFile, Request

_FILE = ModelFile("scripted", "scripted.gguf", "0" * 64)

Script = Sequence[str] | Callable[[str], str]


@dataclass
class ScriptedChatModel:
    """Answers with the script's next text, or with what the script makes of the prompt.

    A token is four characters. Raises AssertionError when the script is used up.
    """

    script: Script
    context_tokens: int = 4096
    file: ModelFile = _FILE
    prompts: list[str] = field(default_factory=list)
    settings: list[GenerationSettings] = field(default_factory=list)
    batches: list[tuple[str, ...]] = field(default_factory=list)
    weighed: list[str] = field(default_factory=list)

    def count_tokens(self, text: str) -> int:
        """Return a quarter of the characters."""
        return len(text) // 4 + 1

    def stream(
        self, message: str, settings: GenerationSettings, cancel: CancelToken
    ) -> Iterator[str | Completion]:
        """Replay the next answer word by word."""
        cancel.raise_if_cancelled()
        self.prompts.append(message)
        self.settings.append(settings)
        text = self._next(message)
        for word in text.splitlines(keepends=True):
            cancel.raise_if_cancelled()
            yield word
        yield Completion(text, self.count_tokens(message), 0, self.count_tokens(text), 0.0, False)

    def stream_many(
        self, requests: Sequence[Request], cancel: CancelToken
    ) -> Iterator[tuple[int, str | Completion]]:
        """Replay an answer for each request, one after another; the batch is kept."""
        self.batches.append(tuple(request.message for request in requests))
        for index, request in enumerate(requests):
            for piece in self.stream(request.message, request.settings, cancel):
                yield index, piece

    def weigh_choices(
        self, message: str, choices: Sequence[str], cancel: CancelToken
    ) -> tuple[float, ...]:
        """Find all choices alike; the message is kept."""
        cancel.raise_if_cancelled()
        self.weighed.append(message)
        return tuple(1.0 / len(choices) for _ in choices)

    def _next(self, message: str) -> str:
        if callable(self.script):
            return self.script(message)
        asked = len(self.prompts)
        assert asked <= len(self.script), f"no answer is scripted for prompt {asked}: {message}"
        return self.script[asked - 1]
