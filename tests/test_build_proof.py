"""A build computes what its checkpoint computes; one that does not is found out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from app.composition import list_prompts
from benchmarks.checkpoints import write_builtin_checkpoint, write_random_checkpoint
from models.builtin import find_builtin_chat
from models.conversion import building, quantising
from models.conversion.adapters import build_adapter
from models.conversion.building import build_gguf
from models.conversion.importance import compute_importance
from models.conversion.proof import (
    TRICKY_TEXTS,
    compute_file_logits,
    compute_reference_logits,
    measure_divergence,
    prove_build,
)
from models.conversion.quantising import quantise, read_importance, write_importance
from models.conversion.reference import load_reference, load_reference_tokenizer
from models.errors import CheckpointError, ModelFileError
from models.gguf_header import read_header
from models.llama.loading import load_llama, plan_file
from research.prompts import render_decomposition_prompt

pytestmark = pytest.mark.slow

LONG_CONTEXT = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
MESSAGES = (
    render_decomposition_prompt("Did net sales of $1,234.5 million grow faster than in 2022?"),
    "You have the following passages:\n|a|b|\n|1|(2)|\n\nWhat was b?",
)


@pytest.fixture(scope="module")
def builtin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built-in model's own weights, as a checkpoint."""
    return write_builtin_checkpoint(tmp_path_factory.mktemp("builtin"))


@pytest.fixture(scope="module")
def builtin_file(builtin: Path) -> Path:
    build_gguf(builtin, builtin / "built.gguf", "F16")
    return builtin / "built.gguf"


@pytest.mark.parametrize("precision", ["F32", "F16"])
@pytest.mark.parametrize(
    ("architecture", "tied", "shards"),
    [("qwen2", False, 600_000), ("qwen2", True, None), ("llama", False, None)],
)
def test_a_build_computes_what_its_checkpoint_computes(
    tmp_path: Path, architecture, tied: bool, shards: int | None, precision: str
):
    folder = write_random_checkpoint(
        tmp_path / "c",
        architecture,
        tied=tied,
        shard_bytes=shards,
        rope_scaling=LONG_CONTEXT if architecture == "llama" else None,
    )
    build_gguf(folder, tmp_path / "m.gguf", precision)
    checks = prove_build(tmp_path / "m.gguf", folder, list_prompts())
    assert [check.name for check in checks] == [
        "token ids",
        "chat prompt",
        "prompt token ids",
        "logits",
        "greedy text",
    ]
    assert [check for check in checks if not check.passed] == []


def test_real_weights_converted_compute_the_same(builtin: Path, builtin_file: Path):
    checks = prove_build(builtin_file, builtin, MESSAGES)
    assert [check for check in checks if not check.passed] == []


def test_rows_in_the_wrong_order_are_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A Llama whose queries and keys are not interleaved loads, and computes something else."""
    folder = write_random_checkpoint(tmp_path / "c", "llama")
    monkeypatch.setattr(building, "interleave_rows", lambda rows, _: rows)
    build_gguf(folder, tmp_path / "m.gguf", "F32")
    checks = {check.name: check for check in prove_build(tmp_path / "m.gguf", folder, MESSAGES)}
    assert checks["token ids"].passed
    assert not checks["logits"].passed


def test_another_way_to_cut_text_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = write_random_checkpoint(tmp_path / "c", "qwen2")
    monkeypatch.setattr("models.conversion.vocabulary.find_pre_tokenizer", lambda _: "llama-bpe")
    build_gguf(folder, tmp_path / "m.gguf", "F32")
    checks = {check.name: check for check in prove_build(tmp_path / "m.gguf", folder, MESSAGES)}
    assert not checks["token ids"].passed
    assert "gives" in checks["token ids"].detail


def test_another_chat_template_is_found_out(tmp_path: Path):
    folder = write_random_checkpoint(tmp_path / "c", "qwen2")
    build_gguf(folder, tmp_path / "m.gguf", "F32")
    config = json.loads((folder / "tokenizer_config.json").read_text())
    config["chat_template"] = config["chat_template"].replace("helpful", "terse")
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    checks = {check.name: check for check in prove_build(tmp_path / "m.gguf", folder, MESSAGES)}
    assert not checks["chat prompt"].passed


def test_the_texts_hold_what_tokenizers_disagree_about():
    joined = "".join(TRICKY_TEXTS)
    for piece in ("$1,234.5", "\n\n\n", "\r\n", "中文", "😀", "<|im_start|>", "e\u0301"):
        assert piece in joined


@pytest.mark.parametrize("quantisation", ["Q8_0", "Q6_K", "Q4_K_M"])
def test_a_quantised_file_is_smaller_and_near(
    builtin: Path, builtin_file: Path, tmp_path: Path, quantisation: str
):
    quantise(builtin_file, tmp_path / "q.gguf", quantisation)
    assert (tmp_path / "q.gguf").stat().st_size < 0.6 * builtin_file.stat().st_size
    ids = load_reference_tokenizer(builtin)(MESSAGES[0])["input_ids"]
    expected = compute_reference_logits(load_reference(builtin), ids)
    assert measure_divergence(expected, tmp_path / "q.gguf", ids).mean < 0.2
    assert [path.name for path in tmp_path.iterdir()] == ["q.gguf"]


def test_an_importance_matrix_brings_a_quantised_file_nearer(
    builtin: Path, builtin_file: Path, tmp_path: Path
):
    sums, counts = compute_importance(builtin, [MESSAGES[0], " ".join(TRICKY_TEXTS)])
    write_importance(tmp_path / "importance.gguf", sums, counts)
    importance = read_importance(tmp_path / "importance.gguf")
    assert importance.keys() == sums.keys()
    quantise(builtin_file, tmp_path / "plain.gguf", "Q4_K_M")
    quantise(builtin_file, tmp_path / "weighed.gguf", "Q4_K_M", importance=importance)
    ids = load_reference_tokenizer(builtin)(MESSAGES[1])["input_ids"]
    expected = compute_reference_logits(load_reference(builtin), ids)
    plain, weighed = (
        measure_divergence(expected, tmp_path / name, ids)
        for name in ("plain.gguf", "weighed.gguf")
    )
    assert weighed.mean < plain.mean


def test_a_quantisation_that_fails_leaves_nothing(builtin_file: Path, tmp_path: Path):
    """A file that is quantised already is not quantised again."""
    quantise(builtin_file, tmp_path / "q.gguf", "Q4_K_M")
    with pytest.raises(ModelFileError, match=r"q\.gguf cannot be quantised to Q6_K"):
        quantise(tmp_path / "q.gguf", tmp_path / "again.gguf", "Q6_K")
    assert [path.name for path in tmp_path.iterdir()] == ["q.gguf"]


def test_every_quantisation_on_offer_is_llama_cpps():
    import llama_cpp

    for name in quantising.QUANTISATIONS:
        assert hasattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{name}")


def write_peft_adapter(folder: Path, base: Path, *, layers=(0, 1), rank=8, **settings) -> Path:
    """Write random low-rank pairs in PEFT's files for some of the base's layers."""
    folder.mkdir()
    config = {
        "peft_type": "LORA",
        "r": rank,
        "lora_alpha": 16,
        "bias": "none",
        "base_model_name_or_path": base.name,
        "target_modules": ["q_proj", "k_proj", "v_proj", "down_proj"],
        **settings,
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    weights = load_reference(base).state_dict()
    tensors = {}
    generator = torch.Generator().manual_seed(7)
    for layer in layers:
        for kind in ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "mlp.down_proj"):
            module = f"model.layers.{layer}.{kind}"
            rows, columns = weights.get(f"{module}.weight", torch.zeros(64, 64)).shape
            for half, shape in (("A", (rank, columns)), ("B", (rows, rank))):
                values = 0.05 * torch.randn(shape, generator=generator)
                tensors[f"base_model.model.{module}.lora_{half}.weight"] = values
    save_file(tensors, folder / "adapter_model.safetensors")
    return folder


@pytest.mark.parametrize(
    ("settings", "scale"),
    [
        ({}, 16 / 8),
        ({"use_rslora": True}, 16 / 8**0.5),
        ({"alpha_pattern": {"layers.0.self_attn.q_proj": 4}}, None),
    ],
)
def test_an_adapter_does_what_merging_it_does(
    builtin: Path, builtin_file: Path, tmp_path: Path, settings, scale: float | None
):
    folder = write_peft_adapter(tmp_path / "peft", builtin, **settings)
    build_adapter(folder, builtin_file, tmp_path / "a.gguf", "F32")
    model = load_reference(builtin)
    from safetensors.torch import load_file

    pairs = load_file(folder / "adapter_model.safetensors")
    with torch.no_grad():
        for name, a in pairs.items():
            if "lora_A" not in name:
                continue
            module = name.removeprefix("base_model.model.").removesuffix(".lora_A.weight")
            own = scale or (4 if module.endswith("0.self_attn.q_proj") else 16) / 8
            delta = own * pairs[name.replace("lora_A", "lora_B")] @ a
            model.get_submodule(module).weight += delta
    ids = load_reference_tokenizer(builtin)(MESSAGES[0])["input_ids"]
    expected = compute_reference_logits(model, ids)
    found = compute_file_logits(builtin_file, ids, tmp_path / "a.gguf")
    bare = compute_file_logits(builtin_file, ids)
    assert np.abs(found - expected).max() < 0.05 * np.abs(bare - expected).max()


def test_an_adapter_at_8_bits_keeps_b_at_16(builtin: Path, builtin_file: Path, tmp_path: Path):
    folder = write_peft_adapter(tmp_path / "peft", builtin)
    build_adapter(folder, builtin_file, tmp_path / "a.gguf", "Q8_0")
    kinds = {t.name[-6:]: t.type_id for t in read_header(tmp_path / "a.gguf").tensors}
    assert kinds == {"lora_a": 8, "lora_b": 1}


def test_an_adapter_of_another_base_is_refused_when_it_is_built(
    builtin: Path, builtin_file: Path, tmp_path: Path
):
    other = write_random_checkpoint(tmp_path / "other", "llama")
    folder = write_peft_adapter(tmp_path / "peft", other)
    with pytest.raises(CheckpointError, match="made for another base"):
        build_adapter(folder, builtin_file, tmp_path / "a.gguf")
    assert not (tmp_path / "a.gguf").exists()


def test_an_adapter_of_more_layers_is_refused(builtin: Path, builtin_file: Path, tmp_path: Path):
    folder = write_peft_adapter(tmp_path / "peft", builtin, layers=(30,))
    with pytest.raises(CheckpointError, match="the base has 30 layers"):
        build_adapter(folder, builtin_file, tmp_path / "a.gguf")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"peft_type": "IA3"}, "holds no LoRA adapter"),
        ({"use_dora": True}, "DoRA"),
        ({"bias": "all"}, "trained biases"),
        ({"modules_to_save": ["lm_head"]}, "whole layers"),
    ],
)
def test_what_the_format_cannot_say_is_refused(
    builtin: Path, builtin_file: Path, tmp_path: Path, settings, message: str
):
    folder = write_peft_adapter(tmp_path / "peft", builtin, layers=(0,), **settings)
    with pytest.raises(CheckpointError, match=message):
        build_adapter(folder, builtin_file, tmp_path / "a.gguf")


def test_an_adapter_of_another_base_is_refused_when_it_is_loaded(tmp_path: Path):
    other = write_random_checkpoint(tmp_path / "other", "llama")
    build_gguf(other, tmp_path / "other.gguf")
    build_adapter(
        write_peft_adapter(tmp_path / "peft", other), tmp_path / "other.gguf", tmp_path / "a.gguf"
    )
    base = find_builtin_chat()
    with pytest.raises(ModelFileError, match=r"a\.gguf was made for another base"):
        load_llama(base, tmp_path / "a.gguf", plan_file(base), 1)


def test_a_model_is_no_adapter(tmp_path: Path):
    base = find_builtin_chat()
    with pytest.raises(ModelFileError, match="no adapter but a whole model"):
        load_llama(base, base, plan_file(base), 1)


def test_an_adapter_is_no_model(builtin: Path, builtin_file: Path, tmp_path: Path):
    build_adapter(
        write_peft_adapter(tmp_path / "peft", builtin, layers=(0,)),
        builtin_file,
        tmp_path / "a.gguf",
    )
    with pytest.raises(ModelFileError, match="loaded over its base"):
        plan_file(tmp_path / "a.gguf")
