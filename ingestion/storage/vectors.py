"""The vector index of a workspace: the one module that names chromadb.

Holds one vector a passage, by passage id, with cosine distance. It is never asked what exists:
the database decides that, and what the index holds beyond it is ignored.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, cast

import chromadb
import numpy as np
import numpy.typing as npt
from chromadb.api import ClientAPI
from chromadb.api.collection_configuration import CreateHNSWConfiguration
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.api.types import Where
from chromadb.config import Settings

Vectors = npt.NDArray[np.float32]

# Chroma refuses larger writes; the limit depends on its SQLite, and is far above this.
_BATCH = 1000
# With Chroma's own 16 neighbours, some of many vectors that are nearly alike (the same table in
# several filings) are joined to no other, and no search ever comes to them.
_INDEX: CreateHNSWConfiguration = {
    "space": "cosine",
    "max_neighbors": 64,
    "ef_construction": 200,
    "ef_search": 200,
}


class Embedder(Protocol):
    """What the workspace needs of an embedding model. Vectors are float32, one row a text."""

    @property
    def name(self) -> str:
        """Names the model and its version: vectors of another name are made again."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of passages, shape (len(texts), dimensions)."""

    def embed_query(self, text: str) -> Vectors:
        """Return the vector of a query, shape (dimensions,)."""


class VectorIndex:
    """A persistent Chroma collection.

    Chroma keeps its index in memory and does not see what another process has written since.
    `count_changes` tells how often the vectors were changed by anyone: when it has moved
    without our doing, the collection is opened again.
    """

    def __init__(self, folder: Path, model: str, count_changes: Callable[[], int]) -> None:
        self._folder = folder
        # A collection is bound to one model's dimensions, so each model has its own.
        self._name = f"passages-{hashlib.sha256(model.encode()).hexdigest()[:12]}"
        self._count_changes = count_changes
        self._lock = threading.RLock()
        self._collection: chromadb.Collection | None = None
        self._seen_changes = -1

    def _open(self) -> chromadb.Collection:
        changes = self._count_changes()
        if self._collection is None or changes != self._seen_changes:
            if self._collection is not None:
                SharedSystemClient.clear_system_cache()
            self._collection = self._connect().get_or_create_collection(
                self._name,
                configuration={"hnsw": _INDEX},
                embedding_function=None,
            )
            self._seen_changes = changes
        return self._collection

    def _connect(self) -> ClientAPI:
        return chromadb.PersistentClient(
            path=str(self._folder), settings=Settings(anonymized_telemetry=False)
        )

    def drop_other_models(self) -> None:
        """Delete the vectors that other models made."""
        with self._lock:
            client = self._connect()
            for collection in client.list_collections():
                if collection.name != self._name:
                    client.delete_collection(collection.name)

    def note_own_change(self) -> None:
        """Take the latest change as ours: the open collection holds it already."""
        with self._lock:
            self._seen_changes = self._count_changes()

    def add(self, document_id: str, passage_ids: Sequence[str], vectors: Vectors) -> None:
        """Write the vectors of a document's passages; those already there are replaced."""
        with self._lock:
            collection = self._open()
            for start in range(0, len(passage_ids), _BATCH):
                ids = list(passage_ids[start : start + _BATCH])
                collection.upsert(
                    ids=ids,
                    embeddings=np.asarray(vectors[start : start + _BATCH], dtype=np.float32),
                    metadatas=[{"document_id": document_id} for _ in ids],
                )

    def ids_of(self, document_id: str) -> frozenset[str]:
        """Return the passage ids that the index holds for a document."""
        with self._lock:
            found = self._open().get(where={"document_id": document_id}, include=[])
        return frozenset(found["ids"])

    def delete(self, passage_ids: Sequence[str]) -> None:
        """Delete vectors; ids that are not there are ignored."""
        with self._lock:
            collection = self._open()
            for start in range(0, len(passage_ids), _BATCH):
                collection.delete(ids=list(passage_ids[start : start + _BATCH]))

    def search(
        self, vector: Vectors, limit: int, document_ids: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return the nearest passage ids with their cosine similarity (-1 to 1), best first."""
        where: Where | None = None
        if document_ids is not None:
            if not document_ids:  # Chroma refuses an empty list
                return []
            where = cast(Where, {"document_id": {"$in": list(document_ids)}})
        query = np.asarray([vector], dtype=np.float32)
        with self._lock:
            found = self._open().query(
                query_embeddings=query, n_results=limit, where=where, include=["distances"]
            )
        distances = found["distances"] or [[]]
        return [
            (passage_id, 1.0 - float(distance))
            for passage_id, distance in zip(found["ids"][0], distances[0], strict=True)
        ]
