"""The scorer's rules, each on a hand-made record and gold."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.golds import (
    BenchmarkQuestion,
    DataMissing,
    build_desk_question,
    build_financebench_question,
    derive_gold,
    find_filing,
    list_filings,
    load_questions,
    parse_gold_unit,
)
from benchmarks.measures import PagePlace, Scored, keep_first, recall_at, summarise
from benchmarks.results import Result, ResultsFile, ResultsMismatch, measure_recall, score_result
from benchmarks.scoring import (
    BooleanGold,
    MalformedRecord,
    NotDisclosedGold,
    NumberGold,
    TextGold,
    name_unit,
    names_first,
    normalise_words,
    read_truth,
    score_record,
    token_f1,
)

MILLION, BILLION = 10**6, 10**9
SALES = NumberGold(Decimal(5200), "USD", MILLION)
SHARE = NumberGold(Decimal("61.5"), "percent")
GAP = NumberGold(Decimal("7.3"), "percentage points")
NOT_DISCLOSED = "Not found in the 12 passages read from 1 document."


def record(text="", *, value=None, kind=None, label="SUPPORTED", mode="question", **more):
    return {
        "question": "What is asked of Acme?",
        "mode": mode,
        "sub_answers": [],
        "answer": {"text": text, "kind": kind or ("number" if value else "text"), "value": value},
        "verdict": {"label": label, "checks": []},
        "timings": {"total": 2.5},
        **more,
    }


def amount(number, unit="USD", scale=1):
    return {"number": number, "unit": unit, "scale": scale, "period": None}


# Numbers given as a value


def test_an_amount_is_the_number_times_its_scale():
    assert score_record(SALES, record("$5.2 billion", value=amount(5.2, "USD", BILLION))) == "right"
    assert score_record(SALES, record("", value=amount(5_200_000_000))) == "right"


def test_a_wrong_scale_is_wrong():
    assert score_record(SALES, record("", value=amount(5200, "USD", 1000))) == "wrong"
    assert score_record(SALES, record("", value=amount(5200))) == "wrong"


def test_a_wrong_sign_is_wrong():
    assert score_record(SALES, record("", value=amount(-5200, "USD", MILLION))) == "wrong"
    loss = NumberGold(Decimal(-3), "USD", MILLION)
    assert score_record(loss, record("", value=amount(-3, "USD", MILLION))) == "right"
    assert score_record(loss, record("", value=amount(3, "USD", MILLION))) == "wrong"


def test_percent_and_ratio_are_not_the_same():
    assert score_record(SHARE, record("", value=amount(61.5, "percent"))) == "right"
    assert score_record(SHARE, record("", value=amount(0.615, "ratio"))) == "wrong"
    assert score_record(SHARE, record("", value=amount(61.5, "ratio"))) == "wrong"
    ratio = NumberGold(Decimal("1.5"), None)
    assert score_record(ratio, record("", value=amount(1.5, "ratio"))) == "right"
    assert score_record(ratio, record("", value=amount(1.5, None))) == "right"
    assert score_record(ratio, record("", value=amount(1.5, "percent"))) == "wrong"
    assert score_record(ratio, record("", value=amount(150, "percent"))) == "wrong"


def test_percent_and_percentage_points_are_not_the_same():
    assert score_record(GAP, record("", value=amount(7.3, "percentage points"))) == "right"
    assert score_record(GAP, record("", value=amount(7.3, "percent"))) == "wrong"


def test_a_missing_unit_is_forgiven_for_money_and_not_for_percent():
    assert score_record(SALES, record("", value=amount(5200, None, MILLION))) == "right"
    assert score_record(SHARE, record("", value=amount(61.5, None))) == "wrong"


def test_another_currency_or_a_price_a_share_is_wrong():
    assert score_record(SALES, record("", value=amount(5200, "EUR", MILLION))) == "wrong"
    price = NumberGold(Decimal("4.20"), "USD/share")
    assert score_record(price, record("", value=amount(4.2, "USD/share"))) == "right"
    assert score_record(price, record("", value=amount(4.2, "USD"))) == "wrong"


@pytest.mark.parametrize(
    ("number", "outcome"), [(5226, "right"), (5226.1, "wrong"), (5174, "right"), (5173.9, "wrong")]
)
def test_the_usual_tolerance_is_half_a_percent_its_bounds_included(number, outcome):
    assert score_record(SALES, record("", value=amount(number, "USD", MILLION))) == outcome


def test_the_larger_of_two_tolerances_counts():
    gold = NumberGold(Decimal("0.30"), "USD", BILLION, absolute=Decimal("0.005"))
    assert score_record(gold, record("", value=amount(295, "USD", MILLION))) == "right"
    assert score_record(gold, record("", value=amount(294, "USD", MILLION))) == "wrong"
    wide = NumberGold(Decimal(100), None, relative=Decimal("0.1"), absolute=Decimal("0.5"))
    assert score_record(wide, record("", value=amount(109, None))) == "right"


def test_a_gold_of_zero_has_to_be_met_exactly():
    nil = NumberGold(Decimal(0), "USD", MILLION)
    assert score_record(nil, record("", value=amount(0, "USD", MILLION))) == "right"
    assert score_record(nil, record("", value=amount(0.01, "USD", MILLION))) == "wrong"


@pytest.mark.parametrize("number", [None, True, "5200", float("nan"), float("inf")])
def test_what_is_no_number_is_wrong(number):
    assert score_record(SALES, record("", value=amount(number, "USD", MILLION))) == "wrong"


def test_a_value_is_believed_before_the_text():
    said = record("$5,200 million", value=amount(5.2, "USD", MILLION))
    assert score_record(SALES, said) == "wrong"


SCALES = st.sampled_from([1, 1000, MILLION, BILLION])
UNITS = st.sampled_from(["USD", "percent", "percentage points", "USD/share", "shares", None])
NUMBERS = st.decimals(-(10**6), 10**6, places=3)


@settings(database=None)
@given(number=NUMBERS, gold_scale=SCALES, said_scale=SCALES, unit=UNITS)
def test_the_scale_that_an_answer_speaks_in_makes_no_difference(
    number, gold_scale, said_scale, unit
):
    gold = NumberGold(number, unit, gold_scale)
    said = amount(number * gold_scale / said_scale, unit, said_scale)
    assert score_record(gold, record("", value=said)) == "right"


@settings(database=None)
@given(number=NUMBERS.filter(bool), scale=SCALES, said_scale=SCALES, unit=UNITS)
def test_a_number_under_another_scale_or_sign_is_never_right(number, scale, said_scale, unit):
    gold = NumberGold(number, unit, scale)
    same = score_record(gold, record("", value=amount(number, unit, said_scale))) == "right"
    assert same == (scale == said_scale)
    assert score_record(gold, record("", value=amount(-number, unit, scale))) == "wrong"


@settings(database=None)
@given(number=st.integers(1, 10**6), scale=SCALES)
def test_json_does_not_change_what_a_number_is_worth(number, scale):
    said = json.loads(json.dumps(record("", value=amount(number / 1000, "USD", scale))))
    assert score_record(NumberGold(Decimal(number) / 1000, "USD", scale), said) == "right"


# Numbers read from the text


@pytest.mark.parametrize(
    "text",
    [
        "$5.2 billion",
        "Net sales were $5,200 million in 2022.",
        "About 5,200 million",
        "$5,200,000,000",
        "2022: 5.2 billion dollars",
    ],
)
def test_without_a_value_the_figure_is_read_from_the_text(text):
    assert score_record(SALES, record(text)) == "right"


@pytest.mark.parametrize(
    "text", ["$5,200", "$(5,200) million", "€5,200 million", "5.2% of sales", "sales grew", ""]
)
def test_scale_sign_and_unit_count_in_a_text_too(text):
    assert score_record(SALES, record(text)) == "wrong"


def test_a_percentage_needs_its_sign_in_the_text():
    assert score_record(SHARE, record("It was 61.5%.")) == "right"
    assert score_record(SHARE, record("It was 61.5 percent.")) == "right"
    assert score_record(SHARE, record("It was 61.5.")) == "wrong"
    assert score_record(SHARE, record("It was 0.615.")) == "wrong"
    assert score_record(GAP, record("By 7.3 percentage points.")) == "right"
    assert score_record(GAP, record("By 7.3%.")) == "wrong"


def test_a_price_a_share_is_read_from_a_dollar_sign():
    price = NumberGold(Decimal("4.20"), "USD/share")
    assert score_record(price, record("$4.20 a share")) == "right"


def test_figures_of_other_units_do_not_stand_for_the_answer():
    assert score_record(SHARE, record("61.5%, $615 million of $1,000 million.")) == "right"
    assert score_record(SALES, record("3 segments made 61% of it: $5,200 million")) == "right"


def test_of_several_figures_only_the_first_and_the_last_count():
    assert score_record(SALES, record("$5.2 billion, after $4.9 billion and $4.1 billion")) == (
        "right"
    )
    assert score_record(SALES, record("$9 billion less $3.8 billion is $5.2 billion")) == "right"
    assert score_record(SALES, record("$4.9 billion, $5.2 billion, $5.5 billion")) == "wrong"


def test_a_year_is_never_the_answer():
    count = NumberGold(Decimal(2022), None)
    assert score_record(count, record("In 2022 there were 15 stores.")) == "wrong"
    assert score_record(NumberGold(Decimal(15), None), record("15 stores in 2022")) == "right"


def test_a_repeated_question_is_no_part_of_the_answer():
    echo = "Did Acme sell for $5.2 billion"
    said = record(
        f"{echo}: $4 billion; And later: $3 billion",
        sub_answers=[{"question": f"{echo}?"}, {"question": "And later?"}],
    )
    assert score_record(SALES, said) == "wrong"
    assert score_record(NumberGold(Decimal(4), "USD", BILLION), said) == "right"


# "Which one" questions

WINNER = NumberGold(
    Decimal("61.5"), "percent", names=("Optics", "Optics division"), rivals=("Glass", "Films")
)


def test_the_entity_must_be_named_and_the_amount_right():
    share = amount(61.5, "percent")
    assert score_record(WINNER, record("Optics, 61.5%", value=share)) == "right"
    assert score_record(WINNER, record("61.5%", value=share)) == "wrong"
    other = amount(30, "percent")
    assert score_record(WINNER, record("Optics, 30%", value=other)) == "wrong"
    assert score_record(WINNER, record("The optics division's share was 61.5%")) == "right"


def test_a_rival_named_first_is_the_answer_given():
    share = amount(61.5, "percent")
    assert score_record(WINNER, record("Glass, ahead of Optics: 61.5%", value=share)) == "wrong"
    assert score_record(WINNER, record("Optics, ahead of Glass: 61.5%", value=share)) == "right"


def test_the_rivals_that_a_repeated_question_names_do_not_count():
    asked = "Which is larger, Glass or Optics?"
    said = record("Which is larger, Glass or Optics: Optics, 61.5%", question=asked)
    assert score_record(WINNER, said) == "right"


def test_a_name_that_begins_a_longer_rival_is_not_named():
    assert names_first("Oil and gas", ["Oil"], []) is True
    assert names_first("Oil and gas", ["Oil"], ["Oil and gas"]) is False
    assert names_first("Oil & gas grew", ["oil and gas"], ["Oil"]) is True


# Texts


@pytest.mark.parametrize("text", ["Glue", "The glue.", "glue revenue, up 9%", "It is GLUE"])
def test_a_text_matches_in_any_wording_that_names_it(text):
    assert score_record(TextGold(("Glue",), ("Tapes",)), record(text)) == "right"


@pytest.mark.parametrize("text", ["Tapes", "Glues", "Tapes, then glue", ""])
def test_a_text_that_names_another_or_none_is_wrong(text):
    assert score_record(TextGold(("Glue",), ("Tapes",)), record(text)) == "wrong"


def test_an_alias_is_as_good_as_the_value():
    assert score_record(TextGold(("Ohio", "OH")), record("OH")) == "right"


def test_a_free_text_is_right_from_half_of_the_words_on():
    gold = TextGold(("Acme sold its paint unit",), overlap=0.5)
    assert score_record(gold, record("Acme sold the paint unit")) == "right"
    assert score_record(gold, record("paint unit sold")) == "right"
    assert score_record(gold, record("It bought a bank")) == "wrong"
    assert score_record(gold, record("")) == "wrong"


def test_the_overlap_of_words_is_the_squad_f1():
    assert token_f1("paint and glue", "paint") == pytest.approx(0.5)
    assert token_f1("paint paint", "paint") == pytest.approx(2 / 3)
    assert token_f1("", "") == 0.0


def test_words_are_compared_without_case_articles_signs_and_possessives():
    assert normalise_words("The Company’s $1,234.50, (a) R&D plan") == [
        "company",
        "1234.50",
        "r",
        "and",
        "d",
        "plan",
    ]


# Yes and no


def test_a_claim_is_true_when_supported_and_false_when_refuted():
    true = record("True", kind="boolean", mode="claim")
    false = record("False", kind="boolean", mode="claim", label="REFUTED")
    assert score_record(BooleanGold(True), true) == "right"
    assert score_record(BooleanGold(False), true) == "wrong"
    assert score_record(BooleanGold(False), false) == "right"
    assert score_record(BooleanGold(True), false) == "wrong"


def test_a_claim_is_answered_by_a_boolean_alone():
    said = record("True", kind="text", mode="claim")
    assert score_record(BooleanGold(True), said) == "wrong"


def test_a_supported_answer_to_a_question_says_yes_or_no_itself():
    assert score_record(BooleanGold(False), record("No, it fell.", kind="boolean")) == "right"
    assert score_record(BooleanGold(True), record("No, it fell.", kind="boolean")) == "wrong"
    assert score_record(BooleanGold(True), record("Yes. It rose.")) == "right"
    assert score_record(BooleanGold(True), record("It rose.", kind="boolean")) == "right"
    assert score_record(BooleanGold(True), record("It rose.")) == "wrong"
    assert score_record(BooleanGold(False), record("Nothing rose.")) == "wrong"


def test_an_undecided_claim_abstains():
    said = record("Undecided", kind="boolean", mode="claim", label="NOT_ENOUGH_INFO")
    assert read_truth(said) is None
    assert score_record(BooleanGold(True), said) == "abstained"


# Abstaining, and what is not disclosed


@pytest.mark.parametrize("gold", [SALES, WINNER, TextGold(("Glue",)), BooleanGold(False)])
def test_saying_not_disclosed_where_there_is_an_answer_abstains(gold):
    said = record(NOT_DISCLOSED, kind="not_disclosed", label="NOT_ENOUGH_INFO")
    assert score_record(gold, said) == "abstained"
    assert score_record(gold, record(NOT_DISCLOSED, kind="not_disclosed")) == "abstained"


def test_an_unverified_answer_abstains_even_with_the_right_figure():
    said = record("", value=amount(5200, "USD", MILLION), label="NOT_ENOUGH_INFO")
    assert score_record(SALES, said) == "abstained"
    counted = record(NOT_DISCLOSED, label="NOT_ENOUGH_INFO")
    assert score_record(NumberGold(Decimal(12), None), counted) == "abstained"


def test_where_nothing_is_disclosed_only_saying_so_is_right():
    silent = record(NOT_DISCLOSED, kind="not_disclosed", label="NOT_ENOUGH_INFO")
    assert score_record(NotDisclosedGold(), silent) == "right"
    assert score_record(NotDisclosedGold(), record("$5 million")) == "wrong"
    unsure = record("Not verified.", label="NOT_ENOUGH_INFO")
    assert score_record(NotDisclosedGold(), unsure) == "wrong"


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"answer": {"text": "", "kind": "text"}, "verdict": {"label": "SUPPORTED"}},
        {"answer": {"text": "", "kind": "text", "value": None}},
        {"answer": {"text": "", "kind": "text", "value": None}, "verdict": {"label": "MAYBE"}},
    ],
)
def test_what_is_no_record_is_refused(broken):
    with pytest.raises(MalformedRecord):
        score_record(SALES, broken)


# Many questions


def test_precision_counts_what_was_decided_and_coverage_what_has_an_answer():
    summary = summarise(
        [
            Scored("right", "SUPPORTED", True),
            Scored("right", "REFUTED", True),
            Scored("wrong", "SUPPORTED", True),
            Scored("wrong", "SUPPORTED", False),
            Scored("abstained", "NOT_ENOUGH_INFO", True),
            Scored("right", "NOT_ENOUGH_INFO", False),
            Scored("wrong", None, True),
        ]
    )
    assert (summary.questions, summary.right, summary.wrong, summary.abstained) == (7, 3, 3, 1)
    assert summary.precision == pytest.approx(2 / 4)
    assert summary.coverage == pytest.approx(2 / 5)


def test_a_share_of_nothing_is_none():
    summary = summarise([Scored("right", "NOT_ENOUGH_INFO", False)])
    assert summary.precision is None
    assert summary.coverage is None
    assert summarise([]).questions == 0


# Pages


def places(*pages, document="acme"):
    return tuple(PagePlace(document, page) for page in pages)


def test_recall_is_the_share_of_items_with_a_page_among_the_first():
    gold = [frozenset(places(3)), frozenset(places(9)), frozenset(places(9)), frozenset(places(40))]
    found = places(9, 1, 3)
    assert recall_at(found, gold, 1) == pytest.approx(0.5)
    assert recall_at(found, gold, 3) == pytest.approx(0.75)
    assert recall_at((), gold, 10) == 0.0


def test_one_of_the_pages_that_print_an_item_is_enough():
    gold = [frozenset(places(3, 8))]
    assert recall_at(places(8), gold, 1) == 1.0


def test_a_page_of_another_document_does_not_count():
    assert recall_at(places(3, document="other"), [frozenset(places(3))], 1) == 0.0


def test_recall_wants_evidence_and_distinct_pages():
    with pytest.raises(ValueError, match="at least one"):
        recall_at(places(1), [], 1)
    with pytest.raises(ValueError, match="twice"):
        recall_at(places(1, 1), [frozenset(places(1))], 1)
    assert keep_first(places(2, 1, 2)) == places(2, 1)


# Golds

DESK_ROW = {
    "id": "made-up-1",
    "question": "Which unit of Acme sold the most, and what share?",
    "docs": ["ACME_2020_10K"],
    "evidence": [
        {"doc": "ACME_2020_10K", "page": 0, "also_at": [{"doc": "ACME_2021_10K", "page": 4}]},
        {"doc": "ACME_2020_10K", "page": 7, "also_at": []},
    ],
    "program": "e1/e2*100",
    "entity_program": "max([(e1,'Optics'),(e2,'Glass')])[1]",
    "answer": {
        "kind": "number",
        "value": 61.5,
        "unit": "percent",
        "entity": "Optics",
        "aliases": ["Optics division"],
    },
    "tolerance": 0.01,
}


def test_a_desk_question_counts_its_pages_from_one_with_all_that_print_them():
    question = build_desk_question(DESK_ROW)
    assert question.evidence == (
        frozenset({PagePlace("ACME_2020_10K", 1), PagePlace("ACME_2021_10K", 5)}),
        frozenset({PagePlace("ACME_2020_10K", 8)}),
    )
    assert question.documents == ("ACME_2020_10K",)


def test_a_desk_gold_has_its_tolerance_its_names_and_the_rivals_of_its_program():
    assert build_desk_question(DESK_ROW).gold == NumberGold(
        Decimal("61.5"),
        "percent",
        relative=Decimal("0.01"),
        names=("Optics", "Optics division"),
        rivals=("Glass",),
    )


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        (
            {"kind": "number", "value": 12, "unit": "USD millions"},
            NumberGold(Decimal(12), "USD", MILLION),
        ),
        (
            {"kind": "text", "value": "Glass", "unit": None, "aliases": ["G"]},
            TextGold(("Glass", "G"), ("Optics",)),
        ),
        ({"kind": "boolean", "value": False, "unit": None}, BooleanGold(False)),
        ({"kind": "not_disclosed", "value": None, "unit": None}, NotDisclosedGold()),
    ],
)
def test_a_desk_gold_of_each_kind_with_the_usual_tolerance_for_zero(answer, gold):
    question = build_desk_question({**DESK_ROW, "answer": answer, "tolerance": 0.0})
    assert question.gold == gold
    assert question.is_claim == (answer["kind"] == "boolean")


def test_a_gold_unit_is_split_into_unit_and_scale():
    assert parse_gold_unit("USD millions") == ("USD", MILLION)
    assert parse_gold_unit("percentage points") == ("percentage points", 1)
    assert parse_gold_unit("percent") == ("percent", 1)
    assert parse_gold_unit("millions") == (None, MILLION)
    assert parse_gold_unit(None) == (None, 1)
    assert name_unit("%") == "percent"
    assert name_unit(" ") is None


@pytest.mark.parametrize(
    ("question", "answer", "gold"),
    [
        ("How much cash has Acme (in USD millions)?", "$12.00", ("12.00", "USD", MILLION, "0.005")),
        ("What is the debt of Acme in USD billions.", "$9.3", ("9.3", "USD", BILLION, "0.05")),
        ("What is the debt of Acme in USD thousands.", "-81", ("-81", "USD", 1000, "0.5")),
        ("What is Acme's margin, as a %?", "6.4%", ("6.4", "percent", 1, "0.05")),
        ("What is the margin, in percent?", "6.4", ("6.4", "percent", 1, "0.05")),
        ("What is the ratio?", "2.46", ("2.46", None, 1, "0.005")),
        ("What was Acme's profit?", "It was $3,456mn in FY 2023", ("3456", "USD", MILLION, "0.5")),
    ],
)
def test_a_free_text_gold_of_one_number_takes_the_unit_that_is_asked_for(question, answer, gold):
    number, unit, scale, absolute = gold
    assert derive_gold(question, answer) == NumberGold(
        Decimal(number), unit, scale, absolute=Decimal(absolute)
    )


def test_the_last_printed_digit_of_a_free_text_gold_may_be_rounded():
    gold = derive_gold("How much is it, in USD billions?", "$0.30")
    assert score_record(gold, record("$0.296 billion")) == "right"
    assert score_record(gold, record("$296 million")) == "right"
    assert score_record(gold, record("$0.296 million")) == "wrong"


def test_a_free_text_gold_that_begins_with_yes_or_no_is_that():
    assert derive_gold("Is it large?", "No, it has $5 million.") == BooleanGold(False)
    assert derive_gold("How much, if any?", "Yes. $5 million.") == BooleanGold(True)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which unit grew most?", "Glass, by $5 million."),
        ("What was it in each year?", "$5 million and $6 million."),
        ("What is special about the debt?", "55% of it are bonds."),
        ("What caused the change?", "The sale of a unit for $5 million."),
        ("What does it do?", "None of what was planned."),
    ],
)
def test_other_free_text_golds_are_texts(question, answer):
    assert derive_gold(question, answer) == TextGold((answer,), overlap=0.5)


def test_a_financebench_row_counts_its_pages_from_one():
    question = build_financebench_question(
        {
            "financebench_id": "made-up-2",
            "doc_name": "ACME_2020_10K",
            "question": "What is the ratio?",
            "answer": "2.46",
            "evidence": [
                {"doc_name": "ACME_2020_10K", "evidence_page_num": 59},
                {"evidence_page_num": 60},
            ],
        }
    )
    assert question.evidence == tuple(
        frozenset({PagePlace("ACME_2020_10K", page)}) for page in (60, 61)
    )


def test_missing_data_is_named(tmp_path: Path):
    with pytest.raises(DataMissing, match="desk_questions"):
        load_questions(tmp_path, ["desk"])
    with pytest.raises(DataMissing, match="ACME"):
        find_filing(tmp_path, "ACME")
    with pytest.raises(DataMissing, match="no PDF"):
        list_filings(tmp_path)


@pytest.mark.parametrize("line", ["{", "{}", "3"])
def test_a_damaged_line_of_questions_is_named(tmp_path: Path, line: str):
    (tmp_path / "desk_questions_dev.jsonl").write_text(f"{json.dumps(DESK_ROW)}\n{line}\n")
    with pytest.raises(DataMissing, match="Line 2"):
        load_questions(tmp_path, ["desk"])


# Results that are kept

RUN = {"model": None, "asked_of": "filing"}
QUESTION = BenchmarkQuestion("q1", "desk", "?", ("acme",), SALES, (frozenset(places(3)),))
RESULT = Result("q1", record("$5.2 billion"), {"filing, fused": places(3, 4)}, 0.25, notes=("so",))


def test_kept_results_are_read_back_and_scored_anew(tmp_path: Path):
    path = tmp_path / "new" / "out.jsonl"
    ResultsFile(path, RUN).add(RESULT)
    kept = ResultsFile(path, RUN).results["q1"]
    assert kept == RESULT
    assert score_result(QUESTION, kept) == Scored("right", "SUPPORTED", True)
    assert kept.seconds == 2.5
    assert measure_recall([(QUESTION, kept)], "filing, fused", 1) == 1.0


def test_a_line_that_was_cut_off_is_asked_again(tmp_path: Path):
    path = tmp_path / "out.jsonl"
    ResultsFile(path, RUN).add(RESULT)
    whole = path.read_text()
    path.write_text(whole + '{"id": "q2", "re')
    assert list(ResultsFile(path, RUN).results) == ["q1"]
    assert path.read_text() == whole


def test_results_of_another_run_or_damaged_ones_are_refused(tmp_path: Path):
    path = tmp_path / "out.jsonl"
    ResultsFile(path, RUN).add(RESULT)
    with pytest.raises(ResultsMismatch, match="another run"):
        ResultsFile(path, {**RUN, "asked_of": "library"})
    path.write_text("{}\n")
    with pytest.raises(ResultsMismatch, match="Line 1"):
        ResultsFile(path, RUN)


def test_a_run_that_failed_is_wrong_and_is_not_kept(tmp_path: Path):
    path = tmp_path / "out.jsonl"
    results = ResultsFile(path, RUN)
    results.add(Result("q1", None, {}, 0.25, failure="the prompt is too long"))
    assert not path.exists()
    assert score_result(QUESTION, results.results["q1"]) == Scored("wrong", None, True)


def test_questions_without_evidence_do_not_count_for_recall():
    bare = BenchmarkQuestion("q1", "desk", "?", ("acme",), NotDisclosedGold(), ())
    assert measure_recall([(bare, RESULT)], "filing, fused", 1) is None
