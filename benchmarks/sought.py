"""Questions and the pages that a search should find for them, from the finance question files.

A page counts as found when it prints the evidence. Beside that, a page of the same filing that
prints the same figure is often as good to read: `add_printing_pages` lets it count. Knows the
question files; no workspace and no ranking.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.golds import DESK_FILE, FINANCEBENCH_FILE, DataMissing, read_rows
from benchmarks.measures import PagePlace
from ingestion.figures import find_figures

FINANCEBENCH, DESK, DESK_PARTS = "FinanceBench", "desk", "desk sub-questions"
# A figure of fewer digits stands on too many pages to tell anything.
LEAST_DIGITS = 3

_REFERENCE = re.compile(r"#(\d+)")
_SIGNS = "()$%- "


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence: the pages that print it, and its figures as they are printed."""

    pages: frozenset[PagePlace]
    figures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sought:
    """A question, the documents that it is asked of (by name), and what is to be found."""

    group: str
    question_id: str
    text: str
    documents: tuple[str, ...]
    evidence: tuple[Evidence, ...]

    @property
    def pages(self) -> tuple[frozenset[PagePlace], ...]:
        """The pages of each piece of evidence."""
        return tuple(one.pages for one in self.evidence)


def load_sought(data: Path) -> tuple[Sought, ...]:
    """Return the questions that have evidence: FinanceBench, desk, and the desk's sub-questions.

    Raises:
        DataMissing: a file is not there, or a line of it is no question.
    """
    readers: tuple[tuple[str, Callable[[Mapping[str, Any]], Iterator[Sought]]], ...] = (
        (FINANCEBENCH_FILE, read_financebench),
        (DESK_FILE, read_desk),
        (DESK_FILE, read_desk_parts),
    )
    sought: list[Sought] = []
    for file, read in readers:
        for number, row in read_rows(data / file):
            try:
                sought.extend(one for one in read(row) if one.evidence)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise DataMissing(
                    f"Line {number} of {data / file} is no question ({error!r})."
                ) from error
    return tuple(sought)


def read_financebench(row: Mapping[str, Any]) -> Iterator[Sought]:
    """Yield the question of one row; its figures are those of the answer that the page prints."""
    said = [figure.value for figure in find_figures(row["answer"]) if not figure.is_year]
    evidence = tuple(
        Evidence(
            pages=frozenset(
                {PagePlace(item.get("doc_name") or row["doc_name"], item["evidence_page_num"] + 1)}
            ),
            figures=tuple(
                dict.fromkeys(
                    text
                    for text in map(write_figure, said)
                    if is_telling(text) and prints_figure(item["evidence_text"], text)
                )
            ),
        )
        for item in row["evidence"]
    )
    yield Sought(
        FINANCEBENCH, row["financebench_id"], row["question"], (row["doc_name"],), evidence
    )


def read_desk(row: Mapping[str, Any]) -> Iterator[Sought]:
    """Yield the question of one row."""
    evidence = tuple(_read_operands(row).values())
    yield Sought(DESK, row["id"], row["question"], tuple(row["docs"]), evidence)


def read_desk_parts(row: Mapping[str, Any]) -> Iterator[Sought]:
    """Yield the sub-questions of one row, each with the answers that it refers to filled in."""
    operands = _read_operands(row)
    answers: dict[int, str] = {}
    for part in row.get("sub_questions") or ():
        text = fill_references(part["question"], answers)
        answers[part["n"]] = part["answer"]["text"]
        evidence = tuple(operands[ref] for ref in part["evidence"])
        yield Sought(DESK_PARTS, f"{row['id']}-{part['n']}", text, tuple(row["docs"]), evidence)


def _read_operands(row: Mapping[str, Any]) -> dict[str, Evidence]:
    return {
        item["ref"]: Evidence(
            pages=frozenset(
                PagePlace(place["doc"], place["page"] + 1)
                for place in (item, *(item.get("also_at") or ()))
            ),
            figures=(item["value_as_printed"].strip(_SIGNS),),
        )
        for item in row.get("evidence") or ()
    }


def fill_references(text: str, answers: Mapping[int, str]) -> str:
    """Replace "#2" by the second answer; what is not answered stays."""
    return _REFERENCE.sub(lambda match: answers.get(int(match[1]), match[0]), text)


def write_figure(value: Decimal) -> str:
    """Return a figure as filings print it, without sign: "1,577" for -1577.00."""
    text = f"{abs(value):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def is_telling(figure: str) -> bool:
    """Whether a printed figure has digits enough to be known by."""
    return sum(character.isdigit() for character in figure) >= LEAST_DIGITS


def prints_figure(text: str, figure: str) -> bool:
    """Whether a text prints a figure as a whole number: "1,577" is no part of "21,577"."""
    return re.search(rf"(?<![\d.,]){re.escape(figure)}(?!\d|[.,]\d)", text) is not None


def add_printing_pages(
    sought: Sought, texts: Callable[[str], Mapping[PagePlace, str]]
) -> tuple[frozenset[PagePlace], ...]:
    """Return the pages of each piece of evidence, and those that print all its figures too.

    `texts` returns the pages of a document; only the documents of the evidence are looked at.
    """
    return tuple(_add_printing(one, texts) for one in sought.evidence)


def _add_printing(
    evidence: Evidence, texts: Callable[[str], Mapping[PagePlace, str]]
) -> frozenset[PagePlace]:
    figures = [figure for figure in evidence.figures if is_telling(figure)]
    if not figures:
        return evidence.pages
    documents = {place.document for place in evidence.pages}
    return evidence.pages | {
        place
        for document in documents
        for place, text in texts(document).items()
        if all(prints_figure(text, figure) for figure in figures)
    }


def reciprocal_rank(
    found: Sequence[PagePlace], gold_pages: Sequence[frozenset[PagePlace]]
) -> float:
    """Return 1 / rank of the first page found of each piece of evidence (0 for none), averaged."""
    rank = {place: number for number, place in enumerate(found, start=1)}
    return fmean(
        max((1.0 / rank[place] for place in pages if place in rank), default=0.0)
        for pages in gold_pages
    )
