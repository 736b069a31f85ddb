"""2WikiMultiHopQA's triples become plans, sub-answers and final answers."""

from __future__ import annotations

import json
from random import Random

import pytest

from training.examples import NOT_DISCLOSED
from training.sources.twowiki import build_examples
from training.splits import Splits

TRAIN = Splits({"2wiki:a1": "train"}, frozenset({"2wiki"}))
OTHERS = [
    [f"Pond {n}", [f"Pond {n} is a deep pond in the far north of the country, near a mill."]]
    for n in range(4)
]
CHAIN = {
    "_id": "a1",
    "type": "compositional",
    "question": "When was the director of film Dusk (1931 Film) born?",
    "answer": "4 May 1899",
    "supporting_facts": [["Dusk (1931 film)", 0], ["Ida Bell", 0]],
    "evidences": [
        ["Dusk (1931 film)", "director", "Ida Bell"],
        ["Ida Bell", "date of birth", "4 May 1899"],
    ],
    "context": [
        ["Dusk (1931 film)", ["Dusk is a film directed by Ida Bell."]],
        ["Ida Bell", ["Ida Bell( 4 May 1899 – 1970) was a director."]],
        *OTHERS,
    ],
}
PAIR = {
    **CHAIN,
    "type": "bridge_comparison",
    "question": "Which film has the director who is older, Dusk or Noon?",
    "answer": "Noon",
    # The halves stand in another order than the question names them.
    "evidences": [
        ["Noon", "director", "Tom Ray"],
        ["Dusk", "director", "Ida Bell"],
        ["Tom Ray", "date of birth", "1890"],
        ["Ida Bell", "date of birth", "4 May 1899"],
    ],
}


def build(tmp_path, row, seed=1):
    path = tmp_path / "training/2wiki/train.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([row]))
    return list(build_examples(tmp_path, TRAIN, "train", Random(seed)))


def select(examples, role):
    return [example for example in examples if example.role == role]


def test_a_chain_of_triples_becomes_a_plan(tmp_path):
    (plan,) = select(build(tmp_path, CHAIN), "question_plan")
    assert plan.completion == (
        "### Q1: Who is the director of Dusk (1931 film)?\n### Q2: When was #1 born?"
    )


def test_a_comparison_is_asked_in_the_order_of_the_question(tmp_path):
    (plan,) = select(build(tmp_path, PAIR), "question_plan")
    assert plan.completion.splitlines() == [
        "### Q1: Who is the director of Dusk?",
        "### Q2: Who is the director of Noon?",
        "### Q3: When was #1 born?",
        "### Q4: When was #2 born?",
        "### Q5: Which is earlier, #3 (Dusk) or #4 (Noon)?",
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"answer": "Something else"},
        {"evidences": [*PAIR["evidences"][:3], ["Ida Bell", "date of birth", "unknown"]]},
    ],
)
def test_a_comparison_that_the_dates_do_not_settle_gives_no_plan(tmp_path, change):
    assert select(build(tmp_path, {**PAIR, **change}), "question_plan") == []


def test_each_triple_is_answered_from_its_paragraph(tmp_path):
    answers = select(build(tmp_path, CHAIN), "sub_answer")
    assert [example.completion for example in answers[:2]] == ["Ida Bell", "4 May 1899"]
    assert "Ida Bell (4 May 1899" in answers[0].prompt


def test_the_final_answer_follows_from_statements(tmp_path):
    (final,) = select(build(tmp_path, CHAIN), "final_answer")
    assert final.completion == (
        "The director of Dusk is Ida Bell. The date of birth of Ida Bell is 4 May 1899. "
        "<answer>4 May 1899</answer>"
    )


def test_paragraphs_beside_the_question_refuse_it(tmp_path):
    examples = [example for seed in range(8) for example in build(tmp_path, CHAIN, seed)]
    refusals = [example for example in examples if example.completion == NOT_DISCLOSED]
    assert refusals
    assert not any("Ida Bell (" in example.prompt for example in refusals)


def test_the_sets_own_questions_vary_the_wording(tmp_path):
    pair = {"question": "Who made the film Dusk?", "answer": "Dusk was made by Ida Bell."}
    row = {**CHAIN, "qa_pairs": [pair]}
    prompts = [one.prompt for seed in range(8) for one in build(tmp_path, row, seed)]
    assert any("'Who made the film Dusk?'" in prompt for prompt in prompts)
    assert any("'Who is the director of Dusk?'" in prompt for prompt in prompts)
