"""Words that the terminal and the page share: how evidence is quoted, and long text shortened."""

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
