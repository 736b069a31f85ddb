"""Turns come in order, can be given up while waiting, and are never lost."""

from __future__ import annotations

import queue
import threading

import pytest

from models.chat import CancelToken
from models.errors import GenerationCancelled
from models.turns import TurnQueue

# Far beyond what any step here takes; only a test that fails waits so long.
PATIENCE = 20.0


class Visitor:
    """Takes a turn in a thread of its own; notes when it has it, and keeps it until released."""

    def __init__(self, turns, name, log):
        self.cancel = CancelToken()
        self.release = threading.Event()
        self.ended = queue.SimpleQueue()
        self._turns, self._name, self._log = turns, name, log
        self.thread = threading.Thread(target=self._visit, daemon=True)

    def _visit(self):
        try:
            with self._turns.turn(self.cancel):
                self._log.put(self._name)
                self.release.wait(PATIENCE)
        except GenerationCancelled:
            self.ended.put("cancelled")
        else:
            self.ended.put("served")


def wait_until_queued(turns, count):
    """Wait until so many hold or wait for the turn."""
    moment = threading.Event()
    for _ in range(int(PATIENCE / 0.005)):
        if len(turns._waiting) == count:
            return
        moment.wait(0.005)
    raise AssertionError(f"{len(turns._waiting)} of {count} are queued")


@pytest.fixture
def turns():
    return TurnQueue()


@pytest.fixture
def log():
    return queue.SimpleQueue()


@pytest.fixture
def visit(turns, log):
    """Start visitors one by one, each queued before the next; all are let go at the end."""
    visitors = []

    def start(name):
        visitor = Visitor(turns, name, log)
        visitors.append(visitor)
        queued = len(turns._waiting)
        visitor.thread.start()
        wait_until_queued(turns, queued + 1)
        return visitor

    yield start
    for visitor in visitors:
        visitor.release.set()
    for visitor in visitors:
        visitor.thread.join(PATIENCE)
        assert not visitor.thread.is_alive()


def test_a_free_turn_is_taken_at_once(turns):
    with turns.turn(CancelToken()):
        assert len(turns._waiting) == 1
    assert not turns._waiting


def test_turns_come_in_the_order_in_which_they_were_asked_for(visit, log):
    visitors = [visit(name) for name in ("first", "second", "third")]
    served = []
    for visitor in visitors:
        served.append(log.get(timeout=PATIENCE))
        assert log.empty()
        visitor.release.set()
    assert served == ["first", "second", "third"]


def test_who_waits_can_be_cancelled(visit, log):
    first, second = visit("first"), visit("second")
    assert log.get(timeout=PATIENCE) == "first"
    second.cancel.cancel()
    assert second.ended.get(timeout=PATIENCE) == "cancelled"
    assert log.empty()
    first.release.set()
    assert first.ended.get(timeout=PATIENCE) == "served"


def test_who_gave_up_is_passed_over(visit, log):
    first, second, _ = visit("first"), visit("second"), visit("third")
    assert log.get(timeout=PATIENCE) == "first"
    second.cancel.cancel()
    assert second.ended.get(timeout=PATIENCE) == "cancelled"
    first.release.set()
    assert log.get(timeout=PATIENCE) == "third"


def test_cancelling_one_does_not_stop_another(visit, log):
    first, second = visit("first"), visit("second")
    assert log.get(timeout=PATIENCE) == "first"
    first.cancel.cancel()
    first.release.set()
    assert log.get(timeout=PATIENCE) == "second"
    second.release.set()
    assert second.ended.get(timeout=PATIENCE) == "served"


def fail_in_turn(turns):
    with turns.turn(CancelToken()):
        raise RuntimeError("the work failed")


def test_an_error_in_a_turn_frees_it(turns):
    with pytest.raises(RuntimeError, match="the work failed"):
        fail_in_turn(turns)
    assert not turns._waiting


def test_an_error_in_a_turn_lets_the_next_in(turns, visit, log):
    def fail_while_another_waits():
        with turns.turn(CancelToken()):
            visit("waiting")
            raise RuntimeError("the work failed")

    with pytest.raises(RuntimeError):
        fail_while_another_waits()
    assert log.get(timeout=PATIENCE) == "waiting"


def test_a_generator_that_is_closed_frees_its_turn(turns):
    """A stream that nobody reads to its end must not block the model."""

    def stream():
        with turns.turn(CancelToken()):
            yield "a"
            yield "b"

    running = stream()
    next(running)
    assert len(turns._waiting) == 1
    running.close()
    assert not turns._waiting


def test_a_cancel_token_stays_cancelled():
    cancel = CancelToken()
    cancel.raise_if_cancelled()
    assert not cancel.is_cancelled
    cancel.cancel()
    cancel.cancel()
    assert cancel.is_cancelled
    with pytest.raises(GenerationCancelled, match="Stopped"):
        cancel.raise_if_cancelled()
