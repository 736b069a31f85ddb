"""What a search understood and why it found what it found, in plain words and on the page."""

from __future__ import annotations

from datetime import date

from app.desk.found import Found, render_found
from app.explaining import describe_hit, describe_query, list_parts
from ingestion.documents import Passage, ScoredPassage
from research.questions import Evidence
from research.understanding.query import AskedPeriods, Company, Need, Query

QUERY = Query(
    text="q",
    asked="q",
    needs=(Need("operating_margin", 1.0), Need("operating_income", 0.9), Need("revenue", 0.9)),
    companies=(Company("Acme Corporation", frozenset({"acme"}), frozenset({"d"})),),
    periods=AskedPeriods(frozenset({2022, 2023}), frozenset({2}), frozenset({date(2023, 6, 30)})),
    statements=frozenset({"income"}),
    forms=frozenset({"10-Q", "release"}),
)


def build_hit(text="|a|1|\n|b|2|", parts=(("words", 0.4), ("item", 1.2), ("document", 0.5))):
    passage = Passage("p", "d", 3, "table", "Item 8. > Note <2>", text, 0, 1)
    return ScoredPassage(passage, 0.8, parts)


def build_evidence():
    return Evidence("e", "d", "acme & co.pdf", 3, "table", "quote", (), None, None, 0.8, "p")


def found(*hits):
    texts = tuple(hit.passage.text for hit in hits)
    return Found(QUERY, hits, tuple(build_evidence() for _ in hits), texts)


def test_what_was_understood_is_told_with_what_it_is_computed_from():
    assert describe_query(QUERY) == (
        ("Companies", "Acme Corporation"),
        ("Periods", "FY2022, FY2023, Q2, 2023-06-30"),
        ("Line items", "Operating margin (with Operating income, Revenue)"),
        ("Statements", "income statement"),
        ("Forms", "10-Q"),
    )


def test_what_is_left_open_is_told():
    query = Query("q", "q", periods=AskedPeriods(open=("last year",)))
    assert describe_query(query) == (("Left open", "last year"),)


def test_nothing_understood_is_nothing_told():
    assert describe_query(Query("q", "q")) == ()


def test_a_hit_tells_its_parts_and_the_factor_of_its_document():
    assert describe_hit(build_hit()) == "words 0.40 + line item 1.20, document \u00d7 0.50"


def test_a_part_that_has_no_name_yet_keeps_its_own():
    assert list_parts(build_hit(parts=(("new", 1.0),))) == (("new", 1.0),)


def test_before_a_search_the_page_says_what_it_is_for():
    assert "press Search" in render_found(None, None)


def test_the_page_shows_a_hit_with_its_parts_and_its_rows():
    html = render_found(found(build_hit()), 0)
    assert 'data-label="0" aria-pressed="true"' in html
    assert "line item 1.20" in html
    assert "document \u00d7 0.50" in html
    assert "<span><span>a</span><span>1</span></span>" in html


def test_what_a_filing_holds_is_escaped():
    html = render_found(found(build_hit("|<script>|1|")), None)
    assert "<script>" not in html
    assert "acme &amp; co.pdf" in html
    assert "Note &lt;2&gt;" in html


def test_bars_are_as_long_as_their_parts_against_the_best_hit():
    weak = build_hit(parts=(("words", 0.8), ("document", 1.0)))
    html = render_found(found(build_hit(), weak), None)
    assert "width:75.0%" in html
    assert "width:50.0%" in html


def test_a_search_that_finds_nothing_says_so():
    assert "Nothing was found" in render_found(found(), None)


def test_documents_without_all_their_vectors_are_told_of():
    html = render_found(Found(QUERY, waiting=2), None)
    assert "The vectors of 2 documents are not all made yet." in html


def test_what_went_wrong_is_shown_in_place_of_hits():
    assert "Say what is to be found" in render_found(Found(error="Say what is to be found."), None)
