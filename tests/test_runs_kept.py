"""Runs in the workspace: kept, listed without their records, named, removed, and linked."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from ingestion.errors import AnswerNotFound
from ingestion.storage.answers import AnswerHead, SavedAnswer
from ingestion.storage.database import MIGRATIONS, Database
from ingestion.workspace import Workspace


def keep(workspace: Workspace, answer_id: str, day: int = 1, **fields: str) -> SavedAnswer:
    answer = SavedAnswer(
        answer_id, f"2024-01-0{day}T09:00:00", f"question of {answer_id}", "{}", **fields
    )
    workspace.save_answer(answer)
    return answer


def parents(workspace: Workspace) -> dict[str, str | None]:
    return {head.answer_id: head.parent_id for head in workspace.list_answers()}


def test_an_answer_comes_back_as_it_was_saved(workspace: Workspace) -> None:
    answer = keep(workspace, "a1", title="Capex", parent_id="a0", summary="SUPPORTED: $5")
    assert workspace.answer("a1") == answer


def test_the_list_tells_all_but_the_record(workspace: Workspace) -> None:
    keep(workspace, "a1", day=1)
    keep(workspace, "a2", day=2, parent_id="a1", summary="SUPPORTED: $5")
    assert workspace.list_answers() == (
        AnswerHead("a2", "2024-01-02T09:00:00", "question of a2", None, "a1", "SUPPORTED: $5"),
        AnswerHead("a1", "2024-01-01T09:00:00", "question of a1"),
    )


def test_of_answers_of_one_second_the_last_saved_is_first(workspace: Workspace) -> None:
    for answer_id in ("b", "a", "c"):
        keep(workspace, answer_id)
    assert [head.answer_id for head in workspace.list_answers()] == ["c", "a", "b"]


def test_listing_reads_no_record(workspace: Workspace) -> None:
    """SQLite is asked which columns it reads for the list."""
    keep(workspace, "a1")
    read: set[str] = set()

    def note(action: int, table: str | None, column: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_READ and table == "answers" and column:
            read.add(column)
        return sqlite3.SQLITE_OK

    from ingestion.storage.answers import list_answers

    with closing(sqlite3.connect(workspace.folder / "desk.sqlite3")) as connection:
        connection.row_factory = sqlite3.Row
        connection.set_authorizer(note)
        assert len(list_answers(connection)) == 1
        last = connection.execute("SELECT name FROM pragma_table_info('answers')").fetchall()[-1]
    assert "question" in read
    assert "record" not in read
    assert last["name"] == "record"


def test_the_start_of_an_id_is_enough_where_it_is_the_only_one(workspace: Workspace) -> None:
    keep(workspace, "abc1")
    keep(workspace, "abd2")
    keep(workspace, "ab")
    assert workspace.answer("abd").answer_id == "abd2"
    assert workspace.answer("ab").answer_id == "ab"
    with pytest.raises(AnswerNotFound, match="More than one run starts with a"):
        workspace.answer("a")


@pytest.mark.parametrize("reference", ["zz", "", "%", "a_"])
def test_a_run_that_is_not_there_is_named(workspace: Workspace, reference: str) -> None:
    keep(workspace, "abc1")
    for ask in (workspace.answer, workspace.remove_answer):
        with pytest.raises(AnswerNotFound, match="acedesk runs list"):
            ask(reference)


def test_a_title_is_given_and_taken_away(workspace: Workspace) -> None:
    keep(workspace, "a1")
    workspace.rename_answer("a1", "  Capital spending ")
    assert workspace.answer("a1").title == "Capital spending"
    workspace.rename_answer("a1", " ")
    assert workspace.answer("a1").title is None


def test_a_removed_answer_is_gone_and_the_others_stay(workspace: Workspace) -> None:
    keep(workspace, "a1")
    keep(workspace, "a2")
    assert workspace.remove_answer("a1").answer_id == "a1"
    assert [head.answer_id for head in workspace.list_answers()] == ["a2"]


def test_the_versions_of_a_removed_answer_are_linked_to_what_it_came_from(
    workspace: Workspace,
) -> None:
    keep(workspace, "a1")
    keep(workspace, "a2", parent_id="a1")
    keep(workspace, "a3", parent_id="a2")
    workspace.remove_answer("a2")
    assert parents(workspace) == {"a1": None, "a3": "a1"}
    workspace.remove_answer("a1")
    assert parents(workspace) == {"a3": None}


def test_answers_of_an_older_workspace_are_kept(tmp_path) -> None:
    path = tmp_path / "desk.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"{MIGRATIONS[0]} PRAGMA user_version = 1;")
        connection.execute("INSERT INTO answers VALUES ('a1', '2024-01-01', 'Why?', '{}')")
        connection.commit()
    database = Database(path)
    assert database.answers() == (SavedAnswer("a1", "2024-01-01", "Why?", "{}"),)
