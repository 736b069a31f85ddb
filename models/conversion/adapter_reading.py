"""The way back of an adapter: a GGUF file as a folder of PEFT's, to go on learning from.

Scales that were put into B when the file was written stay there. Knows no training.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy.typing as npt

from models.conversion.architectures import ModelConfig
from models.conversion.dequantising import (
    count_heads,
    map_names_back,
    read_file_config,
    read_values,
)
from models.errors import CheckpointError
from models.gguf_header import read_header

_HALVES = {"lora_a": "lora_A", "lora_b": "lora_B"}


def write_adapter_folder(file: Path, base: Path, folder: Path) -> None:
    """Write PEFT's `adapter_config.json` and weights in F32 for an adapter of `base` (both GGUF).

    Raises:
        ModelFileError: a file is no GGUF file.
        CheckpointError: it holds no low-rank pairs, or pairs of another base, or of several ranks.
    """
    from safetensors.numpy import save_file

    header = read_header(file)
    alpha = header.metadata.get("adapter.lora.alpha")
    if not isinstance(alpha, int | float):
        raise CheckpointError(f"{file.name} holds no LoRA adapter.")
    tensors = _read_halves(file, read_file_config(read_header(base)))
    ranks = {values.shape[0] for name, values in tensors.items() if ".lora_A." in name}
    if len(ranks) != 1 or 2 * sum(".lora_A." in name for name in tensors) != len(tensors):
        raise CheckpointError(
            f"The pairs of {file.name} are of {len(ranks)} ranks or lack a half: it cannot be gone "
            "on with."
        )
    modules = {name.split(".lora_")[0].rpartition(".")[2] for name in tensors}
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": ranks.pop(),
        "lora_alpha": alpha,
        "target_modules": sorted(modules),
        "bias": "none",
    }
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")


def _read_halves(file: Path, config: ModelConfig) -> dict[str, npt.NDArray[Any]]:
    """Return the halves of an adapter's pairs by PEFT's names, the rows in PEFT's order."""
    from gguf import GGUFReader

    sources = map_names_back(config)
    found: dict[str, npt.NDArray[Any]] = {}
    for tensor in GGUFReader(file).tensors:
        name, _, half = tensor.name.rpartition(".")
        source = sources.get(name)
        if source is None or half not in _HALVES:
            raise CheckpointError(
                f"{file.name} adapts {tensor.name}, which the base has not: it was made for "
                "another base."
            )
        heads = count_heads(config, source) if half == "lora_b" else 0
        module = source.removesuffix(".weight")
        found[f"base_model.model.{module}.{_HALVES[half]}.weight"] = read_values(tensor, heads)
    return found
