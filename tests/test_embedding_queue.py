"""Vectors follow a document: in order, each text once, beside all other changes, and resumable."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

import numpy as np
import pytest

from ingestion.embedding_queue import EMBED_BATCH
from ingestion.files import PARSER_VERSION
from ingestion.progress import Progress
from ingestion.storage.database import MIGRATIONS
from ingestion.storage.locking import EMBEDDING_LOCK, hold_write_lock, wait_for_lock
from ingestion.storage.vector_ledger import build_text_key
from ingestion.storage.vectors import VectorIndex
from ingestion.workspace import Workspace


class ScriptedEmbedder:
    """Keeps the texts of each call, and does something of the test's own before it answers."""

    def __init__(self, embedder, name="scripted", before=lambda: None):
        self.name = name
        self.calls = []
        self._embedder = embedder
        self._before = before

    def embed_passages(self, texts):
        self.calls.append(list(texts))
        self._before()
        return self._embedder.embed_passages(texts)

    def embed_query(self, text):
        return self._embedder.embed_query(text)

    @property
    def texts(self):
        return [text for call in self.calls for text in call]


class EmbedderFailed(Exception):
    """What a failing embedder raises in these tests."""


@pytest.fixture
def embedder(fake_embedder):
    return ScriptedEmbedder(fake_embedder)


@pytest.fixture
def desk(tmp_path, embedder):
    return Workspace(tmp_path / "workspace", embedder, lock_patience=0.1)


@pytest.fixture
def reopen(desk):
    """Open the same workspace with another model."""

    def open_again(embedder):
        return Workspace(desk.folder, embedder, lock_patience=0.1)

    return open_again


def held_ids(workspace, embedder, document_id):
    """Ask the index itself."""
    index = VectorIndex(workspace.folder / "vectors", embedder.name, lambda: 0)
    return index.ids_of(document_id)


def left(workspace):
    return [(count.name, count.done, count.total) for count in workspace.waiting_for_vectors()]


# When


def test_a_stored_file_is_found_by_words_and_facts_before_it_has_vectors(desk, embedder, tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("Segment,2022,2023\nGarden,401.2,437.4\n")
    document = desk.add_file(path).document
    assert embedder.calls == []
    assert len(desk.search_words("garden", 5)) == 1
    assert len(desk.find_facts((document.document_id,))) == 2
    assert desk.search_vectors("garden", 5) == ()
    assert left(desk) == [("sales.csv", 0, 1)]


def test_vectors_are_made_for_all_that_wait_in_the_order_of_adding(desk, embedder, write_pdf):
    desk.add_file(write_pdf("a.pdf", "Net sales rose"))
    desk.add_file(write_pdf("b.pdf", "Costs fell", "Goodwill was impaired"))
    heard = []
    report = desk.embed_waiting(heard.append)
    assert (report.documents, report.made, report.copied, report.waiting) == (2, 3, 0, 0)
    assert embedder.calls == [["Net sales rose"], ["Costs fell", "Goodwill was impaired"]]
    assert heard == [
        Progress("a.pdf", "embedding", 1, 1, 1, 2),
        Progress("b.pdf", "embedding", 2, 2, 2, 2),
    ]
    assert left(desk) == []
    assert len(desk.search_vectors("sales", 5)) == 3


def test_where_nothing_waits_nothing_is_made(desk, embedder, write_pdf):
    desk.add_file(write_pdf("a.pdf", "Net sales rose"))
    desk.embed_waiting()
    report = desk.embed_waiting()
    assert (report.documents, report.made, report.seconds) == (0, 0, 0.0)
    assert len(embedder.calls) == 1


def test_texts_of_like_length_share_a_batch(desk, embedder, write_pdf):
    words = [" ".join([f"number{n}"] * (1 + n % 7)) for n in range(EMBED_BATCH + 6)]
    desk.add_file(write_pdf("long.pdf", *words))
    desk.embed_waiting()
    lengths = [len(text) for text in embedder.texts]
    assert [len(call) for call in embedder.calls] == [EMBED_BATCH, 6]
    assert lengths == sorted(lengths)


def test_without_vectors_a_search_does_not_ask_the_model(desk, embedder, write_pdf):
    desk.add_file(write_pdf("a.pdf", "Net sales rose"))
    embedder.embed_query = pytest.fail
    assert desk.search_vectors("sales", 5) == ()


# Each text once


def test_a_text_that_stands_twice_in_a_document_is_embedded_once(desk, embedder, write_pdf):
    document = desk.add_file(write_pdf("a.pdf", "Net sales rose", "NET  SALES ROSE")).document
    report = desk.embed_waiting()
    assert (report.made, report.copied) == (1, 1)
    assert len(embedder.texts) == 1
    assert len(held_ids(desk, embedder, document.document_id)) == 2


def test_a_text_of_an_earlier_document_is_not_embedded_again(desk, embedder, write_pdf):
    desk.add_file(write_pdf("2022.pdf", "Net sales rose", "Costs fell"))
    desk.embed_waiting()
    desk.add_file(write_pdf("2023.pdf", "Goodwill was impaired", "Costs fell"))
    report = desk.embed_waiting()
    assert (report.made, report.copied) == (1, 1)
    assert sorted(embedder.texts) == ["Costs fell", "Goodwill was impaired", "Net sales rose"]
    scores = [hit.score for hit in desk.search_vectors("Costs fell", 2)]
    assert scores == pytest.approx([1.0, 1.0], abs=1e-4)


def test_a_text_whose_twin_has_lost_its_vector_is_embedded(desk, embedder, write_pdf):
    first = desk.add_file(write_pdf("2022.pdf", "Costs fell")).document
    desk.embed_waiting()
    index = VectorIndex(desk.folder / "vectors", embedder.name, lambda: 0)
    index.delete(sorted(index.ids_of(first.document_id)))
    desk._database.note_vectors("none", embedder.name, 0)  # tells that the index has changed
    desk.add_file(write_pdf("2023.pdf", "Goodwill", "Costs fell"))
    assert desk.embed_waiting().made == 2
    assert left(desk) == []


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Net sales", "net  sales\n", True),
        ("Net sales", "Net sale", False),
        ("Straße", "STRASSE", True),
        ("10 20", "1020", False),
    ],
)
def test_texts_share_a_key_when_white_space_and_case_alone_differ(one, other, is_same):
    assert (build_text_key(one) == build_text_key(other)) is is_same


# Called off, failing, going on


def test_what_is_made_is_kept_when_the_work_is_called_off(desk, embedder, write_pdf):
    desk.add_file(write_pdf("long.pdf", *(f"page number {n}" for n in range(EMBED_BATCH + 6))))
    heard = []
    report = desk.embed_waiting(heard.append, lambda: bool(heard))
    assert (report.documents, report.made, report.waiting) == (0, EMBED_BATCH, 1)
    assert left(desk) == [("long.pdf", EMBED_BATCH, EMBED_BATCH + 6)]
    assert len(desk.search_vectors("page number 7", 5)) == 5
    report = desk.embed_waiting()
    assert (report.documents, report.made, report.waiting) == (1, 6, 0)
    assert len(embedder.texts) == EMBED_BATCH + 6


def test_what_is_made_is_kept_when_the_model_fails(desk, reopen, fake_embedder, write_pdf):
    calls = []

    def fail_at_the_second():
        calls.append(1)
        if len(calls) == 2:
            raise EmbedderFailed

    failing = reopen(ScriptedEmbedder(fake_embedder, before=fail_at_the_second))
    failing.add_file(write_pdf("long.pdf", *(f"page number {n}" for n in range(EMBED_BATCH + 6))))
    with pytest.raises(EmbedderFailed):
        failing.embed_waiting()
    assert failing.is_embedding() is False
    assert left(desk) == [("long.pdf", EMBED_BATCH, EMBED_BATCH + 6)]
    assert desk.embed_waiting().made == 6


# Beside other changes


def test_files_are_added_while_the_model_computes(desk, reopen, fake_embedder, write_pdf):
    later = write_pdf("later.pdf", "Costs fell")
    scripted = ScriptedEmbedder(fake_embedder, before=lambda: desk.add_file(later))
    working = reopen(scripted)
    working.add_file(write_pdf("first.pdf", "Net sales rose"))
    report = working.embed_waiting()
    assert scripted.texts == ["Net sales rose", "Costs fell"]
    assert (report.documents, report.waiting) == (2, 0)


def test_a_document_that_is_removed_meanwhile_leaves_no_vectors(
    desk, reopen, fake_embedder, write_pdf
):
    def remove():
        if desk.documents():
            desk.remove_document("gone")

    scripted = ScriptedEmbedder(fake_embedder, before=remove)
    working = reopen(scripted)
    texts = [f"page number {n}" for n in range(EMBED_BATCH + 6)]
    document = working.add_file(write_pdf("gone.pdf", *texts)).document
    report = working.embed_waiting()
    assert (report.documents, report.made, report.waiting) == (0, 0, 0)
    assert len(scripted.calls) == 1
    assert held_ids(working, scripted, document.document_id) == frozenset()


def test_a_document_that_is_read_again_meanwhile_is_counted_rightly(
    desk, reopen, fake_embedder, write_pdf
):
    def read_again():
        with desk._database._connect() as connection:
            connection.execute("UPDATE documents SET parser_version = 0")
        desk.refresh()

    working = reopen(ScriptedEmbedder(fake_embedder, before=read_again))
    texts = [f"page number {n}" for n in range(EMBED_BATCH + 6)]
    document = working.add_file(write_pdf("report.pdf", *texts)).document
    working.embed_waiting()
    assert left(working) == []
    assert len(held_ids(working, ScriptedEmbedder(None), document.document_id)) == len(texts)


def test_the_work_waits_for_another_writer_until_it_is_called_off(desk, embedder, write_pdf):
    desk.add_file(write_pdf("a.pdf", "Net sales rose"))
    asked = []

    def cancel():
        asked.append(1)
        return len(asked) > 5

    with hold_write_lock(desk.folder, 0.0):
        report = desk.embed_waiting(cancel=cancel)
    assert (report.made, report.waiting) == (0, 1)
    assert embedder.calls == []
    assert desk.embed_waiting().made == 1


def test_one_program_at_a_time_makes_vectors_and_others_follow_its_progress(
    desk, embedder, write_pdf
):
    desk.add_file(write_pdf("a.pdf", "Net sales rose"))
    heard = []
    held, is_told = threading.Event(), threading.Event()

    def hold():
        path = desk.folder / EMBEDDING_LOCK
        with wait_for_lock(path, 0.0, lambda: False) as is_ours:
            assert is_ours
            held.set()
            is_told.wait(60)

    def hear(progress):
        heard.append(progress)
        is_told.set()

    other = threading.Thread(target=hold)
    other.start()
    assert held.wait(60)
    assert desk.is_embedding()
    report = desk.embed_waiting(hear)
    other.join()
    assert heard[0] == Progress("a.pdf", "embedding", 0, 1)
    assert (report.made, desk.is_embedding()) == (1, False)


# Another model


def test_another_model_makes_all_vectors_again_and_the_old_ones_go(
    desk, embedder, reopen, fake_embedder, write_pdf
):
    document = desk.add_file(write_pdf("a.pdf", "Net sales rose")).document
    desk.embed_waiting()
    newer = ScriptedEmbedder(fake_embedder, name="newer")
    other = reopen(newer)
    assert other.search_vectors("Net sales rose", 5) == ()
    assert left(other) == [("a.pdf", 0, 1)]
    assert other.embed_waiting().made == 1
    assert len(other.search_vectors("Net sales rose", 5)) == 1
    assert held_ids(other, embedder, document.document_id) == frozenset()
    assert left(desk) == [("a.pdf", 0, 1)]


def test_the_old_vectors_stay_until_the_new_ones_are_whole(
    desk, embedder, reopen, fake_embedder, write_pdf
):
    documents = [
        desk.add_file(write_pdf(f"{n}.pdf", f"page number {n}")).document for n in range(2)
    ]
    desk.embed_waiting()
    other = reopen(ScriptedEmbedder(fake_embedder, name="newer"))
    heard = []
    assert other.embed_waiting(heard.append, lambda: bool(heard)).waiting == 1
    assert all(held_ids(desk, embedder, document.document_id) for document in documents)
    # Going back needs no model: what the old one made is counted again.
    assert desk.embed_waiting().made == 0
    assert left(desk) == []


def test_vectors_of_another_width_do_not_mix(desk, reopen, fake_embedder, write_pdf):
    class Wider(ScriptedEmbedder):
        def embed_passages(self, texts):
            narrow = super().embed_passages(texts)
            return np.hstack([narrow, narrow]) / np.sqrt(2, dtype=np.float32)

        def embed_query(self, text):
            return self.embed_passages([text])[0]

    desk.add_file(write_pdf("a.pdf", "Net sales rose"))
    desk.embed_waiting()
    desk.add_file(write_pdf("b.pdf", "Net sales rose", "Costs fell"))
    wider = reopen(Wider(fake_embedder, name="wider"))
    report = wider.embed_waiting()
    assert (report.made, report.copied) == (2, 1)
    assert len(wider.search_vectors("Net sales rose", 5)) == 3


# Workspaces of earlier versions


def test_vectors_that_an_earlier_version_made_are_counted_and_shared(tmp_path, embedder, write_pdf):
    """Until then a document was stored only once all its vectors were made."""
    folder = tmp_path / "old"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "desk.sqlite3")) as connection:
        connection.executescript(f"{MIGRATIONS[0]} {MIGRATIONS[1]} PRAGMA user_version = 2;")
        connection.execute(
            "INSERT INTO documents VALUES ('d1', 'acme.pdf', 'Acme', '10-K', 2023, '2023-12-31',"
            f" 9, 3, 0, '2024', '[]', {PARSER_VERSION}, 'scripted', 12)"
        )
        connection.execute(
            "INSERT INTO passages VALUES (1, 'p1', 'd1', 1, 'text', NULL, 'Net  sales', 0, 0)"
        )
        connection.commit()
    VectorIndex(folder / "vectors", "scripted", lambda: 0).add(
        "d1", ["p1"], np.ones((1, 64), dtype=np.float32)
    )
    workspace = Workspace(folder, embedder)
    assert [document.passages for document in workspace.documents()] == [1]
    assert left(workspace) == []
    workspace.add_file(write_pdf("new.pdf", "Net sales"))
    assert workspace.embed_waiting().copied == 1
    assert embedder.calls == []


def test_each_workspace_has_a_name_of_its_own(tmp_path, desk, embedder):
    other = Workspace(tmp_path / "other", embedder)
    names = {desk._database.workspace_id(), other._database.workspace_id()}
    assert [len(name) for name in names] == [16, 16]
    assert Workspace(desk.folder, embedder)._database.workspace_id() in names


def test_vectors_on_a_server_are_not_those_in_the_folder(desk, reopen, embedder, write_pdf):
    desk.add_file(write_pdf("a.pdf", "Net sales rose"))
    desk.embed_waiting()
    away = Workspace(desk.folder, embedder, chroma_url="http://127.0.0.1:1")
    assert left(away) == [("a.pdf", 0, 1)]
