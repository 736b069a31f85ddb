"""The page: gradio's parts, where they stand, and which event goes where. No work of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import gradio as gr

from app.composition import sample_files
from app.desk.found import render_found
from app.desk.model_list import render_models
from app.desk.render import (
    render_answer,
    render_evidence,
    render_header,
    render_hit_page,
    render_ingest,
    render_library,
    render_plan,
    render_problem,
)
from app.desk.session import Desk, DeskState
from app.desk.vector_line import render_vectors
from ingestion.files import READABLE_ENDINGS
from models.residency import LoadState

# Asked of the sample filing, and shown only where it is loaded.
EXAMPLES = (
    "What was Bramblewick's operating income in 2022, and what was it in 2023?",
    "What were Bramblewick's purchases of property, plant and equipment in 2023?",
    "Did Bramblewick's operating income grow faster than its net sales from 2022 to 2023?",
)

# Seconds between two looks at how far the vectors or the model are, while that changes.
_LOOK_EVERY = 1.0

Shown = tuple[DeskState, str, str, str]


@dataclass(frozen=True)
class _Library:
    drop: gr.File
    sample: gr.Button
    ingest: gr.HTML
    cancel: gr.Button
    vectors: gr.HTML
    timer: gr.Timer
    documents: gr.HTML


@dataclass(frozen=True)
class _Asking:
    question: gr.Textbox
    ask: gr.Button
    search: gr.Button
    halt: gr.Button
    examples: gr.Row
    example_buttons: tuple[gr.Button, ...]


def build_page(desk: Desk) -> gr.Blocks:
    """Lay out the page over a desk and say which event goes where."""
    events = _Events(desk)
    page = gr.Blocks(title="AceDesk", fill_width=True, analytics_enabled=False)
    with page:
        # A function of its own: gradio takes a dataclass for a value to be laid open.
        state = gr.State(lambda: DeskState())
        head = gr.HTML(events.tell_head, js_on_load=read_asset("head.js"), elem_id="desk-head")
        loading = gr.Timer(_LOOK_EVERY)
        with gr.Row(elem_id="desk-panes", equal_height=True):
            with gr.Column(elem_id="desk-left", scale=2, min_width=220):
                library = _lay_out_library(events)
            with gr.Column(elem_id="desk-middle", scale=4, min_width=320):
                asking = _lay_out_asking()
                with gr.Tabs(elem_id="desk-tabs") as tabs:
                    with gr.Tab("Answer", id="answer"):
                        answer = gr.HTML(
                            render_answer(DeskState().view),
                            js_on_load=read_asset("plan.js"),
                            elem_id="desk-answer",
                        )
                        plan = gr.HTML(
                            render_plan(DeskState().view, None),
                            js_on_load=read_asset("plan.js"),
                            elem_id="desk-plan",
                        )
                    with gr.Tab("Search", id="search"):
                        found = gr.HTML(
                            render_found(None, None),
                            js_on_load=read_asset("plan.js"),
                            elem_id="desk-found",
                        )
                    if desk.shelf is not None:
                        with gr.Tab("Models", id="models"):
                            models = gr.HTML(
                                events.list_models,
                                js_on_load=read_asset("models.js"),
                                elem_id="desk-models",
                            )
                            changing = gr.Timer(_LOOK_EVERY)
                        _wire_models(events, head, models, changing)
            with gr.Column(elem_id="desk-right", scale=4, min_width=320):
                evidence = gr.HTML(
                    render_evidence(None, 0, None),
                    js_on_load=read_asset("evidence.js"),
                    elem_id="desk-evidence",
                )
        shown = [state, answer, plan, evidence]
        _wire_asking(events, asking, tabs, state, shown)
        _wire_search(events, asking, tabs, state, found, evidence)
        _wire_library(events, library, state)
        for part in (plan, answer):
            part.select(events.select, state, shown, show_progress="hidden", queue=False)
        evidence.select(events.turn, state, shown, show_progress="hidden", queue=False)
        loading.tick(events.watch_load, outputs=[head, loading], show_progress="hidden")
        page.load(events.greet, outputs=[library.sample, asking.examples], show_progress="hidden")
    return page


def _lay_out_library(events: _Events) -> _Library:
    drop = gr.File(
        label="Add filings",
        file_count="multiple",
        file_types=list(READABLE_ENDINGS),
        height=96,
        elem_id="desk-drop",
    )
    sample = gr.Button("Add the sample filing", size="sm", visible=False)
    ingest = gr.HTML("", elem_id="desk-ingest")
    cancel = gr.Button("Cancel", size="sm", visible=False, elem_id="desk-cancel")
    vectors = gr.HTML(events.tell_vectors, elem_id="desk-vectors")
    timer = gr.Timer(_LOOK_EVERY)
    documents = gr.HTML(
        events.list_library, js_on_load=read_asset("library.js"), elem_id="desk-library"
    )
    return _Library(drop, sample, ingest, cancel, vectors, timer, documents)


def _lay_out_asking() -> _Asking:
    with gr.Row(elem_id="desk-asking"):
        question = gr.Textbox(
            placeholder="Ask about the filings, in a whole sentence",
            show_label=False,
            lines=1,
            max_lines=5,
            scale=6,
            elem_id="desk-question",
            container=False,
        )
        ask = gr.Button("Ask", variant="primary", scale=1, min_width=72)
        search = gr.Button("Search", scale=1, min_width=72, elem_id="desk-search")
        halt = gr.Button("Stop", scale=1, min_width=72, interactive=False)
    with gr.Row(elem_id="desk-examples", visible=False) as examples:
        buttons = tuple(gr.Button(text, size="sm") for text in EXAMPLES)
    return _Asking(question, ask, search, halt, examples, buttons)


def _wire_asking(
    events: _Events,
    asking: _Asking,
    tabs: gr.Tabs,
    state: gr.State,
    shown: list[gr.components.Component],
) -> None:
    switches = [asking.ask, asking.halt]
    for event in (asking.ask.click, asking.question.submit):
        event(
            lambda: (gr.Button(interactive=False), gr.Tabs(selected="answer")),
            outputs=[asking.ask, tabs],
            show_progress="hidden",
        ).then(
            # The run itself lets itself be stopped: before it has begun there is nothing to stop.
            events.ask,
            inputs=[state, asking.question],
            outputs=[*shown, asking.halt],
            show_progress="hidden",
        ).then(
            lambda: (gr.Button(interactive=True), gr.Button(interactive=False)),
            outputs=switches,
            show_progress="hidden",
        )
    asking.halt.click(events.stop, inputs=state, show_progress="hidden", queue=False)
    for button in asking.example_buttons:
        button.click(
            lambda text: text, inputs=button, outputs=asking.question, show_progress="hidden"
        )


def _wire_search(
    events: _Events,
    asking: _Asking,
    tabs: gr.Tabs,
    state: gr.State,
    found: gr.HTML,
    evidence: gr.HTML,
) -> None:
    shown = [state, found, evidence]
    asking.search.click(
        lambda: gr.Tabs(selected="search"), outputs=tabs, show_progress="hidden", queue=False
    ).then(events.search, inputs=[state, asking.question], outputs=shown, show_progress="hidden")
    found.select(events.show_hit, state, shown, show_progress="hidden", queue=False)


def _wire_models(events: _Events, head: gr.HTML, models: gr.HTML, changing: gr.Timer) -> None:
    models.select(
        events.act_on_model, outputs=[models, changing], show_progress="hidden", queue=False
    )
    changing.tick(
        events.watch_models,
        outputs=[head, models, changing],
        show_progress="hidden",
        queue=False,
    )


def _wire_library(events: _Events, library: _Library, state: gr.State) -> None:
    told = [library.drop, library.ingest, library.documents, library.cancel]
    library.drop.upload(
        events.add, inputs=[library.drop, state], outputs=told, show_progress="hidden"
    )
    library.sample.click(lambda: gr.Button(visible=False), outputs=library.sample).then(
        events.add_sample, inputs=state, outputs=told, show_progress="hidden"
    )
    for event in (library.drop.upload, library.sample.click):
        event(lambda: gr.Timer(active=True), outputs=library.timer, show_progress="hidden")
    library.timer.tick(
        events.look, outputs=[library.vectors, library.timer], show_progress="hidden", queue=False
    )
    library.cancel.click(
        events.stop_adding,
        inputs=state,
        outputs=library.cancel,
        show_progress="hidden",
        queue=False,
    )
    library.documents.delete(
        events.remove, outputs=[library.ingest, library.documents], show_progress="hidden"
    )


def read_asset(name: str) -> str:
    """Return the text of one of the desk's own files."""
    return (files("assets") / "desk" / name).read_text(encoding="utf-8")


class _Events:
    """What each event of the page shows; the work itself is the desk's."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def tell_head(self) -> str:
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
        for now in self._desk.ask(state, text):
            yield *self._show(now), gr.Button(interactive=True)

    def select(self, state: DeskState, event: gr.EventData) -> Shown:
        return self._show(self._desk.select(state, str(event.label)))

    def turn(self, state: DeskState, event: gr.EventData) -> Shown:
        return self._show(self._desk.turn(state, int(event.by)))

    def search(self, state: DeskState, text: str) -> tuple[DeskState, str, str]:
        return self._show_found(self._desk.search(state, text))

    def show_hit(self, state: DeskState, event: gr.EventData) -> tuple[DeskState, str, str]:
        return self._show_found(self._desk.show_hit(state, str(event.label)))

    def _show_found(self, state: DeskState) -> tuple[DeskState, str, str]:
        evidence = self._desk.shown_hit(state)
        page = self._desk.evidence_page(state)
        shown = (
            render_hit_page(state.hit or 0, evidence, page)
            if evidence is not None
            else render_evidence(None, 0, None)
        )
        return state, render_found(state.found, state.hit), shown

    def add(self, paths: list[str], state: DeskState) -> Iterator[tuple[Any, ...]]:
        yield gr.skip(), "", gr.skip(), gr.Button("Cancel", visible=True, interactive=True)
        for now in self._desk.add(paths, state):
            told = render_ingest(now.progress, now.waiting, now.reports, now.cancelled)
            library = gr.skip() if now.progress else self.list_library()
            yield gr.skip(), told, library, gr.skip()
        yield None, gr.skip(), gr.skip(), gr.Button(visible=False)

    def add_sample(self, state: DeskState) -> Iterator[tuple[Any, ...]]:
        yield from self.add([str(path) for path in sample_files()], state)

    def stop_adding(self, state: DeskState) -> gr.Button:
        self._desk.stop_adding(state)
        return gr.Button("Cancelling \u2026", interactive=False)

    def stop(self, state: DeskState) -> None:
        self._desk.stop(state)

    def greet(self) -> tuple[gr.Button, gr.Row]:
        """Offer the sample to an empty library, and its questions where it is loaded."""
        names = {document.name for document in self._desk.documents()}
        has_sample = any(path.name in names for path in sample_files())
        return gr.Button(visible=not names), gr.Row(visible=has_sample)

    def remove(self, event: gr.EventData) -> tuple[str, str]:
        problem = self._desk.remove(str(event.document_id))
        return render_problem(problem) if problem else "", self.list_library()

    def look(self) -> tuple[str, gr.Timer]:
        """Show how far the vectors are, and look again only while that may change."""
        is_busy = self._desk.is_busy()  # asked first: what ends in between is shown
        return self.tell_vectors(), gr.Timer(active=is_busy)

    def tell_vectors(self) -> str:
        maker = self._desk.vectors
        counts = self._desk.workspace.vector_counts()
        return render_vectors(counts, maker.problem if maker else None)

    def list_library(self) -> str:
        return render_library(self._desk.documents())

    def _show(self, state: DeskState) -> Shown:
        node = state.view.node(state.selected)
        return (
            state,
            render_answer(state.view),
            render_plan(state.view, state.selected),
            render_evidence(node, state.index, self._desk.evidence_page(state)),
        )
