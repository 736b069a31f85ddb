"""Two models asked the same questions through the real path: answers, agreement, speed, memory.

Knows how a comparison is made and shown; which models and documents, its caller says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from app.errors import CallError
from app.wording import shorten
from models.chat import ChatModel
from research.questions import Question, ResearchResult
from research.retrieval.store import PassageStore
from research.run import run_research
from research.steps import RunFinished

# Asked of the sample where a call brings no questions: one fact, two with a plan, a claim.
SAMPLE_QUESTIONS = (
    "What was Bramblewick's net income in 2023?",
    "Did Bramblewick's operating income grow faster than its net sales from 2022 to 2023?",
    "By what percentage did Bramblewick's gross profit change from 2022 to 2023?",
    "True or false: Bramblewick's net sales rose from 2022 to 2023.",
)
_SHOWN = 44


@dataclass(frozen=True, slots=True)
class Answered:
    """One question and what a model made of it; `draft` is what it wrote itself, unverified."""

    question: str
    answer: str
    verdict: str
    steps: int
    seconds: float
    read: int
    written: int
    draft: str | None


@dataclass(frozen=True, slots=True)
class ModelAnswers:
    """What one model answered; memory in bytes, by how much the program grew while it answered."""

    model: str
    memory: int
    answers: tuple[Answered, ...]

    @property
    def median_seconds(self) -> float:
        """The seconds of the middle question."""
        return median(one.seconds for one in self.answers)

    @property
    def written(self) -> int:
        """Tokens written in all."""
        return sum(one.written for one in self.answers)


def read_questions(path: Path) -> tuple[str, ...]:
    """Return the questions of a file: one a line, or JSON lines with a "question".

    Raises:
        CallError: it cannot be read, or holds none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        questions = tuple(_read_line(line) for line in lines if line.strip())
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise CallError(
            f"{path} cannot be read as questions ({error}). Write one a line, or JSON lines with "
            'a "question".'
        ) from error
    if not questions:
        raise CallError(f"{path} holds no questions.")
    return questions


def ask_all(
    name: str,
    model: ChatModel,
    store: PassageStore,
    questions: Sequence[str],
    tell: Callable[[str], None],
) -> ModelAnswers:
    """Ask one model all questions."""
    process = psutil.Process()
    before = process.memory_info().rss
    most = before
    answers = []
    for number, text in enumerate(questions, start=1):
        tell(f"{name}: {number} of {len(questions)}: {shorten(text, 60)}")
        answers.append(_note(_finish(run_research(Question(text, None, "auto"), store, model))))
        most = max(most, process.memory_info().rss)
    return ModelAnswers(name, most - before, tuple(answers))


def agree(one: Answered, other: Answered) -> bool:
    """Whether two answers say the same, with the same verdict."""
    same = " ".join(one.answer.lower().split()) == " ".join(other.answer.lower().split())
    return same and one.verdict == other.verdict


def record_comparison(first: ModelAnswers, second: ModelAnswers) -> dict[str, Any]:
    """Return a comparison as JSON can hold it."""
    pairs = list(zip(first.answers, second.answers, strict=True))
    return {
        "models": [
            {
                "model": one.model,
                "memory": one.memory,
                "median_seconds": one.median_seconds,
                "tokens_written": one.written,
                "answers": [asdict(answer) for answer in one.answers],
            }
            for one in (first, second)
        ],
        "agree": [agree(*pair) for pair in pairs],
        "agreement": sum(agree(*pair) for pair in pairs) / len(pairs),
    }


def render_comparison(first: ModelAnswers, second: ModelAnswers) -> RenderableType:
    """Tell a comparison on a terminal."""
    table = Table(box=None, pad_edge=False)
    table.add_column("question", max_width=_SHOWN)
    table.add_column(first.model, max_width=_SHOWN)
    table.add_column(second.model, max_width=_SHOWN)
    table.add_column("")
    pairs = list(zip(first.answers, second.answers, strict=True))
    for one, other in pairs:
        same = agree(one, other)
        table.add_row(
            one.question,
            _describe(one),
            _describe(other),
            Text("same" if same else "OTHER", style="green" if same else "bold yellow"),
        )
        table.add_row("", "", "", "")
    summary = Table(box=None, pad_edge=False)
    summary.add_column("model")
    for head in ("SUPPORTED or REFUTED", "median s", "tokens written", "memory GiB"):
        summary.add_column(head, justify="right")
    for model in (first, second):
        decided = sum(answer.verdict != "NOT_ENOUGH_INFO" for answer in model.answers)
        summary.add_row(
            model.model,
            f"{decided} of {len(model.answers)}",
            f"{model.median_seconds:.1f}",
            str(model.written),
            f"{model.memory / 2**30:.2f}",
        )
    agreed = sum(agree(*pair) for pair in pairs)
    told = Text(f"They agree on {agreed} of {len(pairs)}.", style="bold")
    return Group(table, summary, Text(""), told)


def _read_line(line: str) -> str:
    if line.lstrip().startswith("{"):
        return str(json.loads(line)["question"])
    return line.strip()


def _finish(steps: Iterator[Any]) -> ResearchResult:
    for step in steps:
        if isinstance(step, RunFinished):
            return step.result
    raise AssertionError("a run ends with its result")


def _note(result: ResearchResult) -> Answered:
    return Answered(
        question=result.question.text,
        answer=result.answer.text,
        verdict=result.verdict.label,
        steps=len(result.decomposition.sub_questions),
        seconds=result.timings.get("total", 0.0),
        read=result.tokens.get("read", 0),
        written=result.tokens.get("written", 0),
        draft=result.draft,
    )


def _describe(one: Answered) -> Text:
    told = Text(shorten(one.answer, 4 * _SHOWN))
    told.append(
        f"\n{one.verdict}, {one.steps} steps, {one.seconds:.1f} s, {one.written} tokens",
        style="dim",
    )
    return told
