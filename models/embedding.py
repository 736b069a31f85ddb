"""The embedding model through sentence-transformers: the one module that names it.

The hub is switched off: a model is a folder on this machine. Knows no passage and no index.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.builtin import BUILTIN_EMBEDDING, MINILM_SHA256, find_builtin_embedding

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = npt.NDArray[np.float32]
_BATCH = 32


class BuiltinEmbedder:
    """all-MiniLM-L6-v2 (384 dimensions, reads 256 word pieces), loaded when first needed.

    Loading imports torch and takes seconds, so commands that embed nothing do not pay for it.
    """

    name = f"{BUILTIN_EMBEDDING}-{MINILM_SHA256[:8]}"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: SentenceTransformer | None = None

    def load(self) -> SentenceTransformer:
        """Load the model now. Raises EmbeddingModelError when it is not whole."""
        with self._lock:
            if self._model is None:
                folder = find_builtin_embedding()
                # Read by huggingface_hub when it is first imported, hence before the import.
                os.environ.setdefault("HF_HUB_OFFLINE", "1")
                os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
                from sentence_transformers import SentenceTransformer
                from transformers.utils.logging import disable_progress_bar

                disable_progress_bar()  # type: ignore[no-untyped-call]  # the library leaves it so
                self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
            return self._model

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return the normalised vectors of `texts`, shape (len(texts), 384)."""
        vectors = self.load().encode(
            list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)

    def embed_query(self, text: str) -> Vectors:
        """Return the normalised vector of one query, shape (384,)."""
        vector: Vectors = self.embed_passages([text])[0]
        return vector
