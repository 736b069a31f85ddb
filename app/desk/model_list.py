"""The models of the desk as HTML: what answers, what else is here, what can be fetched. Pure."""

from __future__ import annotations

from html import escape

from app.desk.fetching import FetchState
from app.desk.shelf import ShelfView
from app.model_tables import describe_fit
from models.builtin import BUILTIN_CHAT
from models.library.catalogue import CatalogueModel

_STAGES = {
    "downloading": "fetching",
    "checking": "checking",
    "converting": "converting",
    "quantising": "quantising",
}


def render_models(view: ShelfView) -> str:
    """Show the models, each with what can be done with it."""
    parts = ['<div class="desk-models">']
    if view.problem:
        parts.append(f'<p class="desk-failed" role="alert">{escape(view.problem)}</p>')
    parts.append(_render_fetch(view.fetch))
    parts.append("<h2>On this machine</h2><ul>")
    parts.append(_render_installed(BUILTIN_CHAT, "built in, 0.1 GB, Apache-2.0", view))
    for one in view.installed:
        if one.kind == "model":
            licence = one.licence or "licence not told"
            told = f"{one.size / 1e9:.1f} GB, {licence}"
            parts.append(_render_installed(one.name, told, view))
    parts.append("</ul><h2>To fetch, when there is a network</h2><ul>")
    for model in view.known:
        if model.format != "builtin":
            parts.append(_render_known(model, view))
    parts.append(
        '</ul><p class="desk-hint">Without a network: <code>acedesk models bundle</code> on '
        "another machine packs a model into one file, which <code>acedesk models install</code> "
        "takes here.</p></div>"
    )
    return "".join(parts)


def _render_fetch(state: FetchState | None) -> str:
    if state is None:
        return ""
    if state.kind == "failed":
        return f'<p class="desk-failed" role="alert">{escape(state.name)}: {escape(state.told)}</p>'
    if state.kind == "done":
        return f'<p class="desk-hint" role="status">{escape(state.told)} is installed.</p>'
    progress = state.progress
    if progress is None:
        told, bar = "asking the hub", "<progress aria-label='Fetching'></progress>"
    else:
        stage = _STAGES.get(progress.stage, progress.stage)
        share = 100 * progress.done // max(progress.total, 1)
        told = f"{stage} {share}%"
        bar = f'<progress max="100" value="{share}" aria-label="{escape(stage)}"></progress>'
    return (
        f'<div class="desk-fetch" role="status"><span>{escape(state.name)}: {escape(told)}</span>'
        f'{bar}<button type="button" data-stop="yes">Stop</button></div>'
    )


def _render_installed(name: str, told: str, view: ShelfView) -> str:
    if name == view.used:
        action = '<span class="desk-used">answers</span>'
    elif name == view.changing_to:
        action = '<span class="desk-quiet" role="status">loading \u2026</span>'
    else:
        off = " disabled" if view.changing_to else ""
        action = f'<button type="button" data-use="{escape(name)}"{off}>Use</button>'
    return (
        f'<li><div><strong>{escape(name)}</strong><span class="desk-quiet">{escape(told)}</span>'
        f"</div>{action}</li>"
    )


def _render_known(model: CatalogueModel, view: ShelfView) -> str:
    quantisation = model.quantisations[0]
    fit = describe_fit(model, quantisation, view.machine)
    about = "about " if model.download_is_about else ""
    runs = "does not fit into the memory that is free" if fit == "no" else f"runs on the {fit}"
    gated = ", asks you to accept its terms on the hub first" if model.gated else ""
    told = (
        f"made for {model.purpose}; downloads {about}{model.download / 1e9:.1f} GB, takes "
        f"{model.estimate_memory(quantisation) / 2**30:.1f} GiB of memory, {runs}{gated}"
    )
    busy = view.fetch is not None and view.fetch.kind == "running"
    off = " disabled" if busy or fit == "no" else ""
    return (
        f"<li><div><strong>{escape(model.title)}</strong>"
        f'<span class="desk-quiet">{escape(told)}</span>'
        f"<details><summary>{escape(model.licence)}</summary>{escape(model.duties)}</details></div>"
        f'<button type="button" data-fetch="{escape(model.name)}" data-quant="{quantisation}"{off} '
        f'aria-label="Fetch {escape(model.title)}">Fetch</button></li>'
    )
