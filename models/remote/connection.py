"""Requests to a model server over HTTP: streams, retries, time limits, and hanging up.

Knows the protocol's paths from its callers. The API key goes into one header and nowhere else:
what a server says is told without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from itertools import count
from threading import Event

import httpx

from models.errors import (
    GenerationCancelled,
    ModelError,
    ServerAnswerUnreadable,
    ServerError,
    ServerRefused,
)
from models.remote.address import ServerAddress
from models.remote.answers import Chunk, Fields, Malformed, read_chunk, read_detail, read_events
from models.remote.faults import (
    explain_break,
    explain_failure,
    explain_refusal,
    explain_told_error,
)
from models.remote.line import Line, Patience

# Of the body of a refusal, how many characters are looked at.
_LONGEST_BODY = 20_000


class ServerConnection:
    """Asks one server. May be used by several threads."""

    def __init__(self, address: ServerAddress, api_key: str | None, patience: Patience) -> None:
        """Prepare; nothing is sent yet.

        Raises:
            ServerRefused: the key is none that can be sent.
        """
        if api_key is not None and not (api_key.isascii() and api_key.isprintable()):
            raise ServerRefused(
                "The API key holds characters that no key has, such as a line break. Set "
                "ACEDESK_API_KEY again."
            )
        self.address = address
        self.is_llama_python = False
        self._key = api_key
        self._patience = patience
        trusted = httpx.create_ssl_context()
        limits = httpx.Timeout(
            connect=patience.connect_seconds,
            read=patience.read_seconds,
            write=patience.read_seconds,
            pool=None,
        )

        def open_client(kept: int) -> httpx.Client:
            return httpx.Client(
                headers={"Authorization": f"Bearer {api_key}"} if api_key else None,
                auth=None if api_key else address.login,
                verify=trusted,
                timeout=limits,
                limits=httpx.Limits(max_keepalive_connections=kept),
                # A proxy would see what is sent to a machine of this house.
                trust_env=not address.is_near,
            )

        self._asking = open_client(kept=2)
        # What can be hung up has a connection of its own, of which its line is told.
        self._writing = open_client(kept=0)

    def close(self) -> None:
        """Close what connections are kept."""
        self._asking.close()
        self._writing.close()

    def ask(self, url: str, body: Fields | None = None, line: Line | None = None) -> Fields:
        """Return the JSON object at a URL; a body is posted. Without a line, it cannot be hung up.

        Raises:
            ServerUnreachable, ServerRefused, ServerAnswerUnreadable: see there.
            PromptTooLong: the server says so.
            GenerationCancelled: the line was ended.
        """
        for tried in count(1):
            try:
                return self._ask_once(url, body, line)
            except ServerError as error:
                self._pause(error, tried, line)
        raise AssertionError("the last try returns or raises")

    def stream(self, url: str, body: Fields, line: Line) -> Iterator[Chunk]:
        """Return the events of a stream as they come; raises what `ask` does.

        It is asked for again until the first text has come, and never after.
        """
        for tried in count(1):
            told = False
            try:
                for chunk in self._stream_once(url, body, line):
                    told = told or bool(chunk.text)
                    yield chunk
            except ServerError as error:
                if told:
                    raise
                self._pause(error, tried, line)
            else:
                return

    def _pause(self, error: ServerError, tried: int, line: Line | None) -> None:
        """Wait before the next try; raises the error where there is none."""
        patience = self._patience
        asked = error.retry_after
        if not error.passes or tried >= patience.tries or (asked or 0.0) > patience.longest_wait:
            raise error
        ended = line.ended if line else Event()
        patience.wait(ended, patience.choose_wait(tried, asked))
        if ended.is_set():
            raise GenerationCancelled("Stopped.") from error

    def _ask_once(self, url: str, body: Fields | None, line: Line | None) -> Fields:
        client = self._asking if line is None else self._writing
        with self._open(client, url, body, line or Line()) as response:
            text = response.read().decode("utf-8", "replace")
        try:
            answer = response.json()
        except ValueError:
            raise self._unreadable(f"it sent no JSON: {text[:120]!r}") from None
        if not isinstance(answer, dict):
            raise self._unreadable(f"it sent no JSON object: {text[:120]!r}")
        return answer

    def _stream_once(self, url: str, body: Fields, line: Line) -> Iterator[Chunk]:
        finished = False
        with self._open(self._writing, url, body, line) as response:
            for data in read_events(response.iter_bytes()):
                if data == "[DONE]":
                    break
                chunk = self._read(data)
                finished = finished or chunk.finish is not None
                yield chunk
        if not finished:
            raise self._give_up(line, explain_break(self.address, self.is_llama_python))

    def _read(self, data: str) -> Chunk:
        try:
            chunk = read_chunk(data)
        except Malformed as error:
            raise self._unreadable(str(error)) from None
        if chunk.error is not None:
            raise explain_told_error(self.address, self._hide(chunk.error))
        return chunk

    @contextmanager
    def _open(
        self, client: httpx.Client, url: str, body: Fields | None, line: Line
    ) -> Iterator[httpx.Response]:
        """Send a request, and hand out an answer that is no refusal."""
        if self.address.query:
            url = f"{url}?{self.address.query}"
        try:
            with client.stream(
                "GET" if body is None else "POST",
                url,
                json=body,
                extensions={"trace": line.follow},
            ) as response:
                try:
                    if response.status_code != httpx.codes.OK:
                        raise self._refuse_response(response)
                    yield response
                finally:
                    line.let_go()
        except httpx.HTTPError as error:
            waited = self._patience.read_seconds
            fault = explain_failure(self.address, error, waited)
            if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
                fault = explain_break(self.address, self.is_llama_python)
            raise self._give_up(line, fault) from error

    def _give_up(self, line: Line, fault: ModelError) -> ModelError:
        """Return what to raise: where we hung up ourselves, nothing is wrong with the server."""
        return GenerationCancelled("Stopped.") if line.ended.is_set() else fault

    def _refuse_response(self, response: httpx.Response) -> ModelError:
        response.read()
        detail = read_detail(response.text[:_LONGEST_BODY])
        if response.is_redirect:
            detail = f"it sends to {response.headers.get('Location', 'nowhere')}"
        return explain_refusal(
            self.address,
            response.status_code,
            self._hide(detail),
            has_key=self._key is not None,
            retry_after=self._read_retry_after(response),
        )

    def _unreadable(self, wrong: str) -> ServerAnswerUnreadable:
        return ServerAnswerUnreadable(
            f"The answer of the server at {self.address.base} cannot be read: {self._hide(wrong)}. "
            "Check that it is an OpenAI-compatible chat server."
        )

    def _hide(self, text: str) -> str:
        """Return what a server says without what is secret, should it say that."""
        password = self.address.login[1] if self.address.login else ""
        for secret in (self._key, password, self.address.query):
            if secret:
                text = text.replace(secret, "***")
        return text

    def _read_retry_after(self, response: httpx.Response) -> float | None:
        """Return the seconds that a server asks to wait for; it may give them as a date."""
        told = response.headers.get("Retry-After", "")
        if told.strip().isdecimal():
            return float(told)
        try:
            return max(parsedate_to_datetime(told).timestamp() - self._patience.now(), 0.0)
        except ValueError:
            return None
