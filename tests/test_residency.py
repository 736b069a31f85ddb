"""A model that is loaded in the background: who waits, who stops waiting, and when it rests."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from models.chat import CancelToken, GenerationSettings, ModelFile, complete
from models.errors import GenerationCancelled, LoadCancelled, ModelFileError
from models.residency import ResidentChatModel
from models.scripted import ScriptedChatModel

FILE = ModelFile("m", "m.gguf", "0" * 64)


class Closable(ScriptedChatModel):
    """A scripted model that says when it was closed."""

    computes_on = "processor"
    closed = False

    def close(self) -> None:
        self.closed = True


class Loader:
    """Loads scripted models; waits for `gate` in the middle, and fails as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.models: list[Closable] = []
        self.goes_on: list[bool] = []
        self.failures = failures

    def __call__(self, report: Callable[[float], bool]) -> Closable:
        report(0.5)
        assert self.gate.wait(10)
        self.goes_on.append(report(1.0))
        if self.failures:
            self.failures -= 1
            raise ModelFileError("m.gguf cannot be loaded. Fetch it again.")
        self.models.append(Closable(lambda _: "yes"))
        return self.models[-1]


def ask(model: ResidentChatModel, cancel: CancelToken | None = None) -> str:
    return complete(model, "Is it?", GenerationSettings(), cancel or CancelToken()).text


def test_what_a_file_says_of_itself_is_told_without_loading():
    loader = Loader()
    model = ResidentChatModel(loader, lambda: FILE, 4096)
    assert (model.file, model.context_tokens, model.state.kind) == (FILE, 4096, "resting")
    assert loader.models == []


def test_who_asks_waits_until_the_model_is_there():
    loader = Loader()
    loader.gate.clear()
    model = ResidentChatModel(loader, lambda: FILE, 4096)
    answers: list[str] = []
    asker = threading.Thread(target=lambda: answers.append(ask(model)))
    asker.start()
    assert answers == []
    loader.gate.set()
    asker.join(10)
    assert answers == ["yes"]
    assert model.state.kind == "ready"
    assert model.state.computes_on == "processor"


def test_how_far_it_is_can_be_seen():
    loader = Loader()
    loader.gate.clear()
    model = ResidentChatModel(loader, lambda: FILE, 4096)
    model.start()
    for _ in range(1000):
        if model.state.part == 0.5:
            break
        threading.Event().wait(0.005)
    assert (model.state.kind, model.state.part) == ("loading", 0.5)
    loader.gate.set()


def test_two_who_ask_at_once_load_one_model():
    loader = Loader()
    model = ResidentChatModel(loader, lambda: FILE, 4096)
    askers = [threading.Thread(target=ask, args=(model,)) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(10)
    assert len(loader.models) == 1


def test_waiting_can_be_stopped():
    loader = Loader()
    loader.gate.clear()
    model = ResidentChatModel(loader, lambda: FILE, 4096)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(GenerationCancelled):
        ask(model, cancel)
    loader.gate.set()


def test_a_failure_is_told_to_who_asks_and_the_next_one_tries_again():
    model = ResidentChatModel(Loader(failures=1), lambda: FILE, 4096)
    with pytest.raises(ModelFileError, match=r"m\.gguf cannot be loaded"):
        ask(model)
    assert model.state.kind == "failed"
    assert "cannot be loaded" in model.state.problem
    assert ask(model) == "yes"


def test_a_model_that_nobody_asks_gives_its_memory_back_and_comes_again():
    loader, now = Loader(), [0.0]
    model = ResidentChatModel(loader, lambda: FILE, 4096, rest_after=600, clock=lambda: now[0])
    ask(model)
    now[0] = 599.0
    assert not model.rest_if_idle()
    now[0] = 601.0
    assert model.rest_if_idle()
    assert loader.models[0].closed
    assert model.state.kind == "resting"
    assert ask(model) == "yes"
    assert len(loader.models) == 2
    model.close()


def test_a_model_that_is_answering_does_not_rest():
    loader = Loader()
    model = ResidentChatModel(loader, lambda: FILE, 4096)
    stream = model.stream("Is it?", GenerationSettings(), CancelToken())
    next(stream)
    assert not model.rest()
    list(stream)
    assert model.rest()


def test_closing_stops_the_loading():
    loader = Loader()
    loader.gate.clear()
    model = ResidentChatModel(loader, lambda: FILE, 4096)
    model.start()
    model.close()
    loader.gate.set()
    with pytest.raises(LoadCancelled):
        ask(model)
    for _ in range(1000):
        if loader.goes_on:
            break
        threading.Event().wait(0.005)
    assert loader.goes_on == [False]
