"""Scales that are declared once for many tables.

"Unless otherwise noted, in millions" under the title of the notes holds until another such
sentence; a table right below another shares its scale. One heading may declare two, for money
and for shares. Works page by page, in order.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ingestion.documents import Page, Table
from ingestion.figures import CURRENCY_CODES, parse_scale

_FOR_ALL = re.compile(
    r"\bunless\s+otherwise\s+(?:noted|indicated|stated|specified|disclosed)\b"
    r"|\b(?:all|tabular|table)\s+(?:dollar\s+)?amounts\b.{0,60}\bin\b"
    r"|\bamounts\s+in\s+(?:the\s+)?(?:tables|tabular)\b",
    re.IGNORECASE,
)
# A part of the filing in which a declaration of the notes no longer holds.
_NEW_PART = re.compile(r"^\s*item\s+(?:9|1[0-6])[abc]?\b", re.IGNORECASE)
# Lines between two tables that are still read as one group.
_NEAR = 3


_CODES = "|".join(sorted(CURRENCY_CODES))
_MONEY_SCALE = re.compile(
    rf"(?:[$€£¥]|\b(?:{_CODES}))\s+(?:and\s+shares\s+)?in\s+(thousands|millions|billions)\b",
    re.IGNORECASE,
)
_SHARE_SCALE = re.compile(r"(?<!/ )\bshares\s+in\s+(thousands|millions|billions)\b", re.IGNORECASE)


class ScaleReader:
    """Gives tables of money without a scale the one that was declared for them."""

    def __init__(self) -> None:
        """Begin a document."""
        self._declared: int | None = None

    def read(self, page: Page) -> Page:
        """Return the page, its tables with the scales that hold for them."""
        if page.label is not None:
            return page
        self._listen(page)
        tables: list[Table] = []
        for table in page.tables:
            scale = table.scale
            if scale is None and table.unit:
                scale = _borrow(tables[-1] if tables else None, table) or self._declared
            tables.append(replace(table, scale=scale) if scale != table.scale else table)
        return replace(page, tables=tuple(tables)) if tables else page

    def _listen(self, page: Page) -> None:
        for index, line in enumerate(page.lines):
            text = line.text
            if _NEW_PART.match(text):
                self._declared = None
            if "unless" not in text and "mounts" not in text and "Unless" not in text:
                continue
            following = " ".join(below.text for below in page.lines[index + 1 : index + 2])
            whole = f"{text} {following}"
            if _FOR_ALL.search(whole):
                self._declared = parse_scale(whole) or self._declared


def _borrow(above: Table | None, table: Table) -> int | None:
    """The scale of a table that ends right above and counts the same currency."""
    if above is None or table.first_line - above.last_line > _NEAR or above.unit != table.unit:
        return None
    return above.scale


def read_scales(heading: str) -> dict[str, int]:
    """Return the scales that a heading declares by kind: "money" and "shares", where it does.

    "USD ($) shares in Thousands, $ in Millions" gives both; a plain "(In millions)" is neither.
    """
    scales: dict[str, int] = {}
    for kind, pattern in (("money", _MONEY_SCALE), ("shares", _SHARE_SCALE)):
        match = pattern.search(heading)
        if match:
            scale = parse_scale(match.group(1))
            scales[kind] = scale if scale is not None else 1
    return scales
