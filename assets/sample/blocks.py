"""The blocks that a report is made of, in reading order.

They say what stands on a page, never where: layout.py places them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 1
    anchor: str = ""


@dataclass(frozen=True)
class Paragraph:
    text: str
    lead: str = ""


@dataclass(frozen=True)
class Centered:
    text: str
    size: float = 10.0
    bold: bool = False
    gap: float = 6.0
    anchor: str = ""


@dataclass(frozen=True)
class Rule:
    gap: float = 14.0


@dataclass(frozen=True)
class PageBreak:
    pass


@dataclass(frozen=True)
class ContentsEntry:
    """A line of the table of contents; its page is where the anchor was set."""

    text: str
    anchor: str
    indent: int = 0


@dataclass(frozen=True)
class Row:
    """A row of a table; `rule` is '', 'single' over the cells, or 'double' also under them."""

    label: str
    cells: tuple[str, ...] = ()
    indent: int = 0
    dollar: bool = False
    bold: bool = False
    rule: str = ""
    space_before: float = 0.0


@dataclass(frozen=True)
class Span:
    """A heading over the columns from `first` to `last`, counted from 0."""

    text: str
    first: int
    last: int


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    spans: tuple[Span, ...] = ()
    unit: str = ""
    column_width: float = 76.0
    # A table that may not break is moved to the next page whole.
    may_break: bool = False


Block = Heading | Paragraph | Centered | Rule | PageBreak | ContentsEntry | Table
