"""The nouns of this room: a question, its plan, the evidence, the answers and their verdicts.

All frozen. What was answered keeps what it was answered from. Knows no model and no store.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from ingestion.documents import Box
from models.chat import ModelFile

# "auto" lets the run choose; a finished run always tells one of the others.
Mode = Literal["auto", "question", "claim", "program"]
VerdictLabel = Literal["SUPPORTED", "REFUTED", "NOT_ENOUGH_INFO"]
AnswerKind = Literal["number", "text", "boolean", "not_disclosed"]
EvidenceKind = Literal["text", "table", "cell"]
# How a sub-answer was come by: written by the model, read off a fact that settles it, computed
# from other sub-answers, or set by the user.
Source = Literal["solver", "fact", "calculation", "user"]
# What a calculation does; "program" is one that the model wrote.
Shape = Literal[
    "difference",
    "change",
    "percent_change",
    "compound_growth",
    "ratio",
    "share",
    "product",
    "sum",
    "average",
    "median",
    "maximum",
    "minimum",
    "largest",
    "smallest",
    "comparison",
    "program",
]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, of which documents (None: of the whole workspace).

    `mode_reason` tells why the mode was chosen, in words for the user; empty where it was given.
    """

    text: str
    document_ids: tuple[str, ...] | None = None
    mode: Mode = "question"
    mode_reason: str = ""


@dataclass(frozen=True, slots=True)
class SubQuestion:
    """One step of the plan. `text` may hold references "#k"; `depends_on` names them ("Q1").

    `answer` and `passages` are set by the user: the answer to take as it is, and the ids of the
    passages to answer from (None: search).
    """

    label: str
    text: str
    depends_on: tuple[str, ...] = ()
    answer: str | None = None
    passages: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The plan. `notes` tell the user what went wrong on the way to it, and what was done."""

    sub_questions: tuple[SubQuestion, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A piece of a document that an answer was taken from, with its exact place.

    `boxes` mark it on the page (PDF points), `cell` on a sheet or in a table of a text ("T3:B7").
    `span` are the first character in the page's text that it covers and the one after the last.
    `passage_id` is the passage that it belongs to, `score` how well that was ranked.
    """

    evidence_id: str
    document_id: str
    document: str
    page: int
    kind: EvidenceKind
    quote: str
    boxes: tuple[Box, ...]
    sheet: str | None
    cell: str | None
    score: float
    passage_id: str
    is_proof: bool = False
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """An amount: `number` times `scale`, in `unit`, of `period`; None where nothing says so."""

    number: Decimal
    unit: str | None
    scale: int
    period: str | None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked into, and what was found, in words for the user."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of all checks."""

    label: VerdictLabel
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Operand:
    """A quantity that a calculation takes.

    `name` is what the program calls it ("q1"), `label` what it is ("capital expenditures, 2018"),
    `reference` the sub-answer that it comes from ("Q1"; "" for a number that the program itself
    holds). `bound` says that it was found in the evidence (`evidence_id` is where), or follows
    from what was; `detail` tells how, or why not.
    """

    name: str
    label: str
    reference: str
    value: Value
    bound: bool
    evidence_id: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Calculation:
    """What was computed, from what, and how that was checked.

    `formula` is for a reader, in references ("(#1 - #2) / #2"); `source` is the Python program
    that ran, whose variable `ans` is the result. `result` is an amount, the name of one of the
    things compared, or a yes (True) or no; `text` is the result as it is shown, rounded.
    """

    shape: Shape
    formula: str
    source: str
    operands: tuple[Operand, ...]
    result: Value | str | bool
    text: str
    checks: tuple[Check, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether every operand is bound and every check passed."""
        return all(operand.bound for operand in self.operands) and all(
            check.passed for check in self.checks
        )


@dataclass(frozen=True, slots=True)
class SubAnswer:
    """The answer to one sub-question; `question` is its text with the references resolved."""

    label: str
    question: str
    answer: str
    grounded: bool
    verdict: Verdict
    value: Value | None
    evidence: tuple[Evidence, ...]
    seconds: float
    notes: tuple[str, ...] = ()
    source: Source = "solver"
    calculation: Calculation | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to the whole; what no check covers is never part of `text`."""

    text: str
    kind: AnswerKind
    value: Value | None = None


@dataclass(frozen=True, slots=True)
class ResearchResult:
    """A finished run: all that the page shows and a script reads.

    `timings` are seconds, `tokens` how many were read and written ("read", "reused", "written").
    `calculation` is what the whole answer was computed with, if it was. `draft` is what the model
    wrote of the whole where it was asked: unverified, and never shown as the answer.
    """

    question: Question
    model: ModelFile
    decomposition: Decomposition
    sub_answers: tuple[SubAnswer, ...]
    answer: Answer
    verdict: Verdict
    timings: dict[str, float]
    tokens: dict[str, int] = field(default_factory=dict)
    calculation: Calculation | None = None
    draft: str | None = None
