"""The library as the page lists it: documents by company, and which of them a question may use.

Pure: from documents to HTML, all text escaped. Knows no gradio and does no work.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape

from ingestion.documents import Document

# From so many documents on, they can be filtered.
_FILTERED_FROM = 5


def render_library(documents: Sequence[Document], unasked: Collection[str] = ()) -> str:
    """List the documents by company; each can be left out of questions, and removed.

    `unasked` are the ids of those that are left out.
    """
    if not documents:
        return (
            '<p class="desk-hint">No documents yet. Drop a 10-K or a 10-Q (PDF or HTML), a '
            "workbook, a CSV table, or a ZIP of them above.</p>"
        )
    parts = [_render_choice(documents, unasked), '<ul class="desk-library">']
    company = None
    for document in documents:
        own = document.filing.company or "Other documents"
        if own != company:
            parts.append(f'<li class="desk-company">{escape(own)}</li>')
            company = own
        parts.append(_render_document(document, is_asked=document.document_id not in unasked))
    return "".join([*parts, "</ul>"])


def _render_choice(documents: Sequence[Document], unasked: Collection[str]) -> str:
    """Tell how many documents are asked, and let them be found by their words."""
    asked = sum(document.document_id not in unasked for document in documents)
    told = "All are asked" if asked == len(documents) else f"{asked} of {len(documents)} are asked"
    ask_all = (
        '<button type="button" class="desk-link" data-ask-all>Ask all</button>'
        if asked < len(documents)
        else ""
    )
    filtering = (
        '<input type="search" class="desk-filter" placeholder="Filter" '
        'aria-label="Filter the library by name, company, form or year">'
        if len(documents) >= _FILTERED_FROM
        else ""
    )
    return f'{filtering}<p class="desk-asked"><span>{told}</span>{ask_all}</p>'


def _render_document(document: Document, *, is_asked: bool) -> str:
    filing = document.filing
    year = f"FY{filing.fiscal_year}" if filing.fiscal_year else (filing.period_end or "")
    kind = " ".join(part for part in (filing.form or "", year) if part)
    page = "sheet" if document.page_kind == "sheet" else "page"
    counts = [_count(document.pages, page)]
    counts += [
        _count(number, noun)
        for number, noun in ((document.tables, "table"), (document.facts, "fact"))
        if number
    ]
    name = escape(document.name)
    return (
        f'<li class="desk-document{"" if is_asked else " desk-unasked"}">'
        f'<input type="checkbox" data-ask="{document.document_id}" '
        f'aria-label="Ask {name}"{" checked" if is_asked else ""}>'
        f'<span class="desk-doc-name" title="{name}">{name}</span>'
        f'<span class="desk-quiet">{escape(kind)} {", ".join(counts)}</span>'
        f'<button type="button" class="desk-remove" data-remove="{document.document_id}" '
        f'aria-label="Remove {name}">Remove</button>{fold_warnings(document.warnings)}</li>'
    )


def fold_warnings(warnings: Sequence[str]) -> str:
    """Show how many warnings there are; opened, it lists them."""
    if not warnings:
        return ""
    items = "".join(f"<li>{escape(warning)}</li>" for warning in warnings)
    return (
        f'<details class="desk-warnings"><summary class="desk-warn">\u26a0 '
        f"{_count(len(warnings), 'warning')}</summary><ul>{items}</ul></details>"
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else noun + 's'}"
