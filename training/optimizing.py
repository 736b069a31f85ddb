"""AdamW for weights of 16 bits, whose small steps add up in a copy of 32 bits.

A weight of 16 bits has some three digits: a step of a thousandth of it is rounded away, and a
schedule that ends in small steps would end in none. So the steps are taken on a copy, which the
weight is rounded from ("mixed precision training", arXiv 1710.03740). Imports torch at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.optim import AdamW


class CopyingAdamW(AdamW):
    """AdamW over copies of `parameters` in 32 bits; keeps the copies with its state."""

    def __init__(self, parameters: Iterable[torch.nn.Parameter], **named: Any) -> None:
        self._parameters = [one for one in parameters if one.requires_grad]
        self._copies = [one.detach().float().clone() for one in self._parameters]
        super().__init__(self._copies, **named)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step; `closure` is not called: gradients are those that stand."""
        for parameter, copy in zip(self._parameters, self._copies, strict=True):
            copy.grad = None if parameter.grad is None else parameter.grad.to(copy.dtype)
        super().step()
        for parameter, copy in zip(self._parameters, self._copies, strict=True):
            parameter.copy_(copy)
            copy.grad = None

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of the parameters themselves."""
        for parameter in self._parameters:
            parameter.grad = None

    def state_dict(self) -> dict[str, Any]:
        """Return the optimiser's state with the copies."""
        return {**super().state_dict(), "copies": self._copies}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up a state; the parameters follow their copies."""
        held = dict(state_dict)
        copies = held.pop("copies")
        super().load_state_dict(held)
        with torch.no_grad():
            pairs = zip(self._parameters, self._copies, copies, strict=True)
            for parameter, copy, kept in pairs:
                copy.copy_(kept)
                parameter.copy_(copy)
