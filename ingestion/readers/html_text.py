"""From the elements of a web page to text that still knows its inline XBRL tags.

Walks an element tree, reads the few styles that matter (hidden, raised, bold, indented, page
breaks) and gathers text with white space collapsed as a browser would. Knows nothing of tables,
pages or of what a tag means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from lxml import etree

# What a browser does not show, and the head of inline XBRL, whose numbers have no place.
SKIPPED_ELEMENTS = frozenset(
    """head script style title noscript template svg object embed iframe select textarea
    ix:header ix:hidden ix:references ix:resources""".split()
)
BLOCK_ELEMENTS = frozenset(
    """address article aside blockquote body caption center dd details dir div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main menu nav ol p pre section
    summary table tbody td tfoot th thead tr ul""".split()
)
TAG_ELEMENT = "ix:nonfraction"

# The width of one leading no-break space, in points, and of one em of the usual type.
_SPACE_WIDTH = 2.5
_POINTS = {"pt": 1.0, "px": 0.75, "em": 10.0, "rem": 10.0, "in": 72.0, "cm": 28.3, "%": 4.0}
_LENGTH = re.compile(r"(-?\d*\.?\d+)\s*(pt|px|rem|em|in|cm|%)?")
_RAISED = re.compile(r"vertical-align:\s*super|(?:^|;)\s*top:\s*-\d")
_BOLD = re.compile(r"font-weight:\s*(?:bold|[6-9]00)|font:[^;]*\bbold\b")
_HIDDEN = re.compile(r"display:\s*none|visibility:\s*(?:hidden|collapse)")
_BREAK = re.compile(r"(?:page-)?break-(before|after):\s*(?:always|page|left|right)\b")
_NOTE_MARK = re.compile(r"(?:\(?(?:[*†‡§#]+|\d{1,2}|[A-Za-z]{1,2})\)?\s*,?\s*)+")
# Neither seen nor spoken: left out, or they would split words.
_INVISIBLE = str.maketrans("", "", "\u200b\u200c\u200d\u2060\ufeff\u00ad")


@dataclass(frozen=True, slots=True)
class Style:
    """What an element's style says; `indent` is in points, negative for a hanging first line."""

    hidden: bool = False
    raised: bool = False
    bold: bool = False
    break_before: bool = False
    break_after: bool = False
    indent: float = 0.0


@dataclass(frozen=True, slots=True)
class Tag:
    """An inline XBRL number in a text: its attributes and the offsets of what it prints."""

    attributes: Mapping[str, str]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RichText:
    """A text with its tags and the spans of its footnote marks; its lines may be broken."""

    text: str
    tags: tuple[Tag, ...] = ()
    notes: tuple[tuple[int, int], ...] = ()
    bold: bool = False

    @property
    def plain(self) -> str:
        """The text without its footnote marks."""
        if not self.notes:
            return self.text
        pieces: list[str] = []
        last = 0
        for start, end in self.notes:
            pieces.append(self.text[last:start])
            last = end
        return " ".join("".join([*pieces, self.text[last:]]).split())


def join_texts(first: RichText, second: RichText, separator: str) -> RichText:
    """Write two texts as one, with the tags of both."""
    shift = len(first.text) + len(separator)
    moved = (Tag(tag.attributes, tag.start + shift, tag.end + shift) for tag in second.tags)
    notes = ((start + shift, end + shift) for start, end in second.notes)
    return RichText(
        first.text + separator + second.text,
        (*first.tags, *moved),
        (*first.notes, *notes),
        first.bold or second.bold,
    )


class Visitor(Protocol):
    """What walks along with `walk`: it sees elements open and close, and text between."""

    def enter(self, element: etree._Element) -> bool:
        """Open an element; whether its content is to be walked."""

    def add_text(self, text: str) -> None:
        """Take the text up to the next element's beginning or end."""

    def leave(self, element: etree._Element) -> None:
        """Close an element that was opened."""


def walk(root: etree._Element, visitor: Visitor) -> None:
    """Lead a visitor through an element; without recursion, since filings nest deeply."""
    if not visitor.enter(root):
        return
    visitor.add_text(root.text or "")
    path = [(root, iter(root))]
    while path:
        parent, children = path[-1]
        child = next(children, None)
        if child is None:
            path.pop()
            visitor.leave(parent)
            if path:
                visitor.add_text(parent.tail or "")
        elif name_of(child) not in SKIPPED_ELEMENTS and visitor.enter(child):
            visitor.add_text(child.text or "")
            path.append((child, iter(child)))
        else:
            visitor.add_text(child.tail or "")


def name_of(element: etree._Element) -> str:
    """Return an element's name in lower case ("td", "ix:nonfraction"); a comment's is ""."""
    tag = element.tag
    return _fold_name(tag) if isinstance(tag, str) else ""


@lru_cache(maxsize=1024)
def _fold_name(tag: str) -> str:
    return tag.lower()


def style_of(element: etree._Element) -> Style:
    """Read an element's own style attribute, and what its name says."""
    name = name_of(element)
    return _read_style(element.get("style") or "", name in {"b", "strong", "th"}, name == "sup")


@lru_cache(maxsize=16384)
def _read_style(text: str, bold: bool, raised: bool) -> Style:
    lowered = text.lower()
    breaks = set(_BREAK.findall(lowered))
    return Style(
        hidden=bool(_HIDDEN.search(lowered)),
        raised=raised or bool(_RAISED.search(lowered)),
        bold=bold or bool(_BOLD.search(lowered)),
        break_before="before" in breaks,
        break_after="after" in breaks,
        indent=_read_indent(lowered),
    )


def _read_indent(style: str) -> float:
    """Add up what moves the first line to the right: padding, margin and text-indent, points."""
    indent = 0.0
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        name = name.strip()
        if name in {"padding", "margin"}:
            lengths = _LENGTH.findall(value)
            # Top, right, bottom, left; two values are vertical and horizontal.
            side = lengths[3:4] or lengths[1:2] or lengths[:1]
        elif name in {"padding-left", "margin-left", "text-indent"}:
            side = _LENGTH.findall(value)[:1]
        else:
            continue
        indent += sum(float(number) * _POINTS[unit or "pt"] for number, unit in side)
    return indent


class TextGatherer:
    """Gathers runs of text into one, collapsing white space and noting where tags stand."""

    def __init__(self, open_tags: Iterable[Mapping[str, str]] = ()) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._pending = ""
        self._tags: list[Tag] = []
        self._open: list[tuple[Mapping[str, str], int | None]] = [(tag, None) for tag in open_tags]
        self._notes: list[tuple[int, int]] = []
        self._bold = False

    @property
    def is_empty(self) -> bool:
        """Whether no visible character has come yet."""
        return self._length == 0

    def add(self, text: str, *, raised: bool = False, bold: bool = False) -> None:
        """Add a run of text; `raised` text that looks like a footnote mark is noted as one."""
        text = text.translate(_INVISIBLE)
        words = text.split()
        if not words:
            self.add_space(" " if text else "")
            return
        if text[0].isspace():
            self.add_space(" ")
        run = " ".join(words)
        lead = self._pending if self._length else ""
        start = self._length + len(lead)
        self._parts += (lead, run)
        self._length = start + len(run)
        self._open = [(who, start if at is None else at) for who, at in self._open]
        self._pending = " " if text[-1].isspace() else ""
        self._bold |= bold
        if raised and _NOTE_MARK.fullmatch(run):
            self._notes.append((start, self._length))

    def add_space(self, space: str) -> None:
        """Keep words apart by a space, or by a line break where a line ends."""
        if self._pending != "\n":
            self._pending = space or self._pending

    def open_tag(self, element: etree._Element) -> None:
        """Begin a tagged number."""
        attributes = {str(name).lower(): str(value) for name, value in element.attrib.items()}
        self._open.append((attributes, None))

    def close_tag(self) -> None:
        """End the tagged number that was begun last; one without text is dropped."""
        attributes, start = self._open.pop()
        if start is not None:
            self._tags.append(Tag(attributes, start, self._length))

    @property
    def open_tags(self) -> tuple[Mapping[str, str], ...]:
        """The attributes of the tags that have not ended yet."""
        return tuple(attributes for attributes, _ in self._open)

    def build(self) -> RichText:
        """Return what was gathered."""
        return RichText("".join(self._parts), tuple(self._tags), tuple(self._notes), self._bold)


class CellReader:
    """Reads the content of one table cell as a line of text, with its indentation in points."""

    def __init__(self) -> None:
        self._gatherer = TextGatherer()
        self._raised: list[bool] = []
        self._bold: list[bool] = []
        self.indent = 0.0
        self.linked = False

    def enter(self, element: etree._Element) -> bool:
        """Open an element; hidden ones are passed over."""
        style = style_of(element)
        if style.hidden:
            return False
        name = name_of(element)
        if name in BLOCK_ELEMENTS or name == "br":
            self._gatherer.add_space(" ")
        if name == TAG_ELEMENT:
            self._gatherer.open_tag(element)
        self.linked |= name == "a" and (element.get("href") or "").startswith("#")
        if self._gatherer.is_empty:
            self.indent += style.indent
        self._raised.append(style.raised)
        self._bold.append(style.bold)
        return True

    def add_text(self, text: str) -> None:
        """Take text; no-break spaces before the first word indent it."""
        if self._gatherer.is_empty:
            lead = text[: len(text) - len(text.lstrip())]
            self.indent += _SPACE_WIDTH * lead.count("\u00a0")
        self._gatherer.add(text, raised=any(self._raised), bold=any(self._bold))

    def leave(self, element: etree._Element) -> None:
        """Close an element."""
        self._raised.pop()
        self._bold.pop()
        name = name_of(element)
        if name == TAG_ELEMENT:
            self._gatherer.close_tag()
        if name in BLOCK_ELEMENTS:
            self._gatherer.add_space(" ")

    def build(self) -> RichText:
        """Return the cell's text."""
        return self._gatherer.build()
