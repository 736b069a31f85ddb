"""What the browser fetches beside the page: pictures of pages, and the documents themselves.

A document is somebody's file: an HTML filing is shown without scripts and apart from the page, a
table is handed over as a file.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from fastapi import FastAPI, HTTPException, Query, Response
from fastapi.responses import FileResponse

from ingestion.errors import IngestionError
from ingestion.readers.pdf import render_page
from ingestion.workspace import Workspace

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
# No scripts, nothing fetched, and an origin of its own.
_SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
# A document's id is made of its bytes, so what is made of it never changes.
_KEPT = {"Cache-Control": "private, max-age=86400, immutable"}


def add_routes(application: FastAPI, workspace: Workspace) -> None:
    """Let the browser fetch pages and documents of a workspace."""

    @lru_cache(maxsize=_PICTURES_KEPT)
    def draw(document_id: str, number: int, closer: int) -> bytes:
        document = workspace.find_document(document_id)
        return render_page(workspace.original_path(document), number, _PICTURE_SCALE * closer)

    @application.get("/page/{document_id}/{number}.png")
    def picture(document_id: str, number: int, scale: Literal["1", "2"] = Query("1")) -> Response:
        try:
            # Asked first: of a document that was removed nothing is shown, kept or not.
            workspace.find_document(document_id)
            content = draw(document_id, number, int(scale))
        except IngestionError as error:
            raise HTTPException(404, str(error)) from error
        return Response(content, media_type="image/png", headers=_KEPT)

    @application.get("/document/{document_id}")
    def document(document_id: str) -> Response:
        try:
            found = workspace.find_document(document_id)
            path = workspace.original_path(found)
        except IngestionError as error:
            raise HTTPException(404, str(error)) from error
        media_type = _SHOWN.get(path.suffix.lower())
        headers = {"X-Content-Type-Options": "nosniff"}
        if path.suffix.lower() != ".pdf":  # the browser's own viewer does not open in a sandbox
            headers["Content-Security-Policy"] = _SANDBOX
        return FileResponse(
            path,
            media_type=media_type or "application/octet-stream",
            filename=found.name,
            content_disposition_type="inline" if media_type else "attachment",
            headers=headers,
        )
