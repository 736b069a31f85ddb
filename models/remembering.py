"""A model that gives the answer to a request that it has answered before, without computing it.

A request is known by its message and settings; the model file and adapter are those of the model
behind, which stays the same. Only what was finished is kept, in memory, the longest unused first to
go. Knows no engine and no prompt.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace

from models.chat import (
    CancelToken,
    ChatModel,
    Completion,
    Request,
)
from models.forwarding import ForwardingChatModel

# Answers of some twenty questions with their parts; each is a few hundred bytes.
_MOST = 512


class RememberingChatModel(ForwardingChatModel):
    """Wraps a `ChatModel`. May be used by several threads."""

    def __init__(self, model: ChatModel, most: int = _MOST) -> None:
        """Keep up to `most` answers of `model`."""
        super().__init__(model)
        self._most = most
        self._kept: OrderedDict[Hashable, Completion | tuple[float, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def stream_many(
        self, requests: Sequence[Request], cancel: CancelToken
    ) -> Iterator[tuple[int, str | Completion]]:
        """Answer several messages; those that were answered before at once, the rest together."""
        cancel.raise_if_cancelled()
        rest: list[int] = []
        for index, request in enumerate(requests):
            known = self._find(request)
            if not isinstance(known, Completion):
                rest.append(index)
                continue
            if known.text:
                yield index, known.text
            yield index, _told_again(known)
        if not rest:
            return
        for place, piece in self._model.stream_many([requests[at] for at in rest], cancel):
            if isinstance(piece, Completion):
                self._keep(requests[rest[place]], piece)
            yield rest[place], piece

    def weigh_choices(
        self, message: str, choices: Sequence[str], cancel: CancelToken
    ) -> tuple[float, ...]:
        """Return how probable each choice is; see `ChatModel.weigh_choices`."""
        cancel.raise_if_cancelled()
        key = (message, tuple(choices))
        known = self._find(key)
        if isinstance(known, tuple):
            return known
        weighed = self._model.weigh_choices(message, choices, cancel)
        self._keep(key, weighed)
        return weighed

    def _find(self, key: Hashable) -> Completion | tuple[float, ...] | None:
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
            return known

    def _keep(self, key: Hashable, answer: Completion | tuple[float, ...]) -> None:
        with self._lock:
            self._kept[key] = answer
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def _told_again(completion: Completion) -> Completion:
    """Return a completion that cost nothing: nothing was read, nothing written."""
    return replace(
        completion,
        reused_tokens=completion.prompt_tokens,
        completion_tokens=0,
        seconds=0.0,
    )
