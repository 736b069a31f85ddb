"""Installs what was carried here as a file: a bundle, or a single GGUF file.

All of a bundle's models are unpacked and held to their checksums before the first is installed, so
that a file that was cut off changes nothing. No name in it is believed: where its files are written
to is decided here. Knows no command and no terminal.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, Literal

from models.builtin import BUILTIN_CHAT
from models.errors import BundleError, ModelFileError
from models.gguf_header import GgufHeader, read_header
from models.library.manifest import (
    MANIFEST,
    MOST_MANIFEST_BYTES,
    Manifest,
    PackedFile,
    parse_manifest,
    refuse_foreign,
)
from models.library.store import ChosenModel, InstalledModel, Kind, ModelStore, name_model
from models.progress import ModelProgress, ProgressListener, ignore_progress
from models.storage import guard_storage, require_room

Status = Literal["installed", "replaced", "unchanged"]
_CHUNK = 2**20
_MAGIC = b"GGUF"
# What general.type may say; files that say nothing are models.
_KINDS: dict[str, Kind] = {"": "model", "model": "model", "adapter": "adapter"}


@dataclass(frozen=True, slots=True)
class Taken:
    """One model of a file, as it is installed now, and what was done for that."""

    record: InstalledModel
    status: Status


@dataclass(frozen=True, slots=True)
class Installation:
    """What a file held; `use` is what it is meant to answer with."""

    taken: tuple[Taken, ...]
    use: ChosenModel


def install_file(
    store: ModelStore,
    file: Path,
    name: str | None = None,
    *,
    listener: ProgressListener = ignore_progress,
) -> Installation:
    """Install the models of a bundle, or a single GGUF file under `name` or its file's name.

    Raises:
        BundleError: it is neither, is damaged, cut off or of a later format.
        ModelFileError: a GGUF file in it, or it itself, is damaged.
        StorageError: there is no room, or no permission.
    """
    try:
        with file.open("rb") as opened:
            is_gguf = opened.read(len(_MAGIC)) == _MAGIC
    except OSError as error:
        raise BundleError(f"{file} cannot be read ({error.strerror}). Check the path.") from error
    if is_gguf:
        return _install_gguf(store, file, name, listener)
    if name:
        raise BundleError(f"{file.name} is no GGUF file: what a bundle holds keeps its names.")
    return _install_bundle(store, file, listener)


def _install_gguf(
    store: ModelStore, file: Path, name: str | None, listener: ProgressListener
) -> Installation:
    size = file.stat().st_size
    record = replace(_describe(read_header(file), name), size=size)
    require_room(store.folder, size)
    with _stage(store, [record]) as staged, file.open("rb") as source:
        copying = _Copying("copying", file.name, size, listener)
        record = replace(record, sha256=copying.write(source, staged[record.name]))
        taken = _install_staged(store, [record], {} if _is_here(store, record) else staged)
    use = ChosenModel(record.name) if record.kind == "model" else store.read_choice()
    return Installation(taken, use)


def _install_bundle(store: ModelStore, file: Path, listener: ProgressListener) -> Installation:
    with _open_bundle(file) as bundle:
        manifest = bundle.manifest
        needed = [record for record in manifest.models if not _is_here(store, record)]
        total = sum(record.size for record in needed)
        require_room(store.folder, total)
        by_member = {manifest.member_of(record).name: record for record in needed}
        with _stage(store, needed) as staged:
            copying = _Copying("unpacking", file.name, total, listener)
            for member, source in bundle.read_members():
                record = by_member.get(member)
                if record is None:
                    continue
                if copying.write(source, staged[record.name]) != record.sha256:
                    raise BundleError(
                        f"{file.name} is damaged: {record.name} in it is not the file that was "
                        "packed (its checksum differs). Copy it again; nothing was installed."
                    )
            taken = _install_staged(store, manifest.models, staged)
    return Installation(taken, manifest.use)


def _install_staged(
    store: ModelStore, records: Sequence[InstalledModel], staged: Mapping[str, Path]
) -> tuple[Taken, ...]:
    """Install what was unpacked; the others are here already, byte for byte, and stay as they are.

    A foreign or damaged file is refused before any of them is installed.
    """
    for path in staged.values():
        read_header(path)
    before = {one.name: one for one in store.list_installed()}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    taken = []
    for record in records:
        if record.name in staged:
            installed = store.install(staged[record.name], replace(record, added_at=now))
            taken.append(Taken(installed, "replaced" if record.name in before else "installed"))
        else:
            taken.append(Taken(before[record.name], "unchanged"))
    return tuple(taken)


def _is_here(store: ModelStore, record: InstalledModel) -> bool:
    """Whether the same bytes are installed under the same name."""
    return any(
        one.name == record.name and store.known_checksum(store.path_of(one)) == record.sha256
        for one in store.list_installed()
    )


@contextmanager
def _stage(store: ModelStore, records: Sequence[InstalledModel]) -> Iterator[dict[str, Path]]:
    """Give each model a file to be unpacked into; what is not installed from there is removed."""
    folder = store.building_folder
    paths = {record.name: folder / f"{record.name}.unpacked" for record in records}
    with guard_storage(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        yield paths
    finally:
        for path in paths.values():
            path.unlink(missing_ok=True)


class _Copying:
    """Writes files, hashes them and tells how far all of them are."""

    def __init__(self, stage: str, file: str, total: int, listener: ProgressListener) -> None:
        self._stage, self._file, self._total = stage, file, total
        self._listener = listener
        self._done = 0

    def write(self, source: IO[bytes], target: Path) -> str:
        """Copy `source` to its end, and return its SHA-256."""
        digest = hashlib.sha256()
        with guard_storage(target), target.open("wb") as file:
            while chunk := self._read(source):
                digest.update(chunk)
                file.write(chunk)
                self._done += len(chunk)
                self._listener(ModelProgress(self._stage, self._file, self._done, self._total))
            file.flush()
            os.fsync(file.fileno())
        return digest.hexdigest()

    def _read(self, source: IO[bytes]) -> bytes:
        with _guard_reading(self._file):
            return source.read(_CHUNK)


class _BundleReader:
    """A bundle that is read from its front to its end, each member where it should be."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file, self._name = file, name
        try:
            self._tar = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115 - the caller's file
        except (tarfile.TarError, ValueError) as error:
            raise refuse_foreign(name) from error
        member = self._next()
        if member is None or member.name != MANIFEST or member.size > MOST_MANIFEST_BYTES:
            raise refuse_foreign(name)
        with _guard_reading(name):
            content = self._open(member).read()
        self.manifest: Manifest = parse_manifest(content, name)

    def read_members(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Give the members after the manifest, each to be read before the next.

        Raises:
            BundleError: one is missing, is another one or of another kind, or the end is missing.
        """
        measures: dict[str, PackedFile] = {wheel.name: wheel for wheel in self.manifest.wheels}
        packed = (self.manifest.member_of(model) for model in self.manifest.models)
        measures |= {member.name: member for member in packed}
        for expected in self.manifest.list_members()[1:]:
            member = self._next()
            if member is None:
                raise self._refuse(f"it was cut off before {expected}")
            self._require_expected(member, expected, measures.get(expected))
            yield expected, self._open(member)
        self._require_end()

    def _next(self) -> tarfile.TarInfo | None:
        with _guard_reading(self._name):
            return self._tar.next()

    def _open(self, member: tarfile.TarInfo) -> IO[bytes]:
        # Links, devices and files with holes are nothing that was packed.
        if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
            raise self._refuse(f"{member.name} in it is no plain file")
        file = self._tar.extractfile(member)
        assert file is not None
        return file

    def _require_expected(
        self, member: tarfile.TarInfo, expected: str, measured: PackedFile | None
    ) -> None:
        if _leads_out(member.name):
            raise self._refuse(f"{member.name!r} in it leads out of the folder")
        if member.name != expected:
            raise self._refuse(f"it holds {member.name!r} where {expected} should be")
        if measured and member.size != measured.size:
            raise self._refuse(f"{expected} in it is not as long as its {MANIFEST} says")

    def _require_end(self) -> None:
        """Demand the blocks of zeros that tar ends with, and a whole number of records."""
        member = self._next()
        if member is not None:
            raise self._refuse(f"it holds {member.name!r} after its end")
        most = tarfile.RECORDSIZE + 2 * tarfile.BLOCKSIZE
        with _guard_reading(self._name):
            length = self._file.seek(0, os.SEEK_END)
            self._file.seek(self._tar.offset)
            rest = self._file.read(most)
        is_whole = length % tarfile.RECORDSIZE == 0 and length == self._tar.offset + len(rest)
        if not is_whole or len(rest) < 2 * tarfile.BLOCKSIZE or any(rest):
            raise self._refuse("its end is missing")

    def _refuse(self, why: str) -> BundleError:
        return BundleError(
            f"{self._name} is damaged: {why}. Copy it again, as it is; nothing was installed."
        )


@contextmanager
def _open_bundle(file: Path) -> Iterator[_BundleReader]:
    with file.open("rb") as opened:
        yield _BundleReader(opened, file.name)


@contextmanager
def _guard_reading(name: str) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, ValueError, OSError) as error:
        raise BundleError(
            f"{name} is damaged or was cut off ({error}). Copy it again; nothing was installed."
        ) from error


def _leads_out(name: str) -> bool:
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    return posix.is_absolute() or bool(windows.anchor) or ".." in (*posix.parts, *windows.parts)


def _describe(header: GgufHeader, name: str | None) -> InstalledModel:
    """Return the record of a single GGUF file, as far as its head tells; its checksum is added."""
    kind = _KINDS.get(header.read_text("general.type"))
    if kind is None:
        raise ModelFileError(
            f"{header.path.name} is a GGUF file of the type {header.read_text('general.type')}, "
            "and neither a model nor an adapter. Take another file."
        )
    parts = header.metadata.get("split.count", 1)
    if isinstance(parts, int) and parts > 1:
        raise ModelFileError(
            f"{header.path.name} is one of {parts} parts of a model. Take it as one file, or join "
            "the parts (llama.cpp: `llama-gguf-split --merge`)."
        )
    key = name_model(name or header.path.stem)
    if key in ("", BUILTIN_CHAT):
        raise ModelFileError(
            f"{header.path.name} cannot be installed as {name or header.path.stem!r}. Give it "
            "another name: --name N."
        )
    return InstalledModel(
        name=key,
        kind=kind,
        file=f"{key}.gguf",
        size=0,
        sha256="",
        modified=0,
        quantisation=_name_quantisation(header),
        licence=header.read_text("general.license"),
    )


def _name_quantisation(header: GgufHeader) -> str:
    from gguf.constants import LlamaFileType

    number = header.metadata.get("general.file_type")
    known = {int(one): one.name for one in LlamaFileType}
    name = known.get(number, "") if isinstance(number, int) else ""
    return name.removeprefix("MOSTLY_").removeprefix("ALL_")
