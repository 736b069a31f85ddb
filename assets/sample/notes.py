"""The notes to the financial statements, as blocks; those on financing in financing_notes.py.

Every number in a sentence is taken from the figures; only words are written here.
"""

from assets.sample.amounts import Series, say_amount, say_change
from assets.sample.blocks import Block, Centered, Heading, PageBreak, Paragraph, Row, Span, Table
from assets.sample.figures import CORPORATE, SEGMENTS
from assets.sample.financing_notes import build_debt, build_leases, build_repurchases, build_taxes
from assets.sample.ledger import Company
from assets.sample.statements import (
    UNIT,
    YEARS_ENDED,
    balance_years,
    build_row,
    flow_years,
    name_columns,
    shift_year,
)


def build_notes(company: Company, year: int) -> list[Block]:
    return [
        PageBreak(),
        Centered("Bramblewick Tools, Inc.", 11, bold=True, gap=2),
        Centered("Notes to Consolidated Financial Statements", 12, bold=True, gap=2),
        Centered("(Tabular amounts in millions, except per share data)", gap=4),
        *_build_policies(company, year),
        *_build_segments(company, year),
        *_build_property(company, year),
        *build_debt(company, year),
        *build_taxes(company, year),
        *build_leases(company, year),
        *build_repurchases(company, year),
        *_build_warranties(company, year),
        *_build_commitments(company, year),
    ]


def _build_policies(company: Company, year: int) -> list[Block]:
    f = company.figures
    costs = company.sheet.issuance_costs
    return [
        Heading("Note 1. Summary of significant accounting policies", 2, "note1"),
        Paragraph(
            "Bramblewick Tools, Inc. designs, makes and sells tools for the workshop and the "
            "garden. The consolidated statements include the company and its wholly owned "
            "subsidiaries; balances and transactions among them are eliminated. The fiscal year "
            "ends on December 31.",
            "Nature of business and consolidation.",
        ),
        Paragraph(
            "Preparing these statements calls for estimates that affect the amounts reported, "
            "above all for customer rebates, slow-moving stock, product warranties and income "
            "taxes. Actual results may differ.",
            "Estimates.",
        ),
        Paragraph(
            "Sales are recognized when control of the goods passes to the customer, which for "
            "most orders is the moment of shipment. Volume rebates, cooperative advertising and "
            "expected returns are estimated at the time of sale and deducted from net sales. "
            "Payment is due, on average, 48 days after invoicing.",
            "Revenue recognition.",
        ),
        Paragraph(
            "Inventories are stated at the lower of cost, on a first-in, first-out basis, and net "
            f"realizable value. Inventories were {say_amount(f.inventories[year])} at December 31, "
            f"{year}, against {say_amount(f.inventories[year - 1])} a year earlier.",
            "Inventories.",
        ),
        Paragraph(
            "Property, plant and equipment is stated at cost and depreciated on a straight-line "
            "basis: buildings over 20 to 40 years, machinery and equipment over 4 to 12 years. "
            "Goodwill is not amortized and is tested for impairment each October; no impairment "
            "was found in any year presented. Other intangible assets, "
            f"{_say_sheet(company, year)}, are amortized over 8 to 15 years.",
            "Long-lived assets.",
        ),
        Paragraph(
            "Costs of issuing debt are deducted from the carrying amount of the debt and charged "
            f"to interest over its term. The unamortized balance was {say_amount(costs[year])} at "
            f"December 31, {year} and {say_amount(costs[year - 1])} at December 31, {year - 1}.",
            "Debt issuance costs.",
        ),
        Paragraph(
            "Most products carry a limited warranty of two years; hand forged tools are warranted "
            "for the life of the first owner. The expected cost is accrued when the sale is "
            "recognized and is included in accrued expenses and other liabilities.",
            "Product warranties.",
        ),
    ]


def _say_sheet(company: Company, year: int) -> str:
    return f"which stood at {say_amount(company.sheet.intangibles[year])} at the end of {year}"


def _build_segments(company: Company, year: int) -> list[Block]:
    f = company.figures
    power = f.segment_sales["Power Equipment"]
    return [
        Heading("Note 2. Segment information", 2, "note2"),
        Paragraph(
            "The company reports three segments. Hand Tools makes hammers, chisels, planes, saws "
            "and measuring tools. Garden makes spades, shears, hoses and raised-bed systems. "
            "Power Equipment makes corded and battery-driven saws, drills, mowers and trimmers. "
            "Segment operating income leaves out corporate expenses and restructuring charges, "
            "which are not used in judging the segments. No sales are made between segments. Net "
            f"sales of Power Equipment {say_change(power, year)} in {year}."
        ),
        _build_segment_table(company, year),
        Paragraph(
            "Net sales by region, by the place to which the goods were shipped, were as follows:"
        ),
        _build_region_table(company, year),
    ]


def _build_segment_table(company: Company, year: int) -> Table:
    f, years = company.figures, flow_years(year)

    def group(title: str, parts: dict[str, Series], names: tuple[str, ...]) -> list[Row]:
        first, *rest = names
        return [
            Row(title, bold=True, space_before=6),
            build_row(first, parts[first], years, indent=1, dollar=True),
            *(build_row(name, parts[name], years, indent=1) for name in rest),
        ]

    def total(label: str, series: Series) -> Row:
        return build_row(label, series, years, indent=2, dollar=True, rule="double")

    everyone = (*SEGMENTS, CORPORATE)
    rows = (
        *group("Net sales:", f.segment_sales, SEGMENTS),
        total("Total net sales", f.net_sales),
        *group("Operating income:", f.segment_income, SEGMENTS),
        build_row(
            "Total segment operating income", f.segment_total, years, indent=2, rule="single"
        ),
        build_row("Corporate expenses", -f.corporate_expense, years, indent=1),
        build_row("Restructuring charges", -f.restructuring, years, indent=1),
        total("Operating income", f.operating_income),
        *group("Depreciation and amortization:", f.segment_depreciation, everyone),
        total("Total depreciation and amortization", f.depreciation_and_amortization),
        *group("Purchases of property, plant and equipment:", f.segment_capital, everyone),
        total("Total purchases of property, plant and equipment", f.capital_expenditures),
    )
    return Table(name_columns(years), rows, (Span(YEARS_ENDED, 0, 2),), UNIT, may_break=True)


def _build_region_table(company: Company, year: int) -> Table:
    f, years = company.figures, flow_years(year)
    first, *rest = f.region_sales
    rows = (
        build_row(first, f.region_sales[first], years, dollar=True),
        *(build_row(name, f.region_sales[name], years) for name in rest),
        build_row("Total net sales", f.net_sales, years, indent=1, dollar=True, rule="double"),
    )
    return Table(name_columns(years), rows, (Span(YEARS_ENDED, 0, 2),), UNIT)


def _build_property(company: Company, year: int) -> list[Block]:
    f, years = company.figures, balance_years(year)
    gross = f.land + f.buildings + f.machinery + f.construction
    rows = (
        build_row("Land", f.land, years, dollar=True),
        build_row("Buildings and improvements", f.buildings, years),
        build_row("Machinery and equipment", f.machinery, years),
        build_row("Construction in progress", f.construction, years),
        build_row("Property, plant and equipment, at cost", gross, years, indent=1, rule="single"),
        build_row("Less accumulated depreciation", -f.accumulated_depreciation, years),
        build_row(
            "Property, plant and equipment, net",
            company.sheet.property,
            years,
            indent=1,
            dollar=True,
            rule="double",
        ),
    )
    now, before, earliest = (say_amount(f.depreciation[each]) for each in flow_years(year))
    return [
        Heading("Note 3. Property, plant and equipment", 2, "note3"),
        Table(name_columns(years), rows, (Span("December 31,", 0, 1),), UNIT),
        Paragraph(
            f"Depreciation expense was {now} in {year}, {before} in {year - 1} and {earliest} in "
            f"{year - 2}. {_say_construction(year)}"
        ),
    ]


def _say_construction(year: int) -> str:
    site = "the battery plant at Harrow Mills, Ohio"
    if year == 2023:
        return f"Construction in progress at December 31, 2023 relates mainly to {site}."
    return f"Construction in progress at December 31, {year} includes the first work on {site}."


def _build_warranties(company: Company, year: int) -> list[Block]:
    f, years = company.figures, flow_years(year)
    accrual = f.warranty_accrual
    rows = (
        build_row("Balance at beginning of year", shift_year(accrual), years, dollar=True),
        build_row("Accruals for products sold in the year", f.warranty_provision, years),
        build_row("Claims paid", -f.warranty_claims, years),
        build_row("Balance at end of year", accrual, years, indent=1, dollar=True, rule="double"),
    )
    return [
        Heading("Note 8. Product warranties", 2, "note8"),
        Paragraph("The accrual for product warranties changed as follows:"),
        Table(name_columns(years), rows, (Span(YEARS_ENDED, 0, 2),), UNIT),
    ]


def _build_commitments(company: Company, year: int) -> list[Block]:
    f = company.figures
    planned = say_amount(f.plant_planned_2024)
    plant = f", among them {planned} for the battery plant" if year == 2023 else ""
    return [
        Heading("Note 9. Commitments and contingencies", 2, "note9"),
        Paragraph(
            "Commitments to buy materials, goods and equipment that could not be cancelled were "
            f"{say_amount(f.purchase_commitments[year])} at December 31, {year}{plant}. Nearly all "
            "of them fall due within one year."
        ),
        Paragraph(
            "The company is a party to lawsuits over product liability and the use of patents "
            "that arise in the ordinary course of business. It does not expect their outcome, "
            "beyond what has been accrued, to have a material effect on its financial position, "
            "its results or its cash flows."
        ),
    ]
