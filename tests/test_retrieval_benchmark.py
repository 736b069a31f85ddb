"""What the benchmark of the search counts as found."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.finqa import lay_out, read_question
from benchmarks.measures import PagePlace
from benchmarks.multihop import read_musique, read_wiki
from benchmarks.packed import share_read
from benchmarks.ready import Chunk, cut_chunks, share_same
from benchmarks.retrieval import spread
from benchmarks.sought import (
    Evidence,
    Sought,
    add_printing_pages,
    fill_references,
    is_telling,
    prints_figure,
    read_desk_parts,
    read_financebench,
    reciprocal_rank,
    write_figure,
)
from benchmarks.stages import Found, find_percentile, leave_out, sum_up
from ingestion.documents import Passage, ScoredPassage
from research.retrieval.packing import Excerpt

PAGE_3, PAGE_4, PAGE_9 = (PagePlace("annual", number) for number in (3, 4, 9))

DESK_ROW = {
    "id": "d1",
    "question": "Which segment is larger, and by how much?",
    "docs": ["annual"],
    "evidence": [
        {
            "ref": "e1",
            "doc": "annual",
            "page": 2,
            "value_as_printed": "(1,749)",
            "also_at": [{"doc": "annual", "page": 8}],
        }
    ],
    "sub_questions": [
        {"n": 1, "question": "Which is larger?", "evidence": [], "answer": {"text": "Glass"}},
        {"n": 2, "question": "What did #1 earn?", "evidence": ["e1"], "answer": {"text": "$1"}},
    ],
}


def build_hit(page: int, text: str, document_id: str = "id-1") -> ScoredPassage:
    return ScoredPassage(
        Passage(f"{document_id}-{page}", document_id, page, "text", None, text, 0, 0), 1.0
    )


def test_sub_question_holds_the_answers_it_refers_to_and_pages_from_1() -> None:
    first, second = read_desk_parts(DESK_ROW)
    assert first.evidence == ()
    assert second.text == "What did Glass earn?"
    assert second.evidence == (Evidence(frozenset({PAGE_3, PAGE_9}), ("1,749",)),)


def test_reference_without_an_answer_stays() -> None:
    assert fill_references("#1 less #12", {1: "$5"}) == "$5 less #12"


def test_financebench_figures_are_those_of_the_answer_that_the_page_prints() -> None:
    row = {
        "financebench_id": "f1",
        "question": "What was the margin, and on which sales?",
        "answer": "The margin was 20.4% on sales of $1577.00, in 2018",
        "doc_name": "annual",
        "evidence": [{"evidence_page_num": 2, "evidence_text": "Net sales 1,577 of 2018"}],
    }
    (sought,) = read_financebench(row)
    assert sought.evidence == (Evidence(frozenset({PAGE_3}), ("1,577",)),)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sales of 1,577.", True),
        ("(1,577)", True),
        ("$1,577, and", True),
        ("21,577", False),
        ("1,577,000", False),
        ("1,577.5", False),
        ("2.1,577", False),
    ],
)
def test_figure_is_printed_only_as_a_whole_number(text: str, found: bool) -> None:
    assert prints_figure(text, "1,577") is found


@pytest.mark.parametrize(
    ("value", "printed"), [("-1577.00", "1,577"), ("8.70", "8.7"), ("100", "100"), ("0.05", "0.05")]
)
def test_figure_is_written_as_filings_print_it(value: str, printed: str) -> None:
    assert write_figure(Decimal(value)) == printed


@given(st.integers(min_value=100, max_value=10**12))
@settings(deadline=None)
def test_what_is_written_is_found_where_it_is_printed(number: int) -> None:
    printed = write_figure(Decimal(number))
    assert is_telling(printed)
    assert prints_figure(f"Total $ ({printed}) 7", printed)
    assert not prints_figure(f"Total 1{printed}", printed)


def test_other_pages_of_the_same_document_that_print_the_figure_count_beside() -> None:
    sought = Sought("g", "q", "?", ("annual",), (Evidence(frozenset({PAGE_3}), ("1,577",)),))
    texts = {PAGE_3: "1,577", PAGE_4: "11,577", PAGE_9: "sales 1,577 again"}
    assert add_printing_pages(sought, lambda name: texts) == (frozenset({PAGE_3, PAGE_9}),)


def test_figure_of_few_digits_lets_no_other_page_count() -> None:
    sought = Sought("g", "q", "?", ("annual",), (Evidence(frozenset({PAGE_3}), ("24",)),))
    assert add_printing_pages(sought, lambda name: {PAGE_9: "24"}) == (frozenset({PAGE_3}),)


def test_reciprocal_rank_is_that_of_the_first_page_of_each_evidence() -> None:
    golds = [frozenset({PAGE_4, PAGE_9}), frozenset({PagePlace("other", 1)})]
    assert reciprocal_rank([PAGE_3, PAGE_4, PAGE_9], golds) == 0.25


def test_percentile_is_a_value_that_came_up() -> None:
    assert find_percentile([5.0, 1.0, 4.0, 2.0, 3.0], 95) == 5.0
    assert find_percentile([float(number) for number in range(1, 101)], 95) == 95.0
    with pytest.raises(ValueError, match="nothing"):
        find_percentile([], 95)


def test_stage_averages_recall_over_questions_and_counts_a_page_once() -> None:
    sought = Sought("g", "q", "?", ("annual",), (Evidence(frozenset({PAGE_9})),))
    hits = (build_hit(3, "a"), build_hit(3, "b"), build_hit(9, "c"))
    found = [Found(sought, hits, 0.010), Found(sought, (), 0.030)]
    numbers = sum_up("s", found, {"id-1": "annual"}, lambda one: [frozenset({PAGE_3})], (1, 2))
    assert numbers.recall == {1: 0.0, 2: 0.5}
    assert numbers.same_figure == {1: 0.5, 2: 0.5}
    assert (numbers.mrr, numbers.median_ms, numbers.p95_ms) == (0.25, 20.0, 30.0)


def test_part_that_is_left_out_weighs_nothing_and_others_keep_theirs() -> None:
    weights = leave_out("vectors")
    assert weights.vectors == 0.0
    assert weights.words == leave_out().words > 0.0


def test_operand_is_read_only_from_an_excerpt_of_its_own_page() -> None:
    evidence = [Evidence(frozenset({PAGE_3}), ("1,749",)), Evidence(frozenset({PAGE_9}), ("5.1",))]
    read = [
        Excerpt(build_hit(3, "whole"), "| Loss | (1,749) |"),
        Excerpt(build_hit(4, "whole"), "5.1"),
    ]
    assert share_read(evidence, read, {"id-1": "annual"}) == 0.5


def test_wiki_paragraphs_support_by_title() -> None:
    row = {
        "_id": "w1",
        "question": "?",
        "context": [["Rush", ["A band.", " From Canada."]], ["Toto", ["Another."]]],
        "supporting_facts": [["Rush", 1]],
    }
    asked = read_wiki(row)
    assert asked.supporting == (("Rush", "A band. From Canada."),)
    assert len(asked.paragraphs) == 2


def test_musique_paragraphs_say_whether_they_support() -> None:
    row = {
        "id": "m1",
        "question": "?",
        "paragraphs": [
            {"title": "Stanley", "paragraph_text": "A  city.", "is_supporting": True},
            {"title": "Stanley", "paragraph_text": "A knife.", "is_supporting": False},
        ],
    }
    assert read_musique(row).supporting == (("Stanley", "A city."),)


def test_finqa_page_becomes_prose_and_a_table_without_lines_of_dots() -> None:
    content = "we sell cards .\n.\n.\nand more .\n\nyear | cards\n2008 | 1592\n"
    assert lay_out(content) == (
        "we sell cards . and more .\n\n| year | cards |\n|---|---|\n| 2008 | 1592 |"
    )


def test_finqa_id_without_a_page_is_refused() -> None:
    with pytest.raises(ValueError, match="names no page"):
        read_question({"id": "V/2008", "question": "?", "context": ""})


def test_plain_passages_never_leave_their_page() -> None:
    assert cut_chunks(["a b c", "", "d"], words=2) == [
        Chunk(1, "a b"),
        Chunk(1, "c"),
        Chunk(3, "d"),
    ]


def test_limited_questions_are_spread_over_all() -> None:
    sought = [Sought("g", str(number), "?", (), ()) for number in range(10)]
    assert [one.question_id for one in spread(sought, 3)] == ["0", "3", "6"]
    assert len(spread(sought, None)) == 10


def test_share_of_same_pages_looks_at_the_first_five_different_pages() -> None:
    found = [PAGE_3, PAGE_3, PAGE_4, *(PagePlace("annual", number) for number in range(20, 30))]
    assert share_same(found, [PAGE_4, PAGE_3]) == 0.4
    assert share_same([], [PAGE_3]) == 1.0
