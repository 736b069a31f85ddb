"""The wheels of this program and of all that it needs, at the versions that are installed here.

pip fetches or builds them; what is needed is read from the metadata of installed distributions.
Knows no bundle and no model.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, PathDistribution, distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from urllib.request import url2pathname

from packaging.requirements import Requirement
from packaging.tags import sys_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from models.errors import BundleError
from models.progress import ModelProgress, ProgressListener, ignore_progress
from models.storage import guard_storage, require_room

PROGRAM = "acedesk"
# The stage of what may take long without a sign of life.
BUILDING_WHEEL = "building (this can take minutes)"
# Goes along so that the other machine's Python needs no installer of its own.
_INSTALLER = "pip"
# Extras of the program that go along where they are installed; its others are for developers.
_EXTRAS = ("ocr",)
_ONLY_MODELS = "`--no-wheels` packs the models alone."
# Of what is installed, its wheels take less than this part.
_PACKED_PART = 0.5
_LINES_TOLD = 12
# Of what lies on this machine pip names the file alone.
_COLLECTING = re.compile(r"Collecting ([\w.-]+)|Processing .*[/\\]([\w.-]+?)-\d")
_BUILDING = re.compile(r"\s*Building wheel for ([\w.-]+) .*started")
_NOT_FOUND = re.compile(r"No matching distribution found for ([\w.-]+)")

Find = Callable[[str], Distribution]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A distribution to get the wheel of: its `size` in bytes as installed, where it came from."""

    name: str
    version: str
    size: int
    source: Path | None


def collect_wheels(
    cache: Path,
    listener: ProgressListener = ignore_progress,
    *,
    program: str = PROGRAM,
    find: Find = distribution,
) -> tuple[Path, ...]:
    """Return the wheels of the program and of all that it needs; they lie in `cache`.

    What is there from an earlier call is not fetched again. `find` looks up what is installed.

    Raises:
        BundleError: something is not installed, or pip cannot make a wheel of it.
        StorageError: there is no room, or no permission.
    """
    with guard_storage(cache):
        cache.mkdir(parents=True, exist_ok=True)
    own = _make_own_wheel(cache, _describe(_find_installed(program, find)), listener)
    with zipfile.ZipFile(own) as archive:
        # What the wheel asks for, and not what the record of an editable install said long ago.
        needed = list_needed(_read_metadata(archive), find)
    installer = _find_installed(_INSTALLER, find)
    needed = {canonicalize_name(installer.name): installer} | needed
    wanted = [_describe(needed[name]) for name in sorted(needed)]
    have = _list_cached(cache, wanted)
    missing = [one for one in wanted if one.name not in have]
    require_room(cache, int(sum(one.size for one in missing) * _PACKED_PART))
    have |= _make_wheels(cache, missing, listener)
    return (own, *(have[one.name] for one in wanted))


def list_needed(program: Distribution, find: Find = distribution) -> dict[str, Distribution]:
    """Return all distributions that `program` needs here, near and far, by normalised name.

    Raises:
        BundleError: one of them is not installed.
    """
    own = canonicalize_name(program.name)
    needed: dict[str, Distribution] = {}
    seen = set()
    waiting = [(program, _find_extras(program, find))]
    while waiting:
        one, extras = waiting.pop()
        for requirement in _list_requirements(one, extras):
            name = canonicalize_name(requirement.name)
            key = (name, frozenset(requirement.extras))
            if key in seen:
                continue
            seen.add(key)
            found = program if name == own else _find_installed(name, find, one.name)
            if name != own:
                needed[name] = found
            waiting.append((found, key[1]))
    return needed


def _list_requirements(one: Distribution, extras: Iterable[str]) -> list[Requirement]:
    """Return what a distribution needs on this machine, with these extras of it."""
    return [
        requirement
        for requirement in map(Requirement, one.requires or ())
        if requirement.marker is None
        or any(requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras))
    ]


def _find_extras(program: Distribution, find: Find) -> frozenset[str]:
    """Return the extras that are installed: pip keeps no record of those that were asked for."""
    offered = set(program.metadata.get_all("Provides-Extra") or ()) & set(_EXTRAS)
    plain = {requirement.name for requirement in _list_requirements(program, ())}
    chosen = set()
    for extra in offered:
        added = {one.name for one in _list_requirements(program, (extra,))} - plain
        if all(_is_installed(name, find) for name in added):
            chosen.add(extra)
    return frozenset(chosen)


def _is_installed(name: str, find: Find) -> bool:
    try:
        find(name)
    except PackageNotFoundError:
        return False
    return True


def _find_installed(name: str, find: Find, needed_by: str = "") -> Distribution:
    try:
        return find(name)
    except PackageNotFoundError as error:
        if needed_by:
            told = f"{needed_by} needs {name}, which is not installed here. Install it"
        else:
            told = f"{name} is not installed as a package here. Run `pip install .` in its folder"
        raise BundleError(f"{told}, or leave the wheels out: {_ONLY_MODELS}") from error


def _describe(found: Distribution) -> _Wanted:
    size = sum(file.size or 0 for file in found.files or ())
    return _Wanted(canonicalize_name(found.name), found.version, size, _find_source(found))


def _find_source(found: Distribution) -> Path | None:
    """Return the folder or file on this machine that a distribution was installed from."""
    try:
        url = urlsplit(json.loads(found.read_text("direct_url.json") or "{}").get("url", ""))
    except ValueError:
        return None
    source = Path(url2pathname(url.path)) if url.scheme == "file" else None
    return source if source is not None and source.exists() else None


def _read_metadata(wheel: zipfile.ZipFile) -> Distribution:
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return PathDistribution(zipfile.Path(wheel, name.removesuffix("METADATA")))


def _make_own_wheel(cache: Path, own: _Wanted, listener: ProgressListener) -> Path:
    if own.source is None:
        have = _list_cached(cache, [own])
        return (have or _make_wheels(cache, [own], listener))[own.name]
    # Of a folder, a wheel is made each time: its files change and its version does not.
    return _make_wheels(cache, [own], listener, {own.name: str(own.source)})[own.name]


def _list_cached(cache: Path, wanted: Sequence[_Wanted]) -> dict[str, Path]:
    """Return the wheels that are there already and fit this Python and platform."""
    versions = {one.name: Version(one.version) for one in wanted}
    fitting = frozenset(sys_tags())
    found: dict[str, Path] = {}
    for path in sorted(cache.glob("*.whl")):
        try:
            name, version, _, tags = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            continue
        if versions.get(name) == version and tags & fitting:
            found[name] = path
    return found


def _make_wheels(
    cache: Path,
    wanted: Sequence[_Wanted],
    listener: ProgressListener,
    sources: Mapping[str, str] | None = None,
) -> dict[str, Path]:
    """Let pip fetch or build wheels; `sources` says what of, where name and version are not it."""
    if not wanted:
        return {}
    chosen = {one.name: f"{one.name}=={one.version}" for one in wanted} | dict(sources or {})
    # What pip was interrupted in never lies in the cache itself.
    with guard_storage(cache), TemporaryDirectory(prefix="new-", dir=cache) as name:
        folder = Path(name)
        while unknown := _run_pip(list(chosen.values()), folder, _Told(wanted, listener)):
            one = next((one for one in wanted if one.name == canonicalize_name(unknown)), None)
            if one is None or one.source is None or chosen[one.name] == str(one.source):
                raise _refuse_unknown(unknown, one)
            chosen[one.name] = str(one.source)
        made = {}
        for path in folder.glob("*.whl"):
            own_name = parse_wheel_filename(path.name)[0]
            made[str(own_name)] = path.replace(cache / path.name)
    return made


def _refuse_unknown(name: str, one: _Wanted | None) -> BundleError:
    version = f" {one.version}" if one else ""
    return BundleError(
        f"pip finds no {name}{version}, which is installed here. Packing the program takes a "
        "network, or a folder of wheels (PIP_FIND_LINKS), where all that is installed can be had. "
        f"{_ONLY_MODELS}"
    )


class _Told:
    """Tells how far pip is, by the sizes of what it has come to."""

    def __init__(self, wanted: Sequence[_Wanted], listener: ProgressListener) -> None:
        self._sizes = {one.name: max(1, one.size) for one in wanted}
        self._total = sum(self._sizes.values())
        self._listener = listener
        self._before: set[str] = set()
        self._now = ""

    def hear(self, line: str) -> None:
        """Take a line of pip's."""
        if begun := _COLLECTING.match(line):
            self._before.add(self._now)
            self._now = canonicalize_name(begun[1] or begun[2])
            self._tell("collecting wheels", self._now)
        elif begun := _BUILDING.match(line):
            # pip builds last. Where it has not kept what it built, llama.cpp is compiled.
            self._before.update(self._sizes)
            self._tell(BUILDING_WHEEL, begun[1])

    def _tell(self, stage: str, name: str) -> None:
        done = sum(self._sizes.get(one, 0) for one in self._before)
        self._listener(ModelProgress(stage, name, done, self._total))


def _run_pip(specifiers: Sequence[str], folder: Path, told: _Told) -> str:
    """Make wheels; return the name of a distribution that pip does not find, "" when all is done.

    Raises:
        BundleError: pip failed in another way.
    """
    words = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-input"]
    words += ["--disable-pip-version-check", "--progress-bar", "off", "--wheel-dir", str(folder)]
    lines = []
    with subprocess.Popen(  # noqa: S603 - our own interpreter and words
        [*words, *specifiers],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        has_ended = False
        try:
            for line in process.stdout:
                lines.append(line.rstrip())
                told.hear(line)
            has_ended = True
        finally:
            # Whoever stops the call does not wait for pip.
            if not has_ended:
                process.kill()
    if process.returncode == 0:
        return ""
    if unknown := _NOT_FOUND.search("\n".join(lines)):
        return unknown[1]
    said = "\n".join(f"    {line}" for line in lines[-_LINES_TOLD:] if line)
    raise BundleError(f"pip could not make the wheels; it said:\n{said}\n{_ONLY_MODELS}")
