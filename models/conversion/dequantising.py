"""The way back: a GGUF file's weights as a Hugging Face checkpoint in F32.

What a quantised file computes with is what another program may train over, or hold the file
against. Writes configuration and weights; knows no tokenizer.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.conversion.architectures import (
    ROPE_FACTORS,
    ModelConfig,
    count_rotated_heads,
    rename_tensor,
)
from models.errors import CheckpointError
from models.gguf_header import GgufHeader, read_header

_CLASSES = {"qwen2": "Qwen2ForCausalLM", "llama": "LlamaForCausalLM"}
_OF_LAYER = (
    "input_layernorm",
    "post_attention_layernorm",
    "self_attn.q_proj",
    "self_attn.k_proj",
    "self_attn.v_proj",
    "self_attn.o_proj",
    "mlp.gate_proj",
    "mlp.up_proj",
    "mlp.down_proj",
)


def write_checkpoint(file: Path, folder: Path) -> None:
    """Write `config.json` and `model.safetensors` with what a GGUF file computes with.

    Takes four bytes of memory a parameter.

    Raises:
        ModelFileError: the file is no GGUF file.
        CheckpointError: it is of another architecture, or stretches its positions.
    """
    from gguf import GGUFReader
    from safetensors.numpy import save_file

    header = read_header(file)
    config = read_file_config(header)
    _require_plain_positions(header)
    sources = map_names_back(config)
    tensors: dict[str, npt.NDArray[Any]] = {}
    for tensor in GGUFReader(file).tensors:
        source = sources.get(tensor.name)
        if source is None:
            raise CheckpointError(f"{file.name} has a tensor {tensor.name} that is not known.")
        tensors[source] = read_values(tensor, count_heads(config, source))
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(_describe(config, header), indent=2))


def read_values(tensor: Any, heads: int) -> npt.NDArray[np.float32]:
    """Return what a tensor of gguf's reader computes with, its rows in the checkpoint's order.

    `heads` are those whose rows the file interleaves, 0 where it does not.
    """
    from gguf import dequantize

    values = np.array(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
    values = values.reshape(tuple(int(length) for length in reversed(tensor.shape)))
    return np.ascontiguousarray(separate_rows(values, heads) if heads else values)


def count_heads(config: ModelConfig, source: str) -> int:
    """Return how many heads of a checkpoint's tensor a GGUF file interleaves the rows of."""
    return count_rotated_heads(config, source.partition(".layers.")[2].partition(".")[2])


def separate_rows(rows: npt.NDArray[Any], heads: int) -> npt.NDArray[Any]:
    """Undo `interleave_rows`; shape (heads x size, ...), before and after."""
    split = rows.reshape(heads, rows.shape[0] // heads // 2, 2, *rows.shape[1:])
    return split.swapaxes(1, 2).reshape(rows.shape)


def read_file_config(header: GgufHeader) -> ModelConfig:
    """Return the configuration that a GGUF file's metadata give, but for stretched positions.

    Raises:
        CheckpointError: it is of another architecture.
    """
    if header.architecture not in _CLASSES:
        raise CheckpointError(
            f"{header.path.name} is a {header.architecture or 'nameless'} model; "
            f"{' and '.join(_CLASSES)} can be written as a checkpoint."
        )
    shapes = {tensor.name: tensor.shape for tensor in header.tensors}
    hidden, heads = (
        header.read_number("embedding_length", 0),
        header.read_number("attention.head_count", 1),
    )
    prefix = header.architecture
    return ModelConfig(
        architecture=header.architecture,
        layers=header.read_number("block_count", 0),
        hidden=hidden,
        feed_forward=header.read_number("feed_forward_length", 0),
        heads=heads,
        kv_heads=header.read_number("attention.head_count_kv", heads),
        head_size=header.read_number("attention.key_length", hidden // heads),
        vocabulary=shapes["token_embd.weight"][0],
        context=header.read_number("context_length", 0),
        norm_epsilon=_read_real(header, f"{prefix}.attention.layer_norm_rms_epsilon", 1e-5),
        rope_base=_read_real(header, f"{prefix}.rope.freq_base", 10_000.0),
        rope_scaling={},
        tied="output.weight" not in shapes,
    )


def _require_plain_positions(header: GgufHeader) -> None:
    stretched = f"{header.architecture}.rope.scaling.type" in header.metadata
    if stretched or any(tensor.name == ROPE_FACTORS for tensor in header.tensors):
        raise CheckpointError(f"{header.path.name} stretches its positions: not converted back.")


def _read_real(header: GgufHeader, key: str, default: float) -> float:
    value = header.metadata.get(key, default)
    # The shortest decimal of a 32-bit number: 1e-05, not 9.999999747378752e-06.
    return float(str(np.float32(value))) if isinstance(value, int | float) else default


def map_names_back(config: ModelConfig) -> dict[str, str]:
    """Return the checkpoint's name of each tensor of a GGUF file."""
    sources = ["model.embed_tokens.weight", "model.norm.weight", "lm_head.weight"]
    for layer in range(config.layers):
        for kind in _OF_LAYER:
            sources.append(f"model.layers.{layer}.{kind}.weight")
            if kind.startswith("self_attn"):
                sources.append(f"model.layers.{layer}.{kind}.bias")
    return {rename_tensor(config, source): source for source in sources}


def _describe(config: ModelConfig, header: GgufHeader) -> dict[str, Any]:
    return {
        "architectures": [_CLASSES[config.architecture]],
        "model_type": config.architecture,
        "hidden_size": config.hidden,
        "intermediate_size": config.feed_forward,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.kv_heads,
        "head_dim": config.head_size,
        "vocab_size": config.vocabulary,
        "max_position_embeddings": config.context,
        "rms_norm_eps": config.norm_epsilon,
        "rope_theta": config.rope_base,
        "tie_word_embeddings": config.tied,
        "hidden_act": "silu",
        "torch_dtype": "float32",
        "bos_token_id": header.metadata.get("tokenizer.ggml.bos_token_id"),
        "eos_token_id": header.metadata.get("tokenizer.ggml.eos_token_id"),
        "pad_token_id": header.metadata.get("tokenizer.ggml.padding_token_id"),
    }
