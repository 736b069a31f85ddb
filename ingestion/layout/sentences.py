"""Cutting prose lines into sentences that still know where each of their words stands.

Works on lines with or without boxes (points). Knows nothing of figures, tables or languages other
than English.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, repeat
from typing import NamedTuple

from ingestion.documents import Box, Line, Word

# A gap above a line of this many line heights begins a paragraph.
PARAGRAPH_GAP = 0.9
# A line that leaves this part of the text's width empty on the right is the last of its paragraph.
EARLY_END = 0.25
# A line this much lower or higher than its neighbour is set in another size: a heading.
OTHER_SIZE = 1.3
# Without boxes, a line of at least this many characters may have been broken by its width.
FULL_LINE = 50

_BULLET = re.compile(
    r"^(?:[•●■▪◦○‣⁃∙·*\u2014\u2013\uf0b7-]$|[•●■▪◦‣]|\(?(?:[a-z]|[ivx]+|\d{1,2})\)$)"
)
_LIST_NUMBER = re.compile(r"^(?:\d{1,2}|[A-Za-z])\.$")
_END = re.compile(r"[.!?][\"'”’)\]]*(?:\(\d\))?\s+(?=[\"'“‘(\[]*[^\Wa-z_]|[$€£¥•])")
_UNFINISHED = re.compile(r"[^.!?:;][\"'”’)\]]*$")
# Words whose period never ends a sentence...
_TITLES = frozenset(
    "dr mr mrs ms messrs prof gen sen rep hon vs cf e.g i.e approx est fig figs art par "
    "nos pp vol ed al st mt ft".split()
)
# ... those that abbreviate only before a number ...
_BEFORE_NUMBERS = frozenset(
    "no p jan feb mar apr jun jul aug sep sept oct nov dec item items note notes part section "
    "sec secs".split()
)
# ... and those that end one where the next word is one that begins sentences.
_NAMES = frozenset("inc corp co cos ltd llc l.p l.l.c plc bros jr sr dept etc ave blvd".split())
_STARTERS = frozenset(
    "the this these those we our in it its as for on at during however if when while all there "
    "such under because although since also additionally furthermore to no any each".split()
)


class WordPlace(NamedTuple):
    """Where a word of a sentence stands: the index of its line, and its own in that line."""

    line: int
    word: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, heading or bullet, with its words in reading order.

    `starts`, `words` and `places` go together: the word `words[i]` begins at `text[starts[i]]` and
    stands at `places[i]`. A word that was divided at a line's end has two parts.
    """

    text: str
    starts: tuple[int, ...]
    words: tuple[Word, ...]
    places: tuple[WordPlace, ...]

    @property
    def first_line(self) -> int:
        """The index of the line in which it begins."""
        return self.places[0].line

    @property
    def last_line(self) -> int:
        """The index of the line in which it ends."""
        return self.places[-1].line


def split_sentences(lines: Sequence[Line], first_line: int = 0) -> Iterator[Sentence]:
    """Yield the sentences of a run of prose lines from top to bottom.

    `first_line` is the index on the page of the first of `lines`. A sentence may run over lines,
    never over a bullet, a heading or the gap between paragraphs.
    """
    for first, last in _find_paragraphs(lines):
        yield from _split_paragraph(_join_lines(lines[first:last], first_line + first))


def boxes_of(sentence: Sentence, start: int, end: int) -> tuple[Box, ...]:
    """Return the boxes of the words that hold the characters from `start` to `end` (exclusive).

    Empty where the words have no boxes, as on a web page.
    """
    words = sentence.words[_word_at(sentence, start) : _word_at(sentence, max(start, end - 1)) + 1]
    return tuple(word.box for word in words if word.box is not None)


def place_of(sentence: Sentence, offset: int) -> WordPlace:
    """Return the place of the word that holds the character at `offset`."""
    return sentence.places[_word_at(sentence, offset)]


def _word_at(sentence: Sentence, offset: int) -> int:
    return max(bisect_right(sentence.starts, offset) - 1, 0)


def _find_paragraphs(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Yield the first line and the line after the last of each block of running text."""
    boxes = [line.box for line in lines]
    left = min((box.x0 for box in boxes if box is not None), default=0.0)
    right = max((box.x1 for box in boxes if box is not None), default=0.0)
    early = right - EARLY_END * (right - left)
    first = 0
    for index, (above, below) in enumerate(pairwise(lines), start=1):
        if _begins_paragraph(above, below, boxes[index - 1], boxes[index], early):
            yield first, index
            first = index
    if lines:
        yield first, len(lines)


def _begins_paragraph(
    above: Line, below: Line, upper: Box | None, lower: Box | None, early: float
) -> bool:
    """Whether `below` begins a paragraph; `early` is where (x) a line that is not full ends."""
    if not above.words or not below.words or _is_bullet(below):
        return True
    unfinished = _UNFINISHED.search(above.words[-1].text) is not None
    goes_on = unfinished and below.words[0].text[:1].islower()
    if upper is None or lower is None:
        return not goes_on and not (unfinished and len(above.text) >= FULL_LINE)
    heights = sorted((upper.bottom - upper.top, lower.bottom - lower.top))
    ends_early = upper.x1 < early
    is_apart = lower.top - upper.bottom > PARAGRAPH_GAP * heights[0]
    if goes_on:
        return ends_early and is_apart  # the page's own heading stands over its first line
    return ends_early or is_apart or heights[1] > OTHER_SIZE * heights[0]


def _is_bullet(line: Line) -> bool:
    first = line.words[0].text
    return len(line.words) > 1 and bool(_BULLET.match(first) or _LIST_NUMBER.match(first))


def _join_lines(lines: Sequence[Line], first_line: int) -> Sentence:
    """Write the lines as one text; a word that was divided at a line's end is made whole."""
    words: list[Word] = []
    places: list[WordPlace] = []
    for index, line in enumerate(lines, start=first_line):
        words.extend(line.words)
        places.extend(map(WordPlace, repeat(index), range(len(line.words))))
    texts = [word.text for word in words]
    if not any(line.words and line.words[-1].text.endswith("-") for line in lines):
        starts = list(accumulate([len(text) + 1 for text in texts], initial=0))[:-1]
        return Sentence(" ".join(texts), tuple(starts), tuple(words), tuple(places))
    return _join_divided(words, places)


def _join_divided(words: Sequence[Word], places: Sequence[WordPlace]) -> Sentence:
    pieces: list[str] = []
    starts: list[int] = []
    length = 0
    for position, word in enumerate(words):
        starts.append(length)
        piece = word.text + " "
        if word.text.endswith("-") and _is_divided(words, places, position):
            piece = word.text if _keeps_hyphen(words, position) else word.text[:-1]
        pieces.append(piece)
        length += len(piece)
    return Sentence("".join(pieces), tuple(starts), tuple(words), tuple(places))


def _is_divided(words: Sequence[Word], places: Sequence[WordPlace], position: int) -> bool:
    """Whether a word with a hyphen at its end stands last in its line and goes on in the next."""
    if position + 1 >= len(words) or places[position].line == places[position + 1].line:
        return False
    return len(words[position].text) > 2 and words[position + 1].text[:1].islower()


def _keeps_hyphen(words: Sequence[Word], position: int) -> bool:
    """Whether the hyphen is a compound's own ("long-" "term"): its head is a word by itself."""
    head = words[position].text[:-1].lower()
    if "-" in head or head in _COMPOUND_HEADS:
        return True
    return any(word.text.lower() == head for word in words)


_COMPOUND_HEADS = frozenset(
    "long short non year full fixed self well high low mid multi third first second two three "
    "four five six cash tax cost market debt after before off on co pre post".split()
)


def _split_paragraph(paragraph: Sentence) -> Iterator[Sentence]:
    """Cut a paragraph, of which each word but a divided one ends with a space, into sentences."""
    begin = 0
    for match in _END.finditer(paragraph.text):
        if _ends_sentence(paragraph.text, begin, match):
            yield from _cut_sentence(paragraph, begin, match.end())
            begin = match.end()
    yield from _cut_sentence(paragraph, begin, len(paragraph.text))


def _ends_sentence(text: str, begin: int, match: re.Match[str]) -> bool:
    """Whether the period at `match` ends the sentence that began at `begin`."""
    if text[match.start()] != ".":
        return True
    *others, last = text[max(begin, match.start() - 40) : match.start()].rsplit(None, 2) or [""]
    token = last.lower().lstrip("(\"'“‘[")
    following = text[match.end() : match.end() + 20].lstrip("\"'“‘([")
    if token in _TITLES or (not others and len(token) <= 2):
        return False  # "1. Business" begins with a list's number
    if token in _BEFORE_NUMBERS:
        return not following[:1].isdigit()
    if len(others) == 1 and others[0].lower() in _BEFORE_NUMBERS and token[:1].isdigit():
        return False  # "Item 7. Management's discussion" is one heading
    if token in _NAMES or "." in token or len(token) == 1:
        return token[:1].isdigit() or _begins_sentence(following)
    return True


def _begins_sentence(text: str) -> bool:
    return text.split(" ", 1)[0].rstrip(",").lower() in _STARTERS


def _cut_sentence(paragraph: Sentence, begin: int, end: int) -> Iterator[Sentence]:
    """Yield the part of a paragraph from one offset to another, unless it is empty."""
    text = paragraph.text[begin:end].rstrip()
    if not text:
        return
    first = bisect_right(paragraph.starts, begin) - 1
    last = bisect_right(paragraph.starts, begin + len(text) - 1)
    yield Sentence(
        text,
        tuple([start - begin for start in paragraph.starts[first:last]]),
        paragraph.words[first:last],
        paragraph.places[first:last],
    )
