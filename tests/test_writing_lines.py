"""A text whose lines must not repeat: it ends behind one that stood before."""

from __future__ import annotations

import time

import pytest

from models.llama.decoding import Running
from models.llama.writing import TextWriter


def write(*pieces: str, distinct: bool = True) -> TextWriter:
    """A writer that has taken in `pieces`, until it stopped."""
    running = Running(0, [1, 2], 400, lambda logits: 0)
    writer = TextWriter(running, None, (), time.monotonic(), distinct=distinct)
    for piece in pieces:
        writer.add(piece.encode())
        if writer.has_stopped:
            break
    return writer


@pytest.mark.parametrize(
    "pieces",
    [
        ("### Q1: What is a?", "\n", "### Q2: What is a?", "\n", "### Q3: What is b?"),
        ("### What is a?\n", "### What is a?\n", "### What is b?"),
        ("1. What is a?\n2. What", " is a?\n### 3"),
    ],
)
def test_a_line_that_stood_before_ends_the_text_whatever_its_number(pieces):
    writer = write(*pieces)
    assert writer.has_stopped
    assert not writer.cut
    assert "What is b?" not in writer.text


@pytest.mark.parametrize(
    "pieces",
    [
        ("### Q1: What is #1 minus #2?\n", "### Q2: What is #1 minus #3?\n"),
        ("### Q1: What is a?\n", "\n", "\n", "### Q2: What is b?\n"),
        ("### Q1: What is a?\n", "### Q2: What is a"),
    ],
)
def test_lines_that_differ_and_empty_ones_do_not(pieces):
    assert not write(*pieces).has_stopped


def test_lines_may_repeat_where_nobody_minds():
    assert not write("a\n", "a\n", "a\n", distinct=False).has_stopped
