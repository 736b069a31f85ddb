"""An exported adapter computes in llama.cpp what the trained one computes in torch."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from benchmarks.checkpoints import write_random_checkpoint
from models.conversion.adapters import build_adapter
from models.conversion.building import build_gguf
from models.conversion.proof import Divergence
from models.conversion.reference import load_reference
from research.prompts import render_decomposition_prompt, render_program_prompt
from training.errors import RunError
from training.report.divergence import measure_divergence, pool_divergences

PROMPTS = (
    render_decomposition_prompt("Did net sales grow faster than in 2022?"),
    render_program_prompt("What was the change?", ["| a | 1 | 2 |"], "### Q1: What was a?"),
)


def test_divergences_are_pooled_by_their_positions():
    pooled = pool_divergences([Divergence(0.1, 0.4, 1.0, 30), Divergence(0.5, 0.9, 0.0, 10)])
    assert pooled.mean == pytest.approx(0.2)
    assert (pooled.most, pooled.positions) == (0.9, 40)
    assert pooled.same_first == pytest.approx(0.75)


def test_without_a_prompt_there_is_nothing_to_compare(tmp_path: Path):
    with pytest.raises(RunError, match="Give one of each role"):
        measure_divergence(tmp_path, tmp_path, tmp_path, tmp_path, ())


def train_adapter(checkpoint: Path, folder: Path) -> Path:
    """Save an adapter whose pairs are random, as if it had been trained."""
    peft = pytest.importorskip("peft")
    config = peft.LoraConfig(r=8, lora_alpha=16, target_modules=["q_proj", "v_proj", "down_proj"])
    model = peft.get_peft_model(load_reference(checkpoint), config)
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "lora_B" in name:
                weights.copy_(0.2 * torch.randn(weights.shape, generator=generator))
    model.save_pretrained(str(folder))
    return folder


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")
def test_an_exported_adapter_is_the_trained_one_and_not_another(tmp_path: Path):
    checkpoint = write_random_checkpoint(tmp_path / "base", "llama", tied=True)
    base, adapter = tmp_path / "base.gguf", tmp_path / "adapter.gguf"
    build_gguf(checkpoint, base, "F32")
    trained = train_adapter(checkpoint, tmp_path / "trained")
    build_adapter(trained, base, adapter, "F32")
    right = measure_divergence(checkpoint, trained, base, adapter, PROMPTS)
    assert right.bare.most < 1e-4
    assert right.adapted.most < 1e-4
    assert right.adapted.positions == right.bare.positions > 40
    torch.manual_seed(9)
    other = train_adapter(checkpoint, tmp_path / "other")
    wrong = measure_divergence(checkpoint, other, base, adapter, PROMPTS)
    assert wrong.adapted.mean > 100 * right.adapted.mean


@pytest.mark.slow
def test_a_folder_without_an_adapter_is_refused(tmp_path: Path):
    checkpoint = write_random_checkpoint(tmp_path / "base", "llama", tied=True)
    build_gguf(checkpoint, tmp_path / "base.gguf", "F32")
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunError, match=r"adapter_config\.json"):
        measure_divergence(
            checkpoint, tmp_path / "empty", tmp_path / "base.gguf", tmp_path / "a.gguf", PROMPTS
        )
