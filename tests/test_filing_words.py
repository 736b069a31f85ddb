"""How facts of filings are spoken of: labels, items, companies, periods, questions, claims."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.documents import Document, Fact, FilingFacts, Passage
from ingestion.periods import Period
from research.verification.fact_places import FactPlace
from training.over_filings.askable_facts import find_fault, find_narrow_title
from training.over_filings.asked_facts import list_company_forms, speak_item, state_in_billions
from training.over_filings.fact_claims import (
    ClaimedFact,
    are_apart,
    build_claim,
    read_number,
    write_like,
)
from training.over_filings.fact_wordings import Spoken, word_claim, word_question
from training.over_filings.row_labels import is_telling, read_words, speak_label
from training.over_filings.spoken_periods import speak_period

YEAR = Period(12, date(2023, 12, 31), 2023)
BALANCE = Period(0, date(2023, 12, 31), 2023)
TITLE = "CONSOLIDATED STATEMENTS OF OPERATIONS (In millions)\n||2023|2022|\n"


def place(label="Net sales", value="1284", period=YEAR, **changes):
    text = f"{TITLE}|{label}|{value}|1209|"
    known = {
        "fact_id": f"{label}{value}",
        "document_id": "d",
        "page": 2,
        "line_item": label,
        "parents": (),
        "concept": None,
        "period": period,
        "value": Decimal(value),
        "value_as_printed": value,
        "unit": "USD",
        "scale": 1_000_000,
        "statement": "income",
        "source": "table",
        "quote": "",
        "line": 3,
    }
    fact = Fact(**{**known, **changes})
    passage = Passage("p", "d", 2, "table", None, text, 0, 9)
    return FactPlace(fact, passage, "", "")


def filing(company, *tickers):
    facts = FilingFacts(company=company, tickers=tickers)
    return Document("d", "d.html", facts, 1, 1, 1, 1, "2024-01-01")


@pytest.mark.parametrize(
    ("label", "spoken"),
    [
        ("Net sales (Note 2):", "net sales"),
        ("Less: Interest expense", "interest expense"),
        ("Add—Incremental shares", "incremental shares"),
        ("Purchases of garden gnomes", "purchases of garden gnomes"),
        ("Gnomes", "Gnomes"),
        ("United States", "United States"),
        ("Net sales outside the U.S.", "net sales outside the U.S."),
    ],
)
def test_a_label_is_spoken_without_its_marks_and_a_name_keeps_its_capital(label, spoken):
    assert speak_label(label) == spoken


@given(st.text(max_size=60))
def test_a_label_that_is_spoken_again_stays_as_it_is(label):
    spoken = speak_label(label)

    assert read_words(speak_label(spoken)) == read_words(spoken)


def test_a_total_tells_nothing_without_its_heading():
    assert not is_telling("total")
    assert is_telling("total assets")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"label": "Balance at December 31, 2022"}, "named by a period"),
        ({"label": "Net sales", "unit": "percent"}, "percentage of a row"),
        ({"label": "Repurchases of stock", "value": "-12"}, "sign"),
        ({"label": "Weighted-average shares"}, "of shares"),
        ({"period": None}, "no usual period"),
        ({"label": "Net sales", "unit": None}, "no unit"),
        ({"source": "sentence"}, "no line item"),
    ],
)
def test_a_fact_that_its_words_do_not_ask_for_is_left_out(changed, reason):
    assert reason in find_fault(place(**changed))


def test_a_fact_of_a_plain_row_can_be_asked_for():
    assert find_fault(place()) is None


def test_a_row_of_a_table_of_hedges_is_not_the_companys_own():
    assert find_narrow_title(place("Cost of sales"), "Gains on hedges") == "hedges"
    assert find_narrow_title(place("Gains on hedges"), "Gains on hedges") is None


def test_a_bare_row_is_called_by_the_heading_that_is_shown():
    bare = place("Diluted", parents=("Earnings per Share:",), unit="USD/share")

    assert speak_item(bare, "|Earnings per Share:||", Random(1)) == "diluted earnings per share"
    assert speak_item(bare, "|Something else||", Random(1)) is None


def test_a_balances_change_in_the_cash_flow_statement_is_called_a_change():
    change = place(
        "Inventories", parents=("Changes in assets and liabilities",), statement="cash_flow"
    )

    assert speak_item(change, TITLE, Random(1)) == "change in inventories"


def test_a_product_is_asked_for_by_what_its_table_splits():
    gnomes = place("Gnomes", statement=None)

    assert speak_item(gnomes, "Net sales by product\n|Gnomes|3|", Random(1)) == "Gnomes net sales"
    assert speak_item(gnomes, "By product\n|Gnomes|3|", Random(1)) is None


def test_a_company_is_called_by_its_cover_in_short_and_by_its_symbol():
    assert set(list_company_forms(filing("HOME GARDEN, INC.", "HGD"))) == {
        "Home Garden",
        "Home Garden, Inc.",
        "HGD",
    }
    assert list_company_forms(filing(None)) == ()


def test_a_year_that_ends_in_january_is_said_as_it_is_printed():
    period = Period(0, date(2025, 2, 1), 2024)
    text = "||February 1, 2025|February 3, 2024|"

    said = {speak_period(place(period=period), text, Random(seed)) for seed in range(30)}

    assert said <= {"as of February 1, 2025", "at February 1, 2025", "on February 1, 2025"}


def test_a_period_whose_year_is_not_shown_is_not_said():
    assert speak_period(place(), "||2021|2020|", Random(1)) is None


def test_a_fact_is_asked_for_in_more_than_forty_wordings():
    spoken = Spoken("Acme", "net sales", "in 2023", "USD", 2023)

    questions = {word_question(spoken, Random(seed)) for seed in range(600)}

    assert len(questions) > 40
    assert all(q.endswith("?") and "Acme" in q and "2023" in q for q in questions)
    assert all("net sales" in question for question in questions)


@pytest.mark.parametrize(
    ("item", "verb"),
    [
        ("net sales", "were"),
        ("net cash provided by operating activities", "was"),
        ("dividends declared", "were"),
        ("gross loss", "was"),
        ("income before taxes", "was"),
    ],
)
def test_the_verb_goes_with_the_item(item, verb):
    spoken = Spoken("Acme", item, "in 2023", "USD")

    claims = {word_claim(spoken, "$1", Random(seed)) for seed in range(40)}

    assert f"Acme's {item} {verb} $1 in 2023." in claims


def claimed():
    own, before = place(), place(value="1209", period=Period(12, date(2022, 12, 31), 2022))
    other = place("Cost of sales", "800")
    spoken = Spoken("Acme", "net sales", "in 2023", "USD", 2023)
    return ClaimedFact(own, spoken, (before,), (other,))


def test_a_true_claim_and_a_false_one_never_say_the_same():
    made = {
        truth: {build_claim(claimed(), is_true=truth, random=Random(seed)) for seed in range(300)}
        for truth in (True, False)
    }

    assert not made[True] & made[False]
    assert len(made[True]) > 40
    assert len(made[False]) > 40


def test_a_false_claim_does_not_state_the_amount_in_its_year():
    claims = [build_claim(claimed(), is_true=False, random=Random(seed)) for seed in range(300)]
    plain = [c for c in claims if "2022" not in c and "cost of sales" not in c]

    assert plain
    assert not any("$1284 million" in claim for claim in plain)


def test_a_claim_of_a_rise_goes_with_the_amounts():
    claims = {build_claim(claimed(), is_true=True, random=Random(seed)) for seed in range(300)}
    changes = [c for c in claims if "2022" in c]

    assert changes
    assert not any(word in c for c in changes for word in ("fell", "lower", "declined", "down"))


def test_an_amount_is_stated_in_billions_with_its_sign():
    assert state_in_billions(place(value="-1284"), 2) == "-$1.28 billion"


@given(st.decimals(min_value=1, max_value=10**7, places=1))
def test_a_figure_that_is_written_reads_as_its_number(value):
    assert read_number(write_like(place(), value)) == value


@given(st.decimals(min_value=1, max_value=10**9, places=2))
def test_an_amount_is_not_apart_from_its_own_rounding(value):
    assert not are_apart(value, value * Decimal("1.01"))
    assert are_apart(value, value * Decimal("1.1"))
    assert are_apart(value, -value)
