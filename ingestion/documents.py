"""The nouns of this room: what a filing becomes once it is read.

Everything is frozen and carries its place: a word knows its box or its cell, a passage its
document, page and lines. Knows nothing of how files are parsed or where things are stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

PassageKind = Literal["text", "table", "sheet"]
IngestStatus = Literal["added", "unchanged", "failed"]


class Box(NamedTuple):
    """A rectangle in PDF points, measured from the page's top left corner."""

    x0: float
    top: float
    x1: float
    bottom: float


def enclosing_box(boxes: Iterable[Box]) -> Box:
    """Return the smallest box around `boxes`; raises ValueError when there are none."""
    x0s, tops, x1s, bottoms = zip(*boxes, strict=True)
    return Box(min(x0s), min(tops), max(x1s), max(bottoms))


@dataclass(frozen=True, slots=True)
class Word:
    """One run of characters without a space; on a sheet, one whole cell.

    `box` is its place on a PDF page, `cell` its address on a sheet ("B7"): one of the two is set.
    """

    text: str
    box: Box | None = None
    cell: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Words that stand on one baseline, left to right; on a sheet, one row of cells."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words joined by single spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Box | None:
        """The box around the words, or None on a sheet."""
        boxes = [word.box for word in self.words if word.box is not None]
        return enclosing_box(boxes) if boxes else None


@dataclass(frozen=True, slots=True)
class TableRow:
    """A label and its cells in column order; `line` is the index of the row's line on the page."""

    label: str
    cells: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was understood: what a reader needs to make sense of each of its cells.

    `caption` is the title that stands above it, `header` its column heads from top to bottom,
    `unit` and `scale` what "(In millions)" says ("USD", 1_000_000); None where nothing says so.
    """

    caption: str
    header: tuple[tuple[str, ...], ...]
    rows: tuple[TableRow, ...]
    unit: str | None
    scale: int | None
    first_line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a PDF (numbered from 1, sizes in points) or one sheet of a workbook.

    `label` is the sheet's name; None for a PDF page. A sheet has no size.
    """

    number: int
    lines: tuple[Line, ...]
    width: float = 0.0
    height: float = 0.0
    label: str | None = None
    tables: tuple[Table, ...] = ()

    @property
    def text(self) -> str:
        """The lines joined by line breaks."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of one page, small enough to be searched, read and quoted.

    `first_line` and `last_line` are indexes into the page's lines, both included.
    """

    passage_id: str
    document_id: str
    page: int
    kind: PassageKind
    section: str | None
    text: str
    first_line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class FilingFacts:
    """What the cover or the file's name says of a filing; None where it does not say."""

    company: str | None = None
    form: str | None = None
    fiscal_year: int | None = None
    period_end: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file after parsing and before storage."""

    pages: tuple[Page, ...]
    filing: FilingFacts = field(default_factory=FilingFacts)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A file that is wholly stored in the workspace."""

    document_id: str
    name: str
    filing: FilingFacts
    pages: int
    passages: int
    tables: int
    facts: int
    added_at: str
    warnings: tuple[str, ...] = ()

    @property
    def is_sheet(self) -> bool:
        """Whether its pages are sheets, which have no picture."""
        return not self.name.lower().endswith(".pdf")


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage as one ranking found it; a higher score is better."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What came of one file. `error` is set exactly when `status` is "failed"."""

    path: str
    name: str
    status: IngestStatus
    document: Document | None
    seconds: float
    warnings: tuple[str, ...] = ()
    error: str | None = None


def build_document_id(content: bytes) -> str:
    """Return the id of a document: 16 hex digits of its bytes' SHA-256."""
    return hashlib.sha256(content).hexdigest()[:16]


def build_passage_id(document_id: str, page: int, first_line: int, text: str) -> str:
    """Return the id of a passage, from its document, place and text."""
    key = f"{document_id}\x00{page}\x00{first_line}\x00{text}"
    return hashlib.sha256(key.encode()).hexdigest()[:16]
