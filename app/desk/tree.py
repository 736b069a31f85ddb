"""The plan as the page shows it: a row a step, with its lines, its state, and ways to change it.

Pure: from a view to HTML, all text escaped. Knows no gradio and does no work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from app.desk.judging import render_judging
from app.desk.lanes import Lane, lay_lanes
from app.desk.versions import CHANGE_WORDS
from app.desk.view import Node, RunView
from app.markup.cards import render_calculation
from app.wording import shorten
from ingestion.storage.judgements import Judgement
from research.comparison import Change
from research.questions import SubAnswer

_STATES = {
    "waiting": ("\u25cb", "waiting"),
    "searching": ("\u25d4", "searching"),
    "answering": ("\u25d1", "answering"),
    "grounded": ("\u2713", "grounded"),
    "ungrounded": ("?", "not grounded"),
    "pinned": ("\u270e", "set by you"),
}
_ADDING = (
    '<details class="desk-edit desk-add" data-key="add"><summary>Add a sub-question</summary>'
    '<form data-edit="add" data-label=""><textarea name="words" rows="2" required '
    'aria-label="The new sub-question" placeholder="#1 stands for the answer of Q1"></textarea>'
    '<button type="submit">Add and ask</button></form></details>'
)


def render_plan(
    view: RunView,
    selected: str | None,
    changes: Mapping[str, Change] | None = None,
    judgements: Mapping[str, Judgement] | None = None,
) -> str:
    """Draw the tree of sub-questions; each is a button that shows its evidence.

    Once the run has ended its steps can be changed. `changes` says what became of each step since
    the earlier version, `judgements` what the user said of its answer; None where the run is not
    kept.
    """
    if not view.nodes:
        return '<div class="desk-plan"></div>'
    done = sum(node.sub_answer is not None for node in view.nodes)
    can_edit = view.phase == "done"
    rows = lay_lanes([node.step for node in view.nodes])
    nodes = "".join(
        _render_node(
            node,
            lanes,
            selected,
            (changes or {}).get(node.step.label),
            judgements=judgements,
            can_edit=can_edit,
            is_only=len(view.nodes) == 1,
        )
        for node, lanes in zip(view.nodes, rows, strict=True)
    )
    notes = "".join(f'<p class="desk-note">{escape(note)}</p>' for note in view.notes)
    return (
        f'<div class="desk-plan"><div class="desk-row"><h2>Plan</h2>'
        f'<span class="desk-quiet">{done} of {len(view.nodes)} answered</span></div>'
        f'<ol class="desk-tree">{nodes}</ol>{_ADDING if can_edit else ""}{notes}</div>'
    )


def _render_node(
    node: Node,
    lanes: Sequence[Lane],
    selected: str | None,
    change: Change | None,
    *,
    judgements: Mapping[str, Judgement] | None,
    can_edit: bool,
    is_only: bool,
) -> str:
    step, sub_answer = node.step, node.sub_answer
    is_selected = step.label == selected
    state = "pinned" if step.answer is not None else node.state
    symbol, words = _STATES[state]
    after = ", ".join(step.depends_on)
    needs = f'<span class="desk-after">from {escape(after)}</span>' if after else ""
    became = CHANGE_WORDS[change] if change is not None and change != "kept" else None
    told = f'<span class="desk-change">{became}</span>' if became else ""
    seconds = f" {sub_answer.seconds:.0f} s" if sub_answer is not None else ""
    answer = sub_answer.answer if sub_answer is not None else node.writing
    edit = _render_edits(node, is_only=is_only) if can_edit and is_selected else ""
    if can_edit and judgements is not None and (is_selected or step.label in judgements):
        edit += render_judging(step.label, judgements.get(step.label))
    return (
        f'<li class="desk-node desk-{state}">{_render_lanes(lanes, selected, step.label)}'
        f'<div class="desk-step"><button type="button" class="desk-choose" '
        f'data-label="{escape(step.label)}" aria-pressed="{str(is_selected).lower()}">'
        f'<span class="desk-row"><span class="desk-label">{escape(step.label)}{needs}{told}</span>'
        f'<span class="desk-state">{symbol} {words}{seconds}</span></span>'
        f'<span class="desk-question">{escape(node.question or step.text)}</span>'
        f'<span class="desk-sub-answer">{escape(answer)}</span>{_explain(sub_answer)}</button>'
        f"{_render_card(sub_answer)}{edit}</div></li>"
    )


def _render_lanes(lanes: Sequence[Lane], selected: str | None, label: str) -> str:
    """Draw the lines beside a row; those of the chosen step stand out."""
    drawn = []
    for at, lane in enumerate(lanes):
        is_own = selected is not None and (
            lane.source == selected or (label == selected and lane.part in ("branch", "end"))
        )
        style = f"desk-lane-{lane.part}" if lane.part else ""
        own = " desk-lane-own" if is_own else ""
        drawn.append(f'<i class="{style}{own}" style="--reach:{at}"></i>')
    return f'<span class="desk-lanes" aria-hidden="true">{"".join(drawn)}</span>' if drawn else ""


def _render_card(sub_answer: SubAnswer | None) -> str:
    if sub_answer is None or sub_answer.calculation is None:
        return ""
    return render_calculation(sub_answer.calculation)


def _explain(sub_answer: SubAnswer | None) -> str:
    """Say in one line why an answer is not grounded, and what else there is to know of it."""
    if sub_answer is None:
        return ""
    told = list(sub_answer.notes)
    if not sub_answer.grounded:
        told += [check.detail for check in sub_answer.verdict.checks if not check.passed][:1]
    return "".join(f'<span class="desk-why">{escape(shorten(text, 220))}</span>' for text in told)


def _render_edits(node: Node, *, is_only: bool) -> str:
    """Offer what can be done to a step; forms are folded until they are wanted."""
    label = escape(node.step.label)
    forms = [_render_form("change", label, "Edit", "Ask from here", node.step.text)]
    if node.step.answer is None:
        answer = node.sub_answer.answer if node.sub_answer is not None else ""
        forms.append(_render_form("pin", label, "Set the answer", "Take it", answer))
        forms.append(_render_button("again", label, "Ask again from here"))
    else:
        forms.append(_render_button("unpin", label, "Let it be searched"))
    if not is_only:
        forms.append(_render_button("remove", label, "Remove"))
    return f'<div class="desk-edits">{"".join(forms)}</div>'


def _render_form(kind: str, label: str, title: str, action: str, words: str) -> str:
    return (
        f'<details class="desk-edit" data-key="{kind} {label}"><summary>{title}</summary>'
        f'<form data-edit="{kind}" data-label="{label}"><textarea name="words" rows="2" required '
        f'aria-label="{title} of {label}">{escape(words)}</textarea>'
        f'<button type="submit">{action}</button></form></details>'
    )


def _render_button(kind: str, label: str, title: str) -> str:
    return (
        f'<button type="button" class="desk-act" data-edit="{kind}" data-label-of="{label}">'
        f"{title}</button>"
    )
