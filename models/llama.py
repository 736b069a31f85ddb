"""GGUF models through llama.cpp: the one module that names llama_cpp.

One context serves one request at a time. The state of the longest common prefix with the request
before is kept, so prompts that begin alike are read once. Knows no prompt of ours.
"""

from __future__ import annotations

import codecs
import ctypes
import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp
import llama_cpp.llama_cpp as llama_library
import psutil
from jinja2 import TemplateError
from llama_cpp.llama_chat_format import Jinja2ChatFormatter
from llama_cpp.llama_grammar import LlamaGrammar

from models.builtin import hash_file
from models.chat import CancelToken, Completion, GenerationSettings, ModelFile
from models.errors import GenerationCancelled, GrammarError, ModelFileError, PromptTooLong
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
        with self._turns.turn(cancel):
            started = time.monotonic()
            self._cancel = cancel
            prompt = self.render_prompt(message, settings.examples)
            tokens = self._llama.tokenize(prompt.encode(), add_bos=self._adds_bos(), special=True)
            room = self.context_tokens - len(tokens)
            if room < min(settings.max_tokens, _LEAST_ANSWER_TOKENS):
                raise PromptTooLong(
                    f"The prompt has {len(tokens)} tokens and the model's context "
                    f"{self.context_tokens}. Ask about fewer passages or take a model with more."
                )
            reused = self._count_reused(tokens)
            written: list[str] = []
            cut = True
            count = 0
            decoder = codecs.getincrementaldecoder("utf-8")("replace")
            for token in self._generate(tokens, settings, min(room, settings.max_tokens)):
                if llama_cpp.llama_vocab_is_eog(self._vocab, token):
                    cut = False
                    break
                count += 1
                piece = decoder.decode(self._llama.detokenize([token]))
                if piece:
                    written.append(piece)
                    yield piece
            seconds = time.monotonic() - started
            yield Completion("".join(written), len(tokens), reused, count, seconds, cut)

    def _generate(
        self, tokens: list[int], settings: GenerationSettings, limit: int
    ) -> Iterator[int]:
        grammar = self._check_grammar(settings.grammar) if settings.grammar else None
        self._llama.set_seed(settings.seed)
        generator = self._llama.generate(
            tokens,
            temp=settings.temperature,
            top_p=settings.top_p,
            top_k=0,
            min_p=0.0,
            repeat_penalty=settings.repeat_penalty,
            grammar=grammar,
        )
        try:
            for _ in range(limit):
                self._cancel.raise_if_cancelled()
                token = next(generator, None)
                if token is None:
                    return
                yield token
        except RuntimeError as error:
            # llama.cpp reports an aborted evaluation as a failed one; its state is then unknown.
            self._llama.reset()  # type: ignore[no-untyped-call]  # the library leaves it so
            if self._cancel.is_cancelled:
                raise GenerationCancelled("Stopped.") from error
            raise

    def _check_grammar(self, text: str) -> LlamaGrammar:
        """Compile the grammar once to see whether it parses: used unparsed, it would crash."""
        sampler = llama_cpp.llama_sampler_init_grammar(self._vocab, text.encode(), b"root")
        if not sampler:
            raise GrammarError(f"This grammar does not parse: {text[:200]!r}")
        llama_cpp.llama_sampler_free(sampler)
        return LlamaGrammar.from_string(text, verbose=False)

    def _count_reused(self, tokens: list[int]) -> int:
        held = self._llama.input_ids[: self._llama.n_tokens].tolist()
        return int(self._llama.longest_token_prefix(held, tokens)) if held else 0

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
        cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
        offload = -1 if llama_cpp.llama_supports_gpu_offload() else 0
        try:
            return _build_llama(
                str(path),
                n_ctx=context,
                n_batch=512,
                # While it writes, llama.cpp's threads wait for each other hundreds of times a
                # token: one core that another program holds would stall them all, so one is
                # left free (docs/decisions/0003-threads.md).
                n_threads=max(1, cores - 1),
                n_threads_batch=cores,
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
    """Load a model, its weights left as they are where llama.cpp would lay them out for AMX.

    Some virtual machines announce AMX and stop the program at its first instruction; the library's
    class has no argument for this, so the defaults that it asks for are changed while it loads.
    """
    ask_defaults = llama_library.llama_model_default_params

    def choose_defaults() -> Any:
        params = ask_defaults()
        params.use_extra_bufts = not has_amx()
        return params

    llama_library.llama_model_default_params = choose_defaults
    try:
        return llama_cpp.Llama(path, **settings)
    finally:
        llama_library.llama_model_default_params = ask_defaults


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
