"""The same weights computed by transformers: what a conversion is held against."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import psutil

from models.conversion.checkpoint import open_checkpoint
from models.errors import CheckpointError, ModelTooLarge

_BYTES_A_NUMBER = 4
# What computing takes beside the weights.
_MARGIN = 1.2


def count_reference_bytes(folder: Path) -> int:
    """Return what a checkpoint takes in memory at 32 bits a number."""
    shapes = [tensor.shape for tensor in open_checkpoint(folder).tensors.values()]
    return int(sum(map(math.prod, shapes)) * _BYTES_A_NUMBER * _MARGIN)


def load_reference(folder: Path) -> Any:
    """Load a checkpoint at 32 bits with transformers.

    Raises:
        CheckpointError: transformers cannot load it.
        ModelTooLarge: it does not fit into the memory that is free.
    """
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]  # the library leaves it so
    needed, free = count_reference_bytes(folder), psutil.virtual_memory().available
    if needed > free:
        raise ModelTooLarge(
            f"Computing {folder.name} with transformers at 32 bits takes {needed / 2**30:.1f} GiB "
            f"and {free / 2**30:.1f} GiB are free. Do it on a machine with more memory."
        )
    try:
        model = AutoModelForCausalLM.from_pretrained(
            str(folder), dtype=torch.float32, local_files_only=True
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"transformers cannot load {folder} ({error}).") from error
    model.eval()  # type: ignore[no-untyped-call]
    return model


def load_reference_tokenizer(folder: Path) -> Any:
    """Load a checkpoint's tokenizer with transformers.

    Raises:
        CheckpointError: transformers cannot load it.
    """
    # The class that a checkpoint names may bring a way to cut text of its own; the one that its
    # weights have seen is in tokenizer.json.
    from transformers import PreTrainedTokenizerFast

    try:
        return PreTrainedTokenizerFast.from_pretrained(str(folder), local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointError(
            f"transformers cannot load the tokenizer in {folder} ({error})."
        ) from error
