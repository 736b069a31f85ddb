"""Carrying models and the program in one file to a machine without a network."""

from __future__ import annotations

import ast
import base64
import csv
import gzip
import hashlib
import importlib.metadata
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.builtin import BUILTIN_CHAT
from models.errors import BundleError, ModelError, ModelFileError, StorageError, UnknownModel
from models.library import bundle_installer
from models.library.bundling import Bundle, choose_models, make_bundle
from models.library.manifest import Manifest, parse_manifest, render_manifest
from models.library.store import ChosenModel, InstalledModel, ModelStore
from models.library.unpacking import install_file
from models.library.wheels import collect_wheels
from models.progress import ModelProgress, ProgressListener

ROOT = Path(__file__).resolve().parent.parent
LAW = "Built with Llama; pass on the agreement."


def write_gguf(path: Path, seed: int = 0, kind: str = "model", **numbers: int) -> Path:
    """Write a GGUF file of one small tensor: whole, and no model that could answer."""
    from gguf import GGUFWriter

    writer = GGUFWriter(None, "llama")
    writer.add_type(kind)
    writer.add_license("mit")
    writer.add_file_type(15)
    for key, value in numbers.items():
        writer.add_uint16(key.replace("_", "."), value)
    writer.add_tensor("a.weight", np.random.default_rng(seed).random((8, 32), dtype=np.float32))
    path.parent.mkdir(parents=True, exist_ok=True)
    writer.write_header_to_file(path)
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def add_model(store: ModelStore, name: str, seed: int = 0, **told: Any) -> InstalledModel:
    kind = told.pop("kind", "model")
    path = write_gguf(store.building_folder / f"{name}.gguf", seed, kind)
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    record = InstalledModel(name, kind, path.name, 0, checksum, 0, "Q4_K_M", "maker/m", "c" * 40)
    return store.install(path, replace(record, licence="llama3.1", duties=LAW, **told))


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    """Two models and an adapter, of which one model and the adapter are in use."""
    store = ModelStore(tmp_path / "here")
    add_model(store, "plain", seed=1)
    add_model(store, "large", seed=2, sources={"model.safetensors": "0" * 64})
    add_model(store, "filings", seed=3, kind="adapter", base="large")
    store.choose(ChosenModel("large", "filings"))
    return store


@pytest.fixture
def there(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "there")


def pack(store: ModelStore, file: Path, *names: str, **options: Any) -> Bundle:
    chosen = choose_models(store, names)
    return make_bundle(store, file, chosen, **{"program": "0.1.0", "collect": None, **options})


def read_members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file, "r:") as tar:
        return {one.name: tar.extractfile(one).read() for one in tar}


def write_members(file: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(file, "w") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return file


def list_names(store: ModelStore) -> list[str]:
    return [one.name for one in store.list_installed()]


def list_files(store: ModelStore) -> list[str]:
    return sorted(path.name for path in store.folder.rglob("*") if path.is_file())


# Packing


def test_a_bundle_holds_its_members_in_their_order(store: ModelStore, tmp_path: Path):
    bundle = pack(store, tmp_path / "b.tar")
    members = read_members(bundle.file)
    assert list(members) == [
        "manifest.json",
        "install.py",
        "README.txt",
        "LICENCES.txt",
        "models/large.gguf",
        "models/filings.gguf",
        "constraints.txt",
    ]
    assert members["models/large.gguf"] == (store.folder / "large.gguf").read_bytes()
    assert members["install.py"] == Path(bundle_installer.__file__).read_bytes()
    assert f"llama3.1\n  Duties: {LAW}" in members["LICENCES.txt"].decode()
    assert b"acedesk models install b.tar" in members["README.txt"]
    assert bundle.size == bundle.file.stat().st_size
    assert not list(tmp_path.glob("*.part"))


def test_the_manifest_keeps_the_whole_record(store: ModelStore, tmp_path: Path):
    bundle = pack(store, tmp_path / "b.tar")
    manifest = parse_manifest(read_members(bundle.file)["manifest.json"], "b.tar")
    assert manifest == replace(
        bundle.manifest, models=tuple(replace(one, modified=0) for one in bundle.manifest.models)
    )
    large, filings = manifest.models
    assert (large.licence, large.duties, large.revision) == ("llama3.1", LAW, "c" * 40)
    assert large.sources == {"model.safetensors": "0" * 64}
    assert (filings.kind, filings.base) == ("adapter", "large")
    assert manifest.use == ChosenModel("large", "filings")


def test_the_same_models_make_the_same_bytes(store: ModelStore, tmp_path: Path):
    first = pack(store, tmp_path / "b.tar").file.read_bytes()
    os.utime(store.folder / "large.gguf")
    assert pack(store, tmp_path / "b.tar", force=True).file.read_bytes() == first
    with tarfile.open(tmp_path / "b.tar") as tar:
        assert {(m.mtime, m.mode, m.uid, m.uname) for m in tar} == {(315532800, 0o644, 0, "")}


def test_models_are_named_or_those_in_use(store: ModelStore):
    def names(*chosen: str, adapters: Sequence[str] = ()) -> list[str]:
        return [one.name for one in choose_models(store, chosen, adapters)]

    assert names() == ["large", "filings"]
    assert names("pla") == ["plain"]
    assert names("plain", "large", "plain") == ["plain", "large"]
    assert names("plain", adapters=["filings"]) == ["plain", "filings"]
    assert names(BUILTIN_CHAT) == []
    with pytest.raises(UnknownModel, match="no model other here"):
        names("other")
    with pytest.raises(UnknownModel, match="plain is a model and no adapter"):
        names("large", adapters=["plain"])


def test_what_is_to_answer_goes_along_as_far_as_it_is_packed(store: ModelStore, tmp_path: Path):
    def use(*names: str) -> ChosenModel:
        return pack(store, tmp_path / "b.tar", *names, force=True).manifest.use

    assert use("large", "plain") == ChosenModel("large")
    assert use("plain") == ChosenModel("plain")
    store.choose(ChosenModel())
    assert use("large", "filings") == ChosenModel("large", "filings")
    store.choose(ChosenModel(None, "filings"))
    assert use("filings") == ChosenModel(None, "filings")


def test_nothing_to_pack_is_told(tmp_path: Path):
    with pytest.raises(BundleError, match="nothing to pack: the built-in model comes with"):
        pack(ModelStore(tmp_path / "none"), tmp_path / "b.tar")
    assert not (tmp_path / "b.tar").exists()


@pytest.mark.parametrize("change", [b"", b"x"], ids=["same size", "longer"])
def test_a_changed_model_is_not_packed(store: ModelStore, tmp_path: Path, change: bytes):
    path = store.folder / "large.gguf"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content + change)
    with pytest.raises(BundleError, match=r"large.* is not packed: its file is not the one"):
        pack(store, tmp_path / "b.tar")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here"]


def test_a_file_that_is_there_is_replaced_only_when_asked(store: ModelStore, tmp_path: Path):
    (tmp_path / "b.tar").write_bytes(b"mine")
    with pytest.raises(BundleError, match=r"b\.tar is there already.*--force"):
        pack(store, tmp_path / "b.tar")
    assert (tmp_path / "b.tar").read_bytes() == b"mine"
    assert pack(store, tmp_path / "b.tar", force=True).size > 10_000


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("large", r"ends in \.tar: large\.tar"),
        ("no/b.tar", "There is no folder"),
        ("f.tar", "f.tar is a folder"),
    ],
)
def test_a_name_that_cannot_be_written_is_told_before_the_work(
    store: ModelStore, tmp_path: Path, name: str, told: str
):
    (tmp_path / "f.tar").mkdir()
    with pytest.raises(BundleError, match=told):
        pack(store, tmp_path / name, force=True)


def test_too_little_room_is_told_before_anything_is_written(
    store: ModelStore, there: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    bundle = pack(store, tmp_path / "b.tar").file
    monkeypatch.setattr(
        "models.storage.shutil.disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 10**6)
    )
    with pytest.raises(StorageError, match=r"write the bundle to another disk"):
        pack(store, tmp_path / "c.tar")
    with pytest.raises(StorageError, match=r"0\.0 GB are free there"):
        install_file(there, bundle)
    assert not (tmp_path / "c.tar").exists()
    assert not there.folder.exists()


def test_progress_comes_to_the_size_of_all_models(store: ModelStore, tmp_path: Path):
    told: list[ModelProgress] = []
    bundle = pack(store, tmp_path / "b.tar", listener=told.append)
    assert {one.stage for one in told} == {"packing"}
    assert told[-1].done == told[-1].total == sum(one.size for one in bundle.manifest.models)


# Installing from a bundle


def test_a_bundle_brings_its_models(store: ModelStore, there: ModelStore, tmp_path: Path):
    bundle = pack(store, tmp_path / "b.tar")
    told: list[ModelProgress] = []
    done = install_file(there, bundle.file, listener=told.append)
    assert [(one.record.name, one.status) for one in done.taken] == [
        ("large", "installed"),
        ("filings", "installed"),
    ]
    assert done.use == ChosenModel("large", "filings")
    for one in there.list_installed():
        before = store.find(one.name)
        assert there.path_of(one).read_bytes() == store.path_of(before).read_bytes()
        assert replace(one, modified=0, added_at="") == replace(before, modified=0, added_at="")
        assert there.known_checksum(there.path_of(one)) == before.sha256
    assert told[-1].done == told[-1].total == sum(one.size for one in bundle.manifest.models)
    assert there.read_choice() == ChosenModel()
    assert list_files(there) == [
        "filings.gguf",
        "filings.model.json",
        "large.gguf",
        "large.model.json",
    ]


def test_what_is_here_already_is_left_as_it_is(
    store: ModelStore, there: ModelStore, tmp_path: Path
):
    bundle = pack(store, tmp_path / "b.tar").file
    install_file(there, bundle)
    before = there.list_installed()
    there.path_of(there.find("filings")).write_bytes(b"spoilt")
    add_model(store, "large", seed=9)
    newer = pack(store, tmp_path / "c.tar", "large").file
    assert [one.status for one in install_file(there, bundle).taken] == ["unchanged", "replaced"]
    assert [replace(one, added_at="", modified=0) for one in there.list_installed()] == [
        replace(one, added_at="", modified=0) for one in before
    ]
    assert [one.status for one in install_file(there, newer).taken] == ["replaced"]
    assert there.find("large").sha256 == store.find("large").sha256


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    store = ModelStore(folder / "models")
    add_model(store, "one", seed=1)
    add_model(store, "two", seed=2)
    return pack(store, folder / "small.tar", "one", "two").file


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    """A store with another model "one" in use, which nothing that fails may touch."""
    store = ModelStore(tmp_path_factory.mktemp("used"))
    store.choose(ChosenModel(add_model(store, "one", seed=7).name))
    return store


def require_untouched(store: ModelStore) -> None:
    assert list_files(store) == ["in-use.json", "one.gguf", "one.model.json"]
    assert store.read_choice() == ChosenModel("one")
    one = store.find("one")
    assert hashlib.sha256(store.resolve(None).read_bytes()).hexdigest() == one.sha256


def require_cut_is_refused(small: Path, used: ModelStore, length: int) -> None:
    piece = used.folder.parent / "cut.tar"
    piece.write_bytes(small.read_bytes()[:length])
    with pytest.raises(ModelError):
        install_file(used, piece)
    require_untouched(used)


def test_a_bundle_cut_at_any_block_installs_nothing(small: Path, used: ModelStore):
    for length in range(0, small.stat().st_size, 512):
        require_cut_is_refused(small, used, length)


@given(part=st.floats(0, 1, exclude_max=True))
@example(part=1 - 1e-9)
@settings(max_examples=200)
def test_a_bundle_cut_at_any_byte_installs_nothing(small: Path, used: ModelStore, part: float):
    require_cut_is_refused(small, used, int(part * small.stat().st_size))


@given(part=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@settings(max_examples=200)
def test_a_spoilt_byte_is_told_or_touches_no_model(
    small: Path, tmp_path_factory: pytest.TempPathFactory, part: float, bit: int
):
    content = bytearray(small.read_bytes())
    content[int(part * len(content))] ^= 1 << bit
    folder = tmp_path_factory.mktemp("spoilt")
    (folder / "b.tar").write_bytes(content)
    store = ModelStore(folder / "models")
    try:
        install_file(store, folder / "b.tar")
    except ModelError:
        assert list_names(store) == []
        assert list_files(store) == []
    else:
        packed = read_members(small)
        for one in store.list_installed():
            assert store.path_of(one).read_bytes() in packed.values()
        assert len(store.list_installed()) == 2


def test_a_model_that_is_not_what_was_packed_is_refused(
    small: Path, used: ModelStore, tmp_path: Path
):
    members = read_members(small)
    members["models/two.gguf"] = members["models/two.gguf"][:-1] + b"x"
    with pytest.raises(BundleError, match="two in it is not the file that was packed"):
        install_file(used, write_members(tmp_path / "b.tar", members))
    require_untouched(used)


def test_a_model_that_is_no_gguf_is_refused(used: ModelStore, small: Path, tmp_path: Path):
    members = read_members(small)
    page = b"<html>no model</html>"
    told = json.loads(members["manifest.json"])
    told["models"][1] |= {"size": len(page), "sha256": hashlib.sha256(page).hexdigest()}
    members |= {"manifest.json": json.dumps(told).encode(), "models/two.gguf": page}
    with pytest.raises(ModelFileError, match="is not a GGUF file"):
        install_file(used, write_members(tmp_path / "b.tar", members))
    require_untouched(used)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"x" * 20_000,
        gzip.compress(b"x" * 20_000),
        json.dumps({"format": 1}).encode(),
    ],
    ids=["empty", "short", "text", "gzip", "json"],
)
def test_a_file_of_another_kind_is_told(used: ModelStore, tmp_path: Path, content: bytes):
    (tmp_path / "b.tar").write_bytes(content)
    with pytest.raises(BundleError, match=r"b\.tar is neither a bundle nor a GGUF file"):
        install_file(used, tmp_path / "b.tar")


def test_a_foreign_tar_and_a_missing_file_are_told(used: ModelStore, tmp_path: Path):
    foreign = write_members(tmp_path / "b.tar", {"notes.txt": b"hello"})
    with pytest.raises(BundleError, match=r"b\.tar is neither a bundle nor"):
        install_file(used, foreign)
    for wrong in (tmp_path / "none.tar", tmp_path):
        with pytest.raises(BundleError, match="cannot be read"):
            install_file(used, wrong)
    require_untouched(used)


def test_a_later_format_is_told(used: ModelStore, small: Path, tmp_path: Path):
    members = read_members(small)
    told = json.loads(members["manifest.json"]) | {"format": 2}
    members["manifest.json"] = json.dumps(told).encode()
    with pytest.raises(BundleError, match="of bundle format 2, and this program reads format 1"):
        install_file(used, write_members(tmp_path / "b.tar", members))


@pytest.mark.parametrize("name", ["/etc/evil", "../evil", "models/../../evil", "C:\\evil"])
def test_a_member_that_leads_out_of_the_folder_is_refused(
    used: ModelStore, small: Path, tmp_path: Path, name: str
):
    members = read_members(small)
    spoilt = {name if one == "models/one.gguf" else one: text for one, text in members.items()}
    with pytest.raises(BundleError, match="leads out of the folder"):
        install_file(used, write_members(tmp_path / "b.tar", spoilt))
    require_untouched(used)


@pytest.mark.parametrize("name", ["../evil", "a/b", "A", "", ".hidden", "c:evil"])
def test_a_model_whose_name_is_no_name_is_refused(small: Path, name: str):
    told = json.loads(read_members(small)["manifest.json"])
    told["models"][0]["name"] = name
    with pytest.raises(BundleError, match=r"manifest\.json does not hold together"):
        parse_manifest(json.dumps(told).encode(), "b.tar")


@pytest.mark.parametrize(
    "change",
    [
        {"models": [{"name": "a"}]},
        {"models": 3},
        {"wheels": [{"name": "wheels/../x.whl", "size": 1, "sha256": "0" * 64}]},
        {"wheels": [{"name": "wheels/x.whl", "size": -1, "sha256": "0" * 64}]},
        {"wheels": [{"name": "wheels/x.whl", "size": 1, "sha256": "0"}]},
        {"wheels": [{"name": "wheels/x.whl", "size": 1, "sha256": "0" * 64}] * 2},
        {"use": {"model": 3, "adapter": None}},
        {"use": None},
        {"machine": 3},
    ],
)
def test_a_manifest_that_says_what_cannot_be_is_damaged(change: dict[str, Any]):
    told = json.loads(render_manifest(Manifest("0.1.0"))) | change
    with pytest.raises(BundleError, match="is damaged"):
        parse_manifest(json.dumps(told).encode(), "b.tar")


@pytest.mark.parametrize("missing", ["models/two.gguf", "LICENCES.txt", "constraints.txt"])
def test_a_missing_member_is_told(used: ModelStore, small: Path, tmp_path: Path, missing: str):
    members = {name: text for name, text in read_members(small).items() if name != missing}
    with pytest.raises(BundleError, match=missing):
        install_file(used, write_members(tmp_path / "b.tar", members))
    require_untouched(used)


def test_a_member_that_nobody_packed_is_told(used: ModelStore, small: Path, tmp_path: Path):
    members = read_members(small) | {"more.txt": b"x"}
    with pytest.raises(BundleError, match=r"holds 'more\.txt' after its end"):
        install_file(used, write_members(tmp_path / "b.tar", members))
    require_untouched(used)


def test_a_link_in_the_place_of_a_model_is_refused(used: ModelStore, small: Path, tmp_path: Path):
    with tarfile.open(tmp_path / "b.tar", "w") as tar:
        for name, content in read_members(small).items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            if name == "models/one.gguf":
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/hostname"
            tar.addfile(member, io.BytesIO(content) if member.isreg() else None)
    with pytest.raises(BundleError, match=r"models/one\.gguf"):
        install_file(used, tmp_path / "b.tar")
    require_untouched(used)


# Installing a single GGUF file


def test_a_gguf_file_is_installed_under_its_files_name(there: ModelStore, tmp_path: Path):
    path = write_gguf(tmp_path / "My Model-Q4_K_M.gguf")
    [one] = install_file(there, path).taken
    assert (one.record.name, one.record.kind) == ("my-model-q4_k_m", "model")
    assert one.status == "installed"
    assert (one.record.quantisation, one.record.licence) == ("Q4_K_M", "mit")
    assert one.record.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.exists()
    assert [one.status for one in install_file(there, path).taken] == ["unchanged"]
    write_gguf(path, seed=5)
    assert [one.status for one in install_file(there, path).taken] == ["replaced"]
    assert list_files(there) == ["my-model-q4_k_m.gguf", "my-model-q4_k_m.model.json"]


def test_a_gguf_file_gets_the_name_that_is_asked_for(there: ModelStore, tmp_path: Path):
    path = write_gguf(tmp_path / "m.gguf")
    done = install_file(there, path, "Ours")
    assert [one.record.name for one in done.taken] == ["ours"]
    assert done.use == ChosenModel("ours")
    with pytest.raises(ModelFileError, match="another name: --name"):
        install_file(there, path, BUILTIN_CHAT)


def test_an_adapter_is_known_by_its_head(there: ModelStore, tmp_path: Path):
    path = write_gguf(tmp_path / "a.gguf", kind="adapter")
    done = install_file(there, path)
    assert [one.record.kind for one in done.taken] == ["adapter"]
    assert done.use == ChosenModel()


def test_a_gguf_file_that_is_no_model_or_not_whole_is_refused(there: ModelStore, tmp_path: Path):
    with pytest.raises(ModelFileError, match="of the type mmproj"):
        install_file(there, write_gguf(tmp_path / "a.gguf", kind="mmproj"))
    with pytest.raises(ModelFileError, match="one of 3 parts"):
        install_file(there, write_gguf(tmp_path / "b.gguf", split_count=3))
    whole = write_gguf(tmp_path / "c.gguf").read_bytes()
    for length in (5, 100, len(whole) - 1):
        (tmp_path / "c.gguf").write_bytes(whole[:length])
        with pytest.raises(ModelFileError, match="cut off"):
            install_file(there, tmp_path / "c.gguf")
    assert not there.folder.exists()


def test_only_a_gguf_file_can_be_named(there: ModelStore, small: Path):
    with pytest.raises(BundleError, match="keeps its names"):
        install_file(there, small, "ours")


# Wheels, of a small environment of the test's own


def write_wheel(
    folder: Path, name: str, version: str, needs: Sequence[str] = (), script: str = ""
) -> Path:
    """Write a wheel of one module; `script` becomes its command."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    content = {
        f"{module}.py": script or f"NAME = {name!r}\n",
        f"{info}/METADATA": "".join(
            f"{line}\n"
            for line in (
                "Metadata-Version: 2.1",
                f"Name: {name}",
                f"Version: {version}",
                *(f"Requires-Dist: {need}" for need in needs),
            )
        ),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if script:
        content[f"{info}/entry_points.txt"] = f"[console_scripts]\n{name} = {module}:main\n"
    rows = io.StringIO()
    for path, text in content.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        csv.writer(rows).writerow([path, f"sha256={digest.decode()}", len(text)])
    csv.writer(rows).writerow([f"{info}/RECORD", "", ""])
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in (content | {f"{info}/RECORD": rows.getvalue()}).items():
            archive.writestr(path, text)
    return wheel


class SmallEnvironment:
    """Distributions that are "installed" in a folder, and a folder of wheels that pip may take."""

    def __init__(self, folder: Path) -> None:
        self.site, self.offered = folder / "site", folder / "offered"
        self.cache = folder / "cache"
        for one in (self.site, self.offered):
            one.mkdir()

    def install(
        self,
        name: str,
        version: str = "1.0",
        needs: Sequence[str] = (),
        *,
        source: Path | None = None,
        offered: bool = True,
        extras: Sequence[str] = (),
    ) -> None:
        """Install one; the wheel that is offered asks for the same."""
        info = self.site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        lines = [f"Name: {name}", f"Version: {version}"]
        lines += [f"Provides-Extra: {extra}" for extra in extras]
        lines += [f"Requires-Dist: {need}" for need in needs]
        (info / "METADATA").write_text("Metadata-Version: 2.1\n" + "\n".join(lines) + "\n")
        if source:
            told = {"url": source.as_uri(), "dir_info": {"editable": True}}
            (info / "direct_url.json").write_text(json.dumps(told))
        if offered:
            wheel = write_wheel(self.offered, name, version, needs)
            if extras:
                with zipfile.ZipFile(wheel, "a") as archive:
                    name = f"{info.name}/METADATA"
                    with pytest.warns(UserWarning, match="Duplicate"):
                        archive.writestr(name, (info / "METADATA").read_text())

    def find(self, name: str) -> importlib.metadata.Distribution:
        found = importlib.metadata.Distribution.discover(name=name, path=[str(self.site)])
        one = next(iter(found), None)
        if one is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return one

    def collect(self, listener: ProgressListener = lambda _: None) -> list[str]:
        wheels = collect_wheels(self.cache, listener, program="desk", find=self.find)
        assert all(path.parent == self.cache for path in wheels)
        return [path.name.removesuffix("-py3-none-any.whl") for path in wheels]


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallEnvironment:
    environment = SmallEnvironment(tmp_path)
    environment.install("pip", "99.0")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(environment.offered))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return environment


@pytest.mark.slow
def test_wheels_of_all_that_the_program_needs_are_collected(environment: SmallEnvironment):
    needs = ["near>=1", "Fast-Er[speed]; python_version > '3'", "never; sys_platform == 'none'"]
    environment.install("desk", "2.0", [*needs, "scan; extra == 'ocr'", "lint; extra == 'dev'"])
    environment.install("near", "1.5+cpu", ["far"])
    environment.install("fast_er", "3.0", ["turbo; extra == 'speed'", "slow; extra == 'none'"])
    for name in ("far", "turbo", "slow", "lint", "unrelated"):
        environment.install(name)
    told: list[ModelProgress] = []
    assert environment.collect(told.append) == [
        "desk-2.0",
        "far-1.0",
        "fast_er-3.0",
        "near-1.5+cpu",
        "pip-99.0",
        "turbo-1.0",
    ]
    assert [one.name for one in told] == ["desk", "far", "fast-er", "near", "pip", "turbo"]
    # The second time nothing is asked of pip.
    shutil.rmtree(environment.offered)
    told.clear()
    assert len(environment.collect(told.append)) == 6
    assert told == []


@pytest.mark.slow
def test_extras_of_use_go_along_where_they_are_installed(environment: SmallEnvironment):
    environment.install(
        "desk", "2.0", ["scan; extra == 'ocr'", "lint; extra == 'dev'"], extras=["ocr", "dev"]
    )
    environment.install("lint")
    assert environment.collect() == ["desk-2.0", "pip-99.0"]
    environment.install("scan")
    assert environment.collect() == ["desk-2.0", "pip-99.0", "scan-1.0"]


def write_project(folder: Path, *, broken: bool = False) -> Path:
    """Write a project that builds without a network: its build backend lies in it."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "desk"\nversion = "3.0"\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    wheel = write_wheel(folder / "made", "desk", "3.0", ["near"])
    body = "raise RuntimeError('the compiler is missing')"
    if not broken:
        body = f"import shutil; return shutil.copy({str(wheel)!r}, wheel_directory).split('/')[-1]"
    (folder / "backend.py").write_text(
        f"def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):\n"
        f"    {body}\n"
    )
    return folder


@pytest.mark.slow
def test_the_program_is_built_from_its_folder_and_asked_what_it_needs(
    environment: SmallEnvironment, tmp_path: Path
):
    """The record of an editable install may be older than what the folder needs by now."""
    project = write_project(tmp_path / "project")
    environment.install("desk", "2.0", ["gone"], source=project, offered=False)
    environment.install("near")
    assert environment.collect() == ["desk-3.0", "near-1.0", "pip-99.0"]


@pytest.mark.slow
def test_a_failing_build_is_told_in_pips_words(environment: SmallEnvironment, tmp_path: Path):
    project = write_project(tmp_path / "project", broken=True)
    environment.install("desk", "2.0", source=project, offered=False)
    with pytest.raises(BundleError, match=r"(?s)pip could not make.*compiler is missing.*--no-w"):
        environment.collect()
    assert list(environment.cache.iterdir()) == []


@pytest.mark.slow
def test_what_pip_cannot_find_is_named(environment: SmallEnvironment, tmp_path: Path):
    environment.install("desk", "2.0", ["near", "local"])
    environment.install("near", "1.5+mine", offered=False)
    environment.install("local", source=tmp_path / "local-1.0-py3-none-any.whl", offered=False)
    with pytest.raises(BundleError, match=r"pip finds no local 1\.0.*`--no-wheels` packs"):
        environment.collect()
    write_wheel(tmp_path, "local", "1.0")
    with pytest.raises(BundleError, match=r"pip finds no near 1\.5\+mine"):
        environment.collect()
    write_wheel(environment.offered, "near", "1.5+mine")
    assert environment.collect() == ["desk-2.0", "local-1.0", "near-1.5+mine", "pip-99.0"]


@pytest.mark.slow
def test_what_is_not_installed_is_told(environment: SmallEnvironment):
    with pytest.raises(BundleError, match="desk is not installed as a package"):
        environment.collect()
    environment.install("desk", "2.0", ["near"])
    with pytest.raises(BundleError, match="desk needs near, which is not installed here"):
        environment.collect()


# The installer


def test_the_installer_stands_alone_and_an_older_python_reads_it():
    source = Path(bundle_installer.__file__).read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 8))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name.partition(".")[0] for alias in node.names} <= sys.stdlib_module_names
        elif isinstance(node, ast.ImportFrom):
            assert node.module.partition(".")[0] in sys.stdlib_module_names


def pack_pip(folder: Path) -> Path:
    """Write the wheel of the pip that is installed here, which needs no network."""
    pip = importlib.metadata.distribution("pip")
    folder.mkdir()
    wheel = folder / f"pip-{pip.version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file in pip.files or ():
            inside = ".." not in file.parts and "__pycache__" not in file.parts
            if inside and file.name not in ("RECORD", "INSTALLER"):
                archive.write(file.locate(), file.as_posix())
        archive.writestr(f"pip-{pip.version}.dist-info/RECORD", "")
    return wheel


RECORDING = """
import json, os, sys
def main():
    import near
    with open(os.environ["RECORD"], "w") as file:
        json.dump([near.NAME, sys.prefix, *sys.argv[1:]], file)
    return int(os.environ.get("FAILS", "0"))
"""


@pytest.fixture
def carried(store: ModelStore, tmp_path: Path) -> Path:
    """A bundle with two small wheels, pip's and its installer, in a folder of their own."""
    wheels = [
        pack_pip(tmp_path / "w"),
        write_wheel(tmp_path / "w", "acedesk", "0.1.0", ["near>=1"], script=RECORDING),
        write_wheel(tmp_path / "w", "near", "1.5+cpu"),
    ]
    folder = tmp_path / "stick"
    folder.mkdir()
    bundle = pack(store, folder / "b.tar", collect=lambda *_: wheels).file
    subprocess.run(["tar", "xf", bundle.name, "install.py"], cwd=folder, check=True)
    return bundle


def run_installer(bundle: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "install.py", bundle.name, *words],
        cwd=bundle.parent,
        env={**os.environ, "RECORD": str(bundle.parent / "record.json"), **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_the_installer_makes_an_environment_and_takes_the_models_there(carried: Path):
    wrong = {"PIP_INDEX_URL": "http://127.0.0.1:9", "PIP_REQUIRE_HASHES": "1", "PYTHONPATH": "x"}
    done = run_installer(carried, "--use", **wrong)
    assert done.returncode == 0, done.stderr
    into = carried.parent / "acedesk"
    assert json.loads((carried.parent / "record.json").read_text()) == [
        "near",
        str(into),
        "models",
        "install",
        str(carried),
        "--use",
    ]
    assert f"{into / 'bin' / 'acedesk'} serve" in done.stdout
    assert not list(into.glob("wheels-*"))
    assert (into / "bin" / "pip").exists()
    # Run again after the models failed, it goes on in the same environment.
    again = run_installer(carried, FAILS="1")
    assert again.returncode == 1
    assert "its models are not: the reason is above" in again.stderr


def change_member(bundle: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    members = read_members(bundle)
    write_members(bundle, members | {name: change(members[name])})


def tell(**change: Any) -> Callable[[bytes], bytes]:
    def rewrite(content: bytes) -> bytes:
        told = json.loads(content)
        told["machine"] |= change
        return json.dumps(told).encode()

    return rewrite


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (tell(python="3.9"), r"for cpython 3\.9 and was started with cpython 3\.\d+.*python3\.9"),
        (tell(platform="plan9-vax"), "for the platform plan9-vax and this machine has"),
        (tell(libc="musl"), "for the C library musl"),
        (lambda text: text.replace(b'"format": 1', b'"format": 2'), "bundle format 2"),
        (lambda _: b"{}", "no bundle of AceDesk's"),
        (lambda _: b"{", "no bundle, or was cut off"),
    ],
)
def test_the_installer_refuses_a_bundle_for_another_machine(
    carried: Path, change: Callable[[bytes], bytes], told: str
):
    change_member(carried, "manifest.json", change)
    done = run_installer(carried)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert re.search(told, done.stderr)
    assert not (carried.parent / "acedesk").exists()


@pytest.mark.slow
def test_the_installer_refuses_what_is_not_whole_or_not_its_own(carried: Path, tmp_path: Path):
    manifest = bundle_installer.read_manifest(carried)
    whole = carried.read_bytes()
    target = tmp_path / "unpacked"
    target.mkdir()
    carried.write_bytes(whole[:-15_000])
    with pytest.raises(bundle_installer.InstallFailed, match=r"b\.tar was cut off"):
        bundle_installer.unpack_wheels(carried, manifest, target)
    carried.write_bytes(whole)
    change_member(carried, "wheels/near-1.5+cpu-py3-none-any.whl", lambda text: text[:-1] + b"x")
    with pytest.raises(bundle_installer.InstallFailed, match=r"near-1\.5.* is damaged"):
        bundle_installer.unpack_wheels(carried, manifest, target)
    (carried.parent / "acedesk").mkdir()
    (carried.parent / "acedesk" / "mine.txt").touch()
    done = run_installer(carried)
    assert done.returncode == 1
    assert "holds something else. Choose another folder with --into" in done.stderr


def test_the_installer_tells_where_to_go_with_models_alone(store: ModelStore, tmp_path: Path):
    bundle = pack(store, tmp_path / "b.tar").file
    with pytest.raises(bundle_installer.InstallFailed, match=r"acedesk models install b\.tar"):
        bundle_installer.install(bundle, tmp_path / "into")


def test_the_installer_says_what_may_not_work():
    here = bundle_installer.describe_machine()
    bundle_installer.require_same_machine(here, here)
    assert bundle_installer.list_doubts(here, here) == []
    packed = here | {"libc_version": "99.1", "processor": [*here["processor"], "avx9000"]}
    first, second = bundle_installer.list_doubts(packed, here)
    assert "older than that of the machine that packed (99.1)" in first
    assert "processor lacks avx9000" in second


# The commands, each in a process of its own


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run_command(tmp_path: Path) -> Run:
    def run(*words: str, models: str, limit: int | None = None) -> Any:
        call = [sys.executable, "-m", "app", "models", *words]
        if limit:
            call = ["bash", "-c", f'ulimit -f {limit}; exec "$@"', "bash", *call]
        return subprocess.run(
            call,
            cwd=ROOT,
            env={**os.environ, "ACEDESK_MODELS": str(tmp_path / models)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.mark.slow
def test_the_commands_carry_a_model_from_one_folder_to_another(
    run_command: Run, store: ModelStore, there: ModelStore, tmp_path: Path
):
    file = str(tmp_path / "b.tar")
    packed = run_command(
        "bundle", file, "plain", "--no-wheels", "--adapter", "filings", "--json", models="here"
    )
    assert packed.returncode == 0, packed.stderr
    told = json.loads(packed.stdout)
    assert [one["name"] for one in told["models"]] == ["plain", "filings"]
    assert (told["size"], told["wheels"]) == (Path(file).stat().st_size, [])
    assert "packing" in packed.stderr
    first = run_command("install", file, "--json", models="there")
    assert [(one["name"], one["status"]) for one in json.loads(first.stdout)] == [
        ("plain", "installed"),
        ("filings", "installed"),
    ]
    again = run_command("install", file, models="there")
    assert again.stdout.splitlines() == ["unchanged plain (0.00 GB)", "unchanged filings (0.00 GB)"]
    assert f"llama3.1: {LAW}" in again.stderr
    assert "acedesk models use plain" in again.stderr
    assert list_names(there) == ["filings", "plain"]


@pytest.mark.slow
def test_a_model_that_does_not_load_is_not_put_in_use(
    run_command: Run, store: ModelStore, there: ModelStore, tmp_path: Path
):
    bundle = pack(store, tmp_path / "b.tar", "plain").file
    done = run_command("install", str(bundle), "--use", models="there")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert there.read_choice() == ChosenModel()
    assert list_names(there) == ["plain"]


@pytest.mark.slow
def test_a_disk_that_takes_no_file_of_that_size_is_told(
    run_command: Run, store: ModelStore, tmp_path: Path
):
    done = run_command("bundle", str(tmp_path / "b.tar"), "--no-wheels", models="here", limit=8)
    assert done.returncode == 1
    assert "FAT32" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here"]


@pytest.mark.slow
def test_the_built_in_model_is_installed_from_its_file_and_answers(
    run_command: Run, there: ModelStore, tmp_path: Path
):
    from models.builtin import find_builtin_chat

    done = run_command(
        "install", str(find_builtin_chat()), "--name", "small", "--use", models="there"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "installed small (0.10 GB)\n"
    assert "small answers from now on" in done.stderr
    assert there.read_choice() == ChosenModel("small")
