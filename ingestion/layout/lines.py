"""From words with boxes to lines: small pure functions of geometry, in PDF points.

Knows nothing of the library that read the words, nor of tables.
"""

from __future__ import annotations

from collections.abc import Sequence

from ingestion.documents import Box, Line, Word, enclosing_box


def turn_box(
    left: float,
    bottom: float,
    right: float,
    top: float,
    page_box: tuple[float, float, float, float],
    rotation: int,
) -> Box:
    """Turn a box of PDF user space (y upward) into one of the page as it is shown (y downward).

    `page_box` is the visible part (left, bottom, right, top), `rotation` the clockwise turn in
    degrees (0, 90, 180, 270) that a viewer applies.
    """
    page_left, page_bottom, page_right, page_top = page_box
    if rotation == 90:
        return Box(bottom - page_bottom, left - page_left, top - page_bottom, right - page_left)
    if rotation == 180:
        return Box(page_right - right, bottom - page_bottom, page_right - left, top - page_bottom)
    if rotation == 270:
        return Box(page_top - top, page_right - right, page_top - bottom, page_right - left)
    return Box(left - page_left, page_top - top, right - page_left, page_top - bottom)


def group_lines(words: Sequence[Word]) -> tuple[Line, ...]:
    """Group words that share a baseline into lines, from top to bottom and left to right.

    A word joins the line whose middle lies within half of its own height, so a raised footnote
    mark stays in its line. Words without a box are left out.
    """
    placed = [(word.box, word) for word in words if word.box is not None]
    placed.sort(key=lambda pair: (pair[0].top + pair[0].bottom) / 2)
    lines: list[list[tuple[Box, Word]]] = []
    middle = float("-inf")
    for box, word in placed:
        word_middle = (box.top + box.bottom) / 2
        if lines and word_middle - middle <= max(0.45 * (box.bottom - box.top), 1.0):
            lines[-1].append((box, word))
            # The line's middle follows its words, so that slightly sloping scans hold together.
            middle += (word_middle - middle) / len(lines[-1])
        else:
            lines.append([(box, word)])
            middle = word_middle
    return tuple(
        Line(tuple(word for _, word in sorted(line, key=lambda pair: pair[0].x0))) for line in lines
    )


def split_segments(line: Line, gap: float = 1.0) -> tuple[tuple[Word, ...], ...]:
    """Split a line where the space between two words is wider than `gap` times its height.

    The segments of a table's row are its label and its cells. On a sheet each cell is one.
    """
    if line.box is None:
        return tuple((word,) for word in line.words)
    height = sorted(word.box.bottom - word.box.top for word in line.words if word.box is not None)[
        len(line.words) // 2
    ]
    segments: list[list[Word]] = []
    previous_right = 0.0
    for word in line.words:
        if word.box is None:
            continue
        if segments and word.box.x0 - previous_right <= gap * height:
            segments[-1].append(word)
        else:
            segments.append([word])
        previous_right = word.box.x1
    return tuple(tuple(segment) for segment in segments)


def join_rules(rules: Sequence[Box], gap: float = 1.0) -> list[Box]:
    """Join horizontal rules that stand on one height and touch, or nearly (points)."""
    joined: list[Box] = []
    for rule in sorted(rules, key=lambda box: (round(box.top), box.x0)):
        last = joined[-1] if joined else None
        if last and abs(last.top - rule.top) < 1.0 and rule.x0 - last.x1 <= gap:
            joined[-1] = enclosing_box((last, rule))
        else:
            joined.append(rule)
    return joined
