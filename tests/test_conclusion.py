"""What may be said in the end: only what the last steps prove, and only if the plan is faithful."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ingestion.documents import Document, FilingFacts
from research.calculation.compute import compute_step
from research.conclusion import (
    Ground,
    conclude_claim,
    conclude_question,
    list_behind,
    parse_final_answer,
)
from research.questions import (
    Check,
    Decomposition,
    Evidence,
    Operand,
    SubAnswer,
    SubQuestion,
    Value,
    Verdict,
)

ACME = Document("acme", "acme.pdf", FilingFacts("Acme Corporation"), 1, 1, 1, 9, "2024")
BOLT = Document("bolt", "bolt.pdf", FilingFacts("Bolt Industries"), 1, 1, 1, 9, "2024")
SEARCHED = Check("searched", True, "Pages were searched.")


def fact(label, question, number, period, document="acme", grounded=True):
    """A looked-up answer in millions of dollars."""
    proof = Evidence(
        f"e{label}", document, f"{document}.pdf", 2, "cell", f"{question}: {number}", (), None,
        None, 1.0, "p", is_proof=True,
    )  # fmt: skip
    value = Value(Decimal(number), "USD", 10**6, period)
    verdict = Verdict("SUPPORTED" if grounded else "NOT_ENOUGH_INFO", ())
    shown = f"${number} million"
    return SubAnswer(label, question, shown, grounded, verdict, value, (proof,), 0.1, source="fact")


def computed(label, text, *parts):
    operands = {
        part.label: Operand(
            part.label.lower(), part.question, part.label, part.value, part.grounded
        )
        for part in parts
    }
    calculation = compute_step(text, operands)
    assert calculation is not None, f"{text} is understood"
    value = calculation.result if isinstance(calculation.result, Value) else None
    grounded = calculation.verified
    return SubAnswer(
        label, text, calculation.text, grounded, Verdict("SUPPORTED", ()), value, (), 0.1,
        source="calculation", calculation=calculation,
    )  # fmt: skip


def ground(question, last, *parts, documents=(ACME,)):
    behind = (*parts, last)
    steps = {answer.label: answer.question for answer in behind}
    return Ground(question, (last,), behind, documents, SEARCHED, steps)


SALES_22 = fact("Q1", "What were Acme's net sales in 2022?", "1209", "2022")
SALES_23 = fact("Q2", "What were Acme's net sales in 2023?", "1284", "2023")
GROWTH = "By what percentage did Acme's net sales grow from 2022 to 2023?"


def label_of(conclusion):
    return conclusion.verdict.label


def failed(conclusion):
    return [check.name for check in conclusion.verdict.checks if not check.passed]


def test_a_change_that_is_asked_for_is_supported():
    last = computed("Q3", "What is the percentage increase from #1 to #2?", SALES_22, SALES_23)
    said = conclude_question(ground(GROWTH, last, SALES_22, SALES_23))
    assert label_of(said) == "SUPPORTED"
    assert said.answer.value.unit == "percent"


def test_an_amount_is_no_answer_to_by_what_percentage():
    last = computed("Q3", "What is #2 minus #1?", SALES_22, SALES_23)
    said = conclude_question(ground(GROWTH, last, SALES_22, SALES_23))
    assert failed(said) == ["kind of answer"]


def test_a_year_that_is_not_asked_for_is_noticed():
    other = fact("Q1", "What were Acme's net sales in 2019?", "900", "2019")
    last = computed("Q3", "What is the percentage increase from #1 to #2?", other, SALES_23)
    assert "years" in failed(conclude_question(ground(GROWTH, last, other, SALES_23)))


def test_a_line_item_that_is_not_asked_for_is_noticed():
    income = fact("Q2", "What was Acme's net income in 2023?", "150", "2023")
    last = computed("Q3", "What is the percentage increase from #1 to #2?", SALES_22, income)
    assert "plan" in failed(conclude_question(ground(GROWTH, last, SALES_22, income)))


def test_a_share_the_wrong_way_round_is_noticed():
    income = fact("Q1", "What was Acme's net income in 2023?", "150", "2023")
    question = "What was Acme's net income as a percentage of its net sales in 2023?"
    right = computed("Q3", "What is #1 divided by #2, as a percentage?", income, SALES_23)
    wrong = computed("Q3", "What is #2 divided by #1, as a percentage?", income, SALES_23)
    assert label_of(conclude_question(ground(question, right, income, SALES_23))) == "SUPPORTED"
    assert failed(conclude_question(ground(question, wrong, income, SALES_23))) == ["plan"]


@pytest.mark.parametrize(("step", "label"), [
    ("Is #2 greater than #1?", "SUPPORTED"),
    ("Is #1 greater than #2?", "NOT_ENOUGH_INFO"),
    ("Is #1 less than #2?", "SUPPORTED"),
])  # fmt: skip
def test_a_yes_or_no_compares_the_way_that_is_asked(step, label):
    last = computed("Q3", step, SALES_22, SALES_23)
    question = "Did Acme's net sales rise from 2022 to 2023?"
    assert label_of(conclude_question(ground(question, last, SALES_22, SALES_23))) == label


def test_the_smallest_is_no_answer_to_which_is_the_largest():
    bolt = fact("Q1", "What were Bolt's net sales in 2023?", "900", "2023", "bolt")
    question = "Which company had the higher net sales in 2023, Acme or Bolt?"
    for word, label in (("higher", "SUPPORTED"), ("lower", "NOT_ENOUGH_INFO")):
        text = f"Which company has the {word} net sales, comparing #2 (Acme) and #1 (Bolt)?"
        last = computed("Q3", text, bolt, SALES_23)
        said = conclude_question(ground(question, last, bolt, SALES_23, documents=(ACME, BOLT)))
        assert label_of(said) == label


def test_a_name_that_is_given_to_the_other_answer_is_noticed():
    bolt = fact("Q1", "What were Bolt's net sales in 2023?", "900", "2023", "bolt")
    question = "Which company had the higher net sales in 2023, Acme or Bolt?"
    text = "Which company has the higher net sales, comparing #1 (Acme) and #2 (Bolt)?"
    last = computed("Q3", text, bolt, SALES_23)
    said = conclude_question(ground(question, last, bolt, SALES_23, documents=(ACME, BOLT)))
    assert failed(said) == ["plan"]


def test_a_company_without_a_proof_is_noticed():
    question = "Which company had the higher net sales in 2023, Acme or Bolt?"
    said = conclude_question(ground(question, SALES_23, documents=(ACME, BOLT)))
    assert "companies" in failed(said)


def test_an_average_of_a_range_needs_all_its_years():
    last = computed("Q3", "What is the average of #1 and #2?", SALES_22, SALES_23)
    question = "What were Acme's average net sales from 2021 to 2023?"
    assert "years" in failed(conclude_question(ground(question, last, SALES_22, SALES_23)))


def test_by_how_much_something_fell_is_told_without_a_sign():
    later = fact("Q2", "What were Acme's net sales in 2023?", "1000", "2023")
    last = computed("Q3", "What is the percentage change from #1 to #2?", SALES_22, later)
    question = "By what percentage did Acme's net sales decline from 2022 to 2023?"
    said = conclude_question(ground(question, last, SALES_22, later))
    assert said.answer.value.number > 0
    assert said.answer.text.endswith("less")


def test_where_no_part_is_grounded_nothing_is_disclosed():
    open_part = fact("Q1", "What was Acme's goodwill in 2023?", "5", "2023", grounded=False)
    said = conclude_question(ground("What was Acme's goodwill in 2023?", open_part))
    assert said.answer.kind == "not_disclosed"
    assert "5" not in said.answer.text


def test_a_part_that_is_nowhere_is_named():
    absent = fact("Q2", "What was Acme's goodwill in 2023?", "5", "2023", grounded=False)
    base = ground("What were Acme's net sales less its goodwill in 2023?", absent, SALES_23)
    said = conclude_question(
        Ground(
            base.question,
            base.last,
            base.behind,
            base.documents,
            SEARCHED,
            base.steps,
            absent=("Q2",),
        )
    )
    assert said.answer.kind == "not_disclosed"
    assert "goodwill" in said.answer.text


def test_a_claim_is_refuted_by_one_false_part():
    last = computed("Q3", "Is #2 less than #1?", SALES_22, SALES_23)
    claim = "Acme's net sales were lower in 2023 than in 2022."
    said = conclude_claim(ground(claim, last, SALES_22, SALES_23))
    assert (label_of(said), said.answer.kind) == ("REFUTED", "boolean")


def test_a_claim_is_not_refuted_by_a_comparison_that_it_does_not_make():
    last = computed("Q3", "Is #1 greater than #2?", SALES_22, SALES_23)
    claim = "Acme's net sales were higher in 2023 than in 2022."
    assert label_of(conclude_claim(ground(claim, last, SALES_22, SALES_23))) == "NOT_ENOUGH_INFO"


def test_what_stands_behind_an_answer_is_all_that_it_depends_on():
    steps = (SubQuestion("Q1", "a"), SubQuestion("Q2", "b"), SubQuestion("Q3", "#1", ("Q1",)))
    answers = {label: fact(label, "x", "1", "2023") for label in ("Q1", "Q2", "Q3")}
    behind = list_behind(Decomposition(steps), ["Q3"], answers)
    assert [answer.label for answer in behind] == ["Q1", "Q3"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("It is so. <answer>$5</answer>", "$5"),
        ("<answer>one</answer> or <answer> two </answer>", "two"),
        ("no tags", None),
        ("<answer>cut", None),
    ],
)
def test_the_answer_stands_between_the_last_tags(text, answer):
    assert parse_final_answer(text) == answer


def test_a_number_that_the_question_does_not_say_is_noticed():
    question = "What is a fifth (20%) of Acme's net sales in 2023?"
    for rate, failing in (("20%", []), ("25%", ["plan"])):
        last = computed("Q3", f"What is {rate} of #2?", SALES_23)
        assert [n for n in failed(conclude_question(ground(question, last, SALES_23)))
                if n == "plan"] == failing  # fmt: skip


def test_a_sum_of_two_divided_by_three_is_no_average():
    question = "What were Acme's average net sales of 2022 and 2023?"
    for count, failing in ((2, []), (3, ["plan"])):
        last = computed("Q3", f"What is (#1 + #2) / {count}?", SALES_22, SALES_23)
        said = conclude_question(ground(question, last, SALES_22, SALES_23))
        assert [name for name in failed(said) if name == "plan"] == failing


def test_a_ratio_that_the_lexicon_knows_is_met_by_its_parts():
    assets = fact("Q1", "What were Acme's current assets at the end of 2023?", "900", "2023-12-31")
    stock = fact("Q2", "What were Acme's inventories at the end of 2023?", "300", "2023-12-31")
    due = fact("Q3", "What were Acme's current liabilities at the end of 2023?", "500",
               "2023-12-31")  # fmt: skip
    last = computed("Q4", "What is (#1 - #2) / #3?", assets, stock, due)
    said = conclude_question(
        ground("What was Acme's quick ratio at the end of 2023?", last, assets, stock, due)
    )
    assert (label_of(said), said.answer.text) == ("SUPPORTED", "1.20")


def test_a_measure_that_the_question_defines_is_met_by_its_parts():
    income = fact("Q1", "What was Acme's operating income in 2023?", "130", "2023")
    grants = fact("Q2", "What was Acme's share-based compensation in 2023?", "40", "2023")
    last = computed("Q3", "What is #1 plus #2?", income, grants)
    question = "What was Acme's {} EBITDA (operating income plus share-based compensation) in 2023?"
    said = conclude_question(ground(question.format("").replace("  ", " "), last, income, grants))
    assert label_of(said) == "SUPPORTED"


def test_which_and_by_how_much_needs_a_name_too():
    spent = fact("Q1", "What were Acme's capital expenditures in 2023?", "70", "2023")
    last = computed("Q3", "What is #2 minus #1?", spent, SALES_23)
    question = "Which was larger in 2023, Acme's capital expenditures or net sales, by how much?"
    assert "kind of answer" in failed(conclude_question(ground(question, last, spent, SALES_23)))


@pytest.mark.parametrize(
    ("word", "label"), [("positive", "SUPPORTED"), ("negative", "NOT_ENOUGH_INFO")]
)
def test_whether_something_is_positive_is_held_against_nothing(word, label):
    income = fact("Q1", "What was Acme's operating income in 2023?", "130", "2023")
    last = computed("Q2", "Is #1 positive?", income)
    said = conclude_question(ground(f"Was Acme's operating income {word} in 2023?", last, income))
    assert label_of(said) == label


def test_a_yes_names_the_things_themselves_and_no_references():
    step = "What is the percentage change from #1 to #2?"
    grown = computed("Q3", step, SALES_22, SALES_23)
    last = computed("Q4", "Is #3 greater than 5%?", grown)
    said = conclude_question(
        ground(
            "Did Acme's net sales grow by more than 5% in 2023?", last, SALES_22, SALES_23, grown
        )
    )
    assert "#" not in said.answer.text
    assert "net sales in 2022 to Acme's net sales in 2023: 6.20%" in said.answer.text


def test_a_change_tells_from_what_to_what_it_goes():
    last = computed("Q3", "What is the percentage change from #1 to #2?", SALES_22, SALES_23)
    said = conclude_question(ground(GROWTH, last, SALES_22, SALES_23))
    assert said.answer.text == "6.20%, from $1,209 million to $1,284 million"


def test_an_improving_margin_is_a_higher_one_than_the_year_before():
    profits = {year: fact(f"Q{n}", f"What was Acme's gross profit in FY{year}?", amount, str(year))
               for n, year, amount in ((1, 2023, "500"), (3, 2022, "480"))}  # fmt: skip
    sales = {year: fact(f"Q{n}", f"What were Acme's net sales in FY{year}?", amount, str(year))
             for n, year, amount in ((2, 2023, "1284"), (4, 2022, "1209"))}  # fmt: skip
    looked_up = (profits[2023], sales[2023], profits[2022], sales[2022])
    margins = (
        computed("Q5", "What is #1 as a percentage of #2?", *looked_up[:2]),
        computed("Q6", "What is #3 as a percentage of #4?", *looked_up[2:]),
    )
    last = computed("Q7", "Is #5 higher than #6?", *margins)
    question = "Does Acme have an improving gross margin profile as of FY2023?"
    said = conclude_question(ground(question, last, *looked_up, *margins))
    assert (label_of(said), said.answer.text[:3]) == ("SUPPORTED", "No.")


def test_working_capital_may_be_negative_where_it_is_asked_whether_it_is_positive():
    assets = fact("Q1", "What were Acme's current assets at the end of 2023?", "400", "2023-12-31")
    due = fact("Q2", "What were Acme's current liabilities at the end of 2023?", "500",
               "2023-12-31")  # fmt: skip
    capital = computed("Q3", "What is #1 minus #2?", assets, due)
    last = computed("Q4", "Is #3 positive?", capital)
    question = "Does Acme have positive working capital based on 2023 data?"
    said = conclude_question(ground(question, last, assets, due, capital))
    assert (label_of(said), said.answer.text[:3]) == ("SUPPORTED", "No.")


def test_whether_something_was_paid_is_whether_it_is_more_than_nothing():
    paid = fact("Q1", "What dividends did Acme pay in 2023?", "40", "2023")
    last = computed("Q2", "Is #1 more than zero?", paid)
    said = conclude_question(ground("Has Acme paid dividends in 2023?", last, paid))
    assert label_of(said) == "SUPPORTED"


MARGIN = "What was Acme's operating margin in 2023?"
INCOME_23 = fact("Q1", "What was Acme's operating income in 2023?", "130", "2023")


@pytest.mark.parametrize(
    ("step", "label"),
    [
        ("What is #1 divided by #2, as a percentage?", "SUPPORTED"),
        ("What is #2 divided by #1, as a percentage?", "NOT_ENOUGH_INFO"),
        ("What is #2 minus #1?", "NOT_ENOUGH_INFO"),
    ],
)
def test_a_measure_is_computed_as_it_is_made(step, label):
    last = computed("Q3", step, INCOME_23, SALES_23)
    assert label_of(conclude_question(ground(MARGIN, last, INCOME_23, SALES_23))) == label


def test_an_average_of_different_things_is_noticed():
    last = computed("Q3", "What is the average of #1 and #2?", INCOME_23, SALES_23)
    question = "What were Acme's average operating income and net sales in 2023?"
    said = conclude_question(ground(question, last, INCOME_23, SALES_23))
    assert "plan" in failed(said)


def test_sums_and_ratios_are_of_one_year():
    worn = fact("Q4", "What was Acme's depreciation and amortization in 2023?", "40", "2023")
    question = "What was Acme's EBITDA margin in 2023, compared with 2022?"
    for sales, failing in ((SALES_23, []), (SALES_22, ["plan"])):
        text = f"What is #1 plus #4, as a percentage of #{sales.label[1:]}?"
        last = computed("Q5", text, INCOME_23, sales, worn)
        said = conclude_question(ground(question, last, INCOME_23, sales, worn))
        assert [name for name in failed(said) if name == "plan"] == failing


def test_a_year_that_is_given_to_something_else_is_noticed():
    question = "Were Acme's net sales of 2023 more than its operating income of 2022?"
    for year, failing in ((2022, []), (2023, ["plan"])):
        income = fact("Q1", f"What was Acme's operating income in {year}?", "120", str(year))
        last = computed("Q3", "Is #2 more than #1?", income, SALES_23)
        said = conclude_question(ground(question, last, income, SALES_23))
        assert [name for name in failed(said) if name == "plan"] == failing


def test_a_balance_at_the_end_of_a_year_and_a_flow_of_that_year_belong_together():
    """The year may end in the next one: both were asked for by its name."""
    assets = fact("Q1", "What were Acme's total assets at the end of FY2023?", "900", "2024-02-03")
    sales = fact("Q2", "What was Acme's revenue in FY2023?", "300", "2023")
    last = computed("Q3", "What is #1 divided by #2?", assets, sales)
    question = "What is the ratio of Acme's total assets to its revenue in FY2023?"
    assert label_of(conclude_question(ground(question, last, assets, sales))) == "SUPPORTED"
    before = fact("Q1", "What were Acme's total assets at the end of FY2022?", "800", "2023-01-28")
    last = computed("Q3", "What is #1 divided by #2?", before, sales)
    assert "plan" in failed(conclude_question(ground(question, last, before, sales)))


def test_a_quarter_of_a_fiscal_year_may_end_before_it():
    year = fact("Q1", "What was Acme's cash at the end of FY2023?", "187", "2023-01-28")
    quarter = fact("Q2", "What was Acme's cash at the end of Q2 of FY2024?", "109", "2023-07-29")
    last = computed("Q3", "Is #2 smaller than #1?", year, quarter)
    question = "Was there any drop in Acme's cash between FY2023 and Q2 of FY2024?"
    assert "plan" not in failed(conclude_question(ground(question, last, year, quarter)))


def test_what_stands_behind_the_whole_says_which_part_of_it():
    part = fact("Q1", "What was Acme's revenue outside the United States in 2023?", "30", "2023")
    whole = fact("Q2", "What was Acme's revenue in 2023?", "300", "2023")
    question = "What share of its revenue outside the United States did Acme earn in 2023?"
    last = computed("Q3", "What is #1 divided by #2, as a percentage?", part, whole)
    assert "plan" not in failed(conclude_question(ground(question, last, part, whole)))


def test_where_a_figure_is_to_be_looked_up_need_not_be_proved():
    first = fact("Q1", "What was Acme's total debt at the end of 2022?", "70", "2022-12-31")
    second = fact("Q2", "What was Acme's total debt at the end of 2023?", "60", "2023-12-31")
    last = computed("Q3", "Is #2 larger than #1?", first, second)
    question = "Has Acme increased its total debt on balance sheet between 2022 and 2023?"
    assert label_of(conclude_question(ground(question, last, first, second))) == "SUPPORTED"


def test_a_period_that_is_said_twice_is_one():
    """Fiscal 2024 may be said again by the day on which its quarter ended, in 2023."""
    first = fact("Q1", "What was Acme's revenue in Q1 of fiscal 2024?", "95", "Q1 2024")
    question = (
        "What was Acme's revenue in the first quarter of fiscal 2024, the three months ended "
        "April 29, 2023?"
    )
    assert "years" not in failed(conclude_question(ground(question, first)))


def test_a_part_is_not_added_to_the_whole_that_holds_it():
    part = fact("Q1", "What were Acme's net sales of Garden in 2023?", "800", "2023")
    last = computed("Q3", "What is the sum of #1 and #2?", part, SALES_23)
    question = "What is the sum of Acme's net sales of Garden and its net sales in 2023?"
    assert "plan" in failed(conclude_question(ground(question, last, part, SALES_23)))


def test_an_answer_divided_by_itself_is_noticed_as_a_percentage_too():
    again = fact("Q3", "What were Acme's net sales in 2023?", "1284", "2023")
    last = computed("Q4", "What is #2 divided by #2, as a percentage?", SALES_23)
    question = "What percentage of its net sales did Acme earn in 2023?"
    assert "plan" in failed(conclude_question(ground(question, last, SALES_23, again)))


def test_two_results_are_no_answer_where_one_is_asked_for():
    change = computed("Q3", "What is #2 minus #1?", SALES_22, SALES_23)
    rate = computed("Q4", "What is the percentage change from #1 to #2?", SALES_22, SALES_23)
    base = ground(GROWTH, rate, SALES_22, SALES_23, change)
    both = Ground(GROWTH, (change, rate), base.behind, base.documents, SEARCHED, base.steps)
    assert "kind of answer" in failed(conclude_question(both))


def test_what_is_computed_of_something_wider_refutes_no_claim():
    """The claim speaks of sales outside the United States, and the plan of all sales."""
    share = computed("Q3", "What is #2 divided by #1, as a percentage?", SALES_22, SALES_23)
    last = computed("Q4", "Is #3 about 3.3%?", share)
    claim = "Acme's net sales outside the United States were 3.3% of those of 2022 in 2023."
    said = conclude_claim(ground(claim, last, SALES_22, SALES_23, share))
    assert label_of(said) == "NOT_ENOUGH_INFO"


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("What drove the operating margin of Acme in 2023?", "NOT_ENOUGH_INFO"),
        ("Why was Acme's operating margin what it was in 2023?", "NOT_ENOUGH_INFO"),
        (
            "What was Acme's operating margin in 2023? If it is not useful, explain why.",
            "SUPPORTED",
        ),
    ],
)
def test_a_figure_is_no_answer_to_why(question, label):
    """That a useless measure is to be explained only tells how to answer."""
    last = computed("Q3", "What is #1 divided by #2, as a percentage?", INCOME_23, SALES_23)
    assert label_of(conclude_question(ground(question, last, INCOME_23, SALES_23))) == label


def test_two_steps_that_ask_the_same_are_held_against_each_other():
    """A change within one year is nothing, whatever it is then added to."""
    one = fact("Q1", "What was Acme's inventory at the end of 2023?", "60", "2023-12-31")
    again = fact("Q2", "What was Acme's inventory at the end of 2023?", "60", "2023-12-31")
    last = computed("Q3", "What is #1 minus #2?", one, again)
    question = "What was the change in Acme's inventory in 2023?"
    assert "plan" in failed(conclude_question(ground(question, last, one, again)))


def test_a_name_that_no_look_up_bears_is_noticed():
    garden = fact("Q1", "What were Acme's net sales of Garden in 2023?", "800", "2023")
    kitchen = fact("Q2", "What were Acme's net sales of Kitchen in 2023?", "484", "2023")
    question = "Which of Garden, Kitchen and Workshop had the highest net sales at Acme in 2023?"
    last = computed("Q3", "Which is larger, #1 (Workshop) or #2 (Kitchen)?", garden, kitchen)
    assert "plan" in failed(conclude_question(ground(question, last, garden, kitchen)))


def test_a_figure_beside_the_name_that_is_asked_for_is_noticed():
    """What is left unused says that the plan lost its way."""
    garden = fact("Q1", "What were Acme's net sales of Garden in 2023?", "800", "2023")
    kitchen = fact("Q2", "What were Acme's net sales of Kitchen in 2023?", "484", "2023")
    pick = computed("Q3", "Which is larger, #1 (Garden) or #2 (Kitchen)?", garden, kitchen)
    question = "Which of Garden or Kitchen had the higher net sales at Acme in 2023?"
    whole = ground(question, pick, garden, kitchen)
    assert label_of(conclude_question(whole)) == "SUPPORTED"
    gap = computed("Q4", "What is #1 minus #2?", garden, kitchen)
    both = Ground(
        question, (pick, gap), (*whole.behind, gap), (ACME,), SEARCHED,
        {**whole.steps, "Q4": gap.question},
    )  # fmt: skip
    assert "kind of answer" in failed(conclude_question(both))


def test_each_part_of_a_definition_is_met():
    profit = fact("Q1", "What was Acme's gross profit in 2023?", "400", "2023")
    last = computed("Q3", "What is #1 divided by #2, as a percentage?", profit, SALES_23)
    question = "What was Acme's margin in 2023, i.e. gross profit less scrap costs, over net sales?"
    said = conclude_question(ground(question, last, profit, SALES_23))
    assert "whole question" in failed(said)


def test_two_amounts_are_no_answer_where_their_sum_is_asked():
    worn = fact("Q4", "What was Acme's depreciation and amortization in 2023?", "40", "2023")
    question = "What is Acme's 2023 operating income + depreciation and amortization?"
    base = ground(question, worn, INCOME_23)
    both = Ground(question, (INCOME_23, worn), base.behind, base.documents, SEARCHED, base.steps)
    assert "kind of answer" in failed(conclude_question(both))


def decided(label, question, verdict):
    return SubAnswer(label, question, "No" if verdict == "REFUTED" else "Yes", True,
                     Verdict(verdict, ()), None, (), 0.1, source="fact")  # fmt: skip


@pytest.mark.parametrize(
    ("part", "label"),
    [
        ("Acme's net sales were $1,300 million in 2023.", "REFUTED"),
        ("Acme's net sales were $1,100 million in 2023.", "NOT_ENOUGH_INFO"),
        ("Acme's net sales fell in 2023.", "NOT_ENOUGH_INFO"),
        ("Acme's net sales were not $1,300 million in 2023.", "NOT_ENOUGH_INFO"),
        ("Acme's net sales were $1,300 million in 2022.", "NOT_ENOUGH_INFO"),
    ],
)
def test_a_claim_is_refuted_only_by_what_it_says_itself(part, label):
    claim = "Acme's net sales were $1,300 million in 2023 and rose."
    false = decided("Q1", part, "REFUTED")
    assert label_of(conclude_claim(ground(claim, false))) == label
