"""The tree of a plan: what can be done to a step, and when."""

from __future__ import annotations

import re

from app.desk.tree import render_plan
from app.desk.view import Node, RunView
from research.questions import SubAnswer, SubQuestion, Verdict


def node(label="Q1", needs=(), pinned=None):
    verdict = Verdict("SUPPORTED", ())
    step = SubQuestion(label, f"What of {label}?", needs, answer=pinned)
    return Node(
        step, "grounded", sub_answer=SubAnswer(label, "What?", "5", True, verdict, None, (), 1.0)
    )


def edits(html):
    """Return which changes are offered."""
    return re.findall(r'data-edit="(\w+)"', html)


def test_a_finished_plan_offers_changes_of_the_chosen_step_and_a_new_one():
    view = RunView(nodes=(node(), node("Q2")), phase="done")
    assert edits(render_plan(view, "Q1")) == ["change", "pin", "again", "remove", "add"]


def test_while_a_run_goes_on_nothing_can_be_changed():
    view = RunView(nodes=(node(), node("Q2")), phase="solving")
    assert edits(render_plan(view, "Q1")) == []


def test_the_only_step_cannot_be_removed():
    assert "remove" not in edits(render_plan(RunView(nodes=(node(),), phase="done"), "Q1"))


def test_an_answer_set_by_the_user_says_so_and_can_be_let_go():
    html = render_plan(RunView(nodes=(node(pinned="7"), node("Q2")), phase="done"), "Q1")
    assert "set by you" in html
    assert edits(html) == ["change", "unpin", "remove", "add"]


def test_what_became_of_a_step_is_told():
    view = RunView(nodes=(node(), node("Q2")), phase="done")
    html = render_plan(view, None, {"Q1": "kept", "Q2": "changed"})
    assert html.count('class="desk-change"') == 1
    assert '<span class="desk-change">edited</span>' in html


def test_the_lines_of_the_chosen_step_stand_out():
    view = RunView(nodes=(node(), node("Q2"), node("Q3", ("Q1", "Q2"))), phase="done")
    own = [
        html.count("desk-lane-own") for html in (render_plan(view, "Q2"), render_plan(view, "Q3"))
    ]
    assert own == [2, 2]


def test_a_step_tells_in_words_what_it_needs():
    """The lines are for the eye alone."""
    html = render_plan(RunView(nodes=(node(), node("Q2", ("Q1",)))), None)
    assert "from Q1" in html
    assert 'class="desk-lanes" aria-hidden="true"' in html
