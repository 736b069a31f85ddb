"""Passages are found by their words and by their vectors, whatever is asked."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingestion.workspace import Workspace

TEXTS = {
    "sales.pdf": "Net sales of the Garden segment rose in 2023",
    "debt.pdf": "The revolving credit facility matures in 2026",
    "both.pdf": "Net sales pay for interest on the credit facility and for other costs of debt",
}
# Queries made of what means something to the index's own language.
SIGNS = """AND OR NOT NEAR( ) ( " * ^ : text: + - ' ; _ % { } ％ ǅ á sales the 2023 \x00"""
OPERATORS = st.lists(st.sampled_from(SIGNS.split(" ")), max_size=12).map(" ".join)


@pytest.fixture(scope="module")
def library(tmp_path_factory, draw_pdf, set_lines, fake_embedder):
    """Three documents of one passage each, read only."""
    folder = tmp_path_factory.mktemp("library")
    workspace = Workspace(folder / "workspace", fake_embedder)
    for name, text in TEXTS.items():
        path = folder / name
        path.write_bytes(draw_pdf(set_lines(text)))
        workspace.add_file(path)
    workspace.embed_waiting()
    return workspace


def named(library, hits):
    names = {document.document_id: document.name for document in library.documents()}
    return [names[hit.passage.document_id] for hit in hits]


def identify(library, *names):
    return [library.find_document(name).document_id for name in names]


def test_the_passage_with_the_words_comes_first(library):
    hits = library.search_words("When does the credit facility mature?", 5)
    assert named(library, hits) == ["debt.pdf", "both.pdf"]
    assert hits[0].score > hits[1].score > 0


def test_words_are_compared_by_their_stems(library):
    assert named(library, library.search_words("segments rising", 5)) == ["sales.pdf"]


def test_only_as_many_passages_come_as_were_asked_for(library):
    assert len(library.search_words("credit facility", 1)) == 1
    assert len(library.search_vectors("credit facility", 1)) == 1


def test_words_that_every_text_has_do_not_count_beside_others(library):
    assert named(library, library.search_words("in the Garden", 5)) == ["sales.pdf"]


def test_a_query_of_such_words_alone_is_still_answered(library):
    assert named(library, library.search_words("in the", 5))


@pytest.mark.parametrize("query", ["", "   ", "?!", '"', "()", "-"])
def test_a_query_without_words_finds_nothing_by_words(library, query):
    assert library.search_words(query, 5) == ()


@pytest.mark.parametrize(
    "query", ['"garden"', "garden AND nothing", "NOT garden", "garden*", "text:garden", "garden;--"]
)
def test_signs_of_the_indexs_own_language_are_read_as_text(library, query):
    assert named(library, library.search_words(query, 5)) == ["sales.pdf"]


@given(st.text() | OPERATORS)
@example("_")
@example(" ".join(f"word{number}" for number in range(2000)))
def test_no_query_fails(library, query):
    assert len(library.search_words(query, 5)) <= 3
    assert len(library.search_vectors(query, 5)) == 3


def test_the_nearest_vector_comes_first_with_its_similarity(library):
    hits = library.search_vectors(TEXTS["debt.pdf"], 5)
    assert named(library, hits)[0] == "debt.pdf"
    assert hits[0].score == pytest.approx(1.0, abs=1e-4)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_hit_is_the_whole_passage(library):
    (hit,) = library.search_words("Garden", 5)
    assert (hit.passage.text, hit.passage.page, hit.passage.kind) == (TEXTS["sales.pdf"], 1, "text")


@pytest.mark.parametrize("search", ["search_words", "search_vectors"])
def test_only_the_documents_that_are_named_are_searched(library, search):
    find = getattr(library, search)
    assert named(library, find("credit", 5, identify(library, "both.pdf"))) == ["both.pdf"]
    two = identify(library, "both.pdf", "debt.pdf")
    assert sorted(named(library, find("credit", 5, two))) == ["both.pdf", "debt.pdf"]


@pytest.mark.parametrize("search", ["search_words", "search_vectors"])
@pytest.mark.parametrize("documents", [[], ["unknown"]])
def test_no_document_to_search_gives_no_passage(library, search, documents):
    assert getattr(library, search)("credit", 5, documents) == ()


def test_an_empty_workspace_finds_nothing(workspace):
    assert workspace.search_words("credit", 5) == ()
    assert workspace.search_vectors("credit", 5) == ()
