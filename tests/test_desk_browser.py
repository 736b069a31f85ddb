"""The desk as a person meets it: a real browser, the real models, a real filing."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pypdf import PdfReader

from app.desk.server import build_application
from ingestion.workspace import Workspace
from models.builtin import find_builtin_chat
from models.embedding import BuiltinEmbedder
from models.llama.model import LlamaChatModel

SAMPLES = Path(__file__).resolve().parent.parent / "assets" / "sample"
REPORT = SAMPLES / "bramblewick-2023-10k.pdf"
WORKBOOK = SAMPLES / "bramblewick-segments.xlsx"
QUESTION = "What were Bramblewick's purchases of property, plant and equipment in 2023?"
# No fact answers this one: the model is asked for a plan, which takes it some seconds.
NEEDS_A_PLAN = (
    "Why did Bramblewick's gross margin change, and which segment drove that change most?"
)
# A page that hangs must fail a test and not the suite; nothing here is a speed limit.
PATIENCE = 120_000

pytestmark = [
    pytest.mark.slow,
    # Gradio's and uvicorn's own use of what their dependencies are about to drop.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A desk over a workspace with one workbook, served on a free port."""
    workspace = Workspace(tmp_path_factory.mktemp("desk"), BuiltinEmbedder())
    workspace.add_file(WORKBOOK)
    workspace.embed_waiting()
    application = build_application(workspace, LlamaChatModel(find_builtin_chat()))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(application, host="127.0.0.1", port=port, log_level="warning")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = server.force_exit = True  # pages may still hold their streams open
    thread.join(timeout=20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium. `make test` sees to it that there is one."""
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    assert executable, "Chromium is missing. Install it: sudo apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=["--no-sandbox", "--disable-background-networking"],
        )
        yield browser
        browser.close()


def open_desk(browser: Browser, address: str) -> tuple[Page, list[str]]:
    """Open the page; the list receives every address that it asks for elsewhere."""
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.set_default_timeout(PATIENCE)
    elsewhere: list[str] = []

    def note(url: str) -> None:
        if not url.startswith((address, "data:", "blob:")):
            elsewhere.append(url)

    page.on("request", lambda request: note(request.url))
    page.goto(address)
    return page, elsewhere


def test_upload_ask_and_see_the_proof_on_its_page(browser: Browser, address: str) -> None:
    """The whole way of a newcomer, in one visit; and nothing is fetched from elsewhere."""
    page, elsewhere = open_desk(browser, address)
    expect(page.locator(".desk-document")).to_have_count(1)

    page.set_input_files("#desk-drop input[type=file]", REPORT)
    expect(page.locator("#desk-ingest progress")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".desk-document")).to_have_count(2, timeout=PATIENCE)
    expect(page.locator(".desk-company").first).to_have_text("Bramblewick Tools, Inc.")
    # The document can be asked at once; its vectors follow. Where the embedding model is already
    # loaded they may be there before the page looks, so that only the empty line is waited for.
    library = page.locator("#desk-library").bounding_box()
    expect(page.locator("#desk-vectors")).to_have_text("", timeout=PATIENCE)
    assert page.locator("#desk-library").bounding_box() == library

    page.fill("#desk-question textarea", QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".desk-verdict")).to_contain_text("Supported", timeout=PATIENCE)
    expect(page.locator(".desk-answer")).to_contain_text("$71.8 million")

    page.locator(".desk-grounded button").first.click()
    expect(page.locator(".desk-source")).to_contain_text("bramblewick-2023-10k.pdf")
    mark = page.locator(".desk-mark:not(.desk-mark-wide)").first
    expect(mark).to_be_visible()
    picture = page.locator(".desk-page img")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1224
    inside, around = mark.bounding_box(), page.locator(".desk-page").bounding_box()
    assert inside is not None
    assert around is not None
    assert around["x"] < inside["x"] < around["x"] + around["width"]
    assert around["y"] < inside["y"] < around["y"] + around["height"]
    assert elsewhere == []

    # The next piece of evidence, and back.
    page.get_by_role("button", name="Next evidence").click()
    expect(page.locator(".desk-row .desk-pager span")).to_have_text(re.compile(r"2 of \d"))

    # The page behind, without the mark; and back to it.
    page.get_by_role("button", name="Next page").click()
    expect(page.locator(".desk-page img")).to_have_attribute("alt", re.compile(r"^Page \d+ of"))
    expect(page.locator(".desk-mark")).to_have_count(0)
    page.get_by_role("button", name="Back to the mark").click()
    expect(page.locator(".desk-mark").first).to_be_visible()
    page.close()


def ask(page: Page, question: str) -> None:
    """Ask, and wait for the verdict."""
    page.fill("#desk-question textarea", question)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".desk-verdict")).to_be_visible(timeout=PATIENCE)


def list_violations(page: Page) -> list[str]:
    """Return what axe-core finds against the page as it stands."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


def test_a_plan_is_changed_and_both_versions_stay(browser: Browser, address: str) -> None:
    """Editing a step answers it anew; the earlier version stands beside, and in the history."""
    page, _ = open_desk(browser, address)
    ask(page, "What were Bramblewick's net sales in 2023?")
    expect(page.locator(".desk-answer")).to_contain_text("$1,284.7 million")
    page.locator(".desk-choose").first.click()
    page.get_by_text("Edit", exact=True).click()
    field = page.get_by_label("Edit of Q1")
    field.fill("What was Bramblewick's net income in 2023?")
    field.press("Enter")
    expect(page.locator(".desk-sub-answer")).to_have_text("$91.7 million", timeout=PATIENCE)
    expect(page.locator(".desk-change")).to_have_text("edited")
    expect(page.locator(".desk-versions summary")).to_contain_text("$1,284.7 million")

    page.get_by_role("tab", name="History").click()
    expect(page.locator(".desk-past")).not_to_have_count(0)
    first = page.locator(".desk-past", has_text="$1,284.7 million").first
    first.click()
    expect(page.locator(".desk-sub-answer")).to_have_text("$1,284.7 million")
    expect(page.locator(".desk-versions")).to_have_count(0)
    page.close()


def test_a_past_question_is_found_and_its_removal_undone(browser: Browser, address: str) -> None:
    page, _ = open_desk(browser, address)
    ask(page, "What was Bramblewick's gross profit in 2023?")
    page.get_by_role("tab", name="History").click()
    expect(page.locator(".desk-past").first).to_be_visible()
    page.fill("#desk-needle textarea, #desk-needle input", "gross profit")
    expect(page.locator(".desk-past")).to_have_count(1)
    page.get_by_role("button", name="Remove What was Bramblewick's gross").click()
    expect(page.locator(".desk-past")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".desk-past")).to_have_count(1)
    page.close()


def test_an_answer_is_handed_on_as_a_memo(browser: Browser, address: str, tmp_path: Path) -> None:
    page, _ = open_desk(browser, address)
    ask(page, QUESTION)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="PDF memo").click()
    path = tmp_path / "memo.pdf"
    waiting.value.save_as(path)
    text = "\n".join(sheet.extract_text() for sheet in PdfReader(path).pages)
    assert "$71.8 million" in text
    page.close()


def test_the_keyboard_alone_reaches_the_evidence(browser: Browser, address: str) -> None:
    """From the page's top to the proof and another page of it, without a pointer."""
    page, _ = open_desk(browser, address)
    expect(page.locator(".desk-document").first).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".desk-verdict")).to_contain_text("Supported", timeout=PATIENCE)
    page.locator(".desk-choose").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".desk-choose").first).to_be_focused()
    page.get_by_role("button", name="Next page").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Back to the mark")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator(".desk-keys dl")).to_be_visible()
    page.close()


def test_panes_are_dragged_and_folded(browser: Browser, address: str) -> None:
    page, _ = open_desk(browser, address)
    grip, pane = page.locator("#desk-grip-right"), page.locator("#desk-right")
    grip.wait_for()
    before = pane.evaluate("pane => pane.getBoundingClientRect().width")
    grip.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    assert pane.evaluate("pane => pane.getBoundingClientRect().width") > before
    page.keyboard.press("Enter")
    expect(pane).to_be_hidden()
    page.keyboard.press("Enter")
    expect(pane).to_be_visible()
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_against_the_page(browser: Browser, address: str, theme: str) -> None:
    """Contrast, names, roles and headings, with a plan and its evidence on the page."""
    page, _ = open_desk(browser, address)
    ask(page, QUESTION)
    page.locator(".desk-choose").first.click()
    expect(page.locator(".desk-edits")).to_be_visible()
    if theme == "dark":
        page.locator(".desk-theme").click()
    page.wait_for_timeout(1000)  # what fades in has less contrast until it is there
    assert list_violations(page) == []
    page.get_by_role("tab", name="History").click()
    page.get_by_role("tab", name="Search").click()
    expect(page.locator(".desk-past").first).to_be_visible()
    page.wait_for_timeout(1000)
    assert list_violations(page) == []
    page.close()


def test_a_narrow_window_has_all_parts_one_below_the_other(browser: Browser, address: str) -> None:
    """As on a tablet, or at 200% on a laptop: nothing is cut off at the side."""
    page = browser.new_page(viewport={"width": 683, "height": 768})
    page.goto(address)
    expect(page.locator(".desk-document").first).to_be_visible(timeout=PATIENCE)
    boxes = [page.locator(f"#desk-{name}").bounding_box() for name in ("middle", "left", "right")]
    tops = [box["y"] for box in boxes if box is not None]
    assert len(tops) == 3
    assert tops == sorted(tops)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()


def test_a_search_shows_its_hits_with_their_parts_and_pages(browser: Browser, address: str) -> None:
    page, elsewhere = open_desk(browser, address)
    page.fill("#desk-question textarea", "Garden net sales in 2023")
    page.get_by_role("button", name="Search", exact=True).click()
    hits = page.locator(".desk-hits button")
    expect(hits.first).to_have_attribute("aria-pressed", "true", timeout=PATIENCE)
    expect(hits.first.locator(".desk-parts")).to_contain_text("row label")
    expect(page.locator(".desk-found dl")).to_contain_text("FY2023")
    expect(page.locator(".desk-source")).to_contain_text("Passage found")
    hits.nth(1).click()
    expect(hits.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".desk-evidence h2")).to_have_text("Hit 2")

    page.fill("#desk-question textarea", "   ")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".desk-found")).to_contain_text("Say what is to be found")
    assert elsewhere == []
    page.close()


def test_a_bad_file_is_refused_on_the_page(browser: Browser, address: str, tmp_path: Path) -> None:
    page, _ = open_desk(browser, address)
    bad = tmp_path / "scan.pdf"
    bad.write_bytes(b"%PDF-1.4 this is cut off")
    page.set_input_files("#desk-drop input[type=file]", bad)
    expect(page.locator("#desk-ingest .desk-failed")).to_contain_text("scan.pdf")
    expect(page.locator("#desk-library")).not_to_contain_text("scan.pdf")
    page.close()


def test_the_run_can_be_stopped(browser: Browser, address: str) -> None:
    page, _ = open_desk(browser, address)
    page.fill("#desk-question textarea", NEEDS_A_PLAN)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".desk-answer")).to_contain_text("Breaking the question down")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".desk-answer")).to_contain_text("Stopped", timeout=PATIENCE)
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_enabled()
    page.close()


def test_light_and_dark_are_a_click_apart(browser: Browser, address: str) -> None:
    page, _ = open_desk(browser, address)
    page.locator("#desk-head [data-ready], #desk-head[data-ready]").first.wait_for(state="attached")
    colour = "getComputedStyle(document.querySelector('.desk-name')).color"
    before = page.evaluate(colour)
    page.locator(".desk-theme").click()
    page.wait_for_function(f"before => {colour} !== before", arg=before)
    assert page.evaluate("document.body.classList.contains('dark')")
    page.close()


def test_removing_a_document_takes_two_clicks(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    page, _ = open_desk(browser, address)
    table = tmp_path / "regions.csv"
    table.write_text("Region,2022,2023\nNorth,10,12\nSouth,8,9\n")
    page.set_input_files("#desk-drop input[type=file]", table)
    document = page.locator(".desk-document", has_text="regions.csv")
    expect(document).to_be_visible(timeout=PATIENCE)
    remove = document.locator("[data-remove]")
    remove.click()
    expect(remove).to_have_text("Really?")
    remove.click()
    expect(document).to_have_count(0, timeout=PATIENCE)
    page.close()
