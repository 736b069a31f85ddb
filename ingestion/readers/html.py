"""Reading web pages, and EDGAR's filings above all, into pages with tables and tagged facts.

Nothing is ever fetched: neither pictures nor styles nor entities. Pages follow the page breaks
that filings mark; a page without any is cut by length. Knows nothing of storage or passages.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from lxml import etree
from lxml.html import HTMLParser, document_fromstring

from ingestion.documents import (
    Fact,
    FilingFacts,
    Line,
    Page,
    ParsedFile,
    Table,
    Word,
    build_document_id,
)
from ingestion.errors import EmptyFile, UnreadableFile
from ingestion.filings.cover import read_filing_facts
from ingestion.layout.sentences import split_sentences
from ingestion.progress import Progress, ProgressListener
from ingestion.readers.encodings import decode_text, has_text_mark
from ingestion.readers.html_grid import Item, read_rows
from ingestion.readers.html_tables import TableTag, build_tables, classify_layout
from ingestion.readers.html_text import (
    BLOCK_ELEMENTS,
    TAG_ELEMENT,
    RichText,
    TextGatherer,
    join_texts,
    name_of,
    style_of,
    walk,
)
from ingestion.readers.xbrl import TaggedNumber, build_facts, read_cover, read_instance

# What a page holds where the filing marks no page breaks.
LINES_PER_PAGE = 60
WORDS_PER_PAGE = 700
# A stretch between two marked breaks is cut only when it is far longer than a page.
MAX_WORDS_BETWEEN_BREAKS = 4 * WORDS_PER_PAGE
MAX_TITLE_BLOCKS = 4
MAX_TITLE_WORDS = 25
_MAX_LEAD_WORDS = 60

_DECLARED = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})|"
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})",
    re.IGNORECASE,
)
_KNOWN_CODECS = re.compile(r"^(?:utf|ascii|iso8859|cp|koi8|mac|gb|big5|shift|euc)")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
# EDGAR wraps each document of a submission in a few lines of its own.
_WRAPPER = re.compile(
    r"<(?:SEC-DOCUMENT|DOCUMENT|XBRL|TYPE|SEQUENCE|FILENAME|DESCRIPTION)>[^\n<]*", re.I
)
_ANY_MARKUP = re.compile(r"<(?:p|div|table|br|body|pre|span|font|html)\b", re.IGNORECASE)
# What follows the end of a page's body is shown all the same; the parser would drop it.
_BODY_END = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
_INLINE = re.compile(r"</?(?:font|span|small|big|em|strong|a|b|i|u)\b[^<>]*>", re.IGNORECASE)
_TOO_DEEP = "its elements nest too deeply: what stands inside the deepest was not read"
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
_PAGE_NUMBER = re.compile(r"^(?:page\s+)?[A-Z]{0,2}-?\d{1,4}$|^table of contents$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<!\bInc)(?<!\bCorp)(?<!\bCo)(?<!\bLtd)(?<!\bL\.P)[.;?!][”\")]*$")
_WORD = re.compile(r"\S+")
_BULLET = re.compile(r"^[•●▪■◦○·‣]$")


@dataclass(frozen=True)
class _TextBlock:
    content: RichText
    keep_lines: bool = False

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """The first offset of each sentence in the text, and the one after its last."""
        return tuple(_cut_sentences(self.content.text, self.keep_lines))

    @property
    def words(self) -> int:
        return len(self.content.text.split())


@dataclass(frozen=True, slots=True)
class _TableBlock:
    rows: tuple[tuple[Item, ...], ...]
    number: int

    @property
    def words(self) -> int:
        return sum(len(item.content.text.split()) for row in self.rows for item in row)


@dataclass(frozen=True, slots=True)
class _PageBreak:
    pass


_Block = _TextBlock | _TableBlock
_PlacedNumber = tuple[int, TaggedNumber]


def parse_html(content: bytes, name: str, on_progress: ProgressListener) -> ParsedFile:
    """Read a web page or filing.

    Raises:
        UnreadableFile: it is no web page.
        EmptyFile: it shows no text.
    """
    text, warnings = decode_page(content)
    root, more_warnings = _parse_tree(text, name)
    blocks = _read_blocks(root)
    parts = _split_pages(blocks)
    if not parts:
        raise EmptyFile(f"{name} shows no text. Open it in a browser, save it whole and add that.")
    pages: list[Page] = []
    numbers: list[TaggedNumber] = []
    scale: int | None = None
    for number, part in enumerate(parts, start=1):
        layout = _PageLayout(number, scale)
        layout.add_blocks(part)
        pages.append(Page(number, tuple(layout.lines), tables=tuple(layout.tables)))
        numbers += layout.numbers
        scale = layout.scale
        on_progress(Progress(name, "reading", number, len(parts)))
    instance = read_instance(root)
    facts = tuple(_drop_twins(build_facts(build_document_id(content), instance, iter(numbers))))
    filing = _merge_filing(read_cover(instance), read_filing_facts(pages))
    return ParsedFile(tuple(pages), filing=filing, warnings=warnings + more_warnings, facts=facts)


def _drop_twins(facts: Iterable[Fact]) -> Iterator[Fact]:
    """Leave out facts that are tagged twice at one place."""
    seen: set[str] = set()
    for fact in facts:
        if fact.fact_id not in seen:
            seen.add(fact.fact_id)
            yield fact


def _merge_filing(tagged: FilingFacts, printed: FilingFacts) -> FilingFacts:
    return FilingFacts(
        company=tagged.company or printed.company,
        form=tagged.form or printed.form,
        fiscal_year=tagged.fiscal_year or printed.fiscal_year,
        period_end=tagged.period_end or printed.period_end,
        year_end_month=tagged.year_end_month or printed.year_end_month,
        tickers=tagged.tickers or printed.tickers,
    )


def decode_page(content: bytes) -> tuple[str, tuple[str, ...]]:
    """Decode a page as its byte order mark or declaration says; returns text and warnings."""
    match = None if has_text_mark(content) else _DECLARED.search(content[:4096])
    if match is not None:
        declared = (match[1] or match[2]).decode("ascii", "replace")
        try:
            return content.decode(_find_codec(declared)), ()
        except UnicodeError:
            pass  # what is declared is wrong: go by the bytes
    return decode_text(content)


def _find_codec(name: str) -> str:
    """Return the codec of a declared encoding, UTF-8 for one that is unknown.

    What is declared as Latin 1 is Windows' Western European in practice, and a declaration that
    can be read byte by byte cannot be one of UTF-16.
    """
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return "utf-8"
    if not _KNOWN_CODECS.match(found) or found.startswith(("utf-16", "utf-32")):
        return "utf-8"
    return "cp1252" if found == "iso8859-1" else found


def _parse_tree(text: str, name: str) -> tuple[etree._Element, tuple[str, ...]]:
    text = _XML_DECLARATION.sub("", _CONTROLS.sub(" ", text))
    text = _BODY_END.sub("", _WRAPPER.sub("", text))
    if not _ANY_MARKUP.search(text):
        text = f"<pre>{text}</pre>"
    root, is_whole = _parse_markup(text, name)
    if not is_whole:  # mostly fonts that are opened again and again and never closed
        root, is_whole = _parse_markup(_INLINE.sub("", text), name)
    return root, () if is_whole else (_TOO_DEEP,)


def _parse_markup(text: str, name: str) -> tuple[etree._Element, bool]:
    """Parse a page; the second value is False where its elements nest too deeply to the end."""
    parser = HTMLParser(
        encoding="utf-8",
        recover=True,
        no_network=True,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = document_fromstring(text.encode("utf-8", errors="replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise UnreadableFile(
            f"{name} cannot be read as a web page ({error}). Open it in a browser, save it again "
            "and add that."
        ) from error
    return root, all(entry.type_name != "ERR_RESOURCE_LIMIT" for entry in parser.error_log)


def _read_blocks(root: etree._Element) -> list[_Block | _PageBreak]:
    reader = _BlockReader()
    walk(root, reader)
    reader.flush()
    return reader.blocks


class _BlockReader:
    """Walks a page and collects its blocks of text, tables and page breaks in order."""

    def __init__(self) -> None:
        self.blocks: list[_Block | _PageBreak] = []
        self._gatherer = TextGatherer()
        self._bullet: RichText | None = None
        self._tables = 0
        self._preformatted = 0
        self._raised: list[bool] = []

    def enter(self, element: etree._Element) -> bool:
        """Open an element; tables are read whole, hidden elements not at all."""
        style = style_of(element)
        name = name_of(element)
        if style.hidden and not style.break_after:
            return False
        if name in BLOCK_ELEMENTS:
            self.flush()
        if style.break_before:
            self._break_page()
        if name == "table" and not self._reads_into(element):
            if style.break_after:
                self._break_page()
            return False
        if name == "br":
            self._gatherer.add_space("\n")
        elif name == TAG_ELEMENT:
            self._gatherer.open_tag(element)
        self._preformatted += name == "pre"
        self._raised.append(style.raised)
        return True

    def add_text(self, text: str) -> None:
        """Take text; in preformatted text its lines stay lines."""
        raised = any(self._raised)
        if not self._preformatted:
            self._gatherer.add(text, raised=raised)
            return
        for number, line in enumerate(text.split("\n")):
            if number:
                self._gatherer.add_space("\n")
            self._gatherer.add(line, raised=raised)

    def leave(self, element: etree._Element) -> None:
        """Close an element."""
        name = name_of(element)
        self._raised.pop()
        if name == TAG_ELEMENT:
            self._gatherer.close_tag()
        if name in BLOCK_ELEMENTS:
            self.flush()
        self._preformatted -= name == "pre"
        if style_of(element).break_after:
            self._break_page()

    def flush(self) -> None:
        """End the block of text that is being gathered; a bullet alone joins the next one."""
        content = self._gatherer.build()
        self._gatherer = TextGatherer(self._gatherer.open_tags)
        if content.text:
            self._add_text_block(content)

    def _add_text_block(self, content: RichText) -> None:
        if _BULLET.match(content.text):
            self._bullet = content
            return
        if self._bullet is not None:
            content, self._bullet = join_texts(self._bullet, content, " "), None
        self.blocks.append(_TextBlock(content, keep_lines=self._preformatted > 0))

    def _break_page(self) -> None:
        self.flush()
        self.blocks.append(_PageBreak())

    def _reads_into(self, table: etree._Element) -> bool:
        """Take a table whole, or return True where its cells are to be read as prose."""
        if any(name_of(inner) == "table" for inner in table.iterdescendants()):
            return True
        rows = read_rows(table)
        layout = classify_layout(rows)
        if layout == "prose":
            return True
        if layout == "table":
            self._tables += 1
            self.blocks.append(_TableBlock(rows, self._tables))
            return False
        for row in rows:
            content = row[0].content
            for item in row[1:]:
                content = join_texts(content, item.content, " ")
            self._add_text_block(content)
        return False


def _cut_sentences(text: str, keep_lines: bool) -> Iterator[tuple[int, int]]:
    """Yield where each sentence begins and ends; with `keep_lines` where each line does."""
    starts: list[list[int]] = []
    lines: list[Line] = []
    offset = 0
    for line in text.split("\n"):
        found = [(offset + match.start(), match.group()) for match in _WORD.finditer(line)]
        offset += len(line) + 1
        if found:
            starts.append([start for start, _ in found])
            lines.append(Line(tuple(Word(word) for _, word in found)))
    if keep_lines:
        for begin, whole in zip(starts, lines, strict=True):
            yield begin[0], begin[-1] + len(whole.words[-1].text)
        return
    for sentence in split_sentences(lines):
        first, last = sentence.places[0], sentence.places[-1]
        end = starts[last.line][last.word] + len(sentence.words[-1].text)
        yield starts[first.line][first.word], end


def _split_pages(blocks: Sequence[_Block | _PageBreak]) -> list[list[_Block]]:
    """Split at page breaks, and by length where there are none; no page is empty."""
    parts: list[list[_Block]] = [[]]
    for block in blocks:
        if isinstance(block, _PageBreak):
            parts.append([])
        else:
            parts[-1].append(block)
    marked = [part for part in parts if part]
    most = MAX_WORDS_BETWEEN_BREAKS if len(marked) > 1 else WORDS_PER_PAGE
    return [page for part in marked for page in _cut_long(part, most)]


def _cut_long(blocks: list[_Block], most: int) -> Iterator[list[_Block]]:
    """Cut blocks into pages by length, never between a table and its title."""
    if sum(block.words for block in blocks) <= most and most > WORDS_PER_PAGE:
        yield blocks
        return
    page: list[_Block] = []
    words, lines = 0, 0
    for group in _group_blocks(blocks):
        more_words = sum(block.words for block in group)
        more_lines = sum(_count_lines(block) for block in group)
        is_full = words + more_words > WORDS_PER_PAGE or lines + more_lines > LINES_PER_PAGE
        if page and is_full:
            yield page
            page, words, lines = [], 0, 0
        page += group
        words, lines = words + more_words, lines + more_lines
    if page:
        yield page


def _group_blocks(blocks: Sequence[_Block]) -> Iterator[list[_Block]]:
    """Yield blocks one by one, but a table together with the titles above it."""
    waiting: list[_Block] = []
    for block in blocks:
        if isinstance(block, _TableBlock):
            titles = _find_titles(waiting)
            yield from ([other] for other in waiting[: len(waiting) - len(titles)])
            yield [*titles, block]
            waiting = []
        else:
            waiting.append(block)
    yield from ([block] for block in waiting)


def _count_lines(block: _Block) -> int:
    if isinstance(block, _TableBlock):
        return len(block.rows)
    # About so many words stand on one printed line.
    return max(1, block.words // 12, block.content.text.count("\n"))


def _find_titles(above: Sequence[_Block]) -> list[_TextBlock]:
    """Return the blocks right above a table that are its title, in order.

    Short blocks are, and the sentence that introduces the table; prose ends the climb.
    """
    titles: list[_TextBlock] = []
    for block in reversed(above[-MAX_TITLE_BLOCKS:]):
        if not isinstance(block, _TextBlock) or _PAGE_NUMBER.match(block.content.text):
            break
        text = block.content.text
        is_lead = text.endswith(":")
        is_sentence = len(text.split()) > 3 and bool(_SENTENCE_END.search(text))
        if len(text.split()) > MAX_TITLE_WORDS or is_sentence:
            if is_lead and block.words <= 4 * _MAX_LEAD_WORDS and not titles[1:]:
                titles.append(block)
            break
        titles.append(block)
        if is_lead:
            break
    return titles[::-1]


@dataclass(slots=True)
class _PageLayout:
    """Writes blocks onto one page: its lines, tables and tagged numbers.

    `scale` is the one that a table or a remark above declared last: tables of money that follow
    without one ("The following tables, in millions") are in it too.
    """

    page: int
    scale: int | None
    lines: list[Line] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    numbers: list[TaggedNumber] = field(default_factory=list)

    def add_blocks(self, blocks: Sequence[_Block]) -> None:
        """Write all blocks in order."""
        since_table: list[_Block] = []
        for block in blocks:
            if isinstance(block, _TableBlock):
                self._add_table(block, _find_titles(since_table))
                since_table = []
            else:
                self._add_text(block)
                since_table.append(block)

    def _add_text(self, block: _TextBlock) -> None:
        content = block.content
        for start, end in block.sentences:
            sentence = content.text[start:end].replace("\n", " ")
            self.numbers += (
                TaggedNumber(
                    attributes=tag.attributes,
                    printed=content.text[tag.start : tag.end],
                    before=content.text[start : tag.start],
                    after=content.text[tag.end : end],
                    page=self.page,
                    line=len(self.lines),
                    quote=sentence,
                )
                for tag in content.tags
                if start <= tag.start < end
            )
            self.lines.append(Line(tuple(Word(word) for word in sentence.split())))

    def _add_table(self, block: _TableBlock, titles: Sequence[_TextBlock]) -> None:
        first = len(self.lines)
        count = sum(len(title.sentences) for title in titles)
        texts = [line.text for line in self.lines[first - count : first]]
        if texts and len(titles[0].content.text.split()) > MAX_TITLE_WORDS:
            texts = texts[len(titles[0].sentences) - 1 :]  # of prose, only what introduces it
        read = build_tables(block.rows, block.number, texts, first)
        self.lines += read.lines
        self.tables += (self._carry_scale(table) for table in read.tables)
        self.numbers += (self._place(tag, first) for tag in read.tags)

    def _carry_scale(self, table: Table) -> Table:
        if table.scale is not None:
            self.scale = table.scale
        elif self.scale is not None and table.unit is not None:
            return replace(table, scale=self.scale)
        return table

    def _place(self, tag: TableTag, first: int) -> TaggedNumber:
        return TaggedNumber(
            attributes=tag.tag.attributes,
            printed=tag.text[tag.tag.start : tag.tag.end],
            before=tag.text[: tag.tag.start],
            after=tag.text[tag.tag.end :],
            page=self.page,
            line=first + tag.offset,
            quote=tag.quote,
            cell=tag.address,
            label=tag.label,
            parents=tag.parents,
            statement=tag.statement,
        )
