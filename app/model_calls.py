"""The words of `acedesk models`: its actions and their options."""

from __future__ import annotations

import argparse
from typing import TypeAlias

_Actions: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def describe_models(
    parser: argparse.ArgumentParser,
    common: argparse.ArgumentParser,
    answering: argparse.ArgumentParser,
) -> None:
    """Add the actions on models; `common` brings the workspace, `answering` --json."""
    # No import of the models room: describing a command loads no engine.
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    actions.add_parser(
        "list", parents=[answering], help="list what is installed, and what can be fetched"
    )

    use = actions.add_parser(
        "use", parents=[answering], help="choose the model that answers from now on"
    )
    use.add_argument("model", metavar="NAME", help="an installed model, or smollm2-135m-instruct")
    use.add_argument("--adapter", metavar="A", help="with this installed adapter over it")

    _describe_pull(actions, answering)
    _describe_build(actions, answering)

    check = actions.add_parser(
        "check",
        parents=[answering],
        help="hold a built model against its checkpoint: tokens, prompts, logits, texts",
    )
    check.add_argument("model", metavar="NAME", help="an installed model, or a GGUF file")
    check.add_argument("folder", metavar="FOLDER", help="the checkpoint that it was built from")

    compare = actions.add_parser(
        "compare",
        parents=[common, answering],
        help="ask two models the same questions, and show answers, agreement, speed and memory",
    )
    compare.add_argument("first", metavar="A", help="a name, or a GGUF file")
    compare.add_argument("second", metavar="B")
    compare.add_argument(
        "--questions",
        metavar="FILE",
        help="ask these of the workspace: one a line, or JSON lines (default: four questions about "
        "the sample)",
    )

    remove = actions.add_parser("remove", parents=[answering], help="remove models or adapters")
    remove.add_argument("models", nargs="+", metavar="NAME")

    _describe_bundles(actions, answering)


def _describe_bundles(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    answering: argparse.ArgumentParser,
) -> None:
    bundle = actions.add_parser(
        "bundle",
        parents=[answering],
        help="pack models and the program into one file for a machine without a network",
        description="Packs models, and the program with all that it needs for machines like this "
        "one, into a tar. Its README.txt says what to do there.",
    )
    bundle.add_argument("file", metavar="FILE.tar", help="the file to write")
    bundle.add_argument(
        "models",
        nargs="*",
        metavar="NAME",
        help="installed models and adapters (default: what is in use)",
    )
    bundle.add_argument(
        "--adapter", action="append", default=[], metavar="A", help="also this installed adapter"
    )
    bundle.add_argument(
        "--no-wheels",
        dest="wheels",
        action="store_false",
        help="the models alone, for a machine that has the program",
    )
    bundle.add_argument("--force", action="store_true", help="replace the file if it is there")

    install = actions.add_parser(
        "install",
        parents=[answering],
        help="install the models of a bundle, or a GGUF file; asks no network",
    )
    install.add_argument("file", metavar="FILE", help="a bundle, or a .gguf file")
    install.add_argument(
        "--name", metavar="N", help="of a .gguf file: the name to install it under"
    )
    install.add_argument("--use", action="store_true", help="answer with it from now on")


def _describe_pull(actions: _Actions, answering: argparse.ArgumentParser) -> None:
    pull = actions.add_parser(
        "pull",
        parents=[answering],
        help="fetch a model from the hub; a checkpoint is converted and quantised",
        description="Goes on where an earlier call was cut off. HF_ENDPOINT names a mirror, "
        "HF_TOKEN or `hf auth login` opens what is gated.",
    )
    pull.add_argument("model", metavar="NAME", help="a name of `models list`, or OWNER/NAME")
    pull.add_argument("--quant", metavar="Q", help="such as Q4_K_M (usual), Q6_K, Q8_0, F16")
    pull.add_argument("--revision", metavar="R", help="a branch, tag or commit of the repository")
    pull.add_argument(
        "--keep-sources", action="store_true", help="keep the checkpoint that was fetched"
    )
    pull.add_argument(
        "--progress", action="store_true", help="tell progress on standard error as lines of JSON"
    )
    pull.add_argument("--use", action="store_true", help="answer with it from now on")


def _describe_build(actions: _Actions, answering: argparse.ArgumentParser) -> None:
    build = actions.add_parser(
        "build",
        parents=[answering],
        help="convert and quantise a checkpoint, or a PEFT adapter, that is on this machine",
    )
    build.add_argument("folder", metavar="FOLDER", help="config.json, tokenizer.json, safetensors")
    build.add_argument("--name", metavar="N", help="the name to install it under")
    build.add_argument("--quant", metavar="Q", default="Q4_K_M", help="default Q4_K_M")
    build.add_argument("--base", metavar="M", help="of an adapter: the model that it is for")
    build.add_argument(
        "--importance", metavar="FILE", help="an importance matrix (GGUF) for the quantiser"
    )
    build.add_argument(
        "--weigh",
        action="store_true",
        help="make an importance matrix first; takes the checkpoint at 32 bits in memory",
    )
    build.add_argument("--use", action="store_true", help="answer with it from now on")
