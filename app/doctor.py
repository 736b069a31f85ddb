"""What this machine can run and how fast: looked up and measured, then told.

`examine` does the work and returns values; `render_examination` is pure.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from models.conversion.quantising import BITS
from models.errors import ModelTooLarge
from models.gguf_header import read_header
from models.library.catalogue import CatalogueModel
from models.llama.devices import Device, Machine, describe_build, list_devices, look_at_machine
from models.llama.memory import LoadPlan, plan_load
from models.speed import ModelSize, Speed, measure_speed, reckon_speed

# What a question reads and writes, measured with the built-in model on eight of the development
# questions over 29 filings: see
# docs/decisions/0017.
TYPICAL_READ = 1800
TYPICAL_WRITTEN = 460

_PACKAGES = (
    "llama-cpp-python",
    "torch",
    "transformers",
    "chromadb",
    "gradio",
    "huggingface-hub",
    "gguf",
)
# A question that takes longer is one that nobody waits for.
_PATIENCE = 120.0
_OFFERED = ("Q8_0", "Q6_K", "Q4_K_M")


@dataclass(frozen=True, slots=True)
class MeasuredModel:
    """The model that was measured: how it was loaded, what computed, and how fast."""

    name: str
    plan: LoadPlan
    gpu_layers: int
    computes_on: str
    size: ModelSize
    load_seconds: float
    speed: Speed


@dataclass(frozen=True, slots=True)
class Fitting:
    """A model of the catalogue that fits into memory, and the seconds of a typical question.

    The seconds are None where it would run on another kind of device than what was measured.
    """

    name: str
    title: str
    purpose: str
    quantisation: str
    memory: int
    runs_on: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Examination:
    """All that the doctor found."""

    program: str
    python: str
    system: str
    packages: dict[str, str | None]
    system_info: str
    devices: tuple[Device, ...]
    machine: Machine
    models_folder: str
    tested: MeasuredModel
    fitting: tuple[Fitting, ...]
    advice: str
    warnings: tuple[str, ...]


def examine(
    path: Path, adapter: Path | None, catalogue: Sequence[CatalogueModel], folder: Path
) -> Examination:
    """Look at the machine and measure the model in `path` on it; takes seconds.

    Raises:
        ModelError: the model cannot be loaded.
    """
    from app import __version__

    machine = look_at_machine()
    tested = _test(path, adapter)
    fitting = list_fitting(catalogue, machine, tested)
    return Examination(
        program=__version__,
        python=platform.python_version(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        packages={name: _find_version(name) for name in _PACKAGES},
        system_info=describe_build(),
        devices=tuple(list_devices()),
        machine=machine,
        models_folder=str(folder),
        tested=tested,
        fitting=fitting,
        advice=advise(fitting),
        warnings=_list_warnings(machine, tested),
    )


def list_fitting(
    catalogue: Sequence[CatalogueModel], machine: Machine, tested: MeasuredModel
) -> tuple[Fitting, ...]:
    """Return the models that fit, each in its best quantisation that a question can wait for.

    Speeds are reckoned from the measured one by size.
    """
    found = []
    for model in catalogue:
        options = [
            fitting
            for quantisation in sorted(model.quantisations, key=_by_exactness)
            if quantisation in _OFFERED or len(model.quantisations) == 1
            for fitting in _fit(model, quantisation, machine, tested)
        ]
        patient = [one for one in options if _is_quick(one)]
        if options:
            found.append((patient or options[-1:])[0])
    return tuple(found)


def advise(fitting: Sequence[Fitting]) -> str:
    """Return which model to take: the largest made for research that a question can wait for."""
    research = [one for one in fitting if one.purpose == "research"]
    quick = [one for one in research if _is_quick(one)]
    if quick:
        best = quick[-1]
        return (
            f"{best.title} as {best.quantisation} suits this machine: about "
            f"{best.seconds or 0:.0f} s for a typical question, {best.memory / 2**30:.1f} GiB. "
            f"Fetch it: acedesk models pull {best.name} --quant {best.quantisation} --use"
        )
    if research:
        least = research[0]
        seconds = f": about {least.seconds:.0f} s a question" if least.seconds else ""
        return (
            f"Models made for research fit this machine and are slow on it ({least.title}"
            f"{seconds}). A server can answer instead: --model URL."
        )
    return (
        "No model made for research fits into the memory that is free. The built-in one answers "
        "what facts settle; a server can do more: --model URL."
    )


def _test(path: Path, adapter: Path | None) -> MeasuredModel:
    import time

    from models.llama.model import LlamaChatModel

    start = time.perf_counter()
    model = LlamaChatModel(path, adapter)
    seconds = time.perf_counter() - start
    try:
        speed = measure_speed(model)
    finally:
        model.close()
    header = read_header(path)
    size = ModelSize(header.tensor_bytes, header.parameters)
    return MeasuredModel(
        name=path.name,
        plan=model.plan,
        gpu_layers=model.gpu_layers,
        computes_on=model.computes_on,
        size=size,
        load_seconds=seconds,
        speed=speed,
    )


def _fit(
    model: CatalogueModel, quantisation: str, machine: Machine, tested: MeasuredModel
) -> list[Fitting]:
    try:
        plan = plan_load(model.name, model.estimate_shape(quantisation), machine)
    except ModelTooLarge:
        return []
    size = ModelSize(model.estimate_bytes(quantisation), model.parameters)
    speed = reckon_speed(tested.speed, tested.size, size)
    on_gpu = plan.gpu_layers == plan.layers
    is_alike = on_gpu == (tested.gpu_layers >= tested.plan.layers)
    return [
        Fitting(
            name=model.name,
            title=model.title,
            purpose=model.purpose,
            quantisation=quantisation,
            memory=plan.total_bytes,
            runs_on="GPU" if on_gpu else "processor",
            seconds=speed.seconds_for(TYPICAL_READ, TYPICAL_WRITTEN) if is_alike else None,
        )
    ]


def _is_quick(one: Fitting) -> bool:
    return one.seconds is not None and one.seconds <= _PATIENCE


def _by_exactness(quantisation: str) -> float:
    return -BITS.get(quantisation, 32.0)


def _list_warnings(machine: Machine, tested: MeasuredModel) -> tuple[str, ...]:
    found = [machine.warning] if machine.warning else []
    if tested.plan.gpu_layers and not tested.gpu_layers:
        found.append(
            f"{tested.plan.gpu_layers} layers were to lie on a GPU and llama.cpp laid none there: "
            "it computes on the processor. Check the driver."
        )
    return tuple(found)


def _find_version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def record_examination(found: Examination) -> dict[str, Any]:
    """Return an examination as JSON can hold it."""
    record = asdict(found)
    record["tested"]["total_bytes"] = found.tested.plan.total_bytes
    record["typical_question"] = {"read": TYPICAL_READ, "written": TYPICAL_WRITTEN}
    return record


def render_examination(found: Examination) -> RenderableType:
    """Tell an examination on a terminal."""
    tested = found.tested
    about = Table(box=None, pad_edge=False, show_header=False)
    about.add_column(style="dim")
    about.add_column(overflow="fold")
    packages = ", ".join(f"{name} {version or 'MISSING'}" for name, version in _sorted(found))
    own = tested.speed.seconds_for(TYPICAL_READ, TYPICAL_WRITTEN)
    rows = [
        ("program", f"AceDesk {found.program}, Python {found.python}, {found.system}"),
        ("packages", packages),
        ("memory", _describe_memory(found.machine)),
        ("devices", "; ".join(_describe_device(device) for device in found.devices)),
        ("llama.cpp", found.system_info),
        ("models", found.models_folder),
        ("", ""),
        ("model", f"{tested.name}, loaded in {tested.load_seconds:.1f} s"),
        ("computes on", tested.computes_on),
        ("takes", _describe_plan(tested.plan)),
        (
            "speed",
            f"reads {tested.speed.reading:,.0f} and writes {tested.speed.writing:,.0f} tokens a "
            f"second; about {own:.0f} s for a typical question",
        ),
    ]
    for row in rows:
        about.add_row(*row)
    table = Table(title="Fits here", title_justify="left", box=None, pad_edge=False)
    for head in ("model", "as", "made for", "runs on"):
        table.add_column(head)
    table.add_column("memory GiB", justify="right")
    table.add_column("s a question", justify="right")
    for one in found.fitting:
        table.add_row(
            one.title,
            one.quantisation,
            one.purpose,
            one.runs_on,
            f"{one.memory / 2**30:.1f}",
            "not measured" if one.seconds is None else f"about {one.seconds:,.0f}",
        )
    warnings = [Text(f"Warning: {warning}", style="yellow") for warning in found.warnings]
    return Group(about, Text(""), table, Text(""), *warnings, Text(found.advice, style="bold"))


def _sorted(found: Examination) -> list[tuple[str, str | None]]:
    return list(found.packages.items())


def _describe_memory(machine: Machine) -> str:
    return (
        f"{machine.free_memory / 2**30:.1f} of {machine.total_memory / 2**30:.1f} GiB free, "
        f"{machine.cores} cores"
    )


def _describe_device(device: Device) -> str:
    told = f"{device.name} ({device.description})"
    if not device.is_gpu:
        return told
    return f"{told}, {device.free / 2**30:.1f} of {device.total / 2**30:.1f} GiB free"


def _describe_plan(plan: LoadPlan) -> str:
    return (
        f"{plan.total_bytes / 2**30:.2f} GiB: weights {plan.weight_bytes / 2**30:.2f}, state of "
        f"{plan.context_tokens:,} tokens {plan.cache_bytes / 2**30:.2f} ({plan.cache_type}), "
        f"computing {plan.compute_bytes / 2**30:.2f}"
    )
