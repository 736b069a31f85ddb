"""Settings: what the call says, else the environment, else the defaults."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import platformdirs
import pytest

from app.offline import go_offline
from app.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in (
        "ACEDESK_WORKSPACE",
        "ACEDESK_MODEL",
        "ACEDESK_EMBEDDING_MODEL",
        "ACEDESK_CHROMA_URL",
        "ACEDESK_API_KEY",
    ):
        monkeypatch.delenv(name, raising=False)


def test_without_a_word_the_platforms_data_folder_and_the_built_in_model_are_taken():
    settings = load_settings()
    assert settings.workspace == platformdirs.user_data_path("acedesk") / "workspace"
    assert (settings.model, settings.adapter) == (None, None)


def test_the_environment_names_the_workspace(monkeypatch):
    monkeypatch.setenv("ACEDESK_WORKSPACE", "/desk/here")
    assert load_settings().workspace == Path("/desk/here")


def test_the_call_is_nearer_than_the_environment(monkeypatch):
    monkeypatch.setenv("ACEDESK_WORKSPACE", "/desk/here")
    monkeypatch.setenv("ACEDESK_MODEL", "here.gguf")
    settings = load_settings("/desk/there", "there.gguf")
    assert settings.workspace == Path("/desk/there")
    assert settings.model == "there.gguf"


def test_the_environment_names_the_model(monkeypatch):
    monkeypatch.setenv("ACEDESK_MODEL", "here.gguf")
    assert load_settings().model == "here.gguf"


def test_an_empty_variable_is_none(monkeypatch):
    monkeypatch.setenv("ACEDESK_WORKSPACE", "")
    assert load_settings() == load_settings(None)
    assert load_settings().workspace.name == "workspace"


def test_a_tilde_is_the_home_folder(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("ACEDESK_MODELS", "~/models")
    assert load_settings("~/desk").workspace == Path("/home/ada/desk")
    assert load_settings("~/desk").models == Path("/home/ada/models")


def test_loading_settings_makes_no_folder(tmp_path):
    load_settings(str(tmp_path / "new"))
    assert list(tmp_path.iterdir()) == []


def test_the_key_of_a_server_is_the_environments_and_is_not_shown(monkeypatch):
    assert load_settings().api_key is None
    monkeypatch.setenv("ACEDESK_API_KEY", " sk-hush\n")
    settings = load_settings(model="http://127.0.0.1:8000/v1")
    assert settings.api_key == "sk-hush"
    assert "hush" not in repr(settings)


def test_settings_do_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings(Path("desk")).model = "other"


def test_going_offline_sets_every_switch_whatever_it_was(monkeypatch):
    expected = {
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "GRADIO_ANALYTICS_ENABLED": "False",
        "ANONYMIZED_TELEMETRY": "False",
        "DO_NOT_TRACK": "1",
    }
    for name in (*expected, "TOKENIZERS_PARALLELISM"):
        monkeypatch.setenv(name, "something else")
    go_offline()
    assert {name: os.environ[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("field", "variable"),
    [
        ("embedding_model", "ACEDESK_EMBEDDING_MODEL"),
        ("chroma_url", "ACEDESK_CHROMA_URL"),
    ],
)
def test_the_call_and_the_environment_name_what_embeds_and_where(field, variable, monkeypatch):
    assert getattr(load_settings(), field) is None
    monkeypatch.setenv(variable, "from the environment")
    assert getattr(load_settings(), field) == "from the environment"
    assert getattr(load_settings(**{field: "from the call"}), field) == "from the call"
