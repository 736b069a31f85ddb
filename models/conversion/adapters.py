"""A LoRA adapter from PEFT's files to a GGUF adapter that llama.cpp lays over a base.

Low-rank pairs as in "LoRA: Low-Rank Adaptation of Large Language Models" (arXiv 2106.09685): the
weight grows by scale x B A. llama.cpp computes the scale as alpha / rank; other scales (rsLoRA,
one per layer) are put into B. What cannot be said in the format is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from models.conversion.architectures import ModelConfig, count_rotated_heads, rename_tensor
from models.conversion.building import interleave_rows
from models.conversion.checkpoint import read_json
from models.conversion.dequantising import read_file_config
from models.errors import CheckpointError
from models.gguf_header import read_header
from models.storage import guard_storage

AdapterPrecision = Literal["F32", "F16", "Q8_0"]
_NAME = re.compile(r"^base_model\.model\.(.+)\.lora_(A|B)(?:\.default)?\.weight$")
_BLOCK = 32


def build_adapter(
    folder: Path, base: Path, destination: Path, precision: AdapterPrecision = "F16"
) -> None:
    """Write the adapter in PEFT's `folder` as a GGUF file for the base in `base` (GGUF).

    Q8_0 holds for the A matrices; B has rows of the rank's length, which stay F16 where that is
    no multiple of 32.

    Raises:
        CheckpointError: the folder holds no LoRA adapter, one with parts that llama.cpp has not,
            or one of another base.
        ModelFileError: the base is no GGUF file.
        StorageError: the destination cannot be written.
    """
    from gguf import GGUFWriter

    settings = read_json(folder / "adapter_config.json")
    _refuse_other_parts(folder, settings)
    config = read_file_config(read_header(base))
    pairs = _read_pairs(folder)
    part = destination.with_name(destination.name + ".part")
    writer = GGUFWriter(None, config.architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(settings["lora_alpha"]))
    for module, (a, b) in sorted(pairs.items()):
        name = _rename(config, module)
        _require_shape(config, module, a, b)
        scaled = b * _correct_scale(settings, module, a.shape[0])
        heads = count_rotated_heads(config, _kind_of(module))
        if heads:
            scaled = np.asarray(interleave_rows(scaled, heads))
        _add(writer, f"{name}.lora_a", a, precision)
        _add(writer, f"{name}.lora_b", scaled, precision)
    with guard_storage(part):
        part.parent.mkdir(parents=True, exist_ok=True)
        writer.write_header_to_file(part)
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        part.replace(destination)


def _refuse_other_parts(folder: Path, settings: Mapping[str, Any]) -> None:
    if settings.get("peft_type") != "LORA" or "r" not in settings or "lora_alpha" not in settings:
        raise CheckpointError(f"{folder} holds no LoRA adapter of PEFT's (adapter_config.json).")
    for key, told in (
        ("use_dora", "is a DoRA adapter"),
        ("modules_to_save", "holds whole layers beside its low-rank pairs (modules_to_save)"),
        ("lora_bias", "has trained biases (lora_bias)"),
    ):
        if settings.get(key):
            raise CheckpointError(
                f"The adapter in {folder} {told}, which llama.cpp cannot lay over a base. Merge it "
                "into its base and build that."
            )
    if settings.get("bias", "none") != "none":
        raise CheckpointError(
            f"The adapter in {folder} has trained biases, which llama.cpp cannot lay over a base. "
            "Merge it into its base and build that."
        )


def _read_pairs(folder: Path) -> dict[str, tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = folder / "adapter_model.safetensors"
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path} is missing or damaged ({error}). Fetch it again.") from error
    found: dict[str, dict[str, npt.NDArray[Any]]] = {}
    for name, tensor in tensors.items():
        match = _NAME.match(name)
        if match is None:
            raise CheckpointError(
                f"The adapter in {folder} adapts {name}, which llama.cpp cannot lay over a base."
            )
        found.setdefault(match.group(1), {})[match.group(2)] = tensor.float().numpy()
    halves = sorted(module for module, pair in found.items() if len(pair) != 2)
    if halves or not found:
        raise CheckpointError(
            f"{path} lacks half of the pair for {halves[0] if halves else 'every layer'}. "
            "Fetch it again."
        )
    return {module: (pair["A"], pair["B"]) for module, pair in found.items()}


def _correct_scale(settings: Mapping[str, Any], module: str, rank: int) -> float:
    """Return what B is multiplied by so that alpha / rank comes to the adapter's own scale."""
    alpha = float(_of_module(settings.get("alpha_pattern"), module, settings["lora_alpha"]))
    scale = alpha / (math.sqrt(rank) if settings.get("use_rslora") else rank)
    return scale / (float(settings["lora_alpha"]) / rank)


def _of_module(pattern: Mapping[str, Any] | None, module: str, default: Any) -> Any:
    for key, value in (pattern or {}).items():
        if re.search(rf"(^|\.)({key})$", module):
            return value
    return default


def _kind_of(module: str) -> str:
    return re.sub(r"^model\.layers\.\d+\.", "", module) + ".weight"


def _rename(config: ModelConfig, module: str) -> str:
    found = re.match(r"model\.layers\.(\d+)\.", module)
    if found and int(found.group(1)) >= config.layers:
        raise CheckpointError(
            f"The adapter adapts {module}, and the base has {config.layers} layers: it was made "
            "for another base."
        )
    return rename_tensor(config, f"{module}.weight")


def _require_shape(
    config: ModelConfig, module: str, a: npt.NDArray[Any], b: npt.NDArray[Any]
) -> None:
    from models.conversion.architectures import expect_shapes

    expected = expect_shapes(config).get(_kind_of(module)) or expect_shapes(config).get(
        f"{module}.weight"
    )
    if expected != (b.shape[0], a.shape[1]) or a.shape[0] != b.shape[1]:
        raise CheckpointError(
            f"The adapter's pair for {module} comes to {b.shape[0]} x {a.shape[1]} and the base's "
            f"weight is {' x '.join(map(str, expected or ('missing',)))}: it was made for another "
            "base."
        )


def _add(writer: Any, name: str, values: npt.NDArray[Any], precision: AdapterPrecision) -> None:
    from gguf import GGMLQuantizationType, quantize

    if precision == "F32":
        writer.add_tensor(name, np.ascontiguousarray(values, dtype=np.float32))
    elif precision == "Q8_0" and values.shape[-1] % _BLOCK == 0:
        packed = quantize(np.ascontiguousarray(values, dtype=np.float32), GGMLQuantizationType.Q8_0)
        writer.add_tensor(name, packed, raw_dtype=GGMLQuantizationType.Q8_0)
    else:
        writer.add_tensor(name, np.ascontiguousarray(values, dtype=np.float16))
