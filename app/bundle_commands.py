"""The commands for machines without a network: models and program into a file, and out of it.

Packing and unpacking are the models room's; here the call is read and the outcome told.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from app import __version__
from app.calls import print_json, tell
from models.builtin import BUILTIN_CHAT
from models.library.bundling import Bundle, choose_models, make_bundle
from models.library.store import ChosenModel, ModelStore
from models.library.unpacking import Installation, install_file
from models.library.wheels import collect_wheels
from models.progress import ProgressListener


def pack(call: argparse.Namespace, store: ModelStore, listener: ProgressListener) -> Bundle:
    """Write the bundle that a call asks for."""
    return make_bundle(
        store,
        Path(call.file).expanduser(),
        choose_models(store, call.models, call.adapter),
        program=__version__,
        collect=collect_wheels if call.wheels else None,
        force=call.force,
        listener=listener,
    )


def tell_packed(call: argparse.Namespace, store: ModelStore, bundle: Bundle) -> int:
    """Say what was packed, what its licences ask, and what to do with it."""
    manifest = bundle.manifest
    if call.json:
        print_json(
            {
                "file": str(bundle.file),
                "size": bundle.size,
                "models": [asdict(model) for model in manifest.models],
                "wheels": [asdict(wheel) for wheel in manifest.wheels],
                "machine": manifest.machine,
            }
        )
        return 0
    held = [model.name for model in manifest.models]
    if manifest.wheels:
        held.append(f"the program with {len(manifest.wheels)} wheels")
    _print(f"packed {', '.join(held)} into {bundle.file} ({bundle.size / 1e9:.2f} GB)")
    for model in manifest.models:
        if model.kind == "adapter" and model.base not in held:
            tell(f"{model.name} is for {model.base or 'a model'}, which is not in the bundle.")
        if model.duties:
            tell(f"{model.name}, {model.licence}: {model.duties}")
    name = bundle.file.name
    tell(f"Where AceDesk is installed: acedesk models install {name}")
    if manifest.wheels:
        machine = manifest.machine
        tell(
            f"Where only Python {machine['python']} ({machine['platform']}) is: tar xf {name} "
            f"install.py, then python{machine['python']} install.py {name}"
        )
        tell(f"The wheels are kept for the next bundle: {store.building_folder / 'wheels'}")
    return 0


def take(call: argparse.Namespace, store: ModelStore, listener: ProgressListener) -> Installation:
    """Install what lies in the file that a call names."""
    return install_file(store, Path(call.file).expanduser(), call.name, listener=listener)


def tell_taken(call: argparse.Namespace, store: ModelStore, installation: Installation) -> int:
    """Say what was installed, and let it answer where the call says so."""
    if call.use:
        _use(store, installation.use)
    if call.json:
        print_json([{**asdict(one.record), "status": one.status} for one in installation.taken])
        return 0
    for one in installation.taken:
        _print(f"{one.status} {one.record.name} ({one.record.size / 1e9:.2f} GB)")
        if one.record.duties:
            tell(f"{one.record.licence}: {one.record.duties}")
    if not installation.taken:
        _print("There is no model in it: the built-in model came with the program.")
    use = installation.use
    words = use.model or BUILTIN_CHAT
    if call.use:
        tell(f"{words}{f' with {use.adapter}' if use.adapter else ''} answers from now on.")
    elif installation.taken:
        words += f" --adapter {use.adapter}" if use.adapter else ""
        tell(f"Answer with it from now on: acedesk models use {words}")
    return 0


def _use(store: ModelStore, chosen: ChosenModel) -> None:
    """Let a model answer from now on; one that does not load leaves the former."""
    from app.composition import probe_model

    model = store.resolve(chosen.model or BUILTIN_CHAT)
    probe_model(model, store.path_of(store.find(chosen.adapter)) if chosen.adapter else None)
    store.choose(chosen)


def _print(text: str) -> None:
    Console().print(text, highlight=False, markup=False, soft_wrap=True)
