"""Reading Word files (DOCX): headings, paragraphs and tables in the order of the document.

Pages follow the breaks that the file states, or come about every 700 words. Words of prose have
no place but their line; cells have addresses ("T1:B2"). Macros, pictures and deleted text are
not read, and nothing is fetched.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.table import Table as WordTable
from docx.table import _Cell as WordCell
from docx.text.paragraph import Paragraph
from openpyxl.utils import get_column_letter

from ingestion.documents import Line, Page, ParsedFile, Table, Word
from ingestion.errors import EmptyFile, EncryptedFile, UnreadableFile
from ingestion.filings.cover import read_filing_facts
from ingestion.progress import Progress, ProgressListener
from ingestion.readers.grids import GridRow, build_table

WORDS_PER_PAGE = 700
MAX_UNPACKED_BYTES = 1024**3
# A paragraph of at most so many words, right above a table, is its title or note on units.
MAX_TITLE_WORDS = 16
MAX_TITLE_LENGTH = 120
_MAX_TITLES = 3
_OLE_START = b"\xd0\xcf\x11\xe0"
_BREAK = "\f"

# What python-docx, and the zip and XML readers under it, raise on damaged files.
_WORD_FAULTS = (
    PackageNotFoundError,
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,  # the XML readers' errors are kinds of it
    KeyError,
    ValueError,
    AttributeError,
    OSError,
    EOFError,
    NotImplementedError,  # zip members with a password of their own
)
_TEXT, _TAB, _LINE_BREAK = qn("w:t"), qn("w:tab"), qn("w:br")
_RETURN, _HYPHEN = qn("w:cr"), qn("w:noBreakHyphen")
_RENDERED_BREAK, _BREAK_KIND = qn("w:lastRenderedPageBreak"), qn("w:type")
# Text of the same shape for old readers, paragraph settings (with tab stops), and what an
# author deleted.
_UNREAD = frozenset(
    {
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
        qn("w:pPr"),
        qn("w:del"),
        qn("w:moveFrom"),
    }
)


def parse_word(content: bytes, name: str, on_progress: ProgressListener) -> ParsedFile:
    """Read a DOCX file.

    Raises:
        EncryptedFile: it opens only with a password, or is an old .doc file.
        UnreadableFile: it is not a whole DOCX file.
        EmptyFile: it has no words.
    """
    document = _open(content, name)
    builder = _PageBuilder()
    try:
        for block in document.iter_inner_content():
            if isinstance(block, WordTable):
                builder.add_table(block)
            else:
                builder.add_paragraph(block)
    except _WORD_FAULTS as error:
        raise _not_whole(name) from error
    pages = builder.finish()
    if not pages:
        raise EmptyFile(f"{name} has no words. If its pages are pictures, save it as PDF with OCR.")
    on_progress(Progress(name, "reading", len(pages), len(pages)))
    return ParsedFile(pages, filing=read_filing_facts(pages, name))


def _open(content: bytes, name: str) -> WordDocument:
    if content.startswith(_OLE_START):
        raise EncryptedFile(
            f"{name} is protected by a password, or an old .doc file. Open it in a word "
            "processor, save it as .docx without a password and add that."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked <= MAX_UNPACKED_BYTES:
            return docx.Document(io.BytesIO(content))
    except _WORD_FAULTS as error:
        raise _not_whole(name) from error
    raise UnreadableFile(
        f"{name} would unpack to {unpacked / 1024**3:.1f} GiB. Split it into smaller files and "
        "add those."
    )


def _not_whole(name: str) -> UnreadableFile:
    return UnreadableFile(
        f"{name} is not a whole Word file. Open it in a word processor, save it as .docx and "
        "add that."
    )


@dataclass(slots=True)
class _PageBuilder:
    """Lines and tables of the page at hand, and the pages before it."""

    pages: list[Page] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    words: int = 0
    tables_before: int = 0
    # The index of each line on the page that may be a title of a table right below it.
    titles: list[int] = field(default_factory=list)

    def add_paragraph(self, paragraph: Paragraph) -> None:
        """Add a paragraph's lines; the page ends where a break stands, or after enough words."""
        if paragraph.paragraph_format.page_break_before:
            self.end_page()
        parts = read_text(paragraph).split(_BREAK)
        for index, part in enumerate(parts):
            if index:
                self.end_page()
            for text in part.split("\n"):
                self._add_line(text)
        if self.words >= WORDS_PER_PAGE or _ends_section(paragraph):
            self.end_page()

    def _add_line(self, text: str) -> None:
        words = tuple(Word(word) for word in text.split())
        if not words:
            return
        is_short = len(words) <= MAX_TITLE_WORDS and len(text) <= MAX_TITLE_LENGTH
        is_title = is_short and not text.rstrip().endswith((".", ";", ",", "。"))
        self.titles = [*self.titles, len(self.lines)][-_MAX_TITLES:] if is_title else []
        self.lines.append(Line(words))
        self.words += len(words)

    def add_table(self, table: WordTable) -> None:
        """Add a table, and after it the tables that stand in its cells."""
        self.tables_before += 1
        rows, inner = _read_rows(table, self.tables_before, len(self.lines))
        if rows:
            titles = [self.lines[index].text for index in self.titles]
            above = [GridRow(0, (1,), self.lines[i].words, i) for i in self.titles[:1]]
            self.lines.extend(Line(row.words) for row in rows)
            self.tables.append(build_table(rows, titles, above))
            self.words += sum(len(word.text.split()) for row in rows for word in row.words)
        self.titles = []
        for nested in inner:
            self.add_table(nested)
        if self.words >= WORDS_PER_PAGE:
            self.end_page()

    def end_page(self) -> None:
        """Begin a new page, unless this one has nothing on it."""
        if self.lines:
            number = len(self.pages) + 1
            self.pages.append(Page(number, tuple(self.lines), tables=tuple(self.tables)))
        self.lines, self.tables, self.titles, self.words = [], [], [], 0

    def finish(self) -> tuple[Page, ...]:
        """End the last page and return all."""
        self.end_page()
        return tuple(self.pages)


def _ends_section(paragraph: Paragraph) -> bool:
    """Whether a section that ends its page ends with this paragraph."""
    settings = paragraph._p.pPr
    section = settings.find(qn("w:sectPr")) if settings is not None else None
    if section is None:
        return False
    kind = section.find(qn("w:type"))
    return kind is None or kind.get(qn("w:val")) != "continuous"


def read_text(paragraph: Paragraph) -> str:
    """Return a paragraph's text with newlines at line breaks and form feeds at page breaks."""
    return "".join(_read_parts(paragraph._p))


def _read_parts(element: object) -> Iterator[str]:
    for child in element:  # type: ignore[attr-defined]  # an lxml element, which has no types
        tag = child.tag
        if tag in _UNREAD:
            continue
        if tag == _TEXT:
            yield child.text or ""
        elif tag == _LINE_BREAK:
            yield _BREAK if child.get(_BREAK_KIND) == "page" else "\n"
        elif tag in _MARKS:
            yield _MARKS[tag]
        else:
            yield from _read_parts(child)


_MARKS = {_RENDERED_BREAK: _BREAK, _TAB: " ", _RETURN: "\n", _HYPHEN: "-"}


def _read_rows(table: WordTable, number: int, line: int) -> tuple[list[GridRow], list[WordTable]]:
    """Return the rows that have a text, and the tables inside the cells.

    A cell merged over columns gives its text to each of them; one merged over rows stands in
    its first row only.
    """
    rows: list[GridRow] = []
    inner: list[WordTable] = []
    seen: set[object] = set()
    for position, row in enumerate(table.rows, start=1):
        texts: dict[int, str] = {}
        here: set[object] = set()
        for column, cell in enumerate(row.cells, start=row.grid_cols_before + 1):
            if cell._tc in seen:
                continue
            if cell._tc not in here:
                inner += cell.tables
            here.add(cell._tc)
            text = _read_cell(cell)
            if text:
                texts[column] = text
        seen |= here
        if texts:
            words = tuple(
                Word(text, cell=f"T{number}:{get_column_letter(column)}{position}")
                for column, text in texts.items()
            )
            rows.append(
                GridRow(position, tuple(texts), words, line + len(rows), _indent(row.cells))
            )
    return rows, inner


def _read_cell(cell: WordCell) -> str:
    parts = (read_text(paragraph) for paragraph in cell.paragraphs)
    return " ".join(" ".join(parts).split())


def _indent(cells: Sequence[WordCell]) -> int:
    """Return how far a row's label is set in, in points."""
    paragraphs = cells[0].paragraphs if cells else []
    left = paragraphs[0].paragraph_format.left_indent if paragraphs else None
    return round(left.pt) if left is not None else 0
