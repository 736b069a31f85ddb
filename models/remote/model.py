"""A language model on an OpenAI-compatible server: vLLM, llama.cpp's, Ollama, LM Studio.

Satisfies `ChatModel`. What is sent and read stands in `models.remote.protocol` and
`models.remote.answers`, how it gets there in `models.remote.connection`. Knows no prompt of ours.
"""

from __future__ import annotations

import re
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence

from models.chat import (
    CancelToken,
    Completion,
    GenerationSettings,
    ModelFile,
    Request,
    complete,
    require_room,
)
from models.errors import GrammarError, ModelError, ServerRefused
from models.remote.address import parse_address
from models.remote.answers import Fields, TopToken, Usage, find_choice, read_top_tokens, weigh
from models.remote.connection import ServerConnection
from models.remote.counting import TokenCounter
from models.remote.line import Line, Patience
from models.remote.protocol import (
    build_body,
    build_choice_grammar,
    build_weighing,
    count_around,
    list_dispensable,
)
from models.remote.server import (
    GrammarDialect,
    find_dialect,
    find_model,
    find_tokenizer,
    is_about_fields,
)
from models.remote.workers import Job, Workers
from models.turns import TurnQueue

# Where a server does not tell its context: what Ollama and LM Studio give a model by default.
DEFAULT_CONTEXT_TOKENS = 4096
# As many as `models.llama` decodes together.
MOST_REQUESTS = 8
# Room for one of the choices, with what a model may write before it.
_CHOICE_TOKENS = 16

_Piece = str | Completion


class RemoteChatModel:
    """A model on a server. Satisfies `ChatModel`; may be used by several threads.

    `notes` says, in sentences for the user, what the server cannot do and what is done instead;
    `holds_to_grammar` whether it obeys grammars, None until the first request that has one.
    """

    def __init__(
        self,
        base_url: str,
        model_name: str | None = None,
        *,
        api_key: str | None = None,
        context_tokens: int | None = None,
        most_requests: int = MOST_REQUESTS,
        patience: Patience | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """Ask the server for its models and what it can do.

        Without a `model_name` it must have exactly one. `context_tokens` stands above what the
        server says. `tell` is called with each note when it arises.

        Raises:
            ServerAddressWrong: the base URL is none.
            ServerUnreachable: nothing answers there.
            ServerRefused: it answers, and refuses; the key may be wrong.
            ModelNotServed: it has no such model.
        """
        address = parse_address(base_url)
        self.notes: list[str] = []
        self.holds_to_grammar: bool | None = None
        self._tell = tell
        self._gives_probabilities = True
        self._dialect: GrammarDialect | None = None
        self._refused: frozenset[str] = frozenset()
        self._probing = TurnQueue()
        self._lock = threading.Lock()
        self._url = f"{address.base}/chat/completions"
        self._connection = ServerConnection(address, api_key, patience or Patience())
        try:
            self._model = find_model(self._connection, model_name)
            tokenizer = find_tokenizer(self._connection, self._model.name)
        except ModelError:
            self._connection.close()
            raise
        self.context_tokens = context_tokens or self._model.context or DEFAULT_CONTEXT_TOKENS
        self.file = ModelFile(self._model.name, address.base, None)
        # llama-cpp-python breaks off what it writes when anything else comes in, a count too.
        alone = tokenizer is not None and tokenizer.is_llama_python
        self._connection.is_llama_python = alone
        self._workers = Workers(1 if alone else most_requests)
        self._counting = self._workers if alone else Workers(2)
        self._counter = TokenCounter(tokenizer, self._counting)
        # One who only forgets the model leaves no connection open either.
        self._end = weakref.finalize(
            self, _close_all, self._workers, self._counting, self._connection
        )

    @property
    def computes_on(self) -> str:
        """What does the work."""
        return "server"

    def close(self) -> None:
        """End all connections; what waits is dropped."""
        self._end()

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of `text`: asked of the server, where it counts.

        Elsewhere it is an estimate, rather too high (`models.remote.protocol.estimate_tokens`).
        """
        return self._counter.count(text, CancelToken())

    def stream(
        self, message: str, settings: GenerationSettings, cancel: CancelToken
    ) -> Iterator[str | Completion]:
        """Answer one user message; see `ChatModel.stream`."""
        for _, piece in self.stream_many([Request(message, settings)], cancel):
            yield piece

    def stream_many(
        self, requests: Sequence[Request], cancel: CancelToken
    ) -> Iterator[tuple[int, str | Completion]]:
        """Answer several messages side by side; see `ChatModel.stream_many`.

        Raises ServerError too. The first error ends the others.
        """
        cancel.raise_if_cancelled()
        jobs = [self._prepare(request, cancel) for request in requests]
        yield from self._workers.run(jobs, cancel)

    def weigh_choices(
        self, message: str, choices: Sequence[str], cancel: CancelToken
    ) -> tuple[float, ...]:
        """Return how probable each choice is as the answer; see `ChatModel.weigh_choices`.

        By the probabilities of the first token, where the server tells them and the choices begin
        differently. Elsewhere the model is asked for one of them: what it says gets all, and where
        it says none, all get the same.
        """
        if not choices:
            return ()
        weighed = weigh(choices, self._ask_top_tokens(message, cancel))
        if weighed is not None:
            return weighed
        settings = GenerationSettings(
            max_tokens=_CHOICE_TOKENS, grammar=build_choice_grammar(choices)
        )
        said = find_choice(complete(self, message, settings, cancel).text, choices)
        if said is None:
            return tuple(1.0 / len(choices) for _ in choices)
        return tuple(1.0 if at == said else 0.0 for at in range(len(choices)))

    def _prepare(self, request: Request, cancel: CancelToken) -> Job[_Piece]:
        """Return the work of writing one text, of which is known that it fits."""
        settings = request.settings
        prompt = self._count_prompt(request, cancel)
        room = require_room(prompt, self.context_tokens, settings.max_tokens)
        most = min(room, settings.max_tokens)
        body = build_body(self._model.name, request.message, settings, most)
        if settings.grammar:
            dialect = self._find_dialect(cancel)
            if dialect is not None:
                body |= dialect(settings.grammar)

        def write(line: Line, tell: Callable[[_Piece], None]) -> None:
            fields = list_dispensable(settings)
            while True:
                refused = self._refused & fields
                sent = {name: value for name, value in body.items() if name not in refused}
                try:
                    tell(self._write(sent, prompt, line, tell))
                except ServerRefused as error:
                    self._drop_refused(error, fields - refused)
                else:
                    return

        return write

    def _drop_refused(self, error: ServerRefused, fields: frozenset[str]) -> None:
        """Keep in mind which of these fields a server does not want; raises where it is another."""
        if not is_about_fields(error):
            raise error
        refused = frozenset(name for name in fields if re.search(rf"\b{name}\b", str(error)))
        if not refused and "grammar" in str(error):
            raise GrammarError(f"A grammar was refused. {error}") from error
        if not refused:
            raise error
        with self._lock:
            self._refused |= refused

    def _write(
        self, body: Fields, prompt: int, line: Line, tell: Callable[[_Piece], None]
    ) -> Completion:
        """Write one text, telling its pieces; `prompt` is how many tokens we count of it."""
        started = time.monotonic()
        text, cut = "", False
        usage: Usage | None = None
        for chunk in self._connection.stream(self._url, body, line):
            text += chunk.text
            cut = cut or chunk.finish == "length"
            usage = chunk.usage or usage
            if chunk.text:
                tell(chunk.text)
        usage = usage or Usage(prompt, 0, self._counter.guess(text))
        return Completion(
            text=text,
            prompt_tokens=usage.prompt,
            reused_tokens=usage.reused,
            completion_tokens=usage.completion,
            seconds=time.monotonic() - started,
            cut=cut,
        )

    def _count_prompt(self, request: Request, cancel: CancelToken) -> int:
        """Return about how many tokens a prompt has with its chat template, rather too many."""
        texts = [request.message, *(turn for pair in request.settings.examples for turn in pair)]
        return self._counter.count_all(texts, cancel) + count_around(request.settings)

    def _find_dialect(self, cancel: CancelToken) -> GrammarDialect | None:
        """Return how the server takes grammars, found out once; None where it takes none."""
        with self._probing.turn(cancel):
            if self.holds_to_grammar is None:
                self._dialect = self._workers.call(
                    lambda line: find_dialect(self._connection, self._model.name, line), cancel
                )
                self.holds_to_grammar = self._dialect is not None
                if self._dialect is None:
                    self._note(
                        f"The server at {self.file.file} does not hold answers to a grammar, so "
                        "plans and answers may come in a form that cannot be read. vLLM, SGLang "
                        "and llama.cpp's servers do hold them."
                    )
            return self._dialect

    def _ask_top_tokens(self, message: str, cancel: CancelToken) -> tuple[TopToken, ...]:
        """Return the most probable first tokens of the answer; none where they are not told."""
        require_room(self._count_prompt(Request(message), cancel), self.context_tokens, 1)
        if not self._gives_probabilities:
            return ()
        body = build_weighing(self._model.name, message)
        tops: tuple[TopToken, ...] | None = None
        try:
            tops = read_top_tokens(
                self._workers.call(lambda line: self._connection.ask(self._url, body, line), cancel)
            )
        except ServerRefused as error:
            if not is_about_fields(error) and "logprobs" not in str(error):
                raise
        if tops is None:
            self._gives_probabilities = False
            self._note(
                f"The server at {self.file.file} does not tell how probable its words are: where "
                "that is asked, what it says counts as certain."
            )
        return tops or ()

    def _note(self, text: str) -> None:
        with self._lock:
            is_new = text not in self.notes
            if is_new:
                self.notes.append(text)
        if is_new and self._tell is not None:
            self._tell(text)


def _close_all(*parts: Workers | ServerConnection) -> None:
    for part in parts:
        part.close()
