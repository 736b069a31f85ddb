"""Where a passage and its sentences stand on their page.

Works on passages as they were stored; knows no fact, no model and no store.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingestion.documents import Box, Line, Page, Passage, enclosing_box

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z(\"“])|\n(?=[A-Z][^\n]{0,60}\n)")


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


def _boxes_within(line: Line, start: int, end: int) -> list[Box]:
    covered: list[Box] = []
    offset = 0
    for word in line.words:
        if offset < end and offset + len(word.text) > start and word.box is not None:
            covered.append(word.box)
        offset += len(word.text) + 1
    return [enclosing_box(covered)] if covered else []


def _offset_of_line(page: Page, index: int) -> int:
    """Where a line begins in the page's text; one past its end for the line after the last."""
    return sum(len(line.text) + 1 for line in page.lines[:index])
