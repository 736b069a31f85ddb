"""What a bundle says of itself: its manifest, which is its first member, and its members' names.

Knows no tar and no disk; what it reads may come from anywhere, so that nothing in it is believed
before it was looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, get_args

from models.errors import BundleError
from models.library.store import ChosenModel, InstalledModel, Kind, name_model

FORMAT = 1
MANIFEST = "manifest.json"
INSTALLER = "install.py"
README = "README.txt"
LICENCES = "LICENCES.txt"
CONSTRAINTS = "constraints.txt"
# A manifest that is larger is none.
MOST_MANIFEST_BYTES = 16 * 2**20

_CHECKSUM = re.compile(r"[0-9a-f]{64}")
_WHEEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]*\.whl")
_NUMBERS = ("size", "modified")


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One large member of a bundle; `name` is its whole name there, `size` in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle holds and where it came from.

    `machine` describes the one that the wheels are for, as `bundle_installer.describe_machine`
    does, and is empty without wheels. `use` is what answers once all of it is installed.
    """

    program: str
    models: tuple[InstalledModel, ...] = ()
    wheels: tuple[PackedFile, ...] = ()
    machine: Mapping[str, Any] = field(default_factory=dict)
    use: ChosenModel = field(default_factory=ChosenModel)

    def member_of(self, model: InstalledModel) -> PackedFile:
        """Return the member that a model lies in."""
        return PackedFile(f"models/{model.name}.gguf", model.size, model.sha256)

    def list_members(self) -> tuple[str, ...]:
        """Return the names of all members, in their order."""
        models = (self.member_of(model).name for model in self.models)
        wheels = (wheel.name for wheel in self.wheels)
        return (MANIFEST, INSTALLER, README, LICENCES, *models, *wheels, CONSTRAINTS)


def render_manifest(manifest: Manifest) -> bytes:
    """Return a manifest as it is packed."""
    content = {"format": FORMAT, **asdict(manifest)}
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def parse_manifest(content: bytes, bundle: str) -> Manifest:
    """Return what a manifest says; `bundle` is the file that it lies in, for messages.

    Raises:
        BundleError: it is none, of a later format, or says what cannot be.
    """
    try:
        told = json.loads(content)
        version = told["format"]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise refuse_foreign(bundle) from error
    if version != FORMAT:
        raise BundleError(
            f"{bundle} is of bundle format {version!r}, and this program reads format {FORMAT}. "
            "Update the program, or make the bundle with a version like this one."
        )
    try:
        manifest = Manifest(
            program=str(told["program"]),
            models=tuple(_parse_record(one) for one in told["models"]),
            wheels=tuple(_parse_wheel(one) for one in told["wheels"]),
            machine=dict(told["machine"]),
            use=_parse_choice(told["use"]),
        )
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise BundleError(
            f"{bundle} is damaged: its {MANIFEST} does not hold together ({error}). Copy it again."
        ) from error
    members = manifest.list_members()
    if len(set(members)) < len(members):
        raise BundleError(f"{bundle} is damaged: its {MANIFEST} names a file twice. Make it again.")
    return manifest


def refuse_foreign(bundle: str) -> BundleError:
    """Return the error that tells that a file is no bundle at all."""
    return BundleError(
        f"{bundle} is neither a bundle nor a GGUF file. A bundle is the uncompressed tar that "
        "`acedesk models bundle FILE.tar` writes, as it is: not compressed, not packed anew."
    )


def _parse_record(told: Mapping[str, Any]) -> InstalledModel:
    known = {one.name for one in fields(InstalledModel)}
    record = InstalledModel(**{key: value for key, value in told.items() if key in known})
    for name in known - {"sources", *_NUMBERS}:
        if not isinstance(getattr(record, name), str):
            raise ValueError(f"{name} of a model")
    # The name becomes the names of files: it must be one that this program would give.
    if not record.name or record.name != name_model(record.name):
        raise ValueError(f"the name {record.name!r}")
    if record.kind not in get_args(Kind):
        raise ValueError(f"the kind {record.kind!r}")
    _require_measures(record.size, record.sha256)
    sources = {str(key): str(value) for key, value in record.sources.items()}
    return replace(record, file=f"{record.name}.gguf", modified=0, sources=sources)


def _parse_wheel(told: Mapping[str, Any]) -> PackedFile:
    folder, _, name = told["name"].partition("/")
    if folder != "wheels" or not _WHEEL.fullmatch(name):
        raise ValueError(f"the name {told['name']!r}")
    _require_measures(told["size"], told["sha256"])
    return PackedFile(told["name"], told["size"], told["sha256"])


def _parse_choice(told: Mapping[str, Any]) -> ChosenModel:
    chosen = ChosenModel(told["model"], told["adapter"])
    for one in (chosen.model, chosen.adapter):
        if one is not None and not isinstance(one, str):
            raise ValueError(f"the model in use {one!r}")
    return chosen


def _require_measures(size: object, sha256: object) -> None:
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise ValueError(f"the size {size!r}")
    if not isinstance(sha256, str) or not _CHECKSUM.fullmatch(sha256):
        raise ValueError(f"the checksum {sha256!r}")
