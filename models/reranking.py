"""Cross-encoders that read a query and a text together and say how well they fit.

Reranking is an option: no model of the kind comes with the program, and nothing is downloaded.
Knows no passage and no ranking.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from models.builtin import hash_file
from models.embedding_engines import plan_batches, use_physical_cores
from models.errors import RerankingModelError
from models.hub import (
    describe_missing,
    describe_unknown,
    find_cached_folder,
    list_weights,
    read_settings,
    switch_hub_off,
)
from models.precision import probe_precision

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

Scores = npt.NDArray[np.float32]

# By name: the repository of each.
RERANKERS: Mapping[str, str] = {
    "ms-marco-MiniLM-L6-v2": "cross-encoder/ms-marco-MiniLM-L6-v2",
    "bge-reranker-base": "BAAI/bge-reranker-base",
    "mxbai-rerank-xsmall-v1": "mixedbread-ai/mxbai-rerank-xsmall-v1",
}
# Where a query with its text is cut off: the length that such models are trained on.
_MOST_TOKENS = 512


class Reranker(Protocol):
    """What scores texts against a query."""

    @property
    def name(self) -> str:
        """Names the model and its weights."""

    def score(self, query: str, texts: Sequence[str]) -> Scores:
        """Return how well each text answers the query, shape (len(texts),); higher is better."""


class CrossEncoderReranker:
    """A cross-encoder of sentence-transformers, loaded when first needed. Satisfies `Reranker`."""

    def __init__(self, name: str, folder: Path) -> None:
        digest = hashlib.sha256()
        for weights in list_weights(folder):
            digest.update(hash_file(weights).encode())
        self.name = f"{name}-{digest.hexdigest()[:8]}"
        self._folder = folder
        self._load_lock = threading.Lock()
        self._turn = threading.Lock()  # a tokenizer keeps its settings, so it serves one at a time
        self._model: CrossEncoder | None = None

    @property
    def engine(self) -> str:
        """How this processor runs the model, fit to be shown. Imports torch."""
        return probe_precision().engine

    def load(self) -> CrossEncoder:
        """Load the model now.

        Raises:
            RerankingModelError: the folder does not hold a cross-encoder that can be loaded.
        """
        with self._load_lock:
            if self._model is None:
                self._model = _load_model(self._folder)
            return self._model

    def score(self, query: str, texts: Sequence[str]) -> Scores:
        """Return the model's scores, before any squashing to 0..1, in the texts' order.

        Raises:
            RerankingModelError: the folder does not hold a cross-encoder that can be loaded.
        """
        import torch

        scores = np.zeros(len(texts), dtype=np.float32)
        if not texts:
            return scores
        model = self.load()
        use_physical_cores()  # a setting of the calling thread
        with self._turn, torch.inference_mode():
            ids = model.tokenizer(list(texts), truncation=True, max_length=_MOST_TOKENS)
            for batch in plan_batches([len(tokens) for tokens in ids["input_ids"]]):
                found = model.predict(
                    [(query, texts[index]) for index in batch],
                    batch_size=len(batch),
                    activation_fn=torch.nn.Identity(),
                    convert_to_tensor=True,
                    show_progress_bar=False,
                )
                scores[batch] = found.float().numpy()
        return scores


def load_reranker(reference: str) -> CrossEncoderReranker:
    """Return the cross-encoder that `reference` names; its weights are loaded when first needed.

    It is a folder, or a name of `RERANKERS` (or its repository's) that the local Hugging Face
    cache holds.

    Raises:
        RerankingModelError: there is no such model here, or its folder is not whole.
    """
    if (folder := Path(reference).expanduser()).is_dir():
        folder = folder.resolve()
        return _open_folder(folder.name, folder)
    for name, repository in RERANKERS.items():
        if reference in (name, repository):
            cached = find_cached_folder(repository)
            if cached is None:
                raise RerankingModelError(describe_missing("reranking", name, repository))
            return _open_folder(name, cached)
    raise RerankingModelError(describe_unknown("reranking", reference, RERANKERS))


def _open_folder(name: str, folder: Path) -> CrossEncoderReranker:
    """Check that the folder holds a model that gives one score, before anything heavy is loaded."""
    try:
        settings = read_settings(folder / "config.json")
    except (OSError, ValueError) as error:
        raise RerankingModelError(_describe_broken(folder, str(error))) from error
    kinds = settings.get("architectures") or [""]
    if not kinds[0].endswith("ForSequenceClassification"):
        raise RerankingModelError(
            _describe_broken(folder, "its config.json names no model for sequence classification")
        )
    # Two is what transformers takes for granted where the file says nothing.
    labels = len(settings.get("id2label") or "ab")
    if labels != 1:
        raise RerankingModelError(_describe_broken(folder, f"it gives {labels} scores, not one"))
    if not list_weights(folder):
        raise RerankingModelError(_describe_broken(folder, "it holds no weights (*.safetensors)"))
    return CrossEncoderReranker(name, folder)


def _load_model(folder: Path) -> CrossEncoder:
    switch_hub_off()
    import torch
    from safetensors import SafetensorError
    from sentence_transformers import CrossEncoder
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]  # the library leaves it so
    try:
        model: CrossEncoder = CrossEncoder(
            str(folder),
            device="cpu",
            local_files_only=True,
            model_kwargs={"dtype": getattr(torch, probe_precision().name)},
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise RerankingModelError(_describe_broken(folder, str(error))) from error
    model.max_seq_length = min(model.max_seq_length or _MOST_TOKENS, _MOST_TOKENS)
    return model


def _describe_broken(folder: Path, why: str) -> str:
    return (
        f"{folder} is no cross-encoder that can be loaded: {why}. "
        "Fetch the model again with `hf download`, or name another folder."
    )
