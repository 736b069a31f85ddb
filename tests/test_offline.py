"""Nothing leaves the machine: the program runs with every socket to elsewhere refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "assets" / "sample" / "bramblewick-2023-10k.pdf"

# Runs the command line with Python's audit hooks telling of each connection and name look-up:
# an attempt is written down and refused, whichever library makes it.
GUARDED = """
import sys

attempts = []

def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        attempts.append(f"{event} {arguments[1:] if event == 'socket.connect' else arguments}")
        raise OSError("no network in this test")

sys.addaudithook(watch)
from app.cli import main

code = main(sys.argv[1:])
for attempt in attempts:
    sys.stderr.write(f"ATTEMPT {attempt}\\n")
sys.exit(9 if attempts else code)
"""


def run_guarded(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process that may not open a connection."""
    # A new home: nothing that an earlier run may have fetched can help.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    return subprocess.run(
        [sys.executable, "-c", GUARDED, *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_guard_notices_an_attempt() -> None:
    """Without this, a guard that sees nothing would pass everything."""
    script = GUARDED.replace(
        "from app.cli import main",
        "import socket\n"
        "def main(words):\n"
        "    try:\n"
        "        socket.create_connection(('127.0.0.1', 9))\n"
        "    except OSError:\n"
        "        return 0\n",
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 9
    assert "ATTEMPT" in done.stderr


@pytest.mark.slow
def test_ingest_search_and_ask_open_no_connection(tmp_path: Path) -> None:
    workspace = str(tmp_path / "workspace")
    added = run_guarded("ingest", str(SAMPLE), "--workspace", workspace, "--json")
    assert added.returncode == 0, added.stderr
    found = run_guarded("search", "net sales", "--workspace", workspace, "--json")
    assert found.returncode == 0, found.stderr
    asked = run_guarded(
        "ask", "What was Bramblewick's net income in 2023?", "--workspace", workspace, "--json"
    )
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout)["sub_answers"]
