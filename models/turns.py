"""Turns at something that serves one at a time: first come, first served, with cancel."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from models.chat import CancelToken

# How often a waiting request looks whether it was cancelled, in seconds.
_LOOK_EVERY = 0.05


class TurnQueue:
    """A fair lock. Unlike `threading.Lock`, it keeps the order and waiting can be cancelled."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()

    @contextmanager
    def turn(self, cancel: CancelToken) -> Iterator[None]:
        """Wait for the turn and keep it for the block.

        Raises:
            GenerationCancelled: `cancel` was set before the turn came.
        """
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
        try:
            with self._changed:
                while self._waiting[0] is not ticket:
                    cancel.raise_if_cancelled()
                    self._changed.wait(_LOOK_EVERY)
            yield
        finally:
            with self._changed:
                self._waiting.remove(ticket)
                self._changed.notify_all()
