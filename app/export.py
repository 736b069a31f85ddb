"""Writing a finished run to a file: JSON for scripts, Markdown for people."""

from __future__ import annotations

import json
from pathlib import Path

from app.errors import ExportError
from app.wording import write_amount
from models.chat import ModelFile
from research.questions import Calculation, Evidence, ResearchResult, SubAnswer
from research.record import build_record

EXPORT_ENDINGS = (".json", ".md")


def check_ending(path: Path) -> None:
    """Raise ExportError when no export ends so; asked before the work, not after it."""
    if path.suffix not in EXPORT_ENDINGS:
        known = ", ".join(EXPORT_ENDINGS)
        raise ExportError(f"{path.name}: an export ends in one of {known}. Choose one of these.")


def write_export(result: ResearchResult, path: Path) -> None:
    """Write the run; the kind follows the file's ending.

    Raises:
        ExportError: the ending is not one of `EXPORT_ENDINGS`, or the file cannot be written.
    """
    check_ending(path)
    if path.suffix == ".json":
        text = json.dumps(build_record(result), ensure_ascii=False, indent=2) + "\n"
    else:
        text = render_markdown(result)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ExportError(
            f"{path} cannot be written ({error.strerror}). Choose another."
        ) from error


def render_markdown(result: ResearchResult) -> str:
    """Write the question, the answer with its verdict and checks, and each step with its proof."""
    parts = [
        f"# {' '.join(result.question.text.split())}",
        f"**{result.verdict.label.replace('_', ' ')}**: {result.answer.text}",
        "\n".join(
            f"- {'passed' if check.passed else 'open'}: {check.name}. {check.detail}"
            for check in result.verdict.checks
        ),
        "## Steps",
        *(_render_step(sub_answer) for sub_answer in result.sub_answers),
        f"Mode: {result.question.mode}. Model: {_render_model(result.model)}",
    ]
    return "\n\n".join(parts) + "\n"


def _render_model(model: ModelFile) -> str:
    """Name the model with what it is known by: its file's checksum, or the server that has it."""
    known = f"at {model.file}" if model.sha256 is None else f"sha256 {model.sha256[:12]}"
    return f"{model.name} ({known})"


def _render_step(sub_answer: SubAnswer) -> str:
    state = "grounded" if sub_answer.grounded else "not grounded"
    lines = [f"### {sub_answer.label}. {sub_answer.question}", ""]
    lines.append(f"{sub_answer.answer} ({state})")
    if sub_answer.calculation is not None:
        lines += ["", *_render_calculation(sub_answer.calculation)]
    lines += [f"\n> {_render_source(evidence)}" for evidence in sub_answer.evidence[:3]]
    return "\n".join(lines)


def _render_calculation(calculation: Calculation) -> list[str]:
    """Write the formula and a table of what was put in."""
    rows = [
        f"| {operand.reference or operand.name} | {operand.label} | {write_amount(operand.value)} |"
        for operand in calculation.operands
    ]
    return [f"`{calculation.formula}` = {calculation.text}", "", "| | | |", "|---|---|--:|", *rows]


def _render_source(evidence: Evidence) -> str:
    quote = " ".join(evidence.quote.split())
    return f"{quote[:300]} ({evidence.document}, {_render_place(evidence)})"


def _render_place(evidence: Evidence) -> str:
    if evidence.sheet:
        return f"{evidence.sheet}!{evidence.cell}" if evidence.cell else evidence.sheet
    cell = f", {evidence.cell}" if evidence.cell else ""
    return f"p. {evidence.page}{cell}"
