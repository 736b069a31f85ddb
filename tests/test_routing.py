"""Which way a question goes, told from its words alone."""

from __future__ import annotations

import pytest

from research.routing import choose_mode, strip_claim


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("What were Acme's net sales in 2023?", "question"),
        ("Based on the report, what was goodwill in 2023? Answer in USD millions.", "question"),
        ("Considering the data, what were net sales? Answer in billions.", "question"),
        ("List Acme's segments.", "question"),
        ("By what percentage did Acme's net sales grow from 2022 to 2023?", "program"),
        ("True or false: Acme's net sales rose.", "claim"),
        ("Acme's net sales rose from 2022 to 2023.", "claim"),
    ],
)
def test_the_words_tell_the_way_and_why(text, mode):
    chosen, reason = choose_mode(text)
    assert chosen == mode
    assert reason


def test_a_claim_is_judged_without_the_words_before_it():
    assert strip_claim("True or false: Sales rose.") == "Sales rose."
