"""The JSON of an answer: its field names are a promise to scripts."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from research.record import build_record, parse_record

MARKED = Evidence(
    "e1",
    "d1",
    "acme.pdf",
    4,
    "cell",
    "Net sales, 2023: $1,284",
    (Box(1.0, 2.0, 3.0, 4.0),),
    None,
    None,
    0.0312345678,
    "p1",
    True,
)
IN_SHEET = Evidence("e2", "d2", "acme.xlsx", 1, "cell", "Garden", (), "Segments", "B2", 0.1, "p2")
VERDICT = Verdict("SUPPORTED", (Check("period", True, "Asked for 2023."),))


def build_result(value=None, sub_value=None):
    return ResearchResult(
        question=Question("What were net sales in 2023?"),
        model=ModelFile("small", "small.gguf", "ab" * 32, "lora.gguf"),
        decomposition=Decomposition(
            (SubQuestion("Q1", "Which?"), SubQuestion("Q2", "What of #1?", ("Q1",))), ("a note",)
        ),
        sub_answers=(
            SubAnswer(
                "Q1",
                "Which?",
                "1,284",
                True,
                VERDICT,
                sub_value,
                (MARKED, IN_SHEET),
                1.23456,
                ("n",),
            ),
        ),
        answer=Answer("$1,284 million", "number", value),
        verdict=VERDICT,
        timings={"total": 2.34567, "plan": 1.0},
    )


RECORD = build_record(
    build_result(
        value=Value(Decimal(1284), "USD", 1_000_000, "2023"),
        sub_value=Value(Decimal("2.41"), "USD/share", 1, None),
    )
)
TEXT_OR_NULL = (str, type(None))


def types_of(record, promised):
    """Whether each promised field is there with its type; booleans are no numbers."""
    return all(
        isinstance(record[name], kind) and (kind is bool or not isinstance(record[name], bool))
        for name, kind in promised.items()
    )


@pytest.mark.parametrize(
    ("record", "promised"),
    [
        (
            RECORD,
            {
                "question": str,
                "mode": str,
                "model": dict,
                "decomposition": list,
                "sub_answers": list,
                "program": type(None),
                "answer": dict,
                "verdict": dict,
                "timings": dict,
            },
        ),
        (RECORD["model"], {"name": str, "file": str, "sha256": str, "adapter": str}),
        (RECORD["decomposition"][1], {"label": str, "text": str, "depends_on": list}),
        (
            RECORD["sub_answers"][0],
            {
                "label": str,
                "question": str,
                "answer": str,
                "grounded": bool,
                "verdict": dict,
                "value": dict,
                "evidence": list,
                "seconds": float,
            },
        ),
        (
            RECORD["sub_answers"][0]["evidence"][0],
            {
                "evidence_id": str,
                "document_id": str,
                "document": str,
                "page": int,
                "kind": str,
                "quote": str,
                "boxes": list,
                "sheet": TEXT_OR_NULL,
                "cell": TEXT_OR_NULL,
                "score": float,
            },
        ),
        (RECORD["answer"], {"text": str, "kind": str, "value": dict}),
        (
            RECORD["answer"]["value"],
            {"number": (int, float), "unit": TEXT_OR_NULL, "scale": int, "period": TEXT_OR_NULL},
        ),
        (RECORD["verdict"], {"label": str, "checks": list}),
        (RECORD["timings"], {"total": float}),
    ],
    ids=[
        "answer to ask",
        "model",
        "sub-question",
        "sub-answer",
        "evidence",
        "answer",
        "value",
        "verdict",
        "timings",
    ],
)
def test_every_promised_field_is_there_with_its_type(record, promised):
    assert types_of(record, promised)


def test_each_check_has_name_outcome_and_detail():
    assert RECORD["verdict"]["checks"] == [
        {"name": "period", "passed": True, "detail": "Asked for 2023."}
    ]


def test_a_record_is_plain_json():
    assert json.loads(json.dumps(RECORD, allow_nan=False)) == RECORD


def test_a_whole_number_stays_whole():
    number = RECORD["answer"]["value"]["number"]
    assert (number, type(number)) == (1284, int)


def test_a_fraction_is_a_fraction():
    assert RECORD["sub_answers"][0]["value"]["number"] == 2.41


def test_a_value_that_is_not_known_is_null():
    record = build_record(build_result())
    assert record["answer"]["value"] is None
    assert record["sub_answers"][0]["value"] is None


def test_a_box_is_four_numbers_from_the_top_left():
    assert RECORD["sub_answers"][0]["evidence"][0]["boxes"] == [[1.0, 2.0, 3.0, 4.0]]


def test_a_cell_of_a_sheet_is_named_with_its_sheet():
    evidence = RECORD["sub_answers"][0]["evidence"][1]
    assert (evidence["sheet"], evidence["cell"], evidence["boxes"]) == ("Segments", "B2", [])


def test_what_depends_on_what_is_told():
    assert [step["depends_on"] for step in RECORD["decomposition"]] == [[], ["Q1"]]


def test_seconds_and_scores_are_rounded():
    sub_answer = RECORD["sub_answers"][0]
    assert sub_answer["seconds"] == 1.235
    assert sub_answer["evidence"][0]["score"] == 0.031235
    assert RECORD["timings"] == {"total": 2.346, "plan": 1.0}


def test_notes_and_proof_are_told_too():
    assert RECORD["notes"] == ["a note"]
    assert RECORD["sub_answers"][0]["notes"] == ["n"]
    assert [e["is_proof"] for e in RECORD["sub_answers"][0]["evidence"]] == [True, False]


# What was computed, what was set, what it cost

CALCULATION = Calculation(
    "percent_change",
    "(#1 - #2) / #2",
    "ans = (q1 - q2) / q2 * 100",
    (
        Operand("q1", "net sales, 2023", "Q1", Value(Decimal(5), "USD", 1, "2023"), True, "e1"),
        Operand(
            "q2", "net sales, 2022", "", Value(Decimal(3), None, 1, None), False, None, "loose"
        ),
    ),
    Value(Decimal("66.66666666666666666666666667"), "percent", 1, None),
    "66.67%",
    (Check("units", True, "Both are USD."),),
)
COMPUTED = build_record(
    replace(
        build_result(),
        question=Question("Why?", ("d1",), "program", "It asks for a figure."),
        calculation=CALCULATION,
        tokens={"read": 12, "written": 3},
        draft="66.7",
        decomposition=Decomposition((SubQuestion("Q1", "x", (), "5", ("p1", "p2")),)),
    )
)


def test_a_program_is_told_with_its_operands():
    program = COMPUTED["program"]
    assert program["source"] == "ans = (q1 - q2) / q2 * 100"
    assert program["result"]["unit"] == "percent"
    first, second = program["operands"]
    assert (first["name"], first["value"]["number"], first["evidence_id"]) == ("q1", 5, "e1")
    assert (second["bound"], second["evidence_id"], second["detail"]) == (False, None, "loose")


def test_a_calculation_is_told_with_its_checks():
    calculation = COMPUTED["calculation"]
    assert calculation["shape"] == "percent_change"
    assert calculation["formula"] == "(#1 - #2) / #2"
    assert calculation["text"] == "66.67%"
    assert calculation["verified"] is False
    assert calculation["checks"] == [{"name": "units", "passed": True, "detail": "Both are USD."}]


def test_what_was_set_and_what_it_cost_is_told():
    assert COMPUTED["mode_reason"] == "It asks for a figure."
    assert COMPUTED["tokens"] == {"read": 12, "written": 3}
    step = COMPUTED["decomposition"][0]
    assert (step["answer"], step["passages"]) == ("5", ["p1", "p2"])


# There and back


TEXT = st.text(max_size=12)
MAYBE = st.none() | TEXT
SCORES = st.floats(0, 1e6).map(lambda number: round(number, 3))
AMOUNTS = st.builds(
    Value,
    st.decimals(allow_nan=False, allow_infinity=False, places=None),
    MAYBE,
    st.sampled_from([1, 1000, 10**12]),
    MAYBE,
)
CHECKS = st.lists(st.builds(Check, TEXT, st.booleans(), TEXT), max_size=2).map(tuple)
VERDICTS = st.builds(Verdict, st.sampled_from(get_args(VerdictLabel)), CHECKS)
CALCULATIONS = st.builds(
    Calculation,
    st.sampled_from(get_args(Shape)),
    TEXT,
    TEXT,
    st.lists(
        st.builds(Operand, TEXT, TEXT, TEXT, AMOUNTS, st.booleans(), MAYBE, TEXT), max_size=2
    ).map(tuple),
    AMOUNTS | TEXT | st.booleans(),
    TEXT,
    CHECKS,
)
EVIDENCE = st.builds(
    Evidence,
    evidence_id=TEXT,
    document_id=TEXT,
    document=TEXT,
    page=st.integers(1, 500),
    kind=st.sampled_from(get_args(EvidenceKind)),
    quote=TEXT,
    boxes=st.lists(st.builds(Box, SCORES, SCORES, SCORES, SCORES), max_size=2).map(tuple),
    sheet=MAYBE,
    cell=MAYBE,
    score=SCORES,
    passage_id=TEXT,
    is_proof=st.booleans(),
    span=st.none() | st.tuples(st.integers(0, 99), st.integers(0, 99)),
)
TEXTS = st.lists(TEXT, max_size=2).map(tuple)
SUB_ANSWERS = st.builds(
    SubAnswer,
    TEXT,
    TEXT,
    TEXT,
    st.booleans(),
    VERDICTS,
    st.none() | AMOUNTS,
    st.lists(EVIDENCE, max_size=2).map(tuple),
    SCORES,
    TEXTS,
    st.sampled_from(get_args(Source)),
    st.none() | CALCULATIONS,
)
RESULTS = st.builds(
    ResearchResult,
    question=st.builds(Question, TEXT, st.none() | TEXTS, st.sampled_from(get_args(Mode)), TEXT),
    model=st.builds(ModelFile, TEXT, TEXT, MAYBE, MAYBE),
    decomposition=st.builds(
        Decomposition,
        st.lists(
            st.builds(SubQuestion, TEXT, TEXT, TEXTS, MAYBE, st.none() | TEXTS), max_size=3
        ).map(tuple),
        TEXTS,
    ),
    sub_answers=st.lists(SUB_ANSWERS, max_size=2).map(tuple),
    answer=st.builds(Answer, TEXT, st.sampled_from(get_args(AnswerKind)), st.none() | AMOUNTS),
    verdict=VERDICTS,
    timings=st.dictionaries(TEXT, SCORES, max_size=2),
    tokens=st.dictionaries(TEXT, st.integers(0), max_size=2),
    calculation=st.none() | CALCULATIONS,
    draft=MAYBE,
)


@given(RESULTS)
def test_a_record_gives_back_its_result_whole(result):
    record = json.loads(json.dumps(build_record(result), allow_nan=False))
    assert parse_record(record) == result


def test_seconds_and_scores_come_back_rounded():
    result = parse_record(RECORD)
    assert result.timings["total"] == 2.346
    assert result.sub_answers[0].evidence[0].score == 0.031235
    assert build_record(result) == RECORD


def drop(record, *names):
    """A record without some fields, at any depth."""
    if isinstance(record, list):
        return [drop(item, *names) for item in record]
    if isinstance(record, dict):
        return {key: drop(item, *names) for key, item in record.items() if key not in names}
    return record


def test_a_record_of_the_first_version_is_read():
    later = ("mode_reason", "document_ids", "tokens", "calculation", "draft", "source", "exact")
    old = drop(RECORD, *later, "passages", "passage_id", "span")
    del old["decomposition"][0]["answer"], old["decomposition"][1]["answer"]
    result = parse_record(old)
    assert result.sub_answers[0].answer == "1,284"
    assert result.sub_answers[0].source == "solver"
    assert result.sub_answers[0].value == Value(Decimal("2.41"), "USD/share", 1, None)
    assert result.question.document_ids is None


@pytest.mark.parametrize("record", [None, [], "text", 5, {}, {"question": "x"}])
def test_what_is_no_record_is_refused(record):
    with pytest.raises(RecordError, match="no record of a run"):
        parse_record(record)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mode", "guess"),
        ("question", 5),
        ("decomposition", [5]),
        ("sub_answers", None),
        ("timings", {"total": "long"}),
        ("tokens", {"read": 1.5}),
        ("answer", {"text": "x", "kind": "number", "value": {"number": "?", "scale": 1}}),
        ("answer", {"text": "x", "kind": "number", "value": {"exact": "NaN", "scale": 1}}),
        ("verdict", {"label": "SUPPORTED", "checks": [{"name": "x", "passed": 1, "detail": ""}]}),
        ("calculation", {"shape": "spiral"}),
    ],
)
def test_a_field_that_is_wrong_is_named(name, value):
    with pytest.raises(RecordError, match="field"):
        parse_record({**RECORD, name: value})


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | TEXT,
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(sorted(RECORD)), inner, max_size=3)
        ),
        max_leaves=6,
    )
)
def test_whatever_stands_in_a_record_it_is_read_or_refused(noise):
    record = {**RECORD, **noise} if isinstance(noise, dict) else noise
    with suppress(RecordError):
        assert isinstance(parse_record(record), ResearchResult)
