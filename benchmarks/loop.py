"""The program that sets the desk's loop beside the published one, and each part beside none.

    python -m benchmarks.loop --data DIR --workspace DIR [--gold-plans] [--ids ID ...] [--parts]

The same model, questions and search; all ways take turns on each question, so their ratios hold
on a busy machine, too. What is right is known to `scoring`: the published loop's answers are
scored as they stand, since it withholds none. With `--parts` one part of the loop is switched off
at a time.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import fmean, geometric_mean, median

from benchmarks.golds import BenchmarkQuestion, DataMissing, load_questions
from benchmarks.library import Library, prepare_library
from benchmarks.published import PublishedLoop
from benchmarks.scoring import Outcome, Record, score_record
from benchmarks.tables import render_number, render_table
from ingestion.documents import Passage
from ingestion.errors import IngestionError
from ingestion.workspace import Workspace
from models.builtin import find_builtin_chat
from models.chat import ChatModel
from models.embedding import BuiltinEmbedder
from models.errors import ModelError
from models.llama.model import LlamaChatModel
from models.remembering import RememberingChatModel
from research.desk import LoopSettings
from research.errors import ResearchError
from research.questions import Question, ResearchResult
from research.record import build_record
from research.retrieval.search import search_passages
from research.run import run_research
from research.steps import RunFinished, SubAnswerReady

OURS, PUBLISHED = "the desk's loop", "as published"
# The loop with one part switched off.
PARTS: Mapping[str, LoopSettings] = {
    "without facts first": LoopSettings(facts_first=False),
    "one at a time": LoopSettings(together=False),
    "whole passages": LoopSettings(packed=False),
    "without a second search": LoopSettings(follow_ups=0),
    "without its own check": LoopSettings(own_check=False),
    "from the model, packed and together": LoopSettings(facts_first=False, own_check=False),
    "from the model, packed": LoopSettings(facts_first=False, own_check=False, together=False),
    "from the model, whole passages": LoopSettings(
        facts_first=False, own_check=False, together=False, packed=False
    ),
}
# A question that was asked before, with and without keeping the model's answers.
AGAIN: Mapping[str, Callable[[ChatModel], ChatModel]] = {
    "asked again": RememberingChatModel,
    "asked again, answers not kept": lambda model: model,
}
AIM = 5.0
_SEARCHED = 10


@dataclass(frozen=True, slots=True)
class Timed:
    """One question by one way: seconds to the first sub-answer and to the end, and tokens."""

    way: str
    question_id: str
    outcome: Outcome
    first_seconds: float
    seconds: float
    read: int
    reused: int
    written: int


Run = Callable[[BenchmarkQuestion], Timed]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; 1 when the questions, the filings or the model cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loop", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--data", type=Path, required=True, help="the folder with the questions and filings")
    add("--workspace", type=Path, required=True, help="filings that it lacks are added")
    add("--gold-plans", action="store_true", help="give both loops the gold plans")
    add("--ids", nargs="+", metavar="ID", help="only these questions")
    add("--limit", type=int, metavar="N", help="only the first N questions")
    add("--parts", action="store_true", help="switch off one part of the loop at a time")
    add("--no-published", action="store_true", help="leave the published loop out")
    add("--model", type=Path, metavar="FILE", help="a GGUF file (default: the built-in model)")
    add("--json", type=Path, metavar="FILE", help="write what each question took")
    options = parser.parse_args(arguments)
    try:
        timed = _measure(options)
    except (DataMissing, IngestionError, ModelError, ResearchError, OSError) as error:
        print(f"loop: {error}", file=sys.stderr)
        return 1
    print(render_ways(timed))
    return 0


def _keep(path: Path | None, timed: Sequence[Timed]) -> None:
    """Write what has been measured so far: the published loop takes long, and may be stopped."""
    if path is not None:
        numbers = [asdict(one) for one in timed]
        path.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


def _measure(options: argparse.Namespace) -> list[Timed]:
    questions = load_questions(options.data, ["desk"])
    if options.ids:
        questions = tuple(one for one in questions if one.question_id in options.ids)
    questions = questions[: options.limit]
    if not questions:
        raise DataMissing("No question has one of these ids; they are like desk-dev-01.")
    filings = tuple(dict.fromkeys(name for one in questions for name in one.documents))
    workspace = Workspace(options.workspace, BuiltinEmbedder())
    library = prepare_library(workspace, options.data, filings, lambda text: None)
    model = LlamaChatModel(options.model or find_builtin_chat())
    ways = _list_ways(options, library, model)
    for question in questions[:1]:  # what the first search and the first prompt load
        _search(library, question, question.text)
    timed: list[Timed] = []
    for number, question in enumerate(questions):
        turn = number % len(ways)
        for name, run in [*ways.items()][turn:] + [*ways.items()][:turn]:
            model.forget()  # no way goes on from what another one has read
            one = run(question)
            timed.append(one)
            _keep(options.json, timed)
            print(f"{question.question_id} {name}: {_tell(one)}", file=sys.stderr, flush=True)
    return timed


def _tell(one: Timed) -> str:
    return f"{one.outcome}, {one.first_seconds:.1f} / {one.seconds:.1f} s, {one.read} read"


def _list_ways(options: argparse.Namespace, library: Library, model: ChatModel) -> dict[str, Run]:
    gives_plan = options.gold_plans
    settings = {OURS: LoopSettings(), **(PARTS if options.parts else {})}
    ways: dict[str, Run] = {
        name: partial(_run_desk, name, library, model, gives_plan, loop)
        for name, loop in settings.items()
    }
    if options.parts:
        for name, wraps in AGAIN.items():
            ways[name] = partial(_run_again, name, library, wraps(model), gives_plan)
    if not options.no_published:
        ways[PUBLISHED] = partial(_run_published, library, model, gives_plan)
    return ways


def _run_desk(
    name: str,
    library: Library,
    model: ChatModel,
    gives_plan: bool,
    loop: LoopSettings,
    question: BenchmarkQuestion,
) -> Timed:
    started = time.monotonic()
    first: float | None = None
    result: ResearchResult | None = None
    asked = Question(
        question.text,
        library.find_ids(question.documents),
        "claim" if question.is_claim else "auto",
    )
    plan = question.plan if gives_plan else None
    for step in run_research(asked, library.workspace, model, plan=plan, loop=loop):
        if isinstance(step, SubAnswerReady) and first is None:
            first = time.monotonic() - started
        if isinstance(step, RunFinished):
            result = step.result
    assert result is not None, "a run ends with its result"
    seconds = time.monotonic() - started
    return Timed(
        name,
        question.question_id,
        score_record(question.gold, build_record(result)),
        first if first is not None else seconds,
        seconds,
        result.tokens.get("read", 0),
        result.tokens.get("reused", 0),
        result.tokens.get("written", 0),
    )


def _run_again(
    name: str, library: Library, model: ChatModel, gives_plan: bool, question: BenchmarkQuestion
) -> Timed:
    _run_desk(name, library, model, gives_plan, LoopSettings(), question)
    return _run_desk(name, library, model, gives_plan, LoopSettings(), question)


def _run_published(
    library: Library, model: ChatModel, gives_plan: bool, question: BenchmarkQuestion
) -> Timed:
    loop = PublishedLoop(partial(_search, library, question), model)
    plan = question.plan if gives_plan else None
    run = loop.answer(question.text, is_claim=question.is_claim, plan=plan)
    return Timed(
        PUBLISHED,
        question.question_id,
        score_record(question.gold, build_published_record(question, run.text, run.steps)),
        run.first_seconds,
        run.seconds,
        run.read,
        run.reused,
        run.written,
    )


def build_published_record(
    question: BenchmarkQuestion, text: str, steps: Sequence[tuple[str, str, str]]
) -> Record:
    """Return the published loop's answer as a record: it says what it says, and withholds none.

    To a claim its "No" refutes, its "Yes" supports, and anything else leaves it open.
    """
    label = "SUPPORTED" if text else "NOT_ENOUGH_INFO"
    word = text.strip(" .*\"'").lower()
    if question.is_claim:
        labels = {"yes": "SUPPORTED", "no": "REFUTED"}
        label = labels.get(word[:3].strip(" .,"), "NOT_ENOUGH_INFO")
    return {
        "question": question.text,
        "mode": "claim" if question.is_claim else "question",
        "sub_answers": [{"question": asked} for _, asked, _ in steps],
        "answer": {
            "text": text,
            "kind": "boolean" if question.is_claim else "text",
            "value": None,
        },
        "verdict": {"label": label, "checks": []},
    }


def _search(library: Library, question: BenchmarkQuestion, text: str) -> tuple[Passage, ...]:
    ids = library.find_ids(question.documents)
    found = search_passages(library.workspace, text, _SEARCHED, ids)
    return tuple(scored.passage for scored in found)


def render_ways(timed: Sequence[Timed]) -> str:
    """Return one row a way, and how much faster the first is than each: mean of the ratios."""
    ways = list(dict.fromkeys(one.way for one in timed))
    ours = {one.question_id: one.seconds for one in timed if one.way == OURS}
    rows = []
    for way in ways:
        of_way = [one for one in timed if one.way == way]
        ratio = geometric_mean(one.seconds / ours[one.question_id] for one in of_way)
        whole = sum(one.seconds for one in of_way) / sum(ours.values())
        rows.append(
            [
                way,
                *(str(sum(one.outcome == o for one in of_way)) for o in _OUTCOMES),
                *(render_number(median(getattr(one, k) for one in of_way), 2) for k in _SECONDS),
                *(render_number(fmean(getattr(one, k) for one in of_way), 0) for k in _TOKENS),
                render_number(ratio, 2),
                render_number(whole, 2),
            ]
        )
    header = ["way", *_OUTCOMES, "first s", "end s", *_TOKENS, "x our time", "x in all"]
    count = len({one.question_id for one in timed})
    note = (
        f"{count} questions; seconds are medians, tokens means a question. The aim is {AIM:g} "
        "times the desk's time for the published loop."
    )
    return f"{render_table(header, rows)}\n\n{note}"


_OUTCOMES = ("right", "wrong", "abstained")
_SECONDS = ("first_seconds", "seconds")
_TOKENS = ("read", "reused", "written")


if __name__ == "__main__":
    sys.exit(main())
