"""AdamW over weights of 16 bits: small steps add up, and a state is taken up again."""

from __future__ import annotations

import pytest
import torch

from training.optimizing import CopyingAdamW


def build(dtype=torch.bfloat16):
    """A weight of a hundred, where bfloat16 counts in halves, and its optimiser."""
    weight = torch.nn.Parameter(torch.full((4,), 100.0, dtype=dtype))
    return weight, CopyingAdamW([weight], lr=0.01, betas=(0.9, 0.99), weight_decay=0.0)


def take_steps(weight, optimizer, count):
    for _ in range(count):
        weight.sum().backward()
        optimizer.step()
        optimizer.zero_grad()


def test_steps_too_small_for_the_weight_add_up():
    weight, optimizer = build()
    take_steps(weight, optimizer, 10)
    assert weight[0].item() == 100.0
    take_steps(weight, optimizer, 90)
    assert weight[0].item() == pytest.approx(99.0, abs=0.5)
    assert weight.dtype == torch.bfloat16


def test_it_learns_as_adamw_does():
    weight, optimizer = build(torch.float32)
    plain = torch.nn.Parameter(torch.full((4,), 100.0))
    take_steps(weight, optimizer, 20)
    take_steps(plain, torch.optim.AdamW([plain], lr=0.01, betas=(0.9, 0.99), weight_decay=0.0), 20)
    assert torch.equal(weight, plain)


def test_the_gradients_are_forgotten_after_a_step():
    weight, optimizer = build()
    weight.sum().backward()
    optimizer.zero_grad()
    assert weight.grad is None


def test_a_weight_that_is_not_learnt_is_left_alone():
    frozen = torch.nn.Parameter(torch.ones(2), requires_grad=False)
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = CopyingAdamW([frozen, weight], lr=0.1)
    take_steps(weight, optimizer, 1)
    assert torch.equal(frozen, torch.ones(2))
    assert not torch.equal(weight, torch.ones(2))


def test_a_state_that_was_kept_goes_on_where_it_stood(tmp_path):
    weight, optimizer = build()
    take_steps(weight, optimizer, 30)
    torch.save(optimizer.state_dict(), tmp_path / "optimizer.pt")
    again, resumed = build()
    resumed.load_state_dict(torch.load(tmp_path / "optimizer.pt", weights_only=True))
    assert torch.equal(again, weight)
    take_steps(weight, optimizer, 30)
    take_steps(again, resumed, 30)
    assert torch.equal(again, weight)
