"""Relations are asked and stated in words."""

from __future__ import annotations

import pytest

from training.sources.date_order import compare_dates
from training.sources.relations import ask_relation, state_relation


def test_a_relation_is_asked_and_stated():
    assert ask_relation("place of birth", "#1") == "Where was #1 born?"
    stated = state_relation("Director ", "Dusk", "Ida Bell")
    assert stated == "The director of Dusk is Ida Bell."


def test_a_relation_without_a_wording_is_not_asked():
    assert ask_relation("instance of", "Dusk") is None
    assert state_relation("instance of", "Dusk", "film") is None


@pytest.mark.parametrize(
    ("first", "second", "order"),
    [
        ("4 May 1912", "May 5, 1912", -1),
        ("1913", "4 May 1912", 1),
        ("4 May 1912", "May 4, 1912", 0),
        ("1912", "4 May 1912", None),
        ("4 May 55 BC", "1912", None),
        ("unknown", "1912", None),
        ("1912 or 1913", "1912", None),
    ],
)
def test_dates_are_compared_as_far_as_they_tell(first, second, order):
    assert compare_dates(first, second) == order
