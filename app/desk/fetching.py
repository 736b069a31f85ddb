"""A model being fetched while the desk is open, by `acedesk models pull` in a process of its own.

The desk itself never opens a connection: what reaches out is a program that ends.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from app.offline import environment_before
from models.progress import ModelProgress

# Seconds that a fetch has to end by itself.
_PATIENCE = 6.0
# How often it is told to within that time.
_INTERRUPTS = 3
_STOPPED = "It was stopped. What was fetched is kept; fetch it again to go on."


@dataclass(frozen=True, slots=True)
class FetchState:
    """How far a fetch is; `told` is the installed name in the end, or what went wrong."""

    name: str
    kind: Literal["running", "done", "failed"]
    progress: ModelProgress | None = None
    told: str = ""


class ModelFetch:
    """One fetch, begun when it is made. Asked by any thread."""

    def __init__(self, name: str, quantisation: str, command: Sequence[str] = ()) -> None:
        """Begin; `command` stands in for the program's own, for tests."""
        self.name = name
        self._progress: ModelProgress | None = None
        self._errors: list[str] = []
        self._is_stopped = False
        words = command or (
            sys.executable,
            "-m",
            "app",
            "models",
            "pull",
            name,
            "--quant",
            quantisation,
            "--json",
            "--progress",
        )
        self._process = subprocess.Popen(  # noqa: S603  # our own program
            list(words),
            stdin=subprocess.DEVNULL,
            # The desk has told its libraries to stay offline; this one program may ask.
            env=environment_before(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._said = ""
        self._reader = threading.Thread(target=self._read_errors, daemon=True)
        self._reader.start()
        self._answer = threading.Thread(target=self._read_answer, daemon=True)
        self._answer.start()

    def look(self) -> FetchState:
        """Return how far it is."""
        code = self._process.poll()
        if code is None:
            return FetchState(self.name, "running", self._progress)
        self._reader.join()
        self._answer.join()
        # Stopped while it starts, a program may end with 0 and have done nothing.
        if code == 0 and self._said.strip():
            return FetchState(self.name, "done", told=str(json.loads(self._said)["name"]))
        told = " ".join(self._errors).removeprefix("acedesk: ") or f"It ended with {code}."
        return FetchState(self.name, "failed", told=_STOPPED if self._is_stopped else told)

    def stop(self) -> None:
        """End it; what was fetched is kept."""
        was_stopped, self._is_stopped = self._is_stopped, True
        if was_stopped or self._process.poll() is not None:
            return
        if sys.platform == "win32":  # has no gentle way; what came is kept there as well
            self._process.terminate()
        else:
            threading.Thread(target=self._interrupt, name="stop a fetch", daemon=True).start()

    def _interrupt(self) -> None:
        """Interrupt the program until it ends: one that is just starting may miss it once."""
        for _ in range(_INTERRUPTS):
            self._process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_PATIENCE / _INTERRUPTS)
                return
        self._process.kill()

    def close(self) -> None:
        """Stop, and wait until it has ended."""
        self.stop()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as stream:
            for line in stream:
                if line.startswith("{"):
                    self._progress = ModelProgress(**json.loads(line))
                elif line.strip():
                    self._errors = [*self._errors[-4:], line.strip()]

    def _read_answer(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            self._said = stream.read()
