"""The grammars say how an answer is written; their rules are read here as text."""

from __future__ import annotations

import re

import pytest

from research.grammars import (
    LEAST_SUB_QUESTIONS,
    MOST_SUB_QUESTIONS,
    build_answer_grammar,
    build_choice_grammar,
    build_claim_grammar,
    build_decomposition_grammar,
    build_document_plan_grammar,
    build_short_answer_grammar,
)
from tests.gbnf import allows, rules


def may_refer_to(rule):
    """The numbers that a sub-question's rule allows behind "#"."""
    alternatives = re.search(r'"#" \(([^)]*)\)', rule)
    return re.findall(r'"(\d+)"', alternatives.group(1)) if alternatives else []


def is_optional(rule, number):
    return f"(tail{number})?" in rule


def test_a_plan_starts_at_its_first_sub_question():
    grammar = rules(build_decomposition_grammar())
    assert grammar["root"] == "tail1"
    assert grammar["tail1"].startswith('"### Q1: " text ')


@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_each_further_sub_question_starts_a_line(number):
    assert rules(build_decomposition_grammar())[f"tail{number}"].startswith(
        f'"\\n### Q{number}: " text '
    )


def test_the_first_sub_question_refers_to_none():
    grammar = rules(build_decomposition_grammar())
    assert may_refer_to(grammar["tail1"]) == []
    assert "#" in grammar["text"].partition("[^")[2]


@pytest.mark.parametrize(
    ("number", "earlier"),
    [(2, ["1"]), (3, ["1", "2"]), (4, ["1", "2", "3"]), (5, ["1", "2", "3", "4"])],
)
def test_a_sub_question_refers_to_earlier_ones_only(number, earlier):
    assert may_refer_to(rules(build_decomposition_grammar())[f"tail{number}"]) == earlier


def test_no_digit_follows_a_reference():
    """Else "#1" and a "0" would make "#10"."""
    assert '"1") ([^#?\\n0-9] rest)?' in rules(build_decomposition_grammar())["tail2"]


def test_every_sub_question_ends_in_a_question_mark():
    grammar = rules(build_decomposition_grammar())
    assert all('"?"' in rule for name, rule in grammar.items() if name.startswith("tail"))


def test_the_least_number_of_sub_questions_is_required():
    grammar = rules(build_decomposition_grammar(least=3, most=5))
    assert [is_optional(grammar[f"tail{n - 1}"], n) for n in (2, 3, 4, 5)] == [
        False,
        False,
        True,
        True,
    ]


def test_no_sub_question_follows_the_most():
    grammar = rules(build_decomposition_grammar(least=2, most=3))
    assert sorted(grammar) == ["rest", "root", "tail1", "tail2", "tail3", "text"]
    assert grammar["tail3"].endswith('"?"')


def test_as_many_as_the_least_may_be_the_most():
    grammar = rules(build_decomposition_grammar(least=2, most=2))
    assert grammar["tail1"].endswith('"?" tail2')
    assert grammar["tail2"].endswith('"?"')


def test_a_plan_has_two_to_seventeen_parts_unless_said_otherwise():
    assert (LEAST_SUB_QUESTIONS, MOST_SUB_QUESTIONS) == (2, 17)
    assert build_decomposition_grammar() == build_decomposition_grammar(None, 2, 17)


@pytest.mark.parametrize(
    ("build", "plan"),
    [
        (build_decomposition_grammar, "### Q1: What is a?\n### Q2: Is #1 larger than zero?"),
        (
            build_decomposition_grammar,
            "### Q1: What is a?\n### Q2: What is b?\n### Q3: What is c?\n"
            "### Q4: Which is the largest, #1 (2019), #2 (FY2020) or #3 (fiscal 2021)?",
        ),
        (build_claim_grammar, "### Q1: Sales rose in 2023.\n### Q2: Costs fell in 2023."),
        (
            build_claim_grammar,
            "### Q1: What were sales in 2022?\n### Q2: What were sales in 2023?\n"
            "### Q3: Is #1 about $12.8 million and #2 about $15.1 million?",
        ),
        (build_document_plan_grammar, "### Q1: What is a?\n### Q2: What is #1 divided by 2?"),
    ],
)
def test_the_plans_that_are_taught_are_allowed(build, plan):
    assert allows(build(), plan)


@pytest.mark.parametrize(
    "plan",
    [
        "### Q1: What is a?",
        "### Q1: What is a?\n### Q2: Is #2 larger than zero?",
        "### Q1: What is a?\n### Q3: Is #1 larger than zero?",
        "### Q1: What is a?\n### Q2: Is #12 larger than zero?",
        "### Q1: What is a?\n### Q2: What is b? And c?",
    ],
    ids=["one step", "of itself", "a gap", "of a later step", "two sentences"],
)
def test_what_is_no_plan_is_not_allowed(plan):
    assert not allows(build_decomposition_grammar(), plan)


def test_a_choice_allows_each_of_its_texts():
    assert build_choice_grammar(["$210", "198"]) == 'root ::= "$210" | "198"'


def test_a_quotation_mark_in_a_choice_is_escaped():
    assert build_choice_grammar(['3" pipe']) == 'root ::= "3\\" pipe"'


def test_a_backslash_in_a_choice_is_escaped():
    assert build_choice_grammar(["a\\b"]) == 'root ::= "a\\\\b"'


def test_a_backslash_before_a_quotation_mark_does_not_end_the_choice():
    assert build_choice_grammar(['\\"']) == 'root ::= "\\\\\\""'


def test_a_line_break_in_a_choice_is_escaped():
    assert build_choice_grammar(["a\nb"]) == 'root ::= "a\\nb"'


def test_a_short_answer_is_one_line():
    assert re.fullmatch(r"root ::= \[\^\\n\]\{1,\d+\}", build_short_answer_grammar())


def test_the_final_answer_stands_in_tags_at_the_end():
    rule = rules(build_answer_grammar())["root"]
    assert rule.startswith("[^<]{0,")
    assert re.search(r'"<answer>" \[\^<\\n\]\{1,\d+\} "</answer>"$', rule)
