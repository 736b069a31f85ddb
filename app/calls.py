"""What the commands share: settings and documents of a call, and where their words go."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from app import terminal
from app.settings import Settings, load_settings
from ingestion.workspace import Workspace

# Columns of a table that goes to a pipe.
_PIPED_WIDTH = 200


def read_settings(call: argparse.Namespace) -> Settings:
    """Return the settings of a call; not every command has a model."""
    return load_settings(
        call.workspace,
        getattr(call, "model", None),
        getattr(call, "adapter", None),
        call.embedding_model,
        call.chroma_url,
        getattr(call, "reranker", None),
    )


def find_document_ids(workspace: Workspace, references: Sequence[str]) -> tuple[str, ...] | None:
    """Return the ids of the documents that a call names; None where it names none.

    Raises:
        DocumentNotFound: one of them is not there.
    """
    if not references:
        return None
    return tuple(workspace.find_document(reference).document_id for reference in references)


def tell_of_missing_vectors(workspace: Workspace, document_ids: Sequence[str] | None) -> None:
    """Say which part of what is searched is found by words and facts alone."""
    waiting = [
        count
        for count in workspace.waiting_for_vectors()
        if document_ids is None or count.document_id in document_ids
    ]
    if waiting:
        tell(terminal.describe_missing_vectors(len(waiting), workspace.is_embedding()))


def tell(text: str) -> None:
    """Write a line on standard error."""
    Console(stderr=True).print(text, style="dim", highlight=False, markup=False, soft_wrap=True)


def open_console() -> Console:
    """Return standard output; in a pipe it is wide enough that a table's words stay whole."""
    console = Console()
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    return console


def print_json(value: Any) -> None:
    """Write one JSON value on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
