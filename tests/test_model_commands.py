"""The commands on models, from the words of a call to what they print and leave behind."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from app import comparing
from app.cli import main
from app.comparing import (
    Answered,
    ModelAnswers,
    agree,
    read_questions,
    record_comparison,
    render_comparison,
)
from app.errors import CallError
from benchmarks.checkpoints import write_random_checkpoint
from models.builtin import BUILTIN_CHAT, find_builtin_chat
from models.conversion.quantising import QUANTISATIONS

Run = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ACEDESK_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `acedesk models ... --json`; returns the JSON value."""

    def call(*words: str, code: int = 0) -> Any:
        assert main(["models", *words, "--json"]) == code, capsys.readouterr().err
        said = capsys.readouterr()
        return json.loads(said.out) if code == 0 or said.out else said.err

    return call


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_checkpoint(tmp_path_factory.mktemp("c") / "tiny", "qwen2")


def test_the_list_tells_what_is_here_what_can_be_had_and_what_is_in_use(run: Run, folder: Path):
    listed = run("list")
    assert listed["in_use"] == {"model": BUILTIN_CHAT, "adapter": None}
    assert listed["installed"] == []
    assert listed["folder"] == str(folder)
    known = {one["name"]: one for one in listed["known"]}
    assert known["acesearcher-8b"]["licence"].startswith("MIT; base Llama 3.1")
    assert known["acesearcher-8b"]["quantisations"][0]["name"] == "Q4_K_M"
    assert known["acesearcher-8b"]["quantisations"][0]["memory"] > 5e9


@pytest.mark.slow
def test_a_checkpoint_is_built_checked_used_and_removed(run: Run, folder: Path, checkpoint: Path):
    built = run("build", str(checkpoint), "--quant", "F16", "--name", "My Own")
    assert built["name"] == "my-own-f16"
    checks = {one["name"]: one for one in run("check", "my-own", str(checkpoint))}
    assert checks["logits"]["passed"]
    assert checks["token ids"]["passed"]
    assert run("use", "my-own") == {"model": "my-own-f16", "adapter": None}
    assert run("list")["in_use"]["model"] == "my-own-f16"
    assert [one["name"] for one in run("remove", "my-own")] == ["my-own-f16"]
    assert run("list")["in_use"]["model"] == BUILTIN_CHAT
    assert sorted(path.name for path in folder.iterdir()) == ["in-use.json", "unfinished"]


@pytest.mark.slow
def test_a_build_that_differs_from_its_checkpoint_ends_in_1(
    run: Run, folder: Path, checkpoint: Path, tmp_path: Path
):
    run("build", str(checkpoint), "--quant", "F16", "--name", "one")
    other = write_random_checkpoint(tmp_path / "other", "qwen2", seed=5)
    checks = {one["name"]: one for one in run("check", "one", str(other), code=1)}
    assert checks["token ids"]["passed"]
    assert not checks["logits"]["passed"]


@pytest.mark.slow
def test_an_adapter_is_built_for_its_base_and_used_with_it(run: Run, tmp_path: Path):
    import torch
    from safetensors.torch import save_file

    peft = tmp_path / "tuned"
    peft.mkdir()
    config = {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "bias": "none"}
    (peft / "adapter_config.json").write_text(json.dumps(config))
    name = "base_model.model.model.layers.0.self_attn.q_proj"
    save_file(
        {f"{name}.lora_A.weight": torch.ones(4, 576), f"{name}.lora_B.weight": torch.ones(576, 4)},
        peft / "adapter_model.safetensors",
    )
    built = run("build", str(peft), "--base", BUILTIN_CHAT)
    assert (built["name"], built["kind"], built["base"]) == ("tuned-f16", "adapter", BUILTIN_CHAT)
    used = run("use", BUILTIN_CHAT, "--adapter", "tuned")
    assert used == {"model": BUILTIN_CHAT, "adapter": "tuned-f16"}
    assert "whole model" in run("use", "tuned", code=1) or "no model" in run("use", "tuned", code=1)


def test_an_adapter_without_its_base_is_not_built(run: Run, tmp_path: Path):
    (tmp_path / "adapter_config.json").write_text("{}")
    assert "--base NAME" in run("build", str(tmp_path), code=1)


@pytest.mark.slow
def test_a_model_that_does_not_load_leaves_the_former_in_use(run: Run, folder: Path):
    """Its head is whole and its weights are not: only loading finds out."""
    from gguf import GGUFWriter

    from models.builtin import hash_file
    from models.library.store import InstalledModel, ModelStore

    store = ModelStore(folder)
    folder.mkdir()
    writer = GGUFWriter(folder / "new.gguf", "llama")
    writer.add_block_count(1)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    record = InstalledModel(
        "broken", "model", "broken.gguf", 0, hash_file(folder / "new.gguf"), modified=0
    )
    store.install(folder / "new.gguf", record)
    assert "broken.gguf cannot be loaded" in run("use", "broken", code=1)
    assert store.read_choice().model is None


def test_a_quantisation_that_nobody_knows_is_told_with_those_that_are(
    run: Run, tmp_path: Path, checkpoint: Path
):
    said = run("build", str(checkpoint), "--quant", "Q9", code=1)
    assert "There is no quantisation Q9" in said
    assert all(name in said for name in QUANTISATIONS)


def test_questions_are_one_a_line_or_json_lines(tmp_path: Path):
    path = tmp_path / "questions.txt"
    path.write_text('What were net sales?\n\n{"question": "What was net income?", "id": 3}\n')
    assert read_questions(path) == ("What were net sales?", "What was net income?")


@pytest.mark.parametrize("content", ["", "\n\n", '{"no": 1}', "{broken"])
def test_a_file_without_questions_is_refused(tmp_path: Path, content: str):
    path = tmp_path / "questions.txt"
    path.write_text(content)
    with pytest.raises(CallError, match=r"questions\.txt"):
        read_questions(path)


def answered(answer: str, verdict: str = "SUPPORTED", seconds: float = 1.0) -> Answered:
    return Answered("What?", answer, verdict, 2, seconds, 100, 20, None)


def test_two_answers_agree_when_they_say_the_same_with_the_same_verdict():
    assert agree(answered("$5.2  Million"), answered("$5.2 million"))
    assert not agree(answered("$5.2 million"), answered("$5.3 million"))
    assert not agree(answered("Yes"), answered("Yes", "NOT_ENOUGH_INFO"))


def test_a_comparison_tells_agreement_speed_and_memory():
    one = ModelAnswers("a", 2**30, (answered("1", seconds=1.0), answered("2", seconds=3.0)))
    two = ModelAnswers("b", 2**29, (answered("1"), answered("3")))
    record = record_comparison(one, two)
    assert record["agree"] == [True, False]
    assert record["agreement"] == 0.5
    assert [model["median_seconds"] for model in record["models"]] == [2.0, 1.0]
    assert [model["memory"] for model in record["models"]] == [2**30, 2**29]
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(render_comparison(one, two))
    assert "They agree on 1 of 2." in console.export_text()


@pytest.mark.slow
def test_two_models_are_asked_about_the_sample(run: Run, monkeypatch: pytest.MonkeyPatch):
    """The same file under two names: they agree, and a fact needs no word of either."""
    monkeypatch.setattr(comparing, "SAMPLE_QUESTIONS", comparing.SAMPLE_QUESTIONS[:1])
    compared = run("compare", BUILTIN_CHAT, str(find_builtin_chat()))
    assert compared["agree"] == [True]
    assert [model["model"] for model in compared["models"]] == [
        BUILTIN_CHAT,
        str(find_builtin_chat()),
    ]
    (answer,) = compared["models"][0]["answers"]
    assert "million" in answer["answer"]
    assert answer["verdict"] == "SUPPORTED"
