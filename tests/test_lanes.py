"""The lines of a plan: where each runs, and that no two lie on one another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.desk.lanes import lay_lanes
from research.questions import SubQuestion


def plan(*needs):
    """Return steps Q1, Q2 ...; each needs the steps of those numbers."""
    return [
        SubQuestion(f"Q{at}", "?", tuple(f"Q{number}" for number in numbers))
        for at, numbers in enumerate(needs, start=1)
    ]


def parts(rows):
    return [[lane.part for lane in row] for row in rows]


def test_steps_that_need_nothing_have_no_lanes():
    assert lay_lanes(plan((), ())) == ((), ())


def test_a_line_runs_from_a_step_to_the_one_that_needs_it():
    assert parts(lay_lanes(plan((), (), (1,)))) == [["start"], ["through"], ["end"]]


def test_a_step_that_two_others_use_has_one_lane_with_a_branch():
    assert parts(lay_lanes(plan((), (1,), (1,)))) == [["start"], ["branch"], ["end"]]


def test_the_shorter_line_lies_nearer():
    rows = lay_lanes(plan((), (), (1, 2)))
    assert [lane.source for lane in rows[2]] == ["Q2", "Q1"]


def test_a_lane_is_used_again_below_its_end():
    rows = lay_lanes(plan((), (1,), (), (3,)))
    assert parts(rows) == [["start"], ["end"], ["start"], ["end"]]


def test_a_need_of_what_is_not_in_the_plan_has_no_line():
    assert lay_lanes(plan((9,))) == ((),)


@given(st.lists(st.sets(st.integers(1, 12)), min_size=1, max_size=12))
def test_every_need_has_a_line_between_its_two_steps(needs):
    """From the upper to the lower of the two the lane is the source's, without a gap."""
    steps = plan(*needs)
    rows = lay_lanes(steps)
    labels = [step.label for step in steps]
    for row, step in enumerate(steps):
        for needed in step.depends_on:
            if needed not in labels or needed == step.label:
                continue
            first, last = sorted((labels.index(needed), row))
            for between in rows[first : last + 1]:
                assert any(lane.source == needed and lane.part for lane in between)
