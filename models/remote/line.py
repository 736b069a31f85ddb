"""How long a model server is waited for, and the line to it, which can be hung up.

A read that waits for a server's next word cannot be asked to stop: the connection is shut down
under it. Knows no protocol.
"""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# What httpx tells when there is a connection, and when it is under TLS.
_OPENED = ("connection.connect_tcp.complete", "connection.start_tls.complete")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited for a server, and how often it is asked.

    `read_seconds` is the longest silence, before the first piece and between two. A request that
    may do better is sent `tries` times in all, after `first_wait` seconds, then twice that, and so
    on; a server that asks for more than `longest_wait` is not waited for. `wait` sleeps for some
    seconds or until an event is set, `draw` gives a number from 0 to 1, `now` the seconds since
    1970: tests put their own in.
    """

    connect_seconds: float = 10.0
    read_seconds: float = 120.0
    tries: int = 4
    first_wait: float = 0.5
    longest_wait: float = 60.0
    wait: Callable[[threading.Event, float], object] = threading.Event.wait
    draw: Callable[[], float] = random.random
    now: Callable[[], float] = time.time

    def choose_wait(self, tried: int, asked: float | None) -> float:
        """Return how long to wait after so many tries: longer each time, and never all alike."""
        grown = min(self.first_wait * 2.0 ** (tried - 1), self.longest_wait)
        return max(asked or 0.0, grown * (0.5 + 0.5 * self.draw()))


class Line:
    """What one request goes over; another thread may hang up, also while this one waits in it."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def hang_up(self) -> None:
        """End the connection, now or as soon as there is one."""
        with self._lock:
            self.ended.set()
            self._shut_down()

    def follow(self, name: str, info: Mapping[str, Any]) -> None:
        """Take note of a connection that was opened: httpx tells of it by its trace extension."""
        if name in _OPENED:
            with self._lock:
                self._socket = info["return_value"].get_extra_info("socket")
                if self.ended.is_set():
                    self._shut_down()

    def let_go(self) -> None:
        """Forget the connection, which is about to be closed: its number may be another's soon."""
        with self._lock:
            self._socket = None

    def _shut_down(self) -> None:
        if self._socket is None:
            return
        try:
            # The plain socket's own way, for what lies under TLS: a read that waits ends at once.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        except OSError:  # it is closed already
            return
