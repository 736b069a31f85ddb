"""The page's view of a run: each step makes a new one."""

from __future__ import annotations

import pytest

from app.desk.view import Node, RunView, advance, fail, stop
from models.chat import ModelFile
from research.questions import (
    Answer,
    Decomposition,
    Question,
    ResearchResult,
    SubAnswer,
    SubQuestion,
    Verdict,
)
from research.steps import (
    AnswerGrowing,
    FinalStarted,
    OtherPlansStarted,
    PassagesFound,
    PlanReady,
    RunFinished,
    RunStarted,
    SearchedAgain,
    SearchStarted,
    SubAnswerReady,
)

PLAN = Decomposition((SubQuestion("Q1", "Which year?"), SubQuestion("Q2", "What in #1?", ("Q1",))))
STARTED = (RunStarted(Question("What?")), PlanReady(PLAN))
VERDICT = Verdict("NOT_ENOUGH_INFO", ())
RESULT = ResearchResult(
    Question("What?"), ModelFile("m", "m.gguf", "0"), PLAN, (), Answer("5", "text"), VERDICT, {}
)


def answered(label, *, grounded):
    return SubAnswerReady(SubAnswer(label, "Which?", "2023", grounded, VERDICT, None, (), 0.0))


def view_after(*steps):
    view = RunView()
    for step in (*STARTED, *steps):
        view = advance(view, step)
    return view


def states(view):
    return [node.state for node in view.nodes]


def test_a_run_that_starts_clears_what_was_shown():
    before = RunView("Old?", "done", (Node(SubQuestion("Q1", "Old?")),), ("n",), RESULT, "error")
    assert advance(before, STARTED[0]) == RunView(question="What?", phase="planning")


def test_a_plan_makes_a_node_of_each_step():
    view = view_after()
    assert view.phase == "solving"
    assert [node.step for node in view.nodes] == list(PLAN.sub_questions)
    assert states(view) == ["waiting", "waiting"]


def test_the_notes_of_the_plan_are_kept():
    assert view_after(PlanReady(Decomposition(PLAN.sub_questions, ("a note",)))).notes == (
        "a note",
    )


def test_a_longer_plan_keeps_the_nodes_that_there_are():
    longer = Decomposition((*PLAN.sub_questions, SubQuestion("Q3", "Whole?")), ("asked whole",))
    view = view_after(answered("Q1", grounded=False), PlanReady(longer))
    assert states(view) == ["ungrounded", "waiting", "waiting"]
    assert view.notes == ("asked whole",)


def test_another_plan_takes_the_place_of_the_first_with_new_nodes():
    other = Decomposition((SubQuestion("Q1", "Which quarter?"), PLAN.sub_questions[1]))
    view = view_after(answered("Q1", grounded=True), OtherPlansStarted(5))
    assert (view.phase, states(view)) == ("replanning", ["grounded", "waiting"])
    view = advance(view, PlanReady(other))
    assert (view.phase, states(view)) == ("solving", ["waiting", "waiting"])


def test_where_no_other_plan_is_found_the_first_is_gone_on_with():
    view = view_after(OtherPlansStarted(5), SearchStarted("Q1", "Which year?"))
    assert (view.phase, states(view)) == ("solving", ["searching", "waiting"])


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ((), "waiting"),
        ((SearchStarted("Q1", "Which year?"),), "searching"),
        ((SearchStarted("Q1", "Which year?"), PassagesFound("Q1", ())), "answering"),
        ((PassagesFound("Q1", ()), AnswerGrowing("Q1", "20")), "answering"),
        ((PassagesFound("Q1", ()), SearchedAgain("Q1", ("x",))), "searching"),
        ((answered("Q1", grounded=True),), "grounded"),
        ((answered("Q1", grounded=False),), "ungrounded"),
    ],
    ids=["planned", "search", "passages", "writing", "again", "grounded", "ungrounded"],
)
def test_a_node_is_in_the_state_of_its_last_step(steps, state):
    assert states(view_after(*steps)) == [state, "waiting"]


def test_a_node_shows_its_resolved_question():
    node = view_after(SearchStarted("Q2", "What in 2023?")).node("Q2")
    assert (node.question, node.step.text) == ("What in 2023?", "What in #1?")


def test_a_node_shows_what_is_being_written():
    view = view_after(AnswerGrowing("Q1", "20"), AnswerGrowing("Q1", "2023"))
    assert [node.writing for node in view.nodes] == ["2023", ""]


def test_asking_again_clears_what_was_written():
    assert (
        view_after(AnswerGrowing("Q1", "777"), SearchedAgain("Q1", ("x",))).node("Q1").writing == ""
    )


def test_what_is_written_on_the_whole_changes_no_node():
    assert view_after(AnswerGrowing(None, "Both")) == view_after()


def test_an_answer_brings_its_evidence():
    view = view_after(answered("Q1", grounded=True))
    assert view.node("Q1").sub_answer.answer == "2023"
    assert view.node("Q1").evidence == ()
    assert view.node("Q2").sub_answer is None


def test_the_last_phases_are_concluding_and_done():
    view = view_after(FinalStarted())
    assert (view.phase, view.result) == ("concluding", None)
    view = advance(view, RunFinished(RESULT))
    assert (view.phase, view.result) == ("done", RESULT)


def test_a_step_about_an_unknown_node_changes_nothing():
    assert view_after(SearchStarted("Q9", "?")) == view_after()


@pytest.mark.parametrize("label", [None, "Q9", ""])
def test_a_label_that_is_not_there_has_no_node(label):
    assert view_after().node(label) is None


def test_advancing_leaves_the_view_before_as_it_was():
    before = view_after()
    advance(before, answered("Q1", grounded=True))
    assert states(before) == ["waiting", "waiting"]


def test_stopping_keeps_what_was_answered_and_lets_the_rest_wait():
    view = stop(view_after(answered("Q1", grounded=True), SearchStarted("Q2", "What in 2023?")))
    assert view.phase == "stopped"
    assert states(view) == ["grounded", "waiting"]
    assert view.node("Q1").sub_answer.answer == "2023"


def test_stopping_before_the_plan_leaves_no_nodes():
    view = stop(RunView("What?", "planning"))
    assert (view.phase, view.nodes, view.error) == ("stopped", (), None)


def test_failing_says_why_and_keeps_what_was_answered():
    view = fail(view_after(answered("Q1", grounded=True), PassagesFound("Q2", ())), "It broke.")
    assert (view.phase, view.error) == ("stopped", "It broke.")
    assert states(view) == ["grounded", "waiting"]
