"""A result as plain JSON values, and back: what scripts read, what is exported, what is stored.

The field names are a promise to scripts: fields may be added, never renamed or dropped. How a
record is read again stands in `research.record_reading`.
"""

from __future__ import annotations

from typing import Any

from research.questions import (
    Answer,
    Calculation,
    Check,
    Evidence,
    Operand,
    ResearchResult,
    SubAnswer,
    SubQuestion,
    Value,
    Verdict,
)
from research.record_reading import parse_record

__all__ = ["Record", "build_record", "parse_record"]

Record = dict[str, Any]


def build_record(result: ResearchResult) -> Record:
    """Return a result as the value of `acedesk ask --json`."""
    ids = result.question.document_ids
    return {
        "question": result.question.text,
        "mode": result.question.mode,
        "mode_reason": result.question.mode_reason,
        "document_ids": None if ids is None else list(ids),
        "model": {
            "name": result.model.name,
            "file": result.model.file,
            "sha256": result.model.sha256,
            "adapter": result.model.adapter,
        },
        "decomposition": [_record_sub_question(q) for q in result.decomposition.sub_questions],
        "notes": list(result.decomposition.notes),
        "sub_answers": [_record_sub_answer(sub_answer) for sub_answer in result.sub_answers],
        "program": _record_program(result.calculation),
        "calculation": _record_calculation(result.calculation),
        "draft": result.draft,
        "answer": _record_answer(result.answer),
        "verdict": _record_verdict(result.verdict),
        "timings": {stage: round(seconds, 3) for stage, seconds in result.timings.items()},
        "tokens": dict(result.tokens),
    }


def _record_sub_question(sub_question: SubQuestion) -> Record:
    passages = sub_question.passages
    return {
        "label": sub_question.label,
        "text": sub_question.text,
        "depends_on": list(sub_question.depends_on),
        "answer": sub_question.answer,
        "passages": None if passages is None else list(passages),
    }


def _record_sub_answer(sub_answer: SubAnswer) -> Record:
    return {
        "label": sub_answer.label,
        "question": sub_answer.question,
        "answer": sub_answer.answer,
        "grounded": sub_answer.grounded,
        "source": sub_answer.source,
        "verdict": _record_verdict(sub_answer.verdict),
        "value": _record_value(sub_answer.value),
        "calculation": _record_calculation(sub_answer.calculation),
        "evidence": [_record_evidence(evidence) for evidence in sub_answer.evidence],
        "seconds": round(sub_answer.seconds, 3),
        "notes": list(sub_answer.notes),
    }


def _record_evidence(evidence: Evidence) -> Record:
    return {
        "evidence_id": evidence.evidence_id,
        "document_id": evidence.document_id,
        "document": evidence.document,
        "page": evidence.page,
        "kind": evidence.kind,
        "quote": evidence.quote,
        "boxes": [list(box) for box in evidence.boxes],
        "sheet": evidence.sheet,
        "cell": evidence.cell,
        "score": round(evidence.score, 6),
        "passage_id": evidence.passage_id,
        "is_proof": evidence.is_proof,
        "span": None if evidence.span is None else list(evidence.span),
    }


def _record_program(calculation: Calculation | None) -> Record | None:
    if calculation is None:
        return None
    return {
        "source": calculation.source,
        "result": _record_result(calculation.result),
        "operands": [_record_operand(operand) for operand in calculation.operands],
    }


def _record_calculation(calculation: Calculation | None) -> Record | None:
    program = _record_program(calculation)
    if calculation is None or program is None:
        return None
    return {
        "shape": calculation.shape,
        "formula": calculation.formula,
        "text": calculation.text,
        "verified": calculation.verified,
        **program,
        "checks": _record_checks(calculation.checks),
    }


def _record_result(result: Value | str | bool) -> Record | str | bool:
    return _record_amount(result) if isinstance(result, Value) else result


def _record_operand(operand: Operand) -> Record:
    return {
        "name": operand.name,
        "label": operand.label,
        "reference": operand.reference,
        "value": _record_amount(operand.value),
        "bound": operand.bound,
        "evidence_id": operand.evidence_id,
        "detail": operand.detail,
    }


def _record_answer(answer: Answer) -> Record:
    return {"text": answer.text, "kind": answer.kind, "value": _record_value(answer.value)}


def _record_value(value: Value | None) -> Record | None:
    return None if value is None else _record_amount(value)


def _record_amount(value: Value) -> Record:
    """Return an amount; "exact" holds all digits of a number that JSON may round."""
    number = int(value.number) if value.number == int(value.number) else float(value.number)
    return {
        "number": number,
        "exact": str(value.number),
        "unit": value.unit,
        "scale": value.scale,
        "period": value.period,
    }


def _record_verdict(verdict: Verdict) -> Record:
    return {"label": verdict.label, "checks": _record_checks(verdict.checks)}


def _record_checks(checks: tuple[Check, ...]) -> list[Record]:
    return [
        {"name": check.name, "passed": check.passed, "detail": check.detail} for check in checks
    ]
