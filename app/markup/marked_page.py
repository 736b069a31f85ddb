"""The page that a piece of evidence stands on, with its mark: a picture, a sheet or a text.

Pure: from a page and a piece of evidence to HTML, all text escaped. A sheet and a text are shown
around the mark only. A page's lines say nothing of its tables: which of them are a table's, and
which are its heads, is read off the cells' addresses ("T3:B7").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from string import ascii_uppercase

from ingestion.documents import Line, Page, Word
from ingestion.figures import parse_figure
from research.questions import Evidence

# Lines of a text, or rows of a sheet, shown above and below the mark.
LINES_AROUND = 14
# A marked passage that is longer than this is cut.
_LONGEST_MARK = 28
# Of a page without a mark so many lines, or rows of a sheet, are shown.
_MOST_UNMARKED = 300
_MOST_HEADS = 5


def render_marked_page(evidence: Evidence, page: Page) -> str:
    """Show the page: its picture with boxes, its sheet's cells, or its text."""
    if page.label is not None:
        return _render_sheet(evidence, page)
    return _render_picture(evidence, page) if page.width else _render_text(evidence, page)


# Pictures


def _render_picture(evidence: Evidence, page: Page) -> str:
    return (
        '<div class="desk-frame"><div class="desk-page" '
        f'style="aspect-ratio:{page.width:.0f}/{page.height:.0f}">'
        f'<img src="/page/{evidence.document_id}/{evidence.page}.png" '
        f'alt="Page {evidence.page} of {escape(evidence.document)}">'
        f"{render_marks(evidence, page)}</div></div>"
    )


def render_marks(evidence: Evidence, page: Page) -> str:
    """Return the boxes that mark the evidence on its page's picture, placed in percent of it."""
    return "".join(
        '<span class="desk-mark{}" style="left:{:.2f}%;top:{:.2f}%;width:{:.2f}%;height:{:.2f}%">'
        "</span>".format(
            "" if evidence.is_proof else " desk-mark-wide",
            100 * (box.x0 - 2) / page.width,
            100 * (box.top - 1.5) / page.height,
            100 * (box.x1 - box.x0 + 4) / page.width,
            100 * (box.bottom - box.top + 3) / page.height,
        )
        for box in evidence.boxes
    )


# Where the mark is


@dataclass(frozen=True, slots=True)
class _Mark:
    """What is marked: one cell, or else the characters `start` to `end` of the page's text.

    `first` and `last` are the lines that hold it; `style` the class of marked words and rows.
    """

    cell: str | None
    start: int
    end: int
    first: int
    last: int
    style: str

    def window(self, lines: int) -> range:
        """Return the lines to be shown of so many: all, where nothing is marked."""
        if self.cell is None and self.start == self.end:
            return range(min(lines, _MOST_UNMARKED))
        last = min(self.last, self.first + _LONGEST_MARK)
        return range(max(0, self.first - LINES_AROUND), min(lines, last + LINES_AROUND + 1))


def _find_mark(evidence: Evidence, page: Page) -> _Mark:
    style = "desk-said" if evidence.is_proof else "desk-said desk-said-wide"
    for index, line in enumerate(page.lines):
        if evidence.cell and any(word.cell == evidence.cell for word in line.words):
            return _Mark(evidence.cell, 0, 0, index, index, style)
    start, end = evidence.span or (0, 0)
    covered = [
        index
        for index, (begins, line) in enumerate(_place_lines(page.lines))
        if begins < end and begins + len(line.text) > start
    ]
    if not covered:
        return _Mark(None, 0, 0, 0, 0, style)
    return _Mark(None, start, end, covered[0], covered[-1], style)


def _place_lines(lines: Sequence[Line]) -> Iterator[tuple[int, Line]]:
    """Yield each line with its first character's offset in the page's text."""
    offset = 0
    for line in lines:
        yield offset, line
        offset += len(line.text) + 1


# Sheets


def _render_sheet(evidence: Evidence, page: Page) -> str:
    mark = _find_mark(evidence, page)
    columns = _find_columns(page.lines)
    rows = []
    for index in mark.window(len(page.lines)):
        line = page.lines[index]
        number = next((word.cell for word in line.words if word.cell), "").lstrip(ascii_uppercase)
        cells = "".join(_render_cell(word, mark) for word in _lay_out(line, columns))
        rows.append(f"<tr{_class_of_row(mark, index)}><th>{number}</th>{cells}</tr>")
    heads = "".join(f"<th>{name}</th>" for name in columns)
    return (
        f'<div class="desk-sheet"><table><thead><tr><th></th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _class_of_row(mark: _Mark, index: int) -> str:
    is_marked = mark.cell is None and mark.start < mark.end and mark.first <= index <= mark.last
    return f' class="{mark.style}"' if is_marked else ""


def _find_columns(lines: Sequence[Line]) -> list[str]:
    """Return the letters of the columns in use, in their order."""
    names = {_letters_of(word) for line in lines for word in line.words if word.cell}
    return sorted(names, key=lambda name: (len(name), name))


def _letters_of(word: Word) -> str:
    return (word.cell or "").rpartition(":")[2].rstrip("0123456789")


def _lay_out(line: Line, columns: Sequence[str]) -> list[Word | None]:
    by_column = {_letters_of(word): word for word in line.words}
    return [by_column.get(column) for column in columns]


def _render_cell(word: Word | None, mark: _Mark) -> str:
    if word is None:
        return "<td></td>"
    style = ' class="desk-cell"' if word.cell and word.cell == mark.cell else ""
    return f"<td{style}>{escape(word.text)}</td>"


# Text


def _render_text(evidence: Evidence, page: Page) -> str:
    mark = _find_mark(evidence, page)
    shown = mark.window(len(page.lines))
    offsets = [offset for offset, _ in _place_lines(page.lines)]
    parts = [_tell_cut(shown.start, "above")]
    for start, stop in _find_blocks(page.lines):
        inside = range(max(start, shown.start), min(stop, shown.stop))
        if not inside:
            continue
        if _table_of(page.lines[start]):
            parts.append(_render_table(page.lines, start, stop, inside, mark))
        else:
            parts += [_render_prose(page.lines[i], offsets[i], mark) for i in inside]
    parts.append(_tell_cut(len(page.lines) - shown.stop, "below"))
    return f'<div class="desk-text">{"".join(parts)}</div>'


def _tell_cut(lines: int, where: str) -> str:
    if lines <= 0:
        return ""
    return f'<p class="desk-cut">{lines} more {"line" if lines == 1 else "lines"} {where}</p>'


def _table_of(line: Line) -> str:
    """Return the table that a line's cells are of ("T3"); "" for prose."""
    address = next((word.cell for word in line.words if word.cell), "")
    return address.rpartition(":")[0]


def _find_blocks(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Yield where each table, and the prose between two, begins and ends.

    A line of prose inside a table (the first half of a wrapped label) is part of it.
    """
    tables: dict[str, list[int]] = {}
    for index, line in enumerate(lines):
        if table := _table_of(line):
            tables.setdefault(table, []).append(index)
    edges = sorted({0, len(lines), *(i for t in tables.values() for i in (t[0], t[-1] + 1))})
    yield from pairwise(edges)


def _render_prose(line: Line, offset: int, mark: _Mark) -> str:
    start, end = (min(max(at - offset, 0), len(line.text)) for at in (mark.start, mark.end))
    text = line.text
    if start >= end:
        return f"<p>{escape(text)}</p>"
    return (
        f'<p>{escape(text[:start])}<mark class="{mark.style}">{escape(text[start:end])}</mark>'
        f"{escape(text[end:])}</p>"
    )


def _render_table(lines: Sequence[Line], start: int, stop: int, shown: range, mark: _Mark) -> str:
    """Show the rows of `shown`, always under the table's heads."""
    columns = _find_columns(lines[start:stop])
    body = start + _count_heads(lines[start:stop])
    heads = "".join(f"<tr>{_render_heads(line, columns)}</tr>" for line in lines[start:body])
    rows = "".join(
        f"<tr{_class_of_row(mark, index)}>{_render_row(lines[index], columns, mark)}</tr>"
        for index in range(max(body, shown.start), shown.stop)
        if any(character.isalnum() for character in lines[index].text)
    )
    return f"<table><thead>{heads}</thead><tbody>{rows}</tbody></table>"


def _render_row(line: Line, columns: Sequence[str], mark: _Mark) -> str:
    if not _table_of(line):
        return f'<td colspan="{len(columns)}">{escape(line.text)}</td>'
    return "".join(_render_cell(word, mark) for word in _lay_out(line, columns))


def _render_heads(line: Line, columns: Sequence[str]) -> str:
    """Lay heads over their columns: each reaches to the next one's."""
    cells = _lay_out(line, columns)
    starts = [0, *(i for i, word in enumerate(cells) if i and word), len(columns)]
    heads = []
    for at, after in pairwise(starts):
        word = cells[at]
        heads.append(f'<th colspan="{after - at}">{escape(word.text) if word else ""}</th>')
    return "".join(heads)


def _count_heads(lines: Sequence[Line]) -> int:
    """Count the lines of column heads: they stand above the first amount or sub-heading."""
    heads = 0
    for index, line in enumerate(lines[: _MOST_HEADS + 1]):
        filled = [word for word in line.words if word.cell and _letters_of(word) != "A"]
        if any(_is_amount(word.text) for word in filled) or (heads and not filled):
            return heads
        if filled:
            heads = index + 1
    return 0  # a table of words: nothing tells its heads


def _is_amount(text: str) -> bool:
    figure = parse_figure(text)
    return figure is not None and not figure.is_year
