"""What a run reports while it goes: one small type a step, in the order of the work.

The page, the command line and the tests all read these. A step only tells; it decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from ingestion.documents import ScoredPassage
from research.questions import Decomposition, Question, ResearchResult, SubAnswer


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The question was taken; the plan is being made."""

    question: Question


@dataclass(frozen=True, slots=True)
class PlanReady:
    """The plan is known."""

    decomposition: Decomposition


@dataclass(frozen=True, slots=True)
class OtherPlansStarted:
    """The plan proves nothing by facts alone: `number` others are written and tried."""

    number: int


@dataclass(frozen=True, slots=True)
class SearchStarted:
    """Evidence for a sub-question is searched; `question` is its resolved text."""

    label: str
    question: str


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """The passages that the Solver will read, best first."""

    label: str
    passages: tuple[ScoredPassage, ...]


@dataclass(frozen=True, slots=True)
class AnswerGrowing:
    """What the Solver has written so far on a sub-question, or on the whole (label None)."""

    label: str | None
    text: str


@dataclass(frozen=True, slots=True)
class SearchedAgain:
    """What was found settled nothing, and it was searched once more, for `searched`."""

    label: str
    searched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far the plan is: steps done and in all, and about how many seconds are left.

    `seconds_left` is None before anything could be measured; `tokens` are those so far.
    """

    done: int
    total: int
    seconds_left: float | None
    tokens: dict[str, int]


@dataclass(frozen=True, slots=True)
class SubAnswerReady:
    """A sub-question is answered and checked."""

    sub_answer: SubAnswer


@dataclass(frozen=True, slots=True)
class FinalStarted:
    """All sub-questions are done; the whole is being answered."""


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The answer is there and checked. Always the last step."""

    result: ResearchResult


Step = (
    RunStarted
    | PlanReady
    | OtherPlansStarted
    | SearchStarted
    | PassagesFound
    | AnswerGrowing
    | SearchedAgain
    | Progressed
    | SubAnswerReady
    | FinalStarted
    | RunFinished
)
