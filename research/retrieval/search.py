"""The search: candidates from words, vectors and rows, what speaks for each, and their order.

    understand -> weigh documents -> words, vectors -> rows and statements of the best documents
    -> one score a passage, a weighted sum of parts between 0 and 1, times its document's weight

The weights were chosen by hand for whole groups of questions and hardly matter one by one: see
the decision on ranking in `docs/decisions`. Knows no model and no database.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ingestion.documents import Document, ScoredPassage
from ingestion.filings.lexicon import load_lexicon
from research.retrieval.candidates import Candidates, Weights
from research.retrieval.documents import weigh_documents
from research.retrieval.reranking import MOST_READ, Reranker, rerank
from research.retrieval.rows import RowScore, find_statement_pages, score_rows
from research.retrieval.store import PassageStore
from research.terms import stem_word
from research.understanding.query import Query
from research.understanding.understand import understand_question
from research.understanding.vocabulary import load_vocabulary

# Each index is asked for more than is used: what several of them find comes first.
_DEPTH = 120
# Vectors are worth so much more where a question is not of filings; see the decision on ranking.
_VECTORS_ALONE = 1.6
# Rows are looked through in so many documents, the best.
_FOCUS = 12
# Pages of which all passages are looked at, since a row on them fits.
_PAGES = 60
_WORD = re.compile(r"[a-z0-9&]+")
# What the words of the best passage of a page are worth to its tables.
_NEARBY = 0.7
# A label that fits worse than this is not made to look as good as the best.
_FAIR_LABEL = 0.5


DEFAULT_WEIGHTS = Weights()


def search_passages(
    store: PassageStore,
    text: str,
    limit: int,
    document_ids: Sequence[str] | None = None,
    *,
    weights: Weights = DEFAULT_WEIGHTS,
    reranker: Reranker | None = None,
) -> tuple[ScoredPassage, ...]:
    """Return the best passages for a question, each text once, with the parts of its score.

    A question that says nothing finds nothing; `document_ids` that are not there neither.
    """
    chosen = _choose_documents(store.documents(), document_ids)
    query = understand_question(text, chosen)
    return rank_passages(
        store, query, chosen, limit, document_ids, weights=weights, reranker=reranker
    )


def _choose_documents(
    documents: Sequence[Document], document_ids: Sequence[str] | None
) -> tuple[Document, ...]:
    if document_ids is None:
        return tuple(documents)
    wanted = set(document_ids)
    return tuple(document for document in documents if document.document_id in wanted)


def rank_passages(
    store: PassageStore,
    query: Query,
    documents: Sequence[Document],
    limit: int,
    document_ids: Sequence[str] | None = None,
    *,
    weights: Weights = DEFAULT_WEIGHTS,
    reranker: Reranker | None = None,
) -> tuple[ScoredPassage, ...]:
    """Rank the passages of `documents` for a question that is understood."""
    if not documents or limit < 1:
        return ()
    prior = weigh_documents(query, documents)
    weights = _suit(weights, query)
    pool = Candidates(frozenset(prior))
    named = _list_named(query, document_ids)
    if weights.words:
        for ids in named or [document_ids]:
            pool.add("words", store.search_terms(query.terms, _DEPTH, ids))
    if weights.vectors and query.asked.strip():
        # Naming a company is no filter: another's filing may tell of it, and vectors find that
        # in a tenth of the time that words take in a large library.
        for ids in [*named, document_ids]:
            pool.add("vectors", store.search_vectors(query.asked, _DEPTH, ids))
    _add_rows(pool, store, query, _choose_focus(pool, query, prior), prior)
    _score_headings(pool, query)
    if reranker is None:
        return pool.rank(weights, prior, limit)
    ranked = pool.rank(weights, prior, max(limit, MOST_READ))
    return rerank(ranked, query.asked, reranker)[:limit]


def _suit(weights: Weights, query: Query) -> Weights:
    """Trust vectors more where nothing in the question is of the kind that filings print."""
    if query.needs or query.companies or query.statements:
        return weights
    return replace(weights, vectors=_VECTORS_ALONE * weights.vectors)


def _add_rows(
    pool: Candidates,
    store: PassageStore,
    query: Query,
    focus: Sequence[str],
    prior: Mapping[str, float],
) -> None:
    """Take in what stands in the rows and statements of the documents in focus."""
    statement_pages = find_statement_pages(store.count_statement_items(focus), load_lexicon())
    words = _list_telling_words(query)
    rows = store.find_rows(focus, words, [need.concept for need in query.needs])
    scored = score_rows(rows, query, statement_pages)
    named = {
        (document_id, page)
        for (document_id, kind), pages in statement_pages.items()
        if kind in query.statements
        for page in pages
    }
    pool.add_passages(store.passages_on({*_choose_pages(scored, prior), *named}))
    _score_rows_of(pool, scored, {need.concept for need in query.needs})
    for passage in pool.passages.values():
        if passage.kind != "text" and (passage.document_id, passage.page) in named:
            pool.note("statement", passage, 1.0)


def _list_telling_words(query: Query) -> list[str]:
    """Return the words that rows are looked for by: "total" and "rate" stand in too many."""
    generic = load_vocabulary().generic
    telling = [word for word in query.words if stem_word(word) not in generic]
    return [*(telling or query.words), *map(str, sorted(query.periods.years))]


def _list_named(query: Query, document_ids: Sequence[str] | None) -> list[Sequence[str] | None]:
    """Return the documents of each company that is named, where they are not all that there are."""
    wanted = None if document_ids is None else frozenset(document_ids)
    named = [
        company.document_ids if wanted is None else company.document_ids & wanted
        for company in query.companies
    ]
    return [sorted(ids) for ids in named if ids and ids != wanted]


def _choose_focus(pool: Candidates, query: Query, prior: Mapping[str, float]) -> list[str]:
    """Return the documents whose rows are looked through: those that fit best."""
    found: dict[str, float] = defaultdict(float)
    for key, passage in pool.passages.items():
        found[passage.document_id] += sum(pool.parts[key].values())
    named = query.document_ids or frozenset()
    if len(prior) <= _FOCUS:  # few enough to look through, whatever words and vectors found
        named = frozenset(prior)
    candidates = {document for document in {*found, *named} if document in prior}
    best = max(found.values(), default=0.0) or 1.0
    order = sorted(candidates, key=lambda d: (-prior[d] * (1.0 + found.get(d, 0.0) / best), d))
    return order[:_FOCUS]


def _choose_pages(scored: Sequence[RowScore], prior: Mapping[str, float]) -> list[tuple[str, int]]:
    best: dict[tuple[str, int], float] = {}
    for one in scored:
        page = (one.row.document_id, one.row.page)
        worth = one.item + one.label
        best[page] = max(best.get(page, 0.0), worth * prior[one.row.document_id])
    return sorted(best, key=lambda page: (-best[page], page))[:_PAGES]


def _score_rows_of(pool: Candidates, scored: Sequence[RowScore], needed: set[str]) -> None:
    """Let rows speak for the passage they stand in, with the best words of its page."""
    most = max(_FAIR_LABEL, max((one.label for one in scored), default=0.0))
    on_page: dict[tuple[str, int], list[RowScore]] = defaultdict(list)
    for one in scored:
        on_page[one.row.document_id, one.row.page].append(one)
    words: dict[tuple[str, int], float] = defaultdict(float)
    for key, passage in pool.passages.items():
        place = (passage.document_id, passage.page)
        words[place] = max(words[place], pool.parts.get(key, {}).get("words", 0.0))
    for passage in pool.passages.values():
        place = (passage.document_id, passage.page)
        here = [
            one for one in on_page[place] if passage.first_line <= one.row.line <= passage.last_line
        ]
        if not here:
            continue
        pool.items[passage.passage_id] = frozenset(
            concept for one in here for concept in one.row.concepts & needed
        )
        pool.note("item", passage, max(one.item for one in here))
        pool.note("label", passage, max(one.label for one in here) / most)
        pool.note("words", passage, _NEARBY * words[place])


def _score_headings(pool: Candidates, query: Query) -> None:
    """Let the heading of a section speak for its passages, and the item of the form."""
    words = frozenset(map(stem_word, query.words))
    for passage in pool.passages.values():
        section = passage.section or ""
        if words and section:
            heading = _stem_heading(section.rsplit(" > ", 1)[-1])
            said = words & heading
            if said:
                pool.note("heading", passage, len(said) / len(heading) * len(said) / len(words))
        if any(section.startswith(item) for item in query.items):
            pool.note("form_item", passage, 1.0)


_EMPTY_HEADING = frozenset("item note the and of a to in for on".split())


def _stem_heading(text: str) -> frozenset[str]:
    return frozenset(
        stem_word(word)
        for word in _WORD.findall(text.lower())
        if word not in _EMPTY_HEADING and not word.isdigit()
    )
