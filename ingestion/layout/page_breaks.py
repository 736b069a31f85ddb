"""Tables that run over a page break: the rest takes heads, title and units from its beginning.

Looks at pages in pairs; knows nothing of how a table was found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ingestion.documents import Page, Table, TableRow
from ingestion.layout.rows import find_totalled

# Lines that may stand between a table and the page's edge: a footer, a page number, a heading.
_FOOT_LINES = 4
_HEAD_LINES = 5
_WORDS_OF_FOOT = 14
_CONTINUED = re.compile(r"\bcont(?:inued|\W?d)\b", re.IGNORECASE)


def join_tables(before: Page, page: Page) -> Page:
    """Return `page`, whose first table goes on from the last one of the page before, if it does."""
    if not before.tables or not page.tables or page.label is not None:
        return page
    upper, lower = before.tables[-1], page.tables[0]
    if not _goes_on(before, upper, page, lower):
        return page
    return replace(page, tables=(_continue(upper, lower), *page.tables[1:]))


def _goes_on(before: Page, upper: Table, page: Page, lower: Table) -> bool:
    if _width(upper) != _width(lower):
        return False
    if not _is_foot(before, upper.last_line + 1) or lower.first_line > _HEAD_LINES:
        return False
    said = bool(_CONTINUED.search(lower.caption))
    if _has_heads(lower):
        same = [head[1:] for head in lower.header] == [head[1:] for head in upper.header]
        return said or (same and _shares_title(upper, lower))
    return said or _begins_bare(page, lower)


def _is_foot(page: Page, start: int) -> bool:
    """Whether nothing but a footer follows from line `start` on."""
    rest = page.lines[start:]
    return len(rest) <= _FOOT_LINES and all(len(line.words) <= _WORDS_OF_FOOT for line in rest)


def _begins_bare(page: Page, table: Table) -> bool:
    """Whether nothing but a running head stands above a table's first row."""
    above = page.lines[: table.rows[0].line if table.rows else table.first_line]
    return len(above) <= _HEAD_LINES and all(len(line.words) <= _WORDS_OF_FOOT for line in above)


def _shares_title(upper: Table, lower: Table) -> bool:
    """Whether the two titles are one: the titles of two statements differ in a word only."""
    if lower.statement is not None and lower.statement != upper.statement:
        return False
    words = set(_CONTINUED.sub("", lower.caption).lower().split())
    return not words or words == set(_CONTINUED.sub("", upper.caption).lower().split())


def _has_heads(table: Table) -> bool:
    return any(any(head[1:]) for head in table.header)


def _width(table: Table) -> int:
    return max((len(row.cells) for row in table.rows), default=0)


def _continue(upper: Table, lower: Table) -> Table:
    open_parents = upper.rows[-1].parents if upper.rows else ()
    return replace(
        lower,
        caption=upper.caption or lower.caption,
        header=lower.header if _has_heads(lower) else upper.header,
        rows=_inherit(lower.rows, open_parents),
        unit=lower.unit or upper.unit,
        scale=lower.scale if lower.scale is not None else upper.scale,
        statement=upper.statement or lower.statement,
        section=upper.section or lower.section,
        grade=lower.grade if _has_heads(lower) else max(lower.grade, upper.grade),
        faults=lower.faults
        if _has_heads(lower)
        else tuple(fault for fault in lower.faults if "no head" not in fault),
        continues=True,
    )


def _inherit(rows: Sequence[TableRow], parents: tuple[str, ...]) -> tuple[TableRow, ...]:
    """Keep the sub-headings that were open at the page's end, up to their total or the next one."""
    inherited: list[TableRow] = []
    for row in rows:
        if not any(row.texts):
            parents = ()
        place = find_totalled(parents, row.label)
        parents = parents if place is None else parents[:place]
        inherited.append(row if row.parents or not parents else replace(row, parents=parents))
    return tuple(inherited)
