"""An importance matrix from a checkpoint: the mean square of what goes into each weight.

Computed by transformers over given texts, with a hook on each linear layer, as llama.cpp's
`llama-imatrix` does within its own graph. Holds the whole checkpoint in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.conversion.architectures import read_config, rename_tensor
from models.conversion.checkpoint import read_json
from models.conversion.reference import load_reference, load_reference_tokenizer
from models.progress import ModelProgress, ProgressListener, ignore_progress

# Longer than what is read at once when questions are asked, and short enough for any machine.
_LONGEST = 2048


def compute_importance(
    folder: Path, texts: Sequence[str], *, listener: ProgressListener = ignore_progress
) -> tuple[dict[str, npt.NDArray[np.float32]], dict[str, float]]:
    """Return the sum of squares of each weight's inputs, shape (columns,), and the tokens seen.

    Both by llama.cpp's names of the weights.

    Raises:
        CheckpointError: the checkpoint is not whole.
        ModelTooLarge: it does not fit into memory.
    """
    import torch

    config = read_config(read_json(folder / "config.json"))
    model, tokenizer = load_reference(folder), load_reference_tokenizer(folder)
    sums: dict[str, npt.NDArray[np.float32]] = {}
    counts: dict[str, float] = {}

    def watch(name: str) -> Any:
        def add(_: Any, inputs: tuple[Any, ...]) -> None:
            seen = inputs[0].detach().float().reshape(-1, inputs[0].shape[-1])
            total = seen.square().sum(dim=0).numpy()
            sums[name] = sums[name] + total if name in sums else total
            counts[name] = counts.get(name, 0.0) + len(seen)

        return add

    hooks = [
        module.register_forward_pre_hook(watch(rename_tensor(config, f"{name}.weight")))
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and not (config.tied and name == "lm_head")
    ]
    try:
        with torch.no_grad():
            for done, text in enumerate(texts, start=1):
                ids = tokenizer(text, add_special_tokens=False)["input_ids"][:_LONGEST]
                if ids:
                    model(torch.tensor([ids]))
                listener(ModelProgress("weighing", folder.name, done, len(texts)))
    finally:
        for hook in hooks:
            hook.remove()
    return sums, counts
