"""Words that the terminal, the page and exports share: how evidence is quoted and placed."""

from __future__ import annotations

from research.questions import Evidence


def shorten(text: str, most: int) -> str:
    """Return `text` on one line, cut to `most` characters with an ellipsis."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "\u2026"


def quote_evidence(evidence: Evidence) -> str:
    """Return the words to show: of a whole table its title, for its cells say little in a row."""
    if evidence.kind != "table":
        return evidence.quote
    title = " ".join(line for line in evidence.quote.split("\n") if not line.startswith("|"))
    return title or "A table without a title."


def name_place(evidence: Evidence) -> str:
    """Return where evidence stands: "sheet Segments, cell B7", "page 5, table 3, cell B7".

    Tables are counted from the file's first.
    """
    table, _, cell = (evidence.cell or "").rpartition(":")
    place = f"sheet {evidence.sheet}" if evidence.sheet else f"page {evidence.page}"
    if table:
        place += f", table {table.removeprefix('T')}"
    if cell:
        return f"{place}, cell {cell}"
    return f"{place}, table cell" if evidence.kind == "cell" and not evidence.sheet else place
