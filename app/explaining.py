"""Why a search found what it found, in plain words: what was understood, and what spoke for a hit.

Pure functions that the terminal and the desk share. Knows no screen.
"""

from __future__ import annotations

from collections.abc import Sequence

from ingestion.documents import ScoredPassage
from ingestion.filings.lexicon import load_lexicon
from research.understanding.query import AskedPeriods, Query

_PARTS = {
    "words": "words",
    "vectors": "meaning",
    "item": "line item",
    "label": "row label",
    "statement": "statement asked for",
    "heading": "heading",
    "form_item": "part of the form",
    "reranker": "cross-encoder",
}
_STATEMENTS = {
    "income": "income statement",
    "balance_sheet": "balance sheet",
    "cash_flow": "cash flow statement",
    "equity": "statement of equity",
    "comprehensive_income": "statement of comprehensive income",
}
# The factor that the sum of the others is multiplied by.
_FACTOR = "document"
_ITEMS_SHOWN = 6


def describe_query(query: Query) -> tuple[tuple[str, str], ...]:
    """Return what was understood of a question, each with its name; only what there is."""
    told = (
        ("Companies", ", ".join(company.name for company in query.companies)),
        ("Periods", _describe_periods(query.periods)),
        ("Line items", _describe_items(query)),
        ("Statements", ", ".join(_STATEMENTS.get(kind, kind) for kind in sorted(query.statements))),
        ("Forms", ", ".join(sorted(query.forms - {"release"}))),
        ("Left open", ", ".join(query.periods.open)),
    )
    return tuple((name, text) for name, text in told if text)


def _describe_periods(periods: AskedPeriods) -> str:
    years = [f"FY{year}" for year in sorted(periods.years)]
    quarters = [f"Q{quarter}" for quarter in sorted(periods.quarters)]
    days = [day.isoformat() for day in sorted(periods.days)]
    return ", ".join([*years, *quarters, *days])


def _describe_items(query: Query) -> str:
    """Name the line items that are asked for, and in brackets those they are computed from."""
    lexicon = load_lexicon()
    labels = {
        need.concept: concept.label
        for need in query.needs
        if (concept := lexicon.get(need.concept)) is not None
    }
    named = [labels[n.concept] for n in query.needs if n.weight == 1.0 and n.concept in labels]
    parts = [labels[n.concept] for n in query.needs if n.weight < 1.0 and n.concept in labels]
    told = ", ".join(named[:_ITEMS_SHOWN])
    return f"{told} (with {', '.join(parts[:_ITEMS_SHOWN])})" if parts else told


def list_parts(scored: ScoredPassage) -> tuple[tuple[str, float], ...]:
    """Return what spoke for a passage, in words, with how much; without the document's factor."""
    return tuple((_PARTS.get(name, name), value) for name, value in scored.parts if name != _FACTOR)


def find_factor(scored: ScoredPassage) -> float:
    """Return how well the passage's document fits (above 0, at most 1)."""
    return dict(scored.parts).get(_FACTOR, 1.0)


def describe_hit(scored: ScoredPassage) -> str:
    """Return one line: "line item 1.68 + row label 0.80, document x 1.00"."""
    parts = " + ".join(f"{name} {value:.2f}" for name, value in list_parts(scored))
    return f"{parts or 'nothing'}, document \u00d7 {find_factor(scored):.2f}"


def sum_parts(hits: Sequence[ScoredPassage]) -> float:
    """Return the largest sum of parts among hits, against which bars are drawn; at least 1."""
    return max((sum(value for _, value in list_parts(hit)) for hit in hits), default=0.0) or 1.0
