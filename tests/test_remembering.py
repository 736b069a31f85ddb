"""What was answered before is told again; what was not is asked, and only that."""

from __future__ import annotations

import pytest

from models.chat import CancelToken, Completion, GenerationSettings, Request, complete
from models.errors import GenerationCancelled
from models.remembering import RememberingChatModel
from models.scripted import ScriptedChatModel


def drain(model, *messages):
    """The finished texts by index, and what was streamed of each."""
    finished, streamed = {}, {}
    for index, piece in model.stream_many([Request(one) for one in messages], CancelToken()):
        if isinstance(piece, Completion):
            finished[index] = piece
        else:
            streamed[index] = streamed.get(index, "") + piece
    return finished, streamed


def test_the_same_request_is_answered_once():
    inner = ScriptedChatModel(["twelve"])
    model = RememberingChatModel(inner)
    first, again = (complete(model, "How many?", GenerationSettings(), CancelToken()) for _ in "ab")
    assert (first.text, again.text, len(inner.prompts)) == ("twelve", "twelve", 1)


def test_what_is_told_again_has_cost_nothing():
    model = RememberingChatModel(ScriptedChatModel(["twelve"]))
    drain(model, "How many?")
    again = drain(model, "How many?")[0][0]
    assert (again.prompt_tokens - again.reused_tokens, again.completion_tokens) == (0, 0)


def test_other_settings_make_another_request():
    inner = ScriptedChatModel(["twelve", "12"])
    model = RememberingChatModel(inner)
    complete(model, "How many?", GenerationSettings(), CancelToken())
    short = complete(model, "How many?", GenerationSettings(max_tokens=3), CancelToken())
    assert short.text == "12"


def test_of_several_only_what_is_new_is_asked_and_each_keeps_its_index():
    inner = ScriptedChatModel(lambda message: f"to {message}")
    model = RememberingChatModel(inner)
    drain(model, "b")
    finished, streamed = drain(model, "a", "b", "c")
    assert inner.batches[-1] == ("a", "c")
    assert [finished[index].text for index in range(3)] == ["to a", "to b", "to c"]
    assert streamed == {0: "to a", 1: "to b", 2: "to c"}


def test_the_longest_unused_goes_first():
    inner = ScriptedChatModel(lambda message: message)
    model = RememberingChatModel(inner, most=2)
    for message in ("a", "b", "a", "c", "a", "b"):
        drain(model, message)
    assert inner.prompts == ["a", "b", "c", "b"]


def test_what_was_cancelled_is_not_kept():
    inner = ScriptedChatModel(["one\ntwo\n", "whole"])
    model = RememberingChatModel(inner)
    cancel = CancelToken()
    writing = model.stream("How many?", GenerationSettings(), cancel)
    assert next(writing) == "one\n"
    cancel.cancel()
    with pytest.raises(GenerationCancelled):
        next(writing)
    assert complete(model, "How many?", GenerationSettings(), CancelToken()).text == "whole"


def test_a_cancelled_run_gets_no_kept_answer():
    model = RememberingChatModel(ScriptedChatModel(["twelve"]))
    drain(model, "How many?")
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(GenerationCancelled):
        complete(model, "How many?", GenerationSettings(), cancel)


def test_choices_are_weighed_once():
    inner = ScriptedChatModel([])
    model = RememberingChatModel(inner)
    weighed = [model.weigh_choices("Is it?", ("Yes", "No"), CancelToken()) for _ in "ab"]
    assert (weighed[0], len(inner.weighed)) == (weighed[1], 1)
