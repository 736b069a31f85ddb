"""Answers, claims, final answers and programs are judged strictly: sign and scale count."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.errors import DataError
from training.examples import NOT_DISCLOSED, Example
from training.report.answers import is_same_number, is_same_text, score_answer
from training.report.claims import score_sub_claim, score_verdict, score_verdict_format
from training.report.finals import score_final, score_final_format
from training.report.programs import score_program


def example(role, completion, **gold):
    return Example(role, "a prompt", completion, "toy", "toy:1", gold)


SALES = example("sub_answer", "$1,234.5 million", accepted=["1,234.5"])


# Sub-answers


@pytest.mark.parametrize(
    "said",
    ["$1,234.5 million", "1,234.5", "1234.50 million", "$1,234.5 million in 2019", '"1,234.5".'],
)
def test_the_gold_and_what_says_the_same_is_right(said):
    assert score_answer(SALES, said)["right"]


@pytest.mark.parametrize(
    "said",
    ["$1,234.5 billion", "-$1,234.5 million", "$(1,234.5) million", "1,234.5%", "12,345", "", "no"],
)
def test_another_scale_sign_or_unit_is_wrong(said):
    scores = score_answer(SALES, said)
    assert not scores["right"]
    assert not scores["false refusal"]


def test_a_number_in_other_words_is_right_and_not_exact():
    scores = score_answer(SALES, "1,234,500 thousand, that is $1,234.5 million")
    assert not scores["number"]  # two numbers are no answer
    scores = score_answer(example("sub_answer", "12.3%"), "12.3 percent")
    assert scores == {"right": True, "exact": False, "number": True, "false refusal": False}


def test_a_text_is_compared_without_case_and_articles():
    scores = score_answer(example("sub_answer", "The Gas-Turbine unit"), "gas turbine Unit.")
    assert scores == {"right": True, "exact": True, "false refusal": False}


def test_a_refusal_is_right_where_nothing_is_disclosed():
    nothing = example("sub_answer", NOT_DISCLOSED)
    assert score_answer(nothing, "Not disclosed.") == {"right": True, "refusal": True}
    assert score_answer(nothing, "2019") == {"right": False, "refusal": False}


def test_a_refusal_of_what_is_there_is_a_false_one():
    scores = score_answer(SALES, NOT_DISCLOSED)
    assert scores["false refusal"]
    assert not scores["right"]


@given(st.decimals(Decimal("0.01"), 10**9, places=2), st.sampled_from(["", " million", "%"]))
def test_a_number_as_filings_print_it_is_itself_and_not_its_negative(number, ending):
    printed = f"{number:,}{ending}"
    assert is_same_number(printed, [printed])
    assert is_same_text(f"{number}{ending}", [printed])
    assert not is_same_text(f"({printed})", [printed])
    assert not is_same_number(f"-{printed}", [printed])


# Claims


@pytest.mark.parametrize(
    ("truth", "said", "scores"),
    [
        ("Yes", "Yes", {"accuracy": True, "true refused": False}),
        ("Yes", "no.", {"accuracy": False, "true refused": True}),
        ("No", "No", {"accuracy": True, "false accepted": False}),
        ("No", "Yes", {"accuracy": False, "false accepted": True}),
        ("No", "Perhaps", {"accuracy": False, "false accepted": False}),
    ],
)
def test_a_claim_is_accepted_or_refused(truth, said, scores):
    assert score_sub_claim(example("sub_claim", truth), said) == scores
    verdict = example("claim_verdict", f"So it is. <answer>{truth}</answer>")
    assert score_verdict(verdict, f"Thus <answer>{said}") == scores


def test_a_claim_whose_gold_is_neither_yes_nor_no_is_refused():
    with pytest.raises(DataError, match="toy:1"):
        score_sub_claim(example("sub_claim", "Perhaps"), "Yes")


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("It rose. <answer>Yes</answer>", True),
        ("It rose. <answer>Yes", False),
        ("It rose. <answer>It did</answer>", False),
        ("Yes", False),
    ],
)
def test_a_free_verdict_needs_both_tags_and_yes_or_no(text, passed):
    verdict = example("claim_verdict", "<answer>Yes</answer>")
    assert score_verdict_format(verdict, text) == {"format": passed}


# Final answers


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("It grew. <answer>24.4%</answer>", True),
        ("It grew. <answer>24.4 percent", True),
        ("It grew. <answer>24.4 million</answer>", False),
        ("24.4%", False),
    ],
)
def test_a_final_answer_is_what_stands_in_the_tags(text, right):
    final = example("final_answer", "Sales grew. <answer>24.4%</answer>")
    assert score_final(final, text) == {"right": right}


def test_a_free_final_answer_needs_both_tags():
    final = example("final_answer", "<answer>24.4%</answer>")
    assert score_final_format(final, "<answer>other</answer>") == {"format": True}
    assert score_final_format(final, "<answer>24.4%") == {"format": False}
    assert score_final_format(final, "<answer> </answer>") == {"format": False}


# Programs


@pytest.mark.parametrize(
    ("text", "runs", "right"),
    [
        ("a = 150\nb = 120\nans = (a - b) / b * 100", True, True),
        ("```python\nans = 25\n```", True, True),
        ("ans = 0.25", True, False),
        ("ans = 'a quarter'", True, False),
        ("ans = 1 / 0", False, False),
        ("I cannot say.", False, False),
    ],
)
def test_a_program_is_run_and_its_value_compared(text, runs, right):
    scores = score_program(example("program", "ans = 25", answer="25"), text)
    assert scores == {"runs": runs, "right": right}


def test_a_program_without_a_gold_is_refused():
    with pytest.raises(DataError, match="no gold answer"):
        score_program(example("program", "ans = 25"), "ans = 25")
