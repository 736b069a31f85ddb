"""The plan as a graph: order, mending, editing, and what stays valid after an edit."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.chat import ModelFile
from research.errors import PlanError
from research.plan import (
    add_step,
    change_step,
    find_downstream,
    find_kept,
    find_last_steps,
    find_ready,
    find_references,
    mend_references,
    order_steps,
    pin_answer,
    pin_evidence,
    remove_step,
    unpin,
)
from research.questions import (
    Answer,
    Decomposition,
    Question,
    ResearchResult,
    SubAnswer,
    SubQuestion,
    Verdict,
)

VERDICT = Verdict("SUPPORTED", ())


def build_plan(*texts: str) -> Decomposition:
    """Number texts from Q1 and mend their references."""
    steps, notes = mend_references(
        [SubQuestion(f"Q{number}", text) for number, text in enumerate(texts, start=1)]
    )
    return Decomposition(steps, notes)


CHAIN = build_plan("Which segment is largest?", "What did #1 sell?", "What did #1 spend?")
CHANGE = build_plan(
    "What were sales in 2022?", "What were sales in 2023?", "What is the change from #1 to #2?"
)


def labels_of(steps) -> list[str]:
    return [step.label for step in steps]


def needs_of(plan: Decomposition) -> dict[str, tuple[str, ...]]:
    return {step.label: step.depends_on for step in plan.sub_questions}


def waves_of(plan: Decomposition) -> list[list[str]]:
    return [labels_of(wave) for wave in order_steps(plan)]


# Order


def test_what_waits_for_nothing_is_in_the_first_wave() -> None:
    assert waves_of(CHANGE) == [["Q1", "Q2"], ["Q3"]]


def test_what_waits_for_the_same_step_is_in_one_wave() -> None:
    assert waves_of(CHAIN) == [["Q1"], ["Q2", "Q3"]]


def test_a_step_that_refers_to_a_later_one_comes_behind_it() -> None:
    assert waves_of(build_plan("What did #2 sell?", "Which segment is largest?")) == [
        ["Q2"],
        ["Q1"],
    ]


def test_a_plan_without_steps_has_no_waves() -> None:
    assert order_steps(Decomposition(())) == ()


def test_steps_that_wait_for_each_other_are_named() -> None:
    stuck = Decomposition((SubQuestion("Q1", "x", ("Q2",)), SubQuestion("Q2", "y", ("Q1",))))
    with pytest.raises(PlanError, match="Q1 and Q2 can never be answered"):
        order_steps(stuck)


def test_a_step_is_ready_when_all_that_it_needs_is_done() -> None:
    assert labels_of(find_ready(CHANGE, ["Q1"])) == ["Q2"]
    assert labels_of(find_ready(CHANGE, {"Q1", "Q2"})) == ["Q3"]


def test_downstream_is_all_that_needs_a_step_however_far() -> None:
    plan = build_plan("Which?", "What of #1?", "And of #2?", "Alone?")
    assert find_downstream(plan, ["Q1"]) == {"Q2", "Q3"}
    assert find_downstream(plan, ["Q2", "Q4"]) == {"Q3"}


def test_the_last_steps_are_those_that_no_other_uses() -> None:
    assert labels_of(find_last_steps(CHANGE)) == ["Q3"]
    assert labels_of(find_last_steps(CHAIN)) == ["Q2", "Q3"]


@st.composite
def rough_plans(draw):
    """Steps with any references and needs, right or wrong, some labels twice."""
    count = draw(st.integers(min_value=1, max_value=7))
    number = st.integers(min_value=0, max_value=count + 1)
    steps = []
    for place in range(1, count + 1):
        references = draw(st.lists(number, max_size=3))
        beside = draw(st.lists(number, max_size=2))
        steps.append(
            SubQuestion(
                f"Q{draw(st.sampled_from([place, place, place, 1]))}",
                "What of " + " and ".join(f"#{n}" for n in references) + "?",
                tuple(f"Q{n}" for n in beside),
                draw(st.sampled_from([None, None, "5"])),
            )
        )
    return steps


@given(rough_plans())
def test_whatever_is_mended_can_be_answered_in_order(steps) -> None:
    mended, _ = mend_references(steps)
    assert [step.text for step in mended] == [step.text for step in steps]
    done: set[str] = set()
    for wave in order_steps(Decomposition(mended)):
        assert all(done.issuperset(step.depends_on) for step in wave)
        done.update(labels_of(wave))
    assert len(done) == len(steps)


@given(rough_plans())
def test_each_wave_holds_all_that_was_ready(steps) -> None:
    """A step behind the first wave needs one of the wave just before it."""
    waves = order_steps(Decomposition(mend_references(steps)[0]))
    for before, wave in pairwise(waves):
        for step in wave:
            assert set(labels_of(before)) & set(step.depends_on)


@given(rough_plans())
def test_mending_again_changes_nothing(steps) -> None:
    mended, _ = mend_references(steps)
    assert mend_references(mended)[0] == mended


@given(rough_plans())
def test_a_link_is_only_left_out_where_a_note_says_so(steps) -> None:
    mended, notes = mend_references(steps)
    for before, step in zip(steps, mended, strict=True):
        wanted = {*find_references(step.text), *before.depends_on}
        for needed in wanted - set(step.depends_on):
            assert any(step.label in note or needed in note for note in notes)


# Mending


def test_reference_ten_is_not_reference_one() -> None:
    plan = build_plan(*[f"What of year {n}?" for n in range(1, 11)], "What did #10 sell?")
    assert needs_of(plan)["Q11"] == ("Q10",)


def test_needs_beside_the_text_are_kept() -> None:
    steps, notes = mend_references([SubQuestion("Q1", "x"), SubQuestion("Q2", "y", ("Q1",))])
    assert steps[1].depends_on == ("Q1",)
    assert notes == ()


def test_a_reference_to_a_step_that_is_not_there_is_told() -> None:
    plan = build_plan("Which?", "What of #7?")
    assert needs_of(plan)["Q2"] == ()
    assert plan.notes == ("Q2 refers to Q7, which is not in the plan.",)


def test_a_reference_to_itself_is_told() -> None:
    plan = build_plan("Is #1 large?")
    assert needs_of(plan)["Q1"] == ()
    assert plan.notes == ("Q1 refers to itself; that is left as it is written.",)


def test_of_a_cycle_the_link_to_the_later_step_goes() -> None:
    plan = build_plan("What did #2 sell?", "What did #1 sell?")
    assert needs_of(plan) == {"Q1": (), "Q2": ("Q1",)}
    assert plan.notes == ("Q1 and Q2 wait for each other, so Q1 is answered without Q2.",)


def test_a_link_that_the_text_speaks_of_outlives_one_that_it_does_not() -> None:
    steps, _ = mend_references(
        [SubQuestion("Q1", "What did #2 sell?"), SubQuestion("Q2", "Which?", ("Q1",))]
    )
    assert [step.depends_on for step in steps] == [("Q2",), ()]


def test_a_step_whose_answer_is_set_gives_way() -> None:
    steps, _ = mend_references(
        [
            SubQuestion("Q1", "What did #2 sell?"),
            SubQuestion("Q2", "What did #1 sell?", answer="Garden"),
        ]
    )
    assert [step.depends_on for step in steps] == [("Q2",), ()]


def test_a_label_that_stands_twice_is_made_two() -> None:
    steps, notes = mend_references([SubQuestion("Q1", "x"), SubQuestion("Q1", "What of #1?")])
    assert labels_of(steps) == ["Q1", "Q2"]
    assert steps[1].depends_on == ("Q1",)
    assert "the second is called Q2 now" in notes[0]


# Editing


def test_a_changed_step_keeps_its_label_and_what_needs_it() -> None:
    plan = change_step(CHANGE, "Q2", "What were sales in 2021?")
    assert plan.sub_questions[1].text == "What were sales in 2021?"
    assert needs_of(plan) == needs_of(CHANGE)


def test_a_changed_step_needs_what_its_new_text_names() -> None:
    assert needs_of(change_step(CHANGE, "Q3", "Is #2 large?"))["Q3"] == ("Q2",)


def test_a_changed_step_still_needs_what_it_needed_beside_its_text() -> None:
    steps, _ = mend_references([SubQuestion("Q1", "x"), SubQuestion("Q2", "y", ("Q1",))])
    assert needs_of(change_step(Decomposition(steps), "Q2", "z"))["Q2"] == ("Q1",)


def test_a_users_references_may_be_in_words() -> None:
    plan = change_step(CHANGE, "Q3", "Is the answer to Q2 more than [#1] in Q1 2023?")
    assert plan.sub_questions[2].text == "Is #2 more than #1 in Q1 2023?"
    assert needs_of(plan)["Q3"] == ("Q1", "Q2")


def test_the_answer_that_was_set_goes_with_the_old_text() -> None:
    plan = change_step(pin_answer(CHANGE, "Q2", "5"), "Q2", "What were costs?")
    assert plan.sub_questions[1].answer is None


def test_a_step_may_be_put_between_others() -> None:
    plan = add_step(CHANGE, "What is #3 in percent of #1?", after="Q1")
    assert labels_of(plan.sub_questions) == ["Q1", "Q4", "Q2", "Q3"]
    assert needs_of(plan)["Q4"] == ("Q1", "Q3")


def test_a_new_label_is_above_all_others() -> None:
    plan = add_step(remove_step(CHANGE, "Q1"), "What were costs?")
    assert labels_of(plan.sub_questions) == ["Q2", "Q3", "Q4"]


def test_a_new_step_is_not_what_a_text_refers_to_in_vain() -> None:
    plan = build_plan("Which?", "Is #1 more than #3?", "What were costs?")
    plan = add_step(remove_step(plan, "Q3"), "What were sales?")
    assert labels_of(plan.sub_questions) == ["Q1", "Q2", "Q4"]
    assert needs_of(plan)["Q2"] == ("Q1",)


def test_a_plan_that_had_to_be_mended_can_still_be_edited() -> None:
    plan = build_plan("What did #2 sell?", "What did #1 sell?", "Is #3 large?")
    assert labels_of(pin_answer(plan, "Q3", "yes").sub_questions) == ["Q1", "Q2", "Q3"]
    assert needs_of(change_step(plan, "Q2", "What did #1 spend?"))["Q2"] == ("Q1",)


def test_removing_a_step_leaves_the_other_labels_and_tells_what_refers_to_it() -> None:
    plan = remove_step(CHANGE, "Q1")
    assert needs_of(plan) == {"Q2": (), "Q3": ("Q2",)}
    assert plan.notes == ("Q3 refers to Q1, which is not in the plan.",)


def test_the_only_step_cannot_be_removed() -> None:
    with pytest.raises(PlanError, match="Q1 is the only step"):
        remove_step(build_plan("Which?"), "Q1")


def test_an_answer_and_evidence_can_be_set_and_let_go() -> None:
    plan = pin_evidence(pin_answer(CHANGE, "Q1", " $5 million "), "Q1", ["p1", "p2", "p1"])
    assert plan.sub_questions[0].answer == "$5 million"
    assert plan.sub_questions[0].passages == ("p1", "p2")
    assert unpin(plan, "Q1") == CHANGE


@pytest.mark.parametrize(
    "edit",
    [
        lambda plan: change_step(plan, "Q9", "x"),
        lambda plan: add_step(plan, "x", after="Q9"),
        lambda plan: remove_step(plan, "Q9"),
        lambda plan: pin_answer(plan, "Q9", "x"),
        lambda plan: pin_evidence(plan, "Q9", ["p"]),
        lambda plan: unpin(plan, "Q9"),
    ],
)
def test_a_label_that_is_not_there_is_named_with_those_that_are(edit) -> None:
    with pytest.raises(PlanError, match=r"no step Q9\. It has Q1, Q2 and Q3\."):
        edit(CHANGE)


@pytest.mark.parametrize(
    "edit",
    [
        lambda plan: change_step(plan, "Q1", "  "),
        lambda plan: add_step(plan, "\n"),
        lambda plan: pin_answer(plan, "Q1", " "),
        lambda plan: pin_evidence(plan, "Q1", []),
    ],
)
def test_nothing_is_no_edit(edit) -> None:
    with pytest.raises(PlanError):
        edit(CHANGE)


@pytest.mark.parametrize(
    ("label", "text", "told"),
    [
        ("Q1", "Is #3 large?", "Q1 would wait for Q3, which waits for it"),
        ("Q2", "Is #2 large?", "Q2 would wait for itself"),
    ],
)
def test_an_edit_that_closes_a_cycle_is_refused(label, text, told) -> None:
    with pytest.raises(PlanError, match=told):
        change_step(CHANGE, label, text)


# What is kept


def finish(plan: Decomposition) -> ResearchResult:
    """A run that answered every step of a plan."""
    return ResearchResult(
        question=Question("How did sales change?"),
        model=ModelFile("small", "small.gguf", "ab" * 32),
        decomposition=plan,
        sub_answers=tuple(
            SubAnswer(step.label, step.text, "5", True, VERDICT, None, (), 1.0)
            for step in plan.sub_questions
        ),
        answer=Answer("5", "text"),
        verdict=VERDICT,
        timings={"total": 1.0},
    )


def kept(before: Decomposition, after: Decomposition) -> list[str]:
    return sorted(find_kept(finish(before), after))


def test_an_unchanged_plan_keeps_all() -> None:
    assert kept(CHANGE, CHANGE) == ["Q1", "Q2", "Q3"]


def test_a_changed_step_and_what_needs_it_are_not_kept() -> None:
    assert kept(CHANGE, change_step(CHANGE, "Q2", "What were sales in 2021?")) == ["Q1"]


def test_a_new_step_costs_no_other() -> None:
    assert kept(CHANGE, add_step(CHANGE, "What were costs?")) == ["Q1", "Q2", "Q3"]


def test_a_removed_step_costs_what_needed_it() -> None:
    assert kept(CHANGE, remove_step(CHANGE, "Q1")) == ["Q2"]


@pytest.mark.parametrize(
    "pin", [lambda p: pin_answer(p, "Q1", "6"), lambda p: pin_evidence(p, "Q1", ["p1"])]
)
def test_setting_something_or_letting_it_go_costs_the_step_and_what_needs_it(pin) -> None:
    assert kept(CHANGE, pin(CHANGE)) == ["Q2"]
    assert kept(pin(CHANGE), CHANGE) == ["Q2"]


def test_a_step_that_was_never_answered_is_not_kept() -> None:
    earlier = finish(CHANGE)
    earlier = replace(earlier, sub_answers=earlier.sub_answers[1:])
    assert sorted(find_kept(earlier, CHANGE)) == ["Q2"]


def test_the_answers_kept_are_those_of_the_earlier_run() -> None:
    earlier = finish(CHANGE)
    assert find_kept(earlier, CHANGE)["Q2"] is earlier.sub_answers[1]


@given(rough_plans(), st.integers(min_value=0, max_value=6))
def test_kept_and_computed_again_are_split_by_what_is_downstream(steps, place) -> None:
    plan = Decomposition(mend_references(steps)[0])
    changed = plan.sub_questions[place % len(plan.sub_questions)]
    edited = pin_evidence(plan, changed.label, ["p1"])
    again = {changed.label, *find_downstream(plan, [changed.label])}
    assert kept(plan, edited) == sorted({*labels_of(plan.sub_questions)} - again)
