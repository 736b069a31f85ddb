"""One text while it is written: bytes become characters, and a stop ends it.

Knows no engine: it is told each token's bytes.
"""

from __future__ import annotations

import codecs
import re
import time
from dataclasses import dataclass, field

from models.chat import Completion
from models.llama.decoding import Running, TokenChooser

# What counts a line: "### Q3: ", "3. ".
_COUNT = re.compile(r"^[#\s]*(?:Q?\d+\s*[:.)])?\s*")


@dataclass
class TextWriter:
    """One text while it is written: bytes that wait, and text that may begin a stop.

    A `distinct` one ends behind a line that stood before, whatever its number.
    """

    running: Running
    chooser: TokenChooser
    stop: tuple[str, ...]
    started: float
    distinct: bool = False
    cut: bool = True
    has_stopped: bool = False
    text: str = ""
    told: int = 0
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )

    def add(self, piece: bytes) -> str:
        """Take in a token's bytes; returns what of the text may be told by now."""
        fresh = self._decoder.decode(piece)
        self.text += fresh
        ends = [at for stop in self.stop if (at := self.text.find(stop)) >= 0]
        if ends:
            self.text, self.has_stopped, self.cut = self.text[: min(ends)], True, False
            return self._tell(len(self.text))
        if self.distinct and "\n" in fresh and self._repeats_a_line():
            self.has_stopped, self.cut = True, False
            return self._tell(len(self.text))
        # What may be the beginning of a stop is held back.
        held = max(
            (n for stop in self.stop for n in range(1, len(stop)) if self.text.endswith(stop[:n])),
            default=0,
        )
        return self._tell(len(self.text) - held)

    def end(self) -> str:
        """Return what was held back."""
        if not self.has_stopped:
            self.text += self._decoder.decode(b"", final=True)
        return self._tell(len(self.text))

    def complete(self) -> Completion:
        """Return the finished text with what it took."""
        return Completion(
            text=self.text,
            prompt_tokens=len(self.running.prompt),
            reused_tokens=self.running.reused,
            completion_tokens=len(self.running.written),
            seconds=time.monotonic() - self.started,
            cut=self.cut,
        )

    def _repeats_a_line(self) -> bool:
        """Whether the last line that is whole says what an earlier one does."""
        *lines, _ = self.text.split("\n")
        *earlier, last = (_COUNT.sub("", line) for line in lines)
        return bool(last) and last in earlier

    def _tell(self, end: int) -> str:
        start, self.told = self.told, max(self.told, end)
        return self.text[start : self.told]
