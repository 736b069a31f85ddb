"""An answer counts as grounded only where it stands in the evidence as what was asked for."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ingestion.documents import Document, FilingFacts, Passage
from research.grounding import Asked, find_fitting_places, ground_answer, same_amount
from research.questions import Value

QUESTION = "What was Acme's operating income in 2023?"
HEADS = "|Year ended December 31,|2023|2022|\n"
INCOME = (
    "Consolidated Statements of Operations (In millions, except per share amounts)\n"
    + HEADS
    + "|Net sales|$1,284|$1,209|\n"
    "|Operating income|210|198|\n"
    "|Other expense, net|(12)|(9)|\n"
    "|Diluted earnings per share|$2.41|$2.20|"
)


def document(document_id, company):
    filing = FilingFacts(company=company)
    return Document(document_id, f"{document_id}.pdf", filing, 9, 9, 9, 0, "2024-01-01T00:00:00")


ACME = document("acme", "Acme Corporation")
BOLT = document("bolt", "Bolt Industries Inc.")


def passage(text, kind="table", document_id="acme", page=4, section=None):
    key = f"{document_id}-{page}-{len(text)}"
    return Passage(key, document_id, page, kind, section, text, 0, 9)


def asked(question, whole=None, documents=(ACME,)):
    return Asked(question, whole or question, documents)


def ground(answer, *passages, question=QUESTION, whole=None, documents=(ACME,)):
    return ground_answer(answer, asked(question, whole, documents), passages)


def failed(grounding):
    return [check.name for check in grounding.checks if not check.passed]


# What is grounded


def test_a_figure_in_the_right_row_and_column_is_grounded():
    grounding = ground("210", passage(INCOME))
    assert failed(grounding) == []
    (place,) = grounding.places
    assert (place.label, place.heads, place.passage.page) == ("Operating income", "2023", 4)


def test_the_value_has_number_unit_scale_and_period_of_its_place():
    grounding = ground("210", passage(INCOME))
    assert grounding.value == Value(Decimal(210), "USD", 1_000_000, "2023")


@pytest.mark.parametrize("answer", ["210", "$210", "$210 million", "$ 210 million."])
def test_an_amount_may_be_written_in_several_ways(answer):
    assert ground(answer, passage(INCOME)).grounded


def test_an_amount_may_be_written_in_a_larger_scale():
    grounding = ground(
        "$1.284 billion", passage(INCOME), question="What were Acme's net sales in 2023?"
    )
    assert grounding.grounded
    assert grounding.value == Value(Decimal("1.284"), "USD", 1_000_000_000, "2023")


def test_an_amount_a_share_is_grounded_with_its_unit():
    question = "What were Acme's diluted earnings per share in 2023?"
    grounding = ground("$2.41", passage(INCOME), question=question)
    assert grounding.value == Value(Decimal("2.41"), "USD/share", 1, "2023")


def test_a_sentence_grounds_a_figure_too():
    text = "Costs rose. Operating income was $210 million in 2023. Costs fell."
    grounding = ground("$210 million", passage(text, "text"))
    assert failed(grounding) == []
    assert grounding.value == Value(Decimal(210), "USD", 1_000_000, "2023")


def test_a_part_is_grounded_where_a_part_is_asked_for():
    table = passage(HEADS + "|Operating margin|16.4%|16.2%|")
    grounding = ground("16.4%", table, question="What was Acme's operating margin in 2023?")
    assert grounding.value == Value(Decimal("16.4"), "percent", 1, "2023")


def test_a_quarter_is_grounded_where_a_quarter_is_asked_for():
    table = passage("|Three months ended June 30,|2023|2022|\n|Operating income|50|40|")
    question = "What was Acme's operating income in the three months ended June 30, 2023?"
    assert ground("50", table, question=question).grounded


def test_what_was_paid_is_grounded_without_the_brackets():
    table = passage("Cash flows (In millions)\n" + HEADS + "|Dividends paid|$(40)|$(35)|")
    grounding = ground("$40", table, question="What dividends did Acme pay in 2023?")
    assert grounding.grounded
    assert grounding.value == Value(Decimal(40), "USD", 1_000_000, "2023")


def test_words_of_the_title_and_the_section_count_for_the_row():
    table = passage(
        "Garden segment (In millions)\n" + HEADS + "|Operating income|90|80|", section="Item 7."
    )
    question = "What was the operating income of Acme's Garden segment in 2023?"
    assert ground("90", table, question=question).grounded


def test_the_best_of_several_places_is_taken():
    other = passage("Backlog (In millions)\n" + HEADS + "|Orders|210|198|", page=2)
    (place,) = ground("210", other, passage(INCOME)).places
    assert place.label == "Operating income"


def test_the_whole_question_tells_the_company_where_its_part_does_not():
    own, other = passage(INCOME), passage(INCOME, document_id="bolt")
    grounding = ground(
        "210",
        other,
        own,
        question="What was operating income in 2023?",
        whole="How did Acme's operating income grow from 2022 to 2023?",
        documents=(ACME, BOLT),
    )
    assert grounding.grounded
    assert grounding.places[0].passage.document_id == "acme"


# Each way to fail


def test_a_figure_that_stands_nowhere_is_not_grounded():
    grounding = ground("777", passage(INCOME))
    assert failed(grounding) == ["figure in the evidence"]
    assert grounding.value is None


def test_without_passages_nothing_is_grounded():
    assert not ground("210").grounded


def test_the_figure_of_another_year_is_not_grounded():
    assert failed(ground("198", passage(INCOME))) == ["period", "no contradiction"]


def test_a_table_that_names_no_year_does_not_ground_a_question_for_one():
    table = passage("Results (In millions)\n|Operating income|210|198|")
    assert failed(ground("210", table)) == ["period"]


def test_a_year_that_was_not_asked_for_is_not_taken_for_granted():
    grounding = ground("210", passage(INCOME), question="What was Acme's operating income?")
    assert failed(grounding) == ["period"]


def test_the_figure_of_another_row_is_not_grounded():
    assert "line item" in failed(ground("1,284", passage(INCOME)))


SEGMENTS = (
    "Segments (In millions)\n" + HEADS + "|Net sales:|||\n"
    "|Garden|500|450|\n"
    "|Net sales of reportable segments|1,300|1,220|\n"
    "|Operating income:|||\n"
    "|Kitchen|60|50|"
)


@pytest.mark.parametrize("figure", ["500", "1,300"])
def test_the_row_of_a_segment_is_not_the_total(figure):
    grounding = ground(figure, passage(SEGMENTS), question="What were Acme's net sales in 2023?")
    assert failed(grounding) == ["line item"]


def test_the_total_is_not_a_segment():
    question = "What were the net sales of Acme's Garden segment in 2023?"
    grounding = ground("1,284", passage(INCOME), question=question)
    assert "line item" in failed(grounding)


def test_a_row_under_another_sub_heading_is_not_grounded():
    question = "What were the net sales of Kitchen in 2023?"
    assert "line item" in failed(ground("60", passage(SEGMENTS), question=question))


def test_a_percentage_is_not_an_amount():
    table = passage("Growth\n" + HEADS + "|Operating income|6.2%|4.0%|")
    assert failed(ground("6.2%", table)) == ["unit"]


def test_an_amount_is_not_a_percentage():
    question = "What percent was Acme's operating income in 2023?"
    assert "unit" in failed(ground("210", passage(INCOME), question=question))


def test_an_amount_called_a_percentage_is_not_printed():
    assert failed(ground("210%", passage(INCOME))) == ["figure in the evidence"]


@pytest.mark.parametrize(
    "table",
    [
        "|Three months ended December 31,|2023|2022|\n|Operating income|50|48|",
        "||Fourth quarter 2023|\n|Operating income|50|",
        HEADS + "|Three months ended December 31:|||\n|Operating income|50|48|",
    ],
    ids=["title", "head", "sub-heading"],
)
def test_a_quarter_is_not_the_year(table):
    assert failed(ground("50", passage(table))) == ["period"]


def test_a_sentence_about_a_quarter_is_not_about_the_year():
    text = "Operating income was $50 million in the fourth quarter of 2023."
    grounding = ground(
        "$50 million",
        passage(text, "text"),
        question="What was Acme's operating income in 2023?",
    )
    assert failed(grounding) == ["period"]


def test_a_year_is_not_a_quarter():
    question = "What was Acme's operating income in the quarter ended December 31, 2023?"
    assert "period" in failed(ground("210", passage(INCOME), question=question))


# Parts of a year

QUARTERS = (
    "Statements of Operations (In millions)\n"
    "||Three Months Ended|Three Months Ended|Nine Months Ended|Nine Months Ended|\n"
    "||July 29, 2023|July 30, 2022|July 29, 2023|July 30, 2022|\n"
    "|Operating income|50|40|150|120|"
)
# A company whose years end in October.
RETAIL = replace(ACME, filing=FilingFacts("Acme Corporation", "10-Q", 2023, "2023-07-29", 10))


def ground_part(answer, period, table=QUARTERS, document=RETAIL):
    question = f"What was Acme's operating income in {period}?"
    return ground(answer, passage(table), question=question, documents=(document,))


PARTS = [
    ("the three months ended July 29, 2023", "50", "Q3 2023"),
    ("the quarter ended July 29, 2023", "50", "Q3 2023"),
    ("the third quarter of 2023", "50", "Q3 2023"),
    ("the third quarter of fiscal 2023", "50", "Q3 2023"),
    ("Q3 2023", "50", "Q3 2023"),
    ("the thirteen weeks ended July 29, 2023", "50", "Q3 2023"),
    ("the three months ended July 30, 2022", "40", "Q3 2022"),
    ("the nine months ended July 29, 2023", "150", "9M 2023"),
    ("the 39 weeks ended July 29, 2023", "150", "9M 2023"),
]


@pytest.mark.parametrize(("period", "figure", "label"), PARTS)
def test_a_part_of_a_year_is_grounded_by_its_own_column(period, figure, label):
    grounding = ground_part(figure, period)
    assert failed(grounding) == []
    assert grounding.value.period == label


@pytest.mark.parametrize(("period", "figure", "label"), PARTS)
def test_a_part_of_a_year_is_not_grounded_by_another_column(period, figure, label):
    for other in {"50", "40", "150", "120"} - {figure}:
        assert "period" in failed(ground_part(other, period))


@pytest.mark.parametrize(
    "period",
    [
        "the second quarter of 2023",
        "Q4 2023",
        "the six months ended July 29, 2023",
        "the first half of 2023",
        "the three months ended April 29, 2023",
        "2023",
        "fiscal 2023",
        "the year ended October 28, 2023",
    ],
)
@pytest.mark.parametrize("figure", ["50", "150"])
def test_what_the_table_does_not_hold_is_not_grounded(period, figure):
    assert "period" in failed(ground_part(figure, period))


@pytest.mark.parametrize(
    ("figure", "period"),
    [
        ("50", "the first three months of 2023"),
        ("50", "the last quarter of 2023"),
        ("50", "each quarter of 2023"),
        ("150", "the last nine months of 2023"),
    ],
)
def test_a_part_that_the_words_do_not_place_is_not_grounded(figure, period):
    assert "period" in failed(ground_part(figure, period))


def test_the_second_half_is_not_the_months_so_far():
    table = "In millions\n||Six months ended July 29, 2023|\n|Operating income|90|"
    shop = replace(ACME, filing=FilingFacts("Acme Corporation", "10-Q", 2023, "2023-07-29", 1))
    assert failed(ground_part("90", "the second half of 2023", table, shop)) == ["period"]
    assert failed(ground_part("90", "the first half of 2023", table, shop)) == []
    assert failed(ground_part("90", "the first six months of 2023", table, shop)) == []


def test_a_quarter_by_its_number_needs_the_companys_calendar():
    assert failed(ground_part("50", "the third quarter of 2023", document=ACME)) == ["period"]
    assert failed(ground_part("50", "the quarter ended July 29, 2023", document=ACME)) == []


def test_a_quarter_that_the_column_numbers_needs_none():
    table = "In millions\n||Third quarter 2023|\n|Operating income|50|"
    assert failed(ground_part("50", "the third quarter of 2023", table, ACME)) == []
    assert failed(ground_part("50", "the second quarter of 2023", table, ACME)) == ["period"]


def test_a_column_that_may_be_of_either_span_is_of_none():
    table = "Three and nine months ended July 29,\n||2023|\n|Operating income|50|"
    assert failed(ground_part("50", "the three months ended July 29, 2023", table)) == ["period"]


def test_without_a_word_for_the_span_two_columns_of_one_date_contradict_each_other():
    table = "In millions\n||July 29, 2023|July 29, 2023|\n|Operating income|50|150|"
    assert failed(ground_part("50", "2023", table)) == ["no contradiction"]


def test_one_month_is_not_the_year():
    table = "||One month ended December 31, 2023|\n|Operating income|5|"
    assert failed(ground_part("5", "2023", table, ACME)) == ["period"]


BALANCE = "In millions\n||July 29, 2023|January 28, 2023|\n|Inventories|70|60|"


@pytest.mark.parametrize(
    ("figure", "day", "failing"),
    [
        ("70", "July 29, 2023", []),
        ("60", "January 28, 2023", []),
        ("60", "July 29, 2023", ["period", "no contradiction"]),
        ("70", "2023", ["no contradiction"]),
    ],
)
def test_a_balance_is_that_of_the_day_that_is_asked_for(figure, day, failing):
    question = f"What were Acme's inventories at {day}?"
    assert failed(ground(figure, passage(BALANCE), question=question)) == failing


@pytest.mark.parametrize(
    ("figure", "year", "is_grounded"),
    [("50", 2023, True), ("40", 2022, True), ("50", 2024, False), ("40", 2023, False)],
)
def test_a_fiscal_year_is_known_by_its_name(figure, year, is_grounded):
    """A shop's fiscal year 2023 ends in February 2024."""
    shop = replace(ACME, filing=FilingFacts("Acme Corporation", "10-K", 2023, "2024-02-03", 1))
    table = (
        "In millions\n||Year Ended|Year Ended|\n||February 3, 2024|January 28, 2023|\n"
        "|Operating income|50|40|"
    )
    assert ground_part(figure, f"fiscal {year}", table, shop).grounded is is_grounded


def test_the_filing_of_another_company_does_not_ground():
    grounding = ground("210", passage(INCOME, document_id="bolt"), documents=(ACME, BOLT))
    assert failed(grounding) == ["company"]


def test_several_companies_in_the_whole_and_none_in_the_part_settle_nothing():
    grounding = ground(
        "210",
        passage(INCOME),
        question="What was operating income in 2023?",
        whole="Did Acme or Bolt have more operating income in 2023?",
        documents=(ACME, BOLT),
    )
    assert failed(grounding) == ["company"]


def test_no_company_named_among_several_settles_nothing():
    grounding = ground(
        "210",
        passage(INCOME),
        question="What was operating income in 2023?",
        documents=(ACME, BOLT),
    )
    assert failed(grounding) == ["company"]


def test_a_company_that_the_library_does_not_hold_is_not_answered_for():
    grounding = ground(
        "210", passage(INCOME), question="What was Contoso's operating income in 2023?"
    )
    assert failed(grounding) == ["line item"]


def test_a_loss_is_not_an_income():
    table = passage("Results (In millions)\n" + HEADS + "|Operating income (loss)|(210)|198|")
    assert not ground("210", table).grounded


def test_a_negative_answer_is_grounded_by_its_brackets():
    table = passage("Results (In millions)\n" + HEADS + "|Operating income (loss)|(210)|198|")
    grounding = ground("-210", table)
    assert grounding.grounded
    assert grounding.value == Value(Decimal(-210), None, 1_000_000, "2023")


def test_thousands_are_not_millions():
    table = passage("Results (In thousands)\n" + HEADS + "|Operating income|$210|$198|")
    assert failed(ground("$210 million", table)) == ["figure in the evidence"]


def test_two_filings_that_disagree_ground_neither():
    restated = passage(
        "Restated (In millions)\n|Year ended December 31,|2024|2023|\n|Operating income|250|180|",
        document_id="acme24",
        page=7,
    )
    grounding = ground(
        "210",
        passage(INCOME),
        restated,
        documents=(ACME, document("acme24", "Acme Corporation")),
    )
    assert failed(grounding) == ["no contradiction"]
    assert "Page 7 prints 180" in grounding.checks[-1].detail


def test_two_filings_that_agree_ground_an_answer():
    later = passage("In thousands\n|Year|2024|2023|\n|Operating income|250,000|210,400|", page=7)
    assert ground("210", passage(INCOME), later).grounded


def test_one_wrong_figure_among_right_ones_is_enough_to_fail():
    grounding = ground("210 and 777", passage(INCOME))
    assert failed(grounding) == ["figure in the evidence", "one figure"]


def test_two_figures_do_not_answer_a_question_for_one():
    grounding = ground("210 or 1,284", passage(INCOME))
    assert "one figure" in failed(grounding)


def test_the_same_figure_twice_is_one():
    assert ground("210, yes 210", passage(INCOME)).grounded


@pytest.mark.parametrize("answer", ["Yes", "no.", "True", "Yes, it grew"])
def test_a_yes_or_no_stands_in_no_passage(answer):
    text = "Yes, operating income grew in 2023. No doubt. True."
    assert failed(ground(answer, passage(text, "text"))) == ["words in the evidence"]


# Words

AUDIT = "Acme has many plants. Its auditor is Ledger & Bean LLP. The cafe is run by Crumb."


def ground_words(answer, text=AUDIT):
    return ground(answer, passage(text, "text"), question="Who is Acme's auditor?")


def test_words_are_grounded_by_the_sentence_that_answers():
    grounding = ground_words("Ledger & Bean LLP")
    assert grounding.grounded
    ((where, start, end),) = grounding.sentences
    assert where.text[start:end] == "Its auditor is Ledger & Bean LLP."
    assert grounding.value is None


def test_words_of_a_sentence_about_something_else_are_not_grounded():
    assert failed(ground_words("Crumb")) == ["words in the evidence"]


def test_words_that_stand_nowhere_are_not_grounded():
    assert not ground_words("Penny Pincher LLP").grounded


def test_an_answer_that_only_repeats_the_question_is_not_grounded():
    assert not ground_words("The auditor of Acme").grounded


def test_an_empty_answer_is_not_grounded():
    assert not ground_words("").grounded


def test_words_may_stand_under_the_section_that_was_asked_for():
    text = passage("Ledger & Bean LLP signed.", "text", section="Item 14. Auditor fees")
    assert ground("Ledger & Bean LLP", text, question="Who is Acme's auditor?").grounded


# Where else it could stand


def test_fitting_places_are_those_of_row_period_and_company():
    bolt = passage(INCOME, document_id="bolt")
    places = find_fitting_places(asked(QUESTION, documents=(ACME, BOLT)), [passage(INCOME), bolt])
    assert [(place.passage.document_id, place.figure.text) for place in places] == [("acme", "210")]


def test_what_reads_as_a_year_is_no_fitting_place():
    table = passage("Notes\n" + HEADS + "|Number|5|6|\n|Operating income|2019|198|")
    assert find_fitting_places(asked(QUESTION), [table]) == ()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("210", "210.4", True),
        ("210", "211.5", False),
        ("210", "-210", False),
        ("0", "0", True),
        ("0", "1", False),
        ("1000", "1005", True),
    ],
)
def test_amounts_are_one_up_to_rounding(one, other, same):
    assert same_amount(Decimal(one), Decimal(other)) is same
    assert same_amount(Decimal(other), Decimal(one)) is same


# What is shown


@pytest.mark.parametrize(
    "answer",
    ["210", "$210 million", "210 in 2022", "210, audited by KPMG", "210 dollars", "\u20ac210"],
)
def test_a_figure_is_shown_in_the_words_of_its_place(answer):
    """Of the model's sentence only the figure was checked."""
    grounding = ground(answer, passage(INCOME))
    assert grounding.statement == "$210 million"
    assert grounding.value == Value(Decimal(210), "USD", 1_000_000, "2023")


def test_words_are_shown_as_they_were_said():
    assert ground_words("Ledger & Bean LLP").statement is None
