"""A report is made through the desk's seam, asks as the desk asks, and goes on after a stop."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from models.builtin import find_builtin_chat
from models.chat import CancelToken
from models.errors import GenerationCancelled
from models.scripted import ScriptedChatModel
from research.decomposition import decompose_claim, decompose_question
from research.prompts import (
    render_decomposition_prompt,
    render_sub_claim_prompt,
    render_sub_question_prompt,
)
from research.questions import Question
from research.run import run_research
from training.errors import DataError, RunError
from training.examples import NOT_DISCLOSED, ROLES, Example
from training.report.asking import build_settings
from training.report.kept import AnswerFile
from training.report.run import measure
from training.report.sampling import sample_examples

TABLE = "| (in millions) | 2019 | 2018 |\n| Net sales | $150 | $120 |"
PLAN = "### Q1: What were net sales in 2019?\n### Q2: What were net sales in 2018?"
EXAMPLES = [
    Example(
        "sub_answer",
        render_sub_question_prompt("What were net sales in 2019?", [TABLE]),
        "$150 million",
        "toy",
        "toy:1",
    ),
    Example(
        "sub_answer",
        render_sub_question_prompt("What were net sales in 2012?", [TABLE]),
        NOT_DISCLOSED,
        "toy",
        "toy:1",
    ),
    Example(
        "sub_claim",
        render_sub_claim_prompt("Net sales were $120 million in 2019.", [TABLE]),
        "No",
        "other",
        "other:1",
    ),
    Example(
        "question_plan",
        render_decomposition_prompt("How did net sales change from 2018 to 2019?"),
        PLAN,
        "toy",
        "toy:2",
    ),
]
RIGHT = {example.prompt: example.completion for example in EXAMPLES}


class Machine:
    """Opens scripted models, and keeps what they were asked."""

    def __init__(self, script):
        self.script, self.opened, self.models = script, [], []

    @contextmanager
    def open(self, base, adapter):
        self.opened.append(adapter)
        self.models.append(ScriptedChatModel(self.script))
        yield self.models[-1]

    @property
    def asked(self):
        return [prompt for model in self.models for prompt in model.prompts if prompt in RIGHT]


def answer_rightly(prompt):
    return RIGHT.get(prompt, "a story")


@pytest.fixture
def files(tmp_path):
    """A base and an adapter; to the run they are bytes with a hash."""
    base, adapter = tmp_path / "base.gguf", tmp_path / "adapter.gguf"
    base.write_bytes(b"base")
    adapter.write_bytes(b"adapter")
    return base, adapter


def report_of(files, machine, tmp_path, *, adapters=None, examples=EXAMPLES, say=None, limit=10):
    return measure(
        files[0],
        adapters or {"bare": None, "F16": files[1]},
        examples,
        tmp_path / "answers.jsonl",
        limit=limit,
        seed=1,
        say=say or (lambda _: None),
        open_model=machine.open,
    )


# Measuring


def test_each_variant_is_asked_the_same_and_judged(files, tmp_path):
    machine = Machine(answer_rightly)
    report = report_of(files, machine, tmp_path)
    assert machine.opened == [None, files[1]]
    for name in ("bare", "F16", "gold"):
        rate = report.find(name, "sub_answer", "right")
        assert (rate.hits, rate.of) == (2, 2)
        assert report.find(name, "sub_answer", "refusal").of == 1
    assert [variant.adapter for variant in report.variants] == [None, "adapter.gguf"]
    assert all(variant.speed.reading > 0 for variant in report.variants)


def test_plans_are_asked_as_the_desk_does_and_freely(files, tmp_path):
    machine = Machine(answer_rightly)
    report = report_of(files, machine, tmp_path, adapters={"bare": None})
    model = machine.models[0]
    asked = [
        settings.grammar is None
        for prompt, settings in zip(model.prompts, model.settings, strict=True)
        if prompt == EXAMPLES[3].prompt
    ]
    assert asked == [False, True]
    assert report.find("bare", "question_plan", "format").hits == 1


def test_prompts_over_the_same_passages_are_asked_together(files, tmp_path):
    machine = Machine(answer_rightly)
    report_of(files, machine, tmp_path, adapters={"bare": None})
    (batch,) = machine.models[0].batches
    assert sum(prompt.startswith("You have") for prompt in batch[-3:]) == 3


def test_progress_is_told(files, tmp_path):
    told = []
    report_of(files, Machine(answer_rightly), tmp_path, adapters={"bare": None}, say=told.append)
    assert "bare: 5 of 5, 0 s left" in told


def test_a_run_without_examples_or_variants_is_refused(files, tmp_path):
    with pytest.raises(DataError, match="no example"):
        report_of(files, Machine(answer_rightly), tmp_path, examples=[])
    with pytest.raises(RunError, match='none "gold"'):
        report_of(files, Machine(answer_rightly), tmp_path, adapters={"gold": None})


# Going on


def test_what_was_answered_is_not_asked_again(files, tmp_path):
    report = report_of(files, Machine(answer_rightly), tmp_path)
    again = Machine(lambda _: "something else")
    assert report_of(files, again, tmp_path) == report
    assert again.opened == []


def test_a_stopped_run_goes_on_where_it_was(files, tmp_path):
    left = 3

    def stop_after_three(prompt):
        nonlocal left
        if prompt in RIGHT:
            left -= 1
            if left < 0:
                raise GenerationCancelled("Stopped.")
        return answer_rightly(prompt)

    with pytest.raises(GenerationCancelled):
        report_of(files, Machine(stop_after_three), tmp_path, adapters={"bare": None})
    with (tmp_path / "answers.jsonl").open("a") as file:
        file.write('{"key": "cut')
    machine = Machine(answer_rightly)
    report = report_of(files, machine, tmp_path, adapters={"bare": None})
    assert len(machine.asked) == 2
    assert report.find("bare", "sub_answer", "right").hits == 2


def test_an_adapter_that_was_trained_on_is_asked_anew(files, tmp_path):
    report_of(files, Machine(lambda _: "no idea"), tmp_path, adapters={"F16": files[1]})
    newer = tmp_path / "newer" / "adapter.gguf"
    newer.parent.mkdir()
    newer.write_bytes(b"another")
    report = report_of(files, Machine(answer_rightly), tmp_path, adapters={"F16": newer})
    assert report.find("F16", "sub_answer", "right").hits == 2


def test_a_file_that_is_none_of_answers_is_refused(tmp_path):
    (tmp_path / "answers.jsonl").write_text("key,text\n")
    with pytest.raises(DataError, match=r"answers\.jsonl, line 1, is no answer"):
        AnswerFile(tmp_path / "answers.jsonl")


# Sampling


def many(role, source, count):
    return [
        Example(role, f"{source} {number}", "c", source, f"{source}:{number}")
        for number in range(count)
    ]


def test_a_small_source_is_not_hidden_by_a_large_one():
    sample = sample_examples(
        [*many("program", "large", 50), *many("program", "small", 3)], 10, Random(1)
    )
    assert len(sample) == 10
    assert sum(example.source == "small" for example in sample) == 3


def test_each_role_has_its_own_limit_and_no_example_twice():
    examples = [*many("program", "a", 5), *many("sub_claim", "b", 5), *many("program", "a", 5)]
    sample = sample_examples(examples, 4, Random(1))
    assert [example.role for example in sample].count("program") == 4
    assert len({example.key for example in sample}) == len(sample) == 8


def test_the_order_of_the_file_does_not_matter():
    examples = many("program", "a", 30)
    assert sample_examples(examples, 5, Random(3)) == sample_examples(examples[::-1], 5, Random(3))
    assert sample_examples(examples, 5, Random(3)) != sample_examples(examples, 5, Random(4))


# Asking as the desk does


def ask_desk(question, workspace, mode):
    """Return how the desk asked for each prompt of a run whose facts settle nothing."""

    def answer(prompt):
        if "break down" in prompt:
            return "### Q1: Acme sold tools in Ohio.\n### Q2: Acme sold tools in Utah."
        return "no idea"

    model = ScriptedChatModel(answer)
    list(run_research(Question(question, None, mode), workspace, model))
    return list(zip(model.prompts, model.settings, strict=True))


def settings_of(asked, words):
    return [settings for prompt, settings in asked if words in prompt]


def test_plans_have_the_desks_settings():
    for ask, role in ((decompose_question, "question_plan"), (decompose_claim, "claim_plan")):
        model = ScriptedChatModel(lambda _: PLAN)
        question = "How did net sales change from 2018 to 2019?"
        ask(question, model, CancelToken())
        assert model.settings[0] == build_settings(role, "desk", question)


def test_the_other_stages_have_the_desks_settings(workspace, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("Acme Corporation sold tools in Ohio.\n\nIts auditor is Ledger & Bean LLP.\n")
    workspace.add_file(path)
    question = "Which tools did Acme sell in Ohio, and which tools did Acme sell in Utah?"
    asked = ask_desk(question, workspace, "question")
    assert build_settings("sub_answer", "desk", question) in settings_of(
        asked, "short span using the context"
    )
    assert settings_of(asked, "Make sure your response") == [
        build_settings("final_answer", "desk", question)
    ]
    claimed = ask_desk("Acme sold tools in Ohio and Utah.", workspace, "claim")
    assert build_settings("sub_claim", "desk", question) in settings_of(
        claimed, "only output Yes or No"
    )
    assert settings_of(claimed, "concise conclusion. Your answer") == [
        build_settings("claim_verdict", "desk", question)
    ]
    computed = ask_desk(question, workspace, "program")
    assert settings_of(computed, "with the table and passages")[:1] == [
        build_settings("document_plan", "desk", question)
    ]


def test_asked_freely_nothing_holds_the_text_to_a_format():
    for role in ROLES:
        settings = build_settings(role, "free", "")
        assert (settings.grammar, settings.stop, settings.temperature) == (None, (), 0.0)


# The built-in model


@pytest.mark.slow
def test_the_built_in_model_is_measured(tmp_path: Path):
    examples = [EXAMPLES[0], EXAMPLES[2]]
    report = measure(
        find_builtin_chat(),
        {"bare": None},
        examples,
        tmp_path / "answers.jsonl",
        limit=2,
        seed=1,
        say=lambda _: None,
    )
    assert report.find("bare", "sub_answer", "right").of == 1
    assert report.find("bare", "sub_claim", "accuracy").of == 1
    assert report.variants[0].speed.writing > 0
