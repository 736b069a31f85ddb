"""What each event of the page shows; the work itself is the desk's.

Knows gradio's updates, and which part of the page shows what; nothing of where the parts stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from app.composition import sample_files
from app.desk.evidence_pane import render_evidence, render_hit_page
from app.desk.found import render_found
from app.desk.history import render_history
from app.desk.library_list import render_library
from app.desk.model_list import render_models
from app.desk.render import (
    render_answer,
    render_header,
    render_ingest,
    render_problem,
)
from app.desk.session import Desk
from app.desk.state import DeskState
from app.desk.suggesting import MOST
from app.desk.tree import render_plan
from app.desk.vector_line import render_vectors
from app.desk.versions import find_changes
from models.residency import LoadState

Shown = tuple[DeskState, str, str, str]


class Events:
    """One method an event, for all pages of a desk."""

    def __init__(self, desk: Desk) -> None:
        """Take the desk that does the work."""
        self._desk = desk

    # The head, and models

    def tell_head(self) -> str:
        """Name the workspace, the model, and whether anything leaves the machine."""
        return render_header(
            self._desk.model.file,
            str(self._desk.workspace.folder),
            self._load_state(),
            is_fetching=self._desk.shelf is not None and self._desk.shelf.is_fetching,
        )

    def watch_load(self) -> tuple[str, gr.Timer]:
        """Tell how far the model is until it is there."""
        state = self._load_state()
        return self.tell_head(), gr.Timer(active=state is not None and state.kind == "loading")

    def _load_state(self) -> LoadState | None:
        return self._desk.shelf.load_state() if self._desk.shelf else None

    def list_models(self) -> str:
        """List the models, where one can be chosen."""
        return render_models(self._desk.shelf.look()) if self._desk.shelf else ""

    def watch_models(self) -> tuple[str, str, gr.Timer]:
        """Tell of the models until nothing changes any more."""
        if self._desk.shelf is None:
            return self.tell_head(), "", gr.Timer(active=False)
        view = self._desk.shelf.look()
        return self.tell_head(), render_models(view), gr.Timer(active=view.is_busy)

    def act_on_model(self, event: gr.EventData) -> tuple[str, gr.Timer]:
        """Fetch a model, stop fetching, or answer with another one."""
        if self._desk.shelf is not None:
            action, name = str(event.action), str(event.name)
            if action == "fetch":
                self._desk.shelf.fetch(name, str(event.quant))
            elif action == "stop":
                self._desk.shelf.stop_fetch()
            elif action == "use":
                self._desk.shelf.change(name)
        return self.list_models(), gr.Timer(active=True)

    def ask(self, state: DeskState, text: str) -> Iterator[tuple[Any, ...]]:
        """Run a question; the page follows it."""
        for now in self._desk.ask(state, text):
            yield *self._show(now), gr.Button(interactive=False), gr.Button(interactive=True)

    def edit(self, state: DeskState, event: gr.EventData) -> Iterator[tuple[Any, ...]]:
        """Change the plan as the tree's form says, and run what depends on it."""
        change = (str(event.kind), str(event.label), str(event.words))
        for now in self._desk.rerun(state, change):
            yield *self._show(now), gr.Button(interactive=False), gr.Button(interactive=True)

    def judge(self, state: DeskState, event: gr.EventData) -> Shown:
        """Keep what the user says of an answer."""
        self._desk.past.judge(state, str(event.said), str(event.label), str(event.words))
        return self._show(state)

    def list_history(self, state: DeskState, needle: str) -> str:
        """List the past questions that hold the words of `needle`."""
        return render_history(
            self._desk.past.find(needle),
            shown=state.run_id,
            needle=needle,
            removed=state.removed,
            problem=state.history_problem,
        )

    def act_on_history(self, state: DeskState, needle: str, event: gr.EventData) -> tuple[Any, ...]:
        """Reopen, rename, remove or bring back a past question."""
        action, run_id = str(event.action), str(event.run)
        if action == "open":
            shown: tuple[Any, ...] = self._show(self._desk.reopen(state, run_id))
            return *shown, self.list_history(state, needle), state.view.question or gr.skip()
        if action == "rename":
            self._desk.past.rename(state, run_id, str(event.words))
        elif action == "remove":
            self._desk.past.remove(state, run_id)
        elif action == "restore":
            self._desk.past.restore(state)
        kept = (state, *(gr.skip() for _ in range(3)))
        return *kept, self.list_history(state, needle), gr.skip()

    def select(self, state: DeskState, event: gr.EventData) -> Shown:
        """Show a step's evidence."""
        return self._show(self._desk.select(state, str(event.label)))

    def turn(self, state: DeskState, event: gr.EventData) -> tuple[DeskState, str]:
        """Show another piece of evidence, or another page of its document."""
        action, number = str(event.action), int(event.number)
        if action == "leaf":
            self._desk.turn_page(state, number)
        elif action == "piece":
            self._desk.show_piece(state, number)
        else:
            self._desk.turn(state, number)
        return state, self._show_evidence(state)

    def _show_evidence(self, state: DeskState) -> str:
        page, pages = self._desk.evidence_page(state), self._desk.count_pages(state)
        hit = self._desk.shown_hit(state)
        if hit is not None:
            return render_hit_page(state.hit or 0, hit, page, pages)
        return render_evidence(state.view.node(state.selected), state.index, page, pages)

    def search(self, state: DeskState, text: str) -> tuple[DeskState, str, str]:
        """Search without the model."""
        return self._show_found(self._desk.search(state, text))

    def show_hit(self, state: DeskState, event: gr.EventData) -> tuple[DeskState, str, str]:
        """Show another hit of the search."""
        return self._show_found(self._desk.show_hit(state, str(event.label)))

    def _show_found(self, state: DeskState) -> tuple[DeskState, str, str]:
        return state, render_found(state.found, state.hit), self._show_evidence(state)

    def add(self, paths: list[str], state: DeskState) -> Iterator[tuple[Any, ...]]:
        """Add files; the page follows each."""
        yield gr.skip(), "", gr.skip(), gr.Button("Cancel", visible=True, interactive=True)
        for now in self._desk.add(paths, state):
            told = render_ingest(now.progress, now.waiting, now.reports, now.cancelled)
            library = gr.skip() if now.progress else self.list_library(state)
            yield gr.skip(), told, library, gr.skip()
        yield None, gr.skip(), gr.skip(), gr.Button(visible=False)

    def add_uploads(self, paths: list[str], state: DeskState) -> Iterator[tuple[Any, ...]]:
        """Add files that the browser has sent; the copies that it was received in go again.

        The workspace has its own, and what is removed from it must not lie about elsewhere.
        """
        try:
            yield from self.add(paths, state)
        finally:
            for path in map(Path, paths):
                path.unlink(missing_ok=True)

    def add_sample(self, state: DeskState) -> Iterator[tuple[Any, ...]]:
        """Add the filings of the sample."""
        yield from self.add([str(path) for path in sample_files()], state)

    def stop_adding(self, state: DeskState) -> gr.Button:
        """Call off the files that are being added."""
        self._desk.stop_adding(state)
        return gr.Button("Cancelling \u2026", interactive=False)

    def stop(self, state: DeskState) -> None:
        """Stop the running question."""
        self._desk.stop(state)

    def greet(self) -> tuple[Any, ...]:
        """Offer the sample to an empty library, and else what may be asked of it."""
        is_empty = not self._desk.documents()
        return gr.Button(visible=is_empty), *self.suggest()

    def suggest(self) -> tuple[Any, ...]:
        """Show questions that the library can answer: their row, and a button for each."""
        texts = self._desk.suggest()
        shown = [gr.Button(text, visible=True) for text in texts]
        hidden = [gr.Button(visible=False) for _ in range(MOST - len(texts))]
        return gr.Row(visible=bool(texts)), *shown, *hidden

    def remove(self, state: DeskState, event: gr.EventData) -> tuple[str, str]:
        """Remove a document."""
        problem = self._desk.remove(str(event.document_id))
        return render_problem(problem) if problem else "", self.list_library(state)

    def look(self) -> tuple[str, gr.Timer]:
        """Show how far the vectors are, and look again only while that may change."""
        is_busy = self._desk.is_busy()  # asked first: what ends in between is shown
        return self.tell_vectors(), gr.Timer(active=is_busy)

    def tell_vectors(self) -> str:
        """Tell how far the vectors are."""
        maker = self._desk.vectors
        counts = self._desk.workspace.vector_counts()
        return render_vectors(counts, maker.problem if maker else None)

    def list_library(self, state: DeskState | None = None) -> str:
        """List the documents, and which of them the page asks."""
        return render_library(self._desk.documents(), state.unasked if state else ())

    def choose(self, state: DeskState, event: gr.EventData) -> tuple[DeskState, str]:
        """Leave a document out of questions, or take it in again."""
        if event.document_id:
            self._desk.choose(state, str(event.document_id), is_asked=bool(event.is_asked))
        else:
            self._desk.choose_all(state)
        return state, self.list_library(state)

    def _show(self, state: DeskState) -> Shown:
        result = state.view.result
        changes = find_changes(state.before, result) if state.before and result else None
        judgements = self._desk.past.judgements(state)
        whole = judgements.get("") if judgements else None
        return (
            state,
            render_answer(state.view, state.before, state.problem, state.run_id, whole),
            render_plan(state.view, state.selected, changes, judgements),
            self._show_evidence(state),
        )
