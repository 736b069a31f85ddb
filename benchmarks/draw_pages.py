"""The program that draws a page with what was read of it, to be looked at.

    python -m benchmarks.draw_pages --pdf FILE --page N --out PNG

Words are boxed in grey, the columns and rows of tables in blue, facts in green where they have a
period and in orange where they have none. Each fact has a number, under which a list beside the
page says what it was taken for. Draws what the parser returns and judges nothing.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ingestion.documents import Box, Fact, Page, Table, enclosing_box
from ingestion.errors import IngestionError
from ingestion.files import parse_file
from ingestion.readers.pdf import render_page

# Pixels a point: the small print of statements is readable at two.
SCALE = 2.0
_GREY, _BLUE, _GREEN, _ORANGE, _INK = "#c8c8c8", "#3b6fd4", "#1a8f3c", "#e07b00", "#202020"
_LIST_WIDTH = 620
_LIST_CHARACTERS = 92
_LINE_HEIGHT = 15
_FONT_SIZE = 12
_MARGIN = 10
_TAG_SIZE = 9
# The built-in font lacks these.
_PLAIN = str.maketrans({"\u2013": "-", "\u2014": "-", "\u2018": "'", "\u2019": "'"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; 1 when the file cannot be read or has no such page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.draw_pages", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--pdf", type=Path, required=True, metavar="FILE")
    parser.add_argument("--page", type=int, required=True, metavar="N", help="counted from 1")
    parser.add_argument("--out", type=Path, required=True, metavar="PNG")
    options = parser.parse_args(arguments)
    try:
        picture = render_page(options.pdf, options.page, SCALE)
        parsed = parse_file(options.pdf.read_bytes(), options.pdf.name)
    except (IngestionError, OSError) as error:
        print(f"draw_pages: {error}", file=sys.stderr)
        return 1
    page = parsed.pages[options.page - 1]
    facts = [fact for fact in parsed.facts if fact.page == options.page]
    draw_page(picture, page, facts).save(options.out)
    dated = sum(fact.period is not None for fact in facts)
    print(f"{options.out}: {len(page.tables)} tables, {len(facts)} facts, {dated} with a period.")
    return 0


def draw_page(picture: bytes, page: Page, facts: Sequence[Fact]) -> Image.Image:
    """Return a PNG of the page, drawn at `SCALE`, with its boxes and the list of its facts."""
    drawn = Image.open(io.BytesIO(picture)).convert("RGB")
    pen = ImageDraw.Draw(drawn)
    for line in page.lines:
        for word in line.words:
            _draw_box(pen, word.box, _GREY)
    for table in page.tables:
        for box in list_table_boxes(page, table):
            _draw_box(pen, box, _BLUE)
    placed = sorted(facts, key=lambda fact: fact.line)
    tag = ImageFont.load_default(_TAG_SIZE)
    for number, fact in enumerate(placed, start=1):
        colour = _choose_colour(fact)
        _draw_box(pen, fact.box, colour, width=2)
        if fact.box is not None:
            corner = (fact.box.x1 * SCALE + 1, fact.box.top * SCALE - 3)
            pen.text(corner, str(number), fill=colour, font=tag)
    return _append_list(drawn, placed)


def list_table_boxes(page: Page, table: Table) -> Iterator[Box]:
    """Yield the boxes of a table's columns, from its first to its last value, and of its rows."""
    widths = [len(row.cells) for row in table.rows]
    for column in range(max(widths, default=0)):
        boxes = [row.cells[column].box for row in table.rows if column < len(row.cells)]
        found = [box for box in boxes if box is not None]
        if found:
            yield enclosing_box(found)
    for row in table.rows:
        box = page.lines[row.line].box
        if box is not None:
            yield box


def describe_fact(number: int, fact: Fact) -> str:
    """Return one line of the list: "12  FY2018  (1,577)  Investing > Purchases of PP&E"."""
    period = "no period" if fact.period is None else fact.period.label
    path = " > ".join((*fact.parents[-1:], fact.line_item))
    printed = fact.value_as_printed + (f" x{fact.scale:,}" if fact.scale != 1 else "")
    text = f"{number}  {period}  {printed}  {path}".translate(_PLAIN)
    return text if len(text) <= _LIST_CHARACTERS else f"{text[: _LIST_CHARACTERS - 3]}..."


def _append_list(drawn: Image.Image, facts: Sequence[Fact]) -> Image.Image:
    """Put the list right of the page, in as many columns as it needs."""
    rows = max((drawn.height - 2 * _MARGIN) // _LINE_HEIGHT, 1)
    columns = -(-len(facts) // rows)
    whole = Image.new("RGB", (drawn.width + columns * _LIST_WIDTH, drawn.height), "white")
    whole.paste(drawn, (0, 0))
    pen = ImageDraw.Draw(whole)
    font = ImageFont.load_default(_FONT_SIZE)
    for index, fact in enumerate(facts):
        column, row = divmod(index, rows)
        left = drawn.width + column * _LIST_WIDTH + _MARGIN
        top = _MARGIN + row * _LINE_HEIGHT
        pen.rectangle((left, top + 3, left + 6, top + 9), fill=_choose_colour(fact))
        pen.text((left + _MARGIN, top), describe_fact(index + 1, fact), fill=_INK, font=font)
    return whole


def _choose_colour(fact: Fact) -> str:
    return _ORANGE if fact.period is None else _GREEN


def _draw_box(pen: ImageDraw.ImageDraw, box: Box | None, colour: str, width: int = 1) -> None:
    if box is not None:
        pen.rectangle([edge * SCALE for edge in box], outline=colour, width=width)


if __name__ == "__main__":
    sys.exit(main())
