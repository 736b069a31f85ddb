"""The trainer of rows: what a packed row is to torch, its loss, and what is told of the steps.

Imports torch and transformers at once: is itself imported only where a run begins.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import Trainer, TrainerCallback

from training.optimizing import CopyingAdamW
from training.packing import IGNORED, Row, see


def collate_row(rows: Sequence[Row]) -> dict[str, torch.Tensor]:
    """Return one row as tensors.

    `input_ids` and `position_ids` (1, n); `attention_mask` (1, 1, n, n), True where a token is
    seen; `places` (k,) of the tokens whose next one is learnt, `targets` and `weights` (k,).
    """
    (row,) = rows
    targets = torch.from_numpy(row.labels)
    learnt = torch.nonzero(targets != IGNORED).flatten()
    return {
        "input_ids": torch.from_numpy(row.ids)[None],
        "position_ids": torch.from_numpy(row.positions)[None],
        "attention_mask": torch.from_numpy(see(row))[None, None],
        # A completion is never the first of its row: the prompt stands before it.
        "places": learnt - 1,
        "targets": targets[learnt],
        "weights": torch.from_numpy(row.weights)[learnt],
    }


class RowTrainer(Trainer):
    """Learns rows; only the logits that are learnt from are computed."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        # The loss is averaged over its own weights, not over the tokens of a step.
        self.model_accepts_loss_kwargs = False

    def create_optimizer(self, model: Any = None) -> Any:
        """Return AdamW over copies in 32 bits: the pairs that are learnt have 16."""
        learner: Any = model or self.model
        if self.optimizer is None:
            self.optimizer = CopyingAdamW(
                learner.parameters(),
                lr=self.args.learning_rate,
                betas=(self.args.adam_beta1, self.args.adam_beta2),
                weight_decay=self.args.weight_decay,
            )
        return self.optimizer

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """Return the weighted mean of the negative log-likelihood, in nats a token."""
        places, targets, weights = (inputs.pop(key) for key in ("places", "targets", "weights"))
        outputs = model(**inputs, logits_to_keep=places, use_cache=False)
        losses = cross_entropy(outputs.logits[0].float(), targets, reduction="none")
        loss = (losses * weights).sum() / weights.sum()
        return (loss, outputs) if return_outputs else loss


class Teller(TrainerCallback):
    """Tells how far a run is, every few steps."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self._began, self._first = say, time.monotonic(), 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Remember where a run begins, which may be a checkpoint."""
        self._began, self._first = time.monotonic(), state.global_step

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """Tell step, loss and the minutes that are left."""
        done = state.global_step - self._first
        if not logs or "loss" not in logs or not done:
            return
        left = (time.monotonic() - self._began) / done * (state.max_steps - state.global_step)
        self._say(
            f"step {state.global_step} of {state.max_steps}, loss {logs['loss']:.3f}, "
            f"{left / 60:.0f} min left"
        )
