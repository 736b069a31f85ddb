"""The three financial statements and the results table, as blocks.

It knows which line follows which; the figures come worked out, and layout.py places them.
"""

from assets.sample.amounts import (
    NIL,
    Series,
    measure_growth,
    render_amount,
    render_percent,
    round_percent,
)
from assets.sample.blocks import Block, Centered, PageBreak, Paragraph, Row, Span, Table
from assets.sample.ledger import Company

YEARS_ENDED = "Years ended December 31,"
UNIT = "(In millions)"
NOT_MEANINGFUL = "n/m"
CLOSING_LINE = "The accompanying notes are an integral part of these statements."


def flow_years(year: int) -> tuple[int, int, int]:
    """A report shows three years of flows, the newest first."""
    return year, year - 1, year - 2


def balance_years(year: int) -> tuple[int, int]:
    return year, year - 1


def name_columns(years: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(str(year) for year in years)


def build_row(
    label: str,
    series: Series,
    years: tuple[int, ...],
    *,
    indent: int = 0,
    dollar: bool = False,
    bold: bool = False,
    rule: str = "",
    space_before: float = 0.0,
) -> Row:
    cells = tuple(render_amount(series[year]) for year in years)
    return Row(label, cells, indent, dollar, bold, rule, space_before)


def shift_year(balance: Series) -> Series:
    """Year-end balances as the openings of the years that follow."""
    return Series(balance.first + 1, balance.tenths[:-1])


def build_statements(company: Company, year: int) -> list[Block]:
    return [
        *_build_page("Consolidated Statements of Income", "income", per_share=True),
        build_income_statement(company, year),
        Paragraph(CLOSING_LINE),
        *_build_page("Consolidated Balance Sheets", "balance", per_share=True),
        build_balance_sheet_table(company, year),
        Paragraph(CLOSING_LINE),
        *_build_page("Consolidated Statements of Cash Flows", "cash", per_share=False),
        build_cash_flow_table(company, year),
        Paragraph(CLOSING_LINE),
    ]


def _build_page(title: str, anchor: str, *, per_share: bool) -> list[Block]:
    unit = "(In millions, except per share data)" if per_share else UNIT
    return [
        PageBreak(),
        Centered("Bramblewick Tools, Inc.", 11, bold=True, gap=2),
        Centered(title, 12, bold=True, gap=2, anchor=anchor),
        Centered(unit, gap=8),
    ]


def build_income_statement(company: Company, year: int) -> Table:
    f, years = company.figures, flow_years(year)
    basic = tuple(str(f.per_share(each, f.basic_shares)) for each in years)
    diluted = tuple(str(f.per_share(each, f.diluted_shares)) for each in years)
    declared = tuple(str(f.dividend_per_share(each)) for each in years)
    rows = (
        build_row("Net sales", f.net_sales, years, dollar=True),
        build_row("Cost of sales", f.cost_of_sales, years),
        build_row("Gross profit", f.gross_profit, years, indent=1, bold=True, rule="single"),
        Row("Operating expenses:", space_before=5),
        build_row("Selling, general and administrative expenses", f.selling, years, indent=1),
        build_row("Research and development expenses", f.research, years, indent=1),
        build_row("Amortization of intangible assets", f.amortization, years, indent=1),
        build_row("Restructuring charges", f.restructuring, years, indent=1),
        build_row("Total operating expenses", f.operating_expenses, years, indent=2, rule="single"),
        build_row(
            "Operating income", f.operating_income, years, bold=True, rule="single", space_before=5
        ),
        build_row("Interest expense", -f.interest, years, indent=1),
        build_row(
            "Other income (expense), net, including gains and losses on the disposal of property",
            f.other_income,
            years,
            indent=1,
        ),
        build_row("Income before income taxes", f.income_before_taxes, years, rule="single"),
        build_row("Provision for income taxes", f.provision, years, indent=1),
        build_row("Net income", f.net_income, years, dollar=True, bold=True, rule="double"),
        Row("Net income per share:", space_before=12),
        Row("Basic", basic, indent=1, dollar=True),
        Row("Diluted", diluted, indent=1, dollar=True),
        Row("Weighted-average shares outstanding:", space_before=5),
        build_row("Basic", f.basic_shares, years, indent=1),
        build_row("Diluted", f.diluted_shares, years, indent=1),
        Row("Dividends declared per share", declared, dollar=True, space_before=5),
    )
    return Table(name_columns(years), rows, (Span(YEARS_ENDED, 0, 2),))


def build_balance_sheet_table(company: Company, year: int) -> Table:
    f, sheet, years = company.figures, company.sheet, balance_years(year)
    now, before = (render_amount(f.allowances[each]) for each in years)
    shares_now, shares_before = (render_amount(sheet.shares[each]) for each in years)
    rows = (
        Row("ASSETS", bold=True),
        Row("Current assets:"),
        build_row("Cash and cash equivalents", f.cash, years, indent=1, dollar=True),
        build_row(
            f"Accounts receivable, net of allowances for doubtful accounts of ${now} and ${before}",
            f.receivables,
            years,
            indent=1,
        ),
        build_row("Inventories", f.inventories, years, indent=1),
        build_row("Prepaid expenses and other current assets", f.prepaid, years, indent=1),
        build_row("Total current assets", sheet.current_assets, years, indent=2, rule="single"),
        build_row("Property, plant and equipment, net", sheet.property, years),
        build_row("Operating lease right-of-use assets", sheet.lease_assets, years),
        build_row("Goodwill", sheet.goodwill, years),
        build_row("Intangible assets, net", sheet.intangibles, years),
        build_row("Other assets", f.other_assets, years),
        build_row(
            "Total assets", sheet.assets, years, indent=2, dollar=True, bold=True, rule="double"
        ),
        Row("LIABILITIES AND STOCKHOLDERS' EQUITY", bold=True, space_before=10),
        Row("Current liabilities:"),
        build_row("Accounts payable", f.payables, years, indent=1, dollar=True),
        build_row("Accrued expenses and other liabilities", f.accruals, years, indent=1),
        build_row("Current portion of long-term debt", f.current_debt, years, indent=1),
        build_row("Current operating lease liabilities", f.current_leases, years, indent=1),
        build_row(
            "Total current liabilities", sheet.current_liabilities, years, indent=2, rule="single"
        ),
        build_row("Long-term debt, less current portion", sheet.long_term_debt, years),
        build_row("Long-term operating lease liabilities", sheet.long_term_leases, years),
        build_row("Deferred income taxes", sheet.deferred_taxes, years),
        build_row("Other long-term liabilities", f.other_liabilities, years),
        build_row("Total liabilities", sheet.liabilities, years, indent=2, rule="single"),
        Row("Commitments and contingencies", ("", ""), space_before=3),
        Row("Stockholders' equity:", space_before=3),
        build_row(
            "Common stock, par value $0.01 per share; 150.0 shares authorized, 50.0 shares issued, "
            f"{shares_now} and {shares_before} shares outstanding",
            f.common_stock,
            years,
            indent=1,
        ),
        build_row("Additional paid-in capital", sheet.paid_in_capital, years, indent=1),
        build_row("Retained earnings", sheet.retained, years, indent=1),
        build_row("Accumulated other comprehensive loss", sheet.other_loss, years, indent=1),
        build_row("Treasury stock, at cost", sheet.treasury, years, indent=1),
        build_row("Total stockholders' equity", sheet.equity, years, indent=2, rule="single"),
        build_row(
            "Total liabilities and stockholders' equity",
            sheet.liabilities + sheet.equity,
            years,
            indent=2,
            dollar=True,
            bold=True,
            rule="double",
        ),
    )
    return Table(name_columns(years), rows, (Span("December 31,", 0, 1),))


def build_cash_flow_table(company: Company, year: int) -> Table:
    f, flows, years = company.figures, company.flows, flow_years(year)

    def line(label: str, series: Series, indent: int = 1) -> Row:
        return build_row(label, series, years, indent=indent)

    rows = (
        Row("Cash flows from operating activities:", bold=True),
        build_row("Net income", f.net_income, years, indent=1, dollar=True),
        Row("Adjustments to reconcile net income to operating cash:", indent=1),
        line("Depreciation and amortization", f.depreciation_and_amortization, 2),
        line("Share-based compensation", f.share_based_compensation, 2),
        line("Deferred income taxes", f.deferred_taxes, 2),
        line("Loss (gain) on disposal of property", f.disposal_loss, 2),
        line("Other, net", flows.other, 2),
        Row("Changes in operating assets and liabilities:", indent=1),
        line("Accounts receivable", flows.receivables, 2),
        line("Inventories", flows.inventories, 2),
        line("Prepaid expenses and other current assets", flows.prepaid, 2),
        line("Accounts payable", flows.payables, 2),
        line("Accrued expenses and other liabilities", flows.accruals, 2),
        build_row(
            "Net cash provided by operating activities", flows.operating, years, rule="single"
        ),
        Row("Cash flows from investing activities:", bold=True, space_before=6),
        line("Purchases of property, plant and equipment", -f.capital_expenditures),
        line("Proceeds from disposal of property, plant and equipment", f.disposal_proceeds),
        line("Acquisition of business, net of cash acquired", flows.acquisition),
        build_row("Net cash used in investing activities", flows.investing, years, rule="single"),
        Row("Cash flows from financing activities:", bold=True, space_before=6),
        line("Proceeds from issuance of senior notes", f.notes_issued),
        line("Payments of debt issuance costs", -f.issuance_costs_paid),
        line("Net borrowings (repayments) under revolving credit facility", f.revolver_net),
        line("Repayments of term loan", -f.term_loan_repaid),
        line("Dividends paid", -f.dividends),
        line("Purchases of treasury stock", -f.repurchases),
        line("Proceeds from exercise of stock options", f.option_proceeds),
        build_row("Net cash used in financing activities", flows.financing, years, rule="single"),
        build_row(
            "Effect of exchange rate changes on cash", f.exchange_on_cash, years, space_before=6
        ),
        build_row(
            "Increase (decrease) in cash and cash equivalents",
            flows.net_change,
            years,
            rule="single",
        ),
        build_row("Cash and cash equivalents at beginning of year", shift_year(f.cash), years),
        build_row(
            "Cash and cash equivalents at end of year",
            f.cash,
            years,
            dollar=True,
            bold=True,
            rule="double",
        ),
        Row("Supplemental disclosures:", space_before=10),
        build_row("Cash paid for interest", f.interest_paid, years, indent=1, dollar=True),
        build_row("Cash paid for income taxes", f.taxes_paid, years, indent=1),
    )
    kept = tuple(row for row in rows if not _is_nil(row))
    return Table(name_columns(years), kept, (Span(YEARS_ENDED, 0, 2),), column_width=70)


def _is_nil(row: Row) -> bool:
    """A line that is nil in every year shown is left out, as in a printed report."""
    return bool(row.cells) and all(cell == NIL for cell in row.cells)


def build_results_table(company: Company, year: int) -> Table:
    """Two years of results, the change, and the share of net sales."""
    f, years = company.figures, balance_years(year)

    def line(
        label: str, series: Series, dollar: bool = False, rule: str = "", indent: int = 0
    ) -> Row:
        cells = [render_amount(series[each]) for each in years]
        known = series[year - 1] != 0
        cells.append(render_percent(measure_growth(series, year)) if known else NOT_MEANINGFUL)
        cells += [render_percent(round_percent(series[each], f.net_sales[each])) for each in years]
        return Row(label, tuple(cells), indent, dollar, rule=rule)

    rows = (
        line("Net sales", f.net_sales, dollar=True),
        line("Cost of sales", f.cost_of_sales),
        line("Gross profit", f.gross_profit, rule="single"),
        line("Selling, general and administrative expenses", f.selling, indent=1),
        line("Research and development expenses", f.research, indent=1),
        line("Amortization of intangible assets", f.amortization, indent=1),
        line("Restructuring charges", f.restructuring, indent=1),
        line("Operating income", f.operating_income, rule="single"),
        line("Net income", f.net_income, dollar=True),
    )
    columns = (str(year), str(year - 1), "Percent", str(year), str(year - 1))
    spans = (Span("Amount", 0, 1), Span("Change", 2, 2), Span("Percent of net sales", 3, 4))
    return Table(columns, rows, spans, unit="(Dollars in millions)", column_width=58)
