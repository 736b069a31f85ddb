"""Examples from filings in a real workspace: what is read, what is answered, what is left open."""

from __future__ import annotations

from random import Random

import pytest

from ingestion.workspace import Workspace
from models.scripted import ScriptedChatModel
from research.prompts import join_passages
from training.examples import NOT_DISCLOSED
from training.over_filings.windows import read_title, read_window
from training.sources.filings import build_examples, name_unit
from training.splits import Splits

ACME, BOLT = "sec:acme-corporation", "sec:bolt-corporation"
SPLITS = Splits({ACME: "train", BOLT: "measure"}, frozenset())


@pytest.fixture(scope="module")
def library(tmp_path_factory, fake_embedder, draw_pdf, set_lines, set_rows):
    """The reports of two invented companies, each of a statement and a note."""
    folder = tmp_path_factory.mktemp("filings")
    workspace = Workspace(folder / "workspace", fake_embedder)

    def table(title, *rows):
        return [*set_lines(title, "(In millions)"), *set_rows(("", "2023", "2022"), *rows, top=110)]

    def write(company, *pages):
        cover = set_lines(
            "FORM 10-K",
            "For the fiscal year ended December 31, 2023",
            company,
            "(Exact name of registrant as specified in its charter)",
            leading=30.0,
        )
        path = folder / f"{company.split()[0].lower()}-2023-10k.pdf"
        path.write_bytes(draw_pdf(cover, *pages))
        workspace.add_file(path)

    write(
        "Acme Corporation",
        table(
            "CONSOLIDATED STATEMENTS OF OPERATIONS",
            ("Net sales", "$1,284", "$1,209"),
            ("Cost of sales", "800", "770"),
            ("Operating income", "210", "198"),
            ("Net income", "150", "140"),
        ),
        table(
            "CONSOLIDATED STATEMENTS OF CASH FLOWS",
            ("Depreciation and amortization", "61", "58"),
            ("Capital expenditures", "(72)", "(66)"),
            ("Dividends paid", "(40)", "(38)"),
        ),
    )
    write(
        "Bolt Corporation",
        table(
            "CONSOLIDATED STATEMENTS OF OPERATIONS",
            ("Net sales", "$9,871", "$9,662"),
            ("Net income", "953", "947"),
        ),
    )
    return workspace


@pytest.fixture(scope="module")
def model():
    """Counts tokens; it has nothing to say."""
    return ScriptedChatModel([])


@pytest.fixture(scope="module")
def examples(library, model):
    return list(build_examples(library, model, SPLITS, "train", Random(3), 12))


def passages_of(example):
    return example.prompt.split("\n\nPlease ")[0]


def test_a_company_without_a_symbol_is_split_by_its_name(library):
    assert {name_unit(document) for document in library.documents()} == {ACME, BOLT}


def test_examples_of_a_part_are_of_its_companies_alone(library, model, examples):
    measured = list(build_examples(library, model, SPLITS, "measure", Random(3), 4))

    assert {example.document for example in examples} == {ACME}
    assert {example.document for example in measured} == {BOLT}
    assert not any("9,871" in example.prompt for example in examples)


def test_an_answer_stands_in_the_passages(examples):
    answers = [e for e in examples if e.role == "sub_answer" and e.completion != NOT_DISCLOSED]

    assert len(answers) > 10
    for example in answers:
        digits = example.completion.removeprefix("$").removesuffix(" million")
        assert digits in passages_of(example)
        assert digits in example.gold["accepted"]


def test_some_questions_are_left_open(examples):
    kinds = [example.completion == NOT_DISCLOSED for example in examples]

    assert 0 < sum(kinds) < len(kinds) / 3


def test_claims_are_as_often_true_as_false(examples):
    said = [example.completion for example in examples if example.role == "sub_claim"]

    assert set(said) == {"Yes", "No"}
    assert abs(said.count("Yes") - said.count("No")) <= 12


def test_several_examples_share_their_passages_to_the_last_character(examples):
    shared = {passages_of(example) for example in examples}

    assert len(shared) * 4 < len(examples)


def test_the_passages_are_those_that_a_run_reads(library, model, examples):
    first = examples[0]
    question = first.prompt.split("the question '")[1].split("' with a short span")[0]
    documents = [d for d in library.documents() if name_unit(d) == ACME]

    window = read_window(library, model, documents, question)

    assert f"\n{join_passages(window.texts)}\n\n" in first.prompt


def test_as_many_windows_are_made_as_are_asked_for(library, model):
    few = list(build_examples(library, model, SPLITS, "train", Random(3), 2))

    assert 1 <= len({passages_of(example) for example in few}) <= 2


def test_the_same_seed_makes_the_same_examples(library, model, examples):
    again = list(build_examples(library, model, SPLITS, "train", Random(3), 12))

    assert [e.key for e in again] == [e.key for e in examples]


def test_facts_that_the_excerpts_leave_out_are_told_from_those_they_show(library, model):
    documents = [d for d in library.documents() if name_unit(d) == ACME]

    window = read_window(library, model, documents, "What were Acme's net sales in 2023?")

    assert "$1,284 million" in {seen.place.statement for seen in window.seen}
    shown = {place.fact.fact_id for place in window.stated}
    assert not shown & {place.fact.fact_id for place in window.hidden}
    assert all(seen.place.fact.value_as_printed.strip("$()") in seen.text for seen in window.seen)


def test_a_title_ends_where_the_numbers_begin():
    text = "Hedging gains\n||2023|2022|\n|Cost:|||\n|Cost of sales|$15|(3)|\n|Other|1|2|"

    assert read_title(text) == "Hedging gains ||2023|2022| |Cost:|||"
