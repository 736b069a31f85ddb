"""Inline XBRL tags become facts at their place, and the benchmark compares them with tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.xbrl import Score, compare_fact, compare_facts, main, render_causes, render_scores
from ingestion.periods import Period
from ingestion.progress import ignore_progress
from ingestion.readers.html import parse_html
from ingestion.readers.xbrl import (
    FiscalYears,
    TaggedNumber,
    parse_date,
    parse_number,
    parse_number_words,
    read_value,
    split_camel,
)


def build_context(name: str, dates: str, member: str = "") -> str:
    return (
        f'<xbrli:context id="{name}"><xbrli:entity><xbrli:segment>{member}</xbrli:segment>'
        f"</xbrli:entity><xbrli:period>{dates}</xbrli:period></xbrli:context>"
    )


def span(start: str, end: str) -> str:
    return f"<xbrli:startDate>{start}</xbrli:startDate><xbrli:endDate>{end}</xbrli:endDate>"


DEI = {
    "EntityRegistrantName": "Acme Corp.",
    "DocumentType": "10-K",
    "DocumentPeriodEndDate": "February 2, 2025",
    "DocumentFiscalYearFocus": "2024",
    "DocumentFiscalPeriodFocus": "FY",
    "CurrentFiscalYearEndDate": "--02-02",
}
AMERICAS = (
    '<xbrldi:explicitMember dimension="d">us-gaap:AmericasSegmentMember</xbrldi:explicitMember>'
)


def build_filing(body: str, dei=DEI) -> bytes:
    cover = "".join(f'<ix:nonNumeric name="dei:{k}">{v}</ix:nonNumeric>' for k, v in dei.items())
    contexts = [
        build_context("year", span("2024-01-29", "2025-02-02")),
        build_context("quarter", span("2024-11-04", "2025-02-02")),
        build_context("before", span("2023-01-30", "2024-01-28")),
        build_context("odd", span("2024-01-29", "2024-03-20")),
        build_context("day", "<xbrli:instant>2025-02-02</xbrli:instant>"),
        build_context("americas", span("2024-01-29", "2025-02-02"), AMERICAS),
    ]
    units = (
        '<xbrli:unit id="usd"><xbrli:measure>iso4217:USD</xbrli:measure></xbrli:unit>'
        '<xbrli:unit id="shares"><xbrli:measure>xbrli:shares</xbrli:measure></xbrli:unit>'
        '<xbrli:unit id="pure"><xbrli:measure>xbrli:pure</xbrli:measure></xbrli:unit>'
        '<xbrli:unit id="stores"><xbrli:measure>acme:store</xbrli:measure></xbrli:unit>'
        '<xbrli:unit id="eps"><xbrli:divide><xbrli:unitNumerator><xbrli:measure>iso4217:USD'
        "</xbrli:measure></xbrli:unitNumerator><xbrli:unitDenominator><xbrli:measure>xbrli:shares"
        "</xbrli:measure></xbrli:unitDenominator></xbrli:divide></xbrli:unit>"
    )
    header = (
        f"<ix:hidden>{cover}</ix:hidden><ix:resources>{''.join(contexts)}{units}</ix:resources>"
    )
    return f"<html><body><ix:header>{header}</ix:header>{body}</body></html>".encode()


def tag(
    text: str, context: str = "year", unit: str = "usd", name: str = "NetIncomeLoss", **more
) -> str:
    attributes = "".join(f' {key}="{value}"' for key, value in more.items())
    return (
        f'<ix:nonFraction name="us-gaap:{name}" contextRef="{context}" unitRef="{unit}"'
        f"{attributes}>{text}</ix:nonFraction>"
    )


def read_facts(body: str, dei=DEI):
    return parse_html(build_filing(body, dei), "acme.htm", ignore_progress).facts


def read_cell(cell: str, label: str = "Net income"):
    row = f"<tr><td>{label}</td><td>{cell}</td><td>5</td></tr>"
    head = "<tr><td>(in millions)</td><td>2024</td><td>2023</td></tr>"
    (fact,) = read_facts(f"<table>{head}<tr><td>Income:</td></tr>{row}</table>")
    return fact


def test_a_tagged_cell_becomes_a_fact_with_its_place():
    fact = read_cell(tag("1,284", scale="6", decimals="-6"))
    assert fact.source == "xbrl"
    assert (fact.line_item, fact.parents, fact.cell) == ("Net income", ("Income",), "T1:B3")
    assert (fact.value, fact.scale, fact.unit) == (Decimal(1284), 1_000_000, "USD")
    assert (fact.page, fact.line, fact.quote) == (1, 2, "Net income 1,284 5")
    assert fact.period == Period(12, date(2025, 2, 2), 2024)
    assert fact.concept == "net_income"


def test_a_tag_in_prose_is_named_by_its_own_words():
    (fact,) = read_facts(f"<p>We grew. We earned ${tag('12.5', scale='6')} million.</p>")
    assert (fact.line_item, fact.cell, fact.line) == ("Net Income Loss", None, 1)
    assert fact.quote == "We earned $12.5 million."


@pytest.mark.parametrize(
    ("cell", "value", "printed"),
    [
        (f"({tag('52')})", -52, "(52)"),
        (f"({tag('52', sign='-')})", -52, "(52)"),
        (f"$ ({tag('52', sign='-')}", 52, "52"),
        (tag("52", sign="-"), 52, "52"),
        (tag("(52)"), -52, "(52)"),
        (f"-{tag('52')}", -52, "52"),
        (f"10 - {tag('52')}", 52, "52"),
    ],
)
def test_a_cells_value_has_the_sign_that_is_printed(cell, value, printed):
    """A tag's own sign follows its name: what is paid is positive there and in brackets here."""
    fact = read_cell(cell)
    assert (fact.value, fact.value_as_printed) == (value, printed)


def test_brackets_in_cells_of_their_own_make_a_value_negative():
    row = f"<tr><td>Loss</td><td>(</td><td>{tag('52', sign='-')}</td><td>)</td></tr>"
    (fact,) = read_facts(f"<table><tr><td></td><td colspan=3>2024</td></tr>{row}</table>")
    assert (fact.value, fact.cell) == (Decimal(-52), "T1:B2")


def test_in_prose_the_tags_sign_counts_once():
    (fact,) = read_facts(f"<p>A net loss of $({tag('52', sign='-')}) million.</p>")
    assert fact.value == -52


@pytest.mark.parametrize(
    ("unit", "more", "after", "expected"),
    [
        ("usd", {"scale": "6"}, "", ("USD", 1_000_000, 21)),
        ("usd", {"scale": "0"}, "", ("USD", 1, 21)),
        ("usd", {"scale": "x"}, "", ("USD", 1, 21)),
        ("shares", {"scale": "3"}, "", ("shares", 1_000, 21)),
        ("eps", {}, "", ("USD/share", 1, 21)),
        ("pure", {"scale": "-2"}, "%", ("percent", 1, 21)),
        ("pure", {"scale": "-2"}, "", ("percent", 1, 21)),
        ("pure", {}, "", ("ratio", 1, 21)),
        ("stores", {}, "", ("store", 1, 21)),
    ],
)
def test_units_and_scales(unit, more, after, expected):
    fact = read_cell(tag("21", unit=unit, **more) + after)
    assert (fact.unit, fact.scale, fact.value) == expected


def test_a_percent_sign_in_the_next_cell_counts():
    row = f"<tr><td>Rate</td><td>{tag('21.0', unit='pure', scale='-2')}</td><td>%</td></tr>"
    (fact,) = read_facts(f"<table><tr><td></td><td colspan=2>2024</td></tr>{row}</table>")
    assert (fact.unit, fact.value, fact.scale) == ("percent", Decimal("21.0"), 1)


@pytest.mark.parametrize(
    ("context", "period"),
    [
        ("year", Period(12, date(2025, 2, 2), 2024)),
        ("before", Period(12, date(2024, 1, 28), 2023)),
        ("quarter", Period(3, date(2025, 2, 2), 2024, 4)),
        ("odd", Period(None, date(2024, 3, 20), 2024)),
        ("day", Period(0, date(2025, 2, 2), 2024)),
    ],
)
def test_periods_follow_the_contexts_dates_and_the_companys_years(context, period):
    assert read_cell(tag("5", context)).period == period


def test_members_stand_behind_the_parents_unless_the_label_names_them():
    assert read_cell(tag("5", "americas")).parents == ("Income", "Americas Segment")
    assert read_cell(tag("5", "americas"), label="Americas").parents == ("Income",)


def test_a_part_of_a_line_item_is_not_the_line_item():
    assert read_cell(tag("5", "americas")).concept is None


def test_a_tag_that_the_lexicon_does_not_know_has_no_concept():
    assert read_cell(tag("5", name="AcmeThing")).concept is None


def test_a_number_within_a_label_is_named_by_its_tag():
    eps = tag("0.25", unit="eps", name="DividendsPerShare")
    head = "<tr><td></td><td>2024</td></tr>"
    body = f"<tr><td>Dividends (${eps} per share)</td><td>7</td></tr>"
    (fact,) = read_facts(f"<table>{head}{body}</table>")
    assert (fact.line_item, fact.cell) == ("Dividends Per Share", "T1:A2")
    assert (fact.value, fact.value_as_printed) == (Decimal("0.25"), "0.25")


def test_nested_tags_give_a_fact_each_with_ids_of_their_own():
    inner = tag("5", name="ProfitLoss")
    facts = read_facts(f"<p>It was {tag(inner)}.</p>")
    assert sorted(fact.line_item for fact in facts) == ["Net Income Loss", "Profit Loss"]
    assert len({fact.fact_id for fact in facts}) == 2


def test_hidden_unreadable_and_unknown_tags_give_no_fact():
    hidden = f'<div style="display:none">{tag("1")}</div>'
    assert read_facts(f"<p>x {hidden}{tag('abc')}{tag('1', 'nowhere')}{tag('')}</p>") == ()


def test_the_covers_tags_go_before_its_text():
    content = build_filing("<p>FORM 10-Q</p><p>For the quarter ended June 30, 2019</p>")
    filing = parse_html(content, "acme.htm", ignore_progress).filing
    assert (filing.company, filing.form, filing.fiscal_year) == ("Acme Corp.", "10-K", 2024)
    assert (filing.period_end, filing.year_end_month) == ("2025-02-02", 2)


def test_without_the_years_name_periods_have_dates_alone():
    (fact,) = read_facts(f"<p>It was {tag('5')}.</p>", dei={"DocumentType": "10-K"})
    assert fact.period == Period(12, date(2025, 2, 2))


@pytest.mark.parametrize(
    ("end", "year", "quarter"),
    [
        (date(2024, 9, 28), 2024, 4),
        (date(2023, 9, 30), 2023, 4),
        (date(2024, 10, 3), 2024, 4),
        (date(2024, 12, 28), 2025, 1),
        (date(2024, 6, 29), 2024, 3),
        (date(2024, 8, 10), 2024, None),
    ],
)
def test_years_of_weeks_keep_their_name(end, year, quarter):
    years = FiscalYears(9, 28, 0)
    assert (years.name_year(end), years.find_quarter(end)) == (year, quarter)


def test_a_year_end_on_the_last_of_february_is_kept_in_all_years():
    years = FiscalYears(2, 29, 0)
    assert (years.close_of(2023), years.close_of(2024)) == (date(2023, 2, 28), date(2024, 2, 29))


def test_a_december_year_that_ends_in_january_is_named_after_december():
    assert FiscalYears(12, 31, 0).name_year(date(2022, 1, 2)) == 2021


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        ("ixt:num-dot-decimal", "1,234.5", "1234.5"),
        ("ixt:num-comma-decimal", "1.234,5", "1234.5"),
        ("ixt:numdotcomma", "1.234,5", "1234.5"),
        ("ixt:numcommadot", "1,234.5", "1234.5"),
        ("", "1 234", "1234"),
        ("ixt:fixed-zero", "—", "0"),
        ("ixt:zerodash", "-", "0"),
        ("ixt-sec:numwordsen", "two hundred and five", "205"),
        ("ixt-sec:numwordsen", "no", "0"),
        ("ixt-sec:numwordsen", "3", "3"),
        ("", "n/a", None),
    ],
)
def test_values_follow_the_tags_format(form, text, value):
    number = TaggedNumber({"format": form}, text, "", "", 1, 0, text)
    assert read_value(number) == (None if value is None else Decimal(value))


def test_a_nil_tag_has_no_value():
    assert read_value(TaggedNumber({"xsi:nil": "true"}, "5", "", "", 1, 0, "")) is None


@given(st.decimals(0, 10**12, places=3))
def test_printed_numbers_read_back(number):
    assert parse_number(f"{number:,}") == number
    swapped = f"{number:,}".translate(str.maketrans(",.", ".,"))
    assert parse_number(swapped, decimal_comma=True) == number


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_none(text):
    value = parse_number(text)
    assert value is None or value >= 0


@pytest.mark.parametrize(
    ("words", "number"),
    [("twenty-one", 21), ("one million", 1_000_000), ("Three thousand", 3000), ("many", None)],
)
def test_number_words(words, number):
    assert parse_number_words(words) == number


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("September 28 , 2024", date(2024, 9, 28)),
        ("2024-09-28", date(2024, 9, 28)),
        ("soon", None),
    ],
)
def test_dates_of_covers(text, day):
    assert parse_date(text) == day


def test_names_are_split_into_words():
    assert split_camel("NetIncomeLossAvailableToUSCompany") == (
        "Net Income Loss Available To US Company"
    )


@pytest.fixture(scope="module")
def tagged():
    return read_cell(tag("1,284", scale="6"))


def test_equal_facts_agree_in_all(tagged):
    assert compare_fact(tagged, tagged).all


@pytest.mark.parametrize(
    ("change", "part", "cause"),
    [
        ({"scale": 1000}, "scale", "scale 1,000 for 1,000,000 (USD)"),
        ({"value": Decimal(-1284)}, "sign", "another sign"),
        ({"value": Decimal(1285)}, "value", "another number"),
        ({"period": None}, "period", "no period"),
        ({"period": Period(12, date(2025, 1, 31), 2024)}, "period", "end date some days off"),
        ({"period": Period(12, date(2023, 1, 31), 2022)}, "period", "another end date"),
        ({"period": Period(12, None, 2024)}, "period", "no end date"),
        ({"period": Period(0, date(2025, 2, 2), 2024)}, "period", "0 months for 12"),
    ],
)
def test_each_difference_is_counted_with_its_cause(tagged, change, part, cause):
    comparison = compare_fact(tagged, replace(tagged, **change))
    assert not getattr(comparison, part)
    assert not comparison.all
    assert comparison.causes == (cause,)


def test_a_cell_without_a_fact_agrees_in_nothing(tagged):
    (comparison,) = compare_facts([tagged], [])
    assert (comparison.found, comparison.all) == (False, False)
    assert comparison.causes == ("no fact in the cell",)


def test_of_two_tags_on_a_cell_the_better_one_counts_and_labels_do_not(tagged):
    other = replace(tagged, period=Period(0, date(2001, 1, 1)))
    in_label = replace(tagged, cell="T1:A3")
    (comparison,) = compare_facts([other, tagged, in_label], [tagged])
    assert comparison.all


def test_the_report_says_whether_the_aim_is_reached(tagged):
    good = Score("a", 1.0, tuple(compare_facts([tagged], [tagged])))
    bad = Score("b", 1.0, tuple(compare_facts([tagged], [])))
    assert "reached" in render_scores([good])
    assert "missed" in render_scores([good, bad])
    assert "no fact in the cell" in render_causes([bad])


def test_a_folder_without_filings_is_named(tmp_path, capsys):
    assert main(["--data", str(tmp_path)]) == 1
    assert "holds no filing with inline XBRL" in capsys.readouterr().err
