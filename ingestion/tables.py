"""Finding borderless tables among a page's lines, and writing a table as text.

A table is a run of lines that hold figures in columns of their own. Works on lines with boxes
(points) and knows nothing of the library that read them. Tables whose columns only rulings
tell apart, and tables of words, are not found here: their lines stay prose.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingestion.documents import Box, Line, Table, TableRow, Word, enclosing_box
from ingestion.figures import parse_figure, parse_scale
from ingestion.layout import split_segments

# Lines that may stand between two rows of one table: a wrapped label, a sub-heading.
MAX_LINES_BETWEEN_ROWS = 3
# Lines above the first row that are looked at for column heads, units and the title.
MAX_LINES_ABOVE = 8
# A line that fills this part of the page's text width is prose, not a title.
PROSE_WIDTH = 0.7
_ATTACH_TO_NEXT = {"$", "€", "£", "¥", "($", "(€", "(£", "("}
_ATTACH_TO_PREVIOUS = {"%", ")", ")%", "%)"}


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    box: Box
    is_figure: bool


@dataclass(frozen=True, slots=True)
class _Column:
    left: float
    right: float

    def overlaps(self, box: Box) -> bool:
        return box.x0 < self.right and box.x1 > self.left


def find_tables(lines: Sequence[Line]) -> tuple[Table, ...]:
    """Return the tables of a page, from top to bottom; they never share a line."""
    cells = [_label_years(_split_cells(line)) for line in lines]
    tables: list[Table] = []
    floor = 0
    for first, last in _find_regions(lines, cells):
        if first < floor:
            continue
        tables.append(_build_table(lines, cells, floor, first, last))
        floor = last + 1
    return tuple(tables)


def render_table(table: Table, rows: Iterable[TableRow] | None = None) -> str:
    """Write the table, or some of its rows, as its title and pipe rows ("|label|1|2|").

    The title and all column heads are repeated for any choice of rows, so that no piece of a
    table is without its years and units.
    """
    parts = [table.caption] if table.caption else []
    parts += ["|" + "|".join(head) + "|" for head in table.header]
    for row in table.rows if rows is None else rows:
        parts.append("|" + "|".join((row.label, *row.cells)) + "|")
    return "\n".join(parts)


def _split_cells(line: Line) -> tuple[_Cell, ...]:
    """Split a line into label and cells, joining "$" and "%" to their number."""
    pieces: list[list[Word]] = []
    for segment in split_segments(line):
        pieces.extend(_split_figures(segment))
    joined: list[list[Word]] = []
    carried: list[Word] = []
    for piece in pieces:
        text = "".join(word.text for word in piece)
        if text in _ATTACH_TO_NEXT:
            carried.extend(piece)
        elif text in _ATTACH_TO_PREVIOUS and joined:
            joined[-1].extend(piece)
        else:
            joined.append([*carried, *piece])
            carried = []
    if carried:
        joined.append(carried)
    return tuple(_build_cell(words) for words in joined)


def _label_years(cells: tuple[_Cell, ...]) -> tuple[_Cell, ...]:
    """Take a year before amounts for the row's label: "2024  $12.5" in a list of maturities."""
    figures = [parse_figure(cell.text) for cell in cells]
    first = figures[0] if figures else None
    if first is None or not first.is_year:
        return cells
    if all(figure is None or figure.is_year for figure in figures[1:]):
        return cells
    return (replace(cells[0], is_figure=False), *cells[1:])


def _split_figures(segment: Sequence[Word]) -> list[list[Word]]:
    """Take figures that stand close together apart: "Net sales 1,284 1,209" has two cells."""
    trailing = 0
    for word in reversed(segment):
        if parse_figure(word.text) is None and word.text not in _ATTACH_TO_NEXT:
            break
        trailing += 1
    figures = sum(parse_figure(word.text) is not None for word in segment[-trailing:])
    if not trailing or figures < 2:
        return [list(segment)]
    head = list(segment[:-trailing])
    tail = [[word] for word in segment[-trailing:]]
    return [head, *tail] if head else tail


def _build_cell(words: Sequence[Word]) -> _Cell:
    first = words[0].text
    head = first if first in _ATTACH_TO_NEXT else first + " "
    text = (head + " ".join(word.text for word in words[1:])).strip()
    if text.endswith((" %", " )", " )%", " %)")):
        text = "".join(text.rsplit(" ", 1))
    box = enclosing_box(word.box for word in words if word.box is not None)
    figure_box = box
    if first in _ATTACH_TO_NEXT and len(words) > 1:
        # A "$" far to the left of its number would make neighbouring columns overlap.
        figure_box = enclosing_box(w.box for w in words[1:] if w.box is not None)
    is_figure = parse_figure(text) is not None
    return _Cell(text, figure_box if is_figure else box, is_figure)


def _is_row(cells: Sequence[_Cell]) -> bool:
    """Whether a line looks like a row: a label with figures, or figures alone."""
    figures = [cell for cell in cells if cell.is_figure]
    if not figures:
        return False
    return len(cells) > 1 and (len(figures) > 1 or not cells[0].is_figure)


def _find_regions(
    lines: Sequence[Line], cells: Sequence[tuple[_Cell, ...]]
) -> list[tuple[int, int]]:
    """Return the first and last line of each run of rows that makes a table."""
    regions: list[tuple[int, int]] = []
    run: list[int] = []
    for index, row in enumerate(cells):
        if not _is_row(row):
            continue
        if run and not _may_continue(lines, cells, run, index):
            regions.extend(_close_region(cells, run))
            run = []
        run.append(index)
    regions.extend(_close_region(cells, run))
    return regions


def _may_continue(
    lines: Sequence[Line], cells: Sequence[tuple[_Cell, ...]], run: Sequence[int], index: int
) -> bool:
    between = range(run[-1] + 1, index)
    if len(between) > MAX_LINES_BETWEEN_ROWS:
        return False
    left = min(cell.box.x0 for i in run[-6:] for cell in cells[i] if cell.is_figure)
    for i in between:
        box = lines[i].box
        reaches_columns = box is not None and box.x1 > left and len(cells[i]) == 1
        if reaches_columns and len(lines[i].words) > 6:
            return False
        if parse_scale(lines[i].text) is not None:
            return False  # "(In millions)" stands at the head of another table
    return True


def _close_region(cells: Sequence[tuple[_Cell, ...]], run: Sequence[int]) -> list[tuple[int, int]]:
    counts = [sum(cell.is_figure for cell in cells[i]) for i in run]
    wide_rows = sum(count >= 2 for count in counts)
    if wide_rows >= 2 or len(run) >= 3:
        return [(run[0], run[-1])]
    return []


def _build_table(
    lines: Sequence[Line],
    cells: Sequence[tuple[_Cell, ...]],
    floor: int,
    first: int,
    last: int,
) -> Table:
    top = _find_top(lines, cells, floor, first)
    body = first
    while body < last and _is_head(cells[body]):
        body += 1
    columns = _find_columns(cells[body : last + 1])
    head_lines = [i for i in range(top, body) if _stands_over(cells[i], columns)]
    first_head = min(head_lines, default=body)
    header = tuple(_align_head(cells[i], columns) for i in range(first_head, body))
    heading = " ".join(lines[i].text for i in range(top, body))
    figures = " ".join(cell.text for i in range(first, last + 1) for cell in cells[i])
    return Table(
        caption=" ".join(lines[i].text for i in range(top, first_head)),
        header=tuple(head for head in header if any(head)),
        rows=tuple(_build_row(cells[i], columns, i) for i in range(body, last + 1) if cells[i]),
        unit="USD" if "$" in figures + heading or "dollar" in heading.lower() else None,
        scale=parse_scale(heading),
        first_line=top,
        last_line=last,
    )


def _find_columns(rows: Sequence[tuple[_Cell, ...]]) -> tuple[_Column, ...]:
    """Merge the figures' horizontal extents: what overlaps stands in one column."""
    extents = sorted((cell.box.x0, cell.box.x1) for row in rows for cell in row if cell.is_figure)
    merged: list[tuple[float, float]] = []
    for left, right in extents:
        if merged and left < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], right))
        else:
            merged.append((left, right))
    return tuple(_Column(left, right) for left, right in merged)


def _find_top(
    lines: Sequence[Line], cells: Sequence[tuple[_Cell, ...]], floor: int, first: int
) -> int:
    """Climb from the first row over heads, units and title; prose and wide gaps end the climb."""
    boxes = [line.box for line in lines if line.box is not None]
    if not boxes:
        return first
    page = enclosing_box(boxes)
    top = first
    while top > max(floor, first - MAX_LINES_ABOVE):
        above, below = lines[top - 1].box, lines[top].box
        if above is None or below is None:
            break
        height = above.bottom - above.top
        is_prose = len(cells[top - 1]) == 1 and above.x1 - above.x0 > PROSE_WIDTH * (
            page.x1 - page.x0
        )
        if below.top - above.bottom > 2.5 * height:
            break
        ends_paragraph = len(cells[top - 1]) == 1 and cells[top - 1][0].text[:1].islower()
        if is_prose or ends_paragraph:
            # "The following table presents ... (in millions):" is the title of many tables.
            return top - 1 if lines[top - 1].text.rstrip().endswith(":") else top
        top -= 1
    return top


def _is_head(cells: Sequence[_Cell]) -> bool:
    """Whether a line is a row of column heads: years, or no figure at all."""
    figures = [parse_figure(cell.text) for cell in cells if cell.is_figure]
    if not figures:
        return False
    years = sum(figure is not None and figure.is_year for figure in figures)
    labelled = not cells[0].is_figure and not cells[0].text.startswith("(")
    return years == len(figures) and (not labelled or years > 1)


def _stands_over(cells: Sequence[_Cell], columns: Sequence[_Column]) -> bool:
    """Whether a line above the rows belongs to the columns rather than to the title.

    A title is centred or starts at the left: it is one cell that begins left of the columns.
    """
    if not columns or not cells:
        return False
    if len(cells) == 1:
        return cells[0].box.x0 >= columns[0].left - 2 * (columns[0].right - columns[0].left)
    return cells[-1].box.x1 > columns[0].left


def _align_head(cells: Sequence[_Cell], columns: Sequence[_Column]) -> tuple[str, ...]:
    """Give each head to the columns under it: all that it spans, or else the nearest one."""
    label: list[str] = []
    heads: list[list[str]] = [[] for _ in columns]
    over = [cell for cell in cells if cell.box.x1 > columns[0].left or cell.is_figure]
    share, rest = divmod(len(columns), len(over)) if over else (0, 0)
    for position, cell in enumerate(over):
        hits = [i for i, column in enumerate(columns) if column.overlaps(cell.box)]
        if rest == 0:  # as many columns for each head: order is surer than geometry
            hits = list(range(position * share, (position + 1) * share))
        for hit in hits or [_nearest(columns, cell.box)]:
            heads[hit].append(cell.text)
    label.extend(cell.text for cell in cells if cell not in over)
    return (" ".join(label), *(" ".join(head) for head in heads))


def _build_row(cells: Sequence[_Cell], columns: Sequence[_Column], line: int) -> TableRow:
    label: list[str] = []
    values: list[list[str]] = [[] for _ in columns]
    for cell in cells:
        hits = [i for i, column in enumerate(columns) if column.overlaps(cell.box)]
        if not cell.is_figure and (not hits or cell is cells[0]):
            label.append(cell.text)
        else:
            values[hits[0] if hits else _nearest(columns, cell.box)].append(cell.text)
    return TableRow(" ".join(label), tuple(" ".join(value) for value in values), line)


def _nearest(columns: Sequence[_Column], box: Box) -> int:
    middle = (box.x0 + box.x1) / 2
    return min(
        range(len(columns)),
        key=lambda i: abs((columns[i].left + columns[i].right) / 2 - middle),
    )
