"""Brings AceDesk to a machine that has Python and nothing else: python3 install.py bundle.tar.

Packed into every bundle as install.py, so it stands alone: the standard library only, nothing of
this program, and a syntax that an older Python still reads, so that it can say that it is too old.
Knows the manifest and the wheels; the models are then installed by the program itself.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

_FORMAT = 1
_MANIFEST = "manifest.json"
_CONSTRAINTS = "constraints.txt"
_CHUNK = 2**20
# What wheels and that which comes out of them take together, in sizes of the wheels.
_GROWTH = 5
# What a compiler uses of a processor when it builds for the one at hand, as it does for llama.cpp.
_FEATURES = ("amx", "asimd", "avx", "bmi", "f16c", "fma", "i8mm", "sve")


class InstallFailed(Exception):
    """It cannot be installed; the text says why and what to do."""


def describe_machine() -> dict[str, Any]:
    """Return what decides whether wheels that were collected here work elsewhere."""
    libc, libc_version = platform.libc_ver()
    system = sysconfig.get_platform()
    if system.startswith("macosx"):
        # Without the version that Python was built for: what it runs on counts.
        system = f"macosx-{platform.machine()}"
    return {
        "python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "implementation": sys.implementation.name,
        "platform": system,
        "libc": libc,
        "libc_version": libc_version,
        "processor": _list_features(),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Install a bundle and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="install.py", description="Install AceDesk and its models from a bundle, offline."
    )
    parser.add_argument("bundle", metavar="FILE", help="the bundle, such as bundle.tar")
    parser.add_argument(
        "--into",
        metavar="DIR",
        default="acedesk",
        help="the folder to install the program into (default: ./acedesk)",
    )
    parser.add_argument(
        "--use", action="store_true", help="let the bundle's model answer from now on"
    )
    call = parser.parse_args(arguments)
    try:
        install(Path(call.bundle).resolve(), Path(call.into).resolve(), use=call.use)
    except InstallFailed as error:
        sys.stderr.write(f"install.py: {error}\n")
        return 1
    return 0


def install(bundle: Path, into: Path, *, use: bool = False) -> None:
    """Make an environment in `into`, install the wheels there, and let it take the models.

    Raises:
        InstallFailed: the bundle is damaged or for another machine, or a step fails.
    """
    manifest = read_manifest(bundle)
    if not manifest["wheels"]:
        raise InstallFailed(
            f"{bundle.name} has no wheels (it was made with --no-wheels). Where AceDesk is "
            f"installed, take its models with: acedesk models install {bundle.name}"
        )
    here = describe_machine()
    require_same_machine(manifest["machine"], here)
    for warning in list_doubts(manifest["machine"], here):
        _say(f"Note: {warning}")
    require_place(into, sum(wheel["size"] for wheel in manifest["wheels"]))
    try:
        _install_program(bundle, manifest, into)
    except OSError as error:
        raise InstallFailed(
            f"{into} cannot be written ({error.strerror}). Make room, or choose another folder "
            "with --into DIR, and run this again."
        ) from error
    acedesk = _find_command(into, "acedesk")
    _say("Installing the models.")
    if _run([acedesk, "models", "install", bundle, *(["--use"] if use else [])]):
        raise InstallFailed(
            f"The program is installed in {into}, its models are not: the reason is above. Run "
            f"this again, or: {acedesk} models install {bundle}"
        )
    _say(f"\nAceDesk is installed in {into}. Start it with:\n\n    {acedesk} serve\n")


def read_manifest(bundle: Path) -> dict[str, Any]:
    """Return what a bundle says of itself.

    Raises:
        InstallFailed: it is none, or of a later format.
    """
    try:
        with tarfile.open(bundle, "r:") as tar:
            member = tar.next()
            is_manifest = member is not None and member.name == _MANIFEST
            file = tar.extractfile(member) if member is not None and is_manifest else None
            manifest: dict[str, Any] = json.loads(file.read()) if file is not None else {}
    except OSError as error:
        raise InstallFailed(f"{bundle} cannot be read ({error.strerror}).") from error
    except (tarfile.TarError, ValueError) as error:
        raise InstallFailed(f"{bundle} is no bundle, or was cut off. Copy it again.") from error
    if "format" not in manifest:
        raise InstallFailed(f"{bundle} is no bundle of AceDesk's: it has no {_MANIFEST} in front.")
    if manifest["format"] != _FORMAT:
        raise InstallFailed(
            f"{bundle} is of bundle format {manifest['format']} and this script reads {_FORMAT}. "
            f"Take the one that lies in it: tar xf {bundle.name} install.py"
        )
    return manifest


def require_same_machine(wanted: dict[str, Any], here: dict[str, Any]) -> None:
    """Raise InstallFailed where wheels for `wanted` cannot work: another Python or platform."""
    if (wanted["implementation"], wanted["python"]) != (here["implementation"], here["python"]):
        raise InstallFailed(
            f"This bundle is for {wanted['implementation']} {wanted['python']} and was started "
            f"with {here['implementation']} {here['python']}. Start it with that one, such as: "
            f"python{wanted['python']} install.py bundle.tar"
        )
    for part, told in (("platform", "platform"), ("libc", "C library")):
        if wanted[part] != here[part]:
            raise InstallFailed(
                f"This bundle is for the {told} {wanted[part] or 'that is unknown'} and this "
                f"machine has {here[part] or 'another one'}. Make the bundle on a machine of this "
                "kind."
            )


def list_doubts(wanted: dict[str, Any], here: dict[str, Any]) -> list[str]:
    """Return what may go wrong although Python and platform are the same."""
    doubts = []
    if _read_version(here["libc_version"]) < _read_version(wanted["libc_version"]):
        doubts.append(
            f"this machine's {here['libc']} {here['libc_version']} is older than that of the "
            f"machine that packed ({wanted['libc_version']}). What was compiled there may not load."
        )
    lacking = sorted(set(wanted["processor"]) - set(here["processor"]))
    if lacking:
        doubts.append(
            f"this machine's processor lacks {', '.join(lacking)}, which the machine that packed "
            'has. If acedesk ends with "illegal instruction", make the bundle on a machine with a '
            "processor like this one."
        )
    return doubts


def require_place(into: Path, wheel_bytes: int) -> None:
    """Raise InstallFailed where `into` is somebody else's folder, or its disk is too full."""
    # An environment is gone on with: it may be that of an earlier try.
    is_free = not into.exists() or (into.is_dir() and not any(into.iterdir()))
    if not is_free and not (into / "pyvenv.cfg").is_file():
        raise InstallFailed(
            f"{into} is there already and holds something else. Choose another folder with "
            "--into DIR."
        )
    existing = next(parent for parent in (into, *into.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < _GROWTH * wheel_bytes:
        raise InstallFailed(
            f"{into} needs about {_GROWTH * wheel_bytes / 1e9:.1f} GB and {free / 1e9:.1f} GB are "
            "free there. Make room, or choose a folder on another disk with --into DIR."
        )


def unpack_wheels(bundle: Path, manifest: dict[str, Any], folder: Path) -> None:
    """Write a bundle's wheels and constraints into a folder, each wheel held to its checksum.

    Raises:
        InstallFailed: one is missing, or is not the one that was packed.
    """
    waiting = {wheel["name"]: wheel["sha256"] for wheel in manifest["wheels"]}
    waiting[_CONSTRAINTS] = None
    try:
        with tarfile.open(bundle, "r:") as tar:
            for member in tar:
                file = tar.extractfile(member) if member.name in waiting else None
                if file is None:
                    continue
                checksum = waiting.pop(member.name)
                # The last part of the name alone: nothing is written outside the folder.
                found = _copy(file, folder / Path(member.name).name)
                if checksum not in (None, found):
                    raise InstallFailed(f"{member.name} is damaged. Copy {bundle.name} again.")
    except tarfile.TarError as error:
        raise InstallFailed(f"{bundle.name} was cut off. Copy it again.") from error
    if waiting:
        raise InstallFailed(f"{bundle.name} was cut off: {min(waiting)} is missing. Copy it again.")


def _install_program(bundle: Path, manifest: dict[str, Any], into: Path) -> None:
    _say(f"Making a Python environment in {into}.")
    # pip is among the wheels: Python's own copy of it is not needed, which Debian leaves out.
    venv.EnvBuilder(with_pip=False, symlinks=os.name != "nt").create(into)
    with tempfile.TemporaryDirectory(prefix="wheels-", dir=into) as name:
        folder = Path(name)
        _say("Checking and unpacking the wheels.")
        unpack_wheels(bundle, manifest, folder)
        _say(f"Installing {len(manifest['wheels'])} packages; this takes a minute or two.")
        if _run(_build_pip_call(into, folder)):
            raise InstallFailed(
                "pip could not install the wheels: the reason is above. No model was installed."
            )


def _build_pip_call(into: Path, wheels: Path) -> list[str | Path]:
    """Return the words that install all that is in `constraints.txt`, from a folder of wheels."""
    pip = next(wheels.glob("pip-*.whl"), None)
    if pip is None:
        raise InstallFailed("The bundle has no wheel of pip. Make it again.")
    return [
        _find_command(into, "python"),
        # A wheel is a ZIP file, and Python runs the pip in it without unpacking it.
        pip / "pip",
        "install",
        "--quiet",
        "--isolated",
        "--no-index",
        "--no-input",
        "--disable-pip-version-check",
        "--find-links",
        wheels,
        "--requirement",
        wheels / _CONSTRAINTS,
    ]


def _find_command(environment: Path, name: str) -> Path:
    if os.name == "nt":
        return environment / "Scripts" / f"{name}.exe"
    return environment / "bin" / name


def _run(words: Sequence[str | Path]) -> int:
    sys.stdout.flush()
    # No setting of pip's, and no search path of another Python, may reach in here.
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    try:
        return subprocess.call(  # noqa: S603 - the environment's own programs
            [str(word) for word in words], env={**kept, "PIP_CONFIG_FILE": os.devnull}
        )
    except OSError as error:
        raise InstallFailed(f"{words[0]} cannot be started ({error.strerror}).") from error


def _copy(source: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    with target.open("wb") as file:
        while True:
            chunk = source.read(_CHUNK)
            if not chunk:
                return digest.hexdigest()
            digest.update(chunk)
            file.write(chunk)


def _read_version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _list_features() -> list[str]:
    """Return what Linux tells of the processor; other systems' wheels are built for any."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    for line in text.splitlines():
        name, _, flags = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return sorted(flag for flag in flags.split() if flag.startswith(_FEATURES))
    return []


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
