"""How torch runs an embedding model on this processor: threads, batches, the forward.

BERT models (MiniLM, e5, bge) go through a forward of our own, in which no token is padding: the
tokens of all texts of a batch stand in one matrix, and only attention looks at each text alone.
Other models go through their own modules, padded. Knows no prefix, no name and no folder's history.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import psutil

from models.errors import EmbeddingModelError
from models.hub import switch_hub_off
from models.precision import BFLOAT16, Precision, probe_precision

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

Vectors = npt.NDArray[np.float32]

# Tokens of a batch. Larger ones leave the processor's caches, smaller ones are all overhead.
BATCH_TOKENS = 2048
# A hint for the layout of the packed weights: they serve any number of tokens.
_PACKING_TOKENS = 512


class TextEncoder(Protocol):
    """A loaded model."""

    @property
    def precision(self) -> Precision:
        """The numbers that it computes in."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return normalised vectors, one row a text, in the texts' order."""


def count_threads() -> int:
    """Return how many threads may compute: the physical cores, unless OMP_NUM_THREADS says."""
    own = os.environ.get("OMP_NUM_THREADS", "")
    if own.isdigit() and int(own) > 0:
        return int(own)
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else cores
    return min(cores, usable)


def use_physical_cores() -> None:
    """Let the torch of this thread share each operation between the physical cores."""
    import torch

    torch.set_num_threads(count_threads())


@lru_cache(maxsize=1)
def _open_crew() -> ThreadPoolExecutor:
    """Return the threads of the program that compute batches, each without help by others.

    Threads that share an operation wait for each other at its end, so that one core that is
    taken by another program stalls them all. A batch of its own for each has nothing to wait for.
    """
    import torch

    return ThreadPoolExecutor(count_threads(), "embedding", torch.set_num_threads, (1,))


def _compute_batches(
    lengths: Sequence[int], dimensions: int, compute: Callable[[list[int]], Vectors]
) -> Vectors:
    """Return the vectors of all texts, computed batch by batch on all cores."""
    vectors = np.zeros((len(lengths), dimensions), dtype=np.float32)
    batches = list(plan_batches(lengths))
    # A query is one batch, and does not queue behind the passages of a filing.
    results = _open_crew().map(compute, batches) if len(batches) > 1 else map(compute, batches)
    for batch, found in zip(batches, results, strict=True):
        vectors[batch] = found
    return vectors


def plan_batches(lengths: Sequence[int], budget: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """Yield batches of indexes, the longest texts first, each within `budget` tokens.

    Padding counts: a batch holds its longest length times its size. A text over the budget stands
    alone.
    """
    batch: list[int] = []
    longest = 0
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        if batch and longest * (len(batch) + 1) > budget:
            yield batch
            batch = []
        longest = longest if batch else lengths[index]
        batch.append(index)
    if batch:
        yield batch


def load_encoder(folder: Path, precision: Precision | None = None) -> TextEncoder:
    """Load a sentence-transformers model; the precision is the processor's unless it is given.

    Raises:
        EmbeddingModelError: the folder does not hold a model that can be loaded.
    """
    switch_hub_off()
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]  # the library leaves it so
    try:
        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise EmbeddingModelError(
            f"The embedding model in {folder} cannot be loaded: {error}. "
            "Fetch the model again with `hf download`, or name another folder."
        ) from error
    chosen = precision or probe_precision()
    return PackedBert(model, chosen) if _is_plain_bert(model) else PaddedModel(model, chosen)


class PaddedModel:
    """Any model, run by its own modules. The tokens' vectors are pooled in float32."""

    def __init__(self, model: SentenceTransformer, precision: Precision) -> None:
        import torch

        self.precision = precision
        self._lock = threading.Lock()  # a tokenizer keeps its settings, so it serves one at a time
        self._model = model.eval()
        self._dimensions = int(model.get_embedding_dimension() or 0)
        self._model[0].to(getattr(torch, precision.name))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return normalised vectors, shape (len(texts), dimensions)."""
        import torch

        with self._lock:
            lengths = [len(ids) for ids in _tokenize(self._model, texts)]

        def compute(batch: list[int]) -> Vectors:
            with self._lock:
                features = self._model.preprocess([texts[index] for index in batch])
            with torch.inference_mode():
                features = self._model[0](features)
                features["token_embeddings"] = features["token_embeddings"].float()
                for module in list(self._model)[1:]:
                    features = module(features)
                return _normalise(features["sentence_embedding"])

        return _compute_batches(lengths, self._dimensions, compute)


class PackedBert:
    """A BERT encoder over texts without padding, pooled in float32 by mean or first token."""

    def __init__(self, model: SentenceTransformer, precision: Precision) -> None:
        import torch

        self.precision = precision
        self._lock = threading.Lock()  # a tokenizer keeps its settings, so it serves one at a time
        self._model = model.eval()
        self._dimensions = int(model.get_embedding_dimension() or 0)
        self._pools_first = model[1].pooling_mode == "cls"
        bert: Any = model[0].auto_model.to(getattr(torch, precision.name))
        self._embeddings = bert.embeddings
        self._heads: int = bert.config.num_attention_heads
        is_packed = precision == BFLOAT16
        with torch.inference_mode():
            self._layers = [_build_layer(layer, is_packed) for layer in bert.encoder.layer]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return normalised vectors, shape (len(texts), dimensions)."""
        import torch

        with self._lock:
            tokens = _tokenize(self._model, texts)

        def compute(batch: list[int]) -> Vectors:
            with torch.inference_mode():
                return _normalise(self._run([tokens[index] for index in batch]))

        return _compute_batches([len(ids) for ids in tokens], self._dimensions, compute)

    def _run(self, texts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Return pooled vectors, float32, shape (texts, dimensions)."""
        import torch

        lengths = [len(ids) for ids in texts]
        hidden = self._embed([token for ids in texts for token in ids], lengths)
        for layer in self._layers:
            attended = _attend(layer.queries_keys_values(hidden), lengths, self._heads)
            hidden = layer.first_norm(hidden + layer.attended(attended))
            widened = layer.widen(hidden, "gelu")
            hidden = layer.second_norm(hidden + layer.narrow(widened))
        pooled = [
            part[0].float() if self._pools_first else part.float().mean(0)
            for part in torch.split(hidden, lengths)
        ]
        return torch.stack(pooled)

    def _embed(self, tokens: Sequence[int], lengths: Sequence[int]) -> torch.Tensor:
        import torch

        parts = self._embeddings
        places = torch.cat([torch.arange(length) for length in lengths])
        words = parts.word_embeddings(torch.tensor(tokens))
        summed = words + parts.token_type_embeddings.weight[0] + parts.position_embeddings(places)
        return parts.LayerNorm(summed)  # type: ignore[no-any-return]  # a module's call is untyped


@dataclass(frozen=True, slots=True)
class _Linear:
    """A linear layer; a packed one has its weights in oneDNN's layout, once and for all."""

    weight: torch.Tensor
    bias: torch.Tensor
    is_packed: bool

    def __call__(self, inputs: torch.Tensor, activation: str = "none") -> torch.Tensor:
        import torch
        from torch.nn.functional import gelu, linear

        if not self.is_packed:
            outputs = linear(inputs, self.weight, self.bias)
            return gelu(outputs) if activation == "gelu" else outputs
        kind = "" if activation == "none" else "none"  # of gelu: not the approximation by tanh
        return torch.ops.mkldnn._linear_pointwise(  # type: ignore[no-any-return]
            inputs, self.weight, self.bias, activation, [], kind
        )


@dataclass(frozen=True, slots=True)
class _Layer:
    queries_keys_values: _Linear
    attended: _Linear
    first_norm: torch.nn.Module
    widen: _Linear
    narrow: _Linear
    second_norm: torch.nn.Module


def _build_layer(layer: Any, is_packed: bool) -> _Layer:
    import torch

    def build(*modules: Any) -> _Linear:
        weight = torch.cat([module.weight for module in modules]).contiguous()
        bias = torch.cat([module.bias for module in modules])
        if is_packed:
            weight = torch.ops.mkldnn._reorder_linear_weight(weight, _PACKING_TOKENS)
        return _Linear(weight, bias, is_packed)

    attention = layer.attention.self
    return _Layer(
        queries_keys_values=build(attention.query, attention.key, attention.value),
        attended=build(layer.attention.output.dense),
        first_norm=layer.attention.output.LayerNorm,
        widen=build(layer.intermediate.dense),
        narrow=build(layer.output.dense),
        second_norm=layer.output.LayerNorm,
    )


def _attend(stacked: torch.Tensor, lengths: Sequence[int], heads: int) -> torch.Tensor:
    """Return each text's attention over itself, shape (tokens, dimensions).

    `stacked` has queries, keys and values side by side, shape (tokens, 3 * dimensions).
    """
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    width = stacked.shape[1] // 3
    runs = [(length, len(list(run))) for length, run in groupby(lengths)]
    outputs = []
    for (length, count), part in zip(
        runs, torch.split(stacked, [length * count for length, count in runs]), strict=True
    ):
        shaped = part.view(count, length, 3, heads, width // heads)
        queries, keys, values = shaped.permute(2, 0, 3, 1, 4)
        attended = scaled_dot_product_attention(queries, keys, values)
        outputs.append(attended.transpose(1, 2).reshape(-1, width))
    return torch.cat(outputs)


def _is_plain_bert(model: SentenceTransformer) -> bool:
    """Whether our forward computes what the model's own modules would."""
    kinds = [type(module).__name__ for module in model]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        return False
    bert: Any = model[0].auto_model
    config = bert.config
    return (
        type(bert).__name__ == "BertModel"
        and model[1].pooling_mode in ("mean", "cls")
        and config.hidden_act == "gelu"
        and getattr(config, "position_embedding_type", "absolute") == "absolute"
        and not getattr(config, "is_decoder", False)
        and not getattr(model[0], "do_lower_case", False)
    )


def _tokenize(model: SentenceTransformer, texts: Sequence[str]) -> list[list[int]]:
    if not texts:
        return []
    found = model.tokenizer(list(texts), truncation=True, max_length=model.max_seq_length)
    return [list(ids) for ids in found["input_ids"]]


def _normalise(vectors: torch.Tensor) -> Vectors:
    from torch.nn.functional import normalize

    found: Vectors = normalize(vectors.float(), dim=1).numpy()
    return found
