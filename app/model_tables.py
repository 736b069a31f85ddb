"""Models as tables on a terminal. Pure: from values to what rich prints."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from models.builtin import BUILTIN_CHAT
from models.conversion.proof import Check
from models.errors import ModelTooLarge
from models.library.catalogue import CatalogueModel
from models.library.store import ChosenModel, InstalledModel
from models.llama.devices import Machine
from models.llama.memory import plan_load


def render_models(
    known: Sequence[CatalogueModel],
    installed: Sequence[InstalledModel],
    choice: ChosenModel,
    machine: Machine,
) -> RenderableType:
    """List what is here and what can be fetched, and what of it fits this machine."""
    here = Table(title="Here", title_justify="left", box=None, pad_edge=False)
    for head, justify in (("", "left"), ("name", "left"), ("kind", "left"), ("GB", "right")):
        here.add_column(head, justify="right" if justify == "right" else "left")
    here.add_column("licence")
    here.add_row(_mark(choice.model is None), BUILTIN_CHAT, "built in", "0.10", "Apache-2.0")
    for one in installed:
        used = one.name in (choice.model, choice.adapter)
        here.add_row(_mark(used), one.name, one.kind, f"{one.size / 1e9:.2f}", one.licence)
    there = Table(title="To fetch", title_justify="left", box=None, pad_edge=False)
    for head in ("name", "made for"):
        there.add_column(head)
    for head in ("download GB", "file GB", "memory GiB"):
        there.add_column(head, justify="right")
    there.add_column("fits here")
    there.add_column("licence")
    for model in known:
        if model.format != "builtin":
            there.add_row(*_describe(model, machine))
    return Group(here, Text(""), there, Text(""), Text(_HOW, style="dim"))


_HOW = (
    "Sizes are of the usual quantisation, Q4_K_M where it can be had. Fetch one: acedesk models "
    "pull NAME [--quant Q8_0]"
)


def render_checks(name: str, checks: Sequence[Check]) -> RenderableType:
    """Tell what a build was held against, and what came of it."""
    table = Table(title=name, title_justify="left", box=None, pad_edge=False)
    for head in ("check", "", "found"):
        table.add_column(head)
    words = {True: "agrees", False: "DIFFERS", None: "not compared"}
    styles = {True: "green", False: "bold red", None: "yellow"}
    for check in checks:
        verdict = Text(words[check.passed], style=styles[check.passed])
        table.add_row(check.name, verdict, Text(check.detail))
    return table


def describe_fit(model: CatalogueModel, quantisation: str, machine: Machine) -> str:
    """Return whether a model fits into what is free just now: "GPU", "processor", "no"."""
    try:
        plan = plan_load(model.name, model.estimate_shape(quantisation), machine)
    except ModelTooLarge:
        return "no"
    if plan.gpu_layers == plan.layers:
        return "GPU"
    return f"{plan.gpu_layers} of {plan.layers} layers on GPU" if plan.gpu_layers else "processor"


def _describe(model: CatalogueModel, machine: Machine) -> tuple[str, ...]:
    quantisation = model.quantisations[0]
    about = "about " if model.download_is_about else ""
    fit = describe_fit(model, quantisation, machine)
    return (
        model.name,
        model.purpose,
        f"{about}{model.download / 1e9:.1f}",
        f"{model.estimate_bytes(quantisation) / 1e9:.1f}",
        f"{model.estimate_memory(quantisation) / 2**30:.1f}",
        fit,
        f"{model.licence}{' (gated)' if model.gated else ''}",
    )


def _mark(used: bool) -> str:
    return "\u25cf" if used else " "
