"""The lexicon: sound data, labels of many sectors matched, doubtful ones left alone."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.documents import StatementKind
from ingestion.filings.lexicon import (
    BadLexicon,
    ConceptUnit,
    load_lexicon,
    normalise_label,
    parse_lexicon,
)

LEXICON = load_lexicon()

MATCHES: list[tuple[str, StatementKind | None, tuple[str, ...], str]] = [
    # income statements of makers and sellers
    ("Net sales", "income", (), "revenue"),
    ("Total net revenues", "income", (), "revenue"),
    ("Sales, net", None, (), "revenue"),
    ("Net sales (Note 3)", "income", (), "revenue"),
    ("Cost of sales", "income", (), "cost_of_revenue"),
    ("Cost of goods sold (exclusive of depreciation)", "income", (), "cost_of_revenue"),
    ("Cost of products sold", "income", (), "cost_of_products"),
    ("Gross profit", "income", (), "gross_profit"),
    ("Research & development", "income", (), "research_and_development"),
    ("Selling, general & administrative", "income", (), "selling_general_and_administrative"),
    ("SG&A", None, (), "selling_general_and_administrative"),
    ("Amortization of acquired intangible assets", "income", (), "amortization_of_intangibles"),
    ("Restructuring charges, net (a)", "income", (), "restructuring_charges"),
    ("Operating (loss) income", "income", (), "operating_income"),
    ("Income from operations*", "income", (), "operating_income"),
    ("Interest expense", "income", (), "interest_expense"),
    ("Interest expense, net", "income", (), "net_interest_expense"),
    ("Interest income (expense), net", "income", (), "net_interest_expense"),
    ("Other (expense) income, net", "income", (), "other_income_expense"),
    ("Earnings before income taxes", "income", (), "pretax_income"),
    ("Provision (benefit) for income taxes", "income", (), "income_tax_expense"),
    ("Net (loss) earnings", "income", (), "net_income"),
    ("Net income/(loss)", "income", (), "net_income"),
    ("NET INCOME (LOSS)", "cash_flow", (), "net_income"),
    ("Net income attributable to Foobar, Inc.", None, (), "net_income_attributable_to_parent"),
    (
        "Net income attributable to noncontrolling interests",
        None,
        (),
        "net_income_attributable_to_noncontrolling_interests",
    ),
    ("Adjusted EBITDA (2)", None, (), "adjusted_ebitda"),
    ("Net income (non-GAAP)", None, (), "adjusted_net_income"),
    # software
    ("Subscription and support", "income", ("Revenues:",), "subscription_revenue"),
    ("Professional services and other", "income", ("Revenues",), "professional_services_revenue"),
    ("Product", "income", ("Net sales:",), "product_revenue"),
    ("Services", "income", ("Cost of revenue:",), "cost_of_services"),
    ("Deferred revenue, current", "balance_sheet", (), "deferred_revenue"),
    ("Current", "balance_sheet", ("Deferred revenue",), "deferred_revenue"),
    ("Remaining performance obligations", None, (), "remaining_performance_obligations"),
    ("ARR", None, (), "annual_recurring_revenue"),
    # banks and insurers
    ("Net interest income", "income", (), "net_interest_income"),
    ("Provision for loan losses", "income", (), "provision_for_credit_losses"),
    ("Total noninterest expense", "income", (), "noninterest_expense"),
    ("Non-interest income", "income", (), "noninterest_income"),
    ("Loans, including fees", "income", ("Interest income:",), "interest_income_on_loans"),
    ("Deposits", "income", ("Interest expense",), "interest_expense_on_deposits"),
    ("Deposits", "balance_sheet", (), "deposits"),
    ("Allowance for loan losses", "balance_sheet", (), "allowance_for_credit_losses"),
    ("Securities available for sale", "balance_sheet", (), "available_for_sale_securities"),
    ("Net charge-offs", None, (), "net_charge_offs"),
    ("Net premiums earned", "income", (), "premiums_earned"),
    ("Losses and loss adjustment expenses", "income", (), "claims_and_benefits"),
    ("Combined ratio", None, (), "combined_ratio"),
    ("Unearned premiums", "balance_sheet", (), "unearned_premiums"),
    # utilities, oil and gas, airlines, property, shops
    ("Fuel and purchased power", "income", (), "fuel_and_purchased_power"),
    ("Operation and maintenance", "income", (), "operation_and_maintenance"),
    ("Regulatory assets", "balance_sheet", (), "regulatory_assets"),
    ("Lease operating expenses", "income", (), "lease_operating_expense"),
    ("Exploration, including dry holes", "income", (), "exploration_expense"),
    ("Asset retirement obligations", "balance_sheet", (), "asset_retirement_obligations"),
    ("Aircraft fuel and related taxes", "income", (), "aircraft_fuel_expense"),
    ("Available seat miles (millions)", None, (), "available_seat_miles"),
    ("Air traffic liability", "balance_sheet", (), "air_traffic_liability"),
    ("FFO", None, (), "funds_from_operations"),
    ("Real estate investments, net", "balance_sheet", (), "real_estate_investments"),
    ("Number of stores", None, (), "store_count"),
    ("Comparable store sales", None, (), "comparable_sales_growth"),
    # balance sheets
    ("Cash & cash equivalents", "balance_sheet", (), "cash_and_cash_equivalents"),
    (
        "Accounts receivable, less allowances of $52 and $46",
        "balance_sheet",
        (),
        "accounts_receivable",
    ),
    ("Inventories", "balance_sheet", (), "inventories"),
    ("Total current assets", "balance_sheet", (), "current_assets"),
    ("Other", "balance_sheet", ("Current assets:",), "other_current_assets"),
    ("Property, plant and equipment – net", "balance_sheet", (), "property_plant_and_equipment"),
    (
        "Property, plant & equipment (PP&E), net of accumulated depreciation",
        None,
        (),
        "property_plant_and_equipment",
    ),
    ("Goodwill", "balance_sheet", (), "goodwill"),
    (
        "Operating lease right-of-use assets",
        "balance_sheet",
        (),
        "operating_lease_assets",
    ),
    ("Total assets at December 31, 2018", None, (), "assets"),
    ("Long-term debt, less current portion", "balance_sheet", (), "long_term_debt"),
    (
        "Current maturities of long-term debt",
        "balance_sheet",
        (),
        "current_portion_of_long_term_debt",
    ),
    ("Deferred income taxes", "balance_sheet", ("Assets",), "deferred_tax_assets"),
    ("Deferred income taxes", "balance_sheet", ("Liabilities",), "deferred_tax_liabilities"),
    ("Total stockholders’ equity", "balance_sheet", (), "stockholders_equity"),
    ("Total Foobar Corp. shareholders' equity", "equity", (), "stockholders_equity"),
    (
        "Accumulated other comprehensive loss",
        "balance_sheet",
        (),
        "accumulated_other_comprehensive_income",
    ),
    ("Total liabilities and shareholders' equity", "balance_sheet", (), "liabilities_and_equity"),
    # cash flows
    ("Depreciation and amortization", "cash_flow", (), "depreciation_and_amortization"),
    ("Deferred income taxes", "cash_flow", (), "deferred_income_tax_expense"),
    ("Inventories", "cash_flow", (), "change_in_inventories"),
    (
        "Inventories",
        None,
        ("Changes in operating assets and liabilities:",),
        "change_in_inventories",
    ),
    ("Decrease (increase) in inventories", "cash_flow", (), "change_in_inventories"),
    ("(Increase) decrease in accounts receivable", None, (), "change_in_receivables"),
    (
        "Net cash provided by (used in) operating activities",
        "cash_flow",
        (),
        "net_cash_from_operating_activities",
    ),
    ("Purchases of property, plant and equipment", "cash_flow", (), "capital_expenditures"),
    ("Payments to acquire property, plant, and equipment", None, (), "capital_expenditures"),
    ("Capital spending", None, (), "capital_expenditures"),
    ("Acquisitions, net of cash acquired", "cash_flow", (), "acquisitions"),
    ("Acquisitions", "cash_flow", (), "acquisitions"),
    ("Repurchases of common stock", "cash_flow", (), "stock_repurchases"),
    ("Dividends paid", "cash_flow", (), "dividends_paid"),
    ("Cash paid for income taxes, net", "cash_flow", (), "income_taxes_paid"),
    ("Interest", "cash_flow", ("Cash paid during the year for:",), "interest_paid"),
    # per share, tax, pensions, leases, ratios
    ("Basic", "income", ("Earnings per share",), "earnings_per_share_basic"),
    (
        "Diluted",
        "income",
        ("Net income per share attributable to Foobar",),
        "earnings_per_share_diluted",
    ),
    (
        "Diluted",
        "income",
        ("Weighted-average shares used in computing net income per share:",),
        "weighted_average_shares_diluted",
    ),
    ("Net earnings per share (diluted)", None, (), "earnings_per_share_diluted"),
    ("Dividends declared per common share", None, (), "dividends_per_share"),
    ("Federal", "tax", ("Current:",), "current_federal_tax"),
    ("State and local", None, ("Deferred",), "deferred_state_tax"),
    ("Effective tax rate", "tax", (), "effective_tax_rate"),
    ("Valuation allowance", "tax", ("Deferred tax assets:",), "valuation_allowance"),
    ("Benefit obligation at end of year", None, (), "projected_benefit_obligation"),
    ("Less: imputed interest", None, (), "lease_imputed_interest"),
    ("Gross margin percentage", None, (), "gross_margin"),
    ("Days payable outstanding (DPO)", None, (), "days_payable_outstanding"),
    ("Total comprehensive income", "comprehensive_income", (), "comprehensive_income"),
]

NO_MATCHES: list[tuple[str, StatementKind | None, tuple[str, ...]]] = [
    ("", None, ()),
    ("2018", None, ()),
    ("(1)", None, ()),
    ("Total", "balance_sheet", ("Current assets",)),
    ("Total", None, ()),
    ("Other", None, ()),
    ("Domestic", "income", ("Revenue",)),
    ("North America", "segment", ("Net sales",)),
    ("Net sales growth in China", None, ()),
    ("Net sales of discontinued brands", None, ()),
    ("Inventories acquired", "balance_sheet", ()),
    ("Inventories", None, ("Deferred tax assets:",)),
    ("Cost of revenue", None, ("Restructuring",)),
    ("Research and development", None, ("As a percentage of revenue",)),
    ("Goodwill", "cash_flow", ()),
    ("Long-term debt", "cash_flow", ()),
    ("Loans", "income", ()),
    ("Customers", "income", ()),
    ("Free cash flow (pre-spectrum)", None, ()),
    ("Revenue from Foobar segment", None, ()),
    ("Net cash", None, ()),
    ("Liability at December 31, 2018", None, ()),
    ("Acquisitions", "balance_sheet", ()),
    ("Current portion", "balance_sheet", ("Other obligations",)),
    ("% change", None, ()),
]


def test_every_concept_has_a_statement_and_a_unit_that_exist() -> None:
    for concept in LEXICON.concepts:
        assert concept.statement in get_args(StatementKind), concept.name
        assert concept.unit in get_args(ConceptUnit), concept.name


def test_lexicon_is_broad() -> None:
    assert len(LEXICON) >= 300
    assert sum(len(concept.names) for concept in LEXICON.concepts) / len(LEXICON) >= 3


def test_ids_are_snake_case_and_unique() -> None:
    names = [concept.name for concept in LEXICON.concepts]
    assert len(names) == len(set(names))
    assert all(name.replace("_", "").isalnum() and name == name.lower() for name in names)


def test_no_name_belongs_to_two_concepts_of_one_statement() -> None:
    owners: dict[tuple[str, str], str] = {}
    for concept in LEXICON.concepts:
        for name in concept.names:
            key = (concept.statement, normalise_label(name))
            assert owners.setdefault(key, concept.name) == concept.name


def test_parts_of_computed_figures_are_concepts() -> None:
    for concept in LEXICON.concepts:
        assert all(LEXICON.get(part) for part in concept.made_of), concept.name


def test_margins_are_computed_and_capital_expenditures_are_not() -> None:
    margin = LEXICON.get("operating_margin")
    spending = LEXICON.get("capital_expenditures")
    assert margin is not None
    assert margin.made_of == ("operating_income", "revenue")
    assert margin.unit == "percent"
    assert spending is not None
    assert spending.made_of == ()


def test_every_name_leads_to_its_concept_within_its_statement() -> None:
    strays = [
        (name, concept.name, found and found.name)
        for concept in LEXICON.concepts
        for name in concept.names
        if (found := LEXICON.match(name, concept.statement)) is not concept
    ]
    assert strays == []


@pytest.mark.parametrize(("label", "statement", "parents", "name"), MATCHES)
def test_label_means_concept(
    label: str, statement: StatementKind | None, parents: tuple[str, ...], name: str
) -> None:
    found = LEXICON.match(label, statement, parents)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(("label", "statement", "parents"), NO_MATCHES)
def test_doubtful_label_means_nothing(
    label: str, statement: StatementKind | None, parents: tuple[str, ...]
) -> None:
    assert LEXICON.match(label, statement, parents) is None


@pytest.mark.parametrize(
    ("label", "wrong"),
    [
        ("Cost of sales", "revenue"),
        ("Net sales of reportable segments", "revenue"),
        ("Deferred income taxes", "income_tax_expense"),
        ("Other current assets", "current_assets"),
        ("Increase in inventories", "inventories"),
        ("Adjusted net income", "net_income"),
        ("Net income per share", "net_income"),
        ("Gross margin (as percentage of net sales)", "gross_profit"),
        ("Accumulated depreciation", "depreciation"),
        ("Prepaid income taxes", "income_tax_expense"),
        ("Gross property and equipment", "property_plant_and_equipment"),
    ],
)
def test_longer_name_is_not_taken_for_the_shorter_one(label: str, wrong: str) -> None:
    found = LEXICON.match(label)
    assert found is not None
    assert found.name != wrong


@pytest.mark.parametrize(
    ("label", "spelling"),
    [
        ("Property, plant & equipment", "property plant and equipment"),
        ("Property plant and equipment (PP&E)", "property plant and equipment"),
        ("Net income (loss) (1)", "net income"),
        ("Net income (see Note 3) *", "net income"),
        ("Stockholders’ equity", "shareholder equity"),
        ("Non-current assets", "noncurrent asset"),
        ("Accounts receivable, net of allowances of $3", "account receivable net"),
        ("Accounts receivable — net", "account receivable net"),
        ("Total assets", "total asset"),
        ("Amortisation of intangibles (in millions)", "amortization of intangible"),
        ("Earnings per share (diluted)", "earning per share diluted"),
        ("Losses on U.S. inventories", "loss on us inventory"),
        ("Gross margin (%)", "gross margin percent"),
        ("Equity-method investments4", "equity method investment"),
    ],
)
def test_label_has_one_spelling(label: str, spelling: str) -> None:
    assert normalise_label(label) == spelling


LABEL_PARTS = st.lists(
    st.sampled_from(
        "net of current portion , less (loss) non- pre post 's & % / U.S. (1) Total income"
        " sales (non-GAAP) ( ) [2] — allowance isation ised ies losses expenses8 interest".split()
    )
).map(" ".join)


@settings(deadline=None)
@given(st.one_of(st.text(), LABEL_PARTS))
def test_spelling_is_its_own_spelling(text: str) -> None:
    once = normalise_label(text)
    assert normalise_label(once) == once


@settings(deadline=None)
@given(
    st.one_of(st.text(), LABEL_PARTS),
    st.sampled_from([None, *get_args(StatementKind)]),
    st.lists(st.one_of(st.text(max_size=20), LABEL_PARTS), max_size=2),
)
def test_match_never_raises(text: str, statement: StatementKind | None, parents: list[str]) -> None:
    found = LEXICON.match(text, statement, parents)
    assert found is None or LEXICON.get(found.name) is found


@settings(deadline=None)
@given(st.text())
def test_mentions_do_not_overlap(text: str) -> None:
    mentions = LEXICON.find_mentions(text)
    ends = [0, *(mention.end for mention in mentions)]
    assert all(end <= mention.start for end, mention in zip(ends, mentions, strict=False))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "What is the FY2018 capital expenditure amount (in USD millions) for Foobar?",
            [("capital expenditure", "capital_expenditures")],
        ),
        (
            "Did cost of sales grow faster than net sales?",
            [("cost of sales", "cost_of_revenue"), ("net sales", "revenue")],
        ),
        (
            "How large is property, plant & equipment against total assets?",
            [
                ("property, plant & equipment", "property_plant_and_equipment"),
                ("total assets", "assets"),
            ],
        ),
        (
            "Compute the company’s days payable outstanding (DPO).",
            [
                ("days payable outstanding", "days_payable_outstanding"),
                ("DPO", "days_payable_outstanding"),
            ],
        ),
        (
            "Is the quick ratio healthy? Non-interest income rose.",
            [("quick ratio", "quick_ratio"), ("Non-interest income", "noninterest_income")],
        ),
        ("Who chairs the board?", []),
    ],
)
def test_question_names_concepts(question: str, expected: list[tuple[str, str]]) -> None:
    mentions = LEXICON.find_mentions(question)
    found = [(question[m.start : m.end], m.concept.name) for m in mentions]
    assert found == expected


def test_names_of_begin_with_the_label() -> None:
    names = LEXICON.names_of("capital_expenditures")
    assert names[0] == "Capital expenditures"
    assert "capex" in names
    assert LEXICON.names_of("no_such_concept") == ()


def test_tag_leads_to_its_concept() -> None:
    found = LEXICON.by_tag("us-gaap:PaymentsToAcquirePropertyPlantAndEquipment")
    assert found is not None
    assert found.name == "capital_expenditures"
    assert LEXICON.by_tag("us-gaap:NoSuchTag") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[income.revenue", "not valid TOML"),
        ("[profits.revenue]\nlabel = 'Revenue'", "no statement is called 'profits'"),
        ("[income.revenue]\nnames = ['sales']", "has no label"),
        ("[income.revenue]\nlabel = 'Revenue'\nnmaes = []", "unknown key 'nmaes'"),
        ("[income.revenue]\nlabel = 'Revenue'\nunit = 'miles'", "unknown unit 'miles'"),
        ("[income.revenue]\nlabel = 'Revenue'\nnames = 'sales'", "must be a list of texts"),
        ("[income.revenue]\nlabel = 'Revenue'\nunder = ['sales']", "'parent > label'"),
        ("[income.revenue]\nlabel = 'Revenue'\nmade_of = ['sales']", "made of sales"),
        (
            "[income.a]\nlabel = 'Net sale'\n[income.b]\nlabel = 'Net sales'",
            "names both a and b",
        ),
        ("[income.a]\nlabel = 'A'\n[tax.a]\nlabel = 'A'", "a stands there twice"),
    ],
)
def test_bad_file_is_a_clear_error(text: str, message: str) -> None:
    with pytest.raises(BadLexicon, match=message):
        parse_lexicon(text)


def test_a_line_item_may_be_computed_in_several_ways():
    ebitda = load_lexicon().get("ebitda")
    assert ("operating_income", "depreciation_and_amortization") in ebitda.ways
    assert ebitda.ways[0] == ebitda.made_of
