"""From a run's adapter to one GGUF file that llama.cpp lays over the base.

Knows where a run keeps its adapter; the format is the models room's.
"""

from __future__ import annotations

from pathlib import Path

from models.conversion.adapters import AdapterPrecision, build_adapter
from training.errors import RunError
from training.sft import ADAPTER_FOLDER, read_run


def export_adapter(
    run: Path, base: Path, destination: Path, precision: AdapterPrecision = "F16"
) -> None:
    """Write the adapter that `run` has learnt as a GGUF file for `base`.

    Raises:
        RunError: the run is of another base, or not done.
        CheckpointError, StorageError: the adapter cannot be read, or the file not be written.
    """
    learnt = read_run(run)
    if learnt.base != base.name:
        raise RunError(f"{run} was learnt over {learnt.base} and not over {base.name}.")
    if not (run / ADAPTER_FOLDER / "adapter_config.json").exists():
        raise RunError(f"{run} is not done. Go on with it: `acedesk train sft`.")
    build_adapter(run / ADAPTER_FOLDER, base, destination, precision)
