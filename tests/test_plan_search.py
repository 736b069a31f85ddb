"""Where the first plan proves nothing, others are tried; only what they agree on is said."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ingestion.workspace import Workspace
from models.chat import CancelToken
from models.scripted import ScriptedChatModel
from research.decomposition import sample_plans
from research.desk import LoopSettings
from research.questions import Question
from research.run import run_research
from research.steps import PlanReady

SALES_2022 = "What were Acme's net sales in 2022?"
SALES_2023 = "What were Acme's net sales in 2023?"
GROWTH = "By what percentage did Acme's net sales grow from 2022 to 2023?"
CHANGE = "What is the percentage change from #1 to #2?"
RIGHT = (SALES_2022, SALES_2023, CHANGE)
# The other line item: what it computes is not asked for.
WRONG = (
    "What was Acme's operating income in 2022?",
    "What was Acme's operating income in 2023?",
    CHANGE,
)


@pytest.fixture(scope="module")
def library(tmp_path_factory, fake_embedder, draw_pdf, set_lines, set_rows):
    """One report of an invented company."""
    folder = tmp_path_factory.mktemp("plans")
    cover = set_lines(
        "FORM 10-K",
        "For the fiscal year ended December 31, 2023",
        "Acme Corporation",
        "(Exact name of registrant as specified in its charter)",
        leading=30.0,
    )
    heads = set_lines("CONSOLIDATED STATEMENTS OF OPERATIONS", "(In millions)")
    table = set_rows(
        ("", "2023", "2022"),
        ("Net sales", "$1,284", "$1,209"),
        ("Operating income", "210", "198"),
        top=110.0,
    )
    (folder / "acme-2023-10k.pdf").write_bytes(draw_pdf(cover, [*heads, *table]))
    workspace = Workspace(folder / "workspace", fake_embedder)
    workspace.add_file(folder / "acme-2023-10k.pdf")
    return workspace


def write_plan(steps: Sequence[str]) -> str:
    return "\n".join(f"### Q{number}: {step}" for number, step in enumerate(steps, start=1))


def plan_in_turn(*plans):
    """Write these plans, one after the other and the last one again and again."""
    waiting = list(plans)

    def answer(prompt):
        if "break down" not in prompt:
            return "no idea"
        return write_plan(waiting.pop(0) if len(waiting) > 1 else waiting[0])

    return ScriptedChatModel(answer)


def run(library, question, model, **settings):
    loop = LoopSettings(**settings)
    return list(run_research(Question(question), library, model, loop=loop))


def test_a_plan_that_facts_carry_takes_the_place_of_one_that_proves_nothing(library):
    steps = run(library, GROWTH, plan_in_turn(WRONG, WRONG, RIGHT))
    result = steps[-1].result
    assert result.verdict.label == "SUPPORTED"
    assert [step.text for step in result.decomposition.sub_questions] == list(RIGHT)
    assert "first plan led to no proved answer" in result.decomposition.notes[-1]
    assert sum(isinstance(step, PlanReady) for step in steps) == 2


def test_without_other_plans_the_first_one_stays(library):
    steps = run(library, GROWTH, plan_in_turn(WRONG, RIGHT), other_plans=0)
    assert steps[-1].result.verdict.label == "NOT_ENOUGH_INFO"


def test_where_the_first_plan_proves_the_answer_no_other_is_written(library):
    model = plan_in_turn(RIGHT, WRONG)
    assert run(library, GROWTH, model)[-1].result.verdict.label == "SUPPORTED"
    assert sum("break down" in prompt for prompt in model.prompts) == 1


def test_where_plans_prove_different_answers_none_is_taken(library):
    """A difference may be taken either way round where the question does not say which."""
    question = "What is the difference between Acme's net sales and operating income in 2023?"
    amounts = (SALES_2023, "What was Acme's operating income in 2023?")
    one = (*amounts, "What is #1 minus #2?")
    other = (*amounts, "What is #2 minus #1?")
    agreed = run(library, question, plan_in_turn(WRONG, one))[-1].result
    assert (agreed.verdict.label, agreed.answer.text) == ("SUPPORTED", "$1,074 million")
    result = run(library, question, plan_in_turn(WRONG, one, one, other))[-1].result
    assert result.verdict.label == "NOT_ENOUGH_INFO"
    assert any("different answers" in note for note in result.decomposition.notes)


def test_an_answer_that_one_plan_alone_proves_is_not_taken(library):
    model = plan_in_turn(WRONG, RIGHT, WRONG)
    assert run(library, GROWTH, model)[-1].result.verdict.label == "NOT_ENOUGH_INFO"


def test_other_plans_are_written_from_other_seeds():
    model = plan_in_turn(RIGHT, WRONG)
    plans = sample_plans(GROWTH, "question", model, CancelToken(), 3)
    assert [tuple(step.text for step in plan.sub_questions) for plan in plans] == [
        RIGHT,
        WRONG,
        WRONG,
    ]
    assert len({settings.seed for settings in model.settings}) == 3
