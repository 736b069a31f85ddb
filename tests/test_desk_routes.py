"""What the browser fetches beside the page: never a script of a filing, never what was removed."""

from __future__ import annotations

import json

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.desk.events import Events
from app.desk.routes import add_routes
from app.desk.session import Desk
from app.desk.state import DeskState
from models.scripted import ScriptedChatModel

EVIL = "<html><body><p>Acme's auditor is Ledger LLP.</p><script>alert(1)</script></body></html>"


@pytest.fixture
def files(workspace, tmp_path, draw_pdf, set_lines):
    """The ids of a PDF, an HTML filing and a table, by their endings."""
    (tmp_path / "a.pdf").write_bytes(draw_pdf(set_lines("Net sales were $5.", leading=30.0)))
    (tmp_path / "b.html").write_text(EVIL)
    (tmp_path / "c.csv").write_text("item,2023\nNet sales,5\n")
    for name in ("a.pdf", "b.html", "c.csv"):
        workspace.add_file(tmp_path / name)
    return {document.name[1:]: document.document_id for document in workspace.documents()}


@pytest.fixture
def client(workspace):
    application = FastAPI()
    add_routes(application, workspace)
    return TestClient(application)


def test_a_page_is_drawn_larger_when_it_is_looked_at_closely(client, files):
    plain = client.get(f"/page/{files['.pdf']}/1.png").content
    closer = client.get(f"/page/{files['.pdf']}/1.png?scale=2").content
    assert plain.startswith(b"\x89PNG")
    # The width stands in the picture's head.
    assert int.from_bytes(closer[16:20]) == 2 * int.from_bytes(plain[16:20])


@pytest.mark.parametrize("path", ["/page/{}/9.png", "/page/none/1.png", "/page/{}/1.png?scale=99"])
def test_a_page_that_is_not_there_is_refused(path, client, files):
    assert client.get(path.format(files[".pdf"])).status_code in (404, 422)


def test_a_removed_document_is_shown_no_more(client, files, workspace):
    key = files[".pdf"]
    assert client.get(f"/page/{key}/1.png").status_code == 200
    workspace.remove_document(key)
    assert client.get(f"/page/{key}/1.png").status_code == 404
    assert client.get(f"/document/{key}").status_code == 404


def test_a_page_that_the_browser_has_is_not_sent_again(client, files):
    address = f"/page/{files['.pdf']}/1.png"
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_copy_that_an_upload_came_in_goes_again(workspace, tmp_path):
    path = tmp_path / "upload.csv"
    path.write_text("item,2023\nNet sales,5\n")
    events = Events(Desk(workspace, ScriptedChatModel(())))
    list(events.add_uploads([str(path)], DeskState()))
    assert [document.name for document in workspace.documents()] == ["upload.csv"]
    assert not path.exists()


def test_an_html_filing_is_shown_without_its_scripts(client, files):
    response = client.get(f"/document/{files['.html']}")
    assert response.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert response.headers["content-disposition"].startswith("inline")


def test_a_table_is_handed_over_as_a_file(client, files):
    response = client.get(f"/document/{files['.csv']}")
    assert response.headers["content-disposition"].startswith("attachment")
    assert response.text == "item,2023\nNet sales,5\n"


@pytest.mark.parametrize("ending", [".json", ".md", ".html", ".pdf"])
def test_a_kept_run_is_handed_on_in_every_kind(ending, client, files, workspace):
    desk = Desk(workspace, ScriptedChatModel(("Ledger LLP",) * 9))
    state = DeskState()
    list(desk.ask(state, "Which firm is Acme's auditor?"))
    response = client.get(f"/run/{state.run_id}/export{ending}")
    assert response.status_code == 200
    assert f'{ending}"' in response.headers["content-disposition"]
    if ending == ".json":
        assert json.loads(response.content)["question"] == "Which firm is Acme's auditor?"


@pytest.mark.parametrize("path", ["/run/none/export.pdf", "/run/none/export.exe"])
def test_a_run_that_is_not_there_is_refused(path, client):
    assert client.get(path).status_code == 404
