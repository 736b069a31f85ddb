import json
from random import Random

import pytest

from training.errors import SourceError
from training.sources import convfinqa, finqa, tatqa
from training.sources.finqa import find_caption, find_table, join_sentences
from training.sources.tatqa import read_span
from training.splits import Splits

ALL_TRAIN = Splits(
    {"tatqa:t1": "train", "tatqa:t2": "measure", "finqa:ABC": "train", "finqa:XYZ": "measure"},
    frozenset({"tatqa", "finqa"}),
)


def question(text, answer, kind="span", source="table", **rest):
    return {
        "question": text,
        "answer": answer,
        "answer_type": kind,
        "answer_from": source,
        "rel_paragraphs": rest.get("paragraphs", []),
        "derivation": rest.get("derivation", ""),
        "scale": rest.get("scale", ""),
    }


def tatqa_entry(uid):
    return {
        "table": {
            "uid": uid,
            "table": [
                ["", "2019", "2 0 1 8"],
                ["Fixed price", "$  1,452.4", "$  1,146.2"],
                ["Total sales", "$1,496.5", "$1,202.9"],
            ],
        },
        "paragraphs": [
            {"uid": "p2", "order": 2, "text": "The table below presents sales (in millions):"},
            {"uid": "p1", "order": 1, "text": "Most contracts are fixed-price contracts."},
        ],
        "questions": [
            question("What is the amount of total sales in 2019?", ["$1,496.5"], scale="million"),
            question(
                "What is the percentage change in total sales in 2019 from 2018?",
                24.41,
                "arithmetic",
                derivation="(1,496.5-1,202.9)/1,202.9",
                scale="percent",
            ),
            question(
                "What are most contracts?",
                ["fixed-price contracts"],
                source="text",
                paragraphs=["1"],
            ),
        ],
    }


def write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def build(module, folder, part="train", splits=ALL_TRAIN):
    return list(module.build_examples(folder, splits, part, Random(1)))


def find(examples, role, text):
    return next(e for e in examples if e.role == role and text in e.prompt)


@pytest.fixture
def tatqa_folder(tmp_path):
    write_json(tmp_path / tatqa.FILE, [tatqa_entry("t1"), tatqa_entry("t2")])
    return tmp_path


def test_a_part_of_tatqa_has_its_own_tables_only(tatqa_folder):
    for part, document in (("train", "tatqa:t1"), ("measure", "tatqa:t2")):
        assert {example.document for example in build(tatqa, tatqa_folder, part)} == {document}


def test_tables_that_no_part_has_are_left_out(tatqa_folder):
    assert build(tatqa, tatqa_folder, splits=Splits({}, frozenset({"tatqa"}))) == []


def test_a_look_up_of_tatqa_is_answered_with_unit_and_scale(tatqa_folder):
    example = find(build(tatqa, tatqa_folder), "sub_answer", "the amount of total sales in 2019?")

    assert example.completion == "$1,496.5 million"
    assert "$1,496.5" in example.gold["accepted"]


def test_a_derivation_of_tatqa_becomes_a_plan_and_a_program(tatqa_folder):
    examples = build(tatqa, tatqa_folder)
    asked = "What is the percentage change in total sales in 2019 from 2018?"

    assert find(examples, "document_plan", asked).completion.endswith(
        "### Q3: What is the percentage change from #1 to #2?"
    )
    assert find(examples, "program", asked).gold["answer"].startswith("24.4")


def test_words_of_a_paragraph_answer_over_that_paragraph(tatqa_folder):
    example = find(build(tatqa, tatqa_folder), "sub_answer", "What are most contracts?")

    assert example.completion == "fixed-price contracts"
    assert "Most contracts are fixed-price contracts." in example.prompt


def test_a_long_answer_of_words_is_no_short_span():
    long = question("Why?", ["since " * 30], source="text")

    assert read_span(long) == ""


@pytest.mark.parametrize("content", ["", "{", '[{"table": 1}]', "[1]"])
def test_a_file_that_is_not_tatqa_is_refused_by_name(tmp_path, content):
    path = tmp_path / tatqa.FILE
    path.parent.mkdir()
    path.write_text(content, encoding="utf-8")

    with pytest.raises(SourceError, match=r"tatqa_dataset_dev\.json"):
        build(tatqa, tmp_path)


@pytest.mark.parametrize("module", [tatqa, finqa, convfinqa])
def test_a_set_that_is_missing_is_told(tmp_path, module):
    with pytest.raises(SourceError, match="Put"):
        build(module, tmp_path)


# FinQA

TABLE = [
    ["( in millions )", "2017", "2016"],
    ["cost of sales", "$ 10432", "$ 9391"],
    ["operating income", "11503", "10815"],
]
TEXT = (
    "the company sold more in all of its regions in 2017 .\n"
    "our results for the years ended december 31 were as follows :\n"
    "\n"
    " | 2017 | 2016\n"
    "cost of sales | $ 10432 | $ 9391\n"
    "operating income | 11503 | 10815\n"
    "\n"
    "operating income rose since the company 2019s prices rose ."
)


def finqa_line(identifier, **rest):
    return {
        "id": identifier,
        "question": "what was the change in operating income from 2016 to 2017 ?",
        "program": "subtract(11503, 10815)",
        **rest,
    }


def write_lines(folder, name, lines):
    (folder / "finqa").mkdir(exist_ok=True)
    text = "\n".join(json.dumps(line) for line in lines)
    (folder / "finqa" / name).write_text(text, encoding="utf-8")


@pytest.fixture
def finqa_folder(tmp_path):
    with_rows = finqa_line("ABC/2017/page_1.pdf-1", table=TABLE, full_context=TEXT, exe_ans=688)
    other = {**with_rows, "id": "XYZ/2017/page_1.pdf-1"}
    without = {**with_rows, "id": ""}
    write_lines(tmp_path, "finqa_dev_883.jsonl", [with_rows, other, without])
    in_text = finqa_line("ABC/2016/page_3.pdf-2", context=TEXT, answer="688.0")
    write_lines(tmp_path, "finqa_train_250_strict_clean.jsonl", [in_text, with_rows | in_text])
    return tmp_path


def test_finqa_is_split_by_company_and_lines_without_an_id_are_left_out(finqa_folder):
    assert {example.document for example in build(finqa, finqa_folder)} == {"finqa:ABC"}
    assert {e.document for e in build(finqa, finqa_folder, "measure")} == {"finqa:XYZ"}


def test_a_program_of_finqa_becomes_a_plan(finqa_folder):
    example = find(
        build(finqa, finqa_folder), "question_plan", "the change in operating income from 2016"
    )

    assert example.completion == (
        "### Q1: What was operating income in 2016?\n"
        "### Q2: What was operating income in 2017?\n"
        "### Q3: What is #2 minus #1?"
    )
    assert example.gold["answer"] == "688"


def test_the_sentence_that_leads_to_a_table_stands_above_it(finqa_folder):
    prompts = [e.prompt for e in build(finqa, finqa_folder) if e.role == "sub_answer"]

    assert any(
        "our results for the years ended december 31 were as follows:\n|" in p for p in prompts
    )


def test_the_table_within_a_text_is_its_longest_run_of_bars():
    lines = ["a | report", "sales rose .", " | 2017", "sales | 5", "costs | 3", "and so on ."]

    assert find_table(lines) == (2, 5)


def test_a_sentence_that_leads_nowhere_is_no_caption():
    assert find_caption(["sales rose in all regions ."]) == ""
    assert find_caption(["the following table shows sales ( in millions ) :"]).endswith(
        "(in millions):"
    )


def test_lines_that_repeat_the_table_are_left_out_of_the_text():
    assert join_sentences(["cost of sales 1 2 3 operating income 4 5 6", "sales rose a lot ."]) == [
        "sales rose a lot."
    ]


def test_a_line_that_is_not_finqa_is_named(tmp_path):
    write_lines(tmp_path, "finqa_dev_883.jsonl", [{"id": "ABC/1"}])

    with pytest.raises(SourceError, match=r"finqa_dev_883\.jsonl, line 1"):
        build(finqa, tmp_path)


# ConvFinQA


def conversation(identifier):
    return {
        "id": identifier,
        "questions": [
            "what was the operating income in 2017?",
            "and in 2016?",
            "what was the change in operating income from 2016 to 2017?",
        ],
        "programs": ["ans = 11503", "ans = 10815", "ans = 11503 - 10815"],
        "text": "sales rose in all regions . costs did not rise as much .",
        "table": "- | 2017 | 2016\ncost of sales | $ 10432 | $ 9391\n"
        "operating income | 11503 | 10815\n",
    }


@pytest.fixture
def convfinqa_folder(tmp_path):
    conversations = [conversation("Double_ABC/2017/page_1.pdf"), conversation("Single_XYZ/1/p-1")]
    write_json(tmp_path / convfinqa.FILE, conversations)
    return tmp_path


def test_conversations_are_split_as_finqa_s_companies_are(convfinqa_folder):
    assert {example.document for example in build(convfinqa, convfinqa_folder)} == {"finqa:ABC"}


def test_turns_that_stand_alone_are_looked_up_or_planned(convfinqa_folder):
    examples = build(convfinqa, convfinqa_folder)

    assert find(examples, "sub_answer", "the operating income in 2017?").completion == "$11,503"
    assert find(examples, "program", "the change in operating income").gold == {"answer": "688"}


def test_a_turn_that_leans_on_others_is_left_out(convfinqa_folder):
    assert not any("'and in 2016?'" in e.prompt for e in build(convfinqa, convfinqa_folder))


def test_a_file_that_is_not_convfinqa_is_refused_by_name(tmp_path):
    write_json(tmp_path / convfinqa.FILE, [{"id": "x"}])

    with pytest.raises(SourceError, match=r"convfinqa_dev\.json"):
        build(convfinqa, tmp_path)
