"""Embedding models as the workspace wants them: a name, passages to vectors, a query to a vector.

Models are folders on this machine: nothing is downloaded. Knows no passage and no index, and
leaves the computing to `models.embedding_engines`.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from models.builtin import BUILTIN_EMBEDDING, MINILM_SHA256, find_builtin_embedding
from models.embedding_catalogue import (
    CATALOGUE,
    EmbeddingModel,
    build_vector_name,
    find_embedding_model,
)
from models.embedding_engines import TextEncoder, Vectors, load_encoder

__all__ = ["BuiltinEmbedder", "LocalEmbedder", "load_embedder"]


class LocalEmbedder:
    """A model on this machine, loaded when first needed: that imports torch and takes seconds."""

    def __init__(self, model: EmbeddingModel, name: str) -> None:
        self.model = model
        self.name = name
        self._lock = threading.Lock()
        self._encoder: TextEncoder | None = None

    @property
    def engine(self) -> str:
        """How this processor runs the model, fit to be shown; loads the model.

        Raises:
            EmbeddingModelError: the model cannot be loaded.
        """
        return self.load().precision.engine

    def load(self) -> TextEncoder:
        """Load the model now. Raises EmbeddingModelError when it is not whole."""
        with self._lock:
            if self._encoder is None:
                self._encoder = load_encoder(self.model.folder or find_builtin_embedding())
            return self._encoder

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return the normalised vectors of `texts`, shape (len(texts), dimensions), in their order.

        A text that comes twice is computed once.
        """
        if not texts:
            return np.zeros((0, self.model.dimensions), dtype=np.float32)
        rows = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        vectors = self.load().encode([self.model.passage_prefix + text for text in rows])
        return vectors[[rows[text] for text in texts]]

    def embed_query(self, text: str) -> Vectors:
        """Return the normalised vector of one query, shape (dimensions,)."""
        vector: Vectors = self.load().encode([self.model.query_prefix + text])[0]
        return vector


class BuiltinEmbedder(LocalEmbedder):
    """all-MiniLM-L6-v2 (384 dimensions, reads 256 word pieces), looked for when first needed.

    The name is the same in bfloat16 and float32, for the vectors agree: over the passages of a
    10-K the cosine of the two was at least 0.9999, so an index serves both.
    """

    def __init__(self) -> None:
        super().__init__(CATALOGUE[BUILTIN_EMBEDDING], f"{BUILTIN_EMBEDDING}-{MINILM_SHA256[:8]}")


def load_embedder(reference: str | None = None) -> LocalEmbedder:
    """Return the embedder that `reference` names; its weights are loaded when first needed.

    None (or all-MiniLM-L6-v2) is the built-in model; else a name of the catalogue that the local
    Hugging Face cache holds, or a folder of a sentence-transformers model.

    Raises:
        EmbeddingModelError: there is no such model here, or its folder is not whole.
    """
    if reference in (None, BUILTIN_EMBEDDING, CATALOGUE[BUILTIN_EMBEDDING].repository):
        return BuiltinEmbedder()
    model = find_embedding_model(reference)
    return LocalEmbedder(model, build_vector_name(model))
