"""The JSON of an answer: its field names are a promise to scripts."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from ingestion.documents import Box
from models.chat import ModelFile
from research.questions import (
    Answer,
    Check,
    Decomposition,
    Evidence,
    Question,
    ResearchResult,
    SubAnswer,
    SubQuestion,
    Value,
    Verdict,
)
from research.record import build_record

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
