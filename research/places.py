"""Where a figure or a phrase stands in a passage, and where that is on the page.

A place in a table knows its row's label, its column's heads and the table's title; a place in
prose knows its sentence. Works on passages as they were stored; knows no model and no store.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ingestion.documents import Box, Line, Page, Passage, enclosing_box
from ingestion.figures import Figure, find_figures, find_years, parse_figure, parse_scale
from ingestion.periods import Calendar, Period, find_period

# Rows of cash that flows out are printed in brackets and spoken of without a sign.
_OUTFLOW = re.compile(
    r"\b(?:purchases?|payments?|paid|repayments?|repurchases?|expenditures?|dividends?|"
    r"acquisitions?|additions?|used)\b",
    re.IGNORECASE,
)
_SCALE_NAMES = {1_000: " thousand", 1_000_000: " million", 1_000_000_000: " billion"}
_COUNTED: dict[str | None, str] = {"shares": "shares", "USD/share": "per share"}
# Lines above and below a row's figures that may hold the rest of its label.
_MOST_WRAPPED_LINES = 3
_UNKNOWN_CALENDAR = Calendar()
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z(\"“])|\n(?=[A-Z][^\n]{0,60}\n)")


@dataclass(frozen=True, slots=True)
class Place:
    """A figure where it is printed.

    `label` is the row's label or the sentence, `heads` the heads of its column, `parent` the
    sub-heading that its row stands under ("Operating income:"), `caption` the table's title;
    `column` counts cells right of the label from 1 (None in prose), `start` and `end` are the
    offsets of the row or sentence within the passage's text.
    """

    passage: Passage
    figure: Figure
    quote: str
    label: str
    heads: str
    parent: str
    caption: str
    start: int
    end: int
    column: int | None = None

    @property
    def in_table(self) -> bool:
        """Whether the figure stands in a cell."""
        return self.column is not None

    @property
    def years(self) -> tuple[int, ...]:
        """The years that the place itself names: a column's heads, a sub-heading, row and title."""
        nearest = find_years(self.heads) or find_years(self.parent)
        return nearest or find_years(f"{self.label} {self.caption}")

    def find_period(self, calendar: Calendar = _UNKNOWN_CALENDAR) -> Period | None:
        """Return the span of time that the figure is said of; None where nothing says so.

        `calendar` is the filing's: without it fiscal quarters are known by name only.
        """
        texts = (self.heads, self.label, self.parent, self.caption)
        return find_period([text for text in texts if text], calendar)

    @property
    def unit(self) -> str | None:
        """What is counted: "USD", "percent", "USD/share", "shares"; None where nothing says so."""
        if self.figure.unit not in (None, "USD") or not self.in_table:
            return self.figure.unit
        row = f"{self.label} {self.heads}".lower()
        if "%" in row or "percent" in row:
            return "percent"
        has_money = "$" in self.passage.text or "dollars" in self.caption.lower()
        if "per share" in row or "per common share" in row:
            return "USD/share" if has_money else None
        if "shares" in row:
            return "shares"
        return "USD" if has_money else None

    @property
    def is_outflow(self) -> bool:
        """Whether the row is one of cash paid, all of whose figures are printed as negative."""
        if not self.in_table or not _OUTFLOW.search(re.sub(r"\([^)]*\)", "", self.label)):
            return False
        cells = (parse_figure(cell) for cell in _cells_of(self) if cell)
        return all(figure is None or figure.value <= 0 for figure in cells)

    @property
    def spoken_value(self) -> Decimal:
        """The value as one speaks of it: "paid 3,193", where the row prints "(3,193)"."""
        return -self.figure.value if self.is_outflow else self.figure.value

    @property
    def spoken_text(self) -> str:
        """The figure's text as one speaks of it."""
        unsigned = re.sub(r"[()]|[-\u2212](?=[$\d.])", "", self.figure.text)
        return unsigned if self.is_outflow else self.figure.text

    @property
    def statement(self) -> str:
        """The figure with the unit and scale that its place gives it: "$1,284.7 million"."""
        if not self.in_table:
            return self.figure.text
        text = self.spoken_text
        if self.unit == "percent":
            return text if "%" in text else f"{text}%"
        if self.unit in ("USD", "USD/share") and "$" not in text:
            text = f"${text}"
        # A cell that holds its own word ("5.2 billion") has said it already.
        scaled = text if self.figure.scale != 1 else f"{text}{_SCALE_NAMES.get(self.scale, '')}"
        return f"{scaled} {_COUNTED[self.unit]}" if self.unit in _COUNTED else scaled

    @property
    def scale(self) -> int:
        """What the figure is multiplied by: its own word ("million"), or the table's title's."""
        if self.figure.scale != 1 or self.figure.unit in ("percent", "percentage points"):
            return self.figure.scale
        if not self.in_table or "per share" in self.label.lower():
            return 1
        return parse_scale(f"{self.caption} {self.heads}") or 1


def find_places(passage: Passage) -> Iterator[Place]:
    """Yield every figure of a passage with its surroundings; column heads are no places."""
    if passage.kind == "text":
        yield from _find_prose_places(passage)
    else:
        yield from _find_table_places(passage)


def split_sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end offsets of the sentences of `text`."""
    start = 0
    for match in _SENTENCE_END.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def locate_span(passage: Passage, page: Page, start: int, end: int) -> tuple[int, int]:
    """Return where characters `start` to `end` of a prose passage stand in the page's text."""
    first = _offset_of_line(page, passage.first_line)
    # A passage is its lines, but may begin within the first of them.
    shift = max(page.text.find(passage.text, first), first)
    return shift + start, shift + end


def locate_passage(passage: Passage, page: Page) -> tuple[int, int]:
    """Return where the passage's lines stand in the page's text."""
    first = _offset_of_line(page, passage.first_line)
    return first, max(first, _offset_of_line(page, passage.last_line + 1) - 1)


def mark_span(passage: Passage, page: Page, start: int, end: int) -> tuple[Box, ...]:
    """Return a box a line around the characters `start` to `end` of a prose passage.

    There is none where words have no boxes: on a page of text or a sheet.
    """
    boxes: list[Box] = []
    start, end = locate_span(passage, page, start, end)
    offset = 0
    for line in page.lines:
        boxes += _boxes_within(line, start - offset, end - offset)
        offset += len(line.text) + 1
    return tuple(boxes)


def mark_passage(passage: Passage, page: Page) -> tuple[Box, ...]:
    """Return one box around the whole passage; none on a sheet or a page of text."""
    lines = page.lines[passage.first_line : passage.last_line + 1]
    boxes = [line.box for line in lines if line.box is not None]
    return (enclosing_box(boxes),) if boxes else ()


def mark_figure(place: Place, page: Page) -> tuple[tuple[Box, ...], str | None]:
    """Return the box of a figure in a table, or its cell's address on a sheet or in a text.

    The row is found by the figures of its cells, and among equal ones by its label: the text of
    a table is laid out anew, so its offsets say nothing of the page. Without a match the whole
    passage is marked.
    """
    lines = page.lines[place.passage.first_line : place.passage.last_line + 1]
    digits = _digits(place.figure.text)
    rows = [i for i, line in enumerate(lines) if digits in map(_digits, _texts_of(line))]
    if not rows:
        return mark_passage(place.passage, page), None
    best = max(rows, key=lambda index: _likeness(place, lines, index))
    words = [word for word in lines[best].words if _digits(word.text) == digits]
    # Counted from the right, for the label may hold the same figure.
    word = words[max(len(words) - _count_equals_from(place, digits), 0)]
    return ((word.box,) if word.box else ()), word.cell


def _likeness(place: Place, lines: Sequence[Line], index: int) -> tuple[int, bool, int]:
    """How well a line fits the place's row: by its figures, its whole label, its label's words."""
    cells = Counter(_digits(cell) for cell in _cells_of(place) if cell)
    printed = Counter(map(_digits, _texts_of(lines[index])))
    label = place.label.split()
    above = list(_bare_lines(lines[:index][::-1]))[::-1]
    around = [*above, lines[index], *_bare_lines(lines[index + 1 :])]
    words = " ".join(
        word for line in around for word in line.text.split() if _digits(word) not in cells
    )
    shared = len(set(label) & set(lines[index].text.split()))
    return (cells & printed).total(), " ".join(label) in words, shared


def _bare_lines(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the lines next to a row that hold no figure: the rest of a wrapped label."""
    for line in lines[:_MOST_WRAPPED_LINES]:
        if any(character.isdigit() for character in line.text):
            return
        yield line


def _texts_of(line: Line) -> Iterator[str]:
    return (word.text for word in line.words)


def _cells_of(place: Place) -> list[str]:
    """The cells of the place's row, left to right, without its label."""
    return place.quote[1:-1].split("|")[1:]


def _count_equals_from(place: Place, digits: str) -> int:
    """How many cells print the same figure, from the place's own cell to the row's right end."""
    cells = _cells_of(place)[(place.column or 1) - 1 :]
    return sum(_digits(cell) == digits for cell in cells)


def _offset_of_line(page: Page, index: int) -> int:
    """Where a line begins in the page's text; one past its end for the line after the last."""
    return sum(len(line.text) + 1 for line in page.lines[:index])


def _find_prose_places(passage: Passage) -> Iterator[Place]:
    for start, end in split_sentences(passage.text):
        sentence = passage.text[start:end]
        for figure in find_figures(sentence):
            yield Place(passage, figure, sentence, sentence, "", "", "", start, end)


def _find_table_places(passage: Passage) -> Iterator[Place]:
    lines = passage.text.split("\n")
    captions = [line for line in lines if not line.startswith("|")]
    rows = [line.strip("\n") for line in lines if line.startswith("|")]
    caption = " ".join(captions)
    heads: list[Sequence[str]] = []
    offset = 0
    in_head = True
    parent = ""
    for line in lines:
        start, offset = offset, offset + len(line) + 1
        if not line.startswith("|"):
            continue
        label, *cells = line[1:-1].split("|")
        figures = [parse_figure(cell) if cell.strip() else None for cell in cells]
        is_subheading = _is_subheading(label, cells, heads)
        no_amount = all(figure is None or figure.is_year for figure in figures)
        if in_head and no_amount and not is_subheading:
            heads.append((label, *cells))
            in_head = len(heads) < len(rows)
            continue
        in_head = False
        if not any(cells):
            parent = label
        for column, figure in enumerate(figures, start=1):
            if figure is None:
                continue
            over = " ".join(head[column] for head in heads if column < len(head) and head[column])
            units = " ".join(head[0] for head in heads if head[0])
            yield Place(
                passage,
                figure,
                quote=line,
                label=label,
                heads=over,
                parent=parent,
                caption=f"{caption} {units}".strip(),
                start=start,
                end=start + len(line),
                column=column,
            )


def _is_subheading(label: str, cells: Sequence[str], heads: Sequence[Sequence[str]]) -> bool:
    """Whether a row without figures stands below the column heads; notes on units do not."""
    is_below = any(any(head[1:]) for head in heads)
    return is_below and not any(cells) and not label.startswith("(")


def _boxes_within(line: Line, start: int, end: int) -> list[Box]:
    covered: list[Box] = []
    offset = 0
    for word in line.words:
        if offset < end and offset + len(word.text) > start and word.box is not None:
            covered.append(word.box)
        offset += len(word.text) + 1
    return [enclosing_box(covered)] if covered else []


def _digits(text: str) -> str:
    """The digits of a figure; of a nil amount, its dash."""
    return re.sub(r"[^\d.]", "", text).rstrip(".") or text.strip("$€£¥()% ")
