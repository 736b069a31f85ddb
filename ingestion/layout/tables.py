"""Finding borderless tables among a page's lines, and writing a table as text.

A table is a run of lines that hold figures in columns of their own, with the lines above that
say what the columns are. Works on lines with boxes (points) and knows nothing of the library
that read them. Tables of words alone are not found here: their lines stay prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

from ingestion.documents import Line, Table, TableRow, enclosing_box
from ingestion.figures import CURRENCY_SIGNS, parse_scale
from ingestion.filings.statements import classify_statement
from ingestion.layout.cells import LineCell, split_cells
from ingestion.layout.columns import Column, ReadRules, find_columns, lay_heads
from ingestion.layout.rows import Body, build_rows

# Lines that may stand between two rows of one table: a wrapped label, a sub-heading.
MAX_LINES_BETWEEN_ROWS = 4
# Lines above the first row that are looked at for column heads, units and the title.
MAX_LINES_ABOVE = 12
# How far apart the lines above a table may stand, in heights of a line.
MAX_GAP_ABOVE = 3.5
MAX_GAP_BELOW_RUNNING_HEAD = 1.5
# Lines of the sentence that introduces a table.
MAX_SENTENCE_LINES = 3
# A line that fills this part of the page's text width is prose, not a title.
PROSE_WIDTH = 0.7
# A row this many line heights below the one before belongs to something else.
_FAR_BELOW = 5.0
# Below this grade the reader is told that a table could be misread.
POOR_GRADE = 0.6

# A note on units speaks of a scale or of money; "Amount" or "Shares" alone heads a column.
_UNIT_NOTE = re.compile(
    r"^\(?\s*(?:u\.?s\.?\s*)?(?:all\s+|tabular\s+|dollars?\s+)?(?:amounts?|dollars?|shares)?"
    r"(?:\s+\w+){0,3}?\s*(?:are\s+|expressed\s+)?"
    r"\bin\s+(?:thousands?|millions?|billions?|u\.?s|[$€£]|dollars)\b.*"
    r"|^\(?\s*(?:thousands|millions|billions|unaudited|percent)\b.*"
    r"|^\(?\s*(?:[$€£]|us\$)\s*(?:in\s+)?(?:m|bn|million|billion|thousand)s?\b.*"
    r"|^\([$€£].*|^[$€£]\s*in\b.*",
    re.IGNORECASE,
)
_RUNNING_HEAD = re.compile(
    r"^\s*table\s+of\s+contents\s*$|^\s*(?:page\s+)?\d{1,4}\s*$", re.IGNORECASE
)


_BEGINS_TITLE = re.compile(
    r"(?:the\s+(?:following|table|below)|below\s+(?:is|are)|presented|a\s+summary|set\s+forth)\b",
    re.IGNORECASE,
)
_DATED = re.compile(r"\b(?:19|20)\d\d\b")
_MARK_ALONE = re.compile(r"\(\d\)|[-–—]")
_CHAPTER = re.compile(
    r"(?:item|part|note|article|section|exhibit|schedule|appendix)\b|\d+\.\d*\s|\d+\.$",
    re.IGNORECASE,
)


def find_tables(lines: Sequence[Line], read_rules: ReadRules = tuple) -> tuple[Table, ...]:
    """Return the tables of a page, from top to bottom; they never share a line.

    `read_rules` is asked for the page's horizontal rules once heads are found that may span
    several columns: reading them takes time that other pages need not spend.
    """
    cells = [split_cells(line) for line in lines]
    regions = _find_regions(lines, cells)
    if not regions:
        return ()
    rules = cache(read_rules)
    tables: list[Table] = []
    floor = 0
    for first, last in regions:
        if first < floor:
            continue
        tables.append(_build_table(lines, cells, rules, floor, first, last))
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
        parts.append("|" + "|".join((row.label, *row.texts)) + "|")
    return "\n".join(parts)


# Where tables are


def _is_row(cells: Sequence[LineCell]) -> bool:
    """Whether a line looks like a row: a label with figures, or figures alone."""
    figures = sum(cell.is_figure for cell in cells)
    if not figures:
        return False
    return len(cells) > 1 and (figures > 1 or not cells[0].is_figure)


def _is_head(cells: Sequence[LineCell]) -> bool:
    """Whether a line is a row of column heads: all its figures are years."""
    figures = [cell for cell in cells if cell.is_figure]
    if not figures or not all(cell.is_year for cell in figures):
        return False
    labelled = not cells[0].is_figure and not cells[0].text.startswith("(")
    return not labelled or len(figures) > 1


def _find_regions(
    lines: Sequence[Line], cells: Sequence[Sequence[LineCell]]
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
    lines: Sequence[Line], cells: Sequence[Sequence[LineCell]], run: Sequence[int], index: int
) -> bool:
    between = range(run[-1] + 1, index)
    has_rows = any(not _is_head(cells[i]) for i in run)
    if len(between) > MAX_LINES_BETWEEN_ROWS or (has_rows and _is_head(cells[index])):
        return False
    if _is_far_below(lines, run[-1], index):
        return False
    left = min(cell.box.x0 for i in run[-6:] for cell in cells[i] if cell.is_figure)
    reaching = 0
    for i in between:
        over_columns = [cell for cell in cells[i] if cell.box.x1 > left]
        if len(over_columns) == 1 and len(cells[i]) == 1 and len(lines[i].words) > 6:
            reaching += 1
            wide = over_columns[0].box.x1 - left > 0.3 * (
                over_columns[0].box.x1 - cells[i][0].box.x0
            )
            if wide or reaching > 1:
                return False  # a line of prose, or two that reach over the figures
        if has_rows and sum(cell.box.x0 > left - 20 for cell in over_columns) > 1:
            return False  # a new row of heads
        if has_rows and parse_scale(lines[i].text) is not None and _UNIT_NOTE.match(lines[i].text):
            return False  # "(In millions)" stands at the head of another table
    return True


def _is_far_below(lines: Sequence[Line], above: int, below: int) -> bool:
    for one, other in pairwise(range(above, below + 1)):
        upper, lower = lines[one].box, lines[other].box
        if upper and lower and lower.top - upper.bottom > _FAR_BELOW * (upper.bottom - upper.top):
            return True
    return False


def _close_region(cells: Sequence[Sequence[LineCell]], run: Sequence[int]) -> list[tuple[int, int]]:
    if not run:
        return []
    counts = [sum(cell.is_figure for cell in cells[i]) for i in run]
    rows = sum(not _is_head(cells[i]) for i in run)
    wide_rows = sum(count >= 2 for count in counts)
    is_table = wide_rows >= 2 or len(run) >= 3 or _stands_under_dates(cells, run)
    if rows and is_table and not _is_of_marks(cells, run) and not _is_contents(cells, run):
        return [(run[0], run[-1])]
    return []


def _stands_under_dates(cells: Sequence[Sequence[LineCell]], run: Sequence[int]) -> bool:
    """Whether a first row stands under as many dates as it has figures: a table of one row."""
    first = run[0]
    figures = [cell for cell in cells[first] if cell.is_figure]
    if first == 0 or len(figures) < 2 or len(figures) == len(cells[first]):
        return False
    above = [cell for cell in cells[first - 1] if cell.box.x1 > figures[0].box.x0]
    return len(above) == len(figures) and all(_DATED.search(cell.text) for cell in above)


def _is_of_marks(cells: Sequence[Sequence[LineCell]], run: Sequence[int]) -> bool:
    """Whether all that looks like figures are marks such as "(1)", or pages of a plan."""
    texts = [cell.text for i in run for cell in cells[i] if cell.is_figure]
    return all(_MARK_ALONE.fullmatch(text) for text in texts)


def _is_contents(cells: Sequence[Sequence[LineCell]], run: Sequence[int]) -> bool:
    """Whether the rows list chapters with their pages, in rising order."""
    pages: list[int] = []
    for i in run:
        last = cells[i][-1]
        if not last.is_figure or not last.text.isdigit() or len(last.text) > 3:
            return False
        pages.append(int(last.text))
    rising = all(above <= below for above, below in pairwise(pages))
    chapters = sum(bool(_CHAPTER.match(cells[i][0].text)) for i in run)
    head = cells[run[0] - 1] if run[0] else ()
    titled = any(re.fullmatch(r"pages?(?: no\.?)?", cell.text, re.IGNORECASE) for cell in head)
    return rising and len(run) >= 3 and (titled or 3 * chapters >= len(run))


# What one table says


def _build_table(
    lines: Sequence[Line],
    cells: Sequence[Sequence[LineCell]],
    rules: ReadRules,
    floor: int,
    first: int,
    last: int,
) -> Table:
    top = _find_top(lines, cells, floor, first)
    body = first
    while body < last and (_is_head(cells[body]) or not _is_row(cells[body])):
        body += 1
    body_cells = [cells[i] for i in range(body, last + 1)]
    columns = find_columns(body_cells)
    label_right = _find_label_right(body_cells, columns)
    caption: list[str] = []
    header: list[tuple[str, ...]] = []
    start = min(_climb_labels(lines, cells, columns, top, body), body)
    for i in range(top, start):
        if _RUNNING_HEAD.match(lines[i].text):
            continue
        if _is_title(lines, cells[i], columns, label_right):
            caption.append(lines[i].text)
        else:
            header.append(_build_head(cells[i], columns, label_right, rules))
    body_rows = build_rows([(i, cells[i]) for i in range(start, last + 1)], columns)
    heading = " ".join([*caption, *(text for head in header for text in head)])
    title = " ".join(caption)
    grade, faults = _grade(body_rows, header, columns)
    return Table(
        caption=title,
        header=tuple(head for head in header if any(head)),
        rows=body_rows.rows,
        unit=_find_currency(heading, body_cells),
        scale=parse_scale(heading),
        first_line=top,
        last_line=last,
        statement=classify_statement(title, [row.label for row in body_rows.rows]),
        grade=grade,
        faults=faults,
    )


def _find_top(
    lines: Sequence[Line], cells: Sequence[Sequence[LineCell]], floor: int, first: int
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
        is_single = len(cells[top - 1]) == 1
        is_prose = is_single and above.x1 - above.x0 > PROSE_WIDTH * (page.x1 - page.x0)
        text = lines[top - 1].text.strip()
        # A first line that stands apart is the running head of all pages, unless it announces.
        is_running_head = top == 1 and not text.endswith(":")
        most = MAX_GAP_BELOW_RUNNING_HEAD if is_running_head else MAX_GAP_ABOVE
        if below.top - above.bottom > most * height:
            break
        ends_paragraph = is_single and (text[:1].islower() or text.endswith("."))
        if is_prose or ends_paragraph:
            # "The following table presents ... (in millions):" is the title of many tables.
            return _climb_sentence(lines, top - 1, floor) if text.endswith((":", ")")) else top
        top -= 1
    return top


def _climb_sentence(lines: Sequence[Line], last: int, floor: int) -> int:
    """Return the first line of the sentence that ends in line `last`, some lines up at most."""
    top = last
    while top > max(floor, last - MAX_SENTENCE_LINES):
        above, text = lines[top - 1].text.strip(), lines[top].text.strip()
        if above.endswith((".", ":", ";")) or (text[:1].isupper() and _BEGINS_TITLE.match(text)):
            break
        upper, lower = lines[top - 1].box, lines[top].box
        if upper and lower and lower.top - upper.bottom > upper.bottom - upper.top:
            break
        top -= 1
    return top


def _find_label_right(rows: Sequence[Sequence[LineCell]], columns: Sequence[Column]) -> float:
    """Where labels usually end, which may be left of where the longest one does."""
    edges = sorted(row[0].box.x1 for row in rows if row and not row[0].is_figure)
    if not edges or not columns:
        return 0.0
    return min(edges[len(edges) // 2], columns[0].left)


def _climb_labels(
    lines: Sequence[Line],
    cells: Sequence[Sequence[LineCell]],
    columns: Sequence[Column],
    top: int,
    body: int,
) -> int:
    """Return the first line of the body: sub-headings and wrapped labels above its first row.

    They stand at the left below the heads, and end left of the columns.
    """
    start = body
    if not columns:
        return start
    while start > top:
        row = cells[start - 1]
        if len(row) != 1 or row[0].is_figure or row[0].box.x1 > columns[0].left:
            break
        if _UNIT_NOTE.match(row[0].text) or start - 1 == top:
            break
        box, below = lines[start - 1].box, lines[start].box
        if box is None or below is None or below.top - box.bottom > 1.5 * (box.bottom - box.top):
            break
        start -= 1
    above = cells[start - 1] if start > top else ()
    heads_above = any(cell.box.x1 > columns[0].left for cell in above)
    return start if heads_above or _is_unit_line(above) else body


def _is_unit_line(cells: Sequence[LineCell]) -> bool:
    return len(cells) == 1 and _UNIT_NOTE.match(cells[0].text) is not None


def _is_title(
    lines: Sequence[Line],
    cells: Sequence[LineCell],
    columns: Sequence[Column],
    label_right: float,
) -> bool:
    """Whether a line above the rows is a title or a note on units rather than column heads."""
    if not cells or not columns:
        return True
    if len(cells) > 1:
        return all(cell.box.x1 < columns[0].left for cell in cells)
    cell = cells[0]
    if _is_unit_line(cells):
        return True
    if cell.box.x0 < label_right and cell.box.x0 < columns[0].left:
        return True
    # A centred title is centred on the whole table or page, a spanning head on its columns.
    boxes = [box for line in lines if (box := line.box) is not None]
    left = min((box.x0 for box in boxes), default=0.0)
    rights = (columns[-1].right, max((box.x1 for box in boxes), default=0.0))
    middle = (cell.box.x0 + cell.box.x1) / 2
    over_all = min(abs(middle - (left + right) / 2) for right in rights)
    over_columns = min(
        abs(middle - (a.left + b.right) / 2) for i, a in enumerate(columns) for b in columns[i:]
    )
    return over_all < 6.0 and over_all < over_columns


def _build_head(
    cells: Sequence[LineCell],
    columns: Sequence[Column],
    label_right: float,
    rules: ReadRules,
) -> tuple[str, ...]:
    """Lay one line of heads over the columns; what stands over the labels comes first."""
    over = [
        cell
        for cell in cells
        if cell.box.x1 > columns[0].left
        or cell.is_figure
        or (cell.box.x0 > label_right and cell is not cells[0])
    ]
    if len(over) + 1 == len(columns) and len(cells) == len(columns):
        # As many heads as columns, though the first begins left of its narrow column.
        over = list(cells)
    labels = [cell.text for cell in cells if cell not in over]
    return (" ".join(labels), *lay_heads(over, columns, rules))


def _find_currency(heading: str, rows: Iterable[Sequence[LineCell]]) -> str | None:
    for sign, code in CURRENCY_SIGNS.items():
        if sign in heading or any(sign in cell.text for row in rows for cell in row):
            return code
    return "USD" if "dollar" in heading.lower() else None


def _grade(
    body: Body, header: Sequence[tuple[str, ...]], columns: Sequence[Column]
) -> tuple[float, tuple[str, ...]]:
    """Return how well the figures fit columns with heads and rows with labels, and what did not."""
    faults: list[str] = []
    lost = 0.0
    if body.clashes:
        faults.append(f"{body.clashes} of {body.figures} figures share a cell with another")
        lost += 2.0 * body.clashes / body.figures
    if body.astray:
        faults.append(f"{body.astray} of {body.figures} figures stand beside the columns")
        lost += body.astray / body.figures
    bare = sum(
        not any(head[i + 1] for head in header if i + 1 < len(head)) for i in range(len(columns))
    )
    if bare:
        faults.append(f"{bare} of {len(columns)} columns have no head")
        # The title tells of a lone column what its head would.
        lost += (0.5 if len(columns) > 1 else 0.2) * bare / len(columns)
    filled = [row for row in body.rows if any(row.texts)]
    unlabelled = sum(not row.label for row in filled)
    if unlabelled:
        faults.append(f"{unlabelled} of {len(filled)} rows have no label")
        lost += 0.5 * unlabelled / len(filled)
    return round(max(0.0, 1.0 - lost), 2), tuple(faults)
