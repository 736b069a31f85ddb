"""Worker processes for functions that may crash, hang or eat memory: a task fails alone.

A pool keeps a few warm processes. Each has a thread on this side that hands it one task at a time
and waits; one more thread watches all of them, whatever the caller is doing, and kills what is
silent for too long or has grown too big. A worker that died is replaced for the next task.

Workers are fresh interpreters: they inherit neither threads nor locks, and do not import the main
module again, as multiprocessing's do. They leave when their pipe closes, however this process
ends. Knows nothing of files or of what the functions do.
"""

from __future__ import annotations

import atexit
import itertools
import json
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO, Literal, TypeVar, TypeVarTuple, cast

import psutil

from ingestion.processes.worker_process import PROTOCOL, Report, Sign, read_message, write_message

FailureKind = Literal["crashed", "timed_out", "out_of_memory", "raised", "cancelled"]
Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

_MEBIBYTE = 2**20
# Seconds between two looks at the workers, and at the caller's `cancel`.
_WATCH_EVERY = 0.2
_ASK_EVERY = 0.1
# A worker that holds more than this share of its limit after a task gives way to a fresh one.
_WARM_SHARE = 0.5
# Seconds by which a worker's own clock is behind the pool's.
_GRACE = 2.0
# Seconds that a worker whose pipe is closed may take to be gone.
_PATIENCE = 2.0

# An installed copy must not stand before the one at hand, so the path is handed on as it is.
_BOOT = (
    "import json, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    "sys.path[:] = json.loads(sys.argv[1]); import ingestion.processes.worker_process; "
    "ingestion.processes.worker_process.serve_tasks(float(sys.argv[2]), int(sys.argv[3]))"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a task may take: `seconds` without a sign of life, `memory` in resident bytes.

    A task gives a sign of life when it starts and whenever it reports. Memory is the worker's
    whole, some 30 MB of which are the interpreter's own.
    """

    seconds: float
    memory: int

    def __post_init__(self) -> None:
        """Raise ValueError for limits that no task can keep."""
        if not 0 < self.seconds <= threading.TIMEOUT_MAX or self.memory <= 0:
            raise ValueError(f"{self} is no limit: both numbers must be above 0 and finite.")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task has no result. `detail` is a sentence; `error` what the function raised.

    `error` is None where the function raised nothing, or what cannot be pickled. Its notes hold
    the worker's traceback.
    """

    kind: FailureKind
    detail: str
    error: Exception | None = None


def never() -> bool:
    """Never cancel."""
    return False


def ignore_report(value: object) -> None:
    """Report to nobody: for a function of a worker that is called without one."""


def _ignore_progress(index: int, value: object) -> None:
    pass


# What a worker replied last is unpickled by who asked for it, in their own thread.
_Outcome = tuple[Sign, bytes] | Failure


@dataclass(slots=True, eq=False)
class _Run:
    """What one call of `run` has handed out and not yet yielded, by the numbers of the tasks.

    `inbox` brings the caller's thread what tasks report (bytes) and what they come to; `done`
    keeps the outcomes whose turn has not come.
    """

    waiting: deque[tuple[int, bytes]] = field(default_factory=deque)
    inbox: queue.SimpleQueue[tuple[int, bytes | _Outcome]] = field(
        default_factory=queue.SimpleQueue
    )
    done: dict[int, _Outcome] = field(default_factory=dict)
    withdrawn: bool = False

    def tell(self, index: int, message: bytes | _Outcome) -> None:
        """Bring the caller's thread a message, from any other."""
        self.inbox.put((index, message))


class WorkerPool:
    """At most `size` worker processes, started when first needed and warm until `close`.

    Several threads may run tasks at once: free workers take one task of each run in turn. To be
    used as a context manager; a pool that is never closed is closed when the program ends.
    """

    def __init__(self, size: int, limits: Limits) -> None:
        if size < 1:
            raise ValueError(f"A pool of {size} workers does no work; it needs 1 or more.")
        self._size = size
        self._limits = limits
        # Guards all that follows. It must let its holder in again, as a forgotten run is withdrawn
        # by the garbage collector, in any thread. It is taken as itself, not by way of the
        # condition: an interrupt may come between that one's taking it and saying so.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)  # a task came, or the end
        self._runs: deque[_Run] = deque()
        self._workers: list[_Worker] = []
        self._threads: list[threading.Thread] = []
        self._closed = threading.Event()
        atexit.register(self.close)

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(
        self,
        function: Callable[[Report, *Arguments], Result],
        tasks: Iterable[tuple[*Arguments]],
        cancel: Callable[[], bool] = never,
        on_progress: Callable[[int, object], None] = _ignore_progress,
    ) -> Iterator[tuple[int, Result | Failure]]:
        """Yield each task's number (from 0) and what `function(report, *task)` came to, in order.

        No more than size + 2 tasks are taken from `tasks` ahead of what was yielded. What the
        function reports reaches `on_progress` with the task's number, in the caller's thread,
        while it waits for the next outcome. Once `cancel` says so, what runs is killed, and each
        task without a result, begun or not, is yielded as a failure of kind "cancelled". To leave
        the iterator cancels as well.

        Raises:
            RuntimeError: the pool is closed.
            ValueError: workers cannot import `function`, as it stands in the main module.
        """
        if self._closed.is_set():
            raise RuntimeError("The pool of workers is closed. Make a new one.")
        if getattr(function, "__module__", None) == "__main__":
            raise ValueError(
                f"Workers cannot import {function.__qualname__} from the main module. "
                "Move it to a module of its own."
            )
        return self._run(function, tasks, cancel, on_progress)

    def close(self) -> None:
        """Kill all workers; what still runs comes to "cancelled". To close twice does nothing."""
        with self._lock:
            self._closed.set()
            for worker in self._workers:
                worker.end(Failure("cancelled", "The pool of workers was closed."))
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(2 * _PATIENCE)
        atexit.unregister(self.close)

    # In the caller's thread

    def _run(
        self,
        function: Callable[[Report, *Arguments], Result],
        tasks: Iterable[tuple[*Arguments]],
        cancel: Callable[[], bool],
        on_progress: Callable[[int, object], None],
    ) -> Iterator[tuple[int, Result | Failure]]:
        source, taken, run = iter(tasks), 0, _Run()
        with self._lock:
            self._runs.append(run)
        try:
            for index in itertools.count():
                for task in itertools.islice(source, index + self._size + 2 - taken):
                    self._hand_out(run, taken, pickle.dumps((function, task), PROTOCOL))
                    taken += 1
                if index == taken:
                    return
                outcome = self._await_outcome(run, index, cancel, on_progress)
                yield index, cast(Result | Failure, _read_outcome(outcome))
        finally:
            self._withdraw(run)
            with self._lock:
                self._runs.remove(run)

    def _hand_out(self, run: _Run, index: int, payload: bytes) -> None:
        with self._lock:
            if run.withdrawn or self._closed.is_set():
                return
            run.waiting.append((index, payload))
            free = sum(worker.run is None for worker in self._workers)
            if free < sum(len(other.waiting) for other in self._runs):
                self._add_worker()
            self._changed.notify_all()

    def _add_worker(self) -> None:
        if len(self._workers) == self._size:
            return
        if not self._workers:
            self._start_thread(self._watch)
        worker = _Worker(self._limits)
        self._workers.append(worker)
        self._start_thread(self._work, worker)

    def _start_thread(self, target: Callable[..., None], *arguments: object) -> None:
        # A thread that is no daemon would keep a program with an open pool from ending.
        thread = threading.Thread(target=target, args=arguments, name="workers", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _await_outcome(
        self,
        run: _Run,
        index: int,
        cancel: Callable[[], bool],
        on_progress: Callable[[int, object], None],
    ) -> _Outcome:
        while index not in run.done:
            if not run.withdrawn and (self._closed.is_set() or cancel()):
                self._withdraw(run)
            try:
                number, message = run.inbox.get(not run.withdrawn, _ASK_EVERY)
            except queue.Empty:
                if run.withdrawn:
                    return Failure("cancelled", "It was cancelled.")
                continue
            if isinstance(message, bytes):
                on_progress(number, pickle.loads(message))  # noqa: S301  # from our own worker
            else:
                run.done[number] = message
        return run.done.pop(index)

    def _withdraw(self, run: _Run) -> None:
        """Drop the tasks of a run that wait, and kill those that run."""
        with self._lock:
            run.withdrawn = True
            run.waiting.clear()
            for worker in self._workers:
                if worker.run is run:
                    worker.end(Failure("cancelled", "It was cancelled."))

    # In threads of the pool

    def _work(self, worker: _Worker) -> None:
        """Serve one worker's process with tasks until the pool is closed."""
        while (task := self._take(worker)) is not None:
            run, index, payload = task
            outcome: _Outcome = Failure("crashed", "Its worker could not be served.")
            try:
                outcome = worker.perform(payload, partial(run.tell, index))
            finally:  # whatever happens, no caller waits for nothing
                with self._lock:
                    worker.run = None
                run.tell(index, outcome)
            worker.refresh()
        worker.stop()

    def _take(self, worker: _Worker) -> tuple[_Run, int, bytes] | None:
        """Wait for a task, of each run in turn; None when the pool is closed."""
        with self._lock:
            while not self._closed.is_set():
                for run in tuple(self._runs):
                    if run.waiting:
                        self._runs.remove(run)
                        self._runs.append(run)
                        worker.begin(run)
                        return run, *run.waiting.popleft()
                self._changed.wait()
        return None

    def _watch(self) -> None:
        """Hold the workers that run something to their limits until the pool is closed."""
        while not self._closed.wait(_WATCH_EVERY):
            with self._lock:
                busy = [worker for worker in self._workers if worker.run is not None]
                for worker in busy:
                    worker.judge()
                if not busy and not self._closed.is_set():
                    self._changed.wait()


class _Worker:
    """One place for a process, and how the task that it runs is doing.

    Its own thread performs tasks; `begin`, `judge` and `end` are called under the pool's lock.
    """

    def __init__(self, limits: Limits) -> None:
        self.run: _Run | None = None
        self._limits = limits
        self._process: _Process | None = None
        self._heard = 0.0  # when the last sign of life came
        self._begun = False  # whether the process has the task in hand
        self._verdict: Failure | None = None  # why the process was killed

    def begin(self, run: _Run) -> None:
        """Note that a task of a run is taken on."""
        self.run, self._heard = run, time.monotonic()

    def perform(self, payload: bytes, tell: Callable[[bytes], None]) -> _Outcome:
        """Send a task to the process, a new one where it must be, and wait for its outcome."""
        was_warm, self._begun = self._process is not None, False
        outcome = self._attempt(payload, tell)
        if was_warm and not self._begun and not self._verdict:
            # The process ended while it waited. The task had no part in that.
            outcome = self._attempt(payload, tell)
        return outcome

    def _attempt(self, payload: bytes, tell: Callable[[bytes], None]) -> _Outcome:
        try:
            process = self._process = self._process or _Process(self._limits)
        except OSError as error:
            return Failure("crashed", f"No worker process could be started ({error}).")
        if self._verdict:  # cancelled before there was a process to kill
            process.kill()
        try:
            process.send(payload)
            while True:
                sign, content = process.receive()
                self._heard, self._begun = time.monotonic(), sign is not Sign.READY
                if sign is Sign.PROGRESS:
                    tell(content)
                elif sign in (Sign.RESULT, Sign.ERROR, Sign.NO_MEMORY):
                    return sign, content
        except (OSError, EOFError):  # a closed pipe: the process has ended
            status = process.stop()
            self._process = None
            return self._verdict or Failure("crashed", _describe_end(status))

    def judge(self) -> None:
        """Kill the process if its task is beyond the limits."""
        limits, process = self._limits, self._process
        if time.monotonic() - self._heard > limits.seconds:
            self.end(Failure("timed_out", f"No sign of life for {limits.seconds:g} seconds."))
            return
        memory = process.measure() if process else 0
        if memory > limits.memory:
            shown = f"{memory / _MEBIBYTE:,.0f} MiB of the {limits.memory / _MEBIBYTE:,.0f} MiB"
            self.end(Failure("out_of_memory", f"It took {shown} that a task may have."))

    def end(self, verdict: Failure) -> None:
        """Kill the process for a reason, the first of which counts."""
        self._verdict = self._verdict or verdict
        process = self._process  # which its own thread may let go of at any moment
        if process:
            process.kill()

    def refresh(self) -> None:
        """Let a process go that was killed, or is too big to begin another task with."""
        process = self._process
        if process and (self._verdict or process.measure() > _WARM_SHARE * self._limits.memory):
            self.stop()
        self._verdict = None

    def stop(self) -> None:
        """End the process, if there is one."""
        if self._process:
            self._process.stop()
            self._process = None


class _Process:
    """A worker process as its thread sees it: two pipes and a process id."""

    def __init__(self, limits: Limits) -> None:
        path = [entry or str(Path.cwd()) for entry in sys.path]
        arguments = [json.dumps(path), str(limits.seconds + _GRACE), str(limits.memory)]
        self._popen = subprocess.Popen(  # noqa: S603  # this very interpreter
            [sys.executable, "-P", "-c", _BOOT, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # One worker a core: numeric libraries that start threads of their own only get in
            # each other's way.
            env={"OMP_NUM_THREADS": "1", **os.environ},
        )
        self._tasks = cast(BinaryIO, self._popen.stdin)
        self._replies = cast(BinaryIO, self._popen.stdout)
        self._watched: psutil.Process | None = None

    def send(self, payload: bytes) -> None:
        """Send a task; raises OSError when the process has ended."""
        write_message(self._tasks, Sign.TASK, payload)

    def receive(self) -> tuple[Sign, bytes]:
        """Wait for what the process says; raises EOFError when it has ended."""
        sign, content = read_message(self._replies)
        if sign is Sign.READY:
            # Where the interpreter of a virtual environment is a launcher (on Windows), the
            # process that was started is not the one that works.
            with suppress(psutil.Error):
                self._watched = psutil.Process(int(content))
        return sign, content

    def measure(self) -> int:
        """Return its resident memory in bytes, 0 when it is not there."""
        if self._watched:
            with suppress(psutil.Error):
                return int(self._watched.memory_info().rss)
        return 0

    def kill(self) -> None:
        """Make it end at once, from any thread."""
        self._popen.kill()

    def stop(self) -> int:
        """Wait for its end, helped along after a moment, and return its exit status."""
        with suppress(OSError):  # what could not be sent need not be
            self._tasks.close()
        try:
            self._popen.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._replies.close()
        return self._popen.returncode


def _read_outcome(outcome: _Outcome) -> object:
    if isinstance(outcome, Failure):
        return outcome
    sign, content = outcome
    if sign is Sign.RESULT:
        return pickle.loads(content)  # noqa: S301  # from our own worker
    text, pickled = pickle.loads(content)  # noqa: S301  # from our own worker
    error = pickle.loads(pickled) if pickled else None  # noqa: S301  # the worker tried it
    if sign is Sign.NO_MEMORY:
        return Failure("out_of_memory", "It asked for more memory than a task may have.", error)
    return Failure("raised", text, error)


def _describe_end(status: int) -> str:
    if status >= 0:
        return f"Its worker process ended with exit status {status}."
    known = {int(member): member.name for member in signal.Signals}
    return f"Its worker process was ended by {known.get(-status, f'signal {-status}')}."
