"""What the commands print for a person: pure functions from values to rich renderables.

Knows colours and columns, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from app.explaining import describe_hit, describe_query
from app.wording import quote_evidence, shorten, write_amount
from ingestion.documents import Document, Fact, IngestReport, ScoredPassage
from ingestion.progress import EmbeddingReport
from ingestion.storage.vector_ledger import VectorCount
from research.questions import (
    Calculation,
    Decomposition,
    Evidence,
    ResearchResult,
    SubAnswer,
    Verdict,
)
from research.understanding.query import Query

_STATUS_STYLE = {"added": "green", "unchanged": "dim", "failed": "bold red"}
_VERDICT_STYLE = {
    "SUPPORTED": "bold green",
    "REFUTED": "bold red",
    "NOT_ENOUGH_INFO": "bold yellow",
}
_VERDICT_WORDS = {
    "SUPPORTED": "\u2713 SUPPORTED",
    "REFUTED": "\u2717 REFUTED",
    "NOT_ENOUGH_INFO": "? NOT ENOUGH INFORMATION",
}
_SHOWN_EVIDENCE = 3
_QUOTE_LENGTH = 160
_SCALE_WORDS = {
    1: "",
    1_000: " thousand",
    1_000_000: " million",
    1_000_000_000: " billion",
    1_000_000_000_000: " trillion",
}


def render_report(report: IngestReport) -> RenderableType:
    """Write one line on a file, and its warnings or error below."""
    line = Text.assemble(
        (f"{report.status:>9}", _STATUS_STYLE[report.status]), "  ", (report.name, "bold")
    )
    if report.document is not None:
        document = report.document
        line.append(
            f"  {document.pages} pages, {document.passages} passages, {document.tables} tables, "
            f"{document.facts} facts, {report.seconds:.1f} s",
            "dim",
        )
    notes = [Text(f"           {warning}", "yellow") for warning in report.warnings]
    if report.error:
        notes.append(Text(f"           {report.error}", "red"))
    return Group(line, *notes)


def describe_embedding(report: EmbeddingReport, engine: str | None) -> str:
    """Say how many vectors were made, how fast and by what (None where none was computed)."""
    told = "No vectors were missing."
    if report.made or report.copied:
        told = f"Made {report.made:,} vectors in {report.seconds:.1f} s"
        if engine and report.seconds:
            told += f" ({report.made / report.seconds:.1f} a second, {engine})"
        told += "."
    if report.copied:
        told += f" Copied {report.copied:,} from passages of the same text."
    if report.waiting:
        told += f" {name_vectors(report.waiting)} still missing: run `acedesk index` again."
    return told


def describe_missing_vectors(documents: int, is_embedding: bool) -> str:
    """Say that so many documents are found by words and facts alone, and what ends that."""
    if is_embedding:
        told = f"{name_vectors(documents)} still being made."
    else:
        told = f"{name_vectors(documents)} not made yet; `acedesk index` makes them."
    return f"{told} Until then the search knows their words and facts alone."


def name_vectors(documents: int) -> str:
    """Write "The vectors of 2 documents are"."""
    return f"The vectors of {documents:,} {'document' if documents == 1 else 'documents'} are"


def render_documents(
    documents: Sequence[Document], waiting: Sequence[VectorCount] = ()
) -> RenderableType:
    """Write a table of the library, and how far the vectors are while documents wait for some."""
    if not documents:
        return Text("The workspace is empty. Add a filing: acedesk ingest FILE")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("id", "name", "company", "form", "year", "period end"):
        table.add_column(name)
    shares = {count.document_id: f"{100 * count.done // count.total}%" for count in waiting}
    for name in ("pages", "tables", "facts", *(["vectors"] if shares else [])):
        table.add_column(name, justify="right")
    for document in documents:
        filing = document.filing
        cells = (
            document.document_id,
            document.name,
            filing.company or "",
            filing.form or "",
            str(filing.fiscal_year or ""),
            filing.period_end or "",
            str(document.pages),
            str(document.tables),
            str(document.facts),
        )
        share = [shares.get(document.document_id, "100%")] if shares else []
        table.add_row(*map(Text, [*cells, *share]))
    return table


def render_facts(facts: Sequence[Fact], names: Mapping[str, str], total: int) -> RenderableType:
    """Write a table of facts and how many of all that fit (`total`) it shows.

    `names` holds the documents' names by id.
    """
    if not facts:
        return Text("No fact fits. Use fewer or other words, or ask the text: acedesk search WORDS")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("document", "place", "line item", "period"):
        table.add_column(name)
    table.add_column("value", justify="right")
    table.add_column("statement")
    for fact in facts:
        cells = (
            names[fact.document_id],
            _write_place(fact),
            " > ".join((*fact.parents, fact.line_item)),
            fact.period.label if fact.period else "",
            _write_value(fact),
            (fact.statement or "").replace("_", " "),
        )
        table.add_row(*map(Text, cells))
    told = f"{total:,} {'fact' if total == 1 else 'facts'}"
    if len(facts) < total:
        told = f"The first {len(facts):,} of {told}. Narrow with --line-item and --period."
    return Group(table, Text(""), Text(told, "dim"))


def _write_place(fact: Fact) -> str:
    """Write "p. 4", "Segments!B7", or "p. 1 T3:B7" for the third table of a web page."""
    if fact.sheet:
        return f"{fact.sheet}!{fact.cell}" if fact.cell else fact.sheet
    return f"p. {fact.page} {fact.cell}" if fact.cell else f"p. {fact.page}"


def _write_value(fact: Fact) -> str:
    """Write "1,284.7 million USD"."""
    scale = _SCALE_WORDS.get(fact.scale, f" \u00d7 {fact.scale:,}")
    unit = f" {fact.unit}" if fact.unit else ""
    return f"{fact.value:,f}{scale}{unit}"


def render_hit(rank: int, scored: ScoredPassage, name: str) -> RenderableType:
    """Write a passage that a search found."""
    passage = scored.passage
    head = Text.assemble(
        (f"{rank:>2} ", "dim"),
        (name, "bold"),
        f" p. {passage.page} ",
        (f"{passage.kind} {scored.score:.2f} {passage.section or ''}", "dim"),
    )
    why = Padding(Text(describe_hit(scored), "dim"), (0, 0, 0, 3))
    return Group(head, why, Padding(Text(shorten(passage.text, 400)), (0, 0, 1, 3)))


def render_understood(query: Query) -> RenderableType:
    """Write what a search understood of the question; nothing where that is nothing."""
    told = describe_query(query)
    lines = [Text.assemble((f"{name}: ", "bold"), text) for name, text in told]
    return Padding(Group(*lines), (0, 0, 1, 0)) if lines else Text("")


def render_plan(plan: Decomposition) -> RenderableType:
    """Write the plan with what depends on what."""
    lines = [Text("Plan", "bold")]
    for step in plan.sub_questions:
        after = f"  after {', '.join(step.depends_on)}" if step.depends_on else ""
        lines.append(Text.assemble(("  " + step.label, "cyan"), f" {step.text}", (after, "dim")))
    lines += [Text(f"     {note}", "yellow") for note in plan.notes]
    return Group(*lines)


def render_sub_answer(sub_answer: SubAnswer) -> RenderableType:
    """Write a sub-answer with its evidence and, when it is not grounded, why."""
    mark = ("\u2713 grounded", "green") if sub_answer.grounded else ("? not grounded", "yellow")
    head = Text.assemble(
        (sub_answer.label, "bold cyan"),
        f" {sub_answer.question}  ",
        mark,
        (f"  {sub_answer.seconds:.1f} s", "dim"),
    )
    answer = Text(f"   {sub_answer.answer}", "bold" if sub_answer.grounded else "dim strike")
    parts: list[RenderableType] = [head, answer]
    parts += [Text(f"   {note}", "yellow") for note in sub_answer.notes]
    if not sub_answer.grounded:
        failed = [check for check in sub_answer.verdict.checks if not check.passed]
        parts += [Text(f"   {check.name}: {check.detail}", "yellow") for check in failed[:2]]
    if sub_answer.calculation is not None:
        parts.append(render_calculation(sub_answer.calculation))
    parts += [render_evidence(item) for item in sub_answer.evidence[:_SHOWN_EVIDENCE]]
    return Group(Text(""), *parts)


def render_calculation(calculation: Calculation) -> RenderableType:
    """Write a formula, what was put in, and the result."""
    lines = [Text.assemble(("   = ", "dim"), (calculation.formula, "italic"))]
    for operand in calculation.operands:
        mark = ("\u2713", "green") if operand.bound else ("?", "yellow")
        lines.append(
            Text.assemble(
                "     ",
                mark,
                f" {operand.reference or operand.name} ",
                (write_amount(operand.value), "bold"),
                (f"  {shorten(operand.label, _QUOTE_LENGTH)}", "dim"),
            )
        )
    return Group(*lines)


def render_evidence(evidence: Evidence) -> RenderableType:
    """Write where a piece of evidence stands, and its words; proof is marked."""
    place = f"p. {evidence.page}"
    if evidence.sheet:
        place = f"{evidence.sheet}!{evidence.cell}" if evidence.cell else evidence.sheet
    mark = "\u25a0" if evidence.is_proof else "\u25a1"
    return Text.assemble(
        (f"   {mark} ", "green" if evidence.is_proof else "dim"),
        (f"{evidence.document} {place}", "bold" if evidence.is_proof else "dim"),
        (
            f"  {shorten(quote_evidence(evidence), _QUOTE_LENGTH)}",
            "" if evidence.is_proof else "dim",
        ),
    )


def render_result(result: ResearchResult) -> RenderableType:
    """Write the final answer, its verdict and the checks behind it."""
    checks = [
        Text.assemble(
            ("\u2713 " if check.passed else "? ", "green" if check.passed else "yellow"),
            f"{check.name}: ",
            (check.detail, "dim"),
        )
        for check in result.verdict.checks
    ]
    return Group(
        Text(""),
        Panel(
            Group(Text(result.answer.text, "bold"), Text(""), *checks),
            title=render_verdict(result.verdict),
            title_align="left",
            border_style=_VERDICT_STYLE[result.verdict.label].removeprefix("bold "),
        ),
        Text(_describe_run(result), "dim"),
    )


def _describe_run(result: ResearchResult) -> str:
    """Tell the model, the mode and why, the seconds, and the tokens read and written."""
    tokens = result.tokens
    model = result.model
    name = f"{model.name} + {model.adapter}" if model.adapter else model.name
    told = [name, f"mode {result.question.mode}"]
    told.append(f"{result.timings['total']:.1f} s")
    if tokens.get("read"):
        told.append(f"{tokens['read']:,} tokens read, {tokens.get('written', 0):,} written")
    reason = f" ({result.question.mode_reason})" if result.question.mode_reason else ""
    return f"{told[0]}, {told[1]}{reason}, {', '.join(told[2:])}"


def render_verdict(verdict: Verdict) -> Text:
    """Write the verdict by word and shape, never by colour alone."""
    return Text(_VERDICT_WORDS[verdict.label], _VERDICT_STYLE[verdict.label])
