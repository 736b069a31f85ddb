"""Reading and drawing PDF pages: the one module that names PDFium and pypdf.

PDFium reads words with boxes and draws pictures; pypdf answers whether a damaged file can be
repaired. Page numbers are counted from 1 from here on. Knows nothing of passages or storage.
"""

from __future__ import annotations

import ctypes
import io
import logging
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pypdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ingestion.documents import Box, Page, ParsedFile, Word
from ingestion.errors import EmptyFile, EncryptedFile, NoTextLayer, UnreadableFile
from ingestion.filings.cover import read_filing_facts
from ingestion.layout.lines import group_lines, join_rules, turn_box
from ingestion.layout.packing import pack_page
from ingestion.layout.tables import find_tables
from ingestion.progress import Progress, ProgressListener
from ingestion.readers.ocr import SCALE as OCR_SCALE
from ingestion.readers.ocr import OcrReader, find_ocr

# PDFium keeps global state and is not safe to call from two threads at once.
_PDFIUM_LOCK = threading.RLock()
_WORD = re.compile(r"[^\s\x00-\x1f\ufffe\u00ad]+(?:[\ufffe\u00ad][^\s\x00-\x1f\ufffe\u00ad]+)*")

# Lines that are drawn under column heads, in points: thin, and at least as wide as a figure.
_RULE_HEIGHT = 2.5
_RULE_WIDTH = 8.0

# pypdf logs each flaw of a damaged file; the report's own warning says what matters of it.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def ignore_page(number: int) -> None:
    """Listen to nothing."""


@dataclass(frozen=True, slots=True)
class PageRange:
    """Pages that were read together; `unread` could not be read, `scanned` were read by OCR."""

    pages: tuple[Page, ...]
    unread: tuple[int, ...] = ()
    scanned: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()


def parse_pdf(content: bytes, name: str, on_progress: ProgressListener) -> ParsedFile:
    """Read all pages of a PDF in this process.

    Raises:
        EncryptedFile: it opens only with a password.
        EmptyFile: it has no pages.
        NoTextLayer: no page has any text.
        UnreadableFile: it is damaged beyond repair.
    """
    with _open_pdf(content, name) as (pdf, warnings):
        total = _count(pdf, name)

        def listen(number: int) -> None:
            on_progress(Progress(name, "reading", number, total))

        whole = _read_range(pdf, 1, total, listen)
    return build_parsed_pdf(name, [replace(whole, warnings=tuple(warnings))])


def count_pages(content: bytes, name: str) -> int:
    """Return how many pages a PDF has; raises as `parse_pdf` does."""
    with _open_pdf(content, name) as (pdf, _):
        return _count(pdf, name)


def read_pages(
    path: Path, name: str, first: int, last: int, on_page: Callable[[int], None] = ignore_page
) -> PageRange:
    """Read pages `first` to `last` (from 1, both included) of a PDF file.

    The file is named by path, since each part of it may be read by a process of its own.
    """
    with _open_pdf(path.read_bytes(), name) as (pdf, warnings):
        found = _read_range(pdf, first, last, on_page)
    packed = tuple(pack_page(page) for page in found.pages)
    return replace(found, pages=packed, warnings=tuple(warnings))


def build_parsed_pdf(name: str, ranges: Sequence[PageRange]) -> ParsedFile:
    """Put page ranges together, in order, with what the cover says and what was not read.

    Raises:
        NoTextLayer: no page has any text.
    """
    pages = tuple(page for part in ranges for page in part.pages)
    unread = [number for part in ranges for number in part.unread]
    scanned = [number for part in ranges for number in part.scanned]
    warnings = list(dict.fromkeys(text for part in ranges for text in part.warnings))
    empty = [page.number for page in pages if not len(page.lines) and page.number not in unread]
    if len(empty) + len(unread) == len(pages):
        noun = "page" if len(pages) == 1 else "pages"
        raise NoTextLayer(
            f"{name} has {len(pages)} {noun} and no text layer: it is a scan or a drawing. "
            "Run OCR on it (for example `ocrmypdf in.pdf out.pdf`) and add the result, or install "
            "the OCR extra (`pip install 'acedesk[ocr]'`) and add it again."
        )
    if unread:
        warnings.append(f"{_name_pages(unread)} could not be read and will not be searched")
    if scanned:
        warnings.append(f"{_name_pages(scanned)} without text, read by OCR: check the numbers")
    if empty:
        warnings.append(f"{_name_pages(empty)} without text (pictures or blank), not searched")
    return ParsedFile(pages, read_filing_facts(pages, name), tuple(warnings))


def _count(pdf: pdfium.PdfDocument, name: str) -> int:
    with _PDFIUM_LOCK:
        count = len(pdf)
    if count == 0:
        raise EmptyFile(
            f"{name} opens with 0 pages: it is probably cut off. Fetch it again and add it."
        )
    return count


def _read_range(
    pdf: pdfium.PdfDocument, first: int, last: int, on_page: Callable[[int], None]
) -> PageRange:
    pages: list[Page] = []
    unread: list[int] = []
    scanned: list[int] = []
    reader = find_ocr()
    for number in range(first, last + 1):
        try:
            page = _read_page(pdf, number - 1)
            if not page.lines and reader is not None:
                page = _read_scan(pdf, page, reader)
                scanned += [number] if page.lines else []
        except pdfium.PdfiumError:
            page = Page(number, ())
            unread.append(number)
        pages.append(page)
        on_page(number)
    return PageRange(tuple(pages), tuple(unread), tuple(scanned))


def render_page(path: Path, number: int, scale: float) -> bytes:
    """Draw page `number` (from 1) as a PNG at `scale` pixels a point.

    Raises:
        UnreadableFile: the file has no such page or cannot be opened.
    """
    with _open_pdf(path.read_bytes(), path.name) as (pdf, _), _PDFIUM_LOCK:
        if not 1 <= number <= len(pdf):
            raise UnreadableFile(f"{path.name} has {len(pdf)} pages, and no page {number}.")
        page = pdf[number - 1]
        bitmap = page.render(scale=scale)
        buffer = io.BytesIO()
        bitmap.to_pil().save(buffer, format="PNG", compress_level=3)
        bitmap.close()
        page.close()
    return buffer.getvalue()


@contextmanager
def _open_pdf(content: bytes, name: str) -> Iterator[tuple[pdfium.PdfDocument, list[str]]]:
    """Open a PDF, repaired where it must be; the list receives warnings."""
    warnings: list[str] = []
    start = content.find(b"%PDF-")
    if start > 0:  # offsets within the file count from its own head
        content = content[start:]
        warnings.append(f"{start} bytes of other content before the PDF were skipped")
    with _PDFIUM_LOCK:
        try:
            pdf = pdfium.PdfDocument(content)
        except pdfium.PdfiumError as error:
            if error.err_code == pdfium_c.FPDF_ERR_PASSWORD:
                raise EncryptedFile(
                    f"{name} is protected by a password. Save a copy without one, then add that."
                ) from error
            pdf = _open_repaired(content, name)
            warnings.append("the file was damaged and has been repaired; compare its page count")
    if not _ends_properly(content):
        warnings.append("the file lacks its end mark and may be cut off; compare its page count")
    try:
        yield pdf, warnings
    finally:
        with _PDFIUM_LOCK:
            pdf.close()


def _ends_properly(content: bytes) -> bool:
    """Whether nothing but a few stray bytes follow the last end mark."""
    end = content.rfind(b"%%EOF")
    return end >= 0 and len(content[end + 5 :].strip()) <= 32


def _open_repaired(content: bytes, name: str) -> pdfium.PdfDocument:
    """Let pypdf rebuild a file that PDFium refuses.

    pypdf raises nearly anything on a damaged file (its own errors, and Python's from deep within
    its parser), so each kind seen on broken files is named.
    """
    try:
        reader = pypdf.PdfReader(io.BytesIO(content), strict=False)
        writer = pypdf.PdfWriter()
        for page in reader.pages:
            writer.add_page(page)
        if not writer.pages:
            raise EmptyFile(f"{name} opens with 0 pages. Fetch it again and add it.")
        buffer = io.BytesIO()
        writer.write(buffer)
        return pdfium.PdfDocument(buffer.getvalue())
    except (
        pypdf.errors.PyPdfError,
        pdfium.PdfiumError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        NotImplementedError,
        RecursionError,
    ) as error:
        raise UnreadableFile(
            f"{name} is damaged and could not be repaired. Fetch it again, or print it to a new "
            "PDF with a viewer that opens it, and add that."
        ) from error


def _read_page(pdf: pdfium.PdfDocument, index: int) -> Page:
    with _PDFIUM_LOCK:
        page = pdf[index]
        try:
            width, height = page.get_size()
            lines = group_lines(_read_words(page))
            tables = find_tables(lines, lambda: _read_rules(page))
        finally:
            page.close()
    return Page(index + 1, lines, width, height, tables=tables)


def _read_scan(pdf: pdfium.PdfDocument, page: Page, reader: OcrReader) -> Page:
    """Read a page without text from its picture."""
    with _PDFIUM_LOCK:
        drawn = pdf[page.number - 1]
        bitmap = drawn.render(scale=OCR_SCALE)
        picture = bitmap.to_pil().convert("RGB")
        bitmap.close()
        drawn.close()
    lines = group_lines(reader.read(picture, OCR_SCALE))
    return replace(page, lines=lines, tables=find_tables(lines))


def _read_words(page: pdfium.PdfPage) -> list[Word]:
    """Read the words of a page with their boxes.

    One call fetches the text; then only the first and last character of a word are asked for
    their box, which is some three times faster than asking for each.
    """
    textpage = page.get_textpage()
    try:
        count = textpage.count_chars()
        text = textpage.get_text_range()
        if len(text) != count:  # characters outside the basic plane shift the offsets
            text = "".join(
                chr(pdfium_c.FPDFText_GetUnicode(textpage.raw, i) or 32) for i in range(count)
            )
        visible, rotation = page.get_bbox(), page.get_rotation()
        find_box = _build_box_finder(textpage.raw, visible, rotation)
        words: list[Word] = []
        add, is_plain = words.append, text.isascii()
        for match in _WORD.finditer(text):
            first, end = match.span()
            box = find_box(first, end - 1)
            if box is not None:
                add(Word(match.group() if is_plain else _clean(match.group()), box))
        return words
    finally:
        textpage.close()


def _build_box_finder(
    textpage: ctypes.c_void_p, visible: tuple[float, float, float, float], rotation: int
) -> Callable[[int, int], Box | None]:
    """Return a function from a word's first and last character to its box.

    The structures of the C call are made once a page: most of a page's time would go there.
    """
    rect = pdfium_c.FS_RECTF()
    target = ctypes.byref(rect)
    ask = pdfium_c.FPDFText_GetLooseCharBox
    upright = rotation == 0
    page_left, page_top = visible[0], visible[3]

    def find_box(first: int, last: int) -> Box | None:
        if not ask(textpage, first, target):
            return None
        left, bottom, right, top = rect.left, rect.bottom, rect.right, rect.top
        if last != first and ask(textpage, last, target):
            if upright:  # text runs to the right, in one height
                right = right if right >= rect.right else rect.right
                left = left if left <= rect.left else rect.left
                top = top if top >= rect.top else rect.top
                bottom = bottom if bottom <= rect.bottom else rect.bottom
            else:
                left, bottom = min(left, rect.left), min(bottom, rect.bottom)
                right, top = max(right, rect.right), max(top, rect.top)
        if upright:
            box = (left - page_left, page_top - top, right - page_left, page_top - bottom)
        else:
            box = turn_box(left, bottom, right, top, visible, rotation)
        return Box(round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1))

    return find_box


def _read_rules(page: pdfium.PdfPage) -> list[Box]:
    """Return the thin horizontal lines of an upright page; parts that touch are one line."""
    if page.get_rotation() != 0:
        return []
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    page_left, _, _, page_top = page.get_bbox()
    found: list[Box] = []
    for index in range(pdfium_c.FPDFPage_CountObjects(page.raw)):
        item = pdfium_c.FPDFPage_GetObject(page.raw, index)
        if pdfium_c.FPDFPageObj_GetType(item) != pdfium_c.FPDF_PAGEOBJ_PATH:
            continue
        pdfium_c.FPDFPageObj_GetBounds(item, left, bottom, right, top)
        if top.value - bottom.value > _RULE_HEIGHT or right.value - left.value < _RULE_WIDTH:
            continue
        found.append(
            Box(
                left.value - page_left,
                page_top - top.value,
                right.value - page_left,
                page_top - bottom.value,
            )
        )
    return join_rules(found)


# PDFium marks a hyphen at a line's end by U+FFFE.
_HYPHENS = {0xFFFE: "-", 0xAD: "-"}


def _clean(text: str) -> str:
    """Mend what PDFium leaves: marked hyphens, and characters given as two halves."""
    if text.isascii():
        return text
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.translate(_HYPHENS)


def _name_pages(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:8])
    more = f" and {len(numbers) - 8} more" if len(numbers) > 8 else ""
    return f"{'page' if len(numbers) == 1 else 'pages'} {shown}{more}"
