"""The loop as it was published: one thing after another, whole passages, the model's word taken.

P1 plans; each sub-question is answered by P3 from the first ten passages in zig-zag; P5 answers
the whole from the pool. Claims go by P2, P4 and P6. Greedy, no grammar, no examples, nothing
checked. Passages that do not fit into the context are left out from the last rank on. Knows no
gold; the baseline that the desk's loop is compared with.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from ingestion.documents import Passage
from models.chat import CancelToken, ChatModel, GenerationSettings, complete
from models.errors import PromptTooLong
from research.conclusion import parse_final_answer
from research.decomposition import (
    parse_claim_decomposition,
    parse_decomposition,
    resolve_references,
)
from research.prompts import (
    render_claim_decomposition_prompt,
    render_claim_verdict_prompt,
    render_decomposition_prompt,
    render_final_prompt,
    render_sub_claim_prompt,
    render_sub_question_prompt,
)
from research.questions import Decomposition, SubQuestion
from research.retrieval.packing import lay_zigzag

PLAN_TOKENS = 2048
ANSWER_TOKENS = 512
_PASSAGES = 10
# What each sub-question gives to the pool of the last prompt: fewer where there are many.
_POOLED_OF_FEW, _POOLED_OF_MANY, _FEW = 5, 3, 3
# A prompt must leave this much for the answer, whatever is left out for it.
_LEAST_ROOM = 64

Search = Callable[[str], Sequence[Passage]]


@dataclass
class PublishedRun:
    """What came of a question: the answer as the model gave it, and what it cost.

    `first_seconds` is when the first sub-answer was there, `seconds` the whole.
    """

    text: str = ""
    steps: list[tuple[str, str, str]] = field(default_factory=list)
    first_seconds: float = 0.0
    seconds: float = 0.0
    read: int = 0
    reused: int = 0
    written: int = 0


@dataclass(frozen=True, slots=True)
class PublishedLoop:
    """The loop over a search and a model."""

    search: Search
    model: ChatModel

    def answer(
        self, question: str, *, is_claim: bool = False, plan: Decomposition | None = None
    ) -> PublishedRun:
        """Answer a question; with `plan` the model is not asked for one."""
        started = time.monotonic()
        run = PublishedRun()
        steps = self._plan(run, question, is_claim) if plan is None else plan.sub_questions
        answers: dict[str, str] = {}
        found: list[Sequence[Passage]] = []
        render = render_sub_claim_prompt if is_claim else render_sub_question_prompt
        for step in steps:
            text = resolve_references(step.text, answers)
            ranked = self.search(text)[:_PASSAGES]
            found.append(ranked)
            said = self._ask_over(run, ranked, partial(render, text))
            answers[step.label] = said
            run.steps.append((step.label, text, said))
            run.first_seconds = run.first_seconds or time.monotonic() - started
        last = render_claim_verdict_prompt if is_claim else render_final_prompt
        pool = gather_pool(found)
        said = self._ask_over(run, pool, lambda texts: last(question, texts, run.steps))
        run.text = parse_final_answer(said) or said
        run.seconds = time.monotonic() - started
        run.first_seconds = run.first_seconds or run.seconds
        return run

    def _plan(self, run: PublishedRun, question: str, is_claim: bool) -> Sequence[SubQuestion]:
        """Return the plan; the question itself where the model writes none."""
        if is_claim:
            text = self._ask(run, render_claim_decomposition_prompt(question), PLAN_TOKENS)
            steps = parse_claim_decomposition(text)
        else:
            text = self._ask(run, render_decomposition_prompt(question), PLAN_TOKENS)
            steps = parse_decomposition(text)
        return steps or (SubQuestion("Q1", question),)

    def _ask_over(
        self,
        run: PublishedRun,
        ranked: Sequence[Passage],
        render: Callable[[Sequence[str]], str],
    ) -> str:
        """Ask over as many of the passages as fit, the best at both ends."""
        for most in range(len(ranked), -1, -1):
            prompt = render([passage.text for passage in lay_zigzag(ranked[:most])])
            if self.model.count_tokens(prompt) + 2 * _LEAST_ROOM > self.model.context_tokens:
                continue
            try:
                return self._ask(run, prompt, ANSWER_TOKENS)
            except PromptTooLong:
                continue
        return ""

    def _ask(self, run: PublishedRun, prompt: str, most: int) -> str:
        room = self.model.context_tokens - self.model.count_tokens(prompt) - _LEAST_ROOM
        settings = GenerationSettings(max_tokens=max(1, min(most, room)))
        said = complete(self.model, prompt, settings, CancelToken())
        run.read += said.prompt_tokens - said.reused_tokens
        run.reused += said.reused_tokens
        run.written += said.completion_tokens
        return said.text.strip()


def gather_pool(found: Sequence[Sequence[Passage]]) -> list[Passage]:
    """Return the first passages of each sub-question, each once, in their order."""
    each = _POOLED_OF_FEW if len(found) <= _FEW else _POOLED_OF_MANY
    return list({one.passage_id: one for ranked in found for one in ranked[:each]}.values())
