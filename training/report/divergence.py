"""Whether llama.cpp computes an exported adapter as torch computes the trained one.

Both read the same tokens; the distributions of the next token are compared over each prompt. The
bare base is compared in the same way: how far apart the two are without any adapter. Knows no
prompt: its caller gives them.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.conversion.proof import (
    Divergence,
    compare_logits,
    compute_reference_logits,
    open_logits,
)
from models.conversion.reference import load_reference
from models.llama.loading import load_vocabulary
from models.llama.prompts import PromptFormat
from training.errors import ExtraMissing, RunError

# Of a prompt these many tokens at its end are compared: the logits of all of them are in memory.
_MOST_TOKENS = 512


@dataclass(frozen=True, slots=True)
class AdapterDivergence:
    """How far llama.cpp is from torch, with the adapter and without, over all prompts' tokens."""

    adapted: Divergence
    bare: Divergence


def measure_divergence(
    checkpoint: Path, trained: Path, base: Path, adapter: Path, prompts: Sequence[str]
) -> AdapterDivergence:
    """Compare torch (a checkpoint's folder, PEFT's folder) with llama.cpp (both as GGUF).

    Raises:
        ExtraMissing: PEFT is not installed.
        RunError: there is no prompt, or PEFT cannot load the trained adapter.
        ModelFileError, CheckpointError, ModelTooLarge: something else cannot be loaded.
    """
    if not prompts:
        raise RunError("There is no prompt to compare on. Give one of each role.")
    reference = load_reference(checkpoint)
    ids = _tokenize(base, prompts)
    bare = _compare(reference, base, None, ids)
    adapted = _compare(_lay_over(reference, trained), base, adapter, ids)
    return AdapterDivergence(adapted, bare)


def pool_divergences(parts: Sequence[Divergence]) -> Divergence:
    """Return several prompts' divergences as one over all of their positions."""
    positions = sum(part.positions for part in parts)
    return Divergence(
        mean=sum(part.mean * part.positions for part in parts) / positions,
        most=max(part.most for part in parts),
        same_first=sum(part.same_first * part.positions for part in parts) / positions,
        positions=positions,
    )


def _tokenize(base: Path, prompts: Sequence[str]) -> list[list[int]]:
    """Return the tokens of each prompt in the chat template, as the desk's model reads them."""
    llama = load_vocabulary(base)
    try:
        form = PromptFormat(llama, base.name)
        return [form.tokenize(prompt)[-_MOST_TOKENS:] for prompt in prompts]
    finally:
        llama.close()


def _compare(
    model: Any, base: Path, adapter: Path | None, ids: Sequence[Sequence[int]]
) -> Divergence:
    with open_logits(base, max(map(len, ids)), adapter) as compute:
        parts = [compare_logits(compute_reference_logits(model, one), compute(one)) for one in ids]
    return pool_divergences(parts)


def _lay_over(model: Any, trained: Path) -> Any:
    """Lay PEFT's adapter over a loaded model, which is changed by it."""
    try:
        from peft import PeftModel
    except ImportError as error:
        raise ExtraMissing(
            "Comparing with the trained adapter takes PEFT. Run `pip install 'acedesk[train]'`."
        ) from error
    try:
        with warnings.catch_warnings():
            # PEFT asks for it by the name that transformers 5 deprecates.
            warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)
            adapted = PeftModel.from_pretrained(model, str(trained))
    except (OSError, ValueError, RuntimeError) as error:
        raise RunError(
            f"PEFT cannot load the adapter in {trained} ({error}). Name the folder with "
            "adapter_config.json and adapter_model.safetensors of this base."
        ) from error
    adapted.eval()
    return adapted
