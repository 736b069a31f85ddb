"""What an OpenAI-compatible server answers: from JSON and its streams to our nouns.

Pure; reads what the servers really send, and names what is not as the protocol says.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Fields = dict[str, Any]
# The text of a token, and the logarithm of its probability.
TopToken = tuple[str, float]

# Of a server's own words, how much is repeated.
_LONGEST_DETAIL = 300


class Malformed(ValueError):
    """An answer is not what the protocol says; its text names what is wrong."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a server counted."""

    prompt: int
    reused: int
    completion: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """One event of a stream; `finish` says why the text ends, `error` what went wrong in it."""

    text: str = ""
    finish: str | None = None
    usage: Usage | None = None
    error: str | None = None


def read_events(pieces: Iterable[bytes]) -> Iterator[str]:
    """Return the data of each event of a stream; comments and other fields are left out.

    Lines are told apart as bytes: what is raw in a JSON string, such as U+2028, ends no line. One
    that begins with "error:" is data too: llama.cpp's server wrote so. A line without its end was
    cut off, and is none.
    """
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from filter(None, map(_read_line, lines))


def _read_line(line: bytes) -> str:
    name, _, value = line.strip().partition(b":")
    return value.strip().decode("utf-8", "replace") if name in (b"data", b"error") else ""


def read_chunk(data: str) -> Chunk:
    """Read one event.

    Raises:
        Malformed: it is no JSON object, or one of its parts is of a wrong kind.
    """
    event = _read_object(data)
    error = find_error(event)
    if error is not None:
        return Chunk(error=error)
    usage = _read_usage(event.get("usage"))
    choices = event.get("choices") or []
    if not choices:  # the last one holds the usage alone
        return Chunk(usage=usage)
    try:
        text = (choices[0].get("delta") or {}).get("content") or ""
        finish = choices[0].get("finish_reason")
    except (AttributeError, TypeError, KeyError, IndexError) as wrong:
        raise Malformed(
            f"an event of its stream is not as the protocol says: {data[:120]}"
        ) from wrong
    if not isinstance(text, str):
        raise Malformed(f"an event of its stream holds no text: {data[:120]}")
    return Chunk(text, str(finish) if finish else None, usage)


def _read_object(data: str) -> Fields:
    try:
        event = json.loads(data)
    except ValueError as wrong:
        raise Malformed(f"it sent no JSON: {data[:120]!r}") from wrong
    if not isinstance(event, dict):
        raise Malformed(f"it sent no JSON object: {data[:120]!r}")
    return event


def _read_usage(usage: object) -> Usage | None:
    if not isinstance(usage, dict):
        return None
    details = usage.get("prompt_tokens_details")
    reused = details.get("cached_tokens") if isinstance(details, dict) else 0
    return Usage(
        _as_count(usage.get("prompt_tokens")),
        _as_count(reused),
        _as_count(usage.get("completion_tokens")),
    )


def _as_count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def find_error(event: Fields) -> str | None:
    """Return the error that an answer tells, in the server's words; None where it tells none."""
    error = event.get("error")
    if error is None and event.get("object") == "error":
        error = event.get("message") or "no reason given"
    if isinstance(error, dict):
        error = error.get("message") or json.dumps(error)
    return None if error is None else str(error)


def read_detail(body: str) -> str:
    """Return what a server says of its refusal, in one line; nothing where it sent a web page."""
    try:
        answer = json.loads(body)
    except ValueError:
        told = "" if body.lstrip().startswith("<") else body
    else:
        told = _find_told(answer)
    return " ".join(told.split())[:_LONGEST_DETAIL]


def _find_told(answer: object) -> str:
    if not isinstance(answer, dict):
        return str(answer)
    told = find_error(answer) or answer.get("message") or answer.get("detail") or ""
    if isinstance(told, list):  # FastAPI tells each field that is wrong
        told = "; ".join(
            f"{'.'.join(map(str, one.get('loc', [])))}: {one.get('msg', '')}"
            for one in told
            if isinstance(one, dict)
        )
    return str(told)


def read_text(answer: Fields) -> str:
    """Return the text of an answer that is no stream; nothing where it holds none."""
    message = _first_choice(answer).get("message")
    text = message.get("content") if isinstance(message, dict) else None
    return text if isinstance(text, str) else ""


def read_top_tokens(answer: Fields) -> tuple[TopToken, ...] | None:
    """Return the most probable first tokens; None where the server does not tell any."""
    logprobs = _first_choice(answer).get("logprobs")
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    if not isinstance(content, list):
        return None
    first = content[0] if content else None
    tops = first.get("top_logprobs") if isinstance(first, dict) else None
    return tuple(
        (top["token"], float(top["logprob"]))
        for top in (tops if isinstance(tops, list) else ())
        if isinstance(top, dict)
        and isinstance(top.get("token"), str)
        and isinstance(top.get("logprob"), int | float)
    )


def _first_choice(answer: Fields) -> Fields:
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


# Choices


def weigh(choices: Sequence[str], tops: Sequence[TopToken]) -> tuple[float, ...] | None:
    """Return how probable each choice is by its first token; they add up to 1.

    A choice's first token is the longest of `tops` that it begins with, spaces before it aside; a
    choice that none begins gets nothing. None where no choice is among them, or where two begin
    with the same token, which then says nothing.
    """
    firsts = [_find_first(choice, tops) for choice in choices]
    found = [first for first in firsts if first]
    if not found or len(set(found)) < len(found):
        return None
    shares = [
        sum(math.exp(logprob) for text, logprob in tops if first and text.strip() == first)
        for first in firsts
    ]
    total = sum(shares)
    return tuple(share / total for share in shares) if total else None


def _find_first(choice: str, tops: Sequence[TopToken]) -> str:
    texts = {text.strip() for text, _ in tops}
    return max((text for text in texts if choice.strip().startswith(text)), key=len, default="")


def find_choice(text: str, choices: Sequence[str]) -> int | None:
    """Return the place of the choice that a text begins with; the longest where several do."""
    said = text.strip().strip("\"'*`").lower()
    fitting = [at for at, choice in enumerate(choices) if said.startswith(choice.strip().lower())]
    return max(fitting, key=lambda at: len(choices[at]), default=None)
