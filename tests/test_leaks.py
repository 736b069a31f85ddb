"""What the desk is measured on is found in examples; what all prompts share is not taken for it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.prompts import (
    render_claim_decomposition_prompt,
    render_claim_verdict_prompt,
    render_decomposition_prompt,
    render_document_plan_prompt,
    render_final_prompt,
    render_program_prompt,
    render_sub_claim_prompt,
    render_sub_question_prompt,
)
from training.errors import DataError
from training.examples import Example
from training.leaks import (
    EvaluationTexts,
    find_leaks,
    holds_question,
    read_contents,
    read_evaluation_texts,
)

QUESTION = "By how much did Ardent's net sales in its two largest segments grow from 2014 to 2015?"
PASSAGE = (
    "Ardent's net sales in wire rose to 412 million dollars in 2015, as two new mills near the old "
    "harbour began to run at full load in the spring."
)
TEXTS = EvaluationTexts((QUESTION, "Who is older?"), (PASSAGE,))


def ask(question="Why?", passages=("A pond is deep.",)):
    prompt = render_sub_question_prompt(question, passages)
    return Example("sub_answer", prompt, "x", "Some set", "some:1")


def find_reasons(*examples):
    return [leak.reason for leak in find_leaks(examples, TEXTS)]


def test_an_example_of_its_own_is_no_leak():
    assert find_reasons(ask(), ask("What were Ardent's net sales in 2015?")) == []


def test_the_same_question_in_other_case_and_marks_is_found():
    assert find_reasons(ask(QUESTION.upper().rstrip("?"))) == [
        "its question is one of the evaluation"
    ]


def test_a_question_with_an_addition_is_found():
    assert find_reasons(ask(f"{QUESTION[:-1]}, in percent?")) == [
        "its question is nearly one of the evaluation"
    ]


def test_a_short_question_is_found_only_where_it_is_the_same():
    assert find_reasons(ask("Who is older, Ida Bell or Tom Ray?")) == []
    assert len(find_reasons(ask("who is older"))) == 1


def test_a_passage_and_a_part_of_it_are_found():
    part = " ".join(PASSAGE.split()[3:18])
    whole, some = find_reasons(ask(passages=(PASSAGE,)), ask(passages=("Deep.", f"{part} pond")))
    assert whole == "a passage of it is one of the evaluation"
    assert some == "a passage of it shares 13 words in a row with the evaluation"


def test_twelve_words_in_a_row_are_no_leak():
    assert find_reasons(ask(passages=(" ".join(PASSAGE.split()[3:15]),))) == []


def test_a_question_among_sub_answers_is_found():
    answers = [("Q1", QUESTION, "no")]
    prompt = render_final_prompt("Why?", ["A pond."], answers)
    assert find_reasons(Example("final_answer", prompt, "x", "Some set", "some:1"))


def test_leaks_keep_their_example_and_their_order():
    leaking = [ask(QUESTION), ask(passages=(PASSAGE,))]
    found = find_leaks([leaking[0], ask(), leaking[1]], TEXTS)
    assert [leak.example for leak in found] == leaking


def test_an_evaluation_that_holds_the_frame_finds_no_prompt():
    """An evaluation text that happens to read as the frame does is not found in every prompt."""
    frame = render_sub_question_prompt("Why?", ["A pond."]).partition("'Why?'")[2]
    assert find_leaks([ask()], EvaluationTexts((), (frame,))) == ()


ANSWERS = [("Q1", "Who?", "Ida"), ("Q2", "When?", "1841")]
PASSAGES = ["A pond.", "A mill."]
WITHOUT_PASSAGES = ("question_plan", "claim_plan")


@pytest.mark.parametrize(
    ("role", "prompt"),
    [
        ("question_plan", render_decomposition_prompt(QUESTION)),
        ("claim_plan", render_claim_decomposition_prompt(QUESTION)),
        ("sub_answer", render_sub_question_prompt(QUESTION, PASSAGES)),
        ("sub_claim", render_sub_claim_prompt(QUESTION, PASSAGES)),
        ("final_answer", render_final_prompt(QUESTION, PASSAGES, ANSWERS)),
        ("claim_verdict", render_claim_verdict_prompt(QUESTION, PASSAGES, ANSWERS)),
        ("document_plan", render_document_plan_prompt(QUESTION, PASSAGES)),
        ("program", render_program_prompt(QUESTION, PASSAGES, "### Q1: Who?")),
    ],
)
def test_every_prompt_is_taken_out_of_its_frame(role, prompt):
    contents = read_contents(Example(role, prompt, "x", "Some set", "some:1"))
    assert contents.question == QUESTION
    assert contents.passages == (() if role in WITHOUT_PASSAGES else tuple(PASSAGES))


@given(st.text(alphabet="ab' ?\n", min_size=1).map(str.strip).filter(len))
def test_any_question_is_taken_out_whole(question):
    example = Example("question_plan", render_decomposition_prompt(question), "x", "s", "d")
    assert read_contents(example).question == question


def test_questions_are_told_from_those_of_the_evaluation():
    assert holds_question(QUESTION.lower(), TEXTS)
    assert not holds_question("Why is the pond deep?", TEXTS)


def test_evaluation_files_are_read_as_far_as_they_are_there(tmp_path):
    rows = {
        "financebench/questions_dev.jsonl": {
            "question": "First?",
            "evidence": [{"evidence_text": PASSAGE}],
        },
        "multihop/some_dev100.jsonl": {
            "question": "Second?",
            "supporting_facts": [["Mill", 0]],
            "context": [["Mill", ["It is", "old."]], ["Pond", ["It is deep."]]],
        },
        "multihop/bamboogle.jsonl": {"question_text": "Third?"},
    }
    for name, row in rows.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(row) + "\n")
    texts = read_evaluation_texts(tmp_path)
    assert sorted(texts.questions) == ["First?", "Second?", "Third?"]
    assert sorted(texts.passages) == sorted([PASSAGE, "It is old."])


def test_without_evaluation_files_there_is_nothing_to_find(tmp_path):
    assert read_evaluation_texts(tmp_path) == EvaluationTexts((), ())


@pytest.mark.parametrize("line", ["{", '{"text": "x"}'])
def test_a_damaged_evaluation_file_is_named(tmp_path, line):
    path = tmp_path / "desk_questions_dev.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(DataError, match=r"desk_questions_dev\.jsonl"):
        read_evaluation_texts(tmp_path)
