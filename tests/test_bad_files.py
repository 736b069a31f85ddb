"""A file that cannot be read is refused with its name and a next step, and leaves no trace."""

from __future__ import annotations

import io
import re
import sqlite3
import zipfile
from importlib.resources import files

import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ingestion.documents import build_document_id
from ingestion.errors import (
    EmptyFile,
    EncryptedFile,
    IngestionError,
    NoTextLayer,
    UnknownKind,
    UnreadableFile,
)
from ingestion.workspace import find_files

NEXT_STEP = re.compile(r"\. (Fetch|Convert|Check|Save|Rename|Open|Run)\b")


def damage_workbook(content: bytes, member: str, replacement: bytes) -> bytes:
    """Rewrite one member of the zip that a workbook is."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, replacement if name == member else old.read(name))
    return buffer.getvalue()


def damage_stream(content: bytes) -> bytes:
    """Overwrite compressed bytes of the sheet, so that the zip around them stays whole."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        start = archive.getinfo("xl/worksheets/sheet1.xml").header_offset + 60
    return content[:start] + b"\xff" * 20 + content[start + 20 :]


def scan_pages() -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for shade in (90, 180):
        picture = ImageReader(Image.new("L", (60, 80), shade))
        canvas.drawImage(picture, 50, 50, 400, 600)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def zip_one(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "content")
    return buffer.getvalue()


HTML = b"<!DOCTYPE html>\n<html><body>403 Forbidden</body></html>"
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n"
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def sample(name: str) -> bytes:
    return files("assets.sample").joinpath(name).read_bytes()


@pytest.fixture(scope="module")
def bad_files(draw_pdf, build_workbook):
    """Each bad file by what is wrong with it: its name, its bytes and the error it deserves."""
    report = sample("bramblewick-2023-10k.pdf")
    book = build_workbook({"Sales": [["Garden", 437.4]]})
    return {
        "text named .pdf": ("note.pdf", b"Net sales rose.", UnreadableFile),
        "nothing but a PDF's head": ("head.pdf", b"%PDF-1.7\n", UnreadableFile),
        "half a PDF": ("half.pdf", report[: len(report) // 2], UnreadableFile),
        "a PDF of noise": ("noise.pdf", b"%PDF-1.4\n" + bytes(range(256)) * 8, UnreadableFile),
        "a PDF with a password": (
            "secret.pdf",
            draw_pdf([(72, 72, "Net sales")], password="secret"),
            EncryptedFile,
        ),
        "a scan": ("scan.pdf", scan_pages(), NoTextLayer),
        "an empty PDF": ("empty.pdf", b"", EmptyFile),
        "an empty CSV": ("empty.csv", b"", EmptyFile),
        "a CSV of blank lines": ("blank.csv", b"\n,,\n\n", EmptyFile),
        "a sheet without rows": ("rows.xlsx", build_workbook({"Sales": []}), EmptyFile),
        "a PDF of dashes": ("dashes.pdf", draw_pdf([(72, 72, "- - -")]), EmptyFile),
        "another ending": ("report.docx", zip_one("word/document.xml"), UnknownKind),
        "no ending": ("report", b"Net sales rose.", UnknownKind),
        "XLSX named .pdf": ("book.pdf", book, UnreadableFile),
        "HTML named .pdf": ("page.pdf", HTML, UnreadableFile),
        "HTML named .csv": ("page.csv", HTML, UnreadableFile),
        "PDF named .xlsx": ("report.xlsx", report, UnreadableFile),
        "PDF named .csv": ("report.csv", report, UnreadableFile),
        "Word named .xlsx": ("letter.xlsx", zip_one("word/document.xml"), UnreadableFile),
        "old Excel named .xlsx": ("old.xlsx", OLD_OFFICE, UnreadableFile),
        "a pointer to a large file": ("large.xlsx", LFS, UnreadableFile),
        "half a workbook": ("half.xlsx", book[: len(book) // 2], UnreadableFile),
        "a workbook with a damaged stream": ("stream.xlsx", damage_stream(book), UnreadableFile),
        "a workbook with broken XML": (
            "xml.xlsx",
            damage_workbook(book, "xl/worksheets/sheet1.xml", b"<worksheet><sheetData>"),
            UnreadableFile,
        ),
        "a workbook with unknown attributes": (
            "attributes.xlsx",
            damage_workbook(
                book, "[Content_Types].xml", b'<Types xmlns="x"><Override a="1"/></Types>'
            ),
            UnreadableFile,
        ),
        "a CSV with bytes of a picture": ("picture.csv", b"a,b\n\x00\x01\x02", UnreadableFile),
    }


KINDS = (
    "text named .pdf|nothing but a PDF's head|half a PDF|a PDF of noise|a PDF with a password|"
    "a scan|an empty PDF|an empty CSV|a CSV of blank lines|a sheet without rows|a PDF of dashes|"
    "another ending|no ending|XLSX named .pdf|HTML named .pdf|HTML named .csv|PDF named .xlsx|"
    "PDF named .csv|Word named .xlsx|old Excel named .xlsx|a pointer to a large file|"
    "half a workbook|a workbook with a damaged stream|a workbook with broken XML|"
    "a workbook with unknown attributes|a CSV with bytes of a picture"
).split("|")


def list_originals(workspace):
    return sorted(path.name for path in (workspace.folder / "originals").iterdir())


def count_rows(workspace):
    tables = ("documents", "pages", "passages", "unfinished")
    connection = sqlite3.connect(workspace.folder / "desk.sqlite3")
    try:
        return [connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables]
    finally:
        connection.close()


def test_every_kind_of_bad_file_is_tried(bad_files):
    assert sorted(bad_files) == sorted(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_file_is_refused_by_name_with_a_next_step(bad_files, workspace, tmp_path, kind):
    name, content, error = bad_files[kind]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(IngestionError) as refusal:
        workspace.add_file(path)
    assert type(refusal.value) is error
    assert str(refusal.value).startswith(name)
    assert NEXT_STEP.search(str(refusal.value))


@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_file_leaves_the_workspace_as_it_was(
    bad_files, workspace, write_pdf, vector_ids, tmp_path, kind
):
    workspace.add_file(write_pdf("good.pdf", "Net sales rose"))
    before = workspace.documents(), list_originals(workspace), count_rows(workspace)
    name, content, _ = bad_files[kind]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(IngestionError):
        workspace.add_file(path)
    assert (workspace.documents(), list_originals(workspace), count_rows(workspace)) == before
    assert vector_ids(workspace, build_document_id(content)) == frozenset()


def test_a_file_that_is_not_there_is_refused_by_its_path(workspace, tmp_path):
    with pytest.raises(UnreadableFile, match=r"nowhere\.pdf cannot be read .* Check the path"):
        workspace.add_file(tmp_path / "nowhere.pdf")


def test_a_folder_is_searched_for_what_can_be_read(tmp_path, write_pdf):
    report = write_pdf("report.pdf", "words")
    below = tmp_path / "below" / "DATA.CSV"
    below.parent.mkdir()
    below.write_bytes(b"a,1")
    (tmp_path / "notes.txt").write_bytes(b"words")
    assert find_files([tmp_path]) == (below, report)


def test_a_file_named_twice_is_taken_once(write_pdf):
    report = write_pdf("report.pdf", "words")
    assert find_files([report, report.parent, report]) == (report,)


def test_a_folder_with_nothing_to_read_is_refused(tmp_path):
    with pytest.raises(EmptyFile, match="holds no file that the desk reads"):
        find_files([tmp_path])


def test_a_path_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match=r"There is no file .*gone\.pdf"):
        find_files([tmp_path / "gone.pdf"])
