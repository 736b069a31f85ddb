"""From a question to a plan: what is read, repaired, tried again and told."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.builtin import find_builtin_chat
from models.chat import CancelToken, GenerationSettings, complete
from models.llama.model import LlamaChatModel
from models.scripted import ScriptedChatModel
from research.copying import list_copied
from research.decomposition import (
    decompose_claim,
    decompose_question,
    parse_claim_decomposition,
    parse_decomposition,
    parse_document_plan,
    resolve_references,
)
from research.grammars import (
    MOST_SUB_QUESTIONS,
    build_claim_grammar,
    build_decomposition_grammar,
)
from research.plan_repair import ask_whole, repair_plan
from research.prompts import render_claim_decomposition_prompt, render_decomposition_prompt
from research.questions import Decomposition, SubQuestion

QUESTION = "How did Acme's operating income and net sales change from 2021 to 2023?"
GOOD_PLAN = (
    "### Q1: What was Acme's operating income in 2021?\n"
    "### Q2: What was Acme's operating income in 2023?"
)


def plan_of(*texts):
    return parse_decomposition(
        "\n".join(f"### Q{number}: {text}" for number, text in enumerate(texts, start=1))
    )


def texts(plan):
    return [step.text for step in plan]


def repaired(*steps, question=QUESTION):
    plan, notes = repair_plan(plan_of(*steps), question)
    return texts(plan), notes


def decompose(*answers, question=QUESTION):
    model = ScriptedChatModel(answers)
    return decompose_question(question, model, CancelToken()), model


# Reading


def test_only_lines_that_start_with_the_mark_are_read():
    text = (
        "Here is the plan:\n"
        "### Q1: What were net sales?\n"
        "## Q3: too few marks\n"
        "#### Q4: too many\n"
        "Q5: no mark\n"
        "### Step 6: no Q\n"
        "### Q7: What were costs?\n"
    )
    assert texts(parse_decomposition(text)) == ["What were net sales?", "What were costs?"]


def test_label_and_text_part_at_the_first_colon():
    assert texts(parse_decomposition("### Q1: Which ratio: debt to equity, 1:2 or 2:1?")) == [
        "Which ratio: debt to equity, 1:2 or 2:1?"
    ]


def test_labels_count_what_was_read():
    plan = parse_decomposition("### Q3: First?\n### Q3: Second?\n### Qx: Third?")
    assert [step.label for step in plan] == ["Q1", "Q2", "Q3"]


@pytest.mark.parametrize("text", ["", "### Q1", "### Q1:", "### Q1:   ", "no plan at all"])
def test_a_text_without_a_sub_question_is_no_plan(text):
    assert parse_decomposition(text) == ()


def test_a_reference_makes_a_dependency():
    plan = plan_of("Which segment is largest?", "What did #1 sell?", "Is #2 more than #1?")
    assert [step.depends_on for step in plan] == [(), ("Q1",), ("Q1", "Q2")]


def test_a_repeated_reference_is_one_dependency():
    assert plan_of("Which?", "Is #1 more than #1?")[1].depends_on == ("Q1",)


def test_a_step_may_depend_on_a_later_one_and_not_on_itself():
    plan = plan_of("Is #1 or #2 more?", "Is #9 less?")
    assert [step.depends_on for step in plan] == [("Q2",), ()]


@pytest.mark.parametrize(
    "line",
    [
        "### Q1: What were net sales?",
        " ### Q1: What were net sales?",
        "###Q1: What were net sales?",
        "### Q1 What were net sales?",
        "### Q1 (What were net sales?)",
        "### Q1 (net sales): What were net sales?",
        "### Q1. What were net sales?",
        "### Q1) What were net sales?",
        "### Q1 - What were net sales?",
        "### Q 1: What were net sales?",
        "### Q1: **What were net sales?**",
        "### Q1:\nWhat were net sales?",
        "### Q1: What were\nnet sales?",
        "<|im_start|>### Q1: What were net sales?<|im_end|>",
    ],
)
def test_what_models_make_of_the_format_is_read(line):
    assert texts(parse_decomposition(line)) == ["What were net sales?"]


def test_prose_behind_a_step_is_none_of_it():
    text = "### Q1: What were net sales in 2021\nThese sub-questions help.\n\nand more"
    assert texts(parse_decomposition(text)) == ["What were net sales in 2021"]


def test_steps_in_one_line_are_parted():
    plan = parse_decomposition("### Q1: Which segment? ### Q2: What did #1 sell?")
    assert texts(plan) == ["Which segment?", "What did #1 sell?"]


def test_a_label_that_skips_is_kept_with_its_references():
    plan = parse_decomposition("### Q1: Which?\n### Q4: When?\n### Q6: Is #4 more than #1?")
    assert [(step.label, step.depends_on) for step in plan] == [
        ("Q1", ()),
        ("Q4", ()),
        ("Q6", ("Q1", "Q4")),
    ]


def test_labels_that_skip_are_numbered_anew_by_repair():
    plan = parse_decomposition(
        "### Q1: What were net sales in 2021?\n### Q3: What were net sales in 2023?\n"
        "### Q7: Is #3 more than #1?\n### Q8: Is #2 a change?"
    )
    steps, _ = repair_plan(plan, QUESTION)
    assert [(step.label, step.text) for step in steps][2:] == [("Q3", "Is #2 more than #1?")]


@pytest.mark.parametrize(
    "text",
    [
        "### Q0: Which segment?\n### Q1: What did #0 sell?",
        "### Q1: Which segment?\n### Q2: What did #0 sell?",
        "### Q0: Which segment?\n### Q1: What did #Q0 sell?",
    ],
)
def test_a_plan_that_counts_from_0_is_moved_up(text):
    assert [(step.label, step.text) for step in parse_decomposition(text)] == [
        ("Q1", "Which segment?"),
        ("Q2", "What did #1 sell?"),
    ]


@pytest.mark.parametrize(
    "reference",
    [
        "#1",
        "#Q1",
        "# 1",
        "[#1]",
        "[Q1]",
        "{#1}",
        "<Q1>",
        "the answer to Q1",
        "the answer of #1",
        "The result from question 1",
        "the answer to sub-question 1",
        "Q1's answer",
    ],
)
def test_references_in_words_are_read(reference):
    plan = plan_of("Which segment?", f"What did {reference} sell in Q1 2023?")
    assert plan[1].text == "What did #1 sell in Q1 2023?"


def test_several_references_in_words_are_read():
    plan = plan_of("a?", "b?", "c?", "Which is largest, the answers to Q1, Q2 and Q3?")
    assert plan[3].text == "Which is largest, #1, #2 and #3?"


@pytest.mark.parametrize("text", ["Sales in Q1 and Q2 2023?", "[Q4] sales?", "answer to Q9?"])
def test_a_quarter_or_an_unknown_label_is_no_reference(text):
    assert texts(plan_of(text, "Which?", "When?"))[0] == text


@given(st.text(alphabet="#Q0123: \n\u00e9.?()[]*-ab<|>", max_size=120))
def test_any_text_is_read_without_an_error(text):
    for plan in (parse_decomposition(text), parse_claim_decomposition(text)):
        assert all(step.text.strip() for step in plan)
        assert len({step.label for step in plan}) == len(plan)
        repair_plan(plan, QUESTION)


@given(
    st.lists(
        st.text(alphabet="abcdefgh XYZ,%$", min_size=3).map(lambda text: f"A{text.strip()}b?"),
        min_size=1,
        max_size=6,
    )
)
def test_the_published_format_is_read_as_it_is(steps):
    assert texts(plan_of(*steps)) == [step.strip() for step in steps]


# Claims, and plans over documents


def test_sub_claims_are_read_with_a_label_or_without():
    text = "### Acme grew in 2021.\n### Q2: #1 was a record.\n### Sub-claim 3: Costs fell.\n4: no"
    assert texts(parse_claim_decomposition(text)) == [
        "Acme grew in 2021.",
        "#1 was a record.",
        "Costs fell.",
    ]


def test_a_figure_at_the_start_is_no_label():
    text = "### 10.5% of sales were abroad.\n### 2021: sales rose.\n### 3. Costs fell."
    assert texts(parse_claim_decomposition(text)) == [
        "10.5% of sales were abroad.",
        "2021: sales rose.",
        "Costs fell.",
    ]


CLAIM = "Acme's net sales rose from 2021 to 2023, and its operating income fell."
SUB_CLAIMS = (
    "### Acme's net sales rose from 2021 to 2023.\n"
    "### Acme's operating income fell from 2021 to 2023."
)


def test_a_claim_is_broken_down_by_its_own_prompt_and_grammar():
    model = ScriptedChatModel([SUB_CLAIMS])
    plan = decompose_claim(CLAIM, model, CancelToken())
    assert texts(plan.sub_questions) == [line[4:] for line in SUB_CLAIMS.splitlines()]
    assert [step.label for step in plan.sub_questions] == ["Q1", "Q2"]
    assert model.prompts == [render_claim_decomposition_prompt(CLAIM)]
    assert model.settings[0].grammar == build_claim_grammar(list_copied(CLAIM))


def test_a_claim_without_a_plan_is_its_own_only_step():
    model = ScriptedChatModel(["no", "### Q1: Contoso grew.", "no"])
    plan = decompose_claim(CLAIM, model, CancelToken())
    assert texts(plan.sub_questions) == [CLAIM]
    assert plan.notes == ("The model gave no usable plan in 3 tries, so the claim is asked whole.",)


@pytest.mark.slow
def test_the_built_in_model_keeps_to_the_grammar_of_claims():
    """It may break a claim down badly; every line that it writes is a step all the same."""
    model = LlamaChatModel(find_builtin_chat())
    settings = GenerationSettings(max_tokens=120, grammar=build_claim_grammar())
    text = complete(model, render_claim_decomposition_prompt(CLAIM), settings, CancelToken()).text
    lines = text.splitlines()
    assert all(line.startswith("### ") for line in lines)
    assert len(parse_claim_decomposition(text)) == len(lines)


@pytest.mark.parametrize(
    ("line", "is_allowed"),
    [
        ("### Acme grew in 2021.", True),
        ("### Q1: Acme grew in 2021.", True),
        ("### Acme grew by #1 in 2021.", False),
        ("## Acme grew in 2021.", False),
        ("### acme grew in 2021.", False),
    ],
)
def test_a_claims_first_line_has_its_mark_and_no_reference(line, is_allowed):
    """The grammar's first rule, written as a regular expression."""
    rules = dict(rule.split(" ::= ", 1) for rule in build_claim_grammar().splitlines())
    assert rules["root"] == "tail1"
    assert rules["tail1"] == '"### " ("Q1: ")? text ("?")? tail2'
    text = re.sub(r"\s+(?=\[)", "", rules["text"])
    assert bool(re.fullmatch(rf"### (Q1: )?{text}", line)) == is_allowed


def test_a_later_sub_claim_refers_to_earlier_ones_only():
    rules = dict(rule.split(" ::= ", 1) for rule in build_claim_grammar().splitlines())
    assert '"#" ("1" | "2") ([^#?\\n0-9] rest)?' in rules["tail3"]
    assert rules["tail2"].endswith("(tail3)?")
    assert rules[f"tail{MOST_SUB_QUESTIONS}"].endswith('("?")?')


def test_the_worked_examples_of_claims_are_whole_plans():
    model = ScriptedChatModel(["no", SUB_CLAIMS])
    decompose_claim(CLAIM, model, CancelToken())
    for prompt, answer in model.settings[1].examples:
        claim = prompt.partition('"')[2].partition('" into multiple')[0]
        assert prompt == render_claim_decomposition_prompt(claim)
        plan = parse_claim_decomposition(answer)
        assert repair_plan(plan, claim, "claim") == (plan, ())
        assert len(plan) == len(answer.splitlines())


def test_every_completion_is_counted():
    counted = []
    model = ScriptedChatModel(["nothing", GOOD_PLAN])
    decompose_question(QUESTION, model, CancelToken(), count=counted.append)
    assert [completion.text for completion in counted] == ["nothing", GOOD_PLAN]


def test_a_plan_over_documents_may_bring_in_their_years_and_names():
    plan = parse_document_plan(
        "### What was Contoso's revenue in 2018?\n### What was it in 2019?\n"
        "### What is the change from #1 to #2?\n### What was Contoso's revenue in 2018?",
        "By how much did revenue grow?",
    )
    assert [(step.label, step.depends_on) for step in plan.sub_questions] == [
        ("Q1", ()),
        ("Q2", ()),
        ("Q3", ("Q1", "Q2")),
    ]
    assert plan.notes == ("1 repeated sub-question taken out of the plan.",)


# References


def test_an_answer_takes_the_place_of_its_reference():
    assert resolve_references("What did #1 sell in #2?", {"Q1": "Garden", "Q2": "2023"}) == (
        "What did Garden sell in 2023?"
    )


def test_a_reference_without_an_answer_stays():
    assert resolve_references("Is #1 more than #2?", {"Q2": "5"}) == "Is #1 more than 5?"


def test_an_answer_that_looks_like_a_reference_is_left_alone():
    assert resolve_references("#1 and #2", {"Q1": "#2", "Q2": "five"}) == "#2 and five"


def test_reference_ten_is_not_reference_one_and_a_zero():
    answers = {f"Q{number}": f"<{number}>" for number in range(1, 11)}
    assert resolve_references("#1, #10, #1", answers) == "<1>, <10>, <1>"


def test_reference_ten_stays_where_only_one_is_answered():
    assert resolve_references("#10", {"Q1": "wrong"}) == "#10"


@given(
    answered=st.integers(min_value=0, max_value=12),
    parts=st.lists(st.integers(min_value=1, max_value=14), max_size=8),
)
def test_each_reference_gets_its_own_answer(answered, parts):
    answers = {f"Q{number}": f"answer {number} (see #1)" for number in range(1, answered + 1)}
    text = " and ".join(f"#{number}" for number in parts)
    expected = " and ".join(answers.get(f"Q{number}", f"#{number}") for number in parts)
    assert resolve_references(text, answers) == expected


# Repair


def test_a_sound_plan_is_left_as_it_is():
    steps = ["What was Acme's operating income in 2021?", "What were Acme's net sales in 2023?"]
    assert repaired(*steps) == (steps, ())


def test_a_repetition_is_taken_out_and_told():
    kept, notes = repaired(
        "What was Acme's operating income in 2021?",
        "What was Acme's operating income in 2021?",
        "What was Acme's operating income in 2023?",
    )
    assert kept == [
        "What was Acme's operating income in 2021?",
        "What was Acme's operating income in 2023?",
    ]
    assert notes == ("1 repeated sub-question taken out of the plan.",)


def test_a_repetition_in_other_words_is_taken_out():
    kept, _ = repaired(
        "What was the operating income of Acme in 2021?",
        "How much operating income did Acme report for fiscal 2021?",
    )
    assert kept == ["What was the operating income of Acme in 2021?"]


def test_the_same_words_for_another_year_are_no_repetition():
    steps = ["What were Acme's net sales in 2021?", "What were Acme's net sales in 2023?"]
    assert repaired(*steps)[0] == steps


def test_the_same_words_about_another_answer_are_no_repetition():
    steps = [
        "What were Acme's net sales in 2021?",
        "What were Acme's net sales in 2023?",
        "Is #1 a change?",
        "Is #2 a change?",
    ]
    assert repaired(*steps)[0] == steps


def test_references_follow_the_sub_question_that_a_repetition_repeats():
    kept, _ = repaired(
        "What were Acme's net sales in 2021?",
        "What were Acme's net sales in 2021?",
        "What were Acme's net sales in 2023?",
        "What is the change from #2 to #3?",
    )
    assert kept[-1] == "What is the change from #1 to #2?"


def test_dependencies_follow_the_new_numbers():
    plan, _ = repair_plan(
        plan_of(
            "What were Acme's net sales in 2021?",
            "What were Acme's net sales in 2021?",
            "What is the change from #2?",
        ),
        QUESTION,
    )
    assert [(step.label, step.depends_on) for step in plan] == [("Q1", ()), ("Q2", ("Q1",))]


def test_an_invented_year_is_taken_out_and_told():
    kept, notes = repaired(
        "What were Acme's net sales in 2021?", "What were Acme's net sales in 2019?"
    )
    assert kept == ["What were Acme's net sales in 2021?"]
    assert notes == (
        "1 sub-question about something that is not in the question taken out of the plan.",
    )


def test_a_year_between_those_of_the_question_is_allowed():
    steps = ["What were Acme's net sales in 2022?"]
    assert repaired(*steps)[0] == steps


def test_a_year_near_those_of_the_question_is_allowed_where_another_step_uses_it():
    steps = [
        "What were Acme's net sales in 2023?",
        "What were Acme's net sales in 2024?",
        "What is the sum of #1 and #2?",
    ]
    assert repaired(*steps)[0] == steps
    assert repaired(*steps[:2])[0] == steps[:1]


def test_a_year_far_from_those_of_the_question_is_invented_though_it_is_used():
    kept, _ = repaired("What were Acme's net sales in 1996?", "What is half of #1?")
    assert kept == []


def test_any_year_is_invented_where_the_question_names_none():
    kept, _ = repaired("What were net sales in 2022?", question="How have net sales changed?")
    assert kept == []


def test_an_invented_name_is_taken_out():
    kept, _ = repaired(
        "What were Contoso's net sales in 2021?", "What were the net sales of Contoso in 2021?"
    )
    assert kept == []


def test_an_invented_owner_at_the_start_is_taken_out():
    kept, _ = repaired("Contoso's net sales rose in 2021.", "Acme's net sales rose in 2021.")
    assert kept == ["Acme's net sales rose in 2021."]


def test_the_names_of_the_worked_examples_are_taken_out():
    _, model = decompose("nothing", GOOD_PLAN)
    for _, answer in model.settings[1].examples:
        for step in parse_decomposition(answer):
            if not step.depends_on:
                assert repair_plan([step], QUESTION)[0] == (), step.text
    kept, _ = repaired("Orrin had net sales in 2021.", "Acme had net sales in 2021.")
    assert kept == ["Acme had net sales in 2021."]


@pytest.mark.parametrize("when", ["at December 31, 2021", "in FY2021", "in fiscal 2021 (GAAP)"])
def test_a_month_or_a_kind_of_year_is_no_invented_name(when):
    steps = [f"What were Acme's net sales {when}?"]
    assert repaired(*steps)[0] == steps


def test_the_capital_of_the_first_word_makes_no_name():
    steps = ["Net sales of Acme in 2021?"]
    assert repaired(*steps)[0] == steps


def test_a_step_that_shares_no_word_with_the_question_is_taken_out():
    kept, _ = repaired("What were Acme's net sales in 2021?", "Who audits the books?")
    assert kept == ["What were Acme's net sales in 2021?"]


def test_a_step_that_refers_to_an_answer_need_share_no_word():
    steps = ["What were Acme's net sales in 2021?", "What is half of #1?"]
    assert repaired(*steps)[0] == steps


def test_a_step_goes_with_the_one_that_it_refers_to():
    kept, notes = repaired(
        "What were Contoso's net sales in 2021?",
        "How much did #1 change?",
        "What were Acme's net sales in 2021?",
    )
    assert kept == ["What were Acme's net sales in 2021?"]
    assert notes[0].startswith("2 sub-questions about something")


@pytest.mark.parametrize("reference", ["#2", "#3", "#1 or #0"])
def test_a_step_whose_reference_leads_nowhere_is_taken_out_and_told(reference):
    kept, notes = repaired("What were Acme's net sales in 2021?", f"How did {reference} change?")
    assert kept == ["What were Acme's net sales in 2021?"]
    assert f"How did {reference} change?" in notes[0]


def test_a_reference_to_a_later_step_is_kept():
    kept, notes = repaired("How did #2 change?", "What were Acme's net sales in 2021?")
    assert kept == ["How did #2 change?", "What were Acme's net sales in 2021?"]
    assert notes == ()


def test_of_steps_that_wait_for_each_other_none_is_left():
    kept, notes = repaired("How did #2 change?", "What of #1?", "What were Acme's net sales?")
    assert kept == ["What were Acme's net sales?"]
    assert len(notes) == 2


def test_sixteen_repetitions_are_one_step():
    kept, notes = repaired(*["What were Acme's net sales in 2021?"] * 16)
    assert kept == ["What were Acme's net sales in 2021?"]
    assert notes == ("15 repeated sub-questions taken out of the plan.",)


def test_a_ramble_is_cut_and_told():
    kept, notes = repaired(
        *[
            f"What were Acme's net sales of model {'x' * number} in 2021?"
            for number in range(2, 30)
        ],
        "What is half of #1?",
        "What is half of #27?",
    )
    assert len(kept) == 24
    assert notes[-1] == "5 sub-questions beyond the first 24 taken out of the plan."


# Asking the model


def test_a_good_plan_is_taken_at_once():
    plan, model = decompose(GOOD_PLAN)
    assert texts(plan.sub_questions) == [
        "What was Acme's operating income in 2021?",
        "What was Acme's operating income in 2023?",
    ]
    assert plan.notes == ()
    assert len(model.prompts) == 1


def test_the_model_sees_the_decomposition_prompt_and_its_grammar():
    _, model = decompose(GOOD_PLAN)
    assert model.prompts == [render_decomposition_prompt(QUESTION)]
    assert model.settings[0].grammar == build_decomposition_grammar(list_copied(QUESTION))
    assert model.settings[0].temperature == 0.0


def test_no_plan_is_asked_for_again_each_time_in_another_way():
    _, model = decompose("nothing", "nothing either", GOOD_PLAN)
    first, second, third = model.settings
    assert (first.temperature, first.examples) == (0.0, ())
    assert second.temperature == 0.0
    assert second.examples == third.examples != ()
    assert third.temperature > 0.0
    assert model.prompts == [render_decomposition_prompt(QUESTION)] * 3


def test_the_worked_examples_are_whole_plans_in_the_published_format():
    _, model = decompose("nothing", GOOD_PLAN)
    for prompt, answer in model.settings[1].examples:
        question = prompt.partition('"')[2].partition('" into multiple')[0]
        assert prompt == render_decomposition_prompt(question)
        plan = parse_decomposition(answer)
        assert repair_plan(plan, question) == (plan, ())
        assert len(plan) == len(answer.splitlines())


def test_a_plan_made_with_examples_says_so():
    plan, _ = decompose("nothing", GOOD_PLAN)
    assert plan.notes == ("The plan was made with worked examples before the question.",)


def test_a_plan_of_restatements_is_asked_for_again():
    restated = (
        "### Q1: How did Acme's operating income and net sales change from 2021 to 2023?\n"
        "### Q2: From 2021 to 2023, how did the net sales and operating income of Acme change, say?"
    )
    plan, model = decompose(restated, GOOD_PLAN)
    assert len(model.prompts) == 2
    assert len(plan.sub_questions) == 2


def test_steps_for_one_year_each_are_a_plan():
    question = "What was Acme's operating income in 2022, and what was it in 2023?"
    steps = (
        "### Q1: What was Acme's operating income in 2022?\n"
        "### Q2: What was Acme's operating income in 2023?"
    )
    plan, model = decompose(steps, question=question)
    assert len(model.prompts) == 1
    assert plan.notes == ()


def test_a_plan_of_one_step_is_asked_for_again():
    plan, model = decompose("### Q1: What were Acme's net sales in 2021?", GOOD_PLAN)
    assert len(plan.sub_questions) == 2
    assert len(model.prompts) == 2


def test_a_plan_that_repair_leaves_one_step_is_asked_for_again():
    repeated = "### Q1: What were Acme's net sales?\n### Q2: What were Acme's net sales?"
    plan, model = decompose(repeated, GOOD_PLAN)
    assert len(model.prompts) == 2
    assert not any("repeated" in note for note in plan.notes)


def test_the_best_of_three_tries_is_kept():
    one_step = "### Q1: What were Acme's net sales in 2021?"
    plan, model = decompose(one_step, "nothing", "### Q1: What was operating income?")
    assert texts(plan.sub_questions) == ["What were Acme's net sales in 2021?"]
    assert len(model.prompts) == 3


def test_the_notes_are_those_of_the_plan_that_was_kept():
    repeated = "### Q1: What were Acme's net sales?\n### Q2: What were Acme's net sales?"
    plan, _ = decompose(repeated, "nothing", "nothing")
    assert plan.notes == ("1 repeated sub-question taken out of the plan.",)


def test_without_a_plan_the_question_is_asked_whole_and_the_note_says_so():
    plan, model = decompose("no", "still no", "never")
    assert plan.sub_questions == (SubQuestion("Q1", QUESTION),)
    assert plan.notes == (
        "The model gave no usable plan in 3 tries, so the question is asked whole.",
    )
    assert len(model.prompts) == 3


def test_what_was_taken_out_of_the_last_try_is_told_too():
    plan, _ = decompose("no", "no", "### Q1: Who audits Contoso?")
    assert "1 sub-question about something" in plan.notes[0]
    assert "asked whole" in plan.notes[1]


# Asking whole as well


def test_the_question_becomes_the_last_step_and_the_note_says_so():
    plan = Decomposition((SubQuestion("Q1", "What were Acme's net sales in 2021?"),), ("before",))
    whole = ask_whole(plan, QUESTION)
    assert whole.sub_questions == (*plan.sub_questions, SubQuestion("Q2", QUESTION))
    assert whole.notes[0] == "before"
    assert "asked whole" in whole.notes[1]


def test_a_plan_that_asks_the_question_already_stays_as_it_is():
    plan = Decomposition((SubQuestion("Q1", "In 2021, what were the net sales of Acme?"),))
    assert ask_whole(plan, "What were Acme's net sales in 2021?") is plan


def test_a_step_that_holds_an_answer_against_itself_is_taken_out():
    plan = parse_decomposition(
        "### Q1: What was Acme's income in 2023?\n### Q2: What is the difference between #1 and #1?"
    )
    kept, notes = repair_plan(plan, "How did Acme's income in 2023 compare?")
    assert [step.text for step in kept] == ["What was Acme's income in 2023?"]
    assert len(notes) == 1


def test_a_step_that_asks_nothing_is_taken_out():
    plan = parse_decomposition(
        "### Q1: The company's net sales: 2022, 2021, 2020?\n"
        "### Q2: What were net sales in 2022?\n### Q3: Is #2 more than in 2021?"
    )
    steps, notes = repair_plan(plan, "Were the company's net sales in 2022 more than in 2021?")
    assert [step.text for step in steps] == [
        "What were net sales in 2022?", "Is #1 more than in 2021?"
    ]  # fmt: skip
    assert notes == ("1 sub-question that asks nothing taken out of the plan.",)


def test_a_claim_need_not_ask():
    steps, notes = repair_plan(
        parse_claim_decomposition("### Net sales rose in 2022.\n### Net income fell in 2022."),
        "Net sales rose and net income fell in 2022.",
        "claim",
    )
    assert (len(steps), notes) == (2, ())
