"""Parts of a year that no filing prints: taken from those that one prints, or left open."""

from __future__ import annotations

import pytest

from ingestion.workspace import Workspace
from models.scripted import ScriptedChatModel
from research.derived_periods import derive_periods, find_derivation
from research.desk import Desk
from research.plan import order_steps
from research.questions import Decomposition, Question, SubQuestion
from research.run import finish_research, run_research


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        (
            "What was Acme's revenue in the fourth quarter of 2023?",
            (
                ("What was Acme's revenue in 2023?", 12),
                ("What was Acme's revenue in the first nine months of 2023?", 9),
            ),
        ),
        (
            "What was Acme's revenue for Q1 FY2024?",
            (
                ("What was Acme's revenue for the first six months of FY2024?", 6),
                ("What was Acme's revenue for the second quarter of FY2024?", 3),
            ),
        ),
        (
            "What was Acme's revenue in the second half of fiscal 2023?",
            (
                ("What was Acme's revenue in fiscal 2023?", 12),
                ("What was Acme's revenue in the first six months of fiscal 2023?", 6),
            ),
        ),
    ],
)
def test_a_part_of_a_year_is_what_a_longer_span_leaves(text, spans):
    derivation = find_derivation(text)
    assert derivation is not None
    assert derivation.spans == spans


@pytest.mark.parametrize(
    "text",
    [
        "What was Acme's revenue in 2023?",
        "What was Acme's revenue in Q1 2023 and Q2 2023?",
        "What was Acme's revenue in the three months ended April 29, 2023?",
    ],
)
def test_a_year_a_day_or_two_parts_are_not_derived(text):
    assert find_derivation(text) is None


COVER = "<p>FORM {form}</p><p>{period}</p><p>Acme Corporation</p>" + (
    "<p>(Exact name of registrant as specified in its charter)</p>"
)


def write_filing(path, form, period, heads, *rows):
    cells = [("", *heads), *rows]
    table = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in cells)
    title = "<p>CONSOLIDATED STATEMENTS OF OPERATIONS</p><p>(In millions)</p>"
    cover = COVER.format(form=form, period=period)
    path.write_text(f"<html><body>{cover}{title}<table>{table}</table></body></html>")


@pytest.fixture(scope="module")
def library(tmp_path_factory, fake_embedder):
    """A year's report of an invented company, and that of its first nine months."""
    folder = tmp_path_factory.mktemp("derived")
    write_filing(
        folder / "acme-2023-10k.html",
        "10-K",
        "For the fiscal year ended December 31, 2023",
        ("2023", "2022"),
        ("Net sales", "$1,284", "$1,209"),
        ("Operating margin", "16.4%", "16.2%"),
    )
    write_filing(
        folder / "acme-2023q3-10q.html",
        "10-Q",
        "For the quarterly period ended September 30, 2023",
        ("Nine months ended September 30, 2023", "Nine months ended September 30, 2022"),
        ("Net sales", "$900", "$850"),
        ("Operating margin", "16.0%", "15.2%"),
    )
    workspace = Workspace(folder / "workspace", fake_embedder)
    for path in sorted(folder.glob("*.html")):
        workspace.add_file(path)
    return workspace


def build_desk(library, question):
    return Desk(Question(question), library, ScriptedChatModel(""), library.documents())


def test_the_fourth_quarter_is_the_year_less_nine_months(library):
    """No model is asked: facts settle both, and the difference is computed by a program."""
    question = "What were Acme's net sales in the fourth quarter of 2023?"
    result = finish_research(run_research(Question(question), library, ScriptedChatModel("")))
    assert result.verdict.label == "SUPPORTED"
    assert result.answer.text == "$384 million"
    assert [len(wave) for wave in order_steps(result.decomposition)] == [2, 1]
    assert "the fourth quarter of 2023" in result.decomposition.notes[-1]


@pytest.mark.parametrize(
    "question",
    [
        "What was Acme's operating margin in the fourth quarter of 2023?",
        "What were Acme's net sales in the second quarter of 2023?",
        "What were Acme's net sales in the fourth quarter of 2021?",
    ],
)
def test_what_cannot_be_taken_from_amounts_stays_as_it_was(library, question):
    """A margin is no difference of margins, and what is not printed cannot be subtracted."""
    plan = Decomposition((SubQuestion("Q1", question),))
    assert derive_periods(build_desk(library, question), plan) == plan
