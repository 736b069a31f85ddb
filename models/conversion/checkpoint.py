"""A Hugging Face checkpoint on disk: its configuration, and its tensors one piece at a time.

Safetensors only, in one file or in shards: a pickle could run code. A file is opened anew for each
piece: what was mapped of it would else stay in memory to the end, all of it. Knows no architecture.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import CheckpointError

if TYPE_CHECKING:
    import torch

_SINGLE = "model.safetensors"
_INDEX = "model.safetensors.index.json"


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """Where a tensor lies and what it is; `dtype` as safetensors names it ("BF16", "F32")."""

    name: str
    file: str
    shape: tuple[int, ...]
    dtype: str


class Checkpoint:
    """A checkpoint that was looked through; made by `open_checkpoint`."""

    def __init__(
        self, folder: Path, config: Mapping[str, Any], tensors: Mapping[str, StoredTensor]
    ) -> None:
        """Take what was found in a folder."""
        self.folder, self.config, self.tensors = folder, config, tensors

    def read(self, name: str, start: int, end: int) -> torch.Tensor:
        """Return rows `start` to `end` of a tensor, in the type that it is stored in."""
        from safetensors import safe_open

        with safe_open(str(self.folder / self.tensors[name].file), framework="pt") as file:
            rows: torch.Tensor = file.get_slice(name)[start:end].clone()
        return rows

    def describe_sources(self) -> list[tuple[str, int, int]]:
        """Return name, size and time of change of each file: other ones give another build."""
        names = {"config.json", *(tensor.file for tensor in self.tensors.values())}
        paths = [self.folder / name for name in sorted(names)]
        paths.append(self.folder / "tokenizer.json")
        found = [(path, path.stat()) for path in paths if path.exists()]
        return [(path.name, stat.st_size, stat.st_mtime_ns) for path, stat in found]


def open_checkpoint(folder: Path) -> Checkpoint:
    """Look through a folder that holds `config.json` and safetensors.

    Raises:
        CheckpointError: a file is missing, damaged or of another format.
    """
    config = read_json(folder / "config.json")
    tensors: dict[str, StoredTensor] = {}
    for name in _find_files(folder):
        tensors.update((tensor.name, tensor) for tensor in _list_tensors(folder, name))
    _require_all(folder, tensors)
    return Checkpoint(folder, config, tensors)


def _list_tensors(folder: Path, name: str) -> list[StoredTensor]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(folder / name), framework="pt") as file:
            pieces = [(key, file.get_slice(key)) for key in file.keys()]  # noqa: SIM118  # no mapping
            return [
                StoredTensor(key, name, tuple(piece.get_shape()), piece.get_dtype())
                for key, piece in pieces
            ]
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{folder / name} is missing or damaged ({error}). Fetch it again."
        ) from error


def read_json(path: Path) -> Mapping[str, Any]:
    """Return the JSON object in a file of a checkpoint.

    Raises:
        CheckpointError: there is no such file, or no object in it.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be read ({error.strerror}). A checkpoint is a folder with config.json, "
            "tokenizer.json and safetensors, as the hub has it."
        ) from error
    except ValueError as error:
        raise CheckpointError(f"{path} is no JSON ({error}). Fetch it again.") from error
    if not isinstance(value, dict):
        raise CheckpointError(f"{path} holds no JSON object. Fetch it again.")
    return value


def _find_files(folder: Path) -> list[str]:
    if (folder / _INDEX).is_file():
        return sorted(set(_read_index(folder).values()))
    if (folder / _SINGLE).is_file():
        return [_SINGLE]
    if any(folder.glob("*.bin")):
        raise CheckpointError(
            f"{folder} holds its weights as .bin files, which can run code when they are read. "
            "Take the safetensors of the same model."
        )
    raise CheckpointError(
        f"{folder} holds neither {_SINGLE} nor {_INDEX}. Fetch the checkpoint again, with all of "
        "its files."
    )


def _read_index(folder: Path) -> Mapping[str, str]:
    index = read_json(folder / _INDEX).get("weight_map")
    if not isinstance(index, dict) or not index:
        raise CheckpointError(f"{folder / _INDEX} lists no tensors. Fetch it again.")
    return {str(key): str(value) for key, value in index.items()}


def _require_all(folder: Path, tensors: Mapping[str, StoredTensor]) -> None:
    if not (folder / _INDEX).is_file():
        return
    missing = sorted(_read_index(folder).keys() - tensors.keys())
    if missing:
        raise CheckpointError(
            f"{folder} lacks {len(missing)} tensors that its index lists, {missing[0]} first. "
            "Fetch the shards again."
        )
