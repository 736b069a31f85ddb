"""The command line: its words, its exit codes, and the one place where errors end.

0: done. 1: the work failed, and standard error says why and what to do. 2: the call is wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, get_args

from app import __version__
from app.model_calls import describe_models
from app.offline import go_offline
from app.train_calls import describe_training
from ingestion.documents import StatementKind
from ingestion.periods import Calendar, find_period

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
_MODES = ("auto", "question", "claim", "program")
_EXPORT_HELP = "also write the run to FILE (.md, .html, .pdf or .json)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    call = build_parser().parse_args(arguments)
    # One command alone asks the hub, and only when it is called.
    go_offline(but_for_the_hub=call.command == "models" and call.action == "pull")
    # Imported after the switches are set: libraries read them when they are first imported.
    from app.errors import AppError
    from ingestion.errors import IngestionError
    from models.errors import ModelError
    from research.errors import ResearchError

    try:
        return _run(call)
    except (AppError, IngestionError, ModelError, ResearchError) as error:
        sys.stderr.write(f"acedesk: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("acedesk: stopped.\n")
        return 130


def _run(call: argparse.Namespace) -> int:
    name = f"run_{call.command}"
    if call.command in ("ask", "runs"):
        from app import runs

        return int(getattr(runs, name)(call))
    if call.command in ("models", "doctor"):
        from app import model_commands

        return int(getattr(model_commands, name)(call))
    if call.command == "train":
        from app import train_commands

        return train_commands.run_train(call)
    from app import commands

    return int(getattr(commands, name)(call))


@dataclass(frozen=True, slots=True)
class _Shared:
    """Options that several commands have."""

    common: argparse.ArgumentParser
    answering: argparse.ArgumentParser
    narrowing: argparse.ArgumentParser
    reranking: argparse.ArgumentParser
    modelling: argparse.ArgumentParser


def build_parser() -> argparse.ArgumentParser:
    """Describe all commands."""
    parser = argparse.ArgumentParser(
        prog="acedesk",
        description="A research desk for company filings: hard questions, checked answers.",
    )
    parser.add_argument("--version", action="version", version=f"acedesk {__version__}")
    shared = _describe_shared()
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _describe_library(commands, shared)
    _describe_looking_up(commands, shared)
    _describe_asking(commands, shared)
    describe_models(
        commands.add_parser("models", help="list, fetch, build, check and choose models"),
        shared.common,
        shared.answering,
    )
    describe_training(
        commands.add_parser("train", help="teach a model; needs the extra `train`"),
        shared.common,
        shared.answering,
    )
    commands.add_parser(
        "doctor",
        parents=[shared.answering, shared.modelling],
        help="what this machine can run, and how fast",
    )
    return parser


def _describe_shared() -> _Shared:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--workspace",
        metavar="DIR",
        help="the folder that holds the documents (default: $ACEDESK_WORKSPACE, or the "
        "platform's data folder)",
    )
    common.add_argument(
        "--embedding-model",
        metavar="E",
        help="the model that makes the vectors: a name or a folder (default: "
        "$ACEDESK_EMBEDDING_MODEL, or the built-in model)",
    )
    common.add_argument(
        "--chroma-url",
        metavar="URL",
        help="keep the vectors on this Chroma server (default: $ACEDESK_CHROMA_URL, or none: "
        "they lie in the workspace)",
    )
    answering = argparse.ArgumentParser(add_help=False)
    answering.add_argument("--json", action="store_true", help="print one JSON value")
    narrowing = argparse.ArgumentParser(add_help=False)
    narrowing.add_argument(
        "--document",
        action="append",
        default=[],
        metavar="D",
        help="only this document (id, file name, or name without ending); may be repeated",
    )
    reranking = argparse.ArgumentParser(add_help=False)
    reranking.add_argument(
        "--reranker",
        metavar="R",
        help="a cross-encoder that reads the best passages once more: a name or a folder "
        "(default: $ACEDESK_RERANKER, or none)",
    )
    modelling = argparse.ArgumentParser(add_help=False)
    modelling.add_argument(
        "--model",
        metavar="M",
        help="an installed model by name, a GGUF file, or an OpenAI-compatible server as URL or "
        "URL#NAME, whose key is taken from $ACEDESK_API_KEY (default: $ACEDESK_MODEL, or the one "
        "in use)",
    )
    modelling.add_argument(
        "--adapter",
        metavar="A",
        help='a LoRA adapter over the model: a name or a GGUF file; "none" for the bare model',
    )
    return _Shared(common, answering, narrowing, reranking, modelling)


def _describe_library(commands: _Commands, shared: _Shared) -> None:
    serve = commands.add_parser(
        "serve",
        parents=[shared.common, shared.modelling, shared.reranking],
        help="open the desk in the browser",
    )
    serve.add_argument(
        "--host",
        default="127.0.0.1",
        help="where it listens; others than this machine need the password in ACEDESK_PASSWORD",
    )
    serve.add_argument("--port", type=int, default=7860)
    serve.add_argument("--no-browser", action="store_true", help="do not open a browser window")
    serve.add_argument(
        "--unload-after",
        type=_positive,
        metavar="MINUTES",
        help="give the model's memory back when nobody has asked for so long",
    )
    serve.add_argument("--sample", action="store_true", help="add the sample filing first")

    ingest = commands.add_parser(
        "ingest", parents=[shared.common, shared.answering], help="add files or folders"
    )
    ingest.add_argument("paths", nargs="+", type=_path, metavar="PATH")
    ingest.add_argument(
        "--no-wait",
        action="store_true",
        help="return when the files are stored; their vectors are made in the background",
    )

    commands.add_parser(
        "index", parents=[shared.common, shared.answering], help="make the vectors that are missing"
    )

    commands.add_parser(
        "documents", parents=[shared.common, shared.answering], help="list what there is"
    )

    remove = commands.add_parser(
        "remove", parents=[shared.common, shared.answering], help="remove documents"
    )
    remove.add_argument("documents", nargs="+", metavar="DOCUMENT")


def _describe_looking_up(commands: _Commands, shared: _Shared) -> None:
    search = commands.add_parser(
        "search",
        parents=[shared.common, shared.answering, shared.narrowing, shared.reranking],
        help="rank passages and say why, without the model",
    )
    search.add_argument("query", metavar="QUERY")
    search.add_argument("-k", type=_positive, default=10, help="how many (default 10)")

    facts = commands.add_parser(
        "facts",
        parents=[shared.common, shared.answering, shared.narrowing],
        help="list typed numbers with their place",
    )
    facts.add_argument(
        "--line-item", metavar="TEXT", help='only this line item ("net sales"), however it is named'
    )
    facts.add_argument(
        "--period",
        type=_period,
        metavar="TEXT",
        help='only this period: "2023", "FY2023", "Q2 2023" or "December 31, 2023"',
    )
    facts.add_argument(
        "--statement", choices=get_args(StatementKind), help="only numbers of this statement"
    )
    facts.add_argument("--limit", type=_positive, metavar="N", help="at most this many")


def _describe_asking(commands: _Commands, shared: _Shared) -> None:
    ask = commands.add_parser(
        "ask",
        parents=[
            shared.common,
            shared.answering,
            shared.narrowing,
            shared.modelling,
            shared.reranking,
        ],
        help="answer a question",
    )
    ask.add_argument("question", metavar="QUESTION")
    ask.add_argument("--mode", choices=_MODES, default="auto")
    ask.add_argument("--claim", dest="mode", action="store_const", const="claim")
    ask.add_argument(
        "--plan",
        metavar="FILE",
        help='take this plan: lines "### Q1: ...", or a JSON list of {"label", "text", '
        '"depends_on"}',
    )
    ask.add_argument(
        "--export", metavar="FILE", help="also write the run to FILE (.md, .html, .pdf or .json)"
    )
    _describe_runs(
        commands.add_parser("runs", help="list, show, change and remove what was asked"),
        [shared.common, shared.answering],
        [shared.modelling, shared.reranking],
    )


def _describe_runs(
    runs: argparse.ArgumentParser,
    common: list[argparse.ArgumentParser],
    modelling: list[argparse.ArgumentParser],
) -> None:
    actions = runs.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", parents=common, help="list the runs that are kept, newest first")
    show = actions.add_parser("show", parents=common, help="show a run with all its evidence")
    show.add_argument("run", metavar="RUN", help="its id, or how the id starts")
    show.add_argument(
        "--export", metavar="FILE", help="also write it to FILE (.md, .html, .pdf or .json)"
    )
    rename = actions.add_parser("rename", parents=common, help="give a run a title")
    rename.add_argument("run", metavar="RUN")
    rename.add_argument("title", metavar="TITLE", help="the title; nothing takes it away")
    remove = actions.add_parser("remove", parents=common, help="remove a run")
    remove.add_argument("run", metavar="RUN")
    rerun = actions.add_parser(
        "rerun",
        parents=[*common, *modelling],
        help="run again with a changed plan; without a change, all of it",
        description="Only what depends on a change is answered again, and both versions are kept. "
        "The changes are made in the order given.",
    )
    rerun.add_argument("run", metavar="RUN")
    for kind, metavar, told in (
        ("change", "Qn=TEXT", "ask something else in a step"),
        ("add", "TEXT", "add a step"),
        ("remove", "Qn", "remove a step"),
        ("pin", "Qn=ANSWER", "set a step's answer"),
        ("evidence", "Qn=PASSAGE,...", "set the passages (their ids) that a step is answered from"),
        ("unpin", "Qn", "search and answer a step again"),
    ):
        rerun.add_argument(
            f"--{kind}",
            dest="edits",
            action="append",
            default=[],
            type=partial(_read_edit, kind),
            metavar=metavar,
            help=told,
        )


def _read_edit(kind: str, text: str) -> tuple[str, str, str]:
    """Return what is done, the step's label ("" for a new one), and the words that go with it."""
    if kind == "add":
        return kind, "", text
    label, equals, words = text.partition("=")
    if kind in ("remove", "unpin"):
        return kind, text.strip(), ""
    if not equals:
        raise argparse.ArgumentTypeError(f'write a step and what it gets, such as "Q1={text}"')
    return kind, label.strip(), words


def _path(text: str) -> str:
    """Return a path as it is; an empty one, as of a variable that is not set, is no folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError("the path is empty; name a file or a folder")
    return text


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _period(text: str) -> str:
    if find_period([text], Calendar()) is None:
        raise argparse.ArgumentTypeError(
            f"no single period with its year can be read in {text!r}; write one such as 2023, "
            "FY2023, Q2 2023, 'nine months 2023' or 2023-12-31"
        )
    return text
