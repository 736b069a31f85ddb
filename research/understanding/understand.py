"""From a question's text to what is to be searched for, without a model.

What the question does not say, or what is not in the library, is left open and never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ingestion.documents import Document
from ingestion.filings.lexicon import Lexicon, Mention, load_lexicon
from research.terms import stem_word
from research.understanding.asked_periods import find_asked_periods, names_quarter
from research.understanding.companies import find_companies, list_companies
from research.understanding.instructions import split_instructions
from research.understanding.query import Company, Need, Query
from research.understanding.vocabulary import (
    Vocabulary,
    asks_to_compare,
    find_forms,
    find_statements,
    load_vocabulary,
    remove_statements,
)

# A line item that another is computed from is needed less surely than one that is named.
_STEP = 0.9
# What a figure is computed from is needed whatever else is asked of it.
_COMPUTED = 0.85
_WORD = re.compile(r"[^\W_]+(?:&[^\W_]+)?")
_YEAR = re.compile(r"(?:fy|cy)?(?:19|20)\d\d")
_POSSESSIVE = re.compile(r"['\u2019]s\b")
_EMPTY = frozenset(
    "a about all also am an and any are as at be been being both but by can could did do does "
    "each either for from had has have how i if in into is it its me more most much my no not of "
    "on only or other our over per please same should so some such than that the their them then "
    "there these they this those to under up us very was we were what when where which who whom "
    "whose why will with would you your many during among between through one two three four five "
    # words of asking, and the units that an answer is to have
    "based data information answer question using given usd dollar dollars million millions "
    "billion billions thousand thousands fy cy fiscal year years company ended".split()
)
# A text of which more is not a question: the rest is not read.
_LONGEST = 20_000


def understand_question(
    text: str,
    documents: Sequence[Document],
    lexicon: Lexicon | None = None,
    vocabulary: Vocabulary | None = None,
    *,
    whole: str = "",
) -> Query:
    """Return what `text` asks for, in the documents that may be searched.

    A part of a question that names no company is of the one that the `whole` question names.
    """
    lexicon, vocabulary = lexicon or load_lexicon(), vocabulary or load_vocabulary()
    asked, told = split_instructions(text[:_LONGEST])
    companies = _list_companies(tuple(documents))
    named = _find_named(asked, told, whole, companies)
    content = remove_statements(asked)
    needs, covered = find_needs(content, lexicon, vocabulary)
    words = _list_words(content, named)
    periods = find_asked_periods(asked, find_latest_year(documents, named))
    # A year that is no period asked for ("matures in 2025") is what a row may be called by.
    named_words = tuple(
        word for word in words if not _YEAR.fullmatch(word) or int(word) not in periods.years
    )
    stems = frozenset(map(stem_word, named_words))
    forms = find_forms(asked)
    # The fourth quarter is told by the annual report: there is no 10-Q of it.
    if names_quarter(asked) and periods.quarters != {4}:
        forms |= {"10-Q"}
    return Query(
        text=text,
        asked=asked,
        terms=_build_terms(words, content, vocabulary),
        words=named_words,
        needs=needs,
        certainty=max(
            _measure_certainty(covered, stems - vocabulary.generic),
            _COMPUTED if _names_computed(needs, lexicon) else 0.0,
        ),
        companies=named,
        periods=periods,
        statements=find_statements(f"{asked} {told}"),
        forms=forms,
        items=vocabulary.find_items(asked),
        compares=asks_to_compare(content),
    )


@lru_cache(maxsize=8)
def _list_companies(documents: tuple[Document, ...]) -> tuple[Company, ...]:
    """List companies once for a library: a question and its parts ask for the same."""
    return list_companies(documents)


def _find_named(
    asked: str, told: str, whole: str, companies: Sequence[Company]
) -> tuple[Company, ...]:
    named = find_companies(asked, companies) or find_companies(told, companies)
    if named or not whole:
        return named
    of_whole = find_companies(whole, companies)
    return of_whole if len(of_whole) == 1 else ()


def find_latest_year(documents: Sequence[Document], companies: Sequence[Company]) -> int | None:
    """Return the last fiscal year of the companies' filings, or of the only company's.

    None where several companies have filings and none is named: then no year is everyone's last.
    """
    year_of = {
        document.document_id: document.filing.fiscal_year
        for document in documents
        if document.filing.fiscal_year is not None
    }
    latest = {
        max(years)
        for company in companies or _list_companies(tuple(documents))
        if (years := [year_of[key] for key in company.document_ids if key in year_of])
    }
    return latest.pop() if len(latest) == 1 else None


def find_needs(
    text: str, lexicon: Lexicon, vocabulary: Vocabulary
) -> tuple[tuple[Need, ...], frozenset[str]]:
    """Return the line items that `text` names, those they are computed from, and their stems."""
    mentions = lexicon.find_mentions(text)
    weights: dict[str, float] = {}
    for mention in mentions:
        _add_need(weights, mention.concept.name, 1.0, lexicon)
        for kin in vocabulary.kin.get(mention.concept.name, ()):
            weights.setdefault(kin, _STEP)
    needs = tuple(Need(concept, weight) for concept, weight in weights.items())
    return needs, _stem_mentions(text, mentions)


def _add_need(weights: dict[str, float], name: str, weight: float, lexicon: Lexicon) -> None:
    if weights.get(name, 0.0) >= weight:
        return
    weights[name] = weight
    concept = lexicon.get(name)
    # What parts are made of is needed too ("EBITDA margin"), but no further.
    if concept is not None and weight > _STEP**2:
        for part in concept.made_of:
            _add_need(weights, part, weight * _STEP, lexicon)


def _names_computed(needs: Sequence[Need], lexicon: Lexicon) -> bool:
    """Whether a line item that is named is computed from others."""
    named = (lexicon.get(need.concept) for need in needs if need.weight == 1.0)
    return any(concept is not None and concept.made_of for concept in named)


def _stem_mentions(text: str, mentions: Sequence[Mention]) -> frozenset[str]:
    return frozenset(
        stem_word(word.lower())
        for mention in mentions
        for word in _WORD.findall(text[mention.start : mention.end])
    )


def _measure_certainty(covered: frozenset[str], content: frozenset[str]) -> float:
    """Return the share (0 to 1) of what is asked that the named line items cover.

    "Revenue" is all of "What was the revenue?" and half of "What was the casino revenue?".
    """
    if not covered:
        return 0.0
    return len(content & covered) / len(content) if content else 1.0


def _list_words(text: str, named: Sequence[Company]) -> list[str]:
    """Return the content words of a question but for the names of companies, each once."""
    words = (
        _bare_year(word.lower())
        for word in _WORD.findall(remove_names(_POSSESSIVE.sub("", text), named))
    )
    return [
        word
        for word in dict.fromkeys(words)
        if word not in _EMPTY and not (word.isdigit() and len(word) < 3)
    ]


def remove_names(text: str, named: Sequence[Company]) -> str:
    """Return `text` without the names of companies, whole or their first words.

    "General Motors" goes, "general and administrative" stays: a first word alone counts only
    where it is written as a name.
    """
    for company in named:
        for alias in sorted({*company.aliases, company.name}, key=len, reverse=True):
            parts = [re.escape(part) for part in _WORD.findall(alias)]
            for count in range(len(parts), 0, -1):
                phrase = r"\W+".join(parts[:count])
                if count == 1 and len(parts) > 1:
                    phrase = phrase[:1].upper() + phrase[1:]
                    # At a text's start any word has a capital; what owns something is a name.
                    text = re.sub(rf"(?<!^)\b{phrase}\b|^{phrase}(?=['\u2019]s\b)", " ", text)
                else:
                    text = re.sub(rf"\b{phrase}\b", " ", text, flags=re.IGNORECASE)
    return text


def _bare_year(word: str) -> str:
    """Return "2018" for "fy2018": filings print the year alone."""
    return word[-4:] if _YEAR.fullmatch(word) else word


def _build_terms(
    words: Sequence[str], content: str, vocabulary: Vocabulary
) -> tuple[tuple[str, ...], ...]:
    """Return a term for each word, with its alternatives, and one for each phrase that has some."""
    alternatives = vocabulary.find_alternatives(content)
    single = {key.lower(): others for key, others in alternatives.items() if " " not in key}
    terms = [(word, *single.get(word, single.get(word.removesuffix("s"), ()))) for word in words]
    phrases = [(key, *others) for key, others in alternatives.items() if " " in key]
    return (*terms, *phrases)
