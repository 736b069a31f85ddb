"""The search: what speaks for a passage, in which order passages come, and what is laid out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.fusion import fuse_rankings
from ingestion.documents import (
    Document,
    FactRow,
    FilingFacts,
    Passage,
    ScoredPassage,
    StatementCount,
)
from research.retrieval.candidates import Weights
from research.retrieval.packing import Excerpt, cut_excerpts, fit_excerpts, lay_zigzag
from research.retrieval.search import rank_passages, search_passages
from research.understanding.query import Query
from research.understanding.understand import understand_question


def build_document(document_id="d1", company="Acme Inc.", year=2022, form="10-K"):
    filing = FilingFacts(company, form, year, f"{year}-12-31" if year else None, 12)
    name = f"{document_id}.pdf"
    return Document(document_id, name, filing, 9, 9, 0, 0, "2024-02-03T04:05:06+00:00")


def build_passage(key, text=None, document_id="d1", page=1, **changes):
    passage = Passage(key, document_id, page, "text", None, text or f"text {key}", 0, 0)
    return replace(passage, **changes)


def ranking(*keys, document_id="d1", top=1.0):
    """A ranking whose scores fall evenly from `top`."""
    return [
        ScoredPassage(build_passage(key, document_id=document_id), top * (1 - at / len(keys)))
        for at, key in enumerate(keys)
    ]


def keys(passages):
    return [found.passage.passage_id for found in passages]


def parts_of(found):
    return {name: pytest.approx(value) for name, value in found.parts}


class FakeStore:
    """Fixed rankings and rows over some documents; keeps what it was asked."""

    def __init__(self, words=(), vectors=(), rows=(), counts=(), passages=(), documents=None):
        self.rankings = {"words": tuple(words), "vectors": tuple(vectors)}
        self.rows = tuple(rows)
        self.counts = tuple(counts)
        self.passages = tuple(passages)
        self.all = (build_document(),) if documents is None else tuple(documents)
        self.asked = []

    def documents(self):
        return self.all

    def page(self, document_id, number):
        raise AssertionError("searching looks at no page")

    def _rank(self, kind, query, limit, document_ids):
        self.asked.append((kind, query, limit, document_ids))
        wanted = {d.document_id for d in self.all} if document_ids is None else set(document_ids)
        found = (one for one in self.rankings[kind] if one.passage.document_id in wanted)
        return tuple(found)[:limit]

    def search_terms(self, terms, limit, document_ids=None):
        return self._rank("words", terms, limit, document_ids) if terms else ()

    def search_vectors(self, query, limit, document_ids=None):
        return self._rank("vectors", query, limit, document_ids)

    def find_rows(self, document_ids, words, concepts):
        self.asked.append(("rows", tuple(document_ids), tuple(words), tuple(concepts)))
        return tuple(row for row in self.rows if row.document_id in document_ids)

    def count_statement_items(self, document_ids):
        return tuple(count for count in self.counts if count.document_id in document_ids)

    def passages_on(self, pages):
        wanted = set(pages)
        return tuple(p for p in self.passages if (p.document_id, p.page) in wanted)


# Words and vectors


def test_a_passage_that_both_rankings_find_comes_first():
    store = FakeStore(ranking("a", "b"), ranking("b", "c"))
    assert keys(search_passages(store, "casino", 3)) == ["b", "a", "c"]


def test_the_parts_of_a_score_are_told_and_add_up():
    store = FakeStore(ranking("a", "b"), ranking("b", "c"))
    best = search_passages(store, "casino", 1)[0]
    # A question that is not of filings trusts vectors more.
    assert parts_of(best) == {"words": 0.4, "vectors": 0.8, "document": 1.0}
    assert best.score == pytest.approx(1.2)


def test_how_loud_a_ranking_scores_does_not_count():
    loud = FakeStore(ranking("a", "b", top=900.0), ranking("b", "c"))
    quiet = FakeStore(ranking("a", "b", top=0.1), ranking("b", "c"))
    assert search_passages(loud, "casino", 3) == search_passages(quiet, "casino", 3)


def test_a_part_without_weight_counts_nothing_and_is_not_asked():
    store = FakeStore(ranking("a"), ranking("b"))
    found = search_passages(store, "casino", 3, weights=Weights(vectors=0.0))
    assert keys(found) == ["a"]
    assert {asked[0] for asked in store.asked} == {"words", "rows"}


def test_a_vector_that_points_away_speaks_for_nothing():
    away = ScoredPassage(build_passage("b"), -0.5)
    best, other = search_passages(FakeStore((), [*ranking("a"), away]), "casino", 2)
    assert (best.passage.passage_id, other.score) == ("a", 0.0)


# Texts and ties


def test_a_repeated_text_is_found_once_and_takes_no_place():
    copies = [
        ScoredPassage(build_passage("a", "Same text"), 3.0),
        ScoredPassage(build_passage("b", "same   TEXT"), 2.0),
        ScoredPassage(build_passage("c"), 1.0),
    ]
    assert keys(search_passages(FakeStore(copies), "casino", 2)) == ["a", "c"]


def test_ties_are_broken_by_place_whatever_came_first():
    tied = [
        ScoredPassage(build_passage("late", page=3), 1.0),
        ScoredPassage(build_passage("early", page=2), 1.0),
    ]
    for words in (tied, tied[::-1]):
        assert keys(search_passages(FakeStore(words), "casino", 2)) == ["early", "late"]


def test_no_more_are_returned_than_asked_for():
    store = FakeStore(ranking("a", "b", "c"))
    assert keys(search_passages(store, "casino", 2)) == ["a", "b"]
    assert search_passages(store, "casino", 0) == ()


# Documents


ACME = build_document("d1", "Acme Inc.")
RIVAL = build_document("d2", "Rival Inc.")


def test_documents_outside_the_choice_never_appear():
    words = [*ranking("a"), *ranking("b", document_id="d2")]
    rows = [build_row("Net sales", document_id="d2", page=1)]
    store = FakeStore(
        words, words, rows, passages=[build_passage("c", document_id="d2")], documents=[ACME, RIVAL]
    )
    assert keys(search_passages(store, "What were Rival's net sales?", 9, ["d1"])) == ["a"]


@pytest.mark.parametrize("chosen", [[], ["gone"]])
def test_a_choice_of_nothing_finds_nothing(chosen):
    store = FakeStore(ranking("a"))
    assert search_passages(store, "casino", 9, chosen) == ()


def test_the_company_that_is_named_comes_before_others():
    vectors = [*ranking("a", top=2.0), *ranking("b", document_id="d2")]
    store = FakeStore((), vectors, documents=[ACME, RIVAL])
    assert keys(search_passages(store, "What did Rival build?", 2)) == ["b", "a"]
    assert keys(search_passages(store, "What did Acme build?", 2)) == ["a", "b"]


def test_each_company_that_is_named_is_searched_and_so_is_the_library_by_vectors():
    store = FakeStore(ranking("a"), documents=[ACME, RIVAL, build_document("d3", "Other Ltd")])
    search_passages(store, "Did Acme or Rival build more casinos?", 2)
    asked = [(kind, ids) for kind, _, _, ids in store.asked]
    named = [["d1"], ["d2"]]
    assert [ids for kind, ids in asked if kind == "words"] == named
    assert [ids for kind, ids in asked if kind == "vectors"] == [*named, None]


# Rows


def build_row(label, *, document_id="d1", page=5, line=0, concepts=(), years=(2022,), **changes):
    row = FactRow(
        document_id, page, line, label, (), frozenset(concepts), frozenset(years), None, "table"
    )
    return replace(row, **changes)


TABLE = build_passage(
    "table", "| | 2022 |\n| Net sales | 10 |", page=5, kind="table", first_line=3, last_line=8
)
SALES = build_row("Net sales", line=4, concepts=["revenue"])


def test_a_row_that_is_the_line_item_brings_its_passage_to_the_top():
    store = FakeStore(ranking("a"), (), [SALES], passages=[TABLE])
    found = search_passages(store, "What were the net sales of 2022?", 2)
    assert keys(found) == ["table", "a"]
    assert {"item", "label"} <= {name for name, _ in found[0].parts}


def test_a_row_speaks_only_for_the_lines_that_hold_it():
    other = replace(TABLE, passage_id="other", text="| Costs | 9 |", first_line=9, last_line=12)
    store = FakeStore(ranking("a"), (), [SALES], passages=[other, TABLE])
    first, _, second = search_passages(store, "What were the net sales of 2022?", 3)
    assert (first.passage.passage_id, second.passage.passage_id) == ("table", "other")
    assert dict(second.parts).keys() == {"document"}


def test_rows_are_looked_for_by_words_years_and_line_items():
    store = FakeStore(ranking("a"))
    search_passages(store, "What were Acme's casino net sales in 2022?", 2)
    (asked,) = (one for one in store.asked if one[0] == "rows")
    assert asked[1] == ("d1",)
    assert {"casino", "2022"} <= set(asked[2])
    assert "acme" not in asked[2]
    assert "revenue" in asked[3]


def test_a_second_table_of_the_same_line_item_counts_less():
    again = replace(TABLE, passage_id="again", text="| Net sales | 11 |", page=6)
    rows = [SALES, replace(SALES, page=6)]
    store = FakeStore(ranking("a"), (), rows, passages=[TABLE, again])
    first, second = search_passages(store, "What were the net sales of 2022?", 2)
    repeated = 0.25 * dict(second.parts)["item"]
    assert first.score - second.score == pytest.approx(repeated)


def test_a_statement_that_is_named_brings_its_tables():
    income = ("revenue", "cost_of_revenue", "gross_profit", "operating_income", "net_income")
    count = StatementCount("d1", 5, "income", frozenset(income))
    store = FakeStore(ranking("a"), (), (), [count], [TABLE])
    found = search_passages(store, "What does the income statement show?", 2)
    assert dict(found[0].parts)["statement"] == 1.0


def test_the_heading_of_a_section_speaks_for_its_passages():
    plain, headed = ranking("a", "b")
    headed = replace(headed, passage=replace(headed.passage, section="Item 2. > Casino Licences"))
    found = search_passages(FakeStore([plain, headed]), "casino licences", 2)
    assert keys(found) == ["b", "a"]
    assert dict(found[0].parts)["heading"] == pytest.approx(1.0)


# Hard questions


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_a_question_that_says_nothing_finds_nothing(text):
    store = FakeStore(ranking("a"), ranking("b"))
    assert search_passages(store, text, 9) == ()


@pytest.mark.parametrize(
    "text",
    [
        "\u0412\u044b\u0440\u0443\u0447\u043a\u0430 \u0437\u0430 2022 \u0433\u043e\u0434?",
        "\u58f2\u4e0a\u9ad8\u306f\u3044\u304f\u3089\u3067\u3059\u304b",
        'net "sales" NEAR/3 (costs) * OR NOT; DROP TABLE passages --',
        '"""',
        "* * *",
        "casino " * 10_000,
        "\x00\ufffd\U0001f600 casino",
    ],
)
def test_a_strange_question_is_answered_sensibly(text):
    store = FakeStore(ranking("a"), ranking("a"))
    assert keys(search_passages(store, text, 9)) == ["a"]


@given(st.text())
def test_no_question_fails(text):
    found = search_passages(FakeStore(ranking("a", "b"), ranking("b")), text, 9)
    assert set(keys(found)) <= {"a", "b"}


HARD = [
    "",
    'net "sales" NEAR/3 costs* OR (2022',
    "\u0412\u044b\u0440\u0443\u0447\u043a\u0430 2022",
    "Sales? " + " ".join(f"word{number}" for number in range(10_000)),
    "sales' OR 1=1; --",
    "col:sales ^sales -sales {a b}: +sales",
]


@pytest.mark.parametrize("text", HARD)
def test_a_hard_question_passes_through_a_real_workspace(workspace, tmp_path, text):
    path = tmp_path / "acme_2022_10k.csv"
    path.write_text("Region,2022\nNet sales,10\nCosts,8\n", encoding="utf-8")
    workspace.add_file(path)
    found = search_passages(workspace, text, 5)
    assert len(found) <= 5
    assert (found == ()) is (text == "")


def test_a_question_that_is_understood_is_ranked_as_it_is():
    store = FakeStore(ranking("a"), ranking("b"))
    query = understand_question("casino", store.documents())
    assert rank_passages(store, query, store.documents(), 9) == search_passages(store, "casino", 9)


# What the model reads


@pytest.mark.parametrize(
    ("count", "laid_out"),
    [
        (0, ()),
        (1, (1,)),
        (2, (1, 2)),
        (3, (1, 3, 2)),
        (4, (1, 3, 4, 2)),
        (10, (1, 3, 5, 7, 9, 10, 8, 6, 4, 2)),
    ],
)
def test_the_best_stand_at_both_ends(count, laid_out):
    assert lay_zigzag(range(1, count + 1)) == laid_out


@given(st.lists(st.integers()))
def test_laying_out_loses_nothing(items):
    assert sorted(lay_zigzag(items)) == sorted(items)


def excerpts(*names):
    return [Excerpt(one, one.passage.text) for one in ranking(*names)]


def test_as_many_excerpts_as_fit_are_read():
    four = excerpts("a", "b", "c", "d")
    assert keys(one.scored for one in fit_excerpts(four, 36, lambda text: 10)) == ["a", "b", "c"]
    assert keys(one.scored for one in fit_excerpts(four, 35, lambda text: 10)) == ["a", "b"]


def test_at_least_one_excerpt_is_read():
    assert fit_excerpts(excerpts("a", "b"), 5, lambda text: 10)[0].text == "text a"
    assert len(fit_excerpts(excerpts("a", "b"), 5, lambda text: 10)) == 1


def test_reading_ends_at_the_first_excerpt_that_does_not_fit():
    sizes = {"text a": 10, "text b": 90, "text c": 10}
    fitting = fit_excerpts(excerpts("a", "b", "c"), 50, sizes.__getitem__)
    assert [one.text for one in fitting] == ["text a"]


def test_no_excerpts_fit_to_none():
    assert fit_excerpts([], 50, len) == ()


def test_excerpts_keep_the_order_of_the_ranking():
    ranked = ranking("b", "a")
    assert [one.text for one in cut_excerpts(ranked, Query("q", "q"))] == ["text b", "text a"]


def test_windows_of_one_table_are_joined_in_their_order_under_one_head():
    head = "Sales by region\n| | 2022 | 2021 |"
    later = replace(TABLE, passage_id="w2", text=f"{head}\n| South | 8 | 7 |", first_line=9)
    first = replace(TABLE, passage_id="w1", text=f"{head}\n| North | 10 | 9 |", first_line=3)
    query = Query("q", "q", words=("north", "south"))
    cut = cut_excerpts([ScoredPassage(later, 2.0), ScoredPassage(first, 1.0)], query)
    assert [one.text for one in cut] == [f"{head}\n| North | 10 | 9 |\n| South | 8 | 7 |"]


# The baseline


def test_a_fused_passage_scores_the_sum_over_its_ranks():
    fused = {
        found.passage.passage_id: found.score
        for found in fuse_rankings([ranking("a", "b", "c"), ranking("b", "d")])
    }
    assert fused == {
        "a": pytest.approx(1 / 61),
        "b": pytest.approx(1 / 62 + 1 / 61),
        "c": pytest.approx(1 / 63),
        "d": pytest.approx(1 / 62),
    }


def test_fusion_has_one_order_whichever_ranking_comes_first():
    one, other = ranking("b", "d"), ranking("a", "c")
    assert keys(fuse_rankings([one, other])) == ["a", "b", "c", "d"]
    assert keys(fuse_rankings([other, one])) == ["a", "b", "c", "d"]


def test_nothing_fuses_to_nothing():
    assert fuse_rankings([[], []]) == ()
