"""A head says when and what; the words for the one are told from those for the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.facts.column_heads import strip_period


@pytest.mark.parametrize(
    ("head", "item"),
    [
        ("2023", ""),
        ("Years ended December 31,", ""),
        ("At December 31, 2020", ""),
        ("Three months ended June 30, 2023", ""),
        ("Q2 2023", ""),
        ("(in millions) 2024", ""),
        ("Year ended December 31, 2022 Americas", "Americas"),
        ("2022 % of Total", "% of Total"),
        ("Operating Income (Loss)", "Operating Income (Loss)"),
        ("Net income (loss) 2024 (1)", "Net income (loss)"),
    ],
)
def test_what_a_head_counts_is_left_when_its_period_is_taken_away(head, item):
    assert strip_period(head) == item


@given(st.text(max_size=60))
def test_taking_the_period_away_never_makes_a_head_longer(text):
    once = strip_period(text)
    assert len(strip_period(once)) <= len(once)
