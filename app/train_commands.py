"""The commands on training: from the parsed call to its exit code.

The training room is imported here alone, and only when one of them is called: it is an extra.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from app.calls import open_console, print_json, read_settings, tell
from app.composition import open_store, open_workspace
from app.errors import TrainingFailed
from app.settings import Settings, load_settings
from models.builtin import BUILTIN_CHAT

if TYPE_CHECKING:
    from training.examples import Example, Part
    from training.report.gate import Gate
    from training.report.results import Report


def run_train(call: argparse.Namespace) -> int:
    """Do one of the actions on training."""
    from training.errors import TrainingError

    try:
        return _ACTIONS[call.action](call)
    except TrainingError as error:
        # The command line's one place where errors end knows no room that may not be there.
        raise TrainingFailed(str(error)) from error


def _find_base(call: argparse.Namespace) -> Path:
    """Return the base's file: the built-in model where none is named."""
    return open_store(load_settings(model=call.model)).resolve(call.model or BUILTIN_CHAT)


def _build_data(call: argparse.Namespace) -> int:
    from training.building import DataSettings, build_data
    from training.splits import load_splits

    settings = DataSettings(call.sources, call.evaluations, call.splits, call.tokens, call.seed)

    def read_filings(part: Part, random: Random) -> Iterable[Example]:
        yield from _read_filings(read_settings(call), load_splits(call.splits), part, random, call)

    counts = build_data(settings, call.out, tell, read_filings if call.windows else None)
    if call.json:
        print_json(asdict(counts))
        return 0
    for part, found in (("train", counts.train), ("measure", counts.measure)):
        whole = sum(sum(roles.values()) for roles in found.values())
        _print(f"{whole} examples to {part}, in {call.out / part}.jsonl")
        for source, roles in found.items():
            told = ", ".join(f"{role.replace('_', ' ')} {n}" for role, n in sorted(roles.items()))
            _print(f"  {source}: {told}")
    if counts.leaks:
        told = ", ".join(f"{n} of {source}" for source, n in sorted(counts.leaks.items()))
        _print(f"Left out, since an evaluation holds them: {told}.")
    return 0


def _read_filings(
    settings: Settings, splits: Any, part: Part, random: Random, call: argparse.Namespace
) -> Iterable[Example]:
    from models.builtin import find_builtin_chat
    from models.llama.model import LlamaChatModel
    from training.sources import filings

    model = LlamaChatModel(find_builtin_chat())
    windows = call.windows if part == "train" else max(call.windows // 6, 1)
    try:
        workspace = open_workspace(settings)
        yield from filings.build_examples(workspace, model, splits, part, random, windows)
    finally:
        model.close()


def _tune(call: argparse.Namespace) -> int:
    from training.sft import TuningSettings, tune

    settings = TuningSettings(
        rank=call.rank,
        rate=call.rate,
        epochs=call.epochs,
        row_tokens=call.row_tokens,
        longest=call.longest,
        rows_a_step=call.rows_a_step,
        save_steps=call.save_steps,
        seed=call.seed,
    )
    folder = tune(_find_base(call), call.data, call.out, settings, tell, call.start)
    _print(f"The adapter is in {folder}. Export it: acedesk train export --run {call.out}")
    return 0


def _export(call: argparse.Namespace) -> int:
    from training.exporting import export_adapter

    export_adapter(call.run, _find_base(call), call.out, call.precision)
    _print(f"{call.out}: {call.out.stat().st_size / 1e6:.1f} MB")
    return 0


def _report(call: argparse.Namespace) -> int:
    from training.examples import read_examples
    from training.report.gate import judge
    from training.report.run import measure

    base = _find_base(call)
    variants: dict[str, Path | None] = {"bare": None}
    variants.update({path.stem: path for path in call.adapter})
    call.out.mkdir(parents=True, exist_ok=True)
    report = measure(
        base,
        variants,
        list(read_examples(call.data)),
        call.out / "answers.jsonl",
        limit=call.limit,
        seed=call.seed,
        say=tell,
    )
    _write_report(report, judge(report, "bare", call.adapter[0].stem), call)
    return 0


def _write_report(report: Report, gate: Gate, call: argparse.Namespace) -> None:
    from training.report.tables import (
        render_gate,
        render_report,
        render_report_markdown,
        report_to_json,
    )

    numbers = report_to_json(report, gate)
    (call.out / "report.json").write_text(json.dumps(numbers, indent=2), encoding="utf-8")
    (call.out / "report.md").write_text(render_report_markdown(report), encoding="utf-8")
    if call.json:
        print_json(numbers)
    else:
        _print(f"{render_report(report)}\n\n{render_gate(gate)}")


def _print(text: str) -> None:
    open_console().print(text, highlight=False, markup=False, soft_wrap=True)


_ACTIONS = {"data": _build_data, "sft": _tune, "export": _export, "report": _report}
