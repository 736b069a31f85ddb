"""The program's settings: values, checked once, passed down. The one reader of the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs


def find_models_folder() -> Path:
    """Return where installed models lie: $ACEDESK_MODELS, or the platform's data folder."""
    chosen = os.environ.get("ACEDESK_MODELS")
    folder = Path(chosen) if chosen else platformdirs.user_data_path("acedesk") / "models"
    return folder.expanduser()


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the workspace and its vectors lie, and which models answer, embed and rerank.

    `model` is the one in use where None, and `embedding_model` the built-in one; both and `adapter`
    go by a name or a file, and `model` by a server's address too, which takes `api_key`. Installed
    models lie in `models`. Without a `reranker` nothing is reranked, and without a `chroma_url` the
    vectors lie in the workspace's folder. A desk that others can reach asks for the `password`.
    """

    workspace: Path
    model: str | None = None
    adapter: str | None = None
    embedding_model: str | None = None
    chroma_url: str | None = None
    reranker: str | None = None
    models: Path = field(default_factory=find_models_folder)
    api_key: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)


def load_settings(
    workspace: str | None = None,
    model: str | None = None,
    adapter: str | None = None,
    embedding_model: str | None = None,
    chroma_url: str | None = None,
    reranker: str | None = None,
) -> Settings:
    """Return the settings: what the call says, else the environment, else the defaults."""
    chosen = workspace or os.environ.get("ACEDESK_WORKSPACE")
    folder = Path(chosen) if chosen else platformdirs.user_data_path("acedesk") / "workspace"
    return Settings(
        workspace=folder.expanduser(),
        model=model or os.environ.get("ACEDESK_MODEL") or None,
        adapter=adapter or os.environ.get("ACEDESK_ADAPTER") or None,
        embedding_model=embedding_model or os.environ.get("ACEDESK_EMBEDDING_MODEL") or None,
        chroma_url=chroma_url or os.environ.get("ACEDESK_CHROMA_URL") or None,
        reranker=reranker or os.environ.get("ACEDESK_RERANKER") or None,
        # Only here: on a command line, other users of the machine could read it.
        api_key=os.environ.get("ACEDESK_API_KEY", "").strip() or None,
        password=os.environ.get("ACEDESK_PASSWORD", "").strip() or None,
    )
