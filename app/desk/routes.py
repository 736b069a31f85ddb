"""What the browser fetches beside the page: pages' pictures, documents, and runs as files.

A document is somebody's file: an HTML filing is shown without scripts and apart from the page, a
table is handed over as a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Annotated, Literal

from fastapi import FastAPI, Header, HTTPException, Response
from fastapi.responses import FileResponse

from app.export import EXPORT_ENDINGS, render_export
from app.kept_runs import load_run
from app.leaves import open_leaves
from ingestion.errors import IngestionError
from ingestion.readers.pdf import render_page
from ingestion.workspace import Workspace
from research.errors import ResearchError

# Pixels a point: sharp on a screen of twice the usual density at the pane's usual width.
_PICTURE_SCALE = 2.0
_PICTURES_KEPT = 64
# What a browser shows by itself; all else it keeps as a file.
_SHOWN = {
    ".pdf": "application/pdf",
    ".htm": "text/html; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
}
_EXPORTED = {
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".pdf": "application/pdf",
}
# No scripts, nothing fetched, and an origin of its own.
_SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
# Kept by the browser, but asked for again each time: of a removed document nothing is shown.
_KEPT = {"Cache-Control": "private, no-cache"}


def add_routes(application: FastAPI, workspace: Workspace) -> None:
    """Let the browser fetch pages, documents and runs of a workspace."""
    _add_pictures(application, workspace)
    _add_documents(application, workspace)
    _add_exports(application, workspace)


@contextmanager
def _telling_what_is_missing() -> Iterator[None]:
    try:
        yield
    except (IngestionError, ResearchError) as error:
        raise HTTPException(404, str(error)) from error


def _add_pictures(application: FastAPI, workspace: Workspace) -> None:
    @lru_cache(maxsize=_PICTURES_KEPT)
    def draw(document_id: str, number: int, closer: int) -> bytes:
        document = workspace.find_document(document_id)
        return render_page(workspace.original_path(document), number, _PICTURE_SCALE * closer)

    @application.get("/page/{document_id}/{number}.png")
    def picture(
        document_id: str,
        number: int,
        scale: Literal["1", "2"] = "1",
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        # A document's id is made of its bytes, so that its pages never change.
        headers = {**_KEPT, "ETag": f'"{document_id}-{number}-{scale}"'}
        with _telling_what_is_missing():
            # Asked first: of a document that was removed nothing is shown, kept or not.
            workspace.find_document(document_id)
            if if_none_match == headers["ETag"]:
                return Response(status_code=304, headers=headers)
            content = draw(document_id, number, int(scale))
        return Response(content, media_type="image/png", headers=headers)


def _add_documents(application: FastAPI, workspace: Workspace) -> None:
    @application.get("/document/{document_id}")
    def document(document_id: str) -> Response:
        with _telling_what_is_missing():
            found = workspace.find_document(document_id)
            path = workspace.original_path(found)
        media_type = _SHOWN.get(path.suffix.lower())
        headers = {"X-Content-Type-Options": "nosniff", **_KEPT}
        if path.suffix.lower() != ".pdf":  # the browser's own viewer does not open in a sandbox
            headers["Content-Security-Policy"] = _SANDBOX
        return FileResponse(
            path,
            media_type=media_type or "application/octet-stream",
            filename=found.name,
            content_disposition_type="inline" if media_type else "attachment",
            headers=headers,
        )


def _add_exports(application: FastAPI, workspace: Workspace) -> None:
    @application.get("/run/{run_id}/export{ending}")
    def export(run_id: str, ending: str) -> Response:
        if ending not in EXPORT_ENDINGS:
            raise HTTPException(404, f"An export ends in one of {', '.join(EXPORT_ENDINGS)}.")
        with _telling_what_is_missing():
            saved, result = load_run(workspace, run_id)
        content = render_export(result, ending, saved.asked_at, open_leaves(workspace))
        name = f"acedesk-{saved.answer_id[:8]}{ending}"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "Content-Security-Policy": _SANDBOX,
        }
        return Response(content, media_type=_EXPORTED[ending], headers=headers)
