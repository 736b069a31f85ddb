"""The model on a real server: llama-cpp-python's own, with the built-in model.

It runs with its defaults, so it punishes repetition where it is not told otherwise, and breaks off
a text when another request comes in.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.cli import main
from app.composition import sample_files
from ingestion.storage.vectors import Embedder
from ingestion.workspace import Workspace
from models.builtin import find_builtin_chat
from models.chat import CancelToken, Completion, GenerationSettings, Request, complete
from models.errors import GenerationCancelled, ServerRefused
from models.llama.model import LlamaChatModel
from models.remote.model import RemoteChatModel
from research.grammars import build_answer_grammar, build_decomposition_grammar

pytestmark = pytest.mark.slow

KEY = "sk-of-this-test"
CONTEXT = 4096
# Time for the server to load, on a machine that has other things to do.
PATIENCE = 60.0
# The server as a user starts it, but without AMX: see `models.llama.loading`.
SERVE = """
import llama_cpp.llama_cpp as library
from llama_cpp.server.__main__ import main
from models.llama.loading import has_amx

of_model = library.llama_model_default_params

def choose():
    params = of_model()
    params.use_extra_bufts = not has_amx()
    return params

library.llama_model_default_params = choose
main()
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a server of the built-in model listens, with a key."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = {
        "model": find_builtin_chat(),
        "model_alias": "small",
        "host": "127.0.0.1",
        "port": port,
        "n_ctx": CONTEXT,
        "api_key": KEY,
        "verbose": False,
    }
    flags = [word for name, value in words.items() for word in (f"--{name}", str(value))]
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-c", SERVE, *flags],
            cwd=Path(__file__).resolve().parent.parent,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    base = f"http://127.0.0.1:{port}/v1"
    try:
        _wait_for(base, server, log)
        yield base
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE)


def _wait_for(base: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert server.poll() is None, log.read_text()
        try:
            if httpx.get(f"{base}/models", headers={"Authorization": f"Bearer {KEY}"}).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def remote(url: str) -> Iterator[RemoteChatModel]:
    model = RemoteChatModel(url, api_key=KEY)
    yield model
    model.close()


@pytest.fixture(scope="module")
def local() -> LlamaChatModel:
    return LlamaChatModel(find_builtin_chat())


def ask(model: RemoteChatModel | LlamaChatModel, message: str, **settings: object) -> Completion:
    return complete(model, message, GenerationSettings(**settings), CancelToken())


def test_the_server_names_its_model_and_not_its_context(remote, url):
    assert (remote.file.name, remote.file.file, remote.file.sha256) == ("small", url, None)
    assert remote.context_tokens == CONTEXT  # the default, for this server does not tell


@pytest.mark.parametrize(
    ("message", "settings"),
    [
        ("Name three colours.", {"max_tokens": 30}),
        ("Net sales were $1,284 million in 2023. What were they?", {"max_tokens": 30}),
        ("Is snow white?", {"max_tokens": 30, "grammar": build_answer_grammar()}),
        (
            "Break down: did net sales grow faster than net income?",
            {"max_tokens": 50, "grammar": build_decomposition_grammar(), "stop": ("### Q2",)},
        ),
    ],
)
def test_it_writes_what_the_same_model_writes_here(message, settings, remote, local):
    local.forget()
    there, here = ask(remote, message, **settings), ask(local, message, **settings)
    assert there.text == here.text
    assert there.cut == here.cut


def test_grammars_are_obeyed(remote):
    assert ask(remote, "Is snow white?", grammar='root ::= "surely"').text == "surely"
    assert remote.holds_to_grammar
    assert remote.notes == []


@pytest.mark.parametrize(
    "text", ["", "Net sales rose to $1,284 million.", "\u00e9\u4e2d <|im_end|"]
)
def test_it_counts_as_the_same_model_counts_here(text, remote, local):
    assert remote.count_tokens(text) == local.count_tokens(text)


def test_choices_weigh_what_they_weigh_here(remote, local):
    message, choices = "Is Paris the capital of France?", ("Yes", "No")
    local.forget()
    there = remote.weigh_choices(message, choices, CancelToken())
    here = local.weigh_choices(message, choices, CancelToken())
    assert there == pytest.approx(here, abs=0.01)


def test_many_are_answered_whole(remote):
    settings = GenerationSettings(max_tokens=6)
    requests = [Request(f"Say the word {word}.", settings) for word in ("plum", "pear", "fig")]
    told: dict[int, str] = {}
    ends: dict[int, Completion] = {}
    for index, piece in remote.stream_many(requests, CancelToken()):
        if isinstance(piece, Completion):
            ends[index] = piece
        else:
            told[index] = told.get(index, "") + piece
    assert {index: end.text for index, end in ends.items()} == told
    assert [ends[at].completion_tokens for at in range(3)] == [6, 6, 6]


def test_a_text_that_is_stopped_leaves_the_server_free(remote):
    cancel = CancelToken()
    stream = remote.stream("Count to a thousand.", GenerationSettings(max_tokens=2000), cancel)
    next(stream)
    cancel.cancel()
    with pytest.raises(GenerationCancelled):
        list(stream)
    assert ask(remote, "Say hello.", max_tokens=3).completion_tokens == 3


def test_a_wrong_key_is_refused(url):
    with pytest.raises(ServerRefused, match=r"does not take the API key .*Set ACEDESK_API_KEY"):
        RemoteChatModel(url, api_key="sk-another")


def test_a_whole_question_is_answered_by_it(
    url, tmp_path: Path, fake_embedder: Embedder, monkeypatch, capsys
):
    workspace = Workspace(tmp_path / "workspace", fake_embedder)
    workspace.add_file(next(path for path in sample_files() if "2023" in path.name))
    monkeypatch.setenv("ACEDESK_API_KEY", KEY)
    question = "Why did Bramblewick's gross margin change in 2023?"
    # The small model plans at length, on one core and under a grammar; that it does, others test.
    plan = tmp_path / "plan.txt"
    plan.write_text(f"### Q1: {question}\n")
    words = ["--model", url, "--plan", str(plan), "--workspace", str(workspace.folder)]
    assert main(["ask", question, "--json", *words]) == 0
    told = capsys.readouterr()
    record = json.loads(told.out)
    assert record["model"] == {"name": "small", "file": url, "sha256": None, "adapter": None}
    assert record["verdict"]["label"] in ("SUPPORTED", "NOT_ENOUGH_INFO")
    assert record["tokens"]["written"] > 0
    assert told.err.splitlines()[-1] == "Passages are sent to 127.0.0.1."
    assert KEY not in told.out + told.err
