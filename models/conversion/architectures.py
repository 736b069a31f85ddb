"""Which tensors a model is made of, how llama.cpp names and orders them, and its metadata.

Two architectures, which AceSearcher's bases have: Qwen2 and Llama. What a checkpoint has that
llama.cpp would not compute is refused and not left out. Knows no file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from models.errors import CheckpointError

_KNOWN = {"Qwen2ForCausalLM": "qwen2", "LlamaForCausalLM": "llama"}
# Left over from old releases: computed, not learnt.
_COMPUTED = re.compile(r"rotary_emb\.inv_freq$")
ROPE_FACTORS = "rope_freqs.weight"


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """What a `config.json` says, in the words of this program.

    `rope_scaling` is empty where positions are not stretched.
    """

    architecture: str
    layers: int
    hidden: int
    feed_forward: int
    heads: int
    kv_heads: int
    head_size: int
    vocabulary: int
    context: int
    norm_epsilon: float
    rope_base: float
    rope_scaling: Mapping[str, Any]
    tied: bool


@dataclass(frozen=True, slots=True)
class PlannedTensor:
    """A tensor of the GGUF file: from which tensor it comes, and how its rows are ordered.

    `shape` is that of both. `heads` is how many heads' rows are interleaved as llama.cpp rotates
    them, 0 where the order stays.
    """

    name: str
    source: str
    shape: tuple[int, ...]
    heads: int = 0


def read_config(config: Mapping[str, Any]) -> ModelConfig:
    """Read a `config.json`.

    Raises:
        CheckpointError: the architecture is not known, or has a part that llama.cpp has not.
    """
    names = config.get("architectures") or ["?"]
    architecture = _KNOWN.get(str(names[0]))
    if architecture is None:
        raise CheckpointError(
            f"This checkpoint is a {names[0]}; {' and '.join(_KNOWN)} can be converted. "
            "Take a GGUF file of it that somebody else made."
        )
    _refuse_other_parts(config)
    try:
        heads, hidden = int(config["num_attention_heads"]), int(config["hidden_size"])
        rope = config.get("rope_parameters") or {}
        return ModelConfig(
            architecture=architecture,
            layers=int(config["num_hidden_layers"]),
            hidden=hidden,
            feed_forward=int(config["intermediate_size"]),
            heads=heads,
            kv_heads=int(config.get("num_key_value_heads") or heads),
            head_size=int(config.get("head_dim") or hidden // heads),
            vocabulary=int(config["vocab_size"]),
            context=int(config["max_position_embeddings"]),
            norm_epsilon=float(config["rms_norm_eps"]),
            rope_base=float(config.get("rope_theta") or rope.get("rope_theta") or 10_000.0),
            rope_scaling=_read_scaling(config.get("rope_scaling") or rope),
            tied=bool(config.get("tie_word_embeddings", False)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"config.json lacks a number or holds a wrong one ({error}). Fetch it again."
        ) from error


def plan_tensors(
    config: ModelConfig, shapes: Mapping[str, Sequence[int]]
) -> tuple[PlannedTensor, ...]:
    """Return the tensors to write, in a fixed order, from the names and shapes of the stored ones.

    Raises:
        CheckpointError: one is missing, has another shape than the configuration says, or is not
            known.
    """
    expected = expect_shapes(config)
    planned: list[PlannedTensor] = []
    for source in sorted(shapes, key=_order):
        if _COMPUTED.search(source) or (config.tied and source == "lm_head.weight"):
            continue
        shape = tuple(shapes[source])
        kind = re.sub(r"^model\.layers\.\d+\.", "", source)
        if kind not in expected or not _is_of_layer(source, config.layers):
            raise CheckpointError(
                f"The checkpoint has a tensor {source} that a {config.architecture} model with "
                f"{config.layers} layers has not. It is of another kind than config.json says."
            )
        if shape != expected[kind]:
            raise CheckpointError(
                f"{source} has the shape {list(shape)} where config.json makes it "
                f"{list(expected[kind])}. Fetch the checkpoint again."
            )
        planned.append(
            PlannedTensor(
                rename_tensor(config, source), source, shape, count_rotated_heads(config, kind)
            )
        )
    _require_whole(config, {tensor.source for tensor in planned})
    return tuple(planned)


def compute_rope_factors(config: ModelConfig) -> list[float]:
    """Return by how much each pair's frequency is divided: Llama 3.1's long context.

    Length: half a head. Empty where the model does not stretch its positions so. Low frequencies
    are divided by the whole factor, high ones not at all, those between by a part of it (as
    transformers' `_compute_llama3_parameters` does).
    """
    scaling = config.rope_scaling
    if scaling.get("rope_type") != "llama3":
        return []
    factor = float(scaling["factor"])
    low, high = float(scaling["low_freq_factor"]), float(scaling["high_freq_factor"])
    original = float(scaling["original_max_position_embeddings"])
    factors = []
    for pair in range(0, config.head_size, 2):
        length = 2 * math.pi * config.rope_base ** (pair / config.head_size)
        if length < original / high:
            factors.append(1.0)
        elif length > original / low:
            factors.append(factor)
        else:
            smooth = (original / length - low) / (high - low)
            factors.append(1.0 / ((1.0 - smooth) / factor + smooth))
    return factors


def _read_scaling(given: Mapping[str, Any]) -> Mapping[str, Any]:
    kind = given.get("rope_type") or given.get("type") or "default"
    if kind == "default":
        return {}
    if kind not in ("llama3", "yarn", "linear"):
        raise CheckpointError(
            f"The checkpoint stretches its positions by {kind!r}, which is not converted. "
            "Take a GGUF file of it that somebody else made."
        )
    needed = {
        "llama3": ("low_freq_factor", "high_freq_factor", "original_max_position_embeddings"),
        "yarn": ("original_max_position_embeddings",),
        "linear": (),
    }[kind]
    missing = [name for name in ("factor", *needed) if name not in given]
    if missing:
        raise CheckpointError(f"config.json's rope_scaling lacks {missing[0]}. Fetch it again.")
    return {**given, "rope_type": kind}


def _refuse_other_parts(config: Mapping[str, Any]) -> None:
    if config.get("use_sliding_window"):
        raise CheckpointError(
            "The checkpoint attends to a sliding window (use_sliding_window), which llama.cpp "
            "does not compute for it: the answers would differ."
        )
    if config.get("hidden_act", "silu") != "silu":
        raise CheckpointError(
            f"The checkpoint's activation is {config['hidden_act']}; llama.cpp computes silu."
        )
    if config.get("quantization_config"):
        raise CheckpointError(
            "The checkpoint is quantised already. Take the one that it was made from."
        )


def expect_shapes(config: ModelConfig) -> Mapping[str, tuple[int, ...]]:
    """Return the shape of each tensor, by its name within its layer where it is of one."""
    hidden, wide = config.hidden, config.feed_forward
    queries, keys = config.heads * config.head_size, config.kv_heads * config.head_size
    matrices = {
        "self_attn.q_proj": (queries, hidden),
        "self_attn.k_proj": (keys, hidden),
        "self_attn.v_proj": (keys, hidden),
        "self_attn.o_proj": (hidden, queries),
        "mlp.gate_proj": (wide, hidden),
        "mlp.up_proj": (wide, hidden),
        "mlp.down_proj": (hidden, wide),
    }
    return {
        "model.embed_tokens.weight": (config.vocabulary, hidden),
        "model.norm.weight": (hidden,),
        "lm_head.weight": (config.vocabulary, hidden),
        "input_layernorm.weight": (hidden,),
        "post_attention_layernorm.weight": (hidden,),
        **{f"{name}.weight": shape for name, shape in matrices.items()},
        **{f"{name}.bias": shape[:1] for name, shape in matrices.items()},
    }


def _require_whole(config: ModelConfig, sources: set[str]) -> None:
    needed = {"model.embed_tokens.weight", "model.norm.weight"}
    if not config.tied:
        needed.add("lm_head.weight")
    layer = [name for name in expect_shapes(config) if name.endswith("weight")]
    layer = [name for name in layer if not name.startswith(("model.", "lm_head"))]
    for number in range(config.layers):
        needed.update(f"model.layers.{number}.{name}" for name in layer)
        if config.architecture == "qwen2":
            needed.update(f"model.layers.{number}.self_attn.{x}_proj.bias" for x in "qkv")
    missing = sorted(needed - sources, key=_order)
    if missing:
        raise CheckpointError(
            f"The checkpoint lacks {len(missing)} of its tensors, {missing[0]} first. "
            "Fetch it again, with all of its files."
        )


def _is_of_layer(source: str, layers: int) -> bool:
    found = re.match(r"model\.layers\.(\d+)\.", source)
    return found is None or int(found.group(1)) < layers


def _order(source: str) -> tuple[int, int, str]:
    found = re.match(r"model\.layers\.(\d+)\.", source)
    if found:
        return (1, int(found.group(1)), source)
    return (0 if source == "model.embed_tokens.weight" else 2, 0, source)


@lru_cache(maxsize=4)
def _map_names(architecture: str, layers: int) -> Any:
    from gguf import MODEL_ARCH, get_tensor_name_map

    kinds = {"qwen2": MODEL_ARCH.QWEN2, "llama": MODEL_ARCH.LLAMA}
    return get_tensor_name_map(kinds[architecture], layers)


def rename_tensor(config: ModelConfig, source: str) -> str:
    """Return llama.cpp's name of a tensor, such as "blk.0.attn_q.weight".

    Raises:
        CheckpointError: it has none.
    """
    names = _map_names(config.architecture, config.layers)
    name = names.get_name(source, (".weight", ".bias"))
    if name is None:
        raise CheckpointError(f"llama.cpp has no name for the tensor {source}.")
    return str(name)


def count_rotated_heads(config: ModelConfig, kind: str) -> int:
    """Return how many heads' rows of this tensor llama.cpp wants interleaved.

    Of a Llama it rotates neighbouring pairs, where transformers rotates the halves of a head; of a
    Qwen2 it rotates halves too.
    """
    if config.architecture != "llama":
        return 0
    return {"self_attn.q_proj": config.heads, "self_attn.k_proj": config.kv_heads}.get(
        kind.rpartition(".")[0], 0
    )
