"""The vector index in a folder: what it keeps, and searches in some documents, which are exact."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.storage import vectors as module
from ingestion.storage.vectors import VectorIndex

AXES = np.eye(4, dtype=np.float32)


def open_index(folder):
    return VectorIndex(folder, "model", lambda: 0)


def draw(count, seed=0):
    random = np.random.default_rng(seed)
    return random.standard_normal((count, 16)).astype(np.float32)


def rank(query, library, documents):
    """Compare all with numpy: the ids of the chosen documents' passages, the nearest first."""
    compared = []
    for document in documents:
        for place, vector in enumerate(library[document]):
            likeness = vector @ query / (np.linalg.norm(vector) * np.linalg.norm(query))
            compared.append((-float(likeness), f"{document}-{place}"))
    return [passage for _, passage in sorted(compared)]


@pytest.fixture(scope="module")
def library():
    """Sixty documents of ten vectors each."""
    return {f"d{number}": draw(10, number) for number in range(60)}


@pytest.fixture(scope="module")
def index(tmp_path_factory, library):
    index = open_index(tmp_path_factory.mktemp("vectors"))
    for document, vectors in library.items():
        index.add(document, [f"{document}-{place}" for place in range(10)], vectors)
    return index


def find(index, query, limit, documents):
    return [passage for passage, _ in index.search(query, limit, documents)]


# What is stored


def test_the_vectors_of_passages_come_as_they_were_added(index, library):
    found = index.vectors_of(["d3-1", "unknown", "d7-0", "d3-1"])
    assert sorted(found) == ["d3-1", "d7-0"]
    assert found["d3-1"] == pytest.approx(library["d3"][1], abs=1e-6)
    assert found["d7-0"] == pytest.approx(library["d7"][0], abs=1e-6)


def test_no_passages_have_no_vectors(index):
    assert index.vectors_of([]) == {}
    assert index.vectors_of(["unknown"]) == {}


def test_a_write_may_be_larger_than_what_chroma_takes_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_BATCH", 4)
    index = open_index(tmp_path)
    keys = [f"p{number}" for number in range(10)]
    index.add("d", keys, draw(10))
    assert index.ids_of("d") == set(keys)
    assert len(index.vectors_of(keys)) == 10
    index.delete(keys[:9])
    assert index.ids_of("d") == {"p9"}


# Searches in some documents


@given(st.sets(st.integers(0, 59), min_size=1, max_size=10), st.integers(0, 1000))
def test_a_search_in_a_few_documents_is_exact(index, library, numbers, seed):
    documents = [f"d{number}" for number in numbers]
    query = draw(1, seed)[0]
    assert find(index, query, 15, documents) == rank(query, library, documents)[:15]


def test_the_score_is_the_cosine_similarity(index, library):
    vector = library["d5"][2]
    ((passage, score),) = index.search(3.0 * vector, 1, ["d5"])
    assert (passage, score) == ("d5-2", pytest.approx(1.0, abs=1e-5))
    ((_, opposite),) = index.search(-vector, 10, ["d5"])[-1:]
    assert opposite == pytest.approx(-1.0, abs=1e-5)


def test_a_query_of_zeros_is_like_nothing(index):
    assert {score for _, score in index.search(np.zeros(16, dtype=np.float32), 5, ["d1"])} == {0.0}


@pytest.mark.parametrize("count", [11, 30, 60])
def test_a_search_in_many_documents_finds_only_theirs(index, library, count):
    documents = [f"d{number}" for number in range(count)]
    for seed in range(5):
        query = draw(1, 2000 + seed)[0]
        found = find(index, query, 20, documents)
        assert len(found) == 20
        assert found == rank(query, library, documents)[:20]


def test_many_documents_that_are_far_from_the_query_are_found(tmp_path):
    index = open_index(tmp_path)
    index.add("near", [f"n{number}" for number in range(100)], np.repeat(AXES[:1], 100, axis=0))
    far = [f"far{number}" for number in range(60)]
    for document in far:
        index.add(document, [document], AXES[1:2])
    assert sorted(find(index, AXES[0], 60, far)) == sorted(far)


def test_too_many_passages_for_an_exact_search_are_still_found(index, library, monkeypatch):
    monkeypatch.setattr(module, "_EXACT_PASSAGES", 25)
    query = draw(1, 3000)[0]
    documents = ["d1", "d2", "d3", "d4"]
    assert find(index, query, 8, documents) == rank(query, library, documents)[:8]


def test_a_document_too_large_for_an_exact_search_is_still_found(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_EXACT_PASSAGES", 5)
    index, vectors = open_index(tmp_path), draw(8)
    index.add("large", [f"large-{place}" for place in range(8)], vectors)
    index.add("small", ["small-0"], draw(1, 9))
    for _ in range(2):
        assert find(index, vectors[3], 1, ["large", "small"]) == ["large-3"]
        assert len(find(index, vectors[3], 20, ["large"])) == 8


@pytest.mark.parametrize("documents", [[], ["unknown"], ["unknown"] * 100])
def test_documents_without_vectors_give_nothing(index, documents):
    assert index.search(draw(1)[0], 5, documents) == []


def test_a_document_named_twice_counts_once(index):
    found = find(index, draw(1)[0], 50, ["d1", "d1"])
    assert len(found) == len(set(found)) == 10


# What is kept between searches


def test_what_is_added_and_deleted_is_seen_in_a_search_made_before(tmp_path):
    index = open_index(tmp_path)
    index.add("d", ["p0"], AXES[:1])
    assert find(index, AXES[0], 5, ["d"]) == ["p0"]
    index.add("d", ["p1"], AXES[1:2])
    assert find(index, AXES[1], 5, ["d"]) == ["p1", "p0"]
    index.add("d", ["p0"], AXES[2:3])
    assert index.search(AXES[2], 1, ["d"]) == [("p0", pytest.approx(1.0))]
    index.delete(["p0"])
    assert find(index, AXES[2], 5, ["d"]) == ["p1"]


def test_what_another_index_changed_is_seen(tmp_path):
    changes = [0]
    ours, theirs = (VectorIndex(tmp_path, "model", lambda: changes[0]) for _ in range(2))
    theirs.add("d", ["p0"], AXES[:1])
    assert find(ours, AXES[0], 5, ["d"]) == ["p0"]
    theirs.add("d", ["p1"], AXES[1:2])
    changes[0] += 1
    assert find(ours, AXES[1], 5, ["d"]) == ["p1", "p0"]


def test_a_search_gives_the_same_when_little_may_be_kept(index, library, monkeypatch):
    monkeypatch.setattr(module, "_KEPT_BYTES", 1000)
    query = draw(1, 4000)[0]
    documents = ["d1", "d2", "d3"]
    for _ in range(2):
        assert find(index, query, 30, documents) == rank(query, library, documents)
