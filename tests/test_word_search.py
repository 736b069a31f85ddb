"""Search by words: what a query's signs mean, how a large library is narrowed, and filters."""

from __future__ import annotations

import itertools
import sqlite3

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingestion.storage import word_search
from ingestion.storage.database import MIGRATIONS
from ingestion.storage.word_search import search_terms, search_words

OPERATORS = st.lists(
    st.sampled_from(
        'AND OR NOT NEAR( NEAR(goodwill,2) ) ( " "" * ^ : text: {text}: + - \' ; _ % \x00 goodwill '
        "the доход 売上 مبيعات é \ud800 😀".split(" ")
    ),
    max_size=12,
).map(" ".join)


def open_library(*documents):
    """Store documents, each a list of texts; their ids are d0, d1..., their passages' d0-0..."""
    connection = sqlite3.connect(":memory:")
    connection.create_function("text_key", 1, str)
    for script in MIGRATIONS:
        connection.executescript(script)
    for number, texts in enumerate(documents):
        connection.execute(
            "INSERT INTO documents (document_id, name, page_count, table_count, added_at, warnings,"
            " parser_version, embedder) VALUES (?, 'x.pdf', 1, 0, '', '[]', 1, '')",
            (f"d{number}",),
        )
        connection.executemany(
            "INSERT INTO passages (passage_id, document_id, page, kind, section, text, first_line,"
            " last_line) VALUES (?, ?, 1, 'text', NULL, ?, 0, 0)",
            ((f"d{number}-{place}", f"d{number}", text) for place, text in enumerate(texts)),
        )
    return connection


def ids(hits):
    return [hit.passage.passage_id for hit in hits]


@pytest.fixture(scope="module")
def library():
    """Three documents; the word "company" is in all passages but one."""
    return open_library(
        ["the company wrote off goodwill", "the company sells sand"],
        ["the company and its goodwill grew", "cash of the company", "goodwill"],
        ["доход компании вырос", "売上 高", "the company closed a mine"],
    )


# What a query may hold


@pytest.mark.parametrize(
    "query",
    [
        '"sand"',
        "sand*",
        "NEAR(sand, 2)",
        "sand AND NEAR",
        "-sand",
        "text:sand",
        "text : sand",
        "{text} : sand",
        "^sand",
        "sand'; DROP TABLE passages; --",
        "sand\x00",
        "\x00sand",
        "(sand",
    ],
)
def test_the_signs_of_query_languages_are_text(library, query):
    assert ids(search_words(library, query, 5)) == ["d0-1"]


@pytest.mark.parametrize("query", ["", " ", "\x00", "?!", '""', "_", "*", "-", "😀", "\ud800"])
def test_a_query_without_words_finds_nothing(library, query):
    assert search_words(library, query, 5) == ()


@pytest.mark.parametrize(
    ("query", "found"), [("ДОХОД", "d2-0"), ("売上", "d2-1"), ("cásh", "d1-1")]
)
def test_other_alphabets_and_accents_are_words(library, query, found):
    assert ids(search_words(library, query, 5)) == [found]


@given(st.text(max_size=200) | st.text(alphabet="ab\"*:()-'\x00 ", max_size=40) | OPERATORS)
@example("a" * 100_000)
@example("\ud800 sand")
def test_no_query_fails(library, query):
    assert len(search_words(library, query, 3)) <= 3
    assert len(search_words(library, query, 3, ["d0", query])) <= 2
    assert len(search_terms(library, [(query, "sand"), (query,)], 3)) <= 3


def test_of_ten_thousand_words_the_rarest_decide():
    common = [" ".join(f"word{number}" for number in range(1000))] * 3
    library = open_library([*common, "lithium"])
    query = " ".join(f"word{number % 1000}" for number in range(9999)) + " lithium"
    assert ids(search_words(library, query, 1)) == ["d0-3"]


def test_no_passages_are_asked_for(library):
    assert search_words(library, "goodwill", 0) == ()


def test_an_empty_library_finds_nothing():
    assert search_words(open_library(), "goodwill", 5) == ()


# Terms


def test_any_alternative_of_a_term_may_match(library):
    hits = search_terms(library, [("sand", "cash"), ("unheard of",)], 5)
    assert sorted(ids(hits)) == ["d0-1", "d1-1"]


def test_the_words_of_a_phrase_stand_side_by_side(library):
    assert ids(search_terms(library, [("wrote off",)], 5)) == ["d0-0"]
    assert search_terms(library, [("off wrote",)], 5) == ()
    assert search_terms(library, [("wrote goodwill",)], 5) == ()


def test_the_signs_in_a_phrase_only_part_its_words(library):
    assert ids(search_terms(library, [('wrote-"off"*',)], 5)) == ["d0-0"]


@pytest.mark.parametrize("terms", [[], [()], [("",)], [("?", " ")]])
def test_terms_without_words_find_nothing(library, terms):
    assert search_terms(library, terms, 5) == ()


def test_a_passage_with_more_of_the_terms_comes_first(library):
    hits = search_terms(library, [("goodwill",), ("grew", "rose")], 5)
    assert ids(hits)[0] == "d1-0"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


# Filters


def test_only_the_chosen_documents_are_searched(library):
    assert ids(search_words(library, "goodwill", 5, ["d0"])) == ["d0-0"]
    assert sorted(ids(search_words(library, "company", 9, ["d0", "d2"]))) == [
        "d0-0",
        "d0-1",
        "d2-2",
    ]


@pytest.mark.parametrize("documents", [[], ["unknown"], ["", "\x00", "d0'"]])
def test_a_filter_that_nothing_fits_finds_nothing(library, documents):
    assert search_words(library, "goodwill", 5, documents) == ()


def test_a_filter_may_name_more_documents_than_sql_has_parameters(library):
    many = [f"unknown{number}" for number in range(40_000)]
    assert ids(search_words(library, "sand", 5, [*many, "d0"])) == ["d0-1"]


def test_a_document_whose_passages_lie_apart_is_searched_alone(library):
    """Rows between a document's first and last may be another's."""
    library = open_library(["goodwill one"], ["goodwill two"])
    library.execute(
        "INSERT INTO passages (passage_id, document_id, page, kind, section, text, first_line,"
        " last_line) VALUES ('late', 'd0', 2, 'text', NULL, 'goodwill three', 0, 0)"
    )
    assert sorted(ids(search_words(library, "goodwill", 5, ["d0"]))) == ["d0-0", "late"]


def test_half_of_a_large_library_is_searched_alone():
    """Also where the best passages of all are none of theirs."""
    rich = [["goodwill goodwill"]] * 60
    poor = [["goodwill among many other words of a longer text"]] * 60
    library = open_library(*rich, *poor)
    chosen = [f"d{number}" for number in range(60, 120)]
    hits = search_words(library, "goodwill", 10, chosen)
    assert len(hits) == 10
    assert {hit.passage.document_id for hit in hits} <= set(chosen)
    both = search_words(library, "goodwill", 10, [f"d{number}" for number in range(119)])
    assert {hit.passage.text for hit in both} == {"goodwill goodwill"}


# A large library


@pytest.fixture
def narrow(monkeypatch):
    """Let a library of a few hundred passages be a large one."""
    monkeypatch.setattr(word_search, "_RANKED", 40)
    monkeypatch.setattr(word_search, "_RARE", 5)
    monkeypatch.setattr(word_search, "_WALKED", 400)


def build_large(*others):
    """300 passages with "company" and two of five words each, so that two fifths have a word."""
    pairs = list(itertools.combinations(("sales", "cost", "tax", "debt", "cash"), 2))
    return open_library([f"company {' '.join(pairs[n % 10])}" for n in range(300)], others)


def test_words_that_most_passages_have_are_left_out_beside_rarer_ones(narrow):
    library = build_large("company lithium", "lithium")
    scores = {
        hit.passage.passage_id: hit.score for hit in search_words(library, "company lithium", 5)
    }
    assert sorted(scores) == ["d1-0", "d1-1"]
    assert scores["d1-1"] > scores["d1-0"]  # the shorter one: "company" has not counted


def test_a_word_that_all_passages_have_is_still_found_alone(narrow):
    assert len(search_words(build_large(), "company", 5)) == 5


def test_a_passage_with_most_of_the_words_is_found_though_each_is_common(narrow):
    library = build_large("sales cost tax")
    assert ids(search_words(library, "sales cost tax", 1)) == ["d1-0"]


def test_a_passage_with_a_rare_word_is_found_whatever_else_it_holds(narrow):
    library = build_large("lithium in a mine", "lithium", "sales cost tax")
    found = ids(search_words(library, "lithium sales cost tax", 5))
    assert {"d1-0", "d1-1", "d1-2"} <= set(found)
    assert found[0] == "d1-1"


@pytest.mark.parametrize("place", ["first", "last"])
def test_a_name_that_fills_one_documents_passages_is_not_taken_for_a_common_word(
    place, monkeypatch
):
    monkeypatch.setattr(word_search, "_COUNTED", 10)
    named, others = ["lithium"] * 30, ["sales"] * 970
    library = open_library(named, others) if place == "first" else open_library(others, named)
    assert word_search._count(library, '"lithium"', 10, 1000) < 40
    assert word_search._count(library, '"sales"', 10, 1000) > 300


def test_narrowing_does_not_change_a_score(narrow, monkeypatch):
    library = build_large("lithium sales", "sales cost tax")
    narrowed = search_words(library, "lithium sales cost tax", 3)
    monkeypatch.setattr(word_search, "_RANKED", 100_000)
    whole = {
        hit.passage.passage_id: hit.score
        for hit in search_words(library, "lithium sales cost tax", 400)
    }
    assert [hit.score for hit in narrowed] == pytest.approx(
        [whole[hit.passage.passage_id] for hit in narrowed]
    )


def test_a_large_library_is_filtered_too(narrow):
    library = build_large("sales cost tax", "company")
    assert ids(search_words(library, "company sales cost tax", 5, ["d1"]))[0] == "d1-0"
    assert len(search_words(library, "company sales cost tax", 5, ["d0"])) == 5


def test_as_many_passages_come_as_are_asked_for_where_there_are_as_many(narrow):
    assert len(search_words(build_large("sales cost tax"), "sales cost tax", 30)) == 30
