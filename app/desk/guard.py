"""Who may ask the server: pages of its own, and, where others can reach it, who knows the password.

A page from elsewhere could let the user's browser ask this machine, by its address or by a name
that it points here ("DNS rebinding"); so the name that is asked for, and the page that asks, must
be this server's. Knows HTTP headers; nothing of what is served.
"""

from __future__ import annotations

import ipaddress
import secrets
from base64 import b64decode
from binascii import Error as Base64Error
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_REALM = 'Basic realm="AceDesk", charset="UTF-8"'


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a host of that name."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI middleware that turns away whoever may not ask.

    Without a `password` only names of this machine are answered to. With one, any name is, for a
    server that others reach has names that it does not know; each request must then bear it (HTTP
    Basic, any user).
    """

    def __init__(self, app: ASGIApp, password: str | None = None) -> None:
        """Guard `app`."""
        self._app, self._password = app, password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with why not."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refuse(headers)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refuse(self, headers: Headers) -> PlainTextResponse | None:
        host = headers.get("host", "")
        if self._password is None and not is_loopback(urlsplit(f"//{host}").hostname or ""):
            return PlainTextResponse("This desk answers on this machine's own names only.", 403)
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return PlainTextResponse("A page of another origin may not ask this desk.", 403)
        if self._password is not None and not self._knows_password(headers):
            return PlainTextResponse(
                "The password is needed.", 401, headers={"WWW-Authenticate": _REALM}
            )
        return None

    def _knows_password(self, headers: Headers) -> bool:
        kind, _, sent = headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return False
        try:
            _, _, password = b64decode(sent, validate=True).decode().partition(":")
        except (Base64Error, UnicodeDecodeError):
            return False
        assert self._password is not None, "asked for where one is set alone"
        return secrets.compare_digest(password.encode(), self._password.encode())
