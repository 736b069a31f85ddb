"""MuSiQue's hops become plans, sub-answers and final answers, where they can be worded."""

from __future__ import annotations

import json
from random import Random

from training.examples import NOT_DISCLOSED
from training.sources.musique import build_examples
from training.splits import Splits

TRAIN = Splits({"musique:a1": "train"}, frozenset({"musique"}))
ROW = {
    "id": "a1",
    "question": "What is the capital of the country where the author of Dusk was born?",
    "answer": "Oslo",
    "answer_aliases": ["Kristiania"],
    "answerable": True,
    "question_decomposition": [
        {"question": "Dusk >> author", "answer": "Ida Bell", "paragraph_support_idx": 0},
        {
            "question": "in which country was #1 born",
            "answer": "Norway",
            "paragraph_support_idx": 1,
        },
        {"question": "#2 >> capital", "answer": "Oslo", "paragraph_support_idx": 2},
    ],
    "paragraphs": [
        {"idx": 0, "title": "Dusk", "paragraph_text": "Dusk is a novel by Ida Bell."},
        {"idx": 1, "title": "Ida Bell", "paragraph_text": "Ida Bell was born in Norway."},
        {"idx": 2, "title": "Norway", "paragraph_text": "Its capital is Oslo. It is cold."},
        *(
            {"idx": n, "title": f"Pond {n}", "paragraph_text": "A deep pond in the north. " * 5}
            for n in range(3, 7)
        ),
    ],
}


def build(tmp_path, row, seed=1, name="multihop/some_musique_train.json"):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(row if name.endswith("jsonl") else [row]) + "\n")
    return list(build_examples(tmp_path, TRAIN, "train", Random(seed)))


def test_hops_become_a_plan(tmp_path):
    plan = build(tmp_path, ROW)[0]
    assert plan.completion.splitlines() == [
        "### Q1: Who is the author of Dusk?",
        "### Q2: In which country was #1 born?",
        "### Q3: What is the capital of #2?",
    ]


def test_hops_are_asked_with_the_answers_before_them(tmp_path):
    answers = [one for one in build(tmp_path, ROW) if one.role == "sub_answer"]
    assert [one.completion for one in answers[:3]] == ["Ida Bell", "Norway", "Oslo"]
    assert "'What is the capital of Norway?'" in answers[2].prompt
    assert answers[2].gold == {"accepted": ["Kristiania"]}


def test_a_relation_is_stated_before_the_answer(tmp_path):
    final = next(one for one in build(tmp_path, ROW) if one.role == "final_answer")
    assert final.completion == "The capital of Norway is Oslo. <answer>Oslo</answer>"


def test_a_question_is_answered_by_quoting_its_sentence(tmp_path):
    hops = [
        *ROW["question_decomposition"][:2],
        {"question": "what is #2 's capital", "answer": "Oslo", "paragraph_support_idx": 2},
    ]
    examples = build(tmp_path, {**ROW, "question_decomposition": hops})
    final = next(one for one in examples if one.role == "final_answer")
    assert final.completion == "Its capital is Oslo. <answer>Oslo</answer>"


def test_a_row_with_a_hop_that_cannot_be_asked_is_left_out(tmp_path):
    hop = {"question": "#1 >> instance of", "answer": "poet", "paragraph_support_idx": 1}
    row = {**ROW, "question_decomposition": [ROW["question_decomposition"][0], hop]}
    assert build(tmp_path, row) == []
    assert build(tmp_path, {**ROW, "answerable": False}) == []


def test_paragraphs_beside_the_question_refuse_it(tmp_path):
    examples = [one for seed in range(8) for one in build(tmp_path, ROW, seed)]
    refusals = [one for one in examples if one.completion == NOT_DISCLOSED]
    assert refusals
    assert all("Oslo." not in one.prompt for one in refusals)


def test_the_published_lines_are_read_as_well(tmp_path):
    assert build(tmp_path, ROW, name="training/musique/musique_ans_v1.0_train.jsonl")
