"""Item 7, Management's Discussion and Analysis, as blocks.

Amounts and their changes come from the figures; the reasons given for them are stated by year.
"""

from assets.sample.amounts import (
    render_amount,
    round_percent,
    round_ratio,
    say_amount,
    say_change,
    say_percent,
)
from assets.sample.blocks import Block, Heading, PageBreak, Paragraph, Row, Span, Table
from assets.sample.figures import SEGMENTS, Figures
from assets.sample.ledger import Company
from assets.sample.statements import (
    NOT_MEANINGFUL,
    UNIT,
    YEARS_ENDED,
    balance_years,
    build_results_table,
)

REASONS = {
    2022: {
        "sales": (
            "Higher selling prices added about 5 points and the purchase of Tarnholt Shears about "
            "2 points, while the number of tools sold was little changed"
        ),
        "margin": (
            "Steel and ocean freight cost more than in the year before, and the price increases "
            "made in January and July did not fully make up for it"
        ),
        "selling": "mainly because of higher wages and the costs of Tarnholt Shears",
        "income": (
            "The decrease came from the lower gross margin and from restructuring charges of "
            "{charge} for the closing of the Dunmarrow forge"
        ),
        "Hand Tools": "Price increases more than made up for fewer orders from home centers",
        "Garden": "Tarnholt Shears was part of the segment from March 14, 2022",
        "Power Equipment": "Battery-driven mowers and trimmers were the main source of growth",
        "operating cash": (
            "The decrease was due mainly to inventories, which were built up while deliveries from "
            "Asia were slow and could not be reduced before the end of the year"
        ),
        "capital": (
            "The increase was for a second assembly line for mowers at Pell Crossing and for the "
            "land and first work on the battery plant at Harrow Mills"
        ),
        "outlook": "$68.0 million and $74.0 million in 2023, the larger part for the battery plant",
    },
    2023: {
        "sales": (
            "The number of tools sold added about 4 points and selling prices about 2 points, and "
            "exchange rates had little effect"
        ),
        "margin": (
            "Steel and ocean freight cost less than in the year before, and the work moved from "
            "Dunmarrow to Harrow Mills was done at lower cost"
        ),
        "selling": "mainly because of higher wages, advertising for Voltfield and a new store",
        "income": (
            "The increase came from higher volume and gross margin; there were no restructuring "
            "charges, against {charge} in 2022"
        ),
        "Hand Tools": "Sales to contractors grew and those to home centers were level",
        "Garden": "A cold April in the Northeast was followed by strong orders in May and June",
        "Power Equipment": "Three new battery-driven products brought in about half of the growth",
        "operating cash": (
            "The increase was due mainly to higher net income and to inventories, which were "
            "brought down as deliveries from Asia returned to normal"
        ),
        "capital": (
            "The increase was for the battery plant at Harrow Mills, on which $24.7 million was "
            "spent in 2023"
        ),
        "outlook": "$60.0 million and $65.0 million in 2024, of which {planned} for the plant",
    },
}


def build_discussion(company: Company, year: int) -> list[Block]:
    f = company.figures
    return [
        PageBreak(),
        Heading("Item 7. Management's Discussion and Analysis", 1, "discussion"),
        *_build_results(company, year),
        *_build_segment_results(f, year),
        *_build_liquidity(company, year),
        *_build_estimates(company, year),
        *_build_market_risk(company, year),
    ]


def _build_results(company: Company, year: int) -> list[Block]:
    f, why, before = company.figures, REASONS[year], year - 1
    margin, margin_before = (
        say_percent(round_percent(f.gross_profit[each], f.net_sales[each]))
        for each in balance_years(year)
    )
    charge = say_amount(f.restructuring[2022])
    table = build_results_table(company, year)
    has_gap = any(NOT_MEANINGFUL in row.cells for row in table.rows)
    return [
        Heading("Results of operations", 2),
        table,
        *([Paragraph(f"{NOT_MEANINGFUL}: not meaningful")] if has_gap else []),
        Paragraph(
            f"Net sales {say_change(f.net_sales, year)} in {year}, from "
            f"{say_amount(f.net_sales[before])} in {before}. {why['sales']}.",
            "Net sales.",
        ),
        Paragraph(
            f"Gross profit {say_change(f.gross_profit, year)}. As a share of net sales it was "
            f"{margin}, against {margin_before} in {before}. {why['margin']}.",
            "Gross profit.",
        ),
        Paragraph(
            f"Selling, general and administrative expenses {say_change(f.selling, year)}, "
            f"{why['selling']}. Research and development expenses {say_change(f.research, year)} "
            "as the company hired engineers for its battery program.",
            "Operating expenses.",
        ),
        Paragraph(
            f"Operating income {say_change(f.operating_income, year)}, from "
            f"{say_amount(f.operating_income[before])} in {before}. "
            f"{why['income'].format(charge=charge)}. Interest expense "
            f"{say_change(f.interest, year)}, reflecting higher rates on the term loan.",
            "Operating income and interest.",
        ),
        Paragraph(
            f"Net income {say_change(f.net_income, year)}, or "
            f"${f.per_share(year, f.diluted_shares)} per diluted share, against "
            f"${f.per_share(before, f.diluted_shares)} in {before}. The effective income tax rate "
            f"was {say_percent(f.effective_rate(year))}, against "
            f"{say_percent(f.effective_rate(before))} in {before}.",
            "Net income.",
        ),
    ]


def _build_segment_results(f: Figures, year: int) -> list[Block]:
    paragraphs = []
    for name in SEGMENTS:
        sales, income = f.segment_sales[name], f.segment_income[name]
        margin = say_percent(round_percent(income[year], sales[year]))
        text = (
            f"Net sales {say_change(sales, year)}. {REASONS[year][name]}. Operating income "
            f"{say_change(income, year)}, which was {margin} of the segment's net sales."
        )
        paragraphs.append(Paragraph(text, f"{name}."))
    return [Heading("Segment results", 2), *paragraphs]


def _build_liquidity(company: Company, year: int) -> list[Block]:
    f, flows, why = company.figures, company.flows, REASONS[year]
    debt = company.sheet.long_term_debt + f.current_debt
    capital = why["capital"].format(spent=say_amount(f.plant_spent_2023))
    outlook = why["outlook"].format(planned=say_amount(f.plant_planned_2024))
    share = say_percent(round_percent(f.capital_expenditures[year], f.net_sales[year]))
    share_before = say_percent(
        round_percent(f.capital_expenditures[year - 1], f.net_sales[year - 1])
    )
    return [
        Heading("Liquidity and capital resources", 2),
        Paragraph(
            f"Cash and cash equivalents were {say_amount(f.cash[year])} at December 31, {year}, "
            f"against {say_amount(f.cash[year - 1])} a year earlier. The company expects its cash, "
            "the cash from its operations and its credit facility to cover its needs for at least "
            "the next twelve months. Cash flows are summarized below."
        ),
        _build_cash_summary(company, year),
        Paragraph(
            f"Operations provided {say_amount(flows.operating[year])} of cash in {year} and "
            f"{say_amount(flows.operating[year - 1])} in {year - 1}. {why['operating cash']}.",
            "Operating activities.",
        ),
        Paragraph(
            "Purchases of property, plant and equipment "
            f"{say_change(f.capital_expenditures, year)} in {year}, or {share} of net sales, from "
            f"{say_amount(f.capital_expenditures[year - 1])} in {year - 1}, or {share_before} of "
            f"net sales. {capital}. The company plans capital expenditures of between "
            f"{outlook}.",
            "Capital expenditures.",
        ),
        Paragraph(
            f"{_say_borrowing(f, year)} Dividends paid {say_change(f.dividends, year)}, and "
            f"repurchases of shares came to {say_amount(f.repurchases[year])}. Total debt was "
            f"{say_amount(debt[year])} at December 31, {year}, against "
            f"{say_amount(debt[year - 1])} a year earlier.",
            "Financing activities.",
        ),
    ]


def _say_borrowing(f: Figures, year: int) -> str:
    if f.notes_issued[year]:
        return (
            f"The company issued {say_amount(f.notes_issued[year])} of senior notes in April "
            f"{year} and repaid {say_amount(f.revolver_net[year])} under its credit facility."
        )
    return (
        f"The company borrowed {say_amount(f.revolver_net[year])} under its credit facility in "
        f"{year}, mainly to pay for Tarnholt Shears."
    )


def _build_cash_summary(company: Company, year: int) -> Table:
    f, flows, years = company.figures, company.flows, balance_years(year)
    named = (
        ("Net cash provided by operating activities", flows.operating),
        ("Net cash used in investing activities", flows.investing),
        ("Net cash used in financing activities", flows.financing),
        ("Effect of exchange rate changes on cash", f.exchange_on_cash),
    )
    rows = [
        Row(label, tuple(render_amount(series[each]) for each in years), dollar=number == 0)
        for number, (label, series) in enumerate(named)
    ]
    total = tuple(render_amount(flows.net_change[each]) for each in years)
    rows.append(Row("Increase (decrease) in cash", total, indent=1, dollar=True, rule="double"))
    span = Span(YEARS_ENDED, 0, 1)
    return Table((str(year), str(year - 1)), tuple(rows), (span,), unit=UNIT)


def _build_estimates(company: Company, year: int) -> list[Block]:
    f = company.figures
    rebates = f.accrued_rebates[year]
    share = say_percent(round_percent(rebates, f.accruals[year]))
    return [
        Heading("Critical accounting estimates", 2),
        Paragraph(
            f"Accrued rebates were {say_amount(rebates)} at December 31, {year}, or {share} of "
            "accrued expenses and other liabilities. They depend on what customers will have "
            "bought by the end of their own program years. A change of 5% in the rebates expected "
            f"would have changed net sales by {say_amount(int(round_ratio(rebates, 20, '1')))}.",
            "Customer rebates.",
        ),
        Paragraph(
            f"Goodwill was {say_amount(company.sheet.goodwill[year])} at December 31, {year}. In "
            f"the test of October {year} the fair value of each reporting unit was at least 30% "
            "above its carrying amount.",
            "Goodwill.",
        ),
    ]


def _build_market_risk(company: Company, year: int) -> list[Block]:
    f = company.figures
    floating = company.sheet.term_loan[year] + company.sheet.revolver[year]
    point = say_amount(int(round_ratio(floating, 100, "1")))
    europe, canada = (say_amount(f.region_sales[name][year]) for name in ("Europe", "Canada"))
    return [
        Heading("Item 7A. Market Risk", 1, "market"),
        Paragraph(
            "The term loan and the revolving credit facility bear interest at rates that float, "
            f"the senior notes at fixed rates. At December 31, {year} debt at floating rates was "
            f"{say_amount(floating)}. A rise of one percentage point would add about {point} to a "
            "year's interest expense.",
            "Interest rates.",
        ),
        Paragraph(
            f"Net sales were {europe} in Europe and {canada} in Canada in {year}, most of them in "
            "euros and Canadian dollars. Had the dollar been 10% stronger against both currencies "
            "throughout the year, the sales of both regions together would have come to about "
            f"{_say_weaker(f, year)} less.",
            "Exchange rates.",
        ),
        Paragraph(
            "Steel makes up most of the cost of forged and pressed tools. The company buys it "
            "under agreements of three to six months at prices that follow a published index, and "
            "holds no financial contracts on it.",
            "Materials.",
        ),
    ]


def _say_weaker(f: Figures, year: int) -> str:
    """A tenth of what was sold in the two currencies."""
    both = f.region_sales["Europe"][year] + f.region_sales["Canada"][year]
    return say_amount(int(round_ratio(both, 10, "1")))
