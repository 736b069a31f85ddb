"""Fetching files of a repository from the Hugging Face hub, and going on where a cut left off.

The hub's library does the asking (endpoint, mirrors, tokens, retries). Its own downloads begin
anew when the program was ended in between, which for files of gigabytes is the usual case: what
has come is kept here in `NAME.part` with the file's etag, and asked for from there. The only
module that opens a connection to the hub.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from models.chat import CancelToken
from models.errors import ChecksumError, DownloadError, ModelError
from models.progress import ModelProgress, ProgressListener, ignore_progress
from models.storage import guard_storage

_BLOCK = 4 * 2**20
_BRING_IT = (
    "On a machine with a network, `acedesk models bundle FILE NAME` packs a model into one file, "
    "which `acedesk models install FILE` takes here."
)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository; `sha256` is None for small ones, which the hub keeps in git."""

    name: str
    size: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class RemoteRepository:
    """A repository at one commit."""

    name: str
    revision: str
    files: tuple[RemoteFile, ...]
    licence: str


def require_network_allowed() -> None:
    """Raise DownloadError where this machine is set to stay offline."""
    from huggingface_hub import constants

    if constants.is_offline_mode():
        raise DownloadError(
            f"This machine is set to stay offline (HF_HUB_OFFLINE), so nothing is fetched. "
            f"Unset it, or bring the model as a file. {_BRING_IT}"
        )


def look_up(repository: str, revision: str | None) -> RemoteRepository:
    """Ask the hub what a repository holds at a revision, or at its newest one.

    Raises:
        DownloadError: the hub cannot be reached, or does not show the repository.
    """
    from huggingface_hub import HfApi

    require_network_allowed()
    with _telling_failures(repository):
        found = HfApi().model_info(repository, revision=revision, files_metadata=True)
    files = tuple(
        RemoteFile(one.rfilename, one.size or 0, one.lfs.sha256 if one.lfs else None)
        for one in found.siblings or ()
    )
    card = found.card_data
    licence = getattr(card, "license", None) if card else None
    return RemoteRepository(repository, found.sha or revision or "", files, str(licence or ""))


def fetch_file(
    repository: RemoteRepository,
    file: RemoteFile,
    folder: Path,
    *,
    listener: ProgressListener = ignore_progress,
    cancel: CancelToken | None = None,
) -> Path:
    """Fetch one file into `folder` and return its path; one that is there and whole is kept.

    Raises:
        DownloadError: it cannot be fetched; what came is kept.
        ChecksumError: what came is not what the hub says that it is; it was removed.
        StorageError: it cannot be written.
        GenerationCancelled: `cancel` was set; what came is kept.
    """
    target = _place(folder, file.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists() and target.stat().st_size == file.size:
        return target
    part = target.with_name(target.name + ".part")
    with guard_storage(part), _telling_failures(repository.name):
        _fetch(repository, file, part, listener, cancel or CancelToken())
    _verify(part, file, listener)
    part.replace(target)
    part.with_name(part.name + ".etag").unlink(missing_ok=True)
    return target


def _place(folder: Path, name: str) -> Path:
    """Return where a file goes; a repository's names are a stranger's words."""
    target = folder / name
    if not target.resolve().is_relative_to(folder.resolve()):
        raise DownloadError(f"The repository has a file named {name!r}, which is refused.")
    return target


def _fetch(
    repository: RemoteRepository,
    file: RemoteFile,
    part: Path,
    listener: ProgressListener,
    cancel: CancelToken,
) -> None:
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    url = hf_hub_url(repository.name, file.name, revision=repository.revision)
    headers = build_hf_headers(library_name="acedesk")
    told = get_hf_file_metadata(url, headers=headers)
    begun = _resume_at(part, told.etag or "", file.size)
    with part.open("r+b" if begun else "wb") as stream:
        stream.truncate(begun)
        stream.seek(begun)
        http_get(
            url,
            stream,
            resume_size=begun,
            headers=headers,
            expected_size=file.size or told.size,
            displayed_filename=file.name,
            tqdm_class=_build_bar(file, listener, cancel),
        )


def _resume_at(part: Path, etag: str, size: int) -> int:
    """Return how many bytes of a file have come already; 0 where it is another file since."""
    note = part.with_name(part.name + ".etag")
    known = note.read_text() if note.exists() else ""
    if known != etag or not etag:
        note.write_text(etag)
        return 0
    return min(part.stat().st_size, size) if part.exists() else 0


def _verify(part: Path, file: RemoteFile, listener: ProgressListener) -> None:
    length = part.stat().st_size
    found, expected = f"{length:,} bytes", f"{file.size:,} bytes"
    if length == file.size and file.sha256:
        found, expected = _hash(part, file, listener), file.sha256
    if found != expected:
        part.unlink()
        raise ChecksumError(
            f"{file.name} is not the file that it should be ({found[:20]}, expected "
            f"{expected[:20]}), and was removed. Fetch it again; if that does not help, the mirror "
            "(HF_ENDPOINT) serves another file."
        )


def _hash(part: Path, file: RemoteFile, listener: ProgressListener) -> str:
    digest, done = hashlib.sha256(), 0
    with part.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            done += len(block)
            listener(ModelProgress("checking", file.name, done, file.size))
    return digest.hexdigest()


def _build_bar(file: RemoteFile, listener: ProgressListener, cancel: CancelToken) -> type[Any]:
    """Return what the hub's library takes for a progress bar: tells our listener instead."""

    class Bar:
        def __init__(self, *_: object, initial: int = 0, **__: object) -> None:
            self._done = initial

        def update(self, count: int) -> None:
            cancel.raise_if_cancelled()
            self._done += count
            listener(ModelProgress("downloading", file.name, self._done, file.size))

        def __enter__(self) -> Bar:
            return self

        def __exit__(
            self,
            kind: type[BaseException] | None,
            error: BaseException | None,
            trace: TracebackType | None,
        ) -> None:
            return None

    return Bar


@contextmanager
def _telling_failures(repository: str) -> Iterator[None]:
    """Tell the failures of the hub's library in words.

    Without their cause: the library's errors carry the request, and with it the token.
    """
    import httpx2
    from huggingface_hub import constants
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    # The library warns of each retry, and in some releases names the address with its query.
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    endpoint = constants.ENDPOINT
    try:
        yield
    except ModelError:
        raise
    except GatedRepoError:
        raise DownloadError(
            f"{repository} is given to those who accepted its terms. Accept them on its page "
            f"({endpoint}/{repository}), then log in: `hf auth login`, or set HF_TOKEN."
        ) from None
    except RepositoryNotFoundError:
        raise DownloadError(
            f"The hub at {endpoint} shows no {repository}. Check the name; a private one needs "
            "`hf auth login` or HF_TOKEN."
        ) from None
    except RevisionNotFoundError:
        raise DownloadError(
            f"{repository} has not the revision that is asked for. Its owner may have rewritten "
            "it; look at its page, and choose with --revision."
        ) from None
    except (HFValidationError, OfflineModeIsEnabled) as error:
        raise DownloadError(f"{repository} cannot be asked for ({error}).") from error
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else "no answer"
        raise DownloadError(
            f"The hub at {endpoint} answered {status} for {repository}. Try again later, or set "
            "HF_ENDPOINT to a mirror; what was fetched is kept."
        ) from None
    except httpx2.HTTPError as error:
        raise DownloadError(
            f"The hub at {endpoint} cannot be reached ({type(error).__name__}). Check the network, "
            f"or set HF_ENDPOINT to a mirror; what was fetched is kept. {_BRING_IT}"
        ) from None


def choose_checkpoint_files(files: Sequence[RemoteFile]) -> list[RemoteFile]:
    """Return the files of a checkpoint that converting it needs, and its licence.

    Raises:
        DownloadError: there are no safetensors among them.
    """
    wanted = (".safetensors", ".safetensors.index.json")
    named = {
        "config.json",
        "generation_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "chat_template.json",
        "chat_template.jinja",
    }
    chosen = [
        file
        for file in files
        if "/" not in file.name
        and (
            file.name in named
            or file.name.endswith(wanted)
            or file.name.upper().startswith(("LICENSE", "NOTICE", "USE_POLICY"))
        )
    ]
    if not any(file.name.endswith(".safetensors") for file in chosen):
        raise DownloadError("The repository holds no safetensors. Take one that does.")
    return chosen


def choose_ready_file(files: Sequence[RemoteFile], quantisation: str) -> RemoteFile:
    """Return the GGUF file of a quantisation.

    Raises:
        DownloadError: there is none, or it is split into several.
    """
    ready = [file for file in files if file.name.lower().endswith(".gguf")]
    fitting = [file for file in ready if quantisation.lower() in file.name.lower()]
    whole = [file for file in fitting if "-of-0" not in file.name]
    if whole:
        return min(whole, key=lambda file: len(file.name))
    if fitting:
        raise DownloadError(
            f"{quantisation} is split into {len(fitting)} files there, which is not taken. Choose "
            "another quantisation (--quant)."
        )
    names = ", ".join(os.path.basename(file.name) for file in ready) or "none"  # noqa: PTH119
    raise DownloadError(f"There is no {quantisation} among its GGUF files: {names}.")
