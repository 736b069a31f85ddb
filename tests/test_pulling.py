"""Fetching models from a hub: here from a small server that speaks as the hub does."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from benchmarks.checkpoints import write_random_checkpoint
from models.builtin import find_builtin_chat
from models.chat import CancelToken
from models.errors import (
    ChecksumError,
    DownloadError,
    GenerationCancelled,
    ModelFileError,
    StorageError,
    UnknownModel,
)
from models.library import pulling
from models.library.catalogue import CatalogueFile, CatalogueModel
from models.library.pulling import pull_model
from models.library.store import ModelStore
from models.progress import ModelProgress

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_secretsecretsecretsecretsecretsec"


@dataclass
class Hub:
    """What the server holds and what it was asked; `cut_after` ends an answer early, once."""

    files: dict[str, bytes] = field(default_factory=dict)
    address: str = ""
    commit: str = COMMIT
    cut_after: int | None = None
    needs_token: bool = False
    told_sums: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)

    def describe(self) -> dict[str, Any]:
        siblings = []
        for name, content in self.files.items():
            one: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": "b"}
            if name.endswith((".gguf", ".safetensors")):
                found = self.told_sums.get(name) or hashlib.sha256(content).hexdigest()
                one["lfs"] = {"sha256": found, "size": len(content), "pointerSize": 134}
            siblings.append(one)
        return {
            "_id": "1",
            "id": "maker/model",
            "modelId": "maker/model",
            "sha": self.commit,
            "siblings": siblings,
            "cardData": {"license": "mit"},
            "tags": [],
            "private": False,
            "downloads": 0,
        }

    def count(self, name: str) -> list[str | None]:
        """Return the ranges that were asked of a file."""
        return [r for method, path, r in self.asked if method == "GET" and path.endswith(name)]


class HubHandler(BaseHTTPRequestHandler):
    """Answers as the hub does; `hub` is set by the fixture."""

    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def answer(self, *, with_body: bool) -> None:
        self.hub.asked.append((self.command, self.path.partition("?")[0], self.headers["Range"]))
        if self.hub.needs_token and self.headers["Authorization"] != f"Bearer {TOKEN}":
            self.send_response(403)
            self.send_header("X-Error-Code", "GatedRepo")
            self.send_header("X-Error-Message", "Access is restricted.")
            self.end_without_body()
        elif self.path.startswith("/api/models/maker/model"):
            self.send(json.dumps(self.hub.describe()).encode(), {}, with_body)
        elif "/maker/model/resolve/" in self.path:
            name = self.path.partition("/resolve/")[2].partition("/")[2].partition("?")[0]
            self.send_file(name, with_body)
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.end_without_body()

    def end_without_body(self) -> None:
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send_file(self, name: str, with_body: bool) -> None:
        content = self.hub.files[name]
        headers = {
            "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
            "X-Repo-Commit": self.hub.commit,
            "Accept-Ranges": "bytes",
        }
        self.send(content, headers, with_body)

    def send(self, content: bytes, headers: dict[str, str], with_body: bool) -> None:
        wanted = self.headers["Range"]
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        self.send_response(206 if wanted else 200)
        for key, value in headers.items():
            self.send_header(key, value)
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        body = content[start:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not with_body:
            return
        cut = None
        if len(body) > 1000:
            cut, self.hub.cut_after = self.hub.cut_after, None
        with suppress(OSError):
            self.wfile.write(body if cut is None else body[:cut])
        self.close_connection = cut is not None


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    state = Hub()
    handler = type("Handler", (HubHandler,), {"hub": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.address = f"http://127.0.0.1:{server.server_address[1]}"
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", state.address)
    monkeypatch.setattr(
        constants,
        "HUGGINGFACE_CO_URL_TEMPLATE",
        state.address + "/{repo_id}/resolve/{revision}/{filename}",
    )
    monkeypatch.setenv("HF_TOKEN", "")
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_checkpoint(tmp_path_factory.mktemp("c") / "tiny", "qwen2")


def hold_checkpoint(hub: Hub, folder: Path) -> None:
    for path in folder.iterdir():
        hub.files[path.name] = path.read_bytes()
    hub.files |= {"LICENSE": b"MIT", "README.md": b"# model", "onnx/model.onnx": b"x" * 5000}


def hold_file(hub: Hub, name: str = "model-q4_1.gguf") -> bytes:
    content = find_builtin_chat().read_bytes()
    hub.files[name] = content
    return content


def list_files(store: ModelStore) -> list[str]:
    return sorted(path.name for path in store.folder.rglob("*") if path.is_file())


def test_a_ready_file_is_fetched_checked_and_installed(hub: Hub, store: ModelStore):
    content = hold_file(hub)
    told: list[ModelProgress] = []
    installed = pull_model(store, "maker/model", "Q4_1", listener=told.append)
    assert store.path_of(installed).read_bytes() == content
    assert installed.sha256 == hashlib.sha256(content).hexdigest()
    assert (installed.repository, installed.revision) == ("maker/model", COMMIT)
    assert installed.licence == "mit"
    assert [one.name for one in store.list_installed()] == ["model-q4_1"]
    assert {one.stage for one in told} == {"downloading", "checking"}
    assert told[-1].done == told[-1].total == len(content)


def test_a_checkpoint_is_fetched_converted_and_quantised(
    hub: Hub, store: ModelStore, checkpoint: Path
):
    hold_checkpoint(hub, checkpoint)
    told: list[ModelProgress] = []
    installed = pull_model(store, "maker/model", "Q8_0", listener=told.append)
    assert installed.name == "model-q8_0"
    assert installed.sources == {
        "model.safetensors": hashlib.sha256(hub.files["model.safetensors"]).hexdigest()
    }
    assert list_files(store) == ["model-q8_0.gguf", "model-q8_0.model.json", "revisions.json"]
    assert hub.count("model.onnx") == []
    stages = list(dict.fromkeys(one.stage for one in told))
    assert stages == ["downloading", "checking", "converting", "quantising"]


def test_a_stopped_build_is_not_gone_on_with_for_another_checkpoint_of_its_name(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The file between is of the one folder; the other one's model must not be made of it."""
    one = write_random_checkpoint(tmp_path / "a" / "same", "qwen2", seed=1)
    other = write_random_checkpoint(tmp_path / "b" / "same", "qwen2", seed=2)

    def fail(*_: object, **__: object) -> None:
        raise StorageError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(pulling, "quantise", fail)
        with pytest.raises(StorageError):
            pulling.build_model(store, one, recipe=pulling.BuildRecipe("Q8_0"))
    assert store.list_installed() == []
    built = pulling.build_model(store, other, recipe=pulling.BuildRecipe("Q8_0"))
    fresh = ModelStore(tmp_path / "fresh")
    expected = pulling.build_model(fresh, other, recipe=pulling.BuildRecipe("Q8_0"))
    assert built.sha256 == expected.sha256


def test_what_was_fetched_is_not_fetched_again_after_a_cut(hub: Hub, store: ModelStore):
    """The connection is lost for good in the middle; another call asks for the rest alone."""
    content = hold_file(hub)
    cut = 30_000_000
    cancel = CancelToken()

    def stop(progress: ModelProgress) -> None:
        if progress.done >= cut:
            cancel.cancel()

    with pytest.raises(GenerationCancelled):
        pull_model(store, "maker/model", "Q4_1", listener=stop, cancel=cancel)
    assert store.list_installed() == []
    installed = pull_model(store, "maker/model", "Q4_1")
    assert store.path_of(installed).read_bytes() == content
    first, second = hub.count(".gguf")
    assert first is None
    assert second is not None
    assert int(second.removeprefix("bytes=").rstrip("-")) >= cut


def test_a_connection_that_breaks_is_taken_up_again_by_itself(hub: Hub, store: ModelStore):
    content = hold_file(hub)
    hub.cut_after = 25_000_000
    installed = pull_model(store, "maker/model", "Q4_1")
    assert store.path_of(installed).read_bytes() == content
    first, second = hub.count(".gguf")
    assert first is None
    assert second is not None
    assert 10_000_000 <= int(second.removeprefix("bytes=").rstrip("-")) <= 25_000_000


def test_a_file_that_changed_since_the_cut_is_fetched_anew(hub: Hub, store: ModelStore):
    hold_file(hub)
    cancel = CancelToken()
    with pytest.raises(GenerationCancelled):
        pull_model(
            store,
            "maker/model",
            "Q4_1",
            listener=lambda progress: cancel.cancel() if progress.done > 20_000_000 else None,
            cancel=cancel,
        )
    changed = bytearray(hub.files["model-q4_1.gguf"])
    changed[-1] ^= 1
    hub.files["model-q4_1.gguf"] = bytes(changed)
    installed = pull_model(store, "maker/model", "Q4_1")
    assert store.path_of(installed).read_bytes() == bytes(changed)


def test_another_file_than_the_hub_says_is_refused_and_removed(hub: Hub, store: ModelStore):
    hold_file(hub)
    hub.told_sums["model-q4_1.gguf"] = "0" * 64
    with pytest.raises(ChecksumError, match=r"model-q4_1\.gguf is not the file.*removed"):
        pull_model(store, "maker/model", "Q4_1")
    assert store.list_installed() == []
    assert [name for name in list_files(store) if "gguf" in name and "etag" not in name] == []


def test_another_file_than_the_catalogue_says_is_not_fetched(
    hub: Hub, store: ModelStore, monkeypatch: pytest.MonkeyPatch
):
    hold_file(hub)
    known = CatalogueFile("Q4_1", "model-q4_1.gguf", 98362432, "f" * 64)
    entry = CatalogueModel(
        name="known",
        title="Known",
        purpose="general",
        format="gguf",
        repository="maker/model",
        parameters=1,
        download=1,
        context=8192,
        layers=1,
        kv_heads=1,
        head_size=1,
        vocabulary=1,
        hidden=1,
        licence="mit",
        duties="",
        file=(known,),
    )
    monkeypatch.setattr(pulling, "find_model", lambda _: entry)
    with pytest.raises(ChecksumError, match="than the catalogue knows"):
        pull_model(store, "known")
    assert hub.count(".gguf") == []


def test_a_file_that_is_no_gguf_is_not_installed(hub: Hub, store: ModelStore):
    hub.files["model-q4_1.gguf"] = b"<html>not a model</html>" * 100
    with pytest.raises(ModelFileError, match="is not a GGUF file"):
        pull_model(store, "maker/model", "Q4_1")
    assert store.list_installed() == []


def test_the_former_model_stays_in_use_when_a_pull_fails(hub: Hub, store: ModelStore):
    from models.library.store import ChosenModel

    hold_file(hub)
    former = pull_model(store, "maker/model", "Q4_1")
    store.choose(ChosenModel(former.name))
    hub.files = {"other-q8_0.gguf": b"GGUF damaged" * 100}
    with pytest.raises(ModelFileError):
        pull_model(store, "maker/model", "Q8_0")
    assert store.read_choice().model == former.name
    assert store.resolve(None) == store.path_of(former)


def test_a_revision_that_was_taken_is_kept_to(hub: Hub, store: ModelStore):
    hold_file(hub)
    pull_model(store, "maker/model", "Q4_1")
    hub.commit = "f" * 40
    pull_model(store, "maker/model", "Q4_1")
    asked = [path for _, path, _ in hub.asked if path.startswith("/api/")]
    assert asked == ["/api/models/maker/model", f"/api/models/maker/model/revision/{COMMIT}"]


def test_a_quantisation_that_is_not_there_is_told_with_those_that_are(hub: Hub, store: ModelStore):
    hold_file(hub)
    with pytest.raises(DownloadError, match=r"no Q6_K among its GGUF files: model-q4_1\.gguf"):
        pull_model(store, "maker/model", "Q6_K")


def test_a_file_in_several_parts_is_refused(hub: Hub, store: ModelStore):
    for part in (1, 2):
        hub.files[f"m-q8_0-0000{part}-of-00002.gguf"] = b"GGUF"
    with pytest.raises(DownloadError, match="split into 2 files"):
        pull_model(store, "maker/model", "Q8_0")


def test_too_little_room_is_told_before_anything_is_fetched(
    hub: Hub, store: ModelStore, monkeypatch: pytest.MonkeyPatch
):
    import shutil

    hold_file(hub)
    monkeypatch.setattr(
        "models.storage.shutil.disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 10**6)
    )
    with pytest.raises(StorageError, match=r"needs 0\.1 GB more and 0\.0 GB are free"):
        pull_model(store, "maker/model", "Q4_1")
    assert hub.count(".gguf") == []


def test_a_gated_repository_says_where_to_accept_its_terms(hub: Hub, store: ModelStore):
    hold_file(hub)
    hub.needs_token = True
    with pytest.raises(DownloadError, match=r"accepted its terms.*/maker/model.*HF_TOKEN") as told:
        pull_model(store, "maker/model", "Q4_1")
    assert told.value.__cause__ is None


def test_a_token_opens_what_is_gated_and_is_told_nowhere(
    hub: Hub,
    store: ModelStore,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
):
    hold_file(hub)
    hub.needs_token = True
    hub.cut_after = 5_000_000
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    caplog.set_level("DEBUG")
    pull_model(store, "maker/model", "Q4_1")
    said = capsys.readouterr()
    kept = "".join(path.read_text() for path in store.folder.glob("*.json"))
    assert TOKEN not in caplog.text + said.out + said.err + kept


def test_an_unknown_repository_is_told(hub: Hub, store: ModelStore):
    with pytest.raises(DownloadError, match="shows no maker/other"):
        pull_model(store, "maker/other")


def test_a_name_that_is_not_in_the_catalogue_is_told_with_those_that_are(store: ModelStore):
    with pytest.raises(UnknownModel, match=r"no model acesearcher-2b.*acesearcher-1\.5b"):
        pull_model(store, "acesearcher-2b")


def test_a_folder_that_may_not_be_written_is_told(hub: Hub, tmp_path: Path):
    hold_file(hub)
    (tmp_path / "file").touch()
    store = ModelStore(tmp_path / "models")
    store.folder.mkdir()
    (store.folder / "unfinished").touch()  # no folder: root may write anywhere
    with pytest.raises((StorageError, OSError)):
        pull_model(store, "maker/model", "Q4_1")
    assert store.list_installed() == []


def test_a_name_that_leads_out_of_the_folder_is_refused(hub: Hub, store: ModelStore):
    hub.files["../../evil-q4_1.gguf"] = b"GGUF" * 500
    with pytest.raises(DownloadError, match="is refused"):
        pull_model(store, "maker/model", "Q4_1")


# The command itself, in a process of its own, with the hub's own variables


@pytest.fixture
def run_command(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "TRANSFORMERS_"))}
        return subprocess.run(
            [sys.executable, "-m", "app", "models", *words],
            cwd=ROOT,
            env={**clean, "ACEDESK_MODELS": str(tmp_path / "models"), **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def test_a_mirror_is_named_by_the_hubs_own_variable(hub: Hub, run_command: Any, tmp_path: Path):
    hold_file(hub)
    done = run_command(
        "pull", "maker/model", "--quant", "Q4_1", "--use", "--json", HF_ENDPOINT=hub.address
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["name"] == "model-q4_1"
    listed = json.loads(run_command("list", "--json").stdout)
    assert listed["in_use"] == {"model": "model-q4_1", "adapter": None}
    assert [one["name"] for one in listed["installed"]] == ["model-q4_1"]


def test_a_machine_that_is_set_to_stay_offline_fetches_nothing(hub: Hub, run_command: Any):
    done = run_command("pull", "maker/model", HF_ENDPOINT=hub.address, HF_HUB_OFFLINE="1")
    assert done.returncode == 1
    assert "set to stay offline" in done.stderr
    assert "models install" in done.stderr
    assert hub.asked == []


def test_without_a_network_the_pull_says_what_to_do(run_command: Any):
    done = run_command("pull", "maker/model", HF_ENDPOINT="http://127.0.0.1:9")
    assert done.returncode == 1
    assert "http://127.0.0.1:9 cannot be reached" in done.stderr
    assert "HF_ENDPOINT" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_open_desk_fetches_a_model_and_answers_with_it(
    hub: Hub, store: ModelStore, monkeypatch: pytest.MonkeyPatch
):
    """In a program of its own, which may ask the hub, while the desk itself stays offline."""
    from app.desk.fetching import ModelFetch
    from app.desk.server import open_shelf
    from app.settings import Settings

    hold_file(hub)
    monkeypatch.setenv("ACEDESK_MODELS", str(store.folder))
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    model, shelf = open_shelf(Settings(store.folder.parent / "workspace"))
    shelf._start_fetch = lambda name, quantisation: ModelFetch("maker/model", quantisation)
    shelf.fetch("maker/model", "Q4_1")
    seen = set()
    for _ in range(6000):  # two minutes: the machine may be at other work
        view = shelf.look()
        if view.fetch and view.fetch.progress:
            seen.add(view.fetch.progress.stage)
        if view.used == "model-q4_1":
            break
        threading.Event().wait(0.02)
    assert view.problem == ""
    assert model.file.name == "model-q4_1"
    assert "downloading" in seen
    assert store.read_choice().model == "model-q4_1"
    shelf.close()
