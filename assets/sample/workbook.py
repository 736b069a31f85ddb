"""The workbook of segment figures: real numbers in cells, and the same bytes at every run.

It knows the sheets and openpyxl; the figures come worked out.
"""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.worksheet.worksheet import Worksheet

from assets.sample.business import COMPANY_NAME
from assets.sample.figures import SEGMENTS, Figures

UNIT = "In millions of US dollars"
AMOUNT_FORMAT = '#,##0.0_);(#,##0.0);"\N{EM DASH}"_)'
WRITTEN = datetime(2024, 2, 20, 9, 0, 0)
ZIP_TIME = (2024, 2, 20, 9, 0, 0)
# Named rather than read from the system, so that the bytes do not depend on where it runs.
ZIP_MADE_ON_UNIX = 3


def build_workbook(figures: Figures) -> Workbook:
    workbook = Workbook()
    # The sheet that openpyxl starts with is typed as one of several kinds; a new one is plain.
    workbook.remove(workbook.worksheets[0])
    _fill_years(workbook.create_sheet("Segments by year"), figures)
    _fill_quarters(workbook.create_sheet("Quarters 2023"), figures)
    _fill_notes(workbook.create_sheet("Notes"))
    properties = workbook.properties
    properties.creator = properties.lastModifiedBy = COMPANY_NAME
    properties.title = "Segment figures of an invented sample company"
    return workbook


def save_workbook(workbook: Workbook, path: Path) -> None:
    """Openpyxl stamps the time of saving twice, in the properties and in the zip; both are set."""
    workbook.properties.created = WRITTEN
    buffer = io.BytesIO()
    workbook.save(buffer)
    stamp = f"{workbook.properties.modified:%Y-%m-%dT%H:%M:%SZ}".encode()
    with zipfile.ZipFile(buffer) as saved, zipfile.ZipFile(path, "w") as fixed:
        for name in saved.namelist():
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = ZIP_MADE_ON_UNIX
            content = saved.read(name)
            if name == "docProps/core.xml":
                content = content.replace(stamp, f"{WRITTEN:%Y-%m-%dT%H:%M:%SZ}".encode())
            fixed.writestr(entry, content)


def _fill_years(sheet: Worksheet, f: Figures) -> None:
    years = list(f.net_sales.years)
    _fill_head(
        sheet, "Net sales and operating income by segment", "Years ended December 31,", years
    )
    sheet.append(["Net sales"])
    for name in SEGMENTS:
        sheet.append([name, *_millions(f.segment_sales[name].tenths)])
    _fill_total(sheet, "Total net sales", f.net_sales.tenths)
    sheet.append([])
    sheet.append(["Operating income"])
    for name in SEGMENTS:
        sheet.append([name, *_millions(f.segment_income[name].tenths)])
    _fill_total(sheet, "Total segment operating income", f.segment_total.tenths)
    sheet.append(["Corporate expenses", *_millions((-f.corporate_expense).tenths)])
    sheet.append(["Restructuring charges", *_millions((-f.restructuring).tenths)])
    _fill_total(sheet, "Operating income", f.operating_income.tenths)
    _set_style(sheet, len(years), headings=("Net sales", "Operating income"))


def _fill_quarters(sheet: Worksheet, f: Figures) -> None:
    heads = ["First quarter", "Second quarter", "Third quarter", "Fourth quarter", "Year 2023"]
    _fill_head(sheet, "Net sales by segment and quarter, 2023", "Quarters of 2023", heads)
    for name in SEGMENTS:
        quarters = f.quarters_2023[name]
        sheet.append([name, *_millions((*quarters, sum(quarters)))])
    totals = [sum(column) for column in zip(*f.quarters_2023.values(), strict=True)]
    _fill_total(sheet, "Total net sales", (*totals, sum(totals)))
    _set_style(sheet, len(heads), headings=())


def _fill_notes(sheet: Worksheet) -> None:
    sheet.append([f"{COMPANY_NAME} is an invented company; these figures are for demonstration."])
    sheet.column_dimensions["A"].width = 80


def _fill_head(sheet: Worksheet, title: str, span: str, columns: Sequence[int | str]) -> None:
    sheet.append([f"{COMPANY_NAME}: {title}"])
    sheet.append([UNIT])
    sheet.append([])
    sheet.append([None, span])
    sheet.append(["Segment", *columns])
    sheet.merge_cells(start_row=4, end_row=4, start_column=2, end_column=1 + len(columns))


def _fill_total(sheet: Worksheet, label: str, tenths: Sequence[int]) -> None:
    sheet.append([label, *_millions(tenths)])
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)
        cell.border = Border(top=Side(style="thin"))


def _millions(tenths: Sequence[int]) -> list[float]:
    return [amount / 10 for amount in tenths]


def _set_style(sheet: Worksheet, columns: int, headings: tuple[str, ...]) -> None:
    sheet["A1"].font = Font(bold=True, size=13)
    sheet["A2"].font = Font(italic=True)
    for head in sheet.iter_rows(min_row=4, max_row=5):
        for place, cell in enumerate(head):
            cell.font = Font(bold=True)
            cell.alignment = Alignment(horizontal="center" if place else "left")
    for row in sheet.iter_rows(min_row=6, max_col=1 + columns):
        if row[0].value in headings and row[1].value is None:
            row[0].font = Font(bold=True)
        for cell in row[1:]:
            cell.number_format = AMOUNT_FORMAT
    sheet.column_dimensions["A"].width = 34
    for column in range(columns):
        sheet.column_dimensions[chr(ord("B") + column)].width = 15
    sheet.freeze_panes = "B6"
