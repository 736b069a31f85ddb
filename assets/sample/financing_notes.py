"""The notes on debt, income taxes, leases and share repurchases, as blocks.

They stand apart from notes.py for length alone.
"""

from assets.sample.amounts import (
    read_tenths,
    render_amount,
    render_percent,
    say_amount,
    say_change,
    say_percent,
)
from assets.sample.blocks import Block, Heading, Paragraph, Row, Span, Table
from assets.sample.ledger import Company, price_repurchases
from assets.sample.statements import (
    UNIT,
    YEARS_ENDED,
    balance_years,
    build_row,
    flow_years,
    name_columns,
)

FACILITY = read_tenths(200.0)
AUTHORIZED = read_tenths(100.0)


def build_debt(company: Company, year: int) -> list[Block]:
    f, sheet, years = company.figures, company.sheet, balance_years(year)
    new_notes = (
        (build_row("5.85% senior notes due 2030", sheet.new_notes, years),)
        if sheet.new_notes[year]
        else ()
    )
    rows = (
        build_row("4.10% senior notes due 2027", f.old_notes, years, dollar=True),
        *new_notes,
        build_row("Term loan due June 2026", sheet.term_loan, years),
        build_row("Revolving credit facility expiring June 2026", sheet.revolver, years),
        build_row("Unamortized debt issuance costs", -sheet.issuance_costs, years),
        build_row(
            "Total debt", sheet.long_term_debt + f.current_debt, years, indent=1, rule="single"
        ),
        build_row("Less current portion", -f.current_debt, years),
        build_row(
            "Long-term debt, less current portion",
            sheet.long_term_debt,
            years,
            indent=1,
            dollar=True,
            rule="double",
        ),
    )
    return [
        Heading("Note 4. Debt", 2, "note4"),
        Table(name_columns(years), rows, (Span("December 31,", 0, 1),), UNIT),
        Paragraph(_say_facility(company, year)),
        Paragraph(
            f"Principal payments due on debt outstanding at December 31, {year} are as follows:"
        ),
        _build_due_table(year, f.debt_due[year], "Total principal"),
        Paragraph(
            "The credit agreement requires that total debt be no more than 3.50 times earnings "
            "before interest, taxes, depreciation and amortization, and that those earnings be at "
            "least 3.00 times interest expense. The company complied with both covenants at "
            f"December 31, {year}."
        ),
    ]


def _say_facility(company: Company, year: int) -> str:
    drawn = company.sheet.revolver[year]
    unused = say_amount(FACILITY - drawn)
    use = f"{say_amount(drawn)} was drawn" if drawn else "nothing was drawn"
    text = (
        f"The revolving credit facility allows borrowings of up to {say_amount(FACILITY)}. At "
        f"December 31, {year}, {use} under it and {unused} was unused. The term loan is repaid by "
        f"{say_amount(company.figures.term_loan_repaid[year])} a year until it matures."
    )
    if company.figures.notes_issued[year]:
        issued = say_amount(company.figures.notes_issued[year])
        costs = say_amount(company.figures.issuance_costs_paid[year])
        text += (
            f" In April {year} the company issued {issued} of 5.85% senior notes due 2030, paid "
            f"{costs} in issuance costs, and used part of the proceeds to repay the revolving "
            "credit facility in full."
        )
    return text


def _build_due_table(year: int, due: tuple[int, ...], total: str, deduction: str = "") -> Table:
    """Payments due by year; a last negative amount is deducted under `deduction`."""
    payments = due[:6]
    labels = [*(str(year + 1 + offset) for offset in range(5)), "Thereafter"]
    rows = [
        Row(label, (render_amount(amount),), dollar=number == 0)
        for number, (label, amount) in enumerate(zip(labels, payments, strict=True))
    ]
    final = "single" if deduction else "double"
    rows.append(Row(total, (render_amount(sum(payments)),), 1, dollar=not deduction, rule=final))
    if deduction:
        rows.append(Row(deduction, (render_amount(due[6]),)))
        rows.append(
            Row("Operating lease liabilities", (render_amount(sum(due)),), 1, True, rule="double")
        )
    return Table(("Amount",), tuple(rows), unit=UNIT)


def build_taxes(company: Company, year: int) -> list[Block]:
    f, years = company.figures, flow_years(year)
    first, *rest = f.current_tax
    provision_rows = (
        Row("Current:"),
        build_row(first, f.current_tax[first], years, indent=1, dollar=True),
        *(build_row(name, f.current_tax[name], years, indent=1) for name in rest),
        build_row(
            "Total current provision",
            f.provision - f.deferred_taxes,
            years,
            indent=2,
            rule="single",
        ),
        build_row("Deferred", f.deferred_taxes, years),
        build_row("Provision for income taxes", f.provision, years, dollar=True, rule="double"),
    )
    rate_rows = (
        *(
            Row(name, tuple(render_percent(rates[each]) for each in years))
            for name, rates in f.tax_rates.items()
        ),
        Row(
            "Effective income tax rate",
            tuple(render_percent(f.effective_rate(each)) for each in years),
            indent=1,
            rule="double",
        ),
    )
    span = (Span(YEARS_ENDED, 0, 2),)
    return [
        Heading("Note 5. Income taxes", 2, "note5"),
        Paragraph("The provision for income taxes consists of the following:"),
        Table(name_columns(years), provision_rows, span, UNIT),
        Paragraph("The statutory rate is reconciled to the effective rate as follows:"),
        Table(name_columns(years), rate_rows, span),
        Paragraph(
            f"The effective rate was {say_percent(f.effective_rate(year))} in {year} and "
            f"{say_percent(f.effective_rate(year - 1))} in {year - 1}. Cash paid for income taxes "
            f"was {say_amount(f.taxes_paid[year])} in {year}. Tax years from {year - 3} on remain "
            "open to examination in the United States."
        ),
    ]


def build_leases(company: Company, year: int) -> list[Block]:
    f, years = company.figures, flow_years(year)
    total = f.operating_lease_cost + f.short_term_lease_cost + f.variable_lease_cost
    rows = (
        build_row("Operating lease cost", f.operating_lease_cost, years, dollar=True),
        build_row("Short-term lease cost", f.short_term_lease_cost, years),
        build_row("Variable lease cost", f.variable_lease_cost, years),
        build_row("Total lease cost", total, years, indent=1, dollar=True, rule="double"),
    )
    return [
        Heading("Note 6. Leases", 2, "note6"),
        Paragraph(
            "The company leases distribution centers, offices and vehicles under operating leases "
            "that run for up to 12 years. Right-of-use assets obtained in exchange for new lease "
            f"liabilities were {say_amount(f.new_leases[year])} in {year} and "
            f"{say_amount(f.new_leases[year - 1])} in {year - 1}. The components of lease cost "
            "were:"
        ),
        Table(name_columns(years), rows, (Span(YEARS_ENDED, 0, 2),), UNIT),
        Paragraph(f"Lease payments due after December 31, {year} are as follows:"),
        _build_due_table(
            year, f.lease_payments_due[year], "Total lease payments", "Less imputed interest"
        ),
    ]


def build_repurchases(company: Company, year: int) -> list[Block]:
    f = company.figures
    spent = sum(f.repurchases[each] for each in range(2022, year + 1))
    remaining = say_amount(AUTHORIZED - spent)
    by_year = [
        f"{render_amount(f.shares_repurchased[each])} million shares for "
        f"{say_amount(f.repurchases[each])} in {each}, an average of "
        f"${price_repurchases(f, each)} per share"
        for each in flow_years(year)
    ]
    return [
        Heading("Note 7. Share repurchases and dividends", 2, "note7"),
        Paragraph(
            "In January 2022 the board of directors authorized the repurchase of up to "
            f"{say_amount(AUTHORIZED)} of common stock, of which {remaining} remained at December "
            f"31, {year}. The "
            f"company repurchased {'; '.join(by_year)}."
        ),
        Paragraph(
            f"Dividends of ${f.dividend_per_share(year)} per share were declared in {year}, "
            f"against ${f.dividend_per_share(year - 1)} in {year - 1}. Dividends paid "
            f"{say_change(f.dividends, year)}."
        ),
    ]
