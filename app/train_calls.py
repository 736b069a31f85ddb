"""The words of `acedesk train`: its actions and their options."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypeAlias

_Actions: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def describe_training(
    parser: argparse.ArgumentParser,
    common: argparse.ArgumentParser,
    answering: argparse.ArgumentParser,
) -> None:
    """Add the actions on training; `common` brings the workspace, `answering` --json."""
    # No import of the training room: it is an extra, and describing a command loads no engine.
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _describe_data(actions, common, answering)
    _describe_sft(actions)
    _describe_export(actions)
    _describe_report(actions, answering)


def _describe_data(
    actions: _Actions, common: argparse.ArgumentParser, answering: argparse.ArgumentParser
) -> None:
    data = actions.add_parser(
        "data",
        parents=[common, answering],
        help="build examples from public data sets, and from the workspace's filings",
    )
    data.add_argument(
        "--sources", type=Path, required=True, metavar="DIR", help="the folder of the public sets"
    )
    data.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where the examples are written"
    )
    data.add_argument(
        "--splits",
        type=Path,
        metavar="FILE",
        help="a JSON file that says which documents train and which measure (default: their hash)",
    )
    data.add_argument(
        "--evaluations",
        type=Path,
        metavar="DIR",
        help="what the desk is measured on: examples that hold any of it are dropped",
    )
    data.add_argument(
        "--tokens",
        type=int,
        default=500_000,
        metavar="N",
        help="about how many tokens train (default: 500000)",
    )
    data.add_argument(
        "--windows",
        type=int,
        default=0,
        metavar="N",
        help="windows of evidence from the workspace's filings (default: none)",
    )
    data.add_argument("--seed", type=int, default=17)


def _describe_sft(actions: _Actions) -> None:
    sft = actions.add_parser(
        "sft", help="learn an adapter from examples; called again, it goes on where it stopped"
    )
    _add_model(sft, "the base")
    sft.add_argument(
        "--data", type=Path, required=True, metavar="FILE", help="examples (train.jsonl)"
    )
    sft.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="the run's folder, with checkpoints"
    )
    sft.add_argument(
        "--start", type=Path, metavar="FILE.gguf", help="an adapter to go on from (default: none)"
    )
    sft.add_argument("--rank", type=int, default=16, help="of the low-rank pairs (default 16)")
    sft.add_argument("--rate", type=float, default=1e-3, help="learning rate (default 0.001)")
    sft.add_argument("--epochs", type=float, default=1.0, help="default 1")
    sft.add_argument(
        "--row-tokens", type=int, default=448, help="tokens of one row of examples (default 448)"
    )
    sft.add_argument(
        "--longest",
        type=int,
        default=832,
        help="tokens of a row that shares a window; longer examples are left out (default 832)",
    )
    sft.add_argument(
        "--rows-a-step", type=int, default=2, help="rows in a step of the optimiser (default 2)"
    )
    sft.add_argument(
        "--save-steps", type=int, default=40, help="steps between checkpoints (default 40)"
    )
    sft.add_argument("--seed", type=int, default=17)


def _describe_export(actions: _Actions) -> None:
    export = actions.add_parser("export", help="write a run's adapter as a GGUF file")
    _add_model(export, "the base that it was learnt over")
    export.add_argument("--run", type=Path, required=True, metavar="DIR", help="the run's folder")
    export.add_argument("--out", type=Path, required=True, metavar="FILE.gguf")
    export.add_argument(
        "--precision", choices=["F32", "F16", "Q8_0"], default="F16", help="default F16"
    )


def _describe_report(actions: _Actions, answering: argparse.ArgumentParser) -> None:
    report = actions.add_parser(
        "report",
        parents=[answering],
        help="compare the base and adapters on the measuring examples, and judge what may ship",
    )
    _add_model(report, "the base")
    report.add_argument(
        "--data", type=Path, required=True, metavar="FILE", help="examples (measure.jsonl)"
    )
    report.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where answers and tables are kept"
    )
    report.add_argument(
        "--adapter",
        type=Path,
        action="append",
        required=True,
        metavar="FILE.gguf",
        help="an adapter to compare; may be repeated, the first one is judged",
    )
    report.add_argument(
        "--limit", type=int, default=60, metavar="N", help="examples of each role (default 60)"
    )
    report.add_argument("--seed", type=int, default=17)


def _add_model(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument(
        "--model",
        metavar="M",
        help=f"{what}: an installed model by name, or a GGUF file (default: the built-in model)",
    )
