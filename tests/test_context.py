"""How much context a model gets: bounded by its training, by its use and by memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ModelFileError
from models.llama import (
    LEAST_CONTEXT_TOKENS,
    MOST_CONTEXT_TOKENS,
    ModelShape,
    choose_context,
)

GIB = 2**30
# As SmolLM2-135M: 30 layers, 3 heads of 64.
SMALL = ModelShape(trained_context=8192, layers=30, kv_heads=3, head_size=64)


def trained_on(tokens, *, layers=30):
    return ModelShape(trained_context=tokens, layers=layers, kv_heads=3, head_size=64)


def test_keys_and_values_of_all_layers_are_counted_at_two_bytes():
    assert SMALL.state_bytes_per_token == 2 * 2 * 30 * 3 * 64


def test_with_memory_to_spare_a_model_gets_what_it_was_trained_on():
    assert choose_context(trained_on(4096), 64 * GIB) == 4096


def test_no_model_gets_more_than_the_prompts_need():
    assert choose_context(trained_on(131_072), 64 * GIB) == MOST_CONTEXT_TOKENS


def test_a_model_that_says_nothing_of_its_training_gets_what_the_prompts_need():
    assert choose_context(trained_on(0), 64 * GIB) == MOST_CONTEXT_TOKENS


def test_little_memory_bounds_the_context():
    """Half of the free memory holds 4,000 tokens; the context is a multiple of 256."""
    free = 2 * 4000 * SMALL.state_bytes_per_token
    assert choose_context(SMALL, free) == 3840


def test_too_little_memory_is_refused_with_both_amounts():
    large = trained_on(8192, layers=3000)
    with pytest.raises(ModelFileError, match=r"needs 8\.8 GiB .* 2\.0 GiB are free"):
        choose_context(large, 2 * GIB)


def test_the_amount_that_is_asked_for_is_enough():
    needed = 2 * LEAST_CONTEXT_TOKENS * SMALL.state_bytes_per_token
    assert choose_context(SMALL, needed) == LEAST_CONTEXT_TOKENS
    with pytest.raises(ModelFileError):
        choose_context(SMALL, needed - 1)


def test_a_model_of_short_context_is_taken_as_it_is():
    assert choose_context(trained_on(1024), 64 * GIB) == 1024


def test_without_free_memory_nothing_is_loaded():
    with pytest.raises(ModelFileError, match="take a smaller model"):
        choose_context(SMALL, 0)


@given(trained=st.integers(0, 200_000), free=st.integers(0, 64 * GIB))
def test_no_context_is_beyond_training_use_and_memory(trained, free):
    shape = trained_on(trained)
    try:
        chosen = choose_context(shape, free)
    except ModelFileError:
        return
    assert chosen <= (trained or MOST_CONTEXT_TOKENS)
    assert chosen <= MOST_CONTEXT_TOKENS
    assert 2 * chosen * shape.state_bytes_per_token <= free
