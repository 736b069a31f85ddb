"""From a view to HTML: all text escaped, every state told in words."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from app.desk.evidence_pane import render_evidence
from app.desk.library_list import render_library
from app.desk.render import (
    render_answer,
    render_header,
    render_ingest,
    render_problem,
)
from app.desk.tree import render_plan
from app.desk.view import Node, RunView
from app.markup.checks import render_checks
from ingestion.documents import Box, Document, FilingFacts, IngestReport, Line, Page, Word
from ingestion.progress import Progress
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

EVIL = '<script>alert("1")</script>\'&'
ESCAPED = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#x27;&amp;"
PAGE = Page(4, (), 600.0, 800.0)
SHEET = Page(
    1,
    tuple(
        Line(tuple(Word(f"{column}-{row}", cell=f"{column}{row}") for column in ("A", "B", "AA")))
        for row in range(1, 61)
    ),
    label="Segments",
)


def evidence(**changes):
    plain = Evidence(
        evidence_id="e1",
        document_id="d1",
        document="acme.pdf",
        page=4,
        kind="cell",
        quote="Net sales, 2023: $1,284",
        boxes=(Box(60.0, 80.0, 120.0, 96.0),),
        sheet=None,
        cell=None,
        score=0.1,
        passage_id="p1",
        is_proof=True,
    )
    return replace(plain, **changes)


def sub_answer(*items, grounded=True, **changes):
    label = "SUPPORTED" if grounded else "NOT_ENOUGH_INFO"
    checks = (Check("period", grounded, "Asked for 2023."),)
    plain = SubAnswer("Q1", "What?", "$1,284", grounded, Verdict(label, checks), None, items, 12.4)
    return replace(plain, **changes)


def node(*items, **changes):
    plain = Node(SubQuestion("Q1", "What?"), "grounded", sub_answer=sub_answer(*items))
    return replace(plain, **changes)


def result(label="SUPPORTED", kind="text", text="$1,284 million", checks=()):
    return ResearchResult(
        Question("What?"),
        ModelFile("small", "small.gguf", "0"),
        Decomposition(()),
        (),
        Answer(text, kind),
        Verdict(label, checks),
        {"total": 12.4},
    )


def document(**changes):
    filing = FilingFacts("Acme Corporation", "10-K", 2023, "2023-12-31")
    plain = Document("d1", "acme.pdf", filing, 9, 21, 3, 0, "2024")
    return replace(plain, **changes)


def text_of(html):
    """What a reader sees, with single spaces."""
    parts = []
    reader = HTMLParser()
    reader.handle_data = parts.append
    reader.feed(html)
    return " ".join(" ".join(parts).split())


# Nothing that a filing or a user says is ever markup


def evil_parts():
    check = Check(EVIL, False, EVIL)
    step = SubQuestion(EVIL, EVIL, (EVIL,))
    bad = sub_answer(
        grounded=False,
        label=EVIL,
        answer=EVIL,
        verdict=Verdict("NOT_ENOUGH_INFO", (check,)),
        notes=(EVIL,),
    )
    item = evidence(quote=EVIL, document=EVIL)
    cells = Page(1, (Line((Word(EVIL, cell="A1"),)),), label=EVIL)
    ended = RunView(result=result(text=EVIL, checks=(check,)))
    planned = RunView(nodes=(Node(step, writing=EVIL),), notes=(EVIL,))
    reports = [
        IngestReport(EVIL, EVIL, "failed", None, 0.0, (EVIL,), error=EVIL),
        IngestReport(EVIL, EVIL, "added", None, 0.0, (EVIL,)),
    ]
    return {
        "header": render_header(ModelFile(EVIL, EVIL, EVIL, EVIL), EVIL),
        "header of a server": render_header(ModelFile(EVIL, EVIL, None), EVIL),
        "company": render_library([document(filing=FilingFacts(EVIL, EVIL, None, EVIL))]),
        "document": render_library([document(name=EVIL, warnings=(EVIL,))]),
        "reports": render_ingest(None, 0, reports),
        "progress": render_ingest(Progress(EVIL, "reading", 1, 2), 0),
        "problem": render_problem(EVIL),
        "error": render_answer(RunView(error=EVIL)),
        "answer": render_answer(ended),
        "checks": render_checks([check]),
        "plan": render_plan(planned, EVIL),
        "resolved question": render_plan(
            replace(planned, nodes=(Node(step, question=EVIL),)), None
        ),
        "sub-answer": render_plan(RunView(nodes=(Node(step, "ungrounded", EVIL, "", bad),)), None),
        "evidence": render_evidence(Node(step, sub_answer=sub_answer(item)), 0, PAGE),
        "warnings": render_ingest(
            None, 0, [IngestReport(EVIL, "a", "added", None, 0.0, (EVIL, EVIL))]
        ),
        "text": render_evidence(
            node(evidence(span=(0, 9))), 0, Page(1, (Line((Word(EVIL),)), Line((Word(EVIL),))))
        ),
        "sheet": render_evidence(node(evidence(quote=EVIL, sheet=EVIL, cell=EVIL)), 0, cells),
    }


@pytest.mark.parametrize("part", evil_parts())
def test_text_is_never_markup(part):
    html = evil_parts()[part]
    assert "<script" not in html
    assert 'alert("' not in html
    assert ESCAPED in html


@pytest.mark.parametrize("part", evil_parts())
def test_every_part_is_well_formed(part):
    open_tags = []
    reader = HTMLParser()

    def handle_endtag(tag):
        assert open_tags.pop() == tag

    reader.handle_starttag = lambda tag, attributes: (
        open_tags.append(tag) if tag not in ("br", "img", "input") else None
    )
    reader.handle_endtag = handle_endtag
    reader.feed(evil_parts()[part])
    reader.close()
    assert open_tags == []


# The answer


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("SUPPORTED", "\u2713 Supported"),
        ("REFUTED", "\u2717 Refuted"),
        ("NOT_ENOUGH_INFO", "? Not enough information"),
    ],
)
def test_the_verdict_is_told_by_word_and_sign(label, words):
    assert words in text_of(render_answer(RunView(result=result(label))))


def test_what_is_not_disclosed_is_told_as_not_found():
    html = render_answer(RunView(result=result("NOT_ENOUGH_INFO", "not_disclosed")))
    assert "? Not found in what was read" in text_of(html)


def test_the_answer_and_its_seconds_are_shown():
    text = text_of(render_answer(RunView(result=result())))
    assert "$1,284 million" in text
    assert re.search(r"question , 12\.\d s, no model needed", text)


def test_an_error_is_shown_as_an_alert():
    html = render_answer(RunView(error="The model is gone."))
    assert 'role="alert"' in html
    assert text_of(html) == "! Could not finish The model is gone."


def test_an_error_stands_before_an_earlier_result():
    assert "1,284" not in render_answer(RunView(result=result(), error="The model is gone."))


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        ("idle", "Ask a question"),
        ("planning", "Breaking the question down"),
        ("solving", "Answering the parts"),
        ("concluding", "Answering the whole"),
        ("stopped", "Stopped."),
    ],
)
def test_a_run_without_result_says_where_it_stands(phase, words):
    html = render_answer(RunView(phase=phase))
    assert words in text_of(html)
    assert 'aria-live="polite"' in html


def test_checks_are_counted_and_listed():
    checks = (Check("period", True, "Asked for 2023."), Check("unit", False, "Gives percent."))
    text = text_of(render_checks(checks))
    assert text == "1 of 2 checks passed period Asked for 2023. unit Gives percent."


def test_no_checks_show_nothing():
    assert render_checks(()) == ""


# The plan


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("waiting", "\u25cb waiting"),
        ("searching", "\u25d4 searching"),
        ("answering", "\u25d1 answering"),
    ],
)
def test_a_node_at_work_tells_its_state_in_words(state, words):
    view = RunView(nodes=(node(state=state, sub_answer=None, writing="12"),))
    text = text_of(render_plan(view, None))
    assert words in text
    assert "0 of 1 answered" in text
    assert text.endswith("12")


@pytest.mark.parametrize(
    ("state", "words"), [("grounded", "\u2713 grounded"), ("ungrounded", "? not grounded")]
)
def test_an_answered_node_tells_its_state_and_seconds(state, words):
    text = text_of(render_plan(RunView(nodes=(node(state=state),)), None))
    assert f"{words} 12 s" in text
    assert "1 of 1 answered" in text


def test_an_ungrounded_node_says_why():
    view = RunView(nodes=(node(state="ungrounded", sub_answer=sub_answer(grounded=False)),))
    assert "Asked for 2023." in text_of(render_plan(view, None))


def test_a_grounded_node_tells_its_notes_and_no_checks():
    view = RunView(nodes=(node(sub_answer=sub_answer(notes=("asked again",))),))
    text = text_of(render_plan(view, None))
    assert "asked again" in text
    assert "Asked for 2023." not in text


def test_only_the_selected_node_is_pressed():
    nodes = (node(), node(step=SubQuestion("Q2", "And?", ("Q1",))))
    html = render_plan(RunView(nodes=nodes), "Q2")
    assert re.findall(r'data-label="(Q\d)" aria-pressed="(\w+)"', html) == [
        ("Q1", "false"),
        ("Q2", "true"),
    ]


def test_a_node_shows_what_it_comes_after():
    html = render_plan(RunView(nodes=(node(step=SubQuestion("Q2", "And #1?", ("Q1",))),)), None)
    assert '<span class="desk-after">from Q1</span>' in html


def test_without_a_plan_there_is_no_tree():
    assert text_of(render_plan(RunView(), None)) == ""


# Evidence


def test_without_a_node_there_is_a_hint():
    assert "marked on its page" in text_of(render_evidence(None, 0, None))


def test_a_node_that_is_not_answered_has_no_evidence_yet():
    html = render_evidence(node(sub_answer=None), 0, None)
    assert text_of(html) == "Q1 Not answered yet."


def test_a_node_whose_search_found_nothing_says_so():
    assert text_of(render_evidence(node(), 0, None)) == "Q1 No passage was found."


@pytest.mark.parametrize(("is_proof", "role"), [(True, "Proof"), (False, "Passage read")])
def test_proof_is_told_from_what_was_only_read(is_proof, role):
    html = render_evidence(node(evidence(is_proof=is_proof)), 0, PAGE)
    assert f"{role} acme.pdf, page 4" in text_of(html)


@pytest.mark.parametrize(
    ("index", "disabled"),
    [(0, [True, False]), (1, [False, False]), (2, [False, True])],
)
def test_the_pager_ends_at_both_ends(index, disabled):
    items = tuple(evidence(evidence_id=f"e{number}") for number in range(3))
    html = render_evidence(node(*items), index, PAGE)
    buttons = re.findall(r'<button[^>]*data-turn="[^"]*"[^>]*>', html)
    assert ["disabled" in button for button in buttons] == disabled
    assert f"{index + 1} of 3" in html


def test_a_single_piece_of_evidence_turns_nowhere():
    html = render_evidence(node(evidence()), 0, PAGE)
    assert html.count("disabled") == 2
    assert "1 of 1" in html


def test_a_mark_stands_at_its_part_of_the_page():
    html = render_evidence(node(evidence()), 0, PAGE)
    style = re.search(r'class="desk-mark" style="([^"]*)"', html).group(1)
    parts = dict(pair.split(":") for pair in style.split(";"))
    # Two points wider at the sides, one and a half higher above and below.
    assert parts == {
        "left": f"{100 * 58 / 600:.2f}%",
        "top": f"{100 * 78.5 / 800:.2f}%",
        "width": f"{100 * 64 / 600:.2f}%",
        "height": f"{100 * 19 / 800:.2f}%",
    }


def test_each_box_has_its_mark():
    boxes = (Box(60, 80, 120, 96), Box(60, 100, 90, 116))
    assert render_evidence(node(evidence(boxes=boxes)), 0, PAGE).count('class="desk-mark"') == 2


def test_a_passage_that_was_only_read_is_marked_in_another_way():
    html = render_evidence(node(evidence(is_proof=False)), 0, PAGE)
    assert 'class="desk-mark desk-mark-wide"' in html


def test_the_picture_of_the_page_is_named_for_those_who_cannot_see_it():
    html = render_evidence(node(evidence()), 0, PAGE)
    assert '<img src="/page/d1/4.png" alt="Page 4 of acme.pdf">' in html


def test_evidence_of_a_removed_document_says_so():
    html = render_evidence(node(evidence()), 0, None)
    assert "This document was removed from the workspace." in text_of(html)
    assert "Net sales, 2023: $1,284" in text_of(html)
    assert "<img" not in html


def test_a_long_quotation_is_cut():
    html = render_evidence(node(evidence(quote="net sales " * 100)), 0, PAGE)
    quote = re.search(r"<blockquote[^>]*>(.*)</blockquote>", html).group(1)
    assert len(quote) <= 320
    assert quote.endswith("sales\u2026")


# Sheets


def show_cell(cell):
    return render_evidence(node(evidence(sheet="Segments", cell=cell, page=1, boxes=())), 0, SHEET)


def test_the_cell_of_a_sheet_is_marked_and_named():
    html = show_cell("B30")
    assert re.findall(r'<td class="desk-cell">([^<]*)</td>', html) == ["B-30"]
    assert "sheet Segments, cell B30" in text_of(html)


def test_the_columns_of_a_sheet_stand_in_their_order():
    assert re.findall(r"<th>([A-Z]+)</th>", show_cell("B30")) == ["A", "B", "AA"]


def test_a_long_sheet_is_shown_around_its_cell():
    rows = [int(number) for number in re.findall(r"<tr><th>(\d+)</th>", show_cell("B30"))]
    assert rows == list(range(rows[0], rows[-1] + 1))
    assert rows[0] < 30 < rows[-1]
    assert len(rows) < 60


@pytest.mark.parametrize("cell", ["B1", "AA60"])
def test_the_first_and_the_last_row_can_be_marked(cell):
    assert show_cell(cell).count('class="desk-cell"') == 1


def test_without_a_cell_the_sheet_starts_at_its_top():
    html = show_cell(None)
    assert '<td class="desk-cell">' not in html
    assert "<tr><th>1</th>" in html


def test_an_empty_cell_keeps_its_column():
    page = Page(
        1,
        (
            Line((Word("Segment", cell="A1"), Word("2023", cell="B1"))),
            Line((Word("5", cell="B2"),)),
        ),
        label="S",
    )
    html = render_evidence(node(evidence(sheet="S", cell="B2", page=1)), 0, page)
    assert '<tr><th>2</th><td></td><td class="desk-cell">5</td></tr>' in html


# The library


def test_an_empty_library_says_what_to_do():
    assert "Drop a 10-K" in text_of(render_library([]))


def test_documents_stand_under_their_company():
    documents = [
        document(),
        document(document_id="d2", name="acme-2022.pdf"),
        document(document_id="d3", name="notes.csv", filing=FilingFacts()),
    ]
    html = render_library(documents)
    assert re.findall(r'<li class="desk-company">([^<]*)</li>', html) == [
        "Acme Corporation",
        "Other documents",
    ]
    assert re.findall(r'data-remove="([^"]*)"', html) == ["d1", "d2", "d3"]


def test_a_document_shows_its_form_year_and_length():
    assert "acme.pdf 10-K FY2023 9 pages" in text_of(render_library([document()]))


def test_a_workbook_counts_sheets():
    html = render_library([document(name="acme.xlsx", filing=FilingFacts(), pages=2)])
    assert "acme.xlsx 2 sheets" in text_of(html)


def test_without_a_year_the_end_of_the_period_is_shown():
    html = render_library([document(filing=FilingFacts("Acme", "10-Q", None, "2023-06-30"))])
    assert "10-Q 2023-06-30" in text_of(html)


def test_all_documents_are_asked_unless_some_are_left_out():
    documents = [document(), document(document_id="d2", name="old.pdf")]
    assert "All are asked" in text_of(render_library(documents))
    html = render_library(documents, {"d2"})
    assert "1 of 2 are asked Ask all" in text_of(html)
    assert re.findall(r'data-ask="(\w+)"[^>]* checked>', html) == ["d1"]


def test_many_documents_can_be_filtered():
    documents = [document(document_id=f"d{at}") for at in range(5)]
    assert "desk-filter" in render_library(documents)
    assert "desk-filter" not in render_library(documents[:4])


def test_a_warning_is_shown_only_where_there_is_one():
    assert "desk-warn" not in render_library([document()])


def test_warnings_are_counted_and_open_to_their_list():
    html = render_library([document(warnings=("page 3 has no text", "scanned"))])
    (folded,) = re.findall(r"<details.*?</details>", html)
    assert text_of(folded) == "\u26a0 2 warnings page 3 has no text scanned"
    assert "<li>page 3 has no text</li><li>scanned</li>" in folded


def test_one_warning_is_told_as_one():
    assert "\u26a0 1 warning " in text_of(render_library([document(warnings=("scanned",))]))


def test_tables_and_facts_are_counted_where_there_are_any():
    html = render_library([document(pages=1, tables=1, facts=1284)])
    assert "1 page, 1 table, 1,284 facts" in text_of(html)
    none = text_of(render_library([document(tables=0, facts=0)]))
    assert "table" not in none
    assert "fact" not in none


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("acme.pdf", "2 pages"),
        ("acme.html", "2 pages"),
        ("acme.docx", "2 pages"),
        ("acme.xlsm", "2 sheets"),
        ("acme.csv", "2 sheets"),
    ],
)
def test_pages_are_counted_by_their_name(name, count):
    html = render_library([document(name=name, pages=2, tables=0, filing=FilingFacts())])
    assert f"{name} {count} Remove" == text_of(html).partition("Other documents ")[2]


# Uploads


def test_progress_tells_file_stage_and_part():
    html = render_ingest(Progress("acme.pdf", "embedding", 32, 128), 2)
    assert text_of(html) == "acme.pdf Indexing passages 32 of 128, 2 more waiting"
    assert '<progress value="0.250" max="1">' in html


def test_the_last_file_has_none_waiting():
    assert "waiting" not in render_ingest(Progress("acme.pdf", "reading", 1, 2), 0)


def test_progress_of_nothing_is_no_division():
    assert '<progress value="0.000"' in render_ingest(Progress("acme.pdf", "reading", 0, 0), 0)


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (IngestReport("/a", "a.pdf", "added", None, 0.1), "\u2713 a.pdf added"),
        (IngestReport("/a", "a.pdf", "unchanged", None, 0.1), "= a.pdf unchanged"),
        (
            IngestReport("/a", "a.pdf", "failed", None, 0.0, error="It is empty."),
            "\u2717 a.pdf It is empty.",
        ),
        (
            IngestReport("/a", "a.pdf", "added", None, 0.1, ("page 3 has no text",)),
            "\u2713 a.pdf added page 3 has no text",
        ),
    ],
    ids=["added", "unchanged", "failed", "warned"],
)
def test_what_came_of_a_file_is_told_in_words(report, words):
    assert text_of(render_ingest(None, 0, [report])) == words


def test_several_warnings_of_a_file_fold_into_their_number():
    report = IngestReport("/a", "a.pdf", "added", None, 0.1, ("scanned", "page 3 is empty"))
    html = render_ingest(None, 0, [report])
    assert text_of(html) == "\u2713 a.pdf added \u26a0 2 warnings scanned page 3 is empty"
    assert html.count("<details") == 1


@pytest.mark.parametrize(
    ("cancelled", "words"),
    [(1, "Cancelled: 1 file was not added."), (3, "Cancelled: 3 files were not added.")],
)
def test_cancelled_files_are_counted(cancelled, words):
    assert text_of(render_ingest(None, 0, (), cancelled)) == words


# The head


def test_the_head_names_workspace_and_model():
    html = render_header(ModelFile("small", "small.gguf", "0"), "/home/ada/desk")
    assert text_of(html).startswith("AceDesk desk small offline ")
    assert 'title="/home/ada/desk"' in html


def test_the_head_says_where_passages_go_when_a_server_answers():
    html = render_header(ModelFile("AceSearcher-32B", "http://gpu:8000/v1", None), "desk")
    assert text_of(html).startswith("AceDesk desk AceSearcher-32B http://gpu:8000/v1 ")
    assert 'title="Passages are sent to http://gpu:8000/v1"' in html
    assert "offline" not in html


def test_the_head_names_the_adapter():
    html = render_header(ModelFile("small", "small.gguf", "0", "lora.gguf"), "desk")
    assert "small + lora.gguf" in text_of(html)


@pytest.mark.parametrize(
    ("path", "shown"),
    [("/home/ada/desk/", "desk"), ("C:\\Users\\ada\\desk", "desk"), ("desk", "desk"), ("/", "/")],
)
def test_of_the_workspaces_path_the_last_part_is_shown(path, shown):
    assert f"AceDesk {shown} small" in text_of(
        render_header(ModelFile("small", "small.gguf", "0"), path)
    )
