"""A program that a model wrote reaches nothing, ends, and its failure has a name."""

from __future__ import annotations

import pytest

from benchmarks.sandbox import Canary, has_escaped, list_families
from research.calculation.sandbox import extract_program, run_program


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("ans = (5 - 2) / 2 * 100", 150.0),
        ("import math\nans = math.sqrt(4)", 2.0),
        ("3 + 4", 7),
        ("print('told')\nans = 'Acme'", "Acme"),
        ("ans = [1, 2]", [1, 2]),
        ("ans = 2 > 1", True),
    ],
)
def test_an_ordinary_program_gives_its_answer(source, value):
    assert run_program(source).value == value


def test_inputs_are_variables():
    assert run_program("ans = a * 2", {"a": 21}).value == 42


@pytest.mark.parametrize(
    ("source", "failure"),
    [
        ("", "empty"),
        ("ans = (", "syntax"),
        ("ans = open('/etc/passwd').read()", "refused"),
        ("import os\nans = os.getenv('HOME')", "refused"),
        ("import numpy\nans = 1", "missing"),
        ("while True:\n    pass", "time"),
        ("ans = [0] * 10**9", "memory"),
        ("def f(n):\n    return f(n)\nans = f(1)", "recursion"),
        ("ans = 1 / 0", "error"),
        ("x = 1", "no answer"),
        ("ans = float('nan')", "not a value"),
        ("ans = 10 ** 100", "not a value"),
    ],
)
def test_a_failure_has_a_name_and_a_message(source, failure):
    result = run_program(source)
    assert (result.value, result.failure) == (None, failure)
    assert result.message


@pytest.mark.slow
def test_no_hostile_program_gets_out(tmp_path, monkeypatch):
    """The first three of each family of the benchmark; none sees the canaries."""
    file = tmp_path / "canary.txt"
    file.write_text("canary-7f3a91")
    monkeypatch.setenv("ACEDESK_CANARY", "canary-7f3a91")
    for programs in list_families(Canary(str(file), 9)).values():
        for program in programs[:3]:
            assert not has_escaped(run_program(program))
    assert file.read_text() == "canary-7f3a91"


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("```python\nans = 1\n```", "ans = 1"),
        ("Here it is:\n```\nans = 1\n```\nDone.", "ans = 1"),
        ("Here is the program:\nx = 2\nans = x", "x = 2\nans = x"),
        ("ans = 1\nThis gives the answer.", "ans = 1"),
        ("I cannot say.", ""),
    ],
)
def test_the_program_is_taken_out_of_the_text_around_it(text, program):
    assert extract_program(text) == program
