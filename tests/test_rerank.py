"""A cross-encoder's word is one more part of the score."""

from __future__ import annotations

import numpy as np

from ingestion.documents import Passage, ScoredPassage
from research.retrieval.reranking import MOST_READ, rerank


class FakeReranker:
    """Prefers texts that it is told to; keeps what it read."""

    name = "fake"

    def __init__(self, likes):
        self.likes = likes
        self.read = []

    def score(self, query, texts):
        self.read.append((query, tuple(texts)))
        return np.array([self.likes.get(text, 0.0) for text in texts], dtype=np.float32)


def scored(text, score):
    passage = Passage(text, "d", 1, "text", None, text, 0, 0)
    return ScoredPassage(passage, score, (("words", score), ("document", 1.0)))


def texts(ranked):
    return [one.passage.text for one in ranked]


def test_what_the_cross_encoder_likes_best_gains_half_of_the_best_score():
    ranked = rerank([scored("a", 2.0), scored("b", 1.5)], "why?", FakeReranker({"b": 9.0}))
    assert texts(ranked) == ["b", "a"]
    assert ranked[0].score == 2.5
    assert ranked[0].parts == (("words", 1.5), ("reranker", 1.0), ("document", 1.0))


def test_a_row_that_fits_far_better_stays_in_front():
    ranked = rerank([scored("a", 2.0), scored("b", 0.5)], "why?", FakeReranker({"b": 9.0}))
    assert texts(ranked) == ["a", "b"]


def test_where_all_are_liked_alike_nothing_changes():
    before = [scored("a", 2.0), scored("b", 1.5)]
    assert rerank(before, "why?", FakeReranker({})) == tuple(before)


def test_only_the_best_are_read_and_the_others_stay_behind_them():
    before = [scored(str(number), 100.0 - number) for number in range(MOST_READ + 5)]
    reranker = FakeReranker({str(MOST_READ - 1): 5.0})
    ranked = rerank(before, "why?", reranker)
    assert len(reranker.read[0][1]) == MOST_READ
    assert texts(ranked)[-5:] == [str(number) for number in range(MOST_READ, MOST_READ + 5)]
    assert texts(ranked)[0] == str(MOST_READ - 1)


def test_an_empty_question_is_not_read():
    reranker = FakeReranker({"b": 1.0})
    assert texts(rerank([scored("a", 2.0), scored("b", 1.5)], " ", reranker)) == ["a", "b"]
    assert reranker.read == []
