"""How many tokens a text has, as a server's own tokenizer counts; an estimate where it has none.

What was counted is remembered: the same passages are counted again and again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable

from models.chat import CancelToken
from models.errors import ServerError
from models.remote.protocol import estimate_tokens
from models.remote.server import ServerTokenizer
from models.remote.workers import Workers

# A passage has some two thousand characters.
_MOST = 4096


class TokenCounter:
    """Counts tokens. May be used by several threads."""

    def __init__(self, tokenizer: ServerTokenizer | None, workers: Workers) -> None:
        """Ask the server on these threads; estimate where there is no tokenizer."""
        self._tokenizer = tokenizer
        self._workers = workers
        self._known: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, text: str, cancel: CancelToken) -> int:
        """Return the number of tokens of a text.

        Raises:
            ServerError: the server cannot be asked.
            GenerationCancelled: `cancel` was set before it answered.
        """
        tokenizer = self._tokenizer
        if tokenizer is None:
            return estimate_tokens(text)
        known = self._find(text)
        if known is not None:
            return known
        return self._keep(text, self._workers.call(lambda _: tokenizer.count(text), cancel))

    def count_all(self, texts: Iterable[str], cancel: CancelToken) -> int:
        """Return the sum over some texts."""
        return sum(self.count(text, cancel) for text in texts)

    def guess(self, text: str) -> int:
        """Return what is known of a text, else what the server says now, else an estimate.

        For one of the threads itself, which cannot wait for another.
        """
        known = self._find(text)
        if known is not None:
            return known
        try:
            return self._tokenizer.count(text) if self._tokenizer else estimate_tokens(text)
        except ServerError:
            return estimate_tokens(text)

    def _find(self, text: str) -> int | None:
        with self._lock:
            if text in self._known:
                self._known.move_to_end(text)
            return self._known.get(text)

    def _keep(self, text: str, counted: int) -> int:
        with self._lock:
            self._known[text] = counted
            self._known.move_to_end(text)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return counted
