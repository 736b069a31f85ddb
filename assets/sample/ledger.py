"""Cash flows and balance sheets worked out from the figures, and the proof that they tie out.

It knows how one statement follows from another; it knows nothing of how they are printed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from assets.sample.amounts import Series, build_change, roll_forward, sum_series
from assets.sample.figures import SEGMENTS, Figures


@dataclass(frozen=True)
class CashFlow:
    """Flows as the statement prints them: money that leaves is negative."""

    other: Series
    receivables: Series
    inventories: Series
    prepaid: Series
    payables: Series
    accruals: Series
    operating: Series
    acquisition: Series
    investing: Series
    financing: Series
    net_change: Series


@dataclass(frozen=True)
class BalanceSheet:
    current_assets: Series
    property: Series
    lease_assets: Series
    goodwill: Series
    intangibles: Series
    assets: Series
    current_liabilities: Series
    term_loan: Series
    revolver: Series
    new_notes: Series
    issuance_costs: Series
    long_term_debt: Series
    lease_liabilities: Series
    long_term_leases: Series
    deferred_taxes: Series
    liabilities: Series
    paid_in_capital: Series
    retained: Series
    other_loss: Series
    treasury: Series
    equity: Series
    shares: Series


def build_cash_flow(f: Figures) -> CashFlow:
    other = (
        -build_change(f.other_assets)
        + build_change(f.other_liabilities)
        + f.lease_amortization
        - f.lease_principal
        + f.issuance_costs_amortized
    )
    # What came with the purchased business was paid for under investing, so it is no change here.
    receivables = -(build_change(f.receivables) - f.acquired_receivables)
    inventories = -(build_change(f.inventories) - f.acquired_inventories)
    prepaid = -build_change(f.prepaid)
    payables = build_change(f.payables) - f.acquired_payables
    accruals = build_change(f.accruals) - f.acquired_accruals
    operating = sum_series(
        [
            f.net_income,
            f.depreciation_and_amortization,
            f.share_based_compensation,
            f.deferred_taxes,
            f.disposal_loss,
            other,
            receivables,
            inventories,
            prepaid,
            payables,
            accruals,
        ]
    )
    acquisition = -(
        f.acquired_receivables
        + f.acquired_inventories
        + f.acquired_property
        + f.acquired_goodwill
        + f.acquired_intangibles
        - f.acquired_payables
        - f.acquired_accruals
    )
    investing = acquisition - f.capital_expenditures + f.disposal_proceeds
    financing = (
        f.notes_issued
        - f.issuance_costs_paid
        + f.revolver_net
        - f.term_loan_repaid
        - f.dividends
        - f.repurchases
        + f.option_proceeds
    )
    return CashFlow(
        other=other,
        receivables=receivables,
        inventories=inventories,
        prepaid=prepaid,
        payables=payables,
        accruals=accruals,
        operating=operating,
        acquisition=acquisition,
        investing=investing,
        financing=financing,
        net_change=operating + investing + financing + f.exchange_on_cash,
    )


def build_balance_sheet(f: Figures) -> BalanceSheet:
    current_assets = f.cash + f.receivables + f.inventories + f.prepaid
    property_net = roll_forward(
        f.opening_property,
        f.capital_expenditures
        + f.acquired_property
        - f.depreciation
        - f.disposal_book_value
        + f.exchange_on_property,
    )
    lease_assets = roll_forward(f.opening_lease_assets, f.new_leases - f.lease_amortization)
    goodwill = roll_forward(f.opening_goodwill, f.acquired_goodwill)
    intangibles = roll_forward(f.opening_intangibles, f.acquired_intangibles - f.amortization)
    assets = current_assets + property_net + lease_assets + goodwill + intangibles + f.other_assets

    term_loan = roll_forward(f.opening_term_loan, -f.term_loan_repaid)
    revolver = roll_forward(0, f.revolver_net)
    new_notes = roll_forward(0, f.notes_issued)
    issuance_costs = roll_forward(
        f.opening_issuance_costs, f.issuance_costs_paid - f.issuance_costs_amortized
    )
    debt = f.old_notes + term_loan + revolver + new_notes - issuance_costs
    long_term_debt = debt - f.current_debt
    leases = roll_forward(f.opening_lease_liabilities, f.new_leases - f.lease_principal)
    long_term_leases = leases - f.current_leases
    deferred_taxes = roll_forward(f.opening_deferred_taxes, f.deferred_taxes)
    current = f.payables + f.accruals + f.current_debt + f.current_leases
    liabilities = current + long_term_debt + long_term_leases + deferred_taxes + f.other_liabilities

    paid_in_capital = roll_forward(
        f.opening_paid_in_capital, f.share_based_compensation + f.option_proceeds
    )
    retained = roll_forward(f.opening_retained, f.net_income - f.dividends)
    other_loss = roll_forward(f.opening_other_loss, f.exchange_on_cash + f.exchange_on_property)
    treasury = roll_forward(f.opening_treasury, -f.repurchases)
    return BalanceSheet(
        current_assets=current_assets,
        property=property_net,
        lease_assets=lease_assets,
        goodwill=goodwill,
        intangibles=intangibles,
        assets=assets,
        current_liabilities=current,
        term_loan=term_loan,
        revolver=revolver,
        new_notes=new_notes,
        issuance_costs=issuance_costs,
        long_term_debt=long_term_debt,
        lease_liabilities=leases,
        long_term_leases=long_term_leases,
        deferred_taxes=deferred_taxes,
        liabilities=liabilities,
        paid_in_capital=paid_in_capital,
        retained=retained,
        other_loss=other_loss,
        treasury=treasury,
        equity=f.common_stock + paid_in_capital + retained + other_loss + treasury,
        shares=roll_forward(f.opening_shares, f.shares_issued - f.shares_repurchased),
    )


@dataclass(frozen=True)
class Company:
    """The figures with all that follows from them; build it with build_company."""

    figures: Figures
    flows: CashFlow
    sheet: BalanceSheet


def build_company(figures: Figures) -> Company:
    """Raises ValueError, naming every figure that does not tie out."""
    flows = build_cash_flow(figures)
    company = Company(figures, flows, build_balance_sheet(figures))
    breaks = list(find_breaks(company))
    if breaks:
        raise ValueError("the sample figures do not tie out; mend figures.py: " + "; ".join(breaks))
    return company


def find_breaks(company: Company) -> Iterator[str]:
    yield from _find_statement_breaks(company)
    yield from _find_segment_breaks(company.figures)
    yield from _find_note_breaks(company)


def _compare(name: str, total: Series, parts: Series) -> Iterator[str]:
    for year in total.years:
        if year in parts.years and total[year] != parts[year]:
            yield f"{name} {year}: {total[year] / 10} against {parts[year] / 10}"


def _find_statement_breaks(company: Company) -> Iterator[str]:
    f, flows, sheet = company.figures, company.flows, company.sheet
    yield from _compare("assets and claims", sheet.assets, sheet.liabilities + sheet.equity)
    yield from _compare("change in cash", build_change(f.cash), flows.net_change)
    for year in f.net_sales.years:
        if f.cash[year] <= 0:
            yield f"cash {year}: {f.cash[year] / 10} is not above zero"
        # Shares and dividends are rounded on their own, so they agree only to within 0.2.
        declared = f.dividend_per_share(year) * f.basic_shares[year]
        if abs(declared - f.dividends[year]) > 2:
            yield f"dividends {year}: {f.dividends[year] / 10} against {declared / 10}"


def _find_segment_breaks(f: Figures) -> Iterator[str]:
    yield from _compare("segment sales", f.net_sales, sum_series(f.segment_sales.values()))
    yield from _compare("sales by region", f.net_sales, sum_series(f.region_sales.values()))
    yield from _compare(
        "segment income",
        f.operating_income,
        f.segment_total - f.corporate_expense - f.restructuring,
    )
    yield from _compare(
        "segment depreciation",
        f.depreciation_and_amortization,
        sum_series(f.segment_depreciation.values()),
    )
    yield from _compare(
        "segment capital expenditures",
        f.capital_expenditures,
        sum_series(f.segment_capital.values()),
    )
    for name in SEGMENTS:
        quarters, whole = sum(f.quarters_2023[name]), f.segment_sales[name][2023]
        if quarters != whole:
            yield f"quarters of {name}: {quarters / 10} against {whole / 10}"


def _find_note_breaks(company: Company) -> Iterator[str]:
    f, sheet = company.figures, company.sheet
    gross = f.land + f.buildings + f.machinery + f.construction
    yield from _compare("property", sheet.property, gross - f.accumulated_depreciation)
    yield from _compare(
        "provision", f.provision, sum_series(f.current_tax.values()) + f.deferred_taxes
    )
    yield from _compare(
        "warranty accrual",
        build_change(f.warranty_accrual),
        f.warranty_provision - f.warranty_claims,
    )
    rates = sum_series(f.tax_rates.values())
    for year in f.provision.years:
        if rates[year] != f.effective_rate(year):
            yield f"tax rate {year}: {f.effective_rate(year) / 10} against {rates[year] / 10}"
    principal = f.old_notes + sheet.term_loan + sheet.revolver + sheet.new_notes
    for year, due in f.debt_due.items():
        if sum(due) != principal[year] or due[0] != f.current_debt[year]:
            yield f"debt due {year}: {sum(due) / 10} against {principal[year] / 10}"
    for year, due in f.lease_payments_due.items():
        if sum(due) != sheet.lease_liabilities[year]:
            owed = sheet.lease_liabilities[year]
            yield f"lease payments {year}: {sum(due) / 10} against {owed / 10}"


def price_repurchases(f: Figures, year: int) -> Decimal:
    """Dollars a share, on average."""
    price = Decimal(f.repurchases[year]) / Decimal(f.shares_repurchased[year])
    return price.quantize(Decimal("0.01"))
