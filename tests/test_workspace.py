"""A workspace holds a document wholly or not at all, whoever else is at work in it."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace

import pytest

from ingestion.documents import Line, Page, ParsedFile, Table, Word, build_document_id
from ingestion.errors import (
    DocumentNotFound,
    UnknownKind,
    UnreadableFile,
    WorkspaceBusy,
    WorkspaceError,
    WorkspaceTooNew,
)
from ingestion.files import PARSER_VERSION
from ingestion.storage.database import MIGRATIONS, SavedAnswer
from ingestion.storage.locking import hold_write_lock
from ingestion.storage.vectors import VectorIndex
from ingestion.workspace import Workspace


class RenamedEmbedder:
    """The same vectors under the name of another model."""

    name = "another-model"

    def __init__(self, embedder):
        self.embed_passages = embedder.embed_passages
        self.embed_query = embedder.embed_query


@pytest.fixture
def long_pdf(write_pdf):
    """More passages than are embedded in one batch."""
    return write_pdf("long.pdf", *(f"page number {n} tells of sales" for n in range(70)))


def execute(workspace, statement, *parameters):
    """Reach past the program into its database."""
    with closing(sqlite3.connect(workspace.folder / "desk.sqlite3")) as connection, connection:
        return connection.execute(statement, parameters).fetchall()


def add(workspace, path):
    """Add a file, make its vectors, and return the document."""
    document = workspace.add_file(path).document
    workspace.embed_waiting()
    return document


def originals(workspace):
    return sorted(path.name for path in (workspace.folder / "originals").iterdir())


def names(workspace):
    return [document.name for document in workspace.documents()]


# Adding


def test_an_added_file_is_a_document_with_its_counts(workspace, write_pdf):
    path = write_pdf("report.pdf", "Net sales rose", "Costs fell")
    report = workspace.add_file(path)
    (document,) = workspace.documents()
    assert report.status == "added"
    assert report.document == document
    assert (document.name, document.pages, document.passages) == ("report.pdf", 2, 2)
    assert document.document_id == build_document_id(path.read_bytes())


def test_the_bytes_of_a_document_are_kept_as_they_were(workspace, write_pdf):
    path = write_pdf("Report.PDF", "Net sales rose")
    document = workspace.add_file(path).document
    assert workspace.original_path(document).read_bytes() == path.read_bytes()
    assert originals(workspace) == [f"{document.document_id}.pdf"]


def test_a_page_comes_back_with_the_words_and_places_that_were_read(workspace, write_pdf):
    document = workspace.add_file(write_pdf("report.pdf", "Net sales", "Costs")).document
    page = workspace.page(document.document_id, 2)
    (line,) = page.lines
    assert (page.number, line.text, page.width) == (2, "Costs", 612.0)
    assert line.box.x0 == pytest.approx(72, abs=3)


def test_a_cell_comes_back_with_its_address(workspace, tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("Segment,2023\nGarden,437.4\n")
    document = workspace.add_file(path).document
    page = workspace.page(document.document_id, 1)
    assert [(word.text, word.cell) for word in page.lines[1].words] == [
        ("Garden", "A2"),
        ("437.4", "B2"),
    ]


def test_adding_a_file_twice_adds_nothing(workspace, write_pdf, vector_ids):
    path = write_pdf("report.pdf", "Net sales rose")
    first = add(workspace, path)
    vectors = vector_ids(workspace, first.document_id)
    again = workspace.add_file(path)
    assert (again.status, again.document) == ("unchanged", first)
    assert workspace.documents() == (first,)
    assert vector_ids(workspace, first.document_id) == vectors
    assert len(workspace.search_words("sales", 10)) == 1


def test_the_same_bytes_under_another_name_are_the_document_that_is_there(workspace, write_pdf):
    path = write_pdf("report.pdf", "Net sales rose")
    workspace.add_file(path)
    report = workspace.add_file(path.rename(path.with_name("copy.pdf")))
    assert report.status == "unchanged"
    assert report.document.name == "report.pdf"
    assert names(workspace) == ["report.pdf"]


def test_a_document_may_be_shown_under_a_name_of_its_own(workspace, write_pdf):
    workspace.add_file(write_pdf("upload-17.pdf", "Net sales rose"), name="Annual report.pdf")
    assert names(workspace) == ["Annual report.pdf"]


def test_progress_tells_of_each_page_that_is_read(workspace, long_pdf):
    heard = []
    workspace.add_file(long_pdf, heard.append)
    assert [(step.stage, step.done, step.total) for step in heard] == [
        ("reading", number, 70) for number in range(1, 71)
    ]


def test_documents_outlast_the_program(workspace, write_pdf, fake_embedder):
    add(workspace, write_pdf("report.pdf", "Net sales rose"))
    again = Workspace(workspace.folder, fake_embedder)
    assert again.documents() == workspace.documents()
    assert len(again.search_vectors("Net sales rose", 5)) == 1


def test_two_workspaces_in_one_program_do_not_mix(workspace, write_pdf, fake_embedder, tmp_path):
    other = Workspace(tmp_path / "other", fake_embedder)
    add(workspace, write_pdf("one.pdf", "Net sales"))
    add(other, write_pdf("two.pdf", "Net sales"))
    assert (names(workspace), names(other)) == (["one.pdf"], ["two.pdf"])
    assert len(workspace.search_vectors("Net sales", 5)) == 1
    assert len(other.search_vectors("Net sales", 5)) == 1


def test_a_file_of_an_unknown_kind_is_refused_before_it_is_copied(workspace, tmp_path):
    path = tmp_path / "film.mkv"
    path.write_bytes(b"x" * 1000)
    with pytest.raises(UnknownKind, match=r"^film\.mkv has the ending \.mkv; the desk reads \.pdf"):
        workspace.add_file(path)
    assert originals(workspace) == []


def test_an_archive_is_no_document(workspace, tmp_path):
    with pytest.raises(UnknownKind, match=r"^filings\.zip is an archive, not a document\. Unpack"):
        workspace.add_file(tmp_path / "filings.zip")


def test_a_file_that_no_reader_can_read_is_swept(fake_embedder, write_pdf, tmp_path):
    class RefusingReader:
        def read(self, path, name, on_progress, cancel):
            assert path.exists()
            raise UnreadableFile(f"{name} could not be read: the reader crashed.")

    workspace = Workspace(tmp_path / "workspace", fake_embedder, reader=RefusingReader())
    with pytest.raises(UnreadableFile, match="crashed"):
        workspace.add_file(write_pdf("report.pdf", "Net sales rose"))
    assert originals(workspace) == []
    assert execute(workspace, "SELECT * FROM unfinished") == []


def test_what_a_reader_found_is_counted_and_told(fake_embedder, write_pdf, tmp_path):
    line = Line((Word("Net"), Word("sales")))
    table = Table("Sales", (), (), "USD", 1, 0, 0, grade=0.2)
    found = ParsedFile(
        (
            Page(1, (line, line), tables=(table,)),
            Page(2, (line, line), tables=(replace(table, continues=True),)),
        ),
        warnings=("the file was damaged and has been repaired",),
    )

    class FindingReader:
        def read(self, path, name, on_progress, cancel):
            return found

    workspace = Workspace(tmp_path / "workspace", fake_embedder, reader=FindingReader())
    report = workspace.add_file(write_pdf("report.pdf", "Net sales rose"))
    assert (report.document.pages, report.document.tables, report.document.facts) == (2, 1, 0)
    assert report.warnings == (
        "the file was damaged and has been repaired",
        "2 tables could be misread: pages 1, 2",
    )
    assert workspace.documents() == (report.document,)


def test_the_facts_of_a_file_are_counted_and_kept(workspace, tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("Segment,2022,2023\nGarden,401.2,437.4\nTools,98.7,12.9\n")
    document = workspace.add_file(path).document
    assert document.facts == 4
    assert len(workspace.find_facts((document.document_id,))) == 4


# Adding many


def pack(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_one_bad_file_does_not_stop_the_others(workspace, write_pdf, tmp_path):
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"%PDF-1.4 nothing")
    good = write_pdf("good.pdf", "Net sales rose")
    first, second = workspace.add_files([bad, good])
    assert (first.name, first.status, first.document) == ("bad.pdf", "failed", None)
    assert first.error.startswith("bad.pdf ")
    assert (second.name, second.status) == ("good.pdf", "added")


def test_each_file_of_an_archive_becomes_a_document(workspace, write_pdf, tmp_path):
    report = write_pdf("report.pdf", "Net sales rose").read_bytes()
    archive = tmp_path / "filings.zip"
    archive.write_bytes(
        pack({"2023/report.pdf": report, "sales.csv": "Segment,2023\nGarden,4.5\n"})
    )
    reports = list(workspace.add_files([archive]))
    assert [(r.name, r.status) for r in reports] == [
        ("filings.zip/2023/report.pdf", "added"),
        ("filings.zip/sales.csv", "added"),
    ]
    document = workspace.find_document("report.pdf")
    assert document == reports[0].document
    assert workspace.original_path(document).read_bytes() == report
    assert workspace.refresh() == ()


def test_what_an_archive_holds_beside_documents_is_told(workspace, tmp_path):
    archive = tmp_path / "filings.zip"
    members = {"logo.png": b"x", "empty.csv": b"", "sales.csv": "Segment,2023\nGarden,4.5\n"}
    archive.write_bytes(pack(members))
    reports = {report.name: report for report in workspace.add_files([archive])}
    assert reports["filings.zip/sales.csv"].status == "added"
    assert "has the ending .png" in reports["filings.zip/logo.png"].error
    assert reports["filings.zip/empty.csv"].error == (
        "filings.zip/empty.csv was left out: it is empty (0 bytes). "
        "Unpack filings.zip and add what it should be."
    )


def test_a_damaged_archive_is_one_failed_report(workspace, write_pdf, tmp_path):
    archive = tmp_path / "filings.zip"
    archive.write_bytes(b"PK\x03\x04 and nothing more")
    reports = list(workspace.add_files([archive, write_pdf("good.pdf", "Net sales rose")]))
    assert [(r.name, r.status) for r in reports] == [
        ("filings.zip", "failed"),
        ("good.pdf", "added"),
    ]
    assert reports[0].error.startswith("filings.zip is not a whole ZIP file")


def test_progress_tells_which_file_of_how_many_it_is(workspace, write_pdf, tmp_path):
    archive = tmp_path / "filings.zip"
    archive.write_bytes(pack({"a.csv": "Segment,2023\nA,1\n", "b.csv": "Segment,2023\nB,2\n"}))
    heard = []
    list(workspace.add_files([write_pdf("one.pdf", "Net sales"), archive], heard.append))
    places = [(progress.name, progress.file, progress.files) for progress in heard]
    assert list(dict.fromkeys(places)) == [
        ("one.pdf", 1, 2),
        ("filings.zip/a.csv", 2, 3),
        ("filings.zip/b.csv", 3, 3),
    ]


def test_what_is_cancelled_is_told_for_each_file_that_was_left(workspace, write_pdf, tmp_path):
    archive = tmp_path / "filings.zip"
    archive.write_bytes(pack({"a.csv": "Segment,2023\nA,1\n"}))
    heard = []
    paths = [write_pdf("one.pdf", "Net sales"), write_pdf("two.pdf", "Costs"), archive]
    reports = list(workspace.add_files(paths, heard.append, lambda: bool(heard)))
    assert names(workspace) == []
    assert [report.error.split(";")[0] for report in reports] == [
        "one.pdf was cancelled",
        "two.pdf was cancelled",
        "filings.zip was cancelled",
    ]


def test_what_is_wrong_with_the_workspace_stops_all(workspace, write_pdf):
    with hold_write_lock(workspace.folder, 0.0), pytest.raises(WorkspaceBusy):
        list(workspace.add_files([write_pdf("one.pdf", "Net sales")]))


# Finding


def test_vectors_that_are_nearly_alike_do_not_hide_each_other(fake_embedder, tmp_path):
    """The index's own settings lost a quarter of such vectors once they came in two portions."""
    index = VectorIndex(tmp_path, fake_embedder.name, lambda: 0)
    texts = [f"page number {number} tells of sales" for number in range(70)]
    vectors = fake_embedder.embed_passages(texts)
    index.add("document", texts[:64], vectors[:64])
    index.search(vectors[0], 10)
    index.add("document", texts[64:], vectors[64:])
    assert len(index.search(fake_embedder.embed_query("sales"), 100)) >= 66


def test_a_document_is_found_by_id_name_and_stem(workspace, write_pdf):
    document = workspace.add_file(write_pdf("report.2023.pdf", "Net sales rose")).document
    for reference in (document.document_id, "report.2023.pdf", "report.2023"):
        assert workspace.find_document(reference) == document


def test_a_name_that_two_documents_have_is_refused_with_their_ids(workspace, write_pdf):
    ids = [
        workspace.add_file(write_pdf("report.pdf", text)).document.document_id
        for text in ("Net sales rose", "Net sales fell")
    ]
    with pytest.raises(DocumentNotFound, match="2 documents are called report") as refusal:
        workspace.find_document("report")
    assert all(document_id in str(refusal.value) for document_id in ids)


def test_a_whole_name_is_nearer_than_a_stem(workspace, write_pdf):
    exact = workspace.add_file(write_pdf("a.pdf", "one"), name="report.pdf").document
    workspace.add_file(write_pdf("b.pdf", "two"), name="report.pdf.pdf")
    assert workspace.find_document("report.pdf") == exact


def test_an_unknown_name_is_refused_by_name(workspace):
    with pytest.raises(DocumentNotFound, match="No document is called nothing"):
        workspace.find_document("nothing")


def test_a_page_that_is_not_there_is_refused(workspace, write_pdf):
    document = workspace.add_file(write_pdf("report.pdf", "Net sales")).document
    with pytest.raises(DocumentNotFound, match="no page 2"):
        workspace.page(document.document_id, 2)


# Removing


def test_removing_takes_bytes_rows_words_and_vectors_away(workspace, write_pdf, vector_ids):
    kept = add(workspace, write_pdf("kept.pdf", "Net sales rose"))
    gone = add(workspace, write_pdf("gone.pdf", "Net costs fell", "Goodwill"))
    assert workspace.remove_document("gone") == gone
    assert workspace.documents() == (kept,)
    assert originals(workspace) == [f"{kept.document_id}.pdf"]
    assert vector_ids(workspace, gone.document_id) == frozenset()
    assert len(vector_ids(workspace, kept.document_id)) == 1
    assert workspace.search_words("goodwill costs", 5) == ()
    for table in ("pages", "passages"):
        assert execute(workspace, f"SELECT DISTINCT document_id FROM {table}") == [
            (kept.document_id,)
        ]
    assert execute(workspace, "SELECT * FROM unfinished") == []


def test_the_word_index_agrees_with_the_passages_after_changes(workspace, write_pdf):
    workspace.add_file(write_pdf("kept.pdf", "Net sales rose"))
    workspace.add_file(write_pdf("gone.pdf", "Net costs fell"))
    workspace.remove_document("gone")
    check = "INSERT INTO passage_words (passage_words, rank) VALUES ('integrity-check', 1)"
    execute(workspace, check)  # raises when they differ
    assert (
        execute(workspace, "SELECT rowid FROM passage_words WHERE passage_words MATCH 'costs'")
        == []
    )


def test_a_removed_document_may_be_added_again(workspace, write_pdf, vector_ids):
    path = write_pdf("report.pdf", "Net sales rose")
    document = add(workspace, path)
    workspace.remove_document("report")
    assert workspace.add_file(path).status == "added"
    workspace.embed_waiting()
    assert len(vector_ids(workspace, document.document_id)) == 1


def test_removing_what_is_not_there_changes_nothing(workspace, write_pdf):
    workspace.add_file(write_pdf("report.pdf", "Net sales rose"))
    with pytest.raises(DocumentNotFound):
        workspace.remove_document("other")
    assert names(workspace) == ["report.pdf"]


# Failing half-way


def test_an_interrupted_removal_is_ended_at_the_next_change(workspace, write_pdf, vector_ids):
    """The rows went in one transaction, and then the program died."""
    document = add(workspace, write_pdf("gone.pdf", "Net sales rose"))
    for table in ("passages", "pages", "documents"):
        execute(workspace, f"DELETE FROM {table}")
    execute(workspace, "INSERT INTO unfinished VALUES (?)", document.document_id)
    workspace.add_file(write_pdf("next.pdf", "Costs fell"))
    assert vector_ids(workspace, document.document_id) == frozenset()
    assert len(originals(workspace)) == 1


def test_a_change_that_comes_to_nothing_sweeps_too(workspace, write_pdf):
    path = write_pdf("kept.pdf", "Net sales rose")
    kept = workspace.add_file(path).document
    (workspace.folder / "originals" / "dead.pdf").write_bytes(b"left behind")
    execute(workspace, "INSERT INTO unfinished VALUES ('dead')")
    assert workspace.add_file(path).status == "unchanged"
    assert originals(workspace) == [f"{kept.document_id}.pdf"]


def test_a_sweep_keeps_what_a_stored_document_needs(workspace, write_pdf, vector_ids):
    """The program may die after the row was written and before it was noted as finished."""
    document = add(workspace, write_pdf("kept.pdf", "Net sales rose"))
    execute(workspace, "INSERT INTO unfinished VALUES (?)", document.document_id)
    add(workspace, write_pdf("next.pdf", "Costs fell"))
    assert len(vector_ids(workspace, document.document_id)) == 1
    assert workspace.original_path(document).exists()
    assert len(workspace.search_vectors("Net sales rose", 5)) == 2


# Refreshing


def age(workspace, added_at="2020-01-01T00:00:00+00:00"):
    """Let all documents have been stored long ago, by an older parser, with other passages."""
    execute(workspace, "UPDATE documents SET parser_version = ?, added_at = ?", 0, added_at)
    execute(workspace, "UPDATE pages SET label = 'as an older parser read it'")


def test_a_document_of_an_older_parser_is_read_again(workspace, write_pdf):
    document = workspace.add_file(write_pdf("report.pdf", "Net sales rose")).document
    age(workspace)
    (report,) = workspace.refresh()
    assert report.status == "added"
    assert report.document.document_id == document.document_id
    assert workspace.page(document.document_id, 1).label is None
    assert execute(workspace, "SELECT parser_version FROM documents") == [(PARSER_VERSION,)]


def test_a_document_that_is_read_again_keeps_when_it_was_added(workspace, write_pdf):
    workspace.add_file(write_pdf("report.pdf", "Net sales rose"))
    age(workspace, "2020-01-01T00:00:00+00:00")
    workspace.refresh()
    (document,) = workspace.documents()
    assert document.added_at == "2020-01-01T00:00:00+00:00"


def test_vectors_of_passages_that_are_no_more_go_when_a_document_is_read_again(
    workspace, write_pdf, fake_embedder, vector_ids
):
    document = add(workspace, write_pdf("report.pdf", "Net sales rose"))
    current = vector_ids(workspace, document.document_id)
    index = VectorIndex(workspace.folder / "vectors", fake_embedder.name, lambda: 0)
    index.add(document.document_id, ["outdated"], fake_embedder.embed_passages(["Net sales"]))
    assert len(vector_ids(workspace, document.document_id)) == 2
    age(workspace)
    workspace.refresh()
    assert vector_ids(workspace, document.document_id) == current


def test_what_is_up_to_date_is_not_read_again(workspace, write_pdf):
    workspace.add_file(write_pdf("report.pdf", "Net sales rose"))
    assert workspace.refresh() == ()


def test_vectors_are_kept_when_a_document_is_read_again(workspace, write_pdf):
    add(workspace, write_pdf("report.pdf", "Net sales rose"))
    age(workspace)
    workspace.refresh()
    assert workspace.waiting_for_vectors() == ()
    assert len(workspace.search_vectors("Net sales rose", 5)) == 1


def test_another_model_needs_no_reading_again(workspace, write_pdf, fake_embedder):
    add(workspace, write_pdf("report.pdf", "Net sales rose"))
    other = Workspace(workspace.folder, RenamedEmbedder(fake_embedder))
    assert other.refresh() == ()


def test_a_document_whose_bytes_are_lost_stays_as_it_was(workspace, write_pdf):
    lost = workspace.add_file(write_pdf("lost.pdf", "Net sales rose")).document
    whole = workspace.add_file(write_pdf("whole.pdf", "Costs fell")).document
    age(workspace, lost.added_at)
    workspace.original_path(lost).unlink()
    reports = {report.name: report for report in workspace.refresh()}
    assert reports["whole.pdf"].document.document_id == whole.document_id
    assert reports["lost.pdf"].status == "failed"
    assert "lost.pdf" in reports["lost.pdf"].error
    assert lost in workspace.documents()
    assert len(workspace.search_words("sales", 5)) == 1


# Other versions and other programs


def test_a_workspace_of_a_later_version_is_refused(workspace, fake_embedder):
    execute(workspace, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(WorkspaceTooNew, match="later AceDesk") as refusal:
        Workspace(workspace.folder, fake_embedder)
    assert str(workspace.folder) in str(refusal.value)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path, fake_embedder):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(WorkspaceError, match=r"taken.* cannot be used"):
        Workspace(tmp_path / "taken", fake_embedder)


HOLD_THE_LOCK = """
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def locked(workspace, start_program):
    """Let another program hold the workspace's lock until the test ends."""
    with start_program(HOLD_THE_LOCK, workspace.folder / "write.lock") as program:
        assert program.stdout.readline() == "held\n"
        yield workspace
        program.communicate("")


@pytest.mark.slow
def test_while_another_program_writes_a_change_is_refused(locked, write_pdf):
    with pytest.raises(WorkspaceBusy, match="Wait until it has finished"):
        locked.add_file(write_pdf("report.pdf", "Net sales rose"))
    assert locked.documents() == ()
    assert originals(locked) == []


@pytest.mark.slow
def test_while_another_program_writes_everything_can_be_read(workspace, write_pdf, start_program):
    document = add(workspace, write_pdf("report.pdf", "Net sales rose"))
    with start_program(HOLD_THE_LOCK, workspace.folder / "write.lock") as program:
        assert program.stdout.readline() == "held\n"
        assert workspace.documents() == (document,)
        assert len(workspace.search_words("sales", 5)) == 1
        assert len(workspace.search_vectors("sales", 5)) == 1
        program.communicate("")


ADD_A_FILE = """
workspace = Workspace(Path(sys.argv[1]), FakeEmbedder())
workspace.add_file(Path(sys.argv[2]))
workspace.embed_waiting()
"""
REMOVE_A_DOCUMENT = "Workspace(Path(sys.argv[1]), FakeEmbedder()).remove_document(sys.argv[2])"


@pytest.mark.slow
def test_what_another_program_added_is_found_without_opening_again(
    workspace, write_pdf, run_program
):
    add(workspace, write_pdf("ours.pdf", "Net sales rose"))
    assert len(workspace.search_vectors("goodwill", 5)) == 1  # the index is open from here on
    run_program(ADD_A_FILE, workspace.folder, write_pdf("theirs.pdf", "Goodwill was impaired"))
    best = workspace.search_vectors("Goodwill was impaired", 5)[0]
    assert best.passage.text == "Goodwill was impaired"
    assert best.score == pytest.approx(1.0, abs=1e-4)
    assert names(workspace) == ["ours.pdf", "theirs.pdf"]


@pytest.mark.slow
def test_what_another_program_removed_is_not_found_any_more(workspace, write_pdf, run_program):
    workspace.add_file(write_pdf("kept.pdf", "Net sales rose"))
    add(workspace, write_pdf("gone.pdf", "Goodwill was impaired"))
    assert len(workspace.search_vectors("goodwill", 5)) == 2
    run_program(REMOVE_A_DOCUMENT, workspace.folder, "gone")
    assert [hit.passage.text for hit in workspace.search_vectors("goodwill", 5)] == [
        "Net sales rose"
    ]
    assert workspace.search_words("goodwill", 5) == ()


@pytest.mark.slow
def test_our_own_changes_still_work_after_another_program_has_written(
    workspace, write_pdf, run_program
):
    add(workspace, write_pdf("ours.pdf", "Net sales rose"))
    run_program(ADD_A_FILE, workspace.folder, write_pdf("theirs.pdf", "Goodwill was impaired"))
    add(workspace, write_pdf("later.pdf", "Costs fell"))
    assert len(workspace.search_vectors("sales", 5)) == 3


# Past answers


def test_past_answers_are_kept_newest_first(workspace, fake_embedder):
    for day in (2, 3, 1):
        workspace.save_answer(
            SavedAnswer(f"a{day}", f"2024-01-0{day}T09:00:00", f"question {day}", "{}")
        )
    again = Workspace(workspace.folder, fake_embedder)
    assert [answer.answer_id for answer in again.answers()] == ["a3", "a2", "a1"]


def test_an_answer_saved_again_replaces_the_earlier_one(workspace):
    for record in ("{}", '{"more": 1}'):
        workspace.save_answer(SavedAnswer("a1", "2024-01-01T09:00:00", "question", record))
    assert [answer.record for answer in workspace.answers()] == ['{"more": 1}']


def test_past_answers_outlast_the_documents_that_they_quote(workspace, write_pdf):
    workspace.add_file(write_pdf("report.pdf", "Net sales rose"))
    workspace.save_answer(SavedAnswer("a1", "2024-01-01T09:00:00", "question", "{}"))
    workspace.remove_document("report")
    assert len(workspace.answers()) == 1
