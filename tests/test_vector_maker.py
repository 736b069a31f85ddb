"""The desk makes vectors in one thread of its own, and says how far they are."""

from __future__ import annotations

import logging
import threading

import pytest

from app.desk.session import Desk
from app.desk.state import DeskState
from app.desk.vector_line import render_vectors
from app.desk.vector_maker import VectorMaker
from ingestion.documents import IngestReport
from ingestion.errors import WorkspaceError
from ingestion.storage.vector_ledger import VectorCount

PATIENCE = 60.0


class Waiting:
    """A workspace that makes one batch of vectors for each `go`, as long as some are missing."""

    def __init__(self, batches):
        self.missing = batches
        self.go = threading.Semaphore(0)
        self.made = threading.Semaphore(0)
        self.ended = threading.Semaphore(0)

    def embed_waiting(self, cancel):
        while self.missing and not cancel():
            assert self.go.acquire(timeout=PATIENCE)
            self.missing -= 1
            self.made.release()
        self.ended.release()


@pytest.fixture
def run_maker():
    """Run a maker over a workspace; it is closed when the test ends."""
    makers = []

    def start(workspace):
        makers.append(VectorMaker(workspace))
        makers[-1].wake()
        return makers[-1]

    yield start
    for maker in makers:
        maker.close(PATIENCE)


def test_what_comes_in_while_vectors_are_made_is_looked_for_again(run_maker):
    workspace = Waiting(1)
    maker = run_maker(workspace)
    maker.wake()
    workspace.go.release()
    assert workspace.ended.acquire(timeout=PATIENCE)
    workspace.missing = 1
    workspace.go.release()
    maker.wake()
    assert workspace.made.acquire(timeout=PATIENCE)
    assert workspace.made.acquire(timeout=PATIENCE)


def test_it_rests_while_a_question_is_answered(run_maker):
    workspace = Waiting(3)
    maker = run_maker(workspace)
    with maker.resting():
        for _ in range(3):
            workspace.go.release()
        # At most the batch that was begun before: the next is asked for, and not begun.
        workspace.made.acquire(timeout=PATIENCE)
        assert not workspace.ended.acquire(timeout=0.05)
        assert workspace.missing == 2
    assert workspace.ended.acquire(timeout=PATIENCE)
    assert workspace.missing == 0


def test_two_questions_are_both_rested_for(run_maker):
    workspace = Waiting(2)
    maker = run_maker(workspace)
    first, second = maker.resting(), maker.resting()
    first.__enter__()
    second.__enter__()
    workspace.go.release()
    workspace.go.release()
    workspace.made.acquire(timeout=PATIENCE)
    first.__exit__(None, None, None)
    assert workspace.missing == 1
    second.__exit__(None, None, None)
    assert workspace.ended.acquire(timeout=PATIENCE)


def test_closing_ends_the_work_after_its_batch(run_maker):
    workspace = Waiting(100)
    maker = run_maker(workspace)
    closing = threading.Thread(target=maker.close, args=[PATIENCE])
    closing.start()
    while not maker._is_closed:
        pass
    workspace.go.release()
    closing.join(PATIENCE)
    assert workspace.missing >= 99
    assert not maker._thread.is_alive()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (WorkspaceError("The folder is gone."), "The folder is gone."),
        (ZeroDivisionError("secret"), "Making vectors failed (ZeroDivisionError)"),
    ],
)
def test_what_goes_wrong_is_told_until_it_goes_well(run_maker, caplog, error, told):
    calls = threading.Semaphore(0)
    errors = [error]

    class Broken:
        def embed_waiting(self, cancel):
            if errors:
                raise errors.pop()
            calls.release()

    with caplog.at_level(logging.CRITICAL):
        maker = run_maker(Broken())
        while maker.problem is None:
            pass
        assert maker.problem.startswith(told)
        maker.wake()
        assert calls.acquire(timeout=PATIENCE)
        while maker.problem is not None:
            pass


def test_a_file_that_was_added_wakes_the_maker():
    class Adding:
        def add_files(self, paths, listener, cancel):
            yield IngestReport("a.csv", "a.csv", "added", None, 0.0)

    class Maker:
        problem = None
        woken = 0

        def wake(self):
            self.woken += 1

    maker = Maker()
    list(Desk(Adding(), None, maker).add(["a.csv"], DeskState()))
    assert maker.woken == 1


# The line


def test_the_line_tells_the_share_of_all_passages():
    counts = [VectorCount("d1", "a", 30, 30), VectorCount("d2", "b", 10, 70)]
    html = render_vectors(counts, None)
    assert "Vectors 40%" in html
    assert "1 document left" in html
    assert 'value="40"' in html


def test_the_line_is_as_high_when_it_is_empty():
    empty = render_vectors([VectorCount("d1", "a", 30, 30)], None)
    full = render_vectors([VectorCount("d1", "a", 1, 30)], None)
    assert "height:1.75rem" in empty
    assert "height:1.75rem" in full
    assert "Vectors" not in empty


def test_the_line_tells_what_went_wrong_as_text():
    html = render_vectors([VectorCount("d1", "a", 1, 30)], "<b>gone</b>")
    assert "&lt;b&gt;gone&lt;/b&gt;" in html
