"""A result as plain JSON values: what scripts read, what is exported, what is stored.

The field names are a promise to scripts: fields may be added, never renamed or dropped.
"""

from __future__ import annotations

from typing import Any

from research.questions import (
    Answer,
    Evidence,
    ResearchResult,
    SubAnswer,
    SubQuestion,
    Value,
    Verdict,
)

Record = dict[str, Any]


def build_record(result: ResearchResult) -> Record:
    """Return a result as the value of `acedesk ask --json`."""
    return {
        "question": result.question.text,
        "mode": result.question.mode,
        "model": {
            "name": result.model.name,
            "file": result.model.file,
            "sha256": result.model.sha256,
            "adapter": result.model.adapter,
        },
        "decomposition": [_record_sub_question(q) for q in result.decomposition.sub_questions],
        "notes": list(result.decomposition.notes),
        "sub_answers": [_record_sub_answer(sub_answer) for sub_answer in result.sub_answers],
        "program": None,
        "answer": _record_answer(result.answer),
        "verdict": _record_verdict(result.verdict),
        "timings": {stage: round(seconds, 3) for stage, seconds in result.timings.items()},
    }


def _record_sub_question(sub_question: SubQuestion) -> Record:
    return {
        "label": sub_question.label,
        "text": sub_question.text,
        "depends_on": list(sub_question.depends_on),
    }


def _record_sub_answer(sub_answer: SubAnswer) -> Record:
    return {
        "label": sub_answer.label,
        "question": sub_answer.question,
        "answer": sub_answer.answer,
        "grounded": sub_answer.grounded,
        "verdict": _record_verdict(sub_answer.verdict),
        "value": _record_value(sub_answer.value),
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
        "is_proof": evidence.is_proof,
    }


def _record_answer(answer: Answer) -> Record:
    return {"text": answer.text, "kind": answer.kind, "value": _record_value(answer.value)}


def _record_value(value: Value | None) -> Record | None:
    if value is None:
        return None
    number = int(value.number) if value.number == int(value.number) else float(value.number)
    return {"number": number, "unit": value.unit, "scale": value.scale, "period": value.period}


def _record_verdict(verdict: Verdict) -> Record:
    return {
        "label": verdict.label,
        "checks": [
            {"name": check.name, "passed": check.passed, "detail": check.detail}
            for check in verdict.checks
        ],
    }
