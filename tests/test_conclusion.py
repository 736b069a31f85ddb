"""What may be said of the whole, from what was grounded of its parts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ingestion.documents import Document, FilingFacts, Passage, ScoredPassage
from research.conclusion import conclude, parse_final_answer
from research.questions import Check, Evidence, SubAnswer, Value, Verdict

ACME = Document("d1", "acme.pdf", FilingFacts(company="Acme Corporation"), 9, 9, 9, 0, "2024")
READ = tuple(
    ScoredPassage(Passage(f"p{page}", "d1", page, "text", None, f"text {page}", 0, 0), 0.1)
    for page in (3, 4, 4)
)


def evidence(key, quote="", is_proof=True):
    return Evidence(
        key, "d1", "acme.pdf", 4, "cell", quote, (), None, None, 0.1, f"p-{key}", is_proof
    )


def sub_answer(label, question, answer, *, grounded=True, value=None, proof=None, quote=""):
    return SubAnswer(
        label=label,
        question=question,
        answer=answer,
        grounded=grounded,
        verdict=Verdict("SUPPORTED" if grounded else "NOT_ENOUGH_INFO", ()),
        value=value,
        evidence=(evidence(proof or label, quote, is_proof=grounded),),
        seconds=0.0,
    )


def dollars(number, period, scale=1_000_000):
    return Value(Decimal(number), "USD", scale, period)


INCOME_2022 = sub_answer(
    "Q1", "What was Acme's operating income in 2022?", "$198 million", value=dollars(198, "2022")
)
INCOME_2023 = sub_answer(
    "Q2", "What was Acme's operating income in 2023?", "$210 million", value=dollars(210, "2023")
)
BOTH = "What was Acme's operating income in 2022, and what was it in 2023?"
ONE = "What was Acme's operating income in 2023?"


def decide(question, draft, *sub_answers, read=READ, documents=(ACME,)):
    return conclude(question, draft, sub_answers, read, documents)


def state_of(verdict):
    return {check.name: check.passed for check in verdict.checks}


def detail_of(verdict, name):
    return next(check.detail for check in verdict.checks if check.name == name)


# The model's text


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Sales grew. <answer>$210 million</answer>", "$210 million"),
        ("<answer> two\nlines </answer>", "two\nlines"),
        ("<ANSWER>210</Answer>", "210"),
        ("<answer>first</answer> or rather <answer>second</answer>", "second"),
        ("<answer></answer>", ""),
    ],
)
def test_the_answer_stands_between_the_last_tags(text, answer):
    assert parse_final_answer(text) == answer


@pytest.mark.parametrize("text", ["210", "<answer>210", "210</answer>", ""])
def test_without_both_tags_there_is_no_answer(text):
    assert parse_final_answer(text) is None


# Not disclosed


def test_when_nothing_is_grounded_nothing_is_disclosed():
    guess = sub_answer("Q1", ONE, "777", grounded=False)
    answer, verdict = decide(ONE, "$777", guess)
    assert answer.kind == "not_disclosed"
    assert answer.value is None
    assert verdict.label == "NOT_ENOUGH_INFO"
    assert "777" not in answer.text


def test_what_was_searched_is_told():
    _, verdict = decide(ONE, None)
    assert verdict.checks[0] == Check(
        "searched", True, "3 passages on 2 pages read, chosen from acme.pdf."
    )


def test_one_passage_on_one_page_is_counted_in_the_singular():
    answer, verdict = decide(ONE, None, read=READ[:1])
    assert "1 passage on 1 page read" in detail_of(verdict, "searched")
    assert "the 1 passage read from 1 document." in answer.text


def test_of_many_documents_three_are_named():
    documents = [
        Document(f"d{n}", f"{n}.pdf", FilingFacts(), 1, 1, 0, 0, "2024") for n in range(1, 6)
    ]
    _, verdict = decide(ONE, None, documents=documents)
    assert detail_of(verdict, "searched").endswith("1.pdf, 2.pdf, 3.pdf and 2 more.")


def test_reading_nothing_fails_the_check():
    assert state_of(decide(ONE, None, read=())[1])["searched"] is False


# Supported


def test_parts_that_cover_the_question_are_put_together():
    answer, verdict = decide(BOTH, None, INCOME_2022, INCOME_2023)
    assert verdict.label == "SUPPORTED"
    assert all(state_of(verdict).values())
    assert answer.text == (
        "Acme's operating income in 2022: $198 million; "
        "Acme's operating income in 2023: $210 million"
    )
    assert (answer.kind, answer.value) == ("text", None)


def test_a_single_figure_is_a_number_with_its_value():
    answer, _ = decide(ONE, None, INCOME_2023)
    assert answer.text == "$210 million"
    assert (answer.kind, answer.value) == ("number", dollars(210, "2023"))


@pytest.mark.parametrize(
    "draft",
    [
        None,
        "",
        "It was higher",
        "$777 million",
        "$210 and $777",
        "$210 billion",
        "210%",
        "$210 million in 2022",
        "$210 million, audited by KPMG",
    ],
)
def test_the_models_own_wording_is_never_the_answer(draft):
    assert decide(ONE, draft, INCOME_2023)[0].text == "$210 million"


@pytest.mark.parametrize("draft", ["$210 million", "210 million", "It was $210 million in 2023"])
def test_a_conclusion_with_the_same_figures_is_told(draft):
    _, verdict = decide(ONE, draft, INCOME_2023)
    assert "gives the same figures" in detail_of(verdict, "wording")


@pytest.mark.parametrize(
    "draft", [None, "It grew", "777", "$210 million and 777", "2023", "$210 billion"]
)
def test_a_conclusion_that_is_not_confirmed_is_told(draft):
    _, verdict = decide(ONE, draft, INCOME_2023)
    assert "was not confirmed and is not shown" in detail_of(verdict, "wording")


def test_words_are_an_answer_of_kind_text():
    part = sub_answer("Q1", "Who is Acme's auditor?", "Ledger & Bean LLP")
    answer, verdict = decide("Who is Acme's auditor?", None, part)
    assert (answer.text, answer.kind, answer.value) == ("Ledger & Bean LLP", "text", None)
    assert verdict.label == "SUPPORTED"


def test_a_part_that_repeats_the_same_proof_is_said_once():
    again = sub_answer("Q3", ONE, "$210 million", value=dollars(210, "2023"), proof="Q2")
    answer, _ = decide(ONE, None, INCOME_2023, again)
    assert (answer.text, answer.value) == ("$210 million", dollars(210, "2023"))


def test_an_ungrounded_part_without_which_the_answer_is_whole_is_named():
    spare = sub_answer("Q3", "What was Acme's income?", "777", grounded=False)
    answer, verdict = decide(ONE, "$210 million", INCOME_2023, spare)
    assert verdict.label == "SUPPORTED"
    assert "but for Q3" in detail_of(verdict, "sub-answers")
    assert "777" not in answer.text


# Not enough


@pytest.mark.parametrize(
    "question",
    [
        "Did Acme's operating income grow in 2023?",
        "Was Acme's operating income 210 in 2023?",
        "has Acme operating income in 2023",
        "True or false: Acme's operating income in 2023 was 210",
        "In 2023, did Acme have operating income?",
    ],
)
def test_a_yes_or_no_is_not_settled_by_looking_up(question):
    answer, verdict = decide(question, "Yes, 210", INCOME_2023)
    assert verdict.label == "NOT_ENOUGH_INFO"
    assert state_of(verdict)["kind of question"] is False
    assert "210" not in answer.text


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("What is the difference of Acme's operating income in 2023?", "difference"),
        ("What were Acme's operating income and goodwill in 2023?", "goodwill"),
        ("By how much did Acme's operating income grow in 2023?", "grow"),
        ("What was Acme's average operating income in 2023?", "average"),
    ],
)
def test_a_word_that_no_part_speaks_of_stays_open(question, word):
    answer, verdict = decide(question, "$210 million", INCOME_2023)
    assert verdict.label == "NOT_ENOUGH_INFO"
    assert word in detail_of(verdict, "whole question")
    assert answer.text.startswith("Not verified.")
    assert answer.kind == "text"


def test_the_words_of_an_ungrounded_part_do_not_count():
    guess = sub_answer("Q3", "What was Acme's goodwill in 2023?", "777", grounded=False)
    question = "What were Acme's operating income and goodwill in 2023?"
    answer, verdict = decide(question, "$210 and $777", INCOME_2023, guess)
    assert verdict.label == "NOT_ENOUGH_INFO"
    assert "777" not in answer.text


def test_the_words_of_the_proof_count():
    part = sub_answer("Q1", "How much was paid in 2023?", "40", quote="Dividends paid, 2023: (40)")
    assert decide("What dividends were paid in 2023?", None, part)[1].label == "SUPPORTED"


def test_the_words_of_passages_that_were_only_read_do_not_count():
    read_too = evidence("p", "Operating income and goodwill, 2023", is_proof=False)
    part = replace(INCOME_2023, evidence=(*INCOME_2023.evidence, read_too))
    question = "What were Acme's operating income and goodwill in 2023?"
    assert decide(question, None, part)[1].label == "NOT_ENOUGH_INFO"


def test_a_year_that_no_part_speaks_of_stays_open():
    _, verdict = decide(BOTH, "$210 million", INCOME_2023)
    assert verdict.label == "NOT_ENOUGH_INFO"
    assert detail_of(verdict, "years") == "No grounded sub-answer speaks of 2022."


def test_the_companys_name_needs_no_proof():
    part = sub_answer("Q1", "What was operating income in 2023?", "210")
    assert (
        decide("What was Acme Corporation's operating income in 2023?", None, part)[1].label
        == "SUPPORTED"
    )
