"""What a user should know of how well a file was read, in a few lines.

Sums that do not hold and tables whose columns are a guess are said with their pages, so that they
can be looked at. Knows nothing of how they were found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ingestion.documents import Page, ParsedFile, TieOut
from ingestion.layout.tables import POOR_GRADE

# More would bury what matters; the rest is counted.
MAX_SUMS = 5
MAX_PLACES = 8


def describe_findings(parsed: ParsedFile) -> tuple[str, ...]:
    """Return the warnings of a file: its own, sums that failed, and tables that read poorly."""
    return (
        *parsed.warnings,
        *_describe_sums([tie for tie in parsed.tie_outs if tie.outcome == "failed"]),
        *_describe_tables(parsed.pages),
    )


def _describe_sums(failed: Sequence[TieOut]) -> Iterator[str]:
    for tie in failed[:MAX_SUMS]:
        told = f"page {tie.page}: {tie.name} does not hold"
        if tie.expected is not None and tie.printed is not None:
            told += f", {tie.expected:,f} by its parts but {tie.printed:,f} printed"
        yield f"{told} ({tie.detail})"
    rest = len(failed) - MAX_SUMS
    if rest > 0:
        yield f"{rest} more {'sum does' if rest == 1 else 'sums do'} not hold"


def _describe_tables(pages: Sequence[Page]) -> Iterator[str]:
    poor = [page for page in pages for table in page.tables if table.grade < POOR_GRADE]
    if not poor:
        return
    places = list(dict.fromkeys(_name_place(page) for page in poor))
    kind = "page" if poor[0].label is None else "sheet"
    kind += "" if len(places) == 1 else "s"
    shown = ", ".join(places[:MAX_PLACES])
    more = f" and {len(places) - MAX_PLACES} more" if len(places) > MAX_PLACES else ""
    noun = "1 table" if len(poor) == 1 else f"{len(poor)} tables"
    yield f"{noun} could be misread: {kind} {shown}{more}"


def _name_place(page: Page) -> str:
    return str(page.number) if page.label is None else f'"{page.label}"'
