"""From rows of placed cells to tables: titles, heads, label columns, sub-headings, units.

Works the same for sheets, CSV files, tables of Word files and tables set in plain text: the
caller says which texts stand in which row and column. Knows nothing of file formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from ingestion.documents import Cell, Line, Page, Table, TableRow, Word
from ingestion.figures import CURRENCY_CODES, CURRENCY_SIGNS, Figure, parse_figure, parse_scale
from ingestion.filings.statements import classify_statement
from ingestion.layout.outline import Outline
from ingestion.layout.scales import read_scales

# Years over quarters over units: more rows than this are not heads but a table of words.
MAX_HEAD_ROWS = 4
MAX_TITLE_ROWS = 6
# Rows of a block that are looked at to tell labels from figures.
SAMPLE_ROWS = 200
LABEL_JOINT = " > "
# A sheet with more columns of words than this before its figures is a list of records.
MAX_LABEL_COLUMNS = 4
_LONG_CORNER = 45
_NO_HEADS_GRADE = 0.6

_CODES = "|".join(sorted(CURRENCY_CODES))
_UNIT = re.compile(
    rf"\b({_CODES})\b|([$€£¥])|(\b(?i:US\s+dollars?|dollars?|US\b))|\b((?i:euros?))\b"
)
# "Balance Sheets - USD ($)": a report of the regulator, in single units unless it says more.
_REPORT_UNIT = re.compile(rf"\s-\s(?:{_CODES})\s\(\S+\)")
_SHORT_SCALES = (
    (re.compile(r"[$€£¥]\s?(?:mm|mn|m)\b", re.IGNORECASE), 1_000_000),
    (re.compile(r"[$€£¥]\s?bn\b", re.IGNORECASE), 1_000_000_000),
)
_PERIOD = re.compile(
    r"\b(?:19|20)\d\d\b|\bFY\s?'?\d\d|\b[1-4]?Q[1-4]?\b|\b[HQ][1-4]\b|\bmonths?\b|\bended\b|"
    r"\bas of\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b|"
    r"\b(?:thousands|millions|billions)\b|^[$€£¥%]$|^(?:USD|EUR|GBP)$",
    re.IGNORECASE,
)
_OPENING_SIGNS = frozenset({"$", "€", "£", "¥", "($", "(€", "(£", "("})
_CLOSING_SIGNS = frozenset({"%", ")", ")%", "%)"})


@dataclass(frozen=True, slots=True)
class GridRow:
    """The filled cells of one row, left to right.

    `number` counts rows from 1 (a gap in the numbers is a blank row), `columns` are the numbers
    of the words' columns from 1, `line` the index of the row's line on its page, `indent` how
    far the first text is set in (any unit).
    """

    number: int
    columns: tuple[int, ...]
    words: tuple[Word, ...]
    line: int
    indent: int = 0

    @property
    def texts(self) -> tuple[str, ...]:
        """The words' texts."""
        return tuple(word.text for word in self.words)

    @property
    def is_one_text(self) -> bool:
        """Whether it says one thing only: one cell, or one text merged over several."""
        return len(set(self.texts)) == 1 and not is_number(self.words[0].text)


@dataclass(frozen=True, slots=True)
class HeadShape:
    """How many rows at the top of a block are titles, and how many after them are heads."""

    titles: int
    heads: int

    @property
    def body(self) -> int:
        """The index of the first row below them."""
        return self.titles + self.heads


@dataclass(frozen=True, slots=True)
class LabelShape:
    """Which columns hold the labels: those that group, those that are joined, and the others.

    `parents` are columns whose texts stand over several rows; `labels` are joined to a row's
    label; in a `is_staircase` each row fills only one of the labels and the column is an indent.
    """

    parents: tuple[int, ...]
    labels: tuple[int, ...]
    cells: tuple[int, ...]
    is_staircase: bool = False


@lru_cache(maxsize=20_000)
def _read_figure(text: str) -> Figure | None:
    if re.fullmatch(r"0\d+", text):  # a code, as "0000320193" is
        return None
    return parse_figure(text)


def is_number(text: str) -> bool:
    """Whether a cell's text is a figure and not a year or a code."""
    figure = _read_figure(text)
    return figure is not None and not figure.is_year


def build_sheet_page(number: int, label: str, rows: Sequence[GridRow]) -> Page:
    """Return the page of a sheet: one line a row, and its tables."""
    lines = tuple(Line(row.words) for row in rows)
    return Page(number, lines, label=label, tables=build_tables(rows, [label]))


def build_tables(rows: Sequence[GridRow], titles: Sequence[str] = ()) -> tuple[Table, ...]:
    """Return the tables that blank rows separate, each with the titles above it.

    `titles` (the sheet's name) stand over each of them. A block without heads has those of the
    block above if its columns are the same.
    """
    tables: list[Table] = []
    start = 0
    waiting: list[GridRow] = []
    for first, last in split_at_blanks(rows):
        block = rows[first : last + 1]
        if all(row.is_one_text for row in block) and last + 1 < len(rows):
            waiting += block
            continue
        above = tables[-1] if tables else None
        table = build_table(block, [*titles, *_title_texts(waiting)], waiting)
        tables.append(replace(_inherit_heads(table, above), first_line=rows[start].line))
        start, waiting = last + 1, []
    return tuple(tables)


def split_at_blanks(rows: Sequence[GridRow]) -> Iterator[tuple[int, int]]:
    """Yield the first and last index of each run of rows without a blank row in it."""
    first = 0
    for index, (row, following) in enumerate(pairwise(rows)):
        if following.number - row.number > 1:
            yield first, index
            first = index + 1
    if rows:
        yield first, len(rows) - 1


def build_table(
    rows: Sequence[GridRow], titles: Sequence[str] = (), above: Sequence[GridRow] = ()
) -> Table:
    """Make one table of all `rows` (at least one); `above` are rows apart that belong to it."""
    shape = find_heads(rows)
    columns = tuple(sorted({column for row in rows for column in row.columns}))
    heads, body = rows[shape.titles : shape.body], rows[shape.body :]
    labels = find_labels(body, columns)
    captions = [*titles, *_title_texts(rows[: shape.titles])]
    header = [_lay_out_head(head, labels) for head in heads]
    corner = header[0][0] if header else ""
    if corner and LABEL_JOINT not in corner and _is_caption(corner, titles):
        captions.append(corner)
        header[0] = ("", *header[0][1:])
    caption = _join_captions(captions)
    unit, scale = read_unit_and_scale(" ".join([caption, *(" ".join(head) for head in header)]))
    table_rows = _build_rows(body, labels)
    header, table_rows = _attach_signs(header, table_rows)
    return Table(
        caption=caption,
        header=tuple(header),
        rows=table_rows,
        unit=unit or _unit_of_cells(table_rows),
        scale=scale,
        first_line=(above or rows)[0].line,
        last_line=rows[-1].line,
        statement=classify_statement(caption, [row.label for row in table_rows[:SAMPLE_ROWS]]),
        grade=1.0 if header else _NO_HEADS_GRADE,
        faults=() if header else ("no column heads were found",),
    )


def find_heads(rows: Sequence[GridRow]) -> HeadShape:
    """Tell titles and column heads from the rows below them; the last row is never a head."""
    titles = 0
    limit = len(rows) - 1
    if all(row.is_one_text for row in rows):  # a list: its first row says of what
        return HeadShape(min(1, limit), 0)
    while titles < min(limit, MAX_TITLE_ROWS) and _is_title(rows, titles):
        titles += 1
    heads = 0
    while titles + heads < limit and heads < MAX_HEAD_ROWS and _is_head(rows, titles, heads):
        heads += 1
    return HeadShape(titles, heads)


def _is_title(rows: Sequence[GridRow], index: int) -> bool:
    row = rows[index]
    first_column = min(other.columns[0] for other in rows[: MAX_TITLE_ROWS + MAX_HEAD_ROWS])
    return row.is_one_text and row.columns[0] == first_column


def _is_head(rows: Sequence[GridRow], titles: int, heads: int) -> bool:
    """Whether the row after `heads` heads is one more: no figures but years, and a reason."""
    row = rows[titles + heads]
    if any(is_number(text) for text in row.texts):
        return False
    near = rows[titles : titles + SAMPLE_ROWS]
    first_column = min(other.columns[0] for other in near)
    if row.columns[0] != first_column:
        has_figures = any(is_number(text) for other in near for text in other.texts)
        return heads == 0 or has_figures or _is_period_row(row)
    if len(row.words) == 1:
        return False
    if heads == 0:
        return True
    labelled = [head for head in rows[titles : titles + heads] if head.columns[0] == first_column]
    if any(map(_is_period_row, labelled)):
        return False
    following = rows[titles + heads + 1]
    if not labelled and any(is_number(text) for text in following.texts):
        return True  # words over every column, below a head that spans them
    return _is_period_row(row) and not _is_period_row(following)


def _is_period_row(row: GridRow) -> bool:
    texts = row.texts[1:] if len(row.texts) > 1 else row.texts
    return all(_PERIOD.search(text) for text in texts)


def find_labels(rows: Sequence[GridRow], columns: Sequence[int]) -> LabelShape:
    """Say which of the leading columns are labels, from the rows below the heads."""
    sample = rows[:SAMPLE_ROWS]
    by_column: dict[int, list[str]] = {column: [] for column in columns}
    for row in sample:
        for column, word in zip(row.columns, row.words, strict=True):
            by_column[column].append(word.text)
    leading = _count_text_columns([by_column[column] for column in columns], len(sample))
    words, cells = tuple(columns[:leading]), tuple(columns[leading:])
    if leading == 1:
        return LabelShape((), words, cells)
    if _is_staircase(sample, words):
        return LabelShape((), words, cells, is_staircase=True)
    for index, column in enumerate(words):
        texts = by_column[column]
        if len(texts) > 1 and len(set(texts)) == len(texts) >= len(sample) * 0.8:
            return LabelShape(words[:index], (column,), words[index + 1 :] + cells)
    return LabelShape((), words, cells)


def _count_text_columns(columns: Sequence[Sequence[str]], rows: int) -> int:
    """Count the leading columns of words; one where few rows have figures after them."""
    leading = 0
    for texts in columns:
        figures = _count_figures(texts)
        if not texts or figures > 0.4 * len(texts) or _OPENING_SIGNS.issuperset(texts):
            break
        leading += 1
    filled = max((_count_figures(texts) for texts in columns[leading:]), default=0)
    return leading if 0 < leading <= MAX_LABEL_COLUMNS and 2 * filled >= rows else 1


def _count_figures(texts: Sequence[str]) -> int:
    return sum(_read_figure(text) is not None for text in texts)


def _is_staircase(rows: Sequence[GridRow], labels: Sequence[int]) -> bool:
    filled = [sum(column in labels for column in row.columns) for row in rows]
    return sum(count <= 1 for count in filled) >= 0.9 * len(filled)


def _lay_out_head(row: GridRow, labels: LabelShape) -> tuple[str, ...]:
    texts = dict(zip(row.columns, row.texts, strict=True))
    over_labels = [texts[column] for column in labels.parents + labels.labels if column in texts]
    label = LABEL_JOINT.join(dict.fromkeys(over_labels))
    return (label, *(texts.get(column, "") for column in labels.cells))


def _build_rows(rows: Sequence[GridRow], labels: LabelShape) -> tuple[TableRow, ...]:
    built: list[TableRow] = []
    outline = Outline()
    groups = dict.fromkeys(labels.parents + labels.labels[:-1], "")
    for row in rows:
        words = dict(zip(row.columns, row.words, strict=True))
        if row.is_one_text:  # a sub-heading merged over the columns is said once
            words = {row.columns[0]: row.words[0]}
        label, indent = _read_label(row, words, labels, groups)
        cells = tuple(
            Cell(words[column].text, address=words[column].cell) if column in words else Cell("")
            for column in labels.cells
        )
        is_heading = bool(label) and not any(cell.text for cell in cells)
        parents = outline.place(label, indent, is_heading=is_heading)
        grouped = tuple(groups[column] for column in labels.parents if groups[column])
        built.append(TableRow(label, cells, row.line, parents + grouped))
    return tuple(built)


def _read_label(
    row: GridRow, words: dict[int, Word], labels: LabelShape, groups: dict[int, str]
) -> tuple[str, int]:
    """Return a row's label and indent; `groups` carries the texts that stand for rows below."""
    if labels.is_staircase:
        for step, column in enumerate(labels.labels):
            if column in words:
                return words[column].text, row.indent + step
        return "", row.indent
    for column in groups:
        if column in words:
            groups[column] = words[column].text
    last = labels.labels[-1]
    parts = [groups[column] for column in labels.labels[:-1] if last in words or column in words]
    parts.append(words[last].text if last in words else "")
    return LABEL_JOINT.join(part for part in parts if part), row.indent


def _attach_signs(
    header: list[tuple[str, ...]], rows: tuple[TableRow, ...]
) -> tuple[list[tuple[str, ...]], tuple[TableRow, ...]]:
    """Join columns of nothing but "$" to the next column and of ")" or "%" to the one before."""
    width = len(rows[0].cells) if rows else 0
    texts = [{row.cells[column].text for row in rows} - {""} for column in range(width)]
    opening = {c for c in range(width - 1) if texts[c] and texts[c] <= _OPENING_SIGNS}
    closing = {c for c in range(1, width) if texts[c] and texts[c] <= _CLOSING_SIGNS}
    if not opening and not closing:
        return header, rows
    kept = [column for column in range(width) if column not in opening | closing]
    joined = tuple(
        replace(row, cells=tuple(_join_cells(row.cells, c, opening, closing) for c in kept))
        for row in rows
    )
    heads = []
    for head in header:
        texts_of = [head[c + 1] or (head[c] if c - 1 in opening else "") for c in kept]
        heads.append((head[0], *texts_of))
    return heads, joined


def _join_cells(cells: Sequence[Cell], column: int, opening: set[int], closing: set[int]) -> Cell:
    cell = cells[column]
    if not cell.text:
        return cell
    before = cells[column - 1].text if column - 1 in opening else ""
    after = cells[column + 1].text if column + 1 in closing else ""
    return replace(cell, text=before + cell.text + after)


def _inherit_heads(table: Table, above: Table | None) -> Table:
    if above is None or table.header or not above.header:
        return table
    if not table.rows or len(table.rows[0].cells) + 1 != len(above.header[0]):
        return table
    scale = table.scale if table.scale is not None else above.scale
    unit = table.unit or above.unit
    return replace(table, header=above.header, unit=unit, scale=scale, grade=1.0, faults=())


def _title_texts(rows: Sequence[GridRow]) -> list[str]:
    return [row.words[0].text for row in rows]


def _is_caption(corner: str, titles: Sequence[str]) -> bool:
    """Whether the text in the corner, over the labels, is the table's title."""
    is_titled = any(_is_beginning(title, corner) for title in titles if len(title) > 3)
    declares = read_scales(corner) or _REPORT_UNIT.search(corner) or parse_scale(corner)
    return is_titled or len(corner) >= _LONG_CORNER or (bool(declares) and len(corner) > 25)


def _is_beginning(title: str, text: str) -> bool:
    """Whether a sheet's name, which may be cut at 31 characters and numbered, begins `text`."""
    bare = re.sub(r"_\d+$", "", title).strip().casefold()
    return text.casefold().startswith(bare) and len(text) >= len(bare) > 0


def _join_captions(captions: Sequence[str]) -> str:
    """Join titles by dashes, without those that the next one repeats."""
    kept = [
        text
        for index, text in enumerate(captions)
        if text and not (index + 1 < len(captions) and _is_beginning(text, captions[index + 1]))
    ]
    return " - ".join(kept)


def read_unit_and_scale(heading: str) -> tuple[str | None, int | None]:
    """Return the unit and the scale that a table's title and heads declare, None where not."""
    unit = _read_unit(heading)
    scales = read_scales(heading)
    if "money" in scales:
        return unit, scales["money"]
    if _REPORT_UNIT.search(heading):
        return unit, 1
    if "shares" in scales and unit is None:
        return "shares", scales["shares"]
    scale = parse_scale(heading)
    if scale is None:
        scale = next((size for sign, size in _SHORT_SCALES if sign.search(heading)), None)
    return unit, scale


def _read_unit(heading: str) -> str | None:
    match = _UNIT.search(heading)
    if match is None:
        return None
    code, sign, dollars, _ = match.groups()
    if code or sign:
        return code or CURRENCY_SIGNS[sign]
    return "USD" if dollars else "EUR"


def _unit_of_cells(rows: Sequence[TableRow]) -> str | None:
    """Return the currency that the first row of figures, or half of all figures, is marked with."""
    currencies = set(CURRENCY_SIGNS.values())
    seen: list[str | None] = []
    for row in rows[:SAMPLE_ROWS]:
        figures = [_read_figure(text) for text in row.texts]
        units = [figure.unit for figure in figures if figure is not None]
        if units and not seen and len(set(units)) == 1 and units[0] in currencies:
            return units[0]
        seen += units
    marked = [unit for unit in seen if unit in currencies]
    return marked[0] if marked and len(set(marked)) == 1 and 2 * len(marked) >= len(seen) else None
