"""How many threads a model computes with: as many as other programs leave cores free."""

from __future__ import annotations

import time
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from models.llama.threads import SpareCores, read_busy_seconds


@dataclass
class Machine:
    """Clocks that are set by hand: seconds gone by, computed by all and by this program."""

    now: float = 100.0
    busy: float = 1000.0
    own: float = 10.0

    def count(self, cores: int) -> SpareCores:
        return SpareCores(
            cores,
            read_machine=lambda: self.busy,
            read_own=lambda: self.own,
            read_clock=lambda: self.now,
        )

    def pass_by(self, seconds: float, *, own: float, others: float) -> None:
        """Let time go by in which so many cores compute for this program and for others."""
        self.now += seconds
        self.own += own * seconds
        self.busy += (own + others) * seconds


def test_one_core_counts_as_busy_until_something_is_seen():
    assert Machine().count(4).count() == 3


def test_one_core_is_never_shared_out_to_nothing():
    assert Machine().count(1).count() == 1


def test_all_cores_are_taken_when_others_rest():
    machine = Machine()
    spare = machine.count(2)
    machine.pass_by(1.0, own=1.0, others=0.05)
    assert spare.count() == 2


def test_a_core_that_another_program_holds_is_left_to_it():
    machine = Machine()
    spare = machine.count(4)
    machine.pass_by(1.0, own=3.0, others=1.0)
    assert spare.count() == 3


def test_it_is_noticed_when_another_program_ends():
    machine = Machine()
    spare = machine.count(2)
    machine.pass_by(1.0, own=1.0, others=1.0)
    assert spare.count() == 1
    machine.pass_by(1.0, own=1.0, others=0.0)
    assert spare.count() == 2


def test_a_moment_is_too_short_to_judge_by():
    machine = Machine()
    spare = machine.count(2)
    machine.pass_by(1.0, own=1.0, others=0.0)
    assert spare.count() == 2
    machine.pass_by(0.01, own=0.0, others=2.0)
    assert spare.count() == 2


def test_what_was_seen_before_a_rest_is_forgotten():
    machine = Machine()
    spare = machine.count(2)
    machine.pass_by(1.0, own=1.0, others=0.0)
    assert spare.count() == 2
    machine.pass_by(60.0, own=0.0, others=0.0)
    spare.begin()
    assert spare.count() == 1


def test_work_that_follows_at_once_goes_on_as_it_was():
    machine = Machine()
    spare = machine.count(2)
    machine.pass_by(1.0, own=1.0, others=0.0)
    assert spare.count() == 2
    machine.pass_by(0.1, own=0.0, others=0.0)
    spare.begin()
    assert spare.count() == 2


@given(
    st.integers(1, 64),
    st.lists(st.tuples(st.floats(0, 20), st.floats(-1, 70), st.floats(-1, 70)), max_size=5),
)
def test_whatever_the_clocks_say_there_is_one_thread_and_no_more_than_cores(cores, spans):
    machine = Machine()
    spare = machine.count(cores)
    for seconds, own, others in spans:
        machine.pass_by(seconds, own=own, others=others)
        assert 1 <= spare.count() <= cores


def test_the_machine_computes_at_least_what_this_program_does():
    busy, own = read_busy_seconds(), time.process_time()
    sum(n * n for n in range(3_000_000))
    # The machine's clock is told in hundredths of a second, for each kind and core.
    assert read_busy_seconds() - busy >= time.process_time() - own - 0.1
