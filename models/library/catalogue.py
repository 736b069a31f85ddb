"""The models that are known by name, from `assets/models.toml`.

Knows what they take; does not know which of them are here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from models.conversion.quantising import BITS, DEFAULT_QUANTISATION
from models.errors import UnknownModel
from models.llama.memory import MOST_CONTEXT_TOKENS, ModelShape

Format = Literal["gguf", "safetensors", "builtin"]


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """A file that a repository holds ready; `size` in bytes."""

    quantisation: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """A model as the catalogue describes it; `download` in bytes.

    Without a `revision` the newest is taken at the first pull. `duties` is what the licence asks
    of those who use or pass on the model.
    """

    name: str
    title: str
    purpose: Literal["research", "general"]
    format: Format
    repository: str
    parameters: int
    download: int
    context: int
    layers: int
    kv_heads: int
    head_size: int
    vocabulary: int
    hidden: int
    licence: str
    duties: str
    revision: str | None = None
    base: str | None = None
    gated: bool = False
    download_is_about: bool = False
    file: tuple[CatalogueFile, ...] = ()

    @property
    def quantisations(self) -> tuple[str, ...]:
        """Which ones can be had, the usual one first."""
        if self.format == "gguf":
            return tuple(file.quantisation for file in self.file)
        if self.format == "builtin":
            return ("Q4_1",)
        return (DEFAULT_QUANTISATION, *(name for name in BITS if name != DEFAULT_QUANTISATION))

    def estimate_bytes(self, quantisation: str) -> int:
        """Return how large the file is, exactly where a maker gives it, else about."""
        for file in self.file:
            if file.quantisation == quantisation:
                return file.size
        return int(self.parameters * BITS.get(quantisation, 5.9) / 8)

    def estimate_shape(self, quantisation: str) -> ModelShape:
        """Return what loading it will take, about, before there is a file."""
        size = self.estimate_bytes(quantisation)
        table = int(size * self.vocabulary * self.hidden / self.parameters)
        layer = max(0, size - table) // self.layers
        return ModelShape(
            trained_context=self.context,
            kv_heads=self.kv_heads,
            head_size=self.head_size,
            heads=self.hidden // self.head_size,
            hidden=self.hidden,
            feed_forward=4 * self.hidden,
            vocabulary=self.vocabulary,
            embedding_bytes=table,
            layer_bytes=(layer,) * self.layers,
            output_bytes=table,
        )

    def estimate_memory(self, quantisation: str) -> int:
        """Return the bytes of memory that answering takes, about: weights and a whole context."""
        shape = self.estimate_shape(quantisation)
        tokens = min(self.context, MOST_CONTEXT_TOKENS)
        computing = shape.compute_bytes(128, tokens, flash_attention=False)
        return self.estimate_bytes(quantisation) + shape.cache_bytes(tokens) + computing


@lru_cache(maxsize=1)
def load_catalogue() -> tuple[CatalogueModel, ...]:
    """Return all models that are known by name, those made for research first."""
    text = (files("assets") / "models.toml").read_text(encoding="utf-8")
    return parse_catalogue(tomllib.loads(text))


def parse_catalogue(content: Mapping[str, Any]) -> tuple[CatalogueModel, ...]:
    """Return the models of a parsed catalogue.

    Raises:
        ValueError: a key is not known, or is missing.
    """
    known = {field.name for field in fields(CatalogueModel)}
    models = []
    for entry in content["model"]:
        strange = entry.keys() - known
        if strange:
            raise ValueError(f"the catalogue has an unknown key {sorted(strange)[0]!r}")
        ready = tuple(CatalogueFile(**file) for file in entry.get("file", ()))
        models.append(CatalogueModel(**{**entry, "file": ready}))
    return tuple(models)


def find_model(name: str, models: Sequence[CatalogueModel] | None = None) -> CatalogueModel:
    """Return the model of a name, in any case.

    Raises:
        UnknownModel: there is none; lists those that there are.
    """
    catalogue = load_catalogue() if models is None else models
    for model in catalogue:
        if name.lower() in (model.name, model.repository.lower()):
            return model
    raise UnknownModel(
        f"There is no model {name} in the catalogue. Known are "
        f"{', '.join(model.name for model in catalogue)}; any other one goes by its repository on "
        "the hub, OWNER/NAME."
    )
