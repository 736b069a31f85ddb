"""GGUF models through llama.cpp: loading, prompts, texts.

One context serves one call at a time, whose requests are decoded together; prompts that begin
alike are read once (`models/decoding.py`). Knows no prompt of ours.
"""

from __future__ import annotations

import codecs
import ctypes
import math
import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import llama_cpp
import llama_cpp.llama_cpp as llama_library
import psutil
from jinja2 import TemplateError
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

from models.builtin import hash_file
from models.chat import CancelToken, Completion, GenerationSettings, ModelFile, Request
from models.decoding import (
    MOST_SEQUENCES,
    DecodingAborted,
    Running,
    SequenceDecoder,
    TokenChooser,
    repeats_itself,
)
from models.errors import GenerationCancelled, GrammarError, ModelFileError, PromptTooLong
from models.threads import SpareCores
from models.turns import TurnQueue

_GGUF_MAGIC = b"GGUF"
# More than any prompt of ours needs; beyond it the cache costs memory and nothing else.
MOST_CONTEXT_TOKENS = 8192
LEAST_CONTEXT_TOKENS = 2048
# The part of the free memory that the state of one context may take.
_MEMORY_SHARE = 0.5
# An answer is worth starting when this much of it fits behind the prompt.
_LEAST_ANSWER_TOKENS = 32

# llama.cpp's messages are kept off the terminal; the last ones explain a failed load.
_MESSAGES: deque[str] = deque(maxlen=50)


def _keep_message(level: int, text: bytes, _: ctypes.c_void_p) -> None:
    _MESSAGES.append(text.decode("utf-8", "replace"))


# Lives as long as the program: llama.cpp calls it until the very end.
_LOG_CALLBACK = llama_cpp.llama_log_callback(_keep_message)


@dataclass(frozen=True, slots=True)
class ModelShape:
    """What a GGUF's metadata say of the memory that its context takes."""

    trained_context: int
    layers: int
    kv_heads: int
    head_size: int

    @property
    def state_bytes_per_token(self) -> int:
        """Keys and values of all layers at 16 bits."""
        return 2 * 2 * self.layers * self.kv_heads * self.head_size


def choose_context(shape: ModelShape, free_bytes: int) -> int:
    """Return how many tokens the context may have: bounded by the model, its use and memory.

    Raises:
        ModelFileError: not even `LEAST_CONTEXT_TOKENS` fit into `free_bytes`.
    """
    wanted = min(shape.trained_context or MOST_CONTEXT_TOKENS, MOST_CONTEXT_TOKENS)
    fitting = int(free_bytes * _MEMORY_SHARE) // max(shape.state_bytes_per_token, 1)
    chosen = min(wanted, fitting // 256 * 256)
    if chosen < min(wanted, LEAST_CONTEXT_TOKENS):
        needed = LEAST_CONTEXT_TOKENS * shape.state_bytes_per_token / _MEMORY_SHARE / 2**30
        raise ModelFileError(
            f"This model's context needs {needed:.1f} GiB of free memory and "
            f"{free_bytes / 2**30:.1f} GiB are free. Close other programs or take a smaller model."
        )
    return chosen


@dataclass
class _Writer:
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


class LlamaChatModel:
    """A GGUF model, loaded. Satisfies `ChatModel`."""

    def __init__(self, path: Path, adapter: Path | None = None) -> None:
        """Load a model, and a LoRA adapter in GGUF over it.

        Raises:
            ModelFileError: a file is missing, is no GGUF, has no chat template, or does not load.
        """
        for file in (path, adapter):
            if file is not None:
                _require_gguf(file)
        llama_cpp.llama_log_set(_LOG_CALLBACK, ctypes.c_void_p(0))
        shape = self._read_shape(path)
        free = psutil.virtual_memory().available - path.stat().st_size
        self.context_tokens = choose_context(shape, max(free, 0))
        self._llama = self._load(path, adapter, self.context_tokens)
        self._formatter = self._build_formatter(path)
        self._control_texts = self._find_control_texts()
        self._turns = TurnQueue()
        self._cancel = CancelToken()
        self._decoder = SequenceDecoder(
            self._llama.ctx, self._llama.n_vocab(), self.context_tokens, SpareCores(count_cores())
        )
        self._abort = llama_cpp.ggml_abort_callback(lambda _: self._cancel.is_cancelled)
        llama_cpp.llama_set_abort_callback(self._llama.ctx, self._abort, None)
        self.file = ModelFile(
            name=path.stem,
            file=path.name,
            sha256=hash_file(path),
            adapter=adapter.name if adapter else None,
        )

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of `text`."""
        return len(self._llama.tokenize(text.encode(), add_bos=False, special=False))

    def render_prompt(self, message: str, examples: Sequence[tuple[str, str]] = ()) -> str:
        """Return one user message, after examples, in the model's own chat template.

        Text that reads as one of the model's control tokens is taken apart first: a filing may
        hold anything, and must not be able to speak as the assistant.
        """
        for control in self._control_texts:
            if control in message:
                message = message.replace(control, control[:1] + " " + control[1:])
        turns: list[Any] = []
        for asked, answered in examples:
            turns.append({"role": "user", "content": asked})
            turns.append({"role": "assistant", "content": answered})
        turns.append({"role": "user", "content": message})
        return str(self._formatter(messages=turns).prompt)

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
            writers: list[_Writer] = []
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
            prompt = self._tokenize_prompt(message, ())
            self._require_room(prompt, max(map(len, endings)))
            with self._translating(cancel):
                weighed = self._decoder.weigh(prompt, endings)
        most = max(weighed)
        shares = [math.exp(one - most) for one in weighed]
        return tuple(share / sum(shares) for share in shares)

    def forget(self) -> None:
        """Let go of the state that is held of earlier prompts: the next one is read in whole."""
        with self._turns.turn(CancelToken()):
            self._decoder.forget()

    def _start(self, index: int, request: Request) -> _Writer:
        """Prepare one request: its tokens, its grammar, and what is kept of its text."""
        settings = request.settings
        prompt = self._tokenize_prompt(request.message, settings.examples)
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
        return _Writer(running, chooser, settings.stop, time.monotonic())

    def _write(
        self, writers: Sequence[_Writer], cancel: CancelToken
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

    def _tokenize_prompt(self, message: str, examples: Sequence[tuple[str, str]]) -> list[int]:
        prompt = self.render_prompt(message, examples)
        return list(self._llama.tokenize(prompt.encode(), add_bos=self._adds_bos(), special=True))

    def _require_room(self, prompt: Sequence[int], wanted: int) -> int:
        """Return how many tokens fit behind a prompt; raises PromptTooLong where too few do."""
        room = self.context_tokens - len(prompt)
        if room < min(wanted, _LEAST_ANSWER_TOKENS):
            raise PromptTooLong(
                f"The prompt has {len(prompt)} tokens and the model's context "
                f"{self.context_tokens}. Ask about fewer passages or take a model with more."
            )
        return room

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

    def _adds_bos(self) -> bool:
        """Whether the vocabulary wants a start token that the template has not written."""
        bos = llama_cpp.llama_vocab_bos(self._vocab)
        adds = bool(llama_cpp.llama_vocab_get_add_bos(self._vocab))
        text = self._llama.detokenize([bos], special=True).decode() if bos >= 0 else ""
        return adds and not self.render_prompt("").startswith(text or "\x00")

    def _find_control_texts(self) -> tuple[str, ...]:
        control = llama_cpp.LLAMA_TOKEN_ATTR_CONTROL
        texts = (
            self._llama.detokenize([token], special=True).decode("utf-8", "ignore")
            for token in range(self._llama.n_vocab())
            if llama_cpp.llama_vocab_get_attr(self._vocab, token) & control
        )
        return tuple(text for text in texts if len(text) > 2)

    def _build_formatter(self, path: Path) -> Jinja2ChatFormatter:
        template = self._llama.metadata.get("tokenizer.chat_template")
        if not template:
            raise ModelFileError(
                f"{path.name} has no chat template, so it is no model to talk with. "
                "Take an instruction-tuned model."
            )
        special = [
            self._llama.detokenize([token], special=True).decode() if token >= 0 else ""
            for token in (self._llama.token_eos(), self._llama.token_bos())
        ]
        try:
            return Jinja2ChatFormatter(template, eos_token=special[0], bos_token=special[1])
        except TemplateError as error:
            raise ModelFileError(
                f"The chat template in {path.name} does not parse ({error}). Take another build."
            ) from error

    def _read_shape(self, path: Path) -> ModelShape:
        try:
            vocabulary = llama_cpp.Llama(str(path), vocab_only=True, verbose=False)
        except (ValueError, RuntimeError) as error:
            raise self._load_error(path) from error
        metadata = vocabulary.metadata
        vocabulary.close()
        architecture = metadata.get("general.architecture", "")

        def read(key: str, default: int) -> int:
            return int(metadata.get(f"{architecture}.{key}", default))

        heads = read("attention.head_count", 1)
        return ModelShape(
            trained_context=read("context_length", 0),
            layers=read("block_count", 1),
            kv_heads=read("attention.head_count_kv", heads),
            head_size=read("attention.key_length", read("embedding_length", 1) // heads),
        )

    def _load(self, path: Path, adapter: Path | None, context: int) -> llama_cpp.Llama:
        offload = -1 if llama_cpp.llama_supports_gpu_offload() else 0
        try:
            return _build_llama(
                str(path),
                n_ctx=context,
                n_batch=512,
                n_gpu_layers=offload,
                lora_path=str(adapter) if adapter else None,
                verbose=False,
            )
        except (ValueError, RuntimeError) as error:
            raise self._load_error(path) from error

    def _load_error(self, path: Path) -> ModelFileError:
        reasons = [line for line in _MESSAGES if "error" in line.lower()]
        reason = reasons[-1].strip() if reasons else "llama.cpp gives no reason"
        return ModelFileError(
            f"{path.name} cannot be loaded ({reason}). Fetch the file again, or take another build."
        )


def _build_llama(path: str, **settings: Any) -> llama_cpp.Llama:
    """Load a model into a context of several sequences, without AMX.

    Some virtual machines announce AMX and stop the program at its first instruction. The library's
    class has no argument for either, so the defaults that it asks for are changed while it loads.
    """
    of_model = llama_library.llama_model_default_params
    of_context = llama_library.llama_context_default_params

    def choose_model() -> Any:
        params = of_model()
        params.use_extra_bufts = not has_amx()
        return params

    def choose_context() -> Any:
        params = of_context()
        # Without a unified cache a part of a sequence cannot be copied: the process would end.
        params.n_seq_max, params.kv_unified = MOST_SEQUENCES, True
        return params

    llama_library.llama_model_default_params = choose_model
    llama_library.llama_context_default_params = choose_context
    try:
        return llama_cpp.Llama(path, **settings)
    finally:
        llama_library.llama_model_default_params = of_model
        llama_library.llama_context_default_params = of_context


def count_cores() -> int:
    """Return how many physical cores the machine has."""
    return psutil.cpu_count(logical=False) or os.cpu_count() or 1


def has_amx() -> bool:
    """Whether llama.cpp was built to use AMX, Intel's matrix instructions."""
    return b"AMX_INT8 = 1" in llama_cpp.llama_print_system_info()


def _require_gguf(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise ModelFileError(
            f"The model file {path} cannot be read ({error.strerror}). Check the path."
        ) from error
    if head != _GGUF_MAGIC:
        raise ModelFileError(
            f"{path.name} is not a GGUF file. Models in other formats are converted first; take a "
            "file that ends in .gguf."
        )
