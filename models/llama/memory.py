"""How much memory a GGUF model takes, and how it is laid over processor and GPUs, before loading.

From a file's head and what is free: arithmetic alone, so that a model that cannot fit is refused
with numbers instead of bringing the machine to a halt. Loads nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from models.errors import ModelTooLarge
from models.gguf_header import GgufHeader
from models.llama.devices import Machine

# More than any prompt of ours needs; beyond it the cache costs memory and nothing else.
MOST_CONTEXT_TOKENS = 8192
LEAST_CONTEXT_TOKENS = 2048
# Tokens of a prompt that are computed together: on the processor few, so that a cancelled
# question ends at once; a GPU needs more to be busy.
PROCESSOR_BATCH = 128
GPU_BATCH = 512

# The part of the memory that is left beside the weights which the state of one context may take.
_CACHE_SHARE = 0.5
# What a driver and other programs need of a GPU's memory, for each.
_GPU_RESERVE = 512 * 2**20
# Of the processor's memory, for the rest of the program and the system.
_RESERVE = 256 * 2**20

CacheType = Literal["f16", "q8_0"]
# Bytes a number: q8_0 keeps 32 of them in 34 bytes.
_CACHE_BYTES: dict[CacheType, float] = {"f16": 2.0, "q8_0": 34 / 32}


@dataclass(frozen=True, slots=True)
class ModelShape:
    """What a GGUF's head says of the memory that a model and its context take.

    Bytes: `embedding_bytes` of the token table, which stays with the processor, `layer_bytes` of
    each layer's weights, `output_bytes` of what turns the last state into a token.
    """

    trained_context: int
    kv_heads: int
    head_size: int
    heads: int
    hidden: int
    feed_forward: int
    vocabulary: int
    embedding_bytes: int
    layer_bytes: tuple[int, ...]
    output_bytes: int

    @property
    def layers(self) -> int:
        """How many layers there are."""
        return len(self.layer_bytes)

    def cache_bytes(self, tokens: int, cache_type: CacheType = "f16") -> int:
        """Return what the keys and values of all layers take for so many tokens."""
        numbers = 2 * self.layers * self.kv_heads * self.head_size
        return int(tokens * numbers * _CACHE_BYTES[cache_type])

    def compute_bytes(self, batch: int, context: int, *, flash_attention: bool) -> int:
        """Return what intermediate results take, about: the widest step of a batch's layer.

        Held against llama.cpp's own report by a test.
        """
        widest = max(self.vocabulary, 2 * self.feed_forward + 2 * self.hidden)
        # Scores of every head, and the mask that is laid over them.
        scores = 0 if flash_attention else self.heads * context + context
        return 4 * batch * (max(widest, scores) + 2 * self.hidden)

    def allows(self, cache_type: CacheType) -> bool:
        """Whether a head's numbers can be kept so: q8_0 keeps them in blocks of 32."""
        return cache_type == "f16" or self.head_size % 32 == 0


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """How a model is to be loaded, and the bytes that this takes.

    `gpu_layers` counts the layer that turns the last state into a token as one more.
    """

    context_tokens: int
    gpu_layers: int
    layers: int
    cache_type: CacheType
    flash_attention: bool
    batch: int
    weight_bytes: int
    cache_bytes: int
    compute_bytes: int
    gpu_bytes: int

    @property
    def total_bytes(self) -> int:
        """All memory together, on whatever it lies."""
        return self.weight_bytes + self.cache_bytes + self.compute_bytes

    @property
    def processor_bytes(self) -> int:
        """What of it is not the GPUs'."""
        return max(0, self.total_bytes - self.gpu_bytes)


def read_shape(header: GgufHeader) -> ModelShape:
    """Return what a file's head says of the memory that it takes."""
    layers: dict[int, int] = {}
    embedding = output = vocabulary = 0
    for tensor in header.tensors:
        prefix, _, rest = tensor.name.partition(".")
        if prefix == "blk":
            number = int(rest.partition(".")[0])
            layers[number] = layers.get(number, 0) + tensor.size
        elif prefix == "token_embd":
            embedding, vocabulary = tensor.size, tensor.shape[0]
        else:
            output += tensor.size
    tied = not any(tensor.name == "output.weight" for tensor in header.tensors)
    heads = header.read_number("attention.head_count", 1)
    hidden = header.read_number("embedding_length", 1)
    return ModelShape(
        trained_context=header.read_number("context_length", 0),
        kv_heads=header.read_number("attention.head_count_kv", heads),
        head_size=header.read_number("attention.key_length", hidden // heads),
        heads=heads,
        hidden=hidden,
        feed_forward=header.read_number("feed_forward_length", 4 * hidden),
        vocabulary=vocabulary,
        embedding_bytes=embedding,
        layer_bytes=tuple(layers[number] for number in sorted(layers)),
        # A tied table is laid on the GPU once more.
        output_bytes=output + (embedding if tied else 0),
    )


def plan_load(
    name: str, shape: ModelShape, machine: Machine, wanted_tokens: int | None = None
) -> LoadPlan:
    """Choose context, layers on the GPUs and kind of cache by what is free.

    All layers on the GPUs where they fit, else as many as do. The cache is kept at 16 bits where
    the wanted context fits so, else at 8 (with flash attention), else the context is shorter.

    Raises:
        ModelTooLarge: not even `LEAST_CONTEXT_TOKENS` fit beside the weights; tells how much is
            missing.
    """
    wanted = wanted_tokens or min(shape.trained_context or MOST_CONTEXT_TOKENS, MOST_CONTEXT_TOKENS)
    least = min(wanted, LEAST_CONTEXT_TOKENS)
    steps = sorted({wanted, *(n for n in range(least, wanted, 1024))}, reverse=True)
    for tokens in steps:
        for cache_type in filter(shape.allows, _CACHE_BYTES):
            plan = _lay_out(shape, machine, tokens, cache_type)
            if _fits(plan, machine):
                return plan
    smallest = _lay_out(shape, machine, least, "q8_0" if shape.allows("q8_0") else "f16")
    free = machine.free_memory + machine.free_gpu_memory
    raise ModelTooLarge(
        f"{name} needs {_gib(smallest.total_bytes + _RESERVE)} GiB of memory (weights "
        f"{_gib(smallest.weight_bytes)}, the state of {least:,} tokens "
        f"{_gib(smallest.cache_bytes)}, computing {_gib(smallest.compute_bytes)}) and "
        f"{_gib(free)} GiB are free. Close other programs, or take a smaller model or "
        "quantisation (`acedesk models list`)."
    )


def _lay_out(shape: ModelShape, machine: Machine, tokens: int, cache_type: CacheType) -> LoadPlan:
    batch = GPU_BATCH if machine.gpus else PROCESSOR_BATCH
    # What is quantised can be attended to in one pass only. On a GPU that is faster as well.
    flash = cache_type != "f16" or bool(machine.gpus)
    cache = shape.cache_bytes(tokens, cache_type)
    compute = shape.compute_bytes(batch, tokens, flash_attention=flash)
    weights = shape.embedding_bytes + sum(shape.layer_bytes) + shape.output_bytes
    layers, on_gpus = _count_gpu_layers(shape, machine, cache, compute)
    if not layers:  # a tied table lies in memory once
        weights = shape.embedding_bytes + sum(shape.layer_bytes)
        weights += max(0, shape.output_bytes - shape.embedding_bytes)
    return LoadPlan(
        context_tokens=tokens,
        gpu_layers=layers,
        layers=shape.layers + 1,
        cache_type=cache_type,
        flash_attention=flash,
        batch=batch,
        weight_bytes=weights,
        cache_bytes=cache,
        compute_bytes=compute,
        gpu_bytes=on_gpus,
    )


def _count_gpu_layers(
    shape: ModelShape, machine: Machine, cache: int, compute: int
) -> tuple[int, int]:
    """Return how many layers fit on the GPUs, the last ones first, and the bytes they take."""
    room = machine.free_gpu_memory - len(machine.gpus) * (_GPU_RESERVE + compute)
    if not machine.gpus or room <= 0:
        return 0, 0
    taken, layers = 0, 0
    per_layer = cache // max(shape.layers, 1)
    for size in _sizes_from_last(shape.layer_bytes, per_layer):
        if taken + size > room:
            break
        taken, layers = taken + size, layers + 1
    if layers == shape.layers and taken + shape.output_bytes <= room:
        taken, layers = taken + shape.output_bytes, layers + 1
    return layers, taken + compute if layers else 0


def _sizes_from_last(layer_bytes: Sequence[int], cache: int) -> list[int]:
    return [size + cache for size in reversed(layer_bytes)]


def _fits(plan: LoadPlan, machine: Machine) -> bool:
    if plan.gpu_layers == plan.layers:
        return plan.processor_bytes + _RESERVE <= machine.free_memory
    left = machine.free_memory - _RESERVE - (plan.processor_bytes - plan.cache_bytes)
    return plan.cache_bytes <= max(left, 0) * _CACHE_SHARE


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f}"
