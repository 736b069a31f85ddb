"""From a name to an installed model: fetch, convert and quantise where needed, check, install.

Each stage keeps what it has done until the last is over, so that an interrupted pull goes on; a
model appears in the store only when it is whole. The former model stays in use throughout.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from models.builtin import hash_file
from models.chat import CancelToken
from models.conversion.building import PRECISIONS, build_gguf
from models.conversion.checkpoint import open_checkpoint, read_json
from models.conversion.quantising import DEFAULT_QUANTISATION, QUANTISATIONS, Importance, quantise
from models.errors import CheckpointError, ChecksumError, UnknownModel
from models.gguf_header import read_header
from models.library.catalogue import CatalogueModel, find_model
from models.library.downloading import (
    RemoteFile,
    RemoteRepository,
    choose_checkpoint_files,
    choose_ready_file,
    fetch_file,
    look_up,
    require_network_allowed,
)
from models.library.store import InstalledModel, ModelStore, name_model
from models.progress import ProgressListener, ignore_progress
from models.storage import guard_storage, require_room

_PINS = "revisions.json"


@dataclass(frozen=True, slots=True)
class BuildRecipe:
    """What becomes of a checkpoint; `importance` is handed to the quantiser."""

    quantisation: str = DEFAULT_QUANTISATION
    importance: Importance | None = None


def pull_model(
    store: ModelStore,
    name: str,
    quantisation: str | None = None,
    *,
    revision: str | None = None,
    keep_sources: bool = False,
    listener: ProgressListener = ignore_progress,
    cancel: CancelToken | None = None,
) -> InstalledModel:
    """Fetch a model of the catalogue, or a repository OWNER/NAME, and install it.

    A checkpoint is converted and quantised here; its own files are removed afterwards unless
    `keep_sources`.

    Raises:
        UnknownModel: the catalogue has no such model, or not in this quantisation.
        DownloadError, ChecksumError: it cannot be fetched, or something else came.
        CheckpointError, ModelFileError: what came cannot be converted, or is no model.
        StorageError: there is no room, or no permission.
        GenerationCancelled: `cancel` was set; another call goes on.
    """
    entry = _find_entry(name)
    if entry and entry.format == "builtin":
        raise UnknownModel(f"{entry.name} came with the program; there is nothing to fetch.")
    require_network_allowed()
    repository = look_up(
        entry.repository if entry else name,
        revision or (entry.revision if entry else None) or _read_pin(store, name),
    )
    _write_pin(store, repository)
    pull = _Pull(store, entry, repository, listener, cancel or CancelToken())
    if _is_ready(entry, repository):
        return pull.take_ready(quantisation)
    return pull.build(quantisation or DEFAULT_QUANTISATION, keep_sources=keep_sources)


def build_model(
    store: ModelStore,
    folder: Path,
    name: str | None = None,
    recipe: BuildRecipe | None = None,
    *,
    entry: CatalogueModel | None = None,
    revision: str = "",
    listener: ProgressListener = ignore_progress,
    cancel: CancelToken | None = None,
) -> InstalledModel:
    """Convert and quantise a checkpoint in a folder, and install it.

    Raises: as `pull_model`, but for what the hub brings about.
    """
    recipe = recipe or BuildRecipe()
    _require_known(recipe.quantisation)
    title = name or (entry.name if entry else folder.resolve().name)
    key = name_model(title, recipe.quantisation)
    building = store.building_folder
    with guard_storage(building):
        building.mkdir(parents=True, exist_ok=True)
    labels = {"general.name": entry.title if entry else title}
    if entry:
        labels |= {"general.license": entry.licence, "general.repo_url": entry.repository}
    final = building / f"{key}.gguf"
    if recipe.quantisation in PRECISIONS:
        build_gguf(
            folder, final, recipe.quantisation, labels=labels, listener=listener, cancel=cancel
        )
    else:
        # As stored, so that weights are rounded once and not twice.
        whole = building / f"{name_model(title)}-{_digest(folder)}.whole.gguf"
        if not whole.exists():
            build_gguf(folder, whole, labels=labels, listener=listener, cancel=cancel)
        if cancel:
            cancel.raise_if_cancelled()
        quantise(whole, final, recipe.quantisation, importance=recipe.importance, listener=listener)
        whole.unlink()
    record = _describe(final, key, recipe.quantisation, entry, revision)
    sources = {path.name: hash_file(path) for path in sorted(folder.glob("*.safetensors"))}
    return store.install(final, replace(record, sources=sources))


class _Pull:
    """One pull under way."""

    def __init__(
        self,
        store: ModelStore,
        entry: CatalogueModel | None,
        repository: RemoteRepository,
        listener: ProgressListener,
        cancel: CancelToken,
    ) -> None:
        self._store, self._entry, self._repository = store, entry, repository
        self._listener, self._cancel = listener, cancel

    def take_ready(self, quantisation: str | None) -> InstalledModel:
        """Fetch a GGUF file and install it as it is."""
        offered = self._entry.quantisations if self._entry else ()
        chosen = quantisation or (offered[0] if offered else DEFAULT_QUANTISATION)
        if offered and chosen not in offered:
            raise UnknownModel(
                f"{self._name} is offered as {' or '.join(offered)}, not as {chosen}."
            )
        file = choose_ready_file(self._repository.files, chosen)
        self._require_as_catalogued(file)
        require_room(self._store.folder, file.size)
        [path] = self._fetch([file])
        read_header(path)  # a foreign or cut-off file is refused before it is installed
        key = name_model(self._name, chosen)
        record = _describe(path, key, chosen, self._entry, self._repository.revision)
        installed = self._store.install(path, self._add_origin(record))
        shutil.rmtree(self._folder, ignore_errors=True)
        return installed

    def build(self, quantisation: str, *, keep_sources: bool) -> InstalledModel:
        """Fetch a checkpoint, convert it and install what it comes to."""
        _require_known(quantisation)
        files = choose_checkpoint_files(self._repository.files)
        size = sum(file.size for file in files)
        have = sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())
        # The checkpoint, the same at its stored precision, and the quantised file at most.
        require_room(self._store.folder, max(0, size - have) + size + size // 2)
        self._fetch(files)
        installed = build_model(
            self._store,
            self._folder,
            self._name,
            BuildRecipe(quantisation),
            entry=self._entry,
            revision=self._repository.revision,
            listener=self._listener,
            cancel=self._cancel,
        )
        installed = self._store.update(self._add_origin(installed))
        if not keep_sources:
            shutil.rmtree(self._folder, ignore_errors=True)
        return installed

    @property
    def _name(self) -> str:
        return self._entry.name if self._entry else self._repository.name.rpartition("/")[2]

    @property
    def _folder(self) -> Path:
        plain = self._repository.name.replace("/", "--")
        return self._store.building_folder / plain

    def _fetch(self, files: Sequence[RemoteFile]) -> list[Path]:
        with guard_storage(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        return [
            fetch_file(
                self._repository,
                file,
                self._folder,
                listener=self._listener,
                cancel=self._cancel,
            )
            for file in files
        ]

    def _add_origin(self, record: InstalledModel) -> InstalledModel:
        return replace(
            record,
            repository=self._repository.name,
            revision=self._repository.revision,
            licence=record.licence or self._repository.licence,
        )

    def _require_as_catalogued(self, file: RemoteFile) -> None:
        """Hold what the hub says of a file against what the catalogue says of it."""
        for known in self._entry.file if self._entry else ():
            if known.name == file.name and file.sha256 not in (None, known.sha256):
                raise ChecksumError(
                    f"The hub has another {file.name} (sha256 {str(file.sha256)[:12]}...) than the "
                    f"catalogue knows ({known.sha256[:12]}...). It was not fetched."
                )


def _find_entry(name: str) -> CatalogueModel | None:
    try:
        return find_model(name)
    except UnknownModel:
        if "/" in name and not name.startswith((".", "/")):
            return None
        raise


def _is_ready(entry: CatalogueModel | None, repository: RemoteRepository) -> bool:
    if entry:
        return entry.format == "gguf"
    return any(file.name.lower().endswith(".gguf") for file in repository.files)


def _require_known(quantisation: str) -> None:
    known = (*QUANTISATIONS, *PRECISIONS)
    if quantisation not in known:
        raise UnknownModel(
            f"There is no quantisation {quantisation}. Known are {', '.join(known)}."
        )


def _digest(folder: Path) -> str:
    """Return what tells a checkpoint from another of the same name: a change gives another one."""
    sources = json.dumps([str(folder.resolve()), *open_checkpoint(folder).describe_sources()])
    return hashlib.sha256(sources.encode()).hexdigest()[:12]


def _describe(
    file: Path, key: str, quantisation: str, entry: CatalogueModel | None, revision: str
) -> InstalledModel:
    return InstalledModel(
        name=key,
        kind="model",
        file=f"{key}.gguf",
        size=file.stat().st_size,
        sha256=hash_file(file),
        modified=0,
        quantisation=quantisation,
        repository=entry.repository if entry else "",
        revision=revision,
        licence=entry.licence if entry else "",
        duties=entry.duties if entry else "",
        added_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _read_pin(store: ModelStore, name: str) -> str | None:
    """Return the revision that a repository was first taken at, if it was taken before."""
    entry = _find_entry(name)
    try:
        pins = read_json(store.folder / _PINS)
    except CheckpointError:
        return None
    pin = pins.get(entry.repository if entry else name)
    return pin if isinstance(pin, str) else None


def _write_pin(store: ModelStore, repository: RemoteRepository) -> None:
    path = store.folder / _PINS
    try:
        pins = dict(read_json(path))
    except CheckpointError:
        pins = {}
    pins[repository.name] = repository.revision
    with guard_storage(path):
        store.folder.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_text(json.dumps(pins, indent=2), encoding="utf-8")
        part.replace(path)
