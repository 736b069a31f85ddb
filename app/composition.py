"""The composition root: where rooms that do not know each other are introduced."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from app.settings import Settings
from ingestion.storage.answers import SavedAnswer
from ingestion.workspace import Workspace
from models.builtin import BUILTIN_CHAT, find_builtin_chat
from models.chat import ChatModel
from models.embedding import LocalEmbedder, load_embedder
from models.errors import ModelFileError
from models.remembering import RememberingChatModel
from models.reranking import load_reranker
from research.questions import ResearchResult
from research.record import build_record
from research.retrieval.reranking import Reranker


def open_embedder(settings: Settings) -> LocalEmbedder:
    """Return the embedding model that the settings name; its weights load when first needed.

    Raises:
        EmbeddingModelError: there is no such model here.
    """
    return load_embedder(settings.embedding_model)


def open_workspace(settings: Settings, embedder: LocalEmbedder | None = None) -> Workspace:
    """Open the workspace with an embedding model: the one that the settings name, if None."""
    return Workspace(
        settings.workspace,
        embedder or open_embedder(settings),
        chroma_url=settings.chroma_url,
    )


def open_reranker(settings: Settings) -> Reranker | None:
    """Return the cross-encoder that the settings name, loaded when first needed, or None.

    Raises:
        RerankingModelError: there is no such model here.
    """
    return load_reranker(settings.reranker) if settings.reranker else None


def load_chat_model(settings: Settings) -> ChatModel:
    """Load the model that the settings name: "smollm2-135m-instruct", or a GGUF file.

    What it has answered since is told again without computing it.

    Raises:
        ModelFileError: there is no such model, or it cannot be loaded.
    """
    from models.llama import LlamaChatModel  # llama.cpp is loaded only where it is needed

    return RememberingChatModel(LlamaChatModel(_find_model(settings.model), settings.adapter))


def sample_files() -> tuple[Path, ...]:
    """Return the sample's documents: two reports and a workbook of an invented company."""
    folder = Path(str(files("assets") / "sample"))
    return tuple(sorted([*folder.glob("*.pdf"), *folder.glob("*.xlsx")]))


def save_result(workspace: Workspace, result: ResearchResult, parent_id: str | None = None) -> str:
    """Keep a finished run in the workspace; returns the id of the saved answer.

    `parent_id` is the run that this one is a changed version of.
    """
    answer_id = uuid.uuid4().hex[:16]
    summary = {
        "mode": result.question.mode,
        "verdict": result.verdict.label,
        "answer": result.answer.text,
    }
    workspace.save_answer(
        SavedAnswer(
            answer_id=answer_id,
            asked_at=datetime.now(UTC).isoformat(timespec="seconds"),
            question=result.question.text,
            record=json.dumps(build_record(result), ensure_ascii=False),
            parent_id=parent_id,
            summary=json.dumps(summary, ensure_ascii=False),
        )
    )
    return answer_id


def _find_model(name: str | None) -> Path:
    if name is None or name == BUILTIN_CHAT:
        return find_builtin_chat()
    path = Path(name).expanduser()
    if not path.exists():
        raise ModelFileError(
            f"There is no model {name}. Give the path of a GGUF file, or {BUILTIN_CHAT} for the "
            "built-in model."
        )
    return path
