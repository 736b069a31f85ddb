"""What a model server says of itself: its models, its context, its tokenizer, its grammars.

Each server has its own way; all are asked in turn, and what none answers is unknown. Knows nothing
of texts that are written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.errors import ModelNotServed, ServerAnswerUnreadable, ServerRefused
from models.remote.answers import Fields, read_text
from models.remote.connection import ServerConnection
from models.remote.line import Line
from models.remote.protocol import GRAMMAR_DIALECTS, PROBE_ANSWER, build_probe

GrammarDialect = Callable[[str], Fields]

# Where an entry of the list of models, or its "meta", says how many tokens fit: vLLM and SGLang,
# llama.cpp's server, and gateways. What the model was trained for may be more than is served.
_CONTEXT_FIELDS = (
    "max_model_len",
    "n_ctx",
    "context_length",
    "context_window",
    "max_context_length",
)
_TRAINED_FIELD = "n_ctx_train"
_LLAMA_PYTHON_PATH = "/extras/tokenize/count"
_MOST_NAMES = 20
_PROBE_TEXT = "Net sales rose to 1,284."


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model that a server has; `context` is None where the server does not tell it."""

    name: str
    context: int | None


@dataclass(frozen=True, slots=True)
class ServerTokenizer:
    """A server's way of counting tokens: where it is asked, and how many it always adds."""

    connection: ServerConnection
    model: str
    path: str
    added: int = 0

    @property
    def is_llama_python(self) -> bool:
        """Whether it is llama-cpp-python's server, which does one thing at a time."""
        return self.path == _LLAMA_PYTHON_PATH

    def count(self, text: str) -> int:
        """Ask how many tokens a text has, without those that begin every text.

        Raises:
            ServerError: the server cannot be asked, or answers something else.
        """
        body: Fields = {"model": self.model}
        if self.is_llama_python:
            body["input"] = text
        else:  # the words of llama.cpp's server, and of vLLM and SGLang, which ignore each other's
            body |= {"content": text, "add_special": False}
            body |= {"prompt": text, "add_special_tokens": False}
        answer = self.connection.ask(self.connection.address.root + self.path, body)
        tokens, counted = answer.get("tokens"), answer.get("count")
        if isinstance(tokens, list):
            counted = len(tokens)
        if not isinstance(counted, int) or isinstance(counted, bool):
            raise ServerAnswerUnreadable(
                f"{self.connection.address.root}{self.path} does not tell how many tokens a text "
                "has. Start the server again."
            )
        return counted - self.added


def find_model(connection: ServerConnection, wanted: str | None) -> ServedModel:
    """Return the model of that name, or the only one.

    Raises:
        ModelNotServed: there is none; the message lists those that there are.
        ServerError: the server cannot be asked.
    """
    base = connection.address.base
    listed = connection.ask(f"{base}/models").get("data")
    entries = [
        entry
        for entry in (listed if isinstance(listed, list) else ())
        if isinstance(entry, dict) and isinstance(entry.get("id"), str)
    ]
    named = [entry for entry in entries if wanted is None or entry["id"] == wanted]
    if not named or (wanted is None and len(named) > 1):
        raise ModelNotServed(_describe_models(base, wanted, [entry["id"] for entry in entries]))
    return ServedModel(named[0]["id"], _find_context(connection, named[0]))


def _describe_models(base: str, wanted: str | None, names: Sequence[str]) -> str:
    if not names:
        return f"The server at {base} lists no models. Load one there first."
    listed = ", ".join(names[:_MOST_NAMES]) + (", ..." if len(names) > _MOST_NAMES else "")
    if wanted is None:
        return (
            f"The server at {base} has {len(names)} models: {listed}. Name one of them behind its "
            f"address: {base}#{names[0]}"
        )
    return f"The server at {base} has no model {wanted}. It has: {listed}."


def _find_context(connection: ServerConnection, entry: Fields) -> int | None:
    """Return how many tokens prompt and answer may have together, as it is served."""
    meta = entry.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    root = connection.address.root
    return (
        _find_size(entry, _CONTEXT_FIELDS)
        or _find_size(meta, _CONTEXT_FIELDS)
        or _find_slot_size(_look(connection, f"{root}/props"))
        or _find_loaded_size(_look(connection, f"{root}/api/v0/models"), "data", entry["id"])
        or _find_loaded_size(_look(connection, f"{root}/api/ps"), "models", entry["id"])
        or _find_size(meta, (_TRAINED_FIELD,))
    )


def _find_slot_size(props: Fields) -> int | None:
    """Read llama.cpp's own properties, in which each slot has its share of the context."""
    settings = props.get("default_generation_settings")
    return _find_size(settings, ("n_ctx",)) if isinstance(settings, dict) else None


def _find_loaded_size(answer: Fields, field: str, model: str) -> int | None:
    """Read what LM Studio and Ollama say of a model that is in memory."""
    entries = answer.get(field)
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and model in (entry.get("id"), entry.get("name")):
            return _find_size(entry, ("loaded_context_length", "context_length"))
    return None


def _find_size(fields: Fields, names: Sequence[str]) -> int | None:
    for name in names:
        size = fields.get(name)
        if isinstance(size, int) and not isinstance(size, bool) and size > 0:
            return size
    return None


def _look(connection: ServerConnection, url: str) -> Fields:
    """Return what stands at a URL that not every server has; nothing where it has not."""
    try:
        return connection.ask(url)
    except (ServerRefused, ServerAnswerUnreadable):
        return {}


def find_tokenizer(connection: ServerConnection, model: str) -> ServerTokenizer | None:
    """Return the server's way of counting tokens; None where it has none."""
    for path in ("/tokenize", _LLAMA_PYTHON_PATH):
        tokenizer = ServerTokenizer(connection, model, path)
        try:
            if tokenizer.count(_PROBE_TEXT) > 0:
                # llama-cpp-python counts the token that begins a text, where the model has one.
                added = tokenizer.count("") if path == _LLAMA_PYTHON_PATH else 0
                return ServerTokenizer(connection, model, path, added)
        except (ServerRefused, ServerAnswerUnreadable):
            continue
    return None


def find_dialect(connection: ServerConnection, model: str, line: Line) -> GrammarDialect | None:
    """Return how the server takes a grammar; None where it takes none.

    Many servers pass over what they do not know: only an answer that obeys tells.

    Raises:
        ServerError: the server cannot be asked.
        GenerationCancelled: the line was ended.
    """
    url = f"{connection.address.base}/chat/completions"
    for dialect in GRAMMAR_DIALECTS:
        try:
            answer = connection.ask(url, build_probe(model, dialect), line)
        except ServerRefused as error:
            if error.status != 500 and not is_about_fields(error):
                raise
        else:
            if read_text(answer).strip() == PROBE_ANSWER:
                return dialect
    return None


def is_about_fields(error: ServerRefused) -> bool:
    """Whether a refusal may be for a field that the server does not know, or cannot do."""
    return error.status in (400, 422, 501)
