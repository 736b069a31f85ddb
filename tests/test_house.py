"""How the house is built: one root, one way of imports, light doors."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("app", "training", "research", "ingestion", "models", "assets")
ERRORS = sorted(path for room in ROOMS for path in (ROOT / room).rglob("errors.py"))


def imported_by(path):
    """The top-level names that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level or (node.module or "").partition(".")[0]


def loaded_with(module):
    """All modules that importing one brings up, in a process of its own."""
    program = f"import sys, {module}\nprint(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_all_rooms_lie_under_one_root():
    """An installed copy of a room must not stand before the one at hand."""
    roots = {room: Path(importlib.import_module(room).__file__).parent.parent for room in ROOMS}
    assert roots == dict.fromkeys(ROOMS, ROOT)


def test_every_room_of_the_program_has_its_errors():
    assert {path.parent.name for path in ERRORS} >= {"app", "research", "ingestion", "models"}


@pytest.mark.parametrize("path", ERRORS, ids=lambda path: path.parent.name)
def test_errors_import_the_standard_library_only(path):
    assert set(imported_by(path)) <= sys.stdlib_module_names


@pytest.mark.parametrize("room", ["app", "training", "research", "ingestion", "models"])
def test_all_errors_of_a_room_have_one_base(room):
    module = importlib.import_module(f"{room}.errors")
    errors = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Exception)
    ]
    (base,) = [error for error in errors if error.__bases__ == (Exception,)]
    assert all(issubclass(error, base) for error in errors)
    assert all(error.__doc__ for error in errors)


def test_the_command_line_starts_without_the_engines():
    assert not loaded_with("app.cli") & {"gradio", "torch", "chromadb", "llama_cpp"}


def test_the_desks_work_is_done_without_gradio():
    assert not loaded_with("app.desk.session, app.desk.render") & {"gradio", "torch", "llama_cpp"}


@pytest.mark.parametrize(
    ("engine", "where"),
    [
        ("gradio", {"app/desk/events.py", "app/desk/page.py", "app/desk/server.py"}),
        (
            "llama_cpp",
            {
                "models/llama/model.py",
                "models/llama/loading.py",
                "models/llama/prompts.py",
                "models/llama/decoding.py",
                "models/llama/devices.py",
                "models/conversion/quantising.py",
            },
        ),
        ("huggingface_hub", {"models/hub.py", "models/library/downloading.py"}),
        (
            "httpx",
            {
                "models/remote/connection.py",
                "models/remote/faults.py",
                "ingestion/storage/vectors.py",
            },
        ),
        ("pydantic_monty", {"research/calculation/sandbox.py"}),
        ("chromadb", {"ingestion/storage/vectors.py"}),
        ("sentence_transformers", {"models/embedding_engines.py", "models/reranking.py"}),
    ],
)
def test_each_engine_is_named_where_it_is_wrapped(engine, where):
    naming = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if engine in set(imported_by(path))
    }
    assert naming == where


def test_the_command_line_does_not_bring_up_the_training_room():
    """It is an extra: the desk runs where its libraries are not installed."""
    assert not {name for name in loaded_with("app.cli") if name.partition(".")[0] == "training"}
