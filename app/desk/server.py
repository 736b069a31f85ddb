"""Serving the desk: the web application around the page, on this machine alone.

Adds a policy by which the browser itself refuses to fetch anything from elsewhere.
"""

from __future__ import annotations

import socket
import threading
import webbrowser
from dataclasses import replace

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.composition import open_reranker, open_resident, open_store
from app.desk.guard import Guard, is_loopback
from app.desk.installable import HEAD, add_identity
from app.desk.page import build_page, read_asset
from app.desk.routes import add_routes
from app.desk.session import Desk
from app.desk.shelf import ModelShelf
from app.desk.vector_maker import VectorMaker
from app.errors import PasswordMissing, PortTaken
from app.settings import Settings
from ingestion.workspace import Workspace
from models.builtin import BUILTIN_CHAT
from models.chat import ChatModel
from models.remembering import RememberingChatModel
from models.residency import ResidentChatModel
from models.switching import SwitchableChatModel
from research.retrieval.reranking import Reranker

# Everything from this server alone; gradio's own scripts need the "unsafe" words.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'"
)


def serve_desk(
    settings: Settings,
    workspace: Workspace,
    host: str,
    port: int,
    *,
    open_browser: bool,
    rest_after: float | None = None,
) -> None:
    """Serve the desk until it is interrupted.

    The model is loaded while the page is served already; `rest_after` seconds without a question
    its memory is given back.

    Raises:
        PasswordMissing: others can reach `host`, and no password is set.
        PortTaken: something listens there already.
        ModelError: there is no such model, or it does not fit into memory.
    """
    if not is_loopback(host) and settings.password is None:
        raise PasswordMissing(
            f"With --host {host} others can reach the desk and all that is in its library. Set a "
            "password in the environment variable ACEDESK_PASSWORD, or leave --host out."
        )
    _require_free(host, port)
    model, shelf = open_shelf(settings, rest_after)
    vectors = VectorMaker(workspace)
    # On this machine alone the desk asks for none, so that a variable set for a server hinders
    # nobody.
    password = None if is_loopback(host) else settings.password
    application = build_application(
        workspace, model, vectors, open_reranker(settings), shelf, password
    )
    vectors.wake()  # for what an earlier program has left
    # The embedding model takes seconds to load; the first question should not wait for it.
    threading.Thread(target=workspace.warm_up, daemon=True).start()
    address = f"http://{host}:{port}"
    print(f"AceDesk is open at {address} (stop it with Ctrl-C)", flush=True)  # noqa: T201
    if open_browser:
        threading.Timer(1.0, webbrowser.open, [address]).start()
    try:
        uvicorn.run(application, host=host, port=port, log_level="warning")
    finally:
        vectors.close()
        shelf.close()


def open_shelf(settings: Settings, rest_after: float | None = None) -> tuple[ChatModel, ModelShelf]:
    """Return the model that answers, which is loaded in the background, and what may change it.

    Raises:
        ModelError: there is no such model, or it does not fit into memory.
    """
    store = open_store(settings)
    resident = open_resident(settings, rest_after)
    resident.start()
    model = SwitchableChatModel(RememberingChatModel(resident))

    def open_other(name: str) -> tuple[ResidentChatModel, ChatModel]:
        other = open_resident(replace(settings, model=name, adapter=None), rest_after)
        return other, RememberingChatModel(other)

    named = settings.model or store.read_choice().model or BUILTIN_CHAT
    # A server's address may hold what is nobody's business.
    used = resident.file.name if resident.file.is_remote else named
    return model, ModelShelf(store, model, resident, used, open_other)


def build_application(
    workspace: Workspace,
    model: ChatModel,
    vectors: VectorMaker | None = None,
    reranker: Reranker | None = None,
    shelf: ModelShelf | None = None,
    password: str | None = None,
) -> FastAPI:
    """Return the web application over a workspace and its models, and who makes its vectors.

    `shelf` changes the model, where that can be done; each request must bear the `password`, if
    there is one.
    """
    application = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    add_routes(application, workspace)
    add_identity(application)
    application.add_middleware(_Policy)
    application.add_middleware(Guard, password=password)
    desk = Desk(workspace, model, vectors or VectorMaker(workspace), reranker, shelf)
    page = build_page(desk)
    gr.mount_gradio_app(
        application,
        page,
        path="/",
        theme=build_theme(),
        css=read_asset("desk.css"),
        footer_links=[],
        show_error=True,
        ssr_mode=False,
        pwa=False,
        head=HEAD,
        run_history=False,
    )
    return application


class _Policy:
    """Adds the policy to each response.

    Plain ASGI: a middleware that wraps responses would hold back the stream of a running answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", _POLICY)
                headers["Referrer-Policy"] = "no-referrer"
            await send(message)

        await self._app(scope, receive, send_with_policy)


def build_theme() -> gr.themes.Base:
    """Return the desk's theme: system fonts (none are fetched), one accent, few lines."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.slate,
        font=["system-ui", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif"],
        font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"],
        spacing_size=gr.themes.sizes.spacing_sm,
        radius_size=gr.themes.sizes.radius_sm,
        text_size=gr.themes.sizes.text_sm,
    ).set(  # the base's greys are too faint to read small
        body_text_color_subdued="*neutral_500",
        body_text_color_subdued_dark="*neutral_400",
        # and its accent for text on it
        color_accent="*primary_700",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_hover_dark="*primary_600",
        button_primary_text_color="white",
        button_primary_text_color_dark="white",
    )


def _require_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(
                f"Port {port} on {host} cannot be used ({error.strerror}). "
                f"Choose another: acedesk serve --port {port + 1}."
            ) from error
