"""Line items that are computed from others: what makes them up, and in which order."""

from __future__ import annotations

import pytest

from research.definitions import find_defined, is_computed_from, judge_join, list_parts_of


@pytest.mark.parametrize(
    ("name", "there", "is_there"),
    [
        ("revenue", {"revenue"}, True),
        ("operating_margin", {"operating_income", "revenue"}, True),
        ("operating_margin", {"operating_income"}, False),
        ("ebitda_margin", {"operating_income", "depreciation_and_amortization", "revenue"}, True),
        ("quick_ratio", {"current_assets", "inventories", "current_liabilities"}, True),
        ("goodwill", {"assets"}, False),
    ],
)
def test_a_measure_is_there_where_all_parts_of_one_way_are(name, there, is_there):
    assert is_computed_from(name, there) is is_there


def test_parts_of_parts_are_parts():
    assert {"ebitda", "operating_income", "revenue"} <= list_parts_of(["ebitda_margin"])


@pytest.mark.parametrize(
    "question",
    [
        "What was Acme's EBITDA (operating income plus share-based compensation) in 2023?",
        "What was EBITDA, defined as operating income plus share-based compensation?",
        "What was EBITDA for fiscal 2023, i.e. operating income plus share-based compensation?",
    ],
)
def test_a_question_may_define_a_measure_itself(question):
    there = {"operating_income", "stock_based_compensation"}
    assert find_defined(question, there) == {"ebitda"}
    assert not find_defined(question, {"operating_income"})


@pytest.mark.parametrize(
    ("asked", "operator", "left", "right", "is_right"),
    [
        ("operating_margin", "/", {"operating_income"}, {"revenue"}, True),
        ("operating_margin", "/", {"revenue"}, {"operating_income"}, False),
        ("operating_margin", "-", {"operating_income"}, {"revenue"}, False),
        ("working_capital", "-", {"current_assets"}, {"current_liabilities"}, True),
        ("working_capital", "-", {"current_liabilities"}, {"current_assets"}, False),
        ("working_capital", "/", {"current_assets"}, {"current_liabilities"}, False),
        ("quick_ratio", "-", {"current_assets"}, {"inventories"}, True),
        ("quick_ratio", "/", {"current_assets", "inventories"}, {"current_liabilities"}, True),
        ("days_payable_outstanding", "/", {"cost_of_revenue"}, {"accounts_payable"}, False),
        ("ebitda", "+", {"operating_income"}, {"depreciation_and_amortization"}, True),
        ("operating_margin", "-", {"operating_income", "revenue"},
         {"operating_income", "revenue"}, True),
        ("goodwill", "-", {"revenue"}, {"assets"}, True),
    ],
)  # fmt: skip
def test_parts_are_joined_as_the_measure_is_made(asked, operator, left, right, is_right):
    assert (judge_join([asked], operator, left, right) is None) is is_right
