"""SQuAD's questions are answered in short, and refused where the paragraph has no answer."""

from __future__ import annotations

import json
from random import Random

from training.examples import NOT_DISCLOSED
from training.sources.squad import build_examples
from training.splits import Splits

OPEN = Splits({"squad:Mills": "train", "squad:Ponds": "train"}, frozenset({"squad"}))
MILL = "The mill of Ardent was built in 1841. It was run by Ida Bell and her sons."
POND = "Lake Orrin is a pond. Its depth of 12 metres was measured by Tom Ray."


def ask(text, *answers, impossible=False):
    spans = [{"text": answer, "answer_start": 0} for answer in answers]
    asked = {"id": text, "question": text, "answers": spans}
    return {**asked, "is_impossible": True} if impossible else asked


def write(tmp_path, mill_questions, name="train-v2.0.json"):
    data = [
        {"title": "Mills", "paragraphs": [{"context": MILL, "qas": mill_questions}]},
        {
            "title": "Ponds",
            "paragraphs": [{"context": POND, "qas": [ask("How deep is Lake Orrin?", "12 metres")]}],
        },
    ]
    path = tmp_path / "training/squad" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": "v2.0", "data": data}))
    return tmp_path


def build(folder, part="train", seed=1):
    return list(build_examples(folder, OPEN, part, Random(seed)))


def test_the_shortest_marked_span_is_the_answer(tmp_path):
    folder = write(tmp_path, [ask("When was it built?", "in 1841", "1841")])
    example = next(one for one in build(folder) if "When was it built?" in one.prompt)
    assert example.completion == "1841"
    assert example.gold == {"accepted": ["in 1841"]}


def test_its_own_unanswerable_questions_are_refused(tmp_path):
    asked = [ask(f"When was part {n} built?", "1841") for n in range(8)]
    folder = write(tmp_path, [*asked, ask("When was it burnt?", impossible=True)])
    refusal = next(one for one in build(folder) if "When was it burnt?" in one.prompt)
    assert refusal.completion == NOT_DISCLOSED


def test_questions_of_another_article_are_refused(tmp_path):
    folder = write(tmp_path, [ask(f"When was part {n} built?", "1841") for n in range(8)])
    refusals = [one for one in build(folder) if one.completion == NOT_DISCLOSED]
    assert [one.document for one in refusals] == ["squad:Mills"]
    assert "How deep is Lake Orrin?" in refusals[0].prompt


def test_a_paragraph_that_two_files_hold_is_read_once(tmp_path):
    asked = [ask("When was it built?", "1841")]
    write(tmp_path, asked, "xquad.en.json")
    once = build(tmp_path)
    write(tmp_path, asked)
    assert len(build(tmp_path)) == len(once)


def test_articles_are_split_by_their_title(tmp_path):
    assert build(write(tmp_path, [ask("When was it built?", "1841")]), "measure") == []
