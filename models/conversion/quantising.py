"""Quantising a GGUF file with llama.cpp's own `llama_model_quantize`, and its importance matrix.

An importance matrix says for each column of a weight how large its inputs are on average: the
quantiser then keeps the columns that matter more exactly. Knows no checkpoint.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.errors import ModelFileError, StorageError
from models.gguf_header import read_header
from models.progress import ModelProgress, ProgressListener, ignore_progress
from models.storage import guard_storage, require_room

# Bytes a weight, about: for the room that a file will take before it is written. Small models
# take more, since their token table is a larger part.
BITS: Mapping[str, float] = {
    "Q8_0": 8.5,
    "Q6_K": 6.6,
    "Q5_K_M": 5.7,
    "Q4_K_M": 4.9,
    "Q4_K_S": 4.6,
    "Q3_K_M": 4.0,
}
QUANTISATIONS = tuple(BITS)
DEFAULT_QUANTISATION = "Q4_K_M"
# Rows that are in memory at once: the library's own bound is 8 GiB.
_BUFFER_BYTES = 256 * 2**20

Importance = Mapping[str, npt.NDArray[np.float32]]


def quantise(
    source: Path,
    destination: Path,
    quantisation: str,
    *,
    importance: Importance | None = None,
    threads: int = 0,
    listener: ProgressListener = ignore_progress,
) -> None:
    """Write `source` (F32, F16 or BF16) quantised; `threads` 0 takes all cores.

    `importance` has a vector for each weight, by llama.cpp's name of it; its length is the
    weight's number of columns.

    Raises:
        ModelFileError: the file cannot be quantised so.
        StorageError: there is no room, or no permission; nothing was written.
    """
    import llama_cpp

    from models.llama.loading import last_messages, quiet_llama, watching_messages

    part = destination.with_name(destination.name + ".part")
    header = read_header(source)
    require_room(part.parent, int(header.parameters * BITS[quantisation] / 8))
    quiet_llama()
    params = llama_cpp.llama_model_quantize_default_params()
    params.nthread = threads
    params.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{quantisation}")
    params.max_buf_size = _BUFFER_BYTES
    kept = _hand_over(importance or {}, params)
    sizes, done = iter(header.tensors), 0

    def count(message: str) -> None:
        nonlocal done
        if message.lstrip().startswith("[") and (tensor := next(sizes, None)):
            done += tensor.size
            listener(ModelProgress("quantising", destination.name, done, header.tensor_bytes))

    with guard_storage(part), watching_messages(count):
        part.touch()
        failure = llama_cpp.llama_model_quantize(
            str(source).encode(), str(part).encode(), ctypes.byref(params)
        )
        del kept  # held by us until the library has read it
        if failure:
            part.unlink(missing_ok=True)
            raise _explain_failure(source, quantisation, last_messages())
        part.replace(destination)


def read_importance(path: Path) -> Importance:
    """Read an importance matrix as llama.cpp's `llama-imatrix` writes it, in GGUF.

    Raises:
        ModelFileError: it is no such file.
    """
    from gguf import GGUFReader

    if read_header(path).read_text("general.type") != "imatrix":
        raise ModelFileError(
            f"{path.name} is no importance matrix in GGUF. Make one with llama-imatrix, or leave "
            "it out."
        )
    sums: dict[str, npt.NDArray[Any]] = {}
    counts: dict[str, float] = {}
    for tensor in GGUFReader(path).tensors:
        name, _, part = tensor.name.rpartition(".")
        if part == "in_sum2":
            sums[name] = np.array(tensor.data, dtype=np.float32).reshape(-1)
        elif part == "counts":
            counts[name] = float(np.asarray(tensor.data).reshape(-1)[0])
    return {
        name: (total / max(counts.get(name, 1.0), 1.0)).astype(np.float32)
        for name, total in sums.items()
    }


def write_importance(path: Path, sums: Importance, counts: Mapping[str, float]) -> None:
    """Write an importance matrix as `read_importance` reads it: sums of squares, and tokens."""
    from gguf import GGUFWriter

    writer = GGUFWriter(path, "", use_temp_file=False)
    writer.add_type("imatrix")
    for name, total in sums.items():
        writer.add_tensor(f"{name}.in_sum2", np.ascontiguousarray(total, dtype=np.float32))
        writer.add_tensor(f"{name}.counts", np.array([counts[name]], dtype=np.float32))
    with guard_storage(path):
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def _hand_over(importance: Importance, params: Any) -> list[Any]:
    """Put the matrix into the library's own form; what is returned must outlive the call."""
    import llama_cpp.llama_cpp as library

    if not importance:
        return []
    vectors = {
        name.encode(): np.ascontiguousarray(v, dtype=np.float32) for name, v in importance.items()
    }
    # One more, whose name is missing, ends the list.
    rows = (library.llama_model_imatrix_data * (len(vectors) + 1))()
    for row, (name, vector) in zip(rows, vectors.items(), strict=False):
        row.name = name
        row.data = vector.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        row.size = len(vector)
    params.imatrix = ctypes.cast(rows, ctypes.POINTER(library.llama_model_imatrix_data))
    return [rows, vectors]


def _explain_failure(
    source: Path, quantisation: str, messages: list[str]
) -> ModelFileError | StorageError:
    reasons = [line.strip() for line in messages if "fail" in line.lower() or "err" in line.lower()]
    reason = reasons[-1] if reasons else "llama.cpp gives no reason"
    if any("write" in line.lower() or "basic_ios" in line.lower() for line in reasons):
        return StorageError(
            f"The quantised file could not be written ({reason}). Make room on the disk and do it "
            "again; nothing was installed."
        )
    return ModelFileError(
        f"{source.name} cannot be quantised to {quantisation} ({reason}). Take another one of "
        f"{', '.join(QUANTISATIONS)}."
    )
