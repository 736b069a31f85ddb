"""Which item, note or statement of a filing each line stands in.

Reads pages in order and from their text alone, so that PDF, web and text pages are treated
alike. Tables of contents, running headers and cross references in prose open no section. Knows
nothing of tables or passages; a sheet has no sections.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ingestion.documents import Page
from ingestion.filings.statements import match_statement_title, mend_letters

HeadingKind = Literal["part", "item", "note", "statement", "heading"]

# A contents list has at least this many entries, each within so many lines of the one before.
CONTENTS_ENTRIES = 4
CONTENTS_GAP = 6
# In an index of statements, an entry follows the one before within so many lines.
STATEMENTS_GAP = 3
# Notes that may go unnoticed between two that are read.
NOTES_SKIPPED = 2
MAX_TITLE_WORDS = 30
NOTES_TITLE = re.compile(
    r"^(?:condensed\s+|combined\s+)?notes\s+to\s+(?:the\s+)?(?:(?:un)?audited\s+|condensed\s+|"
    r"consolidated\s+|combined\s+|interim\s+)*financial\s+statements\b",
    re.IGNORECASE,
)

_NOTES_TAIL = re.compile(r"(?:[(\[][^()\[\]]*[)\]]|[\s,.:—–-]|continued|\d{1,3}$)*", re.IGNORECASE)

_PART = re.compile(r"^part\s+(I\s?V|I{1,3})\b\s*[.:,—–-]*\s*(.*)$", re.IGNORECASE)
_ITEM = re.compile(r"^item\s+(\d{1,2}(?:\.\d\d)?\s?[A-J]?)(?![\w(])\s*([.:—–-]*)\s*(.*)$", re.I)
_PART_ITEM = re.compile(r"^part\s+(?:IV|I{1,3})\s*[.,:—–-]*\s*(?=item\s+\d)", re.IGNORECASE)
_NOTE = re.compile(r"^note\s+(\d{1,2}[A-Z]?)(?![\w,(])\s*([.:)—–-]*)\s*(.*)$", re.IGNORECASE)
_BARE_NOTE = re.compile(r"^(?:\((\d{1,2})\)|(\d{1,2})[.)])\s*[—–-]?\s*([A-Z].*)$")
_EXHIBIT = re.compile(r"^exhibit\s+(\d{1,3}(?:\.\d{1,3})*[A-Z]?)$", re.IGNORECASE)
_CLOSING = re.compile(r"^signatures?$", re.IGNORECASE)
# Sub-headings that nearly all filings share.
_COMMON = re.compile(
    r"(?:executive\s+|financial\s+)?(?:overview|summary)|(?:consolidated\s+)?results\s+of\s+operations"
    r"|(?:discussion\s+of\s+)?(?:segment|consolidated)\s+(?:results|operating\s+results)"
    r"(?:\s+of\s+operations)?|(?:financial\s+condition,?\s+)?liquidity(?:\s+and\s+capital\s+resources)?"
    r"|capital\s+resources|contractual\s+obligations|(?:business\s+)?outlook|cash\s+flows"
    r"|off-balance\s+sheet\s+arrangements|(?:summary\s+of\s+)?critical\s+accounting\s+"
    r"(?:policies|estimates)(?:\s+and\s+(?:policies|estimates))?|non-gaap\s+financial\s+measures"
    r"|(?:recent|new)(?:ly\s+issued)?\s+accounting\s+(?:pronouncements|standards)"
    r"|(?:cautionary\s+.{0,40})?forward-looking\s+statements"
    r"|reports?\s+of\s+independent\s+registered\s+public\s+accounting\s+firm"
    r"|management['’]s\s+(?:annual\s+)?report\s+on\s+internal\s+control.{0,40}",
    re.IGNORECASE,
)

_STANDARD_TITLE = re.compile(
    r"business|risk\s+factors|unresolved\s+staff|cybersecurity|(?:description\s+of\s+)?propert"
    r"|legal\s+proceedings|mine\s+safety|market\s+for|selected\s+(?:consolidated\s+)?financial"
    r"|\[?\(?reserved|management['’]s\s+discussion|quantitative\s+and|(?:consolidated\s+|condensed\s+)*"
    r"financial\s+statements|changes\s+in\s+and|controls\s+and|other\s+(?:information|events)"
    r"|disclosure\s+regarding|directors|executive\s+compensation|security\s+ownership"
    r"|certain\s+relationships|principal\s+account|exhibits?|form\s+10-k\s+summary"
    r"|unregistered\s+sales|defaults?\s+upon|submission\s+of|results\s+of\s+operations\s+and"
    r"|departure\s+of|regulation\s+fd|entry\s+into",
    re.IGNORECASE,
)
_CONTINUED = re.compile(r"[\s,—–-]*[\[(]?\s*\bcont(?:inued|['’]d\.?)\s*[\])]?\s*$", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"(?<=[A-Za-z)\].])[\s.…_|]+(?:F-|S-)?\d{1,3}$")
_LONE_NUMBER = re.compile(r"^(?:F-|S-)?\d{1,3}$")
# The line breaks off where a title goes on below, or where prose leads up to a reference.
_GOES_ON = re.compile(r"(?:\b(?:of|and|in|for|to|with|the|or|by|on|about|upon|from)|,)$", re.I)
_LEADS_UP = re.compile(
    r"(?:\b(?:see|in|and|or|to|of|also|under|with|from|refer|the|our|both|by|per|this|I{1,3}|IV)"
    r"|[,(“\"‘;]|[a-z][–—-])$",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\b(?:see|refer|this|our|we|above|below|herein|hereof|described|discussed|included"
    r"|incorporated|entitled|pursuant|provides?|contains?|which|for\s+(?:a|further|additional|more"
    r"|information|details?|discussion)|of\s+the\s+(?:notes|consolidated)"
    r"|to\s+(?:the|our)\s+(?:accompanying\s+)?(?:condensed\s+|consolidated\s+)*financial\s+statements"
    r"|in\s+the\s+notes|annual\s+report|was|were|is|are|has|have|had)\b|[”\"](?=[\s,.]|$)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[a-z)\]]{2})\.\s+(?=[A-Z])")
_SMALL_WORDS = frozenset(
    "a an and as at by for from in of on or the to with about upon et al per its into".split()
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that opens a section; `line` is its index on the page.

    `number` is "7A" of an item, "12" of a note, "II" of a part, "" of others (a note without a
    number opens the notes as a whole). `is_sure` is False for "5. Goodwill", which is a heading
    only where notes are being read.
    """

    kind: HeadingKind
    number: str
    title: str
    line: int
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Section:
    """Where a section begins, and its path: titles, outermost first."""

    page: int
    line: int
    path: tuple[str, ...]

    @property
    def text(self) -> str:
        """The path as one string: "Item 8. Financial Statements > Note 12. Income Taxes"."""
        return " > ".join(self.path)


@dataclass(frozen=True, slots=True)
class _Place:
    """How far the reading has come: the open sections and the last note's number."""

    part: Heading | None = None
    item: Heading | None = None
    inner: Heading | None = None
    detail: Heading | None = None
    in_notes: bool = False
    last_note: int = 0

    @property
    def path(self) -> tuple[str, ...]:
        """The open sections' titles; a part is named only where no item is open."""
        outer = self.item or self.part
        levels = (outer, self.inner, self.detail)
        return tuple(_name_heading(level) for level in levels if level is not None)


class SectionReader:
    """Tells, page after page in order, which section every line stands in."""

    def __init__(self) -> None:
        self._place = _Place()

    def read(self, page: Page) -> tuple[tuple[int, str], ...]:
        """Return (line, path) wherever the path changes on the page, from line 0 on.

        The path is one string, its sections joined by " > "; "" before the first section.
        """
        starts = [(0, " > ".join(self._place.path))]
        for heading in find_headings(page):
            self._place = _advance(self._place, heading)
            path = " > ".join(self._place.path)
            if path != starts[-1][1]:
                starts.append((heading.line, path))
        return tuple(starts if len(starts) < 2 or starts[1][0] > 0 else starts[1:])


def find_headings(page: Page) -> tuple[Heading, ...]:
    """Return the headings of a page from top to bottom; entries of a contents list are none."""
    if page.label is not None:
        return ()
    texts = [" ".join(line.text.strip(" |*#_•☐☒").split()) for line in page.lines]
    found = list(_read_headings(texts))
    contents = _find_contents(found, texts)
    return tuple(
        heading
        if heading.kind == "heading"
        else replace(heading, title=_PAGE_NUMBER.sub("", heading.title))
        for heading in found
        if heading.line not in contents
    )


def build_section_tree(pages: Iterable[Page]) -> tuple[Section, ...]:
    """Return all sections of a filing in reading order, one for every change of the path."""
    reader = SectionReader()
    sections: list[Section] = []
    for page in pages:
        for line, text in reader.read(page):
            path = tuple(text.split(" > ")) if text else ()
            if path != (sections[-1].path if sections else ()):
                sections.append(Section(page.number, line, path))
    return tuple(sections)


def section_at(sections: Sequence[Section], page: int, line: int) -> str:
    """Return the path in which a line of a page stands; "" before the first section."""
    index = bisect.bisect_right(sections, (page, line), key=lambda each: (each.page, each.line))
    return sections[index - 1].text if index else ""


def _name_heading(heading: Heading) -> str:
    if heading.kind in {"part", "item"} or (heading.kind == "note" and heading.number):
        numbered = f"{heading.kind.capitalize()} {heading.number}"
        return f"{numbered}. {heading.title}" if heading.title else numbered
    return heading.title


def _read_headings(texts: Sequence[str]) -> Iterator[Heading]:
    """Yield all lines that look like headings, contents entries too."""
    taken = -1
    for index, text in enumerate(texts):
        if index <= taken or not text or not (text[0].isalnum() or text[0] in "([“"):
            continue
        below = texts[index + 1] if index + 1 < len(texts) else ""
        above = texts[index - 1] if index else ""
        heading, lines = _read_heading(text, above, below, index)
        if heading is not None:
            taken = index + lines - 1
            yield heading


def _read_heading(text: str, above: str, below: str, line: int) -> tuple[Heading | None, int]:
    """Read one line (and the next, where a title goes on there) as a heading."""
    numbered = _read_numbered(_PART_ITEM.sub("", text), above, below, line)
    if numbered[0] is not None:
        return numbered
    notes = NOTES_TITLE.match(text)
    if notes is not None and text[0].isupper() and _NOTES_TAIL.fullmatch(text[notes.end() :]):
        return Heading("note", "", notes.group(), line), 1
    title, lines = match_statement_title(text, below)
    if title:
        return Heading("statement", "", title, line), lines
    return _read_plain(text, line), 1


def _read_plain(text: str, line: int) -> Heading | None:
    """Read a part, an exhibit, the signatures or a sub-heading that most filings have."""
    part = _PART.match(text)
    if part and (part[2][:1].isupper() or not part[2]) and _is_title(_cut_title(part[2]) or "A"):
        return Heading("part", part[1].upper().replace(" ", ""), _cut_title(part[2]), line)
    exhibit = _EXHIBIT.match(text)
    if (exhibit and line < 3) or _CLOSING.match(text):
        number = exhibit[1] if exhibit else ""
        return Heading("heading", number, f"Exhibit {number}" if number else "Signatures", line)
    title = _cut_title(text)
    if _COMMON.fullmatch(title) and title[0].isupper() and _is_title(title):
        return Heading("heading", "", title, line)
    return None


def _read_numbered(text: str, above: str, below: str, line: int) -> tuple[Heading | None, int]:
    """Read "Item 7A. ...", "Note 5 – ..." or "5. ..."."""
    if _LEADS_UP.search(above) and len(above.split()) > 3:
        return None, 0
    for kind, pattern in (("item", _ITEM), ("note", _NOTE)):
        match = pattern.match(text)
        if match is not None:
            title, lines = _read_title(match[3], below)
            if title is None or (not title and not match[2] and len(text.split()) > 2):
                return None, 0
            number = match[1].replace(" ", "").upper()
            return Heading("item" if kind == "item" else "note", number, title, line), lines
    bare = _BARE_NOTE.match(text)
    if bare and not text.endswith((".", ";", ":", ",")) and len(bare[3].split()) <= 16:
        title = _cut_title(bare[3])
        if _is_title(title):
            return Heading("note", bare[1] or bare[2], title, line, is_sure=False), 1
    return None, 0


def _read_title(text: str, below: str) -> tuple[str | None, int]:
    """Return the title after a number and the lines it takes; None where it is prose."""
    if text and not _GOES_ON.search(text):
        title = _cut_title(text)
        return (title if _is_title(title) else None), 1
    if _LONE_NUMBER.match(below) or _ITEM.match(below) or not below:
        return _cut_title(text) if _is_title(_cut_title(text) or "A") else None, 1
    whole = _cut_title(f"{text} {below}")
    if _is_title(whole):
        return whole, 2
    return (_cut_title(text) if not text or _is_title(_cut_title(text)) else None), 1


def _cut_title(text: str) -> str:
    """The title that a line begins with: without what follows it as prose or "(continued)"."""
    title = _SENTENCE_END.split(text, maxsplit=1)[0]
    title = _CONTINUED.sub("", title).strip(" .:—–-|")
    return mend_letters(title)


def _is_title(text: str) -> bool:
    """Whether a text is set as a title: capitals throughout, and no words of a reference."""
    words = re.findall(r"[A-Za-z][\w'’&-]*", text)
    if not words or len(words) > MAX_TITLE_WORDS or _REFERENCE.search(text):
        return False
    large = [word for word in words if word.lower() not in _SMALL_WORDS]
    capital = sum(word[0].isupper() for word in large)
    # "Summary of significant accounting policies" has one capital: short titles may.
    return text[0] in "[(" or (
        words[0][0].isupper() and (capital * 2 > len(large) or len(words) <= 9)
    )


def _find_contents(found: Sequence[Heading], texts: Sequence[str]) -> frozenset[int]:
    """Return the lines of the headings that are entries of a contents list.

    Entries end with a page number (two of them on a page are a list; one may be a running
    header), or stand close to each other with no sentence between them.
    """
    numbered = {
        heading.line for heading in found if heading.is_sure and _ends_with_page(heading, texts)
    }
    contents = set(numbered) if len(numbered) >= 2 else set()
    for run in _find_runs(found, texts):
        contents.update(_list_run(run))
    if contents:  # a part or a statement between two entries is an entry
        first, last = min(contents), max(contents)
        contents.update(heading.line for heading in found if first <= heading.line <= last)
        contents.update(
            heading.line
            for heading in found
            if heading.kind == "part" and 0 < first - heading.line <= 3
        )
    return frozenset(contents)


def _ends_with_page(heading: Heading, texts: Sequence[str]) -> bool:
    """Whether a page number ends the heading's line or the title's second line below it."""
    if _PAGE_NUMBER.search(texts[heading.line]) or _PAGE_NUMBER.search(heading.title):
        return True
    below = texts[heading.line + 1 : heading.line + 3]
    return heading.kind == "item" and any(_LONE_NUMBER.match(text) for text in below)


def _find_runs(found: Sequence[Heading], texts: Sequence[str]) -> Iterator[Sequence[Heading]]:
    """Yield the headings in runs that no sentence and no long stretch of lines parts.

    A heading that comes again is no longer an entry of the list but what the list points to.
    """
    run: list[Heading] = []
    seen: set[tuple[str, str]] = set()
    for heading in found:
        name = (heading.number, heading.title.lower())
        if run and (name in seen or not _is_close(run[-1], heading, texts)):
            yield run
            run, seen = [], set()
        run.append(heading)
        seen.add(name)
    if run:
        yield run


def _is_close(above: Heading, heading: Heading, texts: Sequence[str]) -> bool:
    between = texts[above.line + 1 : heading.line]
    return len(between) <= CONTENTS_GAP and not any(
        re.search(r"[a-z)][.][”\"’']?$", text) or len(text.split()) > 25 for text in between
    )


def _list_run(run: Sequence[Heading]) -> frozenset[int]:
    """The lines of a run of close headings, if enough of them are items, notes or statements."""
    for kind in ("item", "note"):
        if len({each.number for each in run if each.kind == kind}) >= CONTENTS_ENTRIES:
            return frozenset(heading.line for heading in run)
    named = [each for each in run if each.kind == "statement" or NOTES_TITLE.match(each.title)]
    lines = [heading.line for heading in named]
    pairs = itertools.pairwise(lines)
    close = [pair for pair in pairs if pair[1] - pair[0] <= STATEMENTS_GAP]
    return frozenset(sum(close, ())) if len(close) >= 2 else frozenset()


def _advance(place: _Place, heading: Heading) -> _Place:
    """The place after a heading; running headers and what cannot follow leave it as it is."""
    if heading.kind == "part":
        return _open_part(place, heading)
    if heading.kind == "item":
        return _open_item(place, heading)
    if heading.kind == "note":
        return _open_note(place, heading)
    if heading.kind == "heading" and (heading.number or heading.title == "Signatures"):
        return place if _is_open(place.item, heading) else _Place(item=heading)
    return _open_inner(place, heading)


def _is_open(item: Heading | None, heading: Heading) -> bool:
    return item is not None and (item.kind, item.title) == (heading.kind, heading.title)


def _open_part(place: _Place, heading: Heading) -> _Place:
    if place.part is not None and place.part.number == heading.number:
        return place
    if place.item is not None and place.item.kind == "heading":  # within an exhibit
        return place
    if place.part is None and place.item is not None:  # a running header, or of no harm
        return replace(place, part=heading)
    return _Place(part=heading, last_note=place.last_note)


def _open_item(place: _Place, heading: Heading) -> _Place:
    """Open an item, unless it runs on or is a reference back (a title of its own, out of order)."""
    item = place.item
    if item is not None and item.kind == "item":
        if item.number == heading.number:
            return place if item.title or not heading.title else replace(place, item=heading)
        if not _STANDARD_TITLE.match(heading.title) and _rank(heading) < _rank(item):
            return place
    return _Place(part=place.part, item=heading, last_note=place.last_note)


def _rank(heading: Heading) -> tuple[float, str]:
    match = re.match(r"(\d+(?:\.\d+)?)(\w?)", heading.number)
    return (float(match[1]), match[2]) if match else (0.0, "")


def _open_note(place: _Place, heading: Heading) -> _Place:
    """Open a note where its number is due: notes rise, and a bare number needs the notes."""
    if not heading.number:
        if place.in_notes:
            return place
        return replace(_open_inner(place, heading), in_notes=True)
    number = int(re.sub(r"\D", "", heading.number))
    if not _is_due(place, heading, number):
        return place
    if place.inner is not None and place.inner.number == heading.number and place.in_notes:
        return place
    return replace(place, inner=heading, detail=None, in_notes=True, last_note=number)


def _is_due(place: _Place, heading: Heading, number: int) -> bool:
    if not heading.is_sure:
        return place.in_notes and place.last_note < number <= place.last_note + 1 + (
            NOTES_SKIPPED if place.last_note else 0
        )
    if not (place.in_notes or _may_hold_notes(place)):
        return False
    if not place.in_notes and place.item is None and not place.last_note:
        return True  # an excerpt may begin with any note
    return place.last_note <= number <= place.last_note + 1 + NOTES_SKIPPED or number == 1


def _may_hold_notes(place: _Place) -> bool:
    """Whether the open item is one that holds financial statements (8 and 15, 1 of a 10-Q)."""
    item = place.item
    if item is None or item.kind != "item":
        return True
    return item.number in {"8", "15", "18"} or "financial statements" in item.title.lower()


def _open_inner(place: _Place, heading: Heading) -> _Place:
    """Open a statement or a sub-heading; within a note it is a part of the note."""
    if place.in_notes and place.inner is not None and place.inner.number:
        whole = heading.kind == "statement" and re.search(
            r"consolidat|condensed", heading.title, re.I
        )
        return replace(place, detail=heading) if whole else place
    if place.item is None and place.part is None and heading.kind == "heading":
        return place
    if place.in_notes and heading.kind == "heading":
        return place
    if place.item is not None and place.item.kind == "heading" and not place.item.number:
        place = replace(place, item=None)  # statements may follow the signatures
    return replace(place, inner=heading, detail=None, in_notes=False)
