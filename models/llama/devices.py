"""What llama.cpp can compute on: the processor and the GPUs that this build of it sees.

Asked of ggml itself, so that CUDA, Metal and Vulkan are told alike and free memory is what the
library will find. Knows no model.
"""

from __future__ import annotations

import ctypes
import platform
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import psutil

# ggml's kinds of devices that compute whole layers; others help the processor.
_GPU_KINDS = (1, 2)
_ADVICE = (
    "Reinstall it for the GPU: CMAKE_ARGS={} pip install --force-reinstall --no-cache-dir "
    "llama-cpp-python"
)


@dataclass(frozen=True, slots=True)
class Device:
    """One device; memory in bytes. `backend` is ggml's name of what drives it, such as "CUDA"."""

    name: str
    description: str
    backend: str
    is_gpu: bool
    free: int
    total: int


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is to compute with just now; `free_memory` is the processor's, in bytes.

    `warning` tells what stands in the way of a GPU that the machine has, "" where nothing does.
    """

    free_memory: int
    total_memory: int
    cores: int
    gpus: tuple[Device, ...]
    warning: str = ""

    @property
    def free_gpu_memory(self) -> int:
        """The free memory of all GPUs together."""
        return sum(gpu.free for gpu in self.gpus)


def look_at_machine() -> Machine:
    """Return what llama.cpp can compute with just now."""
    memory = psutil.virtual_memory()
    gpus = tuple(device for device in list_devices() if device.is_gpu)
    return Machine(
        free_memory=memory.available,
        total_memory=memory.total,
        cores=count_cores(),
        gpus=gpus,
        warning=explain_missing_gpu(gpus, find_gpu(), supports_gpus()),
    )


def count_cores() -> int:
    """Return how many physical cores the machine has."""
    return psutil.cpu_count(logical=False) or psutil.cpu_count() or 1


def list_devices() -> list[Device]:
    """Return all devices that this build of ggml sees."""
    library = _load_ggml()
    found = []
    for index in range(library.ggml_backend_dev_count()):
        device = ctypes.c_void_p(library.ggml_backend_dev_get(index))
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        library.ggml_backend_dev_memory(device, ctypes.byref(free), ctypes.byref(total))
        registry = ctypes.c_void_p(library.ggml_backend_dev_backend_reg(device))
        found.append(
            Device(
                name=_decode(library.ggml_backend_dev_name(device)),
                description=_decode(library.ggml_backend_dev_description(device)),
                backend=_decode(library.ggml_backend_reg_name(registry)),
                is_gpu=library.ggml_backend_dev_type(device) in _GPU_KINDS,
                free=free.value,
                total=total.value,
            )
        )
    return found


def describe_build() -> str:
    """Return what llama.cpp says of how it was built, such as "CPU : AVX2 = 1 | ..."."""
    import llama_cpp

    return str(llama_cpp.llama_print_system_info().decode().strip(" |"))


def supports_gpus() -> bool:
    """Whether this build of llama.cpp can compute on any GPU."""
    import llama_cpp

    return bool(llama_cpp.llama_supports_gpu_offload())


def find_gpu() -> str:
    """Return what kind of GPU the machine seems to have, whether llama.cpp sees it or not."""
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return "Metal"
    if shutil.which("nvidia-smi") or Path("/proc/driver/nvidia/version").exists():
        return "CUDA"
    if Path("/dev/kfd").exists():
        return "Vulkan"
    return ""


def explain_missing_gpu(gpus: Sequence[Device], present: str, is_built_for_gpus: bool) -> str:
    """Return why a GPU that is there is not used, and what to do; "" where all is well."""
    if gpus or not present:
        return ""
    if is_built_for_gpus:
        return (
            f"llama.cpp was built for GPUs and finds none, though this machine seems to have one "
            f"({present}): it computes on the processor. Check the driver (`nvidia-smi`, "
            "`vulkaninfo`)."
        )
    flags = {"CUDA": "-DGGML_CUDA=on", "Metal": "-DGGML_METAL=on", "Vulkan": "-DGGML_VULKAN=on"}
    return (
        f"This machine seems to have a GPU ({present}) and llama.cpp was built without it: it "
        f"computes on the processor. {_ADVICE.format(flags[present])}"
    )


def _decode(text: bytes | None) -> str:
    return (text or b"").decode("utf-8", "replace").strip()


@lru_cache(maxsize=1)
def _load_ggml() -> Any:
    """Return ggml's library with the functions of its device list described.

    Some of them lie in its base library, where not every platform looks by itself.
    """
    import llama_cpp
    from llama_cpp import _ggml

    llama_cpp.llama_backend_init()
    from llama_cpp._ctypes_extensions import load_shared_library

    library, base = _Functions(), load_shared_library("ggml-base", _ggml.libggml_base_path)
    for name, arguments, result in (
        ("dev_count", [], ctypes.c_size_t),
        ("dev_get", [ctypes.c_size_t], ctypes.c_void_p),
        ("dev_name", [ctypes.c_void_p], ctypes.c_char_p),
        ("dev_description", [ctypes.c_void_p], ctypes.c_char_p),
        ("dev_type", [ctypes.c_void_p], ctypes.c_int),
        ("dev_backend_reg", [ctypes.c_void_p], ctypes.c_void_p),
        ("dev_memory", [ctypes.c_void_p] * 3, None),
        ("reg_name", [ctypes.c_void_p], ctypes.c_char_p),
    ):
        full = f"ggml_backend_{name}"
        function = getattr(_ggml.libggml if hasattr(_ggml.libggml, full) else base, full)
        function.argtypes, function.restype = arguments, result
        setattr(library, full, function)
    return library


class _Functions:
    """Holds ggml's functions of its device list."""
