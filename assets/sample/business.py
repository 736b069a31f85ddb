"""The front of a report as blocks: cover, contents, Item 1 Business and Item 1A Risk Factors.

Facts that are no amounts (people, plants, orders) are stated here by year; amounts come from the
figures.
"""

from dataclasses import dataclass

from assets.sample.amounts import (
    round_percent,
    say_amount,
    say_change,
    say_percent,
)
from assets.sample.blocks import (
    Block,
    Centered,
    ContentsEntry,
    Heading,
    PageBreak,
    Paragraph,
    Rule,
)
from assets.sample.figures import Figures
from assets.sample.ledger import Company

COMPANY_NAME = "Bramblewick Tools, Inc."
NOTICE = "Invented sample company, for demonstration only"


@dataclass(frozen=True)
class YearFacts:
    """What a report says of its year that no statement holds. Shares are tenths of a percent."""

    employees: int
    production_employees: int
    union_share: int
    dealers: int
    outlets: int
    largest_customer: int
    second_customer: int
    steel_change: str
    event: str


FACTS = {
    2022: YearFacts(
        employees=3940,
        production_employees=2610,
        union_share=312,
        dealers=5200,
        outlets=11,
        largest_customer=186,
        second_customer=114,
        steel_change="rose by about 19%",
        event=(
            "On March 14, 2022 the company bought Tarnholt Shears, a maker of pruning shears in "
            "the Garden segment, for {acquisition} in cash. In the fourth quarter it closed its "
            "forge at Dunmarrow, New York, and moved the work to Harrow Mills, Ohio, at a cost of "
            "{restructuring} in restructuring charges."
        ),
    ),
    2023: YearFacts(
        employees=4120,
        production_employees=2745,
        union_share=304,
        dealers=5450,
        outlets=12,
        largest_customer=178,
        second_customer=121,
        steel_change="fell by about 8%",
        event=(
            "During 2023 the company built most of a battery plant at Harrow Mills, Ohio, which "
            "will assemble the packs that Power Equipment now buys from two outside makers. "
            "Production is to begin in the third quarter of 2024. Spending on the plant was $24.7 "
            "million in 2023, and a further {plant_planned} is planned for 2024."
        ),
    ),
}


def build_front(company: Company, year: int) -> list[Block]:
    return [
        *build_cover(year),
        *build_contents(year),
        *_build_business(company.figures, company, year),
        *_build_risks(company.figures, year),
    ]


def build_cover(year: int) -> list[Block]:
    return [
        Centered(" ", 10, gap=44),
        Centered("SAMPLE ANNUAL REPORT ON FORM 10-K", 17, bold=True, gap=8),
        Rule(),
        Centered(f"For the fiscal year ended December 31, {year}", 12, gap=58),
        Centered(COMPANY_NAME, 24, bold=True, gap=4),
        Centered("(Exact name of registrant as specified in its charter)", 9.5, gap=44),
        Centered("Delaware", 11, bold=True, gap=1),
        Centered("(State of incorporation)", 9.5, gap=18),
        Centered("1 Orchard Works Road, Harrow Mills, Ohio", 11, bold=True, gap=1),
        Centered("(Address of principal executive offices)", 9.5, gap=18),
        Centered("Common stock, par value $0.01 per share", 11, bold=True, gap=1),
        Centered("(Title of each class of stock)", 9.5, gap=52),
        Rule(),
        Centered(NOTICE, 12, bold=True, gap=8),
        Centered(
            "Bramblewick Tools, Inc. does not exist. This document was written to show how a "
            "report of its kind is read. It was never filed with any authority; its people, "
            "places, customers and amounts are made up, and any likeness to a real company is "
            "chance.",
            10.5,
            gap=8,
        ),
        Rule(),
    ]


def build_contents(year: int) -> list[Block]:
    parts = [
        ("PART I", "", 0),
        ("Item 1. Business", "business", 1),
        ("Item 1A. Risk Factors", "risks", 1),
        ("PART II", "", 0),
        ("Item 7. Management's Discussion and Analysis", "discussion", 1),
        ("Item 7A. Market Risk", "market", 1),
        ("Item 8. Financial Statements", "income", 1),
        ("Consolidated Statements of Income", "income", 2),
        ("Consolidated Balance Sheets", "balance", 2),
        ("Consolidated Statements of Cash Flows", "cash", 2),
        ("Notes to Consolidated Financial Statements", "note1", 2),
        ("Note 1. Summary of significant accounting policies", "note1", 3),
        ("Note 2. Segment information", "note2", 3),
        ("Note 3. Property, plant and equipment", "note3", 3),
        ("Note 4. Debt", "note4", 3),
        ("Note 5. Income taxes", "note5", 3),
        ("Note 6. Leases", "note6", 3),
        ("Note 7. Share repurchases and dividends", "note7", 3),
        ("Note 8. Product warranties", "note8", 3),
        ("Note 9. Commitments and contingencies", "note9", 3),
    ]
    return [
        PageBreak(),
        Centered("TABLE OF CONTENTS", 13, bold=True, gap=10),
        *(ContentsEntry(text, anchor, indent) for text, anchor, indent in parts),
        Centered(" ", gap=20),
        Paragraph(
            "In this report 'the company' means Bramblewick Tools, Inc. and its subsidiaries, and "
            f"'{year}' the fiscal year ended December 31, {year}. Amounts are in millions of US "
            "dollars unless something else is said, and percentages are worked out from the "
            "amounts as printed. Items of Form 10-K that this sample does not need are left out."
        ),
        Paragraph(
            "Statements about the future rest on what the company expected when it wrote them. "
            "Words such as 'expects', 'plans' and 'will' mark them. The risks described under "
            "Item 1A can make the outcome differ.",
            "Forward-looking statements.",
        ),
        PageBreak(),
    ]


def _build_business(f: Figures, company: Company, year: int) -> list[Block]:
    facts = FACTS[year]
    event = facts.event.format(
        acquisition=say_amount(company.flows.acquisition[year]),
        restructuring=say_amount(f.restructuring[year]),
        plant_spent=say_amount(f.plant_spent_2023),
        plant_planned=say_amount(f.plant_planned_2024),
    )
    largest = say_percent(facts.largest_customer)
    second = say_percent(facts.second_customer)
    shares = {
        name: say_percent(round_percent(sales[year], f.net_sales[year]))
        for name, sales in f.segment_sales.items()
    }
    abroad = f.net_sales[year] - f.region_sales["United States"][year]
    return [
        Heading("Item 1. Business", 1, "business"),
        Heading("Overview", 2),
        Paragraph(
            "Bramblewick Tools designs, makes and sells tools for people who build, mend and grow "
            "things, at work and at home. The company was founded in 1911 as a smithy that made "
            "billhooks and spades for orchards. It sells under the names Bramblewick, Orchard "
            f"Works, Tarnholt and Voltfield. Net sales {say_change(f.net_sales, year)} in {year}."
        ),
        Paragraph(event),
        Heading("Segments", 2),
        Paragraph(
            "Hammers, chisels, planes, saws, clamps and measuring tools, most of them under the "
            f"Bramblewick name. The segment brought in {shares['Hand Tools']} of net sales in "
            f"{year}. Its customers are home centers, hardware dealers and, to a lesser degree, "
            "schools and building contractors. Demand follows house repair rather than new "
            "building.",
            "Hand Tools.",
        ),
        Paragraph(
            "Spades, forks, shears, hoses, watering systems and raised-bed kits under the Orchard "
            f"Works and Tarnholt names, {shares['Garden']} of net sales in {year}. Sales are "
            "seasonal: retailers stock up from January on, and the second quarter is the strongest "
            "of the year. A cold or wet spring moves orders into the next quarter or loses them.",
            "Garden.",
        ),
        Paragraph(
            "Corded and battery-driven saws, drills, sanders, mowers and trimmers under the "
            f"Voltfield name, {shares['Power Equipment']} of net sales in {year}. All battery "
            "tools share one 18-volt pack, so that a customer who owns one tool tends to buy the "
            "next. Battery-driven products have been the fastest growing part of the company "
            "since 2020.",
            "Power Equipment.",
        ),
        Heading("Customers and distribution", 2),
        Paragraph(
            f"The company sells through about {facts.dealers:,} independent dealers, through home "
            f"center chains and garden centers, on its own web site and in {facts.outlets} outlet "
            f"stores. Its largest customer, a home center chain, accounted for {largest} of net "
            f"sales in {year}, and the second largest for {second}; no other customer reached "
            f"10%. Sales outside the United States were {say_amount(abroad)}, or "
            f"{say_percent(round_percent(abroad, f.net_sales[year]))} of net sales."
        ),
        Paragraph(
            f"Orders not yet shipped were {say_amount(f.backlog[year])} at December 31, {year}, "
            f"against {say_amount(f.backlog[year - 1])} a year earlier. Nearly all of them are "
            "expected to be shipped within six months."
        ),
        Heading("Manufacturing and materials", 2),
        Paragraph(
            "The company runs six plants: Harrow Mills and Lower Sedge in Ohio, Pell Crossing in "
            "Indiana, Ashgrove in South Carolina, Brackwater in Ontario, and Vellmar in the "
            "Netherlands. Together they have 2.9 million square feet of floor. It also runs four "
            "distribution centers, all of them leased. About 62% of what it sells is made in its "
            "own plants and the rest is bought from makers in Asia and Europe. Steel is the "
            "largest material; the average price that the company paid for it "
            f"{facts.steel_change} in {year}."
        ),
        Heading("Research and development", 2),
        Paragraph(
            f"Spending on research and development {say_change(f.research, year)} in {year}, and "
            f"was {say_percent(round_percent(f.research[year], f.net_sales[year]))} of net sales. "
            "Most of it went into battery packs, brushless motors and chargers. The company holds "
            "214 patents in the United States, of which no single one is essential to it."
        ),
        Heading("Competition", 2),
        Paragraph(
            "The company competes with a few makers that are several times its size and with many "
            "small ones, as well as with the store brands of its own customers. It competes on the "
            "life of its tools, on spare parts, which it keeps for 15 years after a product is "
            "dropped, and on price."
        ),
        Heading("People", 2),
        Paragraph(
            f"At December 31, {year} the company had {facts.employees:,} employees, of whom "
            f"{facts.production_employees:,} worked in production. About "
            f"{say_percent(facts.union_share)} of all employees were covered by collective "
            "agreements, the next of which runs out in May 2025. There has been no stoppage of "
            "work since 1998."
        ),
    ]


def _build_risks(f: Figures, year: int) -> list[Block]:
    facts = FACTS[year]
    both = facts.largest_customer + facts.second_customer
    return [
        Heading("Item 1A. Risk Factors", 1, "risks"),
        Paragraph(
            "The risks below are those that the company considers most important. Any of them "
            "could harm its sales, its profit or its cash flow."
        ),
        Heading("A few customers account for much of our sales.", 3),
        Paragraph(
            f"Our two largest customers together accounted for {say_percent(both)} of net sales in "
            f"{year}. They buy by the order and are under no duty to buy again. If either of them "
            "dropped a product line, gave more room to its own brand or asked for lower prices, we "
            "could not soon find other buyers for the same volume."
        ),
        Heading("The price of steel and other materials can rise faster than our prices.", 3),
        Paragraph(
            f"The average price that we paid for steel {facts.steel_change} in {year}. We set "
            "most prices once a year with our large customers, so a rise in cost reaches our "
            "prices six to nine months later. We do not hedge steel. A rise of 10% in the price "
            "of steel that we could not pass on would reduce our yearly operating income by about "
            "$9.5 million."
        ),
        Heading("The weather of a few spring weeks decides much of the Garden year.", 3),
        Paragraph(
            "We make garden products ahead of the season and cannot know how much of them will be "
            "sold. A late spring leaves us, and the retailers, with stock that is sold at lower "
            "prices or carried into the next year. Inventories were "
            f"{say_amount(f.inventories[year])} at the end of {year}."
        ),
        Heading("We depend on others for battery cells and packs.", 3),
        Paragraph(
            "Power Equipment buys its battery cells from one maker in South Korea and its packs "
            "from two others. A fire, a fault or a trade measure at any of them would stop part "
            "of our assembly within about five weeks. Our own plant for packs, once it runs, will "
            "not change our need to buy the cells."
        ),
        Heading("Faulty products can cost us money and our name.", 3),
        Paragraph(
            f"Claims under warranty cost us {say_amount(f.warranty_claims[year])} in {year}. A "
            "fault in a battery pack could lead to a recall that would cost far more. Our "
            "insurance against product liability covers single claims above $2.0 million only."
        ),
        Heading("Our debt limits what we can do.", 3),
        Paragraph(
            f"Our interest expense {say_change(f.interest, year)} in {year}. Our credit "
            "agreement holds us to limits on debt and on interest cover. If we broke them, the "
            "lenders could ask for their money at once, and we might have to sell parts of the "
            "company or issue shares on poor terms."
        ),
        Heading("Exchange rates and tariffs affect our costs and our sales.", 3),
        Paragraph(
            "We sell in Canadian dollars and euros and buy goods whose prices follow the Chinese "
            "and Taiwanese currencies. A stronger dollar lowers what our sales abroad are worth. "
            "Tariffs on goods from Asia raised our cost of sales by about $6.2 million in each of "
            "the last two years, and may be raised again at short notice."
        ),
        Heading("An attack on our systems could stop orders and shipments.", 3),
        Paragraph(
            "Nearly all orders reach us by electronic means, and our distribution centers cannot "
            "ship without the system that steers them. We test our defenses and keep copies of "
            "our data, but could still be kept from working for days. Our insurance would cover "
            "only part of the loss."
        ),
    ]
