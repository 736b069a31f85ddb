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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pypdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ingestion.documents import Box, Page, ParsedFile, Word
from ingestion.errors import EmptyFile, EncryptedFile, NoTextLayer, UnreadableFile
from ingestion.filing import read_filing_facts
from ingestion.layout import group_lines, turn_box
from ingestion.progress import Progress, ProgressListener
from ingestion.tables import find_tables

# PDFium keeps global state and is not safe to call from two threads at once.
_PDFIUM_LOCK = threading.RLock()
_WORD = re.compile(r"[^\s\x00-\x1f\ufffe\u00ad]+(?:[\ufffe\u00ad][^\s\x00-\x1f\ufffe\u00ad]+)*")

# pypdf logs each flaw of a damaged file; the report's own warning says what matters of it.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def parse_pdf(content: bytes, name: str, on_progress: ProgressListener) -> ParsedFile:
    """Read all pages of a PDF.

    Raises:
        EncryptedFile: it opens only with a password.
        EmptyFile: it has no pages.
        NoTextLayer: no page has any text.
        UnreadableFile: it is damaged beyond repair.
    """
    pages: list[Page] = []
    with _open_pdf(content, name) as (pdf, warnings):
        with _PDFIUM_LOCK:
            count = len(pdf)
        if count == 0:
            raise EmptyFile(
                f"{name} opens with 0 pages: it is probably cut off. Fetch it again and add it."
            )
        unread: list[int] = []
        for index in range(count):
            try:
                pages.append(_read_page(pdf, index))
            except pdfium.PdfiumError:
                pages.append(Page(index + 1, ()))
                unread.append(index + 1)
            on_progress(Progress(name, "reading", index + 1, count))
    empty = [page.number for page in pages if not page.lines and page.number not in unread]
    if len(empty) + len(unread) == count:
        noun = "page" if count == 1 else "pages"
        raise NoTextLayer(
            f"{name} has {count} {noun} and no text layer: it is a scan or a drawing. "
            "Run OCR on it (for example `ocrmypdf in.pdf out.pdf`), then add the result."
        )
    if unread:
        warnings.append(f"{_name_pages(unread)} could not be read and will not be searched")
    if empty:
        warnings.append(f"{_name_pages(empty)} without text (pictures or blank), not searched")
    return ParsedFile(tuple(pages), read_filing_facts(pages), tuple(warnings))


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
            words = _read_words(page)
        finally:
            page.close()
    lines = group_lines(words)
    read = Page(number=index + 1, lines=lines, width=width, height=height)
    return replace(read, tables=find_tables(lines))


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
        words: list[Word] = []
        for match in _WORD.finditer(text):
            box = _read_box(textpage.raw, match.start(), match.end() - 1, visible, rotation)
            if box is not None:
                words.append(Word(_join_surrogates(match.group()).translate(_HYPHENS), box))
        return words
    finally:
        textpage.close()


# PDFium marks a hyphen at a line's end by U+FFFE.
_HYPHENS = {0xFFFE: "-", 0xAD: "-"}


def _join_surrogates(text: str) -> str:
    """PDFium gives a character outside the basic plane as two halves, which cannot be stored."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _read_box(
    textpage: ctypes.c_void_p,
    first: int,
    last: int,
    visible: tuple[float, float, float, float],
    rotation: int,
) -> Box | None:
    rect = pdfium_c.FS_RECTF()
    corners: list[tuple[float, float, float, float]] = []
    for index in {first, last}:
        if pdfium_c.FPDFText_GetLooseCharBox(textpage, index, ctypes.byref(rect)):
            corners.append((rect.left, rect.bottom, rect.right, rect.top))
    if not corners:
        return None
    left, bottom = min(c[0] for c in corners), min(c[1] for c in corners)
    right, top = max(c[2] for c in corners), max(c[3] for c in corners)
    box = turn_box(left, bottom, right, top, visible, rotation)
    return Box(*(round(edge, 1) for edge in box))


def _name_pages(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:8])
    more = f" and {len(numbers) - 8} more" if len(numbers) > 8 else ""
    return f"{'page' if len(numbers) == 1 else 'pages'} {shown}{more}"
