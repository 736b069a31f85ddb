"""Finding tables in plain text: pipes as in Markdown, and columns apart by runs of spaces.

Works on the lines of a file as strings and returns rows of cells with their column numbers.
Knows nothing of pages or files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ingestion.figures import parse_figure

MAX_LINES_ABOVE = 8
MAX_TITLE_LENGTH = 100
# Lines that may stand between two rows of one table: a sub-heading, rules, a blank line.
MAX_LINES_BETWEEN_ROWS = 3

_SEGMENT = re.compile(r"\S+(?: \S+)*")
_LEADERS = re.compile(r"(?:\. ?){3,}|(?:_){3,}")
_RULE = re.compile(r"[\s\-=_+|:]*[-=_]{2,}[\s\-=_+|:]*")
_PIPE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?\s*|\s*\|\s*:?-+:?\s*\|\s*")
_PIPE = re.compile(r"(?<!\\)\|")
_TAG = re.compile(r"\s*</?(?:TABLE|CAPTION|S|C|PAGE|FN)>(?:\s*<C>)*\s*", re.IGNORECASE)
_TABLE_START, _TABLE_END = re.compile(r"\s*<TABLE>", re.I), re.compile(r"\s*</TABLE>", re.I)
_OPENING = frozenset({"$", "€", "£", "¥", "($", "("})
_CLOSING = frozenset({"%", ")", ")%", "%)"})
_AMOUNT = re.compile(r"\d,\d{3}|\d\.\d|[$€£¥%]")


@dataclass(frozen=True, slots=True)
class TextRow:
    """A row of a table: the index of its line, how far it is set in, and its filled cells.

    Each cell is (column from 1, text); column 1 holds the labels.
    """

    line: int
    indent: int
    cells: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table and the lines that it takes, `first` to `last`, both included, titles too."""

    first: int
    last: int
    titles: tuple[str, ...]
    rows: tuple[TextRow, ...]


@dataclass(frozen=True, slots=True)
class _Segment:
    start: int
    end: int
    text: str

    @property
    def is_figure(self) -> bool:
        return not _RULE.fullmatch(self.text) and parse_figure(self.text) is not None


def find_text_tables(lines: Sequence[str]) -> tuple[TextTable, ...]:
    """Return the tables among `lines`, from top to bottom; they never share a line."""
    tables: list[TextTable] = []
    floor = 0
    index = 0
    while index < len(lines):
        table = _read_pipes(lines, index, floor) or _read_columns(lines, index, floor)
        if table is None:
            index += 1
            continue
        tables.append(table)
        index = floor = table.last + 1
    return tuple(tables)


def is_rule(line: str) -> bool:
    """Whether a line is drawn and not written ("-----  -----")."""
    return bool(_RULE.fullmatch(line)) or bool(line.strip() and _TAG.fullmatch(line))


def _read_pipes(lines: Sequence[str], first: int, floor: int) -> TextTable | None:
    last = first
    while last < len(lines) and (_PIPE.search(lines[last]) or lines[last].startswith("+-")):
        last += 1
    block = lines[first:last]
    opened = all(line.lstrip().startswith(("|", "+-")) for line in block)
    if len(block) < 2 or not (opened or _PIPE_RULE.fullmatch(block[1])):
        return None
    rows = tuple(
        TextRow(index, 0, cells)
        for index, line in enumerate(block, start=first)
        if not is_rule(line) and (cells := _split_pipes(line))
    )
    if len(rows) < 2:
        return None
    titles = _climb_titles(lines, first, floor)
    top = titles[0][0] if titles else first
    return TextTable(top, last - 1, tuple(text for _, text in titles), rows)


def _split_pipes(line: str) -> tuple[tuple[int, str], ...]:
    inner = line.strip().removeprefix("|")
    texts = [part.strip().replace("\\|", "|") for part in _PIPE.split(inner)]
    if inner.endswith("|"):
        texts.pop()
    return tuple((column, text) for column, text in enumerate(texts, start=1) if text)


def _climb_titles(lines: Sequence[str], below: int, floor: int) -> list[tuple[int, str]]:
    """Return the short lines above a table: its title and the note on its units."""
    titles: list[tuple[int, str]] = []
    blanks = 0
    for index in range(below - 1, max(floor, below - MAX_LINES_ABOVE) - 1, -1):
        text = lines[index].strip()
        if not text:
            blanks += 1
        elif is_rule(text):
            continue
        elif _is_title(text) and blanks <= 1:
            titles.insert(0, (index, text))
            blanks = 0
        else:
            break
        if blanks > 1 or len(titles) == 3:
            break
    return titles


def _is_title(text: str) -> bool:
    is_sentence = text.endswith((".", ";", ",")) and not text.endswith(("Inc.", "Co.", "Corp."))
    return len(text) <= MAX_TITLE_LENGTH and not is_sentence and not _PIPE.search(text)


def _read_columns(lines: Sequence[str], first: int, floor: int) -> TextTable | None:
    """Read a table whose first row of figures, or whose <TABLE> mark, is the line `first`."""
    if _TABLE_START.match(lines[first]):
        marked = (i for i in range(first, len(lines)) if _TABLE_END.match(lines[i]))
        end = next(marked, None)
        return _build_marked(lines, first, end) if end is not None else None
    if not _is_row(lines[first]):
        return None
    last = first
    for index in range(first + 1, len(lines)):
        if _is_row(lines[index]):
            last = index
        elif index - last > MAX_LINES_BETWEEN_ROWS or not _may_stand_between(lines[index]):
            break
    columns = _find_columns(lines, first, last)
    if not columns or not _is_worth(lines, first, last, columns):
        return None
    top, titles = _climb_heads(lines, first, floor, columns)
    rows = _lay_out(lines, top, last, columns)
    start = min([top, *(index for index, _ in titles)])
    return TextTable(start, last, tuple(text for _, text in titles), rows)


def _build_marked(lines: Sequence[str], first: int, end: int) -> TextTable | None:
    inside = range(first + 1, end)
    row_lines = [index for index in inside if _is_row(lines[index])]
    columns = _find_columns(lines, first, end) if row_lines else ()
    if not columns:
        return None
    first_row = row_lines[0]
    top, titles = _climb_heads(lines, first_row, first + 1, columns)
    named = {index for index, _ in titles}
    above = [
        (index, lines[index].strip())
        for index in range(first + 1, top)
        if index not in named and lines[index].strip() and not is_rule(lines[index])
    ]
    texts = tuple(text for _, text in sorted(above + titles) if _is_title(text))
    return TextTable(first, end, texts, _lay_out(lines, top, end - 1, columns))


def _split_segments(line: str) -> list[_Segment]:
    """Split a line at runs of spaces; "$" goes with the number after it, ")" with that before."""
    bare = _LEADERS.sub(lambda match: " " * len(match.group()), line)
    found: list[_Segment] = []
    for match in _SEGMENT.finditer(bare):
        segment = _Segment(match.start(), match.end(), match.group())
        before = found[-1] if found else None
        if before and _belong_together(before, segment):
            found[-1] = _Segment(before.start, segment.end, before.text + segment.text)
        else:
            found.extend(_split_sign(segment))
    return found


def _belong_together(first: _Segment, second: _Segment) -> bool:
    return first.text in _OPENING or (second.text in _CLOSING and first.is_figure)


def _split_sign(segment: _Segment) -> Iterator[_Segment]:
    """Take a currency sign before a number close, and one after a label away."""
    match = re.fullmatch(r"([$€£¥]) (\(?[\d.,]+\)?%?)", segment.text)
    if match:
        yield replace(segment, text=match.group(1) + match.group(2))
        return
    match = re.fullmatch(r"(.*[^\d\s].*?) ([$€£¥])", segment.text)
    if match:
        yield _Segment(segment.start, segment.start + len(match.group(1)), match.group(1))
        yield _Segment(segment.end - 1, segment.end, match.group(2))
        return
    yield segment


def _is_row(line: str) -> bool:
    if not line.strip() or is_rule(line):
        return False
    segments = _split_segments(line)
    figures = [segment for segment in segments if segment.is_figure]
    if len(segments) < 2 or not any(segment.is_figure for segment in segments[1:]):
        return False
    return not all(_is_year(segment.text) for segment in figures)


def _is_year(text: str) -> bool:
    figure = parse_figure(text)
    return figure is not None and figure.is_year


def _may_stand_between(line: str) -> bool:
    return not line.strip() or is_rule(line) or len(line.strip()) <= MAX_TITLE_LENGTH


def _find_columns(lines: Sequence[str], first: int, last: int) -> tuple[tuple[int, int], ...]:
    """Return the spans (start, end) of the columns of figures, left to right."""
    spans: list[tuple[int, int]] = []
    for line in lines[first : last + 1]:
        if _is_row(line):
            segments = _split_segments(line)
            spans += [(s.start, s.end) for s in segments[1:] if s.is_figure]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _is_worth(
    lines: Sequence[str], first: int, last: int, columns: Sequence[tuple[int, int]]
) -> bool:
    """Whether the rows are amounts: a list of contents has one column of page numbers."""
    rows = [line for line in lines[first : last + 1] if _is_row(line)]
    if len(rows) < 2:
        return False
    amounts = sum(bool(_AMOUNT.search(" ".join(_figures(line)))) for line in rows)
    return 2 * amounts >= len(rows) or len(columns) > 1


def _figures(line: str) -> list[str]:
    return [segment.text for segment in _split_segments(line)[1:] if segment.is_figure]


def _climb_heads(
    lines: Sequence[str], first: int, floor: int, columns: Sequence[tuple[int, int]]
) -> tuple[int, list[tuple[int, str]]]:
    """Return the line of the topmost head and the titles above it."""
    top = first
    left = columns[0][0]
    for index in range(first - 1, max(floor, first - MAX_LINES_ABOVE) - 1, -1):
        line = lines[index]
        if not line.strip() or is_rule(line):
            continue
        segments = _split_segments(line)
        is_head = segments[-1].end > left and (len(segments) > 1 or segments[0].start >= left - 8)
        if is_head or (line.rstrip().endswith(":") and index + 1 == top):
            top = index
        if len(segments) == 1 and not _is_title(line.strip()):
            break
    return top, _climb_titles(lines, top, floor)


def _lay_out(
    lines: Sequence[str], top: int, last: int, columns: Sequence[tuple[int, int]]
) -> tuple[TextRow, ...]:
    rows: list[TextRow] = []
    for index in range(top, last + 1):
        line = lines[index]
        if line.strip() and not is_rule(line):
            rows.append(_build_row(index, _split_segments(line), columns))
    return tuple(_join_wrapped(rows))


def _build_row(
    index: int, segments: Sequence[_Segment], columns: Sequence[tuple[int, int]]
) -> TextRow:
    cells: dict[int, str] = {}
    for segment in segments:
        for column in _columns_of(segment, columns):
            cells[column] = f"{cells[column]} {segment.text}" if column in cells else segment.text
    return TextRow(index, segments[0].start, tuple(sorted(cells.items())))


def _columns_of(segment: _Segment, columns: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Return the columns that a text stands over, from 1; a head may stand over several."""
    over = [
        number
        for number, (start, end) in enumerate(columns, start=2)
        if segment.start < end and segment.end > start
    ]
    if over:
        return tuple(over) if not segment.is_figure else (over[-1],)
    if segment.end <= columns[0][0] or segment.start < columns[0][0] - 8:
        return (1,)
    gaps = [abs(segment.start + segment.end - start - end) for start, end in columns]
    return (gaps.index(min(gaps)) + 2,)


def _join_wrapped(rows: Sequence[TextRow]) -> Iterator[TextRow]:
    """Join a label's first line to its second, which begins in small letters."""
    waiting: TextRow | None = None
    for row in rows:
        label = dict(row.cells).get(1, "")
        if waiting is not None and label[:1].islower():
            joined = f"{waiting.cells[0][1]} {label}"
            cells = ((1, joined), *(cell for cell in row.cells if cell[0] != 1))
            yield replace(row, indent=waiting.indent, cells=cells)
            waiting = None
            continue
        if waiting is not None:
            yield waiting
        is_open = len(row.cells) == 1 and row.cells[0][0] == 1 and not label.endswith(":")
        waiting = row if is_open else None
        if not is_open:
            yield row
    if waiting is not None:
        yield waiting
