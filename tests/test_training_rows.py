"""Rows of several examples, each blind to the others."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from training.packing import IGNORED, group_examples, lay_row, pack_groups, see
from training.tokenizing import TokenExample

PASSAGES = tuple(range(100, 160))
TOKENS = st.integers(min_value=1, max_value=90)
EXAMPLES = st.lists(
    st.builds(
        lambda shares, prompt, answer: TokenExample(
            (*(PASSAGES if shares else ()), *prompt), tuple(answer)
        ),
        st.booleans(),
        st.lists(TOKENS, min_size=2, max_size=12),
        st.lists(TOKENS, min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=14,
    unique=True,
)


def unpack(row):
    """The examples that a row holds, as they would stand alone."""
    found = []
    for group in dict.fromkeys(row.owners[:, 0].tolist()):
        of_group = row.owners[:, 0] == group
        for tail in sorted(set(row.owners[of_group, 1].tolist()) - {-1}):
            kept = of_group & np.isin(row.owners[:, 1], (-1, tail))
            learnt = row.labels[kept] != IGNORED
            ids = row.ids[kept]
            found.append(TokenExample(tuple(ids[~learnt].tolist()), tuple(ids[learnt].tolist())))
    return found


@settings(deadline=None)
@given(EXAMPLES)
def test_every_example_stands_in_one_row_as_it_was(examples):
    rows = pack_groups(group_examples(examples, 160), 160, Random(1))
    found = [example for row in rows for example in unpack(row)]
    assert sorted(found, key=repr) == sorted(examples, key=repr)


@settings(deadline=None)
@given(EXAMPLES)
def test_no_row_is_longer_than_said(examples):
    assert all(
        len(row) <= 160 for row in pack_groups(group_examples(examples, 160), 160, Random(1))
    )


def test_examples_over_the_same_passages_hold_them_once():
    pair = [TokenExample((*PASSAGES, 1, 2), (3,)), TokenExample((*PASSAGES, 4, 5), (6,))]
    (group,) = group_examples(pair, 200)
    assert group.prefix == PASSAGES
    assert len(group) == len(PASSAGES) + 6


def test_examples_that_share_little_stay_apart():
    pair = [TokenExample((1, 2, 3, 4), (5,)), TokenExample((1, 2, 3, 9), (6,))]
    assert len(group_examples(pair, 200)) == 2


def test_a_token_sees_its_passages_and_its_own_tail_alone():
    pair = [TokenExample((*PASSAGES, 1, 2), (3,)), TokenExample((*PASSAGES, 4, 5), (6,))]
    row = lay_row(group_examples(pair, 200))
    seen = see(row)
    last = len(row) - 1  # the answer of the second
    assert seen[last, : len(PASSAGES)].all()
    assert not seen[last, len(PASSAGES) : len(PASSAGES) + 3].any()
    assert seen[last, len(PASSAGES) + 3 :].all()
    assert not np.triu(seen, 1).any()


def test_a_tail_continues_the_positions_of_its_passages():
    pair = [TokenExample((*PASSAGES, 1, 2), (3,)), TokenExample((*PASSAGES, 4, 5), (6,))]
    row = lay_row(group_examples(pair, 200))
    n = len(PASSAGES)
    assert row.positions.tolist() == [*range(n), n, n + 1, n + 2, n, n + 1, n + 2]


@pytest.fixture(scope="module")
def tiny_llama():
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=200,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    return LlamaForCausalLM(config).eval()


def test_a_row_is_learnt_as_its_examples_are_one_by_one(tiny_llama):
    """The logits that the loss is taken of are those that each example has alone."""
    from training.row_trainer import collate_row

    examples = [TokenExample((*PASSAGES, at, 2), (3, at)) for at in (5, 6, 7)]
    examples.append(TokenExample((9, 8, 7), (6, 5, 4)))
    row = lay_row(group_examples(examples, 300))
    batch = collate_row([row])
    places, targets = batch.pop("places"), batch.pop("targets")
    batch.pop("weights")
    with torch.no_grad():
        together = tiny_llama(**batch, logits_to_keep=places).logits[0]
    alone = []
    for example in unpack(row):
        ids = torch.tensor([*example.prompt, *example.completion])[None]
        with torch.no_grad():
            logits = tiny_llama(ids).logits[0]
        alone.append(logits[len(example.prompt) - 1 : -1])
        assert torch.equal(ids[0, len(example.prompt) :], targets[: len(example.completion)])
        targets = targets[len(example.completion) :]
    assert torch.allclose(together, torch.cat(alone), atol=1e-5)
