"""The commands on models: from the parsed call to its exit code; tables are `app.model_tables`.

Fetching, converting and checking are the models room's; here they are called and told of.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from app.calls import open_console, print_json, read_settings, tell
from app.composition import list_prompts, open_resident, open_workspace, sample_files
from app.errors import CallError
from app.model_progress import show_progress
from app.model_tables import render_checks, render_models
from app.settings import find_models_folder, load_settings
from models.builtin import BUILTIN_CHAT, hash_file
from models.library.catalogue import load_catalogue
from models.library.store import ChosenModel, InstalledModel, ModelStore, name_model
from models.progress import ProgressListener
from models.remote.address import names_server


def run_models(call: argparse.Namespace) -> int:
    """Do one of the actions on models."""
    return _ACTIONS[call.action](call, ModelStore(find_models_folder()))


def run_doctor(call: argparse.Namespace) -> int:
    """Look at the machine and measure the model in use, or the one that is named."""
    from app.doctor import examine, record_examination, render_examination

    store = ModelStore(find_models_folder())
    settings = load_settings(model=call.model, adapter=call.adapter)
    if settings.model and names_server(settings.model):
        raise CallError("The doctor looks at this machine. Name a model that is on it.")
    path = store.resolve(settings.model)
    adapter = store.resolve_adapter(settings.adapter, settings.model)
    found = examine(path, adapter, load_catalogue(), store.folder)
    if call.json:
        print_json(record_examination(found))
    else:
        open_console().print(render_examination(found))
    return 0


def _list(call: argparse.Namespace, store: ModelStore) -> int:
    from models.llama.devices import look_at_machine

    machine = look_at_machine()
    installed, choice = store.list_installed(), store.read_choice()
    if call.json:
        print_json(
            {
                "in_use": {"model": choice.model or BUILTIN_CHAT, "adapter": choice.adapter},
                "installed": [asdict(one) for one in installed],
                "known": [
                    {
                        **asdict(one),
                        "quantisations": [
                            {
                                "name": quantisation,
                                "bytes": one.estimate_bytes(quantisation),
                                "memory": one.estimate_memory(quantisation),
                            }
                            for quantisation in one.quantisations
                        ],
                    }
                    for one in load_catalogue()
                ],
                "folder": str(store.folder),
            }
        )
        return 0
    open_console().print(render_models(load_catalogue(), installed, choice, machine))
    return 0


def _use(call: argparse.Namespace, store: ModelStore) -> int:
    """Choose the model that answers from now on; one that does not load leaves the former."""
    from app.composition import probe_model

    is_builtin = call.model.lower() == BUILTIN_CHAT
    model = None if is_builtin else store.find(call.model)
    adapter = None if call.adapter in (None, "none") else store.find(call.adapter)
    for one, kind in ((model, "model"), (adapter, "adapter")):
        if one is not None and one.kind != kind:
            raise CallError(f"{one.name} is a {one.kind} and no {kind}.")
    probe_model(
        store.path_of(model) if model else store.resolve(BUILTIN_CHAT),
        store.path_of(adapter) if adapter else None,
    )
    chosen = ChosenModel(model.name if model else None, adapter.name if adapter else None)
    store.choose(chosen)
    if call.json:
        print_json({"model": chosen.model or BUILTIN_CHAT, "adapter": chosen.adapter})
    else:
        with_adapter = f" with {chosen.adapter}" if chosen.adapter else ""
        tell(f"{chosen.model or BUILTIN_CHAT}{with_adapter} answers from now on.")
    return 0


def _pull(call: argparse.Namespace, store: ModelStore) -> int:
    from models.library.pulling import pull_model

    with show_progress(as_json=call.progress) as listener:
        installed = pull_model(
            store,
            call.model,
            call.quant,
            revision=call.revision,
            keep_sources=call.keep_sources,
            listener=listener,
        )
    return _tell_installed(call, store, installed)


def _build(call: argparse.Namespace, store: ModelStore) -> int:
    folder = Path(call.folder).expanduser()
    if (folder / "adapter_config.json").is_file():
        return _tell_installed(call, store, _build_adapter(call, store, folder))
    from models.library.pulling import BuildRecipe, build_model

    with show_progress() as listener:
        recipe = BuildRecipe(call.quant, _find_importance(call, store, folder, listener))
        installed = build_model(store, folder, call.name, recipe, listener=listener)
    return _tell_installed(call, store, installed)


def _find_importance(
    call: argparse.Namespace, store: ModelStore, folder: Path, listener: ProgressListener
) -> Any:
    from models.conversion.importance import compute_importance
    from models.conversion.quantising import read_importance, write_importance

    if call.importance:
        return read_importance(Path(call.importance).expanduser())
    if not call.weigh:
        return None
    sums, counts = compute_importance(folder, list_prompts(), listener=listener)
    store.building_folder.mkdir(parents=True, exist_ok=True)
    path = store.building_folder / f"{name_model(folder.resolve().name)}.importance.gguf"
    write_importance(path, sums, counts)
    tell(f"The importance matrix is kept as {path}.")
    return read_importance(path)


def _build_adapter(call: argparse.Namespace, store: ModelStore, folder: Path) -> InstalledModel:
    from models.conversion.adapters import AdapterPrecision, build_adapter

    if not call.base:
        raise CallError(
            f"{folder} holds an adapter: say which model it is for, --base NAME or --base FILE."
        )
    base = store.resolve(call.base)
    quantisation: AdapterPrecision = "Q8_0" if call.quant == "Q8_0" else "F16"
    if call.quant == "F32":
        quantisation = "F32"
    key = name_model(call.name or folder.resolve().name, quantisation)
    file = store.building_folder / f"{key}.gguf"
    build_adapter(folder, base, file, quantisation)
    return store.install(
        file,
        InstalledModel(
            name=key,
            kind="adapter",
            file=file.name,
            size=0,
            sha256=hash_file(file),
            modified=0,
            quantisation=quantisation,
            base=call.base,
            added_at=datetime.now(UTC).isoformat(timespec="seconds"),
        ),
    )


def _bundle(call: argparse.Namespace, store: ModelStore) -> int:
    from app.bundle_commands import pack, tell_packed

    with show_progress() as listener:
        bundle = pack(call, store, listener)
    return tell_packed(call, store, bundle)


def _install(call: argparse.Namespace, store: ModelStore) -> int:
    from app.bundle_commands import take, tell_taken

    with show_progress() as listener:
        installation = take(call, store, listener)
    return tell_taken(call, store, installation)


def _check(call: argparse.Namespace, store: ModelStore) -> int:
    """Hold a built model against its checkpoint; 1 where they do not agree."""
    from models.conversion.proof import prove_build

    path = store.resolve(call.model)
    checks = prove_build(path, Path(call.folder).expanduser(), list_prompts())
    if call.json:
        print_json([asdict(check) for check in checks])
    else:
        open_console().print(render_checks(path.name, checks))
    return 1 if any(check.passed is False for check in checks) else 0


def _compare(call: argparse.Namespace, store: ModelStore) -> int:
    """Ask two models the same questions: of the workspace's documents, or of the sample."""
    from app.comparing import (
        SAMPLE_QUESTIONS,
        ask_all,
        read_questions,
        record_comparison,
        render_comparison,
    )

    questions = read_questions(Path(call.questions)) if call.questions else SAMPLE_QUESTIONS
    settings = read_settings(call)
    with TemporaryDirectory(prefix="acedesk-") as folder:
        if not call.questions:
            settings = replace(settings, workspace=Path(folder))
        workspace = open_workspace(settings)
        for path in () if call.questions else sample_files():
            workspace.add_file(path)
        answered = []
        for name in (call.first, call.second):
            model = open_resident(replace(settings, model=name, adapter="none"))
            answered.append(ask_all(name, model, workspace, questions, tell))
            model.close()
    if call.json:
        print_json(record_comparison(*answered))
    else:
        open_console().print(render_comparison(*answered))
    return 0


def _remove(call: argparse.Namespace, store: ModelStore) -> int:
    removed = [store.remove(name) for name in call.models]
    if call.json:
        print_json([asdict(one) for one in removed])
    else:
        for one in removed:
            Console().print(f"removed {one.name}", highlight=False, markup=False)
    return 0


def _tell_installed(call: argparse.Namespace, store: ModelStore, installed: InstalledModel) -> int:
    if getattr(call, "use", False) and installed.kind == "model":
        from app.composition import probe_model

        probe_model(store.path_of(installed), None)
        store.choose(ChosenModel(installed.name))
    if call.json:
        print_json(asdict(installed))
        return 0
    console = Console()
    console.print(
        f"installed {installed.name} ({installed.size / 1e9:.2f} GB)", highlight=False, markup=False
    )
    if installed.duties:
        tell(f"{installed.licence}: {installed.duties}")
    if installed.kind == "adapter":
        tell(f"Ask with it: acedesk ask --model {installed.base} --adapter {installed.name} ...")
    elif not getattr(call, "use", False):
        tell(f"Answer with it from now on: acedesk models use {installed.name}")
    return 0


_ACTIONS: dict[str, Callable[[argparse.Namespace, ModelStore], int]] = {
    "list": _list,
    "use": _use,
    "pull": _pull,
    "build": _build,
    "bundle": _bundle,
    "install": _install,
    "check": _check,
    "compare": _compare,
    "remove": _remove,
}
