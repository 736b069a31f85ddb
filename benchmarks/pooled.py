"""Libraries made of many short texts: files with one text a page, and the questions on them.

Texts of question sets come without files. Here they become text files, one page a text, that
are added like any other, so that a page's number stands for a text. Knows the workspace; no
question set.
"""

from __future__ import annotations

import tempfile
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.golds import DataMissing
from benchmarks.sought import Sought
from ingestion.workspace import Workspace

_PAGE_BREAK = "\f"
# Characters of a line. A file is cut into pages where lines are many, too.
_WIDTH = 200


@dataclass(frozen=True, slots=True)
class Pool:
    """Texts to search, and questions on them: `files` has the pages of each file by its name."""

    files: Mapping[str, tuple[str, ...]]
    sought: tuple[Sought, ...]


def lay_out_page(title: str, paragraphs: Sequence[str]) -> str:
    """Return a page of text: a heading where there is a title, and wrapped paragraphs."""
    wrapped = ["\n".join(textwrap.wrap(" ".join(text.split()), _WIDTH)) for text in paragraphs]
    return "\n\n".join([*([f"# {title}"] if title else []), *wrapped])


def add_pool(workspace: Workspace, pool: Pool, tell: Callable[[str], None]) -> dict[str, str]:
    """Add the files that the workspace lacks, with their vectors; returns names by id.

    Raises:
        IngestionError: a file cannot be added.
        DataMissing: a file was not read as the pages that it was made of.
    """
    names: dict[str, str] = {}
    added = 0
    for report in workspace.refresh():
        tell(report.error or f"read again, as an older version had stored it: {report.name}")
    with tempfile.TemporaryDirectory() as folder:
        for name, pages in pool.files.items():
            path = Path(folder) / f"{name}.md"
            path.write_text(_PAGE_BREAK.join(pages), encoding="utf-8")
            report = workspace.add_file(path)
            assert report.document is not None, "add_file raises when it adds nothing"
            if report.document.pages != len(pages):
                raise DataMissing(
                    f"{path.name} was made of {len(pages)} pages and read as "
                    f"{report.document.pages}. Lay its pages out with fewer lines."
                )
            names[report.document.document_id] = name
            added += report.status == "added"
    made = workspace.embed_waiting()
    if added or made.made:
        tell(f"added {added} files; made {made.made} vectors in {made.seconds:.1f} s")
    return names
