"""`acedesk facts`: typed numbers with their place, for scripts and for people."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.cli import main
from ingestion.documents import Box, Document, Fact, FilingFacts, ParsedFile, TieOut
from ingestion.periods import Period
from ingestion.storage.database import Database

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "assets" / "sample"
YEARS = {year: Period(12, date(year, 12, 31), year) for year in (2022, 2023)}
QUARTER = Period(3, date(2023, 6, 30), 2023, 2)
SALES = Fact(
    fact_id="sales-2023",
    document_id="d1",
    page=4,
    line_item="Net sales",
    parents=(),
    concept="revenue",
    period=YEARS[2023],
    value=Decimal("1284.7"),
    value_as_printed="1,284.7",
    unit="USD",
    scale=1_000_000,
    statement="income",
    source="table",
    quote="Net sales 1,284.7",
    line=3,
    box=Box(300.0, 100.0, 330.0, 110.0),
)
FACTS = (
    SALES,
    replace(SALES, fact_id="sales-2022", period=YEARS[2022], value=Decimal(1201), line=4),
    replace(SALES, fact_id="sales-q2", period=QUARTER, value=Decimal("310.2"), line=5),
    replace(SALES, fact_id="garden", parents=("Garden",), concept=None, line=6),
    replace(
        SALES,
        fact_id="capex",
        page=9,
        line_item="Purchases of property, plant and equipment",
        concept="capital_expenditures",
        statement="cash_flow",
        value=Decimal("-71.8"),
    ),
    replace(SALES, fact_id="undated", page=9, line=9, line_item="Headcount", concept=None,
            period=None, statement=None),
)  # fmt: skip
SUMS = (
    TieOut("a total", 4, "passed", "", Decimal(1), Decimal(1)),
    TieOut("a total", 5, "failed", "", Decimal(1), Decimal(2)),
)


@pytest.fixture
def folder(tmp_path):
    """A workspace with the facts of a report, and one fact of another."""
    made = tmp_path / "workspace"
    made.mkdir()
    database = Database(made / "desk.sqlite3")
    for key, name, facts in (
        ("d1", "acme-2023.pdf", FACTS),
        ("d2", "zeta.pdf", (replace(SALES, fact_id="zeta", document_id="d2"),)),
    ):
        filing = FilingFacts(name[:4], "10-K", 2023, "2023-12-31", 12)
        document = Document(key, name, filing, 9, 0, 0, len(facts), "2024")
        database.store_document(document, ParsedFile((), filing, (), facts, SUMS), (), 1)
    return made


@pytest.fixture
def list_facts(folder, capsys):
    """Run the command and return its exit code and what it printed."""

    def run(*words):
        code = main(["facts", *words, "--workspace", str(folder)])
        return code, capsys.readouterr().out

    return run


@pytest.fixture
def list_ids(list_facts):
    """Run the command for scripts and return the ids of the facts."""

    def run(*words):
        code, printed = list_facts(*words, "--json")
        assert code == 0
        return [fact["fact_id"] for fact in json.loads(printed)]

    return run


def test_all_facts_are_listed_by_document_page_and_line(list_ids):
    assert list_ids() == [*(fact.fact_id for fact in FACTS), "zeta"]


def test_a_fact_is_written_with_the_promised_fields(list_facts):
    code, printed = list_facts("--document", "acme-2023", "--limit", "1", "--json")
    assert code == 0
    assert json.loads(printed) == [
        {
            "fact_id": "sales-2023",
            "document_id": "d1",
            "document": "acme-2023.pdf",
            "page": 4,
            "line_item": "Net sales",
            "parents": [],
            "concept": "revenue",
            "period": "FY2023",
            "period_end": "2023-12-31",
            "months": 12,
            "fiscal_year": 2023,
            "value": 1284.7,
            "value_as_printed": "1,284.7",
            "unit": "USD",
            "scale": 1_000_000,
            "statement": "income",
            "source": "table",
            "quote": "Net sales 1,284.7",
            "box": [300.0, 100.0, 330.0, 110.0],
            "sheet": None,
            "cell": None,
        }
    ]


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["--document", "zeta.pdf"], ["zeta"]),
        (["--document", "d2", "--document", "acme-2023", "--line-item", "headcount"], ["undated"]),
        (["--line-item", "capital expenditure"], ["capex"]),
        (["--line-item", "purchases of equipment"], ["capex"]),
        (["--line-item", "garden sales"], ["garden"]),
        (["--line-item", "Garden net sales"], ["garden"]),
        (["--line-item", "capex and widgets"], []),
        (["--line-item", "goodwill"], []),
        (["--period", "2022"], ["sales-2022"]),
        (["--period", "Q2 2023"], ["sales-q2"]),
        (["--period", "FY2023", "--document", "d1"], ["sales-2023", "garden", "capex"]),
        (["--period", "June 30, 2023"], ["sales-q2"]),
        (["--statement", "cash_flow"], ["capex"]),
        (["--line-item", "sales", "--limit", "2"], ["sales-2023", "sales-2022"]),
        (["--period", "FY2023", "--limit", "2"], ["sales-2023", "garden"]),
    ],
)
def test_facts_are_narrowed(list_ids, words, ids):
    assert list_ids(*words) == ids


def test_several_line_items_are_found_by_what_they_mean(list_ids):
    asked = ["--line-item", "revenues and capital expenditures", "--document", "d1"]
    assert list_ids(*asked) == ["sales-2023", "sales-2022", "sales-q2", "capex"]


@pytest.mark.parametrize("text", ["soon", "2022 and 2023", "Q2", ""])
def test_a_text_that_is_no_period_is_a_wrong_call(folder, capsys, text):
    with pytest.raises(SystemExit) as stopped:
        main(["facts", "--period", text, "--workspace", str(folder)])
    assert stopped.value.code == 2
    told = capsys.readouterr().err
    assert repr(text) in told
    assert "such as 2023, FY2023, Q2 2023" in told


def test_an_unknown_statement_is_a_wrong_call(folder):
    with pytest.raises(SystemExit) as stopped:
        main(["facts", "--statement", "balance", "--workspace", str(folder)])
    assert stopped.value.code == 2


def test_an_unknown_document_is_named(folder, capsys):
    code = main(["facts", "--document", "gone", "--workspace", str(folder)])
    assert code == 1
    assert "No document is called gone" in capsys.readouterr().err


def test_an_empty_workspace_says_what_to_do(tmp_path, capsys):
    assert main(["facts", "--workspace", str(tmp_path / "w")]) == 1
    assert "acedesk ingest" in capsys.readouterr().err


def test_people_get_a_table_with_the_number_of_facts(list_facts):
    code, printed = list_facts("--line-item", "capital expenditure")
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    assert code == 0
    assert lines == [
        "document place line item period value statement",
        "acme-2023.pdf p. 9 Purchases of property, plant and equipment FY2023"
        " -71.8 million USD cash flow",
        "",
        "1 fact",
    ]


@pytest.fixture
def many_facts(folder):
    """More facts than a terminal shows."""
    facts = tuple(replace(SALES, fact_id=f"f{line}", line=line) for line in range(250))
    document = Document("d1", "acme-2023.pdf", FilingFacts(), 9, 0, 0, len(facts), "2024")
    Database(folder / "desk.sqlite3").store_document(document, ParsedFile((), facts=facts), (), 1)


def test_a_pipe_gets_all_facts(many_facts, list_facts):
    _, printed = list_facts("--document", "d1")
    assert printed.count("Net sales") == 250
    assert printed.splitlines()[-1] == "250 facts"


def test_a_terminal_gets_the_first_and_is_told(many_facts, list_facts, monkeypatch):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")  # rich's own way to call a pipe a terminal
    _, printed = list_facts("--document", "d1")
    assert printed.count("Net sales") == 200
    assert "The first 200 of 250 facts." in printed


def test_documents_tell_their_facts_and_sums(folder, capsys):
    assert main(["documents", "--workspace", str(folder), "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["facts"], second["facts"]) == (6, 1)
    assert first["tie_outs"] == {"passed": 1, "failed": 1, "not_applicable": 0}


def run_program(*words):
    """Run the program as a user does and return what it printed as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "app", *words, "--json"],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A workspace with the sample's 2023 report, and what the program said of it."""
    made = str(tmp_path_factory.mktemp("facts") / "workspace")
    (report,) = run_program("ingest", str(SAMPLE / "bramblewick-2023-10k.pdf"), "--workspace", made)
    return made, report


@pytest.mark.slow
def test_the_samples_net_sales_are_found_with_their_place(sample):
    made, _ = sample
    facts = run_program(
        "facts", "--line-item", "net sales", "--period", "2023", "--workspace", made
    )
    (total,) = [
        fact
        for fact in facts
        if fact["statement"] == "income" and fact["value"] == 1284.7 and not fact["parents"]
    ]
    assert total["document"] == "bramblewick-2023-10k.pdf"
    assert (total["unit"], total["scale"], total["value_as_printed"]) == (
        "USD",
        1_000_000,
        "$1,284.7",
    )
    assert (total["period"], total["period_end"]) == ("FY2023", "2023-12-31")
    assert len(total["box"]) == 4


@pytest.mark.slow
def test_the_samples_capital_expenditure_is_found_by_its_usual_name(sample):
    made, _ = sample
    facts = run_program(
        "facts", "--line-item", "capital expenditure", "--statement", "cash_flow",
        "--period", "FY2023", "--workspace", made,
    )  # fmt: skip
    assert ("Purchases of property, plant and equipment", -71.8) in [
        (fact["line_item"], fact["value"]) for fact in facts
    ]


@pytest.mark.slow
def test_the_counts_of_the_sample_are_those_of_its_facts(sample):
    made, report = sample
    (document,) = run_program("documents", "--workspace", made)
    facts = run_program("facts", "--workspace", made)
    assert report["facts"] == document["facts"] == len(facts) > 300
    assert report["tie_outs"] == document["tie_outs"]
    assert report["tie_outs"]["passed"] > 10
    assert report["tie_outs"]["failed"] == 0
