"""Writes the sample documents: `python -m assets.sample.build [FOLDER]`, from the root.

The same bytes come out at every run. Figures that do not tie out, a report of the wrong length or
one without a table over a page break are refused, so a wrong edit cannot be built.
"""

import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from reportlab.lib.pagesizes import letter
from reportlab.pdfgen.canvas import Canvas

from assets.sample.business import COMPANY_NAME, NOTICE, build_front
from assets.sample.discussion import build_discussion
from assets.sample.figures import Figures
from assets.sample.layout import Layout, set_document
from assets.sample.ledger import Company, build_company
from assets.sample.notes import build_notes
from assets.sample.statements import build_statements
from assets.sample.workbook import build_workbook, save_workbook

REPORT_YEARS = (2022, 2023)
PAGES = range(11, 15)


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0]) if arguments else Path(__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    for path in write_samples(build_company(Figures()), folder):
        print(path)


def write_samples(company: Company, folder: Path) -> list[Path]:
    paths = []
    for year in REPORT_YEARS:
        path = folder / f"bramblewick-{year}-10k.pdf"
        path.write_bytes(build_report(company, year))
        paths.append(path)
    path = folder / "bramblewick-segments.xlsx"
    save_workbook(build_workbook(company.figures), path)
    return [*paths, path]


def build_report(company: Company, year: int) -> bytes:
    """Two passes: the table of contents needs the pages that the first pass finds."""
    first = _draw_report(company, year, io.BytesIO(), {})
    buffer = io.BytesIO()
    layout = _draw_report(company, year, buffer, first.anchors)
    if layout.pages not in PAGES:
        raise ValueError(f"report {year} has {layout.pages} pages; bring it to 11 to 14")
    if layout.broken_tables == 0:
        raise ValueError(f"report {year} has no table over a page break; move text before Note 2")
    return buffer.getvalue()


def _draw_report(
    company: Company, year: int, target: BinaryIO, contents: Mapping[str, int]
) -> Layout:
    # Invariant: fixed dates and ids, so that the file depends on the figures alone.
    canvas = Canvas(target, pagesize=letter, invariant=1)
    canvas.setTitle(f"{COMPANY_NAME} sample annual report {year}")
    canvas.setAuthor(COMPANY_NAME)
    canvas.setCreator(COMPANY_NAME)
    canvas.setSubject(NOTICE)
    blocks = [
        *build_front(company, year),
        *build_discussion(company, year),
        *build_statements(company, year),
        *build_notes(company, year),
    ]
    layout = set_document(canvas, blocks, f"{COMPANY_NAME}, {year}", NOTICE, contents)
    canvas.save()
    return layout


if __name__ == "__main__":
    main(sys.argv[1:])
