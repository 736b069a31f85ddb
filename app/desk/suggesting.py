"""Questions that the library can answer: made of the figures in its statements, without the model.

A newcomer sees at once what may be asked, and an answer is there for each: every figure that a
question needs is one that a statement of the filings prints. Knows facts; asks no question itself.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from ingestion.documents import Document, Fact
from ingestion.filings.lexicon import load_lexicon
from research.understanding.companies import COMPANY_FORMS

MOST = 3
_REVENUE, _PROFIT = "revenue", "net_income"
# What is looked for, the most telling first.
_CONCEPTS = (_REVENUE, "operating_income", _PROFIT, "capital_expenditures")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z' -]{2,39}")

FindFacts = Callable[[Sequence[str], Sequence[str]], Iterable[Fact]]


def suggest_questions(documents: Sequence[Document], find_facts: FindFacts) -> tuple[str, ...]:
    """Return up to `MOST` questions, of the newest filing of each company in turn.

    `find_facts` takes ids of documents and names of concepts.
    """
    newest: dict[str, Document] = {}
    for document in documents:
        filing = document.filing
        if filing.company is None or filing.fiscal_year is None:
            continue
        known = newest.get(filing.company)
        if known is None or filing.fiscal_year > (known.filing.fiscal_year or 0):
            newest[filing.company] = document
    # One of each company first: a library of ten should not speak of one alone.
    waiting = deque(_suggest_of(document, find_facts) for document in newest.values())
    return tuple(islice(_take_in_turn(waiting), MOST))


def _take_in_turn(waiting: deque[Iterator[str]]) -> Iterator[str]:
    """Yield one of each in turn; what nobody asks for is not looked up."""
    while waiting:
        questions = waiting.popleft()
        question = next(questions, None)
        if question is not None:
            yield question
            waiting.append(questions)


def _suggest_of(document: Document, find_facts: FindFacts) -> Iterator[str]:
    """Yield questions on one filing, the hard one first."""
    year = document.filing.fiscal_year
    assert document.filing.company is not None, "a filing without a company is passed over"
    assert year is not None, "a filing without a year is passed over"
    owner = _own(shorten_company(document.filing.company))
    years: dict[str, set[int]] = defaultdict(set)
    labels: dict[str, str] = {}
    for fact in find_facts([document.document_id], _CONCEPTS):
        if _is_yearly(fact) and fact.concept is not None and fact.period is not None:
            years[fact.concept].add(fact.period.fiscal_year or 0)
            labels.setdefault(fact.concept, _speak(fact))
    both = [name for name in _CONCEPTS if {year, year - 1} <= years[name]]
    others = [name for name in both if name != _REVENUE]
    if _REVENUE in both and others:
        yield (
            f"Did {owner} {labels[others[0]]} grow faster than its {labels[_REVENUE]} "
            f"from {year - 1} to {year}?"
        )
    if year in years[_REVENUE] and year in years[_PROFIT]:
        item, whole = labels[_PROFIT], labels[_REVENUE]
        yield f"What was {owner} {item} as a percentage of its {whole} in {year}?"
    for name in _CONCEPTS:
        if year in years[name]:
            item = labels[name]
            yield f"What {_be(item)} {owner} {item} in {year}?"


def _is_yearly(fact: Fact) -> bool:
    """Whether a statement prints it for a whole year."""
    return fact.statement is not None and fact.period is not None and fact.period.months == 12


def shorten_company(name: str) -> str:
    """Return a company's name without its legal form: "3M Company" is "3M"."""
    words = name.split()
    while len(words) > 1 and words[-1].strip(".,&").lower() in COMPANY_FORMS:
        words.pop()
    return " ".join(words).rstrip(" ,&") or name


def _own(company: str) -> str:
    return f"{company}'" if company.endswith("s") else f"{company}'s"


def _be(item: str) -> str:
    return "were" if item.endswith("s") else "was"


def _speak(fact: Fact) -> str:
    """Return a row's own label as it stands within a sentence, where it is plain words."""
    assert fact.concept is not None, "asked of facts with a concept"
    label = fact.line_item
    if not _PLAIN.fullmatch(label):
        label = load_lexicon().names_of(fact.concept)[0]
    return label[0].lower() + label[1:] if label[1:2].islower() else label
