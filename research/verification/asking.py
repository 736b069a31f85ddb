"""What a sub-question asks for, in the terms that facts are checked by.

The words that name the line item, the line items of the lexicon among them, the company's filings,
and the kind of number that is wanted. What is not said stays open. Knows no store and no model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ingestion.documents import Document, StatementKind
from ingestion.filings.lexicon import load_lexicon
from research.terms import find_terms
from research.understanding.query import Company, Query
from research.understanding.understand import remove_names, understand_question
from research.understanding.vocabulary import Vocabulary, find_statements, load_vocabulary
from research.verification.asked_period import remove_periods

# What kind of number an answer is: money or a count, a part of something, an amount a share.
NumberKind = Literal["amount", "part", "per_share"]

# Stems that speak of asking or having, and name no line item.
_GENERIC = frozenset(
    "amount compar consolid correspond divis earn end figur generat gaap have hold level line item "
    "make overal own post print record recogn respect segment stand state sum unadjust whole "
    "common stock respons base particular specif exact annual pay out former known call "
    "generat under count schedul".split()
)
_PART = re.compile(
    r"%|\b(?:percent\w*|rates?|margins?|shares? of (?!common|stock)|ratios?|yields?)\b",
    re.IGNORECASE,
)
_PER_SHARE = re.compile(
    r"\bper\s+(?:(?:common|diluted|basic|ordinary)\s+)?share\b|\bEPS\b", re.IGNORECASE
)
_SHARES = re.compile(
    r"\b(?:how many|number of)\s+(?:[\w-]+\s+){0,4}shares\b|\bshare counts?\b"
    r"|\b(?:weighted[\s-]average|diluted|basic)\s+(?:[\w-]+\s+){0,4}shares\b"
    r"|\bshares\s+(?:[\w-]+\s+){0,2}(?:outstanding|issued|repurchased)\b",
    re.IGNORECASE,
)
# "Depreciation and amortization, per the cash flow statement".
_SOURCE = re.compile(
    r",?\s*\(?\b(?:(?:as\s+)?(?:shown|reported|presented|stated|given|found|listed|taken)\s+)?"
    r"(?:per|from|in|on|within|according\s+to)\s+(?:(?:the|its|their)\s+)?(?:company\s+)?(?:consolidated\s+)?"
    r"(?:statements?\s+of\s+(?:consolidated\s+)?(?:cash\s*flows?|income|operations|earnings"
    r"|financial\s+position)|(?:cash[\s-]flows?|income)\s+statements?|balance\s+sheets?)\b\)?",
    re.IGNORECASE,
)
_NOT_GAAP = re.compile(r"\(?\bnon[\s-]?GAAP\b\)?", re.IGNORECASE)
_PART_UNITS = ("percent", "ratio")
# "Casino operating revenue" is what a row "Casino" under "Revenues" gives.
_SALES = re.compile(r"\b((?:(?:net|operating)\s+)+)(?:revenues?|sales)\b", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['\u2019]s\b")
_IN_PERCENT = re.compile(r"\b(?:in|as an?)\s+(?:units? of\s+)?(?:%|percent\w*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NamedItem:
    """A line item of the lexicon that the question names.

    `concepts` are its ids (several where questions do not tell them apart), `words` the stems
    that named it.
    """

    concepts: frozenset[str]
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A sub-question, the whole question that it is part of, and the filings that may answer.

    `terms` are the stems of the words that say what is asked, without the company, the period and
    words that only ask; `said` are those with them. `companies` are those that it is about; empty
    where that is not told. `within` are the statements in which it wants the figure looked up
    ("per the cash flow statement"); `needless` are stems among the terms that a row may do without.
    """

    question: str
    whole: str
    documents: tuple[Document, ...]
    query: Query
    terms: frozenset[str]
    said: frozenset[str]
    items: tuple[NamedItem, ...]
    companies: tuple[Company, ...]
    kind: NumberKind
    within: frozenset[StatementKind] = frozenset()
    needless: frozenset[str] = frozenset()

    @property
    def years(self) -> frozenset[int]:
        """The fiscal years that it names, or that its words mean ("last year")."""
        return self.query.periods.years

    @property
    def counts_shares(self) -> bool:
        """Whether a number of shares is asked for, not what they cost."""
        return self.kind == "amount" and bool(_SHARES.search(self.question))

    def document(self, document_id: str) -> Document:
        """Return the document of that id."""
        return next(d for d in self.documents if d.document_id == document_id)


def read_asked(question: str, whole: str, documents: Sequence[Document]) -> Asked:
    """Return what a sub-question asks for; what it leaves open is taken from the whole."""
    query = understand_question(question, documents, whole=whole)
    content = remove_periods(_POSSESSIVE.sub("", remove_names(query.asked, query.companies)))
    content, within = _take_out_source(_NOT_GAAP.sub(" ", content))
    content = load_vocabulary().name_places(content)
    items = _find_items(content)
    return Asked(
        question=question,
        whole=whole,
        documents=tuple(documents),
        query=query,
        terms=find_terms(content) - _GENERIC,
        said=find_terms(content),
        items=items,
        companies=query.companies,
        kind=_find_kind(query.asked, items),
        within=within,
        needless=frozenset().union(*(find_terms(words) for words in _SALES.findall(content))),
    )


def _find_kind(asked: str, items: Sequence[NamedItem]) -> NumberKind:
    if _PER_SHARE.search(asked):
        return "per_share"
    if _PART.search(_IN_PERCENT.sub("percent", asked)):
        return "part"
    lexicon = load_lexicon()
    named = [c for item in items for name in item.concepts if (c := lexicon.get(name))]
    return "part" if named and all(c.unit in _PART_UNITS for c in named) else "amount"


def _take_out_source(content: str) -> tuple[str, frozenset[StatementKind]]:
    """Return what is asked without where it is to be looked up, and the statements of that."""
    within: set[StatementKind] = set()
    for found in _SOURCE.finditer(content):
        within |= find_statements(found[0])
    return _SOURCE.sub(" ", content), frozenset(within)


def _find_items(content: str) -> tuple[NamedItem, ...]:
    lexicon, vocabulary = load_lexicon(), load_vocabulary()
    return tuple(
        _name_item(mention.concept.name, content[mention.start : mention.end], vocabulary)
        for mention in lexicon.find_mentions(content)
    )


def _name_item(concept: str, words: str, vocabulary: Vocabulary) -> NamedItem:
    kin = frozenset({concept, *vocabulary.kin.get(concept, ())})
    return NamedItem(kin, find_terms(words) - _GENERIC)
