"""A finished run as a file: JSON for scripts; Markdown, HTML and PDF for people."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import pytest
from PIL import Image
from pypdf import PdfReader

from app.errors import ExportError
from app.export import render_export, render_markdown, render_text, write_export
from app.leaves import Leaf, find_no_leaf, gather_spreads
from ingestion.documents import Box, Page
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
from research.record import build_record

CELL = Evidence(
    "e1", "d1", "acme.pdf", 4, "cell", "Net sales,\n2023: €5", (), None, None, 0.1, "p1", True
)
IN_SHEET = replace(CELL, evidence_id="e2", document="acme.xlsx", sheet="Segments", cell="B2")
RESULT = ResearchResult(
    question=Question("What were net sales in 2023?"),
    model=ModelFile("small", "small.gguf", "abcdef0123456789" * 4),
    decomposition=Decomposition((SubQuestion("Q1", "Which?"),)),
    sub_answers=(
        SubAnswer(
            "Q1", "Which?", "€5", True, Verdict("SUPPORTED", ()), None, (CELL, IN_SHEET), 1.0
        ),
        SubAnswer("Q2", "Why?", "luck", False, Verdict("NOT_ENOUGH_INFO", ()), None, (), 1.0),
    ),
    answer=Answer("€5 million", "text"),
    verdict=Verdict(
        "NOT_ENOUGH_INFO",
        (Check("period", True, "Asked for 2023."), Check("unit", False, "Gives percent.")),
    ),
    timings={"total": 2.0},
)


def test_json_holds_the_record_of_the_answer(tmp_path):
    write_export(RESULT, tmp_path / "run.json")
    text = (tmp_path / "run.json").read_text(encoding="utf-8")
    assert json.loads(text) == build_record(RESULT)
    assert "€5 million" in text
    assert text.endswith("}\n")


def test_markdown_holds_the_whole_run(tmp_path):
    write_export(RESULT, tmp_path / "run.md")
    assert (tmp_path / "run.md").read_text(encoding="utf-8") == (
        "# What were net sales in 2023?\n\n"
        "**NOT ENOUGH INFO**: €5 million\n\n"
        "- passed: period. Asked for 2023.\n"
        "- open: unit. Gives percent.\n\n"
        "## Steps\n\n"
        "### Q1. Which?\n\n"
        "€5 (grounded)\n\n"
        "> Net sales, 2023: €5 (acme.pdf, p. 4)\n\n"
        "> Net sales, 2023: €5 (acme.xlsx, Segments!B2)\n\n"
        "### Q2. Why?\n\n"
        "luck (not grounded)\n\n"
        "Mode: question. Model: small (sha256 abcdef012345)\n"
    )


def test_a_model_on_a_server_is_named_with_its_address():
    remote = replace(RESULT, model=ModelFile("AceSearcher-32B", "http://gpu:8000/v1", None))
    told = "Mode: question. Model: AceSearcher-32B (at http://gpu:8000/v1)\n"
    assert render_markdown(remote).endswith(told)


def test_a_cell_of_a_text_is_named_by_page_and_address():
    in_text = replace(CELL, document="acme.html", cell="T3:B7")
    result = replace(RESULT, sub_answers=(replace(RESULT.sub_answers[0], evidence=(in_text,)),))
    assert "(acme.html, p. 4, T3:B7)" in render_markdown(result)


def test_of_much_evidence_the_first_three_are_shown():
    many = tuple(replace(CELL, page=page) for page in range(1, 6))
    result = replace(RESULT, sub_answers=(replace(RESULT.sub_answers[0], evidence=many),))
    assert [line for line in render_markdown(result).splitlines() if line.startswith(">")] == [
        f"> Net sales, 2023: €5 (acme.pdf, p. {page})" for page in (1, 2, 3)
    ]


@pytest.mark.parametrize("name", ["run.docx", "run", "run.json.txt"])
def test_another_ending_is_refused_with_those_that_are_known(name, tmp_path):
    with pytest.raises(ExportError, match=r"\.json, \.md"):
        write_export(RESULT, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_refused_by_name(tmp_path):
    with pytest.raises(ExportError, match=r"missing/run\.md cannot be written"):
        write_export(RESULT, tmp_path / "missing" / "run.md")


# Memos

PAGE = Page(4, (), 600.0, 800.0)
MARKED = replace(CELL, boxes=(Box(100.0, 80.0, 160.0, 95.0),))


def draw_leaf(_document_id, number):
    """A page of one grey pixel."""
    picture = io.BytesIO()
    Image.new("L", (1, 1), 200).save(picture, "PNG")
    return Leaf(replace(PAGE, number=number), picture.getvalue())


def proved(*labels, **changes):
    """Return a run whose steps are all proved by the same cell."""
    answers = tuple(
        replace(RESULT.sub_answers[0], label=label, evidence=(replace(MARKED, **changes),))
        for label in labels
    )
    return replace(RESULT, sub_answers=answers)


def test_a_page_stands_once_in_a_memo_with_the_steps_that_it_proves():
    (spread,) = gather_spreads(proved("Q1", "Q2"))
    assert (spread.document, spread.page, spread.labels) == ("acme.pdf", 4, ("Q1", "Q2"))


def test_what_was_only_read_is_no_page_of_a_memo():
    assert gather_spreads(proved("Q1", is_proof=False)) == ()


def test_an_html_memo_holds_its_pictures_and_marks():
    memo = render_export(proved("Q1"), ".html", "2026-03-04", draw_leaf).decode()
    assert memo.count("data:image/png;base64,") == 1
    assert memo.count('class="desk-mark"') == 1
    assert "€5 million" in memo
    assert not re.search(r"(?:src|href)=\"(?!data:)", memo)


def test_an_html_memo_is_never_markup_of_a_filing():
    evil = replace(proved("Q1", quote="<script>1</script>"), answer=Answer("<img src=x>", "text"))
    memo = render_export(evil, ".html", "<b>", draw_leaf).decode()
    assert "<script>" not in memo
    assert "<img src=x>" not in memo


def test_a_removed_document_is_told_in_the_memo():
    assert "removed" in render_export(proved("Q1"), ".html", "", find_no_leaf).decode()


def test_a_pdf_memo_holds_the_answer_and_its_page():
    reader = PdfReader(io.BytesIO(render_export(proved("Q1"), ".pdf", "2026-03-04", draw_leaf)))
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert "€5 million" in text
    assert "Q1: acme.pdf, page 4" in text
    assert sum(len(page.images) for page in reader.pages) == 1
    assert reader.metadata.title == RESULT.question.text


def test_a_pdf_memo_bears_words_that_look_like_markup():
    """The layout library reads tags in paragraphs: a filing's must not be taken for them."""
    evil = replace(proved("Q1", quote="a < b & <para>"), answer=Answer("</b> <font>", "text"))
    assert render_export(evil, ".pdf", "", draw_leaf).startswith(b"%PDF-")


def test_the_text_to_copy_says_where_each_figure_stands():
    text = render_text(proved("Q1"))
    assert text.splitlines() == [
        "What were net sales in 2023?",
        "NOT ENOUGH INFO: €5 million",
        "Q1. Which? €5 [acme.pdf, page 4, table cell]",
    ]
