"""Plans that a user writes, and two versions of a run beside each other."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.chat import ModelFile
from research.comparison import compare_runs
from research.errors import PlanError
from research.plan import add_step, change_step, mend_references, pin_answer, remove_step
from research.plan_reading import parse_plan
from research.questions import (
    Answer,
    Decomposition,
    Question,
    ResearchResult,
    SubAnswer,
    SubQuestion,
    Verdict,
)
from research.record import build_record

OPEN = Verdict("NOT_ENOUGH_INFO", ())
PLAN = parse_plan("### Q1: Sales in 2022?\n### Q2: Sales in 2023?\n### Q3: Is #2 more than #1?")


def finish(plan: Decomposition, answer: str = "5") -> ResearchResult:
    """A run that gave every step the same answer."""
    return ResearchResult(
        question=Question("How did sales change?"),
        model=ModelFile("small", "small.gguf", "ab" * 32),
        decomposition=plan,
        sub_answers=tuple(
            SubAnswer(step.label, step.text, answer, False, OPEN, None, (), 1.0)
            for step in plan.sub_questions
        ),
        answer=Answer(answer, "text"),
        verdict=OPEN,
        timings={"total": 1.0},
    )


# Plans that a user writes


def test_lines_are_a_plan() -> None:
    assert [(step.label, step.depends_on) for step in PLAN.sub_questions] == [
        ("Q1", ()),
        ("Q2", ()),
        ("Q3", ("Q1", "Q2")),
    ]


def test_a_users_plan_is_taken_as_it_stands() -> None:
    plan = parse_plan("### Who audits Contoso?\n### Who audits Contoso?\n### Is #7 true?")
    assert len(plan.sub_questions) == 3
    assert plan.notes == ("Q3 refers to Q7, which is not in the plan.",)


def test_json_may_name_no_labels() -> None:
    plan = parse_plan('[{"text": "Sales?"}, {"text": "Is #1 much?"}]')
    assert [(step.label, step.depends_on) for step in plan.sub_questions] == [
        ("Q1", ()),
        ("Q2", ("Q1",)),
    ]


def test_needs_beside_the_text_are_read() -> None:
    plan = parse_plan('[{"text": "Sales?"}, {"text": "Costs?", "depends_on": ["Q1"]}]')
    assert plan.sub_questions[1].depends_on == ("Q1",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has no step"),
        ("Sales in 2022?", "has no step"),
        ("[]", "has no step"),
        ("{}", "no list of steps"),
        ("[", "is no JSON"),
        ('["Sales?"]', "Step 1 of the plan is no JSON object"),
        ('[{"text": "Sales?"}, {"label": "Q2"}]', "Step 2 of the plan has no text"),
        ('[{"text": "Sales?", "label": "A"}]', 'is called A. Call it "Q1"'),
        ('[{"text": "Sales?", "answer": 5}]', "answer that is set for Q1 is no text"),
        ('[{"text": "Sales?", "depends_on": "Q1"}]', "depends_on of Q1 is no list of texts"),
        ('[{"text": "Sales?", "passages": [1]}]', "passages of Q1 is no list of texts"),
    ],
)
def test_what_is_no_plan_is_refused(text: str, told: str) -> None:
    with pytest.raises(PlanError, match=told):
        parse_plan(text)


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(1, 6), max_size=2),
            st.sampled_from([None, "5"]),
            st.sampled_from([None, ("p1", "p2")]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_the_plan_of_a_record_is_read_back(parts) -> None:
    steps, _ = mend_references(
        [
            SubQuestion(f"Q{place}", f"What of {references}?".replace("[", "#"), (), *pins)
            for place, (references, *pins) in enumerate(parts, start=1)
        ]
    )
    record = build_record(finish(Decomposition(steps)))
    assert parse_plan(json.dumps(record)).sub_questions == steps
    assert parse_plan(json.dumps(record["decomposition"])).sub_questions == steps


# Two versions of a run


def changes(before: ResearchResult, after: ResearchResult) -> dict[str, str]:
    return {change.label: change.change for change in compare_runs(before, after)}


def test_a_run_compared_with_itself_kept_all() -> None:
    assert changes(finish(PLAN), finish(PLAN)) == {"Q1": "kept", "Q2": "kept", "Q3": "kept"}


def test_a_step_with_another_text_or_pin_is_changed() -> None:
    edited = pin_answer(change_step(PLAN, "Q1", "Sales in 2021?"), "Q2", "7")
    assert changes(finish(PLAN), finish(edited))["Q1"] == "changed"
    assert changes(finish(PLAN), finish(edited))["Q2"] == "changed"


def test_a_step_that_has_another_answer_was_answered_again() -> None:
    before, after = finish(PLAN), finish(PLAN)
    other = replace(after.sub_answers[2], answer="6")
    after = replace(after, sub_answers=(*after.sub_answers[:2], other))
    assert changes(before, after) == {"Q1": "kept", "Q2": "kept", "Q3": "again"}


def test_steps_that_came_and_went_are_told_with_the_one_answer_there_is() -> None:
    edited = add_step(remove_step(PLAN, "Q1"), "Costs?")
    found = {change.label: change for change in compare_runs(finish(PLAN), finish(edited, "6"))}
    assert list(found) == ["Q2", "Q3", "Q4", "Q1"]
    assert (found["Q1"].change, found["Q1"].after) == ("removed", None)
    assert found["Q1"].before is not None
    assert (found["Q4"].change, found["Q4"].before) == ("added", None)
    assert found["Q4"].after is not None
