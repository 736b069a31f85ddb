"""The sample documents are what their builder makes, and the desk reads them right."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

import pytest

from assets.sample.amounts import build_series, read_tenths
from assets.sample.build import PAGES, write_samples
from assets.sample.figures import Figures
from assets.sample.ledger import build_company
from ingestion.figures import parse_figure
from ingestion.files import parse_file
from ingestion.findings import describe_findings

NAMES = ("bramblewick-2022-10k.pdf", "bramblewick-2023-10k.pdf", "bramblewick-segments.xlsx")


def read_sample(name):
    return files("assets.sample").joinpath(name).read_bytes()


@pytest.fixture(scope="module")
def company():
    return build_company(Figures())


@pytest.fixture(scope="module")
def built(company, tmp_path_factory):
    return {path.name: path for path in write_samples(company, tmp_path_factory.mktemp("samples"))}


@pytest.fixture(scope="module")
def report():
    return parse_file(read_sample(NAMES[1]), NAMES[1])


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_sample_is_what_the_builder_makes(built, name):
    """Run `python -m assets.sample.build` after a change of figures or words."""
    assert built[name].read_bytes() == read_sample(name)


def test_nothing_else_is_built(built):
    assert sorted(built) == sorted(NAMES)


@pytest.mark.parametrize(("name", "year"), [(NAMES[0], 2022), (NAMES[1], 2023)])
def test_the_cover_of_a_report_is_understood(name, year):
    parsed = parse_file(read_sample(name), name)
    assert parsed.filing.company == "Bramblewick Tools, Inc."
    assert (parsed.filing.form, parsed.filing.fiscal_year) == ("10-K", year)
    assert parsed.filing.period_end == f"{year}-12-31"
    assert parsed.warnings == ()
    assert len(parsed.pages) in PAGES


@pytest.fixture(scope="module")
def income_statement(report):
    (table,) = [
        table
        for page in report.pages
        for table in page.tables
        if "Consolidated Statements of Income" in table.caption
    ]
    return table


def test_net_sales_stand_in_the_income_statement_under_their_year(income_statement):
    (sales,) = [row for row in income_statement.rows if row.label == "Net sales"]
    column = income_statement.header[-1].index("2023") - 1
    figure = parse_figure(sales.texts[column])
    assert (str(figure.value), figure.unit) == ("1284.7", "USD")


def test_the_income_statement_is_in_millions_of_dollars(income_statement):
    assert "(In millions, except per share data)" in income_statement.caption
    assert (income_statement.unit, income_statement.scale) == ("USD", 1_000_000)


def test_each_row_of_the_income_statement_has_the_figures_of_the_model(income_statement, company):
    figures = company.figures
    expected = {
        "Cost of sales": figures.cost_of_sales,
        "Gross profit": figures.gross_profit,
        "Operating income": figures.operating_income,
        "Interest expense": -figures.interest,
        "Net income": figures.net_income,
    }
    rows = {row.label: row.texts for row in income_statement.rows}
    for label, series in expected.items():
        read = [parse_figure(cell).value * 10 for cell in rows[label]]
        assert read == [series[year] for year in (2023, 2022, 2021)]


def test_the_workbook_agrees_with_the_report_on_net_sales(income_statement):
    workbook = parse_file(read_sample(NAMES[2]), NAMES[2])
    table = workbook.pages[0].tables[0]
    (total,) = [row for row in table.rows if row.label == "Total net sales"]
    assert total.texts[table.header[1].index("2023") - 1] == "1,284.7"
    assert (table.unit, table.scale) == ("USD", 1_000_000)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"payables": 0.1}, "assets and claims"),
        ({"dividends": 0.1}, "change in cash|assets and claims"),
        ({"land": 0.1}, "property"),
        ({"warranty_claims": 0.1}, "warranty accrual"),
    ],
)
def test_a_wrong_figure_cannot_be_built_and_is_named(change, named):
    figures = Figures()
    wrong = {}
    for name, millions in change.items():
        series = getattr(figures, name)
        tenths = (*series.tenths[:-1], series.tenths[-1] + read_tenths(millions))
        wrong[name] = replace(series, tenths=tenths)
    with pytest.raises(ValueError, match=named):
        build_company(replace(figures, **wrong))


def test_a_wrong_segment_cannot_be_built():
    figures = Figures()
    sales = {**figures.segment_sales, "Garden": build_series(2020, 341.5, 389.2, 421.7, 437.5)}
    with pytest.raises(ValueError, match=r"do not tie out.*(Garden|segment)"):
        build_company(replace(figures, segment_sales=sales))


def test_an_amount_of_two_decimals_is_refused():
    with pytest.raises(ValueError, match=r"71\.85 has more than one decimal"):
        read_tenths(71.85)


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_is_read_without_a_warning(name):
    """What a newcomer sees first: no table is a guess, and every sum holds."""
    parsed = parse_file(read_sample(name), name)
    assert describe_findings(parsed) == ()
    assert any(tie.outcome == "passed" for tie in parsed.tie_outs)
