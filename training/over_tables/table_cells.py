"""The figures of a table as they are asked for and answered: item, period, number, unit, scale.

A figure knows what its row and its column call it and how the table prints it. What a reader
could not tell from another figure of the same table is none. Knows no question and no prompt.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ingestion.documents import Fact, Table, TableRow
from ingestion.figures import find_years, parse_figure
from research.terms import find_terms
from training.over_tables.item_names import is_vague, speak_item

_LONGEST_ITEM = 70
_LONGEST_HEAD = 40
_HEADING_WORDS = 4
# What is longer are several words that a set has run together.
_LONGEST_WORD = 17
_FOOTNOTE = re.compile(
    r"\s*\((?:\d{1,2}|[a-z]|(?:see |refer to )?notes? [\d.,&and ]+|[ivx]+|\d+(?:,\s?\d+)+)\)|\*+$",
    re.IGNORECASE,
)
# "Underlying EBIT2", "(losses)/gains1": a footnote's mark that lost its height.
_GLUED_MARK = re.compile(r"(?<=[A-Za-z]{4})\d(?=$|\s)")
_TAKEN_OFF = re.compile(r"^(?:less|add|plus|deduct)\s*[:\u2013\u2014-]\s*", re.IGNORECASE)
_YEAR_ROW = re.compile(r"(?:fiscal(?: year)? |fy ?)?((?:19|20)\d\d)", re.IGNORECASE)
# What a head says of the unit is no name of its column.
_UNIT_IN_HEAD = re.compile(
    r"\(?\b(?:dollars |amounts? |u\.s\. \$ |us\$ )?in (?:thousands|millions|billions)[^|)]*\)?"
    r"|\((?:thousands|millions|billions)[^|)]*\)"
    r"|[$\u20ac\u00a3]\s?(?:000s?|m|bn|million|thousand)\b|[$\u20ac\u00a3'%]",
    re.IGNORECASE,
)
# A part of a year, so that the year alone does not tell what period is meant.
_PART_OF_YEAR = re.compile(r"\b(?:quarter|qtr|months?|weeks?|q[1-4])\b", re.IGNORECASE)
_WHOLE_YEAR = re.compile(r"\b(?:twelve|12) months|\b5[23] weeks|\b(?:fifty)", re.IGNORECASE)
_SCALES = {1_000: "thousand", 1_000_000: "million", 1_000_000_000: "billion"}
_SIGNS = {"USD": "$", "USD/share": "$", "EUR": "\u20ac", "GBP": "\u00a3", "JPY": "\u00a5"}
_SCALELESS = ("percent", "ratio", "percentage points", "basis points")


@dataclass(frozen=True, slots=True)
class TableCell:
    """A figure of a table.

    `item` is what its row (of a table whose rows are years, its column) is called, `head` what
    stands over its column, `year` the one year that tells it from the others of its item, None
    where no year does. `value` has the printed sign and is not yet times `scale`; `unit` is as
    the facts have it ("USD", "USD/share", "percent", None). `row` is the index of the table's row.
    """

    row: int
    column: int
    item: str
    head: str
    year: int | None
    printed: str
    value: Decimal
    unit: str | None
    scale: int

    @property
    def period(self) -> str:
        """What tells the figure from others of its item: the year, else the column's head.

        Empty where the head only says "amount" and the like.
        """
        if self.year is not None:
            return str(self.year)
        return self.head if find_terms(self.head) else ""

    @property
    def text(self) -> str:
        """The figure as an answer: "$1,234.5 million", "(12.5)%", "$(3) thousand", "1,234"."""
        digits = re.sub(r"[^\d.,]", "", self.printed)
        number = f"({digits})" if self.value < 0 else digits
        if self.unit == "percent":
            return f"{number}%"
        if self.unit == "ratio":
            return f"{number}x"
        scale = _SCALES.get(self.scale, "")
        return f"{_SIGNS.get(self.unit or '', '')}{number} {scale}".strip()


def read_cells(table: Table, facts: Sequence[Fact]) -> tuple[TableCell, ...]:
    """Return the figures of a table that can be told apart, from the facts that were read off it.

    Left out are nils, what has no name, and what has the name and the period of another.
    """
    by_address = {fact.cell: fact for fact in facts if fact.cell}
    found = _drop_vague_years(list(_list_cells(table, by_address)))
    dated = {cell.item for cell in found if cell.year is not None}
    found = [cell for cell in found if cell.period or cell.item not in dated]
    names = Counter((_fold(cell.item), cell.period) for cell in found)
    return tuple(cell for cell in found if names[_fold(cell.item), cell.period] == 1)


def _list_cells(table: Table, by_address: dict[str, Fact]) -> Iterator[TableCell]:
    heads = [clean_head(table.head_of(column)) for column in range(_count_columns(table))]
    has_year_rows = sum(_read_year_row(row.label) is not None for row in table.rows) > 1
    for index, row in enumerate(table.rows):
        row_year = _read_year_row(row.label) if has_year_rows else None
        for column, printed in enumerate(row.texts):
            fact = by_address.get(row.cells[column].address or "")
            if fact is None or fact.value == 0 or parse_figure(printed) is None:
                continue
            label, head = clean_label(row.label), heads[column]
            item = _name_row(row, label) if row_year is None else head
            year = row_year or _find_year(head)
            scale = 1 if fact.unit in _SCALELESS else fact.scale
            cell = TableCell(
                index,
                column,
                item,
                head,
                year,
                printed.strip(),
                fact.value,
                fact.unit,
                scale,
            )
            if _is_askable(cell):
                yield cell


def _name_row(row: TableRow, label: str) -> str:
    """Return a row's label; of a name or a remainder with the heading above: "China net sales"."""
    heading = clean_label(row.parents[-1]) if row.parents else ""
    if heading and len(heading.split()) <= _HEADING_WORDS and is_vague(label):
        return f"{label} {speak_item(heading)}"
    return label


def _read_year_row(label: str) -> int | None:
    found = _YEAR_ROW.fullmatch(clean_label(label))
    return int(found[1]) if found else None


def _is_askable(cell: TableCell) -> bool:
    if len(cell.item) > _LONGEST_ITEM or not find_terms(cell.item) or "#" in cell.item:
        return False
    if any(len(word) > _LONGEST_WORD for word in re.findall(r"[A-Za-z]+", cell.item)):
        return False
    if cell.year is not None:
        return True
    if not find_terms(cell.head):
        return True
    has_digits = any(character.isdigit() for character in cell.head)
    return len(cell.head) <= _LONGEST_HEAD and not has_digits


def _count_columns(table: Table) -> int:
    return max((len(row.cells) for row in table.rows), default=0)


def clean_label(label: str) -> str:
    """Return a row's label without footnote marks, leaders and the colon of a sub-heading."""
    text = _GLUED_MARK.sub("", _FOOTNOTE.sub("", " ".join(label.split())))
    text = _TAKEN_OFF.sub("", text.strip()).removeprefix("the ")
    return text.strip(" :.\u2013\u2014-").removesuffix(" ,").strip()


def clean_head(head: str) -> str:
    """Return a column's heads without what they say of unit and scale."""
    text = _FOOTNOTE.sub("", _UNIT_IN_HEAD.sub("", " ".join(head.split())))
    text = " ".join(text.replace("()", "").strip(" :.,\u2013\u2014-").split())
    return text if text.count("(") == text.count(")") else text.replace("(", "").replace(")", "")


def _find_year(head: str) -> int | None:
    """Return the year of a head that names one whole year or one day; else None."""
    years = find_years(head)
    if len(years) != 1 or (_PART_OF_YEAR.search(head) and not _WHOLE_YEAR.search(head)):
        return None
    return years[0]


def _drop_vague_years(cells: Sequence[TableCell]) -> list[TableCell]:
    """Leave out the columns of a year that stands over several of them.

    What tells them apart is a group's head, which is often read for its first column only.
    """
    columns = {(cell.column, cell.year) for cell in cells if cell.year is not None}
    twice = {year for year, count in Counter(year for _, year in columns).items() if count > 1}
    return [cell for cell in cells if cell.year not in twice or _is_year_row(cell)]


def _is_year_row(cell: TableCell) -> bool:
    return cell.item == cell.head


def _fold(text: str) -> str:
    return " ".join(sorted(find_terms(text))) or text.lower()
