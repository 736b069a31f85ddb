"""From a checkpoint to a GGUF file: what is written, what is refused, and going on after a stop."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from benchmarks.checkpoints import write_random_checkpoint, write_tokenizer
from models.chat import CancelToken
from models.conversion import building
from models.conversion.architectures import compute_rope_factors, read_config
from models.conversion.building import build_gguf, interleave_rows, journal_of
from models.conversion.dequantising import separate_rows, write_checkpoint
from models.conversion.vocabulary import find_pre_tokenizer
from models.errors import CheckpointError, GenerationCancelled, StorageError
from models.gguf_header import read_header

pytestmark = pytest.mark.slow

LONG_CONTEXT = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 512,
}


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Qwen2 in three shards, its output a matrix of its own."""
    folder = tmp_path_factory.mktemp("qwen")
    return write_random_checkpoint(folder, "qwen2", shard_bytes=600_000)


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Llama in one file, stored at 16 bits, its output the token table."""
    folder = tmp_path_factory.mktemp("llama")
    return write_random_checkpoint(
        folder, "llama", tied=True, dtype="bfloat16", rope_scaling=LONG_CONTEXT
    )


@pytest.fixture
def copy(qwen: Path, tmp_path: Path) -> Path:
    """A copy of the Qwen2 that a test may damage."""
    return Path(shutil.copytree(qwen, tmp_path / "checkpoint"))


def change_json(path: Path, **changes: Any) -> None:
    content = json.loads(path.read_text())
    content.update(changes)
    path.write_text(json.dumps(content))


def test_what_is_stored_is_kept_unless_another_precision_is_asked_for(llama: Path, tmp_path: Path):
    assert build_gguf(llama, tmp_path / "kept.gguf") == "BF16"
    assert build_gguf(llama, tmp_path / "f32.gguf", "F32") == "F32"
    kept, wide = read_header(tmp_path / "kept.gguf"), read_header(tmp_path / "f32.gguf")
    assert wide.tensor_bytes > 1.9 * kept.tensor_bytes
    assert kept.parameters == wide.parameters


def test_a_tied_output_is_not_written_twice(llama: Path, qwen: Path, tmp_path: Path):
    build_gguf(llama, tmp_path / "tied.gguf")
    build_gguf(qwen, tmp_path / "own.gguf")
    names = [{t.name for t in read_header(tmp_path / n).tensors} for n in ("tied.gguf", "own.gguf")]
    assert "output.weight" not in names[0]
    assert "output.weight" in names[1]


def test_labels_come_into_the_metadata(qwen: Path, tmp_path: Path):
    build_gguf(qwen, tmp_path / "m.gguf", labels={"general.license": "mit"})
    assert read_header(tmp_path / "m.gguf").read_text("general.license") == "mit"


def test_dequantising_gives_back_what_was_converted(tmp_path: Path):
    folder = write_random_checkpoint(tmp_path / "one", "llama", seed=3)
    build_gguf(folder, tmp_path / "one.gguf", "F32")
    write_checkpoint(tmp_path / "one.gguf", tmp_path / "again")
    before, after = (load_file(tmp_path / n / "model.safetensors") for n in ("one", "again"))
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


@given(
    heads=st.integers(1, 6),
    pairs=st.integers(1, 8),
    columns=st.one_of(st.none(), st.integers(1, 5)),
)
def test_separating_undoes_interleaving(heads: int, pairs: int, columns: int | None):
    shape = (heads * pairs * 2, *([] if columns is None else [columns]))
    rows = np.arange(math.prod(shape)).reshape(shape)
    assert np.array_equal(separate_rows(np.asarray(interleave_rows(rows, heads)), heads), rows)


def test_frequencies_of_a_long_context_are_those_of_transformers(llama: Path):
    from transformers import AutoConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    config = AutoConfig.from_pretrained(llama)
    stretched, _ = ROPE_INIT_FUNCTIONS["llama3"](config, device=torch.device("cpu"))
    ours = read_config(json.loads((llama / "config.json").read_text()))
    factors = np.array(compute_rope_factors(ours))
    pairs = np.arange(0, ours.head_size, 2) / ours.head_size
    assert np.allclose(ours.rope_base**-pairs / factors, stretched.numpy(), rtol=1e-5)
    assert factors.min() == 1.0
    assert factors.max() == 8.0


class Interrupted(Exception):
    """Stands for the end of the process."""


def test_a_build_that_was_stopped_goes_on_where_it_was(
    qwen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The file is the same, byte for byte, and what was written is not written again."""
    monkeypatch.setattr(building, "_JOURNAL_EVERY", 1)
    whole, stopped = tmp_path / "whole.gguf", tmp_path / "stopped.gguf"
    build_gguf(qwen, whole)
    seen: list[str] = []

    def interrupt(progress: Any) -> None:
        seen.append(progress.name)
        if progress.name == "blk.1.attn_q.weight":
            raise Interrupted

    with pytest.raises(Interrupted):
        build_gguf(qwen, stopped, listener=interrupt)
    assert not stopped.exists()
    again: list[str] = []
    build_gguf(qwen, stopped, listener=lambda progress: again.append(progress.name))
    assert stopped.read_bytes() == whole.read_bytes()
    assert "token_embd.weight" in seen
    assert "token_embd.weight" not in again
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_a_part_of_another_checkpoint_is_not_gone_on_with(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(building, "_JOURNAL_EVERY", 1)
    target = tmp_path / "m.gguf"

    def interrupt(progress: Any) -> None:
        if progress.name == "blk.1.attn_q.weight":
            raise Interrupted

    with pytest.raises(Interrupted):
        build_gguf(copy, target, listener=interrupt)
    name = json.loads((copy / "model.safetensors.index.json").read_text())["weight_map"][
        "model.embed_tokens.weight"
    ]
    tensors = load_file(copy / name)
    tensors["model.embed_tokens.weight"] += 1.0
    save_file(tensors, copy / name, metadata={"format": "pt"})
    build_gguf(copy, target)
    build_gguf(copy, tmp_path / "fresh.gguf")
    assert target.read_bytes() == (tmp_path / "fresh.gguf").read_bytes()


def test_a_cancelled_build_leaves_no_model(qwen: Path, tmp_path: Path):
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(GenerationCancelled):
        build_gguf(qwen, tmp_path / "m.gguf", cancel=cancel)
    assert not (tmp_path / "m.gguf").exists()


def test_a_disk_that_fills_up_gets_its_room_back(
    qwen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(building._Writer, "_write_tensor", fail)
    with pytest.raises(StorageError, match=r"No space left.*nothing was installed"):
        build_gguf(qwen, tmp_path / "m.gguf")
    assert list(tmp_path.iterdir()) == []


def test_too_little_room_is_told_before_anything_is_written(
    qwen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        "models.storage.shutil.disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 10**6)
    )
    with pytest.raises(StorageError, match=r"0\.0 GB are free there"):
        build_gguf(qwen, tmp_path / "m.gguf")
    assert not journal_of(tmp_path / "m.gguf.part").exists()


def damage_config(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def name_other_architecture(folder: Path) -> None:
    change_json(folder / "config.json", architectures=["MambaForCausalLM"])


def lose_a_shard(folder: Path) -> None:
    next(folder.glob("*-of-*.safetensors")).unlink()


def cut_a_shard(folder: Path) -> None:
    shard = next(folder.glob("*-of-*.safetensors"))
    shard.write_bytes(shard.read_bytes()[:-1000])


def drop_a_layer(folder: Path) -> None:
    change_json(folder / "config.json", num_hidden_layers=3)


def widen(folder: Path) -> None:
    change_json(folder / "config.json", intermediate_size=320)


def slide(folder: Path) -> None:
    change_json(folder / "config.json", use_sliding_window=True)


def stretch_strangely(folder: Path) -> None:
    change_json(folder / "config.json", rope_parameters={"rope_type": "longrope", "factor": 4})


def take_other_tokenizer(folder: Path) -> None:
    change_json(folder / "tokenizer.json", pre_tokenizer={"type": "Whitespace"})


def lose_template(folder: Path) -> None:
    change_json(folder / "tokenizer_config.json", chat_template=None)


def lose_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def keep_pickles(folder: Path) -> None:
    for path in folder.glob("model*"):
        path.unlink()
    (folder / "pytorch_model.bin").write_bytes(b"x")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (damage_config, r"config\.json is no JSON"),
        (name_other_architecture, "is a MambaForCausalLM"),
        (lose_a_shard, r"safetensors is missing or damaged"),
        (cut_a_shard, r"safetensors is missing or damaged"),
        (drop_a_layer, r"lacks 12 of its tensors, model\.layers\.2"),
        (widen, r"has the shape \[64, 160\] where config\.json makes it \[64, 320\]"),
        (slide, "sliding window"),
        (stretch_strangely, "'longrope', which is not converted"),
        (take_other_tokenizer, "cuts text in a way that is not known here"),
        (lose_template, "has no chat template"),
        (lose_tokenizer, r"tokenizer\.json cannot be read"),
        (keep_pickles, r"\.bin files, which can run code"),
    ],
)
def test_a_checkpoint_that_cannot_be_converted_is_refused(
    copy: Path, tmp_path: Path, damage: Any, message: str
):
    damage(copy)
    with pytest.raises(CheckpointError, match=message):
        build_gguf(copy, tmp_path / "m.gguf")
    assert not (tmp_path / "m.gguf").exists()


def test_a_number_that_16_bits_cannot_hold_is_told(tmp_path: Path):
    folder = write_random_checkpoint(tmp_path / "wide", "qwen2")
    tensors = load_file(folder / "model.safetensors")
    tensors["model.layers.0.mlp.up_proj.weight"][0, 0] = 1e6
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=r"up_proj\.weight holds a number that F16 cannot"):
        build_gguf(folder, tmp_path / "m.gguf", "F16")
    assert build_gguf(folder, tmp_path / "m.gguf", "BF16") == "BF16"


@pytest.fixture
def described(tmp_path: Path) -> dict[str, Any]:
    write_tokenizer(tmp_path, "llama-bpe")
    return json.loads((tmp_path / "tokenizer.json").read_text())


def test_tokenizers_are_known_by_how_they_cut_text(described: dict[str, Any]):
    assert find_pre_tokenizer(described) == "llama-bpe"


def test_a_pattern_that_differs_by_one_sign_is_refused(described: dict[str, Any]):
    cutting = described["pre_tokenizer"]["pretokenizers"][0]
    cutting["pattern"]["Regex"] = cutting["pattern"]["Regex"].replace("{1,3}", "{1,2}")
    with pytest.raises(CheckpointError, match="not known here"):
        find_pre_tokenizer(described)
