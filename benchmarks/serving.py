"""The desk served in a program of its own, for what drives it in a browser."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def serve_desk(workspace: Path, *options: str) -> Iterator[str]:
    """Serve a workspace on a free port for the block; yields the address once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    words = ["serve", "--no-browser", "--port", port, "--workspace", str(workspace), *options]
    server = subprocess.Popen([sys.executable, "-m", "app", *words])  # noqa: S603 - this program
    address = f"http://127.0.0.1:{port}"
    try:
        while not _answers(address):
            time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait()


def _answers(address: str) -> bool:
    try:
        fetch(address)
    except (urllib.error.URLError, OSError):
        return False
    return True


def fetch(address: str) -> bytes:
    """Return what the server answers to a request."""
    with urllib.request.urlopen(address, timeout=30) as response:  # noqa: S310 - our own server
        return bytes(response.read())
