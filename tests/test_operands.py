"""The gold operands: what is taken from a quoted page, and when it is left alone."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.facts import (
    FoundFact,
    Reading,
    add_coverages,
    count_coverage,
    explain_miss,
    judge_facts,
    judge_grids,
    matches_period,
)
from benchmarks.golds import DataMissing
from benchmarks.measures import PagePlace
from benchmarks.operands import (
    GoldPeriod,
    Operand,
    compact,
    derive_operands,
    find_asked_years,
    find_named_items,
    load_operands,
    matches_label,
    read_desk_operands,
    read_gold_period,
    read_quoted_values,
)
from benchmarks.table_scales import GivenTable as Given
from benchmarks.table_scales import check_heads, count_head_rows, find_scale, read_tables
from ingestion.documents import Fact, Page, ParsedFile, TieOut
from ingestion.periods import Period

STATEMENT = "\n".join(
    [
        "Consolidated Statements of Income",
        "(In millions)",
        "Years ended December 31,",
        "2018",
        " ",
        "2017",
        "Net sales",
        "$",
        "1,284 ",
        "$",
        "1,209 ",
        "Impairment charge",
        " ",
        "57 ",
        "Purchases of plant",
        "(310) ",
        "(295) ",
    ]
)


def build_operand(
    label: str = "Net sales",
    period: str | None = "2018",
    value: str = "1284",
    scale: int | None = 1_000_000,
) -> Operand:
    place = PagePlace("acme-10k", 3)
    return Operand("desk", "q1", (place,), label, period, value, Decimal(value), scale)


def build_fact(
    line_item: str = "Net sales",
    period: Period | None = None,
    value: str = "1284",
    scale: int = 1_000_000,
    source: str = "table",
) -> FoundFact:
    fact = Fact(
        fact_id="f",
        document_id="d",
        page=3,
        line_item=line_item,
        parents=(),
        concept=None,
        period=period,
        value=Decimal(value),
        value_as_printed=value,
        unit="USD",
        scale=scale,
        statement=None,
        source=source,  # type: ignore[arg-type]
        quote="",
        line=0,
    )
    return FoundFact(fact, "")


FY2018 = Period(12, date(2018, 12, 31), 2018)
FY2017 = Period(12, date(2017, 12, 31), 2017)


# Quoted pages


def read(text: str) -> list[tuple[str, str | None, str, int | None]]:
    values = read_quoted_values(text)
    return [(value.label, value.head, value.figure.text, value.scale) for value in values]


def test_values_of_a_full_row_stand_under_the_years() -> None:
    assert read(STATEMENT)[:2] == [
        ("Net sales", "2018", "1,284", 1_000_000),
        ("Net sales", "2017", "1,209", 1_000_000),
    ]


def test_a_row_that_lost_a_value_has_no_heads() -> None:
    """A nil amount is lost from the quote, so it cannot be told which year is left."""
    assert read(STATEMENT)[2] == ("Impairment charge", None, "57", 1_000_000)


def test_brackets_are_negative() -> None:
    assert [value.figure.value for value in read_quoted_values(STATEMENT)][-2:] == [-310, -295]


def test_dates_are_heads_too() -> None:
    text = "(In thousands)\nJanuary 28, 2017 \nJanuary 30, 2016\nInventories\n12\n15"
    assert read(text) == [
        ("Inventories", "January 28, 2017", "12", 1_000),
        ("Inventories", "January 30, 2016", "15", 1_000),
    ]


def test_heads_that_repeat_a_year_are_not_taken() -> None:
    """Three and twelve months of one year: the year alone does not name the column."""
    assert read("Item\n2022\n2022\nNet sales\n10\n40") == [
        ("Net sales", None, "10", None),
        ("Net sales", None, "40", None),
    ]


def test_a_year_before_amounts_labels_its_row() -> None:
    text = "Benefit payments\nPensions\n2022\n$\n2,049\n906\n2023\n1,648\n883\n"
    assert [(label, printed) for label, _, printed, _ in read(text)] == [
        ("2022", "2,049"),
        ("2022", "906"),
        ("2023", "1,648"),
        ("2023", "883"),
    ]


def test_a_row_that_ran_into_one_without_a_label_is_left_out() -> None:
    text = "Cash\n1\n2\nStock\n3\n4\nOther\n5\n6\n9\n12"
    assert {label for label, *_ in read(text)} == {"Cash", "Stock"}


def test_a_label_goes_on_in_small_letters() -> None:
    assert read("Additions to plant, net of\ncapital accrued\n77\n78")[0][0] == (
        "Additions to plant, net of capital accrued"
    )


def test_amounts_a_share_and_percentages_have_no_scale() -> None:
    text = "(In millions)\n2018\n2017\nEarnings per common share\n3.1\n2.9\nTax rate\n21%\n23%"
    assert {scale for *_, scale in read(text)} == {None}


@settings(deadline=None)
@given(st.text(alphabet="ab 12,.()$%-\n", max_size=120))
def test_any_text_can_be_read(text: str) -> None:
    assert all(value.label for value in read_quoted_values(text))


# FinanceBench


def build_row(
    question: str, answer: str, justification: str, text: str = STATEMENT
) -> dict[str, Any]:
    return {
        "financebench_id": "fb1",
        "doc_name": "acme-10k",
        "question": question,
        "answer": answer,
        "justification": justification,
        "evidence": [{"evidence_page_num": 2, "evidence_text": text}],
    }


NAMED = "The metric was directly extracted. The line item name, as seen in the 10K, was: {}."


def test_a_named_line_item_is_taken_where_the_rounded_answer_fits() -> None:
    row = build_row("FY2018 sales in USD billions?", "$1.30", NAMED.format("Net sales"))
    (operand,) = derive_operands(row)
    assert operand == Operand(
        source="financebench",
        question_id="fb1",
        pages=(PagePlace("acme-10k", 3),),
        label="Net sales",
        period="2018",
        printed="1,284",
        value=Decimal(1284),
        scale=1_000_000,
    )


def test_a_named_line_item_is_left_where_the_answer_is_another_number() -> None:
    row = build_row("FY2018 sales in USD billions?", "$1.40", NAMED.format("Net sales"))
    assert [*derive_operands(row)] == []


def test_a_computed_answer_takes_all_years_of_its_range() -> None:
    named = "Metric 1: sales. This metric was located as a single line item named: Net sales."
    row = build_row("What is the FY2017 - FY2018 average?", "4.1%", named)
    assert [operand.period for operand in derive_operands(row)] == ["2018", "2017"]


def test_a_cited_number_is_taken_from_the_one_place_that_prints_it() -> None:
    row = build_row("Is it growing?", "Yes.", "1284/1209-1")
    found = {(operand.label, operand.period, operand.printed) for operand in derive_operands(row)}
    assert found == {("Net sales", "2018", "1,284"), ("Net sales", "2017", "1,209")}


def test_a_cited_number_that_stands_twice_is_left_alone() -> None:
    text = "Cash\n1,284\nStock\n1,284"
    assert [*derive_operands(build_row("?", "It is 1,284.", "", text))] == []


def test_years_and_single_digits_are_no_citations() -> None:
    text = "Cash\n5\nStock\n2018"
    assert [*derive_operands(build_row("?", "5 in 2018.", "", text))] == []


def test_named_items_keep_their_dots_and_lose_broken_characters() -> None:
    text = (
        "named as in: x\nM1: a single line item named: Earnings of Acme Co., Inc. holders.\n"
        "M2: a single line item named: Net\u00c2\u00a0sales.\n"
        "M3: a single line item named: [blank line item]."
    )
    assert find_named_items(text) == ("Earnings of Acme Co., Inc. holders", "Net sales")


def test_a_range_of_fiscal_years_has_all_of_them() -> None:
    assert find_asked_years("the FY2015 - FY2017 average") == {2015, 2016, 2017}


# The files


def test_desk_operands_count_pages_from_one() -> None:
    item = {"doc": "acme-10k", "page": 0, "row_label": "Net sales", "period": "2018"}
    item |= {"value_as_printed": "(5)", "value": -5, "scale": "thousands"}
    item |= {"also_at": [{"doc": "acme-10q", "page": 7}]}
    (operand,) = read_desk_operands({"id": "d1", "evidence": [item]})
    assert operand.pages == (PagePlace("acme-10k", 1), PagePlace("acme-10q", 8))
    assert (operand.value, operand.scale) == (Decimal(-5), 1_000)


def test_an_operand_of_two_questions_is_kept_once(tmp_path: Path) -> None:
    row = build_row("Is it growing?", "Yes.", "1284/1209-1")
    (tmp_path / "financebench").mkdir()
    lines = f"{json.dumps(row)}\n{json.dumps(row)}\n"
    (tmp_path / "financebench" / "questions_dev.jsonl").write_text(lines)
    (tmp_path / "desk_questions_dev.jsonl").write_text("")
    assert len(load_operands(tmp_path)) == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match="desk_questions_dev"):
        load_operands(tmp_path)


# Labels and periods


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("Inventories, net (Note 6)", "Current assets Inventories, net(1)"),
        ("Net cash provided by operating activities", "Netcashprovidedbyoperatingactivities"),
        ("Total current assets", "Current assets Total"),
        ("Trade receivables, net of allowance", "Trade receivables, net of"),
    ],
)
def test_labels_match_through_notes_parents_and_wrapping(label: str, text: str) -> None:
    assert matches_label(label, text)


@pytest.mark.parametrize(
    ("label", "text"),
    [("Net sales", "Cost of sales"), ("Total debt", "Total"), ("Operating income", "Net income")],
)
def test_labels_of_other_rows_do_not_match(label: str, text: str) -> None:
    assert not matches_label(label, text)


def test_compact_labels_have_no_notes_and_no_spaces() -> None:
    assert compact("Inventories, net (Notes 5 and 6) (a)") == "inventoriesnet"


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2022", GoldPeriod(frozenset({2022}))),
        ("2020, revenue", GoldPeriod(frozenset({2020}))),
        ("six months ended July 29, 2023", GoldPeriod(frozenset({2023}), date(2023, 7, 29), 6)),
        ("fiscal year ended June 30, 2023", GoldPeriod(frozenset({2023}), date(2023, 6, 30), 12)),
        ("thereafter", None),
    ],
)
def test_gold_periods_are_read(text: str, period: GoldPeriod | None) -> None:
    assert read_gold_period(text) == period


@pytest.mark.parametrize(
    ("gold", "period", "fits"),
    [
        ("2018", FY2018, True),
        ("2018", FY2017, False),
        ("2018", None, False),
        ("fiscal year ended December 31, 2018", FY2018, True),
        ("December 31, 2018", Period(0, date(2018, 12, 31)), True),
        ("December 31, 2018", Period(0, date(2018, 9, 30), 2018), False),
        ("three months ended December 31, 2018", FY2018, False),
        ("six months ended July 29, 2023", Period(6, None, 2023), True),
    ],
)
def test_periods_are_compared_as_far_as_they_are_stated(
    gold: str, period: Period | None, fits: bool
) -> None:
    assert matches_period(build_operand(period=gold), period) is fits


# Judging


def test_label_and_period_must_be_of_one_fact() -> None:
    """Two facts with the value, each half right, do not make a whole one."""
    facts = [build_fact("Net sales", FY2017), build_fact("Cost", FY2018)]
    finding = judge_facts(build_operand(), facts)
    assert (finding.value, finding.label, finding.period) == (True, True, True)
    assert not finding.complete


def test_an_operand_without_a_period_is_complete_with_its_label() -> None:
    finding = judge_facts(build_operand(period=None), [build_fact()])
    assert finding.complete
    assert not finding.period


@pytest.mark.parametrize(
    ("fact", "cause"),
    [
        (build_fact(period=FY2018, scale=1_000), "scale"),
        (build_fact(period=FY2018, value="-1284"), "sign"),
        (build_fact(period=FY2018, source="sentence"), "only in prose"),
        (build_fact(period=FY2017), "wrong column or period"),
        (build_fact(), "no period"),
        (build_fact("Cost", FY2018), "label cut or merged"),
        (build_fact("Cost", FY2017), "label and period"),
        (build_fact(value="7"), "printed, but no fact"),
    ],
)
def test_a_miss_is_explained(fact: FoundFact, cause: str) -> None:
    reading = Reading("acme-10k", count_coverage(ParsedFile(()), 1.0), {3: (fact,)}, {3: "1284"})
    miss = explain_miss(build_operand(), reading)
    assert miss is not None
    assert miss.cause == cause


def test_what_is_found_is_no_miss() -> None:
    facts = {3: (build_fact(period=FY2018),)}
    reading = Reading("acme-10k", count_coverage(ParsedFile(()), 1.0), facts, {})
    assert explain_miss(build_operand(), reading) is None


def test_a_filing_that_was_not_read_is_a_miss() -> None:
    miss = explain_miss(build_operand(), None)
    assert miss is not None
    assert miss.cause == "filing not read"


def test_a_plain_table_needs_the_value_alone_in_a_cell_under_its_year() -> None:
    grid = [["", "2018", "2017"], ["Net sales", "$ 1,284", "1,209"]]
    assert judge_grids(build_operand(), [grid]).complete
    assert not judge_grids(build_operand(value="1209"), [grid]).complete
    assert not judge_grids(build_operand(), [[["Net sales 1,284", "2018"]]]).value


def test_coverage_counts_only_facts_of_tables_as_dated() -> None:
    facts = tuple(
        found.fact for found in (build_fact(period=FY2018), build_fact(source="sentence"))
    )
    tie_outs = (TieOut("sum", 1, "passed", ""), TieOut("sum", 1, "not_applicable", ""))
    parsed = ParsedFile((Page(1, ()),), facts=facts, tie_outs=tie_outs)
    one = count_coverage(parsed, 2.0)
    assert (one.facts, one.table_facts, one.dated, one.tied, one.untied) == (2, 1, 1, 1, 0)
    assert add_coverages([one, one]).facts == 4


# Given tables

ROWS = [["", "2019", "2018"], ["", "(in millions)", ""], ["Assets", "", ""], ["Cash", "5", "7"]]


@pytest.mark.parametrize("head", ["2 0 1 8", "2019 (1)", "2021-2022", "2017/18", "$’000"])
def test_heads_that_look_like_values_are_heads(head: str) -> None:
    assert count_head_rows([["", head], ["Cash", "5"]]) == 1


def test_heads_end_before_a_sub_heading() -> None:
    assert count_head_rows(ROWS) == 2


def test_years_and_scale_of_a_given_table_are_read() -> None:
    tables = read_tables(Given("TAT-QA", ROWS))
    check = check_heads(ROWS, tables)
    assert (check.years, check.years_read) == (2, 2)
    assert find_scale(tables, ()) == 1_000_000


def test_the_text_gives_a_scale_where_the_table_has_none() -> None:
    tables = read_tables(Given("TAT-QA", [["", "2019", "2018"], ["Cash", "5", "7"]]))
    assert find_scale(tables, ("As follows (in thousands):",)) == 1_000
