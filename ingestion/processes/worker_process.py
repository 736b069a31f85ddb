"""The inside of a worker process: it runs tasks from its standard input, one at a time.

Both sides of the pipes are spelt out here: a sign, a length, and as many bytes. Knows nothing of
the pool that starts it, and imports little, for a worker is to start quickly.
"""

from __future__ import annotations

import enum
import faulthandler
import os
import pickle
import queue
import struct
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

# What a running function calls with anything that can be pickled; a sign of life.
Report = Callable[[object], None]

PROTOCOL = 5
# The limit on address space is so many times that on resident memory: libraries reserve what
# they never touch.
_RESERVE = 2
_HEADER = struct.Struct("<BQ")


class Sign(enum.IntEnum):
    """What passes between the pool (TASK) and a worker (all others)."""

    TASK = 0
    READY = 1
    STARTED = 2
    PROGRESS = 3
    RESULT = 4
    ERROR = 5
    NO_MEMORY = 6


def write_message(stream: BinaryIO, sign: Sign, content: bytes) -> None:
    """Write a message; raises OSError when nobody reads any more."""
    stream.write(_HEADER.pack(sign, len(content)))
    stream.write(content)
    stream.flush()


def read_message(stream: BinaryIO) -> tuple[Sign, bytes]:
    """Wait for a message; raises EOFError when nobody writes any more."""
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        raise EOFError
    sign, size = _HEADER.unpack(header)
    content = stream.read(size)
    if len(content) < size:
        raise EOFError
    return Sign(sign), content


def serve_tasks(seconds: float, memory: int) -> None:
    """Be a worker until standard input closes.

    `seconds` is how long a task may be silent before the process ends itself, `memory` the limit
    on resident bytes. The pool sees to both as well, and sooner.
    """
    _limit_memory(memory)
    own_input, own_output = _take_pipes()
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive_tasks, args=(own_input, tasks), daemon=True).start()
    speaker = _Speaker(own_output, seconds)
    speaker.say(Sign.READY, str(os.getpid()).encode())
    while True:
        payload = tasks.get()
        speaker.start_clock()
        outcome = _perform(payload, speaker)
        speaker.stop_clock()
        speaker.say(*outcome)


class _Speaker:
    """What the worker says to the pool, from any thread, and the clock that runs between.

    The clock is in C, so that it ends a worker whose pool is gone even while a library holds the
    interpreter and no thread can notice it.
    """

    def __init__(self, stream: BinaryIO, seconds: float) -> None:
        self._stream = stream
        self._seconds = seconds
        self._nowhere = Path(os.devnull).open("w")  # noqa: SIM115  # as long as the process
        self._lock = threading.Lock()

    def say(self, sign: Sign, content: bytes = b"") -> None:
        with self._lock:
            write_message(self._stream, sign, content)

    def report(self, value: object) -> None:
        self.start_clock()
        self.say(Sign.PROGRESS, pickle.dumps(value, PROTOCOL))

    def start_clock(self) -> None:
        """End the process after its seconds, unless the clock is started again or stopped."""
        faulthandler.dump_traceback_later(self._seconds, exit=True, file=self._nowhere)

    def stop_clock(self) -> None:
        faulthandler.cancel_dump_traceback_later()


def _perform(payload: bytes, speaker: _Speaker) -> tuple[Sign, bytes]:
    try:
        function, task = pickle.loads(payload)  # noqa: S301  # from the pool that started us
        speaker.say(Sign.STARTED)
        return Sign.RESULT, pickle.dumps(function(speaker.report, *task), PROTOCOL)
    except MemoryError as error:
        return Sign.NO_MEMORY, _pickle_error(error)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is this task's outcome
        error.add_note(f"In the worker:\n{traceback.format_exc()}")
        return Sign.ERROR, _pickle_error(error)


def _pickle_error(error: Exception) -> bytes:
    """Pickle what is said of an error, and the error itself where that comes back whole."""
    text = f"{type(error).__name__}: {error}"
    try:
        pickled = pickle.dumps(error, PROTOCOL)
        pickle.loads(pickled)  # noqa: S301  # our own
    except Exception:  # noqa: BLE001  # an error's own constructor may raise anything
        pickled = b""
    return pickle.dumps((text, pickled), PROTOCOL)


def _receive_tasks(stream: BinaryIO, tasks: queue.SimpleQueue[bytes]) -> None:
    """Pass tasks on; when the pipe closes, end the process, whatever it is doing."""
    while True:
        try:
            tasks.put(read_message(stream)[1])
        except (OSError, EOFError):
            os._exit(0)


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take the standard streams for the pool alone: what libraries print must not get there."""
    own_input, own_output = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return os.fdopen(own_input, "rb"), os.fdopen(own_output, "wb")


def _limit_memory(memory: int) -> None:
    """Refuse at once what is far beyond the limit, on systems that can; the pool sees the rest."""
    if sys.platform == "linux":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = _RESERVE * memory
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
