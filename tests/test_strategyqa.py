"""StrategyQA's steps become plans, and its facts the ground of final answers."""

from __future__ import annotations

import json
from random import Random

import pytest

from training.errors import SourceError
from training.sources.strategyqa import build_examples
from training.splits import Splits

ROW = {
    "qid": "a1",
    "term": "Lighthouse",
    "description": "a tower",
    "question": "Was the Hook lighthouse built before the Ardent mill?",
    "answer": True,
    "facts": ["The Hook lighthouse was built in 1172.", "The Ardent mill was built in 1841"],
    "decomposition": [
        "When was the Hook lighthouse built?",
        "When was the Ardent mill built?",
        "Is #1 before #2?",
    ],
    "evidence": [],
}
OTHER = {**ROW, "qid": "b2", "term": "Pond", "answer": False}
SPLITS = Splits({"strategyqa:a1": "train", "strategyqa:b2": "measure"}, frozenset({"strategyqa"}))


def build(tmp_path, rows, part="train"):
    path = tmp_path / "training/strategyqa/train.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(rows))
    return list(build_examples(tmp_path, SPLITS, part, Random(1)))


def test_steps_become_a_plan(tmp_path):
    plan = build(tmp_path, [ROW])[0]
    assert plan.completion.splitlines()[-1] == "### Q3: Is #1 before #2?"
    assert (plan.source, plan.document) == ("StrategyQA", "strategyqa:a1")


def test_facts_that_answer_steps_ground_the_answer(tmp_path):
    final = build(tmp_path, [ROW])[1]
    assert final.completion == (
        "The Hook lighthouse was built in 1172. The Ardent mill was built in 1841. "
        "<answer>Yes</answer>"
    )
    assert "Answer for Q2: The Ardent mill was built in 1841" in final.prompt


def test_each_part_has_its_own_rows(tmp_path):
    examples = build(tmp_path, [ROW, OTHER], "measure")
    assert {example.document for example in examples} == {"strategyqa:b2"}


def test_a_row_without_facts_gives_its_plan_alone(tmp_path):
    examples = build(tmp_path, [{**ROW, "facts": []}])
    assert [example.role for example in examples] == ["question_plan"]


def test_a_row_of_another_format_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"train\.json, row 1"):
        build(tmp_path, [{"qid": "a1", "question": "Why?"}])
