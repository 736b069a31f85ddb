"""The embedding models known by name, and what a model's folder says of itself.

A model is described before anything heavy is loaded: the folder's own files tell its pooling,
lengths and prompts. Nothing is downloaded. Knows no library that runs a model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.builtin import BUILTIN_EMBEDDING, find_builtin_embedding, hash_file
from models.errors import EmbeddingModelError
from models.hub import (
    describe_missing,
    describe_unknown,
    find_cached_folder,
    list_weights,
    read_settings,
)

_BGE_QUERY = "Represent this sentence for searching relevant passages: "
_QWEN_QUERY = (
    "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
)
_PASSAGE_PROMPTS = ("document", "passage", "corpus")
_OLD_POOLING_KEYS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """An embedding model: where it lies, and how texts are put to it.

    `pooling` is how the tokens' vectors become one ("mean", "cls", "lasttoken"), `max_tokens`
    where a text is cut off, `folder` None until the model was found on this machine.
    """

    name: str
    repository: str | None
    dimensions: int
    max_tokens: int
    pooling: str = "mean"
    query_prefix: str = ""
    passage_prefix: str = ""
    revision: str | None = None
    folder: Path | None = None


def _list_models() -> tuple[EmbeddingModel, ...]:
    e5 = [
        EmbeddingModel(
            f"e5-{size}-v2",
            f"intfloat/e5-{size}-v2",
            dimensions,
            512,
            "mean",
            query_prefix="query: ",
            passage_prefix="passage: ",
        )
        for size, dimensions in (("small", 384), ("base", 768), ("large", 1024))
    ]
    bge = [
        EmbeddingModel(
            f"bge-{size}-en-v1.5",
            f"BAAI/bge-{size}-en-v1.5",
            dimensions,
            512,
            "cls",
            query_prefix=_BGE_QUERY,
        )
        for size, dimensions in (("small", 384), ("base", 768), ("large", 1024))
    ]
    return (
        EmbeddingModel(
            BUILTIN_EMBEDDING, f"sentence-transformers/{BUILTIN_EMBEDDING}", 384, 256, "mean"
        ),
        *e5,
        *bge,
        EmbeddingModel(
            "Qwen3-Embedding-0.6B",
            "Qwen/Qwen3-Embedding-0.6B",
            1024,
            32768,
            "lasttoken",
            query_prefix=_QWEN_QUERY,
        ),
    )


CATALOGUE: Mapping[str, EmbeddingModel] = {model.name: model for model in _list_models()}


def find_embedding_model(reference: str | None) -> EmbeddingModel:
    """Return the model that `reference` names, found on this machine.

    None is the built-in one. Else it is a folder of a sentence-transformers model, or a name of
    the catalogue (or its repository's), which the local Hugging Face cache must hold.

    Raises:
        EmbeddingModelError: there is no such model here, or its folder is not whole.
    """
    if reference is None or reference in (
        BUILTIN_EMBEDDING,
        CATALOGUE[BUILTIN_EMBEDDING].repository,
    ):
        return replace(CATALOGUE[BUILTIN_EMBEDDING], folder=find_builtin_embedding())
    if (folder := Path(reference).expanduser()).is_dir():
        return describe_folder(folder.resolve())
    known = next(
        (model for model in CATALOGUE.values() if reference in (model.name, model.repository)), None
    )
    if known is None or known.repository is None:
        raise EmbeddingModelError(describe_unknown("embedding", reference, CATALOGUE))
    cached = find_cached_folder(known.repository, known.revision)
    if cached is None:
        raise EmbeddingModelError(describe_missing("embedding", known.name, known.repository))
    return describe_folder(cached, known)


def describe_folder(folder: Path, known: EmbeddingModel | None = None) -> EmbeddingModel:
    """Return what the files of a sentence-transformers model's folder say of it.

    Prefixes are the prompts that the folder itself names; where it names none, those of the
    `known` model, or of the model of the catalogue that is called like the folder.

    Raises:
        EmbeddingModelError: files are missing or cannot be read.
    """
    known = known or CATALOGUE.get(folder.name)
    try:
        parts = _list_parts(folder)
        pooling = read_settings(folder / parts["Pooling"] / "config.json")
        transformer = folder / parts["Transformer"]
        prompts = read_settings(folder / "config_sentence_transformers.json").get("prompts") or {}
        own_query = prompts.get("query", "")
        own_passage = next((prompts[name] for name in _PASSAGE_PROMPTS if prompts.get(name)), "")
        prefixes = (own_query, own_passage)
        if known and not any(prefixes):
            prefixes = (known.query_prefix, known.passage_prefix)
        if not list_weights(folder):
            raise ValueError("it holds no weights (*.safetensors)")
        return EmbeddingModel(
            name=known.name if known else folder.name,
            repository=known.repository if known else None,
            dimensions=_read_dimensions(folder, parts, pooling),
            max_tokens=_read_max_tokens(transformer),
            pooling=_read_pooling(pooling),
            query_prefix=prefixes[0],
            passage_prefix=prefixes[1],
            revision=known.revision if known else None,
            folder=folder,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        detail = f"it names no {error}" if isinstance(error, KeyError) else error
        raise EmbeddingModelError(
            f"{folder} is no whole sentence-transformers model: {detail}. "
            "Fetch the model again with `hf download`, or name another folder."
        ) from error


def build_vector_name(model: EmbeddingModel) -> str:
    """Return the name that a model's vectors go by.

    It differs where stored vectors would: with the weights, and with what is done to a passage
    before and after them. Precision is no part of it, for vectors of all precisions agree.
    """
    assert model.folder is not None, "only a model that was found has weights"
    digest = hashlib.sha256()
    for path in list_weights(model.folder):
        digest.update(hash_file(path).encode())
    digest.update(repr((model.passage_prefix, model.pooling, model.max_tokens)).encode())
    return f"{model.name}-{digest.hexdigest()[:8]}"


def _list_parts(folder: Path) -> Mapping[str, str]:
    """Return the model's parts by kind: the folder of each, as modules.json lists them."""
    listing = folder / "modules.json"
    if not listing.is_file():
        raise ValueError("modules.json is missing")
    return {
        module["type"].rpartition(".")[2]: module["path"]
        for module in json.loads(listing.read_text(encoding="utf-8"))
    }


def _read_pooling(settings: Mapping[str, Any]) -> str:
    mode = settings.get("pooling_mode")
    if mode is None:
        mode = [name for key, name in _OLD_POOLING_KEYS.items() if settings.get(key)]
    modes = [mode] if isinstance(mode, str) else list(mode)
    return "+".join(modes) or "mean"


def _read_dimensions(folder: Path, parts: Mapping[str, str], pooling: Mapping[str, Any]) -> int:
    if "Dense" in parts:
        return int(read_settings(folder / parts["Dense"] / "config.json")["out_features"])
    size = pooling.get("embedding_dimension") or pooling["word_embedding_dimension"]
    return int(size) * len(_read_pooling(pooling).split("+"))


def _read_max_tokens(transformer: Path) -> int:
    """Return where the model cuts a text off: its own setting, else what it has positions for."""
    own = read_settings(transformer / "sentence_bert_config.json").get("max_seq_length")
    tokenizer = read_settings(transformer / "tokenizer_config.json").get("model_max_length")
    positions = read_settings(transformer / "config.json").get("max_position_embeddings")
    if own is not None:
        return int(own)
    # A tokenizer without a limit says so by a number of thirty digits.
    return min(int(limit) for limit in (tokenizer, positions) if limit is not None)
