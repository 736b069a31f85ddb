"""Sets blocks of text and borderless tables on letter-size pages, as a printed filing does.

It knows type, lines and page breaks; it knows nothing of the company. Every cell, every '$' and
every word group is placed on its own: no grid is drawn, and rules stand only at totals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reportlab.lib.pagesizes import letter
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from assets.sample.blocks import (
    Block,
    Centered,
    ContentsEntry,
    Heading,
    PageBreak,
    Paragraph,
    Row,
    Rule,
    Table,
)

ROMAN, BOLD, ITALIC, BOLD_ITALIC = "Times-Roman", "Times-Bold", "Times-Italic", "Times-BoldItalic"

PAGE_WIDTH: float
PAGE_HEIGHT: float
PAGE_WIDTH, PAGE_HEIGHT = letter
LEFT, RIGHT = 60.0, PAGE_WIDTH - 60.0
TOP, BOTTOM = PAGE_HEIGHT - 66.0, 70.0
SIZE, LEADING = 10.0, 12.4
ROW, ROW_WRAPPED = 14.2, 11.6
INDENT = 12.0
HEADER_GAP = 4.0
HEADING_SIZES = {1: 12.0, 2: 10.5, 3: 10.0}


@dataclass(frozen=True)
class Layout:
    """Where things came to stand: the page of each anchor, and how many pages there are."""

    pages: int
    anchors: Mapping[str, int]
    broken_tables: int


def wrap_words(text: str, font: str, size: float, width: float, lead: str = "") -> list[list[str]]:
    """Words by line; a lead-in in bold italic takes its room on the first lines."""
    lead_words = lead.split()
    lines: list[list[str]] = [[]]
    used = 0.0
    for number, word in enumerate(lead_words + text.split()):
        face = BOLD_ITALIC if number < len(lead_words) else font
        needed = stringWidth(word, face, size)
        gap = stringWidth(" ", font, size) if lines[-1] else 0.0
        if lines[-1] and used + gap + needed > width:
            lines.append([])
            used, gap = 0.0, 0.0
        lines[-1].append(word)
        used += gap + needed
    return lines


def measure_table(table: Table, label_width: float) -> float:
    return _measure_header(table) + sum(_measure_row(row, label_width) for row in table.rows)


def _measure_header(table: Table) -> float:
    lines = max(column.count("\n") + 1 for column in table.columns)
    return 16.0 * bool(table.unit) + 15.0 * bool(table.spans) + 12.0 * lines + HEADER_GAP


def _measure_row(row: Row, label_width: float) -> float:
    return row.space_before + ROW + ROW_WRAPPED * (len(_wrap_label(row, label_width)) - 1)


def _wrap_label(row: Row, label_width: float) -> list[list[str]]:
    face = BOLD if row.bold else ROMAN
    return wrap_words(row.label, face, SIZE, label_width - INDENT * (row.indent + 1))


@dataclass
class _Pages:
    """The one mutable thing here: the canvas, the page and how far down it the ink has come."""

    canvas: Canvas
    header: str
    footer: str
    contents: Mapping[str, int]
    page: int = 1
    y: float = TOP
    anchors: dict[str, int] = field(default_factory=dict)
    broken_tables: int = 0

    def set_text(self, x: float, y: float, text: str, font: str, size: float = SIZE) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, y, text)

    def set_right(self, x: float, y: float, text: str, font: str, size: float = SIZE) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawRightString(x, y, text)

    def set_center(self, x: float, y: float, text: str, font: str, size: float = SIZE) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawCentredString(x, y, text)

    def draw_line(self, x0: float, x1: float, y: float, width: float = 0.5) -> None:
        self.canvas.setLineWidth(width)
        self.canvas.line(x0, y, x1, y)

    def room(self) -> float:
        return self.y - BOTTOM

    def close_page(self) -> None:
        middle = (LEFT + RIGHT) / 2
        if self.page > 1:
            self.set_right(RIGHT, PAGE_HEIGHT - 42, self.header, ITALIC, 8.5)
        self.draw_line(LEFT, RIGHT, 50)
        self.set_center(middle, 39, self.footer, ITALIC, 8.5)
        self.set_center(middle, 26, str(self.page), ROMAN, 9)
        self.canvas.showPage()

    def turn_page(self) -> None:
        self.close_page()
        self.page += 1
        self.y = TOP

    def note_anchor(self, anchor: str) -> None:
        if anchor:
            self.anchors[anchor] = self.page


def set_document(
    canvas: Canvas,
    blocks: Sequence[Block],
    header: str,
    footer: str,
    contents: Mapping[str, int],
) -> Layout:
    """Draw all blocks; `contents` holds the anchors' pages from an earlier pass."""
    pages = _Pages(canvas, header, footer, contents)
    for number, block in enumerate(blocks):
        following = blocks[number + 1] if number + 1 < len(blocks) else None
        _set_block(pages, block, following)
    pages.close_page()
    return Layout(pages.page, pages.anchors, pages.broken_tables)


def _set_block(pages: _Pages, block: Block, following: Block | None) -> None:
    match block:
        case Heading():
            _set_heading(pages, block, following)
        case Paragraph():
            _set_paragraph(pages, block, following)
        case Centered():
            _set_centered(pages, block)
        case Rule():
            pages.y -= block.gap / 2
            pages.draw_line(LEFT + 150, RIGHT - 150, pages.y)
            pages.y -= block.gap / 2
        case PageBreak():
            pages.turn_page()
        case ContentsEntry():
            _set_contents_entry(pages, block)
        case Table():
            _set_table(pages, block)


def _least_room(block: Block | None) -> float:
    """What must stand on the page with the heading before it, so that no heading is left alone."""
    if isinstance(block, Table) and not block.may_break:
        return measure_table(block, _label_width(block))
    if isinstance(block, Heading):
        return 70.0
    return 3 * LEADING


def _set_heading(pages: _Pages, block: Heading, following: Block | None) -> None:
    size = HEADING_SIZES[block.level]
    font = BOLD_ITALIC if block.level == 3 else BOLD
    lines = wrap_words(block.text, font, size, RIGHT - LEFT)
    before = {1: 14.0, 2: 8.0, 3: 5.0}[block.level] if pages.y < TOP else 0.0
    height = before + len(lines) * (size + 2.4) + 4
    if height + _least_room(following) > pages.room():
        pages.turn_page()
        before = 0.0
    pages.y -= before
    pages.note_anchor(block.anchor)
    for words in lines:
        pages.y -= size + 2.4
        pages.set_text(LEFT, pages.y, " ".join(words), font, size)
    pages.y -= 4


def _set_paragraph(pages: _Pages, block: Paragraph, following: Block | None) -> None:
    lines = wrap_words(block.text, ROMAN, SIZE, RIGHT - LEFT, block.lead)
    # A line that announces a table goes over to the next page with it.
    announces = block.text.endswith(":") and isinstance(following, Table)
    if announces and len(lines) * LEADING + 6 + _least_room(following) > pages.room():
        pages.turn_page()
    lead_left = len(block.lead.split())
    for number, words in enumerate(lines):
        left_over = len(lines) - number
        # Two lines at least stay together at either end of a page.
        at_end = pages.room() < LEADING
        widow = left_over == 2 and pages.room() < 2 * LEADING
        orphan = number == 0 and left_over > 1 and pages.room() < 2 * LEADING
        if at_end or widow or orphan:
            pages.turn_page()
        pages.y -= LEADING
        in_lead = min(lead_left, len(words))
        lead_left -= in_lead
        _set_justified(pages, words, in_lead, stretch=left_over > 1)
    pages.y -= 5.5


def _set_justified(pages: _Pages, words: list[str], in_lead: int, stretch: bool) -> None:
    lead, rest = " ".join(words[:in_lead]), " ".join(words[in_lead:])
    if lead and rest:
        lead += " "
    lead_width = stringWidth(lead, BOLD_ITALIC, SIZE)
    spare = RIGHT - LEFT - lead_width - stringWidth(rest, ROMAN, SIZE)
    gaps = max(len(words) - 1, 1)
    space = spare / gaps if stretch else 0.0
    if lead:
        pages.canvas.setFont(BOLD_ITALIC, SIZE)
        pages.canvas.drawString(LEFT, pages.y, lead, wordSpace=space)
    pages.canvas.setFont(ROMAN, SIZE)
    start = LEFT + lead_width + space * lead.count(" ")
    pages.canvas.drawString(start, pages.y, rest, wordSpace=space)


def _set_centered(pages: _Pages, block: Centered) -> None:
    font = BOLD if block.bold else ROMAN
    pages.note_anchor(block.anchor)
    for words in wrap_words(block.text, font, block.size, RIGHT - LEFT - 40):
        pages.y -= block.size * 1.24
        pages.set_center((LEFT + RIGHT) / 2, pages.y, " ".join(words), font, block.size)
    pages.y -= block.gap


def _set_contents_entry(pages: _Pages, block: ContentsEntry) -> None:
    pages.y -= 17.0 if block.indent == 0 else 14.5
    font = BOLD if block.indent == 0 else ROMAN
    start = LEFT + 10 + INDENT * 2 * block.indent
    pages.set_text(start, pages.y, block.text, font)
    if block.anchor:
        pages.set_right(RIGHT - 10, pages.y, str(pages.contents.get(block.anchor, 0)), ROMAN)


def _label_width(table: Table) -> float:
    return RIGHT - LEFT - table.column_width * len(table.columns)


def _set_table(pages: _Pages, table: Table) -> None:
    label_width = _label_width(table)
    if not table.may_break and measure_table(table, label_width) > pages.room():
        pages.turn_page()
    _set_table_header(pages, table)
    for number, row in enumerate(table.rows):
        # A row without cells heads those below it, so it takes the next one along.
        kept = table.rows[number : number + (1 if row.cells else 2)]
        if sum(_measure_row(each, label_width) for each in kept) + 4 > pages.room():
            pages.turn_page()
            pages.broken_tables += 1
            _set_table_header(pages, table)
        _set_row(pages, table, row)
    pages.y -= 13


def _slot(table: Table, column: int) -> tuple[float, float]:
    """Left and right end of a column, with the gap to its left neighbour taken off."""
    right = RIGHT - table.column_width * (len(table.columns) - 1 - column)
    return right - table.column_width + 9, right


def _set_table_header(pages: _Pages, table: Table) -> None:
    if table.unit:
        pages.y -= 12
        pages.set_text(LEFT, pages.y, table.unit, ITALIC, 9)
        pages.y -= 4
    if table.spans:
        pages.y -= 11
        for span in table.spans:
            left, right = _slot(table, span.first)[0], _slot(table, span.last)[1]
            pages.set_center((left + right) / 2, pages.y, span.text, BOLD, 9)
            pages.draw_line(left, right, pages.y - 3)
        pages.y -= 4
    deepest = max(column.count("\n") + 1 for column in table.columns)
    for number, column in enumerate(table.columns):
        left, right = _slot(table, number)
        lines = column.split("\n")
        for depth, line in enumerate(lines):
            y = pages.y - 12.0 * (deepest - len(lines) + depth + 1)
            pages.set_center((left + right) / 2, y, line, BOLD, 9)
        pages.draw_line(left, right, pages.y - 12.0 * deepest - 3)
    pages.y -= 12.0 * deepest + HEADER_GAP


def _set_row(pages: _Pages, table: Table, row: Row) -> None:
    font = BOLD if row.bold else ROMAN
    pages.y -= row.space_before
    for depth, words in enumerate(_wrap_label(row, _label_width(table))):
        pages.y -= ROW if depth == 0 else ROW_WRAPPED
        start = LEFT + INDENT * (row.indent + bool(depth))
        pages.set_text(start, pages.y, " ".join(words), font)
    for column, cell in enumerate(row.cells):
        if cell:
            _set_cell(pages, table, row, column, cell)


def _measure_hang(table: Table, column: int) -> float:
    """Room right of the digits, where closing parentheses and percent signs hang."""
    cells = [row.cells[column] for row in table.rows if row.cells]
    tails = (cell[len(cell.rstrip(")%")) :] for cell in cells)
    widest: float = max(stringWidth(tail, BOLD, SIZE) for tail in tails)
    return max(widest, 4.0) + 2.0


def _set_cell(pages: _Pages, table: Table, row: Row, column: int, cell: str) -> None:
    font = BOLD if row.bold else ROMAN
    left, right = _slot(table, column)
    digits, edge = cell.rstrip(")%"), right - _measure_hang(table, column)
    pages.set_right(edge, pages.y, digits, font)
    if digits != cell:
        pages.set_text(edge, pages.y, cell[len(digits) :], font)
    if row.dollar and not cell.endswith("%"):
        pages.set_text(left + 3, pages.y, "$", font)
    if row.rule:
        pages.draw_line(left, right, pages.y + 10.2)
    if row.rule == "double":
        pages.draw_line(left, right, pages.y - 3.0)
        pages.draw_line(left, right, pages.y - 4.8)
