"""One text while it is written: bytes become characters, and a stop ends it.

Knows no engine: it is told each token's bytes.
"""

from __future__ import annotations

import codecs
import time
from dataclasses import dataclass, field

from models.chat import Completion
from models.llama.decoding import Running, TokenChooser


@dataclass
class TextWriter:
    """One text while it is written: bytes that wait, and text that may begin a stop."""

    running: Running
    chooser: TokenChooser
    stop: tuple[str, ...]
    started: float
    cut: bool = True
    has_stopped: bool = False
    text: str = ""
    told: int = 0
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )

    def add(self, piece: bytes) -> str:
        """Take in a token's bytes; returns what of the text may be told by now."""
        self.text += self._decoder.decode(piece)
        ends = [at for stop in self.stop if (at := self.text.find(stop)) >= 0]
        if ends:
            self.text, self.has_stopped, self.cut = self.text[: min(ends)], True, False
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

    def _tell(self, end: int) -> str:
        start, self.told = self.told, max(self.told, end)
        return self.text[start : self.told]
