"""What lets a browser install the desk as an application: its name, icons and colours."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

from fastapi import FastAPI, Request, Response

# Asked for with what the user has said to the browser, for a desk may want a password.
HEAD = (
    '<link rel="manifest" href="/desk.webmanifest" crossorigin="use-credentials">'
    '<link rel="icon" href="/icon.svg" type="image/svg+xml">'
    '<meta name="theme-color" content="#0f766e">'
)
_KINDS = {
    "desk.webmanifest": "application/manifest+json",
    "icon.svg": "image/svg+xml",
    "icon-192.png": "image/png",
    "icon-512.png": "image/png",
}


def add_identity(application: FastAPI) -> None:
    """Serve the manifest and the icons."""
    for name, kind in _KINDS.items():
        content = (files("assets") / "desk" / name).read_bytes()
        application.add_route(f"/{name}", _answer_with(content, kind), include_in_schema=False)


def _answer_with(content: bytes, kind: str) -> Callable[[Request], Response]:
    def answer(_request: Request) -> Response:
        return Response(content, media_type=kind)

    return answer
