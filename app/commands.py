"""One function a command, each from the parsed call to its exit code; of runs see `app.runs`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import MofNCompleteColumn

from app import terminal
from app.calls import (
    find_document_ids,
    open_console,
    print_json,
    read_settings,
    tell,
    tell_of_missing_vectors,
)
from app.composition import open_embedder, open_reranker, open_workspace, sample_files
from app.indexing import start_indexing
from app.progress_bar import open_bar
from app.settings import Settings
from app.wire import Record, record_document, record_fact, record_hit, record_report
from ingestion.documents import Document, Fact, StatementKind, TieOut
from ingestion.filings.lexicon import load_lexicon
from ingestion.periods import matches_period
from ingestion.progress import EmbeddingReport, Progress, ProgressListener
from ingestion.storage.vector_ledger import VectorCount
from ingestion.workspace import Workspace, find_files
from models.embedding import LocalEmbedder
from research.errors import EmptyQuestion, NothingToSearch
from research.retrieval.search import search_passages
from research.understanding.understand import understand_question

# The most facts that are written to a terminal; a pipe and --json get all.
_SHOWN_FACTS = 200
# Words that may stand between the names of line items without naming another one.
_SMALL_WORDS = frozenset("a and for in its of or the".split())
_STAGE_WORDS = {"reading": "reading", "embedding": "indexing", "storing": "storing"}


def run_ingest(call: argparse.Namespace) -> int:
    """Add files and folders; a file that fails does not stop the others.

    All files are stored before the first vector is made: they can be searched from then on.
    """
    settings = read_settings(call)
    embedder = open_embedder(settings)
    workspace = open_workspace(settings, embedder)
    paths = find_files([Path(path) for path in call.paths])
    console = Console()
    records = []
    failed = False
    with _show_progress() as listener:
        _refresh(workspace, listener)
        for report in workspace.add_files(paths, listener):
            failed = failed or report.status == "failed"
            if call.json:
                records.append(record_report(report, _find_tie_outs(workspace, report.document)))
            else:
                console.print(terminal.render_report(report), soft_wrap=True)
        if not call.no_wait and workspace.waiting_for_vectors():
            made = workspace.embed_waiting(listener)
            tell(terminal.describe_embedding(made, _name_engine(embedder, made)))
    if call.no_wait:
        _leave_vectors(settings, workspace)
    if call.json:
        print_json(records)
    return 1 if failed else 0


def run_index(call: argparse.Namespace) -> int:
    """Make the vectors that are missing."""
    settings = read_settings(call)
    embedder = open_embedder(settings)
    workspace = open_workspace(settings, embedder)
    with _show_progress() as listener:
        made = workspace.embed_waiting(listener)
    if call.json:
        print_json({**asdict(made), "engine": _name_engine(embedder, made)})
    else:
        told = terminal.describe_embedding(made, _name_engine(embedder, made))
        Console().print(told, highlight=False, markup=False, soft_wrap=True)
    return 0


def _name_engine(embedder: LocalEmbedder, made: EmbeddingReport) -> str | None:
    """Return what computed the vectors; None, without loading the model, where none was made."""
    return embedder.engine if made.made else None


def _leave_vectors(settings: Settings, workspace: Workspace) -> None:
    """Leave the vectors that are missing to a program of their own, and say so."""
    waiting = workspace.waiting_for_vectors()
    if not waiting:
        return
    log = start_indexing(settings, workspace)
    told = f" (see {log})" if log else ""
    tell(
        f"{terminal.name_vectors(len(waiting))} being made in the background{told}. "
        "`acedesk documents` shows how far they are."
    )


def run_documents(call: argparse.Namespace) -> int:
    """List the library."""
    workspace = open_workspace(read_settings(call))
    documents = workspace.documents()
    if call.json:
        print_json(_record_documents(workspace, documents))
    else:
        waiting = workspace.waiting_for_vectors()
        open_console().print(terminal.render_documents(documents, waiting))
    return 0


def run_remove(call: argparse.Namespace) -> int:
    """Remove documents, all of them or, when one is not known, none."""
    workspace = open_workspace(read_settings(call))
    documents = [workspace.find_document(reference) for reference in call.documents]
    records = _record_documents(workspace, documents)
    for document in documents:
        workspace.remove_document(document.document_id)
    if call.json:
        print_json(records)
    else:
        for document in documents:
            Console().print(f"removed {document.name}", highlight=False, markup=False)
    return 0


def run_search(call: argparse.Namespace) -> int:
    """Rank passages without the language model."""
    settings = read_settings(call)
    workspace = open_workspace(settings)
    document_ids = find_document_ids(workspace, call.document)
    documents = {document.document_id: document for document in workspace.documents()}
    if not documents:
        raise NothingToSearch(
            "There are no documents to search. Add a filing first (`acedesk ingest FILE`)."
        )
    if not call.query.strip():
        raise EmptyQuestion("The query is empty. Say what is to be found, in words.")
    reranker = open_reranker(settings)
    hits = search_passages(workspace, call.query, call.k, document_ids, reranker=reranker)
    # Afterwards, since only the search sees vectors that cannot be read.
    tell_of_missing_vectors(workspace, document_ids)
    if call.json:
        print_json(
            [
                record_hit(rank, hit, documents, workspace, workspace.facts_of(hit.passage))
                for rank, hit in enumerate(hits, start=1)
            ]
        )
        return 0
    console = Console()
    chosen = [documents[key] for key in document_ids or documents]
    query = understand_question(call.query, chosen)
    console.print(terminal.render_understood(query), highlight=False)
    if not hits:
        console.print("Nothing was found. Say it in other words, or choose other documents.")
    for rank, hit in enumerate(hits, start=1):
        name = documents[hit.passage.document_id].name
        console.print(terminal.render_hit(rank, hit, name), highlight=False)
    return 0


def run_facts(call: argparse.Namespace) -> int:
    """List typed numbers with their place."""
    workspace = open_workspace(read_settings(call))
    document_ids = find_document_ids(workspace, call.document)
    names = {document.document_id: document.name for document in workspace.documents()}
    if not names:
        raise NothingToSearch(
            "There are no documents to take facts from. Add a filing first (`acedesk ingest FILE`)."
        )
    concepts = _find_concepts(call.line_item, call.statement) if call.line_item else ()
    fitting = [
        fact
        for fact in workspace.find_facts(document_ids, call.line_item, concepts)
        if _is_of(fact, call.statement, call.period)
    ]
    facts = fitting[: call.limit]
    if call.json:
        print_json([record_fact(fact, names[fact.document_id]) for fact in facts])
        return 0
    console = open_console()
    shown = facts[:_SHOWN_FACTS] if console.is_terminal else facts
    console.print(terminal.render_facts(shown, names, len(fitting)), highlight=False)
    return 0


def _find_concepts(text: str, statement: StatementKind | None) -> tuple[str, ...]:
    """Return the lexicon's names of what `text` names, if it names line items and nothing else.

    "Net sales and gross profit" are two; "Garden net sales" are not the net sales.
    """
    lexicon = load_lexicon()
    concept = lexicon.match(text, statement)
    if concept is not None:
        return (concept.name,)
    mentions = lexicon.find_mentions(text)
    rest = text
    for mention in reversed(mentions):
        rest = f"{rest[: mention.start]} {rest[mention.end :]}"
    if not _SMALL_WORDS.issuperset(re.findall(r"\w+", rest.lower())):
        return ()
    return tuple(mention.concept.name for mention in mentions)


def _is_of(fact: Fact, statement: StatementKind | None, period: str | None) -> bool:
    """Whether a fact stands in the statement and is of the period, where these are given."""
    if statement is not None and fact.statement != statement:
        return False
    return period is None or (fact.period is not None and matches_period(fact.period, period))


def run_serve(call: argparse.Namespace) -> int:
    """Open the desk in the browser."""
    from app.desk.server import serve_desk  # gradio is loaded only here

    settings = read_settings(call)
    workspace = open_workspace(settings)
    with _show_progress() as listener:
        _refresh(workspace, listener)
        if call.sample:
            for path in sample_files():
                workspace.add_file(path, listener)
    serve_desk(
        settings,
        workspace,
        call.host,
        call.port,
        open_browser=not call.no_browser,
        rest_after=call.unload_after * 60 if call.unload_after else None,
    )
    return 0


def _refresh(workspace: Workspace, listener: ProgressListener) -> None:
    """Go on with what was interrupted, bring older documents up to date, and say so."""
    console = Console(stderr=True)
    for report in workspace.resume(listener):
        console.print(terminal.render_report(report), soft_wrap=True)
    for report in workspace.refresh(listener):
        told = report.error or f"{report.name} was read again with the present parser."
        style = "yellow" if report.error else "dim"
        console.print(told, style=style, highlight=False, markup=False)


def _find_tie_outs(workspace: Workspace, document: Document | None) -> tuple[TieOut, ...]:
    return workspace.tie_outs(document.document_id) if document else ()


def _record_documents(workspace: Workspace, documents: Sequence[Document]) -> list[Record]:
    counts = {count.document_id: count for count in workspace.vector_counts()}
    return [
        {
            **record_document(document, _find_tie_outs(workspace, document)),
            "vectors": _record_count(counts[document.document_id]),
        }
        for document in documents
    ]


def _record_count(count: VectorCount) -> Record:
    return {"done": count.done, "total": count.total}


@contextmanager
def _show_progress() -> Iterator[ProgressListener]:
    """Show a bar on standard error when that is a terminal; else listen in silence."""
    with open_bar(MofNCompleteColumn()) as (_, update):

        def listen(progress: Progress) -> None:
            told = f"{_STAGE_WORDS[progress.stage]} {progress.name}"
            update(told, progress.done, progress.total)

        yield listen
