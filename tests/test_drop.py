"""DROP's answers are taken where the passage prints them, and not what has to be reckoned."""

from __future__ import annotations

import gzip
import json
from random import Random

import pytest

from training.errors import SourceError
from training.examples import NOT_DISCLOSED
from training.sources.drop import build_examples
from training.splits import Splits

OPEN = Splits({}, frozenset())
GAME = "Ardent beat Zelkova, as Ida Bell kicked a 43-yard goal and Tom Ray one of 25 yards."


def answer(number="", *spans):
    return {"number": number, "date": {"day": "", "month": "", "year": ""}, "spans": list(spans)}


def write_published(tmp_path, pairs):
    path = tmp_path / "training/drop/drop_dataset_train.json"
    path.parent.mkdir(parents=True)
    asked = [{"query_id": text, "question": text, "answer": given} for text, given in pairs]
    path.write_text(json.dumps({"nfl_1": {"passage": GAME, "qa_pairs": asked}}))
    return tmp_path


def write_lines(tmp_path, rows):
    path = tmp_path / "training/drop/dev.jsonl.gz"
    path.parent.mkdir(parents=True)
    lines = [
        {"context": f"Passage: {p}\nQuestion: {q}\nAnswer:", "completion": f" {a}", "ref_text": a}
        for p, q, a in rows
    ]
    path.write_bytes(gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode()))
    return tmp_path


def build(folder):
    parts = ("train", "measure")
    return [one for part in parts for one in build_examples(folder, OPEN, part, Random(1))]


def test_printed_answers_of_the_published_format_are_taken(tmp_path):
    pairs = [
        ("Who kicked the longest goal?", answer("", "Ida Bell")),
        ("How many yards was the longest goal?", answer("43")),
    ]
    assert [one.completion for one in build(write_published(tmp_path, pairs))] == ["Ida Bell", "43"]


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("How many yards more was the longest goal?", answer("25")),
        ("How many yards were kicked?", answer("68")),
        ("How many goals were there?", answer("2")),
        ("Who kicked goals?", answer("", "Ida Bell", "Tom Ray")),
    ],
)
def test_what_is_reckoned_or_listed_is_left_out(tmp_path, question, given):
    assert build(write_published(tmp_path, [(question, given)])) == []


def test_lines_of_passage_and_question_are_taken_with_their_other_answers(tmp_path):
    folder = write_lines(tmp_path, [(GAME, "Who won?", "Ardent|Ardent team")])
    (example,) = build(folder)
    assert example.completion == "Ardent"
    assert example.gold == {"accepted": ["Ardent team"]}
    assert example.document.startswith("drop:")


def test_a_number_that_annotators_disagree_on_is_left_out(tmp_path):
    rows = [(GAME, "How many yards did Ida Bell get?", "43|68")]
    assert build(write_lines(tmp_path, rows)) == []


def test_questions_on_another_passage_are_refused(tmp_path):
    rows = [
        (f"{GAME} The referee was {name}.", f"Which team won, said {name} to voice {n}?", "Ardent")
        for name in ("Sue Lee", "Max Orr", "Eva Low", "Jo Kaye")
        for n in "abcdefgh"
    ]
    examples = build(write_lines(tmp_path, rows))
    refusals = [one for one in examples if one.completion == NOT_DISCLOSED]
    assert refusals
    for refusal in refusals:
        passage, _, question = refusal.prompt.partition("Please answer")
        assert passage.partition("The referee was ")[2][:7] not in question


def test_a_line_without_passage_and_question_is_refused(tmp_path):
    path = tmp_path / "training/drop/dev.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"context": "Question: Who?", "ref_text": "x"}) + "\n")
    with pytest.raises(SourceError, match="row 1"):
        build(tmp_path)
