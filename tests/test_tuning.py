"""An adapter is learnt over a small model, goes on where it stopped, and runs in llama.cpp."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from app.cli import main
from benchmarks.checkpoints import write_random_checkpoint
from models.conversion.adapter_reading import write_adapter_folder
from models.conversion.building import build_gguf
from models.errors import CheckpointError
from models.gguf_header import read_header
from research.prompts import render_decomposition_prompt
from training.errors import DataError, RunError
from training.examples import Example, write_examples
from training.exporting import export_adapter
from training.sft import TuningSettings, build_rows, tune
from training.tokenizing import open_format

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning"),
]
SETTINGS = TuningSettings(
    rank=4, row_tokens=256, longest=256, rows_a_step=1, save_steps=2, rate=1e-3
)


def read_pairs(folder):
    """The low-rank pairs of an adapter in PEFT's files."""
    return load_file(folder / "adapter_model.safetensors")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    checkpoint = write_random_checkpoint(folder / "checkpoint", "llama", tied=True)
    build_gguf(checkpoint, folder / "tiny.gguf", "F32")
    return folder / "tiny.gguf"


@pytest.fixture
def data(tmp_path):
    examples = [
        Example(
            "question_plan",
            render_decomposition_prompt(f"Did sales rise from {year} to {year + 1}?"),
            f"### Q1: What were sales in {year}?\n### Q2: What were sales in {year + 1}?",
            "AceDesk questions",
            f"acedesk:{year}",
        )
        for year in range(2000, 2012)
    ]
    write_examples(tmp_path / "train.jsonl", examples)
    return tmp_path / "train.jsonl"


def test_a_run_learns_and_its_adapter_is_exported(base, data, tmp_path):
    said = []
    tune(base, data, tmp_path / "run", SETTINGS, said.append)
    losses = [float(line.split("loss ")[1].split(",")[0]) for line in said if "loss" in line]
    assert losses
    export_adapter(tmp_path / "run", base, tmp_path / "a.gguf")
    header = read_header(tmp_path / "a.gguf")
    assert header.metadata["general.type"] == "adapter"
    # Called again, it has nothing left to do.
    again = []
    tune(base, data, tmp_path / "run", SETTINGS, again.append)
    assert any(line.startswith("Going on from checkpoint") for line in again)


def test_an_adapter_is_read_back_as_it_was_learnt(base, data, tmp_path):
    learnt = read_pairs(tune(base, data, tmp_path / "run", SETTINGS, print))
    export_adapter(tmp_path / "run", base, tmp_path / "a.gguf", "F32")
    write_adapter_folder(tmp_path / "a.gguf", base, tmp_path / "back")
    found = read_pairs(tmp_path / "back")
    assert found.keys() == learnt.keys()
    assert all(torch.equal(found[name], learnt[name].float()) for name in learnt)


def test_a_run_goes_on_from_an_adapter(base, data, tmp_path):
    learnt = read_pairs(tune(base, data, tmp_path / "run", SETTINGS, print))
    export_adapter(tmp_path / "run", base, tmp_path / "a.gguf", "F32")
    hardly = replace(SETTINGS, rate=1e-9)
    more = read_pairs(tune(base, data, tmp_path / "more", hardly, print, tmp_path / "a.gguf"))
    for name in learnt:
        assert torch.allclose(more[name].float(), learnt[name].float(), atol=1e-3)
    with pytest.raises(RunError, match="start_sha256"):
        tune(base, data, tmp_path / "more", hardly, print)


def test_a_model_is_no_adapter_to_go_on_from(base, data, tmp_path):
    with pytest.raises(CheckpointError, match="holds no LoRA adapter"):
        tune(base, data, tmp_path / "run", SETTINGS, print, base)


def test_a_run_is_not_gone_on_with_other_data(base, data, tmp_path):
    (tmp_path / "run").mkdir()
    told = {"base": base.name, "data_sha256": "another"}
    (tmp_path / "run" / "run.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(RunError, match="data_sha256"):
        tune(base, data, tmp_path / "run", SETTINGS, print)


def test_examples_that_are_too_long_are_no_data(base, data):
    from training.examples import read_examples

    with pytest.raises(DataError, match="no example to learn from"):
        build_rows(base, list(read_examples(data)), TuningSettings(longest=20))


def test_the_tokens_that_are_learnt_are_those_that_the_desk_asks_with(base, data):
    """The prompt is rendered by the engine's own code, and the answer ends where it would stop."""
    from training.examples import read_examples
    from training.tokenizing import tokenize_examples

    format_, end = open_format(base)
    example = next(read_examples(data))
    (found,) = tokenize_examples([example], format_, end, 512)
    assert list(found.prompt) == format_.tokenize(example.prompt)
    assert found.completion[-1] == end


def test_an_unfinished_run_is_not_exported(base, tmp_path):
    with pytest.raises(RunError, match="no training run"):
        export_adapter(tmp_path / "none", base, tmp_path / "a.gguf")


def test_the_command_tells_what_is_wrong_with_the_data(tmp_path, capsys):
    call = ["train", "sft", "--data", str(tmp_path / "no.jsonl"), "--out", str(tmp_path / "run")]
    assert main(call) == 1
    assert "acedesk train data" in capsys.readouterr().err
