"""Typed facts with what stands around them: what an answer is held against.

A fact knows its row, its headings and its period; its passage knows the table's title and the
section; the statements of the filing tell whether the table is one of them. Knows no question.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ingestion.documents import Fact, Passage
from ingestion.filings.lexicon import load_lexicon
from research.retrieval.rows import find_statement_pages
from research.retrieval.store import PassageStore

# Rows of cash that flows out, or of what is taken off, are printed in brackets and spoken of
# without a sign.
_TAKEN_OFF = re.compile(
    r"\b(?:purchases?|payments?|paid|repayments?|repurchases?|expenditures?|dividends?"
    r"|acquisitions?|additions?|used|provision|expenses?|costs?)\b",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"\([^)]*\)")
# What stands around the digits of a cell, and the digits.
_MARKS = re.compile(r"[()$%\s\-\u2010-\u2015\u2212]|US")
_DIGITS = re.compile(r"[\d.,]+")
_SPOKEN_UNITS = {"USD/share": "per share"}
_SPOKEN_SCALES = {
    1_000: "thousand",
    1_000_000: "million",
    1_000_000_000: "billion",
    1_000_000_000_000: "trillion",
}


@dataclass(frozen=True, slots=True)
class FactPlace:
    """A fact where it stands.

    `caption` is the title of its table, `section` where the table stands; `is_primary` says that
    it is printed in one of the filing's own statements; `is_taken_off` that its row prints what
    is paid or deducted, all of it as negative, so that one speaks of it without the sign.
    """

    fact: Fact
    passage: Passage
    caption: str
    section: str
    is_primary: bool = False
    is_taken_off: bool = False

    @property
    def spoken_value(self) -> Decimal:
        """The value as one speaks of it: "paid 3,193", where the row prints "(3,193)"."""
        return -self.fact.value if self.is_taken_off else self.fact.value

    @property
    def spoken_amount(self) -> Decimal:
        """The spoken value times the scale."""
        return self.spoken_value * self.fact.scale

    @property
    def statement(self) -> str:
        """The number with its unit and scale, as one speaks of it: "$1,284.7 million"."""
        digits = _MARKS.sub("", self.fact.value_as_printed)
        if not _DIGITS.fullmatch(digits):  # it has a word of its own: "5.2 billion"
            return self.fact.value_as_printed.strip()
        unit = self.fact.unit or ""
        sign = "-" if self.spoken_value < 0 else ""
        if unit == "percent":
            return f"{sign}{digits}%"
        currency = "$" if unit in ("USD", "USD/share") else ""
        told = "" if unit == "USD" else _SPOKEN_UNITS.get(unit, unit)
        words = (f"{sign}{currency}{digits}", _SPOKEN_SCALES.get(self.fact.scale, ""), told)
        return " ".join(word for word in words if word)


def gather_places(store: PassageStore, passages: Iterable[Passage]) -> tuple[FactPlace, ...]:
    """Return the facts that stand in the passages, each once, in the passages' order."""
    by_page: dict[tuple[str, int], list[Passage]] = defaultdict(list)
    for passage in dict.fromkeys(passages):
        by_page[passage.document_id, passage.page].append(passage)
    primary = find_primary_pages(store, {document for document, _ in by_page})
    places: dict[str, FactPlace] = {}
    for page, on_page in by_page.items():
        facts = store.find_facts([page[0]], page=page[1])
        taken_off = _find_taken_off(facts)
        for passage in on_page:
            caption = read_caption(passage)
            for fact in facts:
                if passage.first_line <= fact.line <= passage.last_line:
                    place = FactPlace(
                        fact,
                        passage,
                        caption,
                        passage.section or "",
                        is_primary=page in primary and fact.source != "sentence",
                        is_taken_off=fact.line in taken_off and fact.source != "sentence",
                    )
                    places.setdefault(fact.fact_id, place)
    return tuple(places.values())


def find_primary_pages(
    store: PassageStore, document_ids: Iterable[str]
) -> frozenset[tuple[str, int]]:
    """Return the pages on which the documents' primary statements stand."""
    counts = store.count_statement_items(sorted(document_ids))
    found = find_statement_pages(counts, load_lexicon())
    return frozenset((document, page) for (document, _), pages in found.items() for page in pages)


def read_caption(passage: Passage) -> str:
    """Return what stands above the rows of a table's window; "" for prose."""
    if passage.kind == "text":
        return ""
    return " ".join(line for line in passage.text.split("\n") if not line.startswith("|"))


def _find_taken_off(facts: Sequence[Fact]) -> frozenset[int]:
    """Return the lines of rows that print what is paid or deducted, all of it as negative."""
    rows: dict[int, list[Fact]] = defaultdict(list)
    for fact in facts:
        rows[fact.line].append(fact)
    return frozenset(
        line
        for line, row in rows.items()
        if any(fact.value < 0 for fact in row)
        and all(fact.value <= 0 for fact in row)
        and _TAKEN_OFF.search(_IN_BRACKETS.sub("", row[0].line_item))
    )
