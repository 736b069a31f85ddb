"""Many sequences in one llama.cpp context: what prompts share is computed once, writing is batched.

The context is opened with a unified cache, so that a part of one sequence can be copied to another.
A sequence that has ended keeps its state until the room is needed: a later prompt that begins
alike goes on from there. Works on token ids; knows no text, no chat template and no queue.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import llama_cpp
import numpy as np
import numpy.typing as npt

from models.errors import ModelError
from models.llama.threads import SpareCores

MOST_SEQUENCES = 8
# Tokens of a prompt that are computed together, and so between two looks at whether the work was
# cancelled.
CHUNK = 128
# The first ones of a prompt are fewer: until they are read it is not known how many cores are free,
# and one is left out.
_FIRST_CHUNK = 32
_NO_GRAMMAR = None


class DecodingAborted(Exception):
    """The abort callback stopped the work; nothing is held any more."""


class DecodingFailed(ModelError):
    """llama.cpp could not compute; nothing is held any more."""


@dataclass
class Running:
    """One text on its way: `limit` tokens at most are written behind `prompt`.

    `choose` picks the next token from the logits, shape (vocabulary,), and is told nothing else.
    """

    index: int
    prompt: list[int]
    limit: int
    choose: Callable[[npt.NDArray[np.float32]], int]
    reused: int = 0
    written: list[int] = field(default_factory=list)
    slot: int = -1

    @property
    def room(self) -> int:
        """The cells of the cache that it may take in the end."""
        return len(self.prompt) + self.limit


class SequenceDecoder:
    """Computes sequences in one context, whose cache has `cells` cells for all of them."""

    def __init__(
        self,
        context: Any,
        vocabulary_size: int,
        cells: int,
        spare: SpareCores,
        *,
        chunk: int = CHUNK,
    ) -> None:
        """Take over a context that nothing else computes in; `spare` says with what threads."""
        self._chunk = chunk
        self._context = context
        self._memory = llama_cpp.llama_get_memory(context)
        self._size = vocabulary_size
        self._cells = cells
        self._spare = spare
        model = llama_cpp.llama_get_model(context)
        # The state of a recurrent model is one of all tokens: no part can be taken or let go.
        self._has_parts = not (
            llama_cpp.llama_model_is_recurrent(model) or llama_cpp.llama_model_is_hybrid(model)
        )
        self._batch = llama_cpp.llama_batch_init(max(chunk, MOST_SEQUENCES), 0, 1)
        # What each slot's state is of; a slot that is not busy may be taken.
        self._held: dict[int, list[int]] = {slot: [] for slot in range(MOST_SEQUENCES)}
        self._busy: set[int] = set()
        self._used: list[int] = list(range(MOST_SEQUENCES))  # the longest unused first

    def close(self) -> None:
        """Free what was allocated."""
        llama_cpp.llama_batch_free(self._batch)

    def run(
        self, waiting: Sequence[Running], is_end: Callable[[Running, int], bool]
    ) -> Iterator[tuple[Running, int | None]]:
        """Yield tokens as they are chosen, each with its sequence; None when that has ended.

        `is_end` is asked for each token before it is taken: True ends the sequence without it.

        Raises:
            DecodingAborted, DecodingFailed: nothing is held any more.
        """
        self._spare.begin()
        queue = list(waiting)
        active: list[tuple[Running, int]] = []
        try:
            while queue or active:
                while queue and self._has_room(queue[0], [one for one, _ in active]):
                    sequence = queue.pop(0)
                    token = sequence.choose(self._read(sequence))
                    yield from self._take(sequence, token, is_end, active)
                if active:
                    logits = self._step(active)
                    stepped, active = active, []
                    for (sequence, _), row in zip(stepped, logits, strict=True):
                        yield from self._take(sequence, sequence.choose(row), is_end, active)
        finally:
            self._busy.clear()

    def weigh(self, prompt: Sequence[int], endings: Sequence[Sequence[int]]) -> list[float]:
        """Return the log-probability of each ending behind a prompt."""
        self._spare.begin()
        first = Running(0, list(prompt), max(map(len, endings)), lambda _: 0)
        start = log_softmax(self._read(first))
        weighed: list[float] = []
        try:
            for ending in endings:
                total = float(start[ending[0]])
                for place, token in enumerate(ending[1:]):
                    row = log_softmax(self._step([(first, ending[place])])[0])
                    total += float(row[token])
                weighed.append(total)
                if self._has_parts:
                    self._cut(first.slot, len(prompt))
                elif len(ending) > 1:
                    self._busy.clear()
                    self._read(first)
        finally:
            self._busy.clear()
        return weighed

    def forget(self) -> None:
        """Let go of all that is held."""
        llama_cpp.llama_memory_clear(self._memory, True)
        self._held = {slot: [] for slot in range(MOST_SEQUENCES)}
        self._busy.clear()

    # One sequence

    def _take(
        self,
        sequence: Running,
        token: int,
        is_end: Callable[[Running, int], bool],
        active: list[tuple[Running, int]],
    ) -> Iterator[tuple[Running, int | None]]:
        if is_end(sequence, token):
            self._busy.discard(sequence.slot)
            yield sequence, None
            return
        sequence.written.append(token)
        yield sequence, token
        if len(sequence.written) >= sequence.limit:
            self._busy.discard(sequence.slot)
            yield sequence, None
        else:
            active.append((sequence, token))

    def _has_room(self, sequence: Running, active: Sequence[Running]) -> bool:
        if not active:
            return True
        taken = sum(one.room for one in active)
        return len(active) < MOST_SEQUENCES and taken + sequence.room <= self._cells

    def _read(self, sequence: Running) -> npt.NDArray[np.float32]:
        """Read a prompt, but for what is held of it already; returns the logits behind it."""
        slot, shared = self._find_slot(sequence.prompt)
        sequence.slot, sequence.reused = slot, shared
        self._busy.add(slot)
        rest = sequence.prompt[shared:]
        self._make_room(len(rest))
        starts = [0, *range(_FIRST_CHUNK, len(rest), self._chunk)]
        for start, end in zip(starts, [*starts[1:], len(rest)], strict=True):
            chunk = rest[start:end]
            places = [(slot, shared + start + at, token) for at, token in enumerate(chunk)]
            self._decode(places, wanted={len(chunk) - 1} if end == len(rest) else set())
        self._held[slot] = list(sequence.prompt)
        return self._logits(len(rest) - starts[-1] - 1)

    def _find_slot(self, prompt: Sequence[int]) -> tuple[int, int]:
        """Choose a slot and bring the longest held prefix into it; returns both."""
        # The last token's logits are always computed.
        most = len(prompt) - 1 if self._has_parts else 0
        shared = {slot: min(count_shared(held, prompt), most) for slot, held in self._held.items()}
        donor = max(shared, key=lambda slot: shared[slot])
        free = [slot for slot in self._used if slot not in self._busy]
        # A slot whose whole state goes on is taken as it is; else the longest unused one.
        own = [slot for slot in free if shared[slot] == shared[donor]]
        whole = [
            slot
            for slot in own
            if len(self._held[slot]) - shared[slot] <= len(self._held[slot]) // 2
        ]
        slot = (whole or free)[0]
        if shared[slot] == shared[donor]:
            self._cut(slot, shared[slot])
        else:
            self._cut(slot, 0)
            llama_cpp.llama_memory_seq_cp(self._memory, donor, slot, 0, shared[donor])
            self._held[slot] = self._held[donor][: shared[donor]]
        self._used.remove(slot)
        self._used.append(slot)
        return slot, shared[donor]

    def _make_room(self, more: int) -> None:
        """Let go of what ended longest ago until so many more tokens fit."""
        for slot in list(self._used):
            if sum(map(len, self._held.values())) + more <= self._cells:
                return
            if slot not in self._busy:
                self._cut(slot, 0)

    def _cut(self, slot: int, length: int) -> None:
        if len(self._held[slot]) > length:
            llama_cpp.llama_memory_seq_rm(self._memory, slot, length, -1)
            self._held[slot] = self._held[slot][:length]

    def _step(self, active: Sequence[tuple[Running, int]]) -> list[npt.NDArray[np.float32]]:
        """Compute one more token of each sequence together."""
        self._make_room(len(active))
        places = [(one.slot, len(self._held[one.slot]), token) for one, token in active]
        self._decode(places, wanted=set(range(len(places))))
        for one, token in active:
            self._held[one.slot].append(token)
        return [self._logits(at) for at in range(len(places))]

    # llama.cpp

    def _decode(self, places: Sequence[tuple[int, int, int]], wanted: set[int]) -> None:
        """Compute tokens, each a slot, a position and an id; logits are kept for `wanted`."""
        threads = self._spare.count()
        llama_cpp.llama_set_n_threads(self._context, threads, threads)
        batch = self._batch
        batch.n_tokens = len(places)
        for at, (slot, position, token) in enumerate(places):
            batch.token[at] = token
            batch.pos[at] = position
            batch.n_seq_id[at] = 1
            batch.seq_id[at][0] = slot
            batch.logits[at] = at in wanted
        failure = llama_cpp.llama_decode(self._context, batch)
        if failure:
            self.forget()
            if failure == 2:
                raise DecodingAborted
            raise DecodingFailed(
                f"The model could not compute (llama_decode returned {failure}). Ask again; if "
                "that does not help, take another model."
            )

    def _logits(self, at: int) -> npt.NDArray[np.float32]:
        """Return the logits of a token of the last batch, shape (vocabulary,), as a copy."""
        pointer = llama_cpp.llama_get_logits_ith(self._context, at)
        view = np.ctypeslib.as_array(
            ctypes.cast(pointer, ctypes.POINTER(ctypes.c_float)), (self._size,)
        )
        return np.array(view, dtype=np.float32)


def count_shared(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens two sequences begin with alike."""
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))


def repeats_itself(tokens: Sequence[int]) -> bool:
    """Whether a text ends in one run of tokens, four times and more, 32 tokens in all."""
    for period in range(1, 41):
        times = max(4, -(-32 // period))
        if len(tokens) < period * times:
            return False
        run = tokens[-period:]
        if all(tokens[-period * (k + 1) : -period * k] == run for k in range(1, times)):
            return True
    return False


def log_softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return log-probabilities of logits, shape (vocabulary,), in double precision."""
    wide = logits.astype(np.float64)
    top = wide.max()
    result: npt.NDArray[np.float64] = wide - top - np.log(np.exp(wide - top).sum())
    return result


class TokenChooser:
    """Chooses tokens for one sequence: greedy or sampled, held to a grammar where there is one."""

    def __init__(
        self,
        vocabulary: Any,
        *,
        temperature: float,
        top_p: float,
        repeat_penalty: float,
        seed: int,
        grammar: Any = _NO_GRAMMAR,
    ) -> None:
        """Take over `grammar`, a sampler of llama.cpp's, and free it in the end."""
        self._grammar = grammar
        self._temperature, self._top_p = temperature, top_p
        self._penalty = repeat_penalty
        self._random = np.random.default_rng(seed)
        self._seen: list[int] = []
        self._vocabulary = vocabulary

    def choose(self, logits: npt.NDArray[np.float32]) -> int:
        """Return the next token; the grammar is asked about the likeliest one first."""
        if self._penalty != 1.0 and self._seen:
            recent = np.unique(self._seen[-64:])
            values = logits[recent]
            logits[recent] = np.where(values > 0, values / self._penalty, values * self._penalty)
        token = self._pick(logits)
        if self._grammar is not None:
            if not self._allows(token, float(logits[token])):
                token = self._pick(self._mask(logits))
            llama_cpp.llama_sampler_accept(self._grammar, token)
        self._seen.append(token)
        return token

    def close(self) -> None:
        """Free the grammar."""
        if self._grammar is not None:
            llama_cpp.llama_sampler_free(self._grammar)
            self._grammar = None

    def _pick(self, logits: npt.NDArray[np.float32]) -> int:
        if self._temperature <= 0.0:
            return int(np.argmax(logits))
        scaled = np.exp(log_softmax(logits / np.float32(self._temperature)))
        order = np.argsort(-scaled)
        kept = order[: int(np.searchsorted(np.cumsum(scaled[order]), self._top_p)) + 1]
        return int(self._random.choice(kept, p=scaled[kept] / scaled[kept].sum()))

    def _allows(self, token: int, logit: float) -> bool:
        """Whether the grammar lets a single token pass: most often the likeliest one does."""
        data = (llama_cpp.llama_token_data * 1)()
        data[0] = llama_cpp.llama_token_data(token, logit, 0.0)
        candidates = llama_cpp.llama_token_data_array(data, 1, -1, False)
        llama_cpp.llama_sampler_apply(self._grammar, ctypes.byref(candidates))
        return bool(np.isfinite(candidates.data[0].logit))

    def _mask(self, logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the logits with those of all tokens that the grammar forbids at minus infinity."""
        size = len(logits)
        table = np.zeros(size, dtype=_TOKEN_DATA)
        table["id"] = np.arange(size, dtype=np.int32)
        table["logit"] = logits
        pointer = table.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data))
        candidates = llama_cpp.llama_token_data_array(pointer, size, -1, False)
        llama_cpp.llama_sampler_apply(self._grammar, ctypes.byref(candidates))
        masked = np.full(size, -np.inf, dtype=np.float32)
        kept = table[: candidates.size]
        masked[kept["id"]] = kept["logit"]
        return masked


_TOKEN_DATA = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
