"""At which stage an answer was lost, and what became of each step of the gold plan.

A question that was not answered right is laid to the first stage that lost something it needs:

    parse      no page of the evidence has a typed fact of an operand's amount
    decompose  no step of the plan asks for an operand (half of its row's words)
    retrieve   no step read a page that prints it
    solve      no grounded step came to its amount
    compute    all operands are there, and no step or answer has the right result
    verify     the right result is there, and was not let through

For questions without operands, only their pages are known: then parse and decompose are never
told, and solve means that no step is grounded. Knows records and golds; no store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from benchmarks.golds import BenchmarkQuestion, GoldOperand, GoldStep
from benchmarks.measures import PagePlace
from benchmarks.results import Result, score_result
from benchmarks.scoring import (
    BooleanGold,
    NotDisclosedGold,
    NumberGold,
    Record,
    find_spoken_figures,
    is_within,
    matches_value,
    names_first,
    normalise_words,
)
from benchmarks.tables import render_table

STAGES = ("parse", "decompose", "retrieve", "solve", "compute", "verify", "run failed")
STEP_OUTCOMES = ("right, grounded", "wrong, grounded", "open", "open, though right")

HasFact = Callable[[GoldOperand], bool]


def find_cause(question: BenchmarkQuestion, result: Result, has_fact: HasFact) -> str | None:
    """Return the stage that lost the answer; None where it is right."""
    if result.record is None:
        return "run failed"
    if score_result(question, result).outcome == "right":
        return None
    record = result.record
    if isinstance(question.gold, NotDisclosedGold):
        return "verify"
    lost = {
        stage
        for operand in question.operands
        if (stage := _find_lost(operand, record, has_fact)) is not None
    }
    if lost:
        return next(stage for stage in STAGES if stage in lost)
    if not question.operands:
        read = frozenset(_list_pages(record["sub_answers"]))
        if question.evidence and not any(pages & read for pages in question.evidence):
            return "retrieve"
        if not any(sub["grounded"] for sub in record["sub_answers"]):
            return "solve"
    return "verify" if _reaches(question, record) else "compute"


def judge_steps(steps: Sequence[GoldStep], record: Record) -> Iterator[tuple[bool, str]]:
    """Yield of each gold step whether it is a lookup, and what became of it."""
    subs = {sub["label"]: sub for sub in record["sub_answers"]}
    for step in steps:
        sub = subs.get(step.label)
        is_right = sub is not None and is_right_step(step, sub)
        if sub is not None and sub["grounded"]:
            yield step.is_lookup, "right, grounded" if is_right else "wrong, grounded"
        else:
            yield step.is_lookup, "open, though right" if is_right else "open"


def is_right_step(step: GoldStep, sub: Mapping[str, Any]) -> bool:
    """Whether a sub-answer is what the gold plan says of its step."""
    gold, text = step.gold, str(sub["answer"])
    if isinstance(gold, NumberGold):
        if sub["value"] is not None:
            return matches_value(gold, sub["value"])
        return any(is_within(gold, one.amount) for one in find_spoken_figures(text, gold.unit))
    if isinstance(gold, BooleanGold):
        return bool(text) and text.lower().startswith(("yes", "true")) is gold.truth
    if isinstance(gold, NotDisclosedGold):
        return not sub["grounded"]
    return names_first(text, gold.names, gold.rivals)


def render_causes(causes: Mapping[str, Sequence[str | None]]) -> str:
    """Return, by set of questions, how many were lost at each stage."""
    counts = {name: Counter(found) for name, found in causes.items()}
    shown = [stage for stage in STAGES if any(count[stage] for count in counts.values())]
    rows = [
        [name, str(count[None]), *(str(count[stage]) for stage in shown)]
        for name, count in counts.items()
    ]
    return render_table(["set", "right", *shown], rows)


def render_steps(outcomes: Sequence[tuple[bool, str]]) -> str:
    """Return what became of the steps of the gold plans, lookups and others apart."""
    rows = []
    for name, wanted in (("lookup", True), ("computation or choice", False)):
        count = Counter(outcome for is_lookup, outcome in outcomes if is_lookup is wanted)
        rows.append([name, str(count.total()), *(str(count[one]) for one in STEP_OUTCOMES)])
    return render_table(["gold step", "asked", *STEP_OUTCOMES], rows)


def _find_lost(operand: GoldOperand, record: Record, has_fact: HasFact) -> str | None:
    subs = record["sub_answers"]
    if any(sub["grounded"] and _has_amount(sub, operand.amount) for sub in subs):
        return None
    if not has_fact(operand):
        return "parse"
    asking = [sub for sub in subs if _asks_for(sub["question"], operand)]
    if not asking:
        return "decompose"
    return "solve" if operand.pages & frozenset(_list_pages(asking)) else "retrieve"


def _asks_for(question: str, operand: GoldOperand) -> bool:
    words = set(normalise_words(operand.row))
    return 2 * len(words & set(normalise_words(question))) >= len(words)


def _has_amount(sub: Mapping[str, Any], amount: Decimal) -> bool:
    """Whether a step came to an amount, or compared or computed with it; the sign may differ."""
    calculation = sub["calculation"]
    values = [sub["value"], *(one["value"] for one in (calculation or {}).get("operands", ()))]
    return any(
        value is not None and _agree(Decimal(str(value["number"])) * value["scale"], amount)
        for value in values
    )


def _agree(one: Decimal, other: Decimal) -> bool:
    return abs(abs(one) - abs(other)) <= Decimal("0.005") * abs(other)


def _list_pages(subs: Sequence[Mapping[str, Any]]) -> Iterator[PagePlace]:
    for sub in subs:
        for evidence in sub["evidence"]:
            yield PagePlace(evidence["document"].rpartition(".")[0], evidence["page"])


def _reaches(question: BenchmarkQuestion, record: Record) -> bool:
    """Whether a step, the answer or the draft holds the right result."""
    step = GoldStep("", False, question.gold)
    held: list[Mapping[str, Any]] = [*record["sub_answers"]]
    held.append({"answer": record.get("draft") or "", "value": None, "grounded": False})
    held.append(
        {"answer": record["answer"]["text"], "value": record["answer"]["value"], "grounded": True}
    )
    return any(is_right_step(step, sub) for sub in held)
