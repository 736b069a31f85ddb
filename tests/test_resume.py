"""A program may be killed at any moment: the workspace stays whole, and the next one goes on."""

from __future__ import annotations

import json
import signal

import pytest

from ingestion.documents import build_document_id
from ingestion.errors import Cancelled
from ingestion.processes.reading import DirectReader
from ingestion.storage.locking import hold_write_lock
from ingestion.workspace import MAX_ATTEMPTS, Workspace

PAGES = 70
# Stops for ever at one moment of adding a file, having said so: "before" or "after" a call.
STOP_AT_A_MOMENT = """
import importlib, time
from ingestion.processes.reading import DirectReader

folder, file, moment = sys.argv[1:]
when, module, owner, function = moment.split()
owner = getattr(importlib.import_module(module), owner)
real = getattr(owner, function)

def stop(*arguments, **named):
    if when == "after":
        real(*arguments, **named)
    print("stopped", flush=True)
    time.sleep(600)

setattr(owner, function, stop)
workspace = Workspace(Path(folder), FakeEmbedder(), reader=DirectReader())
workspace.add_file(Path(file))
workspace.embed_waiting()
"""
# Each with what is there afterwards: originals, vectors, whether the document is stored, and
# whether the next program can go on with it.
MOMENTS = {
    "noting": ("after ingestion.storage.database Database begin", 0, 0, False, "nothing"),
    "copying": ("before ingestion.workspace Workspace _write_original", 0, 0, False, "failed"),
    "reading": ("before ingestion.processes.reading DirectReader read", 1, 0, False, "added"),
    "storing": ("before ingestion.storage.database Database store_document", 1, 0, False, "added"),
    "stored": ("after ingestion.storage.database Database store_document", 1, 0, True, "nothing"),
    "settling": ("before ingestion.storage.database Database finish", 1, 0, True, "nothing"),
    "computing": ("before __main__ FakeEmbedder embed_passages", 1, 0, True, "nothing"),
    "embedding": ("after ingestion.storage.vectors VectorIndex add", 1, 64, True, "nothing"),
    "counting": ("after ingestion.storage.database Database count_up", 1, 64, True, "nothing"),
    "tidying": (
        "before ingestion.storage.vectors VectorIndex drop_other_models",
        1,
        70,
        True,
        "nothing",
    ),
}


class CountingEmbedder:
    """Counts the passages whose vectors it has made."""

    def __init__(self, embedder):
        self.name = embedder.name
        self.embed_query = embedder.embed_query
        self._embed = embedder.embed_passages
        self.count = 0

    def embed_passages(self, texts):
        self.count += len(texts)
        return self._embed(texts)


@pytest.fixture
def long_pdf(write_pdf):
    """More passages than are embedded in one batch."""
    return write_pdf("long.pdf", *(f"page number {n} tells of sales" for n in range(PAGES)))


@pytest.fixture
def kill_at(start_program, tmp_path):
    """Add a file in another program and kill that at a moment."""

    def kill(moment, path):
        with start_program(STOP_AT_A_MOMENT, tmp_path / "workspace", path, moment) as program:
            assert program.stdout.readline() == "stopped\n", program.stderr.read()
            program.send_signal(signal.SIGKILL)

    return kill


@pytest.fixture
def reopen(tmp_path, fake_embedder):
    """Open the workspace as the next program does."""

    def open_again(embedder=fake_embedder):
        folder = tmp_path / "workspace"
        return Workspace(folder, embedder, reader=DirectReader(), lock_patience=0.1)

    return open_again


def list_folder(workspace, name):
    folder = workspace.folder / name
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_program_killed_at_any_moment_is_gone_on_with(
    moment, kill_at, reopen, long_pdf, vector_ids
):
    call, originals, vectors, stored, resumed = MOMENTS[moment]
    document_id = build_document_id(long_pdf.read_bytes())
    kill_at(call, long_pdf)

    # The document is there wholly or not at all.
    workspace = reopen()
    assert len(workspace.documents()) == stored
    assert len(workspace.search_words("sales", 100)) == (PAGES if stored else 0)
    assert len(workspace.waiting_for_vectors()) == (stored and vectors < PAGES)
    assert len(list_folder(workspace, "originals")) == originals
    assert len(vector_ids(workspace, document_id)) == vectors

    # The next program goes on with what can be gone on with, and tells of the rest.
    statuses = [(report.name, report.status) for report in workspace.resume()]
    assert statuses == ([] if resumed == "nothing" else [("long.pdf", resumed)])
    complete = stored or resumed == "added"
    assert len(workspace.documents()) == complete
    assert workspace.resume() == ()
    if not complete:
        assert workspace.add_file(long_pdf).status == "added"
    assert workspace.add_file(long_pdf).status == "unchanged"

    workspace.embed_waiting()

    # Nothing is missing, and nothing left behind.
    assert workspace.waiting_for_vectors() == ()
    assert len(workspace.search_words("sales", 100)) == PAGES
    assert workspace.search_vectors("sales", 5) != ()  # the index is searched approximately
    assert list_folder(workspace, "originals") == [f"{document_id}.pdf"]
    assert list_folder(workspace, "pending") == []
    assert len(vector_ids(workspace, document_id)) == PAGES


@pytest.fixture
def killed(kill_at, reopen, long_pdf):
    """A workspace whose last program was killed when it had read a file and not yet stored it."""
    kill_at(MOMENTS["storing"][0], long_pdf)
    return reopen()


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["embedding", "counting"])
def test_vectors_that_are_there_are_not_made_again(
    moment, kill_at, reopen, fake_embedder, long_pdf
):
    kill_at(MOMENTS[moment][0], long_pdf)
    embedder = CountingEmbedder(fake_embedder)
    heard = []
    report = reopen(embedder).embed_waiting(heard.append)
    assert embedder.count == report.made == PAGES - 64
    assert [(p.done, p.total) for p in heard] == [(PAGES, PAGES)]


@pytest.mark.slow
def test_other_changes_leave_a_pending_file_to_be_resumed(killed, write_pdf):
    killed.add_file(write_pdf("next.pdf", "Costs fell"))
    killed.remove_document("next.pdf")
    assert [report.status for report in killed.resume()] == ["added"]
    assert [document.name for document in killed.documents()] == ["long.pdf"]


@pytest.mark.slow
def test_a_pending_file_that_is_added_again_is_gone_on_with(killed, long_pdf):
    assert killed.add_file(long_pdf).status == "added"
    assert killed.resume() == ()


# What an earlier program left is written by hand from here on.


@pytest.fixture
def leave_pending(reopen, tmp_path):
    """Leave a file as a program does that was killed while it read it."""

    def leave(content, name="sales.csv", attempts=1, kept=None):
        workspace = reopen()
        document_id = build_document_id(content)
        note = {"document_id": document_id, "name": name, "added_at": "2024-01-01T00:00:00+00:00"}
        (workspace.folder / "pending").mkdir(exist_ok=True)
        (workspace.folder / "pending" / f"{document_id}.json").write_text(
            json.dumps({**note, "attempts": attempts})
        )
        original = workspace.folder / "originals" / f"{document_id}.csv"
        original.write_bytes(content if kept is None else kept)
        workspace._database.begin(document_id)
        return workspace

    return leave


CSV = b"Segment,2023\nGarden,437.4\nTools,12.9\n"


def test_a_resumed_file_keeps_its_name_and_when_it_was_added(leave_pending):
    (report,) = leave_pending(CSV, "Q3 sales.csv").resume()
    assert (report.name, report.status) == ("Q3 sales.csv", "added")
    assert report.document.added_at == "2024-01-01T00:00:00+00:00"


def test_where_nothing_is_pending_nothing_is_resumed(workspace, write_pdf):
    workspace.add_file(write_pdf("report.pdf", "Net sales rose"))
    assert workspace.resume() == ()


def test_a_file_that_ended_the_program_again_and_again_is_given_up(leave_pending):
    workspace = leave_pending(CSV, attempts=MAX_ATTEMPTS)
    (report,) = workspace.resume()
    assert report.error.startswith("sales.csv was given up: the program ended 3 times")
    assert list_folder(workspace, "originals") == []
    assert workspace.resume() == ()


def test_each_attempt_is_counted_before_it_begins(leave_pending):
    """Or a file that ends the program would end every next one."""
    workspace = leave_pending(CSV)
    (note,) = (workspace.folder / "pending").glob("*.json")
    attempts = []
    workspace._reader = ListeningReader(
        lambda: attempts.append(json.loads(note.read_text())["attempts"])
    )
    workspace.resume()
    assert attempts == [2]


class ListeningReader(DirectReader):
    def __init__(self, listen):
        self._listen = listen

    def read(self, *arguments):
        self._listen()
        return super().read(*arguments)


def test_an_original_that_is_not_whole_is_told_and_swept(leave_pending):
    workspace = leave_pending(CSV, kept=CSV[:10])
    (report,) = workspace.resume()
    assert report.error.startswith("sales.csv was not yet copied whole")
    assert "add it" in report.error
    assert (list_folder(workspace, "originals"), list_folder(workspace, "pending")) == ([], [])


def test_a_file_that_cannot_be_read_is_told_and_swept(leave_pending):
    workspace = leave_pending(b"\x00\x01\x02")
    (report,) = workspace.resume()
    assert (report.status, report.name) == ("failed", "sales.csv")
    assert (list_folder(workspace, "originals"), list_folder(workspace, "pending")) == ([], [])


def test_a_note_that_is_damaged_counts_for_none(leave_pending):
    workspace = leave_pending(CSV)
    (note,) = (workspace.folder / "pending").glob("*.json")
    note.write_text('{"document_id": "cut o')
    assert workspace.resume() == ()
    workspace._write_original("0123456789abcdef", "other.csv", b"a,1")  # as any change would be
    with workspace._changing():
        pass
    assert list_folder(workspace, "originals") == ["0123456789abcdef.csv"]
    assert list_folder(workspace, "pending") == []


def test_while_another_program_writes_its_files_are_left_to_it(leave_pending):
    workspace = leave_pending(CSV)
    with hold_write_lock(workspace.folder, 0.0):
        assert workspace.resume() == ()
    assert [report.status for report in workspace.resume()] == ["added"]


def test_progress_tells_which_of_the_pending_files_is_resumed(leave_pending):
    leave_pending(CSV, "first.csv")
    workspace = leave_pending(b"Segment,2022\nGarden,1.5\n", "second.csv")
    heard = []
    workspace.resume(heard.append)
    assert {(progress.name, progress.file, progress.files) for progress in heard} == {
        ("first.csv", 1, 2),
        ("second.csv", 2, 2),
    }


# What the user ends is not pending


def test_a_cancelled_file_leaves_nothing_to_resume(reopen, long_pdf):
    workspace = reopen()
    heard = []
    with pytest.raises(Cancelled, match=r"^long\.pdf was cancelled"):
        workspace.add_file(long_pdf, heard.append, cancel=lambda: bool(heard))
    assert workspace.documents() == ()
    assert (list_folder(workspace, "originals"), list_folder(workspace, "pending")) == ([], [])
    assert workspace.resume() == ()


def test_a_cancelled_resumption_leaves_nothing_to_resume(leave_pending):
    workspace = leave_pending(CSV)
    (report,) = workspace.resume(cancel=lambda: True)
    assert "was cancelled" in report.error
    assert workspace.resume() == ()
    assert list_folder(workspace, "originals") == []
