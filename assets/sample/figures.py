"""The figures of Bramblewick Tools, Inc., 2020 to 2023: one model behind every sample document.

What the company decides is stated; every subtotal and closing balance is worked out from it.
Flows run from 2020 to 2023 and year-end balances from 2019 on. It knows nothing of pages.
"""

# ruff: noqa: RUF009 -- a Series is frozen, so that one default may be shared by all Figures.
from dataclasses import dataclass, field
from decimal import Decimal

from assets.sample.amounts import (
    Series,
    build_series,
    read_tenths,
    round_percent,
    round_ratio,
    sum_series,
)

SEGMENTS = ("Hand Tools", "Garden", "Power Equipment")
CORPORATE = "Corporate"


def flow(*millions: float) -> Series:
    """A field that holds one amount for each of 2020 to 2023."""
    return build_series(2020, *millions)


def balance(*millions: float) -> Series:
    """A field that holds one amount for the end of each of 2019 to 2023."""
    return build_series(2019, *millions)


def by_name(**rows: Series) -> dict[str, Series]:
    return {name.replace("_", " "): series for name, series in rows.items()}


def _segment_sales() -> dict[str, Series]:
    return by_name(
        Hand_Tools=flow(402.6, 431.8, 448.3, 462.9),
        Garden=flow(341.5, 389.2, 421.7, 437.4),
        Power_Equipment=flow(274.3, 310.5, 338.6, 384.4),
    )


def _segment_income() -> dict[str, Series]:
    return by_name(
        Hand_Tools=flow(58.2, 59.4, 56.6, 61.4),
        Garden=flow(45.1, 53.8, 48.9, 52.6),
        Power_Equipment=flow(24.6, 30.2, 33.4, 47.9),
    )


def _segment_depreciation() -> dict[str, Series]:
    return by_name(
        Hand_Tools=flow(14.9, 15.1, 15.6, 16.2),
        Garden=flow(12.4, 12.8, 13.3, 13.9),
        Power_Equipment=flow(9.2, 9.8, 11.6, 13.5),
        Corporate=flow(3.1, 3.3, 3.5, 3.8),
    )


def _segment_capital() -> dict[str, Series]:
    return by_name(
        Hand_Tools=flow(14.2, 15.8, 16.9, 18.3),
        Garden=flow(12.1, 13.6, 14.2, 15.1),
        Power_Equipment=flow(9.3, 11.7, 16.8, 33.6),
        Corporate=flow(3.1, 3.8, 4.4, 4.8),
    )


def _region_sales() -> dict[str, Series]:
    return by_name(
        United_States=flow(738.3, 816.9, 878.7, 932.4),
        Canada=flow(112.4, 126.0, 133.8, 141.6),
        Europe=flow(128.9, 146.2, 148.3, 159.2),
        Other_countries=flow(38.8, 42.4, 47.8, 51.5),
    )


def _quarters_2023() -> dict[str, tuple[int, ...]]:
    stated = {
        "Hand Tools": (106.8, 121.4, 117.2, 117.5),
        "Garden": (118.6, 152.3, 98.7, 67.8),
        "Power Equipment": (84.9, 99.6, 97.2, 102.7),
    }
    return {name: tuple(map(read_tenths, quarters)) for name, quarters in stated.items()}


def _current_tax() -> dict[str, Series]:
    return by_name(
        Federal=flow(13.4, 15.9, 16.7, 18.4),
        State=flow(2.9, 3.4, 3.6, 3.9),
        Foreign=flow(2.0, 2.4, 2.7, 2.7),
    )


def _tax_rates() -> dict[str, Series]:
    """Percent of income before taxes, not millions."""
    return {
        "U.S. federal statutory rate": flow(21.0, 21.0, 21.0, 21.0),
        "State income taxes, net of federal benefit": flow(2.9, 2.8, 3.0, 2.9),
        "Foreign rate differences": flow(0.6, 0.7, 0.9, 0.5),
        "Research and development credits": flow(-1.5, -1.4, -1.7, -2.0),
        "Excess tax benefits of share-based compensation": flow(-0.2, -0.4, -0.1, 0.0),
        "Other": flow(0.4, 0.5, 0.5, 0.6),
    }


def _lease_payments_due() -> dict[int, tuple[int, ...]]:
    """By balance sheet date: the next five years, later years, and the imputed interest."""
    stated = {
        2022: (18.2, 16.0, 13.2, 10.5, 8.0, 12.3, -8.4),
        2023: (18.9, 16.4, 13.6, 10.8, 8.2, 11.7, -8.9),
    }
    return {year: tuple(map(read_tenths, due)) for year, due in stated.items()}


def _debt_due() -> dict[int, tuple[int, ...]]:
    """By balance sheet date: principal due in the next five years, and later."""
    stated = {
        2022: (12.5, 12.5, 12.5, 120.0, 150.0, 0.0),
        2023: (12.5, 12.5, 75.0, 150.0, 0.0, 75.0),
    }
    return {year: tuple(map(read_tenths, due)) for year, due in stated.items()}


@dataclass(frozen=True)
class Figures:
    """What is stated stands in the fields, what follows from it in the properties."""

    # Income. Net sales and purchases of property are stated as well as broken down, so that the
    # tie-outs have something to hold the breakdowns against.
    net_sales: Series = flow(1018.4, 1131.5, 1208.6, 1284.7)
    cost_of_sales: Series = flow(668.1, 746.8, 807.3, 842.8)
    selling: Series = flow(219.7, 238.4, 254.6, 270.6)
    research: Series = flow(18.9, 21.6, 24.8, 29.5)
    amortization: Series = flow(6.2, 5.8, 6.4, 6.1)
    restructuring: Series = flow(5.3, 0.0, 7.9, 0.0)
    interest: Series = flow(14.1, 13.6, 15.9, 18.7)
    other_income: Series = flow(0.6, -0.4, 1.2, 2.1)
    provision: Series = flow(20.1, 24.3, 21.9, 27.4)
    basic_shares: Series = flow(42.7, 42.0, 41.5, 41.1)
    diluted_shares: Series = flow(43.2, 42.6, 41.9, 41.6)
    dividend_cents: tuple[int, ...] = (52, 56, 60, 66)

    segment_sales: dict[str, Series] = field(default_factory=_segment_sales)
    segment_income: dict[str, Series] = field(default_factory=_segment_income)
    segment_depreciation: dict[str, Series] = field(default_factory=_segment_depreciation)
    segment_capital: dict[str, Series] = field(default_factory=_segment_capital)
    region_sales: dict[str, Series] = field(default_factory=_region_sales)
    quarters_2023: dict[str, tuple[int, ...]] = field(default_factory=_quarters_2023)
    corporate_expense: Series = flow(22.4, 24.5, 23.4, 26.2)
    current_tax: dict[str, Series] = field(default_factory=_current_tax)
    tax_rates: dict[str, Series] = field(default_factory=_tax_rates)

    # Cash flows.
    depreciation: Series = flow(33.4, 35.2, 37.6, 41.3)
    share_based_compensation: Series = flow(6.1, 6.9, 7.4, 8.6)
    deferred_taxes: Series = flow(1.8, 2.6, -1.1, 2.4)
    capital_expenditures: Series = flow(38.7, 44.9, 52.3, 71.8)
    disposal_proceeds: Series = flow(2.0, 1.6, 0.9, 4.9)
    disposal_book_value: Series = flow(1.4, 1.3, 1.5, 3.6)
    notes_issued: Series = flow(0.0, 0.0, 0.0, 75.0)
    issuance_costs_paid: Series = flow(0.0, 0.0, 0.0, 1.1)
    issuance_costs_amortized: Series = flow(0.4, 0.4, 0.4, 0.4)
    revolver_net: Series = flow(0.0, 0.0, 45.0, -45.0)
    term_loan_repaid: Series = flow(12.5, 12.5, 12.5, 12.5)
    dividends: Series = flow(22.2, 23.5, 24.9, 27.1)
    repurchases: Series = flow(20.0, 30.2, 15.4, 21.7)
    option_proceeds: Series = flow(2.3, 4.4, 1.6, 3.2)
    exchange_on_cash: Series = flow(0.5, -0.7, -1.4, 0.9)
    exchange_on_property: Series = flow(1.1, -1.6, -2.9, 1.4)
    interest_paid: Series = flow(13.5, 13.4, 15.3, 17.9)
    taxes_paid: Series = flow(17.6, 22.9, 23.4, 24.1)

    # The purchase of a business in 2022, by what came with it.
    acquired_receivables: Series = flow(0.0, 0.0, 3.1, 0.0)
    acquired_inventories: Series = flow(0.0, 0.0, 4.6, 0.0)
    acquired_property: Series = flow(0.0, 0.0, 2.9, 0.0)
    acquired_goodwill: Series = flow(0.0, 0.0, 19.4, 0.0)
    acquired_intangibles: Series = flow(0.0, 0.0, 11.2, 0.0)
    acquired_payables: Series = flow(0.0, 0.0, 2.1, 0.0)
    acquired_accruals: Series = flow(0.0, 0.0, 1.1, 0.0)

    # Year-end balances that are stated, and the openings of those that roll forward.
    cash: Series = balance(62.4, 86.8, 80.8, 45.9, 133.0)
    receivables: Series = balance(131.2, 139.4, 156.8, 170.5, 176.9)
    allowances: Series = balance(2.4, 2.9, 3.0, 3.1, 3.4)
    inventories: Series = balance(178.6, 184.3, 221.7, 268.4, 247.2)
    prepaid: Series = balance(19.8, 21.4, 23.9, 26.1, 27.8)
    other_assets: Series = balance(14.6, 15.1, 15.9, 17.3, 18.2)
    payables: Series = balance(94.8, 101.6, 121.3, 117.9, 128.4)
    accruals: Series = balance(88.3, 95.7, 103.2, 104.6, 113.9)
    current_debt: Series = balance(12.5, 12.5, 12.5, 12.5, 12.5)
    current_leases: Series = balance(14.0, 14.2, 14.6, 16.1, 16.8)
    other_liabilities: Series = balance(22.6, 23.4, 23.1, 24.2, 25.5)
    common_stock: Series = balance(0.5, 0.5, 0.5, 0.5, 0.5)
    opening_property: int = read_tenths(241.5)
    opening_goodwill: int = read_tenths(148.7)
    opening_intangibles: int = read_tenths(52.4)
    opening_lease_assets: int = read_tenths(61.3)
    opening_lease_liabilities: int = read_tenths(63.9)
    opening_term_loan: int = read_tenths(150.0)
    opening_issuance_costs: int = read_tenths(2.4)
    opening_deferred_taxes: int = read_tenths(31.4)
    opening_paid_in_capital: int = read_tenths(168.4)
    opening_retained: int = read_tenths(250.3)
    opening_other_loss: int = read_tenths(-14.6)
    opening_treasury: int = read_tenths(-92.7)
    old_notes: Series = balance(150.0, 150.0, 150.0, 150.0, 150.0)

    # Notes. Property is broken down from 2021 on, the first year that a report shows.
    land: Series = build_series(2021, 24.6, 25.1, 27.9)
    buildings: Series = build_series(2021, 158.9, 166.2, 178.4)
    machinery: Series = build_series(2021, 351.4, 380.6, 398.7)
    construction: Series = build_series(2021, 16.8, 21.6, 43.5)
    accumulated_depreciation: Series = build_series(2021, 298.4, 327.0, 353.7)
    new_leases: Series = flow(14.8, 16.2, 22.7, 19.4)
    lease_amortization: Series = flow(15.1, 15.6, 17.2, 18.3)
    lease_principal: Series = flow(15.0, 15.8, 17.0, 18.5)
    operating_lease_cost: Series = flow(17.4, 17.9, 19.8, 21.2)
    short_term_lease_cost: Series = flow(1.6, 1.8, 2.1, 2.3)
    variable_lease_cost: Series = flow(3.2, 3.5, 3.9, 4.4)
    lease_payments_due: dict[int, tuple[int, ...]] = field(default_factory=_lease_payments_due)
    debt_due: dict[int, tuple[int, ...]] = field(default_factory=_debt_due)
    shares_repurchased: Series = flow(0.8, 0.9, 0.5, 0.6)
    shares_issued: Series = flow(0.2, 0.2, 0.1, 0.2)
    opening_shares: int = read_tenths(43.0)

    warranty_accrual: Series = balance(11.6, 11.9, 12.5, 13.1, 13.9)
    warranty_provision: Series = flow(8.5, 9.4, 10.3, 11.2)
    warranty_claims: Series = flow(8.2, 8.8, 9.7, 10.4)

    # Amounts that stand in the text alone.
    backlog: Series = build_series(2021, 68.9, 54.2, 61.4)
    purchase_commitments: Series = build_series(2022, 51.7, 43.6)
    accrued_rebates: Series = build_series(2022, 41.2, 44.7)
    plant_spent_2023: int = read_tenths(24.7)
    plant_planned_2024: int = read_tenths(18.5)

    @property
    def gross_profit(self) -> Series:
        return self.net_sales - self.cost_of_sales

    @property
    def operating_expenses(self) -> Series:
        return self.selling + self.research + self.amortization + self.restructuring

    @property
    def operating_income(self) -> Series:
        return self.gross_profit - self.operating_expenses

    @property
    def income_before_taxes(self) -> Series:
        return self.operating_income - self.interest + self.other_income

    @property
    def net_income(self) -> Series:
        return self.income_before_taxes - self.provision

    def per_share(self, year: int, shares: Series) -> Decimal:
        return round_ratio(self.net_income[year], shares[year], "0.01")

    def dividend_per_share(self, year: int) -> Decimal:
        cents = Decimal(self.dividend_cents[year - self.net_sales.first])
        return (cents / 100).quantize(Decimal("0.01"))

    def effective_rate(self, year: int) -> int:
        """Tenths of a percent."""
        return round_percent(self.provision[year], self.income_before_taxes[year])

    @property
    def segment_total(self) -> Series:
        return sum_series(self.segment_income.values())

    @property
    def depreciation_and_amortization(self) -> Series:
        return self.depreciation + self.amortization

    @property
    def disposal_loss(self) -> Series:
        return self.disposal_book_value - self.disposal_proceeds
