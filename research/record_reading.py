"""A result from its record: the inverse of `research.record.build_record`.

Each field is checked for its type. A record of an earlier version, which lacks the later fields,
is read too. Knows no file and no store.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar, cast, get_args, overload

from ingestion.documents import Box
from models.chat import ModelFile
from research.errors import RecordError
from research.questions import (
    Answer,
    AnswerKind,
    Calculation,
    Check,
    Decomposition,
    Evidence,
    EvidenceKind,
    Mode,
    Operand,
    Question,
    ResearchResult,
    Shape,
    Source,
    SubAnswer,
    SubQuestion,
    Value,
    Verdict,
    VerdictLabel,
)

Record = dict[str, Any]
_T = TypeVar("_T")
_D = TypeVar("_D")
_MISSING = object()


def parse_record(record: object) -> ResearchResult:
    """Return the result that a record was built from; seconds and scores are as it rounded them.

    Raises:
        RecordError: it is no record of a run; the message names what is missing or wrong.
    """
    if not isinstance(record, dict):
        raise RecordError("This is no record of a run: it is no JSON object.")
    model = _take(record, "model", dict)
    return ResearchResult(
        question=Question(
            text=_take(record, "question", str),
            document_ids=_take_texts(record, "document_ids", None),
            mode=cast(Mode, _choose(record, "mode", Mode)),
            mode_reason=_take(record, "mode_reason", str, ""),
        ),
        model=ModelFile(
            name=_take(model, "name", str),
            file=_take(model, "file", str),
            sha256=_take(model, "sha256", str, None),
            adapter=_take(model, "adapter", str, None),
        ),
        decomposition=Decomposition(
            _take_all(record, "decomposition", _parse_sub_question),
            _take_texts(record, "notes", ()) or (),
        ),
        sub_answers=_take_all(record, "sub_answers", _parse_sub_answer),
        answer=_parse_answer(_take(record, "answer", dict)),
        verdict=_parse_verdict(_take(record, "verdict", dict)),
        timings=_take_numbers(record, "timings", float),
        tokens=_take_numbers(record, "tokens", int),
        calculation=_parse_calculation(_take(record, "calculation", dict, None)),
        draft=_take(record, "draft", str, None),
    )


def _parse_sub_question(record: Record) -> SubQuestion:
    return SubQuestion(
        label=_take(record, "label", str),
        text=_take(record, "text", str),
        depends_on=_take_texts(record, "depends_on", ()) or (),
        answer=_take(record, "answer", str, None),
        passages=_take_texts(record, "passages", None),
    )


def _parse_sub_answer(record: Record) -> SubAnswer:
    return SubAnswer(
        label=_take(record, "label", str),
        question=_take(record, "question", str),
        answer=_take(record, "answer", str),
        grounded=_take(record, "grounded", bool),
        verdict=_parse_verdict(_take(record, "verdict", dict)),
        value=_parse_value(_take(record, "value", dict, None)),
        evidence=_take_all(record, "evidence", _parse_evidence),
        seconds=_take(record, "seconds", float),
        notes=_take_texts(record, "notes", ()) or (),
        source=cast(Source, _choose(record, "source", Source, "solver")),
        calculation=_parse_calculation(_take(record, "calculation", dict, None)),
    )


def _parse_evidence(record: Record) -> Evidence:
    span = _take(record, "span", list, None)
    return Evidence(
        evidence_id=_take(record, "evidence_id", str),
        document_id=_take(record, "document_id", str),
        document=_take(record, "document", str),
        page=_take(record, "page", int),
        kind=cast(EvidenceKind, _choose(record, "kind", EvidenceKind)),
        quote=_take(record, "quote", str),
        boxes=tuple(_parse_box(box) for box in _take(record, "boxes", list)),
        sheet=_take(record, "sheet", str, None),
        cell=_take(record, "cell", str, None),
        score=_take(record, "score", float),
        passage_id=_take(record, "passage_id", str, ""),
        is_proof=_take(record, "is_proof", bool, False),
        span=None if span is None else _parse_span(span),
    )


def _parse_box(box: object) -> Box:
    sides = [_check("boxes", side, float) for side in _check("boxes", box, list)]
    if len(sides) != 4:
        raise _refuse("boxes")
    return Box(*sides)


def _parse_span(span: list[Any]) -> tuple[int, int]:
    if len(span) != 2:
        raise _refuse("span")
    return _check("span", span[0], int), _check("span", span[1], int)


def _parse_calculation(record: Record | None) -> Calculation | None:
    if record is None:
        return None
    return Calculation(
        shape=cast(Shape, _choose(record, "shape", Shape)),
        formula=_take(record, "formula", str),
        source=_take(record, "source", str),
        operands=_take_all(record, "operands", _parse_operand),
        result=_parse_result(record.get("result")),
        text=_take(record, "text", str),
        checks=_take_all(record, "checks", _parse_check),
    )


def _parse_result(result: object) -> Value | str | bool:
    if isinstance(result, str | bool):
        return result
    return _parse_amount(_check("result", result, dict))


def _parse_operand(record: Record) -> Operand:
    return Operand(
        name=_take(record, "name", str),
        label=_take(record, "label", str),
        reference=_take(record, "reference", str),
        value=_parse_amount(_take(record, "value", dict)),
        bound=_take(record, "bound", bool),
        evidence_id=_take(record, "evidence_id", str, None),
        detail=_take(record, "detail", str, ""),
    )


def _parse_answer(record: Record) -> Answer:
    return Answer(
        text=_take(record, "text", str),
        kind=cast(AnswerKind, _choose(record, "kind", AnswerKind)),
        value=_parse_value(_take(record, "value", dict, None)),
    )


def _parse_value(record: Record | None) -> Value | None:
    return None if record is None else _parse_amount(record)


def _parse_amount(record: Record) -> Value:
    printed = record.get("exact", record.get("number"))
    try:
        number = Decimal(str(printed))
    except InvalidOperation:
        raise _refuse("number") from None
    if not number.is_finite():
        raise _refuse("number")
    return Value(
        number=number,
        unit=_take(record, "unit", str, None),
        scale=_take(record, "scale", int),
        period=_take(record, "period", str, None),
    )


def _parse_verdict(record: Record) -> Verdict:
    return Verdict(
        cast(VerdictLabel, _choose(record, "label", VerdictLabel)),
        _take_all(record, "checks", _parse_check),
    )


def _parse_check(record: Record) -> Check:
    return Check(
        _take(record, "name", str), _take(record, "passed", bool), _take(record, "detail", str)
    )


# Fields


@overload
def _take(record: Record, name: str, kind: type[_T]) -> _T: ...
@overload
def _take(record: Record, name: str, kind: type[_T], default: _D) -> _T | _D: ...
def _take(record: Record, name: str, kind: type[_T], default: Any = _MISSING) -> Any:
    """Return a field of a kind; the default where it is missing or null."""
    value = record.get(name)
    if value is None and default is not _MISSING:
        return default
    return _check(name, value, kind)


def _check(name: str, value: Any, kind: type[_T]) -> _T:
    """Return a value that is of a kind; true and false are no numbers, whole ones are decimals."""
    wanted = (int, float) if kind is float else (kind,)
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind is not bool):
        raise _refuse(name)
    return kind(value)  # type: ignore[call-arg]


def _refuse(name: str) -> RecordError:
    return RecordError(f"This is no record of a run: its field {name} is missing or wrong.")


def _take_all(record: Record, name: str, parse: Callable[[Record], _T]) -> tuple[_T, ...]:
    return tuple(parse(_check(name, item, dict)) for item in _take(record, name, list))


def _take_texts(
    record: Record, name: str, default: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    texts = _take(record, name, list, None)
    return default if texts is None else tuple(_check(name, text, str) for text in texts)


def _take_numbers(record: Record, name: str, kind: type[_T]) -> dict[str, _T]:
    numbers: Record = _take(record, name, dict, {})
    return {stage: _check(name, number, kind) for stage, number in numbers.items()}


def _choose(record: Record, name: str, words: Any, default: str | None = None) -> str:
    """Return a field that is one of a Literal's words."""
    word = _take(record, name, str) if default is None else _take(record, name, str, default)
    if word not in get_args(words):
        raise _refuse(name)
    return word
