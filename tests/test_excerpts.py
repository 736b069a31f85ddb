"""Of a passage the rows and sentences that may answer are kept, with what they need."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingestion.documents import Passage
from research.retrieval.excerpts import cut_passage, weigh_best_row
from research.understanding.query import AskedPeriods, Need, Query
from research.understanding.understand import understand_question

TABLE = """Sales by product (in millions)
| | 2022 | 2021 |
| Europe | | |
| Tea | 10 | 9 |
| Coffee | 8 | 7 |
| Asia | | |
| Rice | 6 | 5 |
| Total net sales | 24 | 21 |"""


def build_passage(text, kind="table"):
    return Passage("p1", "d1", 1, kind, None, text, 0, 9)


def build_query(*words, needs=(), years=(), compares=False):
    return Query(
        "q",
        "q",
        words=words,
        needs=tuple(Need(concept, 1.0) for concept in needs),
        periods=AskedPeriods(frozenset(years)),
        compares=compares,
    )


def cut(query, text=TABLE, kind="table"):
    return cut_passage(build_passage(text, kind), query).text.split("\n")


HEAD = ["Sales by product (in millions)", "| | 2022 | 2021 |"]


def test_a_row_keeps_its_title_its_heads_and_its_sub_heading():
    assert cut(build_query("coffee")) == [*HEAD, "| Europe | | |", "| Coffee | 8 | 7 |"]


def test_rows_keep_their_order():
    assert cut(build_query("rice", "tea")) == [
        *HEAD,
        "| Europe | | |",
        "| Tea | 10 | 9 |",
        "| Asia | | |",
        "| Rice | 6 | 5 |",
    ]


def test_the_row_that_is_the_line_item_is_kept_under_another_name():
    assert "| Total net sales | 24 | 21 |" in cut(build_query("revenue", needs=["revenue"]))


def test_a_comparison_keeps_all_rows():
    assert cut(build_query("coffee", compares=True)) == TABLE.split("\n")


def test_a_table_of_which_no_row_fits_is_kept_whole():
    assert cut(build_query("unicorns")) == TABLE.split("\n")


def test_a_schedule_by_years_is_kept_whole():
    text = "Maturities of debt\n| | Amount |\n| 2025 | 10 |\n| 2026 | 20 |\n| Thereafter | 30 |"
    assert cut(build_query("debt", years=[2026]), text) == text.split("\n")


def test_a_long_title_is_cut_to_its_end():
    text = f"{'far away ' * 60}Sales by product\n| | 2022 |\n| Tea | 10 |"
    (title, *_) = cut(build_query("tea"), text)
    assert len(title) == 200
    assert title.endswith("Sales by product")


def test_the_best_row_is_worth_the_most():
    query = build_query("coffee")
    assert weigh_best_row(build_passage(TABLE), query) > 0.0
    assert weigh_best_row(build_passage("| Tea | 10 |"), query) == 0.0
    assert weigh_best_row(build_passage("Coffee is good.", "text"), query) == 0.0


PROSE = (
    "The company sells many things in many places. " * 10
    + "Its casino in Reno closed in March 2022. "
    + "Weather was mild in all of the regions. " * 10
)


def test_short_prose_is_kept_whole():
    text = "The casino closed. Weather was mild."
    assert cut(build_query("casino"), text, "text") == [text]


def test_long_prose_is_cut_to_the_sentences_that_fit():
    (kept,) = cut(build_query("casino", "reno"), PROSE, "text")
    assert "Its casino in Reno closed in March 2022." in kept
    assert len(kept.split()) <= 90


def test_a_sentence_is_never_cut():
    text = f"It {'very ' * 120}much fell. The casino {'slowly ' * 120}closed."
    (kept,) = cut(build_query("casino"), text, "text")
    assert kept == f"The casino {'slowly ' * 120}closed."


@given(st.text(), st.sampled_from(["text", "table", "sheet"]), st.text())
def test_no_passage_fails(text, kind, question):
    query = understand_question(question, [])
    assert isinstance(cut_passage(build_passage(text, kind), query).text, str)


ROWS = st.lists(st.lists(st.text("ab1( )2022.", max_size=6), min_size=1, max_size=4), max_size=8)


@given(ROWS)
def test_every_row_that_is_kept_stands_in_the_table(rows):
    lines = [f"| {' | '.join(row)} |" for row in rows]
    kept = cut(build_query("a", "b", years=[2022]), "\n".join(["Title", *lines]))
    assert set(kept) <= {"Title", "", *lines}
