"""What the commands print: verdicts in words, and text that is never taken for markup."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from rich.console import Console

from app import terminal
from ingestion.documents import (
    Document,
    Fact,
    FilingFacts,
    IngestReport,
    Passage,
    ScoredPassage,
)
from ingestion.periods import Period
from ingestion.progress import EmbeddingReport
from ingestion.storage.vector_ledger import VectorCount
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
    Verdict,
)

MARKUP = "[red]not red[/red] [/bold]"
ACME = Document(
    "d1", "acme.pdf", FilingFacts("Acme", "10-K", 2023, "2023-12-31"), 9, 21, 3, 57, "2024"
)
SALES = Fact(
    fact_id="f1",
    document_id="d1",
    page=4,
    line_item="Net sales",
    parents=("Garden", "Tools"),
    concept="revenue",
    period=Period(12, date(2023, 12, 31), 2023),
    value=Decimal("-1284.7"),
    value_as_printed="(1,284.7)",
    unit="USD",
    scale=1_000_000,
    statement="balance_sheet",
    source="table",
    quote="Net sales (1,284.7)",
    line=7,
)
CELL = Evidence(
    "e1", "d1", "acme.pdf", 4, "cell", "Net sales, 2023: 5", (), None, None, 0.1, "p1", True
)
FAILED = Verdict("NOT_ENOUGH_INFO", (Check("period", False, "The place names 2022."),))
GROUNDED = SubAnswer("Q1", "Which?", "5", True, Verdict("SUPPORTED", ()), None, (CELL,), 1.25)
UNGROUNDED = replace(GROUNDED, answer="777", grounded=False, verdict=FAILED, evidence=())


def print_out(renderable, width=200):
    """What stands on a terminal of that width, without colours."""
    out = io.StringIO()
    Console(file=out, width=width, color_system=None).print(renderable)
    return out.getvalue()


def result(label, checks=()):
    return ResearchResult(
        Question("What?"),
        ModelFile("small", "small.gguf", "0"),
        Decomposition(()),
        (),
        Answer("5 million", "text"),
        Verdict(label, checks),
        {"total": 12.34},
    )


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("SUPPORTED", "\u2713 SUPPORTED"),
        ("REFUTED", "\u2717 REFUTED"),
        ("NOT_ENOUGH_INFO", "? NOT ENOUGH INFORMATION"),
    ],
)
def test_the_verdict_is_told_by_word_and_sign(label, words):
    assert terminal.render_verdict(Verdict(label, ())).plain == words
    assert words in print_out(terminal.render_result(result(label)))


def test_a_result_shows_answer_checks_model_and_seconds():
    checks = (Check("period", True, "Asked for 2023."), Check("unit", False, "Gives percent."))
    printed = print_out(terminal.render_result(result("SUPPORTED", checks)))
    assert "5 million" in printed
    assert "\u2713 period: Asked for 2023." in printed
    assert "? unit: Gives percent." in printed
    assert "small, mode question, 12.3 s" in printed


def test_an_adapter_over_the_model_is_told():
    adapted = replace(result("SUPPORTED"), model=ModelFile("small", "s.gguf", "0", "taught.gguf"))
    assert "small + taught.gguf, mode" in print_out(terminal.render_result(adapted))


def test_a_grounded_answer_shows_its_proof():
    printed = print_out(terminal.render_sub_answer(GROUNDED))
    assert "Q1 Which?  \u2713 grounded  1.2 s" in printed
    assert "\u25a0 acme.pdf p. 4  Net sales, 2023: 5" in printed


def test_an_ungrounded_answer_says_why():
    printed = print_out(terminal.render_sub_answer(UNGROUNDED))
    assert "? not grounded" in printed
    assert "period: The place names 2022." in printed


def test_the_notes_of_an_answer_are_shown():
    printed = print_out(terminal.render_sub_answer(replace(GROUNDED, notes=("asked again",))))
    assert "asked again" in printed


def test_of_much_evidence_three_pieces_are_shown():
    many = tuple(replace(CELL, page=page) for page in range(1, 6))
    printed = print_out(terminal.render_sub_answer(replace(GROUNDED, evidence=many)))
    assert printed.count("acme.pdf p. ") == 3


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, "\u25a0 acme.pdf p. 4 "),
        ({"is_proof": False}, "\u25a1 acme.pdf p. 4 "),
        ({"sheet": "Segments", "cell": "B2"}, "\u25a0 acme.pdf Segments!B2 "),
        ({"sheet": "Segments"}, "\u25a0 acme.pdf Segments "),
    ],
)
def test_evidence_shows_its_place(changes, shown):
    assert shown in print_out(terminal.render_evidence(replace(CELL, **changes)))


def test_a_plan_shows_what_comes_after_what():
    plan = Decomposition(
        (SubQuestion("Q1", "Which?"), SubQuestion("Q2", "What of #1?", ("Q1",))), ("a note",)
    )
    lines = [line.strip() for line in print_out(terminal.render_plan(plan)).splitlines()]
    assert lines == ["Plan", "Q1 Which?", "Q2 What of #1?  after Q1", "a note"]


def test_a_report_tells_status_counts_and_warnings():
    report = IngestReport("/in/acme.pdf", "acme.pdf", "added", ACME, 1.26, ("page 3 has no text",))
    printed = print_out(terminal.render_report(report))
    assert "added  acme.pdf  9 pages, 21 passages, 3 tables, 57 facts, 1.3 s" in printed
    assert "page 3 has no text" in printed


def print_facts(*facts, total=None, width=200):
    """Each line of the table of facts, its runs of spaces made one."""
    shown = terminal.render_facts(facts, {"d1": "acme.pdf"}, len(facts) if total is None else total)
    return [" ".join(line.split()) for line in print_out(shown, width).splitlines()]


def test_facts_are_listed_with_what_they_mean():
    assert print_facts(SALES) == [
        "document place line item period value statement",
        "acme.pdf p. 4 Garden > Tools > Net sales FY2023 -1,284.7 million USD balance sheet",
        "",
        "1 fact",
    ]


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"value": Decimal("17.7"), "scale": 1, "unit": "percent"}, "17.7 percent"),
        ({"value": Decimal("1E+3"), "scale": 1000, "unit": "shares"}, "1,000 thousand shares"),
        ({"value": Decimal(5), "scale": 100, "unit": None}, "5 \u00d7 100 balance"),
    ],
)
def test_a_value_is_told_with_scale_and_unit(changes, shown):
    assert shown in print_facts(replace(SALES, **changes))[1]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"sheet": "Segments", "cell": "B7"}, "acme.pdf Segments!B7 Garden"),
        ({"sheet": "Segments"}, "acme.pdf Segments Garden"),
        ({"cell": "T3:B7"}, "acme.pdf p. 4 T3:B7 Garden"),
    ],
)
def test_a_fact_of_a_sheet_or_web_page_shows_its_cell(changes, place):
    assert place in print_facts(replace(SALES, **changes))[1]


def test_what_is_not_known_of_a_fact_is_left_out():
    bare = replace(SALES, period=None, unit=None, statement=None, parents=())
    assert print_facts(bare)[1] == "acme.pdf p. 4 Net sales -1,284.7 million"


def test_a_part_of_the_facts_says_of_how_many():
    told = print_facts(SALES, SALES, total=1234)[-1]
    assert told == "The first 2 of 1,234 facts. Narrow with --line-item and --period."


def test_no_facts_say_what_to_try():
    assert "acedesk search" in " ".join(print_facts())


def test_a_report_on_a_failure_tells_the_error():
    report = IngestReport("/in/a.pdf", "a.pdf", "failed", None, 0.0, error="It is empty.")
    assert print_out(terminal.render_report(report)).split() == [
        "failed",
        "a.pdf",
        "It",
        "is",
        "empty.",
    ]


def test_documents_are_listed_with_what_is_known():
    printed = print_out(terminal.render_documents([ACME, replace(ACME, filing=FilingFacts())]))
    assert printed.splitlines()[1].split() == [
        "d1",
        "acme.pdf",
        "Acme",
        "10-K",
        "2023",
        "2023-12-31",
        "9",
        "3",
        "57",
    ]
    assert printed.splitlines()[2].split() == ["d1", "acme.pdf", "9", "3", "57"]


def test_an_empty_library_says_what_to_do():
    assert "acedesk ingest FILE" in print_out(terminal.render_documents([]))


def test_a_passage_that_was_found_shows_rank_place_and_text():
    passage = Passage("p1", "d1", 4, "table", "Item 8", "Net\nsales  " + "x" * 500, 0, 1)
    hit = ScoredPassage(passage, 1.0279, (("item", 1.2), ("document", 0.85)))
    printed = print_out(terminal.render_hit(3, hit, "acme.pdf"), 2000)
    assert printed.startswith(" 3 acme.pdf p. 4 table 1.03 Item 8\n")
    assert "   line item 1.20, document \u00d7 0.85" in printed
    assert "   Net sales xxx" in printed
    assert "x\u2026" in printed


@pytest.mark.parametrize(
    "renderable",
    [
        terminal.render_report(IngestReport("/a", MARKUP, "failed", None, 0.0, error=MARKUP)),
        terminal.render_facts([replace(SALES, line_item=MARKUP)], {"d1": MARKUP}, 1),
        terminal.render_documents([replace(ACME, name=MARKUP)]),
        terminal.render_hit(
            1, ScoredPassage(Passage("p", "d", 1, "text", MARKUP, MARKUP, 0, 0), 0.1), MARKUP
        ),
        terminal.render_plan(Decomposition((SubQuestion("Q1", MARKUP),), (MARKUP,))),
        terminal.render_sub_answer(replace(GROUNDED, question=MARKUP, answer=MARKUP)),
        terminal.render_evidence(replace(CELL, quote=MARKUP)),
        terminal.render_result(replace(result("SUPPORTED"), answer=Answer(MARKUP, "text"))),
    ],
    ids=["report", "facts", "documents", "hit", "plan", "sub-answer", "evidence", "result"],
)
def test_brackets_in_a_text_are_printed_as_they_are(renderable):
    assert MARKUP in print_out(renderable)


def test_documents_show_how_far_their_vectors_are_while_some_are_missing():
    other = replace(ACME, document_id="d2")
    waiting = [VectorCount("d1", "acme.pdf", 64, 160)]
    printed = print_out(terminal.render_documents([ACME, other], waiting)).splitlines()
    assert printed[0].split()[-1] == "vectors"
    assert [line.split()[-1] for line in printed[1:]] == ["40%", "100%"]


def test_how_fast_vectors_were_made_and_by_what_is_told():
    report = EmbeddingReport(documents=2, made=700, copied=12, waiting=0, seconds=20.0)
    assert terminal.describe_embedding(report, "torch bf16") == (
        "Made 700 vectors in 20.0 s (35.0 a second, torch bf16). "
        "Copied 12 from passages of the same text."
    )


def test_what_is_left_when_the_making_was_called_off_is_told():
    report = EmbeddingReport(documents=0, made=0, copied=0, waiting=1, seconds=0.0)
    assert terminal.describe_embedding(report, "x").endswith(
        "The vectors of 1 document are still missing: run `acedesk index` again."
    )


@pytest.mark.parametrize(
    ("is_embedding", "told"),
    [
        (True, "The vectors of 2 documents are still being made."),
        (False, "The vectors of 2 documents are not made yet; `acedesk index` makes them."),
    ],
)
def test_a_search_without_all_vectors_says_so(is_embedding, told):
    assert terminal.describe_missing_vectors(2, is_embedding) == (
        f"{told} Until then the search knows their words and facts alone."
    )
