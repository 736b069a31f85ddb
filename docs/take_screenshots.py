"""Takes the README's pictures again: `make screenshots`. Shows the sample filing only.

Serves the desk on a temporary workspace, asks a question with the built-in model, and keeps the
page in light and dark.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.serving import serve_desk

QUESTION = "Did Bramblewick's operating income grow faster than its net sales from 2022 to 2023?"
DOCS = Path(__file__).resolve().parent
PATIENCE = 300_000


def main() -> None:
    """Take both pictures."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_desk(Path(folder) / "Bramblewick", "--sample") as address,
    ):
        take(address)


def take(address: str) -> None:
    """Ask once, and keep the finished page in both themes."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        page = browser.new_page(
            viewport={"width": 1366, "height": 768}, color_scheme="light", device_scale_factor=1.5
        )
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        page.fill("#desk-question textarea", QUESTION)
        page.get_by_role("button", name="Ask", exact=True).click()
        page.locator(".desk-verdict").wait_for()
        page.locator(".desk-page img").wait_for()
        page.wait_for_timeout(1500)
        page.screenshot(path=DOCS / "desk-light.png")
        page.locator(".desk-theme").click()
        page.wait_for_timeout(500)
        page.screenshot(path=DOCS / "desk-dark.png")
        browser.close()


if __name__ == "__main__":
    main()
