"""A model that is loaded in the background, and let go of when it is not used.

Whoever asks waits until it is there, and may stop waiting. What the file says of itself is told
without loading. Knows no engine: it is given a way to load one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

from models.chat import (
    CancelToken,
    ChatModel,
    Completion,
    GenerationSettings,
    ModelFile,
    Request,
)
from models.errors import LoadCancelled, ModelError

# How often who waits looks whether he was cancelled, in seconds.
_LOOK_EVERY = 0.05


class ClosableChatModel(ChatModel, Protocol):
    """A model whose memory can be given back, and that knows on what it computes."""

    @property
    def computes_on(self) -> str:
        """What does the work: "processor", or "GPU" with how many layers."""

    def close(self) -> None:
        """Give the memory back; nothing can be asked afterwards."""


@dataclass(frozen=True, slots=True)
class LoadState:
    """How far a model is; `part` of its weights are there, `problem` says why it is not.

    `computes_on` is told once it is ready.
    """

    kind: Literal["resting", "loading", "ready", "failed"]
    part: float = 0.0
    problem: str = ""
    computes_on: str = ""


Load = Callable[[Callable[[float], bool]], ClosableChatModel]


class ResidentChatModel:
    """Wraps a way to load a `ChatModel`, and satisfies it. May be used by several threads."""

    def __init__(
        self,
        load: Load,
        find_file: Callable[[], ModelFile],
        context_tokens: int,
        *,
        rest_after: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Load nothing yet; `rest_after` seconds without use the memory is given back."""
        self.context_tokens = context_tokens
        self._load, self._find_file, self._rest_after = load, find_file, rest_after
        self._clock = clock
        self._changed = threading.Condition()
        self._model: ClosableChatModel | None = None
        self._error: ModelError | None = None
        self._state = LoadState("resting")
        self._users = 0
        self._used_at = clock()
        self._is_closed = False
        self._watcher: threading.Thread | None = None

    @property
    def file(self) -> ModelFile:
        """The model that answers."""
        return self._find_file()

    @property
    def state(self) -> LoadState:
        """How far the model is."""
        return self._state

    def start(self) -> None:
        """Begin to load in the background, if it is not loaded or being loaded."""
        with self._changed:
            if self._model is None and self._state.kind != "loading" and not self._is_closed:
                self._state, self._error = LoadState("loading"), None
                threading.Thread(target=self._load_now, name="load-model", daemon=True).start()

    def rest(self) -> bool:
        """Give the memory back unless somebody is being answered; returns whether it was."""
        with self._changed:
            if self._users or self._model is None:
                return False
            model, self._model = self._model, None
            self._state = LoadState("resting")
        model.close()
        return True

    def close(self) -> None:
        """Stop loading, and give the memory back once nobody is being answered."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self.rest()

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of `text`."""
        with self._using(CancelToken()) as model:
            return model.count_tokens(text)

    def stream(
        self, message: str, settings: GenerationSettings, cancel: CancelToken
    ) -> Iterator[str | Completion]:
        """Answer one user message; see `ChatModel.stream`."""
        with self._using(cancel) as model:
            yield from model.stream(message, settings, cancel)

    def stream_many(
        self, requests: Sequence[Request], cancel: CancelToken
    ) -> Iterator[tuple[int, str | Completion]]:
        """Answer several messages together; see `ChatModel.stream_many`."""
        with self._using(cancel) as model:
            yield from model.stream_many(requests, cancel)

    def weigh_choices(
        self, message: str, choices: Sequence[str], cancel: CancelToken
    ) -> tuple[float, ...]:
        """Return how probable each choice is; see `ChatModel.weigh_choices`."""
        with self._using(cancel) as model:
            return model.weigh_choices(message, choices, cancel)

    @contextmanager
    def _using(self, cancel: CancelToken) -> Iterator[ChatModel]:
        """Wait until the model is there, and keep it from resting for the block.

        Raises:
            ModelError: it cannot be loaded; the next one who asks tries again.
            GenerationCancelled: `cancel` was set.
        """
        self.start()
        with self._changed:
            while self._model is None:
                if self._error is not None:
                    raise self._error
                if self._is_closed:
                    raise LoadCancelled("The model was closed.")
                cancel.raise_if_cancelled()
                self._changed.wait(_LOOK_EVERY)
            model = self._model
            self._users += 1
        try:
            yield model
        finally:
            with self._changed:
                self._users -= 1
                self._used_at = self._clock()
                is_last = self._is_closed and not self._users
            if is_last:
                self.rest()

    def _load_now(self) -> None:
        def report(part: float) -> bool:
            self._state = LoadState("loading", part)
            return not self._is_closed

        try:
            model = self._load(report)
        except ModelError as error:
            with self._changed:
                self._state, self._error = LoadState("failed", problem=str(error)), error
                self._changed.notify_all()
            return
        with self._changed:
            self._model = model
            self._state = LoadState("ready", 1.0, computes_on=model.computes_on)
            self._used_at = self._clock()
            self._changed.notify_all()
        if self._rest_after is not None and self._watcher is None:
            self._watcher = threading.Thread(target=self._watch, daemon=True)
            self._watcher.start()

    def _watch(self) -> None:
        assert self._rest_after is not None
        while not self._is_closed:
            time.sleep(min(1.0, self._rest_after / 4))
            self.rest_if_idle()

    def rest_if_idle(self) -> bool:
        """Give the memory back when nobody has asked for long enough; returns whether it was."""
        if self._rest_after is None or self._clock() - self._used_at < self._rest_after:
            return False
        return self.rest()
