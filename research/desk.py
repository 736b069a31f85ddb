"""What every part of a run works with: the library, the model, the settings, and what it cost.

Knows no step of the way.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ingestion.documents import Document
from models.chat import CancelToken, ChatModel, Completion
from research.questions import Question
from research.retrieval.packing import RetrievalSettings
from research.retrieval.reranking import Reranker
from research.retrieval.store import PassageStore


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """How the loop saves time; each part can be switched off to see what it is worth.

    `facts_first`: what facts settle is not asked of the model, and a question that one fact
    answers is not broken down. `together`: sub-questions that are ready are decoded in one batch.
    `packed`: the model reads the rows and sentences that matter instead of whole passages.
    `follow_ups`: how often an ungrounded sub-answer is searched for again, in other words.
    `other_plans`: how many more plans are written where the first one's steps are not all settled
    by facts, or prove nothing.
    `own_check`: the model is asked whether the final answer follows from its evidence.
    """

    facts_first: bool = True
    together: bool = True
    packed: bool = True
    follow_ups: int = 1
    other_plans: int = 5
    own_check: bool = True


@dataclass
class Effort:
    """What a run has cost so far: seconds by stage, and tokens read, reused and written."""

    started: float = field(default_factory=time.monotonic)
    stages: dict[str, float] = field(default_factory=dict)
    tokens: dict[str, int] = field(
        default_factory=lambda: {"read": 0, "reused": 0, "written": 0, "requests": 0}
    )

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add what the block takes to a stage; a stage that comes again adds up."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.stages[name] = self.stages.get(name, 0.0) + time.monotonic() - begun

    def count(self, completion: Completion) -> None:
        """Count a text that the model has read and written."""
        self.tokens["read"] += completion.prompt_tokens - completion.reused_tokens
        self.tokens["reused"] += completion.reused_tokens
        self.tokens["written"] += completion.completion_tokens
        self.tokens["requests"] += 1

    def total(self) -> dict[str, float]:
        """Return the seconds since the start, and those of each stage."""
        return {"total": time.monotonic() - self.started, **self.stages}


@dataclass(frozen=True, slots=True)
class Desk:
    """What every part of a run works with. `documents` are those that the question may use."""

    question: Question
    store: PassageStore
    model: ChatModel
    documents: tuple[Document, ...]
    retrieval: RetrievalSettings = field(default_factory=RetrievalSettings)
    loop: LoopSettings = LoopSettings()
    cancel: CancelToken = field(default_factory=CancelToken)
    reranker: Reranker | None = None
    effort: Effort = field(default_factory=Effort)
    # What `searching` found for a text: the plans of one question ask for much the same.
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def by_id(self) -> dict[str, Document]:
        """The documents by their ids."""
        return {document.document_id: document for document in self.documents}
