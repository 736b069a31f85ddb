"""Several sequences in one context: shared prefixes, stops, choices, and no endless texts."""

from __future__ import annotations

import llama_cpp
import numpy as np
import pytest

from models.builtin import find_builtin_chat
from models.chat import CancelToken, Completion, GenerationSettings, Request, complete
from models.errors import GenerationCancelled, PromptTooLong
from models.llama.decoding import Running, SequenceDecoder, count_shared, repeats_itself
from models.llama.loading import load_llama, plan_file
from models.llama.model import LlamaChatModel
from models.llama.threads import SpareCores

ROWS = "\n".join(f"|Net sales of region {n}|{n * 7},{n:03d}|{n * 6},{n:03d}|" for n in range(1, 25))
QUESTIONS = ("What is the capital of France?", "Name three colours.", "How many days has a week?")


@pytest.fixture(scope="module")
def model() -> LlamaChatModel:
    return LlamaChatModel(find_builtin_chat())


def ask_many(model, requests, cancel=None):
    """Return the completions in the requests' order, and all pieces by index."""
    done, pieces = {}, {}
    for index, piece in model.stream_many(requests, cancel or CancelToken()):
        if isinstance(piece, Completion):
            done[index] = piece
        else:
            pieces[index] = pieces.get(index, "") + piece
    return [done[index] for index in range(len(requests))], pieces


def requests(*messages, **settings):
    return [Request(message, GenerationSettings(**settings)) for message in messages]


@pytest.mark.slow
def test_each_request_of_a_batch_gets_its_own_answer(model):
    done, pieces = ask_many(model, requests(*QUESTIONS, max_tokens=24))
    assert "7 days" in done[2].text
    assert "1." in done[1].text
    assert all(pieces[index] == one.text for index, one in enumerate(done))


@pytest.mark.slow
def test_the_same_batch_writes_the_same_texts(model):
    batch = requests(*QUESTIONS, max_tokens=16)
    first, _ = ask_many(model, batch)
    second, _ = ask_many(model, batch)
    assert [one.text for one in first] == [one.text for one in second]


@pytest.mark.slow
def test_what_the_prompts_of_a_batch_share_is_read_once(model):
    batch = requests(
        f"{ROWS}\nWhat is in the first row?", f"{ROWS}\nWhat is in the last row?", max_tokens=2
    )
    _, second = ask_many(model, batch)[0]
    assert second.reused_tokens > 0.9 * second.prompt_tokens


@pytest.mark.slow
def test_more_requests_than_sequences_wait_their_turn(model):
    done, _ = ask_many(model, requests(*(f"Say {n}." for n in range(11)), max_tokens=3))
    assert len(done) == 11
    assert all(one.completion_tokens <= 3 for one in done)


@pytest.mark.slow
def test_requests_that_do_not_fit_together_are_answered_one_after_another(model):
    settings = {"max_tokens": 6000, "grammar": 'root ::= "yes"'}
    done, _ = ask_many(model, requests("Say yes.", "Say it again.", **settings))
    assert [one.text for one in done] == ["yes", "yes"]


@pytest.mark.slow
def test_a_request_that_never_fits_is_refused_before_any_work(model):
    with pytest.raises(PromptTooLong):
        ask_many(model, requests("Say hello.", "lorem ipsum " * 6000))
    assert complete(model, "Say hello.", GenerationSettings(max_tokens=3), CancelToken()).text


@pytest.mark.slow
def test_long_texts_push_out_what_is_held_of_earlier_ones():
    """Two texts that fit together go on to their ends in a context that others have filled."""
    llama = load_llama(find_builtin_chat(), None, plan_file(find_builtin_chat(), wanted=512), 8)
    decoder = SequenceDecoder(llama.ctx, llama.n_vocab(), llama.n_ctx(), SpareCores(2))

    def write(*texts):
        return {one.index: one for one, token in decoder.run(texts, lambda *_: False) if not token}

    for start in range(100, 500, 100):
        write(Running(0, list(range(start, start + 90)), 1, lambda _: 5))
    done = write(
        *(Running(n, list(range(1000 * n, 1000 * n + 10)), 240, lambda _: 7) for n in (2, 3))
    )
    decoder.close()
    llama.close()
    assert [len(done[n].written) for n in (2, 3)] == [240, 240]


@pytest.mark.slow
def test_a_state_without_parts_is_read_anew(model, monkeypatch):
    """As recurrent models need it: no part of a state is copied, reused or let go."""
    choices = ("Yes, it is", "No, it is not")
    weighed = model.weigh_choices("Is snow white?", choices, CancelToken())
    monkeypatch.setattr(model._decoder, "_has_parts", False)
    monkeypatch.setattr(llama_cpp, "llama_memory_seq_cp", None)
    done, _ = ask_many(model, requests(*QUESTIONS, max_tokens=24))
    assert [one.reused_tokens for one in done] == [0, 0, 0]
    assert "7 days" in done[2].text
    anew = model.weigh_choices("Is snow white?", choices, CancelToken())
    assert anew == pytest.approx(weighed, abs=0.1)


@pytest.mark.slow
def test_what_other_sequences_hold_is_not_seen(model):
    """At the same place of the cache a prompt has the same logits, whatever lies before it."""
    decoder = model._decoder
    seen = []
    for other in (100, 20_000):
        decoder.forget()
        texts = [Running(0, list(range(other, other + 74)), 1, lambda _: 5)]
        texts.append(Running(1, list(range(500, 540)), 1, lambda row: seen.append(row) or 5))
        assert sum(token is None for _, token in decoder.run(texts, lambda *_: False)) == 2
    assert np.array_equal(*seen)


@pytest.mark.slow
def test_the_number_of_threads_changes_no_text(model, monkeypatch):
    """Threads follow what other programs do, and the same batch writes the same texts."""
    batch = requests(*QUESTIONS, f"{ROWS}\nWhat is in the first row?", max_tokens=8)
    texts = []
    for threads in (1, 2):
        model._decoder.forget()
        monkeypatch.setattr(model._decoder._spare, "count", lambda n=threads: n)
        texts.append([one.text for one in ask_many(model, batch)[0]])
    assert texts[0] == texts[1]


@pytest.mark.slow
def test_grammars_are_each_requests_own(model):
    batch = [
        Request("Is snow white?", GenerationSettings(grammar='root ::= "maybe"')),
        Request("Is snow white?", GenerationSettings(grammar='root ::= "surely"')),
    ]
    assert [one.text for one in ask_many(model, batch)[0]] == ["maybe", "surely"]


@pytest.mark.slow
def test_writing_ends_before_a_stop(model):
    free = complete(model, QUESTIONS[1], GenerationSettings(max_tokens=24), CancelToken()).text
    stop = free.split()[3]
    settings = GenerationSettings(max_tokens=24, stop=(stop,))
    pieces = list(model.stream(QUESTIONS[1], settings, CancelToken()))
    assert pieces[-1].text == free[: free.index(stop)]
    assert "".join(pieces[:-1]) == pieces[-1].text


@pytest.mark.slow
def test_cancelling_a_batch_stops_all_of_it(model):
    cancel = CancelToken()
    stream = model.stream_many(requests(*QUESTIONS, max_tokens=200), cancel)
    next(stream)
    cancel.cancel()
    with pytest.raises(GenerationCancelled):
        list(stream)
    assert complete(model, "Say hello.", GenerationSettings(max_tokens=3), CancelToken()).text


@pytest.mark.slow
def test_a_batch_that_is_left_in_the_middle_frees_its_sequences(model):
    for _ in range(3):
        stream = model.stream_many(requests(*QUESTIONS, *QUESTIONS, max_tokens=50), CancelToken())
        next(stream)
        stream.close()
    done, _ = ask_many(model, requests(*QUESTIONS, max_tokens=4))
    assert len(done) == 3


@pytest.mark.slow
def test_choices_are_weighed_and_add_up_to_one(model):
    weights = model.weigh_choices("Is Paris the capital of France?", ("Yes", "No"), CancelToken())
    again = model.weigh_choices("Is Paris the capital of France?", ("No", "Yes"), CancelToken())
    assert sum(weights) == pytest.approx(1.0)
    # The prompt is read in one go the first time and in two the second: sums differ in their order.
    assert weights == pytest.approx(again[::-1], abs=1e-2)


@pytest.mark.slow
def test_a_text_that_repeats_itself_ends_as_cut(model):
    grammar = 'root ::= "na "+'
    settings = GenerationSettings(max_tokens=400, grammar=grammar)
    said = complete(model, "Sing.", settings, CancelToken())
    assert said.cut
    assert said.completion_tokens < 200


@pytest.mark.slow
def test_a_text_ends_where_its_lines_go_round_in_circles(model):
    grammar = 'root ::= ("### What is revenue?" "\\n"){9}'
    settings = GenerationSettings(200, grammar=grammar, distinct_lines=True)
    said = complete(model, "Ask for revenue.", settings, CancelToken())
    assert said.text == "### What is revenue?\n### What is revenue?\n"
    assert not said.cut


@pytest.mark.parametrize(
    ("tokens", "repeats"),
    [
        ([1, 2, 3] * 11, True),
        (list(range(100)), False),
        ([7] * 32, True),
        ([7] * 20, False),
        ([], False),
    ],
)
def test_a_run_of_tokens_over_and_over_is_noticed(tokens, repeats):
    assert repeats_itself(tokens) is repeats


def test_shared_beginnings_are_counted_by_token():
    assert count_shared([1, 2, 3], [1, 2, 4]) == 2
    assert count_shared([1, 2], [1, 2, 3]) == 2
    assert count_shared([], np.array([1]).tolist()) == 0
