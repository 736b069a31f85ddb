"""GGUF models through llama.cpp: from requests to texts.

One context serves one call at a time, whose requests are decoded together; prompts that begin
alike are read once (`models/llama/decoding.py`). Knows no prompt of ours.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import llama_cpp

from models.builtin import hash_file
from models.chat import (
    CancelToken,
    Completion,
    GenerationSettings,
    ModelFile,
    Request,
    require_room,
)
from models.errors import GenerationCancelled, GrammarError
from models.llama.decoding import (
    MOST_SEQUENCES,
    DecodingAborted,
    Running,
    SequenceDecoder,
    TokenChooser,
    repeats_itself,
)
from models.llama.devices import count_cores
from models.llama.loading import LoadListener, count_offloaded_layers, load_llama, plan_file
from models.llama.memory import LoadPlan
from models.llama.prompts import PromptFormat
from models.llama.threads import SpareCores
from models.llama.writing import TextWriter
from models.turns import TurnQueue


class LlamaChatModel:
    """A GGUF model, loaded. Satisfies `ChatModel`."""

    def __init__(
        self,
        path: Path,
        adapter: Path | None = None,
        *,
        plan: LoadPlan | None = None,
        listener: LoadListener | None = None,
        file: ModelFile | None = None,
    ) -> None:
        """Load a model, and a LoRA adapter in GGUF over it, as `plan` says or as fits.

        `file` names both where that is known already: else the file is read once more, whole.

        Raises:
            ModelFileError: a file is missing, is no GGUF, has no chat template, or does not load.
            ModelTooLarge: it does not fit into the memory that is free.
            LoadCancelled: the listener stopped it.
        """
        self.plan = plan or plan_file(path)
        self.context_tokens = self.plan.context_tokens
        self._llama = load_llama(path, adapter, self.plan, MOST_SEQUENCES, listener)
        self.gpu_layers = count_offloaded_layers()
        self._prompts = PromptFormat(self._llama, path.name)
        self._turns = TurnQueue()
        self._cancel = CancelToken()
        self._decoder = SequenceDecoder(
            self._llama.ctx,
            self._llama.n_vocab(),
            self.context_tokens,
            SpareCores(count_cores()),
            chunk=self.plan.batch,
        )
        self._abort = llama_cpp.ggml_abort_callback(lambda _: self._cancel.is_cancelled)
        llama_cpp.llama_set_abort_callback(self._llama.ctx, self._abort, None)
        self.file = file or describe_file(path, adapter)

    @property
    def computes_on(self) -> str:
        """What does the work, by llama.cpp's own report of the load."""
        if not self.gpu_layers:
            return "processor"
        return f"GPU, {self.gpu_layers} of {self.plan.layers} layers"

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of `text`."""
        return len(self._llama.tokenize(text.encode(), add_bos=False, special=False))

    def render_prompt(self, message: str, examples: Sequence[tuple[str, str]] = ()) -> str:
        """Return one user message, after examples, in the model's own chat template."""
        return self._prompts.render(message, examples)

    def stream(
        self, message: str, settings: GenerationSettings, cancel: CancelToken
    ) -> Iterator[str | Completion]:
        """Answer one user message; see `ChatModel.stream`."""
        for _, piece in self.stream_many([Request(message, settings)], cancel):
            yield piece

    def stream_many(
        self, requests: Sequence[Request], cancel: CancelToken
    ) -> Iterator[tuple[int, str | Completion]]:
        """Answer several messages, decoded in one batch; see `ChatModel.stream_many`."""
        with self._turns.turn(cancel):
            self._cancel = cancel
            writers: list[TextWriter] = []
            try:
                for index, request in enumerate(requests):
                    writers.append(self._start(index, request))
                yield from self._write(writers, cancel)
            finally:
                for writer in writers:
                    writer.chooser.close()

    def weigh_choices(
        self, message: str, choices: Sequence[str], cancel: CancelToken
    ) -> tuple[float, ...]:
        """Return how probable each choice is as the answer; see `ChatModel.weigh_choices`."""
        if not choices:
            return ()
        endings = [self._llama.tokenize(c.encode(), add_bos=False, special=False) for c in choices]
        with self._turns.turn(cancel):
            self._cancel = cancel
            prompt = self._prompts.tokenize(message)
            self._require_room(prompt, max(map(len, endings)))
            with self._translating(cancel):
                weighed = self._decoder.weigh(prompt, endings)
        most = max(weighed)
        shares = [math.exp(one - most) for one in weighed]
        return tuple(share / sum(shares) for share in shares)

    def close(self) -> None:
        """Give the memory back; nothing can be asked afterwards."""
        with self._turns.turn(CancelToken()):
            self._decoder.close()
            self._llama.close()

    def forget(self) -> None:
        """Let go of the state that is held of earlier prompts: the next one is read in whole."""
        with self._turns.turn(CancelToken()):
            self._decoder.forget()

    def _start(self, index: int, request: Request) -> TextWriter:
        """Prepare one request: its tokens, its grammar, and what is kept of its text."""
        settings = request.settings
        prompt = self._prompts.tokenize(request.message, settings.examples)
        room = self._require_room(prompt, settings.max_tokens)
        grammar = self._build_grammar(settings.grammar) if settings.grammar else None
        chooser = TokenChooser(
            self._vocab,
            temperature=settings.temperature,
            top_p=settings.top_p,
            repeat_penalty=settings.repeat_penalty,
            seed=settings.seed,
            grammar=grammar,
        )
        running = Running(index, prompt, min(room, settings.max_tokens), chooser.choose)
        return TextWriter(
            running, chooser, settings.stop, time.monotonic(), distinct=settings.distinct_lines
        )

    def _write(
        self, writers: Sequence[TextWriter], cancel: CancelToken
    ) -> Iterator[tuple[int, str | Completion]]:
        by_index = {writer.running.index: writer for writer in writers}

        def is_end(running: Running, token: int) -> bool:
            writer = by_index[running.index]
            if llama_cpp.llama_vocab_is_eog(self._vocab, token):
                writer.cut = False
            elif not repeats_itself(running.written) and not writer.has_stopped:
                return False
            return True

        with self._translating(cancel):
            for running, token in self._decoder.run([w.running for w in writers], is_end):
                cancel.raise_if_cancelled()
                writer = by_index[running.index]
                text = writer.end() if token is None else writer.add(self._detokenize(token))
                if text:
                    yield running.index, text
                if token is None:
                    yield running.index, writer.complete()

    @contextmanager
    def _translating(self, cancel: CancelToken) -> Iterator[None]:
        """Turn an aborted evaluation into a cancelled request."""
        try:
            yield
        except DecodingAborted as error:
            raise GenerationCancelled("Stopped.") from error
        except GenerationCancelled:
            self._decoder.forget()
            raise

    def _require_room(self, prompt: Sequence[int], wanted: int) -> int:
        """Return how many tokens fit behind a prompt; raises PromptTooLong where too few do."""
        return require_room(len(prompt), self.context_tokens, wanted)

    def _build_grammar(self, text: str) -> Any:
        """Compile a grammar; used unparsed, it would crash."""
        sampler = llama_cpp.llama_sampler_init_grammar(self._vocab, text.encode(), b"root")
        if not sampler:
            raise GrammarError(f"This grammar does not parse: {text[:200]!r}")
        return sampler

    def _detokenize(self, token: int) -> bytes:
        return bytes(self._llama.detokenize([token]))

    @property
    def _vocab(self) -> Any:
        return llama_cpp.llama_model_get_vocab(self._llama.model)


def describe_file(path: Path, adapter: Path | None, sha256: str | None = None) -> ModelFile:
    """Return what a run says of the model that answered; reads the file where no sum is known."""
    return ModelFile(
        name=path.stem,
        file=path.name,
        sha256=sha256 or hash_file(path),
        adapter=adapter.name if adapter else None,
    )
