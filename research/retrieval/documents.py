"""How well each document fits what a question says of companies, periods and forms.

A prior, not a filter: a filing of the next year also prints last year's column, and a question
may name a company only to ask of its rival. Pure functions; knows no passage.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from ingestion.documents import Document
from research.understanding.query import Query

# Of another company than the one that is named.
_OTHER_COMPANY = 0.25
# By how many years the filing is later than the last year asked for.
_LATER = {0: 1.0, 1: 0.7, 2: 0.55}
_MUCH_LATER = 0.45
_BETWEEN = 0.9
# A filing cannot print a year that was still to come.
_EARLIER = 0.4
_OTHER_FORM = 0.8
_OTHER_CURRENT_REPORT = 0.5
# A year is told first by its annual report.
_NOT_ANNUAL = 0.85
_NOT_RELEASE = 0.95
_OLDER_BY_A_YEAR = 0.1
_OLDEST = 0.6
_A_WEEK = timedelta(days=7)
_ANNUAL = frozenset({"10-K", "20-F", "40-F"})


def weigh_documents(query: Query, documents: Sequence[Document]) -> dict[str, float]:
    """Return a weight for each document, above 0 and at most 1."""
    latest = max((year for d in documents if (year := _year_of(d))), default=None)
    latest_of = {
        company.name: max(
            (
                year
                for d in documents
                if d.document_id in company.document_ids
                if (year := _year_of(d))
            ),
            default=None,
        )
        for company in query.companies
    }
    weights = {}
    for document in documents:
        company = next((c for c in query.companies if document.document_id in c.document_ids), None)
        weight = 1.0 if company or not query.companies else _OTHER_COMPANY
        newest = latest_of[company.name] if company else latest
        weight *= _weigh_year(query, document, newest) * _weigh_form(query, document)
        weights[document.document_id] = weight
    return weights


def find_quarter(document: Document) -> int | None:
    """Return the fiscal quarter (1 to 4) that a filing closes; None where nothing tells."""
    end, month = document.filing.period_end, document.filing.year_end_month
    if end is None or month is None:
        return None
    # Years of 52 or 53 weeks end up to a week after their month.
    closed = (date.fromisoformat(end) - _A_WEEK).month
    return (closed - month - 1) % 12 // 3 + 1


def _year_of(document: Document) -> int | None:
    filing = document.filing
    if filing.fiscal_year is not None:
        return filing.fiscal_year
    return int(filing.period_end[:4]) if filing.period_end else None


def _weigh_year(query: Query, document: Document, newest: int | None) -> float:
    year, asked = _year_of(document), query.periods.years
    if document.filing.period_end in {day.isoformat() for day in query.periods.days}:
        return 1.0
    if year is None:
        return 1.0 if not asked else _MUCH_LATER
    if not asked:
        return max(_OLDEST, 1.0 - _OLDER_BY_A_YEAR * ((newest or year) - year))
    if year < min(asked):
        return _EARLIER
    if year < max(asked):
        return _BETWEEN if year in asked else _MUCH_LATER
    return _LATER.get(year - max(asked), _MUCH_LATER)


def _weigh_form(query: Query, document: Document) -> float:
    form, asked = (document.filing.form or "").removesuffix("/A"), query.forms
    if "8-K" in asked:
        return _weigh_current_report(query, document)
    if "10-Q" in asked:
        if form != "10-Q":
            return _OTHER_FORM
        fits = not query.periods.quarters or find_quarter(document) in query.periods.quarters
        return 1.0 if fits else _OTHER_FORM
    if "10-K" in asked:
        return 1.0 if form in _ANNUAL else _OTHER_FORM
    if "release" in asked:
        return _NOT_RELEASE if form in {"10-K", "10-Q"} else 1.0
    return 1.0 if form in _ANNUAL else _NOT_ANNUAL


def _weigh_current_report(query: Query, document: Document) -> float:
    if (document.filing.form or "").removesuffix("/A") != "8-K":
        return _OTHER_CURRENT_REPORT
    days = {day.isoformat() for day in query.periods.days}
    return 1.0 if not days or document.filing.period_end in days else _OTHER_FORM
