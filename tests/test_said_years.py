"""The years that a question gives to a line item are found, and no others."""

from __future__ import annotations

import pytest

from research.said_years import bind_years

DAYS = "365 * (average inventories of FY2021 and FY2022) / (FY2022 COGS)"


@pytest.mark.parametrize(
    ("question", "concept", "needed", "allowed"),
    [
        ("What were Acme's net sales in 2022?", "revenue", {2022}, {2022}),
        ("By what percentage did net sales grow in 2022?", "revenue", {2022}, {2021, 2022}),
        ("Did net sales rise from 2020 to 2022?", "revenue", {2020, 2022}, {2020, 2021, 2022}),
        ("Were net sales in 2022 higher than in 2020?", "revenue", {2022}, {2020, 2022}),
        (DAYS, "inventories", {2021, 2022}, {2021, 2022}),
        (DAYS, "cost_of_revenue", {2022}, {2022}),
        ("In which year from 2020 to 2022 were sales high?", "revenue", set(), {2020, 2021, 2022}),
    ],
)  # fmt: skip
def test_a_line_item_and_a_year_of_one_piece_belong_together(question, concept, needed, allowed):
    said = bind_years(question)[concept]
    assert (said.needed, said.allowed) == (needed, allowed)


@pytest.mark.parametrize(
    "question",
    ["What were net sales?", "What is net income divided by net sales, and net sales in 2022?"],
)
def test_what_stands_somewhere_without_a_year_is_bound_to_none(question):
    assert "revenue" not in bind_years(question)
