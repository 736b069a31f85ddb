"""A Hugging Face checkpoint on disk: its configuration, and its tensors one piece at a time.

Safetensors only, in one file or in shards: a pickle could run code. Weights are mapped from the
file, so that reading a piece of a tensor takes the memory of that piece. Knows no architecture.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
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
    """An opened checkpoint; made by `open_checkpoint`."""

    def __init__(
        self,
        folder: Path,
        config: Mapping[str, Any],
        tensors: Mapping[str, StoredTensor],
        files: Mapping[str, Any],
    ) -> None:
        """Take what was found in a folder, and its open files of weights by name."""
        self.folder, self.config, self.tensors = folder, config, tensors
        self._files = files

    def read(self, name: str, start: int, end: int) -> torch.Tensor:
        """Return rows `start` to `end` of a tensor, in the type that it is stored in."""
        stored = self.tensors[name]
        rows: torch.Tensor = self._files[stored.file].get_slice(name)[start:end]
        return rows

    def describe_sources(self) -> list[tuple[str, int, int]]:
        """Return name, size and time of change of each file: other ones give another build."""
        paths = [self.folder / name for name in sorted({*self._files, "config.json"})]
        paths.append(self.folder / "tokenizer.json")
        found = [(path, path.stat()) for path in paths if path.exists()]
        return [(path.name, stat.st_size, stat.st_mtime_ns) for path, stat in found]


@contextmanager
def open_checkpoint(folder: Path) -> Iterator[Checkpoint]:
    """Open a folder that holds `config.json` and safetensors, for the block.

    Raises:
        CheckpointError: a file is missing, damaged or of another format.
    """
    from safetensors import SafetensorError, safe_open

    config = read_json(folder / "config.json")
    with ExitStack() as stack:
        files: dict[str, Any] = {}
        tensors: dict[str, StoredTensor] = {}
        for name in _find_files(folder):
            try:
                file = stack.enter_context(safe_open(str(folder / name), framework="pt"))
                keys = list(file.keys())
            except (OSError, SafetensorError) as error:
                raise CheckpointError(
                    f"{folder / name} is missing or damaged ({error}). Fetch it again."
                ) from error
            files[name] = file
            for key in keys:
                piece = file.get_slice(key)
                tensors[key] = StoredTensor(key, name, tuple(piece.get_shape()), piece.get_dtype())
        _require_all(folder, tensors)
        yield Checkpoint(folder, config, tensors, files)


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
