"""Files are read in processes of their own: a bad page is lost alone, a bad file fails alone.

What the workers do is played by a script: a JSON file that says how many pages there are, and
which of them crash, hang, swell or raise. One group of tests reads real files.
"""

from __future__ import annotations

import importlib
import json
import sys
import threading

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.errors import Cancelled, EmptyFile, EncryptedFile, UnreadableFile
from ingestion.processes.reading import (
    MAX_WORKERS,
    PAGES_PER_RANGE,
    DirectReader,
    FileReader,
    Steps,
    count_workers,
    cut_spans,
)
from ingestion.processes.workers import Limits
from ingestion.progress import Progress

MEBIBYTE = 2**20
LIMITS = Limits(seconds=60.0, memory=300 * MEBIBYTE)
# For tasks that hang; a fresh worker must have imported what it needs within it.
SHORT = Limits(seconds=2.5, memory=300 * MEBIBYTE)

PLAYED = """
import json, os, time
from pathlib import Path

from ingestion.documents import Line, Page, ParsedFile, Word
from ingestion.errors import EmptyFile, EncryptedFile
from ingestion.readers.pdf import PageRange
from ingestion.progress import Progress

def act(path, what):
    if what == "crash":
        os._exit(9)
    if what == "hang":
        time.sleep(60)
    if what == "swell":
        held = [b"x" * 2**20 for _ in range(400)]
        time.sleep(60)
    if what == "fail":
        raise KeyError("Font")
    if what == "refuse":
        raise EncryptedFile("played.pdf is protected by a password. Save a copy without one.")
    if what == "meet":  # until as many processes stand here as are expected
        (path.parent / f"here-{os.getpid()}").touch()
        while len(list(path.parent.glob("here-*"))) < 2:
            time.sleep(0.01)
    if what == "crash once":
        mark = path.parent / "crashed"
        if not mark.exists():
            mark.touch()
            os._exit(9)

def open_file(report, path, name):
    script = json.loads(path.read_text())
    act(path, script.get("open"))
    if "whole" in script:
        report(Progress(name, "reading", 1, 1))
        return ParsedFile((Page(1, (Line((Word(script["whole"]),)),)),))
    return script["pages"]

def read_range(report, path, name, first, last):
    script = json.loads(path.read_text())
    pages = []
    for number in range(first, last + 1):
        with (path.parent / "log").open("a") as log:
            log.write(f"{number}\\n")
        act(path, script.get("bad", {}).get(str(number), script.get("all")))
        pages.append(Page(number, (Line((Word(f"word{number}"),)),)))
        report(number)
    return PageRange(tuple(pages))

def assemble(report, path, name, ranges):
    script = json.loads(path.read_text())
    act(path, script.get("assemble"))
    return ParsedFile(
        tuple(page for part in ranges for page in part.pages),
        warnings=tuple(text for part in ranges for text in part.warnings),
    )
"""


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    folder = tmp_path_factory.mktemp("played")
    (folder / "played.py").write_text(PLAYED, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        played = importlib.import_module("played")
        yield Steps(played.open_file, played.read_range, played.assemble)
    sys.modules.pop("played")


@pytest.fixture(scope="module")
def reader(steps):
    with FileReader(2, LIMITS, steps) as reader:
        yield reader


def build_play(reader, folder):
    def read(on_progress=lambda progress: None, cancel=lambda: False, **script):
        path = folder / "played.pdf"
        path.write_text(json.dumps(script))
        return reader.read(path, "played.pdf", on_progress, cancel)

    return read


@pytest.fixture
def play(reader, tmp_path):
    """Read a file that behaves as scripted."""
    return build_play(reader, tmp_path)


@pytest.fixture
def play_impatiently(steps, tmp_path):
    """Do that with workers that may be silent for a short time only."""
    with FileReader(2, SHORT, steps) as reader:
        yield build_play(reader, tmp_path)


def texts(parsed):
    return [page.text for page in parsed.pages]


def words(count, *lost):
    return ["" if number in lost else f"word{number}" for number in range(1, count + 1)]


# Pages side by side


def test_pages_come_back_in_order(play):
    parsed = play(pages=60)
    assert texts(parsed) == words(60)
    assert [page.number for page in parsed.pages] == list(range(1, 61))
    assert parsed.warnings == ()


def test_ranges_of_one_file_are_read_side_by_side(play):
    """Each half waits for the other to be at work; one after the other they would never meet."""
    assert texts(play(pages=20, bad={"1": "meet", "11": "meet"})) == words(20)


def test_each_page_is_reported_once(play):
    heard = []
    play(heard.append, pages=60)
    assert heard == [Progress("played.pdf", "reading", done, 60) for done in range(1, 61)]


def test_each_page_is_reported_once_though_some_are_read_again(play):
    heard = []
    play(heard.append, pages=60, bad={"17": "crash"})
    assert [progress.done for progress in heard] == list(range(1, 61))


def test_what_is_no_pdf_is_read_whole_with_its_progress(play):
    heard = []
    assert texts(play(heard.append, whole="cells")) == ["cells"]
    assert heard == [Progress("played.pdf", "reading", 1, 1)]


@given(count=st.integers(1, 3000), workers=st.integers(1, 16))
def test_spans_cover_all_pages_once_in_parts_of_like_size(count, workers):
    spans = cut_spans(count, workers)
    sizes = {last - first + 1 for first, last in spans}
    assert [n for first, last in spans for n in range(first, last + 1)] == [*range(1, count + 1)]
    assert max(sizes) <= PAGES_PER_RANGE
    assert max(sizes) - min(sizes) <= 1
    assert len(spans) % workers == 0 or len(spans) == count


def test_a_short_file_is_shared_among_the_workers():
    assert cut_spans(7, 2) == ((1, 4), (5, 7))
    assert cut_spans(1, 4) == ((1, 1),)


@pytest.mark.parametrize(("cores", "workers"), [(None, 1), (1, 1), (2, 2), (64, MAX_WORKERS)])
def test_there_is_a_worker_for_each_core_within_reason(monkeypatch, cores, workers):
    monkeypatch.setattr(psutil, "cpu_count", lambda logical: cores)
    assert count_workers() == workers


# One bad page


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("crash", "the reader crashed on page 17"),
        ("swell", "the reader took more than 300 MiB of memory on page 17"),
        ("fail", "the reader failed (KeyError: 'Font') on page 17"),
    ],
)
def test_a_bad_page_is_lost_alone_and_told(play, fault, told):
    parsed = play(pages=40, bad={"17": fault})
    assert texts(parsed) == words(40, 17)
    assert parsed.warnings == (told,)


@pytest.mark.slow
def test_a_page_that_hangs_is_lost_alone_and_told(play_impatiently):
    parsed = play_impatiently(pages=4, bad={"3": "hang"})
    assert texts(parsed) == words(4, 3)
    assert parsed.warnings == ("the reader gave no sign of life for 2.5 seconds on page 3",)


def test_bad_pages_apart_do_not_lose_the_file(play):
    parsed = play(pages=40, bad=dict.fromkeys(("1", "2", "40"), "crash"))
    assert texts(parsed) == words(40, 1, 2, 40)
    assert len(parsed.warnings) == 3


def test_bad_pages_in_many_ranges_do_not_lose_the_file(play):
    parsed = play(pages=150, bad=dict.fromkeys(("5", "40", "70", "100", "150"), "fail"))
    assert texts(parsed) == words(150, 5, 40, 70, 100, 150)
    assert len(parsed.warnings) == 5


def test_a_page_that_fails_once_is_read_after_all(play):
    parsed = play(pages=40, bad={"17": "crash once"})
    assert texts(parsed) == words(40)
    assert parsed.warnings == ()


def test_bad_pages_in_a_row_fail_the_file_without_trying_all(play, tmp_path):
    with pytest.raises(UnreadableFile, match=r"^played\.pdf .* crashed on page 3\. Save it anew"):
        play(pages=400, all="crash")
    assert len((tmp_path / "log").read_text().split()) < 100


def test_a_short_file_whose_every_page_is_bad_is_refused(play):
    with pytest.raises(UnreadableFile, match=r"^played\.pdf .* crashed on page 1\."):
        play(pages=2, all="crash")


# One bad file


@pytest.mark.parametrize("step", ["open", "assemble"])
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("crash", r"the reader crashed\. Save it anew with a program that opens it"),
        ("swell", r"more than 300 MiB of memory\. Save it in smaller parts"),
        ("fail", r"the reader failed \(KeyError: 'Font'\)\. Save it anew"),
    ],
)
def test_a_bad_file_is_refused_by_name_and_the_next_one_is_read(play, step, fault, told):
    with pytest.raises(UnreadableFile, match=r"^played\.pdf could not be read: .*" + told):
        play(pages=4, **{step: fault})
    assert texts(play(pages=4)) == words(4)


@pytest.mark.slow
def test_a_file_that_hangs_is_refused_by_name_and_the_next_one_is_read(play_impatiently):
    told = r"^played\.pdf .* no sign of life for 2\.5 seconds\. Save it in smaller parts"
    with pytest.raises(UnreadableFile, match=told):
        play_impatiently(pages=4, open="hang")
    assert texts(play_impatiently(pages=4)) == words(4)


@pytest.mark.parametrize("script", [{"open": "refuse"}, {"bad": {"30": "refuse"}}])
def test_what_our_own_readers_say_comes_back_as_it_was_said(play, script):
    with pytest.raises(EncryptedFile, match=r"^played\.pdf is protected by a password"):
        play(pages=40, **script)


def test_a_failure_of_a_library_keeps_its_traceback_for_the_developer(play):
    with pytest.raises(UnreadableFile) as refusal:
        play(open="fail")
    assert isinstance(refusal.value.__cause__, KeyError)
    assert "played.py" in "".join(refusal.value.__cause__.__notes__)


# Cancelling


@pytest.mark.parametrize("script", [{"open": "hang"}, {"all": "hang"}, {"assemble": "hang"}])
def test_a_cancelled_file_ends_at_once_and_the_next_one_is_read(play, script):
    called_off = threading.Event()
    timer = threading.Timer(0.3, called_off.set)
    timer.start()
    with pytest.raises(Cancelled, match=r"^played\.pdf was cancelled; nothing of it was stored"):
        play(cancel=called_off.is_set, pages=40, **script)
    timer.join()
    assert texts(play(pages=4)) == words(4)


def test_a_listener_that_raises_ends_the_reading(play):
    class Broken(Exception):
        pass

    def listen(progress):
        raise Broken

    with pytest.raises(Broken):
        play(listen, pages=40)
    assert texts(play(pages=4)) == words(4)


# Real files


@pytest.fixture(scope="module")
def real_reader():
    with FileReader(2) as reader:
        yield reader


def test_a_pdf_read_in_ranges_is_the_pdf_read_at_once(real_reader, write_pdf):
    path = write_pdf(
        "report.pdf", *(f"Net sales of page {n} rose to ${n} million" for n in range(60))
    )
    parsed = real_reader.read(path, "report.pdf")
    assert parsed == DirectReader().read(path, "report.pdf")
    assert len(parsed.pages) == 60
    assert parsed.pages[59].text == "Net sales of page 59 rose to $59 million"


def test_a_csv_file_is_read_whole(real_reader, tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("Segment,2023\nGarden,437.4\n")
    assert real_reader.read(path, "sales.csv") == DirectReader().read(path, "sales.csv")


@pytest.mark.parametrize("reader_kind", ["real", "direct"])
def test_a_file_is_refused_alike_in_a_worker_and_here(real_reader, tmp_path, reader_kind):
    path = tmp_path / "empty.pdf"
    path.write_bytes(b"")
    reader = real_reader if reader_kind == "real" else DirectReader()
    with pytest.raises(EmptyFile, match=r"^empty\.pdf is empty"):
        reader.read(path, "empty.pdf")


def test_the_direct_reader_can_be_cancelled_between_pages(write_pdf):
    heard = []
    path = write_pdf("report.pdf", *("Net sales" for _ in range(5)))
    with pytest.raises(Cancelled, match=r"^report\.pdf was cancelled"):
        DirectReader().read(path, "report.pdf", heard.append, lambda: len(heard) == 2)
    assert len(heard) == 2
