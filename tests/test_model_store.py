"""The folder of installed models: what is there, what is in use, and what a name stands for."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from models.builtin import BUILTIN_CHAT, find_builtin_adapter, find_builtin_chat, hash_file
from models.errors import ModelFileError, UnknownModel
from models.library.catalogue import find_model, load_catalogue, parse_catalogue
from models.library.store import ChosenModel, InstalledModel, ModelStore, name_model

RECORD = InstalledModel(
    name="small-q8_0", kind="model", file="small-q8_0.gguf", size=0, sha256="", modified=0
)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


def install(store: ModelStore, name: str = "small-q8_0", kind: str = "model") -> InstalledModel:
    source = store.folder.parent / f"{name}.source"
    source.write_bytes(name.encode())
    record = replace(RECORD, name=name, file=f"{name}.gguf", kind=kind, sha256=hash_file(source))
    return store.install(source, record)


def test_the_folder_is_not_made_before_something_is_installed(store: ModelStore):
    assert store.list_installed() == []
    assert store.read_choice() == ChosenModel()
    assert not store.folder.exists()


def test_an_installed_model_is_moved_and_listed(store: ModelStore):
    installed = install(store)
    assert store.path_of(installed).read_bytes() == b"small-q8_0"
    assert store.list_installed() == [installed]
    assert installed.size == 10
    assert not (store.folder.parent / "small-q8_0.source").exists()


def test_a_file_without_a_record_is_no_model(store: ModelStore):
    store.folder.mkdir()
    (store.folder / "stray.gguf").write_bytes(b"GGUF")
    assert store.list_installed() == []


@pytest.mark.parametrize("content", ["{", "[]", '{"name": "x"}', ""])
def test_a_damaged_record_hides_its_model_alone(store: ModelStore, content: str):
    install(store, "whole")
    install(store, "broken")
    (store.folder / "broken.model.json").write_text(content)
    assert [one.name for one in store.list_installed()] == ["whole"]


def test_a_record_whose_file_is_gone_is_not_listed(store: ModelStore):
    store.path_of(install(store)).unlink()
    assert store.list_installed() == []


def test_a_model_goes_by_how_its_name_begins(store: ModelStore):
    install(store, "acesearcher-1.5b-q4_k_m")
    assert store.find("AceSearcher-1.5b").name == "acesearcher-1.5b-q4_k_m"


def test_a_beginning_that_two_share_is_not_enough(store: ModelStore):
    install(store, "acesearcher-1.5b-q4_k_m")
    install(store, "acesearcher-1.5b-q8_0")
    with pytest.raises(UnknownModel, match="q4_k_m or acesearcher"):
        store.find("acesearcher-1.5b")
    assert store.find("acesearcher-1.5b-q8_0").name == "acesearcher-1.5b-q8_0"


def test_an_unknown_name_is_told_with_those_that_are_there(store: ModelStore):
    install(store)
    with pytest.raises(UnknownModel, match=r"no model big here. Installed are: small-q8_0"):
        store.resolve("big")


def test_without_a_choice_the_built_in_model_answers(store: ModelStore):
    assert store.resolve(None) == find_builtin_chat()
    assert store.resolve(BUILTIN_CHAT) == find_builtin_chat()
    assert store.resolve_adapter(None, None) == find_builtin_adapter()
    assert store.resolve_adapter("none", None) is None


def test_the_model_in_use_answers_and_a_call_may_name_another(store: ModelStore):
    installed = install(store)
    adapter = install(store, "tuned-f16", "adapter")
    store.choose(ChosenModel(installed.name, adapter.name))
    assert store.resolve(None) == store.path_of(installed)
    assert store.resolve(BUILTIN_CHAT) == find_builtin_chat()
    assert store.resolve_adapter(None, None) == store.path_of(adapter)


def test_the_adapter_in_use_goes_with_no_other_model(store: ModelStore):
    adapter = install(store, "tuned-f16", "adapter")
    store.choose(ChosenModel(None, adapter.name))
    assert store.resolve_adapter(None, BUILTIN_CHAT) == find_builtin_adapter()
    assert store.resolve_adapter(None, "another") is None
    assert store.resolve_adapter("none", None) is None
    assert store.resolve_adapter("tuned-f16", BUILTIN_CHAT) == store.path_of(adapter)


def test_an_adapter_is_not_taken_for_a_model(store: ModelStore):
    install(store, "tuned-f16", "adapter")
    with pytest.raises(UnknownModel, match="tuned-f16 is an adapter and no model"):
        store.resolve("tuned-f16")


def test_a_file_goes_by_its_path(store: ModelStore, tmp_path: Path):
    (tmp_path / "own.gguf").write_bytes(b"GGUF")
    assert store.resolve(str(tmp_path / "own.gguf")) == tmp_path / "own.gguf"
    with pytest.raises(ModelFileError, match=r"gone\.gguf cannot be read"):
        store.resolve(str(tmp_path / "gone.gguf"))


def test_a_tilde_in_a_path_is_the_home_folder(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "own.gguf").write_bytes(b"GGUF")
    assert store.resolve("~/own.gguf") == tmp_path / "own.gguf"
    assert store.resolve_adapter("~/own.gguf", None) == tmp_path / "own.gguf"


def test_removing_the_model_in_use_brings_back_the_built_in_one(store: ModelStore):
    installed = install(store)
    store.choose(ChosenModel(installed.name))
    store.remove("small")
    assert store.list_installed() == []
    assert store.resolve(None) == find_builtin_chat()
    assert [path.name for path in store.folder.iterdir()] == ["in-use.json"]


def test_a_checksum_is_known_while_the_file_is_unchanged(store: ModelStore):
    installed = install(store)
    path = store.path_of(installed)
    assert store.known_checksum(path) == installed.sha256
    os.utime(path, ns=(1, 1))
    assert store.known_checksum(path) is None


def test_names_are_plain_and_end_in_the_quantisation():
    assert name_model("AceSearcher 1.5B", "Q4_K_M") == "acesearcher-1.5b-q4_k_m"
    assert name_model("model-q8_0", "Q8_0") == "model-q8_0"
    assert name_model("../evil name", "F16") == "evil-name-f16"


def test_the_catalogue_has_what_the_makers_publish():
    names = [model.name for model in load_catalogue()]
    assert names[:4] == [f"acesearcher-{size}" for size in ("1.5b", "8b", "14b", "32b")]
    assert BUILTIN_CHAT in names
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("model", load_catalogue(), ids=lambda model: model.name)
def test_each_entry_is_whole(model):
    """Licence and duties are told, ready files are pinned and have checksums, sizes make sense."""
    assert model.licence
    assert model.duties
    if model.format == "gguf":
        assert len(model.revision) == 40
        assert all(len(file.sha256) == 64 for file in model.file)
    for quantisation in model.quantisations:
        bits = 8 * model.estimate_bytes(quantisation) / model.parameters
        assert 3.5 < bits < 10.5
        assert model.estimate_memory(quantisation) > model.estimate_bytes(quantisation)


def test_a_models_size_is_that_of_files_of_the_same_kind():
    """1.5B as Q4_K_M is 0.99 GB and as Q8_0 1.65 GB, 8B as Q4_K_M 4.9 GB: within a tenth."""
    small, large = find_model("acesearcher-1.5b"), find_model("AceSearcher/AceSearcher-8B")
    assert small.estimate_bytes("Q4_K_M") == pytest.approx(0.99e9, rel=0.1)
    assert small.estimate_bytes("Q8_0") == pytest.approx(1.65e9, rel=0.1)
    assert large.estimate_bytes("Q4_K_M") == pytest.approx(4.9e9, rel=0.1)


def test_a_key_that_nobody_knows_is_an_error():
    with pytest.raises(ValueError, match="unknown key 'sise'"):
        parse_catalogue({"model": [{"name": "x", "sise": 1}]})
