"""Another library of finance: the pages of reports that FinQA's questions are asked of.

Single pages of reports of a hundred companies, as text with pipe tables, all in small letters.
The pages of one report make one file, called by ticker and year. Many questions name neither
company nor year, so the whole pool is hard; asked within the company's reports it is a fair
test. Knows FinQA's format; no workspace.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.golds import DataMissing, read_rows
from benchmarks.measures import PagePlace
from benchmarks.pooled import Pool, lay_out_page
from benchmarks.sought import Evidence, Sought

FINQA = "FinQA"
_FILE = "finqa/finqa_dev_838_context_program.jsonl"
_ID = re.compile(r"(?P<company>[^/]+)/(?P<year>\d{4})/page_(?P<page>\d+)\.pdf-\d+")
_SAYS_SOMETHING = re.compile(r"[^\W_]")


class _Asked(NamedTuple):
    question_id: str
    text: str
    company: str
    year: str
    page: int
    content: str


def load_finqa(data: Path) -> Pool:
    """Return the pages, and each question with the reports of its company.

    Raises:
        DataMissing: the file is not there, or a line of it is no question.
    """
    asked = tuple(_read(data / _FILE))
    reports: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for one in asked:
        reports[one.company, one.year][one.page] = lay_out(one.content)
    names = {report: f"{report[0]}_{report[1]}_10K" for report in reports}
    # A page's number in its file is its place among the pages that there are.
    numbers = {
        report: {page: number for number, page in enumerate(sorted(pages), start=1)}
        for report, pages in reports.items()
    }
    files = {
        names[report]: tuple(pages[page] for page in sorted(pages))
        for report, pages in reports.items()
    }
    sought = tuple(
        Sought(
            FINQA,
            one.question_id,
            one.text,
            tuple(name for report, name in names.items() if report[0] == one.company),
            (
                Evidence(
                    frozenset(
                        {
                            PagePlace(
                                names[one.company, one.year],
                                numbers[one.company, one.year][one.page],
                            )
                        }
                    )
                ),
            ),
        )
        for one in asked
    )
    return Pool(files, sought)


def _read(path: Path) -> Iterator[_Asked]:
    for number, row in read_rows(path):
        try:
            yield read_question(row)
        except (KeyError, TypeError, ValueError) as error:
            raise DataMissing(f"Line {number} of {path} is no question ({error!r}).") from error


def read_question(row: Mapping[str, Any]) -> _Asked:
    """Read a row; raises ValueError when its id names no page of a report."""
    place = _ID.fullmatch(row["id"])
    if place is None:
        raise ValueError(f"{row['id']} names no page")
    return _Asked(
        row["id"],
        row["question"],
        place["company"],
        place["year"],
        int(place["page"]),
        row["context"],
    )


def lay_out(content: str) -> str:
    """Return a page as text: prose in paragraphs, tables between pipes, no lines of dots alone."""
    blocks: list[list[str]] = [[]]
    for line in content.split("\n"):
        if not line.strip():
            blocks.append([])
        elif _SAYS_SOMETHING.search(line):
            blocks[-1].append(line.strip())
    laid = []
    for block in filter(None, blocks):
        is_table = len(block) > 1 and all(" | " in line for line in block)
        laid.append(_lay_out_table(block) if is_table else lay_out_page("", [" ".join(block)]))
    return "\n\n".join(laid)


def _lay_out_table(rows: Sequence[str]) -> str:
    rule = "|".join("---" for _ in rows[0].split(" | "))
    head, *body = (f"| {row} |" for row in rows)
    return "\n".join([head, f"|{rule}|", *body])
