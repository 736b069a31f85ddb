"""Writing a finished run to a file: JSON for scripts; Markdown, HTML and PDF for people."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path

from app.errors import ExportError
from app.leaves import FindLeaf, find_no_leaf
from app.memo import render_memo
from app.memo_pdf import draw_memo
from app.wording import describe_model, name_place, write_amount
from research.questions import Calculation, Evidence, ResearchResult, SubAnswer
from research.record import build_record

# From a result, when it was asked, and where its pages come from.
_Render = Callable[[ResearchResult, str, FindLeaf], bytes]


def check_ending(path: Path) -> None:
    """Raise ExportError when no export ends so; asked before the work, not after it."""
    if path.suffix not in EXPORT_ENDINGS:
        known = ", ".join(EXPORT_ENDINGS)
        raise ExportError(f"{path.name}: an export ends in one of {known}. Choose one of these.")


def write_export(
    result: ResearchResult, path: Path, asked_at: str = "", find_leaf: FindLeaf = find_no_leaf
) -> None:
    """Write the run; the kind follows the file's ending.

    `asked_at` and the pages that `find_leaf` finds stand in what is made for people.

    Raises:
        ExportError: the ending is not one of `EXPORT_ENDINGS`, or the file cannot be written.
    """
    check_ending(path)
    content = render_export(result, path.suffix, asked_at, find_leaf)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ExportError(
            f"{path} cannot be written ({error.strerror}). Choose another."
        ) from error


def render_export(result: ResearchResult, ending: str, asked_at: str, find_leaf: FindLeaf) -> bytes:
    """Return the content of an export of that ending, one of `EXPORT_ENDINGS`."""
    return _RENDERERS[ending](result, asked_at, find_leaf)


def _write_json(result: ResearchResult, _asked_at: str, _find_leaf: FindLeaf) -> bytes:
    text = json.dumps(build_record(result), ensure_ascii=False, indent=2) + "\n"
    return text.encode()


def _write_markdown(result: ResearchResult, _asked_at: str, _find_leaf: FindLeaf) -> bytes:
    return render_markdown(result).encode()


def _write_html(result: ResearchResult, asked_at: str, find_leaf: FindLeaf) -> bytes:
    style = (files("assets") / "desk" / "memo.css").read_text(encoding="utf-8")
    return render_memo(result, asked_at, find_leaf, style).encode()


_RENDERERS: Mapping[str, _Render] = {
    ".json": _write_json,
    ".md": _write_markdown,
    ".html": _write_html,
    ".pdf": draw_memo,
}
EXPORT_ENDINGS = tuple(_RENDERERS)


def render_text(result: ResearchResult) -> str:
    """Return the answer as plain text with where its figures stand: to be pasted somewhere."""
    lines = [
        " ".join(result.question.text.split()),
        f"{result.verdict.label.replace('_', ' ')}: {result.answer.text}",
    ]
    for answer in result.sub_answers:
        proof = next((item for item in answer.evidence if item.is_proof), None)
        if answer.calculation is not None:
            source = answer.calculation.formula
        elif proof is not None:
            source = f"{proof.document}, {name_place(proof)}"
        else:
            source = "no proof"
        lines.append(f"{answer.label}. {answer.question} {answer.answer} [{source}]")
    return "\n".join(lines)


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
        f"Mode: {result.question.mode}. Model: {describe_model(result.model)}",
    ]
    return "\n\n".join(parts) + "\n"


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
