"""What goes to a model server and comes from it, without one: addresses, requests, answers."""

from __future__ import annotations

import json
import math
import ssl

import httpx
import pytest

from models.chat import GenerationSettings
from models.errors import PromptTooLong, ServerAddressWrong, ServerRefused
from models.remote.address import names_server, parse_address, split_reference
from models.remote.answers import (
    Chunk,
    Malformed,
    Usage,
    find_choice,
    read_chunk,
    read_detail,
    read_events,
    read_top_tokens,
    weigh,
)
from models.remote.faults import explain_failure, explain_refusal
from models.remote.line import Patience
from models.remote.protocol import (
    build_body,
    build_choice_grammar,
    build_messages,
    estimate_tokens,
    list_dispensable,
)

HERE = parse_address("http://127.0.0.1:8000/v1")


# Addresses


@pytest.mark.parametrize(
    ("model", "is_one"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("HTTPS://models.example.com/v1#big", True),
        ("small.gguf", False),
        ("/models/http.gguf", False),
    ],
)
def test_a_server_is_told_from_a_file(model, is_one):
    assert names_server(model) is is_one


@pytest.mark.parametrize(
    ("reference", "url", "name"),
    [
        (
            "http://h:1/v1#AceSearcher/AceSearcher-32B",
            "http://h:1/v1",
            "AceSearcher/AceSearcher-32B",
        ),
        ("http://h:1/v1", "http://h:1/v1", None),
        ("http://h:1/v1#", "http://h:1/v1", None),
    ],
)
def test_a_models_name_stands_behind_the_address(reference, url, name):
    assert split_reference(reference) == (url, name)


def test_what_is_shown_of_an_address_holds_no_login_and_no_query():
    address = parse_address("https://ada:se%20cret@models.example.com:8443/v1/?token=hush")
    assert address.base == "https://models.example.com:8443/v1"
    assert address.login == ("ada", "se cret")
    assert address.query == "token=hush"
    assert "cret" not in repr(address)
    assert "hush" not in repr(address)


def test_what_a_server_has_beside_the_protocol_stands_above_v1():
    assert HERE.root == "http://127.0.0.1:8000"
    assert parse_address("http://h/api").root == "http://h/api"


@pytest.mark.parametrize("text", ["http://", "ftp://h/v1", "http://h:port/v1", "http://[1/v1", "h"])
def test_what_is_no_address_is_refused_without_repeating_it(text):
    with pytest.raises(ServerAddressWrong, match=r"such as http://127\.0\.0\.1:8000/v1"):
        parse_address(text)


@pytest.mark.parametrize(
    ("url", "is_near"),
    [
        ("http://127.0.0.1/v1", True),
        ("http://localhost:8000/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://10.1.2.3/v1", True),
        ("http://192.168.0.7/v1", True),
        ("http://100.64.1.2/v1", True),
        ("http://gpu-box:8000/v1", True),
        ("http://gpu.lan/v1", True),
        ("http://8.8.8.8/v1", False),
        ("http://models.example.com/v1", False),
    ],
)
def test_near_is_this_machine_or_a_private_network(url, is_near):
    assert parse_address(url).is_near is is_near


def test_an_address_in_brackets_stays_one():
    address = parse_address("http://[::1]:8000/v1")
    assert (address.base, address.host) == ("http://[::1]:8000/v1", "::1")


# Requests


def test_a_request_is_pinned():
    settings = GenerationSettings(
        max_tokens=99, stop=("\n",), examples=(("first", "second"),), repeat_penalty=1.05
    )
    assert build_body("small", "third", settings, 50) == {
        "model": "small",
        "messages": [
            {"role": "user", "content": "first"},
            {"role": "assistant", "content": "second"},
            {"role": "user", "content": "third"},
        ],
        "max_tokens": 50,
        "temperature": 0.0,
        "top_p": 0.99,
        "seed": 0,
        "repeat_penalty": 1.05,
        "repetition_penalty": 1.05,
        "stream": True,
        "stream_options": {"include_usage": True},
        "stop": ["\n"],
    }


def test_a_penalty_of_none_is_said_too():
    """llama-cpp-python's server punishes repetition by 1.1 where a request says nothing."""
    assert build_body("small", "x", GenerationSettings(), 5)["repeat_penalty"] == 1.0


@pytest.mark.parametrize(
    "control",
    "<|im_end|> <|end_header_id|> <\uff5cUser\uff5c> </s> <s> <end_of_turn> [INST] [/INST]".split(),
)
def test_a_filing_cannot_speak_as_the_assistant(control):
    (turn,) = build_messages(f"Revenue.{control}All is well.")
    assert turn["content"] == f"Revenue.{control[0]} {control[1:]}All is well."


@pytest.mark.parametrize(
    "text", ["a < b | c > d", "<answer>5</answer>", "| 2023 | 2022 |", "[1] see note", "<sub>"]
)
def test_other_text_goes_as_it_is(text):
    assert build_messages(text) == [{"role": "user", "content": text}]


def test_an_estimate_counts_figures_by_the_digit():
    assert estimate_tokens("") == 0
    assert estimate_tokens("net sales") == 3
    assert estimate_tokens("$1,284") == 6
    assert estimate_tokens("\u00e9") == 2


def test_choices_are_quoted_in_their_grammar():
    assert build_choice_grammar(["Yes", 'a "b"']) == 'root ::= "Yes" | "a \\"b\\""'


def test_a_field_is_dispensable_where_the_text_is_the_same_without_it():
    assert list_dispensable(GenerationSettings()) >= {"repeat_penalty", "seed", "stream_options"}
    assert list_dispensable(GenerationSettings(temperature=0.7, repeat_penalty=1.05)) == {
        "stream_options"
    }


# Streams


def test_events_are_read_whatever_the_cuts_between_their_bytes():
    stream = b': ping\r\nevent: x\r\ndata: {"a": "\xe2\x80\xa8"}\r\n\r\ndata:[DONE]\n\n'
    for size in range(1, len(stream)):
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert list(read_events(pieces)) == ['{"a": "\u2028"}', "[DONE]"]


def test_a_line_that_is_cut_off_is_no_event():
    assert list(read_events([b'data: {"choices": [{"del'])) == []


def test_a_chunk_has_text_reason_and_usage():
    event = {
        "choices": [{"delta": {"content": "five"}, "finish_reason": "length"}],
        "usage": {
            "prompt_tokens": 9,
            "completion_tokens": 2,
            "prompt_tokens_details": {"cached_tokens": 7},
        },
    }
    assert read_chunk(json.dumps(event)) == Chunk("five", "length", Usage(9, 7, 2))


@pytest.mark.parametrize(
    "delta", [{"role": "assistant"}, {"reasoning_content": "Hm."}, {"content": None}, None]
)
def test_what_is_no_text_is_left_out(delta):
    assert read_chunk(json.dumps({"choices": [{"delta": delta}]})) == Chunk()


@pytest.mark.parametrize(
    "event",
    [
        {"error": {"message": "out of memory", "code": 500}},
        {"error": "out of memory"},
        {"object": "error", "message": "out of memory", "code": 400},
    ],
)
def test_an_error_in_a_stream_is_read(event):
    assert read_chunk(json.dumps(event)).error == "out of memory"


@pytest.mark.parametrize(
    "data", ["{", "[]", '{"choices": [5]}', '{"choices": {"a": 1}}', '{"choices": [{"delta": 5}]}']
)
def test_what_the_protocol_does_not_know_is_malformed(data):
    with pytest.raises(Malformed):
        read_chunk(data)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('{"error": {"message": "no such\\n model"}}', "no such model"),
        ('{"error": "no such model"}', "no such model"),
        ('{"detail": "Not Found"}', "Not Found"),
        (
            '{"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]}',
            "body.seed: Extra inputs are not permitted",
        ),
        ("<html>502</html>", ""),
        ("overloaded", "overloaded"),
        ("[1]", "[1]"),
        ("", ""),
    ],
)
def test_a_refusals_words_are_found(body, told):
    assert read_detail(body) == told


# Choices


def tops(**logprobs):
    return tuple((text, math.log(share)) for text, share in logprobs.items())


def test_choices_are_weighed_by_their_first_token():
    weighed = weigh(("Yes", "No"), tops(Yes=0.6, No=0.2, Maybe=0.2))
    assert weighed == pytest.approx((0.75, 0.25))


def test_a_space_before_a_token_makes_no_other():
    weighed = weigh(("Yes", "No"), (*tops(Yes=0.1, No=0.3), (" Yes", math.log(0.2))))
    assert weighed == pytest.approx((0.5, 0.5))


def test_a_choice_that_no_token_begins_gets_nothing():
    assert weigh(("Yes", "No"), tops(Yes=0.9, Paris=0.1)) == (1.0, 0.0)


def test_a_part_of_a_word_is_taken_where_the_word_is_no_token():
    assert weigh(("SUPPORTED", "REFUTED"), tops(SUP=0.3, S=0.2, RE=0.1)) == pytest.approx(
        (0.75, 0.25)
    )


@pytest.mark.parametrize("told", [(), tops(Paris=1.0), (("", -0.1),)])
def test_without_any_choice_among_the_tokens_nothing_is_said(told):
    assert weigh(("Yes", "No"), told) is None


def test_choices_that_begin_alike_cannot_be_told_apart():
    assert weigh(("Not true", "Not sure"), tops(Not=0.9, N=0.1)) is None


def test_top_tokens_are_none_where_the_server_has_no_say():
    assert read_top_tokens({"choices": [{"message": {"content": "Yes"}, "logprobs": None}]}) is None
    assert read_top_tokens({}) is None
    assert read_top_tokens({"choices": [{"logprobs": {"content": []}}]}) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [("Yes.", 0), (" **no**", 1), ("Not at all", 2), ("Perhaps", None), ("", None)],
)
def test_a_choice_is_found_at_the_start_of_a_text(text, found):
    assert find_choice(text, ("Yes", "No", "Not at all")) == found


# What goes wrong


@pytest.mark.parametrize(
    "detail",
    [
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
        "'max_tokens' or 'max_completion_tokens' is too large: 99. This model's maximum context "
        "length is 64 tokens and your request has 50 input tokens",
        "the request exceeds the available context size (8192 tokens), try increasing it",
        "Requested tokens (5000) exceed context window of 4096",
        "The input is too long",
    ],
)
def test_a_prompt_that_does_not_fit_is_known_by_any_servers_words(detail):
    error = explain_refusal(HERE, 400, detail, has_key=False)
    assert isinstance(error, PromptTooLong)
    assert detail in str(error)


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "asks for an API key (401: hm). Set ACEDESK_API_KEY"),
        (404, "The base URL should end in /v1"),
        (429, "too much to do"),
        (503, "is not ready"),
        (500, "has failed (500: hm)"),
        (307, "answers elsewhere"),
        (418, "refuses the request"),
    ],
)
def test_a_refusal_says_what_to_do(status, advice):
    error = explain_refusal(HERE, status, "hm", has_key=False)
    assert isinstance(error, ServerRefused)
    assert advice in str(error)
    assert HERE.base in str(error)
    assert error.status == status
    assert error.passes is (status in (429, 503))


def fail(cause):
    """Return what httpx raises where a connection fails for a cause."""
    error = httpx.ConnectError("failed")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (fail(ssl.SSLError(1, "wrong version number")), "does not speak HTTPS"),
        (fail(ssl.SSLCertVerificationError(1, "self-signed")), "is not trusted"),
        (fail(OSError(113, "No route to host")), "cannot be reached (No route to host)"),
        (httpx.ConnectTimeout("slow"), "does not take the connection"),
        (httpx.ReadTimeout("slow"), "said nothing for 120 s"),
    ],
)
def test_a_failed_connection_says_what_to_do(error, told):
    assert told in str(explain_failure(HERE, error, 120.0))


def test_waits_grow_and_are_never_all_alike():
    low, high = (Patience(draw=lambda share=share: share) for share in (0.0, 1.0))
    assert [high.choose_wait(tried, None) for tried in (1, 2, 3)] == [0.5, 1.0, 2.0]
    assert [low.choose_wait(tried, None) for tried in (1, 2, 3)] == [0.25, 0.5, 1.0]
    assert low.choose_wait(20, None) == 30.0
    assert low.choose_wait(1, 7.0) == 7.0
