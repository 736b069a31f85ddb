import re
from dataclasses import replace
from random import Random

import pytest

from ingestion.figures import find_years
from research.conclusion import parse_final_answer
from research.decomposition import parse_claim_decomposition
from research.terms import find_terms
from training.examples import NOT_DISCLOSED
from training.over_tables.item_wordings import ask_lookup
from training.over_tables.table_answers import build_final_answer
from training.over_tables.table_claims import (
    build_sub_claims,
    build_whole_claim,
    change_digit,
    draw_claim,
)
from training.over_tables.table_examples import NOTHING, Asked, build_table_examples
from training.over_tables.table_lookups import build_lookups, list_accepted
from training.over_tables.table_plans import Lookup, TablePlan, solve_plan
from training.over_tables.tables import cut_window, read_table

ROWS = [
    ["", "December 31, 2019", "December 31, 2018"],
    ["Net sales", "$1,496.5", "$1,202.9"],
    ["Cost of sales", "(900.0)", "(700.5)"],
    ["Inventories", "124.0", "114.5"],
    ["Total current assets", "391.2", "339.9"],
]


def read(document="set:1", rows=ROWS):
    table = read_table(document, rows, "(In millions)", ())
    assert table is not None
    return replace(table, company="Halden")


WINDOW = cut_window(read(), range(4))
OTHER = read("set:2", [["", "2019", "2018"], ["Goodwill", "$5.0", "$6.0"], ["Debt", "7", "8"]])
BY_NAME = {(cell.item, cell.year): cell for cell in WINDOW.cells}


def build_all(seed, asked=None):
    return list(build_table_examples(read(), asked or Asked(), [OTHER], "SET", Random(seed)))


# Look-ups


def test_a_look_up_is_answered_with_the_figure_as_printed_or_not_disclosed():
    figures = {cell.text for cell in WINDOW.cells}
    for seed in range(20):
        for example in build_lookups(WINDOW, OTHER.cells, 8, "SET", Random(seed)):
            assert example.completion in figures | {NOT_DISCLOSED}


def test_some_look_ups_have_no_answer():
    examples = [
        example
        for seed in range(40)
        for example in build_lookups(WINDOW, OTHER.cells, 8, "SET", Random(seed))
    ]
    absent = sum(example.completion == NOT_DISCLOSED for example in examples)

    assert 0.1 < absent / len(examples) < 0.25


def test_what_is_asked_for_in_vain_is_not_there():
    for seed in range(40):
        for example in build_lookups(WINDOW, OTHER.cells, 8, "SET", Random(seed)):
            if example.completion == NOT_DISCLOSED:
                asked = re.search(r"question '(.*)' with", example.prompt)[1]
                words = find_terms(asked)
                is_there = any(find_terms(cell.item) <= words for cell in WINDOW.cells)
                assert not is_there or not set(find_years(asked)) <= {2018, 2019}


def test_all_look_ups_of_a_window_begin_alike():
    prompts = [
        example.prompt for example in build_lookups(WINDOW, OTHER.cells, 8, "SET", Random(1))
    ]

    assert len({prompt.split("Please answer")[0] for prompt in prompts}) == 1


def test_the_bare_digits_are_accepted_too():
    assert list_accepted(BY_NAME["Net sales", 2019]) == ["$1,496.5", "1,496.5"]
    assert "(900.0)" in list_accepted(BY_NAME["Cost of sales", 2019])


def test_a_figure_is_asked_for_in_many_wordings():
    cell = BY_NAME["Inventories", 2018]
    asked = {ask_lookup(cell, "inventories", "Halden", Random(seed)) for seed in range(400)}

    assert len(asked) > 80
    assert any("December 31, 2018" in question for question in asked)
    assert all("{" not in question for question in asked)


# Claims


def test_drawn_claims_are_as_true_as_wanted():
    sales = BY_NAME["Net sales", 2019].text
    for seed in range(100):
        for wanted in (True, False):
            claim = draw_claim(WINDOW.cells, "", wanted, Random(seed))
            if claim is None:
                continue
            assert claim.is_true is wanted
            if claim.about == ("figure", "Net sales", "2019"):
                assert (sales in claim.text) is wanted


def test_sub_claims_are_true_and_false_alike_often():
    said = [
        example.completion
        for seed in range(60)
        for example in build_sub_claims(WINDOW, 4, "SET", Random(seed))
    ]

    assert 0.4 < said.count("Yes") / len(said) < 0.6
    assert set(said) == {"Yes", "No"}


@pytest.mark.parametrize("is_true", [True, False])
def test_a_whole_claim_is_true_where_all_its_parts_are(is_true):
    verdicts = [
        example
        for seed in range(20)
        for example in build_whole_claim(WINDOW, is_true, "SET", Random(seed))
        if example.role == "claim_verdict"
    ]

    assert verdicts
    for example in verdicts:
        assert parse_final_answer(example.completion) == ("Yes" if is_true else "No")
        assert (": No" in example.prompt) is not is_true


def test_the_plan_of_a_claim_can_be_read_by_the_desk():
    plans = [
        example
        for seed in range(20)
        for example in build_whole_claim(WINDOW, True, "SET", Random(seed))
        if example.role == "claim_plan"
    ]

    assert plans
    assert all(len(parse_claim_decomposition(example.completion)) >= 2 for example in plans)


def test_a_changed_digit_makes_another_figure_with_the_same_sign():
    cell = BY_NAME["Cost of sales", 2019]
    for seed in range(30):
        changed = change_digit(cell, Random(seed)).text
        assert changed != cell.text
        assert re.fullmatch(r"\$\([\d,.]+\) million", changed)


# Final answers


def final_answer(step, *cells):
    lookups = tuple(Lookup(f"What was {c.item} in {c.year}?", c, c.item.lower()) for c in cells)
    plan = TablePlan("What was it?", lookups, (step,))
    return build_final_answer(WINDOW, plan, solve_plan(plan), "SET")


def test_a_final_answer_tells_what_it_was_drawn_from():
    example = final_answer(
        "What is the percentage change from #1 to #2?",
        BY_NAME["Net sales", 2018],
        BY_NAME["Net sales", 2019],
    )

    assert example.completion == (
        "It went from $1,202.9 million in 2018 to $1,496.5 million in 2019, a change of 24.4%. "
        "<answer>24.4%</answer>"
    )
    assert "### Q3: What is the percentage change from $1,202.9 million to" in example.prompt


def test_a_final_yes_or_no_tells_the_figures():
    example = final_answer(
        "Is #1 larger than #2?", BY_NAME["Net sales", 2018], BY_NAME["Inventories", 2018]
    )

    assert example.completion == (
        "Net sales was $1,202.9 million in 2018 and inventories was $114.5 million in 2018, "
        "so the answer is yes. <answer>Yes</answer>"
    )


# All together


def test_a_table_gives_examples_of_every_role():
    roles = {example.role for seed in range(4) for example in build_all(seed)}

    assert roles == {
        "question_plan", "claim_plan", "sub_answer", "sub_claim", "final_answer",
        "claim_verdict", "document_plan", "program",
    }  # fmt: skip


def test_examples_are_the_same_from_the_same_seed():
    assert build_all(5) == build_all(5)


def test_a_program_is_written_over_the_passages_of_its_plan():
    examples = build_all(2)
    starts = {
        example.prompt.split("Please break down")[0]
        for example in examples
        if example.role == "document_plan"
    }

    programs = [example for example in examples if example.role == "program"]
    assert programs
    for program in programs:
        assert program.prompt.split("For the question")[0] in starts


def test_with_amounts_of_nothing_only_the_set_s_own_questions_are_asked():
    table = read()
    asked = Asked(lookups=(("how much is it worth?", table.cells[0]),))
    examples = list(build_table_examples(table, asked, (), "SET", Random(1), NOTHING))

    assert {example.completion for example in examples} == {table.cells[0].text}
    assert all("how much is it worth?" in example.prompt for example in examples)
