"""What a filing's cover says of it: company, form, period. No model, no network.

Only what is printed is believed; what is not found stays None.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from ingestion.documents import FilingFacts, Page

COVER_PAGES = 3
_FORM = re.compile(r"\bform\s+(10-?K(?:/A)?|10-?Q(?:/A)?|8-?K(?:/A)?|20-?F|40-?F|6-?K)\b", re.I)
_PERIOD = re.compile(
    r"(?:fiscal\s+year|year|quarterly\s+period|quarter|period|months?)\s+ended:?\s+"
    r"([A-Z][a-z]+\.?\s+\d{1,2}\s*,\s*\d{4})",
    re.IGNORECASE,
)
_REPORT_DATE = re.compile(
    r"date\s+of\s+report[^:\n]*?:?\s*([A-Z][a-z]+\s+\d{1,2}\s*,\s*\d{4})", re.I
)
_NAME_BELOW = re.compile(r"exact\s+name\s+of\s+(?:the\s+)?registrant", re.IGNORECASE)
_NAME_ABOVE = re.compile(r"commission\s+file\s+n(?:umber|o)", re.IGNORECASE)


def read_filing_facts(pages: Sequence[Page]) -> FilingFacts:
    """Read company, form, fiscal year and period end from the first pages."""
    cover = "\n".join(page.text for page in pages[:COVER_PAGES])
    form = _FORM.search(cover)
    period = _PERIOD.search(cover) or _REPORT_DATE.search(cover)
    period_end = _parse_date(period.group(1)) if period else None
    form_name = _normalise_form(form.group(1)) if form else None
    return FilingFacts(
        company=_find_company(pages),
        form=form_name,
        fiscal_year=_find_fiscal_year(period_end, form_name, pages),
        period_end=period_end.date().isoformat() if period_end else None,
    )


def _normalise_form(text: str) -> str:
    return re.sub(r"^(\d+)-?([KQF])", r"\1-\2", text.upper())


def _parse_date(text: str) -> datetime | None:
    cleaned = re.sub(r"\s*,\s*", ", ", re.sub(r"\s+", " ", text.replace(".", "")))
    for pattern in ("%B %d, %Y", "%b %d, %Y"):
        try:
            return datetime.strptime(cleaned, pattern)
        except ValueError:
            continue
    return None


def _find_company(pages: Sequence[Page]) -> str | None:
    """Return the line above "(Exact name of registrant ...)" or below the file number."""
    texts = [line.text for page in pages[:COVER_PAGES] for line in page.lines]
    for index, text in enumerate(texts):
        if _NAME_BELOW.search(text):
            above = reversed(texts[max(0, index - 3) : index])
            return next(filter(_is_name, above), None)
    for index, text in enumerate(texts):
        if _NAME_ABOVE.search(text):
            return next(filter(_is_name, texts[index + 1 : index + 3]), None)
    return None


def _is_name(text: str) -> bool:
    return 2 <= len(text.strip(" _")) <= 80 and len(re.findall(r"[A-Za-z]", text)) >= 2


def _find_fiscal_year(
    period_end: datetime | None, form: str | None, pages: Sequence[Page]
) -> int | None:
    """Return the year that the company calls this fiscal year.

    A year that ends in January or February is named after either calendar year: what the filing
    itself says more often ("fiscal 2023") decides.
    """
    if period_end is None or form is None or form.startswith("8"):
        return None
    year = period_end.year
    if period_end.month <= 2:
        text = "\n".join(page.text for page in pages).lower()
        if text.count(f"fiscal {year - 1}") > text.count(f"fiscal {year}"):
            return year - 1
    return year
