"""Lines of a page as a few kilobytes: how they travel between processes and rest in memory.

A page of a filing is some 600 words with boxes, which as objects are fifty times their packed
size. Knows nothing of where the bytes are kept.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import overload

from ingestion.documents import Box, Line, Page, Word

# Fast rather than small: half of the gain of level 9 at a fifth of its time.
_LEVEL = 3


class PackedLines(Sequence[Line]):
    """Lines that are unpacked anew each time they are read: take `tuple(lines)` for much work."""

    __slots__ = ("_count", "blob")

    def __init__(self, blob: bytes, count: int | None = None) -> None:
        """Wrap what `pack_lines` has made; `count` saves unpacking only to count."""
        self.blob = blob
        self._count = count

    def __len__(self) -> int:
        """How many lines there are."""
        if self._count is None:
            self._count = len(json.loads(zlib.decompress(self.blob)))
        return self._count

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Line, ...]: ...
    def __getitem__(self, index: int | slice) -> Line | tuple[Line, ...]:
        """Unpack all and return those asked for."""
        return unpack_lines(self.blob)[index]

    def __iter__(self) -> Iterator[Line]:
        """Unpack all once."""
        return iter(unpack_lines(self.blob))

    def __eq__(self, other: object) -> bool:
        """Whether the other holds the same lines, packed or not."""
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        """The hash of the packed bytes."""
        return hash(self.blob)


def pack_lines(lines: Sequence[Line]) -> PackedLines:
    """Pack lines; those already packed are returned as they are."""
    if isinstance(lines, PackedLines):
        return lines
    rows = [[[word.text, word.cell or word.box] for word in line.words] for line in lines]
    blob = zlib.compress(json.dumps(rows, separators=(",", ":")).encode(), _LEVEL)
    return PackedLines(blob, len(lines))


def unpack_lines(blob: bytes) -> tuple[Line, ...]:
    """Return the lines that `pack_lines` packed into `blob`."""
    return tuple(
        Line(tuple(_read_word(text, place) for text, place in row))
        for row in json.loads(zlib.decompress(blob))
    )


def pack_page(page: Page) -> Page:
    """Return the page with packed lines."""
    return replace(page, lines=pack_lines(page.lines))


def unpack_page(page: Page) -> Page:
    """Return the page with its lines at hand."""
    return replace(page, lines=tuple(page.lines))


def _read_word(text: str, place: str | list[float] | None) -> Word:
    if isinstance(place, str):
        return Word(text, cell=place)
    return Word(text, Box(*place) if place else None)
