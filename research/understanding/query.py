"""The nouns of understanding: what a question says of what is to be searched, as values.

Everything is optional: what the question does not say, or says of nothing in the library, is
empty. Knows no text; `understand` makes these.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ingestion.documents import StatementKind


@dataclass(frozen=True, slots=True)
class Company:
    """A company of the library: how its filings write it, its other names, and its documents."""

    name: str
    aliases: frozenset[str]
    document_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class AskedPeriods:
    """The periods that a question names.

    `years` are fiscal years as the question calls them, `quarters` are 1 to 4 (the second half
    ends with the fourth), `days` are days that it names. `open` are words for a period that
    nothing here resolves ("last year", where no filing says which year that is).
    """

    years: frozenset[int] = frozenset()
    quarters: frozenset[int] = frozenset()
    days: frozenset[date] = frozenset()
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """A line item that an answer needs: the lexicon's name of it, and how surely (0 to 1)."""

    concept: str
    weight: float


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the search takes it.

    `asked` is the question without what only tells how to answer, `terms` are its content words,
    each with what may stand for it, `words` those that a row of a table may be called by: no
    years, no company. `needs` are line items; `certainty` (0 to 1) says how much of what is
    asked they cover: of "casino revenue" the revenue is only a part. `companies` are those of the
    library that are named; None where none is. `statements`, `forms` and `items` are the kinds of
    statement, the forms ("10-Q") and the items of a form ("Item 7.") that it hints at. `compares`
    says that the answer is one of several that are to be compared ("which segment ... most").
    """

    text: str
    asked: str
    terms: tuple[tuple[str, ...], ...] = ()
    words: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    certainty: float = 0.0
    companies: tuple[Company, ...] = ()
    periods: AskedPeriods = AskedPeriods()
    statements: frozenset[StatementKind] = frozenset()
    forms: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    compares: bool = False

    @property
    def document_ids(self) -> frozenset[str] | None:
        """The documents of the companies that are named; None where none is."""
        if not self.companies:
            return None
        return frozenset().union(*(company.document_ids for company in self.companies))
