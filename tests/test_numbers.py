"""The numbers of an answer lead to their evidence, or are said not to be verified."""

from __future__ import annotations

import re

import pytest

from app.desk.numbers import link_numbers
from models.scripted import ScriptedChatModel
from research.questions import (
    Answer,
    Decomposition,
    Question,
    ResearchResult,
    SubAnswer,
    Verdict,
)


def result(text, *answers, label="SUPPORTED"):
    return ResearchResult(
        Question("What?"),
        ScriptedChatModel(()).file,
        Decomposition(()),
        tuple(
            SubAnswer(name, "What?", told, grounded, Verdict("SUPPORTED", ()), None, (), 0.0)
            for name, told, grounded in answers
        ),
        Answer(text, "text"),
        Verdict(label, ()),
        {},
    )


def links(html):
    return re.findall(r'data-label="(Q\d+)"[^>]*>([^<]*)</button>', html)


def test_each_number_opens_the_step_that_it_comes_from():
    html = link_numbers(
        result(
            "$107.6 million in 2022, $135.7 million in 2023.",
            ("Q1", "$107.6 million", True),
            ("Q2", "$135.7 million", True),
        )
    )
    assert links(html) == [("Q1", "$107.6"), ("Q2", "$135.7")]


def test_a_year_is_no_number_to_be_checked():
    assert link_numbers(result("Since 2019.", label="NOT_ENOUGH_INFO")) == "Since 2019."


def test_a_number_that_no_evidence_bears_is_struck_through():
    html = link_numbers(result("About 12.5%.", ("Q1", "12.5%", False), label="NOT_ENOUGH_INFO"))
    assert re.search(r"<s title=\"Not verified[^>]*>12.5%</s>", html)


def test_what_the_desk_counts_itself_is_left_as_it_is():
    text = "Not found. 113 passages on 50 pages of acme-2022-10k.pdf were searched."
    html = link_numbers(result(text, ("Q1", "12.5%", False), label="NOT_ENOUGH_INFO"))
    assert html == text


@pytest.mark.parametrize("told", ["1,284.75", "11,284.7", "284.7"])
def test_a_longer_or_shorter_number_is_another_one(told):
    assert links(link_numbers(result("$1,284.7 million", ("Q1", told, True)))) == []


def test_text_around_numbers_is_escaped():
    html = link_numbers(result("<b>5</b>", ("Q1", "5", True)))
    assert "<b>" not in html
    assert links(html) == [("Q1", "5")]
