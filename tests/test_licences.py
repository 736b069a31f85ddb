"""Only sets whose licence allows it go into what ships."""

from __future__ import annotations

import importlib

import pytest

from training.errors import SourceError
from training.sources.licences import LICENCES, check_sources, find_licence

BUILDERS = "strategyqa break_qdmr musique hotpotqa twowiki squad drop gsm8k".split()


@pytest.mark.parametrize("name", BUILDERS)
def test_each_builder_has_a_licence_that_ships(name):
    source = importlib.import_module(f"training.sources.{name}").SOURCE
    assert check_sources([source])[0].source == source


@pytest.mark.parametrize("source", ["TabMWP", "FinanceBench"])
def test_a_set_for_non_commercial_use_is_refused(source):
    with pytest.raises(SourceError, match=f"{source} is under CC-BY-NC"):
        check_sources(["FinQA", source])


def test_an_unknown_set_is_refused():
    with pytest.raises(SourceError, match="licence of Some set is not known"):
        check_sources(["Some set"])


def test_each_set_is_told_once():
    told = check_sources(["SQuAD", "XQuAD", "FinQA", "FinQA"])
    assert [licence.source for licence in told] == ["FinQA", "SQuAD"]


def test_no_set_is_listed_twice():
    names = [licence.source for licence in LICENCES]
    assert len(set(names)) == len(names)
    assert find_licence("Some set") is None
