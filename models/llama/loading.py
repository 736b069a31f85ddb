"""Loading a GGUF file into llama.cpp: what is planned, what is asked of the library, what it says.

llama.cpp's own messages are kept off the terminal; the last ones explain a failed load and tell
how many layers really lie on a GPU. Knows no prompt and no sequence.
"""

from __future__ import annotations

import ctypes
import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import llama_cpp
import llama_cpp.llama_cpp as llama_library
from jinja2 import TemplateError

from models.errors import LoadCancelled, ModelFileError
from models.gguf_header import GgufHeader, read_header
from models.llama.devices import Machine, look_at_machine
from models.llama.memory import LoadPlan, plan_load, read_shape

# Told the part of the weights that is loaded, 0 to 1; False stops the load.
LoadListener = Callable[[float], bool]

_ggml_types = {"f16": llama_cpp.GGML_TYPE_F16, "q8_0": llama_cpp.GGML_TYPE_Q8_0}
_OFFLOADED = re.compile(r"offloaded (\d+)/(\d+) layers to GPU")
_MESSAGES: deque[str] = deque(maxlen=400)


_WATCHERS: list[Callable[[str], None]] = []


def _keep_message(level: int, text: bytes, _: ctypes.c_void_p) -> None:
    message = text.decode("utf-8", "replace")
    _MESSAGES.append(message)
    for watcher in _WATCHERS:
        watcher(message)


# Lives as long as the program: llama.cpp calls it until the very end.
_LOG_CALLBACK = llama_cpp.llama_log_callback(_keep_message)


def quiet_llama() -> None:
    """Keep llama.cpp's messages for an error's text, and off the terminal."""
    llama_cpp.llama_log_set(_LOG_CALLBACK, ctypes.c_void_p(0))


@contextmanager
def watching_messages(watcher: Callable[[str], None]) -> Iterator[None]:
    """Tell llama.cpp's messages to `watcher` as they come, for the block."""
    _MESSAGES.clear()
    _WATCHERS.append(watcher)
    try:
        yield
    finally:
        _WATCHERS.remove(watcher)


def last_messages() -> list[str]:
    """Return llama.cpp's last messages, the newest last."""
    return list(_MESSAGES)


def plan_file(path: Path, machine: Machine | None = None, wanted: int | None = None) -> LoadPlan:
    """Read a file's head and choose how it is loaded on this machine; see `plan_load`.

    Raises:
        ModelFileError: it is no GGUF file, or is cut off.
        ModelTooLarge: it does not fit.
    """
    header = read_header(path)
    if header.architecture in ("", "clip") or header.read_text("general.type") == "adapter":
        raise ModelFileError(
            f"{path.name} is no language model ({header.read_text('general.type') or 'unnamed'}). "
            "An adapter is loaded over its base: --model BASE --adapter FILE."
        )
    return plan_load(path.name, read_shape(header), machine or look_at_machine(), wanted)


def load_llama(
    path: Path,
    adapter: Path | None,
    plan: LoadPlan,
    sequences: int,
    listener: LoadListener | None = None,
    *,
    logits_all: bool = False,
) -> llama_cpp.Llama:
    """Load a model, and an adapter over it, into a context of so many sequences.

    Raises:
        ModelFileError: llama.cpp cannot load it, or the adapter is another model's.
        LoadCancelled: the listener stopped it.
    """
    quiet_llama()
    _MESSAGES.clear()
    if adapter is not None:
        check_adapter(path, adapter)
    stopped: list[float] = []

    def report(part: float) -> bool:
        goes_on = listener is None or listener(part)
        if not goes_on:
            stopped.append(part)
        return goes_on

    try:
        return _build_llama(
            str(path),
            report,
            sequences,
            n_ctx=plan.context_tokens,
            n_batch=plan.batch,
            n_ubatch=plan.batch,
            n_gpu_layers=plan.gpu_layers,
            flash_attn=plan.flash_attention,
            type_k=_ggml_types[plan.cache_type],
            type_v=_ggml_types[plan.cache_type],
            lora_path=str(adapter) if adapter else None,
            logits_all=logits_all,
            verbose=False,
        )
    except (ValueError, RuntimeError) as error:
        if stopped:
            raise LoadCancelled("The model was not loaded: it was stopped.") from error
        raise _explain(adapter if "LoRA" in str(error) and adapter else path) from error
    except TemplateError as error:
        raise _explain_template(path, error) from error


def load_vocabulary(path: Path) -> llama_cpp.Llama:
    """Load a file's tokens and chat template alone.

    Raises:
        ModelFileError: llama.cpp cannot load it.
    """
    quiet_llama()
    try:
        return llama_cpp.Llama(str(path), vocab_only=True, verbose=False)
    except (ValueError, RuntimeError) as error:
        raise _explain(path) from error
    except TemplateError as error:
        raise _explain_template(path, error) from error


def count_offloaded_layers() -> int:
    """Return how many layers llama.cpp said that it laid on a GPU at the last load."""
    for line in reversed(_MESSAGES):
        if found := _OFFLOADED.search(line):
            return int(found.group(1))
    return 0


def check_adapter(base: Path, adapter: Path) -> None:
    """Hold an adapter's head against its base's: llama.cpp says too little when it refuses one.

    Raises:
        ModelFileError: it is no LoRA adapter, or was made for another base.
    """
    header, own = read_header(adapter), read_header(base)
    if header.read_text("general.type") != "adapter":
        raise ModelFileError(
            f"{adapter.name} is no adapter but a whole model. Name it with --model instead."
        )
    fault = _find_misfit(own, header)
    if fault:
        raise ModelFileError(
            f"{adapter.name} was made for another base than {base.name}: {fault}. Take the adapter "
            "of this model, or the model of this adapter."
        )


def _find_misfit(base: GgufHeader, adapter: GgufHeader) -> str:
    """Return in what an adapter does not fit its base, "" where it does."""
    if adapter.architecture != base.architecture:
        return f"it adapts a {adapter.architecture} model and this is a {base.architecture} one"
    shapes = {tensor.name: tensor.shape for tensor in base.tensors}
    for tensor in adapter.tensors:
        name, _, half = tensor.name.rpartition(".lora_")
        shape = shapes.get(name)
        if shape is None:
            return f"the base has no tensor {name}"
        # A is rank x columns, B is rows x rank.
        own, wanted = (tensor.shape[-1], shape[-1]) if half == "a" else (tensor.shape[0], shape[0])
        if own != wanted:
            return f"{name} has {wanted} {'columns' if half == 'a' else 'rows'}, not {own}"
    return ""


def has_amx() -> bool:
    """Whether llama.cpp was built to use AMX, Intel's matrix instructions."""
    return b"AMX_INT8 = 1" in llama_cpp.llama_print_system_info()


def _build_llama(
    path: str, report: LoadListener, sequences: int, **settings: Any
) -> llama_cpp.Llama:
    """Load a model without AMX, telling how far it is.

    Some virtual machines announce AMX and stop the program at its first instruction. The library's
    class has no argument for it, nor for sequences and progress, so the defaults that it asks for
    are changed while it loads.
    """
    of_model = llama_library.llama_model_default_params
    of_context = llama_library.llama_context_default_params
    callback = llama_library.llama_progress_callback(lambda part, _: report(part))

    def choose_model() -> Any:
        params = of_model()
        params.use_extra_bufts = not has_amx()
        params.progress_callback = callback
        return params

    def choose_context() -> Any:
        params = of_context()
        # Without a unified cache a part of a sequence cannot be copied: the process would end.
        params.n_seq_max, params.kv_unified = sequences, True
        return params

    llama_library.llama_model_default_params = choose_model
    llama_library.llama_context_default_params = choose_context
    try:
        return llama_cpp.Llama(path, **settings)
    finally:
        llama_library.llama_model_default_params = of_model
        llama_library.llama_context_default_params = of_context


def _explain(path: Path) -> ModelFileError:
    reasons = [line for line in _MESSAGES if "error" in line.lower() or "failed" in line.lower()]
    reason = reasons[-1].strip() if reasons else "llama.cpp gives no reason"
    return ModelFileError(
        f"{path.name} cannot be loaded ({reason}). Fetch the file again, or take another build."
    )


def _explain_template(path: Path, error: TemplateError) -> ModelFileError:
    return ModelFileError(
        f"The chat template in {path.name} does not parse ({error}). Take another build."
    )
