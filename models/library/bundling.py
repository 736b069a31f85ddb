"""Packs models, this program and all that it needs into one file for a machine without network.

The file is an uncompressed tar: GGUF does not compress, tar can be written and read in one go and
has no limit of 4 GB, and every platform has a program for it. Knows no command and no terminal.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from textwrap import fill
from typing import BinaryIO

from packaging.utils import parse_wheel_filename

from models.builtin import BUILTIN_CHAT
from models.errors import BundleError, UnknownModel
from models.library.bundle_installer import describe_machine
from models.library.catalogue import load_catalogue
from models.library.manifest import (
    CONSTRAINTS,
    INSTALLER,
    LICENCES,
    MANIFEST,
    README,
    Manifest,
    PackedFile,
    render_manifest,
)
from models.library.store import ChosenModel, InstalledModel, ModelStore
from models.library.wheels import collect_wheels
from models.progress import ModelProgress, ProgressListener, ignore_progress
from models.storage import require_room

_TELL_EVERY = 4 * 2**20
# 1980-01-01, the same in every bundle; of 1970 tar itself complains.
_TIME = 315_532_800
_WHEELS = "wheels"
_README_WIDTH = 90
# What the small members and the tar's own blocks take at most.
_BESIDES = 4 * 2**20
_ELSEWHERE = "write the bundle to another disk"

CollectWheels = Callable[[Path, ProgressListener], Sequence[Path]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was written; `size` in bytes."""

    file: Path
    size: int
    manifest: Manifest


def choose_models(
    store: ModelStore, names: Sequence[str] = (), adapters: Sequence[str] = ()
) -> tuple[InstalledModel, ...]:
    """Return what is to be packed: what is named, or without names what is in use.

    The built-in model has no file: it comes with the program.

    Raises:
        UnknownModel: one of them is not installed, or is no adapter.
    """
    choice = store.read_choice()
    if not names:
        names = [one for one in (choice.model, choice.adapter) if one is not None]
    found = [store.find(name) for name in names if name.lower() != BUILTIN_CHAT]
    for name in adapters:
        adapter = store.find(name)
        if adapter.kind != "adapter":
            raise UnknownModel(f"{adapter.name} is a model and no adapter.")
        found.append(adapter)
    return tuple({one.name: one for one in found}.values())


def make_bundle(
    store: ModelStore,
    file: Path,
    models: Sequence[InstalledModel],
    *,
    program: str,
    collect: CollectWheels | None = collect_wheels,
    force: bool = False,
    listener: ProgressListener = ignore_progress,
) -> Bundle:
    """Write models, and the wheels that `collect` brings (None: no wheels), into `file`.

    `program` is this program's version. The file appears when it is whole; one that is there is
    replaced only with `force`.

    Raises:
        BundleError: it cannot be written, a model's file is not the one that was installed, or a
            wheel cannot be had.
        StorageError: there is no room.
    """
    _require_writable(file, force=force)
    if not models and collect is None:
        raise BundleError(
            "There is nothing to pack: the built-in model comes with the program, whose wheels "
            "are left out. Name an installed model."
        )
    _require_unchanged_sizes(store, models)
    require_room(file.parent, sum(model.size for model in models) + _BESIDES, _ELSEWHERE)
    wheels = tuple(collect(store.building_folder / _WHEELS, listener)) if collect else ()
    manifest = Manifest(
        program=program,
        models=tuple(replace(model, file=f"{model.name}.gguf") for model in models),
        wheels=tuple(_describe_wheel(path, listener) for path in wheels),
        machine=describe_machine() if wheels else {},
        use=_choose_use(store.read_choice(), models),
    )
    large = [
        (manifest.member_of(packed), store.path_of(model))
        for packed, model in zip(manifest.models, models, strict=True)
    ]
    large += zip(manifest.wheels, wheels, strict=True)
    total = sum(member.size for member, _ in large)
    require_room(file.parent, total + _BESIDES, _ELSEWHERE)
    part = file.with_name(file.name + ".part")
    with _guard_file(file, part):
        with part.open("wb") as output:
            _write(output, manifest, large, file.name, _Progress(total, listener))
            output.flush()
            os.fsync(output.fileno())
        part.replace(file)
    return Bundle(file, file.stat().st_size, manifest)


def _require_writable(file: Path, *, force: bool) -> None:
    if file.suffix.lower() != ".tar":
        raise BundleError(f"A bundle's name ends in .tar: {file.name}.tar and not {file.name}.")
    if not file.parent.is_dir():
        raise BundleError(f"There is no folder {file.parent}. Make it first, or check the path.")
    if file.is_dir():
        raise BundleError(f"{file} is a folder. Choose another name.")
    if file.exists() and not force:
        raise BundleError(f"{file} is there already. Choose another name, or replace it: --force.")


def _require_unchanged_sizes(store: ModelStore, models: Sequence[InstalledModel]) -> None:
    """Tell at once what would else be told after gigabytes."""
    for model in models:
        if store.path_of(model).stat().st_size != model.size:
            raise _refuse_changed(model.name)


def _refuse_changed(name: str) -> BundleError:
    return BundleError(
        f"{name} is not packed: its file is not the one that was installed (another size or "
        "checksum). Pull or build it again."
    )


def _describe_wheel(path: Path, listener: ProgressListener) -> PackedFile:
    listener(ModelProgress("checking", path.name, 0, 0))
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    return PackedFile(f"wheels/{path.name}", path.stat().st_size, checksum)


def _choose_use(choice: ChosenModel, models: Sequence[InstalledModel]) -> ChosenModel:
    """Return what is to answer on the other machine: what does here, as far as it is packed."""
    names = {model.name for model in models}
    if choice.model in names or (choice.model is None and choice.adapter in names):
        return ChosenModel(choice.model, choice.adapter if choice.adapter in names else None)
    first = next((model.name for model in models if model.kind == "model"), None)
    fitting = (model.name for model in models if model.kind == "adapter" and model.base == first)
    return ChosenModel(first, next(fitting, None) if first else None)


def _write(
    output: BinaryIO,
    manifest: Manifest,
    large: Sequence[tuple[PackedFile, Path]],
    name: str,
    progress: _Progress,
) -> None:
    with tarfile.open(fileobj=output, mode="w") as tar:
        _add_text(tar, MANIFEST, render_manifest(manifest))
        source = files("models.library") / "bundle_installer.py"
        _add_text(tar, INSTALLER, source.read_bytes())
        _add_text(tar, README, _render_readme(manifest, name).encode())
        _add_text(tar, LICENCES, _render_licences(manifest).encode())
        for member, path in large:
            with path.open("rb") as file:
                checked = _CheckedFile(file, member.name, progress)
                tar.addfile(_describe_member(member.name, member.size), checked)
            # Bytes after those that were packed change it just as well.
            if checked.digest() != member.sha256 or path.stat().st_size != member.size:
                raise _refuse_changed(path.name)
        _add_text(tar, CONSTRAINTS, _render_constraints(manifest).encode())


def _add_text(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    tar.addfile(_describe_member(name, len(content)), io.BytesIO(content))


def _describe_member(name: str, size: int) -> tarfile.TarInfo:
    """Return what tar notes of a member: the same on every machine, whoever packs."""
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, _TIME, 0o644
    return member


class _Progress:
    """Adds up what was packed of all files; tar reads in small pieces, not each of them is told."""

    def __init__(self, total: int, listener: ProgressListener) -> None:
        self._total, self._listener = total, listener
        self._done = self._told = 0

    def add(self, name: str, count: int) -> None:
        self._done += count
        if self._done >= min(self._told + _TELL_EVERY, self._total):
            self._told = self._done
            self._listener(ModelProgress("packing", name, self._done, self._total))


class _CheckedFile(io.RawIOBase):
    """A file that is hashed and counted while tar reads it."""

    def __init__(self, file: BinaryIO, name: str, progress: _Progress) -> None:
        self._file, self._name, self._progress = file, name, progress
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self._digest.update(chunk)
        self._progress.add(self._name, len(chunk))
        return chunk

    def digest(self) -> str:
        return self._digest.hexdigest()


@contextmanager
def _guard_file(file: Path, part: Path) -> Iterator[None]:
    """Leave no half of a bundle behind, and tell in words why it cannot be written."""
    try:
        yield
    except OSError as error:
        raise BundleError(
            f"{file} cannot be written ({error.strerror or error}). Make room or choose another "
            "disk; one that is formatted as FAT32, as sticks often are, takes no file over 4 GB "
            "(exFAT does)."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _render_readme(manifest: Manifest, name: str) -> str:
    held = ", ".join(model.name for model in manifest.models) or "no model but the built-in one"
    if not manifest.wheels:
        return (
            f"Models for AceDesk {manifest.program}: {held}.\n\nWhere AceDesk is installed:\n\n"
            f"    acedesk models install {name}\n"
        )
    machine = manifest.machine
    what = (
        f"AceDesk {manifest.program} with {held}, for a machine without a network that has Python "
        f"{machine['python']} ({machine['platform']}) and nothing else. Two commands:"
    )
    then = (
        "The first takes the installer out of this file, the second installs the program into "
        "./acedesk (another folder: --into DIR) and the models into your data folder, and says how "
        "to start it. With --use the bundle's model answers from then on."
    )
    return (
        f"{fill(what, _README_WIDTH)}\n\n"
        f"    tar xf {name} {INSTALLER}\n"
        f"    python{machine['python']} {INSTALLER} {name}\n\n"
        f"{fill(then, _README_WIDTH)}\n\n"
        f"Where AceDesk is installed already: acedesk models install {name}\n"
    )


def _render_licences(manifest: Manifest) -> str:
    parts = [
        "The licences of the models in this bundle, and what they ask of those who pass it on."
    ]
    for model in manifest.models:
        unknown = "not recorded; ask whoever made it"
        if model.repository:
            unknown = f"not recorded; see {model.repository}"
        parts.append(_render_licence(model.name, model.licence or unknown, model.duties))
    for known in load_catalogue():
        if known.format == "builtin" and manifest.wheels:
            parts.append(_render_licence(f"{known.name} (built in)", known.licence, known.duties))
    return "\n\n".join(parts) + "\n"


def _render_licence(name: str, licence: str, duties: str) -> str:
    lines = [name, f"  Licence: {licence}"]
    if duties:
        lines.append(f"  Duties: {duties}")
    return "\n".join(lines)


def _render_constraints(manifest: Manifest) -> str:
    """Return the exact version of each wheel, as pip reads it."""
    lines = []
    for wheel in manifest.wheels:
        name, version, _, _ = parse_wheel_filename(wheel.name.removeprefix("wheels/"))
        lines.append(f"{name}=={version}\n")
    return "".join(lines)
