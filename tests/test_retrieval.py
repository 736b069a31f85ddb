"""Two rankings become one, cut to what the model can read and laid out for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.documents import Passage, ScoredPassage
from research.retrieval import fit_passages, fuse_rankings, lay_zigzag, search_passages


def scored(key, text=None, score=0.5):
    return ScoredPassage(Passage(key, "d1", 1, "text", None, text or f"text {key}", 0, 0), score)


def ranking(keys):
    return [scored(key) for key in keys]


def keys(passages):
    return [found.passage.passage_id for found in passages]


class FakeStore:
    """Two fixed rankings; keeps what it was asked."""

    def __init__(self, vectors, words):
        self.rankings = {"vectors": vectors, "words": words}
        self.asked = []

    def documents(self):
        return ()

    def page(self, document_id, number):
        raise AssertionError("searching looks at no page")

    def search_words(self, query, limit, document_ids=None):
        self.asked.append(("words", query, limit, document_ids))
        return tuple(self.rankings["words"][:limit])

    def search_vectors(self, query, limit, document_ids=None):
        self.asked.append(("vectors", query, limit, document_ids))
        return tuple(self.rankings["vectors"][:limit])


def test_a_passage_scores_the_sum_over_its_ranks():
    fused = {
        found.passage.passage_id: found.score
        for found in fuse_rankings([ranking("abc"), ranking("bd")])
    }
    assert fused == {
        "a": pytest.approx(1 / 61),
        "b": pytest.approx(1 / 62 + 1 / 61),
        "c": pytest.approx(1 / 63),
        "d": pytest.approx(1 / 62),
    }


def test_what_both_rankings_found_comes_first():
    assert keys(fuse_rankings([ranking("abc"), ranking("bd")])) == ["b", "a", "d", "c"]


def test_the_scores_of_the_rankings_themselves_do_not_count():
    loud = [scored("a", score=900.0), scored("b", score=800.0)]
    quiet = [scored("a", score=0.2), scored("b", score=0.1)]
    assert fuse_rankings([loud]) == fuse_rankings([quiet])


def test_ties_have_one_order_whichever_ranking_comes_first():
    one, other = ranking("bd"), ranking("ac")
    assert keys(fuse_rankings([one, other])) == ["a", "b", "c", "d"]
    assert keys(fuse_rankings([other, one])) == ["a", "b", "c", "d"]


def test_nothing_fuses_to_nothing():
    assert fuse_rankings([[], []]) == ()


@pytest.mark.parametrize(
    ("count", "laid_out"),
    [
        (0, ()),
        (1, (1,)),
        (2, (1, 2)),
        (3, (1, 3, 2)),
        (4, (1, 3, 4, 2)),
        (10, (1, 3, 5, 7, 9, 10, 8, 6, 4, 2)),
    ],
)
def test_the_best_stand_at_both_ends(count, laid_out):
    assert lay_zigzag(range(1, count + 1)) == laid_out


@given(st.lists(st.integers()))
def test_laying_out_loses_nothing(items):
    assert sorted(lay_zigzag(items)) == sorted(items)


def test_as_many_passages_as_fit_are_read():
    passages = ranking("abcd")
    assert keys(fit_passages(passages, 36, lambda text: 10)) == ["a", "b", "c"]
    assert keys(fit_passages(passages, 35, lambda text: 10)) == ["a", "b"]


def test_at_least_one_passage_is_read():
    assert keys(fit_passages(ranking("abc"), 5, lambda text: 10)) == ["a"]


def test_reading_ends_at_the_first_passage_that_does_not_fit():
    sizes = {"text a": 10, "text b": 90, "text c": 10}
    assert keys(fit_passages(ranking("abc"), 50, sizes.__getitem__)) == ["a"]


def test_no_passages_fit_to_none():
    assert fit_passages([], 50, len) == ()


def test_a_search_fuses_both_rankings():
    store = FakeStore(ranking("abc"), ranking("bd"))
    assert keys(search_passages(store, "sales", 3)) == ["b", "a", "d"]


def test_a_repeated_text_is_found_once():
    store = FakeStore(
        [scored("a", "same"), scored("b")], [scored("a", "same"), scored("c", "same")]
    )
    assert keys(search_passages(store, "sales", 10)) == ["a", "b"]


def test_a_repeated_text_takes_no_place_from_others():
    store = FakeStore([scored("a", "same"), scored("b", "same"), scored("c")], [])
    assert keys(search_passages(store, "sales", 2)) == ["a", "c"]


def test_both_rankings_are_asked_deeper_than_is_used_and_in_the_same_documents():
    store = FakeStore([], [])
    search_passages(store, "sales", 10, ["d1"])
    assert sorted(store.asked) == [("vectors", "sales", 50, ["d1"]), ("words", "sales", 50, ["d1"])]


def test_a_search_for_more_asks_for_as_many():
    store = FakeStore([], [])
    search_passages(store, "sales", 80)
    assert {limit for _, _, limit, _ in store.asked} == {80}
