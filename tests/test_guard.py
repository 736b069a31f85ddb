"""Who may ask the desk's server: pages of its own, and who knows the password."""

from __future__ import annotations

from base64 import b64encode

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.desk.guard import Guard, is_loopback
from app.desk.installable import add_identity
from app.desk.server import serve_desk
from app.errors import PasswordMissing
from app.settings import Settings, load_settings


def open_client(password=None, base="http://127.0.0.1:7860"):
    application = FastAPI()
    application.add_api_route("/", lambda: "a filing", methods=["GET", "POST"])
    add_identity(application)
    application.add_middleware(Guard, password=password)
    return TestClient(application, base_url=base)


def bear(password):
    return {"Authorization": f"Basic {b64encode(f'ada:{password}'.encode()).decode()}"}


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.9", "localhost", "LOCALHOST", "::1", "[::1]"]
)
def test_this_machine_has_several_names(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "192.168.1.4", "desk.example", "localhost.evil.com", ""]
)
def test_no_other_name_is_this_machine(host):
    assert not is_loopback(host)


@pytest.mark.parametrize("base", ["http://127.0.0.1:7860", "http://localhost", "http://[::1]:7860"])
def test_a_page_of_this_machine_is_answered(base):
    assert open_client(base=base).get("/").status_code == 200


def test_a_name_that_points_here_is_refused():
    """A site may let its name point to this machine, and read what it is answered."""
    assert open_client(base="http://evil.example:7860").get("/").status_code == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:9999", "null"])
def test_a_page_of_another_origin_may_not_ask(origin):
    assert open_client().post("/", headers={"Origin": origin}).status_code == 403


def test_the_desks_own_page_may_ask():
    own = {"Origin": "http://127.0.0.1:7860"}
    assert open_client().post("/", headers=own).status_code == 200


def test_where_a_password_is_set_each_request_must_bear_it():
    client = open_client("s\u00e9same", "http://desk.example")
    refused = client.get("/")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic")
    assert client.get("/", headers=bear("other")).status_code == 401
    assert client.get("/", headers=bear("s\u00e9same")).status_code == 200


@pytest.mark.parametrize("sent", ["Basic", "Basic %%%", "Basic /w==", "Bearer x", "Basic YWRh"])
def test_a_broken_header_is_no_password(sent):
    client = open_client("sesame", "http://desk.example")
    assert client.get("/", headers={"Authorization": sent}).status_code == 401


def test_others_cannot_be_let_in_without_a_password(tmp_path):
    """It is told before anything is loaded or served."""
    with pytest.raises(PasswordMissing, match="ACEDESK_PASSWORD"):
        serve_desk(Settings(tmp_path), None, "0.0.0.0", 7860, open_browser=False)


def test_the_password_comes_from_the_environment_and_is_never_printed(monkeypatch):
    monkeypatch.setenv("ACEDESK_PASSWORD", " sesame ")
    settings = load_settings()
    assert settings.password == "sesame"
    assert "sesame" not in repr(settings)


@pytest.mark.parametrize("name", ["desk.webmanifest", "icon.svg", "icon-192.png", "icon-512.png"])
def test_a_browser_finds_the_manifest_and_its_icons(name):
    client = open_client()
    assert client.get(f"/{name}").status_code == 200
    icons = [icon["src"] for icon in client.get("/desk.webmanifest").json()["icons"]]
    assert all(client.get(icon).status_code == 200 for icon in icons)
