"""The vectors on a Chroma server: a real one, one that is not there, and one that is no Chroma."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from ingestion.errors import WorkspaceError
from ingestion.storage.vectors import VectorIndex

AXES = np.eye(4, dtype=np.float32)


def find_free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(url, program):
    for _ in range(300):
        assert program.poll() is None, "chroma run has ended"
        try:
            with urllib.request.urlopen(f"{url}/api/v2/heartbeat", timeout=1):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    pytest.fail("chroma run does not answer")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a `chroma run` that lives as long as this file's tests."""
    port = find_free_port()
    command = [
        str(Path(sys.executable).with_name("chroma")),
        "run",
        "--path",
        str(tmp_path_factory.mktemp("server")),
        "--port",
        str(port),
    ]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet) as program:
        try:
            wait_for(f"http://localhost:{port}", program)
            yield f"http://localhost:{port}"
        finally:
            program.terminate()


@pytest.fixture
def open_index():
    """Opens indexes on a server, and closes them in the end."""
    opened = []

    def open_one(server, folder, workspace_id, model="model"):
        index = VectorIndex(folder, model, lambda: 0, url=server, workspace_id=workspace_id)
        opened.append(index)
        return index

    yield open_one
    for index in opened:
        index.close()


@pytest.mark.slow
def test_vectors_on_a_server_are_added_found_and_removed(open_index, server, tmp_path):
    index = open_index(server, tmp_path, "one")
    index.add("d1", ["p1", "p2"], AXES[:2])
    index.add("d2", ["p3"], AXES[2:3])
    assert [passage for passage, _ in index.search(AXES[1], 1)] == ["p2"]
    assert index.search(AXES[1], 5, ["d2"]) == [("p3", 0.0)]
    assert index.ids_of("d1") == {"p1", "p2"}
    assert index.vectors_of(["p3", "unknown"])["p3"].tolist() == [0.0, 0.0, 1.0, 0.0]
    index.delete(["p2"])
    assert index.ids_of("d1") == {"p1"}
    assert {passage for passage, _ in index.search(AXES[1], 5)} == {"p1", "p3"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_another_program_sees_what_was_added(open_index, server, tmp_path):
    first, second = (open_index(server, tmp_path, "shared") for _ in range(2))
    assert first.search(AXES[0], 5) == []
    second.add("d1", ["p1"], AXES[:1])
    assert [passage for passage, _ in first.search(AXES[0], 5)] == ["p1"]


@pytest.mark.slow
def test_two_workspaces_on_one_server_do_not_meet(open_index, server, tmp_path):
    ours, theirs = (open_index(server, tmp_path, name) for name in ("ours", "theirs"))
    ours.add("d1", ["p1"], AXES[:1])
    theirs.add("d1", ["p2"], AXES[:1])
    ours.delete(["p2"])
    open_index(server, tmp_path, "ours", "another model").drop_other_models()
    assert theirs.ids_of("d1") == {"p2"}


@pytest.mark.slow
def test_folders_keep_workspaces_without_an_id_apart(open_index, server, tmp_path):
    one, other = (open_index(server, tmp_path / name, None) for name in ("one", "other"))
    one.add("d1", ["p1"], AXES[:1])
    assert open_index(server, tmp_path / "one", None).ids_of("d1") == {"p1"}
    assert other.ids_of("d1") == frozenset()


@pytest.mark.slow
def test_vectors_of_two_models_never_mix_on_a_server(open_index, server, tmp_path):
    old, new = (open_index(server, tmp_path, "models", name) for name in ("old", "new"))
    old.add("d1", ["p1"], AXES[:1])
    new.add("d1", ["p1"], np.ones((1, 8), dtype=np.float32))
    new.drop_other_models()
    assert new.ids_of("d1") == {"p1"}
    assert open_index(server, tmp_path, "models", "old").ids_of("d1") == frozenset()


def test_a_server_that_is_not_there_is_named_with_the_next_step(open_index, tmp_path):
    url = f"http://localhost:{find_free_port()}"
    with pytest.raises(WorkspaceError, match="chroma run") as refusal:
        open_index(url, tmp_path, "one").search(AXES[0], 5)
    assert url in str(refusal.value)


def test_a_password_in_the_address_is_not_shown(open_index, tmp_path):
    port = find_free_port()
    with pytest.raises(WorkspaceError) as refusal:
        open_index(f"http://me:secret@localhost:{port}", tmp_path, "one").ids_of("d1")
    assert f"http://localhost:{port}" in str(refusal.value)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8000", "ftp://localhost", "http://", "http:///x", "http://[", "http://a:b"],
)
def test_what_is_no_address_is_refused(open_index, url, tmp_path):
    with pytest.raises(WorkspaceError, match="http://localhost:8000"):
        open_index(url, tmp_path, "one")


@pytest.fixture
def other_server():
    """A server that is no Chroma, and the headers that it was sent."""
    seen = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(dict(self.headers))
            self.send_response(404)
            self.end_headers()
            self.wfile.write(b"<html>not here</html>")

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as one:
        thread = threading.Thread(target=one.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{one.server_port}", seen
        one.shutdown()
        thread.join()


def test_a_server_that_is_no_chroma_is_refused(open_index, other_server, tmp_path):
    url, _ = other_server
    with pytest.raises(WorkspaceError, match="check --chroma-url"):
        open_index(url, tmp_path, "one").search(AXES[0], 5)


def test_the_token_of_chromas_own_variables_is_sent(
    open_index, other_server, tmp_path, monkeypatch
):
    url, seen = other_server
    monkeypatch.setenv(
        "CHROMA_CLIENT_AUTH_PROVIDER", "chromadb.auth.token_authn.TokenAuthClientProvider"
    )
    monkeypatch.setenv("CHROMA_CLIENT_AUTH_CREDENTIALS", "our-token")
    with pytest.raises(WorkspaceError):
        open_index(url, tmp_path, "one").search(AXES[0], 5)
    sent = {name.lower(): value for headers in seen for name, value in headers.items()}
    assert sent["authorization"] == "Bearer our-token"


@pytest.mark.slow
def test_a_closed_index_opens_again_when_it_is_needed(open_index, server, tmp_path):
    index = open_index(server, tmp_path, "again")
    index.add("d1", ["p1"], AXES[:1])
    index.close()
    assert [passage for passage, _ in index.search(AXES[0], 5)] == ["p1"]


def test_a_server_that_never_answers_is_named(open_index, tmp_path, monkeypatch):
    monkeypatch.setattr("ingestion.storage.vectors._PATIENCE", 0.2)
    with socket.socket() as silent:  # takes the connection, and says nothing
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(WorkspaceError, match=r"127\.0\.0\.1.*timed out"):
            open_index(url, tmp_path, "late").search(AXES[0], 5)
