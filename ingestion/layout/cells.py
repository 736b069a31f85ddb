"""From a line of words to its cells: which words make one number, which make one label.

A number owns the "$" before it and the "%" after it, wherever they stand; a footnote mark owns
nothing. Pure geometry on one line at a time, in PDF points; knows nothing of tables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from ingestion.documents import Box, Line, Word, enclosing_box
from ingestion.figures import parse_figure

# Two words belong to different cells when the space between them is wider than this part of
# their height; numbers that stand closer are told apart by being numbers.
CELL_GAP = 1.0
# A mark that is printed smaller than this part of its line's height is a footnote's.
_MARK_HEIGHT = 0.8
_PREFIXES = frozenset({"$", "€", "£", "¥", "($", "(€", "(£", "(", "US$", "$(", "-$"})
_SUFFIXES = frozenset({"%", ")", ")%", "%)", "pts", "x", "¢"})
_BEGINS_MARK = frozenset("(*†‡§")
_ENDS = frozenset("0123456789)%—–-")
_MARK = re.compile(r"(?:\(?[0-9a-z]{1,2}\)?[,.]?|[*†‡§]+|(?:\(\w\)){1,3})")
_BRACKETED_MARK = re.compile(r"(?:\((?:\d|[a-z])\))+|[*†‡§]+")


@dataclass(frozen=True, slots=True)
class LineCell:
    """Words of one line that belong together, with their box; a figure's box leaves out its sign.

    A "$" often stands far left of its number, at the edge of its column: were it part of the
    box, neighbouring columns would overlap.
    """

    words: tuple[Word, ...]
    text: str
    box: Box
    is_figure: bool
    is_year: bool = False


def split_cells(line: Line) -> tuple[LineCell, ...]:
    """Split a line into its label and cells, from left to right."""
    words = [word for word in line.words if word.box is not None]
    if not words:
        return ()
    heights = sorted(_box(word).bottom - _box(word).top for word in words)
    usual = heights[len(heights) // 2]
    has_small = heights[0] < _MARK_HEIGHT * usual
    if has_small or any(word.text[0] in _BEGINS_MARK for word in words):
        words = _drop_marks(words, usual)
    return _label_years(tuple(_build_cell(piece) for piece in _split_pieces(words, usual)))


@lru_cache(maxsize=65536)
def _is_figure(text: str) -> bool:
    return parse_figure(text) is not None


def _box(word: Word) -> Box:
    assert word.box is not None, "words without a box are left out before"
    return word.box


def _drop_marks(words: list[Word], usual: float) -> list[Word]:
    """Leave out footnote marks behind numbers: small ones, and "(1)" right behind a figure.

    `usual` is the height that most words of the line have.
    """
    kept: list[Word] = []
    for word in words:
        box = _box(word)
        is_small = box.bottom - box.top < _MARK_HEIGHT * usual and _MARK.fullmatch(word.text)
        if is_small and kept:
            continue
        follows = bool(kept) and box.x0 - _box(kept[-1]).x1 < 0.3 * usual
        behind_figure = follows and _is_figure(kept[-1].text) and kept[-1].text not in "—–-"
        if behind_figure and _BRACKETED_MARK.fullmatch(word.text):
            continue
        kept.append(word)
    return kept


def _split_pieces(words: Sequence[Word], usual: float) -> list[list[Word]]:
    """Cut where the space is wide, before every sign of a number, and between two numbers."""
    pieces: list[list[Word]] = []
    for segment in _split_segments(words, CELL_GAP * usual):
        pieces.extend(_split_figures(segment))
    joined: list[list[Word]] = []
    carried: list[Word] = []
    for piece in pieces:
        text = "".join(word.text for word in piece)
        if text in _PREFIXES:
            carried.extend(piece)
        elif text in _SUFFIXES and joined and not carried and _is_open(joined[-1]):
            joined[-1].extend(piece)
        else:
            joined.append([*carried, *piece])
            carried = []
    if carried:
        joined.append(carried)
    return joined


def _is_open(piece: Sequence[Word]) -> bool:
    """Whether a "%" or ")" may still join: the piece ends with a number."""
    return any(character.isdigit() or character in "—–-" for character in piece[-1].text)


def _split_segments(words: Sequence[Word], gap: float) -> list[list[Word]]:
    segments: list[list[Word]] = [[words[0]]]
    for before, word in pairwise(words):
        space = _box(word).x0 - _box(before).x1
        starts_number = word.text in _PREFIXES and _is_figure(before.text)
        ends_number = before.text in _SUFFIXES and space > 0.35 * gap
        if space > gap or starts_number or ends_number:
            segments.append([word])
        else:
            segments[-1].append(word)
    return segments


def _split_figures(segment: list[Word]) -> list[list[Word]]:
    """Take figures that stand close together apart: "Net sales 1,284 1,209" has two cells."""
    trailing = 0
    for word in reversed(segment):
        if not _is_figure(word.text) and word.text not in _PREFIXES and word.text not in _SUFFIXES:
            break
        trailing += 1
    figures = sum(_is_figure(word.text) for word in segment[len(segment) - trailing :])
    if not trailing or (figures < 2 and trailing < len(segment)):
        return [segment]
    head = segment[:-trailing]
    tail = [[word] for word in segment[-trailing:]]
    return [head, *tail] if head else tail


def _build_cell(words: Sequence[Word]) -> LineCell:
    text = words[0].text
    for before, word in pairwise(words):
        ends_number = word.text in _SUFFIXES and word.text != "x" and before.text[-1] in _ENDS
        tight = before.text in _PREFIXES or ends_number
        text += word.text if tight else f" {word.text}"
    figure = parse_figure(text) if _may_be_figure(text) else None
    boxes = [_box(word) for word in words]
    if figure is not None and len(words) > 1:
        numbers = [_box(word) for word in words if word.text not in _PREFIXES]
        boxes = numbers or boxes
    is_year = figure is not None and figure.is_year
    return LineCell(tuple(words), text, enclosing_box(boxes), figure is not None, is_year)


def _may_be_figure(text: str) -> bool:
    """A quick look before the full reading: most cells of a page are words."""
    return text[0] in "0123456789($€£¥-–—−.UCEH" or text[-1] in "%)x"


def _label_years(cells: tuple[LineCell, ...]) -> tuple[LineCell, ...]:
    """Take a year before amounts for the row's label: "2024  $12.5" in a list of maturities."""
    if not cells or not cells[0].is_year:
        return cells
    if all(cell.is_year for cell in cells if cell.is_figure):
        return cells
    return (replace(cells[0], is_figure=False, is_year=False), *cells[1:])
