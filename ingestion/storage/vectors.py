"""The vector index of a workspace: the one module that names chromadb.

Holds one vector a passage, by passage id, with cosine distance: in a folder, or in a collection
on a Chroma server that a team shares. It is never asked what exists: the database decides that,
and what the index holds beyond it is ignored.

A search in a few documents is exact: their vectors are fetched once, kept, and compared with the
query one by one. Chroma would walk through its graph of all vectors, which takes longer and may
miss some. A search in many documents looks among the nearest of all, and filters by Chroma only
where those are too few.
"""

from __future__ import annotations

import hashlib
import platform
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast
from urllib.parse import urlsplit

import chromadb
import httpx
import numpy as np
import numpy.typing as npt
from chromadb.api import ClientAPI
from chromadb.api.client import AdminClient, Client
from chromadb.api.collection_configuration import CreateHNSWConfiguration
from chromadb.api.fastapi import FastAPI
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.api.types import Where
from chromadb.config import Settings
from chromadb.errors import ChromaError, InternalError

from ingestion.errors import DamagedVectors, WorkspaceError

Vectors = npt.NDArray[np.float32]

# Chroma refuses larger writes; its limit is 5,461, from the SQLite that it carries.
_BATCH = 5000
# Selections of more documents, and of more passages, are left to Chroma.
_EXACT_DOCUMENTS = 10
_EXACT_PASSAGES = 10_000
# For those, so many times the passages that are asked for are looked through without a filter.
_LOOKED_THROUGH = 4
# Vectors of selected documents that are kept, in bytes: those of some 40,000 passages.
_KEPT_BYTES = 64 * 1024**2
# Seconds that a server may stay silent.
_PATIENCE = 60.0
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


@dataclass(frozen=True, slots=True)
class _DocumentVectors:
    """The vectors of one document: `vectors` has a row of unit length for each id.

    There are none of a document with more than `_EXACT_PASSAGES`; `passages` is then more, too.
    """

    ids: tuple[str, ...]
    vectors: Vectors
    passages: int


class VectorIndex:
    """A Chroma collection.

    Chroma keeps its index in memory and does not see what another process has written since.
    `count_changes` tells how often the vectors were changed by anyone: when it has moved
    without our doing, the collection is opened again.

    With `url` the collection lies on the Chroma server there, and `workspace_id` keeps it apart
    from those of other workspaces; without one, the folder and the machine's name stand for it.
    Chroma's own variables say how to prove who we are: CHROMA_CLIENT_AUTH_PROVIDER
    ("chromadb.auth.token_authn.TokenAuthClientProvider") and CHROMA_CLIENT_AUTH_CREDENTIALS.

    Every method raises WorkspaceError when the server cannot be reached or refuses, and
    DamagedVectors when the files here cannot be read: Chroma writes them in place, so a program
    that is killed at that moment leaves them useless. `clear` then makes room for new ones.
    """

    def __init__(
        self,
        folder: Path,
        model: str,
        count_changes: Callable[[], int],
        *,
        url: str | None = None,
        workspace_id: str | None = None,
    ) -> None:
        self._folder = folder
        self._url = _check_url(url) if url is not None else None
        # A collection is bound to one model's dimensions, so each model has its own.
        self._prefix = "passages-"
        if url is not None:
            self._prefix += f"{_digest(workspace_id or f'{platform.node()} {folder.resolve()}')}-"
        self._name = f"{self._prefix}{_digest(model)}"
        self._count_changes = count_changes
        self._lock = threading.RLock()
        self._client: ClientAPI | None = None
        self._collection: chromadb.Collection | None = None
        self._seen_changes = -1
        self._kept: OrderedDict[str, _DocumentVectors] = OrderedDict()

    @contextmanager
    def _opened(self) -> Iterator[chromadb.Collection]:
        """Give the collection to one thread at a time, and say what a server has refused."""
        with self._lock:
            try:
                yield self._open()
            except InternalError as error:
                self._disconnect()
                raise self._describe_damage(error) from error
            except (httpx.HTTPError, ChromaError) as error:
                if self._url is None:
                    raise
                self._disconnect()
                raise _describe_refusal(self._url, error) from error

    def check(self) -> None:
        """Raise DamagedVectors when there are vectors and none of them can be found."""
        with self._opened() as collection:
            some = collection.get(limit=1, include=["embeddings"])["embeddings"]
            if some is not None and len(some):
                self._query(np.asarray(some[0], dtype=np.float32), 1, None)

    def _describe_damage(self, error: Exception) -> WorkspaceError:
        if self._url is not None:
            return _describe_refusal(self._url, error)
        return DamagedVectors(
            f"The vectors in {self._folder} cannot be read ({error}). Run `acedesk index` to make "
            "them again; until then words and facts are searched."
        )

    def clear(self) -> None:
        """Delete all vectors of this model, readable or not."""
        with self._lock:
            self._collection = None
            self._kept.clear()
            client = self._connect()
            if self._name in {collection.name for collection in client.list_collections()}:
                client.delete_collection(self._name)
            self._disconnect()  # what was open of it must not be used again

    def close(self) -> None:
        """Let go of the connection to a server; it is opened again when it is needed."""
        with self._lock:
            if self._url is not None:
                self._disconnect()

    def _open(self) -> chromadb.Collection:
        changes = self._count_changes()
        if changes != self._seen_changes:
            self._kept.clear()
        if self._collection is None or (self._url is None and changes != self._seen_changes):
            if self._collection is not None:
                self._disconnect()
            self._collection = self._connect().get_or_create_collection(
                self._name,
                configuration={"hnsw": _INDEX},
                embedding_function=None,
            )
        self._seen_changes = changes
        return self._collection

    def _connect(self) -> ClientAPI:
        if self._client is None:
            settings = Settings(anonymized_telemetry=False)
            if self._url is None:
                self._client = chromadb.PersistentClient(path=str(self._folder), settings=settings)
            else:
                self._client = _connect_to_server(self._url, settings)
        return self._client

    def _disconnect(self) -> None:
        """Forget what is open, so that the next use reads what is there now."""
        client, self._client, self._collection = self._client, None, None
        if self._url is None:
            # Chroma shares what is open of a folder between all clients of a program.
            SharedSystemClient.clear_system_cache()
        elif client is not None:
            cast(Client, client).close()
            for session in _sessions_of(client):
                session.close()

    def drop_other_models(self) -> None:
        """Delete the vectors that other models made for this workspace."""
        with self._opened():
            client = self._connect()
            for collection in client.list_collections():
                if collection.name.startswith(self._prefix) and collection.name != self._name:
                    client.delete_collection(collection.name)

    def note_own_change(self) -> None:
        """Take the latest change as ours: the open collection holds it already."""
        with self._lock:
            self._seen_changes = self._count_changes()

    def add(self, document_id: str, passage_ids: Sequence[str], vectors: Vectors) -> None:
        """Write the vectors of a document's passages; those already there are replaced."""
        with self._opened() as collection:
            self._kept.pop(document_id, None)
            for start in range(0, len(passage_ids), _BATCH):
                ids = list(passage_ids[start : start + _BATCH])
                collection.upsert(
                    ids=ids,
                    embeddings=np.asarray(vectors[start : start + _BATCH], dtype=np.float32),
                    metadatas=[{"document_id": document_id} for _ in ids],
                )

    def ids_of(self, document_id: str) -> frozenset[str]:
        """Return the passage ids that the index holds for a document."""
        with self._opened() as collection:
            found = collection.get(where={"document_id": document_id}, include=[])
        return frozenset(found["ids"])

    def vectors_of(self, passage_ids: Sequence[str]) -> dict[str, Vectors]:
        """Return the stored vectors of those passages that have one, by passage id."""
        vectors: dict[str, Vectors] = {}
        with self._opened() as collection:
            for start in range(0, len(passage_ids), _BATCH):
                ids = list(dict.fromkeys(passage_ids[start : start + _BATCH]))
                found = collection.get(ids=ids, include=["embeddings"])
                stored = np.asarray(found["embeddings"], dtype=np.float32)
                vectors.update(zip(found["ids"], stored, strict=True))
        return vectors

    def delete(self, passage_ids: Sequence[str]) -> None:
        """Delete vectors; ids that are not there are ignored."""
        with self._opened() as collection:
            self._kept.clear()
            for start in range(0, len(passage_ids), _BATCH):
                collection.delete(ids=list(passage_ids[start : start + _BATCH]))

    def search(
        self, vector: Vectors, limit: int, document_ids: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return the nearest passage ids with their cosine similarity (-1 to 1), best first."""
        if document_ids is None:
            return [(key, nearness) for key, nearness, _ in self._query(vector, limit, None)]
        documents = sorted(set(document_ids))
        if not documents:  # Chroma refuses an empty list
            return []
        selected = self._keep_vectors(documents)
        if selected is not None:
            return _rank_exactly(vector, selected, limit)
        # Many documents are likely to be among the nearest of all, and then need no filter.
        wanted = frozenset(documents)
        nearest = self._query(vector, _LOOKED_THROUGH * limit, None)
        among = [(key, nearness) for key, nearness, document in nearest if document in wanted]
        if len(among) >= limit:
            return among[:limit]
        where = cast(Where, {"document_id": {"$in": documents}})
        return [(key, nearness) for key, nearness, _ in self._query(vector, limit, where)]

    def _query(
        self, vector: Vectors, limit: int, where: Where | None
    ) -> list[tuple[str, float, str]]:
        """Return passage ids with their similarity and document, the nearest first."""
        with self._opened() as collection:
            found = collection.query(
                query_embeddings=np.asarray([vector], dtype=np.float32),
                n_results=limit,
                where=where,
                include=["distances", "metadatas"],
            )
            if where is None and not found["ids"][0] and collection.count():
                # Of a graph that is cut short, Chroma finds nothing and says nothing.
                raise InternalError("the graph of the nearest is not whole")
        distances, metadatas = found["distances"] or [[]], found["metadatas"] or [[]]
        return [
            (key, 1.0 - float(distance), str(metadata["document_id"]))
            for key, distance, metadata in zip(
                found["ids"][0], distances[0], metadatas[0], strict=True
            )
        ]

    def _keep_vectors(self, documents: Sequence[str]) -> list[_DocumentVectors] | None:
        """Return the vectors of documents, fetched where they are not kept; None if too many."""
        if len(documents) > _EXACT_DOCUMENTS:
            return None
        selected: list[_DocumentVectors] = []
        passages = 0
        with self._opened() as collection:
            for document_id in documents:
                kept = self._kept.pop(document_id, None) or _fetch(collection, document_id)
                self._kept[document_id] = kept  # now the one used last
                selected.append(kept)
                passages += kept.passages
                if passages > _EXACT_PASSAGES:
                    break
            while sum(document.vectors.nbytes for document in self._kept.values()) > _KEPT_BYTES:
                self._kept.popitem(last=False)
        return selected if passages <= _EXACT_PASSAGES else None


def _fetch(collection: chromadb.Collection, document_id: str) -> _DocumentVectors:
    found = collection.get(
        where={"document_id": document_id}, limit=_EXACT_PASSAGES + 1, include=["embeddings"]
    )
    ids, vectors = tuple(found["ids"]), np.asarray(found["embeddings"], dtype=np.float32)
    if len(ids) > _EXACT_PASSAGES:
        return _DocumentVectors((), vectors[:0], len(ids))
    return _DocumentVectors(ids, _scale_to_one(vectors), len(ids))


def _scale_to_one(vectors: Vectors) -> Vectors:
    """Divide vectors by their length; one of zeros stays as it is, and is like no other."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Vectors = (vectors / np.where(lengths == 0.0, 1.0, lengths)).astype(np.float32)
    return unit


def _rank_exactly(
    vector: Vectors, documents: Sequence[_DocumentVectors], limit: int
) -> list[tuple[str, float]]:
    """Compare a query with every vector of some documents."""
    query = _scale_to_one(np.asarray(vector, dtype=np.float32))
    present = [document for document in documents if document.ids]
    if not present or limit < 1:
        return []
    ids = [passage_id for document in present for passage_id in document.ids]
    nearness = np.concatenate([document.vectors @ query for document in present])
    # All that are as near as the last one to be returned: equals are told apart by id.
    least = np.partition(nearness, -limit)[-limit] if limit < len(ids) else nearness.min()
    near = [(ids[place], float(nearness[place])) for place in np.flatnonzero(nearness >= least)]
    return sorted(near, key=lambda pair: (-pair[1], pair[0]))[:limit]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _connect_to_server(url: str, settings: Settings) -> ClientAPI:
    try:
        # Chroma's client waits without limit while it is made: whether anybody answers is asked
        # before.
        httpx.get(f"{url}/api/v2/heartbeat", timeout=_PATIENCE)
    except httpx.HTTPError as error:
        raise _describe_refusal(url, error) from error
    try:
        client = chromadb.HttpClient(host=url, settings=settings)
    except ValueError as error:  # what the client says when nobody answers, or no Chroma
        raise _describe_refusal(url, error) from error
    for session in _sessions_of(client):
        session.timeout = _PATIENCE
    return client


def _sessions_of(client: ClientAPI) -> list[httpx.Client]:
    """The connections of a client, which Chroma's own `close` leaves open, and without limit."""
    whole = cast(Client, client)
    servers = whole._server, cast(AdminClient, whole._admin_client)._server
    return [cast(FastAPI, server)._session for server in servers]


def _check_url(url: str) -> str:
    """Return the address of a server without a slash at its end; raises WorkspaceError."""
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_address = is_address and parts.port != 0  # reading the port checks it
    except ValueError:
        is_address = False
    if not is_address:
        raise WorkspaceError(
            f"{url} is not the address of a Chroma server. Write it as http://localhost:8000."
        )
    return url.rstrip("/")


def _describe_refusal(url: str, error: Exception) -> WorkspaceError:
    parts = urlsplit(url)
    shown = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()  # without a password
    return WorkspaceError(
        f"The Chroma server at {shown} cannot be used ({error}). Start it with `chroma run`, check "
        "--chroma-url, or leave that away to keep the vectors in the workspace's own folder."
    )
