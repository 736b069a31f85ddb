"""Vectors that a killed program left unreadable are noticed, and made again from the passages."""

from __future__ import annotations

import numpy as np
import pytest
from chromadb.api.shared_system_client import SharedSystemClient

from ingestion.errors import DamagedVectors
from ingestion.storage import vectors as module
from ingestion.storage.vectors import VectorIndex
from ingestion.workspace import Workspace


@pytest.fixture(autouse=True)
def write_at_once(monkeypatch):
    """Let Chroma write its files after a few vectors, not after a thousand."""
    monkeypatch.setitem(module._INDEX, "sync_threshold", 3)
    monkeypatch.setitem(module._INDEX, "batch_size", 2)


def damage(folder):
    """Cut the graph's files short, as a program leaves them that is killed while it writes."""
    SharedSystemClient.clear_system_cache()
    for path in folder.rglob("*.bin"):
        path.write_bytes(path.read_bytes()[:10])


def fill(index, count=8):
    random = np.random.default_rng(0)
    vectors = random.standard_normal((count, 16)).astype(np.float32)
    index.add("d", [f"p{number}" for number in range(count)], vectors)
    return vectors


def open_index(folder):
    return VectorIndex(folder, "model", lambda: 0)


def test_vectors_that_cannot_be_read_are_called_damaged(tmp_path):
    vectors = fill(open_index(tmp_path))
    damage(tmp_path)
    with pytest.raises(DamagedVectors, match="acedesk index"):
        open_index(tmp_path).search(vectors[0], 3)


def test_once_cleared_the_folder_takes_vectors_again(tmp_path):
    vectors = fill(open_index(tmp_path))
    damage(tmp_path)
    index = open_index(tmp_path)
    index.clear()
    assert index.ids_of("d") == frozenset()
    fill(index)
    assert index.search(vectors[2], 1)[0][0] == "p2"


@pytest.fixture
def desk(tmp_path, fake_embedder, write_pdf):
    workspace = Workspace(tmp_path / "workspace", fake_embedder)
    for name in ("one", "two"):
        words = ("garden", "tool", "kitchen", "door")
        workspace.add_file(write_pdf(f"{name}.pdf", *(f"{name} {word} sales" for word in words)))
    workspace.embed_waiting()
    return workspace


def reopen(desk, fake_embedder):
    return Workspace(desk.folder, fake_embedder)


def test_a_search_finds_none_of_them_and_counts_them_as_missing(desk, fake_embedder, caplog):
    damage(desk.folder / "vectors")
    again = reopen(desk, fake_embedder)
    assert again.search_vectors("sales", 3) == ()
    assert [count.done for count in again.waiting_for_vectors()] == [0, 0]
    assert "cannot be read" in caplog.text


def test_the_next_making_of_vectors_makes_all_of_them_again(desk, fake_embedder):
    total = sum(count.total for count in desk.vector_counts())
    damage(desk.folder / "vectors")
    again = reopen(desk, fake_embedder)
    again.search_vectors("sales", 3)
    report = again.embed_waiting()
    assert (report.made + report.copied, report.waiting) == (total, 0)
    assert len(again.search_vectors("sales", 3)) == 3


def test_a_document_can_be_removed_all_the_same(desk, fake_embedder):
    damage(desk.folder / "vectors")
    again = reopen(desk, fake_embedder)
    again.remove_document("one.pdf")
    assert [document.name for document in again.documents()] == ["two.pdf"]
    again.embed_waiting()
    found = again.search_vectors("sales", 9)
    assert {again.find_document(hit.passage.document_id).name for hit in found} == {"two.pdf"}
