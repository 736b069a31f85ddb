"""Sentences state facts, and their years, notes and pages are none."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.documents import Box, FilingFacts, Line, Page, Word, enclosing_box
from ingestion.facts.sentence_facts import find_sentence_facts, find_spoken_amounts

FILING = FilingFacts("Acme", "10-K", 2018, "2018-12-31", 12)


def lay_page(*texts: str) -> Page:
    lines = []
    for index, text in enumerate(texts):
        words, x = [], 0.0
        for word in text.split():
            words.append(Word(word, Box(x, 12.0 * index, x + 5.0 * len(word), 12.0 * index + 10)))
            x += 5.0 * len(word) + 5
        lines.append(Line(tuple(words)))
    return Page(3, tuple(lines), 612, 792)


def facts_of(*texts: str):
    page = lay_page(*texts)
    return find_sentence_facts("d1", page, [(0, len(page.lines))], FILING)


def said(text: str) -> list[tuple[str, str]]:
    return [(amount.figure.text, amount.line_item) for amount in find_spoken_amounts(text)]


def test_a_sentence_states_a_change_and_an_amount():
    change, amount = facts_of("Net sales rose 4.2% to $32.8 billion in 2018.")
    assert (change.line_item, change.parents) == ("net sales", ("change",))
    assert (change.value, change.unit, change.scale) == (Decimal("4.2"), "percent", 1)
    assert (amount.line_item, amount.parents) == ("net sales", ())
    assert (amount.value, amount.unit, amount.scale) == (Decimal("32.8"), "USD", 10**9)
    assert amount.value_as_printed == "$32.8 billion"
    assert [fact.period.fiscal_year for fact in (change, amount) if fact.period] == [2018, 2018]


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("Net sales were $5 million in 2018.", "revenue"),
        ("Net sales were €5 million in 2018.", "revenue"),
        ("Diluted earnings per share were $0.69 in 2018.", "earnings_per_share_diluted"),
        ("Net sales rose by $5 million in 2018.", None),
        ("Net sales were 5% of all in 2018.", None),
        ("Net sales of the Domestic segment were $5 million in 2018.", None),
    ],
)
def test_the_concept_is_given_where_the_whole_name_and_the_unit_are_its_own(text, concept):
    (fact,) = facts_of(text)
    assert fact.concept == concept


def test_a_fact_knows_its_place():
    page = lay_page("Net sales of the whole group rose to", "$32.8 billion in 2018.")
    (fact,) = find_sentence_facts("d1", page, [(0, 2)], FILING)
    boxes = [word.box for word in page.lines[1].words[:2]]
    assert fact.box == enclosing_box(box for box in boxes if box is not None)
    assert (fact.page, fact.line, fact.source) == (3, 1, "sentence")
    assert fact.quote == "Net sales of the whole group rose to $32.8 billion in 2018."


def test_lines_outside_the_prose_state_nothing():
    page = lay_page("Net sales were $5 million in 2018.", "Net debt was $3 million in 2018.")
    facts = find_sentence_facts("d1", page, [(1, 2)], FILING)
    assert [fact.line_item for fact in facts] == ["net debt"]


def test_two_numbers_of_one_page_have_two_ids():
    facts = facts_of("Net sales were $5 million and net debt was $5 million in 2018.")
    assert len({fact.fact_id for fact in facts}) == 2


def test_a_number_goes_with_the_year_next_to_it():
    facts = facts_of("Net sales were $32.8 billion in 2018, compared to $31.7 billion in 2017.")
    assert [(fact.value, fact.period.fiscal_year) for fact in facts if fact.period] == [
        (Decimal("32.8"), 2018),
        (Decimal("31.7"), 2017),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Interest expense was $5 million and $4 million in 2018 and 2017, respectively.",
        "In 2018 and 2017, interest expense was $5 million and $4 million.",
        "Interest expense was $5 million and $4 million for the years ended December 31, 2018"
        " and 2017, respectively.",
        "Interest expense was $5 million and $4 million in fiscal 2018 and fiscal 2017.",
    ],
)
def test_numbers_and_years_in_lists_are_paired_in_order(text):
    facts = facts_of(text)
    assert [(f.line_item, f.value, f.period.fiscal_year) for f in facts if f.period] == [
        ("interest expense", 5, 2018),
        ("interest expense", 4, 2017),
    ]


def test_dates_in_lists_are_paired_with_their_own_day():
    facts = facts_of("Cash was $5 million and $4 million at December 31, 2018 and 2017.")
    assert [fact.period.end for fact in facts if fact.period] == [
        date(2018, 12, 31),
        date(2017, 12, 31),
    ]


def test_two_changes_of_two_years_are_paired_with_what_else_says_them():
    facts = facts_of(
        "Net sales decreased $0.7 billion or 0.6% and increased $2.8 billion or 2.3% for"
        " fiscal 2018 and 2017, respectively."
    )
    assert [
        (f.value_as_printed, f.parents[-1], f.period.fiscal_year) for f in facts if f.period
    ] == [
        ("$0.7 billion", "decrease", 2018),
        ("0.6%", "decrease", 2018),
        ("$2.8 billion", "change", 2017),
        ("2.3%", "change", 2017),
    ]


def test_what_is_compared_with_keeps_the_name_that_was_said_once():
    text = (
        "• Net revenues of $2.3 billion in the current quarter compared to $1.8 billion in the"
        " prior year quarter, an increase of 27%."
    )
    assert said(text) == [
        ("$2.3 billion", "net revenues"),
        ("$1.8 billion", "net revenues"),
        ("27%", "net revenues"),
    ]


def test_what_is_compared_with_may_have_its_own_name():
    assert said("Operating loss was $2 million compared to operating income of $369 million.") == [
        ("$2 million", "operating loss"),
        ("$369 million", "operating income"),
    ]


def test_a_unit_that_is_said_once_holds_for_the_whole_list():
    amounts = find_spoken_amounts("The margin rose 136 and 41 basis points in 2018 and 2017.")
    assert [(str(a.figure.value), a.unit, a.parents, a.when) for a in amounts] == [
        ("136", "basis points", ("change",), ("in 2018",)),
        ("41", "basis points", ("change",), ("in 2017",)),
    ]


def test_years_that_do_not_fit_the_numbers_give_no_period():
    (fact,) = facts_of("Interest expense was about $5 million in 2018 and 2017.")
    assert fact.period is None


def test_the_prior_year_is_not_taken_for_the_year():
    facts = facts_of("In 2018, net sales were $5 million compared to $4 million in the prior year.")
    assert facts[0].period is not None
    assert facts[0].period.fiscal_year == 2018
    assert facts[1].period is None or facts[1].period.fiscal_year == 2017


def test_what_is_only_compared_with_has_no_period_of_its_neighbour():
    facts = facts_of("Net sales rose to $32.8 billion in 2018 from $31.7 billion.")
    assert [fact.period is None for fact in facts] == [False, True]


@pytest.mark.parametrize(
    ("text", "line_item", "parents"),
    [
        (
            "There was an increase of $5 million in selling expenses.",
            "selling expenses",
            ("change",),
        ),
        ("A $5 million increase in net sales was due to volume.", "net sales", ("change",)),
        ("Operating income grew by about $5 million.", "operating income", ("change",)),
        ("Gross profit decreased by $5 million.", "gross profit", ("change", "decrease")),
        ("Gross profit was down $5 million.", "gross profit", ("change", "decrease")),
        ("Gross profit decreased to $5 million.", "gross profit", ()),
        ("Online revenue of $5 million decreased.", "online revenue", ()),
    ],
)
def test_a_change_is_told_from_an_amount(text, line_item, parents):
    (amount,) = find_spoken_amounts(text)
    assert (amount.line_item, amount.parents) == (line_item, parents)


def test_one_change_may_be_said_in_money_and_in_percent():
    amounts = find_spoken_amounts("Operating income decreased by $20 million, or 3%.")
    assert [(a.line_item, a.parents) for a in amounts] == [
        ("operating income", ("change", "decrease"))
    ] * 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We recorded $5 million of impairment charges.", ("$5 million", "impairment charges")),
        ("The company paid dividends of $3.2 billion.", ("$3.2 billion", "dividends")),
        ("Cash dividends declared totaled $3 million.", ("$3 million", "cash dividends")),
        ("At year end our net property, plant and equipment was $8 million.",
         ("$8 million", "property, plant and equipment")),
        ("Restricted cash, which is part of other assets, was $3 million.",
         ("$3 million", "restricted cash")),
        ("The Board approved a new $5 billion share repurchase program.",
         ("$5 billion", "share repurchase program")),
        ("We operate 1,013 stores.", ("1,013", "stores")),
    ],
)  # fmt: skip
def test_the_line_item_is_what_the_number_is_said_of(text, expected):
    ((printed, line_item),) = said(text)
    assert printed == expected[0]
    assert line_item.removeprefix("net ") == expected[1]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("Diluted earnings were $0.35 per share.", "USD/share"),
        ("Diluted earnings were $0.35 per diluted common share.", "USD/share"),
        ("Diluted earnings per share of $0.69 were reported.", "USD/share"),
        ("We repurchased 5.2 million shares.", "shares"),
        ("The average lease term is 7 years.", "years"),
        ("Gross margin improved 30 basis points.", "basis points"),
        ("The leverage ratio was 2.5x.", "ratio"),
        ("Net sales were €5 million.", "EUR"),
        ("The tax rate was 24.5%.", "percent"),
    ],
)
def test_the_unit_is_read_from_the_words_around(text, unit):
    (amount,) = find_spoken_amounts(text)
    assert amount.unit == unit


def test_the_scale_of_a_range_is_said_once():
    amounts = find_spoken_amounts("Capital expenditures will be $1.2 to $1.5 billion.")
    assert [(a.figure.value, a.scale) for a in amounts] == [
        (Decimal("1.2"), 10**9),
        (Decimal("1.5"), 10**9),
    ]


def test_per_share_is_said_once_for_a_list():
    amounts = find_spoken_amounts("Dividends were $1.36 and $1.17 per share.")
    assert [a.unit for a in amounts] == ["USD/share", "USD/share"]


@pytest.mark.parametrize(
    "text",
    [
        "The results of 2018 were like those of 2017.",
        "The notes are due on December 31, 2018 and January 2.",
        "Results are in Note 5 and in Notes 6, 7 and 8.",
        "Details are on pages 12 to 14 of our Form 10-K.",
        "The inputs are Level 2 and Level 3.",
        "The company adopted Topic 606 and ASU 2016-02.",
        "Sales are made under Rule 144 and Section 10(b).",
        "Sales by phone are made at (651) 733-1110 or 651-733-1110.",
        "The company is at 3000 Main Street, St. Paul, MN 55144.",
        "The Commission file number is 001-3285.",
        "(1) The results are those of sales.",
        "3. The results of sales follow.",
        "Costs of COVID-19 were great.",
        "Our 401(k) plan is for all.",
        "The meeting is held at 10:30 a.m. in the hall.",
        "Sales were like those of the S&P 500 companies.",
        "A lease of a 12-month term is short.",
        "Results for the 52 weeks ended then were good.",
        "",
    ],
)
def test_a_number_that_names_something_is_no_amount(text):
    assert said(text) == []


def test_an_amount_beside_a_reference_is_kept():
    assert said("As Note 5 says, goodwill was $10 million.") == [("$10 million", "goodwill")]


def test_a_page_without_a_calendar_still_has_facts():
    page = lay_page("Net sales were $5 million in 2018.")
    (fact,) = find_sentence_facts("d1", page, [(0, 1)], FilingFacts())
    assert fact.amount == 5_000_000


PHRASES = st.sampled_from(
    "Net sales rose fell by to of in 2018 2017 $5 million 4.2% (3) and , or respectively. "
    "$1.2 from compared with an increase the our Note 5 per share, December 31, "
    "10-K 1,013 stores which was ; property, ( ) — • COVID-19 (651)".split()
)


@given(st.lists(PHRASES, max_size=30).map(" ".join) | st.text(max_size=80))
def test_every_amount_of_any_text_is_named_and_printed_in_it(text):
    for amount in find_spoken_amounts(text):
        assert amount.line_item.strip() == amount.line_item != ""
        assert text[amount.figure.start : amount.figure.end] == amount.figure.text
        assert not amount.figure.is_year
