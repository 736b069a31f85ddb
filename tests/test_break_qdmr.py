"""BREAK's steps are asked in plain words, or their plan is left out."""

from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.sources.break_qdmr import build_examples
from training.sources.qdmr import ask_steps, fold_counts, fold_names
from training.splits import Splits

OPEN = Splits({}, frozenset())
HEAD = "question_id,question_text,decomposition,operators,split\n"


@pytest.mark.parametrize(
    ("steps", "asked"),
    [
        (
            "return the  producer of the film  Dusk ;return when  was  #1 born",
            ("Who is the producer of the film Dusk?", "When was #1 born?"),
        ),
        (
            "return when  was  Wire formed ;return when  was  Ash formed ;"
            "return which  is  the lowest of #1 , #2",
            (
                "When was Wire formed?",
                "When was Ash formed?",
                "Which is earlier, #1 (Wire) or #2 (Ash)?",
            ),
        ),
        (
            "return species of Wire ;return species of Ash ;return number of  #1 ;"
            "return number of  #2 ;return which is highest of #3 ,  #4",
            (
                "What is the number of species of Wire?",
                "What is the number of species of Ash?",
                "Which is larger, #1 (Wire) or #2 (Ash)?",
            ),
        ),
        (
            "return year of  Wire 's debut ;return year of  Ash 's debut ;"
            "return the  difference of #2 and  #1",
            (
                "What is the year of Wire's debut?",
                "What is the year of Ash's debut?",
                "What is #2 minus #1?",
            ),
        ),
        (
            "return if Wire is located in  China ;return if Ash is located in  China ;"
            "return which is true of #1 ,  #2",
            (
                "Is Wire located in China?",
                "Is Ash located in China?",
                "Which is true, #1 (Wire) or #2 (Ash)?",
            ),
        ),
        (
            "return country that speaks Wire ;return #1 that has an Ash",
            ("What is the country that speaks Wire?", "Which of #1 has an Ash?"),
        ),
        (
            "return wire ;return mayor of #1 ;return party of #2 ;return #2 ,  #3",
            ("Who is the mayor of wire?", "What is the party of #1?"),
        ),
        (
            "return when  Wire died ;return how  young is  Ash ;return if #1 is lower than #2",
            ("When did Wire die?", "How old is Ash?", "Is #1 earlier than #2?"),
        ),
    ],
)
def test_steps_that_read_well_are_asked(steps, asked):
    assert ask_steps(steps.split(";"), "Wire or Ash, wire or China?") == asked


@pytest.mark.parametrize(
    "steps",
    [
        "return touchdowns of Wire ;return yards of #1 ;return #1 where #2 is highest",
        "return flights of Wire ;return #1 from  denver",
        "return yards of Wire ;return sum of #1",
        "return the  song 'i believe of Wire ;return who  wrote #1",
        "return percent of Wire ;return percent besides #1",
    ],
)
def test_steps_that_do_not_read_well_give_no_plan(steps):
    assert ask_steps(steps.split(";"), "Wire?") == ()


def test_references_follow_when_a_step_is_folded():
    assert fold_names(["canada", "mayor of #1", "party of #2"]) == [
        "mayor of canada",
        "party of #1",
    ]
    counted = ["the boats of Wire", "number of #1", "boats of Ash", "difference of #2 and #3"]
    assert fold_counts(counted) == [
        "number of boats of Wire",
        "boats of Ash",
        "difference of #1 and #2",
    ]


@given(st.lists(st.text(alphabet="abc #123of", max_size=20), max_size=6))
def test_any_steps_can_be_read(steps):
    assert len(ask_steps(steps, "abc")) <= len(steps)


@pytest.fixture
def write(tmp_path):
    def write_files(high="", low=""):
        for name, rows in (("QDMR-high-level", high), ("QDMR", low)):
            path = tmp_path / "training/break" / name / "dev.csv"
            path.parent.mkdir(parents=True)
            path.write_text(HEAD + rows)
        return tmp_path

    return write_files


ROW = (
    "HOTPOT_dev_1,When was the producer of the film Dusk born?,"
    "return producer of the  film Dusk ;return when  was  #1 born,[],dev\n"
)


def build(folder):
    train, measure = (list(build_examples(folder, OPEN, part, Random(1))) for part in PARTS)
    return [*train, *measure]


PARTS = ("train", "measure")


def test_parts_about_pictures_are_not_read(write):
    folder = write(ROW + ROW.replace("HOTPOT", "CLEVR"), ROW.replace("HOTPOT", "SPIDER"))
    assert [example.document for example in build(folder)] == ["break:HOTPOT_dev_1"]


def test_questions_of_an_evaluation_are_left_out(write):
    folder = write(ROW)
    path = folder / "multihop/some_dev100.jsonl"
    path.parent.mkdir()
    path.write_text(json.dumps({"question": "When was the producer of the film DUSK born"}) + "\n")
    assert build(folder) == []
