"""What is asked of several figures of a table: kinds of questions, read from their file.

`computed_wordings.toml` says what its slots are. Knows no table.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

# What must hold of the operands for a question to be one that is asked: see `computed_questions`.
Condition = Literal["rose", "fell", "positive", "part of whole", "larger", "amounts"]


@dataclass(frozen=True, slots=True)
class Family:
    """Questions of one computation; `weight` says how often it is drawn."""

    name: str
    operands: tuple[str, ...]
    steps: tuple[str, ...]
    questions: tuple[str, ...]
    conditions: tuple[Condition, ...]
    weight: int


@lru_cache(maxsize=1)
def load_families() -> tuple[Family, ...]:
    """Return the kinds of questions over one table."""
    return tuple(map(_read, _load()["family"]))


@lru_cache(maxsize=1)
def load_company_families() -> tuple[Family, ...]:
    """Return the kinds of questions over two companies that report the same item."""
    return tuple(map(_read, _load()["company_family"]))


def _load() -> Mapping[str, Any]:
    path = resources.files("training.over_tables") / "computed_wordings.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _read(entry: Mapping[str, Any]) -> Family:
    return Family(
        name=entry["name"],
        operands=tuple(entry["operands"]),
        steps=tuple(entry["steps"]),
        questions=tuple(entry["ask"]),
        conditions=tuple(entry.get("conditions", ())),
        weight=entry.get("weight", 2),
    )
