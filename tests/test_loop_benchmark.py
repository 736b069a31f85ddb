"""The published loop, and how multi-hop answers are scored and kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.golds import BenchmarkQuestion
from benchmarks.loop import OURS, PARTS, PUBLISHED, Timed, build_published_record, render_ways
from benchmarks.multihop_answers import Said, keep_said, load_said, read_answer, read_draft
from benchmarks.published import PublishedLoop, gather_pool
from benchmarks.scoring import BooleanGold, TextGold, score_record
from benchmarks.squad import best_of, exact_match, normalise_answer, token_f1
from ingestion.documents import Passage
from models.chat import ModelFile
from models.scripted import ScriptedChatModel
from research.desk import LoopSettings
from research.questions import (
    Answer,
    Decomposition,
    Question,
    ResearchResult,
    SubQuestion,
    Verdict,
)

PASSAGES = [Passage(f"p{n}", "d", n, "text", None, f"passage {n}", 0, 0) for n in range(1, 13)]


def test_the_published_loop_plans_answers_in_order_and_concludes():
    model = ScriptedChatModel(
        [
            "### Q1: Who made it?\n### Q2: Where does #1 live?",
            "Ann",
            "Rome",
            "So it is Rome. <answer>Rome</answer>",
        ]
    )
    asked = []

    def search(text):
        asked.append(text)
        return PASSAGES

    run = PublishedLoop(search, model).answer("Where does its maker live?")
    assert run.text == "Rome"
    assert asked == ["Who made it?", "Where does Ann live?"]
    assert "### Q2: Where does Ann live?, Answer for Q2: Rome" in model.prompts[-1]
    assert all(settings.grammar is None and not settings.examples for settings in model.settings)


def test_ten_passages_are_read_the_best_at_both_ends():
    model = ScriptedChatModel(["### Q1: Who?", "Ann", "<answer>Ann</answer>"])
    PublishedLoop(lambda text: PASSAGES, model).answer("Who?")
    order = [int(line.split()[1]) for line in model.prompts[1].splitlines() if "passage " in line]
    assert order == [1, 3, 5, 7, 9, 10, 8, 6, 4, 2]


def test_a_plan_that_is_given_is_not_asked_for_and_no_plan_means_the_question():
    model = ScriptedChatModel(["Ann", "<answer>Ann</answer>"])
    plan = Decomposition((SubQuestion("Q1", "Who?"),))
    assert PublishedLoop(lambda text: PASSAGES, model).answer("Who?", plan=plan).text == "Ann"
    model = ScriptedChatModel(["I cannot.", "Ann", "Ann"])
    run = PublishedLoop(lambda text: PASSAGES, model).answer("Who?")
    assert [text for _, text, _ in run.steps] == ["Who?"]


def test_what_does_not_fit_into_the_context_is_left_out_from_the_last_rank():
    model = ScriptedChatModel(["Ann", "Ann"], context_tokens=205)
    plan = Decomposition((SubQuestion("Q1", "Who?"),))
    PublishedLoop(lambda text: PASSAGES, model).answer("Who?", plan=plan)
    assert "passage 1\n" in model.prompts[0]
    assert "passage 10" not in model.prompts[0]


def test_the_pool_takes_five_of_each_of_few_and_three_of_each_of_many_once():
    assert len(gather_pool([PASSAGES, PASSAGES])) == 5
    assert len(gather_pool([PASSAGES[:3], PASSAGES[3:6], PASSAGES[6:9], PASSAGES[8:]])) == 11


@pytest.mark.parametrize(
    ("text", "outcome"), [("No.", "right"), ("Yes", "wrong"), ("Hm", "abstained")]
)
def test_the_published_loop_answers_a_claim_by_yes_or_no(text, outcome):
    question = BenchmarkQuestion("q", "desk", "X rose.", (), BooleanGold(False), (), is_claim=True)
    assert score_record(question.gold, build_published_record(question, text, [])) == outcome


def test_what_the_published_loop_says_is_scored_as_it_stands():
    question = BenchmarkQuestion("q", "desk", "Which?", (), TextGold(("Glass",)), ())
    assert score_record(question.gold, build_published_record(question, "Glass", [])) == "right"
    assert score_record(question.gold, build_published_record(question, "Steel", [])) == "wrong"
    assert score_record(question.gold, build_published_record(question, "", [])) == "abstained"


def test_each_part_of_the_loop_differs_from_the_whole():
    assert all(settings != LoopSettings() for settings in PARTS.values())
    assert len(set(PARTS.values())) == len(PARTS)


def test_ways_are_compared_by_the_desks_time_on_the_same_questions():
    timed = [
        Timed(OURS, "a", "right", 0.5, 1.0, 0, 0, 0),
        Timed(OURS, "b", "right", 0.5, 2.0, 0, 0, 0),
        Timed(PUBLISHED, "a", "wrong", 3.0, 9.0, 9, 0, 9),
        Timed(PUBLISHED, "b", "right", 3.0, 8.0, 9, 0, 9),
    ]
    row = next(line for line in render_ways(timed).splitlines() if line.startswith(PUBLISHED))
    assert row.split()[2:5] == ["1", "1", "0"]
    assert row.split()[-2:] == ["6.00", "5.67"]


def test_squad_leaves_out_case_articles_and_punctuation():
    assert normalise_answer("The  U.S. dollar!") == "us dollar"
    assert exact_match("the Rush", "Rush.") == 1.0
    assert exact_match("", "") == 0.0
    assert exact_match("the", "a") == 0.0


def test_f1_counts_a_repeated_word_as_often_as_both_have_it():
    assert token_f1("rose rose", "rose") == pytest.approx(2 / 3)
    assert token_f1("", "rose") == 0.0
    assert best_of(token_f1, "big apple", ["New York", "Big Apple"]) == 1.0
    assert best_of(exact_match, "x", []) == 0.0


@given(st.text(max_size=40), st.text(max_size=40))
def test_f1_is_a_share_alike_both_ways_and_one_where_both_match(one, other):
    assert 0.0 <= token_f1(one, other) <= 1.0
    assert token_f1(one, other) == token_f1(other, one)
    assert not exact_match(one, other) or token_f1(one, other) == 1.0


def build_result(label, draft=None, kind="text"):
    return ResearchResult(
        question=Question("?"),
        model=ModelFile("m", "m.gguf", "0"),
        decomposition=Decomposition(()),
        sub_answers=(),
        answer=Answer("Rome", kind),
        verdict=Verdict(label, ()),
        timings={},
        draft=draft,
    )


def test_an_unverified_answer_counts_as_none_and_its_draft_beside_it():
    unsure = build_result("NOT_ENOUGH_INFO", "I think <answer>Paris</answer>")
    assert (read_answer(unsure), read_draft(unsure)) == ("", "Paris")
    assert read_draft(build_result("NOT_ENOUGH_INFO", "Paris")) == "Paris"
    sure = build_result("SUPPORTED")
    assert (read_answer(sure), read_draft(sure)) == ("Rome", "Rome")
    assert read_answer(build_result("SUPPORTED", kind="not_disclosed")) == ""


def test_answers_that_were_kept_are_taken_up_without_a_line_that_was_cut_off(tmp_path: Path):
    path = tmp_path / "new" / "said.jsonl"
    said = Said("q1", "MuSiQue", ("Rome",), "", "Paris", "NOT_ENOUGH_INFO", 1.5)
    keep_said(path, said)
    path.write_text(path.read_text() + '{"question_id": "q2"')
    assert load_said(path) == {"q1": said}
    keep_said(path, said)
    assert load_said(path) == {"q1": said}
    assert load_said(None) == {}
