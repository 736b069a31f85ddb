"""How many cores other programs leave free just now: what a model may compute with.

llama.cpp's threads wait for each other at every layer, so that one of them whose core is taken
stalls all. Knows the machine's and this program's processor time; knows no model.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import psutil

# Processor time is told in hundredths of a second: a shorter span than this says little.
_LEAST_SPAN = 0.2
# What was seen longer ago than this before new work says nothing of now.
_STALE_AFTER = 2.0
# The part of one core that others may take while it still counts as free.
_TOLERATED = 0.25
_BUSY_KINDS = ("user", "nice", "system", "irq", "softirq", "steal")


def read_busy_seconds() -> float:
    """Return the seconds that all cores together have computed since the machine started."""
    times = psutil.cpu_times()
    return sum(float(getattr(times, kind, 0.0)) for kind in _BUSY_KINDS)


class SpareCores:
    """Counts cores that others leave free. Until something is seen, one is taken for busy."""

    def __init__(
        self,
        cores: int,
        *,
        read_machine: Callable[[], float] = read_busy_seconds,
        read_own: Callable[[], float] = time.process_time,
        read_clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the number of cores; the clocks give seconds."""
        self._cores = cores
        self._read_machine, self._read_own, self._read_clock = read_machine, read_own, read_clock
        self._count = max(1, cores - 1)
        self._look()

    def begin(self) -> None:
        """Start to look: what was seen before a long rest no longer counts."""
        if self._read_clock() - self._at > _STALE_AFTER:
            self._count = max(1, self._cores - 1)
            self._look()

    def count(self) -> int:
        """Return how many threads to compute with: 1 to the number of cores."""
        span = self._read_clock() - self._at
        if span >= _LEAST_SPAN:
            machine, own = self._machine, self._own
            self._look()
            others = (self._machine - machine - (self._own - own)) / span
            spare = self._cores - math.ceil(others - _TOLERATED)
            self._count = min(max(spare, 1), self._cores)
        return self._count

    def _look(self) -> None:
        self._at = self._read_clock()
        self._machine, self._own = self._read_machine(), self._read_own()
