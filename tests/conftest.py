"""What the tests share: a model-free embedder, a workspace, and builders of small documents.

The builders are fixtures that return functions, for a test file cannot import its neighbours.
"""

from __future__ import annotations

import inspect
import io
import os
import re
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from openpyxl import Workbook
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, StreamObject
from reportlab.lib.pagesizes import letter
from reportlab.pdfgen.canvas import Canvas

from ingestion.storage.vectors import VectorIndex
from ingestion.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent

# The same examples at every run, however slow the machine.
settings.register_profile("desk", deadline=None, derandomize=True)
settings.load_profile("desk")

# A text, where its baseline starts (points from the left and from the top), which part of it
# stands there ("left", "right" or "center"), and its size where it is not the page's.
Ink = (
    tuple[float, float, str] | tuple[float, float, str, str] | tuple[float, float, str, str, float]
)
# A thin horizontal line: left end, distance from the page's top, right end, in points.
Rule = tuple[float, float, float]
Rows = Sequence[Sequence[object]]


class FakeEmbedder:
    """Counts each word in one of 64 places: texts with the same words get the same vector."""

    name = "bag-of-words-64"

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), 64), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                vector[zlib.crc32(word.encode()) % 64] += 1.0
            vector /= max(float(np.linalg.norm(vector)), 1.0)
        return vectors

    def embed_query(self, text: str) -> np.ndarray:
        return self.embed_passages([text])[0]


# Stands before the body of a program that a test runs beside itself.
_PROLOGUE = f"""
import os, re, sys, zlib
from collections.abc import Sequence
from pathlib import Path
import numpy as np
from ingestion.workspace import Workspace

{inspect.getsource(FakeEmbedder)}
"""


@pytest.fixture(autouse=True, scope="session")
def _models_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test sees the models that the user of this machine has installed."""
    folder = tmp_path_factory.mktemp("models")
    before = os.environ.get("ACEDESK_MODELS")
    os.environ["ACEDESK_MODELS"] = str(folder)
    yield folder
    if before is None:
        del os.environ["ACEDESK_MODELS"]
    else:
        os.environ["ACEDESK_MODELS"] = before


@pytest.fixture(scope="session")
def fake_embedder() -> FakeEmbedder:
    return FakeEmbedder()


@pytest.fixture
def workspace(tmp_path: Path, fake_embedder: FakeEmbedder) -> Workspace:
    return Workspace(tmp_path / "workspace", fake_embedder, lock_patience=0.1)


@pytest.fixture
def vector_ids() -> Callable[[Workspace, str], frozenset[str]]:
    """Ask the index itself which vectors it holds for a document, stored or not."""

    def read(workspace: Workspace, document_id: str) -> frozenset[str]:
        index = VectorIndex(workspace.folder / "vectors", FakeEmbedder.name, lambda: 0)
        return index.ids_of(document_id)

    return read


@pytest.fixture
def start_program(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start Python beside the test, with `Workspace` and `FakeEmbedder` at hand in its body."""

    def start(body: str, *arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", _PROLOGUE + body, *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture
def run_program(start_program: Callable[..., subprocess.Popen[str]]) -> Callable[..., int]:
    """Run such a program to its end and return its exit status."""

    def run(body: str, *arguments: object, status: int = 0) -> int:
        with start_program(body, *arguments) as program:
            _, errors = program.communicate()
        assert program.returncode == status, errors
        return program.returncode

    return run


def _draw_pdf(
    *pages: Sequence[Ink],
    font: str = "Helvetica",
    size: float = 10.0,
    password: str = "",
    rules: Sequence[Rule] = (),
    turned: bool = False,
) -> bytes:
    """Draw pages of Letter size; `rules` are drawn on each.

    A `turned` page is stored upright and shown turned by 90 degrees, as filings store landscape
    tables: its ink is given for the landscape page that a reader sees.
    """
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=letter, invariant=1)
    for page in pages:
        if turned:
            canvas.setPageSize(letter[::-1])
            canvas.setPageRotation(90)
            canvas.transform(0, 1, -1, 0, letter[0], 0)
        height = letter[0] if turned else letter[1]
        for ink in page:
            x, below_top, text = ink[:3]
            canvas.setFont(font, ink[4] if len(ink) == 5 else size)
            draw = {
                "left": canvas.drawString,
                "right": canvas.drawRightString,
                "center": canvas.drawCentredString,
            }[ink[3] if len(ink) > 3 else "left"]
            draw(x, height - below_top, text)
        for left, below_top, right in rules:
            canvas.setLineWidth(0.75)
            canvas.line(left, height - below_top, right, height - below_top)
        canvas.showPage()
    canvas.save()
    return _protect(buffer.getvalue(), password) if password else buffer.getvalue()


def _protect(content: bytes, password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.encrypt(password, algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def _set_lines(
    *lines: str, left: float = 72.0, top: float = 72.0, leading: float = 12.0
) -> list[Ink]:
    return [(left, top + leading * number, line) for number, line in enumerate(lines)]


def _set_rows(
    *rows: Sequence[str],
    edges: Sequence[float] = (400.0, 480.0, 560.0),
    left: float = 72.0,
    top: float = 144.0,
    leading: float = 14.0,
) -> list[Ink]:
    """Set labels at the left and cells so that their digits end at the columns' right edges."""
    inks: list[Ink] = []
    for number, (label, *cells) in enumerate(rows):
        y = top + leading * number
        if label:
            inks.append((left, y, label))
        for edge, cell in zip(edges, cells, strict=False):
            tail = cell[len(cell.rstrip(")%")) :]
            inks.append((edge, y, cell.removesuffix(tail), "right"))
            if tail:
                inks.append((edge, y, tail))
    return inks


def _remap_characters(content: bytes, replacements: Mapping[str, str]) -> bytes:
    """Say of some printed characters that they mean another text, as fonts with ligatures do."""
    meanings = {chr(code): chr(code) for code in range(32, 127)} | dict(replacements)
    lines = "\n".join(
        f"<{ord(printed):02X}> <{meant.encode('utf-16-be').hex()}>"
        for printed, meant in meanings.items()
    )
    table = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CMapName /Test def /CMapType 2 def\n"
        "1 begincodespacerange <00> <FF> endcodespacerange\n"
        f"{len(meanings)} beginbfchar\n{lines}\nendbfchar\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end"
    )
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    for page in writer.pages:
        for font in page["/Resources"]["/Font"].values():
            stream = StreamObject()
            stream.set_data(table.encode())
            font.get_object()[NameObject("/ToUnicode")] = writer._add_object(stream)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def _build_workbook(sheets: Mapping[str, Rows], merged: Sequence[str] = ()) -> bytes:
    """Write sheets row by row; a cell may be (value, number format). Merges are in the first."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row_number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row, start=1):
                value, number_format = cell if isinstance(cell, tuple) else (cell, "General")
                if value is not None:
                    sheet.cell(row_number, column, value).number_format = number_format
    for cells in merged:
        workbook.worksheets[0].merge_cells(cells)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def draw_pdf() -> Callable[..., bytes]:
    return _draw_pdf


@pytest.fixture(scope="session")
def set_lines() -> Callable[..., list[Ink]]:
    return _set_lines


@pytest.fixture(scope="session")
def set_rows() -> Callable[..., list[Ink]]:
    return _set_rows


@pytest.fixture(scope="session")
def remap_characters() -> Callable[[bytes, Mapping[str, str]], bytes]:
    return _remap_characters


@pytest.fixture(scope="session")
def build_workbook() -> Callable[..., bytes]:
    return _build_workbook


@pytest.fixture
def write_pdf(tmp_path: Path) -> Callable[..., Path]:
    """Write a PDF with one page for each text, its lines as they are."""

    def write(name: str, *texts: str) -> Path:
        path = tmp_path / name
        path.write_bytes(_draw_pdf(*(_set_lines(*text.splitlines()) for text in texts)))
        return path

    return write
