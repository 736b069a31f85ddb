"""How quick the page is: from a click to the evidence, with many steps, and with many visitors.

    python -m benchmarks.page [--clicks N] [--visitors N] [--steps N]

The desk is served over the sample filings and driven in headless Chromium. A click counts until the
marked page is painted: its picture is decoded and a frame has been drawn. The baseline is the same
server's bare answer to a request for that picture. The questions are answered by facts, without the
model.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import Browser, Page, sync_playwright

from app.composition import open_workspace, sample_files, save_result
from app.kept_runs import load_run
from app.settings import Settings
from benchmarks.serving import fetch, serve_desk
from benchmarks.tables import render_table
from ingestion.workspace import Workspace
from research.questions import Decomposition, ResearchResult, SubQuestion

_PATIENCE = 300_000
_QUESTIONS = {
    "What were Bramblewick's net sales in 2023?": "1,284.7",
    "What were Bramblewick's net sales in 2022?": "1,208.6",
    "What was Bramblewick's net income in 2023?": "91.7",
    "What was Bramblewick's net income in 2022?": "71.0",
    "What was Bramblewick's gross profit in 2023?": "441.9",
}
# Resolves once the picture is decoded and a frame was drawn after it.
_PAINTED = """async label => {
  const started = performance.now();
  document.querySelector(`.desk-choose[data-label="${label}"]`).click();
  const chosen = () => document.querySelector(
    `.desk-choose[data-label="${label}"][aria-pressed="true"]`);
  const shown = () => document.querySelector("#desk-evidence h2")?.textContent.endsWith(label);
  while (!chosen() || !shown()) await new Promise(requestAnimationFrame);
  const picture = document.querySelector(".desk-page img");
  if (picture) await picture.decode();
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - started;
}"""


def main() -> int:
    """Print a table of times, and whether visitors were told what they asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--data", type=Path, help="not used: the sample comes with the program")
    parser.add_argument("--clicks", type=int, default=30, metavar="N")
    parser.add_argument("--visitors", type=int, default=10, metavar="N")
    parser.add_argument("--steps", type=int, default=40, metavar="N")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Settings(Path(folder) / "desk"))
        for path in sample_files():
            workspace.add_file(path)
        workspace.embed_waiting()
        with serve_desk(workspace.folder) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", "--disable-background-networking"],
            )
            rows = list(_measure_clicks(browser, address, workspace, options))
            browser.close()
            right, seconds = _visit(address, options.visitors)
    print(render_table(["what", "n", "median ms", "p95 ms"], rows))
    print(f"{options.visitors} visitors at once: {right} told what they asked, in {seconds:.1f} s")
    return 0 if right == options.visitors else 1


def _measure_clicks(
    browser: Browser, address: str, workspace: Workspace, options: argparse.Namespace
) -> Iterator[list[str]]:
    page = _open(browser, address)
    question = next(iter(_QUESTIONS))
    _ask(page, question)
    picture = page.locator(".desk-page img").get_attribute("src")
    bare = [_time(lambda: fetch(f"{address}{picture}")) for _ in range(options.clicks)]
    yield _row("a page's picture, fetched bare", bare)
    few = [page.evaluate(_PAINTED, "Q1") for _ in range(options.clicks)]
    yield _row("click to evidence, 1 step", few)
    run_id = _keep_long_run(workspace, options.steps)
    page.get_by_role("tab", name="History").click()
    page.locator(f'.desk-past[data-run="{run_id}"]').click()
    page.locator(".desk-node").nth(options.steps - 1).wait_for()
    labels = [f"Q{1 + at % options.steps}" for at in range(options.clicks)]
    many = [page.evaluate(_PAINTED, label) for label in labels]
    yield _row(f"click to evidence, {options.steps} steps", many)
    page.close()


def _row(name: str, milliseconds: list[float]) -> list[str]:
    slow = quantiles(milliseconds, n=20)[-1]
    return [name, str(len(milliseconds)), f"{median(milliseconds):.0f}", f"{slow:.0f}"]


def _keep_long_run(workspace: Workspace, steps: int) -> str:
    """Keep a run of many steps, made of the one that was asked: each has its evidence."""
    _, result = load_run(workspace, workspace.list_answers()[0].answer_id)
    return save_result(workspace, _stretch(result, steps))


def _stretch(result: ResearchResult, steps: int) -> ResearchResult:
    first, answer = result.decomposition.sub_questions[0], result.sub_answers[0]
    labels = [f"Q{at}" for at in range(1, steps + 1)]
    plan = [
        SubQuestion(label, first.text, (labels[at // 2],) if at else ())
        for at, label in enumerate(labels)
    ]
    answers = tuple(replace(answer, label=label) for label in labels)
    question = replace(result.question, text=f"{steps} steps: {result.question.text}")
    return replace(
        result, question=question, decomposition=Decomposition(tuple(plan)), sub_answers=answers
    )


def _visit(address: str, visitors: int) -> tuple[int, float]:
    """Let so many browser pages ask at once; returns how many were told their own figure."""
    questions = [list(_QUESTIONS.items())[at % len(_QUESTIONS)] for at in range(visitors)]
    started = time.monotonic()
    with ThreadPoolExecutor(visitors) as pool:
        right = sum(pool.map(lambda asked: _visit_once(address, *asked), questions))
    return right, time.monotonic() - started


def _visit_once(address: str, question: str, figure: str) -> bool:
    with sync_playwright() as playwright:  # a playwright belongs to one thread
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        page = _open(browser, address)
        _ask(page, question)
        told = page.locator(".desk-answer").inner_text()
        browser.close()
    return figure in told


def _open(browser: Browser, address: str) -> Page:
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.set_default_timeout(_PATIENCE)
    page.goto(address)
    page.locator(".desk-document").first.wait_for()
    return page


def _ask(page: Page, question: str) -> None:
    page.fill("#desk-question textarea", question)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.locator(".desk-verdict").wait_for()
    page.locator(".desk-page img").wait_for()


def _time(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)


if __name__ == "__main__":
    sys.exit(main())
