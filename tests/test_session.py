"""The events of the page, over a real workspace and a model that follows a script."""

from __future__ import annotations

import json
import logging
import re
from contextlib import closing

import pytest

from app.desk.session import Desk
from app.desk.state import DeskState
from app.desk.view import Node, RunView
from ingestion.documents import Document, FilingFacts, IngestReport
from ingestion.errors import Cancelled
from ingestion.progress import Progress
from ingestion.workspace import Workspace
from models.errors import PromptTooLong
from models.scripted import ScriptedChatModel
from research.questions import Evidence, SubAnswer, SubQuestion, Verdict

QUESTION = "What was Acme's operating income in 2022, and what was it in 2023?"
PARTS = {"2022": "198", "2023": "210"}
PLAN = (
    "### Q1: What was Acme's operating income in 2022?\n"
    "### Q2: What was Acme's operating income in 2023?"
)
# Its first part is a fact, its second needs the model.
HALF_A_FACT = "What was Acme's operating income in 2022, and which firm is its auditor?"
AUDITOR = "Which firm is Acme's auditor?"
FINAL = "<answer>$198 million in 2022 and $210 million in 2023</answer>"


@pytest.fixture(scope="module")
def acme(draw_pdf, set_lines, set_rows):
    """A report whose second page prints the operating income of two years."""
    cover = set_lines(
        "FORM 10-K",
        "For the fiscal year ended December 31, 2023",
        "Acme Corporation",
        "(Exact name of registrant as specified in its charter)",
        leading=30.0,
    )
    rows = (
        ("", "2023", "2022"),
        ("Net sales", "$1,284", "$1,209"),
        ("Operating income", "210", "198"),
    )
    title = set_lines("CONSOLIDATED STATEMENTS OF OPERATIONS", "(In millions)")
    return draw_pdf(cover, [*title, *set_rows(*rows, top=110.0)])


@pytest.fixture(scope="module")
def library(tmp_path_factory, acme, fake_embedder):
    """A workspace with the report; the tests add past answers to it and nothing else."""
    folder = tmp_path_factory.mktemp("session")
    (folder / "acme-2023.pdf").write_bytes(acme)
    workspace = Workspace(folder / "workspace", fake_embedder)
    workspace.add_file(folder / "acme-2023.pdf")
    return workspace


def answer(prompt):
    """Plan, answer each part with its year's figure, and answer the whole."""
    if prompt.startswith("Please break down"):
        return PLAN
    if prompt.startswith("You have the following passages"):
        return FINAL
    asked = re.search(r"Please answer the question '(.*)' with", prompt).group(1)
    return next(figure for year, figure in PARTS.items() if year in asked)


@pytest.fixture
def desk(library):
    return Desk(library, ScriptedChatModel(answer))


def run(desk, state, text=QUESTION):
    """Ask, and return what the page would show: one view a step."""
    return [now.view for now in desk.ask(state, text)]


def evidence(key, page=1, document_id="gone"):
    return Evidence(key, document_id, "a.pdf", page, "text", "Net", (), None, None, 0.1, f"p-{key}")


def answered(label, *items):
    verdict = Verdict("NOT_ENOUGH_INFO", ())
    sub = SubAnswer(label, "What?", "5", False, verdict, None, items, 0.0)
    return Node(SubQuestion(label, "What?"), "ungrounded", sub_answer=sub)


def state_with(*nodes, selected="Q1", index=0):
    return DeskState(RunView(nodes=nodes), selected, index)


# Asking


def test_the_page_shows_planning_first_and_the_result_last(desk):
    views = run(desk, DeskState())
    assert (views[0].phase, views[0].question, views[0].nodes) == ("planning", QUESTION, ())
    assert views[-1].phase == "done"
    assert views[-1].result.verdict.label == "SUPPORTED"
    assert views[-1].error is None


def test_the_phases_come_in_order(desk):
    phases = [view.phase for view in run(desk, DeskState())]
    assert list(dict.fromkeys(phases)) == ["planning", "solving", "concluding", "done"]
    order = ["planning", "solving", "concluding", "done"]
    assert phases == sorted(phases, key=order.index)


def test_the_state_that_is_yielded_is_the_pages_own(desk):
    state = DeskState()
    assert all(now is state for now in desk.ask(state, QUESTION))


def test_a_finished_run_is_saved(desk, library):
    before = len(library.answers())
    result = run(desk, DeskState())[-1].result
    saved = library.answers()
    assert len(saved) == before + 1
    records = [json.loads(answer.record) for answer in saved]
    assert {record["question"] for record in records} == {QUESTION}
    assert any(record["answer"]["text"] == result.answer.text for record in records)


def test_a_new_question_clears_the_one_before(desk):
    state = DeskState()
    run(desk, state)
    desk.select(state, "Q1")
    desk.turn(state, 1)
    first = next(desk.ask(state, "Another one?"))
    assert (first.view.question, first.view.nodes, first.view.result) == ("Another one?", (), None)
    assert (first.selected, first.index, first.chosen) == (None, 0, False)


def test_the_page_follows_to_the_part_that_was_answered_last(desk):
    state = DeskState()
    followed = [state.selected for _ in desk.ask(state, QUESTION)]
    assert list(dict.fromkeys(followed)) == [None, "Q1", "Q2"]


def test_the_page_stays_with_proof_when_a_later_part_has_none(library):
    def miss_the_second(prompt):
        if prompt.startswith("Please break down"):
            return f"### Q1: What was Acme's operating income in 2022?\n### Q2: {AUDITOR}"
        return FINAL if "Wrap your answer" in prompt else "no idea"

    state = DeskState()
    run(Desk(library, ScriptedChatModel(miss_the_second)), state, HALF_A_FACT)
    assert [node.state for node in state.view.nodes] == ["grounded", "ungrounded"]
    assert state.selected == "Q1"


def test_a_part_that_is_chosen_while_the_run_goes_on_is_kept(desk):
    state = DeskState()
    for now in desk.ask(state, QUESTION):
        if now.selected == "Q1" and not now.chosen:
            desk.select(state, "Q1")
    assert state.view.phase == "done"
    assert (state.selected, state.chosen) == ("Q1", True)


def test_evidence_that_is_turned_to_while_the_run_goes_on_is_kept(desk):
    state = DeskState()
    for now in desk.ask(state, QUESTION):
        if now.selected == "Q1" and now.index == 0:
            desk.turn(state, 1)
    assert state.view.phase == "done"
    assert (state.selected, state.index) == ("Q1", 1)


# Stopping


def test_stopping_keeps_what_was_answered(desk, library):
    state = DeskState()
    before = len(library.answers())
    for now in desk.ask(state, QUESTION):
        if now.view.node("Q1") and now.view.node("Q1").sub_answer:
            desk.stop(state)
    assert state.view.phase == "stopped"
    assert [node.state for node in state.view.nodes] == ["grounded", "waiting"]
    assert (state.view.result, state.view.error) == (None, None)
    assert len(library.answers()) == before


def test_stopping_at_once_asks_the_model_nothing(desk):
    state = DeskState()
    with closing(desk.ask(state, QUESTION)) as running:
        next(running)
        desk.stop(state)
        assert [now.view.phase for now in running][-1] == "stopped"
    assert desk.model.prompts == []


def test_stopping_before_any_question_does_nothing(desk):
    state = DeskState()
    desk.stop(state)
    assert state == DeskState()


def test_a_stopped_page_can_ask_again(desk):
    state = DeskState()
    for _ in desk.ask(state, QUESTION):
        desk.stop(state)
    assert run(desk, state)[-1].phase == "done"


def test_stopping_one_page_does_not_stop_another(desk):
    one, other = DeskState(), DeskState()
    for _ in desk.ask(one, QUESTION):
        desk.stop(one)
    assert one.view.phase == "stopped"
    assert run(desk, other)[-1].phase == "done"


# What goes wrong


def test_an_empty_question_is_answered_by_a_message(desk):
    assert "empty" in run(desk, DeskState(), "  ")[-1].error


def test_a_library_without_documents_is_answered_by_a_message(workspace):
    view = run(Desk(workspace, ScriptedChatModel(answer)), DeskState())[-1]
    assert "no documents" in view.error
    assert view.phase == "stopped"


def fail_at_the_second(error):
    def fail(prompt):
        if prompt.startswith("Please break down"):
            return f"### Q1: What was Acme's operating income in 2022?\n### Q2: {AUDITOR}"
        if AUDITOR in prompt and "context passages" in prompt:
            raise error
        return answer(prompt)

    return ScriptedChatModel(fail)


def test_an_error_of_the_model_becomes_its_message_and_keeps_what_was_answered(library):
    model = fail_at_the_second(PromptTooLong("The prompt has 9,000 tokens."))
    view = run(Desk(library, model), DeskState(), HALF_A_FACT)[-1]
    assert view.error == "The prompt has 9,000 tokens."
    assert [node.state for node in view.nodes] == ["grounded", "waiting"]


def test_an_unexpected_error_becomes_a_message_and_a_line_in_the_log(library, caplog):
    desk = Desk(library, fail_at_the_second(ZeroDivisionError("secret")))
    with caplog.at_level(logging.ERROR, logger="app.desk.session"):
        view = run(desk, DeskState(), HALF_A_FACT)[-1]
    assert "ZeroDivisionError" in view.error
    assert "secret" not in view.error
    assert "secret" in caplog.text
    assert [node.state for node in view.nodes] == ["grounded", "waiting"]


def test_after_an_error_the_page_can_ask_again(library, desk):
    state = DeskState()
    run(Desk(library, fail_at_the_second(ZeroDivisionError())), state)
    assert run(desk, state)[-1].error is None


# Looking at evidence


def test_selecting_a_part_shows_its_first_evidence():
    state = state_with(answered("Q1"), answered("Q2", evidence("a")), index=3)
    state = Desk(None, None).select(state, "Q2")
    assert (state.selected, state.index, state.chosen) == ("Q2", 0, True)


def test_selecting_what_is_not_there_changes_nothing():
    state = state_with(answered("Q1", evidence("a"), evidence("b")), index=1)
    state = Desk(None, None).select(state, "Q9")
    assert (state.selected, state.index, state.chosen) == ("Q1", 1, False)


@pytest.mark.parametrize(
    ("index", "by", "shown"),
    [(0, 1, 1), (0, -1, 0), (1, 1, 2), (2, 1, 2), (2, -1, 1), (0, 99, 2), (2, -99, 0)],
)
def test_turning_stays_within_the_evidence(index, by, shown):
    items = (evidence("a"), evidence("b"), evidence("c"))
    assert Desk(None, None).turn(state_with(answered("Q1", *items), index=index), by).index == shown


def test_turning_without_evidence_does_nothing():
    assert Desk(None, None).turn(state_with(answered("Q1")), 1).index == 0
    assert Desk(None, None).turn(DeskState(), 1) == DeskState()


def test_the_page_of_the_evidence_is_shown(desk):
    state = DeskState()
    run(desk, state)
    page = desk.evidence_page(state)
    assert page.number == 2
    assert "Operating income" in page.text


def test_evidence_of_a_removed_document_has_no_page(desk):
    assert desk.evidence_page(state_with(answered("Q1", evidence("a")))) is None


def test_without_evidence_there_is_no_page(desk):
    assert desk.evidence_page(DeskState()) is None
    assert desk.evidence_page(state_with(answered("Q1"))) is None


NOTES = """Its auditor is Ledger LLP. It is old.

| In millions | 2023 | 2022 |
|---|---|---|
| Net sales | $1,284 | $1,209 |
| Operating income | 210 | 198 |
"""


def test_evidence_of_a_text_knows_its_cell_and_its_words(workspace, tmp_path):
    (tmp_path / "notes.md").write_text(NOTES)
    workspace.add_file(tmp_path / "notes.md")
    state = DeskState()

    def reply(prompt):
        if prompt.startswith("Please break down"):
            return "### Q1: What was operating income in 2022?\n### Q2: Who is the auditor?"
        return "Ledger LLP" if "auditor?' with" in prompt else "198"

    desk = Desk(workspace, ScriptedChatModel(reply))
    run(desk, state, "What was operating income in 2022, and who is the auditor?")
    figure = state.view.node("Q1").evidence[0]
    assert (figure.is_proof, figure.cell, figure.boxes, figure.sheet) == (True, "T1:C3", (), None)
    words = state.view.node("Q2").evidence[0]
    desk.select(state, "Q2")
    start, end = words.span
    assert desk.evidence_page(state).text[start:end] == "Its auditor is Ledger LLP."


# The library


@pytest.fixture
def upload(workspace, tmp_path, acme):
    """Add files of these names; those called bad hold nothing that can be read."""

    def add(*names):
        paths = []
        for name in names:
            paths.append(tmp_path / name)
            paths[-1].write_bytes(b"no pages" if name.startswith("bad") else acme)
        return list(Desk(workspace, None).add([str(path) for path in paths]))

    return add


def test_a_good_file_is_added(upload, workspace):
    states = upload("acme.pdf")
    assert states[-1].progress is None
    (report,) = states[-1].reports
    assert (report.name, report.status, report.error) == ("acme.pdf", "added", None)
    assert [document.name for document in workspace.documents()] == ["acme.pdf"]


def test_the_page_is_told_how_far_a_file_has_come(upload):
    first = upload("acme.pdf")[0]
    assert (first.progress.name, first.progress.stage, first.waiting) == ("acme.pdf", "reading", 0)


def test_a_bad_file_becomes_a_report_with_its_error(upload, workspace):
    (report,) = upload("bad.pdf")[-1].reports
    assert (report.name, report.status, report.document) == ("bad.pdf", "failed", None)
    assert "bad.pdf" in report.error
    assert workspace.documents() == ()


def test_a_bad_file_does_not_stop_the_next(upload, workspace):
    states = upload("bad.pdf", "acme.pdf")
    assert [(r.name, r.status) for r in states[-1].reports] == [
        ("bad.pdf", "failed"),
        ("acme.pdf", "added"),
    ]
    assert states[0].waiting == 1
    assert states[-1].waiting == 0
    assert len(workspace.documents()) == 1


def test_the_same_file_again_is_told_as_unchanged(upload):
    reports = upload("acme.pdf", "again.pdf")[-1].reports
    assert [report.status for report in reports] == ["added", "unchanged"]


def test_an_unexpected_error_while_adding_becomes_a_report(workspace, tmp_path, caplog):
    class Broken:
        def add_files(self, paths, listener, cancel):
            raise ZeroDivisionError("secret")

    with caplog.at_level(logging.ERROR, logger="app.desk.adding"):
        (state,) = Desk(Broken(), None).add([str(tmp_path / "acme.pdf")])
    (report,) = state.reports
    assert (report.name, report.status) == ("acme.pdf", "failed")
    assert "ZeroDivisionError" in report.error
    assert "secret" not in report.error
    assert "secret" in caplog.text


class Archives:
    """A workspace whose every path is an archive of three files; keeps the names it was given."""

    def __init__(self):
        self.given = []

    def add_files(self, paths, listener, cancel):
        for path in paths:
            self.given.append(path.name)
            for number in (1, 2, 3):
                name = f"{path.stem}-{number}.txt"
                listener(Progress(name, "reading", 1, 1, number, 3))
                error = str(Cancelled(name)) if cancel() else None
                status = "failed" if error else "added"
                yield IngestReport(str(path), name, status, None, 0.0, error=error)


def test_each_file_of_an_archive_has_its_report():
    states = list(Desk(Archives(), None).add(["a.zip", "b.zip"]))
    assert [report.name for report in states[-1].reports] == [
        f"{archive}-{number}.txt" for archive in "ab" for number in (1, 2, 3)
    ]
    # Two more of this archive, and the other archive.
    assert states[0].waiting == 3
    assert (states[-1].waiting, states[-1].cancelled) == (0, 0)


def test_cancelling_keeps_what_is_stored_and_counts_the_rest():
    workspace, state = Archives(), DeskState()
    desk = Desk(workspace, None)
    desk.stop_adding(state)  # nothing is being added yet
    with closing(desk.add(["a.zip", "b.zip", "c.zip"], state)) as adding:
        next(adding)
        desk.stop_adding(state)
        last = list(adding)[-1]
    assert workspace.given == ["a.zip"]
    # Two whole archives were not opened; of the first, what was done by then is stored.
    assert len(last.reports) + last.cancelled == 5
    assert {report.status for report in last.reports} <= {"added"}
    assert last.cancelled >= 2


def test_a_file_that_is_cancelled_is_not_stored(workspace, tmp_path, acme):
    (tmp_path / "acme.pdf").write_bytes(acme)
    state = DeskState()

    class Impatient:
        def add_files(self, paths, listener, cancel):
            return workspace.add_files(paths, lambda progress: desk.stop_adding(state), cancel)

    desk = Desk(Impatient(), None)
    (now,) = desk.add([str(tmp_path / "acme.pdf")], state)
    assert (now.reports, now.cancelled) == ((), 1)
    assert workspace.documents() == ()


def test_files_can_be_added_after_others_were_cancelled():
    state = DeskState()
    desk = Desk(Archives(), None)
    for _ in desk.add(["a.zip"], state):
        desk.stop_adding(state)
    last = list(desk.add(["b.zip"], state))[-1]
    assert (len(last.reports), last.cancelled) == (3, 0)


def test_no_files_are_no_work(upload):
    assert upload() == []


def test_removing_takes_a_document_away(upload, workspace):
    document = upload("acme.pdf")[-1].reports[0].document
    assert Desk(workspace, None).remove(document.document_id) is None
    assert workspace.documents() == ()


def test_removing_what_is_not_there_says_so(workspace):
    assert "No document is called d9" in Desk(workspace, None).remove("d9")


def test_the_desk_lists_its_library(desk):
    (document,) = desk.documents()
    assert isinstance(document, Document)
    assert document.filing == FilingFacts("Acme Corporation", "10-K", 2023, "2023-12-31", 12)
