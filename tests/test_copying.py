"""What a plan may copy from its question, and the grammar that holds it to that."""

from __future__ import annotations

from random import Random

import pytest

from models.builtin import find_builtin_chat
from models.chat import CancelToken, GenerationSettings, complete
from models.llama.model import LlamaChatModel
from research.copying import list_copied
from research.grammars import build_claim_grammar, build_decomposition_grammar
from tests.gbnf import allows
from training.leaks import read_contents
from training.plans.builder import build_examples

QUESTION = "Did 3M's capital spending grow faster than its sales from 2017 to 2018?"


def allows_step(question, text):
    """Whether a plan of `question` may hold a step."""
    plan = f"### Q1: {text}\n### Q2: Is #1 larger than zero?"
    return allows(build_decomposition_grammar(list_copied(question)), plan)


@pytest.mark.parametrize(
    "step",
    [
        "What was 3M's capital spending in 2018?",
        "What was 3M's capital spending in FY2017?",
        "What were 3M's sales in 2016?",
        "What was 3M's EBITDA for the six months ended June 30, 2018?",
        "How much did sales grow over 2 years?",
    ],
)
def test_a_step_may_hold_what_its_question_does_and_what_goes_without_saying(step):
    assert allows_step(QUESTION, step)


@pytest.mark.parametrize(
    "step",
    [
        "What was 3M's capital spending in 2019?",
        "What was 3M's capital spending in 20182?",
        "What was Corning's capital spending in 2018?",
        "What was the capital spending of 3N in 2018?",
        "What was 3M's capital spending in FY2021?",
    ],
    ids=["another year", "two numbers in one", "another name", "a name changed", "a fiscal year"],
)
def test_a_step_may_hold_no_other_name_or_number(step):
    assert not allows_step(QUESTION, step)


def test_a_name_in_small_or_large_letters_may_be_written_as_a_name():
    for question in ("what was amazon's revenue in 2019?", "WHAT WAS AMAZON'S REVENUE IN 2019?"):
        assert allows_step(question, "What was Amazon's revenue in 2019?")


def test_parts_of_joined_words_and_years_between_may_be_copied():
    question = "What was the Coca-Cola/PepsiCo sales ratio over 2015-2018?"
    assert allows_step(question, "What were PepsiCo's sales in 2016?")
    assert allows_step(question, "What were Coca-Cola's sales in 2015-2018?")


def test_words_that_look_back_allow_years_around():
    assert allows_step("How do sales of 2018 compare with five years earlier?", "Sales in 2013?")
    assert not allows_step("How do sales of 2018 compare with costs?", "Sales in 2013?")


def test_an_amount_of_the_claim_is_a_number_as_it_is_printed():
    claim = "MGM's debt rose from about $12.8 million in 2017 to $15.1 million in 2018."
    grammar = build_claim_grammar(list_copied(claim))
    assert allows(grammar, "### What was MGM's debt in 2017?\n### Is #1 about $12.8 million?")
    assert not allows(grammar, "### What was MGM's debt in 2017?\n### Is #1 about $12.3 million?")


def test_nearly_every_plan_that_is_taught_may_be_written():
    """But for the longest plans none is left out: a name that were not there would show."""
    refused = []
    for example in build_examples("train", Random(5), 25):
        copied = list_copied(read_contents(example).question)
        is_claim = example.role == "claim_plan"
        build = build_claim_grammar if is_claim else build_decomposition_grammar
        if example.completion.count("\n") < 14 and not allows(build(copied), example.completion):
            refused.append(example.completion)
    assert refused == []


@pytest.mark.slow
def test_the_built_in_model_names_only_whom_the_question_names():
    model = LlamaChatModel(find_builtin_chat())
    grammar = build_decomposition_grammar(list_copied("How did sales of Zyx rise in 2018?"))
    settings = GenerationSettings(max_tokens=120, grammar=grammar)
    written = complete(model, "Write about Apple in 2021.", settings, CancelToken()).text
    model.close()
    assert written.startswith("### Q1: ")
    assert "Apple" not in written
    assert "2021" not in written
