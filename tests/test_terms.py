"""Words that carry meaning, in a form that can be compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.terms import find_terms, spell_terms, stem_word


def test_words_meet_by_their_stems():
    assert find_terms("purchases of properties") == find_terms("Purchase of property")


def test_words_that_ask_bind_or_fill_are_left_out():
    assert find_terms("What was the total amount that the company reported for the year?") == set()


def test_words_of_unit_and_scale_are_left_out():
    assert find_terms("in millions of U.S. dollars") == set()


def test_bare_numbers_are_left_out():
    assert find_terms("1,284 in 2023") == set()


def test_months_are_left_out():
    assert find_terms("January February MARCH") == set()


@pytest.mark.parametrize("possessive", ["Acme's", "Acme\u2019s"])
def test_a_possessive_is_its_noun(possessive):
    assert find_terms(possessive) == find_terms("Acme")


def test_capitals_make_no_difference():
    assert find_terms("NET Sales") == find_terms("net sales")


def test_an_ampersand_keeps_a_word_together():
    assert find_terms("R&D costs") == {"r&d", "cost"}


@pytest.mark.parametrize(
    ("irregular", "regular"), [("paid", "pay"), ("sold", "sell"), ("grew", "grow")]
)
def test_an_irregular_verb_meets_its_base(irregular, regular):
    assert stem_word(irregular) == stem_word(regular)


def test_different_things_keep_different_terms():
    assert not find_terms("operating income") & find_terms("net sales")


@given(st.text())
def test_terms_are_the_same_however_often_the_text_is_said(text):
    assert find_terms(f"{text} {text}") == find_terms(text)


def test_terms_are_spelled_as_the_text_has_them():
    text = "By how much did Acme\u2019s purchases of Properties grow, and its purchases?"
    terms = find_terms("property purchase")
    assert spell_terms(terms, text) == ("purchases", "properties")


def test_terms_that_the_text_does_not_hold_are_not_spelled():
    assert spell_terms(find_terms("goodwill"), "net sales") == ()
