"""A file that cannot be read is refused with its name and a next step, and leaves no trace."""

from __future__ import annotations

import io
import re
import sqlite3
import zipfile
from importlib.resources import files

import docx
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

NEXT_STEP = re.compile(
    r"\. (Fetch|Convert|Check|Save|Rename|Open|Run|Install|Unpack|If .+, save)\b"
)


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


def write_letter(*paragraphs: str) -> bytes:
    letter = docx.Document()
    for paragraph in paragraphs:
        letter.add_paragraph(paragraph)
    buffer = io.BytesIO()
    letter.save(buffer)
    return buffer.getvalue()


def break_member(content: bytes, member: str) -> bytes:
    """Overwrite what an archive holds of one member; its list of members stays whole."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        start = archive.getinfo(member).header_offset + 30 + len(member)
    return content[:start] + b"\xff" * 8 + content[start + 8 :]


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
    letter = write_letter("Net sales rose.")
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
        "another ending": ("report.rtf", b"{\\rtf1 Net sales rose.}", UnknownKind),
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
        "HTML without a body": (
            "head.html",
            b"<!DOCTYPE html>\n<html><head><title>10-K</title></head></html>",
            EmptyFile,
        ),
        "HTML of pictures alone": (
            "pictures.htm",
            b'<html><body><img src="a.png"></body></html>',
            EmptyFile,
        ),
        "PDF named .html": ("report.html", report, UnreadableFile),
        "a DOCX cut off": ("half.docx", letter[: len(letter) // 2], UnreadableFile),
        "a DOCX of one part": ("part.docx", zip_one("word/document.xml"), UnreadableFile),
        "a DOCX without words": ("blank.docx", write_letter(), EmptyFile),
        "a workbook named .docx": ("book.docx", book, UnreadableFile),
        "old Word named .docx": ("old.docx", OLD_OFFICE, UnreadableFile),
        "a text of blank lines": ("blank.txt", b"\n \n\t\n", EmptyFile),
        "a text with bytes of a picture": ("picture.txt", b"\x00\x01\x02\x03", UnreadableFile),
        "an archive as a document": ("filings.zip", zip_one("a.csv"), UnknownKind),
    }


KINDS = (
    "text named .pdf|nothing but a PDF's head|half a PDF|a PDF of noise|a PDF with a password|"
    "a scan|an empty PDF|an empty CSV|a CSV of blank lines|a sheet without rows|a PDF of dashes|"
    "another ending|no ending|XLSX named .pdf|HTML named .pdf|HTML named .csv|PDF named .xlsx|"
    "PDF named .csv|Word named .xlsx|old Excel named .xlsx|a pointer to a large file|"
    "half a workbook|a workbook with a damaged stream|a workbook with broken XML|"
    "a workbook with unknown attributes|a CSV with bytes of a picture|HTML without a body|"
    "HTML of pictures alone|PDF named .html|a DOCX cut off|a DOCX of one part|"
    "a DOCX without words|a workbook named .docx|old Word named .docx|a text of blank lines|"
    "a text with bytes of a picture|an archive as a document"
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


def test_a_broken_member_of_an_archive_is_refused_and_the_others_are_read(workspace, tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("broken.csv", "Region,Sales\nGarden,437.4\n")
        archive.writestr("whole.csv", "Region,Sales\nHand tools,512.1\n")
    path = tmp_path / "sales.zip"
    path.write_bytes(break_member(buffer.getvalue(), "broken.csv"))
    broken, whole = workspace.add_files([path])
    assert (broken.status, whole.status) == ("failed", "added")
    assert broken.error.startswith("sales.zip/broken.csv was left out: it is damaged")
    assert NEXT_STEP.search(broken.error)
    assert [document.name for document in workspace.documents()] == ["sales.zip/whole.csv"]


@pytest.mark.parametrize("kept", [0, 12, 60])
def test_an_archive_that_is_cut_off_is_refused_by_name(workspace, tmp_path, kept):
    path = tmp_path / "sales.zip"
    path.write_bytes(zip_one("sales.csv")[:kept])
    (report,) = workspace.add_files([path])
    assert report.status == "failed"
    assert report.error.startswith("sales.zip is not a whole ZIP file. Fetch it again")


def test_a_file_that_is_not_there_is_refused_by_its_path(workspace, tmp_path):
    with pytest.raises(UnreadableFile, match=r"nowhere\.pdf cannot be read .* Check the path"):
        workspace.add_file(tmp_path / "nowhere.pdf")


def test_a_folder_is_searched_for_what_can_be_read(tmp_path, write_pdf):
    report = write_pdf("report.pdf", "words")
    below = tmp_path / "below" / "DATA.CSV"
    below.parent.mkdir()
    below.write_bytes(b"a,1")
    (tmp_path / "notes.rtf").write_bytes(b"words")
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
