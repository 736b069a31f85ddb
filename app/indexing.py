"""Leaving the vectors to a program of their own, which outlives the command that stored the files.

Knows how this program is started, and nothing of what making vectors is.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import app
from app.settings import Settings
from ingestion.workspace import Workspace

LOG_NAME = "indexing.log"


def start_indexing(settings: Settings, workspace: Workspace) -> Path | None:
    """Start `acedesk index` beside this program and return its log.

    Where vectors are being made already none is started, and None returned: whoever makes them
    looks again before it ends.
    """
    if workspace.is_embedding():
        return None
    log = workspace.folder / LOG_NAME
    with log.open("wb") as output:
        subprocess.Popen(  # noqa: S603 - our own interpreter and words
            build_index_command(settings),
            env={**os.environ, "PYTHONPATH": _build_search_path()},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return log


def build_index_command(settings: Settings) -> Sequence[str]:
    """Return the words that start this same program to make the vectors of a workspace."""
    # -P: a folder "app" in the place where the user stands is not this program.
    words = [sys.executable, "-P", "-m", "app", "index", "--workspace"]
    words.append(str(settings.workspace.absolute()))
    if settings.embedding_model:
        words += ["--embedding-model", settings.embedding_model]
    if settings.chroma_url:
        words += ["--chroma-url", settings.chroma_url]
    return words


def _build_search_path() -> str:
    """Return PYTHONPATH with the folder in front that this program was loaded from."""
    home = str(Path(app.__file__).resolve().parent.parent)
    return os.pathsep.join(part for part in (home, os.environ.get("PYTHONPATH")) if part)
