"""Questions that are made up, and their plans: each computes what it asks for."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest

from research.plan_reading import read_steps, write_steps
from research.plan_repair import repair_plan
from training.leaks import read_contents
from training.plans.builder import (
    OVER_WINDOWS,
    build_examples,
    build_window_examples,
    compute_plan,
)
from training.plans.families import fill_family, load_families, pick_family
from training.plans.formulas import FormulaPlan, draw_formula, fill_formula, write_signs
from training.plans.measures import fill_measure, load_measures
from training.plans.words import (
    Item,
    Year,
    choose_wordings,
    look_up,
    own,
    pick_years,
    tell_days,
)

FAMILIES = [family for family in load_families() if family.value]


def draw_figures(asked, random):
    return {at: Decimal(random.randint(100, 9000)) for at in asked.look_ups}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_plan_computes_what_its_kind_of_question_asks(family):
    """The formula stands beside the wordings, and is computed apart from the plan."""
    random = Random(7)
    asked = fill_family(family, random)
    figures = draw_figures(asked, random)
    values = {f"v{at}": float(v) for at, v in enumerate(figures.values(), start=1)}
    expected = eval(family.value, {"abs": abs, "max": max}, values)
    found = compute_plan(asked.steps, figures)[len(asked.steps)]
    if isinstance(expected, bool):
        assert found == ("yes" if expected else "no")
    else:
        assert float(found) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("measure", load_measures(), ids=lambda measure: measure.names[0])
def test_a_measure_is_computed_to_its_end(measure):
    random = Random(11)
    asked = fill_measure(measure, random)
    assert len(asked.steps) in compute_plan(asked.steps, draw_figures(asked, random))


@pytest.mark.parametrize("seed", range(20))
def test_a_formula_is_computed_as_it_is_written(seed):
    """The formula in signs is computed apart from the plan."""
    random = Random(seed)
    items = [Item(name, "flow") for name in ("w", "x", "y", "z")[: random.randint(2, 4)]]
    formula = draw_formula(random, items, is_top=True)
    plan = FormulaPlan()
    end = plan.add(formula, "Acme", Year(2021, "{}"))
    figures = {at: Decimal(random.randint(100, 9000)) for at in plan.look_ups}
    values = dict(zip("wxyz", map(float, figures.values()), strict=False))
    expected = eval(write_signs(formula), {}, values)
    assert float(compute_plan(plan.steps, figures)[end]) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_the_desk_keeps_every_step_of_a_formula(seed):
    asked = fill_formula(Random(seed))
    kept, _ = repair_plan(read_steps(write_steps(asked.steps), labelled=True), asked.text)
    assert len(kept) == len(asked.steps)


@pytest.mark.parametrize("family", load_families(), ids=lambda family: family.name)
def test_the_desk_keeps_every_step_of_a_plan(family):
    """A step that brings in a year or a name would be taken out."""
    asked = fill_family(family, Random(13))
    steps = read_steps(write_steps(asked.steps), labelled=True)
    kept, _ = repair_plan(steps, asked.text, "claim" if asked.is_claim else "question")
    assert len(kept) == len(asked.steps)


def test_what_measures_is_worded_otherwise():
    wordings = [f"wording {at}" for at in range(9)]
    training, measuring = choose_wordings(wordings, False), choose_wordings(wordings, True)
    assert set(training) | set(measuring) == set(wordings)
    assert measuring
    assert not set(training) & set(measuring)


def test_the_same_seed_makes_the_same_examples():
    first, second = (list(build_examples("train", Random(2), 12)) for _ in range(2))
    assert first == second


def test_a_plan_over_a_window_follows_its_question():
    windows = [("|a|1|\n|b|2|",), ("Net sales rose.",)]
    found = list(build_window_examples(windows, "train", Random(4), 3))
    assert {example.source for example in found} == {OVER_WINDOWS}
    assert {read_contents(example).passages for example in found} == set(windows)
    assert all(example.completion.startswith("### Q1: ") for example in found)


@pytest.mark.parametrize(
    ("name", "was"),
    [
        ("net sales", "were"),
        ("cost of sales", "was"),
        ("goodwill", "was"),
        ("total assets", "were"),
        ("gross loss", "was"),
        ("cash and cash equivalents", "were"),
    ],
)
def test_a_line_item_takes_its_verb(name, was):
    assert Item(name, "flow").was == was


@pytest.mark.parametrize(
    ("company", "owned"),
    [("Acme", "Acme's"), ("MGM Resorts", "MGM Resorts'"), ("Lowe's", "Lowe's")],
)
def test_a_company_owns_its_figures(company, owned):
    assert own(company) == owned


def test_a_balance_is_looked_up_at_the_end_of_its_year():
    asked = look_up("Acme", Item("total assets", "instant"), Year(2021, "FY{}"))
    assert asked == "What were Acme's total assets at the end of FY2021?"


def test_a_day_takes_the_preposition_of_a_day():
    asked = look_up("Acme", Item("total assets", "instant"), Year(2021, "December 31, {}"))
    assert asked == "What were Acme's total assets at December 31, 2021?"
    assert tell_days("What was it in June 30, 2021?") == "What was it at June 30, 2021?"


@pytest.mark.parametrize("wording", ["What is {1} {a}?", "What is the {1} to {2} growth of {a}?"])
def test_a_quarter_does_not_stand_where_only_a_year_can(wording):
    drawn = [pick_years(Random(seed), 2, wording=wording, kinds=["flow"]) for seed in range(60)]
    assert not any(
        "quarter" in str(year) or "ended" in str(year) for pair in drawn for year in pair
    )


def test_a_quarter_may_stand_behind_a_preposition():
    wording = "By how much did {a} change from {1} to {2}?"
    drawn = [
        str(pick_years(Random(seed), 2, wording=wording, kinds=["flow"])[0]) for seed in range(60)
    ]
    assert any("quarter" in period for period in drawn)
    assert any("ended" in period for period in drawn)


def test_what_analysts_ask_most_is_drawn_most():
    """A kind is drawn as often as it weighs, beside the others."""
    random = Random(3)
    families = load_families()
    drawn = [pick_family(random).name for _ in range(4000)]
    heavy = next(family for family in families if family.name == "grew faster")
    assert heavy.weight > 1
    share = heavy.weight / sum(family.weight for family in families)
    assert drawn.count("grew faster") / len(drawn) == pytest.approx(share, rel=0.3)
