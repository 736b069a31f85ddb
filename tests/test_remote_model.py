"""The model on a server, against a server that does what a test tells it."""

from __future__ import annotations

import json
import logging
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from app.composition import open_resident
from app.errors import AdapterOnServer
from app.settings import Settings
from models.chat import CancelToken, Completion, GenerationSettings, Request, complete
from models.errors import (
    GenerationCancelled,
    GrammarError,
    ModelError,
    ModelNotServed,
    PromptTooLong,
    ServerAnswerUnreadable,
    ServerRefused,
    ServerUnreachable,
)
from models.remote.line import Patience
from models.remote.model import RemoteChatModel
from models.residency import ResidentChatModel
from models.scripted import ScriptedChatModel

KEY = "sk-hush-0123456789"
# Longer than any of these tests should wait for a thing that comes.
SOON = 10.0
SMALL = {"id": "small", "owned_by": "vllm", "max_model_len": 4096}
GRAMMAR = GenerationSettings(grammar='root ::= "Yes" | "No"')
NO_WAIT = Patience(read_seconds=SOON, wait=lambda ended, seconds: None)


@dataclass
class Asked:
    """A request as it came to the server."""

    path: str
    headers: dict[str, str]
    body: Any


class Handler(BaseHTTPRequestHandler):
    """Hands each request to what the test has put at its path."""

    protocol_version = "HTTP/1.1"
    server: FakeServer

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: Any) -> None:
        asked = Asked(self.path, dict(self.headers), body)
        self.server.asked.append(asked)
        route = self.server.routes.get(self.path.partition("?")[0])
        if route is None:
            self.send(404, {"detail": "Not Found"})
        else:
            route(self, asked)

    def send(self, status: int, body: Any, **headers: str) -> None:
        """Send a whole answer: JSON, or text as it is."""
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def begin(self) -> None:
        """Begin a stream, whose end is that of the connection."""
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()

    def tell(self, event: Any) -> None:
        """Send one event."""
        data = event if isinstance(event, str) else json.dumps(event)
        self.wfile.write(f"data: {data}\n\n".encode())

    def say(self, *words: str, finish: str = "stop") -> None:
        """Send a whole stream."""
        self.begin()
        for word in words:
            self.tell(piece(word))
        self.tell(piece(finish=finish))
        self.tell("[DONE]")

    def was_hung_up(self) -> bool:
        """Wait for the other end to hang up."""
        self.connection.settimeout(SOON)
        try:
            return self.connection.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    def log_message(self, *_: object) -> None:
        """Stay silent."""


Route = Callable[[Handler, Asked], None]


class FakeServer(ThreadingHTTPServer):
    """A model server whose routes are the test's; what it was asked is kept."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Asked] = []
        self.routes: dict[str, Route] = {"/v1/models": lambda h, _: h.send(200, {"data": [SMALL]})}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def chats(self) -> list[Any]:
        """Return the bodies of the requests for texts."""
        return [one.body for one in self.asked if one.path.startswith("/v1/chat/completions")]

    def chat(self, *routes: Route) -> None:
        """Answer requests for texts by these in turn, and then by the last."""
        left = list(routes)
        lock = threading.Lock()

        def answer(handler: Handler, asked: Asked) -> None:
            with lock:
                route = left.pop(0) if len(left) > 1 else left[0]
            route(handler, asked)

        self.routes["/v1/chat/completions"] = answer

    def handle_error(self, *_: object) -> None:
        """Clients that hang up are what is tested."""


def piece(text: str = "", finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


def saying(*words: str, finish: str = "stop") -> Route:
    return lambda handler, _: handler.say(*words, finish=finish)


def sending(status: int, body: Any = "", **headers: str) -> Route:
    return lambda handler, _: handler.send(status, body, **headers)


def answering(text: str) -> Route:
    """Say a text, as a stream or whole."""

    def answer(handler: Handler, asked: Asked) -> None:
        if asked.body["stream"]:
            handler.say(text)
        else:
            handler.send(200, {"choices": [{"message": {"content": text}}]})

    return answer


def holding(dialect: str, *, otherwise: Route) -> Route:
    """Obey a grammar in one dialect: the probe, and "Yes" to all else."""

    def answer(handler: Handler, asked: Asked) -> None:
        told = asked.body.get(dialect)
        if told is None:
            otherwise(handler, asked)
        elif asked.body["stream"]:
            handler.say("Yes")
        else:
            grammar = told["grammar"] if isinstance(told, dict) else told
            word = grammar.split('"')[1]
            handler.send(200, {"choices": [{"message": {"content": word}}]})

    return answer


@pytest.fixture
def server() -> Iterator[FakeServer]:
    server = FakeServer()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@dataclass
class Opened:
    """Opens models, and closes them after the test."""

    url: str
    models: list[RemoteChatModel] = field(default_factory=list)

    def __call__(self, name: str | None = None, **settings: Any) -> RemoteChatModel:
        model = RemoteChatModel(self.url, name, **{"patience": NO_WAIT, **settings})
        self.models.append(model)
        return model


@pytest.fixture
def opened(server: FakeServer) -> Iterator[Opened]:
    opened = Opened(server.url)
    yield opened
    for model in opened.models:
        model.close()


def ask(model: RemoteChatModel, message: str = "Hello?", **settings: Any) -> Completion:
    return complete(model, message, GenerationSettings(**settings), CancelToken())


# Opening


def test_the_only_model_is_taken_and_named_with_its_server(server, opened):
    model = opened()
    assert (model.file.name, model.file.file) == ("small", server.url)
    assert model.file.sha256 is None
    assert model.file.is_remote
    assert model.context_tokens == 4096


def test_of_several_models_one_must_be_named(server, opened):
    server.routes["/v1/models"] = sending(200, {"data": [SMALL, {"id": "big"}]})
    with pytest.raises(ModelNotServed, match=r"has 2 models: small, big\..*/v1#small"):
        opened()
    assert opened("big").file.name == "big"


def test_an_unknown_model_is_refused_with_those_that_there_are(opened):
    with pytest.raises(ModelNotServed, match=r"has no model large\. It has: small\."):
        opened("large")


@pytest.mark.parametrize("body", [{"data": []}, {"data": None}, {"models": ["small"]}])
def test_a_server_without_models_is_refused(body, server, opened):
    server.routes["/v1/models"] = sending(200, body)
    with pytest.raises(ModelNotServed, match="lists no models"):
        opened()


def test_what_is_no_json_is_refused(server, opened):
    server.routes["/v1/models"] = sending(200, "<html>Welcome</html>")
    with pytest.raises(ServerAnswerUnreadable, match="it sent no JSON: '<html>Welcome"):
        opened()


def test_an_address_without_v1_is_told_so(server):
    with pytest.raises(ServerRefused, match=r"The base URL should end in /v1"):
        RemoteChatModel(server.url.removesuffix("/v1"), patience=NO_WAIT)


def test_where_nothing_listens_the_user_is_told_to_start_the_server():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    waits: list[float] = []
    patience = Patience(wait=lambda _, seconds: waits.append(seconds), draw=lambda: 1.0)
    with pytest.raises(ServerUnreachable, match=r"connection refused\)\. Start the server"):
        RemoteChatModel(f"http://127.0.0.1:{port}/v1", patience=patience)
    assert waits == [0.5, 1.0, 2.0]


def test_a_host_that_is_not_there_is_named():
    with pytest.raises(ServerUnreachable, match=r"There is no host no\.such\.host\.invalid"):
        RemoteChatModel("http://no.such.host.invalid/v1", patience=NO_WAIT)


# Context


@pytest.mark.parametrize(
    ("entry", "path", "answer", "context"),
    [
        ({"max_model_len": 8192}, None, None, 8192),
        ({"meta": {"n_ctx": 2048, "n_ctx_train": 131072}}, None, None, 2048),
        (
            {"meta": {"n_ctx_train": 131072}},
            "/props",
            {"default_generation_settings": {"n_ctx": 6144}},
            6144,
        ),
        ({"meta": {"n_ctx_train": 131072}}, None, None, 131072),
        (
            {},
            "/api/v0/models",
            {
                "data": [
                    {"id": "x", "loaded_context_length": 9},
                    {"id": "m", "max_context_length": 7},
                ]
            },
            4096,
        ),
        ({}, "/api/v0/models", {"data": [{"id": "m", "loaded_context_length": 5000}]}, 5000),
        ({}, "/api/ps", {"models": [{"name": "m", "context_length": 3000}]}, 3000),
        ({"max_model_len": "many"}, None, None, 4096),
    ],
)
def test_the_context_is_what_the_server_says(entry, path, answer, context, server, opened):
    server.routes["/v1/models"] = sending(200, {"data": [{"id": "m", **entry}]})
    if path:
        server.routes[path] = sending(200, answer)
    assert opened().context_tokens == context
    assert opened(context_tokens=512).context_tokens == 512


# Counting


def count_words(handler: Handler, asked: Asked) -> None:
    """Count as llama.cpp's server does: a token a word."""
    handler.send(200, {"tokens": list(range(len(asked.body["content"].split())))})


def test_tokens_are_counted_by_the_server_and_remembered(server, opened):
    server.routes["/tokenize"] = count_words
    model = opened()
    asked = len(server.asked)
    assert [model.count_tokens("net sales rose") for _ in range(3)] == [3, 3, 3]
    (last,) = server.asked[asked:]
    assert last.body == {
        "model": "small",
        "content": "net sales rose",
        "add_special": False,
        "prompt": "net sales rose",
        "add_special_tokens": False,
    }


def test_vllms_count_is_read(server, opened):
    server.routes["/tokenize"] = sending(
        200, {"count": 7, "max_model_len": 4096, "tokens": [1] * 7}
    )
    assert opened().count_tokens("x") == 7


def test_the_token_that_begins_every_text_is_not_counted(server, opened):
    def count(handler: Handler, asked: Asked) -> None:
        handler.send(200, {"count": 1 + len(asked.body["input"].split())})

    server.routes["/extras/tokenize/count"] = count
    assert opened().count_tokens("net sales rose") == 3


@pytest.mark.parametrize("answer", [{"error": "Unexpected endpoint"}, {"tokens": []}, "<html>"])
def test_without_a_tokenizer_tokens_are_estimated(answer, server, opened):
    server.routes["/tokenize"] = sending(200, answer)
    model = opened()
    asked = len(server.asked)
    assert model.count_tokens("net sales") == 3
    assert len(server.asked) == asked


def test_a_prompt_that_does_not_fit_is_refused_before_it_is_sent(server, opened):
    model = opened(context_tokens=512)
    many = [Request("Hello?"), Request("net sales " * 600)]
    with pytest.raises(PromptTooLong, match="512"):
        list(model.stream_many(many, CancelToken()))
    assert server.chats() == []


def test_no_more_is_asked_for_than_fits(server, opened):
    server.chat(saying("Hi"))
    ask(opened(context_tokens=512), "x" * 900, max_tokens=400)
    assert server.chats()[0]["max_tokens"] == 512 - 300 - 64


def test_a_prompt_that_the_server_finds_too_long_is_too_long(server, opened):
    server.chat(sending(400, {"error": {"message": "maximum context length is 99 tokens"}}))
    with pytest.raises(PromptTooLong, match="maximum context length is 99 tokens"):
        ask(opened())


# Writing


def test_pieces_make_up_the_completion(server, opened):
    def answer(handler: Handler, _: Asked) -> None:
        handler.begin()
        handler.wfile.write(b": ping\n\n")
        handler.tell({"choices": [{"delta": {"role": "assistant"}}]})
        handler.tell({"choices": [{"delta": {"reasoning_content": "Let me think."}}]})
        handler.tell(piece("Net "))
        handler.tell(json.dumps(piece("sales\u2028"), ensure_ascii=False))
        handler.tell(piece(finish="length"))
        counted = {"prompt_tokens": 30, "completion_tokens": 4}
        handler.tell({"choices": [], "usage": counted | {"prompt_tokens_details": None}})
        handler.tell("[DONE]")

    server.chat(answer)
    pieces = list(opened().stream("Hello?", GenerationSettings(), CancelToken()))
    assert pieces[:-1] == ["Net ", "sales\u2028"]
    last = pieces[-1]
    assert (last.text, last.cut) == ("Net sales\u2028", True)
    assert (last.prompt_tokens, last.reused_tokens, last.completion_tokens) == (30, 0, 4)


def test_what_the_server_does_not_count_is_estimated(server, opened):
    server.chat(saying("Net sales"))
    completion = ask(opened(), "Hello?")
    assert (completion.prompt_tokens, completion.completion_tokens) == (64 + 3, 3)
    assert not completion.cut


def test_the_message_goes_as_it_is(server, opened):
    server.chat(saying("Hi"))
    ask(opened(), "What were net sales?", examples=(("a", "b"),))
    assert [turn["role"] for turn in server.chats()[0]["messages"]] == ["user", "assistant", "user"]
    assert server.chats()[0]["messages"][-1]["content"] == "What were net sales?"


def test_an_addresses_query_and_login_go_with_each_request(server):
    server.chat(saying("Hi"))
    url = server.url.replace("http://", "http://ada:hush@") + "?version=2"
    model = RemoteChatModel(url, patience=NO_WAIT)
    ask(model)
    model.close()
    assert {one.path.partition("?")[2] for one in server.asked} == {"version=2"}
    assert {one.headers["Authorization"] for one in server.asked} == {"Basic YWRhOmh1c2g="}
    assert model.file.file == server.url


def test_a_field_that_changes_nothing_is_left_out_where_it_is_refused(server, opened):
    def answer(handler: Handler, asked: Asked) -> None:
        for name in ("repeat_penalty", "repetition_penalty"):
            if name in asked.body:
                handler.send(422, {"detail": [{"loc": ["body", name], "msg": "Extra input"}]})
                return
        handler.say("Hi")

    server.chat(answer)
    model = opened()
    assert [ask(model).text, ask(model).text] == ["Hi", "Hi"]
    assert len(server.chats()) == 2 + 2
    with pytest.raises(ServerRefused, match="repeat_penalty"):
        ask(model, repeat_penalty=1.05)


# Grammars


@pytest.mark.parametrize("dialect", ["grammar", "structured_outputs", "guided_grammar", "ebnf"])
@pytest.mark.parametrize(
    "otherwise",
    [
        answering("7"),
        sending(400, {"error": {"message": "unknown field"}}),
        sending(422, {"detail": [{"loc": ["body"], "msg": "Extra inputs are not permitted"}]}),
        sending(500, "Internal Server Error"),
    ],
    ids=["passed over", "400", "422", "500"],
)
def test_a_grammar_is_put_as_the_server_takes_it(dialect, otherwise, server, opened):
    server.chat(holding(dialect, otherwise=otherwise))
    model = opened()
    assert model.holds_to_grammar is None
    assert complete(model, "Is it?", GRAMMAR, CancelToken()).text == "Yes"
    assert model.holds_to_grammar
    assert model.notes == []
    told = server.chats()[-1][dialect]
    assert (told["grammar"] if isinstance(told, dict) else told) == GRAMMAR.grammar


def test_how_a_grammar_is_put_is_found_out_once(server, opened):
    server.chat(holding("structured_outputs", otherwise=answering("7")))
    model = opened()
    ask(model)
    assert len(server.chats()) == 1
    requests = [Request("Is it?", GRAMMAR)] * 4
    list(model.stream_many(requests, CancelToken()))
    list(model.stream_many(requests, CancelToken()))
    assert len(server.chats()) == 1 + 2 + 4 + 4


def test_without_grammars_the_user_is_told_once_and_requests_go_without(server, opened):
    server.chat(answering("Well, yes"))
    told: list[str] = []
    model = opened(tell=told.append)
    for _ in range(2):
        assert complete(model, "Is it?", GRAMMAR, CancelToken()).text == "Well, yes"
    assert model.holds_to_grammar is False
    assert len(told) == 1
    assert "does not hold answers to a grammar" in told[0]
    assert told == model.notes
    assert not {"grammar", "structured_outputs"} & set(server.chats()[-1])


def test_a_server_that_cannot_be_asked_is_no_server_without_grammars(server, opened):
    server.chat(sending(503, "loading"))
    model = opened()
    with pytest.raises(ServerRefused, match="is not ready"):
        complete(model, "Is it?", GRAMMAR, CancelToken())
    assert model.holds_to_grammar is None


def test_a_grammar_that_is_refused_is_a_fault_of_the_grammar(server, opened):
    def answer(handler: Handler, asked: Asked) -> None:
        if asked.body["stream"]:
            handler.send(400, {"error": {"message": "Failed to parse grammar"}})
        else:
            holding("grammar", otherwise=answering(""))(handler, asked)

    server.chat(answer)
    with pytest.raises(GrammarError, match="Failed to parse grammar"):
        complete(opened(), "Is it?", GRAMMAR, CancelToken())


# What goes wrong


def test_an_error_in_the_stream_is_raised(server, opened):
    def answer(handler: Handler, _: Asked) -> None:
        handler.begin()
        handler.tell(piece("Net"))
        handler.tell({"error": {"message": "CUDA out of memory", "code": 500}})

    server.chat(answer)
    with pytest.raises(ServerRefused, match=r"gave up on its answer \(CUDA out of memory\)"):
        ask(opened())
    assert len(server.chats()) == 1


def test_malformed_json_in_the_stream_is_told(server, opened):
    def answer(handler: Handler, _: Asked) -> None:
        handler.begin()
        handler.tell('{"choices": [')

    server.chat(answer)
    with pytest.raises(ServerAnswerUnreadable, match="it sent no JSON"):
        ask(opened())


def break_off(after: str) -> Route:
    def answer(handler: Handler, _: Asked) -> None:
        handler.begin()
        if after:
            handler.tell(piece(after))
        handler.wfile.write(b'data: {"choices": [{"del')

    return answer


def test_a_text_that_breaks_off_is_no_answer_and_is_not_asked_for_again(server, opened):
    server.chat(break_off("Net sales"))
    told: list[str | Completion] = []
    with pytest.raises(ServerUnreachable, match="broke off before the answer was whole"):
        told.extend(opened().stream("Hello?", GenerationSettings(), CancelToken()))
    assert len(server.chats()) == 1


def test_a_stream_that_breaks_off_before_its_first_text_is_asked_for_again(server, opened):
    server.chat(break_off(""), saying("Net sales"))
    assert ask(opened()).text == "Net sales"


def test_done_before_an_end_is_a_break(server, opened):
    """llama-cpp-python's server ends so what another request interrupts."""

    def answer(handler: Handler, _: Asked) -> None:
        handler.begin()
        handler.tell(piece("Net"))
        handler.tell("[DONE]")

    server.chat(answer)
    with pytest.raises(ServerUnreachable, match="broke off"):
        ask(opened())


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_may_pass_is_tried_again(status, server, opened):
    server.chat(sending(status, "busy"), sending(status, "busy"), saying("Hi"))
    assert ask(opened()).text == "Hi"
    assert len(server.chats()) == 3


def test_tries_are_bounded(server, opened):
    server.chat(sending(503, "loading"))
    with pytest.raises(ServerRefused, match=r"is not ready \(503: loading\)"):
        ask(opened())
    assert len(server.chats()) == NO_WAIT.tries


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_what_does_not_pass_is_not_tried_again(status, server, opened):
    server.chat(sending(status, "no"))
    with pytest.raises(ServerRefused):
        ask(opened())
    assert len(server.chats()) == 1


@pytest.mark.parametrize(
    ("told", "waited"), [("7", 7.0), ("Thu, 01 Jan 1970 00:01:40 GMT", 20.0), ("soon", 0.25)]
)
def test_a_server_that_says_how_long_to_wait_is_obeyed(told, waited, server, opened):
    waits: list[float] = []
    patience = Patience(
        wait=lambda _, seconds: waits.append(seconds), draw=lambda: 0.0, now=lambda: 80.0
    )
    server.chat(sending(429, "busy", Retry_After=told), saying("Hi"))
    assert ask(opened(patience=patience)).text == "Hi"
    assert waits == [waited]


def test_a_server_that_wants_too_long_a_wait_is_not_waited_for(server, opened):
    server.chat(sending(429, "quota", Retry_After="3600"))
    with pytest.raises(ServerRefused, match="asks to wait for 3600 s"):
        ask(opened())
    assert len(server.chats()) == 1


def test_a_server_that_falls_silent_is_named(server, opened):
    quiet = threading.Event()

    def answer(handler: Handler, _: Asked) -> None:
        handler.begin()
        handler.tell(piece("Net"))
        quiet.wait(SOON)

    server.chat(answer)
    model = opened(patience=Patience(read_seconds=0.2))
    with pytest.raises(ServerUnreachable, match="said nothing for"):
        ask(model)
    quiet.set()
    assert len(server.chats()) == 1


# Secrets


def refuse_and_repeat(handler: Handler, asked: Asked) -> None:
    """Refuse a key as some servers do: by saying it."""
    handler.send(401, {"error": {"message": f"Bad key {asked.headers['Authorization']}"}})


def test_the_key_goes_in_its_header_and_is_said_nowhere(server, opened, caplog):
    caplog.set_level(logging.DEBUG)
    server.chat(saying("Hi"), refuse_and_repeat)
    model = opened(api_key=KEY)
    ask(model)
    assert {one.headers["Authorization"] for one in server.asked} == {f"Bearer {KEY}"}
    with pytest.raises(ServerRefused) as refused:
        ask(model)
    assert "Set ACEDESK_API_KEY" in str(refused.value)
    settings = Settings(workspace=None, api_key=KEY)
    said = [str(refused.value), repr(refused.value), repr(model), repr(model.file), repr(settings)]
    assert KEY not in " ".join([*said, caplog.text, *model.notes])


def test_a_server_that_wants_a_key_says_so(server, opened):
    server.routes["/v1/models"] = sending(401, {"detail": "Not authenticated"})
    with pytest.raises(ServerRefused, match=r"asks for an API key .*Set ACEDESK_API_KEY"):
        opened()


@pytest.mark.parametrize("key", ["sk-\n1", "schl\u00fcssel"])
def test_a_key_that_cannot_be_sent_is_refused_without_saying_it(key, opened):
    with pytest.raises(ServerRefused, match="holds characters that no key has") as refused:
        opened(api_key=key)
    assert key not in str(refused.value)


# Stopping


def test_stopping_while_waiting_for_the_first_byte_hangs_up(server, opened):
    asked, hung_up = threading.Event(), threading.Event()

    def answer(handler: Handler, _: Asked) -> None:
        asked.set()
        if handler.was_hung_up():
            hung_up.set()

    server.chat(answer)
    cancel = CancelToken()
    model = opened()
    threading.Thread(target=lambda: (asked.wait(SOON), cancel.cancel())).start()
    started = time.monotonic()
    with pytest.raises(GenerationCancelled):
        list(model.stream("Hello?", GenerationSettings(), cancel))
    assert hung_up.wait(SOON)
    assert time.monotonic() - started < SOON / 2
    assert len(server.chats()) == 1


def test_stopping_between_pieces_hangs_up(server, opened):
    hung_up = threading.Event()

    def answer(handler: Handler, _: Asked) -> None:
        handler.begin()
        handler.tell(piece("Net"))
        if handler.was_hung_up():
            hung_up.set()

    server.chat(answer)
    cancel = CancelToken()
    stream = opened().stream("Hello?", GenerationSettings(), cancel)
    assert next(stream) == "Net"
    cancel.cancel()
    with pytest.raises(GenerationCancelled):
        next(stream)
    assert hung_up.wait(SOON)


def test_who_stops_listening_hangs_up(server, opened):
    hung_up = threading.Event()

    def answer(handler: Handler, _: Asked) -> None:
        handler.begin()
        handler.tell(piece("Net"))
        if handler.was_hung_up():
            hung_up.set()

    server.chat(answer)
    stream = opened().stream("Hello?", GenerationSettings(), CancelToken())
    next(stream)
    stream.close()
    assert hung_up.wait(SOON)


def test_stopping_ends_the_wait_before_another_try(server, opened):
    server.chat(sending(503, "loading"))
    cancel = CancelToken()
    model = opened(patience=Patience(first_wait=SOON * 2))
    threading.Timer(0.2, cancel.cancel).start()
    started = time.monotonic()
    with pytest.raises(GenerationCancelled):
        list(model.stream("Hello?", GenerationSettings(), cancel))
    model.close()
    assert time.monotonic() - started < SOON / 2
    assert len(server.chats()) == 1


def test_what_is_cancelled_before_is_not_asked(server, opened):
    cancel = CancelToken()
    model = opened()
    cancel.cancel()
    with pytest.raises(GenerationCancelled):
        list(model.stream("Hello?", GenerationSettings(), cancel))
    with pytest.raises(GenerationCancelled):
        model.weigh_choices("Is it?", ("Yes", "No"), cancel)
    assert server.chats() == []


# Many at once


def test_pieces_come_as_they_arrive_each_with_its_index(server, opened):
    first_told = threading.Event()

    def answer(handler: Handler, asked: Asked) -> None:
        handler.begin()
        if asked.body["messages"][0]["content"] == "slow":
            first_told.wait(SOON)
        handler.tell(piece("one "))
        handler.tell(piece("two", finish="stop"))

    server.chat(answer)
    requests = [Request("slow"), Request("fast")]
    stream = opened().stream_many(requests, CancelToken())
    assert [next(stream), next(stream)] == [(1, "one "), (1, "two")]
    first_told.set()
    rest = list(stream)
    assert sorted(index for index, told in rest if isinstance(told, Completion)) == [0, 1]
    assert [told for index, told in rest if index == 0][:-1] == ["one ", "two"]


def test_no_more_are_asked_at_once_than_may_be(server, opened):
    lock, running, most = threading.Lock(), [0], [0]

    def answer(handler: Handler, _: Asked) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.05)
        with lock:
            running[0] -= 1
        handler.say("Hi")

    server.chat(answer)
    model = opened(most_requests=3)
    told = list(model.stream_many([Request(str(at)) for at in range(9)], CancelToken()))
    assert sum(isinstance(piece, Completion) for _, piece in told) == 9
    assert most == [3]


def test_the_first_error_ends_the_others(server, opened):
    waiting, hung_up = threading.Event(), threading.Event()

    def answer(handler: Handler, asked: Asked) -> None:
        if asked.body["messages"][0]["content"] == "wrong":
            waiting.wait(SOON)
            handler.send(500, "broken")
            return
        waiting.set()
        if handler.was_hung_up():
            hung_up.set()

    server.chat(answer)
    requests = [Request("right"), Request("wrong")]
    with pytest.raises(ServerRefused, match="has failed"):
        list(opened().stream_many(requests, CancelToken()))
    assert hung_up.wait(SOON)


def test_none_is_asked_for_nothing(opened):
    assert list(opened().stream_many([], CancelToken())) == []


def test_llama_cpp_pythons_server_is_asked_one_thing_at_a_time(server, opened):
    """It breaks off what it writes when anything else comes in."""
    lock, running, most = threading.Lock(), [0], [0]

    def alone(route: Route) -> Route:
        def answer(handler: Handler, asked: Asked) -> None:
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            time.sleep(0.02)
            with lock:
                running[0] -= 1
            route(handler, asked)

        return answer

    server.routes["/extras/tokenize/count"] = alone(sending(200, {"count": 5}))
    server.chat(alone(saying("Hi")))
    model = opened()
    stream = model.stream_many([Request(str(at)) for at in range(3)], CancelToken())
    next(stream)
    model.count_tokens("net sales")
    assert sum(isinstance(told, Completion) for _, told in stream) == 3
    assert most == [1]


def test_how_llama_cpp_python_breaks_off_is_explained(server, opened):
    server.routes["/extras/tokenize/count"] = sending(200, {"count": 5})
    server.chat(break_off("Net"))
    with pytest.raises(ServerUnreachable, match="--interrupt_requests False"):
        ask(opened())


# Choices


def telling(**logprobs: float) -> Route:
    tops = [{"token": token, "logprob": math.log(share)} for token, share in logprobs.items()]
    choice = {"message": {"content": "x"}, "logprobs": {"content": [{"top_logprobs": tops}]}}
    return sending(200, {"choices": [choice]})


def weigh(model: RemoteChatModel, *choices: str) -> tuple[float, ...]:
    return model.weigh_choices("Is snow white?", choices, CancelToken())


def test_choices_are_weighed_by_the_first_tokens_probabilities(server, opened):
    server.chat(telling(Yes=0.6, No=0.2, Snow=0.2))
    assert weigh(opened(), "Yes", "No") == pytest.approx((0.75, 0.25))
    (body,) = server.chats()
    assert (body["max_tokens"], body["logprobs"], body["top_logprobs"]) == (1, True, 20)


@pytest.mark.parametrize(
    "refusal",
    [
        sending(400, {"error": {"message": "logprobs are not allowed"}}),
        sending(500, {"error": {"message": "logprobs is not supported for logits_all=False"}}),
        sending(200, {"choices": [{"message": {"content": "Yes"}, "logprobs": None}]}),
    ],
)
def test_without_probabilities_the_grammar_makes_it_choose(refusal, server, opened):
    def answer(handler: Handler, asked: Asked) -> None:
        if "logprobs" in asked.body:
            refusal(handler, asked)
        else:
            holding("grammar", otherwise=answering(""))(handler, asked)

    server.chat(answer)
    model = opened()
    assert weigh(model, "No", "Yes") == (0.0, 1.0)
    assert weigh(model, "Yes", "No") == (1.0, 0.0)
    assert sum("logprobs" in body for body in server.chats()) == 1
    assert server.chats()[-1]["grammar"] == 'root ::= "Yes" | "No"'
    (note,) = model.notes
    assert "does not tell how probable its words are" in note


@pytest.mark.parametrize(
    ("said", "weights"), [("yes, it is", (1.0, 0.0)), ("It depends.", (0.5, 0.5))]
)
def test_without_anything_what_it_says_gets_all_or_all_the_same(said, weights, server, opened):
    server.chat(answering(said))
    assert weigh(opened(), "Yes", "No") == weights


def test_a_server_that_fails_is_not_taken_for_one_without_probabilities(server, opened):
    server.chat(sending(500, "broken"), telling(Yes=0.5, No=0.5))
    model = opened()
    with pytest.raises(ServerRefused):
        weigh(model, "Yes", "No")
    assert weigh(model, "Yes", "No") == (0.5, 0.5)


def test_of_no_choices_none_is_weighed(server, opened):
    assert weigh(opened()) == ()
    assert server.chats() == []


# Choosing a server


def load(model: str, **settings: Any) -> tuple[ResidentChatModel, list[str]]:
    """Open the model of some settings; returns it with what the user is told."""
    told: list[str] = []
    return open_resident(Settings(workspace=None, model=model, **settings), say=told.append), told


def test_an_address_opens_its_server_and_says_where_passages_go(server):
    server.chat(saying("Hi"))
    model, told = load(f"{server.url}#small")
    assert (model.file.name, model.context_tokens) == ("small", 4096)
    assert told == ["Passages are sent to 127.0.0.1."]
    assert complete(model, "Hello?", GenerationSettings(), CancelToken()).text == "Hi"
    assert (model.state.kind, model.state.computes_on) == ("ready", "server")
    model.close()


def test_the_key_is_the_settings(server):
    load(server.url, api_key=KEY)
    assert server.asked[0].headers["Authorization"] == f"Bearer {KEY}"


def test_an_open_way_to_a_far_host_is_told(monkeypatch):
    monkeypatch.setattr(
        "models.remote.model.RemoteChatModel", lambda *_, **__: ScriptedChatModel(())
    )
    _, told = load("http://models.example.com/v1")
    assert told[0] == "Passages are sent to models.example.com."
    assert "is not encrypted" in told[1]


def test_an_adapter_is_not_laid_over_a_servers_model(server, tmp_path):
    with pytest.raises(AdapterOnServer, match="leave the adapter out"):
        load(server.url, adapter=str(tmp_path / "lora.gguf"))
    assert server.asked == []
    load(server.url, adapter="none")


def test_every_error_is_one_of_a_model(opened):
    with pytest.raises(ModelError):
        opened("large")
