"""The command line as scripts and people meet it: words, exit codes, JSON, messages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.cli import build_parser, main
from app.indexing import build_index_command, start_indexing
from app.settings import Settings
from ingestion.storage.locking import EMBEDDING_LOCK, wait_for_lock
from ingestion.storage.vectors import Embedder
from ingestion.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "assets" / "sample"


def run_cli(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a user does, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "app", *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def sample_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the sample's 2023 report and workbook, added by the program itself."""
    folder = tmp_path_factory.mktemp("cli") / "workspace"
    done = run_cli(
        "ingest",
        str(SAMPLE / "bramblewick-2023-10k.pdf"),
        str(SAMPLE / "bramblewick-segments.xlsx"),
        "--workspace",
        str(folder),
        "--json",
    )
    assert done.returncode == 0, done.stderr
    reports = json.loads(done.stdout)
    assert [report["status"] for report in reports] == ["added", "added"]
    return folder


def test_wrong_words_exit_with_2() -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["search"])
    assert stopped.value.code == 2


def test_claim_is_short_for_mode_claim() -> None:
    call = build_parser().parse_args(["ask", "x", "--claim"])
    assert call.mode == "claim"


def test_an_empty_path_is_no_folder() -> None:
    """A variable that is not set must not add the folder that one happens to be in."""
    with pytest.raises(SystemExit) as stopped:
        main(["ingest", ""])
    assert stopped.value.code == 2


def test_a_missing_file_exits_with_1_and_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["ingest", str(tmp_path / "gone.pdf"), "--workspace", str(tmp_path / "w")])
    assert code == 1
    assert "gone.pdf" in capsys.readouterr().err


def test_a_question_without_documents_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["ask", "What were net sales?", "--workspace", str(tmp_path / "w")])
    assert code == 1
    assert "acedesk ingest" in capsys.readouterr().err


def test_a_bad_file_fails_and_the_others_are_kept_out_of_harm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "broken.pdf"
    bad.write_bytes(b"%PDF-1.7 cut off")
    code = main(["ingest", str(bad), "--workspace", str(tmp_path / "w"), "--json"])
    (report,) = json.loads(capsys.readouterr().out)
    assert code == 1
    assert report["status"] == "failed"
    assert "broken.pdf" in report["error"]


def test_an_empty_library_lists_as_an_empty_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["documents", "--workspace", str(tmp_path / "w"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_the_variable_chooses_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ACEDESK_WORKSPACE", str(tmp_path / "chosen"))
    assert main(["documents", "--json"]) == 0
    assert (tmp_path / "chosen" / "desk.sqlite3").exists()


def test_a_file_that_is_no_gguf_is_refused(
    sample_workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = tmp_path / "model.gguf"
    fake.write_bytes(b"not a model")
    code = main(["ask", "x?", "--workspace", str(sample_workspace), "--model", str(fake)])
    assert code == 1
    assert "model.gguf is not a GGUF file" in capsys.readouterr().err


@pytest.mark.slow
def test_documents_have_the_promised_fields(sample_workspace: Path) -> None:
    done = run_cli("documents", "--workspace", str(sample_workspace), "--json")
    report = next(d for d in json.loads(done.stdout) if d["name"].endswith(".pdf"))
    assert report["company"] == "Bramblewick Tools, Inc."
    assert report["form"] == "10-K"
    assert report["fiscal_year"] == 2023
    assert report["period_end"] == "2023-12-31"
    assert report["pages"] == 14
    assert {"document_id", "passages", "tables", "facts", "added_at"} <= report.keys()


@pytest.mark.slow
def test_adding_again_says_unchanged(sample_workspace: Path) -> None:
    path = str(SAMPLE / "bramblewick-2023-10k.pdf")
    done = run_cli("ingest", path, "--workspace", str(sample_workspace), "--json")
    assert json.loads(done.stdout)[0]["status"] == "unchanged"


@pytest.mark.slow
def test_search_finds_the_cash_flow_statement(sample_workspace: Path) -> None:
    done = run_cli(
        "search",
        "purchases of property, plant and equipment",
        "--document",
        "bramblewick-2023-10k",
        "--workspace",
        str(sample_workspace),
        "--json",
    )
    hits = json.loads(done.stdout)
    assert [hit["rank"] for hit in hits] == list(range(1, 11))
    assert 9 in [hit["page"] for hit in hits]
    assert all(len(box) == 4 for hit in hits for box in hit["boxes"])
    assert any(hit["facts"] for hit in hits), "a passage of a table tells its facts"


@pytest.mark.slow
def test_ask_prints_the_tree_the_evidence_and_the_verdict(sample_workspace: Path) -> None:
    done = run_cli(
        "ask",
        "What were Bramblewick's purchases of property, plant and equipment in 2023?",
        "--workspace",
        str(sample_workspace),
    )
    assert done.returncode == 0, done.stderr
    assert "Plan" in done.stdout
    assert "Q1" in done.stdout
    assert "p. 9" in done.stdout
    assert "SUPPORTED" in done.stdout
    assert "71.8" in done.stdout


@pytest.mark.slow
def test_removing_takes_the_document_away(tmp_path: Path) -> None:
    table = tmp_path / "sales.csv"
    table.write_text("Region,2022,2023\nNorth,10,12\nSouth,8,9\n")
    workspace = str(tmp_path / "w")
    assert run_cli("ingest", str(table), "--workspace", workspace).returncode == 0
    assert run_cli("remove", "sales", "--workspace", workspace).returncode == 0
    done = run_cli("documents", "--workspace", workspace, "--json")
    assert json.loads(done.stdout) == []


def wait_for_vectors(workspace: Path) -> None:
    """Ask until all vectors are made, as a script would; a program that hangs fails the test."""
    for _ in range(240):
        done = run_cli("documents", "--workspace", str(workspace), "--json")
        if all(d["vectors"]["done"] == d["vectors"]["total"] for d in json.loads(done.stdout)):
            return
        time.sleep(0.5)
    pytest.fail("the vectors were not made")


@pytest.mark.slow
def test_without_waiting_files_are_stored_and_their_vectors_follow(tmp_path: Path) -> None:
    table = tmp_path / "sales.csv"
    table.write_text("Region,2022,2023\nNorth,10,12\nSouth,8,9\n")
    workspace = tmp_path / "w"
    done = run_cli("ingest", str(table), "--workspace", str(workspace), "--no-wait", "--json")
    assert [report["status"] for report in json.loads(done.stdout)] == ["added"]
    assert "The vectors of 1 document are being made in the background" in done.stderr
    wait_for_vectors(workspace)
    done = run_cli("index", "--workspace", str(workspace), "--json")
    report = json.loads(done.stdout)
    assert (report["made"], report["waiting"], report["engine"]) == (0, 0, None)


@pytest.mark.slow
def test_adding_waits_until_all_vectors_are_made(sample_workspace: Path) -> None:
    done = run_cli("documents", "--workspace", str(sample_workspace), "--json")
    for report in json.loads(done.stdout):
        assert report["vectors"] == {"done": report["passages"], "total": report["passages"]}


def test_a_search_says_that_vectors_are_missing(
    tmp_path: Path, fake_embedder: Embedder, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "sales.csv"
    table.write_text("Region,2022,2023\nNorth,10,12\nSouth,8,9\n")
    Workspace(tmp_path / "w", fake_embedder).add_file(table)
    assert main(["search", "north", "--workspace", str(tmp_path / "w"), "--json"]) == 0
    told = capsys.readouterr()
    assert [hit["document"] for hit in json.loads(told.out)] == ["sales.csv"]
    assert "The vectors of 1 document are not made yet; `acedesk index` makes them." in told.err


@pytest.fixture
def table_workspace(tmp_path: Path, fake_embedder: Embedder) -> str:
    table = tmp_path / "sales.csv"
    table.write_text("Region,2022,2023\nNorth,10,12\nSouth,8,9\n")
    Workspace(tmp_path / "w", fake_embedder).add_file(table)
    return str(tmp_path / "w")


@pytest.mark.parametrize(
    "query",
    [
        "north " * 10_000,
        "\u5317\u65b9\u7684\u9500\u552e\u989d",
        "\u03c0\u03c9\u03bb\u03ae\u03c3\u03b5\u03b9\u03c2 \u0645\u0628\u064a\u0639\u0627\u062a",
        "'; DROP TABLE documents; --",
        'north" NEAR/2 * OR AND NOT (',
        "north\x00south",
        "text:north -south ^2022",
    ],
)
def test_a_search_for_odd_words_is_answered(
    table_workspace: str, query: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever is asked, the answer is a list of passages, and the documents stay."""
    assert main(["search", query, "--workspace", table_workspace, "--json"]) == 0
    hits = json.loads(capsys.readouterr().out)
    assert {hit["document"] for hit in hits} <= {"sales.csv"}
    assert main(["documents", "--workspace", table_workspace, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1


@pytest.mark.parametrize("query", ["", "   ", "\n\t"])
def test_a_search_for_nothing_is_refused(
    table_workspace: str, query: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["search", query, "--workspace", table_workspace]) == 1
    assert "The query is empty" in capsys.readouterr().err


def test_a_search_in_a_document_that_is_not_there_says_so(
    table_workspace: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["search", "north", "--document", "other", "--workspace", table_workspace]
    assert main(call) == 1
    assert "No document is called other" in capsys.readouterr().err


def test_more_hits_than_there_are_is_all_of_them(
    table_workspace: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["search", "north", "-k", "100000", "--workspace", table_workspace, "--json"]
    assert main(call) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1


def test_no_hits_at_all_are_no_number_to_ask_for(table_workspace: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["search", "north", "-k", "0", "--workspace", table_workspace])
    assert ended.value.code == 2


def test_a_search_says_what_it_understood_and_why_it_found_a_passage(
    table_workspace: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["search", "North sales in 2023", "--workspace", table_workspace]) == 0
    told = capsys.readouterr().out
    assert "Periods: FY2023" in told
    assert "row label" in told
    assert "document \u00d7" in told


def test_a_reranker_that_is_not_here_is_named(
    table_workspace: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["search", "north", "--reranker", "no-such-model", "--workspace", table_workspace]
    assert main(call) == 1
    assert "no-such-model" in capsys.readouterr().err


def test_the_program_in_the_background_is_told_the_same_settings(tmp_path: Path) -> None:
    settings = Settings(
        tmp_path / "w", embedding_model="e5-small-v2", chroma_url="http://vectors:8000"
    )
    assert build_index_command(settings) == [
        sys.executable,
        *("-P", "-m", "app", "index", "--workspace", str(tmp_path / "w")),
        *("--embedding-model", "e5-small-v2", "--chroma-url", "http://vectors:8000"),
    ]


def test_where_vectors_are_being_made_no_second_program_is_started(
    tmp_path: Path, fake_embedder: Embedder
) -> None:
    workspace = Workspace(tmp_path / "w", fake_embedder)
    with wait_for_lock(workspace.folder / EMBEDDING_LOCK, 0.0, lambda: False):
        assert start_indexing(Settings(workspace.folder), workspace) is None
    assert not (workspace.folder / "indexing.log").exists()
