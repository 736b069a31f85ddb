"""Worker processes, real ones: what one task does to its worker is that task's affair alone.

The functions that the workers run stand in a module of their own, which is written to a folder
on the path: workers import it by its name, as they do any other.
"""

from __future__ import annotations

import importlib
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from ingestion.errors import EmptyFile
from ingestion.processes.workers import Failure, Limits, WorkerPool, ignore_report

ROOT = Path(__file__).resolve().parent.parent
MEBIBYTE = 2**20
GENEROUS = Limits(seconds=30.0, memory=1024 * MEBIBYTE)

ERRANDS = """
import ctypes, os, re, sys, time
from ingestion.errors import EmptyFile

class Awkward(Exception):
    def __init__(self, first, second):
        super().__init__(f"{first} {second}")

def square(report, number):
    return number * number

def name_process(report):
    return os.getpid()

def sleep(report, seconds):
    report(os.getpid())
    time.sleep(seconds)
    return seconds

def report_often(report, times, pause):
    for number in range(times):
        time.sleep(pause)
        report(number)
    return "done"

def leave(report, status):
    os._exit(status)

def sleep_or_leave(report, seconds):
    if seconds is None:
        os._exit(9)
    time.sleep(seconds)
    return seconds

def break_down(report):
    ctypes.string_at(0)

def swell(report, mebibytes):
    held = []
    for _ in range(mebibytes):
        held.append(b"x" * 2**20)
        time.sleep(0.005)
    time.sleep(30 if mebibytes else 0)
    return len(held)

def demand(report, size):
    return len(bytes(size))

def grow(report, size):
    globals()["kept"] = b"x" * size
    return os.getpid()

def refuse(report, name):
    raise EmptyFile(f"{name} is empty.")

def fail_awkwardly(report):
    raise Awkward("one", "two")

def return_function(report):
    return lambda: None

def chat(report):
    print("words that no pool expects", flush=True)
    os.write(1, b"more of them")
    return sys.stdin.read()

def fill(report, size):
    return b"x" * size

def hold_interpreter(report):
    report(os.getpid())
    re.match("(a+)+$", "a" * 64 + "b")
"""


@pytest.fixture(scope="module")
def errands(tmp_path_factory):
    """The module of functions, at a place that only the path of this process names."""
    folder = tmp_path_factory.mktemp("errands")
    (folder / "errands.py").write_text(ERRANDS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield importlib.import_module("errands")
    sys.modules.pop("errands")


@pytest.fixture(scope="module")
def warm_pool(errands):
    """Two workers for all tests that leave them as they were."""
    with WorkerPool(2, GENEROUS) as pool:
        yield pool


def run_one(pool, function, *arguments):
    ((index, outcome),) = pool.run(function, [arguments])
    assert index == 0
    return outcome


def is_gone(pid, within=5.0):
    """Whether a process has ended, be it that nobody has asked for its exit status yet."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


class Cancelled:
    """Says no until a first report has come, then yes; keeps what was reported."""

    def __init__(self):
        self.reports = []

    def hear(self, index, value):
        self.reports.append(value)

    def __call__(self):
        return bool(self.reports)


# What comes back


def test_outcomes_come_in_the_order_of_the_tasks(warm_pool, errands):
    tasks = [(0.2,), (0.0,), (0.1,), (0.0,)]
    assert list(warm_pool.run(errands.sleep, tasks)) == [(0, 0.2), (1, 0.0), (2, 0.1), (3, 0.0)]


def test_no_tasks_have_no_outcomes(warm_pool, errands):
    assert list(warm_pool.run(errands.square, [])) == []


def test_tasks_run_in_other_processes_which_stay_warm(warm_pool, errands):
    first = {pid for _, pid in warm_pool.run(errands.name_process, [()] * 8)}
    second = {pid for _, pid in warm_pool.run(errands.name_process, [()] * 8)}
    assert os.getpid() not in first
    assert len(first | second) <= 2


def test_two_workers_work_side_by_side(warm_pool, errands):
    pids = []
    list(warm_pool.run(errands.sleep, [(0.3,)] * 2, on_progress=lambda _, pid: pids.append(pid)))
    assert len(set(pids)) == 2


def test_tasks_are_taken_no_further_ahead_than_two_over_the_workers(warm_pool, errands):
    taken = []

    def count():
        for number in itertools.count():
            taken.append(number)
            yield (number,)

    outcomes = warm_pool.run(errands.square, count())
    assert next(outcomes) == (0, 0)
    assert len(taken) == 4
    assert next(outcomes) == (1, 1)
    assert len(taken) == 5
    outcomes.close()


def test_a_large_result_comes_back_whole(warm_pool, errands):
    assert run_one(warm_pool, errands.fill, 8 * MEBIBYTE) == b"x" * 8 * MEBIBYTE


def test_reports_reach_the_caller_before_their_tasks_outcome(warm_pool, errands):
    heard = []
    for index, outcome in warm_pool.run(
        errands.report_often, [(3, 0.0)], on_progress=lambda *report: heard.append(report)
    ):
        heard.append((index, outcome))
    assert heard == [(0, 0), (0, 1), (0, 2), (0, "done")]


def test_what_a_task_prints_does_not_reach_the_pool(warm_pool, errands):
    """Neither does it find anything on standard input, which is the pool's too."""
    assert run_one(warm_pool, errands.chat) == ""
    assert run_one(warm_pool, errands.square, 3) == 9


def test_a_function_can_be_called_without_a_worker(errands):
    assert errands.report_often(ignore_report, 2, 0.0) == "done"


# What goes wrong


def test_an_error_comes_back_as_itself_with_its_traceback_in_a_note(warm_pool, errands):
    outcome = run_one(warm_pool, errands.refuse, "a.pdf")
    assert (outcome.kind, outcome.detail) == ("raised", "EmptyFile: a.pdf is empty.")
    assert type(outcome.error) is EmptyFile
    assert str(outcome.error) == "a.pdf is empty."
    assert "in refuse" in outcome.error.__notes__[0]


def test_an_error_that_cannot_be_pickled_comes_back_as_text(warm_pool, errands):
    outcome = run_one(warm_pool, errands.fail_awkwardly)
    assert outcome == Failure("raised", "Awkward: one two", None)


def test_a_result_that_cannot_be_pickled_is_an_error_of_its_task(warm_pool, errands):
    outcome = run_one(warm_pool, errands.return_function)
    assert outcome.kind == "raised"
    assert "pickle" in outcome.detail


@pytest.mark.parametrize("size", [1, 2])
def test_a_crash_fails_its_task_alone(errands, size):
    tasks = [(errands.square, 2), (errands.leave, 7), (errands.square, 3)]
    with WorkerPool(size, GENEROUS) as pool:
        outcomes = [run_one(pool, function, argument) for function, argument in tasks]
    crash = Failure("crashed", "Its worker process ended with exit status 7.")
    assert outcomes == [4, crash, 9]


@pytest.mark.skipif(sys.platform == "win32", reason="ends by an exit status there")
def test_a_segmentation_fault_is_named(errands):
    with WorkerPool(1, GENEROUS) as pool:
        outcome = run_one(pool, errands.break_down)
    assert outcome == Failure("crashed", "Its worker process was ended by SIGSEGV.")


def test_tasks_beside_and_after_a_crash_have_their_results(errands):
    with WorkerPool(2, GENEROUS) as pool:
        outcomes = dict(pool.run(errands.sleep_or_leave, [(0.3,), (None,), (0.1,), (0.0,)]))
    crash = Failure("crashed", "Its worker process ended with exit status 9.")
    assert outcomes == {0: 0.3, 1: crash, 2: 0.1, 3: 0.0}


def test_a_task_that_hangs_is_ended_and_its_worker_replaced(errands):
    with WorkerPool(1, Limits(seconds=0.5, memory=GENEROUS.memory)) as pool:
        started = time.monotonic()
        pids = []
        outcomes = list(
            pool.run(errands.sleep, [(30,), (0,)], on_progress=lambda _, pid: pids.append(pid))
        )
        seconds = time.monotonic() - started
    hang = Failure("timed_out", "No sign of life for 0.5 seconds.")
    assert outcomes == [(0, hang), (1, 0)]
    assert seconds < 5.0
    assert len(set(pids)) == 2
    assert is_gone(pids[0])


def test_a_task_that_reports_may_take_longer_than_the_limit(errands):
    with WorkerPool(1, Limits(seconds=0.5, memory=GENEROUS.memory)) as pool:
        assert run_one(pool, errands.report_often, 8, 0.1) == "done"


def test_a_task_that_grows_too_big_is_ended_though_nobody_waits_for_it(errands):
    """A caller may be busy with an earlier result for minutes."""
    with WorkerPool(1, Limits(seconds=30.0, memory=128 * MEBIBYTE)) as pool:
        pid = run_one(pool, errands.name_process)
        outcomes = pool.run(errands.swell, [(0,), (200,)])
        assert next(outcomes) == (0, 0)
        assert is_gone(pid, within=10.0)
        _, failure = next(outcomes)
    assert failure.kind == "out_of_memory"
    assert failure.detail.endswith("MiB of the 128 MiB that a task may have.")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not refuse memory")
def test_a_demand_far_beyond_the_limit_is_refused_at_once(errands):
    with WorkerPool(1, Limits(seconds=30.0, memory=128 * MEBIBYTE)) as pool:
        pid = run_one(pool, errands.name_process)
        failure = run_one(pool, errands.demand, 4096 * MEBIBYTE)
        assert failure.kind == "out_of_memory"
        assert type(failure.error) is MemoryError
        assert run_one(pool, errands.name_process) == pid


def test_a_worker_that_kept_much_memory_is_replaced_before_its_next_task(errands):
    with WorkerPool(1, Limits(seconds=30.0, memory=256 * MEBIBYTE)) as pool:
        pid = run_one(pool, errands.grow, 150 * MEBIBYTE)
        assert run_one(pool, errands.name_process) != pid
        assert is_gone(pid)


def test_a_worker_that_is_killed_while_it_waits_costs_no_task(errands):
    with WorkerPool(1, GENEROUS) as pool:
        pid = run_one(pool, errands.name_process)
        psutil.Process(pid).kill()
        assert is_gone(pid)
        assert run_one(pool, errands.square, 3) == 9


def test_a_function_of_the_main_module_is_refused(warm_pool, monkeypatch):
    monkeypatch.setattr(run_one, "__module__", "__main__")
    with pytest.raises(ValueError, match=r"cannot import run_one from the main module\. Move it"):
        warm_pool.run(run_one, [])


@pytest.mark.parametrize(("seconds", "memory"), [(0, 1), (float("inf"), 1), (1, 0)])
def test_limits_that_limit_nothing_are_refused(seconds, memory):
    with pytest.raises(ValueError, match="is no limit"):
        Limits(seconds, memory)


def test_a_pool_of_no_workers_is_refused():
    with pytest.raises(ValueError, match="A pool of 0 workers"):
        WorkerPool(0, GENEROUS)


# Stopping


def test_cancelling_kills_what_runs_and_gives_every_task_an_outcome(errands):
    cancelled = Cancelled()
    with WorkerPool(2, GENEROUS) as pool:
        started = time.monotonic()
        outcomes = list(pool.run(errands.sleep, [(30,)] * 6, cancelled, cancelled.hear))
        seconds = time.monotonic() - started
        assert [outcome.kind for _, outcome in outcomes] == ["cancelled"] * 6
        assert seconds < 5.0
        assert all(is_gone(pid) for pid in cancelled.reports)
        assert run_one(pool, errands.square, 3) == 9


def test_results_from_before_the_cancelling_are_kept(errands):
    with WorkerPool(1, GENEROUS) as pool:
        seen = []
        outcomes = pool.run(errands.sleep, [(0,), (30,)], lambda: bool(seen))
        for _, outcome in outcomes:
            seen.append(outcome)
    assert seen == [0, Failure("cancelled", "It was cancelled.")]


class Leaves(Exception):
    """What a listener raises that wants no more."""


def test_leaving_the_iterator_kills_what_runs(errands):
    pids = []

    def leave(index, pid):
        pids.append(pid)
        raise Leaves

    with WorkerPool(1, GENEROUS) as pool:
        with pytest.raises(Leaves):
            list(pool.run(errands.sleep, [(30,)], on_progress=leave))
        assert is_gone(pids[0])
        assert run_one(pool, errands.square, 3) == 9


def test_closing_ends_the_workers_and_closing_twice_does_nothing(errands):
    pool = WorkerPool(2, GENEROUS)
    pids = {pid for _, pid in pool.run(errands.name_process, [()] * 4)}
    pool.close()
    pool.close()
    assert all(is_gone(pid, within=0.5) for pid in pids)
    with pytest.raises(RuntimeError, match=r"closed\. Make a new one"):
        pool.run(errands.square, [(1,)])


def test_a_pool_that_never_ran_anything_is_closed_for_good(errands):
    with WorkerPool(1, GENEROUS) as pool:
        pass
    pool.close()
    with pytest.raises(RuntimeError, match="closed"):
        pool.run(errands.square, [(1,)])


def test_closing_from_another_thread_ends_a_run(errands):
    pool = WorkerPool(1, GENEROUS)
    outcomes = []
    runner = threading.Thread(
        target=lambda: outcomes.extend(
            pool.run(errands.sleep, [(30,)], on_progress=lambda *_: pool_is_busy.set())
        )
    )
    pool_is_busy = threading.Event()
    runner.start()
    assert pool_is_busy.wait(10.0)
    pool.close()
    runner.join(5.0)
    assert [outcome.kind for _, outcome in outcomes] == ["cancelled"]


# Several callers


def test_two_threads_share_the_workers(errands):
    """The later run does not wait until the earlier one is through."""
    ends = {}

    def run(name, seconds, times):
        outcomes = list(pool.run(errands.sleep, [(seconds,)] * times))
        ends[name] = time.monotonic()
        assert [outcome for _, outcome in outcomes] == [seconds] * times

    with WorkerPool(1, GENEROUS) as pool:
        long = threading.Thread(target=run, args=("long", 0.05, 12))
        long.start()
        time.sleep(0.2)
        run("short", 0.01, 2)
        long.join(10.0)
    assert ends["short"] < ends["long"]


# However the program ends

PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
sys.path.insert(0, {folder!r})
import errands
from ingestion.processes.workers import Limits, WorkerPool

pool = WorkerPool(1, Limits({seconds}, 2**30))
for _ in pool.run(errands.{call}, on_progress=lambda _, pid: print(pid, flush=True)):
    pass
"""


@pytest.fixture
def start_program(errands):
    """Starts a program that has a worker, closes no pool and has no guard around its main part.

    Returns it with the worker's process id.
    """
    programs = []

    def start(call, seconds=30.0):
        folder = str(Path(errands.__file__).parent)
        text = PROGRAM.format(folder=folder, seconds=seconds, call=call)
        program = subprocess.Popen(
            [sys.executable, "-c", text],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        programs.append((program, pid := int(program.stdout.readline())))
        return program, pid

    yield start
    for program, pid in programs:
        with suppress(psutil.NoSuchProcess):  # it holds the program's pipes open
            psutil.Process(pid).kill()
        program.kill()
        program.communicate()


def test_a_program_that_leaves_its_pool_open_ends_with_its_workers(start_program):
    program, pid = start_program("sleep, [(0,)]")
    assert program.wait(5.0) == 0
    assert is_gone(pid)
    assert program.stderr.read() == ""


def test_a_worker_leaves_when_its_program_is_killed_in_the_midst_of_a_task(start_program):
    program, pid = start_program("sleep, [(30,)]")
    program.kill()
    assert is_gone(pid)


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signal for one process")
def test_an_interrupt_ends_the_program_and_its_workers(start_program):
    program, pid = start_program("sleep, [(30,)]")
    program.send_signal(signal.SIGINT)
    assert program.wait(5.0) == -signal.SIGINT
    assert is_gone(pid)
    assert program.stderr.read().count("Traceback") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signal for one process")
def test_an_interrupt_of_the_worker_itself_is_ignored(errands):
    """A terminal sends it to all processes; what it means is for the program to say."""
    with WorkerPool(1, GENEROUS) as pool:
        pid = run_one(pool, errands.name_process)
        os.kill(pid, signal.SIGINT)
        assert run_one(pool, errands.name_process) == pid


@pytest.mark.slow
def test_a_worker_whose_library_holds_the_interpreter_outlives_its_program_but_shortly(
    start_program,
):
    program, pid = start_program("hold_interpreter, [()]", seconds=0.5)
    program.kill()
    assert is_gone(pid, within=8.0)
