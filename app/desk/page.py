"""The page: gradio's parts, where they stand, and which event goes where. No work of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import gradio as gr

from app.desk.events import Events
from app.desk.evidence_pane import render_evidence
from app.desk.found import render_found
from app.desk.render import render_answer
from app.desk.session import Desk
from app.desk.state import DeskState
from app.desk.suggesting import MOST
from app.desk.tree import render_plan
from ingestion.files import READABLE_ENDINGS

# Seconds between two looks at how far the vectors or the model are, while that changes.
_LOOK_EVERY = 1.0


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
class _History:
    tab: gr.Tab
    needle: gr.Textbox
    runs: gr.HTML


@dataclass(frozen=True)
class _Run:
    answer: gr.HTML
    plan: gr.HTML


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
    events = Events(desk)
    page = gr.Blocks(title="AceDesk", fill_width=True, analytics_enabled=False)
    with page:
        # A function of its own: gradio takes a dataclass for a value to be laid open.
        state = gr.State(lambda: DeskState())
        head = gr.HTML(
            events.tell_head,
            js_on_load=read_assets("head.js", "panes.js", "keys.js"),
            elem_id="desk-head",
        )
        loading = gr.Timer(_LOOK_EVERY)
        with gr.Row(elem_id="desk-panes", equal_height=True):
            library, history = _lay_out_left(events)
            with gr.Column(elem_id="desk-middle", scale=4, min_width=320):
                asking = _lay_out_asking()
                tabs, run, found = _lay_out_tabs(events, head, with_models=desk.shelf is not None)
            with gr.Column(elem_id="desk-right", scale=4, min_width=320):
                evidence = gr.HTML(
                    render_evidence(None, 0, None),
                    js_on_load=read_assets("keep.js", "evidence.js"),
                    elem_id="desk-evidence",
                )
        shown = [state, run.answer, run.plan, evidence]
        ends = _wire_asking(events, asking, tabs, state, run.plan, shown)
        _wire_history(events, history, asking, tabs, state, shown, ends)
        _wire_search(events, asking, tabs, state, found, evidence)
        _wire_library(events, library, state)
        for part in (run.plan, run.answer):
            part.select(events.select, state, shown, show_progress="hidden", queue=False)
            part.like(events.judge, state, shown, show_progress="hidden", queue=False)
        evidence.select(events.turn, state, [state, evidence], show_progress="hidden", queue=False)
        loading.tick(events.watch_load, outputs=[head, loading], show_progress="hidden")
        suggested = [asking.examples, *asking.example_buttons]
        page.load(events.greet, outputs=[library.sample, *suggested], show_progress="hidden")
        library.documents.change(events.suggest, outputs=suggested, show_progress="hidden")
    return page


def _lay_out_left(events: Events) -> tuple[_Library, _History]:
    with (
        gr.Column(elem_id="desk-left", scale=2, min_width=220),
        gr.Tabs(elem_id="desk-left-tabs"),
    ):
        with gr.Tab("Library", id="library"):
            library = _lay_out_library(events)
        with gr.Tab("History", id="history") as past:
            history = _lay_out_history(past)
    return library, history


def _lay_out_tabs(
    events: Events, head: gr.HTML, *, with_models: bool
) -> tuple[gr.Tabs, _Run, gr.HTML]:
    """Lay out what the middle shows: a run, what a search found, and the models."""
    with gr.Tabs(elem_id="desk-tabs") as tabs:
        with gr.Tab("Answer", id="answer"):
            answer = gr.HTML(
                render_answer(DeskState().view),
                js_on_load=read_assets("keep.js", "judge.js", "choose.js"),
                elem_id="desk-answer",
            )
            plan = gr.HTML(
                render_plan(DeskState().view, None),
                js_on_load=read_assets("keep.js", "judge.js", "tree.js"),
                elem_id="desk-plan",
            )
        with gr.Tab("Search", id="search"):
            found = gr.HTML(
                render_found(None, None),
                js_on_load=read_asset("choose.js"),
                elem_id="desk-found",
            )
        if with_models:
            with gr.Tab("Models", id="models"):
                models = gr.HTML(
                    events.list_models,
                    js_on_load=read_asset("models.js"),
                    elem_id="desk-models",
                )
                changing = gr.Timer(_LOOK_EVERY)
            _wire_models(events, head, models, changing)
    return tabs, _Run(answer, plan), found


def _lay_out_library(events: Events) -> _Library:
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


def _lay_out_history(tab: gr.Tab) -> _History:
    needle = gr.Textbox(
        "",
        placeholder="Find in past questions",
        show_label=False,
        container=False,
        elem_id="desk-needle",
    )
    runs = gr.HTML("", js_on_load=read_assets("keep.js", "history.js"), elem_id="desk-history")
    return _History(tab, needle, runs)


def _lay_out_asking() -> _Asking:
    question = gr.Textbox(
        placeholder="Ask about the filings, in a whole sentence",
        show_label=False,
        lines=1,
        max_lines=5,
        elem_id="desk-question",
        container=False,
    )
    with gr.Row(elem_id="desk-asking"):
        ask = gr.Button("Ask", variant="primary", size="sm", elem_id="desk-ask")
        halt = gr.Button("Stop", size="sm", interactive=False, elem_id="desk-halt")
        search = gr.Button("Search", size="sm", elem_id="desk-search")
    with gr.Row(elem_id="desk-examples", visible=False) as examples:
        buttons = tuple(gr.Button("", size="sm", visible=False) for _ in range(MOST))
    return _Asking(question, ask, search, halt, examples, buttons)


def _wire_asking(
    events: Events,
    asking: _Asking,
    tabs: gr.Tabs,
    state: gr.State,
    plan: gr.HTML,
    shown: list[gr.components.Component],
) -> list[gr.events.Dependency]:
    """Wire what starts a run; returns the events that follow its end."""
    starts: list[tuple[Any, Callable[..., Any], list[gr.components.Component]]] = [
        (asking.ask.click, events.ask, [state, asking.question]),
        (asking.question.submit, events.ask, [state, asking.question]),
        (plan.edit, events.edit, [state]),
    ]
    ends = []
    for event, run, inputs in starts:
        outputs = [*shown, asking.ask, asking.halt]
        first = event(run, inputs, outputs, show_progress="hidden")
        event(lambda: gr.Tabs(selected="answer"), outputs=tabs, show_progress="hidden", queue=False)
        ends.append(
            first.then(
                lambda: (gr.Button(interactive=True), gr.Button(interactive=False)),
                outputs=[asking.ask, asking.halt],
                show_progress="hidden",
            )
        )
    asking.halt.click(events.stop, inputs=state, show_progress="hidden", queue=False)
    for button in asking.example_buttons:
        button.click(
            lambda text: text, inputs=button, outputs=asking.question, show_progress="hidden"
        )
    return ends


def _wire_history(
    events: Events,
    history: _History,
    asking: _Asking,
    tabs: gr.Tabs,
    state: gr.State,
    shown: list[gr.components.Component],
    ends: list[gr.events.Dependency],
) -> None:
    looks = [state, history.needle]
    moments: list[Any] = [history.tab.select, history.needle.change, *(end.then for end in ends)]
    for when in moments:
        when(
            events.list_history,
            looks,
            history.runs,
            show_progress="hidden",
            queue=False,
            trigger_mode="always_last",  # of what is typed the last counts
        )
    history.runs.select(
        events.act_on_history,
        looks,
        [*shown, history.runs, asking.question],
        show_progress="hidden",
        queue=False,
    ).then(lambda: gr.Tabs(selected="answer"), outputs=tabs, show_progress="hidden", queue=False)


def _wire_search(
    events: Events,
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


def _wire_models(events: Events, head: gr.HTML, models: gr.HTML, changing: gr.Timer) -> None:
    models.select(
        events.act_on_model, outputs=[models, changing], show_progress="hidden", queue=False
    )
    changing.tick(
        events.watch_models,
        outputs=[head, models, changing],
        show_progress="hidden",
        queue=False,
    )


def _wire_library(events: Events, library: _Library, state: gr.State) -> None:
    told = [library.drop, library.ingest, library.documents, library.cancel]
    library.drop.upload(
        events.add_uploads, inputs=[library.drop, state], outputs=told, show_progress="hidden"
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
        events.remove,
        inputs=state,
        outputs=[library.ingest, library.documents],
        show_progress="hidden",
    )
    library.documents.select(
        events.choose,
        inputs=state,
        outputs=[state, library.documents],
        show_progress="hidden",
        queue=False,
    )


def read_assets(*names: str) -> str:
    """Return several of the desk's own files as one text."""
    return "\n".join(map(read_asset, names))


def read_asset(name: str) -> str:
    """Return the text of one of the desk's own files."""
    return (files("assets") / "desk" / name).read_text(encoding="utf-8")
