"""What a server's refusal or a broken connection means, and what the user can do about it.

Pure: from a status and the server's words, or from what the connection raised, to one of our
errors. The words come without the key; of an address only what may be shown is known here.
"""

from __future__ import annotations

import re
import socket
import ssl
from typing import TypeVar

import httpx

from models.errors import ModelError, PromptTooLong, ServerRefused, ServerUnreachable
from models.remote.address import ServerAddress

_E = TypeVar("_E", bound=BaseException)

# Too much at once, and what stands before a server that is starting or too slow.
_PASSING = frozenset({429, 502, 503, 504})
# How servers say that a prompt does not fit: OpenAI and vLLM, llama.cpp, LM Studio, SGLang.
_TOO_LONG = re.compile(
    r"context[ _](length|window|size)|exceed_context_size|max_model_len|maximum model length"
    r"|(prompt|input|request) is too (long|large)|longer than the model's|too many tokens",
    re.IGNORECASE,
)


def explain_refusal(
    address: ServerAddress,
    status: int,
    detail: str,
    *,
    has_key: bool,
    retry_after: float | None = None,
) -> ModelError:
    """Return what a status other than 200 comes to; `detail` is what the server said of it."""
    if status >= 400 and _TOO_LONG.search(detail):
        return _explain_length(address, detail)
    said = f" ({status}: {detail})" if detail else f" ({status})"
    if retry_after:
        said += f" and asks to wait for {retry_after:.0f} s"
    return ServerRefused(
        f"The server at {address.base} {_advise(status, said, has_key)}",
        status=status,
        passes=status in _PASSING,
        retry_after=retry_after,
    )


def explain_told_error(address: ServerAddress, detail: str) -> ModelError:
    """Return what an error comes to that a server tells where its text should go on."""
    if _TOO_LONG.search(detail):
        return _explain_length(address, detail)
    return ServerRefused(
        f"The server at {address.base} gave up on its answer ({detail}). Its own log says more."
    )


def _explain_length(address: ServerAddress, detail: str) -> PromptTooLong:
    return PromptTooLong(
        f"The prompt does not fit the context of the model at {address.base} ({detail}). Ask about "
        "fewer passages, or start the server with a longer context."
    )


def _advise(status: int, said: str, has_key: bool) -> str:
    if status in (401, 403):
        wrong = "does not take the API key" if has_key else "asks for an API key"
        return f"{wrong}{said}. Set ACEDESK_API_KEY to the key that it was started with."
    if status == 404:
        return (
            f"does not have what was asked for{said}. The base URL should end in /v1, such as "
            "http://127.0.0.1:8000/v1; if it does, check the model's name."
        )
    if status == 429:
        return f"has too much to do{said}. Wait a little and ask again."
    if status in _PASSING:
        return f"is not ready{said}. Wait until it has loaded its model, then ask again."
    if 300 <= status < 400:
        return f"answers elsewhere{said}. Give the address where it does."
    if status >= 500:
        return f"has failed{said}. Its own log says more."
    return f"refuses the request{said}. Check that it is an OpenAI-compatible chat server."


def explain_failure(
    address: ServerAddress, error: httpx.HTTPError, seconds: float
) -> ServerUnreachable:
    """Return what a connection that failed comes to; `seconds` is how long was waited."""
    base = address.base
    if isinstance(error, httpx.ConnectTimeout):
        told = f"{base} does not take the connection. Check host and port, and any firewall."
    elif isinstance(error, httpx.TimeoutException):
        return ServerUnreachable(
            f"The server at {base} said nothing for {seconds:.0f} s. It may be busy or hang: see "
            "its log, or ask again later."
        )
    elif (untrusted := _find(error, ssl.SSLCertVerificationError)) is not None:
        reason = getattr(untrusted, "verify_message", untrusted.strerror)
        return ServerUnreachable(
            f"The certificate of {base} is not trusted ({reason}). Give its authority's "
            "certificate in SSL_CERT_FILE, or the name that it is for."
        )
    elif _find(error, ssl.SSLError) is not None:
        return ServerUnreachable(f"{base} does not speak HTTPS. Give its address with http://.")
    elif _find(error, socket.gaierror) is not None:
        told = f"There is no host {address.host}. Check the address {base}."
    elif _find(error, ConnectionRefusedError) is not None:
        told = (
            f"Nothing listens at {base} (connection refused). Start the server, or check its port."
        )
    elif isinstance(error, httpx.ConnectError):
        told = (
            f"{base} cannot be reached ({_name_cause(error)}). Check the address and the network."
        )
    else:
        return explain_break(address)
    return ServerUnreachable(told, passes=True)


def explain_break(address: ServerAddress, is_llama_python: bool = False) -> ServerUnreachable:
    """Return what an answer that ends before its end comes to."""
    hint = (
        "llama-cpp-python does so where another request comes in (start it with "
        "--interrupt_requests False) and where a prompt does not fit its --n_ctx."
        if is_llama_python
        else "Its own log says why."
    )
    return ServerUnreachable(
        f"The server at {address.base} broke off before the answer was whole. {hint}", passes=True
    )


def _name_cause(error: httpx.HTTPError) -> str:
    cause = _find(error, OSError)
    return (cause.strerror if cause is not None else None) or type(error).__name__


def _find(error: BaseException, kind: type[_E]) -> _E | None:
    """Return the first of a kind among an error and what it came from."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, kind):
            return at
        at = at.__cause__ or at.__context__
    return None
