"""The kept runs of a workspace as a page uses them: found, loaded, renamed, removed, judged.

What goes wrong with one is told in the page's state. Knows no model, and asks nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.desk.history import filter_heads
from app.desk.state import DeskState
from app.kept_runs import load_run
from ingestion.errors import IngestionError
from ingestion.storage.answers import AnswerHead, SavedAnswer
from ingestion.storage.judgements import Judgement
from ingestion.workspace import Workspace
from research.errors import RecordError, ResearchError
from research.questions import ResearchResult


@dataclass(frozen=True, slots=True)
class PastRun:
    """A kept run, and the version that it was made of, where there is one."""

    saved: SavedAnswer
    result: ResearchResult
    before: ResearchResult | None


class PastRuns:
    """The past questions of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        """Take the workspace that keeps them."""
        self._workspace = workspace

    def find(self, needle: str = "") -> tuple[AnswerHead, ...]:
        """Return the past questions that hold all words of `needle`, newest first."""
        return filter_heads(self._workspace.list_answers(), needle)

    def load(self, state: DeskState, run_id: str) -> PastRun | None:
        """Return a kept run with its earlier version; None where it is gone or cannot be read."""
        with _telling(state):
            saved, result = load_run(self._workspace, run_id)
            return PastRun(saved, result, self._load_parent(saved))
        return None

    def _load_parent(self, saved: SavedAnswer) -> ResearchResult | None:
        """Return the version that a run was made of, where it is still there and can be read."""
        if saved.parent_id is None:
            return None
        try:
            return load_run(self._workspace, saved.parent_id)[1]
        except (IngestionError, RecordError):
            return None

    def rename(self, state: DeskState, run_id: str, title: str) -> None:
        """Give a past question a name of the user's; an empty one takes it away."""
        with _telling(state):
            self._workspace.rename_answer(run_id, title.strip() or None)

    def remove(self, state: DeskState, run_id: str) -> None:
        """Remove a past question; `restore` brings the last one back."""
        with _telling(state):
            said = self._workspace.judgements(run_id)
            state.removed, state.removed_judgements = self._workspace.remove_answer(run_id), said

    def restore(self, state: DeskState) -> None:
        """Bring the past question back that was removed last."""
        if state.removed is not None:
            self._workspace.restore_answer(state.removed, state.removed_judgements)
            state.removed, state.removed_judgements = None, ()

    def judge(self, state: DeskState, said: str, label: str, correction: str = "") -> None:
        """Keep what the user says of the shown run's answer, or of its step `label`.

        `said` is "right", "wrong", or "withdraw" for what was said before.
        """
        if state.run_id is None:
            return
        try:
            if said == "withdraw":
                self._workspace.withdraw_judgement(state.run_id, label)
            else:
                self._workspace.judge_answer(
                    state.run_id, label, is_right=said == "right", correction=correction
                )
        except IngestionError as error:
            state.problem = str(error)

    def judgements(self, state: DeskState) -> dict[str, Judgement] | None:
        """Return what was said of the shown run, by label; None where it is not kept."""
        if state.run_id is None:
            return None
        return {one.label: one for one in self._workspace.judgements(state.run_id)}


@contextmanager
def _telling(state: DeskState) -> Iterator[None]:
    """Tell beside the history what goes wrong with it."""
    state.history_problem = ""
    try:
        yield
    except (IngestionError, ResearchError) as error:
        state.history_problem = str(error)
