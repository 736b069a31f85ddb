"""Whether a plan that asks for the wrong thing is noticed: gold plans, each spoilt in one place.

    python -m benchmarks.spoilt_plans --data DIR --workspace DIR [--plans FILE] [--examples N]

Every number that a spoilt plan looks up is true, so only holding the plan against the question can
tell that its answer is wrong. A spoilt plan that still gives the right answer is counted as such.
The gold plans themselves are the baseline; only those that are right are spoilt. With `--plans`
FinanceBench's questions are asked with the plans of a file (see `benchmarks.score`). No model is
asked.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.gold_pages import SilentChatModel
from benchmarks.golds import BenchmarkQuestion, DataMissing, load_questions
from benchmarks.library import Library, prepare_library
from benchmarks.score import give_plans
from benchmarks.scoring import Outcome, score_record
from ingestion.errors import IngestionError
from ingestion.workspace import Workspace
from models.embedding import BuiltinEmbedder
from research.desk import LoopSettings
from research.plan import find_references
from research.questions import Decomposition, Question, SubQuestion
from research.record import build_record
from research.run import finish_research, run_research

Spoilt = tuple[str, Decomposition]

# Words of a step, and what makes another step of it.
_OPERATIONS = (
    ("sum of", "average of"), ("divided by", "minus"), ("minus", "divided by"),
    ("largest", "smallest"), ("highest", "lowest"), ("higher", "lower"), ("more", "less"),
    ("below", "above"), ("absolute difference between", "sum of"),
)  # fmt: skip
_LINE_ITEMS = (
    ("revenue", "operating income"), ("net sales", "net income"), ("net income", "net sales"),
    ("capital expenditures", "net income"), ("gross profit", "net income"),
    ("provision for income taxes", "net income"), ("operating income", "net income"),
    ("dividends", "purchases of treasury stock"), ("long-term debt", "total assets"),
    ("operating activities", "investing activities"),
)  # fmt: skip
_NO_MODEL = LoopSettings(follow_ups=0, own_check=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spoilt_plans", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--plans", type=Path, metavar="FILE")
    parser.add_argument("--examples", type=int, default=5, help="wrong answers to print")
    options = parser.parse_args(arguments)
    try:
        _measure(options)
    except (DataMissing, IngestionError, OSError) as error:
        print(f"spoilt_plans: {error}", file=sys.stderr)
        return 1
    return 0


def _measure(options: argparse.Namespace) -> None:
    questions = load_questions(options.data, ["financebench" if options.plans else "desk"])
    if options.plans:
        questions = give_plans(questions, options.plans)
    questions = tuple(question for question in questions if question.plan is not None)
    filings = tuple(dict.fromkeys(name for q in questions for name in q.documents))
    embedder = BuiltinEmbedder()
    embedder.load()
    library = prepare_library(Workspace(options.workspace, embedder), options.data, filings, print)
    counts: dict[str, Counter[Outcome]] = defaultdict(Counter)
    wrong: list[str] = []
    for question in questions:
        assert question.plan is not None, "questions without a plan were left out"
        outcome, _ = _answer(question, question.plan, library)
        counts["not at all"][outcome] += 1
        for way, plan in spoil_plan(question.plan) if outcome == "right" else ():
            outcome, said = _answer(question, plan, library)
            counts[way][outcome] += 1
            if outcome == "wrong":
                wrong.append(f"{question.question_id}, {way}: {said}")
    _print_table(counts)
    for line in wrong[: options.examples]:
        print(f"- {line}")


def _answer(
    question: BenchmarkQuestion, plan: Decomposition, library: Library
) -> tuple[Outcome, str]:
    asked = Question(question.text, library.find_ids(question.documents), "auto")
    steps = run_research(asked, library.workspace, SilentChatModel(), plan=plan, loop=_NO_MODEL)
    result = finish_research(steps)
    return score_record(question.gold, build_record(result)), result.answer.text


def spoil_plan(plan: Decomposition) -> Iterator[Spoilt]:
    """Yield the plan spoilt in each way and place in which that makes another plan."""
    for step in plan.sub_questions:
        for way, text in _spoil_step(step):
            yield way, _replace_text(plan, step, text)
    if len(plan.sub_questions) > 1:
        yield "the last step left out", Decomposition(plan.sub_questions[:-1])


def _spoil_step(step: SubQuestion) -> Iterator[tuple[str, str]]:
    references = list(dict.fromkeys(re.findall(r"#\d+\b", step.text)))
    if len(references) > 1:
        one, other = references[:2]
        swapped = {one: other, other: one}
        yield "references swapped", re.sub(r"#\d+\b", lambda m: swapped.get(m[0], m[0]), step.text)
    years = re.findall(r"(?<!\d)20\d\d\b", step.text)
    for shift in (-1, 1) if years else ():
        yield "another year", step.text.replace(years[-1], str(int(years[-1]) + shift))
    for word, other in _OPERATIONS:
        if word in step.text:
            yield "another operation", step.text.replace(word, other)
    for word, other in _LINE_ITEMS if not references else ():
        if word in step.text:
            yield "another line item", step.text.replace(word, other)


def _replace_text(plan: Decomposition, step: SubQuestion, text: str) -> Decomposition:
    changed = replace(step, text=text, depends_on=find_references(text))
    steps = (changed if one.label == step.label else one for one in plan.sub_questions)
    return Decomposition(tuple(steps))


def _print_table(counts: dict[str, Counter[Outcome]]) -> None:
    print(f"{'spoilt by':28} {'plans':>6} {'wrong':>6} {'not verified':>13} {'right anyway':>13}")
    total: Counter[Outcome] = Counter()
    for way, outcomes in counts.items():
        if way.startswith("not at all"):
            _print_row(way, outcomes)
            continue
        total += outcomes
        _print_row(way, outcomes)
    _print_row("all spoilt plans", total)


def _print_row(way: str, outcomes: Counter[Outcome]) -> None:
    print(
        f"{way:28} {outcomes.total():6} {outcomes['wrong']:6} {outcomes['abstained']:13} "
        f"{outcomes['right']:13}"
    )


if __name__ == "__main__":
    sys.exit(main())
