"""The composition root: where rooms that do not know each other are introduced."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from app.calls import tell
from app.errors import AdapterOnServer
from app.settings import Settings
from ingestion.storage.answers import SavedAnswer
from ingestion.workspace import Workspace
from models.chat import CancelToken, ChatModel, GenerationSettings, ModelFile, complete
from models.embedding import LocalEmbedder, load_embedder
from models.library.store import ModelStore
from models.remembering import RememberingChatModel
from models.remote.address import names_server, parse_address, split_reference
from models.reranking import load_reranker
from models.residency import ResidentChatModel
from research import prompts
from research.questions import ResearchResult
from research.record import build_record
from research.retrieval.reranking import Reranker

if TYPE_CHECKING:
    from models.llama.loading import LoadListener
    from models.llama.model import LlamaChatModel


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


def open_store(settings: Settings) -> ModelStore:
    """Return the folder of installed models."""
    return ModelStore(settings.models)


def load_chat_model(settings: Settings, rest_after: float | None = None) -> ChatModel:
    """Open the model that the settings name, or the one in use; it is loaded when first asked.

    What it has answered since is told again without computing it.

    Raises:
        UnknownModel, ModelFileError: there is no such model, or its head is damaged.
        ModelTooLarge: it does not fit into the memory that is free.
        ServerError, ModelNotServed, ServerAddressWrong: the server cannot be used.
        AdapterOnServer: an adapter is named with a server.
    """
    return RememberingChatModel(open_resident(settings, rest_after))


def open_resident(
    settings: Settings, rest_after: float | None = None, say: Callable[[str], None] = tell
) -> ResidentChatModel:
    """Open a model as `load_chat_model` does, without what it has answered before.

    `rest_after` seconds without use its memory is given back. `say` is told where the passages go,
    when that is a server.
    """
    if settings.model and names_server(settings.model):
        return _open_server(settings.model, settings, say)
    # llama.cpp is loaded only where it is needed
    from models.llama.loading import check_adapter, plan_file
    from models.llama.model import LlamaChatModel, describe_file

    store = open_store(settings)
    path = store.resolve(settings.model)
    adapter = store.resolve_adapter(settings.adapter, settings.model)
    plan = plan_file(path)
    if adapter:
        check_adapter(path, adapter)

    @cache
    def find_file() -> ModelFile:
        return describe_file(path, adapter, store.known_checksum(path))

    def load(listener: LoadListener) -> LlamaChatModel:
        return LlamaChatModel(path, adapter, plan=plan, listener=listener, file=find_file())

    return ResidentChatModel(load, find_file, plan.context_tokens, rest_after=rest_after)


def _open_server(
    reference: str, settings: Settings, say: Callable[[str], None]
) -> ResidentChatModel:
    """Open the model at "URL" or "URL#MODEL", and say where the passages of the filings go.

    There is nothing to load and no memory to give back: it is ready at once and does not rest.
    """
    from models.remote.model import RemoteChatModel  # httpx is loaded only where it is needed

    url, name = split_reference(reference)
    address = parse_address(url)
    if settings.adapter and settings.adapter.lower() != "none":
        raise AdapterOnServer(
            f"An adapter is laid over a model on this machine, and {address.base} is a server. "
            "Start the server with the adapter, and leave the adapter out here."
        )
    say(f"Passages are sent to {address.host}.")
    if not address.is_encrypted and not address.is_near:
        say(
            f"The way to {address.host} is not encrypted, so passages of the filings can be read "
            "by others on it. Use https:// or a private network."
        )

    def open_line() -> RemoteChatModel:
        return RemoteChatModel(url, name, api_key=settings.api_key, tell=say)

    # Asked at once, so that a server that is not there is told now; once closed, asked anew.
    first = open_line()
    opened = [first]
    return ResidentChatModel(
        lambda _: opened.pop() if opened else open_line(), lambda: first.file, first.context_tokens
    )


def probe_model(path: Path, adapter: Path | None) -> None:
    """Load a model and let it write a word: what fails later fails here, before it is chosen.

    Raises:
        ModelError: it cannot be loaded, or cannot write.
    """
    from models.llama.model import LlamaChatModel

    model = LlamaChatModel(path, adapter)
    try:
        complete(model, "Say hello.", GenerationSettings(max_tokens=1), CancelToken())
    finally:
        model.close()


def list_prompts() -> tuple[str, ...]:
    """Return AceSearcher's prompts P1 to P8, filled in: what a build is checked with."""
    question = "Did Bramblewick's net sales grow faster than 6.2% from 2022 to 2023?"
    claim = "Bramblewick's net sales rose by $75.3 million in 2023."
    passages = (
        "|(in millions)|2023|2022|\n|Net sales|$1,284.7|$1,209.4|\n|Net loss|(12.5)|3.1|",
        "Net sales rose 6.2%, to $1,284.7 million; the naïve estimate was 5%.",
    )
    answers = (("Q1", "What were net sales in 2023?", "$1,284.7 million"),)
    plan = "### Q1: What were net sales in 2023?\n### Q2: What were net sales in 2022?"
    return (
        prompts.render_decomposition_prompt(question),
        prompts.render_claim_decomposition_prompt(claim),
        prompts.render_sub_question_prompt("What were net sales in 2023?", passages),
        prompts.render_sub_claim_prompt(claim, passages),
        prompts.render_final_prompt(question, passages, answers),
        prompts.render_claim_verdict_prompt(claim, passages, answers),
        prompts.render_document_plan_prompt(question, passages),
        prompts.render_program_prompt(question, passages, plan),
    )


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
