"""The models that are installed: files with a record each, in one folder, and which one is in use.

A model is installed when its record is there, which is written last; what an interruption leaves
is no model. Knows no hub and no engine.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from models.builtin import (
    BUILTIN_ADAPTER,
    BUILTIN_CHAT,
    find_builtin_adapter,
    find_builtin_chat,
    hash_file,
)
from models.errors import ModelFileError, UnknownModel
from models.storage import guard_storage

Kind = Literal["model", "adapter"]
_WITH_ARTICLE = {"model": "a model", "adapter": "an adapter"}
_CHOICE = "in-use.json"
_RECORD = ".model.json"
# Where what is being fetched and built lies until it is whole.
_BUILDING = "unfinished"


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """One installed file. `size` in bytes; `modified` is the file's time in nanoseconds.

    `repository`, `revision` and `quantisation` say what it was made of, "" where nobody said it;
    `base` is an adapter's model.
    """

    name: str
    kind: Kind
    file: str
    size: int
    sha256: str
    modified: int
    quantisation: str = ""
    repository: str = ""
    revision: str = ""
    licence: str = ""
    duties: str = ""
    base: str = ""
    added_at: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """What answers unless a call says otherwise; None is the built-in model, and no adapter."""

    model: str | None = None
    adapter: str | None = None


class ModelStore:
    """The folder of installed models. It is made when something is installed, and not before."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which need not exist."""
        self.folder = folder

    @property
    def building_folder(self) -> Path:
        """Where unfinished downloads and builds lie."""
        return self.folder / _BUILDING

    def list_installed(self) -> list[InstalledModel]:
        """Return what is installed, by name; records whose file is gone are left out."""
        found = []
        for path in sorted(self.folder.glob(f"*{_RECORD}")):
            record = _read_record(path)
            if record and (self.folder / record.file).is_file():
                found.append(record)
        return sorted(found, key=lambda one: one.name)

    def find(self, name: str) -> InstalledModel:
        """Return an installed model or adapter by its name, or by how its name begins.

        Raises:
            UnknownModel: there is none, or several begin so.
        """
        installed = self.list_installed()
        for one in installed:
            if one.name == name.lower():
                return one
        begun = [one for one in installed if one.name.startswith(name.lower())]
        if len(begun) == 1:
            return begun[0]
        if begun:
            raise UnknownModel(
                f"{name} may be {' or '.join(one.name for one in begun)}. Say which one."
            )
        names = ", ".join(one.name for one in installed) or "none"
        raise UnknownModel(
            f"There is no model {name} here. Installed are: {names}. Fetch one (`acedesk models "
            f"pull NAME`), or give a GGUF file, or {BUILTIN_CHAT} for the built-in model."
        )

    def path_of(self, model: InstalledModel) -> Path:
        """Return where a model's file lies."""
        return self.folder / model.file

    def install(self, file: Path, record: InstalledModel) -> InstalledModel:
        """Move a finished file into the folder and record it; one of the same name is replaced.

        Raises:
            StorageError: the folder cannot be written.
        """
        with guard_storage(self.folder / record.file):
            self.folder.mkdir(parents=True, exist_ok=True)
            target = self.folder / record.file
            file.replace(target)
            stat = target.stat()
            whole = replace(record, size=stat.st_size, modified=stat.st_mtime_ns)
            _write_json(self.folder / f"{record.name}{_RECORD}", asdict(whole))
        return whole

    def update(self, record: InstalledModel) -> InstalledModel:
        """Write the record of an installed model anew."""
        with guard_storage(self.folder / record.file):
            _write_json(self.folder / f"{record.name}{_RECORD}", asdict(record))
        return record

    def remove(self, name: str) -> InstalledModel:
        """Remove a model or an adapter; if it is in use, the built-in model is from now on."""
        model = self.find(name)
        chosen = self.read_choice()
        if model.name == chosen.model:
            self.choose(ChosenModel())
        elif model.name == chosen.adapter:
            self.choose(replace(chosen, adapter=None))
        with guard_storage(self.folder / model.file):
            (self.folder / f"{model.name}{_RECORD}").unlink()
            self.path_of(model).unlink(missing_ok=True)
        return model

    def read_choice(self) -> ChosenModel:
        """Return what is in use; the built-in model where nothing was chosen."""
        try:
            content = json.loads((self.folder / _CHOICE).read_text(encoding="utf-8"))
            return ChosenModel(content.get("model"), content.get("adapter"))
        except (OSError, ValueError, AttributeError):
            return ChosenModel()

    def choose(self, choice: ChosenModel) -> None:
        """Keep what is to be in use.

        Raises:
            StorageError: the folder cannot be written.
        """
        with guard_storage(self.folder / _CHOICE):
            self.folder.mkdir(parents=True, exist_ok=True)
            _write_json(self.folder / _CHOICE, asdict(choice))

    def resolve(self, reference: str | None) -> Path:
        """Return the file of a model: by name, by path, the one in use where None.

        Raises:
            UnknownModel: there is no such model.
            ModelFileError: the file in use is gone.
        """
        name = reference or self.read_choice().model
        if name is None or name.lower() == BUILTIN_CHAT:
            return find_builtin_chat()
        path = Path(name).expanduser()
        if path.suffix == ".gguf" or path.is_file():
            if not path.is_file():
                raise ModelFileError(f"The model file {path} cannot be read. Check the path.")
            return path
        return self._path_of_kind(name, "model")

    def resolve_adapter(self, reference: str | None, model: str | None) -> Path | None:
        """Return the file of an adapter: by name or path; None for "none", or where none is in use.

        The adapter in use goes with the model in use, and with no other (`model` is not None). The
        built-in model has its own, which goes with it unless another or none is named.
        """
        choice = self.read_choice()
        name = reference or (choice.adapter if model is None else None)
        if name is None:
            asked = model or choice.model
            is_builtin = asked is None or asked.lower() == BUILTIN_CHAT
            return find_builtin_adapter() if is_builtin else None
        if name.lower() == "none":
            return None
        if name.lower() == BUILTIN_ADAPTER and (builtin := find_builtin_adapter()):
            return builtin
        path = Path(name).expanduser()
        if path.suffix == ".gguf" or path.is_file():
            if not path.is_file():
                raise ModelFileError(f"The adapter file {path} cannot be read. Check the path.")
            return path
        return self._path_of_kind(name, "adapter")

    def _path_of_kind(self, name: str, kind: Kind) -> Path:
        found = self.find(name)
        if found.kind != kind:
            raise UnknownModel(f"{found.name} is {_WITH_ARTICLE[found.kind]} and no {kind}.")
        return self.path_of(found)

    def known_checksum(self, path: Path) -> str | None:
        """Return the SHA-256 of an installed file as it was recorded, if it is unchanged since."""
        for model in self.list_installed():
            if self.path_of(model) == path:
                stat = path.stat()
                if (stat.st_size, stat.st_mtime_ns) == (model.size, model.modified):
                    return model.sha256
        return None


def name_model(name: str, quantisation: str = "") -> str:
    """Return the name that a model is installed under: "acesearcher-1.5b-q4_k_m"."""
    plain = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-.")
    suffix = quantisation.lower()
    return plain if not suffix or plain.endswith(suffix) else f"{plain}-{suffix}"


def verify_file(path: Path, model: InstalledModel) -> bool:
    """Whether a file is still the one that was installed, byte for byte."""
    hash_file.cache_clear()
    return path.is_file() and hash_file(path) == model.sha256


def _read_record(path: Path) -> InstalledModel | None:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = {field.name for field in fields(InstalledModel)}
        return InstalledModel(**{key: value for key, value in content.items() if key in known})
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
