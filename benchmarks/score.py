"""The program that measures the desk: searching, and the whole way from question to answer.

    python -m benchmarks.score --data DIR --workspace DIR [--search-only] [--out FILE.jsonl]

It adds the filings that are missing, asks, scores and prints tables. Knows how questions are
asked and what is printed; what is right is known to `scoring`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from benchmarks.causes import find_cause, judge_steps, render_causes, render_steps
from benchmarks.gold_pages import GoldPages, SilentChatModel
from benchmarks.golds import (
    BenchmarkQuestion,
    DataMissing,
    GoldOperand,
    QuestionSet,
    list_filings,
    load_questions,
)
from benchmarks.library import DESK, PLACES, RANKINGS, Library, prepare_library
from benchmarks.report import build_numbers, render_report
from benchmarks.results import CUTOFFS, Result, ResultsFile, ResultsMismatch, score_result
from benchmarks.scoring import MalformedRecord
from ingestion.errors import IngestionError
from ingestion.files import PARSER_VERSION
from ingestion.workspace import Workspace
from models.builtin import find_builtin_chat, hash_file
from models.chat import ChatModel
from models.embedding import BuiltinEmbedder
from models.errors import ModelError, ModelFileError
from models.llama.model import LlamaChatModel
from research.decomposition import parse_decomposition
from research.desk import LoopSettings
from research.errors import ResearchError
from research.questions import Decomposition, Question, ResearchResult
from research.record import build_record
from research.retrieval.store import PassageStore
from research.run import finish_research, run_research

# What the desk may be given, by the option's name.
_GIVEN = ("gold_plans", "plans", "gold_pages", "no_model")


@dataclass(frozen=True, slots=True)
class Way:
    """How questions are asked: of all documents or the right ones, and with what given."""

    whole_library: bool = False
    gold_plans: bool = False
    gold_pages: bool = False


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns the exit code."""
    options = _build_parser().parse_args(arguments)
    try:
        _measure(options)
    except (
        DataMissing,
        ResultsMismatch,
        MalformedRecord,
        IngestionError,
        ModelError,
        OSError,
    ) as error:
        print(f"score: {error}", file=sys.stderr)
        return 1
    return 0


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.score", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--data", type=Path, required=True, help="the folder with the questions and filings")
    add("--workspace", type=Path, required=True, help="filings that it lacks are added")
    add("--questions", choices=["desk", "financebench", "all"], default="all")
    add("--ids", nargs="+", metavar="ID", help="only these questions, and only their filings")
    add("--limit", type=_parse_count, metavar="N", help="only the first N of each set, likewise")
    add("--search-only", action="store_true", help="measure page recall, without the model")
    add("--library", action="store_true", help="ask the whole workspace, not the right filings")
    add("--gold-plans", action="store_true", help="give the gold plans of the desk's questions")
    add("--plans", type=Path, metavar="FILE", help="give these plans: JSON, a question's id: steps")
    add("--gold-pages", action="store_true", help="show only the pages of the gold evidence")
    add("--no-model", action="store_true", help="answer from facts alone: the model is silent")
    add("--model", type=Path, metavar="FILE", help="a GGUF file (default: the built-in model)")
    add("--adapter", type=Path, metavar="FILE", help="a GGUF adapter over it (default: none)")
    add("--out", type=Path, metavar="FILE.jsonl", help="keep the records; taken up when run again")
    add("--json", type=Path, metavar="FILE", help="write the numbers of the tables")
    return parser


def _parse_count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return count


def _measure(options: argparse.Namespace) -> None:
    questions = choose_questions(options)
    if options.plans:
        questions = give_plans(questions, options.plans)
    if options.gold_plans or options.plans:
        questions = tuple(question for question in questions if question.plan is not None)
    searches_only = options.search_only or options.no_model
    model_path = None if searches_only else _find_model(options.model)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
    library = _open_library(options, questions)
    run: dict[str, Any] = {
        "model": model_path and {"file": model_path.name, "sha256": hash_file(model_path)},
        "adapter": options.adapter and hash_file(options.adapter),
        "asked_of": "library" if options.library else "filing",
        "library_documents": len(library.workspace.documents()),
        "parser": PARSER_VERSION,
        "rankings": list(RANKINGS),
        "given": [name for name in _GIVEN if getattr(options, name)],
    }
    results = ResultsFile(options.out, run)
    missing = [question for question in questions if question.question_id not in results.results]
    model = _open_model(options, model_path) if missing else None
    way = Way(options.library, bool(options.gold_plans or options.plans), options.gold_pages)
    for number, question in enumerate(missing, start=1):
        result = ask(question, library, model, way)
        results.add(result)
        _tell(f"{number}/{len(missing)} {_describe_result(question, result)}")
    pairs = [(question, results.results[question.question_id]) for question in questions]
    numbers = build_numbers(pairs, library, run, answered=not options.search_only)
    told = "" if options.search_only else add_causes(numbers, pairs, library, way)
    print(render_report(numbers), told, sep="\n\n")
    if options.json:
        options.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


def _open_model(options: argparse.Namespace, path: Path | None) -> ChatModel | None:
    if path is not None:
        return LlamaChatModel(path, options.adapter)
    return SilentChatModel() if options.no_model else None


def add_causes(
    numbers: dict[str, Any],
    pairs: Sequence[tuple[BenchmarkQuestion, Result]],
    library: Library,
    way: Way,
) -> str:
    """Add the stages that lost answers to the numbers, and return them as tables."""

    def has_fact(operand: GoldOperand) -> bool:
        return any(
            abs(abs(fact.amount) - abs(operand.amount)) <= abs(operand.amount) / 1000
            for page in operand.pages
            for fact in library.workspace.find_facts(
                library.find_ids([page.document]), page=page[1]
            )
        )

    causes: dict[str, list[str | None]] = {}
    for question, result in pairs:
        cause = find_cause(question, result, has_fact)
        causes.setdefault(question.question_set, []).append(cause)
        numbers["causes"] = {**numbers.get("causes", {}), question.question_id: cause}
    told = ["Lost at (the first stage that lost what the answer needs):\n" + render_causes(causes)]
    if way.gold_plans:
        outcomes = [
            outcome
            for question, result in pairs
            if result.record is not None
            for outcome in judge_steps(question.steps, result.record)
        ]
        numbers["steps"] = outcomes
        told.append("Steps of the gold plans:\n" + render_steps(outcomes))
    lines = [f"  {name}: {cause}" for name, cause in numbers["causes"].items() if cause]
    return "\n\n".join([*told, "\n".join(lines)])


def _find_model(path: Path | None) -> Path:
    if path is not None and not path.is_file():
        raise ModelFileError(f"There is no model file {path}. Check what --model names.")
    return path or find_builtin_chat()


def _open_library(options: argparse.Namespace, questions: Sequence[BenchmarkQuestion]) -> Library:
    """Make sure of all filings, or of those alone that some chosen questions need."""
    if options.ids or options.limit:
        filings = tuple(dict.fromkeys(name for q in questions for name in q.documents))
    else:
        filings = list_filings(options.data)
    embedder = BuiltinEmbedder()
    embedder.load()
    library = prepare_library(Workspace(options.workspace, embedder), options.data, filings, _tell)
    if library.added:
        speed = library.pages_added / library.seconds
        _tell(
            f"added {library.added} filings: {library.pages_added} pages in "
            f"{library.seconds:.1f} s, {speed:.1f} pages a second"
        )
    # The first search loads what the others find loaded; it is not timed.
    library.find_pages(DESK, "net sales", None, 1)
    return library


def _describe_result(question: BenchmarkQuestion, result: Result) -> str:
    if result.failure is not None:
        return f"{question.question_id}: failed ({result.failure})"
    if result.record is None:
        return f"{question.question_id}: searched"
    outcome = score_result(question, result).outcome
    return f"{question.question_id}: {outcome}, {result.seconds:.1f} s"


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def choose_questions(options: argparse.Namespace) -> tuple[BenchmarkQuestion, ...]:
    """Return the questions that the options name.

    Raises:
        DataMissing: the files are not there, or hold no question of an id that is asked for.
    """
    sets: Sequence[QuestionSet] = get_args(QuestionSet)
    if options.questions != "all":
        sets = [options.questions]
    questions = load_questions(options.data, sets)
    if options.ids:
        unknown = sorted(set(options.ids) - {question.question_id for question in questions})
        if unknown:
            raise DataMissing(f"No question has the id {', '.join(unknown)}.")
        questions = tuple(q for q in questions if q.question_id in options.ids)
    if options.limit:
        questions = tuple(
            question
            for one in sets
            for question in [q for q in questions if q.question_set == one][: options.limit]
        )
    return questions


def give_plans(questions: Sequence[BenchmarkQuestion], path: Path) -> tuple[BenchmarkQuestion, ...]:
    """Return the questions that a file has plans for, with those in the place of the gold ones.

    The file is a JSON object: a question's id, and its steps as a list of texts. Such plans come
    from another hand than the one that made the desk's rules, and show what those miss.

    Raises:
        DataMissing: the file is not such an object.
    """
    try:
        plans = json.loads(path.read_text(encoding="utf-8"))
        listed = {key: [*map(str, steps)] for key, steps in plans.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise DataMissing(f"{path} is no JSON object of question ids and steps.") from error
    return tuple(
        replace(question, plan=_build_plan(listed[question.question_id]), steps=())
        for question in questions
        if question.question_id in listed
    )


def _build_plan(steps: Sequence[str]) -> Decomposition:
    lines = (f"### Q{number}: {step}" for number, step in enumerate(steps, start=1))
    return Decomposition(parse_decomposition("\n".join(lines)))


def ask(question: BenchmarkQuestion, library: Library, model: ChatModel | None, way: Way) -> Result:
    """Search with the question's text by each ranking, and (with a model) answer it."""
    pages = {}
    started = time.monotonic()
    library.find_pages(DESK, question.text, question.documents, max(CUTOFFS))
    search_seconds = time.monotonic() - started
    for place in PLACES:
        documents = question.documents if place == "filing" else None
        for ranking in RANKINGS:
            found = library.find_pages(ranking, question.text, documents, max(CUTOFFS))
            pages[f"{place}, {ranking}"] = found
    if model is None:
        return Result(question.question_id, None, pages, search_seconds)
    try:
        answered = answer_question(question, library, model, way)
    except (ResearchError, ModelError) as error:
        return Result(question.question_id, None, pages, search_seconds, str(error))
    return Result(question.question_id, build_record(answered), pages, search_seconds)


def answer_question(
    question: BenchmarkQuestion,
    library: Library,
    model: ChatModel,
    way: Way,
    loop: LoopSettings | None = None,
) -> ResearchResult:
    """Run the desk: it chooses the mode of a question, and is told of a claim."""
    document_ids = None if way.whole_library else library.find_ids(question.documents)
    asked = Question(question.text, document_ids, "claim" if question.is_claim else "auto")
    store: PassageStore = library.workspace
    if way.gold_pages and question.evidence:
        store = GoldPages(
            library.workspace,
            frozenset(
                (library.ids[place.document], place.page)
                for pages in question.evidence
                for place in pages
                if place.document in library.ids
            ),
        )
    plan = question.plan if way.gold_plans else None
    return finish_research(run_research(asked, store, model, plan=plan, loop=loop))


if __name__ == "__main__":
    sys.exit(main())
