"""The nouns of this room: what a filing becomes once it is read.

Everything is frozen and carries its place: a word knows its box or its cell, a passage its
document, page and lines. Knows nothing of how files are parsed or where things are stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import PurePath
from typing import Literal, NamedTuple

from ingestion.periods import Period

PassageKind = Literal["text", "table", "sheet"]
StatementKind = Literal[
    "income",
    "balance_sheet",
    "cash_flow",
    "equity",
    "comprehensive_income",
    "segment",
    "tax",
    "per_share",
    "other",
]
PageKind = Literal["picture", "sheet", "text"]
FactSource = Literal["table", "sentence", "xbrl"]
TieOutOutcome = Literal["passed", "failed", "not_applicable"]

SHEET_ENDINGS = (".xlsx", ".xlsm", ".csv", ".tsv")
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

    `box` is its place on a PDF page, `cell` its address on a sheet ("B7") or in the third table
    of a web page ("T3:B7"). A word of a web page's or text file's prose has neither.
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
class Cell:
    """One cell of a table: its text ("$ (1,234)" reads "$(1,234)") and its place; empty: ""."""

    text: str
    box: Box | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class TableRow:
    """A label and its cells in column order; `line` is the index of the row's line on the page.

    `parents` are the sub-headings that the row stands under, outermost first ("Current assets").
    A sub-heading is itself a row whose cells are all empty.
    """

    label: str
    cells: tuple[Cell, ...]
    line: int
    parents: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The cells' texts."""
        return tuple(cell.text for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was understood: what a reader needs to make sense of each of its cells.

    `caption` is the title that stands above it, `header` its column heads from top to bottom
    (each row begins with what stands over the labels), `unit` and `scale` what "(In millions)"
    says ("USD", 1_000_000); None where nothing says so. `grade` runs from 0 (the columns are a
    guess) to 1, and `faults` says what lowered it. `continues` marks the rest of a table that
    began on an earlier page; caption, header, unit and scale are then those of its beginning.
    """

    caption: str
    header: tuple[tuple[str, ...], ...]
    rows: tuple[TableRow, ...]
    unit: str | None
    scale: int | None
    first_line: int
    last_line: int
    statement: StatementKind | None = None
    section: str | None = None
    grade: float = 1.0
    faults: tuple[str, ...] = ()
    continues: bool = False

    def head_of(self, column: int) -> str:
        """The heads over a column (counted from 0, right of the labels), top to bottom."""
        texts = [head[column + 1] for head in self.header if column + 1 < len(head)]
        return " ".join(text for text in texts if text)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a PDF (numbered from 1, sizes in points) or one sheet of a workbook.

    `label` is the sheet's name; None for a PDF page. A sheet has no size.
    """

    number: int
    lines: Sequence[Line]
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
    """What the cover or the file's name says of a filing; None where it does not say.

    `period_end` is an ISO date, `year_end_month` the month (1 to 12) in which the company's
    fiscal years end, `tickers` the symbols ("MMM", "BRK.B") of the registrant's shares.
    """

    company: str | None = None
    form: str | None = None
    fiscal_year: int | None = None
    period_end: str | None = None
    year_end_month: int | None = None
    tickers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A number of a filing with all that is needed to use it, and its place.

    `line_item` is the row's label, `parents` the sub-headings above it, outermost first; in a
    sentence, the words that the number is said of. `concept` is the lexicon's name of the line
    item. `value` has the sign that is printed (parentheses are negative) and is not yet
    multiplied by `scale`. `unit` is "USD", "EUR", "USD/share", "shares", "percent", "ratio"...
    `quote` is the sentence or the row, `box` or `sheet` and `cell` the number's own place.
    """

    fact_id: str
    document_id: str
    page: int
    line_item: str
    parents: tuple[str, ...]
    concept: str | None
    period: Period | None
    value: Decimal
    value_as_printed: str
    unit: str | None
    scale: int
    statement: StatementKind | None
    source: FactSource
    quote: str
    line: int
    box: Box | None = None
    sheet: str | None = None
    cell: str | None = None

    @property
    def amount(self) -> Decimal:
        """The value times the scale."""
        return self.value * self.scale


@dataclass(frozen=True, slots=True)
class FactRow:
    """The facts of one row of a table, or of one figure of a sentence, as a search sees them.

    `years` are the fiscal years of its facts, `caption` the table's title and heads, `section`
    where it stands.
    """

    document_id: str
    page: int
    line: int
    label: str
    parents: tuple[str, ...]
    concepts: frozenset[str]
    years: frozenset[int]
    statement: StatementKind | None
    source: FactSource
    caption: str = ""
    section: str = ""


@dataclass(frozen=True, slots=True)
class StatementCount:
    """The line items that the tables of one kind of statement hold on one page."""

    document_id: str
    page: int
    statement: StatementKind
    concepts: frozenset[str]


@dataclass(frozen=True, slots=True)
class TieOut:
    """A sum that a table should keep: `expected` by its parts, `printed` in the table.

    `name` says which sum ("assets = liabilities + equity"), `detail` its rows and column. Both
    numbers are None when the table does not have the parts.
    """

    name: str
    page: int
    outcome: TieOutOutcome
    detail: str
    expected: Decimal | None = None
    printed: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file after parsing and before storage."""

    pages: tuple[Page, ...]
    filing: FilingFacts = field(default_factory=FilingFacts)
    warnings: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    tie_outs: tuple[TieOut, ...] = ()


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
    def page_kind(self) -> PageKind:
        """What its pages are: pictures (PDF), sheets of cells, or text."""
        ending = PurePath(self.name).suffix.lower()
        if ending == ".pdf":
            return "picture"
        return "sheet" if ending in SHEET_ENDINGS else "text"


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage as a ranking found it; a higher score is better.

    `parts` says what the score is made of, by name; empty for a ranking of one part.
    """

    passage: Passage
    score: float
    parts: tuple[tuple[str, float], ...] = ()


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


def build_fact_id(document_id: str, page: int, line: int, place: str, value: str) -> str:
    """Return the id of a fact, from its document, its place there and what is printed."""
    key = f"{document_id}\x00{page}\x00{line}\x00{place}\x00{value}"
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def build_passage_id(document_id: str, page: int, first_line: int, text: str) -> str:
    """Return the id of a passage, from its document, place and text."""
    key = f"{document_id}\x00{page}\x00{first_line}\x00{text}"
    return hashlib.sha256(key.encode()).hexdigest()[:16]
