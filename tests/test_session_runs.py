"""What a page does with kept runs: reopening, changing a plan, renaming, removing; and choosing."""

from __future__ import annotations

import re

import pytest

from app.desk.judging import render_judging
from app.desk.session import Desk
from app.desk.state import DeskState
from ingestion.workspace import Workspace
from models.scripted import ScriptedChatModel
from research.record import build_record

QUESTION = "What was Acme's operating income in 2022, and what was it in 2023?"
OTHER = "What were Acme's net sales in 2023?"
PLAN = (
    "### Q1: What was Acme's operating income in 2022?\n"
    "### Q2: What was Acme's operating income in 2023?"
)
COVER = """<p>FORM 10-K</p><p>For the fiscal year ended December 31, 2023</p>
<p>Acme Corporation</p><p>(Exact name of registrant as specified in its charter)</p>"""
TABLE = """<p>CONSOLIDATED STATEMENTS OF OPERATIONS</p><p>(In millions)</p><table>
<tr><td></td><td>2023</td><td>2022</td></tr>
<tr><td>Net sales</td><td>$1,284</td><td>$1,209</td></tr>
<tr><td>Operating income</td><td>210</td><td>198</td></tr></table>"""


def answer(prompt):
    if prompt.startswith("Please break down"):
        return PLAN
    if prompt.startswith("You have the following passages"):
        return "<answer>$198 million in 2022 and $210 million in 2023</answer>"
    asked = re.search(r"Please answer the question '(.*)' with", prompt).group(1)
    return "198" if "2022" in asked else "210"


@pytest.fixture
def library(tmp_path, fake_embedder):
    """A workspace with one filing."""
    (tmp_path / "acme-2023.html").write_text(f"<html><body>{COVER}{TABLE}</body></html>")
    workspace = Workspace(tmp_path / "workspace", fake_embedder)
    workspace.add_file(tmp_path / "acme-2023.html")
    return workspace


@pytest.fixture
def desk(library):
    return Desk(library, ScriptedChatModel(answer))


@pytest.fixture
def asked(desk):
    """A page that has asked the question."""
    state = DeskState()
    drain(desk.ask(state, QUESTION))
    return state


def drain(states):
    return [state.view for state in states]


def answers(state):
    return {node.step.label: node.sub_answer.answer for node in state.view.nodes}


# Reopening


def test_a_past_question_is_shown_as_it_was(desk, asked):
    other = DeskState()
    desk.reopen(other, asked.run_id)
    assert build_record(other.view.result) == build_record(asked.view.result)
    assert [node.state for node in other.view.nodes] == [node.state for node in asked.view.nodes]
    assert (other.run_id, other.selected) == (asked.run_id, asked.selected)


def test_reopening_shows_the_evidence_on_its_page(desk, asked):
    other = DeskState()
    desk.reopen(other, asked.run_id)
    assert "Operating income" in desk.evidence_page(other).text


def test_a_run_that_goes_on_does_not_write_over_a_reopened_one(desk, asked):
    state = DeskState()
    steps = desk.ask(state, QUESTION)
    next(steps)
    desk.reopen(state, asked.run_id)
    drain(steps)
    assert build_record(state.view.result) == build_record(asked.view.result)
    assert len(desk.past.find()) == 1


def test_a_question_that_is_gone_says_so(desk, asked):
    desk.reopen(asked, "0" * 16)
    assert "acedesk runs list" in asked.history_problem
    assert asked.view.result is not None


# The list


def test_past_questions_are_found_by_their_words(desk, asked):
    drain(desk.ask(DeskState(), OTHER))
    assert [head.question for head in desk.past.find()] == [OTHER, QUESTION]
    assert [head.question for head in desk.past.find("net SALES")] == [OTHER]


def test_a_question_can_be_named_and_the_name_taken_away(desk, asked):
    desk.past.rename(asked, asked.run_id, " Margins ")
    assert desk.past.find()[0].title == "Margins"
    desk.past.rename(asked, asked.run_id, " ")
    assert desk.past.find()[0].title is None


def test_what_was_removed_comes_back_whole(desk, asked):
    before = desk.workspace.answer(asked.run_id)
    desk.past.remove(asked, asked.run_id)
    assert desk.past.find() == ()
    desk.past.restore(asked)
    assert desk.workspace.answer(asked.run_id) == before
    assert asked.removed is None


# Changing a plan


def test_only_what_a_change_reaches_is_answered_again(desk, asked):
    kept = asked.view.node("Q1").sub_answer
    drain(desk.rerun(asked, ("change", "Q2", "What were Acme's net sales in 2023?")))
    assert asked.view.node("Q1").sub_answer == kept
    assert "1,284" in asked.view.node("Q2").sub_answer.answer


def test_both_versions_are_kept_and_the_earlier_one_is_shown_beside(desk, asked):
    first, before = asked.run_id, asked.view.result
    drain(desk.rerun(asked, ("change", "Q2", OTHER)))
    assert asked.before == before
    newest, oldest = desk.past.find()
    assert (newest.answer_id, newest.parent_id, oldest.answer_id) == (asked.run_id, first, first)


def test_a_reopened_version_stands_beside_the_one_that_it_was_made_of(desk, asked):
    before = asked.view.result
    drain(desk.rerun(asked, ("change", "Q2", OTHER)))
    other = DeskState()
    desk.reopen(other, asked.run_id)
    assert build_record(other.before) == build_record(before)


def test_an_answer_of_the_users_is_taken_as_it_is(desk, asked):
    drain(desk.rerun(asked, ("pin", "Q1", "$7 million")))
    assert answers(asked)["Q1"] == "$7 million"
    assert asked.view.node("Q1").step.answer == "$7 million"


def test_a_step_asked_again_leaves_its_plan_as_it_was(desk, asked):
    plan = asked.view.result.decomposition
    drain(desk.rerun(asked, ("again", "Q1", "")))
    assert asked.view.result.decomposition.sub_questions == plan.sub_questions


def test_a_change_that_cannot_be_made_says_why_and_leaves_the_run(desk, asked):
    before = asked.view
    drain(desk.rerun(asked, ("change", "Q1", "And #1?")))
    assert asked.view == before
    assert asked.problem
    assert len(desk.past.find()) == 1


def test_without_a_finished_run_there_is_nothing_to_change(desk):
    assert drain(desk.rerun(DeskState(), ("remove", "Q1", ""))) == []


# Choosing documents


def test_a_document_that_is_left_out_is_not_asked(desk, library, tmp_path):
    (tmp_path / "notes.md").write_text("Acme's auditor is Ledger LLP.")
    library.add_file(tmp_path / "notes.md")
    notes, filing = sorted(library.documents(), key=lambda document: document.name, reverse=True)
    state = DeskState()
    desk.choose(state, filing.document_id, is_asked=False)
    drain(desk.ask(state, OTHER))
    assert state.view.result.question.document_ids == (notes.document_id,)
    desk.choose(state, filing.document_id, is_asked=True)
    drain(desk.ask(state, OTHER))
    assert state.view.result.question.document_ids is None


def test_with_all_documents_left_out_nothing_is_asked(desk, library):
    state = DeskState()
    desk.choose(state, library.documents()[0].document_id, is_asked=False)
    drain(desk.ask(state, OTHER))
    assert state.view.error
    desk.choose_all(state)
    drain(desk.ask(state, OTHER))
    assert state.view.error is None


# The pages of a document


def test_other_pages_can_be_looked_at_and_left_again(library, draw_pdf, set_lines, tmp_path):
    pages = [set_lines(f"Page {number} speaks.", leading=30.0) for number in (1, 2, 3)]
    pages[1] = set_lines("The auditor of Acme is Ledger LLP.", leading=30.0)
    (tmp_path / "report.pdf").write_bytes(draw_pdf(*pages))
    library.add_file(tmp_path / "report.pdf")
    desk = Desk(library, ScriptedChatModel(answer))
    state = DeskState()
    desk.search(state, "auditor Ledger LLP")
    assert (desk.evidence_page(state).number, desk.count_pages(state)) == (2, 3)
    shown = [desk.evidence_page(desk.turn_page(state, by)).number for by in (1, 1, -1, -1, -1, 0)]
    assert shown == [3, 3, 2, 1, 1, 2]


def test_turning_pages_without_evidence_does_nothing(desk):
    assert desk.turn_page(DeskState(), 1) == DeskState()


# What the user says of it


def said(desk, state):
    return {key: (one.is_right, one.correction) for key, one in desk.past.judgements(state).items()}


def test_what_the_user_says_is_kept_with_the_run(desk, asked):
    desk.past.judge(asked, "right", "Q1")
    desk.past.judge(asked, "wrong", "", " $7 million ")
    other = DeskState()
    desk.reopen(other, asked.run_id)
    assert said(desk, other) == {"": (False, "$7 million"), "Q1": (True, "")}


def test_a_word_can_be_changed_and_taken_back(desk, asked):
    desk.past.judge(asked, "right", "Q1")
    desk.past.judge(asked, "wrong", "Q1")
    assert said(desk, asked) == {"Q1": (False, "")}
    desk.past.judge(asked, "withdraw", "Q1")
    assert said(desk, asked) == {}


def test_what_was_said_goes_with_the_question_and_comes_back_with_it(desk, asked):
    desk.past.judge(asked, "right", "")
    desk.past.remove(asked, asked.run_id)
    assert said(desk, asked) == {}
    desk.past.restore(asked)
    assert said(desk, asked) == {"": (True, "")}


def test_a_run_that_is_not_kept_cannot_be_judged(desk):
    state = DeskState()
    desk.past.judge(state, "right", "")
    assert desk.past.judgements(state) is None


def test_what_the_user_writes_is_never_markup(desk, asked):
    desk.past.judge(asked, "wrong", "Q1", "<script>1</script>")
    html = render_judging("Q1", desk.past.judgements(asked)["Q1"])
    assert "<script>" not in html
