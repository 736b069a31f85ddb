"""Where a model server answers: reading its address, and how far it is away.

What an address may hold of a secret (a login, a query) is kept out of what is shown. Asks no name
server and no server.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from models.errors import ServerAddressWrong

_EXAMPLE = "such as http://127.0.0.1:8000/v1"
_NEAR_ENDINGS = (".local", ".lan", ".internal", ".intranet", ".home.arpa", ".localdomain")


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """The base URL of an OpenAI-compatible server.

    `base` has no login and no query, and no slash at its end: it is fit to be shown. `query` goes
    with each request, and so does `login` where there is no API key.
    """

    base: str
    query: str = field(default="", repr=False)
    login: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def host(self) -> str:
        """The name or number of the machine."""
        return urlsplit(self.base).hostname or ""

    @property
    def root(self) -> str:
        """The base without "/v1": what servers have beside the protocol stands there."""
        return self.base.removesuffix("/v1")

    @property
    def is_encrypted(self) -> bool:
        """Whether nobody on the way can read what is sent."""
        return self.base.startswith("https:")

    @property
    def is_near(self) -> bool:
        """Whether it is this machine or one of a private network, as far as its name tells."""
        number = _read_number(self.host)
        if number is not None:
            return not number.is_global
        return "." not in self.host or self.host.endswith(_NEAR_ENDINGS)


def names_server(model: str) -> bool:
    """Whether a model's name is the address of a server, and not a file."""
    return model.strip().lower().startswith(("http://", "https://"))


def split_reference(text: str) -> tuple[str, str | None]:
    """Return address and model of "URL" or "URL#MODEL"."""
    address, _, name = text.strip().partition("#")
    return address, name.strip() or None


def parse_address(text: str) -> ServerAddress:
    """Read a base URL.

    Raises:
        ServerAddressWrong: it is none; its text is not repeated, for it may hold a password.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError as error:
        raise ServerAddressWrong(
            f"This is no address of a model server ({error}). Give a base URL, {_EXAMPLE}."
        ) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ServerAddressWrong(
            "A model server's address begins with http:// or https:// and names a host, "
            f"{_EXAMPLE}."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    place = host if port is None else f"{host}:{port}"
    return ServerAddress(
        base=f"{parts.scheme}://{place}{parts.path.rstrip('/')}",
        query=parts.query,
        login=_read_login(parts),
    )


def _read_login(parts: SplitResult) -> tuple[str, str] | None:
    if parts.username is None:
        return None
    return unquote(parts.username), unquote(parts.password or "")


def _read_number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
