"""Raw answers in a file, one JSON object a line, so that a stopped run goes on.

An answer is known by the example, the weights and the way of asking: one that other weights gave
under the same name is never taken. Knows no model.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.chat import Completion, GenerationSettings
from models.speed import Speed
from training.errors import DataError
from training.examples import Example
from training.report.measures import Way


@dataclass(frozen=True, slots=True)
class Ask:
    """One prompt to one variant, and how; `weights` is a hash of its files."""

    example: Example
    variant: str
    weights: str
    way: Way
    settings: GenerationSettings

    @property
    def key(self) -> str:
        """What its answer is known by: another grammar or length is another ask."""
        parts = (self.example.key, self.variant, self.weights, self.way, repr(self.settings))
        return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


class AnswerFile:
    """The answers and speeds of a file, and of those that are added to it."""

    def __init__(self, path: Path) -> None:
        """Read what is there; a last line that was not finished is taken out.

        Raises:
            DataError: the file cannot be read, or is none of answers.
        """
        self._path = path
        self._texts: dict[str, str] = {}
        self._speeds: dict[str, Speed] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        for number, line in enumerate(_read_whole_lines(path), start=1):
            try:
                self._take(json.loads(line))
            except (json.JSONDecodeError, KeyError, TypeError) as error:
                raise DataError(
                    f"{path}, line {number}, is no answer ({error}). Remove the file, or name "
                    "another: its answers are then asked anew."
                ) from error

    def find_text(self, ask: Ask) -> str | None:
        """Return what was answered, or None where that was not asked yet."""
        return self._texts.get(ask.key)

    def find_speed(self, weights: str) -> Speed | None:
        """Return how fast these weights were, or None."""
        return self._speeds.get(weights)

    def add_answer(self, ask: Ask, completion: Completion) -> None:
        """Write an answer behind the others."""
        self._append(
            {
                "key": ask.key,
                "example": ask.example.key,
                "variant": ask.variant,
                "role": ask.example.role,
                "way": ask.way,
                "text": completion.text,
                "prompt_tokens": completion.prompt_tokens,
                "reused_tokens": completion.reused_tokens,
                "completion_tokens": completion.completion_tokens,
                "cut": completion.cut,
            }
        )

    def add_speed(self, weights: str, variant: str, speed: Speed) -> None:
        """Write how fast a variant reads and writes, tokens a second."""
        self._append(
            {
                "weights": weights,
                "variant": variant,
                "reading": speed.reading,
                "writing": speed.writing,
            }
        )

    def _append(self, record: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
        self._take(record)

    def _take(self, record: dict[str, Any]) -> None:
        if "weights" in record:
            self._speeds[record["weights"]] = Speed(record["reading"], record["writing"])
        else:
            self._texts[record["key"]] = record["text"]


def _read_whole_lines(path: Path) -> list[str]:
    """Return a file's lines; what follows the last line break is taken out of the file."""
    try:
        content = path.read_bytes() if path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            path.write_bytes(whole)
        return whole.decode("utf-8").split("\n")[:-1]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path} cannot be read as a file of answers ({error}). Name another file."
        ) from error
