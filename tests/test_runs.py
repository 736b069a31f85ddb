"""Runs at the command line: asked with a plan, listed, shown, changed, compared and removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app import runs
from app.cli import build_parser, main
from app.composition import save_result
from app.kept_runs import drop_outdated, edit_plan, load_run
from ingestion.storage.answers import SavedAnswer
from ingestion.storage.vectors import Embedder
from ingestion.workspace import Workspace
from models.scripted import ScriptedChatModel
from research.errors import PlanError
from research.plan import mend_references
from research.questions import (
    Answer,
    Check,
    Decomposition,
    Evidence,
    Question,
    ResearchResult,
    SubAnswer,
    SubQuestion,
    Verdict,
)

QUESTION = "Which grew more from 2022 to 2023, North or South?"
NORTH, SOUTH, WHICH = "How far did North come?", "How far did South come?", "Is #1 beyond #2?"
PLAN = f"### Q1: {NORTH}\n### Q2: {SOUTH}\n### Q3: {WHICH}\n"
SUPPORTED = Verdict("SUPPORTED", (Check("source", True, "It stands there."),))
FILE = ScriptedChatModel(()).file

Run = Callable[..., str]


@pytest.fixture
def library(tmp_path: Path, fake_embedder: Embedder) -> Workspace:
    table = tmp_path / "sales.csv"
    table.write_text("Region,2022,2023\nNorth,10,12\nSouth,8,9\n")
    workspace = Workspace(tmp_path / "w", fake_embedder)
    workspace.add_file(table)
    return workspace


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ScriptedChatModel:
    """The model that every command loads: it says the same of everything."""
    scripted = ScriptedChatModel(lambda _: "<answer>unclear</answer>")
    monkeypatch.setattr(runs, "load_chat_model", lambda _: scripted)
    return scripted


@pytest.fixture
def run(library: Workspace, model: ScriptedChatModel, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command that must succeed and return its standard output."""

    def call(*words: str) -> str:
        assert main([*words, "--workspace", str(library.folder)]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return call


@pytest.fixture
def asked(run: Run, tmp_path: Path) -> dict:
    """The record of a question that was asked with the plan."""
    plan = tmp_path / "plan.txt"
    plan.write_text(PLAN)
    return json.loads(run("ask", QUESTION, "--plan", str(plan), "--json"))


def build_result(library: Workspace, *steps: str) -> ResearchResult:
    """A finished run, each of whose steps was answered from the table."""
    (document,) = library.documents()
    proof = Evidence(
        *("e1", document.document_id, document.name, 1, "cell", "North, 2023: 12"),
        *((), None, "B2", 0.5, "p1", True),
    )
    mended, notes = mend_references(
        [SubQuestion(f"Q{place}", text) for place, text in enumerate(steps, start=1)]
    )
    return ResearchResult(
        question=Question(QUESTION, mode_reason="It asks."),
        model=FILE,
        decomposition=Decomposition(mended, notes),
        sub_answers=tuple(
            SubAnswer(step.label, step.text, "12", True, SUPPORTED, None, (proof,), 0.1)
            for step in mended
        ),
        answer=Answer("12", "text"),
        verdict=SUPPORTED,
        timings={"total": 1.0},
    )


@pytest.fixture
def kept(library: Workspace) -> str:
    """The id of a finished run in the workspace."""
    return save_result(library, build_result(library, NORTH, SOUTH, WHICH))


# Asking with a plan


def test_the_plan_of_a_file_is_taken_and_the_model_is_asked_for_none(
    asked: dict, model: ScriptedChatModel
) -> None:
    assert [step["text"] for step in asked["decomposition"][:3]] == [NORTH, SOUTH, WHICH]
    assert asked["decomposition"][2]["depends_on"] == ["Q1", "Q2"]
    assert not any(prompt.startswith("Please break down") for prompt in model.prompts)


def test_a_plan_may_be_json_with_answers_that_are_set(run: Run, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    steps = [{"label": "Q2", "text": NORTH, "answer": "12"}, {"label": "Q5", "text": "Is #2 much?"}]
    plan.write_text(json.dumps(steps))
    record = json.loads(run("ask", QUESTION, "--plan", str(plan), "--json"))
    assert [step["label"] for step in record["decomposition"][:2]] == ["Q2", "Q5"]
    assert record["sub_answers"][0]["answer"] == "12"
    assert record["sub_answers"][0]["source"] == "user"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"no steps at all", "The plan has no step"),
        (b"[1]", "Step 1 of the plan"),
        (b"{", "is no JSON"),
    ],
)
def test_a_file_that_holds_no_plan_is_refused(
    library: Workspace,
    tmp_path: Path,
    content: bytes | None,
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plan = tmp_path / "plan.txt"
    if content is not None:
        plan.write_bytes(content)
    call = ["ask", QUESTION, "--plan", str(plan), "--workspace", str(library.folder)]
    assert main(call) == 1
    assert told in capsys.readouterr().err


def test_an_answer_tells_the_run_that_keeps_it(asked: dict, library: Workspace) -> None:
    saved = library.answer(asked["run_id"])
    assert json.loads(saved.record)["answer"] == asked["answer"]
    assert (asked["parent_id"], asked["title"]) == (None, None)


# Listing and showing


def test_the_list_tells_what_came_out_of_each_run(run: Run, kept: str, library: Workspace) -> None:
    newer = save_result(library, build_result(library, NORTH), parent_id=kept)
    first, second = json.loads(run("runs", "list", "--json"))
    assert (first["run_id"], first["parent_id"]) == (newer, kept)
    assert {name: second[name] for name in ("question", "mode", "verdict", "answer")} == {
        "question": QUESTION,
        "mode": "question",
        "verdict": "SUPPORTED",
        "answer": "12",
    }
    told = run("runs", "list")
    assert newer[:8] in told
    assert "SUPPORTED" in told


def test_a_list_of_no_runs_says_how_to_make_one(run: Run) -> None:
    assert json.loads(run("runs", "list", "--json")) == []
    assert "acedesk ask" in run("runs", "list")


def test_a_run_of_an_older_version_is_listed_without_its_outcome(
    run: Run, library: Workspace
) -> None:
    library.save_answer(SavedAnswer("old1", "2024-01-01T09:00:00", "Why?", "{}"))
    (head,) = json.loads(run("runs", "list", "--json"))
    assert (head["question"], head["verdict"], head["answer"]) == ("Why?", None, None)


def test_a_run_is_shown_with_its_plan_evidence_and_verdict(run: Run, kept: str) -> None:
    told = run("runs", "show", kept[:6])
    assert all(text in told for text in (QUESTION, NORTH, WHICH, "sales.csv", "SUPPORTED"))
    assert "(removed)" not in told


def test_a_run_that_was_asked_is_shown_as_it_was_answered(run: Run, asked: dict) -> None:
    shown = json.loads(run("runs", "show", asked["run_id"], "--json"))
    assert shown == asked


def test_evidence_outlasts_its_document_and_says_so(
    run: Run, kept: str, library: Workspace, tmp_path: Path
) -> None:
    library.remove_document("sales")
    told = run("runs", "show", kept, "--export", str(tmp_path / "run.md"))
    assert "sales.csv (removed)" in told
    assert "North, 2023: 12" in told
    assert "sales.csv (removed)" in (tmp_path / "run.md").read_text()
    record = json.loads(run("runs", "show", kept, "--json"))
    (evidence,) = record["sub_answers"][0]["evidence"]
    assert (evidence["removed"], evidence["document"]) == (True, "sales.csv")


def test_a_title_takes_the_place_of_the_question_in_the_list(run: Run, kept: str) -> None:
    run("runs", "rename", kept, "Growth by region")
    assert "Growth by region" in run("runs", "list")
    assert json.loads(run("runs", "show", kept, "--json"))["title"] == "Growth by region"


def test_a_removed_run_is_gone(run: Run, kept: str) -> None:
    assert kept in run("runs", "remove", kept)
    assert json.loads(run("runs", "list", "--json")) == []


@pytest.mark.parametrize("action", ["show", "remove", "rerun"])
def test_a_run_that_is_not_there_is_named(
    library: Workspace, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runs", action, "nowhere", "--workspace", str(library.folder)]) == 1
    assert "There is no run nowhere" in capsys.readouterr().err


@pytest.mark.parametrize("record", ["{}", "not json", '"text"'])
def test_a_run_that_cannot_be_read_says_so(
    library: Workspace, record: str, capsys: pytest.CaptureFixture[str]
) -> None:
    library.save_answer(SavedAnswer("odd1", "2024-01-01T09:00:00", "Why?", record))
    assert main(["runs", "show", "odd1", "--workspace", str(library.folder)]) == 1
    assert "record" in capsys.readouterr().err


# Running again


def again(run: Run, run_id: str, *edits: str) -> dict:
    return json.loads(run("runs", "rerun", run_id, *edits, "--json"))


def changes_of(record: dict) -> dict[str, str]:
    return {change["label"]: change["change"] for change in record["changes"]}


def test_only_what_depends_on_a_change_is_answered_again(
    run: Run, asked: dict, model: ScriptedChatModel
) -> None:
    model.prompts.clear()
    record = again(run, asked["run_id"], "--change", "Q1=How far did the North come in 2023?")
    changes = changes_of(record)
    assert (changes["Q1"], changes["Q2"], changes["Q3"]) == ("changed", "kept", "again")
    assert record["sub_answers"][1] == asked["sub_answers"][1]
    assert not any(f"'{SOUTH}'" in prompt for prompt in model.prompts)


def test_an_answer_that_the_user_sets_is_taken_as_it_is(run: Run, asked: dict) -> None:
    record = again(run, asked["run_id"], "--pin", "Q1=$5 million")
    first = record["sub_answers"][0]
    assert (first["answer"], first["source"]) == ("$5 million", "user")
    assert record["sub_answers"][2]["question"].startswith("Is $5 million beyond")
    assert record["decomposition"][0]["answer"] == "$5 million"


def test_an_answer_that_was_set_can_be_let_go(run: Run, asked: dict) -> None:
    pinned = again(run, asked["run_id"], "--pin", "Q1=$5 million")
    record = again(run, pinned["run_id"], "--unpin", "Q1")
    assert record["decomposition"][0]["answer"] is None
    assert record["sub_answers"][0]["answer"] == asked["sub_answers"][0]["answer"]


def test_a_step_can_be_answered_from_passages_that_the_user_names(
    run: Run, asked: dict, library: Workspace
) -> None:
    passage = library.search_words("north", 1)[0].passage
    record = again(run, asked["run_id"], "--evidence", f"Q2={passage.passage_id}")
    assert record["decomposition"][1]["passages"] == [passage.passage_id]
    found = {evidence["passage_id"] for evidence in record["sub_answers"][1]["evidence"]}
    assert found <= {passage.passage_id}
    assert changes_of(record)["Q1"] == "kept"


def test_steps_come_and_go_under_labels_that_stay(run: Run, asked: dict) -> None:
    record = again(run, asked["run_id"], "--remove", "Q3", "--add", "How far is #2?")
    labels = [step["label"] for step in record["decomposition"]]
    assert {"Q1", "Q2"} < set(labels)
    added = next(step for step in record["decomposition"] if step["text"] == "How far is #2?")
    assert added["depends_on"] == ["Q2"]
    assert changes_of(record)["Q2"] == "kept"


def test_both_versions_are_kept_and_the_later_one_tells_the_earlier(
    run: Run, asked: dict, library: Workspace
) -> None:
    record = again(run, asked["run_id"], "--pin", "Q1=12")
    assert record["parent_id"] == asked["run_id"]
    assert {head.answer_id for head in library.list_answers()} == {
        record["run_id"],
        asked["run_id"],
    }
    assert json.loads(run("runs", "show", asked["run_id"], "--json")) == asked


def test_the_comparison_tells_steps_and_answers_of_both(run: Run, kept: str) -> None:
    told = run("runs", "rerun", kept, "--change", "Q3=Is #2 much?")
    assert "What changed" in told
    assert "kept" in told
    assert "Before: 12 (SUPPORTED)" in told
    assert "Now: " in told


def test_answers_of_another_model_are_not_taken_over_and_that_is_told(
    library: Workspace, model: ScriptedChatModel, capsys: pytest.CaptureFixture[str]
) -> None:
    result = replace(build_result(library, NORTH, SOUTH), model=replace(FILE, sha256="1" * 64))
    run_id = save_result(library, result)
    call = ["runs", "rerun", run_id, "--change", "Q2=What?", "--json"]
    assert main([*call, "--workspace", str(library.folder)]) == 0
    told = capsys.readouterr()
    assert "2 sub-answers are of another model" in told.err
    assert changes_of(json.loads(told.out))["Q1"] == "again"


def test_without_a_change_all_is_answered_again(run: Run, asked: dict) -> None:
    record = again(run, asked["run_id"])
    assert [step["text"] for step in record["decomposition"]] == [
        step["text"] for step in asked["decomposition"]
    ]
    assert "kept" not in changes_of(record).values()


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (["--change", "Q9=What?"], "no step Q9"),
        (["--change", "Q1=Is #3 much?"], "Q1 would wait for Q3"),
        (["--pin", "Q1= "], "The answer set for Q1 is empty"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_before_any_work(
    library: Workspace,
    kept: str,
    edit: list[str],
    told: str,
    model: ScriptedChatModel,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["runs", "rerun", kept, *edit, "--workspace", str(library.folder)]) == 1
    assert told in capsys.readouterr().err
    assert model.prompts == []
    assert len(library.list_answers()) == 1


def test_an_edit_without_its_step_is_a_wrong_call() -> None:
    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args(["runs", "rerun", "r1", "--pin", "$5 million"])
    assert ended.value.code == 2


def test_edits_are_read_in_the_order_given() -> None:
    call = build_parser().parse_args(
        ["runs", "rerun", "r1", "--remove", "Q3", "--change", "Q2=a = b", "--add", "x=1?"]
    )
    assert call.edits == [("remove", "Q3", ""), ("change", "Q2", "a = b"), ("add", "", "x=1?")]


def test_an_edit_sees_what_those_before_it_did() -> None:
    plan = Decomposition((SubQuestion("Q1", NORTH),))
    edited = edit_plan(plan, [("add", "", "Is #1 much?"), ("pin", "Q2", "yes")])
    assert edited.sub_questions[1].answer == "yes"
    with pytest.raises(PlanError, match="no step Q2"):
        edit_plan(plan, [("pin", "Q2", "yes"), ("add", "", "Is #1 much?")])


# What cannot be taken over


def labels_of(result: ResearchResult) -> list[str]:
    return [answer.label for answer in result.sub_answers]


def test_a_proof_whose_document_is_gone_is_found_anew(library: Workspace) -> None:
    result = build_result(library, NORTH, SOUTH)
    without = replace(result.sub_answers[1], evidence=())
    result = replace(result, sub_answers=(result.sub_answers[0], without))
    present = frozenset(document.document_id for document in library.documents())
    assert labels_of(drop_outdated(result, FILE, present)) == ["Q1", "Q2"]
    assert labels_of(drop_outdated(result, FILE, frozenset())) == ["Q2"]


def test_another_model_takes_over_only_what_no_model_wrote(library: Workspace) -> None:
    result = build_result(library, NORTH, SOUTH)
    read = replace(result.sub_answers[1], source="fact")
    result = replace(result, sub_answers=(result.sub_answers[0], read))
    present = frozenset(document.document_id for document in library.documents())
    other = replace(FILE, adapter="lora.gguf")
    assert labels_of(drop_outdated(result, other, present)) == ["Q2"]


def test_a_kept_run_comes_back_whole(library: Workspace, kept: str) -> None:
    assert load_run(library, kept)[1] == build_result(library, NORTH, SOUTH, WHICH)
