"""The whole way with the real engines: sample filing in, checked answer out."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.composition import sample_files
from ingestion.workspace import Workspace
from models.builtin import find_builtin_chat
from models.embedding import BuiltinEmbedder
from models.llama.model import LlamaChatModel
from research.questions import Question, ResearchResult
from research.run import finish_research, run_research

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("sample"), BuiltinEmbedder())
    for path in sample_files():
        workspace.add_file(path)
    workspace.embed_waiting()
    return workspace


@pytest.fixture(scope="module")
def model() -> LlamaChatModel:
    return LlamaChatModel(find_builtin_chat())


def ask(question: str, workspace: Workspace, model: LlamaChatModel) -> ResearchResult:
    return finish_research(run_research(Question(question), workspace, model))


def test_a_lookup_is_answered_from_its_cell(sample, model):
    result = ask(
        "What were Bramblewick's purchases of property, plant and equipment in 2023?",
        sample,
        model,
    )
    assert result.verdict.label == "SUPPORTED"
    assert result.answer.text == "$71.8 million"
    assert result.answer.value is not None
    assert (result.answer.value.scale, result.answer.value.period) == (1_000_000, "2023")
    proof = next(e for sub in result.sub_answers for e in sub.evidence if e.is_proof)
    assert proof.kind == "cell"
    assert proof.document == "bramblewick-2023-10k.pdf"
    assert proof.page in (9, 11)
    page = sample.page(proof.document_id, proof.page)
    marked = [word.text for line in page.lines for word in line.words if word.box in proof.boxes]
    assert [text.strip("()") for text in marked] == ["71.8"]


def test_a_year_that_the_filings_do_not_hold_is_not_answered(sample, model):
    result = ask("What was Bramblewick's net income in 2015?", sample, model)
    assert result.verdict.label == "NOT_ENOUGH_INFO"
    assert result.answer.kind == "not_disclosed"
    assert result.answer.value is None


def test_a_comparison_is_broken_down_and_not_settled_by_looking_up(sample, model):
    question = "Did Bramblewick's net income grow faster than its net sales from 2022 to 2023?"
    result = ask(question, sample, model)
    assert len(result.decomposition.sub_questions) >= 1
    assert all(sub.evidence for sub in result.sub_answers)
    assert result.verdict.label == "NOT_ENOUGH_INFO"


def test_what_is_asked_of_one_document_is_answered_from_it(sample, model):
    document = sample.find_document("bramblewick-2022-10k")
    question = Question("What was Bramblewick's operating income in 2022?", (document.document_id,))
    result = finish_research(run_research(question, sample, model))
    used = {e.document_id for sub in result.sub_answers for e in sub.evidence}
    assert used == {document.document_id}


def test_the_sample_is_found_in_the_installed_program():
    assert [Path(path).name for path in sample_files()] == [
        "bramblewick-2022-10k.pdf",
        "bramblewick-2023-10k.pdf",
        "bramblewick-segments.xlsx",
    ]
