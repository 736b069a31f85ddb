"""The benchmark of kinds of plans: what it draws, and when a plan is right."""

from __future__ import annotations

from random import Random

import pytest

from benchmarks.plan_forms import draw_questions, is_right, list_kinds, main


@pytest.mark.parametrize("kind", list_kinds())
def test_a_gold_plan_is_right(kind):
    """Every kind yields questions, and its own plan is judged right."""
    examples = list(draw_questions(kind, Random(kind), 4))
    assert examples
    assert all(is_right(example, example.completion) for example in examples)


def test_a_plan_that_comes_to_the_same_is_right():
    """The order of the look-ups does not matter where the result is the gold's."""
    example = next(draw_questions("change", Random(1), 1))
    first, second, _ = example.completion.strip().splitlines()
    turned = [
        second.replace("### Q2", "### Q1"),
        first.replace("### Q1", "### Q2"),
        "### Q3: What is #1 minus #2?",
    ]
    assert is_right(example, "\n".join(turned))


def test_a_plan_with_a_year_too_few_is_wrong():
    """A change from a year to the same year is not what was asked."""
    example = next(draw_questions("change", Random(1), 1))
    first, second, _ = example.completion.strip().splitlines()
    spoilt = [first, second, "### Q3: What is #1 minus #1?"]
    assert not is_right(example, "\n".join(spoilt))


def test_an_unknown_kind_is_told(capsys):
    """A kind that nobody knows ends the run at once."""
    assert main(["--kinds", "horoscopes"]) == 2
    assert "horoscopes" in capsys.readouterr().err
