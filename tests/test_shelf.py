"""The models of an open desk: fetching one in another process, and answering with another."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.desk.fetching import FetchState, ModelFetch
from app.desk.model_list import render_models
from app.desk.render import render_header
from app.desk.shelf import ModelShelf
from models.builtin import BUILTIN_CHAT, hash_file
from models.chat import CancelToken, ChatModel, GenerationSettings, ModelFile, complete
from models.errors import ModelError, ModelFileError
from models.library.store import InstalledModel, ModelStore
from models.progress import ModelProgress
from models.residency import LoadState, ResidentChatModel
from models.scripted import ScriptedChatModel
from models.switching import SwitchableChatModel

FILE = ModelFile("m", "m.gguf", "0" * 64)


class Closable(ScriptedChatModel):
    computes_on = "processor"

    def close(self) -> None:
        pass


def open_scripted(text: str, error: ModelError | None = None) -> ResidentChatModel:
    def load(_: Callable[[float], bool]) -> Closable:
        if error:
            raise error
        return Closable(lambda _: text)

    return ResidentChatModel(load, lambda: FILE, 4096)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


def build_shelf(
    store: ModelStore,
    others: dict[str, ResidentChatModel],
    start_fetch: Callable[[str, str], ModelFetch] = ModelFetch,
) -> tuple[SwitchableChatModel, ModelShelf]:
    first = open_scripted("the first")
    model = SwitchableChatModel(first)

    def open_model(name: str) -> tuple[ResidentChatModel, ChatModel]:
        return others[name], others[name]

    return model, ModelShelf(store, model, first, BUILTIN_CHAT, open_model, start_fetch)


def ask(model: ChatModel) -> str:
    return complete(model, "Is it?", GenerationSettings(), CancelToken()).text


def run_script(body: str) -> ModelFetch:
    return ModelFetch("m", "Q8_0", (sys.executable, "-c", f"import json, sys, time\n{body}"))


def wait_for(fetch: ModelFetch) -> FetchState:
    while (state := fetch.look()).kind == "running":
        time.sleep(0.02)
    return state


def test_another_model_answers_once_it_is_loaded_and_is_kept_in_use(store: ModelStore):
    model, shelf = build_shelf(store, {"second": open_scripted("the second")})
    assert ask(model) == "the first"
    worker = shelf.change("second")
    assert worker is not None
    worker.join(10)
    assert ask(model) == "the second"
    assert shelf.look().used == "second"
    assert store.read_choice().model == "second"


def test_a_model_that_does_not_load_leaves_the_former_answering(store: ModelStore):
    broken = open_scripted("", ModelFileError("broken.gguf cannot be loaded. Fetch it again."))
    model, shelf = build_shelf(store, {"broken": broken})
    worker = shelf.change("broken")
    assert worker is not None
    worker.join(10)
    view = shelf.look()
    assert ask(model) == "the first"
    assert view.used == BUILTIN_CHAT
    assert "broken does not answer, and smollm2-135m-instruct stays" in view.problem
    assert store.read_choice().model is None


def test_what_is_being_written_is_finished_by_the_model_that_began_it(store: ModelStore):
    model, shelf = build_shelf(store, {"second": open_scripted("the second")})
    stream = model.stream("Is it?", GenerationSettings(), CancelToken())
    begun = next(stream)
    worker = shelf.change("second")
    assert worker is not None
    worker.join(10)
    assert begun == "the first"
    list(stream)
    assert ask(model) == "the second"


def test_the_model_that_answers_is_not_changed_for_itself(store: ModelStore):
    _, shelf = build_shelf(store, {})
    assert shelf.change(BUILTIN_CHAT) is None


def test_a_fetch_tells_how_far_it_is_and_what_it_installed():
    line = json.dumps({"stage": "downloading", "name": "a", "done": 5, "total": 10})
    fetch = run_script(
        f"sys.stderr.write({line!r} + '\\n'); sys.stderr.flush(); time.sleep(1)\n"
        "print(json.dumps({'name': 'm-q8_0'}))"
    )
    while (state := fetch.look()).progress is None and state.kind == "running":
        time.sleep(0.02)
    assert state.progress == ModelProgress("downloading", "a", 5, 10)
    assert wait_for(fetch) == FetchState("m", "done", told="m-q8_0")


def test_a_fetch_that_fails_tells_the_programs_own_words():
    fetch = run_script("sys.stderr.write('acedesk: The hub cannot be reached.\\n'); sys.exit(1)")
    assert wait_for(fetch) == FetchState("m", "failed", told="The hub cannot be reached.")


def test_a_fetch_can_be_stopped():
    fetch = run_script("time.sleep(60)")
    fetch.stop()
    assert "was stopped" in wait_for(fetch).told


def test_a_fetch_that_misses_the_first_interruption_is_stopped_all_the_same():
    """As one does that is just starting."""
    fetch = run_script(
        "import signal\n"
        "def miss(*_):\n"
        "    signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "signal.signal(signal.SIGINT, miss)\n"
        "end = time.monotonic() + 60\n"
        "while time.monotonic() < end:\n"
        "    time.sleep(0.1)"
    )
    time.sleep(1)
    fetch.stop()
    assert "was stopped" in wait_for(fetch).told


def test_a_fetch_that_ends_without_a_word_is_not_done():
    """So it ends where it is stopped before its program has begun."""
    state = wait_for(run_script("sys.exit(0)"))
    assert (state.kind, state.told) == ("failed", "It ended with 0.")


def test_the_fetching_program_may_ask_the_hub_though_the_desk_may_not(
    monkeypatch: pytest.MonkeyPatch,
):
    """What the desk has set for its own libraries does not come to it; what the user set does."""
    from app import offline

    monkeypatch.setattr(offline, "_BEFORE", {})
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "yes")
    offline.go_offline()
    fetch = run_script(
        "import os\nprint(json.dumps({'name': os.environ.get('HF_HUB_OFFLINE', 'free') + ' ' + "
        "os.environ['TRANSFORMERS_OFFLINE']}))"
    )
    assert wait_for(fetch).told == "free yes"


def test_a_fetched_model_takes_the_formers_place_by_itself(store: ModelStore):
    done = "print(json.dumps({'name': 'second'}))"
    model, shelf = build_shelf(
        store, {"second": open_scripted("the second")}, lambda *_: run_script(done)
    )
    shelf.fetch("acesearcher-1.5b", "Q4_K_M")
    for _ in range(500):
        if shelf.look().used == "second":
            break
        time.sleep(0.02)
    assert ask(model) == "the second"


def test_two_clicks_fetch_once(store: ModelStore):
    begun: list[str] = []

    def start(name: str, _: str) -> ModelFetch:
        begun.append(name)
        return run_script("time.sleep(30)")

    _, shelf = build_shelf(store, {}, start)
    shelf.fetch("acesearcher-1.5b", "Q4_K_M")
    shelf.fetch("acesearcher-8b", "Q4_K_M")
    assert begun == ["acesearcher-1.5b"]
    assert shelf.is_fetching
    shelf.close()


def test_the_list_shows_what_answers_what_can_be_used_and_what_can_be_fetched(store: ModelStore):
    source = store.folder.parent / "x"
    source.write_bytes(b"x")
    record = InstalledModel("own-q8_0", "model", "own-q8_0.gguf", 1, hash_file(source), 0)
    store.install(source, record)
    _, shelf = build_shelf(store, {})
    page = render_models(shelf.look())
    assert '<span class="desk-used">answers</span>' in page
    assert 'data-use="own-q8_0"' in page
    assert 'data-fetch="acesearcher-1.5b" data-quant="Q4_K_M"' in page
    assert "Llama 3.1 terms still bind" in page
    assert "accept its terms" in page


def test_names_and_problems_are_shown_as_text(store: ModelStore):
    _, shelf = build_shelf(store, {})
    view = replace(
        shelf.look(), problem="<b>bad</b>", fetch=FetchState("<i>", "failed", told="<u>")
    )
    page = render_models(view)
    assert "<b>bad" not in page
    assert "<u>" not in page
    assert "&lt;b&gt;bad" in page


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (LoadState("loading", 0.43), "loading 43%"),
        (LoadState("ready", 1.0, computes_on="GPU, 29 of 29 layers"), "GPU, 29 of 29 layers"),
        (LoadState("resting"), "not loaded"),
        (LoadState("failed", problem="m.gguf cannot be loaded"), "m.gguf cannot be loaded"),
    ],
)
def test_the_head_tells_how_far_the_model_is(state: LoadState, told: str):
    assert told in render_header(FILE, "/workspace", state)


def test_the_head_says_when_something_is_fetched():
    assert ">offline<" in render_header(FILE, "/w", None)
    assert ">offline<" not in render_header(FILE, "/w", None, is_fetching=True)
    assert "fetching a model" in render_header(FILE, "/w", None, is_fetching=True)
