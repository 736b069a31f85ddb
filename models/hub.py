"""Models that the user brought: a folder, or a repository in the local Hugging Face cache.

Nothing is downloaded here. Knows no model's kind: what a folder must hold, its caller says.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")


def switch_hub_off() -> None:
    """Keep the libraries from asking the hub; only works before they are first imported."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def find_cached_folder(repository: str, revision: str | None = None) -> Path | None:
    """Return the folder of `repository` ("owner/name") in the local cache, or None."""
    switch_hub_off()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(repository, revision=revision, local_files_only=True))
    except LocalEntryNotFoundError:
        return None


def list_weights(folder: Path) -> list[Path]:
    """Return the files of weights in a model's folder and its parts, in a fixed order."""
    for pattern in _WEIGHTS:
        if found := sorted(folder.rglob(pattern)):
            return found
    return []


def read_settings(path: Path) -> Mapping[str, Any]:
    """Return the JSON object in a file; an empty one where there is no such file.

    Raises:
        ValueError: the file holds no JSON object.
    """
    if not path.is_file():
        return {}
    settings = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(settings, dict):
        raise ValueError(f"{path} holds no JSON object")
    return settings


def describe_missing(kind: str, name: str, repository: str) -> str:
    """Return what to tell when a known model is not on this machine."""
    return (
        f"The {kind} model {name} is not on this machine. Fetch it with "
        f"`hf download {repository}`, or name the folder that holds it."
    )


def describe_unknown(kind: str, reference: str, known: Mapping[str, object]) -> str:
    """Return what to tell when `reference` is neither a folder nor a known name."""
    return (
        f"{reference} is no folder and no {kind} model known by name. Known are "
        f"{', '.join(known)}; any other one goes by the folder that holds it."
    )
