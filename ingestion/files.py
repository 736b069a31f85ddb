"""From a file's bytes to pages: which reader fits, and what is refused.

The content decides, not the name: a file whose name and content disagree is refused, because
lenient readers make nonsense of such files. Knows nothing of the workspace.
"""

from __future__ import annotations

import gc
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath

from ingestion.assembly import assemble_document
from ingestion.documents import ParsedFile, build_document_id
from ingestion.errors import EmptyFile, UnknownKind, UnreadableFile
from ingestion.progress import ProgressListener, ignore_progress
from ingestion.readers.delimited import parse_csv
from ingestion.readers.encodings import has_text_mark
from ingestion.readers.html import parse_html
from ingestion.readers.pdf import PageRange, build_parsed_pdf, parse_pdf
from ingestion.readers.sheets import parse_workbook
from ingestion.readers.text_files import parse_text
from ingestion.readers.word_files import parse_word

_READERS = {
    ".pdf": parse_pdf,
    ".xlsx": parse_workbook,
    ".xlsm": parse_workbook,
    ".csv": parse_csv,
    ".tsv": parse_csv,
    ".html": parse_html,
    ".htm": parse_html,
    ".xhtml": parse_html,
    ".docx": parse_word,
    ".txt": parse_text,
    ".md": parse_text,
    ".markdown": parse_text,
}
# An archive is no document: each file in it becomes one.
ARCHIVE_ENDING = ".zip"
READABLE_ENDINGS = (*_READERS, ARCHIVE_ENDING)
# Bumped whenever the same bytes would give other pages or passages: stored documents of an
# earlier version are then parsed again from their bytes.
PARSER_VERSION = 3

_CONTENT_OF_ENDING = {
    ".pdf": "PDF",
    ".xlsx": "XLSX",
    ".xlsm": "XLSX",
    ".csv": "text",
    ".tsv": "text",
    ".html": "HTML",
    ".htm": "HTML",
    ".xhtml": "HTML",
    ".docx": "Word",
    ".txt": "text",
    ".md": "text",
    ".markdown": "text",
}
# Snippets of a page have no <html>, and are read as what their name says.
_MAY_BE_TEXT = frozenset({".html", ".htm", ".xhtml"})


def parse_file(
    content: bytes, name: str, on_progress: ProgressListener = ignore_progress
) -> ParsedFile:
    """Read a file.

    Raises:
        EmptyFile: it has no bytes, pages or rows.
        UnknownKind: its ending is not one of `READABLE_ENDINGS`.
        UnreadableFile: its content is of another kind than its name says, or damaged.
    """
    if not content:
        raise EmptyFile(f"{name} is empty (0 bytes). Fetch it again and add it.")
    ending = check_ending(name)
    found = sniff_kind(content)
    expected = _CONTENT_OF_ENDING[ending]
    if found != expected and not (found == "text" and ending in _MAY_BE_TEXT):
        raise UnreadableFile(_explain_mismatch(name, ending, found))
    with _collector_paused():
        parsed = _READERS[ending](content, name, on_progress)
        return assemble_document(build_document_id(content), parsed)


def check_ending(name: str) -> str:
    """Return the ending of a file's name, in small letters, if a reader takes such files.

    Raises:
        UnknownKind: none does; an archive is opened by the workspace, not by a reader.
    """
    ending = PurePath(name).suffix.lower()
    if ending == ARCHIVE_ENDING:
        raise UnknownKind(f"{name} is an archive, not a document. Unpack it and add its files.")
    if ending not in _READERS:
        known = ", ".join(READABLE_ENDINGS)
        shown = f"the ending {ending}" if ending else "no ending"
        raise UnknownKind(
            f"{name} has {shown}; the desk reads {known}. Convert it to one of these."
        )
    return ending


def assemble_pdf(content: bytes, name: str, ranges: Sequence[PageRange]) -> ParsedFile:
    """Put together a PDF whose pages were read in ranges, as `parse_file` would have read it.

    Raises:
        NoTextLayer: no page has any text.
    """
    with _collector_paused():
        return assemble_document(build_document_id(content), build_parsed_pdf(name, ranges))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep Python from looking for cycles among the millions of small values of a document.

    They have none, and looking took a fifth to a third of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def sniff_kind(content: bytes) -> str:
    """Name the kind that the bytes themselves show, "text" when they show no other."""
    head = content[:1024]
    if has_text_mark(content):
        return "text"
    if b"%PDF-" in content[:8192]:  # some servers put a few kilobytes before it
        return "PDF"
    if head.startswith(b"PK\x03\x04"):
        return _sniff_zip(content)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "old Office or protected Office"
    if head.startswith(b"version https://git-lfs"):
        return "Git LFS pointer"
    lowered = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if lowered.startswith((b"<!doctype html", b"<html", b"<?xml")) or b"<html" in lowered:
        return "HTML"
    if b"\x00" in head:
        return "binary"
    return "text"


def _sniff_zip(content: bytes) -> str:
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except zipfile.BadZipFile:
        return "damaged ZIP or Office"
    if "xl/workbook.xml" in names:
        return "XLSX"
    return "Word" if "word/document.xml" in names else "ZIP"


def _explain_mismatch(name: str, ending: str, found: str) -> str:
    steps = {
        "PDF": "Rename it to end in .pdf and add it again.",
        "XLSX": "Rename it to end in .xlsx and add it again.",
        "HTML": "Rename it to end in .html and add it again.",
        "Word": "Rename it to end in .docx and add it again.",
        "ZIP": "Rename it to end in .zip and add it again.",
        "old Office or protected Office": "Save it as .xlsx without a password and add that.",
        "Git LFS pointer": "Fetch the real file (git lfs pull) and add that.",
        "text": "Fetch it again: what came is not the file itself.",
    }
    step = steps.get(found, "Fetch it again, or save it as PDF, XLSX, CSV or HTML.")
    return f"{name} ends in {ending} but holds {found} content. {step}"
