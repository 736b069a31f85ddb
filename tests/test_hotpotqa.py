"""HotpotQA's questions are answered over their articles, and refused beside them."""

from __future__ import annotations

import json
from random import Random

from training.examples import NOT_DISCLOSED
from training.sources.hotpotqa import build_examples
from training.splits import Splits

TRAIN = Splits({"hotpotqa:a1": "train"}, frozenset({"hotpotqa"}))
ROW = {
    "_id": "a1",
    "type": "bridge",
    "level": "easy",
    "question": "Where was the author of Dusk born?",
    "answer": "Bergen",
    "supporting_facts": [["Dusk", 0], ["Ida Bell", 0]],
    "context": [
        ["Dusk", ["Dusk is a novel by Ida Bell."]],
        ["Ida Bell", ["Ida Bell was born in Bergen.", " She wrote novels."]],
        *([f"Pond {n}", ["A deep pond in the far north of the country. " * 3]] for n in range(4)),
    ],
}


def build(tmp_path, row, seed=1):
    path = tmp_path / "multihop/some_hotpotqa_train.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([row]))
    return list(build_examples(tmp_path, TRAIN, "train", Random(seed)))


def test_a_question_is_answered_over_its_articles(tmp_path):
    example = build(tmp_path, ROW)[0]
    assert example.completion == "Bergen"
    assert "Ida Bell was born in Bergen. She wrote novels." in example.prompt


def test_yes_and_no_are_written_as_the_solver_does(tmp_path):
    assert [one.completion for one in build(tmp_path, {**ROW, "answer": "no"})] == ["No"]


def test_an_answer_that_no_article_holds_is_left_out(tmp_path):
    completions = {one.completion for one in build(tmp_path, {**ROW, "answer": "Oslo"})}
    assert completions <= {NOT_DISCLOSED}


def test_articles_beside_the_question_refuse_it(tmp_path):
    examples = [one for seed in range(12) for one in build(tmp_path, ROW, seed)]
    refusals = [one for one in examples if one.completion == NOT_DISCLOSED]
    assert 0 < len(refusals) < 12
    assert all("Ida Bell" not in one.prompt for one in refusals)


def test_lists_of_titles_and_sentences_are_read_as_pairs(tmp_path):
    titles, sentences = zip(*ROW["context"], strict=True)
    row = {
        **ROW,
        "context": {"title": titles, "sentences": sentences},
        "supporting_facts": {"title": ["Dusk", "Ida Bell"], "sent_id": [0, 0]},
    }
    assert build(tmp_path, row)[0].completion == "Bergen"
